//! Damage that exports do to letters: UTF-8 read in another encoding, and letters that became question marks or codes.

use std::fmt;
use std::sync::LazyLock;

use encoding_rs::{ISO_8859_6, WINDOWS_1256};
use memchr::memmem::Finder;

use super::encoded::encoded;
use super::single_bytes::{MORE_TABLES, TABLES, Table};

/// Damage to the letters of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Damage {
    /// Text of the first encoding that was read in the second.
    Mojibake(&'static str, &'static str),
    /// Letters that stand as codes; the name of the codes.
    Encoded(&'static str),
    /// Letters that an encoding did not have.
    Lost,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Mojibake(from, to) => {
                write!(f, "mojibake: {from} that was read as {to}, so these are not the letters that were written")
            }
            Damage::Encoded(name) => {
                write!(f, "letters written as codes, {name}, so these are not the letters that were written")
            }
            Damage::Lost => f.write_str("letters were lost: there are question marks in their place"),
        }
    }
}

/// Damage to a text, if it is certain.
pub fn damage(text: &str) -> Option<Damage> {
    let bytes = text.as_bytes();
    // Of most texts, a few looks at many bytes at a time say that there is none.
    if memchr::memchr2(b'?', 0xEF, bytes).is_some() && is_lost(text) {
        return Some(Damage::Lost);
    }
    encoded(text).map(|(name, _)| Damage::Encoded(name)).or_else(|| mojibake(text).map(|(damage, _)| damage))
}

/// The text as it was written, if it is mojibake or codes that can be undone for certain: every byte is accounted for.
pub fn repair(text: &str) -> Option<String> {
    let mut repaired: Option<String> = None;
    // Some exports do it twice.
    for _ in 0..3 {
        let text = repaired.as_deref().unwrap_or(text);
        match encoded(text).map(|(_, text)| text).or_else(|| mojibake(text).map(|(_, text)| text)) {
            Some(Some(better)) => repaired = Some(better),
            Some(None) => return None,
            None => break,
        }
    }
    repaired
}

/// A line of JSON with its strings repaired, if one of them is damaged so.
#[cfg(feature = "internal")]
pub fn repair_json(json: &str) -> Option<String> {
    super::encoded::repair_strings(json, &repair)
}

/// True if question marks or U+FFFD stand where letters were: words of nothing else.
fn is_lost(text: &str) -> bool {
    static PAIR: LazyLock<[Finder; 2]> = LazyLock::new(|| [Finder::new("??"), Finder::new("\u{FFFD}")]);
    let [marks, replacement] = PAIR.each_ref().map(|finder| finder.find(text.as_bytes()).is_some());
    if replacement {
        let lost = text.matches('\u{FFFD}').count();
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        if lost >= 3 && lost * 4 >= letters {
            return true;
        }
    }
    if !marks {
        return false;
    }
    // Words of question marks, of two or more and not all of one length: `???? ??? ?????`.
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| matches!(c, '.' | ',' | '!' | '"')));
    let lengths: Vec<usize> =
        words.filter(|word| word.len() >= 2 && word.bytes().all(|byte| byte == b'?')).map(str::len).collect();
    let lost: usize = lengths.iter().sum();
    lengths.len() >= 2
        && lost >= 6
        && lengths.iter().any(|length| *length != lengths[0])
        && lost >= text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// True if a text may be mojibake: it has an accented letter, as all that was read as windows-1252; a part of a frame, as
/// DOS has them, or a root, as MacRoman; or a sign right after what another encoding makes of the first byte of French and
/// Arabic letters: أ, ط or ظ in windows-1256, Ř or Ů in windows-1250, Ш or Щ in windows-1251.
fn may_be_mojibake(bytes: &[u8]) -> bool {
    memchr::memchr3_iter(0xC2, 0xC3, 0xE2, bytes).any(|at| {
        let is_after_letter = || {
            matches!(bytes[..at], [.., 0xD8, 0xA3 | 0xB7 | 0xB8] | [.., 0xC5, 0x98 | 0xAE] | [.., 0xD0, 0xA8 | 0xA9])
        };
        let is_frame_or_root = || matches!(bytes[at + 1..], [0x94 | 0x95, ..] | [0x88, 0x9A, ..]);
        bytes[at] == 0xC3 || bytes[at] == 0xE2 && is_frame_or_root() || is_after_letter()
    })
}

/// Mojibake in a text, and the text as it was written if every character of it is accounted for.
fn mojibake(text: &str) -> Option<(Damage, Option<String>)> {
    if !may_be_mojibake(text.as_bytes()) {
        return None;
    }
    let best = |tables: &[Table]| {
        let found = tables.iter().filter(|table| !table.is_strict || table.has_lead(text));
        // The encoding that accounts for all of it, or else for most.
        let best = found
            .filter_map(|table| utf8_as(text, table))
            .max_by_key(|(_, repaired, covered)| (repaired.is_some(), *covered));
        best.map(|(damage, repaired, _)| (damage, repaired))
    };
    best(&*TABLES)
        .or_else(|| arabic_as_western(text))
        .or_else(|| best(&*MORE_TABLES))
        .or_else(|| arabic_as_another(text))
}

/// UTF-8 that was read in an encoding of single bytes; the number of characters that this accounts for as well.
fn utf8_as(text: &str, table: &Table) -> Option<(Damage, Option<String>, usize)> {
    let (bytes, whole) = table.encode(text);
    let is_arabic = table.is_arabic;
    let is_frame = |c: Option<char>| matches!(c, Some('\u{2500}'..='\u{25A0}' | '√'));
    let (mut sequences, mut covered, mut others) = (0, 0, 0);
    // Sequences that no language has in this encoding: `â€`.
    let mut certain = 0;
    // Sequences that could be letters of a language in this encoding.
    let mut doubtful = 0;
    let mut at = 0;
    let mut chars = text.chars();
    while at < bytes.len() {
        let c = chars.next();
        if bytes[at].is_ascii() {
            at += 1;
            continue;
        }
        match sequence(&bytes[at..]) {
            Some((read, len)) if is_plausible(read, table) => {
                (sequences, covered) = (sequences + 1, covered + len);
                certain += usize::from(!is_arabic && len > 2 || table.is_strict && is_frame(c));
                doubtful += usize::from(is_arabic && len == 2 && !matches!(bytes[at + 1], 0xA2..=0xBE));
                at += len;
                chars.nth(len - 2);
            }
            _ => (others, at) = (others + 1, at + 1),
        }
    }
    let enough = match () {
        // Arabic and Persian have such pairs here and there, between others.
        () if is_arabic => sequences >= 3 || sequences > doubtful,
        () if table.is_strict => sequences >= 3 || certain >= 1,
        () => sequences >= 1,
    };
    let is_most = certain > 0 && (!table.is_strict || covered >= 2 * others) || covered >= 4 * others;
    if !enough || !is_most || sequences == doubtful {
        return None;
    }
    let repaired = if whole && others == 0 { String::from_utf8(bytes).ok() } else { None };
    Some((Damage::Mojibake("UTF-8", table.name), repaired, covered))
}

/// Character of several bytes at the beginning, and their number.
fn sequence(bytes: &[u8]) -> Option<(char, usize)> {
    let len = match bytes[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let c = std::str::from_utf8(bytes.get(..len)?).ok()?.chars().next()?;
    Some((c, len))
}

/// True for characters that comments have: letters of Europe and the Middle East, punctuation, emoji.
fn is_plausible(c: char, table: &Table) -> bool {
    match c {
        // Of what was damaged twice, control characters as well.
        '\u{80}'..='\u{17F}' | '\u{192}' | '\u{2C6}' | '\u{2DC}' => true,
        '\u{370}'..='\u{5FF}' => !table.is_arabic && !table.is_strict,
        '\u{750}'..='\u{77F}' => !table.is_strict,
        '\u{600}'..='\u{6FF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' => true,
        '\u{2000}'..='\u{2069}' | '\u{20A0}'..='\u{20BF}' | '\u{2122}' | '\u{2190}'..='\u{27BF}' => true,
        '\u{FE0F}' | '\u{FFFD}' | '\u{1F000}'..='\u{1FAFF}' => true,
        _ => false,
    }
}

/// Arabic in windows-1256 that was read as windows-1252: `ÔßÑÇ`.
fn arabic_as_western(text: &str) -> Option<(Damage, Option<String>)> {
    let accented = text.chars().filter(|c| matches!(c, '\u{C0}'..='\u{FF}')).count();
    // No language has as many.
    if accented < 5 || accented * 10 < text.chars().filter(|c| c.is_alphabetic()).count() * 7 {
        return None;
    }
    let (bytes, whole) = TABLES[0].encode(text);
    let read = WINDOWS_1256.decode_without_bom_handling(&bytes).0;
    let arabic = read.chars().filter(|c| matches!(c, '\u{620}'..='\u{6FF}')).count();
    let frequent = read.chars().filter(|c| "اليمونرتبهعة".contains(*c)).count();
    if arabic * 10 < accented * 9 || frequent * 2 < arabic {
        return None;
    }
    let latin = read.chars().any(|c| c.is_alphabetic() && !c.is_ascii() && !matches!(c, '\u{600}'..='\u{6FF}'));
    let repaired = (whole && !latin).then(|| read.into_owned());
    Some((Damage::Mojibake("windows-1256", "windows-1252"), repaired))
}

/// Arabic in windows-1256 or ISO-8859-6 that was read in another encoding of single bytes. Every character is accounted for.
fn arabic_as_another(text: &str) -> Option<(Damage, Option<String>)> {
    let others = text.chars().filter(|c| !c.is_ascii()).count();
    let letters = text.chars().filter(|c| c.is_alphabetic() || !c.is_ascii()).count();
    if others < 5 || others * 10 < letters * 7 {
        return None;
    }
    let sources = [("windows-1256", WINDOWS_1256), ("ISO-8859-6", ISO_8859_6)];
    let readings = TABLES[..1].iter().chain(&*MORE_TABLES).filter_map(|table| {
        let (bytes, whole) = table.encode(text);
        whole.then_some((table, bytes))
    });
    let as_arabic = |(table, bytes): (&'static Table, Vec<u8>)| {
        sources.into_iter().find_map(|(name, source)| {
            let (read, malformed) = source.decode_without_bom_handling(&bytes);
            let arabic = read.chars().filter(|c| matches!(c, '\u{620}'..='\u{652}')).count();
            let frequent = read.chars().filter(|c| "اليمونرتبهعة".contains(*c)).count();
            let is_arabic = !malformed && arabic * 10 >= others * 9 && frequent * 2 >= arabic;
            is_arabic.then(|| (frequent, Damage::Mojibake(name, table.name), read.into_owned()))
        })
    };
    let best = readings.filter_map(as_arabic).max_by_key(|(frequent, ..)| *frequent);
    best.map(|(_, damage, read)| (damage, Some(read)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{Encoding, WINDOWS_1252};
    use proptest::prelude::*;

    const TEXTS: [&str; 6] = [
        "شكرا على هذا التقرير",
        "أين المصدر؟ الخبر غير دقيق",
        "café déjà vu",
        "it’s a “fair” report",
        "تعليق جميل 😀",
        "مرحبا — كيف الحال",
    ];

    fn read_as(text: &str, encoding: &'static Encoding) -> String {
        encoding.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    }

    #[test]
    fn mojibake_is_found_and_undone() {
        for text in TEXTS {
            assert_eq!(damage(text), None, "{text}");
            for encoding in [WINDOWS_1252, WINDOWS_1256] {
                let damaged = read_as(text, encoding);
                assert!(matches!(damage(&damaged), Some(Damage::Mojibake("UTF-8", _))), "{damaged}");
                assert_eq!(repair(&damaged).as_deref(), Some(text), "{damaged}");
                let twice = read_as(&damaged, encoding);
                assert!(damage(&twice).is_some(), "{twice}");
                assert_eq!(repair(&twice).as_deref(), Some(text), "{twice}");
            }
            // As ISO-8859-1.
            let latin: String = text.bytes().map(char::from).collect();
            assert!(damage(&latin).is_some() && repair(&latin).as_deref() == Some(text), "{latin}");
        }
        let western = read_as_western("شكرا على هذا التقرير");
        assert_eq!(damage(&western), Some(Damage::Mojibake("windows-1256", "windows-1252")));
        assert_eq!(repair(&western).as_deref(), Some("شكرا على هذا التقرير"));
        // A byte is lost: it is damaged, and stays so.
        let cut = "itâ€™s a â€œfairâ€\u{FFFD} report";
        assert!(damage(cut).is_some() && repair(cut).is_none());
    }

    /// The text as a program shows it that takes its bytes for those of another encoding.
    fn read_in(bytes: &[u8], table: &Table) -> String {
        let of = |byte: u8| match byte {
            0..0x80 => char::from(byte),
            _ => table
                .bytes
                .iter()
                .find(|(c, other)| *other == byte && !c.is_control())
                .map_or(char::from(byte), |it| it.0),
        };
        bytes.iter().map(|&byte| of(byte)).collect()
    }

    #[test]
    fn mojibake_of_more_encodings_is_found_and_undone() {
        let more = ["l’été, ça va déjà", "¿Qué pasó mañana? ¡Así no!", "Très bien, à l’été « prochain »"];
        for table in &*MORE_TABLES {
            // Of languages of Europe these two make letters that others write.
            let is_slavic = ["windows-1250", "windows-1251"].contains(&table.name);
            let is_told = |text: &&&str| !is_slavic || text.contains(|c| matches!(c, '\u{600}'..='\u{6FF}'));
            for text in TEXTS.iter().chain(&more).filter(is_told) {
                let damaged = read_in(text.as_bytes(), table);
                assert!(matches!(damage(&damaged), Some(Damage::Mojibake("UTF-8", _))), "{}: {damaged}", table.name);
                if let Some(repaired) = repair(&damaged) {
                    assert_eq!(repaired, *text, "{}: {damaged}", table.name);
                }
            }
            let arabic = "شكرا على هذا التقرير، والله ما قصرتم";
            for (name, source) in [("windows-1256", WINDOWS_1256), ("ISO-8859-6", ISO_8859_6)] {
                let arabic = if name == "ISO-8859-6" { arabic } else { &arabic.replace('،', "!") };
                let damaged = read_in(&source.encode(arabic).0, table);
                // Cyrillic and signs alone cannot be told from what people write.
                if ["windows-1251", "MacRoman"].contains(&table.name) {
                    continue;
                }
                assert!(matches!(damage(&damaged), Some(Damage::Mojibake(..))), "{name}, {}: {damaged}", table.name);
                if let Some(repaired) = repair(&damaged) {
                    assert_eq!(repaired, arabic, "{name}, {}: {damaged}", table.name);
                }
            }
        }
    }

    #[test]
    fn european_languages_are_no_damage() {
        for text in [
            "l’école, l’écran, l’État",
            "«été» “État” ‘à’",
            "HABERİ’ne SERİ’ne FERİ’ne teşekkürler",
            "Çok güzel bir yazı, ığdır’ın şehri",
            "Úžasné! Úžas, Řekl ž, Ďábel",
            "Příliš žluťoučký kůň úpěl ďábelské ódy",
            "Zażółć gęślą jaźń, ŚĆ",
            "Árvíztűrő tükörfúrógép ÁRVÍZTŰRŐ",
            "NAÇÃO ÍNDIO ÓÔÕ ÃÉ",
            "Щука «Ш» Ещё",
            "┌──┬──┐ │ a │ └──┴──┘",
            "√2 ≈ 1.41, √©?",
            "ÿÿ Ÿ",
            "ØÅÆ øåæ",
            "çççç éééé àààà",
        ] {
            assert_eq!(damage(text), None, "{text}");
        }
    }

    fn read_as_western(arabic: &str) -> String {
        WINDOWS_1252.decode_without_bom_handling(&WINDOWS_1256.encode(arabic).0).0.into_owned()
    }

    #[test]
    fn lost_letters_are_found() {
        for lost in
            ["???? ??? ??? ???????", "?????? ?? ????? Trump ?????", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD} \u{FFFD}\u{FFFD}"]
        {
            assert_eq!(damage(lost), Some(Damage::Lost), "{lost}");
            assert_eq!(repair(lost), None);
        }
    }

    #[test]
    fn what_people_write_is_no_damage() {
        for text in [
            "?????",
            "what?? really??",
            "?? ??",
            "Is it?? No ?? way ???",
            "فقط؟ لا، طبعاً",
            "حظ؟",
            "«أ»",
            "تک تک",
            "ظ؟ ط؟",
            "É»",
            "NÃO É POSSÍVEL",
            "Škoda, Žižkov",
            "à á â ã ä å",
            "عک غک",
            "Ελληνικά Кириллица",
            "10 €, 5 £ and 20 °C",
            "naïve café",
            "ظ… وبعدين",
            "حفظ… الله",
        ] {
            assert_eq!(damage(text), None, "{text}");
        }
    }

    proptest! {
        /// Arabic sentences of any nouns are sound, their mojibake is found and comes back whole.
        #[test]
        fn of_any_sentence(words in prop::collection::vec("ال[ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئةى]{3,9}[،؛؟.!]?", 2..9)) {
            let text = words.join(" ");
            prop_assert_eq!(damage(&text), None);
            for encoding in [WINDOWS_1252, WINDOWS_1256] {
                let damaged = read_as(&text, encoding);
                prop_assert!(damage(&damaged).is_some(), "{}", damaged);
                prop_assert_eq!(repair(&damaged), Some(text.clone()));
            }
            let western = read_as_western(&text);
            if damage(&western).is_some() {
                prop_assert_eq!(repair(&western), Some(text));
            }
        }

        #[test]
        fn nothing_panics(text in "\\PC*") {
            damage(&text);
            repair(&text);
        }
    }
}
