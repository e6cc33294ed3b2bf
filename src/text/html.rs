//! Plain text of the HTML that comment editors send, with a map back to its bytes.
//!
//! Only the tags that such editors write count as tags. Any other angle bracket is text that somebody typed, so that
//! nothing that readers of the page see can be hidden from naqd in one. By hand for that reason: parsers of HTML take more
//! for tags. Entities are left to naqd's normaliser.

use std::borrow::Cow;

/// Tags that break a line, and tags that do not.
const BREAKING: [&str; 15] =
    ["p", "div", "br", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "hr", "pre", "tr", "table"];
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "img", "ins", "mark", "q", "s", "small",
    "span", "strong", "sub", "sup", "u",
];

/// Maximum size of a tag, in bytes after its name. A longer one is text: otherwise the end of every tag that never ends
/// would be searched for through the rest of the comment.
const MAX_TAG: usize = 4096;

/// The plain text of a comment.
pub struct Plain<'a> {
    /// Text that a reader sees.
    pub text: Cow<'a, str>,
    /// Pieces of the plain text: first byte of each there and in the HTML. Empty if the texts are the same.
    pieces: Vec<(usize, usize)>,
}

impl<'a> Plain<'a> {
    /// A text that is plain already.
    pub fn same(text: &'a str) -> Plain<'a> {
        Plain { text: Cow::Borrowed(text), pieces: Vec::new() }
    }

    /// Removes the tags; block elements become lines.
    pub fn of(html: &'a str) -> Plain<'a> {
        if !html.contains('<') {
            return Plain::same(html);
        }
        let (mut text, mut pieces) = (String::with_capacity(html.len()), vec![(0, 0)]);
        let mut at = 0;
        while let Some(next) = html[at..].find('<') {
            let start = at + next;
            text.push_str(&html[at..start]);
            match tag(&html[start..]) {
                Some((length, breaks)) => {
                    at = start + length;
                    if breaks && !text.is_empty() {
                        text.push('\n');
                    }
                    pieces.push((text.len(), at));
                }
                None => {
                    text.push('<');
                    at = start + 1;
                }
            }
        }
        text.push_str(&html[at..]);
        Plain { text: Cow::Owned(text), pieces }
    }

    /// Byte of the HTML where a span starts that starts at byte `at` of the plain text.
    pub fn start(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(plain, _)| *plain <= at);
        self.pieces[..piece].last().map_or(at, |(plain, html)| html + (at - plain))
    }

    /// Byte of the HTML where a span ends that ends before byte `at` of the plain text.
    pub fn end(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(plain, _)| *plain < at);
        let next = self.pieces.get(piece).map_or(usize::MAX, |(_, html)| *html);
        self.pieces[..piece].last().map_or(at, |(plain, html)| (html + (at - plain)).min(next))
    }
}

/// Length of the tag that `html` begins with, and whether it breaks a line.
fn tag(html: &str) -> Option<(usize, bool)> {
    let inside = html.strip_prefix("<")?;
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    let name_length = inside.bytes().take_while(u8::is_ascii_alphanumeric).take(11).count();
    let name = &inside[..name_length];
    let is = |known: &&&str| name.eq_ignore_ascii_case(known);
    let breaks = BREAKING.iter().any(|known| is(&known));
    if !breaks && !INLINE.iter().any(|known| is(&known)) {
        return None;
    }
    let attributes = &inside[name_length..];
    if !attributes.starts_with(['>', '/', ' ', '\t', '\n', '\r']) {
        return None;
    }
    // A bracket may stand inside a quoted value.
    let mut quote = None;
    let end = attributes.bytes().take(MAX_TAG).position(|byte| match quote {
        Some(open) => {
            if byte == open {
                quote = None;
            }
            false
        }
        None if byte == b'"' || byte == b'\'' => {
            quote = Some(byte);
            false
        }
        None => byte == b'>',
    })?;
    Some((html.len() - attributes.len() + end + 1, breaks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_brackets_stay() {
        for (html, plain) in [
            ("<p>One <b>two</b>.</p><p>Three</p>", "One two.\n\nThree\n"),
            ("<div>a<br>b<br/>c</div>", "a\nb\nc\n"),
            ("a < b and <an idiot> c > d", "a < b and <an idiot> c > d"),
            ("<a href=\"https://naqd.example/?a>b\" rel='x'>link</a>", "link"),
            ("<pale> <p", "<pale> <p"),
            ("id<b></b>iot", "idiot"),
            ("", ""),
        ] {
            assert_eq!(Plain::of(html).text, plain, "{html}");
        }
    }

    #[test]
    fn spans_lead_back() {
        let html = "<p>You <i>are</i> late.</p><p>Again</p>";
        let plain = Plain::of(html);
        let back = |word: &str| {
            let start = plain.text.find(word).unwrap();
            &html[plain.start(start)..plain.end(start + word.len())]
        };
        for word in ["You", "are", "late.", "Again"] {
            assert_eq!(back(word), word);
        }
        assert_eq!(back("You are late."), "You <i>are</i> late.");
    }

    #[test]
    fn tags_that_do_not_end_are_text() {
        for html in ["<b \"".repeat(50_000), "<p ".repeat(50_000), "<".repeat(200_000)] {
            assert_eq!(Plain::of(&html).text, html);
        }
        let image = |length: usize| format!("a<img src='{}'>b", "x".repeat(length));
        assert_eq!(Plain::of(&image(4000)).text, "ab");
        assert_eq!(Plain::of(&image(5000)).text, image(5000));
    }
}
