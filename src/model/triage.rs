//! Triage: from probabilities to decisions. A comment is published, rejected, or held for a person; criticism goes
//! to the editors as well.
//!
//! Two thresholds on the probability of the class `abusive` make the decision, and one on that of `critical` calls
//! the editors. A comment that the model has no opinion on, since it knows next to none of its words, is held
//! whatever its probabilities say.
//!
//! Triage needs a class that is named `abusive`, and nothing but that: where abuse was never told apart from
//! something else (`abusive|critical` as one class), a rejection would throw out the other as well, so such a model
//! decides nothing. The editors are called only where there is a class of the name `critical`.

use std::fmt;

use crate::model::score::{Familiarity, Score};
use crate::stats::histogram::Histogram;
use crate::stats::{Promises, Tally};
use serde::{Deserialize, Serialize};

/// Name of the class that is rejected.
pub const ABUSIVE: &str = "abusive";

/// The place of the class of that name, if there is one: what is rejected, and what one passage can make a long comment.
pub fn abusive(classes: &[String]) -> Option<usize> {
    classes.iter().position(|class| class == ABUSIVE)
}

/// Name of the class that the editors should read.
pub const CRITICAL: &str = "critical";

/// What becomes of a comment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// It goes online.
    Publish,
    /// A person decides.
    Hold,
    /// It is not published.
    Reject,
}

impl Action {
    /// As it is written: `publish`, `hold`, `reject`.
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

/// Why it was decided so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// By its probability and the thresholds.
    Score,
    /// Held: the model knows too few of its words to have an opinion.
    Unfamiliar,
    /// Held like all others: there are no thresholds, since nothing could be promised of any.
    NoPromise,
    /// By a rule of the house ([`Rules`](crate::Rules)).
    Rule,
}

impl Reason {
    /// As it is written: `score`, `unfamiliar`, `no promise`, `rule`.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Score => "score",
            Reason::Unfamiliar => "unfamiliar",
            Reason::NoPromise => "no promise",
            Reason::Rule => "rule",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What becomes of a comment, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decision {
    /// What becomes of it.
    pub action: Action,
    /// Whether the editors should read it as well, whatever becomes of it: criticism is never binned unseen.
    pub editors: bool,
    /// Why.
    pub reason: Reason,
}

/// Where decisions change. All are probabilities from 0 to 1; none: no comment is decided so.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Comments are published whose probability of `abusive` is below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish_below: Option<f32>,
    /// Comments are rejected whose probability of `abusive` is above this; it is not below `publish_below`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject_above: Option<f32>,
    /// The editors get comments whose probability of `critical` is above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_above: Option<f32>,
}

/// What a model must know of a comment to have an opinion on it: one word at least, and of the share of its words and
/// the share of its n-grams that it knows, added up, as much as of all but a few of the comments it was judged by.
/// Words alone tell another language of the same script from one's own; n-grams tell a new word of it from no word.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Familiar {
    /// Where most letters are Arabic, from 0 to 2.
    pub arabic: f32,
    /// Elsewhere, from 0 to 2.
    pub other: f32,
}

impl Default for Familiar {
    /// For models that do not say: what other languages mostly stay below.
    fn default() -> Self {
        Familiar { arabic: 0.9, other: 0.9 }
    }
}

/// Per cent of letters that Arabic does not write from which on a comment is not in Arabic. Keyboards of other
/// languages leave fewer in Arabic comments; Persian and Urdu have more.
const FOREIGN: u8 = 3;

impl Familiar {
    /// How much is known of a comment: the share of its words of a known stem, and that of its known n-grams, added up.
    pub fn measure(familiarity: &Familiarity) -> f32 {
        let share = |known: u32, all: u32| known as f32 / all.max(1) as f32;
        share(familiarity.known_words, familiarity.words) + share(familiarity.known, familiarity.ngrams)
    }

    /// Whether enough is known of a comment.
    pub fn knows(&self, familiarity: &Familiarity) -> bool {
        let least = if familiarity.arabic { self.arabic } else { self.other };
        familiarity.known_words > 0 && familiarity.foreign < FOREIGN && Familiar::measure(familiarity) >= least
    }
}

/// What a model knows of triage: its thresholds and what was promised of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triage {
    /// Where decisions change.
    pub thresholds: Thresholds,
    /// What was asked.
    pub promises: Promises,
    /// What it must know of a comment to decide.
    #[serde(default)]
    pub familiar: Familiar,
    /// Comments that the thresholds were chosen on: those judged by, near repeats once, without unfamiliar ones.
    pub comments: u64,
    /// Of these, how many were rejected, and how many of them were not abusive.
    pub rejected: Tally,
    /// Of these, how many were published, and how many of them were abusive.
    pub published: Tally,
    /// What they were like.
    pub background: Background,
}

impl Triage {
    /// Checks that a model of `classes` can decide by it.
    ///
    /// # Errors
    /// As [`Thresholds::check`], or no class is named `abusive`.
    pub fn check(&self, classes: &[String]) -> Result<(), TriageError> {
        Rule::new(self.thresholds, classes).map(|_| ())
    }
}

/// Why a model cannot decide.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TriageError {
    /// No class of the name.
    #[error("no triage: it needs a class named {ABUSIVE:?} of its own; the model has {}", .classes.join(", "))]
    NoAbusive {
        /// The classes that there are.
        classes: Vec<String>,
    },
    /// Thresholds that contradict one another, or are no probabilities.
    #[error("{what} is {got}, expected {expected}")]
    Thresholds {
        /// Which.
        what: &'static str,
        /// What it had to be.
        expected: String,
        /// What it is.
        got: f32,
    },
}

impl Thresholds {
    /// Checks that they are probabilities in their order.
    ///
    /// # Errors
    /// One is not from 0 to 1, or `reject_above` is below `publish_below`.
    pub fn check(&self) -> Result<(), TriageError> {
        for (what, threshold) in [
            ("publish-below", self.publish_below),
            ("reject-above", self.reject_above),
            ("notify-above", self.notify_above),
        ] {
            if let Some(got) = threshold
                && !(0.0..=1.0).contains(&got)
            {
                return Err(TriageError::Thresholds { what, expected: "a probability from 0 to 1".to_owned(), got });
            }
        }
        match (self.publish_below, self.reject_above) {
            (Some(publish), Some(got)) if got < publish => Err(TriageError::Thresholds {
                what: "reject-above",
                expected: format!("at least publish-below, {publish}"),
                got,
            }),
            _ => Ok(()),
        }
    }
}

/// Thresholds compiled for a model's classes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    thresholds: Thresholds,
    abusive: usize,
    critical: Option<usize>,
}

impl Rule {
    pub(crate) fn new(thresholds: Thresholds, classes: &[String]) -> Result<Rule, TriageError> {
        thresholds.check()?;
        let place = |name: &str| classes.iter().position(|class| class == name);
        match place(ABUSIVE) {
            Some(abusive) => Ok(Rule { thresholds, abusive, critical: place(CRITICAL) }),
            None => Err(TriageError::NoAbusive { classes: classes.to_vec() }),
        }
    }

    pub(crate) fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    pub(crate) fn decide(&self, score: &Score, familiar: Familiar) -> Decision {
        let Thresholds { publish_below, reject_above, notify_above } = self.thresholds;
        if !familiar.knows(&score.familiarity) {
            return Decision { action: Action::Hold, editors: false, reason: Reason::Unfamiliar };
        }
        let abusive = score.probabilities[self.abusive];
        let action = if reject_above.is_some_and(|above| abusive > above) {
            Action::Reject
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
        Decision { action, editors, reason: if promised { Reason::Score } else { Reason::NoPromise } }
    }
}

/// What the comments were like that the thresholds were chosen on: later ones are compared with them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Background {
    /// For each class, how its probability was distributed.
    pub scores: Vec<Histogram>,
    /// Share of their n-grams that the model knew.
    pub known: f64,
    /// Share of the comments that were unfamiliar.
    pub unfamiliar: f64,
}
