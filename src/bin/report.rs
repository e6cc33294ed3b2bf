//! naqd-report: what a model is worth on labelled comments, as a page for people.

mod shared;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use naqd::internal::corpus::NearDuplicates;
use naqd::internal::io as output;
use naqd::report::{Language, Scored, Subject, html};
use naqd::{Classifier, Model};
use rayon::prelude::*;
use shared::{Reading, bar, check_output};

/// Write a report on a model: how good it is on labelled comments, and where it errs.
///
/// Scores the comments with the model and writes one HTML page: what would be decided without a person and at which
/// error, figures, plots, the n-grams that weigh most, the most confident mistakes, and labels in doubt. The page
/// loads nothing from elsewhere.
///
/// Comments that the model has learnt from flatter it: for these, naqd-train --report judges each by a model that had
/// not learnt from it.
#[derive(Parser)]
#[command(
    name = "naqd-report",
    version,
    after_help = "\
Exit codes:
  0  done
  1  done, but some rows could not be used (each is named on standard error)
  2  could not run: no report was written

Examples:
  naqd-report mine.naqd labelled-in-may.csv
  naqd-report mine.naqd may.csv june.csv --output report.html --language ar
  naqd-report mine.naqd archive.csv --label-column status --map 'approved=critical|neutral,rejected=abusive'"
)]
struct Args {
    /// The model
    #[arg(value_name = "MODEL.naqd")]
    model: PathBuf,
    /// CSV files with a header line, read as naqd-train reads them; `-` is standard input
    #[arg(required = true, value_name = "LABELLED.csv")]
    files: Vec<PathBuf>,
    /// Where the report goes
    #[arg(long, value_name = "FILE.html", default_value = "report.html")]
    output: PathBuf,
    /// Language of the page: en or ar
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: Language,
    #[command(flatten)]
    reading: Reading,
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(..=512))]
    threads: u16,
}

fn main() -> ExitCode {
    shared::end(run(&Args::parse()))
}

/// Returns the number of rows that could not be used.
fn run(args: &Args) -> Result<usize, Box<dyn std::error::Error>> {
    if args.threads > 0 {
        rayon::ThreadPoolBuilder::new().num_threads(args.threads.into()).build_global()?;
    }
    let mut read = args.files.clone();
    read.push(args.model.clone());
    check_output("--output", &args.output, &read)?;
    let model = Model::open(&args.model).map_err(|error| format!("{}: {error}", args.model.display()))?;
    let bar = bar();
    bar.set_message("reading");
    let mut bad = 0;
    let corpus = args.reading.reader().read(&args.files, &mut args.reading.bad_row(&bar, &mut bad))?;
    let corpus = corpus.for_classes(model.classes())?;
    if corpus.texts().is_empty() {
        return Err("no labelled comments to report on".into());
    }
    bar.set_message("scoring");
    let classifier = Classifier::new(&model);
    let scores = corpus.texts().par_iter().map(|text| classifier.score(text)).enumerate().collect();
    let repeats = NearDuplicates::find(corpus.texts());
    let subject = Subject {
        name: args.model.display().to_string(),
        model: &model,
        corpus: &corpus,
        duplicates: &repeats,
        scored: Scored::ByModel(scores),
    };
    let page = html(&subject, args.language);
    bar.finish_and_clear();
    output::replace(&args.output, page.as_bytes()).map_err(|error| format!("{}: {error}", args.output.display()))?;
    Ok(bad)
}
