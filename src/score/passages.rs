//! The most abusive passage of a long comment.
//!
//! Who knows how comments are judged hides an insult among friendly sentences, in a pasted article, or before an innocent
//! word that comes a thousand times: the average over all n-grams then says nothing of it (good-word attack, Lowd and
//! Meek 2005). So a long comment is abusive if a passage of it would be by itself.
//!
//! Passages are all runs of at most [`MOST`] blocks, a block being [`BLOCK`] words, or fewer at the end of a sentence.

use crate::score::accumulator::{Sums, WordSums};

/// Words of the longest comment that is judged by its whole alone.
pub(crate) const SHORT: u32 = 40;

/// Words of the shortest comment whose passages have their full weight.
const LONG: u32 = 60;

/// Passages whose probability of abuse is not above this say nothing: of so many there is always one that looks a little
/// worse than the whole.
const LEAST: f64 = 0.4;

/// A passage makes a comment no likelier abusive than this: enough to be called so and held, too little to be rejected
/// without a person.
pub(crate) const MOST_LIKELY: f64 = 0.6;

/// How far the passage must stand out, in log-odds, in comments that are not short, and the words of the shortest one
/// where it need not. Readers who rant at length are angry all the way; an insult in other people's friendly words is not.
const CONTRAST: f64 = 4.0;
const FAR: u32 = 120;

/// Words of a block.
const BLOCK: u32 = 4;

/// Most blocks of a passage.
const MOST: usize = 8;

/// The probability of abuse of a comment of so many words, by that of its `whole` and of its most abusive `passage`; none if
/// that of the whole stands.
pub(crate) fn raised(words: u32, whole: f32, passage: f32) -> Option<f64> {
    let (whole, passage) = (f64::from(whole), f64::from(passage));
    let share = |from: u32, to: u32| (f64::from(words.saturating_sub(from)) / f64::from(to - from)).min(1.0);
    let log_odds = |p: f64| (p.max(1e-9) / (1.0 - p).max(1e-9)).ln();
    let contrast = log_odds(passage) - log_odds(whole);
    if passage <= LEAST || contrast <= CONTRAST * (1.0 - share(SHORT, FAR)) {
        return None;
    }
    let between = log_odds(whole) + share(SHORT, LONG) * contrast;
    Some((1.0 / (1.0 + (-between).exp())).min(MOST_LIKELY.max(whole)))
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
    pub(crate) fn add(&mut self, word: &WordSums<L>, classes: f32, log_odds: impl Fn(&Sums<L>) -> f64) {
        if self.words == BLOCK {
            self.end_block(log_odds);
        }
        self.words += u32::from(word.counts.n() > 0);
        self.block.add_word(word, classes);
    }

    /// The sentence ends, or the text.
    pub(crate) fn end_block(&mut self, log_odds: impl Fn(&Sums<L>) -> f64) {
        self.words = 0;
        let block = std::mem::take(&mut self.block);
        if block.counts.n() == 0 {
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
