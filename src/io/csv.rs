//! Files that people export: encodings, CSV dialects, and the checks that every row passes.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;

/// Encoding and dialect of text files.
///
/// ```
/// # #[cfg(feature = "train")] {
/// use naqd::{CorpusReader, Format};
///
/// let reader = CorpusReader { format: Format { delimiter: Some(b';'), encoding: None }, ..Default::default() };
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Format {
    /// Encoding of files without a byte order mark; UTF-8 if none.
    pub encoding: Option<&'static Encoding>,
    /// Delimiter of CSV; found out from the first line if none.
    pub delimiter: Option<u8>,
}

impl Format {
    /// Opens a file, or standard input for `-`, and decodes it to UTF-8. A byte order mark (UTF-8, UTF-16) decides over
    /// [`Format::encoding`], and is left out. Bytes that are wrong in UTF-8 are passed through, to be reported with
    /// their line.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let raw: Box<dyn Read + Send> =
            if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
        let decoded = DecodeReaderBytesBuilder::new()
            .encoding(self.encoding.filter(|encoding| *encoding != encoding_rs::UTF_8))
            .utf8_passthru(true)
            .strip_bom(true)
            .bom_override(true)
            .build(raw);
        // encoding_rs_io 0.1.8 loses the rest of a last character that is not whole when it is read piece by piece,
        // into less than four bytes; a buffer never asks for so few.
        Ok(Box::new(BufReader::new(decoded)))
    }

    /// Opens a CSV file with a header line; returns also its delimiter.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    pub fn csv(&self, path: &Path) -> io::Result<(CsvReader, u8)> {
        let mut source = self.open(path)?;
        let mut delimiter = self.delimiter.unwrap_or(b',');
        if self.delimiter.is_none() {
            let head = first_line(&mut source)?;
            delimiter = sniff(&head);
            source = Box::new(Cursor::new(head).chain(source));
        }
        let source =
            Bounded { source, left: MAX_RECORD, quotes: 0, ended: false, block: Vec::new(), begins: 0, passed: 0 };
        Ok((csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(source), delimiter))
    }
}

/// Longest row that is read, in bytes.
pub const MAX_RECORD: usize = 16 << 20;

/// Reader of CSV that gives up where a row does not end.
pub type CsvReader = csv::Reader<Bounded>;

/// Source that gives at most [`MAX_RECORD`] bytes between two calls of [`next_record`].
pub struct Bounded {
    source: Box<dyn Read + Send>,
    left: usize,
    /// Number of quotes given so far.
    quotes: usize,
    /// True if the source has come to its end. The reader asks for more only inside a row: the row just read then, if
    /// there is one, ends with the file and not with a line end.
    ended: bool,
    /// Bytes given last, and the number of bytes before them.
    block: Vec<u8>,
    begins: u64,
    /// Number of bytes given so far.
    passed: u64,
}

impl Bounded {
    /// Byte at `place`, if it is one of those given last.
    fn byte(&self, place: u64) -> Option<u8> {
        self.block.get(usize::try_from(place.checked_sub(self.begins)?).ok()?).copied()
    }

    /// Byte before `place`.
    fn last(&self, place: u64) -> Option<u8> {
        self.byte(place.checked_sub(1)?)
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(format!("a row of more than {MAX_RECORD} bytes: is a quote not closed?")));
        }
        let len = buffer.len().min(self.left);
        let read = self.source.read(&mut buffer[..len])?;
        self.ended = read == 0 && len > 0;
        self.left -= read;
        self.quotes += memchr::memchr_iter(b'"', &buffer[..read]).count();
        if read > 0 {
            self.block.clear();
            self.block.extend_from_slice(&buffer[..read]);
            self.begins = self.passed;
            self.passed += read as u64;
        }
        Ok(read)
    }
}

/// Reads the next row into `record`, whose position then has the line on which it begins; false at the end.
///
/// # Errors
/// Reading failed, or a row did not end.
pub fn next_record(reader: &mut CsvReader, record: &mut csv::ByteRecord) -> io::Result<bool> {
    reader.get_mut().left = MAX_RECORD;
    let (line, place) = (reader.position().line(), reader.position().byte());
    // The reader stops between the \r and the \n of a line end.
    let line = line + u64::from(reader.get_ref().byte(place) == Some(b'\n'));
    let read = reader.read_byte_record(record).map_err(|error| match io::Error::from(error) {
        error if error.kind() == io::ErrorKind::Other => io::Error::other(format!("line {line}: {error}")),
        error => error,
    })?;
    if read && let Some(mut position) = record.position().cloned() {
        // It counts from where it stopped before, so that a \n left there, or blank lines, would count as the row's.
        let end = reader.position();
        let source = reader.get_ref();
        let ended = !source.ended && source.last(end.byte()) == Some(b'\n');
        position.set_line(end.line().saturating_sub(newlines(record.as_slice()) + u64::from(ended)).max(1));
        record.set_position(Some(position));
    }
    Ok(read)
}

/// Reason why a row of CSV cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(not(feature = "train"), allow(dead_code))]
pub enum RowError {
    /// A quote that opens in the row and swallows the rest of the file.
    #[error("a quote that opens in this row is never closed: what follows it was not read as rows")]
    OpenQuote,
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

/// Checks a row: it is UTF-8, its quotes end, and it has the fields of the header. `ends_open` is what [`ends_open`] told
/// when the row was read. Wrong bytes are reported first: they may be the reason for all else.
///
/// # Errors
/// The first check that it does not pass.
pub fn check_row(record: &csv::ByteRecord, ends_open: bool, fields: Fields) -> Result<(), RowError> {
    if let Some(line) = invalid_line(record) {
        return Err(RowError::NotUtf8 { line });
    }
    if ends_open {
        return Err(RowError::OpenQuote);
    }
    let got = record.len();
    match fields {
        Fields::Exactly(expected) if got != expected => Err(RowError::Fields { got, expected }),
        Fields::AtMost(expected) if got > expected => Err(RowError::Fields { got, expected }),
        _ => Ok(()),
    }
}

/// Comment of a row, in column `text` of `columns`.
///
/// # Errors
/// The row does not pass [`check_row`], or has no comment.
#[cfg(feature = "train")]
pub fn row_text(record: &csv::ByteRecord, ends_open: bool, columns: usize, text: usize) -> Result<&str, RowError> {
    check_row(record, ends_open, Fields::Exactly(columns))?;
    match simdutf8::basic::from_utf8(&record[text]) {
        Ok(text) if !text.trim().is_empty() => Ok(text),
        _ => Err(RowError::EmptyText),
    }
}

/// True if `record`, just read, is the last of the file and swallowed lines in a quote that is never closed.
pub fn ends_open(reader: &CsvReader, record: &csv::ByteRecord) -> bool {
    let source = reader.get_ref();
    // A row that only the end of the file ends has no line end of its own. Otherwise quotes that are no pairs tell.
    let line_end = matches!(source.last(reader.position().byte()), Some(b'\r' | b'\n'));
    source.ended && record.as_slice().contains(&b'\n') && (line_end || source.quotes % 2 == 1)
}

/// Reads until there is a line end (at most 64 KiB without one).
fn first_line(source: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while head.len() < 1 << 16 && !head.iter().any(|b| matches!(b, b'\n' | b'\r')) {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => head.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(head)
}

/// Delimiter that is most frequent in the first line outside quotes; a comma if there is none.
fn sniff(head: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
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
        let text = |fields: &[&[u8]], ends_open| {
            let record = csv::ByteRecord::from(fields.to_vec());
            row_text(&record, ends_open, 2, 1).map(str::to_owned)
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
