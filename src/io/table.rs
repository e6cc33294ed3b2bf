//! Tables: rows under the names of columns, from CSV, a sheet of a workbook, or JSON objects.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read};

use serde_json::value::RawValue;

use super::columns::{Column, find_column};
use super::csv::{CsvRows, MARK, MAX_RECORD};
use super::damage::repair;
use super::format::Format;
use super::header::separator_of;
use super::json_form::with_null;
use super::json_values::{JsonValues, further_comments};
use super::open::refused;
use super::ordered_json::Ordered;
use super::remarks::Remarks;

/// Reader of the rows of a table.
pub struct Table {
    rows: Rows,
    /// Names of the columns.
    pub header: csv::ByteRecord,
    /// Bytes of the header, without its line end; none if it is not of CSV.
    pub raw_header: Vec<u8>,
    /// First bytes of the names of the columns.
    begins: Vec<Option<u8>>,
    /// First row of a table without a header.
    first: Option<csv::ByteRecord>,
    /// True if a line before the header names the delimiter; it may come again in the middle.
    has_separator: bool,
    /// True if a row that is the header again is left out.
    skips_header: bool,
    repairs: bool,
    /// True if the row read last is not what stands in the file.
    is_changed: bool,
    /// Lines on which the header came again, the first few of them, and how many there were.
    headers_again: (Vec<u64>, usize),
    /// Where files of other orders of the columns were joined: the place of each column in the rows that follow.
    order: Option<Vec<usize>>,
    /// Number of rows with a field that was repaired.
    repaired: u64,
}

/// Source of rows.
pub enum Rows {
    /// CSV.
    Csv(CsvRows),
    /// A sheet of a workbook.
    #[cfg(feature = "cli")]
    Sheet(super::workbook::Sheet),
    /// JSON objects.
    Json(Box<Names>),
}

impl From<CsvRows> for Rows {
    fn from(rows: CsvRows) -> Rows {
        Rows::Csv(rows)
    }
}

#[cfg(feature = "cli")]
impl From<super::workbook::Sheet> for Rows {
    fn from(rows: super::workbook::Sheet) -> Rows {
        Rows::Sheet(rows)
    }
}

impl Rows {
    fn next(&mut self, record: &mut csv::ByteRecord) -> io::Result<bool> {
        match self {
            Rows::Csv(rows) => rows.next(record),
            #[cfg(feature = "cli")]
            Rows::Sheet(rows) => Ok(rows.next(record)),
            Rows::Json(rows) => rows.next(record),
        }
    }
}

impl Table {
    /// Table of rows, the first of which has the names of the columns.
    pub(super) fn new(rows: Rows, format: &Format, has_separator: bool) -> io::Result<Table> {
        let mut table = Table {
            rows,
            header: csv::ByteRecord::new(),
            raw_header: Vec::new(),
            begins: Vec::new(),
            first: None,
            has_separator,
            skips_header: false,
            repairs: format.repair_mojibake,
            is_changed: false,
            headers_again: (Vec::new(), 0),
            order: None,
            repaired: 0,
        };
        let mut row = csv::ByteRecord::new();
        if !table.rows.next(&mut row)? {
            return Ok(table);
        }
        if format.no_header {
            table.header = (1..=row.len()).map(|number| number.to_string()).collect::<Vec<_>>().into();
            table.first = Some(row);
        } else {
            table.header = row.iter().map(without_mark).collect();
            table.header.set_position(row.position().cloned());
            table.skips_header = true;
            if table.repairs {
                let mut header = std::mem::take(&mut table.header);
                table.repair(&mut header);
                table.repaired = 0;
                table.header = header.iter().map(without_mark).collect();
                table.header.set_position(header.position().cloned());
            }
            table.begins = table.header.iter().map(first_byte).collect();
            table.raw_header = table.raw().unwrap_or_default().to_vec();
        }
        if let Rows::Csv(rows) = &mut table.rows {
            rows.set_columns(table.header.len());
        }
        Ok(table)
    }

    /// Table of JSON objects. The names of the first of them are the columns.
    pub(super) fn of_json(names: Names, format: &Format) -> io::Result<Table> {
        let header = names.names.iter().map(String::as_bytes).collect();
        let mut table = Table::new(Rows::Json(Box::new(names)), &Format { no_header: true, ..format.clone() }, false)?;
        table.header = header;
        Ok(table)
    }

    /// Reads the next row into `record`, whose position then has its line; false at the end. Rows that are the header
    /// again are left out, as where files were joined.
    ///
    /// # Errors
    /// Reading failed, or a row did not end.
    pub fn next(&mut self, record: &mut csv::ByteRecord) -> io::Result<bool> {
        if let Some(first) = self.first.take() {
            *record = first;
        } else {
            loop {
                if !self.rows.next(record)? {
                    return Ok(false);
                }
                if !self.is_header_again(record) {
                    break;
                }
                self.order = self.order_of(record);
                let (lines, number) = &mut self.headers_again;
                *number += 1;
                if lines.len() < 10 {
                    lines.extend(record.position().map(csv::Position::line));
                }
            }
        }
        self.is_changed = false;
        if let Some(order) = &self.order
            && record.len() == order.len()
        {
            let mut row: csv::ByteRecord = order.iter().map(|&place| &record[place]).collect();
            row.set_position(record.position().cloned());
            *record = row;
            self.is_changed = true;
        }
        if self.repairs {
            self.repair(record);
        }
        Ok(true)
    }

    fn is_header_again(&self, record: &csv::ByteRecord) -> bool {
        if self.has_separator && record.get(0).is_some_and(|field| separator_of_fields(field, record)) {
            return true;
        }
        let Some(first) = record.get(0) else { return false };
        let is_marked = first.starts_with(MARK) && self.first.is_none() && self.header.len() == 1;
        if !(self.skips_header || is_marked) {
            return false;
        }
        // Of most rows, one byte says that they are none, or two: the first cell may be another name.
        let begins_so = |place: usize| record.get(place).map(first_byte).as_ref() == self.begins.get(place);
        if !(self.begins.contains(&first_byte(first)) || record.len() > 1 && begins_so(1)) {
            return false;
        }
        // The only comment of a line may be the name of its column; that of files which were joined has rows above it.
        if self.header.len() == 1 && !is_marked {
            let line = |row: &csv::ByteRecord| row.position().map_or(0, csv::Position::line);
            let is_below = line(record) > line(&self.header) + 1;
            return is_below && record == &self.header && names_comments(first);
        }
        let is_same =
            record.len() == self.header.len() && self.header.iter().zip(record).all(|pair| same_name(pair.0, pair.1));
        is_same
            || record.len() == self.header.len() && (self.order_of(record).is_some() || self.is_other_header(record))
    }

    /// True if a row is a header that has another name for the comments: all other cells are the names of their columns.
    fn is_other_header(&self, record: &csv::ByteRecord) -> bool {
        let pairs = || self.header.iter().zip(record);
        let mut others = pairs().filter(|(name, field)| !same_name(name, field));
        let (Some((name, field)), None) = (others.next(), others.next()) else { return false };
        let has_name = pairs().any(|(name, field)| !name.trim_ascii().is_empty() && same_name(name, field));
        has_name && names_comments(name) && names_comments(field)
    }

    /// Place of each column in rows below another header; none if they are where they were.
    fn order_of(&self, record: &csv::ByteRecord) -> Option<Vec<usize>> {
        let place_of = |name| record.iter().position(|field| same_name(name, field));
        let order: Vec<usize> = self.header.iter().map(place_of).collect::<Option<_>>()?;
        let mut sorted = order.clone();
        sorted.sort_unstable();
        let is_permutation = sorted.iter().copied().eq(0..record.len());
        (is_permutation && sorted != order).then_some(order)
    }

    /// Repairs the fields of a row that are mojibake.
    fn repair(&mut self, record: &mut csv::ByteRecord) {
        let repaired: Vec<Option<String>> =
            record.iter().map(|field| std::str::from_utf8(field).ok().and_then(repair)).collect();
        if repaired.iter().all(Option::is_none) {
            return;
        }
        self.is_changed = true;
        self.repaired += 1;
        let mut row: csv::ByteRecord = record
            .iter()
            .zip(&repaired)
            .map(|(field, repaired)| repaired.as_ref().map_or(field, |text| text.as_bytes()))
            .collect();
        row.set_position(record.position().cloned());
        *record = row;
    }

    /// True if a line before the header names the delimiter.
    pub fn has_separator(&self) -> bool {
        self.has_separator
    }

    /// True if a quote opens in the row read last and is not closed in it.
    pub fn is_open(&self) -> bool {
        match &self.rows {
            Rows::Csv(rows) => rows.is_open(),
            _ => false,
        }
    }

    /// Bytes of the row read last, without its line end; none if it is not of CSV as all programs read it: repaired, or with
    /// backslashes that escape.
    pub fn raw(&self) -> Option<&[u8]> {
        match &self.rows {
            Rows::Csv(rows) if !self.is_changed && !rows.escapes() => Some(rows.raw()),
            _ => None,
        }
    }

    /// Sentences about rows that were left out or changed so far.
    pub fn say(&self) -> Vec<String> {
        let (lines, number) = &self.headers_again;
        let mut said = Vec::new();
        if *number > 0 {
            let first: Vec<String> = lines.iter().map(u64::to_string).collect();
            let more = if *number > lines.len() { " and others" } else { "" };
            let lines = if *number == 1 { "line" } else { "lines" };
            said.push(format!("the header stands again on {lines} {}{more}: left out", first.join(", ")));
        }
        if self.repaired > 0 {
            said.push(format!("{} rows of mojibake repaired", self.repaired));
        }
        if let Rows::Json(names) = &self.rows {
            said.extend(names.remarks.say());
        }
        said
    }
}

/// First byte of a name in lower case; none of an empty one.
fn first_byte(name: &[u8]) -> Option<u8> {
    without_mark(name).trim_ascii_start().first().map(u8::to_ascii_lowercase)
}

/// True if a name is one that columns of comments have.
fn names_comments(name: &[u8]) -> bool {
    find_column(&csv::ByteRecord::from(vec![without_mark(name)]), Column::Text, None).is_ok()
}

/// True if a field is the name of a column, but for case and the spaces around it.
fn same_name(name: &[u8], field: &[u8]) -> bool {
    name.trim_ascii().eq_ignore_ascii_case(without_mark(field).trim_ascii())
}

/// A field without the byte order mark that it may begin with.
fn without_mark(field: &[u8]) -> &[u8] {
    field.strip_prefix(MARK).unwrap_or(field)
}

/// True if a row is a line such as `sep=;` again.
fn separator_of_fields(first: &[u8], record: &csv::ByteRecord) -> bool {
    let first = without_mark(first);
    let rest_is_empty = record.iter().skip(1).all(<[u8]>::is_empty);
    // The delimiter that it names has split it.
    rest_is_empty && (separator_of(first).is_some() || first.eq_ignore_ascii_case(b"sep=") && record.len() > 1)
}

/// JSON objects as rows: their values under the names that the first of them have, in the order in which they come. An
/// object in one counts with its names after a dot, `comment.body`.
pub struct Names {
    source: Objects,
    names: Vec<String>,
    /// Places of the names.
    places: HashMap<String, usize>,
    /// First objects, which gave the names, and what ended their reading.
    first: VecDeque<(Vec<u8>, u64)>,
    failed: Option<io::Error>,
    line: Vec<u8>,
    remarks: Remarks,
}

enum Objects {
    Lines(BufReader<Box<dyn Read + Send>>, u64),
    Values(JsonValues),
}

/// Deepest object whose names count, and most names.
pub(super) const MAX_LEVELS: usize = 8;
const MAX_NAMES: usize = 1000;

/// Objects, and bytes of them, whose names are the columns.
const FIRST: usize = 500;
const MAX_FIRST_BYTES: usize = 1 << 20;

impl Names {
    /// Objects of which each takes a line.
    pub(super) fn lines(source: Box<dyn Read + Send>) -> Names {
        Names::of(Objects::Lines(BufReader::with_capacity(1 << 16, source), 0))
    }

    /// Objects of an array, or over several lines.
    pub(super) fn values(values: JsonValues) -> Names {
        Names::of(Objects::Values(values))
    }

    fn of(source: Objects) -> Names {
        let mut names = Names {
            source,
            names: Vec::new(),
            places: HashMap::new(),
            first: VecDeque::new(),
            failed: None,
            line: Vec::new(),
            remarks: Remarks::default(),
        };
        let mut bytes = 0;
        while names.first.len() < FIRST && bytes < MAX_FIRST_BYTES {
            match names.object() {
                Ok(Some(number)) => {
                    names.note_names();
                    bytes += names.line.len();
                    names.first.push_back((std::mem::take(&mut names.line), number));
                }
                Ok(None) => break,
                Err(error) => {
                    names.failed = Some(error);
                    break;
                }
            }
        }
        names
    }

    /// Takes the names of the object that was read last, as far as they are new.
    fn note_names(&mut self) {
        let (names, places) = (&mut self.names, &mut self.places);
        let text = std::str::from_utf8(&self.line).unwrap_or_default();
        flatten(text, "", MAX_LEVELS, &mut |name, _| {
            if names.len() < MAX_NAMES && !places.contains_key(&name) {
                places.insert(name.clone(), names.len());
                names.push(name);
            }
        });
    }

    /// Reads the next object; returns its line, or its number in an array.
    fn object(&mut self) -> io::Result<Option<u64>> {
        let number = self.value()?;
        if let (Some(line), Some(better)) = (number, with_null(&self.line)) {
            self.line = better;
            self.remarks.note_no_number(line);
        }
        Ok(number)
    }

    fn value(&mut self) -> io::Result<Option<u64>> {
        match &mut self.source {
            Objects::Values(values) => values.next(&mut self.line),
            Objects::Lines(source, number) => loop {
                self.line.clear();
                if source.by_ref().take(MAX_RECORD as u64 + 1).read_until(b'\n', &mut self.line)? == 0 {
                    return Ok(None);
                }
                *number += 1;
                if self.line.len() > MAX_RECORD {
                    return Err(refused(format!("line {number}: longer than {MAX_RECORD} bytes")));
                }
                if self.line.starts_with(MARK) {
                    self.line.drain(..MARK.len());
                }
                if !self.line.trim_ascii().is_empty() {
                    return Ok(Some(*number));
                }
            },
        }
    }

    fn next(&mut self, record: &mut csv::ByteRecord) -> io::Result<bool> {
        let number = match self.first.pop_front() {
            Some((line, number)) => {
                self.line = line;
                number
            }
            None => match self.failed.take().map_or_else(|| self.object(), Err)? {
                Some(number) => number,
                None => return Ok(false),
            },
        };
        record.clear();
        let mut values: Vec<Cow<str>> = vec![Cow::Borrowed(""); self.names.len()];
        let text = std::str::from_utf8(&self.line).ok();
        let mut further = None;
        let is_object = text.is_some_and(|text| {
            flatten(text, "", MAX_LEVELS, &mut |name, value| {
                further = further.take().or_else(|| further_comments(&name, value));
                if let Some(&place) = self.places.get(&name) {
                    values[place] = cell(value);
                }
            })
        });
        if let Some(field) = further {
            self.remarks.note_further(number, &field);
        }
        match is_object {
            true => values.iter().for_each(|value| record.push_field(value.as_bytes())),
            // Whole, in one field: a row of another number of fields, or not valid UTF-8.
            false => {
                record.push_field(&self.line);
                if self.names.len() == 1 {
                    record.push_field(b"");
                }
            }
        }
        let mut position = csv::Position::new();
        position.set_line(number);
        record.set_position(Some(position));
        Ok(true)
    }
}

/// Calls `each` with every name and value of a JSON object, of objects in it down to so many `levels` those inside, with the
/// names around them and dots; false if it is none.
pub fn flatten<'j>(json: &'j str, around: &str, levels: usize, each: &mut dyn FnMut(String, &'j str)) -> bool {
    let Ok(fields) = serde_json::from_str::<Ordered<'j, &'j RawValue>>(json) else { return false };
    for (name, value) in fields.0 {
        let name = format!("{around}{name}");
        let value = value.get();
        if !(value.starts_with('{') && levels > 0 && flatten(value, &format!("{name}."), levels - 1, each)) {
            each(name, value);
        }
    }
    true
}

/// A JSON value as a cell of a table has it.
fn cell(value: &str) -> Cow<'_, str> {
    match value {
        "null" => Cow::Borrowed(""),
        _ if value.starts_with('"') => serde_json::from_str::<String>(value).map_or(value.into(), Cow::Owned),
        other => Cow::Borrowed(other),
    }
}
