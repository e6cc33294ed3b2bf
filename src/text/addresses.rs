//! HTML entities, read as one character; web addresses, mentions and e-mail addresses, read as one word.

use crate::text::word::{EMAIL, MENTION, URL};

/// Character of the HTML entity at byte `start`, and the byte after it. Web systems export comments with their quotes
/// and emoji written so.
///
/// By hand, and few names: a crate with all 2231 names of HTML would read more entities than the models were trained
/// with, and so change what they say of a comment.
pub(crate) fn entity(text: &str, start: usize) -> Option<(char, usize)> {
    let bytes = &text.as_bytes()[start..];
    let end = bytes.iter().take(10).position(|b| *b == b';')?;
    let name = &text[start + 1..start + end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" => ' ',
        "hellip" => '…',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((c, start + end + 1))
}

/// First URL, mention or e-mail address at or after byte `from`: its bytes, and the word it becomes.
/// Linear in the text over a whole walk: only a bounded number of bytes is looked at twice.
pub(crate) fn find_address(text: &str, from: usize) -> Option<(usize, usize, char)> {
    let bytes = text.as_bytes();
    let run = |at: usize, belongs: fn(&u8) -> bool| bytes[at..].iter().take_while(|b| belongs(b)).count();
    let run_before =
        |at: usize, belongs: fn(&u8) -> bool| bytes[from..at].iter().rev().take(64).take_while(|b| belongs(b)).count();
    let url_byte: fn(&u8) -> bool = |b| b.is_ascii_graphic() && !b"<>\"'`".contains(b);
    let mut next = from;
    loop {
        let at = sign(bytes, next)?;
        next = at + 1;
        match bytes[at] {
            b':' if bytes[next..].starts_with(b"//") => {
                let scheme = run_before(at, u8::is_ascii_alphabetic).min(5);
                // Only what is taken is measured, so that nothing is measured twice.
                if scheme > 2 {
                    let rest = run(at + 3, url_byte);
                    if rest > 0 {
                        return Some((at - scheme, at + 3 + rest, URL));
                    }
                }
            }
            b'.' if at >= from + 3
                && bytes[at - 1] | 0x20 == b'w'
                && run_before(at, |b| b"wW".contains(b)) == 3
                && (at == from + 3 || !bytes[at - 4].is_ascii_alphanumeric()) =>
            {
                let rest = run(next, url_byte);
                if rest > 1 {
                    return Some((at - 3, next + rest, URL));
                }
            }
            b'@' => {
                let local = run_before(at, |b| b.is_ascii_alphanumeric() || b"._%+-".contains(b));
                let domain = &bytes[next..next + run(next, |b| b.is_ascii_alphanumeric() || b".-".contains(b))];
                let domain =
                    &domain[..domain.iter().rposition(|b| b.is_ascii_alphanumeric()).map_or(0, |last| last + 1)];
                if local > 0 && domain.contains(&b'.') {
                    return Some((at - local, next + domain.len(), EMAIL));
                }
                let name: usize = text[next..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || "_.-".contains(*c))
                    .map(char::len_utf8)
                    .sum();
                let name = text[next..next + name].trim_end_matches(['.', '-']);
                if !name.is_empty() && !text[from..at].ends_with(char::is_alphanumeric) {
                    return Some((at, next + name.len(), MENTION));
                }
            }
            _ => {}
        }
    }
}

/// First byte at or after `at` that may belong to an address: an at sign, a colon, or a full stop behind a `w`.
fn sign(bytes: &[u8], at: usize) -> Option<usize> {
    let mut signs = memchr::memchr3_iter(b'@', b':', b'.', &bytes[at..]).map(|sign| at + sign);
    signs.find(|&sign| bytes[sign] != b'.' || sign > 0 && bytes[sign - 1] | 0x20 == b'w')
}
