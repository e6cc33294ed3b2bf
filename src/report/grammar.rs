//! Numbers, nouns and names in the texts of the page, as each language needs them.
//!
//! A text of `words` says by its placeholder how a value is written:
//!
//! - `{0}`: a number or a name. On the Arabic page it is isolated from the direction of the sentence, so that signs stand
//!   on the right side of numbers, and names of files and options are not torn apart.
//! - `{0%}`: a number, in per cent.
//! - `{0 comments}`, `{0 تعليقين}`: a number with its noun in the form that the number needs. [`ENGLISH`] and [`ARABIC`]
//!   are the nouns; one stands in the text in its plural (English) or its dual (Arabic, which shows the case).
//!
//! Names of classes are those of the corpus; [`Words::class`] translates the usual ones.

use crate::model::label::OR;
use crate::report::words::Words;

/// Nouns of English: one, any other number.
const ENGLISH: &[[&str; 2]] = &[
    ["comment", "comments"],
    ["held-out comment", "held-out comments"],
    ["labelled comment", "labelled comments"],
    ["more comment", "more comments"],
    ["contradictory label", "contradictory labels"],
    ["word", "words"],
];

/// Nouns of Arabic: one, two (both without a figure), 3 to 10, 11 to 99, any other number. The last three follow the
/// last two digits: 103 is written as 3 is.
const ARABIC: &[[&str; 5]] = &[
    ["تعليق واحد", "تعليقان", "تعليقات", "تعليقًا", "تعليق"],
    ["تعليق واحد", "تعليقين", "تعليقات", "تعليقًا", "تعليق"],
    ["تعليق واحد مصنف", "تعليقين مصنفين", "تعليقات مصنفة", "تعليقًا مصنفًا", "تعليق مصنف"],
    [
        "تعليق واحد محجوز عن التدريب",
        "تعليقين محجوزين عن التدريب",
        "تعليقات محجوزة عن التدريب",
        "تعليقًا محجوزًا عن التدريب",
        "تعليق محجوز عن التدريب",
    ],
    ["تعليق واحد آخر", "تعليقين آخرين", "تعليقات أخرى", "تعليقًا آخر", "تعليق آخر"],
    ["تصنيف واحد متناقض", "تصنيفين متناقضين", "تصنيفات متناقضة", "تصنيفًا متناقضًا", "تصنيف متناقض"],
    ["كلمة واحدة", "كلمتين", "كلمات", "كلمة", "كلمة"],
];

/// Names of classes in Arabic.
const CLASSES: [(&str, &str); 3] = [("abusive", "مسيء"), ("critical", "ناقد"), ("neutral", "محايد")];

/// Name or number, isolated from the direction of the sentence around it: its own direction is that of its first letter.
pub(crate) fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

impl Words {
    fn is_arabic(&self) -> bool {
        self.lang == "ar"
    }

    /// Text with its placeholders filled in.
    pub(crate) fn fill(&self, text: &str, values: &[&str]) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}').map(|close| open + close) else { break };
            filled += &rest[..open];
            filled += &self.place(&rest[open + 1..close], values);
            rest = &rest[close + 1..];
        }
        filled + rest
    }

    fn place(&self, placeholder: &str, values: &[&str]) -> String {
        let end = placeholder.find(|c: char| !c.is_ascii_digit()).unwrap_or(placeholder.len());
        let value = placeholder[..end].parse().ok().and_then(|place: usize| values.get(place)).unwrap_or(&"");
        match &placeholder[end..] {
            "" => self.value(value),
            "%" => self.value(&format!("{value}%")),
            noun => self.counted(value, noun.trim_start()),
        }
    }

    /// Number or name within a sentence.
    pub(crate) fn value(&self, value: &str) -> String {
        if !self.is_arabic() || value.is_empty() || value.starts_with(['\u{2066}', '\u{2067}', '\u{2068}']) {
            value.to_owned()
        } else if value.contains(char::is_alphabetic) {
            isolated(value)
        } else {
            format!("\u{2066}{value}\u{2069}")
        }
    }

    /// Number with its noun, which is given in its plural (English) or its dual (Arabic).
    pub(crate) fn counted(&self, number: &str, noun: &str) -> String {
        let whole: Option<u64> = number.replace(',', "").parse().ok();
        if !self.is_arabic() {
            let forms = ENGLISH.iter().find(|[_, plural]| *plural == noun);
            let [one, other] = forms.copied().unwrap_or([noun; 2]);
            return format!("{number} {}", if whole == Some(1) { one } else { other });
        }
        let forms = ARABIC.iter().find(|[_, dual, ..]| *dual == noun);
        let [one, two, few, many, other] = forms.copied().unwrap_or([noun; 5]);
        let noun = match whole {
            Some(1) => return one.to_owned(),
            Some(2) => return two.to_owned(),
            Some(number) if (3..=10).contains(&(number % 100)) => few,
            Some(number) if number % 100 > 10 => many,
            _ => other,
        };
        format!("{} {noun}", self.value(number))
    }

    /// Name of a class, or of a label that leaves several classes open, as it is shown.
    pub(crate) fn class(&self, name: &str) -> String {
        let one = |name: &str| {
            let known = CLASSES.iter().find(|(class, _)| self.is_arabic() && *class == name);
            known.map_or(name, |(_, arabic)| arabic).to_owned()
        };
        name.split(OR).map(one).collect::<Vec<_>>().join(self.or)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::words::{Language, TEXTS};

    fn plain(text: &str) -> String {
        text.replace(['\u{2066}', '\u{2068}', '\u{2069}'], "")
    }

    #[test]
    fn arabic_nouns_follow_their_number() {
        let t = Language::Arabic.words();
        for (number, expected) in [
            ("0", "0 تعليق"),
            ("1", "تعليق واحد"),
            ("2", "تعليقان"),
            ("3", "3 تعليقات"),
            ("10", "10 تعليقات"),
            ("11", "11 تعليقًا"),
            ("12", "12 تعليقًا"),
            ("20", "20 تعليقًا"),
            ("99", "99 تعليقًا"),
            ("100", "100 تعليق"),
            ("101", "101 تعليق"),
            ("102", "102 تعليق"),
            ("103", "103 تعليقات"),
            ("111", "111 تعليقًا"),
            ("1,000", "1,000 تعليق"),
            ("7,097", "7,097 تعليقًا"),
            ("66.7", "66.7 تعليق"),
        ] {
            assert_eq!(plain(&t.counted(number, "تعليقان")), expected);
        }
        assert_eq!(t.counted("2", "تعليقين"), "تعليقين");
        assert_eq!(plain(&t.fill("من {0 تعليقين مصنفين}", &["11"])), "من 11 تعليقًا مصنفًا");
        assert_eq!(plain(&t.fill("حتى {0 كلمتين}", &["5"])), "حتى 5 كلمات");
        assert_eq!(plain(&t.fill("حتى {0 كلمتين}", &["15"])), "حتى 15 كلمة");
    }

    #[test]
    fn english_nouns_follow_their_number() {
        let t = Language::English.words();
        assert_eq!(t.fill("{0 words}", &["1"]), "1 word");
        assert_eq!(t.fill("{0 words}", &["0"]), "0 words");
        assert_eq!(t.fill("{0 comments}", &["1,001"]), "1,001 comments");
    }

    #[test]
    fn numbers_and_names_are_isolated_in_arabic() {
        let t = Language::Arabic.words();
        assert_eq!(t.fill("من {0}", &["-0.5%"]), "من \u{2066}-0.5%\u{2069}");
        assert_eq!(t.fill("{0%}، {1}", &["5", "a.csv"]), "\u{2066}5%\u{2069}، \u{2068}a.csv\u{2069}");
        assert_eq!(t.fill("{0}", &[&isolated("a")]), isolated("a"));
        assert_eq!(t.fill("{1}{7}{", &["a"]), "{");
        assert_eq!(Language::English.words().fill("{0%} of {1}", &["5", "a.csv"]), "5% of a.csv");
    }

    #[test]
    fn usual_classes_have_arabic_names() {
        let t = Language::Arabic.words();
        assert_eq!(t.class("abusive"), "مسيء");
        assert_eq!(t.class("critical|neutral"), "ناقد أو محايد");
        assert_eq!(t.class("off-topic"), "off-topic");
        assert_eq!(Language::English.words().class("critical|neutral"), "critical|neutral");
    }

    /// Both languages take the same values, and every noun is one of those above.
    #[test]
    fn placeholders_agree() {
        let of = |text: &str| -> Vec<(String, String)> {
            let inside = text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap());
            let mut places: Vec<_> = inside
                .map(|placeholder| {
                    let (place, noun) = placeholder.split_once(' ').unwrap_or((placeholder, ""));
                    (place.trim_end_matches('%').to_owned(), noun.to_owned())
                })
                .collect();
            places.sort();
            places
        };
        for (name, english, arabic) in TEXTS {
            let (english, arabic) = (of(english), of(arabic));
            let places = |of: &[(String, String)]| {
                let mut places: Vec<String> = of.iter().map(|(place, _)| place.clone()).collect();
                places.dedup();
                places
            };
            assert_eq!(places(&english), places(&arabic), "{name}");
            let nouns =
                |of: Vec<(String, String)>| of.into_iter().map(|(_, noun)| noun).filter(|noun| !noun.is_empty());
            nouns(english).for_each(|noun| assert!(ENGLISH.iter().any(|forms| forms[1] == noun), "{name}: {noun}"));
            nouns(arabic).for_each(|noun| assert!(ARABIC.iter().any(|forms| forms[1] == noun), "{name}: {noun}"));
        }
    }

    /// Latin letters stand in Arabic texts only in names, and those are isolated.
    #[test]
    fn arabic_texts_have_no_english_words() {
        const NAMES: [&str; 6] = ["naqd", "naqd-train --report", "naqd-audit", "abusive", "F1", "ROC"];
        let attributes = ["lang", "dir", "cell"];
        for (name, _, arabic) in TEXTS.iter().filter(|(name, ..)| !attributes.contains(name)) {
            let mut outside = String::new();
            let mut rest = *arabic;
            while let Some((before, after)) = rest.split_once('\u{2066}') {
                let (inside, after) = after.split_once('\u{2069}').unwrap_or_else(|| panic!("{name}: not closed"));
                assert!(NAMES.contains(&inside.trim_end_matches(" {0}")), "{name}: {inside}");
                outside += before;
                rest = after;
            }
            outside += rest;
            assert!(!outside.contains(|c: char| c.is_ascii_alphabetic()), "{name}: {outside}");
            let outside = outside.replace("%}", "}");
            assert!(!outside.contains(['<', '>', '≤', '≥', '→', '←', '%', '-', '–']), "{name}: {outside}");
            assert!(!outside.contains(['٠', '١', '٢', '٣', '٤', '٥', '٦', '٧', '٨', '٩', '٪']), "{name}: digits");
        }
    }
}
