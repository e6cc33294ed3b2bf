//! In and out: signing in, signing out, the language, the password.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::desk::form::Fields;
use crate::desk::pages::{AccountPage, SignInPage, page};
use crate::desk::people::{self, SignIn};
use crate::desk::routes::{answered, frame, open};
use crate::desk::visitor::{LANGUAGE, SESSION, SIGN_IN, Visitor, set_cookie};
use crate::desk::words::Language;

/// Time for which the language is remembered, in seconds.
const YEAR: u64 = 365 * 24 * 60 * 60;
/// Time in which a sign-in form has to be sent, in seconds.
const HOUR: u64 = 60 * 60;

/// `GET /review/sign-in`.
pub async fn sign_in_page(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    if visitor.person.is_some() {
        return Redirect::to("/review").into_response();
    }
    entrance(&app, visitor, StatusCode::OK, fields.get("changed") == "1").unwrap_or_else(IntoResponse::into_response)
}

/// The sign-in page with a new secret in its form and its cookie.
fn entrance(app: &App, mut visitor: Visitor, status: StatusCode, is_changed: bool) -> Result<Response, StatusCode> {
    let failed = |_| StatusCode::SERVICE_UNAVAILABLE;
    let desk = open(app).map_err(failed)?;
    if visitor.form.len() != 64 || !visitor.form.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        visitor.form = people::random().map_err(failed)?;
    }
    let mut f = frame(&visitor, &Fields::default(), visitor.language.words().sign_in);
    f.to = "/review/sign-in".to_owned();
    let mut response = page(status, &SignInPage { f, is_wrong: status != StatusCode::OK, is_changed });
    set_cookie(desk, &mut response, SIGN_IN, &visitor.form, HOUR);
    Ok(response)
}

/// `POST /review/sign-in`.
pub async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let result = async {
        let desk = open(&app)?;
        let (name, password) = (fields.get("name").trim().to_owned(), fields.get("password").to_owned());
        match desk.sign_in(name, password, visitor.token.clone()).await? {
            SignIn::Done(token) => {
                let mut response = Redirect::to("/review").into_response();
                let seconds = u64::from(desk.settings.session_hours) * HOUR;
                set_cookie(desk, &mut response, SESSION, &token, seconds);
                set_cookie(desk, &mut response, SIGN_IN, "", 0);
                Ok(response)
            }
            SignIn::Wrong => Ok(entrance(&app, visitor.clone(), StatusCode::FORBIDDEN, false)
                .unwrap_or_else(IntoResponse::into_response)),
        }
    };
    answered(&visitor, result.await)
}

/// `POST /review/sign-out`.
pub async fn sign_out(State(app): State<Arc<App>>, Extension(visitor): Extension<Visitor>) -> Response {
    let result = async {
        let desk = open(&app)?;
        if let Some(token) = visitor.token.clone() {
            desk.store.write(move |database| people::sign_out(database, &token)).await?;
        }
        let mut response = Redirect::to("/review/sign-in").into_response();
        set_cookie(desk, &mut response, SESSION, "", 0);
        Ok(response)
    };
    answered(&visitor, result.await)
}

/// `POST /review/language`.
pub async fn language(State(app): State<Arc<App>>, Extension(fields): Extension<Fields>) -> Response {
    // Only back to a page of the desk.
    let to = Some(fields.get("to")).filter(|to| to.starts_with("/review") && !to.contains(['\\', '\n', '\r']));
    let mut response = Redirect::to(to.unwrap_or("/review")).into_response();
    if let (Ok(desk), Some(_)) = (open(&app), Language::of(fields.get("language"))) {
        set_cookie(desk, &mut response, LANGUAGE, fields.get("language"), YEAR);
    }
    response
}

/// `GET /review/account`.
pub async fn account_page(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    account(&app, &visitor, &fields, StatusCode::OK).await
}

async fn account(app: &App, visitor: &Visitor, fields: &Fields, status: StatusCode) -> Response {
    let result = async {
        let mut f = frame(visitor, fields, visitor.language.words().account);
        f.to = "/review/account".to_owned();
        let f = open(app)?.store.read(move |database| f.with_queues(database, None)).await?;
        Ok(page(status, &AccountPage { f, is_wrong: status != StatusCode::OK }))
    };
    answered(visitor, result.await)
}

/// `POST /review/account`: another password. All sessions of the person end.
pub async fn change_password(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let new = fields.get("new").to_owned();
    let name = visitor.person.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    let result = async {
        let desk = open(&app)?;
        if people::check_password(&new).is_err() {
            return Ok(None);
        }
        let old = fields.get("old").to_owned();
        if matches!(desk.sign_in(name.clone(), old, visitor.token.clone()).await?, SignIn::Wrong) {
            return Ok(None);
        }
        let hash = tokio::task::spawn_blocking(move || people::hash(&new)).await??;
        desk.store.write(move |database| people::set_own_password(database, &name, &hash)).await?;
        Ok(Some(Redirect::to("/review/sign-in?changed=1").into_response()))
    };
    match result.await {
        Ok(Some(response)) => response,
        Ok(None) => account(&app, &visitor, &fields, StatusCode::FORBIDDEN).await,
        Err(error) => answered(&visitor, Err(error)),
    }
}
