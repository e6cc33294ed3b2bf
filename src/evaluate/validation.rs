//! Metrics of a cross-validation, as a training reports them.
//!
//! The keys of the JSON are those of the first version.

use crate::evaluate::metrics::{Calibration, Figures};
use crate::evaluate::thresholds::ThresholdChoice;
use serde::Serialize;

/// Cross-validated metrics: every comment was scored by a model that had learnt neither from it nor from its
/// near-duplicates. Two numbers, the strength of the penalty and the label weights, are chosen on the same comments.
///
/// ```
/// use naqd::evaluate::Validation;
/// use naqd::{Corpus, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let validation: Validation = Trainer::new().fit(&Corpus::from_rows(rows)?)?.validation;
/// assert_eq!((validation.comments, validation.held_out, validation.folds), (24, 24, 5));
/// assert!(validation.figures.macro_f1 > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Validation {
    /// Number of comments learnt from.
    pub comments: usize,
    /// Number of held-out comments, which the metrics are of.
    #[serde(rename = "judged")]
    pub held_out: usize,
    /// Number of folds of five that were left out in turn.
    pub folds: usize,
    /// Number of groups of near-duplicates with more than one comment.
    #[serde(rename = "repeated")]
    pub duplicate_groups: usize,
    /// Minimum number of comments that an n-gram had to occur in: as asked, or more if there were too many n-grams.
    #[serde(rename = "least")]
    pub min_count: u32,
    /// Number of n-grams that occur in that many.
    pub ngrams_counted: usize,
    /// Number of n-grams in the model.
    pub ngrams: usize,
    /// Strengths of the penalty that were tried.
    pub trials: Vec<Trial>,
    /// Strength that was chosen.
    pub l2: f32,
    /// Metrics of the labels.
    pub figures: Figures,
    /// Calibration of the n-gram weights alone.
    #[serde(rename = "evidence")]
    pub uncalibrated: Calibration,
    /// Calibration of the n-gram weights with plain temperature scaling (Guo et al. 2017), for comparison.
    #[serde(rename = "temperature")]
    pub temperature_scaled: Calibration,
    /// Calibration of the model's probabilities.
    #[serde(rename = "verdict")]
    pub calibrated: Calibration,
    /// Thresholds of automatic decisions; none if no class is named `abusive` or no promises were asked for.
    pub triage: Option<ThresholdChoice>,
    /// Comments that were set aside to choose the thresholds on; none if there are none.
    pub set_aside: Option<SetAsideFigures>,
}

impl Validation {
    /// Number of labelled comments: those learnt from and those set aside.
    pub fn labelled(&self) -> u64 {
        (self.comments + self.set_aside.map_or(0, |of| of.comments)) as u64
    }

    /// Number of labelled comments to add where `needs` of them are needed: see [`Outlook`]. Comments that thresholds were
    /// chosen on, and that are not of the corpus, are needed by themselves.
    ///
    /// [`Outlook`]: crate::evaluate::Outlook
    pub fn labels_missing(&self, needs: u64) -> u64 {
        let of_other_files = || self.triage.as_ref().map_or(0, |choice| choice.triage.tested_on());
        let labelled = match (self.set_aside, of_other_files()) {
            (None, comments) if comments > 0 => comments,
            _ => self.labelled(),
        };
        needs.saturating_sub(labelled)
    }
}

/// Comments that nothing was learnt from and that alone chose the thresholds.
///
/// ```
/// use naqd::evaluate::SetAsideFigures;
/// use naqd::{Corpus, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let corpus = Corpus::from_rows(rows)?;
/// let set_aside: Option<SetAsideFigures> = Trainer::new().fit(&corpus)?.validation.set_aside;
/// assert_eq!(set_aside, None, "nothing can be promised with so few comments");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SetAsideFigures {
    /// Number of comments.
    pub comments: usize,
    /// Share of all labelled comments.
    pub share: f64,
    /// Macro-F1 that the model would have more had it learnt from them too, by estimate; none where that is unknown.
    pub macro_f1_cost: Option<f64>,
}

/// Trial of one strength of the penalty.
///
/// ```
/// use naqd::{Corpus, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let validation = Trainer::new().fit(&Corpus::from_rows(rows)?)?.validation;
/// let best = validation.trials.iter().min_by(|a, b| a.log_loss.total_cmp(&b.log_loss));
/// assert_eq!(best.map(|trial| trial.l2), Some(validation.l2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct Trial {
    /// Strength of the L2 penalty.
    pub l2: f32,
    /// Log loss on held-out comments, in nats: on all of them, or on those of the first folds where these are enough to
    /// choose by.
    pub log_loss: f64,
}
