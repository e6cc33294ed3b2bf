//! Share of abuse: the one that thresholds were chosen for, and an estimate of it among comments without labels.

use crate::model::triage::{Separation, Triage};
use crate::stats::Tally;
use crate::stats::adjusted_count::{ShareEstimate, adjusted_count};

impl Separation {
    /// Share of abuse among `comments` comments without labels, `above` of which lie above the cut-off, by adjusted count
    /// (Forman 2008). The interval has at least this confidence, the uncertainty of the rates included, if abusive and other
    /// comments are each like the labelled ones, and only their shares differ.
    ///
    /// ```
    /// use naqd::evaluate::Separation;
    ///
    /// let labelled = Separation { cutoff: 0.5, abusive: 800, abusive_above: 640, others: 1200, others_above: 60 };
    /// // 80 % of the abusive comments are above, and 5 % of the others: 8 % are if 4 % of all are abusive.
    /// let found = labelled.abusive_share(2300, 184, 0.95);
    /// assert!((found.share - 0.04).abs() < 1e-9);
    /// assert!(found.includes(0.03) && !found.includes(0.4));
    /// ```
    pub fn abusive_share(&self, comments: u64, above: u64, confidence: f64) -> ShareEstimate {
        let tally = |comments, wrong| Tally { comments, wrong };
        adjusted_count(
            tally(comments, above),
            tally(self.abusive, self.abusive_above),
            tally(self.others, self.others_above),
            confidence,
        )
    }
}

impl Triage {
    /// Share of abusive comments that the promises are for: the stated one, otherwise that among the comments the thresholds
    /// were chosen on. None if the model does not store it.
    pub fn promised_share(&self) -> Option<f64> {
        let chosen_on = || {
            let published = self.rates?.published;
            let all = published.all_wrong + published.all_right;
            (all > 0).then(|| published.all_wrong as f64 / all as f64)
        };
        let separated = || self.separation.map(|of| of.abusive as f64 / (of.abusive + of.others).max(1) as f64);
        self.promises.abusive_share.or_else(chosen_on).or_else(separated)
    }
}
