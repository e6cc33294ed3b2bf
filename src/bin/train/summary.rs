//! Summary of a training, as text or JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use naqd::Corpus;
use naqd::evaluate::{
    Calibration, Counts, Figures, Outlook, PriorUse, ScriptErrors, Tally, ThresholdChoice, Validation,
};
use naqd::internal::corpus::Contradiction;
use naqd::{Promises, Thresholds};

use crate::args::Args;
use crate::shared::{label_map, percent};
use crate::thresholds_on::ThresholdComments;

/// Outcome of a training, to be printed.
pub struct Summary<'a> {
    pub args: &'a Args,
    pub corpus: &'a Corpus,
    pub report: &'a Validation,
    pub thresholds_on: Option<&'a ThresholdComments>,
    pub contradictions: &'a [Contradiction],
    /// Size of the model file.
    pub bytes: u64,
    pub seconds: f64,
    /// Rows that could not be used.
    pub skipped: usize,
    /// Rows left out for each label that `--map` renames to nothing.
    pub left_out: BTreeMap<String, usize>,
}

impl Summary<'_> {
    pub fn json(&self, out: &mut impl Write) -> io::Result<()> {
        let mut value = serde_json::to_value(self.report)?;
        value["model"] = self.args.output.to_string_lossy().into();
        value["model_bytes"] = self.bytes.into();
        value["seconds"] = self.seconds.into();
        value["skipped_rows"] = self.skipped.into();
        if !self.args.reading.map.is_empty() {
            value["left_out_labels"] = serde_json::to_value(&self.left_out)?;
        }
        value["contradictions"] = self.contradictions.len().into();
        if let Some(comments) = self.thresholds_on {
            value["thresholds_on"] = serde_json::json!({
                "files": self.args.thresholds_on.iter().map(|file| file.to_string_lossy()).collect::<Vec<_>>(),
                "comments": comments.corpus.texts().len(),
                "left_out": comments.left_out,
            });
        }
        serde_json::to_writer_pretty(&mut *out, &value)?;
        writeln!(out)
    }

    pub fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let width =
            self.report.figures.confusion.iter().map(|row| row.label.chars().count()).max().unwrap_or(0).max(19);
        self.comments(out)?;
        self.start(out)?;
        self.metrics(out, width)?;
        self.side_by_side(out, width)?;
        self.confusion(out, width)?;
        self.triage(out)?;
        // On top of another model it has the n-grams of that one too.
        let counted = match self.report.prior {
            PriorUse::OnTop(_) => format!("; {} counted in these comments", self.report.ngrams_counted),
            _ => format!(" of {}", self.report.ngrams_counted),
        };
        writeln!(
            out,
            "\n{}: {} n-grams{counted}, {:.1} MiB, {}, {:.1} s",
            self.args.output.display(),
            self.report.ngrams,
            self.bytes as f64 / (1 << 20) as f64,
            if self.report.l2.is_finite() { format!("l2 {}", self.report.l2) } else { "weights unchanged".to_owned() },
            self.seconds
        )?;
        writeln!(out, "next: {}", self.next())
    }

    /// Most important step now, as the report puts it first too.
    fn next(&self) -> String {
        if let PriorUse::OnTop(on_top) = &self.report.prior {
            if on_top.is_worse(self.report) {
                return format!(
                    "use {} instead of this model; look for labels that contradict one another with naqd-audit, or label more \
                     comments",
                    self.from()
                );
            }
            if self.report.l2.is_infinite() {
                return "label a few hundred comments more; look for labels that contradict one another with naqd-audit"
                    .to_owned();
            }
        }
        let Some(choice) = &self.report.triage else {
            return "name the class of abuse \"abusive\", for example with --map LABEL=abusive".to_owned();
        };
        let Thresholds { publish_below, reject_above, .. } = choice.triage.thresholds;
        if let Some(of) = choice.by_script.iter().find(|of| of.publish_broken || of.reject_broken) {
            let option = if of.publish_broken { PUBLISH_OPTION } else { REJECT_OPTION };
            return format!(
                "label more {} before naqd decides them alone, or ask for a smaller error with {option}",
                script(of)
            );
        }
        let so_that = |decide: &str, decided: &str| match choice.inherited {
            true => format!("for a guarantee on what is {decided} of yours, "),
            false => format!("so that naqd can {decide}, "),
        };
        if publish_below.is_none() || choice.inherited {
            return match choice.publish.empty {
                true => format!(
                    "{}limit how much of all abuse gets through, for example with --max-abuse-let-through 20%",
                    so_that("publish", "published")
                ),
                false => {
                    so_that("publish", "published")
                        + &next_step(PUBLISH_OPTION, "abusive among the published", &choice.publish)
                }
            };
        }
        if reject_above.is_none() {
            return match choice.reject.empty {
                true => format!("so that naqd can reject, ask for a smaller error with {REJECT_OPTION}"),
                false => {
                    so_that("reject", "rejected")
                        + &next_step(REJECT_OPTION, "not abusive among the rejected", &choice.reject)
                }
            };
        }
        if choice.triage.promises.abusive_share.is_none() {
            return "label 200 comments drawn at random, train again and state the share of abuse among them with \
                    --abusive-share"
                .to_owned();
        }
        if !self.contradictions.is_empty() {
            return "keep one label for each of the comments whose labels conflict".to_owned();
        }
        "in the first week let naqd-score only watch, with --watch-only, then check it on new labels, with --check"
            .to_owned()
    }

    /// Numbers of comments, and what to know of them.
    fn comments(&self, out: &mut impl Write) -> io::Result<()> {
        let (args, report) = (self.args, self.report);
        writeln!(
            out,
            "{} comments; 5-fold cross-validation{}, near-duplicates kept together ({} groups)",
            report.comments,
            if report.folds < 5 { format!(" ({} of 5 folds)", report.folds) } else { String::new() },
            report.duplicate_groups
        )?;
        if !args.validate_on.is_empty() {
            let files = names(args.validate_on.iter().map(|(file, _)| file));
            writeln!(out, "metrics: {} comments of {files}", report.held_out)?;
        } else if report.held_out < report.comments {
            writeln!(out, "metrics: {} held-out comments", report.held_out)?;
        }
        if report.min_count > args.min_count {
            writeln!(
                out,
                "n-grams that occur in fewer than {} comments are left out: there were more than {}",
                report.min_count, args.max_ngrams
            )?;
        }
        if let Some(sentence) = label_map::left_out_sentence(&self.left_out) {
            writeln!(out, "{sentence}")?;
        }
        if !self.contradictions.is_empty() {
            writeln!(out, "{} comments duplicate another comment whose label conflicts", self.contradictions.len())?;
        }
        for class in self.corpus.merged() {
            writeln!(out, "{} are one class of this model: no comment tells them apart", class.replace('|', " and "))?;
        }
        Ok(())
    }

    /// Model that it learnt on top of, or why it started from nothing.
    fn start(&self, out: &mut impl Write) -> io::Result<()> {
        let from = self.from();
        match &self.report.prior {
            PriorUse::OtherClasses => {
                let classes = self.corpus.classes().join(", ");
                writeln!(out, "started from nothing: the labels {classes} are not the classes of {from}")
            }
            PriorUse::Known { comments } => writeln!(
                out,
                "started from nothing: {from} has learnt {comments} of these comments, so that it cannot be validated on them"
            ),
            PriorUse::OnTop(on_top) => {
                write!(out, "learnt on top of {from}")?;
                if let [only] = on_top.scripts[..] {
                    let (own, others) =
                        if only == "arabic" { ("Arabic", "other scripts") } else { ("other than Arabic", "Arabic") };
                    write!(out, "; all of them are {own}, and comments in {others} are judged as before")?;
                }
                if on_top.known > 0 {
                    write!(out, "; {} left out because it has learnt them", on_top.known)?;
                }
                if on_top.other_script > 0 {
                    write!(out, "; {} left out because they are too few of their script", on_top.other_script)?;
                }
                writeln!(out)
            }
            _ => Ok(()),
        }
    }

    /// Name of the model that it learnt on top of.
    fn from(&self) -> String {
        if self.args.from == "shipped" { "the shipped model".to_owned() } else { self.args.from.clone() }
    }

    /// Figures beside those of the model that it learnt on top of, on the same comments.
    fn side_by_side(&self, out: &mut impl Write, width: usize) -> io::Result<()> {
        let PriorUse::OnTop(on_top) = &self.report.prior else { return Ok(()) };
        let abusive = self.corpus.classes().abusive().unwrap_or(0);
        let (own, other) = (&self.report.figures, &on_top.unchanged.figures);
        let (own_fit, other_fit) = (self.report.calibrated, on_top.unchanged.calibrated);
        writeln!(out, "\n{:width$}  this model  {} alone, on the same comments", "", self.from())?;
        let auc = |figures: &Figures| figures.classes[abusive].roc_auc.unwrap_or(f64::NAN);
        // The mean over all classes says little where no comment is of one of them.
        let f1: (&str, fn(&Figures, usize) -> f64) = match own.classes.iter().all(|class| class.support > 0) {
            true => ("macro-F1", |figures, _| figures.macro_f1),
            false => ("F1 of abusive", |figures, abusive| figures.classes[abusive].f1),
        };
        for (name, own, other) in [
            (f1.0, f1.1(own, abusive), f1.1(other, abusive)),
            ("ROC AUC of abusive", auc(own), auc(other)),
            ("log loss", own_fit.log_loss, other_fit.log_loss),
            ("calibration error", own_fit.ece, other_fit.ece),
        ] {
            writeln!(out, "{name:width$}  {own:10.3}  {other:.3}")?;
        }
        let decided = on_top.decided.map(|share| share.map_or("none".to_owned(), percent));
        writeln!(out, "{:width$}  {:>10}  {}", "decided", decided[1], decided[0])?;
        if self.report.l2.is_infinite() {
            writeln!(
                out,
                "the weights are those of {}, unchanged: these comments are too few, or too much like those that it knows, \
                 to improve on them; only the calibration is fitted to these comments",
                self.from()
            )?;
        }
        if on_top.is_worse(self.report) {
            writeln!(out, "on these comments this model is worse than {} alone", self.from())?;
        }
        Ok(())
    }

    fn metrics(&self, out: &mut impl Write, width: usize) -> io::Result<()> {
        let report = self.report;
        writeln!(out, "\n{:width$}  precision  recall      F1  support  ROC AUC (one class against the rest)", "")?;
        for class in &report.figures.classes {
            let auc = class.roc_auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"));
            // Where no comment is of the class for certain, nothing is known of it.
            let known = |number: f64| if class.support > 0 { format!("{number:.3}") } else { "-".to_owned() };
            let (precision, recall, f1) = (known(class.precision), known(class.recall), known(class.f1));
            writeln!(out, "{:width$}  {precision:>9}  {recall:>6}  {f1:>6}  {:7}  {auc}", class.class, class.support)?;
        }
        writeln!(out, "{:width$}  {:25.3}", "macro-F1", report.figures.macro_f1)?;
        writeln!(out, "\n{:width$}  log loss  expected calibration error", "")?;
        for (name, Calibration { log_loss, ece, .. }) in [
            ("uncalibrated", report.uncalibrated),
            ("temperature scaling", report.temperature_scaled),
            ("calibrator", report.calibrated),
        ] {
            writeln!(out, "{name:width$}  {log_loss:8.3}  {ece:.3}")?;
        }
        Ok(())
    }

    fn confusion(&self, out: &mut impl Write, width: usize) -> io::Result<()> {
        writeln!(out, "\nconfusion matrix (rows: true label, columns: predicted)")?;
        let columns: Vec<usize> = self.corpus.classes().iter().map(|class| class.chars().count().max(7)).collect();
        write!(out, "{:width$}", "")?;
        for (class, width) in self.corpus.classes().iter().zip(&columns) {
            write!(out, "  {class:>width$}")?;
        }
        writeln!(out)?;
        for row in &self.report.figures.confusion {
            write!(out, "{:width$}", row.label)?;
            for (count, width) in row.predicted.iter().zip(&columns) {
                write!(out, "  {count:>width$}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    /// Thresholds, with their error and its limit.
    fn triage(&self, out: &mut impl Write) -> io::Result<()> {
        let Some(choice) = &self.report.triage else {
            let classes = self.corpus.classes().join(", ");
            return writeln!(
                out,
                "\nno triage: it needs a class named \"abusive\" of its own; the classes are {classes}"
            );
        };
        if choice.inherited {
            return self.inherited(out, choice);
        }
        let (triage, rates) = (&choice.triage, choice.triage.rates.unwrap_or_default());
        let (thresholds, promises) = (&triage.thresholds, &triage.promises);
        // Unfamiliar comments too: they are held.
        let all = rates.published.all_wrong + rates.published.all_right;
        self.chosen_on(out, all)?;
        if let Some(share) = promises.abusive_share {
            writeln!(out, "guarantees for a site where {} of the comments are abusive", limit(share))?;
        }
        Zone {
            rule: "publish below P(abusive)",
            decided: "published",
            every: "publishing",
            error: "abusive",
            limit: promises.max_abusive_published,
            counts: rates.published,
            share: promises.abusive_share,
            all,
            kind: "abuse",
        }
        .write(out, thresholds.publish_below, &choice.publish)?;
        Zone {
            rule: "reject above P(abusive)",
            decided: "rejected",
            every: "rejecting",
            error: "not abusive",
            limit: promises.max_innocent_rejected,
            counts: rates.rejected,
            share: promises.abusive_share.map(|share| 1.0 - share),
            all,
            kind: "other comments",
        }
        .write(out, thresholds.reject_above, &choice.reject)?;
        if let (Some(_), Some(rate)) = (thresholds.publish_below, promises.max_abuse_let_through) {
            writeln!(out, "guaranteed: at most {} of all abuse is published", limit(rate))?;
        }
        if thresholds.publish_below.is_some() && thresholds.reject_above.is_some() {
            writeln!(out, "both guarantees hold together with at least {} confidence", limit(choice.joint_confidence))?;
        }
        for of in &choice.by_script {
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
                        script(of)
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
    fn inherited(&self, out: &mut impl Write, choice: &ThresholdChoice) -> io::Result<()> {
        let Promises { max_abusive_published, max_innocent_rejected, .. } = choice.triage.promises;
        let Thresholds { publish_below, reject_above, .. } = choice.triage.thresholds;
        writeln!(
            out,
            "\nthe thresholds are those of {}, since these comments can give no guarantee of their own; what it guarantees is \
             for its own comments, not for yours",
            self.from()
        )?;
        let PriorUse::OnTop(on_top) = &self.report.prior else { return Ok(()) };
        let broken = on_top.inherited_broken(&choice.triage.promises);
        for (place, (rule, threshold, most, decided, error)) in [
            ("publish below", publish_below, max_abusive_published, "published", "abusive"),
            ("reject above", reject_above, max_innocent_rejected, "rejected", "not abusive"),
        ]
        .into_iter()
        .enumerate()
        {
            let tally = on_top.inherited.unwrap_or_default()[place];
            let Tally { wrong, comments, .. } = tally;
            let yours = format!("{} of the {decided} are {error} ({wrong} of {comments})", percent(tally.share()));
            match threshold {
                Some(threshold) => {
                    write!(out, "{rule} P(abusive) = {threshold:.4}: at most {} {error} guaranteed there", limit(most))?;
                    writeln!(out, "{}", if comments > 0 { format!("; of yours, {yours}") } else { String::new() })?;
                }
                None if broken[place] => writeln!(
                    out,
                    "nothing is {decided}: of yours, {yours}, clearly more than the {} guaranteed there, so this threshold is \
                     switched off",
                    limit(most)
                )?,
                None => {}
            }
        }
        for (decided, every, error, most, outlook) in [
            ("published", "publishing", "abusive", self.args.max_abusive_published, &choice.publish),
            ("rejected", "rejecting", "not abusive", self.args.max_innocent_rejected, &choice.reject),
        ] {
            writeln!(out, "no guarantee on what is {decided} of yours: {}", no_guarantee(every, error, most, outlook))?;
        }
        Ok(())
    }

    /// Comments that the thresholds were chosen on.
    fn chosen_on(&self, out: &mut impl Write, all: u64) -> io::Result<()> {
        let confidence = limit(self.args.confidence);
        match (self.thresholds_on, self.report.set_aside) {
            (Some(comments), _) => writeln!(
                out,
                "\ntriage by thresholds, chosen on {all} of the {} comments of {} at {confidence} confidence ({} \
                 near-duplicates of training comments left out)",
                comments.corpus.texts().len(),
                names(&self.args.thresholds_on),
                comments.left_out
            ),
            (None, Some(set_aside)) => {
                let cost = set_aside.macro_f1_cost.map(|cost| format!("; this costs about {cost:.3} macro-F1"));
                writeln!(
                    out,
                    "\ntriage by thresholds, chosen at {confidence} confidence on {all} comments that nothing was learnt \
                     from ({} of all, near-duplicates counted once{})",
                    percent(set_aside.share),
                    cost.unwrap_or_default()
                )
            }
            (None, None) => writeln!(out, "\nno thresholds: nothing can be guaranteed at {confidence} confidence"),
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

const PUBLISH_OPTION: &str = "--max-abusive-published";
const REJECT_OPTION: &str = "--max-innocent-rejected";
/// Greatest error that it advises to accept.
const MAX_ADVISED: f64 = 0.25;

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

/// What to do where a promise cannot be given.
fn next_step(option: &str, error: &str, outlook: &Outlook) -> String {
    let smallest = outlook.smallest.filter(|smallest| *smallest <= MAX_ADVISED);
    let smallest = smallest.map(|smallest| format!("accept up to {} {error} ({option})", limit(smallest)));
    let more = outlook.more.map(|more| format!("label about {more} more comments like these"));
    let ways: Vec<String> = smallest.into_iter().chain(more).collect();
    if ways.is_empty() { "make the labels more consistent, with naqd-audit".to_owned() } else { ways.join(", or ") }
}

/// Comments of a script, in words.
fn script(of: &ScriptErrors) -> &'static str {
    if of.script == "arabic" { "comments in Arabic script" } else { "comments not in Arabic script" }
}

fn share_of_all(comments: u64, all: u64) -> String {
    percent(comments as f64 / all.max(1) as f64)
}

/// A limit or a confidence in per cent, as it was asked for: `2 %`, `0.5 %`.
fn limit(share: f64) -> String {
    format!("{} %", (share * 1e6).round() / 1e4)
}

/// Names of files, joined by commas.
fn names<'f>(files: impl IntoIterator<Item = &'f PathBuf>) -> String {
    files.into_iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}
