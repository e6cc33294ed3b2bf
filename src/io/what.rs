//! What a file is, by its first bytes.

use std::fmt;

/// What a file is that is no text of comments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// Compressed by gzip.
    Gzip,
    /// A ZIP archive: a workbook, a document, or an archive of files.
    Zip,
    /// Something that is no file of comments.
    Other(Other),
}

/// Something that is no file of comments, with what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Other {
    /// Name, with an article.
    pub name: &'static str,
    /// What to do instead.
    pub remedy: &'static str,
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, not a file of comments: {}", self.name, self.remedy)
    }
}

impl std::error::Error for Other {}

const EXPORT: &str = "export the comments as CSV, .xlsx or JSON Lines";
const UNPACK: &str = "unpack it, and name the files in it";
const SAVE_AS: &str = "open it in a spreadsheet program, and save it as .xlsx, or as CSV in UTF-8";

/// First bytes of what is no text, with its name and the remedy.
const MAGIC: [(&[u8], &str, &str); 26] = [
    (b"\xFF\xFE\0\0", "text in UTF-32", "save it as UTF-8"),
    (b"\0\0\xFE\xFF", "text in UTF-32", "save it as UTF-8"),
    (
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "an old workbook (.xls) or one with a password",
        "open it in a spreadsheet program, and save it without a password as .xlsx, or as CSV in UTF-8",
    ),
    (b"%PDF-", "a PDF document", EXPORT),
    (b"{\\rtf", "a document in RTF", "save it as plain text in UTF-8, one comment a line"),
    (b"%!PS", "a PostScript document", EXPORT),
    (b"\x89PNG", "an image (PNG)", EXPORT),
    (b"\xFF\xD8\xFF", "an image (JPEG)", EXPORT),
    (b"GIF87a", "an image (GIF)", EXPORT),
    (b"GIF89a", "an image (GIF)", EXPORT),
    (b"II*\0", "an image (TIFF)", EXPORT),
    (b"MM\0*", "an image (TIFF)", EXPORT),
    (b"RIFF", "an image, a sound or a film (RIFF)", EXPORT),
    (b"ID3", "a sound (MP3)", EXPORT),
    (b"OggS", "a sound or a film (Ogg)", EXPORT),
    (b"SQLite format 3\0", "an SQLite database", "export the table of the comments as CSV"),
    (b"PAR1", "a Parquet file", EXPORT),
    (b"Obj\x01", "an Avro file", EXPORT),
    (b"BZh", "compressed by bzip2", "unpack it with bunzip2"),
    (b"\xFD7zXZ\0", "compressed by xz", "unpack it with unxz"),
    (b"\x28\xB5\x2F\xFD", "compressed by zstd", "unpack it with unzstd"),
    (b"\x04\x22\x4D\x18", "compressed by lz4", "unpack it with unlz4"),
    (b"7z\xBC\xAF\x27\x1C", "an archive of files (7z)", UNPACK),
    (b"Rar!\x1A\x07", "an archive of files (RAR)", UNPACK),
    (b"\x7FELF", "a program", EXPORT),
    (b"\xCA\xFE\xBA\xBE", "a program", EXPORT),
];

/// What the first bytes of a file say; none for text.
pub fn of_bytes(head: &[u8]) -> Option<What> {
    let is = |magic: &[u8]| head.starts_with(magic);
    if is(b"\x1F\x8B") {
        return Some(What::Gzip);
    }
    if is(b"PK\x03\x04") || is(b"PK\x05\x06") || is(b"PK\x07\x08") {
        return Some(What::Zip);
    }
    let other = |name, remedy| Some(What::Other(Other { name, remedy }));
    if let Some((_, name, remedy)) = MAGIC.iter().find(|(magic, ..)| is(magic)) {
        // A comment may begin with the letters that some of them are.
        let is_text =
            ["RIFF", "ID3", "OggS", "BZh", "PAR1"].iter().any(|letters| is(letters.as_bytes())) && !is_binary(head);
        return if is_text { None } else { other(name, remedy) };
    }
    if head.get(257..262) == Some(b"ustar") {
        return other("an archive of files (tar)", UNPACK);
    }
    if head.get(7..9) == Some(b"\0{") && head.len() > 64 && memchr::memmem::find(head, b"__metadata__").is_some() {
        return other("a model file", "name it with --model, and a file of comments here");
    }
    None
}

/// Code at the beginning of a text: a dump of a database, JSON in JavaScript or as Python writes it, a message of e-mail.
pub fn code(text: &[u8]) -> Option<Other> {
    let text = text.trim_ascii_start();
    let line = text.split(|&byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let line = &line[..line.len().min(200)];
    let begins = |words: &[&str]| {
        words.iter().any(|word| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes())))
    };
    let has = |words: &str| memchr::memmem::find(&text[..text.len().min(1 << 16)], words.as_bytes()).is_some();
    let is_dump = begins(&[
        "-- MySQL dump",
        "-- MariaDB dump",
        "-- phpMyAdmin SQL",
        "-- PostgreSQL database",
        "/*!40",
        "/*!50",
        "/*M!",
    ]) || begins(&["--", "/*", "INSERT INTO ", "CREATE TABLE ", "DROP TABLE "])
        && (has("INSERT INTO ") || has("CREATE TABLE ") || has(" FROM stdin"))
        && has(";");
    // `window.YTD.tweets.part0 = [`, `callback([{`.
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"._$ ".contains(byte)).count();
    let after = line[name..].trim_ascii();
    let value = after.strip_prefix(b"=").or_else(|| after.strip_prefix(b"(")).map(<[u8]>::trim_ascii_start);
    let is_script = name > 0
        && value.is_some_and(|value| {
            let inside = value.strip_prefix(b"[").map(<[u8]>::trim_ascii_start).unwrap_or(value);
            inside.starts_with(b"{") || value == b"[" || value.starts_with(b"[]")
        });
    let inside = text.strip_prefix(b"[").unwrap_or(text).trim_ascii_start();
    let is_python = inside.strip_prefix(b"{'").is_some_and(|rest| {
        let key = rest.iter().position(|&byte| byte == b'\'').filter(|&end| end <= 64);
        key.is_some_and(|end| rest[end + 1..].trim_ascii_start().starts_with(b":"))
    });
    let is_mail =
        begins(&["MIME-Version:", "Received:", "Return-Path:"]) || begins(&["From:", "Date:"]) && has("\nSubject:");
    let (name, remedy) = match () {
        () if is_dump => (
            "a dump of a database (SQL)",
            "export the table of the comments as CSV; naqd-import wordpress-sql reads the table wp_comments",
        ),
        () if is_script => {
            ("JavaScript with JSON in it", "delete what stands before the first [ or { and after the last")
        }
        () if is_python => ("objects as Python prints them", "write them as JSON, with json.dumps"),
        () if is_mail => ("a message of e-mail", EXPORT),
        () => return None,
    };
    Some(Other { name, remedy })
}

/// Bytes that no text has, and many of them. UTF-16 without a byte order mark is told from them.
pub fn binary(head: &[u8]) -> Option<Other> {
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|&&byte| byte == 0).count();
    let half = head.len() / 2;
    if head.starts_with(b"\0\0\0") && half > 1 {
        return Some(Other { name: "text in UTF-32", remedy: "save it as UTF-8" });
    }
    if head.len() >= 4 && memchr::memchr(0, head).is_some() {
        let remedy = match (zeros(0) * 4 >= half.max(1), zeros(1) * 4 >= half.max(1)) {
            (false, true) => Some("name the encoding with --encoding utf-16le"),
            (true, false) => Some("name the encoding with --encoding utf-16be"),
            _ => None,
        };
        if let Some(remedy) = remedy {
            return Some(Other { name: "text in UTF-16 without a byte order mark", remedy });
        }
    }
    is_binary(head).then_some(Other { name: "binary data", remedy: EXPORT })
}

/// True if control characters are so many that it is no text in any encoding.
fn is_binary(head: &[u8]) -> bool {
    // What is filled up with zeros after its end may be a text that was cut.
    let head = &head[..head.len().min(4096)];
    let end = head.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let head = if end >= 16 { &head[..end] } else { head };
    let controls = head.iter().filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31)).count();
    controls >= 4 && controls * 20 >= head.len()
}

/// Markup at the beginning of a text: XML and HTML, of which naqd-import reads some.
pub fn markup(text: &[u8]) -> Option<Other> {
    let text = text.trim_ascii_start();
    let start = text[..text.len().min(20)].to_ascii_lowercase();
    let begins = |tags: &[&str]| tags.iter().any(|tag| start.starts_with(tag.as_bytes()));
    let has = |words: &str| memchr::memmem::find(text, words.as_bytes()).is_some();
    let is_xml = begins(&["<?xml"]);
    if !is_xml && !begins(&["<!doctype", "<html", "<rss", "<feed", "<disqus", "<table", "<svg", "<head", "<body"]) {
        return None;
    }
    let (name, remedy) = if has("<disqus") || has("disqus.com") && is_xml {
        ("an export of Disqus (XML)", "make a CSV file of it with naqd-import disqus")
    } else if has("wordpress.org/export") || has("<wp:") || has("WordPress eXtended RSS") {
        ("an export of WordPress (WXR)", "make a CSV file of it with naqd-import wxr")
    } else if ["urn:schemas-microsoft-com:office:spreadsheet", "urn:oasis:names:tc:opendocument"].into_iter().any(has) {
        ("a workbook in XML", SAVE_AS)
    } else if begins(&["<!doctype html", "<html", "<table", "<head", "<body"]) || is_xml && has("<html") {
        ("an HTML page", SAVE_AS)
    } else {
        ("an XML file", "export the comments as CSV or JSON Lines; naqd-import reads exports of WordPress and Disqus")
    };
    Some(Other { name, remedy })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(what: Option<What>) -> String {
        match what {
            Some(What::Other(other)) => other.name.to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn files_are_known_by_their_first_bytes() {
        assert_eq!(of_bytes(b"\x1F\x8B\x08"), Some(What::Gzip));
        assert_eq!(of_bytes(b"PK\x03\x04..."), Some(What::Zip));
        assert_eq!(name(of_bytes(b"%PDF-1.7")), "a PDF document");
        assert_eq!(name(of_bytes(b"\x89PNG\r\n\x1A\n")), "an image (PNG)");
        assert!(name(of_bytes(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")).contains(".xls"));
        for text in ["RIFF raff is what this is", "ID3 is a good car", "PKK", "%PD", "", "Rar", "شكرا"] {
            assert_eq!(of_bytes(text.as_bytes()), None, "{text}");
            assert_eq!(binary(text.as_bytes()), None, "{text}");
        }
        let utf16: Vec<u8> = "id,text".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(binary(&utf16).unwrap().remedy.contains("utf-16le"));
        assert_eq!(binary(b"id,text\n1,a\0b\n"), None, "one NUL is a bad row");
        assert_eq!(binary(&[3; 100]).unwrap().name, "binary data");
        let utf32: Vec<u8> = "\u{FEFF}id,text".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        assert_eq!(name(of_bytes(&utf32)), "text in UTF-32");
        assert_eq!(binary(&[&b"id,text\n1,a long one\n"[..], &[0; 100]].concat()), None, "filled up");
    }

    #[test]
    fn code_is_known_by_its_first_line() {
        let name = |text: &str| code(text.as_bytes()).map(|other| other.name);
        for dump in [
            "-- MySQL dump 10.13\n",
            "--\n-- Dump\n--\nINSERT INTO `a` VALUES (1);\n",
            "/*!40101 SET NAMES utf8mb4 */;\n",
            "insert into comments values (1, 'a');\nINSERT INTO comments VALUES (2, 'b');\n",
        ] {
            assert_eq!(name(dump), Some("a dump of a database (SQL)"), "{dump}");
        }
        for script in
            ["window.YTD.tweets.part0 = [\n  {\n", "var comments = [{\"text\":\"a\"}];", "callback([{", "x = {\"a\":1}"]
        {
            assert_eq!(name(script), Some("JavaScript with JSON in it"), "{script}");
        }
        assert_eq!(name("[{'id': 1, 'text': \"it's\"}]"), Some("objects as Python prints them"));
        assert_eq!(name("From: a@b.example\nSubject: hi\n\ntext\n"), Some("a message of e-mail"));
        for text in [
            "-- he said",
            "set it free; COPY that",
            "x = [what]",
            "what (he said)",
            "{'tis}",
            "From: me\n",
            "id,text\n",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn markup_is_known_by_its_root() {
        let name = |text: &str| markup(text.as_bytes()).map(|other| other.name);
        assert_eq!(name("<?xml version=\"1.0\"?>\n<disqus>"), Some("an export of Disqus (XML)"));
        assert_eq!(name("<?xml?><!-- made by WordPress eXtended RSS -->"), Some("an export of WordPress (WXR)"));
        assert_eq!(name("\n <!DOCTYPE html><html>"), Some("an HTML page"));
        assert_eq!(name("<?xml?><note/>"), Some("an XML file"));
        assert_eq!(name("<p>you fool</p>"), None);
        assert_eq!(name("<3 this"), None);
    }
}
