//! Triage: from probabilities to decisions. A comment is published, rejected, or held for a person; criticism goes
//! to the editors as well.
//!
//! Two thresholds on the probability of the class `abusive` make the decision, and one on that of `critical` notifies
//! the editors. A comment is held, whatever its probabilities are, if the model knows too few of its words. One that would
//! be rejected is held if a guard of its [`Score`] says so.
//!
//! Triage needs a class that is named `abusive`. Where abuse was never told apart from something else
//! (`abusive|critical` as one class), a rejection would hit the other as well, so such a model decides nothing. The
//! editors are notified only where there is a class named `critical`.

use std::fmt;

use crate::model::classes::{ABUSIVE, Classes};
use crate::model::kinds::AbuseKind;
use crate::model::score::{Familiarity, Score};
use crate::stats::histogram::Histogram;
use crate::stats::{Counts, Promises, Tally};
use serde::{Deserialize, Serialize};

/// Action on a comment.
///
/// ```
/// use naqd::Action;
///
/// let status = |action| match action {
///     Action::Publish => "approved",
///     Action::Reject => "rejected",
///     _ => "pending",
/// };
/// assert_eq!(status(Action::Hold), "pending");
/// assert_eq!(Action::Hold.as_str(), "hold");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Action {
    /// The comment goes online.
    Publish,
    /// A person decides.
    Hold,
    /// The comment is not published.
    Reject,
}

impl Action {
    /// Name of the action: `publish`, `hold`, `reject`.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Publish => "publish",
            Action::Hold => "hold",
            Action::Reject => "reject",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reason of a decision.
///
/// ```
/// use naqd::{Classifier, Model, Reason};
///
/// let classifier = Classifier::new(&Model::shipped());
/// let decision = classifier.decide(&classifier.score("Полностью согласен с автором"));
/// assert_eq!(decision.map(|decision| decision.reason), Some(Reason::Unfamiliar));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// Probability of the comment and the thresholds.
    Score,
    /// Held: the model knows too few of the words.
    Unfamiliar,
    /// Held like all others: there are no thresholds, since none keeps the promises.
    NoPromise,
    /// House rule ([`Rules`](crate::Rules)).
    Rule,
    /// Held, not rejected: without its most abusive word the comment is hardly more abusive than the average one.
    OneWord,
    /// Held, not rejected: without its quotations the comment is not abusive enough.
    Quotation,
}

impl Reason {
    /// Name of the reason: `score`, `unfamiliar`, `no promise`, `rule`, `one word`, `quotation`.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Score => "score",
            Reason::Unfamiliar => "unfamiliar",
            Reason::NoPromise => "no promise",
            Reason::Rule => "rule",
            Reason::OneWord => "one word",
            Reason::Quotation => "quotation",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Decision on a comment.
///
/// ```
/// use naqd::{Action, Classifier, Model, Thresholds};
///
/// let mut classifier = Classifier::new(&Model::shipped());
/// classifier.set_thresholds(Thresholds { reject_above: Some(0.8), ..Thresholds::default() })?;
/// let score = classifier.score("you are a stupid idiot and a disgusting pig");
/// let decision = classifier.decide(&score).expect("there are thresholds");
/// assert_eq!((decision.action, decision.editors), (Action::Reject, false));
/// # Ok::<(), naqd::ThresholdsError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Decision {
    /// Action on the comment.
    pub action: Action,
    /// True if the editors should read the comment as well, whatever the action: criticism is never discarded unread.
    pub editors: bool,
    /// True if the comment is said to be a threat, whatever the action: a newsroom must see threats first.
    pub threat: bool,
    /// Reason of the action.
    pub reason: Reason,
}

impl Decision {
    /// True if the comment is published or rejected without a person.
    pub fn is_automatic(&self) -> bool {
        self.action != Action::Hold
    }

    /// Decision to hold a comment for a person.
    pub const fn hold(reason: Reason) -> Decision {
        Decision { action: Action::Hold, editors: false, threat: false, reason }
    }
}

/// Thresholds of automatic decisions: probabilities from 0 to 1. Without one, no comment is decided so.
///
/// ```
/// use naqd::Thresholds;
///
/// let thresholds = Thresholds { publish_below: Some(0.1), reject_above: Some(0.9), notify_above: None };
/// assert!(thresholds.check().is_ok());
/// assert!(Thresholds { reject_above: Some(0.05), ..thresholds }.check().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Publish comments whose probability of `abusive` is below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish_below: Option<f32>,
    /// Reject comments whose probability of `abusive` is above this; at least `publish_below`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject_above: Option<f32>,
    /// Notify the editors of comments whose probability of `critical` is above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_above: Option<f32>,
}

/// Minimum familiarity of a comment that is decided: the model knows one word at least, and the share of its words plus
/// the share of its n-grams that it knows is as great as in all but a few of the comments it was validated on. Words
/// alone tell another language of the same script from one's own; n-grams tell a new word from no word.
///
/// ```
/// # #[cfg(feature = "train")] {
/// use naqd::evaluate::Familiar;
/// use naqd::{Classifier, Model};
///
/// let classifier = Classifier::new(&Model::shipped());
/// let knows = |text| Familiar::default().knows(&classifier.score(text).familiarity);
/// assert!(knows("thank you for this article") && !knows("Полностью согласен с автором"));
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Familiar {
    /// Minimum where most letters are Arabic, from 0 to 2.
    pub arabic: f32,
    /// Minimum elsewhere, from 0 to 2.
    pub other: f32,
}

impl Default for Familiar {
    /// Minimum of models that do not state one: other languages mostly stay below it.
    fn default() -> Self {
        Familiar { arabic: 0.9, other: 0.9 }
    }
}

/// Percentage of letters not written in Arabic from which on a comment counts as another language. Keyboards of other
/// languages leave fewer in Arabic comments; Persian and Urdu have more.
const MIN_FOREIGN: u8 = 3;

impl Familiar {
    /// Familiarity of a comment: the share of its words of a known stem plus the share of its known n-grams.
    pub fn measure(familiarity: &Familiarity) -> f32 {
        let share = |known: u32, all: u32| known as f32 / all.max(1) as f32;
        share(familiarity.known_words, familiarity.words) + share(familiarity.known, familiarity.ngrams)
    }

    /// True if enough is known of a comment to decide on it.
    pub fn knows(&self, familiarity: &Familiarity) -> bool {
        Familiar::may_know(familiarity) && Familiar::measure(familiarity) >= self.minimum(familiarity)
    }

    /// Share of the model's opinion that counts, from 0, where it has none, to 1, where it knows the comment. It falls from the
    /// minimum familiarity on, and is 0 at half of it.
    pub(crate) fn opinion(&self, familiarity: &Familiarity) -> f64 {
        let share = f64::from(Familiar::measure(familiarity)) / f64::from(self.minimum(familiarity).max(f32::EPSILON));
        if Familiar::may_know(familiarity) { (2.0 * share - 1.0).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// True if a word or half of the n-grams of a comment are known, and it is of no other language of Arabic script.
    pub(crate) fn knows_some(familiarity: &Familiarity) -> bool {
        let Familiarity { ngrams, known, words, known_words, foreign, .. } = *familiarity;
        foreign < MIN_FOREIGN && (known_words > 0 || words > 0 && 2 * known >= ngrams)
    }

    fn may_know(familiarity: &Familiarity) -> bool {
        familiarity.known_words > 0 && familiarity.foreign < MIN_FOREIGN
    }

    fn minimum(&self, familiarity: &Familiarity) -> f32 {
        if familiarity.arabic { self.arabic } else { self.other }
    }
}

/// Thresholds of a model, with the error bounds they were chosen for and the comments they were chosen on; an example is at
/// `evaluate::PromiseCheck`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triage {
    /// Thresholds of the decisions.
    pub thresholds: Thresholds,
    /// Error bounds that were asked for.
    pub promises: Promises,
    /// Minimum familiarity of a comment that is decided.
    #[serde(default)]
    pub familiar: Familiar,
    /// Number of comments that the thresholds were chosen on: held out, near-duplicates once, without unfamiliar ones.
    pub comments: u64,
    /// Rejected ones of these, and how many of them were not abusive.
    pub rejected: Tally,
    /// Published ones of these, and how many of them were abusive.
    pub published: Tally,
    /// Statistics of these comments, which later ones are compared with.
    pub background: Background,
    /// Rates at which comments of either kind are decided, near-duplicates once, unfamiliar ones too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<Rates>,
    /// Cut-off by which the share of abuse among unlabelled comments is estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separation: Option<Separation>,
    /// Share of abusive comments among the labelled ones, in Arabic script and in others; none where there are none.
    #[serde(default)]
    pub abusive_shares: [Option<f64>; 2],
}

/// Rates at which comments of either kind are published and rejected: they do not depend on the share of abuse. An example
/// is at `evaluate::PromiseCheck`.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Abusive comments (wrong) and others (right) that are published.
    pub published: Counts,
    /// Comments that are not abusive (wrong) and abusive ones (right) that are rejected.
    pub rejected: Counts,
}

/// Numbers of comments of either kind above a probability of `abusive`. An example is at `evaluate::PromiseCheck`.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Separation {
    /// Probability from which on a comment counts as above.
    pub cutoff: f32,
    /// Number of abusive comments.
    pub abusive: u64,
    /// Those of them above.
    pub abusive_above: u64,
    /// Number of other comments.
    pub others: u64,
    /// Those of them above.
    pub others_above: u64,
}

/// Maximum number of comments that thresholds are chosen on, so that sums of them do not overflow.
const MAX_COMMENTS: u64 = 1 << 48;

impl Triage {
    /// Number of comments that the thresholds were chosen on, unfamiliar ones too; near-duplicates once.
    #[cfg(feature = "report")]
    pub(crate) fn tested_on(&self) -> u64 {
        self.rates.map_or(self.comments, |rates| rates.published.all_wrong + rates.published.all_right)
    }

    /// Share of these comments that are or may be abusive.
    #[cfg(feature = "report")]
    pub(crate) fn tested_share(&self) -> f64 {
        self.rates.map_or(0.0, |rates| rates.published.all_wrong as f64) / self.tested_on().max(1) as f64
    }

    /// Checks that a model of `classes` can decide by it.
    ///
    /// # Errors
    /// As [`Thresholds::check`], or no class is named `abusive`.
    pub fn check(&self, classes: &Classes) -> Result<(), ThresholdsError> {
        Decider::new(self.thresholds, classes).map(|_| ())
    }

    /// Name of a number that cannot be, and what is expected of it; none if all can be.
    pub(crate) fn impossible(&self) -> Option<(&'static str, &'static str)> {
        let Triage { promises, familiar, comments, rejected, published, background, rates, separation, .. } = self;
        let share = |share: &f64| (0.0..=1.0).contains(share);
        let bounds =
            [Some(promises.max_innocent_rejected), Some(promises.max_abusive_published), Some(promises.confidence)];
        let bounds = bounds.into_iter().chain([promises.abusive_share, promises.max_abuse_let_through]).flatten();
        let part = |part: u64, all: u64| part <= all && all <= MAX_COMMENTS;
        let counts = |of: &Counts| part(of.wrong, of.all_wrong) && part(of.right, of.all_right);
        let histogram = |of: &Histogram| {
            of.shares.len() == of.edges.len() + 1 && of.edges.is_sorted_by(|a, b| a < b) && of.shares.iter().all(share)
        };
        let checks = [
            ("promises of triage", "more than 0 and less than 1", bounds.clone().all(|of| of > 0.0 && of < 1.0)),
            (
                "minimum familiarity",
                "0 to 2",
                [familiar.arabic, familiar.other].iter().all(|of| (0.0..=2.0).contains(of)),
            ),
            (
                "numbers of decided comments",
                "a part of all",
                part(rejected.comments, *comments)
                    && part(published.comments, *comments)
                    && part(rejected.wrong, rejected.comments)
                    && part(published.wrong, published.comments)
                    && rates.iter().all(|of| counts(&of.published) && counts(&of.rejected)),
            ),
            (
                "numbers above the cut-off",
                "a part of all, and a probability",
                separation.iter().all(|of| {
                    (0.0..=1.0).contains(&of.cutoff)
                        && part(of.abusive_above, of.abusive)
                        && part(of.others_above, of.others)
                }),
            ),
            ("shares of abuse", "0 to 1", self.abusive_shares.iter().flatten().all(share)),
            (
                "background of triage",
                "shares from 0 to 1 between ascending edges",
                share(&background.known) && share(&background.unfamiliar) && background.scores.iter().all(histogram),
            ),
        ];
        checks.into_iter().find_map(|(what, expected, holds)| (!holds).then_some((what, expected)))
    }
}

/// Error of thresholds that no decision can be made by.
///
/// ```
/// use naqd::{Thresholds, ThresholdsError};
///
/// let error = Thresholds { publish_below: Some(1.5), ..Thresholds::default() }.check().unwrap_err();
/// assert!(matches!(error, ThresholdsError::Value { got: 1.5, .. }));
/// ```
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum ThresholdsError {
    /// No class is named `abusive`.
    #[error("no triage: it needs a class named {ABUSIVE:?} of its own; the model has {}", .classes.join(", "))]
    NoAbusive {
        /// Names of the classes.
        classes: Vec<String>,
    },
    /// A threshold is no probability, or contradicts another.
    #[error("{what} is {got}, expected {expected}")]
    Value {
        /// Name of the threshold.
        what: &'static str,
        /// Values that are allowed.
        expected: String,
        /// Value of the threshold.
        got: f32,
    },
}

impl Thresholds {
    /// True if neither a comment is published by them nor rejected.
    #[cfg(feature = "train")]
    pub(crate) fn decides_nothing(&self) -> bool {
        self.publish_below.is_none() && self.reject_above.is_none()
    }

    /// Checks that the thresholds are probabilities in their order.
    ///
    /// # Errors
    /// One is not from 0 to 1, or `reject_above` is below `publish_below`.
    pub fn check(&self) -> Result<(), ThresholdsError> {
        for (what, threshold) in [
            ("publish-below", self.publish_below),
            ("reject-above", self.reject_above),
            ("notify-above", self.notify_above),
        ] {
            if let Some(got) = threshold
                && !(0.0..=1.0).contains(&got)
            {
                return Err(ThresholdsError::Value { what, expected: "a probability from 0 to 1".to_owned(), got });
            }
        }
        match (self.publish_below, self.reject_above) {
            (Some(publish), Some(got)) if got < publish => Err(ThresholdsError::Value {
                what: "reject-above",
                expected: format!("at least publish-below, {publish}"),
                got,
            }),
            _ => Ok(()),
        }
    }
}

/// Thresholds compiled for the classes of a model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decider {
    thresholds: Thresholds,
    abusive: usize,
    critical: Option<usize>,
}

impl Decider {
    pub(crate) fn new(thresholds: Thresholds, classes: &Classes) -> Result<Decider, ThresholdsError> {
        thresholds.check()?;
        match classes.abusive() {
            Some(abusive) => Ok(Decider { thresholds, abusive, critical: classes.critical() }),
            None => Err(ThresholdsError::NoAbusive { classes: classes.to_vec() }),
        }
    }

    pub(crate) fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    pub(crate) fn decide(&self, score: &Score, familiar: Familiar) -> Decision {
        let Thresholds { publish_below, reject_above, notify_above } = self.thresholds;
        let threat = score.kinds.named.contains(AbuseKind::Threat);
        if !familiar.knows(&score.familiarity) {
            return Decision { threat, ..Decision::hold(Reason::Unfamiliar) };
        }
        let abusive = score.probabilities[self.abusive];
        let mut guard = None;
        let action = if let Some(above) = reject_above.filter(|above| abusive > *above) {
            match score.rejectable(self.abusive) {
                Some(own) if own > above => Action::Reject,
                Some(_) => {
                    guard = Some(Reason::Quotation);
                    Action::Hold
                }
                None => {
                    guard = Some(Reason::OneWord);
                    Action::Hold
                }
            }
        } else if publish_below.is_some_and(|below| abusive < below) {
            Action::Publish
        } else {
            Action::Hold
        };
        let editors = match (self.critical, notify_above) {
            (Some(critical), Some(above)) => score.probabilities[critical] > above,
            _ => false,
        };
        let promised = publish_below.is_some() || reject_above.is_some();
        let by_thresholds = if promised { Reason::Score } else { Reason::NoPromise };
        Decision { action, editors, threat, reason: guard.unwrap_or(by_thresholds) }
    }
}

/// Statistics of the comments that the thresholds were chosen on; later comments are compared with them, as in the example
/// at `evaluate::PromiseCheck`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Background {
    /// Distribution of the probability of each class.
    pub scores: Vec<Histogram>,
    /// Share of the n-grams that the model knew.
    pub known: f64,
    /// Share of the comments that were unfamiliar.
    pub unfamiliar: f64,
}
