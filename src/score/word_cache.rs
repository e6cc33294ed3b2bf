//! What words came to before. Readers use the same few thousand words over and over, and all that a word's own
//! n-grams add to a comment is decided by its bytes: a few integers, which are kept here and used again.
//!
//! Each thread has its own bounded memory, of one table of weights. It changes nothing but time: a word is found
//! only by all of its bytes, and the sums are those that its n-grams gave.

use crate::ngrams::emit::AHEAD;
use crate::ngrams::script::Script;
use crate::ngrams::sink::Kept;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Longest word that is kept, in bytes.
pub(crate) const LONGEST: usize = 24;

/// Most classes of a model whose words are kept: as many as fit into an entry.
pub(crate) const CLASSES: usize = 3;

/// Words of a set.
const WAYS: usize = 4;

/// Sets that a thread begins with.
const LEAST_SETS: usize = 1 << 8;

/// Most sets of short and of long words, of all threads and of one: 4 MiB of short words and 12 MiB of long ones. A word
/// that is not found costs some forty look-ups, most of them in vain.
const ALL_SETS: [usize; 2] = [1 << 16, 1 << 17];
const MOST_SETS: [usize; 2] = [1 << 15, 1 << 16];

/// All that the n-grams of a word add up to, but for its pairs.
#[derive(Clone, Copy, Default)]
pub(crate) struct CachedWord {
    /// Hash of the word for its pairs.
    hash: u64,
    /// Sums of their weights.
    pub(crate) weights: [i32; CLASSES],
    /// Number of its n-grams.
    count: u16,
    /// Of these the table knows so many; the highest bit says whether the stem is one of them, the next two the script,
    /// and one whether the table knows the word, or has seen it.
    known: u16,
}

const STEM: u16 = 1 << 15;
const ARABIC: u16 = 1 << 14;
const LATIN: u16 = 1 << 13;
const KNOWS: u16 = 1 << 12;

impl CachedWord {
    pub(crate) fn new(
        kept: Kept,
        known: u32,
        stem: bool,
        knows: bool,
        script: Script,
        weights: [i32; CLASSES],
    ) -> CachedWord {
        let script = match script {
            Script::Other => 0,
            Script::Arabic => ARABIC,
            Script::Latin => LATIN,
        };
        let known = known as u16 | script | if stem { STEM } else { 0 } | if knows { KNOWS } else { 0 };
        CachedWord { hash: kept.hash, weights, count: kept.count, known }
    }

    /// What the loop over the words needs.
    #[inline(always)]
    pub(crate) fn kept(&self) -> Kept {
        Kept { hash: self.hash, count: self.count }
    }

    /// N-grams that the table knows.
    #[inline(always)]
    pub(crate) fn known(&self) -> u32 {
        (self.known & (KNOWS - 1)).into()
    }

    /// Whether it knows its stem.
    #[inline(always)]
    pub(crate) fn known_stem(&self) -> bool {
        self.known & STEM != 0
    }

    /// Whether it knows the word, or has seen it.
    #[inline(always)]
    pub(crate) fn knows(&self) -> bool {
        self.known & KNOWS != 0
    }

    /// Its script.
    #[inline(always)]
    pub(crate) fn script(&self) -> Script {
        match self.known & (ARABIC | LATIN) {
            0 => Script::Other,
            ARABIC => Script::Arabic,
            _ => Script::Latin,
        }
    }
}

/// A word of at most 8 `N` bytes, filled up with zeros, which no word contains, and what it came to; nothing if the place
/// is free.
#[derive(Clone, Copy)]
struct Entry<const N: usize> {
    word: [u64; N],
    known: CachedWord,
}

impl<const N: usize> Entry<N> {
    fn is_free(&self) -> bool {
        self.known.count == 0
    }
}

/// Words that share a place, those that come often first: two lines of the cache, or three of long words.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Set<const N: usize>([Entry<N>; WAYS]);

const _: () = assert!(size_of::<Set<1>>() == 128 && size_of::<Set<3>>() == 192, "sets fill lines of the cache");

/// Words of one kind.
struct Memory<const N: usize> {
    sets: Vec<Set<N>>,
    /// How many sets there may be.
    most: usize,
    /// Words that may still be put before there are more sets.
    room: usize,
}

impl<const N: usize> Memory<N> {
    fn new(sets: usize, most: usize) -> Self {
        let free = Entry { word: [0; N], known: CachedWord::default() };
        Memory { sets: vec![Set([free; WAYS]); sets], most, room: WAYS * sets }
    }

    #[inline(always)]
    fn set(&mut self, hash: u64) -> &mut [Entry<N>; WAYS] {
        let mask = self.sets.len() - 1;
        &mut self.sets[hash as usize & mask].0
    }

    /// Has the cache fetch the set of a word.
    #[inline(always)]
    fn fetch(&mut self, key: &Key) {
        crate::score::prefetch::fetch(&self.set(key.hash)[0]);
    }

    #[inline(always)]
    fn get(&mut self, key: &Key) -> Option<&CachedWord> {
        let set = self.set(key.hash);
        let is = |entry: &Entry<N>| entry.word.iter().zip(key.word).fold(0, |or, (a, b)| or | (a ^ b)) == 0;
        let mut place = 0;
        while !is(&set[place]) {
            place += 1;
            if place == WAYS {
                return None;
            }
        }
        // One place nearer each time: what comes often stands first.
        let ahead = place.saturating_sub(1);
        set.swap(ahead, place);
        Some(&set[ahead].known)
    }

    /// The same words with four times the room. A set of before is divided among four, so that all its words fit.
    #[inline(never)]
    fn grow(&mut self) {
        let old = std::mem::take(&mut self.sets);
        *self = Memory::new((4 * old.len()).min(self.most), self.most);
        for entry in old.iter().flat_map(|set| &set.0).filter(|entry| !entry.is_free()) {
            self.insert(hash(&entry.word), *entry);
        }
        self.room = WAYS * (self.sets.len() - old.len());
    }

    /// Takes a free place or that of the last word of its set.
    fn insert(&mut self, hash: u64, entry: Entry<N>) {
        let set = self.set(hash);
        let place = set.iter().position(Entry::is_free).unwrap_or(WAYS - 1);
        set[place] = entry;
    }

    /// Remembers a word, with more room if there is little left.
    fn put(&mut self, key: &Key, known: CachedWord) {
        if self.room == 0 && self.sets.len() < self.most {
            self.grow();
        }
        self.room = self.room.saturating_sub(1);
        let mut word = [0; N];
        word.copy_from_slice(&key.word[..N]);
        self.insert(key.hash, Entry { word, known });
    }
}

/// The words that a thread remembers.
pub(crate) struct WordCache {
    /// The table that they were summed by; 0: none yet.
    table: u64,
    short: Memory<1>,
    long: Memory<{ LONGEST / 8 }>,
    /// The words ahead.
    keys: [Key; AHEAD],
}

/// A word on its way to its place.
#[derive(Default)]
pub(crate) struct Key {
    word: [u64; LONGEST / 8],
    hash: u64,
    long: bool,
}

impl Key {
    /// The word at bytes `at` of `text`.
    #[inline(always)]
    pub(crate) fn new(text: &str, at: Range<usize>) -> Key {
        let bytes = text.as_bytes();
        let mut word = [eight(bytes, at.start, at.end), 0, 0];
        let long = at.len() > 8;
        if long {
            word[1] = eight(bytes, at.start + 8, at.end);
            word[2] = eight(bytes, at.start + 16, at.end);
        }
        let hash = if long { hash(&word) } else { hash(&word[..1]) };
        Key { word, hash, long }
    }
}

/// Where a word belongs.
#[inline(always)]
fn hash(word: &[u64]) -> u64 {
    word.iter().fold(0, |hash, part| {
        let hash = hash ^ part;
        (hash ^ hash >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32)
    })
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

impl WordCache {
    /// A number for a table of weights that no other has.
    pub(crate) fn new_table() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    fn new(table: u64) -> WordCache {
        let threads = rayon::current_num_threads().next_power_of_two();
        let most = |kind: usize| (ALL_SETS[kind] / threads).clamp(LEAST_SETS, MOST_SETS[kind]);
        let (short, long) = (Memory::new(LEAST_SETS, most(0)), Memory::new(LEAST_SETS, most(1)));
        WordCache { table, short, long, keys: Default::default() }
    }

    /// Calls `f` with what this thread remembers of `table`. Of another table than before, it remembers nothing.
    #[inline]
    pub(crate) fn with<R>(table: u64, f: impl FnOnce(&mut WordCache) -> R) -> R {
        thread_local! {
            static RECALL: RefCell<WordCache> = RefCell::new(WordCache::new(0));
        }
        RECALL.with_borrow_mut(|recall| {
            if recall.table != table {
                *recall = WordCache::new(table);
            }
            f(recall)
        })
    }

    /// The word at bytes `at` of `text` will be asked for.
    #[inline(always)]
    pub(crate) fn foresee(&mut self, ahead: usize, text: &str, at: Range<usize>) {
        let key = Key::new(text, at);
        if key.long {
            self.long.fetch(&key)
        } else {
            self.short.fetch(&key)
        }
        self.keys[ahead] = key;
    }

    /// What the word that was foreseen came to.
    #[inline(always)]
    pub(crate) fn get(&mut self, ahead: usize) -> Option<&CachedWord> {
        let key = &self.keys[ahead];
        if key.long { self.long.get(key) } else { self.short.get(key) }
    }

    pub(crate) fn put(&mut self, ahead: usize, known: CachedWord) {
        let key = &self.keys[ahead];
        if key.long { self.long.put(key, known) } else { self.short.put(key, known) }
    }
}
