//! Pieces of XML, one after the other, by the local names of elements.
//!
//! Exports are not always well-formed: a comment may hold control characters, and a lone `&`. Entities of a document
//! type are never expanded.

use std::borrow::Cow;
use std::rc::Rc;

use quick_xml::XmlVersion;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::source::{Place, Source, named};

/// Deepest nesting of elements that is read. Exports have seven levels.
const MAX_DEPTH: usize = 100;

/// Piece of XML.
pub enum Piece<'b> {
    /// Begin of an element.
    Start(BytesStart<'b>),
    /// End of an element.
    End,
    /// Text in an element, or a part of it.
    Text(Cow<'b, str>),
    /// Something else.
    Other,
    /// End of the file.
    Finished,
}

/// XML of a source.
pub struct Xml {
    reader: Reader<Source>,
    buffer: Vec<u8>,
    place: Rc<Place>,
    file: String,
    /// Names of the elements that are open, one after the other, and where each begins.
    names: String,
    open: Vec<usize>,
}

impl Xml {
    pub fn new(source: Source) -> Xml {
        let (place, file) = (source.place(), source.file().display().to_string());
        let mut reader = Reader::from_reader(source);
        let config = reader.config_mut();
        config.allow_dangling_amp = true;
        config.expand_empty_elements = true;
        Xml { reader, buffer: Vec::new(), place, file, names: String::new(), open: Vec::new() }
    }

    /// Number of elements that are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Place for a message: `export.xml:12`.
    pub fn at(&self) -> String {
        format!("{}:{}", self.file, self.place.line())
    }

    /// Next piece.
    ///
    /// # Errors
    /// A sentence with the place: reading fails, or the elements are not nested.
    pub fn next(&mut self) -> Result<Piece<'_>, String> {
        self.place.next_piece();
        self.buffer.clear();
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => {
                let element = self.open.last().map_or("", |&start| &self.names[start..]);
                return Err(fault(&self.file, self.place.line(), element, &error));
            }
        };
        Ok(match event {
            Event::Start(start) => {
                if self.open.len() == MAX_DEPTH {
                    return Err(format!(
                        "{}:{}: {}: {MAX_DEPTH} elements inside one another; no export has so many: is the file damaged?",
                        self.file,
                        self.place.line(),
                        element(start.name().as_ref())
                    ));
                }
                self.open.push(self.names.len());
                self.names.push_str(start.name().as_ref());
                Piece::Start(start)
            }
            Event::End(_) => {
                self.names.truncate(self.open.pop().unwrap_or(0));
                Piece::End
            }
            Event::Text(text) => Piece::Text(text.xml10_content()),
            Event::CData(text) => Piece::Text(text.xml10_content()),
            Event::GeneralRef(name) => Piece::Text(match name.resolve_char_ref() {
                Ok(Some(c)) => Cow::Owned(c.to_string()),
                _ => character(&name).map_or_else(|| Cow::Owned(format!("&{};", &*name)), Cow::Borrowed),
            }),
            Event::Eof => match self.open.last() {
                Some(&start) => {
                    return Err(format!(
                        "{}:{}: the file ends inside {}; it was cut off: export or download it again",
                        self.file,
                        self.place.line(),
                        element(&self.names[start..])
                    ));
                }
                None => Piece::Finished,
            },
            _ => Piece::Other,
        })
    }
}

/// Value of an attribute, by its local name.
pub fn attribute<'s>(start: &'s BytesStart, name: &str) -> Option<Cow<'s, str>> {
    // Looking for attributes that occur twice would take quadratic time.
    let found = start.attributes().with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0).map(Cow::into_owned);
    Some(value.map_or(found.value, Cow::Owned))
}

/// Character of one of the five names that XML has.
fn character(name: &str) -> Option<&'static str> {
    Some(match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

fn element(name: &str) -> String {
    format!("<{}>", named(name))
}

/// Message about an error.
fn fault(file: &str, line: u64, open: &str, error: &Error) -> String {
    let inside = if open.is_empty() { String::new() } else { format!(" inside {}", element(open)) };
    let what = match error {
        Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
            format!("</{}> where </{}> is expected", named(found), named(expected))
        }
        Error::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
            format!("</{}> closes nothing", named(found))
        }
        Error::Io(error) => return format!("{file}:{line}: {error}{inside}"),
        Error::Syntax(error) => {
            return format!("{file}:{line}: {error}{inside}; the file was cut off, or is damaged here: export again");
        }
        error => format!("{error}{inside}"),
    };
    format!("{file}:{line}: {what}; the file is damaged here: export again, or mend this line")
}
