//! Scores: label, probabilities, and how much of a comment a model knows.

use crate::model::classes::Classes;
use crate::model::kinds::KindScores;
use crate::model::label::Probabilities;

/// Label of a comment, with its probabilities and the share of the comment that the model knows.
///
/// ```
/// use naqd::{Classifier, Model};
///
/// let classifier = Classifier::new(&Model::shipped());
/// let score = classifier.score("you are an idiot");
/// assert_eq!(score.label(classifier.classes()), "abusive");
/// assert!(score.probabilities[score.class] > 0.5);
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Score {
    /// Class of the label, as a place in [`Classifier::classes`](crate::Classifier::classes).
    pub class: usize,
    /// Calibrated probability of each class.
    pub probabilities: Probabilities,
    /// Share of the comment that the model knows.
    pub familiarity: Familiarity,
    /// Kinds of abuse, as far as the model tells them apart.
    pub kinds: KindScores,
}

impl Score {
    /// Name of the class that labels the comment; `classes` are those of the model.
    pub fn label<'c>(&self, classes: &'c Classes) -> &'c str {
        &classes[self.class]
    }
}

/// Numbers of n-grams and words of a comment, and how many of them the model knows.
///
/// ```
/// use naqd::{Classifier, Model};
///
/// let familiarity = Classifier::new(&Model::shipped()).score("thank you for this article").familiarity;
/// assert!(familiarity.words == 5 && familiarity.known_words > 0);
/// assert!(familiarity.known <= familiarity.ngrams && !familiarity.arabic);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Familiarity {
    /// Number of n-grams of the comment.
    pub ngrams: u32,
    /// Number of n-grams that the model knows.
    pub known: u32,
    /// Number of words that are made of letters.
    pub words: u32,
    /// Number of these words whose light stem the model knows.
    pub known_words: u32,
    /// True if most letters are Arabic.
    pub arabic: bool,
    /// Percentage of the letters in Arabic script that Arabic does not write, but Persian, Urdu or Kurdish do (U+06C0 to
    /// U+06FF; the letters that dialects borrow are not among them).
    pub foreign: u8,
}
