//! Experts: trainings of one script each as one model, and the figures of all their comments together.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::{Calibration, calibration, figures};
use crate::evaluate::validation::{OnTop, PriorUse, ScriptValidation, SetAsideFigures, Unchanged, Validation};
use crate::model::Model;
use crate::model::by_script::ByScript;
use crate::model::label::{LabelSet, Probabilities};
use crate::model::ngrams::{Ngrams, Weights};
use crate::ngrams::script::script_name;
use crate::score::classifier::Classifier;
use crate::train::trained::Trained;
use crate::train::trainer::Trainer;

/// Joins the trainings of two scripts from nothing, that of most comments last. The thresholds of each are chosen anew, by
/// the scores of the joined model.
pub(super) fn join(
    trainer: &Trainer,
    mut parts: Vec<(bool, Trained)>,
    corpus: &Corpus,
    duplicates: &NearDuplicates,
) -> Trained {
    let mut model = joined(&parts);
    let mut classifier = Classifier::new(&model);
    classifier.remove_thresholds();
    for (arabic, trained) in &mut parts {
        if let Some(of) = trained.validation.set_aside {
            let comments: Vec<usize> = trained.set_aside.iter().map(|&(i, _)| i).collect();
            trained.set_aside = classifier.score_all(&corpus.texts, &comments);
            trained.choose_thresholds(trainer.promises, &trained.tested_on(corpus, duplicates), of.share);
        }
        *model.experts.of_mut(*arabic) = trained.model.experts.of(*arabic).clone();
    }
    let mut trained = pool(parts, corpus);
    trained.validation.ngrams = model.ngrams.len();
    trained.model = model;
    trained
}

/// Model of two scripts.
fn joined(parts: &[(bool, Trained)]) -> Model {
    let [(_, less), (last, most)] = parts else { panic!("two scripts") };
    let (less, most) = (&less.model, &most.model);
    let comments = [less, most].map(|model| model.training.comments);
    let weights = Weights::joined([&less.weights, &most.weights], comments);
    let names = [less, most].map(|model| model.ngrams.iter().collect::<Vec<&str>>());
    let name = |hash: &u64| {
        let place = |at: usize| [less, most][at].weights.hashes.binary_search(hash).ok();
        (0..2).find_map(|at| Some(names[at][place(at)?])).unwrap_or_default()
    };
    let ngrams: Ngrams = weights.hashes.iter().map(name).collect();
    let experts = [less, most].map(|model| model.experts.of(false).clone());
    let [of_less, of_most] = experts;
    let experts = if *last { ByScript::two(of_less, of_most) } else { ByScript::two(of_most, of_less) };
    let mut training = most.training.clone();
    training.comments = comments.iter().sum();
    Model {
        weights,
        ngrams,
        experts,
        training,
        known_words: less.known_words.clone().or(&most.known_words),
        learnt_comments: less.learnt_comments.or(&most.learnt_comments),
        classes: most.classes.clone(),
    }
}

/// Training of all scripts: model and settings of the last, and the figures of all held-out comments.
pub(super) fn pool(mut parts: Vec<(bool, Trained)>, corpus: &Corpus) -> Trained {
    let (script, mut all) = parts.pop().expect("at least one script");
    if parts.is_empty() {
        return all;
    }
    let mut experts = vec![ScriptValidation { script: script_name(script), validation: all.validation.clone() }];
    for (script, other) in parts {
        experts.push(ScriptValidation { script: script_name(script), validation: other.validation.clone() });
        all.add(other);
    }
    let labels: Vec<LabelSet> = all.held_out.iter().map(|&(i, _)| corpus.labels[i]).collect();
    let of = |predicted: Vec<(usize, Probabilities)>| {
        let (classes, probabilities): (Vec<usize>, Vec<Probabilities>) = predicted.into_iter().unzip();
        (figures(&corpus.classes, &labels, &classes, &probabilities), calibration(&labels, &probabilities))
    };
    let own = of(all.held_out.iter().map(|(_, score)| (score.class, score.probabilities)).collect());
    let each = || experts.iter().map(|expert| &expert.validation);
    let mean = |of: fn(&Validation) -> Calibration| {
        let weighted = |x: fn(&Calibration) -> f64| {
            let sum: f64 = each().map(|validation| validation.held_out as f64 * x(&of(validation))).sum();
            sum / each().map(|validation| validation.held_out as f64).sum::<f64>()
        };
        Calibration {
            log_loss: weighted(|of| of.log_loss),
            ece: weighted(|of| of.ece),
            ..of(each().next().expect("one"))
        }
    };
    let sum = |of: fn(&Validation) -> usize| each().map(of).sum::<usize>();
    let set_aside = sum(|of| of.set_aside.map_or(0, |of| of.comments));
    let comments = sum(|of| of.comments);
    let on_top: Vec<&OnTop> = each()
        .filter_map(|of| match &of.prior {
            PriorUse::OnTop(on_top) => Some(&**on_top),
            _ => None,
        })
        .collect();
    let prior = match on_top[..] {
        [] => PriorUse::None,
        [first, ..] => {
            let (figures, calibrated) = of(std::mem::take(&mut all.unchanged));
            PriorUse::OnTop(Box::new(OnTop {
                scripts: experts.iter().rev().map(|expert| expert.script).collect(),
                known: first.known,
                other_script: first.other_script,
                unchanged: Unchanged { figures, calibrated },
                decided: [0, 1].map(|which| decided(&experts, which)),
                inherited: None,
            }))
        }
    };
    all.validation = Validation {
        comments,
        held_out: all.held_out.len(),
        duplicate_groups: sum(|of| of.duplicate_groups),
        ngrams_counted: sum(|of| of.ngrams_counted),
        ngrams: all.model.ngrams.len(),
        figures: own.0,
        calibrated: own.1,
        uncalibrated: mean(|of| of.uncalibrated),
        temperature_scaled: mean(|of| of.temperature_scaled),
        triage: None,
        set_aside: (set_aside > 0).then(|| SetAsideFigures {
            comments: set_aside,
            share: set_aside as f64 / (comments + set_aside) as f64,
            macro_f1_cost: None,
        }),
        prior,
        experts,
        ..all.validation
    };
    all
}

/// Share of the comments that the thresholds of the other model (0), or those of the new one (1), decide, by the shares of each
/// script; none unless there are thresholds for all of them.
pub(super) fn decided(experts: &[ScriptValidation], which: usize) -> Option<f64> {
    let share = |expert: &ScriptValidation| match &expert.validation.prior {
        PriorUse::OnTop(on_top) => Some((on_top.decided[which]?, expert.validation.labelled() as f64)),
        _ => None,
    };
    let shares: Vec<(f64, f64)> = experts.iter().map(share).collect::<Option<_>>()?;
    let all: f64 = shares.iter().map(|(_, comments)| comments).sum();
    Some(shares.iter().map(|(share, comments)| share * comments).sum::<f64>() / all.max(1.0))
}
