//! Errors of reading a corpus.

use std::path::PathBuf;

use crate::io::bad_row::BadRow;
use crate::io::columns::ColumnError;
use crate::io::row_check::short;
use crate::model::label::MAX_CLASSES;

/// Error of reading a corpus.
///
/// ```
/// use naqd::{Corpus, CorpusError};
///
/// let rows = (0..20).map(|n| ("the same comment", format!("label {n}")));
/// assert!(matches!(Corpus::from_rows(rows), Err(CorpusError::TooManyClasses { got: 20, .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// A file cannot be opened or read.
    #[error("{}: {error}", file.display())]
    Io {
        /// Path of the file.
        file: PathBuf,
        /// Error of the system.
        error: std::io::Error,
    },
    /// A file is empty.
    #[error("{}: empty: expected a line with the names of the columns, then one comment a row", file.display())]
    Empty {
        /// Path of the file.
        file: PathBuf,
    },
    /// A file has no text or no label column.
    #[error("{}:1: {error}", file.display())]
    Column {
        /// Path of the file.
        file: PathBuf,
        /// Column that is missing, the names looked for and those of the file.
        error: ColumnError,
    },
    /// A file is not in the encoding it was read in.
    #[error("{}:{line}: not valid UTF-8", file.display())]
    Encoding {
        /// Path of the file.
        file: PathBuf,
        /// Number of the first line with a wrong byte.
        line: u64,
    },
    /// There are more classes than a model can have.
    #[error(
        "{got} different labels ({examples}, ...), at most {MAX_CLASSES} are possible: is {} the label column?",
        short(column)
    )]
    TooManyClasses {
        /// Number of classes.
        got: usize,
        /// Some of them.
        examples: String,
        /// Name of the column they were read from.
        column: String,
    },
    /// A label is none of a model's.
    #[error("label {label:?}: the model knows {classes}")]
    UnknownLabel {
        /// Name of the label.
        label: String,
        /// Names of the classes of the model.
        classes: String,
    },
    /// A row cannot be used, and the caller wants none of that kind.
    #[error("{0}")]
    BadRow(BadRow),
}
