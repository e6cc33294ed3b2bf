//! Repair of bodies that are JSON except for a broken character. Clients write them that cut texts after a number of
//! UTF-16 units. They are not refused: where an error means "publish", every comment that ends in half an emoji would pass.
//! By hand, since the parsers that take such escapes give no UTF-8.

use std::borrow::Cow;

/// Replacement of a broken character.
const REPLACEMENT: &[u8] = b"\\ufffd";

/// The body without a byte order mark, which may be ignored (RFC 8259, section 8.1), and with every half of a surrogate
/// pair, and every byte that is no UTF-8, replaced.
pub fn repair(body: &[u8]) -> Cow<'_, [u8]> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let body = match String::from_utf8_lossy(body) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    let broken = halves(&body);
    if broken.is_empty() {
        return body;
    }
    let mut whole = body.into_owned();
    for at in broken {
        whole[at..at + 6].copy_from_slice(REPLACEMENT);
    }
    Cow::Owned(whole)
}

/// Offsets of the escapes that are half of a surrogate pair without the other half.
fn halves(body: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'\\', &body[at..]) {
        at += next;
        match (unit(&body[at..]), body.get(at + 6..).and_then(unit)) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => at += 12,
            (Some(0xD800..0xE000), _) => {
                found.push(at);
                at += 6;
            }
            // The second character of an escape is no backslash of its own.
            _ => at += 2,
        }
        if at >= body.len() {
            break;
        }
    }
    found
}

/// The UTF-16 unit of an escape `\uXXXX` at the beginning.
fn unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_nothing_else() {
        for (body, expected) in [
            (r#""\ud83d\ude00""#, "😀"),
            (r#""a\ud83d""#, "a\u{FFFD}"),
            (r#""\ude00\ud83d\ude00""#, "\u{FFFD}😀"),
            (r#""\ud83d\ud83d\ude00\\ud83d""#, "\u{FFFD}😀\\ud83d"),
            (r#""\u0645\n\\""#, "م\n\\"),
            (r#""\uD83Dx\\""#, "\u{FFFD}x\\"),
        ] {
            let text: String = serde_json::from_slice(&repair(body.as_bytes())).unwrap();
            assert_eq!(text, expected);
        }
        assert!(matches!(repair(br#"{"a":"\u0645\ud83d\ude00"}"#), Cow::Borrowed(_)));
        for (body, expected) in [(&b"\"a\xFFb\""[..], "a\u{FFFD}b"), (b"\xEF\xBB\xBF\"a\"", "a")] {
            let text: String = serde_json::from_slice(&repair(body)).unwrap();
            assert_eq!(text, expected);
        }
        for cut in [&b"\\"[..], b"\\u", b"\\ud8", b"\\ud83d", b"\\ud83d\\", b"\\ud83d\\ude0"] {
            repair(cut);
        }
    }
}
