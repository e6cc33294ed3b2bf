//! One thing for all comments, or one for those of each script.

use serde::{Deserialize, Serialize};

/// One thing for all comments, or two: one for comments whose letters are mostly Arabic, and one for all others. Its JSON is a
/// list of one, or of two with that for Arabic last.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<T>")]
pub struct ByScript<T>(Vec<T>);

impl<T> TryFrom<Vec<T>> for ByScript<T> {
    type Error = &'static str;

    fn try_from(list: Vec<T>) -> Result<Self, Self::Error> {
        if (1..=2).contains(&list.len()) { Ok(ByScript(list)) } else { Err("expected one for all scripts, or two") }
    }
}

impl<T> ByScript<T> {
    /// One for all comments.
    pub(crate) fn one(all: T) -> ByScript<T> {
        ByScript(vec![all])
    }

    /// One for comments of other scripts than Arabic, and one for those in Arabic.
    #[cfg(feature = "train")]
    pub(crate) fn two(other: T, arabic: T) -> ByScript<T> {
        ByScript(vec![other, arabic])
    }

    /// That for comments in Arabic, or for others.
    #[inline]
    pub fn of(&self, arabic: bool) -> &T {
        &self.0[usize::from(arabic && self.0.len() == 2)]
    }

    /// That for comments in Arabic, or for others, to be changed.
    #[cfg(any(feature = "train", feature = "internal"))]
    pub fn of_mut(&mut self, arabic: bool) -> &mut T {
        let place = usize::from(arabic && self.0.len() == 2);
        &mut self.0[place]
    }

    /// Sets that for comments in Arabic, or for others; if there is one for all, that stays for the other script.
    #[cfg(feature = "train")]
    pub(crate) fn set(&mut self, arabic: bool, of: T)
    where
        T: Clone,
    {
        if let [all] = &self.0[..] {
            self.0.push(all.clone());
        }
        self.0[usize::from(arabic)] = of;
    }

    /// Both, that for Arabic last, if there are two.
    #[inline]
    pub(crate) fn both(&self) -> Option<[&T; 2]> {
        match &self.0[..] {
            [other, arabic] => Some([other, arabic]),
            _ => None,
        }
    }

    /// Each with the script that it is for, Arabic or not; none if it is for all.
    pub fn iter(&self) -> impl Iterator<Item = (Option<bool>, &T)> {
        let two = self.0.len() == 2;
        self.0.iter().zip([false, true]).map(move |(of, arabic)| (two.then_some(arabic), of))
    }

    /// Each, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }

    /// The same of something made of each.
    pub(crate) fn map<'a, U>(&'a self, of: impl FnMut(&'a T) -> U) -> ByScript<U> {
        ByScript(self.0.iter().map(of).collect())
    }
}
