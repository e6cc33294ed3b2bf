//! Reader of files of labelled comments. Every problem is named by file, line, column and value.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::corpus::Corpus;
use crate::corpus::builder::Builder;
use crate::corpus::error::CorpusError;
use crate::corpus::row_labels::{kinds, weight};
use crate::io::bad_row::BadRow;
use crate::io::columns::{
    Column, ColumnError, decision_columns, find_column, find_column_of_several, find_weight, is_decision, is_header,
    other_columns,
};
use crate::io::format::Format;
use crate::io::open::{sentence, several_columns};
use crate::io::remarks::Remarks;
use crate::io::row_check::{RowError, invalid_line, row_text, short};
use crate::io::spreadsheet::{RowNumbers, text_without_guard};
use crate::model::kinds::KindSet;
use crate::text::html::{Html, HtmlSample, SAMPLE, Visible};

/// Bytes of the rows that are read to find out whether the comments are HTML.
const MAX_SAMPLE_BYTES: usize = 1 << 20;

/// Reader of files of labelled comments: CSV, workbooks, JSON.
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
    /// Form of the files, as far as it is not found out from them.
    pub format: Format,
    /// Name of the text column, if it is none of the usual. Of several files, those without it may have a usual one.
    pub text_column: Option<String>,
    /// Name of the label column, if it is none of the usual. Of several files, those without it may have a usual one.
    pub label_column: Option<String>,
    /// Name of the column of the kinds of abuse, if it is not `kinds`; files may lack it. An empty name reads none.
    pub kinds_column: Option<String>,
    /// Renamed labels: `("approved", "critical|neutral")`. Rows with a label that is renamed to nothing,
    /// `("pending", "")`, are left out, also if it is one of several alternatives.
    pub map: Vec<(String, String)>,
    /// Labels that may occur; any if empty.
    pub labels: Vec<String>,
    /// How comments are read; none: decided for each file by its first comments, and HTML in doubt. Of HTML the text is that
    /// which a browser shows.
    pub html: Option<Html>,
    /// True if the cells of all other columns are kept, for lists of the comments.
    pub keep_columns: bool,
}

/// Column that the caller named, looked for in several files.
#[derive(Default)]
struct Named {
    /// True if a file has it.
    found: bool,
    /// Error of the first file that has it not.
    missing: Option<CorpusError>,
}

impl Named {
    /// Notes that a file has the column, or why not.
    fn note(&mut self, file: &Path, missing: Option<ColumnError>) {
        match missing {
            None => self.found = true,
            Some(error) if self.missing.is_none() => {
                self.missing = Some(CorpusError::Column { file: file.to_owned(), error });
            }
            Some(_) => {}
        }
    }
}

/// Columns that the caller named, while files are read one after the other.
#[derive(Default)]
struct NamedColumns {
    /// True if there are several files.
    several: bool,
    text: Named,
    label: Named,
    kinds: Named,
}

/// Places of the columns of a file.
struct Columns {
    header: csv::ByteRecord,
    text: usize,
    label: Option<usize>,
    weight: Option<usize>,
    kinds: Option<usize>,
}

/// Text, names of classes, kinds and weight of a row.
type Row<'r> = (&'r str, Vec<String>, KindSet, f32);

impl Columns {
    fn name(&self, column: usize) -> String {
        String::from_utf8_lossy(&self.header[column]).into_owned()
    }

    /// Columns of decisions, where the column of the labels has the name of something else.
    fn decisions(&self) -> Vec<usize> {
        let is_other = |label: usize| !is_decision(&self.header[label]);
        if self.label.is_some_and(is_other) { decision_columns(&self.header) } else { Vec::new() }
    }

    /// Columns that are neither text nor label.
    fn others(&self) -> Vec<usize> {
        (0..self.header.len()).filter(|&column| column != self.text && Some(column) != self.label).collect()
    }

    /// Message about a row that cannot be used.
    fn complaint(&self, error: &RowError) -> String {
        match error {
            RowError::Fields { got, expected } if got > expected => {
                format!("{error} (is a comma or quote in the text not quoted?)")
            }
            RowError::EmptyText => self.about(self.text, "empty, expected a comment"),
            RowError::Placeholder(_) | RowError::Damaged(_) => self.about(self.text, &error.to_string()),
            error => error.to_string(),
        }
    }

    /// Message about a cell of a column.
    fn about(&self, column: usize, what: &str) -> String {
        format!("column {}: {what}", short(&self.name(column)))
    }
}

impl CorpusReader {
    /// Reads files of labelled comments. `bad` is told of every row that cannot be used, and decides whether to go on
    /// without it (`true`) or give up (`false`).
    ///
    /// Labels that differ only in how they are written are one: in case, in spaces and marks around them, in diacritics,
    /// tatweel and hamza, and 1 and 1.0. The class has the most frequent of these names. A column `weight`, if there is one, holds
    /// the weight of each row in training, and a column `kinds` the [kinds of abuse](crate::AbuseKind) of each row, joined by `|`.
    ///
    /// # Errors
    /// See [`CorpusError`].
    pub fn read(&self, files: &[PathBuf], bad: &mut dyn FnMut(&BadRow) -> bool) -> Result<Corpus, CorpusError> {
        let [corpus] = self.read_files([files], true, bad)?;
        Ok(corpus)
    }

    /// Reads files of labelled comments in parts, each into a corpus of its own, as [`CorpusReader::read`] does with one. Whether
    /// there are several files, and one has the column with a given name, is asked of all parts together.
    ///
    /// # Errors
    /// See [`CorpusError`].
    pub fn read_parts<const N: usize>(
        &self,
        parts: [&[PathBuf]; N],
        bad: &mut dyn FnMut(&BadRow) -> bool,
    ) -> Result<[Corpus; N], CorpusError> {
        self.read_files(parts, true, bad)
    }

    /// Reads files that may have no label column or empty cells in it: such comments have the empty set of labels.
    /// Nothing can be learnt from a corpus that has some.
    ///
    /// # Errors
    /// See [`CorpusError`].
    pub fn read_unlabelled(
        &self,
        files: &[PathBuf],
        bad: &mut dyn FnMut(&BadRow) -> bool,
    ) -> Result<Corpus, CorpusError> {
        let [corpus] = self.read_files([files], false, bad)?;
        Ok(corpus)
    }

    fn read_files<const N: usize>(
        &self,
        parts: [&[PathBuf]; N],
        labelled: bool,
        bad: &mut dyn FnMut(&BadRow) -> bool,
    ) -> Result<[Corpus; N], CorpusError> {
        let several = parts.iter().map(|files| files.len()).sum::<usize>() > 1;
        let mut named = NamedColumns { several, ..NamedColumns::default() };
        let mut corpora = parts.map(|_| Corpus::default());
        for (files, corpus) in parts.into_iter().zip(&mut corpora) {
            let mut builder = Builder::default();
            let mut label_column = String::new();
            for file in files {
                self.read_file(file, labelled, &mut builder, &mut label_column, &mut named, bad)?;
            }
            *corpus = builder.finish(files.to_vec(), &label_column)?;
        }
        for column in [named.text, named.label, named.kinds] {
            if let Some(error) = column.missing.filter(|_| !column.found) {
                return Err(error);
            }
        }
        Ok(corpora)
    }

    fn read_file(
        &self,
        file: &Path,
        labelled: bool,
        builder: &mut Builder,
        label_column: &mut String,
        named: &mut NamedColumns,
        bad: &mut dyn FnMut(&BadRow) -> bool,
    ) -> Result<(), CorpusError> {
        let io = |error| CorpusError::Io { file: file.to_owned(), error };
        let (mut rows, dialect, mut notes) = self.format.table(file, &|header| self.is_header(header)).map_err(io)?;
        let mut columns = self.columns(file, rows.header.clone(), labelled, named)?;
        // Where two columns could have the labels, the first rows tell which of them has.
        let decisions = if labelled && self.label_column.is_none() { columns.decisions() } else { Vec::new() };
        let mut record = csv::ByteRecord::new();
        let columns_read = (columns.header.len(), columns.text);
        // Rows that were read to find out whether the comments are HTML, and which labels there are.
        let mut first = Vec::new();
        let (mut sample, mut bytes) = (HtmlSample::default(), 0);
        let is_enough =
            |rows, bytes| self.html.is_some() && decisions.is_empty() || rows == SAMPLE || bytes > MAX_SAMPLE_BYTES;
        while !is_enough(first.len(), bytes) && rows.next(&mut record).map_err(io)? {
            let open = rows.is_open();
            bytes += record.as_slice().len();
            row_text(&record, open, columns_read.0, columns_read.1).iter().for_each(|text| sample.add(text));
            first.push((record.clone(), open));
        }
        notes.extend(self.several_columns(&columns));
        notes.extend(self.choose_labels(&mut columns, &decisions, &first));
        builder.note(file, sentence(&notes));
        let remarks = Remarks::default();
        if let Some(label) = columns.label {
            *label_column = columns.name(label);
        }
        builder.next_file();
        let others = columns.others();
        let guarded = dialect.is_guarded;
        if self.keep_columns {
            builder.others().next_file(others.iter().map(|&column| bare(&columns.name(column), guarded).to_owned()));
        }
        let mut numbers = RowNumbers::after(&columns.header, rows.has_separator());
        if self.html.is_none() {
            builder.note(file, sample.sentence());
        }
        let html = self.html.unwrap_or(sample.html());
        let mut first = first.into_iter();
        loop {
            let open = match first.next() {
                Some((row, open)) => {
                    record = row;
                    open
                }
                None if rows.next(&mut record).map_err(io)? => rows.is_open(),
                None => break,
            };
            let line = record.position().map_or(0, csv::Position::line);
            let row = numbers.number(&record);
            let text = row_text(&record, open, columns_read.0, columns_read.1).map(|text| bare(text, guarded));
            remarks.note(line, &text);
            if let Err(RowError::NotUtf8 { line }) = text {
                return Err(CorpusError::Encoding { file: file.to_owned(), line });
            }
            let text = text.map(|text| if html == Html::No { Visible::plain(text) } else { Visible::of(text) });
            let text = match &text {
                Ok(visible) if visible.is_blank() => Err(RowError::EmptyText),
                Ok(visible) => Ok(&*visible.text),
                Err(error) => Err(*error),
            };
            match self.row(&columns, &record, text, labelled, builder) {
                Ok(Some((text, names, kinds, weight))) => {
                    builder.push(text, &names, kinds, weight, (line, row));
                    if self.keep_columns {
                        builder.others().push(others.iter().map(|&column| bare(cell(&record, column), guarded)));
                    }
                }
                Ok(None) => {}
                Err(what) => {
                    let row = BadRow { file: file.to_owned(), line, what };
                    if !bad(&row) {
                        return Err(CorpusError::BadRow(row));
                    }
                }
            }
        }
        rows.say().into_iter().chain(remarks.say()).for_each(|said| builder.note(file, Some(said)));
        Ok(())
    }

    /// True if a row has the names of the columns.
    fn is_header(&self, row: &csv::ByteRecord) -> bool {
        self.text_column.is_some() && is_header(row, self.text_column.as_deref()) || is_header(row, None)
    }

    /// Parts of a sentence about columns that were taken where several could be meant.
    fn several_columns(&self, columns: &Columns) -> Vec<String> {
        let text = (Column::Text, "comments", self.text_column.as_deref(), Some(columns.text));
        let label = (Column::Label, "labels", self.label_column.as_deref(), columns.label);
        let told = |(column, what, wanted, place): (Column, &str, Option<&str>, Option<usize>)| {
            let others = other_columns(&columns.header, column, wanted, place?);
            let names: Vec<String> = (0..columns.header.len()).map(|column| columns.name(column)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            several_columns(what, &names, place?, &others)
        };
        [text, label].into_iter().filter_map(told).collect()
    }

    /// Takes one of the columns of decisions for the labels where it has known ones and the column that was found has none, by the
    /// first rows; returns part of a sentence about both.
    fn choose_labels(
        &self,
        columns: &mut Columns,
        decisions: &[usize],
        first: &[(csv::ByteRecord, bool)],
    ) -> Option<String> {
        let (&best, label) = (decisions.first()?, columns.label?);
        let known = |column: usize| {
            let labels = first.iter().flat_map(|(row, _)| self.labels_in(cell(row, column)));
            labels.collect::<HashSet<_>>().iter().any(|label| self.is_known(label))
        };
        let name = |column| short(columns.name(column).trim());
        let Some(&taken) = decisions.iter().find(|&&column| known(column)).filter(|_| !known(label)) else {
            return Some(format!("the column of the labels is {}, not {}", name(label), name(best)));
        };
        let told =
            format!("the column of the labels is {}, not {}, which has no known label", name(taken), name(label));
        columns.label = Some(taken);
        Some(told)
    }

    fn columns(
        &self,
        file: &Path,
        header: csv::ByteRecord,
        labelled: bool,
        named: &mut NamedColumns,
    ) -> Result<Columns, CorpusError> {
        if header.is_empty() {
            return Err(CorpusError::Empty { file: file.to_owned() });
        }
        if invalid_line(&header).is_some() {
            return Err(CorpusError::Encoding { file: file.to_owned(), line: 1 });
        }
        let missing = |error| CorpusError::Column { file: file.to_owned(), error };
        let several = named.several;
        let find = |column, wanted: &Option<String>, noted: &mut Named| match wanted {
            Some(wanted) if several => {
                let (place, missing) = find_column_of_several(&header, column, wanted)?;
                noted.note(file, missing);
                Ok(place)
            }
            wanted => find_column(&header, column, wanted.as_deref()),
        };
        let text = find(Column::Text, &self.text_column, &mut named.text).map_err(missing)?;
        let label = match find(Column::Label, &self.label_column, &mut named.label) {
            // What was decided is no label where labels may be missing: "pending" says nothing of a comment.
            Ok(place) if !labelled && self.label_column.is_none() && is_decision(&header[place]) => None,
            Ok(place) => Some(place),
            Err(error) if labelled => return Err(missing(error)),
            Err(error) => {
                if self.label_column.is_some() {
                    named.label.note(file, Some(error));
                }
                None
            }
        };
        let weight = find_weight(&header);
        let kinds = match &self.kinds_column {
            Some(none) if none.is_empty() => None,
            Some(wanted) => {
                let found = find_column(&header, Column::Kinds, Some(wanted));
                named.kinds.note(file, found.as_ref().err().cloned());
                found.ok()
            }
            None => find_column(&header, Column::Kinds, None).ok(),
        };
        Ok(Columns { header, text, label, weight, kinds })
    }

    /// What a row holds, none if it is left out for one of its labels, or a message about it.
    fn row<'r>(
        &self,
        columns: &Columns,
        record: &csv::ByteRecord,
        text: Result<&'r str, RowError>,
        labelled: bool,
        builder: &mut Builder,
    ) -> Result<Option<Row<'r>>, String> {
        if let Err(error) = text
            && !matches!(error, RowError::EmptyText | RowError::Placeholder(_) | RowError::Damaged(_))
        {
            return Err(columns.complaint(&error));
        }
        let field = |i: usize| cell(record, i);
        let names = match columns.label {
            Some(i) if labelled || !(field(i).trim().is_empty() || self.is_placeholder(field(i))) => {
                // Removed comments are often empty: for a row that is left out, that is no error.
                let Some(labels) = self.counted_labels(field(i), builder) else { return Ok(None) };
                Some((i, labels))
            }
            _ => None,
        };
        let text = text.map_err(|error| columns.complaint(&error))?;
        let names = match names {
            Some((i, labels)) => self.classes_of(&labels).map_err(|what| columns.about(i, &what))?,
            None => Vec::new(),
        };
        let weight = match columns.weight {
            Some(i) => weight(field(i)).map_err(|what| columns.about(i, &what))?,
            None => 1.0,
        };
        let kinds = match columns.kinds {
            Some(i) => kinds(field(i)).map_err(|what| columns.about(i, &what))?,
            None => KindSet::default(),
        };
        Ok(Some((text, names, kinds, weight)))
    }
}

/// Cell of a row; empty if it is no text.
fn cell(record: &csv::ByteRecord, column: usize) -> &str {
    record.get(column).and_then(|field| std::str::from_utf8(field).ok()).unwrap_or("")
}

/// Cell without the apostrophe that guards it, in a file for spreadsheets.
fn bare(cell: &str, guarded: bool) -> &str {
    if guarded { text_without_guard(cell) } else { cell }
}
