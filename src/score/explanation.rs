//! Explanations: a verdict with the words that led to it.

use crate::model::label::Probabilities;
use crate::model::score::{Familiarity, Score};
use crate::ngrams::sink::{Ngram, Parts, Sink};
use crate::score::weight_table::Table;
use crate::text::word::Word;
use std::ops::Range;

/// What a model says of a comment.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// The label, as a place in [`Classifier::classes`](crate::Classifier::classes).
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
    /// [`Classifier::totals`](crate::Classifier::totals), exactly.
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

/// The sink that explains.
pub(super) struct Collect<'t> {
    pub(super) table: &'t Table,
    pub(super) pieces: Vec<Piece>,
    /// The bytes of the word being read, and its piece once it has one.
    pub(super) word: (u32, u32),
    pub(super) piece: Option<usize>,
    /// Whether the table knows the word.
    pub(super) known: bool,
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
