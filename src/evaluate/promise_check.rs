//! Check of the promises of a model on fresh labelled comments.

use crate::corpus::Corpus;
use crate::corpus::labels::key;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::thresholds::known_share;
use crate::model::classes::{ABUSIVE, Classes};
use crate::model::label::{LabelSet, OR};
use crate::model::score::Score;
use crate::model::triage::{Action, Rates, Reason, Triage};
use crate::score::classifier::Classifier;
use crate::stats::histogram::Histogram;
use crate::stats::{Counts, Tally};
use serde::Serialize;

/// Result of checking a model on fresh comments.
///
/// ```
/// use naqd::evaluate::{Change, Drift, PromiseCheck, PromiseResult, Triage, check_promises};
/// use naqd::{Classifier, Corpus, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let trained = Trainer::new().fit(&Corpus::from_rows(rows)?)?;
/// let fresh = Corpus::from_rows([("what a fool you are", "abusive"), ("a useful report, thanks", "neutral")])?;
/// let triage: &Triage = &trained.validation.triage.as_ref().expect("there is a class abusive").triage;
/// let found: PromiseCheck = check_promises(triage, &Classifier::new(&trained.model), &fresh);
/// let [published, rejected]: &[PromiseResult; 2] = &found.promises;
/// assert_eq!((published.action, rejected.action), ("publish", "reject"));
/// assert!(!found.broken());
/// let (unknown, drift): (Change, &[Drift]) = (found.unknown, &found.drift);
/// assert!(unknown.now < 1.0 && drift.len() == 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PromiseCheck {
    /// Number of comments.
    pub comments: usize,
    /// Share of abusive comments, near-duplicates once.
    pub abusive_share: f64,
    /// Share of abusive comments that the promises are for; none if the model does not store it.
    pub promised_share: Option<f64>,
    /// True if that share was stated, not that among the labelled comments: then errors are those at that share.
    pub share_stated: bool,
    /// Results of the two promises: on the published and on the rejected comments.
    pub promises: [PromiseResult; 2],
    /// Result of the promise on the share of all abuse that is published, if there is one.
    pub let_through: Option<PromiseResult>,
    /// Share of the comments that are decided without a person.
    pub decided: f64,
    /// Share of the comments that are held because the model knows too few of their words.
    pub unfamiliar: Change,
    /// Share of n-grams that the model does not know.
    pub unknown: Change,
    /// Drift of the probabilities of each class.
    pub drift: Vec<Drift>,
}

/// Change of a share since the thresholds were chosen; an example is at [`PromiseCheck`].
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// Share now.
    pub now: f64,
    /// Share when the thresholds were chosen.
    pub then: f64,
}

/// Result of a promise; an example is at [`PromiseCheck`].
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct PromiseResult {
    /// Action that the promise is of: `publish` or `reject`.
    pub action: &'static str,
    /// Maximum error that was promised.
    pub promised: f64,
    /// Number of comments, near-duplicates once, and of errors among them.
    pub tally: Tally,
    /// Number of comments for which the action is wrong, near-duplicates once, and of those among them that it was taken on.
    pub rate: Tally,
    /// Observed error: share of the wrong ones, or what it would be at the share of abuse that was stated; 0 if there are
    /// no comments.
    pub observed: f64,
    /// Interval of the error at the confidence of the promise (Clopper and Pearson 1934, two-sided); at a share that was
    /// stated, by intervals of both rates that hold together (Bonferroni).
    pub interval: (f64, f64),
    /// True if the promise is broken: if the error were as great as promised, so many wrong ones or more would come
    /// with a probability of at most one less the confidence. At a share that was stated: if the lower limit of the error at
    /// this confidence is greater than promised.
    pub broken: bool,
}

/// Drift of the probabilities of a class since training; an example is at [`PromiseCheck`].
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Drift {
    /// Name of the class.
    pub class: String,
    /// Population stability index of its probabilities: up to 0.1 is no considerable change, above 0.25 a great one.
    pub index: f64,
    /// Mean of the index by chance alone, with so many comments.
    pub chance: f64,
}

impl PromiseCheck {
    /// True if a promise is broken.
    pub fn broken(&self) -> bool {
        self.promises.iter().chain(&self.let_through).any(|promise| promise.broken)
    }
}

/// Label that the model does not know, if there is one: it would count as "not abusive".
pub fn unknown_label<'c>(corpus: &'c Corpus, classes: &Classes) -> Option<&'c str> {
    let names = |class: &'c String| class.split(OR);
    let known = |name: &str| classes.iter().flat_map(|class| class.split(OR)).any(|class| key(class) == key(name));
    corpus.classes.iter().flat_map(names).find(|name| !known(name))
}

/// Compares the promises of `triage` with the decisions of `classifier` on labelled comments. Of near-duplicates the
/// first counts for the promises, as when the thresholds were chosen; a label that leaves it open whether a comment is
/// abusive counts as wrong, whatever is decided. Promises for a stated share of abuse are checked by the rates at which
/// comments of either kind are decided, since these comments may have another share.
pub fn check_promises(triage: &Triage, classifier: &Classifier, corpus: &Corpus) -> PromiseCheck {
    let scores: Vec<Score> = corpus.texts.iter().map(|text| classifier.score(text)).collect();
    let duplicates = NearDuplicates::find(&corpus.texts);
    let promises = &triage.promises;
    let mut rates = Rates::default();
    let (mut decided, mut unfamiliar) = (0u64, 0u64);
    for (i, (score, label)) in scores.iter().zip(&corpus.labels).enumerate() {
        let Some(decision) = classifier.decide(score) else { continue };
        unfamiliar += u64::from(decision.reason == Reason::Unfamiliar);
        decided += u64::from(decision.action != Action::Hold);
        if duplicates.group[i] == i {
            let (wrong_reject, wrong_publish) = wrong(*label, corpus);
            count(&mut rates.published, wrong_publish, decision.action == Action::Publish);
            count(&mut rates.rejected, wrong_reject, decision.action == Action::Reject);
        }
    }
    let share = |of: u64| of as f64 / scores.len().max(1) as f64;
    let unknown = 1.0 - known_share(scores.iter().map(|score| &score.familiarity));
    let Rates { published, rejected } = rates;
    let stated = promises.abusive_share;
    PromiseCheck {
        comments: scores.len(),
        abusive_share: Tally { comments: published.all_wrong + published.all_right, wrong: published.all_wrong }
            .share(),
        promised_share: triage.promised_share(),
        share_stated: stated.is_some(),
        promises: [
            result(Action::Publish, promises.max_abusive_published, published, stated, promises.confidence),
            result(
                Action::Reject,
                promises.max_innocent_rejected,
                rejected,
                stated.map(|share| 1.0 - share),
                promises.confidence,
            ),
        ],
        let_through: promises
            .max_abuse_let_through
            .map(|promised| observed(Action::Publish, promised, published.wrong_rate(), promises.confidence)),
        decided: share(decided),
        unfamiliar: Change { now: share(unfamiliar), then: triage.background.unfamiliar },
        unknown: Change { now: unknown, then: 1.0 - triage.background.known },
        drift: drift(triage, classifier.classes(), &scores),
    }
}

/// Counts a comment, for which an action is wrong or right, and which it is taken on or not.
fn count(counts: &mut Counts, wrong: bool, decided: bool) {
    let (all, of) = match wrong {
        true => (&mut counts.all_wrong, &mut counts.wrong),
        false => (&mut counts.all_right, &mut counts.right),
    };
    *all += 1;
    *of += u64::from(decided);
}

/// Result of a promise on the error of an action. `share`: stated share of comments for which the action is wrong.
fn result(action: Action, promised: f64, counts: Counts, share: Option<f64>, confidence: f64) -> PromiseResult {
    let as_observed =
        PromiseResult { rate: counts.wrong_rate(), ..observed(action, promised, counts.decided(), confidence) };
    match share {
        Some(share) if as_observed.tally.comments > 0 => {
            let half = two_sided(confidence);
            PromiseResult {
                observed: counts.error_at(share),
                interval: (counts.error_floor_at(share, half), counts.error_limit_at(share, half)),
                broken: counts.error_floor_at(share, confidence) > promised,
                ..as_observed
            }
        }
        _ => as_observed,
    }
}

/// Result of a promise on a share of comments as it was observed.
fn observed(action: Action, promised: f64, tally: Tally, confidence: f64) -> PromiseResult {
    let half = two_sided(confidence);
    PromiseResult {
        action: action.as_str(),
        promised,
        tally,
        rate: tally,
        observed: tally.share(),
        interval: if tally.comments == 0 { (0.0, 1.0) } else { (tally.lower(half), tally.upper(half)) },
        broken: tally.at_least(promised) <= 1.0 - confidence,
    }
}

/// Confidence of each limit of a two-sided interval.
fn two_sided(confidence: f64) -> f64 {
    1.0 - (1.0 - confidence) / 2.0
}

/// Drift of each class.
fn drift(triage: &Triage, classes: &Classes, scores: &[Score]) -> Vec<Drift> {
    // (bins - 1) (1/n + 1/m): both are samples.
    let samples = 1.0 / scores.len().max(1) as f64 + 1.0 / triage.comments.max(1) as f64;
    let drift = |(class, (name, before)): (usize, (&String, &Histogram))| Drift {
        class: name.clone(),
        index: before.stability_index(&scores.iter().map(|score| score.probabilities[class]).collect::<Vec<f32>>()),
        chance: before.edges.len() as f64 * samples,
    };
    classes.iter().zip(&triage.background.scores).enumerate().map(drift).collect()
}

/// Errors of a label, by its names: whether it is wrong to reject the comment, and whether it is wrong to publish it.
fn wrong(label: LabelSet, corpus: &Corpus) -> (bool, bool) {
    let name = corpus.classes.name(label);
    (name != ABUSIVE, name.split(OR).any(|name| name == ABUSIVE))
}
