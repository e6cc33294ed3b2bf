//! Template of an answer: JSON with names in braces, which become fields of the decision. What comes out is JSON whatever the
//! fields hold, since they are put into its values and never into its text.

use serde_json::Value;

/// Maximum size of a template, in bytes.
const MAX_BYTES: usize = 16 << 10;
/// Maximum number of names in it.
const MAX_NAMES: usize = 64;
/// Maximum size of what stands for one name, in bytes; the rest is cut off.
const MAX_FIELD: usize = 1024;

/// A template, checked.
#[derive(Debug)]
pub struct Template(Value);

impl Template {
    /// Reads a template. A name is one of `fields`, with `.name` behind it for a field of the field.
    ///
    /// # Errors
    /// It is no JSON, too long, or has a name that is none.
    pub fn read(text: &str, fields: &[&str]) -> Result<Template, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("{} bytes, expected at most {MAX_BYTES}", text.len()));
        }
        let json: Value = serde_json::from_str(text).map_err(|error| format!("{error}; expected JSON"))?;
        let mut names = Vec::new();
        strings(&json, &mut |text| pieces(text, &mut |piece| names.extend(piece.err().map(str::to_owned))));
        if names.len() > MAX_NAMES {
            return Err(format!("{} names in braces, expected at most {MAX_NAMES}", names.len()));
        }
        let unknown = names.iter().find(|name| !fields.contains(&name.split('.').next().unwrap_or("")));
        match unknown {
            Some(name) => Err(format!("{{{name}}}, expected one of {}", fields.join(", "))),
            None => Ok(Template(json)),
        }
    }

    /// The template with the fields of a decision. A string that is one name becomes the field itself, or `null`; in longer
    /// ones its text takes the place of the name.
    pub fn fill(&self, decision: &Value) -> Value {
        filled(&self.0, decision)
    }
}

/// Calls `each` with all strings that are values.
fn strings(json: &Value, each: &mut impl FnMut(&str)) {
    match json {
        Value::String(text) => each(text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, each)),
        Value::Object(fields) => fields.values().for_each(|value| strings(value, each)),
        _ => {}
    }
}

/// Calls `each` with the pieces of a string: text, or a name as the error. Braces with anything but a name between them are
/// text.
fn pieces<'a>(text: &'a str, each: &mut impl FnMut(Result<&'a str, &'a str>)) {
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.|- ".contains(c));
    let mut rest = text;
    let mut from = 0;
    while let Some(open) = rest[from..].find('{').map(|at| from + at) {
        let inner = &rest[open + 1..];
        match inner.find('}').map(|close| &inner[..close]).filter(|name| is_name(name)) {
            Some(name) => {
                each(Ok(&rest[..open]));
                each(Err(name));
                (rest, from) = (&inner[name.len() + 1..], 0);
            }
            None => from = open + 1,
        }
    }
    each(Ok(rest));
}

fn filled(json: &Value, decision: &Value) -> Value {
    match json {
        Value::String(text) => filled_text(text, decision),
        Value::Array(values) => values.iter().map(|value| filled(value, decision)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), filled(value, decision))).collect())
        }
        other => other.clone(),
    }
}

fn filled_text(text: &str, decision: &Value) -> Value {
    let mut whole = None;
    let mut out = String::new();
    pieces(text, &mut |piece| match piece {
        Ok(text) => out.push_str(text),
        Err(name) => {
            let field = field(decision, name);
            match &field {
                Value::Null => {}
                Value::String(text) => out.push_str(start(text)),
                other => out.push_str(start(&other.to_string())),
            }
            whole = (name.len() + 2 == text.len()).then_some(field);
        }
    });
    match whole {
        Some(Value::String(_)) | None => out.into(),
        Some(field) => field,
    }
}

/// The field of a name: `probabilities.abusive` is that of a field.
fn field(decision: &Value, name: &str) -> Value {
    let found = name.split('.').try_fold(decision, |value, name| value.get(name));
    found.cloned().unwrap_or_default()
}

/// The start of a text, as much as may stand for one name.
fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_FIELD)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: [&str; 4] = ["id", "decision", "probabilities", "named_kinds"];

    #[test]
    fn names_become_fields() {
        let template = r#"{"a":"{decision}","b":["{probabilities.abusive}",1,"is {decision}: {probabilities.abusive}{rule"],
            "{decision}":"{named_kinds}","c":"{id}","d":"x{id}y","e":"{}","f":"{ {decision}"}"#;
        let template = Template::read(template, &FIELDS).unwrap();
        let decision = json!({ "decision": "hold", "probabilities": { "abusive": 0.25 }, "named_kinds": ["insult"] });
        let expected = json!({
            "a": "hold", "b": [0.25, 1, "is hold: 0.25{rule"], "{decision}": ["insult"], "c": null, "d": "xy", "e": "{}",
            "f": "{ hold",
        });
        assert_eq!(template.fill(&decision), expected);
    }

    #[test]
    fn fields_are_values_whatever_they_hold() {
        let template = Template::read(r#"{"id":"{id}","said":"id {id}"}"#, &FIELDS).unwrap();
        for id in ["\",\"decision\":\"publish", "{decision}", "\u{0}\u{202e}\n", "{id}", "\\", "</script>"] {
            let filled = template.fill(&json!({ "id": id, "decision": "reject" }));
            assert_eq!(filled, json!({ "id": id, "said": format!("id {id}") }));
            assert_eq!(serde_json::from_str::<Value>(&filled.to_string()).unwrap(), filled);
        }
        let filled = template.fill(&json!({ "id": "é".repeat(5000) }));
        assert_eq!(filled["said"].as_str().unwrap().len(), 3 + MAX_FIELD);
        assert_eq!(filled["id"].as_str().unwrap().len(), MAX_FIELD);
    }

    #[test]
    fn mistakes_are_told() {
        for (template, words) in [
            ("{decision}".to_owned(), "expected JSON"),
            (r#"{"a":"{decisio}"}"#.to_owned(), "{decisio}, expected one of id"),
            (r#"{"a":"{text}"}"#.to_owned(), "{text}"),
            (format!("\"{}\"", "{id}".repeat(65)), "65 names"),
            (format!("\"{}\"", "a".repeat(MAX_BYTES)), "16386 bytes"),
            ("[".repeat(5000), "recursion limit"),
        ] {
            let error = Template::read(&template, &FIELDS).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
