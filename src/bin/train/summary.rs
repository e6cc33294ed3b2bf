//! Summary of a training, as text or JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use naqd::Corpus;
use naqd::evaluate::{Calibration, Figures, Outlook, PriorUse, ThresholdChoice, Validation};
use naqd::internal::corpus::Contradiction;
use naqd::internal::stats::Tally;
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
        writeln!(
            out,
            "\n{}: {} n-grams of {}, {:.1} MiB, l2 {}, {:.1} s",
            self.args.output.display(),
            self.report.ngrams,
            self.report.ngrams_counted,
            self.bytes as f64 / (1 << 20) as f64,
            self.report.l2,
            self.seconds
        )
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
        let auc = |figures: &Figures| figures.classes[abusive].roc_auc.unwrap_or(f64::NAN);
        let (own, other) = (&self.report.figures, &on_top.unchanged.figures);
        let (own_fit, other_fit) = (self.report.calibrated, on_top.unchanged.calibrated);
        writeln!(out, "\n{:width$}  this model  {} alone, on the same comments", "", self.from())?;
        for (name, own, other) in [
            ("macro-F1", own.macro_f1, other.macro_f1),
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
                "the weights of {} stay as they are: these comments are too few, or too much like those that it knows, to \
                 improve on it; label a few hundred more",
                self.from()
            )?;
        } else if on_top.is_worse(self.report) {
            writeln!(
                out,
                "this model is worse than {} alone: use that one, and look for labels that contradict one another with \
                 naqd-audit, or label more comments",
                self.from()
            )?;
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
        let (triage, rates) = (&choice.triage, choice.triage.rates.unwrap_or_default());
        let (thresholds, promises, all) = (&triage.thresholds, &triage.promises, triage.comments);
        if choice.inherited {
            let Promises { max_abusive_published, max_innocent_rejected, .. } = choice.triage.promises;
            writeln!(
                out,
                "\nthe thresholds of {} stay in force, which guarantee at most {} abusive among the published and at most {} not \
                 abusive among the rejected for the comments of that model, not for yours",
                self.from(),
                limit(max_abusive_published),
                limit(max_innocent_rejected)
            )?;
            for (action, option, outlook) in [
                ("published", "--max-abusive-published", &choice.publish),
                ("rejected", "--max-innocent-rejected", &choice.reject),
            ] {
                writeln!(out, "for a guarantee on yours, {action}: {}", next_step(option, outlook))?;
            }
            return Ok(());
        }
        self.chosen_on(out, all)?;
        if let Some(share) = promises.abusive_share {
            writeln!(out, "guarantees for a site where {} of the comments are abusive", limit(share))?;
        }
        Zone {
            rule: "publish below P(abusive)",
            action: "publish",
            error: "abusive",
            option: "--max-abusive-published",
            limit: promises.max_abusive_published,
            tally: triage.published,
            all,
            rate: format!("{} of all abuse is published", percent(rates.published.wrong_rate().share())),
        }
        .write(out, thresholds.publish_below, &choice.publish)?;
        Zone {
            rule: "reject above P(abusive)",
            action: "reject",
            error: "not abusive",
            option: "--max-innocent-rejected",
            limit: promises.max_innocent_rejected,
            tally: triage.rejected,
            all,
            rate: format!("{} of all other comments are rejected", percent(rates.rejected.wrong_rate().share())),
        }
        .write(out, thresholds.reject_above, &choice.reject)?;
        if let (Some(_), Some(rate)) = (thresholds.publish_below, promises.max_abuse_let_through) {
            writeln!(out, "guaranteed: at most {} of all abuse is published", limit(rate))?;
        }
        if thresholds.publish_below.is_some() && thresholds.reject_above.is_some() {
            writeln!(out, "both guarantees hold together with at least {} confidence", limit(choice.joint_confidence))?;
        }
        self.other_shares(out, choice)?;
        match triage.rejected.comments + triage.published.comments {
            0 => writeln!(out, "hold everything")?,
            decided => writeln!(out, "hold the rest: {} of the comments", share_of_all(all - decided, all))?,
        }
        match thresholds.notify_above {
            Some(above) => writeln!(out, "notify editors above P(critical) = {above:.4}"),
            None => Ok(()),
        }
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
                    "\ntriage by thresholds, chosen at {confidence} confidence on {} comments that nothing was learnt \
                     from ({} of all{})",
                    set_aside.comments,
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
            let both =
                [of(errors.published, "of the published are abusive"), of(errors.rejected, "of the rejected are not")];
            let both: Vec<String> = both.into_iter().flatten().collect();
            writeln!(out, "if {} of your comments are abusive: {}", limit(errors.share), both.join(", "))?;
        }
        writeln!(out, "label 200 comments drawn at random to learn your share, and state it with --abusive-share")
    }
}

/// Comments that a threshold publishes or rejects.
struct Zone {
    /// Decision as a rule that a threshold completes.
    rule: &'static str,
    action: &'static str,
    /// Class of the comments that the decision is wrong for.
    error: &'static str,
    /// Option that sets the limit.
    option: &'static str,
    /// Greatest share of wrong decisions that is allowed.
    limit: f64,
    tally: Tally,
    /// Number of comments that the thresholds were chosen on.
    all: u64,
    /// What the decision does to all comments that it is wrong for.
    rate: String,
}

impl Zone {
    /// Writes the threshold and its error; without a threshold, what it would take to have one.
    fn write(&self, out: &mut impl Write, threshold: Option<f32>, outlook: &Outlook) -> io::Result<()> {
        let &Zone { rule, action, error, option, limit: most, tally, all, ref rate } = self;
        let most = limit(most);
        if let Some(threshold) = threshold {
            return writeln!(
                out,
                "{rule} = {threshold:.4}: {} of the comments, {} of them {error} ({} of {}), guaranteed at most {most}; \
                 {rate}",
                share_of_all(tally.comments, all),
                percent(tally.share()),
                tally.wrong,
                tally.comments
            );
        }
        if outlook.empty {
            return writeln!(
                out,
                "{action} nothing: \"at most {most} {error}\" is an empty promise, since to {action} every comment would \
                 keep it; {}",
                match action {
                    "publish" =>
                        "limit what gets through instead, for example with --max-abuse-let-through 20%".to_owned(),
                    _ => format!("lower {option}"),
                }
            );
        }
        writeln!(
            out,
            "{action} nothing: at most {most} {error} cannot be guaranteed with these comments; {}",
            next_step(option, outlook)
        )
    }
}

/// What to do where a promise cannot be given.
fn next_step(option: &str, outlook: &Outlook) -> String {
    if outlook.empty {
        return format!(
            "the one asked for is an empty promise, which deciding every comment would keep; lower {option}"
        );
    }
    let instead = match outlook.smallest {
        Some(smallest) => format!("ask for {} with {option}", limit(smallest)),
        None => "make the labels more consistent".to_owned(),
    };
    match outlook.more {
        Some(more) => format!("{instead}, or label about {more} more like these"),
        None => format!("{instead}; more comments alone would not help"),
    }
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
