//! Labelled comments: CSV in, every problem named by file, line, column and value.

pub(crate) mod near_duplicates;

use crate::corpus::near_duplicates::NearDuplicates;
use crate::io::bad_row::BadRow;
use crate::io::columns::{Column, ColumnError, find_column};
use crate::io::csv::{Format, RowError, ends_open, invalid_line, next_record, row_text, short};
use crate::model::label::name;
use crate::model::label::{LabelSet, MAX_CLASSES, OR};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

/// Comments with their labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Corpus {
    /// Names of the classes, in alphabetical order.
    pub classes: Vec<String>,
    /// The comments.
    pub texts: Vec<String>,
    /// What each comment is, by place in `classes`.
    pub labels: Vec<LabelSet>,
    /// What each comment counts in training; finite, at least 0.
    pub weights: Vec<f32>,
    /// Where each comment stands: place in `files`, and line.
    pub places: Vec<(u32, u64)>,
    /// Files read.
    pub files: Vec<PathBuf>,
}

/// How to read labelled CSV files.
#[derive(Clone, Debug, Default)]
pub struct CorpusReader {
    /// Encoding and delimiter.
    pub format: Format,
    /// Name of the text column, if it is none of the usual.
    pub text_column: Option<String>,
    /// Name of the label column, if it is none of the usual.
    pub label_column: Option<String>,
    /// Labels of the files and what they become: `("approved", "critical|neutral")`.
    pub map: Vec<(String, String)>,
    /// The only labels that may occur; any if empty.
    pub labels: Vec<String>,
}

/// Why a corpus could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A file cannot be opened or read.
    #[error("{}: {error}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file has nothing in it.
    #[error("{}: empty: expected a line with the names of the columns, then one comment a row", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// A file has no text or label column.
    #[error("{}:1: {error}", file.display())]
    Column {
        /// The file.
        file: PathBuf,
        /// What was looked for and what there is.
        error: ColumnError,
    },
    /// A file is not in the encoding it was read in.
    #[error("{}:{line}: not valid UTF-8", file.display())]
    Encoding {
        /// The file.
        file: PathBuf,
        /// The first line with a wrong byte.
        line: u64,
    },
    /// More classes than a model can have.
    #[error(
        "{got} different labels ({examples}, ...), at most {MAX_CLASSES} are possible: is {} the label column? \
             name it with --label-column, or the labels with --labels",
        short(column)
    )]
    TooManyClasses {
        /// How many.
        got: usize,
        /// Some of them.
        examples: String,
        /// Where they were read.
        column: String,
    },
    /// A label that is none of a model's.
    #[error(
        "label {label:?}: the model knows {classes}; rename the label with --map {label}=..., or name the labels to be \
         read with --labels"
    )]
    UnknownLabel {
        /// The label.
        label: String,
        /// The classes of the model.
        classes: String,
    },
    /// A bad row, where the caller wants none.
    #[error("{0}")]
    BadRow(BadRow),
}

/// A comment that stands under two labels that exclude each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    /// Where it stands first, and as what.
    pub first: (String, String),
    /// Where it stands again, and as what.
    pub second: (String, String),
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((first, is), (second, again)) = (&self.first, &self.second);
        write!(f, "{second}: {again}, but the same text at {first}: {is}")
    }
}

impl CorpusReader {
    /// Reads labelled CSV files. `bad` is told of every row that cannot be used, and decides whether to go on
    /// without it (`true`) or give up (`false`).
    ///
    /// Labels are compared without regard to case and surrounding spaces. A column `weight`, if there is one, says
    /// what each row counts in training.
    ///
    /// # Errors
    /// See [`CorpusError`].
    pub fn read(&self, files: &[PathBuf], bad: &mut dyn FnMut(&BadRow) -> bool) -> Result<Corpus, CorpusError> {
        self.read_files(files, true, bad)
    }

    /// As [`CorpusReader::read`], but files may have no label column, and cells of it may be empty: such comments
    /// have the empty set of labels. Nothing can be learnt from a corpus that has some.
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
        builder.corpus.files = files.to_vec();
        builder.finish(&label_column)
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
        let column_name = |i: usize| String::from_utf8_lossy(&header[i]).into_owned();
        let said = |i: usize| short(&column_name(i));
        if let Some(label) = label {
            *label_column = column_name(label);
        }
        let number = builder.files;
        builder.files += 1;
        let mut record = csv::ByteRecord::new();
        while next_record(&mut reader, &mut record).map_err(io)? {
            let line = record.position().map_or(0, csv::Position::line);
            let field = |i: usize| record.get(i).and_then(|field| std::str::from_utf8(field).ok()).unwrap_or("");
            let checked = row_text(&record, ends_open(&reader, &record), header.len(), text);
            let used = if let Err(error) = checked {
                Err(match error {
                    RowError::NotUtf8 { line } => return Err(CorpusError::Encoding { file: file.to_owned(), line }),
                    RowError::Fields { got, expected } if got > expected => {
                        format!("{error} (is a comma or quote in the text not quoted?)")
                    }
                    RowError::EmptyText => format!("column {}: empty, expected a comment", said(text)),
                    RowError::OpenQuote | RowError::Fields { .. } => error.to_string(),
                })
            } else {
                let names = match label {
                    Some(i) if labelled || !field(i).trim().is_empty() => {
                        self.label(field(i)).map_err(|what| format!("column {}: {what}", said(i)))
                    }
                    _ => Ok(Vec::new()),
                };
                let weight = weight
                    .map_or(Ok(1.0), |i| self::weight(field(i)).map_err(|what| format!("column {}: {what}", said(i))));
                names.and_then(|names| Ok((names, weight?)))
            };
            match used {
                Ok((names, weight)) => builder.push(field(text), &names, weight, (number, line)),
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

    /// The names of the classes that a label cell stands for.
    fn label(&self, cell: &str) -> Result<Vec<String>, String> {
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

/// What a row counts.
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

#[derive(Default)]
struct Builder {
    corpus: Corpus,
    files: u32,
    /// Label cells of the comments, as places in `cells`.
    row_cells: Vec<usize>,
    /// Different sets of names, each in alphabetical order.
    cells: Vec<Vec<String>>,
    cell_index: HashMap<Vec<String>, usize>,
}

impl Builder {
    fn push(&mut self, text: &str, names: &[String], weight: f32, place: (u32, u64)) {
        let mut names = names.to_vec();
        names.sort();
        names.dedup();
        let next = self.cells.len();
        let cell = *self.cell_index.entry(names).or_insert_with_key(|names| {
            self.cells.push(names.clone());
            next
        });
        self.row_cells.push(cell);
        self.corpus.texts.push(text.to_owned());
        self.corpus.weights.push(weight);
        self.corpus.places.push(place);
    }

    /// Names become classes; those that no label tells apart become one.
    fn finish(self, label_column: &str) -> Result<Corpus, CorpusError> {
        let Builder { mut corpus, cells, row_cells, .. } = self;
        // The cells that hold each name: names that are held by the same cells are never told apart.
        let mut held: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
        for (cell, names) in cells.iter().enumerate() {
            names.iter().for_each(|name| held.entry(name).or_default().push(cell));
        }
        let mut merged: Vec<Vec<&String>> = Vec::new();
        let mut class_of: HashMap<&Vec<usize>, usize> = HashMap::new();
        for (name, held) in &held {
            let class = *class_of.entry(held).or_insert(merged.len());
            if class == merged.len() {
                merged.push(Vec::new());
            }
            merged[class].push(name);
        }
        let or = OR.to_string();
        corpus.classes =
            merged.iter().map(|class| class.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(&or)).collect();
        if corpus.classes.len() > MAX_CLASSES {
            return Err(CorpusError::TooManyClasses {
                got: corpus.classes.len(),
                examples: corpus.classes[..3].iter().map(|name| short(name)).collect::<Vec<_>>().join(", "),
                column: label_column.to_owned(),
            });
        }
        let sets: Vec<LabelSet> = cells
            .iter()
            .map(|cell| (0..merged.len()).filter(|&class| cell.contains(merged[class][0])).collect())
            .collect();
        corpus.labels = row_cells.into_iter().map(|cell| sets[cell]).collect();
        Ok(corpus)
    }
}

impl Corpus {
    /// A corpus of (text, label) pairs, a label being the name of a class or several joined by `|`.
    ///
    /// # Errors
    /// A label is empty, or there are more than [`MAX_CLASSES`] classes.
    pub fn from_rows<T: AsRef<str>, L: AsRef<str>>(
        rows: impl IntoIterator<Item = (T, L)>,
    ) -> Result<Corpus, CorpusError> {
        let mut builder = Builder::default();
        let reader = CorpusReader::default();
        for ((text, label), line) in rows.into_iter().zip(1..) {
            let names = reader
                .label(label.as_ref())
                .map_err(|what| CorpusError::BadRow(BadRow { file: PathBuf::from("rows"), line, what }))?;
            builder.push(text.as_ref(), &names, 1.0, (0, line));
        }
        builder.corpus.files = vec![PathBuf::from("rows")];
        builder.finish("label")
    }

    /// The comments for which `first` holds, and the others, each with the classes and files of all.
    pub fn split(&self, first: impl Fn(usize) -> bool) -> (Corpus, Corpus) {
        let part = |of: bool| {
            let places: Vec<usize> = (0..self.texts.len()).filter(|&comment| first(comment) == of).collect();
            Corpus {
                classes: self.classes.clone(),
                texts: places.iter().map(|&comment| self.texts[comment].clone()).collect(),
                labels: places.iter().map(|&comment| self.labels[comment]).collect(),
                weights: places.iter().map(|&comment| self.weights[comment]).collect(),
                places: places.iter().map(|&comment| self.places[comment]).collect(),
                files: self.files.clone(),
            }
        };
        (part(true), part(false))
    }

    /// The same comments with the classes of a model, by the names of their labels.
    ///
    /// # Errors
    /// A label that the model does not know.
    pub fn for_classes(mut self, classes: &[String]) -> Result<Corpus, CorpusError> {
        let mut places = Vec::new();
        for class in &self.classes {
            // Either side may have classes that are several labels in one.
            let place = |label: &str| classes.iter().position(|class| class.split(OR).any(|name| name == label));
            let mut set = LabelSet::default();
            for label in class.split(OR) {
                let unknown = || CorpusError::UnknownLabel { label: label.to_owned(), classes: classes.join(", ") };
                set = set.or(LabelSet::one(place(label).ok_or_else(unknown)?));
            }
            places.push(set);
        }
        let moved = |label: &LabelSet| label.iter().fold(LabelSet::default(), |set, class| set.or(places[class]));
        self.labels = self.labels.iter().map(moved).collect();
        self.classes = classes.to_vec();
        Ok(self)
    }

    /// Where a comment stands: file and line.
    pub fn place(&self, comment: usize) -> String {
        let (file, line) = self.places[comment];
        format!("{}:{line}", self.files[file as usize].display())
    }

    /// Classes that are several labels in one, because no comment tells them apart.
    pub fn merged(&self) -> impl Iterator<Item = &String> {
        self.classes.iter().filter(|class| class.contains(OR))
    }

    /// Comments that read the same and have labels that exclude each other.
    pub fn contradictions(&self, repeats: &NearDuplicates) -> Vec<Contradiction> {
        let at = |i: usize| (self.place(i), name(self.labels[i], &self.classes));
        // What all comments that read like the first may be.
        let mut possible = self.labels.clone();
        let mut found = Vec::new();
        for (i, &first) in repeats.same.iter().enumerate() {
            let both: LabelSet = possible[first].iter().filter(|&class| self.labels[i].contains(class)).collect();
            if both.is_empty() {
                found.push(Contradiction { first: at(first), second: at(i) });
            } else {
                possible[first] = both;
            }
        }
        found
    }
}
