//! Learning on top of another model: its weights are the prior that own comments pull away from.
//!
//! The comments have fixed log-odds, those of the other model, and only the difference from its weights is learnt and
//! penalised. An infinite penalty, the other model itself, is among the strengths, and so is its calibrator, unchanged or
//! rescaled. Of all these, cross-validation takes the one nearest to the other model whose log loss is within one
//! standard error of the best (Breiman, Friedman, Olshen and Stone 1984, section 3.4.3): with few comments that is the
//! other model itself.
//!
//! One script is learnt at a time, Arabic or the others, by n-grams with a letter of it. What the model says of comments
//! of the other script stays as it was.

use rayon::prelude::*;

use crate::evaluate::metrics::log_losses;
use crate::evaluate::validation::Trial;
use crate::model::label::{LabelSet, Probabilities};
use crate::model::layer::Calibrator;
use crate::model::{Expert, Model};
use crate::score::signals::Layout;
use crate::score::weight_table::WeightTable;
use crate::train::error::TrainError;
use crate::train::examples::Examples;
use crate::train::fit::{Fit, Refitted, scores};
use crate::train::held_out::Signals;
use crate::train::objective::Part;
use crate::train::trainer::MIN_OF_CLASS;

/// Strengths of the penalty on the difference that cross-validation chooses from, strongest first.
pub(super) const STRENGTHS: [f32; 4] = [100.0, 30.0, 10.0, 3.0];

/// Number of held-out comments that are enough to choose by.
pub(super) const VALIDATION_SIZE: usize = 10_000;

/// Model to learn on top of, in one script.
pub(super) struct Prior<'m> {
    pub(super) model: &'m Model,
    /// True if the comments to learn from are Arabic, false if they are of other scripts.
    pub(super) arabic: bool,
    table: WeightTable,
}

impl<'m> Prior<'m> {
    pub(super) fn new(model: &'m Model, arabic: bool) -> Prior<'m> {
        let biases = model.experts.map(|expert| &expert.bias[..]);
        Prior { model, arabic, table: WeightTable::new(&model.weights, &biases, model.classes.abusive()) }
    }

    /// Expert of the comments to learn from.
    pub(super) fn expert(&self) -> &'m Expert {
        self.model.experts.of(self.arabic)
    }

    /// Log-odds of texts, `[text][class]`.
    pub(super) fn offset(&self, texts: &[String]) -> Vec<f32> {
        let whole = Layout::new(self.model.classes.len()).whole();
        let offset = |text: &String| {
            self.table
                .signals(text, |signals| signals.whole[whole.clone()].iter().map(|x| *x as f32).collect::<Vec<_>>())
        };
        texts.par_iter().flat_map_iter(offset).collect()
    }
}

/// Calibrator of a candidate.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Calibration {
    /// That of the other model.
    Unchanged,
    /// That of the other model, rescaled.
    Rescaled,
    /// A new one.
    New,
}

impl Calibration {
    /// Calibrator of this kind, fitted to the signals and labels of comments.
    fn fit(self, prior: &Prior, seed: u64, signals: &Signals, labels: &[LabelSet]) -> Calibrator {
        let below = &prior.expert().calibrator;
        match self {
            Calibration::Unchanged => below.clone(),
            Calibration::Rescaled => below.rescaled(signals, labels),
            Calibration::New => Calibrator::fit(signals, labels, &prior.model.classes, seed, Some(below)),
        }
    }
}

/// Weights of a strength of the penalty, with the signals of the held-out comments; infinite for the other model's own.
struct Weighted {
    l2: f32,
    signals: Signals,
    tables: Vec<WeightTable>,
}

/// Candidate: weights and a calibrator.
struct Candidate {
    weighted: usize,
    calibration: Calibration,
    probabilities: Vec<Probabilities>,
    /// Log loss of each held-out comment.
    losses: Vec<f64>,
}

impl Candidate {
    fn loss(&self) -> f64 {
        self.losses.iter().sum::<f64>() / self.losses.len().max(1) as f64
    }

    /// True if its loss is within one standard error of that of a better one: of the mean of their differences.
    fn is_near(&self, best: &Candidate) -> bool {
        let n = self.losses.len() as f64;
        let mean = self.loss() - best.loss();
        let square = |(a, b): (&f64, &f64)| (a - b - mean).powi(2);
        let variance = self.losses.iter().zip(&best.losses).map(square).sum::<f64>() / (n - 1.0).max(1.0);
        mean <= (variance / n).sqrt()
    }
}

impl Fit<'_> {
    /// Learns on top of another model: chooses how far to go away from it, and learns from all comments. `parts` are those
    /// of the folds and, as the last, all comments.
    pub(super) fn learn_on_top(
        &self,
        examples: &Examples,
        prior: &Prior,
        mut parts: Vec<Part>,
    ) -> Result<Refitted, TrainError> {
        let all = parts.pop().expect("all comments are the last part");
        let labels = &self.held_out.labels;
        let signals = examples.signals_by(&[&prior.table], |_| 0, &self.held_out.comments);
        let mut weighted = vec![Weighted { l2: f32::INFINITY, signals, tables: Vec::new() }];
        let mut candidates = self.candidates(prior, &weighted, &[Calibration::Unchanged]);
        let mut kinds = vec![Calibration::Rescaled];
        let alone = |class: usize| labels.iter().filter(|label| label.single() == Some(class)).count();
        if (0..prior.model.classes.len()).all(|class| alone(class) >= MIN_OF_CLASS) {
            kinds.push(Calibration::New);
        }
        candidates.extend(self.candidates(prior, &weighted, &kinds));
        let best = |candidates: &[Candidate]| candidates.iter().map(Candidate::loss).fold(f64::INFINITY, f64::min);
        let mut trials: Vec<Trial> = Vec::new();
        let chunks = parts.len().div_ceil(self.side_by_side);
        let mut starts = vec![None; chunks];
        for (tried, &l2) in self.strengths.iter().enumerate() {
            let mut solved = Vec::new();
            for (chunk, parts) in parts.chunks(self.side_by_side).enumerate() {
                let tick = || self.step("cross-validating", 2 + tried * chunks + chunk);
                solved.extend(examples.solve(parts, l2, &mut starts[chunk], &tick)?);
            }
            let tables: Vec<WeightTable> = solved.par_iter().map(|fold| examples.table(fold)).collect();
            let signals = examples.signals(&tables, &self.held_out.comments);
            weighted.push(Weighted { l2, signals, tables });
            let tried = self.candidates(prior, &weighted, &kinds);
            trials.push(Trial { l2, log_loss: best(&tried) });
            let better = best(&tried) < best(&candidates);
            candidates.extend(tried);
            if !better && trials.len() > 1 {
                break;
            }
        }
        let least = candidates.iter().min_by(|a, b| a.loss().total_cmp(&b.loss())).expect("at least one candidate");
        let nearest =
            candidates.iter().position(|candidate| candidate.is_near(least)).expect("the best is near itself");
        // The first is the other model itself.
        let predicted = |p: &Probabilities| (prior.expert().calibrator.label(p), *p);
        let unchanged = candidates[0].probabilities.iter().map(predicted).collect();
        let chosen = candidates.swap_remove(nearest);
        self.step("calibrating", self.steps - 2);
        let Weighted { l2, signals, tables } = weighted.swap_remove(chosen.weighted);
        // What a probability means among comments that were chosen for what they are is not what it means among all: a calibrator
        // that was fitted to them has served to compare weights, and goes.
        let calibration = if self.trainer.chosen { Calibration::Unchanged } else { chosen.calibration };
        let fit = |signals: &Signals, labels: &[LabelSet]| calibration.fit(prior, self.trainer.seed, signals, labels);
        let probabilities = match calibration == chosen.calibration {
            true => chosen.probabilities,
            false => self.held_out.cross_calibrated(&signals, self.corpus.classes.abusive(), fit),
        };
        let mut calibrator = fit(&signals, labels);
        let keep = calibration == Calibration::Unchanged;
        let classes = &self.corpus.classes;
        let (metrics, label_weights) = self.held_out.metrics(&signals, probabilities, classes, &calibrator, keep);
        calibrator.label_weights = label_weights;
        let (weights, bias) = if l2.is_finite() {
            examples.quantise(&self.solve_with(examples, vec![all], l2)?[0])
        } else {
            (prior.model.weights.clone(), prior.expert().bias.clone())
        };
        let scores = scores(&self.held_out.comments, &metrics, signals.familiarities);
        Ok(Refitted { trials, l2, weights, bias, calibrator, tables, metrics, scores, unchanged })
    }

    /// Candidates of the weights added last.
    fn candidates(&self, prior: &Prior, weighted: &[Weighted], kinds: &[Calibration]) -> Vec<Candidate> {
        let place = weighted.len() - 1;
        let signals = &weighted[place].signals;
        let (labels, seed) = (&self.held_out.labels, self.trainer.seed);
        let candidate = |&calibration: &Calibration| {
            let fit = |signals: &Signals, labels: &[LabelSet]| calibration.fit(prior, seed, signals, labels);
            let probabilities = self.held_out.cross_calibrated(signals, self.corpus.classes.abusive(), fit);
            let losses = log_losses(labels, &probabilities);
            Candidate { weighted: place, calibration, probabilities, losses }
        };
        kinds.iter().map(candidate).collect()
    }
}
