//! A [`Model`] compiled for scoring: one pass over a comment's n-grams adds up integer rows of a table; the
//! dense layer turns the sums into probabilities. Explaining is the same pass with the places kept.

use std::ops::Range;

use crate::features::{Ngram, Parts, Sink, emit};
use crate::label::{MAX_CLASSES, Probabilities};
use crate::model::{Evidence, Model, VerdictLayer};
use crate::verdict::signals;

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
}

/// A label and how sure of it the model is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Score {
    /// The label, as a place in [`Classifier::classes`].
    pub label: usize,
    /// Calibrated probability of each class.
    pub probabilities: Probabilities,
}

/// What a model says of a comment.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// The label, as a place in [`Classifier::classes`].
    pub label: usize,
    /// Calibrated probability of each class.
    pub probabilities: Probabilities,
    /// The same for each sentence, as if it stood alone.
    pub sentences: Vec<Sentence>,
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
        Classifier { classes: model.classes.clone(), table: Table::new(&model.evidence), layer: model.verdict.clone() }
    }

    /// Names of the classes, in the order of all weights and probabilities.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Label and probabilities of a comment. Does not allocate.
    pub fn score(&self, text: &str) -> Score {
        self.layer.score(&self.table.signals(text))
    }

    /// Label and probabilities of a comment and of each of its sentences.
    pub fn classify(&self, text: &str) -> Verdict {
        let mut sentences = Vec::new();
        let signals = self.table.signals_by_sentence(text, |span, signals| {
            sentences.push(Sentence { span, score: self.layer.score(signals) });
        });
        let Score { label, probabilities } = self.layer.score(&signals);
        Verdict { label, probabilities, sentences }
    }

    /// The sum of the weights of all n-grams of a comment, for each class, in units of the model's step: what
    /// its verdict is made from.
    pub fn totals(&self, text: &str) -> Vec<i64> {
        let (whole, _) = self.table.sums(text, |_, _| {});
        whole.totals[..self.classes.len()].to_vec()
    }

    /// The verdict on a comment with the words that led to it.
    pub fn explain(&self, text: &str) -> Explanation {
        let verdict = self.classify(text);
        let k = self.classes.len();
        let mut sink = Collect { table: &self.table, pieces: Vec::new(), word: (0, 0), piece: None };
        let n = emit(text, &mut sink);
        let scale = self.table.scale(n);
        for piece in &mut sink.pieces {
            let mean = piece.weights.iter().sum::<i64>() as f64 / k as f64;
            piece.class = (0..k).rev().max_by_key(|&class| piece.weights[class]).unwrap_or(0);
            piece.weight = (piece.weights[piece.class] as f64 - mean) * scale;
        }
        Explanation { verdict, evidence: sink.pieces }
    }
}

/// The n-grams of a model in an open-addressing hash table of rows `[fingerprint, weight of each class ...]`.
pub(crate) struct Table {
    rows: Vec<i16>,
    mask: usize,
    classes: usize,
    step: f64,
    bias: Vec<f32>,
    /// N-grams (places in the evidence) that could not be told from an earlier one and were left out.
    pub(crate) shadowed: Vec<usize>,
}

impl Table {
    pub(crate) fn new(evidence: &Evidence) -> Self {
        let classes = evidence.bias.len();
        let slots = (evidence.hashes.len() * 2).next_power_of_two().max(16);
        let mut table = Table {
            rows: vec![0; slots * (classes + 1)],
            mask: slots - 1,
            classes,
            step: f64::from(evidence.step),
            bias: evidence.bias.clone(),
            shadowed: Vec::new(),
        };
        for (i, (&hash, weights)) in evidence.hashes.iter().zip(evidence.weights.chunks_exact(classes)).enumerate() {
            match table.find(hash) {
                Ok(_) => table.shadowed.push(i),
                Err(slot) => {
                    let row = &mut table.rows[slot * (classes + 1)..][..classes + 1];
                    row[0] = fingerprint(hash);
                    row[1..].copy_from_slice(weights);
                }
            }
        }
        table
    }

    /// The slot of an n-gram, or the empty one where it would be.
    #[inline]
    fn find(&self, hash: u64) -> Result<usize, usize> {
        let stride = self.classes + 1;
        let fingerprint = fingerprint(hash);
        let mut slot = hash as usize & self.mask;
        loop {
            match self.rows[slot * stride] {
                0 => return Err(slot),
                found if found == fingerprint => return Ok(slot),
                // Half of the slots are empty, so this ends.
                _ => slot = (slot + 1) & self.mask,
            }
        }
    }

    /// The weights of an n-gram, if the table knows it.
    #[inline]
    fn get(&self, hash: u64) -> Option<&[i16]> {
        let stride = self.classes + 1;
        self.find(hash).ok().map(|slot| &self.rows[slot * stride + 1..][..self.classes])
    }

    /// What one unit of weight adds to the log-odds of a text of `n` n-grams.
    fn scale(&self, n: u32) -> f64 {
        self.step / f64::from(n.max(1)).sqrt()
    }

    pub(crate) fn signals(&self, text: &str) -> Signals {
        self.signals_by_sentence(text, |_, _| {})
    }

    /// The signals of a text; hands those of each sentence to `sentence` on the way.
    fn signals_by_sentence(&self, text: &str, sentence: impl FnMut(Range<usize>, &Signals)) -> Signals {
        let (whole, strongest) = self.sums(text, sentence);
        let logits = self.logits(&whole);
        self.pack(&whole, &logits, &strongest.unwrap_or(logits))
    }

    /// The sums of a text, and for each class the log-odds of the sentence where they are greatest.
    fn sums(&self, text: &str, sentence: impl FnMut(Range<usize>, &Signals)) -> (Sums, Option<[f64; MAX_CLASSES]>) {
        let mut sink = Sum {
            table: self,
            word: [0; MAX_CLASSES],
            part: Sums::default(),
            whole: Sums::default(),
            strongest: None,
            sentence,
        };
        emit(text, &mut sink);
        (sink.whole, sink.strongest)
    }

    /// Log-odds of each class less their mean.
    fn logits(&self, sums: &Sums) -> [f64; MAX_CLASSES] {
        let mut logits = [0.0; MAX_CLASSES];
        let scale = self.scale(sums.n);
        for ((logit, total), bias) in logits.iter_mut().zip(&sums.totals).zip(&self.bias) {
            *logit = *total as f64 * scale + f64::from(*bias);
        }
        let mean = logits[..self.classes].iter().sum::<f64>() / self.classes as f64;
        logits[..self.classes].iter_mut().for_each(|logit| *logit -= mean);
        logits
    }

    fn pack(&self, sums: &Sums, logits: &[f64], strongest: &[f64]) -> Signals {
        let k = self.classes;
        let mut signals = Signals([0.0; signals(MAX_CLASSES)]);
        let n = f64::from(sums.n);
        for class in 0..k {
            signals.0[class] = logits[class];
            signals.0[k + class] = strongest[class];
            signals.0[2 * k + class] = sums.strongest_word[class] as f64 / k as f64 * self.step;
        }
        signals.0[3 * k] = f64::from(sums.known) / n.max(1.0);
        signals.0[3 * k + 1] = n.ln_1p();
        signals
    }
}

#[inline]
fn fingerprint(hash: u64) -> i16 {
    // 0 marks an empty slot.
    match (hash >> 48) as i16 {
        0 => 1,
        bits => bits,
    }
}

/// What the dense layer sees of a comment; the first [`signals`]`(classes)` count. For each class its log-odds
/// (less the mean of all classes) in the whole comment, the same in the sentence where it is greatest, and the
/// greatest weight that a single word has for it (less the mean, not divided by length); then the share of
/// n-grams that the model knows, and the logarithm of one plus their number.
#[derive(Clone)]
pub(crate) struct Signals([f64; signals(MAX_CLASSES)]);

impl Signals {
    pub(crate) fn as_slice(&self, classes: usize) -> &[f64] {
        &self.0[..signals(classes)]
    }
}

/// Sums over the n-grams of a sentence or a text.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: u32,
    known: u32,
    /// Weights of each class. 64 bits: a comment of a repeated word must not wrap them.
    totals: [i64; MAX_CLASSES],
    /// For each class, the greatest weight of a word, less the mean of the word's weights, times the classes.
    strongest_word: [i64; MAX_CLASSES],
}

/// The sink that scores.
struct Sum<'t, F> {
    table: &'t Table,
    /// Weights of the word being read: its characters, itself, and its pair with the word before it.
    word: [i64; MAX_CLASSES],
    part: Sums,
    whole: Sums,
    strongest: Option<[f64; MAX_CLASSES]>,
    sentence: F,
}

impl<F> Sum<'_, F> {
    #[inline]
    fn end_word(&mut self) {
        let k = self.table.classes;
        let word = &mut self.word[..k];
        let sum: i64 = word.iter().sum();
        for ((total, strongest), weight) in
            self.part.totals.iter_mut().zip(&mut self.part.strongest_word).zip(word.iter_mut())
        {
            *total += *weight;
            *strongest = (*strongest).max(*weight * k as i64 - sum);
            *weight = 0;
        }
    }
}

impl<F: FnMut(Range<usize>, &Signals)> Sink for Sum<'_, F> {
    #[inline]
    fn ngram(&mut self, ngram: Ngram<'_>) {
        if matches!(ngram.parts, Parts::Word(_)) {
            self.end_word();
        }
        self.part.n += 1;
        if let Some(weights) = self.table.get(ngram.hash) {
            self.part.known += 1;
            for (sum, weight) in self.word.iter_mut().zip(weights) {
                *sum += i64::from(*weight);
            }
        }
    }

    fn sentence(&mut self, start: u32, end: u32) {
        self.end_word();
        let k = self.table.classes;
        let part = std::mem::take(&mut self.part);
        let logits = self.table.logits(&part);
        (self.sentence)(start as usize..end as usize, &self.table.pack(&part, &logits, &logits));
        let strongest = self.strongest.get_or_insert(logits);
        self.whole.n += part.n;
        self.whole.known += part.known;
        for class in 0..k {
            strongest[class] = strongest[class].max(logits[class]);
            self.whole.totals[class] += part.totals[class];
            self.whole.strongest_word[class] = self.whole.strongest_word[class].max(part.strongest_word[class]);
        }
    }
}

/// The sink that explains.
struct Collect<'t> {
    table: &'t Table,
    pieces: Vec<Piece>,
    /// The bytes of the word being read, and its piece once it has one.
    word: (u32, u32),
    piece: Option<usize>,
}

impl Sink for Collect<'_> {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        let pair = matches!(ngram.parts, Parts::Pair(..));
        if matches!(ngram.parts, Parts::Word(_)) {
            (self.word, self.piece) = (ngram.span, None);
        }
        let Some(weights) = self.table.get(ngram.hash) else { return };
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
