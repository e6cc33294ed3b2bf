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

use crate::ngrams::hash::{KEYS, STEM, WORD, mix, pair_hash, word_hash};
use crate::ngrams::sink::{Kept, Ngram, Parts, Sink};
use crate::text::clitics::stem;
use crate::text::word::Word;
use crate::text::words::{Token, Words};
use std::ops::Range;

/// Version of everything this file decides; like [`crate::text::words::NORMALISER`], a model names it.
pub const FEATURES: u32 = 3;

/// Shortest and longest run of characters.
const CHARS: std::ops::RangeInclusive<usize> = 2..=5;

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
