//! Detection of HTML: whether the comments of a file are HTML is decided for all of them, by the first some hundred.
//!
//! Never row by row: a writer could hide text behind a tag in a file of plain text. In doubt both readings count.

use super::elements::{UNKNOWN, element};
use super::tokens::{Markup, markup, reference};
use super::{Html, may_be_html};

/// Comments that are looked at.
pub const SAMPLE: usize = 500;

/// Fewest comments with markup by which comments are called HTML: one or two may be those of one writer.
const MIN_HTML: usize = 3;

/// Bytes of a comment that are looked at.
const MAX_BYTES: usize = 4096;

/// Comments that were looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HtmlSample {
    /// Number of comments that are not empty.
    pub comments: usize,
    /// Number of those with a tag that HTML knows, a comment or a character reference.
    pub html: usize,
}

impl HtmlSample {
    /// Looks at a comment.
    pub fn add(&mut self, comment: &str) {
        if !comment.trim().is_empty() {
            self.comments += 1;
            self.html += usize::from(has_markup(comment));
        }
    }

    /// How the comments are to be read: as HTML if half of them have markup, as plain text if none has.
    pub fn html(&self) -> Html {
        match self.html {
            0 => Html::No,
            html if html >= MIN_HTML && 2 * html >= self.comments => Html::Yes,
            _ => Html::Doubtful,
        }
    }

    /// Sentence on how the comments are read; none for plain text.
    pub fn sentence(&self) -> Option<String> {
        let HtmlSample { comments, html } = self;
        match self.html() {
            Html::No => None,
            Html::Yes => Some(format!(
                "the comments are read as HTML: of the first {comments}, {html} have tags or character references (--html=no \
                 reads them as plain text)"
            )),
            Html::Doubtful => Some(format!(
                "of the first {comments} comments {html} have HTML tags or character references: where that makes a \
                 difference, the worse reading counts (--html or --html=no says which is right)"
            )),
        }
    }
}

/// True if a text has a tag that HTML knows, a comment, or a character reference with its semicolon.
fn has_markup(text: &str) -> bool {
    if !may_be_html(text) {
        return false;
    }
    let bytes = &text.as_bytes()[..text.len().min(MAX_BYTES)];
    memchr::memchr2_iter(b'<', b'&', bytes).any(|at| match bytes[at] {
        b'<' => match markup(bytes, at, true, |_, _| {}) {
            Markup::Tag { name: (start, end), end: Some(_), .. } => element(&bytes[start..end]) != UNKNOWN,
            Markup::Comment(Some(_)) => bytes[at + 1] == b'!',
            _ => false,
        },
        _ => reference(bytes, at).is_some_and(|(_, end)| bytes[end - 1] == b';'),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_called_html_together() {
        let of = |comments: &[&str]| {
            let mut sample = HtmlSample::default();
            comments.iter().for_each(|comment| sample.add(comment));
            sample.html()
        };
        assert_eq!(of(&["a < b & c > d", "<an idiot>", "<b", "R&D &copy", "</ b>", "", "<>", "<!-"]), Html::No);
        assert_eq!(of(&["<p>a</p>", "&quot;b", "<!-- c -->", "d", " "]), Html::Yes);
        assert_eq!(of(&["<p>a</p>", "b", "c"]), Html::Doubtful);
        assert_eq!(of(&["<p>a</p>"; 2]), Html::Doubtful);
        assert_eq!(of(&[]), Html::No);
        // Tags that never end are not looked for again and again.
        assert_eq!(of(&[&"<b \"".repeat(1_000_000)]), Html::No);
    }
}
