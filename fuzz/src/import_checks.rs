//! What must hold of the readers of naqd-import, whatever an export is.

use std::cell::RefCell;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use crate::import::archive::Personal;
use crate::import::coral::{Collection, Decisions, collection};
use crate::import::{Archive, Format, Pointers, Source, Stop, disqus, pointers, sniff, sql, wordpress, wxr};

/// Result of an import: the CSV, and the sentences on standard error.
type Imported = (Vec<u8>, Vec<String>, Result<(), String>);

/// Bytes that come a few at a time.
struct Slowly(Cursor<Vec<u8>>, usize);

impl Read for Slowly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 % 13 + 1;
        let length = buffer.len().min(self.1);
        self.0.read(&mut buffer[..length])
    }
}

fn source(data: &[u8], slowly: bool) -> Result<Source, String> {
    let (name, data) = (Path::new("export"), Cursor::new(data.to_vec()));
    if slowly { Source::new(name, Slowly(data, 0), None) } else { Source::new(name, data, None) }
}

/// Imports by `read`, and checks what it wrote.
fn import(read: impl Fn(&mut Archive<&mut Vec<u8>>) -> Result<(), Stop>) -> Imported {
    let mut csv = Vec::new();
    let said = Rc::new(RefCell::new(Vec::new()));
    let map = [("trash".to_owned(), "abusive".to_owned()), ("a".to_owned(), "critical|neutral".to_owned())];
    let mut archive = {
        let said = said.clone();
        let personal = Personal { author: true, email: true, ip: true };
        Archive::new(&mut csv, &map, move |sentence| said.borrow_mut().push(sentence.to_owned())).personal(personal)
    };
    let done = match read(&mut archive) {
        Err(Stop::Error(sentence)) => {
            assert!(sentence.len() < 20_000, "{} bytes: {}", sentence.len(), &sentence[..200.min(sentence.len())]);
            Err(sentence)
        }
        _ => Ok(()),
    };
    archive.finish().unwrap_or_else(|stop| panic!("{stop:?}"));
    let (written, labelled, bad) = (archive.written, archive.labelled, archive.bad_rows);
    let counted: u64 = archive.counts().iter().filter(|count| count.label.is_some()).map(|count| count.comments).sum();
    assert_eq!(counted, written);
    drop(archive);
    let said = said.take();
    assert_eq!(said.len() as u64, bad);
    let mut reader = csv::Reader::from_reader(&*csv);
    assert_eq!(reader.headers().expect("a header").len(), 10);
    let (mut rows, mut labels) = (0, 0);
    for row in reader.records() {
        let row = row.expect("rows of ten columns, in UTF-8");
        assert!(
            !row[0].trim().is_empty() && !row[0].contains(|c: char| c.is_ascii_control() && c != '\n' && c != '\t')
        );
        labels += u64::from(!row[1].is_empty());
        assert!(!row[6].is_empty(), "there is always a reason");
        rows += 1;
    }
    assert_eq!((rows, labels), (written, labelled));
    (csv, said, done)
}

/// Imports at once and slowly: both are the same.
fn both(read: impl Fn(bool, &mut Archive<&mut Vec<u8>>) -> Result<(), Stop>) {
    let at_once = import(|archive| read(false, archive));
    let slowly = import(|archive| read(true, archive));
    assert_eq!(String::from_utf8_lossy(&at_once.0), String::from_utf8_lossy(&slowly.0));
    assert_eq!(at_once.1, slowly.1);
    assert_eq!(at_once.2, slowly.2);
}

/// What a file is, is found out or refused in a sentence.
fn sniffed(data: &[u8]) {
    if let Ok(source) = source(data, false) {
        match sniff(Path::new("export"), source.head()) {
            Ok(format) => assert_ne!(format, Format::Auto),
            Err(sentence) => assert!(sentence.starts_with("export: ")),
        }
    }
}

/// WordPress' XML.
pub fn import_wxr(data: &[u8]) {
    sniffed(data);
    both(|slowly, archive| wxr::read(source(data, slowly)?, archive));
}

/// Disqus' XML.
pub fn import_disqus(data: &[u8]) {
    both(|slowly, archive| disqus::read(source(data, slowly)?, archive));
}

/// WordPress' table, in all dialects.
pub fn import_sql(data: &[u8]) {
    sniffed(data);
    for escape in [None, Some(sql::Escape::Backslash), Some(sql::Escape::None)] {
        both(|slowly, archive| sql::read(source(data, slowly)?, escape, archive));
    }
}

/// Coral's collections: the first part of the data is one file, and what follows a zero byte is another.
pub fn import_coral(data: &[u8]) {
    both(|slowly, archive| {
        let mut decisions = Decisions::new();
        let (mut comments, mut actions) = (Vec::new(), Vec::new());
        for part in data.splitn(2, |byte| *byte == 0) {
            let source = source(part, slowly)?;
            match collection(&source)? {
                Collection::Comments => comments.push(source),
                Collection::Actions => actions.push(source),
            }
        }
        actions.into_iter().try_for_each(|source| decisions.read(source, archive))?;
        comments.into_iter().try_for_each(|source| decisions.comments(source, archive))
    });
}

/// JSON by pointers, and the pages of WordPress.
pub fn import_json(data: &[u8]) {
    sniffed(data);
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let plain = Pointers {
        text: names(&["/text", "/a/text"]),
        decision: names(&["/d"]),
        id: names(&["/id"]),
        replies: names(&["/replies", "/a"]),
        ..Pointers::default()
    };
    let nested = Pointers { items: "/items".to_owned(), html: true, ..plain.clone() };
    for pointers in [plain, nested, wordpress::rest()] {
        both(|slowly, archive| pointers::read(source(data, slowly)?, &pointers, archive));
    }
}
