//! Tokenizer: the bounds of tags, comments and character references, by the tokenizer of the HTML standard.
//!
//! <https://html.spec.whatwg.org/multipage/parsing.html#tokenization>

use std::ops::Range;

use htmlize::{ENTITIES, ENTITY_MAX_LENGTH};
use memchr::memmem;

/// Markup that begins with `<`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Markup {
    /// Start tag or end tag: the bounds of its name, and the byte after it; none where the text ends inside it.
    Tag {
        /// True for an end tag.
        closes: bool,
        /// Bounds of the name.
        name: (usize, usize),
        /// Byte after the tag.
        end: Option<usize>,
    },
    /// A comment or the type of a document; the byte after it, none where it does not end.
    Comment(Option<usize>),
    /// What browsers take for a comment, and people write for other reasons, such as `<?`, `</ >` and `<![CDATA[`; the byte
    /// after it, none where it does not end.
    Bogus(Option<usize>),
    /// An angle bracket that is text.
    Text,
}

/// Markup at byte `at`, which is `<`. Attributes are passed to `attribute` by their names and the bounds of
/// their values; without `quotes` there are none,
/// and a tag ends at the next `>`.
#[inline]
pub(super) fn markup<'h>(
    html: &'h [u8],
    at: usize,
    quotes: bool,
    attribute: impl FnMut(&'h [u8], Range<usize>),
) -> Markup {
    match html.get(at + 1..).unwrap_or_default() {
        [letter, ..] if letter.is_ascii_alphabetic() => tag(html, at + 1, false, quotes, attribute),
        [b'/', letter, ..] if letter.is_ascii_alphabetic() => tag(html, at + 2, true, quotes, attribute),
        [b'/'] | [] => Markup::Text,
        [b'/', b'>', ..] => Markup::Comment(Some(at + 3)),
        [b'!', b'-', b'-', rest @ ..] => Markup::Comment(comment(rest).map(|length| at + 4 + length)),
        [b'!', rest @ ..] if rest.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"doctype")) => {
            Markup::Comment(after(html, at, b'>'))
        }
        [b'!' | b'?' | b'/', ..] => Markup::Bogus(after(html, at, b'>')),
        _ => Markup::Text,
    }
}

fn tag<'h>(
    html: &'h [u8],
    start: usize,
    closes: bool,
    quotes: bool,
    attribute: impl FnMut(&'h [u8], Range<usize>),
) -> Markup {
    let length = html[start..].iter().position(|byte| matches!(byte, b'>' | b'/') || is_space(*byte));
    let name_end = length.map_or(html.len(), |length| start + length);
    let end = if quotes { tag_end(html, name_end, attribute) } else { after(html, name_end, b'>') };
    Markup::Tag { closes, name: (start, name_end), end }
}

/// Byte after the tag whose name ends before byte `at`. Quotes count only around a value, behind `=`.
#[inline]
fn tag_end<'h>(html: &'h [u8], mut at: usize, mut attribute: impl FnMut(&'h [u8], Range<usize>)) -> Option<usize> {
    loop {
        let first = *html.get(at)?;
        if first == b'>' {
            return Some(at + 1);
        }
        if first == b'/' || is_space(first) {
            at += 1;
            continue;
        }
        // The first character belongs to the name even if it is an equals sign.
        let start = at;
        at += 1;
        while !matches!(html.get(at), None | Some(b'=' | b'>' | b'/')) && !is_space(html[at]) {
            at += 1;
        }
        let name = &html[start..at];
        let mut next = at;
        while html.get(next).is_some_and(|byte| is_space(*byte)) {
            next += 1;
        }
        if html.get(next) != Some(&b'=') {
            attribute(name, at..at);
            continue;
        }
        next += 1;
        while html.get(next).is_some_and(|byte| is_space(*byte)) {
            next += 1;
        }
        let (value, length) = match html.get(next)? {
            quote @ (b'"' | b'\'') => {
                let length = memchr::memchr(*quote, &html[next + 1..])?;
                (next + 1, length)
            }
            _ => {
                let unquoted = html[next..].iter().position(|byte| *byte == b'>' || is_space(*byte))?;
                (next, unquoted)
            }
        };
        attribute(name, value..value + length);
        // Behind the closing quote, if there is one.
        at = value + length + usize::from(value > next);
    }
}

/// Length of the rest of a comment, after its `<!--`.
fn comment(rest: &[u8]) -> Option<usize> {
    if rest.starts_with(b">") {
        return Some(1);
    }
    if rest.starts_with(b"->") {
        return Some(2);
    }
    let mut from = 0;
    loop {
        let dashes = from + memmem::find(&rest[from..], b"--")?;
        match &rest[dashes + 2..] {
            [b'>', ..] => return Some(dashes + 3),
            [b'!', b'>', ..] => return Some(dashes + 4),
            _ => from = dashes + 1,
        }
    }
}

/// Bounds of the content of a raw element that begins at byte `at`, and the byte after its end tag. The content ends with the
/// text where there is no end tag.
pub(super) fn raw(html: &[u8], at: usize, name: &[u8]) -> (usize, usize) {
    let script = name.eq_ignore_ascii_case(b"script");
    // Inside a comment of a script, a script of its own.
    let (mut comment, mut inner) = (false, false);
    let mut from = at;
    while let Some(found) = memchr::memchr2(b'<', b'-', &html[from..]).map(|found| from + found) {
        let rest = &html[found..];
        from = found + 1;
        if script && rest.starts_with(b"-->") {
            (comment, inner) = (false, false);
        } else if script && rest.starts_with(b"<!--") {
            comment = true;
            // Its dashes may be those that end it.
            from = found + 2;
        } else if rest.starts_with(b"</") && begins(&rest[2..], name) {
            if !inner {
                let after = match markup(html, found, true, |_, _| {}) {
                    Markup::Tag { end: Some(end), .. } => end,
                    _ => html.len(),
                };
                return (found, after);
            }
            inner = false;
        } else if comment && rest.starts_with(b"<") && begins(&rest[1..], name) {
            inner = true;
        }
    }
    (html.len(), html.len())
}

/// True if a text begins with the name of a tag.
fn begins(text: &[u8], name: &[u8]) -> bool {
    text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && text.get(name.len()).is_some_and(|byte| matches!(byte, b'>' | b'/') || is_space(*byte))
}

/// Characters of a reference: one or, for a few names, two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reference {
    Char(char),
    Named(&'static str),
}

/// Character reference at byte `at`, which is `&`, and the byte after it. The semicolon may be missing after a number and
/// after old names; the longest name counts.
#[inline]
pub(super) fn reference(html: &[u8], at: usize) -> Option<(Reference, usize)> {
    let rest = &html[at..];
    if let [_, b'#', digits @ ..] = rest {
        let (radix, digits, start) = match digits {
            [b'x' | b'X', digits @ ..] => (16, digits, at + 3),
            _ => (10, digits, at + 2),
        };
        let mut code: u32 = 0;
        let mut length = 0;
        while let Some(digit) = digits.get(length).and_then(|byte| char::from(*byte).to_digit(radix)) {
            code = code.saturating_mul(radix).saturating_add(digit);
            length += 1;
        }
        let semicolon = usize::from(digits.get(length) == Some(&b';'));
        return (length > 0).then(|| (Reference::Char(numbered(code)), start + length + semicolon));
    }
    let letters = rest[1..].iter().take(ENTITY_MAX_LENGTH).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let named = |length: usize| {
        let text = ENTITIES.get(rest.get(..length)?)?;
        Some((Reference::Named(std::str::from_utf8(text).ok()?), at + length))
    };
    let whole = (rest.get(letters + 1) == Some(&b';')).then_some(letters + 2);
    // Old names have two to six letters.
    whole.into_iter().chain((3..=7.min(letters + 1)).rev()).find_map(named)
}

/// Character of a number.
fn numbered(code: u32) -> char {
    /// Characters of windows-1252, which pages meant by these numbers.
    #[rustfmt::skip]
    const WINDOWS: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    match code {
        0 => char::REPLACEMENT_CHARACTER,
        0x80..=0x9F => WINDOWS[code as usize - 0x80],
        _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// Byte after the first `byte` from `at` on.
fn after(html: &[u8], at: usize, byte: u8) -> Option<usize> {
    memchr::memchr(byte, &html[at..]).map(|length| at + length + 1)
}

#[inline]
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0C)
}
