//! Files that leave the desk: labels to learn from, criticism for the editors, the audit log.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::channel::Channel;
use naqd::internal::io::{Dialect, ExcelDelimiter, Form};
use rusqlite::Connection;

use crate::app::App;
use crate::desk::audit::{self, Entry};
use crate::desk::routes::{answered, open};
use crate::desk::visitor::Visitor;
use crate::desk::{DeskError, store};
use crate::export::export;
use crate::moment;

/// Size of the pieces that a file is sent in, in bytes.
const PIECE: usize = 64 << 10;

/// `GET /review/labels.csv`: as naqd-train reads them.
pub async fn labels(State(app): State<Arc<App>>, Extension(visitor): Extension<Visitor>) -> Response {
    let form = Form::of(Dialect::default());
    download(&app, &visitor, "labels", move |database, out| write_labels(database, form, out)).await
}

/// `GET /review/criticism.csv`: for people, who open it in a spreadsheet.
pub async fn criticism(State(app): State<Arc<App>>, Extension(visitor): Extension<Visitor>) -> Response {
    let form = Form::excel(ExcelDelimiter::Comma, b',');
    download(&app, &visitor, "criticism", move |database, out| write_criticism(database, form, out)).await
}

/// `GET /review/audit.csv`.
pub async fn audit_log(State(app): State<Arc<App>>, Extension(visitor): Extension<Visitor>) -> Response {
    let form = Form::of(Dialect::default());
    download(&app, &visitor, "audit", move |database, out| audit::export(database, form, out)).await
}

/// Writes a file on the disk and sends it from there, piece by piece: it may be as large as the desk, and who asked may be slow to
/// read. That somebody did is in the audit log.
async fn download(
    app: &App,
    visitor: &Visitor,
    name: &'static str,
    write: impl FnOnce(&Connection, &mut dyn Write) -> Result<u64, String> + Send + 'static,
) -> Response {
    let result = async {
        let (store, who) = (&open(app)?.store, visitor.person()?.name);
        let note = move |database: &Connection| {
            audit::add(database, &Entry { who: &who, act: "export", why: Some(name), ..Entry::default() })
        };
        store.write(note).await?;
        let full = |error: std::io::Error| DeskError::Database(format!("no room for the file to send: {error}"));
        let mut file = store.temporary().map_err(full)?;
        let read = move |database: &Connection| {
            write(database, &mut BufWriter::new(&mut file)).map_err(DeskError::Database)?;
            file.rewind().map_err(full)?;
            Ok(file)
        };
        let body = pieces(store.read(read).await?);
        let named = format!("attachment; filename=\"{name}.csv\"");
        Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, &named)], body)
            .into_response())
    };
    answered(visitor, result.await)
}

/// A file as a body, read as it is sent.
fn pieces(mut file: File) -> Body {
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    tokio::spawn(async move {
        loop {
            let read = tokio::task::spawn_blocking(move || {
                let mut piece = vec![0; PIECE];
                let length = file.read(&mut piece)?;
                piece.truncate(length);
                Ok((file, piece))
            });
            match read.await.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
                Ok((_, piece)) if piece.is_empty() => break,
                Ok((rest, piece)) => {
                    file = rest;
                    // Whoever asked is gone.
                    if sender.send_data(piece.into()).await.is_err() {
                        break;
                    }
                }
                Err(error) => {
                    sender.abort(error);
                    break;
                }
            }
        }
    });
    Body::new(body)
}

/// Writes rows of text under names.
fn rows(
    database: &Connection,
    form: Form,
    names: &[&str],
    sql: &str,
    times: &[usize],
    out: &mut dyn Write,
) -> Result<u64, String> {
    export(database, form, names, sql, out, |row, csv| {
        for column in 0..names.len() {
            if times.contains(&column) {
                csv.field(row.get::<_, Option<i64>>(column)?.map_or(String::new(), moment::of_millis));
            } else {
                csv.field(row.get::<_, Option<String>>(column)?.unwrap_or_default());
            }
        }
        Ok(())
    })
}

/// Writes the labels of people as CSV, oldest first, each with the probability with which its comment was drawn; none where it
/// was chosen for what it is. Returns the number of rows.
///
/// # Errors
/// The file cannot be read, or the output not written.
pub fn write_labels(database: &Connection, form: Form, out: &mut dyn Write) -> Result<u64, String> {
    let names = [
        "text",
        "label",
        "kinds",
        "sampling",
        "received",
        "source",
        "id",
        "decision",
        "why",
        "decided_by",
        "decided_at",
        "action",
        "model",
    ];
    let sql = "SELECT text, label, kinds, CAST(sampling AS TEXT), received, 'review', id, decision, why, decided_by, decided_at,
            action, model
         FROM comments WHERE label IS NOT NULL ORDER BY decided_at, n";
    rows(database, form, &names, sql, &[4, 10], out)
}

/// Writes criticism for the editors as CSV, newest first.
fn write_criticism(database: &Connection, form: Form, out: &mut dyn Write) -> Result<u64, String> {
    let names = ["comment", "author", "story", "link", "time", "received", "id", "decision", "read_by", "read_at"];
    let sql = "SELECT text, author, story, link, time, received, id, decision, read_by, read_at
         FROM comments WHERE editors = 1 ORDER BY n DESC LIMIT 20000";
    rows(database, form, &names, sql, &[5, 9], out)
}

/// Writes the labels of a file, for the command line.
///
/// # Errors
/// As above.
pub fn write_labels_of(path: &Path, form: Form, out: &mut dyn Write) -> Result<u64, String> {
    write_labels(&store::existing(path)?, form, out)
}
