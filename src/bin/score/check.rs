//! `--check`: whether the promises of a model hold on fresh labelled comments.

use std::io::{self, Write};
use std::path::PathBuf;

use naqd::CorpusReader;
use naqd::internal::evaluate::{PromiseCheck, PromiseResult, check, unknown_label};
use naqd::internal::io::BadRow;
use naqd::internal::io::Format;
use naqd::{Classifier, Model};

use crate::{Args, Done, Failure, To, complain};

/// `approved=critical|neutral`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.trim().is_empty() && !to.trim().is_empty() => Ok((from.into(), to.into())),
        _ => Err("expected label=label, or label=label|label".to_owned()),
    }
}

/// Reads the labelled comments, compares, and writes what came of it.
pub fn run(args: &Args, classifier: &Classifier, model: &Model, file: &PathBuf) -> Result<Done, Failure> {
    let triage = model.triage().ok_or_else(|| {
        "--check: the model makes no promises: train it anew with naqd-train, with a class named abusive".to_owned()
    })?;
    let reader = CorpusReader {
        format: Format { encoding: args.encoding, delimiter: args.delimiter },
        text_column: args.text_column.clone(),
        label_column: args.label_column.clone(),
        map: args.map.clone(),
        labels: Vec::new(),
    };
    let mut bad = 0;
    let corpus = reader.read(std::slice::from_ref(file), &mut |row: &BadRow| {
        bad += 1;
        complain(&format!("naqd-score: {row}\n"));
        true
    });
    let corpus = corpus.map_err(|error| format!("--check: {error}"))?;
    if corpus.texts().is_empty() {
        return Err(format!("--check: {}: no labelled comments", file.display()).into());
    }
    if let Some(label) = unknown_label(&corpus, classifier.classes()) {
        return Err(format!(
            "--check: {}: label {label:?}, expected {}: rename it with --map",
            file.display(),
            classifier.classes().join(", ")
        )
        .into());
    }
    let found = check(triage, classifier, &corpus);
    let mut out = io::stdout().lock();
    match args.to {
        Some(To::Jsonl) => {
            serde_json::to_writer(&mut out, &found).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        _ => table(&mut out, &found, triage.promises.confidence)?,
    }
    out.flush()?;
    Ok(Done { bad, alarm: false, broken: found.broken() })
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn table(out: &mut impl Write, found: &PromiseCheck, confidence: f64) -> io::Result<()> {
    writeln!(
        out,
        "{} labelled comments, {} of them decided without a person\n",
        found.comments,
        percent(found.decided)
    )?;
    writeln!(out, "promise   at most  observed  {:>3.0} % interval   of comments", confidence * 100.0)?;
    for PromiseResult { action, promised, tally, observed, interval: (low, high), broken, .. } in &found.promises {
        write!(out, "{action:8}  {:>7}  ", percent(*promised))?;
        if tally.comments == 0 {
            writeln!(out, "{:>8}  {:16} {:>12}  none {action}ed", "-", "-", 0)?;
            continue;
        }
        let interval = format!("{} to {}", percent(*low), percent(*high));
        let verdict = match broken {
            true => "BROKEN",
            false if observed > promised => "more than promised, but that may be chance",
            false => "kept",
        };
        writeln!(out, "{:>8}  {interval:16} {:>12}  {verdict}", percent(*observed), tally.comments)?;
    }
    writeln!(out, "\nclass       drift since training (population stability index; by chance alone)")?;
    for drift in &found.drift {
        let much = match drift.index {
            index if index <= 0.1_f64.max(2.0 * drift.chance) => "little",
            index if index <= 0.25 => "some",
            _ => "much: label some of these comments and train anew",
        };
        writeln!(out, "{:10}  {:.3}  {:.3}  {much}", drift.class, drift.index, drift.chance)?;
    }
    writeln!(out, "\n                  now     when trained")?;
    for (what, share) in [("unknown n-grams", found.unknown), ("unfamiliar", found.unfamiliar)] {
        writeln!(out, "{what:16}  {:>6}  {:>6}", percent(share.now), percent(share.then))?;
    }
    Ok(())
}
