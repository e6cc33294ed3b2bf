//! House rules: what is found, what it does, and what is wrong with a list.

use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use crate::common::Folder;
use naqd::internal::ngrams::{Ngram, Parts, Sink, emit};
use naqd::internal::text::{Token, Word, Words};
use naqd::text::normalise;
use naqd::{Action, Classifier, Model, Thresholds};
use naqd::{Effect, Match, Rule, Rules};
use proptest::prelude::*;
use serde_json::Value;

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
        // Of two letters in a row one is left.
        ("لبنان", "اللبنان وللبنان", &["للبنان"; 2]),
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
    assert_eq!(found(&[("a1 b", Ignore), ("b c1", Reject)], "a1 b c1"), [(0, Ignore), (1, Reject)]);
}

/// The words of a text but for marks, each with its characters and their bytes.
fn words(text: &str) -> Vec<(Vec<char>, Vec<Range<usize>>)> {
    let (mut walk, mut word, mut words) = (Words::new(text), Word::default(), Vec::new());
    while let Some(token) = walk.next(&mut word) {
        if token != Token::Word {
            continue;
        }
        let symbols = word.symbols().to_vec();
        if symbols[0] != '?' && symbols[0] != '!' {
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
    (3, "و ال وال فال بال كال هال عال ل ول فل وبال وكال وهال وعال فبال فكال فهال فعال يا ويا فيا"),
    (4, "ف ب ك وب وك فب فك"),
];

/// The article before a word that begins with its second letter, of which one is left.
const BEFORE_LAM: &str = "ا وا فا با كا ها عا وبا وكا وها وعا فبا فكا فها فعا";

/// What stands before an article that belongs to the phrase.
const BEFORE_ARTICLE: &str = "ه ع فه فع وه وع";

/// What stands before a second `ل`, of which one is left: the article without its alef.
const BEFORE_SECOND_LAM: &str = "ل ول فل";

/// Every rule at every word, letter by letter.
fn naive(list: &[(&str, Effect)], text: &str) -> Vec<(usize, Range<usize>)> {
    let source = text;
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
                let before = before.chain(BEFORE_LAM.split(' ').map(|before| (3, before)));
                let before = before.chain(BEFORE_ARTICLE.split(' ').map(|before| (5, before)));
                let with_article = || {
                    BEFORE_SECOND_LAM.split(' ').find_map(|before| {
                        let before: Vec<char> = before.chars().collect();
                        let rest = word.strip_prefix(&before[..])?;
                        let lam = &source[text[at + i].1[before.len() - 1].clone()];
                        let whole = [&['ا', 'ل'], rest].concat();
                        let is = whole == *wanted || beginning && i + 1 == phrase.len() && whole.starts_with(wanted);
                        (is && rest.len() >= 2 && lam.matches('ل').count() > 1).then_some((before.len(), 2))
                    })
                };
                let found = std::iter::once((0, "")).chain(before).find_map(|(least, before)| {
                    let rest = word.strip_prefix(&before.chars().collect::<Vec<_>>()[..])?;
                    if BEFORE_LAM.split(' ').any(|lam| lam == before) && rest.first() != Some(&'ل') {
                        return None;
                    }
                    if BEFORE_ARTICLE.split(' ').any(|article| article == before) && !rest.starts_with(&['ا', 'ل']) {
                        return None;
                    }
                    let is = rest == wanted || beginning && i + 1 == phrase.len() && rest.starts_with(wanted);
                    (is && rest.len() >= least).then(|| (word.len() - rest.len(), 0))
                });
                found.or_else(with_article)
            };
            let from: Option<Vec<(usize, usize)>> = (0..phrase.len()).map(fits).collect();
            if let Some(from) = from {
                let last = phrase.len() - 1;
                let start = text[at].1[from[0].0].start;
                let (from, added) = from[last];
                found.push((rule, start..text[at + last].1[from + phrase[last].0.len() - added - 1].end));
            }
        }
    }
    found
}

/// Words that share beginnings and endings, and what Arabic writes before them.
fn vocabulary() -> impl Strategy<Value = String> {
    let stem =
        prop::sample::select(vec!["كلب", "كلبه", "الكلب", "لبنان", "ورقه", "رقه", "ha", "haha", "hahab", "b", "🤡"]);
    let before = prop::sample::select(vec!["", "", "", "و", "ال", "وال", "بال", "لل", "ب", "يا", "وب", "ه", "x"]);
    (before, stem).prop_map(|(before, stem)| format!("{before}{stem}"))
}

/// A phrase with the article is found behind prepositions, as the word alone is.
#[test]
fn the_article_of_a_phrase_may_stand_behind_a_preposition() {
    for (phrase, text, expected) in [
        ("الكلب", "للكلب", vec!["كلب"]),
        ("الكلب", "وللكلب", vec!["كلب"]),
        ("الكلب", "لِلْكَلْبِ فللكلب", vec!["كَلْبِ", "كلب"]),
        ("الكلب", "هالكلب عالكلب وهالكلب بالكلب والكلب فبالكلب", vec!["الكلب"; 6]),
        ("الكلب الأسود", "قلت للكلب الاسود", vec!["كلب الاسود"]),
        ("الكلب*", "للكلبين", vec!["كلب"]),
        ("الليل", "لليل", vec!["يل"]),
        // One lam is no article: for a dog.
        ("الكلب", "لكلب ولكلب", vec![]),
        ("كلب", "للكلب وللكلب هالكلب عالكلب بالكلب", vec!["كلب"; 5]),
        ("الف", "للف", vec![]),
    ] {
        assert_eq!(found(phrase, text), expected, "{phrase} in {text}");
    }
}

/// Ligatures are the words that they are made of.
#[test]
fn ligatures_are_words() {
    assert_eq!(normalise("ﷻ ﷺ ﷲ"), normalise("جل جلاله صلى الله عليه وسلم الله"));
    assert_eq!(found("صلى الله عليه وسلم", "ﷺ"), ["ﷺ"]);
    assert_eq!(found("﷽", "بسم الله الرحمن الرحيم"), ["بسم الله الرحمن الرحيم"]);
    assert_eq!(found("وتعالى شأنه", "\u{FDFE} شأنه"), ["\u{FDFE} شأنه"]);
    assert_eq!(found("بسم الله", "﷽"), ["﷽"]);
    assert_eq!(found("الرحمن", "قال ﷽"), ["﷽"]);
}

proptest! {
    #[test]
    fn found_as_a_naive_search_finds(
        phrases in prop::collection::btree_set((prop::collection::vec(vocabulary(), 1..4), any::<bool>()), 1..12),
        text in prop::collection::vec((vocabulary(), prop::sample::select(vec![" ", " ", ", ", ". ", "\n", "? "])), 0..30),
    ) {
        let phrases: Vec<String> = phrases.into_iter().map(|(words, star)| {
            let last = words.last().unwrap();
            let long = last.chars().count() > 3 && !last.contains('🤡');
            format!("{}{}", words.join(" "), if star && long { "*" } else { "" })
        }).collect();
        let mut phrases: Vec<(&str, Effect)> = phrases.iter().map(|phrase| (phrase.as_str(), Effect::Hold)).collect();
        // Of phrases that fold to the same one is taken.
        phrases.sort_by_key(|(phrase, _)| (normalise(phrase), phrase.ends_with('*')));
        phrases.dedup_by_key(|(phrase, _)| (normalise(phrase), phrase.ends_with('*')));
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

/// Sums the weights of all n-grams but those that touch given bytes, by the model's own list.
struct Left<'m> {
    model: &'m Model,
    ignored: Vec<Range<usize>>,
    /// The bytes of the word being read.
    word: Range<usize>,
    sum: Vec<i64>,
    count: u32,
}

impl Sink for Left<'_> {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        let span = ngram.span.0 as usize..ngram.span.1 as usize;
        if matches!(ngram.parts, Parts::Word(_) | Parts::Marked(..)) {
            self.word = span.clone();
        }
        let touched = if matches!(ngram.parts, Parts::Pair(..)) { &span } else { &self.word };
        if self.ignored.iter().any(|ignored| ignored.start < touched.end && touched.start < ignored.end) {
            return;
        }
        self.count += 1;
        if let Ok(place) = self.model.weights().hashes.binary_search(&ngram.hash) {
            let weights = &self.model.weights().weights[place * self.sum.len()..];
            self.sum.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i64::from(*weight));
        }
    }
}

static MODEL: LazyLock<Model> = LazyLock::new(Model::shipped);
/// Without thresholds of its own.
static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| {
    let mut model = MODEL.clone();
    [false, true].into_iter().for_each(|arabic| model.parts_mut().experts.of_mut(arabic).triage = None);
    Classifier::new(&model)
});

const SAID: [&str; 12] =
    ["يا", "كلب", "البحر", "والكلب", "جميل", "غبي", "الخبر", "غلط", "شكرا", "السمكة", "انت", "الحكومة"];

proptest! {
    /// A comment with phrases to ignore is judged by the evidence that is left, exactly: in the whole and in each of
    /// its sentences, with an explanation or without.
    #[test]
    fn what_is_ignored_is_no_evidence(
        text in prop::collection::vec((prop::sample::select(&SAID[..]), prop::sample::select(vec![" ", " ", "! ", ". "])), 1..14),
        phrases in prop::collection::btree_set(prop::collection::vec(prop::sample::select(&SAID[..]), 1..3), 0..4),
    ) {
        let text: String = text.iter().flat_map(|(word, after)| [*word, *after]).collect();
        let phrases: Vec<String> = phrases.iter().map(|words| words.join(" ")).collect();
        let rules = rules(&phrases.iter().map(|phrase| (phrase.as_str(), Effect::Ignore)).collect::<Vec<_>>());
        let explained = CLASSIFIER.judge_explained(&text, Some(&rules));
        let ignored: Vec<Range<usize>> = explained.matches.iter().map(|found| found.span.clone()).collect();
        let mut left = Left { model: &MODEL, ignored, word: 0..0, sum: vec![0; 3], count: 0 };
        emit(&text, &mut left);
        let mut sum = vec![0; 3];
        for piece in &explained.verdict.evidence {
            sum.iter_mut().zip(&piece.weights).for_each(|(sum, weight)| *sum += weight);
        }
        prop_assert_eq!(&sum, &left.sum, "{:?} in {:?}", phrases, text);
        let verdict = &explained.verdict.verdict;
        prop_assert_eq!(verdict.familiarity.ngrams, left.count);
        prop_assert_eq!(CLASSIFIER.judge(&text, Some(&rules)).verdict, verdict.score());
        prop_assert_eq!(&CLASSIFIER.judge_sentences(&text, Some(&rules)).verdict, verdict);
        for sentence in &verdict.sentences {
            let alone = CLASSIFIER.judge(&text[sentence.span.clone()], Some(&rules));
            // A phrase across the end of a sentence is found only in the whole.
            let across = |found: &Match| {
                let begins = sentence.span.contains(&found.span.start);
                begins != sentence.span.contains(&(found.span.end - 1))
            };
            if !explained.matches.iter().any(across) {
                prop_assert_eq!(alone.verdict, sentence.score);
            }
        }
        if explained.matches.is_empty() {
            prop_assert_eq!(CLASSIFIER.explain(&text), explained.verdict);
        }
    }

    /// What is left of a comment whose first and last words are ignored is what was between them.
    #[test]
    fn what_is_ignored_at_the_ends_may_as_well_not_be_written(
        text in prop::collection::vec(prop::sample::select(&SAID[4..]), 1..10),
        sentences in any::<bool>(),
    ) {
        let (text, between) = (text.join(" "), if sentences { ". " } else { " " });
        let rules = rules(&[("كلب البحر", Effect::Ignore), ("والكلب", Effect::Hold)]);
        let judged = CLASSIFIER.judge(&format!("كلب البحر{between}{text}{between}والكلب البحر"), Some(&rules));
        prop_assert_eq!(judged.verdict, CLASSIFIER.score(&text));
    }
}

#[test]
fn the_strictest_rule_decides() {
    use Effect::*;
    let rules =
        rules(&[("gate", Reject), ("wall", Hold), ("mayor", Critical), ("door", Ignore), ("town hall", Reject)]);
    let decided = |text: &str| {
        let judged = CLASSIFIER.judge(text, Some(&rules));
        let reason = judged.reason(Some(&rules)).map(|(reason, rule)| match rule {
            Some(rule) => format!("{reason}: {}", rule.phrase),
            None => reason.to_string(),
        });
        let reason = reason.unwrap_or_default();
        (judged.decision.map(|decision| (decision.action, decision.editors)), reason)
    };
    let by = |phrase: &str| format!("rule: {phrase}");
    assert_eq!(decided("the wall and the gate"), (Some((Action::Reject, false)), by("gate")));
    assert_eq!(decided("the town hall, the gate"), (Some((Action::Reject, false)), by("town hall")));
    assert_eq!(decided("the mayor at the gate"), (Some((Action::Reject, true)), by("gate")));
    assert_eq!(decided("the wall of the mayor, his door"), (Some((Action::Hold, true)), by("wall")));
    let mut model = Model::shipped();
    [false, true].into_iter().for_each(|arabic| model.parts_mut().experts.of_mut(arabic).triage = None);
    let mut classifier = Classifier::new(&model);
    let text = "thank you, mayor, for this report";
    let decision = |classifier: &Classifier, text| {
        let decision = classifier.judge(text, Some(&rules)).decision;
        decision.map(|decision| (decision.action, decision.editors, decision.reason.as_str()))
    };
    // Without thresholds.
    assert_eq!(decision(&classifier, text), Some((Action::Hold, true, "rule")));
    assert_eq!(decision(&classifier, "thank you for this door"), None);
    // With thresholds.
    classifier.set_thresholds(Thresholds { publish_below: Some(1.0), ..Thresholds::default() }).unwrap();
    assert_eq!(decision(&classifier, text), Some((Action::Publish, true, "score")));
    assert_eq!(decision(&classifier, "thank you for this wall"), Some((Action::Hold, false, "rule")));
    assert_eq!(decision(&classifier, "thank you for this report"), Some((Action::Publish, false, "score")));
}

const HOUSE: &str =
    "phrase,effect,note\nكلب البحر,ignore,سمكة\nكلب,hold,\nSpam*,Reject,\"again, and again\"\nالمصدر,critical,\n";

/// A folder with rules, and a comment for each of them.
fn house() -> Folder {
    let inbox = "id,text\n1,شاهدنا كلب البحر\n2,يا كلب\n3,buy spammmm!\n4,أين المَصدر؟\n5,شكرا جزيلا\n6,\n";
    Folder::new(&[("rules.csv", HOUSE.as_bytes()), ("inbox.csv", inbox.as_bytes())])
}

#[test]
fn rules_decide() {
    let folder = house();
    let ran = folder.score(&["inbox.csv", "--rules", "rules.csv"], b"");
    ran.says(1, &["inbox.csv:7: empty comment"]);
    let rows: Vec<Vec<String>> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(ran.out().as_bytes())
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect();
    assert_eq!(
        rows[0][5..],
        ["naqd_neutral", "naqd_kinds", "naqd_decision", "naqd_notify", "naqd_reason", "naqd_error"].map(String::from)[..]
    );
    // A rule that holds tells nobody else than the model does.
    let without = folder.score(&["inbox.csv", "--to", "jsonl"], b"").out();
    let without: serde_json::Value = serde_json::from_str(without.lines().nth(1).unwrap()).unwrap();
    let notify = without["naqd"]["notify"].as_str().unwrap();
    assert_eq!(rows[2][7..], ["hold", notify, "rule: كلب", ""].map(String::from)[..]);
    assert_eq!([&rows[3][7], &rows[3][9], &rows[3][10]], ["reject", "rule: Spam*", ""]);
    assert_eq!(rows[4][8], "editors");
    assert_eq!(rows[6][2..], ["", "", "", "", "", "hold", "", "error", "empty comment"].map(String::from)[..]);
    // What is not decided by a rule is decided as without.
    let json = |args: &[&str]| -> Vec<Value> {
        let out = folder.score(&[args, &["--to", "jsonl"]].concat(), "شكرا جزيلا\n".as_bytes()).out();
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (plain, ruled) = (json(&[]), json(&["--rules", "rules.csv"]));
    for field in ["label", "probabilities"] {
        assert_eq!(plain[0]["naqd"][field], ruled[0]["naqd"][field]);
    }
    assert_eq!(plain[0]["naqd"]["notify"], ruled[0]["naqd"]["notify"]);
}

#[test]
fn explanations_name_the_rules() {
    let folder = house();
    let explain = |text: &str, args: &[&str]| -> Value {
        let args = [args, &["--explain", "--to", "jsonl", "--text", text]].concat();
        serde_json::from_str(&folder.score(&args, b"").out()).unwrap()
    };
    let text = "يا رجل، شاهدنا كلبَ البحر والكلب";
    let naqd = &explain(text, &["--rules", "rules.csv"])["naqd"];
    assert_eq!((&naqd["version"], &naqd["reason"], &naqd["rule"]), (&1.into(), &"rule".into(), &"كلب".into()));
    let rules = naqd["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 2);
    assert_eq!(rules[0]["text"], "كلبَ البحر");
    assert_eq!((&rules[0]["effect"], &rules[0]["note"]), (&"ignore".into(), &"سمكة".into()));
    assert_eq!((&rules[1]["text"], &rules[1]["phrase"], &rules[1]["line"]), (&"كلب".into(), &"كلب".into(), &3.into()));
    // The evidence has nothing of the phrase.
    let ignored = rules[0]["bytes"][0].as_u64()..rules[0]["bytes"][1].as_u64();
    for piece in naqd["evidence"].as_array().unwrap() {
        assert!(piece["bytes"][1].as_u64() <= ignored.start || ignored.end <= piece["bytes"][0].as_u64(), "{piece}");
    }
    let table = folder.score(&["--rules", "rules.csv", "--explain", "--to", "table", "--text", "يا كلب buy spam"], b"");
    assert!(table.out().contains("reject, rule: Spam*"), "{}", table.out());
    assert!(table.out().contains("rule, line 4: reject spam: again, and again"), "{}", table.out());
    let header = folder.score(&["--rules", "rules.csv", "--explain", "--to", "csv", "--text", "x"], b"").out();
    assert!(header.starts_with("text,naqd_label,naqd_abusive,naqd_critical,naqd_neutral,naqd_kinds,naqd_decision,naqd_notify,naqd_reason,naqd_sentences,naqd_evidence,naqd_rules,naqd_error\n"), "{header}");
}

/// A moderator's spreadsheet is read as it is saved.
#[test]
fn lists_are_read_in_what_spreadsheets_write() {
    let text = "Effect;Phrase;added by\nhold;كلب;me\n;;\nREJECT;غبي;\n";
    let utf16: Vec<u8> = std::iter::once(0xFEFFu16).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let windows = encoding_rs::WINDOWS_1256.encode(text).0.into_owned();
    let folder = Folder::new(&[
        ("utf16.csv", &utf16),
        ("windows.csv", &windows),
        ("bom.csv", format!("\u{FEFF}{text}").as_bytes()),
        ("utf8.csv", text.replace('\n', "\r\n").as_bytes()),
    ]);
    let windows_1256 = &["--encoding", "windows-1256"][..];
    for (list, options) in
        [("utf16.csv", &[][..]), ("windows.csv", windows_1256), ("bom.csv", &[]), ("utf8.csv", windows_1256)]
    {
        let args = [&["--to", "csv", "--rules", list, "--text", "هذا غبي"], options].concat();
        let ran = folder.score(&args, b"");
        ran.says(0, &[]);
        assert!(ran.out().contains(",reject,") && ran.out().contains(",rule: غبي,"), "{list}: {}", ran.out());
    }
    folder
        .score(&["--rules", "windows.csv", "--text", "x"], b"")
        .says(2, &["windows.csv:2: not valid UTF-8: name the encoding"]);
}

#[test]
fn every_mistake_is_named() {
    let long = "word ".repeat(50);
    let note = "n".repeat(1001);
    let list = format!(
        "phrase,effect,note\nfish,hold,\n  FIIIISH! ,reject,\n,hold,\n\"?!, ...\",hold,\nidiot,remove,\na*,hold,\nf***,hold,\n\
         * you,hold,\nidiot *,hold,\n{long},hold,\nx,hold,a,b\nnote,hold,{note}\nshort\n"
    );
    let folder = Folder::new(&[
        ("rules.csv", list.as_bytes()),
        ("empty.csv", b""),
        ("columns.csv", b"word,effect\n"),
        ("none.csv", b"phrase,effect\n"),
        ("open.csv", b"phrase,effect\n\"fool,hold\nidiot,hold\n"),
        ("many.csv", format!("phrase,effect\n{}", ",hold\n".repeat(50)).as_bytes()),
    ]);
    let ran = folder.score(&["--rules", "rules.csv", "--text", "x"], b"");
    ran.says(
        2,
        &[
            "rules.csv:3: column phrase: \"FIIIISH!\" is the same as \"fish\" (line 2, hold): expected each phrase once",
            "rules.csv:4: column phrase: \"\": no word in it, expected one or more",
            "rules.csv:5: column phrase: \"?!, ...\": no word in it",
            "rules.csv:6: column effect: \"remove\", expected ignore, hold, reject or critical",
            "rules.csv:7: column phrase: \"a*\": only 1 letters before the *, expected at least 3",
            "rules.csv:8: column phrase: \"f***\": a * that is not at the end of the last word",
            "rules.csv:9: column phrase: \"* you\": a * that is not",
            "rules.csv:10: column phrase: \"idiot *\": a * that is not",
            "rules.csv:11: column phrase: \"word word",
            "bytes long, expected at most 200",
            "rules.csv:12: 4 fields, expected 3 as in the header: put quotes around commas",
            "rules.csv:13: column note: 1001 bytes long, expected at most 1000",
            "rules.csv:14: column effect: \"\", expected ignore",
        ],
    );
    assert_eq!(ran.out(), "");
    for (list, says) in [
        ("empty.csv", "empty.csv:1: empty: expected a line with the columns phrase,effect,note"),
        ("columns.csv", "columns.csv:1: no column \"phrase\"; the columns are \"word\", \"effect\""),
        ("open.csv", "open.csv:2: a quote that opens in this row is never closed"),
        ("many.csv", "and 30 more"),
        ("absent.csv", "absent.csv: No such file"),
    ] {
        folder.score(&["--rules", list, "--text", "x"], b"").says(2, &[says]);
    }
    folder.score(&["--rules", "none.csv", "--text", "x"], b"").says(0, &[]);
}

#[test]
fn the_list_in_the_examples_is_one() {
    let rules = Rules::open(crate::common::repository("examples/rules.csv")).unwrap();
    let met = |text: &str| rules.find(text).iter().map(|found| found.effect).collect::<Vec<_>>();
    assert_eq!(met("رأينا كَلْب البحر"), [Effect::Ignore]);
    assert_eq!(
        met("send me moneyyyy, @newsdesk: https://spam.example/now"),
        [Effect::Reject, Effect::Critical, Effect::Reject]
    );
}
