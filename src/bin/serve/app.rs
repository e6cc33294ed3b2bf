//! State that all requests share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use naqd::{Decision, Reason, Score};
use tokio::sync::Semaphore;

use crate::config::Settings;
use crate::decisions::DecisionLog;
use crate::engine::Engine;
use crate::error::ApiError;
use crate::feedback::{Feedback, Row, Stored};
use crate::metrics::Metrics;

/// Memory for bodies that are not small, in bytes.
const MEMORY: usize = 64 << 20;

/// The server without its sockets.
pub struct App {
    pub settings: Settings,
    pub metrics: Metrics,
    engine: RwLock<Arc<Engine>>,
    feedback: Option<Feedback>,
    pub decisions: Option<DecisionLog>,
    stopping: AtomicBool,
    /// The last feedback could not be stored; only a change is logged, not every request.
    failing: AtomicBool,
    /// KiB of memory for bodies that are not small.
    pub memory: Arc<Semaphore>,
    /// Requests that take long, at once: one fewer than there are threads.
    pub long_requests: Arc<Semaphore>,
}

impl App {
    /// Puts it together.
    pub fn new(
        settings: Settings,
        metrics: Metrics,
        engine: Engine,
        feedback: Option<Feedback>,
        decisions: Option<DecisionLog>,
    ) -> App {
        metrics.model(&engine.version);
        metrics.watch_only.set(settings.watch_only.into());
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        App {
            memory: Arc::new(Semaphore::new(usize::max(MEMORY, settings.limits.body) >> 10)),
            long_requests: Arc::new(Semaphore::new(usize::max(threads - 1, 1))),
            settings,
            metrics,
            engine: RwLock::new(Arc::new(engine)),
            feedback,
            decisions,
            stopping: AtomicBool::new(false),
            failing: AtomicBool::new(false),
        }
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
        } else if self.decisions.as_ref().is_some_and(|log| log.has_ended()) {
            Some("Decisions cannot be logged.")
        } else {
            None
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

    /// Stores feedback; returns when it is on the disk.
    ///
    /// # Errors
    /// Feedback is off, or could not be stored.
    pub async fn store(&self, rows: Vec<Row>) -> Result<Stored, ApiError> {
        let received = rows.len() as u64;
        match self.feedback()?.store(rows).await {
            Ok(stored) => {
                self.metrics.feedback.with_label_values(&["stored"]).inc_by(stored.stored as u64);
                self.metrics.feedback.with_label_values(&["known"]).inc_by(stored.known as u64);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("feedback is kept again");
                }
                Ok(stored)
            }
            Err(error) => {
                self.metrics.feedback.with_label_values(&["failed"]).inc_by(received);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "feedback was not kept");
                }
                Err(ApiError::unavailable("Feedback could not be kept; try again later."))
            }
        }
    }
}
