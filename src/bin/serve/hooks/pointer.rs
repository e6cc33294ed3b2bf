//! JSON pointers (RFC 6901): one value is taken out of a text, and nothing else of it is kept in memory, whatever its form.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Maximum length of a pointer, in bytes.
const MAX_POINTER: usize = 512;

/// A pointer.
#[derive(Debug)]
pub struct Pointer {
    written: String,
    /// Names of fields, or places in arrays.
    steps: Vec<String>,
}

/// What stands at the end of a pointer.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// Nothing, or `null`.
    Nothing,
    Text(String),
    Whole(i128),
    /// A value of another kind, by its name.
    Other(&'static str),
}

impl Pointer {
    /// Reads a pointer.
    ///
    /// # Errors
    /// It is none.
    pub fn read(written: String) -> Result<Pointer, String> {
        let steps = match written.strip_prefix('/') {
            Some(rest) => rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
            None => Vec::new(),
        };
        if written.len() > MAX_POINTER || steps.is_empty() && !written.is_empty() {
            return Err(format!("{written:?}, expected a JSON pointer as in \"/comment/text\""));
        }
        Ok(Pointer { written, steps })
    }

    /// The value in a JSON text.
    ///
    /// # Errors
    /// The text is no JSON.
    pub fn find(&self, json: &[u8]) -> serde_json::Result<Found> {
        let mut text = serde_json::Deserializer::from_slice(json);
        let found = Seek(&self.steps).deserialize(&mut text)?;
        text.end()?;
        Ok(found)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.written)
    }
}

/// Steps that are left to the value.
struct Seek<'a>(&'a [String]);

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Found, D::Error> {
        json.deserialize_any(self)
    }
}

impl Seek<'_> {
    /// A value without fields, if it is the end.
    fn end<E>(&self, value: impl FnOnce() -> Found) -> Result<Found, E> {
        Ok(if self.0.is_empty() { value() } else { Found::Nothing })
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = Found;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Found, E> {
        self.end(|| Found::Other("a boolean"))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Found, E> {
        self.end(|| Found::Whole(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Found, E> {
        self.end(|| Found::Whole(number.into()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found, E> {
        self.end(|| Found::Other("a number with a fraction, or too large"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Found, E> {
        self.end(|| Found::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Found, A::Error> {
        let [step, rest @ ..] = self.0 else {
            while values.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Found::Other("an array"));
        };
        // As the standard has it: no sign, and no zero before other digits.
        let place = step.parse::<usize>().ok().filter(|place| place.to_string() == *step);
        let mut found = Found::Nothing;
        for number in 0.. {
            if Some(number) == place {
                match values.next_element_seed(Seek(rest))? {
                    Some(value) => found = value,
                    None => break,
                }
            } else if values.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Found, A::Error> {
        let [step, rest @ ..] = self.0 else {
            while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Found::Other("an object"));
        };
        let mut found = Found::Nothing;
        while let Some(is_it) = fields.next_key_seed(Is(step))? {
            if is_it {
                // Of several fields of a name the last one counts.
                found = fields.next_value_seed(Seek(rest))?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// A name of a field, which is not kept.
struct Is<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_same_is_found_as_by_serde_json() {
        let json = json!({
            "a": { "b": [1, "two", null, { "c/d": "e", "~": true, "~1": 5, "": "empty" }, 1.5, -7] }, "": { "": "x" }, "10": [0],
        });
        let text = json.to_string();
        for written in [
            "",
            "/",
            "//",
            "/a",
            "/a/b",
            "/a/b/0",
            "/a/b/1",
            "/a/b/2",
            "/a/b/3",
            "/a/b/01",
            "/a/b/+1",
            "/a/b/-",
            "/a/b/9",
            "/a/b/4",
            "/a/b/5",
            "/a/b/3/c~1d",
            "/a/b/3/~0",
            "/a/b/3/~01",
            "/a/b/3/",
            "/a/b/1/x",
            "/10/0",
            "/none",
            "/a/none/b",
        ] {
            let found = Pointer::read(written.to_owned()).unwrap().find(text.as_bytes()).unwrap();
            let expected = match json.pointer(written) {
                None | Some(Value::Null) => Found::Nothing,
                Some(Value::String(text)) => Found::Text(text.clone()),
                Some(Value::Number(number)) if !number.is_f64() => Found::Whole(number.as_i64().unwrap().into()),
                Some(_) => {
                    assert!(matches!(found, Found::Other(_)), "{written}: {found:?}");
                    continue;
                }
            };
            assert_eq!(found, expected, "{written}");
        }
    }

    #[test]
    fn what_is_no_json_is_an_error_wherever_it_stands() {
        let pointer = Pointer::read("/a".to_owned()).unwrap();
        assert_eq!(pointer.find(br#"{"a":1,"a":"last"}"#).unwrap(), Found::Text("last".to_owned()));
        let deep = format!(r#"{{"b":{}{},"a":"deep"}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(pointer.find(deep.as_bytes()).unwrap(), Found::Text("deep".to_owned()));
        for broken in
            [r#"{"a":"x""#, r#"{"a":"x"}}"#, r#"{"a":"x","b":[1,}"#, r#"{"a":"x",b:1}"#, "", "{\"a\":\"\u{1}\"}"]
        {
            assert!(pointer.find(broken.as_bytes()).is_err(), "{broken}");
        }
        assert!(Pointer::read("a/b".to_owned()).is_err() && Pointer::read("/".repeat(513)).is_err());
        // A pointer of many steps into a text as deep.
        let steps = Pointer::read("/0".repeat(256)).unwrap();
        assert!(
            steps.find(format!("{}1{}", "[".repeat(256), "]".repeat(256)).as_bytes()).is_err(),
            "128 levels at most"
        );
    }
}
