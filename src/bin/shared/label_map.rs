//! Messages about `--map`: rows that it leaves out, labels that it does not name, entries that never apply.

use std::collections::BTreeMap;

use naqd::internal::io::short;
use naqd::{Corpus, CorpusReader};

/// Number of labels that a message lists.
const MAX_LISTED: usize = 10;

/// Number of rows that `--map` left out for each label.
pub fn left_out(corpora: &[&Corpus]) -> BTreeMap<String, usize> {
    sum(corpora, Corpus::left_out)
}

/// Rows that `--map` left out, as a sentence; none if there are none.
pub fn left_out_sentence(left_out: &BTreeMap<String, usize>) -> Option<String> {
    let each: Vec<String> =
        left_out.iter().map(|(label, &count)| format!("{} ({})", bare(label), rows(count))).collect();
    (!each.is_empty()).then(|| format!("left out by --map: {}", each.join(", ")))
}

/// A warning for each label that `--map` does not name.
pub fn unnamed_labels(reader: &CorpusReader, corpus: &Corpus) -> Vec<String> {
    let warning = |(label, count): (&str, usize)| {
        let label = bare(label);
        format!(
            "label {label} ({}) is not named by --map, so it is a class of its own; add {label}=CLASS, or {label}= to \
             leave these rows out",
            rows(count)
        )
    };
    reader.unnamed_labels(corpus).into_iter().map(warning).collect()
}

/// A warning for each entry of `--map` that never applies.
pub fn unused_entries(reader: &CorpusReader, corpora: &[&Corpus]) -> Vec<String> {
    let unused = reader.unused_entries(corpora);
    if unused.is_empty() {
        return Vec::new();
    }
    let mut labels: Vec<(String, usize)> = sum(corpora, Corpus::labels_read).into_iter().collect();
    labels.sort_by(|(a, count), (b, other)| other.cmp(count).then_with(|| a.cmp(b)));
    let more = labels.len().saturating_sub(MAX_LISTED);
    let mut listed: Vec<String> =
        labels.iter().take(MAX_LISTED).map(|(label, count)| format!("{} ({count})", bare(label))).collect();
    if more > 0 {
        listed.push(format!("and {more} more"));
    }
    let there_are =
        if listed.is_empty() { "there are no labels".into() } else { format!("the labels are {}", listed.join(", ")) };
    let warning = |(from, to): &(String, String)| {
        format!(
            "--map {}={}: no row has the label {}; {there_are}",
            bare(from),
            bare(to),
            bare(&from.trim().to_lowercase())
        )
    };
    unused.into_iter().map(warning).collect()
}

fn sum(corpora: &[&Corpus], counts: impl Fn(&Corpus) -> &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let mut sum = BTreeMap::new();
    for (label, count) in corpora.iter().flat_map(|&corpus| counts(corpus)) {
        *sum.entry(label.clone()).or_default() += count;
    }
    sum
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

/// A label as it is written in `--map`; a long one is cut.
fn bare(label: &str) -> String {
    short(label).replace('"', "")
}
