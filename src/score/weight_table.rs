//! Weight table: the n-grams of a model laid out for look-up.

#[cfg(feature = "train")]
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::model::by_script::ByScript;
use crate::model::known_words::KnownWords;
use crate::model::label::MAX_CLASSES;
use crate::model::ngrams::{Ngrams, Weights};
use crate::ngrams::emit::emit;
use crate::ngrams::hash::{WORD, hashes_of, mix, word_hash};
use crate::ngrams::script::Script;
use crate::ngrams::sink::{Ngram, Sink};
use crate::score::huge_pages::{Table, filled};
use crate::score::kinds::KindTable;
use crate::score::prefetch::{SOON, prefetch};
use crate::score::respell::{KnownWord, Respeller, WordList};
use crate::score::word_cache::WordCache;
use crate::text::word::Word;
use wide::i16x8;

/// Number of n-grams of a bucket.
const BUCKET: usize = 8;

/// Eight n-grams that share the low bits of their hash: with three classes, one cache line. Fingerprints are the high
/// bits, so that an unknown n-gram is taken for a known one once in some ten thousand times; 0 marks a free place.
#[derive(Clone)]
#[repr(align(64))]
pub(super) struct Bucket<const K: usize> {
    fingerprints: [i16; BUCKET],
    pub(super) weights: [[i16; K]; BUCKET],
}

impl<const K: usize> Bucket<K> {
    const FREE: Self = Bucket { fingerprints: [0; BUCKET], weights: [[0; K]; BUCKET] };

    /// True if some place has the fingerprint, and the first that has it (any place otherwise).
    #[inline(always)]
    pub(super) fn find(&self, fingerprint: i16) -> (bool, usize) {
        let places = i16x8::from(self.fingerprints).simd_eq(i16x8::splat(fingerprint)).to_bitmask();
        (places != 0, places.trailing_zeros() as usize % BUCKET)
    }

    fn insert(&mut self, place: usize, fingerprint: i16, weights: &[i16]) {
        self.fingerprints[place] = fingerprint;
        self.weights[place][..weights.len()].copy_from_slice(weights);
    }
}

/// Bucket of an n-gram.
#[inline(always)]
pub(super) fn bucket<const K: usize>(buckets: &[Bucket<K>], hash: u64) -> &Bucket<K> {
    &buckets[hash as usize & (buckets.len() - 1)]
}

#[inline(always)]
pub(super) fn fingerprint(hash: u64) -> i16 {
    ((hash >> 48) as u16).max(1) as i16
}

/// Word of the filter, and bit in it.
#[inline(always)]
fn filter_bit(hash: u64, words: usize) -> (usize, u64) {
    ((hash >> 30) as usize & (words - 1), 1 << (hash >> 24 & 63))
}

/// Buckets for models of two, of three, and of more classes.
pub(super) enum Buckets {
    Two(Table<Bucket<2>>),
    Three(Table<Bucket<3>>),
    More(Table<Bucket<MAX_CLASSES>>),
}

/// Weights of the n-grams of a model: a hash table of buckets without overflow. An n-gram whose bucket is full, or whose
/// fingerprint is taken there, is left out (one in some hundreds); training then leaves it out of the model.
pub(crate) struct WeightTable {
    pub(super) buckets: Buckets,
    /// Bloom filter of the hashes: most pairs of words are unknown and need no look into the buckets.
    filter: Vec<u64>,
    pub(super) classes: usize,
    /// Class that one sentence, or one passage of a long comment, can make the comment.
    pub(super) abusive: Option<usize>,
    /// N-grams and known words of the model, where words in disguise are respelt.
    words: Option<(Ngrams, KnownWords)>,
    respeller: OnceLock<Respeller>,
    /// Kinds of abuse, if the model tells some apart.
    pub(super) kinds: Option<KindTable>,
    /// Fewest log-odds for abuse of a strongly abusive word.
    min_abusive: ByScript<f64>,
    /// Id that tells its words from those of other tables in the word cache.
    pub(super) id: u64,
    pub(super) step: f64,
    /// Log-odds of each class of a comment without n-grams, less their mean.
    biases: ByScript<Vec<f64>>,
    /// N-grams (indices in the layer) that were left out, ascending.
    #[cfg_attr(not(feature = "train"), allow(dead_code))]
    pub(crate) left_out: Vec<usize>,
}

/// Number of buckets for some n-grams.
fn bucket_count(ngrams: usize) -> usize {
    (ngrams * 2 / BUCKET).next_power_of_two()
}

/// Bloom filter of some hashes.
fn filter(hashes: &[u64]) -> Vec<u64> {
    let mut filter = vec![0; (hashes.len() / 8).next_power_of_two()];
    for &hash in hashes {
        let (place, bit) = filter_bit(hash, filter.len());
        filter[place] |= bit;
    }
    filter
}

impl Buckets {
    /// Buckets of the weights of a model, and the n-grams that were left out.
    fn of(layer: &Weights) -> (Buckets, Vec<usize>) {
        match layer.classes {
            2 => {
                let (buckets, left_out) = fill(layer);
                (Buckets::Two(buckets), left_out)
            }
            3 => {
                let (buckets, left_out) = fill(layer);
                (Buckets::Three(buckets), left_out)
            }
            _ => {
                let (buckets, left_out) = fill(layer);
                (Buckets::More(buckets), left_out)
            }
        }
    }
}

/// Buckets, on average between a quarter and a half full, and the n-grams that were left out.
fn fill<const K: usize>(layer: &Weights) -> (Table<Bucket<K>>, Vec<usize>) {
    let mut buckets = filled(Bucket::FREE, bucket_count(layer.hashes.len()));
    let mask = buckets.len() - 1;
    let mut left_out = Vec::new();
    let weights = layer.weights.chunks_exact(layer.classes);
    for (i, (&hash, weights)) in layer.hashes.iter().zip(weights).enumerate() {
        if let Some(soon) = layer.hashes.get(i + SOON) {
            prefetch(bucket(&buckets, *soon));
        }
        let bucket: &mut Bucket<K> = &mut buckets[hash as usize & mask];
        match (bucket.find(0), bucket.find(fingerprint(hash))) {
            ((true, place), (false, _)) => bucket.insert(place, fingerprint(hash), weights),
            _ => left_out.push(i),
        }
    }
    (buckets, left_out)
}

impl WeightTable {
    /// WeightTable of the weights of a model and the biases of its experts; `abusive` is the class whose strongest passage
    /// counts in long comments.
    pub(crate) fn new(layer: &Weights, biases: &ByScript<&[f32]>, abusive: Option<usize>) -> Self {
        let classes = layer.classes;
        let (buckets, left_out) = Buckets::of(layer);
        WeightTable {
            buckets,
            filter: filter(&layer.hashes),
            classes,
            abusive,
            words: None,
            respeller: OnceLock::new(),
            kinds: None,
            min_abusive: ByScript::one(f64::INFINITY),
            id: WordCache::new_table_id(),
            step: f64::from(layer.step),
            biases: biases.map(|bias| centred(bias)),
            left_out,
        }
    }

    /// Places of the `added` hashes that find none in a table of the `old` ones and these.
    #[cfg(feature = "train")]
    pub(crate) fn without_place(old: &[u64], added: &[u64]) -> HashSet<usize> {
        let count = bucket_count(old.len() + added.len());
        let mut used: HashMap<usize, Vec<i16>> = HashMap::new();
        let mut out = HashSet::new();
        let added = added.iter().enumerate().map(|(place, hash)| (Some(place), hash));
        for (place, &hash) in old.iter().map(|hash| (None, hash)).chain(added) {
            let fingerprints = used.entry(hash as usize & (count - 1)).or_default();
            match place {
                Some(place) if fingerprints.len() == BUCKET || fingerprints.contains(&fingerprint(hash)) => {
                    out.insert(place);
                }
                _ => fingerprints.push(fingerprint(hash)),
            }
        }
        out
    }

    /// WeightTable that also respells words in disguise. It knows the words among `ngrams`, and those of `known_words`; words
    /// with at least the log-odds `min_abusive` for abuse are strongly abusive.
    pub(crate) fn with_words(self, ngrams: &Ngrams, known_words: &KnownWords, min_abusive: ByScript<f64>) -> Self {
        WeightTable { words: Some((ngrams.clone(), known_words.clone())), min_abusive, ..self }
    }

    /// WeightTable that also adds up the kinds of abuse.
    pub(crate) fn with_kinds(self, kinds: Option<KindTable>) -> Self {
        WeightTable { kinds, ..self }
    }

    /// Respeller, made when it is first needed.
    fn respeller(&self) -> &Respeller {
        self.respeller.get_or_init(|| {
            let words = self.words.as_ref().map_or_else(WordList::default, |(ngrams, _)| WordList::of(ngrams));
            let mut hashes = Vec::new();
            let known = |(place, word)| {
                let own = self.get(mix(word_hash(word) ^ WORD), false).unwrap_or(&[]);
                let own = own.iter().map(|weight| f64::from(*weight));
                let mean = own.clone().sum::<f64>() / self.classes as f64;
                let weight = own.clone().map(|weight| (weight - mean).powi(2)).sum::<f64>().sqrt() * self.step;
                let min_abusive = *self.min_abusive.of(Script::of(word) == Script::Arabic);
                let abusive = self.abusive.filter(|class| own.clone().nth(*class) > Some(mean));
                let abusive = abusive
                    .map(|class| self.log_odds(class, word, &mut hashes))
                    .filter(|abusive| *abusive >= min_abusive);
                KnownWord { place, weight, abusive }
            };
            let known = words.iter().enumerate().map(known).collect();
            Respeller::new(&words, known)
        })
    }

    /// Log-odds for a class of a word with all its n-grams, less the mean of all classes. `hashes` is room for those.
    fn log_odds(&self, class: usize, word: &[char], hashes: &mut Vec<u64>) -> f64 {
        hashes.clear();
        emit(&String::from_iter(word), &mut Hashes { table: self, hashes });
        let mut sums = [0i64; MAX_CLASSES];
        for hash in hashes {
            let weights = self.get(*hash, false).unwrap_or(&[]);
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i64::from(*weight));
        }
        let sums = &sums[..self.classes];
        (sums[class] as f64 - sums.iter().sum::<i64>() as f64 / self.classes as f64) * self.step
    }

    /// Has the processor load the weights of an n-gram.
    fn prefetch(&self, hash: u64) {
        match &self.buckets {
            Buckets::Two(buckets) => prefetch(bucket(buckets, hash)),
            Buckets::Three(buckets) => prefetch(bucket(buckets, hash)),
            Buckets::More(buckets) => prefetch(bucket(buckets, hash)),
        }
    }

    /// True if the model knows a word: by an n-gram, or from the comments that it was learnt from.
    fn is_known(&self, word: &[char]) -> bool {
        self.words.as_ref().is_some_and(|(_, known)| known.contains(word))
            || hashes_of(word).iter().any(|hash| self.get(*hash, false).is_some())
    }

    /// Replaces a word that it does not know by the one that it stands for; returns whether it knows the result.
    pub(crate) fn respell(&self, word: &mut Word) -> bool {
        if self.words.is_none() || !word.is_letters() || self.is_known(word.symbols()) {
            return true;
        }
        let spelt = self.respeller().spelt(word, |word| self.is_known(word));
        spelt.is_some_and(|spelt| {
            word.respell(spelt.symbols());
            true
        })
    }

    /// Strongly abusive word that is written as this pair of words.
    pub(crate) fn joined(&self, pair: u64) -> Option<Word> {
        self.words.as_ref()?;
        self.respeller().joined(pair)
    }

    /// True if the table may know a pair, by the Bloom filter.
    #[inline(always)]
    pub(super) fn may_know_pair(&self, hash: u64) -> bool {
        let (place, bit) = filter_bit(hash, self.filter.len());
        self.filter[place] & bit != 0
    }

    /// Has the processor load what [`WeightTable::may_know_pair`] looks at.
    #[inline(always)]
    pub(super) fn prefetch_pair(&self, hash: u64) {
        prefetch(&self.filter[filter_bit(hash, self.filter.len()).0]);
    }

    /// Weights of an n-gram, a pair or not, if the table knows it.
    pub(crate) fn get(&self, hash: u64, pair: bool) -> Option<&[i16]> {
        if pair && !self.may_know_pair(hash) {
            return None;
        }

        fn weights<const K: usize>(buckets: &[Bucket<K>], hash: u64) -> Option<&[i16]> {
            let bucket = bucket(buckets, hash);
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

    /// Log-odds of each class of a comment without n-grams, less their mean; `arabic` is the share of Arabic in the comment.
    pub(super) fn bias(&self, class: usize, arabic: f64) -> f64 {
        match self.biases.both() {
            Some([other, of_arabic]) => arabic * of_arabic[class] + (1.0 - arabic) * other[class],
            None => self.biases.of(false)[class],
        }
    }

    /// Log-odds that one unit of weight adds to a text of `n` n-grams.
    pub(crate) fn scale(&self, n: u32) -> f64 {
        self.step / f64::from(n.max(1)).sqrt()
    }
}

/// Numbers less their mean.
fn centred(numbers: &[f32]) -> Vec<f64> {
    let mean = numbers.iter().map(|x| f64::from(*x)).sum::<f64>() / numbers.len().max(1) as f64;
    numbers.iter().map(|x| f64::from(*x) - mean).collect()
}

/// Sink that collects the hashes of n-grams, whose weights will be needed soon.
struct Hashes<'t> {
    table: &'t WeightTable,
    hashes: &'t mut Vec<u64>,
}

impl Sink for Hashes<'_> {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        self.table.prefetch(ngram.hash);
        self.hashes.push(ngram.hash);
    }
}
