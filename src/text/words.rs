//! Walk over the words of a text, and the one definition of a word.
//!
//! [`Words`] reads a text once and hands out *words* (letters folded to one spelling, each with the bytes it came
//! from) and *sentence ends*. [`Words::next`] and the functions that it calls in this file decide what a word is;
//! `fast_path` reads the common cases sooner and never differently, which a property test holds it to.
//!
//! Folded are: compatibility forms (NFKD: full-width and presentation forms, ligatures), case, accents
//! and Arabic diacritics, tatweel, the spellings of alef, ya, ta marbuta and hamza, Persian and Urdu
//! look-alike letters, digits of all scripts, repeated letters, invisible and bidirectional control characters. A
//! word whose letters are all Latin or look like Latin ones (Unicode Technical Standard 39) becomes Latin. Three or
//! more letters that stand apart, "i d i o t" or «ح.م.ا.ر», are one word. URLs, @mentions, e-mail addresses and
//! numbers each become one word of their own ([`URL`](crate::text::word::URL) and its neighbours); emoji are kept as
//! words; question and exclamation marks are words as well.
//!
//! The normal form of a text ([`normalise`](crate::text::normalise())) is its own normal form.

use crate::text::addresses::{entity, find_address};
use crate::text::fast_path::FastPath;
use crate::text::fold::{Fold, block};
use crate::text::word::Word;

/// Version of the normal form: of all that this file and those it calls decide. A model names the version it was
/// trained with, and a program with another one refuses it, since its n-grams would no longer match.
pub const NORMALISER: u32 = 2;

/// Longest text, in bytes; the rest of a longer one is not read. Keeps offsets and counts of n-grams within 32 bits: no
/// character gives more than 24 n-grams for each of its bytes (the ligature ﷺ gives the most, 21).
pub const MAX_TEXT: usize = 1 << 27;

/// Token of a text, as [`Words::next`] finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token {
    /// A word, now in the buffer.
    Word,
    /// The end of a sentence that has at least one word; the byte after its last stop.
    SentenceEnd(u32),
}

/// Position of a walk: the next byte, and the rest of the code point before it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) at: usize,
    /// First byte of the code point that `rest` belongs to.
    start: usize,
    pub(super) rest: &'static [Fold],
}

/// Walk over the words of a text. Reads at most the first [`MAX_TEXT`] bytes.
pub struct Words<'t> {
    pub(super) text: &'t str,
    pub(super) place: Place,
    /// The next URL, mention or e-mail address: start, end, the word it becomes.
    pub(super) address: Option<(usize, usize, char)>,
    pub(super) in_sentence: bool,
    /// End of a sentence, after a stop, unless another stop or mark follows at once.
    pub(super) ending: Option<u32>,
    /// The last word if it was a single symbol, and how often it has stood in a row.
    pub(super) repeated: (char, u8),
    pub(super) fast: FastPath,
    /// Reads without the fast path, which is compared with this.
    #[cfg(test)]
    pub(super) by_definition: bool,
}

impl<'t> Words<'t> {
    /// Walk from the beginning of `text`.
    pub fn new(text: &'t str) -> Self {
        let text = &text[..text.floor_char_boundary(MAX_TEXT)];
        Words {
            text,
            place: Place { at: 0, start: 0, rest: &[] },
            address: find_address(text, 0),
            in_sentence: false,
            ending: None,
            repeated: (' ', 0),
            fast: FastPath::default(),
            #[cfg(test)]
            by_definition: false,
        }
    }

    /// Reads the next word into `word`, or the next sentence end; `None` at the end of the text. The last sentence always
    /// ends before.
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

    /// Reads a word whose letters stand apart: a single letter and at least two more behind it.
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

    /// Passes over the gap between two letters of one word that stand apart: spaces, or a stop with a letter right
    /// behind it. Returns whether there was one, with a letter behind it.
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

    /// Next folded character; `None` at the end of the text and before a URL, mention or e-mail address.
    #[inline]
    fn step(&mut self) -> Option<Fold> {
        if let [fold, rest @ ..] = self.place.rest {
            self.place.rest = rest;
            return Some(*fold);
        }
        let start = self.place.at;
        if self.address.is_some_and(|(from, ..)| from == start) {
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

    /// Next word or sentence end, before letters that stand apart are gathered and repeated symbols left out.
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
                Some(Fold::Stand('*')) if word.letters && word.fits_sign('*') && self.is_hidden_letter() => {
                    word.push('*', start, end)
                }
                Some(Fold::Mark(c) | Fold::Stand(c)) if self.is_inside_latin(word, start as usize) => {
                    word.push(c, start, end)
                }
                None if word.is_empty() => match self.address {
                    Some((from, to, class)) if from == self.place.at => {
                        self.place.at = to;
                        self.address = find_address(self.text, to);
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

    /// Reads the marks that belong to the symbol just read.
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

    /// True if the character at `start`, just read after digits, is inside a number: 12:30, 3.5, 1,000.
    fn number_goes_on(&self, start: usize) -> bool {
        let separator = self.text[start..].starts_with(['.', ',', ':', '/', '-', '٫', '٬']);
        separator && self.place.rest.is_empty() && matches!(self.peek(), Some(Fold::Digit(_)))
    }

    /// True if the stop just read comes before an ASCII letter or digit: U.S., naqd.org.
    fn dot_inside(&self) -> bool {
        self.text.as_bytes().get(self.place.at).is_some_and(u8::is_ascii_alphanumeric)
    }

    /// True if the asterisk just read stands for a letter: a letter comes after it and any further ones.
    fn is_hidden_letter(&self) -> bool {
        let end = self.address.map_or(self.text.len(), |(from, ..)| from);
        let chars = self.text[self.place.at..end].chars().take(16);
        let mut folds = chars.map(|c| block(c).folds[c as usize & 0xFF]);
        let next = folds.find(|fold| !matches!(fold, Fold::Stand('*') | Fold::Attached | Fold::Dropped));
        self.place.rest.is_empty() && matches!(next, Some(Fold::Letter(_) | Fold::Alike(..)))
    }

    /// True if the sign just read is between two letters of ASCII, as in b!tch, b@d and cla$s.
    fn is_inside_latin(&self, word: &Word, start: usize) -> bool {
        word.fits_sign('@')
            && matches!(self.text.as_bytes()[start], b'!' | b'@' | b'$')
            && word.symbols[word.len - 1].is_ascii_alphabetic()
            && self.place.rest.is_empty()
            && self.address.is_none_or(|(from, ..)| from > self.place.at)
            && self.text.as_bytes().get(self.place.at).is_some_and(u8::is_ascii_alphabetic)
    }

    /// True if a letter comes next.
    fn letter_ahead(&self) -> bool {
        matches!(self.peek(), Some(Fold::Letter(_) | Fold::Alike(..)))
    }

    /// Fold of the next code point.
    fn peek(&self) -> Option<Fold> {
        let c = self.text[self.place.at..].chars().next()?;
        Some(block(c).folds[c as usize & 0xFF])
    }
}
