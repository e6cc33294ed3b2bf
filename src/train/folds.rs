//! Folds of a cross-validation.

use crate::model::label::LabelSet;
use crate::ngrams::hash::mix;

/// Number of folds.
pub(super) const FOLDS: usize = 5;

/// Fold of each of `n` comments: groups of near-duplicates, named by their `first` comment, stay together; kinds and
/// labels are spread evenly.
pub(super) fn folds(
    n: usize,
    kind: &dyn Fn(usize) -> (bool, LabelSet),
    first: impl Fn(usize) -> usize,
    seed: u64,
) -> Vec<u8> {
    let mut firsts: Vec<usize> = (0..n).filter(|&i| first(i) == i).collect();
    firsts.sort_by_cached_key(|&i| (kind(i), mix(seed ^ mix(i as u64 + 1))));
    let mut fold = vec![0; n];
    firsts.iter().zip((0..FOLDS as u8).cycle()).for_each(|(&i, place)| fold[i] = place);
    (0..n).map(|i| fold[first(i)]).collect()
}
