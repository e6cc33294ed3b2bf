//! The n-grams of a model laid out for look-up, and the sums over a text: the hot loop of scoring.

use std::ops::Range;

use wide::i16x8;

use crate::classifier::Familiarity;
use crate::features::{Kept, Ngram, Parts, Sink, emit};
use crate::label::MAX_CLASSES;
use crate::model::Evidence;
use crate::recall::{self, Known, Recall};
use crate::verdict::{plain_signals, scripts, signals};
use crate::without::Without;

/// N-grams in a bucket.
const BUCKET: usize = 8;

/// Eight n-grams that share the low bits of their hash: with three classes, one line of the cache. Fingerprints
/// are the high bits, so that an unknown n-gram is taken for a known one once in some ten thousand times; 0
/// marks a free place.
#[derive(Clone)]
#[repr(align(64))]
struct Bucket<const K: usize> {
    fingerprints: [i16; BUCKET],
    weights: [[i16; K]; BUCKET],
}

impl<const K: usize> Bucket<K> {
    const FREE: Self = Bucket { fingerprints: [0; BUCKET], weights: [[0; K]; BUCKET] };

    /// Whether a place has the fingerprint, and the first that has (any place otherwise).
    #[inline(always)]
    fn find(&self, fingerprint: i16) -> (bool, usize) {
        let places = i16x8::from(self.fingerprints).simd_eq(i16x8::splat(fingerprint)).to_bitmask();
        (places != 0, places.trailing_zeros() as usize % BUCKET)
    }

    fn insert(&mut self, place: usize, fingerprint: i16, weights: &[i16]) {
        self.fingerprints[place] = fingerprint;
        self.weights[place][..weights.len()].copy_from_slice(weights);
    }
}

#[inline(always)]
fn fingerprint(hash: u64) -> i16 {
    ((hash >> 48) as u16).max(1) as i16
}

/// Which word of the filter, and which bit of it.
#[inline(always)]
fn filter_bit(hash: u64, words: usize) -> (usize, u64) {
    ((hash >> 30) as usize & (words - 1), 1 << (hash >> 24 & 63))
}

/// The buckets for models of two, of three, and of more classes.
enum Buckets {
    Two(Vec<Bucket<2>>),
    Three(Vec<Bucket<3>>),
    More(Vec<Bucket<MAX_CLASSES>>),
}

/// The n-grams of a model laid out for look-up: a hash table of buckets without overflow. What finds its bucket
/// full or its fingerprint taken is left out (one n-gram in some hundreds); training leaves it out of the
/// model then.
pub(crate) struct Table {
    buckets: Buckets,
    /// A bit for some of the bits of each hash: most pairs of words are unknown and need no look into the buckets.
    filter: Vec<u64>,
    classes: usize,
    /// Tells its words from those of other tables in what threads remember.
    number: u64,
    step: f64,
    bias: Vec<f32>,
    /// N-grams (places in the evidence) that were left out, ascending.
    pub(crate) left_out: Vec<usize>,
}

/// Fills buckets, on average between a quarter and a half; returns what was left out.
fn fill<const K: usize>(evidence: &Evidence) -> (Vec<Bucket<K>>, Vec<usize>) {
    let mut buckets = vec![Bucket::FREE; (evidence.hashes.len() * 2 / BUCKET).next_power_of_two()];
    let mask = buckets.len() - 1;
    let mut left_out = Vec::new();
    let weights = evidence.weights.chunks_exact(evidence.bias.len());
    for (i, (&hash, weights)) in evidence.hashes.iter().zip(weights).enumerate() {
        let bucket: &mut Bucket<K> = &mut buckets[hash as usize & mask];
        match (bucket.find(0), bucket.find(fingerprint(hash))) {
            ((true, place), (false, _)) => bucket.insert(place, fingerprint(hash), weights),
            _ => left_out.push(i),
        }
    }
    (buckets, left_out)
}

impl Table {
    pub(crate) fn new(evidence: &Evidence) -> Self {
        let classes = evidence.bias.len();
        let (buckets, left_out) = match classes {
            2 => {
                let (buckets, left_out) = fill(evidence);
                (Buckets::Two(buckets), left_out)
            }
            3 => {
                let (buckets, left_out) = fill(evidence);
                (Buckets::Three(buckets), left_out)
            }
            _ => {
                let (buckets, left_out) = fill(evidence);
                (Buckets::More(buckets), left_out)
            }
        };
        let mut filter = vec![0; (evidence.hashes.len() / 8).next_power_of_two()];
        for &hash in &evidence.hashes {
            let (place, bit) = filter_bit(hash, filter.len());
            filter[place] |= bit;
        }
        Table {
            buckets,
            filter,
            classes,
            number: Recall::new_table(),
            step: f64::from(evidence.step),
            bias: evidence.bias.clone(),
            left_out,
        }
    }

    /// Whether a pair may be known.
    #[inline(always)]
    fn passes(&self, hash: u64) -> bool {
        let (place, bit) = filter_bit(hash, self.filter.len());
        self.filter[place] & bit != 0
    }

    /// The weights of an n-gram, `pair` or not, if the table knows it.
    pub(crate) fn get(&self, hash: u64, pair: bool) -> Option<&[i16]> {
        if pair && !self.passes(hash) {
            return None;
        }

        fn weights<const K: usize>(buckets: &[Bucket<K>], hash: u64) -> Option<&[i16]> {
            let bucket = &buckets[hash as usize & (buckets.len() - 1)];
            let (known, place) = bucket.find(fingerprint(hash));
            known.then_some(&bucket.weights[place])
        }
        let weights = match &self.buckets {
            Buckets::Two(buckets) => weights(buckets, hash),
            Buckets::Three(buckets) => weights(buckets, hash),
            Buckets::More(buckets) => weights(buckets, hash),
        };
        weights.map(|weights| &weights[..self.classes])
    }

    /// What one unit of weight adds to the log-odds of a text of `n` n-grams.
    pub(crate) fn scale(&self, n: u32) -> f64 {
        self.step / f64::from(n.max(1)).sqrt()
    }

    pub(crate) fn signals(&self, text: &str) -> Signals {
        self.signals_without(text, &[])
    }

    /// The signals of a text without the n-grams that touch `ignored`.
    pub(crate) fn signals_without(&self, text: &str, ignored: &[Range<usize>]) -> Signals {
        self.read(text, ignored, None::<fn(Range<usize>, &Signals)>).0
    }

    /// The same; hands the signals of each sentence to `sentence` on the way.
    pub(crate) fn signals_by_sentence(
        &self,
        text: &str,
        ignored: &[Range<usize>],
        sentence: impl FnMut(Range<usize>, &Signals),
    ) -> Signals {
        self.read(text, ignored, Some(sentence)).0
    }

    /// The sum of the weights of all n-grams of a text, for each class.
    pub(crate) fn totals(&self, text: &str) -> Vec<i64> {
        self.read(text, &[], None::<fn(Range<usize>, &Signals)>).1[..self.classes].to_vec()
    }

    /// The signals and the totals of a text.
    fn read(
        &self,
        text: &str,
        ignored: &[Range<usize>],
        sentence: Option<impl FnMut(Range<usize>, &Signals)>,
    ) -> (Signals, [i64; MAX_CLASSES]) {
        match &self.buckets {
            Buckets::Two(buckets) => self.read_in::<_, 4>(buckets, text, ignored, sentence),
            Buckets::Three(buckets) => self.read_in::<_, 4>(buckets, text, ignored, sentence),
            Buckets::More(buckets) => self.read_in::<_, MAX_CLASSES>(buckets, text, ignored, sentence),
        }
    }

    fn read_in<const K: usize, const L: usize>(
        &self,
        buckets: &[Bucket<K>],
        text: &str,
        ignored: &[Range<usize>],
        sentence: Option<impl FnMut(Range<usize>, &Signals)>,
    ) -> (Signals, [i64; MAX_CLASSES]) {
        let sentence = sentence.map(|mut sentence| {
            move |span: Range<usize>, signals: &Signals| {
                sentence(span.clone(), &signals.clone().in_script(self.classes, &text.as_bytes()[span]));
            }
        });
        let (whole, strongest) = Recall::with(self.number, |recall| {
            let mut sink = Sum::<K, L, _> {
                table: self,
                buckets,
                classes: self.classes as f32,
                recall,
                looked_for: 0,
                word: Word::default(),
                part: Sums::default(),
                whole: Sums::default(),
                strongest: None,
                sentence,
            };
            if ignored.is_empty() {
                emit(text, &mut sink);
            } else {
                emit(text, &mut Without::new(&mut sink, ignored));
            }
            (sink.whole, sink.strongest)
        });
        let logits = self.logits(&whole);
        let mut totals = [0; MAX_CLASSES];
        totals[..L].copy_from_slice(&whole.totals);
        let signals = self.pack(&whole, &logits, &strongest.unwrap_or(logits));
        (signals.in_script(self.classes, text.as_bytes()), totals)
    }

    /// Log-odds of each class less their mean.
    fn logits<const L: usize>(&self, sums: &Sums<L>) -> [f64; L] {
        let mut logits = [0.0; L];
        let scale = self.scale(sums.n);
        for ((logit, total), bias) in logits.iter_mut().zip(&sums.totals).zip(&self.bias) {
            *logit = *total as f64 * scale + f64::from(*bias);
        }
        let mean = logits[..self.classes].iter().sum::<f64>() / self.classes as f64;
        logits[..self.classes].iter_mut().for_each(|logit| *logit -= mean);
        logits
    }

    fn pack<const L: usize>(&self, sums: &Sums<L>, logits: &[f64; L], strongest: &[f64; L]) -> Signals {
        let k = self.classes;
        let Sums { n, known, words, known_words, .. } = *sums;
        let familiarity = Familiarity { ngrams: n, known, words, known_words, arabic: false, foreign: 0 };
        let mut signals = Signals { values: [0.0; signals(MAX_CLASSES)], familiarity };
        let n = f64::from(n);
        for class in 0..k {
            signals.values[class] = logits[class];
            signals.values[k + class] = strongest[class];
            signals.values[2 * k + class] = f64::from(sums.strongest_word[class]) * self.step;
        }
        signals.values[3 * k] = f64::from(known) / n.max(1.0);
        signals.values[3 * k + 1] = n.ln_1p();
        signals
    }
}

/// What the dense layer sees of a comment; the first [`signals`]`(classes)` count. For each class its log-odds
/// (less the mean of all classes) in the whole comment, the same in the sentence where it is greatest, and the
/// greatest weight that a single word has for it (less the mean, not divided by length); then the share of
/// n-grams that the model knows, and the logarithm of one plus their number; all these once more times the script
/// of the comment; and that script.
#[derive(Clone)]
pub(crate) struct Signals {
    values: [f64; signals(MAX_CLASSES)],
    /// What is known of the comment, in numbers.
    pub(crate) familiarity: Familiarity,
}

impl Signals {
    /// Adds the signals that know the script.
    fn in_script(mut self, classes: usize, text: &[u8]) -> Signals {
        let (plain, (script, foreign)) = (plain_signals(classes), scripts(text));
        (self.familiarity.arabic, self.familiarity.foreign) = (script > 0.0, foreign);
        for i in 0..plain {
            self.values[plain + i] = self.values[i] * script;
        }
        self.values[2 * plain] = script;
        self
    }

    pub(crate) fn as_slice(&self, classes: usize) -> &[f64] {
        &self.values[..signals(classes)]
    }
}

/// Sums over the n-grams of a sentence or a text.
#[derive(Clone, Copy)]
struct Sums<const L: usize> {
    n: u32,
    known: u32,
    /// Words of letters, and those of a known stem.
    words: u32,
    known_words: u32,
    /// Weights of each class. 64 bits: a comment of a repeated word must not wrap them.
    totals: [i64; L],
    /// For each class, the greatest weight of a word, less the mean of the word's weights.
    strongest_word: [f32; L],
}

impl<const L: usize> Default for Sums<L> {
    fn default() -> Self {
        Sums { n: 0, known: 0, words: 0, known_words: 0, totals: [0; L], strongest_word: [0.0; L] }
    }
}

/// Sums over the n-grams of a word. It has at most some 260, so 32 bits hold them.
#[derive(Clone, Copy)]
struct Word<const L: usize> {
    n: u32,
    known: u32,
    /// Whether its stem is known.
    known_stem: bool,
    /// Whether it has a stem: it is made of letters.
    stem: bool,
    weights: [i32; L],
}

impl<const L: usize> Default for Word<L> {
    fn default() -> Self {
        Word { n: 0, known: 0, stem: false, known_stem: false, weights: [0; L] }
    }
}

/// The sink that scores.
///
/// Sums have room for `L` classes, a multiple of four, so that four are added at once; those too many stay 0.
struct Sum<'t, const K: usize, const L: usize, F> {
    table: &'t Table,
    buckets: &'t [Bucket<K>],
    classes: f32,
    recall: &'t mut Recall,
    /// The word that was looked for in vain.
    looked_for: usize,
    /// The word being read: itself, its characters, and its pair with the word before it.
    word: Word<L>,
    part: Sums<L>,
    whole: Sums<L>,
    /// For each class the log-odds of the sentence where they are greatest.
    strongest: Option<[f64; L]>,
    sentence: Option<F>,
}

impl<const K: usize, const L: usize, F> Sum<'_, K, L, F> {
    /// Adds the weights of an n-gram, without a branch on whether it is known, which nobody could foretell.
    #[inline(always)]
    fn add(&mut self, hash: u64) -> bool {
        let bucket = &self.buckets[hash as usize & (self.buckets.len() - 1)];
        let (known, place) = bucket.find(fingerprint(hash));
        self.word.n += 1;
        self.word.known += u32::from(known);
        for (sum, weight) in self.word.weights.iter_mut().zip(&bucket.weights[place]) {
            *sum += i32::from(*weight) & -i32::from(known);
        }
        known
    }

    #[inline(always)]
    fn end_word(&mut self) {
        let Word { n, known, stem, known_stem, weights } = self.word;
        self.part.n += n;
        self.part.known += known;
        self.part.words += u32::from(stem);
        self.part.known_words += u32::from(known_stem);
        let mean = weights.iter().sum::<i32>() as f32 / self.classes;
        let Sums { totals, strongest_word, .. } = &mut self.part;
        for ((total, strongest), weight) in totals.iter_mut().zip(strongest_word).zip(weights) {
            *total += i64::from(weight);
            *strongest = greater(*strongest, weight as f32 - mean);
        }
    }
}

/// The greater of two numbers that are numbers: one instruction for four.
#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

impl<const K: usize, const L: usize, F: FnMut(Range<usize>, &Signals)> Sink for Sum<'_, K, L, F> {
    const RECALLS: usize = if K <= recall::CLASSES { recall::LONGEST } else { 0 };

    #[inline(always)]
    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(_) => {
                self.end_word();
                self.word = Word::default();
            }
            Parts::Pair(..) => return self.pair(ngram.hash),
            Parts::Stem(_) => {
                (self.word.stem, self.word.known_stem) = (true, self.add(ngram.hash));
                return;
            }
            Parts::Chars(_) => {}
        }
        self.add(ngram.hash);
    }

    #[inline(always)]
    fn pair(&mut self, hash: u64) {
        if self.table.passes(hash) {
            self.add(hash);
        } else {
            self.word.n += 1;
        }
    }

    #[inline(always)]
    fn foresee(&mut self, ahead: usize, text: &str, word: Range<usize>) {
        self.recall.foresee(ahead, text, word);
    }

    #[inline(always)]
    fn recall(&mut self, ahead: usize) -> Option<Kept> {
        self.looked_for = ahead;
        let Known { kept, known, known_stem, weights } = self.recall.get(ahead)?;
        let (n, known) = (kept.count.into(), known.into());
        // What has more than one n-gram of its own is made of letters.
        let mut word = Word { n, known, stem: n > 1, known_stem, weights: [0; L] };
        word.weights[..recall::CLASSES].copy_from_slice(&weights);
        self.end_word();
        self.word = word;
        Some(kept)
    }

    fn keep(&mut self, kept: Kept) {
        let mut weights = [0; recall::CLASSES];
        weights.copy_from_slice(&self.word.weights[..recall::CLASSES]);
        let Word { known, known_stem, .. } = self.word;
        self.recall.put(self.looked_for, Known { kept, known: known as u16, known_stem, weights });
    }

    fn sentence(&mut self, start: u32, end: u32) {
        self.end_word();
        self.word = Word::default();
        let k = self.table.classes;
        let part = std::mem::take(&mut self.part);
        let logits = self.table.logits(&part);
        if let Some(sentence) = &mut self.sentence {
            sentence(start as usize..end as usize, &self.table.pack(&part, &logits, &logits));
        }
        // Nothing of it is left: it says nothing of the whole.
        if part.n == 0 {
            return;
        }
        let strongest = self.strongest.get_or_insert(logits);
        self.whole.n += part.n;
        self.whole.known += part.known;
        self.whole.words += part.words;
        self.whole.known_words += part.known_words;
        for class in 0..k {
            strongest[class] = strongest[class].max(logits[class]);
            self.whole.totals[class] += part.totals[class];
            self.whole.strongest_word[class] = greater(self.whole.strongest_word[class], part.strongest_word[class]);
        }
    }
}
