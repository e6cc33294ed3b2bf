//! Sparse solver: L-BFGS (Liu and Nocedal 1989) on several problems side by side.
//!
//! Each part has its own steps, lengths and end; they share the passes through memory. A direction is a
//! linear combination of remembered vectors whose coefficients follow from their inner products alone (Chen,
//! Wang and Zhou 2014, "Large-scale L-BFGS using MapReduce"), so that one iteration reads the history twice
//! instead of some five times.

use std::io;

use crate::train::objective::{Layout, PATTERN, Problem};
use rayon::prelude::*;

/// Stop criterion.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// Maximum number of iterations.
    pub iterations: usize,
    /// Minimum relative decrease of the objective by one of two iterations in a row.
    pub tolerance: f64,
}

/// Number of steps that are remembered.
const HISTORY: usize = 5;
/// Number of basis vectors: remembered steps, the changes of the gradient that they made, and the gradient.
const BASIS: usize = 2 * HISTORY + 1;
const GRADIENT: usize = BASIS - 1;

/// Number of values worked on by one thread; fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = PATTERN * 512;
/// Number of values that stay in the nearest cache while they meet all remembered vectors.
const TILE: usize = PATTERN * 32;

/// Run of the solver.
pub struct Solver<'a> {
    problem: &'a Problem<'a>,
    layout: Layout,
    l2: f32,
    scale: Vec<f32>,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    next: Vec<f32>,
    next_gradient: Vec<f32>,
    /// Parameters with their scale multiplied in.
    effective: Vec<f32>,
    direction: Vec<f32>,
    /// Gradients of the pieces of the rows.
    pieces: Vec<Vec<f32>>,
    /// Rings of the steps and of the changes of the gradient.
    history: [Vec<Vec<f32>>; 2],
    /// Slot of the newest pair.
    newest: usize,
    states: Vec<State>,
    #[cfg_attr(not(feature = "internal"), allow(dead_code))]
    evaluations: usize,
}

/// State of one part.
#[derive(Clone)]
struct State {
    objective: f64,
    done: bool,
    /// True if the last iteration decreased its objective by less than the tolerance.
    is_slow: bool,
    /// Inner products of the remembered vectors.
    products: [[f64; BASIS]; BASIS],
    /// 1 / (step . change) of each pair; 0 if it is not used.
    rho: [f64; HISTORY],
    /// Scale of the initial Hessian: length of the newest step against the change that it made.
    gamma: Option<f64>,
}

impl<'a> Solver<'a> {
    /// Run from weights of 0, or from where another run for the same problem [ended](Solver::into_parameters). `l2` is the
    /// strength of the penalty on the weights; biases have none.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub fn new(problem: &'a Problem<'a>, l2: f32, start: Option<Vec<f32>>) -> io::Result<Solver<'a>> {
        let layout = problem.layout();
        let zeros = || vec![0f32; layout.len()];
        let mut solver = Solver {
            problem,
            layout,
            l2,
            scale: problem.scale(&layout),
            parameters: start.filter(|start| start.len() == layout.len()).unwrap_or_else(zeros),
            gradient: zeros(),
            next: zeros(),
            next_gradient: zeros(),
            effective: zeros(),
            direction: zeros(),
            pieces: Problem::gradients(&layout),
            history: Default::default(),
            newest: HISTORY - 1,
            states: Vec::new(),
            evaluations: 0,
        };
        let objectives = solver.evaluate(&vec![0.0; layout.parts])?;
        std::mem::swap(&mut solver.gradient, &mut solver.next_gradient);
        let squares = solver.inner(&[&solver.gradient], &[&solver.gradient]);
        for (objective, square) in objectives.into_iter().zip(squares) {
            let mut products = [[0.0; BASIS]; BASIS];
            products[GRADIENT][GRADIENT] = square;
            solver.states.push(State {
                objective,
                done: false,
                is_slow: false,
                products,
                rho: [0.0; HISTORY],
                gamma: None,
            });
        }
        Ok(solver)
    }

    /// Parameters to start another run from.
    pub fn into_parameters(self) -> Vec<f32> {
        self.parameters
    }

    /// Iterates until all parts meet the stop criterion.
    ///
    /// # Errors
    /// The rows cannot be read.
    #[cfg(feature = "internal")]
    pub fn run(&mut self, stop: Stop) -> io::Result<()> {
        for _ in 0..stop.iterations {
            if !self.step(stop.tolerance)? {
                break;
            }
        }
        Ok(())
    }

    /// Objective of each part.
    #[cfg(feature = "internal")]
    pub fn objectives(&self) -> Vec<f64> {
        self.states.iter().map(|state| state.objective).collect()
    }

    /// Number of passes over the rows so far.
    #[cfg(feature = "internal")]
    pub fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Weights of a part with their scale multiplied in, `[column][class]`, then its biases: what a text is scored with.
    pub fn solution(&self, part: usize) -> Vec<f32> {
        let Layout { lanes, classes, bias, mirrored, .. } = self.layout;
        let weights = self.problem.rows.columns() * lanes;
        let mut solution = Vec::with_capacity((self.problem.rows.columns() + 1) * self.problem.classes);
        let range = |at: usize| at + part * classes..at + (part + 1) * classes;
        for at in (0..weights).step_by(lanes).chain([bias]) {
            solution.extend(self.parameters[range(at)].iter().zip(&self.scale[range(at)]).map(|(w, scale)| w * scale));
            if mirrored {
                solution.extend(solution.last().map(|weight| -weight));
            }
        }
        solution
    }

    /// Makes one iteration; a part is done once two in a row decrease its objective by less than `tolerance`, relatively.
    /// Returns true if any is not done.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub fn step(&mut self, tolerance: f64) -> io::Result<bool> {
        let mut coefficients = Vec::new();
        let mut slopes = Vec::new();
        for state in &mut self.states {
            let mut of = state.coefficients(self.newest);
            let slope: f64 = of.iter().zip(&state.products[GRADIENT]).map(|(c, product)| c * product).sum();
            if slope >= 0.0 || slope.is_nan() {
                state.done = true;
                of = [0.0; BASIS];
            }
            coefficients.push(of);
            slopes.push(slope);
        }
        if self.states.iter().all(|state| state.done) {
            return Ok(false);
        }
        self.combine(&coefficients);

        let mut lengths: Vec<f64> = self.states.iter().map(|state| f64::from(u8::from(!state.done))).collect();
        let objectives = loop {
            let objectives = self.evaluate(&lengths)?;
            let mut again = false;
            for (part, state) in self.states.iter_mut().enumerate() {
                let bound = state.objective + 1e-4 * lengths[part] * slopes[part];
                if !state.done && (objectives[part] > bound || objectives[part].is_nan()) {
                    again = true;
                    lengths[part] *= 0.5;
                    if lengths[part] < 1e-6 {
                        lengths[part] = 0.0;
                        state.done = true;
                    }
                }
            }
            if !again {
                break objectives;
            }
        };
        self.remember();
        std::mem::swap(&mut self.parameters, &mut self.next);
        std::mem::swap(&mut self.gradient, &mut self.next_gradient);
        for (state, objective) in self.states.iter_mut().zip(objectives) {
            if !state.done {
                let decrease = (state.objective - objective) / state.objective.abs().max(1e-12);
                state.objective = objective;
                // One small decrease may be a bad step: two in a row are the end.
                state.done = decrease < tolerance && state.is_slow;
                state.is_slow = decrease < tolerance;
            }
        }
        Ok(self.states.iter().any(|state| !state.done))
    }

    /// Moves the parameters `lengths` along the direction, and computes the objectives and gradients there.
    fn evaluate(&mut self, lengths: &[f64]) -> io::Result<Vec<f64>> {
        let layout = self.layout;
        let by = layout.pattern(|part| lengths[part]);
        let squares: Vec<[f64; PATTERN]> = self
            .next
            .par_chunks_mut(CHUNK)
            .zip(self.effective.par_chunks_mut(CHUNK))
            .zip(
                self.parameters
                    .par_chunks(CHUNK)
                    .zip(self.direction.par_chunks(CHUNK))
                    .zip(self.scale.par_chunks(CHUNK)),
            )
            .enumerate()
            .map(|(chunk, ((next, effective), ((parameters, direction), scale)))| {
                let mut squares = [0f64; PATTERN];
                let targets = next.as_chunks_mut::<PATTERN>().0.iter_mut().zip(effective.as_chunks_mut::<PATTERN>().0);
                let sources = parameters.as_chunks::<PATTERN>().0.iter().zip(direction.as_chunks::<PATTERN>().0);
                let scales = scale.as_chunks::<PATTERN>().0;
                for (i, (((next, effective), (parameters, direction)), scale)) in
                    targets.zip(sources).zip(scales).enumerate()
                {
                    for lane in 0..PATTERN {
                        next[lane] = parameters[lane] + by[lane] * direction[lane];
                        effective[lane] = next[lane] * scale[lane];
                    }
                    if chunk * CHUNK + i * PATTERN < layout.bias {
                        for lane in 0..PATTERN {
                            squares[lane] += f64::from(next[lane]) * f64::from(next[lane]);
                        }
                    }
                }
                squares
            })
            .collect();
        let mut objectives = self.problem.losses(&self.layout, &self.effective, &mut self.pieces)?;
        self.evaluations += 1;
        for squares in squares {
            for (i, square) in squares.iter().enumerate() {
                if let Some(part) = layout.part(i) {
                    objectives[part] += f64::from(self.l2) / 2.0 * square * layout.images();
                }
            }
        }
        let pieces = &self.pieces;
        let l2 = self.l2;
        self.next_gradient
            .par_chunks_mut(CHUNK)
            .zip(self.next.par_chunks(CHUNK).zip(self.scale.par_chunks(CHUNK)))
            .enumerate()
            .for_each(|(chunk, (gradient, (next, scale)))| {
                let at = chunk * CHUNK;
                gradient.copy_from_slice(&pieces[0][at..at + gradient.len()]);
                for piece in &pieces[1..] {
                    gradient.iter_mut().zip(&piece[at..]).for_each(|(sum, piece)| *sum += piece);
                }
                // Biases have no penalty.
                let penalised = gradient.len().min(layout.bias.saturating_sub(at));
                for ((gradient, next), scale) in gradient[..penalised].iter_mut().zip(next).zip(scale) {
                    *gradient = *gradient * scale + l2 * next;
                }
            });
        Ok(objectives)
    }

    /// Computes the direction from the remembered vectors.
    fn combine(&mut self, coefficients: &[[f64; BASIS]]) {
        let mut direction = std::mem::take(&mut self.direction);
        let terms: Vec<([f32; PATTERN], &[f32])> = (0..BASIS)
            .filter_map(|i| Some((self.layout.pattern(|part| coefficients[part][i]), self.remembered(i)?)))
            .collect();
        direction.par_chunks_mut(TILE).enumerate().for_each(|(tile, direction)| {
            direction.fill(0.0);
            for (by, vector) in &terms {
                let vector = &vector[tile * TILE..][..direction.len()];
                for (direction, vector) in
                    direction.as_chunks_mut::<PATTERN>().0.iter_mut().zip(vector.as_chunks::<PATTERN>().0)
                {
                    for lane in 0..PATTERN {
                        direction[lane] += by[lane] * vector[lane];
                    }
                }
            }
        });
        self.direction = direction;
    }

    /// Replaces the oldest pair by the step just made and the change of the gradient.
    fn remember(&mut self) {
        self.newest = (self.newest + 1) % HISTORY;
        let at = self.newest;
        for (kept, (new, old)) in
            self.history.iter_mut().zip([(&self.next, &self.parameters), (&self.next_gradient, &self.gradient)])
        {
            if kept.len() == at {
                kept.push(vec![0.0; new.len()]);
            }
            kept[at].par_chunks_mut(CHUNK).zip(new.par_chunks(CHUNK).zip(old.par_chunks(CHUNK))).for_each(
                |(kept, (new, old))| kept.iter_mut().zip(new.iter().zip(old)).for_each(|(k, (a, b))| *k = a - b),
            );
        }
        let basis: Vec<usize> = (0..BASIS).filter(|&i| self.remembered(i).is_some()).collect();
        let vector = |i: usize| match i {
            GRADIENT => Some(&self.next_gradient[..]),
            _ => self.remembered(i),
        };
        let new = [at, HISTORY + at, GRADIENT];
        let vectors = |of: &[usize]| of.iter().filter_map(|&i| vector(i)).collect::<Vec<_>>();
        let products = self.inner(&vectors(&new), &vectors(&basis));
        let mut products = products.chunks(self.layout.parts);
        for i in new {
            for &j in &basis {
                let product = products.next().expect("one for each pair");
                for (state, product) in self.states.iter_mut().zip(product) {
                    state.products[i][j] = *product;
                    state.products[j][i] = *product;
                }
            }
        }
        for state in &mut self.states {
            let curvature = state.products[at][HISTORY + at];
            state.rho[at] = 0.0;
            if curvature > 1e-12 {
                state.rho[at] = 1.0 / curvature;
                state.gamma = Some(curvature / state.products[HISTORY + at][HISTORY + at]);
            }
        }
    }

    /// Vector at a place of the basis.
    fn remembered(&self, i: usize) -> Option<&[f32]> {
        match i {
            GRADIENT => Some(&self.gradient),
            _ => self.history[i / HISTORY].get(i % HISTORY).map(|vector| &vector[..]),
        }
    }

    /// Inner products of each of `a` with each of `b`, `[a][b][part]`.
    fn inner(&self, a: &[&[f32]], b: &[&[f32]]) -> Vec<f64> {
        let (layout, parts) = (self.layout, self.layout.parts);
        let chunks: Vec<Vec<f64>> = (0..layout.len().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let mut sums = vec![0f64; a.len() * b.len() * parts];
                let end = ((chunk + 1) * CHUNK).min(layout.len());
                for from in (chunk * CHUNK..end).step_by(TILE) {
                    let tile = from..(from + TILE).min(end);
                    for (j, b_vector) in b.iter().enumerate() {
                        for (i, a_vector) in a.iter().enumerate() {
                            let lanes = multiplied(&a_vector[tile.clone()], &b_vector[tile.clone()]);
                            let sums = &mut sums[(i * b.len() + j) * parts..][..parts];
                            for (lane, sum) in lanes.into_iter().enumerate() {
                                if let Some(part) = layout.part(lane) {
                                    sums[part] += f64::from(sum);
                                }
                            }
                        }
                    }
                }
                sums
            })
            .collect();
        let mut sums = vec![0f64; a.len() * b.len() * parts];
        for chunk in chunks {
            sums.iter_mut().zip(chunk).for_each(|(sum, chunk)| *sum += chunk * layout.images());
        }
        sums
    }
}

/// Sums of the products of two tiles, for each lane of a pattern.
#[inline]
fn multiplied(a: &[f32], b: &[f32]) -> [f32; PATTERN] {
    let mut sums = [0f32; PATTERN];
    for (a, b) in a.as_chunks::<PATTERN>().0.iter().zip(b.as_chunks::<PATTERN>().0) {
        for lane in 0..PATTERN {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums
}

impl State {
    /// Coefficients of the direction over the remembered vectors: the two loops of L-BFGS.
    fn coefficients(&self, newest: usize) -> [f64; BASIS] {
        let mut of = [0.0; BASIS];
        if self.done {
            return of;
        }
        let product =
            |of: &[f64; BASIS], i: usize| -> f64 { of.iter().zip(&self.products[i]).map(|(a, b)| a * b).sum() };
        of[GRADIENT] = -1.0;
        let mut alphas = [0.0; HISTORY];
        let newest_first =
            || (0..HISTORY).map(move |age| (newest + HISTORY - age) % HISTORY).filter(|&i| self.rho[i] > 0.0);
        for i in newest_first() {
            alphas[i] = self.rho[i] * product(&of, i);
            of[HISTORY + i] -= alphas[i];
        }
        let first = || 1.0 / self.products[GRADIENT][GRADIENT].sqrt().max(f64::MIN_POSITIVE);
        let gamma = self.gamma.unwrap_or_else(first);
        of.iter_mut().for_each(|c| *c *= gamma);
        for i in newest_first().collect::<Vec<_>>().into_iter().rev() {
            let beta = self.rho[i] * product(&of, HISTORY + i);
            of[i] += alphas[i] - beta;
        }
        of
    }
}
