//! Input: rows of CSV, JSON Lines or plain lines, read in batches into buffers that are used again.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use encoding_rs::Encoding;
use naqd::internal::io::{
    Column, ColumnError, CsvReader, Dialect, Format, MAX_RECORD, Ordered, RowError, TEXT_COLUMNS, Text,
    encoding_of_mark, ends_open, find_column, next_raw_record, raw_header, row_text, text_without_guard,
};
use serde_json::value::RawValue;

/// Input format.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Kind {
    /// Comma-separated values with a header line
    Csv,
    /// One JSON object a line
    Jsonl,
    /// One comment a line
    Lines,
}

impl Kind {
    /// Format by the extension of a file; plain lines if it has none that is known.
    pub fn of(path: &Path) -> Kind {
        match path.extension().and_then(|e| e.to_str()).map(str::to_lowercase).as_deref() {
            Some("csv" | "tsv") => Kind::Csv,
            Some("jsonl" | "ndjson" | "json") => Kind::Jsonl,
            _ => Kind::Lines,
        }
    }
}

/// Maximum length of a line of JSON Lines and plain lines, in bytes.
const MAX_LINE: usize = MAX_RECORD;
/// Number of rows or bytes that fill a batch: enough for all cores, and few enough to stay in their caches.
const BATCH_ROWS: usize = 1024;
const BATCH_BYTES: usize = 1 << 17;
/// Maximum size of a buffer that is kept for the next batch.
const KEPT_BYTES: usize = 1 << 16;

type Source = Box<dyn Read + Send>;

/// An opened input.
pub struct Rows {
    /// Form of its rows.
    pub shape: Shape,
    /// Outward form of the file.
    pub dialect: Dialect,
    /// Header of CSV as it stands in the file, without the line end; empty for what is none.
    pub raw_header: Vec<u8>,
    /// Encoding that the byte order mark tells.
    pub encoding: Option<&'static Encoding>,
    /// Source of the rows.
    pub reader: Reader,
}

/// Form of the rows of an input, and the place of the comment in them.
pub enum Shape {
    Csv { header: csv::StringRecord, dialect: Dialect, text: usize },
    Json { field: Option<String> },
    Lines,
}

/// Source of rows.
pub enum Reader {
    Csv(CsvReader),
    Lines(Lines),
}

/// Reader of whole lines.
pub struct Lines {
    source: Source,
    /// Number of lines so far.
    line: u64,
    /// Bytes read after the last whole line.
    rest: Vec<u8>,
    /// True if the line being read was too long; the rest of it is skipped.
    skipping: bool,
    ended: bool,
}

/// Row as it was read.
#[derive(Clone, Copy)]
pub struct Row<'b> {
    /// Line on which the row begins, from 1.
    pub line: u64,
    /// Fields of a CSV row.
    pub record: &'b csv::ByteRecord,
    /// Bytes of the row as they stand in the file, without the line end.
    pub bytes: &'b [u8],
    /// True if the line was longer than [`MAX_LINE`] and is cut; in CSV, whether a quote was never closed.
    pub cut: bool,
}

/// Rows read together. The places beyond `len` are buffers from before.
#[derive(Default)]
pub struct Batch {
    bytes: Vec<u8>,
    places: Vec<Place>,
    len: usize,
}

/// Place of a row in a batch.
#[derive(Default)]
pub struct Place {
    line: u64,
    record: csv::ByteRecord,
    bytes: Range<usize>,
    cut: bool,
}

impl Batch {
    /// A batch of one line.
    pub fn one(line: &str) -> Batch {
        let mut batch = Batch { bytes: line.into(), ..Batch::default() };
        batch.push(1, 0..line.len(), false);
        batch
    }

    /// Places of the rows; [`row`](Batch::row) gives the rows.
    pub fn places(&self) -> &[Place] {
        &self.places[..self.len]
    }

    /// The row at a place of this batch.
    pub fn row<'b>(&'b self, place: &'b Place) -> Row<'b> {
        let Place { line, record, bytes, cut } = place;
        Row { line: *line, record, bytes: &self.bytes[bytes.clone()], cut: *cut }
    }

    fn push(&mut self, line: u64, bytes: Range<usize>, cut: bool) {
        let place = self.next();
        (place.line, place.bytes, place.cut) = (line, bytes, cut);
        self.len += 1;
    }

    /// The place of the next row.
    fn next(&mut self) -> &mut Place {
        if self.places.len() == self.len {
            self.places.push(Place::default());
        }
        &mut self.places[self.len]
    }
}

impl Rows {
    /// Opens a file (`-`: standard input). `text` names the column or field of the comment, if it has none of
    /// the usual names.
    ///
    /// # Errors
    /// A sentence without the file's name.
    pub fn open(path: &Path, kind: Kind, format: &Format, text: Option<&str>) -> Result<Rows, String> {
        let failed = |error: io::Error| error.to_string();
        if kind != Kind::Csv {
            let source = format.open(path).map_err(failed)?;
            let shape = match kind {
                Kind::Jsonl => Shape::Json { field: text.map(str::to_owned) },
                _ => Shape::Lines,
            };
            let lines = Lines { source, line: 0, rest: Vec::new(), skipping: false, ended: false };
            let (dialect, raw_header) = (Dialect::default(), Vec::new());
            return Ok(Rows { shape, dialect, raw_header, encoding: None, reader: Reader::Lines(lines) });
        }
        let (mut reader, dialect) = format.csv(path).map_err(failed)?;
        let header = reader.byte_headers().map_err(|error| error.to_string())?.clone();
        if header.is_empty() {
            return Err("empty: expected a line with the names of the columns".to_owned());
        }
        let text = find_column(&header, Column::Text, text).map_err(|error| match error {
            ColumnError::TooMany(_) => format!("{error} name another delimiter with --delimiter"),
            ColumnError::Missing { .. } => format!(
                "{error}: name the column with --text-column, or the delimiter with --delimiter if these are no columns"
            ),
        })?;
        let header = csv::StringRecord::from_byte_record(header).map_err(|_| told(RowError::NotUtf8 { line: 1 }))?;
        if let Some(name) = header.iter().find(|name| ["naqd_label", "naqd_error", "naqd"].contains(name)) {
            return Err(format!("has a column {name:?} already, so it was scored before: score the original file"));
        }
        let (raw_header, encoding) = (raw_header(&reader).to_vec(), encoding_of_mark(&reader));
        let shape = Shape::Csv { header, dialect, text };
        Ok(Rows { shape, dialect, raw_header, encoding, reader: Reader::Csv(reader) })
    }
}

impl Reader {
    /// Reads the next rows: a batch or, if they may come slowly, what is there; none at the end.
    ///
    /// # Errors
    /// Reading failed.
    pub fn read(&mut self, batch: &mut Batch, slowly: bool) -> io::Result<()> {
        batch.len = 0;
        let reader = match self {
            Reader::Csv(reader) => reader,
            Reader::Lines(lines) => return lines.read(batch, slowly),
        };
        let mut bytes = std::mem::take(&mut batch.bytes);
        if bytes.capacity() > 2 * BATCH_BYTES {
            bytes = Vec::new();
        }
        bytes.clear();
        let max_rows = if slowly { 1 } else { BATCH_ROWS };
        while batch.len < max_rows && bytes.len() < BATCH_BYTES {
            let place = batch.next();
            // Buffers are used again, but not those of an enormous row.
            if place.record.as_slice().len() > KEPT_BYTES {
                *place = Place::default();
            }
            let begin = bytes.len();
            if !next_raw_record(reader, &mut place.record, &mut bytes)? {
                break;
            }
            place.line = place.record.position().map_or(0, csv::Position::line);
            place.cut = ends_open(reader, &place.record);
            place.bytes = begin..bytes.len();
            batch.len += 1;
        }
        batch.bytes = bytes;
        Ok(())
    }
}

impl Lines {
    /// Fills `batch` with whole lines; with all that there are when some have come, if they may come slowly.
    fn read(&mut self, batch: &mut Batch, slowly: bool) -> io::Result<()> {
        while batch.len == 0 && !(self.ended && self.rest.is_empty()) {
            let whole = self.whole_lines(&mut batch.bytes, slowly)?;
            self.rest.extend_from_slice(&batch.bytes[whole..]);
            batch.bytes.truncate(whole);
            self.split(batch);
        }
        Ok(())
    }

    /// Reads into `bytes` at least one line; returns where the last whole one ends.
    fn whole_lines(&mut self, bytes: &mut Vec<u8>, slowly: bool) -> io::Result<usize> {
        if bytes.capacity() > 2 * BATCH_BYTES {
            *bytes = Vec::new();
        }
        bytes.clear();
        bytes.append(&mut self.rest);
        let mut searched = 0;
        loop {
            let end = memchr::memrchr(b'\n', &bytes[searched..]).map(|at| searched + at + 1);
            searched = bytes.len();
            match end {
                Some(end) => return Ok(end),
                None if self.ended => return Ok(bytes.len()),
                None if bytes.len() > MAX_LINE => {
                    bytes.truncate(MAX_LINE + 1);
                    return Ok(bytes.len());
                }
                None => self.ended = self.fill(bytes, slowly)? == 0,
            }
        }
    }

    /// Reads on after `bytes`; returns how many have come.
    fn fill(&mut self, bytes: &mut Vec<u8>, slowly: bool) -> io::Result<usize> {
        let before = bytes.len();
        if !slowly {
            return (&mut self.source).take(BATCH_BYTES as u64).read_to_end(bytes);
        }
        bytes.resize(before + (1 << 13), 0);
        let read = loop {
            match self.source.read(&mut bytes[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        bytes.truncate(before + *read.as_ref().unwrap_or(&0));
        read
    }

    /// Splits the bytes of a batch into lines.
    fn split(&mut self, batch: &mut Batch) {
        let mut start = 0;
        while start < batch.bytes.len() {
            let end = memchr::memchr(b'\n', &batch.bytes[start..]).map(|at| start + at);
            let to = end.unwrap_or(batch.bytes.len());
            if !std::mem::replace(&mut self.skipping, end.is_none() && to - start > MAX_LINE) {
                self.line += 1;
                let line = &batch.bytes[start..to];
                let cut = line.len() > MAX_LINE;
                let len = match line.strip_suffix(b"\r") {
                    Some(line) if end.is_some() => line.len(),
                    _ => line.len(),
                };
                batch.push(self.line, start..start + len, cut);
            }
            start = to + 1;
        }
    }
}

/// A row with its comment and, of JSON Lines, its fields.
pub struct Parsed<'r> {
    /// The row itself.
    pub row: Row<'r>,
    /// The comment, or why there is none.
    pub text: Result<Cow<'r, str>, String>,
    /// Fields of a row of JSON Lines in their order; none if it is not an object.
    pub fields: Option<Fields<'r>>,
}

/// Fields of a JSON object in their order, each as it is written.
pub type Fields<'j> = Ordered<'j, &'j RawValue>;

impl Shape {
    /// True if an apostrophe before what looks like a formula is no part of a cell: files for spreadsheets begin with a
    /// byte order mark.
    pub fn is_guarded(&self) -> bool {
        matches!(self, Shape::Csv { dialect: Dialect { bom: true, .. }, .. })
    }

    /// Reads a row, once for all uses.
    pub fn parse<'r>(&self, row: Row<'r>) -> Parsed<'r> {
        let (text, fields) = match self {
            Shape::Csv { header, text, .. } => {
                let found = csv_text(row, header, *text);
                (if self.is_guarded() { found.map(text_without_guard) } else { found }.map(Cow::Borrowed), None)
            }
            Shape::Lines => (whole(row).and_then(|()| utf8(row)).map(Cow::Borrowed), None),
            Shape::Json { field } => {
                let fields = utf8(row).and_then(object);
                let text =
                    whole(row).and_then(|()| json_text(fields.as_ref().map_err(String::clone)?, field.as_deref()));
                (text, fields.ok())
            }
        };
        let text = text.and_then(|text| match text.trim().is_empty() {
            true => Err(told(RowError::EmptyText)),
            false => Ok(text),
        });
        Parsed { row, text, fields }
    }
}

/// Message of a row that cannot be used.
fn told(error: RowError) -> String {
    match error {
        RowError::NotUtf8 { .. } => format!("{error}: name the encoding, such as --encoding windows-1256 or utf-16le"),
        _ => error.to_string(),
    }
}

/// # Errors
/// The line is cut.
fn whole(row: Row) -> Result<(), String> {
    if row.cut { Err(format!("longer than {MAX_LINE} bytes")) } else { Ok(()) }
}

fn utf8(row: Row<'_>) -> Result<&str, String> {
    simdutf8::basic::from_utf8(row.bytes).map_err(|_| told(RowError::NotUtf8 { line: row.line }))
}

fn csv_text<'r>(row: Row<'r>, header: &csv::StringRecord, text: usize) -> Result<&'r str, String> {
    row_text(row.record, row.cut, header.len(), text).map_err(told)
}

/// The comment in a JSON object: the string at the path `field` (nested with dots), or the first of the usual
/// fields.
fn json_text<'r>(fields: &Fields<'r>, field: Option<&str>) -> Result<Cow<'r, str>, String> {
    let find = |fields: &Fields<'r>, name: &str| {
        // The last of several fields with the same key counts, as everywhere.
        fields.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    };
    if find(fields, "naqd").is_some() {
        return Err("has a field \"naqd\" already: score the original".to_owned());
    }
    let found = match field {
        None => TEXT_COLUMNS.iter().find_map(|name| find(fields, name)),
        // The whole path may be the name of a field, dots and all.
        Some(path) => find(fields, path).or_else(|| {
            let mut names = path.split('.');
            let first = find(fields, names.next()?)?;
            names.try_fold(first, |value, name| find(&object(value.get()).ok()?, name))
        }),
    };
    let wanted = || field.map_or_else(|| TEXT_COLUMNS.join(", "), str::to_owned);
    let value = found.ok_or_else(|| format!("no field {}: name one with --text-field", wanted()))?;
    match serde_json::from_str::<Text<'r>>(value.get()) {
        Ok(Text(text)) => Ok(text),
        Err(_) => Err(format!("field {} is not a string", wanted())),
    }
}

fn object(json: &str) -> Result<Fields<'_>, String> {
    serde_json::from_str(json).map_err(|error| format!("not a JSON object: {error}"))
}
