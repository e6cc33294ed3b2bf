//! Labels: names of classes, sets of alternatives, probabilities.

use std::fmt;

/// Most classes that a model can tell apart.
pub const MAX_CLASSES: usize = 16;

/// What joins alternatives in a label, and the names of classes that became one.
pub const OR: char = '|';

/// The classes that a comment may belong to, as far as its annotator said. One class is a full label; several
/// are alternatives: "critical or neutral, at any rate not abusive".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct LabelSet(u16);

impl LabelSet {
    /// The set of one class.
    pub fn one(class: usize) -> Self {
        assert!(class < MAX_CLASSES, "class {class} of at most {MAX_CLASSES}");
        LabelSet(1 << class)
    }

    /// Whether `class` is among the alternatives.
    #[inline]
    pub fn contains(self, class: usize) -> bool {
        self.0 >> class & 1 == 1
    }

    /// The alternatives of both.
    pub fn or(self, other: Self) -> Self {
        LabelSet(self.0 | other.0)
    }

    /// Number of alternatives.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is no alternative.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The class, if there is just one.
    pub fn single(self) -> Option<usize> {
        (self.len() == 1).then(|| self.0.trailing_zeros() as usize)
    }

    /// The alternatives in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..MAX_CLASSES).filter(move |&class| self.contains(class))
    }
}

/// The name of a label: its classes joined by `|`.
pub fn name(set: LabelSet, classes: &[String]) -> String {
    set.iter().map(|class| classes[class].as_str()).collect::<Vec<_>>().join(&OR.to_string())
}

impl FromIterator<usize> for LabelSet {
    fn from_iter<I: IntoIterator<Item = usize>>(classes: I) -> Self {
        classes.into_iter().fold(LabelSet::default(), |set, class| set.or(LabelSet::one(class)))
    }
}

/// One number in 0..=1 for each class of a model, adding up to one.
#[derive(Clone, Copy, PartialEq)]
pub struct Probabilities {
    values: [f32; MAX_CLASSES],
    len: u8,
}

impl Probabilities {
    /// The softmax of log-odds, one for each class.
    pub fn softmax(logits: &[f64]) -> Self {
        let mut values = [0.0; MAX_CLASSES];
        let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut exps = [0.0; MAX_CLASSES];
        exps.iter_mut().zip(logits).for_each(|(exp, logit)| *exp = (logit - most).exp());
        let sum: f64 = exps[..logits.len()].iter().sum();
        values.iter_mut().zip(exps).for_each(|(value, exp)| *value = (exp / sum) as f32);
        Probabilities { values, len: logits.len() as u8 }
    }

    /// Makes the probability of `class` this; the others keep their proportions.
    pub(crate) fn set(&mut self, class: usize, probability: f64) {
        let rest = (1.0 - probability) / (1.0 - f64::from(self.values[class])).max(1e-9);
        self.values[..self.len as usize].iter_mut().for_each(|value| *value = (f64::from(*value) * rest) as f32);
        self.values[class] = probability as f32;
    }

    /// The numbers, in the order of the model's classes.
    pub fn as_slice(&self) -> &[f32] {
        &self.values[..self.len as usize]
    }

    /// The probability that one of `labels` holds.
    pub fn of(&self, labels: LabelSet) -> f64 {
        labels.iter().map(|class| f64::from(self.values[class])).sum()
    }
}

impl std::ops::Index<usize> for Probabilities {
    type Output = f32;

    fn index(&self, class: usize) -> &f32 {
        &self.as_slice()[class]
    }
}

impl fmt::Debug for Probabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}
