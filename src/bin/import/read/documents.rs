//! JSON documents, one after the other: JSON Lines, arrays, pages of an interface, written on one line or on many.

use std::borrow::Cow;
use std::fmt;
use std::io::{BufRead as _, BufReader, Write};
use std::rc::Rc;

use naqd::internal::io::JsonValues;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Stop;
use super::archive::Archive;
use super::source::{MAX_PIECE, Place, Source};

/// Document, or why it cannot be read, and its place: `comments.json:12`, or `comments.json: item 12`.
pub type Document<'d> = (Result<Cow<'d, str>, String>, &'d str);

/// Parses a document; one that cannot be parsed is named.
pub fn parsed<T: serde::de::DeserializeOwned, W: Write>(
    (document, at): Document,
    archive: &mut Archive<W>,
) -> Option<T> {
    let parsed = document.and_then(|text| serde_json::from_str(&text).map_err(|error| without_line(&error)));
    parsed.map_err(|error| archive.bad(&format!("{at}: {error}"))).ok()
}

/// Message without the line, which is that of the document and not of the file.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, _)) => format!("{what} (byte {} of the document)", error.column()),
        None => text,
    }
}

/// Reads the documents of a source: the elements of the arrays that the path leads to, objects there, or one on each
/// line.
///
/// # Errors
/// The file is damaged, or `each` stops.
pub fn read(
    mut source: Source,
    path: &[String],
    each: &mut dyn FnMut(Document) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let (place, file) = (source.place(), source.file().display().to_string());
    if path.is_empty() && has_lines(source.head()) {
        return read_lines(&mut source, &place, &file, each);
    }
    if path.is_empty() && source.head().trim_ascii_start().starts_with(b"[") {
        return read_arrays(source, &place, &file, each);
    }
    let mut number = 0_u64;
    let mut stopped = None;
    // It takes one byte after the other, which a buffer gives fastest; lines are then told by the errors of JSON.
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(source));
    loop {
        place.next_piece();
        match json.end() {
            Ok(()) => return Ok(()),
            Err(error) if error.is_io() => return Err(format!("{file}: {error}").into()),
            Err(_) => {}
        }
        let mut item = |document: Result<Cow<str>, String>| {
            number += 1;
            let at = format!("{file}: item {number}");
            place.next_piece();
            each((document, &at)).map_err(|stop| stopped = Some(stop))
        };
        let found = Items { path, item: &mut item }.deserialize(&mut json);
        if let Some(stop) = stopped.take() {
            return Err(stop);
        }
        if let Err(error) = found {
            let cut = if error.is_eof() { "the file was cut off: export again" } else { "the file is damaged here" };
            let line = if error.line() > 0 { format!(":{}", error.line()) } else { String::new() };
            return Err(format!("{file}{line}: {error}; {cut}").into());
        }
    }
}

/// True if a file has one document on each line: its first line is whole.
fn has_lines(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let line = match memchr::memchr(b'\n', head) {
        Some(end) => head[..end].trim_ascii_end(),
        None => return head.starts_with(b"{"),
    };
    line.starts_with(b"{") && line.ends_with(b"}")
}

/// Reads the elements of arrays one after the other.
fn read_arrays(
    source: Source,
    place: &Rc<Place>,
    file: &str,
    each: &mut dyn FnMut(Document) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut values = JsonValues::array(source);
    values.set_max(MAX_PIECE);
    let mut value = Vec::new();
    loop {
        // The reader has a limit of its own, and takes more than a piece at once.
        place.next_piece();
        let Some(number) = values.next(&mut value).map_err(|error| damaged(file, &error))? else { return Ok(()) };
        let text =
            if value.starts_with(b"{") { Ok(String::from_utf8_lossy(&value)) } else { Err("no object".to_owned()) };
        each((text, &format!("{file}: item {number}")))?;
    }
}

/// Message about an array that cannot be read on, with its line after the name of the file.
fn damaged(file: &str, error: &std::io::Error) -> String {
    let error = error.to_string().replace(": is the file cut?", "");
    let hint =
        if error.contains("does not end") { "the file was cut off: export again" } else { "the file is damaged here" };
    match error.strip_prefix("line ").and_then(|rest| rest.split_once(": ")) {
        Some((line, what)) => format!("{file}:{line}: {what}; {hint}"),
        None => format!("{file}: {error}; {hint}"),
    }
}

fn read_lines(
    source: &mut Source,
    place: &Rc<Place>,
    file: &str,
    each: &mut dyn FnMut(Document) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut line = Vec::new();
    loop {
        place.next_piece();
        line.clear();
        let at = format!("{file}:{}", place.line());
        if source.read_until(b'\n', &mut line).map_err(|error| format!("{at}: {error}"))? == 0 {
            return Ok(());
        }
        if !line.trim_ascii().is_empty() {
            each((Ok(String::from_utf8_lossy(line.trim_ascii())), &at))?;
        }
    }
}

/// Takes a document, or why it cannot be read; an error stops.
type Taker<'a> = dyn FnMut(Result<Cow<str>, String>) -> Result<(), ()> + 'a;

/// Documents at the end of a path.
struct Items<'a> {
    path: &'a [String],
    item: &'a mut Taker<'a>,
}

impl Items<'_> {
    fn give<E: serde::de::Error>(&mut self, document: Result<Cow<str>, String>) -> Result<(), E> {
        (self.item)(document).map_err(|()| E::custom("stopped"))
    }

    /// A value that is neither array nor object: no item, if it stands where one should.
    fn scalar<E: serde::de::Error>(mut self) -> Result<(), E> {
        if self.path.is_empty() { self.give(Err("no object".to_owned())) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object, or an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        if self.path.is_empty() {
            while let Some(element) = elements.next_element::<Box<RawValue>>()? {
                self.give(Ok(Cow::Borrowed(element.get())))?;
            }
            return Ok(());
        }
        // Pages in an array.
        while let Some(()) = elements.next_element_seed(Items { path: self.path, item: &mut *self.item })? {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.path.split_first() else {
            let mut object = serde_json::Map::new();
            while let Some((name, value)) = fields.next_entry()? {
                object.insert(name, value);
            }
            let text = serde_json::to_string(&object).map_err(A::Error::custom)?;
            return self.give(Ok(Cow::Owned(text)));
        };
        while let Some(name) = fields.next_key::<String>()? {
            if name == *first {
                fields.next_value_seed(Items { path: rest, item: &mut *self.item })?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.scalar()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.scalar()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar()
    }
}

/// Text of a value: strings, numbers, truth values, and the dates, numbers and keys of MongoDB's extended JSON, relaxed or
/// canonical. Dates become RFC 3339. None if there is nothing, or something larger.
pub fn text(value: &serde_json::Value) -> Option<Cow<'_, str>> {
    use serde_json::Value;
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
        Value::Object(fields) if fields.len() == 1 => {
            let (name, value) = fields.iter().next()?;
            match (&**name, value) {
                ("$date", Value::String(_)) => text(value),
                ("$date", value) => {
                    let text = text(value)?;
                    Some(text.parse().ok().and_then(date).map_or(text, Cow::Owned))
                }
                (
                    "$oid" | "$uuid" | "$numberLong" | "$numberInt" | "$numberDouble" | "$numberDecimal" | "$symbol",
                    _,
                ) if !value.is_object() => text(value),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Date of a number of milliseconds since 1970.
fn date(milliseconds: i64) -> Option<String> {
    use std::time::{Duration, UNIX_EPOCH};
    // Later years have five digits, which RFC 3339 has not.
    const END: u64 = 253_402_300_800_000;
    let milliseconds = u64::try_from(milliseconds).ok().filter(|milliseconds| *milliseconds < END)?;
    Some(humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(milliseconds)).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_json_is_text() {
        for (json, expected) in [
            (r#""a""#, Some("a")),
            ("12", Some("12")),
            ("true", Some("true")),
            ("null", None),
            ("[]", None),
            ("{}", None),
            (r#"{"$date":"2024-05-01T10:00:00.000Z"}"#, Some("2024-05-01T10:00:00.000Z")),
            (r#"{"$date":{"$numberLong":"1714557600000"}}"#, Some("2024-05-01T10:00:00.000Z")),
            (r#"{"$date":1714557600000}"#, Some("2024-05-01T10:00:00.000Z")),
            (r#"{"$date":{"$numberLong":"-1"}}"#, Some("-1")),
            (r#"{"$date":{"$numberLong":"9223372036854775807"}}"#, Some("9223372036854775807")),
            (r#"{"$oid":"65a"}"#, Some("65a")),
            (r#"{"$numberInt":"3"}"#, Some("3")),
            (r#"{"$oid":{"$oid":"65a"}}"#, None),
            (r#"{"other":"65a"}"#, None),
        ] {
            assert_eq!(text(&serde_json::from_str(json).unwrap()).as_deref(), expected, "{json}");
        }
    }
}
