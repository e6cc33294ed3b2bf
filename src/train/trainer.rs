//! Training: from a [`Corpus`] to a [`Model`] and an honest account of how good it is.

use std::collections::{HashMap, HashSet};
use std::io;

use rayon::prelude::*;

use super::examples::Data;
use super::folds::folds;
use super::validation::{Judged, Signals};
use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::calibration;
use crate::evaluate::thresholds::choose;
use crate::model::known_words::KnownWords;
use crate::model::label::LabelSet;
use crate::model::layer::Calibrator;
use crate::model::score::Score;
use crate::model::triage::abusive;
use crate::model::{Model, Ngrams, Training};
use crate::ngrams::hash::mix;
use crate::ngrams::script::script;
use crate::score::classifier::Classifier;
use crate::score::weight_table::WeightTable;
use crate::stats::Promises;
use crate::train::error::TrainError;
use crate::train::lbfgs::Stop;
use crate::train::objective::{Part, side_by_side};
use crate::train::trained::{HeldOut, Progress, Report, Trained, Trial};
use crate::train::vocabulary::{Bounds, Vocabulary};

/// Least number of different comments of each class.
pub const LEAST_OF_CLASS: usize = 10;

/// Strengths of the L2 penalty that cross-validation chooses from, strongest first.
const STRENGTHS: [f32; 4] = [30.0, 10.0, 3.0, 1.0];

/// When a solution is good enough. It stops well before the optimum, which regularises as well. Each strength of the
/// penalty goes on from where the one before it ended, the first from weights of 0; the model that is kept is solved
/// by the same way as those that were validated.
pub(super) const STOP: Stop = Stop { iterations: 100, tolerance: 1e-4 };

/// Added to the counts of naive Bayes.
pub(super) const SMOOTH: f64 = 0.3;

pub(super) const FOLDS: usize = 5;

/// Comments that are enough to choose the strength of the penalty by.
const ENOUGH_TO_CHOOSE: usize = 4_000;

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
#[derive(Clone, Debug)]
pub struct Trainer {
    /// Strength of the L2 penalty; chosen by cross-validation if none.
    pub l2: Option<f32>,
    /// N-grams that stand in fewer comments are left out; at least 1.
    pub least: u32,
    /// Most n-grams to learn from: `least` is raised until they are no more.
    pub most_ngrams: usize,
    /// Most n-grams of the model: of those learnt, the ones that matter most are kept; all if none.
    pub keep: Option<usize>,
    /// Decides which comments stand in which fold.
    pub seed: u64,
    /// What a comment of each file of the corpus counts; 1 in files beyond the end of the list. Finite, greater
    /// than 0.
    pub weights: Vec<f32>,
    /// Files of the corpus, by place, that are of the kind the model is meant for; all if empty. Figures, the
    /// strength of the penalty, the verdict layer and the label weights go by their comments alone; the others
    /// only teach the sparse layer. Of each file a share from 0 to 1 of its comments counts. The label weights go
    /// by the files that count in full, if there are any.
    pub judge_by: Vec<(usize, f64)>,
    /// Comments that are enough to judge by: folds are visited until so many have been left out once.
    pub enough: usize,
    /// What is asked of automatic decisions; no thresholds are chosen if none.
    pub promises: Option<Promises>,
    /// What may be kept in memory.
    pub memory: Memory,
}

/// Bounds of the memory that training takes. The model does not depend on them.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Different n-grams that are counted at a time, 16 bytes each; where there are more, the texts are read
    /// several times.
    pub ngrams: usize,
    /// Bytes of rows; what is beyond goes to a temporary file.
    pub rows: u64,
}

impl Default for Trainer {
    fn default() -> Self {
        Trainer {
            l2: None,
            least: 2,
            most_ngrams: 1_000_000,
            keep: None,
            seed: 0,
            weights: Vec::new(),
            judge_by: Vec::new(),
            enough: 40_000,
            promises: Some(Promises::default()),
            memory: Memory { ngrams: 1 << 25, rows: 4 << 30 },
        }
    }
}

impl Trainer {
    /// Trains a model. The same corpus and settings give the same model, bit for bit, in any number of threads.
    ///
    /// # Errors
    /// See [`TrainError`].
    pub fn fit(&self, corpus: &Corpus) -> Result<Trained, TrainError> {
        self.fit_with(corpus, &NearDuplicates::find(&corpus.texts), &|_| {})
    }

    /// As [`Trainer::fit`], with the `repeats` of the corpus already found, telling `progress` on the way.
    ///
    /// # Errors
    /// As [`Trainer::fit`].
    pub fn fit_with(
        &self,
        corpus: &Corpus,
        repeats: &NearDuplicates,
        progress: &dyn Fn(Progress),
    ) -> Result<Trained, TrainError> {
        self.check(corpus, repeats)?;
        let k = corpus.classes.len();
        let fold = self.fold(corpus, repeats);
        let judged = self.judged(corpus, repeats, &fold, self.enough);
        let strengths = self.l2.map_or(STRENGTHS.to_vec(), |l2| vec![l2]);
        // If there is a choice, it is made on the first folds; the others are solved with the strength chosen.
        let enough_to_choose = if strengths.len() > 1 { ENOUGH_TO_CHOOSE } else { self.enough };
        let choosing = self.judged(corpus, repeats, &fold, self.enough.min(enough_to_choose));
        let beside = side_by_side(k);
        let solves = choosing.visited.div_ceil(beside);
        let of = strengths.len() * solves + 6;
        let step = |what, done| progress(Progress { what, done, of });

        step("counting n-grams", 0);
        let bounds = Bounds { least: self.least, most: self.most_ngrams, room: self.memory.ngrams };
        let vocabulary = Vocabulary::count(&corpus.texts, bounds);
        if vocabulary.is_empty() {
            return Err(TrainError::NoNgrams { least: vocabulary.least });
        }
        step("making rows", 1);
        let rows = vocabulary.rows(&corpus.texts, self.memory.rows)?;
        let mut by_hash: Vec<u32> = (0..vocabulary.len() as u32).collect();
        by_hash.par_sort_unstable_by_key(|&column| vocabulary.hashes[column as usize]);
        let files = || corpus.places.iter().map(|&(file, _)| file);
        let weights = files().zip(&corpus.weights).map(|(file, own)| self.weight(file as usize) * own).collect();
        let files = if corpus.files.len() > 1 { files().collect() } else { Vec::new() };
        let arabic = corpus.texts.par_iter().map(|text| script(text) > 0.0).collect();
        let data = Data {
            corpus,
            vocabulary,
            by_hash,
            rows,
            fold,
            weights,
            arabic,
            files,
            keep: self.keep.unwrap_or(usize::MAX),
        };
        let mut parts: Vec<Part> = {
            let masses = data.masses()?;
            (0..judged.visited).chain([FOLDS]).map(|fold| data.without(&masses, fold, self.least)).collect()
        };
        let others = parts.split_off(choosing.visited);
        let abusive = abusive(&corpus.classes);
        let table = |fold: &Vec<f32>| WeightTable::new(&data.quantise(fold), abusive);

        let mut trials: Vec<Trial> = Vec::new();
        let mut best: Option<(Signals, Calibrator, Vec<WeightTable>)> = None;
        let mut starts = vec![None; solves];
        for (tried, &l2) in strengths.iter().enumerate() {
            let mut folds = Vec::new();
            for (chunk, parts) in parts.chunks(beside).enumerate() {
                let tick = || step("cross-validating", 2 + tried * solves + chunk);
                folds.extend(data.solve(parts, l2, &mut starts[chunk], &tick)?);
            }
            let tables: Vec<WeightTable> = folds.par_iter().map(table).collect();
            let signals = data.signals(&tables, &choosing.comments);
            let near = best.as_ref().map(|(_, layer, _)| layer);
            let layer = Calibrator::fit(signals.whole.view(), &choosing.labels, k, self.seed, near);
            let log_loss = calibration(&choosing.labels, &signals.probabilities(abusive, |_| &layer)).log_loss;
            let better = trials.iter().all(|trial| log_loss < trial.log_loss);
            trials.push(Trial { l2, log_loss });
            if !better {
                break;
            }
            best = Some((signals, layer, tables));
        }
        drop((parts, starts));
        let l2 = trials.iter().min_by(|a, b| a.log_loss.total_cmp(&b.log_loss)).expect("at least one trial").l2;

        let tick = || step("learning from all comments", of - 3);
        let mut solved = Vec::new();
        for parts in others.chunks(beside) {
            // By the way that the first folds were solved.
            let mut start = None;
            let mut last = Vec::new();
            for &l2 in strengths.iter().take_while(|strength| **strength >= l2) {
                last = data.solve(parts, l2, &mut start, &tick)?;
            }
            solved.extend(last);
        }
        drop(others);
        let effective = solved.pop().expect("all comments are the last part");

        step("calibrating", of - 2);
        let (mut signals, mut verdict, mut tables) = best.expect("at least one trial");
        if !solved.is_empty() {
            tables.extend(solved.par_iter().map(table).collect::<Vec<_>>());
            signals = data.signals(&tables, &judged.comments);
            verdict = Calibrator::fit(signals.whole.view(), &judged.labels, k, self.seed, Some(&verdict));
        }
        let (figures, label_weights) = judged.figures(&signals, &verdict, &corpus.classes, self.seed);
        verdict.label_weights = label_weights;
        let familiarities = signals.familiarities;

        step("writing the model down", of - 1);
        let evidence = data.quantise(&effective);
        let seen = KnownWords::of(&corpus.texts);
        let ngrams: Ngrams = data.names(&evidence.hashes)?.into_iter().collect();
        let mut sizes = vec![0u32; corpus.texts.len()];
        repeats.group.iter().for_each(|&first| sizes[first] += 1);
        let scores: Vec<(usize, Score)> = judged
            .comments
            .iter()
            .zip(figures.scores)
            .zip(familiarities)
            .map(|((&comment, (label, probabilities)), familiarity)| {
                (comment, Score { label, probabilities, familiarity })
            })
            .collect();
        let triage =
            self.promises.and_then(|promises| choose(promises, &corpus.classes, &judged.cases(&scores, repeats)).ok());
        let report = Report {
            comments: corpus.texts.len(),
            judged: judged.comments.len(),
            folds: judged.visited,
            repeated: sizes.iter().filter(|size| **size > 1).count(),
            least: data.vocabulary.least,
            ngrams_counted: data.vocabulary.len(),
            ngrams: ngrams.len(),
            trials,
            l2,
            figures: figures.figures,
            evidence: figures.evidence,
            temperature: figures.temperature,
            verdict: figures.verdict,
            triage,
        };
        let file = |place: usize| corpus.files[place].to_string_lossy().into_owned();
        let training = Training {
            naqd: env!("CARGO_PKG_VERSION").to_owned(),
            comments: corpus.texts.len() as u64,
            l2,
            least: data.vocabulary.least,
            seed: self.seed,
            most_ngrams: self.most_ngrams as u64,
            weights: (0..corpus.files.len())
                .filter(|&place| self.weight(place) != 1.0)
                .map(|place| (file(place), self.weight(place)))
                .collect(),
            keep: self.keep,
            judged_by: self.judge_by.iter().map(|&(place, share)| (file(place), share)).collect(),
        };
        let classifier = |table| Classifier::of(corpus.classes.clone(), table, verdict.clone());
        let held_out = HeldOut { fold: data.fold, classifiers: tables.into_iter().map(classifier).collect() };
        step("done", of);
        let triage = report.triage.as_ref().map(|choice| choice.triage.clone());
        Ok(Trained {
            model: Model { classes: corpus.classes.clone(), evidence, ngrams, seen, verdict, training, triage },
            report,
            judged: scores,
            held_out,
        })
    }

    /// The fold, from 0 to 4, that each comment is left out of in cross-validation. Comments that are the same
    /// or nearly so are in one fold; labels are spread evenly.
    pub fn folds(&self, corpus: &Corpus) -> Vec<u8> {
        self.fold(corpus, &NearDuplicates::find(&corpus.texts))
    }

    pub(crate) fn fold(&self, corpus: &Corpus, repeats: &NearDuplicates) -> Vec<u8> {
        let kind = |i: usize| (!self.judges(corpus, i), corpus.labels[i]);
        folds(corpus.texts.len(), &kind, |i| repeats.group[i], self.seed)
    }

    fn weight(&self, file: usize) -> f32 {
        self.weights.get(file).copied().unwrap_or(1.0)
    }

    /// Whether a comment is one to judge by.
    pub(crate) fn judges(&self, corpus: &Corpus, comment: usize) -> bool {
        let (of, line) = corpus.places[comment];
        let drawn = |share: f64| share >= 1.0 || (mix(self.seed ^ mix(line)) as f64) < share * u64::MAX as f64;
        self.judge_by.is_empty() || self.judge_by.iter().any(|&(file, share)| file == of as usize && drawn(share))
    }

    /// Whether a comment is of a file that is judged by in full.
    fn chooses(&self, corpus: &Corpus, comment: usize) -> bool {
        let of = corpus.places[comment].0 as usize;
        self.judge_by.iter().any(|&(file, share)| file == of && share >= 1.0)
    }

    /// Of each class, how many different comments of its own there are among `comments`.
    fn of_classes(corpus: &Corpus, repeats: &NearDuplicates, comments: impl Iterator<Item = usize>) -> Vec<usize> {
        let mut groups = vec![HashSet::new(); corpus.classes.len()];
        for i in comments {
            // Enough is enough: the sets stay small.
            if let Some(class) = corpus.labels[i].single()
                && groups[class].len() < LEAST_OF_CLASS
            {
                groups[class].insert(repeats.group[i]);
            }
        }
        groups.iter().map(HashSet::len).collect()
    }

    fn check(&self, corpus: &Corpus, repeats: &NearDuplicates) -> Result<(), TrainError> {
        if corpus.texts.is_empty() {
            return Err(TrainError::Empty);
        }
        if let [class] = &corpus.classes[..] {
            return Err(TrainError::OneClass { class: class.clone() });
        }
        for (file, got) in corpus.files.iter().zip(&self.weights) {
            if !(got.is_finite() && *got > 0.0) {
                return Err(TrainError::Weight { file: file.display().to_string(), got: got.to_string() });
            }
        }
        let judged = (0..corpus.texts.len()).filter(|&i| self.judges(corpus, i));
        for (class, got) in corpus.classes.iter().zip(Self::of_classes(corpus, repeats, judged)) {
            if got < LEAST_OF_CLASS {
                let judged = !self.judge_by.is_empty();
                return Err(TrainError::FewOfClass { class: class.clone(), got, judged });
            }
        }
        Ok(())
    }

    /// Visits folds until `enough` comments to judge by have been left out, or all folds have been visited.
    fn judged(&self, corpus: &Corpus, repeats: &NearDuplicates, fold: &[u8], enough: usize) -> Judged {
        let left_out = |visited: usize| {
            (0..corpus.texts.len()).filter(move |&i| usize::from(fold[i]) < visited && self.judges(corpus, i))
        };
        let are_enough = |visited: &usize| {
            left_out(*visited).count() >= enough
                && Self::of_classes(corpus, repeats, left_out(*visited)).iter().all(|got| *got >= LEAST_OF_CLASS)
        };
        let visited = (1..FOLDS).find(are_enough).unwrap_or(FOLDS);
        let comments: Vec<usize> = left_out(visited).collect();
        let labels: Vec<LabelSet> = comments.iter().map(|&i| corpus.labels[i]).collect();
        let fold = if visited == FOLDS {
            comments.iter().map(|&i| fold[i]).collect()
        } else {
            // The signals of all are out of fold already; the verdict layer is validated over folds of its own.
            let mut seen = HashMap::new();
            let first: Vec<usize> =
                (0..comments.len()).map(|at| *seen.entry(repeats.group[comments[at]]).or_insert(at)).collect();
            folds(comments.len(), &|at| (false, labels[at]), |at| first[at], !self.seed)
        };
        let mut chooses: Vec<bool> = comments.iter().map(|&i| self.chooses(corpus, i)).collect();
        if !chooses.contains(&true) {
            chooses.fill(true);
        }
        Judged { comments, labels, fold, chooses, visited }
    }
}

impl From<io::Error> for TrainError {
    fn from(error: io::Error) -> Self {
        TrainError::TemporaryFile { what: error.to_string() }
    }
}
