//! Detection of a comment's language, in a few hundred nanoseconds.

use whichlang::Lang;

/// ISO 639-1 code of the language, or `und`, undetermined. Text mostly in Arabic letters is `ar`: naqd tells no languages
/// of that script apart. Arabic in Latin letters gets the code of the language that it resembles.
pub fn detect(text: &str) -> &'static str {
    let (mut arabic, mut letters) = (0usize, 0usize);
    for c in text.chars() {
        if ('\u{620}'..='\u{6FF}').contains(&c) || ('\u{FB50}'..='\u{FEFC}').contains(&c) {
            arabic += 1;
            letters += 1;
        } else if c.is_alphabetic() {
            letters += 1;
        }
    }
    if letters < 3 {
        return "und";
    }
    if 2 * arabic >= letters {
        return "ar";
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
