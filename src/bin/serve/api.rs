//! naqd's own routes: `/v1/score`, `/v1/feedback`, `/v1/model` and their description.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use naqd::Explanation;
use naqd::LabelSet;
use naqd::Score;
use serde::{Deserialize, Serialize};

use crate::app::{App, body, json};
use crate::decisions::Scores;
use crate::feedback::Row;
use crate::keys::key;
use crate::loaded::{Loaded, Ruling};
use crate::problem::Problem;
use crate::repair::repair;

/// Longest body that is explained, in bytes: the answer is some thirty times as long.
const MAX_EXPLAINED: usize = 64 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comments<'a> {
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    comments: Option<Vec<Comment<'a>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comment<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Scored<'a> {
    model: &'a str,
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Outcome<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    label: &'a str,
    scores: Scores<'a>,
    decision: &'static str,
    editors: bool,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentences: Option<Vec<Sentence<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Vec<Piece<'a>>>,
}

#[derive(Serialize)]
struct Sentence<'a> {
    begin: usize,
    end: usize,
    label: &'a str,
    scores: Scores<'a>,
}

#[derive(Serialize)]
struct Piece<'a> {
    begin: usize,
    end: usize,
    text: &'a str,
    label: &'a str,
    weight: f64,
}

/// `POST /v1/score`, `?explain=true`.
pub async fn score(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    if app.settings.key_for_scoring {
        key(&app, request.uri(), request.headers(), Problem::forbidden)?;
    }
    let explain = flag(request.uri().query().unwrap_or(""), "explain")?;
    let (most, cost) = if explain { (MAX_EXPLAINED, 16) } else { (app.settings.limits.body, 1) };
    let received = body(&app, request, most, cost).await?;
    let whole = repair(&received.bytes);
    let asked: Comments = serde_json::from_slice(&whole).map_err(|error| Problem::json(&error))?;
    let comments = match asked {
        Comments { text: Some(text), id, comments: None } => vec![Comment { text, id }],
        Comments { text: None, id: None, comments: Some(comments) } => comments,
        _ => return Err(Problem::invalid("Expected either text (and id) or comments.")),
    };
    let most = app.settings.limits.comments;
    if comments.is_empty() || comments.len() > most {
        return Err(Problem::invalid(format!("{} comments, expected 1 to {most}.", comments.len())));
    }
    let loaded = app.loaded();
    let rulings: Vec<(Score, Ruling)> =
        received.work(|| comments.iter().map(|comment| loaded.judge(&comment.text)).collect());
    for (comment, (score, ruling)) in comments.iter().zip(&rulings) {
        app.decided(&loaded, score, ruling);
        if let Some(log) = &app.decisions {
            log.write("/v1/score", comment.id.as_deref(), &comment.text, &loaded, score, ruling).await;
        }
    }
    received.work(|| {
        let outcome = |(comment, (score, ruling))| outcome(&loaded, comment, score, ruling, explain);
        json(&Scored { model: &loaded.version, results: comments.iter().zip(rulings).map(outcome).collect() })
    })
}

fn outcome<'a>(loaded: &'a Loaded, comment: &'a Comment, score: Score, ruling: Ruling, explain: bool) -> Outcome<'a> {
    let (sentences, evidence) =
        match explain.then(|| loaded.classifier.judge_explained(&comment.text, loaded.rules.as_ref()).verdict) {
            Some(explanation) => {
                let (sentences, evidence) = explained(loaded, &comment.text, &explanation);
                (Some(sentences), Some(evidence))
            }
            None => (None, None),
        };
    Outcome {
        id: comment.id.as_deref(),
        label: &loaded.classifier.classes()[score.class],
        scores: Scores::of(loaded, &score),
        decision: ruling.action.as_str(),
        editors: ruling.editors,
        reason: ruling.reason.as_str(),
        rule: ruling.rule,
        sentences,
        evidence,
    }
}

/// Sentences in their order and telling pieces, weightiest first, with their places in UTF-16 units.
fn explained<'a>(loaded: &'a Loaded, text: &'a str, explanation: &Explanation) -> (Vec<Sentence<'a>>, Vec<Piece<'a>>) {
    let classes = loaded.classifier.classes();
    let units = Units::of(text);
    let sentence = |sentence: &naqd::Sentence| Sentence {
        begin: units.at(sentence.span.start),
        end: units.at(sentence.span.end),
        label: &classes[sentence.score.class],
        scores: Scores::of(loaded, &sentence.score),
    };
    let piece = |piece: &&naqd::Piece| Piece {
        begin: units.at(piece.span.start),
        end: units.at(piece.span.end),
        text: &text[piece.span.clone()],
        label: &classes[piece.class],
        weight: piece.weight,
    };
    let telling = explanation.telling();
    (explanation.verdict.sentences.iter().map(sentence).collect(), telling.iter().map(piece).collect())
}

/// UTF-16 units before each byte of a text.
struct Units(Vec<u32>);

impl Units {
    fn of(text: &str) -> Units {
        let mut units = 0;
        let counted = text.bytes().map(|byte| {
            let before = units;
            units += u32::from(byte & 0xC0 != 0x80) + u32::from(byte >= 0xF0);
            before
        });
        let mut all: Vec<u32> = counted.collect();
        all.push(units);
        Units(all)
    }

    fn at(&self, byte: usize) -> usize {
        self.0[byte.min(self.0.len() - 1)] as usize
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow)]
    label: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
}

/// One comment or many.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllLabelled<'a> {
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    label: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    comments: Option<Vec<Labelled<'a>>>,
}

/// `POST /v1/feedback`: what a moderator said of comments.
pub async fn feedback(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    key(&app, request.uri(), request.headers(), Problem::forbidden)?;
    let feedback = app.feedback()?;
    let received = body(&app, request, app.settings.limits.body, 1).await?;
    let whole = repair(&received.bytes);
    let sent: AllLabelled = serde_json::from_slice(&whole).map_err(|error| Problem::json(&error))?;
    let comments = match sent {
        AllLabelled { text: Some(text), label: Some(label), id, comments: None } => vec![Labelled { text, label, id }],
        AllLabelled { text: None, label: None, id: None, comments: Some(comments) } => comments,
        _ => return Err(Problem::invalid("Expected either text and label (and id) or comments.")),
    };
    let most = app.settings.limits.comments;
    if comments.is_empty() || comments.len() > most {
        return Err(Problem::invalid(format!("{} comments, expected 1 to {most}.", comments.len())));
    }
    let loaded = app.loaded();
    let row = |(number, comment): (usize, &Labelled)| {
        let wrong = |what: String| Problem::invalid(format!("Comment {}: {what}.", number + 1));
        if comment.text.trim().is_empty() {
            return Err(wrong("empty text".to_owned()));
        }
        let labels = decision(&loaded, &comment.label).map_err(wrong)?;
        Ok(Row {
            text: comment.text.clone().into_owned(),
            label: loaded.name(labels),
            source: "feedback",
            id: comment.id.as_deref().map(str::to_owned),
        })
    };
    let rows = comments.iter().enumerate().map(row).collect::<Result<Vec<Row>, Problem>>()?;
    let stored = app.store(feedback, rows).await?;
    json(&serde_json::json!({ "stored": stored.stored, "known": stored.known }))
}

/// The classes of a label or of a moderator's decision: `approve` says that a comment is not abusive, and no more.
fn decision(loaded: &Loaded, label: &str) -> Result<LabelSet, String> {
    let abusive = loaded.abusive.map(LabelSet::one);
    match (label.trim().to_ascii_lowercase().as_str(), abusive) {
        ("reject" | "rejected", Some(abusive)) => Ok(abusive),
        ("approve" | "approved", Some(abusive)) => Ok(loaded.others(abusive)),
        _ => loaded.labels(label).map_err(|error| format!("{error}, or approve or reject")),
    }
}

/// `GET /v1/model`.
pub async fn model(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let loaded = app.loaded();
    let mut attributes: Vec<&String> = loaded.attributes.keys().collect();
    attributes.sort();
    json(&serde_json::json!({
        "version": loaded.version,
        "shipped": loaded.shipped,
        "naqd": env!("CARGO_PKG_VERSION"),
        "classes": loaded.classifier.classes(),
        "attributes": attributes,
        "thresholds": loaded.classifier.thresholds(),
        "rules": loaded.rules.as_ref().map_or(0, |rules| rules.list().len()),
        "ngrams": loaded.ngrams,
        "training": loaded.training,
        "card": loaded.card,
    }))
}

/// `GET /openapi.json`: the description, with the limit of this server, and the labels and attributes of the model in use.
pub async fn openapi(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let loaded = app.loaded();
    let mut attributes: Vec<&String> = loaded.attributes.keys().collect();
    attributes.sort();
    let classes = loaded.classifier.classes();
    let mut labels: Vec<&str> = classes.iter().map(String::as_str).collect();
    if loaded.abusive.is_some() {
        labels.extend(["approve", "reject"]);
    }
    let list = |names: &[&str]| serde_json::to_string(names).map_err(|error| Problem::json(&error));
    let attributes: Vec<&str> = attributes.iter().map(|name| name.as_str()).collect();
    let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
    let body = include_str!("openapi.json")
        .replace("\"{version}\"", &list(&[env!("CARGO_PKG_VERSION")])?.replace(['[', ']'], ""))
        .replace("\"{comments}\"", &app.settings.limits.comments.to_string())
        .replace("\"{labels}\"", &list(&labels)?)
        .replace("\"{classes}\"", &list(&classes)?)
        .replace("\"{attributes}\"", &list(&attributes)?);
    Ok(([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body).into_response())
}

/// The value of a flag in a query: absent or false, or true.
fn flag(query: &str, name: &str) -> Result<bool, Problem> {
    let value = query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, "true"));
        (key == name).then_some(value)
    });
    match value {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(Problem::invalid(format!("{name}: expected true or false."))),
    }
}
