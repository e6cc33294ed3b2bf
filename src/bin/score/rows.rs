//! Input: rows of CSV, JSON Lines or plain lines, read in batches into buffers that are used again.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use naqd::input::{self, Format, NOT_UTF8, TEXT_COLUMNS};
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
/// A batch is full at this many rows or bytes.
const BATCH_ROWS: usize = 4096;
const BATCH_BYTES: usize = 1 << 20;
/// A buffer of more bytes is not kept for the next batch.
const KEPT_BYTES: usize = 1 << 16;

type Source = Box<dyn Read + Send>;

/// An opened input.
pub struct Rows {
    /// What its rows are like.
    pub shape: Shape,
    reader: Reader,
}

/// What the rows of an input are like, and where their comment is.
pub enum Shape {
    Csv { header: csv::StringRecord, delimiter: u8, text: usize },
    Json { field: Option<String> },
    Lines,
}

enum Reader {
    Csv(input::CsvReader),
    Lines(BufReader<Source>, u64),
}

/// A row as it was read.
#[derive(Default)]
pub struct Row {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Fields, of CSV.
    pub record: csv::ByteRecord,
    /// Bytes without the line end, of the others.
    pub bytes: Vec<u8>,
    /// The line was longer than [`MAX_LINE`] and is cut; of CSV: a quote was never closed.
    pub cut: bool,
}

/// Rows read together. The rows beyond `len` are buffers from before.
#[derive(Default)]
pub struct Batch {
    rows: Vec<Row>,
    len: usize,
}

impl Batch {
    pub fn rows(&self) -> &[Row] {
        &self.rows[..self.len]
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
            let reader = BufReader::with_capacity(1 << 16, format.open(path).map_err(failed)?);
            let shape = match kind {
                Kind::Jsonl => Shape::Json { field: text.map(str::to_owned) },
                _ => Shape::Lines,
            };
            return Ok(Rows { shape, reader: Reader::Lines(reader, 0) });
        }
        let (mut reader, delimiter) = format.csv(path).map_err(failed)?;
        let header = reader.byte_headers().map_err(|error| error.to_string())?.clone();
        if header.is_empty() {
            return Err("empty: expected a line with the names of the columns".to_owned());
        }
        let text = input::column(&header, text, &TEXT_COLUMNS, "--text-column")?;
        let header = csv::StringRecord::from_byte_record(header).map_err(|_| NOT_UTF8.to_owned())?;
        if let Some(name) = header.iter().find(|name| ["naqd_label", "naqd_error", "naqd"].contains(name)) {
            return Err(format!("has a column {name:?} already, so it was scored before: score the original file"));
        }
        Ok(Rows { shape: Shape::Csv { header, delimiter, text }, reader: Reader::Csv(reader) })
    }

    /// Reads the next rows, one or a batch; none at the end.
    ///
    /// # Errors
    /// Reading failed.
    pub fn read(&mut self, batch: &mut Batch, one: bool) -> io::Result<()> {
        batch.len = 0;
        let mut bytes = 0;
        let most = if one { 1 } else { BATCH_ROWS };
        while batch.len < most && bytes < BATCH_BYTES {
            if batch.rows.len() == batch.len {
                batch.rows.push(Row::default());
            }
            let row = &mut batch.rows[batch.len];
            // Buffers are used again, but not those of an enormous row.
            if row.bytes.capacity() + row.record.as_slice().len() > KEPT_BYTES {
                *row = Row::default();
            }
            bytes += match &mut self.reader {
                Reader::Csv(reader) => {
                    if !input::next_record(reader, &mut row.record)? {
                        return Ok(());
                    }
                    row.line = row.record.position().map_or(0, csv::Position::line);
                    row.cut = input::ends_open(reader, &row.record);
                    row.record.as_slice().len()
                }
                Reader::Lines(reader, line) => {
                    *line += 1;
                    row.line = *line;
                    if !read_line(reader, row)? {
                        return Ok(());
                    }
                    row.bytes.len()
                }
            };
            batch.len += 1;
        }
        Ok(())
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
    pub fn text<'r>(&self, row: &'r Row) -> Result<Cow<'r, str>, String> {
        let utf8 = |bytes: &'r [u8]| std::str::from_utf8(bytes).map_err(|_| NOT_UTF8.to_owned());
        let text = match self {
            Shape::Csv { header, text, .. } => {
                if row.cut {
                    return Err(input::OPEN_QUOTE.to_owned());
                }
                if input::invalid_line(&row.record).is_some() {
                    return Err(NOT_UTF8.to_owned());
                }
                if row.record.len() != header.len() {
                    return Err(format!("{} fields, expected {} as in the header", row.record.len(), header.len()));
                }
                Cow::Borrowed(utf8(&row.record[*text])?)
            }
            _ if row.cut => return Err(format!("longer than {MAX_LINE} bytes")),
            Shape::Lines => Cow::Borrowed(utf8(&row.bytes)?),
            Shape::Json { field } => json_text(utf8(&row.bytes)?, field.as_deref())?,
        };
        match text.trim().is_empty() {
            true => Err("empty comment".to_owned()),
            false => Ok(text),
        }
    }
}

/// Reads a line without its end into `row`; false at the end of the input.
fn read_line(reader: &mut impl BufRead, row: &mut Row) -> io::Result<bool> {
    row.bytes.clear();
    row.cut = false;
    let read = reader.take(MAX_LINE as u64 + 1).read_until(b'\n', &mut row.bytes)?;
    if row.bytes.last() == Some(&b'\n') {
        row.bytes.pop();
        if row.bytes.last() == Some(&b'\r') {
            row.bytes.pop();
        }
    } else if read > MAX_LINE {
        row.cut = true;
        reader.skip_until(b'\n')?;
    }
    Ok(read > 0)
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
pub fn json_fields(row: &Row) -> Option<Fields<'_>> {
    object(std::str::from_utf8(&row.bytes).ok()?).ok()
}
