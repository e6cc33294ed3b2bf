//! One training, step by step: prepare, cross-validate, refit, assemble.

use std::sync::Arc;

use rayon::prelude::*;

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::calibration;
use crate::evaluate::validation::{PriorUse, Trial, Validation};
use crate::model::by_script::ByScript;
use crate::model::kinds::KindScores;
use crate::model::known_words::KnownWords;
use crate::model::label::{LabelSet, Probabilities};
use crate::model::layer::Calibrator;
use crate::model::learnt_comments::LearntComments;
use crate::model::ngrams::{Ngrams, Weights};
use crate::model::score::{Familiarity, Guard, Score};
use crate::model::training::Training;
use crate::model::{Expert, Model};
use crate::ngrams::script::is_arabic;
use crate::score::classifier::Classifier;
use crate::score::weight_table::WeightTable;
use crate::train::error::TrainError;
use crate::train::examples::{Examples, letterless};
use crate::train::folds::FOLDS;
use crate::train::held_out::{HeldOutMetrics, HeldOutSet, Signals};
use crate::train::objective::{Part, parts_side_by_side};
use crate::train::prior;
use crate::train::start::Base;
use crate::train::trained::{FoldModels, Progress, Trained};
use crate::train::trainer::Trainer;
use crate::train::vocabulary::{Bounds, Vocabulary};

/// Strengths of the L2 penalty that cross-validation chooses from, strongest first.
const STRENGTHS: [f32; 4] = [30.0, 10.0, 3.0, 1.0];

/// Number of held-out comments that are enough to choose the strength of the penalty by.
const CHOOSING_SIZE: usize = 4_000;

/// Training of one corpus.
pub(super) struct Fit<'a> {
    pub(super) trainer: &'a Trainer,
    pub(super) corpus: &'a Corpus,
    duplicates: &'a NearDuplicates,
    progress: &'a dyn Fn(Progress),
    /// Comments that the metrics are of.
    pub(super) held_out: HeldOutSet,
    /// Comments that the strength is chosen on: if there is a choice, those of the first folds; the other folds are
    /// solved with the strength chosen.
    choosing: HeldOutSet,
    /// Strengths to try.
    pub(super) strengths: Vec<f32>,
    /// Number of parts that are solved side by side.
    pub(super) side_by_side: usize,
    /// Number of steps in all.
    pub(super) steps: usize,
    /// What it learns on.
    base: Base<'a>,
}

/// Result of the cross-validation: the strengths tried, and what was learnt with the best one.
pub(super) struct CrossValidated {
    trials: Vec<Trial>,
    /// Best strength.
    l2: f32,
    fitted: Fitted,
}

/// Models of the folds visited so far: their tables, the signals of their held-out comments, and the calibrator of these.
struct Fitted {
    signals: Signals,
    calibrator: Calibrator,
    tables: Vec<WeightTable>,
}

/// Result of learning from all comments.
pub(super) struct Refitted {
    pub(super) trials: Vec<Trial>,
    /// Strength that was chosen; infinite if the weights are those of the model that it learnt on top of.
    pub(super) l2: f32,
    pub(super) weights: Weights,
    pub(super) bias: Vec<f32>,
    pub(super) calibrator: Calibrator,
    pub(super) tables: Vec<WeightTable>,
    pub(super) metrics: HeldOutMetrics,
    /// Place and score of each held-out comment.
    pub(super) scores: Vec<(usize, Score)>,
    /// Class and probabilities of each held-out comment by the model that it learnt on top of, if any.
    pub(super) unchanged: Vec<(usize, Probabilities)>,
}

/// Place and score of each held-out comment.
pub(super) fn scores(
    comments: &[usize],
    metrics: &HeldOutMetrics,
    familiarities: Vec<Familiarity>,
) -> Vec<(usize, Score)> {
    let scores = comments.iter().zip(&metrics.predicted).zip(familiarities);
    let score = |((&comment, &(class, probabilities)), familiarity)| {
        let kinds = KindScores::default();
        (comment, Score { class, probabilities, familiarity, guard: Guard::None, kinds })
    };
    scores.map(score).collect()
}

/// Guards held-out comments, `fold` by fold, by the classifiers that have not learnt from them.
fn guard<'c>(
    scores: &mut [(usize, Score)],
    texts: &[String],
    classifier: impl Fn(usize) -> Option<&'c Classifier>,
    fold: &[u8],
) {
    // One fold after the other: threads remember the words of one classifier.
    for of in 0..FOLDS {
        let Some(classifier) = classifier(of) else { continue };
        let held_out = scores.par_iter_mut().filter(|(comment, _)| usize::from(fold[*comment]) == of);
        held_out.for_each(|(comment, score)| *score = classifier.guarded(&texts[*comment], *score));
    }
}

impl<'a> Fit<'a> {
    pub(super) fn new(
        trainer: &'a Trainer,
        corpus: &'a Corpus,
        duplicates: &'a NearDuplicates,
        fold: &[u8],
        progress: &'a dyn Fn(Progress),
        base: Base<'a>,
    ) -> Fit<'a> {
        let prior = base.prior();
        let strengths = if prior.is_some() { prior::STRENGTHS } else { STRENGTHS };
        let strengths = trainer.l2.map_or(strengths.to_vec(), |l2| vec![l2]);
        let size = match prior {
            None => trainer.validation_size,
            Some(_) => trainer.validation_size.min(prior::VALIDATION_SIZE),
        };
        let choosing_size = if strengths.len() > 1 { size.min(CHOOSING_SIZE) } else { size };
        let held_out = HeldOutSet::select(trainer, corpus, duplicates, fold, size);
        let choosing = HeldOutSet::select(trainer, corpus, duplicates, fold, choosing_size);
        let side_by_side = parts_side_by_side(corpus.classes.len());
        let steps = strengths.len() * choosing.folds.div_ceil(side_by_side) + 6;
        Fit { trainer, corpus, duplicates, progress, held_out, choosing, strengths, side_by_side, steps, base }
    }

    pub(super) fn step(&self, what: &'static str, done: usize) {
        (self.progress)(Progress { what, done, of: self.steps });
    }

    /// Corpus as numbers: the n-grams that count, and the rows of the comments.
    pub(super) fn prepare(&self, fold: Vec<u8>) -> Result<Examples<'a>, TrainError> {
        let (corpus, trainer) = (self.corpus, self.trainer);
        self.step("counting n-grams", 0);
        let bounds = Bounds {
            min_count: trainer.min_count,
            max_ngrams: trainer.max_ngrams,
            capacity: trainer.count_capacity,
            letters: self.base.letters(),
        };
        let vocabulary = Vocabulary::count(&corpus.texts, bounds);
        if vocabulary.is_empty() {
            return Err(TrainError::NoNgrams { min_count: vocabulary.min_count });
        }
        self.step("building rows", 1);
        let rows = vocabulary.rows(&corpus.texts, trainer.row_memory)?;
        let mut by_hash: Vec<u32> = (0..vocabulary.len() as u32).collect();
        by_hash.par_sort_unstable_by_key(|&column| vocabulary.hashes[column as usize]);
        let files = || corpus.places.iter().map(|&(file, _)| file);
        let weights = files().zip(&corpus.weights).map(|(file, own)| trainer.weight(file as usize) * own).collect();
        let files = if corpus.files.len() > 1 { files().collect() } else { Vec::new() };
        let arabic = corpus.texts.par_iter().map(|text| is_arabic(text)).collect();
        let prune_to = trainer.prune_to.unwrap_or(usize::MAX);
        let letterless = letterless(&corpus.texts, &vocabulary);
        let prior = self.base.prior();
        let offset = prior.map_or(Vec::new(), |prior| prior.offset(&corpus.texts));
        Ok(Examples {
            corpus,
            vocabulary,
            by_hash,
            rows,
            fold,
            weights,
            arabic,
            files,
            letterless,
            prune_to,
            prior,
            offset,
        })
    }

    /// Parts to solve: those of the folds that the strength is chosen on, then those of the other folds to visit and, as
    /// the last, all comments.
    pub(super) fn parts(&self, examples: &Examples) -> Result<(Vec<Part>, Vec<Part>), TrainError> {
        let masses = examples.masses()?;
        let folds = (0..self.held_out.folds).chain([FOLDS]);
        let mut parts: Vec<Part> = folds.map(|fold| examples.without(&masses, fold, self.trainer.min_count)).collect();
        let others = parts.split_off(self.choosing.folds);
        Ok((parts, others))
    }

    /// Chooses the strength of the penalty: from the strongest on, until the log loss of held-out comments grows.
    pub(super) fn cross_validate(&self, examples: &Examples, parts: Vec<Part>) -> Result<CrossValidated, TrainError> {
        let abusive = self.corpus.classes.abusive();
        let chunks = self.choosing.folds.div_ceil(self.side_by_side);
        let mut trials: Vec<Trial> = Vec::new();
        let mut best: Option<Fitted> = None;
        let mut starts = vec![None; chunks];
        for (tried, &l2) in self.strengths.iter().enumerate() {
            let mut folds = Vec::new();
            for (chunk, parts) in parts.chunks(self.side_by_side).enumerate() {
                let tick = || self.step("cross-validating", 2 + tried * chunks + chunk);
                folds.extend(examples.solve(parts, l2, &mut starts[chunk], &tick)?);
            }
            let tables: Vec<WeightTable> = folds.par_iter().map(|fold| examples.table(fold)).collect();
            let signals = examples.signals(&tables, &self.choosing.comments);
            let init = best.as_ref().map(|best| &best.calibrator);
            let labels = &self.choosing.labels;
            let calibrator = Calibrator::fit(&signals, labels, &self.corpus.classes, self.trainer.seed, init);
            let log_loss = calibration(labels, &signals.probabilities(abusive, |_| &calibrator)).log_loss;
            let better = trials.iter().all(|trial| log_loss < trial.log_loss);
            trials.push(Trial { l2, log_loss });
            if !better {
                break;
            }
            best = Some(Fitted { signals, calibrator, tables });
        }
        let l2 = trials.iter().min_by(|a, b| a.log_loss.total_cmp(&b.log_loss)).expect("at least one trial").l2;
        Ok(CrossValidated { trials, l2, fitted: best.expect("at least one trial") })
    }

    /// Learns from all comments, and without each of the other folds, with the strength chosen; calibrates on all
    /// held-out comments.
    pub(super) fn refit(
        &self,
        examples: &Examples,
        others: Vec<Part>,
        validated: CrossValidated,
    ) -> Result<Refitted, TrainError> {
        let CrossValidated { trials, l2, fitted: Fitted { mut signals, mut calibrator, mut tables } } = validated;
        let mut solved = self.solve_with(examples, others, l2)?;
        let effective = solved.pop().expect("all comments are the last part");
        let (weights, bias) = examples.quantise(&effective);

        self.step("calibrating", self.steps - 2);
        let (classes, seed) = (&self.corpus.classes, self.trainer.seed);
        if !solved.is_empty() {
            tables.extend(solved.par_iter().map(|fold| examples.table(fold)).collect::<Vec<_>>());
            signals = examples.signals(&tables, &self.held_out.comments);
            let labels = &self.held_out.labels;
            calibrator = Calibrator::fit(&signals, labels, classes, seed, Some(&calibrator));
        }
        let fit =
            |signals: &Signals, labels: &[LabelSet]| Calibrator::fit(signals, labels, classes, seed, Some(&calibrator));
        let probabilities = self.held_out.cross_calibrated(&signals, classes.abusive(), fit);
        let (metrics, label_weights) = self.held_out.metrics(&signals, probabilities, classes, &calibrator, false);
        calibrator.label_weights = label_weights;
        let scores = scores(&self.held_out.comments, &metrics, signals.familiarities);
        Ok(Refitted { scores, trials, l2, weights, bias, calibrator, tables, metrics, unchanged: Vec::new() })
    }

    /// Solves parts in the same way as the first folds: from the strongest penalty down to the one chosen.
    pub(super) fn solve_with(
        &self,
        examples: &Examples,
        parts: Vec<Part>,
        l2: f32,
    ) -> Result<Vec<Vec<f32>>, TrainError> {
        let tick = || self.step("learning from all comments", self.steps - 3);
        let mut solved = Vec::new();
        for parts in parts.chunks(self.side_by_side) {
            let mut start = None;
            let mut last = Vec::new();
            for &l2 in self.strengths.iter().take_while(|strength| **strength >= l2) {
                last = examples.solve(parts, l2, &mut start, &tick)?;
            }
            solved.extend(last);
        }
        Ok(solved)
    }

    /// Model and its validation.
    pub(super) fn assemble(self, examples: Examples, refitted: Refitted) -> Result<Trained, TrainError> {
        self.step("assembling the model", self.steps - 1);
        let Refitted { trials, l2, weights, bias, calibrator, tables, metrics, mut scores, unchanged } = refitted;
        let corpus = self.corpus;
        let mut names = examples.names(&weights.hashes)?;
        let mut known_words = KnownWords::of(&corpus.texts, self.base.letters());
        let mut learnt_comments = LearntComments::of(&corpus.texts);
        let prior = self.base.prior();
        if let Some(prior) = prior {
            let of_prior = prior.model.weights.hashes.iter().zip(prior.model.ngrams.iter());
            for (hash, name) in of_prior {
                if let Ok(place) = weights.hashes.binary_search(hash) {
                    names[place] = name.to_owned();
                }
            }
            known_words = known_words.or(&prior.model.known_words);
            learnt_comments = learnt_comments.or(&prior.model.learnt_comments);
        }
        let ngrams: Ngrams = names.into_iter().collect();
        let expert = Expert {
            bias,
            calibrator: calibrator.clone(),
            triage: None,
            kinds: prior.and_then(|prior| prior.expert().kinds.clone()),
        };
        let model = Model {
            classes: Arc::clone(&corpus.classes),
            weights,
            ngrams,
            known_words,
            experts: match prior {
                None => ByScript::one(expert),
                Some(prior) => {
                    let mut experts = prior.model.experts.clone();
                    experts.set(prior.arabic, expert);
                    experts
                }
            },
            training: self.training(if l2.is_finite() { l2 } else { 0.0 }, examples.vocabulary.min_count),
            learnt_comments,
        };
        let mut sizes = vec![0u32; corpus.texts.len()];
        self.duplicates.group.iter().for_each(|&first| sizes[first] += 1);
        let validation = Validation {
            comments: corpus.texts.len(),
            held_out: self.held_out.comments.len(),
            folds: self.held_out.folds,
            duplicate_groups: sizes.iter().filter(|size| **size > 1).count(),
            min_count: examples.vocabulary.min_count,
            ngrams_counted: examples.vocabulary.len(),
            ngrams: model.ngrams.len(),
            trials,
            l2,
            figures: metrics.figures,
            uncalibrated: metrics.uncalibrated,
            temperature_scaled: metrics.temperature_scaled,
            calibrated: metrics.calibrated,
            triage: None,
            set_aside: None,
            prior: PriorUse::None,
            experts: Vec::new(),
            kinds: Vec::new(),
        };
        let classifier = |table| Classifier::from_parts(Arc::clone(&model.classes), table, calibrator.clone());
        let classifiers: Vec<Classifier> = tables.into_iter().map(classifier).collect();
        // Without models of the folds, the model is the one that it learnt on top of, which has not learnt from them either.
        let unchanged_model = classifiers.is_empty().then(|| Classifier::new(&model));
        guard(&mut scores, &corpus.texts, |fold| classifiers.get(fold).or(unchanged_model.as_ref()), &examples.fold);
        let planned_on = self.held_out.for_thresholds(&scores, self.duplicates);
        self.step("done", self.steps);
        let folds = FoldModels { fold: examples.fold, classifiers };
        Ok(Trained {
            model,
            validation,
            held_out: scores,
            set_aside: Vec::new(),
            folds,
            arabic: self.base.script(),
            planned_on,
            chosen: self.trainer.chosen,
            unchanged,
        })
    }

    /// Settings for the header of the model file.
    fn training(&self, l2: f32, min_count: u32) -> Training {
        let (corpus, trainer) = (self.corpus, self.trainer);
        let file = |place: usize| corpus.files[place].to_string_lossy().into_owned();
        let weights = (0..corpus.files.len()).map(|place| (place, trainer.weight(place)));
        Training {
            naqd: env!("CARGO_PKG_VERSION").to_owned(),
            from: None,
            comments: corpus.texts.len() as u64,
            l2,
            min_count,
            seed: trainer.seed,
            max_ngrams: trainer.max_ngrams as u64,
            weights: weights
                .filter(|(_, weight)| *weight != 1.0)
                .map(|(place, weight)| (file(place), weight))
                .collect(),
            prune_to: trainer.prune_to,
            validated_on: trainer.validate_on.iter().map(|&(place, share)| (file(place), share)).collect(),
            thresholds_on: Vec::new(),
        }
    }
}
