//! What words came to before. Readers use the same few thousand words over and over, and all that a word's own
//! n-grams add to a comment is decided by its bytes: a few integers, which are kept here and used again.
//!
//! Each thread has its own fixed table. It changes nothing but time: a word is found only by all of its bytes, and
//! the sums are those that its n-grams gave.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::features::Kept;

/// Longest word that is kept, in bytes.
pub(crate) const LONGEST: usize = 24;

/// Most classes of a model whose words are kept: as many as fit into an entry.
pub(crate) const CLASSES: usize = 4;

/// Sets of two words: 1 MiB a thread.
const SETS: usize = 1 << 13;

/// All that the n-grams of a word add up to, but for its pairs: a line of the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Entry {
    /// The word, filled up with zeros, which no word contains.
    word: [u64; LONGEST / 8],
    /// Which table of weights.
    table: u64,
    hash: u64,
    count: u16,
    /// N-grams that the table knows.
    pub(crate) known: u16,
    /// Whether it knows its stem.
    pub(crate) known_stem: bool,
    pub(crate) weights: [i32; CLASSES],
}

const _: () = assert!(size_of::<Entry>() == 64, "an entry is one line of the cache");

/// The words that a thread remembers.
pub(crate) struct Recall(Vec<[Entry; 2]>);

/// A word on its way to its place.
#[derive(Default)]
pub(crate) struct Key {
    word: [u64; LONGEST / 8],
    table: u64,
    set: usize,
}

impl Key {
    /// The word at bytes `at` of `text`, as `table` weighs it.
    #[inline(always)]
    pub(crate) fn new(text: &str, at: Range<usize>, table: u64) -> Key {
        let bytes = text.as_bytes();
        let mut word = [eight(bytes, at.start, at.end), 0, 0];
        if at.len() > 8 {
            word[1] = eight(bytes, at.start + 8, at.end);
            word[2] = eight(bytes, at.start + 16, at.end);
        }
        let mix = |hash: u64, part: u64| (hash ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32);
        let set = word.iter().fold(table, |hash, part| mix(hash, *part)) as usize % SETS;
        Key { word, table, set }
    }
}

/// The bytes `from..to`, at most eight, filled up with zeros.
#[inline(always)]
fn eight(bytes: &[u8], from: usize, to: usize) -> u64 {
    let len = to.saturating_sub(from);
    match bytes.get(from..from + 8).and_then(|eight| eight.try_into().ok()) {
        Some(eight) if len >= 8 => u64::from_le_bytes(eight),
        Some(eight) => u64::from_le_bytes(eight) & !(u64::MAX << (8 * len)),
        None => (from..to).rev().fold(0, |sum, at| sum << 8 | u64::from(bytes[at])),
    }
}

impl Recall {
    /// A number for a table of weights that no other has, so that tables can share what a thread remembers.
    pub(crate) fn new_table() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    /// Calls `f` with what this thread remembers.
    #[inline]
    pub(crate) fn with<R>(f: impl FnOnce(&mut Recall) -> R) -> R {
        thread_local! {
            static RECALL: RefCell<Recall> = RefCell::new(Recall(vec![[Entry::FREE; 2]; SETS]));
        }
        RECALL.with_borrow_mut(f)
    }

    #[inline]
    pub(crate) fn get(&mut self, key: &Key) -> Option<&Entry> {
        let set = &mut self.0[key.set];
        let is = |entry: &Entry| {
            let different = entry.word.iter().zip(key.word).fold(entry.table ^ key.table, |or, (a, b)| or | (a ^ b));
            different == 0
        };
        if is(&set[0]) {
            return Some(&set[0]);
        }
        if is(&set[1]) {
            set.swap(0, 1);
            return Some(&set[0]);
        }
        None
    }

    /// Takes the place of the word of its set that was not used last.
    pub(crate) fn put(&mut self, key: &Key, kept: Kept, (known, known_stem): (u16, bool), weights: [i32; CLASSES]) {
        self.0[key.set][1] =
            Entry { word: key.word, table: key.table, hash: kept.hash, count: kept.count, known, known_stem, weights };
    }
}

impl Entry {
    const FREE: Entry =
        Entry { word: [0; 3], table: 0, hash: 0, count: 0, known: 0, known_stem: false, weights: [0; CLASSES] };

    #[inline(always)]
    pub(crate) fn kept(&self) -> Kept {
        Kept { hash: self.hash, count: self.count }
    }
}
