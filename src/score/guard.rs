//! Guards: comments that are not rejected, however great their probability of abuse.
//!
//! - *Nobody is rejected for one word.* Many words insult in one place and not in another: an animal, an illness, a name.
//!   A comment is only rejected if it stays abusive without the most abusive of its words.
//! - *A quotation is another's words*, marked or, in Arabic, an address behind a verb of saying. A comment is only rejected
//!   if the rest of it would be rejected by itself.
//!
//! Both are looked at where a comment is abusive enough to be rejected, so that all others cost nothing.

use crate::model::label::Probabilities;
use crate::model::score::{Guard, Score};
use crate::score::classifier::Classifier;
use crate::score::signals::Signals;
use crate::text::{quotations, reported};
use std::ops::Range;

/// Log-odds by which a comment without its most abusive word must be more abusive than the average training comment. The
/// average is that of the calibrator, its log-odds where all signals are at their mean: so the guard does not depend on the
/// share of abuse among the training comments, as a probability would.
const MARGIN: f64 = 1.6;

/// Probability of `abusive` above which comments are guarded where there are no thresholds yet. No smaller threshold is
/// chosen.
pub(crate) const MIN_REJECTED: f32 = 0.5;

impl Classifier {
    /// Class `abusive`, and the probability above which a comment is rejected, if one of this score is.
    #[inline]
    fn rejected(&self, score: &Score) -> Option<(usize, f32)> {
        let abusive = self.classes.abusive()?;
        let above = match self.expert(score.familiarity.arabic).decider {
            Some(decider) => decider.thresholds().reject_above?,
            None => MIN_REJECTED,
        };
        (score.probabilities[abusive] > above).then_some((abusive, above))
    }

    /// Score of a comment with these signals, guarded if one word alone makes it abusive.
    #[inline]
    pub(super) fn with_word(&self, signals: &Signals<'_>, score: Score) -> Score {
        match (self.rejected(&score), signals.without_word) {
            (Some((abusive, _)), Some(without_word)) => {
                let mut guard = Guard::OneWord;
                without_word(&mut |rest| {
                    let p = self.by_experts(&rest).probabilities;
                    let average = &self.expert(rest.familiarity.arabic).average;
                    if log_odds(&p, abusive) > log_odds(average, abusive) + MARGIN {
                        guard = Guard::None;
                    }
                });
                Score { guard, ..score }
            }
            _ => score,
        }
    }

    /// Score of a text, which was scored without the byte spans `ignored`, guarded if its quotations make it abusive.
    #[inline]
    pub(super) fn with_quotations(&self, text: &str, ignored: &[Range<usize>], score: Score) -> Score {
        match self.rejected(&score) {
            Some((abusive, above)) => Score { guard: self.quoting(text, ignored, &score, abusive, above), ..score },
            None => score,
        }
    }

    #[inline(never)]
    fn quoting(&self, text: &str, ignored: &[Range<usize>], score: &Score, abusive: usize, above: f32) -> Guard {
        let quoted = quotations::united(&quotations::find(text), &reported::find(text));
        if quoted.is_empty() {
            return score.guard;
        }
        let left_out = quotations::united(&quoted, ignored);
        let rest = self.table.signals_masked(text, &left_out, |_| {}, |signals| self.calibrated(&signals));
        // Where nothing is left there is nothing to reject.
        let own = if rest.familiarity.ngrams == 0 { 0.0 } else { rest.probabilities[abusive] };
        if own > above && (score.guard == Guard::OneWord || rest.guard == Guard::OneWord) {
            Guard::OneWord
        } else if own < score.probabilities[abusive] {
            Guard::Quotation(own)
        } else {
            Guard::None
        }
    }

    /// Guard of a comment that was scored before, by a classifier that has not learnt from it.
    #[cfg(feature = "train")]
    pub(crate) fn guarded(&self, text: &str, score: Score) -> Score {
        match self.rejected(&score) {
            Some(_) => Score { guard: self.score(text).guard, ..score },
            None => score,
        }
    }
}

/// Log-odds of a class.
fn log_odds(probabilities: &Probabilities, class: usize) -> f64 {
    let p = f64::from(probabilities[class]);
    (p / (1.0 - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;

    /// A record without its strongest word gives the same as a text that is read without the bytes of a word.
    #[test]
    fn a_record_without_a_word_is_the_text_without_it() {
        let classifier = Classifier::new(&Model::shipped());
        let probabilities = |signals: &Signals<'_>| classifier.by_experts(signals).probabilities;
        for text in [
            "you are a stupid idiot and a disgusting pig",
            "the idiot. Go away, liar! Thank you all",
            "يا كلب يا حمار",
            "idiot",
            "hello 😀 whoever wrote this is an id*ot, sir",
        ] {
            let without = classifier.table.signals(text, |signals| {
                let mut rest = None;
                signals.without_word.expect("it is a whole text")(&mut |signals| rest = Some(probabilities(&signals)));
                rest.expect("it is passed on")
            });
            let mut start = 0;
            let mut words = text.split(' ').map(|word| {
                let span = start..start + word.trim_end_matches(['.', ',', '!']).len();
                start += word.len() + 1;
                span
            });
            let is = |span| {
                let left_out: [Range<usize>; 1] = [span];
                classifier.table.signals_masked(text, &left_out, |_| {}, |signals| probabilities(&signals)) == without
            };
            assert!(words.any(is), "{text}");
        }
    }
}
