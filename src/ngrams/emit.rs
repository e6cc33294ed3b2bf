//! Feature extraction: the only file that knows what an n-gram is.
//!
//! [`emit`] reads a text once and passes every n-gram to a [`Sink`]: each word, each pair of neighbouring words
//! of one sentence, and of each word made of letters its light stem and the runs of two to five characters, its
//! boundary spaces included; a word in the scope of a negation or of a word about oneself has a marked stem instead
//! ([`crate::ngrams::scope`]). Training counts them, scoring sums their weights, explaining keeps their spans: three
//! sinks over this one loop, so that training and scoring cannot drift apart.
//!
//! An n-gram is known by a 64-bit hash: a multilinear hash (Lemire and Kaser 2014, "Strongly universal string
//! hashing is fast") of its characters, whose partial sums serve all lengths that start at one place, and a
//! final mix. A light stem is the word without what Arabic writes together with it, or without an English ending
//! (light stemming, Larkey et al. 2002, "Improving stemming for Arabic information retrieval"); it may be the whole
//! word. No n-gram crosses a sentence end, so the sentences of a text add up to the text.

use crate::ngrams::hash::{KEYS, MARKS, STEM, WORD, mix, pair_hash, word_hash};
use crate::ngrams::scope::{Mark, Role, Scope};
use crate::ngrams::sink::{CachedNgrams, Ngram, Parts, Sink};
use crate::text::clitics::stem;
use crate::text::word::Word;
use crate::text::words::{Token, Words};
use std::ops::Range;

/// Version of the n-grams: of all that this file decides. Like [`crate::text::words::NORMALISER`], a model names it.
pub const FEATURES: u32 = 5;

/// Lengths of runs of characters.
const CHARS: std::ops::RangeInclusive<usize> = 2..=5;

/// Passes every n-gram of `text` to `sink`, sentence by sentence, and returns their number.
pub fn emit<S: Sink>(text: &str, sink: &mut S) -> u32 {
    let mut words = Words::new(text);
    let (mut word, mut before) = (&mut Word::default(), &mut Word::default());
    // The word before in the sentence.
    let mut first: Option<Before> = None;
    let mut start = None;
    let mut count = 0;
    let mut repeated = Repeated::default();
    let mut scope = Scope::default();
    // The words ahead, and the number of those that are done.
    let (mut ahead, mut done) = (Ahead::default(), 0);
    loop {
        // Whether the next word was looked up in the cache, and is not there as it is needed.
        let mut plain = false;
        // Hash that it has in the cache all the same.
        let mut cached_hash = None;
        if S::MAX_CACHED > 0 {
            if done == ahead.len {
                done = 0;
                ahead.read(&mut words, S::MAX_CACHED, |at, word| sink.prefetch(at, text, word));
                sink.look_up(ahead.len, first.as_ref().map(|first| first.hash));
            }
            while done < ahead.len {
                let at = done;
                done += 1;
                let Some(cached) = sink.cached(at) else {
                    words.seek(ahead.starts[at] as usize);
                    plain = true;
                    break;
                };
                let mut next = scope;
                // In a scope a word has another n-gram than those in the cache.
                if next.read(cached.role).is_some() {
                    words.seek(ahead.starts[at] as usize);
                    (plain, cached_hash) = (true, Some(cached.hash));
                    break;
                }
                scope = next;
                start.get_or_insert(ahead.starts[at]);
                if repeated.too_often(cached.hash) {
                    sink.skip_repeated();
                    continue;
                }
                sink.add_cached();
                count += u32::from(cached.count);
                let now = Before {
                    hash: cached.hash,
                    start: ahead.starts[at],
                    own: cached.count.into(),
                    known: sink.is_known(),
                };
                if let Some(before) = &first {
                    let pair = pair_hash(before.hash, cached.hash);
                    sink.pair(pair);
                    count += 1 + emit_joined(pair, before, &now, ahead.ends[at], sink);
                }
                first = Some(now);
            }
            if done == AHEAD && !plain {
                continue;
            }
        }
        let Some(token) = words.next(word) else { return count };
        if let Token::SentenceEnd(end) = token {
            sink.sentence(start.take().unwrap_or(end), end);
            first = None;
            scope = Scope::default();
            continue;
        }
        if plain && cached_hash.is_none() {
            prepare_chars(word, sink);
        }
        // In the cache under its own hash, it is no disguise.
        if cached_hash.is_none_or(|hash| hash != word_hash(word.symbols())) {
            sink.respell(word);
        }
        let symbols = word.symbols();
        let span = word.span(1, symbols.len() + 1);
        start.get_or_insert(span.0);
        let hash = word_hash(symbols);
        let role = Role::of(hash, word.is_letters());
        let mark = scope.read(role);
        if repeated.too_often(hash) {
            sink.skip_repeated();
            if plain {
                words.seek(ahead.end);
            }
            continue;
        }
        let own = match mark {
            Some(mark) => emit_marked(mark, word, sink),
            None => {
                sink.ngram(Ngram { hash: mix(hash ^ WORD), span, parts: Parts::Word(symbols) });
                if word.is_letters() { 1 + emit_stem(word, sink) + emit_chars(word, sink) } else { 1 }
            }
        };
        count += own;
        if plain {
            if mark.is_none() {
                sink.store(CachedNgrams { hash, count: own as u16, role });
            }
            words.seek(ahead.end);
        }
        let now = Before { hash, start: span.0, own, known: mark.is_some() || sink.is_known() };
        if let Some(first) = &first {
            let hash = pair_hash(first.hash, hash);
            if S::MAX_CACHED > 0 {
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

/// Word that the next one forms a pair with.
struct Before {
    hash: u64,
    /// First byte.
    start: u32,
    /// Number of its own n-grams.
    own: u32,
    /// True if the sink knows it.
    known: bool,
}

/// Most n-grams of a part of a word that is written as two: those of five letters.
const MAX_PART: u32 = 20;

/// Emits the n-grams of the word that two short ones may be, in addition to theirs.
#[inline(always)]
fn emit_joined(pair: u64, before: &Before, now: &Before, end: u32, sink: &mut impl Sink) -> u32 {
    if before.known && now.known || before.own > MAX_PART || now.own > MAX_PART {
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

/// Counts of words in a text, by which a word that comes too often is skipped.
///
/// Whoever repeats an innocent word a thousand times, or writes one after every word, would drown all others. A few
/// places are enough: a word whose place another one takes begins anew.
#[derive(Default)]
struct Repeated([(u64, u32); 16]);

/// Most times that a word counts.
const MAX_REPEATS: u32 = 2;

impl Repeated {
    /// Counts a word; whether it has come too often.
    #[inline(always)]
    fn too_often(&mut self, word: u64) -> bool {
        let place = &mut self.0[(mix(word) >> 60) as usize];
        if place.0 != word {
            *place = (word, 0);
        }
        place.1 += 1;
        place.1 > MAX_REPEATS
    }
}

/// Most words that are prefetched together: enough to wait for the memory once and not for each.
pub(crate) const AHEAD: usize = 16;

/// Plain words in a row, ahead of the walk.
#[derive(Default)]
struct Ahead {
    /// First byte of each.
    starts: [u32; AHEAD],
    /// End of each.
    ends: [u32; AHEAD],
    len: usize,
    /// End of the last one.
    end: usize,
}

impl Ahead {
    /// Reads the plain words that come next, and prefetches each.
    #[inline(always)]
    fn read(&mut self, words: &mut Words<'_>, max_bytes: usize, mut prefetch: impl FnMut(usize, Range<usize>)) {
        self.len = 0;
        while self.len < AHEAD
            && let Some(word) = words.plain(max_bytes)
        {
            words.pass(&word);
            self.starts[self.len] = word.start as u32;
            self.ends[self.len] = word.end as u32;
            self.end = word.end;
            prefetch(self.len, word);
            self.len += 1;
        }
    }
}

/// Emits the n-gram of a word in a scope.
fn emit_marked(mark: Mark, word: &Word, sink: &mut impl Sink) -> u32 {
    let symbols = word.symbols();
    let (from, to) = stem(symbols);
    let hash = mix(word_hash(&symbols[from..to]) ^ STEM ^ MARKS[mark as usize]);
    let span = word.span(1, symbols.len() + 1);
    sink.ngram(Ngram { hash, span, parts: Parts::Marked(mark, symbols) });
    1
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

/// Calls `each` with the hash of every run of characters of a padded word, and its place.
#[inline(always)]
fn each_run(padded: &[char], mut each: impl FnMut(u64, Range<usize>)) {
    for from in 0..padded.len() - 1 {
        let mut hash = 0u64;
        for (i, c) in padded[from..].iter().take(*CHARS.end()).enumerate() {
            hash = hash.wrapping_add((*c as u64 + 1).wrapping_mul(KEYS[i]));
            if i + 1 >= *CHARS.start() {
                each(mix(hash), from..from + i + 1);
            }
        }
    }
}

/// Prepares the sink for the runs of characters of a word.
#[inline(always)]
fn prepare_chars(word: &Word, sink: &mut impl Sink) {
    each_run(word.padded(), |hash, _| sink.prepare(hash));
}

#[inline(always)]
fn emit_chars(word: &Word, sink: &mut impl Sink) -> u32 {
    let padded = word.padded();
    let mut count = 0;
    each_run(padded, |hash, run| {
        let span = word.span(run.start, run.end);
        sink.ngram(Ngram { hash, span, parts: Parts::Chars(&padded[run]) });
        count += 1;
    });
    count
}
