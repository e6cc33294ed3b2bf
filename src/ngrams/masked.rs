//! Masks: texts read as if some of their n-grams were not there.

use crate::ngrams::sink::{Ngram, Parts, Sink};
use crate::text::word::Word;
use std::ops::Range;

/// Sink that passes on to another one all n-grams but the masked ones: those of a word that touches the masked bytes,
/// and the pairs with it.
pub(crate) struct Masked<'a, S> {
    sink: &'a mut S,
    /// Masked bytes, in order.
    spans: &'a [Range<usize>],
    /// First of them that does not end before the word being read.
    next: usize,
    /// True if the word being read is masked.
    masked: bool,
    /// True if the word before it is masked, or in another sentence.
    masked_before: bool,
    /// Number of n-grams passed on.
    pub(crate) count: u32,
}

impl<'a, S> Masked<'a, S> {
    /// Mask of `spans`, which are sorted and do not touch one another.
    pub(crate) fn new(sink: &'a mut S, spans: &'a [Range<usize>]) -> Self {
        Masked { sink, spans, next: 0, masked: false, masked_before: true, count: 0 }
    }

    /// True if a span touches the masked bytes.
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
            Parts::Word(_) | Parts::Marked(..) => {
                self.masked_before = self.masked;
                self.masked = self.touches(ngram.span);
            }
            Parts::Pair(..) if self.masked_before => return,
            // A word between the two was skipped for its repetition, and is masked.
            Parts::Pair(..) if self.next > 0 && self.spans[self.next - 1].end > ngram.span.0 as usize => return,
            _ => {}
        }
        if !self.masked {
            self.count += 1;
            self.sink.ngram(ngram);
        }
    }

    fn respell(&mut self, word: &mut Word) {
        self.sink.respell(word);
    }

    fn is_known(&self) -> bool {
        self.sink.is_known()
    }

    fn joined(&self, pair: u64) -> Option<Word> {
        if self.masked || self.masked_before { None } else { self.sink.joined(pair) }
    }

    fn skip_repeated(&mut self) {
        self.sink.skip_repeated();
    }

    fn sentence(&mut self, start: u32, end: u32) {
        self.sink.sentence(start, end);
    }
}
