//! Choice of the thresholds of a model on held-out comments.

use std::collections::HashSet;

use crate::model::classes::Classes;
use crate::model::label::LabelSet;
use crate::model::score::{Familiarity, Score};
use crate::model::triage::{Background, Familiar, Thresholds, ThresholdsError, Triage};
use crate::stats::histogram::Histogram;
use crate::stats::risk_control::{Case, Zone, comments_needed, widest};
use crate::stats::{Promises, Tally};
use serde::Serialize;

/// Held-out comment: its label, and its score by a model that had not learnt from it.
///
/// ```
/// use naqd::evaluate::{HeldOut, choose_thresholds};
/// use naqd::{Classifier, LabelSet, Model, Promises};
///
/// let classifier = Classifier::new(&Model::shipped());
/// let held_out = |group| HeldOut { label: LabelSet::one(2), score: classifier.score("thank you, friend"), group };
/// let comments: Vec<HeldOut> = (0..1000).map(held_out).collect();
/// let choice = choose_thresholds(Promises::default(), classifier.classes(), &comments)?;
/// assert_eq!(choice.triage.published.comments, 1000);
/// # Ok::<(), naqd::ThresholdsError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HeldOut {
    /// Label of the comment.
    pub label: LabelSet,
    /// Score of the comment.
    pub score: Score,
    /// Group of near-duplicates, by any number: of each group the first comment counts.
    pub group: usize,
}

/// Thresholds chosen for a model, and the number of comments it would take where one is missing.
///
/// ```
/// use naqd::evaluate::ThresholdChoice;
/// use naqd::{Corpus, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let trained = Trainer::new().fit(&Corpus::from_rows(rows)?)?;
/// let choice: &ThresholdChoice = trained.validation.triage.as_ref().expect("there is a class abusive");
/// // Some two dozen comments prove no error of at most 1 %.
/// assert_eq!(choice.triage.thresholds.publish_below, None);
/// assert!(choice.publish_needs > Some(24));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Debug, Serialize)]
#[non_exhaustive]
pub struct ThresholdChoice {
    /// Thresholds and what they rest on.
    #[serde(flatten)]
    pub triage: Triage,
    /// Estimated number of labelled comments like these, these included, that it would take to reject any, where none can
    /// be; none if more of them would not help.
    pub reject_needs: Option<u64>,
    /// Estimated number that it would take to publish any, likewise.
    pub publish_needs: Option<u64>,
}

/// Errors of a label: whether it is wrong to reject the comment, and whether it is wrong to publish it.
/// `abusive|critical` may be either: it is wrong in both.
pub fn wrong(label: LabelSet, abusive: usize) -> (bool, bool) {
    (label.single() != Some(abusive), label.contains(abusive))
}

/// Chooses thresholds that keep the promises.
///
/// # Errors
/// No class is named `abusive`.
pub fn choose_thresholds(
    promises: Promises,
    classes: &Classes,
    held_out: &[HeldOut],
) -> Result<ThresholdChoice, ThresholdsError> {
    let no_abusive = || ThresholdsError::NoAbusive { classes: classes.to_vec() };
    let abusive = classes.abusive().ok_or_else(no_abusive)?;
    let familiar = familiar(held_out);
    let background = background(classes.len(), held_out, familiar);
    // Near-duplicates are no independent samples, and unfamiliar comments are not decided.
    let mut seen = HashSet::new();
    let independent: Vec<&HeldOut> =
        held_out.iter().filter(|of| seen.insert(of.group) && familiar.knows(&of.score.familiarity)).collect();
    let cases = |zone: fn(f32, (bool, bool)) -> Case| -> Vec<Case> {
        let case = |of: &&HeldOut| zone(of.score.probabilities[abusive], wrong(of.label, abusive));
        independent.iter().map(case).collect()
    };
    let reject = cases(|p, (wrong, _)| Case { risk: 1.0 - p, wrong });
    let publish = cases(|p, (_, wrong)| Case { risk: p, wrong });
    let Promises { max_innocent_rejected, max_abusive_published, confidence } = promises;
    let rejected = widest(&reject, max_innocent_rejected, confidence);
    let published = widest(&publish, max_abusive_published, confidence);
    let mut thresholds = Thresholds {
        publish_below: published.map(|zone| zone.below),
        reject_above: rejected.map(|zone| ((1.0 - f64::from(zone.below)) * 10_000.0).round() as f32 / 10_000.0),
        notify_above: classes.critical().and_then(|critical| best_f1(held_out, critical)),
    };
    // Where the zones overlap, either promise holds for every stricter threshold as well.
    if let (Some(publish), Some(reject)) = (thresholds.publish_below, thresholds.reject_above)
        && reject < publish
    {
        let between = 0.5f32.clamp(reject, publish);
        (thresholds.publish_below, thresholds.reject_above) = (Some(between), Some(between));
    }
    let tally = |cases: &[Case], zone: Option<Zone>, beyond: &dyn Fn(f32) -> bool| match zone {
        None => Tally::default(),
        Some(_) => {
            let of = || cases.iter().zip(&independent).filter(|(_, of)| beyond(of.score.probabilities[abusive]));
            Tally { comments: of().count() as u64, wrong: of().filter(|(case, _)| case.wrong).count() as u64 }
        }
    };
    let needs = |cases: &[Case], zone: Option<Zone>, allowed: f64| match zone {
        Some(_) => None,
        None => comments_needed(cases, allowed, confidence),
    };
    Ok(ThresholdChoice {
        reject_needs: needs(&reject, rejected, max_innocent_rejected),
        publish_needs: needs(&publish, published, max_abusive_published),
        triage: Triage {
            thresholds,
            promises,
            familiar,
            comments: independent.len() as u64,
            rejected: tally(&reject, rejected, &|p| Some(p) > thresholds.reject_above),
            published: tally(&publish, published, &|p| Some(p) < thresholds.publish_below),
            background,
        },
    })
}

fn background(classes: usize, held_out: &[HeldOut], familiar: Familiar) -> Background {
    let scores = |class: usize| Histogram::tenths(held_out.iter().map(|of| of.score.probabilities[class]));
    let unfamiliar = held_out.iter().filter(|of| !familiar.knows(&of.score.familiarity)).count();
    Background {
        scores: (0..classes).map(scores).collect(),
        known: known_share(held_out.iter().map(|of| &of.score.familiarity)),
        unfamiliar: unfamiliar as f64 / held_out.len().max(1) as f64,
    }
}

/// Number of comments of a script of which one may be unfamiliar.
const ONE_OF: usize = 100;

/// Upper limit of the minimum familiarity, for comments that are all alike: other languages have less.
const MAX_MINIMUM: f32 = 1.1;

/// Minimum familiarity that all but one per cent of the comments have. Where few are of a script, it is that of all.
fn familiar(held_out: &[HeldOut]) -> Familiar {
    let minimum = |script: &dyn Fn(bool) -> bool| {
        let of = held_out.iter().map(|of| of.score.familiarity).filter(|of| script(of.arabic));
        let mut measures: Vec<f32> = of.filter(|of| of.known_words > 0).map(|of| Familiar::measure(&of)).collect();
        measures.sort_unstable_by(f32::total_cmp);
        (measures.len() >= ONE_OF).then(|| (measures[measures.len() / ONE_OF].min(MAX_MINIMUM) * 1e4).floor() / 1e4)
    };
    let all = minimum(&|_| true).unwrap_or(Familiar::default().other);
    let (arabic, other) = (minimum(&|arabic| arabic).unwrap_or(all), minimum(&|arabic| !arabic).unwrap_or(all));
    Familiar { arabic, other }
}

/// Share of the n-grams of all comments that are known.
pub fn known_share<'f>(familiarities: impl Iterator<Item = &'f Familiarity>) -> f64 {
    let (known, all) =
        familiarities.fold((0u64, 0u64), |(known, all), of| (known + u64::from(of.known), all + u64::from(of.ngrams)));
    known as f64 / all.max(1) as f64
}

/// Probability above which predicting a class gives the greatest F1. Comments whose label leaves the class open do not
/// count.
fn best_f1(held_out: &[HeldOut], class: usize) -> Option<f32> {
    let mut ranked: Vec<(f32, bool)> = held_out
        .iter()
        .filter(|of| of.label.single() == Some(class) || !of.label.contains(class))
        .map(|of| (of.score.probabilities[class], of.label.contains(class)))
        .collect();
    ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let all = ranked.iter().filter(|(_, is)| *is).count() as f64;
    let mut hits = 0.0;
    let mut best: Option<(f64, f32)> = None;
    for (given, &(p, is)) in (1..).zip(&ranked) {
        hits += f64::from(u8::from(is));
        let f1 = 2.0 * hits / (f64::from(given) + all);
        if best.is_none_or(|(greatest, _)| f1 > greatest) {
            best = Some((f1, p));
        }
    }
    // Just below the last that is counted.
    best.filter(|(f1, _)| *f1 > 0.0).map(|(_, p)| ((f64::from(p) * 10_000.0).ceil() - 1.0).max(0.0) as f32 / 10_000.0)
}
