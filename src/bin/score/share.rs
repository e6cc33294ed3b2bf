//! Share of abuse among the comments of a run, and what it means for the error bounds of the model.

use std::sync::atomic::{AtomicU64, Ordering};

use naqd::internal::model::{Expert, Separation, Triage};
use naqd::internal::stats::{ShareEstimate, Tally};
use naqd::{Model, Score};

use crate::shared::percent;

/// Confidence of the interval.
const CONFIDENCE: f64 = 0.95;
/// Minimum number of comments to warn without being asked.
const MIN_COMMENTS: u64 = 200;
/// Factor from which on another share matters. An interval that is wider on either side is too wide to train for its share.
const FACTOR: f64 = 2.0;

/// Number of comments of a run, and of those above the cut-off by which the share of abuse is estimated. Unfamiliar ones
/// count, as they do among the labelled comments. Repeated ones count each time: to know them takes memory for each comment.
pub struct AbusiveShare {
    /// Script of the comments, Arabic or not, if the model has an expert for each.
    arabic: Option<bool>,
    triage: Triage,
    separation: Separation,
    /// Place of the class abusive.
    abusive: usize,
    /// The thresholds are those of the model.
    promised: bool,
    comments: AtomicU64,
    above: AtomicU64,
}

impl AbusiveShare {
    /// Counters for the comments of each expert of a model; none for one that does not store what the estimate needs.
    /// `promised`: the thresholds are those of the model.
    pub fn by_script(model: &Model, promised: bool) -> Vec<AbusiveShare> {
        let counter = |(arabic, expert): (Option<bool>, &Expert)| {
            let triage = expert.triage.clone()?;
            let abusive = model.classes().abusive()?;
            let (comments, above) = (AtomicU64::new(0), AtomicU64::new(0));
            Some(AbusiveShare { arabic, separation: triage.separation?, triage, abusive, promised, comments, above })
        };
        model.experts().iter().filter_map(counter).collect()
    }

    /// Counts a comment in the tally of a thread, if it is of the script.
    pub fn count(&self, tally: &mut Tally, score: &Score) {
        if self.arabic.is_none_or(|arabic| arabic == score.familiarity.arabic) {
            tally.comments += 1;
            tally.wrong += u64::from(score.probabilities[self.abusive] >= self.separation.cutoff);
        }
    }

    /// Number of comments so far.
    pub fn comments(&self) -> u64 {
        self.comments.load(Ordering::Relaxed)
    }

    /// Comments counted, as a phrase.
    fn of(&self) -> &'static str {
        match self.arabic {
            None => "comments",
            Some(true) => "comments in Arabic",
            Some(false) => "comments in other scripts",
        }
    }

    /// Adds the tally of a thread.
    pub fn add(&self, tally: Tally) {
        self.comments.fetch_add(tally.comments, Ordering::Relaxed);
        self.above.fetch_add(tally.wrong, Ordering::Relaxed);
    }

    fn estimate(&self) -> (u64, ShareEstimate) {
        let [comments, above] = [&self.comments, &self.above].map(|counter| counter.load(Ordering::Relaxed));
        (comments, self.separation.abusive_share(comments, above, CONFIDENCE))
    }

    /// Errors of the model's thresholds where this share is abusive, each as a phrase; none without thresholds.
    fn errors_at(&self, share: f64) -> Vec<String> {
        let Triage { thresholds, promises, rates, .. } = &self.triage;
        let rates = rates.unwrap_or_default();
        let phrase = |error: f64, what: &str, bound: f64| {
            format!("about {} of the {what} (the bound is {})", percent(error), percent(bound))
        };
        let published = thresholds
            .publish_below
            .map(|_| phrase(rates.published.error_at(share), "published are abusive", promises.max_abusive_published));
        let rejected = thresholds.reject_above.map(|_| {
            phrase(rates.rejected.error_at(1.0 - share), "rejected are not abusive", promises.max_innocent_rejected)
        });
        published.into_iter().chain(rejected).collect()
    }

    /// Lines of `--estimate-share`.
    pub fn lines(&self) -> Vec<String> {
        let (comments, estimate) = self.estimate();
        let mut lines = vec![format!(
            "about {} of the {} {} are abusive ({})",
            percent(estimate.share),
            thousands(comments),
            self.of(),
            interval(&estimate)
        )];
        if !self.promised {
            return lines;
        }
        let errors = self.errors_at(estimate.share);
        if !errors.is_empty() {
            lines.push(format!("at that share {}", errors.join(" and ")));
        }
        let promised = self.triage.promised_share().unwrap_or_default();
        let bounds = format!("the model is for comments of which {} are abusive", percent(promised));
        let label = "label 200 comments drawn at random (docs/triage.md)";
        let (low, high) = estimate.interval;
        lines.push(match estimate.includes(promised) {
            true => format!("{bounds}, which the estimate does not contradict; to know the share better, {label}"),
            false if low > 0.0 && high <= FACTOR * FACTOR * low && high < 1.0 => format!(
                "{bounds}: train it with --abusive-share {:.1}%; to know the share better, {label}",
                estimate.share * 100.0
            ),
            false => format!(
                "{bounds}, and these comments are not like that; the interval is too wide to train for a share: {label} to \
                 know it, and train with --abusive-share"
            ),
        });
        lines
    }

    /// Warning that the error bounds are for another share of abuse, if they clearly are.
    pub fn warning(&self) -> Option<String> {
        let decides = self.triage.thresholds.publish_below.or(self.triage.thresholds.reject_above).is_some();
        let (comments, estimate) = self.estimate();
        if !self.promised || !decides || comments < MIN_COMMENTS {
            return None;
        }
        let promised = self.triage.promised_share()?;
        let (small, great) = (promised.min(estimate.share), promised.max(estimate.share));
        (!estimate.includes(promised) && great > FACTOR * small).then(|| {
            format!(
                "about {} of these {} are abusive ({}), and the error bounds of the model are for {}: they may not \
                 hold here; see --estimate-share",
                percent(estimate.share),
                self.of(),
                interval(&estimate),
                percent(promised)
            )
        })
    }
}

fn interval(ShareEstimate { interval: (low, high), .. }: &ShareEstimate) -> String {
    format!("{:.0} % interval {} to {}", CONFIDENCE * 100.0, percent(*low), percent(*high))
}

/// A number with commas between thousands.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|part| str::from_utf8(part).expect("digits")).collect();
    parts.join(",")
}
