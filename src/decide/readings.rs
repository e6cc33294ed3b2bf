//! Readings of a comment that is HTML: the worst counts, and its spans lead back to the original.

use crate::decide::judgement::Judgement;
use crate::decide::rules::Rules;
use crate::model::triage::Action;
use crate::score::classifier::Classifier;
use crate::score::explanation::Explanation;
use crate::text::html::Visible;

impl Classifier {
    /// The worst of the readings of a comment: the one that is decided most strictly or, of several, the most abusive.
    ///
    /// # Panics
    /// There is no reading.
    pub fn worst<'r, 't>(&self, readings: &'r [Visible<'t>], rules: Option<&Rules>) -> &'r Visible<'t> {
        let [first, others @ ..] = readings else { panic!("a reading") };
        if others.is_empty() {
            return first;
        }
        let badness = |visible: &Visible| {
            let judgement = self.judge(&visible.text, rules);
            let strictness = judgement.decision.map_or(0, |decision| match decision.action {
                Action::Publish => 0,
                Action::Hold => 1,
                Action::Reject => 2,
            });
            (strictness, self.classes().abusive().map_or(0.0, |abusive| judgement.verdict.probabilities[abusive]))
        };
        let mut worst = (first, badness(first));
        for visible in others {
            let badness = badness(visible);
            if badness > worst.1 {
                worst = (visible, badness);
            }
        }
        worst.0
    }
}

impl Judgement<Explanation> {
    /// The judgement of a visible text, with the spans of the original.
    #[must_use]
    pub fn in_source(mut self, visible: &Visible) -> Self {
        let Explanation { verdict, evidence } = &mut self.verdict;
        let sentences = verdict.sentences.iter_mut().map(|sentence| &mut sentence.span);
        let evidence = evidence.iter_mut().map(|piece| &mut piece.span);
        let matches = self.matches.iter_mut().map(|found| &mut found.span);
        sentences.chain(evidence).chain(matches).for_each(|span| *span = visible.source(span));
        self
    }
}
