//! Reading what people export: files and standard input, encodings, CSV dialects.

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
    /// Opens a file, or standard input for `-`: bytes that are UTF-8 if the file is what it should be.
    /// A byte order mark (UTF-8, UTF-16) decides over [`Format::encoding`], and is left out.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let raw: Box<dyn Read + Send> =
            if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
        let decoded = DecodeReaderBytesBuilder::new()
            // UTF-8 is passed through as it is, so that wrong bytes can be reported with their line.
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

/// A reader of CSV that gives up where a row does not end.
pub type CsvReader = csv::Reader<Bounded>;

/// Lets no more than [`MAX_RECORD`] bytes through between two calls of [`next_record`].
pub struct Bounded {
    source: Box<dyn Read + Send>,
    left: usize,
    /// Quotes that have come through.
    quotes: usize,
    /// The source has come to its end. The reader asks for more only inside a row: the row just read then, if there
    /// is one, ends with the file and not with a line end.
    ended: bool,
    /// What came through last, and how many bytes before it.
    block: Vec<u8>,
    begins: u64,
    /// Bytes that have come through.
    passed: u64,
}

impl Bounded {
    /// A byte of those that came through last.
    fn byte(&self, place: u64) -> Option<u8> {
        self.block.get(usize::try_from(place.checked_sub(self.begins)?).ok()?).copied()
    }

    /// The byte before `place`.
    fn last(&self, place: u64) -> Option<u8> {
        self.byte(place.checked_sub(1)?)
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(format!("a row of more than {MAX_RECORD} bytes: is a quote not closed?")));
        }
        let room = buffer.len().min(self.left);
        let read = self.source.read(&mut buffer[..room])?;
        self.ended = read == 0 && room > 0;
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

/// Reads the next row into `record`, whose position then tells the line on which it begins; false at the end.
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

/// What is said of a row whose quote is never closed.
pub const OPEN_QUOTE: &str = "a quote that opens in this row is never closed: what follows it was not read as rows";

/// Whether `record`, just read, is the last of the file and swallowed lines in a quote that is never closed.
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

/// The delimiter that stands most often in the first line outside quotes; a comma if none does.
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

/// Names between quotes with commas; of very many the first.
pub(crate) fn quoted(names: &[String]) -> String {
    let first = names.iter().take(50).map(|name| short(name)).collect::<Vec<_>>().join(", ");
    if names.len() > 50 { format!("{first} and {} more", names.len() - 50) } else { first }
}

/// What was found, between quotes, for a message: what is longer than a line is cut.
pub fn short(found: &str) -> String {
    match found.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}...", &found[..end]),
        None => format!("{found:?}"),
    }
}

/// What is said of a line that is not UTF-8.
pub const NOT_UTF8: &str = "not valid UTF-8: name the encoding, such as --encoding windows-1256 or utf-16le";

/// The line of the first byte of `record` that is not UTF-8, if there is one.
pub fn invalid_line(record: &csv::ByteRecord) -> Option<u64> {
    let line = record.position().map_or(1, csv::Position::line);
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
