//! naqd-audit: from labelled comments to those whose label deserves a second look.

mod shared;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use naqd::Probabilities;
use naqd::internal::corpus::NearDuplicates;
use naqd::internal::evaluate as audit;
use naqd::internal::evaluate::{Finding, Kind};
use naqd::internal::evaluate::{Suggestion, select_to_label};
use naqd::internal::io as output;
use naqd::{Classifier, Explanation, Model};
use naqd::{Corpus, CorpusError};
use naqd::{Trained, Trainer};
use rayon::prelude::*;
use shared::{Reading, bar, show};

/// List the comments whose label deserves a second look, and those that would teach most.
///
/// Reads CSV files as naqd-train does and learns from them, each comment judged by a model that has not learnt
/// from it (5-fold cross-validation). Writes CSV, one row for each comment, those most worth a look first:
///
/// label: the label is probably wrong, by confident learning; duplicate: another comment that reads the same or
/// nearly so has a label that excludes this one; teaching: the model is unsure, and not of many like it, so that a
/// check teaches most; doubt: another class is likelier, but not for sure; none: the model agrees with the label.
///
/// Worth is the chance that the label is wrong; `why` names the words that speak against it.
///
/// With --suggest, files without a label column and rows without a label are read as well, and those that would
/// teach most if they were labelled are listed, judged by a model learnt from the labelled ones, or by --model.
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
  naqd-audit archive.csv --label-column status --map 'approved=critical|neutral,rejected=abusive' --most 100
  naqd-audit --suggest 200 comments.csv inbox.csv --output to-label.csv
  naqd-audit --suggest 200 --model mine.naqd inbox.csv"
)]
struct Args {
    /// CSV files with a header line; `-` is standard input
    #[arg(required = true, value_name = "LABELLED.csv")]
    files: Vec<PathBuf>,
    /// Where the list goes [default: standard output]
    #[arg(long, value_name = "FILE.csv")]
    output: Option<PathBuf>,
    /// List no more rows [default: all]
    #[arg(long, value_name = "NUMBER")]
    most: Option<usize>,
    /// How many comments that would teach most to name: of those without a label, if there are some, and of the
    /// labelled ones otherwise [default: 200 of the labelled ones]
    #[arg(long, value_name = "NUMBER")]
    suggest: Option<usize>,
    /// The model that judges comments without a label [default: learnt from those with one; the one in the program
    /// if there are none]
    #[arg(long, value_name = "FILE.naqd", requires = "suggest")]
    model: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Decides which comments stand in which fold of the cross-validation
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(..=512))]
    threads: u16,
}

/// Comments that are named where --suggest does not say how many.
const TEACHING: usize = 200;

/// Most n-grams to learn from: bounds the time and memory of five folds solved side by side.
const MOST_NGRAMS: usize = 300_000;

const COLUMNS: [&str; 10] = [
    "file",
    "line",
    "text",
    "label",
    "label_probability",
    "suggested",
    "suggested_probability",
    "kind",
    "worth",
    "why",
];

fn main() -> ExitCode {
    shared::end(run(&Args::parse()))
}

/// Returns the number of rows that could not be used.
fn run(args: &Args) -> Result<usize, Box<dyn std::error::Error>> {
    if args.threads > 0 {
        rayon::ThreadPoolBuilder::new().num_threads(args.threads.into()).build_global()?;
    }
    if let Some(output) = &args.output {
        shared::check_output("--output", output, &args.files)?;
    }
    let model =
        args.model.as_ref().map(|path| Model::open(path).map_err(|error| format!("{}: {error}", path.display())));
    let model = model.transpose()?;
    let bar = bar();
    bar.set_message("reading");
    let mut bad = 0;
    let reader = args.reading.reader();
    let corpus = match args.suggest {
        Some(_) => reader.read_unlabelled(&args.files, &mut args.reading.bad_row(&bar, &mut bad))?,
        None => reader.read(&args.files, &mut args.reading.bad_row(&bar, &mut bad)).map_err(|error| {
            let unlabelled = matches!(&error, CorpusError::Column { what, .. } if what.contains("--label-column"));
            format!("{error}{}", if unlabelled { ", or choose comments to label with --suggest" } else { "" })
        })?,
    };
    let list = if corpus.labels().iter().any(|label| label.is_empty()) {
        let (labelled, unlabelled) = corpus.split(|comment| !corpus.labels()[comment].is_empty());
        drop(corpus);
        let model = match model {
            Some(model) => model,
            None if labelled.texts().is_empty() => Model::shipped(),
            None => {
                let repeats = NearDuplicates::find(labelled.texts());
                Trainer::new().seed(args.seed).fit_with(&labelled, &repeats, &|p| show(&bar, p))?.model
            }
        };
        bar.set_message("choosing");
        to_label(&unlabelled, &Classifier::new(&model), args)
    } else {
        bar.set_message("looking for repeats");
        let repeats = NearDuplicates::find(corpus.texts());
        // Every comment is to be judged, however many there are; all five folds are solved for that, side by side.
        let trainer = Trainer::new().seed(args.seed).validation_size(usize::MAX).max_ngrams(MOST_NGRAMS).promises(None);
        let trained = trainer.fit_with(&corpus, &repeats, &|progress| show(&bar, progress))?;
        bar.set_message("looking for errors");
        to_check(&corpus, &trained, args)
    };
    bar.finish_and_clear();
    let list = list.map_err(|error| error.to_string())?;
    match &args.output {
        Some(path) => output::replace(path, &list).map_err(|error| format!("{}: {error}", path.display()))?,
        None => match io::stdout().lock().write_all(&list) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
            _ => {}
        },
    }
    Ok(bad)
}

/// The list of comments with a label.
fn to_check(corpus: &Corpus, trained: &Trained, args: &Args) -> csv::Result<Vec<u8>> {
    let mut findings = audit::audit(corpus, &trained.held_out, args.suggest.unwrap_or(TEACHING));
    findings.truncate(args.most.unwrap_or(usize::MAX));
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
            corpus,
            comment,
            label_probability: Some(finding.probability),
            suggested: is_suspect.then(|| (corpus.classes()[suggested].as_str(), finding.suggested_probability)),
            kind: finding.kind,
            worth: finding.priority,
            why: twin.into_iter().chain(Some(words)).filter(|why| !why.is_empty()).collect::<Vec<_>>().join("; "),
        }
    };
    write(&findings.par_iter().map(row).collect::<Vec<_>>())
}

/// The list of comments without a label.
fn to_label(corpus: &Corpus, classifier: &Classifier, args: &Args) -> csv::Result<Vec<u8>> {
    let probabilities: Vec<Probabilities> =
        corpus.texts().par_iter().map(|text| classifier.score(text).probabilities).collect();
    let uncertainty: Vec<f64> = probabilities.iter().map(audit::uncertainty).collect();
    let mut chosen = select_to_label(corpus.texts(), &uncertainty, args.suggest.unwrap_or(TEACHING));
    chosen.truncate(args.most.unwrap_or(usize::MAX));
    let row = |&Suggestion { comment, priority: worth, .. }: &Suggestion| {
        let explanation = classifier.explain(&corpus.texts()[comment]);
        let likeliest = explanation.verdict.class;
        Row {
            corpus,
            comment,
            label_probability: None,
            suggested: Some((&classifier.classes()[likeliest], probabilities[comment][likeliest].into())),
            kind: Kind::Teaching,
            worth,
            why: telling(&corpus.texts()[comment], classifier.classes(), &explanation),
        }
    };
    write(&chosen.par_iter().map(row).collect::<Vec<_>>())
}

/// A row of the list.
struct Row<'a> {
    corpus: &'a Corpus,
    comment: usize,
    label_probability: Option<f64>,
    suggested: Option<(&'a str, f64)>,
    kind: Kind,
    worth: f64,
    why: String,
}

fn write(rows: &[Row]) -> csv::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(COLUMNS)?;
    for row in rows {
        csv.write_record([
            &*row.corpus.files()[row.corpus.file(row.comment)].to_string_lossy(),
            &row.corpus.line(row.comment).to_string(),
            &row.corpus.texts()[row.comment],
            &row.corpus.classes().name(row.corpus.labels()[row.comment]),
            &row.label_probability.map_or(String::new(), number),
            row.suggested.map_or("", |(class, _)| class),
            &row.suggested.map_or(String::new(), |(_, probability)| number(probability)),
            row.kind.name(),
            &number(row.worth),
            &row.why,
        ])?;
    }
    csv.into_inner().map_err(|error| error.into_error().into())
}

fn number(number: f64) -> String {
    format!("{number:.4}")
}

/// What words speak for a class: `for abusive: fool, what an idiot`.
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

/// The words that tell most for each class.
fn telling(text: &str, classes: &[String], explanation: &Explanation) -> String {
    let pieces = explanation.telling();
    let of = |class: usize| {
        let spans: Vec<_> = pieces
            .iter()
            .filter(|piece| piece.class == class && !piece.pair)
            .take(3)
            .map(|piece| piece.span.clone())
            .collect();
        words(text, &classes[class], &spans)
    };
    (0..classes.len()).map(of).filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ")
}
