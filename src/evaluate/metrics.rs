//! Metrics of predictions, where labels may be sets of alternatives.
//!
//! A comment whose label has alternatives still says which classes it is *not*: it counts as a negative for
//! those, and for the others it counts neither way. With full labels all figures are the usual ones (and are
//! tested against linfa's metrics, which take full labels only and sum in `f32`).

use crate::model::classes::Classes;
use crate::model::label::{LabelSet, Probabilities};
use serde::Serialize;

/// Metrics of one class against the rest.
///
/// ```
/// use naqd::evaluate::{ClassFigures, figures};
/// use naqd::{Classes, LabelSet, Probabilities};
///
/// let labels = [0, 0, 1, 1].map(LabelSet::one);
/// let probabilities = [2.0, -1.0, -2.0, -3.0].map(|logit| Probabilities::softmax(&[logit, 0.0]));
/// let figures = figures(&Classes::new(["abusive", "neutral"]), &labels, &[0, 1, 1, 1], &probabilities);
/// let abusive: &ClassFigures = &figures.classes[0];
/// assert_eq!((abusive.precision, abusive.recall, abusive.support), (1.0, 0.5, 2));
/// assert_eq!(abusive.roc_auc, Some(1.0));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClassFigures {
    /// Name of the class.
    pub class: String,
    /// Precision: share of the comments predicted to be of the class that are of it; 0 if none was predicted.
    pub precision: f64,
    /// Recall: share of the comments of the class that were predicted to be of it.
    pub recall: f64,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
    /// Number of comments that are of the class for certain.
    pub support: u64,
    /// Area under the ROC curve of the class's probability: the share of pairs in which a comment of the class has a
    /// greater one than a comment that is not of it. None where there are not both.
    pub roc_auc: Option<f64>,
}

/// Calibration: agreement of probabilities with frequencies.
///
/// ```
/// use naqd::evaluate::{Calibration, calibration};
/// use naqd::{LabelSet, Probabilities};
///
/// let even = Probabilities::softmax(&[0.0, 0.0]);
/// let Calibration { log_loss, ece, .. } = calibration(&[LabelSet::one(0), LabelSet::one(1)], &[even, even]);
/// assert!((log_loss - 2f64.ln()).abs() < 1e-6 && ece < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Calibration {
    /// Log loss: mean of -ln(probability of the true label), in nats; at least 0.
    pub log_loss: f64,
    /// Expected calibration error (Naeini et al. 2015; Guo et al. 2017): difference between the probability of
    /// the likeliest class and how often that class is true, averaged over 15 bins of equal width; in 0..=1.
    /// Fully labelled comments only.
    pub ece: f64,
}

/// Row of the confusion matrix.
///
/// ```
/// use naqd::evaluate::{ConfusionRow, figures};
/// use naqd::{Classes, LabelSet, Probabilities};
///
/// let labels = [LabelSet::one(0), LabelSet::one(0)];
/// let even = Probabilities::softmax(&[0.0, 0.0]);
/// let figures = figures(&Classes::new(["abusive", "neutral"]), &labels, &[0, 1], &[even, even]);
/// let row: &ConfusionRow = &figures.confusion[0];
/// assert_eq!((row.label.as_str(), &row.predicted[..]), ("abusive", &[1, 1][..]));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ConfusionRow {
    /// True label of the comments: a class, or alternatives joined by `|`.
    pub label: String,
    /// Number of them that were predicted to be of each class.
    pub predicted: Vec<u64>,
}

/// Metrics of predictions.
///
/// ```
/// use naqd::evaluate::{Figures, figures};
/// use naqd::{Classes, LabelSet, Probabilities};
///
/// let labels = [LabelSet::one(0), LabelSet::one(1)];
/// let probabilities = [1.0, -1.0].map(|logit| Probabilities::softmax(&[logit, 0.0]));
/// let found: Figures = figures(&Classes::new(["abusive", "neutral"]), &labels, &[0, 1], &probabilities);
/// assert_eq!(found.macro_f1, 1.0);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Figures {
    /// Metrics of each class.
    pub classes: Vec<ClassFigures>,
    /// Mean F1 of the classes.
    pub macro_f1: f64,
    /// Confusion matrix: rows are true labels, columns predicted classes.
    pub confusion: Vec<ConfusionRow>,
}

/// Numbers of the true positives of a class, of the comments predicted to be of it, and of those that are.
fn hits(labels: &[LabelSet], predicted: &[usize], class: usize) -> (u64, u64, u64) {
    let (mut hit, mut given, mut support) = (0, 0, 0);
    for (label, &predicted) in labels.iter().zip(predicted) {
        let is = label.single() == Some(class);
        if is || !label.contains(class) {
            hit += u64::from(is && predicted == class);
            given += u64::from(predicted == class);
            support += u64::from(is);
        }
    }
    (hit, given, support)
}

fn ratio(a: u64, b: u64) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

/// Macro-F1 of predicted classes, as in [`figures`].
pub fn macro_f1(classes: usize, labels: &[LabelSet], predicted: &[usize]) -> f64 {
    let f1 = |class| {
        let (hit, given, support) = hits(labels, predicted, class);
        ratio(2 * hit, given + support)
    };
    (0..classes).map(f1).sum::<f64>() / classes.max(1) as f64
}

/// Metrics of predicted classes. `probabilities` rank the comments for ROC AUC.
pub fn figures(
    classes: &Classes,
    labels: &[LabelSet],
    predicted: &[usize],
    probabilities: &[Probabilities],
) -> Figures {
    let figures: Vec<ClassFigures> = (0..classes.len())
        .map(|class| {
            let (hit, given, support) = hits(labels, predicted, class);
            let ranked = labels.iter().zip(probabilities).filter_map(|(label, probabilities)| {
                let is = label.single() == Some(class);
                (is || !label.contains(class)).then_some((probabilities[class], is))
            });
            ClassFigures {
                class: classes[class].clone(),
                precision: ratio(hit, given),
                recall: ratio(hit, support),
                f1: ratio(2 * hit, given + support),
                support,
                roc_auc: roc_auc(ranked.collect()),
            }
        })
        .collect();
    let mut sets: Vec<LabelSet> = labels.to_vec();
    sets.sort_by_key(|set| (set.len(), *set));
    sets.dedup();
    let confusion = sets
        .iter()
        .map(|set| {
            let mut row = vec![0; classes.len()];
            labels.iter().zip(predicted).filter(|(label, _)| *label == set).for_each(|(_, &class)| row[class] += 1);
            ConfusionRow { label: classes.name(*set), predicted: row }
        })
        .collect();
    Figures { macro_f1: figures.iter().map(|f| f.f1).sum::<f64>() / classes.len() as f64, classes: figures, confusion }
}

/// Calibration of probabilities.
pub fn calibration(labels: &[LabelSet], probabilities: &[Probabilities]) -> Calibration {
    let mut loss = 0.0;
    let mut bins = [(0f64, 0f64); 15];
    let mut full = 0f64;
    for (label, probabilities) in labels.iter().zip(probabilities) {
        loss -= probabilities.of(*label).max(1e-12).ln();
        if let Some(class) = label.single() {
            let (likeliest, &confidence) =
                probabilities.as_slice().iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).expect("a class");
            let bin = &mut bins[((f64::from(confidence) * 15.0) as usize).min(14)];
            bin.0 += f64::from(confidence);
            bin.1 += f64::from(u8::from(likeliest == class));
            full += 1.0;
        }
    }
    Calibration {
        log_loss: loss / labels.len().max(1) as f64,
        ece: bins.iter().map(|(confidence, hits)| (confidence - hits).abs()).sum::<f64>() / full.max(1.0),
    }
}

/// Area under the ROC curve of (score, true or not): the share of pairs of a true and an untrue one in which the true
/// one has the greater score, ties counting half (the Mann-Whitney statistic). In O(n log n).
pub fn roc_auc(mut ranked: Vec<(f32, bool)>) -> Option<f64> {
    ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut negatives, mut positives, mut pairs) = (0f64, 0f64, 0f64);
    for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
        let positive = tied.iter().filter(|(_, is)| *is).count() as f64;
        let negative = tied.len() as f64 - positive;
        pairs += positive * (negatives + negative / 2.0);
        negatives += negative;
        positives += positive;
    }
    (negatives > 0.0 && positives > 0.0).then(|| pairs / (negatives * positives))
}
