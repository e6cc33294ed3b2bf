//! A trained model and how good it is.

use crate::evaluate::metrics::{Calibration, Figures};
use crate::evaluate::thresholds::Choice;
use crate::model::Model;
use crate::model::label::Probabilities;
use crate::model::score::Score;
use crate::score::classifier::Classifier;
use crate::score::explanation::Explanation;
use serde::Serialize;

/// A model and how good it is.
#[derive(Debug)]
pub struct Trained {
    /// The model, learnt from all comments.
    pub model: Model,
    /// Figures of comments that were not learnt from.
    pub report: Report,
    /// The comments that the figures are of, by place in the corpus, and what was said of each.
    pub judged: Vec<(usize, Score)>,
    /// The models that had not learnt from them.
    pub held_out: HeldOut,
}

/// The sparse layers of the cross-validation, each learnt without one fold: they say why a comment was judged as it
/// was. The model itself would not, since it has learnt the comment by heart, label and all.
#[derive(Debug)]
pub struct HeldOut {
    /// The fold of each comment of the corpus.
    pub(super) fold: Vec<u8>,
    /// By fold, as far as they were visited; with the verdict layer of the model.
    pub(super) classifiers: Vec<Classifier>,
}

impl HeldOut {
    /// What speaks for which class in `text`, the comment at that place in the corpus, to a model that has learnt
    /// neither from it nor from its repeats. None where there is no such model, which is where the comment was not
    /// judged. The probabilities differ a little from those it was judged by: their verdict layer had learnt from it.
    pub fn explain(&self, comment: usize, text: &str) -> Option<Explanation> {
        let fold = *self.fold.get(comment)?;
        Some(self.classifiers.get(usize::from(fold))?.explain(text))
    }

    /// As [`Classifier::evidence_alone`], by the same model as [`HeldOut::explain`].
    pub fn evidence_alone(&self, comment: usize, text: &str) -> Option<Probabilities> {
        let fold = *self.fold.get(comment)?;
        Some(self.classifiers.get(usize::from(fold))?.evidence_alone(text))
    }
}

/// Cross-validated figures: every comment was scored by a model that had learnt neither from it nor from its repeats.
/// Two numbers, the strength of the penalty and the label weights, are chosen on the same comments.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Comments learnt from.
    pub comments: usize,
    /// Comments that the figures are of.
    pub judged: usize,
    /// Folds of five that were left out in turn.
    pub folds: usize,
    /// Groups of repeats with more than one comment.
    pub repeated: usize,
    /// Comments that an n-gram had to stand in at least: as asked, or more if there were too many n-grams.
    pub least: u32,
    /// N-grams that stand in that many.
    pub ngrams_counted: usize,
    /// N-grams in the model.
    pub ngrams: usize,
    /// Strengths of the penalty that were tried.
    pub trials: Vec<Trial>,
    /// The strength that was taken.
    pub l2: f32,
    /// Figures of the labels.
    pub figures: Figures,
    /// Of the sparse layer alone.
    pub evidence: Calibration,
    /// Of the sparse layer with plain temperature scaling (Guo et al. 2017), for comparison.
    pub temperature: Calibration,
    /// Of the verdict layer.
    pub verdict: Calibration,
    /// The thresholds of automatic decisions; none if no class is named `abusive` or nothing was asked.
    pub triage: Option<Choice>,
}

/// One strength of the penalty.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Trial {
    /// The strength.
    pub l2: f32,
    /// Log loss of the verdicts on comments that the sparse layer had not learnt from, in nats: of all that were
    /// judged, or of the first folds where those are enough to choose by.
    pub log_loss: f64,
}

/// How far training has come: what is being done, and which step of how many it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What is being done.
    pub what: &'static str,
    /// Steps done.
    pub done: usize,
    /// Steps in all; an estimate that may shrink.
    pub of: usize,
}
