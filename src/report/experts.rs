//! Experts as the page shows them: the thresholds of each, and the comments that its decisions are shown on.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::thresholds::ThresholdChoice;
use crate::evaluate::validation::{PriorUse, Validation};
use crate::model::Model;
use crate::model::score::Score;
use crate::model::triage::Triage;
use crate::ngrams::script::script_name;
use crate::report::decided::Decided;
use crate::score::classifier::Classifier;
use crate::train::trained::Trained;

/// Expert and its decisions.
pub(crate) struct ExpertView<'a> {
    /// Script of its comments, `arabic` or `other`; none if it is the only one.
    pub(crate) script: Option<&'static str>,
    /// Validation of the expert; none in a report on a finished model.
    pub(crate) validation: Option<&'a Validation>,
    /// Thresholds, if there are any.
    pub(crate) triage: Option<&'a Triage>,
    /// Comments that its decisions are shown on: those set aside if there are some, else the same as all metrics.
    pub(crate) decided_on: Vec<&'a (usize, Score)>,
    /// Numbers of its decisions; none without thresholds.
    pub(crate) decided: Option<Decided>,
    /// True if the thresholds were chosen on comments that are not of the corpus.
    pub(crate) chosen_elsewhere: bool,
}

impl<'a> ExpertView<'a> {
    /// Experts of a training, that of most comments first.
    pub(crate) fn of_training(
        trained: &'a Trained,
        classifier: &Classifier,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
    ) -> Vec<ExpertView<'a>> {
        let elsewhere = !trained.model.training.thresholds_on.is_empty();
        let view = |(script, validation): (Option<&'static str>, &'a Validation)| {
            let choice = validation.triage.as_ref();
            let decided_on = decided_on(trained, script, validation);
            let counted = Decided::count(classifier, corpus, duplicates, &decided_on);
            // Inherited thresholds were chosen on other comments.
            let own = choice.filter(|choice| choice.triage.tested_on() > 0 && !choice.inherited);
            ExpertView {
                script,
                validation: Some(validation),
                triage: choice.map(|choice| &choice.triage),
                decided: counted.map(|counted| match own {
                    Some(choice) => counted.promised_by(&choice.triage),
                    None => counted,
                }),
                decided_on,
                chosen_elsewhere: elsewhere && choice.is_some_and(|choice| !choice.inherited),
            }
        };
        trained.validation.by_script().map(view).collect()
    }

    /// Experts of a finished model for the scripts that occur in the comments, that of most comments first.
    pub(crate) fn of_model(
        model: &'a Model,
        scores: &'a [(usize, Score)],
        classifier: &Classifier,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
    ) -> Vec<ExpertView<'a>> {
        let view = |(arabic, expert): (Option<bool>, &'a crate::model::Expert)| {
            let is = |(_, score): &&(usize, Score)| arabic.is_none_or(|arabic| score.familiarity.arabic == arabic);
            let decided_on: Vec<&(usize, Score)> = scores.iter().filter(is).collect();
            ExpertView {
                script: arabic.map(script_name),
                validation: None,
                triage: expert.triage.as_ref(),
                decided: Decided::count(classifier, corpus, duplicates, &decided_on),
                decided_on,
                chosen_elsewhere: false,
            }
        };
        let mut views: Vec<ExpertView> = model.experts.iter().map(view).collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.decided_on.len()));
        views.truncate(views.iter().filter(|view| !view.decided_on.is_empty()).count().max(1));
        if let [only] = &mut views[..] {
            only.script = None;
        }
        views
    }

    /// Thresholds that the training chose, and what they rest on; none in a report on a finished model.
    pub(crate) fn choice(&self) -> Option<&'a ThresholdChoice> {
        self.validation?.triage.as_ref()
    }

    /// True if the thresholds are those of the model that it learnt on top of.
    pub(crate) fn inherited(&self) -> bool {
        self.choice().is_some_and(|choice| choice.inherited)
    }

    /// Number of labelled comments of its script.
    pub(crate) fn labelled(&self) -> u64 {
        self.validation.map_or(self.decided_on.len() as u64, Validation::labelled)
    }

    /// True if comments are published or rejected by its thresholds.
    pub(crate) fn decides(&self) -> bool {
        self.triage.is_some_and(|triage| !triage.thresholds.decides_nothing())
    }
}

/// Comments that the decisions of an expert are shown on: those set aside if there are some, else those held out.
pub(crate) fn decided_on<'a>(
    trained: &'a Trained,
    script: Option<&str>,
    validation: &Validation,
) -> Vec<&'a (usize, Score)> {
    let scores = if validation.set_aside.is_some() { &trained.set_aside } else { &trained.held_out };
    let is = |of: &Score| script.is_none_or(|script| script_name(of.familiarity.arabic) == script);
    scores.iter().filter(|(_, score)| is(score)).collect()
}

/// True for the published and for the rejected comments where inherited thresholds err too much on the comments at hand.
pub(crate) fn inherited_broken(validation: &Validation, choice: &ThresholdChoice) -> [bool; 2] {
    match &validation.prior {
        PriorUse::OnTop(on_top) => on_top.inherited_broken(&choice.triage.promises),
        _ => [false; 2],
    }
}
