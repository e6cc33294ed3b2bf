//! Compares what a model promised with what happens on fresh labelled comments.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::thresholds::known;
use crate::model::label::name;
use crate::model::label::{LabelSet, OR};
use crate::model::score::Score;
use crate::model::triage::{ABUSIVE, Action, Reason, Triage};
use crate::score::classifier::Classifier;
use crate::stats::Tally;
use serde::Serialize;

/// What became of fresh comments.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// Comments.
    pub comments: usize,
    /// The two promises: of the published and of the rejected comments.
    pub promises: [Kept; 2],
    /// Share of the comments that is decided without a person.
    pub decided: f64,
    /// Share of the comments that is held since the model has no opinion on them, and what it was when thresholds were
    /// chosen.
    pub unfamiliar: Then,
    /// Share of n-grams that the model does not know.
    pub unknown: Then,
    /// How much the probabilities of each class have moved.
    pub drift: Vec<Drift>,
}

/// A share now, and when thresholds were chosen.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Then {
    /// Now.
    pub now: f64,
    /// When thresholds were chosen.
    pub then: f64,
}

/// A promise and what came of it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Kept {
    /// Of which comments: `publish` or `reject`.
    pub action: &'static str,
    /// At most this share was to be wrong.
    pub promised: f64,
    /// How many there were, near repeats once, and how many were wrong.
    pub tally: Tally,
    /// Share of the wrong ones; 0 if there are no comments.
    pub observed: f64,
    /// Interval of the error at the confidence of the promise (Clopper and Pearson 1934, two-sided).
    pub interval: (f64, f64),
    /// Whether the promise is broken: if the error were as great as promised, so many wrong ones or more would come
    /// with a probability of at most one less the confidence.
    pub broken: bool,
}

/// How much the probabilities of a class have moved since training.
#[derive(Clone, Debug, Serialize)]
pub struct Drift {
    /// The class.
    pub class: String,
    /// Population stability index of its probabilities: up to 0.1 is no change to speak of, above 0.25 a great one.
    pub index: f64,
    /// What the index comes to by chance alone, on average, with so many comments.
    pub chance: f64,
}

impl Check {
    /// Whether a promise is broken.
    pub fn broken(&self) -> bool {
        self.promises.iter().any(|promise| promise.broken)
    }
}

/// A label that the model does not know, if there is one: it would count as "not abusive".
pub fn unknown_label<'c>(corpus: &'c Corpus, classes: &[String]) -> Option<&'c str> {
    let names = |class: &'c String| class.split(OR);
    let known = |name: &str| classes.iter().flat_map(|class| class.split(OR)).any(|class| class == name);
    corpus.classes.iter().flat_map(names).find(|name| !known(name))
}

/// Compares `triage`'s promises with what `classifier` decides on labelled comments. Of comments that are near repeats
/// of one another the first counts for the promises, as when thresholds were chosen; a label that leaves it open
/// whether a comment is abusive counts as wrong, whatever is decided.
pub fn check(triage: &Triage, classifier: &Classifier, corpus: &Corpus) -> Check {
    let scores: Vec<Score> = corpus.texts.iter().map(|text| classifier.score(text)).collect();
    let repeats = NearDuplicates::find(&corpus.texts);
    let confidence = triage.promises.confidence;
    let (mut published, mut rejected) = (Tally::default(), Tally::default());
    let (mut decided, mut unfamiliar) = (0u64, 0u64);
    for (i, (score, label)) in scores.iter().zip(&corpus.labels).enumerate() {
        let Some(decision) = classifier.decide(score) else { continue };
        unfamiliar += u64::from(decision.reason == Reason::Unfamiliar);
        let (wrong_reject, wrong_publish) = wrong(*label, corpus);
        let (tally, wrong) = match decision.action {
            Action::Publish => (&mut published, wrong_publish),
            Action::Reject => (&mut rejected, wrong_reject),
            Action::Hold => continue,
        };
        decided += 1;
        if repeats.group[i] == i {
            tally.comments += 1;
            tally.wrong += u64::from(wrong);
        }
    }
    let kept = |action: Action, promised: f64, tally: Tally| {
        let half = 1.0 - (1.0 - confidence) / 2.0;
        Kept {
            action: action.as_str(),
            promised,
            tally,
            observed: tally.share(),
            interval: if tally.comments == 0 { (0.0, 1.0) } else { (tally.lower(half), tally.upper(half)) },
            broken: tally.at_least(promised) <= 1.0 - confidence,
        }
    };
    let share = |of: u64| of as f64 / scores.len().max(1) as f64;
    let drift =
        classifier.classes().iter().zip(&triage.background.scores).enumerate().map(|(class, (name, before))| {
            let now: Vec<f32> = scores.iter().map(|score| score.probabilities[class]).collect();
            // (bins - 1) (1/n + 1/m): both are samples.
            let samples = 1.0 / now.len().max(1) as f64 + 1.0 / triage.comments.max(1) as f64;
            Drift {
                class: name.clone(),
                index: before.stability_index(&now),
                chance: before.edges.len() as f64 * samples,
            }
        });
    Check {
        comments: scores.len(),
        promises: [
            kept(Action::Publish, triage.promises.max_missed_abuse, published),
            kept(Action::Reject, triage.promises.max_wrong_reject, rejected),
        ],
        decided: share(decided),
        unfamiliar: Then { now: share(unfamiliar), then: triage.background.unfamiliar },
        unknown: Then {
            now: 1.0 - known(scores.iter().map(|score| &score.familiarity)),
            then: 1.0 - triage.background.known,
        },
        drift: drift.collect(),
    }
}

/// Whether a comment is wrong to reject and wrong to publish, by the names in its label.
fn wrong(label: LabelSet, corpus: &Corpus) -> (bool, bool) {
    let name = name(label, &corpus.classes);
    (name != ABUSIVE, name.split(OR).any(|name| name == ABUSIVE))
}
