//! Detection of a comment's language, in a few hundred nanoseconds.

use naqd::internal::ngrams::has_arabic_letters;
use whichlang::Lang;

/// Minimum number of letters that tell languages of the Latin alphabet apart.
const MIN_LETTERS: usize = 20;

/// ISO 639-1 code of the language, or `und`, undetermined. Text mostly in Arabic letters is `ar`, and Arabic in Latin letters
/// gets the code of the language that it resembles. A text that the model is not `familiar` with is neither Arabic nor English;
/// and a few Latin letters tell no other language.
pub fn detect(text: &str, familiar: bool) -> &'static str {
    match resembled(text) {
        "ar" | "en" if !familiar => "und",
        language @ ("ar" | "en") => language,
        _ if is_short_latin(text) => "und",
        language => language,
    }
}

/// A text with few letters, all of the alphabet that many languages share.
fn is_short_latin(text: &str) -> bool {
    let letters = || text.chars().filter(|c| c.is_alphabetic()).take(MIN_LETTERS);
    letters().count() < MIN_LETTERS && letters().all(|c| c < '\u{250}')
}

/// Code of the language that a text resembles most.
fn resembled(text: &str) -> &'static str {
    match has_arabic_letters(text) {
        None => return "und",
        Some(true) => return "ar",
        Some(false) => {}
    }
    match whichlang::detect_language(text) {
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Hin => "hi",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
    }
}
