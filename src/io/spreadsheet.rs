//! What a spreadsheet makes of a CSV file: cells that look like formulas, and numbers of rows.
//!
//! A spreadsheet takes a cell that begins with `=` for a formula, whoever wrote the comment in it. In files for Excel such
//! a cell gets an apostrophe before it, as OWASP advises ("CSV Injection"). One that begins with apostrophes and goes on
//! like this gets one more, so that taking one off gives what there was before.

/// Beginnings of cells that a spreadsheet may take for a formula: OWASP's list, the full-width forms too.
pub(crate) const FORMULAS: [&str; 12] = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"];

/// True if a cell begins like a formula, after any number of apostrophes.
pub(crate) fn begins_like_formula(cell: &[u8]) -> bool {
    let apostrophes = cell.iter().take_while(|byte| **byte == b'\'').count();
    FORMULAS.iter().any(|formula| cell[apostrophes..].starts_with(formula.as_bytes()))
}

/// A cell without the apostrophe that guards it, if it has one.
///
/// ```
/// use naqd::internal::io::without_guard;
///
/// assert_eq!(without_guard(b"'=1+1"), b"=1+1");
/// assert_eq!(without_guard(b"''=1+1"), b"'=1+1");
/// assert_eq!(without_guard(b"'tis true"), b"'tis true");
/// ```
pub fn without_guard(cell: &[u8]) -> &[u8] {
    match cell.strip_prefix(b"'") {
        Some(bare) if begins_like_formula(bare) => bare,
        _ => cell,
    }
}

/// The same for text.
pub fn text_without_guard(cell: &str) -> &str {
    &cell[cell.len() - without_guard(cell.as_bytes()).len()..]
}

/// Numbers of rows as a spreadsheet shows them: the line of the header is its row, and blank lines are rows as well. A
/// comment of several lines is one row.
pub struct RowNumbers {
    /// Row read last.
    row: u64,
    /// Line after it.
    next_line: u64,
}

impl RowNumbers {
    /// Numbers of the rows that follow a header. A spreadsheet does not show a line before it that names the delimiter.
    pub fn after(header: &csv::ByteRecord, has_separator: bool) -> RowNumbers {
        let line = header.position().map_or(1, csv::Position::line);
        RowNumbers { row: line - u64::from(has_separator && line > 1), next_line: line + lines(header) }
    }

    /// Number of the next row.
    pub fn number(&mut self, record: &csv::ByteRecord) -> u64 {
        let line = record.position().map_or(self.next_line, csv::Position::line);
        self.row += 1 + line.saturating_sub(self.next_line);
        self.next_line = line + lines(record);
        self.row
    }
}

/// Number of lines that a row has.
fn lines(record: &csv::ByteRecord) -> u64 {
    1 + memchr::memchr_iter(b'\n', record.as_slice()).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_shows_them() {
        let file = "\nid,text\n1,\"two\nlines\"\n\n\n2,b\r\n3,c\n";
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file.as_bytes());
        let mut header = reader.byte_headers().unwrap().clone();
        let mut at = csv::Position::new();
        at.set_line(2);
        header.set_position(Some(at));
        let mut numbers = RowNumbers::after(&header, false);
        let mut found = Vec::new();
        for (mut record, line) in reader.byte_records().map(Result::unwrap).zip([3, 7, 8]) {
            let mut at = csv::Position::new();
            at.set_line(line);
            record.set_position(Some(at));
            found.push(numbers.number(&record));
        }
        assert_eq!(found, [3, 6, 7]);
    }
}
