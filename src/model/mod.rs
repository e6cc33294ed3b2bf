//! A model: what was learnt, as plain data. It scores nothing; [`crate::Classifier`] is compiled from it.

pub(crate) mod format;
pub(crate) mod known_words;
pub(crate) mod label;
pub(crate) mod layer;
pub(crate) mod score;
pub(crate) mod triage;

use crate::model::format::ModelError;
use crate::model::known_words::KnownWords;
use crate::model::layer::Calibrator;
use crate::model::triage::Triage;
use std::io::Read;
use std::path::Path;

/// What was learnt from a corpus.
#[derive(Clone, PartialEq, Debug)]
pub struct Model {
    /// Names of the classes, in the order of all weights and probabilities; 2 to
    /// [`MAX_CLASSES`](crate::model::label::MAX_CLASSES). Classes that the corpus never told apart are one class,
    /// named with `|` between them.
    pub classes: Vec<String>,
    /// The sparse layer: weights of n-grams.
    pub evidence: Evidence,
    /// The n-gram behind each hash of the evidence, as [`Parts`](crate::ngrams::sink::Parts) writes it.
    pub ngrams: Ngrams,
    /// All words of the comments that it has learnt from.
    pub seen: KnownWords,
    /// The dense layer.
    pub verdict: Calibrator,
    /// How it was trained.
    pub training: Training,
    /// Thresholds that decide what becomes of a comment, if the model has any.
    pub triage: Option<Triage>,
}

/// The n-grams of a model: one text, so that a model of a hundred thousand is read at once.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Ngrams {
    /// One a line.
    lines: String,
    len: usize,
}

impl Ngrams {
    /// The n-grams in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.lines.split('\n').take(self.len)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// One a line.
    pub(crate) fn lines(&self) -> &str {
        &self.lines
    }

    /// From one a line.
    pub(crate) fn from_lines(lines: String) -> Ngrams {
        let len = if lines.is_empty() { 0 } else { memchr::memchr_iter(b'\n', lines.as_bytes()).count() + 1 };
        Ngrams { lines, len }
    }
}

impl<S: AsRef<str>> FromIterator<S> for Ngrams {
    /// None of them contains a line end.
    fn from_iter<I: IntoIterator<Item = S>>(ngrams: I) -> Ngrams {
        let mut lines = String::new();
        let mut len = 0;
        for ngram in ngrams {
            if len > 0 {
                lines.push('\n');
            }
            lines.push_str(ngram.as_ref());
            len += 1;
        }
        Ngrams { lines, len }
    }
}

/// The sparse layer: for every n-gram it knows, an integer weight for each class.
#[derive(Clone, PartialEq, Debug)]
pub struct Evidence {
    /// Hashes of the n-grams, ascending.
    pub hashes: Vec<u64>,
    /// Weights, `[n-gram][class]`, in units of `step`; idf and naive-Bayes scale multiplied in.
    pub weights: Vec<i16>,
    /// Log-odds that one unit of a weight is worth, before the division by sqrt(number of n-grams).
    pub step: f32,
    /// Log-odds of each class of a comment without n-grams.
    pub bias: Vec<f32>,
}

/// How a model was trained: enough to do it again.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Version of the program.
    pub naqd: String,
    /// Comments learnt from.
    pub comments: u64,
    /// Strength of the L2 penalty of the sparse layer.
    pub l2: f32,
    /// Least number of comments an n-gram had to stand in, raised if there were too many.
    pub least: u32,
    /// Seed of the folds.
    pub seed: u64,
    /// Most n-grams that could be learnt from; 0 in models that know no such bound.
    #[serde(default)]
    pub most_ngrams: u64,
    /// Files whose comments did not count once, and what each counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<(String, f32)>,
    /// Most n-grams that could be kept after training; all if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<usize>,
    /// Files whose comments the model was judged by, and what share of them; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judged_by: Vec<(String, f64)>,
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

    /// The bytes of the model file.
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

    /// The model that is compiled into the program, trained on the comments of this repository.
    pub fn shipped() -> Model {
        Model::from_bytes(include_bytes!("../../models/default.naqd")).expect("the shipped model is tested")
    }
}
