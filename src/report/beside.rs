//! Start of a training: the model that it learnt on top of beside the new one, or why it started from nothing.

use crate::evaluate::metrics::Figures;
use crate::evaluate::validation::{Comparison, OnTop, PriorUse, Validation};
use crate::model::training::Training;
use crate::report::build::or_none;
use crate::report::grammar::isolated;
use crate::report::page::Beside;
use crate::report::summary::count;
use crate::report::words::Words;
use crate::train::trained::Trained;

/// Name of the model that a training learnt on top of, in words.
pub(crate) fn name(t: &Words, training: &Training) -> String {
    match training.from.as_deref() {
        Some("shipped") => t.shipped.to_owned(),
        Some(file) => t.fill(t.model_file, &[file]),
        None => t.model_before.to_owned(),
    }
}

/// Both models on the same comments; none if it started from nothing.
pub(crate) fn beside(t: &Words, trained: &Trained, percent: fn(f64) -> String) -> Option<Beside> {
    let validation = &trained.validation;
    let PriorUse::OnTop(on_top) = &validation.prior else { return None };
    let from = name(t, &trained.model.training);
    let mut help = t.fill(t.beside_help, &[&count(validation.held_out as u64)]);
    if !trained.set_aside.is_empty() {
        help = format!("{help} {}", t.fill(t.beside_decided, &[&count(trained.set_aside.len() as u64)]));
    }
    let comparison = on_top.compare(validation);
    let mut sentences = vec![t.fill(verdict(t, comparison), &[&from])];
    let unchanged = || match trained.chosen {
        true => t.fill(t.beside_unchanged, &[&from]),
        false => format!("{} {}", t.fill(t.beside_unchanged, &[&from]), t.beside_calibrated),
    };
    if validation.l2.is_infinite() {
        sentences.insert(0, unchanged());
    }
    for expert in &validation.experts {
        // What is not so for all comments.
        let of = &expert.validation;
        let PriorUse::OnTop(on_top) = &of.prior else { continue };
        let (script, other) = (Some(expert.script), on_top.compare(of));
        if of.l2.is_infinite() && validation.l2.is_finite() {
            sentences.push(t.about(script, &unchanged()));
        }
        if other != comparison {
            sentences.push(t.about(script, &t.fill(verdict(t, other), &[&from])));
        }
    }
    Some(Beside {
        start: start(t, on_top, &from),
        help,
        other: t.fill(t.other_column, &[&from]),
        rows: rows(t, validation, on_top, percent),
        verdict: sentences.join(" "),
    })
}

/// Sentences on the comments that it learnt from on top of another model.
fn start(t: &Words, on_top: &OnTop, from: &str) -> String {
    let mut sentences = vec![t.fill(t.started_from, &[from])];
    match on_top.scripts[..] {
        ["arabic"] => sentences.push(t.only_arabic.to_owned()),
        ["other"] => sentences.push(t.only_other.to_owned()),
        _ => {}
    }
    if on_top.known > 0 {
        sentences.push(t.fill(t.left_known, &[&count(on_top.known as u64), from]));
    }
    if on_top.other_script > 0 {
        sentences.push(t.fill(t.left_script, &[&count(on_top.other_script as u64)]));
    }
    sentences.join(" ")
}

/// Names of the metrics, and their values of the new model and of the other.
fn rows(
    t: &Words,
    validation: &Validation,
    on_top: &OnTop,
    percent: fn(f64) -> String,
) -> Vec<(String, String, String)> {
    let (own, other) = (&validation.figures, &on_top.unchanged.figures);
    let (own_fit, other_fit) = (validation.calibrated, on_top.unchanged.calibrated);
    let abusive = own.classes.iter().position(|class| class.class == "abusive").unwrap_or(0);
    let class = isolated_name(t, &own.classes[abusive].class);
    let pair = |name: String, of: &dyn Fn(&Figures) -> Option<f64>| (name, or_none(of(own)), or_none(of(other)));
    // The mean over all classes says little where no comment is of one of them.
    let f1 = match own.classes.iter().all(|class| class.support > 0) {
        true => pair(t.macro_f1.to_owned(), &|figures| Some(figures.macro_f1)),
        false => pair(t.fill(t.f1_of, &[&class]), &|figures| Some(figures.classes[abusive].f1)),
    };
    let auc = pair(t.fill(t.auc_of, &[&class]), &|figures| figures.classes[abusive].roc_auc);
    let three = |number: f64| or_none(Some(number));
    let decided = on_top.decided.map(|share| share.map_or("–".to_owned(), percent));
    let [other_decided, own_decided] = decided;
    vec![
        f1,
        auc,
        (t.log_loss.to_owned(), three(own_fit.log_loss), three(other_fit.log_loss)),
        (t.ece.to_owned(), three(own_fit.ece), three(other_fit.ece)),
        (t.decided_alone.to_owned(), own_decided, other_decided),
    ]
}

/// Name of a class; the English texts are also those of the model card, which isolates nothing.
fn isolated_name(t: &Words, class: &str) -> String {
    let name = t.class(class);
    if t.lang == "ar" { isolated(&name) } else { name }
}

fn verdict(t: &Words, comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Same => t.beside_same,
        Comparison::Better => t.beside_better,
        Comparison::BetterLabels => t.beside_labels,
        Comparison::BetterProbabilities => t.beside_probabilities,
        Comparison::Worse => t.beside_worse,
    }
}

/// Sentence on why a training started from nothing although it was to learn on top of another model; none if it did not.
pub(crate) fn from_nothing(t: &Words, trained: &Trained) -> Option<String> {
    match &trained.validation.prior {
        PriorUse::OtherClasses => {
            let names: Vec<String> = trained.model.classes.iter().map(|class| isolated_name(t, class)).collect();
            Some(t.fill(t.nothing_classes, &[&names.join(t.comma)]))
        }
        PriorUse::Known { comments } => Some(t.fill(t.nothing_known, &[&count(*comments as u64)])),
        PriorUse::None | PriorUse::OnTop(_) => None,
    }
}
