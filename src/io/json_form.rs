//! Form of the JSON in a text: objects one a line, an array of them, or an array inside of an object.

use super::table::{MAX_LEVELS, flatten};

/// Form of JSON that a text has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JsonForm {
    /// One object a line.
    Lines,
    /// One array of objects, or several.
    Array,
    /// Objects one after the other, each of several lines or many on one.
    Several,
    /// An array of objects inside of an object.
    Within(Inner),
    /// An array of arrays.
    Arrays,
}

/// Array inside of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inner {
    /// Names that lead to it, with dots.
    pub path: String,
    /// Place of its `[`.
    pub place: usize,
    /// Number of objects around it.
    pub depth: usize,
}

/// Deepest array that is looked for.
const MAX_DEPTH: usize = 4;

/// Form of the JSON in `head`, the first bytes of a text; `whole` if there are no others to look at. `is_comment` knows a
/// comment by the names of its fields. The inner none if it is not JSON, the outer if more of the text is needed to tell.
pub fn form(head: &[u8], whole: bool, is_comment: &dyn Fn(&csv::ByteRecord) -> bool) -> Option<Option<JsonForm>> {
    let text = head.trim_ascii_start();
    let Some((&first, rest)) = text.split_first() else { return if whole { Some(None) } else { None } };
    let inside = rest.trim_ascii_start();
    match (first, inside.first()) {
        (b'[' | b'{', None) if !whole => None,
        (b'[', Some(b'{')) => Some(Some(JsonForm::Array)),
        (b'[', Some(b'[')) => Some(is_array_of::<Vec<serde::de::IgnoredAny>>(inside).then_some(JsonForm::Arrays)),
        // Strings and nothing are read as well, if it is an array indeed.
        (b'[', Some(b'"')) => Some(is_array_of::<String>(inside).then_some(JsonForm::Array)),
        (b'[', Some(b']')) => Some((whole && inside[1..].trim_ascii().is_empty()).then_some(JsonForm::Array)),
        (b'{', Some(b'"' | b'}')) => object(head, text, whole, is_comment).map(Some),
        _ => Some(None),
    }
}

/// Form of a text that begins with an object.
fn object(head: &[u8], text: &[u8], whole: bool, is_comment: &dyn Fn(&csv::ByteRecord) -> bool) -> Option<JsonForm> {
    let mut stream = serde_json::Deserializer::from_slice(text).into_iter::<&serde_json::value::RawValue>();
    let found = stream.next();
    let rest = &text[stream.byte_offset()..];
    let inner = || inner(head, is_comment).map(JsonForm::Within);
    match found {
        Some(Ok(object)) => {
            // Of several such objects naqd-import makes rows.
            let is_alone = rest.trim_ascii().is_empty();
            if is_alone
                && !is_text(object.get(), is_comment)
                && let Some(within) = inner()
            {
                return Some(within);
            }
            if memchr::memchr(b'\n', object.get().as_bytes()).is_some() {
                return Some(JsonForm::Several);
            }
            let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii();
            let is_followed = matches!(line.first(), Some(b'{' | b','));
            Some(if is_followed { JsonForm::Several } else { JsonForm::Lines })
        }
        Some(Err(error)) if error.is_eof() => {
            if let Some(within) = inner() {
                return Some(within);
            }
            let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
            let further = text[line.len()..].trim_ascii_start();
            let is_open = matches!(line.trim_ascii_end().last(), Some(b'{' | b',' | b'[' | b':'));
            match further.first() {
                // An object that goes on in the next line.
                Some(b'"' | b'}' | b']' | b',' | b'{' | b'[') => Some(JsonForm::Several),
                None if !whole && is_open => None,
                _ => Some(JsonForm::Lines),
            }
        }
        _ => Some(JsonForm::Lines),
    }
}

/// True if an object is a comment itself, by the fields that are no arrays. A page of an interface may have a message.
fn is_text(object: &str, is_comment: &dyn Fn(&csv::ByteRecord) -> bool) -> bool {
    let mut names = csv::ByteRecord::new();
    flatten(object, "", MAX_LEVELS, &mut |name, value| {
        if !value.starts_with('[') && !name.eq_ignore_ascii_case("message") {
            names.push_field(name.as_bytes());
        }
    });
    is_comment(&names)
}

/// True if what follows a `[` is such a value and then a comma or the end.
fn is_array_of<'j, T: serde::Deserialize<'j>>(inside: &'j [u8]) -> bool {
    let mut stream = serde_json::Deserializer::from_slice(inside).into_iter::<T>();
    let is_value = matches!(stream.next(), Some(Ok(_)));
    is_value && matches!(inside[stream.byte_offset()..].trim_ascii_start().first(), Some(b',' | b']'))
}

/// The first array of comments inside of the object that a text begins with, if the object is none itself.
fn inner(head: &[u8], is_comment: &dyn Fn(&csv::ByteRecord) -> bool) -> Option<Inner> {
    // Keys of the objects around a place; none is an array.
    let mut around: Vec<Option<String>> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut expects_key = false;
    let mut at = 0;
    while let Some(&byte) = head.get(at) {
        let is_value = !expects_key && around.iter().all(Option::is_some);
        match byte {
            b'"' => {
                let end = string_end(head, at)?;
                if expects_key {
                    let key = serde_json::from_slice::<String>(&head[at..end]).ok()?;
                    *around.last_mut()? = Some(key);
                    expects_key = false;
                } else if is_value {
                    names.push(path(&around));
                }
                at = end;
                continue;
            }
            b'{' => {
                around.push(Some(String::new()));
                expects_key = true;
            }
            b'[' => {
                let is_near = is_value && around.len() <= MAX_DEPTH;
                if is_near && is_array_of_comments(&head[at + 1..], is_comment) {
                    // A page of an interface may have a message of its own.
                    names.retain(|name| !name.eq_ignore_ascii_case("message"));
                    let is_text = is_comment(&names.into());
                    return (!is_text).then(|| Inner { path: path(&around), place: at, depth: around.len() });
                }
                around.push(None);
            }
            b'}' | b']' => {
                around.pop()?;
                expects_key = false;
                if around.is_empty() {
                    return None;
                }
            }
            b',' => expects_key = around.last()?.is_some(),
            _ => {}
        }
        at += 1;
    }
    None
}

/// True if an array, of which this is what follows its `[`, begins with a comment.
fn is_array_of_comments(inside: &[u8], is_comment: &dyn Fn(&csv::ByteRecord) -> bool) -> bool {
    let mut stream = serde_json::Deserializer::from_slice(inside).into_iter::<&serde_json::value::RawValue>();
    let Some(Ok(first)) = stream.next() else { return false };
    let mut names = csv::ByteRecord::new();
    first.get().starts_with('{')
        && flatten(first.get(), "", MAX_LEVELS, &mut |name, _| names.push_field(name.as_bytes()))
        && is_comment(&names)
}

fn path(around: &[Option<String>]) -> String {
    around.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(".")
}

/// Place after the string that begins at a place.
pub(super) fn string_end(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        match text[at] {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<JsonForm> {
        form(text.as_bytes(), true, &|row| row.iter().any(|name| name == b"text" || name == b"snippet.text")).unwrap()
    }

    #[test]
    fn forms_are_told_apart() {
        assert_eq!(of("{\"a\":1}\n{\"a\":2}\n"), Some(JsonForm::Lines));
        assert_eq!(of("{\n  \"a\": 1\n}\n"), Some(JsonForm::Several));
        assert_eq!(of("{\"a\":1}{\"a\":2}"), Some(JsonForm::Several));
        assert_eq!(of("{\"a\":1},\n{\"a\":2}"), Some(JsonForm::Several));
        assert_eq!(of("[\n {\"a\":1}]"), Some(JsonForm::Array));
        assert_eq!(of("[\"a\", \"b\"]"), Some(JsonForm::Array));
        assert_eq!(of("[]\n"), Some(JsonForm::Array));
        assert_eq!(of("[[\"id\", \"text\"], [1, \"a\"]]"), Some(JsonForm::Arrays));
        for text in ["[removed]", "[\"quoted\" is what he said", "{smile}", "[] what", "", "hello", "[[link]] here"] {
            assert_eq!(of(text), None, "{text}");
        }
        let nothing: &dyn Fn(&csv::ByteRecord) -> bool = &|_| false;
        assert_eq!(form(b"[\n", false, nothing), None);
        assert_eq!(form(b"{\n", false, nothing), None);
        assert_eq!(form(b"{\"text\":\"a\"}\n", false, nothing), Some(Some(JsonForm::Lines)));
    }

    #[test]
    fn arrays_inside_of_objects_are_found() {
        let found = |text: &str| match of(text) {
            Some(JsonForm::Within(inner)) => format!("{} {} {}", inner.path, inner.place, inner.depth),
            other => format!("{other:?}"),
        };
        assert_eq!(found("{\"comments\": [{\"text\": \"a\"}]}"), "comments 13 1");
        assert_eq!(
            found("{\"ok\":[1,[2]],\"data\":{\"n\":1,\"items\":[{\"snippet\":{\"text\":\"a\"}}]}}"),
            "data.items 36 2"
        );
        assert_eq!(found("{\"message\":\"done\",\"all\":[{\"text\":\"a\"}]}"), "all 24 1");
        // A comment with replies, another list, and several objects are none.
        assert_eq!(found("{\"text\":\"a\",\"replies\":[{\"text\":\"b\"}]}"), "Some(Lines)");
        assert_eq!(found("{\"replies\":[{\"text\":\"b\"}],\"text\":\"a\"}"), "Some(Lines)");
        assert_eq!(found("{\"replies\":[{\"text\":\"b\"}],\"text\":\"[edited] a\"}"), "Some(Lines)");
        assert_eq!(found("{\"tags\":[{\"name\":\"a\"}]}"), "Some(Lines)");
        assert_eq!(found("{\"all\":[{\"text\":\"a\"}]}\n{\"all\":[{\"text\":\"b\"}]}"), "Some(Lines)");
    }
}
