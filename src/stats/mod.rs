//! Statistics: exact bounds of an error, and how numbers are distributed.

pub mod histogram;
#[cfg(feature = "train")]
pub mod risk_control;

use serde::{Deserialize, Serialize};

/// What is asked of automatic decisions.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promises {
    /// Of the rejected comments, at most this share is not abusive; greater than 0, less than 1.
    pub max_wrong_reject: f64,
    /// Of the published comments, at most this share is abusive; greater than 0, less than 1.
    pub max_missed_abuse: f64,
    /// How sure each of the two is; greater than 0, less than 1.
    pub confidence: f64,
}

impl Default for Promises {
    fn default() -> Self {
        Promises { max_wrong_reject: 0.02, max_missed_abuse: 0.01, confidence: 0.95 }
    }
}

/// Comments beyond a threshold, and how many of them are wrong there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Comments.
    pub comments: u64,
    /// Of these, the wrong ones.
    pub wrong: u64,
}
