//! The pass over a text that adds up weights: the hot loop of scoring.

use crate::model::layer::{plain_signal_count, signal_count};
use crate::model::score::Familiarity;
use crate::ngrams::emit::emit;
use crate::ngrams::masked::Masked;
use crate::ngrams::script::Script;
use crate::ngrams::script::foreign;
use crate::ngrams::sink::Kept;
use crate::ngrams::sink::{Ngram, Parts, Sink};
use crate::score::accumulator::WordSums;
use crate::score::accumulator::{Counts, Sums};
use crate::score::passages::{self, Passages};
use crate::score::signals::{Signals, Values};
use crate::score::weight_table::{Bucket, Buckets, WeightTable, fingerprint};
use crate::score::word_cache::{self, CachedWord, WordCache};
use std::ops::Range;

use crate::model::label::MAX_CLASSES;

impl WeightTable {
    /// Hands the signals of a text to `see`.
    pub(crate) fn signals<R>(&self, text: &str, see: impl FnOnce(Signals<'_>) -> R) -> R {
        self.read(text, &[], |_| {}, |signals, _| see(signals))
    }

    /// The same without the n-grams that touch `ignored`; tells the bytes of each sentence on the way.
    pub(crate) fn signals_without<R>(
        &self,
        text: &str,
        ignored: &[Range<usize>],
        sentence: impl FnMut(Range<usize>),
        see: impl FnOnce(Signals<'_>) -> R,
    ) -> R {
        self.read(text, ignored, sentence, |signals, _| see(signals))
    }

    /// The sum of the weights of all n-grams of a text, for each class.
    pub(crate) fn totals(&self, text: &str) -> Vec<i64> {
        self.read(text, &[], |_| {}, |_, totals| totals[..self.classes].to_vec())
    }

    /// The signals and the totals of a text.
    fn read<R>(
        &self,
        text: &str,
        ignored: &[Range<usize>],
        sentence: impl FnMut(Range<usize>),
        see: impl FnOnce(Signals<'_>, &[i64]) -> R,
    ) -> R {
        match &self.buckets {
            Buckets::Two(buckets) => self.read_in::<_, 4, R>(buckets, text, ignored, sentence, see),
            Buckets::Three(buckets) => self.read_in::<_, 4, R>(buckets, text, ignored, sentence, see),
            Buckets::More(buckets) => self.read_in::<_, MAX_CLASSES, R>(buckets, text, ignored, sentence, see),
        }
    }

    fn read_in<const K: usize, const L: usize, R>(
        &self,
        buckets: &[Bucket<K>],
        text: &str,
        ignored: &[Range<usize>],
        sentence: impl FnMut(Range<usize>),
        see: impl FnOnce(Signals<'_>, &[i64]) -> R,
    ) -> R {
        let (sums, strongest, words) = self.sum::<K, L>(buckets, text, ignored, None, sentence);
        let logits = self.logits(&sums);
        let whole = self.values(&sums, &logits, &strongest.unwrap_or(logits));
        let familiarity = Familiarity {
            ngrams: sums.counts.n(),
            known: sums.counts.known(),
            words: sums.words,
            known_words: sums.known_words,
            arabic: sums.scripts.balance() > 0.0,
            foreign: foreign(text),
        };
        let whole = &whole[..signal_count(self.classes)];
        let passage = || {
            let mut passages = Passages::default();
            self.sum::<K, L>(buckets, text, ignored, Some(&mut passages), |_| {});
            let passage = passages.most_abusive()?;
            let logits = self.logits(passage);
            Some(self.values(passage, &logits, &logits))
        };
        let is_long = words > passages::SHORT && self.abusive.is_some();
        let passage = is_long.then_some((words, &passage as &dyn Fn() -> Option<Values>));
        see(Signals { whole, passage, familiarity }, &sums.totals)
    }

    /// Reads a text once, and looks for passages or not: the sums over the whole, the log-odds of each class in the
    /// sentence where they are greatest, and the number of words.
    fn sum<const K: usize, const L: usize>(
        &self,
        buckets: &[Bucket<K>],
        text: &str,
        ignored: &[Range<usize>],
        passages: Option<&mut Passages<L>>,
        sentence: impl FnMut(Range<usize>),
    ) -> (Sums<L>, Option<[f64; L]>, u32) {
        WordCache::with(self.number, |recall| {
            let mut sink = Sum::<K, L, _> {
                table: self,
                buckets,
                classes: self.classes as f32,
                recall,
                looked_for: 0,
                word: WordSums::default(),
                knows_next: true,
                recalled: CachedWord::default(),
                part: Sums::default(),
                whole: Sums::default(),
                words: 0,
                strongest: None,
                passages,
                sentence,
            };
            if ignored.is_empty() {
                emit(text, &mut sink);
            } else {
                emit(text, &mut Masked::new(&mut sink, ignored));
            }
            (sink.whole, sink.strongest, sink.words)
        })
    }

    /// Log-odds of each class less their mean.
    fn logits<const L: usize>(&self, sums: &Sums<L>) -> [f64; L] {
        let mut logits = [0.0; L];
        let scale = self.scale(sums.counts.n());
        for ((logit, total), bias) in logits.iter_mut().zip(&sums.totals).zip(&self.bias) {
            *logit = *total as f64 * scale + f64::from(*bias);
        }
        let mean = logits[..self.classes].iter().sum::<f64>() / self.classes as f64;
        logits[..self.classes].iter_mut().for_each(|logit| *logit -= mean);
        logits
    }

    fn values<const L: usize>(&self, sums: &Sums<L>, logits: &[f64; L], strongest: &[f64; L]) -> Values {
        let k = self.classes;
        let mut values = [0.0; signal_count(MAX_CLASSES)];
        let n = f64::from(sums.counts.n());
        for class in 0..k {
            values[class] = logits[class];
            values[k + class] = strongest[class];
            values[2 * k + class] = f64::from(sums.strongest_word[class]) * self.step;
        }
        values[3 * k] = f64::from(sums.counts.known()) / n.max(1.0);
        values[3 * k + 1] = n.ln_1p();
        let (plain, script) = (plain_signal_count(k), sums.scripts.balance());
        for i in 0..plain {
            values[plain + i] = values[i] * script;
        }
        values[2 * plain] = script;
        values
    }
}

/// The sink that scores.
struct Sum<'t, 'p, const K: usize, const L: usize, F> {
    table: &'t WeightTable,
    buckets: &'t [Bucket<K>],
    classes: f32,
    recall: &'t mut WordCache,
    /// The word that was looked for in vain.
    looked_for: usize,
    /// The word being read: itself, its characters, and its pair with the word before it.
    word: WordSums<L>,
    /// Whether the table knows the word that comes.
    knows_next: bool,
    recalled: CachedWord,
    /// The sentence being read.
    part: Sums<L>,
    whole: Sums<L>,
    /// Words, those left out included.
    words: u32,
    /// For each class the log-odds of the sentence where they are greatest.
    strongest: Option<[f64; L]>,
    passages: Option<&'p mut Passages<L>>,
    sentence: F,
}

impl<const K: usize, const L: usize, F> Sum<'_, '_, K, L, F> {
    /// Adds the weights of an n-gram, without a branch on whether it is known, which nobody could foretell.
    #[inline(always)]
    fn add(&mut self, hash: u64) -> bool {
        let bucket = &self.buckets[hash as usize & (self.buckets.len() - 1)];
        let (known, place) = bucket.find(fingerprint(hash));
        self.word.counts.add(Counts::new(1, known.into()));
        for (sum, weight) in self.word.weights.iter_mut().zip(&bucket.weights[place]) {
            *sum += i32::from(*weight) & -i32::from(known);
        }
        known
    }

    #[inline(always)]
    fn end_word(&mut self) {
        self.words += u32::from(self.word.counts.n() > 0);
        self.part.add_word(&self.word, self.classes);
        if let (Some(passages), Some(abusive)) = (&mut self.passages, self.table.abusive) {
            passages.add(&self.word, self.classes, |passage| self.table.logits(passage)[abusive]);
        }
    }
}

impl<const K: usize, const L: usize, F: FnMut(Range<usize>)> Sink for Sum<'_, '_, K, L, F> {
    const RECALLS: usize = if K <= word_cache::CLASSES { word_cache::LONGEST } else { 0 };

    #[inline(always)]
    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(word) => {
                self.end_word();
                self.word = WordSums { script: Script::of(word), knows: self.knows_next, ..WordSums::default() };
                self.knows_next = true;
            }
            Parts::Pair(..) => return self.pair(ngram.hash),
            Parts::Stem(_) => {
                (self.word.stem, self.word.known_stem) = (true, self.add(ngram.hash));
                return;
            }
            Parts::Chars(_) => {}
        }
        self.add(ngram.hash);
    }

    #[inline(always)]
    fn pair(&mut self, hash: u64) {
        if self.table.passes(hash) {
            self.add(hash);
        } else {
            self.word.counts.add(Counts::new(1, 0));
        }
    }

    #[inline(always)]
    fn foresee(&mut self, ahead: usize, text: &str, word: Range<usize>) {
        self.recall.foresee(ahead, text, word);
    }

    #[inline(always)]
    fn recall(&mut self, ahead: usize) -> Option<Kept> {
        self.looked_for = ahead;
        self.recalled = *self.recall.get(ahead)?;
        Some(self.recalled.kept())
    }

    #[inline(always)]
    fn add_recalled(&mut self) {
        self.end_word();
        let known = &self.recalled;
        let n = known.kept().count.into();
        let mut weights = [0; L];
        weights[..word_cache::CLASSES].copy_from_slice(&known.weights);
        self.word = WordSums {
            counts: Counts::new(n, known.known()),
            // What has more than one n-gram of its own is made of letters.
            stem: n > 1,
            known_stem: known.known_stem(),
            knows: known.knows(),
            script: known.script(),
            weights,
        };
    }

    fn keep(&mut self, kept: Kept) {
        let mut weights = [0; word_cache::CLASSES];
        weights.copy_from_slice(&self.word.weights[..word_cache::CLASSES]);
        let WordSums { counts, known_stem, knows, script, .. } = self.word;
        self.recall.put(self.looked_for, CachedWord::new(kept, counts.known(), known_stem, knows, script, weights));
    }

    fn respell(&mut self, word: &mut crate::text::word::Word) {
        self.knows_next = self.table.respell(word);
    }

    #[inline(always)]
    fn knows(&self) -> bool {
        self.word.knows
    }

    fn joined(&self, pair: u64) -> Option<crate::text::word::Word> {
        self.table.joined(pair)
    }

    fn leave_out(&mut self) {
        self.words += 1;
    }

    fn sentence(&mut self, start: u32, end: u32) {
        self.end_word();
        self.word = WordSums::default();
        if let (Some(passages), Some(abusive)) = (&mut self.passages, self.table.abusive) {
            passages.end_block(|passage| self.table.logits(passage)[abusive]);
        }
        (self.sentence)(start as usize..end as usize);
        let part = std::mem::take(&mut self.part);
        // Nothing of it is left: it says nothing of the whole.
        if part.counts.n() == 0 {
            return;
        }
        let logits = self.table.logits(&part);
        let strongest = self.strongest.get_or_insert(logits);
        strongest.iter_mut().zip(logits).for_each(|(strongest, logit)| *strongest = strongest.max(logit));
        self.whole.add(&part);
    }
}
