//! The review desk: comments that are held wait for a person in the browser, and what the person decides is kept to learn
//! from.

mod assets;
mod audit;
mod back;
mod card;
pub mod commands;
mod comparison;
mod decide;
mod downloads;
mod entrance;
mod form;
pub mod intake;
mod learning;
mod pages;
mod people;
mod queue;
mod retrain;
mod routes;
mod store;
mod visitor;
mod words;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::app::App;
use crate::error::ApiError;
use crate::moment;
pub use routes::{forget, router};
pub use store::Store;
pub use visitor::is_link;

/// Time between two looks for comments whose period is over.
const SWEEP: Duration = Duration::from_secs(600);

/// Settings of the desk: `[review]` in naqd.toml.
#[derive(serde::Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields, default)]
pub struct DeskSettings {
    /// SQLite file; the desk is off if none.
    pub file: Option<PathBuf>,
    /// Share of all kept traffic that is drawn for spot checks, from 0 to 1.
    pub spot_checks: f64,
    /// Days after which a comment that nobody decided on is deleted.
    pub days_undecided: u32,
    /// Days after which a labelled comment is deleted.
    pub days_labelled: u32,
    /// Maximum size of the file, in MiB: beyond it nothing more is kept.
    pub max_mib: u64,
    /// Hours after which a person who does nothing has to sign in again.
    pub session_hours: u32,
    /// True if browsers come by HTTPS, through a proxy: the cookie is sent over nothing else.
    pub https: bool,
    /// Header in which a proxy tells the name of the person, behind single sign-on.
    pub sign_on_header: Option<String>,
    /// Addresses of the proxies whose header is believed.
    pub sign_on_proxies: Vec<std::net::IpAddr>,
}

impl Default for DeskSettings {
    fn default() -> Self {
        DeskSettings {
            file: None,
            spot_checks: 0.01,
            days_undecided: 30,
            days_labelled: 365,
            max_mib: 2048,
            session_hours: 12,
            https: false,
            sign_on_header: None,
            sign_on_proxies: Vec::new(),
        }
    }
}

impl DeskSettings {
    /// Checks the values.
    ///
    /// # Errors
    /// One that cannot be, with what is expected.
    pub fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.spot_checks) {
            return Err(format!("review.spot_checks {}: expected a share from 0 to 1", self.spot_checks));
        }
        for (name, value) in [
            ("days_undecided", u64::from(self.days_undecided)),
            ("days_labelled", u64::from(self.days_labelled)),
            ("max_mib", self.max_mib),
            ("session_hours", u64::from(self.session_hours)),
        ] {
            if !(1..=1 << 20).contains(&value) {
                return Err(format!("review.{name} {value}: expected 1 to {}", 1 << 20));
            }
        }
        match (&self.sign_on_header, self.sign_on_proxies.is_empty()) {
            (Some(name), _) if axum::http::HeaderName::from_bytes(name.as_bytes()).is_err() => {
                Err(format!("review.sign_on_header {name:?}: expected the name of a header, X-Remote-User"))
            }
            (Some(_), true) => {
                Err("review.sign_on_header without review.sign_on_proxies: anybody could sign in by it; \
                                    list the addresses of your proxy, [\"127.0.0.1\"]"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// Error of the desk.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The file cannot be read or written.
    #[error("the desk's file: {0}")]
    Database(String),
    /// Too much waits for the disk.
    #[error("too many wait for the disk; try again later")]
    Busy,
    /// The file is as large as it may become.
    #[error(
        "the desk is full: its file has {0} MiB, as many as review.max_mib allows; decide or delete comments, or raise it"
    )]
    Full(u64),
    /// There is no such comment.
    #[error("there is no such comment (any more)")]
    Gone,
    /// Somebody else decided, or is at it.
    #[error("{0} was faster")]
    Taken(String),
    /// The comment was edited since.
    #[error("the comment was edited since: the site shows another text by now")]
    Edited,
    /// Not the comments that the person was told of.
    #[error("other comments wait now than before: look again")]
    Changed,
    /// There is nothing to undo.
    #[error("there is nothing to undo")]
    NothingToUndo,
}

impl From<rusqlite::Error> for DeskError {
    fn from(error: rusqlite::Error) -> DeskError {
        match error {
            rusqlite::Error::QueryReturnedNoRows => DeskError::Gone,
            other => DeskError::Database(other.to_string()),
        }
    }
}

impl From<tokio::task::JoinError> for DeskError {
    fn from(error: tokio::task::JoinError) -> DeskError {
        DeskError::Database(error.to_string())
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> ApiError {
        match &error {
            DeskError::Full(_) => ApiError::quota(error.to_string()),
            DeskError::Gone
            | DeskError::Taken(_)
            | DeskError::Edited
            | DeskError::Changed
            | DeskError::NothingToUndo => ApiError::not_found(error.to_string()),
            DeskError::Busy => ApiError::unavailable(error.to_string()),
            DeskError::Database(what) => {
                tracing::error!(error = what, "desk");
                ApiError::unavailable("The desk's file cannot be used at present; try again later.")
            }
        }
    }
}

/// The open desk.
pub struct Desk {
    /// Its file.
    pub store: Store,
    /// Its settings.
    pub settings: DeskSettings,
    /// Secret of this process, from which those of forms are made where there are no sessions.
    secret: String,
    checker: people::Checker,
    /// The learning page as it was last computed.
    learnt: Mutex<Option<Arc<learning::Learnt>>>,
    /// What was deleted may stand in the log of the database still.
    to_write_back: AtomicBool,
}

impl Desk {
    /// Opens the desk, if the settings have one; the thread is to be joined when the desk is dropped.
    ///
    /// # Errors
    /// Its file cannot be opened.
    pub fn open(settings: &DeskSettings) -> Result<Option<(Desk, JoinHandle<()>)>, String> {
        let Some(path) = &settings.file else { return Ok(None) };
        let (store, thread) = Store::open(path)?;
        let (checker, learnt) = (people::Checker::start()?, Mutex::default());
        let secret = people::random().map_err(|error| error.to_string())?;
        let (settings, to_write_back) = (settings.clone(), AtomicBool::new(true));
        Ok(Some((Desk { store, settings, secret, checker, learnt, to_write_back }, thread)))
    }

    /// Takes what was deleted out of the log of the database too; later, if somebody reads at the moment.
    ///
    /// # Errors
    /// The file cannot be written.
    async fn write_back(&self) -> Result<(), DeskError> {
        self.to_write_back.store(true, Ordering::Relaxed);
        if self.store.write_back().await? {
            self.to_write_back.store(false, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The desk of the server.
///
/// # Errors
/// It is off.
pub fn of(app: &App) -> Result<&Desk, ApiError> {
    app.desk.as_ref().ok_or_else(|| ApiError::off("The review desk is off: start naqd-serve with --review FILE."))
}

/// Notes the model in use, and deletes comments whose period is over, until the program ends.
pub async fn keep_house(app: Arc<App>) {
    let Some(desk) = &app.desk else { return };
    loop {
        let (model, settings) = (app.engine().version.clone(), desk.settings.clone());
        let house = desk.store.write(move |database| {
            learning::note_model(database, &model)?;
            intake::sweep(database, &settings, moment::millis())
        });
        let swept = house.await;
        if (desk.to_write_back.load(Ordering::Relaxed) || swept.as_ref().is_ok_and(|deleted| *deleted > 0))
            && let Err(error) = desk.write_back().await
        {
            tracing::error!(%error, "desk: its log was not written back");
        }
        match swept {
            Ok(0) => tokio::time::sleep(SWEEP).await,
            Ok(deleted) => {
                tracing::info!(deleted, "desk: comments whose period is over were deleted");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(error) => {
                tracing::error!(%error, "desk: comments whose period is over were not deleted");
                tokio::time::sleep(SWEEP).await;
            }
        }
    }
}
