//! Clitics: what Arabic writes together with a word.

/// What may stand before a stem: articles, prepositions and conjunctions that Arabic writes together with the word.
const BEFORE: [&[char]; 9] = [
    &['و', 'ا', 'ل'],
    &['ف', 'ا', 'ل'],
    &['ب', 'ا', 'ل'],
    &['ك', 'ا', 'ل'],
    &['و', 'ل', 'ل'],
    &['ا', 'ل'],
    &['ل', 'ل'],
    &['و'],
    &['ي', 'ا'],
];

/// What may stand behind one: pronouns and endings.
const BEHIND: [&[char]; 19] = [
    &['ك', 'م'],
    &['ه', 'م'],
    &['ه', 'ا'],
    &['ن', 'ا'],
    &['ي', 'ن'],
    &['و', 'ن'],
    &['ا', 'ت'],
    &['و', 'ا'],
    &['ه'],
    &['ي'],
    &['ك'],
    &['ا'],
    &['i', 'n', 'g'],
    &['e', 'r', 's'],
    &['e', 'r'],
    &['e', 'd'],
    &['i', 'e', 's'],
    &['s'],
    &['y'],
];

/// Fewest characters of a stem.
const STEM_LEAST: usize = 3;

/// Where the light stem of a word begins and ends: without the first of [`BEFORE`] and the first of [`BEHIND`] that
/// are there and leave enough.
#[inline]
pub(crate) fn stem(word: &[char]) -> (usize, usize) {
    let leaves = |length: usize, affix: &[char]| length >= affix.len() + STEM_LEAST;
    let before = BEFORE.iter().find(|affix| leaves(word.len(), affix) && word.starts_with(affix));
    let from = before.map_or(0, |affix| affix.len());
    let behind = BEHIND.iter().find(|affix| leaves(word.len() - from, affix) && word.ends_with(affix));
    (from, word.len() - behind.map_or(0, |affix| affix.len()))
}
