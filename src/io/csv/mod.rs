//! Rows of CSV as people export it.
//!
//! The reader is our own because rows have to come back byte for byte, and because a quote that is never closed must cost
//! one row: the csv crate gives no bytes of a row, and reads on to the next quote, through other people's comments.

mod field;

use std::io::{self, Read};
use std::ops::Range;

use memchr::{memchr_iter, memchr2};

use self::field::{Quoted, quoted_field, unescape, unquoted_end};
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
/// one; blank lines are no rows; `\n`, `\r\n` and `\r` end rows. Different are byte order marks before a quote, fields that
/// go on after a closing quote, whose quotes are their own, and quotes that are not closed (see [`CsvRows::is_open`]).
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
pub(super) fn is_next_id(before: &[u8], cell: &[u8]) -> bool {
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

#[cfg(test)]
mod tests;
