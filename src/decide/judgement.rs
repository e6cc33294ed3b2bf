//! What becomes of a comment: the model's verdict, the rules of the house, and the decision that both lead to.

use crate::decide::rules::{Match, Rules, deciding, ignored, overrule};
use crate::model::score::Score;
use crate::model::triage::{Decision, Reason};
use crate::score::classifier::Classifier;
use crate::score::explanation::{Explanation, Verdict};
use std::borrow::Cow;

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
#[non_exhaustive]
#[derive(Clone, PartialEq, Debug)]
pub struct Judgement<V = Score> {
    /// What the model says, without the phrases to ignore.
    pub verdict: V,
    /// What becomes of the comment; none if the model has no thresholds and no rule decides.
    pub decision: Option<Decision>,
    /// The rules that the comment meets, in its order; those inside a longer phrase to ignore are left out.
    pub matches: Vec<Match>,
}

impl<V> Judgement<V> {
    /// Why it was decided so: `score`, `unfamiliar`, `no promise`, or `rule: ` and the phrase of the rule. `rules` are
    /// those that it was judged by.
    pub fn reason<'r>(&self, rules: Option<&'r Rules>) -> Option<Cow<'r, str>> {
        let reason = self.decision?.reason;
        match (reason, rules, deciding(&self.matches)) {
            (Reason::Rule, Some(rules), Some(found)) => {
                Some(format!("{reason}: {}", rules.list().get(found.rule)?.phrase).into())
            }
            _ => Some(reason.as_str().into()),
        }
    }
}

impl Classifier {
    /// Judges a comment: by the model alone, or by the rules of the house as well. Does not allocate where no
    /// rule is met. A comment in which no phrase is to be ignored is scored as by [`Classifier::score`].
    ///
    /// ```
    /// use naqd::{Action, Classifier, Effect, Model, Rule, Rules};
    ///
    /// let rule = |phrase: &str, effect| Rule { phrase: phrase.to_owned(), effect, note: String::new(), line: 0 };
    /// let list = vec![rule("كلب البحر", Effect::Ignore), rule("@someone", Effect::Hold)];
    /// let rules = Rules::new(list, "rules.csv".as_ref())?;
    /// let judgement = Classifier::new(&Model::shipped()).judge("@someone شاهدنا كلب البحر", Some(&rules));
    /// assert_eq!(judgement.decision.map(|decision| decision.action), Some(Action::Hold));
    /// assert_eq!(judgement.reason(Some(&rules)).as_deref(), Some("rule: @someone"));
    /// assert_eq!(judgement.matches.len(), 2);
    /// # Ok::<(), naqd::RulesError>(())
    /// ```
    pub fn judge(&self, text: &str, rules: Option<&Rules>) -> Judgement {
        self.judged(text, rules, Classifier::score_without, |score| *score)
    }

    /// The same with a verdict on each sentence.
    pub fn judge_sentences(&self, text: &str, rules: Option<&Rules>) -> Judgement<Verdict> {
        self.judged(text, rules, Classifier::classify_without, Verdict::score)
    }

    /// The same with the words that led to the verdict.
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
