//! Kinds of abuse: a second pass over the few comments that may be of one, with a small table of its own.
//!
//! Which comments these are, the first pass says: those with the label abusive, and others of which it is not unlikely. A
//! comment that is certainly no abuse is no threat either.

use std::ops::Range;

use crate::model::kinds::{AbuseKind, KindHead, KindScores, Kinds};
use crate::ngrams::emit::emit;
use crate::ngrams::masked::Masked;
use crate::ngrams::sink::{CachedNgrams, Ngram, Parts, Sink};
use crate::score::accumulator::WordSums;
use crate::score::weight_table::WeightTable;
use crate::score::word_cache::{self, CachedWord, WordCache};
use crate::text::word::Word;

/// Minimum probability of abuse of a comment whose kinds are computed, whatever its label. Such a comment costs about two thirds
/// of its first pass more.
pub(crate) const MIN_ABUSIVE: f32 = 0.15;

/// Number of sums: one for each kind, and one that stays 0, so that they fill a place of the word cache.
const SUMS: usize = 2 * word_cache::CLASSES;
const _: () = assert!(AbuseKind::ALL.len() <= SUMS);

/// Kinds of an expert, laid out for look-up.
pub(crate) struct KindTable {
    heads: Vec<KindHead>,
    /// Bloom filter of the hashes: nearly all n-grams are in no head.
    filter: Vec<u64>,
    /// Hash table with open addressing; a hash of 0 marks a free slot.
    slots: Vec<(u64, [i16; SUMS])>,
    /// Id that tells its words from those of other tables in the word cache.
    id: u64,
}

/// Word of the filter, and bits in it.
#[inline(always)]
fn filter_bits(hash: u64, words: usize) -> (usize, u64) {
    ((hash >> 32) as usize & (words - 1), 1 << (hash >> 20 & 63) | 1 << (hash >> 26 & 63))
}

/// Bloom filter of some n-grams.
fn filter(hashes: &[u64]) -> Vec<u64> {
    let mut filter = vec![0; (hashes.len() / 4).next_power_of_two()];
    for &hash in hashes {
        let (place, bits) = filter_bits(hash, filter.len());
        filter[place] |= bits;
    }
    filter
}

impl KindTable {
    pub(crate) fn new(kinds: &Kinds) -> KindTable {
        let mut slots = vec![(0, [0; SUMS]); (2 * kinds.hashes.len() + 1).next_power_of_two()];
        for (&hash, weights) in kinds.hashes.iter().zip(kinds.weights.chunks_exact(kinds.heads.len())) {
            let mut at = hash as usize & (slots.len() - 1);
            while slots[at].0 != 0 {
                at = (at + 1) & (slots.len() - 1);
            }
            slots[at].0 = hash;
            slots[at].1[..weights.len()].copy_from_slice(weights);
        }
        KindTable { heads: kinds.heads.clone(), filter: filter(&kinds.hashes), slots, id: WordCache::new_table_id() }
    }

    /// Kinds that it has heads for.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = AbuseKind> {
        self.heads.iter().map(|head| head.kind)
    }

    /// Weights of an n-gram, if it has any.
    #[inline(always)]
    fn get(&self, hash: u64) -> Option<&[i16; SUMS]> {
        let (place, bits) = filter_bits(hash, self.filter.len());
        if self.filter[place] & bits != bits {
            return None;
        }
        let mut at = hash as usize & (self.slots.len() - 1);
        while self.slots[at].0 != 0 {
            if self.slots[at].0 == hash {
                return Some(&self.slots[at].1);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        None
    }

    /// Sums of the weights of a text without the n-grams that touch `masked`, and its number of n-grams. Words in disguise are
    /// respelt as by `words`.
    fn sums(&self, words: &WeightTable, text: &str, masked: &[Range<usize>]) -> ([i64; SUMS], u32) {
        WordCache::with_kinds(self.id, |cache| {
            let word = [0; SUMS];
            let mut sink =
                KindSum { table: self, words, cache, word, is_known: true, next_is_known: true, totals: [0; SUMS] };
            let n = match masked {
                [] => emit(text, &mut sink),
                masked => {
                    let mut masked = Masked::new(&mut sink, masked);
                    emit(text, &mut masked);
                    masked.count
                }
            };
            sink.end_word();
            (sink.totals, n)
        })
    }

    /// Kinds of a comment with the probability `abusive`; `labelled` says whether that is its label.
    pub(crate) fn score(
        &self,
        words: &WeightTable,
        text: &str,
        masked: &[Range<usize>],
        abusive: f32,
        labelled: bool,
    ) -> KindScores {
        let (sums, n) = self.sums(words, text, masked);
        let mut scores = KindScores::default();
        for (head, sum) in self.heads.iter().zip(sums) {
            let own = head.probability(sum, n, abusive) as f32;
            let above = own > head.threshold;
            match head.of_all() {
                true => scores.set(head.kind, own, above),
                false => scores.set(head.kind, abusive * own, labelled && above),
            }
        }
        scores
    }
}

/// Sink that adds up the weights of kinds.
struct KindSum<'t> {
    table: &'t KindTable,
    /// Table of the words that are known.
    words: &'t WeightTable,
    cache: &'t mut WordCache,
    /// Sums over the word being read.
    word: [i16; SUMS],
    is_known: bool,
    next_is_known: bool,
    totals: [i64; SUMS],
}

impl KindSum<'_> {
    #[inline(always)]
    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        self.totals.iter_mut().zip(word).for_each(|(total, sum)| *total += i64::from(sum));
    }
}

impl Sink for KindSum<'_> {
    const MAX_CACHED: usize = word_cache::MAX_BYTES;

    #[inline(always)]
    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(_) | Parts::Marked(..) => {
                self.end_word();
                self.is_known = self.next_is_known;
                self.next_is_known = true;
            }
            Parts::Pair(..) => return self.pair(ngram.hash),
            Parts::Stem(_) | Parts::Chars(_) => {}
        }
        if let Some(weights) = self.table.get(ngram.hash) {
            self.word.iter_mut().zip(weights).for_each(|(sum, weight)| *sum = sum.saturating_add(*weight));
        }
    }

    #[inline(always)]
    fn pair(&mut self, hash: u64) {
        if let Some(weights) = self.table.get(hash) {
            self.totals.iter_mut().zip(weights).for_each(|(total, weight)| *total += i64::from(*weight));
        }
    }

    #[inline(always)]
    fn prefetch(&mut self, ahead: usize, text: &str, word: Range<usize>) {
        self.cache.prefetch(ahead, text, word);
    }

    #[inline(always)]
    fn cached(&mut self, ahead: usize) -> Option<CachedNgrams> {
        self.cache.ask(ahead)
    }

    #[inline(always)]
    fn add_cached(&mut self) {
        self.end_word();
        self.word = bytemuck::cast(self.cache.found().weights);
        self.is_known = self.cache.found().is_known();
    }

    fn store(&mut self, ngrams: CachedNgrams) {
        let weights: [i32; word_cache::CLASSES] = bytemuck::cast(self.word);
        let word = WordSums { is_known: self.is_known, weights, ..WordSums::default() };
        self.cache.put(CachedWord::new(ngrams, &word));
    }

    fn respell(&mut self, word: &mut Word) {
        self.next_is_known = self.words.respell(word);
    }

    #[inline(always)]
    fn is_known(&self) -> bool {
        self.is_known
    }

    fn joined(&self, pair: u64) -> Option<Word> {
        self.words.joined(pair)
    }
}
