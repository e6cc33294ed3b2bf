//! Requests with a body, step by step: the key, the flags of the query, the body within its limits, the JSON in it. And
//! answers in JSON.

use std::sync::OnceLock;

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use naqd::internal::decide::write_json;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

use crate::app::App;
use crate::auth;
use crate::error::ApiError;
use crate::json_repair::repair;

/// Size of a body, in bytes, from which on it takes a share of the memory for large bodies: there are no more small ones
/// than connections.
const SMALL: usize = 16 << 10;

/// Size of a body, in bytes, from which on scoring it takes so long, about a millisecond, that others would wait.
const LONG: usize = 64 << 10;

/// The key that a route asks for, with the error for a wrong one.
pub enum Key {
    /// None.
    Unneeded,
    /// One for scoring, if the settings ask for it.
    ToScore(fn(&'static str) -> ApiError),
    /// One for writing feedback, if there are keys; feedback must be switched on.
    ToWrite(fn(&'static str) -> ApiError),
}

/// A request whose key is good.
pub struct Admitted<'a> {
    app: &'a App,
    request: Request,
}

impl<'a> Admitted<'a> {
    /// Checks the key of a request.
    pub fn new(app: &'a App, request: Request, key: Key) -> Result<Admitted<'a>, ApiError> {
        let check = |wrong| auth::check(&app.settings, request.uri(), request.headers(), wrong);
        match key {
            Key::Unneeded => {}
            Key::ToScore(wrong) if app.settings.key_for_scoring => check(wrong)?,
            Key::ToScore(_) => {}
            Key::ToWrite(wrong) => {
                check(wrong)?;
                app.feedback()?;
            }
        }
        Ok(Admitted { app, request })
    }

    /// The value of a flag in the query: true or false, false if absent.
    pub fn flag(&self, name: &str) -> Result<bool, ApiError> {
        let value = self.request.uri().query().unwrap_or("").split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, "true"));
            (key == name).then_some(value)
        });
        match value {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(ApiError::invalid(format!("{name}: expected true or false."))),
        }
    }

    /// Receives the body, as long as the settings allow.
    pub async fn receive(self) -> Result<Received, ApiError> {
        self.receive_at_most(usize::MAX, 1).await
    }

    /// Receives the body if it comes in time and has at most `max_bytes` and no more than the settings allow. Each of
    /// its bytes costs `cost` times as much as scoring it; bodies that cost much are worked on a few at a time, so that
    /// there is always a thread for the others.
    pub async fn receive_at_most(self, max_bytes: usize, cost: usize) -> Result<Received, ApiError> {
        let Admitted { app, request } = self;
        let max_bytes = max_bytes.min(app.settings.limits.body);
        let (bytes, memory) = match tokio::time::timeout(app.settings.timeout(), read(app, request, max_bytes)).await {
            Ok(read) => read?,
            Err(_) => return Err(ApiError::slow()),
        };
        let long = bytes.len().saturating_mul(cost) > LONG;
        let turn = if long { app.long_requests.clone().acquire_owned().await.ok() } else { None };
        Ok(Received { bytes, repaired: OnceLock::new(), _memory: memory, turn })
    }
}

/// Reads a body. Only one that turns out not to be small takes a share of the memory for large bodies: as much as its
/// header says that it needs, or else `max_bytes`.
async fn read(
    app: &App,
    request: Request,
    max_bytes: usize,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), ApiError> {
    let mut body = request.into_body();
    let length = body.size_hint().upper().map_or(max_bytes, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if length > max_bytes {
        return Err(ApiError::large(max_bytes));
    }
    let (mut bytes, mut memory) = (Vec::with_capacity(length.min(SMALL)), None);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::invalid("The body could not be read."))?;
        let Some(data) = frame.data_ref() else { continue };
        let received = bytes.len() + data.len();
        if received > max_bytes {
            return Err(ApiError::large(max_bytes));
        }
        if received > SMALL && memory.is_none() {
            let kibibytes = u32::try_from(length >> 10).unwrap_or(u32::MAX);
            let taken = app.memory.clone().try_acquire_many_owned(kibibytes);
            memory = Some(taken.map_err(|_| ApiError::unavailable("Too many large requests at once."))?);
            bytes.reserve_exact(length.saturating_sub(bytes.len()));
        }
        bytes.extend_from_slice(data);
    }
    Ok((bytes, memory))
}

/// The body of a request, with its share of the server until it is answered.
pub struct Received {
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The body with broken characters replaced, if there were any.
    repaired: OnceLock<Vec<u8>>,
    _memory: Option<OwnedSemaphorePermit>,
    turn: Option<OwnedSemaphorePermit>,
}

impl Received {
    /// The JSON of the body.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ApiError> {
        let whole = match repair(&self.bytes) {
            std::borrow::Cow::Borrowed(bytes) => bytes,
            std::borrow::Cow::Owned(bytes) => self.repaired.get_or_init(|| bytes),
        };
        serde_json::from_slice(whole).map_err(|error| ApiError::json(&error))
    }

    /// Runs work on the body, off the threads that serve others if it is long.
    pub fn work<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.turn.is_some() { tokio::task::block_in_place(work) } else { work() }
    }
}

/// An answer in JSON.
pub fn json<T: Serialize>(answer: &T) -> Result<Response, ApiError> {
    let mut body = Vec::with_capacity(512);
    serde_json::to_writer(&mut body, answer).map_err(|error| ApiError::json(&error))?;
    Ok(json_text(body))
}

/// An answer in JSON with verdicts in it: four decimals for probabilities, three for weights.
pub fn verdict_json<T: Serialize>(answer: &T) -> Response {
    let mut body = Vec::with_capacity(512);
    write_json(&mut body, answer);
    json_text(body)
}

/// An answer that is JSON already.
pub fn json_text(body: impl Into<axum::body::Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body.into()).into_response()
}
