//! naqd-audit: labelled comments whose label deserves a second look.

mod shared;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use indicatif::ProgressBar;
use naqd::Probabilities;
use naqd::internal::corpus::NearDuplicates;
use naqd::internal::evaluate as audit;
use naqd::internal::evaluate::{Finding, Kind};
use naqd::internal::evaluate::{Suggestion, select_to_label};
use naqd::internal::io::{Access, Column, ColumnError, CsvWriter, Dialect};
use naqd::{Classifier, Explanation, Model};
use naqd::{Corpus, CorpusError, CorpusReader};
use naqd::{Trained, Trainer};
use rayon::prelude::*;
use shared::{Excel, Reading, Threads, bar, complain, label_map, open_model, show, with_hint, write_file};

/// List labels that are probably wrong, and comments that are worth labelling.
///
/// Reads CSV files as naqd-train does and learns from them by 5-fold cross-validation: every comment is scored by a
/// model that has not learnt from it. Writes CSV, one row for each comment, the most urgent first.
///
/// The column `kind` says why to look: `label`: the label is probably wrong (confident learning); `duplicate`: a
/// duplicate or near-duplicate has a conflicting label; `teaching`: the model is unsure, and few comments are similar,
/// so that a checked label improves it most (active learning); `doubt`: another class is more likely, but not clearly;
/// `none`: the model agrees with the label.
///
/// The column `rank` is the place in the list: 1 is the most urgent. `why` names the words that speak against the label.
/// `line` is the line of the file, `row` the row of the spreadsheet. The other columns of the files follow.
///
/// With --suggest, files without a label column and rows without a label are read as well. The list then has only
/// those unlabelled comments whose label would improve the model most. They are scored by a model learnt from the
/// labelled comments, or by --model.
#[derive(Parser)]
#[command(
    name = "naqd-audit",
    version,
    after_help = "\
Exit codes:
  0  done (also when the reader of a pipe goes away)
  1  done, but some rows could not be used (each is named on standard error)
  2  could not run, or could not learn: nothing was written

Examples:
  naqd-audit comments.csv --output audit.csv
  naqd-audit comments.csv --excel --output audit.csv
  naqd-audit archive.csv --label-column status --map 'approved=critical|neutral,rejected=abusive' --limit 100
  naqd-audit --suggest 200 comments.csv inbox.csv --output to-label.csv
  naqd-audit --suggest 200 --model mine.naqd inbox.csv"
)]
struct Args {
    /// CSV files of labelled comments with a header line; `-` is standard input
    #[arg(required = true, value_name = "LABELLED.csv")]
    files: Vec<PathBuf>,
    /// CSV file to write [default: standard output]
    #[arg(long, value_name = "FILE.csv")]
    output: Option<PathBuf>,
    #[command(flatten)]
    excel: Excel,
    /// Maximum number of rows to list [default: all]
    #[arg(long, alias = "most", value_name = "NUMBER")]
    limit: Option<usize>,
    /// Number of comments to suggest, those whose label would improve the model most: unlabelled comments if there
    /// are any, otherwise labelled ones to check [default: 200 labelled ones]
    #[arg(long, value_name = "NUMBER")]
    suggest: Option<usize>,
    /// Model that scores unlabelled comments [default: learnt from the labelled ones; the built-in model if there are
    /// none]
    #[arg(long, value_name = "FILE.naqd", requires = "suggest")]
    model: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Seed of the random assignment of comments to the folds of the cross-validation
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    threads: Threads,
}

/// Number of labelled comments of the kind `teaching` without --suggest.
const TEACHING: usize = 200;

/// Maximum number of n-grams to learn from: bounds the time and memory of five folds solved side by side.
const MAX_NGRAMS: usize = 300_000;

const COLUMNS: [&str; 11] = [
    "file",
    "line",
    "row",
    "text",
    "label",
    "label_probability",
    "suggested",
    "suggested_probability",
    "kind",
    "rank",
    "why",
];

/// The program.
pub fn main() -> ExitCode {
    main_with(std::env::args_os()).into()
}

/// Runs the program with arguments, the first of which is its name; returns the exit code.
pub fn main_with(arguments: impl Iterator<Item = OsString>) -> u8 {
    shared::end(run(&shared::manual::parse(shared::arguments(arguments))))
}

/// Returns the number of rows that could not be used.
fn run(args: &Args) -> Result<usize, Box<dyn std::error::Error>> {
    args.threads.start()?;
    if let Some(output) = &args.output {
        let inputs: Vec<PathBuf> = args.files.iter().chain(&args.model).cloned().collect();
        shared::check_output("--output", output, &inputs)?;
    }
    let model = args.model.as_ref().map(|path| open_model(path)).transpose()?;
    let bar = bar();
    bar.set_message("reading");
    let mut bad = 0;
    let corpus = read(args, &bar, &mut bad)?;
    let list = if corpus.labels().iter().any(|label| label.is_empty()) {
        let (labelled, unlabelled) = corpus.split(|comment| !corpus.labels()[comment].is_empty());
        drop(corpus);
        let model = match model {
            Some(model) => model,
            None if labelled.texts().is_empty() => Model::shipped(),
            None => {
                let repeats = NearDuplicates::find(labelled.texts());
                let trainer = Trainer::new().seed(args.seed).promises(None);
                trainer.fit_with(&labelled, &repeats, &|progress| show(&bar, progress))?.model
            }
        };
        bar.set_message("choosing comments");
        to_label(&unlabelled, &Classifier::new(&model), args)
    } else {
        bar.set_message("finding near-duplicates");
        let repeats = NearDuplicates::find(corpus.texts());
        // Every comment is scored, however many there are: all five folds are solved, side by side.
        let (enough, most_ngrams) = (usize::MAX, MAX_NGRAMS);
        let trainer = Trainer::new().seed(args.seed).validation_size(enough).max_ngrams(most_ngrams).promises(None);
        let trained = trainer.fit_with(&corpus, &repeats, &|progress| show(&bar, progress))?;
        bar.set_message("finding label errors");
        to_check(&corpus, &trained, args)
    };
    bar.finish_and_clear();
    match &args.output {
        Some(path) => write_file(path, &list, Access::Owner)?,
        None => match io::stdout().lock().write_all(&list) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
            _ => {}
        },
    }
    Ok(bad)
}

/// Reads the files, and tells of --map; only with --suggest may labels be missing.
fn read(args: &Args, bar: &ProgressBar, bad: &mut usize) -> Result<Corpus, Box<dyn std::error::Error>> {
    let reader = CorpusReader { keep_columns: true, ..args.reading.reader() };
    let mut bad_row = args.reading.bad_row(bar, bad);
    let corpus = if args.suggest.is_some() {
        reader.read_unlabelled(&args.files, &mut bad_row)?
    } else {
        reader.read(&args.files, &mut bad_row).map_err(|error| match error {
            CorpusError::Column { error: ColumnError::Missing { column: Column::Label, .. }, .. } => {
                format!("{}; files without a label column need --suggest", with_hint(&error)).into()
            }
            error => Box::<dyn std::error::Error>::from(error),
        })?
    };
    bar.suspend(|| shared::tell(&[&corpus]));
    let mut messages = label_map::unused_entries(&reader, &[&corpus]);
    messages.extend(label_map::unnamed_labels(&reader, &corpus));
    messages.extend(label_map::further_classes(&reader, &corpus));
    messages.extend(label_map::joined(&corpus));
    messages.extend(label_map::several_in_one(&corpus));
    messages.extend(label_map::left_out_sentence(corpus.left_out()));
    bar.suspend(|| messages.iter().for_each(|message| complain(message)));
    Ok(corpus)
}

/// List of labelled comments.
fn to_check(corpus: &Corpus, trained: &Trained, args: &Args) -> Vec<u8> {
    let mut findings = audit::audit(corpus, &trained.held_out, args.suggest.unwrap_or(TEACHING));
    findings.truncate(args.limit.unwrap_or(usize::MAX));
    let row = |finding: &Finding| {
        let &Finding { comment, suggested, .. } = finding;
        let (text, label) = (&corpus.texts()[comment], corpus.labels()[comment]);
        let is_suspect = finding.kind != Kind::None;
        let explanation = is_suspect.then(|| trained.explain(comment, text)).flatten();
        let words = explanation.map_or(String::new(), |explanation| {
            words(text, &corpus.classes()[suggested], &audit::evidence_against(&explanation, label, suggested))
        });
        let twin = finding.conflict.map(|twin| {
            let label = corpus.classes().name(corpus.labels()[twin.comment]);
            let like = if twin.similarity < 1.0 {
                format!("much like ({:.2})", twin.similarity)
            } else {
                "the same as".to_owned()
            };
            format!("{like} {}: {label}", corpus.place(twin.comment))
        });
        Row {
            comment,
            label_probability: Some(finding.probability),
            suggested: is_suspect.then(|| (corpus.classes()[suggested].as_str(), finding.suggested_probability)),
            kind: finding.kind,
            why: twin.into_iter().chain(Some(words)).filter(|why| !why.is_empty()).collect::<Vec<_>>().join("; "),
        }
    };
    write(corpus, &findings.par_iter().map(row).collect::<Vec<_>>(), args)
}

/// List of unlabelled comments.
fn to_label(corpus: &Corpus, classifier: &Classifier, args: &Args) -> Vec<u8> {
    let probabilities: Vec<Probabilities> =
        corpus.texts().par_iter().map(|text| classifier.score(text).probabilities).collect();
    let uncertainty: Vec<f64> = probabilities.iter().map(audit::uncertainty).collect();
    let mut chosen = select_to_label(corpus.texts(), &uncertainty, args.suggest.unwrap_or(TEACHING));
    chosen.truncate(args.limit.unwrap_or(usize::MAX));
    let row = |&Suggestion { comment, .. }: &Suggestion| {
        let explanation = classifier.explain(&corpus.texts()[comment]);
        let likeliest = explanation.verdict.class;
        Row {
            comment,
            label_probability: None,
            suggested: Some((&classifier.classes()[likeliest], probabilities[comment][likeliest].into())),
            kind: Kind::Teaching,
            why: telling(&corpus.texts()[comment], classifier.classes(), &explanation),
        }
    };
    write(corpus, &chosen.par_iter().map(row).collect::<Vec<_>>(), args)
}

/// Row of the list.
struct Row<'a> {
    comment: usize,
    label_probability: Option<f64>,
    suggested: Option<(&'a str, f64)>,
    kind: Kind,
    why: String,
}

/// The list, most urgent first, with the other columns of the files last.
fn write(corpus: &Corpus, rows: &[Row], args: &Args) -> Vec<u8> {
    let mut csv = CsvWriter::of_file(args.excel.form(Dialect::default()));
    COLUMNS.iter().for_each(|name| csv.field(name));
    csv.row(corpus.other_columns().iter().map(|name| other_name(name)));
    for (row, rank) in rows.iter().zip(1..) {
        let comment = row.comment;
        csv.field(&*corpus.files()[corpus.file(comment)].to_string_lossy());
        csv.field(corpus.line(comment).to_string());
        csv.field(corpus.row(comment).to_string());
        csv.field(&corpus.texts()[comment]);
        csv.field(corpus.classes().name(corpus.labels()[comment]));
        csv.field(row.label_probability.map_or(String::new(), number));
        csv.field(row.suggested.map_or("", |(class, _)| class));
        csv.field(row.suggested.map_or(String::new(), |(_, probability)| number(probability)));
        csv.field(row.kind.name());
        csv.field(rank.to_string());
        csv.field(&row.why);
        csv.row(corpus.other_cells(comment));
    }
    csv.take()
}

/// Name of a column of the files, after `input_` if it would be taken for one of the list.
fn other_name(name: &str) -> String {
    if COLUMNS.contains(&name.trim().to_lowercase().as_str()) { format!("input_{name}") } else { name.to_owned() }
}

fn number(number: f64) -> String {
    format!("{number:.4}")
}

/// Words that speak for a class: `for abusive: fool, what an idiot`.
fn words(text: &str, class: &str, spans: &[std::ops::Range<usize>]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for span in spans {
        let word = &text[span.clone()];
        if !words.iter().any(|other| other.to_lowercase() == word.to_lowercase()) {
            words.push(word);
        }
    }
    if words.is_empty() { String::new() } else { format!("for {class}: {}", words.join(", ")) }
}

/// Words with the largest weights for each class.
fn telling(text: &str, classes: &[String], explanation: &Explanation) -> String {
    let pieces = explanation.telling();
    let of_class = |class: usize| {
        let spans: Vec<_> = pieces
            .iter()
            .filter(|piece| piece.class == class && !piece.pair)
            .take(3)
            .map(|piece| piece.span.clone())
            .collect();
        words(text, &classes[class], &spans)
    };
    (0..classes.len()).map(of_class).filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ")
}
