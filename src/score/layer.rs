//! Calibrator: from a handful of signals of a comment to calibrated probabilities.
//!
//! It is a multinomial logistic regression over [`Signals`], fitted by `linfa_logistic` on comments that the weights of
//! the n-grams were not learnt from (out of fold). These weights are learnt with balanced classes and are overconfident
//! where there were many comments, which it corrects; and it lets one insulting sentence, or one word, in a long polite
//! comment count, which the average over the comment would drown. The most abusive part of a comment is then calibrated
//! by the same regression, and raises the probability of abuse by a rule fitted to the same comments ([`StrongestPart`]).

use crate::model::label::{MAX_CLASSES, Probabilities};
use crate::model::layer::{Calibrator, StrongestPart};
use crate::score::signals::Values;
use crate::score::strongest_part::{Among, log_odds, probability};

/// Bound of the standardised signals, which are clipped to it: no comment, however strange, can push the log-odds
/// further. It also keeps the logits of all rows within some 34 of one another, where linfa-logistic 0.8.1 sums
/// exponentials exactly.
const CLIP: f64 = 4.0;

impl Calibrator {
    /// Probabilities of a comment, by the signals of its whole and, if it has several parts, by those of its most abusive
    /// one.
    pub(crate) fn calibrate(
        &self,
        whole: &[f64],
        part: Option<(Among, impl Fn() -> Option<Values>)>,
        abusive: Option<usize>,
    ) -> Probabilities {
        let mut probabilities = self.probabilities(whole);
        if let (Some((among, part)), Some(abusive)) = (part, abusive) {
            let alone = |p: &Probabilities| log_odds(p[abusive].into());
            let rule = &self.strongest_part;
            let mut combined = rule.of_whole(alone(&probabilities));
            if !StrongestPart::is_settled(combined, among)
                && let Some(part) = part()
            {
                let part = alone(&self.probabilities(&part[..whole.len()]));
                combined = rule.combined(combined, part, among).log_odds;
            }
            probabilities.set(abusive, probability(combined));
        }
        probabilities
    }

    /// Probabilities by one set of signals.
    pub(crate) fn probabilities(&self, signals: &[f64]) -> Probabilities {
        let k = self.intercept.len();
        let mut logits = [0.0; MAX_CLASSES];
        logits[..k].copy_from_slice(&self.intercept);
        match k {
            2 => self.add_up::<2>(signals, &mut logits),
            3 => self.add_up::<3>(signals, &mut logits),
            _ => {
                for (signal, weights) in self.standardised(signals).zip(self.weights.chunks_exact(k)) {
                    logits.iter_mut().zip(weights).for_each(|(logit, weight)| *logit += signal * weight);
                }
            }
        }
        Probabilities::softmax(&logits[..k])
    }

    /// Probabilities of the average comment: every signal is at its mean.
    pub(crate) fn average(&self) -> Probabilities {
        Probabilities::softmax(&self.intercept)
    }

    /// Adds the signals times their weights to the logits of `K` classes.
    fn add_up<const K: usize>(&self, signals: &[f64], logits: &mut [f64; MAX_CLASSES]) {
        let mut sums: [f64; K] = std::array::from_fn(|class| logits[class]);
        for (signal, weights) in self.standardised(signals).zip(self.weights.as_chunks::<K>().0) {
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += signal * weight);
        }
        logits[..K].copy_from_slice(&sums);
    }

    /// Signals, standardised and clipped.
    fn standardised(&self, signals: &[f64]) -> impl Iterator<Item = f64> {
        let signals = signals.iter().zip(&self.mean).zip(&self.deviation);
        signals.map(|((signal, mean), deviation)| standard(*signal, *mean, *deviation))
    }

    /// Class whose probability, times its label weight, is greatest.
    pub(crate) fn label(&self, probabilities: &Probabilities) -> usize {
        let k = self.intercept.len();
        let weighted = |class: usize| f64::from(probabilities[class]) * self.label_weights[class];
        (0..k).rev().max_by(|&a, &b| weighted(a).total_cmp(&weighted(b))).unwrap_or(0)
    }
}

/// Signal, standardised and clipped.
#[inline]
pub(crate) fn standard(signal: f64, mean: f64, deviation: f64) -> f64 {
    ((signal - mean) / deviation).clamp(-CLIP, CLIP)
}
