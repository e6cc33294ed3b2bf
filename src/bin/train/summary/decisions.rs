//! Decisions of a model: its thresholds, their errors, and why one is missing.

use std::io::{self, Write};

use naqd::evaluate::{Counts, Outlook, PriorUse, Tally, ThresholdChoice, Validation};
use naqd::{Promises, Thresholds};

use super::{Summary, limit, names, of_script};
use crate::shared::percent;

impl Summary<'_> {
    /// Decisions on the comments of each script, or on all.
    pub(super) fn decisions(&self, out: &mut impl Write) -> io::Result<()> {
        for (script, of) in self.report.by_script() {
            writeln!(out)?;
            if let Some(script) = script {
                self.expert(out, script, of)?;
            }
            self.triage(out, script, of)?;
        }
        Ok(())
    }

    /// Metrics of the expert of a script, above its decisions.
    fn expert(&self, out: &mut impl Write, script: &str, of: &Validation) -> io::Result<()> {
        let (comments, f1) = (of.comments, of.figures.macro_f1);
        write!(out, "{}: {comments} learnt from, macro-F1 {f1:.3}", of_script(script))?;
        let abusive = self.corpus.classes().abusive();
        if let Some(auc) = abusive.and_then(|abusive| of.figures.classes[abusive].roc_auc) {
            write!(out, ", ROC AUC of abusive {auc:.3}")?;
        }
        writeln!(out, ", {}", strength(of))
    }

    /// Thresholds, with their error and its limit.
    fn triage(&self, out: &mut impl Write, script: Option<&str>, of: &Validation) -> io::Result<()> {
        let Some(choice) = &of.triage else {
            let classes = self.corpus.classes().join(", ");
            return writeln!(
                out,
                "no triage: it needs a class named \"abusive\" of its own; the classes are {classes}"
            );
        };
        if choice.inherited {
            return self.inherited(out, of, choice);
        }
        let (triage, rates) = (&choice.triage, choice.triage.rates.unwrap_or_default());
        let (thresholds, promises) = (&triage.thresholds, &triage.promises);
        // Unfamiliar comments too: they are held.
        let all = rates.published.all_wrong + rates.published.all_right;
        self.chosen_on(out, of, all)?;
        if let Some(share) = promises.abusive_share {
            writeln!(out, "guarantees for a site where {} of the comments are abusive", limit(share))?;
        }
        let publish = Zone {
            rule: "publish below P(abusive)",
            decided: "published",
            every: "publishing",
            error: "abusive",
            limit: promises.max_abusive_published,
            counts: rates.published,
            share: promises.abusive_share,
            all,
            kind: "abuse",
        };
        let reject = Zone {
            rule: "reject above P(abusive)",
            decided: "rejected",
            every: "rejecting",
            error: "not abusive",
            limit: promises.max_innocent_rejected,
            counts: rates.rejected,
            share: promises.abusive_share.map(|share| 1.0 - share),
            all,
            kind: "other comments",
        };
        match choice.publish.inherited {
            true => self.inherited_zone(out, of, choice, 0)?,
            false => publish.write(out, thresholds.publish_below, &choice.publish)?,
        }
        match choice.reject.inherited {
            true => self.inherited_zone(out, of, choice, 1)?,
            false => reject.write(out, thresholds.reject_above, &choice.reject)?,
        }
        let promised = choice.promised();
        if let (Some(_), Some(rate)) = (promised[0], promises.max_abuse_let_through) {
            writeln!(out, "guaranteed: at most {} of all abuse is published", limit(rate))?;
        }
        if let [Some(_), Some(_)] = promised {
            writeln!(out, "both guarantees hold together with at least {} confidence", limit(choice.joint_confidence))?;
        }
        // Those of one script are for this script.
        for of in choice.by_script.iter().filter(|_| script.is_none()) {
            for (broken, tally, decided, error) in [
                (of.publish_broken, of.published, "published", "abusive"),
                (of.reject_broken, of.rejected, "rejected", "not abusive"),
            ] {
                if broken {
                    let share = percent(tally.share());
                    let Tally { wrong, comments, .. } = tally;
                    writeln!(
                        out,
                        "not guaranteed for {} alone: {share} of those {decided} are {error} ({wrong} of {comments})",
                        of_script(of.script)
                    )?;
                }
            }
        }
        self.other_shares(out, choice)?;
        match triage.rejected.comments + triage.published.comments {
            0 => writeln!(out, "everything is held for a person")?,
            decided => {
                writeln!(out, "the rest is held for a person: {} of the comments", share_of_all(all - decided, all))?
            }
        }
        match thresholds.notify_above {
            Some(above) => writeln!(out, "editors are notified above P(critical) = {above:.4}"),
            None => Ok(()),
        }
    }

    /// Thresholds of the model that it learnt on top of.
    fn inherited(&self, out: &mut impl Write, of: &Validation, choice: &ThresholdChoice) -> io::Result<()> {
        writeln!(
            out,
            "the thresholds are those of {}, since these comments can give no guarantee of their own; what it guarantees is \
             for its own comments, not for yours",
            self.from()
        )?;
        self.inherited_zone(out, of, choice, 0)?;
        self.inherited_zone(out, of, choice, 1)?;
        if self.args.chosen && self.thresholds_on.is_none() {
            return writeln!(out, "no guarantee on yours: comments that were chosen for what they are can give none");
        }
        for (decided, every, error, most, outlook) in [
            ("published", "publishing", "abusive", self.args.max_abusive_published, &choice.publish),
            ("rejected", "rejecting", "not abusive", self.args.max_innocent_rejected, &choice.reject),
        ] {
            writeln!(out, "no guarantee on what is {decided} of yours: {}", no_guarantee(every, error, most, outlook))?;
        }
        Ok(())
    }

    /// Threshold of that model for the published (0) or the rejected comments (1), what it guarantees there, and its errors here.
    fn inherited_zone(
        &self,
        out: &mut impl Write,
        of: &Validation,
        choice: &ThresholdChoice,
        place: usize,
    ) -> io::Result<()> {
        let Promises { max_abusive_published, max_innocent_rejected, .. } = choice.triage.promises;
        let Thresholds { publish_below, reject_above, .. } = choice.triage.thresholds;
        let PriorUse::OnTop(on_top) = &of.prior else { return Ok(()) };
        let (rule, threshold, most, decided, error) = [
            ("publish below", publish_below, max_abusive_published, "published", "abusive"),
            ("reject above", reject_above, max_innocent_rejected, "rejected", "not abusive"),
        ][place];
        let tally = on_top.inherited.unwrap_or_default()[place];
        let Tally { wrong, comments, .. } = tally;
        let yours = format!("{} of the {decided} are {error} ({wrong} of {comments})", percent(tally.share()));
        // Where all thresholds are those of that model, it is named before.
        let (from, there) = match choice.inherited {
            true => (String::new(), "there".to_owned()),
            false => (format!("as {} does, ", self.from()), "for its own comments".to_owned()),
        };
        match threshold {
            Some(threshold) => {
                write!(
                    out,
                    "{from}{rule} P(abusive) = {threshold:.4}: at most {} {error} guaranteed {there}",
                    limit(most)
                )?;
                writeln!(out, "{}", if comments > 0 { format!("; of yours, {yours}") } else { String::new() })
            }
            None if on_top.inherited_broken(&choice.triage.promises)[place] => writeln!(
                out,
                "nothing is {decided}: of yours, {yours}, clearly more than the {} guaranteed {}, so this threshold is \
                 switched off",
                limit(most),
                if choice.inherited { there } else { format!("by {} {there}", self.from()) }
            ),
            None => Ok(()),
        }
    }

    /// Comments that the thresholds were chosen on.
    fn chosen_on(&self, out: &mut impl Write, of: &Validation, all: u64) -> io::Result<()> {
        let confidence = limit(self.args.confidence);
        match (self.thresholds_on, of.set_aside) {
            (Some(comments), _) if all == 0 => writeln!(
                out,
                "no thresholds: none of the {} comments of {} are in this script",
                comments.corpus.texts().len(),
                names(&self.args.thresholds_on)
            ),
            (Some(comments), _) => writeln!(
                out,
                "triage by thresholds, chosen on {all} of the {} comments of {} at {confidence} confidence ({} \
                 near-duplicates of training comments left out)",
                comments.corpus.texts().len(),
                names(&self.args.thresholds_on),
                comments.left_out
            ),
            (None, Some(set_aside)) => {
                let cost = set_aside.macro_f1_cost.map(|cost| format!("; this costs about {cost:.3} macro-F1"));
                writeln!(
                    out,
                    "triage by thresholds, chosen at {confidence} confidence on {all} comments that nothing was learnt \
                     from ({} of all, near-duplicates counted once{})",
                    percent(set_aside.share),
                    cost.unwrap_or_default()
                )
            }
            (None, None) => writeln!(out, "no thresholds: nothing can be guaranteed at {confidence} confidence"),
        }
    }

    /// Errors where another share of the comments is abusive, unless the share was stated.
    fn other_shares(&self, out: &mut impl Write, choice: &ThresholdChoice) -> io::Result<()> {
        let promises = &choice.triage.promises;
        let Thresholds { publish_below, reject_above, .. } = choice.triage.thresholds;
        if promises.abusive_share.is_some() || (publish_below, reject_above) == (None, None) {
            return Ok(());
        }
        for errors in &choice.at_share {
            let of = |error: Option<f64>, what: &str| error.map(|error| format!("about {} {what}", percent(error)));
            let both = [
                of(errors.published, "of the published are abusive"),
                of(errors.rejected, "of the rejected are not abusive"),
            ];
            let both: Vec<String> = both.into_iter().flatten().collect();
            writeln!(out, "if {} of your comments are abusive: {}", limit(errors.share), both.join(", "))?;
        }
        Ok(())
    }
}

/// Comments that a threshold publishes or rejects.
struct Zone {
    /// Decision as a rule that a threshold completes.
    rule: &'static str,
    decided: &'static str,
    every: &'static str,
    /// Comments that the decision is wrong for.
    error: &'static str,
    /// Greatest share of wrong decisions that is allowed.
    limit: f64,
    counts: Counts,
    /// Share of the comments on the site for which the decision is wrong, if it was stated.
    share: Option<f64>,
    /// Number of comments that the thresholds were chosen on.
    all: u64,
    /// All comments that the decision is wrong for.
    kind: &'static str,
}

impl Zone {
    /// Writes the threshold and its error; without a threshold, what it would take to have one.
    fn write(&self, out: &mut impl Write, threshold: Option<f32>, outlook: &Outlook) -> io::Result<()> {
        let &Zone { rule, decided, every, error, limit: most, counts, share, all, kind } = self;
        let Some(threshold) = threshold else {
            return writeln!(out, "nothing is {decided}: {}", no_guarantee(every, error, most, outlook));
        };
        let (tally, through) = (counts.decided(), counts.wrong_rate());
        let of_all = share_of_all(tally.comments, all);
        let there = share.map_or(String::new(), |share| format!("about {} there, ", percent(counts.error_at(share))));
        writeln!(
            out,
            "{rule} = {threshold:.4}: {of_all} are {decided}; {} of these are {error} ({} of {}; {there}guaranteed: at most \
             {}), which is {} of all {kind}",
            percent(tally.share()),
            tally.wrong,
            tally.comments,
            limit(most),
            percent(through.share())
        )
    }
}

/// Reason why a decision has no threshold, and what could be guaranteed.
fn no_guarantee(every: &str, error: &str, most: f64, outlook: &Outlook) -> String {
    let most = limit(most);
    if outlook.empty {
        return format!("at most {most} {error} says nothing, since {every} every comment would keep it");
    }
    let instead = match (outlook.smallest.map(limit), outlook.more) {
        (Some(smallest), Some(more)) => format!("{smallest} can be, or {most} with about {more} more like these"),
        (Some(smallest), None) => format!("{smallest} can be; more comments alone would not help"),
        (None, Some(more)) => format!("it takes about {more} more like these"),
        (None, None) => "more comments alone would not help".to_owned(),
    };
    format!("at most {most} {error} cannot be guaranteed with these comments; {instead}")
}

/// Strength of the penalty that was chosen.
pub(super) fn strength(of: &Validation) -> String {
    if of.l2.is_finite() { format!("l2 {}", of.l2) } else { "weights unchanged".to_owned() }
}

fn share_of_all(comments: u64, all: u64) -> String {
    percent(comments as f64 / all.max(1) as f64)
}
