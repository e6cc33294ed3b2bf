//! The n-grams of a model laid out for look-up, and the sums over a text: the hot loop of scoring.

use std::ops::Range;

use crate::features::{Ngram, Parts, Sink, emit};
use crate::label::MAX_CLASSES;
use crate::model::Evidence;
use crate::verdict::signals;

/// N-grams in a bucket.
const BUCKET: usize = 8;

/// Eight n-grams that share the low bits of their hash: with three classes, one line of the cache. Fingerprints
/// are the high bits, so that an unknown n-gram is taken for a known one once in some ten thousand times; 0
/// marks a free place.
#[derive(Clone)]
#[repr(align(64))]
struct Bucket<const K: usize> {
    /// Four of 16 bits in each word, compared all at once.
    fingerprints: [u64; 2],
    weights: [[i16; K]; BUCKET],
}

impl<const K: usize> Bucket<K> {
    const FREE: Self = Bucket { fingerprints: [0; 2], weights: [[0; K]; BUCKET] };

    /// Whether a place has the fingerprint, and the first that has (any place otherwise).
    #[inline(always)]
    fn find(&self, fingerprint: u16) -> (bool, usize) {
        /// A bit in the lowest 16-bit lane that is zero, and perhaps in lanes above it (Mycroft 1987).
        #[inline(always)]
        fn zero_lane(x: u64) -> u64 {
            x.wrapping_sub(0x0001_0001_0001_0001) & !x & 0x8000_8000_8000_8000
        }
        let all = u64::from(fingerprint) * 0x0001_0001_0001_0001;
        let (low, high) = (zero_lane(self.fingerprints[0] ^ all), zero_lane(self.fingerprints[1] ^ all));
        let place = if low != 0 { low.trailing_zeros() >> 4 } else { 4 + (high.trailing_zeros() >> 4) };
        (low | high != 0, place as usize % BUCKET)
    }

    fn insert(&mut self, place: usize, fingerprint: u16, weights: &[i16]) {
        self.fingerprints[place / 4] |= u64::from(fingerprint) << (place % 4 * 16);
        self.weights[place][..weights.len()].copy_from_slice(weights);
    }
}

#[inline(always)]
fn fingerprint(hash: u64) -> u16 {
    ((hash >> 48) as u16).max(1)
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
    classes: usize,
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
        Table { buckets, classes, step: f64::from(evidence.step), bias: evidence.bias.clone(), left_out }
    }

    /// The weights of an n-gram, if the table knows it.
    pub(crate) fn get(&self, hash: u64) -> Option<&[i16]> {
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
        self.signals_by_sentence(text, |_, _| {})
    }

    /// The signals of a text; hands those of each sentence to `sentence` on the way.
    pub(crate) fn signals_by_sentence(&self, text: &str, sentence: impl FnMut(Range<usize>, &Signals)) -> Signals {
        let (whole, strongest) = self.sums(text, sentence);
        let logits = self.logits(&whole);
        self.pack(&whole, &logits, &strongest.unwrap_or(logits))
    }

    /// The sum of the weights of all n-grams of a text, for each class.
    pub(crate) fn totals(&self, text: &str) -> Vec<i64> {
        self.sums(text, |_, _| {}).0.totals[..self.classes].to_vec()
    }

    /// The sums of a text, and for each class the log-odds of the sentence where they are greatest.
    fn sums(&self, text: &str, sentence: impl FnMut(Range<usize>, &Signals)) -> (Sums, Option<[f64; MAX_CLASSES]>) {
        match &self.buckets {
            Buckets::Two(buckets) => self.sums_in(buckets, text, sentence),
            Buckets::Three(buckets) => self.sums_in(buckets, text, sentence),
            Buckets::More(buckets) => self.sums_in(buckets, text, sentence),
        }
    }

    fn sums_in<const K: usize>(
        &self,
        buckets: &[Bucket<K>],
        text: &str,
        sentence: impl FnMut(Range<usize>, &Signals),
    ) -> (Sums, Option<[f64; MAX_CLASSES]>) {
        let mut sink = Sum {
            table: self,
            buckets,
            word: [0; K],
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
struct Sum<'t, const K: usize, F> {
    table: &'t Table,
    buckets: &'t [Bucket<K>],
    /// Weights of the word being read: its characters, itself, and its pair with the word before it. A word
    /// has at most some 260 n-grams, so 32 bits hold them.
    word: [i32; K],
    part: Sums,
    whole: Sums,
    strongest: Option<[f64; MAX_CLASSES]>,
    sentence: F,
}

impl<const K: usize, F> Sum<'_, K, F> {
    #[inline]
    fn end_word(&mut self) {
        let classes = self.table.classes as i64;
        let word = std::mem::replace(&mut self.word, [0; K]);
        let sum: i64 = word.iter().map(|weight| i64::from(*weight)).sum();
        for ((total, strongest), weight) in self.part.totals.iter_mut().zip(&mut self.part.strongest_word).zip(word) {
            *total += i64::from(weight);
            *strongest = (*strongest).max(i64::from(weight) * classes - sum);
        }
    }
}

impl<const K: usize, F: FnMut(Range<usize>, &Signals)> Sink for Sum<'_, K, F> {
    /// Without a branch on whether the n-gram is known, which nobody could foretell.
    #[inline(always)]
    fn ngram(&mut self, ngram: Ngram<'_>) {
        if matches!(ngram.parts, Parts::Word(_)) {
            self.end_word();
        }
        let bucket = &self.buckets[ngram.hash as usize & (self.buckets.len() - 1)];
        let (known, place) = bucket.find(fingerprint(ngram.hash));
        self.part.n += 1;
        self.part.known += u32::from(known);
        for (sum, weight) in self.word.iter_mut().zip(&bucket.weights[place]) {
            *sum += i32::from(*weight) * i32::from(known);
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
