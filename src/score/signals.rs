//! Signals: what the dense layer sees of a comment.

use crate::model::label::MAX_CLASSES;
use crate::model::layer::signal_count;
use crate::model::score::Familiarity;

/// The signals of a text; the first [`signal_count`]`(classes)` count. For each class its log-odds
/// (less the mean of all classes) in the whole comment, the same in the sentence where it is greatest, and the
/// greatest weight that a single word has for it (less the mean, not divided by length); then the share of
/// n-grams that the model knows, and the logarithm of one plus their number; all these once more times the script
/// of the comment; and that script.
pub(crate) type Values = [f64; signal_count(MAX_CLASSES)];

/// What the dense layer sees of a comment.
pub(crate) struct Signals<'a> {
    pub(crate) whole: &'a [f64],
    /// Of a long comment its number of words, and what finds the signals of its most abusive passage as if it stood alone.
    pub(crate) passage: Option<(u32, &'a dyn Fn() -> Option<Values>)>,
    /// What is known of the comment, in numbers.
    pub(crate) familiarity: Familiarity,
}
