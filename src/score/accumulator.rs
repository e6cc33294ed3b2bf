//! Sums of weights over the n-grams of a word, of a passage, of a text.

use crate::model::score::Familiarity;
use crate::ngrams::script::{Script, Scripts};

/// Number of n-grams, and of those that the table knows: the lower and the upper half of one integer. Two fields that
/// are written apart and copied together would stall the processor.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts(u64);

impl Counts {
    #[inline(always)]
    pub(crate) fn new(n: u32, known: u32) -> Counts {
        Counts(u64::from(known) << 32 | u64::from(n))
    }

    /// Number of n-grams.
    #[inline(always)]
    pub(crate) fn n(self) -> u32 {
        self.0 as u32
    }

    /// Number of n-grams that the table knows.
    #[inline(always)]
    pub(crate) fn known(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, other: Counts) {
        self.0 += other.0;
    }

    pub(crate) fn subtract(&mut self, other: Counts) {
        self.0 -= other.0;
    }
}

/// Sums over the n-grams of a word. There are at most some 260, so 32 bits hold the sums.
#[derive(Clone, Copy)]
pub(crate) struct WordSums<const L: usize> {
    pub(crate) counts: Counts,
    /// True if the table knows its stem.
    pub(crate) known_stem: bool,
    /// True if the model knows the word: by an n-gram, or from the comments that it was learnt from.
    pub(crate) is_known: bool,
    /// True if it has a stem, as words of letters have.
    pub(crate) has_stem: bool,
    pub(crate) script: Script,
    /// True if it is the last word of its sentence, once that has ended.
    pub(crate) is_last: bool,
    /// Tag of its stem; of the word itself if that has none.
    pub(crate) stem: u16,
    /// Hash of its pair with the word before it; 0 if there is none.
    pub(crate) pair: u64,
    /// Hash by which the word cache has the sums of its kinds; 0 if its n-grams came one by one, or have no weights of kinds.
    pub(crate) cached: u64,
    pub(crate) weights: [i32; L],
}

impl<const L: usize> Default for WordSums<L> {
    fn default() -> Self {
        let counts = Counts::default();
        WordSums {
            counts,
            has_stem: false,
            known_stem: false,
            is_known: true,
            script: Script::Other,
            is_last: false,
            stem: 0,
            pair: 0,
            cached: 0,
            weights: [0; L],
        }
    }
}

/// Sums over the n-grams of a sentence, of some other passage, or of a text.
///
/// They have room for `L` classes, a multiple of four, so that four are added at once; unused ones stay 0.
#[derive(Clone, Copy)]
pub(crate) struct Sums<const L: usize> {
    pub(crate) counts: Counts,
    /// Number of words of letters.
    pub(crate) words: u32,
    /// Number of words whose stem the table knows.
    pub(crate) known_words: u32,
    pub(crate) scripts: Scripts,
    /// Weights of each class. 64 bits: a comment of a repeated word must not wrap them.
    pub(crate) totals: [i64; L],
    /// Greatest weight of a word for each class, less the mean of the word's weights.
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
        let WordSums { counts, has_stem, known_stem, script, weights, .. } = *word;
        self.counts.add(counts);
        self.words += u32::from(has_stem);
        self.known_words += u32::from(known_stem);
        self.scripts.0[script as usize] += counts.n();
        let mean = weights.iter().sum::<i32>() as f32 / classes;
        for ((total, strongest), weight) in self.totals.iter_mut().zip(&mut self.strongest_word).zip(weights) {
            *total += i64::from(weight);
            *strongest = greater(*strongest, weight as f32 - mean);
        }
    }

    /// Shares of it that the table knows; `foreign` is the percentage of letters that Arabic does not write.
    pub(crate) fn familiarity(&self, foreign: u8) -> Familiarity {
        Familiarity {
            ngrams: self.counts.n(),
            known: self.counts.known(),
            words: self.words,
            known_words: self.known_words,
            arabic: self.scripts.is_arabic(),
            foreign,
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

/// Greater of two numbers, neither of them NaN: one instruction for four.
#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
