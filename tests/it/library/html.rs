//! The text of HTML, compared with what Chromium shows.

use std::process::Command;

use naqd::internal::text::{Html, Visible, readings};
use proptest::prelude::*;

use crate::common::repository;

#[derive(serde::Deserialize)]
struct Case {
    html: String,
    /// Words that Chromium shows.
    words: Vec<String>,
}

/// Words without the marks that stand for quotations.
fn words<'w>(words: impl Iterator<Item = &'w str>) -> Vec<String> {
    words.map(|word| word.replace(['“', '”'], "")).filter(|word| !word.is_empty() && word != ">").collect()
}

/// Compares readings of pieces of HTML with what Chromium shows: every word that it shows is in one of the readings, and of
/// nearly all pieces the first reading has these words, in the same order, and no others. Chromium moves words before a table,
/// and out of elements that end too late.
fn compare(cases: &str) {
    let cases: Vec<Case> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (mut others, mut wrong) = (Vec::new(), Vec::new());
    for Case { html, words: expected } in &cases {
        let all = readings(html, Html::Yes);
        let expected = words(expected.iter().map(String::as_str));
        let is = |visible: &Visible| words(visible.text.split_whitespace()) == expected;
        if is(&all[0]) {
            continue;
        }
        let texts: Vec<&str> = all.iter().map(|visible| visible.text.as_ref()).collect();
        let line = format!("{html:?}\n    browser {expected:?}\n    naqd    {texts:?}");
        let is_there = |word: &String| all.iter().any(|visible| visible.text.contains(word.as_str()));
        if expected.iter().all(is_there) { others.push(line) } else { wrong.push(line) }
    }
    let (others, wrong) = (others.join("\n"), wrong.join("\n"));
    assert!(wrong.is_empty(), "words that the browser shows are missing:\n{wrong}");
    assert!(others.lines().count() / 3 <= cases.len() / 100, "of {} pieces, not the same:\n{others}", cases.len());
}

#[test]
fn stored_cases_show_what_the_browser_shows() {
    let file = std::env::var("NAQD_CASES").map_or(repository("tests/html/cases.jsonl"), Into::into);
    compare(&std::fs::read_to_string(file).unwrap());
}

/// Of 2,000 new pieces of HTML.
#[test]
#[ignore = "release tier: asks Chromium"]
fn random_pieces_show_what_the_browser_shows() {
    let seed = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs().to_string();
    println!("seed {seed}");
    let script = repository("tests/html/browser.py");
    let asked = Command::new("python3").arg(script).args(["2000", &seed]).output().unwrap();
    if !asked.status.success() {
        eprintln!("skipped: {}", String::from_utf8_lossy(&asked.stderr));
        return;
    }
    compare(std::str::from_utf8(&asked.stdout).unwrap());
}

/// The tokenizer of the HTML standard as it is written there, character by character: the same HTML, written in the plainest
/// way, with quotes around every value and without comments.
mod slow {
    use htmlize::ENTITIES;

    #[derive(Default)]
    struct Tag {
        closes: bool,
        name: String,
        attributes: Vec<(String, String)>,
    }

    enum State {
        Data,
        TagOpen,
        EndTagOpen,
        TagName,
        BeforeName,
        Name,
        AfterName,
        BeforeValue,
        Quoted(char),
        Unquoted,
        AfterValue,
        SelfClosing,
        Bogus,
        Comment(String),
    }

    pub fn plainest(html: &str) -> String {
        let c: Vec<char> = html.chars().collect();
        let mut out = String::new();
        let (mut state, mut at, mut tag) = (State::Data, 0, Tag::default());
        while at < c.len() {
            let next = c[at];
            let space = matches!(next, ' ' | '\t' | '\n' | '\r' | '\u{C}');
            // Without going on, a state looks at the same character again.
            at += 1;
            state = match state {
                State::Data if next == '<' => State::TagOpen,
                State::Data if next == '\0' => State::Data,
                State::Data if next == '&' => {
                    at = reference(&c, at - 1, &mut out);
                    State::Data
                }
                State::Data => {
                    escaped(next, &mut out);
                    State::Data
                }
                State::TagOpen => match next {
                    '/' => State::EndTagOpen,
                    '!' if c[at..].starts_with(&['-', '-']) => {
                        at += 2;
                        State::Comment(String::new())
                    }
                    '!' | '?' => State::Bogus,
                    'a'..='z' | 'A'..='Z' => {
                        tag = Tag::default();
                        at -= 1;
                        State::TagName
                    }
                    _ => {
                        out += "&lt;";
                        at -= 1;
                        State::Data
                    }
                },
                State::EndTagOpen => match next {
                    'a'..='z' | 'A'..='Z' => {
                        tag = Tag { closes: true, ..Tag::default() };
                        at -= 1;
                        State::TagName
                    }
                    '>' => State::Data,
                    _ => {
                        at -= 1;
                        State::Bogus
                    }
                },
                State::Bogus if next == '>' => State::Data,
                State::Bogus => State::Bogus,
                State::Comment(mut so_far) => {
                    so_far.push(next);
                    let ends = so_far == ">" || so_far == "->" || so_far.ends_with("-->") || so_far.ends_with("--!>");
                    if ends { State::Data } else { State::Comment(so_far) }
                }
                State::TagName if space => State::BeforeName,
                State::TagName if next == '/' => State::SelfClosing,
                State::TagName if next == '>' => emit(&mut tag, &c, &mut at, &mut out),
                State::TagName => {
                    tag.name.push(next.to_ascii_lowercase());
                    State::TagName
                }
                State::BeforeName if space => State::BeforeName,
                State::BeforeName if matches!(next, '/' | '>') => {
                    at -= 1;
                    State::AfterName
                }
                State::BeforeName => {
                    tag.attributes.push((next.to_string(), String::new()));
                    State::Name
                }
                State::Name if space || matches!(next, '/' | '>') => {
                    at -= 1;
                    State::AfterName
                }
                State::Name if next == '=' => State::BeforeValue,
                State::Name => {
                    tag.attributes.last_mut().unwrap().0.push(next);
                    State::Name
                }
                State::AfterName if space => State::AfterName,
                State::AfterName => match next {
                    '/' => State::SelfClosing,
                    '=' if !tag.attributes.is_empty() => State::BeforeValue,
                    '>' => emit(&mut tag, &c, &mut at, &mut out),
                    _ => {
                        tag.attributes.push((next.to_string(), String::new()));
                        State::Name
                    }
                },
                State::BeforeValue if space => State::BeforeValue,
                State::BeforeValue => match next {
                    '"' | '\'' => State::Quoted(next),
                    '>' => emit(&mut tag, &c, &mut at, &mut out),
                    _ => {
                        at -= 1;
                        State::Unquoted
                    }
                },
                State::Quoted(quote) if next == quote => State::AfterValue,
                State::Quoted(quote) => {
                    tag.attributes.last_mut().unwrap().1.push(next);
                    State::Quoted(quote)
                }
                State::Unquoted if space => State::BeforeName,
                State::Unquoted if next == '>' => emit(&mut tag, &c, &mut at, &mut out),
                State::Unquoted => {
                    tag.attributes.last_mut().unwrap().1.push(next);
                    State::Unquoted
                }
                State::AfterValue if space => State::BeforeName,
                State::AfterValue => match next {
                    '/' => State::SelfClosing,
                    '>' => emit(&mut tag, &c, &mut at, &mut out),
                    _ => {
                        at -= 1;
                        State::BeforeName
                    }
                },
                State::SelfClosing if next == '>' => emit(&mut tag, &c, &mut at, &mut out),
                State::SelfClosing => {
                    at -= 1;
                    State::BeforeName
                }
            };
        }
        match state {
            State::TagOpen => out += "&lt;",
            State::EndTagOpen => out += "&lt;/",
            _ => {}
        }
        out
    }

    fn escaped(c: char, out: &mut String) {
        match c {
            '<' => *out += "&lt;",
            '&' => *out += "&amp;",
            _ => out.push(c),
        }
    }

    /// Writes a tag and, of an element without tags in it, its content.
    fn emit(tag: &mut Tag, c: &[char], at: &mut usize, out: &mut String) -> State {
        *out += if tag.closes { "</" } else { "<" };
        *out += &tag.name;
        if !tag.closes {
            for (name, value) in &tag.attributes {
                // A name with other signs means nothing.
                let name = if name.chars().all(|c| c.is_ascii_alphanumeric()) { name } else { "x" };
                *out += &format!(" {name}=\"{}\"", value.replace('"', "'"));
            }
        }
        out.push('>');
        if !tag.closes && ["style", "textarea"].contains(&tag.name.as_str()) {
            let end: Vec<char> = format!("</{}", tag.name).chars().collect();
            while *at < c.len() {
                let rest = &c[*at..];
                let ends = rest.len() > end.len()
                    && rest.iter().zip(&end).all(|(a, b)| a.eq_ignore_ascii_case(b))
                    && matches!(rest[end.len()], ' ' | '\t' | '\n' | '\r' | '\u{C}' | '/' | '>');
                if ends {
                    break;
                }
                match c[*at] {
                    '&' if tag.name == "textarea" => *at = reference(c, *at, out),
                    other if tag.name == "textarea" => {
                        escaped(other, out);
                        *at += 1;
                    }
                    _ => *at += 1,
                }
            }
        }
        State::Data
    }

    /// Writes the character of the reference at `at`, or `&`; returns the place behind it.
    fn reference(c: &[char], at: usize, out: &mut String) -> usize {
        let rest: String = c[at..].iter().take(200).collect();
        if let Some(digits) = rest.strip_prefix("&#") {
            let hex = digits.starts_with(['x', 'X']);
            let digits = &digits[usize::from(hex)..];
            let radix = if hex { 16 } else { 10 };
            let length = digits.chars().take_while(|digit| digit.is_digit(radix)).count();
            if length > 0 {
                let number = u32::from_str_radix(&digits[..length], radix).unwrap_or(u32::MAX);
                let windows = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[number as u8]).0.chars().next();
                escaped(
                    match number {
                        0x80..=0x9F => windows.unwrap(),
                        0 => '\u{FFFD}',
                        _ => char::from_u32(number).unwrap_or('\u{FFFD}'),
                    },
                    out,
                );
                let semicolon = usize::from(digits[length..].starts_with(';'));
                return at + 2 + usize::from(hex) + length + semicolon;
            }
        }
        for length in (2..=rest.len()).rev().filter(|length| rest.is_char_boundary(*length)) {
            if let Some(text) = ENTITIES.get(&rest.as_bytes()[..length]) {
                std::str::from_utf8(text).unwrap().chars().for_each(|c| escaped(c, out));
                return at + length;
            }
        }
        *out += "&amp;";
        at + 1
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 2_000 } else { 20_000 }))]

    /// Tags are those of the standard's tokenizer: HTML shows the same text when it is written in the plainest way.
    #[test]
    fn html_shows_the_same_when_it_is_written_plainly(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<", "</", "<b", "<p", "</p", "<div", "</div", "<blockquote", "</blockquote", "<style", "</style", "<textarea",
                "</textarea", "<x", "<q", "</q", ">", "/", " ", "=", "\"", "'", "!", "--", "-", "<!--", "-->", "--!>", "<!", "<?",
                "&", "&amp", "&lt", "&#", "x", "1", "128", ";", "&notit;", "&notin;", "hidden", "style=", "display:none", "a", "b",
                "ب", "\n", "\0", "\u{C}", "😀",
            ]),
            0..40,
        )
    ) {
        let html: String = pieces.concat();
        let plainest = slow::plainest(&html);
        prop_assert_eq!(Visible::of(&html).text, Visible::of(&plainest).text, "{:?} is {:?}", html, plainest);
    }

    /// Spans of any reading lead back to whole characters of the original, in order.
    #[test]
    fn spans_lead_back_to_the_original(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<b>", "</b>", "<p>", "<br>", "<table>", "<td>", "<q>", "</q>", "<blockquote>", "</blockquote>", "<an idiot>", "<",
                "&amp;", "&nGt;", "&#1575;", "<img alt='ب &lt;'>", "<!-- ", "a", "ب", "😀", " ", "\n", "<style>", "</style>",
            ]),
            0..30,
        ),
        html in prop::sample::select(vec![Html::No, Html::Yes, Html::Doubtful]),
    ) {
        let source: String = pieces.concat();
        for visible in readings(&source, html) {
            let mut last = 0;
            for (start, c) in visible.text.char_indices() {
                let span = visible.source(&(start..start + c.len_utf8()));
                prop_assert!(source.get(span.clone()).is_some(), "{:?} of {source:?}", span);
                prop_assert!(last <= span.start, "{:?} of {source:?}", span);
                last = span.start;
                if source[span.clone()].starts_with(c) && !"&<“”".contains(c) {
                    prop_assert_eq!(span.len(), c.len_utf8());
                }
            }
            let whole = visible.source(&(0..visible.text.len()));
            prop_assert!(source.get(whole).is_some());
        }
    }
}
