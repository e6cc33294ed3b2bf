//! Bytes of an export as UTF-8, with the number of the line, and no more at a time than is allowed.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;
use naqd::internal::io::what::{self, What};
use naqd::internal::io::{Inflated, MAX_RECORD, short};

/// Number of bytes that are looked at to find out what a file is.
const HEAD: usize = 64 << 10;

/// Number of bytes that are read at a time.
const BUFFER: usize = 128 << 10;

/// Longest piece that is read whole, a comment or the article above it: four times the longest row of CSV, as both may
/// be written with entities.
pub const MAX_PIECE: usize = 4 * MAX_RECORD;

/// Place in a source, and how much of it may be read before the next piece begins.
pub struct Place {
    line: Cell<u64>,
    left: Cell<usize>,
}

impl Place {
    /// Line up to which the source is read, from 1.
    pub fn line(&self) -> u64 {
        self.line.get()
    }

    /// Allows the next piece to be read.
    pub fn next_piece(&self) {
        self.left.set(MAX_PIECE);
    }
}

/// Export that is being read.
pub struct Source {
    file: PathBuf,
    reader: BufReader<Box<dyn Read>>,
    head: Vec<u8>,
    place: Rc<Place>,
}

impl Source {
    /// Source of the bytes of `raw`, which is gzip or not. A byte order mark decides over `encoding`, this over the
    /// encoding that XML declares; bytes that are wrong become U+FFFD.
    ///
    /// # Errors
    /// A sentence: reading fails, or it is another container.
    pub fn new(file: &Path, raw: impl Read + 'static, encoding: Option<&'static Encoding>) -> Result<Source, String> {
        let fault = |error: io::Error| format!("{}: {error}", file.display());
        let (magic, mut raw) = peek(Box::new(raw), HEAD).map_err(fault)?;
        let mut head = magic;
        if head.starts_with(b"\x1F\x8B") {
            (head, raw) = peek(Box::new(Inflated::new(raw)), HEAD).map_err(fault)?;
        }
        match what::of_bytes(&head) {
            Some(What::Gzip) => {
                return Err(format!("{}: compressed by gzip twice: unpack it with gunzip", file.display()));
            }
            Some(What::Zip) => {
                return Err(format!(
                    "{}: a ZIP archive or a workbook: unpack it, and name the files in it; a workbook needs no import",
                    file.display()
                ));
            }
            Some(What::Other(other)) => return Err(format!("{}: {}: {}", file.display(), other.name, other.remedy)),
            None => {}
        }
        let encoding = encoding.or_else(|| declared(&head)).unwrap_or(encoding_rs::UTF_8);
        let decoded =
            DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).strip_bom(true).build(raw);
        // A buffer, as in naqd's reader of CSV: encoding_rs_io 0.1.8 must not be asked for less than four bytes.
        let decoded = Box::new(BufReader::with_capacity(BUFFER, decoded));
        let (head, decoded) = peek(decoded, HEAD).map_err(fault)?;
        let place = Rc::new(Place { line: Cell::new(1), left: Cell::new(MAX_PIECE) });
        Ok(Source { file: file.to_owned(), reader: BufReader::with_capacity(BUFFER, decoded), head, place })
    }

    /// First bytes of the file, decoded.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Path of the file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Place in the source, which stays true while others read it.
    pub fn place(&self) -> Rc<Place> {
        self.place.clone()
    }

    fn allowed(&self) -> io::Result<usize> {
        match self.place.left.get() {
            0 => Err(io::Error::other(format!(
                "a piece of more than {} MiB; comments are shorter: is the file damaged?",
                MAX_PIECE >> 20
            ))),
            left => Ok(left),
        }
    }

    fn passed(&self, bytes: &[u8]) -> (u64, usize) {
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        (self.place.line.get() + lines, self.place.left.get() - bytes.len())
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(buffer.len());
        buffer[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let allowed = self.allowed()?;
        let available = self.reader.fill_buf()?;
        Ok(&available[..available.len().min(allowed)])
    }

    fn consume(&mut self, amount: usize) {
        let (line, left) = match self.reader.buffer().get(..amount) {
            Some(bytes) => self.passed(bytes),
            None => return,
        };
        self.place.line.set(line);
        self.place.left.set(left);
        self.reader.consume(amount);
    }
}

/// First bytes of a source, and the source with them.
fn peek(mut source: Box<dyn Read>, most: usize) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let mut head = Vec::new();
    (&mut source).take(most as u64).read_to_end(&mut head)?;
    let again = Cursor::new(head.clone());
    Ok((head, Box::new(again.chain(source))))
}

/// Encoding that an XML declaration names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = head.strip_prefix(b"<?xml")?;
    let end = memchr::memchr(b'>', &head[..head.len().min(200)])?;
    let head = std::str::from_utf8(&head[..end]).ok()?;
    let value = head.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    // What is read byte by byte here is no UTF-16, whatever it says.
    Encoding::for_label(value[1..].split(quote).next()?.as_bytes()).filter(|encoding| encoding.is_ascii_compatible())
}

/// A name or a value of a file, for a message.
pub fn named(name: &str) -> String {
    short(name).replace('"', "")
}
