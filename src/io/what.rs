//! What a file is, by its first bytes.

use std::fmt;

use super::csv::MARK;

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

pub(super) const EXPORT: &str = "export the comments as CSV, .xlsx or JSON Lines";
const UNPACK: &str = "unpack it, and name the files in it";
pub(super) const SAVE_AS: &str = "open it in a spreadsheet program, and save it as .xlsx, or as CSV in UTF-8";

/// First bytes of what is no text, with its name and the remedy.
const MAGIC: [(&[u8], &str, &str); 31] = [
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
    (b"\x1F\x9D", "compressed by compress (.Z)", "unpack it with uncompress"),
    (b"7z\xBC\xAF\x27\x1C", "an archive of files (7z)", UNPACK),
    (b"Rar!\x1A\x07", "an archive of files (RAR)", UNPACK),
    (b"$FL2@(#)", "a file of SPSS", EXPORT),
    (b"\x93NUMPY", "an array of NumPy", EXPORT),
    (b"\x09\x08", "an old workbook (.xls)", SAVE_AS),
    (b"\x09\0\x04\0", "an old workbook (.xls)", SAVE_AS),
    (b"\x7FELF", "a program", EXPORT),
    (b"\xCA\xFE\xBA\xBE", "a program", EXPORT),
];

/// What the first bytes of a file say; none for text.
pub fn of_bytes(head: &[u8]) -> Option<What> {
    // Some programs leave line ends before a document.
    let text = head.strip_prefix(MARK).unwrap_or(head).trim_ascii_start();
    let is = |magic: &[u8]| head.starts_with(magic) || magic.starts_with(b"%PDF") && text.starts_with(magic);
    if is(b"\x1F\x8B") {
        return Some(What::Gzip);
    }
    if is(b"PK\x03\x04") || is(b"PK\x05\x06") || is(b"PK\x07\x08") {
        return Some(What::Zip);
    }
    let other = |name, remedy| Some(What::Other(Other { name, remedy }));
    if let Some((_, name, remedy)) = MAGIC.iter().find(|(magic, ..)| is(magic)) {
        // A comment may begin with the letters that some of them are.
        let is_text = ["RIFF", "ID3", "OggS", "BZh", "PAR1", "\t\x08"].iter().any(|letters| is(letters.as_bytes()))
            && !is_binary(head);
        return if is_text { None } else { other(name, remedy) };
    }
    if head.get(4..8) == Some(b"ftyp") && head[..3] == [0; 3] {
        return other("a film or an image (MP4, HEIC)", EXPORT);
    }
    if head.get(257..262) == Some(b"ustar") {
        return other("an archive of files (tar)", UNPACK);
    }
    if head.get(7..9) == Some(b"\0{") && head.len() > 64 && memchr::memmem::find(head, b"__metadata__").is_some() {
        return other("a model file", "name it with --model, and a file of comments here");
    }
    None
}

/// Bytes that no text has, and many of them. UTF-16 without a byte order mark is told from them.
pub fn binary(head: &[u8]) -> Option<Other> {
    if is_utf32(head) {
        return Some(Other { name: "text in UTF-32", remedy: "save it as UTF-8" });
    }
    let remedy = match utf16(head) {
        Some(true) => "name the encoding with --encoding utf-16be",
        Some(false) => "name the encoding with --encoding utf-16le",
        None => return is_binary(head).then_some(Other { name: "binary data", remedy: EXPORT }),
    };
    Some(Other { name: "text in UTF-16 without a byte order mark", remedy })
}

/// True if the first bytes are text in UTF-32: of every four, the upper two are zero but for emoji, and the others are not.
fn is_utf32(head: &[u8]) -> bool {
    let (units, _) = head[..head.len().min(4096)].as_chunks::<4>();
    let is_all = |unit: fn([u8; 4]) -> u32| {
        let is_letter = |unit: u32| char::from_u32(unit).is_some_and(|c| !c.is_control() || c.is_whitespace());
        units.len() >= 2 && units.iter().all(|bytes| is_letter(unit(*bytes)))
    };
    is_all(u32::from_le_bytes) || is_all(u32::from_be_bytes)
}

/// True if the first bytes are text in UTF-16 of big endian, false of little endian; none if they are neither. Nearly all
/// upper bytes are those of Latin or Arabic letters and of punctuation, and one of them is zero: a space or a line end.
fn utf16(head: &[u8]) -> Option<bool> {
    let head = &head[..head.len().min(4096)];
    let half = head.len() / 2;
    if head.len() < 4 || memchr::memchr(0, head).is_none() {
        return None;
    }
    let upper = |from: usize| {
        let bytes = || head.iter().skip(from).step_by(2).copied();
        let zeros = bytes().filter(|byte| *byte == 0).count();
        let letters = bytes().filter(|byte| matches!(byte, 0..=8 | 0x20 | 0xFB | 0xFE)).count();
        zeros * 4 >= half || zeros > 0 && letters * 10 >= half * 9
    };
    match (upper(0), upper(1)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
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
    let text = without_comments(text);
    let start = text[..text.len().min(20)].to_ascii_lowercase();
    let begins = |tags: &[&str]| tags.iter().any(|tag| start.starts_with(tag.as_bytes()));
    let has = |words: &str| memchr::memmem::find(text, words.as_bytes()).is_some();
    let is_xml = begins(&["<?xml"]);
    let is_page =
        begins(&["<!doctype html", "<html", "<table", "<head", "<body", "<meta", "<style", "<title", "<link "])
            || is_table(text);
    if !is_xml && !is_page && !begins(&["<!doctype", "<rss", "<feed", "<disqus", "<svg"]) {
        return None;
    }
    let (name, remedy) = if has("<disqus") || has("disqus.com") && is_xml {
        ("an export of Disqus (XML)", "make a CSV file of it with naqd-import disqus")
    } else if has("wordpress.org/export") || has("<wp:") || has("WordPress eXtended RSS") {
        ("an export of WordPress (WXR)", "make a CSV file of it with naqd-import wxr")
    } else if ["urn:schemas-microsoft-com:office:spreadsheet", "urn:oasis:names:tc:opendocument"].into_iter().any(has) {
        ("a workbook in XML", SAVE_AS)
    } else if is_page || is_xml && has("<html") {
        ("an HTML page", SAVE_AS)
    } else {
        ("an XML file", "export the comments as CSV or JSON Lines; naqd-import reads exports of WordPress and Disqus")
    };
    Some(Other { name, remedy })
}

/// A text without white space, a byte order mark and comments of markup before it.
fn without_comments(text: &[u8]) -> &[u8] {
    let mut text = text.strip_prefix(MARK).unwrap_or(text).trim_ascii_start();
    while text.starts_with(b"<!--")
        && let Some(end) = memchr::memmem::find(text, b"-->")
    {
        let after = text[end + 3..].trim_ascii_start();
        // What follows is markup of a page, or the comment of markup stands in a reader's comment.
        if after.first() != Some(&b'<') {
            break;
        }
        text = after;
    }
    text
}

/// True if a text is a table of HTML in something else, as programs write it that call it a workbook.
fn is_table(text: &[u8]) -> bool {
    let head = text[..text.len().min(1 << 13)].to_ascii_lowercase();
    let has = |tag: &str| memchr::memmem::find(&head, tag.as_bytes()).is_some();
    let begins = ["<div", "<center", "<font", "<form", "<script"].iter().any(|tag| head.starts_with(tag.as_bytes()));
    begins && has("<table") && has("<tr") && (has("<td") || has("<th"))
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
