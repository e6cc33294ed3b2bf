//! House rules: what is found, what it does, and what is wrong with a list.

mod common;

use std::ops::Range;
use std::path::Path;

use naqd::rules::{Effect, Match, Rule, Rules};
use naqd::text::{Token, Word, Words};
use proptest::prelude::*;

fn rules(list: &[(&str, Effect)]) -> Rules {
    let rule = |(i, (phrase, effect)): (usize, &(&str, Effect))| Rule {
        phrase: phrase.to_string(),
        effect: *effect,
        note: String::new(),
        line: i as u64 + 2,
    };
    Rules::new(list.iter().enumerate().map(rule).collect(), Path::new("rules.csv")).unwrap()
}

/// The bytes of a text that a phrase is found at.
fn found<'t>(phrase: &str, text: &'t str) -> Vec<&'t str> {
    rules(&[(phrase, Effect::Hold)]).find(text).into_iter().map(|found| &text[found.span]).collect()
}

#[test]
fn phrases_are_found_however_they_are_spelt() {
    let cases: &[(&str, &str, &[&str])] = &[
        // Diacritics, tatweel, alef and hamza, ta marbuta, letters repeated.
        ("أحمق", "هذا اَحْمَـــق", &["اَحْمَـــق"]),
        ("غبية", "يا غبييييه!", &["غبييييه"]),
        ("مسؤول", "مسوول مسئول", &["مسوول"]),
        ("idiot", "IDIOT, ＩＤＩＯＴ and idiooooot", &["IDIOT", "ＩＤＩＯＴ", "idiooooot"]),
        ("dont", "don't", &["don't"]),
        // Whole words.
        ("كلب", "كلبة مكلب", &[]),
        ("ass", "class assess", &[]),
        // What stands between does not count; words do.
        ("كلب البحر", "كلب، البحر\nكلب. البحر! كلب في البحر", &["كلب، البحر", "كلب. البحر"]),
        ("you fool", "You... fool! you?fool #you_fool", &["You... fool", "you?fool", "you_fool"]),
        ("كلب, البحر!", "كلب البحر", &["كلب البحر"]),
        // Written together with the word.
        ("كلب", "الكلب والكلب وكلب ياكلب هالكلب للكلب وبالكلب", &["كلب"; 7]),
        ("كلب", "بكلب فكلب", &[]),
        ("حمار", "بحمار فحمار ولحمار كحمار", &["حمار"; 4]),
        ("ابن كلب", "يا ابن الكلب", &["ابن الكلب"]),
        ("الكلب", "كلب والكلب", &["الكلب"]),
        // No endings.
        ("علي", "السلام عليكم يا علي", &["علي"]),
        // Beginnings.
        ("idiot*", "idiots idiotic idiot anidiot", &["idiot"; 3]),
        ("كلب*", "كلبة والكلبين", &["كلب"; 2]),
        ("you idiot*", "you idiots, idiots", &["you idiot"]),
        // Numbers, addresses, mentions, pictures.
        ("مادة 534", "المادة ٥٣٤ المادة 535", &["مادة ٥٣٤"]),
        (
            "www.spam.example",
            "https://SPAM.example/ www.spam.example http://spam.example/a",
            &["https://SPAM.example/", "www.spam.example"],
        ),
        ("spam.example*", "https://www.spam.example/a?b", &[]),
        ("http://spam.example*", "https://www.spam.example/a?b http://ham.example", &["https://www.spam.example/a?b"]),
        ("@someone", "@Someone @someone_else someone", &["@Someone"]),
        ("🤡", "you 🤡🤡🤡", &["🤡", "🤡"]),
        ("كلب 🤡", "كلب! 🤡", &["كلب! 🤡"]),
        // Phrases that overlap themselves.
        ("ha ha", "ha ha ha", &["ha ha", "ha ha"]),
    ];
    for (phrase, text, expected) in cases {
        assert_eq!(found(phrase, text), *expected, "{phrase:?} in {text:?}");
    }
}

#[test]
fn a_longer_phrase_to_ignore_shields_what_is_in_it() {
    use Effect::*;
    let found = |list: &[(&str, Effect)], text: &str| {
        rules(list).find(text).iter().map(|found| (found.rule, found.effect)).collect::<Vec<_>>()
    };
    let list = [("كلب", Hold), ("كلب البحر", Ignore), ("البحر", Critical)];
    assert_eq!(found(&list, "كلب البحر"), [(1, Ignore)]);
    assert_eq!(found(&list, "الكلب البحري"), [(0, Hold)]);
    assert_eq!(found(&list, "كلب البحر والبحر وكلب"), [(1, Ignore), (2, Critical), (0, Hold)]);
    // The whole word names more than what is left of it, and more than its beginning.
    assert_eq!(found(&[("رقة", Reject), ("ورقة", Ignore)], "ورقة"), [(1, Ignore)]);
    assert_eq!(found(&[("idiot*", Reject), ("idiotic", Ignore)], "idiotic idiots"), [(1, Ignore), (0, Reject)]);
    // But not the other way round, and not what only overlaps.
    assert_eq!(found(&[("idiotic", Reject), ("idiot*", Ignore)], "idiotic"), [(0, Reject), (1, Ignore)]);
    assert_eq!(found(&[("a b", Ignore), ("b c", Reject)], "a b c"), [(0, Ignore), (1, Reject)]);
}

/// The words of a text but for marks, each with its characters and their bytes.
fn words(text: &str) -> Vec<(Vec<char>, Vec<Range<usize>>)> {
    let (mut walk, mut word, mut words) = (Words::new(text), Word::default(), Vec::new());
    while let Some(token) = walk.next(&mut word) {
        let symbols = word.symbols().to_vec();
        if token == Token::Word && symbols[0] != '?' && symbols[0] != '!' {
            let span = |i| word.span(i, i + 1);
            words.push((
                symbols,
                (1..word.padded().len() - 1).map(|i| span(i).0 as usize..span(i).1 as usize).collect(),
            ));
        }
    }
    words
}

const BEFORE: [(usize, &str); 2] = [
    (3, "و ال وال فال بال كال هال عال لل ولل فلل وبال وكال وهال وعال فبال فكال فهال فعال يا ويا فيا"),
    (4, "ف ب ك ل وب وك ول فب فك فل"),
];

/// Every rule at every word, letter by letter.
fn naive(list: &[(&str, Effect)], text: &str) -> Vec<(usize, Range<usize>)> {
    let text = words(text);
    let mut found = Vec::new();
    for (rule, (phrase, _)) in list.iter().enumerate() {
        let beginning = phrase.ends_with('*');
        let phrase = words(phrase.trim_end_matches('*'));
        for at in 0..(text.len() + 1).saturating_sub(phrase.len()) {
            // From where to where each word of the text is one of the phrase, if it is.
            let fits = |i: usize| {
                let (wanted, word) = (&phrase[i].0, &text[at + i].0);
                let before = BEFORE.iter().flat_map(|(least, all)| all.split(' ').map(move |before| (*least, before)));
                std::iter::once((0, "")).chain(before).find_map(|(least, before)| {
                    let rest = word.strip_prefix(&before.chars().collect::<Vec<_>>()[..])?;
                    let is = rest == wanted || beginning && i + 1 == phrase.len() && rest.starts_with(wanted);
                    (is && rest.len() >= least).then(|| word.len() - rest.len())
                })
            };
            let from: Option<Vec<usize>> = (0..phrase.len()).map(fits).collect();
            if let Some(from) = from {
                let last = phrase.len() - 1;
                let start = text[at].1[from[0]].start;
                found.push((rule, start..text[at + last].1[from[last] + phrase[last].0.len() - 1].end));
            }
        }
    }
    found
}

/// Words that share beginnings and endings, and what Arabic writes before them.
fn vocabulary() -> impl Strategy<Value = String> {
    let stem = prop::sample::select(vec![
        "كلب",
        "كلبه",
        "الكلب",
        "لبنان",
        "بنان",
        "ورقه",
        "رقه",
        "ha",
        "haha",
        "hahab",
        "b",
        "🤡",
    ]);
    let before = prop::sample::select(vec!["", "", "", "و", "ال", "وال", "بال", "لل", "ب", "يا", "وب", "ه", "x"]);
    (before, stem).prop_map(|(before, stem)| format!("{before}{stem}"))
}

proptest! {
    #[test]
    fn found_as_a_naive_search_finds(
        phrases in prop::collection::btree_set((prop::collection::vec(vocabulary(), 1..4), any::<bool>()), 1..12),
        text in prop::collection::vec((vocabulary(), prop::sample::select(vec![" ", " ", ", ", ". ", "\n", "? "])), 0..30),
    ) {
        let phrases: Vec<String> = phrases.into_iter().map(|(words, star)| {
            let long = words.last().unwrap().chars().count() > 3;
            format!("{}{}", words.join(" "), if star && long { "*" } else { "" })
        }).collect();
        let mut phrases: Vec<(&str, Effect)> = phrases.iter().map(|phrase| (phrase.as_str(), Effect::Hold)).collect();
        phrases.dedup();
        phrases.sort();
        phrases.dedup();
        let text: String = text.iter().map(|(word, after)| format!("{word}{after}")).collect();
        let mut found: Vec<_> = rules(&phrases).find(&text).into_iter().map(|Match { rule, span, .. }| (rule, span)).collect();
        let mut naive = naive(&phrases, &text);
        found.sort_by_key(|(rule, span)| (*rule, span.start, span.end));
        naive.sort_by_key(|(rule, span)| (*rule, span.start, span.end));
        prop_assert_eq!(found, naive, "{:?} in {:?}", phrases, text);
    }

    /// Nothing that a comment holds makes matching panic, and all bytes lie on characters.
    #[test]
    fn any_text_can_be_searched(text in "\\PC{0,60}|[ يا كلبعه0-9.@:/w!?🤡½ﷲ\u{64B}\u{640}&;#]{0,60}") {
        let rules = rules(&[("كلب", Effect::Hold), ("يا كلب*", Effect::Ignore), ("🤡", Effect::Reject), ("5", Effect::Critical)]);
        for found in rules.find(&text) {
            prop_assert!(!text[found.span].is_empty());
        }
    }
}
