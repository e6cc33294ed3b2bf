//! Words in disguise: "id*ot", "1d10t", «ح7مار», "idi ot", and words with one letter wrong.
//!
//! A word that the model does not know is read as one that it knows, if a reader would see through the disguise. Signs
//! and digits inside a word are a disguise by themselves. A word with one letter too many, too few, wrong, or in the wrong
//! place is read as the known word within that distance with the greatest weight, for whichever class: if the most
//! abusive one were taken, every slip of the pen would be an insult.
//!
//! By hand: crates for spelling by symmetric deletion find the most frequent word; here weight, first letter and
//! alphabet decide, and the words come from the n-grams of a model.

use crate::model::ngrams::Ngrams;
use crate::ngrams::hash::{hash_step, mix, pair_hash, word_hash};
use crate::ngrams::script::Script;
use crate::score::huge_pages::{Table, filled};
use crate::score::prefetch::{SOON, prefetch};
use crate::text::word::Word;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// Longest known word.
const MAX_LEN: usize = 16;

/// Shortest word that may have two letters swapped.
const MIN_SWAPPED: usize = 3;

/// Shortest word (the longer of the two) of which a letter may be wrong, missing or too many, in Arabic, which writes few
/// vowels, and elsewhere: too many shorter ones are one letter apart.
const MIN_WRONG_ARABIC: usize = 4;
const MIN_WRONG: usize = 5;

/// Shortest word that is searched for words that were run together.
const MIN_RUN_TOGETHER: usize = 12;

/// Known words, laid out to find the one that another word stands for.
pub(crate) struct Respeller {
    /// Known words, the greatest weight first.
    words: WordList,
    /// Indices of the known words, by what one step makes of them.
    neighbours: Neighbours,
    /// Strongly abusive words, the strongest first.
    abusive: WordList,
    /// Indices of these by their hash.
    exact: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    /// Indices of these by the hash of the pair of words that they are split into.
    split: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    /// Indices of these by first and last letter.
    ends: HashMap<(char, char), Vec<u32>>,
}

/// Weights of a known word.
pub(crate) struct KnownWord {
    /// Place of the word in the list of all.
    pub(crate) place: usize,
    /// Weight of the word itself, whichever class it is for.
    pub(crate) weight: f64,
    /// Log-odds for abuse of all its n-grams, if it is strongly abusive.
    pub(crate) abusive: Option<f64>,
}

/// Words, one after the other.
#[derive(Default)]
pub(crate) struct WordList {
    letters: Vec<char>,
    /// End of each word among the letters.
    ends: Vec<u32>,
}

impl WordList {
    fn push(&mut self, word: &[char]) {
        self.letters.extend_from_slice(word);
        self.ends.push(self.letters.len() as u32);
    }

    fn get(&self, place: usize) -> &[char] {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.letters[start as usize..self.ends[place] as usize]
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    /// Words in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[char]> {
        (0..self.len()).map(|place| self.get(place))
    }

    /// Words of letters alone among the n-grams of a model, `[word]`.
    pub(crate) fn of(ngrams: &Ngrams) -> WordList {
        let is_letter = |c: &char| matches!(c, 'a'..='z' | 'ا'..='غ' | 'ف'..='ي') || c.is_alphabetic();
        let mut list = WordList::default();
        let mut letters = Vec::new();
        for word in ngrams.iter().filter_map(|ngram| ngram.strip_prefix('[')?.strip_suffix(']')) {
            letters.clear();
            letters.extend(word.chars().take_while(is_letter).take(MAX_LEN + 1));
            // Most of the others are pairs.
            let is_whole = letters.iter().map(|c| c.len_utf8()).sum::<usize>() == word.len();
            if is_whole && (3..=MAX_LEN).contains(&letters.len()) {
                list.push(&letters);
            }
        }
        list
    }

    /// Some of the words.
    fn select(&self, places: impl Iterator<Item = usize>) -> WordList {
        let mut list = WordList::default();
        places.for_each(|place| list.push(self.get(place)));
        list
    }
}

impl Respeller {
    /// Respeller to these words.
    pub(crate) fn new(all: &WordList, mut known: Vec<KnownWord>) -> Respeller {
        known.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let mut abusive: Vec<(f64, usize)> =
            known.iter().filter_map(|known| Some((known.abusive?, known.place))).collect();
        abusive.sort_by(|a, b| b.0.total_cmp(&a.0));
        let words = all.select(known.iter().map(|known| known.place));
        let mut respeller = Respeller {
            neighbours: Neighbours::new(&words),
            words,
            abusive: all.select(abusive.into_iter().map(|(_, place)| place)),
            exact: HashMap::default(),
            split: HashMap::default(),
            ends: HashMap::new(),
        };
        for (place, word) in (0..).zip(respeller.abusive.iter()) {
            respeller.exact.insert(word_hash(word), place);
            for at in 1..word.len() {
                // The letter at the split may be written on both sides of it.
                for first in [&word[..at], &word[..=at]] {
                    respeller.split.entry(pair_hash(word_hash(first), word_hash(&word[at..]))).or_insert(place);
                }
            }
            respeller.ends.entry((word[0], word[word.len() - 1])).or_default().push(place);
        }
        respeller
    }

    /// Word that a word unknown to the model stands for; `is_known` tells whether the model knows a word or its stem.
    pub(crate) fn spelt(&self, word: &Word, is_known: impl Fn(&[char]) -> bool) -> Option<Word> {
        let symbols = word.symbols();
        if symbols.iter().any(|c| c.is_ascii() && !c.is_ascii_alphabetic()) {
            return self.signs(word, is_known);
        }
        self.nearest(symbols).or_else(|| self.inside(symbols)).map(of)
    }

    /// Strongly abusive word that is written as this pair of words.
    pub(crate) fn joined(&self, pair: u64) -> Option<Word> {
        Some(of(self.abusive.get(*self.split.get(&pair)? as usize)))
    }

    /// Index of a strongly abusive word.
    fn place(&self, word: &[char]) -> Option<usize> {
        let place = *self.exact.get(&word_hash(word))? as usize;
        (self.abusive.get(place) == word).then_some(place)
    }

    /// Word that one with signs or digits for letters stands for.
    fn signs(&self, word: &Word, is_known: impl Fn(&[char]) -> bool) -> Option<Word> {
        let symbols = word.symbols();
        if symbols.contains(&'*') {
            let letters = Word::of(symbols.iter().copied().filter(|c| *c != '*'));
            let n = letters.symbols().len();
            // Stars between all letters are mere separators.
            if n > 2 && symbols.len() == 2 * n - 1 && is_known(letters.symbols()) {
                return Some(letters);
            }
            return self.starred(word).map(of);
        }
        let arabic = Script::of(symbols) == Script::Arabic;
        let letters = symbols.iter().map(|c| if arabic { arabizi(*c) } else { leet(*c) });
        let letters = Word::of(squeeze(letters));
        if is_known(letters.symbols()) {
            return Some(letters);
        }
        self.nearest(letters.symbols()).map(of).or_else(|| arabic.then_some(letters))
    }

    /// Most abusive word with these letters around stars; first of all one with as many further letters as there are stars.
    fn starred(&self, word: &Word) -> Option<&[char]> {
        let symbols = word.symbols();
        let stars = symbols.iter().enumerate().filter(|(_, c)| **c == '*');
        let missing: usize = stars.map(|(at, _)| word.bytes(at)).sum();
        let letters = symbols.iter().filter(|c| **c != '*').count();
        let ends = (*symbols.first()?, *symbols.last()?);
        let candidates = self.ends.get(&ends)?.iter().map(|place| self.abusive.get(*place as usize));
        let candidates = candidates.filter(|candidate| candidate.len() > letters && fits(candidate, symbols));
        candidates.min_by_key(|candidate| (candidate.len() - letters).abs_diff(missing))
    }

    /// Known word of the greatest weight that one step leads to: a letter added, left out or replaced, or two neighbours
    /// swapped. One that begins with the same letter comes before all others.
    fn nearest(&self, word: &[char]) -> Option<&[char]> {
        if !(MIN_SWAPPED..=MAX_LEN).contains(&word.len()) {
            return None;
        }
        // Whether it begins with another letter, which slips of the pen seldom change (Kukich 1992, "Techniques for
        // automatically correcting words in text"), and its index.
        let mut found = (true, self.words.len());
        let hashes = (0..word.len()).map(|left_out| hash_less(word, left_out));
        for hash in hashes.chain([word_hash(word)]) {
            self.neighbours.find(hash, |place| {
                let candidate = (self.words.get(place)[0] != word[0], place);
                if candidate < found && is_one_step(self.words.get(place), word) {
                    found = candidate;
                }
            });
        }
        (found.1 < self.words.len()).then(|| self.words.get(found.1))
    }

    /// Most abusive word inside a long one: words that were run together.
    fn inside(&self, word: &[char]) -> Option<&[char]> {
        let shortest = if Script::of(word) == Script::Arabic { 4 } else { 5 };
        let mut found = self.abusive.len();
        for from in (0..word.len()).take_while(|_| word.len() >= MIN_RUN_TOGETHER) {
            for to in from + shortest..=(from + MAX_LEN).min(word.len()) {
                found = self.place(&word[from..to]).map_or(found, |place| found.min(place));
            }
        }
        (found < self.abusive.len()).then(|| self.abusive.get(found))
    }
}

/// Known words by their own hash and by those of the word less one of its letters (symmetric deletion, Garbe 2012,
/// "SymSpell"): words one step apart have one of these in common.
struct Neighbours {
    /// Open hash table: the high half of a hash and the index of a word plus one, 0 where it is free.
    table: Table<(u32, u32)>,
}

impl Neighbours {
    fn new(words: &WordList) -> Neighbours {
        let entries: usize = words.iter().map(|word| word.len() + 1).sum();
        let mut neighbours = Neighbours { table: filled((0, 0), (entries + entries / 2 + 1).next_power_of_two()) };
        // Entries whose places are being prefetched; each is inserted `SOON` entries later.
        let mut soon = VecDeque::with_capacity(SOON);
        for (place, word) in (1..).zip(words.iter()) {
            let hashes = (0..word.len()).map(|left_out| hash_less(word, left_out));
            for hash in hashes.chain([word_hash(word)]).map(mix) {
                if soon.len() == SOON {
                    soon.pop_front().into_iter().for_each(|(hash, place)| neighbours.insert(hash, place));
                }
                prefetch(&neighbours.table[hash as usize & (neighbours.table.len() - 1)]);
                soon.push_back((hash, place));
            }
        }
        soon.into_iter().for_each(|(hash, place)| neighbours.insert(hash, place));
        neighbours
    }

    /// Adds a word under a mixed hash.
    fn insert(&mut self, hash: u64, place: u32) {
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        while self.table[at].1 != 0 {
            at = (at + 1) & mask;
        }
        self.table[at] = ((hash >> 32) as u32, place);
    }

    /// Calls `found` with the index of each word with this hash.
    fn find(&self, hash: u64, mut found: impl FnMut(usize)) {
        let hash = mix(hash);
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        while let (high, place @ 1..) = self.table[at] {
            if high == (hash >> 32) as u32 {
                found(place as usize - 1);
            }
            at = (at + 1) & mask;
        }
    }
}

/// Hasher of one number that is a hash already, mixed once more.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = mix(self.0 ^ hash);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Hash of a word less one of its letters; a letter that then comes twice in a row counts once.
fn hash_less(word: &[char], left_out: usize) -> u64 {
    let rest = word.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, c)| *c);
    squeeze(rest).fold(0, hash_step)
}

/// True if one step leads from one word to the other (optimal string alignment).
fn is_one_step(a: &[char], b: &[char]) -> bool {
    let longer = a.len().max(b.len());
    let arabic = Script::of(a) == Script::Arabic;
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    match (&a[..a.len() - end], &b[..b.len() - end]) {
        ([], [_]) | ([_], []) | ([_], [_]) => longer >= if arabic { MIN_WRONG_ARABIC } else { MIN_WRONG },
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

/// True if a word has the letters of a pattern, and at least one more in place of each star.
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

/// Letters, those several times in a row once.
fn squeeze(letters: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut last = None;
    letters.filter(move |c| last.replace(*c) != Some(*c))
}

/// Word of these letters.
fn of(letters: &[char]) -> Word {
    Word::of(letters.iter().copied())
}

/// Latin letter that a digit or sign stands for.
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

/// Arabic letter that a digit stands for.
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
