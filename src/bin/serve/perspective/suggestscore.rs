//! `comments:suggestscore`: stores scores that moderators suggest.

use std::ops::Range;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use naqd::LabelSet;
use naqd::internal::text::{Offsets, Visible, utf16_len};

use super::language;
use super::wire::{SpanValue, Suggest, Suggested, Suggestion, attribute, id, text};
use crate::app::App;
use crate::body::{Admitted, Key, Received};
use crate::error::ApiError;
use crate::feedback::{OWN, Row};

/// Maximum number of spans with a score in a request.
const MAX_SPANS: usize = 100;
/// Cost of a request, compared with scoring: each of its spans may be the whole comment.
const COST: usize = 4;

/// Stores the scores that a client suggests for a comment as feedback.
pub async fn suggest(app: &Arc<App>, request: Request) -> Result<Response, ApiError> {
    let admitted = Admitted::new(app, request, Key::ToWrite(ApiError::invalid))?;
    let key = admitted.key;
    let reading = app.clone();
    let received = admitted.receive_at_most(usize::MAX, COST).await?;
    let (answer, rows) = received.work(move |received| read(&reading, received, key)).await?;
    app.store(rows, key).await?;
    Ok(answer)
}

/// The answer to a request, and its rows.
fn read(app: &App, received: &Received, key: Option<u32>) -> Result<(Response, Vec<Row>), ApiError> {
    let request: Suggest = received.json_relaxed()?;
    let engine = app.engine();
    let suggested = request.attribute_scores.as_ref().map_or(&[][..], |suggested| &suggested.0);
    let spans: usize = suggested.iter().map(|(_, one)| one.span_scores.as_ref().map_or(0, Vec::len)).sum();
    if spans > MAX_SPANS {
        let message = format!("Too many span scores: {spans}, expected at most {MAX_SPANS}.");
        return Err(ApiError::invalid(message).detail("INVALID_REQUEST"));
    }
    let (comment, readings) = text(request.comment.as_ref())?;
    let whole = &readings[0];
    let offsets = Offsets::of(comment);
    // Classes that all attributes leave possible, of the whole and of spans of the plain text.
    let mut labels: Vec<(Range<usize>, LabelSet)> = Vec::new();
    for (name, suggestion) in suggested {
        let set = attribute(&engine, name)?.classes;
        for (span, value) in scores(comment, whole, &offsets, name, suggestion)? {
            let found = if value >= 0.5 { set } else { engine.others(set) };
            match labels.iter_mut().find(|(known, _)| *known == span) {
                Some((_, known)) => *known = known.iter().filter(|class| found.contains(*class)).collect(),
                None => labels.push((span, found)),
            }
        }
    }
    if labels.is_empty() {
        return Err(ApiError::invalid("Missing attribute_scores").detail("NO_REQUESTED_ATTRIBUTES"));
    }
    if labels.iter().any(|(_, set)| set.is_empty()) {
        let message = "The attribute_scores exclude each other: no class of the model is left.";
        return Err(ApiError::invalid(message).detail("INVALID_REQUEST"));
    }
    let token = request.client_token.as_ref().map(|token| token.0.as_ref());
    let id = id(request.community_id.as_ref(), request.client_token.as_ref());
    let abuse = engine.abusive.map(LabelSet::one);
    // A report of naqd's own rejection is not the opinion of a moderator.
    let own = labels.iter().all(|(_, set)| Some(*set) == abuse)
        && readings.iter().any(|reading| app.rejected.has(&reading.text));
    let rows = labels.iter().map(|(span, set)| Row {
        text: whole.text[span.clone()].to_owned(),
        label: engine.name(*set),
        source: if own { OWN } else { "suggestscore" },
        id: id.clone(),
        key,
    });
    let rows = rows.collect();
    let familiar = engine.classifier.is_familiar(&engine.classifier.score(&whole.text));
    let answer = received.answers.json(&Suggested {
        client_token: token,
        detected_languages: [language::detect(&whole.text, familiar)],
        requested_languages: request.languages.iter().flatten().map(|language| language.0.as_ref()).collect(),
    })?;
    Ok((answer, rows))
}

/// The scores of an attribute, and the bytes of the plain text that they are of: of all of it, or else of spans.
fn scores(
    comment: &str,
    whole: &Visible,
    offsets: &Offsets,
    name: &str,
    suggestion: &Suggestion,
) -> Result<Vec<(Range<usize>, f32)>, ApiError> {
    if let Some(score) = &suggestion.summary_score {
        return Ok(vec![(0..whole.text.len(), score.value)]);
    }
    let spans = suggestion.span_scores.iter().flatten();
    let scored = spans.filter_map(|span| Some((span, span.score.as_ref()?.value)));
    let found = scored.map(|(span, value)| {
        let bytes = bytes_of(comment, offsets, span).map(|bytes| plain_bytes(whole, &bytes));
        match bytes.filter(|bytes| !whole.text[bytes.clone()].trim().is_empty()) {
            Some(bytes) => Ok((bytes, value)),
            None => Err(outside(comment, name, span)),
        }
    });
    found.collect()
}

/// The bytes of the plain text that come from bytes of the comment as it was sent.
fn plain_bytes(plain: &Visible, sent: &Range<usize>) -> Range<usize> {
    let end = plain.text.len();
    let start = first(end, |at| plain.source(&(at..at + 1)).start >= sent.start);
    let end = first(end, |at| plain.source(&(at..at + 1)).end > sent.end);
    let (start, end) = (plain.text.ceil_char_boundary(start), plain.text.floor_char_boundary(end));
    start..end.max(start)
}

/// The first of the numbers up to `end` for which something holds that holds for all after it; `end` if there is none.
fn first(end: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

fn outside(comment: &str, name: &str, span: &SpanValue) -> ApiError {
    let units = utf16_len(comment);
    let (begin, end) = (span.begin, span.end.unwrap_or(units));
    let message = format!(
        "Span {begin} to {end} of {name}: expected a span with text in it, inside the {units} UTF-16 units of the \
         comment, that cuts no character."
    );
    ApiError::invalid(message).detail("INVALID_REQUEST")
}

/// The bytes of a span in UTF-16 units; none if it is empty, outside of the text or cuts a character.
fn bytes_of(text: &str, offsets: &Offsets, span: &SpanValue) -> Option<Range<usize>> {
    let end = match span.end {
        Some(end) => offsets.byte_of_utf16(end)?,
        None => text.len(),
    };
    let range = offsets.byte_of_utf16(span.begin)?..end;
    (!range.is_empty()).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_spans_in_utf16_units() {
        let text = "مَ😀 a";
        let offsets = Offsets::of(text);
        let bytes = |begin, end| bytes_of(text, &offsets, &SpanValue { begin, end, score: None });
        assert_eq!(bytes(2, Some(4)), Some(4..8));
        assert_eq!(bytes(4, None), Some(8..10));
        for (begin, end) in [(3, Some(4)), (4, Some(2)), (0, Some(99)), (99, None)] {
            assert_eq!(bytes(begin, end), None);
        }
    }
}
