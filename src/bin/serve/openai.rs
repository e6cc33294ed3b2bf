//! `/v1/moderations` as OpenAI's clients ask it.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use naqd::{AbuseKind, Action, Decision, Score};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::app::App;
use crate::body::{Admitted, Key, Received};
use crate::engine::Engine;
use crate::error::ApiError;

/// Size of a result, in bytes.
const RESULT: usize = 1024;
/// Categories of OpenAI. naqd knows four of them.
const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

#[derive(Deserialize)]
struct Moderation<'a> {
    #[serde(borrow)]
    input: Input<'a>,
}

/// One text, several, or one in parts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Input<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Texts(#[serde(borrow)] Vec<Cow<'a, str>>),
    Parts(#[serde(borrow)] Vec<Part<'a>>),
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Moderated {
    id: String,
    model: String,
    results: Vec<Verdict>,
}

#[derive(Serialize)]
struct Verdict {
    flagged: bool,
    categories: Categories<bool>,
    category_scores: Categories<f32>,
    category_applied_input_types: Categories<[&'static str; 1]>,
}

/// A value for each category.
struct Categories<T>([T; CATEGORIES.len()]);

impl<T: Serialize> Serialize for Categories<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(CATEGORIES.len()))?;
        CATEGORIES.iter().zip(&self.0).try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    }
}

/// `POST /v1/moderations`.
pub async fn moderations(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let received = Admitted::new(&app, request, Key::ToScore(ApiError::unauthenticated))?.receive().await?;
    let scoring = app.clone();
    received.work(move |received| answer(&scoring, received)).await
}

fn answer(app: &App, received: &Received) -> Result<Response, ApiError> {
    let texts = match received.json::<Moderation>()?.input {
        Input::Text(text) => vec![text],
        Input::Texts(texts) => texts,
        Input::Parts(parts) => vec![joined(parts)?.into()],
    };
    app.check_number(texts.len())?;
    let _room = received.answers.room(texts.len() * RESULT)?;
    let engine = app.engine();
    let verdict = |text: &Cow<str>| {
        let (judgement, decision) = engine.judge(text);
        app.count_score(&engine, &judgement.verdict, decision);
        verdict(&engine, &judgement.verdict, decision)
    };
    let results = texts.iter().map(verdict).collect();
    let id = format!("modr-{:032x}", number());
    received.answers.json(&Moderated { id, model: format!("naqd-{}", engine.version), results })
}

/// The text of parts, one below the other.
fn joined(parts: Vec<Part>) -> Result<String, ApiError> {
    let mut texts = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part { kind, text: Some(text) } if kind == "text" => texts.push(text),
            Part { kind, .. } => {
                return Err(ApiError::invalid(format!("input of type {kind:?}: expected \"text\", with a text.")));
            }
        }
    }
    Ok(texts.join("\n"))
}

/// Scores of the categories: of abuse, and of its kinds where the model tells them apart.
fn verdict(engine: &Engine, score: &Score, decision: Decision) -> Verdict {
    let kind = |kind| score.kinds.probability(kind).unwrap_or(0.0);
    let threat = kind(AbuseKind::Threat);
    let mut scores = [0.0; CATEGORIES.len()];
    for (name, of) in CATEGORIES.iter().zip(&mut scores) {
        *of = match *name {
            "harassment" => engine.abusive.map_or(0.0, |abusive| score.probabilities[abusive]),
            "harassment/threatening" | "violence" => threat,
            "hate" => kind(AbuseKind::Group),
            _ => 0.0,
        };
    }
    Verdict {
        flagged: engine.abusive == Some(score.class) || decision.action == Action::Reject,
        categories: Categories(scores.map(|score| score >= 0.5)),
        category_scores: Categories(scores),
        category_applied_input_types: Categories([["text"]; CATEGORIES.len()]),
    }
}

/// A number that is another for each answer.
fn number() -> u128 {
    let mut bytes = [0; 16];
    // Without random numbers all answers have the same name, which nobody needs.
    let _ = getrandom::fill(&mut bytes);
    u128::from_le_bytes(bytes)
}
