//! Conflicting labels: comments of nearly the same text whose labels exclude each other. One of the two is mostly wrong.
//!
//! The similarity of two comments is the Jaccard similarity of their sets of 5-grams of characters, in normal form. Pairs
//! are found by MinHash (Broder 1997) and banding (Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*,
//! ch. 3), then compared exactly. With 20 bands of three, a pair of a similarity of 0.7 is found with a probability
//! of 0.9998, one of 0.5 with 0.93. The time is linear in the number of comments, sorting aside, however many of them
//! are alike; the memory is some 100 bytes a comment, and the 5-grams of those that agree in a band, one band at a time.

use crate::corpus::Corpus;
use crate::model::label::LabelSet;
use crate::ngrams::hash::mix;
use crate::text::normalise::normalise;
use rayon::prelude::*;

/// Number of characters of an n-gram.
const CHARS: usize = 5;

/// Number of bands of a signature, and of hashes in a band.
const BANDS: usize = 20;
const BAND: usize = 3;

/// Maximum number of comments of each other label that a comment is compared with among those that agree in a band.
/// Where there are more, they are as good as copies of one another.
const MAX_COMPARED: usize = 8;

/// Minimum similarity of comments whose labels conflict: two comments of a dozen words that differ in one or two.
pub const MIN_SIMILARITY: f64 = 0.7;

/// Conflicting label: the comment most similar to another, of those whose label excludes its own.
///
/// ```
/// use naqd::evaluate::{ConflictingLabel, audit};
/// use naqd::{Classifier, Corpus, Model};
///
/// let rows = [("you stupid old fool", "abusive"), ("good morning", "neutral"), ("You STUPID old fool", "neutral")];
/// let corpus = Corpus::from_rows(rows)?;
/// let model = Model::shipped();
/// let corpus = corpus.for_classes(model.classes())?;
/// let classifier = Classifier::new(&model);
/// let scores: Vec<_> = corpus.texts().iter().map(|text| classifier.score(text)).enumerate().collect();
/// let finding = &audit(&corpus, &scores, 0)[0];
/// let conflict: ConflictingLabel = finding.conflict.expect("a comment of the same text");
/// assert_eq!((finding.comment, conflict.comment, conflict.similarity), (2, 0, 1.0));
/// # Ok::<(), naqd::CorpusError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConflictingLabel {
    /// Place of the other comment in the corpus.
    pub comment: usize,
    /// Jaccard similarity of their 5-grams of characters, from 0 to 1; 1 if their normal forms are the same.
    pub similarity: f64,
}

/// Conflicting label of each comment, if there is one of at least `min_similarity` (0.5 to 1; below, many are missed).
pub fn conflicting_labels(corpus: &Corpus, min_similarity: f64) -> Vec<Option<ConflictingLabel>> {
    let signatures: Vec<[u32; BANDS]> = corpus.texts.par_iter().map(|text| signature(&char_ngrams(text))).collect();
    let mut conflicts: Vec<Option<ConflictingLabel>> = vec![None; corpus.texts.len()];
    for band in 0..BANDS {
        let mut ordered: Vec<(u32, LabelSet, u32)> =
            (0..signatures.len()).map(|i| (signatures[i][band], corpus.labels[i], i as u32)).collect();
        ordered.par_sort_unstable();
        let found: Vec<(usize, usize, f64)> = ordered
            .par_chunk_by(|a, b| a.0 == b.0)
            .filter(|alike| alike[0].1 != alike[alike.len() - 1].1)
            .flat_map_iter(|alike| compare(corpus, alike))
            .filter(|(.., similarity)| *similarity >= min_similarity)
            .collect();
        for (a, b, similarity) in found {
            for (comment, other) in [(a, b), (b, a)] {
                // Of several equally similar, the first of the corpus.
                if conflicts[comment].is_none_or(|best| (similarity, best.comment) > (best.similarity, other)) {
                    conflicts[comment] = Some(ConflictingLabel { comment: other, similarity });
                }
            }
        }
    }
    conflicts
}

/// Compares comments that agree in a band, ordered by label.
fn compare(corpus: &Corpus, alike: &[(u32, LabelSet, u32)]) -> Vec<(usize, usize, f64)> {
    let ngrams: Vec<Vec<u64>> = alike.iter().map(|&(.., i)| char_ngrams(&corpus.texts[i as usize])).collect();
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
            // The longer list cycles through the shorter, so that every comment of both is compared.
            let (long, short) = if ours.len() < theirs.len() { (theirs, ours) } else { (ours, theirs) };
            for (at, a) in long.clone().enumerate() {
                for step in 0..short.len().min(MAX_COMPARED) {
                    let b = short.start + (at + step) % short.len();
                    found.push((alike[a].2 as usize, alike[b].2 as usize, jaccard(&ngrams[a], &ngrams[b])));
                }
            }
        }
    }
    found
}

/// Hashes of the 5-grams of characters of a text, ascending, each once. A shorter text is one n-gram.
fn char_ngrams(text: &str) -> Vec<u64> {
    let chars: Vec<char> = normalise(text).chars().collect();
    let hash =
        |ngram: &[char]| ngram.iter().fold(0, |hash, c| mix(hash ^ *c as u64).wrapping_add(0x9E37_79B9_7F4A_7C15));
    let mut ngrams: Vec<u64> =
        if chars.len() < CHARS { vec![hash(&chars)] } else { chars.windows(CHARS).map(hash).collect() };
    ngrams.sort_unstable();
    ngrams.dedup();
    ngrams
}

/// MinHash signature: for each band, the combination of its minimum hashes.
fn signature(ngrams: &[u64]) -> [u32; BANDS] {
    let minimum = |key: u64| ngrams.iter().map(|ngram| mix(ngram ^ key)).min().unwrap_or(0);
    std::array::from_fn(|band| {
        let keys = (0..BAND).map(|i| mix(((band * BAND + i + 1) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        keys.fold(0, |hash, key| mix(hash ^ minimum(key)).rotate_left(7)) as u32
    })
}

/// Jaccard similarity of two ascending lists.
fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let (mut at, mut both) = (0, 0usize);
    for ngram in a {
        at += b[at..].iter().take_while(|other| *other < ngram).count();
        both += usize::from(b.get(at) == Some(ngram));
    }
    both as f64 / (a.len() + b.len() - both) as f64
}
