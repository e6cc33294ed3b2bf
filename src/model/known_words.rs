//! Which words stood in the comments that a model has learnt from, also those of which it has kept nothing.
//!
//! Most words say nothing of abuse and are left out of a model. They are no less known: a common word must not be taken
//! for a slip of the pen. A Bloom filter (Bloom 1970) of a fixed size remembers them, two bits a word; where a corpus has
//! so many words that it is full, all words are known, and none is taken for another.

use crate::ngrams::emit::emit;
use crate::ngrams::hash::{mix, word_hash};
use crate::ngrams::sink::{Ngram, Parts, Sink};
use rayon::prelude::*;

/// Numbers of 64 bits: a hundred thousand words fill a fifth of the bits.
pub(crate) const NUMBERS: usize = 1 << 14;

/// The words of a corpus.
#[derive(Clone, PartialEq, Debug)]
pub struct KnownWords(Vec<u64>);

impl KnownWords {
    /// The words of `texts` that are made of letters alone.
    pub(crate) fn of<T: AsRef<str> + Sync>(texts: &[T]) -> KnownWords {
        let none = || KnownWords(vec![0; NUMBERS]);
        let add = |mut seen: KnownWords, text: &T| {
            emit(text.as_ref(), &mut seen);
            seen
        };
        let both = |mut a: KnownWords, b: KnownWords| {
            a.0.iter_mut().zip(b.0).for_each(|(a, b)| *a |= b);
            a
        };
        texts.par_iter().with_min_len(texts.len() / 64).fold(none, add).reduce(none, both)
    }

    /// From the numbers of a model file; none unless they are as many as they should be.
    pub(crate) fn from_numbers(numbers: Vec<u64>) -> Option<KnownWords> {
        (numbers.len() == NUMBERS).then_some(KnownWords(numbers))
    }

    /// The numbers of the model file.
    pub(crate) fn numbers(&self) -> &[u64] {
        &self.0
    }

    /// Whether a word, in folded characters, stood in a comment (for certain if it says no).
    pub fn has(&self, word: &[char]) -> bool {
        places(word).iter().all(|place| self.0[place / 64] >> (place % 64) & 1 == 1)
    }
}

/// The two bits of a word.
fn places(word: &[char]) -> [usize; 2] {
    let hash = mix(word_hash(word));
    [hash as usize % (64 * NUMBERS), (hash >> 24) as usize % (64 * NUMBERS)]
}

impl Sink for KnownWords {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        if let Parts::Word(word) = ngram.parts
            && word.iter().all(|c| c.is_alphabetic())
        {
            places(word).iter().for_each(|place| self.0[place / 64] |= 1 << (place % 64));
        }
    }
}
