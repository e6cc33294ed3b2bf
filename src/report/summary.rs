//! Summary of the page in words.

use crate::report::Scored;
use crate::report::beside;
use crate::report::build::View;
use crate::report::decided::Decided;
use crate::report::experts::ExpertView;
use crate::report::grammar::isolated;
use crate::report::learning::LearningCurve;
use crate::report::page::{Bar, Decisions, Sentence, Summary};
use crate::report::words::Words;
use crate::stats::Tally;

/// Share in per cent.
pub(crate) fn percent(share: f64) -> String {
    format!("{}%", short(share * 100.0))
}

/// Limit or confidence in per cent, as it was asked for.
pub(crate) fn limit(share: f64) -> String {
    format!("{}%", (share * 1e6).round() / 1e4)
}

/// Number from 0 to 100: rounded to a whole one from 10 on, to tenths below.
fn short(number: f64) -> String {
    if number >= 9.95 { format!("{number:.0}") } else { tenths((number * 10.0).round() as u64) }
}

/// Decimal notation of a number of tenths.
fn tenths(number: u64) -> String {
    if number.is_multiple_of(10) { (number / 10).to_string() } else { format!("{}.{}", number / 10, number % 10) }
}

/// Number of comments with thousands separators.
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

/// Thousandths of a part of all, rounded.
fn thousandths(part: u64, all: u64) -> u64 {
    (part as f64 * 1000.0 / all.max(1) as f64).round() as u64
}

impl View<'_> {
    pub(crate) fn summary(&self) -> Summary {
        let t = self.t;
        let mut summary = Summary { basis: self.metrics_basis(), ..Summary::default() };
        self.decisions(&mut summary);
        summary.steps = self.steps();
        if let Some(class) = self.classes().abusive().map(|abusive| &self.figures.classes[abusive]) {
            let text = t
                .fill(t.finds, &[&isolated(&t.class(&class.class)), &percent(class.recall), &percent(class.precision)]);
            summary.sentences.push(Sentence::new(text));
        }
        summary.sentences.push(Sentence::new(t.fill(t.believe, &[&percent(self.after.ece)])));
        if let Scored::HeldOut(trained, curve) = &self.subject.scored {
            if let Some(curve) = curve {
                summary.sentences.push(Sentence::new(gain(t, t.learning_summary, curve)));
            }
            summary.beside = beside::beside(t, trained, percent);
            summary.sentences.extend(beside::from_nothing(t, trained).map(Sentence::new));
        }
        summary
    }

    fn metrics_basis(&self) -> String {
        let held_out = count(self.scores.len() as u64);
        match &self.subject.scored {
            Scored::HeldOut(trained, _) => {
                let of = &trained.validation;
                self.t.fill(self.t.by_held_out, &[&held_out, &of.folds.to_string(), &count(of.comments as u64)])
            }
            Scored::ByModel(_) => self.t.fill(self.t.by_model, &[&held_out]),
        }
    }

    fn decisions(&self, summary: &mut Summary) {
        let (t, classes) = (self.t, &self.subject.model.classes);
        if classes.abusive().is_none() {
            // As in the files, since this asks for another name there.
            let names: Vec<String> = classes.iter().map(|name| isolated(name)).collect();
            summary.lead = t.fill(t.no_abusive, &[&names.join(t.comma)]);
            return;
        }
        (summary.lead, summary.bar) = match &self.experts[..] {
            [only] => self.lead(only),
            experts if experts.iter().any(ExpertView::decides) => decided_lead(t, self.shares_of_all()),
            [first, ..] => self.lead(first),
            [] => return,
        };
        for expert in &self.experts {
            if let Some(choice) = expert.choice() {
                summary.warnings.extend(self.warnings(expert, choice));
            } else if let (true, Some(triage)) = (expert.decides(), expert.triage) {
                summary.bounds = t.fill(t.bounds, &[&percent(triage.promises.confidence)]);
            }
        }
        summary.decisions = self.experts.iter().map(|expert| self.decisions_of(expert)).collect();
        if let [only] = &mut summary.decisions[..] {
            // They are all there is to say.
            (only.title, only.lead) = (None, String::new());
            summary.sentences.append(&mut only.sentences);
            let basis = std::mem::take(&mut only.basis);
            summary.basis = [basis, self.metrics_basis()].join(" ").trim_start().to_owned();
        }
    }

    /// Decisions of an expert, as the first sentence on them.
    fn lead(&self, expert: &ExpertView) -> (String, Option<Bar>) {
        let t = self.t;
        match &expert.decided {
            Some(decided) if expert.decides() => {
                if expert.inherited() && decided.publish + decided.reject == 0 {
                    let name = beside::name(t, &self.subject.model.training);
                    return (t.fill(t.inherited_nothing, &[&name]), None);
                }
                decided_lead(t, decided.shares())
            }
            _ if expert.choice().is_some() => (t.nothing_promised.to_owned(), None),
            _ => (t.no_thresholds.to_owned(), None),
        }
    }

    /// Shares of all comments that are published and rejected: those of each script, which counts by its labelled comments.
    fn shares_of_all(&self) -> [f64; 2] {
        let all: u64 = self.experts.iter().map(ExpertView::labelled).sum();
        let mut shares = [0.0; 2];
        for expert in &self.experts {
            let of = expert.decided.as_ref().map_or([0.0; 2], Decided::shares);
            let weight = expert.labelled() as f64 / all.max(1) as f64;
            shares.iter_mut().zip(of).for_each(|(sum, share)| *sum += weight * share);
        }
        shares
    }

    /// Decisions of an expert: their errors, what is promised of them, and on which comments they are counted.
    fn decisions_of(&self, expert: &ExpertView) -> Decisions {
        let t = self.t;
        let mut of = Decisions {
            title: expert.script.map(|script| t.script_title(script)),
            lead: self.lead(expert).0,
            basis: self.chosen_on(expert).unwrap_or_default(),
            ..Decisions::default()
        };
        let (Some(decided), Some(triage)) = (&expert.decided, expert.triage) else { return of };
        let (thresholds, decides) = (triage.thresholds, expert.decides());
        match expert.choice() {
            Some(choice) => {
                of.promises =
                    if choice.inherited { self.inherited_promises(choice, decided) } else { self.promises(choice) };
                of.shares = self.shares(choice);
            }
            None if decides => {
                let promises = triage.promises;
                let (publish_asked, reject_asked) = (promises.max_abusive_published, promises.max_innocent_rejected);
                of.promises.extend(match thresholds.publish_below {
                    None => Some(Sentence::new(t.no_publish.to_owned())),
                    Some(_) => self.promise(t.error_published, decided.published, publish_asked, promises.confidence),
                });
                of.promises.extend(match thresholds.reject_above {
                    None => Some(Sentence::new(t.no_reject.to_owned())),
                    Some(_) => self.promise(t.error_rejected, decided.rejected, reject_asked, promises.confidence),
                });
            }
            None => {}
        }
        let all = decided.counted;
        if thresholds.notify_above.is_some() {
            of.sentences.push(Sentence::new(t.fill(t.editors, &[&tenths(thousandths(decided.editors, all))])));
        }
        // Where everything is held, it says nothing.
        if decided.unfamiliar > 0 && (decides || expert.choice().is_none()) {
            of.sentences.push(Sentence::new(t.fill(t.unfamiliar, &[&tenths(thousandths(decided.unfamiliar, all))])));
        }
        if decided.guarded > 0 {
            of.sentences.push(Sentence::new(t.fill(t.guarded, &[&tenths(thousandths(decided.guarded, all))])));
        }
        of
    }

    /// Sentence on a promise; none if no comment was decided so.
    fn promise(&self, words: &str, tally: Tally, asked: f64, confidence: f64) -> Option<Sentence> {
        if tally.comments == 0 {
            return None;
        }
        let t = self.t;
        let upper = percent(tally.upper(confidence));
        let (wrong, all) = (count(tally.wrong), count(tally.comments));
        let mut text = t.fill(words, &[&percent(tally.share()), &wrong, &all, &percent(asked), &upper]);
        let mut warning = "";
        if tally.lower(confidence) > asked {
            warning = t.broken;
        } else if tally.share() > asked {
            text = format!("{text} {}", t.by_chance);
        } else {
            let words = if tally.upper(confidence) <= asked { t.kept } else { t.not_contradicted };
            text = format!("{text} {words}");
        }
        Some(Sentence { text, warning })
    }
}

/// Sentence on the shares of the comments that are published and rejected, rounded so that they add up, and their bar.
fn decided_lead(t: &Words, shares: [f64; 2]) -> (String, Option<Bar>) {
    let [publish, reject] = shares.map(|share| (share * 1000.0).round() as u64);
    let [both, publish, reject, hold] =
        [publish + reject, publish, reject, 1000u64.saturating_sub(publish + reject)].map(tenths);
    (t.fill(t.decided, &[&both, &publish, &reject, &hold]), Some(Bar { publish, hold, reject }))
}

/// Sentence on the gain of 1,000 comments more.
pub(crate) fn gain(t: &Words, words: &str, curve: &LearningCurve) -> String {
    let (best, low, high) = curve.gain;
    // No minus before a zero.
    let three = |number: f64| format!("{:.3}", (number * 1000.0).round() / 1000.0 + 0.0);
    t.fill(words, &[&three(best), &three(low), &three(high)])
}
