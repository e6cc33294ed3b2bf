//! Examples: a corpus as numbers, which the n-gram weights are learnt from.

use std::collections::HashSet;
use std::io;

use crate::corpus::Corpus;
use crate::model::by_script::ByScript;
use crate::model::ngrams::Weights;
use crate::model::score::Familiarity;
use crate::ngrams::emit::emit;
use crate::ngrams::sink::{Ngram, Sink};
use crate::score::signals::Layout;
use crate::score::weight_table::WeightTable;
use crate::train::balance::balanced;
use crate::train::folds::FOLDS;
use crate::train::held_out::Signals;
use crate::train::lbfgs::{Solver, Stop};
use crate::train::objective::{Part, Problem};
use crate::train::prior::Prior;
use crate::train::sparse_matrix::Rows;
use crate::train::vocabulary::{Masses, Vocabulary, log_count_ratios, masses};
use ndarray::Array2;
use rayon::prelude::*;

/// Stop criterion of the solver. It stops well before the optimum, which regularises as well. Each strength of the
/// penalty goes on from where the one before it ended, the first from weights of 0; the final model is solved in the same
/// way as those that were validated.
const STOP: Stop = Stop { iterations: 100, tolerance: 1e-4 };

/// Smoothing of the counts of naive Bayes.
const SMOOTH: f64 = 0.3;

/// Power of the log-count ratios of naive Bayes, 1 in the paper. A smaller one trusts them less; ratios of rare n-grams are mostly
/// chance.
const POWER: f32 = 0.7;

/// Greatest log-odds for or against a class of an n-gram without letters, in a comment of it alone: an emoji or a number says
/// less than a word, and readers repeat it.
const MAX_LETTERLESS: f32 = 2.0;

/// Columns of the n-grams without letters.
pub(super) fn letterless(texts: &[String], vocabulary: &Vocabulary) -> Vec<u32> {
    struct Letterless<'v> {
        vocabulary: &'v Vocabulary,
        columns: HashSet<u32>,
    }
    impl Sink for Letterless<'_> {
        fn ngram(&mut self, ngram: Ngram<'_>) {
            if !ngram.parts.has_letter(true) && !ngram.parts.has_letter(false) {
                self.columns.extend(self.vocabulary.column(ngram.hash));
            }
        }
    }
    let add = |columns: HashSet<u32>, text: &String| {
        let mut found = Letterless { vocabulary, columns };
        emit(text, &mut found);
        found.columns
    };
    let both = |mut a: HashSet<u32>, b: HashSet<u32>| {
        a.extend(b);
        a
    };
    let found = texts.par_iter().fold(HashSet::new, add).reduce(HashSet::new, both);
    let mut columns: Vec<u32> = found.into_iter().collect();
    columns.sort_unstable();
    columns
}

/// Examples of a corpus.
pub(super) struct Examples<'a> {
    pub(super) corpus: &'a Corpus,
    pub(super) vocabulary: Vocabulary,
    /// Columns in the order of their hashes.
    pub(super) by_hash: Vec<u32>,
    pub(super) rows: Rows,
    /// Fold that each comment is left out of.
    pub(super) fold: Vec<u8>,
    /// Weight of each comment.
    pub(super) weights: Vec<f32>,
    /// True for each comment whose letters are mostly Arabic.
    pub(super) arabic: Vec<bool>,
    /// File of each comment, if there are several.
    pub(super) files: Vec<u32>,
    /// Columns of n-grams without letters.
    pub(super) letterless: Vec<u32>,
    /// Maximum number of n-grams of a model.
    pub(super) prune_to: usize,
    /// Model that the weights are learnt on top of, if any.
    pub(super) prior: Option<&'a Prior<'a>>,
    /// Log-odds of each comment by that model, `[comment][class]`; empty if there is none.
    pub(super) offset: Vec<f32>,
}

impl Examples<'_> {
    pub(super) fn classes(&self) -> usize {
        self.corpus.classes.len()
    }

    /// Naive-Bayes masses of each fold.
    pub(super) fn masses(&self) -> io::Result<Vec<Masses>> {
        let weights = self.balanced(None);
        let (fold, weight) = (|i: usize| self.fold[i].into(), |i: usize| weights[i].into());
        masses(&self.rows, &self.corpus.labels, self.classes(), FOLDS, fold, weight)
    }

    /// Weight of each comment, classes balanced, the comments of one fold, if any, left out.
    fn balanced(&self, without: Option<usize>) -> Vec<f32> {
        let weight = |i: usize| match Some(self.fold[i].into()) == without {
            true => 0.0,
            false => f64::from(self.weights[i]),
        };
        balanced(&self.corpus.labels, self.classes(), weight, |i| self.arabic[i])
    }

    /// Part without a fold: the same for every strength of the penalty. N-grams that occur in fewer than `min_count` of its
    /// comments have no weight.
    pub(super) fn without(&self, masses: &[Masses], fold: usize, min_count: u32) -> Part {
        let weights = self.balanced(Some(fold));
        let masses: Vec<&Masses> =
            masses.iter().enumerate().filter(|(i, _)| *i != fold).map(|(_, mass)| mass).collect();
        let idf = &self.vocabulary.idf;
        let mut scale = log_count_ratios(&masses, idf, self.classes(), SMOOTH, min_count);
        let k = self.classes();
        scale
            .par_chunks_mut(k)
            .zip(idf)
            .for_each(|(scale, idf)| scale.iter_mut().for_each(|s| *s = s.abs().powf(POWER) * idf));
        Part { weights, scale }
    }

    /// Solves parts, from weights of 0 or from where the same parts ended with a stronger penalty; returns the weights of
    /// each with their scale multiplied in, and its biases.
    pub(super) fn solve(
        &self,
        parts: &[Part],
        l2: f32,
        start: &mut Option<Vec<f32>>,
        tick: &dyn Fn(),
    ) -> io::Result<Vec<Vec<f32>>> {
        let problem = Problem {
            rows: &self.rows,
            labels: &self.corpus.labels,
            groups: &self.files,
            offset: &self.offset,
            classes: self.classes(),
            parts,
        };
        let mut solver = Solver::new(&problem, l2, start.take())?;
        for _ in 0..STOP.iterations {
            tick();
            if !solver.step(STOP.tolerance)? {
                break;
            }
        }
        let solutions = (0..parts.len()).map(|part| solver.solution(part)).collect();
        *start = Some(solver.into_parameters());
        Ok(solutions)
    }

    /// Table of the weights of a fold, its n-grams pruned.
    pub(super) fn table(&self, effective: &[f32]) -> WeightTable {
        let (weights, bias) = self.quantise(effective);
        let biases = match self.prior {
            None => ByScript::one(&bias[..]),
            Some(prior) => prior.model.experts.map(|expert| &expert.bias[..]),
        };
        WeightTable::new(&weights, &biases, self.corpus.classes.abusive())
    }

    /// Integer weights of the n-grams that are kept, and the biases: on top of another model those of that model.
    pub(super) fn quantise(&self, effective: &[f32]) -> (Weights, Vec<f32>) {
        let k = self.classes();
        let (weights, bias) = effective.split_at(self.vocabulary.len() * k);
        let weights = self.bounded(weights);
        let of = |column: u32| &weights[column as usize * k..][..k];
        let kept = self.kept(of);
        let columns = || self.by_hash.iter().copied().filter(|&column| kept[column as usize]);
        let hashes: Vec<u64> = columns().map(|column| self.vocabulary.hashes[column as usize]).collect();
        let weights: Vec<f32> = columns().flat_map(of).copied().collect();
        match self.prior {
            None => (Weights::quantise(&hashes, &weights, k), bias.to_vec()),
            Some(prior) => (prior.model.weights.plus(&hashes, &weights), prior.expert().bias.clone()),
        }
    }

    /// Weights with those of n-grams without letters bounded.
    fn bounded(&self, weights: &[f32]) -> Vec<f32> {
        let (k, mut weights) = (self.classes(), weights.to_vec());
        for &column in &self.letterless {
            let weights = &mut weights[column as usize * k..][..k];
            let mean = weights.iter().sum::<f32>() / k as f32;
            let greatest = weights.iter().fold(0f32, |greatest, weight| greatest.max((weight - mean).abs()));
            if greatest > MAX_LETTERLESS {
                weights.iter_mut().for_each(|weight| *weight = mean + (*weight - mean) * MAX_LETTERLESS / greatest);
            }
        }
        weights
    }

    /// N-grams to keep: those of the greatest norm of their weights, less the mean of the classes, times the root of the
    /// number of comments they occur in.
    fn kept<'w>(&self, weights: impl Fn(u32) -> &'w [f32] + Sync) -> Vec<bool> {
        let n = self.vocabulary.len();
        let mut kept = vec![self.prune_to >= n; n];
        if self.prune_to < n {
            let importance = |column: u32| {
                let weights = weights(column);
                let mean = weights.iter().sum::<f32>() / weights.len() as f32;
                let square: f32 = weights.iter().map(|weight| (weight - mean).powi(2)).sum();
                (square * self.vocabulary.texts[column as usize] as f32, column)
            };
            let mut ranked: Vec<(f32, u32)> = (0..n as u32).into_par_iter().map(importance).collect();
            ranked.select_nth_unstable_by(self.prune_to, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            ranked[..self.prune_to].iter().for_each(|&(_, column)| kept[column as usize] = true);
        }
        kept
    }

    /// Signals of comments by the table of the fold that each was left out of.
    pub(super) fn signals(&self, tables: &[WeightTable], comments: &[usize]) -> Signals {
        self.signals_by(&tables.iter().collect::<Vec<_>>(), |i| self.fold[i].into(), comments)
    }

    /// Signals of comments, each by one of the tables.
    pub(super) fn signals_by(
        &self,
        tables: &[&WeightTable],
        table_of: impl Fn(usize) -> usize,
        comments: &[usize],
    ) -> Signals {
        let k = self.classes();
        let mut whole = Array2::zeros((comments.len(), Layout::new(k).len()));
        let mut parts = vec![None; comments.len()];
        let mut familiarities = vec![Familiarity::default(); comments.len()];
        // One table after the other: the word caches of the threads are of one table.
        for (place, table) in tables.iter().enumerate() {
            let rows = whole.outer_iter_mut().zip(&mut parts).zip(&mut familiarities).zip(comments);
            let rows = rows.filter(|(_, i)| table_of(**i) == place).collect::<Vec<_>>();
            rows.into_par_iter().for_each(|(((mut row, part), familiarity), i)| {
                table.signals(&self.corpus.texts[*i], |signals| {
                    row.iter_mut().zip(signals.whole).for_each(|(to, from)| *to = *from);
                    *part = signals.part.and_then(|(among, find)| Some((among, find()?)));
                    *familiarity = signals.familiarity;
                });
            });
        }
        Signals { whole, parts, familiarities }
    }

    /// N-grams behind `hashes` (ascending), found again in the first text that each occurs in.
    pub(super) fn names(&self, hashes: &[u64]) -> io::Result<Vec<String>> {
        let mut first = vec![usize::MAX; self.vocabulary.len()];
        for piece in self.rows.pieces(1) {
            self.rows.for_each(
                piece,
                |_| true,
                |i, row| {
                    for (column, _) in row.entries() {
                        let first = &mut first[column as usize];
                        *first = i.min(*first);
                    }
                },
            )?;
        }
        let place = |hash: u64| self.vocabulary.column(hash).map(|column| first[column as usize]);
        let mut wanted: Vec<(usize, usize)> = Vec::new();
        for (i, &hash) in hashes.iter().enumerate() {
            wanted.extend(place(hash).filter(|&text| text != usize::MAX).map(|text| (text, i)));
        }
        wanted.par_sort_unstable();
        let texts: Vec<&[(usize, usize)]> = wanted.chunk_by(|a, b| a.0 == b.0).collect();
        let found: Vec<(usize, String)> = texts
            .into_par_iter()
            .flat_map_iter(|wanted| {
                let mut names = Names { wanted, hashes, names: Vec::new() };
                emit(&self.corpus.texts[wanted[0].0], &mut names);
                names.names
            })
            .collect();
        let mut names = vec![String::new(); hashes.len()];
        found.into_iter().for_each(|(i, name)| names[i] = name);
        Ok(names)
    }
}

/// Sink that finds the wanted n-grams of one text.
struct Names<'a> {
    /// (text, place in `hashes`), ascending, like the hashes.
    wanted: &'a [(usize, usize)],
    hashes: &'a [u64],
    names: Vec<(usize, String)>,
}

impl Sink for Names<'_> {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        if let Ok(at) = self.wanted.binary_search_by_key(&ngram.hash, |&(_, i)| self.hashes[i]) {
            self.names.push((self.wanted[at].1, ngram.parts.to_string()));
        }
    }
}
