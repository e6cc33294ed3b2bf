//! The comments that a model is judged by: what the verdict layer sees of them, and the figures that come of it.

use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::{Calibration, Figures, calibration, figures, macro_f1};
use crate::evaluate::thresholds;
use crate::model::label::{LabelSet, Probabilities};
use crate::model::layer::Calibrator;
use crate::model::score::{Familiarity, Score};
use crate::model::triage::abusive;
use crate::score::signals::{Layout, Values};
use crate::train::balance::frequencies;
use crate::train::trainer::FOLDS;
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// What the verdict layer sees of comments.
pub(super) struct Signals {
    /// `[comment][signal]`.
    pub(super) whole: Array2<f64>,
    /// The number of words and the most abusive passage of long ones.
    pub(super) passages: Vec<Option<(u32, Values)>>,
    /// How much of each is known.
    pub(super) familiarities: Vec<Familiarity>,
}

impl Signals {
    /// The probabilities that a layer, of the place of a comment, gives each.
    pub(super) fn probabilities<'l>(
        &self,
        abusive: Option<usize>,
        layer: impl Fn(usize) -> &'l Calibrator + Sync,
    ) -> Vec<Probabilities> {
        let rows = self.whole.as_slice().expect("rows lie in one piece").par_chunks(self.whole.ncols());
        rows.zip(&self.passages)
            .enumerate()
            .map(|(i, (signals, passage))| {
                layer(i).calibrate(signals, passage.as_ref().map(|(words, values)| (*words, || Some(*values))), abusive)
            })
            .collect()
    }
}

/// The comments that the model is judged by.
pub(super) struct Judged {
    /// Their places in the corpus.
    pub(super) comments: Vec<usize>,
    /// Their labels.
    pub(super) labels: Vec<LabelSet>,
    /// The fold of each, in the cross-validation of the verdict layer.
    pub(super) fold: Vec<u8>,
    /// Whether each has a say in the label weights.
    pub(super) chooses: Vec<bool>,
    /// How many folds were left out of the sparse layer.
    pub(super) visited: usize,
}

/// What is said of the comments judged by.
pub(super) struct Account {
    pub(super) figures: Figures,
    pub(super) evidence: Calibration,
    pub(super) temperature: Calibration,
    pub(super) verdict: Calibration,
    /// Label and probabilities of each.
    pub(super) scores: Vec<(usize, Probabilities)>,
}

impl Judged {
    /// The comments that have a say, as thresholds are chosen on them. Every one counts once, whatever its weight.
    pub(super) fn cases(&self, scores: &[(usize, Score)], repeats: &NearDuplicates) -> Vec<thresholds::Judged> {
        let of = |((&(comment, score), &label), _)| thresholds::Judged { label, score, group: repeats.group[comment] };
        scores.iter().zip(&self.labels).zip(&self.chooses).filter(|(_, chooses)| **chooses).map(of).collect()
    }

    /// Cross-validates the dense layer over the out-of-fold signals: the figures, and the label weights that
    /// give the best macro-F1.
    pub(super) fn figures(
        &self,
        all: &Signals,
        near: &Calibrator,
        classes: &[String],
        seed: u64,
    ) -> (Account, Vec<f64>) {
        let (k, labels, signals) = (classes.len(), &self.labels, &all.whole);
        let layers: Vec<Calibrator> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let of: Vec<usize> = (0..labels.len()).filter(|&i| usize::from(self.fold[i]) != fold).collect();
                let labels: Vec<LabelSet> = of.iter().map(|&i| labels[i]).collect();
                Calibrator::fit(signals.select(Axis(0), &of).view(), &labels, k, seed, Some(near))
            })
            .collect();
        let by_verdict = all.probabilities(abusive(classes), |i| &layers[usize::from(self.fold[i])]);

        let layout = Layout::new(k);
        let arabic: Vec<bool> = signals.rows().into_iter().map(|row| row[layout.script()] > 0.0).collect();
        let frequencies = frequencies(labels, k, |i| f64::from(u8::from(self.chooses[i])), |i| arabic[i]);
        let by_power = |power: f64| -> Vec<f64> {
            let most = |counts: &[f64]| counts.iter().copied().fold(0.0, f64::max);
            frequencies
                .iter()
                .flat_map(|counts| counts.iter().map(|n| (most(counts) / n.max(1.0)).powf(power)))
                .collect()
        };
        let labelled = |label_weights: Vec<f64>| -> Vec<usize> {
            let layer = Calibrator { label_weights, ..layers[0].clone() };
            by_verdict.iter().zip(&arabic).map(|(p, arabic)| layer.label(p, *arabic)).collect()
        };
        let chosen = |predicted: Vec<usize>| {
            let chosen = (0..labels.len()).filter(|&i| self.chooses[i]);
            let (labels, predicted): (Vec<_>, Vec<_>) = chosen.map(|i| (labels[i], predicted[i])).unzip();
            macro_f1(k, &labels, &predicted)
        };
        // One number is chosen, the power of the classes' rarity, so that there is little to overfit.
        let powers: Vec<f64> = (0..=12).map(|tenth| f64::from(tenth) / 10.0).collect();
        let reached: Vec<f64> = powers.par_iter().map(|&power| chosen(labelled(by_power(power)))).collect();
        let best = (0..powers.len()).rev().max_by(|&a, &b| reached[a].total_cmp(&reached[b])).expect("powers");
        let label_weights = by_power(powers[best]);

        let at = |temperature: f64| {
            let softmax = |signals: &[f64]| {
                let mut logits = [0.0; crate::model::label::MAX_CLASSES];
                logits.iter_mut().zip(&signals[layout.whole()]).for_each(|(logit, x)| *logit = x / temperature);
                Probabilities::softmax(&logits[..k])
            };
            let signals = signals.as_slice().expect("rows lie in one piece");
            let probabilities: Vec<Probabilities> = signals.par_chunks(layout.len()).map(softmax).collect();
            calibration(labels, &probabilities)
        };
        let (temperature, _) = best_temperature(|temperature| at(temperature).log_loss);
        let predicted = labelled(label_weights.clone());
        let account = Account {
            figures: figures(classes, labels, &predicted, &by_verdict),
            evidence: at(1.0),
            temperature: at(temperature),
            verdict: calibration(labels, &by_verdict),
            scores: predicted.into_iter().zip(by_verdict).collect(),
        };
        (account, label_weights)
    }
}

/// The temperature at which `loss` is least, and that loss: golden-section search on its logarithm.
pub(super) fn best_temperature(loss: impl Fn(f64) -> f64) -> (f64, f64) {
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
