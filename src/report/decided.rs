//! Automatic decisions and their errors.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::thresholds::wrong;
use crate::model::score::Score;
use crate::model::triage::{Action, Reason, Triage};
use crate::score::classifier::Classifier;
use crate::stats::Tally;
use std::collections::HashSet;

/// Numbers of decisions on some comments.
#[derive(Default)]
pub(crate) struct Decided {
    pub(crate) comments: u64,
    /// Number of comments of which `unfamiliar`, `guarded` and `editors` are part.
    pub(crate) counted: u64,
    pub(crate) publish: u64,
    pub(crate) reject: u64,
    pub(crate) unfamiliar: u64,
    /// Comments that are held and not rejected: for one word, or for their quotations.
    pub(crate) guarded: u64,
    pub(crate) editors: u64,
    /// Published comments, near-duplicates once, and those that are or may be abusive.
    pub(crate) published: Tally,
    /// Rejected comments, near-duplicates once, and those that are or may be not abusive.
    pub(crate) rejected: Tally,
}

impl Decided {
    /// Numbers of the decisions of `classifier`; none if it has no thresholds for any of these comments.
    pub(crate) fn count(
        classifier: &Classifier,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        scores: &[&(usize, Score)],
    ) -> Option<Decided> {
        let abusive = corpus.classes.abusive()?;
        let mut decided = Decided::default();
        let mut seen = HashSet::new();
        let mut decides = scores.is_empty();
        for &&(comment, score) in scores {
            decided.comments += 1;
            decided.counted += 1;
            // Without thresholds for its script it is held.
            let Some(decision) = classifier.decide(&score) else { continue };
            decides = true;
            decided.unfamiliar += u64::from(decision.reason == Reason::Unfamiliar);
            decided.guarded += u64::from(matches!(decision.reason, Reason::OneWord | Reason::Quotation));
            decided.editors += u64::from(decision.editors);
            let (wrong_reject, wrong_publish) = wrong(corpus.labels[comment], abusive);
            let (zone, tally, wrong) = match decision.action {
                Action::Publish => (&mut decided.publish, &mut decided.published, wrong_publish),
                Action::Reject => (&mut decided.reject, &mut decided.rejected, wrong_reject),
                Action::Hold => continue,
            };
            *zone += 1;
            if seen.insert(duplicates.group[comment]) {
                tally.comments += 1;
                tally.wrong += u64::from(wrong);
            }
        }
        decides.then_some(decided)
    }

    /// The same, with what is published and rejected of the comments that the thresholds of `triage` were chosen on.
    pub(crate) fn promised_by(self, triage: &Triage) -> Decided {
        let Triage { published, rejected, .. } = *triage;
        let (publish, reject) = (published.comments, rejected.comments);
        Decided { comments: triage.tested_on(), publish, reject, published, rejected, ..self }
    }

    /// Shares of the comments that are published and rejected.
    pub(crate) fn shares(&self) -> [f64; 2] {
        [self.publish, self.reject].map(|of| of as f64 / self.comments.max(1) as f64)
    }

    /// Share of the comments that are decided.
    pub(crate) fn share(&self) -> f64 {
        (self.publish + self.reject) as f64 / self.comments.max(1) as f64
    }

    /// Share of errors among the decided comments.
    pub(crate) fn error(&self) -> f64 {
        let (published, rejected) = (self.published, self.rejected);
        Tally { comments: published.comments + rejected.comments, wrong: published.wrong + rejected.wrong }.share()
    }
}
