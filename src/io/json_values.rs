//! JSON objects one after the other: the elements of an array, or objects that each take several lines.

use std::io::{self, Read};

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::columns::text_field;
use super::csv::MAX_RECORD;
use super::json_form::is_array_name;
use super::ordered_json::Ordered;

/// Bytes that are read at once.
const BLOCK: usize = 1 << 16;

/// Reader of the elements of JSON arrays, or of values that follow one another.
///
/// Only strings and brackets are looked at; what stands between them is for whoever reads the values.
pub struct JsonValues<R = Box<dyn Read + Send>> {
    source: R,
    buffer: Vec<u8>,
    next: usize,
    ended: bool,
    /// Number of values so far.
    number: u64,
    /// Line of the next byte.
    line: u64,
    kind: Kind,
    state: State,
    /// Longest value, in bytes.
    max: usize,
}

/// Values that are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One after the other.
    Several,
    /// Elements of an array, or of arrays one after the other.
    Array,
    /// Elements of an array inside of this many objects.
    Within(usize),
}

/// Place in an array.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Inside,
    After,
}

impl<R: Read> JsonValues<R> {
    /// Values of a source that follow one another.
    pub fn several(source: R) -> JsonValues<R> {
        JsonValues::new(source, Kind::Several)
    }

    /// Elements of the arrays of a source.
    pub fn array(source: R) -> JsonValues<R> {
        JsonValues::new(source, Kind::Array)
    }

    /// Elements of the array that a source begins with, which is inside of `depth` objects.
    pub fn within(source: R, depth: usize) -> JsonValues<R> {
        JsonValues::new(source, Kind::Within(depth))
    }

    fn new(source: R, kind: Kind) -> JsonValues<R> {
        let state = if kind == Kind::Several { State::Inside } else { State::Before };
        JsonValues {
            source,
            buffer: Vec::new(),
            next: 0,
            ended: false,
            number: 0,
            line: 1,
            kind,
            state,
            max: MAX_RECORD,
        }
    }

    /// Sets the longest value, in bytes.
    pub fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    /// Reads the next value into `value`, on one line, and returns its number, from 1; none at the end.
    ///
    /// # Errors
    /// Reading failed, the array does not end or something follows it, or a value is too long.
    pub fn next(&mut self, value: &mut Vec<u8>) -> io::Result<Option<u64>> {
        value.clear();
        loop {
            match (self.peek()?, self.state, self.kind) {
                (Some(b'['), State::Before, _) | (Some(b'['), State::After, Kind::Array) => {
                    self.take();
                    self.state = State::Inside;
                }
                (_, State::Before, _) => return Err(self.wrong("expected a JSON array")),
                (None, State::Inside, Kind::Array | Kind::Within(_)) => {
                    return Err(self.wrong("the JSON array does not end: is the file cut?"));
                }
                (None, ..) => return Ok(None),
                (Some(b','), _, Kind::Array) | (Some(b','), State::Inside, _) => self.take(),
                (Some(_), State::After, Kind::Within(depth)) => self.skip_rest(depth, value)?,
                (Some(_), State::After, _) => return Err(self.wrong("something follows the JSON array")),
                (Some(b']'), State::Inside, Kind::Array | Kind::Within(_)) => {
                    self.take();
                    self.state = State::After;
                }
                (Some(_), State::Inside, _) => break,
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

    /// Passes over what follows an array inside of objects.
    ///
    /// # Errors
    /// There are other comments, which would be lost.
    fn skip_rest(&mut self, mut depth: usize, value: &mut Vec<u8>) -> io::Result<()> {
        let others = "there are comments outside of the JSON array: take them out with naqd-import json, or make one array of them";
        while let Some(byte) = self.peek()? {
            match byte {
                b'"' => {
                    value.clear();
                    self.value(value)?;
                }
                b'{' if depth == 0 => return Err(self.wrong(others)),
                b'[' => {
                    self.take();
                    if self.peek()? == Some(b'{') {
                        value.clear();
                        self.value(value)?;
                        if has_text(value) {
                            return Err(self.wrong(others));
                        }
                    }
                }
                b'{' => {
                    depth += 1;
                    self.take();
                }
                b'}' => {
                    depth = depth.saturating_sub(1);
                    self.take();
                }
                _ => self.take(),
            }
        }
        value.clear();
        if depth > 0 { Err(self.wrong("the JSON object does not end: is the file cut?")) } else { Ok(()) }
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
            let rest = &self.buffer[self.next..];
            let Some(&byte) = rest.first() else {
                if self.ended {
                    return Ok(());
                }
                self.fill()?;
                continue;
            };
            // Most of it is letters.
            let plain = match in_string {
                _ if escaped => 0,
                true => memchr::memchr3(b'"', b'\\', b'\n', rest).unwrap_or(rest.len()),
                false => rest.iter().position(|&byte| IS_PART[usize::from(byte)]).unwrap_or(rest.len()),
            };
            if plain > 0 {
                value.extend_from_slice(&rest[..plain]);
                self.next += plain;
            } else if in_string {
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
            if value.len() > self.max {
                let max = self.max;
                return Err(self.wrong(&format!("a JSON value of more than {max} bytes: is a quote not closed?")));
            }
        }
    }
}

/// Bytes that mean something outside of strings.
static IS_PART: [bool; 256] = {
    let mut is_part = [false; 256];
    let bytes = b"\"{}[],\n\r";
    let mut at = 0;
    while at < bytes.len() {
        is_part[bytes[at] as usize] = true;
        at += 1;
    }
    is_part
};

/// True if a value is an object with a comment in it.
fn has_text(value: &[u8]) -> bool {
    let fields =
        std::str::from_utf8(value).ok().and_then(|text| serde_json::from_str::<Ordered<IgnoredAny>>(text).ok());
    fields.is_some_and(|fields| text_field(fields.0.iter().map(|(name, _)| &**name)).is_some())
}

/// Name of the field with further comments in it, if a field has some: an array that begins with a comment, or such an
/// array in an object with the name of one, `comments.data`.
pub fn further_comments(name: &str, value: &str) -> Option<String> {
    if value.starts_with('{') {
        let end = name.rsplit('.').next().unwrap_or(name);
        let fields = is_array_name(end).then(|| serde_json::from_str::<Ordered<&RawValue>>(value).ok()).flatten()?;
        let mut arrays = fields.0.iter().filter(|(_, value)| value.get().starts_with('['));
        return arrays.find_map(|(inside, value)| further_comments(&format!("{name}.{inside}"), value.get()));
    }
    let inside = value.strip_prefix('[')?.trim_start();
    if !inside.starts_with('{') {
        return None;
    }
    let mut stream = serde_json::Deserializer::from_str(inside).into_iter::<Ordered<IgnoredAny>>();
    let fields = stream.next()?.ok()?;
    text_field(fields.0.iter().map(|(name, _)| &**name)).map(|_| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;
    use std::io::Cursor;

    fn values(text: &[u8], is_array: bool) -> io::Result<Vec<Value>> {
        let source = Cursor::new(text.to_vec());
        let mut values = if is_array { JsonValues::array(source) } else { JsonValues::several(source) };
        let (mut all, mut value) = (Vec::new(), Vec::new());
        while values.next(&mut value)?.is_some() {
            assert!(!value.contains(&b'\n'));
            all.push(serde_json::from_slice(&value).map_err(io::Error::from)?);
        }
        Ok(all)
    }

    #[test]
    fn damaged_arrays_are_errors() {
        assert!(values(b"[{\"a\":1},", true).unwrap_err().to_string().contains("does not end"));
        assert!(values(b"[{\"a\":1}] x", true).unwrap_err().to_string().contains("follows"));
        assert_eq!(values(b"[1]\n[2],[3]", true).unwrap().len(), 3);
        assert_eq!(values(b"[ ]", true).unwrap(), Vec::<Value>::new());
        assert_eq!(values(b"[1, null ,true]", true).unwrap().len(), 3);
    }

    #[test]
    fn what_follows_an_inner_array_is_looked_at() {
        let read = |text: &str, depth| {
            let mut values = JsonValues::within(Cursor::new(text.as_bytes().to_vec()), depth);
            let (mut number, mut value) = (0, Vec::new());
            while values.next(&mut value)?.is_some() {
                number += 1;
            }
            Ok::<_, io::Error>(number)
        };
        assert_eq!(
            read("[{\"text\":\"a\"},{}], \"users\": [{\"name\":\"[{\"}], \"next\": {\"n\":[1,2]}}\n", 1).unwrap(),
            2
        );
        for (text, depth, said) in [
            ("[{}], \"more\": [{\"text\":\"b\"}]}", 1, "naqd-import json"),
            ("[{}]}}\n{\"all\":[]}", 2, "naqd-import json"),
            ("[{}]}", 2, "does not end"),
            ("[{}", 1, "does not end"),
        ] {
            assert!(read(text, depth).unwrap_err().to_string().contains(said), "{text}");
        }
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
