//! From texts to numbers: which n-grams count, how much, and the rows of a corpus.

use std::collections::HashMap;
use std::io;

use crate::model::label::LabelSet;
use crate::ngrams::emit::emit;
use crate::ngrams::sink::{Ngram, Sink};
use crate::train::counting;
use crate::train::sparse_matrix::Rows;
use rayon::prelude::*;

/// The n-grams that a model is learnt from, with their inverse document frequency.
pub struct Vocabulary {
    /// Hashes by column: those that stand in most texts first, by hash among equals.
    pub hashes: Vec<u64>,
    /// `ln((1 + texts) / (1 + texts with the n-gram)) + 1`, for each.
    pub idf: Vec<f32>,
    /// Texts with each.
    pub texts: Vec<u32>,
    /// Texts that an n-gram had to stand in at least.
    pub least: u32,
    index: HashMap<u64, u32, BuildIdentity>,
}

/// How many n-grams there may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Texts that an n-gram stands in at least.
    pub least: u32,
    /// Most n-grams; the least number of texts is raised until they are no more.
    pub most: usize,
    /// N-grams counted at a time, whatever they are; a matter of memory, not of the result.
    pub room: usize,
}

impl Vocabulary {
    /// Counts the n-grams of `texts` and keeps those that stand in enough of them.
    pub fn count<T: AsRef<str> + Sync>(texts: &[T], bounds: Bounds) -> Vocabulary {
        let mut least = bounds.least;
        let mut kept: Vec<(u64, u32)> = Vec::new();
        counting::count(texts, bounds.room, least, |found| {
            kept.extend(found);
            if kept.len() > bounds.most {
                let mut by_texts: Vec<u32> = kept.iter().map(|&(_, texts)| texts).collect();
                let (_, first_out, _) = by_texts.select_nth_unstable_by(bounds.most, |a, b| b.cmp(a));
                least = *first_out + 1;
                kept.retain(|&(_, texts)| texts >= least);
            }
            least
        });
        kept.par_sort_unstable_by_key(|&(hash, texts)| (std::cmp::Reverse(texts), hash));
        let (hashes, frequencies): (Vec<u64>, Vec<u32>) = kept.into_iter().unzip();
        let idf = |&df: &u32| ((1.0 + texts.len() as f64) / (1.0 + f64::from(df))).ln() as f32 + 1.0;
        let idf = frequencies.iter().map(idf).collect();
        let index = hashes.iter().zip(0..).map(|(&hash, i)| (hash, i)).collect();
        Vocabulary { idf, texts: frequencies, index, hashes, least }
    }

    /// The rows of `texts`, of which at most `memory` bytes are kept in memory.
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

    /// The column of an n-gram.
    #[inline]
    pub fn column(&self, hash: u64) -> Option<u32> {
        self.index.get(&hash).copied()
    }

    /// Number of n-grams.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether no n-gram was kept.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

/// How much of each n-gram there is in the comments of each class, for some of the comments.
pub struct Masses {
    /// In comments that are of a class, then in those that are not; `[column][class]` of both together. Comments
    /// that may or may not be of a class say nothing about it.
    mass: Vec<f64>,
    /// Comments with the n-gram.
    comments: Vec<u32>,
}

/// The masses of each of `groups` groups of comments, by the `group` and the `weight` of each.
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

/// The log-count ratios of naive Bayes (Wang and Manning 2012, "Baselines and bigrams"), `[column][class]`: how
/// much more of an n-gram, weighted by its `idf`, there is in comments that are of a class than in comments that
/// are not, smoothed by `smooth`. 0 for n-grams that stand in fewer than `least` comments of the groups.
pub fn log_count_ratios(groups: &[&Masses], idf: &[f32], classes: usize, smooth: f64, least: u32) -> Vec<f32> {
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
        if groups.iter().map(|group| group.comments[column]).sum::<u32>() >= least {
            for (class, ratio) in ratios.iter_mut().enumerate() {
                let (is, is_not) = (sums[class] / total[class], sums[classes + class] / total[classes + class]);
                *ratio = (is / is_not).ln() as f32;
            }
        }
    });
    ratios
}

/// Hashes are hashes already.
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
