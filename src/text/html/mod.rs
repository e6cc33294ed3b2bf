//! HTML as what a reader sees: the text that a browser shows, with the way back to the bytes of the original.
//!
//! - `tokens`: tags, comments and character references, by the tokenizer of the HTML standard;
//! - `elements`: the elements of HTML by their names;
//! - `attributes`: whether the element of a tag is shown, with `style`, what its style says;
//! - `tree`: the open elements, which say where lines break and what is shown;
//! - `foreign`: drawings and formulas, which have elements of their own;
//! - `detect`: whether the comments of a file are HTML.
//!
//! A word is one word whatever stands inside it that a browser does not show: tags, comments, an end tag that closes nothing.
//! Block elements and `<br>` break lines, as do line ends: systems that keep what people typed, such as WordPress, show these as
//! lines. A block quotation becomes lines that begin with `>`, and `<q>` gets quotation marks, so that both stay marked
//! quotations. What is not shown is left out: scripts, styles, templates, `hidden`, `display: none`.
//!
//! **Doubt.** Not every site shows what a browser shows that gets the comment as it is. A sanitiser takes tags out and may
//! leave what stood between them, and it may show a tag that it does not know, `<an idiot>`, as it was typed. Where that makes
//! a difference there are several [readings](readings) of a comment, and the worst counts. Of what is hidden in several ways,
//! [`Hiding`] says in which order sanitisers leave it.
//!
//! By hand: the crates that follow the standard give no offsets in the original (html5ever) or no tree (html5gum,
//! html5tokenizer), without which an end tag that closes nothing cannot be told from one that ends a line; and none is fast
//! enough for archives of comments. `tests/it/library/html.rs` compares this with Chromium.
//!
//! Linear in the text. Allocates nothing but its result.

mod attributes;
mod detect;
mod elements;
mod foreign;
mod style;
mod tokens;
mod tree;

use std::borrow::Cow;
use std::ops::Range;

use crate::text::words::MAX_TEXT;
use attributes::Attributes;
pub use detect::{HtmlSample, SAMPLE};
use elements::{HIDDEN, Id, RAW, RCDATA, UNKNOWN, element, id, is};
use foreign::{Space, breaks_out};
use smallvec::{SmallVec, smallvec};
use style::{Hiding, Shown};
use tokens::{Markup, Reference, markup, raw, reference};
use tree::{Gap, Tree};

/// How comments are read: as plain text or as HTML.
///
/// ```
/// assert_eq!(naqd::Html::default(), naqd::Html::No);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Html {
    /// As plain text.
    #[default]
    No,
    /// As HTML.
    Yes,
    /// As both where that makes a difference; the worse counts.
    Doubtful,
}

/// Text that a reader sees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visible<'t> {
    /// Text.
    pub text: Cow<'t, str>,
    /// Pieces of the text, in order. Empty if the text is that of the original.
    pieces: Vec<Piece>,
}

/// Piece of a visible text, up to the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Piece {
    /// First byte in the visible text.
    text: u32,
    /// First byte in the original.
    source: u32,
    /// Byte after it in the original, if it is written otherwise there; 0 if it is the same.
    end: u32,
}

impl<'t> Visible<'t> {
    /// A text that is plain already.
    pub fn plain(text: &'t str) -> Visible<'t> {
        Visible { text: Cow::Borrowed(text), pieces: Vec::new() }
    }

    /// The text that a browser shows.
    ///
    /// ```
    /// use naqd::internal::text::Visible;
    ///
    /// let html = "<p>you are an id<b>iot</b> &amp; more</p><p>bye</p>";
    /// let visible = Visible::of(html);
    /// assert_eq!(visible.text, "you are an idiot & more\nbye");
    /// assert_eq!(&html[visible.source(&(11..16))], "id<b>iot");
    /// ```
    pub fn of(html: &'t str) -> Visible<'t> {
        Reader::read(html, Reading::default()).0
    }

    /// Bytes of the original that a span of the visible text comes from.
    pub fn source(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.piece(|piece| piece.text as usize <= span.start).map_or(span.start, |piece| {
            piece.source as usize + if piece.end == 0 { span.start - piece.text as usize } else { 0 }
        });
        let end = self.piece(|piece| (piece.text as usize) < span.end).map_or(span.end, |piece| match piece.end {
            0 => piece.source as usize + span.end - piece.text as usize,
            end => end as usize,
        });
        start..end.max(start)
    }

    /// The last piece of those for which `before` holds.
    fn piece(&self, before: impl Fn(&Piece) -> bool) -> Option<&Piece> {
        self.pieces[..self.pieces.partition_point(before)].last()
    }

    /// True if nothing is to be seen.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Readings of a text, at least one.
pub type Readings<'t> = SmallVec<[Visible<'t>; 1]>;

/// Readings of a text: what a browser shows, and what others may show.
///
/// ```
/// use naqd::internal::text::{Html, readings};
///
/// let texts = |text| readings(text, Html::Yes).iter().map(|of| of.text.to_string()).collect::<Vec<_>>();
/// assert_eq!(texts("<b>thank</b> you"), ["thank you"]);
/// assert_eq!(texts("you <an idiot>"), ["you ", "you <an idiot>"]);
/// ```
pub fn readings(text: &str, html: Html) -> Readings<'_> {
    if html == Html::No || !may_be_html(text) {
        return smallvec![Visible::plain(text)];
    }
    let mut all = Readings::new();
    if html == Html::Doubtful {
        all.push(Visible::plain(text));
    }
    let browser = Reading::default();
    let (visible, doubt) = Reader::read(text, browser);
    add(&mut all, visible);
    let all_shown = Reading { hides: Hiding::Nothing, ..browser };
    for (is_doubtful, reading) in [
        (doubt.hidden, all_shown),
        (doubt.typed, Reading { shows_typed: true, ..all_shown }),
        (doubt.moved, Reading { without_cells: true, ..browser }),
    ] {
        if is_doubtful {
            add(&mut all, Reader::read(text, reading).0);
        }
    }
    // What is hidden in one way stands beside what is hidden in another.
    let ways = [Hiding::Content, Hiding::Attribute, Hiding::Style, Hiding::Unsure].into_iter();
    let used: SmallVec<[Hiding; 4]> = ways.filter(|way| doubt.ways & way.bit() != 0).collect();
    for hides in used.iter().rev().skip(1) {
        add(&mut all, Reader::read(text, Reading { hides: *hides, ..browser }).0);
    }
    all
}

/// Adds a reading, unless there is one with the same text.
fn add<'t>(all: &mut Readings<'t>, visible: Visible<'t>) {
    if all.iter().all(|known| known.text != visible.text) {
        all.push(visible);
    }
}

/// False if a text has nothing that HTML writes otherwise.
#[inline]
pub fn may_be_html(text: &str) -> bool {
    memchr::memchr3(b'<', b'&', 0, text.as_bytes()).is_some()
}

/// Differences from what a browser shows.
#[derive(Clone, Copy, Default)]
struct Reading {
    /// What hides content. With nothing, the words of pictures and fields are shown too: sanitisers take tags and styles out
    /// and may leave these.
    hides: Hiding,
    /// Tags that HTML does not know, and those that do not end, are shown as they are written.
    shows_typed: bool,
    /// The cells of tables are left out, so that text that browsers move out of a table stands together.
    without_cells: bool,
}

/// Readings that may differ from what a browser shows.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Doubt {
    hidden: bool,
    typed: bool,
    moved: bool,
    /// Bits of the ways in which something is hidden.
    ways: u8,
}

const PLAINTEXT: Id = id("plaintext");
const Q: Id = id("q");
const FONT: Id = id("font");
/// Elements inside one another from which on Chromium builds another tree than the standard.
const DEEP: usize = 500;
/// Pictures and fields, whose attributes have words that are shown.
const WITH_WORDS: [Id; 4] = [id("area"), id("image"), id("img"), id("input")];

/// Begins text in a drawing or a formula.
const CDATA: &[u8] = b"<![CDATA[";

/// A text that is being read.
struct Reader<'t> {
    html: &'t str,
    reading: Reading,
    doubt: Doubt,
    tree: Tree,
    text: String,
    pieces: Vec<Piece>,
    /// Number of quotation marks of `<q>` that are open.
    marks: u32,
    /// No tag, quoted value or comment that begins from here on ends, so that none is looked for again.
    no_tags: bool,
    no_quotes: bool,
    no_comments: bool,
}

impl<'t> Reader<'t> {
    fn read(html: &'t str, reading: Reading) -> (Visible<'t>, Doubt) {
        if !may_be_html(html) {
            return (Visible::plain(html), Doubt::default());
        }
        let html = &html[..html.floor_char_boundary(MAX_TEXT)];
        let mut reader = Reader {
            html,
            reading,
            doubt: Doubt::default(),
            tree: Tree::new(reading.without_cells),
            text: String::with_capacity(html.len()),
            pieces: Vec::new(),
            marks: 0,
            no_tags: false,
            no_quotes: false,
            no_comments: false,
        };
        reader.all();
        reader.tree.finish();
        reader.close_marks(html.len());
        (Visible { text: Cow::Owned(reader.text), pieces: reader.pieces }, reader.doubt)
    }

    fn all(&mut self) {
        let bytes = self.html.as_bytes();
        let mut at = 0;
        while let Some(length) = memchr::memchr3(b'<', b'&', 0, &bytes[at..]) {
            self.copy(at, at + length);
            at += length;
            at = match bytes[at] {
                b'<' => self.markup(at),
                b'&' => self.reference(at),
                // Browsers leave it out.
                _ => at + 1,
            };
        }
        self.copy(at, bytes.len());
    }

    /// Reads the markup at a byte; returns the byte after it.
    fn markup(&mut self, at: usize) -> usize {
        let bytes = self.html.as_bytes();
        if self.no_tags || self.no_comments && bytes[at..].starts_with(b"<!--") {
            return self.typed(at, at + 1);
        }
        let mut attributes = Attributes::default();
        let typed = self.reading.shows_typed;
        let of = markup(bytes, at, !self.no_quotes, |name, value| attributes.add(bytes, name, value));
        match of {
            Markup::Text => self.typed(at, at + 1),
            Markup::Comment(Some(end)) => end,
            Markup::Tag { closes, name: (start, end), end: Some(after) } => {
                let name = &bytes[start..end];
                let id = element(name);
                if id == UNKNOWN && (attributes.bare || !name.iter().any(|byte| matches!(byte, b':' | b'-'))) {
                    self.doubt.typed = true;
                    if typed {
                        return self.typed(at, after);
                    }
                }
                if closes {
                    self.tree.end(id, name);
                    return after;
                }
                self.start(id, name, attributes, after)
            }
            Markup::Bogus(_) if !typed && self.tree.space() != Space::Html && bytes[at..].starts_with(CDATA) => {
                let start = at + CDATA.len();
                let length = memchr::memmem::find(&bytes[start..], b"]]>");
                self.copy(start, length.map_or(bytes.len(), |length| start + length));
                length.map_or(bytes.len(), |length| start + length + 3)
            }
            Markup::Bogus(Some(end)) => {
                // Word processors and XML files begin so.
                self.doubt.typed |= !bytes[at..].starts_with(b"<?xml");
                if typed { self.typed(at, end) } else { end }
            }
            Markup::Comment(None) | Markup::Bogus(None) | Markup::Tag { end: None, .. } => {
                self.doubt.typed = true;
                if !typed {
                    return bytes.len();
                }
                match of {
                    Markup::Comment(_) if bytes[at..].starts_with(b"<!--") => self.no_comments = true,
                    Markup::Tag { .. } if !self.no_quotes => self.no_quotes = true,
                    _ => self.no_tags = true,
                }
                self.typed(at, at + 1)
            }
        }
    }

    /// Takes bytes as they are written.
    fn typed(&mut self, start: usize, end: usize) -> usize {
        self.copy(start, end);
        end
    }

    /// Reads a start tag that ends before byte `after`, and what belongs to it; returns the byte after it.
    fn start(&mut self, id: Id, name: &[u8], mut attributes: Attributes, after: usize) -> usize {
        if !WITH_WORDS.contains(&id) {
            attributes.words.clear();
        }
        let bytes = self.html.as_bytes();
        if self.reading.hides == Hiding::Nothing {
            self.tree.start(id, name, Shown::default());
            attributes.words.into_iter().for_each(|words| self.words(words));
            self.open_mark(id, after);
            return after;
        }
        let has_words = |words: &Range<usize>| !bytes[words.clone()].trim_ascii().is_empty();
        if breaks_out(id) || id == FONT && attributes.of_font {
            self.tree.break_out();
        }
        let hides = self.reading.hides;
        let (space, is_deep) = (self.tree.space_of(id), self.tree.open.len() > DEEP);
        let (shown, ways) = attributes.shown(bytes, id, name, space, hides, is_deep);
        self.doubt.ways |= ways;
        self.doubt.hidden |= shown.breaks.is_some() || attributes.words.iter().any(has_words);
        if space != Space::Html {
            let closes_itself = bytes[after - 2] == b'/' && attributes.end < after - 1;
            if !closes_itself {
                self.tree.start_foreign(id, space, name, shown);
            }
            return after;
        }
        if !is(id, RAW | RCDATA) {
            self.tree.start(id, name, shown);
            self.open_mark(id, after);
            return after;
        }
        let (end, after_end) = if id == PLAINTEXT { (bytes.len(), bytes.len()) } else { raw(bytes, after, name) };
        self.doubt.hidden |= !bytes[after..end].trim_ascii().is_empty();
        if !is(id, HIDDEN) || !shown.is_gone() {
            self.tree.start(id, name, shown);
            self.content(after, end, is(id, RCDATA));
            self.tree.end(id, name);
        }
        after_end
    }

    /// Content of an element that has no tags in it.
    fn content(&mut self, mut at: usize, end: usize, references: bool) {
        let bytes = self.html.as_bytes();
        while references && let Some(length) = memchr::memchr(b'&', &bytes[at..end]) {
            self.copy(at, at + length);
            at = self.reference(at + length);
        }
        self.copy(at, end.max(at));
    }

    /// Words of an attribute, as a text of their own.
    fn words(&mut self, words: Range<usize>) {
        self.tree.gap = self.tree.gap.max(Gap::Cell);
        self.content(words.start, words.end, true);
        self.tree.gap = Gap::Cell;
    }

    /// Reads a character reference; returns the byte after it.
    fn reference(&mut self, at: usize) -> usize {
        let Some((of, end)) = reference(self.html.as_bytes(), at) else { return self.typed(at, at + 1) };
        let mut buffer = [0; 4];
        let text = match of {
            Reference::Char(c) => c.encode_utf8(&mut buffer),
            Reference::Named(text) => text,
        };
        if self.is_shown(text.trim().is_empty()) {
            self.close_gap(at, text);
            self.insert(text, at, end);
            if text == "\n" && self.tree.quotes() {
                self.insert("> ", end, end);
            }
        }
        end
    }

    /// Adds bytes of the original.
    fn copy(&mut self, start: usize, end: usize) {
        let text = &self.html[start..end];
        let bytes = self.html.as_bytes();
        let stands_alone = start > 0 && bytes[start - 1] == b'>' && bytes.get(end) == Some(&b'<');
        if stands_alone && self.tree.is_between_cells() && text.trim().is_empty() {
            return;
        }
        if text.is_empty() || !self.is_shown(text.trim().is_empty()) {
            return;
        }
        self.close_gap(start, text);
        let mut from = start;
        if self.tree.quotes() {
            for line in memchr::memchr_iter(b'\n', text.as_bytes()) {
                self.literal(from, start + line + 1);
                from = start + line + 1;
                self.insert("> ", from, from);
            }
        }
        self.literal(from, end);
    }

    /// True if text is shown here; notes where that is doubtful.
    fn is_shown(&mut self, is_blank: bool) -> bool {
        let shows = self.tree.shows();
        self.doubt.hidden |= !shows && !is_blank;
        self.doubt.moved |= shows && !is_blank && self.tree.moves_text();
        shows
    }

    fn literal(&mut self, start: usize, end: usize) {
        let goes_on = self
            .pieces
            .last()
            .is_some_and(|last| last.end == 0 && last.source as usize + self.text.len() - last.text as usize == start);
        if !goes_on {
            self.pieces.push(Piece { text: self.text.len() as u32, source: start as u32, end: 0 });
        }
        self.text.push_str(&self.html[start..end]);
    }

    /// Adds a text that stands for bytes of the original.
    fn insert(&mut self, text: &str, start: usize, end: usize) {
        self.pieces.push(Piece { text: self.text.len() as u32, source: start as u32, end: end as u32 });
        self.text.push_str(text);
    }

    /// Adds what separates the text so far from `next`, which comes from byte `at` of the original.
    #[inline]
    fn close_gap(&mut self, at: usize, next: &str) {
        let (gap, closed_q) = (self.tree.gap, self.tree.closed_q);
        if gap == Gap::None && closed_q == 0 {
            return;
        }
        // A word that goes on behind the tag stays one word.
        if gap != Gap::None || !next.starts_with(char::is_alphanumeric) {
            self.close_marks(at);
        }
        self.tree.closed_q = 0;
        self.tree.gap = Gap::None;
        if !self.text.is_empty() && gap != Gap::None {
            self.insert(if gap == Gap::Line { "\n" } else { "\t" }, at, at);
        }
        if gap == Gap::Line && self.tree.quotes() {
            self.insert("> ", at, at);
        }
    }

    /// Adds the quotation mark that `<q>` begins with.
    fn open_mark(&mut self, id: Id, at: usize) {
        if id == Q && self.tree.shows() && !self.text.ends_with(char::is_alphanumeric) {
            self.close_gap(at, "");
            self.insert("“", at, at);
            self.marks += 1;
        }
    }

    /// Adds those that the elements `q` end with that were closed.
    fn close_marks(&mut self, at: usize) {
        for _ in 0..self.tree.closed_q.min(self.marks) {
            self.insert("”", at, at);
            self.marks -= 1;
        }
        self.tree.closed_q = 0;
    }
}

#[cfg(test)]
mod tests;
