//! Quotes of comments: cut to a bounded length, with the decisive words marked.

use crate::score::explanation::Explanation;
use std::ops::Range;

/// Maximum number of characters of a quote.
const MAX_CHARS: usize = 420;
/// Number of characters kept before the first mark where the beginning is cut off.
const BEFORE: usize = 120;

/// Stretch of a comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stretch {
    pub(crate) text: String,
    /// Class that it speaks for, if it is marked.
    pub(crate) class: Option<usize>,
}

/// Byte spans of the decisive words with the classes they speak for, by descending weight: none overlaps another, none
/// has less than a quarter of the weight of the first.
pub(crate) fn telling(explanation: &Explanation) -> Vec<(Range<usize>, usize)> {
    let telling = explanation.telling();
    let minimum = telling.first().map_or(0.0, |piece| piece.weight / 4.0);
    let mut marks: Vec<(Range<usize>, usize)> = Vec::new();
    for piece in telling.into_iter().filter(|piece| piece.weight >= minimum) {
        if marks.iter().all(|(other, _)| piece.span.end <= other.start || other.end <= piece.span.start) {
            marks.push((piece.span.clone(), piece.class));
        }
    }
    marks
}

/// Stretches of a comment. `marks` do not overlap, and lie on character boundaries.
pub(crate) fn quote(text: &str, mut marks: Vec<(Range<usize>, usize)>) -> Vec<Stretch> {
    marks.sort_by_key(|(span, _)| span.start);
    let shown = shown(text, marks.first().map(|(span, _)| span.clone()));
    let mut stretches = Vec::new();
    let mut add = |from: usize, to: usize, class: Option<usize>| {
        if let Some(text) = text.get(from..to).filter(|text| !text.is_empty()) {
            stretches.push(Stretch { text: legible(text), class });
        }
    };
    let mut at = shown.start;
    for (span, class) in marks {
        let span = span.start.clamp(at, shown.end)..span.end.clamp(at, shown.end);
        add(at, span.start, None);
        add(span.start, span.end, Some(class));
        at = span.end;
    }
    add(at, shown.end, None);
    let ellipsis = || Stretch { text: "…".to_owned(), class: None };
    if shown.start > 0 {
        stretches.insert(0, ellipsis());
    }
    if shown.end < text.len() {
        stretches.push(ellipsis());
    }
    stretches
}

/// Byte span that is shown: from the beginning, or from some way before the first mark if that would be cut off.
fn shown(text: &str, first: Option<Range<usize>>) -> Range<usize> {
    let after =
        |from: usize, chars: usize| text[from..].char_indices().nth(chars).map_or(text.len(), |(at, _)| from + at);
    let end = after(0, MAX_CHARS);
    match first {
        Some(mark) if mark.end > end => {
            let start = text[..mark.start].char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
            start..after(start, MAX_CHARS)
        }
        _ => 0..end,
    }
}

/// Text in which invisible characters that change its appearance are replaced: controls, and those that turn the
/// direction of writing.
fn legible(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { '\u{FFFD}' } else { c }).collect()
}
