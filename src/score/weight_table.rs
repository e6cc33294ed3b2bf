//! The n-grams of a model laid out for look-up, and the sums over a text: the hot loop of scoring.

use std::sync::OnceLock;

use crate::model::known_words::KnownWords;
use crate::model::label::MAX_CLASSES;
use crate::model::ngrams::{Ngrams, Weights};
use crate::ngrams::emit::emit;
use crate::ngrams::hash::hashes_of;
use crate::ngrams::sink::{Ngram, Sink};
use crate::score::respell::{KnownWord, Respeller, words};
use crate::score::word_cache::WordCache;
use crate::text::word::Word;
use wide::i16x8;

/// N-grams in a bucket.
const BUCKET: usize = 8;

/// Eight n-grams that share the low bits of their hash: with three classes, one line of the cache. Fingerprints
/// are the high bits, so that an unknown n-gram is taken for a known one once in some ten thousand times; 0
/// marks a free place.
#[derive(Clone)]
#[repr(align(64))]
pub(super) struct Bucket<const K: usize> {
    fingerprints: [i16; BUCKET],
    pub(super) weights: [[i16; K]; BUCKET],
}

impl<const K: usize> Bucket<K> {
    const FREE: Self = Bucket { fingerprints: [0; BUCKET], weights: [[0; K]; BUCKET] };

    /// Whether a place has the fingerprint, and the first that has (any place otherwise).
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

#[inline(always)]
pub(super) fn fingerprint(hash: u64) -> i16 {
    ((hash >> 48) as u16).max(1) as i16
}

/// Which word of the filter, and which bit of it.
#[inline(always)]
fn filter_bit(hash: u64, words: usize) -> (usize, u64) {
    ((hash >> 30) as usize & (words - 1), 1 << (hash >> 24 & 63))
}

/// The buckets for models of two, of three, and of more classes.
pub(super) enum Buckets {
    Two(Vec<Bucket<2>>),
    Three(Vec<Bucket<3>>),
    More(Vec<Bucket<MAX_CLASSES>>),
}

/// The n-grams of a model laid out for look-up: a hash table of buckets without overflow. What finds its bucket
/// full or its fingerprint taken is left out (one n-gram in some hundreds); training leaves it out of the
/// model then.
pub(crate) struct WeightTable {
    pub(super) buckets: Buckets,
    /// A bit for some of the bits of each hash: most pairs of words are unknown and need no look into the buckets.
    filter: Vec<u64>,
    pub(super) classes: usize,
    /// The class that one passage of a long comment can make it.
    pub(super) abusive: Option<usize>,
    /// Words that it knows and others may stand for, and what they are looked up in.
    words: Option<(Ngrams, KnownWords)>,
    lexicon: OnceLock<Respeller>,
    /// Words that speak so much for abuse do so strongly.
    least: f64,
    /// Tells its words from those of other tables in what threads remember.
    pub(super) number: u64,
    pub(super) step: f64,
    pub(super) bias: Vec<f32>,
    /// N-grams (places in the weights) that were left out, ascending.
    #[cfg_attr(not(feature = "train"), allow(dead_code))]
    pub(crate) left_out: Vec<usize>,
}

/// Fills buckets, on average between a quarter and a half; returns what was left out.
fn fill<const K: usize>(layer: &Weights) -> (Vec<Bucket<K>>, Vec<usize>) {
    let mut buckets = vec![Bucket::FREE; (layer.hashes.len() * 2 / BUCKET).next_power_of_two()];
    let mask = buckets.len() - 1;
    let mut left_out = Vec::new();
    let weights = layer.weights.chunks_exact(layer.bias.len());
    for (i, (&hash, weights)) in layer.hashes.iter().zip(weights).enumerate() {
        let bucket: &mut Bucket<K> = &mut buckets[hash as usize & mask];
        match (bucket.find(0), bucket.find(fingerprint(hash))) {
            ((true, place), (false, _)) => bucket.insert(place, fingerprint(hash), weights),
            _ => left_out.push(i),
        }
    }
    (buckets, left_out)
}

impl WeightTable {
    /// `abusive` is the class whose strongest passage is kept of long comments.
    pub(crate) fn new(layer: &Weights, abusive: Option<usize>) -> Self {
        let classes = layer.bias.len();
        let (buckets, left_out) = match classes {
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
        };
        let mut filter = vec![0; (layer.hashes.len() / 8).next_power_of_two()];
        for &hash in &layer.hashes {
            let (place, bit) = filter_bit(hash, filter.len());
            filter[place] |= bit;
        }
        WeightTable {
            buckets,
            filter,
            classes,
            abusive,
            words: None,
            lexicon: OnceLock::new(),
            least: f64::INFINITY,
            number: WordCache::new_table(),
            step: f64::from(layer.step),
            bias: layer.bias.clone(),
            left_out,
        }
    }

    /// The same, which sees through words in disguise. It knows the words of `ngrams`, and those `seen`; those that speak
    /// for abuse with at least `least` do so strongly.
    pub(crate) fn with_words(self, ngrams: &Ngrams, seen: &KnownWords, least: f64) -> Self {
        WeightTable { words: Some((ngrams.clone(), seen.clone())), least, ..self }
    }

    /// Made when it is first needed.
    fn lexicon(&self) -> &Respeller {
        self.lexicon.get_or_init(|| {
            let known = |word: Box<[char]>| {
                let own = self.get(hashes_of(&word)[0], false).unwrap_or(&[]).iter().map(|weight| f64::from(*weight));
                let mean = own.clone().sum::<f64>() / self.classes as f64;
                let weight = own.clone().map(|weight| (weight - mean).powi(2)).sum::<f64>().sqrt() * self.step;
                let abusive = self.abusive.filter(|class| own.clone().nth(*class) > Some(mean));
                let abusive =
                    abusive.map(|class| self.speaks_for(class, &word)).filter(|abusive| *abusive >= self.least);
                KnownWord { word, weight, abusive }
            };
            Respeller::new(self.words.iter().flat_map(|(ngrams, _)| words(ngrams)).map(known).collect())
        })
    }

    /// How much a word speaks for a class with all its n-grams, in log-odds, less the mean of all classes.
    fn speaks_for(&self, class: usize, word: &[char]) -> f64 {
        let mut weights = WeightSum { table: self, sums: [0; MAX_CLASSES] };
        emit(&String::from_iter(word), &mut weights);
        let sums = &weights.sums[..self.classes];
        (sums[class] as f64 - sums.iter().sum::<i64>() as f64 / self.classes as f64) * self.step
    }

    fn knows(&self, word: &[char]) -> bool {
        self.words.as_ref().is_some_and(|(_, seen)| seen.contains(word))
            || hashes_of(word).iter().any(|hash| self.get(*hash, false).is_some())
    }

    /// Reads a word that it does not know as the one that it stands for; returns whether it knows it then.
    pub(crate) fn respell(&self, word: &mut Word) -> bool {
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
    pub(crate) fn joined(&self, pair: u64) -> Option<Word> {
        self.words.as_ref()?;
        self.lexicon().joined(pair)
    }

    /// Whether a pair may be known.
    #[inline(always)]
    pub(super) fn passes(&self, hash: u64) -> bool {
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
}

/// The sink that adds up weights and nothing else.
struct WeightSum<'t> {
    table: &'t WeightTable,
    sums: [i64; MAX_CLASSES],
}

impl Sink for WeightSum<'_> {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        let weights = self.table.get(ngram.hash, false).unwrap_or(&[]);
        self.sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i64::from(*weight));
    }
}
