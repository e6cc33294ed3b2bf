//! Fitting of the calibrator: multinomial logistic regression over the signals of held-out comments.

use std::collections::HashMap;

use linfa::prelude::*;
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::model::classes::Classes;
use crate::model::label::{LabelSet, Probabilities};
use crate::model::layer::{Calibrator, StrongestPart};
use crate::ngrams::hash::mix;
use crate::score::layer::standard;
use crate::score::signals::Layout;
use crate::train::held_out::Signals;

/// L2 penalty on the weights of the calibrator. The signals are few but highly correlated: with a penalty of 1 the
/// expected calibration error of some thousand comments is about twice as far above what chance alone makes of it
/// (`benches/promises.rs`). Where there are few comments, it is less: a tenth of their number.
const ALPHA: f64 = 80.0;

/// Penalty on the squared distance of a rescaled calibrator from the one it comes from.
const RESCALING_PENALTY: f64 = 5.0;

/// Number of rounds of gradient descent.
const RESCALING_ROUNDS: usize = 300;

/// Maximum number of comments to fit on: of more, every second, third, ... of each label.
const MAX_COMMENTS: usize = 10_000;

/// Gradient per comment at which the search ends. The signals are highly correlated, so that to go further takes long
/// and changes no probability in its third digit.
const GRADIENT_TOLERANCE: f64 = 1e-4;

impl Calibrator {
    /// Fits a calibrator to the signals of comments and their labels: the regression to those of the whole comments, then
    /// how their most abusive parts count. Where a label has
    /// alternatives, one of them is drawn by the probabilities that the calibrator itself gives them, which are improved
    /// in turn (stochastic expectation maximisation, Celeux and Diebolt 1985); `seed` decides the draws.
    ///
    /// Every class should be the only label of some comment. `init` is a calibrator of similar comments, from which the
    /// search begins.
    pub(super) fn fit(
        signals: &Signals,
        labels: &[LabelSet],
        classes: &Classes,
        seed: u64,
        init: Option<&Calibrator>,
    ) -> Calibrator {
        let mut calibrator = Calibrator::fit_whole(signals.whole.view(), labels, classes.len(), seed, init);
        if let Some(abusive) = classes.abusive() {
            calibrator.strongest_part = StrongestPart::fit(&calibrator, signals, labels, abusive);
        }
        calibrator
    }

    /// Fits a calibrator to the signals of whole comments, `[comment][signal]`.
    fn fit_whole(
        signals: ArrayView2<f64>,
        labels: &[LabelSet],
        classes: usize,
        seed: u64,
        init: Option<&Calibrator>,
    ) -> Calibrator {
        let width = Layout::new(classes).len();
        let n = labels.len() as f64;
        let mean: Vec<f64> = signals.columns().into_iter().map(|column| column.iter().sum::<f64>() / n).collect();
        let deviation: Vec<f64> = signals
            .columns()
            .into_iter()
            .zip(&mean)
            .map(|(column, mean)| (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
            .map(|deviation| if deviation > 1e-9 { deviation } else { 1.0 })
            .collect();
        let mut calibrator = Calibrator {
            mean,
            deviation,
            weights: init.map_or(vec![0.0; width * classes], |init| init.weights.clone()),
            intercept: init.map_or(vec![0.0; classes], |init| init.intercept.clone()),
            label_weights: vec![1.0; classes],
            strongest_part: StrongestPart::default(),
        };
        let sample = subsample(labels, MAX_COMMENTS);
        let (signals, labels) =
            (signals.select(Axis(0), &sample), sample.iter().map(|&i| labels[i]).collect::<Vec<_>>());
        let records = Array2::from_shape_fn(signals.dim(), |(row, i)| {
            standard(signals[(row, i)], calibrator.mean[i], calibrator.deviation[i])
        });
        let full: Vec<usize> = (0..labels.len()).filter(|&i| labels[i].len() == 1).collect();
        let targets: Vec<usize> = full.iter().filter_map(|&i| labels[i].single()).collect();
        if full.len() == labels.len() {
            calibrator.learn(records, targets);
            return calibrator;
        }
        // Those with alternatives begin as the others of these labels are on average.
        let share = |class: usize| (targets.iter().filter(|target| **target == class).count() as f64 + 0.5).ln();
        let shares = Probabilities::softmax(&(0..classes).map(share).collect::<Vec<_>>());
        for round in 0..4 {
            let targets = (0..labels.len()).map(|i| match labels[i].single() {
                Some(class) => class,
                None => {
                    let signals = signals.row(i);
                    let signals = signals.as_slice().expect("rows lie in one piece");
                    let probabilities = if round == 0 { shares } else { calibrator.probabilities(signals) };
                    draw(&probabilities, labels[i], seed ^ mix(i as u64 * 4 + round))
                }
            });
            let targets = targets.collect();
            calibrator.learn(records.clone(), targets);
        }
        calibrator
    }

    /// This calibrator with its log-odds multiplied by a factor and shifted for each class, so that they fit comments of
    /// another place: the shares of the classes differ there, and how much the words say. `1 + classes` numbers are fitted
    /// by maximum likelihood, a label with alternatives by the sum of their probabilities, with a penalty on their distance
    /// from this calibrator (Platt 1999; for label shift, Alexandari, Kundaje and Shrikumar 2020), by accelerated gradient
    /// descent (Nesterov 1983).
    pub(super) fn rescaled(&self, signals: &Signals, labels: &[LabelSet]) -> Calibrator {
        let signals = signals.whole.view();
        let k = self.intercept.len();
        let sample = subsample(labels, MAX_COMMENTS);
        let logits = |&i: &usize| {
            let signals = signals.row(i);
            let p = self.probabilities(signals.as_slice().expect("rows lie in one piece"));
            let logs: Vec<f64> = p.as_slice().iter().map(|p| f64::from(*p).max(1e-9).ln()).collect();
            let mean = logs.iter().sum::<f64>() / k as f64;
            (labels[i], logs.into_iter().map(|log| log - mean).collect::<Vec<f64>>())
        };
        let rows: Vec<(LabelSet, Vec<f64>)> = sample.iter().map(logits).collect();
        // Factor, then shifts.
        let mut at = vec![0.0; k + 1];
        at[0] = 1.0;
        let (mut before, mut ahead) = (at.clone(), at.clone());
        let squares: f64 = rows.iter().map(|(_, z)| 1.0 + z.iter().map(|z| z * z).sum::<f64>()).sum();
        let step = 1.0 / (squares / 2.0 + RESCALING_PENALTY);
        for round in 0..RESCALING_ROUNDS {
            let mut gradient: Vec<f64> = ahead.iter().map(|x| RESCALING_PENALTY * x).collect();
            gradient[0] -= RESCALING_PENALTY;
            for (label, z) in &rows {
                let shifted: Vec<f64> = z.iter().zip(&ahead[1..]).map(|(z, shift)| ahead[0] * z + shift).collect();
                let p = Probabilities::softmax(&shifted);
                let inside = p.of(*label).max(1e-12);
                for class in 0..k {
                    let posterior = if label.contains(class) { f64::from(p[class]) / inside } else { 0.0 };
                    let residual = f64::from(p[class]) - posterior;
                    gradient[0] += residual * z[class];
                    gradient[1 + class] += residual;
                }
            }
            at = ahead.iter().zip(&gradient).map(|(x, slope)| x - step * slope).collect();
            let momentum = round as f64 / (round as f64 + 3.0);
            ahead = at.iter().zip(&before).map(|(x, before)| x + momentum * (x - before)).collect();
            before.clone_from(&at);
        }
        let factor = at[0].max(0.05);
        Calibrator {
            weights: self.weights.iter().map(|weight| weight * factor).collect(),
            intercept: self.intercept.iter().zip(&at[1..]).map(|(x, shift)| x * factor + shift).collect(),
            ..self.clone()
        }
    }

    fn learn(&mut self, records: Array2<f64>, targets: Vec<usize>) {
        let rows = records.nrows() as f64;
        let classes = self.intercept.len();
        // The classes that linfa will find, in its order; the last row is the intercepts.
        let mut present = targets.clone();
        present.sort_unstable();
        present.dedup();
        let start = Array2::from_shape_fn((self.mean.len() + 1, present.len()), |(i, place)| {
            if i == self.mean.len() {
                self.intercept[present[place]]
            } else {
                self.weights[i * classes + present[place]]
            }
        });
        let dataset = Dataset::new(records, Array1::from(targets));
        let fitted = MultiLogisticRegression::default()
            .alpha((rows / 10.0).clamp(1.0, ALPHA))
            .gradient_tolerance(GRADIENT_TOLERANCE * rows)
            .max_iterations(200)
            .initial_params(start)
            .fit(&dataset);
        // It fails only for a signal that is not finite or a class without a row; neither occurs here.
        let fitted = fitted.expect("finite signals and at least two classes");
        // A class without a comment is as rare as a single one.
        self.intercept.fill(-rows.ln());
        for (place, &class) in fitted.classes().iter().enumerate() {
            self.intercept[class] = fitted.intercept()[place];
            for (i, weight) in fitted.params().column(place).iter().enumerate() {
                self.weights[i * classes + class] = *weight;
            }
        }
    }
}

/// Places of about `max` comments at most, each label in proportion and once at least.
fn subsample(labels: &[LabelSet], max: usize) -> Vec<usize> {
    let every = labels.len().div_ceil(max);
    let mut counts = HashMap::new();
    let mut is_due = |label: LabelSet| {
        let count = counts.entry(label).or_insert(0);
        *count += 1;
        (*count - 1) % every == 0
    };
    (0..labels.len()).filter(|&i| is_due(labels[i])).collect()
}

/// Class of `set`, drawn by the probabilities.
fn draw(probabilities: &Probabilities, set: LabelSet, random: u64) -> usize {
    let mut left = (mix(random) >> 11) as f64 / (1u64 << 53) as f64 * probabilities.of(set);
    let mut last = 0;
    for class in set.iter() {
        last = class;
        left -= f64::from(probabilities[class]);
        if left < 0.0 {
            break;
        }
    }
    last
}
