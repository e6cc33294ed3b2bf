//! Paired comparison: what two models do with the same comments.

/// Comments on which one of two models does something and the other does not.
///
/// The limit is that of the score test of a difference between paired shares (Tango 1998). Of a true difference at the margin it is
/// wrong in 5.6 % of all samples or fewer, from 100 comments on, where the limits of Wald, with or without added comments, are wrong
/// in up to 10 %.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pairs {
    /// Comments that only the first does it with.
    pub only_first: u64,
    /// Comments that only the second does it with.
    pub only_second: u64,
    /// All comments.
    pub comments: u64,
}

/// Quantile of the normal distribution for a limit of 95 % confidence on one side.
const Z: f64 = 1.644_853_627;

impl Pairs {
    /// Difference of the two shares: by how much that of the second is greater.
    pub fn growth(&self) -> f64 {
        (self.only_second as f64 - self.only_first as f64) / self.comments.max(1) as f64
    }

    /// Upper limit of that difference, with 95 % confidence; 1 without comments.
    pub fn growth_limit(&self) -> f64 {
        let (mut low, mut high) = (self.growth(), 1.0);
        if self.comments == 0 {
            return high;
        }
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            if self.score(middle) >= -Z { low = middle } else { high = middle }
        }
        high
    }

    /// Number of comments, up to `most`, on which the limit would be within `margin` if all shares stayed as they are; none if
    /// there is no such number.
    pub fn needed(&self, margin: f64, most: u64) -> Option<u64> {
        let scaled = |comments: u64| {
            let of = |part: u64| (part as f64 * comments as f64 / self.comments.max(1) as f64).round() as u64;
            Pairs { only_first: of(self.only_first), only_second: of(self.only_second), comments }
        };
        let (mut low, mut high) = (self.comments, most);
        if self.comments == 0 || low >= high || scaled(high).growth_limit() > margin {
            return None;
        }
        while high - low > 1 {
            let middle = low.midpoint(high);
            if scaled(middle).growth_limit() <= margin { high = middle } else { low = middle }
        }
        Some(high)
    }

    /// Statistic of the score test that the difference is `growth`: that of the observed one, in standard errors as they would be.
    fn score(&self, growth: f64) -> f64 {
        let (first, second, comments) = (self.only_first as f64, self.only_second as f64, self.comments as f64);
        // Likeliest share that only the first does it with, given the difference: the root of a quadratic equation.
        let (a, b) = (2.0 * comments, (2.0 * comments - second + first) * growth - second - first);
        let c = -first * growth * (1.0 - growth);
        let only_first = ((b * b - 4.0 * a * c).max(0.0).sqrt() - b) / (2.0 * a);
        let variance = comments * (2.0 * only_first + growth * (1.0 - growth));
        let observed = second - first - comments * growth;
        if variance > 0.0 { observed / variance.sqrt() } else { observed * f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(only_first: u64, only_second: u64, comments: u64) -> Pairs {
        Pairs { only_first, only_second, comments }
    }

    #[test]
    fn the_limit_solves_the_equation_of_the_score_test() {
        // Without a difference the statistic is -n d / sqrt(n d (1 - d)): d = z^2 / (n + z^2).
        let z2 = Z * Z;
        assert!((pairs(0, 0, 100).growth_limit() - z2 / (100.0 + z2)).abs() < 1e-9);
        let limit = pairs(4, 9, 150).growth_limit();
        assert!((pairs(4, 9, 150).score(limit) + Z).abs() < 1e-6);
        assert!(pairs(10, 0, 100).growth_limit() < 0.0 && pairs(0, 10, 100).growth_limit() > 0.1);
        assert_eq!((pairs(0, 0, 0).growth_limit(), pairs(0, 5, 5).growth_limit()), (1.0, 1.0));
        assert!(pairs(5, 0, 5).growth_limit() < 0.0 && pairs(0, 0, 1).growth_limit() > 0.7);
    }

    #[test]
    fn a_difference_at_the_margin_passes_in_one_of_twenty_samples() {
        // All samples of 120 comments, by their probability.
        let n = 120u64;
        let logs: Vec<f64> = (0..=n)
            .scan(0.0, |sum, i| {
                *sum += (i.max(1) as f64).ln();
                Some(*sum)
            })
            .collect();
        for (margin, only_first) in [(0.03, 0.005), (0.03, 0.02), (0.1, 0.01), (0.1, 0.08)] {
            let shares: [f64; 3] = [only_first, only_first + margin, 1.0 - 2.0 * only_first - margin];
            let mut passes = 0.0;
            for (first, second) in (0..=60).flat_map(|first| (0..=60).map(move |second| (first, second))) {
                if pairs(first, second, n).growth_limit() <= margin {
                    let counts = [first, second, n - first - second];
                    let terms =
                        counts.iter().zip(shares).map(|(of, share)| *of as f64 * share.ln() - logs[*of as usize]);
                    passes += (logs[n as usize] + terms.sum::<f64>()).exp();
                }
            }
            assert!((0.02..0.06).contains(&passes), "{margin} {only_first}: {passes}");
        }
    }

    #[test]
    fn more_comments_help_where_the_difference_is_small() {
        let few = pairs(3, 4, 100);
        let needed = few.needed(0.03, 100_000).unwrap();
        assert!((200..2000).contains(&needed), "{needed}");
        assert_eq!(pairs(0, 10, 100).needed(0.03, 100_000), None);
        assert_eq!(pairs(0, 0, 0).needed(0.03, 100_000), None);
    }
}
