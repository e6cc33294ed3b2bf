//! Which comments would teach most if somebody labelled them: those that a model is unsure of, but not the same
//! ones over and over (uncertainty sampling, Lewis and Gale 1994, with diversity).
//!
//! A comment is worth its uncertainty times the share of its n-grams that no comment chosen before it has. Greedily,
//! the worthiest is chosen next; since a worth can only fall, only the foremost needs to be looked at again (lazy
//! greedy, Minoux 1978).

use std::collections::{BinaryHeap, HashMap, HashSet};

use crate::ngrams::emit::emit;
use crate::ngrams::sink::{Ngram, Sink};
use rayon::prelude::*;

/// The most uncertain comments are looked at: so many for each that is wanted, and these more.
const POOL: (usize, usize) = (20, 1000);

/// Added to the number of n-grams of a comment: one of a word or two teaches little, however new it is.
const SHORT: f64 = 40.0;

/// A comment that would teach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// Its place among the texts.
    pub comment: usize,
    /// What it is worth, in 0..=1: its uncertainty times the share of what is new in it.
    pub worth: f64,
}

/// Chooses at most `n` of `texts`, worthiest first, by the `uncertainty` of each in 0..=1. Of those that are the
/// same, one is chosen.
pub fn suggest<T: AsRef<str> + Sync>(texts: &[T], uncertainty: &[f64], n: usize) -> Vec<Suggestion> {
    let mut pool: Vec<usize> = (0..texts.len()).filter(|&i| uncertainty[i] > 0.0).collect();
    pool.sort_by(|&a, &b| uncertainty[b].total_cmp(&uncertainty[a]));
    pool.truncate(n.saturating_mul(POOL.0).saturating_add(POOL.1));
    let mut ngrams: Vec<Vec<u64>> = pool.par_iter().map(|&i| Ngrams::of(texts[i].as_ref())).collect();
    // What stands in no other comment would teach nothing about any other.
    let mut standing: HashMap<u64, u32> = HashMap::new();
    ngrams.iter().flatten().for_each(|ngram| *standing.entry(*ngram).or_default() += 1);
    let sizes: Vec<f64> = ngrams.iter().map(|ngrams| ngrams.len() as f64 + SHORT).collect();
    ngrams.iter_mut().for_each(|ngrams| ngrams.retain(|ngram| standing[ngram] > 1));
    drop(standing);

    let mut chosen: Vec<Suggestion> = Vec::new();
    let mut taught: HashSet<u64> = HashSet::new();
    let worth = |at: usize, new: usize| Worth(uncertainty[pool[at]] * new as f64 / sizes[at]);
    let mut heap: BinaryHeap<(Worth, std::cmp::Reverse<usize>, usize)> =
        (0..pool.len()).map(|at| (worth(at, ngrams[at].len()), std::cmp::Reverse(pool[at]), 0)).collect();
    let place: HashMap<usize, usize> = pool.iter().enumerate().map(|(at, &comment)| (comment, at)).collect();
    while let Some((known, comment, looked_at)) = heap.pop() {
        if chosen.len() >= n || known.0 <= 0.0 {
            break;
        }
        let at = place[&comment.0];
        if looked_at == chosen.len() {
            chosen.push(Suggestion { comment: comment.0, worth: known.0 });
            taught.extend(&ngrams[at]);
        } else {
            ngrams[at].retain(|ngram| !taught.contains(ngram));
            heap.push((worth(at, ngrams[at].len()), comment, chosen.len()));
        }
    }
    chosen
}

/// A number that has an order.
#[derive(PartialEq)]
struct Worth(f64);

impl Eq for Worth {}

impl PartialOrd for Worth {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Worth {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Different n-grams of a text.
#[derive(Default)]
struct Ngrams(Vec<u64>);

impl Ngrams {
    fn of(text: &str) -> Vec<u64> {
        let mut ngrams = Ngrams::default();
        emit(text, &mut ngrams);
        ngrams.0.sort_unstable();
        ngrams.0.dedup();
        ngrams.0
    }
}

impl Sink for Ngrams {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        self.0.push(ngram.hash);
    }
}
