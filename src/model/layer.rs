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
}

/// Number of signals of a comment for a model of `classes` classes.
pub(crate) const fn signal_count(classes: usize) -> usize {
    4 * classes + 2
}
