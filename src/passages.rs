//! The most abusive passage of a long comment.
//!
//! Who knows how comments are judged hides an insult among friendly sentences, in a pasted article, or before an innocent
//! word that comes a thousand times: the average over all n-grams then says nothing of it (good-word attack, Lowd and
//! Meek 2005). So a long comment is abusive if a passage of it would be by itself.
//!
//! Passages are all runs of at most [`MOST`] blocks, a block being [`BLOCK`] words, or fewer at the end of a sentence.

use crate::sums::{Sums, Word};

/// Words of the longest comment that is judged by its whole alone.
pub(crate) const SHORT: u32 = 40;

/// Words of the shortest comment whose passages have their full weight.
const LONG: u32 = 60;

/// Passages whose probability of abuse is not above this say nothing: of so many there is always one that looks a little
/// worse than the whole.
pub(crate) const LEAST: f32 = 0.4;

/// Words of a block.
const BLOCK: u32 = 4;

/// Most blocks of a passage.
const MOST: usize = 8;

/// How much the most abusive passage of a comment of so many words has to say: nothing at 0, everything at 1.
pub(crate) fn weight(words: u32) -> f64 {
    (f64::from(words.saturating_sub(SHORT)) / f64::from(LONG - SHORT)).min(1.0)
}

/// Looks for it, word by word.
pub(crate) struct Passages<const L: usize> {
    /// The block being read, and how many words it has.
    block: Sums<L>,
    words: u32,
    /// The last blocks, in a ring, and how many there have been.
    blocks: [Sums<L>; MOST],
    count: usize,
    /// The most abusive passage, and its log-odds of abuse.
    most: Option<(f64, Sums<L>)>,
}

impl<const L: usize> Default for Passages<L> {
    fn default() -> Self {
        let none = Sums::default();
        Passages { block: none, words: 0, blocks: [none; MOST], count: 0, most: None }
    }
}

impl<const L: usize> Passages<L> {
    /// Adds a word; `classes` is their number, `log_odds` says how abusive a passage is.
    pub(crate) fn add(&mut self, word: &Word<L>, classes: f32, log_odds: impl Fn(&Sums<L>) -> f64) {
        if self.words == BLOCK {
            self.end_block(log_odds);
        }
        self.words += u32::from(word.n > 0);
        self.block.add_word(word, classes);
    }

    /// The sentence ends, or the text.
    pub(crate) fn end_block(&mut self, log_odds: impl Fn(&Sums<L>) -> f64) {
        self.words = 0;
        let block = std::mem::take(&mut self.block);
        if block.n == 0 {
            return;
        }
        self.blocks[self.count % MOST] = block;
        self.count += 1;
        let mut passage = Sums::default();
        for back in 1..=self.count.min(MOST) {
            passage.add(&self.blocks[(self.count - back) % MOST]);
            let log_odds = log_odds(&passage);
            if self.most.as_ref().is_none_or(|(most, _)| log_odds > *most) {
                self.most = Some((log_odds, passage));
            }
        }
    }

    /// The most abusive passage.
    pub(crate) fn most_abusive(&self) -> Option<&Sums<L>> {
        self.most.as_ref().map(|(_, passage)| passage)
    }
}
