//! Pass over a text that adds up weights: the hot loop of scoring.

use std::ops::Range;

use crate::model::label::MAX_CLASSES;
use crate::model::score::Familiarity;
use crate::ngrams::emit::emit;
use crate::ngrams::masked::Masked;
use crate::ngrams::script::foreign;
use crate::ngrams::sink::Sink;
use crate::score::accumulator::{Sums, WordSums};
use crate::score::kinds::{KindSums, KindTable, KindTotals, SUMS};
use crate::score::passages::Passages;
use crate::score::record::Record;
use crate::score::signals::{Layout, Signals, Values};
use crate::score::strongest_part::Among;
use crate::score::sum::{Read, Sum, add_kinds};
use crate::score::weight_table::{Bucket, Buckets, WeightTable};
use crate::score::word_cache::WordCache;

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
    pub(super) fn logits<const L: usize>(&self, sums: &Sums<L>) -> [f64; L] {
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
