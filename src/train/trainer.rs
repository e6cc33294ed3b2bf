//! Trainer: from a [`Corpus`] to a [`Model`](crate::Model) and its cross-validation.

use std::collections::HashSet;
use std::sync::Arc;

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::thresholds::familiar;
use crate::evaluate::validation::SetAsideFigures;
use crate::model::Model;
use crate::ngrams::hash::mix;
use crate::score::classifier::Classifier;
use crate::stats::Promises;
use crate::train::error::TrainError;
use crate::train::fit::Fit;
use crate::train::folds::folds;
use crate::train::set_aside::{MAX_SHARE, SetAside};
use crate::train::start::{Base, Start};
use crate::train::trained::{Progress, Trained};

/// Minimum number of different comments of each class.
pub const MIN_OF_CLASS: usize = 10;

/// Trainer of models: the settings of a training.
///
/// ```
/// use naqd::{Classifier, Corpus, Trainer};
///
/// let mut rows = Vec::new();
/// for n in ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"] {
///     rows.push((format!("you fool, {n} times a fool"), "abusive"));
///     rows.push((format!("thanks, chapter {n} was useful"), "neutral"));
/// }
/// let corpus = Corpus::from_rows(rows)?;
/// let trained = Trainer::new().seed(1).max_ngrams(100_000).fit(&corpus)?;
/// assert_eq!(Classifier::new(&trained.model).classify("what a fool").label(), "abusive");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trainer {
    pub(super) l2: Option<f32>,
    pub(super) min_count: u32,
    pub(super) max_ngrams: usize,
    pub(super) prune_to: Option<usize>,
    pub(crate) seed: u64,
    pub(super) weights: Vec<f32>,
    pub(super) validate_on: Vec<(usize, f64)>,
    pub(super) validation_size: usize,
    pub(super) promises: Option<Promises>,
    pub(super) set_aside: Option<f64>,
    pub(super) chosen: bool,
    pub(super) prior: Option<Arc<Model>>,
    pub(super) count_capacity: usize,
    pub(super) row_memory: u64,
}

impl Default for Trainer {
    fn default() -> Self {
        Trainer::new()
    }
}

/// Settings; each returns the trainer.
impl Trainer {
    /// Trainer with the settings of naqd-train without options.
    pub fn new() -> Trainer {
        Trainer {
            l2: None,
            min_count: 2,
            max_ngrams: 1_000_000,
            prune_to: None,
            seed: 0,
            weights: Vec::new(),
            validate_on: Vec::new(),
            validation_size: 40_000,
            promises: Some(Promises::default()),
            set_aside: None,
            chosen: false,
            prior: None,
            count_capacity: 1 << 25,
            row_memory: 4 << 30,
        }
    }

    /// Strength of the L2 penalty; chosen by cross-validation if none.
    #[must_use]
    pub fn l2(self, l2: impl Into<Option<f32>>) -> Trainer {
        Trainer { l2: l2.into(), ..self }
    }

    /// Minimum number of comments that an n-gram must occur in; at least 1.
    #[must_use]
    pub fn min_count(self, min_count: u32) -> Trainer {
        Trainer { min_count, ..self }
    }

    /// Maximum number of n-grams to learn from: the minimum number of comments is raised until there are no more.
    #[must_use]
    pub fn max_ngrams(self, max_ngrams: usize) -> Trainer {
        Trainer { max_ngrams, ..self }
    }

    /// Maximum number of n-grams to keep of those learnt, the most important ones, for each script that is learnt; all if none.
    /// Those of the model that it learns [on top of](Trainer::on_top_of) are kept besides.
    #[must_use]
    pub fn prune_to(self, ngrams: impl Into<Option<usize>>) -> Trainer {
        Trainer { prune_to: ngrams.into(), ..self }
    }

    /// Seed of the folds of the cross-validation.
    #[must_use]
    pub fn seed(self, seed: u64) -> Trainer {
        Trainer { seed, ..self }
    }

    /// Weight of the comments of each file of the corpus; 1 in files beyond the end of the list. Finite, greater than 0.
    #[must_use]
    pub fn weights(self, weights: Vec<f32>) -> Trainer {
        Trainer { weights, ..self }
    }

    /// Files of the corpus, by place, that are like the comments the model is meant for, each with the share from 0 to 1
    /// of its comments to validate on; all files in full if empty. Metrics, the strength of the penalty, the calibrator
    /// and the label weights use only these comments; the others contribute n-gram weights only. The label weights use
    /// only the files that count in full, if there are any.
    #[must_use]
    pub fn validate_on(self, files: Vec<(usize, f64)>) -> Trainer {
        Trainer { validate_on: files, ..self }
    }

    /// Number of comments that are enough to validate on: folds are left out in turn until so many were held out.
    #[must_use]
    pub fn validation_size(self, comments: usize) -> Trainer {
        Trainer { validation_size: comments, ..self }
    }

    /// Error bounds of automatic decisions; no thresholds are chosen if none. They are chosen on comments that are
    /// [set aside](Trainer::set_aside).
    #[must_use]
    pub fn promises(self, promises: impl Into<Option<Promises>>) -> Trainer {
        Trainer { promises: promises.into(), ..self }
    }

    /// Share of the comments, from 0 to 1, that nothing is learnt from and that alone choose the thresholds. If none, it is
    /// sized by what can be promised with it: from 15 % to half of the comments, or 0 where no promise can be given.
    #[must_use]
    pub fn set_aside(self, share: impl Into<Option<f64>>) -> Trainer {
        Trainer { set_aside: share.into(), ..self }
    }

    /// True if the comments are no fair sample of all others but were chosen for what they are, as those that were held for being
    /// doubtful. They teach the weights on top of [another model](Trainer::on_top_of) and nothing else: its calibrator and thresholds
    /// stay, and none of them are set aside.
    #[must_use]
    pub fn chosen(self, chosen: bool) -> Trainer {
        Trainer { chosen, ..self }
    }

    /// Model to learn on top of, if any: its weights are the prior that the comments pull away from, and where they are few it
    /// stays as it is. It must have the classes of the corpus; otherwise, or if it has learnt most of the comments itself,
    /// the training starts from nothing and says so in [`Validation::prior`](crate::evaluate::Validation::prior).
    #[must_use]
    pub fn on_top_of(self, model: impl Into<Option<Model>>) -> Trainer {
        Trainer { prior: model.into().map(Arc::new), ..self }
    }

    /// Number of different n-grams counted at a time, of 16 bytes each; if there are more, the texts are read several
    /// times. The model does not depend on it.
    #[must_use]
    pub fn count_capacity(self, ngrams: usize) -> Trainer {
        Trainer { count_capacity: ngrams, ..self }
    }

    /// Maximum size in bytes of the rows in memory; the others go to a temporary file. The model does not depend on it.
    #[must_use]
    pub fn row_memory(self, bytes: u64) -> Trainer {
        Trainer { row_memory: bytes, ..self }
    }
}

impl Trainer {
    /// Trains a model. The same corpus and settings give the same model, bit for bit, in any number of threads.
    ///
    /// # Errors
    /// See [`TrainError`].
    pub fn fit(&self, corpus: &Corpus) -> Result<Trained, TrainError> {
        self.fit_reporting(corpus, &NearDuplicates::find(&corpus.texts), &|_| {})
    }

    /// Trains a model as [`Trainer::fit`], with the near-duplicates of the corpus already found; `progress` is told of
    /// each step.
    ///
    /// # Errors
    /// As [`Trainer::fit`].
    #[cfg(feature = "internal")]
    #[doc(hidden)]
    pub fn fit_with(
        &self,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        progress: &dyn Fn(Progress),
    ) -> Result<Trained, TrainError> {
        self.fit_reporting(corpus, duplicates, progress)
    }

    fn fit_reporting(
        &self,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        progress: &dyn Fn(Progress),
    ) -> Result<Trained, TrainError> {
        let mut trained = self.fit_labels(corpus, duplicates, progress)?;
        trained.learn_kinds(self, corpus, duplicates)?;
        Ok(trained)
    }

    /// Trains a model without the kinds of abuse.
    pub(crate) fn fit_labels(
        &self,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        progress: &dyn Fn(Progress),
    ) -> Result<Trained, TrainError> {
        Start::new(self.prior.as_deref(), self.chosen, corpus, duplicates)?.fit(self, corpus, duplicates, progress)
    }

    /// Trains a model on all comments of a corpus, but for those that are set aside, and chooses its thresholds.
    pub(super) fn fit_part(
        &self,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        progress: &dyn Fn(Progress),
        base: Base,
    ) -> Result<Trained, TrainError> {
        self.check(corpus, duplicates, base)?;
        let mut set_aside = SetAside::choose(self, corpus, duplicates, progress);
        let mut learnt = set_aside.others(corpus.texts.len());
        let mut rest = None;
        if !set_aside.comments.is_empty() {
            let part = (corpus.select(&learnt), duplicates.select(&learnt));
            match self.check(&part.0, &part.1, base) {
                Ok(()) => rest = Some(part),
                Err(error) if self.set_aside.is_some() => return Err(error),
                // A class would have too few comments left.
                Err(_) => {
                    set_aside = SetAside::default();
                    learnt = set_aside.others(corpus.texts.len());
                }
            }
        }
        let (rest, rest_duplicates) = rest.as_ref().map_or((corpus, duplicates), |(rest, of_rest)| (rest, of_rest));
        let mut trained = self.fit_all(rest, rest_duplicates, progress, base)?;
        trained.place_in(&learnt, corpus.texts.len(), &duplicates.group);
        let predicted: Vec<(usize, usize)> = trained.held_out.iter().map(|&(i, score)| (i, score.class)).collect();
        let classifier = Classifier::new(&trained.model).with_familiar(familiar(&trained.planned_on));
        trained.set_aside = classifier.score_all(&corpus.texts, &set_aside.comments);
        let tested_on = trained.tested_on(corpus, duplicates);
        if tested_on.is_empty() {
            trained.choose_thresholds(self.promises, &[], MAX_SHARE);
        } else {
            let share = tested_on.len() as f64 / corpus.texts.len() as f64;
            trained.choose_thresholds(self.promises, &tested_on, share);
            if self.set_aside.is_none() && trained.validation.decides_nothing() {
                // The comments were set aside in vain: learn from them too.
                return self.clone().set_aside(0.0).fit_part(corpus, duplicates, progress, base);
            }
            trained.validation.set_aside = Some(SetAsideFigures {
                comments: tested_on.len(),
                share,
                macro_f1_cost: set_aside.macro_f1_cost(corpus, &predicted),
            });
        }
        if let Some(prior) = base.prior() {
            trained.inherit(prior);
        }
        Ok(trained)
    }

    /// Trains a model on all comments of a corpus; it has no thresholds.
    fn fit_all(
        &self,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        progress: &dyn Fn(Progress),
        base: Base,
    ) -> Result<Trained, TrainError> {
        let fold = self.fold(corpus, duplicates);
        let fit = Fit::new(self, corpus, duplicates, &fold, progress, base);
        let examples = fit.prepare(fold)?;
        let (choosing, others) = fit.parts(&examples)?;
        let refitted = match base.prior() {
            Some(prior) => fit.learn_on_top(&examples, prior, [choosing, others].into_iter().flatten().collect())?,
            None => {
                let validated = fit.cross_validate(&examples, choosing)?;
                fit.refit(&examples, others, validated)?
            }
        };
        fit.assemble(examples, refitted)
    }

    /// Fold, from 0 to 4, that each comment is left out of in cross-validation. Comments that are the same or nearly so
    /// are in one fold; labels are spread evenly.
    pub fn folds(&self, corpus: &Corpus) -> Vec<u8> {
        self.fold(corpus, &NearDuplicates::find(&corpus.texts))
    }

    pub(crate) fn fold(&self, corpus: &Corpus, duplicates: &NearDuplicates) -> Vec<u8> {
        let kind = |i: usize| (!self.validates_on(corpus, i), corpus.labels[i]);
        folds(corpus.texts.len(), &kind, |i| duplicates.group[i], self.seed)
    }

    /// Weight of the comments of a file.
    pub(super) fn weight(&self, file: usize) -> f32 {
        self.weights.get(file).copied().unwrap_or(1.0)
    }

    /// True if a comment is one to validate on.
    pub(crate) fn validates_on(&self, corpus: &Corpus, comment: usize) -> bool {
        let (of, line) = corpus.places[comment];
        let drawn = |share: f64| share >= 1.0 || (mix(self.seed ^ mix(line)) as f64) < share * u64::MAX as f64;
        self.validate_on.is_empty() || self.validate_on.iter().any(|&(file, share)| file == of as usize && drawn(share))
    }

    /// True if a comment is of a file to validate on in full.
    pub(super) fn validates_in_full(&self, corpus: &Corpus, comment: usize) -> bool {
        let of = corpus.places[comment].0 as usize;
        self.validate_on.iter().any(|&(file, share)| file == of && share >= 1.0)
    }

    fn check(&self, corpus: &Corpus, duplicates: &NearDuplicates, base: Base) -> Result<(), TrainError> {
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
        if base.prior().is_some() {
            // The other model knows all classes.
            return Ok(());
        }
        let validated_on = (0..corpus.texts.len()).filter(|&i| self.validates_on(corpus, i));
        for (class, got) in corpus.classes.iter().zip(comments_of_classes(corpus, duplicates, validated_on)) {
            if got < MIN_OF_CLASS {
                let validated = !self.validate_on.is_empty();
                return Err(TrainError::FewOfClass { class: class.clone(), got, validated });
            }
        }
        Ok(())
    }
}

/// Number of different comments of each class alone among `comments`, counted up to [`MIN_OF_CLASS`].
pub(super) fn comments_of_classes(
    corpus: &Corpus,
    duplicates: &NearDuplicates,
    comments: impl Iterator<Item = usize>,
) -> Vec<usize> {
    let mut groups = vec![HashSet::new(); corpus.classes.len()];
    for i in comments {
        // No more than are needed: the sets stay small.
        if let Some(class) = corpus.labels[i].single()
            && groups[class].len() < MIN_OF_CLASS
        {
            groups[class].insert(duplicates.group[i]);
        }
    }
    groups.iter().map(HashSet::len).collect()
}
