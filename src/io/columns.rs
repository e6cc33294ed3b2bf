//! Columns, encodings and delimiters by their names.

use encoding_rs::Encoding;

use super::csv::{quoted, short};

/// Most columns of a CSV file, as many as a spreadsheet has. Every row that is written has all of them, so that
/// without a bound a long header would make terabytes out of a few short rows.
pub const MAX_COLUMNS: usize = 16_384;

/// The encoding of that name, as the WHATWG Encoding Standard has them ("windows-1256", "utf-16le", "latin1").
///
/// # Errors
/// A sentence saying that there is none, with examples.
#[cfg_attr(not(feature = "internal"), allow(dead_code))]
pub fn encoding(name: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label(name.trim().as_bytes()).ok_or_else(|| {
        "unknown encoding; known are utf-8, utf-16le, utf-16be, windows-1256 (Arabic), windows-1252 (Western) and \
         the other names of the WHATWG Encoding Standard"
            .to_owned()
    })
}

/// The delimiter of that name: a single character, or `tab`.
///
/// # Errors
/// A sentence saying what would do.
#[cfg_attr(not(feature = "internal"), allow(dead_code))]
pub fn delimiter(name: &str) -> Result<u8, String> {
    match name {
        "tab" | "\\t" | "\t" => Ok(b'\t'),
        _ if name.len() == 1 && !name.starts_with(['"', '\r', '\n']) => Ok(name.as_bytes()[0]),
        _ => Err("expected one ASCII character, or tab".to_owned()),
    }
}

/// The place of a column: the one called `wanted`, or else the first that has one of the `usual` names (any
/// case, spaces around it do not count).
///
/// # Errors
/// A sentence that names the columns there are.
pub fn column(header: &csv::ByteRecord, wanted: Option<&str>, usual: &[&str]) -> Result<usize, String> {
    if header.len() > MAX_COLUMNS {
        return Err(format!(
            "{} columns, at most {MAX_COLUMNS} are read: is it a CSV file? name another delimiter with --delimiter",
            header.len()
        ));
    }
    let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
    let is = |name: &str| names.iter().position(|column| column.to_lowercase() == name.to_lowercase());
    let found = match wanted {
        Some(name) => names.iter().position(|column| column == name).or_else(|| is(name)),
        None => usual.iter().find_map(|name| is(name)),
    };
    found.ok_or_else(|| {
        let expected = wanted.map_or_else(|| format!("one of {}", usual.join(", ")), short);
        format!("no column {expected}; the columns are {}", quoted(&names))
    })
}

/// Names of text columns, best first.
pub const TEXT_COLUMNS: [&str; 5] = ["text", "comment", "body", "content", "message"];

/// Names of label columns, best first.
pub const LABEL_COLUMNS: [&str; 3] = ["label", "class", "category"];
