//! What becomes of spellings, and that places come back.

use naqd::internal::ngrams::{Ngram, Parts, Sink, emit};
use naqd::text::normalise;
use proptest::prelude::*;

#[test]
fn spellings_fold_to_one() {
    let cases: &[(&str, &[&str])] = &[
        // diacritics, tatweel
        ("مرحبا", &["مَرْحَبًا", "مـرحـبـــا", "مرحبـا\u{64B}"]),
        // alef, ya, ta marbuta, hamza
        ("احمد الي مدرسه شي مسول", &["أحمد إلى مدرسة شيء مسؤول", "آحمد الى مدرسه شي مسوول", "ٱحمد الی مدرسة شئ مسؤول"]),
        // presentation forms and ligatures
        ("اله لا اسلام", &["ﷲ ﻻ ﺍﺳﻼﻡ", "ا\u{200D}لله لأ إسلام"]),
        // Persian and Urdu letters that look alike
        ("كيف باكستان جميل", &["کیف پاکستان چمیل", "كيف باكستان جميل"]),
        // digits of three scripts are one class
        ("🔢 سنه", &["12 سنة", "١٢ سنة", "۱۲ سنة", "1,200.50 سنة", "12:30 سنة"]),
        // letters in Latin words stay, as digits in Arabizi do
        ("7abibi gr8", &["7abibi gr8", "7ABIBI GR8"]),
        // case, full width, accents
        ("helo cafe", &["HELLO café", "ｈｅｌｌｏ ＣＡＦＥ", "hello cafe\u{301}"]),
        // letters in circles and squares, outlined or filled
        ("pig az", &["ⓟⓘⓖ ⒶⓏ", "🅟🅘🅖 🅐🅩", "🄿🄸🄶 🄰🅉", "🅿🅸🅶 🅰🆉"]),
        // letters repeated three times or more; a word of one letter keeps two
        ("so nice هه كبير", &["sooooo niiice ههههه كبييييير", "so nice هه كبير", "soo niice هه كبيير"]),
        ("god", &["good", "goooood", "god"]),
        // invisible and bidirectional controls
        ("secret", &["se\u{200B}cr\u{AD}et", "\u{202E}secret\u{202C}", "s\u{2060}ecret\u{FEFF}"]),
        // classes of words
        ("🔗 👤 📧 🔢", &["https://t.example/x?y=1#z @some_one a.b@example.org 5", "www.example.org @علي x@y.zz ٥"]),
        // hashtags split at the underscore
        ("بدون عنوان", &["#بدون_عنوان"]),
        // apostrophes
        ("dont", &["don't", "don’t", "dont", "do'nt"]),
        // emoji, with their modifiers folded away
        ("👍 ok", &["👍🏽 ok", "👍\u{FE0F} OK"]),
        // marks are words and end sentences; so do stops and lines
        ("what ?!\nno !!\nyes", &["What?! No!!! Yes.", "what ?!؟ no !! yes..."]),
        ("a b\nc", &["a b. c", "a b\nc", "a b… c"]),
        // a dot before a Latin letter or digit is inside
        ("usa news", &["U.S.A news", "u s a news", "usa news"]),
        // entities of HTML
        ("a b dont 😂", &["a &amp; b don&#39;t &#128514;", "a &lt; b don&rsquo;t &#x1F602;"]),
    ];
    for (folded, spellings) in cases {
        for spelling in *spellings {
            assert_eq!(normalise(spelling), *folded, "of {spelling:?}");
        }
    }
}

#[test]
fn what_differs_stays_apart() {
    for (a, b) in [("كلب", "قلب"), ("ه", "هه"), ("!", "!!"), ("a.b", "ab"), ("😂", "😀")] {
        assert_ne!(normalise(a), normalise(b));
    }
}

/// Keeps every n-gram with the text behind it.
struct All<'t> {
    text: &'t str,
    ngrams: Vec<(u64, String, std::ops::Range<usize>)>,
    sentences: Vec<std::ops::Range<usize>>,
}

impl Sink for All<'_> {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        let span = ngram.span.0 as usize..ngram.span.1 as usize;
        // Whole characters, or this panics.
        let _ = &self.text[span.clone()];
        self.ngrams.push((ngram.hash, ngram.parts.to_string(), span));
    }

    fn sentence(&mut self, start: u32, end: u32) {
        self.sentences.push(start as usize..end as usize);
    }
}

fn all(text: &str) -> All<'_> {
    let mut all = All { text, ngrams: Vec::new(), sentences: Vec::new() };
    assert_eq!(emit(text, &mut all) as usize, all.ngrams.len());
    all
}

#[test]
fn ngrams_of_a_short_text() {
    let text = "Ab, cd!";
    let all = all(text);
    let names: Vec<&str> = all.ngrams.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "[ab]", "{ab}", " a", " ab", " ab ", "ab", "ab ", "b ", "[cd]", "{cd}", " c", " cd", " cd ", "cd", "cd ",
            "d ", "[ab cd]", "[!]", "[cd !]"
        ]
    );
    let behind: Vec<&str> = all.ngrams.iter().map(|(_, _, span)| &text[span.clone()]).collect();
    assert_eq!(
        behind,
        [
            "Ab", "Ab", "A", "Ab", "Ab", "Ab", "Ab", "b", "cd", "cd", "c", "cd", "cd", "cd", "cd", "d", "Ab, cd", "!",
            "cd!"
        ]
    );
    assert_eq!((all.sentences.len(), all.sentences[0].clone()), (1, 0..7));
}

/// One of the affixes before and one behind are left out, where three characters are left.
#[test]
fn stems_are_light() {
    for (word, stem) in [
        ("والكتاب", "كتاب"),
        ("كتابهم", "كتاب"),
        ("وبالكاتبين", "بالكاتب"),
        ("بال", "بال"),
        ("ولد", "ولد"),
        ("Liars", "liar"),
        ("stories", "stor"),
        ("using", "using"),
        ("s", "s"),
    ] {
        let all = all(word);
        let (_, name, span) = all.ngrams.iter().find(|(_, name, _)| name.starts_with('{')).unwrap();
        assert_eq!((name.as_str(), word[span.clone()].to_lowercase()), (&*format!("{{{stem}}}"), stem.to_owned()));
    }
    assert!(all("12 ! 😀").ngrams.iter().all(|(_, name, _)| !name.starts_with('{')));
}

#[test]
fn diacritics_belong_to_the_span_of_their_letter() {
    let text = "قالَ: مُحَمَّدٌ!";
    let all = all(text);
    let words: Vec<&str> = all
        .ngrams
        .iter()
        .filter(|(_, name, _)| name.starts_with('[') && !name.contains(' '))
        .map(|(_, _, span)| &text[span.clone()])
        .collect();
    assert_eq!(words, ["قالَ", "مُحَمَّدٌ", "!"]);
}

#[test]
fn sentences_end_where_people_end_them() {
    for (text, sentences) in [
        ("One. Two? Three", &["One.", "Two?", "Three"][..]),
        ("أولا... ثانيا؟! ثالثا۔", &["أولا...", "ثانيا؟!", "ثالثا۔"]),
        ("no stop", &["no stop"]),
        ("line\nline", &["line", "line"]),
        ("3.5 and U.S.A. stay", &["3.5 and U.S.A.", "stay"]),
        (" ... ! ", &["!"]),
        ("", &[]),
    ] {
        let found: Vec<&str> = all(text).sentences.iter().map(|span| &text[span.clone()]).collect();
        assert_eq!(found, sentences, "of {text:?}");
    }
}

/// Marked stems of a text: of the content word that a negator, or a word about oneself, is about.
#[test]
fn scopes_end_with_the_content_word() {
    let mut wrong = Vec::new();
    for (text, marked) in [
        ("He is not an idiot", "{not idiot}"),
        ("not such a really stupid idea", "{not stupid}"),
        ("isn't a liar", "{not liar}"),
        ("not a liar or a thief, the clown", "{not liar} {not thief}"),
        ("not an idiot but a liar and a pig", "{not idiot}"),
        ("not just a liar", ""),
        ("not you idiot", ""),
        ("not one of all of them here idiot", ""),
        ("not good! idiot", "{not god}"),
        ("never. Idiot", ""),
        ("not 😀 idiot", ""),
        ("don't call him an idiot", "{not idiot}"),
        ("don't be such a moron", ""),
        ("do not be such a moron", ""),
        ("why don't the clowns leave", ""),
        ("I was such an idiot", "{self idiot}"),
        ("I'm a fool", "{self fol}"),
        ("I am not a fool", "{not fol}"),
        ("I was an idiot to trust a rat like you", "{self idiot}"),
        ("I know he was an idiot", ""),
        ("لست غبيا", "{not غبي}"),
        ("لم يكن الرجل لصا", "{not رجل}"),
        ("لم يكن لصا ولا خائنا", "{not لصا} {not خاي}"),
        ("مش غبي وبس، حقير كمان", "{not غبي}"),
        ("مش بس غبي", ""),
        ("ليس إلا حمارا", ""),
        ("لو مش غبي", ""),
        ("لا يا حمار", ""),
        ("مش هيك يا حمار", ""),
        ("ما أغباك", ""),
        ("كنت حمار لما صدقت", "{self حمار}"),
        ("انت كنت حمار", ""),
        ("انا مش حمار", "{not حمار}"),
        ("mesh ghabi", "{not ghabi}"),
        ("ana kont 7mar", "{self 7mar}"),
        ("enta kont 7mar", ""),
        // What is denied to be said is denied as a whole.
        ("nobody called you an idiot", "{not idiot}"),
        ("Nobody says you are a liar and a thief", "{not liar}"),
        ("she never said that migrants are parasites", "{not migrant} {not parasite}"),
        ("you never said that you liar", ""),
        ("you never said that you are a liar", "{not liar}"),
        ("did not call the old clown a liar but a pig", "{not old} {not clown} {not liar}"),
        ("you are no loser", "{not los}"),
        ("no, you idiot", ""),
        ("no one is an idiot", "{not idiot}"),
        ("not all clowns are pigs", "{not clown} {not pig}"),
        ("ما حدا قال انك كذاب", "{not كذاب}"),
        ("ما قلت انك كذاب", "{not كذاب}"),
        ("ما قلت لك يا حمار", ""),
        ("لا تقول يا حمار", ""),
        ("لم أقل إنه حقير", "{not حقير}"),
        ("النساء لسن حميرا", "{not حمير}"),
        ("مو كل شاب فاشل", "{not شاب} {not فاشل}"),
        // A word in a scope counts like others, twice.
        ("not bad not bad not bad", "{not bad} {not bad}"),
    ] {
        let all = all(text);
        let names = all.ngrams.iter().map(|(_, name, _)| name.as_str());
        let found: Vec<&str> = names.filter(|name| name.starts_with('{') && name.contains(' ')).collect();
        if found.join(" ") != marked {
            wrong.push((text, found.join(" "), marked));
        }
    }
    assert!(wrong.is_empty(), "text, found, expected: {wrong:#?}");
}

/// A word in a scope has its marked stem and its pairs, and no n-gram besides.
#[test]
fn a_marked_stem_is_all_of_a_word() {
    let text = "Not ill!";
    let names: Vec<String> = all(text).ngrams.into_iter().map(|(_, name, _)| name).collect();
    let at = names.iter().position(|name| name.starts_with("{not ")).unwrap();
    assert_eq!(names[at..], ["{not il}", "[not il]", "[!]", "[il !]"]);
    assert_eq!(&text[all(text).ngrams[at].2.clone()], "ill");
}

#[test]
fn parts_are_told_apart_by_their_hash() {
    let mut seen = std::collections::HashMap::new();
    for text in crate::common::COMMENTS {
        for (hash, name, _) in all(text).ngrams {
            assert_eq!(seen.entry(hash).or_insert(name.clone()), &name);
        }
    }
    assert_eq!(Parts::Chars(&['a', 'b']).to_string(), "ab");
    assert_eq!(Parts::Stem(&['a', 'b']).to_string(), "{ab}");
    assert_eq!(Parts::Pair(&['a'], &['b']).to_string(), "[a b]");
}

/// Texts of what matters here: letters of many scripts, marks, stops, invisible characters, addresses.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[a-cA-C.!?' 0-9@:/_-]{1,8}",
        "[ابتكيىئءةأإآؤـ\u{64B}-\u{652}\u{670} .؟!،۔٠-٩پچگی]{1,8}",
        prop::sample::select(crate::common::COMMENTS.to_vec()).prop_map(String::from),
        prop::sample::select(vec![
            " not ", " don't ", "be ", " I was ", " مش ", "انا ", " or ", " but ", " ya ", "fool "
        ])
        .prop_map(String::from),
        prop::sample::select(vec!["http://", "www.a", "@", "a@b.c", "&#", ";", "\u{200D}", "ﷺ", "½", "…", "‼", "\r\n"])
            .prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Invariant 4: normalising is idempotent.
    #[test]
    fn the_normal_form_is_its_own(text in texts()) {
        let normal = normalise(&text);
        prop_assert_eq!(normalise(&normal), normal);
    }

    /// Invariant 4: every span is whole characters of the text, in order; sentences hold their n-grams.
    #[test]
    fn spans_come_back(text in texts()) {
        let all = all(&text);
        let mut last = 0;
        for sentence in &all.sentences {
            prop_assert!(last <= sentence.start && sentence.start < sentence.end && sentence.end <= text.len());
            let _ = &text[sentence.clone()];
            last = sentence.end;
        }
        for (_, _, span) in &all.ngrams {
            prop_assert!(span.start <= span.end);
            prop_assert!(all.sentences.iter().any(|s| s.start <= span.start && span.end <= s.end));
        }
    }

    /// The n-grams of a text are those of its normal form.
    #[test]
    fn a_text_is_read_as_its_normal_form(text in texts()) {
        let normal = normalise(&text);
        let hashes = |text| all(text).ngrams.iter().map(|(hash, ..)| *hash).collect::<Vec<_>>();
        prop_assert_eq!(hashes(&text), hashes(&normal));
    }
}
