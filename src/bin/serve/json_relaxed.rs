//! Relaxed JSON, as Google's servers take it and its own quickstart shows it: names without quotes, single quotes, commas
//! before the end. By hand, since the parsers that take it have no bound on depth or copy every value.

/// The same as strict JSON. What is no relaxed JSON either comes out as something that is no JSON.
pub fn strict(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 8);
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        match byte {
            b'"' | b'\'' => at = string(body, at, &mut out),
            b',' => {
                let next = skip_blanks(body, at + 1);
                if !matches!(body.get(next), Some(b'}' | b']')) {
                    out.push(b',');
                }
                at += 1;
            }
            _ if is_name(byte) && !byte.is_ascii_digit() => {
                let end = at + body[at..].iter().take_while(|byte| is_name(**byte)).count();
                let is_key = body.get(skip_blanks(body, end)) == Some(&b':');
                let quote: &[u8] = if is_key { b"\"" } else { b"" };
                out.extend_from_slice(quote);
                out.extend_from_slice(&body[at..end]);
                out.extend_from_slice(quote);
                at = end;
            }
            // A number is copied whole, so that the e in it is no name.
            b'-' | b'0'..=b'9' => {
                let is_of = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let end = at + body[at..].iter().take_while(|byte| is_of(byte)).count();
                out.extend_from_slice(&body[at..end]);
                at = end;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Copies a string in quotes of either kind as one in double quotes; returns where it ends.
fn string(body: &[u8], start: usize, out: &mut Vec<u8>) -> usize {
    let quote = body[start];
    out.push(b'"');
    let mut at = start + 1;
    while let Some(&byte) = body.get(at) {
        match byte {
            b'\\' => {
                match body.get(at + 1) {
                    Some(b'\'') => out.push(b'\''),
                    Some(next) => out.extend([b'\\', *next]),
                    None => out.push(b'\\'),
                }
                at += 2;
            }
            _ if byte == quote => {
                out.push(b'"');
                return at + 1;
            }
            b'"' => {
                out.extend(b"\\\"");
                at += 1;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    at
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

/// The next place that is no blank. Each blank is seen by one comma or name before it at most.
fn skip_blanks(body: &[u8], start: usize) -> usize {
    start + body.get(start..).unwrap_or(&[]).iter().take_while(|byte| b" \t\r\n".contains(byte)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_google_takes() {
        let request = json!({ "comment": { "text": "it's \"so\"" }, "languages": ["en"], "n": [-1.5e3, true, null] });
        for body in [
            r#"{comment: {text: "it's \"so\""}, languages: ["en"], n: [-1.5e3, true, null] }"#,
            r#"{'comment': {'text': 'it\'s "so"',}, "languages": ['en' , ] , n: [-1.5e3,true,null,],}"#,
            r#"{comment:{text:'it\u0027s \"so\"'},languages:["en"],n:[-1.5e3,true,null]}"#,
        ] {
            assert_eq!(serde_json::from_slice::<Value>(&strict(body.as_bytes())).unwrap(), request, "{body}");
        }
        for body in ["{a}", "{a:b}", "{'a':1", "[1 2]", "'", "{,}x", "{a:'\\", "[,1]"] {
            assert!(serde_json::from_slice::<Value>(&strict(body.as_bytes())).is_err(), "{body}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
            Just(Value::Null),
            Just(json!(1.5e-7))
        ];
        leaf.prop_recursive(3, 20, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map(".*", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Strict JSON means the same as before.
        #[test]
        fn strict_json_stays(value in any_json()) {
            let text = value.to_string();
            prop_assert_eq!(serde_json::from_slice::<Value>(&strict(text.as_bytes())).unwrap(), value);
        }
    }
}
