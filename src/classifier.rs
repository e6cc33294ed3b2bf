//! A [`Model`] compiled for scoring: one pass over a comment's n-grams adds up integer rows of a table; the
//! dense layer turns the sums into probabilities. Explaining is the same pass with the places kept.

use std::ops::Range;

use crate::features::{Ngram, Parts, Sink, emit};
use crate::label::Probabilities;
use crate::model::{Model, VerdictLayer};
use crate::table::{Signals, Table};
use crate::text::Word;
use crate::triage::{Decision, Familiar, Rule, Thresholds, TriageError, abusive};
use crate::without::Without;

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
    layer: VerdictLayer,
    abusive: Option<usize>,
    familiar: Familiar,
    rule: Option<Rule>,
}

/// A label and how sure of it the model is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Score {
    /// The label, as a place in [`Classifier::classes`].
    pub label: usize,
    /// Calibrated probability of each class.
    pub probabilities: Probabilities,
    /// How much of the comment the model knows.
    pub familiarity: Familiarity,
}

/// How much of a comment a model knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Familiarity {
    /// N-grams of the comment.
    pub ngrams: u32,
    /// N-grams that the model knows.
    pub known: u32,
    /// Words that are made of letters.
    pub words: u32,
    /// Of these, those whose light stem the model knows.
    pub known_words: u32,
    /// Whether most letters are Arabic.
    pub arabic: bool,
    /// Per cent of the letters in Arabic script that Arabic does not write, but Persian, Urdu or Kurdish do (U+06C0 to
    /// U+06FF; the letters that dialects borrow are not among them).
    pub foreign: u8,
}

/// What a model says of a comment.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// The label, as a place in [`Classifier::classes`].
    pub label: usize,
    /// Calibrated probability of each class.
    pub probabilities: Probabilities,
    /// How much of the comment the model knows.
    pub familiarity: Familiarity,
    /// The same for each sentence, as if it stood alone.
    pub sentences: Vec<Sentence>,
}

impl Verdict {
    /// The verdict on the whole comment alone.
    pub fn score(&self) -> Score {
        Score { label: self.label, probabilities: self.probabilities, familiarity: self.familiarity }
    }
}

/// A sentence of a comment.
#[derive(Clone, PartialEq, Debug)]
pub struct Sentence {
    /// Its bytes.
    pub span: Range<usize>,
    /// What the model says of it alone.
    pub score: Score,
}

/// Why a comment has its verdict.
#[derive(Clone, PartialEq, Debug)]
pub struct Explanation {
    /// The verdict.
    pub verdict: Verdict,
    /// Words and pairs of words that the model knows, in the order of the text. Their weights add up to
    /// [`Classifier::totals`], exactly.
    pub evidence: Vec<Piece>,
}

/// A word or pair of words with the weight of all its n-grams.
#[derive(Clone, PartialEq, Debug)]
pub struct Piece {
    /// Its bytes.
    pub span: Range<usize>,
    /// Whether it is a pair of neighbouring words rather than a word.
    pub pair: bool,
    /// Weight for each class, in units of the model's step.
    pub weights: Vec<i64>,
    /// The class it speaks for most.
    pub class: usize,
    /// How much it adds to that class's log-odds, compared with the mean of all classes.
    pub weight: f64,
}

impl Explanation {
    /// The pieces that tipped the scale, weightiest first: at most 20, each with at least a tenth of the weight
    /// of the first.
    pub fn telling(&self) -> Vec<&Piece> {
        let mut pieces: Vec<&Piece> = self.evidence.iter().filter(|piece| piece.weight > 0.0).collect();
        pieces.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let least = pieces.first().map_or(0.0, |piece| piece.weight / 10.0);
        pieces.retain(|piece| piece.weight >= least);
        pieces.truncate(20);
        pieces
    }
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
    pub(crate) fn of(classes: Vec<String>, table: Table, layer: VerdictLayer) -> Self {
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
        self.table.signals_without(text, ignored, |_| {}, |signals| self.layer.score(signals, self.abusive))
    }

    /// Probabilities by the sparse layer alone, before the verdict layer calibrates them.
    pub fn evidence_alone(&self, text: &str) -> Probabilities {
        let k = self.classes.len();
        self.table.signals(text, |signals| Probabilities::softmax(&signals.whole[..k]))
    }

    /// Label and probabilities of a comment and of each of its sentences.
    pub fn classify(&self, text: &str) -> Verdict {
        self.classify_without(text, &[])
    }

    pub(crate) fn classify_without(&self, text: &str, ignored: &[Range<usize>]) -> Verdict {
        let mut spans = Vec::new();
        let score = |signals: Signals<'_>| self.layer.score(signals, self.abusive);
        let whole = self.table.signals_without(text, ignored, |span| spans.push(span), score);
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
        let mut left = Without::new(&mut sink, ignored);
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
fn strong(layer: &VerdictLayer, abusive: Option<usize>) -> f64 {
    abusive.map_or(f64::INFINITY, |abusive| layer.mean[2 * layer.intercept.len() + abusive])
}

/// The sink that explains.
struct Collect<'t> {
    table: &'t Table,
    pieces: Vec<Piece>,
    /// The bytes of the word being read, and its piece once it has one.
    word: (u32, u32),
    piece: Option<usize>,
    /// Whether the table knows the word.
    known: bool,
}

impl Sink for Collect<'_> {
    fn respell(&mut self, word: &mut Word) {
        self.known = self.table.respell(word);
    }

    fn knows(&self) -> bool {
        self.known
    }

    fn joined(&self, pair: u64) -> Option<Word> {
        self.table.joined(pair)
    }

    fn ngram(&mut self, ngram: Ngram<'_>) {
        let pair = matches!(ngram.parts, Parts::Pair(..));
        if matches!(ngram.parts, Parts::Word(_)) {
            (self.word, self.piece) = (ngram.span, None);
        }
        let Some(weights) = self.table.get(ngram.hash, pair) else { return };
        let place = match self.piece {
            Some(place) if !pair => place,
            _ => {
                let (start, end) = if pair { ngram.span } else { self.word };
                let span = start as usize..end as usize;
                self.pieces.push(Piece { span, pair, weights: vec![0; weights.len()], class: 0, weight: 0.0 });
                self.pieces.len() - 1
            }
        };
        if !pair {
            self.piece = Some(place);
        }
        for (sum, weight) in self.pieces[place].weights.iter_mut().zip(weights) {
            *sum += i64::from(*weight);
        }
    }
}
