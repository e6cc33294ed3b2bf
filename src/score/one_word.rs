//! The one word that makes a comment abusive: which it is, and the comment without it.
//!
//! A word is taken out wherever it stands, with its pairs, in all its forms that share a light stem, and in disguise:
//! words are compared after they were respelt. Both sinks are in front of the one that scores and use its cache, so that
//! a comment that was just scored costs little more to look at again.

use crate::ngrams::emit::AHEAD;
use crate::ngrams::hash::{hashes_of, stem_tag};
use crate::ngrams::sink::{CachedNgrams, Ngram, Parts, Sink};
use crate::score::accumulator::WordSums;
use crate::score::pass::Sum;
use crate::score::weight_table::WeightTable;
use crate::text::word::Word;
use crate::text::words::Words;
use std::ops::Range;

/// Place or stem of a word.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// Hash of its stem.
    Stem(u64),
    /// Byte span of a plain word: its stem was not read, since its sums came from the cache.
    At(Range<usize>),
}

impl Found {
    /// Hash of the stem of the word in `text`.
    pub(super) fn stem(self, text: &str, table: &WeightTable) -> u64 {
        match self {
            Found::Stem(stem) => stem,
            Found::At(span) => {
                let mut word = Word::default();
                Words::new(&text[span]).next(&mut word);
                table.respell(&mut word);
                stem_of(word.symbols())
            }
        }
    }
}

/// Hash of the stem of a word. Signs are their own stem.
fn stem_of(word: &[char]) -> u64 {
    hashes_of(word)[1]
}

/// Word and the weight with which it speaks for abuse.
#[derive(Clone)]
struct Candidate {
    word: Found,
    weight: f32,
}

/// Sink that finds the word that speaks most for abuse, by all its n-grams and its pairs with the words beside it.
pub(super) struct MostAbusive<'s, 't, 'p, const K: usize, const L: usize, F> {
    sum: &'s mut Sum<'t, 'p, K, L, F>,
    abusive: usize,
    /// Byte spans of the prefetched words, and that of the last one asked for.
    ahead: [Range<usize>; AHEAD],
    asked: usize,
    /// The word being read, and the one before it.
    now: Option<Candidate>,
    before: Option<Candidate>,
    best: Option<Candidate>,
}

impl<'s, 't, 'p, const K: usize, const L: usize, F> MostAbusive<'s, 't, 'p, K, L, F> {
    pub(super) fn new(sum: &'s mut Sum<'t, 'p, K, L, F>, abusive: usize) -> Self {
        let ahead = std::array::from_fn(|_| 0..0);
        MostAbusive { sum, abusive, ahead, asked: 0, now: None, before: None, best: None }
    }

    /// The word found, once the text has been read; none if no word speaks for abuse.
    pub(super) fn found(self) -> Option<Found> {
        self.best.map(|best| best.word)
    }

    /// Weight for abuse of the n-grams so far of the word being read, less the mean of all classes.
    fn weight(&self) -> f32 {
        let WordSums { weights, .. } = &self.sum.word;
        weights[self.abusive] as f32 - weights.iter().sum::<i32>() as f32 / self.sum.classes
    }

    /// Begins a word, or ends a sentence: the last word has all its n-grams, the one before it its pair as well.
    fn begin(&mut self, word: Option<Found>) {
        let weight = self.weight();
        if let Some(now) = &mut self.now {
            now.weight += weight;
        }
        let before = std::mem::replace(&mut self.before, self.now.take());
        self.now = word.map(|word| Candidate { word, weight: 0.0 });
        self.end(before);
    }

    fn end(&mut self, word: Option<Candidate>) {
        if let Some(word) = word
            && word.weight > self.best.as_ref().map_or(0.0, |best| best.weight)
        {
            self.best = Some(word);
        }
    }
}

impl<const K: usize, const L: usize, F: FnMut(Range<usize>)> Sink for MostAbusive<'_, '_, '_, K, L, F> {
    const MAX_CACHED: usize = <Sum<'_, '_, K, L, F> as Sink>::MAX_CACHED;

    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(word) => self.begin(Some(Found::Stem(stem_of(word)))),
            Parts::Pair(..) => return self.pair(ngram.hash),
            _ => {}
        }
        self.sum.ngram(ngram);
    }

    fn pair(&mut self, hash: u64) {
        let weight = self.weight();
        self.sum.pair(hash);
        let weight = self.weight() - weight;
        if let Some(before) = &mut self.before {
            before.weight += weight;
        }
    }

    fn prefetch(&mut self, ahead: usize, text: &str, word: Range<usize>) {
        self.ahead[ahead] = word.clone();
        self.sum.prefetch(ahead, text, word);
    }

    fn cached(&mut self, ahead: usize) -> Option<CachedNgrams> {
        self.asked = ahead;
        self.sum.cached(ahead)
    }

    fn add_cached(&mut self) {
        self.begin(Some(Found::At(self.ahead[self.asked].clone())));
        self.sum.add_cached();
    }

    fn respell(&mut self, word: &mut Word) {
        self.sum.respell(word);
    }

    fn is_known(&self) -> bool {
        self.sum.is_known()
    }

    fn joined(&self, pair: u64) -> Option<Word> {
        self.sum.joined(pair)
    }

    fn sentence(&mut self, start: u32, end: u32) {
        self.begin(None);
        let last = self.before.take();
        self.end(last);
        self.sum.sentence(start, end);
    }
}

/// Sink that passes on all n-grams but those of the words of one stem, and of the pairs with them.
pub(super) struct WithoutStem<'s, 't, 'p, const K: usize, const L: usize, F> {
    sum: &'s mut Sum<'t, 'p, K, L, F>,
    stem: u64,
    /// True if the word being read, and the one before it, are of the stem.
    is: bool,
    before: bool,
}

impl<'s, 't, 'p, const K: usize, const L: usize, F> WithoutStem<'s, 't, 'p, K, L, F> {
    pub(super) fn new(sum: &'s mut Sum<'t, 'p, K, L, F>, stem: u64) -> Self {
        WithoutStem { sum, stem, is: false, before: false }
    }
}

impl<const K: usize, const L: usize, F: FnMut(Range<usize>)> Sink for WithoutStem<'_, '_, '_, K, L, F> {
    const MAX_CACHED: usize = <Sum<'_, '_, K, L, F> as Sink>::MAX_CACHED;

    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(word) => (self.before, self.is) = (self.is, stem_of(word) == self.stem),
            Parts::Pair(..) => return self.pair(ngram.hash),
            _ => {}
        }
        if !self.is {
            self.sum.ngram(ngram);
        }
    }

    fn pair(&mut self, hash: u64) {
        if !self.is && !self.before {
            self.sum.pair(hash);
        }
    }

    fn prefetch(&mut self, ahead: usize, text: &str, word: Range<usize>) {
        self.sum.prefetch(ahead, text, word);
    }

    fn cached(&mut self, ahead: usize) -> Option<CachedNgrams> {
        let ngrams = self.sum.cached(ahead)?;
        // Whether it is of the stem is found out by its letters.
        (self.sum.cached.stem() != stem_tag(self.stem)).then_some(ngrams)
    }

    fn add_cached(&mut self) {
        (self.before, self.is) = (self.is, false);
        self.sum.add_cached();
    }

    fn respell(&mut self, word: &mut Word) {
        self.sum.respell(word);
    }

    fn is_known(&self) -> bool {
        self.sum.is_known()
    }

    fn joined(&self, pair: u64) -> Option<Word> {
        if self.is || self.before { None } else { self.sum.joined(pair) }
    }

    fn skip_repeated(&mut self) {
        self.sum.skip_repeated();
    }

    fn sentence(&mut self, start: u32, end: u32) {
        self.sum.sentence(start, end);
    }
}
