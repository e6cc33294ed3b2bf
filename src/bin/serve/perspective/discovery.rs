//! The discovery document, which Google's client asks for.

use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::answer::json_text;
use crate::config::Settings;
use crate::origin::is_listed;

/// Answer to `GET /$discovery/rest`, before the address of this server is put into it.
const DISCOVERY: &str = include_str!("discovery.json");

/// The discovery document, with the address that the client used.
pub fn document(settings: &Settings, uri: &Uri, headers: &HeaderMap) -> Response {
    // Each proxy on the way adds a value behind a comma; the first is what the client used. Anybody can send these headers,
    // so that only the hosts of the settings are believed.
    let first = |name: &str| headers.get(name)?.to_str().ok()?.split(',').next().map(str::trim);
    let is_host = |host: &&str| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
    };
    let forwarded = first("x-forwarded-host").filter(|host| is_listed(settings, host));
    let host = forwarded.or(first("host")).filter(is_host).unwrap_or("localhost");
    let is_https = first("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    let scheme = if is_https && is_listed(settings, host) { "https" } else { "http" };
    let prefix = uri.path().rsplit_once("/$discovery").or(uri.path().rsplit_once("/%24discovery"));
    let prefix = prefix.map_or("", |(prefix, _)| prefix).trim_start_matches('/');
    let is_path = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    let slash = if prefix.is_empty() || !is_path { "" } else { "/" };
    let root = format!("{scheme}://{host}/{}{slash}", if is_path { prefix } else { "" });
    json_text(DISCOVERY.replace("{root}", &root))
}
