//! State that all requests share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use naqd::{Decision, Reason, Score};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::config::Settings;
use crate::decisions::{DecisionLog, Lines};
use crate::deliveries::Deliveries;
use crate::desk::intake::{Arrival, Judged, Kept};
use crate::desk::{self, Desk};
use crate::engine::Engine;
use crate::error::ApiError;
use crate::feedback::{Feedback, Row, Stored};
use crate::files::Trouble;
use crate::metrics::Metrics;
use crate::quotas::Quotas;
use crate::rejected::Rejected;
use crate::shares::Shares;

/// Memory for bodies that are not small, and for such answers, in bytes.
const MEMORY: usize = 48 << 20;

/// The server without its sockets.
pub struct App {
    pub settings: Settings,
    pub metrics: Metrics,
    engine: RwLock<Arc<Engine>>,
    feedback: Option<Feedback>,
    pub decisions: Option<DecisionLog>,
    pub deliveries: Option<Deliveries>,
    /// The review desk, if there is one.
    pub desk: Option<Desk>,
    stopping: AtomicBool,
    /// Of the last feedback.
    trouble: Trouble,
    /// Comments that were rejected just now.
    pub rejected: Rejected,
    /// Time of the last look for room on the disk.
    looked: Mutex<Option<Instant>>,
    /// Memory for bodies that are not small, in bytes.
    pub memory: Arc<Shares>,
    /// Memory for answers that are not small, in bytes.
    pub answers: Arc<Shares>,
    /// Feedback of each key, and of those without one.
    quotas: Quotas,
    /// Requests that take long, at once: one fewer than there are threads.
    long_requests: Arc<Semaphore>,
}

impl App {
    /// Puts it together.
    pub fn new(
        settings: Settings,
        metrics: Metrics,
        engine: Engine,
        feedback: Option<Feedback>,
        decisions: Option<DecisionLog>,
        deliveries: Option<Deliveries>,
        desk: Option<Desk>,
    ) -> App {
        metrics.model(&engine.version);
        metrics.watch_only.set(settings.watch_only.into());
        let bodies = usize::max(MEMORY, 2 * settings.limits.body);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        App {
            memory: Shares::new(bodies, bodies / 2),
            answers: Shares::new(MEMORY, MEMORY / 2),
            quotas: Quotas::new(&settings),
            long_requests: Arc::new(Semaphore::new(usize::max(threads - 1, 1))),
            settings,
            metrics,
            engine: RwLock::new(Arc::new(engine)),
            feedback,
            decisions,
            deliveries,
            desk,
            stopping: AtomicBool::new(false),
            trouble: Trouble::default(),
            rejected: Rejected::default(),
            looked: Mutex::new(None),
        }
    }

    /// The turn of a request that takes long, until the time of its `end`.
    ///
    /// # Errors
    /// Others took too long.
    pub async fn turn(&self, end: Instant) -> Result<OwnedSemaphorePermit, ApiError> {
        let turn = timeout_at(end, self.long_requests.clone().acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or_else(|| ApiError::unavailable("Too many large requests at once."))
    }

    /// Checks the number of comments in a request.
    ///
    /// # Errors
    /// It is none, or too many.
    pub fn check_number(&self, comments: usize) -> Result<(), ApiError> {
        let max = self.settings.limits.comments;
        if (1..=max).contains(&comments) {
            return Ok(());
        }
        Err(ApiError::invalid(format!("{comments} comments, expected 1 to {max}.")))
    }

    /// The model and rules in use; a request keeps those that it began with.
    pub fn engine(&self) -> Arc<Engine> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses another model and other rules from now on.
    pub fn replace(&self, engine: Engine) {
        self.metrics.model(&engine.version);
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(engine);
    }

    /// Makes the server unready for new requests, since it stops.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Reason why new requests are not welcome; none if they are.
    pub fn unready(&self) -> Option<&'static str> {
        if self.stopping.load(Ordering::Relaxed) {
            Some("Shutting down.")
        } else if self.feedback.as_ref().is_some_and(|feedback| !feedback.is_ready()) {
            Some("Feedback cannot be kept.")
        } else if !self.trouble.may_try() {
            Some("The last feedback could not be kept.")
        } else if self.desk.as_ref().is_some_and(|desk| !desk.store.is_ready()) {
            Some("The review desk's file was taken away.")
        } else if self.decisions.as_ref().is_some_and(|log| !log.is_ready()) {
            Some("Decisions cannot be logged.")
        } else {
            None
        }
    }

    /// Looks whether there is room again after something could not be written, at most once a second.
    pub fn look_for_room(&self) {
        let mut last = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < Duration::from_secs(1)) {
            return;
        }
        *last = Some(Instant::now());
        self.feedback.iter().for_each(|feedback| self.trouble.look(feedback.path()));
        self.decisions.iter().for_each(DecisionLog::look_for_room);
    }

    /// Writes lines to the decision log.
    pub async fn log(&self, lines: Lines) {
        if let Some(log) = self.decisions.as_ref().filter(|_| !lines.is_empty()) {
            log.write(lines, self.settings.timeout()).await;
        }
    }

    /// Counts a comment that was scored.
    pub fn count_score(&self, engine: &Engine, score: &Score, decision: Decision) {
        self.metrics.labels.with_label_values(&[engine.classifier.classes()[score.class].as_str()]).inc();
        if decision.reason == Reason::Unfamiliar {
            self.metrics.unfamiliar.inc();
        }
    }

    /// Counts a comment that was scored and decided on.
    pub fn count_decision(&self, engine: &Engine, score: &Score, decision: Decision) {
        self.count_score(engine, score, decision);
        let decisions = if engine.watch_only { &self.metrics.would } else { &self.metrics.decisions };
        decisions.with_label_values(&[decision.action.as_str(), decision.reason.as_str()]).inc();
    }

    /// The store of feedback.
    ///
    /// # Errors
    /// Feedback is off.
    pub fn feedback(&self) -> Result<&Feedback, ApiError> {
        let off = || ApiError::off("Feedback is off: start naqd-serve with --feedback FILE.");
        self.feedback.as_ref().ok_or_else(off)
    }

    /// Stores feedback that came with the key of a number; returns when it is on the disk.
    ///
    /// # Errors
    /// Feedback is off, is more than the key may send, or could not be stored.
    pub async fn store(&self, rows: Vec<Row>, key: Option<u32>) -> Result<Stored, ApiError> {
        let received = rows.len() as u64;
        let feedback = self.feedback()?;
        let taken = self.quotas.take(key, &rows)?;
        match feedback.store(rows).await {
            Ok(stored) => {
                self.metrics.feedback.with_label_values(&["stored"]).inc_by(stored.stored as u64);
                self.metrics.feedback.with_label_values(&["known"]).inc_by(stored.known as u64);
                if self.trouble.succeeded() {
                    tracing::info!("feedback is kept again");
                }
                Ok(stored)
            }
            Err(error) => {
                self.quotas.give_back(&taken);
                self.metrics.feedback.with_label_values(&["failed"]).inc_by(received);
                if self.trouble.failed() {
                    tracing::error!(%error, "feedback was not kept");
                }
                Err(ApiError::unavailable("Feedback could not be kept; try again later."))
            }
        }
    }

    /// Gives a comment to the review desk, which is there if the comment is. The site holds it itself: that the desk is full must
    /// not keep it from its answer.
    pub async fn offer(&self, arrival: Option<(Arrival, Judged)>) {
        if let Some(arrival) = arrival
            && self.keep(vec![arrival]).await.is_err()
        {
            tracing::warn!("a comment is not at the review desk, which is full or cannot be written");
        }
    }

    /// Keeps comments for the review desk that a person should see; returns when they are on the disk.
    ///
    /// # Errors
    /// The desk is off or full, or its file cannot be written.
    pub async fn keep(&self, arrivals: Vec<(Arrival, Judged)>) -> Result<Kept, ApiError> {
        let received = arrivals.len() as u64;
        let result = desk::of(self)?.keep(arrivals).await;
        let count = |result: &str, number: u64| self.metrics.kept.with_label_values(&[result]).inc_by(number);
        match &result {
            Ok(kept) => {
                count("kept", kept.kept as u64);
                count("known", kept.known as u64);
            }
            Err(_) => count("refused", received),
        }
        Ok(result?)
    }
}
