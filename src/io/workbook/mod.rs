//! Workbooks: a sheet of an .xlsx or .ods file as rows of fields.
//!
//! Whoever sends a workbook may mean harm: it is a ZIP archive, and a small one can hold gigabytes. All of it is bounded
//! before it is read: the file, what its parts become, the rows, the cells, and the text in them.

mod ods;
mod xlsx;

use std::io::{self, Cursor, Read};

use zip::ZipArchive;

use super::header::has_names;
use super::open::refused;
use super::row_check::{quoted, short};

/// Largest workbook that is read, in bytes.
pub const MAX_FILE: u64 = 64 << 20;

/// Most bytes that its parts may become when they are inflated, and most bytes of text in its cells.
pub const MAX_INFLATED: u64 = 512 << 20;

/// Most rows and columns of a sheet: as many as spreadsheets have.
pub const MAX_ROWS: u32 = 1 << 20;
pub const MAX_COLUMNS: usize = 1 << 14;

/// Most cells of a sheet, with empty ones between others.
pub const MAX_CELLS: usize = 1 << 26;

/// Most parts of a workbook.
const MAX_PARTS: usize = 10_000;

/// Rows among which the header is looked for.
const HEADER_ROWS: usize = 20;

/// Most columns without a name beside a table.
const MAX_BESIDE: usize = 64;

/// The parts of a workbook.
type Archive = ZipArchive<Cursor<Vec<u8>>>;

/// Rows of a sheet.
#[derive(Debug, Default)]
pub struct Sheet {
    /// Text of the cells, one after the other.
    text: Vec<u8>,
    /// End of each cell in the text.
    ends: Vec<u32>,
    /// Rows that are not empty: their number from 1, and the number of cells up to their end.
    rows: Vec<(u32, usize)>,
    /// Number of rows that were read.
    next: usize,
    /// Least fields of a row: spreadsheets leave out empty cells at its end.
    width: usize,
}

/// Reads a sheet of a workbook, the first or the one called `wanted` or of this number; returns also what was read.
///
/// # Errors
/// It is no workbook, damaged, or too large; the message says what to do.
pub fn read(raw: Box<dyn Read + Send>, wanted: Option<&str>) -> io::Result<(Sheet, String)> {
    let mut bytes = Vec::new();
    raw.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        let what =
            format!("a workbook or another ZIP archive of more than {} MiB: save it as CSV in UTF-8", MAX_FILE >> 20);
        return Err(refused(what));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let parts: Vec<String> = archive.file_names().filter_map(Result::ok).map(|name| name.into_owned()).collect();
    let has = |name: &str| parts.iter().any(|part| part.trim_start_matches('/').eq_ignore_ascii_case(name));
    let begins = |name: &str| parts.iter().any(|part| part.starts_with(name));
    let is_xlsx = has("xl/workbook.xml") || has("[Content_Types].xml") && begins("xl/");
    let other = match () {
        () if has("xl/workbook.bin") => "a workbook in binary form (.xlsb): save it as .xlsx, or as CSV in UTF-8",
        () if has("word/document.xml") => "a document (.docx): save it as plain text in UTF-8, one comment a line",
        () if begins("ppt/") => "a presentation (.pptx): export the comments as CSV, .xlsx or JSON Lines",
        () if has("Index.zip") || parts.iter().any(|part| part.ends_with(".iwa")) => {
            "a workbook of Numbers, or a document of Pages: export it as .xlsx, or as CSV in UTF-8"
        }
        () if is_xlsx || has("mimetype") && has("content.xml") => "",
        () => "an archive of files (ZIP): unpack it, and name the files in it",
    };
    if !other.is_empty() {
        return Err(refused(other));
    }
    check_sizes(&mut archive)?;
    let (names, place, sheet) = if is_xlsx { xlsx::read(archive, wanted)? } else { ods::read(archive, wanted)? };
    let others: Vec<String> =
        names.iter().enumerate().filter(|(number, _)| *number != place).map(|(_, name)| name.clone()).collect();
    let mut note = format!("read as a workbook, sheet {}", short(&names[place]));
    if !others.is_empty() {
        note += &format!(" (not {}: --sheet)", quoted(&others));
    }
    Ok((sheet, note))
}

/// Checks what the parts become, by what the archive says and by inflating them.
fn check_sizes(archive: &mut Archive) -> io::Result<()> {
    let large = || {
        let what =
            format!("a workbook that becomes more than {} MiB when it is inflated: save it as CSV", MAX_INFLATED >> 20);
        refused(what)
    };
    if archive.len() > MAX_PARTS {
        return Err(refused(format!("a workbook of more than {MAX_PARTS} parts: save it as CSV in UTF-8")));
    }
    let mut declared = 0u64;
    for number in 0..archive.len() {
        declared = declared.saturating_add(archive.by_index_raw(number).map_err(damaged)?.size());
    }
    if declared > MAX_INFLATED {
        return Err(large());
    }
    let mut left = MAX_INFLATED + 1;
    for number in 0..archive.len() {
        let mut part = archive.by_index(number).map_err(damaged)?;
        if part.is_dir() {
            continue;
        }
        left -= io::copy(&mut part.by_ref().take(left), &mut io::sink()).map_err(damaged)?;
        if left == 0 {
            return Err(large());
        }
    }
    Ok(())
}

/// Reads the sheet that is wanted or, if none is, the first of these places that has cells; returns its place too.
fn choose(
    names: &[String],
    wanted: Option<&str>,
    shown: &[usize],
    mut read: impl FnMut(usize) -> io::Result<Sheet>,
) -> io::Result<(usize, Sheet)> {
    let first = place(names, wanted)?;
    if wanted.is_none() {
        for &place in shown {
            let sheet = read(place)?;
            if !sheet.rows.is_empty() {
                return Ok((place, sheet));
            }
        }
    }
    Ok((first, read(first)?))
}

/// Place of the sheet that is wanted, among the names of all.
fn place(names: &[String], wanted: Option<&str>) -> io::Result<usize> {
    let Some(wanted) = wanted else {
        return if names.is_empty() { Err(damaged("no sheets")) } else { Ok(0) };
    };
    let named = names.iter().position(|name| name == wanted);
    let numbered = || wanted.parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < names.len());
    let folded = || names.iter().position(|name| name.trim().to_lowercase() == wanted.trim().to_lowercase());
    named
        .or_else(numbered)
        .or_else(folded)
        .ok_or_else(|| refused(format!("no sheet {}; the sheets are {}", short(wanted), quoted(names))))
}

/// True if a formula, without its equals sign, is a comment that begins with one: it has words, and begins with no cell,
/// sheet or function, from which something could be calculated.
fn is_said(formula: &str) -> bool {
    let start = formula.trim_start_matches(|c: char| c.is_whitespace() || "=+-(@{$".contains(c));
    let end = start.find(|c: char| !(c.is_alphanumeric() || "_.$".contains(c))).unwrap_or(start.len());
    let (word, rest) = start.split_at(end);
    let is_cell = || {
        let (letters, digits) = word.split_at(word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len()));
        let digits = digits.trim_start_matches('$');
        (1..=3).contains(&letters.len()) && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let calculates = word.is_ascii() && !word.is_empty() && rest.starts_with('(')
        || rest.starts_with('!') && rest[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '$')
        || start.starts_with('[')
        || start.starts_with(['"', '\'']) && start.contains(['&', '!'])
        || is_cell();
    !calculates && formula.chars().any(char::is_alphabetic)
}

/// Error about a workbook that cannot be read.
fn damaged(error: impl std::fmt::Display) -> io::Error {
    let error: String = error.to_string().chars().take(200).collect();
    refused(format!(
        "a workbook that cannot be read ({error}): open it in a spreadsheet program, and save it anew as .xlsx or CSV"
    ))
}

impl Sheet {
    /// Adds a cell to the row `row`, both counted from 0. Rows come in order, and cells in their row.
    fn push(&mut self, row: u32, column: usize, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        if row >= MAX_ROWS || column >= MAX_COLUMNS {
            return Err(damaged(format!("more than {MAX_ROWS} rows or {MAX_COLUMNS} columns")));
        }
        let number = row + 1;
        match self.rows.last() {
            Some(&(last, _)) if last == number => {}
            Some(&(last, _)) if last > number => return Err(damaged("rows are not in order")),
            _ => self.rows.push((number, self.ends.len())),
        }
        let begun = self.rows.len().checked_sub(2).map_or(0, |before| self.rows[before].1);
        let cells = self.ends.len() - begun;
        if column < cells {
            return Err(damaged("cells are not in order"));
        }
        if self.ends.len() + column - cells >= MAX_CELLS || (self.text.len() + text.len()) as u64 > MAX_INFLATED {
            return Err(refused("a workbook with too many cells or too much text in them: save it as CSV in UTF-8"));
        }
        let end = self.text.len() as u32;
        self.ends.resize(begun + column, end);
        self.text.extend_from_slice(text.as_bytes());
        self.ends.push(self.text.len() as u32);
        if let Some((_, ends)) = self.rows.last_mut() {
            *ends = self.ends.len();
        }
        Ok(())
    }

    /// Reads the next row into `record`, whose position then has its number; false at the end.
    pub fn next(&mut self, record: &mut csv::ByteRecord) -> bool {
        record.clear();
        let Some(&(number, to)) = self.rows.get(self.next) else { return false };
        let from = self.next.checked_sub(1).map_or(0, |before| self.rows[before].1);
        for cell in from..to {
            let start = cell.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
            record.push_field(&self.text[start..self.ends[cell] as usize]);
        }
        (to - from..self.width).for_each(|_| record.push_field(b""));
        let mut position = csv::Position::new();
        position.set_line(number.into());
        record.set_position(Some(position));
        self.next += 1;
        true
    }

    /// The sheet from its header on, and what is told of it.
    ///
    /// # Errors
    /// A row looks like the header, and it is not certain.
    pub fn below_header(
        mut self,
        no_header: bool,
        is_header: &dyn Fn(&csv::ByteRecord) -> bool,
    ) -> io::Result<(Sheet, Option<String>)> {
        let mut row = csv::ByteRecord::new();
        let (mut widest, mut before) = (0, 0);
        let (mut header, mut alike) = (None, None);
        while !no_header && self.next < HEADER_ROWS && self.next(&mut row) {
            let filled = row.iter().filter(|cell| !cell.trim_ascii().is_empty()).count();
            let number = self.rows[self.next - 1].0;
            let is_below_blank = before > 0 && number > before + 1;
            let stands_out = self.next == 1 || filled > widest.max(1) || is_below_blank && has_names(&row);
            if is_header(&row) {
                if stands_out {
                    header = Some((self.next - 1, row.len(), number));
                    break;
                }
                alike = alike.or(Some(number).filter(|_| has_names(&row)));
            }
            (widest, before) = (widest.max(filled), number);
        }
        if let (None, Some(number)) = (header, alike) {
            return Err(refused(format!("row {number} looks like the header: delete what stands above it")));
        }
        self.next = 0;
        self.width = match header {
            // Cells beside the table are no fault of their row, unless they stand far off.
            Some((_, width, _)) => Some(self.widest()).filter(|widest| *widest <= width + MAX_BESIDE).unwrap_or(width),
            // As wide as any row, where nobody says how wide.
            None if no_header => self.widest(),
            None => self.rows.first().map_or(0, |row| row.1),
        };
        match header {
            Some((place, _, number)) if place > 0 => {
                self.next = place;
                Ok((self, Some(format!("row {number} is the header, and what stands above it is left out"))))
            }
            _ => Ok((self, None)),
        }
    }

    fn widest(&self) -> usize {
        let ends = self.rows.iter().map(|row| row.1);
        ends.clone().zip(std::iter::once(0).chain(ends)).map(|(end, before)| end - before).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_from_formulas() {
        for said in [" you idiot", "idiot", "= كذب", "غبي", "(you idiot) he said", "D'accord"] {
            assert!(is_said(said), "{said}");
        }
        for formula in [
            "A1",
            "$B$2+1",
            "SUM(A1:A3)",
            "-C4",
            "IF(B2>1,\"a\",\"b\")",
            "Sheet1!A1",
            "'My sheet'!A1",
            "1+1",
            "\"a\"&B1",
            "[.A1]+1",
            "_xlfn.CONCAT(A1)",
            "(A1+B1)",
            "",
        ] {
            assert!(!is_said(formula), "{formula}");
        }
    }

    #[test]
    fn rows_have_the_cells_in_their_places() {
        let mut sheet = Sheet::default();
        for (row, column, text) in [(1, 0, "id"), (1, 2, "text"), (4, 1, "b"), (7, 0, "a"), (7, 2, "c")] {
            sheet.push(row, column, text).unwrap();
        }
        assert!(sheet.push(6, 0, "back").is_err() && sheet.push(7, 1, "back").is_err());
        assert!(sheet.push(8, MAX_COLUMNS, "far").is_err());
        let (mut sheet, _) = sheet.below_header(false, &|_| true).unwrap();
        let (mut row, mut all) = (csv::ByteRecord::new(), Vec::new());
        while sheet.next(&mut row) {
            let cells: Vec<&str> = row.iter().map(|cell| std::str::from_utf8(cell).unwrap()).collect();
            all.push(format!("{}:{}", row.position().unwrap().line(), cells.join("|")));
        }
        assert_eq!(all, ["2:id||text", "5:|b|", "8:a||c"]);
    }
}
