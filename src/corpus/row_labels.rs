//! Labels of a row: what its cells name, renamed by the map of the reader; and its kinds and weight.

use std::collections::HashSet;

use crate::corpus::Corpus;
use crate::corpus::builder::Builder;
use crate::corpus::labels::{clean, key, name};
use crate::corpus::reader::CorpusReader;
use crate::corpus::usual_labels::is_usual;
use crate::io::row_check::{RowError, check_text, short};
use crate::model::classes::{ABUSIVE, CRITICAL};
use crate::model::kinds::{AbuseKind, KindSet};
use crate::model::label::OR;

impl CorpusReader {
    /// Labels in the files of a corpus that [`CorpusReader::map`] does not name and that are no classes either: none that
    /// it renames a label to, and not `abusive`, `critical` or `neutral`. With each goes its number of rows. There are
    /// none without a map, or if [`CorpusReader::labels`] says which labels may occur.
    pub fn unnamed_labels<'c>(&self, corpus: &'c Corpus) -> Vec<(&'c str, usize)> {
        if self.map.is_empty() || !self.labels.is_empty() {
            return Vec::new();
        }
        let from = self.map.iter().map(|(from, _)| key(from));
        let to = self.map.iter().flat_map(|(_, to)| split(to)).map(|name| key(&name));
        let named: HashSet<String> = from.chain(to).chain([ABUSIVE, CRITICAL, "neutral"].map(str::to_owned)).collect();
        let labels = corpus.labels_read().iter().map(|(label, &rows)| (label.as_str(), rows));
        labels.filter(|&(label, _)| !named.contains(&key(label))).collect()
    }

    /// Entries of [`CorpusReader::map`] that name a label which no row of the corpora has.
    pub fn unused_entries(&self, corpora: &[&Corpus]) -> Vec<&(String, String)> {
        let labels = corpora.iter().flat_map(|corpus| corpus.labels_read().keys());
        let read: HashSet<String> = labels.map(|label| key(label)).collect();
        self.map.iter().filter(|(from, _)| !read.contains(&key(from))).collect()
    }

    /// Labels in a cell: the whole cell if the map names it, or else every alternative in it.
    pub(super) fn labels_in(&self, cell: &str) -> Vec<String> {
        let cell = clean(cell);
        if self.renamed(&cell).is_some() { vec![cell] } else { split(&cell).collect() }
    }

    /// Labels in a cell, counted; none if the row is left out for one of them, which is noted.
    pub(super) fn counted_labels(&self, cell: &str, builder: &mut Builder) -> Option<Vec<String>> {
        let labels = self.labels_in(cell);
        if !labels.iter().any(|label| self.is_placeholder(label)) {
            builder.count(&labels);
        }
        if let Some(label) = self.left_out(&labels) {
            builder.leave_out(label);
            return None;
        }
        Some(labels)
    }

    /// The first of the labels of a row that is renamed to nothing.
    fn left_out<'l>(&self, labels: &'l [String]) -> Option<&'l str> {
        let is_left_out = |label: &&String| self.renamed(label).is_some_and(|to| split(to).next().is_none());
        labels.iter().find(is_left_out).map(String::as_str)
    }

    /// Right side of the entry of the map that names a label.
    fn renamed(&self, label: &str) -> Option<&str> {
        if self.map.is_empty() {
            return None;
        }
        let label = key(label);
        self.map.iter().find(|(from, _)| key(from) == label).map(|(_, to)| to.as_str())
    }

    /// True if a cell is what exporters write where there is no label, and no class that the reader expects. `none` is what
    /// people call a comment without abuse.
    pub(super) fn is_placeholder(&self, cell: &str) -> bool {
        let cell = cell.trim();
        let is_placeholder = || {
            let is_dash = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '_' | '\u{2212}');
            !cell.eq_ignore_ascii_case("none") && matches!(check_text(cell), Err(RowError::Placeholder(_)))
                || !cell.is_empty() && cell.chars().all(is_dash)
        };
        let is_meant = || {
            let label = key(cell);
            let renamed_to = || self.map.iter().flat_map(|(_, to)| split(to));
            self.renamed(cell).is_some()
                || self.labels.iter().cloned().chain(renamed_to()).any(|expected| key(&expected) == label)
        };
        is_placeholder() && !is_meant()
    }

    /// True if a label is one that people use, or that the reader expects.
    pub(super) fn is_known(&self, label: &str) -> bool {
        let label = key(label);
        let expected = || self.map.iter().map(|(from, _)| from).chain(&self.labels);
        is_usual(&label) || expected().any(|name| key(name) == label)
    }

    /// Names of the classes that the labels of a cell stand for.
    pub(super) fn classes_of(&self, labels: &[String]) -> Result<Vec<String>, String> {
        // Each label is renamed once.
        let names = labels.iter().flat_map(|label| split(self.renamed(label).unwrap_or(label)).collect::<Vec<_>>());
        let names: Vec<String> = names.map(|label| name(&label)).collect();
        if let Some(label) = labels.iter().find(|label| self.is_placeholder(label)) {
            return Err(format!("empty: {label:?} is what exporters write where there is no label"));
        }
        if names.is_empty() {
            return Err("empty, expected a label".to_owned());
        }
        let known = |name: &String| self.labels.is_empty() || self.labels.iter().any(|label| key(label) == key(name));
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
pub(super) fn weight(cell: &str) -> Result<f32, String> {
    match cell.trim().parse::<f32>() {
        Ok(weight) if weight.is_finite() && weight >= 0.0 => Ok(weight),
        _ => Err(format!("{}, expected a number that is not negative", short(cell))),
    }
}

/// Kinds named in a cell.
pub(super) fn kinds(cell: &str) -> Result<KindSet, String> {
    let unknown = |name: &String| {
        let all = AbuseKind::ALL.map(AbuseKind::as_str).join(", ");
        format!("unknown kind of abuse {}, expected {all} (or several, joined by |)", short(name))
    };
    split(cell).map(|name| AbuseKind::of(&name).ok_or_else(|| unknown(&name))).collect()
}

/// The same sign as in `|`, of the width of a Chinese letter, as some keyboards write it.
const WIDE_OR: char = '\u{FF5C}';

fn split(label: &str) -> impl Iterator<Item = String> {
    label.split([OR, WIDE_OR]).map(clean).filter(|name| !name.is_empty())
}
