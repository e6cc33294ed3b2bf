//! What would be decided without a person, and how often wrongly.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::model::label::LabelSet;
use crate::model::score::Score;
use crate::model::triage::{Action, Reason, abusive};
use crate::score::classifier::Classifier;
use crate::stats::Tally;
use std::collections::HashSet;

/// Decisions on some comments.
#[derive(Default)]
pub(crate) struct Decided {
    pub(crate) comments: u64,
    pub(crate) publish: u64,
    pub(crate) reject: u64,
    pub(crate) unfamiliar: u64,
    pub(crate) editors: u64,
    /// Of the published, near repeats once: those that are or may be abusive.
    pub(crate) published: Tally,
    /// Of the rejected, near repeats once: those that are or may be not abusive.
    pub(crate) rejected: Tally,
}

impl Decided {
    /// Decides by the thresholds of the model; none if it has none.
    pub(crate) fn count(
        classifier: &Classifier,
        corpus: &Corpus,
        repeats: &NearDuplicates,
        scores: &[&(usize, Score)],
    ) -> Option<Decided> {
        let abusive = abusive(&corpus.classes)?;
        let mut decided = Decided::default();
        let mut seen = HashSet::new();
        for &&(comment, score) in scores {
            let decision = classifier.decide(&score)?;
            decided.comments += 1;
            decided.unfamiliar += u64::from(decision.reason == Reason::Unfamiliar);
            decided.editors += u64::from(decision.editors);
            let (wrong_reject, wrong_publish) = wrong(corpus.labels[comment], abusive);
            let (zone, tally, wrong) = match decision.action {
                Action::Publish => (&mut decided.publish, &mut decided.published, wrong_publish),
                Action::Reject => (&mut decided.reject, &mut decided.rejected, wrong_reject),
                Action::Hold => continue,
            };
            *zone += 1;
            if seen.insert(repeats.group[comment]) {
                tally.comments += 1;
                tally.wrong += u64::from(wrong);
            }
        }
        Some(decided)
    }

    /// Share of the comments that are decided.
    pub(crate) fn share(&self) -> f64 {
        (self.publish + self.reject) as f64 / self.comments.max(1) as f64
    }

    /// Share of the mistakes among what is decided.
    pub(crate) fn error(&self) -> f64 {
        let (published, rejected) = (self.published, self.rejected);
        Tally { comments: published.comments + rejected.comments, wrong: published.wrong + rejected.wrong }.share()
    }
}

/// Whether a comment of this label is wrong to reject and wrong to publish.
pub(crate) fn wrong(label: LabelSet, abusive: usize) -> (bool, bool) {
    crate::evaluate::thresholds::wrong(label, abusive)
}
