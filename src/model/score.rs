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
    /// Guard against its rejection.
    pub guard: Guard,
    /// Kinds of abuse, as far as the model tells them apart.
    pub kinds: KindScores,
}

impl Score {
    /// Probability of the class `abusive` by which the comment may be rejected: that of its writer's own words. None if it
    /// is never rejected.
    pub(crate) fn rejectable(&self, abusive: usize) -> Option<f32> {
        match self.guard {
            Guard::None => Some(self.probabilities[abusive]),
            Guard::OneWord => None,
            Guard::Quotation(own) => Some(own.min(self.probabilities[abusive])),
        }
    }

    /// Name of the class that labels the comment; `classes` are those of the model.
    pub fn label<'c>(&self, classes: &'c Classes) -> &'c str {
        &classes[self.class]
    }
}

/// Guard of a comment against its rejection, where it is abusive enough to be rejected: by the threshold of its
/// [`Classifier`](crate::Classifier), or by a probability of 0.5 if that has no thresholds.
///
/// ```
/// use naqd::{Classifier, Guard, Model};
///
/// let score = Classifier::new(&Model::shipped()).score("thank you for this article");
/// assert_eq!(score.guard, Guard::None);
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[non_exhaustive]
pub enum Guard {
    /// No guard: the threshold decides.
    #[default]
    None,
    /// Without its most abusive word the comment is hardly more abusive than the average one. It is not rejected.
    OneWord,
    /// The comment has quotations. It is only rejected if this, its probability of `abusive` without them, is above
    /// the threshold too.
    Quotation(f32),
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
