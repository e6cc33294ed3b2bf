//! Model card: what a model was trained on and how good it is, for people, in Markdown.

use crate::corpus::Corpus;
use crate::evaluate::metrics::{calibration, figures};
use crate::evaluate::slices::Slice;
use crate::model::label::{LabelSet, Probabilities};
use crate::model::score::Score;
use crate::model::training::Training;
use crate::train::trained::Trained;
use std::fmt::{Result, Write};

/// Model card of a model that was trained on `corpus`. All metrics are of held-out comments.
///
/// ```
/// use naqd::report::model_card;
/// use naqd::{Corpus, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let corpus = Corpus::from_rows(rows)?;
/// let card = model_card(&corpus, &Trainer::new().fit(&corpus)?);
/// assert!(card.contains("Classes: abusive, neutral."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn model_card(corpus: &Corpus, trained: &Trained) -> String {
    let mut card = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut card, corpus, trained);
    card
}

fn write(card: &mut String, corpus: &Corpus, trained: &Trained) -> Result {
    let (training, validation) = (&trained.model.training, &trained.validation);
    writeln!(card, "# Model card\n")?;
    writeln!(
        card,
        "Written by naqd-train {}. {} n-grams of {} counted, from {} comments.\n",
        training.naqd, validation.ngrams, validation.ngrams_counted, training.comments
    )?;
    writeln!(card, "Classes: {}.\n", corpus.classes.join(", "))?;
    let prune = training.prune_to.map_or(String::new(), |ngrams| format!("`--prune-to {ngrams}` "));
    let (l2, min_count, seed) = (training.l2, training.min_count, training.seed);
    writeln!(card, "Options: `--l2 {l2}` `--min-count {min_count}` {prune}`--seed {seed}`.\n")?;
    write_sources(card, corpus, training)?;
    write_classes(card, trained)?;
    write_slices(card, corpus, trained)?;
    writeln!(card)
}

/// Table of the files.
fn write_sources(card: &mut String, corpus: &Corpus, training: &Training) -> Result {
    writeln!(card, "## Sources\n")?;
    writeln!(card, "| file | comments | weight | validated | labels |\n|---|---|---|---|---|")?;
    for (file, path) in corpus.files.iter().enumerate() {
        let path = path.to_string_lossy();
        let of: Vec<usize> = (0..corpus.len()).filter(|&i| corpus.file(i) == file).collect();
        let by_file = training.weights.iter().find(|(name, _)| *name == path).map_or(1.0, |(_, weight)| *weight);
        let weight: f64 = of.iter().map(|&i| f64::from(corpus.weights[i] * by_file)).sum();
        let share = match &training.validated_on[..] {
            [] => 1.0,
            files => files.iter().find(|(name, _)| *name == path).map_or(0.0, |(_, share)| *share),
        };
        writeln!(card, "| {path} | {} | {weight:.0} | {:.0} % | {} |", of.len(), share * 100.0, labels(corpus, &of))?;
    }
    writeln!(
        card,
        "\nWeight: total weight of the comments of a file in training. Only the validated share of a file enters the \
         metrics below, and only that share fits the calibrator.\n"
    )?;
    match &training.thresholds_on[..] {
        [] => Ok(()),
        files => writeln!(
            card,
            "Thresholds were chosen on comments of {}, which nothing was learnt from.\n",
            files.join(", ")
        ),
    }
}

/// Table of the classes.
fn write_classes(card: &mut String, trained: &Trained) -> Result {
    let validation = &trained.validation;
    writeln!(card, "## Metrics\n")?;
    writeln!(
        card,
        "Cross-validation ({} of 5 folds, near-duplicates in one fold): every comment was scored by a model that had not \
         learnt from it. ROC AUC: the class against the rest.\n",
        validation.folds
    )?;
    writeln!(card, "| class | precision | recall | F1 | ROC AUC | comments |\n|---|---|---|---|---|---|")?;
    for class in &validation.figures.classes {
        let auc = or_dash(class.roc_auc);
        writeln!(
            card,
            "| {} | {:.3} | {:.3} | {:.3} | {auc} | {} |",
            class.class, class.precision, class.recall, class.f1, class.support
        )?;
    }
    writeln!(card, "\nExpected calibration error: {:.3}.\n", validation.calibrated.ece)
}

/// Table of the slices.
fn write_slices(card: &mut String, corpus: &Corpus, trained: &Trained) -> Result {
    let aucs: Vec<String> = corpus.classes.iter().map(|class| format!("ROC AUC {class}")).collect();
    writeln!(card, "| comments | number | macro-F1 | {} | log loss |", aucs.join(" | "))?;
    writeln!(card, "|---|---|---|{}---|", "---|".repeat(aucs.len()))?;
    for slice in Slice::all(corpus) {
        let of: Vec<&(usize, Score)> = trained.held_out.iter().filter(|(i, _)| slice.contains(corpus, *i)).collect();
        if of.is_empty() {
            continue;
        }
        let name = match slice {
            Slice::All => "all".to_owned(),
            Slice::File(file) => corpus.files[file].to_string_lossy().into_owned(),
            Slice::Arabic => "mostly Arabic letters".to_owned(),
            Slice::Other => "mostly other letters".to_owned(),
            Slice::Words(0, to) => format!("up to {to} words"),
            Slice::Words(from, usize::MAX) => format!("more than {from} words"),
            Slice::Words(from, to) => format!("{} to {to} words", from + 1),
        };
        let labels: Vec<LabelSet> = of.iter().map(|(i, _)| corpus.labels[*i]).collect();
        let predicted: Vec<usize> = of.iter().map(|(_, score)| score.class).collect();
        let probabilities: Vec<Probabilities> = of.iter().map(|(_, score)| score.probabilities).collect();
        let figures = figures(&corpus.classes, &labels, &predicted, &probabilities);
        let log_loss = calibration(&labels, &probabilities).log_loss;
        let aucs: Vec<String> = figures.classes.iter().map(|class| or_dash(class.roc_auc)).collect();
        writeln!(card, "| {name} | {} | {:.3} | {} | {log_loss:.3} |", of.len(), figures.macro_f1, aucs.join(" | "))?;
    }
    Ok(())
}

fn or_dash(auc: Option<f64>) -> String {
    auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"))
}

/// Numbers of the comments by label.
fn labels(corpus: &Corpus, of: &[usize]) -> String {
    let mut counts = std::collections::BTreeMap::new();
    of.iter().for_each(|&i| *counts.entry(corpus.classes.name(corpus.labels[i])).or_insert(0) += 1);
    // A pipe would end the cell.
    let all = counts.iter().map(|(label, count)| format!("{count} {}", label.replace('|', " or ")));
    all.collect::<Vec<String>>().join(", ")
}
