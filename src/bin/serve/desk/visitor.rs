//! Who asks: every request to the desk comes by here before anything else, and every answer leaves by here.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use sha2::digest::CtOutput;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::body::{Admitted, Key, Peer};
use crate::desk::form::Fields;
use crate::desk::people::{self, Person, Role};
use crate::desk::words::Language;
use crate::desk::{self, Desk, DeskError, pages};
use crate::error::ApiError;

/// Maximum size of a form, in bytes.
const MAX_FORM: usize = 64 << 10;
/// Cookie of the session.
pub const SESSION: &str = "naqd_session";
/// Cookie of the sign-in form.
pub const SIGN_IN: &str = "naqd_form";
/// Cookie of the language.
pub const LANGUAGE: &str = "naqd_language";

/// Everything on a page comes from this server, and nothing of it is in the page itself; no other site may show it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Who asks, in which language.
#[derive(Clone)]
pub struct Visitor {
    pub language: Language,
    /// None before signing in.
    pub person: Option<Person>,
    /// Token of the session, if there is one.
    pub token: Option<String>,
    /// Secret that the forms of the page carry.
    pub form: String,
}

impl Visitor {
    /// The person; the middleware has seen to it that there is one.
    ///
    /// # Errors
    /// There is none all the same.
    pub fn person(&self) -> Result<Person, DeskError> {
        self.person.clone().ok_or(DeskError::Gone)
    }
}

/// Lets a request to the desk in: finds the person, reads the form and checks its secret. Whoever has not signed in gets to
/// the sign-in page.
pub async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let Ok(desk) = desk::of(&app) else {
        return desk::of(&app).err().map_or_else(|| StatusCode::NOT_FOUND.into_response(), ApiError::into_response);
    };
    let mut response = match let_in(&app, desk, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn let_in(app: &App, desk: &Desk, request: Request, next: Next) -> Result<Response, ApiError> {
    let path = request.uri().path().to_owned();
    if path.starts_with("/review/asset/") {
        return Ok(next.run(request).await);
    }
    let Peer(peer) = request.extensions().get().copied().unwrap_or(Peer(Ipv4Addr::UNSPECIFIED.into()));
    let headers = request.headers().clone();
    let visitor = visitor(desk, &headers, peer).await?;
    let may_enter = visitor.person.is_some() || matches!(path.as_str(), "/review/sign-in" | "/review/language");
    if !may_enter {
        return Ok(Redirect::to("/review/sign-in").into_response());
    }
    let fields = Fields::of(request.uri().query().unwrap_or(""));
    if request.method() != Method::POST {
        let mut request = request;
        request.extensions_mut().insert(visitor);
        request.extensions_mut().insert(fields);
        return Ok(next.run(request).await);
    }
    // What the router found in the address goes with the request.
    let (method, uri, found) = (request.method().clone(), request.uri().clone(), request.extensions().clone());
    let received = Admitted::new(app, request, Key::Unneeded)?.receive_at_most(MAX_FORM, 1).await?;
    let form = Fields::of(&String::from_utf8_lossy(&received.bytes));
    if visitor.form.is_empty() || !is_same(form.get("form"), &visitor.form) {
        return Ok(pages::problem(&visitor, StatusCode::FORBIDDEN, visitor.language.words().problem_form));
    }
    let mut request = Request::new(axum::body::Body::empty());
    (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, uri, headers);
    *request.extensions_mut() = found;
    request.extensions_mut().insert(visitor);
    request.extensions_mut().insert(form);
    Ok(next.run(request).await)
}

/// Compares two secrets in a time that tells nothing.
fn is_same(given: &str, expected: &str) -> bool {
    let hash = |text: &str| CtOutput::<Sha256>::new(Sha256::digest(text));
    hash(given) == hash(expected)
}

async fn visitor(desk: &Desk, headers: &HeaderMap, peer: IpAddr) -> Result<Visitor, ApiError> {
    let language = cookie(headers, LANGUAGE).and_then(|code| Language::of(&code)).unwrap_or_else(|| {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Language::accepted(accepted.unwrap_or(""))
    });
    if let Some(name) = signed_on(desk, headers, peer) {
        let secret = desk.secret.clone();
        let person = desk.store.read(move |database| people::signed_on(database, &name, &secret)).await?;
        let form = person.as_ref().map_or(String::new(), |person| person.form.clone());
        return Ok(Visitor { language, person, token: None, form });
    }
    let token = cookie(headers, SESSION);
    let mut person = None;
    if let Some(token) = token.clone() {
        let (hours, of) = (desk.settings.session_hours, token.clone());
        let found = desk.store.read(move |database| people::of_session(database, &of, hours)).await?;
        if let Some((_, true)) = &found {
            desk.store.write(move |database| people::note_session(database, &token)).await?;
        }
        person = found.map(|(person, _)| person);
    }
    let form = match &person {
        Some(person) => person.form.clone(),
        None => cookie(headers, SIGN_IN).unwrap_or_default(),
    };
    Ok(Visitor { language, person, token, form })
}

/// The name that a proxy tells, if its address is one of those that are believed.
fn signed_on(desk: &Desk, headers: &HeaderMap, peer: IpAddr) -> Option<String> {
    let name = desk.settings.sign_on_header.as_deref()?;
    if !desk.settings.sign_on_proxies.contains(&peer.to_canonical()) {
        return None;
    }
    let mut values = headers.get_all(name).into_iter();
    // Of two, one is not the proxy's.
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    std::str::from_utf8(value.as_bytes()).ok().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value.to_owned())
}

/// Sets a cookie that no script reads and no other site's page sends.
pub fn set_cookie(desk: &Desk, response: &mut Response, name: &str, value: &str, seconds: u64) {
    let secure = if desk.settings.https { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/review; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Lets nobody pass below a role.
pub async fn at_least(role: Role, request: Request, next: Next) -> Response {
    let Some(visitor) = request.extensions().get::<Visitor>().cloned() else {
        return StatusCode::FORBIDDEN.into_response();
    };
    if visitor.person.as_ref().is_some_and(|person| person.role >= role) {
        return next.run(request).await;
    }
    pages::problem(&visitor, StatusCode::FORBIDDEN, visitor.language.words().problem_role)
}

/// True for a person's browser that goes to a page of the desk from another site's link: it gets the page, which changes
/// nothing. Forms and scripts of other sites are refused by their origin.
pub fn is_link(request: &Request) -> bool {
    let says = |name: &str, value: &str| {
        let mut values = request.headers().get_all(name).into_iter();
        values.next().is_some_and(|found| found == value) && values.next().is_none()
    };
    let path = request.uri().path();
    request.method() == Method::GET
        && (path == "/review" || path.starts_with("/review/") && !path.starts_with("/review/next/"))
        && says("sec-fetch-mode", "navigate")
        && says("sec-fetch-dest", "document")
        && !request.headers().contains_key(header::ORIGIN)
}
