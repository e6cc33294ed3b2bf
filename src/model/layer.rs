//! Calibrator as data: the dense layer of a model.

/// Calibrator: a multinomial logistic regression over the signals of a comment, which gives its probabilities.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibrator {
    /// Mean of each signal over the training comments.
    pub mean: Vec<f64>,
    /// Standard deviation of each signal; greater than 0.
    pub deviation: Vec<f64>,
    /// Weights, `[signal][class]`.
    pub weights: Vec<f64>,
    /// Log-odds of each class where every signal is at its mean.
    pub intercept: Vec<f64>,
    /// Factors that the probabilities are multiplied by before the greatest one names the label. Chosen for macro-F1, so that
    /// rare classes are not drowned by frequent ones; 1 for the most frequent class.
    pub label_weights: Vec<f64>,
    /// How the most abusive part of a comment of several parts counts.
    #[serde(default)]
    pub strongest_part: StrongestPart,
}

/// How the most abusive part of a comment counts: a sentence of several, or a passage of a long comment. In log-odds of
/// abuse `w` of the whole and `p` of the part as if it stood alone, the comment has `b + s * max(0, p - b)`, where
/// `b = factor * w + shift`, and the share `s` passes 1/2 where `p - b` is `excess + excess_growth * ln(number of parts)`:
/// the greatest of many parts is great by chance, so it counts the less, the more there are.
#[derive(Clone, Copy, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrongestPart {
    /// Factor of the log-odds of the whole; at least 0.
    pub factor: f64,
    /// Added to the log-odds of the whole.
    pub shift: f64,
    /// Log-odds by which a single part would have to exceed the whole to count by half; at least 0.
    pub excess: f64,
    /// What is added to `excess` for each unit of the logarithm of the number of parts; at least 0.
    pub excess_growth: f64,
}

/// What is assumed of comments before any is seen.
impl Default for StrongestPart {
    fn default() -> Self {
        StrongestPart { factor: 1.0, shift: 0.0, excess: 1.0, excess_growth: 1.0 }
    }
}

/// Number of signals of a comment for a model of `classes` classes.
pub(crate) const fn signal_count(classes: usize) -> usize {
    4 * classes + 2
}
