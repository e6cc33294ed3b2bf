//! Risk control: thresholds that keep the error of automatic decisions below a bound, with a stated confidence.
//!
//! Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei 2021): each threshold of a [grid](grid) is a
//! hypothesis, "the error beyond it is greater than allowed", and is tested on comments that the whole model has not
//! learnt from. Thresholds are tested in a fixed order, from strict to lenient, until the first that does not pass; the
//! last that passed is taken. Since the first false one in that order passes with a probability of at most one less
//! the confidence, all that passed are right with that confidence (fixed sequence testing).
//!
//! Three bounds can be tested, each by exact binomial limits (Clopper and Pearson 1934):
//!
//! - The *error*: the share of wrong comments among those decided. Of `n` decided comments `k` are wrong; given `n`, `k`
//!   is binomial, so `P(Binomial(n, bound) <= k)` is an exact p-value.
//! - The error *at another share of abuse*, under label shift: the comments of each label stay as they are, and only
//!   their shares change (Saerens, Latinne and Decaestecker 2002; Lipton, Wang and Smola 2018). With the share `s` of
//!   comments for which the decision is wrong, of which the rate `a` is decided, and the rate `b` of the others, the
//!   error is `s a / (s a + (1 - s) b)`. It is bounded by the upper limit of `a` and the lower limit of `b`, which hold
//!   together with the confidence (Bonferroni).
//! - The *rate* `a` itself: the share of all abuse that is published.
//!
//! The order begins in the middle of where the test is likeliest to pass, by comments other than those that are tested on:
//! beyond a very strict threshold lie so few comments that even no mistake among them proves nothing. Neither the grid nor
//! its beginning depends on the comments that are tested on, so all p-values are exact.

use super::{Counts, Tally};
use statrs::function::beta::checked_beta_reg;

/// Comment as one decision sees it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Probability that the decision on it is wrong, from 0 to 1: the least risk is decided first. None if it is never
    /// decided.
    pub risk: Option<f32>,
    /// True if the decision is wrong. Where the label leaves it open, it is.
    pub wrong: bool,
}

/// Comments as one decision sees them, to be counted at any threshold.
#[derive(Clone, Debug, Default)]
pub struct Cases {
    /// Risks of the comments on which the decision is wrong, ascending.
    wrong: Vec<f32>,
    /// Risks of the others, ascending.
    right: Vec<f32>,
    /// Sums of the risks of the first comments of both kinds together, in ascending order.
    risks: Vec<(f32, f64)>,
    all_wrong: u64,
    all_right: u64,
}

/// Bound of the error of one decision.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bound {
    /// Maximum share of wrong comments among those decided.
    pub error: f64,
    /// Share of comments for which the decision is wrong among those that will be decided on; as in the comments tested on
    /// if none.
    pub share: Option<f64>,
    /// Maximum rate of decided ones among the comments for which the decision is wrong; any if none.
    pub rate: Option<f64>,
    /// Confidence of the bound.
    pub confidence: f64,
}

/// Part of the error probability that the rate of the wrong comments may take; the rate of the others, of which there are
/// many, has the rest.
const WRONG_PART: f64 = 0.8;

/// Number of steps of the grid on either side of one half, and the log-odds between two of them.
const STEPS: i32 = 230;
const LOG_ODDS: f64 = 0.04;

/// Decimals of thresholds: four, as probabilities are written, so that they can be read and set by hand.
const DECIMALS: f64 = 10_000.0;

/// Thresholds that may be chosen, ascending: evenly spaced log-odds from 0.0001 to 0.9999, rounded to four decimals. One
/// half is among them, and one less each of them too.
pub fn grid() -> Vec<f32> {
    let lower = (0..=STEPS).map(|step| {
        let risk = 1.0 / (1.0 + (f64::from(STEPS - step) * LOG_ODDS).exp());
        (risk * DECIMALS).round() as u32
    });
    let mut lower: Vec<u32> = lower.filter(|risk| *risk > 0).collect();
    lower.dedup();
    let upper: Vec<u32> = lower.iter().rev().skip(1).map(|risk| DECIMALS as u32 - risk).collect();
    lower.into_iter().chain(upper).map(|risk| (f64::from(risk) / DECIMALS) as f32).collect()
}

impl FromIterator<Case> for Cases {
    fn from_iter<I: IntoIterator<Item = Case>>(all: I) -> Cases {
        let mut cases = Cases::default();
        for Case { risk, wrong } in all {
            let (group, number) = match wrong {
                true => (&mut cases.wrong, &mut cases.all_wrong),
                false => (&mut cases.right, &mut cases.all_right),
            };
            *number += 1;
            group.extend(risk);
        }
        cases.wrong.sort_unstable_by(f32::total_cmp);
        cases.right.sort_unstable_by(f32::total_cmp);
        let mut risks: Vec<f32> = cases.wrong.iter().chain(&cases.right).copied().collect();
        risks.sort_unstable_by(f32::total_cmp);
        let mut sum = 0.0;
        cases.risks = risks
            .into_iter()
            .map(|risk| {
                sum += f64::from(risk);
                (risk, sum)
            })
            .collect();
        cases
    }
}

impl Cases {
    /// Number of comments.
    pub fn len(&self) -> u64 {
        self.all_wrong + self.all_right
    }

    /// True if there are no comments.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of comments that can be decided.
    pub fn familiar(&self) -> u64 {
        self.risks.len() as u64
    }

    /// Comments that are decided below a risk.
    pub fn below(&self, risk: f32) -> Counts {
        let below = |risks: &[f32]| risks.partition_point(|of| *of < risk) as u64;
        Counts {
            wrong: below(&self.wrong),
            right: below(&self.right),
            all_wrong: self.all_wrong,
            all_right: self.all_right,
        }
    }

    /// Number of comments that are decided below a risk, and the sum of their risks.
    fn expected_below(&self, risk: f32) -> (f64, f64) {
        let n = self.risks.partition_point(|(of, _)| *of < risk);
        (n as f64, n.checked_sub(1).map_or(0.0, |last| self.risks[last].1))
    }

    /// `n` of the comments, drawn with replacement; `seed` decides the draw.
    pub fn bootstrap(&self, n: u64, seed: u64) -> Cases {
        let drawn = |draw: u64| ((u128::from(mix(mix(seed + 1) ^ draw)) * u128::from(self.len())) >> 64) as u64;
        let case = |place: u64| match place.checked_sub(self.all_wrong) {
            None => Case { risk: self.wrong.get(place as usize).copied(), wrong: true },
            Some(place) => Case { risk: self.right.get(place as usize).copied(), wrong: false },
        };
        (0..n).map(|draw| case(drawn(draw))).collect()
    }

    /// Share of the comments on which the decision is wrong.
    pub fn wrong_share(&self) -> f64 {
        self.all_wrong as f64 / self.len().max(1) as f64
    }
}

impl Bound {
    /// True if the bound says nothing: deciding every comment keeps it.
    pub fn is_empty(&self, cases: &Cases) -> bool {
        self.rate.is_none() && self.share.unwrap_or(cases.wrong_share()) <= self.error
    }

    /// True if the counts prove the bound.
    pub fn is_proved(&self, counts: &Counts) -> bool {
        self.is_proved_below(self.max_rate(counts.right_rate()), counts)
    }

    /// Rate of the wrong comments up to which the error at the stated share is kept, with the lower limit of the rate of the
    /// others; none if no share is stated.
    fn max_rate(&self, right: Tally) -> Option<f64> {
        let share = self.share?;
        let right = right.lower(1.0 - (1.0 - self.confidence) * (1.0 - WRONG_PART));
        Some((1.0 - share) * right * self.error / (share * (1.0 - self.error)))
    }

    fn is_proved_below(&self, max_rate: Option<f64>, counts: &Counts) -> bool {
        let rate = counts.wrong_rate();
        let error = match max_rate {
            None => counts.decided().proves(self.error, self.confidence),
            Some(max_rate) => rate.proves(max_rate.min(1.0), 1.0 - (1.0 - self.confidence) * WRONG_PART),
        };
        error && self.rate.is_none_or(|most| rate.proves(most, self.confidence))
    }

    /// Probability that `n` comments prove the bound at a threshold, if their errors are as those of the plan.
    fn power(&self, plan: Plan, risk: f32, n: u64) -> f64 {
        let planned_on = plan.cases();
        let (decided, risks) = planned_on.expected_below(risk);
        if decided == 0.0 {
            return 0.0;
        }
        let error = match plan {
            Plan::Scores(_) => risks / decided,
            // The labels say more than the risks, but little where there are few.
            Plan::Labels(_) => {
                let wrong = planned_on.below(risk).wrong as f64;
                (wrong + RISK_COMMENTS * risks / decided) / (decided + RISK_COMMENTS)
            }
        };
        let scale = n as f64 / planned_on.len().max(1) as f64;
        let decided_of_n = (decided * scale).round() as u64;
        let all_wrong = (planned_on.all_wrong as f64 * scale).round() as u64;
        let counts = |wrong: u64| Counts {
            wrong,
            right: decided_of_n - wrong,
            all_wrong: all_wrong.max(wrong),
            all_right: n.saturating_sub(all_wrong).max(decided_of_n - wrong),
        };
        // The rate of the others is taken to be as expected.
        let max_rate = self.max_rate(counts((error * decided_of_n as f64).round() as u64).right_rate());
        let is_proved = |wrong: u64| self.is_proved_below(max_rate, &counts(wrong));
        if decided_of_n == 0 || !is_proved(0) {
            return 0.0;
        }
        let (mut low, mut high) = (0, decided_of_n + 1);
        while high - low > 1 {
            let middle = (low + high) / 2;
            if is_proved(middle) { low = middle } else { high = middle }
        }
        Tally { comments: decided_of_n, wrong: low }.at_most(error)
    }

    /// Place in the grid of the first threshold to test on `n` comments, and the probability that it passes: the middle one of
    /// those up to one half that most probably pass. At their ends, comments a little unlike the plan are enough to fail.
    fn first(&self, plan: Plan, grid: &[f32], n: u64) -> (usize, f64) {
        let powers: Vec<f64> = grid.iter().map(|risk| self.power(plan, *risk, n)).collect();
        let most = powers.iter().copied().fold(0.0, f64::max);
        let likely: Vec<usize> =
            (0..powers.len()).filter(|&at| powers[at] > 0.0 && powers[at] >= NEARLY * most).collect();
        let up_to_half = likely.partition_point(|&at| grid[at] <= 0.5);
        let first = likely.get(up_to_half / 2).copied().unwrap_or(0);
        (first, powers[first])
    }
}

impl Counts {
    /// Comments that are decided, and the wrong ones.
    pub fn decided(&self) -> Tally {
        Tally { comments: self.wrong + self.right, wrong: self.wrong }
    }

    /// Comments for which the decision is wrong, and those of them that are decided.
    pub fn wrong_rate(&self) -> Tally {
        Tally { comments: self.all_wrong, wrong: self.wrong }
    }

    /// Comments for which the decision is right, and those of them that are decided.
    pub fn right_rate(&self) -> Tally {
        Tally { comments: self.all_right, wrong: self.right }
    }

    /// Error to be expected where `share` of the comments are those for which the decision is wrong.
    pub fn error_at(&self, share: f64) -> f64 {
        error_at(share, self.wrong_rate().share(), self.right_rate().share())
    }

    /// Upper limit of that error at this confidence.
    pub fn error_limit_at(&self, share: f64, confidence: f64) -> f64 {
        let rest = 1.0 - confidence;
        let wrong = self.wrong_rate().upper(1.0 - rest * WRONG_PART);
        let right = self.right_rate().lower(1.0 - rest * (1.0 - WRONG_PART));
        error_at(share, wrong, right)
    }

    /// Lower limit of that error at this confidence.
    pub fn error_floor_at(&self, share: f64, confidence: f64) -> f64 {
        let rest = 1.0 - confidence;
        let wrong = self.wrong_rate().lower(1.0 - rest * WRONG_PART);
        let right = self.right_rate().upper(1.0 - rest * (1.0 - WRONG_PART));
        error_at(share, wrong, right)
    }
}

/// Number spread over all bits (SplitMix64, Steele, Lea and Flood 2014).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// Error among the decided comments, by the share of those for which the decision is wrong and the rates at which either
/// kind is decided.
fn error_at(share: f64, wrong: f64, right: f64) -> f64 {
    let (wrong, right) = (share * wrong, (1.0 - share) * right);
    if wrong + right > 0.0 { wrong / (wrong + right) } else { 1.0 }
}

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
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

/// Thresholds of one decision that were tested and passed: the strictest and the most lenient. All between them passed too.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Passed {
    /// First threshold that was tested, as a risk below which comments are decided.
    pub strictest: f32,
    /// Last threshold that passed: the widest zone.
    pub widest: f32,
}

/// Comments that determine where the tests begin.
#[derive(Clone, Copy, Debug)]
pub enum Plan<'a> {
    /// By their risks alone: they may be those that are tested on.
    Scores(&'a Cases),
    /// By their labels too: they are others than those that are tested on.
    Labels(&'a Cases),
}

impl<'a> Plan<'a> {
    fn cases(self) -> &'a Cases {
        match self {
            Plan::Scores(cases) | Plan::Labels(cases) => cases,
        }
    }
}

/// Factor of the chance of a promise by its plan: the threshold that looks best in a plan is a little worse in fact.
const OPTIMISM: f64 = 0.85;

/// Part of the greatest chance at which a threshold is as likely to pass as any.
const NEARLY: f64 = 0.99;

/// Smallest chance of a promise that its level is corrected for.
const MIN_CHANCE: f64 = 0.25;

/// Number of comments that the risks of a plan count for beside its labels.
const RISK_COMMENTS: f64 = 20.0;

/// Order of the tests of a bound on a number of comments.
pub struct Order {
    bound: Bound,
    /// Thresholds from the first to test on.
    thresholds: Vec<f32>,
}

impl Order {
    /// Order of the tests on `n` comments. A promise that will probably not be given is tested at a stricter level, so that
    /// the confidence is also that of the promises that are given.
    pub fn new(bound: &Bound, plan: Plan, n: u64) -> Order {
        let mut thresholds = grid();
        let (first, chance) = bound.first(plan, &thresholds, n);
        let chance = (chance * OPTIMISM).max(MIN_CHANCE);
        let confidence = 1.0 - (1.0 - bound.confidence) * chance;
        Order { bound: Bound { confidence, ..*bound }, thresholds: thresholds.split_off(first) }
    }

    /// Widest zone that keeps the bound; none if there is none.
    pub fn widest(&self, tested_on: &Cases) -> Option<Passed> {
        let passed = self.thresholds.iter().take_while(|risk| self.bound.is_proved(&tested_on.below(**risk)));
        Some(Passed { strictest: self.thresholds[0], widest: *passed.last()? })
    }
}

/// Widest zone that keeps the bound; none if there is none.
pub fn widest(bound: &Bound, tested_on: &Cases, plan: Plan) -> Option<Passed> {
    Order::new(bound, plan, tested_on.len()).widest(tested_on)
}

/// Chance that is enough to advise something.
const ADVISED: f64 = 0.9;

/// Errors that are advised.
const ERRORS: [f64; 18] =
    [0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5];

impl Bound {
    /// True if `n` comments like these would probably prove the bound at some threshold.
    fn is_likely(&self, cases: &Cases, n: u64) -> bool {
        grid().iter().step_by(4).any(|risk| self.power(Plan::Labels(cases), *risk, n) >= ADVISED)
    }
}

/// Smallest round error, greater than that of the bound, that could probably be proved on `n` comments like these; none if
/// not even one half.
pub fn smallest_error(bound: &Bound, cases: &Cases, n: u64) -> Option<f64> {
    let mut errors = ERRORS.into_iter().filter(|error| *error > bound.error);
    errors.find(|error| Bound { error: *error, ..*bound }.is_likely(cases, n))
}

/// Estimate of the number of comments like these that would probably prove the bound, where `n` of them do not; none if a
/// hundred times as many would not do. It is at least a quarter more than `n`.
pub fn comments_needed(bound: &Bound, cases: &Cases, n: u64) -> Option<u64> {
    let sizes = (1..=21).map(|step| (n.max(1) as f64 * 1.25f64.powi(step)).ceil() as u64);
    sizes.into_iter().find(|size| bound.is_likely(cases, *size))
}
