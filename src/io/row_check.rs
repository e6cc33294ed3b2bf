//! Checks that every row passes: it is text, whole, and has a comment.

use memchr::memchr;

use super::damage::{Damage, damage};

/// Reason why a row of CSV cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(not(feature = "train"), allow(dead_code))]
pub enum RowError {
    /// A quote that opens in the row and is not closed in it.
    #[error("a quote that opens in this row is never closed: the row was read up to the end of its line")]
    OpenQuote,
    /// A NUL byte.
    #[error("has a NUL byte, which no text has")]
    Nul,
    /// Bytes that are not UTF-8.
    #[error("not valid UTF-8")]
    NotUtf8 {
        /// Line of the first wrong byte, from 1.
        line: u64,
    },
    /// More or fewer fields than the header has.
    #[error("{got} fields, expected {expected} as in the header")]
    Fields {
        /// Number of fields of the row.
        got: usize,
        /// Number of fields of the header.
        expected: usize,
    },
    /// No comment in the text column.
    #[error("empty comment")]
    EmptyText,
    /// What an exporter writes where there is no comment.
    #[error("empty comment: {0:?} is what exporters write where there is none")]
    Placeholder(&'static str),
    /// Letters that are not those which were written.
    #[error("{0}")]
    Damaged(Damage),
}

/// Number of fields that the rows of a file have.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "train"), allow(dead_code))]
pub enum Fields {
    /// As many as the header.
    Exactly(usize),
    /// At most as many as the header.
    AtMost(usize),
}

/// Checks a row: it is UTF-8, its quotes end, and it has the fields of the header. `is_open` is what
/// [`CsvRows::is_open`](super::csv::CsvRows::is_open) told when the row was read. Wrong bytes are reported first: they may
/// be the reason for all else.
///
/// # Errors
/// The first check that it does not pass.
pub fn check_row(record: &csv::ByteRecord, is_open: bool, fields: Fields) -> Result<(), RowError> {
    checked(record, is_open, fields).map(|_| ())
}

/// Text of all fields of a row, one after the other, if the row passes [`check_row`].
fn checked(record: &csv::ByteRecord, is_open: bool, fields: Fields) -> Result<&str, RowError> {
    let Some(text) = utf8(record) else {
        return Err(RowError::NotUtf8 { line: invalid_line(record).unwrap_or(1) });
    };
    if is_open {
        return Err(RowError::OpenQuote);
    }
    if memchr(0, record.as_slice()).is_some() {
        return Err(RowError::Nul);
    }
    let got = record.len();
    match fields {
        Fields::Exactly(expected) if got != expected => Err(RowError::Fields { got, expected }),
        Fields::AtMost(expected) if got > expected => Err(RowError::Fields { got, expected }),
        _ => Ok(text),
    }
}

/// Comment of a row, in column `text` of `columns`.
///
/// # Errors
/// The row does not pass [`check_row`], or has no comment.
#[cfg(feature = "train")]
pub fn row_text(record: &csv::ByteRecord, is_open: bool, columns: usize, text: usize) -> Result<&str, RowError> {
    let all = checked(record, is_open, Fields::Exactly(columns))?;
    let text = record.range(text).map_or("", |range| &all[range]);
    check_text(text)?;
    Ok(text)
}

/// Checks a comment: it says something, and its letters are those that were written.
///
/// # Errors
/// The first check that it does not pass.
pub fn check_text(text: &str) -> Result<(), RowError> {
    if memchr(0, text.as_bytes()).is_some() {
        return Err(RowError::Nul);
    }
    // Space, and signs that nobody sees.
    let is_nothing =
        |c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{AD}');
    // Of most texts, the first and last letter say that there is nothing to trim.
    let is_letter = |c: char| matches!(c, '!'..='~' | '\u{620}'..='\u{6FF}');
    let is_bare = text.starts_with(is_letter) && text.ends_with(is_letter);
    let said = if is_bare { text } else { text.trim_matches(is_nothing) };
    if said.is_empty() {
        return Err(RowError::EmptyText);
    }
    if let Some(name) = placeholder(said) {
        return Err(RowError::Placeholder(name));
    }
    damage(text).map_or(Ok(()), |damage| Err(RowError::Damaged(damage)))
}

/// What an exporter writes where there is nothing, if a cell is just that; case does not count.
fn placeholder(cell: &str) -> Option<&'static str> {
    if cell.len() >= 4 && cell.bytes().all(|byte| byte == b'#') {
        return Some("####");
    }
    if cell.starts_with("[object ") && cell.ends_with(']') && cell.len() <= MAX_PLACEHOLDER {
        return Some("[object Object]");
    }
    // Of most short cells, their length and one byte say that they are none.
    let may_begin = |byte: u8| BEGINS[usize::from(byte.to_ascii_lowercase())];
    let may_be_as_long = LENGTHS.get(cell.len()) == Some(&true);
    if !may_be_as_long || !cell.bytes().next().is_some_and(may_begin) {
        return None;
    }
    let same = PLACEHOLDERS.iter().find(|name| **name == cell);
    same.or_else(|| PLACEHOLDERS.iter().find(|name| name.eq_ignore_ascii_case(cell))).copied()
}

/// Cells that exporters write where there is nothing: pandas, databases, spreadsheets in several languages, JavaScript,
/// Reddit.
const PLACEHOLDERS: [&str; 74] = [
    "nan",
    "null",
    "n/a",
    "NaN",
    "NaT",
    "<NA>",
    "\\N",
    "NULL",
    "(null)",
    "<null>",
    "[null]",
    "None",
    "nil",
    "N/A",
    "NA",
    "undefined",
    "(empty)",
    "(blank)",
    "(none)",
    "DBNull",
    "NoneType",
    "System.DBNull",
    "\"\"",
    "''",
    "{}",
    "[]",
    "[object Object]",
    "[removed]",
    "[deleted]",
    "[deleted by user]",
    "[removed by reddit]",
    "[ removed by reddit ]",
    "#N/A",
    "#NAME?",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "#ERROR!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#UNKNOWN!",
    "#GETTING_DATA",
    "#NOM?",
    "#VALEUR!",
    "#WERT!",
    "#BEZUG!",
    "#¡REF!",
    "#¡VALOR!",
    "#¿NOMBRE?",
    "#DEĞER!",
    "#AD?",
    "#BAŞV!",
    "#YOK",
    "#NOMBRE!",
    "#N/D",
    "#¡DIV/0!",
    "Err:502",
    "Err:504",
    "Err:508",
    "Err:509",
    "Array",
    "Object",
    "System.Byte[]",
    "[removed by moderator]",
    "[comment deleted]",
    "Comment deleted",
    "(vide)",
    "#اسم؟",
    "تم حذف هذا التعليق",
];
const MAX_PLACEHOLDER: usize = 40;

/// Lengths that placeholders have.
static LENGTHS: [bool; MAX_PLACEHOLDER + 1] = {
    let mut lengths = [false; MAX_PLACEHOLDER + 1];
    let mut at = 0;
    while at < PLACEHOLDERS.len() {
        lengths[PLACEHOLDERS[at].len()] = true;
        at += 1;
    }
    lengths
};

/// Bytes that a placeholder begins with, in lower case.
static BEGINS: [bool; 256] = {
    let mut begins = [false; 256];
    let mut at = 0;
    while at < PLACEHOLDERS.len() {
        begins[PLACEHOLDERS[at].as_bytes()[0].to_ascii_lowercase() as usize] = true;
        at += 1;
    }
    begins
};

/// Names between quotes, with commas; of very many the first 50.
pub fn quoted(names: &[String]) -> String {
    let first = names.iter().take(50).map(|name| short(name)).collect::<Vec<_>>().join(", ");
    if names.len() > 50 { format!("{first} and {} more", names.len() - 50) } else { first }
}

/// Value between quotes, for a message; a long one is cut.
pub fn short(found: &str) -> String {
    match found.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}...", &found[..end]),
        None => format!("{found:?}"),
    }
}

/// Text of all fields, one after the other, if each of them is UTF-8.
fn utf8(record: &csv::ByteRecord) -> Option<&str> {
    let all = simdutf8::basic::from_utf8(record.as_slice()).ok()?;
    let mut end = 0;
    let mut fields = record.iter();
    let ends_between_letters = |field: &[u8]| {
        end += field.len();
        all.is_char_boundary(end)
    };
    fields.all(ends_between_letters).then_some(all)
}

/// Line of the first byte of `record` that is not UTF-8, if there is one.
pub fn invalid_line(record: &csv::ByteRecord) -> Option<u64> {
    let line = record.position().map_or(1, csv::Position::line);
    if record.iter().all(|field| simdutf8::basic::from_utf8(field).is_ok()) {
        return None;
    }
    let mut lines = 0;
    for field in record {
        if let Err(error) = std::str::from_utf8(field) {
            return Some(line + lines + newlines(&field[..error.valid_up_to()]));
        }
        lines += newlines(field);
    }
    None
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(all(test, feature = "train"))]
mod tests {
    use super::*;

    #[test]
    fn rows_are_checked_in_one_order() {
        let text = |fields: &[&[u8]], is_open| {
            let record = csv::ByteRecord::from(fields.to_vec());
            row_text(&record, is_open, 2, 1).map(str::to_owned)
        };
        assert_eq!(text(&[b"1", b" a "], false), Ok(" a ".to_owned()));
        assert_eq!(text(&[b"1", "\u{A0}\n".as_bytes()], false), Err(RowError::EmptyText));
        assert_eq!(text(&[b"1"], false), Err(RowError::Fields { got: 1, expected: 2 }));
        assert_eq!(text(&[b"1", b"a", b""], false), Err(RowError::Fields { got: 3, expected: 2 }));
        assert_eq!(text(&[b"1", b"a", b""], true), Err(RowError::OpenQuote));
        assert_eq!(text(&[b"1\n", b"a\n\nb\xFF"], true), Err(RowError::NotUtf8 { line: 4 }));
        // A row of house rules may have fewer fields.
        let short = csv::ByteRecord::from(vec!["a"]);
        assert_eq!(check_row(&short, false, Fields::AtMost(2)), Ok(()));
        assert_eq!(check_row(&short, false, Fields::AtMost(0)), Err(RowError::Fields { got: 1, expected: 0 }));
    }
}
