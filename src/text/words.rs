//! Normalisation: this file, the buffer of a word (`word`), addresses and entities (`special`) and the table of code
//! points (`fold`) are the only ones that know Unicode.
//!
//! [`Words`] walks over a text once and hands out *words* (letters folded to one spelling, each with the
//! place it came from) and *sentence ends*.
//!
//! What is folded: compatibility forms (NFKD: full-width and presentation forms, ligatures), case, accents
//! and Arabic diacritics, tatweel, the spellings of alef, ya, ta marbuta and hamza, Persian and Urdu
//! look-alike letters, digits of all scripts, repeated letters, invisible and bidirectional control characters. In a
//! word whose letters are all Latin or look like Latin ones (Unicode Technical Standard 39), they are Latin. Three or
//! more letters that stand apart, "i d i o t" or «ح.م.ا.ر», are one word. URLs, @mentions, e-mail addresses and numbers each become one word of
//! their own ([`URL`], [`MENTION`], [`EMAIL`], [`NUMBER`]); emoji are kept as words; question and exclamation
//! marks are words as well.
//!
//! The normal form of a text ([`normalise`]) is its own normal form.

use crate::text::addresses::{entity, find_special};
use crate::text::fold::{Fold, LOW, PLAIN, Plain, block};
use crate::text::simd::Glance;
use crate::text::word::Word;
use std::ops::Range;

/// Version of everything this file and those below it decide. A model names the version it was trained with and is refused by
/// a program that has another one, since its n-grams would no longer be met.
pub const NORMALISER: u32 = 2;

/// Longest text, in bytes; what is longer is read to there. Keeps offsets and counts of n-grams within 32 bits: no
/// character gives more than 24 n-grams for each of its bytes (the ligature ﷺ gives the most, 21).
pub const MAX_TEXT: usize = 1 << 27;

/// What [`Words::next`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token {
    /// A word, now in the buffer.
    Word,
    /// The end of a sentence that has at least one word; the byte after its last stop.
    SentenceEnd(u32),
}

/// Where a walk stands: the next byte, and what is left of the code point before it.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    /// First byte of the code point that `rest` belongs to.
    start: usize,
    rest: &'static [Fold],
}

/// A walk over the words of a text. Reads at most the first [`MAX_TEXT`] bytes.
pub struct Words<'t> {
    text: &'t str,
    place: Place,
    /// The next URL, mention or address: start, end, the word it becomes.
    special: Option<(usize, usize, char)>,
    in_sentence: bool,
    /// A stop was met: the sentence ends at this byte unless another stop or mark follows at once.
    ending: Option<u32>,
    /// The last word if it was a single symbol, and how often it has stood in a row.
    repeated: (char, u8),
    low: &'static [Fold; 0x800],
    plain: &'static [Plain; 0x800],
    glance: Glance,
}

impl<'t> Words<'t> {
    /// Starts at the beginning of `text`.
    pub fn new(text: &'t str) -> Self {
        let text = &text[..text.floor_char_boundary(MAX_TEXT)];
        Words {
            text,
            place: Place { at: 0, start: 0, rest: &[] },
            special: find_special(text, 0),
            in_sentence: false,
            ending: None,
            repeated: (' ', 0),
            low: &LOW,
            plain: &PLAIN,
            glance: Glance::default(),
        }
    }

    /// The next word, put into `word`, or the next sentence end; `None` at the end of the text. The last
    /// sentence is always ended.
    pub fn next(&mut self, word: &mut Word) -> Option<Token> {
        if let Some(end) = self.full_stop() {
            return Some(Token::SentenceEnd(end));
        }
        loop {
            let token = self.scan(word)?;
            if token == Token::Word && word.is_lone() {
                self.gather(word);
            }
            if token == Token::Word && !word.is_letters() {
                let symbol = word.symbols()[0];
                let times = if self.repeated.0 == symbol { self.repeated.1.saturating_add(1) } else { 1 };
                self.repeated = (symbol, times);
                if times > 2 {
                    continue;
                }
            } else if token == Token::Word {
                self.repeated = (' ', 0);
            }
            // Marks that were left out end nothing.
            if token != Token::Word && !self.in_sentence {
                continue;
            }
            self.in_sentence = token == Token::Word;
            return Some(token);
        }
    }

    /// If at least two more letters stand apart behind a single one, all of them are one word.
    fn gather(&mut self, word: &mut Word) {
        let lone = self.place;
        self.in_sentence = true;
        word.len -= 1;
        let (mut letters, mut next) = (1, Word::default());
        let mut end = lone;
        while !word.is_full() && self.gap() && self.scan(&mut next) == Some(Token::Word) && next.is_lone() {
            let (start, to) = next.span(1, 2);
            word.push(next.symbols[1], start, to);
            (letters, end) = (letters + 1, self.place);
        }
        if letters > 2 {
            self.place = end;
        } else {
            self.place = lone;
            word.len = 2;
            word.ends[1] = word.ends[1].min(lone.at as u32);
            word.repeated = false;
        }
        word.close();
    }

    /// Passes over what may stand between two letters of one word that stand apart: spaces, or a stop with a letter at
    /// once behind it.
    fn gap(&mut self) -> bool {
        let mut found = false;
        loop {
            let before = self.place;
            match self.step() {
                Some(Fold::Space | Fold::Stand(_)) => found = true,
                Some(Fold::Stop) if self.dot_inside() || (!found && self.letter_ahead()) => found = true,
                Some(Fold::Attached | Fold::Dropped) => {}
                Some(Fold::Letter(_) | Fold::Alike(..)) => {
                    self.place = before;
                    return found;
                }
                _ => return false,
            }
        }
    }

    /// The end of the sentence if what comes is a full stop and a space: what `scan` would find, without the rest
    /// of it.
    #[inline]
    fn full_stop(&mut self) -> Option<u32> {
        let at = self.place.at;
        let clear = self.in_sentence && self.ending.is_none() && self.place.rest.is_empty();
        if !clear || self.text.as_bytes().get(at..at + 2) != Some(b". ") {
            return None;
        }
        self.place.at = at + 1;
        self.in_sentence = false;
        Some(at as u32 + 1)
    }

    /// Reads one folded character, or `None` at the end of the text and before a URL, mention or address.
    #[inline]
    fn step(&mut self) -> Option<Fold> {
        if let [fold, rest @ ..] = self.place.rest {
            self.place.rest = rest;
            return Some(*fold);
        }
        let start = self.place.at;
        if self.special.is_some_and(|(from, ..)| from == start) {
            return None;
        }
        let mut c = self.text[start..].chars().next()?;
        self.place.start = start;
        self.place.at = start + c.len_utf8();
        if c == '&'
            && let Some((decoded, end)) = entity(self.text, start)
        {
            (c, self.place.at) = (decoded, end);
        }
        let block = block(c);
        match block.folds[c as usize & 0xFF] {
            Fold::Several(from, len) => {
                let several = &block.long[from as usize..from as usize + len as usize];
                self.place.rest = &several[1..];
                Some(several[0])
            }
            fold => Some(fold),
        }
    }

    fn scan(&mut self, word: &mut Word) -> Option<Token> {
        word.clear();
        let mut mark = false;
        loop {
            if !mark && self.ending.is_none() && self.place.rest.is_empty() {
                self.letters(word);
            }
            let before = self.place;
            let fold = self.step();
            let (start, end) = (self.place.start as u32, self.place.at as u32);
            match fold {
                Some(Fold::Attached) => {
                    word.attach(end);
                    self.ending = if mark { Some(end) } else { self.ending };
                }
                Some(Fold::Dropped) => {}
                // A run of marks is one word: `?`, `!`, `??`, `!!` or `?!`; stops among them are swallowed.
                Some(Fold::Mark(c)) if mark || word.is_empty() => {
                    mark = true;
                    word.add_mark(c, start, end);
                    self.ending = Some(end);
                }
                Some(Fold::Stop) if mark || self.ending.is_some() => self.ending = Some(end),
                _ if mark || (self.ending.is_some() && word.is_empty()) => {
                    self.place = before;
                    break;
                }
                Some(Fold::Letter(_) | Fold::Alike(..) | Fold::Digit(_)) if word.is_full() => {
                    self.place = before;
                    break;
                }
                Some(Fold::Letter(c)) => {
                    word.letters = true;
                    word.push(c, start, end);
                }
                Some(Fold::Alike(latin, c)) => {
                    word.letters = true;
                    word.push_alike(latin, c, start, end);
                }
                Some(Fold::Digit(c)) => word.push(c, start, end),
                Some(Fold::Stand('*')) if word.letters && word.has_room('*') && self.stands() => {
                    word.push('*', start, end)
                }
                Some(Fold::Mark(c) | Fold::Stand(c)) if self.stands_in_latin(word, start as usize) => {
                    word.push(c, start, end)
                }
                None if word.is_empty() => match self.special {
                    Some((from, to, class)) if from == self.place.at => {
                        self.place.at = to;
                        self.special = find_special(self.text, to);
                        word.push(class, from as u32, to as u32);
                        break;
                    }
                    _ if self.in_sentence => return Some(Token::SentenceEnd(self.text.len() as u32)),
                    _ => return None,
                },
                None => break,
                Some(_) if !word.is_empty() => {
                    if !word.letters && self.number_goes_on(start as usize) {
                        continue;
                    }
                    self.place = before;
                    break;
                }
                Some(Fold::Symbol(c)) => {
                    word.push(c, start, end);
                    self.attach_marks(word);
                    break;
                }
                Some(Fold::Stop) if self.in_sentence && !self.dot_inside() => self.ending = Some(end),
                Some(Fold::Line) if self.in_sentence => return Some(Token::SentenceEnd(start)),
                Some(_) => {}
            }
        }
        if word.is_empty() {
            return self.ending.take().map(Token::SentenceEnd);
        }
        word.close();
        Some(Token::Word)
    }

    /// Reads letters and digits of one and two bytes for as long as there is nothing else: what `scan` does with
    /// them, without the rest of it.
    #[inline]
    fn letters(&mut self, word: &mut Word) {
        let bytes = self.text.as_bytes();
        let end = self.special.map_or(bytes.len(), |(from, ..)| from);
        let mut at = self.place.at;
        while at < end && !word.is_full() {
            let (code, width) = match bytes[at] {
                byte @ 0..0x80 => (usize::from(byte), 1),
                byte @ 0x80..0xE0 => (two_bytes(byte, bytes[at + 1]), 2),
                _ => break,
            };
            match self.low[code] {
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

    /// The bytes of the next word if they alone decide what it is: letters, and digits, marks and apostrophes among
    /// them, at most `most` bytes, up to something that ends a word. Passes over the spaces before it, and over
    /// nothing else.
    #[inline]
    pub(crate) fn plain(&mut self, most: usize) -> Option<Range<usize>> {
        if self.ending.is_some() || !self.place.rest.is_empty() {
            return None;
        }
        let bytes = self.text.as_bytes();
        let bytes = &bytes[..self.special.map_or(bytes.len(), |(from, ..)| from)];
        let word = match self.glance.word(bytes, self.place.at) {
            Some(word) if self.look(bytes, word.end).0 <= Plain::End && word.len() <= most => word,
            _ => self.plain_slowly(bytes, most)?,
        };
        (!self.stands_for_letters(bytes, &word)).then_some(word)
    }

    /// Whether a plain word may be a part of a longer one: a single letter before another one, or something before an
    /// exclamation mark and a letter.
    #[inline]
    fn stands_for_letters(&self, bytes: &[u8], word: &Range<usize>) -> bool {
        let rest = &bytes[word.end..];
        if let [b'!', next, ..] = rest
            && next.is_ascii_alphabetic()
        {
            return true;
        }
        let (_, width) = self.look(bytes, word.start);
        let second = word.start + width;
        (second == word.end || self.look(bytes, second).0 == Plain::Silent) && self.stands_apart(bytes, word)
    }

    #[cold]
    fn stands_apart(&self, bytes: &[u8], word: &Range<usize>) -> bool {
        let mut at = word.start;
        let mut letters = 0;
        while at < word.end {
            let (plain, width) = self.look(bytes, at);
            letters += usize::from(plain != Plain::Silent);
            at += width;
        }
        let mut next = self.look(bytes, at);
        while matches!(next, (Plain::Space | Plain::Silent, 1..))
            || matches!(bytes.get(at), Some(b'.' | b'*' | b'@' | b'$'))
        {
            at += next.1;
            next = self.look(bytes, at);
        }
        let is_lone = || !matches!(self.look(bytes, at + next.1).0, Plain::Letter | Plain::Digit);
        // Other scripts have full stops of their own.
        let is_unclear = next.0 == Plain::Unclear || next.0 == Plain::End && !bytes[at].is_ascii();
        letters == 1 && (is_unclear || next.0 == Plain::Letter && is_lone())
    }

    fn plain_slowly(&mut self, bytes: &[u8], most: usize) -> Option<Range<usize>> {
        let mut start = self.place.at;
        let mut next = self.look(bytes, start);
        while let (Plain::Space, width @ 1..) = next {
            start += width;
            next = self.look(bytes, start);
        }
        self.place.at = start;
        // A word begins where its first character stands.
        if next.0 == Plain::Silent {
            return None;
        }
        let mut at = start;
        let mut letters = false;
        // No further than is needed: a text without spaces is looked at again every few letters.
        while let (Plain::Letter | Plain::Digit | Plain::Silent, width) = next
            && at - start <= most
        {
            letters |= next.0 == Plain::Letter;
            at += width;
            next = self.look(bytes, at);
        }
        (letters && next.0 != Plain::Unclear && at - start <= most).then_some(start..at)
    }

    /// What the code point at byte `at` does to a plain word, and its width; the end of `bytes` is a space of none.
    #[inline(always)]
    fn look(&self, bytes: &[u8], at: usize) -> (Plain, usize) {
        match bytes.get(at..) {
            None | Some([]) => (Plain::Space, 0),
            Some([byte @ 0..0x80, ..]) => (self.plain[usize::from(*byte)], 1),
            Some([first @ 0x80..0xE0, second, ..]) => (self.plain[two_bytes(*first, *second)], 2),
            Some(_) => self.look_wide(at),
        }
    }

    #[cold]
    fn look_wide(&self, at: usize) -> (Plain, usize) {
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

    /// Goes to byte `at`, the first or the end of a plain word that was passed over, with only plain words between.
    #[inline]
    pub(crate) fn seek(&mut self, at: usize) {
        self.place.at = at;
    }

    /// The characters that belong to the symbol just read.
    fn attach_marks(&mut self, word: &mut Word) {
        loop {
            let before = self.place;
            if self.step() != Some(Fold::Attached) {
                self.place = before;
                return;
            }
            word.attach(self.place.at as u32);
        }
    }

    /// Whether the character at `start`, just read after digits, stands inside a number: 12:30, 3.5, 1,000.
    fn number_goes_on(&self, start: usize) -> bool {
        let separator = self.text[start..].starts_with(['.', ',', ':', '/', '-', '٫', '٬']);
        separator && self.place.rest.is_empty() && matches!(self.peek(), Some(Fold::Digit(_)))
    }

    /// Whether the stop just read stands before an ASCII letter or digit: U.S., naqd.org.
    fn dot_inside(&self) -> bool {
        self.text.as_bytes().get(self.place.at).is_some_and(u8::is_ascii_alphanumeric)
    }

    /// Whether the asterisk just read stands for a letter: there is one behind it and its like.
    fn stands(&self) -> bool {
        let end = self.special.map_or(self.text.len(), |(from, ..)| from);
        let chars = self.text[self.place.at..end].chars().take(16);
        let mut folds = chars.map(|c| block(c).folds[c as usize & 0xFF]);
        let next = folds.find(|fold| !matches!(fold, Fold::Stand('*') | Fold::Attached | Fold::Dropped));
        self.place.rest.is_empty() && matches!(next, Some(Fold::Letter(_) | Fold::Alike(..)))
    }

    /// Whether the sign just read stands between two letters of ASCII, as in b!tch, b@d and cla$s.
    fn stands_in_latin(&self, word: &Word, start: usize) -> bool {
        word.has_room('@')
            && matches!(self.text.as_bytes()[start], b'!' | b'@' | b'$')
            && word.symbols[word.len - 1].is_ascii_alphabetic()
            && self.place.rest.is_empty()
            && self.special.is_none_or(|(from, ..)| from > self.place.at)
            && self.text.as_bytes().get(self.place.at).is_some_and(u8::is_ascii_alphabetic)
    }

    fn letter_ahead(&self) -> bool {
        matches!(self.peek(), Some(Fold::Letter(_) | Fold::Alike(..)))
    }

    fn peek(&self) -> Option<Fold> {
        let c = self.text[self.place.at..].chars().next()?;
        Some(block(c).folds[c as usize & 0xFF])
    }
}

/// The code point that UTF-8 writes as these two bytes.
#[inline]
fn two_bytes(first: u8, second: u8) -> usize {
    usize::from(first & 0x1F) << 6 | usize::from(second & 0x3F)
}
