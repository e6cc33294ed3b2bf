//! Scores: label, probabilities, and how much of a comment a model knows.

use crate::model::label::Probabilities;

/// A label and how sure of it the model is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Score {
    /// The label, as a place in [`Classifier::classes`](crate::Classifier::classes).
    pub label: usize,
    /// Calibrated probability of each class.
    pub probabilities: Probabilities,
    /// How much of the comment the model knows.
    pub familiarity: Familiarity,
}

/// How much of a comment a model knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Familiarity {
    /// N-grams of the comment.
    pub ngrams: u32,
    /// N-grams that the model knows.
    pub known: u32,
    /// Words that are made of letters.
    pub words: u32,
    /// Of these, those whose light stem the model knows.
    pub known_words: u32,
    /// Whether most letters are Arabic.
    pub arabic: bool,
    /// Per cent of the letters in Arabic script that Arabic does not write, but Persian, Urdu or Kurdish do (U+06C0 to
    /// U+06FF; the letters that dialects borrow are not among them).
    pub foreign: u8,
}
