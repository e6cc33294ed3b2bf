//! WordPress: the table of comments, as CSV, as the tab-separated lines that `mysql --batch` writes, or in a dump (`dump`).
//!
//! MySQL escapes with backslashes, phpMyAdmin does not: the first bytes of the file tell which it is.

use std::borrow::Cow;
use std::io::{self, Write};

use super::archive::{Archive, Comment};
use super::source::{Source, named};
use super::{Stop, dump, wordpress};

/// Columns of wp_comments, in its order: files without a header are read by it.
const COLUMNS: [&str; 15] = [
    "comment_ID",
    "comment_post_ID",
    "comment_author",
    "comment_author_email",
    "comment_author_url",
    "comment_author_IP",
    "comment_date",
    "comment_date_gmt",
    "comment_content",
    "comment_karma",
    "comment_approved",
    "comment_agent",
    "comment_type",
    "comment_parent",
    "user_id",
];

/// Columns that are read.
const WANTED: [&str; 11] = [
    "comment_content",
    "comment_approved",
    "comment_ID",
    "comment_post_ID",
    "comment_parent",
    "comment_date_gmt",
    "comment_date",
    "comment_type",
    "comment_author",
    "comment_author_email",
    "comment_author_IP",
];

/// Writing of values in a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Escape {
    /// MySQL's backslashes: \" and \N
    Backslash,
    /// Doubled quotes, as in all other CSV
    None,
}

/// Dialect of a table.
#[derive(Clone, Copy)]
struct Dialect {
    delimiter: u8,
    escape: Escape,
    /// True if values stand between quotes.
    quotes: bool,
}

impl Dialect {
    fn of(head: &[u8], escape: Option<Escape>) -> Dialect {
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
        let count = |delimiter: u8| memchr::memchr_iter(delimiter, line).count();
        let delimiter = [b';', b'\t', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',');
        let quotes = line.starts_with(b"\"") || delimiter != b'\t';
        let escape = escape.unwrap_or(if !quotes || has_backslashes(head, delimiter) {
            Escape::Backslash
        } else {
            Escape::None
        });
        Dialect { delimiter, escape, quotes }
    }

    fn reader<R: io::Read>(self, source: R, header: bool) -> csv::Reader<R> {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(self.delimiter).flexible(true).has_headers(header).quoting(self.quotes);
        if self.quotes && self.escape == Escape::Backslash {
            builder.escape(Some(b'\\'));
        }
        builder.from_reader(source)
    }

    /// Value of a cell: NULL is empty.
    fn value(self, cell: &[u8]) -> Cow<'_, str> {
        let text = String::from_utf8_lossy(cell);
        match (self.escape, self.quotes) {
            (_, true) => {
                if text == "NULL" || text == "\\N" {
                    return Cow::Borrowed("");
                }
                text
            }
            (_, false) if text == "\\N" || text == "NULL" => Cow::Borrowed(""),
            (Escape::Backslash, false) if text.contains('\\') => Cow::Owned(unescaped(&text)),
            _ => text,
        }
    }
}

/// True if backslashes are escapes: a NULL is `\N`, or a quote after a backslash does not end the value.
fn has_backslashes(head: &[u8], delimiter: u8) -> bool {
    let ends = |byte: Option<&u8>| byte.is_none_or(|byte| [delimiter, b'\n', b'\r'].contains(byte));
    memchr::memchr_iter(b'\\', head).any(|at| match head.get(at + 1) {
        Some(b'N') => ends(at.checked_sub(1).and_then(|before| head.get(before))) && ends(head.get(at + 2)),
        Some(b'"') => head.get(at + 2).is_some_and(|after| *after != b'"') && !ends(head.get(at + 2)),
        _ => false,
    })
}

/// Text without MySQL's escapes.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => plain.push('\n'),
                Some('t') => plain.push('\t'),
                Some('r') => plain.push('\r'),
                Some('0') => {}
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            c => plain.push(c),
        }
    }
    plain
}

/// True if a file looks like the table without a header: the first row has its columns, and the first is a number.
pub fn is_table(head: &[u8]) -> bool {
    let mut reader = Dialect::of(head, None).reader(head, false);
    let mut row = csv::ByteRecord::new();
    reader.read_byte_record(&mut row).is_ok_and(|found| found)
        && row.len() == COLUMNS.len()
        && !row[0].is_empty()
        && row[0].iter().all(u8::is_ascii_digit)
}

/// Reads a table.
///
/// # Errors
/// It has no such columns, there are enough comments, or they cannot be written.
pub fn read<W: Write>(source: Source, escape: Option<Escape>, archive: &mut Archive<W>) -> Result<(), Stop> {
    if dump::is_dump(source.head()) {
        return dump::read(source, archive);
    }
    let (place, file) = (source.place(), source.file().display().to_string());
    let dialect = Dialect::of(source.head(), escape);
    let headless = is_table(source.head());
    let mut reader = dialect.reader(source, !headless);
    let names: Vec<String> = if headless {
        COLUMNS.map(str::to_owned).to_vec()
    } else {
        let header = reader.byte_headers().map_err(|error| format!("{file}:1: {error}"))?;
        header.iter().take(1000).map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect()
    };
    let table = Table::new(&file, place.line(), names)?;
    let mut record = csv::ByteRecord::new();
    loop {
        place.next_piece();
        if !reader.read_byte_record(&mut record).map_err(|error| format!("{file}:{}: {error}", place.line()))? {
            return Ok(());
        }
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != table.columns {
            let hint = match dialect.escape {
                Escape::Backslash => "none",
                Escape::None => "backslash",
            };
            archive.bad(&format!(
                "{file}:{line}: {} values, expected {} as in the header; are quotes escaped in another way (--escape \
                 {hint})?",
                record.len(),
                table.columns
            ));
            continue;
        }
        table.push(&|place| dialect.value(&record[place]), archive)?;
    }
}

/// Table of comments: the number of its columns, and the places of those that are read.
pub(super) struct Table {
    pub columns: usize,
    places: [Option<usize>; WANTED.len()],
}

impl Table {
    /// The table as WordPress makes it.
    pub fn usual() -> Table {
        let places = WANTED.map(|name| COLUMNS.iter().position(|column| *column == name));
        Table { columns: COLUMNS.len(), places }
    }

    /// Table with these columns.
    ///
    /// # Errors
    /// Comment or status are not among them.
    pub fn new(file: &str, line: u64, names: Vec<String>) -> Result<Table, String> {
        let column = |name: &str| names.iter().position(|column| column.eq_ignore_ascii_case(name));
        match WANTED[..2].iter().find(|needed| column(needed).is_none()) {
            Some(needed) => {
                let found: Vec<String> = names.iter().take(30).map(|name| named(name)).collect();
                Err(format!(
                    "{file}:{line}: no column {needed}; the columns are {}; export wp_comments with the names of its \
                     columns",
                    found.join(", ")
                ))
            }
            None => Ok(Table { columns: names.len(), places: WANTED.map(column) }),
        }
    }

    /// Adds the comment of a row, whose values `value` gives.
    ///
    /// # Errors
    /// There are enough comments, or they cannot be written.
    pub fn push<'v, W: Write>(
        &self,
        value: &dyn Fn(usize) -> Cow<'v, str>,
        archive: &mut Archive<W>,
    ) -> Result<(), Stop> {
        let [text, approved, id, story, parent, gmt, local, kind, author, email, ip] =
            self.places.map(|place| place.map_or(Cow::Borrowed(""), value));
        if let Some(why) = wordpress::no_reader(kind.trim()) {
            archive.skip(kind.trim(), why);
            return Ok(());
        }
        archive.push(&Comment {
            text: &text,
            html: true,
            when: &wordpress::when(gmt.trim(), local.trim()),
            story: story.trim(),
            id: id.trim(),
            parent: wordpress::parent(parent.trim()),
            author: &author,
            email: &email,
            ip: &ip,
            status: wordpress::status(approved.trim(), None),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_found_out() {
        let of = |head: &str| {
            let dialect = Dialect::of(head.as_bytes(), None);
            (dialect.delimiter as char, dialect.escape, dialect.quotes)
        };
        assert_eq!(of("\"a\",\"b\"\n1,\\N\n"), (',', Escape::Backslash, true));
        assert_eq!(of("\"a\",\"b\"\n1,\"he said \\\"no\\\" to it\"\n"), (',', Escape::Backslash, true));
        assert_eq!(of("\"a\";\"b\"\n1;\"he said \"\"no\"\" to it\"\n"), (';', Escape::None, true));
        assert_eq!(of("a,b\n1,\"C:\\\"\n2,\"C:\\\"\"\"\n"), (',', Escape::None, true));
        assert_eq!(of("a\tb\n1\tx\\ny\n"), ('\t', Escape::Backslash, false));
        assert_eq!(unescaped("a\\tb\\\\n\\n\\0\\"), "a\tb\\n\n\\");
    }
}
