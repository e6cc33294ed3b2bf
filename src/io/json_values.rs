//! JSON objects one after the other: the elements of an array, or objects that each take several lines.

use std::io::{self, Read};

use super::csv::MAX_RECORD;

/// Bytes that are read at once.
const BLOCK: usize = 1 << 16;

/// Reader of the elements of one JSON array, or of values that follow one another.
///
/// Only strings and brackets are looked at; what stands between them is for whoever reads the values.
pub struct JsonValues {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    next: usize,
    ended: bool,
    /// Number of values so far.
    number: u64,
    /// Line of the next byte.
    line: u64,
    /// True before the `[` of an array.
    is_before_array: bool,
    is_array: bool,
    /// True after the `]` of the array.
    is_done: bool,
}

impl JsonValues {
    /// Values of a source: the elements of the array that it is, or those that follow one another.
    pub fn new(source: Box<dyn Read + Send>, is_array: bool) -> JsonValues {
        JsonValues {
            source,
            buffer: Vec::new(),
            next: 0,
            ended: false,
            number: 0,
            line: 1,
            is_before_array: is_array,
            is_array,
            is_done: false,
        }
    }

    /// Reads the next value into `value`, on one line, and returns its number, from 1; none at the end.
    ///
    /// # Errors
    /// Reading failed, the array does not end or something follows it, or a value is too long.
    pub fn next(&mut self, value: &mut Vec<u8>) -> io::Result<Option<u64>> {
        value.clear();
        if self.is_before_array {
            match self.peek()? {
                Some(b'[') => self.take(),
                _ => return Err(self.wrong("expected a JSON array")),
            }
            self.is_before_array = false;
        }
        loop {
            match self.peek()? {
                None if self.is_array && !self.is_done => {
                    return Err(self.wrong("the JSON array does not end: is the file cut?"));
                }
                None => return Ok(None),
                Some(_) if self.is_done => return Err(self.wrong("something follows the JSON array")),
                Some(b']') if self.is_array => {
                    self.take();
                    self.is_done = true;
                }
                Some(b',') => self.take(),
                Some(_) => break,
            }
        }
        self.number += 1;
        self.value(value)?;
        // A string is a comment without anything else.
        if value.first() == Some(&b'"') {
            value.splice(..0, *b"{\"text\":");
            value.push(b'}');
        }
        Ok(Some(self.number))
    }

    fn wrong(&self, what: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {what}", self.line))
    }

    /// Byte after white space; none at the end.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.buffer.get(self.next) {
                Some(byte) if byte.is_ascii_whitespace() => self.take(),
                Some(byte) => return Ok(Some(*byte)),
                None if self.ended => return Ok(None),
                None => self.fill()?,
            }
        }
    }

    fn take(&mut self) {
        self.line += u64::from(self.buffer[self.next] == b'\n');
        self.next += 1;
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.clear();
        self.next = 0;
        self.buffer.resize(BLOCK, 0);
        let read = loop {
            match self.source.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(*read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }

    /// Copies a value, up to the end of its brackets or, without any, to the next comma, bracket or line end.
    fn value(&mut self, value: &mut Vec<u8>) -> io::Result<()> {
        let mut depth = 0usize;
        let (mut in_string, mut escaped) = (false, false);
        loop {
            let Some(&byte) = self.buffer.get(self.next) else {
                if self.ended {
                    return Ok(());
                }
                self.fill()?;
                continue;
            };
            if in_string {
                // Most of it is letters.
                let rest = &self.buffer[self.next..];
                let plain = memchr::memchr3(b'"', b'\\', b'\n', rest).unwrap_or(rest.len());
                if plain > 0 && !escaped {
                    value.extend_from_slice(&rest[..plain]);
                    self.next += plain;
                } else {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => in_string = false,
                        _ => {}
                    }
                    self.take();
                    value.push(byte);
                    if !in_string && depth == 0 {
                        return Ok(());
                    }
                }
            } else {
                match byte {
                    b'"' => in_string = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' if depth > 0 => depth -= 1,
                    b'}' | b']' | b',' | b'\n' if depth == 0 && !value.is_empty() => return Ok(()),
                    _ => {}
                }
                self.take();
                // Line ends between the parts are left out: the value stands on one line.
                if !matches!(byte, b'\n' | b'\r') {
                    value.push(byte);
                }
                if depth == 0 && matches!(byte, b'}' | b']') {
                    return Ok(());
                }
            }
            if value.len() > MAX_RECORD {
                return Err(
                    self.wrong(&format!("a JSON value of more than {MAX_RECORD} bytes: is a quote not closed?"))
                );
            }
        }
    }
}

/// Form of JSON that a text has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JsonForm {
    /// One object a line.
    Lines,
    /// One array of objects.
    Array,
    /// Objects one after the other, each of several lines.
    Several,
}

/// Form of the JSON in `head`, the first bytes of a text; `whole` if there are no others. The inner none if it is not
/// JSON, the outer if more of the text is needed to tell.
pub fn form(head: &[u8], whole: bool) -> Option<Option<JsonForm>> {
    let head = head.trim_ascii_start();
    let Some((&first, rest)) = head.split_first() else { return if whole { Some(None) } else { None } };
    let inside = rest.trim_ascii_start();
    match (first, inside.first()) {
        (b'[', None) if !whole => None,
        (b'[', Some(b'{')) => Some(Some(JsonForm::Array)),
        // Strings and nothing are read as well, if it is an array indeed.
        (b'[', Some(b'"' | b']')) => match inside[0] {
            b']' => Some(
                (whole && inside.len() == 1 + inside[1..].iter().filter(|b| b.is_ascii_whitespace()).count())
                    .then_some(JsonForm::Array),
            ),
            _ => Some(is_string_array(inside).then_some(JsonForm::Array)),
        },
        (b'{', None) if !whole => None,
        (b'{', Some(b'"' | b'}')) => {
            let line = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
            let is_cut = line.len() == head.len() && !whole;
            let is_whole = serde_json::from_slice::<&serde_json::value::RawValue>(line).is_ok();
            let further = head[line.len()..].trim_ascii_start();
            // An object that goes on in the next line.
            let goes_on = !is_whole && matches!(further.first(), Some(b'"' | b'}' | b']' | b','));
            let is_open = line.trim_ascii_end().ends_with(b"{") || line.trim_ascii_end().ends_with(b",");
            match () {
                () if is_whole || is_cut && line.len() > 1 && !is_open => Some(Some(JsonForm::Lines)),
                () if goes_on => Some(Some(JsonForm::Several)),
                () if further.is_empty() && is_open && !whole => None,
                () => Some(Some(JsonForm::Lines)),
            }
        }
        _ => Some(None),
    }
}

/// True if what follows a `[` is a string and then a comma or the end.
fn is_string_array(inside: &[u8]) -> bool {
    let mut stream = serde_json::Deserializer::from_slice(inside).into_iter::<String>();
    let is_string = matches!(stream.next(), Some(Ok(_)));
    is_string && matches!(inside[stream.byte_offset()..].trim_ascii_start().first(), Some(b',' | b']'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;
    use std::io::Cursor;

    fn values(text: &[u8], is_array: bool) -> io::Result<Vec<Value>> {
        let mut values = JsonValues::new(Box::new(Cursor::new(text.to_vec())), is_array);
        let (mut all, mut value) = (Vec::new(), Vec::new());
        while values.next(&mut value)?.is_some() {
            assert!(!value.contains(&b'\n'));
            all.push(serde_json::from_slice(&value).map_err(io::Error::from)?);
        }
        Ok(all)
    }

    #[test]
    fn forms_are_told_apart() {
        let of = |text: &str| form(text.as_bytes(), true).unwrap();
        assert_eq!(of("{\"a\":1}\n{\"a\":2}\n"), Some(JsonForm::Lines));
        assert_eq!(of("{\n  \"a\": 1\n}\n"), Some(JsonForm::Several));
        assert_eq!(of("[\n {\"a\":1}]"), Some(JsonForm::Array));
        assert_eq!(of("[\"a\", \"b\"]"), Some(JsonForm::Array));
        assert_eq!(of("[]\n"), Some(JsonForm::Array));
        for text in ["[removed]", "[\"quoted\" is what he said", "{smile}", "[] what", "", "hello"] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(form(b"[\n", false), None);
        assert_eq!(form(b"{\"text\":\"a\"}\n", false), Some(Some(JsonForm::Lines)));
    }

    #[test]
    fn damaged_arrays_are_errors() {
        assert!(values(b"[{\"a\":1},", true).unwrap_err().to_string().contains("does not end"));
        assert!(values(b"[{\"a\":1}] x", true).unwrap_err().to_string().contains("follows"));
        assert_eq!(values(b"[ ]", true).unwrap(), Vec::<Value>::new());
        assert_eq!(values(b"[1, null ,true]", true).unwrap().len(), 3);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[\\PC\n\"\\\\{}\\[\\],]{0,12}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z\"{]{0,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect()))
            ]
        })
    }

    proptest! {
        #[test]
        fn elements_are_those_that_serde_finds(all in prop::collection::vec(any_json(), 0..6)) {
            let array = Value::from(all.clone());
            let object = |value: Value| if value.is_string() { serde_json::json!({"text": value}) } else { value };
            let all: Vec<Value> = all.into_iter().map(object).collect();
            for text in [serde_json::to_vec(&array)?, serde_json::to_vec_pretty(&array)?] {
                prop_assert_eq!(values(&text, true)?, all.clone());
            }
            let lines: String = array.as_array().into_iter().flatten().map(|value| format!("{value:#}\n")).collect();
            prop_assert_eq!(values(lines.as_bytes(), false)?, all);
        }
    }
}
