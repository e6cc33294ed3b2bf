//! Histograms, and their population stability index.

use serde::{Deserialize, Serialize};

/// Distribution of numbers: the share of all in each bin, between ascending edges.
///
/// ```
/// # #[cfg(feature = "train")] {
/// use naqd::evaluate::Histogram;
///
/// let numbers = || (0..100).map(|n| n as f32 / 100.0);
/// let histogram = Histogram::tenths(numbers());
/// assert_eq!(histogram.shares.len(), 10);
/// assert!(histogram.stability_index(&numbers().collect::<Vec<_>>()) < 1e-9);
/// # }
/// ```
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histogram {
    /// Edges between bins; an edge belongs to the bin above it.
    pub edges: Vec<f32>,
    /// Share of each bin; one more than there are edges.
    pub shares: Vec<f64>,
}

/// Number of bins of a histogram.
#[cfg(feature = "train")]
const BINS: usize = 10;

#[cfg(feature = "train")]
impl Histogram {
    /// Histogram with a tenth of the numbers in each bin; fewer bins where many numbers are equal.
    pub fn tenths(numbers: impl Iterator<Item = f32>) -> Histogram {
        let mut numbers: Vec<f32> = numbers.collect();
        numbers.sort_unstable_by(f32::total_cmp);
        let edge = |bin: usize| numbers.get(bin * numbers.len() / BINS).copied();
        let mut edges: Vec<f32> = (1..BINS).filter_map(edge).collect();
        edges.dedup();
        edges.retain(|edge| numbers.first() < Some(edge));
        let shares = Histogram::shares(&edges, numbers.iter().copied());
        Histogram { edges, shares }
    }

    /// Share of the numbers in each bin.
    fn shares(edges: &[f32], numbers: impl Iterator<Item = f32>) -> Vec<f64> {
        let mut counts = vec![0u64; edges.len() + 1];
        numbers.for_each(|number| counts[edges.partition_point(|edge| *edge <= number)] += 1);
        let all = counts.iter().sum::<u64>().max(1) as f64;
        counts.iter().map(|count| *count as f64 / all).collect()
    }

    /// Population stability index of other numbers against these: the sum over the bins of (new - old) ln(new / old).
    /// 0 if the distributions are the same; by convention, up to 0.1 is no notable change, above 0.25 a great one. Empty
    /// bins count as half a number.
    pub fn stability_index(&self, numbers: &[f32]) -> f64 {
        let floor = 0.5 / numbers.len().max(1) as f64;
        let new = Histogram::shares(&self.edges, numbers.iter().copied());
        let pairs = self.shares.iter().zip(&new).map(|(old, new)| (old.max(floor), new.max(floor)));
        pairs.map(|(old, new)| (new - old) * (new / old).ln()).sum()
    }
}
