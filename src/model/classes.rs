//! Classes: their names, and which of them is abusive and which critical.

use std::ops::Deref;

use crate::model::label::{LabelSet, OR};
use serde::{Deserialize, Serialize};

/// Name of the class that is rejected.
pub const ABUSIVE: &str = "abusive";

/// Name of the class that the editors should read.
pub const CRITICAL: &str = "critical";

/// Classes of a model or a corpus, in the order of all its weights and probabilities. It reads as a slice of their names.
///
/// ```
/// use naqd::{Classes, LabelSet, Model};
///
/// let classes = Classes::new(["abusive", "critical", "neutral"]);
/// assert_eq!(classes.abusive(), Some(0));
/// assert_eq!(classes.place("neutral"), Some(2));
/// assert_eq!(classes.name(LabelSet::one(1).or(LabelSet::one(2))), "critical|neutral");
/// assert_eq!(&classes, Model::shipped().classes());
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Classes {
    names: Vec<String>,
    abusive: Option<usize>,
    critical: Option<usize>,
}

impl Classes {
    /// Classes by their names.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Classes {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let place = |name: &str| names.iter().position(|class| class == name);
        let (abusive, critical) = (place(ABUSIVE), place(CRITICAL));
        Classes { names, abusive, critical }
    }

    /// Names of the classes. Classes that no comment of a corpus told apart are one class, named with `|` between them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Place of the class named `abusive`, if there is one: what is rejected, and what a single sentence can make of a
    /// comment.
    pub fn abusive(&self) -> Option<usize> {
        self.abusive
    }

    /// Place of the class named `critical`, if there is one: what the editors should read.
    pub fn critical(&self) -> Option<usize> {
        self.critical
    }

    /// Place of the class of a name.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|class| class == name)
    }

    /// Name of a label: its classes joined by `|`.
    pub fn name(&self, label: LabelSet) -> String {
        label.iter().map(|class| self.names[class].as_str()).collect::<Vec<_>>().join(&OR.to_string())
    }
}

impl Deref for Classes {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.names
    }
}

impl<'c> IntoIterator for &'c Classes {
    type Item = &'c String;
    type IntoIter = std::slice::Iter<'c, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.names.iter()
    }
}

impl From<Vec<String>> for Classes {
    fn from(names: Vec<String>) -> Classes {
        Classes::new(names)
    }
}

impl From<Classes> for Vec<String> {
    fn from(classes: Classes) -> Vec<String> {
        classes.names
    }
}
