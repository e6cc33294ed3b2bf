//! Perspective's API, as Google described it, under any prefix: `comments:analyze`, `comments:suggestscore` and the
//! discovery document.

mod analyze;
mod discovery;
mod language;
mod suggestscore;
mod wire;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::ApiError;

/// Method of Perspective that a path names, if any.
pub fn method(path: &str) -> Option<&'static str> {
    let ends = |name: &str| path.ends_with(&format!("/{name}"));
    let colon = |name: &str| {
        let path = path.strip_suffix(name)?;
        let path = path.strip_suffix(':').or_else(|| path.strip_suffix("%3A")).or_else(|| path.strip_suffix("%3a"))?;
        path.ends_with("/comments").then_some(())
    };
    if colon("analyze").is_some() {
        Some("comments:analyze")
    } else if colon("suggestscore").is_some() {
        Some("comments:suggestscore")
    } else if ends("$discovery/rest") || ends("%24discovery/rest") {
        Some("$discovery/rest")
    } else {
        None
    }
}

/// Answers requests that no other route takes.
pub async fn any(State(app): State<Arc<App>>, request: Request) -> Response {
    let answer = match (method(request.uri().path()), request.method()) {
        (Some("comments:analyze"), &Method::POST) => analyze::analyze(&app, request).await,
        (Some("comments:suggestscore"), &Method::POST) => suggestscore::suggest(&app, request).await,
        (Some("$discovery/rest"), &Method::GET | &Method::HEAD) => {
            Ok(discovery::document(&app.settings, request.uri(), request.headers()))
        }
        (Some(method), _) => {
            let allow = if method.starts_with('$') { "GET, HEAD" } else { "POST" };
            return ([(header::ALLOW, allow)], ApiError::method()).into_response();
        }
        (None, _) => Err(ApiError::not_found("Method not found.")),
    };
    answer.unwrap_or_else(IntoResponse::into_response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_prefix_leads_to_a_method() {
        for (path, expected) in [
            ("/v1alpha1/comments:analyze", Some("comments:analyze")),
            ("/comments%3Aanalyze", Some("comments:analyze")),
            ("/a/b/comments:suggestscore", Some("comments:suggestscore")),
            ("/$discovery/rest", Some("$discovery/rest")),
            ("/nocomments:analyze", None),
            ("/v1alpha1/comments", None),
            ("/", None),
        ] {
            assert_eq!(method(path), expected, "{path}");
        }
    }
}
