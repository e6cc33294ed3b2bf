//! Reported address: insults in Arabic that a verb of saying introduces, without quotation marks: `لا تقولوا للطفل يا غبي`.
//!
//! An address (`يا غبي`) after a verb of saying in the same sentence is what somebody said, or is not to say. Who says it
//! himself to somebody (`قولوا له يا حمار`) looks the same, so that such a comment is for a person.

use crate::text::word::Word;
use crate::text::words::{Token, Words};
use std::ops::Range;

/// Most words from the verb to the address, both counted.
const REACH: usize = 6;

/// Most addresses of a comment; what comes after them counts as the writer's own words.
const MAX_ADDRESSES: usize = 1_000;

/// Verbs of saying with a prefix of person: قول, نادي, صيح, and so on. كول is Iraqi.
const PRESENT: [&str; 9] = ["قول", "كول", "نادي", "ناد", "صيح", "صرخ", "عيط", "خاطب", "نعت"];

/// Those that are imperatives without a prefix, of several persons.
const IMPERATIVE: [&str; 2] = ["قول", "كول"];

/// Verbs of saying without one.
const PAST: [&str; 9] = ["قال", "قلت", "قلنا", "قيل", "كال", "نادي", "نادا", "صاح", "صرخ"];

/// Byte spans of the addresses that a verb of saying introduces: sorted, and not touching one another. Does not allocate
/// if there are none. Linear in the text.
pub(crate) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let (mut words, mut word) = (Words::new(text), Word::default());
    // Words since the last verb of saying, and the start of an address whose name comes next.
    let (mut since, mut called) = (REACH, None);
    while let Some(token) = words.next(&mut word) {
        if token != Token::Word {
            (since, called) = (REACH, None);
            continue;
        }
        let symbols = word.symbols();
        let (start, end) = word.span(0, symbols.len() + 2);
        let (start, end) = (start as usize, end as usize);
        if let Some(start) = called.take() {
            found.push(start..end);
            // A second one may follow: يا غبي يا فاشل.
            since = 1;
            if found.len() == MAX_ADDRESSES {
                break;
            }
            continue;
        }
        since += 1;
        match symbols {
            ['ي', 'ا'] | ['و', 'ي', 'ا'] if since < REACH => called = Some(start),
            ['ي', 'ا', _, _, _, ..] if since < REACH => found.push(start..end),
            _ if says(symbols) => since = 0,
            _ => {}
        }
    }
    found
}

/// True if a word is a verb of saying, in any person, with the letters that dialects join to it.
fn says(word: &[char]) -> bool {
    // The imperative of one person, a word of its own: what follows on it in قليل is no ending.
    if let ['ق', 'ل'] | ['و' | 'ف', 'ق', 'ل'] = word {
        return true;
    }
    let is_particle = |c: &char| matches!(c, 'و' | 'ف' | 'ب' | 'ح' | 'س' | 'ه' | 'م' | 'ع' | 'ل' | 'ك');
    let particles = word.iter().take(3).take_while(|c| is_particle(c)).count();
    let is = |stems: &[&str], word: &[char]| stems.iter().any(|stem| begins(word, stem));
    (0..=particles).any(|from| {
        let bare = &word[from..];
        let has_person = matches!(bare, ['ت' | 'ي' | 'ن' | 'ا', ..]);
        has_person && is(&PRESENT, &bare[1..]) || is(&PAST, bare) || is(&IMPERATIVE, bare)
    })
}

/// True if a word is a stem and endings of verbs: persons, objects, the negation ش.
fn begins(word: &[char], stem: &str) -> bool {
    let len = stem.chars().count();
    let is_ending = |c: &char| matches!(c, 'و' | 'ا' | 'ي' | 'ن' | 'ت' | 'ه' | 'م' | 'ك' | 'ل' | 'ش');
    word.len() >= len
        && word.len() <= len + 6
        && word[..len].iter().copied().eq(stem.chars())
        && word[len..].iter().all(is_ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_behind_verbs_of_saying() {
        for (text, expected) in [
            ("لا تقولوا للطفل يا غبي يا فاشل، فالكلمة تبقى", &["يا غبي", "يا فاشل"][..]),
            ("المعلمة قالت لابني: يا حمار وضحكت", &["يا حمار"]),
            ("متقولش لابنك ياحمار", &["ياحمار"]),
            ("ما تقولولوش يا جحش ويا تيس", &["يا جحش", "ويا تيس"]),
            ("گال للمراجع يا حيوان", &["يا حيوان"]),
            ("وبيقول لزميله يَا بهيـمة", &["يَا بهيـمة"]),
            ("فقيل له يا كذاب", &["يا كذاب"]),
            ("قل له يا كاذب", &["يا كاذب"]),
            ("نادى على أخيه يا كلب", &["يا كلب"]),
            // Somebody is addressed.
            ("يا غبي", &[]),
            ("المقال كذب يا غبي", &[]),
            ("استقال الوزير يا حمار", &[]),
            ("العقول الفارغة مثلك يا تافه", &[]),
            ("هذا القليل يا بخيل", &[]),
            ("قال الوزير كلاما. اخرس يا حمار", &[]),
            ("قال الوزير كلاما طويلا عن الماء والكهرباء أمس يا حمار", &[]),
            ("he said ya", &[]),
        ] {
            let found: Vec<&str> = find(text).into_iter().map(|span| &text[span]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
