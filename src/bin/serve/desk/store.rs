//! The file of the desk: an SQLite database, with one thread that writes and a few connections that read.
//!
//! The thread takes all work that waits into one transaction, each piece in a savepoint of its own, so that many clients
//! share one write to the disk. Nobody is answered before what he asked for is on the disk.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::desk::DeskError;
use crate::files::{self, GONE, Opened, inode};

/// Steps from each version of the tables to the next; a file has the number of its version.
const MIGRATIONS: [&str; 3] = [include_str!("schema.sql"), include_str!("schema-2.sql"), include_str!("schema-3.sql")];
/// Version of the tables.
pub const VERSION: usize = MIGRATIONS.len();
/// Mark of the file, so that no other SQLite file is taken for one: `nqrv`.
const APPLICATION: i32 = 0x6e71_7276;
/// Maximum number of pieces of work that wait for the disk; others are told to come back.
const MAX_WAITING: usize = 4096;
/// Maximum number of pieces in one transaction.
const MAX_BATCH: usize = 512;
/// Connections that read and are kept.
const READERS: usize = 4;
/// Work in its savepoint.
trait Task: Send {
    /// Does it, and keeps the result.
    fn run(&mut self, database: &Connection);
    /// Tells the result, or that the transaction could not be written.
    fn end(self: Box<Self>, written: &Result<(), String>);
}

struct Piece<T, F> {
    work: Option<F>,
    result: Option<Result<T, DeskError>>,
    done: oneshot::Sender<Result<T, DeskError>>,
}

impl<T: Send, F: FnOnce(&Connection) -> Result<T, DeskError> + Send> Task for Piece<T, F> {
    fn run(&mut self, database: &Connection) {
        let Some(work) = self.work.take() else { return };
        let result = database.execute_batch("SAVEPOINT piece").map_err(DeskError::from).and_then(|()| work(database));
        let end = if result.is_ok() { "RELEASE piece" } else { "ROLLBACK TO piece; RELEASE piece" };
        let ended = database.execute_batch(end).map_err(DeskError::from);
        self.result = Some(result.and_then(|value| ended.map(|()| value)));
    }

    fn end(self: Box<Self>, written: &Result<(), String>) {
        let lost = || Err(DeskError::Database("the work was not done".to_owned()));
        let result = match written {
            Ok(()) => self.result.unwrap_or_else(lost),
            Err(error) => Err(DeskError::Database(error.clone())),
        };
        let _ = self.done.send(result);
    }
}

/// The open file.
#[derive(Clone)]
pub struct Store {
    sender: mpsc::Sender<Box<dyn Task>>,
    readers: Arc<Mutex<Vec<Connection>>>,
    path: PathBuf,
    /// The file; its log comes with the first write.
    opened: Opened,
}

impl Store {
    /// Opens the file, or makes it, brings its tables to the present version and starts the thread; to be joined when the
    /// store is dropped.
    ///
    /// # Errors
    /// It cannot be opened or is not a desk's.
    pub fn open(path: &Path) -> Result<(Store, JoinHandle<()>), String> {
        let database = connect(path)?;
        let opened = Opened::of([path.to_owned()]);
        let file = opened.clone();
        let (sender, mut tasks) = mpsc::channel::<Box<dyn Task>>(MAX_WAITING);
        let thread = std::thread::Builder::new().name("desk".to_owned()).spawn(move || {
            let mut batch = Vec::with_capacity(MAX_BATCH);
            while tasks.blocking_recv_many(&mut batch, MAX_BATCH) > 0 {
                let written = transaction(&database, &mut batch).map_err(|error| error.to_string());
                if let Err(error) = &written {
                    let _ = database.execute_batch("ROLLBACK");
                    tracing::error!(%error, "desk: not written");
                }
                // After the commit, so that nothing is acknowledged that went into a file that was taken away meanwhile.
                let written = written.and_then(|()| if file.are_there() { Ok(()) } else { Err(GONE.to_owned()) });
                batch.drain(..).for_each(|task| task.end(&written));
            }
        });
        let store = Store { sender, readers: Arc::default(), path: path.to_owned(), opened };
        Ok((store, thread.map_err(|error| error.to_string())?))
    }

    /// Does work that writes; returns when it is on the disk.
    ///
    /// # Errors
    /// Those of the work; or it could not be written.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let (done, answer) = oneshot::channel();
        let piece = Piece { work: Some(work), result: None, done };
        self.sender.try_send(Box::new(piece)).map_err(|_| DeskError::Busy)?;
        answer.await.map_err(|_| DeskError::Busy)?
    }

    /// Does work that only reads, on a thread of its own.
    ///
    /// # Errors
    /// Those of the work; or the file could not be read.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let store = self.clone();
        let read = move || {
            let kept = store.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reader = match kept {
                Some(reader) => reader,
                None => reader(&store.path).map_err(DeskError::Database)?,
            };
            let result = work(&reader);
            let mut readers = store.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < READERS {
                readers.push(reader);
            }
            result
        };
        tokio::task::spawn_blocking(read).await?
    }

    /// Temporary file on the disk of the desk, without a name.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn temporary(&self) -> std::io::Result<std::fs::File> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        tempfile::tempfile_in(folder.unwrap_or(Path::new(".")))
    }

    /// The file is where it was opened.
    pub fn is_ready(&self) -> bool {
        !self.sender.is_closed() && self.opened.are_there()
    }

    /// Writes the log of the database back into its file and empties it: what was deleted stands in it until then. False if
    /// somebody who reads kept it from that.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub async fn write_back(&self) -> Result<bool, DeskError> {
        let path = self.path.clone();
        let work = move || write_back(&connect(&path)?);
        tokio::task::spawn_blocking(work).await?.map_err(DeskError::Database)
    }
}

/// The same with an open file.
///
/// # Errors
/// The file cannot be written.
pub fn write_back(database: &Connection) -> Result<bool, String> {
    let busy = database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    busy.map(|busy| busy == 0).map_err(|error| error.to_string())
}

/// One transaction of all that waits.
fn transaction(database: &Connection, batch: &mut [Box<dyn Task>]) -> rusqlite::Result<()> {
    database.execute_batch("BEGIN IMMEDIATE")?;
    batch.iter_mut().for_each(|task| task.run(database));
    database.execute_batch("COMMIT")
}

fn reader(path: &Path) -> Result<Connection, String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags).map_err(|error| named(path, &error.to_string()))?;
    database.busy_timeout(Duration::from_secs(5)).map_err(|error| named(path, &error.to_string()))?;
    database.set_prepared_statement_cache_capacity(64);
    Ok(database)
}

/// Opens the file to write, or makes it, with tables of the present version. The server may run meanwhile.
///
/// # Errors
/// It cannot be opened or is not a desk's.
pub fn connect(path: &Path) -> Result<Connection, String> {
    let fail = |error: rusqlite::Error| named(path, &error.to_string());
    match files::for_owner(std::fs::OpenOptions::new().write(true).create_new(true)).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(named(path, &error.to_string()));
        }
        _ => {}
    }
    let database = Connection::open(path).map_err(fail)?;
    database.busy_timeout(Duration::from_secs(10)).map_err(fail)?;
    database.set_prepared_statement_cache_capacity(64);
    let version = check(&database).map_err(|error| named(path, &error))?;
    database.pragma_update(None, "journal_mode", "WAL").map_err(fail)?;
    // What was acknowledged survives a crash of the machine too; what was deleted is overwritten.
    database.pragma_update(None, "synchronous", "FULL").map_err(fail)?;
    database.pragma_update(None, "secure_delete", true).map_err(fail)?;
    database.pragma_update(None, "foreign_keys", true).map_err(fail)?;
    if version < VERSION {
        migrate(&database).map_err(|error| named(path, &error))?;
    }
    Ok(database)
}

/// Opens a file that must be there.
///
/// # Errors
/// It is not there, cannot be opened or is not a desk's.
pub fn existing(path: &Path) -> Result<Connection, String> {
    if path.is_file() { connect(path) } else { Err(named(path, "no such file")) }
}

/// Checks that a file is a desk's, or empty; returns the version of its tables.
fn check(database: &Connection) -> Result<usize, String> {
    let say = |error: rusqlite::Error| error.to_string();
    let number = |pragma: &str| -> Result<i32, String> {
        database.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).map_err(say)
    };
    let (version, application) = (number("user_version")?, number("application_id")?);
    let tables: i64 = database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(say)?;
    if tables == 0 {
        return Ok(0);
    }
    if application != APPLICATION {
        return Err("an SQLite file, but not of a review desk: choose another name".to_owned());
    }
    usize::try_from(version).ok().filter(|version| *version <= VERSION).ok_or_else(|| {
        format!(
            "tables of version {version}, expected at most {VERSION}: written by a newer naqd-serve, update this one"
        )
    })
}

/// Brings the tables to the present version, all steps or none.
fn migrate(database: &Connection) -> Result<(), String> {
    let say = |error: rusqlite::Error| error.to_string();
    let transaction = Transaction::new_unchecked(database, TransactionBehavior::Immediate).map_err(say)?;
    // Another process may have been faster.
    let version = check(&transaction)?;
    MIGRATIONS[version..].iter().try_for_each(|step| transaction.execute_batch(step)).map_err(say)?;
    let numbers = format!("PRAGMA user_version = {VERSION}; PRAGMA application_id = {APPLICATION};");
    transaction.execute_batch(&numbers).and_then(|()| transaction.commit()).map_err(say)
}

/// Copies the file, as it is at one moment, while the server runs.
///
/// # Errors
/// It is no desk's, or the copy is there already or cannot be written.
pub fn backup(path: &Path, copy: &Path) -> Result<(), String> {
    let database = existing(path)?;
    files::for_owner(std::fs::OpenOptions::new().write(true).create_new(true))
        .open(copy)
        .map_err(|error| named(copy, &format!("{error}: a backup replaces no file")))?;
    let text = copy.to_str().ok_or_else(|| named(copy, "not a name in UTF-8"))?;
    database.execute("VACUUM INTO ?1", [text]).map_err(|error| named(copy, &error.to_string()))?;
    std::fs::File::open(copy).and_then(|file| file.sync_all()).map_err(|error| named(copy, &error.to_string()))
}

/// Puts a backup in the place of the file. With `replace` a file that is there is kept under the first free name of `.before`,
/// `.before-2` and so on behind its own, which is returned.
///
/// # Errors
/// The backup is damaged, no desk's or the file itself; the file is there, or in use.
pub fn restore(copy: &Path, path: &Path, replace: bool) -> Result<Option<PathBuf>, String> {
    if inode(copy).is_some_and(|of| Some(of) == inode(path)) {
        return Err(named(copy, "is the file itself"));
    }
    let source = reader(copy)?;
    check(&source).map_err(|error| named(copy, &error))?;
    let sound: String = source
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .map_err(|error| named(copy, &error.to_string()))?;
    if sound != "ok" {
        return Err(named(copy, &format!("damaged: {sound}")));
    }
    let with = |end: &str| files::with_end(path, end);
    let fail = |error: std::io::Error| named(path, &error.to_string());
    // Read before anything is moved: if it cannot be, all is as it was.
    let bytes = std::fs::read(copy).map_err(|error| named(copy, &error.to_string()))?;
    let mut before = None;
    if path.exists() {
        if !replace {
            return Err(named(path, "is there: add --replace to put the backup in its place"));
        }
        unused(path)?;
        let numbered = (2..).map(|number| with(&format!(".before-{number}")));
        let free = std::iter::once(with(".before")).chain(numbered).find(|name| !name.exists()).expect("a free name");
        std::fs::hard_link(path, &free).or_else(|_| std::fs::copy(path, &free).map(drop)).map_err(fail)?;
        before = Some(free);
    }
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(with(end));
    }
    naqd::internal::io::replace(path, &bytes, naqd::internal::io::Access::Owner).map_err(fail)?;
    connect(path).map(|_| before)
}

/// Checks that no server has the file open, and writes its log into it.
fn unused(path: &Path) -> Result<(), String> {
    let fail = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            named(path, "in use: stop naqd-serve first (systemctl stop naqd)")
        }
        _ => named(path, &error.to_string()),
    };
    let database = Connection::open(path).map_err(fail)?;
    // In another mode than WAL nobody else can have it open.
    database.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0)).map(drop).map_err(fail)
}

fn named(path: &Path, what: &str) -> String {
    format!("{}: {what}", path.display())
}
