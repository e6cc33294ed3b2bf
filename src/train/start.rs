//! Start of a training: from nothing, or on top of another model; an expert for each script with enough comments.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::{calibration, figures};
use crate::evaluate::thresholds::HeldOut;
use crate::evaluate::validation::{OnTop, PriorUse, Unchanged};
use crate::model::Model;
use crate::model::label::{LabelSet, Probabilities};
use crate::model::score::Score;
use crate::ngrams::script::{Letters, is_arabic, script_name};
use crate::score::classifier::Classifier;
use crate::train::error::TrainError;
use crate::train::experts;
use crate::train::inherit::judge;
use crate::train::prior::Prior;
use crate::train::trained::{Progress, Trained, labelled, store_thresholds};
use crate::train::trainer::{MIN_OF_CLASS, Trainer, comments_of_classes};

/// Minimum number of comments of a script to learn from on top of another model, and of them abusive and not abusive.
const MIN_OF_SCRIPT: usize = 30;
const MIN_OF_KIND: usize = 5;

/// Minimum number of comments of a script for an expert of its own that starts from nothing.
const MIN_OF_EXPERT: usize = 200;

/// What the comments of a part are learnt on.
#[derive(Clone, Copy)]
pub(super) enum Base<'p> {
    /// Nothing. The comments are of one script, Arabic or not, or of any.
    Nothing(Option<bool>),
    /// Another model, in one script.
    OnTop(&'p Prior<'p>),
}

impl<'p> Base<'p> {
    /// Model to learn on top of, if any.
    pub(super) fn prior(self) -> Option<&'p Prior<'p>> {
        match self {
            Base::Nothing(_) => None,
            Base::OnTop(prior) => Some(prior),
        }
    }

    /// Script of the comments, Arabic or not; none if they are of any.
    pub(super) fn script(self) -> Option<bool> {
        match self {
            Base::Nothing(arabic) => arabic,
            Base::OnTop(prior) => Some(prior.arabic),
        }
    }

    /// Letters of the n-grams to learn from. On top of another model, what has no letters stays as it is, since comments of the
    /// other script have it too.
    pub(super) fn letters(self) -> Letters {
        match self {
            Base::Nothing(arabic) => arabic.map_or(Letters::Any, Letters::OnlyOf),
            Base::OnTop(prior) => Letters::Of(prior.arabic),
        }
    }
}

/// Start of a training.
pub(super) enum Start<'m> {
    /// From nothing, and why.
    Nothing(PriorUse),
    /// On top of a model.
    OnTop(OnTopOf<'m>),
}

/// Comments to learn from on top of a model.
pub(super) struct OnTopOf<'m> {
    model: &'m Model,
    /// Places of the comments of each script, Arabic or not, that of most comments last.
    scripts: Vec<(bool, Vec<usize>)>,
    known: usize,
    other_script: usize,
}

impl<'m> Start<'m> {
    /// Start of a training on a corpus, on top of `model` if that is possible, and with comments that were `chosen` nowhere else.
    pub(super) fn new(
        model: Option<&'m Model>,
        chosen: bool,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
    ) -> Result<Start<'m>, TrainError> {
        let from_nothing = |why| if chosen { Err(TrainError::OnlyChosen) } else { Ok(Start::Nothing(why)) };
        let Some(model) = model else { return from_nothing(PriorUse::None) };
        if *model.classes != *corpus.classes {
            return from_nothing(PriorUse::OtherClasses);
        }
        let known: Vec<bool> = corpus.texts.par_iter().map(|text| model.learnt_comments.contains(text)).collect();
        let comments = known.iter().filter(|known| **known).count();
        if !chosen && comments * 2 > corpus.texts.len() {
            return Ok(Start::Nothing(PriorUse::Known { comments }));
        }
        let known: HashSet<usize> = (0..known.len()).filter(|&i| known[i]).map(|i| duplicates.group[i]).collect();
        let (left, known): (Vec<usize>, Vec<usize>) =
            (0..corpus.texts.len()).partition(|&i| !known.contains(&duplicates.group[i]));
        let abusive = model.classes.abusive();
        let enough = |comments: &[usize]| {
            let is = |&i: &usize| abusive.is_some_and(|abusive| corpus.labels[i].contains(abusive));
            let abusive = comments.iter().copied().filter(is).count();
            comments.len() >= MIN_OF_SCRIPT && abusive >= MIN_OF_KIND && comments.len() - abusive >= MIN_OF_KIND
        };
        let mut scripts = by_script(corpus, duplicates, left.iter().copied());
        scripts.retain(|(_, comments)| enough(comments));
        if scripts.is_empty() {
            return Err(TrainError::FewComments { got: left.len(), needed: MIN_OF_SCRIPT, kinds: MIN_OF_KIND });
        }
        let learnt: usize = scripts.iter().map(|(_, comments)| comments.len()).sum();
        Ok(Start::OnTop(OnTopOf { model, scripts, known: known.len(), other_script: left.len() - learnt }))
    }

    /// Trains a model.
    pub(super) fn fit(
        self,
        trainer: &Trainer,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        progress: &dyn Fn(Progress),
    ) -> Result<Trained, TrainError> {
        match self {
            Start::Nothing(why) => {
                let mut trained = from_nothing(trainer, corpus, duplicates, progress)?;
                trained.validation.prior = why;
                Ok(trained)
            }
            Start::OnTop(start) => start.fit(trainer, corpus, duplicates, progress),
        }
    }
}

/// Places of comments by their script, Arabic or not, that of most comments last. Near-duplicates are of the script of the
/// first of them.
fn by_script(
    corpus: &Corpus,
    duplicates: &NearDuplicates,
    comments: impl Iterator<Item = usize>,
) -> Vec<(bool, Vec<usize>)> {
    let (arabic, other): (Vec<usize>, Vec<usize>) =
        comments.partition(|&i| is_arabic(&corpus.texts[duplicates.group[i]]));
    let mut scripts = vec![(true, arabic), (false, other)];
    scripts.sort_by_key(|(_, comments)| comments.len());
    scripts
}

/// Trains from nothing: an expert for each script, if there are enough comments of both, or one for all comments.
fn from_nothing(
    trainer: &Trainer,
    corpus: &Corpus,
    duplicates: &NearDuplicates,
    progress: &dyn Fn(Progress),
) -> Result<Trained, TrainError> {
    let scripts = by_script(corpus, duplicates, 0..corpus.texts.len());
    let enough = |(_, comments): &(bool, Vec<usize>)| {
        let validated_on = comments.iter().copied().filter(|&i| trainer.validates_on(corpus, i));
        let of_class = comments_of_classes(corpus, duplicates, validated_on);
        comments.len() >= MIN_OF_EXPERT && of_class.iter().all(|got| *got >= MIN_OF_CLASS)
    };
    if !scripts.iter().all(enough) {
        return trainer.fit_part(corpus, duplicates, progress, Base::Nothing(None));
    }
    let mut parts = Vec::new();
    for (arabic, comments) in &scripts {
        let (part, part_duplicates) = (corpus.select(comments), duplicates.select(comments));
        let mut trained = trainer.fit_part(&part, &part_duplicates, progress, Base::Nothing(Some(*arabic)))?;
        trained.place_in(comments, corpus.texts.len(), &duplicates.group);
        parts.push((*arabic, trained));
    }
    Ok(experts::join(trainer, parts, corpus, duplicates))
}

impl OnTopOf<'_> {
    /// Learns one script after the other, each on top of the model so far.
    fn fit(
        &self,
        trainer: &Trainer,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        progress: &dyn Fn(Progress),
    ) -> Result<Trained, TrainError> {
        let mut parts: Vec<(bool, Trained)> = Vec::new();
        for (arabic, comments) in &self.scripts {
            let below = parts.last().map_or(self.model, |(_, trained)| &trained.model);
            let prior = Prior::new(below, *arabic);
            let (part, part_duplicates) = (corpus.select(comments), duplicates.select(comments));
            let mut trained = trainer.fit_part(&part, &part_duplicates, progress, Base::OnTop(&prior))?;
            trained.place_in(comments, corpus.texts.len(), &duplicates.group);
            self.compare(*arabic, &mut trained, corpus, duplicates);
            parts.push((*arabic, trained));
        }
        Ok(experts::pool(parts, corpus))
    }

    /// Figures of the other model on the held-out comments. Inherited thresholds that err significantly more than was promised, on
    /// these comments or on those set aside, are switched off.
    fn compare(&self, arabic: bool, trained: &mut Trained, corpus: &Corpus, duplicates: &NearDuplicates) {
        let labels: Vec<LabelSet> = trained.held_out.iter().map(|&(i, _)| corpus.labels[i]).collect();
        let (classes, probabilities): (Vec<usize>, Vec<Probabilities>) = trained.unchanged.iter().copied().unzip();
        let unchanged = Unchanged {
            figures: figures(&corpus.classes, &labels, &classes, &probabilities),
            calibrated: calibration(&labels, &probabilities),
        };
        let comments = if trained.set_aside.is_empty() { &trained.held_out } else { &trained.set_aside };
        let mut classifiers = [Classifier::new(self.model), Classifier::new(&trained.model)];
        let decided = |classifier: &Classifier, score: &dyn Fn(&(usize, Score)) -> Score| {
            classifier.thresholds(arabic)?;
            let decided =
                |of: &&(usize, Score)| classifier.decide(&score(of)).is_some_and(|decision| decision.is_automatic());
            Some(comments.iter().filter(decided).count() as f64 / comments.len().max(1) as f64)
        };
        // Comments that were chosen for what they are refute nothing.
        let judged_on: Vec<HeldOut> = match trained.chosen {
            true => Vec::new(),
            false => labelled(comments, corpus, duplicates),
        };
        let mut inherited = None;
        if let (Some(choice), Some(abusive)) = (&mut trained.validation.triage, corpus.classes.abusive()) {
            inherited = judge(choice, &judged_on, abusive);
        }
        if inherited.is_some() {
            store_thresholds(&trained.validation, &mut trained.model, arabic);
            classifiers[1] = Classifier::new(&trained.model);
        }
        trained.validation.prior = PriorUse::OnTop(Box::new(OnTop {
            scripts: vec![script_name(arabic)],
            known: self.known,
            other_script: self.other_script,
            unchanged,
            decided: [
                decided(&classifiers[0], &|(i, _)| classifiers[0].score(&corpus.texts[*i])),
                decided(&classifiers[1], &|(_, score)| *score),
            ],
            inherited,
        }));
    }
}
