//! Held-out comments: their signals by models that had not learnt from them, and the metrics of these.

use std::collections::HashMap;

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::{Calibration, Figures, calibration, figures};
use crate::evaluate::thresholds::HeldOut;
use crate::model::classes::Classes;
use crate::model::label::{LabelSet, MAX_CLASSES, Probabilities};
use crate::model::layer::Calibrator;
use crate::model::score::{Familiarity, Score};
use crate::score::signals::{Layout, Values};
use crate::train::folds::{FOLDS, folds};
use crate::train::trainer::{MIN_OF_CLASS, Trainer, comments_of_classes};
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

/// Signals of held-out comments.
pub(super) struct Signals {
    /// Signals of the whole comments, `[comment][signal]`.
    pub(super) whole: Array2<f64>,
    /// Number of words of long comments, and the signals of their most abusive passage.
    pub(super) passages: Vec<Option<(u32, Values)>>,
    /// Familiarity of each comment.
    pub(super) familiarities: Vec<Familiarity>,
}

impl Signals {
    /// Probabilities of each comment by the calibrator for its place.
    pub(super) fn probabilities<'l>(
        &self,
        abusive: Option<usize>,
        calibrator: impl Fn(usize) -> &'l Calibrator + Sync,
    ) -> Vec<Probabilities> {
        self.rows()
            .zip(&self.passages)
            .enumerate()
            .map(|(i, (signals, passage))| {
                let passage = passage.as_ref().map(|(words, values)| (*words, || Some(*values)));
                calibrator(i).calibrate(signals, passage, abusive)
            })
            .collect()
    }

    fn rows(&self) -> impl IndexedParallelIterator<Item = &[f64]> {
        self.whole.as_slice().expect("rows lie in one piece").par_chunks(self.whole.ncols())
    }

    /// Calibration of the n-gram weights alone, their log-odds divided by a temperature.
    fn at_temperature(&self, classes: usize, labels: &[LabelSet], temperature: f64) -> Calibration {
        let layout = Layout::new(classes);
        let softmax = |signals: &[f64]| {
            let mut logits = [0.0; MAX_CLASSES];
            logits.iter_mut().zip(&signals[layout.whole()]).for_each(|(logit, x)| *logit = x / temperature);
            Probabilities::softmax(&logits[..classes])
        };
        calibration(labels, &self.rows().map(softmax).collect::<Vec<_>>())
    }
}

/// Set of held-out comments: those to validate on of the folds that are left out in turn.
pub(super) struct HeldOutSet {
    /// Places of the comments in the corpus.
    pub(super) comments: Vec<usize>,
    /// Labels of the comments.
    pub(super) labels: Vec<LabelSet>,
    /// Fold of each comment in the cross-validation of the calibrator.
    fold: Vec<u8>,
    /// True for each comment that the label weights and the thresholds are chosen on.
    choosing: Vec<bool>,
    /// Number of folds that are left out of the sparse layer in turn.
    pub(super) folds: usize,
}

/// Metrics of the held-out comments.
pub(super) struct HeldOutMetrics {
    pub(super) figures: Figures,
    pub(super) uncalibrated: Calibration,
    pub(super) temperature_scaled: Calibration,
    pub(super) calibrated: Calibration,
    /// Class and probabilities of each.
    pub(super) predicted: Vec<(usize, Probabilities)>,
}

impl HeldOutSet {
    /// Held-out comments of as many folds as hold `size` comments to validate on, or of all folds.
    pub(super) fn select(
        trainer: &Trainer,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        fold: &[u8],
        size: usize,
    ) -> HeldOutSet {
        let held_out = |folds: usize| {
            (0..corpus.texts.len()).filter(move |&i| usize::from(fold[i]) < folds && trainer.validates_on(corpus, i))
        };
        let are_enough = |folds: &usize| {
            held_out(*folds).count() >= size
                && comments_of_classes(corpus, duplicates, held_out(*folds)).iter().all(|got| *got >= MIN_OF_CLASS)
        };
        let visited = (1..FOLDS).find(are_enough).unwrap_or(FOLDS);
        let comments: Vec<usize> = held_out(visited).collect();
        let labels: Vec<LabelSet> = comments.iter().map(|&i| corpus.labels[i]).collect();
        let fold = if visited == FOLDS {
            comments.iter().map(|&i| fold[i]).collect()
        } else {
            // The signals of all are out of fold already; the calibrator is validated over folds of its own.
            let mut seen = HashMap::new();
            let first: Vec<usize> =
                (0..comments.len()).map(|at| *seen.entry(duplicates.group[comments[at]]).or_insert(at)).collect();
            folds(comments.len(), &|at| (false, labels[at]), |at| first[at], !trainer.seed)
        };
        let mut choosing: Vec<bool> = comments.iter().map(|&i| trainer.validates_in_full(corpus, i)).collect();
        if !choosing.contains(&true) {
            choosing.fill(true);
        }
        HeldOutSet { comments, labels, fold, choosing, folds: visited }
    }

    /// Comments that thresholds are chosen on. Every one counts once, whatever its weight.
    pub(super) fn for_thresholds(&self, scores: &[(usize, Score)], duplicates: &NearDuplicates) -> Vec<HeldOut> {
        let of = |((&(comment, score), &label), _)| HeldOut { label, score, group: duplicates.group[comment] };
        scores.iter().zip(&self.labels).zip(&self.choosing).filter(|(_, choosing)| **choosing).map(of).collect()
    }

    /// Probabilities of the comments by calibrators that `fit` makes of the signals and labels of the other folds.
    pub(super) fn cross_calibrated(
        &self,
        signals: &Signals,
        abusive: Option<usize>,
        fit: impl Fn(ArrayView2<f64>, &[LabelSet]) -> Calibrator + Sync,
    ) -> Vec<Probabilities> {
        let labels = &self.labels;
        let calibrators: Vec<Calibrator> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let of: Vec<usize> = (0..labels.len()).filter(|&i| usize::from(self.fold[i]) != fold).collect();
                let labels: Vec<LabelSet> = of.iter().map(|&i| labels[i]).collect();
                fit(signals.whole.select(Axis(0), &of).view(), &labels)
            })
            .collect();
        signals.probabilities(abusive, |i| &calibrators[usize::from(self.fold[i])])
    }

    /// Metrics of the comments by their signals and [`HeldOutSet::cross_calibrated`] probabilities, and the label weights
    /// of the best macro-F1, or those of `calibrator` if they are to be kept.
    pub(super) fn metrics(
        &self,
        signals: &Signals,
        probabilities: Vec<Probabilities>,
        classes: &Classes,
        calibrator: &Calibrator,
        keep_label_weights: bool,
    ) -> (HeldOutMetrics, Vec<f64>) {
        let (k, labels) = (classes.len(), &self.labels);
        let (label_weights, predicted) = match keep_label_weights {
            false => self.label_weights(calibrator, &probabilities),
            true => {
                let predicted = probabilities.iter().map(|p| calibrator.label(p)).collect();
                (calibrator.label_weights.clone(), predicted)
            }
        };
        let at = |temperature: f64| signals.at_temperature(k, labels, temperature);
        let (temperature, _) = best_temperature(|temperature| at(temperature).log_loss);
        let metrics = HeldOutMetrics {
            figures: figures(classes, labels, &predicted, &probabilities),
            uncalibrated: at(1.0),
            temperature_scaled: at(temperature),
            calibrated: calibration(labels, &probabilities),
            predicted: predicted.into_iter().zip(probabilities).collect(),
        };
        (metrics, label_weights)
    }

    /// Label weights of the best macro-F1, and the classes predicted with them. One number is chosen, the power of the
    /// rarity of the classes, so that there is little to overfit.
    fn label_weights(&self, calibrator: &Calibrator, probabilities: &[Probabilities]) -> (Vec<f64>, Vec<usize>) {
        let (k, labels) = (calibrator.intercept.len(), &self.labels);
        // A label with alternatives counts for each in parts, by the probabilities.
        let part = |i: usize, class: usize| match labels[i].len() {
            1 => 1.0,
            _ => f64::from(probabilities[i][class]) / probabilities[i].of(labels[i]).max(1e-12),
        };
        let weight = |i: usize, class: usize| if self.choosing[i] { part(i, class) } else { 0.0 };
        let mut frequencies = vec![0.0; k];
        for (i, label) in labels.iter().enumerate() {
            label.iter().for_each(|class| frequencies[class] += weight(i, class));
        }
        let greatest = frequencies.iter().copied().fold(0.0, f64::max);
        let by_power =
            |power: f64| -> Vec<f64> { frequencies.iter().map(|n| (greatest / n.max(1.0)).powf(power)).collect() };
        let predict = |label_weights: Vec<f64>| -> Vec<usize> {
            let calibrator = Calibrator { label_weights, ..calibrator.clone() };
            probabilities.iter().map(|p| calibrator.label(p)).collect()
        };
        let f1 = |predicted: Vec<usize>| {
            let (mut hits, mut sizes) = (vec![0.0; k], vec![0.0; k]);
            for i in (0..labels.len()).filter(|&i| self.choosing[i]) {
                sizes[predicted[i]] += 1.0;
                labels[i].iter().for_each(|class| sizes[class] += part(i, class));
                hits[predicted[i]] += if labels[i].contains(predicted[i]) { part(i, predicted[i]) } else { 0.0 };
            }
            hits.iter().zip(sizes).map(|(hits, size)| 2.0 * hits / f64::max(size, 1e-12)).sum::<f64>()
        };
        let powers: Vec<f64> = (0..=12).map(|tenth| f64::from(tenth) / 10.0).collect();
        let reached: Vec<f64> = powers.par_iter().map(|&power| f1(predict(by_power(power)))).collect();
        let best = (0..powers.len()).rev().max_by(|&a, &b| reached[a].total_cmp(&reached[b])).expect("powers");
        let label_weights = by_power(powers[best]);
        let predicted = predict(label_weights.clone());
        (label_weights, predicted)
    }
}

/// Temperature of the smallest `loss`, and that loss: golden-section search on its logarithm.
fn best_temperature(loss: impl Fn(f64) -> f64) -> (f64, f64) {
    let at = |log: f64| loss(log.exp());
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (-2.0, 2.0);
    for _ in 0..12 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if at(a) <= at(b) { high = b } else { low = a }
    }
    let best = (low + high) / 2.0;
    (best.exp(), at(best))
}
