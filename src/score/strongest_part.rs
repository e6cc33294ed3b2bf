//! Most abusive part of a comment: one sentence is enough.
//!
//! The average over a comment says little of one insult among several sentences of criticism or thanks. Writers who know
//! that hide an insult among friendly sentences, in a pasted article, or before an innocent word that comes a thousand
//! times (good-word attack, Lowd and Meek 2005). So the most abusive sentence is scored as if it stood alone; in a long
//! comment, which may have no full stop, the most abusive passage.
//!
//! But the greatest of many numbers is great by chance: of ten innocent sentences one always looks worse than the whole.
//! So a part counts by how far it exceeds the whole, and must exceed it the further, the more parts there are.

use crate::model::layer::StrongestPart;
use crate::score::passages::BLOCK;

/// Words of the longest comment whose parts are its sentences; a longer one is searched for passages.
pub(crate) const MAX_SHORT: u32 = 40;

/// Most parts that the fit and the scores tell apart: of more there are too few comments to learn from.
const MAX_PARTS: f64 = 40.0;

/// Highest probability of abuse that a passage can give a long comment: enough to be labelled abusive and held, too little
/// to be rejected without a person.
const MAX_RAISED: f64 = 0.6;

/// How sharply a part begins to count, in log-odds of its share for each log-odd beyond the excess.
const STEEPNESS: f64 = 2.0;

/// What a part is the most abusive of.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Among {
    /// Logarithm of their number.
    pub(crate) log_count: f64,
    /// True if they are the passages of a long comment.
    pub(crate) are_passages: bool,
}

impl Among {
    /// Among of a comment by the number of its words that count, and of those `repeated` too often to count, which make it long
    /// and are no part; none if it is one short sentence.
    pub(crate) fn of(sentences: u32, words: u32, repeated: u32) -> Option<Among> {
        // Of what is mostly repeated the rest counts by itself.
        let are_passages = words.saturating_add(repeated) > MAX_SHORT || repeated > words / 2;
        // A passage begins with every block.
        let count = f64::from(if are_passages { (words / BLOCK).max(1) } else { sentences });
        (are_passages || count > 1.0).then(|| Among { log_count: count.min(MAX_PARTS).ln(), are_passages })
    }
}

/// Log-odds of abuse of a comment, and what they depend on.
pub(crate) struct Combined {
    pub(crate) log_odds: f64,
    /// Slope in the log-odds of the whole.
    #[cfg_attr(not(feature = "train"), allow(dead_code))]
    pub(crate) by_whole: f64,
    /// Slope in the excess from which the part counts.
    #[cfg_attr(not(feature = "train"), allow(dead_code))]
    pub(crate) by_excess: f64,
}

impl StrongestPart {
    /// Log-odds of a comment of several parts by its whole alone.
    pub(crate) fn of_whole(&self, whole: f64) -> f64 {
        self.factor * whole + self.shift
    }

    /// True if no part can raise the log-odds of the whole, as [`StrongestPart::of_whole`] gives them.
    pub(crate) fn is_settled(whole: f64, among: Among) -> bool {
        among.are_passages && whole >= log_odds(MAX_RAISED)
    }

    /// Log-odds of a comment by those of its whole, as [`StrongestPart::of_whole`] gives them, and those of its most
    /// abusive part as if it stood alone: between the two, and never less than the whole's.
    pub(crate) fn combined(&self, whole: f64, part: f64, among: Among) -> Combined {
        let excess = part - whole;
        if excess <= 0.0 {
            return Combined { log_odds: whole, by_whole: 1.0, by_excess: 0.0 };
        }
        let beyond = excess - self.excess - self.excess_growth * among.log_count;
        let share = probability(STEEPNESS * beyond);
        let raised = whole + share * excess;
        let most = log_odds(MAX_RAISED).max(whole);
        if among.are_passages && raised > most {
            let by_whole = if most > whole { 0.0 } else { 1.0 };
            return Combined { log_odds: most, by_whole, by_excess: 0.0 };
        }
        let slope = excess * STEEPNESS * share * (1.0 - share);
        Combined { log_odds: raised, by_whole: 1.0 - share - slope, by_excess: -slope }
    }
}

/// Log-odds of a probability.
pub(crate) fn log_odds(p: f64) -> f64 {
    (p.max(1e-9) / (1.0 - p).max(1e-9)).ln()
}

/// Probability of log-odds.
pub(crate) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
