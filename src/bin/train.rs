//! naqd-train: from labelled comments to a model.

mod shared;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use indicatif::ProgressBar;
use naqd::evaluate::{Calibration, ThresholdChoice, Validation};
use naqd::internal::corpus::Contradiction;
use naqd::internal::corpus::NearDuplicates;
use naqd::internal::evaluate::{HeldOut, choose};
use naqd::internal::stats::Tally;
use naqd::internal::train::Progress;
use naqd::report::model_card;
use naqd::report::{Language, LearningCurve, Scored, Subject, html};
use naqd::{Classifier, Corpus, Model, Promises, Trained, Trainer};
use rayon::prelude::*;
use shared::{Reading, Threads, bar, percent, write_file};

/// Learn from labelled comments to tell criticism from abuse.
///
/// Reads CSV files with a text and a label column and writes one model for naqd-score. Prints metrics by 5-fold
/// cross-validation: every comment is scored by a model that has not learnt from it.
///
/// A label is the name of a class (abusive, critical, neutral or any other). If the exact class is unknown, list the
/// alternatives, joined by `|`: `critical|neutral` says that a comment is one of the two, and so not abusive.
#[derive(Parser)]
#[command(
    name = "naqd-train",
    version,
    after_help = "\
Exit codes:
  0  done
  1  done, but some rows could not be used (each is named on standard error)
  2  could not run, or could not learn: no model was written

Examples:
  naqd-train comments.csv --output mine.naqd
  naqd-train comments.csv --max-innocent-rejected 5% --max-abusive-published 2%
  naqd-train archive.csv --label-column status --map 'approved=critical|neutral,rejected=abusive'
  naqd-train comments.csv --report report.html
  naqd-train ours.csv tweets.csv --weight tweets.csv=0.2 --validate-on ours.csv
  naqd-train comments.csv --thresholds-on last-month.csv
  naqd-train export.csv --encoding windows-1256 --delimiter ';'"
)]
struct Args {
    /// CSV files of labelled comments with a header line; `-` is standard input
    #[arg(required = true, value_name = "COMMENTS.csv")]
    files: Vec<PathBuf>,
    /// Model file to write
    #[arg(long, alias = "out", value_name = "FILE.naqd", default_value = "model.naqd")]
    output: PathBuf,
    /// Model card to write, in Markdown: training data and metrics
    #[arg(long, value_name = "FILE.md")]
    card: Option<PathBuf>,
    /// Report to write: one HTML page with metrics, plots, mistakes and doubtful labels. Its learning curve about doubles
    /// the time
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Language of the report: en or ar
    #[arg(long, value_name = "LANGUAGE", default_value = "en", requires = "report")]
    report_language: Language,
    #[command(flatten)]
    reading: Reading,
    /// Strength of the L2 penalty [default: chosen by cross-validation]
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    l2: Option<f32>,
    /// Minimum number of comments an n-gram must occur in
    #[arg(long, alias = "least", value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    min_count: u32,
    /// Maximum number of n-grams to learn from; if there are more, those in the fewest comments are left out
    #[arg(long, alias = "most-ngrams", value_name = "NUMBER", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    max_ngrams: u32,
    /// Weight of each comment of one of the files; may be given several times [default: 1]. It is multiplied by the
    /// column `weight` of the row, if there is one
    #[arg(long, value_name = "FILE=NUMBER", value_parser = weight)]
    weight: Vec<(PathBuf, f32)>,
    /// Number of n-grams to keep in the model after training, the most important ones [default: all]
    #[arg(long, alias = "keep", value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    prune_to: Option<u32>,
    /// File to validate on, or a share of it from 0 to 1; may be given several times [default: all files]. Metrics,
    /// regularisation, calibration and thresholds use only these files; others contribute n-gram weights only
    #[arg(long, alias = "judge-by", value_name = "FILE[=SHARE]", value_parser = share)]
    validate_on: Vec<(PathBuf, f64)>,
    /// File of labelled comments that only choose the triage thresholds; may be given several times [default: the
    /// thresholds are cross-validated]. Nothing is learnt from these comments. The finished model scores them, except
    /// near-duplicates of training comments, and the thresholds in the model and the report come from these scores
    #[arg(long, value_name = "FILE")]
    thresholds_on: Vec<PathBuf>,
    /// Error bound of automatic rejection: at most this share of the rejected comments is not abusive
    #[arg(long, alias = "max-wrong-reject", value_name = "PERCENT", default_value = "2%", value_parser = share_of)]
    max_innocent_rejected: f64,
    /// Error bound of automatic publication: at most this share of the published comments is abusive
    #[arg(long, alias = "max-missed-abuse", value_name = "PERCENT", default_value = "1%", value_parser = share_of)]
    max_abusive_published: f64,
    /// Confidence with which the thresholds guarantee each of the two error bounds
    #[arg(long, value_name = "PERCENT", default_value = "95%", value_parser = share_of)]
    confidence: f64,
    /// Seed of the random assignment of comments to the folds of the cross-validation
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    threads: Threads,
    /// Print the metrics as JSON
    #[arg(long)]
    json: bool,
}

/// Parses a number greater than 0.
fn positive(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("expected a number greater than 0".to_owned()),
    }
}

/// Parses a file and its weight.
fn weight(text: &str) -> Result<(PathBuf, f32), String> {
    let (file, number) = text.rsplit_once('=').ok_or("expected FILE=NUMBER")?;
    Ok((file.into(), positive(number)?))
}

/// Parses `2%` or `0.02`: more than 0, less than 1.
fn share_of(text: &str) -> Result<f64, String> {
    let number = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.trim().parse(),
    };
    match number {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("expected a share of more than 0 % and less than 100 %, as 2% or 0.02".to_owned()),
    }
}

/// Parses a file and the share of it; without a share the whole file counts.
fn share(text: &str) -> Result<(PathBuf, f64), String> {
    match text.rsplit_once('=').map(|(file, share)| (file, share.parse::<f64>())) {
        Some((file, Ok(share))) if (0.0..=1.0).contains(&share) => Ok((file.into(), share)),
        Some((_, Ok(_))) => Err("expected FILE, or FILE=SHARE with a share from 0 to 1".to_owned()),
        _ => Ok((text.into(), 1.0)),
    }
}

/// Whether two paths lead to one file.
fn is_same(a: &Path, b: &Path) -> bool {
    a == b || a.canonicalize().is_ok_and(|full| b.canonicalize().is_ok_and(|other| other == full))
}

/// Positions of `file` among `files`; it must be one of them.
fn positions(files: &[PathBuf], file: &Path, option: &str) -> Result<Vec<usize>, String> {
    let positions: Vec<usize> = (0..files.len()).filter(|&position| is_same(&files[position], file)).collect();
    if positions.is_empty() {
        return Err(format!("{option} {}: not one of the files to learn from", file.display()));
    }
    Ok(positions)
}

/// Trainer by the arguments.
fn trainer(args: &Args) -> Result<Trainer, String> {
    let mut weights = vec![1.0; args.files.len()];
    for (file, weight) in &args.weight {
        positions(&args.files, file, "--weight")?.into_iter().for_each(|position| weights[position] = *weight);
    }
    let mut validate_on = Vec::new();
    for (file, share) in &args.validate_on {
        let positions = positions(&args.files, file, "--validate-on")?;
        validate_on.extend(positions.into_iter().map(|position| (position, *share)));
    }
    Ok(Trainer::new()
        .l2(args.l2)
        .min_count(args.min_count)
        .max_ngrams(args.max_ngrams as usize)
        .prune_to(args.prune_to.map(|ngrams| ngrams as usize))
        .seed(args.seed)
        .weights(weights)
        .validate_on(validate_on)
        .promises(promises(args)))
}

/// Error bounds by the arguments.
fn promises(args: &Args) -> Promises {
    Promises {
        max_innocent_rejected: args.max_innocent_rejected,
        max_abusive_published: args.max_abusive_published,
        confidence: args.confidence,
    }
}

/// Comments of `--thresholds-on`, without those that repeat a training comment.
struct ThresholdComments {
    corpus: Corpus,
    /// Group of near-duplicates that each comment belongs to.
    groups: Vec<usize>,
    /// Number of comments that repeat a training comment and were left out.
    left_out: usize,
}

impl ThresholdComments {
    /// Reads the files of `--thresholds-on`, if there are any.
    fn read(
        args: &Args,
        training: &Corpus,
        bar: &ProgressBar,
        bad: &mut usize,
    ) -> Result<Option<ThresholdComments>, Box<dyn std::error::Error>> {
        if args.thresholds_on.is_empty() {
            return Ok(None);
        }
        let read = args.reading.reader().read(&args.thresholds_on, &mut args.reading.bad_row(bar, bad))?;
        let read = read.for_classes(training.classes())?;
        let texts: Vec<&str> = training.texts().iter().chain(read.texts()).map(String::as_str).collect();
        let groups = NearDuplicates::find(&texts).group.split_off(training.texts().len());
        // A group has the position of its first comment for a number, and training comments come first.
        let is_new = |group: usize| group >= training.texts().len();
        let (corpus, repeated) = read.split(|comment| is_new(groups[comment]));
        if corpus.texts().is_empty() {
            return Err(format!(
                "--thresholds-on: no comments to choose thresholds on: {} were read, all near-duplicates of training \
                 comments",
                repeated.texts().len()
            )
            .into());
        }
        let groups = groups.into_iter().filter(|&group| is_new(group)).collect();
        Ok(Some(ThresholdComments { corpus, groups, left_out: repeated.texts().len() }))
    }

    /// Chooses thresholds on the scores that a model gives the comments; none if no class is named `abusive`.
    fn choose(&self, promises: Promises, model: &Model) -> Option<ThresholdChoice> {
        let classifier = Classifier::new(model);
        let texts = self.corpus.texts().par_iter();
        let held_out: Vec<HeldOut> = texts
            .zip(self.corpus.labels())
            .zip(&self.groups)
            .map(|((text, &label), &group)| HeldOut { label, score: classifier.score(text), group })
            .collect();
        choose(promises, model.classes(), &held_out).ok()
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    shared::end(run(&args))
}

/// Checks, before the work begins, which files are read and written.
fn check_files(args: &Args) -> Result<(), String> {
    if let Some(file) = args.thresholds_on.iter().find(|file| args.files.iter().any(|learnt| is_same(learnt, file))) {
        return Err(format!("--thresholds-on {}: is also learnt from; name a file of other comments", file.display()));
    }
    let inputs = [&args.files[..], &args.thresholds_on].concat();
    shared::check_output("--output", &args.output, &inputs)?;
    args.report.as_ref().map_or(Ok(()), |report| shared::check_output("--report", report, &inputs))
}

/// Returns the number of rows that could not be used.
fn run(args: &Args) -> Result<usize, Box<dyn std::error::Error>> {
    let start = Instant::now();
    args.threads.start()?;
    check_files(args)?;
    let trainer = trainer(args)?;
    let bar = bar();
    bar.set_message("reading");
    let mut bad = 0;
    let corpus = args.reading.reader().read(&args.files, &mut args.reading.bad_row(&bar, &mut bad))?;
    let thresholds_on = ThresholdComments::read(args, &corpus, &bar, &mut bad)?;
    bar.set_message("finding near-duplicates");
    let repeats = NearDuplicates::find(corpus.texts());
    let contradictions = corpus.contradictions(&repeats);
    bar.suspend(|| contradictions.iter().for_each(|contradiction| shared::complain(contradiction)));
    let trained = trainer.fit_with(&corpus, &repeats, &|progress| shared::show(&bar, progress));
    bar.finish_and_clear();
    let mut trained = trained?;
    if let Some(comments) = &thresholds_on {
        trained.validation.triage = comments.choose(promises(args), &trained.model);
        *trained.model.parts_mut().triage = trained.validation.triage.as_ref().map(|choice| choice.triage.clone());
    }
    let bytes = trained.model.save(&args.output).map_err(|error| format!("{}: {error}", args.output.display()))?;
    if let Some(file) = &args.card {
        write_file(file, model_card(&corpus, &trained).as_bytes())?;
    }
    if let Some(file) = &args.report {
        let page = report(args, &trainer, &corpus, &repeats, &trained, &bar);
        write_file(file, page.as_bytes())?;
    }
    let summary = Summary {
        args,
        corpus: &corpus,
        report: &trained.validation,
        thresholds_on: thresholds_on.as_ref(),
        contradictions: &contradictions,
        bytes,
        seconds: start.elapsed().as_secs_f64(),
        skipped: bad,
    };
    let mut out = io::stdout().lock();
    match if args.json { summary.json(&mut out) } else { summary.text(&mut out) } {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(bad),
    }
}

/// HTML page of `--report`.
fn report(
    args: &Args,
    trainer: &Trainer,
    corpus: &Corpus,
    repeats: &NearDuplicates,
    trained: &Trained,
    bar: &ProgressBar,
) -> String {
    let curve = LearningCurve::measure(trainer, corpus, repeats, trained.validation.l2, &|done, of| {
        shared::show(bar, Progress { what: "measuring the learning curve", done, of });
    });
    bar.finish_and_clear();
    let subject = Subject {
        name: args.output.display().to_string(),
        model: &trained.model,
        corpus,
        duplicates: repeats,
        scored: Scored::HeldOut(trained, curve),
    };
    html(&subject, args.report_language)
}

/// Outcome of a training, to be printed.
struct Summary<'a> {
    args: &'a Args,
    corpus: &'a Corpus,
    report: &'a Validation,
    thresholds_on: Option<&'a ThresholdComments>,
    contradictions: &'a [Contradiction],
    /// Size of the model file.
    bytes: u64,
    seconds: f64,
    /// Rows that could not be used.
    skipped: usize,
}

impl Summary<'_> {
    fn json(&self, out: &mut impl Write) -> io::Result<()> {
        let mut value = serde_json::to_value(self.report)?;
        value["model"] = self.args.output.to_string_lossy().into();
        value["model_bytes"] = self.bytes.into();
        value["seconds"] = self.seconds.into();
        value["skipped_rows"] = self.skipped.into();
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

    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let width =
            self.report.figures.confusion.iter().map(|row| row.label.chars().count()).max().unwrap_or(0).max(19);
        self.comments(out)?;
        self.metrics(out, width)?;
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
        if !self.contradictions.is_empty() {
            writeln!(out, "{} comments duplicate another comment whose label conflicts", self.contradictions.len())?;
        }
        for class in self.corpus.merged() {
            writeln!(out, "{} are one class of this model: no comment tells them apart", class.replace('|', " and "))?;
        }
        Ok(())
    }

    fn metrics(&self, out: &mut impl Write, width: usize) -> io::Result<()> {
        let report = self.report;
        writeln!(out, "\n{:width$}  precision  recall      F1  support  ROC AUC (one class against the rest)", "")?;
        for class in &report.figures.classes {
            let auc = class.roc_auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"));
            writeln!(
                out,
                "{:width$}  {:9.3}  {:6.3}  {:6.3}  {:7}  {auc}",
                class.class, class.precision, class.recall, class.f1, class.support
            )?;
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
        let Some(ThresholdChoice { triage, reject_needs, publish_needs, .. }) = &self.report.triage else {
            let classes = self.corpus.classes().join(", ");
            return writeln!(
                out,
                "\nno triage: it needs a class named \"abusive\" of its own; the classes are {classes}"
            );
        };
        let (thresholds, promises, all) = (&triage.thresholds, &triage.promises, triage.comments);
        let confidence = limit(promises.confidence);
        match self.thresholds_on {
            None => {
                writeln!(out, "\ntriage by thresholds, chosen on {all} of these comments at {confidence} confidence")?
            }
            Some(comments) => writeln!(
                out,
                "\ntriage by thresholds, chosen on {all} of the {} comments of {} at {confidence} confidence ({} \
                 near-duplicates of training comments left out)",
                comments.corpus.texts().len(),
                names(&self.args.thresholds_on),
                comments.left_out
            )?,
        }
        Zone {
            rule: "publish below P(abusive)",
            action: "publish",
            error: "abusive",
            option: "--max-abusive-published",
            limit: promises.max_abusive_published,
            tally: triage.published,
            all,
        }
        .write(out, thresholds.publish_below, *publish_needs)?;
        Zone {
            rule: "reject above P(abusive)",
            action: "reject",
            error: "not abusive",
            option: "--max-innocent-rejected",
            limit: promises.max_innocent_rejected,
            tally: triage.rejected,
            all,
        }
        .write(out, thresholds.reject_above, *reject_needs)?;
        match triage.rejected.comments + triage.published.comments {
            0 => writeln!(out, "hold everything")?,
            decided => writeln!(out, "hold the rest: {} of the comments", share_of_all(all - decided, all))?,
        }
        match thresholds.notify_above {
            Some(above) => writeln!(out, "notify editors above P(critical) = {above:.4}"),
            None => Ok(()),
        }
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
}

impl Zone {
    /// Writes the threshold and its error; without a threshold, what it would take to have one: `needs` comments.
    fn write(&self, out: &mut impl Write, threshold: Option<f32>, needs: Option<u64>) -> io::Result<()> {
        let &Zone { rule, action, error, option, limit: most, tally, all } = self;
        let most = limit(most);
        match (threshold, needs) {
            (Some(threshold), _) => writeln!(
                out,
                "{rule} = {threshold:.4}: {} of the comments, {} of them {error} ({} of {}), guaranteed at most {most}",
                share_of_all(tally.comments, all),
                percent(tally.share()),
                tally.wrong,
                tally.comments
            ),
            (None, Some(needs)) => writeln!(
                out,
                "{action} nothing: {all} comments are too few to guarantee at most {most} {error}; label about {} more \
                 like these, or raise {option}",
                needs.saturating_sub(all).max(1)
            ),
            (None, None) => writeln!(
                out,
                "{action} nothing: at most {most} {error} cannot be guaranteed, and more comments alone would not help; \
                 raise {option}, or make the labels more consistent"
            ),
        }
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
