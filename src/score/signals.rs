//! Signals: the numbers that the calibrator sees of a comment, and their layout.

use crate::model::label::MAX_CLASSES;
use crate::model::layer::signal_count;
use crate::model::score::Familiarity;
use crate::score::kinds::{KindTable, KindTotals};
use crate::score::strongest_part::Among;
use std::ops::Range;

/// Signals of a text; only the first [`Layout::len`] are used.
pub(crate) type Values = [f64; signal_count(MAX_CLASSES)];

/// Layout of the signals for a model of `classes` classes: the index of each in [`Values`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    classes: usize,
}

impl Layout {
    /// Layout for a model of `classes` classes.
    pub(crate) const fn new(classes: usize) -> Layout {
        Layout { classes }
    }

    /// Log-odds of each class in the whole comment, less the mean of all classes.
    pub(crate) const fn whole(self) -> Range<usize> {
        0..self.classes
    }

    /// Log-odds of a class in the sentence where they are greatest.
    pub(crate) const fn strongest_sentence(self, class: usize) -> usize {
        self.classes + class
    }

    /// Greatest weight that a single word has for a class, less the mean of all classes, not divided by length.
    pub(crate) const fn strongest_word(self, class: usize) -> usize {
        2 * self.classes + class
    }

    /// Addition of that word to the log-odds of the class in the whole comment.
    pub(crate) const fn word_part(self, class: usize) -> usize {
        3 * self.classes + class
    }

    /// Share of the n-grams that the model knows.
    pub(crate) const fn known_share(self) -> usize {
        4 * self.classes
    }

    /// Logarithm of one plus the number of n-grams.
    pub(crate) const fn log_length(self) -> usize {
        4 * self.classes + 1
    }

    /// Number of signals.
    pub(crate) const fn len(self) -> usize {
        signal_count(self.classes)
    }
}

/// Signals of a comment.
pub(crate) struct Signals<'a> {
    /// Signals of the whole comment.
    pub(crate) whole: &'a [f64],
    /// Among of a comment that has several, and a function that finds the signals of the most abusive one as if that stood
    /// alone.
    pub(crate) part: Option<(Among, &'a dyn Fn() -> Option<Values>)>,
    /// Shares of the comment that the model knows.
    pub(crate) familiarity: Familiarity,
    /// Share of the n-grams that are of Arabic words, among those of Arabic and Latin ones.
    pub(crate) arabic: f64,
    /// Function that passes on the signals of the comment without the word that speaks most for abuse.
    pub(crate) without_word: Option<&'a WithoutWord<'a>>,
    /// Function that finds the totals of its kinds of abuse.
    pub(crate) kinds: Option<&'a dyn Fn(&KindTable) -> KindTotals>,
}

/// Function that passes on signals.
pub(crate) type WithoutWord<'a> = dyn Fn(&mut dyn FnMut(Signals<'_>)) + 'a;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every index belongs to exactly one signal.
    #[test]
    fn signals_do_not_overlap() {
        for classes in 2..=MAX_CLASSES {
            let layout = Layout::new(classes);
            let mut indices: Vec<usize> = layout.whole().collect();
            indices.extend((0..classes).map(|class| layout.strongest_sentence(class)));
            indices.extend((0..classes).map(|class| layout.strongest_word(class)));
            indices.extend((0..classes).map(|class| layout.word_part(class)));
            indices.extend([layout.known_share(), layout.log_length()]);
            assert!(indices.into_iter().eq(0..layout.len()));
        }
    }
}
