//! Guards: comments that are not rejected, however great their probability of abuse.
//!
//! - *Nobody is rejected for one word.* Many words insult in one place and not in another: an animal, an illness, a name.
//!   A comment is only rejected if it stays abusive without the most abusive of its words.
//! - *A marked quotation is another's words.* A comment is only rejected if the rest of it would be rejected by itself.
//!
//! Both are looked at where a comment is abusive enough to be rejected, so that all others cost nothing.

use crate::model::label::Probabilities;
use crate::model::score::{Guard, Score};
use crate::score::classifier::Classifier;
use crate::score::pass::LeftOut;
use crate::text::quotations;
use std::ops::Range;

/// Log-odds by which a comment without its most abusive word must be more abusive than the average training comment. The
/// average is that of the calibrator, its log-odds where all signals are at their mean: so the guard does not depend on the
/// share of abuse among the training comments, as a probability would.
const MARGIN: f64 = 0.5;

/// Probability of `abusive` above which comments are guarded where there are no thresholds yet. No smaller threshold is
/// chosen.
pub(crate) const MIN_REJECTED: f32 = 0.5;

impl Classifier {
    /// Score of a text, unguarded so far, with its guard. `ignored` are the byte spans that it was scored without.
    #[inline]
    pub(crate) fn guarded(&self, text: &str, ignored: &[Range<usize>], score: Score) -> Score {
        match (self.classes.abusive(), self.guards_above(&score)) {
            (Some(abusive), Some(above)) if score.probabilities[abusive] > above => {
                Score { guard: self.guard(text, ignored, &score, abusive, above), ..score }
            }
            _ => score,
        }
    }

    /// Probability of `abusive` above which a comment is guarded: that above which it is rejected. None if it is never
    /// rejected.
    fn guards_above(&self, score: &Score) -> Option<f32> {
        match self.deciding(score.familiarity.arabic).0 {
            Some(decider) => decider.thresholds().reject_above,
            None => Some(MIN_REJECTED),
        }
    }

    /// Guard of a text whose probability of `abusive` is above `above`.
    #[inline(never)]
    fn guard(
        &self,
        text: &str,
        ignored: &[Range<usize>],
        score: &Score,
        abusive: usize,
        above: f32,
    ) -> Guard {
        let quoted = quotations::find(text);
        if quoted.is_empty() {
            return if self.stays_abusive(text, ignored, abusive) { Guard::None } else { Guard::OneWord };
        }
        let left_out = quotations::united(&quoted, ignored);
        let own = self.unguarded(text, LeftOut { spans: &left_out, stem: None });
        // Where nothing is left there is nothing to reject.
        let own = if own.familiarity.ngrams == 0 { 0.0 } else { own.probabilities[abusive] };
        if own > above && !(self.stays_abusive(text, ignored, abusive) && self.stays_abusive(text, &left_out, abusive))
        {
            return Guard::OneWord;
        }
        if own < score.probabilities[abusive] { Guard::Quotation(own) } else { Guard::None }
    }

    /// True if a text is more abusive than the average comment, by the margin, without its most abusive word.
    fn stays_abusive(&self, text: &str, ignored: &[Range<usize>], abusive: usize) -> bool {
        let stem = self.table.most_abusive_stem(text, ignored, abusive);
        let rest = self.unguarded(text, LeftOut { spans: ignored, stem });
        let average = Probabilities::softmax(&self.calibrating(rest.familiarity.arabic).intercept);
        log_odds(&rest.probabilities, abusive) > log_odds(&average, abusive) + MARGIN
    }
}

/// Log-odds of a class.
fn log_odds(probabilities: &Probabilities, class: usize) -> f64 {
    let p = f64::from(probabilities[class]);
    (p / (1.0 - p)).ln()
}
