//! Exact counts of n-grams in bounded memory.
//!
//! Hashes fall into shards by their high bits, each a hash table behind a lock of its own. A shard that would
//! outgrow its capacity keeps the lower half of its range of hashes and leaves the rest to a later pass over the
//! texts. Which n-grams a pass counts depends on the texts alone, never on the order of the threads.

use std::sync::{Mutex, PoisonError};

use crate::ngrams::emit::emit;
use crate::ngrams::script::Letters;
use crate::ngrams::sink::{Ngram, Sink};
use rayon::prelude::*;

/// Number of shards; a power of two.
const SHARDS: usize = 64;
/// Number of texts read together by one thread.
const CHUNK: usize = 512;
/// Minimum capacity of a shard.
const MIN_CAPACITY: usize = 1 << 10;

/// Counts the texts that each n-gram occurs in. After each pass, `found` is called with the n-grams of at least
/// `min_count` texts and their counts, in no order, and returns the new minimum; at most about `capacity` different
/// n-grams are counted in a pass. Only n-grams of `letters` count. Returns the number of passes.
pub(crate) fn count<T: AsRef<str> + Sync>(
    texts: &[T],
    capacity: usize,
    letters: Letters,
    mut min_count: u32,
    mut found: impl FnMut(Vec<(u64, u32)>) -> u32,
) -> usize {
    let capacity = (capacity / SHARDS).next_power_of_two().max(MIN_CAPACITY);
    let mut shards: Vec<Mutex<Shard>> = (0..SHARDS).map(|_| Mutex::new(Shard::new(capacity))).collect();
    let mut passes = 0;
    loop {
        passes += 1;
        texts.par_chunks(CHUNK).for_each_init(
            || vec![Vec::new(); SHARDS],
            |by_shard, chunk| {
                let mut hashes = Hashes { letters, hashes: Vec::new() };
                for text in chunk {
                    for &hash in hashes.different(text.as_ref()) {
                        by_shard[(hash >> (64 - SHARDS.trailing_zeros())) as usize].push(hash);
                    }
                }
                for (hashes, shard) in by_shard.iter_mut().zip(&shards) {
                    shard.lock().unwrap_or_else(PoisonError::into_inner).add(hashes);
                    hashes.clear();
                }
            },
        );
        let counted: Vec<(u64, u32)> = shards
            .par_iter_mut()
            .flat_map_iter(|shard| shard.get_mut().unwrap_or_else(PoisonError::into_inner).take(min_count))
            .collect();
        min_count = found(counted);
        if shards.iter_mut().all(|shard| shard.get_mut().unwrap_or_else(PoisonError::into_inner).from.is_none()) {
            return passes;
        }
    }
}

/// Shard: the counts of the hashes of a range.
struct Shard {
    /// First hash (less the shard's own bits) that is counted; none if all have been.
    from: Option<u64>,
    /// Last hash that is counted.
    to: u64,
    /// Hashes and numbers of texts in an open table; 0 texts mark a free place.
    table: Vec<(u64, u32)>,
    used: usize,
    capacity: usize,
}

/// Hash without the bits that name the shard.
fn rest(hash: u64) -> u64 {
    hash << SHARDS.trailing_zeros()
}

impl Shard {
    fn new(capacity: usize) -> Shard {
        Shard { from: Some(0), to: u64::MAX, table: vec![(0, 0); MIN_CAPACITY], used: 0, capacity }
    }

    fn add(&mut self, hashes: &[u64]) {
        let Some(from) = self.from else { return };
        for &hash in hashes {
            if (from..=self.to).contains(&rest(hash)) && self.insert(hash, 1) {
                while self.used * 4 >= self.table.len() * 3 {
                    if self.table.len() < self.capacity {
                        self.rebuild(self.table.len() * 2);
                    } else {
                        self.to = from + (self.to - from) / 2;
                        self.rebuild(self.table.len());
                    }
                }
            }
        }
    }

    /// Adds to the count of a hash; returns true if it is new.
    #[inline]
    fn insert(&mut self, hash: u64, texts: u32) -> bool {
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let place = &mut self.table[at];
            if place.1 == 0 {
                *place = (hash, texts);
                self.used += 1;
                return true;
            }
            if place.0 == hash {
                place.1 += texts;
                return false;
            }
            at = (at + 1) & mask;
        }
    }

    fn rebuild(&mut self, len: usize) {
        let old = std::mem::replace(&mut self.table, vec![(0, 0); len]);
        self.used = 0;
        for (hash, texts) in old {
            if texts > 0 && rest(hash) <= self.to {
                self.insert(hash, texts);
            }
        }
    }

    /// Counts of at least `min_count` texts; the shard goes on to the rest of its range.
    fn take(&mut self, min_count: u32) -> Vec<(u64, u32)> {
        let found = self.table.iter().copied().filter(|&(_, texts)| texts > 0 && texts >= min_count).collect();
        self.from = self.from.and(self.to.checked_add(1));
        self.to = u64::MAX;
        self.used = 0;
        match self.from {
            Some(_) => self.table.fill((0, 0)),
            None => self.table = Vec::new(),
        }
        found
    }
}

/// Sink of the different n-grams of a text.
struct Hashes {
    letters: Letters,
    hashes: Vec<u64>,
}

impl Hashes {
    fn different(&mut self, text: &str) -> &[u64] {
        self.hashes.clear();
        emit(text, self);
        self.hashes.sort_unstable();
        self.hashes.dedup();
        &self.hashes
    }
}

impl Sink for Hashes {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        if self.letters.fit(&ngram.parts) {
            self.hashes.push(ngram.hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ngrams::script::Letters;

    /// The counts are the same in however many passes.
    #[test]
    fn counts_do_not_depend_on_the_capacity() {
        let texts: Vec<String> = (0..6000u64)
            .map(|i| {
                let word = |i: u64| {
                    let hash = crate::ngrams::hash::mix(i + 1);
                    (0..6).map(|at| char::from(b'a' + (hash >> (at * 8)) as u8 % 26)).collect::<String>()
                };
                format!("{} {} {}", word(i % 3000), word(i), word(i % 100))
            })
            .collect();
        let count = |capacity: usize| {
            let mut all = Vec::new();
            let passes = super::count(&texts, capacity, Letters::Any, 2, |found| {
                all.extend(found);
                2
            });
            all.sort_unstable();
            (passes, all)
        };
        let (one, (passes, many)) = (count(1 << 24), count(1));
        assert_eq!(one.0, 1);
        assert!(passes > 1, "{passes} passes");
        assert_eq!(one.1, many);
    }
}
