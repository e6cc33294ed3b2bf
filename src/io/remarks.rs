//! Remarks on the rows of a file that are told once, with their number and the first of them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::damage::Damage;
use super::row_check::{RowError, short};

/// Number of rows of a kind, and the line of the first.
#[derive(Debug, Default)]
struct Count {
    rows: AtomicU64,
    /// Line of the first row, less one, inverted, so that 0 is none.
    first: AtomicU64,
}

impl Count {
    fn add(&self, line: u64) {
        self.rows.fetch_add(1, Ordering::Relaxed);
        self.first.fetch_max(u64::MAX - line, Ordering::Relaxed);
    }

    fn say(&self, what: impl Fn(&str) -> String) -> Option<String> {
        let rows = self.rows.load(Ordering::Relaxed);
        let line = u64::MAX - self.first.load(Ordering::Relaxed);
        let places = match rows {
            0 => return None,
            1 => format!("1 row (line {line})"),
            rows => format!("{rows} rows (the first is line {line})"),
        };
        Some(what(&places))
    }
}

/// Remarks on the rows of a file; threads may add to them.
#[derive(Debug, Default)]
pub struct Remarks {
    mojibake: Count,
    encoded: Count,
    lost: Count,
    json: Count,
    further: Count,
    /// Field that the further comments of the first such row are in.
    further_in: OnceLock<String>,
    no_numbers: Count,
}

impl Remarks {
    /// Takes note of a row by its comment, or by why it has none.
    pub fn note(&self, line: u64, text: &Result<&str, RowError>) {
        match text {
            Err(RowError::Damaged(Damage::Mojibake(..))) => self.mojibake.add(line),
            Err(RowError::Damaged(Damage::Encoded(_))) => self.encoded.add(line),
            Err(RowError::Damaged(Damage::Lost)) => self.lost.add(line),
            Ok(text) if is_json(text) => self.json.add(line),
            _ => {}
        }
    }

    /// Takes note of a row with further comments in a field of it.
    pub fn note_further(&self, line: u64, field: &str) {
        self.further.add(line);
        self.further_in.get_or_init(|| field.to_owned());
    }

    /// Takes note of a row of JSON with NaN or Infinity, for which null was read.
    pub fn note_no_number(&self, line: u64) {
        self.no_numbers.add(line);
    }

    /// Sentences about the rows of the file.
    pub fn say(&self) -> Vec<String> {
        let all = [
            self.mojibake.say(|rows| {
                format!(
                    "{rows} of mojibake, letters read in the wrong encoding: export the file again as UTF-8, or repair \
                     what can be repaired with --repair-mojibake"
                )
            }),
            self.encoded.say(|rows| {
                format!(
                    "{rows} of codes in place of letters, such as %D9%83 or \\u0643: decode them where they are exported, \
                     or repair what can be repaired with --repair-mojibake"
                )
            }),
            self.lost.say(|rows| {
                format!(
                    "{rows} with question marks where letters were, which no program can bring back: export the file \
                     again as UTF-8"
                )
            }),
            self.json.say(|rows| {
                format!("{rows} with JSON for a comment, judged as it stands: make a column of the comment inside it")
            }),
            self.further.say(|rows| {
                let field = short(self.further_in.get().map_or("", String::as_str));
                format!(
                    "{rows} with further comments in {field}, which are not judged: take them out with naqd-import json \
                     --replies"
                )
            }),
            self.no_numbers.say(|rows| format!("{rows} with NaN or Infinity, which JSON does not have: read as null")),
        ];
        all.into_iter().flatten().collect()
    }
}

/// True if a comment is a JSON object, or an array of objects, with a name in it.
fn is_json(text: &str) -> bool {
    let text = text.trim();
    let is_framed = text.starts_with('{') && text.ends_with('}') || text.starts_with("[{") && text.ends_with("}]");
    is_framed && text.contains("\":") && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}
