//! Corpus: labelled comments in memory, their reader, and the search for near-duplicates.

mod builder;
pub(crate) mod error;
pub(crate) mod labels;
pub(crate) mod near_duplicates;
mod others;
pub(crate) mod reader;
mod row_labels;
pub(crate) mod rows;
pub(crate) mod usual_labels;

use crate::corpus::builder::Builder;
use crate::corpus::error::CorpusError;
use crate::corpus::labels::key;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::corpus::others::Others;
use crate::corpus::reader::CorpusReader;
use crate::io::bad_row::BadRow;
use crate::model::classes::Classes;
use crate::model::kinds::KindSet;
use crate::model::label::{LabelSet, OR};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Corpus: comments with their labels.
///
/// ```
/// use naqd::Corpus;
///
/// let corpus = Corpus::from_rows([("you fool", "abusive"), ("thank you", "neutral"), ("well", "critical|neutral")])?;
/// assert_eq!(corpus.classes().names(), ["abusive", "critical", "neutral"]);
/// let labels: Vec<String> = corpus.iter().map(|(_, label)| corpus.classes().name(label)).collect();
/// assert_eq!(labels, ["abusive", "neutral", "critical|neutral"]);
/// # Ok::<(), naqd::CorpusError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Corpus {
    /// Classes, in alphabetical order.
    pub(crate) classes: Arc<Classes>,
    /// Texts of the comments.
    pub(crate) texts: Vec<String>,
    /// Label of each comment.
    pub(crate) labels: Vec<LabelSet>,
    /// Weight of each comment in training; finite, at least 0.
    pub(crate) weights: Vec<f32>,
    /// Kinds of abuse of each comment, as far as they are stated.
    pub(crate) kinds: Vec<KindSet>,
    /// File of each comment, as a place in `files`, and its line.
    pub(crate) places: Vec<(u32, u64)>,
    /// Row of each comment in its file, as a spreadsheet numbers it.
    pub(crate) rows: Vec<u64>,
    /// Other columns, if the reader keeps them.
    pub(crate) others: Others,
    /// Files read.
    pub(crate) files: Vec<PathBuf>,
    /// Number of rows of each label, as the labels stand in the files.
    pub(crate) labels_read: Arc<BTreeMap<String, usize>>,
    /// True if the labels say what was decided, by the name of their column.
    pub(crate) are_decisions: bool,
    /// Number of rows left out for each label that is renamed to nothing.
    pub(crate) left_out: Arc<BTreeMap<String, usize>>,
    /// Sentences about the files read.
    pub(crate) notes: Arc<Vec<String>>,
}

/// Contradiction: the same text under two labels that exclude each other.
///
/// ```
/// use naqd::Corpus;
/// use naqd::evaluate::{Contradiction, NearDuplicates};
///
/// let corpus = Corpus::from_rows([("Thank you", "neutral"), ("thank you", "abusive")])?;
/// let found: Vec<Contradiction> = corpus.contradictions(&NearDuplicates::find(corpus.texts()));
/// assert_eq!(found[0].to_string(), "rows:2: abusive, but the same text at rows:1: neutral");
/// # Ok::<(), naqd::CorpusError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Contradiction {
    /// Place and label of the first comment of the text.
    pub first: (String, String),
    /// Place and label of the other.
    pub second: (String, String),
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((first, is), (second, again)) = (&self.first, &self.second);
        write!(f, "{second}: {again}, but the same text at {first}: {is}")
    }
}

impl Corpus {
    /// Corpus of (text, label) pairs, a label being the name of a class or several joined by `|`.
    ///
    /// # Errors
    /// A label is empty, or there are more than 16 classes.
    pub fn from_rows<T: AsRef<str>, L: AsRef<str>>(
        rows: impl IntoIterator<Item = (T, L)>,
    ) -> Result<Corpus, CorpusError> {
        let mut builder = Builder::default();
        let reader = CorpusReader::default();
        for ((text, label), line) in rows.into_iter().zip(1..) {
            let labels = reader.labels_in(label.as_ref());
            builder.count(&labels);
            let names = reader
                .classes_of(&labels)
                .map_err(|what| CorpusError::BadRow(BadRow { file: PathBuf::from("rows"), line, what }))?;
            builder.push(text.as_ref(), &names, KindSet::default(), 1.0, (line, line));
        }
        builder.finish(vec![PathBuf::from("rows")], "label")
    }

    /// Classes, in alphabetical order.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// Number of comments.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True if there is no comment.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Text and label of each comment.
    pub fn iter(&self) -> impl Iterator<Item = (&str, LabelSet)> {
        self.texts.iter().map(String::as_str).zip(self.labels.iter().copied())
    }

    /// Texts of the comments.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Labels of the comments, empty where there is none.
    pub fn labels(&self) -> &[LabelSet] {
        &self.labels
    }

    /// Kinds of abuse of the comments, as their cells state them; empty where nothing is stated.
    pub fn kinds(&self) -> &[KindSet] {
        &self.kinds
    }

    /// States the kinds of abuse of a comment.
    ///
    /// ```
    /// use naqd::{Corpus, AbuseKind};
    ///
    /// let mut corpus = Corpus::from_rows([("I will find you", "abusive"), ("thank you", "neutral")])?;
    /// corpus.set_kinds(0, [AbuseKind::Threat].into_iter().collect());
    /// assert_eq!(corpus.kinds()[0].as_str(), "threat");
    /// # Ok::<(), naqd::CorpusError>(())
    /// ```
    pub fn set_kinds(&mut self, comment: usize, kinds: KindSet) {
        self.kinds[comment] = kinds;
    }

    /// Kinds of a comment as far as they are certain: those stated, or none of them if it is not abusive. Of an abusive
    /// comment without any, and where abuse is one of several alternatives, they are unknown.
    pub(crate) fn known_kinds(&self, comment: usize) -> Option<KindSet> {
        let (label, kinds) = (self.labels[comment], self.kinds[comment]);
        let abusive = self.classes.abusive()?;
        let known = !label.contains(abusive) || label.single() == Some(abusive) && !kinds.is_empty();
        known.then_some(kinds)
    }

    /// Weights of the comments in training; finite, at least 0.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Files that the comments were read from.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// File of a comment, as a place in [`Corpus::files`].
    pub fn file(&self, comment: usize) -> usize {
        self.places[comment].0 as usize
    }

    /// Line of its file on which a comment begins, from 1.
    pub fn line(&self, comment: usize) -> u64 {
        self.places[comment].1
    }

    /// Row of a comment as a spreadsheet numbers the rows of its file: the header is row 1, and a comment of several lines
    /// is one row.
    pub fn row(&self, comment: usize) -> u64 {
        self.rows[comment]
    }

    /// Names of the other columns of all files, if [`CorpusReader::keep_columns`] says so.
    pub fn other_columns(&self) -> &[String] {
        self.others.names()
    }

    /// Cells of a comment in the other columns; empty where its file has no such column.
    pub fn other_cells(&self, comment: usize) -> Vec<&str> {
        self.others.of(comment)
    }

    /// Place of a comment: `file:line`.
    pub fn place(&self, comment: usize) -> String {
        format!("{}:{}", self.files[self.file(comment)].display(), self.line(comment))
    }

    /// Number of rows of each label, as the labels stand in the files: before [`CorpusReader::map`], in lower case. Rows
    /// that are left out or cannot be used count as well.
    pub fn labels_read(&self) -> &BTreeMap<String, usize> {
        &self.labels_read
    }

    /// True if the labels say what was decided on a comment, rather than what it is: their column is called so.
    pub fn are_decisions(&self) -> bool {
        self.are_decisions
    }

    /// Number of rows left out for each label that [`CorpusReader::map`] renames to nothing.
    pub fn left_out(&self) -> &BTreeMap<String, usize> {
        &self.left_out
    }

    /// Sentences about what is out of the ordinary in the files: what was read, which column was taken where several could
    /// be meant, whether comments are read as HTML, and rows whose letters are damaged.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Corpus of some of the comments, with the classes, files and label counts of all.
    pub fn select(&self, comments: &[usize]) -> Corpus {
        Corpus {
            classes: Arc::clone(&self.classes),
            texts: comments.iter().map(|&comment| self.texts[comment].clone()).collect(),
            labels: comments.iter().map(|&comment| self.labels[comment]).collect(),
            kinds: comments.iter().map(|&comment| self.kinds[comment]).collect(),
            weights: comments.iter().map(|&comment| self.weights[comment]).collect(),
            places: comments.iter().map(|&comment| self.places[comment]).collect(),
            rows: comments.iter().map(|&comment| self.rows[comment]).collect(),
            others: self.others.select(comments),
            files: self.files.clone(),
            labels_read: Arc::clone(&self.labels_read),
            are_decisions: self.are_decisions,
            left_out: Arc::clone(&self.left_out),
            notes: Arc::clone(&self.notes),
        }
    }

    /// Corpus of the comments for which `first` holds, and that of the others.
    pub fn split(&self, first: impl Fn(usize) -> bool) -> (Corpus, Corpus) {
        let (first, second): (Vec<usize>, Vec<usize>) = (0..self.len()).partition(|&comment| first(comment));
        (self.select(&first), self.select(&second))
    }

    /// Corpus of the same comments with the classes of a model, by the names of their labels.
    ///
    /// # Errors
    /// A label that the model does not know.
    pub fn for_classes(mut self, classes: &Classes) -> Result<Corpus, CorpusError> {
        let mut places = Vec::new();
        for class in self.classes.iter() {
            // Either side may have classes that are several labels in one.
            let place = |label: &str| {
                let wanted = key(label);
                classes.iter().position(|class| class.split(OR).any(|name| key(name) == wanted))
            };
            let mut set = LabelSet::default();
            for label in class.split(OR) {
                let unknown = || CorpusError::UnknownLabel { label: label.to_owned(), classes: classes.join(", ") };
                set = set.or(LabelSet::one(place(label).ok_or_else(unknown)?));
            }
            places.push(set);
        }
        let moved = |label: &LabelSet| label.iter().fold(LabelSet::default(), |set, class| set.or(places[class]));
        self.labels = self.labels.iter().map(moved).collect();
        self.classes = Arc::new(classes.clone());
        Ok(self)
    }

    /// True if its labels, alternatives one by one, are the classes of a model: the same names, and no more or fewer.
    pub fn has_labels_of(&self, classes: &Classes) -> bool {
        let own: BTreeSet<String> = self.classes.iter().flat_map(|class| class.split(OR)).map(key).collect();
        own == classes.iter().map(|class| key(class)).collect()
    }

    /// Classes that are several labels in one, because no comment tells them apart.
    pub fn merged(&self) -> impl Iterator<Item = &String> {
        self.classes.iter().filter(|class| class.contains(OR))
    }

    /// Comments of the same text whose labels exclude each other.
    pub fn contradictions(&self, duplicates: &NearDuplicates) -> Vec<Contradiction> {
        let at = |i: usize| (self.place(i), self.classes.name(self.labels[i]));
        // Classes that all comments of the same text so far may be of, by its first comment.
        let mut possible = self.labels.clone();
        let mut found = Vec::new();
        for (i, &first) in duplicates.same.iter().enumerate() {
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
