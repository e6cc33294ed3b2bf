//! Form of a file, as far as somebody states it.

use std::path::Path;

use encoding_rs::Encoding;

/// Form and dialect of files; what is not stated is found out from their first bytes.
///
/// ```
/// # #[cfg(feature = "train")] {
/// use naqd::{CorpusReader, Format};
///
/// let reader = CorpusReader { format: Format { delimiter: Some(b';'), ..Format::default() }, ..Default::default() };
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Format {
    /// Encoding of files without a byte order mark; UTF-8 if none.
    pub encoding: Option<&'static Encoding>,
    /// Delimiter of CSV.
    pub delimiter: Option<u8>,
    /// Form of the rows.
    pub kind: Option<Kind>,
    /// Sheet of a workbook, by its name or its number from 1; the first if none.
    pub sheet: Option<String>,
    /// True if tables have no line with the names of the columns, which are then called 1, 2, 3 and so on.
    pub no_header: bool,
    /// True if a backslash escapes in CSV, as MySQL writes: `\"` is a quote, `\n` a line end, `\N` an empty cell.
    pub escapes: bool,
    /// True if mojibake is repaired where it can be undone for certain.
    pub repair_mojibake: bool,
}

/// Form of the rows of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Fields between delimiters, under the names of the columns; also a workbook.
    Csv,
    /// JSON objects: one a line, or the elements of an array.
    Jsonl,
    /// One comment a line.
    Lines,
}

impl Kind {
    /// Form that the name of a file speaks of; plain lines if it says nothing.
    pub fn of(path: &Path) -> Kind {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("csv" | "tsv" | "tab" | "xlsx" | "xlsm" | "ods") => Kind::Csv,
            Some("jsonl" | "ndjson" | "json") => Kind::Jsonl,
            _ => Kind::Lines,
        }
    }

    /// Form by its name on the command line.
    ///
    /// # Errors
    /// There is none of this name; the sentence has all.
    pub fn named(name: &str) -> Result<Kind, String> {
        match name {
            "csv" => Ok(Kind::Csv),
            "jsonl" | "json" => Ok(Kind::Jsonl),
            "lines" => Ok(Kind::Lines),
            _ => Err("expected csv, jsonl or lines".to_owned()),
        }
    }
}
