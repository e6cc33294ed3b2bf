//! `--check`: whether the guaranteed error bounds of a model hold on fresh labelled comments.

use std::io::{self, Write};
use std::path::PathBuf;

use naqd::internal::evaluate::{PromiseCheck, PromiseResult, check_promises, unknown_label};
use naqd::internal::io::BadRow;
use naqd::internal::model::Triage;
use naqd::internal::ngrams::script_name;
use naqd::internal::stats::Tally;
use naqd::{Classifier, Corpus, CorpusReader, Model};

use crate::args::{Args, To};
use crate::exit::{Done, Failure};
use crate::shared::{complain, label_map, percent, tell, with_hint};

/// Reads the labelled comments, checks the guarantees and writes the result.
///
/// # Errors
/// See [`Failure`].
pub fn run(
    args: &Args,
    classifier: &Classifier,
    model: &Model,
    file: &PathBuf,
    out: &mut impl Write,
) -> Result<Done, Failure> {
    if model.experts().iter().all(|(_, expert)| expert.triage.is_none()) {
        return Err(
            "--check: the model has no guaranteed error bounds: train it again with naqd-train and a class named \
                    abusive"
                .to_owned()
                .into(),
        );
    }
    let reader = CorpusReader {
        format: args.reading.format(),
        text_column: args.text_column.clone(),
        label_column: args.label_column.clone(),
        kinds_column: Some(String::new()),
        map: args.map.clone(),
        labels: Vec::new(),
        html: args.reading.html.into(),
        keep_columns: false,
    };
    let mut bad = 0;
    let corpus = reader.read(std::slice::from_ref(file), &mut |row: &BadRow| {
        bad += 1;
        complain(row);
        true
    });
    let corpus = corpus.map_err(|error| format!("--check: {}", with_hint(&error)))?;
    tell(&[&corpus]);
    // Of labels that are not named, those that the model does not know are an error.
    let mut messages = label_map::unused_entries(&reader, &[&corpus]);
    messages.extend(label_map::left_out_sentence(corpus.left_out()));
    messages.iter().for_each(|message| complain(message));
    if corpus.texts().is_empty() {
        return Err(format!("--check: {}: no labelled comments", file.display()).into());
    }
    if let Some(label) = unknown_label(&corpus, classifier.classes()) {
        return Err(format!(
            "--check: {}: label {label:?}, expected {}: rename it with --map {label}=CLASS, or leave its rows out \
             with --map {label}=",
            file.display(),
            classifier.classes().join(", ")
        )
        .into());
    }
    let mut broken = false;
    for (place, (script, triage, corpus)) in parts(model, classifier, corpus).into_iter().enumerate() {
        let result = check_promises(triage, classifier, &corpus);
        broken |= result.broken();
        match args.to {
            Some(To::Jsonl) => {
                serde_json::to_writer(&mut *out, &OfScript { script, result: &result }).map_err(io::Error::from)?;
                writeln!(out)?;
            }
            _ => {
                if let Some(script) = script {
                    let script = if script == "arabic" { "Arabic" } else { "other scripts" };
                    writeln!(out, "{}comments in {script}", if place > 0 { "\n" } else { "" })?;
                }
                table(out, &result, triage.promises.confidence)?;
            }
        }
    }
    out.flush()?;
    Ok(Done { bad, broken, ..Done::default() })
}

/// Result as JSON, with the script of the comments where there is one for each.
#[derive(serde::Serialize)]
struct OfScript<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<&'static str>,
    #[serde(flatten)]
    result: &'r PromiseCheck,
}

/// Comments by the promises that are for them: all of them, or those of each script if the model has an expert for each.
fn parts<'m>(
    model: &'m Model,
    classifier: &Classifier,
    corpus: Corpus,
) -> Vec<(Option<&'static str>, &'m Triage, Corpus)> {
    let is_arabic = |i: usize| classifier.score(&corpus.texts()[i]).familiarity.arabic;
    let mut experts: Vec<_> = model.experts().iter().collect();
    let mut corpora = match experts[..] {
        [_] => vec![corpus],
        _ => {
            let (arabic, other) = corpus.split(is_arabic);
            vec![other, arabic]
        }
    };
    // Arabic first.
    experts.reverse();
    corpora.reverse();
    let parts = experts.into_iter().zip(corpora).filter(|(_, corpus)| !corpus.is_empty());
    parts
        .filter_map(|((arabic, expert), corpus)| Some((arabic.map(script_name), expert.triage.as_ref()?, corpus)))
        .collect()
}

fn table(out: &mut impl Write, result: &PromiseCheck, confidence: f64) -> io::Result<()> {
    writeln!(out, "{} labelled comments, {} of them decided automatically", result.comments, percent(result.decided))?;
    writeln!(out, "{}\n", shares(result))?;
    guarantees(out, &result.promises, confidence)?;
    rates(out, result, confidence)?;
    writeln!(out, "\nclass       drift since training (population stability index; expected by chance)")?;
    for drift in &result.drift {
        let degree = match drift.index {
            index if index <= 0.1_f64.max(2.0 * drift.chance) => "little",
            index if index <= 0.25 => "some",
            _ => "much: label some of these comments and train again",
        };
        writeln!(out, "{:10}  {:.3}  {:.3}  {degree}", drift.class, drift.index, drift.chance)?;
    }
    writeln!(out, "\n                     now  at training")?;
    for (name, share) in [("unknown n-grams", result.unknown), ("unfamiliar", result.unfamiliar)] {
        writeln!(out, "{name:16}  {:>6}  {:>11}", percent(share.now), percent(share.then))?;
    }
    Ok(())
}

/// Share of abuse among these comments, beside the one that the bounds are for.
fn shares(result: &PromiseCheck) -> String {
    let here = format!("{} of them are abusive", percent(result.abusive_share));
    match result.promised_share.map(percent) {
        None => here,
        Some(stated) if result.share_stated => {
            format!("{here}; the bounds are for {stated}, and the errors below are those to be expected there")
        }
        Some(then) => format!("{here}; of those that the thresholds were chosen on, {then}"),
    }
}

/// Writes what the decisions do to all abusive comments and to all others.
fn rates(out: &mut impl Write, result: &PromiseCheck, confidence: f64) -> io::Result<()> {
    let [published, rejected] = result.promises.each_ref().map(|promise| promise.rate);
    let of = |tally: Tally| format!("{} ({} of {})", percent(tally.share()), tally.wrong, tally.comments);
    writeln!(out)?;
    writeln!(out, "published, of all abusive comments: {}", of(published))?;
    if let Some(kept) = &result.let_through {
        let (low, high) = kept.interval;
        writeln!(
            out,
            "guaranteed: <= {}; {:.0} % interval {} to {}: {}",
            percent(kept.promised),
            confidence * 100.0,
            percent(low),
            percent(high),
            verdict(kept)
        )?;
    }
    writeln!(out, "rejected, of all other comments: {}", of(rejected))
}

/// Word on whether a bound is kept.
fn verdict(result: &PromiseResult) -> &'static str {
    match result.broken {
        true => "BROKEN",
        false if result.observed > result.promised => "more than guaranteed, but that may be chance",
        false => "kept",
    }
}

/// Writes the error bound of each decision, and whether it is kept.
fn guarantees(out: &mut impl Write, kept: &[PromiseResult], confidence: f64) -> io::Result<()> {
    writeln!(out, "decision  guaranteed error  observed  {:>3.0} % interval   comments", confidence * 100.0)?;
    for result in kept {
        let PromiseResult { action, promised, tally, observed, interval: (low, high), .. } = result;
        write!(out, "{action:8}  {:>16}  ", format!("<= {}", percent(*promised)))?;
        if tally.comments == 0 {
            writeln!(out, "{:>8}  {:16} {:>9}  none {action}ed", "-", "-", 0)?;
            continue;
        }
        let interval = format!("{} to {}", percent(*low), percent(*high));
        let verdict = verdict(result);
        writeln!(out, "{:>8}  {interval:16} {:>9}  {verdict}", percent(*observed), tally.comments)?;
    }
    Ok(())
}
