//! Disqus: the XML of its export.

use std::collections::HashMap;
use std::io::Write;

use super::archive::{Archive, Comment, Status};
use super::source::{MAX_PIECE, Source};
use super::xml::{Piece, Xml, attribute};
use super::{APPROVED, Stop};

/// Most articles whose address is kept, and the longest address: the comments of others have the article's number.
const MAX_STORIES: usize = 1_000_000;
const MAX_LINK: usize = 2048;

/// Elements of a comment, and of its author.
const FIELDS: [&str; 8] = ["message", "createdAt", "isDeleted", "isSpam", "isApproved", "name", "email", "ipAddress"];

/// Reads an export.
///
/// # Errors
/// It is damaged, there are enough comments, or they cannot be written.
pub fn read<W: Write>(source: Source, archive: &mut Archive<W>) -> Result<(), Stop> {
    let mut xml = Xml::new(source);
    let mut links: HashMap<String, String> = HashMap::new();
    // Depth at which the article or the comment opened, and the element whose text is read.
    let (mut outer, mut is_post, mut field) = (0, false, None);
    let (mut id, mut link, mut story, mut parent) = (String::new(), String::new(), String::new(), String::new());
    let mut fields: [String; FIELDS.len()] = Default::default();
    let mut too_long = false;
    loop {
        match xml.next()? {
            Piece::Start(start) => {
                let name = start.local_name().into_inner().to_owned();
                let number = attribute(&start, "id").map_or(String::new(), |id| id.into_owned());
                drop(start);
                let depth = xml.depth();
                if outer == 0 && (name == "post" || name == "thread") {
                    (outer, is_post, id, too_long) = (depth, name == "post", number, false);
                    [&mut link, &mut story, &mut parent].into_iter().for_each(String::clear);
                    fields.iter_mut().for_each(String::clear);
                } else if outer > 0 && depth == outer + 1 && name == "thread" {
                    story = number;
                } else if outer > 0 && depth == outer + 1 && name == "parent" {
                    parent = number;
                } else if outer > 0 && depth <= outer + 2 {
                    // The name in `author` is one deeper.
                    let is_person = ["name", "email", "ipAddress"].contains(&&*name);
                    if name == "link" && depth == outer + 1 {
                        field = Some((FIELDS.len(), depth));
                    } else if is_person || depth == outer + 1 {
                        field = FIELDS.iter().position(|known| *known == name).map(|known| (known, depth));
                    }
                }
            }
            Piece::Text(text) => match field {
                Some((known, _)) if known < FIELDS.len() => {
                    if fields[known].len() + text.len() > MAX_PIECE {
                        too_long = true;
                    } else {
                        fields[known].push_str(&text);
                    }
                }
                Some(_) if link.len() + text.len() <= MAX_LINK => link.push_str(&text),
                _ => {}
            },
            Piece::End => {
                let depth = xml.depth() + 1;
                if field.is_some_and(|(_, at)| at == depth) {
                    field = None;
                }
                if outer != depth {
                    continue;
                }
                outer = 0;
                if !is_post {
                    if links.len() < MAX_STORIES && !link.trim().is_empty() {
                        links.insert(std::mem::take(&mut id), link.trim().to_owned());
                    }
                } else if too_long {
                    archive.bad(&format!("{}: <post>: a comment of more than {MAX_PIECE} bytes", xml.at()));
                } else {
                    let [text, when, deleted, spam, approved, author, email, ip] = &fields;
                    archive.push(&Comment {
                        text,
                        html: true,
                        when: when.trim(),
                        story: links.get(&story).unwrap_or(&story),
                        id: &id,
                        parent: &parent,
                        author,
                        email,
                        ip,
                        status: status(deleted.trim(), spam.trim(), approved.trim()),
                    })?;
                }
            }
            Piece::Other => {}
            Piece::Finished => return Ok(()),
        }
    }
}

fn status(deleted: &str, spam: &str, approved: &str) -> Status<'static> {
    match (deleted, spam, approved) {
        (_, "true", _) => Status::decided("spam", "", "spam is not abuse, and mostly a filter decides it"),
        ("true", ..) => {
            Status::decided("deleted", "", "deleted, by a moderator or by its writer: Disqus does not say which")
        }
        (.., "false") => Status::nobody("pending", "pending: nobody has decided"),
        _ => Status::decided("published", APPROVED, "published, by a person or by the settings of the site"),
    }
}
