//! naqd-score: what a model says of new comments.

mod check;
mod rows;
mod table;
mod write;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clap::{Parser, ValueEnum};
use encoding_rs::Encoding;
use naqd::internal::io as input;
use naqd::internal::io::Format;
use naqd::{Classifier, Model, Rules};
use rayon::prelude::*;

use crate::rows::{Batch, Kind, Place, Row, Rows, Shape};
use crate::table::Table;
use crate::write::{Classes, Outcome, columns, csv_row, json_row, own_columns};

/// Label comments as abusive, critical or neutral.
///
/// Reads CSV, JSON Lines or plain lines and writes every row again with its verdict: columns naqd_label,
/// naqd_abusive, naqd_critical, naqd_neutral, naqd_error of CSV, or an object "naqd" of JSON. A model with thresholds
/// decides as well: naqd_decision (publish, hold, reject), naqd_notify (editors, or empty), naqd_reason (score,
/// unfamiliar, no promise, or error). So do --rules, with the reason "rule: PHRASE"; --explain adds naqd_rules, those
/// that were met. The probabilities are calibrated. The label is the class that stands out most; rare classes are given
/// more weight than their probability alone, as the model found best when it was trained.
#[derive(Parser)]
#[command(
    name = "naqd-score",
    version,
    after_help = "\
Exit codes:
  0  done (also when the reader of a pipe goes away)
  1  done, but some rows could not be scored (naqd_error says why, and standard error)
  2  could not run
  3  done, and a comment is what --fail-on names
With --check:
  0  no promise is broken
  1  a promise is broken: so many are wrong that, if the promise held, as many would be with a probability of at most
     one less its confidence; or rows could not be used (standard error names them)
  2  could not run, or the model promises nothing

Examples:
  naqd-score inbox.csv > scored.csv
  naqd-score --model mine.naqd --check last-month.csv
  naqd-score --model mine.naqd --explain --text 'whoever wrote this is a fool'
  naqd-score --rules rules.csv inbox.csv > scored.csv
  tail -f comments.jsonl | naqd-score --format jsonl --text-field comment.body --line-buffered"
)]
struct Args {
    /// Files to score; standard input if none, or `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The model [default: the one in the program]
    #[arg(long, value_name = "FILE.naqd")]
    model: Option<PathBuf>,
    /// Score this comment
    #[arg(long, value_name = "COMMENT", conflicts_with = "files", allow_hyphen_values = true)]
    text: Option<String>,
    /// What the input is [default: by extension; plain lines for standard input]
    #[arg(long, value_name = "KIND")]
    format: Option<Kind>,
    /// What to write [default: a table to a terminal; else CSV for CSV and JSON Lines for others]
    #[arg(long, value_name = "KIND")]
    to: Option<To>,
    /// Column with the comment [default: text, comment, body, content or message]
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// Field with the comment, nested with dots: data.body [default: as columns]
    #[arg(long, value_name = "PATH")]
    text_field: Option<String>,
    /// Encoding of input that is not UTF-8 and has no byte order mark, such as windows-1256
    #[arg(long, value_name = "NAME", value_parser = input::encoding)]
    encoding: Option<&'static Encoding>,
    /// Delimiter of CSV: a character, or tab [default: found out]
    #[arg(long, value_name = "CHAR", value_parser = input::delimiter)]
    delimiter: Option<u8>,
    /// Add the verdict on each sentence and the words that tipped the scale (of comments of up to 1 MiB)
    #[arg(long)]
    explain: bool,
    /// Rules of the house: a CSV file with the columns phrase, effect and note
    ///
    /// Effects: ignore (the phrase is no evidence), hold, reject, critical (the editors see it as well). A * at the end of
    /// a phrase stands for any further letters.
    #[arg(long, value_name = "FILE.csv")]
    rules: Option<PathBuf>,
    /// Write every row as soon as it is read
    #[arg(long)]
    line_buffered: bool,
    /// Exit with 3 if a comment has this label (at this probability or more)
    #[arg(long, value_name = "LABEL[:PROBABILITY]")]
    fail_on: Option<String>,
    /// Publish comments whose probability of abusive is below this; `none`: publish nothing [default: as the model
    /// promises]
    #[arg(long, value_name = "P", value_parser = threshold)]
    publish_below: Option<Threshold>,
    /// Reject comments whose probability of abusive is above this; `none`: reject nothing [default: as the model
    /// promises]
    #[arg(long, value_name = "P", value_parser = threshold)]
    reject_above: Option<Threshold>,
    /// Call the editors for comments whose probability of critical is above this; `none`: for none [default: as the
    /// model found best]
    #[arg(long, value_name = "P", value_parser = threshold)]
    notify_above: Option<Threshold>,
    /// Compare the promises of the model with what happens on these labelled comments, and score nothing else
    #[arg(long, value_name = "LABELLED.csv", conflicts_with_all = ["files", "text", "explain", "fail_on", "rules"])]
    check: Option<PathBuf>,
    /// Column with the label, for --check [default: label, class or category]
    #[arg(long, value_name = "NAME", requires = "check")]
    label_column: Option<String>,
    /// Rename labels on the way in, for --check: approved=critical|neutral,rejected=abusive
    #[arg(long, value_name = "FROM=TO,...", value_delimiter = ',', value_parser = check::pair, requires = "check")]
    map: Vec<(String, String)>,
    /// Colours in the table
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: Color,
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(..=512))]
    threads: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// CSV with added columns
    Csv,
    /// JSON Lines with an added object
    Jsonl,
    /// For people
    Table,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// Longest comment that is explained, in bytes: what there is to say of each sentence takes some two hundred times as
/// much memory.
const EXPLAINED: usize = 1 << 20;

/// A threshold that takes the place of the model's; none: nothing is decided so.
#[derive(Clone, Copy)]
struct Threshold(Option<f32>);

fn threshold(text: &str) -> Result<Threshold, String> {
    if text == "none" {
        return Ok(Threshold(None));
    }
    match text.parse::<f32>() {
        Ok(p) if (0.0..=1.0).contains(&p) => Ok(Threshold(Some(p))),
        _ => Err("expected a probability from 0 to 1, or none".to_owned()),
    }
}

/// Puts the thresholds of the command line in the place of the model's.
fn thresholds(args: &Args, classifier: &mut Classifier) -> Result<(), String> {
    let given = [args.publish_below, args.reject_above, args.notify_above];
    if given.iter().all(Option::is_none) {
        return Ok(());
    }
    let mut thresholds = classifier.thresholds().unwrap_or_default();
    for (given, threshold) in given.into_iter().zip([
        &mut thresholds.publish_below,
        &mut thresholds.reject_above,
        &mut thresholds.notify_above,
    ]) {
        if let Some(Threshold(given)) = given {
            *threshold = given;
        }
    }
    classifier.set_thresholds(thresholds).map_err(|error| error.to_string())
}

/// Rows worked on by one thread at a time.
const CHUNK: usize = 128;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(Done { alarm: true, .. }) => ExitCode::from(3),
        Ok(Done { broken: true, .. }) => ExitCode::from(1),
        Ok(Done { bad: 0, .. }) => ExitCode::SUCCESS,
        Ok(Done { bad, .. }) => {
            complain(&format!("naqd-score: {bad} rows could not be scored\n"));
            ExitCode::from(1)
        }
        Err(Failure::Pipe) => ExitCode::SUCCESS,
        Err(Failure::Other(error)) => {
            complain(&format!("naqd-score: {error}\n"));
            ExitCode::from(2)
        }
    }
}

/// Writes to standard error; that nobody reads it is no reason to stop.
fn complain(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// What came of a run.
#[derive(Default)]
struct Done {
    /// Rows that could not be scored.
    bad: u64,
    /// `--fail-on` was met.
    alarm: bool,
    /// A promise is broken.
    broken: bool,
}

enum Failure {
    /// Nobody reads the output any more.
    Pipe,
    Other(String),
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Failure::Other(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Pipe,
            _ => Failure::Other(format!("cannot write: {error}")),
        }
    }
}

fn run(args: &Args) -> Result<Done, Failure> {
    if args.threads > 0 {
        rayon::ThreadPoolBuilder::new().num_threads(args.threads.into()).build_global().map_err(|e| e.to_string())?;
    }
    let model = match &args.model {
        Some(path) => Model::open(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => Model::shipped(),
    };
    let mut classifier = Classifier::new(&model);
    thresholds(args, &mut classifier)?;
    if let Some(file) = &args.check {
        return check::run(args, &classifier, &model, file);
    }
    drop(model);
    let alarm = args.fail_on.as_deref().map(|text| parse_alarm(text, classifier.classes())).transpose()?;
    if args.color != Color::Auto {
        console::set_colors_enabled(args.color == Color::Always);
    }
    let rules = match (&args.rules, args.encoding) {
        (None, _) => None,
        (Some(path), None) => Some(Rules::open(path)),
        (Some(path), Some(encoding)) => Some(Rules::open_encoded(path, encoding)),
    };
    let rules = rules.transpose().map_err(|error| error.to_string())?;
    let width = console::Term::stdout().size().1.clamp(40, 100).into();
    let classes = Classes::new(classifier.classes(), classifier.thresholds().is_some(), rules.as_ref());
    let run = Run { args, classifier, classes, alarm, alarmed: AtomicBool::new(false), bad: AtomicU64::new(0), width };
    let mut out = io::stdout().lock();
    match &args.text {
        Some(text) => run.one(text, &mut out)?,
        None if args.files.is_empty() => run.files(&[PathBuf::from("-")], &mut out)?,
        None => run.files(&args.files, &mut out)?,
    }
    out.flush()?;
    Ok(Done { bad: run.bad.into_inner(), alarm: run.alarmed.into_inner(), broken: false })
}

/// `abusive` or `abusive:0.9`.
fn parse_alarm(text: &str, classes: &[String]) -> Result<(usize, f32), String> {
    let (label, least) = match text.rsplit_once(':') {
        Some((label, least)) => (label, least.parse().ok().filter(|p| (0.0..=1.0).contains(p))),
        None => (text, Some(0.0)),
    };
    let class = classes.iter().position(|class| class == label);
    match (class, least) {
        (Some(class), Some(least)) => Ok((class, least)),
        (None, _) => Err(format!("--fail-on {text}: no label {label:?}; the model has {}", classes.join(", "))),
        _ => Err(format!("--fail-on {text}: expected a probability from 0 to 1 after the colon")),
    }
}

/// What stays the same over a run.
struct Run<'a> {
    args: &'a Args,
    classifier: Classifier,
    classes: Classes<'a>,
    /// Label and least probability of `--fail-on`, and whether it was met.
    alarm: Option<(usize, f32)>,
    alarmed: AtomicBool,
    /// Rows that could not be scored.
    bad: AtomicU64,
    /// Columns of the terminal.
    width: usize,
}

/// One input on its way through.
struct Job<'a> {
    name: &'a str,
    shape: &'a Shape,
    to: To,
    /// The input's own columns in CSV output.
    own: &'a [String],
    /// Delimiter of CSV output.
    delimiter: u8,
}

impl Run<'_> {
    fn to(&self, kind: Kind) -> To {
        self.args.to.unwrap_or_else(|| match kind {
            _ if io::stdout().is_terminal() => To::Table,
            Kind::Csv => To::Csv,
            Kind::Jsonl | Kind::Lines => To::Jsonl,
        })
    }

    /// Scores the comment of `--text`.
    fn one(&self, text: &str, out: &mut impl Write) -> Result<(), Failure> {
        let batch = Batch::one(text);
        let own = own_columns(&Shape::Lines, &batch);
        let job = Job { name: "--text", shape: &Shape::Lines, to: self.to(Kind::Lines), own: &own, delimiter: b',' };
        if job.to == To::Csv {
            self.header(&job, out)?;
        }
        self.write(&self.batch(&job, &batch), out)
    }

    fn files(&self, files: &[PathBuf], out: &mut impl Write) -> Result<(), Failure> {
        // Columns and delimiter of the CSV output, and the file that they are from.
        let mut columns: Option<(Vec<String>, u8, String)> = None;
        let format = Format { encoding: self.args.encoding, delimiter: self.args.delimiter };
        let mut batch = Batch::default();
        // One kind of output for all, that of the first file.
        let kind_of = |file: &PathBuf| self.args.format.unwrap_or_else(|| Kind::of(file));
        let to = self.to(files.first().map_or(Kind::Lines, kind_of));
        for file in files {
            let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
            let fail = |error: String| Failure::Other(format!("{name}: {error}"));
            let kind = kind_of(file);
            let wanted = match kind {
                Kind::Csv => self.args.text_column.as_ref().or(self.args.text_field.as_ref()),
                Kind::Jsonl | Kind::Lines => self.args.text_field.as_ref().or(self.args.text_column.as_ref()),
            };
            let mut rows = Rows::open(file, kind, &format, wanted.map(String::as_str)).map_err(fail)?;
            let slowly = self.args.line_buffered;
            rows.reader.read(&mut batch, slowly).map_err(|error| fail(error.to_string()))?;
            let own = own_columns(&rows.shape, &batch);
            let (own, delimiter) = match &columns {
                None => {
                    let (own, delimiter, _) = columns.insert((own, rows.shape.delimiter(), name.clone()));
                    if to == To::Csv {
                        let job = Job { name: &name, shape: &rows.shape, to, own, delimiter: *delimiter };
                        self.header(&job, out)?;
                    }
                    (&*own, *delimiter)
                }
                Some((before, _, other)) if to == To::Csv && *before != own => {
                    return Err(fail(format!("its columns are not those of {other}: use --to jsonl")));
                }
                Some((own, delimiter, _)) => (own, *delimiter),
            };
            let Rows { shape, reader } = &mut rows;
            let job = Job { name: &name, shape, to, own, delimiter };
            let mut next = Batch::default();
            while !batch.places().is_empty() {
                if slowly {
                    self.write(&self.batch(&job, &batch), out)?;
                    out.flush()?;
                    reader.read(&mut next, slowly)
                } else {
                    // The next rows are read while these are scored.
                    let (written, read) = rayon::join(|| self.batch(&job, &batch), || reader.read(&mut next, slowly));
                    self.write(&written, out)?;
                    read
                }
                .map_err(|error| fail(error.to_string()))?;
                std::mem::swap(&mut batch, &mut next);
            }
        }
        Ok(())
    }

    /// The header line of CSV output.
    fn header(&self, job: &Job, out: &mut impl Write) -> Result<(), Failure> {
        let mut header = csv::WriterBuilder::new().delimiter(job.delimiter).from_writer(Vec::new());
        let names = job.own.iter().cloned().chain(columns(&self.classes, self.args.explain));
        header.write_record(names).map_err(io::Error::from)?;
        out.write_all(&header.into_inner().map_err(|error| error.into_error())?)?;
        Ok(())
    }

    /// Scores rows on all cores: in their order, what is written to standard output and to standard error.
    fn batch(&self, job: &Job, batch: &Batch) -> Vec<(Vec<u8>, String)> {
        batch.places().par_chunks(CHUNK).map(|places| self.chunk(job, batch, places)).collect()
    }

    fn write(&self, written: &[(Vec<u8>, String)], out: &mut impl Write) -> Result<(), Failure> {
        for (bytes, complaints) in written {
            out.write_all(bytes)?;
            if !complaints.is_empty() {
                complain(complaints);
            }
        }
        Ok(())
    }

    /// What is written for some rows to standard output, and to standard error.
    fn chunk(&self, job: &Job, batch: &Batch, places: &[Place]) -> (Vec<u8>, String) {
        let classes = &self.classes;
        let mut complaints = String::new();
        let mut complain = |row: Row, error: &str| {
            self.bad.fetch_add(1, Ordering::Relaxed);
            complaints += &format!("naqd-score: {}:{}: {error}\n", job.name, row.line);
        };
        let mut csv = csv::WriterBuilder::new().delimiter(job.delimiter).flexible(true).from_writer(Vec::new());
        let mut bytes = Vec::with_capacity(if job.to == To::Jsonl { CHUNK << 8 } else { 0 });
        let table = Table { classes: self.classifier.classes(), width: self.width, rules: classes.rules };
        for row in places.iter().map(|place| batch.row(place)) {
            let parsed = job.shape.parse(row);
            let text = &parsed.text;
            let outcome = match text {
                Err(error) => Outcome::Error(error.clone()),
                Ok(text) if self.args.explain && text.len() <= EXPLAINED => {
                    Outcome::Explained(self.classifier.judge_explained(text, classes.rules), text)
                }
                Ok(text) => Outcome::Score(self.classifier.judge(text, classes.rules)),
            };
            match &outcome {
                Outcome::Error(error) => complain(row, error),
                _ => self.check(&outcome),
            }
            match job.to {
                To::Jsonl => json_row(&mut bytes, job.shape, &parsed, &outcome, classes),
                To::Csv => {
                    let lost = csv_row(&mut csv, job.shape, job.own, &parsed, &outcome, classes, self.args.explain);
                    if let (Some(lost), Some(_)) = (lost.expect("writing to memory"), outcome.verdict()) {
                        complain(row, &lost);
                    }
                }
                To::Table => {
                    let place = format!("{}:{}", job.name, row.line);
                    bytes.extend(table.row(&place, text.as_deref().unwrap_or_default(), &outcome).into_bytes());
                }
            }
        }
        if job.to == To::Csv {
            bytes = csv.into_inner().expect("writing to memory");
        }
        (bytes, complaints)
    }

    /// Looks out for `--fail-on`.
    fn check(&self, outcome: &Outcome) {
        if let (Some((class, least)), Some((label, probabilities))) = (self.alarm, outcome.verdict())
            && label == class
            && probabilities[class] >= least
        {
            self.alarmed.store(true, Ordering::Relaxed);
        }
    }
}
