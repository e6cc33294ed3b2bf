//! Why there is no model.

use crate::train::trainer::LEAST_OF_CLASS;

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
        "class {class} has {got} different comments of its own{}(repeats and labels with alternatives do not \
         count), at least {LEAST_OF_CLASS} are needed: add some, leave its rows out with --labels, or rename it with \
         --map",
        if *judged { " to be judged by " } else { " " }
    )]
    FewOfClass {
        /// The class.
        class: String,
        /// How many.
        got: usize,
        /// Whether only some of the files count.
        judged: bool,
    },
    /// Nothing to learn with.
    #[error("no n-gram stands in {least} comments or more: add comments, lower --least or raise --most-ngrams")]
    NoNgrams {
        /// The bound.
        least: u32,
    },
    /// A file that counts nothing, or less.
    #[error("weight {got} of {file}: expected a number greater than 0")]
    Weight {
        /// The file.
        file: String,
        /// Its weight.
        got: String,
    },
    /// The rows did not fit the memory allowed, nor the disk.
    #[error("temporary file in {}: {what}", std::env::temp_dir().display())]
    TemporaryFile {
        /// What the system says.
        what: String,
    },
}
