//! Result of a training: a model and its cross-validation.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
#[cfg(feature = "internal")]
use crate::evaluate::thresholds::familiar_in_both;
use crate::evaluate::thresholds::{HeldOut, choose_planned, familiar};
#[cfg(feature = "internal")]
use crate::evaluate::validation::PriorUse;
use crate::evaluate::validation::Validation;
use crate::model::Model;
use crate::model::classes::Classes;
use crate::model::label::Probabilities;
use crate::model::score::Score;
use crate::model::triage::Familiar;
#[cfg(feature = "internal")]
use crate::ngrams::script::script_name;
use crate::score::classifier::Classifier;
use crate::score::explanation::Explanation;
use crate::stats::Promises;
#[cfg(feature = "internal")]
use crate::train::experts::decided;
use crate::train::inherit::inherit;
#[cfg(feature = "internal")]
use crate::train::inherit::judge;
use crate::train::prior::Prior;

/// Trained model with its cross-validation.
///
/// ```
/// use naqd::{Corpus, Trained, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let corpus = Corpus::from_rows(rows)?;
/// let trained: Trained = Trainer::new().fit(&corpus)?;
/// assert_eq!(trained.held_out.len(), 24);
/// let (comment, score) = trained.held_out[0];
/// assert_eq!(score.label(trained.model.classes()), "abusive");
/// let explanation = trained.explain(comment, &corpus.texts()[comment]).expect("it was held out");
/// assert_eq!(explanation.telling()[0].label(), "abusive");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Trained {
    /// Model, learnt from all comments.
    pub model: Model,
    /// Metrics of the held-out comments.
    pub validation: Validation,
    /// Held-out comments, by place in the corpus, each with its score by a model that had not learnt from it.
    pub held_out: Vec<(usize, Score)>,
    /// Comments set aside, by place in the corpus, each with its score by the model: nothing was learnt from them.
    pub set_aside: Vec<(usize, Score)>,
    pub(super) folds: FoldModels,
    /// Script of the comments that it has learnt in, Arabic or not; none if any.
    pub(super) arabic: Option<bool>,
    /// Held-out comments that the choice of thresholds is planned on.
    pub(super) planned_on: Vec<HeldOut>,
    /// True if the comments were [chosen](crate::Trainer::chosen) for what they are.
    pub(crate) chosen: bool,
    /// Class and probabilities of the held-out comments, in their order, by the model that it learnt on top of, if any.
    pub(super) unchanged: Vec<(usize, Probabilities)>,
}

/// Models of the cross-validation, each learnt without one fold. They explain why a comment was scored as it was; the
/// final model would not, since it has learnt the comment by heart, label and all.
#[derive(Debug)]
pub(super) struct FoldModels {
    /// Fold of each comment of the corpus.
    pub(super) fold: Vec<u8>,
    /// Classifiers by fold, as far as the folds were visited; with the calibrator of the final model.
    pub(super) classifiers: Vec<Classifier>,
}

impl Trained {
    /// Chooses the thresholds of the model on comments that nothing was learnt from, `share` of all labelled ones. Without
    /// such comments there are none, and `share` is what could be set aside. No thresholds if no class is named `abusive`
    /// or no promises are asked for. The model has one expert, or has learnt in one script alone.
    pub(super) fn choose_thresholds(&mut self, promises: Option<Promises>, tested_on: &[HeldOut], share: f64) {
        let planned_on = std::mem::take(&mut self.planned_on);
        let familiar = familiar(&planned_on);
        choose(&mut self.validation, &self.model.classes, promises, tested_on, &planned_on, familiar, share);
        self.planned_on = planned_on;
        store_thresholds(&self.validation, &mut self.model, self.arabic.unwrap_or_default());
    }

    /// Comments set aside, with their labels.
    pub(super) fn tested_on(&self, corpus: &Corpus, duplicates: &NearDuplicates) -> Vec<HeldOut> {
        labelled(&self.set_aside, corpus, duplicates)
    }

    /// Chooses the thresholds of the model on other comments than those of its corpus, those of each script on comments of
    /// that script. Where none can be promised, that of `prior`, the model that it learnt on top of, stays unless these comments
    /// refute it: the comments that were learnt from have no part in it.
    #[cfg(feature = "internal")]
    #[doc(hidden)]
    pub fn choose_thresholds_on(&mut self, promises: Promises, tested_on: &[HeldOut], prior: Option<&Model>) {
        let mut validation = self.validation.clone();
        if validation.experts.is_empty() {
            self.choose_thresholds_of(&mut validation, self.arabic, promises, tested_on, prior);
        }
        for expert in &mut validation.experts {
            let arabic = expert.script == script_name(true);
            self.choose_thresholds_of(&mut expert.validation, Some(arabic), promises, tested_on, prior);
        }
        if let (PriorUse::OnTop(on_top), [_, ..]) = (&mut validation.prior, &validation.experts[..]) {
            on_top.decided[1] = decided(&validation.experts, 1);
        }
        self.validation = validation;
    }

    /// The same for comments of one script.
    #[cfg(feature = "internal")]
    fn choose_thresholds_of(
        &mut self,
        validation: &mut Validation,
        arabic: Option<bool>,
        promises: Promises,
        tested_on: &[HeldOut],
        prior: Option<&Model>,
    ) {
        let arabic = arabic.filter(|_| self.model.experts.both().is_some());
        let script = arabic.unwrap_or_default();
        let of_script = |comments: &[HeldOut]| -> Vec<HeldOut> {
            let is = |of: &&HeldOut| arabic.is_none_or(|arabic| of.score.familiarity.arabic == arabic);
            comments.iter().filter(is).copied().collect()
        };
        let (tested_on, planned_on) = (of_script(tested_on), of_script(&self.planned_on));
        let familiar = familiar_in_both(&planned_on, &tested_on);
        // Comments that were chosen for what they are say nothing of the others, not even where to begin.
        let planned_on = if self.chosen { &tested_on } else { &planned_on };
        choose(validation, &self.model.classes, Some(promises), &tested_on, planned_on, familiar, 1.0);
        let before = prior.and_then(|prior| prior.experts.of(script).triage.as_ref());
        let mut inherited = None;
        if let (Some(choice), Some(abusive)) = (&mut validation.triage, self.model.classes.abusive()) {
            if let (Some(before), PriorUse::OnTop(_)) = (before, &validation.prior) {
                inherit(choice, before);
                if self.chosen {
                    choice.triage.thresholds.notify_above = before.thresholds.notify_above;
                }
            }
            inherited = judge(choice, &tested_on, abusive);
        }
        store_thresholds(validation, &mut self.model, script);
        if let PriorUse::OnTop(on_top) = &mut validation.prior {
            let classifier = Classifier::new(&self.model);
            let held_out =
                || self.held_out.iter().filter(|(_, of)| arabic.is_none_or(|arabic| of.familiarity.arabic == arabic));
            let decides =
                |(_, score): &&(usize, Score)| classifier.decide(score).is_some_and(|decision| decision.is_automatic());
            let decided = held_out().filter(decides).count() as f64 / held_out().count().max(1) as f64;
            on_top.decided[1] = classifier.thresholds(script).map(|_| decided);
            on_top.inherited = inherited;
        }
    }

    /// Held-out comments that the choice of thresholds is planned on.
    #[cfg(feature = "internal")]
    #[doc(hidden)]
    pub fn planned_on(&self) -> &[HeldOut] {
        &self.planned_on
    }

    /// Takes over thresholds of the model that it learnt on top of where none of its own can be promised.
    pub(super) fn inherit(&mut self, prior: &Prior) {
        if let (Some(choice), Some(before)) = (&mut self.validation.triage, &prior.expert().triage) {
            inherit(choice, before);
            store_thresholds(&self.validation, &mut self.model, prior.arabic);
        }
    }

    /// Adds the held-out comments of the training of another script, on top of which this one learnt.
    pub(super) fn add(&mut self, other: Trained) {
        let classifiers = self.folds.classifiers.len() as u8;
        let folds = other.folds;
        self.folds.fold.iter_mut().zip(&folds.fold).filter(|(_, of)| **of != u8::MAX).for_each(|(fold, of)| {
            *fold = classifiers + of;
        });
        self.folds.classifiers.extend(folds.classifiers);
        self.held_out.extend(other.held_out);
        self.set_aside.extend(other.set_aside);
        self.planned_on.extend(other.planned_on);
        self.unchanged.extend(other.unchanged);
        self.model.training.comments += other.model.training.comments;
        if self.validation.l2.is_infinite() {
            // The weights of one script are its own.
            self.validation.l2 = other.validation.l2;
            self.validation.trials = other.validation.trials;
            self.model.training.l2 = other.model.training.l2;
        }
    }

    /// Gives the comments their places in a corpus of `comments` comments, of which those at `learnt` are the corpus so far;
    /// `group` are the near-duplicates there.
    pub(super) fn place_in(&mut self, learnt: &[usize], comments: usize, group: &[usize]) {
        self.held_out.iter_mut().chain(&mut self.set_aside).for_each(|(place, _)| *place = learnt[*place]);
        let mut fold = vec![u8::MAX; comments];
        learnt.iter().zip(&self.folds.fold).for_each(|(&place, &of)| fold[place] = of);
        self.folds.fold = fold;
        self.planned_on.iter_mut().for_each(|of| of.group = group[learnt[of.group]]);
    }

    /// Explanation of `text`, the comment at that place in the corpus, by a model that has learnt neither from it nor
    /// from its near-duplicates. None where the comment was not held out. The probabilities differ a little from those
    /// of its score: their calibrator has learnt from it.
    pub fn explain(&self, comment: usize, text: &str) -> Option<Explanation> {
        Some(self.fold_model(comment)?.explain(text))
    }

    /// Probabilities as by [`Classifier::uncalibrated`], by the same model as [`Trained::explain`].
    pub fn uncalibrated(&self, comment: usize, text: &str) -> Option<Probabilities> {
        Some(self.fold_model(comment)?.uncalibrated(text))
    }

    fn fold_model(&self, comment: usize) -> Option<&Classifier> {
        self.folds.classifiers.get(usize::from(*self.folds.fold.get(comment)?))
    }
}

/// Puts the thresholds of a validation into the expert of a script.
pub(super) fn store_thresholds(validation: &Validation, model: &mut Model, arabic: bool) {
    model.experts.of_mut(arabic).triage = validation.triage.as_ref().map(|choice| choice.triage.clone());
}

/// Comments of a corpus with their scores and labels.
pub(super) fn labelled(comments: &[(usize, Score)], corpus: &Corpus, duplicates: &NearDuplicates) -> Vec<HeldOut> {
    let of = |&(i, score): &(usize, Score)| HeldOut { label: corpus.labels[i], score, group: duplicates.group[i] };
    comments.iter().map(of).collect()
}

/// Chooses thresholds for a model of `classes`; see [`Trained::choose_thresholds`].
fn choose(
    validation: &mut Validation,
    classes: &Classes,
    promises: Option<Promises>,
    tested_on: &[HeldOut],
    planned_on: &[HeldOut],
    familiar: Familiar,
    share: f64,
) {
    let choose = |promises| choose_planned(promises, classes, tested_on, planned_on, familiar, share).ok();
    validation.triage = promises.and_then(choose);
}

/// Progress of a training.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "internal"), allow(dead_code))]
pub struct Progress {
    /// Name of the step.
    pub what: &'static str,
    /// Number of steps done.
    pub done: usize,
    /// Number of steps in all; an estimate that may shrink.
    pub of: usize,
}
