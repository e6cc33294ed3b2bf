//! Most abusive passage of a long comment.
//!
//! Writers who know how comments are scored hide an insult among friendly sentences, in a pasted article, or before an
//! innocent word that comes a thousand times: the average over all n-grams then says nothing of it (good-word attack,
//! Lowd and Meek 2005). So a long comment is abusive if a passage of it would be by itself.
//!
//! Passages are all runs of at most [`MAX_BLOCKS`] blocks; a block has [`BLOCK`] words, or fewer at the end of a
//! sentence.

use crate::score::accumulator::{Sums, WordSums};

/// Words of the longest comment that is scored by its whole alone.
pub(crate) const MAX_SHORT: u32 = 40;

/// Words of the shortest comment whose passage has its full weight.
const MIN_LONG: u32 = 60;

/// Probability of abuse that a passage must exceed: of so many passages, one always looks a little worse than the whole.
const MIN_PASSAGE: f64 = 0.4;

/// Highest probability of abuse that a passage can give a comment: enough to be labelled abusive and held, too little to
/// be rejected without a person.
pub(crate) const MAX_RAISED: f64 = 0.6;

/// Log-odds by which a passage must exceed the whole, in a comment just over [`MAX_SHORT`]. Readers who rant at length
/// are angry all the way; an insult among borrowed friendly words stands out.
const CONTRAST: f64 = 4.0;

/// Words of the shortest comment whose passage need not exceed the whole so far; in between, the less the longer.
const NO_CONTRAST: u32 = 120;

/// Number of words of a block.
const BLOCK: u32 = 4;

/// Most blocks of a passage.
const MAX_BLOCKS: usize = 8;

/// Probability of abuse of a comment of `words` words, by that of its `whole` and that of its most abusive `passage`; none
/// if that of the whole stays.
pub(crate) fn raised(words: u32, whole: f32, passage: f32) -> Option<f64> {
    let (whole, passage) = (f64::from(whole), f64::from(passage));
    let share = |from: u32, to: u32| (f64::from(words.saturating_sub(from)) / f64::from(to - from)).min(1.0);
    let log_odds = |p: f64| (p.max(1e-9) / (1.0 - p).max(1e-9)).ln();
    let contrast = log_odds(passage) - log_odds(whole);
    if passage <= MIN_PASSAGE || contrast <= CONTRAST * (1.0 - share(MAX_SHORT, NO_CONTRAST)) {
        return None;
    }
    let between = log_odds(whole) + share(MAX_SHORT, MIN_LONG) * contrast;
    Some((1.0 / (1.0 + (-between).exp())).min(MAX_RAISED.max(whole)))
}

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
