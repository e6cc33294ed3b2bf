//! Phrase tree: finds many phrases in one walk over the words of a comment.
//!
//! A phrase matches where its words follow one another, folded as [`crate::text::words`] folds them. A word of the text
//! also matches without the prefixes that Arabic writes together with it ([`crate::text::clitics`]), and the last word
//! of a phrase with `*` matches every word that begins so. Spaces, punctuation and line ends between words are ignored.
//!
//! The words of all phrases are numbered and the phrases kept as a tree of these numbers. Each word of the text is
//! looked up once, in each of its few readings, and continues every phrase that has begun: so the time grows with
//! the text and with the matches in it, not with the number of phrases.
//!
//! By hand: automata such as those of the crate `aho-corasick` walk over bytes or characters; here a step of the walk
//! is a word in several readings at once.

use crate::text::clitics::phrase_starts;
use crate::text::fold::{Fold, block};
use crate::text::ligatures;
use crate::text::word::{EMAIL, MAX_WORD, MENTION, NUMBER, URL, Word};
use crate::text::words::{Token, Words};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::ops::Range;

/// Longest phrase, in bytes.
pub const MAX_PHRASE: usize = 200;

/// Most words of a phrase.
pub const MAX_WORDS: usize = 16;

/// Fewest characters before the `*` of a phrase: fewer would match half the language.
pub const MIN_BEGINNING: usize = 3;

const ROOT: u32 = 0;

/// Phrases as a tree of numbered words.
#[derive(Debug)]
pub(crate) struct Phrases {
    /// Number of each word of the phrases.
    words: HashMap<Box<[char]>, u32>,
    /// Number of each beginning (the part before a `*`), counted on after the words.
    beginnings: HashMap<Box<[char]>, u32>,
    /// Lengths of the beginnings, ascending.
    lengths: Vec<usize>,
    /// Bloom filter of the words and beginnings: most words of a text are none of them.
    filter: Vec<u64>,
    /// Node of the tree that a node and the number of a word lead to.
    tree: HashMap<(u32, u32), u32>,
    /// Nodes of the tree.
    nodes: Vec<Node>,
    /// True if some phrase has a number, an address or a mention.
    classes: bool,
}

#[derive(Clone, Copy, Default, Debug)]
struct Node {
    /// Phrase that ends here.
    phrase: Option<u32>,
    /// True if some phrase goes on from here.
    inner: bool,
}

/// Words of a phrase, and whether the last one is a beginning.
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
            nodes: vec![Node::default()],
            classes: false,
        }
    }

    /// Adds the phrase of number `number`.
    ///
    /// # Errors
    /// It is no phrase, or the same as an earlier one.
    pub(crate) fn add(&mut self, phrase: &str, number: u32) -> Result<(), PhraseError> {
        let Parsed { words, beginning } = parse(phrase)?;
        let mut node = ROOT;
        let last = words.len() - 1;
        for (i, word) in words.into_iter().enumerate() {
            self.classes |= [URL, MENTION, EMAIL, NUMBER].contains(&word[0]);
            let next = (self.words.len() + self.beginnings.len()) as u32;
            let known = if beginning && i == last { &mut self.beginnings } else { &mut self.words };
            let word = *known.entry(word).or_insert(next);
            let next = self.nodes.len() as u32;
            let next = *self.tree.entry((node, word)).or_insert(next);
            if next as usize == self.nodes.len() {
                self.nodes.push(Node::default());
            }
            self.nodes[node as usize].inner = true;
            node = next;
        }
        match &mut self.nodes[node as usize].phrase {
            Some(first) => Err(PhraseError::Same(*first)),
            none => {
                *none = Some(number);
                Ok(())
            }
        }
    }

    /// Builds the filter, when all phrases are added.
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

    /// Word of the filter and bit in it.
    fn bit(&self, word: &[char]) -> (usize, u64) {
        let hash =
            word.iter().fold(0, |hash: u64, c| (hash.rotate_left(5) ^ *c as u64).wrapping_mul(0x517C_C1B7_2722_0A95));
        ((hash >> 32) as usize & (self.filter.len() - 1), 1 << (hash >> 58))
    }

    /// Number of a word or beginning of the phrases.
    #[inline]
    fn number(&self, of: &HashMap<Box<[char]>, u32>, word: &[char]) -> Option<u32> {
        let (place, bit) = self.bit(word);
        if self.filter[place] & bit == 0 {
            return None;
        }
        of.get(word).copied()
    }

    /// Calls `found` with the number and the byte span of every phrase in `text`, in the order of their ends. The span is
    /// without the prefixes of the first word, and without what follows a `*`.
    pub(crate) fn find(&self, text: &str, mut found: impl FnMut(u32, Range<usize>)) {
        // Nodes of the phrases that have begun, with their first bytes, before this word and after it.
        let (mut open, mut next) = (Vec::new(), Vec::new());
        let mut buffer = Vec::new();
        each_word(text, |word| {
            next.clear();
            self.readings(text, word, &mut buffer, |number, start, end| {
                for &(node, from) in open.iter().chain([&(ROOT, start)]) {
                    let Some(&to) = self.tree.get(&(node, number)) else { continue };
                    let Node { phrase, inner } = self.nodes[to as usize];
                    if let Some(phrase) = phrase {
                        found(phrase, from as usize..end as usize);
                    }
                    if inner {
                        next.push((to, from));
                    }
                }
            });
            std::mem::swap(&mut open, &mut next);
        });
    }

    /// Calls `read` with the number and the byte span of every word and beginning that a word of the text matches.
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
        // Letters of a reading; the first `added` ones are not in the word, which goes on with the letter `from`.
        let mut look = |letters: &[char], from: usize, added: usize| {
            if let Some(number) = self.number(&self.words, letters) {
                let (start, end) = bytes(from, whole.len());
                read(number, start, end);
            }
            for &length in self.lengths.iter().take_while(|length| **length <= letters.len()) {
                if let Some(number) = self.number(&self.beginnings, &letters[..length]) {
                    let (start, end) = bytes(from, from + length - added);
                    read(number, start, end);
                }
            }
        };
        look(whole, 0, 0);
        if word.is_letters() {
            phrase_starts(whole, |from, article| {
                if !article {
                    look(&whole[from..], from, 0);
                } else if is_doubled(text, word, from - 1) {
                    let mut letters: SmallVec<[char; 2 * MAX_WORD]> = SmallVec::from_slice(&['ا', 'ل']);
                    letters.extend_from_slice(&whole[from..]);
                    look(&letters, from, 2);
                }
            });
        }
    }
}

/// True if the letter `at` of a word, which is `ل`, is written twice: the second is that of the article, whose alef is not
/// written.
fn is_doubled(text: &str, word: &Word, at: usize) -> bool {
    let (start, end) = word.span(at + 1, at + 2);
    let lam = |c: &char| matches!(block(*c).folds[*c as usize & 0xFF], Fold::Letter('ل'));
    text[start as usize..end as usize].chars().filter(lam).count() > 1
}

/// Calls `read` with every word of a text that is no mark. A sign that stands for several words is these, each at its place.
fn each_word(text: &str, mut read: impl FnMut(&Word)) {
    let (mut words, mut word) = (Words::new(text), Word::default());
    while let Some(token) = words.next(&mut word) {
        if token != Token::Word || is_mark(&word) {
            continue;
        }
        let phrase = match word.symbols() {
            [sign] => ligatures::words(*sign),
            _ => "",
        };
        if phrase.is_empty() {
            read(&word);
            continue;
        }
        let (start, end) = word.span(1, 2);
        let mut inside = Words::new(phrase);
        while let Some(token) = inside.next(&mut word) {
            if token == Token::Word {
                word.move_to(start, end);
                read(&word);
            }
        }
    }
}

/// True if a word is a run of question and exclamation marks.
fn is_mark(word: &Word) -> bool {
    !word.is_letters() && matches!(word.symbols(), ['?' | '!', ..])
}

/// True if a word stands for any number, address or mention.
fn is_class(word: &Word) -> bool {
    matches!(word.symbols(), [URL | MENTION | EMAIL | NUMBER])
}

/// Puts the key of a number, an address or a mention into `spelt`: its class and its spelling, of a number the digits,
/// of a web address all but its scheme, `www.` and last `/`.
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
    // No phrase has more characters than this, so that a longer spelling matches none.
    for c in written.chars().take(MAX_PHRASE) {
        match block(c).folds[c as usize & 0xFF] {
            Fold::Letter(folded) if class != NUMBER => spelt.push(folded),
            Fold::Digit(folded) => spelt.push(folded),
            _ if class == NUMBER => {}
            _ => spelt.push(c),
        }
    }
}

/// Reason why a phrase cannot be used.
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
    /// A `*` after fewer characters than [`MIN_BEGINNING`].
    #[error("only {0} letters before the *, expected at least {MIN_BEGINNING}")]
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
    let mut buffer = Vec::new();
    each_word(text, |word| {
        if is_class(word) {
            spell(text, word, &mut buffer);
            parsed.words.push(buffer[..].into());
        } else {
            parsed.words.push(word.symbols().into());
        }
    });
    match parsed.words.last() {
        None => Err(PhraseError::Empty),
        Some(_) if parsed.words.len() > MAX_WORDS => Err(PhraseError::TooManyWords(parsed.words.len())),
        Some(last) if beginning && last.len() < MIN_BEGINNING => Err(PhraseError::ShortBeginning(last.len())),
        Some(_) => Ok(parsed),
    }
}
