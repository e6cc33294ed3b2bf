//! Training: from a [`Corpus`] to a [`Model`] and an honest account of how good it is.

use std::collections::HashSet;

use rayon::prelude::*;
use serde::Serialize;

use crate::corpus::Corpus;
use crate::evaluate::{Calibration, Figures, calibration, figures};
use crate::evidence::{Problem, Stop};
use crate::features::{Ngram, Sink, emit, mix};
use crate::label::{LabelSet, Probabilities};
use crate::model::{Evidence, Model, Training, VerdictLayer};
use crate::repeats::Repeats;
use crate::table::{Signals, Table};
use crate::vocabulary::{Matrix, Vocabulary, log_count_ratios};

/// Least number of different comments of each class.
pub const LEAST_OF_CLASS: usize = 10;

/// Strengths of the L2 penalty that cross-validation chooses from, strongest first.
const STRENGTHS: [f32; 4] = [30.0, 10.0, 3.0, 1.0];

/// When a solution is good enough. It stops well before the optimum, from weights of 0, which regularises as well;
/// the model that is kept is solved just as those that were validated.
const STOP: Stop = Stop { iterations: 100, tolerance: 1e-4 };

/// Added to the counts of naive Bayes.
const SMOOTH: f64 = 0.3;

const FOLDS: usize = 5;

/// Trains models.
///
/// ```
/// use naqd::{Classifier, Corpus, Trainer};
/// let mut rows = Vec::new();
/// for n in ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"] {
///     rows.push((format!("you fool, {n} times a fool"), "abusive".to_string()));
///     rows.push((format!("thanks, chapter {n} was useful"), "neutral".to_string()));
/// }
/// let corpus = Corpus::from_rows(rows)?;
/// let trained = Trainer::default().fit(&corpus)?;
/// let classifier = Classifier::new(&trained.model);
/// assert_eq!(classifier.classes()[classifier.classify("what a fool").label], "abusive");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Trainer {
    /// Strength of the L2 penalty; chosen by cross-validation if none.
    pub l2: Option<f32>,
    /// N-grams that stand in fewer comments are left out; at least 1.
    pub least: u32,
    /// Decides which comments stand in which fold.
    pub seed: u64,
}

impl Default for Trainer {
    fn default() -> Self {
        Trainer { l2: None, least: 2, seed: 0 }
    }
}

/// Why there is no model.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TrainError {
    /// Nothing to learn from.
    #[error("no comments to learn from: at least {LEAST_OF_CLASS} of each of two classes are needed")]
    Empty,
    /// Nothing to tell apart.
    #[error("all comments are of one class, {class}: at least two classes are needed")]
    OneClass {
        /// That class.
        class: String,
    },
    /// Too few comments of a class.
    #[error(
        "class {class} has {got} different comments of its own (repeats and labels with alternatives do not count), \
         at least {LEAST_OF_CLASS} are needed: add some, leave its rows out with --labels, or rename it with --map"
    )]
    FewOfClass {
        /// The class.
        class: String,
        /// How many.
        got: usize,
    },
    /// Nothing to learn with.
    #[error("no n-gram stands in {least} comments or more: add comments or lower --least")]
    NoNgrams {
        /// The bound.
        least: u32,
    },
}

/// A model and how good it is.
#[derive(Debug)]
pub struct Trained {
    /// The model, learnt from all comments.
    pub model: Model,
    /// Figures of comments that were not learnt from.
    pub report: Report,
}

/// Cross-validated figures: every comment was scored by a model that had learnt neither from it nor from its repeats.
/// Two numbers, the strength of the penalty and the label weights, are chosen on the same comments.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Comments learnt from.
    pub comments: usize,
    /// Groups of repeats with more than one comment.
    pub repeated: usize,
    /// N-grams counted, and those that are in the model.
    pub ngrams_counted: usize,
    /// N-grams in the model.
    pub ngrams: usize,
    /// Strengths of the penalty that were tried.
    pub trials: Vec<Trial>,
    /// The strength that was taken.
    pub l2: f32,
    /// Figures of the labels.
    pub figures: Figures,
    /// Of the sparse layer alone.
    pub evidence: Calibration,
    /// Of the sparse layer with plain temperature scaling (Guo et al. 2017), for comparison.
    pub temperature: Calibration,
    /// Of the verdict layer.
    pub verdict: Calibration,
}

/// One strength of the penalty.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Trial {
    /// The strength.
    pub l2: f32,
    /// Log loss of the verdicts on comments that the sparse layer had not learnt from, in nats.
    pub log_loss: f64,
}

/// How far training has come: what is being done, and which step of how many it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What is being done.
    pub what: &'static str,
    /// Steps done.
    pub done: usize,
    /// Steps in all; an estimate that may shrink.
    pub of: usize,
}

/// A corpus as numbers.
struct Data<'a> {
    corpus: &'a Corpus,
    vocabulary: Vocabulary,
    by_row: Matrix,
    by_column: Matrix,
    fold: Vec<usize>,
}

impl Trainer {
    /// Trains a model. The same corpus and settings give the same model, bit for bit, in any number of threads.
    ///
    /// # Errors
    /// See [`TrainError`].
    pub fn fit(&self, corpus: &Corpus) -> Result<Trained, TrainError> {
        self.fit_with(corpus, &Repeats::find(&corpus.texts), &|_| {})
    }

    /// As [`Trainer::fit`], with the `repeats` of the corpus already found, telling `progress` on the way.
    ///
    /// # Errors
    /// As [`Trainer::fit`].
    pub fn fit_with(
        &self,
        corpus: &Corpus,
        repeats: &Repeats,
        progress: &dyn Fn(Progress),
    ) -> Result<Trained, TrainError> {
        self.check(corpus, repeats)?;
        let strengths = self.l2.map_or(STRENGTHS.to_vec(), |l2| vec![l2]);
        let of = strengths.len() * FOLDS + 4;
        let step = |what, done| progress(Progress { what, done, of });

        step("counting n-grams", 0);
        let vocabulary = Vocabulary::count(&corpus.texts, self.least);
        if vocabulary.is_empty() {
            return Err(TrainError::NoNgrams { least: self.least });
        }
        let by_row = vocabulary.matrix(&corpus.texts);
        let by_column = by_row.transposed(vocabulary.len());
        let fold = folds(&corpus.labels, &repeats.group, self.seed);
        let data = Data { corpus, vocabulary, by_row, by_column, fold };

        let k = corpus.classes.len();
        let mut trials: Vec<Trial> = Vec::new();
        let mut best: Option<(Vec<Signals>, VerdictLayer)> = None;
        let parts: Vec<Part> = (0..FOLDS).map(|fold| data.without(fold, self.least)).collect();
        for (tried, &l2) in strengths.iter().enumerate() {
            let mut folds = Vec::new();
            for (fold, part) in parts.iter().enumerate() {
                step("cross-validating", 1 + tried * FOLDS + fold);
                folds.push(data.solve(part, l2));
            }
            let signals = data.signals(&folds);
            let layer = VerdictLayer::fit(&signals, &corpus.labels, k, self.seed);
            let probabilities: Vec<Probabilities> = signals.iter().map(|s| layer.score(s).probabilities).collect();
            let log_loss = calibration(&corpus.labels, &probabilities).log_loss;
            let better = trials.iter().all(|trial| log_loss < trial.log_loss);
            trials.push(Trial { l2, log_loss });
            if !better {
                break;
            }
            best = Some((signals, layer));
        }
        let l2 = trials.iter().min_by(|a, b| a.log_loss.total_cmp(&b.log_loss)).expect("at least one trial").l2;

        step("calibrating", of - 3);
        let (signals, mut verdict) = best.expect("at least one trial");
        let (report_parts, label_weights) = data.verdicts(&signals, self.seed);
        verdict.label_weights = label_weights;

        step("learning from all comments", of - 2);
        let effective = data.solve(&data.without(FOLDS, self.least), l2);
        step("writing the model down", of - 1);
        let evidence = data.quantise(&effective);
        let ngrams = names(&corpus.texts, &evidence.hashes);
        let (figures, evidence_calibration, temperature, verdict_calibration) = report_parts;
        let mut sizes = vec![0usize; corpus.texts.len()];
        repeats.group.iter().for_each(|&first| sizes[first] += 1);
        let report = Report {
            comments: corpus.texts.len(),
            repeated: sizes.iter().filter(|size| **size > 1).count(),
            ngrams_counted: data.vocabulary.len(),
            ngrams: ngrams.len(),
            trials,
            l2,
            figures,
            evidence: evidence_calibration,
            temperature,
            verdict: verdict_calibration,
        };
        let training = Training {
            naqd: env!("CARGO_PKG_VERSION").to_owned(),
            comments: corpus.texts.len() as u64,
            l2,
            least: self.least,
            seed: self.seed,
        };
        step("done", of);
        Ok(Trained { model: Model { classes: corpus.classes.clone(), evidence, ngrams, verdict, training }, report })
    }

    /// The fold, from 0 to 4, that each comment is left out of in cross-validation. Comments that are the same
    /// or nearly so are in one fold; labels are spread evenly.
    pub fn folds(&self, corpus: &Corpus) -> Vec<usize> {
        folds(&corpus.labels, &Repeats::find(&corpus.texts).group, self.seed)
    }

    fn check(&self, corpus: &Corpus, repeats: &Repeats) -> Result<(), TrainError> {
        if corpus.texts.is_empty() {
            return Err(TrainError::Empty);
        }
        if let [class] = &corpus.classes[..] {
            return Err(TrainError::OneClass { class: class.clone() });
        }
        for (class, name) in corpus.classes.iter().enumerate() {
            let own = (0..corpus.texts.len()).filter(|&i| corpus.labels[i].single() == Some(class));
            let got = own.map(|i| repeats.group[i]).collect::<HashSet<usize>>().len();
            if got < LEAST_OF_CLASS {
                return Err(TrainError::FewOfClass { class: name.clone(), got });
            }
        }
        Ok(())
    }
}

/// What is learnt from where a fold is left out: the same for every strength of the penalty.
struct Part {
    /// Weight of each comment.
    rows: Vec<f32>,
    /// Scale of each weight, `[n-gram][class]`.
    scale: Vec<f32>,
}

impl Data<'_> {
    fn classes(&self) -> usize {
        self.corpus.classes.len()
    }

    /// All folds but one. N-grams that stand in fewer than `least` of their comments have no weight, as if the
    /// others were not there.
    fn without(&self, fold: usize, least: u32) -> Part {
        let (k, labels) = (self.classes(), &self.corpus.labels);
        let of: Vec<usize> = (0..labels.len()).filter(|&i| self.fold[i] != fold).collect();
        let rows = balanced(labels, &of, k);
        let mut scale: Vec<f32> =
            log_count_ratios(&self.by_column, labels, &rows, k, SMOOTH).into_iter().map(f32::abs).collect();
        scale.par_chunks_mut(k).enumerate().for_each(|(column, scale)| {
            let (comments, _) = self.by_column.row(column);
            if comments.iter().filter(|&&i| rows[i as usize] > 0.0).count() < least as usize {
                scale.fill(0.0);
            }
        });
        Part { rows, scale }
    }

    /// Learns from a part; returns the effective weights and biases.
    fn solve(&self, part: &Part, l2: f32) -> Vec<f32> {
        let problem = Problem {
            by_row: &self.by_row,
            by_column: &self.by_column,
            labels: &self.corpus.labels,
            rows: &part.rows,
            scale: &part.scale,
            classes: self.classes(),
            l2,
        };
        let mut parameters = Vec::new();
        problem.solve(&mut parameters, STOP);
        problem.effective(&parameters)
    }

    /// Integer weights of the n-grams: idf multiplied in.
    fn quantise(&self, effective: &[f32]) -> Evidence {
        let k = self.classes();
        let (weights, bias) = effective.split_at(self.vocabulary.len() * k);
        let weights: Vec<f32> =
            weights.iter().zip(0..).map(|(weight, i)| weight * self.vocabulary.idf[i / k]).collect();
        Evidence::quantise(&self.vocabulary.hashes, &weights, bias)
    }

    /// The signals of every comment, by the model of the fold that it was left out of.
    fn signals(&self, folds: &[Vec<f32>]) -> Vec<Signals> {
        let tables: Vec<Table> = folds.par_iter().map(|effective| Table::new(&self.quantise(effective))).collect();
        self.corpus.texts.par_iter().zip(&self.fold).map(|(text, fold)| tables[*fold].signals(text)).collect()
    }

    /// Cross-validates the dense layer over the out-of-fold signals: the figures, and the label weights that
    /// give the best macro-F1.
    fn verdicts(&self, signals: &[Signals], seed: u64) -> ((Figures, Calibration, Calibration, Calibration), Vec<f64>) {
        let (k, labels, classes) = (self.classes(), &self.corpus.labels, &self.corpus.classes);
        let layers: Vec<VerdictLayer> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let of: Vec<usize> = (0..labels.len()).filter(|&i| self.fold[i] != fold).collect();
                let signals: Vec<Signals> = of.iter().map(|&i| signals[i].clone()).collect();
                let labels: Vec<LabelSet> = of.iter().map(|&i| labels[i]).collect();
                VerdictLayer::fit(&signals, &labels, k, seed)
            })
            .collect();
        let probabilities: Vec<Probabilities> =
            signals.iter().zip(&self.fold).map(|(s, fold)| layers[*fold].score(s).probabilities).collect();

        let counts = counts(labels, &(0..labels.len()).collect::<Vec<_>>(), k);
        let most = counts.iter().copied().fold(0.0, f64::max);
        let by_power = |power: f64| counts.iter().map(|n| (most / n).powf(power)).collect::<Vec<f64>>();
        let labelled = |label_weights: Vec<f64>| {
            let layer = VerdictLayer { label_weights, ..layers[0].clone() };
            let predicted: Vec<usize> = probabilities.iter().map(|p| layer.label(p)).collect();
            figures(classes, labels, &predicted, &probabilities)
        };
        // One number is chosen, the power of the classes' rarity, so that there is little to overfit.
        let (power, figures) = (0..=12)
            .map(|tenth| f64::from(tenth) / 10.0)
            .map(|power| (power, labelled(by_power(power))))
            .rev()
            .max_by(|a, b| a.1.macro_f1.total_cmp(&b.1.macro_f1))
            .expect("powers");

        let logits: Vec<Vec<f64>> = signals.iter().map(|s| s.as_slice(k)[..k].to_vec()).collect();
        let at = |temperature: f64| {
            let probabilities: Vec<Probabilities> = logits
                .iter()
                .map(|logits| Probabilities::softmax(&logits.iter().map(|x| x / temperature).collect::<Vec<_>>()))
                .collect();
            calibration(labels, &probabilities)
        };
        let (temperature, _) = best_temperature(|temperature| at(temperature).log_loss);
        let temperature = at(temperature);
        ((figures, at(1.0), temperature, calibration(labels, &probabilities)), by_power(power))
    }
}

/// The temperature at which `loss` is least, and that loss: golden-section search on its logarithm.
fn best_temperature(loss: impl Fn(f64) -> f64) -> (f64, f64) {
    let at = |log: f64| loss(log.exp());
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (-2.0, 2.0);
    for _ in 0..12 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if at(a) <= at(b) { high = b } else { low = a }
    }
    let best = (low + high) / 2.0;
    (best.exp(), at(best))
}

/// How many comments of each class there are among the rows `of`; a label with alternatives counts for each of
/// them in equal parts.
fn counts(labels: &[LabelSet], of: &[usize], classes: usize) -> Vec<f64> {
    let mut counts = vec![0f64; classes];
    for &i in of {
        for class in labels[i].iter() {
            counts[class] += 1.0 / labels[i].len() as f64;
        }
    }
    counts
}

/// Weights of the rows `of` (others: 0) under which all classes weigh the same and the mean weight is 1.
fn balanced(labels: &[LabelSet], of: &[usize], classes: usize) -> Vec<f32> {
    let counts = counts(labels, of, classes);
    let mut weights = vec![0f32; labels.len()];
    for &i in of {
        let sum: f64 = labels[i].iter().map(|class| of.len() as f64 / (classes as f64 * counts[class])).sum();
        weights[i] = (sum / labels[i].len() as f64) as f32;
    }
    weights
}

/// The fold of every comment: groups of repeats stay together, labels are spread evenly.
fn folds(labels: &[LabelSet], group: &[usize], seed: u64) -> Vec<usize> {
    let mut first: Vec<usize> = (0..labels.len()).filter(|&i| group[i] == i).collect();
    first.sort_by_key(|&i| (labels[i], mix(seed ^ mix(i as u64 + 1))));
    let mut fold = vec![0; labels.len()];
    first.iter().zip((0..FOLDS).cycle()).for_each(|(&i, place)| fold[i] = place);
    (0..labels.len()).map(|i| fold[group[i]]).collect()
}

/// The n-grams behind `hashes` (ascending), found again in the texts.
fn names(texts: &[String], hashes: &[u64]) -> Vec<String> {
    struct Names<'a> {
        hashes: &'a [u64],
        names: Vec<String>,
        missing: usize,
    }
    impl Sink for Names<'_> {
        fn ngram(&mut self, ngram: Ngram<'_>) {
            if let Ok(place) = self.hashes.binary_search(&ngram.hash)
                && self.names[place].is_empty()
            {
                self.names[place] = ngram.parts.to_string();
                self.missing -= 1;
            }
        }
    }
    let mut sink = Names { hashes, names: vec![String::new(); hashes.len()], missing: hashes.len() };
    for text in texts {
        if sink.missing == 0 {
            break;
        }
        emit(text, &mut sink);
    }
    sink.names
}
