//! Comments that a model has learnt from, as hashes: nobody can read a comment from them, but one at hand is recognised.
//!
//! A model that learns on top of another must not be validated on comments that the other one has learnt.

#[cfg(feature = "train")]
use crate::ngrams::emit::emit;
#[cfg(feature = "train")]
use crate::ngrams::hash::mix;
#[cfg(feature = "train")]
use crate::ngrams::sink::{Ngram, Parts, Sink};
#[cfg(feature = "train")]
use rayon::prelude::*;
use std::borrow::Cow;

/// Set of comments, each by 32 bits of a hash of its words: of a million other comments some eight are taken by chance for
/// one of a set of 33,000. Only words of letters count, so that a comment is recognised with and without its addresses,
/// names of users and marks.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LearntComments {
    /// Hashes, ascending.
    hashes: Cow<'static, [u32]>,
}

impl LearntComments {
    /// Set of some comments.
    #[cfg(feature = "train")]
    pub fn of<T: AsRef<str> + Sync>(texts: &[T]) -> LearntComments {
        LearntComments::from_hashes(
            texts.par_iter().filter_map(|text| hash(text.as_ref())).collect::<Vec<u32>>().into(),
        )
    }

    /// Set from the hashes of a model file, in any order.
    pub(crate) fn from_hashes(mut hashes: Cow<'static, [u32]>) -> LearntComments {
        if !hashes.is_sorted_by(|a, b| a < b) {
            hashes.to_mut().sort_unstable();
            hashes.to_mut().dedup();
        }
        LearntComments { hashes }
    }

    /// Set of the comments of both.
    #[cfg(feature = "train")]
    pub(crate) fn or(&self, other: &LearntComments) -> LearntComments {
        LearntComments::from_hashes([&self.hashes[..], &other.hashes].concat().into())
    }

    /// Hashes of the model file, ascending.
    pub(crate) fn hashes(&self) -> &[u32] {
        &self.hashes
    }

    /// True if a comment, or one of the same words, is in the set.
    #[cfg(feature = "train")]
    pub fn contains(&self, text: &str) -> bool {
        hash(text).is_some_and(|hash| self.hashes.binary_search(&hash).is_ok())
    }

    /// Number of different comments.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// True if it holds none.
    #[cfg(feature = "internal")]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

/// Words that stand for a name of a user or an address in public corpora.
#[cfg(feature = "train")]
const MASKS: [&str; 3] = ["user", "url", "rt"];

/// Hash of the words of a text; none if there are none.
#[cfg(feature = "train")]
fn hash(text: &str) -> Option<u32> {
    #[derive(Default)]
    struct Whole(u64);
    impl Sink for Whole {
        fn ngram(&mut self, ngram: Ngram<'_>) {
            if let Parts::Word(word) | Parts::Marked(_, word) = ngram.parts
                && word.iter().all(|c| c.is_alphabetic())
                && !MASKS.iter().any(|mask| mask.chars().eq(word.iter().copied()))
            {
                self.0 = mix(self.0.rotate_left(7) ^ mix(ngram.hash));
            }
        }
    }
    let mut whole = Whole::default();
    emit(text, &mut whole);
    (whole.0 != 0).then_some((whole.0 >> 32) as u32)
}
