//! Files that leave the desk: labels to learn from, criticism for the editors, the audit log.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use naqd::internal::io::{Dialect, ExcelDelimiter, Form};
use rusqlite::Connection;

use crate::app::App;
use crate::desk::audit::{self, Entry};
use crate::desk::routes::{answered, open};
use crate::desk::visitor::Visitor;
use crate::desk::{DeskError, store};
use crate::export::export;
use crate::moment;

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

/// Writes a file into memory and sends it; that somebody did is in the audit log.
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
        let read = move |database: &Connection| {
            let mut bytes = Vec::new();
            write(database, &mut bytes).map_err(DeskError::Database)?;
            Ok(bytes)
        };
        let bytes = store.read(read).await?;
        let file = format!("attachment; filename=\"{name}.csv\"");
        Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, &file)], bytes)
            .into_response())
    };
    answered(visitor, result.await)
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
