//! One sentence is enough, and padding is not: a model of the comments of this repository.

use std::sync::LazyLock;

use naqd::{Classifier, CorpusReader, Trainer};

use crate::common::{records, repository};

static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| {
    let corpus = CorpusReader::default().read(&[repository("data/comments.csv")], &mut |_| false).unwrap();
    Classifier::new(&Trainer::new().min_count(2).set_aside(0.0).fit(&corpus).unwrap().model)
});

/// Sentences that the model calls innocent one by one.
const FRIENDLY: [[&str; 3]; 2] = [
    [
        "Thank you all for this pleasant talk.",
        "We had tea and looked at the old photographs.",
        "My sister sends her greetings from the coast.",
    ],
    [
        "شكرا لكم جميعا على هذا الحديث الممتع.",
        "شربنا الشاي ونظرنا إلى الصور القديمة.",
        "أختي تبعث إليكم تحياتها من الساحل.",
    ],
];

fn abuse(text: &str) -> f32 {
    CLASSIFIER.score(text).probabilities[CLASSIFIER.classes().abusive().unwrap()]
}

fn is_abusive(text: &str) -> bool {
    CLASSIFIER.score(text).label(CLASSIFIER.classes()) == "abusive"
}

#[test]
fn an_insult_between_sentences_is_abuse() {
    for [before, insult, after] in [
        [
            "لا توجد أي مهنية في هذا التقرير.",
            "كاتبه أغبى إنسان على وجه الأرض.",
            "وكيف سينتقلون إلى هناك والدولة لا تسيطر على تلك المناطق أصلا؟",
        ],
        ["شكرا على نشر الأرقام كاملة.", "أنت حمار وكاتب تافه.", "أرجو متابعة الموضوع في العدد القادم."],
        [
            "The figures in this report are wrong.",
            "You are a stupid idiot.",
            "Where is the source for the second table?",
        ],
        [
            "Thank you for the long article.",
            "Shut up, you pathetic moron.",
            "The map of the harbour is on the second page.",
        ],
    ] {
        assert!(abuse(insult) > 0.75, "{insult}: {}", abuse(insult));
        let hidden = format!("{before} {insult} {after}");
        assert!(is_abusive(&hidden), "{hidden}: {}", abuse(&hidden));
        let without = format!("{before} {after}");
        assert!(!is_abusive(&without), "{without}: {}", abuse(&without));
    }
}

/// Of many sentences one always looks a little worse than the whole.
#[test]
fn padding_makes_nothing_abusive_and_hides_little() {
    let test = records("data/test.csv");
    for (arabic, friendly) in FRIENDLY.iter().enumerate() {
        let padding = friendly.join(" ");
        let called = |abusive: bool, padded: &dyn Fn(&str) -> String| {
            let texts = test.iter().filter(|row| (row["language"] == "ar") == (arabic == 1));
            let texts: Vec<&str> =
                texts.filter(|row| (row["label"] == "abusive") == abusive).map(|row| &*row["text"]).collect();
            texts.iter().filter(|text| is_abusive(&padded(text))).count() as f64 / texts.len() as f64
        };
        let plain = [false, true].map(|abusive| called(abusive, &|text| text.to_owned()));
        let paddings: [&dyn Fn(&str) -> String; 3] =
            [&|text| format!("{text}\n{padding}"), &|text| format!("{padding} {text}"), &|text| {
                format!("{}\n{text}\n{}", friendly[0], friendly[1..].join(" "))
            }];
        for padded in paddings {
            let [innocent, abusive] = [false, true].map(|abusive| called(abusive, padded));
            assert!(innocent < plain[0] + 0.05, "arabic {arabic}: {innocent} of the innocent, {plain:?} plain");
            assert!(abusive > 0.55 * plain[1], "arabic {arabic}: {abusive} of the abusive, {plain:?} plain");
        }
    }
}
