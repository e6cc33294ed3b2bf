//! A [`Model`] compiled for scoring: one pass over a comment's n-grams adds up integer rows of a table; the
//! dense layer turns the sums into probabilities. Explaining is the same pass with the places kept.

use crate::model::Model;
use crate::model::label::Probabilities;
use crate::model::layer::Calibrator;
use crate::model::score::Score;
use crate::model::triage::{Decision, Familiar, Rule, Thresholds, TriageError, abusive};
use crate::ngrams::emit::emit;
use crate::ngrams::masked::Masked;
use crate::score::explanation::Collect;
use crate::score::explanation::{Explanation, Sentence, Verdict};
use crate::score::signals::{Layout, Signals};
use crate::score::weight_table::Table;
use std::ops::Range;

/// Scores comments with a [`Model`].
///
/// ```
/// use naqd::{Classifier, Model};
/// let classifier = Classifier::new(&Model::shipped());
/// let verdict = classifier.classify("شكرا على هذا التقرير المفيد");
/// assert_eq!(classifier.classes()[verdict.label], "neutral");
/// assert!(verdict.probabilities[verdict.label] > 0.5);
/// ```
pub struct Classifier {
    classes: Vec<String>,
    table: Table,
    layer: Calibrator,
    abusive: Option<usize>,
    familiar: Familiar,
    rule: Option<Rule>,
}

impl Classifier {
    /// Compiles a model.
    pub fn new(model: &Model) -> Self {
        let abusive = abusive(&model.classes);
        Classifier {
            classes: model.classes.clone(),
            table: Table::new(&model.evidence, abusive).with_words(
                &model.ngrams,
                &model.seen,
                strong(&model.verdict, abusive),
            ),
            layer: model.verdict.clone(),
            abusive,
            familiar: model.triage.as_ref().map_or(Familiar::default(), |triage| triage.familiar),
            rule: model.triage.as_ref().and_then(|triage| Rule::new(triage.thresholds, &model.classes).ok()),
        }
    }

    /// The thresholds that it decides by, if there are any.
    pub fn thresholds(&self) -> Option<Thresholds> {
        self.rule.map(|rule| rule.thresholds())
    }

    /// Decides by other thresholds.
    ///
    /// # Errors
    /// They contradict one another, or no class is named `abusive`.
    pub fn set_thresholds(&mut self, thresholds: Thresholds) -> Result<(), TriageError> {
        self.rule = Some(Rule::new(thresholds, &self.classes)?);
        Ok(())
    }

    /// What becomes of a comment with this score; none without thresholds. Does not allocate.
    pub fn decide(&self, score: &Score) -> Option<Decision> {
        self.rule.map(|rule| rule.decide(score, self.familiar))
    }

    /// From what a model is compiled to; it decides nothing.
    pub(crate) fn of(classes: Vec<String>, table: Table, layer: Calibrator) -> Self {
        let abusive = abusive(&classes);
        Classifier { classes, table, layer, abusive, familiar: Familiar::default(), rule: None }
    }

    /// Names of the classes, in the order of all weights and probabilities.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Label and probabilities of a comment. Does not allocate.
    pub fn score(&self, text: &str) -> Score {
        self.score_without(text, &[])
    }

    /// The same as if all n-grams that touch `ignored` were not there: bytes of the text, sorted, and not touching
    /// one another.
    pub(crate) fn score_without(&self, text: &str, ignored: &[Range<usize>]) -> Score {
        self.table.signals_masked(text, ignored, |_| {}, |signals| self.layer.score(signals, self.abusive))
    }

    /// Probabilities by the sparse layer alone, before the verdict layer calibrates them.
    pub fn evidence_alone(&self, text: &str) -> Probabilities {
        let k = self.classes.len();
        self.table.signals(text, |signals| Probabilities::softmax(&signals.whole[Layout::new(k).whole()]))
    }

    /// Label and probabilities of a comment and of each of its sentences.
    pub fn classify(&self, text: &str) -> Verdict {
        self.classify_without(text, &[])
    }

    pub(crate) fn classify_without(&self, text: &str, ignored: &[Range<usize>]) -> Verdict {
        let mut spans = Vec::new();
        let score = |signals: Signals<'_>| self.layer.score(signals, self.abusive);
        let whole = self.table.signals_masked(text, ignored, |span| spans.push(span), score);
        let alone = |span: Range<usize>| {
            let first = ignored.partition_point(|ignored| ignored.end <= span.start);
            let inside = ignored[first..].iter().take_while(|ignored| ignored.start < span.end);
            let inside =
                inside.map(|ignored| ignored.start.saturating_sub(span.start)..ignored.end.min(span.end) - span.start);
            let score = self.score_without(&text[span.clone()], &inside.collect::<Vec<_>>());
            Sentence { span, score }
        };
        let sentences = match &spans[..] {
            [only] if only.len() == text.len() => vec![Sentence { span: only.clone(), score: whole }],
            _ => spans.into_iter().map(alone).collect(),
        };
        let Score { label, probabilities, familiarity } = whole;
        Verdict { label, probabilities, familiarity, sentences }
    }

    /// The sum of the weights of all n-grams of a comment, for each class, in units of the model's step: what
    /// its verdict is made from.
    pub fn totals(&self, text: &str) -> Vec<i64> {
        self.table.totals(text)
    }

    /// The verdict on a comment with the words that led to it.
    pub fn explain(&self, text: &str) -> Explanation {
        self.explain_without(text, &[])
    }

    pub(crate) fn explain_without(&self, text: &str, ignored: &[Range<usize>]) -> Explanation {
        let verdict = self.classify_without(text, ignored);
        let k = self.classes.len();
        let mut sink = Collect { table: &self.table, pieces: Vec::new(), word: (0, 0), piece: None, known: true };
        let mut left = Masked::new(&mut sink, ignored);
        emit(text, &mut left);
        let n = left.count;
        let scale = self.table.scale(n);
        for piece in &mut sink.pieces {
            let mean = piece.weights.iter().sum::<i64>() as f64 / k as f64;
            piece.class = (0..k).rev().max_by_key(|&class| piece.weights[class]).unwrap_or(0);
            piece.weight = (piece.weights[piece.class] as f64 - mean) * scale;
        }
        Explanation { verdict, evidence: sink.pieces }
    }
}

impl std::fmt::Debug for Classifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Classifier").field("classes", &self.classes).finish_non_exhaustive()
    }
}

/// What the strongest word for abuse comes to in the average comment: words that are stronger are worth a disguise.
fn strong(layer: &Calibrator, abusive: Option<usize>) -> f64 {
    abusive.map_or(f64::INFINITY, |abusive| layer.mean[Layout::new(layer.intercept.len()).strongest_word(abusive)])
}
