//! Summary of a training, as text or JSON.

mod decisions;
mod next;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use naqd::Corpus;
use naqd::evaluate::{Calibration, Figures, KindValidation, PriorUse, Unchanged, Validation};
use naqd::internal::corpus::Contradiction;

use self::decisions::strength;
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
        self.decisions(out)?;
        self.kinds(out)?;
        // On top of another model it has the n-grams of that one too.
        let counted = match self.report.prior {
            PriorUse::OnTop(_) => format!("; {} counted in these comments", self.report.ngrams_counted),
            _ => format!(" of {}", self.report.ngrams_counted),
        };
        // Of two scripts each has its own.
        let l2 = if self.report.experts.is_empty() { strength(self.report) + ", " } else { String::new() };
        writeln!(
            out,
            "\n{}: {} n-grams{counted}, {:.1} MiB, {l2}{:.1} s",
            self.args.output.display(),
            self.report.ngrams,
            self.bytes as f64 / (1 << 20) as f64,
            self.seconds
        )?;
        writeln!(out, "next: {}", self.next())
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
                 to improve on them; {}",
                self.from(),
                if self.args.chosen {
                    "calibration stays too"
                } else {
                    "only the calibration is fitted to these comments"
                }
            )?;
        }
        if on_top.is_worse(self.report) {
            writeln!(out, "on these comments this model is worse than {} alone", self.from())?;
        }
        for (script, of) in self.report.by_script() {
            self.other_direction(out, script, of)?;
        }
        Ok(())
    }

    /// Figures of one script beside those of the model that it learnt on top of, where they do not say what those of all
    /// comments say.
    fn other_direction(&self, out: &mut impl Write, script: Option<&str>, of: &Validation) -> io::Result<()> {
        let (Some(script), PriorUse::OnTop(on_top)) = (script, &of.prior) else { return Ok(()) };
        let PriorUse::OnTop(all) = &self.report.prior else { return Ok(()) };
        let better = |of: &Validation, other: &Unchanged| {
            [of.figures.macro_f1 >= other.figures.macro_f1, of.calibrated.log_loss <= other.calibrated.log_loss]
        };
        if better(of, &on_top.unchanged) == better(self.report, &all.unchanged) {
            return Ok(());
        }
        let (figures, calibrated) = (&on_top.unchanged.figures, &on_top.unchanged.calibrated);
        write!(
            out,
            "{}: macro-F1 {:.3} beside {:.3}, log loss {:.3} beside {:.3}",
            of_script(script),
            of.figures.macro_f1,
            figures.macro_f1,
            of.calibrated.log_loss,
            calibrated.log_loss
        )?;
        let worse = on_top.is_worse(of).then(|| format!("; worse than {} alone", self.from()));
        writeln!(out, "{}", worse.unwrap_or_default())
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
}

impl Summary<'_> {
    /// Kinds of abuse: how well each is told apart, and whether the model has it.
    fn kinds(&self, out: &mut impl Write) -> io::Result<()> {
        if self.report.kinds.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\nkinds of abuse       ROC AUC (95 % interval)  in abuse (interval)        comments  precision  recall"
        )?;
        for KindValidation { script, kind, kept, figures: of, .. } in &self.report.kinds {
            let name = match script {
                Some("arabic") => format!("{kind}, Arabic"),
                Some(_) => format!("{kind}, not Arabic"),
                None => kind.to_string(),
            };
            let auc = |auc: f64, [low, high]: [f64; 2]| format!("{auc:.3} ({low:.3} to {high:.3})");
            let left_out = if *kept { "" } else { "  not in the model" };
            writeln!(
                out,
                "{name:19}  {}   {}  {:8}  {:9.3}  {:6.3}{left_out}",
                auc(of.roc_auc, of.interval),
                auc(of.roc_auc_in_abuse, of.interval_in_abuse),
                of.positives,
                of.precision,
                of.recall
            )?;
        }
        Ok(())
    }
}

const PUBLISH_OPTION: &str = "--max-abusive-published";
const REJECT_OPTION: &str = "--max-innocent-rejected";

/// A limit or a confidence in per cent, as it was asked for: `2 %`, `0.5 %`.
fn limit(share: f64) -> String {
    format!("{} %", (share * 1e6).round() / 1e4)
}

/// Comments of a script, in words.
fn of_script(script: &str) -> &'static str {
    if script == "arabic" { "comments in Arabic script" } else { "comments not in Arabic script" }
}

/// Names of files, joined by commas.
fn names<'f>(files: impl IntoIterator<Item = &'f PathBuf>) -> String {
    files.into_iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}
