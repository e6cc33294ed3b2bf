//! Comments that read nearly alike and have labels that exclude each other: one of the two is mostly wrong.
//!
//! Two comments are alike by the Jaccard similarity of their sets of runs of five characters, in normal form. Pairs
//! are found by MinHash (Broder 1997) and banding (Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*,
//! ch. 3), then compared exactly. With 20 bands of three, a pair of a similarity of 0.7 is found with a probability
//! of 0.9998, one of 0.5 with 0.93. The time grows with the number of comments, sorting aside, however many of them
//! are alike; the memory is some 100 bytes a comment, and the runs of those that agree in a band, one band at a time.

use crate::corpus::Corpus;
use crate::model::label::LabelSet;
use crate::ngrams::hash::mix;
use crate::text::normalise::normalise;
use rayon::prelude::*;

/// Characters in a run.
const RUN: usize = 5;

/// Bands of a signature, and hashes in a band.
const BANDS: usize = 20;
const BAND: usize = 3;

/// Comments of each other label that a comment is compared with among those that agree in a band. They are as
/// good as copies of one another where there are more.
const COMPARED: usize = 8;

/// Similarity from which on comments with different labels are worth a look: two comments of a dozen words that
/// differ in one or two of them.
pub const ALIKE: f64 = 0.7;

/// The comment most like another of those whose label excludes the other's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Twin {
    /// Its place in the corpus.
    pub comment: usize,
    /// Jaccard similarity of their runs of five characters, in 0..=1; 1 if they read the same.
    pub similarity: f64,
}

/// For each comment its twin, if there is one of a similarity of `least` or more (0.5 to 1; below, many are missed).
pub fn twins(corpus: &Corpus, least: f64) -> Vec<Option<Twin>> {
    let signatures: Vec<[u32; BANDS]> = corpus.texts.par_iter().map(|text| signature(&runs(text))).collect();
    let mut twins: Vec<Option<Twin>> = vec![None; corpus.texts.len()];
    for band in 0..BANDS {
        let mut ordered: Vec<(u32, LabelSet, u32)> =
            (0..signatures.len()).map(|i| (signatures[i][band], corpus.labels[i], i as u32)).collect();
        ordered.par_sort_unstable();
        let found: Vec<(usize, usize, f64)> = ordered
            .par_chunk_by(|a, b| a.0 == b.0)
            .filter(|alike| alike[0].1 != alike[alike.len() - 1].1)
            .flat_map_iter(|alike| compare(corpus, alike))
            .filter(|(.., similarity)| *similarity >= least)
            .collect();
        for (a, b, similarity) in found {
            for (comment, twin) in [(a, b), (b, a)] {
                // Of several equally near, the first of the corpus.
                if twins[comment].is_none_or(|best| (similarity, best.comment) > (best.similarity, twin)) {
                    twins[comment] = Some(Twin { comment: twin, similarity });
                }
            }
        }
    }
    twins
}

/// Compares comments that agree in a band, ordered by label.
fn compare(corpus: &Corpus, alike: &[(u32, LabelSet, u32)]) -> Vec<(usize, usize, f64)> {
    let runs: Vec<Vec<u64>> = alike.iter().map(|&(.., i)| runs(&corpus.texts[i as usize])).collect();
    let mut by_label: Vec<std::ops::Range<usize>> = Vec::new();
    for of_label in alike.chunk_by(|a, b| a.1 == b.1) {
        let start = by_label.last().map_or(0, |before| before.end);
        by_label.push(start..start + of_label.len());
    }
    let mut found = Vec::new();
    for (n, ours) in by_label.iter().enumerate() {
        for theirs in &by_label[n + 1..] {
            if alike[ours.start].1.iter().any(|class| alike[theirs.start].1.contains(class)) {
                continue;
            }
            // The longer list goes round the shorter, so that each of both is compared.
            let (long, short) = if ours.len() < theirs.len() { (theirs, ours) } else { (ours, theirs) };
            for (at, a) in long.clone().enumerate() {
                for step in 0..short.len().min(COMPARED) {
                    let b = short.start + (at + step) % short.len();
                    found.push((alike[a].2 as usize, alike[b].2 as usize, jaccard(&runs[a], &runs[b])));
                }
            }
        }
    }
    found
}

/// The runs of a text, hashed, ascending, each once. A text shorter than a run is one.
fn runs(text: &str) -> Vec<u64> {
    let chars: Vec<char> = normalise(text).chars().collect();
    let hash = |run: &[char]| run.iter().fold(0, |hash, c| mix(hash ^ *c as u64).wrapping_add(0x9E37_79B9_7F4A_7C15));
    let mut runs: Vec<u64> =
        if chars.len() < RUN { vec![hash(&chars)] } else { chars.windows(RUN).map(hash).collect() };
    runs.sort_unstable();
    runs.dedup();
    runs
}

/// For each band, what the least hashes of the runs come to.
fn signature(runs: &[u64]) -> [u32; BANDS] {
    let least = |key: u64| runs.iter().map(|run| mix(run ^ key)).min().unwrap_or(0);
    std::array::from_fn(|band| {
        let keys = (0..BAND).map(|i| mix(((band * BAND + i + 1) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        keys.fold(0, |hash, key| mix(hash ^ least(key)).rotate_left(7)) as u32
    })
}

/// Jaccard similarity of two ascending lists.
fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let (mut at, mut both) = (0, 0usize);
    for run in a {
        at += b[at..].iter().take_while(|other| *other < run).count();
        both += usize::from(b.get(at) == Some(run));
    }
    both as f64 / (a.len() + b.len() - both) as f64
}
