//! Perspective's API, as Google described it: `comments:analyze` and the discovery document, under any prefix;
//! [`suggestscore`] has the rest.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use naqd::Sentence;
use naqd::{LabelSet, Probabilities};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::app::{App, body, json};
use crate::html::Plain;
use crate::keys::key;
use crate::language;
use crate::loaded::Loaded;
use crate::problem::Problem;
use crate::repair::repair;
use crate::suggestscore;

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
        (Some("comments:suggestscore"), &Method::POST) => suggestscore::suggest(&app, request).await,
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
pub struct Entry<'a> {
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(default, rename = "type")]
    pub kind: Option<Kind>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    TextTypeUnspecified,
    PlainText,
    Html,
}

/// A string that is copied only where it was escaped.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// `requestedAttributes` in their order.
#[derive(Deserialize)]
#[serde(from = "InOrder<'a, Option<Wanted>>", bound(deserialize = "'de: 'a"))]
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

impl<'a> From<InOrder<'a, Option<Wanted>>> for Attributes<'a> {
    fn from(InOrder(all): InOrder<'a, Option<Wanted>>) -> Self {
        let mut found: Vec<(Cow<'a, str>, Wanted)> = Vec::new();
        for (name, wanted) in all {
            let wanted = wanted.unwrap_or_default();
            // Of names given twice the last one counts, as JSON parsers have it. There are few names: what
            // is unknown ends the request, so that the list is not searched for long.
            match found.iter_mut().take(64).find(|(known, _)| *known == name) {
                Some((_, before)) => *before = wanted,
                None => found.push((name, wanted)),
            }
        }
        Attributes(found)
    }
}

/// What a JSON object says of the names of attributes, in its order.
pub struct InOrder<'a, T>(pub Vec<(Cow<'a, str>, T)>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for InOrder<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Names<T> {
            type Value = InOrder<'de, T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object with the names of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = Vec::new();
                while let Some((Text(name), value)) = map.next_entry()? {
                    found.push((name, value));
                }
                Ok(InOrder(found))
            }
        }
        deserializer.deserialize_map(Names(PhantomData))
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
pub fn text<'a>(comment: Option<&'a Entry>) -> Result<(&'a str, Plain<'a>), Problem> {
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

pub fn plain(text: &str, kind: Option<Kind>) -> Plain<'_> {
    if kind == Some(Kind::Html) { Plain::of(text) } else { Plain::same(text) }
}

pub fn attribute(loaded: &Loaded, name: &str) -> Result<LabelSet, Problem> {
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
pub fn utf16(text: &str) -> usize {
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
}
