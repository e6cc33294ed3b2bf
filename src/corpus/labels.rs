//! Labels as people write them: `Neutral.` and `neutral`, 1 and 1.0, مسيء and مُسيئ are one.

use std::collections::BTreeMap;

use crate::text::fold::{Fold, block};

/// Marks that end a sentence, and no label.
const MARKS: [char; 10] = ['.', ',', ';', ':', '!', '?', '؟', '،', '؛', '…'];

/// Label without the spaces around it, in lower case.
pub(super) fn clean(label: &str) -> String {
    label.trim().to_lowercase()
}

/// Name of a class by its label: clean, without tatweel and the marks behind it, a whole number without a fraction.
pub(super) fn name(label: &str) -> String {
    let clean = clean(label).replace('ـ', "");
    let bare = clean.trim_end_matches(|c: char| MARKS.contains(&c) || c.is_whitespace());
    let whole =
        bare.split_once('.').filter(|(_, fraction)| !fraction.is_empty() && fraction.bytes().all(|b| b == b'0'));
    let whole = whole.filter(|(number, _)| number.bytes().any(|b| b.is_ascii_digit()) && number.parse::<i64>().is_ok());
    let bare = whole.map_or(bare, |(number, _)| number);
    // A label of nothing but marks is one.
    if bare.is_empty() { clean } else { bare.to_owned() }
}

/// Key of a label: equal for labels that differ only in how they are written. Letters are folded as those of comments are,
/// diacritics and hamza left out, and so on; no letter counts as repeated, and signs stay: -1 is not 1.
pub fn key(label: &str) -> String {
    let name = name(label);
    let mut key = String::with_capacity(name.len());
    let mut add = |fold: Fold, c: char| match fold {
        // The hamza of مسيئ, which others write behind the letter and most leave out.
        Fold::Letter(letter) if matches!(c, 'ئ' | 'ؤ') && key.ends_with(letter) => {}
        Fold::Letter(letter) | Fold::Alike(_, letter) | Fold::Digit(letter) => key.push(letter),
        Fold::Attached => {}
        _ => key.push(c),
    };
    for c in name.chars() {
        let block = block(c);
        match block.folds[c as usize & 0xFF] {
            Fold::Several(from, len) => {
                block.long[from as usize..][..len as usize].iter().for_each(|fold| add(*fold, ' '));
            }
            fold => add(fold, c),
        }
    }
    // Digits of another script may have been a number with a fraction.
    let key = if key.bytes().any(|byte| byte.is_ascii_digit()) { self::name(&key) } else { key };
    if key.is_empty() { name } else { key }
}

/// The most frequent of the names that have the same key, by their key.
pub(super) fn most_frequent(names: impl IntoIterator<Item = (String, usize)>) -> BTreeMap<String, String> {
    let mut by_key: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (name, rows) in names {
        *by_key.entry(key(&name)).or_default().entry(name).or_default() += rows;
    }
    let most = |names: BTreeMap<String, usize>| {
        let most = names.into_iter().max_by(|(a, rows), (b, other)| rows.cmp(other).then_with(|| b.cmp(a)));
        most.map_or_else(String::new, |(name, _)| name)
    };
    by_key.into_iter().map(|(key, names)| (key, most(names))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_differ_in_writing_have_one_key() {
        for same in [
            &["neutral", " NEUTRAL", "Neutral.", "neutral ,"][..],
            &["مسيء", "مسئ", "مُسيء", "مُسيئ.", "مســيء"],
            &["محايد", "محايــد", "محايد "],
            &["1", "1.0", "1.00", "1.", "١", "١.٠"],
            &["TRUE", "True"],
            &["إساءة", "اساءه"],
            &["?", " ?"],
        ] {
            assert!(same.iter().all(|label| key(label) == key(same[0])), "{same:?}");
        }
        for different in [
            ["1", "-1"],
            ["1", "true"],
            ["1", "10"],
            ["1.0", "1.5"],
            ["god", "good"],
            ["a.0", "a"],
            ["+1", "1"],
            ["?", "!"],
        ] {
            assert_ne!(key(different[0]), key(different[1]), "{different:?}");
        }
        assert_eq!(["neutral.", "1.0", "محايــد", "!", "v1.0"].map(name), ["neutral", "1", "محايد", "!", "v1.0"]);
    }
}
