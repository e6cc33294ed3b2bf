//! What all requests share, and the table of routes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http_body_util::BodyExt;
use naqd::{Reason, Score};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Settings;
use crate::decisions::DecisionLog;
use crate::feedback::{Feedback, Row, Stored};
use crate::loaded::{Loaded, Ruling};
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::{api, coral, perspective};

/// The server without its sockets.
pub struct App {
    pub settings: Settings,
    pub metrics: Metrics,
    loaded: RwLock<Arc<Loaded>>,
    feedback: Option<Feedback>,
    pub decisions: Option<DecisionLog>,
    stopping: AtomicBool,
    /// Whether the last feedback could not be kept; only a change is told, not every request.
    failing: AtomicBool,
    /// KiB of bodies that are not small.
    room: Arc<Semaphore>,
    /// Requests that take long: one thread less than there are.
    turns: Arc<Semaphore>,
}

impl App {
    /// Puts it together.
    pub fn new(
        settings: Settings,
        metrics: Metrics,
        loaded: Loaded,
        feedback: Option<Feedback>,
        decisions: Option<DecisionLog>,
    ) -> App {
        metrics.model(&loaded.version);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        App {
            room: Arc::new(Semaphore::new(usize::max(ROOM, settings.limits.body) >> 10)),
            turns: Arc::new(Semaphore::new(usize::max(threads - 1, 1))),
            settings,
            metrics,
            loaded: RwLock::new(Arc::new(loaded)),
            feedback,
            decisions,
            stopping: AtomicBool::new(false),
            failing: AtomicBool::new(false),
        }
    }

    /// The model in use; a request keeps the one that it began with.
    pub fn loaded(&self) -> Arc<Loaded> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses another model from now on.
    pub fn replace(&self, loaded: Loaded) {
        self.metrics.model(&loaded.version);
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
    }

    /// No new work is wanted.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Counts a comment that was scored.
    pub fn scored(&self, loaded: &Loaded, score: &Score, reason: Option<Reason>) {
        self.metrics.labels.with_label_values(&[loaded.classifier.classes()[score.class].as_str()]).inc();
        if reason == Some(Reason::Unfamiliar) {
            self.metrics.unfamiliar.inc();
        }
    }

    /// Counts a comment that was scored and decided on.
    pub fn decided(&self, loaded: &Loaded, score: &Score, ruling: &Ruling) {
        self.scored(loaded, score, Some(ruling.reason));
        self.metrics.decisions.with_label_values(&[ruling.action.as_str(), ruling.reason.as_str()]).inc();
    }

    /// Where feedback goes.
    pub fn feedback(&self) -> Result<&Feedback, Problem> {
        self.feedback.as_ref().ok_or_else(|| Problem::off("Feedback is off: start naqd-serve with --feedback FILE."))
    }

    /// Keeps feedback; returns when it is on the disk.
    pub async fn store(&self, feedback: &Feedback, rows: Vec<Row>) -> Result<Stored, Problem> {
        let all = rows.len() as u64;
        match feedback.store(rows).await {
            Ok(stored) => {
                self.metrics.feedback.with_label_values(&["stored"]).inc_by(stored.stored as u64);
                self.metrics.feedback.with_label_values(&["known"]).inc_by(stored.known as u64);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("feedback is kept again");
                }
                Ok(stored)
            }
            Err(error) => {
                self.metrics.feedback.with_label_values(&["failed"]).inc_by(all);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "feedback was not kept");
                }
                Err(Problem::unavailable("Feedback could not be kept; try again later."))
            }
        }
    }
}

/// The routes. What no route takes may be Perspective's, which stands under any prefix.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/coral", post(coral::moderate))
        .route("/v1/score", post(api::score))
        .route("/v1/feedback", post(api::feedback))
        .route("/v1/model", get(api::model))
        .route("/openapi.json", get(api::openapi))
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(perspective::any)
        .method_not_allowed_fallback(|| async { Problem::method() })
        .layer(from_fn_with_state(app.clone(), measured))
        .with_state(app)
}

/// Counts and times every request.
async fn measured(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = route(request.uri().path());
    let response = next.run(request).await;
    let (took, code) = (started.elapsed(), response.status().as_u16());
    app.metrics.answered(route, code, took);
    // No path, header or body: there may be text of comments, or a key, in any of them.
    tracing::debug!(route, code, microseconds = took.as_micros() as u64, "request");
    response
}

/// The name of a route in metrics and logs: one of few, whatever clients ask for.
fn route(path: &str) -> &'static str {
    const ROUTES: [&str; 8] =
        ["/coral", "/v1/score", "/v1/feedback", "/v1/model", "/openapi.json", "/healthz", "/readyz", "/metrics"];
    match ROUTES.into_iter().find(|route| *route == path) {
        Some(route) => route,
        None => perspective::method(path).unwrap_or("other"),
    }
}

/// The body of a request, with what it holds of the server until it is answered.
pub struct Received {
    pub bytes: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
    turn: Option<OwnedSemaphorePermit>,
}

/// Bytes of a body that need no room of their own: there are no more of such bodies than connections.
const SMALL: usize = 16 << 10;

/// Bytes whose scoring takes so long, about a millisecond, that others would wait for it.
const LONG: usize = 64 << 10;

/// Bytes of all bodies that are not small.
const ROOM: usize = 64 << 20;

/// The body of a request, if it comes in time and is not longer than `most` or than any may be. Each of its bytes costs
/// `cost` times what scoring does; those that cost much take turns, so that there is always a thread for the others.
pub async fn body(app: &App, request: Request, most: usize, cost: usize) -> Result<Received, Problem> {
    let most = most.min(app.settings.limits.body);
    let (bytes, room) = match tokio::time::timeout(app.settings.patience(), read(app, request, most)).await {
        Ok(read) => read?,
        Err(_) => return Err(Problem::slow()),
    };
    let turn =
        if bytes.len().saturating_mul(cost) > LONG { app.turns.clone().acquire_owned().await.ok() } else { None };
    Ok(Received { bytes, _room: room, turn })
}

/// Reads a body. Only what turns out not to be small takes room, as much as it says that it needs, or else `most`.
async fn read(app: &App, request: Request, most: usize) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Problem> {
    let mut body = request.into_body();
    let length = body.size_hint().upper().map_or(most, |told| usize::try_from(told).unwrap_or(usize::MAX));
    if length > most {
        return Err(Problem::large(most));
    }
    let (mut bytes, mut room) = (Vec::with_capacity(length.min(SMALL)), None);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::invalid("The body could not be read."))?;
        let Some(data) = frame.data_ref() else { continue };
        let now = bytes.len() + data.len();
        if now > most {
            return Err(Problem::large(most));
        }
        if now > SMALL && room.is_none() {
            let kibibytes = u32::try_from(length >> 10).unwrap_or(u32::MAX);
            let taken = app.room.clone().try_acquire_many_owned(kibibytes);
            room = Some(taken.map_err(|_| Problem::unavailable("Too many large requests at once."))?);
            bytes.reserve_exact(length.saturating_sub(bytes.len()));
        }
        bytes.extend_from_slice(data);
    }
    Ok((bytes, room))
}

impl Received {
    /// Runs what takes as long as the body says where it keeps nobody waiting.
    pub fn work<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.turn.is_some() { tokio::task::block_in_place(work) } else { work() }
    }
}

/// An answer in JSON.
pub fn json<T: Serialize>(answer: &T) -> Result<Response, Problem> {
    let mut body = Vec::with_capacity(512);
    serde_json::to_writer(&mut body, answer).map_err(|error| Problem::json(&error))?;
    Ok(([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body).into_response())
}

/// The process answers.
async fn healthy() -> &'static str {
    "ok\n"
}

/// Requests are welcome.
async fn ready(State(app): State<Arc<App>>) -> Response {
    if app.stopping.load(Ordering::Relaxed) {
        return Problem::unavailable("Shutting down.").into_response();
    }
    if app.feedback.as_ref().is_some_and(|feedback| !feedback.is_ready()) {
        return Problem::unavailable("Feedback cannot be kept.").into_response();
    }
    if app.decisions.as_ref().is_some_and(|log| log.has_ended()) {
        return Problem::unavailable("Decisions cannot be logged.").into_response();
    }
    "ready\n".into_response()
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.text()).into_response()
}
