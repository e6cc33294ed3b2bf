//! N-grams of the greatest weight, and surprising ones.

use std::collections::HashMap;

use crate::corpus::Corpus;
use crate::model::Model;
use crate::model::label::LabelSet;
use crate::ngrams::emit::emit;
use crate::ngrams::sink::{Ngram, Sink};
use crate::score::classifier::Classifier;
use rayon::prelude::*;

/// Maximum number of words and pairs of each class that are listed, and of parts of words.
const MAX_WORDS: usize = 12;
const MAX_PARTS: usize = 8;
/// Maximum number of surprising ones of each kind.
const MAX_SURPRISES: usize = 12;
/// Number of words and pairs of the greatest weight that are searched for surprises.
const CANDIDATES: usize = 4000;
/// Maximum number of comments of a rare n-gram.
const MAX_RARE: u32 = 3;
/// Minimum number of comments that tell how an n-gram is used.
const MIN_TELLING: u32 = 5;

/// N-gram with its weight.
#[derive(Clone, Debug)]
pub(crate) struct WeightedNgram {
    /// N-gram as it is shown; ␣ is the boundary of a word.
    pub(crate) name: String,
    /// Class that it speaks for.
    pub(crate) class: usize,
    /// Addition to the log-odds of that class, less the mean of the classes, in a comment of median length; of a word with
    /// all its parts.
    pub(crate) weight: f64,
    /// Number of comments of each class that it occurs in, fully labelled ones only.
    pub(crate) of_class: Vec<u32>,
    hash: u64,
}

impl WeightedNgram {
    pub(crate) fn comments(&self) -> u32 {
        self.of_class.iter().sum()
    }

    /// Share of its comments that are of its class.
    pub(crate) fn share(&self) -> f64 {
        f64::from(self.of_class[self.class]) / f64::from(self.comments().max(1))
    }
}

/// Lists of the n-grams of a model.
pub(crate) struct NgramLists {
    /// Words and pairs of the greatest weight for each class, and parts of words.
    pub(crate) of_classes: Vec<(Vec<WeightedNgram>, Vec<WeightedNgram>)>,
    /// Words and pairs of great weight that occur in 1 to 3 comments only.
    pub(crate) rare: Vec<WeightedNgram>,
    /// Words and pairs that speak for a class although it is rarer among their own comments than among all.
    pub(crate) contrary: Vec<WeightedNgram>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Word,
    Pair,
    Stem,
    Part,
}

/// Kind of an n-gram and its text, from the notation of the model.
fn kind(written: &str) -> (Kind, &str) {
    let within = |open, close| written.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
    match (within('[', ']'), within('{', '}')) {
        (Some(words), _) if words.contains(' ') => (Kind::Pair, words),
        (Some(word), _) => (Kind::Word, word),
        // A stem after its mark.
        (_, Some(marked)) if marked.contains(' ') => (Kind::Pair, marked),
        (_, Some(stem)) => (Kind::Stem, stem),
        _ => (Kind::Part, written),
    }
}

/// Lists of the n-grams of a model by weight; they are counted in `corpus`.
pub(crate) fn ngrams(model: &Model, classifier: &Classifier, corpus: &Corpus) -> NgramLists {
    let k = model.classes.len();
    let scale = f64::from(model.weights.step) / median_length(corpus).sqrt();
    let (mut words, mut parts) = (Vec::new(), Vec::new());
    let weights = model.weights.weights.chunks_exact(k);
    for ((written, &hash), weights) in model.ngrams.iter().zip(model.weights.hashes.iter()).zip(weights) {
        let (kind, made_of) = kind(written);
        let weights = match kind {
            // Its words have it.
            Kind::Stem => continue,
            // With its stem and the characters in it, as in a comment.
            Kind::Word => classifier.totals(made_of),
            Kind::Pair | Kind::Part => weights.iter().map(|weight| i64::from(*weight)).collect(),
        };
        let class = (0..k).rev().max_by_key(|&class| weights[class]).unwrap_or(0);
        let mean = weights.iter().sum::<i64>() as f64 / k as f64;
        let weight = (weights[class] as f64 - mean) * scale;
        let name = if kind == Kind::Part { made_of.replace(' ', "␣") } else { made_of.to_owned() };
        let list = if kind == Kind::Part { &mut parts } else { &mut words };
        list.push(WeightedNgram { name, class, weight, of_class: vec![0; k], hash });
    }
    let mut words = heaviest(words, k, CANDIDATES / k);
    let mut parts = heaviest(parts, k, MAX_PARTS);
    count(&mut words, corpus);
    count(&mut parts, corpus);

    let of_class = |list: &[WeightedNgram], class: usize, max: usize| -> Vec<WeightedNgram> {
        list.iter().filter(|of| of.class == class).take(max).cloned().collect()
    };
    let of_classes =
        (0..k).map(|class| (of_class(&words, class, MAX_WORDS), of_class(&parts, class, MAX_PARTS))).collect();
    let mut all = vec![0u32; k];
    corpus.labels.iter().filter_map(|label| label.single()).for_each(|class| all[class] += 1);
    let base = |class: usize| f64::from(all[class]) / f64::from(all.iter().sum::<u32>().max(1));
    let rare = words.iter().filter(|of| (1..=MAX_RARE).contains(&of.comments()));
    let contrary = words.iter().filter(|of| of.comments() >= MIN_TELLING && of.share() < base(of.class));
    NgramLists {
        of_classes,
        rare: rare.take(MAX_SURPRISES).cloned().collect(),
        contrary: contrary.take(MAX_SURPRISES).cloned().collect(),
    }
}

/// N-grams of the greatest weight, at most `max` of each class, by descending weight.
fn heaviest(mut list: Vec<WeightedNgram>, classes: usize, max: usize) -> Vec<WeightedNgram> {
    list.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.name.cmp(&b.name)));
    let mut taken = vec![0; classes];
    list.retain(|of| {
        taken[of.class] += 1;
        taken[of.class] <= max
    });
    list
}

/// Median number of n-grams of a sample of the comments.
fn median_length(corpus: &Corpus) -> f64 {
    struct Nothing;
    impl Sink for Nothing {
        fn ngram(&mut self, _: Ngram<'_>) {}
    }
    let step = (corpus.texts.len() / 2000).max(1);
    let mut lengths: Vec<u32> = corpus.texts.iter().step_by(step).map(|text| emit(text, &mut Nothing)).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).map_or(1.0, |n| f64::from((*n).max(1)))
}

/// Counts the comments of each class that n-grams occur in.
fn count(list: &mut [WeightedNgram], corpus: &Corpus) {
    struct Find<'a> {
        places: &'a HashMap<u64, usize>,
        found: Vec<usize>,
    }
    impl Sink for Find<'_> {
        fn ngram(&mut self, ngram: Ngram<'_>) {
            self.found.extend(self.places.get(&ngram.hash));
        }
    }
    let places: HashMap<u64, usize> = list.iter().enumerate().map(|(i, of)| (of.hash, i)).collect();
    let found = |(text, label): (&String, &LabelSet)| {
        let mut find = Find { places: &places, found: Vec::new() };
        let class = label.single()?;
        emit(text, &mut find);
        find.found.sort_unstable();
        find.found.dedup();
        Some((class, find.found))
    };
    // A chunk at a time, so that what was found is never much.
    for (texts, labels) in corpus.texts.chunks(1 << 14).zip(corpus.labels.chunks(1 << 14)) {
        let chunk: Vec<(usize, Vec<usize>)> = texts.par_iter().zip(labels).filter_map(found).collect();
        chunk.into_iter().for_each(|(class, found)| found.into_iter().for_each(|i| list[i].of_class[class] += 1));
    }
}
