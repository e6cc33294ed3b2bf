//! Record of the words of a comment as they were added up, by which it is scored without the word that speaks most for
//! abuse.
//!
//! The word is left out wherever it stands, with its pairs, in all forms that share its light stem, and in disguise: a word
//! is recorded after it was respelt. Nothing is read again, so that it costs little. By the same record its kinds of abuse
//! are added up.

use crate::score::accumulator::{Counts, WordSums};
use crate::score::weight_table::WeightTable;
use smallvec::SmallVec;

/// Most words that are recorded. A longer comment is judged by these.
const MAX_WORDS: usize = 256;

/// Record of words; it never grows beyond its place on the stack. A word without n-grams stands before each sentence.
#[derive(Default)]
pub(super) struct Record<const L: usize>(SmallVec<[WordSums<L>; MAX_WORDS]>);

impl<const L: usize> Record<L> {
    /// Adds a word with all its n-grams and its pair; false if there is no place left.
    #[inline(always)]
    pub(super) fn add(&mut self, word: &WordSums<L>) -> bool {
        let has_place = self.0.len() < MAX_WORDS;
        if has_place {
            self.0.push(*word);
        }
        has_place
    }

    /// Words in the order of the comment.
    pub(super) fn words(&self) -> &[WordSums<L>] {
        &self.0
    }

    /// Ends a sentence.
    #[inline(always)]
    pub(super) fn end_sentence(&mut self) {
        if let Some(last) = self.0.last_mut() {
            last.is_last = true;
        }
    }

    /// Tag of the stem of the word that speaks most for a class, with its pairs, against the mean of all classes; none if no
    /// word speaks for it.
    pub(super) fn strongest(&self, table: &WeightTable, class: usize) -> Option<u16> {
        let classes = table.classes as f32;
        let weight = |weights: &[i32]| weights[class] as f32 - weights.iter().sum::<i32>() as f32 / classes;
        let mut best = (0.0, None);
        for (at, word) in self.0.iter().enumerate() {
            let next = self.0.get(at + 1).map_or([0; L], |next| pair::<L>(next, table).1);
            let weight = weight(&word.weights) + weight(&next);
            if weight > best.0 {
                best = (weight, Some(word.stem));
            }
        }
        best.1
    }

    /// Passes on the words, but for those of a stem and their pairs, and the end of each sentence.
    pub(super) fn without(
        &self,
        table: &WeightTable,
        stem: Option<u16>,
        mut each: impl FnMut(Option<&WordSums<L>>, bool),
    ) {
        let mut before = false;
        for word in &self.0 {
            let is = Some(word.stem) == stem && word.counts.n() > 0;
            let mut rest = *word;
            if before && word.pair != 0 {
                let (counts, weights) = pair::<L>(word, table);
                rest.counts.subtract(counts);
                rest.weights.iter_mut().zip(weights).for_each(|(sum, weight)| *sum -= weight);
            }
            each((!is).then_some(&rest), word.is_last);
            before = is;
        }
    }
}

/// Counts and weights of the pair of a word with the one before it.
fn pair<const L: usize>(word: &WordSums<L>, table: &WeightTable) -> (Counts, [i32; L]) {
    let mut weights = [0; L];
    if word.pair == 0 {
        return (Counts::default(), weights);
    }
    let known = table.get(word.pair, true);
    let own = known.unwrap_or(&[]);
    weights.iter_mut().zip(own).for_each(|(sum, weight)| *sum = i32::from(*weight));
    (Counts::new(1, known.is_some().into()), weights)
}
