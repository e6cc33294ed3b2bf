//! The n-grams of a model laid out for look-up, and the sums over a text: the hot loop of scoring.

use std::ops::Range;
use std::sync::OnceLock;

use wide::i16x8;

use crate::classifier::Familiarity;
use crate::features::{Kept, Ngram, Parts, Script, Sink, emit, hashes_of};
use crate::label::MAX_CLASSES;
use crate::lexicon::{self, Lexicon};
use crate::model::{Evidence, Ngrams};
use crate::passages::{self, Passages};
use crate::recall::{self, Known, Recall};
use crate::seen::Seen;
use crate::sums::{Counts, Sums, Word};
use crate::text;
use crate::verdict::{foreign, plain_signals, signals};
use crate::without::Without;

/// N-grams in a bucket.
const BUCKET: usize = 8;

/// Eight n-grams that share the low bits of their hash: with three classes, one line of the cache. Fingerprints
/// are the high bits, so that an unknown n-gram is taken for a known one once in some ten thousand times; 0
/// marks a free place.
#[derive(Clone)]
#[repr(align(64))]
struct Bucket<const K: usize> {
    fingerprints: [i16; BUCKET],
    weights: [[i16; K]; BUCKET],
}

impl<const K: usize> Bucket<K> {
    const FREE: Self = Bucket { fingerprints: [0; BUCKET], weights: [[0; K]; BUCKET] };

    /// Whether a place has the fingerprint, and the first that has (any place otherwise).
    #[inline(always)]
    fn find(&self, fingerprint: i16) -> (bool, usize) {
        let places = i16x8::from(self.fingerprints).simd_eq(i16x8::splat(fingerprint)).to_bitmask();
        (places != 0, places.trailing_zeros() as usize % BUCKET)
    }

    fn insert(&mut self, place: usize, fingerprint: i16, weights: &[i16]) {
        self.fingerprints[place] = fingerprint;
        self.weights[place][..weights.len()].copy_from_slice(weights);
    }
}

#[inline(always)]
fn fingerprint(hash: u64) -> i16 {
    ((hash >> 48) as u16).max(1) as i16
}

/// Which word of the filter, and which bit of it.
#[inline(always)]
fn filter_bit(hash: u64, words: usize) -> (usize, u64) {
    ((hash >> 30) as usize & (words - 1), 1 << (hash >> 24 & 63))
}

/// The buckets for models of two, of three, and of more classes.
enum Buckets {
    Two(Vec<Bucket<2>>),
    Three(Vec<Bucket<3>>),
    More(Vec<Bucket<MAX_CLASSES>>),
}

/// The n-grams of a model laid out for look-up: a hash table of buckets without overflow. What finds its bucket
/// full or its fingerprint taken is left out (one n-gram in some hundreds); training leaves it out of the
/// model then.
pub(crate) struct Table {
    buckets: Buckets,
    /// A bit for some of the bits of each hash: most pairs of words are unknown and need no look into the buckets.
    filter: Vec<u64>,
    classes: usize,
    /// The class that one passage of a long comment can make it.
    abusive: Option<usize>,
    /// Words that it knows and others may stand for, and what they are looked up in.
    words: Option<(Ngrams, Seen)>,
    lexicon: OnceLock<Lexicon>,
    /// Words that speak so much for abuse do so strongly.
    least: f64,
    /// Tells its words from those of other tables in what threads remember.
    number: u64,
    step: f64,
    bias: Vec<f32>,
    /// N-grams (places in the evidence) that were left out, ascending.
    pub(crate) left_out: Vec<usize>,
}

/// Fills buckets, on average between a quarter and a half; returns what was left out.
fn fill<const K: usize>(evidence: &Evidence) -> (Vec<Bucket<K>>, Vec<usize>) {
    let mut buckets = vec![Bucket::FREE; (evidence.hashes.len() * 2 / BUCKET).next_power_of_two()];
    let mask = buckets.len() - 1;
    let mut left_out = Vec::new();
    let weights = evidence.weights.chunks_exact(evidence.bias.len());
    for (i, (&hash, weights)) in evidence.hashes.iter().zip(weights).enumerate() {
        let bucket: &mut Bucket<K> = &mut buckets[hash as usize & mask];
        match (bucket.find(0), bucket.find(fingerprint(hash))) {
            ((true, place), (false, _)) => bucket.insert(place, fingerprint(hash), weights),
            _ => left_out.push(i),
        }
    }
    (buckets, left_out)
}

impl Table {
    /// `abusive` is the class whose strongest passage is kept of long comments.
    pub(crate) fn new(evidence: &Evidence, abusive: Option<usize>) -> Self {
        let classes = evidence.bias.len();
        let (buckets, left_out) = match classes {
            2 => {
                let (buckets, left_out) = fill(evidence);
                (Buckets::Two(buckets), left_out)
            }
            3 => {
                let (buckets, left_out) = fill(evidence);
                (Buckets::Three(buckets), left_out)
            }
            _ => {
                let (buckets, left_out) = fill(evidence);
                (Buckets::More(buckets), left_out)
            }
        };
        let mut filter = vec![0; (evidence.hashes.len() / 8).next_power_of_two()];
        for &hash in &evidence.hashes {
            let (place, bit) = filter_bit(hash, filter.len());
            filter[place] |= bit;
        }
        Table {
            buckets,
            filter,
            classes,
            abusive,
            words: None,
            lexicon: OnceLock::new(),
            least: f64::INFINITY,
            number: Recall::new_table(),
            step: f64::from(evidence.step),
            bias: evidence.bias.clone(),
            left_out,
        }
    }

    /// The same, which sees through words in disguise. It knows the words of `ngrams`, and those `seen`; those that speak
    /// for abuse with at least `least` do so strongly.
    pub(crate) fn with_words(self, ngrams: &Ngrams, seen: &Seen, least: f64) -> Self {
        Table { words: Some((ngrams.clone(), seen.clone())), least, ..self }
    }

    /// Made when it is first needed.
    fn lexicon(&self) -> &Lexicon {
        self.lexicon.get_or_init(|| {
            let known = |word: Box<[char]>| {
                let own = self.get(hashes_of(&word)[0], false).unwrap_or(&[]).iter().map(|weight| f64::from(*weight));
                let mean = own.clone().sum::<f64>() / self.classes as f64;
                let weight = own.clone().map(|weight| (weight - mean).powi(2)).sum::<f64>().sqrt() * self.step;
                let abusive = self.abusive.filter(|class| own.clone().nth(*class) > Some(mean));
                let abusive =
                    abusive.map(|class| self.speaks_for(class, &word)).filter(|abusive| *abusive >= self.least);
                lexicon::Known { word, weight, abusive }
            };
            Lexicon::new(self.words.iter().flat_map(|(ngrams, _)| lexicon::words(ngrams)).map(known).collect())
        })
    }

    /// How much a word speaks for a class with all its n-grams, in log-odds, less the mean of all classes.
    fn speaks_for(&self, class: usize, word: &[char]) -> f64 {
        let mut weights = Weights { table: self, sums: [0; MAX_CLASSES] };
        emit(&String::from_iter(word), &mut weights);
        let sums = &weights.sums[..self.classes];
        (sums[class] as f64 - sums.iter().sum::<i64>() as f64 / self.classes as f64) * self.step
    }

    fn knows(&self, word: &[char]) -> bool {
        self.words.as_ref().is_some_and(|(_, seen)| seen.has(word))
            || hashes_of(word).iter().any(|hash| self.get(*hash, false).is_some())
    }

    /// Reads a word that it does not know as the one that it stands for; returns whether it knows it then.
    pub(crate) fn respell(&self, word: &mut text::Word) -> bool {
        if self.words.is_none() || !word.is_letters() || self.knows(word.symbols()) {
            return true;
        }
        let spelt = self.lexicon().spelt(word, |word| self.knows(word));
        spelt.is_some_and(|spelt| {
            word.respell(spelt.symbols());
            true
        })
    }

    /// The strongly abusive word that is written as this pair of words.
    pub(crate) fn joined(&self, pair: u64) -> Option<text::Word> {
        self.words.as_ref()?;
        self.lexicon().joined(pair)
    }

    /// Whether a pair may be known.
    #[inline(always)]
    fn passes(&self, hash: u64) -> bool {
        let (place, bit) = filter_bit(hash, self.filter.len());
        self.filter[place] & bit != 0
    }

    /// The weights of an n-gram, `pair` or not, if the table knows it.
    pub(crate) fn get(&self, hash: u64, pair: bool) -> Option<&[i16]> {
        if pair && !self.passes(hash) {
            return None;
        }

        fn weights<const K: usize>(buckets: &[Bucket<K>], hash: u64) -> Option<&[i16]> {
            let bucket = &buckets[hash as usize & (buckets.len() - 1)];
            let (known, place) = bucket.find(fingerprint(hash));
            known.then_some(&bucket.weights[place])
        }
        let weights = match &self.buckets {
            Buckets::Two(buckets) => weights(buckets, hash),
            Buckets::Three(buckets) => weights(buckets, hash),
            Buckets::More(buckets) => weights(buckets, hash),
        };
        weights.map(|weights| &weights[..self.classes])
    }

    /// What one unit of weight adds to the log-odds of a text of `n` n-grams.
    pub(crate) fn scale(&self, n: u32) -> f64 {
        self.step / f64::from(n.max(1)).sqrt()
    }

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
        let whole = &whole[..signals(self.classes)];
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
        Recall::with(self.number, |recall| {
            let mut sink = Sum::<K, L, _> {
                table: self,
                buckets,
                classes: self.classes as f32,
                recall,
                looked_for: 0,
                word: Word::default(),
                knows_next: true,
                recalled: Known::default(),
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
                emit(text, &mut Without::new(&mut sink, ignored));
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
        let mut values = [0.0; signals(MAX_CLASSES)];
        let n = f64::from(sums.counts.n());
        for class in 0..k {
            values[class] = logits[class];
            values[k + class] = strongest[class];
            values[2 * k + class] = f64::from(sums.strongest_word[class]) * self.step;
        }
        values[3 * k] = f64::from(sums.counts.known()) / n.max(1.0);
        values[3 * k + 1] = n.ln_1p();
        let (plain, script) = (plain_signals(k), sums.scripts.balance());
        for i in 0..plain {
            values[plain + i] = values[i] * script;
        }
        values[2 * plain] = script;
        values
    }
}

/// The signals of a text; the first [`signals`]`(classes)` count. For each class its log-odds
/// (less the mean of all classes) in the whole comment, the same in the sentence where it is greatest, and the
/// greatest weight that a single word has for it (less the mean, not divided by length); then the share of
/// n-grams that the model knows, and the logarithm of one plus their number; all these once more times the script
/// of the comment; and that script.
pub(crate) type Values = [f64; signals(MAX_CLASSES)];

/// What the dense layer sees of a comment.
pub(crate) struct Signals<'a> {
    pub(crate) whole: &'a [f64],
    /// Of a long comment its number of words, and what finds the signals of its most abusive passage as if it stood alone.
    pub(crate) passage: Option<(u32, &'a dyn Fn() -> Option<Values>)>,
    /// What is known of the comment, in numbers.
    pub(crate) familiarity: Familiarity,
}

/// The sink that scores.
struct Sum<'t, 'p, const K: usize, const L: usize, F> {
    table: &'t Table,
    buckets: &'t [Bucket<K>],
    classes: f32,
    recall: &'t mut Recall,
    /// The word that was looked for in vain.
    looked_for: usize,
    /// The word being read: itself, its characters, and its pair with the word before it.
    word: Word<L>,
    /// Whether the table knows the word that comes.
    knows_next: bool,
    recalled: Known,
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

/// The sink that adds up weights and nothing else.
struct Weights<'t> {
    table: &'t Table,
    sums: [i64; MAX_CLASSES],
}

impl Sink for Weights<'_> {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        let weights = self.table.get(ngram.hash, false).unwrap_or(&[]);
        self.sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i64::from(*weight));
    }
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
    const RECALLS: usize = if K <= recall::CLASSES { recall::LONGEST } else { 0 };

    #[inline(always)]
    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(word) => {
                self.end_word();
                self.word = Word { script: Script::of(word), knows: self.knows_next, ..Word::default() };
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
        weights[..recall::CLASSES].copy_from_slice(&known.weights);
        self.word = Word {
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
        let mut weights = [0; recall::CLASSES];
        weights.copy_from_slice(&self.word.weights[..recall::CLASSES]);
        let Word { counts, known_stem, knows, script, .. } = self.word;
        self.recall.put(self.looked_for, Known::new(kept, counts.known(), known_stem, knows, script, weights));
    }

    fn respell(&mut self, word: &mut text::Word) {
        self.knows_next = self.table.respell(word);
    }

    #[inline(always)]
    fn knows(&self) -> bool {
        self.word.knows
    }

    fn joined(&self, pair: u64) -> Option<text::Word> {
        self.table.joined(pair)
    }

    fn leave_out(&mut self) {
        self.words += 1;
    }

    fn sentence(&mut self, start: u32, end: u32) {
        self.end_word();
        self.word = Word::default();
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
