//! Text classification in Hugging Face's form: `/predict` as its inference server answers, `/models/NAME` as its service does.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::body::{Admitted, Key, Received};
use crate::engine::Engine;
use crate::error::ApiError;

/// Size of the scores of a text, in bytes.
const RESULT: usize = 256;

#[derive(Deserialize)]
struct Texts<'a> {
    #[serde(borrow)]
    inputs: Inputs<'a>,
    #[serde(default)]
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Inputs<'a> {
    One(#[serde(borrow)] Cow<'a, str>),
    Many(#[serde(borrow)] Vec<Cow<'a, str>>),
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(default)]
    top_k: Option<f64>,
}

#[derive(Serialize)]
struct Class<'a> {
    label: &'a str,
    score: f32,
}

/// `POST /predict`: the labels of a text, the likeliest first; a list of them for a list of texts.
pub async fn predict(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    classify(&app, request, false).await
}

/// `POST /models/NAME`: a list of lists in any case. The name is ignored: there is one model.
pub async fn model(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    classify(&app, request, true).await
}

async fn classify(app: &Arc<App>, request: Request, nested: bool) -> Result<Response, ApiError> {
    let received = Admitted::new(app, request, Key::ToScore(ApiError::unauthenticated))?.receive().await?;
    let scoring = app.clone();
    received.work(move |received| answer(&scoring, received, nested)).await
}

fn answer(app: &App, received: &Received, nested: bool) -> Result<Response, ApiError> {
    let Texts { inputs, parameters } = received.json()?;
    let top = parameters.and_then(|parameters| parameters.top_k).unwrap_or(f64::MAX);
    if top < 0.0 || top.fract() != 0.0 {
        return Err(ApiError::invalid(format!("parameters.top_k {top}: expected a whole number.")));
    }
    let top = top as usize;
    let engine = app.engine();
    match inputs {
        Inputs::One(text) if nested => received.answers.json(&[classes(app, &engine, &text, top)]),
        Inputs::One(text) => received.answers.json(&classes(app, &engine, &text, top)),
        Inputs::Many(texts) => {
            app.check_number(texts.len())?;
            let _room = received.answers.room(texts.len() * RESULT)?;
            let all: Vec<Vec<Class>> = texts.iter().map(|text| classes(app, &engine, text, top)).collect();
            received.answers.json(&all)
        }
    }
}

/// The classes of a text with their probabilities, the likeliest first.
fn classes<'e>(app: &App, engine: &'e Engine, text: &str, top: usize) -> Vec<Class<'e>> {
    let (judgement, decision) = engine.judge(text);
    app.count_score(engine, &judgement.verdict, decision);
    let names = engine.classifier.classes().iter().map(String::as_str);
    let probabilities = judgement.verdict.probabilities.as_slice().iter().copied();
    let mut classes: Vec<Class> = names.zip(probabilities).map(|(label, score)| Class { label, score }).collect();
    classes.sort_by(|a, b| b.score.total_cmp(&a.score));
    classes.truncate(top);
    classes
}
