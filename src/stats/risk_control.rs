//! Risk control: thresholds that keep the error of automatic decisions below a bound, with a stated confidence.
//!
//! Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei 2021): each threshold of a grid is a hypothesis, "the
//! error beyond it is greater than allowed". Of comments that were not learnt from, `n` lie beyond a threshold and
//! `k` of these are wrong; given `n`, `k` is binomial, so the probability of at most `k` mistakes if the error were as
//! great as allowed, `P(Binomial(n, allowed) <= k)`, is an exact p-value (its bound is that of Clopper and Pearson
//! 1934). Thresholds are tested in a fixed order, from strict to lenient, until the first that does not pass; the
//! last that passed is taken. Since the first false one in that order passes with a probability of at most one less
//! the confidence, all that passed are right with that confidence (fixed sequence testing).
//!
//! The order begins where the test is likeliest to pass if the probabilities are right: beyond a very strict threshold
//! lie so few comments that even no mistake among them proves nothing. Neither the grid nor its beginning depends on a
//! label, so the p-values stay exact.

use super::Tally;
use statrs::function::beta::checked_beta_reg;

/// Comment with a known label, as one zone sees it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Probability that the decision on it is wrong, from 0 to 1: the least risk is decided first.
    pub risk: f32,
    /// True if the decision is wrong. Where the label leaves it open, it is.
    pub wrong: bool,
}

/// Zone of comments that are decided.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Zone {
    /// Risk below which comments are decided.
    pub below: f32,
    /// Comments in it, and the wrong ones.
    pub tally: Tally,
}

/// Ratio of the numbers of comments below neighbouring thresholds of the grid: the steps are a few per cent of all where
/// most are decided, a few comments where few are.
const STEP: f64 = 1.03;

/// Decimals of thresholds: four, as probabilities are written, so that they can be read and set by hand.
const DECIMALS: f64 = 10_000.0;

impl Tally {
    /// Share of the wrong comments; 0 if there are none.
    pub fn share(&self) -> f64 {
        if self.comments == 0 { 0.0 } else { self.wrong as f64 / self.comments as f64 }
    }

    /// Probability of at most as many wrong ones if the error is `error`: P(Binomial(n, error) <= k).
    pub fn at_most(&self, error: f64) -> f64 {
        let Tally { comments, wrong } = *self;
        if wrong >= comments {
            return 1.0;
        }
        checked_beta_reg((comments - wrong) as f64, wrong as f64 + 1.0, 1.0 - error).unwrap_or(1.0)
    }

    /// Probability of at least as many wrong ones if the error is `error`: P(Binomial(n, error) >= k).
    pub fn at_least(&self, error: f64) -> f64 {
        match self.wrong {
            0 => 1.0,
            wrong => 1.0 - Tally { wrong: wrong - 1, ..*self }.at_most(error),
        }
    }

    /// Upper bound of the error at this confidence (Clopper and Pearson 1934, one-sided).
    pub fn upper(&self, confidence: f64) -> f64 {
        bisect(|error| self.at_most(error) > 1.0 - confidence)
    }

    /// Lower bound of the error at this confidence (Clopper and Pearson 1934, one-sided).
    pub fn lower(&self, confidence: f64) -> f64 {
        bisect(|error| self.at_least(error) <= 1.0 - confidence)
    }

    /// True if they prove, at this confidence, that the error is at most `allowed`.
    pub fn proves(&self, allowed: f64, confidence: f64) -> bool {
        self.comments > 0 && self.at_most(allowed) <= 1.0 - confidence
    }
}

/// Greatest number from 0 to 1 at which `holds`; it holds at all smaller ones and at no greater one.
fn bisect(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    if holds(high) {
        return high;
    }
    for _ in 0..52 {
        let middle = (low + high) / 2.0;
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

/// Most wrong ones of `n` comments that still prove an error of at most `allowed`; none if not even 0 do.
fn most_wrong(n: u64, allowed: f64, confidence: f64) -> Option<u64> {
    let proves = |wrong: u64| Tally { comments: n, wrong }.proves(allowed, confidence);
    if !proves(0) {
        return None;
    }
    // More than the allowed share never prove it.
    let (mut low, mut high) = (0, (n as f64 * allowed) as u64 + 1);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if proves(middle) { low = middle } else { high = middle }
    }
    Some(low)
}

/// Grid of thresholds, with the comments below each.
struct Grid {
    steps: Vec<Step>,
}

/// Threshold of the grid.
struct Step {
    below: f32,
    tally: Tally,
    /// Mean risk of the comments below it.
    risk: f64,
}

impl Grid {
    fn new(cases: &[Case]) -> Grid {
        let mut cases = cases.to_vec();
        cases.sort_unstable_by(|a, b| a.risk.total_cmp(&b.risk));
        let mut steps: Vec<Step> = Vec::new();
        let (mut next, mut tally, mut sum) = (0, Tally::default(), 0.0);
        let all = cases.len() as f64;
        let places =
            (0..).map(|step| all / STEP.powi(step)).take_while(|place| *place >= 1.0).map(|place| place as usize);
        let mut places: Vec<usize> = places.collect();
        places.reverse();
        for place in places {
            let risk = match cases.get(place) {
                Some(case) => (f64::from(case.risk) * DECIMALS).floor() / DECIMALS,
                None => 1.0,
            };
            let below = risk as f32;
            while let Some(case) = cases.get(next).filter(|case| case.risk < below) {
                tally.comments += 1;
                tally.wrong += u64::from(case.wrong);
                sum += f64::from(case.risk);
                next += 1;
            }
            if steps.last().is_none_or(|last| last.tally.comments < tally.comments) && tally.comments > 0 {
                steps.push(Step { below, tally, risk: sum / tally.comments as f64 });
            }
        }
        Grid { steps }
    }

    /// Index of the first step to test: the one likeliest to pass if the risks are right.
    fn first(&self, allowed: f64, confidence: f64) -> usize {
        let power = |step: &Step| match most_wrong(step.tally.comments, allowed, confidence) {
            Some(wrong) => Tally { wrong, ..step.tally }.at_most(step.risk),
            None => 0.0,
        };
        let powers: Vec<f64> = self.steps.iter().map(power).collect();
        (0..powers.len()).rev().max_by(|&a, &b| powers[a].total_cmp(&powers[b])).unwrap_or(0)
    }
}

/// Widest zone of which at most the share `allowed` is wrong, with `confidence`; none if there is none.
pub fn widest(cases: &[Case], allowed: f64, confidence: f64) -> Option<Zone> {
    let grid = Grid::new(cases);
    let first = grid.first(allowed, confidence);
    let passed = grid.steps[first.min(grid.steps.len())..]
        .iter()
        .take_while(|step| step.tally.proves(allowed, confidence))
        .last()?;
    Some(Zone { below: passed.below, tally: passed.tally })
}

/// Estimate of the number of comments like these that it would take to find a zone; none if more would not help.
///
/// For each threshold of the grid it is the number beyond it that would prove the bound if the share of wrong ones stayed
/// the same (with half the allowed error of one more comment added, since no mistake among a few says little), scaled up
/// to all comments. The estimate is the smallest of these, and never below the number that would be needed without a
/// single mistake.
pub fn comments_needed(cases: &[Case], allowed: f64, confidence: f64) -> Option<u64> {
    let without_mistake = (1.0 - confidence).ln() / (1.0 - allowed).ln();
    let needed = |step: &Step| {
        let n = step.tally.comments as f64;
        let rate = (step.tally.wrong as f64 + allowed / 2.0) / (n + 1.0);
        let proves =
            |n: u64| Tally { comments: n, wrong: (rate * n as f64).round() as u64 }.proves(allowed, confidence);
        let mut n_needed = without_mistake.ceil() as u64;
        while !proves(n_needed) {
            n_needed *= 2;
            if rate >= allowed || n_needed > 1 << 40 {
                return None;
            }
        }
        Some((n_needed as f64 / n * cases.len() as f64).ceil() as u64)
    };
    Grid::new(cases).steps.iter().filter_map(needed).min()
}
