//! The card of a model: what it was trained on and how good it is, for people, in Markdown.

use crate::corpus::Corpus;
use crate::evaluate::metrics::{calibration, figures};
use crate::evaluate::slices::Slice;
use crate::model::label::name;
use crate::model::label::{LabelSet, Probabilities};
use crate::model::score::Score;
use crate::train::trained::Trained;
use std::fmt::Write;

/// The card of a model that was trained on `corpus`. All figures are of comments that had not been learnt from.
pub fn card(corpus: &Corpus, trained: &Trained) -> String {
    let mut card = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut card, corpus, trained);
    card
}

fn write(card: &mut String, corpus: &Corpus, trained: &Trained) -> std::fmt::Result {
    let (training, report) = (&trained.model.training, &trained.report);
    writeln!(card, "# Model card\n")?;
    writeln!(
        card,
        "Written by naqd-train {}. {} n-grams of {} counted, from {} comments.\n",
        training.naqd, report.ngrams, report.ngrams_counted, training.comments
    )?;
    writeln!(card, "Classes: {}.\n", corpus.classes.join(", "))?;
    let keep = training.keep.map_or(String::new(), |keep| format!("`--keep {keep}` "));
    writeln!(card, "Options: `--l2 {}` `--least {}` {keep}`--seed {}`.\n", training.l2, training.least, training.seed)?;

    writeln!(card, "## Sources\n")?;
    writeln!(card, "| file | comments | weight of all | judged by | labels |\n|---|---|---|---|---|")?;
    for (file, path) in corpus.files.iter().enumerate() {
        let path = path.to_string_lossy();
        let of: Vec<usize> = of_file(corpus, file).collect();
        let by_file = training.weights.iter().find(|(name, _)| *name == path).map_or(1.0, |(_, weight)| *weight);
        let weight: f64 = of.iter().map(|&i| f64::from(corpus.weights[i] * by_file)).sum();
        let share = match &training.judged_by[..] {
            [] => 1.0,
            files => files.iter().find(|(name, _)| *name == path).map_or(0.0, |(_, share)| *share),
        };
        writeln!(card, "| {path} | {} | {weight:.0} | {:.0} % | {} |", of.len(), share * 100.0, labels(corpus, &of))?;
    }
    writeln!(
        card,
        "\nThe weight is what the comments of a file count in training, all together. Of the comments judged by, and of \
         no others, are the figures below; they also fit the last layer of the model.\n"
    )?;

    writeln!(card, "## Figures\n")?;
    writeln!(
        card,
        "By cross-validation ({} of 5 folds, repeats kept together): each comment was scored by a model that had not \
         learnt from it. ROC AUC is of a class against the rest.\n",
        report.folds
    )?;
    writeln!(card, "| class | precision | recall | F1 | ROC AUC | comments |\n|---|---|---|---|---|---|")?;
    for class in &report.figures.classes {
        let auc = class.roc_auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"));
        writeln!(
            card,
            "| {} | {:.3} | {:.3} | {:.3} | {auc} | {} |",
            class.class, class.precision, class.recall, class.f1, class.support
        )?;
    }
    writeln!(card, "\nExpected calibration error: {:.3}.\n", report.verdict.ece)?;

    let aucs: Vec<String> = corpus.classes.iter().map(|class| format!("ROC AUC {class}")).collect();
    writeln!(card, "| comments | number | macro-F1 | {} | log loss |", aucs.join(" | "))?;
    writeln!(card, "|---|---|---|{}---|", "---|".repeat(aucs.len()))?;
    let mut row = |what: &str, of: &dyn Fn(usize) -> bool| {
        let of: Vec<&(usize, Score)> = trained.judged.iter().filter(|(i, _)| of(*i)).collect();
        if of.is_empty() {
            return Ok(());
        }
        let labels: Vec<LabelSet> = of.iter().map(|(i, _)| corpus.labels[*i]).collect();
        let predicted: Vec<usize> = of.iter().map(|(_, score)| score.label).collect();
        let probabilities: Vec<Probabilities> = of.iter().map(|(_, score)| score.probabilities).collect();
        let figures = figures(&corpus.classes, &labels, &predicted, &probabilities);
        let log_loss = calibration(&labels, &probabilities).log_loss;
        let auc = |auc: Option<f64>| auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"));
        let aucs: Vec<String> = figures.classes.iter().map(|class| auc(class.roc_auc)).collect();
        writeln!(card, "| {what} | {} | {:.3} | {} | {log_loss:.3} |", of.len(), figures.macro_f1, aucs.join(" | "))
    };
    for slice in Slice::all(corpus) {
        let what = match slice {
            Slice::All => "all".to_owned(),
            Slice::File(file) => corpus.files[file].to_string_lossy().into_owned(),
            Slice::Arabic => "mostly Arabic letters".to_owned(),
            Slice::Other => "mostly other letters".to_owned(),
            Slice::Words(0, to) => format!("up to {to} words"),
            Slice::Words(from, usize::MAX) => format!("more than {from} words"),
            Slice::Words(from, to) => format!("{} to {to} words", from + 1),
        };
        row(&what, &|i| slice.holds(corpus, i))?;
    }
    writeln!(card)
}

fn of_file(corpus: &Corpus, file: usize) -> impl Iterator<Item = usize> {
    (0..corpus.texts.len()).filter(move |&i| corpus.places[i].0 as usize == file)
}

/// How many of the comments have which label.
fn labels(corpus: &Corpus, of: &[usize]) -> String {
    let mut counts = std::collections::BTreeMap::new();
    of.iter().for_each(|&i| *counts.entry(name(corpus.labels[i], &corpus.classes)).or_insert(0) += 1);
    // A pipe would end the cell.
    let all = counts.iter().map(|(label, count)| format!("{count} {}", label.replace('|', " or ")));
    all.collect::<Vec<String>>().join(", ")
}
