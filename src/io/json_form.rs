//! Form of the JSON in a text: objects one a line, an array of them, or an array inside of an object.

use std::borrow::Cow;
use std::ops::Range;

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
    /// Tables as phpMyAdmin writes them, without one of comments at the beginning.
    Tables,
    /// What an interface answers in place of comments: why it gives none.
    Failure,
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
    /// Paths to texts outside of it, as of the article, which are no comments.
    pub texts: Vec<String>,
}

/// Deepest array that is looked for, and most arrays.
const MAX_DEPTH: usize = 4;
const MAX_ARRAYS: usize = 50;

/// Names of arrays of comments, in lower case: by them an empty one is known, and an object with one in it.
const ARRAYS: [&str; 20] = [
    "comments",
    "replies",
    "children",
    "items",
    "data",
    "results",
    "responses",
    "answers",
    "posts",
    "messages",
    "reviews",
    "rows",
    "records",
    "hits",
    "entries",
    "nodes",
    "edges",
    "docs",
    "التعليقات",
    "الردود",
];

/// True if an array of comments may have this name.
pub(super) fn is_array_name(name: &str) -> bool {
    ARRAYS.iter().any(|array| array.eq_ignore_ascii_case(name))
}

/// Form of the JSON in `head`, the first bytes of a text; `whole` if there are no others to look at. `is_comment` knows a
/// comment by the names of its fields. The inner none if it is not JSON, the outer if more of the text is needed to tell.
pub fn form(head: &[u8], whole: bool, is_comment: &dyn Fn(&csv::ByteRecord) -> bool) -> Option<Option<JsonForm>> {
    let known = with_numbers(head);
    let head = &*known;
    let text = head.trim_ascii_start();
    let Some((&first, rest)) = text.split_first() else { return if whole { Some(None) } else { None } };
    let inside = rest.trim_ascii_start();
    match (first, inside.first()) {
        (b'[' | b'{', None) if !whole => None,
        (b'[', Some(b'{')) => Some(Some(tables(head, inside, is_comment).unwrap_or(JsonForm::Array))),
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
            if is_alone && !is_text(object.get(), is_comment) {
                if let Some(within) = inner() {
                    return Some(within);
                }
                if whole && is_failure(object.get()) {
                    return Some(JsonForm::Failure);
                }
                if whole && let Some(empty) = empty_array(head) {
                    return Some(JsonForm::Within(empty));
                }
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

/// True if an object is a comment itself, by its fields that are strings, or objects called as a comment. A page of an
/// interface may have a message.
fn is_text(object: &str, is_comment: &dyn Fn(&csv::ByteRecord) -> bool) -> bool {
    let mut names = csv::ByteRecord::new();
    flatten(object, "", 0, &mut |name, value| {
        if value.starts_with(['"', '{']) && !name.eq_ignore_ascii_case("message") {
            names.push_field(name.as_bytes());
        }
    });
    is_comment(&names)
}

/// True if an object without a comment says why there are none, as interfaces answer: `{"error":{"message":...}}`.
fn is_failure(object: &str) -> bool {
    let mut names = Vec::new();
    flatten(object, "", 0, &mut |name, value| {
        if !matches!(value, "null" | "false" | "0" | "\"\"" | "[]" | "{}") {
            names.push(name.to_ascii_lowercase());
        }
    });
    let has = |name: &str| names.iter().any(|found| found == name);
    let is_numbered = ["id", "_id", "comment_id", "commentid"].into_iter().any(has);
    let is_status = ["code", "status", "statuscode", "error_code", "documentation_url"].into_iter().any(has);
    ["error", "errors", "fault"].into_iter().any(has) || has("message") && is_status && !is_numbered
}

/// Form of an array that phpMyAdmin wrote: objects that say what they are, those of tables with their rows in `data`.
fn tables(head: &[u8], inside: &[u8], is_comment: &dyn Fn(&csv::ByteRecord) -> bool) -> Option<JsonForm> {
    let kind = |object: &str| {
        let mut kind = None;
        flatten(object, "", 0, &mut |name, value| kind = kind.or((name == "type").then_some(value)));
        kind.map(|kind| kind.trim_matches('"').to_owned())
    };
    let mut rest = inside;
    let mut is_first = true;
    loop {
        let mut stream = serde_json::Deserializer::from_slice(rest).into_iter::<&serde_json::value::RawValue>();
        let object = stream.next().and_then(Result::ok).map(serde_json::value::RawValue::get);
        let end = stream.byte_offset();
        if is_first
            && (kind(object?).as_deref() != Some("header")
                || memchr::memmem::find(object?.as_bytes(), b"MyAdmin").is_none())
        {
            return None;
        }
        is_first = false;
        // A long table does not end here.
        if let Some(found) = inner(rest, is_comment) {
            let place = head.len() - rest.len() + found.place;
            return Some(JsonForm::Within(Inner { place, ..found }));
        }
        if object.is_none() {
            return Some(JsonForm::Tables);
        }
        match rest[end..].trim_ascii_start().strip_prefix(b",") {
            Some(next) => rest = next.trim_ascii_start(),
            None => return Some(JsonForm::Tables),
        }
    }
}

/// True if what follows a `[` is such a value and then a comma or the end.
fn is_array_of<'j, T: serde::Deserialize<'j>>(inside: &'j [u8]) -> bool {
    let mut stream = serde_json::Deserializer::from_slice(inside).into_iter::<T>();
    let is_value = matches!(stream.next(), Some(Ok(_)));
    is_value && matches!(inside[stream.byte_offset()..].trim_ascii_start().first(), Some(b',' | b']'))
}

/// Array of comments that was found, by the names that lead to it.
struct Candidate {
    keys: Vec<String>,
    place: usize,
}

/// What stands in an object that is no part of an array.
#[derive(Default)]
struct Parts {
    /// Names that lead to each string.
    strings: Vec<Vec<String>>,
    /// Arrays of comments.
    arrays: Vec<Candidate>,
    /// Empty arrays.
    empty: Vec<Candidate>,
}

/// The first array of comments inside of the object that a text begins with, unless the object which holds it is a comment
/// itself, by its strings.
fn inner(head: &[u8], is_comment: &dyn Fn(&csv::ByteRecord) -> bool) -> Option<Inner> {
    let mut parts = Parts::default();
    // Of a text that is cut, what was found up to there counts.
    let _ = collect(head, is_comment, &mut parts);
    let Parts { strings, arrays, .. } = parts;
    let own_names = |array: &Candidate| {
        let depth = array.keys.len();
        let around = &array.keys[..depth - 1];
        let is_own = |keys: &&Vec<String>| {
            let is_message = keys.len() == depth && keys[depth - 1].eq_ignore_ascii_case("message");
            (depth..=depth + 1).contains(&keys.len()) && keys.starts_with(around) && !is_message
        };
        strings.iter().filter(is_own).map(|keys| keys[depth - 1].as_str()).collect::<csv::ByteRecord>()
    };
    // What went wrong has a message, and is no comment.
    let is_error = |array: &Candidate| array.keys.iter().any(|key| ["error", "errors"].contains(&&**key));
    let array = arrays.into_iter().find(|array| !is_error(array) && !is_comment(&own_names(array)))?;
    let is_text = |keys: &&Vec<String>| {
        let name = keys.last().map_or("", String::as_str);
        !name.eq_ignore_ascii_case("message") && is_comment(&csv::ByteRecord::from(vec![name]))
    };
    let texts = strings.iter().filter(is_text).map(|keys| keys.join(".")).take(3).collect();
    Some(Inner { path: array.keys.join("."), place: array.place, depth: array.keys.len(), texts })
}

/// An array without anything in it, by whose name there could be comments.
fn empty_array(head: &[u8]) -> Option<Inner> {
    let mut parts = Parts::default();
    collect(head, &|_| false, &mut parts)?;
    let array = parts.empty.into_iter().find(|array| array.keys.last().is_some_and(|name| is_array_name(name)))?;
    Some(Inner { path: array.keys.join("."), place: array.place, depth: array.keys.len(), texts: Vec::new() })
}

/// Collects the parts of the object that a text begins with; none if it is cut.
fn collect(head: &[u8], is_comment: &dyn Fn(&csv::ByteRecord) -> bool, parts: &mut Parts) -> Option<()> {
    // Keys of the objects around a place; none is an array.
    let mut around: Vec<Option<String>> = Vec::new();
    let mut arrays = 0;
    let mut expects_key = false;
    let mut at = 0;
    while let Some(&byte) = head.get(at) {
        let is_value = !expects_key && arrays == 0;
        let keys = || around.iter().flatten().cloned().collect();
        match byte {
            b'"' => {
                let end = string_end(head, at)?;
                if expects_key {
                    let key = serde_json::from_slice::<String>(&head[at..end]).ok()?;
                    *around.last_mut()? = Some(key);
                    expects_key = false;
                } else if is_value && around.len() <= MAX_DEPTH + 1 {
                    parts.strings.push(keys());
                }
                at = end;
                continue;
            }
            b'{' => {
                around.push(Some(String::new()));
                expects_key = true;
            }
            b'[' => {
                if is_value && (1..=MAX_DEPTH).contains(&around.len()) && parts.arrays.len() < MAX_ARRAYS {
                    if is_array_of_comments(&head[at + 1..], is_comment) {
                        parts.arrays.push(Candidate { keys: keys(), place: at });
                    } else if head[at + 1..].trim_ascii_start().starts_with(b"]") {
                        parts.empty.push(Candidate { keys: keys(), place: at });
                    }
                }
                around.push(None);
                arrays += 1;
            }
            b'}' | b']' => {
                arrays -= usize::from(around.pop()?.is_none());
                expects_key = false;
                if around.is_empty() {
                    return Some(());
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

/// The words for numbers that JSON does not have, outside of strings: their places, from the first on.
pub fn no_numbers(json: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_there = memchr::memmem::find(json, b"NaN").is_some() || memchr::memmem::find(json, b"Infinity").is_some();
    let mut at = if is_there { 0 } else { json.len() };
    std::iter::from_fn(move || {
        while let Some(&byte) = json.get(at) {
            if byte == b'"' {
                at = string_end(json, at).unwrap_or(json.len());
                continue;
            }
            let word = [&b"NaN"[..], b"Infinity", b"-Infinity"].into_iter().find(|word| json[at..].starts_with(word));
            if let Some(word) = word {
                at += word.len();
                return Some(at - word.len()..at);
            }
            at += 1;
        }
        None
    })
}

/// JSON with `null` for the words for numbers that it does not have; none if there are none.
pub fn with_null(json: &[u8]) -> Option<Vec<u8>> {
    let mut better = Vec::new();
    let mut end = 0;
    for place in no_numbers(json) {
        better.extend_from_slice(&json[end..place.start]);
        better.extend_from_slice(b"null");
        end = place.end;
    }
    better.extend_from_slice(&json[end..]);
    (end > 0).then_some(better)
}

/// The same with numbers as long as these words, so that all else stays at its place.
fn with_numbers(json: &[u8]) -> Cow<'_, [u8]> {
    let mut better = Cow::Borrowed(json);
    for place in no_numbers(json) {
        better.to_mut()[place.clone()].fill(b' ');
        better.to_mut()[place.start] = b'0';
    }
    better
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
