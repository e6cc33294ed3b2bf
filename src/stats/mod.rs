//! Statistics: exact confidence bounds of an error rate, shares without labels, paired comparisons, and histograms.

#[cfg(feature = "train")]
pub mod adjusted_count;
pub mod histogram;
#[cfg(all(feature = "train", feature = "internal"))]
pub mod paired;
#[cfg(feature = "train")]
pub mod risk_control;
#[cfg(feature = "train")]
pub mod roc;

use serde::{Deserialize, Serialize};

/// Error bounds of automatic decisions, which the thresholds of a model are chosen to keep.
///
/// ```
/// use naqd::{Model, Promises};
///
/// let promises = Model::shipped().promises(true).expect("the shipped model decides");
/// assert!(promises.max_abusive_published < promises.max_innocent_rejected);
/// assert_eq!(promises.confidence, Promises::default().confidence);
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promises {
    /// Maximum share of comments that are not abusive among the rejected; greater than 0, less than 1.
    #[serde(rename = "max_wrong_reject", alias = "max_innocent_rejected")]
    pub max_innocent_rejected: f64,
    /// Maximum share of abusive comments among the published; greater than 0, less than 1.
    #[serde(rename = "max_missed_abuse", alias = "max_abusive_published")]
    pub max_abusive_published: f64,
    /// Confidence of each of the two bounds; greater than 0, less than 1. Both hold together with at least
    /// [`Promises::joint_confidence`].
    pub confidence: f64,
    /// Share of abusive comments among those that will be decided on; as in the comments that the thresholds are chosen on
    /// if none. Greater than 0, less than 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abusive_share: Option<f64>,
    /// Maximum share of the abusive comments that is published; any if none. Greater than 0, less than 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_abuse_let_through: Option<f64>,
}

impl Promises {
    /// Confidence with which both bounds hold together (Bonferroni), from 0 to 1.
    pub fn joint_confidence(&self) -> f64 {
        (1.0 - 2.0 * (1.0 - self.confidence)).max(0.0)
    }
}

impl Default for Promises {
    fn default() -> Self {
        Promises {
            max_innocent_rejected: 0.10,
            max_abusive_published: 0.03,
            confidence: 0.95,
            abusive_share: None,
            max_abuse_let_through: None,
        }
    }
}

/// Comments beyond a threshold, and how many of them are wrong there.
///
/// ```
/// # #[cfg(feature = "train")] {
/// let tally = naqd::evaluate::Tally { comments: 200, wrong: 1 };
/// assert_eq!(tally.share(), 0.005);
/// assert!(tally.upper(0.95) < 0.025);
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Comments.
    pub comments: u64,
    /// Of these, the wrong ones.
    pub wrong: u64,
}

/// Comments of either kind, those for which a decision is wrong and the others, and how many of each are decided so.
///
/// ```
/// # #[cfg(feature = "train")] {
/// // Of 400 abusive comments 12 are published, of 600 others 300.
/// let published = naqd::evaluate::Counts { wrong: 12, all_wrong: 400, right: 300, all_right: 600 };
/// assert_eq!(published.wrong_rate().share(), 0.03);
/// // Where 3 % of the comments are abusive, so are fewer of the published.
/// assert!(published.error_at(0.03) < published.decided().share());
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Comments that are decided, wrongly.
    pub wrong: u64,
    /// Comments that are decided, rightly.
    pub right: u64,
    /// All comments for which the decision is wrong.
    pub all_wrong: u64,
    /// All other comments.
    pub all_right: u64,
}
