//! Most abusive passage of a long comment.
//!
//! Passages are all runs of at most [`MAX_BLOCKS`] blocks; a block has [`BLOCK`] words, or fewer at the end of a
//! sentence.

use crate::score::accumulator::{Sums, WordSums};

/// Number of words of a block.
pub(crate) const BLOCK: u32 = 4;

/// Most blocks of a passage.
const MAX_BLOCKS: usize = 8;

/// Search for the most abusive passage, word by word.
pub(crate) struct Passages<const L: usize> {
    /// Block being read.
    block: Sums<L>,
    /// Number of its words.
    words: u32,
    /// Last blocks, in a ring.
    blocks: [Sums<L>; MAX_BLOCKS],
    /// Number of blocks so far.
    count: usize,
    /// Most abusive passage so far, with its log-odds of abuse.
    best: Option<(f64, Sums<L>)>,
}

impl<const L: usize> Default for Passages<L> {
    fn default() -> Self {
        let none = Sums::default();
        Passages { block: none, words: 0, blocks: [none; MAX_BLOCKS], count: 0, best: None }
    }
}

impl<const L: usize> Passages<L> {
    /// Adds a word; `classes` is their number, `log_odds` gives those of abuse of a passage.
    pub(crate) fn add(&mut self, word: &WordSums<L>, classes: f32, log_odds: impl Fn(&Sums<L>) -> f64) {
        if self.words == BLOCK {
            self.end_block(log_odds);
        }
        self.words += u32::from(word.counts.n() > 0);
        self.block.add_word(word, classes);
    }

    /// Ends a block, as at the end of a sentence.
    pub(crate) fn end_block(&mut self, log_odds: impl Fn(&Sums<L>) -> f64) {
        self.words = 0;
        let block = std::mem::take(&mut self.block);
        if block.counts.n() == 0 {
            return;
        }
        self.blocks[self.count % MAX_BLOCKS] = block;
        self.count += 1;
        let mut passage = Sums::default();
        for back in 1..=self.count.min(MAX_BLOCKS) {
            passage.add(&self.blocks[(self.count - back) % MAX_BLOCKS]);
            let log_odds = log_odds(&passage);
            if self.best.as_ref().is_none_or(|(best, _)| log_odds > *best) {
                self.best = Some((log_odds, passage));
            }
        }
    }

    /// Most abusive passage.
    pub(crate) fn most_abusive(&self) -> Option<&Sums<L>> {
        self.best.as_ref().map(|(_, passage)| passage)
    }
}
