//! Near-duplicates: comments that are the same or nearly so, so that none is both learnt from and tested on.
//!
//! Exact: the same normal form. Near: one-permutation MinHash signatures (Li, Owen and Zhang 2012) of the
//! n-grams, candidates by banding (Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*, ch. 3),
//! accepted where four fifths of the signature agree, which is an estimated Jaccard similarity of 0.8.

use crate::ngrams::emit::emit;
use crate::ngrams::hash::mix;
use crate::ngrams::sink::{Ngram, Sink};
use rayon::prelude::*;

const BINS: usize = 32;
const BAND: usize = 4;
const EMPTY: u32 = u32::MAX;

/// Near-duplicates of a corpus.
///
/// ```
/// use naqd::evaluate::NearDuplicates;
///
/// let duplicates = NearDuplicates::find(&["Thank you", "You fool", "thank  you"]);
/// assert_eq!(duplicates.group, [0, 1, 0]);
/// assert_eq!(duplicates.same, [0, 1, 0]);
/// ```
#[non_exhaustive]
pub struct NearDuplicates {
    /// First comment of the group of near-duplicates of each comment (mostly itself).
    pub group: Vec<usize>,
    /// First comment of the same normal form as each comment.
    pub same: Vec<usize>,
}

struct Signature {
    bins: [u32; BINS],
    /// Hash of all n-grams in order.
    whole: u64,
}

impl Default for Signature {
    fn default() -> Self {
        Signature { bins: [EMPTY; BINS], whole: 0 }
    }
}

impl Sink for Signature {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        // Mixed once more: the weight table takes its places from the same bits.
        let hash = mix(ngram.hash);
        let bin = &mut self.bins[(hash >> 59) as usize];
        *bin = (*bin).min((hash >> 27) as u32);
        self.whole = mix(self.whole.rotate_left(7) ^ hash);
    }
}

impl Signature {
    fn is_near(&self, other: &Signature) -> bool {
        let pairs = || self.bins.iter().zip(&other.bins).filter(|(a, b)| (**a, **b) != (EMPTY, EMPTY));
        pairs().filter(|(a, b)| a == b).count() * 5 >= pairs().count() * 4
    }
}

impl NearDuplicates {
    /// Finds the near-duplicates among up to 2^32 texts, in the time to sort them and some 150 bytes for each.
    pub fn find<T: AsRef<str> + Sync>(texts: &[T]) -> NearDuplicates {
        let signatures: Vec<Signature> = texts
            .par_iter()
            .map(|text| {
                let mut signature = Signature::default();
                emit(text.as_ref(), &mut signature);
                signature
            })
            .collect();
        let mut group: Vec<usize> = (0..texts.len()).collect();
        let mut same = group.clone();
        let mut ordered: Vec<(u64, u32)> = signatures.iter().zip(0..).map(|(s, i)| (s.whole, i)).collect();
        ordered.par_sort_unstable();
        for alike in ordered.chunk_by(|a, b| a.0 == b.0) {
            let first = alike[0].1 as usize;
            for &(_, i) in &alike[1..] {
                same[i as usize] = first;
                join(&mut group, first, i as usize);
            }
        }
        drop(ordered);
        // One band at a time: once sorted, comments that agree in it are neighbours, in the order of the corpus.
        for band in 0..BINS / BAND {
            let bins = |i: usize| -> [u32; BAND] { std::array::from_fn(|bin| signatures[i].bins[band * BAND + bin]) };
            let mut ordered: Vec<([u32; BAND], u32)> = (0..texts.len())
                .into_par_iter()
                .filter(|&i| same[i] == i && bins(i) != [EMPTY; BAND])
                .map(|i| (bins(i), i as u32))
                .collect();
            ordered.par_sort_unstable();
            for alike in ordered.chunk_by(|a, b| a.0 == b.0) {
                let first = alike[0].1 as usize;
                for &(_, i) in &alike[1..] {
                    if signatures[i as usize].is_near(&signatures[first]) {
                        join(&mut group, first, i as usize);
                    }
                }
            }
        }
        for i in 0..group.len() {
            group[i] = root(&mut group, i);
        }
        NearDuplicates { group, same }
    }

    /// Near-duplicates of some of the comments, in that order, ascending: whole groups only.
    pub(crate) fn select(&self, comments: &[usize]) -> NearDuplicates {
        let mut place = vec![usize::MAX; self.group.len()];
        comments.iter().enumerate().for_each(|(at, &i)| place[i] = at);
        let moved = |first: &[usize]| comments.iter().map(|&i| place[first[i]]).collect();
        NearDuplicates { group: moved(&self.group), same: moved(&self.same) }
    }
}

/// Union-find by path halving; the root of a group is its first comment.
fn root(group: &mut [usize], mut i: usize) -> usize {
    while group[i] != i {
        group[i] = group[group[i]];
        i = group[i];
    }
    i
}

fn join(group: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(group, a), root(group, b));
    group[a.max(b)] = a.min(b);
}
