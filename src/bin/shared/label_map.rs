//! Messages about labels and `--map`: rows that it leaves out, labels that it does not name, entries that never apply, labels
//! that were read as one, and the map that is missing.

use std::collections::BTreeMap;

use naqd::internal::corpus::{CLASSES, label_key, usual_class};
use naqd::internal::model::{ABUSIVE, OR};
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

/// A warning for each class beside the usual three, where all of these are there and neither `--map` nor `--labels` says that
/// it is meant.
pub fn further_classes(reader: &CorpusReader, corpus: &Corpus) -> Vec<String> {
    let names: Vec<&str> = corpus.classes().names().iter().flat_map(|name| name.split(OR)).collect();
    let is_usual = |name: &&str| CLASSES.iter().any(|class| label_key(class) == label_key(name));
    if !reader.map.is_empty() || !reader.labels.is_empty() || names.iter().filter(|name| is_usual(name)).count() < 3 {
        return Vec::new();
    }
    let warning = |name: &str| {
        let read = corpus.labels_read().iter().filter(|(label, _)| label_key(label) == label_key(name));
        let count = rows(read.map(|(_, count)| count).sum());
        let label = bare(name);
        let meant = CLASSES.iter().find(|class| is_near(name, class));
        let question = meant.map_or_else(|| "; rename".to_owned(), |class| format!(": did you mean {class}? Rename"));
        format!(
            "label {label} ({count}) is a class of its own beside {}{question} it with --map '{label}={}', or leave \
             these rows out with --map '{label}='",
            CLASSES.join(", "),
            meant.unwrap_or(&"CLASS")
        )
    };
    names.into_iter().filter(|name| !is_usual(name)).take(MAX_LISTED).map(warning).collect()
}

/// True if at most two letters are to be added, left out or replaced to make one word of the other.
fn is_near(word: &str, other: &str) -> bool {
    let (word, other): (Vec<char>, Vec<char>) = (word.chars().take(20).collect(), other.chars().collect());
    let mut costs: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in word.iter().enumerate() {
        let mut before = std::mem::replace(&mut costs[0], row + 1);
        for (place, other) in other.iter().enumerate() {
            let cost = (before + usize::from(letter != other)).min(costs[place] + 1).min(costs[place + 1] + 1);
            before = std::mem::replace(&mut costs[place + 1], cost);
        }
    }
    costs[other.len()] <= 2
}

/// Labels that were read as one although they are written otherwise, as a sentence; none if there are none.
pub fn joined(corpus: &Corpus) -> Option<String> {
    let mut by_key: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (label, count) in corpus.labels_read() {
        by_key.entry(label_key(label)).or_default().push(format!("{} ({count})", bare(label)));
    }
    let joined: Vec<String> = by_key.into_values().filter(|of| of.len() > 1).map(|of| of.join(" = ")).collect();
    (!joined.is_empty()).then(|| format!("labels read as one: {}", joined.join("; ")))
}

/// A warning for each label that seems to be several in one cell.
pub fn several_in_one(corpus: &Corpus) -> Vec<String> {
    let known: Vec<String> =
        corpus.labels_read().keys().map(|label| label_key(label)).chain(CLASSES.map(Into::into)).collect();
    let seems = |label: &&String| {
        let parts: Vec<String> = label.split([',', ';', '،', '؛']).map(label_key).collect();
        let is_known = |part: &String| known.contains(part);
        parts.len() > 1 && parts.iter().all(|part| !part.is_empty()) && parts.iter().any(is_known)
    };
    let warning = |label: &String| {
        let parts: Vec<&str> = label.split([',', ';', '،', '؛']).map(str::trim).collect();
        format!(
            "label {} ({}) is read as one label; several labels of a comment are joined by {OR}: {}",
            bare(label),
            rows(corpus.labels_read()[label]),
            bare(&parts.join("|"))
        )
    };
    corpus.labels_read().keys().filter(seems).take(MAX_LISTED).map(warning).collect()
}

/// The map that is missing where no class is named `abusive`, as an option with the labels of the files.
pub fn missing_map(corpus: &Corpus) -> Option<String> {
    if corpus.classes().abusive().is_some() || corpus.classes().is_empty() {
        return None;
    }
    // Of other numbers nobody can tell what they mean: 1 is criticism where 2 is abuse.
    let is_number = |key: &String| key.parse::<f64>().is_ok();
    let keys = || corpus.labels_read().keys().map(|label| label_key(label));
    let are_truths = keys().filter(is_number).all(|key| ["0", "1"].contains(&&*key));
    let class = |label: &String| {
        let key = label_key(label);
        if is_number(&key) && !are_truths { None } else { usual_class(&key, corpus.are_decisions()) }
    };
    // One entry is enough for labels that are written in several ways.
    let mut labels: Vec<&String> = corpus.labels_read().keys().collect();
    labels.sort_by_key(|label| std::cmp::Reverse(corpus.labels_read()[*label]));
    let mut seen = std::collections::HashSet::new();
    labels.retain(|label| seen.insert(label_key(label)));
    labels.truncate(MAX_LISTED);
    let entries: Vec<String> =
        labels.into_iter().map(|label| format!("{}={}", bare(label), class(label).unwrap_or("CLASS"))).collect();
    Some(format!("--map '{}'", entries.join(",")))
}

/// A warning that no class is named `abusive`, with the map that is missing.
pub fn without_abusive(corpus: &Corpus) -> Option<String> {
    missing_map(corpus).map(|map| {
        format!(
            "no class is named {ABUSIVE}, so that a model of these labels decides nothing: say what the labels mean, for \
             example with {map} (classes are {}; an entry without a class leaves its rows out)",
            CLASSES.join(", ")
        )
    })
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

/// A label as it is written in `--map`, without what could change a terminal; a long one is cut.
fn bare(label: &str) -> String {
    const LONGEST: usize = 60;
    let hidden = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let mut bare: String = label.chars().filter(|c| !hidden(*c)).take(LONGEST).collect();
    if label.chars().count() > LONGEST {
        bare += "...";
    }
    bare
}
