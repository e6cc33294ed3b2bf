//! Letters that stand as codes: percent-encoding, quoted-printable, and the escapes of programming languages.

use super::json_form::string_end;

/// Way to write a letter as a code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `%D9%83`, and JavaScript's `%u0643`.
    Percent,
    /// `=D9=83`, of e-mail.
    QuotedPrintable,
    /// `\u0643`, `\U00000643`, and `\xD9\x83`.
    Escape,
    /// `<U+0643>`, of R.
    Brackets,
}

/// What a code stands for.
enum Code {
    Byte(u8),
    Char(char),
    /// A line end that is none.
    Nothing,
}

/// Fewest codes of letters that are no chance.
const FEWEST: usize = 3;

/// Name of the codes that letters of a text stand as, and the text as it was written, if every code in it is known. They
/// make up most of the text, so that a link in a comment is none.
pub(super) fn encoded(text: &str) -> Option<(&'static str, Option<String>)> {
    if !may_be_encoded(text.as_bytes()) {
        return None;
    }
    [Form::Percent, Form::QuotedPrintable, Form::Escape, Form::Brackets]
        .into_iter()
        .find_map(|form| Some((form.name(), form.read(text)?)))
}

/// True if a text has what may be a code.
fn may_be_encoded(bytes: &[u8]) -> bool {
    memchr::memchr3_iter(b'%', b'=', b'\\', bytes).any(|at| {
        let is_hex = |byte: &u8| byte.is_ascii_hexdigit();
        match bytes[at + 1..] {
            [b'u' | b'U' | b'x', ..] => true,
            [high, low, ..] => bytes[at] != b'\\' && is_hex(&high) && is_hex(&low),
            _ => false,
        }
    }) || memchr::memchr_iter(b'<', bytes).any(|at| bytes[at + 1..].starts_with(b"U+"))
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Form::Percent => "percent-encoding",
            Form::QuotedPrintable => "quoted-printable",
            Form::Escape => "escapes such as \\u0643",
            Form::Brackets => "codes such as <U+0643>",
        }
    }

    fn sign(self) -> u8 {
        match self {
            Form::Percent => b'%',
            Form::QuotedPrintable => b'=',
            Form::Escape => b'\\',
            Form::Brackets => b'<',
        }
    }

    /// What the code at the beginning stands for, and its length.
    fn code(self, bytes: &[u8]) -> Option<(Code, usize)> {
        let byte = |at: usize| Some((Code::Byte(hex(bytes.get(at..at + 2)?)? as u8), at + 2));
        let char = |c: Option<char>, len: usize| Some((Code::Char(c?), len));
        match (self, bytes.get(1..).unwrap_or_default()) {
            (Form::Percent | Form::Escape, [b'u', ..]) => utf16(bytes).map(|(c, len)| (Code::Char(c), len)),
            (Form::Percent, _) => byte(1),
            (Form::QuotedPrintable, [] | [b'\n', ..]) => Some((Code::Nothing, bytes.len().min(2))),
            (Form::QuotedPrintable, [b'\r', b'\n', ..]) => Some((Code::Nothing, 3)),
            (Form::QuotedPrintable, _) => byte(1),
            (Form::Escape, [b'x', ..]) => byte(2),
            (Form::Escape, [b'U', ..]) => char(char::from_u32(hex(bytes.get(2..10)?)?), 10),
            (Form::Escape, [b'n', ..]) => Some((Code::Byte(b'\n'), 2)),
            (Form::Escape, [b'r', ..]) => Some((Code::Byte(b'\r'), 2)),
            (Form::Escape, [b't', ..]) => Some((Code::Byte(b'\t'), 2)),
            (Form::Escape, [sign @ (b'\\' | b'"' | b'\'' | b'/'), ..]) => Some((Code::Byte(*sign), 2)),
            (Form::Escape, _) => None,
            (Form::Brackets, _) => {
                let digits = memchr::memchr(b'>', bytes.get(..12.min(bytes.len()))?)?;
                let is_code = bytes.starts_with(b"<U+") && digits >= 7;
                if is_code { char(char::from_u32(hex(&bytes[3..digits])?), digits + 1) } else { None }
            }
        }
    }

    /// The text as it was written; the inner none if not every code is known, the outer if letters are no codes.
    fn read(self, text: &str) -> Option<Option<String>> {
        let bytes = text.as_bytes();
        let mut read = Vec::with_capacity(bytes.len());
        // What stands for letters and signs, without all else, and the bytes of the text that do and those that are no code.
        let (mut letters, mut coded, mut bare) = (Vec::new(), 0, 0);
        let (mut whole, mut has_bytes) = (true, false);
        // Forms write a space as a plus where they write all others as codes.
        let plus_is_space = self == Form::Percent && !text.contains("%20") && !text.contains(char::is_whitespace);
        let mut at = 0;
        let mut is_link = false;
        while let Some(&byte) = bytes.get(at) {
            if self == Form::Percent && (at == 0 || bytes[at - 1].is_ascii_whitespace()) {
                is_link = begins_link(&bytes[at..]);
            }
            let code = if byte == self.sign() && !is_link { self.code(&bytes[at..]) } else { None };
            let Some((code, len)) = code else {
                whole &= byte != self.sign() || is_link || self == Form::Brackets;
                bare += usize::from(!byte.is_ascii_whitespace());
                read.push(if plus_is_space && byte == b'+' { b' ' } else { byte });
                at += 1;
                continue;
            };
            match code {
                Code::Byte(byte) => {
                    read.push(byte);
                    if !byte.is_ascii() {
                        letters.push(byte);
                        (coded, has_bytes) = (coded + len, true);
                    }
                }
                Code::Char(c) => {
                    let utf8 = c.encode_utf8(&mut [0; 4]).as_bytes().to_vec();
                    read.extend_from_slice(&utf8);
                    if !c.is_ascii() {
                        letters.extend_from_slice(&utf8);
                        coded += len;
                    }
                }
                Code::Nothing => {}
            }
            at += len;
        }
        let (mut good, mut bad) = (0, 0);
        for c in String::from_utf8_lossy(&letters).chars() {
            match c {
                '\u{FFFD}' => bad += 1,
                _ if c.is_alphabetic() || c >= '\u{1F000}' => good += if has_bytes { c.len_utf8() } else { 1 },
                _ => {}
            }
        }
        if good < FEWEST || bad * 4 > good || coded <= bare {
            return None;
        }
        // Bytes between letters of the text itself would be guessed.
        let repaired = (whole && bad == 0 && (!has_bytes || text.is_ascii())).then_some(read);
        Some(repaired.and_then(|read| String::from_utf8(read).ok()))
    }
}

/// True if a word is a link, whose letters are codes for good: `https://example.com/%D9%83`, `/ar/%D9%83`.
fn begins_link(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|byte| *byte == b'%' || byte.is_ascii_whitespace()).unwrap_or(bytes.len());
    let start = &bytes[..end];
    let slash = memchr::memchr(b'/', start);
    start.starts_with(b"www.")
        || slash.is_some_and(|slash| slash == 0 || start[..slash].ends_with(b":") || start[..slash].contains(&b'.'))
}

/// Character of the code `\u0643`, or of two such that are one character in UTF-16, and its length.
fn utf16(bytes: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = bytes.get(at + 2..at + 6)?;
        (bytes[at] == bytes[0] && bytes[at + 1] == b'u').then(|| hex(digits)).flatten()
    };
    let first = unit(0)?;
    match (first, unit(6)) {
        (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) => {
            Some((char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))?, 12))
        }
        _ => Some((char::from_u32(first)?, 6)),
    }
}

/// Number that hexadecimal digits state.
fn hex(digits: &[u8]) -> Option<u32> {
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    is_hex.then(|| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()).flatten()
}

/// JSON whose strings are repaired by `repair`, if one of them can be; all else stays as it stands.
#[cfg(feature = "internal")]
pub(super) fn repair_strings(json: &str, repair: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut repaired = String::new();
    let (mut from, mut at) = (0, 0);
    while let Some(quote) = memchr::memchr(b'"', &json.as_bytes()[at..]).map(|place| at + place) {
        let end = string_end(json.as_bytes(), quote)?;
        let text = serde_json::from_str::<String>(&json[quote..end]).ok()?;
        if let Some(better) = repair(&text) {
            repaired += &json[from..quote];
            repaired += &serde_json::to_string(&better).ok()?;
            from = end;
        }
        at = end;
    }
    (from > 0).then(|| repaired + &json[from..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn percent(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    }

    #[test]
    fn codes_are_read() {
        let text = "يا كلب 😀";
        let escapes: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let brackets: String = text.chars().map(|c| format!("<U+{:04X}>", u32::from(c))).collect();
        for (name, coded) in [
            ("percent-encoding", percent(text)),
            ("percent-encoding", percent(text).replace("%20", "+")),
            ("percent-encoding", percent(text).replace("%20", " ")),
            ("percent-encoding", escapes.replace('\\', "%")),
            ("quoted-printable", percent(text).replace('%', "=").replace("=20", " =\r\n")),
            ("escapes such as \\u0643", escapes),
            ("escapes such as \\u0643", percent(text).replace('%', "\\x")),
            ("codes such as <U+0643>", brackets.replace("<U+0020>", " ")),
        ] {
            assert_eq!(encoded(&coded), Some((name, Some(text.to_owned()))), "{coded}");
        }
        // Cut, and in part.
        assert_eq!(encoded(&percent("يا كلب")[..20]), Some(("percent-encoding", None)));
        assert_eq!(encoded("\\u0643\\u0644\\u0628 \\d"), Some(("escapes such as \\u0643", None)));
    }

    #[test]
    fn what_people_write_is_no_code() {
        for text in [
            "see https://ar.wikipedia.org/wiki/%D9%85%D8%B5%D8%B1",
            "انظر www.example.com/%D9%85%D8%B5%D8%B1",
            "example.com/?q=%D9%85%D8%B5%D8%B1",
            "/ar/%D9%85%D8%B5%D8%B1/",
            "هذا الرابط فيه %D9%85 وكلام كثير آخر",
            "100%D8",
            "50%=AB",
            "C:\\users\\xander",
            "2+2=4",
            "a = b <U+> \\u12",
            "%%%",
            "=",
            "\\",
            "\\u0041\\u0042\\u0043",
            "%41%42%43",
        ] {
            assert_eq!(encoded(text), None, "{text}");
        }
    }

    #[test]
    fn strings_of_json_are_repaired() {
        let json = "{\"a\\u0022\": 1.50, \"text\":\"%D9%83\\\"\", \"b\": [\"x\"]}";
        let repair =
            |text: &str| text.strip_suffix("\"").and_then(|text| text.strip_prefix('%')).map(|_| "\"".to_owned());
        assert_eq!(repair_strings(json, &repair).unwrap(), json.replace("%D9%83", ""));
        assert_eq!(repair_strings(json, &|_| None), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(\\PC|[%=\\\\<>uUxnr+0-9A-F\r\n]){0,60}") {
            encoded(&text);
        }
    }
}
