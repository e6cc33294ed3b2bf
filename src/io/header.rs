//! Search for the header of a table: the line with the names of the columns.

use std::io::Cursor;

use super::csv::{CsvRows, MARK, is_next_id};
use super::dialect::LineEnd;

/// Rows among which the header is looked for.
const ROWS: usize = 20;

/// Place of the header in the first bytes of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// Delimiter of the fields.
    pub delimiter: u8,
    /// Bytes before the header.
    pub skip: usize,
    /// Line of the header.
    pub line: u64,
    /// Number of its fields; 0 if none of the rows is known to be the header, and the first is taken for it.
    pub fields: usize,
    /// True if a line before it names the delimiter, as `sep=;` does.
    pub sep: bool,
    /// Line that looks like the header, where none is certain.
    pub alike: Option<u64>,
}

/// The header in `head`, the first bytes of a file; `whole` if there are no others. `is_header` knows its columns. None if
/// more of the file is needed to tell.
pub fn find(
    head: &[u8],
    whole: bool,
    delimiter: Option<u8>,
    is_header: &dyn Fn(&csv::ByteRecord) -> bool,
) -> Option<Header> {
    let line_end = LineEnd::of(head);
    let (sep, from) = separator(head);
    let end = if whole { head.len() } else { last_line(head) };
    if end < from || end == 0 {
        return (whole || end > 0).then(|| fallback(head, delimiter, sep, from));
    }
    let lines = &head[from..end];
    let first_line = 1 + u64::from(from > 0);
    let candidates: Vec<u8> = match delimiter {
        Some(delimiter) => vec![delimiter],
        // What is named comes first; some programs name another than they write.
        None => sep.into_iter().chain(*b",;\t|").collect(),
    };
    let mut seen_all = false;
    let mut alike = None;
    let mut found: Vec<Header> = Vec::new();
    for delimiter in candidates {
        let mut rows = CsvRows::new(Box::new(Cursor::new(lines.to_vec())), delimiter, line_end, false, first_line);
        let mut row = csv::ByteRecord::new();
        // Most fields that are not empty in a row before, and the numbers of fields of these rows.
        let (mut widest, mut widths) = (0, Vec::new());
        let mut next_line = 0;
        for number in 0.. {
            if number == ROWS {
                seen_all = true;
                break;
            }
            if !matches!(rows.next(&mut row), Ok(true)) {
                break;
            }
            let line = row.position().map_or(1, csv::Position::line);
            let filled = row.iter().filter(|field| !field.trim_ascii().is_empty()).count();
            if is_header(&row) {
                let skip = from + place_of_line(lines, line - first_line, line_end);
                let sep = sep == Some(delimiter);
                let header = Header { delimiter, skip, line, fields: row.len(), sep, alike: None };
                // Above a header are titles, of fewer fields; or a blank line; or fields of another number than it and all
                // rows below it have.
                let is_below_blank = next_line > 0 && line > next_line && (filled > 1 || widest == 1);
                let is_other = || !widths.contains(&row.len()) && has_row_below(head, whole, &header);
                let stands_out = match number {
                    0 => true,
                    _ => filled > widest.max(1) || has_names(&row) && (is_below_blank || is_other()),
                };
                if stands_out {
                    found.push(header);
                    break;
                }
                if has_names(&row) {
                    alike = alike.or(Some(line));
                }
            }
            widest = widest.max(filled);
            widths.push(row.len());
            next_line = line + 1 + memchr::memchr_iter(line_end.byte(), rows.raw()).count() as u64;
        }
        // The delimiter that is named is right, where it finds a header.
        if sep == Some(delimiter) && !found.is_empty() {
            break;
        }
    }
    let best = found.into_iter().min_by_key(|header| (header.line, std::cmp::Reverse(header.fields)));
    match best {
        Some(header) => Some(header),
        None if whole || seen_all => Some(Header { alike, ..fallback(head, delimiter, sep, from) }),
        None => None,
    }
}

/// True if the fields of a row may be names of columns: they are short, and none is a number.
pub(crate) fn has_names(row: &csv::ByteRecord) -> bool {
    row.iter()
        .map(<[u8]>::trim_ascii)
        .all(|field| field.len() <= 64 && !field.iter().all(u8::is_ascii_digit) || field.is_empty())
}

/// True if the row below a header has as many fields.
fn has_row_below(head: &[u8], whole: bool, header: &Header) -> bool {
    let end = if whole { head.len() } else { last_line(head) };
    let Some(lines) = head.get(header.skip..end) else { return false };
    let mut rows =
        CsvRows::new(Box::new(Cursor::new(lines.to_vec())), header.delimiter, LineEnd::of(head), false, header.line);
    let mut row = csv::ByteRecord::new();
    (0..2).all(|_| matches!(rows.next(&mut row), Ok(true))) && row.len() == header.fields
}

/// The first line taken for the header, but for one that names the delimiter.
pub fn first_line(head: &[u8], delimiter: Option<u8>) -> Header {
    let (sep, from) = separator(head);
    fallback(head, delimiter, sep, from)
}

/// True if the first line names the delimiter.
pub fn begins_with_separator(head: &[u8]) -> bool {
    separator(head).0.is_some()
}

fn fallback(head: &[u8], delimiter: Option<u8>, sep: Option<u8>, from: usize) -> Header {
    let from = from.min(head.len());
    let delimiter = delimiter.or(sep).unwrap_or_else(|| most_frequent(&head[from..]));
    Header { delimiter, skip: from, line: 1 + u64::from(from > 0), fields: 0, sep: sep.is_some(), alike: None }
}

/// Place of a line, counted from 0.
fn place_of_line(lines: &[u8], number: u64, line_end: LineEnd) -> usize {
    let mut ends = memchr::memchr_iter(line_end.byte(), lines);
    number.checked_sub(1).map_or(0, |before| ends.nth(before as usize).map_or(0, |end| end + 1))
}

/// End of the last whole line.
fn last_line(head: &[u8]) -> usize {
    memchr::memrchr2(b'\n', b'\r', head).map_or(0, |end| end + 1)
}

/// Delimiter of a first line such as `sep=;`, and the place where the next line begins.
fn separator(head: &[u8]) -> (Option<u8>, usize) {
    let Some(end) = memchr::memchr2(b'\n', b'\r', head) else { return (None, 0) };
    let line = &head[..end];
    let line = line.strip_prefix(MARK).unwrap_or(line);
    match separator_of(line) {
        Some(delimiter) => {
            let mut next = end + 1;
            if head[end] == b'\r' && head.get(next) == Some(&b'\n') {
                next += 1;
            }
            if head[next..].starts_with(MARK) {
                next += MARK.len();
            }
            (Some(delimiter), next)
        }
        None => (None, 0),
    }
}

/// Delimiter that a line names: `sep=;`, also in quotes and with delimiters after it.
pub(crate) fn separator_of(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (word, rest) = line.split_at_checked(4)?;
    let (&delimiter, after) = rest.split_first()?;
    let after_quote = after.strip_prefix(b"\"").unwrap_or(after);
    let is_end = after_quote.iter().all(|byte| *byte == delimiter || byte.is_ascii_whitespace());
    (word.eq_ignore_ascii_case(b"sep=") && delimiter.is_ascii() && delimiter != b'"' && is_end).then_some(delimiter)
}

/// Delimiter that is most frequent in the first line outside quotes; a comma if there is none.
fn most_frequent(head: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for &byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(d, _)| *d == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

/// True if most rows below a header in `head` have as many fields; also if there are none yet.
pub fn rows_agree(head: &[u8], whole: bool, header: &Header) -> bool {
    let end = if whole { head.len() } else { last_line(head) };
    let Some(lines) = head.get(header.skip..end) else { return true };
    let source = Box::new(Cursor::new(lines.to_vec()));
    let mut rows = CsvRows::new(source, header.delimiter, LineEnd::of(head), false, 1);
    let mut row = csv::ByteRecord::new();
    let (mut agree, mut differ) = (0, 0);
    let mut is_first = true;
    while agree + differ < ROWS && matches!(rows.next(&mut row), Ok(true)) {
        match row.len() == header.fields {
            _ if std::mem::take(&mut is_first) => {}
            true => agree += 1,
            false => differ += 1,
        }
    }
    agree >= differ
}

/// Delimiter and number of columns of lines that look like a table, each with as many delimiters as all others.
pub fn table(head: &[u8], whole: bool) -> Option<(u8, usize)> {
    let end = if whole { head.len() } else { last_line(head) };
    let lines = || head[..end].split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(ROWS);
    let number = lines().count();
    let numbered = || numbered(&lines().collect::<Vec<_>>());
    // Comments have commas and semicolons, seldom tabs and bars.
    let found =
        [(b'\t', 2, 1), (b'|', 3, 2), (b';', 4, 2), (b',', 6, 3)].into_iter().find_map(|(delimiter, rows, least)| {
            let mut counts = lines().map(|line| memchr::memchr_iter(delimiter, line).count());
            let first = counts.next()?;
            (number >= rows && first >= least && counts.all(|count| count == first)).then_some((delimiter, first + 1))
        });
    found.or_else(numbered)
}

/// Comma and number of columns of a few lines, one column of which has dates or running numbers.
fn numbered(lines: &[&[u8]]) -> Option<(u8, usize)> {
    let commas = |line: &[u8]| memchr::memchr_iter(b',', line).count();
    let (first, rows) = lines.split_first()?;
    let number = commas(first);
    if rows.len() < 2 || number == 0 || rows.iter().any(|line| commas(line) != number) {
        return None;
    }
    let is_next = |line: &[u8], next: &[u8], place: usize| {
        let cell = |line: &'_ [u8]| -> Vec<u8> {
            let cell = line.split(|&byte| byte == b',').nth(place).unwrap_or_default().trim_ascii();
            cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell).to_vec()
        };
        is_next_id(&cell(line), &cell(next))
    };
    // Of two columns the first line has a name above the numbers: sentences with a comma may count something.
    let runs = |place: usize| {
        rows.windows(2).all(|pair| is_next(pair[0], pair[1], place)) && (number > 1 || !is_next(first, rows[0], place))
    };
    (0..=number).any(runs).then_some((b',', number + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &str) -> (char, u64, usize, &str) {
        let is_header = |row: &csv::ByteRecord| row.iter().any(|field| field.trim_ascii() == b"text");
        let header = find(head.as_bytes(), true, None, &is_header).unwrap();
        (header.delimiter.into(), header.line, header.fields, &head[header.skip..])
    }

    #[test]
    fn the_header_is_found_below_what_is_none() {
        assert_eq!(found("id;text\n1;a, b\n"), (';', 1, 2, "id;text\n1;a, b\n"));
        assert_eq!(found("sep=;\r\nid;text\r\n"), (';', 2, 2, "id;text\r\n"));
        assert_eq!(found("\"sep=,\"\r\nid,text\r\n"), (',', 2, 2, "id,text\r\n"));
        assert_eq!(found("sep=\t\n\u{FEFF}id\ttext\n"), ('\t', 2, 2, "id\ttext\n"));
        assert_eq!(found("SEP=|\nid|text\n"), ('|', 2, 2, "id|text\n"));
        assert_eq!(found("Comments of May\n\nid,text,label\n1,a,b\n"), (',', 3, 3, "id,text,label\n1,a,b\n"));
        assert_eq!(found("From;1 May\n;\n;\nid;text;label\n"), (';', 4, 3, "id;text;label\n"));
        assert_eq!(found("Export\r\n\r\ntext\r\nhello\r\n"), (',', 3, 1, "text\r\nhello\r\n"));
        assert_eq!(found("Export\r\rid,text\r1,a\r"), (',', 3, 2, "id,text\r1,a\r"));
        // As wide as the rows, below a blank line, or wider titles.
        assert_eq!(found("Report,May\n\nid,text\n1,a\n"), (',', 3, 2, "id,text\n1,a\n"));
        assert_eq!(found("Comments, of May 1, 2024\nid,text\n1,a\n"), (',', 2, 2, "id,text\n1,a\n"));
        assert_eq!(found("sep=;\nid,text\n1,a\n"), (',', 2, 2, "id,text\n1,a\n"));
        // What may be a row is none.
        assert_eq!(found("Kommentar\nfoo\ntext\n").2, 0);
        assert_eq!(found("id,Kommentar\n1,text\n").2, 0);
        assert_eq!(found("id|Kommentar\n1|text\n"), ('|', 1, 0, "id|Kommentar\n1|text\n"));
        assert_eq!(found("id,Kommentar\n1,foo\n\n2,text\n").2, 0);
    }

    #[test]
    fn tables_are_told_from_lines() {
        assert_eq!(table(b"1\tnice\n2\tbad\n", true), Some((b'\t', 2)));
        assert_eq!(table("Hi, all\nYes, sir\nOh, no\n".as_bytes(), true), None);
        assert_eq!(
            table("رقم,رأي الزائر,التاريخ\n1,خبر,2024-05-01\n2,رأي,2024-05-02\n".as_bytes(), true),
            Some((b',', 3))
        );
        assert_eq!(table(b"no,view\n7,nice\n8,bad\n", true), Some((b',', 2)));
        for lines in ["1, he lied\n2, he knew\n3, he left\n", "Yes, 100\nNo, 2\nOh, what\n", "no,view\n7,nice\n"] {
            assert_eq!(table(lines.as_bytes(), true), None, "{lines}");
        }
        assert_eq!(table(b"a;b;c\nd;e;f\ng;h;i\nj;k;l\n", true), Some((b';', 3)));
    }
}
