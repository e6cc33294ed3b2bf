//! Adjusted count: the share of a kind among comments without labels, from what a test that errs finds of them.
//!
//! A test, such as a cut-off of a probability, finds the rate `t` of the comments of a kind and the rate `f` of all others;
//! both are known from labelled comments. Among others, of which the share `s` is of the kind, it finds the share
//! `q = s t + (1 - s) f`. So `s = (q - f) / (t - f)` (Rogan and Gladen 1978; Forman 2008). This holds under label shift: the
//! comments of each kind are as before, and only their shares differ.
//!
//! The interval has exact limits of all three shares (Clopper and Pearson 1934), each two-sided with a third of the error
//! probability, so that all six hold together with the confidence (Bonferroni). It is what `s` can be within this box:
//! where `t` is greater than `f`, `s` grows with `q` and falls with both `t` and `f`, so its limits are at two corners. Where
//! the intervals of `t` and `f` meet, the test may tell nothing, and `s` can be anything.

use super::Tally;
use serde::Serialize;

/// Estimate of a share; an example is at `evaluate::Separation::abusive_share`.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[non_exhaustive]
pub struct ShareEstimate {
    /// Share, from 0 to 1.
    pub share: f64,
    /// Interval of the share, from 0 to 1.
    pub interval: (f64, f64),
}

impl ShareEstimate {
    /// True if the interval includes a share.
    pub fn includes(&self, share: f64) -> bool {
        (self.interval.0..=self.interval.1).contains(&share)
    }
}

/// Number of comments above which more do not narrow the interval: the limits would no longer be exact to many digits, and
/// the rates are known far less well.
const MOST: u64 = 100_000;

/// Estimates the share of a kind. Each tally has a number of comments and how many of them the test finds (`wrong`): of
/// those without labels, of those of the kind, and of all others.
pub fn adjusted_count(unlabelled: Tally, kind: Tally, others: Tally, confidence: f64) -> ShareEstimate {
    let one_sided = 1.0 - (1.0 - confidence) / 6.0;
    let limits = |tally: Tally| match tally.comments {
        0..=MOST => (tally.lower(one_sided), tally.upper(one_sided)),
        all => {
            let wrong = (u128::from(tally.wrong) * u128::from(MOST)).div_euclid(u128::from(all)) as u64;
            // Rounded apart.
            let [low, high] = [wrong, (wrong + 1).min(MOST)].map(|wrong| Tally { comments: MOST, wrong });
            (low.lower(one_sided), high.upper(one_sided))
        }
    };
    let [q, t, f] = [unlabelled, kind, others].map(limits);
    let interval = if t.0 <= f.1 { (0.0, 1.0) } else { (share(q.0, t.1, f.1), share(q.1, t.0, f.0)) };
    let share = share(unlabelled.share(), kind.share(), others.share());
    ShareEstimate { share: share.clamp(interval.0, interval.1), interval }
}

/// Share by the share found and both rates; 0 where the test tells nothing.
fn share(q: f64, t: f64, f: f64) -> f64 {
    if t > f { ((q - f) / (t - f)).clamp(0.0, 1.0) } else { 0.0 }
}
