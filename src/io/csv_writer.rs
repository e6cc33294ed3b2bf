//! CSV as it is written: in the outward form of the file that was read, or in the one that Excel opens by a double click.

use super::dialect::{Dialect, LineEnd};
use super::spreadsheet::begins_like_formula;

/// Byte order mark in UTF-8.
const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Form of CSV that is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Form {
    /// Mark, line ends and delimiter.
    pub dialect: Dialect,
    /// True for Excel: cells that look like formulas are guarded, and cells with any usual delimiter are quoted.
    pub excel: bool,
}

/// Delimiter of a file for Excel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExcelDelimiter {
    /// That of the input, a comma if it has none that Excel takes.
    OfInput,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
}

/// Delimiter of a file for Excel by its name; an empty name is that of the input.
///
/// # Errors
/// Another name; the sentence says what is expected.
pub fn excel_delimiter(name: &str) -> Result<ExcelDelimiter, String> {
    match name {
        "" => Ok(ExcelDelimiter::OfInput),
        "comma" | "," => Ok(ExcelDelimiter::Comma),
        "semicolon" | ";" => Ok(ExcelDelimiter::Semicolon),
        _ => Err("expected semicolon or comma, as Excel separates columns in your country".to_owned()),
    }
}

impl Form {
    /// Form of a file like the one that was read.
    pub fn of(dialect: Dialect) -> Form {
        Form { dialect, excel: false }
    }

    /// Form that Excel opens: byte order mark, `\r\n`, guarded cells. `input` is the delimiter of the file that was read.
    pub fn excel(delimiter: ExcelDelimiter, input: u8) -> Form {
        let delimiter = match delimiter {
            ExcelDelimiter::OfInput if input == b';' => b';',
            ExcelDelimiter::OfInput | ExcelDelimiter::Comma => b',',
            ExcelDelimiter::Semicolon => b';',
        };
        Form { dialect: Dialect { bom: true, line_end: LineEnd::CrLf, delimiter, is_guarded: true }, excel: true }
    }
}

/// Writer of CSV into memory.
///
/// By hand, because rows that pass through keep their bytes, and the csv crate puts no bytes between its fields.
pub struct CsvWriter {
    form: Form,
    out: Vec<u8>,
    /// Place at which the row begins.
    begins: usize,
    /// True if the row has a field.
    has_field: bool,
}

impl CsvWriter {
    /// A writer of rows in a form.
    pub fn new(form: Form) -> CsvWriter {
        CsvWriter { form, out: Vec::new(), begins: 0, has_field: false }
    }

    /// A writer of a file in a form: with its byte order mark.
    pub fn of_file(form: Form) -> CsvWriter {
        let mut writer = CsvWriter::new(form);
        if form.dialect.bom {
            writer.out.extend_from_slice(MARK);
            writer.begins = writer.out.len();
        }
        writer
    }

    /// Form of the rows.
    pub fn form(&self) -> Form {
        self.form
    }

    fn delimit(&mut self) {
        if std::mem::replace(&mut self.has_field, true) {
            self.out.push(self.form.dialect.delimiter);
        }
    }

    /// Writes a field, quoted where it must be.
    pub fn field(&mut self, field: impl AsRef<[u8]>) {
        self.delimit();
        let (field, Form { dialect, excel }) = (field.as_ref(), self.form);
        let guard = excel && begins_like_formula(field);
        let special = |byte: &u8| match byte {
            b'"' | b'\r' | b'\n' => true,
            // Of Excel on another machine, which has another delimiter.
            b',' | b';' | b'\t' if excel => true,
            byte => *byte == dialect.delimiter,
        };
        let quote = match field.len() {
            // Names and numbers, for which more is not worth its while.
            0..16 => field.iter().any(special),
            _ if excel => field.iter().any(special),
            _ => {
                memchr::memchr3(b'"', b'\r', b'\n', field).is_some()
                    || memchr::memchr(dialect.delimiter, field).is_some()
            }
        };
        let marks: &[u8] = match (quote, guard) {
            (true, true) => b"\"'",
            (true, false) => b"\"",
            (false, true) => b"'",
            (false, false) => b"",
        };
        self.out.extend_from_slice(marks);
        if !quote {
            return self.out.extend_from_slice(field);
        }
        let mut rest = field;
        while let Some(at) = memchr::memchr(b'"', rest) {
            self.out.extend_from_slice(&rest[..=at]);
            self.out.push(b'"');
            rest = &rest[at + 1..];
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }

    /// Writes fields that stand as they should in a file of this form.
    pub fn raw(&mut self, fields: &[u8]) {
        self.delimit();
        self.out.extend_from_slice(fields);
    }

    /// Ends the row.
    pub fn end_row(&mut self) {
        // A row of one empty field would be a blank line.
        if self.has_field && self.out.len() == self.begins {
            self.out.extend_from_slice(b"\"\"");
        }
        self.out.extend_from_slice(self.form.dialect.line_end.as_str().as_bytes());
        self.has_field = false;
        self.begins = self.out.len();
    }

    /// Writes a row.
    pub fn row<F: AsRef<[u8]>>(&mut self, fields: impl IntoIterator<Item = F>) {
        fields.into_iter().for_each(|field| self.field(field));
        self.end_row();
    }

    /// What was written so far, taken out.
    pub fn take(&mut self) -> Vec<u8> {
        self.begins = 0;
        std::mem::take(&mut self.out)
    }
}

/// True if the quotes of a row stand as RFC 4180 has them: round whole fields, and twice inside. Whoever reads such a row
/// finds the same fields in it; of others, each program makes something else.
pub fn is_well_quoted(row: &[u8], delimiter: u8) -> bool {
    if memchr::memchr(b'"', row).is_none() {
        return true;
    }
    let mut rest = row;
    loop {
        let end = if let Some(mut inside) = rest.strip_prefix(b"\"") {
            // The quote that is not followed by another one closes the field.
            let after = loop {
                let Some(at) = memchr::memchr(b'"', inside) else { return false };
                inside = &inside[at + 1..];
                match inside.strip_prefix(b"\"") {
                    Some(further) => inside = further,
                    None => break inside,
                }
            };
            rest = after;
            0
        } else {
            memchr::memchr(delimiter, rest).unwrap_or(rest.len())
        };
        if rest[..end].contains(&b'"') {
            return false;
        }
        match rest.get(end) {
            None => return true,
            Some(byte) if *byte == delimiter => rest = &rest[end + 1..],
            Some(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::io::spreadsheet::{FORMULAS, text_without_guard};

    /// Cells of what is special here.
    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            proptest::collection::vec(
                prop_oneof![
                    Just("'"),
                    Just("="),
                    Just("-"),
                    Just("\t"),
                    Just("＝"),
                    Just("\""),
                    Just("كتاب"),
                    Just(";")
                ],
                0..6
            )
            .prop_map(|parts| parts.concat()),
            "[=+@'\"\r\n,;\ta-c]{0,8}",
            any::<String>(),
        ]
    }

    fn form() -> impl Strategy<Value = Form> {
        let dialect = (any::<bool>(), 0..3_usize, 0..4_usize).prop_map(|(bom, line_end, delimiter)| Dialect {
            bom,
            line_end: [LineEnd::Lf, LineEnd::CrLf, LineEnd::Cr][line_end],
            delimiter: b",;\t|"[delimiter],
            is_guarded: bom,
        });
        let delimiter =
            prop_oneof![Just(ExcelDelimiter::OfInput), Just(ExcelDelimiter::Comma), Just(ExcelDelimiter::Semicolon)];
        prop_oneof![dialect.prop_map(Form::of), delimiter.prop_map(|delimiter| Form::excel(delimiter, b';'))]
    }

    fn written(form: Form, rows: &[Vec<String>]) -> Vec<u8> {
        let mut writer = CsvWriter::of_file(form);
        rows.iter().for_each(|row| writer.row(row));
        writer.take()
    }

    fn read(form: Form, file: &[u8]) -> Vec<Vec<String>> {
        let file = file.strip_prefix(MARK).unwrap_or(file);
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.delimiter(form.dialect.delimiter).has_headers(false).flexible(true).from_reader(file);
        reader.into_records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            form in form(),
            rows in proptest::collection::vec(proptest::collection::vec(cell(), 1..4), 0..4),
        ) {
            let rows = match form.dialect.bom {
                // A mark of the comment's own would be one of the file.
                false if rows.first().is_some_and(|row| row[0].starts_with('\u{FEFF}')) => &rows[1..],
                _ => &rows[..],
            };
            let file = written(form, rows);
            prop_assert_eq!(file.starts_with(MARK), form.dialect.bom);
            let mut again = read(form, &file);
            if form.excel {
                for cell in again.iter_mut().flatten() {
                    prop_assert!(FORMULAS.iter().all(|formula| !cell.starts_with(formula)), "live: {:?}", cell);
                    *cell = text_without_guard(cell).to_owned();
                }
            }
            prop_assert_eq!(&again, rows);
        }

        /// Out and in again twice, and twice out before it comes in twice.
        #[test]
        fn guards_come_off_as_they_came_on(cell in cell()) {
            let form = Form::excel(ExcelDelimiter::Semicolon, b',');
            let out = |cell: &str| read(form, &written(form, &[vec![cell.to_owned()]]))[0][0].clone();
            let off = |cell: &str| text_without_guard(cell).to_owned();
            prop_assert_eq!(off(&out(&off(&out(&cell)))), cell.clone());
            prop_assert_eq!(off(&off(&out(&out(&cell)))), cell);
        }

        #[test]
        fn well_quoted_is_what_is_written_and_what_has_no_other_reading(row in "[ab\",;]{0,10}") {
            let bytes = row.as_bytes();
            let cells = read(Form::default(), bytes);
            let quoted = is_well_quoted(bytes, b',');
            // Quotes all round say the same in a reader that knows no quotes but those.
            let by_hand = {
                let (mut fields, mut inside) = (vec![String::new()], false);
                for byte in row.chars() {
                    inside ^= byte == '"';
                    match byte {
                        ',' if !inside => fields.push(String::new()),
                        byte => fields.last_mut().unwrap().push(byte),
                    }
                }
                let bare = |field: &String| !field.contains('"') || {
                    let inner = field.strip_prefix('"').and_then(|field| field.strip_suffix('"'));
                    inner.is_some_and(|inner| !inner.replace("\"\"", "").contains('"'))
                };
                !inside && fields.iter().all(bare)
            };
            prop_assert_eq!(quoted, by_hand);
            for cells in cells {
                let file = written(Form::default(), &[cells]);
                prop_assert!(is_well_quoted(file.trim_ascii_end(), b','));
            }
        }
    }
}
