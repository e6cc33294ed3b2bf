//! Vocabulary: the n-grams that are learnt from, their weights by naive Bayes, and the rows of a corpus.

use std::collections::HashMap;
use std::io;

use crate::model::label::LabelSet;
use crate::ngrams::emit::emit;
use crate::ngrams::script::Letters;
use crate::ngrams::sink::{Ngram, Sink};
use crate::train::counting;
use crate::train::sparse_matrix::Rows;
use rayon::prelude::*;

/// Vocabulary: the n-grams that a model is learnt from, with their inverse document frequency.
pub struct Vocabulary {
    /// Hashes by column: by descending number of texts, then by hash.
    pub hashes: Vec<u64>,
    /// Inverse document frequency of each, `ln((1 + texts) / (1 + texts with the n-gram)) + 1`.
    pub idf: Vec<f32>,
    /// Number of texts with each.
    pub texts: Vec<u32>,
    /// Minimum number of texts that an n-gram had to occur in.
    pub min_count: u32,
    index: HashMap<u64, u32, BuildIdentity>,
}

/// Bounds of a vocabulary.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Minimum number of texts that an n-gram occurs in.
    pub min_count: u32,
    /// Maximum number of n-grams; the minimum number of texts is raised until there are no more.
    pub max_ngrams: usize,
    /// Number of different n-grams counted at a time: a matter of memory, not of the result.
    pub capacity: usize,
    /// Letters that an n-gram must have.
    pub letters: Letters,
}

impl Vocabulary {
    /// Counts the n-grams of `texts` and keeps those that occur in enough of them.
    pub fn count<T: AsRef<str> + Sync>(texts: &[T], bounds: Bounds) -> Vocabulary {
        let mut min_count = bounds.min_count;
        let mut kept: Vec<(u64, u32)> = Vec::new();
        counting::count(texts, bounds.capacity, bounds.letters, min_count, |found| {
            kept.extend(found);
            if kept.len() > bounds.max_ngrams {
                let mut by_texts: Vec<u32> = kept.iter().map(|&(_, texts)| texts).collect();
                let (_, first_out, _) = by_texts.select_nth_unstable_by(bounds.max_ngrams, |a, b| b.cmp(a));
                min_count = *first_out + 1;
                kept.retain(|&(_, texts)| texts >= min_count);
            }
            min_count
        });
        kept.par_sort_unstable_by_key(|&(hash, texts)| (std::cmp::Reverse(texts), hash));
        let (hashes, frequencies): (Vec<u64>, Vec<u32>) = kept.into_iter().unzip();
        let idf = |&df: &u32| ((1.0 + texts.len() as f64) / (1.0 + f64::from(df))).ln() as f32 + 1.0;
        let idf = frequencies.iter().map(idf).collect();
        let index = hashes.iter().zip(0..).map(|(&hash, i)| (hash, i)).collect();
        Vocabulary { idf, texts: frequencies, index, hashes, min_count }
    }

    /// Rows of `texts`, of which at most `memory` bytes are kept in memory.
    ///
    /// # Errors
    /// The temporary file for the others cannot be made or written.
    pub fn rows<T: AsRef<str> + Sync>(&self, texts: &[T], memory: u64) -> io::Result<Rows> {
        struct Columns<'a>(&'a Vocabulary, &'a mut Vec<u32>);
        impl Sink for Columns<'_> {
            fn ngram(&mut self, ngram: Ngram<'_>) {
                self.1.extend(self.0.column(ngram.hash));
            }
        }
        Rows::build(texts.len(), self.len(), memory, |i, columns| emit(texts[i].as_ref(), &mut Columns(self, columns)))
    }

    /// Column of an n-gram.
    #[inline]
    pub fn column(&self, hash: u64) -> Option<u32> {
        self.index.get(&hash).copied()
    }

    /// Number of n-grams.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// True if no n-gram was kept.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

/// Masses of naive Bayes: the total frequency of each n-gram in the comments of each class, for a group of comments.
pub struct Masses {
    /// Mass in comments that are of a class, then in those that are not; `[column][class]` of both together. Comments
    /// that may or may not be of a class count for neither.
    mass: Vec<f64>,
    /// Number of comments with the n-gram.
    comments: Vec<u32>,
}

/// Masses of each of `groups` groups of comments, by the `group` and the `weight` of each comment.
///
/// # Errors
/// The rows cannot be read.
pub fn masses(
    rows: &Rows,
    labels: &[LabelSet],
    classes: usize,
    groups: usize,
    group: impl Fn(usize) -> usize + Sync,
    weight: impl Fn(usize) -> f64 + Sync,
) -> io::Result<Vec<Masses>> {
    let width = 2 * classes;
    (0..groups)
        .into_par_iter()
        .map(|of| {
            let mut mass = vec![0f64; rows.columns() * width];
            let mut comments = vec![0u32; rows.columns()];
            for piece in rows.pieces(1) {
                rows.for_each(
                    piece,
                    |i| group(i) == of,
                    |i, row| {
                        let (set, by) = (labels[i], f64::from(row.scale) * weight(i));
                        let mut adds = [0f64; 2 * crate::model::label::MAX_CLASSES];
                        for class in 0..classes {
                            adds[class] = if set.single() == Some(class) { by } else { 0.0 };
                            adds[classes + class] = if set.contains(class) { 0.0 } else { by };
                        }
                        for (column, count) in row.entries() {
                            let column = column as usize;
                            comments[column] += 1;
                            for (mass, add) in mass[column * width..][..width].iter_mut().zip(adds) {
                                *mass += f64::from(count) * add;
                            }
                        }
                    },
                )?;
            }
            Ok(Masses { mass, comments })
        })
        .collect()
}

/// Log-count ratios of naive Bayes (Wang and Manning 2012, "Baselines and bigrams"), `[column][class]`: the logarithm of
/// the frequency of an n-gram, weighted by its `idf`, in comments that are of a class over that in comments that are not,
/// smoothed by `smooth`. 0 for n-grams that occur in fewer than `min_count` comments of the groups.
pub fn log_count_ratios(groups: &[&Masses], idf: &[f32], classes: usize, smooth: f64, min_count: u32) -> Vec<f32> {
    const CHUNK: usize = 4096;
    let width = 2 * classes;
    let mut sums = vec![0f64; idf.len() * width];
    let totals: Vec<Vec<f64>> = sums
        .par_chunks_mut(CHUNK * width)
        .enumerate()
        .map(|(chunk, sums)| {
            let mut total = vec![0f64; width];
            for (column, sums) in (chunk * CHUNK..).zip(sums.chunks_exact_mut(width)) {
                sums.fill(smooth);
                for group in groups {
                    for (sum, mass) in sums.iter_mut().zip(&group.mass[column * width..][..width]) {
                        *sum += mass * f64::from(idf[column]);
                    }
                }
                total.iter_mut().zip(sums).for_each(|(total, sum)| *total += *sum);
            }
            total
        })
        .collect();
    let mut total = vec![0f64; width];
    totals.iter().for_each(|chunk| total.iter_mut().zip(chunk).for_each(|(total, sum)| *total += sum));
    let mut ratios = vec![0f32; idf.len() * classes];
    ratios.par_chunks_mut(classes).zip(sums.par_chunks(width)).enumerate().for_each(|(column, (ratios, sums))| {
        if groups.iter().map(|group| group.comments[column]).sum::<u32>() >= min_count {
            for (class, ratio) in ratios.iter_mut().enumerate() {
                let (is, is_not) = (sums[class] / total[class], sums[classes + class] / total[classes + class]);
                *ratio = (is / is_not).ln() as f32;
            }
        }
    });
    ratios
}

/// Hasher of keys that are hashes already.
type BuildIdentity = std::hash::BuildHasherDefault<Identity>;

#[derive(Default)]
struct Identity(u64);

impl std::hash::Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only u64 keys")
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
