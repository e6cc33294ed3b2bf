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
use crate::score::strongest_part::Among;
use crate::train::folds::{FOLDS, folds};
use crate::train::trainer::{MIN_OF_CLASS, Trainer, comments_of_classes};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// Signals of held-out comments.
pub(super) struct Signals {
    /// Signals of the whole comments, `[comment][signal]`.
    pub(super) whole: Array2<f64>,
    /// Among of comments of several, and the signals of the most abusive one.
    pub(super) parts: Vec<Option<(Among, Values)>>,
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
            .zip(&self.parts)
            .enumerate()
            .map(|(i, (signals, part))| {
                let part = part.as_ref().map(|(among, values)| (*among, || Some(*values)));
                calibrator(i).calibrate(signals, part, abusive)
            })
            .collect()
    }

    /// Signals of some of the comments.
    fn select(&self, places: &[usize]) -> Signals {
        Signals {
            whole: self.whole.select(Axis(0), places),
            parts: places.iter().map(|&i| self.parts[i]).collect(),
            familiarities: places.iter().map(|&i| self.familiarities[i]).collect(),
        }
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
        fit: impl Fn(&Signals, &[LabelSet]) -> Calibrator + Sync,
    ) -> Vec<Probabilities> {
        let labels = &self.labels;
        let calibrators: Vec<Calibrator> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let of: Vec<usize> = (0..labels.len()).filter(|&i| usize::from(self.fold[i]) != fold).collect();
                let labels: Vec<LabelSet> = of.iter().map(|&i| labels[i]).collect();
                fit(&signals.select(&of), &labels)
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

    /// Label weights, and the classes predicted with them. One number is chosen, the power of the rarity of the classes, so
    /// that there is little to overfit: the smallest whose macro-F1 is within one standard error of the best (Breiman,
    /// Friedman, Olshen and Stone 1984, section 3.4.3). Another label than the likeliest is given only where that pays.
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
        let choosing: Vec<usize> = (0..labels.len()).filter(|&i| self.choosing[i]).collect();
        // What a comment adds to the predicted ones of a class that are right, and to the predicted and labelled ones.
        let hit = |i: usize, class: usize| if labels[i].contains(class) { part(i, class) } else { 0.0 };
        let share = |i: usize, class: usize, predicted: &[usize]| {
            let is = predicted[i] == class;
            (if is { hit(i, class) } else { 0.0 }, f64::from(u8::from(is)) + hit(i, class))
        };
        // Sum of the F1 of the classes, and how much of it each comment makes (its influence function).
        let f1 = |predicted: &[usize]| {
            let mut influences = vec![0.0; choosing.len()];
            let of_class = |class: usize| {
                let shares: Vec<(f64, f64)> = choosing.iter().map(|&i| share(i, class, predicted)).collect();
                let (hits, sizes) = shares.iter().fold((0.0, 1e-12), |(h, s), (hit, size)| (h + hit, s + size));
                let f1 = 2.0 * hits / sizes;
                let added = influences.iter_mut().zip(shares);
                added.for_each(|(sum, (hit, size))| *sum += (2.0 * hit - f1 * size) / sizes);
                f1
            };
            let sum: f64 = (0..k).map(of_class).sum();
            (sum, influences)
        };
        let powers: Vec<f64> = (0..=12).map(|tenth| f64::from(tenth) / 10.0).collect();
        let reached: Vec<(f64, Vec<f64>)> = powers.par_iter().map(|&power| f1(&predict(by_power(power)))).collect();
        let best = reached.iter().max_by(|a, b| a.0.total_cmp(&b.0)).expect("powers");
        // Standard error of the difference from the best, on the same comments.
        let is_near = |(sum, influences): &(f64, Vec<f64>)| {
            let square = |(a, b): (&f64, &f64)| (a - b).powi(2);
            best.0 - sum <= influences.iter().zip(&best.1).map(square).sum::<f64>().sqrt()
        };
        let chosen = reached.iter().position(is_near).expect("the best is near itself");
        let label_weights = by_power(powers[chosen]);
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
