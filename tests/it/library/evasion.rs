//! Disguises: spellings that a reader sees through, and padding. How many of each are seen through on public corpora is
//! measured by `benches/evasion`.

use std::sync::LazyLock;

use naqd::{Classifier, Model};
use proptest::prelude::*;

static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| Classifier::new(&Model::shipped()));

fn label(text: &str) -> &'static str {
    &CLASSIFIER.classes()[CLASSIFIER.score(text).class]
}

const PLAIN: [&str; 6] = [
    "كاتب المقال غبي وحمار ولا يفهم شيئا",
    "يا تافه، اخرس أنت وصحيفتك الحقيرة!",
    "شكرا على هذا التقرير المفيد جدا",
    "whoever wrote this is a stupid idiot",
    "Where is your source? This report is wrong.",
    "thank you for the good news, see you tomorrow",
];

/// What leaves no trace behind a letter, of Arabic and of any script.
const MARKS: [&str; 6] = ["\u{64E}", "\u{651}\u{64B}", "ـ", "\u{200B}", "\u{202E}\u{2066}", "\u{FEFF}"];

/// Latin letters and others that look like them.
const ALIKE: [(char, char); 8] =
    [('a', 'а'), ('e', 'е'), ('o', 'ο'), ('p', 'р'), ('c', 'с'), ('i', 'і'), ('s', 'ѕ'), ('T', 'Т')];

proptest! {
    /// Marks, invisible characters, repeated letters, full-width and look-alike letters change nothing at all.
    #[test]
    fn what_looks_the_same_is_the_same(
        place in 0..PLAIN.len(),
        changes in prop::collection::vec((0..5usize, 0..60usize, 0..MARKS.len()), 0..12),
    ) {
        let plain = PLAIN[place];
        let mut letters: Vec<String> = plain.chars().map(String::from).collect();
        for (kind, at, mark) in changes {
            let at = at % letters.len();
            let letter = plain.chars().nth(at).unwrap();
            if !letter.is_alphabetic() {
                continue;
            }
            match kind {
                0 | 1 => letters[at].push_str(MARKS[mark]),
                // A word that is one letter stays apart from that letter repeated.
                2 if plain.split(' ').all(|word| word.chars().count() > 1) => letters[at] = letters[at].repeat(4),
                3 if letter.is_ascii() => letters[at] = char::from_u32(letter as u32 + 0xFEE0).unwrap().to_string(),
                4 => {
                    let alike = ALIKE.iter().find(|(latin, _)| *latin == letter);
                    letters[at] = alike.map_or(letter, |(_, alike)| *alike).to_string();
                }
                _ => {}
            }
        }
        let disguised = letters.concat();
        let (plain, score) = (CLASSIFIER.score(plain), CLASSIFIER.score(&disguised));
        prop_assert_eq!((plain.class, plain.probabilities), (score.class, score.probabilities), "{}", disguised);
    }
}

#[test]
fn letters_that_stand_apart_are_a_word() {
    for (plain, apart) in [
        ("you are an idiot", "you are an i d i o t"),
        ("you are an idiot", "you are an i.d.i.o.t"),
        ("you are an idiot", "you are an i-d-i-o-t"),
        ("you are an idiot", "you are an i_d_i_o_t"),
        ("انت حمار كبير", "انت ح م ا ر كبير"),
        ("انت حمار كبير", "انت ح.م.ا.ر كبير"),
        ("انت حمار كبير", "انت ح ـ م ـ ا ـ ر كبير"),
    ] {
        assert_eq!(CLASSIFIER.score(plain).probabilities, CLASSIFIER.score(apart).probabilities, "{apart}");
    }
}

/// Signs and digits for letters, one letter wrong, halves of a word, words run together.
#[test]
fn words_in_disguise_are_seen_through() {
    for disguised in [
        "whoever wrote this is a stupid id*ot",
        "whoever wrote this is a st*pid i***t",
        "whoever wrote this is a 5tup1d 1d10t",
        "whoever wrote this is a $tupid id!ot",
        "whoever wrote this is a stuipd idiott",
        "whoever wrote this is a stu pid",
        "whoever wrote this is a stupididiotagain",
        "كاتب المقال غبي وح7مار حقيـ*ـر",
        "كاتب المقال س5يف وتافه",
        "كاتب المقال سخيف وحقيرر وتاافه",
    ] {
        assert_eq!(label(disguised), "abusive", "{disguised}: {:?}", CLASSIFIER.score(disguised).probabilities);
    }
}

/// Words that training has met stand for themselves, also those that the model says nothing of.
#[test]
fn known_words_stand_for_themselves() {
    for innocent in
        ["في هذه السنة", "من وجبات الظهر", "the stupor of the patient", "the assistant", "سيارة جديدة في الشارع"]
    {
        assert_ne!(label(innocent), "abusive", "{innocent}: {:?}", CLASSIFIER.score(innocent).probabilities);
    }
}

#[test]
fn padding_does_not_hide_an_insult() {
    let friendly = [
        "Thank you all for the pleasant talk. I wish everybody a good morning. The garden looks lovely today. ",
        "شكرا لكم جميعا على هذا الحديث. صباح الخير لكل الأصدقاء. الحديقة جميلة في الربيع. ",
    ];
    let insults = ["You are a stupid idiot, shut up. ", "انت حمار وغبي وتافه يا حقير. "];
    for (insult, friendly) in insults.iter().zip(friendly) {
        assert_eq!(label(insult), "abusive");
        for padded in [
            format!("{insult}{}", friendly.repeat(4)),
            format!("{}{insult}", friendly.repeat(4)),
            format!("{}{insult}{}", friendly.repeat(20), friendly.repeat(20)),
            format!("{insult}{}", "love ".repeat(1000)),
            format!("{}{insult}", "شكرا ".repeat(1000)),
        ] {
            assert_eq!(label(&padded), "abusive", "{:.200}: {:?}", padded, CLASSIFIER.score(&padded).probabilities);
        }
        assert_ne!(label(&friendly.repeat(8)), "abusive");
    }
}
