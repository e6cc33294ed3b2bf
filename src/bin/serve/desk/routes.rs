//! The routes of the desk. Each comes by `visitor::admit`: there is a person, and a form has its secret.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use crate::answer::json_text;
use crate::app::App;
use crate::body::{Admitted, Key};
use crate::desk::assets::{ASSETS, asset};
use crate::desk::decide::{self, Bulk, Choice};
use crate::desk::form::{Fields, encoded};
use crate::desk::pages::{self, CardPage, Frame, OthersPage, QueuePage, page};
use crate::desk::people::Role;
use crate::desk::queue::{self, Queue, Seek};
use crate::desk::visitor::{self, Visitor, at_least};
use crate::desk::{Desk, DeskError, audit, back, card, downloads, entrance, intake, learning};
use crate::error::ApiError;
use crate::feedback;

/// Actions that the activity page shows.
const LATEST: u32 = 200;

/// All routes of the desk.
pub fn router(app: Arc<App>) -> Router<Arc<App>> {
    let editors = Router::new()
        .route("/review/labels.csv", get(downloads::labels))
        .route("/review/criticism.csv", get(downloads::criticism))
        .route_layer(from_fn(|request, next| at_least(Role::Editor, request, next)));
    let admins = Router::new()
        .route("/review/audit.csv", get(downloads::audit_log))
        .route("/review/delete", post(delete))
        .route_layer(from_fn(|request, next| at_least(Role::Admin, request, next)));
    Router::new()
        .route("/review", get(home))
        .route("/review/asset/{name}", get(asset))
        .route("/review/sign-in", get(entrance::sign_in_page).post(entrance::sign_in))
        .route("/review/sign-out", post(entrance::sign_out))
        .route("/review/language", post(entrance::language))
        .route("/review/account", get(entrance::account_page).post(entrance::change_password))
        .route("/review/queue/{queue}", get(queue_page))
        .route("/review/next/{queue}", get(next))
        .route("/review/comment/{n}", get(card_page).post(act))
        .route("/review/undo", post(undo))
        .route("/review/bulk", get(bulk_page).post(bulk))
        .route("/review/others", get(others))
        .route("/review/learning", get(learning::page))
        .merge(editors)
        .merge(admins)
        .layer(from_fn_with_state(app, visitor::admit))
}

/// A frame with the notice that the address tells.
pub fn frame(visitor: &Visitor, fields: &Fields, title: &str) -> Frame {
    Frame::new(visitor, title, ASSETS.addresses()).with_done(fields.get("done"))
}

/// An answer, or the page about the error.
pub fn answered(visitor: &Visitor, result: Result<Response, DeskError>) -> Response {
    result.unwrap_or_else(|error| pages::failed(visitor, &error))
}

/// The desk of a request; the middleware has seen to it that there is one.
pub fn open(app: &App) -> Result<&Desk, DeskError> {
    app.desk.as_ref().ok_or(DeskError::Busy)
}

/// `GET /review`: the most urgent queue that has something.
async fn home(State(app): State<Arc<App>>, Extension(visitor): Extension<Visitor>) -> Response {
    let result = async {
        let first = open(&app)?.store.read(|database| {
            for queue in Queue::ALL {
                if queue.count(database)? > 0 {
                    return Ok(queue);
                }
            }
            Ok(Queue::Held)
        });
        Ok(Redirect::to(&format!("/review/queue/{}", first.await?.name())).into_response())
    };
    answered(&visitor, result.await)
}

/// `GET /review/queue/QUEUE`, `?after=N`.
async fn queue_page(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
    Path(name): Path<String>,
) -> Response {
    let result = async {
        let queue = Queue::of(&name).ok_or(DeskError::Gone)?;
        let (after, who) = (fields.number("after").unwrap_or(0), visitor.person()?.name);
        let words = visitor.language.words();
        let mut f = frame(&visitor, &fields, words.named(queue.name()));
        f.to = format!("/review/queue/{}", queue.name());
        let read = move |database: &rusqlite::Connection| {
            Ok((f.with_queues(database, Some(queue))?, queue::page(database, queue, after, &who)?))
        };
        let (f, mut rows) = open(&app)?.store.read(read).await?;
        let more = rows.len() > queue::PAGE;
        rows.truncate(queue::PAGE);
        let more_after = rows.last().map(|row| row.n).filter(|_| more);
        let help = match queue {
            Queue::Threats => words.threats_help,
            Queue::Held => words.held_help,
            Queue::Criticism => words.criticism_help,
            Queue::Spots => words.spots_help,
        };
        Ok(page(StatusCode::OK, &QueuePage { f, queue, help, rows, more_after, is_first: after == 0 }))
    };
    answered(&visitor, result.await)
}

/// Address of the next comment of a queue.
fn next_of(queue: Queue, after: i64, done: &str) -> Redirect {
    Redirect::to(&format!("/review/next/{}?after={after}&done={done}", queue.name()))
}

/// `GET /review/next/QUEUE`, `?after=N` or `?before=N`: gives the person the next comment.
async fn next(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
    Path(name): Path<String>,
) -> Response {
    let result = async {
        let queue = Queue::of(&name).ok_or(DeskError::Gone)?;
        let who = visitor.person()?.name;
        let seek = match fields.number("before") {
            Some(number) => Seek::Before(number),
            None => Seek::After(fields.number("after").unwrap_or(0)),
        };
        let found = open(&app)?.store.write(move |database| {
            match queue::claim_next(database, queue, seek, &who)? {
                // From the beginning again: what was left for others may have come back.
                None if seek != Seek::After(0) => queue::claim_next(database, queue, Seek::After(0), &who),
                found => Ok(found),
            }
        });
        let done = encoded(fields.get("done"));
        Ok(match found.await? {
            Some(n) => Redirect::to(&format!("/review/comment/{n}?queue={}&done={done}", queue.name())),
            None => {
                let done = if done.is_empty() { "empty" } else { &done };
                Redirect::to(&format!("/review/queue/{}?done={done}", queue.name()))
            }
        }
        .into_response())
    };
    answered(&visitor, result.await)
}

/// `GET /review/comment/N`: the card; whoever opens it has it for two minutes.
async fn card_page(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
    Path(n): Path<i64>,
) -> Response {
    let result = async {
        let person = visitor.person()?;
        let queue = Queue::of(fields.get("queue")).unwrap_or(Queue::Held);
        let desk = open(&app)?;
        let who = person.name.clone();
        desk.store.write(move |database| queue::claim(database, n, &who)).await?;
        let words = visitor.language.words();
        let mut f = frame(&visitor, &fields, &crate::desk::words::fill(words.comment_number, &[&n.to_string()]));
        f.to = format!("/review/comment/{n}?queue={}", queue.name());
        let who = person.name.clone();
        let read = move |database: &rusqlite::Connection| {
            let comment = queue::comment(database, n, &who)?;
            let (earlier, waits) = match comment.author.as_str() {
                "" => (Vec::new(), 0),
                author => queue::history(database, author, n)?,
            };
            let deeds = audit::of_comment(database, n)?;
            Ok((f.with_queues(database, Some(queue))?, comment, earlier, waits, deeds))
        };
        let (f, comment, earlier, author_waits, deeds) = desk.store.read(read).await?;
        let (engine, language) = (app.engine(), visitor.language);
        let text = comment.text.clone();
        let explaining = engine.clone();
        let explained = tokio::task::spawn_blocking(move || card::explain(&explaining, &text, language)).await?;
        let is_open = match queue {
            Queue::Spots => comment.label.is_empty(),
            Queue::Criticism => comment.decision.is_empty() && comment.waiting,
            _ => comment.decision.is_empty(),
        };
        let is_free = comment.claimed_by.is_none();
        Ok(page(
            StatusCode::OK,
            &CardPage {
                reasons: card::reasons(&comment, language),
                may_decide: is_open && is_free,
                may_replace: !is_open
                    && is_free
                    && (decide::may_overrule(person.role) || comment.decided_by == person.name),
                classes: engine.classifier.classes().to_vec(),
                kinds: naqd::AbuseKind::ALL.map(naqd::AbuseKind::as_str).to_vec(),
                f,
                queue,
                comment,
                explained,
                earlier,
                author_waits,
                deeds,
            },
        ))
    };
    answered(&visitor, result.await)
}

/// `POST /review/comment/N`: publish, reject, label, skip, mark as read, or keep open.
async fn act(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
    Path(n): Path<i64>,
) -> Response {
    let result = async {
        let person = visitor.person()?;
        let queue = Queue::of(fields.get("queue")).unwrap_or(Queue::Held);
        let (store, who) = (&open(&app)?.store, person.name.clone());
        let done = match fields.get("act") {
            "claim" => {
                let has = store.write(move |database| queue::claim(database, n, &who)).await?;
                return Ok(if has { StatusCode::NO_CONTENT } else { StatusCode::CONFLICT }.into_response());
            }
            "skip" => store.write(move |database| decide::skip(database, n, &who)).await.map(|()| "skip"),
            "read" => store.write(move |database| decide::read(database, n, &who)).await.map(|()| "read"),
            _ => {
                let Some(mut choice) = Choice::of(&app.engine(), &fields) else {
                    let words = visitor.language.words();
                    return Ok(pages::problem(&visitor, StatusCode::BAD_REQUEST, words.problem_bad));
                };
                let done = choice.decision.unwrap_or("label");
                let may_overrule = decide::may_overrule(person.role);
                let decided = store.write(move |database| {
                    let own = queue::comment(database, n, &who)?.decided_by == who;
                    choice.again &= may_overrule || own;
                    decide::decide(database, n, &who, &choice, audit::new_batch(database)?)
                });
                decided.await.map(|outcome| {
                    back::tell(&app, outcome.as_slice());
                    done
                })
            }
        };
        match done {
            Ok(done) => Ok(next_of(queue, n, done).into_response()),
            // The next one is of more use than a page about that; a program is told.
            Err(DeskError::Taken(_)) if fields.get("stay").is_empty() => Ok(next_of(queue, n, "taken").into_response()),
            Err(DeskError::Edited) if fields.get("stay").is_empty() => Ok(next_of(queue, n, "edited").into_response()),
            Err(error) => Err(error),
        }
    };
    answered(&visitor, result.await)
}

/// `POST /review/undo`: the person's last action.
async fn undo(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let result = async {
        let who = visitor.person()?.name;
        let (comments, outcomes) = open(&app)?.store.write(move |database| decide::undo(database, &who)).await?;
        back::tell(&app, &outcomes);
        let queue = Queue::of(fields.get("queue")).unwrap_or(Queue::Held).name();
        Ok(match comments[..] {
            [n] => Redirect::to(&format!("/review/comment/{n}?queue={queue}&done=undo")),
            [] => Redirect::to(&format!("/review/queue/{queue}?done=changed")),
            _ => Redirect::to(&format!("/review/queue/{queue}?done=undo")),
        }
        .into_response())
    };
    answered(&visitor, result.await)
}

/// `GET /review/bulk?author=A` or `?rule=R`: how many comments one decision would be for.
async fn bulk_page(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let result = async {
        let (bulk, who) = (Bulk::of(&fields).ok_or(DeskError::Gone)?, visitor.person()?.name);
        let words = visitor.language.words();
        let f = frame(&visitor, &fields, words.bulk);
        let (text, name) = match bulk {
            Bulk::Author(_) => (words.bulk_author, "author"),
            Bulk::Rule(_) => (words.bulk_rule, "rule"),
        };
        let title = f.fill(text, f.plain(bulk.value()));
        let by = (name, bulk.value().to_owned());
        let read =
            move |database: &rusqlite::Connection| Ok((f.with_queues(database, None)?, bulk.comments(database, &who)?));
        let (f, comments) = open(&app)?.store.read(read).await?;
        let (count, told) = (comments.len(), decide::digest(&comments));
        Ok(page(StatusCode::OK, &pages::BulkPage { f, title, by, count, told }))
    };
    answered(&visitor, result.await)
}

/// `POST /review/bulk`: one decision on all of them.
async fn bulk(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let result = async {
        let (bulk, who) = (Bulk::of(&fields).ok_or(DeskError::Gone)?, visitor.person()?.name);
        let told = fields.get("told").to_owned();
        let choice = Choice::of(&app.engine(), &fields).filter(|choice| choice.decision.is_some());
        let choice = Choice { again: false, ..choice.ok_or(DeskError::Changed)? };
        let outcomes = decide::decide_all(&open(&app)?.store, bulk, told, who, choice).await?;
        back::tell(&app, &outcomes);
        Ok(Redirect::to("/review/queue/held?done=bulk").into_response())
    };
    answered(&visitor, result.await)
}

/// `GET /review/others`: what people have done.
async fn others(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let result = async {
        let mut f = frame(&visitor, &fields, visitor.language.words().others);
        f.to = "/review/others".to_owned();
        let read = move |database: &rusqlite::Connection| {
            Ok(OthersPage { f: f.with_queues(database, None)?, deeds: audit::latest(database, LATEST)? })
        };
        Ok(page(StatusCode::OK, &open(&app)?.store.read(read).await?))
    };
    answered(&visitor, result.await)
}

/// `POST /review/delete`: all that is kept of a comment, or of an author.
async fn delete(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let result = async {
        let part = |name| Some(fields.get(name).trim().to_owned()).filter(|value| !value.is_empty());
        if part("id").is_none() && part("author").is_none() {
            return Ok(pages::problem(&visitor, StatusCode::BAD_REQUEST, visitor.language.words().problem_bad));
        }
        forget_all(&app, visitor.person()?.name, part("id"), part("author")).await?;
        Ok(Redirect::to("/review/learning?done=delete").into_response())
    };
    answered(&visitor, result.await)
}

/// Deletes comments from the desk, if there is one, and from the feedback; returns the numbers of both.
async fn forget_all(
    app: &App,
    who: String,
    id: Option<String>,
    author: Option<String>,
) -> Result<(usize, usize), DeskError> {
    // The desk last: it is what knows which rows of feedback are meant, if it has to be tried again.
    let found = match &app.desk {
        None => intake::Forgotten { ids: id.iter().cloned().collect(), ..intake::Forgotten::default() },
        Some(desk) => {
            let (id, author) = (id.clone(), author.clone());
            let find =
                move |database: &rusqlite::Connection| intake::to_forget(database, id.as_deref(), author.as_deref());
            desk.store.read(find).await?
        }
    };
    let rows = match app.settings.feedback.clone() {
        None => 0,
        Some(path) => {
            let forget = move || feedback::forget(&path, &found.ids, &found.texts);
            tokio::task::spawn_blocking(forget).await?.map_err(DeskError::Database)?
        }
    };
    let Some(desk) = &app.desk else { return Ok((0, rows)) };
    let forget =
        move |database: &rusqlite::Connection| intake::forget(database, &who, id.as_deref(), author.as_deref());
    let forgotten = desk.store.write(forget).await?;
    desk.write_back().await?;
    Ok((forgotten.comments, rows))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forget {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    author: Option<String>,
}

/// `POST /v1/forget`: the same for programs, by `id` or `author`; without a desk by `id`, from the feedback alone.
pub async fn forget(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    if app.desk.is_none() && app.settings.feedback.is_none() {
        return Err(ApiError::off("Nothing is kept: naqd-serve runs with neither --review FILE nor --feedback FILE."));
    }
    let received = Admitted::new(&app, request, Key::ToKeep(ApiError::forbidden))?.receive().await?;
    let Forget { id, author } = received.json()?;
    let given = |value: &Option<String>| value.as_deref().is_some_and(|value| !value.trim().is_empty());
    if !given(&id) && !given(&author) {
        return Err(ApiError::invalid("Expected id or author."));
    }
    if app.desk.is_none() && !given(&id) {
        return Err(ApiError::invalid("Expected id: without a review desk nobody knows what an author has written."));
    }
    let (comments, rows) = forget_all(&app, "(key)".to_owned(), id, author).await?;
    let mut answer = json_text(json!({ "comments": comments, "feedback": rows }).to_string());
    answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(answer)
}
