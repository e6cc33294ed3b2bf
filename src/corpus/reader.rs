//! Reader of labelled CSV files. Every problem is named by file, line, column and value.

use std::path::{Path, PathBuf};

use crate::corpus::Corpus;
use crate::corpus::builder::Builder;
use crate::corpus::error::CorpusError;
use crate::io::bad_row::BadRow;
use crate::io::columns::{Column, find_column};
use crate::io::csv::{Format, RowError, ends_open, invalid_line, next_record, row_text, short};
use crate::model::label::OR;

/// Reader of labelled CSV files.
///
/// ```
/// use naqd::CorpusReader;
///
/// let map = vec![("approved".to_owned(), "neutral".to_owned())];
/// let reader = CorpusReader { text_column: Some("body".to_owned()), map, ..CorpusReader::default() };
/// let file = std::env::temp_dir().join("naqd-corpus-reader.csv");
/// std::fs::write(&file, "body,label\nyou fool,abusive\nthank you,approved\n")?;
/// let corpus = reader.read(&[file], &mut |bad_row| panic!("{bad_row}"))?;
/// assert_eq!(corpus.classes().names(), ["abusive", "neutral"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct CorpusReader {
    /// Encoding and delimiter.
    pub format: Format,
    /// Name of the text column, if it is none of the usual.
    pub text_column: Option<String>,
    /// Name of the label column, if it is none of the usual.
    pub label_column: Option<String>,
    /// Renamed labels: `("approved", "critical|neutral")`.
    pub map: Vec<(String, String)>,
    /// Labels that may occur; any if empty.
    pub labels: Vec<String>,
}

/// Places of the columns of a file.
struct Columns {
    header: csv::ByteRecord,
    text: usize,
    label: Option<usize>,
    weight: Option<usize>,
}

impl Columns {
    fn name(&self, column: usize) -> String {
        String::from_utf8_lossy(&self.header[column]).into_owned()
    }

    /// Message about a cell of a column.
    /// Message about a row that cannot be used.
    fn complaint(&self, error: &RowError) -> String {
        match error {
            RowError::Fields { got, expected } if got > expected => {
                format!("{error} (is a comma or quote in the text not quoted?)")
            }
            RowError::EmptyText => self.about(self.text, "empty, expected a comment"),
            error => error.to_string(),
        }
    }

    fn about(&self, column: usize, what: &str) -> String {
        format!("column {}: {what}", short(&self.name(column)))
    }
}

impl CorpusReader {
    /// Reads labelled CSV files. `bad` is told of every row that cannot be used, and decides whether to go on
    /// without it (`true`) or give up (`false`).
    ///
    /// Labels are compared without regard to case and surrounding spaces. A column `weight`, if there is one, holds
    /// the weight of each row in training.
    ///
    /// # Errors
    /// See [`CorpusError`].
    pub fn read(&self, files: &[PathBuf], bad: &mut dyn FnMut(&BadRow) -> bool) -> Result<Corpus, CorpusError> {
        self.read_files(files, true, bad)
    }

    /// Reads CSV files that may have no label column or empty cells in it: such comments have the empty set of labels.
    /// Nothing can be learnt from a corpus that has some.
    ///
    /// # Errors
    /// See [`CorpusError`].
    pub fn read_unlabelled(
        &self,
        files: &[PathBuf],
        bad: &mut dyn FnMut(&BadRow) -> bool,
    ) -> Result<Corpus, CorpusError> {
        self.read_files(files, false, bad)
    }

    fn read_files(
        &self,
        files: &[PathBuf],
        labelled: bool,
        bad: &mut dyn FnMut(&BadRow) -> bool,
    ) -> Result<Corpus, CorpusError> {
        let mut builder = Builder::default();
        let mut label_column = String::new();
        for file in files {
            self.read_file(file, labelled, &mut builder, &mut label_column, bad)?;
        }
        builder.finish(files.to_vec(), &label_column)
    }

    fn read_file(
        &self,
        file: &Path,
        labelled: bool,
        builder: &mut Builder,
        label_column: &mut String,
        bad: &mut dyn FnMut(&BadRow) -> bool,
    ) -> Result<(), CorpusError> {
        let io = |error| CorpusError::Io { file: file.to_owned(), error };
        let (mut reader, _) = self.format.csv(file).map_err(io)?;
        let header = reader.byte_headers().map_err(|error| io(error.into()))?.clone();
        let columns = self.columns(file, header, labelled)?;
        if let Some(label) = columns.label {
            *label_column = columns.name(label);
        }
        builder.next_file();
        let mut record = csv::ByteRecord::new();
        while next_record(&mut reader, &mut record).map_err(io)? {
            let line = record.position().map_or(0, csv::Position::line);
            let row = match row_text(&record, ends_open(&reader, &record), columns.header.len(), columns.text) {
                Ok(text) => self.row(&columns, &record, text, labelled),
                Err(RowError::NotUtf8 { line }) => return Err(CorpusError::Encoding { file: file.to_owned(), line }),
                Err(error) => Err(columns.complaint(&error)),
            };
            match row {
                Ok((text, names, weight)) => builder.push(text, &names, weight, line),
                Err(what) => {
                    let row = BadRow { file: file.to_owned(), line, what };
                    if !bad(&row) {
                        return Err(CorpusError::BadRow(row));
                    }
                }
            }
        }
        Ok(())
    }

    fn columns(&self, file: &Path, header: csv::ByteRecord, labelled: bool) -> Result<Columns, CorpusError> {
        if header.is_empty() {
            return Err(CorpusError::Empty { file: file.to_owned() });
        }
        if invalid_line(&header).is_some() {
            return Err(CorpusError::Encoding { file: file.to_owned(), line: 1 });
        }
        let missing = |error| CorpusError::Column { file: file.to_owned(), error };
        let text = find_column(&header, Column::Text, self.text_column.as_deref()).map_err(missing)?;
        let label = find_column(&header, Column::Label, self.label_column.as_deref());
        let label = if labelled { Some(label.map_err(missing)?) } else { label.ok() };
        let weight = header.iter().position(|name| name.trim_ascii().eq_ignore_ascii_case(b"weight"));
        Ok(Columns { header, text, label, weight })
    }

    /// Text, names of classes and weight of a row, or a message about it.
    fn row<'r>(
        &self,
        columns: &Columns,
        record: &csv::ByteRecord,
        text: &'r str,
        labelled: bool,
    ) -> Result<(&'r str, Vec<String>, f32), String> {
        let field = |i: usize| record.get(i).and_then(|field| std::str::from_utf8(field).ok()).unwrap_or("");
        let names = match columns.label {
            Some(i) if labelled || !field(i).trim().is_empty() => {
                self.label(field(i)).map_err(|what| columns.about(i, &what))?
            }
            _ => Vec::new(),
        };
        let weight = match columns.weight {
            Some(i) => weight(field(i)).map_err(|what| columns.about(i, &what))?,
            None => 1.0,
        };
        Ok((text, names, weight))
    }

    /// Names of the classes that a label cell stands for.
    pub(super) fn label(&self, cell: &str) -> Result<Vec<String>, String> {
        let cell = clean(cell);
        let map = |name: &str| self.map.iter().find(|(from, _)| clean(from) == name).map(|(_, to)| clean(to));
        // Each label is renamed once: the whole cell, or else every alternative in it.
        let names: Vec<String> = match map(&cell) {
            Some(to) => split(&to).collect(),
            None => split(&cell).flat_map(|name| split(&map(&name).unwrap_or(name)).collect::<Vec<_>>()).collect(),
        };
        if names.is_empty() {
            return Err("empty, expected a label".to_owned());
        }
        let known = |name: &String| self.labels.is_empty() || self.labels.iter().any(|label| clean(label) == *name);
        match names.iter().find(|name| !known(name)) {
            Some(name) => Err(format!(
                "unknown label {}, expected {} (or several, joined by |)",
                short(name),
                self.labels.join(", ")
            )),
            None => Ok(names),
        }
    }
}

/// Weight of a row.
fn weight(cell: &str) -> Result<f32, String> {
    match cell.trim().parse::<f32>() {
        Ok(weight) if weight.is_finite() && weight >= 0.0 => Ok(weight),
        _ => Err(format!("{}, expected a number that is not negative", short(cell))),
    }
}

fn clean(label: &str) -> String {
    label.trim().to_lowercase()
}

fn split(label: &str) -> impl Iterator<Item = String> {
    label.split(OR).map(clean).filter(|name| !name.is_empty())
}
