//! Model: weights, calibrator, thresholds and known words as plain data, and their file. A [`crate::Classifier`] is
//! compiled from it for scoring.

pub(crate) mod by_script;
pub(crate) mod classes;
pub(crate) mod format;
pub(crate) mod kinds;
pub(crate) mod known_words;
pub(crate) mod label;
pub(crate) mod layer;
pub(crate) mod learnt_comments;
pub(crate) mod ngrams;
pub(crate) mod score;
pub(crate) mod training;
pub(crate) mod triage;

use crate::model::by_script::ByScript;
use crate::model::classes::Classes;
use crate::model::format::ModelError;
use crate::model::kinds::Kinds;
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
    /// Experts: one for all comments, or one for each script.
    pub(crate) experts: ByScript<Expert>,
    /// Settings of the training.
    pub(crate) training: Training,
    /// Comments that it has learnt from.
    pub(crate) learnt_comments: LearntComments,
}

/// Expert: what a model knows of comments of one script, Arabic or any other. The n-grams of two experts are in one table,
/// since hardly any word is of both scripts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expert {
    /// Log-odds of each class of a comment without n-grams.
    pub bias: Vec<f32>,
    /// Dense layer: from the signals of a comment to its probabilities.
    pub calibrator: Calibrator,
    /// Thresholds of automatic decisions, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Triage>,
    /// Kinds of abuse that it tells apart, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Kinds>,
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
        format::read(bytes, format::Copied)
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
        crate::io::atomic::replace(path.as_ref(), &bytes, crate::io::atomic::Access::Umask)?;
        Ok(bytes.len() as u64)
    }

    /// Model that is compiled into the program, trained on the comments of this repository.
    pub fn shipped() -> Model {
        /// Bytes aligned for the widest numbers of the file, `u64`.
        #[repr(C, align(8))]
        struct Aligned<B: ?Sized>(B);
        static FILE: &Aligned<[u8]> = &Aligned(*include_bytes!("../../models/default.naqd"));
        format::read(&FILE.0, format::Borrowed).expect("the shipped model is tested")
    }

    /// Classes, in the order of all weights and probabilities.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// Thresholds for comments in Arabic, or for others, and what they rest on.
    #[doc(hidden)]
    pub fn triage(&self, arabic: bool) -> Option<&Triage> {
        self.experts.of(arabic).triage.as_ref()
    }

    /// Thresholds of automatic decisions on comments in Arabic, or on others; none if the model has none for them.
    pub fn thresholds(&self, arabic: bool) -> Option<Thresholds> {
        self.triage(arabic).map(|triage| triage.thresholds)
    }

    /// Error bounds that these thresholds were chosen to keep.
    pub fn promises(&self, arabic: bool) -> Option<Promises> {
        self.triage(arabic).map(|triage| triage.promises)
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

    pub fn experts(&self) -> &ByScript<Expert> {
        &self.experts
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
            experts: &mut self.experts,
            training: &mut self.training,
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
    pub experts: &'m mut ByScript<Expert>,
    pub training: &'m mut Training,
}
