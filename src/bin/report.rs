//! naqd-report: quality of a model on labelled comments, as a page for people.

mod shared;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use naqd::Classifier;
use naqd::internal::corpus::NearDuplicates;
use naqd::internal::io::Access;
use naqd::report::{Language, Scored, Subject, html};
use rayon::prelude::*;
use shared::{Reading, Threads, bar, check_output, complain, label_map, open_model, write_file};

/// Write a report on the quality of a model: metrics and mistakes on labelled comments.
///
/// Scores the comments with the model and writes one HTML page: the share of automatic decisions and their error,
/// metrics, plots, the n-grams with the largest weights, the most confident mistakes, and doubtful labels. The page
/// loads nothing from other addresses.
///
/// Use comments that the model has not learnt from: on its training data a model looks better than it is. For a report
/// on the training data, use naqd-train --report, which cross-validates.
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
    /// Model file
    #[arg(value_name = "MODEL.naqd")]
    model: PathBuf,
    /// CSV files of labelled comments with a header line, as for naqd-train; `-` is standard input
    #[arg(required = true, value_name = "LABELLED.csv")]
    files: Vec<PathBuf>,
    /// Report to write
    #[arg(long, value_name = "FILE.html", default_value = "report.html")]
    output: PathBuf,
    /// Language of the report: en or ar
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: Language,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    threads: Threads,
}

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
    let mut inputs = args.files.clone();
    inputs.push(args.model.clone());
    check_output("--output", &args.output, &inputs)?;
    let model = open_model(&args.model)?;
    let bar = bar();
    bar.set_message("reading");
    let mut bad = 0;
    let reader = args.reading.reader();
    let corpus = reader.read(&args.files, &mut args.reading.bad_row(&bar, &mut bad))?;
    bar.suspend(|| shared::tell(&[&corpus]));
    // Of labels that are not named, those that the model does not know are an error.
    let mut messages = label_map::unused_entries(&reader, &[&corpus]);
    messages.extend(label_map::left_out_sentence(corpus.left_out()));
    bar.suspend(|| messages.iter().for_each(|message| complain(message)));
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
    write_file(&args.output, page.as_bytes(), Access::Owner)?;
    Ok(bad)
}
