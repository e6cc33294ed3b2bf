//! WordPress: the XML of Tools › Export (WXR 1.0 to 1.2), by local names, as the address of its names differs by version.

use std::io::Write;

use super::archive::{Archive, Comment};
use super::source::{MAX_PIECE, Source};
use super::xml::{Piece, Xml};
use super::{Stop, wordpress};

/// Fields of a comment.
const FIELDS: [&str; 9] = [
    "comment_content",
    "comment_approved",
    "comment_id",
    "comment_parent",
    "comment_date_gmt",
    "comment_date",
    "comment_type",
    "comment_author",
    "comment_author_email",
];
const IP: &str = "comment_author_IP";
const META_KEY: &str = "meta_key";

/// Key of what WordPress stores of a comment that a person moves to the trash. A comment that a rule or a plugin put
/// there has none.
const MOVED_TO_TRASH: &str = "_wp_trash_meta_status";

/// Fields of the comment that is read.
#[derive(Default)]
struct Fields {
    texts: [String; FIELDS.len()],
    ip: String,
    key: String,
    trashed_by_hand: bool,
    too_long: bool,
}

impl Fields {
    fn clear(&mut self) {
        self.texts.iter_mut().for_each(String::clear);
        self.ip.clear();
        self.key.clear();
        (self.trashed_by_hand, self.too_long) = (false, false);
    }

    fn field(&mut self, name: &str) -> Option<Field> {
        Some(match name {
            IP => Field::Ip,
            META_KEY => Field::Key,
            _ => Field::Of(FIELDS.iter().position(|field| *field == name)?),
        })
    }

    fn add(&mut self, field: Field, text: &str) {
        let place = match field {
            Field::Of(field) => &mut self.texts[field],
            Field::Ip => &mut self.ip,
            Field::Key => &mut self.key,
            _ => return,
        };
        // A text of many parts is not bounded by the bound of a part.
        if place.len() + text.len() > MAX_PIECE {
            self.too_long = true;
        } else {
            place.push_str(text);
        }
    }
}

/// Element whose text is read.
#[derive(Clone, Copy)]
enum Field {
    Of(usize),
    Ip,
    Key,
    Link,
    PostId,
}

/// Reads an export.
///
/// # Errors
/// It is damaged, there are enough comments, or they cannot be written.
pub fn read<W: Write>(source: Source, archive: &mut Archive<W>) -> Result<(), Stop> {
    let mut xml = Xml::new(source);
    // Depth at which the article and the comment opened, and the element whose text is read.
    let (mut item, mut comment, mut field) = (0, 0, None);
    let (mut link, mut post, mut fields) = (String::new(), String::new(), Fields::default());
    loop {
        match xml.next()? {
            Piece::Start(start) => {
                let name = start.local_name().into_inner().to_owned();
                let depth = xml.depth();
                if item == 0 && name == "item" {
                    item = depth;
                    link.clear();
                    post.clear();
                } else if item > 0 && comment == 0 && depth == item + 1 {
                    match &*name {
                        "comment" => {
                            comment = depth;
                            fields.clear();
                        }
                        "link" => field = Some((Field::Link, depth)),
                        "post_id" => field = Some((Field::PostId, depth)),
                        _ => {}
                    }
                } else if comment > 0 && (depth == comment + 1 || depth == comment + 2 && name == META_KEY) {
                    field = fields.field(&name).map(|field| (field, depth));
                    if name == META_KEY {
                        fields.key.clear();
                    }
                }
            }
            Piece::Text(text) => match field {
                // An article has one short address.
                Some((Field::Link, _)) if link.len() + text.len() < 4096 => link.push_str(&text),
                Some((Field::PostId, _)) if post.len() + text.len() < 64 => post.push_str(&text),
                Some((field, _)) => fields.add(field, &text),
                None => {}
            },
            Piece::End => {
                let depth = xml.depth() + 1;
                if let Some((ended, at)) = field
                    && at == depth
                {
                    fields.trashed_by_hand |= matches!(ended, Field::Key) && fields.key.trim() == MOVED_TO_TRASH;
                    field = None;
                }
                if comment == depth {
                    comment = 0;
                    if fields.too_long {
                        archive.bad(&format!("{}: <wp:comment>: a comment of more than {MAX_PIECE} bytes", xml.at()));
                    } else {
                        let story = if link.trim().is_empty() { post.trim() } else { link.trim() };
                        push(&fields, story, archive)?;
                    }
                } else if item == depth {
                    item = 0;
                }
            }
            Piece::Other => {}
            Piece::Finished => return Ok(()),
        }
    }
}

fn push<W: Write>(fields: &Fields, story: &str, archive: &mut Archive<W>) -> Result<(), Stop> {
    let [text, approved, id, parent, gmt, local, kind, author, email] = &fields.texts;
    if let Some(why) = wordpress::no_reader(kind.trim()) {
        archive.skip(kind.trim(), why);
        return Ok(());
    }
    let when = wordpress::when(gmt.trim(), local.trim());
    archive.push(&Comment {
        text,
        html: true,
        when: &when,
        story,
        id: id.trim(),
        parent: wordpress::parent(parent.trim()),
        author,
        email,
        ip: &fields.ip,
        status: wordpress::status(approved.trim(), Some(fields.trashed_by_hand)),
    })
}
