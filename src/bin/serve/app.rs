//! What all requests share, and the table of routes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use naqd::{Reason, Score};
use serde::Serialize;

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
        let stopping = AtomicBool::new(false);
        App { settings, metrics, loaded: RwLock::new(Arc::new(loaded)), feedback, decisions, stopping }
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

    /// Counts a decision.
    pub fn count(&self, loaded: &Loaded, score: &Score, ruling: &Ruling) {
        self.metrics.labels.with_label_values(&[loaded.classifier.classes()[score.label].as_str()]).inc();
        self.metrics.decisions.with_label_values(&[ruling.action.as_str(), ruling.reason.as_str()]).inc();
        if ruling.reason == Reason::Unfamiliar {
            self.metrics.unfamiliar.inc();
        }
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
                Ok(stored)
            }
            Err(error) => {
                self.metrics.feedback.with_label_values(&["failed"]).inc_by(all);
                tracing::error!(%error, "feedback was not kept");
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
        .layer(DefaultBodyLimit::max(app.settings.limits.body))
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

/// The body of a request, if it comes in time and is not too long.
pub async fn body(app: &App, request: Request) -> Result<Bytes, Problem> {
    match tokio::time::timeout(app.settings.patience(), Bytes::from_request(request, &())).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Problem::large(app.settings.limits.body))
        }
        Ok(Err(_)) => Err(Problem::invalid("The body could not be read.")),
        Err(_) => Err(Problem::slow()),
    }
}

/// Runs what takes long where it keeps nobody waiting: up to this many bytes are scored in about a millisecond.
pub fn work<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    if bytes > 32 << 10 { tokio::task::block_in_place(work) } else { work() }
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
    match app.feedback.as_ref().is_some_and(|feedback| feedback.has_ended()) {
        true => Problem::unavailable("Feedback cannot be kept.").into_response(),
        false => "ready\n".into_response(),
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.text()).into_response()
}
