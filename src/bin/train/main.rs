//! naqd-train: from labelled comments to a model.

mod args;
#[path = "../shared/mod.rs"]
mod shared;
mod summary;
mod thresholds_on;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use indicatif::ProgressBar;
use naqd::evaluate::PriorUse;
use naqd::internal::corpus::NearDuplicates;
use naqd::internal::io::{Access, visible};
use naqd::internal::train::Progress;
use naqd::report::{LearningCurve, Scored, Subject, html, model_card};
use naqd::{Corpus, Trained, Trainer};

use crate::args::{Args, from, promises, trainer};
use crate::shared::{bar, complain, label_map, write_file};
use crate::summary::Summary;
use crate::thresholds_on::ThresholdComments;

/// The program.
pub fn main() -> ExitCode {
    main_with(std::env::args_os()).into()
}

/// Runs the program with arguments, the first of which is its name; returns the exit code.
pub fn main_with(arguments: impl Iterator<Item = OsString>) -> u8 {
    shared::end(run(&shared::manual::parse(shared::arguments(arguments))))
}

/// Checks, before the work begins, which files are read and written.
fn check_files(args: &Args) -> Result<(), String> {
    if let Some(file) =
        args.thresholds_on.iter().find(|file| args.files.iter().any(|learnt| shared::is_same(learnt, file)))
    {
        return Err(format!("--thresholds-on {}: is also learnt from; name a file of other comments", file.display()));
    }
    let mut inputs = [&args.files[..], &args.thresholds_on].concat();
    inputs.extend((!["none", "shipped"].contains(&args.from.as_str())).then(|| PathBuf::from(&args.from)));
    let outputs =
        [("--output", Some(&args.output)), ("--card", args.card.as_ref()), ("--report", args.report.as_ref())];
    let outputs: Vec<(&str, &PathBuf)> =
        outputs.into_iter().filter_map(|(option, file)| Some((option, file?))).collect();
    for (place, &(option, file)) in outputs.iter().enumerate() {
        shared::check_output(option, file, &inputs)?;
        if let Some((other, _)) = outputs[..place].iter().find(|(_, earlier)| shared::is_same(earlier, file)) {
            return Err(format!("{option} {}: is also the file of {other}; choose another path", file.display()));
        }
    }
    Ok(())
}

/// Returns the number of rows that could not be used.
fn run(args: &Args) -> Result<usize, Box<dyn std::error::Error>> {
    let start = Instant::now();
    args.threads.start()?;
    check_files(args)?;
    let from = from(args)?;
    let trainer = trainer(args)?.on_top_of(from.clone());
    let bar = bar();
    bar.set_message("reading");
    let mut bad = 0;
    let reader = args.reading.reader();
    let files = [&args.files[..], &args.thresholds_on];
    let [corpus, fresh] = reader.read_parts(files, &mut args.reading.bad_row(&bar, &mut bad))?;
    bar.suspend(|| shared::tell(&[&corpus, &fresh]));
    let mut warnings = label_map::unused_entries(&reader, &[&corpus, &fresh]);
    warnings.extend(label_map::unnamed_labels(&reader, &corpus));
    warnings.extend(label_map::further_classes(&reader, &corpus));
    warnings.extend(label_map::joined(&corpus));
    warnings.extend(label_map::several_in_one(&corpus));
    warnings.extend(label_map::without_abusive(&corpus));
    bar.suspend(|| warnings.iter().for_each(|warning| complain(warning)));
    let left_out = label_map::left_out(&[&corpus, &fresh]);
    let corpus = match &from {
        Some(model) if corpus.has_labels_of(model.classes()) => corpus.for_classes(model.classes())?,
        _ => corpus,
    };
    let thresholds_on = ThresholdComments::of(args, &corpus, fresh)?;
    bar.set_message("finding near-duplicates");
    let repeats = NearDuplicates::find(corpus.texts());
    let contradictions = corpus.contradictions(&repeats);
    bar.suspend(|| contradictions.iter().for_each(|contradiction| shared::complain(contradiction)));
    let trained = trainer.fit_with(&corpus, &repeats, &|progress| shared::show(&bar, progress));
    bar.finish_and_clear();
    let mut trained = trained?;
    if let Some(comments) = &thresholds_on {
        comments.choose(promises(args), &mut trained, from.as_ref());
        trained.model.parts_mut().training.thresholds_on =
            args.thresholds_on.iter().map(|file| file.display().to_string()).collect();
    }
    if let PriorUse::OnTop(_) = trained.validation.prior {
        trained.model.parts_mut().training.from = Some(args.from.clone());
    }
    let bytes = trained.model.save(&args.output).map_err(|error| format!("{}: {error}", args.output.display()))?;
    if let Some(file) = &args.card {
        write_file(file, model_card(&corpus, &trained).as_bytes(), Access::Umask)?;
    }
    if let Some(file) = &args.report {
        let page = report(args, &trainer, &corpus, &repeats, &trained, &bar);
        write_file(file, page.as_bytes(), Access::Owner)?;
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
        left_out,
    };
    let mut out = io::stdout().lock();
    match if args.json { summary.json(&mut out) } else { shown(&summary, &mut out) } {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(bad),
    }
}

/// Writes the summary for people; it has names of files and classes.
fn shown(summary: &Summary, out: &mut impl Write) -> io::Result<()> {
    let mut text = Vec::new();
    summary.text(&mut text)?;
    out.write_all(visible(&String::from_utf8_lossy(&text)).as_bytes())
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
