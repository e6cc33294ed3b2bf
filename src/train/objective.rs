//! Objective of the sparse layer: multinomial logistic regression over n-grams, with alternatives in the labels.
//!
//! linfa-logistic takes dense records only (20,000 comments by 100,000 n-grams would be 16 GB), hence this one and
//! its [`solver`](crate::train::lbfgs). On a small dense problem they find the same optimum, which is tested.
//!
//! One pass over the rows computes the losses and the gradients of several problems side by side, the folds of a
//! cross-validation: reading a row and finding the places of its n-grams costs more than the sums. Sums are taken over
//! fixed pieces of the rows in a fixed order, so that the result does not depend on the number of threads.

use std::io;
use std::ops::Range;

use crate::model::label::{LabelSet, MAX_CLASSES};
use crate::train::sparse_matrix::Rows;
use rayon::prelude::*;

/// Problem: minimise, for each part, over weights `w[column][class]` and biases `b[class]`:
///
/// `sum_i weights[i] * -ln(sum_{k in labels[i]} p_ik) + l2 / 2 * sum (w^2 + g^2)`, where
/// `p_i = softmax(offset[i] + b + GROUP * g[group of i] + sum_f x_if * scale[f][k] * w[f][k])`.
///
/// The log-odds `g` of each group take up the class frequencies of the group, which would otherwise be attributed to its
/// topics and style; they are not part of the solution.
pub struct Problem<'a> {
    /// Rows `x`, comments by n-grams.
    pub rows: &'a Rows,
    /// Label of each row.
    pub labels: &'a [LabelSet],
    /// Group of each row, counted from 0; empty if there are none.
    pub groups: &'a [u32],
    /// Fixed log-odds of each row, `[row][class]`, their mean over the classes 0; empty if there are none.
    pub offset: &'a [f32],
    /// Number of classes.
    pub classes: usize,
    /// Parts to solve side by side: at most [`parts_side_by_side`].
    pub parts: &'a [Part],
}

/// Part: weights and scales of one of the problems solved side by side.
pub struct Part {
    /// Weight of each row; 0 leaves it out.
    pub weights: Vec<f32>,
    /// Scale of each weight, `[column][class]`.
    pub scale: Vec<f32>,
}

/// Scale of the log-odds of groups, great enough that they are hardly penalised.
const GROUP: f32 = 3.0;

/// Number of pieces of the rows, each with a gradient of its own.
const PIECES: usize = 8;

/// Number of values worked on together; a multiple of every number of lanes.
pub(crate) const PATTERN: usize = 48;

/// Maximum number of parts of a problem of `classes` classes.
pub fn parts_side_by_side(classes: usize) -> usize {
    (MAX_CLASSES / classes.max(1)).max(1)
}

/// Layout of the values of all parts: `[column][part][class]`, groups being columns too, the innermost two padded with
/// zeros to 1, 2, 4, 8, 12 or 16 lanes; all columns padded to a multiple of [`PATTERN`]; then the biases, in one more
/// pattern.
///
/// Of two classes of the same scales, one is the mirror image of the other from the first step to the last, and only
/// the first is stored.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) lanes: usize,
    /// Number of classes of a part that are stored.
    pub(crate) classes: usize,
    /// True if a second class mirrors the one that is stored.
    pub(crate) mirrored: bool,
    pub(crate) parts: usize,
    /// Place of the first bias.
    pub(crate) bias: usize,
}

impl Layout {
    pub(crate) fn len(&self) -> usize {
        self.bias + PATTERN
    }

    /// Part that a value of a pattern belongs to.
    pub(crate) fn part(&self, i: usize) -> Option<usize> {
        let part = i % self.lanes / self.classes;
        (part < self.parts).then_some(part)
    }

    /// Number of images of every value, the mirror image included.
    pub(crate) fn images(&self) -> f64 {
        if self.mirrored { 2.0 } else { 1.0 }
    }

    /// Pattern of one number for each part, repeated for its classes.
    pub(crate) fn pattern(&self, of: impl Fn(usize) -> f64) -> [f32; PATTERN] {
        std::array::from_fn(|i| self.part(i).map_or(0.0, |part| of(part) as f32))
    }
}

impl Problem<'_> {
    pub(crate) fn layout(&self) -> Layout {
        let (parts, classes) = (self.parts.len(), self.classes);
        assert!((1..=parts_side_by_side(classes)).contains(&parts), "{parts} parts of {classes} classes side by side");
        // The scales of naive Bayes differ by what rounding does to a ratio and its inverse.
        let same = |scale: &[f32]| scale[0] == scale[1] || (scale[0] - scale[1]).abs() <= 1e-4 * scale[0].abs();
        let mirrored = classes == 2 && self.parts.iter().all(|part| part.scale.par_chunks_exact(2).all(same));
        let classes = if mirrored { 1 } else { classes };
        let lanes = if parts * classes <= 2 { parts * classes } else { (parts * classes).next_multiple_of(4) };
        let columns = self.rows.columns() + self.group_count();
        Layout { lanes, classes, mirrored, parts, bias: (columns * lanes).next_multiple_of(PATTERN) }
    }

    fn group_count(&self) -> usize {
        self.groups.iter().max().map_or(0, |last| *last as usize + 1)
    }

    /// Scales of all parts; those of the biases are 1.
    pub(crate) fn scale(&self, layout: &Layout) -> Vec<f32> {
        let mut scale = vec![0.0; layout.len()];
        scale[..layout.bias].par_chunks_exact_mut(layout.lanes).enumerate().for_each(|(column, lanes)| {
            for (part, lanes) in self.parts.iter().zip(lanes.chunks_mut(layout.classes)) {
                if let Some(scale) = part.scale.get(column * self.classes..(column + 1) * self.classes) {
                    lanes.copy_from_slice(&scale[..layout.classes]);
                }
            }
        });
        let groups = self.rows.columns() * layout.lanes;
        for lanes in scale[groups..groups + self.group_count() * layout.lanes].chunks_exact_mut(layout.lanes) {
            lanes[..layout.parts * layout.classes].fill(GROUP);
        }
        scale[layout.bias..][..layout.parts * layout.classes].fill(1.0);
        scale
    }

    /// Buffers for the gradients of [`Problem::losses`].
    pub(crate) fn gradients(layout: &Layout) -> Vec<Vec<f32>> {
        vec![vec![0.0; layout.len()]; PIECES]
    }

    /// Losses of all parts, for weights with their scale multiplied in, and their gradients by pieces, which are to be
    /// added up.
    pub(crate) fn losses(
        &self,
        layout: &Layout,
        effective: &[f32],
        gradients: &mut [Vec<f32>],
    ) -> io::Result<Vec<f64>> {
        let pieces: Vec<io::Result<Vec<f64>>> = gradients
            .par_iter_mut()
            .zip(self.rows.pieces(PIECES))
            .map(|(gradient, piece)| match layout.lanes {
                1 => self.piece::<1>(layout, piece, effective, gradient),
                2 => self.piece::<2>(layout, piece, effective, gradient),
                4 => self.piece::<4>(layout, piece, effective, gradient),
                8 => self.piece::<8>(layout, piece, effective, gradient),
                12 => self.piece::<12>(layout, piece, effective, gradient),
                _ => self.piece::<16>(layout, piece, effective, gradient),
            })
            .collect();
        let mut losses = vec![0.0; self.parts.len()];
        for piece in pieces {
            losses.iter_mut().zip(piece?).for_each(|(sum, loss)| *sum += loss);
        }
        Ok(losses)
    }

    fn piece<const LANES: usize>(
        &self,
        layout: &Layout,
        piece: Range<usize>,
        effective: &[f32],
        gradient: &mut [f32],
    ) -> io::Result<Vec<f64>> {
        let (effective, _) = effective.as_chunks::<LANES>();
        let (gradient, _) = gradient.as_chunks_mut::<LANES>();
        gradient.fill([0.0; LANES]);
        let bias = effective[layout.bias / LANES];
        let mut bias_gradient = [0f64; LANES];
        let mut losses = vec![0f64; layout.parts];
        let wanted = |i: usize| self.parts.iter().any(|part| part.weights[i] != 0.0);
        self.rows.for_each(piece, wanted, |i, row| {
            let mut sums = [0f32; LANES];
            for &(column, count) in row.repeated {
                add(&mut sums, count, &effective[column as usize]);
            }
            for &column in row.once {
                add(&mut sums, 1.0, &effective[column as usize]);
            }
            let group = self.groups.get(i).map(|group| self.rows.columns() + *group as usize);
            let own = group.map_or([0.0; LANES], |group| effective[group]);
            let mut residuals = [0f32; LANES];
            for ((part, loss), at) in self.parts.iter().zip(&mut losses).zip((0..).step_by(layout.classes)) {
                if part.weights[i] != 0.0 {
                    let residual = &mut residuals[at..at + layout.classes];
                    for (class, residual) in residual.iter_mut().enumerate() {
                        *residual = bias[at + class] + own[at + class] + row.scale * sums[at + class];
                    }
                    if let Some(offset) = self.offset.get(i * self.classes..) {
                        residual.iter_mut().zip(offset).for_each(|(residual, offset)| *residual += offset);
                    }
                    *loss += if layout.mirrored {
                        let mut both = [residual[0], -residual[0]];
                        let loss = partial_loss(&mut both, self.labels[i], part.weights[i]);
                        residual[0] = both[0];
                        loss
                    } else {
                        partial_loss(residual, self.labels[i], part.weights[i])
                    };
                }
            }
            if let Some(group) = group {
                gradient[group].iter_mut().zip(residuals).for_each(|(sum, residual)| *sum += residual);
            }
            for lane in 0..LANES {
                bias_gradient[lane] += f64::from(residuals[lane]);
                residuals[lane] *= row.scale;
            }
            for &(column, count) in row.repeated {
                add(&mut gradient[column as usize], count, &residuals);
            }
            for &column in row.once {
                add(&mut gradient[column as usize], 1.0, &residuals);
            }
        })?;
        gradient[layout.bias / LANES] = bias_gradient.map(|sum| sum as f32);
        Ok(losses)
    }
}

/// Adds `count` times `by` to `to` in registers: otherwise the compiler would have to read `by` again after each write.
#[inline(always)]
fn add<const LANES: usize>(to: &mut [f32; LANES], count: f32, by: &[f32; LANES]) {
    let (mut sums, by) = (*to, *by);
    for lane in 0..LANES {
        sums[lane] += count * by[lane];
    }
    *to = sums;
}

/// Replaces the logits of a row by the derivative of its loss `-weight * ln(sum_{k in set} p_k)` and returns the loss.
fn partial_loss(logits: &mut [f32], set: LabelSet, weight: f32) -> f64 {
    let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut all, mut inside) = (0f32, 0f32);
    for (class, logit) in logits.iter_mut().enumerate() {
        *logit = (*logit - greatest).exp();
        all += *logit;
        if set.contains(class) {
            inside += *logit;
        }
    }
    let inside = inside.max(f32::MIN_POSITIVE);
    for (class, p) in logits.iter_mut().enumerate() {
        let posterior = if set.contains(class) { *p / inside } else { 0.0 };
        *p = weight * (*p / all - posterior);
    }
    f64::from(weight) * f64::from((all / inside).ln())
}
