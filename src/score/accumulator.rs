//! Sums of weights over the n-grams of a word, of a passage, of a text.

use crate::ngrams::script::{Script, Scripts};

/// How many n-grams, and how many of them the table knows: the lower and the upper half of one number. What is written
/// in parts and then read as a whole, the processor would wait for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts(u64);

impl Counts {
    #[inline(always)]
    pub(crate) fn new(n: u32, known: u32) -> Counts {
        Counts(u64::from(known) << 32 | u64::from(n))
    }

    /// N-grams.
    #[inline(always)]
    pub(crate) fn n(self) -> u32 {
        self.0 as u32
    }

    /// Those that the table knows.
    #[inline(always)]
    pub(crate) fn known(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, other: Counts) {
        self.0 += other.0;
    }
}

/// Sums over the n-grams of a word. It has at most some 260, so 32 bits hold them.
#[derive(Clone, Copy)]
pub(crate) struct WordSums<const L: usize> {
    pub(crate) counts: Counts,
    /// Whether its stem is known.
    pub(crate) known_stem: bool,
    /// Whether the table knows it, or has seen it.
    pub(crate) knows: bool,
    /// Whether it has a stem: it is made of letters.
    pub(crate) stem: bool,
    pub(crate) script: Script,
    pub(crate) weights: [i32; L],
}

impl<const L: usize> Default for WordSums<L> {
    fn default() -> Self {
        let counts = Counts::default();
        WordSums { counts, stem: false, known_stem: false, knows: true, script: Script::Other, weights: [0; L] }
    }
}

/// Sums over the n-grams of a sentence, of some other passage, or of a text.
///
/// They have room for `L` classes, a multiple of four, so that four are added at once; those too many stay 0.
#[derive(Clone, Copy)]
pub(crate) struct Sums<const L: usize> {
    pub(crate) counts: Counts,
    /// Words of letters, and those of a known stem.
    pub(crate) words: u32,
    pub(crate) known_words: u32,
    pub(crate) scripts: Scripts,
    /// Weights of each class. 64 bits: a comment of a repeated word must not wrap them.
    pub(crate) totals: [i64; L],
    /// For each class, the greatest weight of a word, less the mean of the word's weights.
    pub(crate) strongest_word: [f32; L],
}

impl<const L: usize> Default for Sums<L> {
    fn default() -> Self {
        Sums {
            counts: Counts::default(),
            words: 0,
            known_words: 0,
            scripts: Scripts::default(),
            totals: [0; L],
            strongest_word: [0.0; L],
        }
    }
}

impl<const L: usize> Sums<L> {
    /// Adds a word; `classes` is their number.
    #[inline(always)]
    pub(crate) fn add_word(&mut self, word: &WordSums<L>, classes: f32) {
        let WordSums { counts, stem, known_stem, script, weights, .. } = *word;
        self.counts.add(counts);
        self.words += u32::from(stem);
        self.known_words += u32::from(known_stem);
        self.scripts.0[script as usize] += counts.n();
        let mean = weights.iter().sum::<i32>() as f32 / classes;
        for ((total, strongest), weight) in self.totals.iter_mut().zip(&mut self.strongest_word).zip(weights) {
            *total += i64::from(weight);
            *strongest = greater(*strongest, weight as f32 - mean);
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, other: &Sums<L>) {
        self.counts.add(other.counts);
        self.words += other.words;
        self.known_words += other.known_words;
        self.scripts.add(&other.scripts);
        for class in 0..L {
            self.totals[class] += other.totals[class];
            self.strongest_word[class] = greater(self.strongest_word[class], other.strongest_word[class]);
        }
    }
}

/// The greater of two numbers that are numbers: one instruction for four.
#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
