//! Label errors of a corpus: confident learning (Northcutt, Jiang and Chuang 2021, "Confident learning: estimating
//! uncertainty in dataset labels") on probabilities of a cross-validation, and comments of nearly the same text whose
//! labels conflict.

use crate::corpus::Corpus;
use crate::evaluate::active_learning::select_to_label;
use crate::evaluate::conflicting_labels::{ConflictingLabel, MIN_SIMILARITY, conflicting_labels};
use crate::model::label::{LabelSet, MAX_CLASSES, Probabilities};
use crate::model::score::Score;
use crate::score::explanation::Explanation;
use rayon::prelude::*;

/// Finding about the label of a comment.
///
/// ```
/// use naqd::evaluate::{Finding, Kind, audit};
/// use naqd::{Corpus, Trainer};
///
/// let mut rows = Vec::new();
/// for n in ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"] {
///     rows.push((format!("you fool, {n} times a fool"), "abusive"));
///     rows.push((format!("thanks, chapter {n} was useful"), "neutral"));
/// }
/// rows.push(("you fool, fifteen times a fool".to_owned(), "neutral"));
/// let corpus = Corpus::from_rows(rows)?;
/// let trained = Trainer::new().fit(&corpus)?;
/// let findings: Vec<Finding> = audit(&corpus, &trained.held_out, 0);
/// assert_eq!((findings[0].comment, findings[0].kind), (24, Kind::Label));
/// assert_eq!(corpus.classes()[findings[0].suggested], "abusive");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// Place of the comment in the corpus.
    pub comment: usize,
    /// Kind of the finding.
    pub kind: Kind,
    /// Most probable class outside the label.
    pub suggested: usize,
    /// Probability of the label, all alternatives together, by a model that had not learnt from the comment.
    pub probability: f64,
    /// Probability of the suggested class.
    pub suggested_probability: f64,
    /// Priority: estimated probability that the label is wrong, from 0 to 1, by the model and the conflicting label.
    /// Findings are sorted by it.
    pub priority: f64,
    /// Most similar comment whose label excludes this one.
    pub conflict: Option<ConflictingLabel>,
}

/// Kind of a finding.
///
/// ```
/// use naqd::evaluate::Kind;
///
/// assert_eq!(Kind::Duplicate.name(), "duplicate");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The label is probably wrong: the model is as sure of another class as it is of that class's own comments, and
    /// surer than of the label.
    Label,
    /// A comment of nearly the same text has a label that excludes this one.
    Duplicate,
    /// The model is unsure of the comment and of few like it: to check it teaches most.
    Teaching,
    /// The model finds another class likelier than the label, without being sure.
    Doubt,
    /// The model agrees with the label.
    None,
}

impl Kind {
    /// Name of the kind in lists.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Label => "label",
            Kind::Duplicate => "duplicate",
            Kind::Teaching => "teaching",
            Kind::Doubt => "doubt",
            Kind::None => "none",
        }
    }
}

/// Findings about all held-out comments (place in the corpus, and score), by descending priority: probable label errors,
/// near-duplicates with conflicting labels, and up to `teaching` comments that would teach most if they were checked; all
/// others too, each once.
pub fn audit(corpus: &Corpus, held_out: &[(usize, Score)], teaching: usize) -> Vec<Finding> {
    let mut findings = label_errors(corpus, held_out);
    let mut by_comment: Vec<Option<&Probabilities>> = vec![None; corpus.texts.len()];
    held_out.iter().for_each(|(comment, score)| by_comment[*comment] = Some(&score.probabilities));
    let conflicts = conflicting_labels(corpus, MIN_SIMILARITY);
    for finding in &mut findings {
        finding.conflict = conflicts[finding.comment];
        if let (Some(conflict), Some(probabilities)) = (finding.conflict, by_comment[finding.comment]) {
            // One of the two labels holds for both, to the degree that they are similar.
            let theirs = probabilities.of(corpus.labels[conflict.comment]);
            let wrong = conflict.similarity * theirs / (theirs + finding.probability).max(f64::MIN_POSITIVE);
            finding.kind = Kind::Duplicate;
            finding.priority = finding.priority.max(wrong);
        }
    }
    let may_teach = |at: &usize| matches!(findings[*at].kind, Kind::Doubt | Kind::None);
    let unsure: Vec<usize> = (0..findings.len()).filter(may_teach).collect();
    let texts: Vec<&str> = unsure.iter().map(|&at| corpus.texts[findings[at].comment].as_str()).collect();
    let uncertainty: Vec<f64> =
        unsure.iter().map(|&at| by_comment[findings[at].comment].map_or(0.0, uncertainty)).collect();
    for suggestion in select_to_label(&texts, &uncertainty, teaching) {
        findings[unsure[suggestion.comment]].kind = Kind::Teaching;
    }
    sort(&mut findings);
    findings
}

/// Findings of confident learning about all held-out comments, probable errors first.
///
/// Each class has a threshold: the mean probability that its own comments have for it. A comment is confidently of
/// the likeliest class whose threshold its probability reaches; if that is none of its label, and likelier than the
/// label, the label is probably wrong ([`Kind::Label`]). Where a class is likelier than the label and does not reach
/// its threshold, there is a [`Kind::Doubt`]; all others are [`Kind::None`]. A label with alternatives has the sum of
/// their probabilities.
///
/// Findings are sorted by ascending probability of the label (*self-confidence*): of labels that were made wrong on
/// purpose it found as many or more than the normalised margin, with two classes and with three.
pub fn label_errors(corpus: &Corpus, held_out: &[(usize, Score)]) -> Vec<Finding> {
    let thresholds = thresholds(corpus, held_out);
    let finding = |(comment, score): &(usize, Score)| {
        let (label, probabilities) = (corpus.labels[*comment], &score.probabilities);
        let likeliest = |is: &dyn Fn(usize) -> bool| {
            let others = (0..corpus.classes.len()).rev().filter(|&class| !label.contains(class) && is(class));
            others.max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]))
        };
        let own = probabilities.of(label);
        let confident = likeliest(&|class| f64::from(probabilities[class]) >= thresholds[class]);
        let is_likelier = |class: &usize| f64::from(probabilities[*class]) > own;
        let wrong = confident.filter(is_likelier);
        // A label of all classes has no other.
        let suggested = wrong.or_else(|| likeliest(&|_| true)).unwrap_or(score.class);
        let kind = match wrong {
            Some(_) => Kind::Label,
            None if is_likelier(&suggested) => Kind::Doubt,
            None => Kind::None,
        };
        Finding {
            comment: *comment,
            kind,
            suggested,
            probability: own,
            suggested_probability: probabilities[suggested].into(),
            priority: (1.0 - own).clamp(0.0, 1.0),
            conflict: None,
        }
    };
    let mut findings: Vec<Finding> = held_out.par_iter().map(finding).collect();
    sort(&mut findings);
    findings
}

/// Mean probability of each class among comments that are of it for certain; infinite if there is none.
fn thresholds(corpus: &Corpus, held_out: &[(usize, Score)]) -> [f64; MAX_CLASSES] {
    let mut sums = [(0.0, 0.0); MAX_CLASSES];
    for (comment, score) in held_out {
        if let Some(class) = corpus.labels[*comment].single() {
            sums[class].0 += f64::from(score.probabilities[class]);
            sums[class].1 += 1.0;
        }
    }
    sums.map(|(sum, n)| if n > 0.0 { sum / n } else { f64::INFINITY })
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| b.priority.total_cmp(&a.priority).then(a.comment.cmp(&b.comment)));
}

/// Uncertainty of a model: the probability that its likeliest class is not the right one.
pub fn uncertainty(probabilities: &Probabilities) -> f64 {
    1.0 - f64::from(probabilities.as_slice().iter().copied().fold(0.0, f32::max))
}

/// Byte spans of the words and pairs of words that speak for the `suggested` class and against `label`, by descending
/// weight: at most five, each with at least a tenth of the weight of the first, none within another.
pub fn evidence_against(explanation: &Explanation, label: LabelSet, suggested: usize) -> Vec<std::ops::Range<usize>> {
    let weight = |weights: &[i64]| {
        let own = label.iter().filter_map(|class| weights.get(class)).max();
        weights[suggested] - own.copied().unwrap_or(0)
    };
    let mut pieces: Vec<(i64, &std::ops::Range<usize>)> =
        explanation.evidence.iter().map(|piece| (weight(&piece.weights), &piece.span)).collect();
    pieces.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let minimum = pieces.first().map_or(1, |(weight, _)| weight / 10).max(1);
    let mut spans: Vec<std::ops::Range<usize>> = Vec::new();
    for (weight, span) in pieces {
        if spans.len() == 5 || weight < minimum {
            break;
        }
        if spans.iter().all(|other| other.end <= span.start || span.end <= other.start) {
            spans.push(span.clone());
        }
    }
    spans
}
