//! Marked quotations: the parts of a comment that say themselves that they are another's words.
//!
//! These are lines that begin with `>`, `[quote]...[/quote]`, `<blockquote>`, `<q>`, and text between quotation marks:
//! "...", “...”, „...“, «...», ‹...›. HTML entities count as the characters that they stand for. Single apostrophes are no
//! quotation marks: most of them stand inside a word.
//!
//! What is opened and not closed is no quotation. Marks of one kind may be nested, and those whose direction is often
//! mistaken, as in text that runs from right to left, may also stand the other way round: »...«. Straight marks are the
//! same at both ends, so that they pair within a line.

use crate::text::addresses::entity;
use crate::text::words::MAX_TEXT;
use std::ops::Range;

/// Most quotations of a comment; what comes after them counts as the writer's own words.
const MAX_QUOTATIONS: usize = 1_000;

/// Most quotations inside one another; deeper ones are not told apart.
const MAX_NESTED: usize = 16;

/// Kinds of marks: a closing mark closes the last open one of its kind.
#[derive(Clone, Copy)]
enum Kind {
    Straight,
    Curly,
    Guillemets,
    SingleGuillemets,
    Quote,
    Blockquote,
    Q,
}

const KINDS: usize = 7;

/// Tags, by their names.
const TAGS: [(&str, char, char, Kind); 3] =
    [("quote", '[', ']', Kind::Quote), ("blockquote", '<', '>', Kind::Blockquote), ("q", '<', '>', Kind::Q)];

/// Longest tag, in bytes: it may name whom it quotes.
const MAX_TAG: usize = 200;

/// Open marks of a kind: where each began, and by which character.
#[derive(Default)]
struct Open {
    marks: [(usize, char); MAX_NESTED],
    depth: usize,
}

impl Open {
    fn push(&mut self, start: usize, mark: char) {
        if self.depth < MAX_NESTED {
            self.marks[self.depth] = (start, mark);
        }
        self.depth += 1;
    }

    fn pop(&mut self) -> Option<usize> {
        self.depth = self.depth.checked_sub(1)?;
        // Beyond the limit the outer one is closed later.
        (self.depth < MAX_NESTED).then(|| self.marks[self.depth].0)
    }

    /// Mark of the last open one.
    fn last(&self) -> Option<char> {
        Some(self.marks[self.depth.min(MAX_NESTED).checked_sub(1)?].1)
    }
}

/// Quotations found so far, sorted, and not touching one another.
#[derive(Default)]
struct Found(Vec<Range<usize>>);

impl Found {
    /// Adds a span that ends no sooner than all others.
    fn add(&mut self, mut span: Range<usize>) {
        while let Some(last) = self.0.pop_if(|last| last.end >= span.start) {
            span.start = span.start.min(last.start);
        }
        self.0.push(span);
    }
}

/// Byte spans of the marked quotations of a text, with their marks: sorted, and not touching one another. Does not
/// allocate if there are none. Linear in the text.
pub(crate) fn find(text: &str) -> Vec<Range<usize>> {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let bytes = text.as_bytes();
    if !has_marks(bytes) {
        return Vec::new();
    }
    let mut found = Found::default();
    let mut open: [Open; KINDS] = Default::default();
    let mut at = 0;
    let mut new_line = true;
    while at < bytes.len() && found.0.len() < MAX_QUOTATIONS {
        if !may_mark(bytes[at]) {
            new_line &= matches!(bytes[at], b' ' | b'\t');
            at += 1;
            continue;
        }
        let (c, end) = character(text, at);
        match c {
            '\n' | '\r' => {
                open[Kind::Straight as usize].depth = 0;
                (at, new_line) = (end, true);
                continue;
            }
            '>' if new_line && !is_face(&text[end..]) => {
                let line = memchr::memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |length| at + length);
                found.add(at..line);
                at = line;
                continue;
            }
            '[' | '<' => {
                if let Some((kind, closes, end)) = tag(text, c, end) {
                    let open = &mut open[kind as usize];
                    if !closes {
                        open.push(at, c);
                    } else if let Some(start) = open.pop() {
                        found.add(start..end);
                    }
                    (at, new_line) = (end, false);
                    continue;
                }
            }
            _ => {}
        }
        if let Some(kind) = mark(c) {
            let open = &mut open[kind as usize];
            if !closes(c, open.last()) {
                // Three inches are no quotation.
                let is_inch = c == '"' && at > 0 && bytes[at - 1].is_ascii_digit();
                if !is_inch {
                    open.push(at, c);
                }
            } else if let Some(start) = open.pop() {
                found.add(start..end);
            }
        }
        new_line &= matches!(c, '\u{A0}' | '\u{200E}' | '\u{200F}');
        at = end;
    }
    found.0
}

/// Spans of both lists, which are each sorted and do not touch one another, as one such list.
pub(crate) fn united(a: &[Range<usize>], b: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = a.iter().chain(b).cloned().collect();
    all.sort_unstable_by_key(|span| span.start);
    all.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
    all
}

/// True if there is a byte that may begin something that marks a quotation.
fn has_marks(bytes: &[u8]) -> bool {
    let has = |a, b, c| memchr::memchr3(a, b, c, bytes).is_some();
    has(b'"', 0xC2, 0xE2) || has(b'>', b'<', b'[') || memchr::memchr(b'&', bytes).is_some()
}

/// True if a byte may begin something that marks a quotation or ends a line.
fn may_mark(byte: u8) -> bool {
    // The two last ones begin « and », and the marks of General Punctuation.
    matches!(byte, b'"' | b'>' | b'<' | b'[' | b'&' | b'\n' | b'\r' | 0xC2 | 0xE2)
}

/// Character at byte `at`, or that of an HTML entity there, and the byte after it.
fn character(text: &str, at: usize) -> (char, usize) {
    let c = text[at..].chars().next().unwrap_or(' ');
    let plain = (c, at + c.len_utf8());
    if c == '&' { entity(text, at).unwrap_or(plain) } else { plain }
}

/// Kind of a quotation mark.
fn mark(c: char) -> Option<Kind> {
    match c {
        '"' => Some(Kind::Straight),
        '“' | '”' | '„' => Some(Kind::Curly),
        '«' | '»' => Some(Kind::Guillemets),
        '‹' | '›' => Some(Kind::SingleGuillemets),
        _ => None,
    }
}

/// True if a quotation mark closes the `last` open one of its kind, and opens none itself.
fn closes(c: char, last: Option<char>) -> bool {
    match (last, c) {
        (None, _) => false,
        (Some(_), '”' | '"') => true,
        (Some(last), '“') => last != '“',
        (Some(_), '„') => false,
        (Some(last), c) => last != c,
    }
}

/// True if a `>` with this behind it is no mark but an angry face: `>:(`.
fn is_face(rest: &str) -> bool {
    rest.starts_with([':', ';', '_', '.', '=', '<', '-'])
}

/// Tag of a quotation whose name begins at byte `at`, after the bracket `opening`: its kind, whether it closes, and the byte
/// after it.
fn tag(text: &str, opening: char, at: usize) -> Option<(Kind, bool, usize)> {
    let rest = &text[at..text.floor_char_boundary(at + MAX_TAG)];
    let closes = rest.starts_with('/');
    let name = &rest[usize::from(closes)..];
    let is = |of: &str| name.get(..of.len()).is_some_and(|start| start.eq_ignore_ascii_case(of));
    let (of, _, closing, kind) = *TAGS.iter().find(|(of, bracket, ..)| *bracket == opening && is(of))?;
    let after = &name[of.len()..];
    if !after.starts_with([closing, ' ', '=', '\n', '&']) {
        return None;
    }
    let offset = at + usize::from(closes) + of.len();
    let length = match opening {
        '<' => after
            .find('>')
            .map(|length| length + 1)
            .into_iter()
            .chain(after.find("&gt;").map(|length| length + 4))
            .min(),
        _ => after.find(']').map(|length| length + 1),
    };
    Some((kind, closes, offset + length?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn quotations_are_found_by_their_marks() {
        for (text, expected) in [
            ("no quotation, it's one 'word' here", &[][..]),
            ("he said \"you fool\" to me", &["\"you fool\""]),
            ("“a” and ”b” and „c“ and «d» and ‹e› and »f«", &["“a”", "”b”", "„c“", "«d»", "‹e›", "»f«"]),
            ("قال «يا غبي» ثم مضى", &["«يا غبي»"]),
            ("«a «b» c» d", &["«a «b» c»"]),
            ("> you fool\nno\n  >> and again\r\nown", &["> you fool", ">> and again"]),
            ("1 > 0\n>:( you fool", &[]),
            ("[quote]a[/quote] b [QUOTE=\"x\" id]c[/Quote] d", &["[quote]a[/quote]", "[QUOTE=\"x\" id]c[/Quote]"]),
            ("[quote]a [quote]b[/quote] c[/quote] d", &["[quote]a [quote]b[/quote] c[/quote]"]),
            ("<blockquote cite=x>a</blockquote> <q>b</q> c", &["<blockquote cite=x>a</blockquote>", "<q>b</q>"]),
            ("&lt;q&gt;a&lt;/q&gt; &quot;b&quot;\n&gt; c", &["&lt;q&gt;a&lt;/q&gt;", "&quot;b&quot;", "&gt; c"]),
            ("<quiet> [quoted] </q> [/quote] » a", &[]),
            ("never \"closed, \n and a new \"line", &[]),
            ("a 20\" screen, a 15\" one", &[]),
            ("[quote]never closed “nor this", &[]),
            ("[quote]never closed [quote]b[/quote] c", &["[quote]b[/quote]"]),
            ("\"a\"\"b\"", &["\"a\"\"b\""]),
            ("“a [quote]b” c[/quote] d", &["“a [quote]b” c[/quote]"]),
        ] {
            assert_eq!(quoted(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_text_is_read_in_bounds() {
        for piece in
            ["\"", "“", "”", "«a", "[quote]", "[/quote]", "[quote=", "<q ", "</q>", ">\n", "&", "&lt;q", "\"a\" "]
        {
            let text = piece.repeat(20_000);
            let spans = find(&text);
            assert!(spans.len() <= MAX_QUOTATIONS, "{piece}");
            assert!(spans.windows(2).all(|pair| pair[0].end < pair[1].start), "{piece}");
            assert!(spans.iter().all(|span| text.get(span.clone()).is_some()), "{piece}");
        }
    }

    #[test]
    fn lists_are_united() {
        assert_eq!(united(&[0..2, 5..9], &[2..4, 6..7, 12..13]), [0..4, 5..9, 12..13]);
        assert_eq!(united(&[], &[1..2, 4..5]), [1..2, 4..5]);
    }
}
