//! Rows that cannot be used.

use std::fmt;
use std::path::PathBuf;

/// Row that cannot be used.
///
/// ```
/// use naqd::BadRow;
///
/// let row = BadRow { file: "comments.csv".into(), line: 7, what: "column \"text\": empty".to_owned() };
/// assert_eq!(row.to_string(), "comments.csv:7: column \"text\": empty");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BadRow {
    /// File.
    pub file: PathBuf,
    /// Line on which the row begins, from 1.
    pub line: u64,
    /// Sentence that says what is wrong, with the value found and what was expected.
    pub what: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}
