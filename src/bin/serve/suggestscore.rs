//! `comments:suggestscore` of Perspective's API: what moderators say of comments.

use std::ops::Range;

use axum::extract::Request;
use axum::response::Response;
use naqd::LabelSet;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::app::{App, body, json};
use crate::feedback::Row;
use crate::keys::key;
use crate::language;
use crate::perspective::{Entry, InOrder, Kind, Text, attribute, plain, text, utf16};
use crate::problem::Problem;
use crate::repair::repair;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suggest<'a> {
    #[serde(borrow, default)]
    comment: Option<Entry<'a>>,
    #[serde(borrow, default, alias = "attribute_scores")]
    attribute_scores: Option<InOrder<'a, Suggestion>>,
    #[serde(borrow, default)]
    languages: Option<Vec<Text<'a>>>,
    #[serde(borrow, default, alias = "client_token")]
    client_token: Option<Text<'a>>,
    #[serde(borrow, default, alias = "community_id")]
    community_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suggestion {
    #[serde(default, alias = "summary_score")]
    summary_score: Option<Value>,
    #[serde(default, alias = "span_scores")]
    span_scores: Option<Vec<SpanValue>>,
}

#[derive(Deserialize)]
struct Value {
    #[serde(default)]
    value: f32,
    #[serde(default, rename = "type")]
    _kind: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct SpanValue {
    #[serde(default)]
    begin: usize,
    #[serde(default)]
    end: Option<usize>,
    #[serde(default)]
    score: Option<Value>,
}

/// Keeps what a client says of a comment as feedback.
pub async fn suggest(app: &App, request: Request) -> Result<Response, Problem> {
    key(app, request.uri(), request.headers(), Problem::invalid)?;
    let feedback = app.feedback()?;
    let received = body(app, request, app.settings.limits.body, 1).await?;
    let whole = repair(&received.bytes);
    let request: Suggest = serde_json::from_slice(&whole).map_err(|error| Problem::json(&error))?;
    let loaded = app.loaded();
    let (comment, whole) = text(request.comment.as_ref())?;
    let kind = request.comment.as_ref().and_then(|comment| comment.kind);
    let suggested = request.attribute_scores.as_ref().map_or(&[][..], |suggested| &suggested.0);
    // What all attributes leave possible, of the whole and of spans.
    let mut labels: Vec<(Range<usize>, LabelSet)> = Vec::new();
    for (name, suggestion) in suggested {
        let set = attribute(&loaded, name)?;
        for (span, value) in scores(comment, kind, name, suggestion)? {
            let found = if value >= 0.5 { set } else { loaded.others(set) };
            match labels.iter_mut().find(|(known, _)| *known == span) {
                Some((_, known)) => *known = known.iter().filter(|class| found.contains(*class)).collect(),
                None => labels.push((span, found)),
            }
        }
        if labels.len() > app.settings.limits.comments {
            return Err(Problem::invalid("Too many span scores."));
        }
    }
    if labels.is_empty() {
        return Err(Problem::invalid("Missing attribute_scores").detail("NO_REQUESTED_ATTRIBUTES"));
    }
    if labels.iter().any(|(_, set)| set.is_empty()) {
        let message = "The attribute_scores exclude each other: no class of the model is left.";
        return Err(Problem::invalid(message).detail("INVALID_REQUEST"));
    }
    let token = request.client_token.as_ref().map(|token| token.0.as_ref());
    let community = request.community_id.as_ref().map(|community| community.0.as_ref());
    let id = token.map(|token| community.map_or(token.to_owned(), |community| format!("{community} {token}")));
    let rows = labels.iter().map(|(span, set)| Row {
        text: plain(&comment[span.clone()], kind).text.into_owned(),
        label: loaded.name(*set),
        source: "suggestscore",
        id: id.clone(),
    });
    app.store(feedback, rows.collect()).await?;
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        client_token: Option<&'a str>,
        detected_languages: [&'a str; 1],
        requested_languages: Vec<&'a str>,
    }
    json(&Answer {
        client_token: token,
        detected_languages: [language::detect(&whole.text)],
        requested_languages: request.languages.iter().flatten().map(|language| language.0.as_ref()).collect(),
    })
}

/// The scores of an attribute, and the bytes of the comment that they are of: of all of it, or else of spans.
fn scores(
    comment: &str,
    kind: Option<Kind>,
    name: &str,
    suggestion: &Suggestion,
) -> Result<Vec<(Range<usize>, f32)>, Problem> {
    if let Some(score) = &suggestion.summary_score {
        return Ok(vec![(0..comment.len(), score.value)]);
    }
    let spans = suggestion.span_scores.iter().flatten();
    let scored = spans.filter_map(|span| Some((span, span.score.as_ref()?.value)));
    let found = scored.map(|(span, value)| {
        let has_text = |bytes: &Range<usize>| !plain(&comment[bytes.clone()], kind).text.trim().is_empty();
        match bytes_of(comment, span).filter(has_text) {
            Some(bytes) => Ok((bytes, value)),
            None => Err(outside(comment, name, span)),
        }
    });
    found.collect()
}

fn outside(comment: &str, name: &str, span: &SpanValue) -> Problem {
    let units = utf16(comment);
    let (begin, end) = (span.begin, span.end.unwrap_or(units));
    let message = format!(
        "Span {begin} to {end} of {name}: expected a span with text in it, inside the {units} UTF-16 units of the \
         comment, that cuts no character."
    );
    Problem::invalid(message).detail("INVALID_REQUEST")
}

/// The bytes of a span in UTF-16 units; none if it is empty, outside of the text or cuts a character.
fn bytes_of(text: &str, span: &SpanValue) -> Option<Range<usize>> {
    let mut units = 0;
    let (mut start, mut end) = (None, None);
    for (byte, c) in text.char_indices().map(|(byte, c)| (byte, c.len_utf16())).chain([(text.len(), 0)]) {
        start = start.or((units == span.begin).then_some(byte));
        end = end.or((Some(units) == span.end).then_some(byte));
        units += c;
    }
    let range = start?..if span.end.is_some() { end? } else { text.len() };
    (!range.is_empty()).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_utf16_and_back() {
        let text = "مَ😀 a";
        assert_eq!(utf16(text), text.encode_utf16().count());
        let span = |begin, end| SpanValue { begin, end, score: None };
        assert_eq!(bytes_of(text, &span(2, Some(4))), Some(4..8));
        assert_eq!(bytes_of(text, &span(4, None)), Some(8..10));
        for wrong in [span(3, Some(4)), span(4, Some(2)), span(0, Some(99)), span(99, None)] {
            assert_eq!(bytes_of(text, &wrong), None);
        }
    }
}
