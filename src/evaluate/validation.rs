//! Metrics of a cross-validation, as a training reports them.
//!
//! The keys of the JSON are those of the first version.

use crate::evaluate::metrics::{Calibration, Figures};
use crate::evaluate::thresholds::ThresholdChoice;
use crate::model::kinds::{AbuseKind, KindFigures};
use crate::stats::{Promises, Tally};
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
    /// Strength that was chosen; infinite (`null` in JSON) if the weights are those of the model that it learnt on top of.
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
    /// Model that it learnt on top of, and how good that is on the same comments.
    pub prior: PriorUse,
    /// Validation of each expert, where the model has learnt one for each script; its own thresholds, `l2` and `trials` are
    /// there, and those of the whole model are none or the main expert's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experts: Vec<ScriptValidation>,
    /// Kinds of abuse that could be judged, those of each script in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindValidation>,
}

/// Kind of abuse on held-out comments of a script.
///
/// ```
/// use naqd::{Corpus, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let validation = Trainer::new().fit(&Corpus::from_rows(rows)?)?.validation;
/// assert!(validation.kinds.is_empty(), "no kinds are stated");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KindValidation {
    /// Script, `arabic` or `other`; none if one expert is for all.
    pub script: Option<&'static str>,
    /// Kind.
    pub kind: AbuseKind,
    /// True if it was good enough for the model.
    pub kept: bool,
    /// Probability above which a comment is said to be of the kind.
    pub threshold: f32,
    /// Figures of held-out comments.
    #[serde(flatten)]
    pub figures: KindFigures,
}

/// Validation of the expert of one script; an example is at [`Validation::by_script`].
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ScriptValidation {
    /// Script: `arabic`, or `other` for comments whose letters are mostly not Arabic.
    pub script: &'static str,
    /// Validation on comments of that script.
    #[serde(flatten)]
    pub validation: Validation,
}

impl Validation {
    /// Validation of each expert with its script, that of most comments first, or this one alone if there is one expert for
    /// all comments.
    ///
    /// ```
    /// use naqd::{Corpus, Trainer};
    ///
    /// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
    /// let rows = numbers.flat_map(|n| {
    ///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
    /// });
    /// let validation = Trainer::new().fit(&Corpus::from_rows(rows)?)?.validation;
    /// let scripts: Vec<Option<&str>> = validation.by_script().map(|(script, _)| script).collect();
    /// assert_eq!(scripts, [None], "too few comments for two experts");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn by_script(&self) -> impl Iterator<Item = (Option<&'static str>, &Validation)> {
        let all = self.experts.is_empty().then_some((None, self));
        all.into_iter().chain(self.experts.iter().map(|expert| (Some(expert.script), &expert.validation)))
    }

    /// True if no expert has a threshold by which comments are published or rejected.
    #[cfg(feature = "train")]
    pub(crate) fn decides_nothing(&self) -> bool {
        self.by_script()
            .all(|(_, of)| of.triage.as_ref().is_none_or(|choice| choice.triage.thresholds.decides_nothing()))
    }
}

/// Use of the model that a training was to learn on top of.
///
/// ```
/// use naqd::evaluate::PriorUse;
/// use naqd::{Corpus, Model, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let trained = Trainer::new().on_top_of(Model::shipped()).fit(&Corpus::from_rows(rows)?)?;
/// assert!(matches!(trained.validation.prior, PriorUse::OtherClasses), "the shipped model has three");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PriorUse {
    /// It was to start from nothing.
    None,
    /// It started from nothing: the labels are not the classes of the other model.
    OtherClasses,
    /// It started from nothing: the other model has learnt most of the comments, so nothing could be validated on them.
    Known {
        /// Number of comments that the other model has learnt.
        comments: usize,
    },
    /// It learnt on top of the other model.
    OnTop(Box<OnTop>),
}

/// Model that another one learnt on top of; an example is at [`PriorUse`].
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct OnTop {
    /// Scripts that were learnt, `arabic` or `other`, that of most comments last; in others the model stays as it was.
    pub scripts: Vec<&'static str>,
    /// Number of comments that the other model had learnt already, and their near-duplicates; they were left out.
    pub known: usize,
    /// Number of comments of scripts with too few to learn from; they were left out.
    pub other_script: usize,
    /// Figures of the other model, unchanged, on the held-out comments.
    #[serde(flatten)]
    pub unchanged: Unchanged,
    /// Share of the comments that the thresholds of the other model decide, and those of the new one; none without
    /// thresholds.
    pub decided: [Option<f64>; 2],
    /// Published and rejected ones of these comments, near-duplicates once, and how many were decided wrongly, where the
    /// thresholds are [inherited](ThresholdChoice::inherited).
    pub inherited: Option<[Tally; 2]>,
}

/// True for the published and for the rejected comments where these tallies refute the promise.
pub(crate) fn inherited_broken([published, rejected]: [Tally; 2], promises: &Promises) -> [bool; 2] {
    let broken = |tally: Tally, most: f64| tally.comments > 0 && tally.at_least(most) <= 1.0 - promises.confidence;
    [broken(published, promises.max_abusive_published), broken(rejected, promises.max_innocent_rejected)]
}

impl OnTop {
    /// True if the new model, of that validation, is worse than the one it learnt on top of: by log loss and macro-F1.
    pub fn is_worse(&self, validation: &Validation) -> bool {
        validation.calibrated.log_loss > self.unchanged.calibrated.log_loss
            && validation.figures.macro_f1 < self.unchanged.figures.macro_f1
    }

    /// True for the published and for the rejected comments where inherited thresholds err significantly more on the comments
    /// at hand than `promises`, those of the other model, allow. These thresholds are switched off.
    pub fn inherited_broken(&self, promises: &Promises) -> [bool; 2] {
        inherited_broken(self.inherited.unwrap_or_default(), promises)
    }

    /// Comparison of the new model, of that validation, with the one it learnt on top of.
    #[cfg(feature = "report")]
    pub(crate) fn compare(&self, validation: &Validation) -> Comparison {
        let (own, other) = (&validation.figures, &self.unchanged.figures);
        let (own_fit, other_fit) = (validation.calibrated.log_loss, self.unchanged.calibrated.log_loss);
        let rounded = |number: f64| (number * 1000.0).round();
        if self.is_worse(validation) {
            return Comparison::Worse;
        }
        if rounded(own.macro_f1) == rounded(other.macro_f1) && rounded(own_fit) == rounded(other_fit) {
            return Comparison::Same;
        }
        match (own.macro_f1 >= other.macro_f1, own_fit <= other_fit) {
            (true, true) => Comparison::Better,
            (true, false) => Comparison::BetterLabels,
            (false, true) => Comparison::BetterProbabilities,
            (false, false) => Comparison::Worse,
        }
    }
}

/// New model in comparison with the one that it learnt on top of, on the same held-out comments.
#[cfg(feature = "report")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Comparison {
    /// Both metrics are the same to three decimals.
    Same,
    /// Neither metric is worse, and one is better.
    Better,
    /// Macro-F1 is better, log loss is worse.
    BetterLabels,
    /// Log loss is better, macro-F1 is worse.
    BetterProbabilities,
    /// Neither metric is better, and one is worse.
    Worse,
}

/// Figures of a model on comments that another one, learnt on top of it, was validated on; an example is at [`PriorUse`].
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Unchanged {
    /// Metrics of the labels.
    pub figures: Figures,
    /// Calibration of the probabilities.
    pub calibrated: Calibration,
}

impl Validation {
    /// Number of labelled comments: those learnt from and those set aside.
    pub fn labelled(&self) -> u64 {
        (self.comments + self.set_aside.map_or(0, |of| of.comments)) as u64
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

#[cfg(test)]
mod tests {
    use super::{OnTop, Unchanged};
    use crate::evaluate::metrics::{calibration, figures};
    use crate::model::classes::Classes;
    use crate::stats::{Promises, Tally};

    #[test]
    fn inherited_promises_are_broken_by_significant_errors_only() {
        let on_top = |inherited| OnTop {
            scripts: vec!["arabic"],
            known: 0,
            other_script: 0,
            unchanged: Unchanged {
                figures: figures(&Classes::new(["abusive", "neutral"]), &[], &[], &[]),
                calibrated: calibration(&[], &[]),
            },
            decided: [None; 2],
            inherited,
        };
        let promises = Promises {
            max_abusive_published: 0.03,
            max_innocent_rejected: 0.2,
            confidence: 0.95,
            ..Promises::default()
        };
        let of = |published: (u64, u64), rejected: (u64, u64)| {
            let tally = |(comments, wrong)| Tally { comments, wrong };
            on_top(Some([tally(published), tally(rejected)])).inherited_broken(&promises)
        };
        assert_eq!(of((651, 118), (516, 173)), [true, true]);
        assert_eq!(of((30, 1), (12, 4)), [false, false], "above the promise, and yet it may be chance");
        assert_eq!(of((0, 0), (0, 0)), [false, false]);
        assert_eq!(on_top(None).inherited_broken(&promises), [false, false], "own thresholds");
    }
}
