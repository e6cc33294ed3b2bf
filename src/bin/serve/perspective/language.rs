//! Detection of a comment's language, in a few hundred nanoseconds.

use naqd::internal::ngrams::has_arabic_letters;
use whichlang::Lang;

/// ISO 639-1 code of the language, or `und`, undetermined. Text mostly in Arabic letters is `ar`, and Arabic in Latin letters
/// gets the code of the language that it resembles. A text that the model is not `familiar` with is neither Arabic nor English.
pub fn detect(text: &str, familiar: bool) -> &'static str {
    match resembled(text) {
        "ar" | "en" if !familiar => "und",
        language => language,
    }
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
