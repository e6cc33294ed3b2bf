//! Words in disguise: "id*ot", "1d10t", «ح7مار», "idi ot", and words with one letter wrong.
//!
//! What a reader sees through is read as the word that it stands for, if the model knows that word and not the one that
//! is written. Signs and digits inside a word are a disguise by themselves. A word with one letter too many, too few,
//! wrong, or in the wrong place is read as the one that weighs most of all that are so near, whatever it speaks for:
//! were it the most abusive one, every slip of the pen would be an insult.

use crate::model::ngrams::Ngrams;
use crate::ngrams::hash::{hash_step, mix, pair_hash, word_hash};
use crate::ngrams::script::Script;
use crate::text::word::Word;
use std::collections::HashMap;

/// Longest word that is looked for.
const LONGEST: usize = 16;

/// Shortest word that may have two letters swapped, and the shortest (the longer of the two words) of which a letter may
/// be wrong, missing or too many, in Arabic, which writes few vowels, and elsewhere: shorter ones are too near to one
/// another.
const SWAPPED: usize = 3;
const WRONG_ARABIC: usize = 4;
const WRONG: usize = 5;

/// Shortest word that is searched for others that were run together.
const OUTER: usize = 12;

/// The words that others may stand for.
pub(crate) struct Respeller {
    /// KnownWord words, those that weigh most first.
    words: Vec<Box<[char]>>,
    near: Near,
    /// Words that speak strongly for abuse, the strongest first; by hash, by the pair of words that they are split into,
    /// and by first and last letter.
    abusive: Vec<Box<[char]>>,
    exact: HashMap<u64, u32>,
    split: HashMap<u64, u32>,
    ends: HashMap<(char, char), Vec<u32>>,
}

/// A known word.
pub(crate) struct KnownWord {
    pub(crate) word: Box<[char]>,
    /// How much it weighs by itself, whatever it speaks for.
    pub(crate) weight: f64,
    /// How much it speaks for abuse with all its n-grams, if that is strong.
    pub(crate) abusive: Option<f64>,
}

/// Words of letters alone among the n-grams of a model, `[word]`.
pub(crate) fn words(ngrams: &Ngrams) -> impl Iterator<Item = Box<[char]>> {
    let words = ngrams.iter().filter_map(|ngram| ngram.strip_prefix('[')?.strip_suffix(']'));
    // Most of the others are pairs.
    words.filter(|word| !word.as_bytes().contains(&b' ')).filter_map(|word| {
        let word: Box<[char]> = word.chars().collect();
        let is_letter = |c: &char| matches!(c, 'a'..='z' | 'ا'..='غ' | 'ف'..='ي') || c.is_alphabetic();
        ((3..=LONGEST).contains(&word.len()) && word.iter().all(is_letter)).then_some(word)
    })
}

impl Respeller {
    pub(crate) fn new(mut known: Vec<KnownWord>) -> Respeller {
        known.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let mut abusive: Vec<(f64, Box<[char]>)> =
            known.iter().filter_map(|known| Some((known.abusive?, known.word.clone()))).collect();
        abusive.sort_by(|a, b| b.0.total_cmp(&a.0));
        let words: Vec<Box<[char]>> = known.into_iter().map(|known| known.word).collect();
        let mut lexicon = Respeller {
            near: Near::new(&words),
            words,
            abusive: abusive.into_iter().map(|(_, word)| word).collect(),
            exact: HashMap::new(),
            split: HashMap::new(),
            ends: HashMap::new(),
        };
        for (place, word) in (0..).zip(&lexicon.abusive) {
            lexicon.exact.insert(word_hash(word), place);
            for at in 1..word.len() {
                // The letter at the split may be written on both sides of it.
                for first in [&word[..at], &word[..=at]] {
                    lexicon.split.entry(pair_hash(word_hash(first), word_hash(&word[at..]))).or_insert(place);
                }
            }
            lexicon.ends.entry((word[0], word[word.len() - 1])).or_default().push(place);
        }
        lexicon
    }

    /// What a word that the model does not know stands for; `knows` tells whether it knows a word or its stem.
    pub(crate) fn spelt(&self, word: &Word, knows: impl Fn(&[char]) -> bool) -> Option<Word> {
        let symbols = word.symbols();
        if symbols.iter().any(|c| c.is_ascii() && !c.is_ascii_alphabetic()) {
            return self.signs(word, knows);
        }
        self.nearest(symbols).or_else(|| self.inside(symbols)).map(of)
    }

    /// The strongly abusive word that is written as this pair of words.
    pub(crate) fn joined(&self, pair: u64) -> Option<Word> {
        Some(of(&self.abusive[*self.split.get(&pair)? as usize]))
    }

    /// The place of a strongly abusive word.
    fn place(&self, word: &[char]) -> Option<usize> {
        let place = *self.exact.get(&word_hash(word))? as usize;
        (*self.abusive[place] == *word).then_some(place)
    }

    /// A word with signs or digits for letters.
    fn signs(&self, word: &Word, knows: impl Fn(&[char]) -> bool) -> Option<Word> {
        let symbols = word.symbols();
        if symbols.contains(&'*') {
            let letters = Word::of(symbols.iter().copied().filter(|c| *c != '*'));
            let n = letters.symbols().len();
            // Stars between all letters are mere separators.
            if n > 2 && symbols.len() == 2 * n - 1 && knows(letters.symbols()) {
                return Some(letters);
            }
            return self.starred(word).map(of);
        }
        let arabic = Script::of(symbols) == Script::Arabic;
        let letters = symbols.iter().map(|c| if arabic { arabizi(*c) } else { leet(*c) });
        let letters = Word::of(squeeze(letters));
        if knows(letters.symbols()) {
            return Some(letters);
        }
        self.nearest(letters.symbols()).map(of).or_else(|| arabic.then_some(letters))
    }

    /// The most abusive word with these letters around stars; one that lacks as many letters as there are stars first.
    fn starred(&self, word: &Word) -> Option<&[char]> {
        let symbols = word.symbols();
        let stars = symbols.iter().enumerate().filter(|(_, c)| **c == '*');
        let missing: usize = stars.map(|(at, _)| word.bytes(at)).sum();
        let letters = symbols.iter().filter(|c| **c != '*').count();
        let ends = (*symbols.first()?, *symbols.last()?);
        let candidates = self.ends.get(&ends)?.iter().map(|place| &*self.abusive[*place as usize]);
        let candidates = candidates.filter(|candidate| candidate.len() > letters && fits(candidate, symbols));
        candidates.min_by_key(|candidate| (candidate.len() - letters).abs_diff(missing))
    }

    /// The weightiest known word that one letter added, left out or replaced, or two neighbours swapped, make of this; one
    /// that begins with the same letter before all others.
    fn nearest(&self, word: &[char]) -> Option<&[char]> {
        if !(SWAPPED..=LONGEST).contains(&word.len()) {
            return None;
        }
        // Whether it begins with another letter, which slips of the pen seldom change (Kukich 1992, "Techniques for
        // automatically correcting words in text"), and its place.
        let mut found = (true, self.words.len());
        let hashes = (0..word.len()).map(|left_out| without(word, left_out));
        for hash in hashes.chain([word_hash(word)]) {
            self.near.places(hash, |place| {
                let candidate = (self.words[place][0] != word[0], place);
                if candidate < found && is_near(&self.words[place], word) {
                    found = candidate;
                }
            });
        }
        self.words.get(found.1).map(|word| &**word)
    }

    /// The most abusive word inside a long one: words that were run together.
    fn inside(&self, word: &[char]) -> Option<&[char]> {
        let shortest = if Script::of(word) == Script::Arabic { 4 } else { 5 };
        let mut found = self.abusive.len();
        for from in (0..word.len()).take_while(|_| word.len() >= OUTER) {
            for to in from + shortest..=(from + LONGEST).min(word.len()) {
                found = self.place(&word[from..to]).map_or(found, |place| found.min(place));
            }
        }
        self.abusive.get(found).map(|word| &**word)
    }
}

/// KnownWord words by their own hash and by those of what is left without one of their letters (symmetric deletion, Garbe
/// 2012, "SymSpell"): words one step apart have one of these in common.
struct Near {
    /// An open table; the high half of a hash and the place of a word plus one, 0 where it is free.
    table: Vec<(u32, u32)>,
}

impl Near {
    fn new(words: &[Box<[char]>]) -> Near {
        let entries: usize = words.iter().map(|word| word.len() + 1).sum();
        let mut near = Near { table: vec![(0, 0); (2 * entries).next_power_of_two()] };
        for (place, word) in (1..).zip(words) {
            let hashes = (0..word.len()).map(|left_out| without(word, left_out));
            hashes.chain([word_hash(word)]).for_each(|hash| near.insert(hash, place));
        }
        near
    }

    fn insert(&mut self, hash: u64, place: u32) {
        let hash = mix(hash);
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        while self.table[at].1 != 0 {
            at = (at + 1) & mask;
        }
        self.table[at] = ((hash >> 32) as u32, place);
    }

    fn places(&self, hash: u64, mut see: impl FnMut(usize)) {
        let hash = mix(hash);
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        while let (high, place @ 1..) = self.table[at] {
            if high == (hash >> 32) as u32 {
                see(place as usize - 1);
            }
            at = (at + 1) & mask;
        }
    }
}

/// Hash of a word without one of its letters; a letter that then stands twice in a row counts once.
fn without(word: &[char], left_out: usize) -> u64 {
    let rest = word.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, c)| *c);
    squeeze(rest).fold(0, hash_step)
}

/// Whether one step leads from one word to the other (optimal string alignment).
fn is_near(a: &[char], b: &[char]) -> bool {
    let longer = a.len().max(b.len());
    let arabic = Script::of(a) == Script::Arabic;
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    match (&a[..a.len() - end], &b[..b.len() - end]) {
        ([], [_]) | ([_], []) | ([_], [_]) => longer >= if arabic { WRONG_ARABIC } else { WRONG },
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

/// Whether a word has these letters, with at least one more where each star stands.
fn fits(word: &[char], pattern: &[char]) -> bool {
    let is_star = |c: &char| *c == '*';
    let first = pattern.split(is_star).next().unwrap_or(&[]);
    let last = pattern.rsplit(is_star).next().unwrap_or(&[]);
    let Some(mut rest) = word.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    let inner = &pattern[first.len()..pattern.len() - last.len()];
    for piece in inner.split(is_star).filter(|piece| !piece.is_empty()) {
        let Some(at) = (1..rest.len()).find(|at| rest[*at..].starts_with(piece)) else { return false };
        rest = &rest[at + piece.len()..];
    }
    !rest.is_empty()
}

/// Letters, those that stand several times in a row once.
fn squeeze(letters: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut last = None;
    letters.filter(move |c| last.replace(*c) != Some(*c))
}

/// A known word.
fn of(letters: &[char]) -> Word {
    Word::of(letters.iter().copied())
}

/// The Latin letter that a digit or sign stands for.
fn leet(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    }
}

/// The Arabic letter that a digit stands for.
fn arabizi(c: char) -> char {
    match c {
        '2' => 'ا',
        '3' => 'ع',
        '5' => 'خ',
        '6' => 'ط',
        '7' => 'ح',
        '8' => 'غ',
        '9' => 'ص',
        other => other,
    }
}
