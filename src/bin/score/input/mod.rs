//! Input: rows of CSV, JSON or plain lines, read in batches.

mod batch;
mod json_row;
mod lines;

use std::borrow::Cow;
use std::io;
use std::path::Path;

use encoding_rs::Encoding;
use naqd::internal::io::Rows as Source;
use naqd::internal::io::{
    Column, ColumnError, Dialect, Expected, Format, JsonValues, Kind, Remarks, RowError, TEXT_COLUMNS, Table,
    check_text, find_column, is_header, other_columns, quoted, row_text, sentence, several_columns, text_without_guard,
};
use serde_json::value::RawValue;

use self::batch::{BATCH_BYTES, BATCH_ROWS};
pub use self::batch::{Batch, Place, Row};
pub use self::json_row::Fields;
use self::json_row::{find_text, json_text, object, path_inside, several_fields};
use self::lines::{Lines, MAX_LINE};

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
    is_json: bool,
    remarks: Remarks,
    /// True if mojibake is repaired; the number of lines that were.
    repairs: bool,
    repaired: u64,
}

enum From {
    Csv(Box<Table>),
    Values(JsonValues),
    Lines(Lines),
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
        let is_header = |row: &csv::ByteRecord| is_header(row, column);
        let input =
            format.open(path, &Expected { kind, is_header: &is_header, slowly }).map_err(|error| error.to_string())?;
        let (dialect, encoding, mut notes) = (input.dialect, input.encoding, input.notes);
        let mut raw_header = Vec::new();
        let json = || Shape::Json { field: field.map(str::to_owned) };
        let (shape, from) = match input.rows {
            Source::Lines(source) => (Shape::Lines, From::Lines(Lines::new(source, true))),
            Source::JsonLines(source) => (json(), From::Lines(Lines::new(source, false))),
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
                let names: Vec<&str> = header.iter().collect();
                notes.extend(several_columns("comments", &names, text, &others));
                (Shape::Csv { header, dialect, text }, From::Csv(table))
            }
        };
        let is_json = matches!(shape, Shape::Json { .. });
        let reader =
            Reader { from, is_json, repairs: format.repair_mojibake, repaired: 0, remarks: Remarks::default() };
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
            self.repaired += batch.repair(self.is_json);
        }
        if self.is_json {
            batch.put_null(&self.remarks);
        }
        Ok(())
    }

    /// Sentences about rows that were left out or changed so far.
    pub fn say(&self) -> Vec<String> {
        let mut said = match &self.from {
            From::Csv(table) => table.say(),
            _ if self.repaired > 0 => vec![format!("{} rows of mojibake repaired", self.repaired)],
            _ => Vec::new(),
        };
        said.extend(self.remarks.say());
        said
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

    /// Part of a sentence about the first row in which several fields could be the comment.
    pub fn several_fields(&self, first: &Batch) -> Option<String> {
        let Shape::Json { field: None } = self else { return None };
        let rows = first.places().iter().filter_map(|place| utf8(first.row(place)).ok());
        rows.filter_map(|row| object(row).ok()).find_map(|object| several_fields(&object))
    }

    /// Why none of the rows of a batch has a comment: they are JSON objects without a field of one.
    pub fn without_comments(&self, batch: &Batch) -> Option<String> {
        let Shape::Json { field: None } = self else { return None };
        let objects = || batch.places().iter().filter_map(|place| utf8(batch.row(place)).and_then(object).ok());
        let first = objects().find(|object| !object.0.is_empty())?;
        if objects().any(|object| object.0.iter().any(|(name, _)| name == "naqd") || find_text(&object).is_some()) {
            return None;
        }
        let names: Vec<String> = first.0.iter().map(|(name, _)| name.to_string()).collect();
        let has_array = first.0.iter().any(|(_, value)| value.get().contains("[{"));
        let import = if has_array { ", or take the comments out of it with naqd-import json" } else { "" };
        Some(format!(
            "no field {}; the fields are {}: name one with --text-field{import}",
            TEXT_COLUMNS.join(", "),
            quoted(&names)
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
