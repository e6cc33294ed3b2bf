//! A comment as a card shows it: in pieces, so that the page can mark the words that tipped the scale, and its sentences.

use std::ops::Range;

use crate::desk::queue::Comment;
use crate::desk::words::{Language, Words, fill, isolated};
use crate::engine::Engine;

/// Maximum length of a comment that is explained, in bytes; of a longer one its beginning is.
const MAX_EXPLAINED: usize = 16 << 10;
/// Maximum length of a comment that is shown, in bytes.
const MAX_SHOWN: usize = 64 << 10;

/// A piece of a comment.
#[derive(Debug, PartialEq, Eq)]
pub struct Segment {
    pub text: String,
    /// What it is marked as: the class that it speaks for, `rule`, `sign` for a hidden sign, or empty.
    pub mark: String,
}

/// A sentence with its own verdict.
pub struct Sentence {
    pub text: String,
    pub label: String,
    pub share: String,
}

/// A comment as it is now judged.
pub struct Explained {
    pub segments: Vec<Segment>,
    pub sentences: Vec<Sentence>,
    /// Classes that are marked in it.
    pub marks: Vec<String>,
    /// Probability of abuse by the model in use.
    pub abusive: Option<f64>,
    /// Notes of house rules that it meets: phrase, effect and note.
    pub rules: Vec<(String, &'static str, String)>,
    /// Only its beginning is explained.
    pub is_cut: bool,
}

/// Explains a comment by the model in use.
pub fn explain(engine: &Engine, text: &str, language: Language) -> Explained {
    let shown = &text[..text.floor_char_boundary(MAX_SHOWN)];
    let beginning = &text[..text.floor_char_boundary(MAX_EXPLAINED)];
    let (judgement, _) = engine.judge_explained(beginning);
    let classes = engine.classifier.classes();
    let mut spans: Vec<(Range<usize>, String)> = Vec::new();
    let list = engine.rules.as_ref().map_or(&[][..], |rules| rules.list());
    let mut rules: Vec<(String, &'static str, String)> = Vec::new();
    for found in &judgement.matches {
        let Some(rule) = list.get(found.rule) else { continue };
        spans.push((found.span.clone(), "rule".to_owned()));
        let met = (rule.phrase.clone(), rule.effect.as_str(), rule.note.clone());
        if rules.len() < 20 && !rules.contains(&met) {
            rules.push(met);
        }
    }
    let telling = judgement.verdict.telling();
    spans.extend(telling.iter().map(|piece| (piece.span.clone(), classes[piece.class].clone())));
    let spans = apart(spans);
    let mut marks: Vec<String> = spans.iter().map(|(_, mark)| mark.clone()).collect();
    marks.sort();
    marks.dedup();
    let verdict = &judgement.verdict.verdict;
    let sentences = match &verdict.sentences[..] {
        [] | [_] => Vec::new(),
        several => several
            .iter()
            .take(50)
            .map(|sentence| Sentence {
                text: signs_shown(beginning[sentence.span.clone()].trim(), language.words()),
                label: sentence.label().to_owned(),
                share: percent(language, sentence.score.probabilities[sentence.score.class].into()),
            })
            .collect(),
    };
    Explained {
        segments: segments(shown, &spans, language.words()),
        sentences,
        marks,
        abusive: engine.abusive.map(|abusive| verdict.probabilities[abusive].into()),
        rules,
        is_cut: beginning.len() < text.len(),
    }
}

/// Spans that do not overlap: the earlier of the list takes precedence.
fn apart(spans: Vec<(Range<usize>, String)>) -> Vec<(Range<usize>, String)> {
    let mut kept: Vec<(Range<usize>, String)> = Vec::new();
    for (span, mark) in spans {
        if !span.is_empty() && kept.iter().all(|(other, _)| span.end <= other.start || other.end <= span.start) {
            kept.push((span, mark));
        }
    }
    kept.sort_by_key(|(span, _)| span.start);
    kept
}

/// The pieces of a text, marked ones and others.
fn segments(text: &str, spans: &[(Range<usize>, String)], words: &Words) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut place = 0;
    for (span, mark) in spans {
        push(&mut segments, &text[place..span.start], "", words);
        push(&mut segments, &text[span.clone()], mark, words);
        place = span.end;
    }
    push(&mut segments, &text[place..], "", words);
    segments
}

/// Adds a piece, with its hidden signs as pieces of their own.
fn push(segments: &mut Vec<Segment>, text: &str, mark: &str, words: &Words) {
    let mut rest = text;
    while let Some((place, sign)) = rest.char_indices().find(|(_, sign)| is_hidden(*sign)) {
        if place > 0 {
            segments.push(Segment { text: rest[..place].to_owned(), mark: mark.to_owned() });
        }
        segments.push(Segment { text: shown_sign(sign, words), mark: "sign".to_owned() });
        rest = &rest[place + sign.len_utf8()..];
    }
    if !rest.is_empty() {
        segments.push(Segment { text: rest.to_owned(), mark: mark.to_owned() });
    }
}

/// Signs that are not seen and could turn the direction of a text, hide in it or act on a terminal.
fn is_hidden(sign: char) -> bool {
    sign.is_control() && !matches!(sign, '\n' | '\r' | '\t')
        || matches!(sign, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{E0000}'..='\u{E007F}')
        || matches!(sign, '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

fn shown_sign(sign: char, words: &Words) -> String {
    format!("[{} U+{:04X}]", words.hidden_sign, u32::from(sign))
}

/// A text in which hidden signs are seen.
pub fn signs_shown(text: &str, words: &Words) -> String {
    if !text.contains(is_hidden) {
        return text.to_owned();
    }
    text.chars().map(|sign| if is_hidden(sign) { shown_sign(sign, words) } else { sign.to_string() }).collect()
}

/// A share in per cent.
pub fn percent(language: Language, share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent > 0.0 && percent < 10.0 { format!("{percent:.1}") } else { format!("{percent:.0}") };
    match language {
        Language::English => format!("{digits} %"),
        Language::Arabic => format!("{digits}%"),
    }
}

/// Sentences on why a comment is at the desk.
pub fn reasons(comment: &Comment, language: Language) -> Vec<String> {
    let words = language.words();
    let share = |share: Option<f64>| percent(language, share.unwrap_or_default());
    let mut reasons = Vec::new();
    if comment.threat {
        reasons.push(words.reason_threat.to_owned());
    }
    if comment.sampling.is_some() {
        let verb = words.named(match comment.action.as_str() {
            "publish" => "verb_publish",
            "reject" => "verb_reject",
            _ => "verb_hold",
        });
        reasons.push(fill(words.reason_spot, &[verb]));
    }
    if comment.action == "hold" {
        reasons.push(match comment.reason.as_str() {
            "unfamiliar" => words.reason_unfamiliar.to_owned(),
            "no promise" => words.reason_no_promise.to_owned(),
            "one word" => words.reason_one_word.to_owned(),
            "quotation" => words.reason_quotation.to_owned(),
            "rule" => fill(words.reason_rule, &[&isolated(signs_shown(&comment.rule, words))]),
            _ => match comment.thresholds {
                [Some(_), Some(_)] => fill(
                    words.reason_score,
                    &[&share(comment.abusive), &share(comment.thresholds[0]), &share(comment.thresholds[1])],
                ),
                _ => fill(words.reason_between, &[&share(comment.abusive)]),
            },
        });
    }
    if comment.editors {
        reasons.push(words.reason_editors.to_owned());
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_add_up_to_the_text_and_hidden_signs_are_seen() {
        let text = "a\u{202E}bc def";
        let found = segments(
            text,
            &apart(vec![(1..6, "x".to_owned()), (5..6, "y".to_owned()), (7..10, "z".to_owned())]),
            Language::English.words(),
        );
        let texts: Vec<(&str, &str)> = found.iter().map(|piece| (piece.text.as_str(), piece.mark.as_str())).collect();
        assert_eq!(texts, [("a", ""), ("[hidden sign U+202E]", "sign"), ("bc", "x"), (" ", ""), ("def", "z")]);
        assert_eq!(signs_shown("\u{1b}[31m", Language::English.words()), "[hidden sign U+001B][31m");
    }

    #[test]
    fn shares_have_a_decimal_where_it_matters() {
        assert_eq!(percent(Language::English, 0.034), "3.4 %");
        assert_eq!(percent(Language::Arabic, 0.5), "50%");
        assert_eq!(percent(Language::Arabic, 0.0), "0%");
    }
}
