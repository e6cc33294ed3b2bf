//! Thresholds of the model that another one learnt on top of: each of them is taken over where no promise can be given for one
//! of its own, and stays unless comments that are a fair sample of all others refute it.

use crate::evaluate::thresholds::{HeldOut, ThresholdChoice, cases};
use crate::evaluate::validation::inherited_broken;
use crate::model::triage::{Rates, Triage};
use crate::stats::Tally;

/// Takes over each threshold that `choice` has not. Where it has none at all, what those of the other model rest on goes with them.
/// A threshold that is promised for another share of abuse than the present ones does not go with these.
pub(super) fn inherit(choice: &mut ThresholdChoice, prior: &Triage) {
    let (own, before) = (choice.triage.thresholds, prior.thresholds);
    let may_join = choice.triage.promises.abusive_share == prior.promises.abusive_share;
    if own.decides_nothing() {
        choice.inherited = true;
        choice.triage = prior.clone();
    } else if !may_join {
        return;
    }
    choice.publish.inherited = own.publish_below.is_none() && before.publish_below.is_some();
    choice.reject.inherited = own.reject_above.is_none() && before.reject_above.is_some();
    if choice.inherited || !(choice.publish.inherited || choice.reject.inherited) {
        return;
    }
    let Triage { thresholds, promises, .. } = &mut choice.triage;
    promises.confidence = promises.confidence.min(prior.promises.confidence);
    // The zones must not overlap: the threshold of its own is the one that is promised.
    if choice.publish.inherited {
        let limit = own.reject_above.unwrap_or(1.0);
        thresholds.publish_below = before.publish_below.map(|below| below.min(limit));
        promises.max_abusive_published = prior.promises.max_abusive_published;
        promises.max_abuse_let_through = prior.promises.max_abuse_let_through;
    } else {
        let limit = own.publish_below.unwrap_or(0.0);
        thresholds.reject_above = before.reject_above.map(|above| above.max(limit));
        promises.max_innocent_rejected = prior.promises.max_innocent_rejected;
    }
}

/// Switches off inherited thresholds that err significantly more on these comments than was promised. Returns the published and
/// the rejected ones of them, near-duplicates once, with the errors; none unless a threshold is inherited, and without those
/// of a threshold of its own.
pub(super) fn judge(choice: &mut ThresholdChoice, comments: &[HeldOut], abusive: usize) -> Option<[Tally; 2]> {
    let inherited = [choice.publish.inherited, choice.reject.inherited];
    if inherited == [false; 2] {
        return None;
    }
    let Triage { thresholds, promises, familiar, .. } = &mut choice.triage;
    let (publish, reject) = cases(comments, abusive, *familiar);
    let count = |thresholds: [Option<f32>; 2]| Rates {
        published: publish.below(thresholds[0].unwrap_or(0.0)),
        rejected: reject.below(thresholds[1].map_or(0.0, |above| 1.0 - above)),
    };
    let found = count([thresholds.publish_below, thresholds.reject_above]);
    let tallies = [found.published, found.rejected].map(|counts| counts.decided());
    let tallies = [0, 1].map(|place| if inherited[place] { tallies[place] } else { Tally::default() });
    let broken = inherited_broken(tallies, promises);
    thresholds.publish_below = thresholds.publish_below.filter(|_| !broken[0]);
    thresholds.reject_above = thresholds.reject_above.filter(|_| !broken[1]);
    if !choice.inherited {
        // They are counted on the same comments as the threshold beside them.
        let rates = count([thresholds.publish_below, thresholds.reject_above]);
        choice.triage.published = rates.published.decided();
        choice.triage.rejected = rates.rejected.decided();
        choice.triage.rates = Some(rates);
    }
    Some(tallies)
}
