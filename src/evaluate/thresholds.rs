//! Choice of the thresholds of a model on held-out comments.

use std::collections::HashSet;

use crate::model::classes::Classes;
use crate::model::label::LabelSet;
use crate::model::score::{Familiarity, Score};
use crate::model::triage::{Background, Familiar, Rates, Separation, Thresholds, ThresholdsError, Triage};
use crate::ngrams::script::script_name;
use crate::score::guard::MIN_REJECTED;
use crate::stats::histogram::Histogram;
use crate::stats::risk_control::{Bound, Case, Cases, Passed, Plan, comments_needed, smallest_error, widest};
use crate::stats::{Promises, Tally};
use serde::Serialize;

/// Held-out comment: its label, and its score by a model that had not learnt from it.
///
/// ```
/// use naqd::evaluate::{HeldOut, choose_thresholds};
/// use naqd::{Classifier, LabelSet, Model, Promises};
///
/// let classifier = Classifier::new(&Model::shipped());
/// let held_out = |group: usize| {
///     let (text, class) = if group % 9 == 0 { ("you are an idiot", 0) } else { ("thank you, friend", 2) };
///     HeldOut { label: LabelSet::one(class), score: classifier.score(text), group }
/// };
/// let comments: Vec<HeldOut> = (0..900).map(held_out).collect();
/// let choice = choose_thresholds(Promises::default(), classifier.classes(), &comments)?;
/// assert_eq!((choice.triage.published.comments, choice.triage.published.wrong), (800, 0));
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

/// Thresholds chosen for a model, and what it would take where one is missing.
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
/// // Some two dozen comments prove no error of at most 3 %.
/// assert_eq!(choice.triage.thresholds.publish_below, None);
/// assert!(!choice.publish.empty && !choice.inherited);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Debug, Serialize)]
#[non_exhaustive]
pub struct ThresholdChoice {
    /// Thresholds and what they rest on.
    #[serde(flatten)]
    pub triage: Triage,
    /// True if the thresholds and what they rest on are those of the model that it learnt on top of, promised for the
    /// comments of that model: no promise can be given with the comments at hand. Where one can, a threshold alone may be
    /// [inherited](Outlook::inherited).
    pub inherited: bool,
    /// Promise on the published comments.
    pub publish: Outlook,
    /// Promise on the rejected comments.
    pub reject: Outlook,
    /// Confidence with which both promises hold together.
    pub joint_confidence: f64,
    /// Errors to be expected at other shares of abuse.
    pub at_share: Vec<ErrorsAtShare>,
    /// Errors in each script that occurs.
    pub by_script: Vec<ScriptErrors>,
}

/// Outlook of a promise: whether it says something, and what it takes to keep it. An example is at [`ThresholdChoice`].
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Outlook {
    /// True if the promise says nothing, since so few comments are of the kind that it is about: to decide every comment
    /// would keep it. There is no threshold then.
    pub empty: bool,
    /// Estimated number of further labelled comments, like those at hand, that it would take to keep the promise, where
    /// there is no threshold; none if more would not help, or none are needed.
    pub more: Option<u64>,
    /// Smallest round error that could probably be promised with the comments at hand, greater than the one asked for, where
    /// there is no threshold.
    pub smallest: Option<f64>,
    /// True if the threshold is that of the model that it learnt on top of, or was and is switched off, since it errs too much
    /// on the comments at hand. Never without such a model, or where a promise can be given.
    pub inherited: bool,
}

/// Errors to be expected where another share of the comments is abusive; an example is at [`ThresholdChoice`].
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[non_exhaustive]
pub struct ErrorsAtShare {
    /// Share of abusive comments.
    pub share: f64,
    /// Share of abusive comments among the published; none without a threshold.
    pub published: Option<f64>,
    /// Share of comments that are not abusive among the rejected; none without a threshold.
    pub rejected: Option<f64>,
}

impl ThresholdChoice {
    /// Thresholds to publish below and to reject above that are promised for the comments at hand; none that is
    /// [inherited](Outlook::inherited).
    pub fn promised(&self) -> [Option<f32>; 2] {
        let thresholds = &self.triage.thresholds;
        [
            thresholds.publish_below.filter(|_| !self.publish.inherited),
            thresholds.reject_above.filter(|_| !self.reject.inherited),
        ]
    }
}

/// Errors of the thresholds in one script; an example is at [`ThresholdChoice`].
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[non_exhaustive]
pub struct ScriptErrors {
    /// Script: `arabic`, or `other` for comments whose letters are mostly not Arabic.
    pub script: &'static str,
    /// Number of comments.
    pub comments: u64,
    /// Published ones, and how many of them were abusive.
    pub published: Tally,
    /// Rejected ones, and how many of them were not abusive.
    pub rejected: Tally,
    /// True if the promise on the published comments is significantly broken in this script.
    pub publish_broken: bool,
    /// True if the promise on the rejected comments is significantly broken in this script.
    pub reject_broken: bool,
}

/// Shares of abuse that [`ErrorsAtShare`] are estimated for.
const SHARES: [f64; 2] = [0.03, 0.10];

/// Errors of a label: whether it is wrong to reject the comment, and whether it is wrong to publish it.
/// `abusive|critical` may be either: it is wrong in both.
pub fn wrong(label: LabelSet, abusive: usize) -> (bool, bool) {
    (label.single() != Some(abusive), label.contains(abusive))
}

/// Chooses thresholds that keep the promises, on comments that the whole model has not learnt from. The order of the tests
/// begins by the scores of the same comments, which changes the confidence little; [`Trainer`](crate::Trainer) takes other
/// comments for it.
///
/// # Errors
/// No class is named `abusive`.
pub fn choose_thresholds(
    promises: Promises,
    classes: &Classes,
    held_out: &[HeldOut],
) -> Result<ThresholdChoice, ThresholdsError> {
    choose_planned(promises, classes, held_out, held_out, familiar(held_out), 1.0)
}

/// Bounds of a decision to publish and of one to reject.
pub(crate) fn bounds(promises: &Promises) -> (Bound, Bound) {
    let Promises { max_innocent_rejected, max_abusive_published, confidence, .. } = *promises;
    let publish = Bound {
        error: max_abusive_published,
        share: promises.abusive_share,
        rate: promises.max_abuse_let_through,
        confidence,
    };
    let share = promises.abusive_share.map(|share| 1.0 - share);
    (publish, Bound { error: max_innocent_rejected, share, rate: None, confidence })
}

/// Comments as the decisions to publish and to reject see them: near-duplicates once, since they are no independent
/// samples. Unfamiliar ones are never decided, guarded ones never rejected.
pub(crate) fn cases(held_out: &[HeldOut], abusive: usize, familiar: Familiar) -> (Cases, Cases) {
    let mut seen = HashSet::new();
    let independent: Vec<&HeldOut> = held_out.iter().filter(|of| seen.insert(of.group)).collect();
    let publish = |of: &HeldOut| familiar.knows(&of.score.familiarity).then_some(of.score.probabilities[abusive]);
    let reject = |of: &HeldOut| publish(of).and_then(|_| of.score.rejectable(abusive)).map(|p| 1.0 - p);
    let published = independent.iter().map(|of| Case { risk: publish(of), wrong: wrong(of.label, abusive).1 });
    let rejected = independent.iter().map(|of| Case { risk: reject(of), wrong: wrong(of.label, abusive).0 });
    (published.collect(), rejected.collect())
}

/// Chooses thresholds on `tested_on`, comments that the whole model has not learnt from. The order of the tests and whom to
/// notify are decided by `planned_on`, other comments, and what is unfamiliar is given, so that all tests are exact. Without
/// comments to test on there is no threshold. `share` is what the comments to test on are, or could be, of all labelled ones.
///
/// # Errors
/// No class is named `abusive`.
pub(crate) fn choose_planned(
    promises: Promises,
    classes: &Classes,
    tested_on: &[HeldOut],
    planned_on: &[HeldOut],
    familiar: Familiar,
    share: f64,
) -> Result<ThresholdChoice, ThresholdsError> {
    let no_abusive = || ThresholdsError::NoAbusive { classes: classes.to_vec() };
    let abusive = classes.abusive().ok_or_else(no_abusive)?;
    let known = if tested_on.is_empty() { planned_on } else { tested_on };
    let (publish, reject) = cases(tested_on, abusive, familiar);
    let (publish_plan, reject_plan) = cases(planned_on, abusive, familiar);
    let (publish_bound, reject_bound) = bounds(&promises);
    let same = std::ptr::eq(tested_on, planned_on);
    let choose = |bound: &Bound, tested_on: &Cases, planned_on: &Cases| {
        let plan = if same { Plan::Scores(planned_on) } else { Plan::Labels(planned_on) };
        (!bound.is_empty(if tested_on.is_empty() { planned_on } else { tested_on }))
            .then(|| widest(bound, tested_on, plan))
            .flatten()
    };
    let published = choose(&publish_bound, &publish, &publish_plan);
    let rejected = choose(&reject_bound, &reject, &reject_plan).and_then(guarded);
    let (publish_below, reject_above) = apart(published, rejected);
    let thresholds = Thresholds {
        publish_below,
        reject_above,
        notify_above: classes.critical().and_then(|critical| best_f1(planned_on, critical)),
    };
    let rates = Rates {
        published: thresholds.publish_below.map_or(publish.below(0.0), |below| publish.below(below)),
        rejected: thresholds.reject_above.map_or(reject.below(0.0), |above| reject.below(1.0 - above)),
    };
    let outlook = |bound: &Bound, chosen: bool, tested_on: &Cases, planned_on: &Cases| {
        // Without comments to test on, their share of the others could be.
        let (cases, n) = match tested_on.len() {
            0 => (planned_on, (planned_on.len() as f64 * share) as u64),
            n => (tested_on, n),
        };
        let empty = bound.is_empty(cases);
        if chosen || empty {
            return Outlook { empty, ..Outlook::default() };
        }
        // Of more comments the same share would be set aside.
        let more = comments_needed(bound, cases, n).map(|needed| ((needed - n) as f64 / share).ceil() as u64);
        Outlook { empty, more, smallest: smallest_error(bound, cases, n), inherited: false }
    };
    let errors = |share: f64| ErrorsAtShare {
        share,
        published: thresholds.publish_below.map(|_| rates.published.error_at(share)),
        rejected: thresholds.reject_above.map(|_| rates.rejected.error_at(1.0 - share)),
    };
    Ok(ThresholdChoice {
        inherited: false,
        publish: outlook(&publish_bound, publish_below.is_some(), &publish, &publish_plan),
        reject: outlook(&reject_bound, reject_above.is_some(), &reject, &reject_plan),
        joint_confidence: promises.joint_confidence(),
        at_share: SHARES.map(errors).to_vec(),
        by_script: by_script(tested_on, abusive, &thresholds, familiar, &promises),
        triage: Triage {
            thresholds,
            promises,
            familiar,
            comments: publish.familiar(),
            rejected: rates.rejected.decided(),
            published: rates.published.decided(),
            background: background(classes.len(), known, familiar),
            rates: Some(rates),
            separation: separation(known, planned_on, abusive),
            abusive_shares: [true, false].map(|arabic| abusive_share(known, planned_on, abusive, arabic)),
        },
    })
}

/// Zone of rejected comments without those below the probability from which on comments are guarded.
fn guarded(rejected: Passed) -> Option<Passed> {
    let most = 1.0 - MIN_REJECTED;
    (rejected.strictest <= most).then_some(Passed { widest: rejected.widest.min(most), ..rejected })
}

/// Thresholds of two zones that do not overlap. Where they would, one that passed both tests, as near to one half as
/// possible, replaces both. It is dropped for rejection where there is none.
fn apart(published: Option<Passed>, rejected: Option<Passed>) -> (Option<f32>, Option<f32>) {
    let above = |risk: f32| ((1.0 - f64::from(risk)) * 10_000.0).round() as f32 / 10_000.0;
    let (Some(publish), Some(reject)) = (published, rejected) else {
        return (published.map(|zone| zone.widest), rejected.map(|zone| above(zone.widest)));
    };
    if publish.widest <= above(reject.widest) {
        return (Some(publish.widest), Some(above(reject.widest)));
    }
    let low = publish.strictest.max(above(reject.widest));
    let high = publish.widest.min(above(reject.strictest));
    if low > high {
        return (Some(publish.widest), None);
    }
    let between = Some(0.5f32.clamp(low, high));
    (between, between)
}

/// Errors of thresholds in each script.
fn by_script(
    held_out: &[HeldOut],
    abusive: usize,
    thresholds: &Thresholds,
    familiar: Familiar,
    promises: &Promises,
) -> Vec<ScriptErrors> {
    let of_script = |arabic: bool| {
        let of: Vec<HeldOut> = held_out.iter().filter(|of| of.score.familiarity.arabic == arabic).copied().collect();
        let (publish, reject) = cases(&of, abusive, familiar);
        let published = thresholds.publish_below.map_or(Tally::default(), |below| publish.below(below).decided());
        let rejected = thresholds.reject_above.map_or(Tally::default(), |above| reject.below(1.0 - above).decided());
        let broken = |tally: Tally, allowed: f64| tally.at_least(allowed) <= 1.0 - promises.confidence;
        // At another share of abuse than these comments have, their errors say nothing of the promise.
        let same_share = promises.abusive_share.is_none();
        ScriptErrors {
            script: script_name(arabic),
            comments: publish.len(),
            published,
            rejected,
            publish_broken: same_share && broken(published, promises.max_abusive_published),
            reject_broken: same_share && broken(rejected, promises.max_innocent_rejected),
        }
    };
    [true, false].map(of_script).into_iter().filter(|of| of.comments > 0).collect()
}

/// Probability of `abusive` that separates abusive comments best from the others (Youden 1950), by `planned_on`, and how
/// many of either kind of `held_out` lie above it, near-duplicates once. None unless there are both.
fn separation(held_out: &[HeldOut], planned_on: &[HeldOut], abusive: usize) -> Option<Separation> {
    let certain = |of: &&HeldOut| of.label.single() == Some(abusive) || !of.label.contains(abusive);
    let mut ranked: Vec<(f32, bool)> = planned_on
        .iter()
        .filter(certain)
        .map(|of| (of.score.probabilities[abusive], of.label.contains(abusive)))
        .collect();
    ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let positives = ranked.iter().filter(|(_, is)| *is).count() as f64;
    let negatives = ranked.len() as f64 - positives;
    let (mut above, mut false_alarms) = (0.0, 0.0);
    let mut best: Option<(f64, f32)> = None;
    for (p, is) in ranked {
        if is {
            above += 1.0
        } else {
            false_alarms += 1.0
        }
        let index = above / positives - false_alarms / negatives;
        if best.is_none_or(|(greatest, _)| index > greatest) {
            best = Some((index, p));
        }
    }
    let (_, cutoff) = best.filter(|(index, _)| *index > 0.0)?;
    let mut seen = HashSet::new();
    let independent: Vec<&HeldOut> = held_out.iter().filter(|of| seen.insert(of.group)).filter(certain).collect();
    let of = |is: bool| {
        let of = || independent.iter().filter(|of| of.label.contains(abusive) == is);
        let above = of().filter(|of| of.score.probabilities[abusive] >= cutoff).count() as u64;
        (of().count() as u64, above)
    };
    let ((abusive_comments, abusive_above), (others, others_above)) = (of(true), of(false));
    (abusive_comments > 0 && others > 0).then_some(Separation {
        cutoff,
        abusive: abusive_comments,
        abusive_above,
        others,
        others_above,
    })
}

/// Share of abusive comments among those of a script; none if there are none.
fn abusive_share(held_out: &[HeldOut], planned_on: &[HeldOut], abusive: usize, arabic: bool) -> Option<f64> {
    let separate = !std::ptr::eq(held_out, planned_on);
    let of = || {
        let all = held_out.iter().chain(planned_on.iter().filter(move |_| separate));
        all.filter(|of| of.score.familiarity.arabic == arabic)
    };
    let comments = of().count();
    (comments > 0).then(|| of().filter(|of| of.label.contains(abusive)).count() as f64 / comments as f64)
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
const MAX_MINIMUM: f32 = 1.3;

/// Minimum familiarity that all but one per cent of the comments have. Where few are of a script, it is that of all.
pub(crate) fn familiar(held_out: &[HeldOut]) -> Familiar {
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

/// The lesser minimum of two sets of comments: those of another source than `planned_on` may use more words that are new. It
/// takes the scores of `tested_on`, but no label, so that the tests are as good as exact. Few of them say nothing.
#[cfg(feature = "internal")]
pub(crate) fn familiar_in_both(planned_on: &[HeldOut], tested_on: &[HeldOut]) -> Familiar {
    let planned = familiar(planned_on);
    if tested_on.len() < ONE_OF {
        return planned;
    }
    let tested = familiar(tested_on);
    Familiar { arabic: planned.arabic.min(tested.arabic), other: planned.other.min(tested.other) }
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
