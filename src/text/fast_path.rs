//! Fast path of [`Words`]: the common cases, read sooner than by the definition in `words` and never differently.
//!
//! *Plain words* are those whose bytes alone decide what they are, wherever they stand: letters, and digits, marks and
//! apostrophes among them, up to something that ends a word. What a plain word adds to a comment can be remembered by
//! its bytes. All else is left to the definition. `tests.rs` compares the two over texts of every kind.

use crate::text::fold::{Fold, LOW, block};
use crate::text::simd::{Window, begins};
use crate::text::word::Word;
use crate::text::words::Words;
use std::ops::Range;
use std::sync::LazyLock;

/// Tables and the window that the fast path looks things up in.
pub(super) struct FastPath {
    folds: &'static [Fold; 0x800],
    roles: &'static [Role; 0x800],
    window: Window,
}

impl Default for FastPath {
    fn default() -> Self {
        FastPath { folds: &LOW, roles: &ROLES, window: Window::default() }
    }
}

/// Role of a code point in plain words. Those up to [`Role::End`] end one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Role {
    /// Space: passed over before a word.
    Space,
    /// End: something by itself.
    End,
    /// Letter: makes the word one of letters.
    Letter,
    /// Digit.
    Digit,
    /// Mark or apostrophe: part of a word that leaves no trace.
    Silent,
    /// Any of these, as the definition decides.
    Unclear,
}

impl From<Fold> for Role {
    fn from(fold: Fold) -> Role {
        match fold {
            Fold::Letter(_) => Role::Letter,
            Fold::Digit(_) => Role::Digit,
            Fold::Attached | Fold::Dropped => Role::Silent,
            Fold::Space => Role::Space,
            Fold::Symbol(_) | Fold::Mark(_) | Fold::Stop | Fold::Line => Role::End,
            Fold::Alike(..) | Fold::Stand(_) | Fold::Several(..) => Role::Unclear,
        }
    }
}

/// Roles of the code points of [`LOW`]. `&` may begin an entity.
static ROLES: LazyLock<Box<[Role; 0x800]>> = LazyLock::new(|| {
    let mut roles = Box::new(LOW.map(Role::from));
    roles[usize::from(b'&')] = Role::Unclear;
    roles
});

impl Words<'_> {
    /// End of the sentence, at a full stop with a space behind it.
    #[inline]
    pub(super) fn full_stop(&mut self) -> Option<u32> {
        #[cfg(test)]
        if self.by_definition {
            return None;
        }
        let at = self.place.at;
        let clear = self.in_sentence && self.ending.is_none() && self.place.rest.is_empty();
        if !clear || self.text.as_bytes().get(at..at + 2) != Some(b". ") {
            return None;
        }
        self.place.at = at + 1;
        self.in_sentence = false;
        Some(at as u32 + 1)
    }

    /// Reads the letters, digits and marks of one or two bytes that come next into `word`.
    #[inline]
    pub(super) fn letters(&mut self, word: &mut Word) {
        #[cfg(test)]
        if self.by_definition {
            return;
        }
        let bytes = self.text.as_bytes();
        let end = self.address.map_or(bytes.len(), |(from, ..)| from);
        let mut at = self.place.at;
        while at < end && !word.is_full() {
            let (code, width) = match bytes[at] {
                byte @ 0..0x80 => (usize::from(byte), 1),
                byte @ 0x80..0xE0 => (two_bytes(byte, bytes[at + 1]), 2),
                _ => break,
            };
            match self.fast.folds[code] {
                Fold::Letter(c) => {
                    word.letters = true;
                    word.push(c, at as u32, (at + width) as u32);
                }
                Fold::Digit(c) => word.push(c, at as u32, (at + width) as u32),
                Fold::Attached => word.attach((at + width) as u32),
                _ => break,
            }
            at += width;
        }
        self.place.at = at;
    }

    /// Bytes of the next word if it is plain, at most `max_bytes`. Passes over the spaces before it, and over nothing
    /// else.
    #[inline]
    pub(crate) fn plain(&mut self, max_bytes: usize) -> Option<Range<usize>> {
        if self.ending.is_some() || !self.place.rest.is_empty() {
            return None;
        }
        let bytes = self.text.as_bytes();
        let bytes = &bytes[..self.address.map_or(bytes.len(), |(from, ..)| from)];
        let word = match self.fast.window.word(bytes, self.place.at) {
            Some((word, true)) if word.len() <= max_bytes => {
                // Most words: nothing goes on behind a gap but a single letter.
                let second = word.start + if bytes[word.start] < 0x80 { 1 } else { 2 };
                if second < word.end && begins(bytes[second], bytes.get(second + 1)) {
                    return Some(word);
                }
                word
            }
            Some((word, false)) if self.role(bytes, word.end).0 <= Role::End && word.len() <= max_bytes => word,
            _ => self.plain_by_code_points(bytes, max_bytes)?,
        };
        (!self.may_go_on(bytes, &word)).then_some(word)
    }

    /// The same, code point by code point: for what the window does not know, such as digits and other alphabets.
    fn plain_by_code_points(&mut self, bytes: &[u8], max_bytes: usize) -> Option<Range<usize>> {
        let mut start = self.place.at;
        let mut next = self.role(bytes, start);
        while let (Role::Space, width @ 1..) = next {
            start += width;
            next = self.role(bytes, start);
        }
        self.place.at = start;
        // A word begins where its first character stands.
        if next.0 == Role::Silent {
            return None;
        }
        let mut at = start;
        let mut letters = false;
        // No further than needed: a text without spaces is looked at again every few letters.
        while let (Role::Letter | Role::Digit | Role::Silent, width) = next
            && at - start <= max_bytes
        {
            letters |= next.0 == Role::Letter;
            at += width;
            next = self.role(bytes, at);
        }
        (letters && next.0 != Role::Unclear && at - start <= max_bytes).then_some(start..at)
    }

    /// True if `word` may be only a part of a longer one: a single letter before another one, or something before an
    /// exclamation mark and a letter.
    #[inline]
    fn may_go_on(&self, bytes: &[u8], word: &Range<usize>) -> bool {
        let rest = &bytes[word.end..];
        if let [b'!', next, ..] = rest
            && next.is_ascii_alphabetic()
        {
            return true;
        }
        let (_, width) = self.role(bytes, word.start);
        let second = word.start + width;
        (second == word.end || self.role(bytes, second).0 == Role::Silent) && self.may_stand_apart(bytes, word)
    }

    /// True if `word` may be the first letter of a word whose letters stand apart.
    #[cold]
    fn may_stand_apart(&self, bytes: &[u8], word: &Range<usize>) -> bool {
        let mut at = word.start;
        let mut letters = 0;
        while at < word.end {
            let (role, width) = self.role(bytes, at);
            letters += usize::from(role != Role::Silent);
            at += width;
        }
        let mut next = self.role(bytes, at);
        while matches!(next, (Role::Space | Role::Silent, 1..))
            || matches!(bytes.get(at), Some(b'.' | b'*' | b'@' | b'$'))
        {
            at += next.1;
            next = self.role(bytes, at);
        }
        let is_lone = || !matches!(self.role(bytes, at + next.1).0, Role::Letter | Role::Digit);
        // Other scripts have full stops of their own.
        let is_unclear = next.0 == Role::Unclear || next.0 == Role::End && !bytes[at].is_ascii();
        letters == 1 && (is_unclear || next.0 == Role::Letter && is_lone())
    }

    /// Role and width of the code point at byte `at`; the end of `bytes` is a space of no width.
    #[inline(always)]
    fn role(&self, bytes: &[u8], at: usize) -> (Role, usize) {
        match bytes.get(at..) {
            None | Some([]) => (Role::Space, 0),
            Some([byte @ 0..0x80, ..]) => (self.fast.roles[usize::from(*byte)], 1),
            Some([first @ 0x80..0xE0, second, ..]) => (self.fast.roles[two_bytes(*first, *second)], 2),
            Some(_) => self.wide_role(at),
        }
    }

    #[cold]
    fn wide_role(&self, at: usize) -> (Role, usize) {
        let c = self.text[at..].chars().next().unwrap_or(' ');
        (block(c).folds[c as usize & 0xFF].into(), c.len_utf8())
    }

    /// Passes over a [plain](Words::plain) word.
    #[inline]
    pub(crate) fn pass(&mut self, word: &Range<usize>) {
        self.place.at = word.end;
        self.in_sentence = true;
        self.repeated = (' ', 0);
    }

    /// Goes to byte `at`, the beginning or the end of a plain word that was passed over, with only plain words between.
    #[inline]
    pub(crate) fn seek(&mut self, at: usize) {
        self.place.at = at;
    }
}

/// Code point that UTF-8 writes as these two bytes.
#[inline]
fn two_bytes(first: u8, second: u8) -> usize {
    usize::from(first & 0x1F) << 6 | usize::from(second & 0x3F)
}
