//! Keys of clients, and where requests carry them.
//!
//! Read by hand, since the extractors that axum has fit none of it: a request may carry several keys, a `+` in `?key=` is
//! a plus sign and no space, and one good key is enough whatever stands beside it.

use std::borrow::Cow;

use axum::http::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;

use crate::config::Settings;
use crate::error::ApiError;

/// Asks for a key if there are any, and returns its number, from 1. One good key is enough, whatever else a proxy or a
/// client has put beside it; `wrong` makes the error for a request that has keys, none of them good.
pub fn check(
    settings: &Settings,
    uri: &Uri,
    headers: &HeaderMap,
    wrong: fn(&'static str) -> ApiError,
) -> Result<Option<u32>, ApiError> {
    if !settings.has_keys() {
        return Ok(None);
    }
    let given = given(uri, headers);
    match given.iter().find_map(|key| settings.key_number(key.trim())) {
        Some(number) => Ok(Some(number)),
        None => Err(refused(given.is_empty(), wrong)),
    }
}

/// Asks for a key, or for one of those for metrics only, if scoring needs one.
pub fn check_reading(settings: &Settings, uri: &Uri, headers: &HeaderMap, metrics: bool) -> Result<(), ApiError> {
    let own = |key: &Cow<str>| metrics && settings.is_metrics_key(key.trim());
    if !settings.key_for_scoring || given(uri, headers).iter().any(own) {
        return Ok(());
    }
    check(settings, uri, headers, ApiError::forbidden).map(drop)
}

fn refused(missing: bool, wrong: fn(&'static str) -> ApiError) -> ApiError {
    if missing {
        ApiError::forbidden("The request is missing a valid API key.").reason("API_KEY_MISSING")
    } else {
        wrong("API key not valid. Please pass a valid API key.").reason("API_KEY_INVALID")
    }
}

/// All that may be keys: in `X-Goog-Api-Key`, `X-Api-Key`, `Authorization: Bearer` and `?key=`.
fn given<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Vec<Cow<'a, str>> {
    let all = |name: &str| headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    let bearer = all("authorization").filter_map(|value| {
        let (scheme, key) = value.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(key)
    });
    let headers = all("x-goog-api-key").chain(all("x-api-key")).chain(bearer).map(Cow::Borrowed);
    let query = uri.query().unwrap_or("").split('&').filter_map(|pair| pair.strip_prefix("key="));
    headers.chain(query.map(|key| percent_decode_str(key).decode_utf8_lossy())).collect()
}
