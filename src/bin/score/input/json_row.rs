//! The comment in a row of JSON.

use std::borrow::Cow;

use naqd::internal::io::{
    Column, Ordered, TEXT_COLUMNS, Text, find_column, flatten, other_columns, several_columns, text_field,
};
use serde_json::value::RawValue;

/// Objects inside of one another in which a comment is looked for.
const MAX_LEVELS: usize = 4;

/// Fields of a JSON object in their order, each as it is written.
pub type Fields<'j> = Ordered<'j, &'j RawValue>;

/// The comment in a JSON object: the string at the path `field` (nested with dots), or the first of the usual
/// fields.
///
/// # Errors
/// There is none.
pub fn json_text<'r>(fields: &Fields<'r>, field: Option<&str>) -> Result<Cow<'r, str>, String> {
    let find = |fields: &Fields<'r>, name: &str| {
        // The last of several fields with the same key counts, as everywhere.
        fields.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    };
    if find(fields, "naqd").is_some() {
        return Err("has a field \"naqd\" already: score the original".to_owned());
    }
    let found = match field {
        None => find_text(fields),
        // The whole path may be the name of a field, dots and all.
        Some(path) => find(fields, path).or_else(|| {
            let mut names = path.split('.');
            let first = find(fields, names.next()?)?;
            names.try_fold(first, |value, name| find(&object(value.get()).ok()?, name))
        }),
    };
    let wanted = || field.map_or_else(|| TEXT_COLUMNS.join(", "), str::to_owned);
    let value = found.ok_or_else(|| format!("no field {}: name one with --text-field", wanted()))?;
    match serde_json::from_str::<Text<'r>>(value.get()) {
        Ok(Text(text)) => Ok(text),
        Err(_) if value.get() == "null" => Ok(Cow::Borrowed("")),
        Err(_) => {
            let what = match value.get().as_bytes().first() {
                Some(b'{') => "is not a string: name the one inside it with --text-field",
                Some(b'"') => "has an escape that stands for no letter, as half an emoji: the text was cut",
                _ => "is not a string",
            };
            Err(format!("field {} {what}", wanted()))
        }
    }
}

/// Value of the field that has one of the usual names; the last of several with the same name.
pub fn find_text<'r>(fields: &Fields<'r>) -> Option<&'r RawValue> {
    let called = |name: &str| fields.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value);
    if let Some(value) = TEXT_COLUMNS.iter().find_map(|usual| called(usual)) {
        return Some(value);
    }
    let name = text_field(fields.0.iter().map(|(name, _)| &**name))?;
    called(name)
}

/// Path to the comment in an object inside of one that has none itself, `content.rendered`.
pub fn path_inside(object: &str) -> Option<String> {
    let mut inside = Vec::new();
    // What went wrong is no comment.
    let is_error = |name: &str| ["error.", "errors."].iter().any(|error| name.starts_with(error));
    flatten(object, "", MAX_LEVELS, &mut |name, value| {
        inside.extend((value.starts_with('"') && !is_error(&name)).then_some(name));
    });
    let names: csv::ByteRecord = inside.iter().collect();
    let place = find_column(&names, Column::Text, None).ok()?;
    // Several of one name are several comments.
    let end = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let others = other_columns(&names, Column::Text, None, place);
    others.iter().all(|&other| end(&inside[other]) != end(&inside[place])).then(|| inside.swap_remove(place))
}

/// Part of a sentence about the field that is taken of an object in which several could be the comment.
pub fn several_fields(fields: &Fields) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for (name, value) in &fields.0 {
        if value.get().starts_with('"') && names.len() < 1000 && !names.contains(&&**name) {
            names.push(name);
        }
    }
    let header: csv::ByteRecord = names.iter().collect();
    let place = find_column(&header, Column::Text, None).ok()?;
    several_columns("comments", &names, place, &other_columns(&header, Column::Text, None, place))
}

/// A row as a JSON object.
///
/// # Errors
/// It is none.
pub fn object(json: &str) -> Result<Fields<'_>, String> {
    // The message about a string would have all of it, and no comment stands in a message.
    if json.trim_start().starts_with('"') {
        return Err("not a JSON object: it is a string".to_owned());
    }
    serde_json::from_str(json).map_err(|error| format!("not a JSON object: {error}"))
}
