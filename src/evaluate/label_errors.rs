//! Which labels of a corpus are probably wrong: confident learning (Northcutt, Jiang and Chuang 2021, "Confident
//! learning: estimating uncertainty in dataset labels") on probabilities of a cross-validation, and comments that
//! read like one of another label.
//!
//! ```
//! use naqd::{Corpus, Trainer};
//! use naqd::audit::{Kind, audit};
//!
//! let mut rows = Vec::new();
//! for n in ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"] {
//!     rows.push((format!("you fool, {n} times a fool"), "abusive"));
//!     rows.push((format!("thanks, chapter {n} was useful"), "neutral"));
//! }
//! rows.push(("you fool, fifteen times a fool".to_owned(), "neutral"));
//! let corpus = Corpus::from_rows(rows)?;
//! let trained = Trainer::default().fit(&corpus)?;
//! let findings = audit(&corpus, &trained.judged, 0);
//! assert_eq!((findings[0].comment, findings[0].kind), (24, Kind::Label));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::corpus::Corpus;
use crate::evaluate::active_learning::suggest;
use crate::evaluate::conflicting_labels::{ALIKE, Twin, twins};
use crate::model::label::{LabelSet, MAX_CLASSES, Probabilities};
use crate::model::score::Score;
use crate::score::explanation::Explanation;
use rayon::prelude::*;

/// What there is to say of a comment's label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// Place of the comment in the corpus.
    pub comment: usize,
    /// Why it is worth a look.
    pub kind: Kind,
    /// The class outside its label that it is most probably of.
    pub suggested: usize,
    /// Probability of its label, all alternatives together, by a model that had not learnt from it.
    pub probability: f64,
    /// Probability of the suggested class.
    pub suggested_probability: f64,
    /// Chance that its label is wrong, in 0..=1, as far as model and twin can tell: what the list is sorted by.
    pub worth: f64,
    /// The comment most like it of those whose label excludes its own.
    pub twin: Option<Twin>,
}

/// Why a comment is worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It probably has the wrong label: the model is as sure of another class as it is of that class's own comments,
    /// and surer than of the label.
    Label,
    /// It reads like a comment whose label excludes its own.
    Duplicate,
    /// The model is unsure of it, and it is unlike others that the model is unsure of: to check it teaches most.
    Teaching,
    /// The model finds another class likelier than the label, without being sure of it.
    Doubt,
    /// The model agrees with the label.
    None,
}

impl Kind {
    /// Its name in lists.
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

/// All that there is to say of the comments that were `judged`, those that most deserve a look first: probable label
/// errors, near-duplicates with different labels, and up to `teaching` comments that would teach most if they were
/// checked; all others too, each once, by the same measure.
pub fn audit(corpus: &Corpus, judged: &[(usize, Score)], teaching: usize) -> Vec<Finding> {
    let mut findings = label_errors(corpus, judged);
    let mut by_comment: Vec<Option<&Probabilities>> = vec![None; corpus.texts.len()];
    judged.iter().for_each(|(comment, score)| by_comment[*comment] = Some(&score.probabilities));
    let twins = twins(corpus, ALIKE);
    for finding in &mut findings {
        finding.twin = twins[finding.comment];
        if let (Some(twin), Some(probabilities)) = (finding.twin, by_comment[finding.comment]) {
            // One of the two labels holds for both, as far as they are alike.
            let theirs = probabilities.of(corpus.labels[twin.comment]);
            let wrong = twin.similarity * theirs / (theirs + finding.probability).max(f64::MIN_POSITIVE);
            finding.kind = Kind::Duplicate;
            finding.worth = finding.worth.max(wrong);
        }
    }
    let may_teach = |at: &usize| matches!(findings[*at].kind, Kind::Doubt | Kind::None);
    let unsure: Vec<usize> = (0..findings.len()).filter(may_teach).collect();
    let texts: Vec<&str> = unsure.iter().map(|&at| corpus.texts[findings[at].comment].as_str()).collect();
    let uncertainty: Vec<f64> =
        unsure.iter().map(|&at| by_comment[findings[at].comment].map_or(0.0, uncertainty)).collect();
    for suggestion in suggest(&texts, &uncertainty, teaching) {
        findings[unsure[suggestion.comment]].kind = Kind::Teaching;
    }
    sort(&mut findings);
    findings
}

/// What confident learning says of the comments that were `judged`, probable errors first.
///
/// Each class has a threshold: the mean probability that its own comments have for it. A comment is confidently of
/// the likeliest class whose threshold its probability reaches; if that is none of its label, and likelier than the
/// label, the label is probably wrong ([`Kind::Label`]). Where a class is likelier than the label and does not reach
/// its threshold, there is a [`Kind::Doubt`]; all others are [`Kind::None`]. A label with alternatives has the sum of
/// their probabilities.
///
/// Findings are sorted by the probability of the label, least first (*self-confidence*): of labels that were made
/// wrong on purpose it found as many or more than the normalised margin, with two classes and with three.
pub fn label_errors(corpus: &Corpus, judged: &[(usize, Score)]) -> Vec<Finding> {
    let thresholds = thresholds(corpus, judged);
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
        let suggested = wrong.or_else(|| likeliest(&|_| true)).unwrap_or(score.label);
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
            worth: (1.0 - own).clamp(0.0, 1.0),
            twin: None,
        }
    };
    let mut findings: Vec<Finding> = judged.par_iter().map(finding).collect();
    sort(&mut findings);
    findings
}

/// The mean probability of each class among comments that are of it for certain; beyond reach if there is none.
fn thresholds(corpus: &Corpus, judged: &[(usize, Score)]) -> [f64; MAX_CLASSES] {
    let mut sums = [(0.0, 0.0); MAX_CLASSES];
    for (comment, score) in judged {
        if let Some(class) = corpus.labels[*comment].single() {
            sums[class].0 += f64::from(score.probabilities[class]);
            sums[class].1 += 1.0;
        }
    }
    sums.map(|(sum, n)| if n > 0.0 { sum / n } else { f64::INFINITY })
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| b.worth.total_cmp(&a.worth).then(a.comment.cmp(&b.comment)));
}

/// How unsure a model is: the chance that its likeliest class is not the right one, in 0..1.
pub fn uncertainty(probabilities: &Probabilities) -> f64 {
    1.0 - f64::from(probabilities.as_slice().iter().copied().fold(0.0, f32::max))
}

/// The words and pairs of words that speak for the `suggested` class and against `label`, as bytes of the text,
/// weightiest first: at most five, each with at least a tenth of the weight of the first, none within another.
pub fn against(explanation: &Explanation, label: LabelSet, suggested: usize) -> Vec<std::ops::Range<usize>> {
    let weight = |weights: &[i64]| {
        let own = label.iter().filter_map(|class| weights.get(class)).max();
        weights[suggested] - own.copied().unwrap_or(0)
    };
    let mut pieces: Vec<(i64, &std::ops::Range<usize>)> =
        explanation.evidence.iter().map(|piece| (weight(&piece.weights), &piece.span)).collect();
    pieces.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let least = pieces.first().map_or(1, |(weight, _)| weight / 10).max(1);
    let mut spans: Vec<std::ops::Range<usize>> = Vec::new();
    for (weight, span) in pieces {
        if spans.len() == 5 || weight < least {
            break;
        }
        if spans.iter().all(|other| other.end <= span.start || span.end <= other.start) {
            spans.push(span.clone());
        }
    }
    spans
}
