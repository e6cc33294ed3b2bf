//! Labels: sets of alternative classes, and probabilities.

use std::fmt;

/// Maximum number of classes of a model.
pub const MAX_CLASSES: usize = 16;

/// Separator of the alternatives in a label, and of the names of classes that became one.
pub const OR: char = '|';

/// Set of the classes that a comment may belong to, as far as its annotator said. One class is a full label; several
/// are alternatives: "critical or neutral, at any rate not abusive".
///
/// ```
/// use naqd::LabelSet;
///
/// let either: LabelSet = [1, 2].into_iter().collect();
/// assert!(either.contains(2) && !either.contains(0));
/// assert_eq!((either.len(), either.single()), (2, None));
/// assert_eq!(LabelSet::one(0).single(), Some(0));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct LabelSet(u16);

impl LabelSet {
    /// Set of one class.
    ///
    /// # Panics
    /// `class` is beyond the maximum number of classes.
    pub fn one(class: usize) -> Self {
        assert!(class < MAX_CLASSES, "class {class} of at most {MAX_CLASSES}");
        LabelSet(1 << class)
    }

    /// True if `class` is among the alternatives.
    #[inline]
    pub fn contains(self, class: usize) -> bool {
        self.0 >> class & 1 == 1
    }

    /// Union of both sets.
    pub fn or(self, other: Self) -> Self {
        LabelSet(self.0 | other.0)
    }

    /// Number of alternatives.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// True if there is no alternative: the comment has no label.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The only class, if there is just one.
    pub fn single(self) -> Option<usize> {
        (self.len() == 1).then(|| self.0.trailing_zeros() as usize)
    }

    /// Alternatives in ascending order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..MAX_CLASSES).filter(move |&class| self.contains(class))
    }
}

impl FromIterator<usize> for LabelSet {
    fn from_iter<I: IntoIterator<Item = usize>>(classes: I) -> Self {
        classes.into_iter().fold(LabelSet::default(), |set, class| set.or(LabelSet::one(class)))
    }
}

/// Probability of each class of a model, from 0 to 1; together they are 1.
///
/// ```
/// use naqd::{LabelSet, Probabilities};
///
/// let probabilities = Probabilities::softmax(&[2.0, 0.0, 0.0]);
/// assert!(probabilities[0] > 0.7);
/// assert_eq!(probabilities.as_slice().len(), 3);
/// assert!(probabilities.of(LabelSet::one(1).or(LabelSet::one(2))) < 0.3);
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Probabilities {
    values: [f32; MAX_CLASSES],
    len: u8,
}

impl Probabilities {
    /// Softmax of log-odds, one for each class.
    pub fn softmax(logits: &[f64]) -> Self {
        let mut values = [0.0; MAX_CLASSES];
        let greatest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut exps = [0.0; MAX_CLASSES];
        exps.iter_mut().zip(logits).for_each(|(exp, logit)| *exp = (logit - greatest).exp());
        let sum: f64 = exps[..logits.len()].iter().sum();
        values.iter_mut().zip(exps).for_each(|(value, exp)| *value = (exp / sum) as f32);
        Probabilities { values, len: logits.len() as u8 }
    }

    /// Sets the probability of `class`; the others keep their proportions.
    pub(crate) fn set(&mut self, class: usize, probability: f64) {
        let rest = (1.0 - probability) / (1.0 - f64::from(self.values[class])).max(1e-9);
        self.values[..self.len as usize].iter_mut().for_each(|value| *value = (f64::from(*value) * rest) as f32);
        self.values[class] = probability as f32;
    }

    /// Mean of these probabilities, which count by `share`, and `others`, which count by the rest.
    pub(crate) fn blend(&self, others: &Probabilities, share: f64) -> Probabilities {
        let mut blend = *self;
        blend.values.iter_mut().zip(others.values).for_each(|(value, other)| {
            *value = (f64::from(*value) * share + f64::from(other) * (1.0 - share)) as f32;
        });
        blend
    }

    /// Probabilities in the order of the model's classes.
    pub fn as_slice(&self) -> &[f32] {
        &self.values[..self.len as usize]
    }

    /// Probability that one of `labels` holds.
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
