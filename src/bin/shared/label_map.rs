//! Messages about labels and `--map`: rows that it leaves out, labels that it does not name, entries that never apply, labels
//! that were read as one, and the map that is missing.

use std::collections::BTreeMap;

use naqd::internal::corpus::label_key;
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

/// The usual classes.
const CLASSES: [&str; 3] = [ABUSIVE, "critical", "neutral"];

/// Labels that people use, and the classes that they seem to mean; nothing: their rows are better left out.
#[rustfmt::skip]
const USUAL: [(&str, &str); 54] = [
    ("1", ABUSIVE), ("true", ABUSIVE), ("yes", ABUSIVE), ("toxic", ABUSIVE), ("abuse", ABUSIVE), ("offensive", ABUSIVE),
    ("off", ABUSIVE), ("hate", ABUSIVE), ("insult", ABUSIVE), ("obscene", ABUSIVE), ("bad", ABUSIVE), ("reject", ABUSIVE),
    ("rejected", ABUSIVE), ("trash", ABUSIVE), ("post-trashed", ""), ("spam", ""), ("deleted", ABUSIVE), ("removed", ABUSIVE),
    ("مسيء", ABUSIVE), ("مسيئ", ABUSIVE), ("إساءة", ABUSIVE), ("مسيئة", ABUSIVE), ("شتم", ABUSIVE), ("شتيمة", ABUSIVE),
    ("مرفوض", ABUSIVE), ("محذوف", ABUSIVE), ("نعم", ABUSIVE), ("عدائي", ABUSIVE), ("كراهية", ABUSIVE),
    ("critical", "critical"), ("criticism", "critical"), ("critique", "critical"), ("نقد", "critical"), ("ناقد", "critical"),
    ("انتقاد", "critical"), ("نقدي", "critical"),
    ("neutral", "neutral"), ("none", "neutral"), ("normal", "neutral"), ("محايد", "neutral"), ("محايدة", "neutral"), ("عادي", "neutral"),
    ("طبيعي", "neutral"),
    ("0", "critical|neutral"), ("false", "critical|neutral"), ("no", "critical|neutral"), ("ok", "critical|neutral"),
    ("clean", "critical|neutral"), ("not", "critical|neutral"), ("approved", "critical|neutral"), ("published", "critical|neutral"),
    ("مقبول", "critical|neutral"), ("منشور", "critical|neutral"), ("لا", "critical|neutral"),
];

/// Decisions that mean something else as a label: of a comment, 1 says that it was approved. What is no is a rejection, or
/// nobody has decided.
const DECISIONS: [(&str, Option<&str>); 11] = [
    ("1", Some("critical|neutral")),
    ("true", Some("critical|neutral")),
    ("yes", Some("critical|neutral")),
    ("نعم", Some("critical|neutral")),
    ("0", Some("")),
    ("pending", Some("")),
    ("hold", Some("")),
    ("معلق", Some("")),
    ("false", None),
    ("no", None),
    ("لا", None),
];

/// The map that is missing where no class is named `abusive`, as an option with the labels of the files.
pub fn missing_map(corpus: &Corpus) -> Option<String> {
    if corpus.classes().abusive().is_some() || corpus.classes().is_empty() {
        return None;
    }
    let class = |label: &String| {
        let key = label_key(label);
        let decision = DECISIONS.iter().find(|(usual, _)| corpus.are_decisions() && label_key(usual) == key);
        let usual = || USUAL.iter().find(|(usual, _)| label_key(usual) == key).map(|(_, class)| *class);
        decision.map_or_else(usual, |(_, class)| *class)
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
