//! Webhooks: other programs send what happened, in their own form, and the settings tell where the comment stands in it.

mod pointer;
mod settings;
mod template;

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use naqd::internal::decide::write_json;
use naqd::internal::text::readings;
use serde_json::json;

use self::pointer::{Found, Pointer};
pub use self::settings::{Hook, HookFile};
use crate::app::App;
use crate::body::{Admitted, Key, Received};
use crate::decisions::Lines;
use crate::deliveries::{Decided, Names};
use crate::desk::intake::{Arrival, Judged};
use crate::error::ApiError;
use crate::signature::{Refusal, Signatures};

/// Maximum length of the name of a comment, its author, story or parent, in bytes.
const MAX_NAME: usize = 512;

/// `POST /v1/hooks/{name}`.
pub async fn hook(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let hook = app.settings.hooks.get(&name).cloned();
    let hook = hook.ok_or_else(|| ApiError::not_found("No such webhook: hooks.NAME of naqd.toml."))?;
    let signatures = Signatures::read(hook.scheme, &hook.header, request.headers());
    let signatures = signatures.map_err(|refusal| refused(&hook, &refusal))?;
    let received = Admitted::new(&app, request, Key::Unneeded)?.receive().await?;
    let scoring = app.clone();
    let work = move |received: &Received| {
        let checked = signatures.check(&hook.secrets, &received.bytes, hook.tolerance);
        checked.map_err(|refusal| refused(&hook, &refusal))?;
        answer(&scoring, &hook, received)
    };
    let (answer, lines, arrival) = received.work(work).await?;
    app.offer(arrival).await;
    app.log(lines).await;
    Ok(answer)
}

fn refused(hook: &Hook, refusal: &Refusal) -> ApiError {
    let (header, tolerance) = (&hook.header, hook.tolerance);
    ApiError::unauthenticated(match refusal {
        Refusal::Missing => format!("{header} is missing, or not in the form of hooks.NAME.scheme."),
        Refusal::Wrong => format!("{header} was made with another secret, or for another body."),
        Refusal::Expired => {
            format!("{header} is more than {tolerance} seconds off: hooks.NAME.tolerance, or the clocks.")
        }
    })
}

/// The answer to what was sent, its line in the decision log, and what the review desk is given, if there is one.
type Answered = (Response, Lines, Option<(Arrival, Judged)>);

fn answer(app: &App, hook: &Hook, received: &Received) -> Result<Answered, ApiError> {
    let sent = received.text();
    let mut lines = Lines::default();
    if !is_wanted(hook, sent)? {
        return Ok((received.answers.json(&json!({ "ignored": true }))?, lines, None));
    }
    let parts = text(hook, sent)?;
    let [id, author, story, parent] = names(hook, sent)?;
    let engine = app.engine();
    // Each by itself, so that markup in one hides nothing of another.
    let visible: Vec<String> =
        parts.iter().map(|part| engine.worst(&readings(part, hook.html)).text.clone().into_owned()).collect();
    let visible = visible.join("\n");
    let (judgement, decision) = engine.judge(&visible);
    app.count_decision(&engine, &judgement.verdict, decision);
    let names =
        Names { id: id.as_deref(), author: author.as_deref(), story: story.as_deref(), parent: parent.as_deref() };
    let decided = Decided { names, model: &engine.version, verdict: engine.json(&judgement) };
    if let Some(log) = &app.decisions {
        log.add(&mut lines, &hook.route, id.as_deref(), &parts.join("\n"), &engine.version, &decided.verdict);
    }
    if let Some(deliveries) = &app.deliveries {
        deliveries.send(&hook.route, id.as_deref(), &decided);
    }
    let room = received.answers.room(0)?;
    let answer = match &hook.answer {
        None => room.verdicts(&decided),
        Some(template) => {
            let mut bytes = Vec::new();
            write_json(&mut bytes, &decided);
            let fields = serde_json::from_slice(&bytes).map_err(|error| ApiError::json(&error))?;
            received.answers.json(&template.fill(&fields))
        }
    };
    let arrival = app.desk.is_some().then(|| {
        let judged = Judged::of(&engine, &judgement, &judgement.verdict, decision);
        let door = hook.route.clone().into();
        (Arrival { text: visible, id, author, story, parent, link: None, time: None, door }, judged)
    });
    Ok((answer?, lines, arrival))
}

/// The value at a pointer.
fn find(pointer: &Pointer, sent: &[u8]) -> Result<Found, ApiError> {
    pointer.find(sent).map_err(|error| ApiError::json(&error))
}

/// What is sent is about a comment.
fn is_wanted(hook: &Hook, sent: &[u8]) -> Result<bool, ApiError> {
    for (pointer, wanted) in &hook.only {
        match find(pointer, sent)? {
            Found::Text(text) if wanted.contains(&text) => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// The parts of the text of the comment. Those that are not there are left out, but not all of them.
fn text(hook: &Hook, sent: &[u8]) -> Result<Vec<String>, ApiError> {
    let mut parts = Vec::new();
    for pointer in &hook.text {
        match find(pointer, sent)? {
            Found::Text(text) => parts.push(text),
            Found::Nothing => {}
            Found::Whole(_) => return Err(unexpected(pointer, "a number", "a string")),
            Found::Other(kind) => return Err(unexpected(pointer, kind, "a string")),
        }
    }
    if parts.is_empty() {
        let pointers = hook.text.iter().map(Pointer::to_string).collect::<Vec<_>>().join(", ");
        return Err(ApiError::invalid(format!("{pointers}: there is no text, expected a string: hooks.NAME.text.")));
    }
    if parts.len() > 1 {
        parts.retain(|part| !part.is_empty());
    }
    Ok(parts)
}

/// The names of the comment, its author, story and parent.
fn names(hook: &Hook, sent: &[u8]) -> Result<[Option<String>; 4], ApiError> {
    let mut names = [const { None }; 4];
    for (name, pointer) in names.iter_mut().zip([&hook.id, &hook.author, &hook.story, &hook.parent]) {
        let Some(pointer) = pointer else { continue };
        *name = match find(pointer, sent)? {
            Found::Nothing => None,
            Found::Text(text) if text.len() <= MAX_NAME => Some(text),
            Found::Text(text) => {
                let message = format!("{pointer}: {} bytes, expected at most {MAX_NAME}.", text.len());
                return Err(ApiError::invalid(message));
            }
            Found::Whole(number) => Some(number.to_string()),
            Found::Other(kind) => return Err(unexpected(pointer, kind, "a string or a whole number")),
        };
    }
    Ok(names)
}

/// The error for a value of another kind; it names no more of the value than that.
fn unexpected(pointer: &Pointer, kind: &str, expected: &str) -> ApiError {
    ApiError::invalid(format!("{pointer}: {kind}, expected {expected}."))
}
