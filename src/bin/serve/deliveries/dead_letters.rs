//! Dead letters: a line of JSON for every event that could not be delivered, with the reason. One thread writes them.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use prometheus::IntCounterVec;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Letter;
use crate::files::{Trouble, append, append_all};
use crate::metrics::Metrics;
use crate::moment;

/// Maximum number of events that wait for the disk; after that, they are lost.
const MAX_WAITING: usize = 16_384;

/// An event, its receiver, the number of attempts and the reason why there is no further one.
pub struct Dead {
    pub to: Arc<str>,
    pub letter: Arc<Letter>,
    pub attempts: u32,
    pub error: String,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    to: &'a str,
    attempts: u32,
    error: &'a str,
    event: &'a RawValue,
}

/// Sender to the thread that writes.
#[derive(Clone)]
pub struct DeadLetters {
    /// None after the end.
    sender: Arc<Mutex<Option<SyncSender<Dead>>>>,
    results: IntCounterVec,
}

impl DeadLetters {
    /// Opens the file and starts the thread.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(path: &Path, metrics: &Metrics) -> Result<(DeadLetters, JoinHandle<()>), String> {
        // Tried now, so that it is told before there is something to write.
        append(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let (sender, letters) = sync_channel(MAX_WAITING);
        let writer = Writer { path: path.to_owned(), trouble: Trouble::default(), results: metrics.deliveries.clone() };
        let thread = std::thread::Builder::new().name("dead letters".to_owned()).spawn(move || writer.run(&letters));
        let dead_letters =
            DeadLetters { sender: Arc::new(Mutex::new(Some(sender))), results: metrics.deliveries.clone() };
        Ok((dead_letters, thread.map_err(|error| error.to_string())?))
    }

    /// Keeps a dead letter if there is room; never waits.
    pub fn add(&self, dead: Dead) {
        let to = dead.to.clone();
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = sender.as_ref().is_some_and(|sender| sender.try_send(dead).is_ok());
        if !kept {
            self.results.with_label_values(&[&*to, "lost"]).inc();
        }
    }

    /// A sender of its own, for a thread that writes until it ends.
    pub fn sender(&self) -> Option<SyncSender<Dead>> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the thread as soon as those who have senders of their own are gone.
    pub fn stop(&self) {
        *self.sender.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

struct Writer {
    path: PathBuf,
    trouble: Trouble,
    results: IntCounterVec,
}

impl Writer {
    fn run(&self, letters: &Receiver<Dead>) {
        while let Ok(first) = letters.recv() {
            let batch: Vec<Dead> = std::iter::once(first).chain(letters.try_iter().take(MAX_WAITING)).collect();
            let mut lines = Vec::new();
            for dead in &batch {
                let Ok(event) = serde_json::from_slice(&dead.letter.body) else { continue };
                let Dead { to, attempts, error, .. } = dead;
                let line = Line { time: moment::now(), to, attempts: *attempts, error, event };
                if serde_json::to_writer(&mut lines, &line).is_ok() {
                    lines.push(b'\n');
                }
            }
            let result = match append(&self.path).and_then(|mut file| append_all(&mut file, &lines)) {
                Ok(()) => {
                    if self.trouble.succeeded() {
                        tracing::info!(file = %self.path.display(), "dead letters: written again");
                    }
                    "dead"
                }
                Err(error) => {
                    if self.trouble.failed() {
                        let file = self.path.display();
                        tracing::error!(%error, %file, "dead letters: decisions are lost until it can be written again");
                    }
                    "lost"
                }
            };
            batch.iter().for_each(|dead| self.results.with_label_values(&[&*dead.to, result]).inc());
        }
    }
}
