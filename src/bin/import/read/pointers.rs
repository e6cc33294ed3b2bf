//! Any JSON, by pointers (RFC 6901): where the comment is, and what was decided.

use std::borrow::Cow;
use std::io::Write;

use serde_json::Value;

use super::archive::{Archive, Comment, Status};
use super::source::{Source, named};
use super::{Stop, documents, wordpress};

/// Most names that a message lists.
const MAX_LISTED: usize = 20;

/// Places of what is read, in each item. Of several pointers the first that leads to something counts.
#[derive(Clone, Debug, Default)]
pub struct Pointers {
    pub text: Vec<String>,
    pub decision: Vec<String>,
    pub id: Vec<String>,
    pub when: Vec<String>,
    pub story: Vec<String>,
    pub parent: Vec<String>,
    pub author: Vec<String>,
    pub email: Vec<String>,
    pub ip: Vec<String>,
    /// Place of the items in a document.
    pub items: String,
    /// Places of further items in an item: replies.
    pub replies: Vec<String>,
    /// True if the comments are HTML.
    pub html: bool,
    /// True if decisions are WordPress' statuses, and types say which comments are readers'.
    pub wordpress: bool,
}

/// Checks a pointer: it is empty, or begins with `/`.
///
/// # Errors
/// A sentence with the expected form.
pub fn pointer(text: &str) -> Result<String, String> {
    if text.is_empty() || text.starts_with('/') {
        Ok(text.to_owned())
    } else {
        Err(format!("a pointer begins with /, as in /{}", text.replace('.', "/")))
    }
}

/// Names on the way of a pointer.
fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// Reads the items of a file.
///
/// # Errors
/// It is damaged, no item has a comment, there are enough comments, or they cannot be written.
pub fn read<W: Write>(source: Source, pointers: &Pointers, archive: &mut Archive<W>) -> Result<(), Stop> {
    let file = source.file().to_owned();
    let mut seen = Seen::default();
    documents::read(source, &steps(&pointers.items), &mut |document| {
        let at = document.1;
        match documents::parsed(document, archive) {
            Some(Value::Object(value)) => pointers.push(&Value::Object(value), "", at, archive, &mut seen),
            Some(_) => {
                archive.bad(&format!("{at}: no object"));
                Ok(())
            }
            None => Ok(()),
        }
    })?;
    if seen.items == 0 && !pointers.items.is_empty() {
        let items = &pointers.items;
        return Err(format!("{}: no items at {items}; name their place with --items", file.display()).into());
    }
    if seen.texts == 0 && !seen.names.is_empty() {
        return Err(format!(
            "{}: no item has a text at {}; the first has {}",
            file.display(),
            pointers.text.join(" or "),
            seen.names.join(", ")
        )
        .into());
    }
    Ok(())
}

/// Items of a file so far.
#[derive(Default)]
struct Seen {
    items: u64,
    /// Number of items that have a text, if an empty one.
    texts: u64,
    /// Pointers to what the first item has.
    names: Vec<String>,
}

impl Pointers {
    fn push<W: Write>(
        &self,
        item: &Value,
        above: &str,
        at: &str,
        archive: &mut Archive<W>,
        seen: &mut Seen,
    ) -> Result<(), Stop> {
        let get = |pointers: &[String]| -> Cow<str> {
            pointers.iter().find_map(|pointer| documents::text(item.pointer(pointer)?)).unwrap_or_default()
        };
        seen.items += 1;
        if seen.names.is_empty() {
            list(item, &mut String::new(), &mut seen.names);
        }
        if self.wordpress
            && let (Some(code), Some(message)) = (item.get("code"), item.get("message"))
        {
            let said = format!("{} ({})", named(message.as_str().unwrap_or("")), named(code.as_str().unwrap_or("")));
            return Err(format!("{at}: WordPress answered with an error: {said}; ask again with a password").into());
        }
        let (id, parent) = (get(&self.id), get(&self.parent));
        let parent = if parent.is_empty() { Cow::Borrowed(above) } else { parent };
        let has_text = self.text.iter().any(|pointer| item.pointer(pointer).is_some());
        if has_text {
            seen.texts += 1;
            self.comment(item, &get, &id, &parent, archive)?;
        } else if self.replies.is_empty() {
            archive.skip("(no text)", "left out: a deleted comment or one of pictures only");
        }
        // As deep as JSON is read, which is bounded.
        for pointer in &self.replies {
            match item.pointer(pointer) {
                Some(Value::Array(replies)) => {
                    replies.iter().try_for_each(|reply| self.push(reply, &id, at, archive, seen))?;
                }
                Some(reply @ Value::Object(_)) => self.push(reply, &id, at, archive, seen)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn comment<'v, W: Write>(
        &self,
        item: &Value,
        get: &impl Fn(&[String]) -> Cow<'v, str>,
        id: &str,
        parent: &str,
        archive: &mut Archive<W>,
    ) -> Result<(), Stop> {
        let (decision, when) = (get(&self.decision), get(&self.when));
        let decision = decision.trim();
        let (parent, when) = if self.wordpress {
            let kind = item.get("type").and_then(Value::as_str).unwrap_or("");
            if let Some(why) = wordpress::no_reader(kind) {
                archive.skip(kind, why);
                return Ok(());
            }
            let has_gmt = item.get("date_gmt").is_some_and(Value::is_string);
            let when = if has_gmt { format!("{}Z", when.trim_end_matches('Z')) } else { when.into_owned() };
            (wordpress::parent(parent), Cow::Owned(when))
        } else {
            (parent, when)
        };
        let why;
        let status = match decision {
            _ if self.wordpress => wordpress::status(decision, None),
            "" => Status::decided("(no decision)", "", "no decision in the export"),
            _ => {
                why = format!("{decision}: not named by --map");
                Status::decided(decision, "", &why)
            }
        };
        archive.push(&Comment {
            text: &get(&self.text),
            html: self.html,
            when: &when,
            story: &get(&self.story),
            id,
            parent,
            author: &get(&self.author),
            email: &get(&self.email),
            ip: &get(&self.ip),
            status,
        })
    }
}

/// Adds the pointers to all texts in a value.
fn list(value: &Value, path: &mut String, names: &mut Vec<String>) {
    let Value::Object(fields) = value else {
        if !value.is_null() {
            let array = if value.is_array() { " (an array)" } else { "" };
            names.push(named(path) + array);
        }
        return;
    };
    for (name, value) in fields {
        if names.len() < MAX_LISTED {
            let length = path.len();
            path.push('/');
            path.push_str(&name.replace('~', "~0").replace('/', "~1"));
            list(value, path, names);
            path.truncate(length);
        }
    }
}
