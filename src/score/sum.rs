//! Sink that scores: it adds up the weights of the n-grams of a text.

use std::ops::{AddAssign, Range};

use crate::ngrams::emit::AHEAD;
use crate::ngrams::hash::{pair_hash, stem_tag};
use crate::ngrams::scope::Role;
use crate::ngrams::script::Script;
use crate::ngrams::sink::{CachedNgrams, Ngram, Parts, Sink};
use crate::score::accumulator::{Counts, Sums, WordSums};
use crate::score::kinds::{KindSums, KindTable, SUMS, add_up};
use crate::score::passages::Passages;
use crate::score::prefetch::prefetch;
use crate::score::record::Record;
use crate::score::weight_table::{Bucket, WeightTable, bucket, fingerprint};
use crate::score::word_cache::{self, CachedWord, WordCache};
use crate::text::word::Word;

/// What was read of a text.
#[derive(Clone, Copy)]
pub(super) struct Read<const L: usize> {
    /// Sums over it.
    pub(super) whole: Sums<L>,
    /// Log-odds of each class in the sentence where they are greatest.
    pub(super) strongest: Option<[f64; L]>,
    /// Sentence of the greatest log-odds of abuse, and these.
    pub(super) most_abusive: Option<(f64, Sums<L>)>,
    /// Number of sentences, without those left out.
    pub(super) sentences: u32,
    /// Number of words that count.
    pub(super) words: u32,
    /// Number of words that came too often to count.
    pub(super) repeated: u32,
}

impl<const L: usize> Default for Read<L> {
    fn default() -> Self {
        Read { whole: Sums::default(), strongest: None, most_abusive: None, sentences: 0, words: 0, repeated: 0 }
    }
}

/// Sink that scores.
pub(super) struct Sum<'t, 'p, const K: usize, const L: usize, F> {
    pub(super) table: &'t WeightTable,
    pub(super) buckets: &'t [Bucket<K>],
    pub(super) classes: f32,
    pub(super) cache: &'t mut WordCache,
    /// Sums over the word being read: itself, its stem, its characters, and its pair with the word before it.
    pub(super) word: WordSums<L>,
    /// True if the table knows the next word.
    pub(super) next_is_known: bool,
    /// Sums over the sentence being read.
    pub(super) part: Sums<L>,
    pub(super) read: Read<L>,
    /// Sums of kinds over what is not in the word cache, and over what comes after the last word of the record.
    pub(super) kinds: KindSums<'t>,
    /// True unless a word after the record has none in the cache.
    pub(super) kinds_are_whole: bool,
    pub(super) record: Option<&'p mut Record<L>>,
    pub(super) passages: Option<&'p mut Passages<L>>,
    pub(super) sentence: F,
}

impl<'t, const K: usize, const L: usize, F> Sum<'t, '_, K, L, F> {
    /// Adds the weights of an n-gram. Whether it is known is no branch: no processor could predict that.
    #[inline(always)]
    fn add(&mut self, hash: u64) -> bool {
        let bucket = bucket(self.buckets, hash);
        let (known, place) = bucket.find(fingerprint(hash));
        self.word.counts.add(Counts::new(1, known.into()));
        for (sum, weight) in self.word.weights.iter_mut().zip(&bucket.weights[place]) {
            *sum += i32::from(*weight) & -i32::from(known);
        }
        known
    }

    /// Ends the word being read.
    #[inline(always)]
    pub(super) fn end_word(&mut self) {
        self.read.words += u32::from(self.word.counts.n() > 0);
        self.part.add_word(&self.word, self.classes);
        if let Some(record) = &mut self.record
            && !record.add(&self.word)
        {
            self.add_unrecorded();
        }
        if let (Some(passages), Some(abusive)) = (&mut self.passages, self.table.abusive) {
            passages.add(&self.word, self.classes, |passage| self.table.logits(passage)[abusive]);
        }
    }
}

impl<const K: usize, const L: usize, F> Sum<'_, '_, K, L, F> {
    /// Adds the kinds of a word that is not recorded.
    #[cold]
    fn add_unrecorded(&mut self) {
        if let Some(table) = &self.table.kinds {
            self.kinds_are_whole &= add_kinds(table, self.cache, &self.word, &mut self.kinds.totals);
        }
    }
}

/// Adds the kinds of a word that was found in the cache, and those of its pair; false if the cache has none of that word.
#[inline(always)]
pub(super) fn add_kinds<const L: usize, T: From<i16> + AddAssign>(
    table: &KindTable,
    cache: &mut WordCache,
    word: &WordSums<L>,
    totals: &mut [T; SUMS],
) -> bool {
    if word.pair != 0 {
        table.add(word.pair, totals);
    }
    if word.cached == 0 {
        return true;
    }
    cache.kinds(word.cached).map(|kinds| add_up(totals, kinds)).is_some()
}

impl<const K: usize, const L: usize, F: FnMut(Range<usize>)> Sink for Sum<'_, '_, K, L, F> {
    const MAX_CACHED: usize = if K <= word_cache::CLASSES { word_cache::MAX_BYTES } else { 0 };

    #[inline(always)]
    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(word) | Parts::Marked(_, word) => {
                self.end_word();
                self.kinds.begin_word();
                self.word = WordSums {
                    script: Script::of(word),
                    is_known: self.next_is_known,
                    stem: stem_tag(ngram.hash),
                    ..WordSums::default()
                };
                self.next_is_known = true;
            }
            Parts::Pair(..) => return self.pair(ngram.hash),
            Parts::Stem(_) => {
                (self.word.has_stem, self.word.known_stem) = (true, self.add(ngram.hash));
                self.word.stem = stem_tag(ngram.hash);
                self.kinds.add(ngram.hash);
                return;
            }
            Parts::Chars(_) => {}
        }
        self.add(ngram.hash);
        self.kinds.add(ngram.hash);
    }

    #[inline(always)]
    fn pair(&mut self, hash: u64) {
        self.word.pair = hash;
        if self.table.may_know_pair(hash) {
            self.add(hash);
        } else {
            self.word.counts.add(Counts::new(1, 0));
        }
    }

    #[inline(always)]
    fn prefetch(&mut self, ahead: usize, text: &str, word: Range<usize>) {
        self.cache.prefetch(ahead, text, word);
    }

    #[inline(always)]
    fn look_up(&mut self, words: usize, before: Option<u64>) {
        let mut pairs = [0; AHEAD];
        let mut before = before.unwrap_or(0);
        for (ahead, pair) in pairs[..words].iter_mut().enumerate() {
            let hash = self.cache.look_up(ahead);
            *pair = pair_hash(before, hash);
            self.table.prefetch_pair(*pair);
            before = hash;
        }
        for pair in &pairs[..words] {
            if self.table.may_know_pair(*pair) {
                prefetch(bucket(self.buckets, *pair));
            }
        }
    }

    #[inline(always)]
    fn prepare(&mut self, hash: u64) {
        prefetch(bucket(self.buckets, hash));
        if let Some(kinds) = &self.table.kinds {
            kinds.prefetch(hash);
        }
    }

    #[inline(always)]
    fn cached(&mut self, ahead: usize) -> Option<CachedNgrams> {
        self.cache.ask(ahead)
    }

    #[inline(always)]
    fn add_cached(&mut self) {
        self.end_word();
        let cached = self.cache.found();
        let n = cached.ngrams().count.into();
        let mut weights = [0; L];
        weights[..word_cache::CLASSES].copy_from_slice(&cached.weights);
        self.word = WordSums {
            counts: Counts::new(n, cached.known()),
            // A word with more than one n-gram of its own is made of letters.
            has_stem: n > 1,
            known_stem: cached.known_stem(),
            is_known: cached.is_known(),
            script: cached.script(),
            is_last: false,
            stem: cached.stem(),
            pair: 0,
            cached: if cached.has_kinds() { cached.ngrams().hash } else { 0 },
            weights,
        };
    }

    fn store(&mut self, ngrams: CachedNgrams) {
        // Without a record the kinds of the word are not known.
        if self.record.is_some() {
            let kinds = self.kinds.word();
            self.cache.put(CachedWord::new(ngrams, &self.word, kinds.is_some()));
            if let Some(kinds) = kinds {
                self.cache.put_kinds(ngrams.hash, *kinds);
            }
        }
        // As the cache has it, so that the same word is known by the same tag.
        if ngrams.role != Role::Content {
            self.word.stem = ngrams.role as u16;
        }
    }

    fn respell(&mut self, word: &mut Word) {
        self.next_is_known = self.table.respell(word);
    }

    #[inline(always)]
    fn is_known(&self) -> bool {
        self.word.is_known
    }

    fn joined(&self, pair: u64) -> Option<Word> {
        self.table.joined(pair)
    }

    fn skip_repeated(&mut self) {
        self.read.repeated += 1;
    }

    fn sentence(&mut self, start: u32, end: u32) {
        self.end_word();
        self.word = WordSums::default();
        if let Some(record) = &mut self.record {
            record.end_sentence();
        }
        if let (Some(passages), Some(abusive)) = (&mut self.passages, self.table.abusive) {
            passages.end_block(|passage| self.table.logits(passage)[abusive]);
        }
        (self.sentence)(start as usize..end as usize);
        let part = std::mem::take(&mut self.part);
        // All of it was left out: it says nothing of the whole.
        if part.counts.n() == 0 {
            return;
        }
        let logits = self.table.logits(&part);
        let read = &mut self.read;
        let strongest = read.strongest.get_or_insert(logits);
        strongest.iter_mut().zip(logits).for_each(|(strongest, logit)| *strongest = strongest.max(logit));
        read.whole.add(&part);
        read.sentences += 1;
        if let Some(abusive) = self.table.abusive
            && read.most_abusive.as_ref().is_none_or(|(most, _)| logits[abusive] > *most)
        {
            read.most_abusive = Some((logits[abusive], part));
        }
    }
}
