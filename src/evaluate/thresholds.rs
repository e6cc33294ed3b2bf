//! Chooses the thresholds of a model from comments that it had not learnt from.

use std::collections::HashSet;

use crate::model::label::LabelSet;
use crate::model::score::{Familiarity, Score};
use crate::model::triage::{ABUSIVE, Background, CRITICAL, Familiar, Thresholds, Triage, TriageError};
use crate::stats::histogram::Histogram;
use crate::stats::risk_control::{Case, Zone, comments_needed, widest};
use crate::stats::{Promises, Tally};
use serde::Serialize;

/// A comment with a label and what a model says of it that had not learnt from it.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// What it is.
    pub label: LabelSet,
    /// What was said of it.
    pub score: Score,
    /// Its group of near repeats, by any number: of each group the first comment counts.
    pub group: usize,
}

/// The thresholds of a model, and what is to be said of them.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Choice {
    /// The thresholds and what they rest on.
    #[serde(flatten)]
    pub triage: Triage,
    /// Where nothing can be rejected: labelled comments like these, these included, that it would take, as far as can
    /// be told; none if more of them would not help.
    pub reject_needs: Option<u64>,
    /// The same where nothing can be published.
    pub publish_needs: Option<u64>,
}

/// Whether a comment of this label is wrong to reject and wrong to publish. `abusive|critical` may be either: it is
/// wrong in both.
pub fn wrong(label: LabelSet, abusive: usize) -> (bool, bool) {
    (label.single() != Some(abusive), label.contains(abusive))
}

/// Chooses thresholds such that the promises hold.
///
/// # Errors
/// No class is named `abusive`.
pub fn choose(promises: Promises, classes: &[String], judged: &[Judged]) -> Result<Choice, TriageError> {
    let place = |name: &str| classes.iter().position(|class| class == name);
    let abusive = place(ABUSIVE).ok_or_else(|| TriageError::NoAbusive { classes: classes.to_vec() })?;
    let familiar = familiar(judged);
    let background = Background {
        scores: (0..classes.len())
            .map(|class| Histogram::tenths(judged.iter().map(|judged| judged.score.probabilities[class])))
            .collect(),
        known: known(judged.iter().map(|judged| &judged.score.familiarity)),
        unfamiliar: judged.iter().filter(|judged| !familiar.knows(&judged.score.familiarity)).count() as f64
            / judged.len().max(1) as f64,
    };
    // What is said once more is no second witness, and what is unfamiliar is not decided.
    let mut seen = HashSet::new();
    let independent: Vec<&Judged> =
        judged.iter().filter(|judged| seen.insert(judged.group) && familiar.knows(&judged.score.familiarity)).collect();
    let cases = |zone: fn(f32, (bool, bool)) -> Case| -> Vec<Case> {
        let case = |judged: &&Judged| zone(judged.score.probabilities[abusive], wrong(judged.label, abusive));
        independent.iter().map(case).collect()
    };
    let reject = cases(|p, (wrong, _)| Case { risk: 1.0 - p, wrong });
    let publish = cases(|p, (_, wrong)| Case { risk: p, wrong });
    let Promises { max_wrong_reject, max_missed_abuse, confidence } = promises;
    let rejected = widest(&reject, max_wrong_reject, confidence);
    let published = widest(&publish, max_missed_abuse, confidence);
    let mut thresholds = Thresholds {
        publish_below: published.map(|zone| zone.below),
        reject_above: rejected.map(|zone| ((1.0 - f64::from(zone.below)) * 10_000.0).round() as f32 / 10_000.0),
        notify_above: place(CRITICAL).and_then(|critical| best_f1(judged, critical)),
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
    Ok(Choice {
        reject_needs: needs(&reject, rejected, max_wrong_reject),
        publish_needs: needs(&publish, published, max_missed_abuse),
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

/// Of so many comments of a script, one may be unfamiliar.
const ONE_OF: usize = 100;

/// No more than this is asked, where comments are all alike: other languages have less.
const MOST: f32 = 1.1;

/// What a model must know of a comment: what it knows of all but one per cent of these. Where few are of a script,
/// all of them together decide.
fn familiar(judged: &[Judged]) -> Familiar {
    let least = |script: &dyn Fn(bool) -> bool| {
        let of = judged.iter().map(|judged| judged.score.familiarity).filter(|of| script(of.arabic));
        let mut measures: Vec<f32> = of.filter(|of| of.known_words > 0).map(|of| Familiar::measure(&of)).collect();
        measures.sort_unstable_by(f32::total_cmp);
        (measures.len() >= ONE_OF).then(|| (measures[measures.len() / ONE_OF].min(MOST) * 1e4).floor() / 1e4)
    };
    let all = least(&|_| true).unwrap_or(Familiar::default().other);
    let (arabic, other) = (least(&|arabic| arabic).unwrap_or(all), least(&|arabic| !arabic).unwrap_or(all));
    Familiar { arabic, other }
}

/// Share of the n-grams of all comments that are known.
pub fn known<'f>(familiarities: impl Iterator<Item = &'f Familiarity>) -> f64 {
    let (known, all) =
        familiarities.fold((0u64, 0u64), |(known, all), of| (known + u64::from(of.known), all + u64::from(of.ngrams)));
    known as f64 / all.max(1) as f64
}

/// The probability above which a comment is best called of a class: where F1 is greatest. Comments whose label leaves
/// it open do not count.
fn best_f1(judged: &[Judged], class: usize) -> Option<f32> {
    let mut ranked: Vec<(f32, bool)> = judged
        .iter()
        .filter(|judged| judged.label.single() == Some(class) || !judged.label.contains(class))
        .map(|judged| (judged.score.probabilities[class], judged.label.contains(class)))
        .collect();
    ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let all = ranked.iter().filter(|(_, is)| *is).count() as f64;
    let mut hits = 0.0;
    let mut best: Option<(f64, f32)> = None;
    for (given, &(p, is)) in (1..).zip(&ranked) {
        hits += f64::from(u8::from(is));
        let f1 = 2.0 * hits / (f64::from(given) + all);
        if best.is_none_or(|(most, _)| f1 > most) {
            best = Some((f1, p));
        }
    }
    // Just below the last that is counted.
    best.filter(|(f1, _)| *f1 > 0.0).map(|(_, p)| ((f64::from(p) * 10_000.0).ceil() - 1.0).max(0.0) as f32 / 10_000.0)
}
