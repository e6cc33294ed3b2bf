//! Clitics: the letters that Arabic writes together with a word, in one table for the three uses that take them off.
//!
//! | use | function | rule |
//! |---|---|---|
//! | light stems of n-grams | [`stem`] | one prefix and one suffix, the longest; three characters stay |
//! | phrases of house rules | [`phrase_starts`] | every prefix, in any of its readings; no suffix |
//! | names of groups of people | [`group_stems`] | every prefix with every suffix; three characters stay |
//!
//! The columns differ on purpose. Stems are part of what a model has learnt, so that they cannot change without a new
//! version of the n-grams; a phrase of a house rule must not be found inside another word (`علي`, a name, in `عليكم`);
//! the names of groups are known in advance, so that more may be taken off.

/// Letters that are written together with a word, and the uses that take them off.
struct Clitic {
    letters: &'static [char],
    /// Light stems of n-grams.
    stem: bool,
    /// Phrases of house rules: the fewest letters that must be left of the word.
    phrase: Option<usize>,
    /// Names of groups of people.
    #[cfg_attr(not(feature = "train"), allow(dead_code))]
    group: bool,
}

const fn clitic(letters: &'static [char], stem: bool, phrase: Option<usize>, group: bool) -> Clitic {
    Clitic { letters, stem, phrase, group }
}

/// A column of the tables below that does not have the row.
const NO: bool = false;
/// A column of the tables below that has the row.
const YES: bool = true;
/// For phrases: three letters must be left.
const THREE: Option<usize> = Some(3);
/// For phrases, after a single letter that many words begin with by themselves: four letters must be left.
const FOUR: Option<usize> = Some(4);

/// Prefixes: conjunctions, prepositions, the article, the vocative. Those with the same first letter stand together,
/// the longest first.
#[rustfmt::skip]
const PREFIXES: [Clitic; 34] = [
    //                             stem phrase group
    clitic(&['ا', 'ل'],            YES, THREE, YES),
    clitic(&['ل', 'ل'],            YES, None,  YES),
    clitic(&['ل'],                 NO,  THREE, YES),
    clitic(&['ب', 'ا', 'ل'],       YES, THREE, YES),
    clitic(&['ب'],                 NO,  FOUR,  YES),
    clitic(&['ك', 'ا', 'ل'],       YES, THREE, YES),
    clitic(&['ك'],                 NO,  FOUR,  YES),
    clitic(&['ه', 'ا', 'ل'],       NO,  THREE, YES),
    clitic(&['ه'],                 NO,  None,  YES),
    clitic(&['ع', 'ا', 'ل'],       NO,  THREE, YES),
    clitic(&['ي', 'ا', 'ل'],       NO,  None,  YES),
    clitic(&['ي', 'ا'],            YES, THREE, NO),
    clitic(&['ف', 'ب', 'ا', 'ل'],  NO,  THREE, NO),
    clitic(&['ف', 'ك', 'ا', 'ل'],  NO,  THREE, NO),
    clitic(&['ف', 'ه', 'ا', 'ل'],  NO,  THREE, NO),
    clitic(&['ف', 'ع', 'ا', 'ل'],  NO,  THREE, NO),
    clitic(&['ف', 'ا', 'ل'],       YES, THREE, YES),
    clitic(&['ف', 'ي', 'ا'],       NO,  THREE, NO),
    clitic(&['ف', 'ل'],            NO,  THREE, NO),
    clitic(&['ف', 'ب'],            NO,  FOUR,  NO),
    clitic(&['ف', 'ك'],            NO,  FOUR,  NO),
    clitic(&['ف'],                 NO,  FOUR,  YES),
    clitic(&['و', 'ب', 'ا', 'ل'],  NO,  THREE, YES),
    clitic(&['و', 'ك', 'ا', 'ل'],  NO,  THREE, NO),
    clitic(&['و', 'ه', 'ا', 'ل'],  NO,  THREE, YES),
    clitic(&['و', 'ع', 'ا', 'ل'],  NO,  THREE, NO),
    clitic(&['و', 'ا', 'ل'],       YES, THREE, YES),
    clitic(&['و', 'ل', 'ل'],       YES, None,  YES),
    clitic(&['و', 'ي', 'ا'],       NO,  THREE, NO),
    clitic(&['و', 'ل'],            NO,  THREE, NO),
    clitic(&['و', 'ب'],            NO,  FOUR,  NO),
    clitic(&['و', 'ك'],            NO,  FOUR,  NO),
    clitic(&['و'],                 YES, THREE, YES),
    // Every use also reads a word with nothing taken off.
    clitic(&[],                    NO,  None,  YES),
];

/// Suffixes: plurals and pronouns, and the English endings that stems are read without. The longest stand first.
#[rustfmt::skip]
const SUFFIXES: [Clitic; 21] = [
    //                   stem phrase group
    clitic(&['ك', 'م'],  YES, None, YES),
    clitic(&['ه', 'م'],  YES, None, YES),
    clitic(&['ه', 'ا'],  YES, None, YES),
    clitic(&['ن', 'ا'],  YES, None, YES),
    clitic(&['ي', 'ن'],  YES, None, YES),
    clitic(&['و', 'ن'],  YES, None, YES),
    clitic(&['ا', 'ت'],  YES, None, YES),
    clitic(&['و', 'ا'],  YES, None, NO),
    clitic(&['ه'],       YES, None, YES),
    clitic(&['ي'],       YES, None, YES),
    clitic(&['ك'],       YES, None, YES),
    clitic(&['ا'],       YES, None, YES),
    clitic(&['و'],       NO,  None, YES),
    clitic(&['i', 'n', 'g'], YES, None, NO),
    clitic(&['e', 'r', 's'], YES, None, NO),
    clitic(&['i', 'e', 's'], YES, None, NO),
    clitic(&['e', 'r'],  YES, None, NO),
    clitic(&['e', 'd'],  YES, None, NO),
    clitic(&['s'],       YES, None, NO),
    clitic(&['y'],       YES, None, NO),
    clitic(&[],          NO,  None, YES),
];

/// Fewest characters of a stem.
const MIN_STEM: usize = 3;

/// Prefixes and suffixes of stems.
const STEM_PREFIXES: [&[char]; 9] = stem_column(&PREFIXES);
const STEM_SUFFIXES: [&[char]; 19] = stem_column(&SUFFIXES);

/// Prefixes of phrases, each with the fewest letters that must be left.
const PHRASE_PREFIXES: [(&[char], usize); 29] = phrase_column(&PREFIXES);

/// Rows of the prefixes of phrases that begin with each letter from `ا` to `ي`: most words have none.
const PHRASE_ROWS: [(usize, usize); 'ي' as usize - 'ا' as usize + 1] = rows_by_first_letter(&PHRASE_PREFIXES);

const fn rows_by_first_letter<const N: usize>(column: &[(&[char], usize)]) -> [(usize, usize); N] {
    let mut rows = [(0, 0); N];
    let mut row = 0;
    while row < column.len() {
        let rows = &mut rows[column[row].0[0] as usize - 'ا' as usize];
        if rows.1 == 0 {
            rows.0 = row;
        }
        assert!(rows.1 == 0 || rows.1 == row, "those with the same first letter stand together");
        rows.1 = row + 1;
        row += 1;
    }
    rows
}

const fn stem_column<const N: usize>(table: &[Clitic]) -> [&'static [char]; N] {
    let mut column: [&'static [char]; N] = [&[]; N];
    let (mut row, mut len) = (0, 0);
    while row < table.len() {
        if table[row].stem {
            column[len] = table[row].letters;
            len += 1;
        }
        row += 1;
    }
    assert!(len == N, "as many rows as there are");
    column
}

const fn phrase_column<const N: usize>(table: &[Clitic]) -> [(&'static [char], usize); N] {
    let mut column: [(&'static [char], usize); N] = [(&[], 0); N];
    let (mut row, mut len) = (0, 0);
    while row < table.len() {
        if let Some(min_left) = table[row].phrase {
            column[len] = (table[row].letters, min_left);
            len += 1;
        }
        row += 1;
    }
    assert!(len == N, "as many rows as there are");
    column
}

/// Range of the light stem in a word: without its longest prefix and its longest suffix that leave [`MIN_STEM`]
/// characters.
#[inline]
pub(crate) fn stem(word: &[char]) -> (usize, usize) {
    // One letter first: it rules out most rows.
    let (first, last) = (word.first(), word.last());
    let leaves = |length: usize, affix: &[char]| length >= affix.len() + MIN_STEM;
    let starts = |affix: &[char]| affix.first() == first && leaves(word.len(), affix) && word.starts_with(affix);
    let prefix = STEM_PREFIXES.iter().find(|affix| starts(affix));
    let from = prefix.map_or(0, |affix| affix.len());
    let ends = |affix: &[char]| affix.last() == last && leaves(word.len() - from, affix) && word.ends_with(affix);
    let suffix = STEM_SUFFIXES.iter().find(|affix| ends(affix));
    (from, word.len() - suffix.map_or(0, |affix| affix.len()))
}

/// Fewest letters of a word of a phrase after an article whose alef is not written: the two `ل` leave little doubt.
const MIN_AFTER_ARTICLE: usize = 2;

/// Calls `read` with every place at which a word of a phrase may begin inside `word`, after what is written together
/// with it. Of two `ل`, the article's and the word's, folding leaves one: behind an article the word may also begin
/// with that. The article may belong to the phrase: it is read too where it follows a prefix, and the places at which it
/// would stand without its alef, as in للكتاب, are passed with `true`.
#[inline]
pub(crate) fn phrase_starts(word: &[char], mut read: impl FnMut(usize, bool)) {
    let Some(&first) = word.first() else { return };
    let Some(&(from, to)) = PHRASE_ROWS.get((first as usize).wrapping_sub('ا' as usize)) else { return };
    for &(letters, min_left) in &PHRASE_PREFIXES[from..to] {
        // Letter by letter, since most rows differ in the second one.
        if word.len() < letters.len() || letters.iter().zip(word).any(|(a, b)| a != b) {
            continue;
        }
        let mut read_from = |from: usize| {
            if word.len() >= from + min_left {
                read(from, false);
            }
        };
        // Other prefixes before an article have a row of their own, which reads it.
        if let [.., 'ه' | 'ع', 'ا', 'ل'] = letters {
            read_from(letters.len() - 2);
        }
        if letters.ends_with(&['ا', 'ل']) {
            read_from(letters.len() - 1);
        }
        read_from(letters.len());
        if let [.., 'ل'] = letters
            && !letters.ends_with(&['ا', 'ل'])
            && word.len() >= letters.len() + MIN_AFTER_ARTICLE
        {
            read(letters.len(), true);
        }
    }
}

/// Readings of a phrase that may name a group of people: as it stands, and without prefixes and suffixes where
/// [`MIN_STEM`] characters are left.
#[cfg(feature = "train")]
pub(crate) fn group_stems(phrase: &str) -> impl Iterator<Item = &str> {
    let without_prefix = move |prefix: &'static Clitic| {
        let rest = prefix.letters.iter().try_fold(phrase, |rest, letter| rest.strip_prefix(*letter))?;
        Some((prefix, rest))
    };
    let prefixes = PREFIXES.iter().filter(|prefix| prefix.group).filter_map(without_prefix);
    prefixes.flat_map(|(prefix, rest)| {
        SUFFIXES.iter().filter(|suffix| suffix.group).filter_map(move |suffix| {
            let stem = suffix.letters.iter().rev().try_fold(rest, |rest, letter| rest.strip_suffix(*letter))?;
            let whole = prefix.letters.is_empty() && suffix.letters.is_empty();
            (whole || stem.chars().count() >= MIN_STEM).then_some(stem)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stem of a word, the readings of a phrase inside it, and its readings as a name of a group.
    fn readings(word: &str) -> (String, String, String) {
        let letters: Vec<char> = word.chars().collect();
        let (from, to) = stem(&letters);
        let mut phrases = Vec::new();
        phrase_starts(&letters, |at, article| {
            phrases.push(
                if article { "ال".to_owned() } else { String::new() } + &letters[at..].iter().collect::<String>(),
            );
        });
        (letters[from..to].iter().collect(), phrases.join(" "), group_stems(word).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn every_use_has_its_own_column() {
        // The word, its stem, the readings of a phrase, the readings of a name.
        for (word, expected) in [
            ("والكتاب", ("كتاب", "لكتاب كتاب الكتاب", "كتاب الكتاب والكتاب")),
            ("بالكتاب", ("كتاب", "لكتاب كتاب الكتاب", "كتاب الكتاب بالكتاب")),
            (
                "وبالكاتبين",
                ("بالكاتب", "لكاتبين كاتبين الكاتبين بالكاتبين", "كاتب كاتبين بالكاتب بالكاتبين وبالكاتب وبالكاتبين"),
            ),
            ("كالمصري", ("مصر", "لمصري مصري المصري", "مصر مصري المصر المصري كالمصر كالمصري")),
            ("عالبلد", ("عالبلد", "البلد لبلد بلد", "بلد عالبلد")),
            ("هالبلد", ("هالبلد", "البلد لبلد بلد", "بلد البلد هالبلد")),
            ("اليل", ("اليل", "ليل", "اليل")),
            ("لكتاب", ("لكتاب", "كتاب الكتاب", "كتاب لكتاب")),
            ("ياكاتب", ("كاتب", "كاتب", "ياكاتب")),
            ("فقال", ("فقال", "", "قال فقال")),
            ("بلدنا", ("بلد", "لدنا", "لدن لدنا بلد بلدن بلدنا")),
            ("كلبهم", ("كلب", "لبهم", "لبهم كلب كلبهم")),
            ("ولد", ("ولد", "", "ولد")),
            ("وولدها", ("ولد", "ولدها", "ولد ولده ولدها وولد وولده وولدها")),
            ("بال", ("بال", "", "بال")),
            ("يالكاتب", ("لكاتب", "لكاتب", "كاتب يالكاتب")),
            ("كتبوا", ("كتب", "تبوا", "تبو تبوا كتبو كتبوا")),
            ("اكراد", ("اكراد", "", "اكراد")),
            ("liars", ("liar", "", "liars")),
            ("stories", ("stor", "", "stories")),
            ("using", ("using", "", "using")),
            ("فبالكلب", ("فبالكلب", "لكلب كلب الكلب بالكلب", "بالكلب فبالكلب")),
        ] {
            let (stem, phrases, groups) = readings(word);
            assert_eq!((&*stem, &*phrases, &*groups), expected, "of {word:?}");
        }
    }
}
