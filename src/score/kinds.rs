//! Kinds of abuse: sums of weights of their own, in a small table beside that of the classes.
//!
//! The pass over a comment adds them up only where n-grams come one by one, and keeps those of each word in the word cache.
//! Only if the comment may be of a kind are those of its cached words and of its pairs looked up, by the [`Record`] of its
//! words: if its label is abusive, or abuse is not unlikely. A comment that is certainly no abuse is no threat either.
//!
//! [`Record`]: crate::score::record::Record

use std::ops::{AddAssign, Range};

use crate::model::Expert;
use crate::model::by_script::ByScript;
use crate::model::kinds::{AbuseKind, KindHead, KindScores};
use crate::ngrams::emit::emit;
use crate::ngrams::sink::{CachedNgrams, Ngram, Parts, Sink};
use crate::score::prefetch::prefetch;
use crate::score::weight_table::WeightTable;
use crate::score::word_cache::{self, WordCache};
use crate::text::word::Word;

/// Minimum probability of abuse of a comment whose kinds are computed, whatever its label.
pub(crate) const MIN_ABUSIVE: f32 = 0.15;

/// Number of sums: one for each kind of each of two experts, and two that stay 0.
pub(super) const SUMS: usize = 12;
/// Number of sums of an expert.
const OF_EXPERT: usize = SUMS / 2;
const _: () = assert!(AbuseKind::ALL.len() <= OF_EXPERT);

/// Sums over the n-grams of a word, without its pair.
pub(crate) type WordKinds = [i16; SUMS];

/// Sums over the n-grams of a comment.
pub(crate) type KindTotals = [i64; SUMS];

/// Kinds of all experts, laid out for look-up.
pub(crate) struct KindTable {
    /// Heads of each expert; none if it tells no kinds apart.
    heads: ByScript<Vec<KindHead>>,
    /// Bloom filter of the hashes: nearly all n-grams are in no head.
    filter: Vec<u64>,
    /// N-grams of all heads: hash and weights.
    ngrams: Vec<(u64, WordKinds)>,
    /// Hash table with open addressing: places in `ngrams` plus one; 0 marks a free slot.
    slots: Vec<u32>,
}

/// Word of the filter, and bit in it.
#[inline(always)]
fn filter_bit(hash: u64, words: usize) -> (usize, u64) {
    ((hash >> 32) as usize & (words - 1), 1 << (hash >> 26 & 63))
}

impl KindTable {
    /// Table of the kinds of some experts; none if they have none.
    pub(crate) fn new(experts: &ByScript<Expert>) -> Option<KindTable> {
        let kinds =
            || experts.iter().enumerate().filter_map(|(place, (_, expert))| Some((place, expert.kinds.as_ref()?)));
        kinds().next()?;
        let ngrams: usize = kinds().map(|(_, kinds)| kinds.hashes.len()).sum();
        let mut table = KindTable {
            heads: experts.map(|expert| expert.kinds.as_ref().map_or_else(Vec::new, |kinds| kinds.heads.clone())),
            filter: vec![0; (ngrams / 4).next_power_of_two()],
            ngrams: Vec::with_capacity(ngrams),
            slots: vec![0; (ngrams + ngrams / 2 + 1).next_power_of_two()],
        };
        for (place, kinds) in kinds() {
            for (&hash, weights) in kinds.hashes.iter().zip(kinds.weights.chunks_exact(kinds.heads.len())) {
                let (word, bit) = filter_bit(hash, table.filter.len());
                table.filter[word] |= bit;
                let slot = table.slot(hash);
                if table.slots[slot] == 0 {
                    table.ngrams.push((hash, [0; SUMS]));
                    table.slots[slot] = table.ngrams.len() as u32;
                }
                let ngram = table.slots[slot] as usize - 1;
                table.ngrams[ngram].1[place * OF_EXPERT..][..weights.len()].copy_from_slice(weights);
            }
        }
        Some(table)
    }

    /// Kinds that it has heads for, in comments in Arabic or in others.
    pub(crate) fn kinds(&self, arabic: bool) -> impl Iterator<Item = AbuseKind> {
        self.heads.of(arabic).iter().map(|head| head.kind)
    }

    /// Slot of an n-gram, or the free one where it would stand.
    #[inline(always)]
    fn slot(&self, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while let place @ 1.. = self.slots[at]
            && self.ngrams[place as usize - 1].0 != hash
        {
            at = (at + 1) & mask;
        }
        at
    }

    /// True if an n-gram may have weights, by the Bloom filter.
    #[inline(always)]
    fn may_know(&self, hash: u64) -> bool {
        let (place, bit) = filter_bit(hash, self.filter.len());
        self.filter[place] & bit != 0
    }

    /// Has the processor load the slot of an n-gram, if it may have weights.
    #[inline(always)]
    pub(super) fn prefetch(&self, hash: u64) {
        if self.may_know(hash) {
            prefetch(&self.slots[hash as usize & (self.slots.len() - 1)]);
        }
    }

    /// Weights of an n-gram, if it has any.
    #[inline(always)]
    fn get(&self, hash: u64) -> Option<&WordKinds> {
        if !self.may_know(hash) {
            return None;
        }
        let place = (self.slots[self.slot(hash)] as usize).checked_sub(1)?;
        Some(&self.ngrams[place].1)
    }

    /// Adds the weights of an n-gram to totals.
    #[inline(always)]
    pub(super) fn add<T: From<i16> + AddAssign>(&self, hash: u64, totals: &mut [T; SUMS]) {
        if let Some(weights) = self.get(hash) {
            add_up(totals, weights);
        }
    }

    /// Kinds of a comment by its totals, its number of n-grams, and its probability of abuse; `labelled` says whether that is
    /// its label.
    pub(crate) fn score(
        &self,
        totals: &KindTotals,
        ngrams: u32,
        arabic: bool,
        abusive: f32,
        labelled: bool,
    ) -> KindScores {
        let place = usize::from(arabic && self.heads.both().is_some());
        let mut scores = KindScores::default();
        for (head, sum) in self.heads.of(arabic).iter().zip(&totals[place * OF_EXPERT..]) {
            let own = head.probability(*sum, ngrams, abusive) as f32;
            let above = own > head.threshold;
            match head.of_all() {
                true => scores.set(head.kind, own, above),
                false => scores.set(head.kind, abusive * own, labelled && above),
            }
        }
        scores
    }

    /// Totals of a text, read again: for the few whose words are no longer all in the cache.
    #[cold]
    pub(super) fn totals(&self, words: &WeightTable, text: &str) -> KindTotals {
        WordCache::with(words.id, |cache| {
            let sums = KindSums::new(Some(self));
            let mut sink =
                KindSink { words, cache, table: self, found: [0; SUMS], sums, is_known: true, next_is_known: true };
            emit(text, &mut sink);
            sink.sums.totals()
        })
    }
}

/// Adds the sums of a word to those of a comment.
#[inline(always)]
pub(super) fn add_up<T: From<i16> + AddAssign>(totals: &mut [T; SUMS], word: &WordKinds) {
    totals.iter_mut().zip(word).for_each(|(total, sum)| *total += T::from(*sum));
}

/// Sums over the n-grams that come one by one.
pub(crate) struct KindSums<'t> {
    table: Option<&'t KindTable>,
    /// Those of the word being read.
    word: WordKinds,
    /// True if an n-gram of that word has weights.
    has_weights: bool,
    pub(super) totals: KindTotals,
}

impl<'t> KindSums<'t> {
    pub(super) fn new(table: Option<&'t KindTable>) -> KindSums<'t> {
        KindSums { table, word: [0; SUMS], has_weights: false, totals: [0; SUMS] }
    }

    /// Begins a word.
    #[inline(always)]
    pub(super) fn begin_word(&mut self) {
        if self.has_weights {
            add_up(&mut self.totals, &self.word);
            (self.word, self.has_weights) = ([0; SUMS], false);
        }
    }

    /// Adds an n-gram of the word.
    #[inline(always)]
    pub(super) fn add(&mut self, hash: u64) {
        if let Some(weights) = self.table.and_then(|table| table.get(hash)) {
            self.add_weights(weights);
        }
    }

    #[inline(never)]
    fn add_weights(&mut self, weights: &WordKinds) {
        self.word.iter_mut().zip(weights).for_each(|(sum, weight)| *sum = sum.saturating_add(*weight));
        self.has_weights = true;
    }

    /// Sums of the word being read, if any of its n-grams has weights.
    pub(super) fn word(&self) -> Option<&WordKinds> {
        self.has_weights.then_some(&self.word)
    }

    /// Totals of all words.
    pub(super) fn totals(&mut self) -> KindTotals {
        self.begin_word();
        self.totals
    }
}

/// Sink that adds up the weights of kinds alone. Of the word cache it takes those words whose sums are there.
struct KindSink<'t> {
    table: &'t KindTable,
    /// Table of the words that are known.
    words: &'t WeightTable,
    cache: &'t mut WordCache,
    /// Sums of the word last found in the cache.
    found: WordKinds,
    sums: KindSums<'t>,
    is_known: bool,
    next_is_known: bool,
}

impl Sink for KindSink<'_> {
    const MAX_CACHED: usize = word_cache::MAX_BYTES;

    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(_) | Parts::Marked(..) => {
                self.sums.begin_word();
                self.is_known = self.next_is_known;
                self.next_is_known = true;
            }
            Parts::Pair(..) => return self.pair(ngram.hash),
            Parts::Stem(_) | Parts::Chars(_) => {}
        }
        self.sums.add(ngram.hash);
    }

    fn pair(&mut self, hash: u64) {
        self.table.add(hash, &mut self.sums.totals);
    }

    fn prefetch(&mut self, ahead: usize, text: &str, word: Range<usize>) {
        self.cache.prefetch(ahead, text, word);
    }

    fn cached(&mut self, ahead: usize) -> Option<CachedNgrams> {
        let cached = self.cache.ask(ahead)?;
        self.found = if self.cache.found().has_kinds() { *self.cache.kinds(cached.hash)? } else { [0; SUMS] };
        Some(cached)
    }

    fn add_cached(&mut self) {
        add_up(&mut self.sums.totals, &self.found);
        self.is_known = self.cache.found().is_known();
    }

    fn store(&mut self, ngrams: CachedNgrams) {
        if let Some(kinds) = self.sums.word() {
            self.cache.put_kinds(ngrams.hash, *kinds);
        }
    }

    fn respell(&mut self, word: &mut Word) {
        self.next_is_known = self.words.respell(word);
    }

    fn is_known(&self) -> bool {
        self.is_known
    }

    fn joined(&self, pair: u64) -> Option<Word> {
        self.words.joined(pair)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Model;
    use crate::score::classifier::Classifier;

    /// Kinds by the record of a comment are those of the text read again, with cached words or without, and beyond the
    /// record.
    #[test]
    fn a_record_has_the_kinds_of_the_text() {
        let classifier = Classifier::new(&Model::shipped());
        let table = classifier.table.kinds.as_ref().expect("the shipped model has kinds");
        let long: String = (0..200).map(|n| format!("{n} fools and idi ots of the {n}th kind, not clever! ")).collect();
        for text in [
            "I will kill you, you stupid id*ot",
            "you are not an idiot and no liar 😀😀",
            "يا كلب يا حمار مش غبي، الله يلعنك",
            "thieves يا حرامي all of them",
            "",
            &long,
        ] {
            for _ in 0..2 {
                classifier.table.signals(text, |signals| {
                    let totals = signals.kinds.expect("it is a whole text")(table);
                    assert_eq!(totals, table.totals(&classifier.table, text), "{text}");
                });
            }
        }
        let sums = classifier.table.signals("kill all of them", |signals| signals.kinds.expect("a text")(table));
        assert!(sums.iter().any(|sum| *sum != 0));
    }

    /// The search for passages reads a text again, and adds up no kinds: what it finds out of the cache stays out.
    #[test]
    fn a_search_for_passages_keeps_kinds() {
        let [classifier, other] = [(); 2].map(|()| Classifier::new(&Model::shipped()));
        let table = classifier.table.kinds.as_ref().expect("the shipped model has kinds");
        let text = "Who will kill the thieves and pigs of the town hall at last, and when? ".repeat(30);
        let sums = classifier.table.signals(&text, |signals| {
            let sums = signals.kinds.expect("it is a whole text")(table);
            // The cache is for one model at a time.
            other.score("another model");
            let (_, passage) = signals.part.expect("it has passages");
            assert!(passage().is_some());
            sums
        });
        assert!(sums.iter().any(|sum| *sum != 0));
        let again = classifier.table.signals(&text, |signals| signals.kinds.expect("it is a whole text")(table));
        assert_eq!(again, sums);
    }
}
