//! Builder of a corpus: rows in, classes out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::corpus::Corpus;
use crate::corpus::error::CorpusError;
use crate::corpus::labels::{key, most_frequent};
use crate::corpus::others::Others;
use crate::io::columns::is_decision;
use crate::io::row_check::short;
use crate::model::classes::Classes;
use crate::model::kinds::KindSet;
use crate::model::label::{LabelSet, MAX_CLASSES, OR};

/// Corpus in the making.
#[derive(Default)]
pub(super) struct Builder {
    corpus: Corpus,
    /// Number of files begun.
    files: u32,
    /// Label cell of each comment, as a place in `cells`.
    row_cells: Vec<usize>,
    /// Different sets of names, each in alphabetical order.
    cells: Vec<Vec<String>>,
    cell_index: HashMap<Vec<String>, usize>,
    /// Number of rows of each label as it was read, and of those left out for it.
    labels_read: BTreeMap<String, usize>,
    left_out: BTreeMap<String, usize>,
    /// Sentences about the files.
    notes: Vec<String>,
}

impl Builder {
    /// Takes note of what is out of the ordinary about a file, if anything is.
    pub(super) fn note(&mut self, file: &Path, note: Option<String>) {
        self.notes.extend(note.map(|note| format!("{}: {note}", file.display())));
    }

    /// Begins the next file: the rows that follow are of it.
    pub(super) fn next_file(&mut self) {
        self.files += 1;
    }

    /// Counts the labels of a row, as they were read.
    pub(super) fn count(&mut self, labels: &[String]) {
        labels.iter().collect::<BTreeSet<_>>().into_iter().for_each(|label| increment(&mut self.labels_read, label));
    }

    /// Counts a row that is left out for one of its labels.
    pub(super) fn leave_out(&mut self, label: &str) {
        increment(&mut self.left_out, label);
    }

    /// Other columns, in the making.
    pub(super) fn others(&mut self) -> &mut Others {
        &mut self.corpus.others
    }

    /// Adds a row of the file begun last; its line and its number in a spreadsheet.
    pub(super) fn push(&mut self, text: &str, names: &[String], kinds: KindSet, weight: f32, (line, row): (u64, u64)) {
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
        self.corpus.kinds.push(kinds);
        self.corpus.weights.push(weight);
        self.corpus.places.push((self.files.saturating_sub(1), line));
        self.corpus.rows.push(row);
    }

    /// Corpus of the rows: names become classes; those that no label tells apart become one.
    pub(super) fn finish(self, files: Vec<PathBuf>, label_column: &str) -> Result<Corpus, CorpusError> {
        let Builder { mut corpus, mut cells, row_cells, labels_read, left_out, notes, .. } = self;
        let mut rows = vec![0; cells.len()];
        row_cells.iter().for_each(|&cell| rows[cell] += 1);
        let names = cells.iter().zip(rows).flat_map(|(cell, rows)| cell.iter().map(move |name| (name.clone(), rows)));
        let named = most_frequent(names);
        for cell in &mut cells {
            cell.iter_mut().for_each(|name| name.clone_from(&named[&key(name)]));
            cell.sort();
            cell.dedup();
        }
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
        let class_name = |names: &Vec<&String>| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(&or);
        let names: Vec<String> = merged.iter().map(class_name).collect();
        if names.len() > MAX_CLASSES {
            return Err(CorpusError::TooManyClasses {
                got: names.len(),
                examples: names[..3].iter().map(|name| short(name)).collect::<Vec<_>>().join(", "),
                column: label_column.to_owned(),
            });
        }
        let sets: Vec<LabelSet> = cells
            .iter()
            .map(|cell| (0..merged.len()).filter(|&class| cell.contains(merged[class][0])).collect())
            .collect();
        corpus.classes = Arc::new(Classes::new(names));
        corpus.labels = row_cells.into_iter().map(|cell| sets[cell]).collect();
        corpus.files = files;
        corpus.labels_read = Arc::new(labels_read);
        corpus.are_decisions = is_decision(label_column.as_bytes());
        corpus.left_out = Arc::new(left_out);
        corpus.notes = Arc::new(notes);
        Ok(corpus)
    }
}

fn increment(counts: &mut BTreeMap<String, usize>, label: &str) {
    match counts.get_mut(label) {
        Some(count) => *count += 1,
        None => drop(counts.insert(label.to_owned(), 1)),
    }
}
