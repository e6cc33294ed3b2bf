//! Hashes of n-grams, by which a model knows them.

use crate::text::clitics::stem;

/// Odd random keys of the multilinear hash (digits of the fractional part of pi, made odd).
pub(crate) const KEYS: [u64; 5] =
    [0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7345, 0xA409_3822_299F_31D1, 0x082E_FA98_EC4E_6C89, 0x4528_21E6_38D0_1377];
/// Numbers that tell words, stems and pairs from one another and from runs of characters.
pub(crate) const WORD: u64 = 0xBE54_66CF_34E9_0C6D;
pub(crate) const STEM: u64 = 0x5151_1234_7777_0001;
pub(crate) const PAIR: u64 = 0xC0AC_29B7_C97C_50DD;
/// Numbers that tell stems in a scope from others, by its mark.
pub(crate) const MARKS: [u64; 2] = [0x3F84_D5B5_B547_0917, 0x9216_D5D9_8979_FB1B];

/// Hash of a word, before the last mix.
#[inline]
pub(crate) fn word_hash(symbols: &[char]) -> u64 {
    symbols.iter().copied().fold(0, hash_step)
}

/// Hash of a word with one more character.
#[inline]
pub(crate) fn hash_step(hash: u64, c: char) -> u64 {
    (hash ^ c as u64).wrapping_mul(KEYS[0]).rotate_left(29)
}

/// Hashes of a word and of its stem as n-grams.
pub(crate) fn hashes_of(symbols: &[char]) -> [u64; 2] {
    let (from, to) = stem(symbols);
    [mix(word_hash(symbols) ^ WORD), mix(word_hash(&symbols[from..to]) ^ STEM)]
}

/// Tag of a stem, of 12 bits, by its hash as an n-gram: of some four thousand other stems one has it too.
#[inline]
pub(crate) fn stem_tag(stem: u64) -> u16 {
    (stem >> 40) as u16 & 0xFFF
}

/// Hash of a pair of words as an n-gram, by the hashes of the two.
#[inline]
pub(crate) fn pair_hash(first: u64, second: u64) -> u64 {
    mix(first.wrapping_mul(KEYS[1]).wrapping_add(second) ^ PAIR)
}

/// Final mix, which spreads a sum over all bits (the finaliser of MurmurHash3, half of it: the sums are well mixed above).
#[inline]
pub(crate) fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 29)
}
