//! Options of the command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use naqd::{Classifier, Thresholds};

use crate::shared::{self, Excel, Files, Threads};

/// Label comments as abusive, critical or neutral.
///
/// Reads CSV, JSON Lines or plain lines and writes every row again with its verdict: the columns naqd_label,
/// naqd_abusive, naqd_critical, naqd_neutral and naqd_error of CSV, or an object "naqd" of JSON.
///
/// The probabilities are calibrated. The label is the class with the largest weighted probability: rare classes have
/// larger weights, chosen for the best macro-F1 when the model was trained.
///
/// A model with thresholds also decides: naqd_decision is publish, hold or reject; naqd_notify is "editors" for
/// criticism that they should read, "threat" for a threat, "threat|editors" for both, or empty; naqd_reason is score (by
/// the thresholds), unfamiliar (the model knows too few of the words), no promise (the model has no threshold with a
/// guaranteed error bound), one word (held, not rejected: one word alone makes the comment abusive), quotation (held, not
/// rejected: the comment quotes it) or error. House rules
/// (--rules) decide as well, with the reason "rule: PHRASE"; --explain then adds naqd_rules, the rules that matched.
#[derive(Parser)]
#[command(
    name = "naqd-score",
    version,
    after_help = "\
Exit codes:
  0  done (also when the reader of a pipe goes away)
  1  done, but some rows could not be scored (naqd_error says why, and standard error)
  2  could not run
  3  done, and a comment has the label that --fail-on names
With --check:
  0  no error bound is violated
  1  an error bound is violated: there are significantly more errors than it allows (at its confidence);
     or some rows could not be used (each is named on standard error)
  2  could not run, or the model has no guaranteed error bounds

Examples:
  naqd-score inbox.csv > scored.csv
  naqd-score inbox.csv --output scored.csv
  naqd-score --excel inbox.csv --output scored.csv
  naqd-score --model mine.naqd --check last-month.csv
  naqd-score --model mine.naqd --explain --text 'whoever wrote this is a fool'
  naqd-score --rules rules.csv inbox.csv > scored.csv
  naqd-score --watch-only inbox.csv > watched.csv
  naqd-score --model mine.naqd --estimate-share inbox.csv > scored.csv
  tail -f comments.jsonl | naqd-score --format jsonl --text-field comment.body --line-buffered"
)]
pub struct Args {
    /// Files to score; `-`, or no file, is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Model file [default: the built-in model]
    #[arg(long, value_name = "FILE.naqd")]
    pub model: Option<PathBuf>,
    /// Comment to score
    #[arg(long, value_name = "COMMENT", conflicts_with = "files", allow_hyphen_values = true)]
    pub text: Option<String>,
    /// File to write when all rows are scored, whole or not at all [default: standard output]
    #[arg(long, value_name = "FILE", conflicts_with = "line_buffered")]
    pub output: Option<PathBuf>,
    /// Output format [default: a table on a terminal; otherwise CSV for CSV input, JSON Lines for other input]
    #[arg(long, value_name = "KIND")]
    pub to: Option<To>,
    #[command(flatten)]
    pub excel: Excel,
    /// Column with the comment [default: text, comment, body, content or message]
    #[arg(long, value_name = "NAME")]
    pub text_column: Option<String>,
    /// Field with the comment, nested with dots: data.body [default: as for columns]
    #[arg(long, value_name = "PATH")]
    pub text_field: Option<String>,
    #[command(flatten)]
    pub reading: Files,
    /// Add the verdict on each sentence and the words with the largest weights (for comments of up to 1 MiB)
    #[arg(long)]
    pub explain: bool,
    /// House rules: a CSV file with the columns phrase, effect and note
    ///
    /// Effects: ignore (the phrase does not count), hold, reject, critical (the editors are notified as well). A * at
    /// the end of a phrase stands for any further letters.
    #[arg(long, value_name = "FILE.csv")]
    pub rules: Option<PathBuf>,
    /// Write what naqd would do, for nobody to act on
    ///
    /// CSV has the columns naqd_would and naqd_would_notify in place of naqd_decision and naqd_notify, JSON the fields
    /// would and would_notify in place of decision and notify. At the end standard error has the number of comments that
    /// would have been published, held and rejected.
    #[arg(long)]
    pub watch_only: bool,
    /// Estimate the share of abusive comments
    ///
    /// At the end standard error has the share with its 95 % interval, the errors that the thresholds of the model make at
    /// this share, and what to do. The interval is right if abusive comments and others are each like those that the model
    /// was validated on. Comments that could not be scored do not count; repeated ones do.
    #[arg(long, conflicts_with = "text")]
    pub estimate_share: bool,
    /// Write every row as soon as it is read
    #[arg(long)]
    pub line_buffered: bool,
    /// Exit with code 3 if a comment has this label (with at least this probability)
    #[arg(long, value_name = "LABEL[:PROBABILITY]")]
    pub fail_on: Option<String>,
    /// Publish comments with P(abusive) below this probability; `none`: publish nothing [default: threshold of the
    /// model]
    #[arg(long, value_name = "P", value_parser = threshold)]
    pub publish_below: Option<Threshold>,
    /// Reject comments with P(abusive) above this probability; `none`: reject nothing [default: threshold of the model]
    #[arg(long, value_name = "P", value_parser = threshold)]
    pub reject_above: Option<Threshold>,
    /// Notify the editors of comments with P(critical) above this probability; `none`: of no comment [default:
    /// threshold of the model]
    #[arg(long, value_name = "P", value_parser = threshold)]
    pub notify_above: Option<Threshold>,
    /// Labelled comments to check the guaranteed error bounds of the model on, instead of scoring. Bounds for a share of
    /// abuse that was stated in training are checked at that share, whatever the share among these comments is
    #[arg(
        long,
        value_name = "LABELLED.csv",
        conflicts_with_all = ["files", "text", "explain", "fail_on", "rules", "watch_only", "estimate_share", "excel_delimiter"]
    )]
    pub check: Option<PathBuf>,
    /// Column with the label, for --check [default: label, class or category]
    #[arg(long, value_name = "NAME", requires = "check")]
    pub label_column: Option<String>,
    /// Labels to rename when reading, for --check: approved=critical|neutral,rejected=abusive. Rows with a label that is
    /// renamed to nothing (pending=) are left out
    #[arg(long, value_name = "FROM=TO,...", value_delimiter = ',', value_parser = shared::map, requires = "check")]
    pub map: Vec<(String, String)>,
    /// Colours in the table
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    #[command(flatten)]
    pub threads: Threads,
}

/// Output format.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum To {
    /// CSV with added columns
    Csv,
    /// JSON Lines with an added object
    Jsonl,
    /// Table for people
    Table,
}

/// Use of colours.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// Threshold that replaces the model's; none: nothing is decided by it.
#[derive(Clone, Copy)]
pub struct Threshold(Option<f32>);

fn threshold(text: &str) -> Result<Threshold, String> {
    if text == "none" {
        return Ok(Threshold(None));
    }
    match text.parse::<f32>() {
        Ok(p) if (0.0..=1.0).contains(&p) => Ok(Threshold(Some(p))),
        _ => Err("expected a probability from 0 to 1, or none".to_owned()),
    }
}

/// Label and probability of `--fail-on`.
#[derive(Clone, Copy)]
pub struct Alarm {
    pub class: usize,
    pub min_probability: f32,
}

impl Args {
    /// Replaces thresholds of the model by those of the command line.
    ///
    /// # Errors
    /// Thresholds contradict one another, or the model has no class named `abusive`.
    pub fn set_thresholds(&self, classifier: &mut Classifier) -> Result<(), String> {
        let given = [self.publish_below, self.reject_above, self.notify_above];
        if given.iter().all(Option::is_none) {
            return Ok(());
        }
        let change = |thresholds: &mut Thresholds| {
            for (given, threshold) in given.into_iter().zip([
                &mut thresholds.publish_below,
                &mut thresholds.reject_above,
                &mut thresholds.notify_above,
            ]) {
                if let Some(Threshold(given)) = given {
                    *threshold = given;
                }
            }
        };
        classifier.change_thresholds(change).map_err(|error| error.to_string())
    }

    /// True if publishing and rejecting are decided by the thresholds of the model.
    pub fn keeps_thresholds(&self) -> bool {
        self.publish_below.is_none() && self.reject_above.is_none()
    }

    /// Parses `--fail-on`: `abusive` or `abusive:0.9`.
    ///
    /// # Errors
    /// The model has no such label, or the probability is none.
    pub fn alarm(&self, classes: &[String]) -> Result<Option<Alarm>, String> {
        let Some(text) = &self.fail_on else { return Ok(None) };
        let (label, min_probability) = match text.rsplit_once(':') {
            Some((label, p)) => (label, p.parse().ok().filter(|p| (0.0..=1.0).contains(p))),
            None => (text.as_str(), Some(0.0)),
        };
        let class = classes.iter().position(|class| class == label);
        match (class, min_probability) {
            (Some(class), Some(min_probability)) => Ok(Some(Alarm { class, min_probability })),
            (None, _) => Err(format!("--fail-on {text}: no label {label:?}; the model has {}", classes.join(", "))),
            _ => Err(format!("--fail-on {text}: expected a probability from 0 to 1 after the colon")),
        }
    }

    /// Files that are read.
    pub fn inputs(&self) -> Vec<PathBuf> {
        let others = [&self.model, &self.rules, &self.check];
        self.files.iter().chain(others.into_iter().flatten()).cloned().collect()
    }
}
