//! WordPress: the table of comments in a dump of the database, as mysqldump and phpMyAdmin write it.
//!
//! All that is read are the rows of `INSERT INTO` tables whose name ends with `_comments`, and the names of the columns in
//! their `CREATE TABLE`. Values have no line ends, so that a statement begins a line.

use std::collections::HashMap;
use std::io::Write;
use std::io::{self, BufRead};

use super::Stop;
use super::archive::Archive;
use super::source::{MAX_PIECE, Source};
use super::sql::Table;

/// Most values of a row that are kept. The table has 15.
const MAX_VALUES: usize = 200;

/// Longest name of a table or a column.
const MAX_NAME: usize = 300;

/// True if a file is a dump in SQL.
pub fn is_dump(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let begins = |start: &str| text.trim_start().starts_with(start);
    begins("-- MySQL dump") || begins("-- MariaDB dump") || begins("/*M!") || begins("-- phpMyAdmin SQL Dump") || {
        text.lines().any(|line| line.starts_with("INSERT INTO ") || line.starts_with("CREATE TABLE "))
    }
}

/// Reads the comments in a dump.
///
/// # Errors
/// It has no table of comments, it is damaged, there are enough comments, or they cannot be written.
pub fn read<W: Write>(source: Source, archive: &mut Archive<W>) -> Result<(), Stop> {
    let (place, file) = (source.place(), source.file().display().to_string());
    let fault = |error: io::Error| format!("{file}:{}: {error}; the dump is damaged or cut off here", place.line());
    let mut sql = Sql { source };
    let mut found = false;
    // Columns of the tables by their names: plugins add some, and put them in another order.
    let mut tables: HashMap<String, Vec<String>> = HashMap::new();
    loop {
        place.next_piece();
        let mut word = Vec::new();
        let Some(end) = sql.word(&mut word).map_err(fault)? else { break };
        let is_word = |expected: &[u8]| word.eq_ignore_ascii_case(expected) && end == b' ';
        if is_word(b"CREATE")
            && let Some(name) = sql.comments("TABLE").map_err(fault)?
        {
            let names = sql.created().map_err(fault)?;
            if !names.is_empty() && tables.len() < MAX_VALUES {
                tables.insert(name, names);
            }
        }
        let name = if is_word(b"INSERT") { sql.comments("INTO").map_err(fault)? } else { None };
        let has_comments = |names: &Vec<String>| names.iter().any(|name| name.eq_ignore_ascii_case("comment_content"));
        // Tables of plugins have such names too.
        let Some(name) = name.filter(|name| tables.get(name).is_none_or(has_comments)) else {
            sql.skip_line(&place).map_err(fault)?;
            continue;
        };
        found = true;
        let mut names = sql.columns().map_err(fault)?;
        if names.is_empty() {
            names = tables.get(&name).cloned().unwrap_or_default();
        }
        let table = if names.is_empty() { Table::usual() } else { Table::new(&file, place.line(), names)? };
        let mut values = Vec::new();
        loop {
            place.next_piece();
            if !sql.row(&mut values).map_err(fault)? {
                break;
            }
            if values.len() == table.columns {
                table.push(&|place| String::from_utf8_lossy(&values[place]), archive)?;
            } else {
                archive.bad(&format!("{file}:{}: {} values, expected {}", place.line(), values.len(), table.columns));
            }
        }
    }
    if found {
        return Ok(());
    }
    Err(format!("{file}: no INSERT INTO a table wp_comments; dump it with its rows: mysqldump --default-character-set=utf8mb4 DATABASE wp_comments")
        .into())
}

/// Statements of a dump, byte by byte.
struct Sql {
    source: Source,
}

impl Sql {
    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.source.fill_buf()?.first().copied())
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        self.source.consume(usize::from(byte.is_some()));
        Ok(byte)
    }

    /// Next byte that is no space. The file must not end before.
    fn after_space(&mut self) -> io::Result<u8> {
        loop {
            match self.next()? {
                Some(byte) if byte.is_ascii_whitespace() => {}
                Some(byte) => return Ok(byte),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// Reads letters; returns the byte after them, which is not consumed if it ends the line. None at the end.
    fn word(&mut self, word: &mut Vec<u8>) -> io::Result<Option<u8>> {
        loop {
            match self.peek()? {
                Some(byte) if byte.is_ascii_alphabetic() && word.len() < MAX_NAME => {
                    word.push(byte);
                    self.source.consume(1);
                }
                Some(b'\n') => return Ok(Some(b'\n')),
                Some(byte) => {
                    self.source.consume(1);
                    return Ok(Some(byte));
                }
                None if word.is_empty() => return Ok(None),
                None => return Ok(Some(b'\n')),
            }
        }
    }

    fn skip_line(&mut self, place: &super::source::Place) -> io::Result<()> {
        loop {
            place.next_piece();
            let buffer = self.source.fill_buf()?;
            let end = memchr::memchr(b'\n', buffer);
            let length = end.map_or(buffer.len(), |end| end + 1);
            self.source.consume(length);
            if end.is_some() || length == 0 {
                return Ok(());
            }
        }
    }

    /// Name of the table of comments that follows after a word, as in INSERT IGNORE INTO `wordpress`.`wp_comments` VALUES.
    fn comments(&mut self, before: &str) -> io::Result<Option<String>> {
        let mut word = self.name()?;
        if word.eq_ignore_ascii_case("IGNORE") {
            word = self.name()?;
        }
        if !word.eq_ignore_ascii_case(before) {
            return Ok(None);
        }
        let mut name = self.name()?;
        while ["IF", "NOT", "EXISTS"].iter().any(|word| name.eq_ignore_ascii_case(word)) {
            name = self.name()?;
        }
        let name = name.rsplit('.').next().unwrap_or_default().trim_matches(['`', '"']).to_ascii_lowercase();
        Ok(name.ends_with("_comments").then_some(name))
    }

    /// Names of the columns of a CREATE TABLE, up to its closing bracket; none if it lists none.
    fn created(&mut self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        if self.after_space()? != b'(' {
            return Ok(names);
        }
        let (mut item, mut depth, mut quote) = (Vec::new(), 1, None);
        while depth > 0 {
            let Some(byte) = self.next()? else { return Err(io::ErrorKind::UnexpectedEof.into()) };
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (Some(b'\''), b'\\') => {
                    self.next()?;
                }
                (None, b'\'' | b'"' | b'`') => quote = Some(byte),
                (None, b'(') => depth += 1,
                (None, b')') => depth -= 1,
                _ => {}
            }
            if quote.is_none() && (depth == 0 || depth == 1 && byte == b',') {
                names.extend(column(&item));
                item.clear();
            } else if item.len() < MAX_NAME {
                item.push(byte);
            }
            if names.len() > MAX_VALUES {
                return Err(io::Error::other(format!("a table of more than {MAX_VALUES} columns")));
            }
        }
        Ok(names)
    }

    /// Reads up to a space, a bracket or the end of the line.
    fn name(&mut self) -> io::Result<String> {
        let mut name = Vec::new();
        while let Some(byte) = self.peek()?
            && !matches!(byte, b'\n' | b'(')
            && name.len() < MAX_NAME
        {
            self.source.consume(1);
            match byte {
                b' ' if name.is_empty() => {}
                b' ' => break,
                byte => name.push(byte),
            }
        }
        Ok(String::from_utf8_lossy(&name).into_owned())
    }

    /// Names of the columns before `VALUES`; none if there are none.
    fn columns(&mut self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        let mut first = self.after_space()?;
        if first == b'(' {
            let mut list = Vec::new();
            loop {
                match self.next()? {
                    Some(b')') => break,
                    Some(byte) if list.len() < MAX_VALUES * MAX_NAME => list.push(byte),
                    _ => return Err(io::Error::other("a list of columns that does not end")),
                }
            }
            let list = String::from_utf8_lossy(&list);
            names = list.split(',').map(|name| name.trim().trim_matches(['`', '"']).to_owned()).collect();
            first = self.after_space()?;
        }
        let mut word = vec![first];
        self.word(&mut word)?;
        if word.eq_ignore_ascii_case(b"VALUES") { Ok(names) } else { Err(io::Error::other("no VALUES")) }
    }

    /// Reads the next row of the statement; false at its end.
    fn row(&mut self, values: &mut Vec<Vec<u8>>) -> io::Result<bool> {
        loop {
            match self.after_space()? {
                b'(' => break,
                b',' => {}
                b';' => return Ok(false),
                byte => {
                    return Err(io::Error::other(format!("{:?} where a row should begin", char::from(byte))));
                }
            }
        }
        let mut count = 0;
        loop {
            if count == MAX_VALUES {
                return Err(io::Error::other(format!("a row of more than {MAX_VALUES} values")));
            }
            if values.len() == count {
                values.push(Vec::new());
            }
            let ends = self.value(&mut values[count])?;
            count += 1;
            if ends {
                values.truncate(count);
                return Ok(true);
            }
        }
    }

    /// Reads a value; true if it is the last of its row.
    fn value(&mut self, value: &mut Vec<u8>) -> io::Result<bool> {
        value.clear();
        let mut quoted = false;
        loop {
            match self.next()? {
                Some(b',') => break,
                Some(b')') => {
                    finish(value, quoted);
                    return Ok(true);
                }
                Some(b'\'') => {
                    // Before it stands nothing, or the name of its character set; after it, more of it.
                    if quoted {
                        value.push(b'\'');
                    } else {
                        value.clear();
                        quoted = true;
                    }
                    self.string(value)?;
                }
                Some(byte) if quoted && byte.is_ascii_whitespace() => {}
                Some(byte) if !quoted && value.len() < MAX_NAME => value.push(byte),
                Some(_) => return Err(io::Error::other("a value that does not end")),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        finish(value, quoted);
        Ok(false)
    }

    /// Reads the rest of a string, up to its closing quote.
    fn string(&mut self, value: &mut Vec<u8>) -> io::Result<()> {
        loop {
            if value.len() > MAX_PIECE {
                return Err(io::Error::other("a string that does not end"));
            }
            let buffer = self.source.fill_buf()?;
            if buffer.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some(end) = memchr::memchr2(b'\'', b'\\', buffer) else {
                let length = buffer.len();
                value.extend_from_slice(buffer);
                self.source.consume(length);
                continue;
            };
            let is_end = buffer[end] == b'\'';
            value.extend_from_slice(&buffer[..end]);
            self.source.consume(end + 1);
            if is_end {
                return Ok(());
            }
            match self.next()? {
                Some(b'n') => value.push(b'\n'),
                Some(b't') => value.push(b'\t'),
                Some(b'r') => value.push(b'\r'),
                Some(b'0') => {}
                Some(byte) => value.push(byte),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }
}

/// Name of the column that a part of a CREATE TABLE describes; none if it describes a key.
fn column(item: &[u8]) -> Option<String> {
    const KEYS: [&str; 9] =
        ["PRIMARY", "KEY", "UNIQUE", "INDEX", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK"];
    let item = String::from_utf8_lossy(item);
    let item = item.trim();
    if let Some(rest) = item.strip_prefix(['`', '"']) {
        return rest.split(['`', '"']).next().map(str::to_owned);
    }
    let name = item.split(|c: char| c.is_whitespace() || c == '(').next()?;
    (!name.is_empty() && !KEYS.iter().any(|key| name.eq_ignore_ascii_case(key))).then(|| name.to_owned())
}

/// A value without quotes loses its spaces; NULL is empty.
fn finish(value: &mut Vec<u8>, quoted: bool) {
    if !quoted {
        let bare = value.trim_ascii();
        *value = if bare.eq_ignore_ascii_case(b"NULL") { Vec::new() } else { bare.to_vec() };
    }
}
