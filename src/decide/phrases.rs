//! Finding phrases: many at once, in one walk over the words of a comment.
//!
//! A phrase is found where its words stand one after another, folded as [`crate::text::words`] folds them. A word of the text
//! is also taken for one of a phrase without what Arabic writes together with it in front (`و`, `ال`, `بال`, `يا` and
//! the like), and a phrase that ends with `*` is found where its last word begins so. What stands between the words,
//! spaces, punctuation, line ends, does not count.
//!
//! The words of all phrases are numbered and the phrases kept as a tree of these numbers. Each word of the text is
//! looked up once, in each of its few readings, and carries on every phrase that has begun: so the time grows with
//! the text and with what is found in it, not with the number of phrases.

use crate::text::fold::{Fold, block};
use crate::text::word::{EMAIL, MENTION, NUMBER, URL, Word};
use crate::text::words::{Token, Words};
use std::collections::HashMap;
use std::ops::Range;

/// Longest phrase, in bytes.
pub const MAX_PHRASE: usize = 200;

/// Most words of a phrase.
pub const MAX_WORDS: usize = 16;

/// Fewest characters before the `*` of a phrase: fewer would find half the language.
pub const LEAST_BEGINNING: usize = 3;

/// Fewest letters that are left where something was written together with a word.
const LEAST: usize = 3;

/// The same where that was a single letter that many words begin with by themselves: `ف`, `ب`, `ك`, `ل`.
const LEAST_UNSURE: usize = 4;

const ROOT: u32 = 0;

/// Phrases laid out for finding them.
#[derive(Debug)]
pub(crate) struct Phrases {
    /// Number of each word of the phrases.
    words: HashMap<Box<[char]>, u32>,
    /// Number of each beginning, counted on after the words.
    beginnings: HashMap<Box<[char]>, u32>,
    /// Lengths of the beginnings, ascending.
    lengths: Vec<usize>,
    /// A bit for some bits of the hash of each word and beginning: most words of a text are none of them.
    filter: Vec<u64>,
    /// The place in the tree that a place and the number of a word lead to.
    tree: HashMap<(u32, u32), u32>,
    /// What ends at each place of the tree, and whether it goes on from there.
    places: Vec<Place>,
    /// Whether a phrase has a number, an address or a mention.
    classes: bool,
}

#[derive(Clone, Copy, Default, Debug)]
struct Place {
    phrase: Option<u32>,
    inner: bool,
}

/// Words of a phrase, and whether the last one is only a beginning.
struct Parsed {
    words: Vec<Box<[char]>>,
    beginning: bool,
}

impl Phrases {
    /// No phrases.
    pub(crate) fn new() -> Phrases {
        Phrases {
            words: HashMap::new(),
            beginnings: HashMap::new(),
            lengths: Vec::new(),
            filter: vec![0],
            tree: HashMap::new(),
            places: vec![Place::default()],
            classes: false,
        }
    }

    /// Adds the phrase of number `number`.
    ///
    /// # Errors
    /// What is wrong with it, or the number of the phrase that is the same.
    pub(crate) fn add(&mut self, phrase: &str, number: u32) -> Result<(), PhraseError> {
        let Parsed { words, beginning } = parse(phrase)?;
        let mut place = ROOT;
        let last = words.len() - 1;
        for (i, word) in words.into_iter().enumerate() {
            self.classes |= [URL, MENTION, EMAIL, NUMBER].contains(&word[0]);
            let next = (self.words.len() + self.beginnings.len()) as u32;
            let known = if beginning && i == last { &mut self.beginnings } else { &mut self.words };
            let word = *known.entry(word).or_insert(next);
            let next = self.places.len() as u32;
            let next = *self.tree.entry((place, word)).or_insert(next);
            if next as usize == self.places.len() {
                self.places.push(Place::default());
            }
            self.places[place as usize].inner = true;
            place = next;
        }
        match &mut self.places[place as usize].phrase {
            Some(first) => Err(PhraseError::Same(*first)),
            none => {
                *none = Some(number);
                Ok(())
            }
        }
    }

    /// Makes ready to find what was added.
    pub(crate) fn finish(&mut self) {
        self.lengths = self.beginnings.keys().map(|word| word.len()).collect();
        self.lengths.sort_unstable();
        self.lengths.dedup();
        let all = self.words.len() + self.beginnings.len();
        // Sixteen bits for each.
        self.filter = vec![0; (all / 4).next_power_of_two()];
        for word in self.words.keys().chain(self.beginnings.keys()) {
            let (place, bit) = self.bit(word);
            self.filter[place] |= bit;
        }
    }

    fn bit(&self, word: &[char]) -> (usize, u64) {
        let hash =
            word.iter().fold(0, |hash: u64, c| (hash.rotate_left(5) ^ *c as u64).wrapping_mul(0x517C_C1B7_2722_0A95));
        ((hash >> 32) as usize & (self.filter.len() - 1), 1 << (hash >> 58))
    }

    #[inline]
    fn number(&self, of: &HashMap<Box<[char]>, u32>, word: &[char]) -> Option<u32> {
        let (place, bit) = self.bit(word);
        if self.filter[place] & bit == 0 {
            return None;
        }
        of.get(word).copied()
    }

    /// Hands the number and the bytes of every phrase in `text` to `found`, in the order of their ends. The bytes are
    /// those that the phrase names: without what is written together with its first word, or follows its `*`.
    pub(crate) fn find(&self, text: &str, mut found: impl FnMut(u32, Range<usize>)) {
        let mut words = Words::new(text);
        let mut word = Word::default();
        // Places in the tree with the first byte of the phrase, before this word and after it.
        let (mut open, mut next) = (Vec::new(), Vec::new());
        let mut buffer = Vec::new();
        while let Some(token) = words.next(&mut word) {
            if token != Token::Word || is_mark(&word) {
                continue;
            }
            next.clear();
            self.readings(text, &word, &mut buffer, |number, start, end| {
                for &(place, from) in open.iter().chain([&(ROOT, start)]) {
                    let Some(&to) = self.tree.get(&(place, number)) else { continue };
                    let Place { phrase, inner } = self.places[to as usize];
                    if let Some(phrase) = phrase {
                        found(phrase, from as usize..end as usize);
                    }
                    if inner {
                        next.push((to, from));
                    }
                }
            });
            std::mem::swap(&mut open, &mut next);
        }
    }

    /// The numbers of all words and beginnings of phrases that a word of the text may be read as, with their bytes.
    #[inline]
    fn readings(&self, text: &str, word: &Word, buffer: &mut Vec<char>, mut read: impl FnMut(u32, u32, u32)) {
        let class = is_class(word);
        if class && !self.classes {
            return;
        }
        let whole = if class {
            spell(text, word, buffer);
            &buffer[..]
        } else {
            word.symbols()
        };
        let bytes = |from: usize, to: usize| match class {
            true => word.span(1, 2),
            false => word.span(from + 1, to + 1),
        };
        let mut look = |from: usize| {
            let rest = &whole[from..];
            if let Some(number) = self.number(&self.words, rest) {
                let (start, end) = bytes(from, whole.len());
                read(number, start, end);
            }
            for &length in self.lengths.iter().take_while(|length| **length <= rest.len()) {
                if let Some(number) = self.number(&self.beginnings, &rest[..length]) {
                    let (start, end) = bytes(from, from + length);
                    read(number, start, end);
                }
            }
        };
        look(0);
        if word.is_letters() {
            before(whole, look);
        }
    }
}

/// Calls `rest` with the places at which a word may begin after what Arabic writes together with it: a conjunction
/// (`و`, `ف`), a preposition (`ب`, `ك`, `ل`, and `ه` or `ع` before an article), the article `ال`, or `يا`, and several of
/// them in this order.
#[inline]
fn before(word: &[char], mut rest: impl FnMut(usize)) {
    if !matches!(word, ['و' | 'ف' | 'ب' | 'ك' | 'ل' | 'ا' | 'ه' | 'ع' | 'ي', _, _, ..]) {
        return;
    }
    let mut leaves = |from: usize, least: usize| {
        if word.len() >= from + least {
            rest(from);
        }
    };
    if let ['و' | 'ف', ..] = word {
        leaves(1, if word[0] == 'و' { LEAST } else { LEAST_UNSURE });
    }
    for from in [0, 1] {
        if from == 1 && !matches!(word, ['و' | 'ف', ..]) {
            break;
        }
        match word[from..] {
            // Of two ل, the article's and the word's, one is left.
            ['ا', 'ل', ..] => [1, 2].into_iter().for_each(|length| leaves(from + length, LEAST)),
            ['ب' | 'ك' | 'ه' | 'ع', 'ا', 'ل', ..] => {
                [2, 3].into_iter().for_each(|length| leaves(from + length, LEAST))
            }
            ['ي', 'ا', ..] => leaves(from + 2, LEAST),
            ['ل', ..] => leaves(from + 1, LEAST),
            _ => {}
        }
        if let ['ب' | 'ك', ..] = word[from..] {
            leaves(from + 1, LEAST_UNSURE);
        }
    }
}

/// Whether a word is a run of question and exclamation marks.
fn is_mark(word: &Word) -> bool {
    !word.is_letters() && matches!(word.symbols(), ['?' | '!', ..])
}

/// Whether a word stands for any number, address or mention.
fn is_class(word: &Word) -> bool {
    matches!(word.symbols(), [URL | MENTION | EMAIL | NUMBER])
}

/// What a number, an address or a mention is compared by: its class and how it is written, a number by its digits, a
/// web address without its scheme, `www.` and last `/`.
fn spell(text: &str, word: &Word, spelt: &mut Vec<char>) {
    let class = word.symbols()[0];
    let (start, end) = word.span(1, 2);
    let mut written = &text[start as usize..end as usize];
    if class == URL {
        written = written.split_once("://").map_or(written, |(_, rest)| rest).trim_end_matches('/');
        if let Some((www, rest)) = written.split_at_checked(4)
            && www.eq_ignore_ascii_case("www.")
        {
            written = rest;
        }
    }
    spelt.clear();
    spelt.push(class);
    // A phrase has no more characters than this, so that a longer one is none.
    for c in written.chars().take(MAX_PHRASE) {
        match block(c).folds[c as usize & 0xFF] {
            Fold::Letter(folded) if class != NUMBER => spelt.push(folded),
            Fold::Digit(folded) => spelt.push(folded),
            _ if class == NUMBER => {}
            _ => spelt.push(c),
        }
    }
}

/// What is wrong with a phrase.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PhraseError {
    /// It has no word.
    #[error("no word in it, expected one or more")]
    Empty,
    /// It is longer than [`MAX_PHRASE`].
    #[error("{0} bytes long, expected at most {MAX_PHRASE}")]
    TooLong(usize),
    /// It has more words than [`MAX_WORDS`].
    #[error("{0} words, expected at most {MAX_WORDS}")]
    TooManyWords(usize),
    /// A `*` that is not the last character of a word.
    #[error("a * that is not at the end of the last word, where it stands for any further letters")]
    Star,
    /// A `*` after fewer characters than [`LEAST_BEGINNING`].
    #[error("only {0} letters before the *, expected at least {LEAST_BEGINNING}")]
    ShortBeginning(usize),
    /// The same words as the phrase of this number.
    #[error("the same words as phrase {0}")]
    Same(u32),
}

fn parse(phrase: &str) -> Result<Parsed, PhraseError> {
    if phrase.len() > MAX_PHRASE {
        return Err(PhraseError::TooLong(phrase.len()));
    }
    let phrase = phrase.trim();
    let (text, beginning) = phrase.strip_suffix('*').map_or((phrase, false), |text| (text, true));
    let stray = text.split_whitespace().any(|word| word.starts_with('*') || word.ends_with('*'));
    if stray || beginning && text.ends_with(char::is_whitespace) {
        return Err(PhraseError::Star);
    }
    let mut parsed = Parsed { words: Vec::new(), beginning };
    let (mut words, mut word, mut buffer) = (Words::new(text), Word::default(), Vec::new());
    while let Some(token) = words.next(&mut word) {
        if token != Token::Word || is_mark(&word) {
            continue;
        }
        if is_class(&word) {
            spell(text, &word, &mut buffer);
            parsed.words.push(buffer[..].into());
        } else {
            parsed.words.push(word.symbols().into());
        }
    }
    match parsed.words.last() {
        None => Err(PhraseError::Empty),
        Some(_) if parsed.words.len() > MAX_WORDS => Err(PhraseError::TooManyWords(parsed.words.len())),
        Some(last) if beginning && last.len() < LEAST_BEGINNING => Err(PhraseError::ShortBeginning(last.len())),
        Some(_) => Ok(parsed),
    }
}
