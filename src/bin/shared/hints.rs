//! Hints: the options that help with an error of the library, which knows of none.

use naqd::internal::io::{Column, ColumnError};
use naqd::{CorpusError, RulesError};

/// Hint on a file in another encoding.
pub const ENCODING: &str = ": name the encoding, such as --encoding windows-1256 or utf-16le";

/// Hint on a column that is not found.
pub fn of_column(error: &ColumnError) -> &'static str {
    match error {
        ColumnError::TooMany(_) => " name another delimiter with --delimiter",
        ColumnError::Missing { column: Column::Text, .. } => ": name one with --text-column",
        ColumnError::Missing { column: Column::Label, .. } => ": name one with --label-column",
    }
}

/// Hint on labelled comments that cannot be read; empty if there is none.
pub fn of_corpus(error: &CorpusError) -> &'static str {
    match error {
        CorpusError::Encoding { .. } => ENCODING,
        CorpusError::Column { error, .. } => of_column(error),
        _ => "",
    }
}

/// Hint on house rules that cannot be read; empty if there is none.
#[allow(dead_code)] // of those that share this file only naqd-score reads rules
pub fn of_rules(error: &RulesError) -> &'static str {
    match error {
        RulesError::Encoding { .. } => ENCODING,
        _ => "",
    }
}
