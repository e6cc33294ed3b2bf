//! Perspective's API, as Google described it: `comments:analyze`, `comments:suggestscore` and the discovery document,
//! under any prefix.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use naqd::classifier::Sentence;
use naqd::label::{LabelSet, Probabilities};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::app::{App, body, json};
use crate::feedback::Row;
use crate::html::Plain;
use crate::keys::key;
use crate::language;
use crate::loaded::Loaded;
use crate::problem::Problem;
use crate::repair::repair;

/// Longest comment, in bytes of UTF-8.
const MAX_COMMENT: usize = 20_480;

/// What `GET /$discovery/rest` says, before the address of this server is put into it.
const DISCOVERY: &str = include_str!("discovery.json");

/// Which method of Perspective a path means, if any.
pub fn method(path: &str) -> Option<&'static str> {
    let ends = |name: &str| path.ends_with(&format!("/{name}"));
    let colon = |name: &str| {
        let path = path.strip_suffix(name)?;
        let path = path.strip_suffix(':').or_else(|| path.strip_suffix("%3A")).or_else(|| path.strip_suffix("%3a"))?;
        path.ends_with("/comments").then_some(())
    };
    if colon("analyze").is_some() {
        Some("comments:analyze")
    } else if colon("suggestscore").is_some() {
        Some("comments:suggestscore")
    } else if ends("$discovery/rest") || ends("%24discovery/rest") {
        Some("$discovery/rest")
    } else {
        None
    }
}

/// Answers what no other route does.
pub async fn any(State(app): State<Arc<App>>, request: Request) -> Response {
    let answer = match (method(request.uri().path()), request.method()) {
        (Some("comments:analyze"), &Method::POST) => analyze(&app, request).await,
        (Some("comments:suggestscore"), &Method::POST) => suggest(&app, request).await,
        (Some("$discovery/rest"), &Method::GET | &Method::HEAD) => Ok(discovery(request.uri(), request.headers())),
        (Some(method), _) => {
            let allow = if method.starts_with('$') { "GET, HEAD" } else { "POST" };
            return ([(header::ALLOW, allow)], Problem::method()).into_response();
        }
        (None, _) => Err(Problem::not_found("Method not found.")),
    };
    answer.unwrap_or_else(IntoResponse::into_response)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Analyze<'a> {
    #[serde(borrow, default)]
    comment: Option<Entry<'a>>,
    #[serde(borrow, default, alias = "requested_attributes")]
    requested_attributes: Option<Attributes<'a>>,
    #[serde(default, alias = "span_annotations")]
    span_annotations: Option<bool>,
    #[serde(borrow, default)]
    languages: Option<Vec<Text<'a>>>,
    #[serde(borrow, default, alias = "client_token")]
    client_token: Option<Text<'a>>,
    // Nothing is ever kept of a comment that is only analysed, whatever this says.
    #[serde(default, rename = "doNotStore", alias = "do_not_store")]
    _do_not_store: Option<bool>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(default, rename = "type")]
    kind: Option<Kind>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Kind {
    TextTypeUnspecified,
    PlainText,
    Html,
}

/// A string that is copied only where it was escaped.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// `requestedAttributes` in their order.
struct Attributes<'a>(Vec<(Cow<'a, str>, Wanted)>);

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    #[serde(default, alias = "score_type")]
    score_type: Option<ScoreType>,
    #[serde(default, alias = "score_threshold")]
    score_threshold: Option<f32>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Debug)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ScoreType {
    #[serde(rename = "SCORE_TYPE_UNSPECIFIED")]
    Unspecified,
    Probability,
    StdDevScore,
    Percentile,
    Raw,
}

impl ScoreType {
    fn name(self) -> &'static str {
        match self {
            ScoreType::Unspecified => "SCORE_TYPE_UNSPECIFIED",
            ScoreType::Probability => "PROBABILITY",
            ScoreType::StdDevScore => "STD_DEV_SCORE",
            ScoreType::Percentile => "PERCENTILE",
            ScoreType::Raw => "RAW",
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Attributes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Attributes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object with the names of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found: Vec<(Cow<'de, str>, Wanted)> = Vec::new();
                while let Some(Text(name)) = map.next_key()? {
                    let wanted = map.next_value::<Option<Wanted>>()?.unwrap_or_default();
                    // Of names given twice the last one counts, as JSON parsers have it. There are few names: what
                    // is unknown ends the request, so that the list is not searched for long.
                    match found.iter_mut().take(64).find(|(known, _)| *known == name) {
                        Some((_, before)) => *before = wanted,
                        None => found.push((name, wanted)),
                    }
                }
                Ok(Attributes(found))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

async fn analyze(app: &App, request: Request) -> Result<Response, Problem> {
    if app.settings.key_for_scoring {
        key(app, request.uri(), request.headers(), Problem::invalid)?;
    }
    let received = body(app, request, app.settings.limits.body, 1).await?;
    let whole = repair(&received.bytes);
    let request: Analyze = serde_json::from_slice(&whole).map_err(|error| Problem::json(&error))?;
    let loaded = app.loaded();
    let (comment, plain) = text(request.comment.as_ref())?;
    let wanted = match &request.requested_attributes {
        Some(Attributes(wanted)) if !wanted.is_empty() => wanted,
        _ => return Err(Problem::invalid("Missing requested_attributes").detail("NO_REQUESTED_ATTRIBUTES")),
    };
    let mut scored = Vec::with_capacity(wanted.len());
    for (name, wanted) in wanted {
        let labels = attribute(&loaded, name)?;
        match wanted.score_type {
            None | Some(ScoreType::Unspecified | ScoreType::Probability) => {}
            Some(other) => {
                let message = format!("Requested score type {} is not supported by attribute {name}", other.name());
                return Err(Problem::invalid(message).detail("INVALID_REQUEST"));
            }
        }
        scored.push((name.as_ref(), labels, wanted.score_threshold.unwrap_or(0.0)));
    }
    let (score, sentences, decision) = if request.span_annotations == Some(true) {
        let judgement = loaded.classifier.judge_sentences(&plain.text, loaded.rules.as_ref());
        let sentences = spans(comment, &plain, &judgement.verdict.sentences);
        (judgement.verdict.score(), sentences, judgement.decision)
    } else {
        let judgement = loaded.classifier.judge(&plain.text, loaded.rules.as_ref());
        (judgement.verdict, Vec::new(), judgement.decision)
    };
    app.scored(&loaded, &score, decision.map(|decision| decision.reason));
    let detected = [language::detect(&plain.text)];
    let hints: Vec<&str> =
        request.languages.as_ref().map_or(Vec::new(), |hints| hints.iter().map(|hint| hint.0.as_ref()).collect());
    json(&Analyzed {
        attribute_scores: Scores {
            wanted: &scored,
            whole: (0..utf16(comment), score.probabilities),
            sentences: &sentences,
        },
        languages: if hints.is_empty() { &detected } else { &hints },
        detected_languages: &detected,
        client_token: request.client_token.as_ref().map(|token| token.0.as_ref()),
    })
}

/// The text of a comment as it was sent, and without its tags, if it is neither empty nor too long.
fn text<'a>(comment: Option<&'a Entry>) -> Result<(&'a str, Plain<'a>), Problem> {
    let text = comment.and_then(|comment| comment.text.as_ref()).map_or("", |text| text.0.as_ref());
    if text.len() > MAX_COMMENT {
        return Err(Problem::invalid("Comment text too long.").detail("COMMENT_TOO_LONG"));
    }
    let plain = plain(text, comment.and_then(|comment| comment.kind));
    if plain.text.trim().is_empty() {
        return Err(Problem::invalid("Comment must be non-empty.").detail("COMMENT_EMPTY"));
    }
    Ok((text, plain))
}

fn plain(text: &str, kind: Option<Kind>) -> Plain<'_> {
    if kind == Some(Kind::Html) { Plain::of(text) } else { Plain::same(text) }
}

fn attribute(loaded: &Loaded, name: &str) -> Result<LabelSet, Problem> {
    let unknown = || Problem::invalid(format!("Unknown requested attribute: {name}")).detail("INVALID_REQUEST");
    loaded.attributes.get(name).copied().ok_or_else(unknown)
}

/// Sentences in UTF-16 units of the comment as it was sent.
fn spans(comment: &str, plain: &Plain, sentences: &[Sentence]) -> Vec<(Range<usize>, Probabilities)> {
    let (mut units, mut at) = (0, 0);
    let mut to = |byte: usize| {
        units += utf16(comment.get(at..byte).unwrap_or(""));
        at = byte;
        units
    };
    let span = |sentence: &Sentence| {
        let begin = to(plain.start(sentence.span.start));
        (begin..to(plain.end(sentence.span.end)), sentence.score.probabilities)
    };
    sentences.iter().map(span).collect()
}

/// How many UTF-16 units a text has: one a character, two outside the basic plane.
fn utf16(text: &str) -> usize {
    text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Analyzed<'a> {
    attribute_scores: Scores<'a>,
    languages: &'a [&'a str],
    detected_languages: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<&'a str>,
}

struct Scores<'a> {
    /// Name, what it is made from, and the least score that is told.
    wanted: &'a [(&'a str, LabelSet, f32)],
    whole: (Range<usize>, Probabilities),
    /// The same of each sentence, if they were asked for.
    sentences: &'a [(Range<usize>, Probabilities)],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    summary_score: Score,
    span_scores: Vec<Span>,
}

#[derive(Serialize)]
struct Span {
    begin: usize,
    end: usize,
    score: Score,
}

#[derive(Serialize, Clone, Copy)]
struct Score {
    value: f32,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl Serialize for Scores<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, labels, threshold) in self.wanted {
            let score = |probabilities: &Probabilities| Score {
                value: (probabilities.of(*labels) as f32).clamp(0.0, 1.0),
                kind: "PROBABILITY",
            };
            let span = |(span, probabilities): &(Range<usize>, Probabilities)| Span {
                begin: span.start,
                end: span.end,
                score: score(probabilities),
            };
            let summary = score(&self.whole.1);
            if summary.value < *threshold {
                continue;
            }
            let mut spans: Vec<Span> =
                self.sentences.iter().map(span).filter(|span| span.score.value >= *threshold).collect();
            // Clients read the first span without asking whether there is one.
            if spans.is_empty() {
                spans.push(span(&self.whole));
            }
            map.serialize_entry(name, &Summary { summary_score: summary, span_scores: spans })?;
        }
        map.end()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suggest<'a> {
    #[serde(borrow, default)]
    comment: Option<Entry<'a>>,
    #[serde(borrow, default, alias = "attribute_scores")]
    attribute_scores: Option<Suggested<'a>>,
    #[serde(borrow, default)]
    languages: Option<Vec<Text<'a>>>,
    #[serde(borrow, default, alias = "client_token")]
    client_token: Option<Text<'a>>,
    #[serde(borrow, default, alias = "community_id")]
    community_id: Option<Text<'a>>,
}

/// `attributeScores` of a suggestion.
struct Suggested<'a>(Vec<(Cow<'a, str>, Suggestion)>);

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

impl<'de: 'a, 'a> Deserialize<'de> for Suggested<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Suggested<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object with the names of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = Vec::new();
                while let Some((Text(name), suggestion)) = map.next_entry()? {
                    found.push((name, suggestion));
                }
                Ok(Suggested(found))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

async fn suggest(app: &App, request: Request) -> Result<Response, Problem> {
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
    let (begin, end, units) = (span.begin, span.end.unwrap_or(utf16(comment)), utf16(comment));
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

/// The discovery document, with the address that the client used.
fn discovery(uri: &Uri, headers: &HeaderMap) -> Response {
    // Each proxy on the way adds a value behind a comma; the first is what the client used.
    let first = |name: &str| headers.get(name)?.to_str().ok()?.split(',').next().map(str::trim);
    let is_https = first("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    let scheme = if is_https { "https" } else { "http" };
    // A host is letters, digits, dots, hyphens, colons and brackets, so that nothing else gets into the document.
    let is_host = |host: &&str| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
    };
    let host = ["x-forwarded-host", "host"].into_iter().filter_map(first).find(is_host).unwrap_or("localhost");
    let prefix = uri.path().rsplit_once("/$discovery").or(uri.path().rsplit_once("/%24discovery"));
    let prefix = prefix.map_or("", |(prefix, _)| prefix).trim_start_matches('/');
    let is_path = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    let slash = if prefix.is_empty() || !is_path { "" } else { "/" };
    let root = format!("{scheme}://{host}/{}{slash}", if is_path { prefix } else { "" });
    let body = DISCOVERY.replace("{root}", &root);
    ([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_prefix_leads_to_a_method() {
        for (path, expected) in [
            ("/v1alpha1/comments:analyze", Some("comments:analyze")),
            ("/comments%3Aanalyze", Some("comments:analyze")),
            ("/a/b/comments:suggestscore", Some("comments:suggestscore")),
            ("/$discovery/rest", Some("$discovery/rest")),
            ("/nocomments:analyze", None),
            ("/v1alpha1/comments", None),
            ("/", None),
        ] {
            assert_eq!(method(path), expected, "{path}");
        }
    }

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
