//! Words of the comments that a model has learnt from, including those whose n-grams it has not kept.
//!
//! Most words say nothing of abuse and are left out of a model. They are known all the same: a common word must not be
//! taken for a misspelling of another. A Bloom filter (Bloom 1970) of a fixed size holds them, two bits a word. A corpus
//! of very many words fills it: then every word counts as known, and none is taken for another.

#[cfg(feature = "train")]
use crate::ngrams::emit::emit;
use crate::ngrams::hash::{mix, word_hash};
#[cfg(feature = "train")]
use crate::ngrams::script::Letters;
#[cfg(feature = "train")]
use crate::ngrams::sink::{Ngram, Parts, Sink};
#[cfg(feature = "train")]
use rayon::prelude::*;
use std::borrow::Cow;

/// Size of the filter in numbers of 64 bits: a hundred thousand words fill a fifth of the bits.
pub(crate) const NUMBERS: usize = 1 << 14;

/// Set of the words of a corpus.
#[derive(Clone, PartialEq, Debug)]
pub struct KnownWords(Cow<'static, [u64]>);

impl KnownWords {
    /// Words of either set.
    #[cfg(feature = "train")]
    pub(crate) fn or(mut self, other: &KnownWords) -> KnownWords {
        self.0.to_mut().iter_mut().zip(&*other.0).for_each(|(a, b)| *a |= b);
        self
    }

    /// Words of `texts` that are made of letters alone, of those named.
    #[cfg(feature = "train")]
    pub(crate) fn of<T: AsRef<str> + Sync>(texts: &[T], letters: Letters) -> KnownWords {
        let none = || KnownWords(vec![0; NUMBERS].into());
        let add = |mut words: KnownWords, text: &T| {
            emit(text.as_ref(), &mut Add { words: &mut words, letters });
            words
        };
        let both = |a: KnownWords, b: KnownWords| a.or(&b);
        texts.par_iter().with_min_len(texts.len() / 64).fold(none, add).reduce(none, both)
    }

    /// Set from the numbers of a model file; none unless there are [`NUMBERS`].
    pub(crate) fn from_numbers(numbers: Cow<'static, [u64]>) -> Option<KnownWords> {
        (numbers.len() == NUMBERS).then_some(KnownWords(numbers))
    }

    /// Numbers of the model file.
    pub(crate) fn numbers(&self) -> &[u64] {
        &self.0
    }

    /// True if a word, in folded characters, probably occurs in the corpus; false if it certainly does not.
    pub fn contains(&self, word: &[char]) -> bool {
        places(word).iter().all(|place| self.0[place / 64] >> (place % 64) & 1 == 1)
    }
}

/// Places of the two bits of a word.
fn places(word: &[char]) -> [usize; 2] {
    let hash = mix(word_hash(word));
    [hash as usize % (64 * NUMBERS), (hash >> 24) as usize % (64 * NUMBERS)]
}

/// Sink that adds words to a set.
#[cfg(feature = "train")]
struct Add<'w> {
    words: &'w mut KnownWords,
    letters: Letters,
}

#[cfg(feature = "train")]
impl Sink for Add<'_> {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        if let Parts::Word(word) | Parts::Marked(_, word) = ngram.parts
            && word.iter().all(|c| c.is_alphabetic())
            && self.letters.fit(&ngram.parts)
        {
            let words = self.words.0.to_mut();
            places(word).iter().for_each(|place| words[place / 64] |= 1 << (place % 64));
        }
    }
}
