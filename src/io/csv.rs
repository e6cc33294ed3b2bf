//! Rows of CSV as people export it, and the checks that every row passes.
//!
//! The reader is our own because rows have to come back byte for byte, and because a quote that is never closed must cost
//! one row: the csv crate gives no bytes of a row, and reads on to the next quote, through other people's comments.

use std::io::{self, Read};
use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use super::damage::{Damage, damage};
use super::dialect::LineEnd;

/// Longest row that is read, in bytes.
pub const MAX_RECORD: usize = 16 << 20;

/// Bytes that are read at once, at least.
const BLOCK: usize = 1 << 16;

/// Byte order mark in UTF-8.
pub(crate) const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Most values of the last column that are remembered: with more it is no column of labels.
const MAX_LAST: usize = 16;

/// Reader of rows of CSV.
///
/// Fields are read as the csv crate reads them: a quote begins a field or is a character like others; `""` in quotes is
/// one; after a closing quote the field may go on without quotes; blank lines are no rows; `\n`, `\r\n` and `\r` end
/// rows. Different are byte order marks before a quote, and quotes that are not closed (see [`CsvRows::is_open`]).
pub struct CsvRows {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// Place of the next row in the buffer.
    next: usize,
    ended: bool,
    /// Line of the next row.
    line: u64,
    /// Byte that ends lines, for their number.
    line_end: u8,
    delimiter: u8,
    /// True if a backslash escapes, as MySQL writes.
    escapes: bool,
    /// Number of columns, if it is known.
    columns: Option<usize>,
    /// Values of the last column so far, the latest last; none if there are too many.
    last_values: Option<Vec<Vec<u8>>>,
    /// Bytes of the row read last.
    raw: Range<usize>,
    is_open: bool,
    /// Buffer of a field.
    field: Vec<u8>,
}

/// End of a row in the buffer.
enum End {
    /// The row ends before this place, with a line end or with the file. The other is the quote of its first field of
    /// several lines, and the number of that field.
    At(usize, Option<(usize, usize)>),
    /// The quote at this place is not closed; the number of its field.
    Open(usize, usize),
    /// The row does not end in the buffer; a quote at this place is open there, in the field of this number.
    Beyond(Option<(usize, usize)>),
}

impl CsvRows {
    /// Reader of the rows of a source, which begins on line `line`.
    pub fn new(source: Box<dyn Read + Send>, delimiter: u8, line_end: LineEnd, escapes: bool, line: u64) -> CsvRows {
        CsvRows {
            source,
            buffer: Vec::new(),
            next: 0,
            ended: false,
            line,
            line_end: line_end.byte(),
            delimiter,
            escapes,
            columns: None,
            last_values: Some(Vec::new()),
            raw: 0..0,
            is_open: false,
            field: Vec::new(),
        }
    }

    /// States the number of columns, which helps to find quotes that are not closed.
    pub fn set_columns(&mut self, columns: usize) {
        self.columns = Some(columns);
    }

    /// True if a backslash escapes.
    pub fn escapes(&self) -> bool {
        self.escapes
    }

    /// Bytes of the row read last, without its line end.
    pub fn raw(&self) -> &[u8] {
        &self.buffer[self.raw.clone()]
    }

    /// True if a quote opens in the row read last and is not closed in it.
    ///
    /// A closing quote stands before a delimiter, a line end or the end of the file. Where the next quote stands before
    /// something else and in a later line, it opens another field: the row ends with its first line then, and the
    /// following lines are rows of their own. The same holds where there is no further quote, and where all lines that
    /// the field would have are rows by themselves: they have as many fields as the header and the identifier or the
    /// label that rows here have.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Reads the next row into `record`, whose position then has the line on which it begins; false at the end.
    ///
    /// # Errors
    /// Reading failed, or a row did not end.
    pub fn next(&mut self, record: &mut csv::ByteRecord) -> io::Result<bool> {
        let (end, whole) = loop {
            self.skip_line_ends();
            record.clear();
            if self.next == self.buffer.len() && self.ended {
                return Ok(false);
            }
            match self.parse(record) {
                End::At(end, Some((quote, field))) if self.swallows(quote, end, record) => {
                    break (self.cut(quote, field, record), false);
                }
                End::At(end, _) => break (end, true),
                End::Open(quote, field) => break (self.cut(quote, field, record), false),
                End::Beyond(quote) if self.buffer.len() - self.next >= MAX_RECORD => match quote {
                    Some((quote, field)) if self.line_end_after(quote).is_some() => {
                        break (self.cut(quote, field, record), false);
                    }
                    _ => {
                        let what = format!(
                            "line {}: a row of more than {MAX_RECORD} bytes: is a quote not closed?",
                            self.line
                        );
                        return Err(io::Error::other(what));
                    }
                },
                End::Beyond(_) => self.fill()?,
            }
        };
        self.is_open = !whole;
        self.raw = self.next..end;
        let mut position = csv::Position::new();
        position.set_line(self.line);
        record.set_position(Some(position));
        if whole {
            self.remember_last(record);
        }
        // The line end goes with the row, so that it counts; the \n of \r\n may not have come yet.
        let after = match self.buffer[end..] {
            [b'\r', b'\n', ..] => end + 2,
            [_, ..] => end + 1,
            [] => end,
        };
        self.pass(after);
        Ok(true)
    }

    /// Moves on to a place, and counts the lines.
    fn pass(&mut self, to: usize) {
        self.line += memchr_iter(self.line_end, &self.buffer[self.next..to]).count() as u64;
        self.next = to;
    }

    fn skip_line_ends(&mut self) {
        let blank = self.buffer[self.next..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if blank > 0 {
            self.pass(self.next + blank);
        }
    }

    /// Reads more into the buffer.
    fn fill(&mut self) -> io::Result<()> {
        if self.next > 0 {
            self.buffer.drain(..self.next);
            self.next = 0;
            self.raw = 0..0;
            // The buffer of an enormous row is not kept.
            if self.buffer.capacity() > 8 * BLOCK && self.buffer.len() < BLOCK {
                self.buffer.shrink_to(2 * BLOCK);
            }
        }
        // As much again for a row that did not end: it is parsed anew then.
        let len = self.buffer.len();
        let more = len.clamp(BLOCK, MAX_RECORD.saturating_sub(len).max(BLOCK));
        self.buffer.resize(len + more, 0);
        let read = loop {
            match self.source.read(&mut self.buffer[len..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(len + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }

    /// Splits the next row into fields.
    fn parse(&mut self, record: &mut csv::ByteRecord) -> End {
        let CsvRows { buffer, field, delimiter, escapes, ended, next, .. } = self;
        let (bytes, delimiter, ended) = (&buffer[..], *delimiter, *ended);
        let mut at = *next;
        let mut lines = None;
        loop {
            if bytes[at..].starts_with(b"\xEF\xBB\xBF\"") {
                at += MARK.len();
            }
            let end = if bytes.get(at) == Some(&b'"') {
                match quoted_field(bytes, at, delimiter, *escapes, ended, field) {
                    Quoted::Closed { end, several_lines } => {
                        record.push_field(if *escapes { unescape(field) } else { field });
                        if several_lines && lines.is_none() {
                            lines = Some((at, record.len() - 1));
                        }
                        end
                    }
                    Quoted::Open => return End::Open(at, record.len()),
                    Quoted::Beyond(is_open) => return End::Beyond(is_open.then_some((at, record.len()))),
                }
            } else {
                match unquoted_end(bytes, at, delimiter, *escapes) {
                    None if !ended => return End::Beyond(None),
                    end => {
                        let end = end.unwrap_or(bytes.len());
                        if *escapes {
                            field.clear();
                            field.extend_from_slice(&bytes[at..end]);
                            record.push_field(unescape(field));
                        } else {
                            record.push_field(&bytes[at..end]);
                        }
                        end
                    }
                }
            };
            if bytes.get(end) != Some(&delimiter) {
                return End::At(end, lines);
            }
            at = end + 1;
        }
    }

    /// First line end after a place.
    fn line_end_after(&self, place: usize) -> Option<usize> {
        memchr2(b'\r', b'\n', &self.buffer[place..]).map(|at| place + at)
    }

    /// Ends the row at the first line end after the open quote of a field. Its last field is what stands there, with the
    /// quote.
    fn cut(&self, quote: usize, field: usize, record: &mut csv::ByteRecord) -> usize {
        let end = self.line_end_after(quote).unwrap_or(self.buffer.len());
        record.truncate(field);
        record.push_field(&self.buffer[quote..end]);
        end
    }

    /// True if the row up to `end`, which has a quoted field of several lines from `quote` on, is several rows: its first
    /// line has as many fields as a row, and each further line is a row by itself.
    fn swallows(&self, quote: usize, end: usize, record: &csv::ByteRecord) -> bool {
        let Some(columns) = self.columns.filter(|&columns| columns > 1) else { return false };
        if !self.buffer[quote..end].contains(&self.line_end) {
            return false;
        }
        let mut lines = self.buffer[self.next..end]
            .split(|&byte| byte == self.line_end)
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let fields = |line: &[u8]| 1 + memchr_iter(self.delimiter, line).count();
        let is_label = |line: &[u8]| {
            let last = line.rsplit(|&byte| byte == self.delimiter).next();
            self.last_values.as_ref().is_some_and(|values| values.iter().any(|value| Some(&value[..]) == last))
        };
        let first = lines.next().unwrap_or_default();
        let is_labelled = is_label(first);
        let mut id = record.get(0).unwrap_or_default();
        fields(first) >= columns
            && lines.all(|line| {
                let cell = line.split(|&byte| byte == self.delimiter).next().unwrap_or_default();
                let is_next = is_next_id(std::mem::replace(&mut id, cell), cell);
                fields(line) == columns && (is_next || is_labelled && is_label(line))
            })
    }

    /// Remembers the last field of a row, as long as there are few values of it.
    fn remember_last(&mut self, record: &csv::ByteRecord) {
        let Some(values) = &mut self.last_values else { return };
        let Some(last) = record.get(record.len().wrapping_sub(1)) else { return };
        if values.last().is_some_and(|latest| latest == last) || last.is_empty() {
            return;
        }
        match values.iter().position(|value| value == last) {
            Some(place) => {
                let latest = values.len() - 1;
                values.swap(place, latest);
            }
            None if values.len() == MAX_LAST || last.len() > 32 => self.last_values = None,
            None => values.push(last.to_vec()),
        }
    }
}

/// True if a first cell may be that of the row after another: a number close to it, or something else with digits of the
/// same form, such as a date.
fn is_next_id(before: &[u8], cell: &[u8]) -> bool {
    let number = |cell: &[u8]| -> Option<u64> { std::str::from_utf8(cell).ok()?.parse().ok() };
    match (number(before), number(cell)) {
        (Some(before), Some(cell)) => (1..=100).contains(&cell.abs_diff(before)) || before.min(cell) >= 1_000_000,
        (None, None) => {
            let form = |cell: &[u8]| -> Vec<u8> {
                let class = |byte: &u8| match byte {
                    b'0'..=b'9' => b'9',
                    b'a'..=b'z' | b'A'..=b'Z' => b'a',
                    other => *other,
                };
                cell.iter().map(class).collect()
            };
            let digits = cell.iter().filter(|byte| byte.is_ascii_digit()).count();
            digits >= 2 && (4..=64).contains(&cell.len()) && !cell.contains(&b' ') && form(before) == form(cell)
        }
        _ => false,
    }
}

/// End of the field without quotes that begins at a place, if it is there.
fn unquoted_end(bytes: &[u8], from: usize, delimiter: u8, escapes: bool) -> Option<usize> {
    if !escapes {
        return memchr3(delimiter, b'\r', b'\n', &bytes[from..]).map(|at| from + at);
    }
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\r' | b'\n' => return Some(at),
            _ if byte == delimiter => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// Field in quotes.
enum Quoted {
    /// It ends at the delimiter or line end at this place, or with the file.
    Closed { end: usize, several_lines: bool },
    /// It is not closed.
    Open,
    /// It does not end in these bytes; true if its quote is open there.
    Beyond(bool),
}

/// Reads the field whose quote stands at `quote` into `field`.
fn quoted_field(bytes: &[u8], quote: usize, delimiter: u8, escapes: bool, ended: bool, field: &mut Vec<u8>) -> Quoted {
    field.clear();
    let mut from = quote + 1;
    let mut searched = from;
    let close = loop {
        let found = if escapes { memchr2(b'"', b'\\', &bytes[searched..]) } else { memchr(b'"', &bytes[searched..]) };
        let Some(at) = found.map(|at| searched + at) else {
            return if ended { Quoted::Open } else { Quoted::Beyond(true) };
        };
        match (bytes[at], bytes.get(at + 1)) {
            (_, None) if !ended => return Quoted::Beyond(true),
            (b'\\', _) => searched = (at + 2).min(bytes.len()),
            (_, Some(b'"')) => {
                field.extend_from_slice(&bytes[from..=at]);
                (from, searched) = (at + 2, at + 2);
            }
            _ => break at,
        }
    };
    field.extend_from_slice(&bytes[from..close]);
    let several_lines = memchr2(b'\r', b'\n', &bytes[quote..close]).is_some();
    match bytes.get(close + 1) {
        None | Some(b'\r' | b'\n') => return Quoted::Closed { end: close + 1, several_lines },
        Some(next) if *next == delimiter => return Quoted::Closed { end: close + 1, several_lines },
        Some(_) if several_lines => return Quoted::Open,
        Some(_) => {}
    }
    // It goes on without quotes.
    let end = match unquoted_end(bytes, close + 1, delimiter, escapes) {
        None if !ended => return Quoted::Beyond(false),
        end => end.unwrap_or(bytes.len()),
    };
    field.extend_from_slice(&bytes[close + 1..end]);
    Quoted::Closed { end, several_lines }
}

/// A field without the backslashes that MySQL puts before characters; `\N`, its NULL, is empty.
fn unescape(field: &mut Vec<u8>) -> &[u8] {
    if field == b"\\N" {
        return b"";
    }
    let mut to = 0;
    let mut from = 0;
    while from < field.len() {
        let mut byte = field[from];
        if byte == b'\\' && from + 1 < field.len() {
            from += 1;
            byte = match field[from] {
                b'0' => 0,
                b'b' => 8,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'Z' => 26,
                other => other,
            };
        }
        field[to] = byte;
        (from, to) = (from + 1, to + 1);
    }
    &field[..to]
}

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
/// [`CsvRows::is_open`] told when the row was read. Wrong bytes are reported first: they may be the reason for all else.
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
    // Space, and signs that nobody sees.
    let is_nothing =
        |c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{AD}');
    let said = text.trim_matches(is_nothing);
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
    if cell.len() > MAX_PLACEHOLDER {
        return None;
    }
    let same = PLACEHOLDERS.iter().find(|name| **name == cell);
    same.or_else(|| PLACEHOLDERS.iter().find(|name| name.eq_ignore_ascii_case(cell))).copied()
}

/// Cells that exporters write where there is nothing: pandas, databases, spreadsheets in several languages, JavaScript,
/// Reddit.
const PLACEHOLDERS: [&str; 55] = [
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
    "Err:502",
    "Err:504",
    "Err:508",
    "Err:509",
];
const MAX_PLACEHOLDER: usize = 21;

/// Names between quotes, with commas; of very many the first 50.
pub(crate) fn quoted(names: &[String]) -> String {
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

    use proptest::prelude::*;
    use std::io::Cursor;

    fn reader(csv: &[u8], delimiter: u8, escapes: bool) -> CsvRows {
        CsvRows::new(Box::new(Cursor::new(csv.to_vec())), delimiter, LineEnd::of(csv), escapes, 1)
    }

    /// Rows as text: line, fields joined by a bar, and a mark if a quote is open.
    fn rows(csv: &str) -> Vec<String> {
        let mut rows = reader(csv.as_bytes(), b',', false);
        let (mut record, mut all) = (csv::ByteRecord::new(), Vec::new());
        while rows.next(&mut record).unwrap() {
            if all.is_empty() {
                rows.set_columns(record.len());
            }
            let fields: Vec<String> = record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
            let open = if rows.is_open() { " open" } else { "" };
            all.push(format!("{}:{}{open}", record.position().unwrap().line(), fields.join("|")));
        }
        all
    }

    #[test]
    fn a_missing_quote_costs_one_row() {
        let head = "id,text,status\n";
        // The next field in quotes, or the end of the file, shows it.
        for next in [
            "2,\"fine\",ok",
            "2,\"\"\"fine\"\" he said\",ok",
            "2,fine,ok\n3,\"fine\",ok",
            "2,\"\",ok\n3,fine,ok",
            "2,fine,ok",
        ] {
            let found = rows(&format!("{head}1,\"cut here,ok\n{next}\n"));
            assert_eq!(found[1], "2:1|\"cut here,ok open", "{next}");
            assert_eq!(found.len(), 2 + next.lines().count(), "{next}: {found:?}");
            assert!(found[2].starts_with("3:2|") && !found[2].contains("open"), "{next}: {found:?}");
        }
        // A quote at the end of a comment seems to close it: the rows between tell.
        let found = rows(&format!("{head}7,\"cut here,ok\n8,fine,ok\n9,a pipe of 5\",ok\n10,fine,ok\n"));
        assert_eq!(found[1..], ["2:7|\"cut here,ok open", "3:8|fine|ok", "4:9|a pipe of 5\"|ok", "5:10|fine|ok"]);
        let found = rows("text,label\nfine,good\nbad one,bad\n\"cut here,bad\nfine,good\na pipe of 5\",bad\n");
        assert_eq!(found[3..], ["4:\"cut here,bad open", "5:fine|good", "6:a pipe of 5\"|bad"]);
        let found = rows("when,text\n2024-05-01,\"cut here\n2024-05-02,a pipe of 5\"\n2024-05-03,fine\n");
        assert_eq!(found[1..], ["2:2024-05-01|\"cut here open", "3:2024-05-02|a pipe of 5\"", "4:2024-05-03|fine"]);
        // At the end of the file, with a line end and without.
        assert_eq!(rows("id,text\n1,\"cut here\n")[1], "2:1|\"cut here open");
        assert_eq!(rows("id,text\n1,\"cut here")[1], "2:1|\"cut here open");
    }

    #[test]
    fn comments_of_several_lines_are_one() {
        for text in [
            "Dear all,\n1, too late\n2, too dear",
            "a\n\nb",
            "he said \"\"no\"\"\nand left",
            "bye,\nSam",
            "2024, then\n2025, now",
        ] {
            let found = rows(&format!("id,text,label\n70,\"{text}\",good\n71,\"{text}\",bad\n72,fine,good\n"));
            assert_eq!(found.len(), 4, "{text}: {found:?}");
            let found = rows(&format!("text,label\nfine,good\n\"{text}\",good\n\"{text}\",bad\nfine,bad\n"));
            assert_eq!(found.len(), 5, "{text}: {found:?}");
        }
    }

    #[test]
    fn marks_and_backslashes() {
        assert_eq!(rows("a,b\n\u{FEFF}\"1, 2\",x\n")[1], "2:1, 2|x");
        let mut rows = reader(br#"1,"say \"hi\", you\nfool",\N,a\,b,\\N"#, b',', true);
        let mut record = csv::ByteRecord::new();
        assert!(rows.next(&mut record).unwrap());
        let fields: Vec<&[u8]> = record.iter().collect();
        assert_eq!(fields, [&b"1"[..], b"say \"hi\", you\nfool", b"", b"a,b", b"\\N"]);
    }

    /// Source that gives a few bytes at a time.
    struct Slow(Vec<u8>, usize, usize);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = self.2.min(buffer.len()).min(self.0.len() - self.1);
            buffer[..len].copy_from_slice(&self.0[self.1..][..len]);
            self.1 += len;
            Ok(len)
        }
    }

    fn all(rows: &mut CsvRows) -> Vec<(Vec<Vec<u8>>, u64, bool)> {
        let (mut record, mut all) = (csv::ByteRecord::new(), Vec::new());
        while rows.next(&mut record).unwrap() {
            let fields = record.iter().map(<[u8]>::to_vec).collect();
            all.push((fields, record.position().unwrap().line(), rows.is_open()));
        }
        all
    }

    proptest! {
        /// What a program writes is read as the csv crate reads it, in whatever dialect, and gives its bytes back.
        #[test]
        fn sound_csv_is_read_as_it_was_written(
            fields in prop::collection::vec(prop::collection::vec("[a-zب,;\"\n\r ]{0,12}", 3), 1..9),
            style in 0..3usize, delimiter in prop::sample::select(&b",;\t|"[..]), crlf in any::<bool>(), step in 1..40usize,
        ) {
            let style = [csv::QuoteStyle::Always, csv::QuoteStyle::Necessary, csv::QuoteStyle::NonNumeric][style];
            let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer =
                csv::WriterBuilder::new().quote_style(style).delimiter(delimiter).terminator(end).from_writer(Vec::new());
            for row in &fields {
                writer.write_record(row)?;
            }
            let bytes = writer.into_inner().unwrap();
            let read = all(&mut reader(&bytes, delimiter, false));
            let found: Vec<Vec<Vec<u8>>> = read.iter().map(|row| row.0.clone()).collect();
            let written: Vec<Vec<Vec<u8>>> =
                fields.iter().map(|row| row.iter().map(|field| field.clone().into_bytes()).collect()).collect();
            prop_assert_eq!(found, written);
            prop_assert!(read.iter().all(|row| !row.2));
            // In pieces as at once.
            let slow = Box::new(Slow(bytes.clone(), 0, step));
            let mut slow = CsvRows::new(slow, delimiter, LineEnd::of(&bytes), false, 1);
            prop_assert_eq!(all(&mut slow), read);
        }

        /// Any bytes: no panic, every byte but line ends is in a row, and lines are in order.
        #[test]
        fn any_bytes_are_read(bytes in "[a1,\"\n\r\\\\\u{FEFF}]{0,60}", escapes in any::<bool>(), step in 1..20usize) {
            let mut rows = reader(bytes.as_bytes(), b',', escapes);
            rows.set_columns(2);
            let (mut record, mut raw, mut lines) = (csv::ByteRecord::new(), Vec::new(), Vec::new());
            while rows.next(&mut record).unwrap() {
                raw.extend_from_slice(rows.raw());
                lines.push(record.position().unwrap().line());
            }
            let without = |bytes: &[u8]| -> Vec<u8> {
                bytes.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect()
            };
            prop_assert_eq!(without(&raw), without(bytes.as_bytes()));
            prop_assert!(lines.is_sorted());
            let mut once = reader(bytes.as_bytes(), b',', escapes);
            let slow = Box::new(Slow(bytes.clone().into_bytes(), 0, step));
            let mut slow = CsvRows::new(slow, b',', LineEnd::of(bytes.as_bytes()), escapes, 1);
            prop_assert_eq!(all(&mut slow), all(&mut once));
        }

        /// Of rows with a missing quote, all others are read; the comments of two rows are never one.
        #[test]
        fn no_two_comments_become_one(
            texts in prop::collection::vec("[a-z]{1,6}( [a-z,\"]{1,6}){0,3}", 3..9),
            quoted in prop::collection::vec(any::<bool>(), 9),
            broken in 0..9usize,
        ) {
            let broken = broken % texts.len();
            let mut csv = "id,text,status\n".to_owned();
            for (number, text) in texts.iter().enumerate() {
                let needs = text.contains([',', '"']) || quoted[number] || number == broken;
                let field = if needs { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() };
                let field = if number == broken { field[..field.len() - 1].to_owned() } else { field };
                csv += &format!("{},{field},ok\n", 500 + number);
            }
            let mut rows = reader(csv.as_bytes(), b',', false);
            rows.set_columns(3);
            let found = all(&mut rows);
            prop_assert_eq!(found.len(), texts.len() + 1, "{}", csv);
            for (number, (fields, _, is_open)) in found[1..].iter().enumerate() {
                if number != broken {
                    prop_assert!(!is_open && fields[1] == texts[number].as_bytes(), "{}", csv);
                } else {
                    prop_assert!(*is_open || fields.len() != 3 || fields[1] == texts[number].as_bytes(), "{}", csv);
                }
            }
        }
    }
}
