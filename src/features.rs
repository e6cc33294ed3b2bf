//! Features: the only file that knows what an n-gram is.
//!
//! [`emit`] reads a text once and hands every n-gram to a [`Sink`]: each word, each pair of neighbouring words
//! of one sentence, and of each word made of letters its light stem and the runs of two to five characters, its
//! boundary spaces included. Training counts them, scoring sums their weights, explaining keeps them with their places: three
//! sinks over this one loop, so that training and scoring cannot drift apart.
//!
//! An n-gram is known by a 64-bit hash: a multilinear hash (Lemire and Kaser 2014, "Strongly universal string
//! hashing is fast") of its characters, whose partial sums serve all lengths that start at one place, and a
//! final mix. A light stem is the word without what Arabic writes together with it, or without an English ending
//! (light stemming, Larkey et al. 2002, "Improving stemming for Arabic information retrieval"); it may be the whole
//! word. No n-gram crosses a sentence end, so the sentences of a text add up to the text.

use std::ops::Range;

use crate::text::{Token, Word, Words};

/// Version of everything this file decides; like [`crate::text::NORMALISER`], a model names it.
pub const FEATURES: u32 = 3;

/// Shortest and longest run of characters.
const CHARS: std::ops::RangeInclusive<usize> = 2..=5;

/// What reads the n-grams of a text.
pub trait Sink {
    /// One n-gram. The same one may come several times in a text. Those of a word come in a row: the word, its
    /// stem, the runs of characters in it, its pair with the word before it.
    fn ngram(&mut self, ngram: Ngram<'_>);

    /// The sentence that the n-grams since the last call belong to ends at byte `end` of the text.
    fn sentence(&mut self, start: u32, end: u32) {
        let _ = (start, end);
    }

    /// A sink that sums may keep the sums of words, which mostly come again. The bytes `word` of the text are a word
    /// that is `ahead` words away, and decide all its n-grams but the pair: the sink may look where it keeps it.
    fn foresee(&mut self, ahead: usize, text: &str, word: Range<usize>) {
        let _ = (ahead, text, word);
    }

    /// If the sink has kept the next word, the one [foreseen](Sink::foresee) as number `ahead`, it returns what it was
    /// told by [`keep`](Sink::keep); otherwise its n-grams are handed over one by one.
    fn recall(&mut self, ahead: usize) -> Option<Kept> {
        let _ = ahead;
        None
    }

    /// The word last [recalled](Sink::recall) counts.
    fn add_recalled(&mut self) {}

    /// A sink may read a word as another one.
    fn respell(&mut self, word: &mut Word) {
        let _ = word;
    }

    /// Whether the sink knows the word whose n-grams it was last given.
    fn knows(&self) -> bool {
        true
    }

    /// The word that two short ones stand for, one of which the sink does not [know](Sink::knows), by the hash of the
    /// pair.
    fn joined(&self, pair: u64) -> Option<Word> {
        let _ = pair;
        None
    }

    /// A word was left out that has come too often.
    fn leave_out(&mut self) {}

    /// The n-grams of the word last [looked for](Sink::recall), all but the pair, have been handed over.
    fn keep(&mut self, kept: Kept) {
        let _ = kept;
    }

    /// Longest word that is recalled, in bytes; 0: none. A sink that recalls gets its pairs by
    /// [`pair`](Sink::pair), since the word before may have been recalled.
    const RECALLS: usize = 0;

    /// A pair, by its hash alone.
    fn pair(&mut self, hash: u64) {
        let _ = hash;
    }
}

/// The script of a word, by its first letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Script {
    /// Any but these two, or no letter.
    #[default]
    Other,
    /// Arabic.
    Arabic,
    /// Latin.
    Latin,
}

impl Script {
    /// Of a word, in folded characters.
    #[inline]
    pub fn of(word: &[char]) -> Script {
        match word.iter().find(|c| !c.is_ascii_digit()) {
            Some('a'..='z') => Script::Latin,
            Some('\u{600}'..='\u{6FF}') => Script::Arabic,
            _ => Script::Other,
        }
    }
}

/// What a sink keeps of a word for [`emit`].
#[derive(Clone, Copy)]
pub struct Kept {
    /// Hash of the word for its pairs.
    pub(crate) hash: u64,
    /// Number of its n-grams.
    pub(crate) count: u16,
}

/// An n-gram where it stands in a text.
pub struct Ngram<'w> {
    /// What the model knows it by.
    pub hash: u64,
    /// The bytes of the text it came from.
    pub span: (u32, u32),
    /// What it is made of.
    pub parts: Parts<'w>,
}

/// What an n-gram is made of, in folded characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parts<'w> {
    /// Characters inside a word; a space stands for its boundary.
    Chars(&'w [char]),
    /// A whole word, an emoji, a mark or a class of words.
    Word(&'w [char]),
    /// The light stem of a word.
    Stem(&'w [char]),
    /// Two neighbouring words of one sentence.
    Pair(&'w [char], &'w [char]),
}

impl std::fmt::Display for Parts<'_> {
    /// Runs of characters as they are, words and pairs in square brackets, stems in curly ones (which no folded text
    /// contains).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::fmt::Write;
        let mut write = |chars: &[char]| chars.iter().try_for_each(|c| f.write_char(*c));
        match self {
            Parts::Chars(chars) => write(chars),
            Parts::Word(word) => {
                write(&['['])?;
                write(word)?;
                write(&[']'])
            }
            Parts::Stem(stem) => {
                write(&['{'])?;
                write(stem)?;
                write(&['}'])
            }
            Parts::Pair(first, second) => {
                write(&['['])?;
                write(first)?;
                write(&[' '])?;
                write(second)?;
                write(&[']'])
            }
        }
    }
}

/// Hands every n-gram of `text` to `sink`, sentence by sentence, and returns how many there were.
pub fn emit<S: Sink>(text: &str, sink: &mut S) -> u32 {
    let mut words = Words::new(text);
    let (mut word, mut before) = (&mut Word::default(), &mut Word::default());
    // The word before in the sentence.
    let mut first: Option<Before> = None;
    let mut start = None;
    let mut count = 0;
    let mut often = Often::default();
    // The words ahead, and how many of them have been passed.
    let (mut ahead, mut passed) = (Ahead::default(), 0);
    loop {
        // Whether the next word was looked for, and not found.
        let mut plain = false;
        if S::RECALLS > 0 {
            if passed == ahead.len {
                passed = 0;
                ahead.look(&mut words, S::RECALLS, |at, word| sink.foresee(at, text, word));
            }
            while passed < ahead.len {
                let at = passed;
                passed += 1;
                let Some(kept) = sink.recall(at) else {
                    words.seek(ahead.starts[at] as usize);
                    plain = true;
                    break;
                };
                start.get_or_insert(ahead.starts[at]);
                if often.is(kept.hash) {
                    sink.leave_out();
                    continue;
                }
                sink.add_recalled();
                count += u32::from(kept.count);
                let now =
                    Before { hash: kept.hash, start: ahead.starts[at], own: kept.count.into(), known: sink.knows() };
                if let Some(before) = &first {
                    let pair = pair_hash(before.hash, kept.hash);
                    sink.pair(pair);
                    count += 1 + emit_joined(pair, before, &now, ahead.ends[at], sink);
                }
                first = Some(now);
            }
            if passed == AHEAD && !plain {
                continue;
            }
        }
        let Some(token) = words.next(word) else { return count };
        if let Token::SentenceEnd(end) = token {
            sink.sentence(start.take().unwrap_or(end), end);
            first = None;
            continue;
        }
        sink.respell(word);
        let symbols = word.symbols();
        let span = word.span(1, symbols.len() + 1);
        start.get_or_insert(span.0);
        let hash = word_hash(symbols);
        if often.is(hash) {
            sink.leave_out();
            if plain {
                words.seek(ahead.end);
            }
            continue;
        }
        sink.ngram(Ngram { hash: mix(hash ^ WORD), span, parts: Parts::Word(symbols) });
        let own = if word.is_letters() { 1 + emit_stem(word, sink) + emit_chars(word, sink) } else { 1 };
        count += own;
        if plain {
            sink.keep(Kept { hash, count: own as u16 });
            words.seek(ahead.end);
        }
        let now = Before { hash, start: span.0, own, known: sink.knows() };
        if let Some(first) = &first {
            let hash = pair_hash(first.hash, hash);
            if S::RECALLS > 0 {
                sink.pair(hash);
            } else {
                sink.ngram(Ngram { hash, span: (first.start, span.1), parts: Parts::Pair(before.symbols(), symbols) });
            }
            count += 1 + emit_joined(hash, first, &now, span.1, sink);
        }
        first = Some(now);
        std::mem::swap(&mut word, &mut before);
    }
}

/// A word that the next one may be a pair with.
struct Before {
    hash: u64,
    /// Its first byte.
    start: u32,
    /// How many n-grams it has of its own.
    own: u32,
    /// Whether the sink knows it.
    known: bool,
}

/// N-grams of a word of five letters: no part of a word that is written as two has more.
const HALF: u32 = 20;

/// Of two short words that may be one, the n-grams of that one as well.
#[inline(always)]
fn emit_joined(pair: u64, before: &Before, now: &Before, end: u32, sink: &mut impl Sink) -> u32 {
    if before.known && now.known || before.own > HALF || now.own > HALF {
        return 0;
    }
    emit_one(pair, before.start..end, sink)
}

#[inline(never)]
fn emit_one(pair: u64, at: Range<u32>, sink: &mut impl Sink) -> u32 {
    let Some(mut word) = sink.joined(pair) else { return 0 };
    word.move_to(at.start, at.end);
    let symbols = word.symbols();
    let span = word.span(1, symbols.len() + 1);
    sink.ngram(Ngram { hash: mix(word_hash(symbols) ^ WORD), span, parts: Parts::Word(symbols) });
    1 + emit_stem(&word, sink) + emit_chars(&word, sink)
}

/// Which words of a text have come so often that they say nothing more.
///
/// Who repeats an innocent word a thousand times, or writes one behind every word, would drown all others. A few places
/// will do: a word that is pushed out of its place by another begins anew.
#[derive(Default)]
struct Often([(u64, u32); 16]);

/// How often a word counts.
const MOST: u32 = 2;

impl Often {
    #[inline(always)]
    fn is(&mut self, word: u64) -> bool {
        let place = &mut self.0[(mix(word) >> 60) as usize];
        if place.0 != word {
            *place = (word, 0);
        }
        place.1 += 1;
        place.1 > MOST
    }
}

/// Words that are foreseen at most: enough to wait for the memory once and not for each.
pub(crate) const AHEAD: usize = 16;

/// Plain words in a row.
#[derive(Default)]
struct Ahead {
    /// Their first bytes.
    starts: [u32; AHEAD],
    /// Where they end.
    ends: [u32; AHEAD],
    len: usize,
    /// Where the last one ends.
    end: usize,
}

impl Ahead {
    #[inline(always)]
    fn look(&mut self, words: &mut Words<'_>, most: usize, mut see: impl FnMut(usize, Range<usize>)) {
        self.len = 0;
        while self.len < AHEAD
            && let Some(word) = words.plain(most)
        {
            words.pass(&word);
            self.starts[self.len] = word.start as u32;
            self.ends[self.len] = word.end as u32;
            self.end = word.end;
            see(self.len, word);
            self.len += 1;
        }
    }
}

#[inline(always)]
fn emit_stem(word: &Word, sink: &mut impl Sink) -> u32 {
    let symbols = word.symbols();
    let (from, to) = stem(symbols);
    let stem = &symbols[from..to];
    let span = word.span(from + 1, to + 1);
    sink.ngram(Ngram { hash: mix(word_hash(stem) ^ STEM), span, parts: Parts::Stem(stem) });
    1
}

/// What may stand before a stem: articles, prepositions and conjunctions that Arabic writes together with the word.
const BEFORE: [&[char]; 9] = [
    &['و', 'ا', 'ل'],
    &['ف', 'ا', 'ل'],
    &['ب', 'ا', 'ل'],
    &['ك', 'ا', 'ل'],
    &['و', 'ل', 'ل'],
    &['ا', 'ل'],
    &['ل', 'ل'],
    &['و'],
    &['ي', 'ا'],
];

/// What may stand behind one: pronouns and endings.
const BEHIND: [&[char]; 19] = [
    &['ك', 'م'],
    &['ه', 'م'],
    &['ه', 'ا'],
    &['ن', 'ا'],
    &['ي', 'ن'],
    &['و', 'ن'],
    &['ا', 'ت'],
    &['و', 'ا'],
    &['ه'],
    &['ي'],
    &['ك'],
    &['ا'],
    &['i', 'n', 'g'],
    &['e', 'r', 's'],
    &['e', 'r'],
    &['e', 'd'],
    &['i', 'e', 's'],
    &['s'],
    &['y'],
];

/// Fewest characters of a stem.
const STEM_LEAST: usize = 3;

/// Where the light stem of a word begins and ends: without the first of [`BEFORE`] and the first of [`BEHIND`] that
/// are there and leave enough.
#[inline]
fn stem(word: &[char]) -> (usize, usize) {
    let leaves = |length: usize, affix: &[char]| length >= affix.len() + STEM_LEAST;
    let before = BEFORE.iter().find(|affix| leaves(word.len(), affix) && word.starts_with(affix));
    let from = before.map_or(0, |affix| affix.len());
    let behind = BEHIND.iter().find(|affix| leaves(word.len() - from, affix) && word.ends_with(affix));
    (from, word.len() - behind.map_or(0, |affix| affix.len()))
}

#[inline(always)]
fn emit_chars(word: &Word, sink: &mut impl Sink) -> u32 {
    let padded = word.padded();
    let mut count = 0;
    for from in 0..padded.len() - 1 {
        let mut hash = 0u64;
        for (i, c) in padded[from..].iter().take(*CHARS.end()).enumerate() {
            hash = hash.wrapping_add((*c as u64 + 1).wrapping_mul(KEYS[i]));
            if i + 1 >= *CHARS.start() {
                let to = from + i + 1;
                sink.ngram(Ngram {
                    hash: mix(hash),
                    span: word.span(from, to),
                    parts: Parts::Chars(&padded[from..to]),
                });
                count += 1;
            }
        }
    }
    count
}

/// Odd random keys of the multilinear hash (digits of the fractional part of pi, made odd).
const KEYS: [u64; 5] =
    [0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7345, 0xA409_3822_299F_31D1, 0x082E_FA98_EC4E_6C89, 0x4528_21E6_38D0_1377];
const WORD: u64 = 0xBE54_66CF_34E9_0C6D;
const STEM: u64 = 0x5151_1234_7777_0001;
const PAIR: u64 = 0xC0AC_29B7_C97C_50DD;

#[inline]
pub(crate) fn word_hash(symbols: &[char]) -> u64 {
    symbols.iter().copied().fold(0, hash_step)
}

#[inline]
pub(crate) fn hash_step(hash: u64, c: char) -> u64 {
    (hash ^ c as u64).wrapping_mul(KEYS[0]).rotate_left(29)
}

/// Hash of a word and of its stem as n-grams.
pub(crate) fn hashes_of(symbols: &[char]) -> [u64; 2] {
    let (from, to) = stem(symbols);
    [mix(word_hash(symbols) ^ WORD), mix(word_hash(&symbols[from..to]) ^ STEM)]
}

/// Hash of two words, by theirs, as an n-gram.
#[inline]
pub(crate) fn pair_hash(first: u64, second: u64) -> u64 {
    mix(first.wrapping_mul(KEYS[1]).wrapping_add(second) ^ PAIR)
}

/// Spreads a sum over all bits (the finaliser of MurmurHash3, half of it: the sums are well mixed above).
#[inline]
pub(crate) fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 29)
}
