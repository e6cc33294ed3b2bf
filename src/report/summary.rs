//! The summary in words.

use super::build::View;
use super::decided::abusive;
use super::page::{Bar, Sentence, Summary};
use super::words::fill;
use super::{LearningCurve, Scored};
use crate::promise::Tally;

/// A share in per cent, as it is said.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 || percent >= 9.95 { format!("{percent:.0}%") } else { format!("{percent:.1}%") }
}

/// A number of comments, its thousands set off.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut written = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// How many of a hundred.
fn of_100(part: u64, all: u64) -> String {
    let share = part as f64 * 100.0 / all.max(1) as f64;
    if share == 0.0 || share >= 9.95 { format!("{share:.0}") } else { format!("{share:.1}") }
}

impl View<'_> {
    pub(crate) fn summary(&self) -> Summary {
        let t = self.t;
        let mut summary = Summary { basis: self.basis(), ..Summary::default() };
        self.decisions(&mut summary);
        if let Some(class) = abusive(&self.subject.model.classes).map(|abusive| &self.figures.classes[abusive]) {
            let text = fill(t.finds, &[&class.class, &percent(class.recall), &percent(class.precision)]);
            summary.sentences.push(Sentence::new(text));
        }
        summary.sentences.push(Sentence::new(fill(t.believe, &[&percent(self.after.ece)])));
        if let Scored::HeldOut(_, Some(curve)) = &self.subject.scored {
            summary.sentences.push(Sentence::new(gain(t.learning_summary, curve)));
        }
        summary
    }

    fn basis(&self) -> String {
        let judged = count(self.scores.len() as u64);
        match &self.subject.scored {
            Scored::HeldOut(trained, _) => {
                let report = &trained.report;
                fill(self.t.by_held_out, &[&judged, &report.folds.to_string(), &count(report.comments as u64)])
            }
            Scored::ByModel(_) => fill(self.t.by_model, &[&judged]),
        }
    }

    fn decisions(&self, summary: &mut Summary) {
        let (t, classes) = (self.t, &self.subject.model.classes);
        if abusive(classes).is_none() {
            summary.lead = fill(t.no_abusive, &[&classes.join(", ")]);
            return;
        }
        let triage = self.subject.model.triage.as_ref();
        let (Some(decided), Some(triage)) = (&self.decided, triage) else {
            summary.lead = t.no_thresholds.to_owned();
            return;
        };
        let thresholds = triage.thresholds;
        let all = decided.comments;
        let held = all - decided.publish - decided.reject;
        let needs = |what: &str, needs: Option<u64>| match needs {
            Some(comments) => format!("{what} {}", fill(t.needs, &[&count(comments)])),
            None => what.to_owned(),
        };
        let choice = match &self.subject.scored {
            Scored::HeldOut(trained, _) => trained.report.triage.as_ref(),
            Scored::ByModel(_) => None,
        };
        let reject_needs = choice.and_then(|choice| choice.reject_needs);
        let publish_needs = choice.and_then(|choice| choice.publish_needs);
        if thresholds.publish_below.is_none() && thresholds.reject_above.is_none() {
            let least = [reject_needs, publish_needs].into_iter().flatten().min();
            summary.lead = needs(t.no_thresholds, least);
        } else {
            let decisions = of_100(decided.publish + decided.reject, all);
            let (publish, reject) = (of_100(decided.publish, all), of_100(decided.reject, all));
            let hold = of_100(held, all);
            summary.lead = fill(t.decided, &[&decisions, &publish, &reject, &hold]);
            summary.bar = Some(Bar { publish, hold, reject });
            let promises = triage.promises;
            summary.bounds = fill(t.bounds, &[&percent(promises.confidence)]);
            for (threshold, tally, words, none, needed, asked) in [
                (
                    thresholds.publish_below,
                    decided.published,
                    t.error_published,
                    t.no_publish,
                    publish_needs,
                    promises.max_missed_abuse,
                ),
                (
                    thresholds.reject_above,
                    decided.rejected,
                    t.error_rejected,
                    t.no_reject,
                    reject_needs,
                    promises.max_wrong_reject,
                ),
            ] {
                if threshold.is_none() {
                    summary.sentences.push(Sentence::new(needs(none, needed)));
                } else if tally.comments > 0 {
                    summary.sentences.push(self.promise(words, tally, asked, promises.confidence));
                }
            }
        }
        if thresholds.notify_above.is_some() {
            summary.sentences.push(Sentence::new(fill(t.editors, &[&of_100(decided.editors, all)])));
        }
        if decided.unfamiliar > 0 {
            summary.sentences.push(Sentence::new(fill(t.unfamiliar, &[&of_100(decided.unfamiliar, all)])));
        }
    }

    fn promise(&self, words: &str, tally: Tally, asked: f64, confidence: f64) -> Sentence {
        let t = self.t;
        let upper = percent(tally.upper(confidence));
        let (wrong, all) = (count(tally.wrong), count(tally.comments));
        let mut text = fill(words, &[&percent(tally.share()), &wrong, &all, &percent(asked), &upper]);
        let mut warning = "";
        if tally.lower(confidence) > asked {
            warning = t.broken;
        } else if tally.share() > asked {
            text = format!("{text} {}", t.by_chance);
        } else if tally.upper(confidence) <= asked {
            text = format!("{text} {}", t.kept);
        }
        Sentence { text, warning }
    }
}

/// What 1,000 comments more would bring.
pub(crate) fn gain(words: &str, curve: &LearningCurve) -> String {
    let (best, low, high) = curve.gain;
    fill(words, &[&format!("{best:.3}"), &format!("{low:.3}"), &format!("{high:.3}")])
}
