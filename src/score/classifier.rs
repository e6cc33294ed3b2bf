//! Classifier: a [`Model`] compiled for scoring. One pass over the n-grams of a comment adds up integer rows of a table;
//! the calibrator turns the sums into probabilities. An explanation is the same pass with the places kept.

use crate::model::Model;
use crate::model::classes::Classes;
use crate::model::label::Probabilities;
use crate::model::layer::Calibrator;
use crate::model::score::Score;
use crate::model::triage::{Decider, Decision, Familiar, Thresholds, ThresholdsError, Triage};
use crate::ngrams::emit::emit;
use crate::ngrams::masked::Masked;
use crate::score::explanation::Collect;
use crate::score::explanation::{Explanation, Sentence, Verdict};
use crate::score::signals::{Layout, Signals};
use crate::score::weight_table::WeightTable;
use std::ops::Range;
use std::sync::Arc;

/// Classifier: scores comments with a [`Model`].
///
/// ```
/// use naqd::{Classifier, Model};
///
/// let classifier = Classifier::new(&Model::shipped());
/// let verdict = classifier.classify("شكرا على هذا التقرير المفيد");
/// assert_eq!(verdict.label(), "neutral");
/// assert!(verdict.probabilities[verdict.class] > 0.5);
/// ```
pub struct Classifier {
    pub(super) classes: Arc<Classes>,
    pub(super) table: WeightTable,
    calibrator: Calibrator,
    familiar: Familiar,
    decider: Option<Decider>,
    /// Calibrator and decisions of comments of another script.
    kept: Option<KeptClassifier>,
}

/// Calibrator and decisions of comments of one script.
struct KeptClassifier {
    arabic: bool,
    calibrator: Calibrator,
    familiar: Familiar,
    decider: Option<Decider>,
}

impl Classifier {
    /// Compiles a model.
    pub fn new(model: &Model) -> Self {
        let abusive = model.classes.abusive();
        let familiar = |triage: &Option<Triage>| triage.as_ref().map_or(Familiar::default(), |of| of.familiar);
        let decider =
            |triage: &Option<Triage>| triage.as_ref().and_then(|of| Decider::new(of.thresholds, &model.classes).ok());
        let kept = model.kept.as_ref().map(|kept| KeptClassifier {
            arabic: kept.arabic,
            calibrator: kept.calibrator.clone(),
            familiar: familiar(&kept.triage),
            decider: decider(&kept.triage),
        });
        // Words are respelt as by the model that it learnt on top of.
        let respelling = kept.as_ref().map_or(&model.calibrator, |kept| &kept.calibrator);
        Classifier {
            classes: Arc::clone(&model.classes),
            table: WeightTable::new(&model.weights, abusive).with_words(
                &model.ngrams,
                &model.known_words,
                strongest_word(respelling, abusive),
            ),
            calibrator: model.calibrator.clone(),
            familiar: familiar(&model.triage),
            decider: decider(&model.triage),
            kept,
        }
    }

    /// Classifier from compiled parts; it makes no decisions.
    #[cfg(feature = "train")]
    pub(crate) fn from_parts(classes: Arc<Classes>, table: WeightTable, calibrator: Calibrator) -> Self {
        Classifier { classes, table, calibrator, familiar: Familiar::default(), decider: None, kept: None }
    }

    /// Classes, in the order of all weights and probabilities.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// Thresholds of its decisions, if there are any; of a model that learnt on top of another in one script only, those of
    /// that script.
    pub fn thresholds(&self) -> Option<Thresholds> {
        self.decider.map(|decider| decider.thresholds())
    }

    /// Replaces the thresholds of its decisions.
    ///
    /// # Errors
    /// They contradict one another, or no class is named `abusive`.
    pub fn set_thresholds(&mut self, thresholds: Thresholds) -> Result<(), ThresholdsError> {
        let decider = Some(Decider::new(thresholds, &self.classes)?);
        self.decider = decider;
        self.kept.iter_mut().for_each(|kept| kept.decider = decider);
        Ok(())
    }

    /// Changes the thresholds of its decisions; where comments of a script have thresholds of their own, these too.
    ///
    /// # Errors
    /// As [`Classifier::set_thresholds`].
    #[cfg(feature = "internal")]
    #[doc(hidden)]
    pub fn change_thresholds(&mut self, change: impl Fn(&mut Thresholds)) -> Result<(), ThresholdsError> {
        let changed = |decider: Option<Decider>| {
            let mut thresholds = decider.map_or(Thresholds::default(), |decider| decider.thresholds());
            change(&mut thresholds);
            Decider::new(thresholds, &self.classes).map(Some)
        };
        let own = changed(self.decider)?;
        let kept = self.kept.as_ref().map(|kept| changed(kept.decider)).transpose()?;
        self.decider = own;
        self.kept.iter_mut().zip(kept).for_each(|(kept, decider)| kept.decider = decider);
        Ok(())
    }

    /// Removes the thresholds of its decisions: comments are guarded as before thresholds are chosen.
    #[cfg(feature = "internal")]
    #[doc(hidden)]
    pub fn remove_thresholds(&mut self) {
        self.decider = None;
        self.kept.iter_mut().for_each(|kept| kept.decider = None);
    }

    /// Decision on a comment of this score; none without thresholds. Does not allocate.
    pub fn decide(&self, score: &Score) -> Option<Decision> {
        let (decider, familiar) = self.deciding(score.familiarity.arabic);
        decider.map(|decider| decider.decide(score, familiar))
    }

    /// What comments of a script are decided by.
    pub(super) fn deciding(&self, arabic: bool) -> (Option<Decider>, Familiar) {
        match self.kept(arabic) {
            Some(kept) => (kept.decider, kept.familiar),
            None => (self.decider, self.familiar),
        }
    }

    /// Calibrator of comments of a script.
    pub(super) fn calibrating(&self, arabic: bool) -> &Calibrator {
        self.kept(arabic).map_or(&self.calibrator, |kept| &kept.calibrator)
    }

    /// Calibrator and decisions of comments of a script, if they are not its own.
    fn kept(&self, arabic: bool) -> Option<&KeptClassifier> {
        self.kept.as_ref().filter(|kept| kept.arabic == arabic)
    }

    /// Label and probabilities of a comment. Does not allocate, unless the comment is abusive and has quotations.
    pub fn score(&self, text: &str) -> Score {
        self.score_without(text, &[])
    }

    /// Score of a text without the n-grams that touch `ignored`: byte spans, sorted, and not touching one another.
    pub(crate) fn score_without(&self, text: &str, ignored: &[Range<usize>]) -> Score {
        let score = self.table.signals_masked(text, ignored, |_| {}, |signals| self.calibrated(signals));
        self.with_quotations(text, ignored, score)
    }

    /// Score with the guard of one word.
    pub(super) fn calibrated(&self, signals: Signals<'_>) -> Score {
        let score = self.calibrating(signals.familiarity.arabic).score(&signals, self.classes.abusive());
        self.with_word(signals, score)
    }

    /// Probabilities by the n-gram weights alone, before calibration.
    pub fn uncalibrated(&self, text: &str) -> Probabilities {
        let k = self.classes.len();
        self.table.signals(text, |signals| Probabilities::softmax(&signals.whole[Layout::new(k).whole()]))
    }

    /// Label and probabilities of a comment and of each of its sentences.
    pub fn classify(&self, text: &str) -> Verdict {
        self.classify_without(text, &[])
    }

    pub(crate) fn classify_without(&self, text: &str, ignored: &[Range<usize>]) -> Verdict {
        let mut spans = Vec::new();
        let whole =
            self.table.signals_masked(text, ignored, |span| spans.push(span), |signals| self.calibrated(signals));
        let sentence = |span, score| Sentence { span, score, classes: Arc::clone(&self.classes) };
        let alone = |span: Range<usize>| {
            let first = ignored.partition_point(|ignored| ignored.end <= span.start);
            let inside = ignored[first..].iter().take_while(|ignored| ignored.start < span.end);
            let inside =
                inside.map(|ignored| ignored.start.saturating_sub(span.start)..ignored.end.min(span.end) - span.start);
            let score = self.score_without(&text[span.clone()], &inside.collect::<Vec<_>>());
            sentence(span, score)
        };
        let sentences = match &spans[..] {
            [only] if only.len() == text.len() => vec![sentence(only.clone(), whole)],
            _ => spans.into_iter().map(alone).collect(),
        };
        let Score { class, probabilities, familiarity, guard } = self.with_quotations(text, ignored, whole);
        Verdict { class, probabilities, familiarity, guard, sentences, classes: Arc::clone(&self.classes) }
    }

    /// Sum of the weights of all n-grams of a comment, for each class, in units of the model's step.
    pub fn totals(&self, text: &str) -> Vec<i64> {
        self.table.totals(text)
    }

    /// Verdict on a comment with the words that led to it.
    pub fn explain(&self, text: &str) -> Explanation {
        self.explain_without(text, &[])
    }

    pub(crate) fn explain_without(&self, text: &str, ignored: &[Range<usize>]) -> Explanation {
        let verdict = self.classify_without(text, ignored);
        let k = self.classes.len();
        let mut sink = Collect::new(&self.table, &self.classes);
        let mut masked = Masked::new(&mut sink, ignored);
        emit(text, &mut masked);
        let n = masked.count;
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
        f.debug_struct("Classifier").field("classes", &self.classes.names()).finish_non_exhaustive()
    }
}

/// Weight of the strongest word for abuse in the average comment: only words above it are worth a disguise.
fn strongest_word(calibrator: &Calibrator, abusive: Option<usize>) -> f64 {
    abusive.map_or(f64::INFINITY, |abusive| {
        calibrator.mean[Layout::new(calibrator.intercept.len()).strongest_word(abusive)]
    })
}
