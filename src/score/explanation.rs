//! Explanations: a verdict with the words that led to it.

use crate::model::classes::Classes;
use crate::model::kinds::KindScores;
use crate::model::label::Probabilities;
use crate::model::score::{Familiarity, Guard, Score};
use crate::ngrams::sink::{Ngram, Parts, Sink};
use crate::score::weight_table::WeightTable;
use crate::text::word::Word;
use std::ops::Range;
use std::sync::Arc;

/// Verdict of a model on a comment and on each of its sentences.
///
/// ```
/// use naqd::{Classifier, Model};
///
/// let classifier = Classifier::new(&Model::shipped());
/// let verdict = classifier.classify("Thank you for this article. You are an idiot.");
/// assert_eq!(verdict.label(), "abusive");
/// assert_eq!(verdict.sentences.len(), 2);
/// ```
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Verdict {
    /// Class of the label, as a place in [`Classifier::classes`](crate::Classifier::classes).
    pub class: usize,
    /// Calibrated probability of each class.
    pub probabilities: Probabilities,
    /// Share of the comment that the model knows.
    pub familiarity: Familiarity,
    /// Guard against its rejection.
    pub guard: Guard,
    /// Kinds of abuse, as far as the model tells them apart.
    pub kinds: KindScores,
    /// Sentences, each scored as if it stood alone.
    pub sentences: Vec<Sentence>,
    pub(super) classes: Arc<Classes>,
}

impl Verdict {
    /// Name of the class that labels the comment.
    pub fn label(&self) -> &str {
        &self.classes[self.class]
    }

    /// Score of the whole comment, without its sentences.
    pub fn score(&self) -> Score {
        let Verdict { class, probabilities, familiarity, guard, kinds, .. } = *self;
        Score { class, probabilities, familiarity, guard, kinds }
    }
}

/// Sentence of a comment.
///
/// ```
/// use naqd::{Classifier, Model};
///
/// let text = "Thank you for this article. You are an idiot.";
/// let verdict = Classifier::new(&Model::shipped()).classify(text);
/// let abusive = verdict.sentences.iter().find(|sentence| sentence.label() == "abusive").expect("one of them");
/// assert_eq!(text[abusive.span.clone()].trim(), "You are an idiot.");
/// ```
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Sentence {
    /// Byte span of the sentence in the comment.
    pub span: Range<usize>,
    /// Score of the sentence alone.
    pub score: Score,
    pub(super) classes: Arc<Classes>,
}

impl Sentence {
    /// Name of the class that labels the sentence.
    pub fn label(&self) -> &str {
        &self.classes[self.score.class]
    }
}

/// Verdict on a comment with the words that led to it.
///
/// ```
/// use naqd::{Classifier, Model};
///
/// let text = "You are an idiot.";
/// let explanation = Classifier::new(&Model::shipped()).explain(text);
/// assert_eq!(explanation.verdict.label(), "abusive");
/// let first = explanation.telling()[0];
/// assert!(text[first.span.clone()].contains("idiot") && first.label() == "abusive");
/// ```
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// Verdict on the comment.
    pub verdict: Verdict,
    /// Evidence: words and pairs of words that the model knows, in the order of the text. Their weights add up to
    /// [`Classifier::totals`](crate::Classifier::totals), exactly.
    pub evidence: Vec<Piece>,
}

/// Piece of evidence: a word or pair of words with the weight of all its n-grams.
///
/// ```
/// use naqd::{Classifier, Model};
///
/// let explanation = Classifier::new(&Model::shipped()).explain("شكرا يا غبي");
/// let word = explanation.evidence.iter().find(|piece| piece.span == (0.."شكرا".len())).expect("a known word");
/// assert_eq!((word.pair, word.label(), word.weights.len()), (false, "neutral", 3));
/// ```
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Piece {
    /// Byte span in the comment.
    pub span: Range<usize>,
    /// True for a pair of neighbouring words.
    pub pair: bool,
    /// Weight for each class, in units of the model's step.
    pub weights: Vec<i64>,
    /// Class that it speaks for most, as a place in [`Classifier::classes`](crate::Classifier::classes).
    pub class: usize,
    /// Addition to the log-odds of that class, compared with the mean of all classes.
    pub weight: f64,
    pub(super) classes: Arc<Classes>,
}

impl Piece {
    /// Name of the class that it speaks for most.
    pub fn label(&self) -> &str {
        &self.classes[self.class]
    }
}

impl Explanation {
    /// Pieces that decided the verdict, by descending weight: at most 20, each with at least a tenth of the weight of the
    /// first.
    pub fn telling(&self) -> Vec<&Piece> {
        let mut pieces: Vec<&Piece> = self.evidence.iter().filter(|piece| piece.weight > 0.0).collect();
        pieces.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let minimum = pieces.first().map_or(0.0, |piece| piece.weight / 10.0);
        pieces.retain(|piece| piece.weight >= minimum);
        pieces.truncate(20);
        pieces
    }
}

/// Sink that collects evidence.
pub(super) struct Collect<'t> {
    table: &'t WeightTable,
    classes: &'t Arc<Classes>,
    pub(super) pieces: Vec<Piece>,
    /// Byte span of the word being read.
    word: (u32, u32),
    /// Piece of that word, once it has one.
    piece: Option<usize>,
    /// True if the table knows the word.
    known: bool,
}

impl<'t> Collect<'t> {
    pub(super) fn new(table: &'t WeightTable, classes: &'t Arc<Classes>) -> Collect<'t> {
        Collect { table, classes, pieces: Vec::new(), word: (0, 0), piece: None, known: true }
    }
}

impl Sink for Collect<'_> {
    fn respell(&mut self, word: &mut Word) {
        self.known = self.table.respell(word);
    }

    fn is_known(&self) -> bool {
        self.known
    }

    fn joined(&self, pair: u64) -> Option<Word> {
        self.table.joined(pair)
    }

    fn ngram(&mut self, ngram: Ngram<'_>) {
        let pair = matches!(ngram.parts, Parts::Pair(..));
        if matches!(ngram.parts, Parts::Word(_) | Parts::Marked(..)) {
            (self.word, self.piece) = (ngram.span, None);
        }
        let Some(weights) = self.table.get(ngram.hash, pair) else { return };
        let place = match self.piece {
            Some(place) if !pair => place,
            _ => {
                let (start, end) = if pair { ngram.span } else { self.word };
                let span = start as usize..end as usize;
                let classes = Arc::clone(self.classes);
                self.pieces.push(Piece { span, pair, weights: vec![0; weights.len()], class: 0, weight: 0.0, classes });
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
