//! Hints: the option of the command line that helps against an error of the library.

use std::error::Error;

use naqd::internal::io::{Column, ColumnError};
use naqd::{CorpusError, RulesError, TrainError};

/// Name of the program that this is compiled into; in the Python module that of its package.
pub const PROGRAM: &str = match option_env!("CARGO_BIN_NAME") {
    Some(name) => name,
    None => env!("CARGO_PKG_NAME"),
};

/// Hint for a file that is not UTF-8.
const ENCODING: &str = "name the encoding, such as --encoding windows-1256 or utf-16le";

/// Message of an error, with a hint if there is one.
pub fn with_hint(error: &(dyn Error + 'static)) -> String {
    let of_corpus = || error.downcast_ref().and_then(of_corpus);
    let of_training = || error.downcast_ref().and_then(of_training);
    let of_rules = || error.downcast_ref().and_then(of_rules);
    match of_corpus().or_else(of_training).or_else(of_rules) {
        Some(hint) => {
            let error = error.to_string();
            let separator = if error.ends_with('?') { " " } else { ": " };
            error + separator + &hint
        }
        None => error.to_string(),
    }
}

/// Hint for an error in labelled comments.
fn of_corpus(error: &CorpusError) -> Option<String> {
    // naqd-score reads labelled comments without the option --labels.
    let or_labels = |what: &str| if PROGRAM == "naqd-score" { String::new() } else { format!(", {what} --labels") };
    match error {
        CorpusError::Column { error: ColumnError::TooMany(_), .. } => {
            Some("name another delimiter with --delimiter".to_owned())
        }
        CorpusError::Column { error: ColumnError::Missing { column, .. }, .. } => Some(format!(
            "name the column with {}, or the delimiter with --delimiter if these are no columns",
            match column {
                Column::Text => "--text-column",
                Column::Label => "--label-column",
                Column::Kinds => "--kinds-column",
            }
        )),
        CorpusError::Encoding { .. } => Some(ENCODING.to_owned()),
        CorpusError::TooManyClasses { .. } => {
            Some(format!("name the label column with --label-column{}", or_labels("or the labels to expect with")))
        }
        CorpusError::UnknownLabel { label, .. } => {
            Some(format!("rename the label with --map {label}=CLASS, or leave its rows out with --map {label}="))
        }
        _ => None,
    }
}

/// Hint for an error of training.
fn of_training(error: &TrainError) -> Option<String> {
    match error {
        TrainError::FewOfClass { .. } => Some(
            "add comments of the class, rename its label with --map LABEL=CLASS, or leave its rows out with --map LABEL="
                .to_owned(),
        ),
        TrainError::NoNgrams { .. } if PROGRAM == "naqd-train" => {
            Some("add comments, lower --min-count or raise --max-ngrams".to_owned())
        }
        TrainError::NoNgrams { .. } => Some("add comments".to_owned()),
        _ => None,
    }
}

/// Hint for an error in the house rules.
fn of_rules(error: &RulesError) -> Option<String> {
    matches!(error, RulesError::Encoding { .. }).then(|| ENCODING.to_owned())
}
