//! Columns, encodings and delimiters by their names.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

#[cfg(feature = "internal")]
use encoding_rs::Encoding;

use super::column_names::{
    DECISION_NAMES, LABEL_COLUMNS, LABEL_NAMES, MORE_TEXT_NAMES, OTHER_NAMES, TEXT_COLUMNS, TEXT_NAMES,
};
use super::damage::repair;
use super::header::has_names;
use super::row_check::{quoted, short};

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
    /// Names that it usually has, folded, best first. Those of the second list are its names only where there is none of
    /// the first: columns of other things are called so as well.
    fn usual_names(self) -> [&'static [&'static str]; 2] {
        match self {
            Column::Text => [&TEXT_NAMES, &MORE_TEXT_NAMES],
            Column::Label => [&LABEL_NAMES, &DECISION_NAMES],
            Column::Kinds => [&["kinds"], &[]],
        }
    }
}

/// A name of a column without what differs between exports: case, spaces, signs, diacritics, forms of a letter.
fn fold(name: &str) -> String {
    let letter = |c: char| match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' => 'ي',
        'ة' => 'ه',
        other => other,
    };
    // Signs of hamza and the like are marks of their own then.
    let letters = without_note(name).nfkd().filter(|c| c.is_alphanumeric() && !is_combining_mark(*c) && *c != 'ـ');
    letters.flat_map(char::to_lowercase).map(letter).collect()
}

/// A name without the note in brackets: `Comment (required)`, `text [en]`.
fn without_note(name: &str) -> &str {
    let note = name.find(['(', '[']).filter(|&at| at > 0 && name.trim_end().ends_with([')', ']']));
    &name[..note.unwrap_or(name.len())]
}

/// Reason why a column is not found.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ColumnError {
    /// A header with more than [`MAX_COLUMNS`] columns.
    #[error("{0} columns, at most {MAX_COLUMNS} are read: is it a CSV file?")]
    TooMany(usize),
    /// No column with the name.
    #[error("no column {expected}; {found}")]
    Missing {
        /// The column.
        column: Column,
        /// Its name, or its usual names.
        expected: String,
        /// Part of a sentence about the columns of the header.
        found: String,
    },
}

/// Index of a column: the one called `wanted`, or else the first that has one of the usual names. Names are compared
/// without case, spaces, signs and diacritics, unless one is the same as it stands.
///
/// # Errors
/// There is none, or there are too many columns.
pub fn find_column(header: &csv::ByteRecord, column: Column, wanted: Option<&str>) -> Result<usize, ColumnError> {
    if header.len() > MAX_COLUMNS {
        return Err(ColumnError::TooMany(header.len()));
    }
    candidates(header, column, wanted).first().copied().ok_or_else(|| ColumnError::Missing {
        column,
        expected: wanted.map_or_else(|| usual(column), short),
        found: found(header),
    })
}

/// Places of the other columns that could be meant as well as the one at `place`.
pub fn other_columns(header: &csv::ByteRecord, column: Column, wanted: Option<&str>, place: usize) -> Vec<usize> {
    candidates(header, column, wanted).into_iter().filter(|other| *other != place).collect()
}

/// True if a row has the names of the columns: the one called `wanted`, or else one of the usual names for the comments. A number
/// is no name: any row would have it.
pub fn is_header(row: &csv::ByteRecord, wanted: Option<&str>) -> bool {
    match wanted {
        Some(wanted) if row.len() <= MAX_COLUMNS && !called(&names(row), wanted).is_empty() => true,
        Some(wanted) if number(wanted).is_none() => false,
        _ => find_column(row, Column::Text, None).is_ok(),
    }
}

/// Columns that say what was decided, best first.
#[cfg(feature = "train")]
pub fn decision_columns(header: &csv::ByteRecord) -> Vec<usize> {
    let folded: Vec<String> = names(header).iter().map(|name| fold(name)).collect();
    let places = DECISION_NAMES.iter().flat_map(|usual| (0..folded.len()).filter(|&place| folded[place] == *usual));
    places.collect()
}

/// Place that a number means, from 1.
fn number(wanted: &str) -> Option<usize> {
    wanted.parse::<usize>().ok()?.checked_sub(1)
}

/// Places of the columns with a name, as it stands, or without case, or folded.
fn called(names: &[String], wanted: &str) -> Vec<usize> {
    let called = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        names.iter().enumerate().filter(|(_, name)| is(name)).map(|(place, _)| place).collect()
    };
    let lower = wanted.to_lowercase();
    let same = called(&|name| name == wanted);
    let same = if same.is_empty() { called(&|name| name.to_lowercase() == lower) } else { same };
    let wanted = fold(wanted);
    if same.is_empty() && !wanted.is_empty() { called(&|name| fold(name) == wanted) } else { same }
}

/// Indices of the columns that could be meant, best first; by names that are mojibake where there is none by others.
fn candidates(header: &csv::ByteRecord, column: Column, wanted: Option<&str>) -> Vec<usize> {
    let names = names(header);
    let found = candidates_of(&names, column, wanted);
    if !found.is_empty() {
        return found;
    }
    repaired(&names).map_or(found, |names| candidates_of(&names, column, wanted))
}

/// Names of which some were mojibake, as they were written; none if none were.
fn repaired(names: &[String]) -> Option<Vec<String>> {
    let repaired: Vec<Option<String>> = names.iter().map(|name| repair(name)).collect();
    let is_any = repaired.iter().any(Option::is_some);
    let name =
        |(name, repaired): (&String, Option<String>)| repaired.map_or(name.clone(), |name| bare(&name).to_owned());
    is_any.then(|| names.iter().zip(repaired).map(name).collect())
}

fn candidates_of(names: &[String], column: Column, wanted: Option<&str>) -> Vec<usize> {
    let Some(wanted) = wanted else {
        let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
        // `Comment` before `Comment (translated)`.
        let noted: Vec<bool> = names.iter().map(|name| without_note(name) != name).collect();
        let of = |usual: &[&str], names: &[String]| -> Vec<usize> {
            let mut places: Vec<(usize, bool, usize)> = (0..names.len())
                .filter_map(|place| Some((usual.iter().position(|name| *name == names[place])?, noted[place], place)))
                .collect();
            places.sort_unstable();
            places.into_iter().map(|(_, _, place)| place).collect()
        };
        // Of a name with a path, as flattened JSON has it, its end counts: `snippet.textOriginal`.
        let ends: Vec<String> = names.iter().map(|name| fold(name.rsplit(['.', '/']).next().unwrap_or(name))).collect();
        let usual = column.usual_names();
        let of_all = [(usual[0], &folded), (usual[1], &folded), (usual[0], &ends)];
        let mut found = of_all.iter().map(|(usual, names)| of(usual, names));
        return found.find(|found| !found.is_empty()).unwrap_or_default();
    };
    let found = called(names, wanted);
    let numbered = || number(wanted).filter(|place| *place < names.len()).into_iter().collect();
    if found.is_empty() { numbered() } else { found }
}

/// True if a label column of this name says what was decided, rather than what a comment is.
#[cfg(feature = "train")]
pub fn is_decision(name: &[u8]) -> bool {
    let name = fold(&String::from_utf8_lossy(name));
    DECISION_NAMES.contains(&&*name)
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
    let missing = |expected| ColumnError::Missing { column, expected, found: found(header) };
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

/// Place of the column of weights, if there is one.
pub fn find_weight(header: &csv::ByteRecord) -> Option<usize> {
    header.iter().position(|name| name.trim_ascii().eq_ignore_ascii_case(b"weight"))
}

/// Part of a sentence about the columns of a header. A first line that is no header is a comment, and no comment stands in a
/// message.
fn found(header: &csv::ByteRecord) -> String {
    let names = names(header);
    let (names, damage) = match repaired(&names) {
        Some(names) => (names, " (these names are mojibake in the file: --repair-mojibake)"),
        None => (names, ""),
    };
    // A comment has more words, and signs of sentences.
    let is_short = |name: &String| {
        name.chars().count() <= 40
            && name.split_whitespace().count() <= 4
            && !name.contains(['.', ',', ';', '!', '?', '،', '؛', '؟', '\n', '\u{85}', '\u{2028}', '\u{2029}'])
    };
    let is_word = |name: &String| !name.is_empty() && !name.contains(char::is_whitespace);
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let is_known = |name: &String| {
        let of = [Column::Text, Column::Label, Column::Kinds].map(Column::usual_names);
        OTHER_NAMES.contains(&&**name) || of.iter().flatten().any(|usual| usual.contains(&&**name))
    };
    let is_header = has_names(header)
        && names.iter().all(is_short)
        && (folded.iter().any(is_known) || names.len() > 1 && names.iter().all(is_word));
    match names.len() {
        _ if is_header => format!("the columns are {}{damage}", quoted(&names)),
        1 => "the first line has one column, with another name".to_owned(),
        number => format!("the first line has {number} columns, with other names"),
    }
}

/// Names of the columns of a header, without the spaces and byte order marks around them.
fn names(header: &csv::ByteRecord) -> Vec<String> {
    header.iter().map(|name| bare(&String::from_utf8_lossy(name)).to_owned()).collect()
}

fn bare(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}')
}

fn usual(column: Column) -> String {
    let names: &[&str] = match column {
        Column::Text => &TEXT_COLUMNS,
        Column::Label => &LABEL_COLUMNS,
        Column::Kinds => &["kinds"],
    };
    format!("one of {}", names.join(", "))
}

/// The best of the names of a JSON object for a text field, if it has one of the usual names. The most usual are looked for as they are, all others without case, spaces, signs and diacritics.
pub fn text_field<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let most_usual = TEXT_COLUMNS.iter().find_map(|usual| names.clone().find(|name| name == usual));
    most_usual.or_else(|| {
        let folded: Vec<(String, &str)> =
            names.filter(|name| name.len() <= 64).map(|name| (fold(name), name)).collect();
        let of = |usual: &&[&str]| usual.iter().find_map(|usual| folded.iter().find(|(name, _)| name == usual));
        Column::Text.usual_names().iter().find_map(of).map(|(_, name)| *name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_folded() {
        let usual = [Column::Text, Column::Label, Column::Kinds].map(Column::usual_names);
        for name in usual.into_iter().flatten().flatten().chain(&OTHER_NAMES) {
            assert_eq!(fold(name), **name);
        }
        assert_eq!(fold("Comment (required)"), "comment");
        assert_eq!(fold("(comment)"), "comment");
    }
}
