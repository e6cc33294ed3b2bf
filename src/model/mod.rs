//! Model: weights, calibrator, thresholds and known words as plain data, and their file. A [`crate::Classifier`] is
//! compiled from it for scoring.

pub(crate) mod classes;
pub(crate) mod format;
pub(crate) mod known_words;
pub(crate) mod label;
pub(crate) mod layer;
pub(crate) mod learnt_comments;
pub(crate) mod ngrams;
pub(crate) mod score;
pub(crate) mod training;
pub(crate) mod triage;

use crate::model::classes::Classes;
use crate::model::format::ModelError;
use crate::model::known_words::KnownWords;
use crate::model::layer::Calibrator;
use crate::model::learnt_comments::LearntComments;
use crate::model::ngrams::{Ngrams, Weights};
use crate::model::training::Training;
use crate::model::triage::{Thresholds, Triage};
use crate::stats::Promises;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Model: what was learnt from a corpus.
///
/// ```
/// use naqd::{Classifier, Model};
///
/// let model = Model::shipped();
/// assert_eq!(model.classes().names(), ["abusive", "critical", "neutral"]);
/// let copy = Model::from_bytes(&model.to_bytes())?;
/// assert_eq!(Classifier::new(&copy).classify("thank you for this").label(), "neutral");
/// # Ok::<(), naqd::ModelError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Model {
    /// Classes, 2 to [`MAX_CLASSES`](crate::model::label::MAX_CLASSES).
    pub(crate) classes: Arc<Classes>,
    /// Sparse layer: weights of n-grams.
    pub(crate) weights: Weights,
    /// N-gram behind each hash of the weights, as [`Parts`](crate::ngrams::sink::Parts) writes it.
    pub(crate) ngrams: Ngrams,
    /// All words of the comments that it has learnt from.
    pub(crate) known_words: KnownWords,
    /// Dense layer: from the signals of a comment to its probabilities.
    pub(crate) calibrator: Calibrator,
    /// Settings of the training.
    pub(crate) training: Training,
    /// Thresholds of automatic decisions, if the model has any.
    pub(crate) triage: Option<Triage>,
    /// What it keeps of the model that it learnt on top of, for a script in which it learnt nothing.
    pub(crate) kept: Option<Kept>,
    /// Comments that it has learnt from.
    pub(crate) learnt_comments: LearntComments,
}

/// Part of the model that another one learnt on top of: it calibrates and decides on the comments of a script of which the
/// other had none to learn from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// True if it is for comments whose letters are mostly Arabic, false if for all others.
    pub arabic: bool,
    /// Calibrator of these comments.
    pub calibrator: Calibrator,
    /// Thresholds of automatic decisions on them, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Triage>,
}

impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// The file cannot be read, is damaged, or was written for other versions of format or normaliser.
    pub fn open(path: impl AsRef<Path>) -> Result<Model, ModelError> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(format::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Model::from_bytes(&bytes)
    }

    /// Reads a model from the bytes of a model file.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Model, ModelError> {
        format::read(bytes)
    }

    /// Bytes of the model file.
    pub fn to_bytes(&self) -> Vec<u8> {
        format::write(self)
    }

    /// Writes the model file: to a temporary file beside it, then renamed, so that a reader sees the old or
    /// the new one and never a part. Returns its size in bytes.
    ///
    /// # Errors
    /// The file cannot be written.
    #[cfg(feature = "train")]
    pub fn save(&self, path: impl AsRef<Path>) -> std::io::Result<u64> {
        let bytes = self.to_bytes();
        crate::io::atomic::replace(path.as_ref(), &bytes)?;
        Ok(bytes.len() as u64)
    }

    /// Model that is compiled into the program, trained on the comments of this repository.
    pub fn shipped() -> Model {
        Model::from_bytes(include_bytes!("../../models/default.naqd")).expect("the shipped model is tested")
    }

    /// Classes, in the order of all weights and probabilities.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// Thresholds of automatic decisions, if the model has any.
    pub fn thresholds(&self) -> Option<Thresholds> {
        self.triage.as_ref().map(|triage| triage.thresholds)
    }

    /// Error bounds that the thresholds were chosen to keep.
    pub fn promises(&self) -> Option<Promises> {
        self.triage.as_ref().map(|triage| triage.promises)
    }
}

/// Parts of a model that are not of the public face.
#[cfg(feature = "internal")]
#[doc(hidden)]
impl Model {
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    pub fn ngrams(&self) -> &Ngrams {
        &self.ngrams
    }

    pub fn training(&self) -> &Training {
        &self.training
    }

    pub fn triage(&self) -> Option<&Triage> {
        self.triage.as_ref()
    }

    pub fn kept(&self) -> Option<&Kept> {
        self.kept.as_ref()
    }

    pub fn learnt_comments(&self) -> &LearntComments {
        &self.learnt_comments
    }

    /// Replaces the comments that it has learnt from.
    #[cfg(feature = "train")]
    pub fn set_learnt_comments(&mut self, comments: LearntComments) {
        self.learnt_comments = comments;
    }

    pub fn parts_mut(&mut self) -> Parts<'_> {
        Parts {
            classes: Arc::make_mut(&mut self.classes),
            weights: &mut self.weights,
            ngrams: &mut self.ngrams,
            calibrator: &mut self.calibrator,
            training: &mut self.training,
            triage: &mut self.triage,
        }
    }
}

/// Parts of a model, to be changed.
#[cfg(feature = "internal")]
#[doc(hidden)]
#[allow(missing_docs)]
pub struct Parts<'m> {
    pub classes: &'m mut Classes,
    pub weights: &'m mut Weights,
    pub ngrams: &'m mut Ngrams,
    pub calibrator: &'m mut Calibrator,
    pub training: &'m mut Training,
    pub triage: &'m mut Option<Triage>,
}
