//! Code at the beginning of a text, which is no comment: a dump of a database, JSON that only programs understand, a message
//! of e-mail, a spreadsheet in a form of its own.

use super::csv::MARK;
use super::what::{EXPORT, Other, SAVE_AS};

/// Bytes in which code is looked for.
const LOOKED_AT: usize = 1 << 16;

/// Code at the beginning of a text, if it is some.
pub fn of_text(text: &[u8]) -> Option<Other> {
    let text = text.strip_prefix(MARK).unwrap_or(text).trim_ascii_start();
    let text = &text[..text.len().min(LOOKED_AT)];
    let (name, remedy) = match () {
        () if is_dump(text) => (
            "a dump of a database (SQL)",
            "export the table of the comments as CSV; naqd-import wordpress-sql reads the table wp_comments",
        ),
        () if is_script(text) => {
            ("JavaScript with JSON in it", "delete what stands before the first [ or { and after the last")
        }
        () if is_python(text) => ("objects as Python prints them", "write them as JSON, with json.dumps"),
        () if is_commented(text) => {
            ("JSON with comments of a programmer in it", "delete these comments, from // or /* on")
        }
        () if is_relaxed(text) => {
            ("JSON in which names have no quotes (JSON5, JavaScript)", "write it as JSON, with JSON.stringify")
        }
        () if is_columns(text) => {
            ("JSON of columns, as pandas writes it", "write rows: to_json(orient=\"records\", lines=True)")
        }
        () if is_mail(text) => ("a message of e-mail", EXPORT),
        () if is_spreadsheet(text) => ("a spreadsheet in an old form (SYLK, DIF)", SAVE_AS),
        () if is_yaml(text) => ("YAML", "export the comments as CSV or JSON"),
        () => return None,
    };
    Some(Other { name, remedy })
}

/// True if a text begins with one of these words, in capitals or not.
fn begins(text: &[u8], words: &[&str]) -> bool {
    let is = |word: &&str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
    words.iter().any(is)
}

/// Lines that are not empty, without the space around them.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii).filter(|line| !line.is_empty())
}

/// A dump of a database: it begins as programs let them begin, and has a statement that makes a table or fills one.
fn is_dump(text: &[u8]) -> bool {
    let header = [
        "-- MySQL dump",
        "-- MariaDB dump",
        "-- phpMyAdmin SQL",
        "-- PostgreSQL database",
        "/*!40",
        "/*!50",
        "/*M!",
        "REM INSERTING into ",
    ];
    let statements = [
        "--",
        "/*",
        "# ",
        "#\n",
        "BEGIN",
        "START TRANSACTION",
        "SET ",
        "USE ",
        "LOCK TABLES",
        "PRAGMA ",
        "DELIMITER ",
        "CREATE ",
        "DROP ",
        "ALTER ",
        "TRUNCATE ",
        "DELETE FROM ",
        "INSERT ",
        "REPLACE INTO ",
        "COPY ",
    ];
    let is_statement = |line: &[u8]| {
        let has = |words: &str| memchr::memmem::find(&line.to_ascii_uppercase(), words.as_bytes()).is_some();
        match () {
            () if begins(line, &["INSERT INTO ", "REPLACE INTO ", "INSERT IGNORE ", "INSERT ["]) => {
                has("VALUES") || has("SELECT") || line.ends_with(b")")
            }
            () if begins(line, &["CREATE TABLE ", "DROP TABLE ", "CREATE TEMPORARY "]) => true,
            () => begins(line, &["COPY "]) && has(" FROM STDIN"),
        }
    };
    begins(text, &header) || begins(text, &statements) && lines(text).any(is_statement)
}

/// `window.YTD.tweets.part0 = [`, `callback([{`, `export default [`, and what keeps others from reading an answer: `)]}'`.
fn is_script(text: &[u8]) -> bool {
    if [&b")]}'"[..], b"while(1);", b"for(;;);"].iter().any(|guard| text.starts_with(guard)) {
        return true;
    }
    let line = text.split(|&byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let line = &line[..line.len().min(200)];
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"._$ ".contains(byte)).count();
    let after = line[name..].trim_ascii();
    let value = match line.starts_with(b"export default ") {
        true => Some(after),
        false => after.strip_prefix(b"=").or_else(|| after.strip_prefix(b"(")).map(<[u8]>::trim_ascii_start),
    };
    name > 0
        && value.is_some_and(|value| {
            let inside = value.strip_prefix(b"[").map(<[u8]>::trim_ascii_start).unwrap_or(value);
            inside.starts_with(b"{") || value == b"[" || value.starts_with(b"[]")
        })
}

/// What stands after the first `{` of an object or of an array of them.
fn inside(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"[").unwrap_or(text).trim_ascii_start();
    text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start)
}

fn is_python(text: &[u8]) -> bool {
    let Some(rest) = inside(text).and_then(|inside| inside.strip_prefix(b"'")) else { return false };
    let key = rest.iter().position(|&byte| byte == b'\'').filter(|&end| end <= 64);
    key.is_some_and(|end| rest[end + 1..].trim_ascii_start().starts_with(b":"))
}

/// `{id: 1`: a name without quotes, and a value of JSON.
fn is_relaxed(text: &[u8]) -> bool {
    let Some(inside) = inside(text) else { return false };
    let name = inside.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_$".contains(byte)).count();
    let value = inside[name..].trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start);
    name > 0
        && value.is_some_and(|value| {
            value.first().is_some_and(|byte| byte.is_ascii_digit() || b"\"'{[-".contains(byte))
                || ["true", "false", "null"].iter().any(|word| value.starts_with(word.as_bytes()))
        })
}

/// `// note`, `/* note */` before JSON, or right after its first bracket.
fn is_commented(text: &[u8]) -> bool {
    let after = text.strip_prefix(b"[").or_else(|| text.strip_prefix(b"{")).map(<[u8]>::trim_ascii_start);
    let mut rest = after.unwrap_or(text);
    let mut is_first = true;
    loop {
        let end = match rest {
            [b'/', b'/', ..] => memchr::memchr2(b'\n', b'\r', rest),
            [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/").map(|end| end + 2),
            _ => break,
        };
        let Some(end) = end else { return false };
        rest = rest[end..].trim_ascii_start();
        is_first = false;
    }
    let is_value = |rest: &[u8]| {
        let rest = rest.strip_prefix(b"[").unwrap_or(rest).trim_ascii_start();
        rest.strip_prefix(b"{").is_some_and(|rest| matches!(rest.trim_ascii_start().first(), Some(b'"' | b'}' | b'/')))
    };
    !is_first && (is_value(rest) || after.is_some() && rest.first() == Some(&b'"'))
}

/// `{"id":{"0":1,`, `{"columns":["id",`: each field has the values of a column.
fn is_columns(text: &[u8]) -> bool {
    let Some(name) = inside(text).filter(|_| text.starts_with(b"{")).and_then(|inside| inside.strip_prefix(b"\""))
    else {
        return false;
    };
    let Some(end) = memchr::memchr(b'"', name) else { return false };
    let value = name[end + 1..].trim_ascii_start().strip_prefix(b":").unwrap_or_default().trim_ascii_start();
    let numbered = value.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    numbered.and_then(|value| value.strip_prefix(b"\"0\"")).is_some_and(|value| {
        let value = value.trim_ascii_start().strip_prefix(b":").unwrap_or_default().trim_ascii_start();
        !value.is_empty() && !value.starts_with(b"{")
    }) || matches!(&name[..end], b"columns" | b"schema") && memchr::memmem::find(text, b"\"data\"").is_some() && {
        value.starts_with(b"[\"") || value.starts_with(b"{\"fields\"")
    }
}

fn is_mail(text: &[u8]) -> bool {
    let has = |words: &str| memchr::memmem::find(text, words.as_bytes()).is_some();
    let mail = ["MIME-Version:", "Received:", "Return-Path:", "Delivered-To:", "Message-ID:", "X-Mozilla-Status:"];
    begins(text, &mail)
        || begins(text, &["From:", "From ", "Date:", "To:", "Subject:"]) && {
            (has("\nSubject:") || begins(text, &["Subject:"]))
                && (has("\nFrom:") || has("\nTo:") || has("\nDate:") || !begins(text, &["Subject:"]))
        }
}

/// SYLK begins with `ID;P` and goes on with records of a letter; a header may begin with it too. DIF begins with `TABLE`.
fn is_spreadsheet(text: &[u8]) -> bool {
    let mut lines = lines(text);
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    first.starts_with(b"ID;P") && matches!(second, [b'A'..=b'Z', b';', ..] | [b'N', b'N' | b'E', b';', ..])
        || first == b"TABLE" && second == b"0,1"
}

/// `- id: 1` and `  text: ...`, as YAML has the rows of a table.
fn is_yaml(text: &[u8]) -> bool {
    let is_entry = |line: &[u8]| {
        let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)).count();
        name > 0 && (line[name..].starts_with(b": ") || &line[name..] == b":")
    };
    let mut lines =
        lines(text).skip_while(|line| line.starts_with(b"---") || line.starts_with(b"# ") || *line == b"%YAML 1.2");
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let item = |line: &[u8]| line.strip_prefix(b"- ").is_some_and(is_entry);
    item(first) && is_entry(second) && memchr::memmem::find(text, b"\n  ").is_some()
        || first.ends_with(b":") && is_entry(first) && item(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_known_by_its_beginning() {
        let name = |text: &str| {
            of_text(text.as_bytes()).map(|other| other.name.split_once(" (").map_or(other.name, |it| it.0))
        };
        for dump in [
            "-- MySQL dump 10.13\n",
            "--\n-- Dump\n--\nINSERT INTO `a` VALUES (1);\n",
            "/*!40101 SET NAMES utf8mb4 */;\n",
            "insert into comments values (1, 'a');\nINSERT INTO comments VALUES (2, 'b');\n",
            "BEGIN;\nINSERT INTO c VALUES (1,'hi');\nCOMMIT;\n",
            "# *****\n# SQL dump\n#\nDROP TABLE IF EXISTS `c`;\n",
            "USE [db]\nGO\nINSERT [dbo].[comments] ([id],[text]) VALUES (1, N'hi')\nGO\n",
            "SET NAMES utf8mb4;\r\nINSERT INTO `comments` VALUES (1, 'hi');\r\n",
            "PRAGMA foreign_keys=OFF;\nCREATE TABLE c(id, text);\n",
            "COPY comments (id, text) FROM stdin;\n1\thi\n\\.\n",
            "REPLACE INTO comments VALUES (1,'hi');\n",
        ] {
            assert_eq!(name(dump), Some("a dump of a database"), "{dump}");
        }
        for script in [
            "window.YTD.tweets.part0 = [\n  {\n",
            "var comments = [{\"text\":\"a\"}];",
            "callback([{",
            "x = {\"a\":1}",
            "export default [{\"text\":\"a\"}]",
            ")]}'\n[{\"text\":\"a\"}]",
        ] {
            assert_eq!(name(script), Some("JavaScript with JSON in it"), "{script}");
        }
        assert_eq!(name("[{'id': 1, 'text': \"it's\"}]"), Some("objects as Python prints them"));
        for relaxed in ["{comment: {text: \"a\"}}", "[{id: 1}]", "[\n  { $id : null }]"] {
            assert_eq!(name(relaxed), Some("JSON in which names have no quotes"), "{relaxed}");
        }
        for commented in
            ["// a\n[{\"a\":1}]", "/* a */ {\"a\":1}", "[ // a\n {\"a\":1}]", "{ /* b */ \"a\":1}", "// a\n// b\n[{}]"]
        {
            assert_eq!(name(commented), Some("JSON with comments of a programmer in it"), "{commented}");
        }
        for columns in ["{\"text\":{\"0\":\"a\"}}", "{\"columns\":[\"a\"],\"index\":[0],\"data\":[[1]]}"] {
            assert_eq!(name(columns), Some("JSON of columns, as pandas writes it"), "{columns}");
        }
        for mail in
            ["From: a@b.example\nSubject: hi\n\ntext\n", "From a Mon\nSubject: hi\n", "Delivered-To: a\nSubject: hi\n"]
        {
            assert_eq!(name(mail), Some("a message of e-mail"), "{mail}");
        }
        for old in ["ID;PWXL;N;E\nC;Y1;X1;K\"text\"\nE\n", "TABLE\r\n0,1\r\n\"EXCEL\"\r\n"] {
            assert_eq!(name(old), Some("a spreadsheet in an old form"), "{old}");
        }
        for yaml in ["- id: 1\n  text: a\n- id: 2\n  text: b\n", "---\ncomments:\n  - text: a\n"] {
            assert_eq!(name(yaml), Some("YAML"), "{yaml}");
        }
        for text in [
            "-- he said",
            "set it free; COPY that",
            "Use your head.\nDrop tables are nice",
            "x = [what]",
            "what (he said)",
            "{'tis}",
            "{smile: always}",
            "// no comment",
            "/* sigh */ what",
            "From: me\n",
            "From what I see\nthis is nice\n",
            "Subject: matter\n",
            "id,text\n",
            "ID;Post;text\n1;a;b\n",
            "TABLE\nfor two",
            "- no: it is not\n- yes",
            "{\"text\":{\"raw\":\"a\"}}",
            "{\"columns\":\"a\"}",
            "note: this\n- is a list",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }
}
