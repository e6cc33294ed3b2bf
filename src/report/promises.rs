//! Promises of a training, told from the comments that its thresholds were chosen on.

use crate::evaluate::thresholds::{ErrorsAtShare, ScriptErrors, ThresholdChoice};
use crate::evaluate::validation::PriorUse;
use crate::report::beside;
use crate::report::build::View;
use crate::report::decided::Decided;
use crate::report::experts::{ExpertView, inherited_broken};
use crate::report::grammar::isolated;
use crate::report::page::{Sentence, Share};
use crate::report::summary::{count, limit, percent};
use crate::report::words::Words;
use crate::stats::{Counts, Tally};

/// Promise on one decision, and the texts on it.
struct Zone {
    /// Threshold of the model that it learnt on top of, and so promised for the comments of that model.
    inherited: bool,
    /// Texts on that promise, and on the errors here.
    inherited_texts: [&'static str; 2],
    /// Greatest error that is promised.
    most: f64,
    threshold: bool,
    empty: bool,
    counts: Counts,
    /// Share of the comments for which the decision is wrong, if it was stated.
    share: Option<f64>,
    error: &'static str,
    error_at: &'static str,
    through: &'static str,
    none: &'static str,
    none_empty: &'static str,
}

impl View<'_> {
    /// Sentences on the promises.
    pub(crate) fn promises(&self, choice: &ThresholdChoice) -> Vec<Sentence> {
        let (t, triage) = (self.t, &choice.triage);
        let (promises, thresholds) = (&triage.promises, &triage.thresholds);
        let rates = triage.rates.unwrap_or_default();
        let criticism = self.classes().critical().is_some();
        let own = choice.promised();
        let mut sentences = Vec::new();
        if choice.publish.inherited || choice.reject.inherited {
            sentences.push(t.fill(t.inherited_one, &[&beside::name(t, &self.subject.model.training)]));
        }
        sentences.push(promised(
            t,
            &Zone {
                inherited: choice.publish.inherited,
                inherited_texts: [t.inherited_publish, t.published_here],
                most: promises.max_abusive_published,
                threshold: thresholds.publish_below.is_some(),
                empty: choice.publish.empty,
                counts: rates.published,
                share: promises.abusive_share,
                error: t.published_error,
                error_at: t.published_error_at,
                through: t.abuse_through,
                none: t.publish_not_promised,
                none_empty: t.publish_empty,
            },
            promises.abusive_share,
        ));
        if let (Some(_), Some(rate)) = (own[0], promises.max_abuse_let_through) {
            sentences.push(t.fill(t.through_promised, &[&limit(rate)]));
        }
        sentences.push(promised(
            t,
            &Zone {
                inherited: choice.reject.inherited,
                inherited_texts: [t.inherited_reject, t.rejected_here],
                most: promises.max_innocent_rejected,
                threshold: thresholds.reject_above.is_some(),
                empty: choice.reject.empty,
                counts: rates.rejected,
                share: promises.abusive_share.map(|share| 1.0 - share),
                error: t.rejected_error,
                error_at: t.rejected_error_at,
                through: if criticism { t.criticism_through } else { t.others_through },
                none: t.reject_not_promised,
                none_empty: t.reject_empty,
            },
            promises.abusive_share,
        ));
        let confidence = limit(promises.confidence);
        match own {
            [None, None] => {}
            [Some(_), Some(_)] => {
                sentences.push(t.fill(t.both_promised, &[&confidence, &limit(choice.joint_confidence)]));
            }
            _ => sentences.push(t.fill(t.one_promised, &[&confidence])),
        }
        sentences.into_iter().map(Sentence::new).collect()
    }

    /// Sentences on thresholds that are those of the model it learnt on top of: what is promised for the comments of that
    /// model, and what `decided` shows on these.
    pub(crate) fn inherited_promises(&self, choice: &ThresholdChoice, decided: &Decided) -> Vec<Sentence> {
        let (t, promises, thresholds) = (self.t, &choice.triage.promises, &choice.triage.thresholds);
        let mut sentences = vec![Sentence::new(t.fill(t.inherited, &[&beside::name(t, &self.subject.model.training)]))];
        for (threshold, tally, most, promised, here, none) in [
            (
                thresholds.publish_below,
                decided.published,
                promises.max_abusive_published,
                t.inherited_publish,
                t.published_here,
                t.no_publish,
            ),
            (
                thresholds.reject_above,
                decided.rejected,
                promises.max_innocent_rejected,
                t.inherited_reject,
                t.rejected_here,
                t.no_reject,
            ),
        ] {
            if threshold.is_none() {
                sentences.push(Sentence::new(none.to_owned()));
                continue;
            }
            let mut text = t.fill(promised, &[&limit(most)]);
            if tally.comments > 0 {
                let here = t.fill(here, &[&percent(tally.share()), &count(tally.wrong), &count(tally.comments)]);
                text = format!("{text} {here}");
            }
            sentences.push(Sentence::new(text));
        }
        sentences
    }

    /// Errors at other shares of abuse, after those at the share that the comments have; none where the share was stated.
    pub(crate) fn shares(&self, choice: &ThresholdChoice) -> Vec<Share> {
        let (t, triage) = (self.t, &choice.triage);
        let thresholds = &triage.thresholds;
        if choice.inherited
            || triage.promises.abusive_share.is_some()
            || (thresholds.publish_below.is_none() && thresholds.reject_above.is_none())
        {
            return Vec::new();
        }
        let [publish, reject] = choice.promised();
        let here = Share {
            share: percent(triage.tested_share()),
            note: t.share_here,
            published: publish.map(|_| percent(triage.published.share())),
            rejected: reject.map(|_| percent(triage.rejected.share())),
        };
        let other = |errors: &ErrorsAtShare| Share {
            share: limit(errors.share),
            note: "",
            published: errors.published.map(percent),
            rejected: errors.rejected.map(percent),
        };
        [here].into_iter().chain(choice.at_share.iter().rev().map(other)).collect()
    }

    /// Warnings of promises that are broken: in a script, where they are for comments of both, or inherited ones.
    pub(crate) fn warnings(&self, expert: &ExpertView, choice: &ThresholdChoice) -> Vec<String> {
        let (t, promises) = (self.t, &choice.triage.promises);
        let warning = |of: &ScriptErrors, text: &str, tally: Tally, most: f64| {
            let values = [
                t.script(of.script),
                &percent(tally.share()),
                &count(tally.wrong),
                &count(tally.comments),
                &limit(most),
            ];
            t.fill(text, &values)
        };
        let of = |of: &ScriptErrors| {
            let published =
                of.publish_broken.then(|| warning(of, t.publish_broken, of.published, promises.max_abusive_published));
            let rejected =
                of.reject_broken.then(|| warning(of, t.reject_broken, of.rejected, promises.max_innocent_rejected));
            [published, rejected]
        };
        let for_both: &[ScriptErrors] = if expert.script.is_none() { &choice.by_script } else { &[] };
        for_both.iter().flat_map(of).flatten().chain(self.inherited_warnings(expert, choice)).collect()
    }

    /// Warnings of inherited thresholds that err too much on these comments.
    fn inherited_warnings(&self, expert: &ExpertView, choice: &ThresholdChoice) -> Vec<String> {
        let (t, promises) = (self.t, &choice.triage.promises);
        let Some(validation) = expert.validation else { return Vec::new() };
        let PriorUse::OnTop(on_top) = &validation.prior else { return Vec::new() };
        let from = beside::name(t, &self.subject.model.training);
        let zones = [
            (t.inherited_publish_broken, promises.max_abusive_published),
            (t.inherited_reject_broken, promises.max_innocent_rejected),
        ];
        let warning = |((text, most), tally): ((&str, f64), Tally)| {
            let (wrong, all) = (count(tally.wrong), count(tally.comments));
            t.about(expert.script, &t.fill(text, &[&from, &percent(tally.share()), &wrong, &all, &limit(most)]))
        };
        let zones = zones.into_iter().zip(on_top.inherited.unwrap_or_default());
        let broken = zones.zip(inherited_broken(validation, choice)).filter(|(_, broken)| *broken);
        broken.map(|(zone, _)| warning(zone)).collect()
    }

    /// Sentence on the comments that the thresholds of an expert were chosen on; none if there are none.
    pub(crate) fn chosen_on(&self, expert: &ExpertView) -> Option<String> {
        let (t, choice) = (self.t, expert.choice()?);
        let tested = count(choice.triage.tested_on());
        if expert.chosen_elsewhere {
            let files = self.subject.model.training.thresholds_on.iter();
            let files: Vec<String> = files.map(|file| isolated(file)).collect();
            let text = t.fill(t.chosen_on_files, &[&tested, &files.join(t.comma)]);
            return (choice.triage.tested_on() > 0).then_some(text);
        }
        let set_aside = expert.validation?.set_aside.filter(|of| of.comments > 0);
        if choice.inherited {
            return Some(set_aside.map_or(t.inherited_held_out.to_owned(), |of| {
                t.fill(t.inherited_on, &[&count(of.comments as u64), &percent(of.share)])
            }));
        }
        let set_aside = set_aside?;
        Some(t.fill(t.chosen_on, &[&count(set_aside.comments as u64), &percent(set_aside.share), &tested]))
    }

    /// The one of these sentences on the comments that decisions of an expert are shown on, by where they are from; none
    /// where they are those of all metrics.
    pub(crate) fn origin<'t>(
        &self,
        expert: &ExpertView,
        inherited: &'t str,
        set_aside: &'t str,
        elsewhere: &'t str,
    ) -> &'t str {
        let is_set_aside = expert.validation.is_some_and(|validation| validation.set_aside.is_some());
        match expert.chosen_elsewhere {
            true => elsewhere,
            false if !is_set_aside => "",
            false => {
                if expert.inherited() {
                    inherited
                } else {
                    set_aside
                }
            }
        }
    }
}

/// Sentences on the promise of one decision.
fn promised(t: &Words, zone: &Zone, abusive_share: Option<f64>) -> String {
    let most = limit(zone.most);
    if !zone.threshold {
        return t.fill(if zone.empty { zone.none_empty } else { zone.none }, &[&most]);
    }
    let (decided, through) = (zone.counts.decided(), zone.counts.wrong_rate());
    if zone.inherited {
        let [promised, here] = zone.inherited_texts;
        let here = t.fill(here, &[&percent(decided.share()), &count(decided.wrong), &count(decided.comments)]);
        return format!("{} {here}", t.fill(promised, &[&most]));
    }
    let error = match (zone.share, abusive_share) {
        (Some(share), Some(stated)) => {
            t.fill(zone.error_at, &[&limit(stated), &percent(zone.counts.error_at(share)), &most])
        }
        _ => t.fill(zone.error, &[&percent(decided.share()), &count(decided.wrong), &count(decided.comments), &most]),
    };
    let through = t.fill(zone.through, &[&percent(through.share()), &count(through.wrong), &count(through.comments)]);
    format!("{error} {through}")
}
