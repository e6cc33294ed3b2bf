//! Classifier: a [`Model`] compiled for scoring. One pass over the n-grams of a comment adds up integer rows of a table;
//! the calibrator turns the sums into probabilities. An explanation is the same pass with the places kept.

use crate::model::by_script::ByScript;
use crate::model::classes::Classes;
use crate::model::kinds::{KindScores, KindSet};
use crate::model::label::Probabilities;
use crate::model::layer::Calibrator;
use crate::model::score::{Familiarity, Guard, Score};
use crate::model::triage::{Decider, Decision, Familiar, Thresholds, ThresholdsError};
use crate::model::{Expert, Model};
use crate::ngrams::emit::emit;
use crate::ngrams::masked::Masked;
use crate::score::explanation::Collect;
use crate::score::explanation::{Explanation, Sentence, Verdict};
use crate::score::kinds::{KindTable, MIN_ABUSIVE};
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
    experts: ByScript<ScriptClassifier>,
}

/// Calibrator and decisions of comments of one script, or of all.
pub(super) struct ScriptClassifier {
    calibrator: Calibrator,
    /// Probabilities of the average comment.
    pub(super) average: Probabilities,
    /// Label of a comment that it has no opinion on: what is neither abuse nor criticism, if there is such a class.
    unknown: usize,
    familiar: Familiar,
    pub(super) decider: Option<Decider>,
}

impl ScriptClassifier {
    /// Classifier by a calibrator; it makes no decisions.
    fn new(calibrator: Calibrator, classes: &Classes) -> ScriptClassifier {
        let average = calibrator.average();
        let unknown = unknown(classes, &average);
        ScriptClassifier { calibrator, average, unknown, familiar: Familiar::default(), decider: None }
    }

    /// True if the probabilities of a comment are not those of the average comment.
    fn has_opinion(&self, probabilities: &Probabilities) -> bool {
        *probabilities != self.average
    }
}

impl Classifier {
    /// Compiles a model.
    pub fn new(model: &Model) -> Self {
        let abusive = model.classes.abusive();
        let expert = |expert: &Expert| ScriptClassifier {
            familiar: expert.triage.as_ref().map_or(Familiar::default(), |of| of.familiar),
            decider: expert.triage.as_ref().and_then(|of| Decider::new(of.thresholds, &model.classes).ok()),
            ..ScriptClassifier::new(expert.calibrator.clone(), &model.classes)
        };
        let biases = model.experts.map(|expert| &expert.bias[..]);
        let strongest_words = model.experts.map(|expert| strongest_word(&expert.calibrator, abusive));
        let table = WeightTable::new(&model.weights, &biases, abusive);
        Classifier {
            classes: Arc::clone(&model.classes),
            table: table
                .with_words(&model.ngrams, &model.known_words, strongest_words)
                .with_kinds(KindTable::new(&model.experts)),
            experts: model.experts.map(expert),
        }
    }

    /// Classifier of one expert from compiled parts; it makes no decisions.
    #[cfg(feature = "train")]
    pub(crate) fn from_parts(classes: Arc<Classes>, table: WeightTable, calibrator: Calibrator) -> Self {
        let expert = ScriptClassifier::new(calibrator, &classes);
        Classifier { classes, table, experts: ByScript::one(expert) }
    }

    /// Classes, in the order of all weights and probabilities.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// Thresholds of its decisions on comments in Arabic, or on others, if there are any.
    pub fn thresholds(&self, arabic: bool) -> Option<Thresholds> {
        self.experts.of(arabic).decider.map(|decider| decider.thresholds())
    }

    /// True if it has thresholds for comments of any script.
    #[cfg(feature = "internal")]
    #[doc(hidden)]
    pub fn decides(&self) -> bool {
        self.experts.iter().any(|(_, expert)| expert.decider.is_some())
    }

    /// Replaces the thresholds of its decisions, for comments of all scripts.
    ///
    /// # Errors
    /// They contradict one another, or no class is named `abusive`.
    pub fn set_thresholds(&mut self, thresholds: Thresholds) -> Result<(), ThresholdsError> {
        let decider = Some(Decider::new(thresholds, &self.classes)?);
        self.experts.iter_mut().for_each(|expert| expert.decider = decider);
        Ok(())
    }

    /// Changes the thresholds of its decisions, those of each script.
    ///
    /// # Errors
    /// As [`Classifier::set_thresholds`].
    #[cfg(feature = "internal")]
    #[doc(hidden)]
    pub fn change_thresholds(&mut self, change: impl Fn(&mut Thresholds)) -> Result<(), ThresholdsError> {
        let changed = |expert: &ScriptClassifier| {
            let mut thresholds = expert.decider.map_or(Thresholds::default(), |decider| decider.thresholds());
            change(&mut thresholds);
            Decider::new(thresholds, &self.classes)
        };
        let deciders = self.experts.iter().map(|(_, expert)| changed(expert)).collect::<Result<Vec<_>, _>>()?;
        self.experts.iter_mut().zip(deciders).for_each(|(expert, decider)| expert.decider = Some(decider));
        Ok(())
    }

    /// Removes the thresholds of its decisions: comments are guarded as before thresholds are chosen.
    #[cfg(feature = "train")]
    #[doc(hidden)]
    pub fn remove_thresholds(&mut self) {
        self.experts.iter_mut().for_each(|expert| expert.decider = None);
    }

    /// Decision on a comment of this score; none without thresholds. Does not allocate.
    pub fn decide(&self, score: &Score) -> Option<Decision> {
        let ScriptClassifier { decider, familiar, .. } = self.expert(score.familiarity.arabic);
        decider.map(|decider| decider.decide(score, *familiar))
    }

    /// What comments of a script are calibrated and decided by.
    pub(super) fn expert(&self, arabic: bool) -> &ScriptClassifier {
        self.experts.of(arabic)
    }

    /// Label and probabilities of a comment. Does not allocate, unless the comment is abusive and has quotations.
    pub fn score(&self, text: &str) -> Score {
        self.score_without(text, &[])
    }

    /// Scores of some comments of a corpus, with their places.
    #[cfg(feature = "train")]
    pub(crate) fn score_all(&self, texts: &[String], comments: &[usize]) -> Vec<(usize, Score)> {
        use rayon::prelude::*;
        comments.par_iter().map(|&i| (i, self.score(&texts[i]))).collect()
    }

    /// Score of a text without the n-grams that touch `ignored`: byte spans, sorted, and not touching one another.
    pub(crate) fn score_without(&self, text: &str, ignored: &[Range<usize>]) -> Score {
        self.score_sentences(text, ignored, |_| {})
    }

    /// The same, and calls `sentence` with the byte span of each sentence.
    fn score_sentences(&self, text: &str, ignored: &[Range<usize>], sentence: impl FnMut(Range<usize>)) -> Score {
        let score = self.table.signals_masked(text, ignored, sentence, |signals| {
            let score = self.calibrated(&signals);
            self.with_kinds(&signals, score)
        });
        self.with_quotations(text, ignored, score)
    }

    /// Score with the kinds of a comment, if it may be abusive.
    fn with_kinds(&self, signals: &Signals<'_>, score: Score) -> Score {
        let (Some(table), Some(totals), Some(abusive)) = (&self.table.kinds, signals.kinds, self.classes.abusive())
        else {
            return score;
        };
        let Familiarity { arabic, ngrams, .. } = score.familiarity;
        let (probability, labelled) = (score.probabilities[abusive], score.class == abusive);
        let may_be_abusive = labelled || probability >= MIN_ABUSIVE;
        if !may_be_abusive || !self.experts.of(arabic).has_opinion(&score.probabilities) {
            return score;
        }
        Score { kinds: table.score(&totals(table), ngrams, arabic, probability, labelled), ..score }
    }

    /// Kinds of abuse that it tells apart in comments in Arabic, or in others.
    pub fn kinds(&self, arabic: bool) -> KindSet {
        self.table.kinds.iter().flat_map(|kinds| kinds.kinds(arabic)).collect()
    }

    /// Score with the guard of one word.
    pub(super) fn calibrated(&self, signals: &Signals<'_>) -> Score {
        let score = self.by_experts(signals);
        self.with_word(signals, score)
    }

    /// Score by the expert of the comment's script. In a comment of both scripts each expert counts by the share of its words.
    pub(super) fn by_experts(&self, signals: &Signals<'_>) -> Score {
        let Signals { whole, part, familiarity, arabic, .. } = *signals;
        let by = |expert: &ScriptClassifier| expert.calibrator.calibrate(whole, part, self.classes.abusive());
        let expert = self.experts.of(familiarity.arabic);
        let probabilities = match self.experts.both() {
            Some([other, of_arabic]) if 0.0 < arabic && arabic < 1.0 => by(of_arabic).blend(&by(other), arabic),
            _ => by(expert),
        };
        let probabilities = self.opinion(expert, probabilities, &familiarity);
        let class =
            if expert.has_opinion(&probabilities) { expert.calibrator.label(&probabilities) } else { expert.unknown };
        Score { class, probabilities, familiarity, guard: Guard::None, kinds: KindScores::default() }
    }

    /// Probabilities of a comment, or, the less of it the model knows, those of the average comment: what it does not know is no
    /// reason to call it harmless. A comment of which it knows a word, or half of the n-grams, is called no less abusive for the
    /// rest.
    fn opinion(
        &self,
        expert: &ScriptClassifier,
        probabilities: Probabilities,
        familiarity: &Familiarity,
    ) -> Probabilities {
        let share = expert.familiar.opinion(familiarity);
        if share >= 1.0 {
            return probabilities;
        }
        let abusive = self.classes.abusive().filter(|_| Familiar::knows_some(familiarity));
        match abusive.is_some_and(|abusive| probabilities[abusive] > expert.average[abusive]) {
            true => probabilities,
            false => probabilities.blend(&expert.average, share),
        }
    }

    /// True if the model knows enough of a comment of this score to have an opinion on it.
    pub fn is_familiar(&self, score: &Score) -> bool {
        self.experts.of(score.familiarity.arabic).familiar.knows(&score.familiarity)
    }

    /// Changes the minimum familiarity of a comment.
    #[cfg(feature = "train")]
    pub(crate) fn with_familiar(mut self, familiar: Familiar) -> Classifier {
        self.experts.iter_mut().for_each(|expert| expert.familiar = familiar);
        self
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
        let whole = self.score_sentences(text, ignored, |span| spans.push(span));
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
        let Score { class, probabilities, familiarity, guard, kinds } = whole;
        Verdict { class, probabilities, familiarity, guard, kinds, sentences, classes: Arc::clone(&self.classes) }
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

/// Most frequent of the classes that are neither abuse nor criticism, or of all; `average` are the probabilities of the average
/// comment.
fn unknown(classes: &Classes, average: &Probabilities) -> usize {
    let harmless = |class: &usize| ![classes.abusive(), classes.critical()].contains(&Some(*class));
    let most = |a: &usize, b: &usize| average[*a].total_cmp(&average[*b]);
    (0..classes.len()).filter(harmless).max_by(most).or((0..classes.len()).max_by(most)).unwrap_or(0)
}

/// Weight of the strongest word for abuse in the average comment: only words above it are worth a disguise.
fn strongest_word(calibrator: &Calibrator, abusive: Option<usize>) -> f64 {
    abusive.map_or(f64::INFINITY, |abusive| {
        calibrator.mean[Layout::new(calibrator.intercept.len()).strongest_word(abusive)]
    })
}
