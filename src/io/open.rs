//! Opening of files: what a file is is looked at, and its name only breaks ties.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::code;
use super::csv::{CsvRows, MARK};
use super::dialect::{Dialect, LineEnd, delimiter_name, has_backslashes};
use super::format::{Format, Kind};
use super::header::{self, Header};
use super::json_form::{self, JsonForm};
use super::json_values::JsonValues;
use super::row_check::{quoted, short};
use super::table::{Names, Table};
use super::what::{self, What};

/// What a program expects of a file.
pub struct Expected<'e> {
    /// Form that the name of the file speaks of, or the only one that the program reads.
    pub kind: Kind,
    /// Knows a header by its columns.
    pub is_header: &'e dyn Fn(&csv::ByteRecord) -> bool,
    /// True if rows may come slowly and are wanted at once.
    pub slowly: bool,
}

/// Opened file.
pub struct Input {
    /// Source of its rows.
    pub rows: Rows,
    /// Outward form.
    pub dialect: Dialect,
    /// Encoding that its byte order mark tells.
    pub encoding: Option<&'static Encoding>,
    /// What is out of the ordinary about it, each a part of a sentence.
    pub notes: Vec<String>,
}

/// Source of rows.
pub enum Rows {
    /// Rows of CSV or of a workbook.
    Table(Box<Table>),
    /// JSON objects, one a line.
    JsonLines(Box<dyn Read + Send>),
    /// JSON objects in an array, or over several lines.
    JsonValues(JsonValues),
    /// Comments, one a line.
    Lines(Box<dyn Read + Send>),
}

/// Most bytes that are looked at to find out what a text is.
const HEAD: usize = 1 << 16;

/// Bytes that tell what a file is.
const MAGIC: usize = 512;

/// Form of a text, found in its first bytes.
enum Form {
    Table(Header),
    Json(JsonForm),
    Lines,
}

type Source = Box<dyn Read + Send>;

impl Format {
    /// Opens a file, or standard input for `-`: inflates what is compressed by gzip, decodes it to UTF-8, and finds out
    /// what its rows are. A byte order mark (UTF-8, UTF-16) decides over [`Format::encoding`]. Bytes that are wrong in
    /// UTF-8 are passed through, to be reported with their line.
    ///
    /// # Errors
    /// The file cannot be opened or read, or is no file of comments; the message then says what to do.
    pub fn open(&self, path: &Path, expected: &Expected) -> io::Result<Input> {
        let raw: Source = if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
        self.read(raw, expected)
    }

    /// Opens a source, as [`Format::open`] does.
    ///
    /// # Errors
    /// As of [`Format::open`].
    pub fn read(&self, mut raw: Source, expected: &Expected) -> io::Result<Input> {
        let mut notes = Vec::new();
        let mut head = read_head(&mut raw)?;
        if what::of_bytes(&head) == Some(What::Gzip) {
            raw = inflate(Box::new(Cursor::new(head).chain(raw)))?;
            head = read_head(&mut raw)?;
            notes.push("compressed by gzip".to_owned());
        }
        match what::of_bytes(&head) {
            None => {}
            Some(What::Zip) => return self.workbook(Box::new(Cursor::new(head).chain(raw)), expected, notes),
            Some(What::Gzip) => return Err(refused("compressed by gzip twice: unpack it with gunzip")),
            Some(What::Other(other)) => return Err(refused(other)),
        }
        let mark = Encoding::for_bom(&head).map(|(encoding, _)| encoding);
        let is_utf16 =
            |encoding: Option<&'static Encoding>| encoding.is_some_and(|it| it == UTF_16LE || it == UTF_16BE);
        if self.kind.is_none()
            && !is_utf16(mark)
            && !is_utf16(self.encoding)
            && let Some(other) = what::binary(&head)
        {
            return Err(refused(other));
        }
        let source = self.decoded(Box::new(Cursor::new(head).chain(raw)));
        self.text(source, mark, expected, notes)
    }

    fn decoded(&self, raw: Source) -> Source {
        let decoded = DecodeReaderBytesBuilder::new()
            .encoding(self.encoding.filter(|encoding| *encoding != UTF_8))
            .utf8_passthru(true)
            .strip_bom(true)
            .bom_override(true)
            .build(raw);
        // encoding_rs_io 0.1.8 loses the rest of a last character that is not whole when it is read piece by piece,
        // into less than four bytes; a buffer never asks for so few.
        Box::new(BufReader::new(decoded))
    }

    /// Opens a text: finds its form, and reads the header of a table.
    fn text(
        &self,
        mut source: Source,
        mark: Option<&'static Encoding>,
        expected: &Expected,
        mut notes: Vec<String>,
    ) -> io::Result<Input> {
        let mut head = Vec::new();
        let mut ended = false;
        let form = loop {
            let is_full = ended || head.len() >= HEAD;
            // Where rows may come slowly, a whole line has to be enough.
            let is_line = || expected.slowly && memchr::memchr(b'\n', &head).is_some();
            if (is_full || is_line())
                && let Some(form) = self.form(&head, ended, is_full, expected)?
            {
                break form;
            }
            ended = more(&mut source, &mut head)? == 0;
        };
        let line_end = LineEnd::of(&head);
        let mut dialect = Dialect { bom: mark.is_some(), line_end, is_guarded: mark.is_some(), ..Dialect::default() };
        if line_end == LineEnd::Cr {
            notes.push("lines end with \\r alone".to_owned());
        }
        let told = |kind, what: &str| (kind != expected.kind && self.kind.is_none()).then(|| format!("read as {what}"));
        let whole = |head: Vec<u8>, from: usize| -> Source {
            let mut cursor = Cursor::new(head);
            cursor.set_position(from as u64);
            Box::new(cursor.chain(source))
        };
        let rows = match form {
            Form::Lines if line_end == LineEnd::Cr => Rows::Lines(Box::new(Returns(whole(head, 0)))),
            Form::Lines => Rows::Lines(whole(head, 0)),
            Form::Json(JsonForm::Lines) => {
                notes.extend(told(Kind::Jsonl, "JSON Lines"));
                let source = whole(head, 0);
                Rows::JsonLines(if line_end == LineEnd::Cr { Box::new(Returns(source)) } else { source })
            }
            Form::Json(JsonForm::Array) => {
                notes.push("read as a JSON array".to_owned());
                Rows::JsonValues(JsonValues::array(whole(head, 0)))
            }
            Form::Json(JsonForm::Several) => {
                notes.push("read as JSON objects of several lines".to_owned());
                Rows::JsonValues(JsonValues::several(whole(head, 0)))
            }
            Form::Json(JsonForm::Within(inner)) => {
                notes.push(format!("read as the JSON array {}", short(&inner.path)));
                if !inner.texts.is_empty() {
                    notes.push(format!("not judged: {}, outside of it", quoted(&inner.texts)));
                }
                Rows::JsonValues(JsonValues::within(whole(head, inner.place), inner.depth))
            }
            Form::Json(JsonForm::Arrays) => {
                return Err(refused("a JSON array of arrays, not of objects: export objects, or CSV"));
            }
            Form::Json(JsonForm::Tables) => {
                return Err(refused(
                    "an export of phpMyAdmin (JSON) that does not begin with a table with a known column of comments: \
                     export that table alone, or as CSV with the names of the columns in the first row",
                ));
            }
            Form::Json(JsonForm::Failure) => {
                return Err(refused(
                    "what an interface answers where it gives no comments (JSON with an error): look at what it says, and \
                     export again",
                ));
            }
            Form::Table(Header { alike: Some(line), .. }) => {
                return Err(refused(format!("line {line} looks like the header: delete what stands above it")));
            }
            Form::Table(header) => {
                dialect.delimiter = header.delimiter;
                let name = delimiter_name(header.delimiter);
                notes.extend(told(Kind::Csv, &format!("CSV with the delimiter {name}")));
                if header.sep {
                    notes.push(format!("line 1 names the delimiter, {name}"));
                }
                if header.line > 1 + u64::from(header.sep) {
                    let line = header.line;
                    notes.push(format!("line {line} is the header, and what stands above it is left out"));
                }
                if !self.escapes && has_backslashes(&head[header.skip..], header.delimiter) {
                    notes.push("backslashes stand before quotes: if MySQL wrote the file, say --escape".to_owned());
                }
                let source = whole(head, header.skip);
                let rows = CsvRows::new(source, header.delimiter, line_end, self.escapes, header.line);
                Rows::Table(Box::new(Table::new(rows.into(), self, header.sep)?))
            }
        };
        Ok(Input { rows, dialect, encoding: mark, notes })
    }

    /// Form of a text; none if more of it is needed to tell. `whole` if `head` is all of it, `is_full` if there will be no
    /// more to look at.
    fn form(&self, head: &[u8], whole: bool, is_full: bool, expected: &Expected) -> io::Result<Option<Form>> {
        if self.kind == Some(Kind::Lines) {
            return Ok(Some(Form::Lines));
        }
        if self.kind.is_none()
            && let Some(other) = what::markup(head).or_else(|| code::of_text(head))
        {
            return Err(refused(other));
        }
        let is_table = self.kind == Some(Kind::Csv) || self.no_header && self.kind.is_none();
        // Where rows may come slowly, nobody waits for the end of an object.
        let is_comment = |names: &csv::ByteRecord| !expected.slowly && (expected.is_header)(names);
        let json = if is_table { Some(None) } else { json_form::form(head, is_full, &is_comment) };
        match json {
            None => return Ok(None),
            Some(Some(form)) => return Ok(Some(Form::Json(form))),
            Some(None) if self.kind == Some(Kind::Jsonl) => return Ok(Some(Form::Json(JsonForm::Lines))),
            Some(None) => {}
        }
        let is_header: &dyn Fn(&csv::ByteRecord) -> bool = if self.no_header { &|_| true } else { expected.is_header };
        let found = header::find(head, whole, self.delimiter, is_header);
        if is_table || expected.kind == Kind::Csv {
            let first = || header::first_line(head, self.delimiter);
            return Ok(found.or_else(|| is_full.then(first)).map(Form::Table));
        }
        let is_certain = |header: &Header| header.fields > 0 && header::rows_agree(head, whole, header);
        match found {
            Some(header) if is_certain(&header) && (header.fields > 1 || expected.kind == Kind::Lines) => {
                Ok(Some(Form::Table(header)))
            }
            None if !is_full && (!expected.slowly || header::begins_with_separator(head)) => Ok(None),
            _ if expected.kind == Kind::Jsonl => Ok(Some(Form::Json(JsonForm::Lines))),
            _ => match header::table(head, whole).filter(|_| !expected.slowly) {
                Some((delimiter, columns)) => {
                    let delimiter = delimiter_name(delimiter);
                    Err(refused(format!(
                        "a table of {columns} columns with the delimiter {delimiter}, without a known column of comments: name it \
                         with --text-column, or say --format lines if each line is a comment"
                    )))
                }
                None => Ok(Some(Form::Lines)),
            },
        }
    }

    #[cfg(feature = "cli")]
    fn workbook(&self, raw: Source, expected: &Expected, mut notes: Vec<String>) -> io::Result<Input> {
        if self.kind.is_some_and(|kind| kind != Kind::Csv) {
            return Err(refused("a workbook or another ZIP archive: leave out --format"));
        }
        let (sheet, note) = super::workbook::read(raw, self.sheet.as_deref())?;
        notes.push(note);
        let (rows, note) = sheet.below_header(self.no_header, expected.is_header)?;
        notes.extend(note);
        let rows = Rows::Table(Box::new(Table::new(rows.into(), self, false)?));
        Ok(Input { rows, dialect: Dialect { is_guarded: true, ..Dialect::default() }, encoding: None, notes })
    }

    #[cfg(not(feature = "cli"))]
    fn workbook(&self, _: Source, _: &Expected, _: Vec<String>) -> io::Result<Input> {
        Err(refused("a workbook or another ZIP archive, which is not read here: save it as CSV in UTF-8"))
    }

    /// Opens a file of which nothing but tables is read: CSV, a workbook, or JSON whose objects have the same names.
    ///
    /// # Errors
    /// As of [`Format::open`].
    pub fn table(
        &self,
        path: &Path,
        is_header: &dyn Fn(&csv::ByteRecord) -> bool,
    ) -> io::Result<(Table, Dialect, Vec<String>)> {
        let input = self.open(path, &Expected { kind: Kind::Csv, is_header, slowly: false })?;
        let Input { rows, dialect, mut notes, .. } = input;
        let table = match rows {
            Rows::Table(table) => *table,
            Rows::JsonLines(source) => Table::of_json(Names::lines(source), self)?,
            Rows::JsonValues(values) => Table::of_json(Names::values(values), self)?,
            Rows::Lines(_) => return Err(refused("plain lines, where a table is expected: leave out --format")),
        };
        // That it is JSON is seen by its name as a rule.
        if Kind::of(path) == Kind::Jsonl {
            notes.retain(|note| note != "read as JSON Lines");
        }
        Ok((table, dialect, notes))
    }
}

/// Error about a file that is not read at all.
pub(super) fn refused(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Reads until the first bytes are enough to tell what a file is, or a line has come.
fn read_head(raw: &mut Source) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while head.len() < MAGIC && memchr::memchr(b'\n', &head).is_none_or(|_| head.len() < 16 && !is_text(&head)) {
        if more(raw, &mut head)? == 0 {
            break;
        }
    }
    Ok(head)
}

/// True if the first bytes are those of a text: none of them is a control character other than white space.
fn is_text(head: &[u8]) -> bool {
    head.iter().all(|byte| !matches!(byte, 0..=8 | 14..=31)) || head.starts_with(MARK)
}

/// Reads on; returns how many bytes have come.
fn more(source: &mut Source, head: &mut Vec<u8>) -> io::Result<usize> {
    let before = head.len();
    head.resize(before + (1 << 13), 0);
    let read = loop {
        match source.read(&mut head[before..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read,
        }
    };
    head.truncate(before + *read.as_ref().unwrap_or(&0));
    read
}

/// Source in which `\r` ends lines, with `\n` in its place.
struct Returns(Source);

impl Read for Returns {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        buffer[..read].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
        Ok(read)
    }
}

#[cfg(feature = "cli")]
fn inflate(raw: Source) -> io::Result<Source> {
    Ok(Box::new(super::gzip::Inflated::new(raw)))
}

#[cfg(not(feature = "cli"))]
fn inflate(_: Source) -> io::Result<Source> {
    Err(refused("compressed by gzip, which is not read here: unpack it with gunzip"))
}

/// Sentence about a file from its notes; none if nothing is out of the ordinary.
pub fn sentence(notes: &[String]) -> Option<String> {
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// Part of a sentence about the column that was taken, at `place` of the header, where `others` could be meant.
pub fn several_columns(what: &str, header: &[&str], place: usize, others: &[usize]) -> Option<String> {
    if others.is_empty() {
        return None;
    }
    let name = |place: usize| header.get(place).map_or("", |name| name.trim());
    let joined =
        |each: &dyn Fn(usize) -> String| others.iter().map(|&other| each(other)).collect::<Vec<_>>().join(", ");
    // Where a name does not tell them apart, their places do.
    if others.iter().any(|&other| name(other) == name(place)) {
        let taken = place + 1;
        let others = joined(&|other| format!("column {} ({})", other + 1, short(name(other))));
        return Some(format!("the column of the {what} is column {taken} ({}), not {others}", short(name(place))));
    }
    Some(format!("the column of the {what} is {}, not {}", short(name(place)), joined(&|other| short(name(other)))))
}
