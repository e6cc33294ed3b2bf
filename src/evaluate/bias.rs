//! Unintended bias: how well abuse is told apart in comments that name a group of people, compared with others
//! (Borkan et al. 2019, "Nuanced Metrics for Measuring Unintended Bias with Real Data for Text Classification",
//! [arXiv:1903.04561](https://arxiv.org/abs/1903.04561)).
//!
//! [`Groups`] finds the words that name a group; [`identity_figures`] gives the three areas under the ROC curve of the
//! paper for each group.

use std::collections::HashMap;

use crate::evaluate::metrics::roc_auc;
use crate::text::clitics::group_stems;
use crate::text::normalise::normalise;
use serde::Serialize;

/// Groups of people and the words that name them.
///
/// ```
/// use naqd::evaluate::Groups;
/// let groups = Groups::new([("Women", "woman|women|امرأة|نساء"), ("Kurds", "kurds|كردي|أكراد")]);
/// assert_eq!(groups.find("والنِّساءُ الكرديات؟"), [0, 1]);
/// assert!(groups.find("Womanly, absurd").is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Groups {
    names: Vec<String>,
    /// Groups that each spelling, in normal form, names.
    spellings: HashMap<String, Vec<usize>>,
    /// Number of words of the longest spelling.
    longest: usize,
}

impl Groups {
    /// Groups by name, with their spellings joined by `|`. A name that is given again adds spellings to its group.
    pub fn new<N: AsRef<str>, S: AsRef<str>>(groups: impl IntoIterator<Item = (N, S)>) -> Groups {
        let mut found = Groups::default();
        for (name, spellings) in groups {
            let group = found.names.iter().position(|known| known == name.as_ref()).unwrap_or_else(|| {
                found.names.push(name.as_ref().to_owned());
                found.names.len() - 1
            });
            for spelling in spellings.as_ref().split('|').map(normalise).filter(|spelling| !spelling.is_empty()) {
                found.longest = found.longest.max(spelling.split_whitespace().count());
                let of = found.spellings.entry(spelling).or_default();
                if !of.contains(&group) {
                    of.push(group);
                }
            }
        }
        found
    }

    /// Names of the groups, in the order in which they were first given.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Groups that a text names, as places in [`Groups::names`], in order. A spelling counts where it occurs as whole
    /// words, in Arabic also with the common clitics and plural endings.
    pub fn find(&self, text: &str) -> Vec<usize> {
        let normal = normalise(text);
        let words: Vec<&str> = normal.split_whitespace().collect();
        let mut found = Vec::new();
        for first in 0..words.len() {
            for last in first + 1..=words.len().min(first + self.longest) {
                self.named(&words[first..last].join(" "), &mut found);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Adds the groups that a phrase names.
    fn named(&self, phrase: &str, found: &mut Vec<usize>) {
        for stem in group_stems(phrase) {
            if let Some(groups) = self.spellings.get(stem) {
                found.extend(groups);
            }
        }
    }
}

/// Areas under the ROC curve of abuse in comments that name a group.
///
/// ```
/// use naqd::evaluate::{Groups, IdentityFigures, identity_figures};
///
/// let groups = Groups::new([("Women", "woman|women")]);
/// let named = vec![vec![0], vec![0], vec![], vec![]];
/// let ranked = [(0.9, true), (0.6, false), (0.8, true), (0.1, false)];
/// let women: &IdentityFigures = &identity_figures(&groups, &named, &ranked)[0];
/// assert_eq!((women.abusive, women.others, women.subgroup, women.bpsn), (1, 1, Some(1.0), Some(1.0)));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IdentityFigures {
    /// Name of the group.
    pub group: String,
    /// Number of comments that name it and are abusive.
    pub abusive: usize,
    /// Number of comments that name it and are not abusive.
    pub others: usize,
    /// Subgroup AUC: among the comments that name it, in 0..=1. Low: abuse and the rest are hard to tell apart there.
    pub subgroup: Option<f64>,
    /// BPSN AUC (background positive, subgroup negative): abusive comments that do not name it against others that do.
    /// Low: innocent comments that name it are taken for abuse.
    pub bpsn: Option<f64>,
    /// BNSP AUC (background negative, subgroup positive): comments that do not name it and are not abusive against
    /// abusive ones that do. Low: abuse of the group is missed.
    pub bnsp: Option<f64>,
}

/// Areas of each group, in the order of [`Groups::names`]. `named[i]` are the groups that comment `i` names,
/// `ranked[i]` its probability of abuse and whether it is abusive. An area is none where one of its sides is empty.
pub fn identity_figures(groups: &Groups, named: &[Vec<usize>], ranked: &[(f32, bool)]) -> Vec<IdentityFigures> {
    let auc = |takes: &dyn Fn(bool, bool) -> bool, group: usize| {
        let comments = named.iter().zip(ranked);
        roc_auc(comments.filter(|(named, one)| takes(named.contains(&group), one.1)).map(|(_, one)| *one).collect())
    };
    let count = |group: usize, abusive: bool| {
        named.iter().zip(ranked).filter(|(named, one)| named.contains(&group) && one.1 == abusive).count()
    };
    let figures = groups.names.iter().enumerate().map(|(group, name)| IdentityFigures {
        group: name.clone(),
        abusive: count(group, true),
        others: count(group, false),
        subgroup: auc(&|inside, _| inside, group),
        bpsn: auc(&|inside, abusive| inside != abusive, group),
        bnsp: auc(&|inside, abusive| inside == abusive, group),
    });
    figures.collect()
}
