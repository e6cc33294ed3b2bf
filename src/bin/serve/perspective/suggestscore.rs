//! `comments:suggestscore`: stores scores that moderators suggest.

use std::ops::Range;

use axum::extract::Request;
use axum::response::Response;
use naqd::LabelSet;
use naqd::internal::text::{Offsets, utf16_len};

use super::language;
use super::wire::{SpanValue, Suggest, Suggested, Suggestion, TextType, attribute, text, visible};
use crate::app::App;
use crate::body::{Admitted, Key, json};
use crate::error::ApiError;
use crate::feedback::Row;

/// Stores the scores that a client suggests for a comment as feedback.
pub async fn suggest(app: &App, request: Request) -> Result<Response, ApiError> {
    let received = Admitted::new(app, request, Key::ToWrite(ApiError::invalid))?.receive().await?;
    let request: Suggest = received.json()?;
    let engine = app.engine();
    let (comment, readings) = text(request.comment.as_ref())?;
    let offsets = Offsets::of(comment);
    let kind = request.comment.as_ref().and_then(|comment| comment.kind);
    let suggested = request.attribute_scores.as_ref().map_or(&[][..], |suggested| &suggested.0);
    // Classes that all attributes leave possible, of the whole and of spans.
    let mut labels: Vec<(Range<usize>, LabelSet)> = Vec::new();
    for (name, suggestion) in suggested {
        let set = attribute(&engine, name)?.classes;
        for (span, value) in scores(comment, &offsets, kind, name, suggestion)? {
            let found = if value >= 0.5 { set } else { engine.others(set) };
            match labels.iter_mut().find(|(known, _)| *known == span) {
                Some((_, known)) => *known = known.iter().filter(|class| found.contains(*class)).collect(),
                None => labels.push((span, found)),
            }
        }
        if labels.len() > app.settings.limits.comments {
            return Err(ApiError::invalid("Too many span scores."));
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
    let community = request.community_id.as_ref().map(|community| community.0.as_ref());
    let id = token.map(|token| community.map_or(token.to_owned(), |community| format!("{community} {token}")));
    let rows = labels.iter().map(|(span, set)| Row {
        text: visible(&comment[span.clone()], kind).into_owned(),
        label: engine.name(*set),
        source: "suggestscore",
        id: id.clone(),
    });
    app.store(rows.collect()).await?;
    let whole = &readings[0].text;
    let familiar = engine.classifier.is_familiar(&engine.classifier.score(whole));
    json(&Suggested {
        client_token: token,
        detected_languages: [language::detect(whole, familiar)],
        requested_languages: request.languages.iter().flatten().map(|language| language.0.as_ref()).collect(),
    })
}

/// The scores of an attribute, and the bytes of the comment that they are of: of all of it, or else of spans.
fn scores(
    comment: &str,
    offsets: &Offsets,
    kind: Option<TextType>,
    name: &str,
    suggestion: &Suggestion,
) -> Result<Vec<(Range<usize>, f32)>, ApiError> {
    if let Some(score) = &suggestion.summary_score {
        return Ok(vec![(0..comment.len(), score.value)]);
    }
    let spans = suggestion.span_scores.iter().flatten();
    let scored = spans.filter_map(|span| Some((span, span.score.as_ref()?.value)));
    let found = scored.map(|(span, value)| {
        let has_text = |bytes: &Range<usize>| !visible(&comment[bytes.clone()], kind).trim().is_empty();
        match bytes_of(comment, offsets, span).filter(has_text) {
            Some(bytes) => Ok((bytes, value)),
            None => Err(outside(comment, name, span)),
        }
    });
    found.collect()
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
