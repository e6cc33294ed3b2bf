//! Comments that naqd itself has just rejected. A client that reports what became of each comment, as Coral does, reports these
//! too, without a person: a model that learnt from them would learn its own mistakes.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use naqd::text::normalise;

/// Time after a rejection in which a report of it is naqd's own decision; a moderator takes longer.
const OWN: Duration = Duration::from_secs(10);
/// Maximum number of comments that are kept.
const MAX: usize = 4096;

/// The comments, by a hash of their words: they are sent once as HTML and once as text.
#[derive(Default)]
pub struct Rejected(Mutex<HashMap<u64, Instant>>);

impl Rejected {
    /// Notes a comment that was rejected.
    pub fn add(&self, text: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX {
            kept.retain(|_, since| since.elapsed() < OWN);
        }
        if kept.len() < MAX {
            kept.insert(hash(text), Instant::now());
        }
    }

    /// A comment was rejected just now.
    pub fn has(&self, text: &str) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !kept.is_empty() && kept.get(&hash(text)).is_some_and(|since| since.elapsed() < OWN)
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    normalise(text).hash(&mut hasher);
    hasher.finish()
}
