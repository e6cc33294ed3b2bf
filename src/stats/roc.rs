//! Area under the ROC curve with its variance.

/// Area under the ROC curve of scores, and its variance.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Roc {
    /// Share of the pairs of a positive and a negative in which the positive has the greater score; half for equal ones.
    pub auc: f64,
    /// Variance (DeLong, DeLong and Clarke-Pearson 1988, by the ranks of Sun and Xu 2014, "Fast implementation of DeLong's
    /// algorithm").
    pub variance: f64,
}

impl Roc {
    /// Curve of the scores of positives and of negatives; none without two of each.
    ///
    /// ```
    /// # #[cfg(feature = "internal")] {
    /// use naqd::internal::stats::Roc;
    ///
    /// let roc = Roc::of(&[0.9, 0.4], &[0.5, 0.1]).expect("two of each");
    /// assert_eq!(roc.auc, 0.75);
    /// # }
    /// ```
    pub fn of(positives: &[f64], negatives: &[f64]) -> Option<Roc> {
        let (m, n) = (positives.len(), negatives.len());
        if m < 2 || n < 2 {
            return None;
        }
        let all: Vec<f64> = positives.iter().chain(negatives).copied().collect();
        let (all, own) = (midranks(&all), [midranks(positives), midranks(negatives)]);
        // Share of the negatives below each positive, and of the positives above each negative.
        let below: Vec<f64> = all[..m].iter().zip(&own[0]).map(|(rank, own)| (rank - own) / n as f64).collect();
        let above: Vec<f64> = all[m..].iter().zip(&own[1]).map(|(rank, own)| 1.0 - (rank - own) / m as f64).collect();
        let auc = below.iter().sum::<f64>() / m as f64;
        let variance = |shares: &[f64]| {
            let squares: f64 = shares.iter().map(|share| (share - auc).powi(2)).sum();
            squares / (shares.len() - 1) as f64 / shares.len() as f64
        };
        Some(Roc { auc, variance: variance(&below) + variance(&above) })
    }

    /// Limits of its 95 % interval, from 0 to 1.
    pub fn interval(&self) -> [f64; 2] {
        let half = 1.96 * self.variance.sqrt();
        [(self.auc - half).max(0.0), (self.auc + half).min(1.0)]
    }

    /// Mean of curves of different comments, each with its share of the whole; none if there is none.
    pub fn mean(curves: &[(Roc, f64)]) -> Option<Roc> {
        let all: f64 = curves.iter().map(|(_, share)| share).sum();
        let auc = curves.iter().map(|(roc, share)| roc.auc * share / all).sum();
        let variance = curves.iter().map(|(roc, share)| roc.variance * (share / all).powi(2)).sum();
        (!curves.is_empty()).then_some(Roc { auc, variance })
    }
}

/// Ranks of numbers from 1, the mean rank for equal ones.
fn midranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut before = 0;
    for same in order.chunk_by(|&a, &b| numbers[a] == numbers[b]) {
        let rank = before as f64 + (same.len() + 1) as f64 / 2.0;
        same.iter().for_each(|&i| ranks[i] = rank);
        before += same.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_count_half() {
        assert_eq!(Roc::of(&[1.0, 1.0], &[1.0, 1.0]).map(|roc| roc.auc), Some(0.5));
        assert_eq!(Roc::of(&[1.0], &[0.0, 0.5]), None);
    }

    /// By hand: shares of the negatives below the positives 1, 1/2; of the positives above the negatives 1/2, 1.
    #[test]
    fn variance_of_a_small_case() {
        let roc = Roc::of(&[0.9, 0.4], &[0.5, 0.1]).expect("two of each");
        assert!((roc.variance - 0.125).abs() < 1e-12, "{roc:?}");
        assert_eq!(Roc::mean(&[(roc, 1.0), (roc, 1.0)]).map(|mean| mean.variance), Some(roc.variance / 2.0));
    }
}
