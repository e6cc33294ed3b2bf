//! Reading a text as if some of its n-grams were not there.

use crate::ngrams::sink::{Ngram, Parts, Sink};
use crate::text::word::Word;
use std::ops::Range;

/// Hands on to another sink all n-grams but those that touch given bytes: of a word that touches them none, and no
/// pair with it.
pub(crate) struct Masked<'a, S> {
    sink: &'a mut S,
    /// The bytes, in order.
    spans: &'a [Range<usize>],
    /// The first of them that does not end before the word being read.
    next: usize,
    /// Whether the word being read is left out.
    out: bool,
    /// The word before it was left out, or stands in another sentence.
    out_before: bool,
    /// N-grams handed on.
    pub(crate) count: u32,
}

impl<'a, S> Masked<'a, S> {
    /// `spans` are sorted and do not touch one another.
    pub(crate) fn new(sink: &'a mut S, spans: &'a [Range<usize>]) -> Self {
        Masked { sink, spans, next: 0, out: false, out_before: true, count: 0 }
    }

    fn touches(&mut self, (start, end): (u32, u32)) -> bool {
        let (start, end) = (start as usize, end as usize);
        while self.spans.get(self.next).is_some_and(|span| span.end <= start) {
            self.next += 1;
        }
        self.spans.get(self.next).is_some_and(|span| span.start < end)
    }
}

impl<S: Sink> Sink for Masked<'_, S> {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(_) => {
                self.out_before = self.out;
                self.out = self.touches(ngram.span);
            }
            Parts::Pair(..) if self.out_before => return,
            // A word between the two was left out, and is ignored.
            Parts::Pair(..) if self.next > 0 && self.spans[self.next - 1].end > ngram.span.0 as usize => return,
            _ => {}
        }
        if !self.out {
            self.count += 1;
            self.sink.ngram(ngram);
        }
    }

    fn respell(&mut self, word: &mut Word) {
        self.sink.respell(word);
    }

    fn knows(&self) -> bool {
        self.sink.knows()
    }

    fn joined(&self, pair: u64) -> Option<Word> {
        if self.out || self.out_before { None } else { self.sink.joined(pair) }
    }

    fn leave_out(&mut self) {
        self.sink.leave_out();
    }

    fn sentence(&mut self, start: u32, end: u32) {
        self.sink.sentence(start, end);
    }
}
