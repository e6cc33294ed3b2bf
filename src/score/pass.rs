//! Pass over a text that adds up weights: the hot loop of scoring.

use crate::model::label::MAX_CLASSES;
use crate::model::score::Familiarity;
use crate::ngrams::emit::{AHEAD, emit};
use crate::ngrams::hash::{pair_hash, stem_tag};
use crate::ngrams::masked::Masked;
use crate::ngrams::scope::Role;
use crate::ngrams::script::{Script, foreign};
use crate::ngrams::sink::{CachedNgrams, Ngram, Parts, Sink};
use crate::score::accumulator::{Counts, Sums, WordSums};
use crate::score::kinds::{KindSums, KindTable, KindTotals, SUMS, add_up};
use crate::score::passages::Passages;
use crate::score::prefetch::prefetch;
use crate::score::record::Record;
use crate::score::signals::{Layout, Signals, Values};
use crate::score::strongest_part::Among;
use crate::score::weight_table::{Bucket, Buckets, WeightTable, fingerprint};
use crate::score::word_cache::{self, CachedWord, WordCache};
use crate::text::word::Word;
use std::ops::{AddAssign, Range};

impl WeightTable {
    /// Calls `use_signals` with the signals of a text.
    pub(crate) fn signals<R>(&self, text: &str, use_signals: impl FnOnce(Signals<'_>) -> R) -> R {
        self.read(text, &[], |_| {}, |signals, _| use_signals(signals))
    }

    /// Calls `use_signals` with the signals of a text without the n-grams that touch `masked`, and before that
    /// `sentence` with the byte span of each sentence.
    pub(crate) fn signals_masked<R>(
        &self,
        text: &str,
        masked: &[Range<usize>],
        sentence: impl FnMut(Range<usize>),
        use_signals: impl FnOnce(Signals<'_>) -> R,
    ) -> R {
        self.read(text, masked, sentence, |signals, _| use_signals(signals))
    }

    /// Sum of the weights of all n-grams of a text, for each class.
    pub(crate) fn totals(&self, text: &str) -> Vec<i64> {
        self.read(text, &[], |_| {}, |_, totals| totals[..self.classes].to_vec())
    }

    /// Calls `use_sums` with the signals and the totals of a text.
    fn read<R>(
        &self,
        text: &str,
        masked: &[Range<usize>],
        sentence: impl FnMut(Range<usize>),
        use_sums: impl FnOnce(Signals<'_>, &[i64]) -> R,
    ) -> R {
        match &self.buckets {
            Buckets::Two(buckets) => self.read_in::<_, 4, R>(buckets, text, masked, sentence, use_sums),
            Buckets::Three(buckets) => self.read_in::<_, 4, R>(buckets, text, masked, sentence, use_sums),
            Buckets::More(buckets) => self.read_in::<_, MAX_CLASSES, R>(buckets, text, masked, sentence, use_sums),
        }
    }

    fn read_in<const K: usize, const L: usize, R>(
        &self,
        buckets: &[Bucket<K>],
        text: &str,
        masked: &[Range<usize>],
        sentence: impl FnMut(Range<usize>),
        use_sums: impl FnOnce(Signals<'_>, &[i64]) -> R,
    ) -> R {
        let mut record = Record::default();
        let (read, kinds) = self.with_sink::<K, L, _, _>(buckets, Some(&mut record), None, sentence, |sink| {
            emit_without(text, sink, masked);
            (sink.read, sink.kinds_are_whole.then(|| sink.kinds.totals()))
        });
        let sums = &read.whole;
        let familiarity = sums.familiarity(foreign(text));
        let search = |passages: &mut Passages<L>| {
            self.with_sink::<K, L, _, _>(
                buckets,
                None,
                Some(passages),
                |_| {},
                |sink| emit_without(text, sink, masked),
            );
        };
        let without_word = |use_signals: &mut dyn FnMut(Signals<'_>)| {
            self.without_word::<K, L>(buckets, &record, familiarity.foreign, use_signals)
        };
        let kinds = |table: &KindTable| self.kind_totals(table, text, &record, kinds);
        self.signals_of(&read, &search, |signals| {
            use_sums(
                Signals { familiarity, without_word: Some(&without_word), kinds: Some(&kinds), ..signals },
                &sums.totals,
            )
        })
    }

    /// Totals of kinds of a text by its record and the totals of what is not in the word cache, if that is `known`.
    #[inline(never)]
    fn kind_totals<const L: usize>(
        &self,
        table: &KindTable,
        text: &str,
        record: &Record<L>,
        known: Option<KindTotals>,
    ) -> KindTotals {
        let totals = known.and_then(|totals| {
            // 32 bits hold the sums of so few words.
            let mut recorded = [0i32; SUMS];
            let found = WordCache::with(self.id, |cache| {
                let cached = record.words().iter().map(|word| word.cached).filter(|word| *word != 0);
                cached.for_each(|word| cache.prefetch_kinds(word));
                record.words().iter().all(|word| add_kinds(table, cache, word, &mut recorded))
            });
            found.then(|| std::array::from_fn(|sum| totals[sum] + i64::from(recorded[sum])))
        });
        totals.unwrap_or_else(|| table.totals(self, text))
    }

    /// Calls `use_signals` with the signals of recorded words without the one that speaks most for abuse; `foreign` is the
    /// percentage of letters that Arabic does not write.
    #[inline(never)]
    fn without_word<const K: usize, const L: usize>(
        &self,
        buckets: &[Bucket<K>],
        record: &Record<L>,
        foreign: u8,
        use_signals: &mut dyn FnMut(Signals<'_>),
    ) {
        let stem = self.abusive.and_then(|abusive| record.strongest(self, abusive));
        let sum = |passages: Option<&mut Passages<L>>| {
            self.with_sink::<K, L, _, _>(
                buckets,
                None,
                passages,
                |_| {},
                |sink| {
                    record.without(self, stem, |word, is_last| {
                        if let Some(word) = word {
                            sink.end_word();
                            sink.word = *word;
                        }
                        if is_last {
                            sink.sentence(0, 0);
                        }
                    });
                    sink.read
                },
            )
        };
        let read = sum(None);
        let familiarity = read.whole.familiarity(foreign);
        let search = |passages: &mut Passages<L>| {
            sum(Some(passages));
        };
        self.signals_of(&read, &search, |signals| use_signals(Signals { familiarity, ..signals }));
    }

    /// Calls `use_signals` with the signals of what was read, but for its familiarity; `search` looks for passages in it.
    #[inline(always)]
    fn signals_of<const L: usize, R>(
        &self,
        read: &Read<L>,
        search: &dyn Fn(&mut Passages<L>),
        use_signals: impl FnOnce(Signals<'_>) -> R,
    ) -> R {
        let arabic = read.whole.scripts.arabic_share();
        let logits = self.logits(&read.whole);
        let whole = self.values(&read.whole, &logits, &read.strongest.unwrap_or(logits), arabic);
        let whole = &whole[..Layout::new(self.classes).len()];
        let among = self.abusive.and(Among::of(read.sentences, read.words, read.repeated));
        let alone = |part: &Sums<L>| {
            let logits = self.logits(part);
            self.values(part, &logits, &logits, arabic)
        };
        let part = || match among?.are_passages {
            true => {
                let mut passages = Passages::default();
                search(&mut passages);
                passages.most_abusive().map(alone)
            }
            false => read.most_abusive.as_ref().map(|(_, sentence)| alone(sentence)),
        };
        let part = among.map(|among| (among, &part as &dyn Fn() -> Option<Values>));
        use_signals(Signals {
            whole,
            part,
            familiarity: Familiarity::default(),
            arabic,
            without_word: None,
            kinds: None,
        })
    }

    /// Calls `use_sink` with a sink that scores. It records words and looks for passages where there is room for them.
    #[inline(always)]
    fn with_sink<const K: usize, const L: usize, F: FnMut(Range<usize>), R>(
        &self,
        buckets: &[Bucket<K>],
        record: Option<&mut Record<L>>,
        passages: Option<&mut Passages<L>>,
        sentence: F,
        use_sink: impl FnOnce(&mut Sum<'_, '_, K, L, F>) -> R,
    ) -> R {
        WordCache::with(self.id, |cache| {
            use_sink(&mut Sum {
                table: self,
                buckets,
                classes: self.classes as f32,
                cache,
                word: WordSums::default(),
                next_is_known: true,
                part: Sums::default(),
                read: Read::default(),
                kinds: KindSums::new(self.kinds.as_ref().filter(|_| record.is_some())),
                kinds_are_whole: true,
                record,
                passages,
                sentence,
            })
        })
    }

    /// Log-odds of each class by the n-grams alone, less their mean.
    fn logits<const L: usize>(&self, sums: &Sums<L>) -> [f64; L] {
        let mut logits = [0.0; L];
        let scale = self.scale(sums.counts.n());
        logits.iter_mut().zip(&sums.totals).for_each(|(logit, total)| *logit = *total as f64 * scale);
        let mean = logits[..self.classes].iter().sum::<f64>() / self.classes as f64;
        logits[..self.classes].iter_mut().for_each(|logit| *logit -= mean);
        logits
    }

    /// Signals by sums, by the log-odds of all and of the strongest sentence, and by the share of Arabic in the comment.
    fn values<const L: usize>(&self, sums: &Sums<L>, logits: &[f64; L], strongest: &[f64; L], arabic: f64) -> Values {
        let layout = Layout::new(self.classes);
        let mut values = [0.0; Layout::new(MAX_CLASSES).len()];
        let n = f64::from(sums.counts.n());
        let scale = self.scale(sums.counts.n());
        for class in layout.whole() {
            let bias = self.bias(class, arabic);
            values[class] = logits[class] + bias;
            values[layout.strongest_sentence(class)] = strongest[class] + bias;
            values[layout.strongest_word(class)] = f64::from(sums.strongest_word[class]) * self.step;
            values[layout.word_part(class)] = f64::from(sums.strongest_word[class]) * scale;
        }
        values[layout.known_share()] = f64::from(sums.counts.known()) / n.max(1.0);
        values[layout.log_length()] = n.ln_1p();
        values
    }
}

/// Emits the n-grams of a text that do not touch `masked`.
#[inline(always)]
fn emit_without(text: &str, sink: &mut impl Sink, masked: &[Range<usize>]) {
    if masked.is_empty() {
        emit(text, sink);
    } else {
        emit(text, &mut Masked::new(sink, masked));
    }
}

/// What was read of a text.
#[derive(Clone, Copy)]
struct Read<const L: usize> {
    /// Sums over it.
    whole: Sums<L>,
    /// Log-odds of each class in the sentence where they are greatest.
    strongest: Option<[f64; L]>,
    /// Sentence of the greatest log-odds of abuse, and these.
    most_abusive: Option<(f64, Sums<L>)>,
    /// Number of sentences, without those left out.
    sentences: u32,
    /// Number of words that count.
    words: u32,
    /// Number of words that came too often to count.
    repeated: u32,
}

impl<const L: usize> Default for Read<L> {
    fn default() -> Self {
        Read { whole: Sums::default(), strongest: None, most_abusive: None, sentences: 0, words: 0, repeated: 0 }
    }
}

/// Sink that scores.
struct Sum<'t, 'p, const K: usize, const L: usize, F> {
    table: &'t WeightTable,
    buckets: &'t [Bucket<K>],
    classes: f32,
    cache: &'t mut WordCache,
    /// Sums over the word being read: itself, its stem, its characters, and its pair with the word before it.
    word: WordSums<L>,
    /// True if the table knows the next word.
    next_is_known: bool,
    /// Sums over the sentence being read.
    part: Sums<L>,
    read: Read<L>,
    /// Sums of kinds over what is not in the word cache, and over what comes after the last word of the record.
    kinds: KindSums<'t>,
    /// True unless a word after the record has none in the cache.
    kinds_are_whole: bool,
    record: Option<&'p mut Record<L>>,
    passages: Option<&'p mut Passages<L>>,
    sentence: F,
}

impl<'t, const K: usize, const L: usize, F> Sum<'t, '_, K, L, F> {
    /// Bucket of an n-gram.
    #[inline(always)]
    fn bucket(&self, hash: u64) -> &'t Bucket<K> {
        &self.buckets[hash as usize & (self.buckets.len() - 1)]
    }

    /// Adds the weights of an n-gram. Whether it is known is no branch: no processor could predict that.
    #[inline(always)]
    fn add(&mut self, hash: u64) -> bool {
        let bucket = self.bucket(hash);
        let (known, place) = bucket.find(fingerprint(hash));
        self.word.counts.add(Counts::new(1, known.into()));
        for (sum, weight) in self.word.weights.iter_mut().zip(&bucket.weights[place]) {
            *sum += i32::from(*weight) & -i32::from(known);
        }
        known
    }

    #[inline(always)]
    fn end_word(&mut self) {
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
fn add_kinds<const L: usize, T: From<i16> + AddAssign>(
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
                prefetch(self.bucket(*pair));
            }
        }
    }

    #[inline(always)]
    fn prepare(&mut self, hash: u64) {
        prefetch(self.bucket(hash));
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
