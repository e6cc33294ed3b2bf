//! Comments as they are quoted: cut to a bounded length, with what tipped the scale marked.

use crate::score::explanation::Explanation;
use std::ops::Range;

/// Most characters of a comment that are quoted.
const CHARS: usize = 420;
/// Characters before the first mark that are kept where the beginning is cut off.
const BEFORE: usize = 120;

/// A stretch of a comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stretch {
    pub(crate) text: String,
    /// The class that it speaks for, if it does.
    pub(crate) class: Option<usize>,
}

/// The spans that tipped the scale, with the classes they speak for: weightiest first, none over another, none with
/// less than a quarter of the weight of the first.
pub(crate) fn telling(explanation: &Explanation) -> Vec<(Range<usize>, usize)> {
    let telling = explanation.telling();
    let least = telling.first().map_or(0.0, |piece| piece.weight / 4.0);
    let mut marks: Vec<(Range<usize>, usize)> = Vec::new();
    for piece in telling.into_iter().filter(|piece| piece.weight >= least) {
        if marks.iter().all(|(other, _)| piece.span.end <= other.start || other.end <= piece.span.start) {
            marks.push((piece.span.clone(), piece.class));
        }
    }
    marks
}

/// A comment as stretches. `marks` do not overlap, and lie between characters.
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

/// The bytes that are shown: from the beginning, or from some way before the first mark if that would be cut off.
fn shown(text: &str, first: Option<Range<usize>>) -> Range<usize> {
    let after =
        |from: usize, chars: usize| text[from..].char_indices().nth(chars).map_or(text.len(), |(at, _)| from + at);
    let end = after(0, CHARS);
    match first {
        Some(mark) if mark.end > end => {
            let start = text[..mark.start].char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
            start..after(start, CHARS)
        }
        _ => 0..end,
    }
}

/// Masked characters that cannot be seen but change what is: controls, and those that turn the direction of writing.
fn legible(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { '\u{FFFD}' } else { c }).collect()
}
