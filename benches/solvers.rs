//! Solvers of the sparse layer against one another: `cargo bench --bench solvers -- CORPUS.csv ...`.
//!
//! The same objective, rows and start for all: L-BFGS as naqd has it; a trust-region Newton method (Lin, Weng and
//! Keerthi 2008, "Trust region Newton method for large-scale logistic regression"), whose Hessian-vector products
//! cost one pass over the rows like a gradient; and SAGA (Defazio, Bach and Lacoste-Julien 2014), which steps after
//! each row, on one thread. Printed: seconds (and passes over the rows) until the objective is within a hundredth,
//! a thousandth and a ten-thousandth of the least that any of them found. Comments of one label only, at most four
//! classes.

use std::path::PathBuf;
use std::time::Instant;

use naqd::LabelSet;
use naqd::internal::ngrams::Letters;
use naqd::internal::train::Rows;
use naqd::internal::train::Solver;
use naqd::internal::train::{Bounds, Vocabulary, log_count_ratios, masses};
use naqd::internal::train::{Part, Problem};
use naqd::{Corpus, CorpusReader};
use rayon::prelude::*;

const L2: f32 = 10.0;
const LANES: usize = 4;
const PIECES: usize = 8;
const WITHIN: [f64; 3] = [1e-2, 1e-3, 1e-4];

/// Seconds, passes and objective after each iteration.
type Trace = Vec<(f64, f64, f64)>;
/// `[column][class]`, the biases last.
type Weights = Vec<[f32; LANES]>;

fn main() {
    println!("{:28}  {:8}  {}", "corpus", "solver", WITHIN.map(|w| format!("within {w:<7} (passes)  ")).join(" "));
    for file in std::env::args().skip(1).filter(|arg| arg != "--bench") {
        let corpus = CorpusReader::default().read(&[PathBuf::from(&file)], &mut |_| true).expect("a corpus");
        let name = PathBuf::from(&file).file_stem().expect("a file").to_string_lossy().into_owned();
        if corpus.classes().len() > LANES {
            println!("{name:28}  more than {LANES} classes");
            continue;
        }
        compare(&name, &corpus);
    }
}

fn compare(name: &str, corpus: &Corpus) {
    let of: Vec<usize> = (0..corpus.texts().len()).filter(|&i| corpus.labels()[i].len() == 1).collect();
    let texts: Vec<&str> = of.iter().map(|&i| corpus.texts()[i].as_str()).collect();
    let labels: Vec<LabelSet> = of.iter().map(|&i| corpus.labels()[i]).collect();
    let k = corpus.classes().len();
    let vocabulary = Vocabulary::count(
        &texts,
        Bounds { min_count: 2, max_ngrams: usize::MAX, capacity: 1 << 24, letters: Letters::Any },
    );
    let rows = vocabulary.rows(&texts, u64::MAX).expect("rows in memory");
    let masses = masses(&rows, &labels, k, 1, |_| 0, |_| 1.0).expect("rows in memory");
    let ratios = log_count_ratios(&[&masses[0]], &vocabulary.idf, k, 0.3, 2);
    let scale: Vec<f32> = ratios.iter().zip(0..).map(|(ratio, i)| ratio.abs() * vocabulary.idf[i / k]).collect();
    let part = Part { weights: vec![1.0; labels.len()], scale };
    let bench = Bench::new(&rows, &labels, k, &part.scale);
    let parts = [part];
    let problem = Problem { rows: &rows, labels: &labels, groups: &[], offset: &[], classes: k, parts: &parts };
    let traces = [("L-BFGS", lbfgs(&problem)), ("TRON", bench.tron()), ("SAGA", bench.saga())];
    let least = traces.iter().flat_map(|(_, trace)| trace).map(|step| step.2).fold(f64::INFINITY, f64::min);
    for (solver, trace) in traces {
        let reached = WITHIN.map(|within| match trace.iter().find(|step| step.2 <= least * (1.0 + within)) {
            Some((seconds, passes, _)) => format!("{seconds:8.3} s  ({passes:5.0})    "),
            None => format!("{:>24}", "not reached    "),
        });
        println!("{name:28}  {solver:8}  {}", reached.join(" "));
    }
}

fn lbfgs(problem: &Problem<'_>) -> Trace {
    let start = Instant::now();
    let mut trace = Trace::new();
    let mut solver = Solver::new(problem, L2, None).expect("rows in memory");
    let mut more = true;
    while more && trace.len() < 1000 {
        more = solver.step(1e-7).expect("rows in memory");
        trace.push((start.elapsed().as_secs_f64(), solver.evaluations() as f64, solver.objectives()[0]));
    }
    trace
}

struct Bench<'a> {
    rows: &'a Rows,
    labels: Vec<usize>,
    k: usize,
    /// Scales, that of the biases 1.
    scale: Weights,
}

fn dot(a: &Weights, b: &Weights) -> f64 {
    let products = |(a, b): (&[[f32; LANES]], &[[f32; LANES]])| -> f64 {
        a.as_flattened().iter().zip(b.as_flattened()).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    a.par_chunks(8192).zip(b.par_chunks(8192)).map(products).collect::<Vec<f64>>().iter().sum()
}

fn add(a: &mut Weights, factor: f64, b: &Weights) {
    a.par_chunks_mut(8192).zip(b.par_chunks(8192)).for_each(|(a, b)| {
        a.as_flattened_mut().iter_mut().zip(b.as_flattened()).for_each(|(a, b)| *a += factor as f32 * b);
    });
}

impl<'a> Bench<'a> {
    fn new(rows: &'a Rows, labels: &[LabelSet], k: usize, scale: &[f32]) -> Bench<'a> {
        let lanes = |of: &[f32]| std::array::from_fn(|class| of.get(class).copied().unwrap_or(0.0));
        let scale = scale.chunks(k).map(lanes).chain([lanes(&vec![1.0; k])]).collect();
        Bench { rows, labels: labels.iter().map(|set| set.single().expect("one label")).collect(), k, scale }
    }

    fn zeros(&self) -> Weights {
        vec![[0.0; LANES]; self.scale.len()]
    }

    /// One pass: `residual` is given a row and its logits under `weights`, and returns what is to be spread over the
    /// row's columns, with its loss; returns the loss of all and `X' residuals`, scaled.
    fn pass(
        &self,
        weights: &Weights,
        residual: impl Fn(usize, [f32; LANES]) -> ([f32; LANES], f64) + Sync,
    ) -> (f64, Weights) {
        let effective: Weights =
            weights.par_iter().zip(&self.scale).map(|(w, s)| std::array::from_fn(|lane| w[lane] * s[lane])).collect();
        let pieces: Vec<(f64, Weights)> = self
            .rows
            .pieces(PIECES)
            .into_par_iter()
            .map(|piece| {
                let (mut loss, mut sums) = (0.0, self.zeros());
                let bias = self.rows.columns();
                let see = |i: usize, row: naqd::internal::train::Row<'_>| {
                    let mut logits = [0f32; LANES];
                    for (column, count) in row.entries() {
                        (0..LANES).for_each(|lane| logits[lane] += count * effective[column as usize][lane]);
                    }
                    (0..LANES).for_each(|lane| logits[lane] = logits[lane] * row.scale + effective[bias][lane]);
                    let (mut residual, of) = residual(i, logits);
                    loss += of;
                    (0..LANES).for_each(|lane| sums[bias][lane] += residual[lane]);
                    residual.iter_mut().for_each(|residual| *residual *= row.scale);
                    for (column, count) in row.entries() {
                        (0..LANES).for_each(|lane| sums[column as usize][lane] += count * residual[lane]);
                    }
                };
                self.rows.for_each(piece, |_| true, see).expect("rows in memory");
                (loss, sums)
            })
            .collect();
        let (mut loss, mut sums) = (0.0, self.zeros());
        for (of, piece) in &pieces {
            loss += of;
            add(&mut sums, 1.0, piece);
        }
        sums.par_iter_mut().zip(&self.scale).for_each(|(sum, s)| (0..LANES).for_each(|lane| sum[lane] *= s[lane]));
        (loss, sums)
    }

    fn probabilities(&self, logits: [f32; LANES]) -> [f32; LANES] {
        let most = logits[..self.k].iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut p = [0f32; LANES];
        (0..self.k).for_each(|class| p[class] = (logits[class] - most).exp());
        let sum: f32 = p.iter().sum();
        p.map(|p| p / sum)
    }

    /// Adds the penalty's part, of which the biases have none; returns the sum of the squares of the others.
    fn penalise(&self, sums: &mut Weights, by: &Weights) -> f64 {
        let bias = sums[self.rows.columns()];
        add(sums, f64::from(L2), by);
        sums[self.rows.columns()] = bias;
        let last = by[by.len() - 1];
        dot(by, by) - last.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>()
    }

    fn objective(&self, weights: &Weights) -> (f64, Weights) {
        let (loss, mut gradient) = self.pass(weights, |i, logits| {
            let mut p = self.probabilities(logits);
            let loss = -f64::from(p[self.labels[i]].max(f32::MIN_POSITIVE).ln());
            p[self.labels[i]] -= 1.0;
            (p, loss)
        });
        let squares = self.penalise(&mut gradient, weights);
        (loss + f64::from(L2) / 2.0 * squares, gradient)
    }

    /// The Hessian at `weights` times `by`, the probabilities there being `p`.
    fn hessian(&self, p: &[[f32; LANES]], by: &Weights) -> Weights {
        let (_, mut product) = self.pass(by, |i, z| {
            let mean: f32 = (0..LANES).map(|lane| p[i][lane] * z[lane]).sum();
            (std::array::from_fn(|lane| p[i][lane] * (z[lane] - mean)), 0.0)
        });
        self.penalise(&mut product, by);
        product
    }

    fn all_probabilities(&self, weights: &Weights) -> Vec<[f32; LANES]> {
        let all = std::sync::Mutex::new(vec![[0f32; LANES]; self.labels.len()]);
        self.pass(weights, |i, logits| {
            all.lock().expect("not poisoned")[i] = self.probabilities(logits);
            ([0.0; LANES], 0.0)
        });
        all.into_inner().expect("not poisoned")
    }

    fn tron(&self) -> Trace {
        let start = Instant::now();
        let (mut trace, mut passes) = (Trace::new(), 1.0);
        let mut w = self.zeros();
        let (mut f, mut g) = self.objective(&w);
        let (mut delta, mut untimed) = (dot(&g, &g).sqrt(), 0.0);
        for _ in 0..50 {
            // liblinear keeps the probabilities of the objective just found; the pass here is not counted as time.
            let pause = Instant::now();
            let p = self.all_probabilities(&w);
            untimed += pause.elapsed().as_secs_f64();
            // Conjugate gradients inside the region.
            let (mut s, mut r) = (self.zeros(), self.zeros());
            add(&mut r, -1.0, &g);
            let mut d = r.clone();
            let mut rr = dot(&r, &r);
            let end = 0.1 * dot(&g, &g).sqrt();
            while rr.sqrt() > end {
                let h = self.hessian(&p, &d);
                passes += 1.0;
                let mut alpha = rr / dot(&d, &h);
                let mut next = s.clone();
                add(&mut next, alpha, &d);
                if dot(&next, &next).sqrt() > delta {
                    let (sd, ss, dd) = (dot(&s, &d), dot(&s, &s), dot(&d, &d));
                    alpha = (-sd + (sd * sd + dd * (delta * delta - ss)).max(0.0).sqrt()) / dd;
                    add(&mut s, alpha, &d);
                    add(&mut r, -alpha, &h);
                    break;
                }
                s = next;
                add(&mut r, -alpha, &h);
                let next = dot(&r, &r);
                let mut direction = r.clone();
                add(&mut direction, next / rr, &d);
                (d, rr) = (direction, next);
            }
            let (gs, sr) = (dot(&g, &s), dot(&s, &r));
            let predicted = -0.5 * (gs - sr);
            let mut next = w.clone();
            add(&mut next, 1.0, &s);
            let (next_f, next_g) = self.objective(&next);
            passes += 1.0;
            let (actual, length) = (f - next_f, dot(&s, &s).sqrt());
            if trace.is_empty() {
                delta = delta.min(length);
            }
            let alpha = if next_f - f - gs <= 0.0 { 4.0 } else { (-0.5 * gs / (next_f - f - gs)).max(0.25) };
            delta = match actual / predicted {
                ratio if ratio < 1e-4 => (alpha.max(0.25) * length).min(0.5 * delta),
                ratio if ratio < 0.25 => (0.25 * delta).max((alpha * length).min(0.5 * delta)),
                ratio if ratio < 0.75 => (0.25 * delta).max((alpha * length).min(4.0 * delta)),
                _ => delta.max((alpha * length).min(4.0 * delta)),
            };
            if actual > 1e-4 * predicted {
                (w, f, g) = (next, next_f, next_g);
            }
            trace.push((start.elapsed().as_secs_f64() - untimed, passes, f));
            if actual.abs() <= 1e-7 * f && predicted.abs() <= 1e-7 * f {
                break;
            }
        }
        trace
    }

    /// SAGA with just-in-time updates of the columns of a row; the best of three step lengths.
    fn saga(&self) -> Trace {
        let at = |trace: &Trace| trace.last().map_or(f64::INFINITY, |step| step.2);
        let traces = [1.0, 10.0, 100.0].map(|faster| self.saga_by(faster, 30));
        traces.into_iter().min_by(|a, b| at(a).total_cmp(&at(b))).expect("three")
    }

    fn saga_by(&self, faster: f64, epochs: usize) -> Trace {
        let (n, k, bias) = (self.labels.len(), self.k, self.rows.columns());
        let mut flat: Vec<(Vec<(u32, f32)>, f64)> = Vec::new();
        let collect = |_: usize, row: naqd::internal::train::Row<'_>| {
            let entries = row.entries().map(|(c, count)| (c, count * row.scale));
            let entries: Vec<(u32, f32)> = entries.chain([(bias as u32, 1.0)]).collect();
            let square =
                |&(c, x): &(u32, f32)| self.scale[c as usize].iter().map(|s| f64::from(x * s).powi(2)).sum::<f64>();
            let norm = entries.iter().map(square).sum::<f64>() / k as f64;
            flat.push((entries, norm));
        };
        self.rows.for_each(self.rows.pieces(1).remove(0), |_| true, collect).expect("rows in memory");
        let start = Instant::now();
        let decay = f64::from(L2) / n as f64;
        let most = flat.iter().map(|row| row.1).fold(0.0, f64::max);
        let step = faster / (3.0 * (0.5 * most + decay));
        let (keep, mut trace, mut w, mut average) = (1.0 - step * decay, Trace::new(), self.zeros(), self.zeros());
        let mut residuals = vec![[0f32; LANES]; n];
        let mut seen = vec![0u32; bias + 1];
        let mut untimed = 0.0;
        let catch_up = |w: &mut [f32; LANES], average: &[f32; LANES], column: usize, lag: u32| {
            let (shrink, pull) = if column == bias {
                (1.0, step * f64::from(lag))
            } else {
                let shrink = keep.powi(lag as i32);
                (shrink, (1.0 - shrink) / decay)
            };
            (0..LANES).for_each(|lane| w[lane] = w[lane] * shrink as f32 - average[lane] * pull as f32);
        };
        let mut state = 1u64;
        for epoch in 0..epochs {
            for t in 0..n {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let i = ((u128::from(state) * n as u128) >> 64) as usize;
                let now = (epoch * n + t) as u32;
                let mut logits = [0f32; LANES];
                for &(column, x) in &flat[i].0 {
                    let c = column as usize;
                    if seen[c] < now {
                        catch_up(&mut w[c], &average[c], c, now - seen[c]);
                        seen[c] = now;
                    }
                    (0..LANES).for_each(|lane| logits[lane] += x * w[c][lane] * self.scale[c][lane]);
                }
                let mut residual = self.probabilities(logits);
                residual[self.labels[i]] -= 1.0;
                let change: [f32; LANES] = std::array::from_fn(|lane| residual[lane] - residuals[i][lane]);
                residuals[i] = residual;
                for &(column, x) in &flat[i].0 {
                    let c = column as usize;
                    for lane in 0..LANES {
                        let by = x * self.scale[c][lane] * change[lane];
                        w[c][lane] -= step as f32 * by;
                        average[c][lane] += by / n as f32;
                    }
                }
            }
            let now = ((epoch + 1) * n) as u32;
            for (c, (w, average)) in w.iter_mut().zip(&average).enumerate() {
                catch_up(w, average, c, now - seen[c]);
                seen[c] = now;
            }
            // Finding the objective is not part of the method.
            let pause = Instant::now();
            let objective = self.objective(&w).0;
            untimed += pause.elapsed().as_secs_f64();
            let objective = if objective.is_finite() { objective } else { f64::MAX };
            trace.push((start.elapsed().as_secs_f64() - untimed, (epoch + 1) as f64, objective));
        }
        trace
    }
}
