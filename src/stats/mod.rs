//! Statistics: exact confidence bounds of an error rate, and histograms.

pub mod histogram;
#[cfg(feature = "train")]
pub mod risk_control;

use serde::{Deserialize, Serialize};

/// Error bounds of automatic decisions, which the thresholds of a model are chosen to keep.
///
/// ```
/// use naqd::{Model, Promises};
///
/// let promises = Model::shipped().promises().expect("the shipped model decides");
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
    /// Confidence of each of the two bounds; greater than 0, less than 1.
    pub confidence: f64,
}

impl Default for Promises {
    fn default() -> Self {
        Promises { max_innocent_rejected: 0.02, max_abusive_published: 0.01, confidence: 0.95 }
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
