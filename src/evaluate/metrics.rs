//! Metrics of predictions, where labels may be sets of alternatives.
//!
//! A comment whose label has alternatives still says which classes it is *not*: it counts as a negative for
//! those, and for the others it counts neither way. In their place the comments with one of these labels alone count
//! more: as much as all that may have it (post-stratification, Holt and Smith 1979). So an archive of decisions, of which
//! a part was labelled in full, has the figures that it would have if all of it were. With full labels all figures are
//! the usual ones (and are tested against linfa's metrics, which take full labels only and sum in `f32`).

use crate::model::classes::Classes;
use crate::model::label::{LabelSet, Probabilities};
use serde::Serialize;
use std::collections::BTreeMap;

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
    /// the likeliest class and how often that class is true, averaged over 15 bins of equal width; in 0..=1. Where
    /// alternatives leave open whether it is true, it counts in part: as the probabilities say, corrected by one factor
    /// for each set of alternatives, by which it is true as often as in the comments with one of these labels alone.
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
    /// Mean F1 of the classes that some comments are of for certain.
    pub macro_f1: f64,
    /// Confusion matrix: rows are true labels, columns predicted classes.
    pub confusion: Vec<ConfusionRow>,
}

/// Log losses of comments, of each one. Where some labels have alternatives, the comments with one of these labels alone
/// also stand for what the others leave open, so that the mean is that of a corpus labelled in full.
pub(crate) fn log_losses(labels: &[LabelSet], probabilities: &[Probabilities]) -> Vec<f64> {
    const LEAST: f64 = 1e-6;
    let counts = LabelCounts::new(labels);
    let sets: Vec<(LabelSet, f64)> = counts.sets().collect();
    let loss = |(label, p): (&LabelSet, &Probabilities)| {
        let all = p.of(*label).max(LEAST);
        let open = sets.iter().filter(|(set, _)| label.single().is_some_and(|own| set.contains(own)));
        -all.ln() - open.map(|(set, more)| more * (all / p.of(*set).max(all)).ln()).sum::<f64>()
    };
    labels.iter().zip(probabilities).map(loss).collect()
}

/// Numbers of comments by their label.
struct LabelCounts(BTreeMap<LabelSet, f64>);

impl LabelCounts {
    fn new(labels: &[LabelSet]) -> LabelCounts {
        let mut counts = BTreeMap::new();
        labels.iter().for_each(|label| *counts.entry(*label).or_insert(0.0) += 1.0);
        LabelCounts(counts)
    }

    /// Weight of a comment in the figures of a class: 0 if its label leaves the class open; one with a single label stands
    /// for its part of those that leave both its class and this one open.
    fn weight(&self, label: LabelSet, class: usize) -> f64 {
        let Some(own) = label.single() else { return f64::from(u8::from(!label.contains(class))) };
        let open = self.sets().filter(|(set, _)| set.contains(own) && set.contains(class));
        1.0 + open.map(|(_, more)| more).sum::<f64>()
    }

    /// Sets of alternatives, each with the number of its comments for one with one of these labels alone.
    fn sets(&self) -> impl Iterator<Item = (LabelSet, f64)> {
        let sets = self.0.iter().filter(|(set, _)| set.len() > 1);
        sets.map(|(set, comments)| (*set, comments / self.alone(*set))).filter(|(_, more)| more.is_finite())
    }

    /// Number of comments with one of these labels alone.
    fn alone(&self, set: LabelSet) -> f64 {
        self.0.iter().filter(|(label, _)| label.single().is_some_and(|class| set.contains(class))).map(|(_, n)| n).sum()
    }

    /// Weights in the figures of a class, by label.
    fn weights(&self, class: usize) -> BTreeMap<LabelSet, f64> {
        self.0.keys().map(|label| (*label, self.weight(*label, class))).collect()
    }
}

/// Weights of the true positives of a class, of the comments predicted to be of it, and of those that are.
fn hits(counts: &LabelCounts, labels: &[LabelSet], predicted: &[usize], class: usize) -> (f64, f64, f64) {
    let weights = counts.weights(class);
    let (mut hit, mut given, mut support) = (0.0, 0.0, 0.0);
    for (label, &predicted) in labels.iter().zip(predicted) {
        let (is, weight) = (label.single() == Some(class), weights[label]);
        hit += if is && predicted == class { weight } else { 0.0 };
        given += if predicted == class { weight } else { 0.0 };
        support += if is { weight } else { 0.0 };
    }
    (hit, given, support)
}

fn ratio(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

/// Macro-F1 of predicted classes, as in [`figures`].
pub fn macro_f1(classes: usize, labels: &[LabelSet], predicted: &[usize]) -> f64 {
    let counts = LabelCounts::new(labels);
    let f1 = |class| {
        let (hit, given, support) = hits(&counts, labels, predicted, class);
        (support > 0.0).then(|| ratio(2.0 * hit, given + support))
    };
    mean((0..classes).filter_map(f1))
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = numbers.fold((0.0, 0.0), |(sum, n), number| (sum + number, n + 1.0));
    ratio(sum, n)
}

/// Metrics of predicted classes. `probabilities` rank the comments for ROC AUC.
pub fn figures(
    classes: &Classes,
    labels: &[LabelSet],
    predicted: &[usize],
    probabilities: &[Probabilities],
) -> Figures {
    let counts = LabelCounts::new(labels);
    let figures: Vec<ClassFigures> = (0..classes.len())
        .map(|class| {
            let (hit, given, support) = hits(&counts, labels, predicted, class);
            let weights = counts.weights(class);
            let ranked = labels
                .iter()
                .zip(probabilities)
                .map(|(label, probabilities)| (probabilities[class], label.single() == Some(class), weights[label]));
            ClassFigures {
                class: classes[class].clone(),
                precision: ratio(hit, given),
                recall: ratio(hit, support),
                f1: ratio(2.0 * hit, given + support),
                support: labels.iter().filter(|label| label.single() == Some(class)).count() as u64,
                roc_auc: weighted_roc_auc(ranked.filter(|(.., weight)| *weight > 0.0).collect()),
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
    let macro_f1 = mean(figures.iter().filter(|of| of.support > 0).map(|of| of.f1));
    Figures { macro_f1, classes: figures, confusion }
}

/// Calibration of probabilities.
pub fn calibration(labels: &[LabelSet], probabilities: &[Probabilities]) -> Calibration {
    let likeliest = |p: &Probabilities| {
        let greatest = p.as_slice().iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        greatest.map_or((0, 0.0), |(class, p)| (class, f64::from(*p)))
    };
    // For each set of alternatives: how often the likeliest class is true where it is one of them, by the comments with one of
    // these labels alone, and by the probabilities.
    let mut factors: BTreeMap<LabelSet, (f64, f64)> =
        labels.iter().filter(|label| label.len() > 1).map(|label| (*label, (0.0, 0.0))).collect();
    for (label, p) in labels.iter().zip(probabilities) {
        let Some(own) = label.single() else { continue };
        let (class, confidence) = likeliest(p);
        for (set, (found, said)) in factors.iter_mut().filter(|(set, _)| set.contains(own) && set.contains(class)) {
            *found += f64::from(u8::from(class == own));
            *said += confidence / p.of(*set);
        }
    }
    let mut loss = 0.0;
    let mut bins = [(0f64, 0f64); 15];
    let mut counted = 0f64;
    for (label, p) in labels.iter().zip(probabilities) {
        loss -= p.of(*label).max(1e-12).ln();
        let (class, confidence) = likeliest(p);
        let hit = match (label.single(), factors.get(label)) {
            (Some(own), _) => f64::from(u8::from(class == own)),
            _ if !label.contains(class) => 0.0,
            (None, Some((found, said))) if *said > 0.0 => (confidence / p.of(*label) * found / said).min(1.0),
            // No comment tells how often it is true.
            _ => continue,
        };
        let bin = &mut bins[((confidence * 15.0) as usize).min(14)];
        bin.0 += confidence;
        bin.1 += hit;
        counted += 1.0;
    }
    Calibration {
        log_loss: loss / labels.len().max(1) as f64,
        ece: bins.iter().map(|(confidence, hits)| (confidence - hits).abs()).sum::<f64>() / counted.max(1.0),
    }
}

/// Area under the ROC curve of (score, true or not): the share of pairs of a true and an untrue one in which the true
/// one has the greater score, ties counting half (the Mann-Whitney statistic). In O(n log n).
pub fn roc_auc(ranked: Vec<(f32, bool)>) -> Option<f64> {
    weighted_roc_auc(ranked.into_iter().map(|(score, is)| (score, is, 1.0)).collect())
}

/// The same with a weight for each.
fn weighted_roc_auc(mut ranked: Vec<(f32, bool, f64)>) -> Option<f64> {
    ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut negatives, mut positives, mut pairs) = (0f64, 0f64, 0f64);
    for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
        let of = |is: bool| tied.iter().filter(|of| of.1 == is).map(|of| of.2).sum::<f64>();
        let (positive, negative) = (of(true), of(false));
        pairs += positive * (negatives + negative / 2.0);
        negatives += negative;
        positives += positive;
    }
    (negatives > 0.0 && positives > 0.0).then(|| pairs / (negatives * positives))
}
