//! Input: rows of CSV, JSON Lines or plain lines, read in batches into buffers that are used again.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use naqd::internal::io as input;
use naqd::internal::io::{Format, NOT_UTF8, TEXT_COLUMNS};
use serde_json::value::RawValue;

/// What the input is.
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
    /// By the extension of a file; plain lines if it says nothing.
    pub fn of(path: &Path) -> Kind {
        match path.extension().and_then(|e| e.to_str()).map(str::to_lowercase).as_deref() {
            Some("csv" | "tsv") => Kind::Csv,
            Some("jsonl" | "ndjson" | "json") => Kind::Jsonl,
            _ => Kind::Lines,
        }
    }
}

/// Longest line of JSON Lines and plain lines, in bytes.
const MAX_LINE: usize = input::MAX_RECORD;
/// A batch is full at this many rows or bytes: enough for all cores, and few enough to stay in their caches.
const BATCH_ROWS: usize = 1024;
const BATCH_BYTES: usize = 1 << 17;
/// A buffer of more bytes is not kept for the next batch.
const KEPT_BYTES: usize = 1 << 16;

type Source = Box<dyn Read + Send>;

/// An opened input.
pub struct Rows {
    /// What its rows are like.
    pub shape: Shape,
    /// Where they come from.
    pub reader: Reader,
}

/// What the rows of an input are like, and where their comment is.
pub enum Shape {
    Csv { header: csv::StringRecord, delimiter: u8, text: usize },
    Json { field: Option<String> },
    Lines,
}

/// Where rows come from.
pub enum Reader {
    Csv(input::CsvReader),
    Lines(Lines),
}

/// Reads whole lines.
pub struct Lines {
    source: Source,
    /// Lines so far.
    line: u64,
    /// What was read after the last whole line.
    rest: Vec<u8>,
    /// The line being read was too long; what comes before its end is passed over.
    skipping: bool,
    ended: bool,
}

/// A row as it was read.
#[derive(Clone, Copy)]
pub struct Row<'b> {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Fields, of CSV.
    pub record: &'b csv::ByteRecord,
    /// Bytes without the line end, of the others.
    pub bytes: &'b [u8],
    /// The line was longer than [`MAX_LINE`] and is cut; of CSV: a quote was never closed.
    pub cut: bool,
}

/// Rows read together. The places beyond `len` are buffers from before.
#[derive(Default)]
pub struct Batch {
    bytes: Vec<u8>,
    places: Vec<Place>,
    len: usize,
}

/// Where a row of a batch stands.
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

    /// Where the rows stand; [`row`](Batch::row) tells what they are.
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
    /// Opens a file (`-`: standard input). `text` is the column or field of the comment, if it has none of
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
            return Ok(Rows { shape, reader: Reader::Lines(lines) });
        }
        let (mut reader, delimiter) = format.csv(path).map_err(failed)?;
        let header = reader.byte_headers().map_err(|error| error.to_string())?.clone();
        if header.is_empty() {
            return Err("empty: expected a line with the names of the columns".to_owned());
        }
        let text = input::column(&header, text, &TEXT_COLUMNS)?;
        let header = csv::StringRecord::from_byte_record(header).map_err(|_| NOT_UTF8.to_owned())?;
        if let Some(name) = header.iter().find(|name| ["naqd_label", "naqd_error", "naqd"].contains(name)) {
            return Err(format!("has a column {name:?} already, so it was scored before: score the original file"));
        }
        Ok(Rows { shape: Shape::Csv { header, delimiter, text }, reader: Reader::Csv(reader) })
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
        let mut bytes = 0;
        let most = if slowly { 1 } else { BATCH_ROWS };
        while batch.len < most && bytes < BATCH_BYTES {
            let place = batch.next();
            // Buffers are used again, but not those of an enormous row.
            if place.record.as_slice().len() > KEPT_BYTES {
                *place = Place::default();
            }
            if !input::next_record(reader, &mut place.record)? {
                return Ok(());
            }
            place.line = place.record.position().map_or(0, csv::Position::line);
            place.cut = input::ends_open(reader, &place.record);
            bytes += place.record.as_slice().len();
            batch.len += 1;
        }
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

    /// Finds the lines in the bytes of a batch.
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

impl Shape {
    /// Delimiter of CSV, a comma for what is none.
    pub fn delimiter(&self) -> u8 {
        match self {
            Shape::Csv { delimiter, .. } => *delimiter,
            Shape::Json { .. } | Shape::Lines => b',',
        }
    }

    /// The comment of a row.
    ///
    /// # Errors
    /// Why there is none.
    pub fn text<'r>(&self, row: Row<'r>) -> Result<Cow<'r, str>, String> {
        let utf8 = |bytes: &'r [u8]| simdutf8::basic::from_utf8(bytes).map_err(|_| NOT_UTF8.to_owned());
        let text = match self {
            Shape::Csv { header, text, .. } => {
                if row.cut {
                    return Err(input::OPEN_QUOTE.to_owned());
                }
                if input::invalid_line(row.record).is_some() {
                    return Err(NOT_UTF8.to_owned());
                }
                if row.record.len() != header.len() {
                    return Err(format!("{} fields, expected {} as in the header", row.record.len(), header.len()));
                }
                Cow::Borrowed(utf8(&row.record[*text])?)
            }
            _ if row.cut => return Err(format!("longer than {MAX_LINE} bytes")),
            Shape::Lines => Cow::Borrowed(utf8(row.bytes)?),
            Shape::Json { field } => json_text(utf8(row.bytes)?, field.as_deref())?,
        };
        match text.trim().is_empty() {
            true => Err("empty comment".to_owned()),
            false => Ok(text),
        }
    }
}

/// Fields of a JSON object in their order, each as it is written.
pub struct Fields<'j>(pub Vec<(Cow<'j, str>, &'j RawValue)>);

impl<'de> serde::Deserialize<'de> for Fields<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    fields.push((entry.0.0, entry.1));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// A string that is borrowed where it has no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Key<'j>(#[serde(borrow)] Cow<'j, str>);

/// The comment in a JSON object: the string at the path `field` (nested with dots), or the first of the usual
/// fields.
fn json_text<'r>(line: &'r str, field: Option<&str>) -> Result<Cow<'r, str>, String> {
    let fields = object(line)?;
    let find = |fields: &Fields<'r>, name: &str| {
        // Of a key that comes twice the last counts, as everywhere.
        fields.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    };
    if find(&fields, "naqd").is_some() {
        return Err("has a field \"naqd\" already: score the original".to_owned());
    }
    let found = match field {
        None => TEXT_COLUMNS.iter().find_map(|name| find(&fields, name)),
        // The whole path may be the name of a field, dots and all.
        Some(path) => find(&fields, path).or_else(|| {
            let mut names = path.split('.');
            let first = find(&fields, names.next()?)?;
            names.try_fold(first, |value, name| find(&object(value.get()).ok()?, name))
        }),
    };
    let wanted = || field.map_or_else(|| TEXT_COLUMNS.join(", "), str::to_owned);
    let value = found.ok_or_else(|| format!("no field {}: name one with --text-field", wanted()))?;
    match serde_json::from_str::<Key<'r>>(value.get()) {
        Ok(Key(text)) => Ok(text),
        Err(_) => Err(format!("field {} is not a string", wanted())),
    }
}

fn object(json: &str) -> Result<Fields<'_>, String> {
    serde_json::from_str(json).map_err(|error| format!("not a JSON object: {error}"))
}

/// The fields of a row of JSON Lines; none if it is not an object.
pub fn json_fields(row: Row<'_>) -> Option<Fields<'_>> {
    object(std::str::from_utf8(row.bytes).ok()?).ok()
}
