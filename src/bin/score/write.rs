//! Output: rows as they came in, with the verdicts.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use naqd::Classifier;
use naqd::Explanation;
use naqd::Probabilities;
pub use naqd::internal::decide::notify;
use naqd::internal::decide::{VerdictJson, decimals, write_json};
use naqd::internal::io::{CsvWriter, MAX_COLUMNS, is_well_quoted, short, text_without_guard, without_guard};
use naqd::{Action, Decision, Familiarity, Guard, Judgement, KindScores, Reason, Rules, Score};
use serde_json::value::RawValue;
use wide::i8x16;

use crate::input::{Batch, Parsed, Shape};

/// Outcome of scoring a row.
pub enum Outcome<'t> {
    /// A verdict and the decision.
    Score(Judgement),
    /// The same with an explanation; the comment.
    Explained(Judgement<Explanation>, &'t str),
    /// Error in place of a verdict.
    Error(String),
}

impl Outcome<'_> {
    /// The score, if there is a verdict.
    pub fn score(&self) -> Option<Score> {
        match self {
            Outcome::Score(judgement) => Some(judgement.verdict),
            Outcome::Explained(judgement, _) => Some(judgement.verdict.verdict.score()),
            Outcome::Error(_) => None,
        }
    }

    /// The label and the probabilities, if there is a verdict.
    pub fn verdict(&self) -> Option<(usize, Probabilities)> {
        self.score().map(|score| (score.class, score.probabilities))
    }

    /// Action on the comment; what cannot be read waits for a person.
    pub fn action(&self, classes: &Classes) -> Option<Action> {
        match self {
            Outcome::Score(judgement) => Some(judgement.decision?.action),
            Outcome::Explained(judgement, _) => Some(judgement.decision?.action),
            Outcome::Error(_) => classes.decides.then_some(Action::Hold),
        }
    }

    /// The decision on the comment and its reason for people, `rule: ` and the phrase where one of `rules` decides.
    pub fn decision<'r>(&self, rules: Option<&'r Rules>) -> Option<(Decision, Cow<'r, str>)> {
        let (decision, (reason, rule)) = match self {
            Outcome::Score(judgement) => (judgement.decision?, judgement.reason(rules)?),
            Outcome::Explained(judgement, _) => (judgement.decision?, judgement.reason(rules)?),
            Outcome::Error(_) => return None,
        };
        let reason = match rule {
            Some(rule) => format!("{reason}: {}", rule.phrase).into(),
            None => reason.as_str().into(),
        };
        Some((decision, reason))
    }
}

/// The classes of a model, and the options of the output.
pub struct Classes<'r> {
    names: Vec<String>,
    /// JSON for each pair of label and decision.
    templates: Vec<Template>,
    /// Decisions are written.
    decides: bool,
    /// Kinds of abuse are written.
    kinds: bool,
    /// Decisions are written as what would have been done.
    watch_only: bool,
    /// The rules of the house.
    pub rules: Option<&'r Rules>,
}

/// JSON of a verdict with a label and a decision that no rule made. Only the probabilities differ between comments, and
/// their number of digits does not: replacing them is faster than writing all of the JSON again.
struct Template {
    label: usize,
    decision: Option<Decision>,
    json: Vec<u8>,
    /// Offsets of the probabilities.
    digits: Vec<usize>,
}

impl Template {
    fn new(names: &[String], label: usize, decision: Option<Decision>, watch_only: bool) -> Template {
        let probabilities = Probabilities::softmax(&vec![0.0; names.len()]);
        let (familiarity, kinds) = (Familiarity::default(), KindScores::default());
        let verdict = Score { class: label, probabilities, familiarity, guard: Guard::None, kinds };
        let judgement = Judgement { verdict, decision, matches: Vec::new() };
        let mut json = Vec::new();
        write_json(&mut json, &VerdictJson::of(names, &judgement, None).watched(watch_only));
        const BEFORE: &[u8] = b"\"probabilities\":{";
        let mut place = memchr::memmem::find(&json, BEFORE).expect("the probabilities") + BEFORE.len();
        let digits = names.iter().map(|name| {
            let mut quoted = Vec::new();
            json_string(&mut quoted, name);
            let digits = place + quoted.len() + 1;
            place = digits + decimals(0.0).len() + 1;
            digits
        });
        Template { label, decision, digits: digits.collect(), json }
    }

    /// Templates for all labels and all decisions but those of rules.
    fn all(names: &[String], watch_only: bool) -> Vec<Template> {
        let mut decisions = vec![None];
        for action in [Action::Publish, Action::Hold, Action::Reject] {
            for reason in [Reason::Score, Reason::Unfamiliar, Reason::NoPromise, Reason::OneWord, Reason::Quotation] {
                for editors in [false, true] {
                    let mut decision = Decision::hold(reason);
                    (decision.action, decision.editors) = (action, editors);
                    decisions.push(Some(decision));
                }
            }
        }
        let all = (0..names.len()).flat_map(|label| decisions.iter().map(move |decision| (label, *decision)));
        all.map(|(label, decision)| Template::new(names, label, decision, watch_only)).collect()
    }

    fn write(&self, out: &mut Vec<u8>, probabilities: &Probabilities) {
        let start = out.len();
        out.extend_from_slice(&self.json);
        for (place, probability) in self.digits.iter().zip(probabilities.as_slice()) {
            let digits = decimals(*probability);
            out[start + place..][..digits.len()].copy_from_slice(&digits);
        }
    }
}

impl<'r> Classes<'r> {
    /// Names the classes of a classifier.
    pub fn new(classifier: &Classifier, watch_only: bool, rules: Option<&'r Rules>) -> Classes<'r> {
        let names = classifier.classes();
        Classes {
            names: names.to_vec(),
            templates: Template::all(names, watch_only),
            decides: classifier.decides() || rules.is_some(),
            kinds: [false, true].iter().any(|&arabic| !classifier.kinds(arabic).is_empty()),
            watch_only,
            rules,
        }
    }
}

/// Names of the columns that are added to CSV: `naqd_abusive`.
pub fn columns(classes: &Classes, explain: bool) -> Vec<String> {
    let mut columns = vec!["naqd_label".to_owned()];
    columns.extend(classes.names.iter().map(|class| format!("naqd_{class}")));
    if classes.kinds {
        columns.push("naqd_kinds".to_owned());
    }
    if classes.decides {
        let decided =
            if classes.watch_only { ["naqd_would", "naqd_would_notify"] } else { ["naqd_decision", "naqd_notify"] };
        columns.extend(decided.into_iter().chain(["naqd_reason"]).map(str::to_owned));
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
        Shape::Csv { header, .. } => {
            let guarded = shape.is_guarded();
            let bare = |name| if guarded { text_without_guard(name) } else { name };
            header.iter().map(|name| bare(name).to_owned()).collect()
        }
        Shape::Lines => vec!["text".to_owned()],
        // The fields of the first rows, in the order in which they come.
        Shape::Json { .. } => {
            let mut seen = HashSet::new();
            let mut names = Vec::new();
            for fields in batch.places().iter().filter_map(|place| shape.parse(batch.row(place)).fields) {
                for (name, _) in fields.0 {
                    if names.len() < MAX_COLUMNS && !seen.contains(&*name) {
                        seen.insert(name.to_string());
                        names.push(name.into_owned());
                    }
                }
            }
            if names.is_empty() { vec!["line".to_owned()] } else { names }
        }
    }
}

/// Writes the values of a row under [`columns`]; `error` in place of the outcome's own.
fn write_values(out: &mut CsvWriter, outcome: &Outcome, classes: &Classes, explain: bool, error: Option<&str>) {
    match outcome.verdict() {
        Some((label, probabilities)) => {
            out.field(&classes.names[label]);
            probabilities.as_slice().iter().for_each(|p| out.field(decimals(*p)));
        }
        None => (0..=classes.names.len()).for_each(|_| out.field("")),
    }
    if classes.kinds {
        out.field(outcome.score().map_or("", |score| score.kinds.named.as_str()));
    }
    match outcome.decision(classes.rules) {
        Some((decision, reason)) => {
            [decision.action.as_str(), notify(&decision), &reason].iter().for_each(|field| out.field(field));
        }
        // What cannot be read waits for a person; what meets no rule is left open without thresholds.
        None if classes.decides && outcome.verdict().is_none() => {
            ["hold", "", "error"].iter().for_each(|field| out.field(field));
        }
        None if classes.decides => (0..3).for_each(|_| out.field("")),
        None => {}
    }
    if explain {
        let explained = match outcome {
            Outcome::Explained(judgement, text) => {
                Some(VerdictJson::explained(&classes.names, judgement, classes.rules, text))
            }
            _ => None,
        };
        let explained = explained.as_ref();
        let mut json = Vec::with_capacity(1 << 10);
        json_field(out, &mut json, explained.and_then(|explained| explained.sentences.as_ref()));
        json_field(out, &mut json, explained.and_then(|explained| explained.evidence.as_ref()));
        if classes.rules.is_some() {
            json_field(out, &mut json, explained.and_then(|explained| explained.rules.as_ref()));
        }
    }
    match (error, outcome) {
        (Some(error), _) => out.field(error),
        (None, Outcome::Error(error)) => out.field(error),
        _ => out.field(""),
    }
    out.end_row();
}

/// Writes the header: the columns of the input as they stand there if they may, or else as `own` names them, then those
/// that are added.
pub fn csv_header(out: &mut CsvWriter, raw: &[u8], own: &[String], added: &[String]) {
    if raw.is_empty() || out.form().excel || !is_well_quoted(raw, out.form().dialect.delimiter) {
        own.iter().for_each(|name| out.field(name));
    } else {
        out.raw(raw);
    }
    out.row(added);
}

/// Writes a row of CSV: its own fields under `own` columns, then the values. Returns an error for a field without a
/// column.
pub fn csv_row(
    out: &mut CsvWriter,
    shape: &Shape,
    own: &[String],
    parsed: &Parsed,
    outcome: &Outcome,
    classes: &Classes,
    explain: bool,
) -> Option<String> {
    let row = parsed.row;
    let form = out.form();
    let mut lost = None;
    match shape {
        Shape::Csv { dialect, .. } => {
            let bare = |field| if shape.is_guarded() { without_guard(field) } else { field };
            let same_form = !form.excel && dialect.delimiter == form.dialect.delimiter && !row.bytes.is_empty();
            let record = row.record;
            let is_as_read = !row.bytes.is_empty() && is_well_quoted(row.bytes, dialect.delimiter);
            if record.len() == own.len() && same_form && is_as_read {
                out.raw(row.bytes);
            } else {
                let fit = record.len().min(own.len());
                record.iter().take(fit.saturating_sub(1)).for_each(|field| out.field(bare(field)));
                // Fields too many stand with the last one, as they stood in the file; fields too few are empty.
                let rest: Vec<&[u8]> = record.iter().skip(fit.saturating_sub(1)).collect();
                out.field(bare(&rest.join(&dialect.delimiter)));
                (fit..own.len()).for_each(|_| out.field(""));
            }
        }
        Shape::Lines => out.field(row.bytes),
        Shape::Json { .. } => {
            let fields = &parsed.fields;
            // What is no object stands whole in the first column.
            if fields.is_none() {
                out.field(row.bytes);
            }
            let rest = usize::from(fields.is_none());
            let fields = fields.as_ref().map_or(&[][..], |fields| &fields.0);
            // Of a key that comes twice the last counts, as it does for the comment.
            let mut values: HashMap<&str, &RawValue> = fields.iter().map(|(key, value)| (&**key, *value)).collect();
            for name in own.iter().skip(rest) {
                let value = values.remove(name.as_str()).map_or("", RawValue::get);
                match serde_json::from_str::<String>(value) {
                    Ok(string) => out.field(string),
                    Err(_) => out.field(value),
                }
            }
            lost = fields.iter().find(|(key, _)| values.contains_key(&**key)).map(|(key, _)| {
                format!(
                    "field {} is not in the first rows and has no column: use --to jsonl, or give the first row this field, \
                     with null for its value",
                    short(key)
                )
            });
        }
    }
    write_values(out, outcome, classes, explain, lost.as_deref());
    lost
}

/// Writes a line of JSON: the fields of the row, then `naqd` or `naqd_error`.
pub fn json_row(out: &mut Vec<u8>, shape: &Shape, parsed: &Parsed, outcome: &Outcome, classes: &Classes) {
    let row = parsed.row;
    match shape {
        Shape::Csv { header, .. } => {
            let guarded = shape.is_guarded();
            out.push(b'{');
            for (i, field) in row.record.iter().enumerate() {
                // Fields too many get numbers for names.
                match header.get(i) {
                    Some(name) => json_string(out, if guarded { text_without_guard(name) } else { name }),
                    None => json_string(out, &(i + 1).to_string()),
                }
                out.push(b':');
                json_string(out, &String::from_utf8_lossy(if guarded { without_guard(field) } else { field }));
                out.push(b',');
            }
        }
        Shape::Json { .. } if parsed.fields.is_some() => {
            let object = row.without_mark().trim_ascii();
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
            match &parsed.text {
                Ok(text) if lines => json_string(out, text),
                _ => json_string(out, &String::from_utf8_lossy(row.bytes)),
            }
            out.push(b',');
        }
    }
    json_outcome(out, outcome, classes);
    out.extend_from_slice(b"}\n");
}

fn json_outcome(out: &mut Vec<u8>, outcome: &Outcome, classes: &Classes) {
    match outcome {
        Outcome::Error(error) => {
            out.extend_from_slice(b"\"naqd_error\":");
            json_string(out, error);
            if classes.decides {
                out.extend_from_slice(b",\"naqd\":");
                write_json(out, &VerdictJson::error().watched(classes.watch_only));
            }
        }
        Outcome::Score(judgement) => {
            out.extend_from_slice(b"\"naqd\":");
            let Judgement { verdict: Score { class, probabilities, kinds, .. }, decision, .. } = judgement;
            let template = classes.templates.iter().find(|it| it.label == *class && it.decision == *decision);
            let template = template.filter(|_| kinds.is_empty());
            match template {
                Some(template) => template.write(out, probabilities),
                None => {
                    let verdict = VerdictJson::of(&classes.names, judgement, classes.rules);
                    write_json(out, &verdict.watched(classes.watch_only));
                }
            }
        }
        Outcome::Explained(judgement, text) => {
            out.extend_from_slice(b"\"naqd\":");
            let verdict = VerdictJson::explained(&classes.names, judgement, classes.rules, text);
            write_json(out, &verdict.watched(classes.watch_only));
        }
    }
}

/// Writes a field of CSV that is a JSON array, or empty; `json` is a buffer.
fn json_field<T: serde::Serialize>(out: &mut CsvWriter, json: &mut Vec<u8>, items: Option<&Vec<T>>) {
    json.clear();
    if let Some(items) = items {
        write_json(json, items);
    }
    out.field(json);
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

/// A byte among them is one that a JSON string escapes.
#[inline(always)]
fn special(bytes: &[u8; 16]) -> bool {
    let bytes = i8x16::from(bytes.map(|byte| byte as i8));
    // Below the space, and not negative, which is where the bytes of other scripts are.
    let control = bytes.simd_lt(i8x16::splat(0x20)) & !bytes.simd_lt(i8x16::splat(0));
    (control | bytes.simd_eq(i8x16::splat(b'"' as i8)) | bytes.simd_eq(i8x16::splat(b'\\' as i8))).any()
}
