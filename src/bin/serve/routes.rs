//! Table of the routes.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::app::App;
use crate::auth::check_reading;
use crate::error::ApiError;
use crate::{coral, desk, hooks, hugging_face, openai, origin, perspective, v1};

/// The routes. A path that none of them has may be one of Perspective's, which stand under any prefix.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/coral", post(coral::moderate))
        .route("/v1/score", post(v1::score))
        .route("/v1/feedback", post(v1::feedback))
        .route("/v1/hooks/{name}", post(hooks::hook))
        .route("/v1/forget", post(desk::forget))
        .route("/v1/model", get(v1::model))
        .route("/v1/moderations", post(openai::moderations))
        .route("/predict", post(hugging_face::predict))
        .route("/models/{*model}", post(hugging_face::model))
        .route("/openapi.json", get(v1::openapi))
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .merge(desk::router(app.clone()))
        .fallback(perspective::any)
        .method_not_allowed_fallback(|| async { ApiError::method() })
        .layer(from_fn_with_state(app.clone(), measured))
        .with_state(app)
}

/// The routes of a listener for scrapers of metrics.
pub fn metrics_router(app: Arc<App>) -> Router {
    Router::new()
        .route("/metrics", get(all_metrics))
        .fallback(|| async { ApiError::not_found("Expected /metrics: other routes are at the address of listen.") })
        .method_not_allowed_fallback(|| async { ApiError::method() })
        .layer(from_fn_with_state(app.clone(), measured))
        .with_state(app)
}

/// Counts and times every request, and refuses those of pages of other sites.
async fn measured(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    // The name of the route in metrics and logs is one of few, whatever clients ask for.
    let other = perspective::method(request.uri().path()).unwrap_or("other");
    let response = match origin::check(&app.settings, request.uri(), request.headers(), desk::is_link(&request)) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    };
    let (took, code) = (started.elapsed(), response.status().as_u16());
    let route = matched.as_ref().map_or(other, MatchedPath::as_str);
    app.metrics.answered(route, code, took);
    // No path, header or body: there may be text of comments, or a key, in any of them.
    tracing::debug!(route, code, microseconds = took.as_micros() as u64, "request");
    response
}

/// `GET /healthz`: the process answers.
async fn healthy() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: requests are welcome.
async fn ready(State(app): State<Arc<App>>) -> Response {
    if app.unready().is_some() {
        let looking = app.clone();
        let _ = tokio::task::spawn_blocking(move || looking.look_for_room()).await;
    }
    match app.unready() {
        None => "ready\n".into_response(),
        Some(why) => ApiError::unavailable(why).into_response(),
    }
}

/// `GET /metrics`.
async fn metrics(State(app): State<Arc<App>>, request: Request) -> Response {
    if let Err(refused) = check_reading(&app.settings, request.uri(), request.headers(), true) {
        return refused.into_response();
    }
    all_metrics(State(app)).await
}

/// `GET /metrics` at the address for scrapers, without a key.
async fn all_metrics(State(app): State<Arc<App>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.text()).into_response()
}
