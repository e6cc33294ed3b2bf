//! Origin of a request: pages of other sites are refused, whatever they ask.
//!
//! A browser sends requests of any page to this machine too. What it adds to them, and no page can change, tells them from
//! those of other clients: `Sec-Fetch-Site`, `Origin`, and the name in `Host` that was looked up to get here.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, Uri, header};

use crate::config::Settings;
use crate::error::ApiError;

/// Where a request comes from, as browsers say it.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks that no page of another site sent a request, and without keys that it asks for this server by its own name. A person
/// who follows a link (`is_link`) leaves the other site.
///
/// # Errors
/// The request is refused.
pub fn check(settings: &Settings, uri: &Uri, headers: &HeaderMap, is_link: bool) -> Result<(), ApiError> {
    let values = |name| headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or(""));
    if !is_link && values(FETCH_SITE).any(|site| site != "same-origin" && site != "none") {
        return Err(other_site("Sec-Fetch-Site is of another site or origin"));
    }
    let mut hosts = values(header::HOST);
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(ApiError::invalid("The request has several Host headers."));
    }
    // A proxy may send the whole address; a client that says no name at all is no browser.
    let authority = uri.authority().map(|authority| authority.as_str());
    if !settings.has_keys() {
        for host in authority.into_iter().chain(host) {
            if !is_own(settings, host) {
                return Err(unknown_host(host));
            }
        }
    }
    let host = authority.or(host).unwrap_or("");
    if values(header::ORIGIN).any(|origin| !is_of(settings, origin, host)) {
        return Err(other_site("Origin is not this server"));
    }
    Ok(())
}

/// A host in the settings, in this form or with a port behind it.
pub fn is_listed(settings: &Settings, host: &str) -> bool {
    settings.hosts.iter().any(|own| own.eq_ignore_ascii_case(host) || own.eq_ignore_ascii_case(without_port(host)))
}

/// A name of this machine for itself, or a host in the settings.
fn is_own(settings: &Settings, host: &str) -> bool {
    let name = without_port(host);
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        || is_listed(settings, host)
}

/// A host without its port; the address of a host of version 6 stands in brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// An origin is that of this server: the host that was asked for, or one in the settings, with the same port.
fn is_of(settings: &Settings, origin: &str, host: &str) -> bool {
    let (origin, port) = match origin.split_once("://") {
        Some(("http", rest)) => (rest, ":80"),
        Some(("https", rest)) => (rest, ":443"),
        _ => return false,
    };
    let plain = |host: &str| host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase();
    !origin.is_empty() && (plain(origin) == plain(host) || settings.hosts.iter().any(|own| plain(own) == plain(origin)))
}

fn other_site(what: &str) -> ApiError {
    ApiError::forbidden(format!("{what}: web pages of other sites may not use this server.")).reason("OTHER_SITE")
}

fn unknown_host(host: &str) -> ApiError {
    let host: String = host.chars().take(100).collect();
    let message = format!(
        "Host {host} is no name of this server, which has no keys: if clients or a proxy use it, add it to hosts in \
         naqd.toml: hosts = [\"{}\"].",
        without_port(&host)
    );
    ApiError::forbidden(message).reason("UNKNOWN_HOST")
}
