//! Output: rows as they came in, with what the model says of them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::Write;

use naqd::Explanation;
use naqd::Probabilities;
use naqd::internal::io::{MAX_COLUMNS, short};
use naqd::{Decision, Judgement, Rules};
use serde_json::value::RawValue;
use wide::i8x16;

use crate::rows::{Batch, Row, Shape, json_fields};

/// What there is to say of a row.
pub enum Outcome<'t> {
    /// A verdict, and what becomes of the comment.
    Score(Judgement),
    /// The same and why; the comment.
    Explained(Judgement<Explanation>, &'t str),
    /// Why there is no verdict.
    Error(String),
}

impl Outcome<'_> {
    /// The label and the probabilities, if there is a verdict.
    pub fn verdict(&self) -> Option<(usize, &Probabilities)> {
        match self {
            Outcome::Score(judgement) => Some((judgement.verdict.class, &judgement.verdict.probabilities)),
            Outcome::Explained(judgement, _) => {
                let verdict = &judgement.verdict.verdict;
                Some((verdict.class, &verdict.probabilities))
            }
            Outcome::Error(_) => None,
        }
    }

    /// What becomes of the comment and why, if thresholds or one of `rules` decide it.
    pub fn decision<'r>(&self, rules: Option<&'r Rules>) -> Option<(Decision, Cow<'r, str>)> {
        match self {
            Outcome::Score(judgement) => Some((judgement.decision?, judgement.reason(rules)?)),
            Outcome::Explained(judgement, _) => Some((judgement.decision?, judgement.reason(rules)?)),
            Outcome::Error(_) => None,
        }
    }
}

/// Whom a decision calls.
pub fn notify(decision: &Decision) -> &'static str {
    if decision.editors { "editors" } else { "" }
}

/// The classes of a model, as they are written, and what else is written.
pub struct Classes<'r> {
    names: Vec<String>,
    /// As JSON strings.
    quoted: Vec<Vec<u8>>,
    /// Whether there are decisions to write.
    decides: bool,
    /// The rules of the house.
    pub rules: Option<&'r Rules>,
}

impl<'r> Classes<'r> {
    /// Names the classes; `decides` says whether there are thresholds.
    pub fn new(names: &[String], decides: bool, rules: Option<&'r Rules>) -> Classes<'r> {
        let quoted = |name: &String| {
            let mut quoted = Vec::new();
            json_string(&mut quoted, name);
            quoted
        };
        let quoted = names.iter().map(quoted).collect();
        Classes { names: names.to_vec(), quoted, decides: decides || rules.is_some(), rules }
    }
}

/// Names of the columns that are added to CSV: `naqd_abusive`.
pub fn columns(classes: &Classes, explain: bool) -> Vec<String> {
    let mut columns = vec!["naqd_label".to_owned()];
    columns.extend(classes.names.iter().map(|class| format!("naqd_{class}")));
    if classes.decides {
        columns.extend(["naqd_decision", "naqd_notify", "naqd_reason"].map(str::to_owned));
    }
    if explain {
        columns.extend(["naqd_sentences".to_owned(), "naqd_evidence".to_owned()]);
        columns.extend(classes.rules.map(|_| "naqd_rules".to_owned()));
    }
    columns.push("naqd_error".to_owned());
    columns
}

/// Names of the input's own columns in CSV output.
pub fn own_columns(shape: &Shape, batch: &Batch) -> Vec<String> {
    match shape {
        Shape::Csv { header, .. } => header.iter().map(str::to_owned).collect(),
        Shape::Lines => vec!["text".to_owned()],
        // The fields of the first row that has any.
        Shape::Json { .. } => {
            let mut rows = batch.places().iter().map(|place| batch.row(place));
            rows.find_map(|row| json_fields(row).filter(|fields| !fields.0.is_empty())).map_or(
                vec!["line".to_owned()],
                |fields| {
                    let mut seen = HashSet::new();
                    let names = fields.0.into_iter().map(|(name, _)| name.into_owned());
                    names.filter(|name| seen.insert(name.clone())).take(MAX_COLUMNS).collect()
                },
            )
        }
    }
}

/// Probabilities are written with four decimals.
pub fn decimals(probability: f32) -> [u8; 6] {
    let mut left = (f64::from(probability) * 10_000.0 + 0.5) as u32;
    let mut digits = *b"0.0000";
    for place in [5, 4, 3, 2, 0] {
        digits[place] += (left % 10) as u8;
        left /= 10;
    }
    digits
}

/// Writes the values of a row under [`columns`]; `error` in place of the outcome's own.
fn write_values(
    out: &mut csv::Writer<Vec<u8>>,
    outcome: &Outcome,
    classes: &Classes,
    explain: bool,
    error: Option<&str>,
) -> csv::Result<()> {
    match outcome.verdict() {
        Some((label, probabilities)) => {
            out.write_field(&classes.names[label])?;
            probabilities.as_slice().iter().try_for_each(|p| out.write_field(decimals(*p)))?;
        }
        None => (0..=classes.names.len()).try_for_each(|_| out.write_field(""))?,
    }
    match outcome.decision(classes.rules) {
        Some((decision, reason)) => [decision.action.as_str(), notify(&decision), &reason]
            .iter()
            .try_for_each(|field| out.write_field(field))?,
        // What cannot be read waits for a person; what meets no rule is left open without thresholds.
        None if classes.decides && outcome.verdict().is_none() => {
            ["hold", "", "error"].iter().try_for_each(|field| out.write_field(field))?
        }
        None if classes.decides => (0..3).try_for_each(|_| out.write_field(""))?,
        None => {}
    }
    if explain {
        let explained = match outcome {
            Outcome::Explained(judgement, text) => Explained::of(judgement, text, classes),
            _ => Explained::default(),
        };
        out.write_field(explained.sentences)?;
        out.write_field(explained.evidence)?;
        if classes.rules.is_some() {
            out.write_field(explained.rules)?;
        }
    }
    match (error, outcome) {
        (Some(error), _) => out.write_field(error)?,
        (None, Outcome::Error(error)) => out.write_field(error)?,
        _ => out.write_field("")?,
    }
    out.write_record(None::<&[u8]>)
}

/// Writes a row of CSV: its own fields under `own` columns, then the values. Returns what could not be kept.
pub fn csv_row(
    out: &mut csv::Writer<Vec<u8>>,
    shape: &Shape,
    own: &[String],
    row: Row,
    outcome: &Outcome,
    classes: &Classes,
    explain: bool,
) -> csv::Result<Option<String>> {
    let mut lost = None;
    match shape {
        Shape::Csv { delimiter, .. } => {
            if row.record.len() == own.len() && outcome.verdict().is_some() {
                // Its fields are as many as they should be, and UTF-8.
                row.record.iter().try_for_each(|field| out.write_field(field))?;
            } else {
                let fit = row.record.len().min(own.len());
                for field in row.record.iter().take(fit.saturating_sub(1)) {
                    out.write_field(String::from_utf8_lossy(field).as_bytes())?;
                }
                // Fields too many stand with the last one, as they stood in the file; fields too few are empty.
                let rest: Vec<&[u8]> = row.record.iter().skip(fit.saturating_sub(1)).collect();
                out.write_field(String::from_utf8_lossy(&rest.join(delimiter)).as_bytes())?;
                (fit..own.len()).try_for_each(|_| out.write_field(""))?;
            }
        }
        Shape::Lines => out.write_field(String::from_utf8_lossy(row.bytes).as_bytes())?,
        Shape::Json { .. } => {
            let fields = json_fields(row);
            // What is no object stands whole in the first column.
            if fields.is_none() {
                out.write_field(String::from_utf8_lossy(row.bytes).as_bytes())?;
            }
            let rest = usize::from(fields.is_none());
            let fields = fields.as_ref().map_or(&[][..], |fields| &fields.0);
            // Of a key that comes twice the last counts, as it does for the comment.
            let mut values: HashMap<&str, &RawValue> = fields.iter().map(|(key, value)| (&**key, *value)).collect();
            for name in own.iter().skip(rest) {
                let value = values.remove(name.as_str()).map_or("", RawValue::get);
                match serde_json::from_str::<String>(value) {
                    Ok(string) => out.write_field(string)?,
                    Err(_) => out.write_field(value)?,
                }
            }
            lost = fields.iter().find(|(key, _)| values.contains_key(&**key)).map(|(key, _)| {
                format!("field {} is not in the first row and has no column: use --to jsonl", short(key))
            });
        }
    }
    write_values(out, outcome, classes, explain, lost.as_deref())?;
    Ok(lost)
}

/// Writes a line of JSON: the fields of the row, then `naqd` or `naqd_error`. `text` is the comment of the row.
pub fn json_row(out: &mut Vec<u8>, shape: &Shape, row: Row, text: Option<&str>, outcome: &Outcome, classes: &Classes) {
    match shape {
        Shape::Csv { header, .. } => {
            out.push(b'{');
            for (i, field) in row.record.iter().enumerate() {
                // Fields too many get numbers for names.
                match header.get(i) {
                    Some(name) => json_string(out, name),
                    None => json_string(out, &(i + 1).to_string()),
                }
                out.push(b':');
                json_string(out, &String::from_utf8_lossy(field));
                out.push(b',');
            }
        }
        Shape::Json { .. } if json_fields(row).is_some() => {
            let object = row.bytes.trim_ascii();
            let inside = object[1..object.len() - 1].trim_ascii();
            out.push(b'{');
            out.extend_from_slice(inside);
            if !inside.is_empty() {
                out.push(b',');
            }
        }
        Shape::Json { .. } | Shape::Lines => {
            let lines = matches!(shape, Shape::Lines);
            out.extend_from_slice(if lines { b"{\"text\":" } else { b"{\"line\":" });
            match text {
                Some(text) if lines => json_string(out, text),
                _ => json_string(out, &String::from_utf8_lossy(row.bytes)),
            }
            out.push(b',');
        }
    }
    json_outcome(out, outcome, classes);
    out.extend_from_slice(b"}\n");
}

fn json_outcome(out: &mut Vec<u8>, outcome: &Outcome, classes: &Classes) {
    if let Outcome::Error(error) = outcome {
        out.extend_from_slice(b"\"naqd_error\":");
        json_string(out, error);
        if classes.decides {
            out.extend_from_slice(b",\"naqd\":{\"decision\":\"hold\",\"notify\":\"\",\"reason\":\"error\"}");
        }
    }
    let Some((label, probabilities)) = outcome.verdict() else { return };
    out.extend_from_slice(b"\"naqd\":{");
    json_score(out, label, probabilities, classes);
    if let Some((decision, reason)) = outcome.decision(classes.rules) {
        for (field, value) in
            [(&b",\"decision\":\""[..], decision.action.as_str()), (b"\",\"notify\":\"", notify(&decision))]
        {
            out.extend_from_slice(field);
            out.extend_from_slice(value.as_bytes());
        }
        out.extend_from_slice(b"\",\"reason\":");
        json_string(out, &reason);
    }
    if let Outcome::Explained(judgement, text) = outcome {
        let Explained { mut sentences, mut evidence, mut rules } = Explained::of(judgement, text, classes);
        out.extend_from_slice(b",\"sentences\":");
        out.append(&mut sentences);
        out.extend_from_slice(b",\"evidence\":");
        out.append(&mut evidence);
        if classes.rules.is_some() {
            out.extend_from_slice(b",\"rules\":");
            out.append(&mut rules);
        }
    }
    out.push(b'}');
}

fn json_score(out: &mut Vec<u8>, label: usize, probabilities: &Probabilities, classes: &Classes) {
    out.extend_from_slice(b"\"label\":");
    out.extend_from_slice(&classes.quoted[label]);
    out.extend_from_slice(b",\"probabilities\":{");
    for (i, (class, probability)) in classes.quoted.iter().zip(probabilities.as_slice()).enumerate() {
        if i > 0 {
            out.push(b',');
        }
        out.extend_from_slice(class);
        out.push(b':');
        out.extend_from_slice(&decimals(*probability));
    }
    out.push(b'}');
}

/// Of the rules that a comment meets, so many are written at most.
const MOST_RULES: usize = 100;

/// An explanation as JSON arrays.
#[derive(Default)]
struct Explained {
    sentences: Vec<u8>,
    evidence: Vec<u8>,
    rules: Vec<u8>,
}

impl Explained {
    fn of(judgement: &Judgement<Explanation>, text: &str, classes: &Classes) -> Explained {
        let mut explained = Explained::default();
        let Explained { sentences, evidence, rules } = &mut explained;
        write_explanation(sentences, evidence, rules, judgement, text, classes);
        explained
    }
}

fn write_explanation(
    sentences: &mut Vec<u8>,
    evidence: &mut Vec<u8>,
    rules: &mut Vec<u8>,
    judgement: &Judgement<Explanation>,
    text: &str,
    classes: &Classes,
) {
    let explanation = &judgement.verdict;
    let chars = Chars::of(text);
    let span = |out: &mut Vec<u8>, span: &std::ops::Range<usize>| {
        out.extend_from_slice(b"\"text\":");
        json_string(out, &text[span.clone()]);
        // Writing to a Vec cannot fail.
        let _ = write!(
            out,
            ",\"bytes\":[{},{}],\"chars\":[{},{}]",
            span.start,
            span.end,
            chars.at(span.start),
            chars.at(span.end)
        );
    };
    sentences.push(b'[');
    for (i, sentence) in explanation.verdict.sentences.iter().enumerate() {
        sentences.extend_from_slice(if i > 0 { b",{" } else { b"{" });
        span(sentences, &sentence.span);
        sentences.push(b',');
        json_score(sentences, sentence.score.class, &sentence.score.probabilities, classes);
        sentences.push(b'}');
    }
    sentences.push(b']');
    evidence.push(b'[');
    for (i, piece) in explanation.telling().into_iter().enumerate() {
        evidence.extend_from_slice(if i > 0 { b",{" } else { b"{" });
        span(evidence, &piece.span);
        evidence.extend_from_slice(b",\"class\":");
        evidence.extend_from_slice(&classes.quoted[piece.class]);
        let _ = write!(evidence, ",\"weight\":{:.3}}}", piece.weight);
    }
    evidence.push(b']');
    rules.push(b'[');
    for (i, found) in judgement.matches.iter().take(MOST_RULES).enumerate() {
        let Some(rule) = classes.rules.and_then(|rules| rules.list().get(found.rule)) else { continue };
        rules.extend_from_slice(if i > 0 { b",{" } else { b"{" });
        span(rules, &found.span);
        rules.extend_from_slice(b",\"phrase\":");
        json_string(rules, &rule.phrase);
        let _ = write!(rules, ",\"effect\":\"{}\",\"note\":", rule.effect);
        json_string(rules, &rule.note);
        let _ = write!(rules, ",\"line\":{}}}", rule.line);
    }
    rules.push(b']');
}

/// From byte offsets to character offsets of a text.
struct Chars(Vec<u32>);

impl Chars {
    fn of(text: &str) -> Chars {
        let mut before = 0;
        let mut places = Vec::with_capacity(text.len() + 1);
        for byte in text.bytes() {
            places.push(before);
            // A character begins at every byte that does not go on with one.
            before += u32::from(byte & 0xC0 != 0x80);
        }
        places.push(before);
        Chars(places)
    }

    fn at(&self, byte: usize) -> u32 {
        self.0[byte]
    }
}

fn json_string(out: &mut Vec<u8>, text: &str) {
    // Most texts have nothing to escape: a look at sixteen bytes at once is faster than one at each.
    let (sixteens, rest) = text.as_bytes().as_chunks::<16>();
    let escape = sixteens.iter().any(special) || rest.iter().any(|byte| special(&[*byte; 16]));
    if escape {
        return serde_json::to_writer(out, text).expect("writing a string to memory");
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Whether there is a byte among them that a JSON string escapes.
#[inline(always)]
fn special(bytes: &[u8; 16]) -> bool {
    let bytes = i8x16::from(bytes.map(|byte| byte as i8));
    // Below the space, and not negative, which is where the bytes of other scripts are.
    let control = bytes.simd_lt(i8x16::splat(0x20)) & !bytes.simd_lt(i8x16::splat(0));
    (control | bytes.simd_eq(i8x16::splat(b'"' as i8)) | bytes.simd_eq(i8x16::splat(b'\\' as i8))).any()
}
