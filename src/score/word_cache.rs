//! Per-thread cache of the summed n-gram weights of words. Readers use the same few thousand words over and over, and
//! the bytes of a word decide all that its own n-grams add to a comment: a few integers.
//!
//! Each thread has a cache of bounded size, for one table of weights. It changes nothing but time: a word is found only
//! by all of its bytes, and the sums are those that its n-grams gave.
//!
//! By hand: what makes it worth its while is that a set of words fills whole cache lines and can be prefetched, which
//! no map or LRU crate offers.

use crate::ngrams::emit::AHEAD;
use crate::ngrams::scope::Role;
use crate::ngrams::script::Script;
use crate::ngrams::sink::CachedNgrams;
use crate::score::accumulator::WordSums;
use crate::score::huge_pages::{Table, filled};
use crate::score::kinds::WordKinds;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Longest word of the cache, in bytes.
pub(crate) const MAX_BYTES: usize = 24;

/// Most classes of a model whose words are cached: as many as fit into an entry.
pub(crate) const CLASSES: usize = 3;

/// Number of words of a set.
const WAYS: usize = 4;

/// Average number of words of a set beyond which a cache grows: with more, many a set has no place for a word.
const FILLED: usize = 1;

/// Number of sets that a cache begins with.
const INITIAL_SETS: usize = 1 << 8;

/// Most sets of short words, of long words, and of the kinds of words, of all threads and of one: 4 MiB of short words, 12
/// MiB of long ones and 4 MiB of kinds. A word that is not cached costs some forty look-ups of n-grams, most of them in
/// vain.
const ALL_SETS: [usize; 3] = [1 << 16, 1 << 17, 1 << 16];
const MAX_SETS: [usize; 3] = [1 << 15, 1 << 16, 1 << 15];

/// Sums over the n-grams of a word, without its pairs.
#[derive(Clone, Copy, Default)]
pub(crate) struct CachedWord {
    /// Hash of the word for its pairs.
    hash: u64,
    /// Sums of their weights.
    pub(crate) weights: [i32; CLASSES],
    /// Number of its n-grams, some hundred at most; the highest bit says whether it has a role in scopes.
    count: u8,
    /// Number of them that the table knows; the highest bit says whether any has weights of kinds.
    known: u8,
    /// Tag of its stem, or its role; the highest bit says whether the table knows the stem, the next two the script, and one
    /// more whether the model knows the word.
    stem: u16,
}

const STEM: u16 = 1 << 15;
const ARABIC: u16 = 1 << 14;
const LATIN: u16 = 1 << 13;
const KNOWN: u16 = 1 << 12;

/// Bit of the number of n-grams of a word with a role.
const ROLE: u8 = 1 << 7;
/// Bit of the number of known n-grams of a word with weights of kinds.
const KINDS: u8 = 1 << 7;

impl CachedWord {
    /// Sums of a word without its pair; `has_kinds` says whether the cache has those of its kinds too.
    pub(crate) fn new<const L: usize>(ngrams: CachedNgrams, word: &WordSums<L>, has_kinds: bool) -> CachedWord {
        let script = match word.script {
            Script::Other => 0,
            Script::Arabic => ARABIC,
            Script::Latin => LATIN,
        };
        let flags = script | if word.known_stem { STEM } else { 0 } | if word.is_known { KNOWN } else { 0 };
        let mut weights = [0; CLASSES];
        weights.copy_from_slice(&word.weights[..CLASSES]);
        let (count, known) = (ngrams.count as u8, word.counts.known() as u8);
        debug_assert!(count < ROLE, "{} n-grams", ngrams.count);
        let known = if has_kinds { known | KINDS } else { known };
        // A word with a role insults nobody, so that its stem is not asked for.
        match ngrams.role {
            Role::Content => CachedWord { hash: ngrams.hash, weights, count, known, stem: word.stem | flags },
            role => CachedWord { hash: ngrams.hash, weights, count: count | ROLE, known, stem: role as u16 | flags },
        }
    }

    /// True if it is of no word.
    #[inline(always)]
    fn is_none(&self) -> bool {
        self.count == 0
    }

    /// Hash, number of its n-grams, and role.
    #[inline(always)]
    pub(crate) fn ngrams(&self) -> CachedNgrams {
        let role = if self.count & ROLE != 0 { Role::from_number(self.stem()) } else { Role::Content };
        CachedNgrams { hash: self.hash, count: (self.count & !ROLE).into(), role }
    }

    /// Number of n-grams that the table knows.
    #[inline(always)]
    pub(crate) fn known(&self) -> u32 {
        (self.known & !KINDS).into()
    }

    /// True if the cache has the sums of its kinds; those of all other words are 0.
    #[inline(always)]
    pub(crate) fn has_kinds(&self) -> bool {
        self.known & KINDS != 0
    }

    /// True if the table knows its stem.
    #[inline(always)]
    pub(crate) fn known_stem(&self) -> bool {
        self.stem & STEM != 0
    }

    /// True if the model knows the word.
    #[inline(always)]
    pub(crate) fn is_known(&self) -> bool {
        self.stem & KNOWN != 0
    }

    /// Tag of its stem.
    #[inline(always)]
    pub(crate) fn stem(&self) -> u16 {
        self.stem & (KNOWN - 1)
    }

    /// Script of the word.
    #[inline(always)]
    pub(crate) fn script(&self) -> Script {
        match self.stem & (ARABIC | LATIN) {
            0 => Script::Other,
            ARABIC => Script::Arabic,
            _ => Script::Latin,
        }
    }
}

/// Entry of the cache: a word of at most 8 `N` bytes, padded with zeros, which no word contains, or its hash, and its sums.
/// Free if there is no word.
#[derive(Clone, Copy)]
struct Entry<const N: usize, T> {
    word: [u64; N],
    sums: T,
}

impl<const N: usize, T> Entry<N, T> {
    fn is_free(&self) -> bool {
        self.word[0] == 0
    }
}

/// Words whose hashes share their low bits, frequent ones first: two cache lines, or three of long words.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Set<const N: usize, T>([Entry<N, T>; WAYS]);

const _: () =
    assert!(size_of::<Set<1, CachedWord>>() == 128 && size_of::<Set<3, CachedWord>>() == 192, "sets fill cache lines");
const _: () = assert!(size_of::<Set<1, WordKinds>>() == 128, "sets fill cache lines");

/// Cache of short words, of long words, or of the kinds of words.
struct Sets<const N: usize, T> {
    sets: Table<Set<N, T>>,
    /// Most sets that there may be.
    capacity: usize,
    /// Number of words that may be put before it grows.
    until_growth: usize,
}

impl<const N: usize, T: Copy + Default> Sets<N, T> {
    fn new(sets: usize, capacity: usize) -> Self {
        let free = Entry { word: [0; N], sums: T::default() };
        Sets { sets: filled(Set([free; WAYS]), sets), capacity, until_growth: FILLED * sets }
    }

    /// Set of the words with a hash.
    #[inline(always)]
    fn set(&mut self, hash: u64) -> &mut [Entry<N, T>; WAYS] {
        let mask = self.sets.len() - 1;
        &mut self.sets[hash as usize & mask].0
    }

    /// Has the processor load the set of a word.
    #[inline(always)]
    fn prefetch(&mut self, key: &Key) {
        crate::score::prefetch::prefetch(&self.set(key.hash)[0]);
    }

    /// Sums of a word, which moves one place to the front of its set.
    #[inline(always)]
    fn get(&mut self, key: &Key) -> Option<&T> {
        let set = self.set(key.hash);
        let is = |entry: &Entry<N, T>| entry.word.iter().zip(key.word).fold(0, |or, (a, b)| or | (a ^ b)) == 0;
        let mut place = 0;
        while !is(&set[place]) {
            place += 1;
            if place == WAYS {
                return None;
            }
        }
        if place > 0 {
            set.swap(place - 1, place);
            place -= 1;
        }
        Some(&set[place].sums)
    }

    /// Grows to four times as many sets. Each old set is divided among four new ones, so that all its words fit.
    #[inline(never)]
    fn grow(&mut self) {
        let new = Sets::new((4 * self.sets.len()).min(self.capacity), self.capacity);
        let old = std::mem::replace(self, new).sets;
        for entry in old.iter().flat_map(|set| &set.0).filter(|entry| !entry.is_free()) {
            self.insert(hash(&entry.word), *entry);
        }
        self.until_growth = FILLED * (self.sets.len() - old.len());
    }

    /// Puts an entry into a free place of its set, or into the last one.
    fn insert(&mut self, hash: u64, entry: Entry<N, T>) {
        let set = self.set(hash);
        let place = set.iter().position(Entry::is_free).unwrap_or(WAYS - 1);
        set[place] = entry;
    }

    /// Adds a word.
    fn put(&mut self, key: &Key, sums: T) {
        if self.until_growth == 0 && self.sets.len() < self.capacity {
            self.grow();
        }
        self.until_growth = self.until_growth.saturating_sub(1);
        let mut word = [0; N];
        word.copy_from_slice(&key.word[..N]);
        self.insert(key.hash, Entry { word, sums });
    }
}

/// Cache of a thread.
pub(crate) struct WordCache {
    /// Id of the table of weights that it belongs to; 0: none yet.
    table: u64,
    short: Sets<1, CachedWord>,
    long: Sets<{ MAX_BYTES / 8 }, CachedWord>,
    /// Sums of kinds, by the hashes of words.
    kinds: Sets<1, WordKinds>,
    /// Keys of the prefetched words.
    keys: [Key; AHEAD],
    /// Sums of those that were found.
    found: [CachedWord; AHEAD],
    /// Number of the prefetched word last asked for.
    asked: usize,
}

/// Key of a word in the cache.
#[derive(Default)]
pub(crate) struct Key {
    word: [u64; MAX_BYTES / 8],
    hash: u64,
    long: bool,
}

impl Key {
    /// Key of the word at bytes `at` of `text`.
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

    /// Key of a word by its hash.
    #[inline(always)]
    fn of_hash(word: u64) -> Key {
        let word = [word, 0, 0];
        Key { word, hash: hash(&word[..1]), long: false }
    }
}

/// Hash of a padded word.
#[inline(always)]
fn hash(word: &[u64]) -> u64 {
    word.iter().fold(0, |hash, part| {
        let hash = hash ^ part;
        (hash ^ hash >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32)
    })
}

/// Bytes `from..to`, at most eight, padded with zeros.
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
    /// Id for a table of weights, which no other has.
    pub(crate) fn new_table_id() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    fn new(table: u64) -> WordCache {
        let threads = rayon::current_num_threads().next_power_of_two();
        let capacity = |kind: usize| (ALL_SETS[kind] / threads).clamp(INITIAL_SETS, MAX_SETS[kind]);
        WordCache {
            table,
            short: Sets::new(INITIAL_SETS, capacity(0)),
            long: Sets::new(INITIAL_SETS, capacity(1)),
            kinds: Sets::new(INITIAL_SETS, capacity(2)),
            keys: Default::default(),
            found: Default::default(),
            asked: 0,
        }
    }

    /// Calls `f` with the cache of this thread for `table`; it is empty if it was of another table.
    #[inline]
    pub(crate) fn with<R>(table: u64, f: impl FnOnce(&mut WordCache) -> R) -> R {
        thread_local! {
            static CACHE: RefCell<WordCache> = RefCell::new(WordCache::new(0));
        }
        CACHE.with_borrow_mut(|cache| f(cache.of(table)))
    }

    /// This cache for `table`; emptied if it was of another one.
    #[inline]
    fn of(&mut self, table: u64) -> &mut WordCache {
        if self.table != table {
            *self = WordCache::new(table);
        }
        self
    }

    /// Prefetches the word at bytes `at` of `text`, to be asked for as number `ahead`.
    #[inline(always)]
    pub(crate) fn prefetch(&mut self, ahead: usize, text: &str, at: Range<usize>) {
        let key = Key::new(text, at);
        if key.long {
            self.long.prefetch(&key)
        } else {
            self.short.prefetch(&key)
        }
        self.keys[ahead] = key;
        self.found[ahead] = CachedWord::default();
    }

    /// Looks up the word prefetched as number `ahead`; its hash, or 0 if it is not there.
    #[inline(always)]
    pub(crate) fn look_up(&mut self, ahead: usize) -> u64 {
        let key = &self.keys[ahead];
        let found = if key.long { self.long.get(key) } else { self.short.get(key) };
        found.map_or(0, |found| {
            self.found[ahead] = *found;
            found.hash
        })
    }

    /// N-grams of the word prefetched as number `ahead`, if it is there. Either [`WordCache::found`] is next, or
    /// [`WordCache::put`].
    #[inline(always)]
    pub(crate) fn ask(&mut self, ahead: usize) -> Option<CachedNgrams> {
        self.asked = ahead;
        // What was not there before may have come since.
        if self.found[ahead].is_none() && self.look_up(ahead) == 0 {
            return None;
        }
        Some(self.found[ahead].ngrams())
    }

    /// Sums of the word that was asked for and is there.
    #[inline(always)]
    pub(crate) fn found(&self) -> &CachedWord {
        &self.found[self.asked]
    }

    /// Adds the word that was asked for and is not there.
    pub(crate) fn put(&mut self, sums: CachedWord) {
        let key = &self.keys[self.asked];
        if key.long { self.long.put(key, sums) } else { self.short.put(key, sums) }
    }

    /// Prefetches the sums of the kinds of a word, by its hash.
    #[inline(always)]
    pub(crate) fn prefetch_kinds(&mut self, word: u64) {
        self.kinds.prefetch(&Key::of_hash(word));
    }

    /// Sums of the kinds of a word, by its hash.
    #[inline(always)]
    pub(crate) fn kinds(&mut self, word: u64) -> Option<&WordKinds> {
        self.kinds.get(&Key::of_hash(word))
    }

    /// Adds the sums of the kinds of a word.
    pub(crate) fn put_kinds(&mut self, word: u64, sums: WordKinds) {
        let key = Key::of_hash(word);
        if self.kinds.get(&key).is_none() {
            self.kinds.put(&key, sums);
        }
    }
}
