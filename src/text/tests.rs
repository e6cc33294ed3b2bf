//! Comparison of the fast path with the definition of a word.

use crate::text::word::Word;
use crate::text::words::{Token, Words};
use proptest::prelude::*;

/// Token with all that n-grams are made from.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Read {
    /// Folded characters, whether it is one of letters, and the bytes of each padded character.
    Word(String, bool, Vec<(u32, u32)>),
    SentenceEnd(u32),
}

impl Read {
    /// Token just read, of a text that begins at byte `offset`.
    fn new(token: Token, word: &Word, offset: u32) -> Read {
        match token {
            Token::SentenceEnd(end) => Read::SentenceEnd(offset + end),
            Token::Word => {
                let spans = (0..word.padded().len()).map(|at| word.span(at, at + 1));
                let spans = spans.map(|(start, end)| (offset + start, offset + end)).collect();
                Read::Word(word.symbols().iter().collect(), word.is_letters(), spans)
            }
        }
    }
}

/// Tokens by the definition alone.
fn by_definition(text: &str) -> Vec<Read> {
    let (mut words, mut word) = (Words::new(text), Word::default());
    words.by_definition = true;
    std::iter::from_fn(|| words.next(&mut word).map(|token| Read::new(token, &word, 0))).collect()
}

/// Tokens as they are read where plain words cannot be remembered.
fn by_next(text: &str) -> Vec<Read> {
    let (mut words, mut word) = (Words::new(text), Word::default());
    std::iter::from_fn(|| words.next(&mut word).map(|token| Read::new(token, &word, 0))).collect()
}

/// Tokens as scoring reads them: up to sixteen plain words are passed over, and each is then either taken from memory,
/// where only its bytes count, or read where it stands. `remembered` decides which, over and over.
fn by_plain_words(text: &str, max_bytes: usize, remembered: &[bool]) -> Vec<Read> {
    let (mut words, mut word) = (Words::new(text), Word::default());
    let mut remembered = remembered.iter().cycle();
    let mut tokens = Vec::new();
    loop {
        let mut ahead = Vec::new();
        while ahead.len() < 16
            && let Some(range) = words.plain(max_bytes)
        {
            assert!(range.len() <= max_bytes && !range.is_empty());
            words.pass(&range);
            ahead.push(range);
        }
        let end = ahead.last().map_or(0, |range| range.end);
        for range in &ahead {
            if *remembered.next().unwrap_or(&true) {
                let mut alone = by_definition(&text[range.clone()]);
                assert!(matches!(alone[..], [Read::Word(_, true, _), Read::SentenceEnd(_)]), "{alone:?} in {text:?}");
                let Read::Word(_, _, spans) = &mut alone[0] else { unreachable!() };
                let offset = range.start as u32;
                spans.iter_mut().for_each(|span| *span = (span.0 + offset, span.1 + offset));
                tokens.push(alone.swap_remove(0));
            } else {
                words.seek(range.start);
                assert_eq!(words.next(&mut word), Some(Token::Word));
                tokens.push(Read::new(Token::Word, &word, 0));
                words.seek(end);
            }
        }
        if ahead.len() == 16 {
            continue;
        }
        match words.next(&mut word) {
            Some(token) => tokens.push(Read::new(token, &word, 0)),
            None => return tokens,
        }
    }
}

/// Texts of mixed scripts, digits, marks, stops, invisible characters, entities and addresses.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[a-dA-D]{1,9}[ ,]?",
        "[a-cA-C.!?*$@' 0-9:/_,-]{1,8}",
        "[a-zA-Z' ,.]{40,150}",
        "([a-c][ .*]{1,2}){1,5}",
        "[ا-يءةأإآؤ]{1,9}[ ،.]?",
        "[ابتكيىئءةأإآؤـ\u{64B}-\u{652}\u{670} .؟!،۔٠-٩پچگی]{1,8}",
        "([ا-ي][ .]){1,5}",
        "[ا-ي ،.]{20,90}",
        "[а-еЀ-Џα-ωéüñçßİı]{1,7}",
        "[\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}\u{AD}\u{FEFF}\u{FE0F}\u{301}\u{E0101}]{1,3}",
        "[ａ-ｅ０-９ﷲﻻﺍﺳﷺ½…‼。।、ⅷ👍😂🏽]{1,4}",
        prop::sample::select(vec![
            "http://",
            "https://t.example/x?y=1#z",
            "www.a",
            "www.naqd.example",
            "@",
            "@some_one",
            "a@b.c",
            "x@y.example.",
            "&#",
            ";",
            "&amp;",
            "&nbsp;",
            "&rsquo;",
            "&#39;",
            "&#x1F602;",
            "&",
            "\r\n",
            "\n",
            ". ",
            "12:30",
            "3.5",
            "1,200.50",
            "U.S.A.",
            "b!tch",
            "cla$s",
            "id*ot",
            "!!",
            "?!",
            "\u{2029}",
        ])
        .prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// The fast path reads every text as the definition does: the same words from the same bytes, the same sentences.
    #[test]
    fn the_fast_path_reads_as_the_definition(
        text in texts(),
        max_bytes in prop_oneof![Just(24usize), 1usize..80],
        remembered in prop::collection::vec(any::<bool>(), 1..8),
    ) {
        let expected = by_definition(&text);
        prop_assert_eq!(&by_next(&text), &expected);
        prop_assert_eq!(&by_plain_words(&text, max_bytes, &remembered), &expected);
    }
}
