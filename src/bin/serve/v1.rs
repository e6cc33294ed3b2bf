//! naqd's own routes: `/v1/score`, `/v1/feedback`, `/v1/model` and their description.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use naqd::LabelSet;
use naqd::internal::decide::{VERSION as VERDICT_VERSION, VerdictJson};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::json_text;
use crate::app::App;
use crate::auth::check_reading;
use crate::body::{Admitted, Key, Received, flag};
use crate::decisions::Lines;
use crate::deliveries::{Decided, Names};
use crate::desk::{
    self,
    intake::{Arrival, Judged},
};
use crate::engine::Engine;
use crate::error::ApiError;
use crate::feedback::{OWN, Row};

/// Maximum size of a body whose comments are explained, in bytes.
const MAX_EXPLAINED: usize = 64 << 10;
/// Maximum size of an explanation, in bytes for each of the body.
const MAX_EXPLANATION: usize = 90;
/// Size of a verdict without explanation, in bytes.
const VERDICT: usize = 512;
/// Cost of an explanation, compared with scoring.
const EXPLANATION_COST: usize = 16;

/// The fields of one comment, or many.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comments<'a> {
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    author: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    story: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    parent: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    link: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    comments: Option<Vec<Comment<'a>>>,
}

/// A comment. What is said of it besides the text goes with it to the review desk.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comment<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    author: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    story: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    parent: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    link: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    time: Option<Cow<'a, str>>,
}

impl Comment<'_> {
    /// The comment for the review desk.
    fn arrival(&self) -> Arrival {
        let owned = |value: &Option<Cow<str>>| value.as_deref().map(str::to_owned);
        Arrival {
            text: self.text.clone().into_owned(),
            id: owned(&self.id),
            author: owned(&self.author),
            story: owned(&self.story),
            parent: owned(&self.parent),
            link: owned(&self.link),
            time: owned(&self.time),
            door: "/v1/score".into(),
        }
    }
}

#[derive(Serialize)]
struct Scored<'a> {
    model: &'a str,
    results: Vec<Scoring<'a>>,
}

#[derive(Serialize)]
struct Scoring<'a> {
    #[serde(flatten)]
    verdict: VerdictJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// `POST /v1/score`, `?explain=true`, `?keep=true`.
pub async fn score(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let keeps = flag(&request, "keep")?;
    if keeps {
        desk::of(&app)?;
    }
    let key = if keeps { Key::ToKeep(ApiError::forbidden) } else { Key::ToScore(ApiError::forbidden) };
    let admitted = Admitted::new(&app, request, key)?;
    let explain = admitted.flag("explain")?;
    let (max_bytes, cost) = if explain { (MAX_EXPLAINED, EXPLANATION_COST) } else { (usize::MAX, 1) };
    let received = admitted.receive_at_most(max_bytes, cost).await?;
    let scoring = app.clone();
    let (answer, lines, arrivals) = received.work(move |received| scored(&scoring, received, explain, keeps)).await?;
    if keeps {
        app.keep(arrivals).await?;
    }
    app.log(lines).await;
    Ok(answer)
}

/// Comments with their judgements, for the review desk.
type Arrivals = Vec<(Arrival, Judged)>;

/// The answer to comments, their lines in the decision log, and with `keeps` what the review desk is given.
fn scored(app: &App, received: &Received, explain: bool, keeps: bool) -> Result<(Response, Lines, Arrivals), ApiError> {
    let comments = match received.json()? {
        Comments { text: Some(text), id, author, story, parent, link, time, comments: None } => {
            vec![Comment { text, id, author, story, parent, link, time }]
        }
        Comments {
            text: None,
            id: None,
            author: None,
            story: None,
            parent: None,
            link: None,
            time: None,
            comments: Some(comments),
        } => comments,
        _ => return Err(ApiError::invalid("Expected either text (and id) or comments.")),
    };
    app.check_number(comments.len())?;
    let explanations = if explain { received.bytes.len() * MAX_EXPLANATION } else { 0 };
    let room = received.answers.room(comments.len() * VERDICT + explanations)?;
    let engine = app.engine();
    let mut arrivals = Vec::new();
    let mut results = Vec::with_capacity(comments.len());
    for comment in &comments {
        let (verdict, judged) = verdict(app, &engine, &comment.text, explain, keeps);
        arrivals.extend(judged.map(|judged| (comment.arrival(), judged)));
        results.push(Scoring { verdict, id: comment.id.as_deref() });
    }
    let mut lines = Lines::default();
    if let Some(log) = &app.decisions {
        for (comment, result) in comments.iter().zip(&results) {
            log.add(&mut lines, "/v1/score", result.id, &comment.text, &engine.version, &result.verdict);
        }
    }
    if let Some(deliveries) = app.deliveries.as_ref().filter(|deliveries| deliveries.wants("/v1/score")) {
        for Scoring { verdict, id } in &results {
            let names = Names { id: *id, ..Names::default() };
            let verdict = verdict.without_explanation();
            deliveries.send("/v1/score", *id, &Decided { names, model: &engine.version, verdict });
        }
    }
    Ok((room.verdicts(&Scored { model: &engine.version, results })?, lines, arrivals))
}

/// Judges a comment once, and counts it; with `keeps` also for the review desk.
fn verdict<'a>(
    app: &App,
    engine: &'a Engine,
    text: &'a str,
    explain: bool,
    keeps: bool,
) -> (VerdictJson<'a>, Option<Judged>) {
    if explain {
        let (judgement, decision) = engine.judge_explained(text);
        let score = judgement.verdict.verdict.score();
        app.count_decision(engine, &score, decision);
        let judged = keeps.then(|| Judged::of(engine, &judgement, &score, decision));
        (engine.json_explained(&judgement, text), judged)
    } else {
        let (judgement, decision) = engine.judge(text);
        app.count_decision(engine, &judgement.verdict, decision);
        let judged = keeps.then(|| Judged::of(engine, &judgement, &judgement.verdict, decision));
        (engine.json(&judgement), judged)
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
    #[serde(default)]
    by: By,
}

/// Who decided.
#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum By {
    #[default]
    Person,
    /// naqd itself: nothing is to be learnt from it.
    Naqd,
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
    #[serde(default)]
    by: By,
    #[serde(borrow, default)]
    comments: Option<Vec<Labelled<'a>>>,
}

/// `POST /v1/feedback`: labels or decisions of a moderator.
pub async fn feedback(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let admitted = Admitted::new(&app, request, Key::ToWrite(ApiError::forbidden))?;
    let key = admitted.key;
    let reading = app.clone();
    let rows = admitted.receive().await?.work(move |received| rows(&reading, received, key)).await?;
    let stored = app.store(rows, key).await?;
    Ok(json_text(json!({ "stored": stored.stored, "known": stored.known }).to_string()))
}

/// The rows of labelled comments.
fn rows(app: &App, received: &Received, key: Option<u32>) -> Result<Vec<Row>, ApiError> {
    let comments = match received.json()? {
        AllLabelled { text: Some(text), label: Some(label), id, by, comments: None } => {
            vec![Labelled { text, label, id, by }]
        }
        AllLabelled { text: None, label: None, id: None, by: By::Person, comments: Some(comments) } => comments,
        _ => return Err(ApiError::invalid("Expected either text and label (and id) or comments.")),
    };
    app.check_number(comments.len())?;
    let engine = app.engine();
    let row = |(number, comment): (usize, &Labelled)| {
        let wrong = |what: String| ApiError::invalid(format!("Comment {}: {what}.", number + 1));
        if comment.text.trim().is_empty() {
            return Err(wrong("empty text".to_owned()));
        }
        let labels = decision(&engine, &comment.label).map_err(wrong)?;
        Ok(Row {
            text: comment.text.clone().into_owned(),
            label: engine.name(labels),
            source: if comment.by == By::Naqd { OWN } else { "feedback" },
            id: comment.id.as_deref().map(str::to_owned),
            key,
        })
    };
    comments.iter().enumerate().map(row).collect()
}

/// The classes of a label or of a moderator's decision: `approve` means any class but the abusive one.
fn decision(engine: &Engine, label: &str) -> Result<LabelSet, String> {
    let abusive = engine.abusive.map(LabelSet::one);
    match (label.trim().to_ascii_lowercase().as_str(), abusive) {
        ("reject" | "rejected", Some(abusive)) => Ok(abusive),
        ("approve" | "approved", Some(abusive)) => Ok(engine.others(abusive)),
        _ => engine.labels(label).map_err(|error| format!("{error}, or approve or reject")),
    }
}

/// `GET /v1/model`.
pub async fn model(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    check_reading(&app.settings, request.uri(), request.headers(), false)?;
    let engine = app.engine();
    Ok(json_text(json!({
        "version": engine.version,
        "shipped": engine.shipped,
        "naqd": env!("CARGO_PKG_VERSION"),
        "classes": engine.classifier.classes(),
        "attributes": attributes(&engine),
        "thresholds": { "arabic": engine.classifier.thresholds(true), "other": engine.classifier.thresholds(false) },
        "rules": engine.rule_count(),
        "watch_only": engine.watch_only,
        "ngrams": engine.ngrams,
        "training": engine.training,
        "card": engine.card,
    }).to_string()))
}

/// Names of the attributes, sorted.
fn attributes(engine: &Engine) -> Vec<&String> {
    let mut names: Vec<&String> = engine.attributes.keys().collect();
    names.sort();
    names
}

/// `GET /openapi.json`: the description, with the limit of this server, and the labels and attributes of the model in use.
pub async fn openapi(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    check_reading(&app.settings, request.uri(), request.headers(), false)?;
    let engine = app.engine();
    let classes: Vec<&str> = engine.classifier.classes().iter().map(String::as_str).collect();
    let mut labels = classes.clone();
    if engine.abusive.is_some() {
        labels.extend(["approve", "reject"]);
    }
    let mut body = include_str!("openapi.json").to_owned();
    for (name, value) in [
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("verdict_version", json!(VERDICT_VERSION)),
        ("comments", json!(app.settings.limits.comments)),
        ("labels", json!(labels)),
        ("classes", json!(classes)),
        ("attributes", json!(attributes(&engine))),
    ] {
        body = body.replace(&format!("\"{{{name}}}\""), &value.to_string());
    }
    Ok(json_text(body))
}
