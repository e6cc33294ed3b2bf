//! Judgement of a comment: the model's verdict, the house rules that match, and the decision that both lead to.

use crate::decide::rules::{Match, Rule, Rules, deciding, ignored, overrule};
use crate::model::score::Score;
use crate::model::triage::{Decision, Reason};
use crate::score::classifier::Classifier;
use crate::score::explanation::{Explanation, Verdict};

/// Judgement of a comment. Its verdict is a [`Score`], a [`Verdict`] or an [`Explanation`].
///
/// ```
/// use naqd::{Classifier, Judgement, Model, Verdict};
///
/// let classifier = Classifier::new(&Model::shipped());
/// let judgement: Judgement<Verdict> = classifier.judge_sentences("thank you for this", None);
/// assert_eq!(judgement.verdict.label(), "neutral");
/// assert!(judgement.decision.is_some() && judgement.matches.is_empty());
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Judgement<V = Score> {
    /// Verdict of the model, with the phrases to ignore masked.
    pub verdict: V,
    /// Decision; none if the model has no thresholds and no rule decides.
    pub decision: Option<Decision>,
    /// Matches of house rules, in the order of the comment, without those inside a longer phrase to ignore.
    pub matches: Vec<Match>,
}

impl<V> Judgement<V> {
    /// Reason of the decision, and the rule of the house where one decided. `rules` are those that the comment was
    /// judged by.
    pub fn reason<'r>(&self, rules: Option<&'r Rules>) -> Option<(Reason, Option<&'r Rule>)> {
        let reason = self.decision?.reason;
        let rule = match (reason, rules, deciding(&self.matches)) {
            (Reason::Rule, Some(rules), Some(found)) => rules.list().get(found.rule),
            _ => None,
        };
        Some((reason, rule))
    }
}

impl Classifier {
    /// Judges a comment by the model, and by house rules if there are any. Does not allocate if no rule matches. A
    /// comment without a phrase to ignore is scored as by [`Classifier::score`].
    ///
    /// ```
    /// use naqd::{Action, Classifier, Effect, Model, Rule, Rules};
    ///
    /// let rule = |phrase: &str, effect| Rule { phrase: phrase.to_owned(), effect, note: String::new(), line: 0 };
    /// let list = vec![rule("كلب البحر", Effect::Ignore), rule("@someone", Effect::Hold)];
    /// let rules = Rules::new(list, "rules.csv".as_ref())?;
    /// let judgement = Classifier::new(&Model::shipped()).judge("@someone شاهدنا كلب البحر", Some(&rules));
    /// assert_eq!(judgement.decision.map(|decision| decision.action), Some(Action::Hold));
    /// let (reason, rule) = judgement.reason(Some(&rules)).unwrap();
    /// assert_eq!((reason.as_str(), rule.unwrap().phrase.as_str()), ("rule", "@someone"));
    /// assert_eq!(judgement.matches.len(), 2);
    /// # Ok::<(), naqd::RulesError>(())
    /// ```
    pub fn judge(&self, text: &str, rules: Option<&Rules>) -> Judgement {
        self.judged(text, rules, Classifier::score_without, |score| *score)
    }

    /// Judgement with a verdict on each sentence.
    pub fn judge_sentences(&self, text: &str, rules: Option<&Rules>) -> Judgement<Verdict> {
        self.judged(text, rules, Classifier::classify_without, Verdict::score)
    }

    /// Judgement with the words that led to the verdict.
    pub fn judge_explained(&self, text: &str, rules: Option<&Rules>) -> Judgement<Explanation> {
        self.judged(text, rules, Classifier::explain_without, |explanation| explanation.verdict.score())
    }

    fn judged<V>(
        &self,
        text: &str,
        rules: Option<&Rules>,
        verdict: impl Fn(&Self, &str, &[std::ops::Range<usize>]) -> V,
        score: impl Fn(&V) -> Score,
    ) -> Judgement<V> {
        let matches = rules.map_or_else(Vec::new, |rules| rules.find(text));
        let verdict = verdict(self, text, &ignored(&matches));
        let decision = overrule(self.decide(&score(&verdict)), &matches);
        Judgement { verdict, decision, matches }
    }
}
