//! Promises: which thresholds keep the error of automatic decisions below a bound, with a stated confidence.
//!
//! Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei 2021): each threshold of a grid is a hypothesis, "the
//! error beyond it is greater than was asked". Of comments that were not learnt from, `n` lie beyond a threshold and
//! `k` of these are wrong; given `n`, `k` is binomial, so the probability of so few mistakes if the error were as
//! great as allowed, `P(Binomial(n, allowed) <= k)`, is an exact p-value (its bound is that of Clopper and Pearson
//! 1934). Thresholds are tested in a fixed order, from strict to lenient, until the first that does not pass; the
//! last that passed is taken. Since the first false one in that order passes with a probability of at most one less
//! the confidence, all that passed are right with that confidence (fixed sequence testing).
//!
//! The order begins where the test is likeliest to pass as the probabilities themselves foretell it: a very strict
//! threshold leaves so few comments that a single mistake, or none at all, proves nothing. Neither the grid nor its
//! beginning depends on a label, so the p-values stay exact.

use super::Tally;
use statrs::function::beta::checked_beta_reg;

/// A comment with a known label, as one zone sees it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The probability that it is wrong to decide on it, from 0 to 1: small ones are decided first.
    pub risk: f32,
    /// Whether it would be wrong. What may be wrong is wrong, where the label leaves it open.
    pub wrong: bool,
}

/// The widest zone that a promise holds for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Zone {
    /// Comments are decided whose risk is below this.
    pub below: f32,
    /// What was counted there.
    pub tally: Tally,
}

/// Each threshold of the grid leaves about this times as many comments below it as the next stricter one: a few per
/// cent of all where most are decided, a few comments where few are.
const STEP: f64 = 1.03;

/// Probabilities are written with four decimals; thresholds have no more, so that they can be read and set by hand.
const DECIMALS: f64 = 10_000.0;

impl Tally {
    /// Share of the wrong ones; 0 if there are no comments.
    pub fn share(&self) -> f64 {
        if self.comments == 0 { 0.0 } else { self.wrong as f64 / self.comments as f64 }
    }

    /// The probability of so few wrong ones, or fewer, if the error is `error`: P(Binomial(n, error) <= k).
    pub fn at_most(&self, error: f64) -> f64 {
        let Tally { comments, wrong } = *self;
        if wrong >= comments {
            return 1.0;
        }
        checked_beta_reg((comments - wrong) as f64, wrong as f64 + 1.0, 1.0 - error).unwrap_or(1.0)
    }

    /// The probability of so many wrong ones, or more, if the error is `error`: P(Binomial(n, error) >= k).
    pub fn at_least(&self, error: f64) -> f64 {
        match self.wrong {
            0 => 1.0,
            wrong => 1.0 - Tally { wrong: wrong - 1, ..*self }.at_most(error),
        }
    }

    /// The greatest error that so few wrong ones leave open at this confidence (Clopper and Pearson 1934, one-sided).
    pub fn upper(&self, confidence: f64) -> f64 {
        bisect(|error| self.at_most(error) > 1.0 - confidence)
    }

    /// The least error that so many wrong ones leave open at this confidence (Clopper and Pearson 1934, one-sided).
    pub fn lower(&self, confidence: f64) -> f64 {
        bisect(|error| self.at_least(error) <= 1.0 - confidence)
    }

    /// Whether so few are wrong that the error is at most `allowed`, at this confidence.
    pub fn proves(&self, allowed: f64, confidence: f64) -> bool {
        self.comments > 0 && self.at_most(allowed) <= 1.0 - confidence
    }
}

/// The greatest number from 0 to 1 that `holds` up to; it holds at small ones and not at great ones.
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

/// Most wrong ones of `n` that prove an error of at most `allowed`; none if not even 0 do.
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

/// Comments in the order of their risk, with what lies below each threshold of the grid.
struct Grid {
    steps: Vec<Step>,
}

struct Step {
    below: f32,
    tally: Tally,
    /// Mean risk.
    risk: f64,
}

impl Grid {
    fn new(cases: &[Case]) -> Grid {
        let mut cases = cases.to_vec();
        cases.sort_unstable_by(|a, b| a.risk.total_cmp(&b.risk));
        let mut steps: Vec<Step> = Vec::new();
        let (mut at, mut tally, mut sum) = (0, Tally::default(), 0.0);
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
            while let Some(case) = cases.get(at).filter(|case| case.risk < below) {
                tally.comments += 1;
                tally.wrong += u64::from(case.wrong);
                sum += f64::from(case.risk);
                at += 1;
            }
            if steps.last().is_none_or(|last| last.tally.comments < tally.comments) && tally.comments > 0 {
                steps.push(Step { below, tally, risk: sum / tally.comments as f64 });
            }
        }
        Grid { steps }
    }

    /// Where the tests begin: the step at which they are likeliest to pass if the risks are what they say.
    fn first(&self, allowed: f64, confidence: f64) -> usize {
        let power = |step: &Step| match most_wrong(step.tally.comments, allowed, confidence) {
            Some(wrong) => Tally { wrong, ..step.tally }.at_most(step.risk),
            None => 0.0,
        };
        let powers: Vec<f64> = self.steps.iter().map(power).collect();
        (0..powers.len()).rev().max_by(|&a, &b| powers[a].total_cmp(&powers[b])).unwrap_or(0)
    }
}

/// The widest zone of which it can be said with `confidence` that at most the share `allowed` of it is wrong; none if
/// there is none.
pub fn widest(cases: &[Case], allowed: f64, confidence: f64) -> Option<Zone> {
    let grid = Grid::new(cases);
    let first = grid.first(allowed, confidence);
    let passed = grid.steps[first.min(grid.steps.len())..]
        .iter()
        .take_while(|step| step.tally.proves(allowed, confidence))
        .last()?;
    Some(Zone { below: passed.below, tally: passed.tally })
}

/// Comments like these that it would take to find a zone, as far as these tell; none if more of them would not help.
///
/// For each threshold of the grid: the least number beyond it that would prove the promise if the share of wrong ones
/// stayed what it is (one comment of half the allowed error added, since no mistake among a few says little), as a
/// share of all. The
/// least of these, and never fewer than no mistake at all would need.
pub fn comments_needed(cases: &[Case], allowed: f64, confidence: f64) -> Option<u64> {
    let least = (1.0 - confidence).ln() / (1.0 - allowed).ln();
    let needed = |step: &Step| {
        let n = step.tally.comments as f64;
        let rate = (step.tally.wrong as f64 + allowed / 2.0) / (n + 1.0);
        let proves =
            |n: u64| Tally { comments: n, wrong: (rate * n as f64).round() as u64 }.proves(allowed, confidence);
        let mut most = least.ceil() as u64;
        while !proves(most) {
            most *= 2;
            if rate >= allowed || most > 1 << 40 {
                return None;
            }
        }
        Some((most as f64 / n * cases.len() as f64).ceil() as u64)
    };
    Grid::new(cases).steps.iter().filter_map(needed).min()
}
