//! The n-grams that weigh most, and those that should surprise.

use std::collections::HashMap;

use crate::corpus::Corpus;
use crate::model::Model;
use crate::model::label::LabelSet;
use crate::ngrams::emit::emit;
use crate::ngrams::sink::{Ngram, Sink};
use crate::score::classifier::Classifier;
use rayon::prelude::*;

/// Words and pairs of each class that are listed, and parts of words.
const WORDS: usize = 12;
const PARTS: usize = 8;
/// Surprising ones of each kind.
const SURPRISES: usize = 12;
/// Words and pairs that are looked at for surprises: those of the greatest weight.
const CANDIDATES: usize = 4000;
/// Most comments of an n-gram that is rare.
const RARE: u32 = 3;
/// Least comments that say what an n-gram is used for.
const TELLING: u32 = 5;

/// An n-gram and what it is worth.
#[derive(Clone, Debug)]
pub(crate) struct Weighty {
    /// As it is shown: a space stands for the boundary of a word.
    pub(crate) name: String,
    /// The class it speaks for.
    pub(crate) class: usize,
    /// What it adds to the log-odds of that class, less the mean of the classes, in a comment of median length; with
    /// all that stands in a word.
    pub(crate) weight: f64,
    /// Comments of each class that it stands in, fully labelled ones only.
    pub(crate) of_class: Vec<u32>,
    hash: u64,
}

impl Weighty {
    pub(crate) fn comments(&self) -> u32 {
        self.of_class.iter().sum()
    }

    /// Share of its comments that are of its class.
    pub(crate) fn share(&self) -> f64 {
        f64::from(self.of_class[self.class]) / f64::from(self.comments().max(1))
    }
}

/// What a model has learnt, for people.
pub(crate) struct NgramLists {
    /// Of each class: the words and pairs of words that weigh most, and the parts of words.
    pub(crate) of_classes: Vec<(Vec<Weighty>, Vec<Weighty>)>,
    /// Words and pairs that weigh much although they stand in 1 to 3 comments.
    pub(crate) rare: Vec<Weighty>,
    /// Words and pairs that speak for a class that their own comments are of less often than all comments are.
    pub(crate) contrary: Vec<Weighty>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Word,
    Pair,
    Stem,
    Part,
}

/// The kind of an n-gram and what it is made of, from how the model writes it.
fn kind(written: &str) -> (Kind, &str) {
    let within = |open, close| written.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
    match (within('[', ']'), within('{', '}')) {
        (Some(words), _) if words.contains(' ') => (Kind::Pair, words),
        (Some(word), _) => (Kind::Word, word),
        (_, Some(stem)) => (Kind::Stem, stem),
        _ => (Kind::Part, written),
    }
}

/// Lists the n-grams of a model by what they weigh; they are counted in `corpus`.
pub(crate) fn ngrams(model: &Model, classifier: &Classifier, corpus: &Corpus) -> NgramLists {
    let k = model.classes.len();
    let scale = f64::from(model.evidence.step) / median_length(corpus).sqrt();
    let (mut words, mut parts) = (Vec::new(), Vec::new());
    let weights = model.evidence.weights.chunks_exact(k);
    for ((written, &hash), weights) in model.ngrams.iter().zip(&model.evidence.hashes).zip(weights) {
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
        list.push(Weighty { name, class, weight, of_class: vec![0; k], hash });
    }
    let mut words = heaviest(words, k, CANDIDATES / k);
    let mut parts = heaviest(parts, k, PARTS);
    count(&mut words, corpus);
    count(&mut parts, corpus);

    let of_class = |list: &[Weighty], class: usize, most: usize| -> Vec<Weighty> {
        list.iter().filter(|of| of.class == class).take(most).cloned().collect()
    };
    let of_classes = (0..k).map(|class| (of_class(&words, class, WORDS), of_class(&parts, class, PARTS))).collect();
    let mut all = vec![0u32; k];
    corpus.labels.iter().filter_map(|label| label.single()).for_each(|class| all[class] += 1);
    let base = |class: usize| f64::from(all[class]) / f64::from(all.iter().sum::<u32>().max(1));
    let rare = words.iter().filter(|of| (1..=RARE).contains(&of.comments()));
    let contrary = words.iter().filter(|of| of.comments() >= TELLING && of.share() < base(of.class));
    NgramLists {
        of_classes,
        rare: rare.take(SURPRISES).cloned().collect(),
        contrary: contrary.take(SURPRISES).cloned().collect(),
    }
}

/// The `most` heaviest of each class, heaviest first.
fn heaviest(mut list: Vec<Weighty>, classes: usize, most: usize) -> Vec<Weighty> {
    list.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.name.cmp(&b.name)));
    let mut taken = vec![0; classes];
    list.retain(|of| {
        taken[of.class] += 1;
        taken[of.class] <= most
    });
    list
}

/// Median number of n-grams of some of the comments.
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

/// Counts the comments of each class that n-grams stand in.
fn count(list: &mut [Weighty], corpus: &Corpus) {
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
