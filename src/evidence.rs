//! The sparse solver: multinomial logistic regression over n-grams, with alternatives in the labels.
//!
//! linfa-logistic takes dense records only (20,000 comments by 100,000 n-grams would be 16 GB), hence this one.
//! On a small dense problem it finds the same optimum, which is tested.
//!
//! Sums are taken over fixed pieces in a fixed order, rows for the log-odds and columns for the gradient, so
//! that the result does not depend on the number of threads.

use rayon::prelude::*;

use crate::label::{LabelSet, MAX_CLASSES};
use crate::vocabulary::Matrix;

/// What is minimised over weights `w[column][class]` and biases `b[class]`:
///
/// `sum_i rows[i] * -ln(sum_{k in labels[i]} p_ik) + l2 / 2 * sum w^2`, where
/// `p_i = softmax(b + sum_f x_if * scale[f][k] * w[f][k])`.
pub struct Problem<'a> {
    /// `x`, comments by n-grams.
    pub by_row: &'a Matrix,
    /// The same, transposed.
    pub by_column: &'a Matrix,
    /// What each row is.
    pub labels: &'a [LabelSet],
    /// Weight of each row; 0 leaves it out.
    pub rows: &'a [f32],
    /// Scale of each weight, `[column][class]`.
    pub scale: &'a [f32],
    /// Number of classes.
    pub classes: usize,
    /// Strength of the L2 penalty on `w`; biases have none.
    pub l2: f32,
}

/// How far to go.
#[derive(Clone, Copy)]
pub struct Stop {
    /// Most iterations.
    pub iterations: usize,
    /// Least relative decrease of the objective by one iteration.
    pub tolerance: f64,
}

/// Rows or columns worked on together; fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 1024;
/// Pairs of steps that L-BFGS remembers.
const HISTORY: usize = 8;

impl Problem<'_> {
    fn columns(&self) -> usize {
        self.by_column.rows()
    }

    /// Log-odds of rows, `[row][class]`, for `parameters` that are [`effective`](Problem::effective); of rows
    /// of weight 0 only if `all`.
    pub fn logits(&self, parameters: &[f32], all: bool) -> Vec<f32> {
        let k = self.classes;
        let (weights, bias) = parameters.split_at(self.columns() * k);
        let mut logits = vec![0f32; self.by_row.rows() * k];
        logits.par_chunks_mut(CHUNK * k).enumerate().for_each(|(chunk, logits)| {
            for (i, logits) in logits.chunks_mut(k).enumerate() {
                let i = chunk * CHUNK + i;
                if !all && self.rows[i] == 0.0 {
                    continue;
                }
                logits.copy_from_slice(bias);
                let (columns, values) = self.by_row.row(i);
                for (&column, &value) in columns.iter().zip(values) {
                    let weights = &weights[column as usize * k..][..k];
                    for (logit, weight) in logits.iter_mut().zip(weights) {
                        *logit += value * weight;
                    }
                }
            }
        });
        logits
    }

    /// Objective and gradient at `parameters` (weights, then biases).
    fn evaluate(&self, parameters: &[f32], gradient: &mut [f32]) -> f64 {
        let k = self.classes;
        let columns = self.columns();
        let effective = self.effective(parameters);
        let mut residuals = self.logits(&effective, false);
        let losses: Vec<f64> = residuals
            .par_chunks_mut(CHUNK * k)
            .enumerate()
            .map(|(chunk, residuals)| {
                residuals
                    .chunks_mut(k)
                    .enumerate()
                    .map(|(i, residual)| {
                        let i = chunk * CHUNK + i;
                        match self.rows[i] {
                            0.0 => 0.0,
                            weight => partial_loss(residual, self.labels[i], weight),
                        }
                    })
                    .sum()
            })
            .collect();
        let penalty: Vec<f64> = gradient[..columns * k]
            .par_chunks_mut(CHUNK * k)
            .enumerate()
            .map(|(chunk, gradient)| {
                let mut penalty = 0.0;
                for (f, gradient) in gradient.chunks_mut(k).enumerate() {
                    let f = chunk * CHUNK + f;
                    gradient.fill(0.0);
                    let (rows, values) = self.by_column.row(f);
                    for (&row, &value) in rows.iter().zip(values) {
                        let residual = &residuals[row as usize * k..][..k];
                        for (gradient, residual) in gradient.iter_mut().zip(residual) {
                            *gradient += value * residual;
                        }
                    }
                    for (class, gradient) in gradient.iter_mut().enumerate() {
                        let weight = parameters[f * k + class];
                        *gradient = *gradient * self.scale[f * k + class] + self.l2 * weight;
                        penalty += f64::from(weight) * f64::from(weight);
                    }
                }
                penalty
            })
            .collect();
        let mut bias = [0f64; MAX_CLASSES];
        for residual in residuals.chunks(k) {
            bias.iter_mut().zip(residual).for_each(|(bias, residual)| *bias += f64::from(*residual));
        }
        for (gradient, bias) in gradient[columns * k..].iter_mut().zip(bias) {
            *gradient = bias as f32;
        }
        losses.iter().sum::<f64>() + f64::from(self.l2) / 2.0 * penalty.iter().sum::<f64>()
    }

    /// Weights with their scale multiplied in, then biases: what a text is scored with.
    pub fn effective(&self, parameters: &[f32]) -> Vec<f32> {
        let mut effective = parameters.to_vec();
        effective.par_iter_mut().zip(self.scale).for_each(|(weight, scale)| *weight *= scale);
        effective
    }

    /// Minimises by L-BFGS (Liu and Nocedal 1989) from `parameters`, which it replaces; returns the iterations.
    pub fn solve(&self, parameters: &mut Vec<f32>, stop: Stop) -> usize {
        let n = (self.columns() + 1) * self.classes;
        parameters.resize(n, 0.0);
        let mut gradient = vec![0f32; n];
        let mut objective = self.evaluate(parameters, &mut gradient);
        let mut history: std::collections::VecDeque<(Vec<f32>, Vec<f32>, f64)> = Default::default();
        let mut next_gradient = vec![0f32; n];
        for iteration in 0..stop.iterations {
            let mut direction: Vec<f32> = gradient.par_iter().map(|g| -g).collect();
            let mut alphas = Vec::with_capacity(HISTORY);
            for (step, change, rho) in history.iter().rev() {
                let alpha = rho * dot(step, &direction);
                add(&mut direction, -alpha, change);
                alphas.push(alpha);
            }
            match history.back() {
                Some((_, change, rho)) => {
                    let gamma = (1.0 / (rho * dot(change, change))) as f32;
                    direction.par_iter_mut().for_each(|d| *d *= gamma);
                }
                None => {
                    let norm = dot(&gradient, &gradient).sqrt().max(f64::MIN_POSITIVE);
                    direction.par_iter_mut().for_each(|d| *d /= norm as f32);
                }
            }
            for ((step, change, rho), alpha) in history.iter().zip(alphas.iter().rev()) {
                let beta = rho * dot(change, &direction);
                add(&mut direction, alpha - beta, step);
            }
            let slope = dot(&gradient, &direction);
            if slope >= 0.0 {
                return iteration;
            }
            let mut length = 1.0;
            let (next, next_objective) = loop {
                let mut next = parameters.clone();
                add(&mut next, length, &direction);
                let value = self.evaluate(&next, &mut next_gradient);
                if value <= objective + 1e-4 * length * slope {
                    break (next, value);
                }
                length *= 0.5;
                if length < 1e-6 {
                    return iteration;
                }
            };
            let step: Vec<f32> = next.par_iter().zip(&*parameters).map(|(a, b)| a - b).collect();
            let change: Vec<f32> = next_gradient.par_iter().zip(&gradient).map(|(a, b)| a - b).collect();
            let curvature = dot(&step, &change);
            if curvature > 1e-12 {
                if history.len() == HISTORY {
                    history.pop_front();
                }
                history.push_back((step, change, 1.0 / curvature));
            }
            let decrease = (objective - next_objective) / objective.abs().max(1e-12);
            *parameters = next;
            objective = next_objective;
            std::mem::swap(&mut gradient, &mut next_gradient);
            if decrease < stop.tolerance {
                return iteration + 1;
            }
        }
        stop.iterations
    }
}

/// Replaces a row's logits by the derivative of its loss `-weight * ln(sum_{k in set} p_k)` and returns the loss.
fn partial_loss(logits: &mut [f32], set: LabelSet, weight: f32) -> f64 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut all, mut inside) = (0f32, 0f32);
    for (class, logit) in logits.iter_mut().enumerate() {
        *logit = (*logit - most).exp();
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

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let sums: Vec<f64> = a
        .par_chunks(CHUNK * 16)
        .zip(b.par_chunks(CHUNK * 16))
        .map(|(a, b)| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum())
        .collect();
    sums.iter().sum()
}

fn add(a: &mut [f32], factor: f64, b: &[f32]) {
    let factor = factor as f32;
    a.par_iter_mut().with_min_len(CHUNK * 16).zip(b).for_each(|(a, b)| *a += factor * b);
}
