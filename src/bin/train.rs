//! naqd-train: from labelled comments to a model.

mod shared;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use naqd::Corpus;
use naqd::Promises;
use naqd::Trainer;
use naqd::evaluate::{ThresholdChoice, Validation};
use naqd::internal::corpus::Contradiction;
use naqd::internal::corpus::NearDuplicates;
use naqd::internal::evaluate::Calibration;
use naqd::internal::io::replace;
use naqd::internal::train::Progress;
use naqd::report::model_card;
use naqd::report::{Language, LearningCurve, Scored, Subject, html};
use shared::{Reading, bar};

/// Learn from labelled comments to tell criticism from abuse.
///
/// Reads CSV files with a text and a label column and writes one model for naqd-score. Prints how good the model
/// is on comments that it has not learnt from (5-fold cross-validation).
///
/// A label is the name of a class (abusive, critical, neutral or any others), or several joined by `|` where the
/// annotator did not say which: `critical|neutral` is "at any rate not abusive".
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
  naqd-train comments.csv --out mine.naqd
  naqd-train comments.csv --max-wrong-reject 5% --max-missed-abuse 2%
  naqd-train archive.csv --label-column status --map 'approved=critical|neutral,rejected=abusive'
  naqd-train comments.csv --report report.html
  naqd-train ours.csv tweets.csv --weight tweets.csv=0.2 --judge-by ours.csv
  naqd-train export.csv --encoding windows-1256 --delimiter ';'"
)]
struct Args {
    /// CSV files with a header line; `-` is standard input
    #[arg(required = true, value_name = "COMMENTS.csv")]
    files: Vec<PathBuf>,
    /// Where the model goes
    #[arg(long, value_name = "FILE.naqd", default_value = "model.naqd")]
    out: PathBuf,
    /// Where a card of the model goes: what it was trained on and how good it is, in Markdown
    #[arg(long, value_name = "FILE.md")]
    card: Option<PathBuf>,
    /// Where a report for people goes: one HTML page with plots, mistakes and labels in doubt. It takes a learning
    /// curve as well, and so about twice the time
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
    /// Leave out n-grams that stand in fewer comments
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    least: u32,
    /// Learn from no more n-grams: those in the fewest comments are left out
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    most_ngrams: u32,
    /// What each comment of a file counts, for one of the files; may be given several times [default: 1]. A column
    /// `weight` says it for each row; both are multiplied
    #[arg(long, value_name = "FILE=NUMBER", value_parser = weight)]
    weight: Vec<(PathBuf, f32)>,
    /// Keep only the n-grams that matter most in the model [default: all]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// A file whose comments are of the kind that the model is meant for; may be given several times [default: all].
    /// Figures and all choices go by these, or by a share of them from 0 to 1; from the others only n-grams are
    /// learnt
    #[arg(long, value_name = "FILE[=SHARE]", value_parser = share)]
    judge_by: Vec<(PathBuf, f64)>,
    /// Comments are rejected without a person only so far that, of these, at most this share is not abusive
    #[arg(long, value_name = "PERCENT", default_value = "2%", value_parser = share_of)]
    max_wrong_reject: f64,
    /// Comments are published without a person only so far that, of these, at most this share is abusive
    #[arg(long, value_name = "PERCENT", default_value = "1%", value_parser = share_of)]
    max_missed_abuse: f64,
    /// How sure each of these two promises is
    #[arg(long, value_name = "PERCENT", default_value = "95%", value_parser = share_of)]
    confidence: f64,
    /// Decides which comments stand in which fold of the cross-validation
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(..=512))]
    threads: u16,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

fn positive(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("expected a number greater than 0".to_owned()),
    }
}

fn weight(text: &str) -> Result<(PathBuf, f32), String> {
    let (file, number) = text.rsplit_once('=').ok_or("expected FILE=NUMBER")?;
    Ok((file.into(), positive(number)?))
}

/// `2%` or `0.02`: more than 0, less than 1.
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

/// A file and a share; a file alone counts in full.
fn share(text: &str) -> Result<(PathBuf, f64), String> {
    match text.rsplit_once('=').map(|(file, share)| (file, share.parse::<f64>())) {
        Some((file, Ok(share))) if (0.0..=1.0).contains(&share) => Ok((file.into(), share)),
        Some((_, Ok(_))) => Err("expected FILE, or FILE=SHARE with a share from 0 to 1".to_owned()),
        _ => Ok((text.into(), 1.0)),
    }
}

/// The places of `file` among `files`; it must be one of them.
fn places(files: &[PathBuf], file: &Path, option: &str) -> Result<Vec<usize>, String> {
    let full = file.canonicalize().ok();
    let same = |other: &PathBuf| other == file || (full.is_some() && other.canonicalize().ok() == full);
    let places: Vec<usize> = (0..files.len()).filter(|&place| same(&files[place])).collect();
    if places.is_empty() {
        return Err(format!("{option} {}: not one of the files to learn from", file.display()));
    }
    Ok(places)
}

/// The training that the arguments ask for.
fn trainer(args: &Args) -> Result<Trainer, String> {
    let mut weights = vec![1.0; args.files.len()];
    for (file, weight) in &args.weight {
        places(&args.files, file, "--weight")?.into_iter().for_each(|place| weights[place] = *weight);
    }
    let mut judge_by = Vec::new();
    for (file, share) in &args.judge_by {
        judge_by.extend(places(&args.files, file, "--judge-by")?.into_iter().map(|place| (place, *share)));
    }
    let promises = Promises {
        max_innocent_rejected: args.max_wrong_reject,
        max_abusive_published: args.max_missed_abuse,
        confidence: args.confidence,
    };
    Ok(Trainer::new()
        .l2(args.l2)
        .min_count(args.least)
        .max_ngrams(args.most_ngrams as usize)
        .prune_to(args.keep.map(|keep| keep as usize))
        .seed(args.seed)
        .weights(weights)
        .validate_on(judge_by)
        .promises(promises))
}

fn main() -> ExitCode {
    let args = Args::parse();
    shared::end(run(&args))
}

/// Returns the number of rows that could not be used.
fn run(args: &Args) -> Result<usize, Box<dyn std::error::Error>> {
    let start = Instant::now();
    if args.threads > 0 {
        rayon::ThreadPoolBuilder::new().num_threads(args.threads.into()).build_global()?;
    }
    shared::check_output("--out", &args.out, &args.files)?;
    if let Some(report) = &args.report {
        shared::check_output("--report", report, &args.files)?;
    }
    let trainer = trainer(args)?;
    let bar = bar();
    bar.set_message("reading");
    let mut bad = 0;
    let corpus = args.reading.reader().read(&args.files, &mut args.reading.bad_row(&bar, &mut bad))?;
    bar.set_message("looking for repeats");
    let repeats = NearDuplicates::find(corpus.texts());
    let contradictions = corpus.contradictions(&repeats);
    bar.suspend(|| contradictions.iter().for_each(|contradiction| shared::complain(contradiction)));
    let trained = trainer.fit_with(&corpus, &repeats, &|progress| shared::show(&bar, progress));
    bar.finish_and_clear();
    let trained = trained?;
    let bytes = trained.model.save(&args.out).map_err(|error| format!("{}: {error}", args.out.display()))?;
    if let Some(file) = &args.card {
        replace(file, model_card(&corpus, &trained).as_bytes())
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }

    if let Some(file) = &args.report {
        let curve = LearningCurve::measure(&trainer, &corpus, &repeats, trained.validation.l2, &|done, of| {
            shared::show(&bar, Progress { what: "measuring the learning curve", done, of });
        });
        bar.finish_and_clear();
        let subject = Subject {
            name: args.out.display().to_string(),
            model: &trained.model,
            corpus: &corpus,
            duplicates: &repeats,
            scored: Scored::HeldOut(&trained, curve),
        };
        let page = html(&subject, args.report_language);
        replace(file, page.as_bytes()).map_err(|error| format!("{}: {error}", file.display()))?;
    }

    let run = Run { bytes, seconds: start.elapsed().as_secs_f64(), skipped: bad, contradictions: &contradictions };
    let mut out = io::stdout().lock();
    let printed = if args.json {
        run.json(&mut out, args, &trained.validation)
    } else {
        run.text(&mut out, args, &corpus, &trained.validation)
    };
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(bad),
    }
}

/// The thresholds, and what is promised of them.
fn triage(out: &mut impl Write, report: &Validation, classes: &[String]) -> io::Result<()> {
    let Some(ThresholdChoice { triage, reject_needs, publish_needs, .. }) = &report.triage else {
        let named = classes.join(", ");
        return writeln!(out, "\nno triage: it needs a class named \"abusive\" of its own; the classes are {named}");
    };
    let (promises, all) = (&triage.promises, triage.comments);
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let allowed = |share: f64| format!("{} %", (share * 1e6).round() / 1e4);
    let of_all = |comments: u64| percent(comments as f64 / all.max(1) as f64);
    writeln!(out, "\ntriage of {all} of these comments, promises at {} confidence", allowed(promises.confidence))?;
    for (action, threshold, tally, most, wrong, needs) in [
        (
            "publish below",
            triage.thresholds.publish_below,
            triage.published,
            promises.max_abusive_published,
            "abusive",
            publish_needs,
        ),
        (
            "reject above",
            triage.thresholds.reject_above,
            triage.rejected,
            promises.max_innocent_rejected,
            "not abusive",
            reject_needs,
        ),
    ] {
        let most = allowed(most);
        match (threshold, needs) {
            (Some(threshold), _) => writeln!(
                out,
                "{action:14} {threshold:.4}  {:>6} of all; of these {} {wrong} here ({} of {}), at most {most}",
                of_all(tally.comments),
                percent(tally.share()),
                tally.wrong,
                tally.comments
            )?,
            (None, Some(needs)) => writeln!(
                out,
                "{action:14} nothing: {all} comments are too few to promise at most {most} {wrong}; some {} more \
                 labelled ones like these could do",
                needs.saturating_sub(all).max(1)
            )?,
            (None, None) => writeln!(
                out,
                "{action:14} nothing: at most {most} {wrong} cannot be promised of any, and more comments alone would \
                 not do; allow more, or make labels more consistent"
            )?,
        }
    }
    let decided = triage.rejected.comments + triage.published.comments;
    if decided == 0 {
        writeln!(out, "hold           everything")?;
    } else {
        writeln!(out, "hold           the rest  {:>4} of all", of_all(all - decided))?;
    }
    if let Some(above) = triage.thresholds.notify_above {
        writeln!(out, "editors above  {above:.4}  of critical")?;
    }
    Ok(())
}

/// What there is to say of a run beside the figures.
struct Run<'a> {
    bytes: u64,
    seconds: f64,
    skipped: usize,
    contradictions: &'a [Contradiction],
}

impl Run<'_> {
    fn json(&self, out: &mut impl Write, args: &Args, report: &Validation) -> io::Result<()> {
        let mut value = serde_json::to_value(report)?;
        value["model"] = args.out.to_string_lossy().into();
        value["model_bytes"] = self.bytes.into();
        value["seconds"] = self.seconds.into();
        value["skipped_rows"] = self.skipped.into();
        value["contradictions"] = self.contradictions.len().into();
        serde_json::to_writer_pretty(&mut *out, &value)?;
        writeln!(out)
    }

    fn text(&self, out: &mut impl Write, args: &Args, corpus: &Corpus, report: &Validation) -> io::Result<()> {
        writeln!(
            out,
            "{} comments; 5-fold cross-validation{}, repeats kept together ({} groups)",
            report.comments,
            if report.folds < 5 { format!(" ({} of 5 folds)", report.folds) } else { String::new() },
            report.duplicate_groups
        )?;
        if !args.judge_by.is_empty() {
            let files: Vec<String> = args.judge_by.iter().map(|(file, _)| file.display().to_string()).collect();
            writeln!(out, "figures of {} comments of {}", report.held_out, files.join(", "))?;
        } else if report.held_out < report.comments {
            writeln!(out, "figures of the {} comments that were left out", report.held_out)?;
        }
        if report.min_count > args.least {
            writeln!(
                out,
                "n-grams of fewer than {} comments are left out: there were more than {}",
                report.min_count, args.most_ngrams
            )?;
        }
        if !self.contradictions.is_empty() {
            writeln!(out, "{} comments read the same as another of an excluding label", self.contradictions.len())?;
        }
        for class in corpus.merged() {
            writeln!(out, "no comment tells {} apart: they are one class of this model", class.replace('|', " and "))?;
        }
        let width = report.figures.confusion.iter().map(|row| row.label.chars().count()).max().unwrap_or(0).max(18);
        writeln!(out, "\n{:width$}  precision  recall      F1  support  ROC AUC against the rest", "")?;
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
            ("evidence alone", report.uncalibrated),
            ("with temperature", report.temperature_scaled),
            ("with verdict layer", report.calibrated),
        ] {
            writeln!(out, "{name:width$}  {log_loss:8.3}  {ece:.3}")?;
        }
        writeln!(out, "\nconfusion: rows are what comments are, columns what they were labelled")?;
        let columns: Vec<usize> = corpus.classes().iter().map(|class| class.chars().count().max(7)).collect();
        write!(out, "{:width$}", "")?;
        for (class, width) in corpus.classes().iter().zip(&columns) {
            write!(out, "  {class:>width$}")?;
        }
        writeln!(out)?;
        for row in &report.figures.confusion {
            write!(out, "{:width$}", row.label)?;
            for (count, width) in row.predicted.iter().zip(&columns) {
                write!(out, "  {count:>width$}")?;
            }
            writeln!(out)?;
        }
        triage(out, report, corpus.classes())?;
        writeln!(
            out,
            "\n{}: {} n-grams of {}, {:.1} MiB, l2 {}, {:.1} s",
            args.out.display(),
            report.ngrams,
            report.ngrams_counted,
            self.bytes as f64 / (1 << 20) as f64,
            report.l2,
            self.seconds
        )
    }
}
