//! Errors of training.

use crate::train::trainer::MIN_OF_CLASS;

/// Error of training: there is no model.
///
/// ```
/// use naqd::{Corpus, TrainError, Trainer};
///
/// let corpus = Corpus::from_rows([("thank you", "neutral")])?;
/// let error = Trainer::new().fit(&corpus).unwrap_err();
/// assert_eq!(error, TrainError::OneClass { class: "neutral".to_owned() });
/// # Ok::<(), naqd::CorpusError>(())
/// ```
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum TrainError {
    /// The corpus is empty.
    #[error("no comments to learn from: at least {MIN_OF_CLASS} of each of two classes are needed")]
    Empty,
    /// There is only one class.
    #[error("all comments are of one class, {class}: at least two classes are needed")]
    OneClass {
        /// Name of that class.
        class: String,
    },
    /// There are too few comments of a class.
    #[error(
        "class {class} has {got} different comments of its own{}(repeats and labels with alternatives do not \
         count), at least {MIN_OF_CLASS} are needed",
        if *validated { " to validate on " } else { " " }
    )]
    FewOfClass {
        /// Name of the class.
        class: String,
        /// Number of its comments.
        got: usize,
        /// True if only the comments of the files to validate on count.
        validated: bool,
    },
    /// There are too few comments to learn on top of another model.
    #[error(
        "too few comments to learn from: {got} that the other model has not learnt, at least {needed} of one script are \
         needed, {kinds} of them abusive and {kinds} not"
    )]
    FewComments {
        /// Number of comments.
        got: usize,
        /// Number needed in one script.
        needed: usize,
        /// Number needed of either kind.
        kinds: usize,
    },
    /// Comments that were chosen for what they are teach nothing but the weights, and there is no model to learn on top of.
    #[error(
        "chosen comments cannot be learnt from alone: they need a model to learn on top of, with the classes of these labels"
    )]
    OnlyChosen,
    /// No n-gram occurs in enough comments.
    #[error("no n-gram occurs in {min_count} comments or more")]
    NoNgrams {
        /// Minimum number of comments, as asked or raised because there were too many n-grams.
        min_count: u32,
    },
    /// The weight of a file is not greater than 0.
    #[error("weight {got} of {file}: expected a number greater than 0")]
    Weight {
        /// Path of the file.
        file: String,
        /// Weight of the file.
        got: String,
    },
    /// The temporary file for rows beyond the memory allowed failed.
    #[error("temporary file in {}: {what}", std::env::temp_dir().display())]
    TemporaryFile {
        /// Error of the system.
        what: String,
    },
}

impl From<std::io::Error> for TrainError {
    fn from(error: std::io::Error) -> Self {
        TrainError::TemporaryFile { what: error.to_string() }
    }
}
