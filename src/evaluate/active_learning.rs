//! Active learning: which comments to label next. Those that a model is unsure of, but not the same ones over and over
//! (uncertainty sampling, Lewis and Gale 1994, with diversity).
//!
//! The priority of a comment is its uncertainty times the share of its n-grams that no comment chosen before it has.
//! The comment of the greatest priority is chosen next; since a priority can only fall, only the first of the queue has
//! to be computed again (lazy greedy, Minoux 1978).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use crate::ngrams::emit::emit;
use crate::ngrams::sink::{Ngram, Sink};
use rayon::prelude::*;

/// Number of the most uncertain comments to choose from: so many for each that is wanted, and these more.
const POOL: (usize, usize) = (20, 1000);

/// Addition to the number of n-grams of a comment: one of a word or two teaches little, however new it is.
const SHORT: f64 = 40.0;

/// Suggestion of a comment to label.
///
/// ```
/// use naqd::evaluate::{Suggestion, select_to_label};
///
/// let texts = ["new words here", "new words here", "other things", "other things"];
/// let chosen: Vec<Suggestion> = select_to_label(&texts, &[0.5, 0.4, 0.3, 0.2], 10);
/// assert_eq!(chosen.iter().map(|suggestion| suggestion.comment).collect::<Vec<_>>(), [0, 2]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Suggestion {
    /// Place of the comment among the texts.
    pub comment: usize,
    /// Priority, from 0 to 1: its uncertainty times the share of its n-grams that are new.
    pub priority: f64,
}

/// Chooses at most `n` of `texts` to label, by descending priority; `uncertainty` is that of each text, from 0 to 1. Of
/// texts that are the same, one is chosen.
pub fn select_to_label<T: AsRef<str> + Sync>(texts: &[T], uncertainty: &[f64], n: usize) -> Vec<Suggestion> {
    let mut pool: Vec<usize> = (0..texts.len()).filter(|&i| uncertainty[i] > 0.0).collect();
    pool.sort_by(|&a, &b| uncertainty[b].total_cmp(&uncertainty[a]));
    pool.truncate(n.saturating_mul(POOL.0).saturating_add(POOL.1));
    let mut ngrams: Vec<Vec<u64>> = pool.par_iter().map(|&i| distinct_ngrams(texts[i].as_ref())).collect();
    // N-grams of one comment alone would teach nothing about any other.
    let mut counts: HashMap<u64, u32> = HashMap::new();
    ngrams.iter().flatten().for_each(|ngram| *counts.entry(*ngram).or_default() += 1);
    let sizes: Vec<f64> = ngrams.iter().map(|ngrams| ngrams.len() as f64 + SHORT).collect();
    ngrams.iter_mut().for_each(|ngrams| ngrams.retain(|ngram| counts[ngram] > 1));
    drop(counts);

    let mut chosen: Vec<Suggestion> = Vec::new();
    let mut taught: HashSet<u64> = HashSet::new();
    let priority = |at: usize, new: usize| Priority(uncertainty[pool[at]] * new as f64 / sizes[at]);
    let mut queue: BinaryHeap<(Priority, Reverse<usize>, usize)> =
        (0..pool.len()).map(|at| (priority(at, ngrams[at].len()), Reverse(pool[at]), 0)).collect();
    let place: HashMap<usize, usize> = pool.iter().enumerate().map(|(at, &comment)| (comment, at)).collect();
    while let Some((Priority(known), comment, computed)) = queue.pop() {
        if chosen.len() >= n || known <= 0.0 {
            break;
        }
        let at = place[&comment.0];
        if computed == chosen.len() {
            chosen.push(Suggestion { comment: comment.0, priority: known });
            taught.extend(&ngrams[at]);
        } else {
            ngrams[at].retain(|ngram| !taught.contains(ngram));
            queue.push((priority(at, ngrams[at].len()), comment, chosen.len()));
        }
    }
    chosen
}

/// Priority in the queue: a number that has an order.
#[derive(PartialEq)]
struct Priority(f64);

impl Eq for Priority {}

impl PartialOrd for Priority {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Priority {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Hashes of the different n-grams of a text.
fn distinct_ngrams(text: &str) -> Vec<u64> {
    struct Hashes(Vec<u64>);
    impl Sink for Hashes {
        fn ngram(&mut self, ngram: Ngram<'_>) {
            self.0.push(ngram.hash);
        }
    }
    let mut hashes = Hashes(Vec::new());
    emit(text, &mut hashes);
    hashes.0.sort_unstable();
    hashes.0.dedup();
    hashes.0
}
