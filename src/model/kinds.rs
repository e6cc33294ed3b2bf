//! Kinds of abuse: which of them an expert tells apart, by n-gram weights of their own, and how well.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Kind of abuse. A comment may be of several.
///
/// ```
/// use naqd::AbuseKind;
///
/// assert_eq!(AbuseKind::of("Threat"), Some(AbuseKind::Threat));
/// assert_eq!(AbuseKind::Group.to_string(), "group");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AbuseKind {
    /// Insult of a person.
    Insult,
    /// Attack on the identity of a group: origin, religion, sex and the like.
    Group,
    /// Threat, or wish of harm.
    Threat,
    /// Obscenity directed at somebody.
    Obscene,
    /// Curse.
    Curse,
}

impl AbuseKind {
    /// All kinds, in the order of their probabilities.
    pub const ALL: [AbuseKind; 5] =
        [AbuseKind::Insult, AbuseKind::Group, AbuseKind::Threat, AbuseKind::Obscene, AbuseKind::Curse];

    /// Name of the kind: `insult`, `group`, `threat`, `obscene`, `curse`.
    pub fn as_str(self) -> &'static str {
        match self {
            AbuseKind::Insult => "insult",
            AbuseKind::Group => "group",
            AbuseKind::Threat => "threat",
            AbuseKind::Obscene => "obscene",
            AbuseKind::Curse => "curse",
        }
    }

    /// Kind of a name, without regard to case.
    pub fn of(name: &str) -> Option<AbuseKind> {
        AbuseKind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for AbuseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Set of kinds.
///
/// ```
/// use naqd::{AbuseKind, KindSet};
///
/// let kinds: KindSet = [AbuseKind::Threat, AbuseKind::Insult].into_iter().collect();
/// assert_eq!(kinds.as_str(), "insult|threat");
/// assert!(kinds.contains(AbuseKind::Threat) && !kinds.contains(AbuseKind::Curse));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct KindSet(u8);

impl KindSet {
    /// True if `kind` is among them.
    pub fn contains(self, kind: AbuseKind) -> bool {
        self.0 >> kind as u8 & 1 == 1
    }

    /// True if there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Kinds in the order of [`AbuseKind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = AbuseKind> {
        AbuseKind::ALL.into_iter().filter(move |&kind| self.contains(kind))
    }

    /// Names of the kinds, joined by `|`.
    pub fn as_str(self) -> &'static str {
        const { assert!(AbuseKind::ALL.len() == 5, "a name for each set") };
        NAMES[usize::from(self.0)]
    }
}

impl FromIterator<AbuseKind> for KindSet {
    fn from_iter<I: IntoIterator<Item = AbuseKind>>(kinds: I) -> Self {
        KindSet(kinds.into_iter().fold(0, |set, kind| set | 1 << kind as u8))
    }
}

/// Names of all sets, so that writing one does not allocate.
#[rustfmt::skip]
const NAMES: [&str; 32] = [
    "", "insult", "group", "insult|group", "threat", "insult|threat", "group|threat", "insult|group|threat",
    "obscene", "insult|obscene", "group|obscene", "insult|group|obscene", "threat|obscene", "insult|threat|obscene",
    "group|threat|obscene", "insult|group|threat|obscene",
    "curse", "insult|curse", "group|curse", "insult|group|curse", "threat|curse", "insult|threat|curse",
    "group|threat|curse", "insult|group|threat|curse",
    "obscene|curse", "insult|obscene|curse", "group|obscene|curse", "insult|group|obscene|curse",
    "threat|obscene|curse", "insult|threat|obscene|curse", "group|threat|obscene|curse",
    "insult|group|threat|obscene|curse",
];

/// Probabilities of the kinds of a comment. They are computed where the comment may be abusive, and for the kinds that the model tells apart.
///
/// ```
/// use naqd::{AbuseKind, KindScores};
///
/// let none = KindScores::default();
/// assert!(none.is_empty() && none.probability(AbuseKind::Threat).is_none() && none.named.is_empty());
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct KindScores {
    probabilities: [Option<f32>; AbuseKind::ALL.len()],
    /// Kinds that the comment is said to be of: those of a comment labelled abusive whose probability, given that it is
    /// abusive, is above their threshold; and a threat above its own, whatever the label.
    pub named: KindSet,
}

impl KindScores {
    /// Sets the probability of a kind, and whether the comment is said to be of it.
    pub(crate) fn set(&mut self, kind: AbuseKind, probability: f32, named: bool) {
        self.probabilities[kind as usize] = Some(probability);
        if named {
            self.named = self.named.iter().chain([kind]).collect();
        }
    }

    /// Probability of a kind, from 0 to 1; none if it was not computed.
    pub fn probability(&self, kind: AbuseKind) -> Option<f32> {
        self.probabilities[kind as usize]
    }

    /// Probabilities that were computed, in the order of [`AbuseKind::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (AbuseKind, f32)> {
        AbuseKind::ALL.into_iter().zip(self.probabilities).filter_map(|(kind, probability)| Some((kind, probability?)))
    }

    /// True if none was computed.
    pub fn is_empty(&self) -> bool {
        self.probabilities.iter().all(Option::is_none)
    }
}

/// Greatest absolute weight of an n-gram for a kind: those of all n-grams of a word add up to 16 bits.
pub(crate) const MAX_WEIGHT: i16 = 200;

/// Heads of an expert, one for each kind that it tells apart, and the weights of their n-grams.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kinds {
    /// Heads in the order of [`AbuseKind::ALL`], at most one for each kind.
    pub heads: Vec<KindHead>,
    /// Number of n-grams.
    pub ngrams: usize,
    /// Hashes of the n-grams, ascending.
    #[serde(skip)]
    pub hashes: Cow<'static, [u64]>,
    /// Weights, `[n-gram][head]`, from -`MAX_WEIGHT` to `MAX_WEIGHT`.
    #[serde(skip)]
    pub weights: Cow<'static, [i16]>,
}

/// Head of a kind: logistic regression over n-grams. Its log-odds are `intercept + step * sum of weights / sqrt(n)`, `n` being
/// the number of n-grams of the comment, of the kind given that the comment is abusive. Those of a threat are of any comment,
/// and `abuse` times the log-odds of abuse is added to them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindHead {
    /// Kind.
    pub kind: AbuseKind,
    /// Log-odds of a comment without n-grams.
    pub intercept: f64,
    /// Log-odds of one unit of a weight, before the division by sqrt(n).
    pub step: f64,
    /// Part of the log-odds of abuse; 0 but for threats.
    pub abuse: f64,
    /// Probability above which a comment is said to be of the kind.
    pub threshold: f32,
    /// Figures of held-out comments.
    pub figures: KindFigures,
}

impl KindHead {
    /// Probability by a sum of weights over `n` n-grams, of a comment that is abusive with the probability `abusive`.
    pub(crate) fn probability(&self, sum: i64, n: u32, abusive: f32) -> f64 {
        let abusive = f64::from(abusive).clamp(1e-4, 1.0 - 1e-4);
        let abuse = if self.abuse == 0.0 { 0.0 } else { self.abuse * (abusive / (1.0 - abusive)).ln() };
        let log_odds = self.intercept + abuse + self.step * sum as f64 / f64::from(n.max(1)).sqrt();
        1.0 / (1.0 + (-log_odds).exp())
    }

    /// True if the kind is that of any comment, abusive or not.
    pub(crate) fn of_all(&self) -> bool {
        self.kind == AbuseKind::Threat
    }
}

/// Figures of a kind on held-out comments: where several files have comments of the kind, each file was left out in turn, and
/// the head had learnt nothing from it.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindFigures {
    /// Number of held-out comments.
    pub comments: u64,
    /// Number of them that are abusive.
    pub abusive: u64,
    /// Number of them that are of the kind.
    pub positives: u64,
    /// Number of files left out in turn; 0 for a cross-validation of one file.
    pub files: u64,
    /// Area under the ROC curve of the probability among all comments: within each file left out, their mean by the number of
    /// comments of the kind.
    pub roc_auc: f64,
    /// Limits of its 95 % interval.
    pub interval: [f64; 2],
    /// The same among abusive comments: how well the kind is told from other abuse.
    pub roc_auc_in_abuse: f64,
    /// Limits of its 95 % interval.
    pub interval_in_abuse: [f64; 2],
    /// Precision at the threshold: share of the comments said to be of the kind that are, among abusive comments, and of a
    /// threat among all.
    pub precision: f64,
    /// Recall at the threshold: share of the comments of the kind that are said to be of it.
    pub recall: f64,
}
