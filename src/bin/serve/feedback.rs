//! Feedback: labels that moderators gave, in an SQLite file. Written to the disk before the answer, each comment once.
//!
//! One thread writes. It takes all requests that wait into one transaction, so that a hundred clients share one
//! write to the disk.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use naqd::internal::io::Form;
use rusqlite::{Connection, OpenFlags, params};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot};

use crate::files::{self, GONE, Opened, with_end};
use crate::moment;

/// Version of the table, kept in the file.
const VERSION: i32 = 2;
/// Maximum number of requests that wait for the disk; others are told to come back.
const MAX_WAITING: usize = 4096;
/// Maximum number of requests in one transaction.
const MAX_BATCH: usize = 512;
/// Source of feedback that repeats naqd's own decision: it is kept, and not exported.
pub const OWN: &str = "naqd";

/// A comment with its label.
#[derive(Clone, Debug)]
pub struct Row {
    pub text: String,
    /// As in a CSV file that naqd-train reads: `abusive`, or `critical|neutral`.
    pub label: String,
    /// Name of the route that it came by.
    pub source: &'static str,
    /// The sender's name for the comment.
    pub id: Option<String>,
    /// Number of the key that it came with.
    pub key: Option<u32>,
}

/// Counts of what became of rows.
#[derive(Clone, Copy, Default, Debug)]
pub struct Stored {
    /// New, or with another label than before.
    pub stored: usize,
    /// There already, with the same label.
    pub known: usize,
}

struct Job {
    rows: Vec<Row>,
    done: oneshot::Sender<Result<Stored, String>>,
}

/// Sender to the thread that writes.
pub struct Feedback {
    sender: mpsc::Sender<Job>,
    path: PathBuf,
    /// The database and its log.
    files: Opened,
}

impl Feedback {
    /// Opens the file, or makes it, and starts the thread; to be joined when the feedback is dropped, since it is only
    /// with the end of the thread that all rows stand in the file itself and not in its log.
    ///
    /// # Errors
    /// It cannot be opened or is not naqd's.
    pub fn open(path: &Path) -> Result<(Feedback, JoinHandle<()>), String> {
        let fail = |error: rusqlite::Error| format!("{}: {error}", path.display());
        new_file(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut database = Connection::open(path).map_err(fail)?;
        prepare(&database).map_err(|error| format!("{}: {error}", path.display()))?;
        let files = Opened::of([path.to_owned(), with_end(path, "-wal")]);
        let opened = files.clone();
        let (sender, mut jobs) = mpsc::channel(MAX_WAITING);
        let thread = std::thread::Builder::new().name("feedback".to_owned()).spawn(move || {
            let mut batch = Vec::with_capacity(MAX_BATCH);
            while jobs.blocking_recv_many(&mut batch, MAX_BATCH) > 0 {
                write(&mut database, &opened, &mut batch);
            }
        });
        Ok((Feedback { sender, path: path.to_owned(), files }, thread.map_err(|error| error.to_string())?))
    }

    /// Keeps rows, all or none; returns when they are on the disk.
    ///
    /// # Errors
    /// They could not be written, or too many wait already.
    pub async fn store(&self, rows: Vec<Row>) -> Result<Stored, String> {
        let (done, answer) = oneshot::channel();
        self.sender.try_send(Job { rows, done }).map_err(|_| "too many wait for the disk".to_owned())?;
        answer.await.map_err(|_| "the writer has ended".to_owned())?
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Feedback can be stored.
    pub fn is_ready(&self) -> bool {
        !self.sender.is_closed() && self.files.are_there()
    }
}

/// Makes the file if there is none, for its owner alone. SQLite gives its log the permissions of the database.
fn new_file(path: &Path) -> std::io::Result<()> {
    match files::for_owner(std::fs::OpenOptions::new().write(true).create_new(true)).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn prepare(database: &Connection) -> Result<(), String> {
    let say = |error: rusqlite::Error| error.to_string();
    database.busy_timeout(Duration::from_secs(5)).map_err(say)?;
    // The log is synced at every commit: what was acknowledged survives a crash of the machine too.
    database.pragma_update(None, "journal_mode", "WAL").map_err(say)?;
    database.pragma_update(None, "synchronous", "FULL").map_err(say)?;
    // Also of a row that is changed no copy stays that would outlive its deletion.
    database.pragma_update(None, "secure_delete", true).map_err(say)?;
    let version: i32 = database.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(say)?;
    let tables: i64 = database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(say)?;
    if version == 1 {
        // Version 2 tells the key that a row came with.
        let migration = format!(
            "BEGIN IMMEDIATE; ALTER TABLE feedback ADD COLUMN by_key INTEGER; PRAGMA user_version = {VERSION}; COMMIT;"
        );
        database.execute_batch(&migration).map_err(say)?;
    } else if version != VERSION && (version != 0 || tables != 0) {
        return Err(format!("table version {version}, expected {VERSION}: not written by this naqd-serve"));
    }
    let table = format!(
        "CREATE TABLE IF NOT EXISTS feedback (
            key BLOB PRIMARY KEY,
            text TEXT NOT NULL,
            label TEXT NOT NULL,
            source TEXT NOT NULL,
            id TEXT,
            received TEXT NOT NULL,
            by_key INTEGER
        );
        PRAGMA user_version = {VERSION};"
    );
    database.execute_batch(&table).map_err(say)
}

/// Writes what waits in one transaction and tells those who wait.
fn write(database: &mut Connection, files: &Opened, jobs: &mut Vec<Job>) {
    let result = transaction(database, jobs).map_err(|error| error.to_string()).and_then(|stored| {
        // After the commit, so that nothing is acknowledged that went into a file that was taken away meanwhile.
        if files.are_there() { Ok(stored) } else { Err(GONE.to_owned()) }
    });
    match result {
        Ok(stored) => jobs.drain(..).zip(stored).for_each(|(job, stored)| _ = job.done.send(Ok(stored))),
        Err(error) => jobs.drain(..).for_each(|job| _ = job.done.send(Err(error.clone()))),
    }
}

fn transaction(database: &mut Connection, jobs: &[Job]) -> rusqlite::Result<Vec<Stored>> {
    let received = moment::now();
    let transaction = database.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut all = Vec::with_capacity(jobs.len());
    {
        // A moderator may think again: the last label counts.
        let mut insert = transaction.prepare_cached(
            "INSERT INTO feedback (key, text, label, source, id, received, by_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (key) DO UPDATE SET label = excluded.label, source = excluded.source,
                received = excluded.received, by_key = excluded.by_key
             WHERE excluded.source <> ?8 AND (label <> excluded.label OR source = ?8)",
        )?;
        for job in jobs {
            let mut stored = Stored::default();
            for row in &job.rows {
                match insert.execute(params![
                    &key(row.id.as_deref().unwrap_or(""), &row.text).finalize()[..],
                    row.text,
                    row.label,
                    row.source,
                    row.id,
                    received,
                    row.key,
                    OWN
                ])? {
                    0 => stored.known += 1,
                    _ => stored.stored += 1,
                }
            }
            all.push(stored);
        }
    }
    transaction.commit()?;
    Ok(all)
}

/// Hash that a comment is known by when it comes again: of identifier and text. The identifier alone would not do: some clients
/// send the same token with every comment, and comments are edited.
pub fn key(id: &str, text: &str) -> Sha256 {
    Sha256::new().chain_update(id).chain_update([0]).chain_update(text)
}

/// Deletes the rows of comments by the sender's names for them, and those with one of the texts; returns their number. The server
/// may run meanwhile.
///
/// # Errors
/// The file is not there or cannot be written.
pub fn forget(path: &Path, ids: &[String], texts: &[String]) -> Result<usize, String> {
    let fail = |error: String| format!("{}: {error}", path.display());
    let say = |error: rusqlite::Error| error.to_string();
    if !path.is_file() {
        return Err(fail("no such file".to_owned()));
    }
    let mut database = Connection::open(path).map_err(|error| fail(error.to_string()))?;
    prepare(&database).map_err(fail)?;
    let mut delete = || -> rusqlite::Result<usize> {
        let transaction = database.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut deleted = 0;
        for (column, values) in [("id", ids), ("text", texts)] {
            let mut delete = transaction.prepare(&format!("DELETE FROM feedback WHERE {column} = ?1"))?;
            for value in values {
                deleted += delete.execute([value])?;
            }
        }
        transaction.commit()?;
        database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(deleted)
    };
    delete().map_err(say).map_err(fail)
}

/// Writes the rows of the file as labelled CSV in a form, oldest first; the same text with the same label once. Returns their
/// number. The server may run meanwhile.
///
/// # Errors
/// The file cannot be read, or the output not written.
pub fn export(path: &Path, form: Form, out: &mut dyn Write) -> Result<u64, String> {
    let fail = |error: String| format!("{}: {error}", path.display());
    if !path.is_file() {
        return Err(fail("no such file".to_owned()));
    }
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE);
    let database = database.map_err(|error| fail(error.to_string()))?;
    prepare(&database).map_err(fail)?;
    let sql = "SELECT text, label, received, source, ifnull(id, ''), ifnull(CAST(by_key AS TEXT), ''), min(rowid) AS first FROM feedback
             WHERE source <> 'naqd' GROUP BY text, label ORDER BY first";
    let names = ["text", "label", "received", "source", "id", "key"];
    crate::export::export(&database, form, &names, sql, out, |row, csv| {
        for column in 0..names.len() {
            csv.field(row.get_ref(column)?.as_str()?);
        }
        Ok(())
    })
}
