//! Options of the command line.

use std::path::{Path, PathBuf};

use clap::Parser;
use naqd::report::Language;
use naqd::{Model, Promises, Trainer};

use crate::shared::{self, Reading, Threads};

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
  naqd-train held.csv --chosen --thresholds-on random.csv --from mine.naqd --output next.naqd
  naqd-train export.csv --encoding windows-1256 --delimiter ';'"
)]
pub struct Args {
    /// CSV files of labelled comments with a header line; `-` is standard input
    #[arg(required = true, value_name = "COMMENTS.csv")]
    pub files: Vec<PathBuf>,
    /// Model file to write
    #[arg(long, alias = "out", value_name = "FILE.naqd", default_value = "model.naqd")]
    pub output: PathBuf,
    /// Model card to write, in Markdown: training data and metrics
    #[arg(long, value_name = "FILE.md")]
    pub card: Option<PathBuf>,
    /// Report to write: one HTML page with metrics, plots, mistakes and doubtful labels. Its learning curve about doubles
    /// the time
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
    /// Language of the report: en or ar
    #[arg(long, value_name = "LANGUAGE", default_value = "en", requires = "report")]
    pub report_language: Language,
    #[command(flatten)]
    pub reading: Reading,
    /// Model to learn on top of: `shipped` (the one that comes with naqd), a model file, or `none` to start from nothing.
    /// Where your comments are few it stays as it is. It is used only if your labels are its classes
    #[arg(long, value_name = "MODEL", default_value = "shipped")]
    pub from: String,
    /// The comments were chosen for what they are, as those that were held for being doubtful, and are no fair sample of all. They
    /// teach the weights on top of another model and nothing else: its calibration and thresholds stay, as far as the comments
    /// of --thresholds-on do not refute a threshold
    #[arg(long, conflicts_with_all = ["set_aside", "validate_on"])]
    pub chosen: bool,
    /// Strength of the L2 penalty [default: chosen by cross-validation]
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    pub l2: Option<f32>,
    /// Minimum number of comments an n-gram must occur in
    #[arg(long, alias = "least", value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    pub min_count: u32,
    /// Maximum number of n-grams to learn from; if there are more, those in the fewest comments are left out
    #[arg(long, alias = "most-ngrams", value_name = "NUMBER", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_ngrams: u32,
    /// Weight of each comment of one of the files; may be given several times [default: 1]. It is multiplied by the
    /// column `weight` of the row, if there is one
    #[arg(long, value_name = "FILE=NUMBER", value_parser = weight)]
    pub weight: Vec<(PathBuf, f32)>,
    /// Number of n-grams to keep of those learnt, the most important ones [default: all]. Those of the model to learn on top
    /// of are kept besides
    #[arg(long, alias = "keep", value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub prune_to: Option<u32>,
    /// File to validate on, or a share of it from 0 to 1; may be given several times [default: all files]. Metrics,
    /// regularisation, calibration and thresholds use only these files; others contribute n-gram weights only
    #[arg(long, alias = "judge-by", value_name = "FILE[=SHARE]", value_parser = share)]
    pub validate_on: Vec<(PathBuf, f64)>,
    /// File of labelled comments that only choose the triage thresholds; may be given several times [default: a share of the
    /// comments is set aside]. Nothing is learnt from these comments. The finished model scores them, except
    /// near-duplicates of training comments, and the thresholds in the model and the report come from these scores
    #[arg(long, value_name = "FILE")]
    pub thresholds_on: Vec<PathBuf>,
    /// Error bound of automatic rejection: at most this share of the rejected comments is not abusive
    #[arg(long, alias = "max-wrong-reject", value_name = "PERCENT", default_value = "10%", value_parser = share_of)]
    pub max_innocent_rejected: f64,
    /// Error bound of automatic publication: at most this share of the published comments is abusive
    #[arg(long, alias = "max-missed-abuse", value_name = "PERCENT", default_value = "3%", value_parser = share_of)]
    pub max_abusive_published: f64,
    /// Share of abusive comments on the site [default: as in the labelled comments]. Labelled comments are often chosen for
    /// being doubtful; on the site far fewer are abusive, and then more of the rejected are innocent
    #[arg(long, value_name = "PERCENT", value_parser = share_of)]
    pub abusive_share: Option<f64>,
    /// Further bound of automatic publication: at most this share of all abusive comments is published
    #[arg(long, value_name = "PERCENT", value_parser = share_of)]
    pub max_abuse_let_through: Option<f64>,
    /// Share of the comments that nothing is learnt from and that alone choose the thresholds; 0 for none [default: sized
    /// by what can be guaranteed with it]
    #[arg(long, value_name = "PERCENT", value_parser = share_or_none, conflicts_with = "thresholds_on")]
    pub set_aside: Option<f64>,
    /// Confidence with which the thresholds guarantee each of the two error bounds
    #[arg(long, value_name = "PERCENT", default_value = "95%", value_parser = share_of)]
    pub confidence: f64,
    /// Seed of the random assignment of comments to the folds of the cross-validation
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    #[command(flatten)]
    pub threads: Threads,
    /// Print the metrics as JSON
    #[arg(long)]
    pub json: bool,
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

/// Parses `30%`, `0.3` or `0`: less than 1.
fn share_or_none(text: &str) -> Result<f64, String> {
    if text.trim().trim_end_matches('%').parse() == Ok(0.0) { Ok(0.0) } else { share_of(text) }
}

/// Parses a file and the share of it; without a share the whole file counts.
fn share(text: &str) -> Result<(PathBuf, f64), String> {
    match text.rsplit_once('=').map(|(file, share)| (file, share.parse::<f64>())) {
        Some((file, Ok(share))) if (0.0..=1.0).contains(&share) => Ok((file.into(), share)),
        Some((_, Ok(_))) => Err("expected FILE, or FILE=SHARE with a share from 0 to 1".to_owned()),
        _ => Ok((text.into(), 1.0)),
    }
}

/// Positions of `file` among `files`; it must be one of them.
fn positions(files: &[PathBuf], file: &Path, option: &str) -> Result<Vec<usize>, String> {
    let positions: Vec<usize> = (0..files.len()).filter(|&position| shared::is_same(&files[position], file)).collect();
    if positions.is_empty() {
        return Err(format!("{option} {}: not one of the files to learn from", file.display()));
    }
    Ok(positions)
}

/// Model to learn on top of.
pub fn from(args: &Args) -> Result<Option<Model>, String> {
    match args.from.as_str() {
        "none" => Ok(None),
        "shipped" => Ok(Some(Model::shipped())),
        file => shared::open_model(Path::new(file)).map(Some).map_err(|error| format!("--from {error}")),
    }
}

/// Trainer by the arguments.
pub fn trainer(args: &Args) -> Result<Trainer, String> {
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
        .promises(promises(args))
        .set_aside(if args.thresholds_on.is_empty() { args.set_aside } else { Some(0.0) })
        .chosen(args.chosen))
}

/// Error bounds by the arguments.
pub fn promises(args: &Args) -> Promises {
    Promises {
        max_innocent_rejected: args.max_innocent_rejected,
        max_abusive_published: args.max_abusive_published,
        confidence: args.confidence,
        abusive_share: args.abusive_share,
        max_abuse_let_through: args.max_abuse_let_through,
    }
}
