//! Types of Perspective's requests and answers, and what both of its methods check.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use naqd::Html;
use naqd::internal::io::{Ordered, Text};
use naqd::internal::text::{Readings, Visible, readings};
use serde::de::IgnoredAny;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::{Attribute, Engine};
use crate::error::ApiError;

/// Maximum number of spans in an answer to `comments:analyze`, of all attributes together; each takes up to a hundred bytes.
const MAX_SPANS: usize = 1000;
/// Maximum size of a comment, in bytes of UTF-8.
const MAX_COMMENT: usize = 20_480;

/// Request to `comments:analyze`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Analyze<'a> {
    #[serde(borrow, default)]
    pub comment: Option<Comment<'a>>,
    #[serde(borrow, default, alias = "requested_attributes")]
    pub requested_attributes: Option<Attributes<'a>>,
    #[serde(default, alias = "span_annotations", deserialize_with = "flag")]
    pub span_annotations: bool,
    #[serde(borrow, default)]
    pub languages: Option<Vec<Text<'a>>>,
    #[serde(borrow, default, alias = "client_token")]
    pub client_token: Option<Text<'a>>,
    #[serde(borrow, default, alias = "community_id")]
    pub community_id: Option<Text<'a>>,
    /// No line of the decision log is written; the text of a comment that is analysed is never stored, whatever this says.
    #[serde(default, alias = "do_not_store", deserialize_with = "flag")]
    pub do_not_store: bool,
}

/// A flag as clients write it, also between quotes.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Bool(bool),
        Text(String),
        None,
    }
    match Flag::deserialize(deserializer) {
        Ok(Flag::Bool(flag)) => Ok(flag),
        Ok(Flag::None) => Ok(false),
        Ok(Flag::Text(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Ok(Flag::Text(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(serde::de::Error::custom("expected true or false")),
    }
}

/// The sender's name for a comment: its token, behind the name of the community if there is one.
pub fn id(community: Option<&Text>, token: Option<&Text>) -> Option<String> {
    let token = token?.0.as_ref();
    Some(community.map_or(token.to_owned(), |Text(community)| format!("{community} {token}")))
}

/// A comment, in both requests.
#[derive(Deserialize)]
pub struct Comment<'a> {
    #[serde(borrow, default)]
    pub text: Option<Text<'a>>,
    #[serde(default, rename = "type")]
    pub kind: Option<TextType>,
}

/// Format of a comment.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TextType {
    #[serde(rename = "TEXT_TYPE_UNSPECIFIED")]
    Unspecified,
    PlainText,
    Html,
}

/// `requestedAttributes` in their order.
#[derive(Deserialize)]
#[serde(from = "Ordered<'a, Option<Wanted>>", bound(deserialize = "'de: 'a"))]
pub struct Attributes<'a>(pub Vec<(Cow<'a, str>, Wanted)>);

/// Request for one attribute.
#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    #[serde(default, alias = "score_type")]
    pub score_type: Option<ScoreType>,
    #[serde(default, alias = "score_threshold")]
    pub score_threshold: Option<f32>,
}

/// Kind of a score; only probabilities are answered.
#[derive(Deserialize, Clone, Copy, PartialEq, Debug)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ScoreType {
    #[serde(rename = "SCORE_TYPE_UNSPECIFIED")]
    Unspecified,
    Probability,
    StdDevScore,
    Percentile,
    Raw,
}

impl ScoreType {
    pub fn name(self) -> &'static str {
        match self {
            ScoreType::Unspecified => "SCORE_TYPE_UNSPECIFIED",
            ScoreType::Probability => "PROBABILITY",
            ScoreType::StdDevScore => "STD_DEV_SCORE",
            ScoreType::Percentile => "PERCENTILE",
            ScoreType::Raw => "RAW",
        }
    }
}

impl<'a> From<Ordered<'a, Option<Wanted>>> for Attributes<'a> {
    fn from(Ordered(all): Ordered<'a, Option<Wanted>>) -> Self {
        let mut found: Vec<(Cow<'a, str>, Wanted)> = Vec::new();
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
        for (name, wanted) in all {
            let wanted = wanted.unwrap_or_default();
            // If a name comes twice the last one counts, as in JSON parsers.
            match places.entry(name) {
                Entry::Occupied(known) => found[*known.get()].1 = wanted,
                Entry::Vacant(new) => {
                    found.push((new.key().clone(), wanted));
                    new.insert(found.len() - 1);
                }
            }
        }
        Attributes(found)
    }
}

/// Request to `comments:suggestscore`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suggest<'a> {
    #[serde(borrow, default)]
    pub comment: Option<Comment<'a>>,
    #[serde(borrow, default, alias = "attribute_scores")]
    pub attribute_scores: Option<Ordered<'a, Suggestion>>,
    #[serde(borrow, default)]
    pub languages: Option<Vec<Text<'a>>>,
    #[serde(borrow, default, alias = "client_token")]
    pub client_token: Option<Text<'a>>,
    #[serde(borrow, default, alias = "community_id")]
    pub community_id: Option<Text<'a>>,
}

/// Scores suggested for an attribute: of the whole comment, or else of spans.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suggestion {
    #[serde(default, alias = "summary_score")]
    pub summary_score: Option<Value>,
    #[serde(default, alias = "span_scores")]
    pub span_scores: Option<Vec<SpanValue>>,
}

/// A suggested score.
#[derive(Deserialize)]
pub struct Value {
    #[serde(default)]
    pub value: f32,
    #[serde(default, rename = "type")]
    _kind: Option<IgnoredAny>,
}

/// A suggested score of a span in UTF-16 units.
#[derive(Deserialize)]
pub struct SpanValue {
    #[serde(default)]
    pub begin: usize,
    #[serde(default)]
    pub end: Option<usize>,
    #[serde(default)]
    pub score: Option<Value>,
}

/// The text of a comment as it was sent, and as it may be read, if it is neither empty nor too long.
pub fn text<'a>(comment: Option<&'a Comment>) -> Result<(&'a str, Readings<'a>), ApiError> {
    let text = comment.and_then(|comment| comment.text.as_ref()).map_or("", |text| text.0.as_ref());
    if text.len() > MAX_COMMENT {
        return Err(ApiError::invalid("Comment text too long.").detail("COMMENT_TOO_LONG"));
    }
    let readings = readings(text, html(comment.and_then(|comment| comment.kind)));
    if readings.iter().all(Visible::is_blank) {
        return Err(ApiError::invalid("Comment must be non-empty.").detail("COMMENT_EMPTY"));
    }
    Ok((text, readings))
}

/// How a comment of a format is read.
fn html(kind: Option<TextType>) -> Html {
    if kind == Some(TextType::Html) { Html::Yes } else { Html::No }
}

/// What the score of an attribute is made from.
pub fn attribute(engine: &Engine, name: &str) -> Result<Attribute, ApiError> {
    let unknown = || ApiError::invalid(format!("Unknown requested attribute: {name}")).detail("INVALID_REQUEST");
    engine.attributes.get(name).copied().ok_or_else(unknown)
}

/// Answer to `comments:analyze`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Analyzed<'a> {
    pub attribute_scores: Scores<'a>,
    pub languages: &'a [&'a str],
    pub detected_languages: &'a [&'a str],
    /// True if the model knows too little of the comment to judge it; not a field of Perspective.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unfamiliar: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<&'a str>,
}

/// Scores by attribute.
pub struct Scores<'a> {
    /// Name, what its score is made from, and minimum score that is answered.
    pub wanted: &'a [(&'a str, Attribute, f32)],
    /// Score of the whole comment by naqd, with its span in UTF-16 units.
    pub whole: (Range<usize>, naqd::Score),
    /// The same of each sentence, if they were asked for.
    pub sentences: &'a [(Range<usize>, naqd::Score)],
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

/// Answer to `comments:suggestscore`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suggested<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<&'a str>,
    pub detected_languages: [&'a str; 1],
    pub requested_languages: Vec<&'a str>,
}

impl Scores<'_> {
    /// Score of an attribute, and its spans. Where the sentences are too many, neighbours share a span with the highest of
    /// their scores.
    fn of(&self, attribute: &Attribute, threshold: f32) -> Summary {
        let value = |score: &naqd::Score| attribute.of(&score.probabilities, &score.kinds);
        let kind = "PROBABILITY";
        let summary = Score { value: value(&self.whole.1), kind };
        let spans = (MAX_SPANS / self.wanted.len()).max(1);
        let neighbours = self.sentences.len().div_ceil(spans).max(1);
        let joined = self.sentences.chunks(neighbours).map(|sentences| {
            let value = sentences.iter().map(|(_, score)| value(score)).fold(0.0, f32::max);
            let (first, last) = (&sentences[0].0, &sentences[sentences.len() - 1].0);
            Span { begin: first.start, end: last.end, score: Score { value, kind } }
        });
        let mut span_scores: Vec<Span> = joined.filter(|span| span.score.value >= threshold).collect();
        // Clients read the first span without asking whether there is one.
        if span_scores.is_empty() {
            let (begin, end) = (self.whole.0.start, self.whole.0.end);
            span_scores.push(Span { begin, end, score: summary });
        }
        Summary { summary_score: summary, span_scores }
    }
}

impl Serialize for Scores<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        // Attributes that mean the same are made once.
        let mut made: Vec<(Attribute, f32, Summary)> = Vec::new();
        for (name, attribute, threshold) in self.wanted {
            let known = made.iter().position(|(of, above, _)| (of, above) == (attribute, threshold));
            let known = known.unwrap_or_else(|| {
                made.push((*attribute, *threshold, self.of(attribute, *threshold)));
                made.len() - 1
            });
            let summary = &made[known].2;
            if summary.summary_score.value >= *threshold {
                map.serialize_entry(name, summary)?;
            }
        }
        map.end()
    }
}
