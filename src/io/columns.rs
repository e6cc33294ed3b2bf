//! Columns, encodings and delimiters by their names.

#[cfg(feature = "internal")]
use encoding_rs::Encoding;

use super::csv::{quoted, short};

/// Most columns of a CSV file, as many as a spreadsheet has. Every row that is written has all of them:
/// without a bound, a long header and a few short rows would become terabytes.
pub const MAX_COLUMNS: usize = 16_384;

/// Encoding by its name, as the WHATWG Encoding Standard has them ("windows-1256", "utf-16le", "latin1").
///
/// # Errors
/// There is none; the sentence has examples.
#[cfg(feature = "internal")]
pub fn encoding(name: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label(name.trim().as_bytes()).ok_or_else(|| {
        "unknown encoding; known are utf-8, utf-16le, utf-16be, windows-1256 (Arabic), windows-1252 (Western) and \
         the other names of the WHATWG Encoding Standard"
            .to_owned()
    })
}

/// Delimiter by its name: a single character, or `tab`.
///
/// # Errors
/// It is neither; the sentence says what is expected.
#[cfg(feature = "internal")]
pub fn delimiter(name: &str) -> Result<u8, String> {
    match name {
        "tab" | "\\t" | "\t" => Ok(b'\t'),
        _ if name.len() == 1 && !name.starts_with(['"', '\r', '\n']) => Ok(name.as_bytes()[0]),
        _ => Err("expected one ASCII character, or tab".to_owned()),
    }
}

/// Column that a program looks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    /// The comments.
    Text,
    /// Their labels.
    Label,
    /// Their kinds of abuse.
    Kinds,
}

impl Column {
    /// Names that it usually has, best first.
    fn usual_names(self) -> &'static [&'static str] {
        match self {
            Column::Text => &TEXT_COLUMNS,
            Column::Label => &LABEL_COLUMNS,
            Column::Kinds => &["kinds"],
        }
    }
}

/// Reason why a column is not found.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ColumnError {
    /// A header with more than [`MAX_COLUMNS`] columns.
    #[error("{0} columns, at most {MAX_COLUMNS} are read: is it a CSV file?")]
    TooMany(usize),
    /// No column with the name.
    #[error("no column {expected}; the columns are {found}")]
    Missing {
        /// The column.
        column: Column,
        /// Its name, or its usual names.
        expected: String,
        /// Columns of the header.
        found: String,
    },
}

/// Index of a column: the one called `wanted`, or else the first that has one of the usual names (in any case, without
/// the spaces around it).
///
/// # Errors
/// There is none, or there are too many columns.
pub fn find_column(header: &csv::ByteRecord, column: Column, wanted: Option<&str>) -> Result<usize, ColumnError> {
    if header.len() > MAX_COLUMNS {
        return Err(ColumnError::TooMany(header.len()));
    }
    let names = names(header);
    let called = |name: &str| names.iter().position(|column| column.to_lowercase() == name.to_lowercase());
    let found = match wanted {
        Some(name) => names.iter().position(|column| column == name).or_else(|| called(name)),
        None => column.usual_names().iter().find_map(|name| called(name)),
    };
    found.ok_or_else(|| ColumnError::Missing {
        column,
        expected: wanted.map_or_else(|| usual(column), short),
        found: quoted(&names),
    })
}

/// Column of one of several files: the one called `wanted` or, in a file that has none, one of the usual names; with it
/// the error that no column is called `wanted`, which stands if that is so in every file.
///
/// # Errors
/// There is none of either, or there are too many columns.
#[cfg(feature = "train")]
pub fn find_column_of_several(
    header: &csv::ByteRecord,
    column: Column,
    wanted: &str,
) -> Result<(usize, Option<ColumnError>), ColumnError> {
    let missing = |expected| ColumnError::Missing { column, expected, found: quoted(&names(header)) };
    let wanted_there = match find_column(header, column, Some(wanted)) {
        Err(ColumnError::Missing { .. }) => None,
        found => Some(found?),
    };
    match wanted_there.map_or_else(|| find_column(header, column, None), Ok) {
        Ok(place) if wanted_there.is_some() => Ok((place, None)),
        Ok(place) => Ok((place, Some(missing(format!("{}, nor in any other of the files", short(wanted)))))),
        Err(_) => Err(missing(format!("{}, nor {}", short(wanted), usual(column)))),
    }
}

/// Names of the columns of a header, without the spaces around them.
fn names(header: &csv::ByteRecord) -> Vec<String> {
    header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect()
}

fn usual(column: Column) -> String {
    format!("one of {}", column.usual_names().join(", "))
}

/// Names of text columns, best first.
pub const TEXT_COLUMNS: [&str; 5] = ["text", "comment", "body", "content", "message"];

/// Names of label columns, best first.
pub const LABEL_COLUMNS: [&str; 3] = ["label", "class", "category"];
