//! Start of a training: from nothing, or on top of another model, one script after the other.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::{calibration, figures};
use crate::evaluate::thresholds::wrong;
use crate::evaluate::validation::{OnTop, PriorUse, Unchanged, inherited_broken};
use crate::model::Model;
use crate::model::label::{LabelSet, Probabilities};
use crate::model::score::Score;
use crate::model::triage::Action;
use crate::ngrams::script::is_arabic;
use crate::score::classifier::Classifier;
use crate::stats::Tally;
use crate::train::error::TrainError;
use crate::train::prior::Prior;
use crate::train::trained::{Progress, Trained};
use crate::train::trainer::Trainer;

/// Minimum number of comments of a script to learn from on top of another model, and of them abusive and not abusive.
const MIN_OF_SCRIPT: usize = 30;
const MIN_OF_KIND: usize = 5;

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
    /// Start of a training on a corpus, on top of `model` if that is possible.
    pub(super) fn new(
        model: Option<&'m Model>,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
    ) -> Result<Start<'m>, TrainError> {
        let Some(model) = model else { return Ok(Start::Nothing(PriorUse::None)) };
        if *model.classes != *corpus.classes {
            return Ok(Start::Nothing(PriorUse::OtherClasses));
        }
        let known: Vec<bool> = corpus.texts.par_iter().map(|text| model.learnt_comments.contains(text)).collect();
        let comments = known.iter().filter(|known| **known).count();
        if comments * 2 > corpus.texts.len() {
            return Ok(Start::Nothing(PriorUse::Known { comments }));
        }
        let known: HashSet<usize> = (0..known.len()).filter(|&i| known[i]).map(|i| duplicates.group[i]).collect();
        let (left, known): (Vec<usize>, Vec<usize>) =
            (0..corpus.texts.len()).partition(|&i| !known.contains(&duplicates.group[i]));
        let abusive = model.classes.abusive();
        // Near-duplicates are of the script of the first of them.
        let (arabic, other): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|&&i| is_arabic(&corpus.texts[duplicates.group[i]]));
        let enough = |comments: &Vec<usize>| {
            let is = |&i: &usize| abusive.is_some_and(|abusive| corpus.labels[i].contains(abusive));
            let abusive = comments.iter().copied().filter(is).count();
            comments.len() >= MIN_OF_SCRIPT && abusive >= MIN_OF_KIND && comments.len() - abusive >= MIN_OF_KIND
        };
        let mut scripts: Vec<(bool, Vec<usize>)> =
            [(true, arabic), (false, other)].into_iter().filter(|(_, comments)| enough(comments)).collect();
        scripts.sort_by_key(|(_, comments)| comments.len());
        if scripts.is_empty() {
            return Err(TrainError::FewComments { got: left.len(), needed: MIN_OF_SCRIPT, kinds: MIN_OF_KIND });
        }
        let learnt: usize = scripts.iter().map(|(_, comments)| comments.len()).sum();
        Ok(Start::OnTop(OnTopOf { model, scripts, known: known.len(), other_script: left.len() - learnt }))
    }
}

impl OnTopOf<'_> {
    /// Learns one script after the other, each on top of the model so far.
    pub(super) fn fit(
        &self,
        trainer: &Trainer,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        progress: &dyn Fn(Progress),
    ) -> Result<Trained, TrainError> {
        let mut all: Option<Trained> = None;
        for (arabic, comments) in &self.scripts {
            let below = all.as_ref().map_or(self.model, |trained| &trained.model);
            let prior = Prior::new(below, *arabic);
            let (part, part_duplicates) = (corpus.select(comments), duplicates.select(comments));
            let mut trained = trainer.fit_part(&part, &part_duplicates, progress, Some(&prior))?;
            trained.place_in(comments, corpus.texts.len(), &duplicates.group);
            if let Some(first) = all.take() {
                trained.add(first);
            }
            all = Some(trained);
        }
        let mut trained = all.expect("at least one script");
        self.compare(&mut trained, corpus, duplicates);
        Ok(trained)
    }

    /// Figures of both models on the held-out comments of all scripts. Inherited thresholds that err significantly more on
    /// these comments than was promised are switched off.
    fn compare(&self, trained: &mut Trained, corpus: &Corpus, duplicates: &NearDuplicates) {
        let labels: Vec<LabelSet> = trained.held_out.iter().map(|&(i, _)| corpus.labels[i]).collect();
        let of = |predicted: Vec<(usize, Probabilities)>| {
            let (classes, probabilities): (Vec<usize>, Vec<Probabilities>) = predicted.into_iter().unzip();
            Unchanged {
                figures: figures(&corpus.classes, &labels, &classes, &probabilities),
                calibrated: calibration(&labels, &probabilities),
            }
        };
        let own = of(trained.held_out.iter().map(|(_, score)| (score.class, score.probabilities)).collect());
        trained.validation.figures = own.figures;
        trained.validation.calibrated = own.calibrated;
        let unchanged = std::mem::take(&mut trained.unchanged);
        let comments = if trained.set_aside.is_empty() { &trained.held_out } else { &trained.set_aside };
        let mut classifiers = [Classifier::new(self.model), Classifier::new(&trained.model)];
        let decided = |classifier: &Classifier, score: &dyn Fn(&(usize, Score)) -> Score| {
            classifier.thresholds()?;
            let decided =
                |of: &&(usize, Score)| classifier.decide(&score(of)).is_some_and(|decision| decision.is_automatic());
            Some(comments.iter().filter(decided).count() as f64 / comments.len().max(1) as f64)
        };
        let inherited = trained.validation.triage.as_ref().is_some_and(|choice| choice.inherited);
        let inherited = inherited.then(|| {
            let [mut published, mut rejected] = [Tally::default(); 2];
            let mut seen = HashSet::new();
            for (i, score) in comments {
                let (Some(decision), Some(abusive)) = (classifiers[1].decide(score), corpus.classes.abusive()) else {
                    continue;
                };
                let (wrong_reject, wrong_publish) = wrong(corpus.labels[*i], abusive);
                let (tally, wrong) = match decision.action {
                    Action::Publish => (&mut published, wrong_publish),
                    Action::Reject => (&mut rejected, wrong_reject),
                    Action::Hold => continue,
                };
                if seen.insert(duplicates.group[*i]) {
                    tally.comments += 1;
                    tally.wrong += u64::from(wrong);
                }
            }
            [published, rejected]
        });
        if let (Some(choice), Some(tallies)) = (&mut trained.validation.triage, inherited) {
            let broken = inherited_broken(tallies, &choice.triage.promises);
            let thresholds = &mut choice.triage.thresholds;
            thresholds.publish_below = thresholds.publish_below.filter(|_| !broken[0]);
            thresholds.reject_above = thresholds.reject_above.filter(|_| !broken[1]);
            trained.model.triage = Some(choice.triage.clone());
            classifiers[1] = Classifier::new(&trained.model);
        }
        let name = |(arabic, _): &(bool, Vec<usize>)| if *arabic { "arabic" } else { "other" };
        trained.validation.prior = PriorUse::OnTop(Box::new(OnTop {
            scripts: self.scripts.iter().map(name).collect(),
            known: self.known,
            other_script: self.other_script,
            unchanged: of(unchanged),
            decided: [
                decided(&classifiers[0], &|(i, _)| classifiers[0].score(&corpus.texts[*i])),
                decided(&classifiers[1], &|(_, score)| *score),
            ],
            inherited,
        }));
    }
}
