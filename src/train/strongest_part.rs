//! Fitting of how the most abusive part of a comment counts, after the regression of the calibrator.

use crate::model::label::LabelSet;
use crate::model::layer::{Calibrator, StrongestPart};
use crate::score::strongest_part::{Among, log_odds, probability};
use crate::train::held_out::Signals;

/// Penalties on the squared distance from what is assumed, in the order of [`numbers`]. Whoever hides an insult among
/// friendly sentences hardly occurs in a corpus, so that comments by themselves would let a part count too little: a
/// strong penalty holds the excess near what is assumed.
const PENALTIES: [f64; 4] = [1.0, 1.0, 100.0, 100.0];

/// Least of each number.
const LEAST: [f64; 4] = [0.05, f64::NEG_INFINITY, 0.0, 0.0];

/// Maximum number of comments to fit on: of more, every second, third, ...
const MAX_COMMENTS: usize = 10_000;

/// Number of rounds over the numbers.
const ROUNDS: usize = 30;

/// Comment of several parts.
struct Row {
    among: Among,
    /// Log-odds of abuse of the whole, and of its most abusive part.
    whole: f64,
    part: f64,
    /// Share of the other classes that its label leaves open; none if its label is not abusive.
    others: Option<f64>,
}

impl StrongestPart {
    /// Fits the rule to the signals of comments and their labels by maximum likelihood of abusive or not, with a penalty on
    /// the distance from what is assumed: Fisher scoring of one number after the other.
    pub(super) fn fit(
        calibrator: &Calibrator,
        signals: &Signals,
        labels: &[LabelSet],
        abusive: usize,
    ) -> StrongestPart {
        let several: Vec<usize> = (0..labels.len()).filter(|&i| signals.parts[i].is_some()).collect();
        let every = several.len().div_ceil(MAX_COMMENTS).max(1);
        let row = |&i: &usize| {
            let (among, part) = signals.parts[i]?;
            let whole = signals.whole.row(i);
            let whole = calibrator.probabilities(whole.as_slice().expect("rows lie in one piece"));
            let part = calibrator.probabilities(&part[..signals.whole.ncols()]);
            let p = f64::from(whole[abusive]);
            let others = labels[i].contains(abusive).then(|| (whole.of(labels[i]) - p).max(0.0) / (1.0 - p).max(1e-9));
            Some(Row { among, whole: log_odds(p), part: log_odds(part[abusive].into()), others })
        };
        let rows: Vec<Row> = several.iter().step_by(every).filter_map(row).collect();
        let assumed = numbers(StrongestPart::default());
        let mut at = assumed;
        for _ in 0..ROUNDS {
            for i in 0..at.len() {
                let mut gradient = PENALTIES[i] * (at[i] - assumed[i]);
                let mut curvature = PENALTIES[i];
                for row in &rows {
                    let (residual, weight, slope) = row.slope(rule(at), i);
                    gradient += residual * slope;
                    curvature += weight * slope * slope;
                }
                at[i] = (at[i] - (gradient / curvature).clamp(-0.5, 0.5)).max(LEAST[i]);
            }
        }
        rule(at)
    }
}

impl Row {
    /// Probability of abuse less the share of it that the label means, variance of the former, and slope of its log-odds in
    /// a number of the rule.
    fn slope(&self, rule: StrongestPart, number: usize) -> (f64, f64, f64) {
        let combined = rule.combined(rule.of_whole(self.whole), self.part, self.among);
        let p = probability(combined.log_odds);
        let target = self.others.map_or(0.0, |others| p / (p + (1.0 - p) * others).max(1e-12));
        let slope = match number {
            0 => combined.by_whole * self.whole,
            1 => combined.by_whole,
            2 => combined.by_excess,
            _ => combined.by_excess * self.among.log_count,
        };
        (p - target, p * (1.0 - p), slope)
    }
}

/// Numbers of a rule.
fn numbers(rule: StrongestPart) -> [f64; 4] {
    let StrongestPart { factor, shift, excess, excess_growth } = rule;
    [factor, shift, excess, excess_growth]
}

/// Rule of these numbers.
fn rule([factor, shift, excess, excess_growth]: [f64; 4]) -> StrongestPart {
    StrongestPart { factor, shift, excess, excess_growth }
}
