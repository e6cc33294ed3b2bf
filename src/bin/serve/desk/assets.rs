//! Style and script of the pages, in the program itself. Their addresses have a hash, so that browsers may keep them.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::desk::pages;

const STYLE: &str = include_str!("../../../../templates/review/desk.css");
const SCRIPT: &str = include_str!("../../../../templates/review/desk.js");

/// Addresses of both.
pub struct Both {
    style: String,
    script: String,
}

impl Both {
    /// As pages name them.
    pub fn addresses(&'static self) -> pages::Assets {
        pages::Assets { style: &self.style, script: &self.script }
    }
}

/// Addresses by the contents.
pub static ASSETS: LazyLock<Both> = LazyLock::new(|| {
    let named = |text: &str, end: &str| format!("{}.{end}", hex::encode(&Sha256::digest(text)[..8]));
    Both { style: named(STYLE, "css"), script: named(SCRIPT, "js") }
});

/// `GET /review/asset/NAME`.
pub async fn asset(Path(name): Path<String>) -> Response {
    let (text, kind) = match name {
        name if name == ASSETS.style => (STYLE, "text/css; charset=utf-8"),
        name if name == ASSETS.script => (SCRIPT, "text/javascript; charset=utf-8"),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")], text)
        .into_response()
}
