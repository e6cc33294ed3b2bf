//! Input: rows of CSV, JSON or plain lines, read in batches into buffers that are used again.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use encoding_rs::Encoding;
use naqd::internal::io::Rows as Source;
use naqd::internal::io::{
    Column, ColumnError, Dialect, Expected, Format, JsonValues, Kind, MAX_RECORD, Ordered, RowError, TEXT_COLUMNS,
    Table, Text, check_text, find_column, flatten, other_columns, repair, row_text, sentence, several_columns,
    text_field, text_without_guard,
};
use serde_json::value::RawValue;

/// Maximum length of a line of JSON Lines and plain lines, in bytes.
const MAX_LINE: usize = MAX_RECORD;
/// Number of rows or bytes that fill a batch: enough for all cores, and few enough to stay in their caches.
const BATCH_ROWS: usize = 1024;
const BATCH_BYTES: usize = 1 << 17;
/// Objects inside of one another in which a comment is looked for.
const MAX_LEVELS: usize = 4;
/// Maximum size of a buffer that is kept for the next batch.
const KEPT_BYTES: usize = 1 << 16;

/// An opened input.
pub struct Rows {
    /// Form of its rows.
    pub shape: Shape,
    /// Source of the rows.
    pub reader: Reader,
    /// Its outward form.
    pub dialect: Dialect,
    /// Header of CSV as it stands in the file, without the line end; empty for what is none.
    pub raw_header: Vec<u8>,
    /// Encoding that the byte order mark tells.
    pub encoding: Option<&'static Encoding>,
    /// What is out of the ordinary about it, each a part of a sentence.
    pub notes: Vec<String>,
}

/// Form of the rows of an input, and the place of the comment in them.
pub enum Shape {
    Csv { header: csv::StringRecord, dialect: Dialect, text: usize },
    Json { field: Option<String> },
    Lines,
}

/// Source of rows.
pub struct Reader {
    from: From,
    /// True if mojibake is repaired; the number of lines that were.
    repairs: bool,
    repaired: u64,
}

enum From {
    Csv(Box<Table>),
    Values(JsonValues),
    Lines(Lines),
}

/// Reader of whole lines.
struct Lines {
    source: Box<dyn Read + Send>,
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
    /// Bytes of the row as they came in, without the line end; none of a row of a workbook, or of one that was repaired.
    pub bytes: &'b [u8],
    /// True if the line was longer than [`MAX_LINE`] and is cut; in CSV, whether a quote is not closed.
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

    /// Empties the buffer of bytes, and gives up an enormous one.
    fn empty(&mut self) {
        if self.bytes.capacity() > 2 * BATCH_BYTES {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
    }

    /// Repairs the rows that are mojibake as a whole; returns how many.
    fn repair(&mut self) -> u64 {
        let mut repaired = 0;
        for place in &mut self.places[..self.len] {
            let row = std::str::from_utf8(&self.bytes[place.bytes.clone()]).ok();
            if let Some(better) = row.and_then(repair) {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(better.as_bytes());
                place.bytes = start..self.bytes.len();
                repaired += 1;
            }
        }
        repaired
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

impl<'b> Row<'b> {
    /// Bytes of the row without the byte order mark that it has where files were joined.
    pub fn without_mark(&self) -> &'b [u8] {
        self.bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(self.bytes)
    }
}

impl Rows {
    /// Opens a file (`-`: standard input). `column` and `field` name the column or field of the comment, if it has none of
    /// the usual names. If rows may come slowly, a whole line is enough to begin with.
    ///
    /// # Errors
    /// A sentence without the file's name.
    pub fn open(
        path: &Path,
        format: &Format,
        column: Option<&str>,
        field: Option<&str>,
        slowly: bool,
    ) -> Result<Rows, String> {
        // Who names a column means a table, as long as nothing else is seen.
        let kind = if column.is_some() && Kind::of(path) == Kind::Lines { Kind::Csv } else { Kind::of(path) };
        let (column, field) = (column.or(field), field.or(column));
        let is_header = |row: &csv::ByteRecord| find_column(row, Column::Text, column).is_ok();
        let input =
            format.open(path, &Expected { kind, is_header: &is_header, slowly }).map_err(|error| error.to_string())?;
        let (dialect, encoding, mut notes) = (input.dialect, input.encoding, input.notes);
        let mut raw_header = Vec::new();
        let json = || Shape::Json { field: field.map(str::to_owned) };
        let (shape, from) = match input.rows {
            Source::Lines(source) => (Shape::Lines, From::Lines(Lines::new(source))),
            Source::JsonLines(source) => (json(), From::Lines(Lines::new(source))),
            Source::JsonValues(values) => (json(), From::Values(values)),
            Source::Table(table) => {
                let found = header(&table, format, column);
                // Of a workbook this names the sheet, which may be the wrong one.
                let (header, text) = found.map_err(|error| match sentence(&notes) {
                    Some(notes) => format!("{error} ({notes})"),
                    None => error,
                })?;
                raw_header.extend_from_slice(&table.raw_header);
                let others = other_columns(&table.header, Column::Text, column, text);
                notes.extend(several_columns("comments", header[text].trim(), &others));
                (Shape::Csv { header, dialect, text }, From::Csv(table))
            }
        };
        let reader = Reader { from, repairs: format.repair_mojibake, repaired: 0 };
        Ok(Rows { shape, reader, dialect, raw_header, encoding, notes })
    }
}

/// Names of the columns of a table, and the place of the one with the comments.
fn header(table: &Table, format: &Format, column: Option<&str>) -> Result<(csv::StringRecord, usize), String> {
    let header = table.header.clone();
    if header.is_empty() {
        return Err("empty: expected a line with the names of the columns".to_owned());
    }
    if header.iter().any(|name| std::str::from_utf8(name).is_err()) {
        return Err(told(RowError::NotUtf8 { line: 1 }));
    }
    let text = match find_column(&header, Column::Text, column) {
        Err(_) if format.no_header && column.is_none() && header.len() == 1 => Ok(0),
        found => found,
    };
    let text = text.map_err(|error| match error {
        ColumnError::TooMany(_) => format!("{error} name another delimiter with --delimiter"),
        ColumnError::Missing { .. } if format.no_header => format!("{error}: name the column by its number with --text-column"),
        ColumnError::Missing { .. } => format!(
            "{error}: name the column with --text-column, or the delimiter with --delimiter if these are no columns, or \
             say --no-header if this is a comment"
        ),
    })?;
    let header = csv::StringRecord::from_byte_record(header).map_err(|_| told(RowError::NotUtf8 { line: 1 }))?;
    if let Some(name) = header.iter().find(|name| ["naqd_label", "naqd_error", "naqd"].contains(name)) {
        return Err(format!("has a column {name:?} already, so it was scored before: score the original file"));
    }
    Ok((header, text))
}

impl Reader {
    /// Reads the next rows: a batch or, if they may come slowly, what is there; none at the end.
    ///
    /// # Errors
    /// Reading failed, or what is read is damaged as a whole.
    pub fn read(&mut self, batch: &mut Batch, slowly: bool) -> io::Result<()> {
        batch.len = 0;
        let max_rows = if slowly { 1 } else { BATCH_ROWS };
        match &mut self.from {
            From::Csv(table) => read_table(table, batch, max_rows)?,
            From::Values(values) => read_values(values, batch, max_rows)?,
            From::Lines(lines) => lines.read(batch, slowly)?,
        }
        if self.repairs && !matches!(self.from, From::Csv(_)) {
            self.repaired += batch.repair();
        }
        Ok(())
    }

    /// Sentences about rows that were left out or changed so far.
    pub fn say(&self) -> Vec<String> {
        match &self.from {
            From::Csv(table) => table.say(),
            _ if self.repaired > 0 => vec![format!("{} rows of mojibake repaired", self.repaired)],
            _ => Vec::new(),
        }
    }
}

fn read_table(table: &mut Table, batch: &mut Batch, max_rows: usize) -> io::Result<()> {
    batch.empty();
    let mut bytes = 0;
    while batch.len < max_rows && bytes < BATCH_BYTES {
        let place = batch.next();
        // Buffers are used again, but not those of an enormous row.
        if place.record.as_slice().len() > KEPT_BYTES {
            *place = Place::default();
        }
        if !table.next(&mut place.record)? {
            return Ok(());
        }
        place.line = place.record.position().map_or(0, csv::Position::line);
        place.cut = table.is_open();
        bytes += place.record.as_slice().len();
        let start = batch.bytes.len();
        batch.bytes.extend_from_slice(table.raw().unwrap_or_default());
        let end = batch.bytes.len();
        batch.places[batch.len].bytes = start..end;
        batch.len += 1;
    }
    Ok(())
}

fn read_values(values: &mut JsonValues, batch: &mut Batch, max_rows: usize) -> io::Result<()> {
    batch.empty();
    let mut value = Vec::new();
    while batch.len < max_rows && batch.bytes.len() < BATCH_BYTES {
        let Some(number) = values.next(&mut value)? else { return Ok(()) };
        let start = batch.bytes.len();
        batch.bytes.extend_from_slice(&value);
        batch.push(number, start..start + value.len(), false);
    }
    Ok(())
}

impl Lines {
    fn new(source: Box<dyn Read + Send>) -> Lines {
        Lines { source, line: 0, rest: Vec::new(), skipping: false, ended: false }
    }

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
    /// Why there is no comment, if it is the row's fault.
    pub problem: Option<RowError>,
}

/// Fields of a JSON object in their order, each as it is written.
pub type Fields<'j> = Ordered<'j, &'j RawValue>;

impl Shape {
    /// Form of the rows.
    pub fn kind(&self) -> Kind {
        match self {
            Shape::Csv { .. } => Kind::Csv,
            Shape::Json { .. } => Kind::Jsonl,
            Shape::Lines => Kind::Lines,
        }
    }

    /// True if an apostrophe before what looks like a formula is no part of a cell.
    pub fn is_guarded(&self) -> bool {
        matches!(self, Shape::Csv { dialect: Dialect { is_guarded: true, .. }, .. })
    }

    /// Reads a row, once for all uses.
    pub fn parse<'r>(&self, row: Row<'r>) -> Parsed<'r> {
        let (text, fields) = match self {
            Shape::Csv { header, text, .. } => {
                let text = row_text(row.record, row.cut, header.len(), *text);
                let problem = text.err();
                let text = if self.is_guarded() { text.map(text_without_guard) } else { text };
                return Parsed { row, text: text.map(Cow::Borrowed).map_err(told), fields: None, problem };
            }
            Shape::Lines => (whole(row).and_then(|()| utf8(row)).map(Cow::Borrowed), None),
            Shape::Json { field } => {
                let fields = utf8(row).and_then(object);
                let text =
                    whole(row).and_then(|()| json_text(fields.as_ref().map_err(String::clone)?, field.as_deref()));
                (text, fields.ok())
            }
        };
        let problem = text.as_ref().ok().and_then(|text| check_text(text).err());
        let text = text.and_then(|text| problem.map_or(Ok(text), |problem| Err(told(problem))));
        Parsed { row, text, fields, problem }
    }

    /// Looks for the comments in objects inside of the rows, if the first rows have none themselves; returns the path to
    /// them, which then holds for the whole file.
    pub fn look_inside(&mut self, first: &Batch) -> Option<String> {
        let Shape::Json { field: field @ None } = self else { return None };
        let rows = || first.places().iter().filter_map(|place| utf8(first.row(place)).ok());
        let objects = || rows().filter_map(|row| Some((row, object(row).ok()?)));
        let is_object = |value: &RawValue| value.get().starts_with('{');
        if objects().any(|(_, object)| find_text(&object).is_some_and(|value| !is_object(value))) {
            return None;
        }
        *field = Some(path_inside(objects().find(|(_, object)| !object.0.is_empty())?.0)?);
        field.clone()
    }

    /// Why none of the rows of a batch has a comment: they are JSON objects without a field of one.
    pub fn without_comments(&self, batch: &Batch) -> Option<String> {
        let Shape::Json { field: None } = self else { return None };
        let objects = || batch.places().iter().filter_map(|place| utf8(batch.row(place)).and_then(object).ok());
        let first = objects().find(|object| !object.0.is_empty())?;
        if objects().any(|object| object.0.iter().any(|(name, _)| name == "naqd") || find_text(&object).is_some()) {
            return None;
        }
        let names: Vec<&str> = first.0.iter().map(|(name, _)| &**name).take(20).collect();
        let has_array = first.0.iter().any(|(_, value)| value.get().starts_with("[{"));
        let import = if has_array { ", or take the comments out of it with naqd-import json" } else { "" };
        Some(format!(
            "no field {}; the fields are {}: name one with --text-field{import}",
            TEXT_COLUMNS.join(", "),
            names.join(", ")
        ))
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
    simdutf8::basic::from_utf8(row.without_mark()).map_err(|_| told(RowError::NotUtf8 { line: row.line }))
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
        None => find_text(fields),
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
        Err(_) if value.get() == "null" => Ok(Cow::Borrowed("")),
        Err(_) => {
            let inside = if value.get().starts_with('{') { ": name the one inside it with --text-field" } else { "" };
            Err(format!("field {} is not a string{inside}", wanted()))
        }
    }
}

/// Value of the field that has one of the usual names; the last of several with the same name.
fn find_text<'r>(fields: &Fields<'r>) -> Option<&'r RawValue> {
    let name = text_field(fields.0.iter().map(|(name, _)| &**name))?;
    fields.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
}

/// Path to the comment in an object inside of one that has none itself, `content.rendered`.
fn path_inside(object: &str) -> Option<String> {
    let mut inside = Vec::new();
    flatten(object, "", MAX_LEVELS, &mut |name, value| inside.extend(value.starts_with('"').then_some(name)));
    let names: csv::ByteRecord = inside.iter().collect();
    let place = find_column(&names, Column::Text, None).ok()?;
    // Several of one name are several comments.
    let end = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let others = other_columns(&names, Column::Text, None, place);
    let path = inside.swap_remove(place);
    others.iter().all(|other| end(other) != end(&path)).then_some(path)
}

fn object(json: &str) -> Result<Fields<'_>, String> {
    serde_json::from_str(json).map_err(|error| format!("not a JSON object: {error}"))
}
