//! From texts to numbers: which n-grams count, how much, and the sparse matrix of a corpus.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::features::{Ngram, Sink, emit};
use crate::label::LabelSet;

/// The n-grams that a model is learnt from, with their inverse document frequency.
pub struct Vocabulary {
    /// Hashes, ascending.
    pub hashes: Vec<u64>,
    /// `ln((1 + texts) / (1 + texts with the n-gram)) + 1`, for each.
    pub idf: Vec<f32>,
    index: HashMap<u64, u32, BuildIdentity>,
}

/// A sparse matrix by rows (compressed sparse rows).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    /// Where each row begins in the other two, and the end of the last: rows + 1 numbers.
    pub offsets: Vec<usize>,
    /// Columns of the entries, ascending within a row.
    pub columns: Vec<u32>,
    /// Values of the entries.
    pub values: Vec<f32>,
}

/// Texts read together by one thread.
const CHUNK: usize = 512;

impl Vocabulary {
    /// Counts the n-grams of `texts` and keeps those that stand in at least `least` of them.
    pub fn count<T: AsRef<str> + Sync>(texts: &[T], least: u32) -> Vocabulary {
        let counts = texts
            .par_chunks(CHUNK)
            .fold(HashMap::<u64, u32, BuildIdentity>::default, |mut counts, chunk| {
                let mut hashes = Hashes::default();
                for text in chunk {
                    hashes.read(text.as_ref());
                    for &(hash, _) in &hashes.counts {
                        *counts.entry(hash).or_default() += 1;
                    }
                }
                counts
            })
            .reduce(HashMap::default, |mut a, mut b| {
                if a.len() < b.len() {
                    std::mem::swap(&mut a, &mut b);
                }
                for (hash, count) in b {
                    *a.entry(hash).or_default() += count;
                }
                a
            });
        let mut kept: Vec<(u64, u32)> = counts.into_iter().filter(|&(_, count)| count >= least).collect();
        kept.par_sort_unstable();
        let (hashes, frequencies): (Vec<u64>, Vec<u32>) = kept.into_iter().unzip();
        let idf = frequencies.iter().map(|&df| ((1.0 + texts.len() as f64) / (1.0 + f64::from(df))).ln() as f32 + 1.0);
        Vocabulary { idf: idf.collect(), index: hashes.iter().zip(0..).map(|(&hash, i)| (hash, i)).collect(), hashes }
    }

    /// The matrix of `texts`: counts x idf / sqrt(number of n-grams of the text).
    pub fn matrix<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Matrix {
        let chunks: Vec<Matrix> = texts
            .par_chunks(CHUNK)
            .map(|chunk| {
                let mut matrix = Matrix::default();
                let mut hashes = Hashes::default();
                let mut row = Vec::new();
                for text in chunk {
                    let scale = 1.0 / f64::from(hashes.read(text.as_ref()).max(1)).sqrt();
                    row.clear();
                    row.extend(hashes.counts.iter().filter_map(|&(hash, count)| {
                        let column = *self.index.get(&hash)?;
                        Some((column, (f64::from(count) * f64::from(self.idf[column as usize]) * scale) as f32))
                    }));
                    matrix.push(&row);
                }
                matrix
            })
            .collect();
        let mut matrix = Matrix { offsets: vec![0], ..Matrix::default() };
        for chunk in chunks {
            let base = matrix.columns.len();
            matrix.offsets.extend(chunk.offsets.iter().skip(1).map(|offset| base + offset));
            matrix.columns.extend(chunk.columns);
            matrix.values.extend(chunk.values);
        }
        matrix
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

impl Matrix {
    fn push(&mut self, row: &[(u32, f32)]) {
        if self.offsets.is_empty() {
            self.offsets.push(0);
        }
        self.columns.extend(row.iter().map(|(column, _)| column));
        self.values.extend(row.iter().map(|(_, value)| value));
        self.offsets.push(self.columns.len());
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Columns and values of row `i`.
    #[inline]
    pub fn row(&self, i: usize) -> (&[u32], &[f32]) {
        let range = self.offsets[i]..self.offsets[i + 1];
        (&self.columns[range.clone()], &self.values[range])
    }

    /// The same matrix by columns.
    pub fn transposed(&self, columns: usize) -> Matrix {
        let mut offsets = vec![0usize; columns + 1];
        for &column in &self.columns {
            offsets[column as usize + 1] += 1;
        }
        for i in 0..columns {
            offsets[i + 1] += offsets[i];
        }
        let mut next = offsets.clone();
        let mut by_column =
            Matrix { offsets, columns: vec![0; self.columns.len()], values: vec![0.0; self.values.len()] };
        for i in 0..self.rows() {
            let (columns, values) = self.row(i);
            for (&column, &value) in columns.iter().zip(values) {
                let place = &mut next[column as usize];
                by_column.columns[*place] = i as u32;
                by_column.values[*place] = value;
                *place += 1;
            }
        }
        by_column
    }
}

/// The log-count ratios of naive Bayes (Wang and Manning 2012, "Baselines and bigrams"), `[column][class]`: how
/// much more of an n-gram there is in rows that are of a class than in rows that are not, smoothed by one.
/// Rows that may or may not be of a class say nothing about it. `rows` weighs each row.
pub fn log_count_ratios(
    by_column: &Matrix,
    labels: &[LabelSet],
    rows: &[f32],
    classes: usize,
    smooth: f64,
) -> Vec<f32> {
    let columns = by_column.rows();
    let mut mass = vec![0f64; columns * classes * 2];
    mass.par_chunks_mut(classes * 2).enumerate().for_each(|(column, mass)| {
        let (indices, values) = by_column.row(column);
        mass.fill(smooth);
        for (&i, &value) in indices.iter().zip(values) {
            let i = i as usize;
            if rows[i] == 0.0 {
                continue;
            }
            let set = labels[i];
            for class in 0..classes {
                if !set.contains(class) {
                    mass[classes + class] += f64::from(value);
                } else if set.len() == 1 {
                    mass[class] += f64::from(value);
                }
            }
        }
    });
    let mut total = vec![0f64; classes * 2];
    for mass in mass.chunks(classes * 2) {
        total.iter_mut().zip(mass).for_each(|(total, mass)| *total += mass);
    }
    mass.par_chunks(classes * 2)
        .flat_map_iter(|mass| {
            let total = &total;
            (0..classes).map(move |class| {
                ((mass[class] / total[class]) / (mass[classes + class] / total[classes + class])).ln() as f32
            })
        })
        .collect()
}

/// The n-grams of one text, counted, by hash ascending.
#[derive(Default)]
struct Hashes {
    all: Vec<u64>,
    counts: Vec<(u64, u32)>,
}

impl Hashes {
    fn read(&mut self, text: &str) -> u32 {
        self.all.clear();
        self.counts.clear();
        let n = emit(text, self);
        self.all.sort_unstable();
        for &hash in &self.all {
            match self.counts.last_mut() {
                Some((last, count)) if *last == hash => *count += 1,
                _ => self.counts.push((hash, 1)),
            }
        }
        n
    }
}

impl Sink for Hashes {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        self.all.push(ngram.hash);
    }
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
