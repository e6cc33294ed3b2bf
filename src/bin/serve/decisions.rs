//! Decision log: a line of JSON for every decision, without the text of the comment.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use naqd::internal::decide::{VerdictJson, write_json};
use prometheus::IntCounter;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::files::{Trouble, append, append_all};
use crate::metrics::Metrics;
use crate::moment;
use crate::secret::Secret;

/// Maximum number of lines that wait to be written; after that, requests wait.
const MAX_WAITING: usize = 8192;
/// Size at which lines are written, in bytes.
const BATCH: usize = 64 << 10;

/// Lines to be written.
#[derive(Default)]
pub struct Lines {
    bytes: Vec<u8>,
    number: u64,
}

impl Lines {
    /// There is no line.
    pub fn is_empty(&self) -> bool {
        self.number == 0
    }
}

enum Message {
    Lines(Lines),
    /// Reopens the file, after it was moved away.
    Reopen,
}

/// Sender to the thread that writes.
pub struct DecisionLog {
    sender: mpsc::Sender<Message>,
    secret: Secret,
    trouble: Arc<Trouble>,
    path: PathBuf,
    /// Number of decisions without a line.
    lost: IntCounter,
}

/// A line.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    route: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// Hash of the text as it was sent: whoever has comment and secret can find the line, and nobody else can guess the
    /// comment.
    hmac: String,
    model: &'a str,
    #[serde(flatten)]
    verdict: VerdictJson<'a>,
}

impl DecisionLog {
    /// Opens the file to append to, or makes it, and starts the thread; to be joined when the log is dropped.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path, metrics: &Metrics) -> io::Result<(DecisionLog, JoinHandle<()>)> {
        let secret = Secret::of(path)?;
        let trouble = Arc::new(Trouble::default());
        let mut writer = Writer {
            file: append(path)?,
            path: path.to_owned(),
            lines: Vec::new(),
            waiting: 0,
            trouble: trouble.clone(),
            lost: metrics.lost.clone(),
        };
        let (sender, mut messages) = mpsc::channel(MAX_WAITING);
        let thread = std::thread::Builder::new().name("decisions".to_owned()).spawn(move || {
            let mut batch = Vec::new();
            while messages.blocking_recv_many(&mut batch, MAX_WAITING) > 0 {
                for message in batch.drain(..) {
                    match message {
                        Message::Lines(lines) => writer.add(&lines),
                        Message::Reopen => writer.reopen(),
                    }
                }
                writer.write();
            }
        })?;
        let log = DecisionLog { sender, secret, trouble, path: path.to_owned(), lost: metrics.lost.clone() };
        Ok((log, thread))
    }

    /// Lines can be written, as far as is known.
    pub fn is_ready(&self) -> bool {
        !self.sender.is_closed() && self.trouble.may_try()
    }

    /// Looks whether there is room again after lines could not be written.
    pub fn look_for_room(&self) {
        self.trouble.look(&self.path);
    }

    /// Adds a line to others. `text` is the comment as it was sent, `model` the version of the model.
    pub fn add(
        &self,
        lines: &mut Lines,
        route: &str,
        id: Option<&str>,
        text: &str,
        model: &str,
        verdict: &VerdictJson<'_>,
    ) {
        let line = Line {
            time: moment::now(),
            route,
            id,
            hmac: self.secret.hash(text),
            model,
            verdict: verdict.without_explanation(),
        };
        write_json(&mut lines.bytes, &line);
        lines.bytes.push(b'\n');
        lines.number += 1;
    }

    /// Writes lines; waits while the disk is slower than the requests, but not longer than a request may take.
    pub async fn write(&self, lines: Lines, limit: Duration) {
        let number = lines.number;
        if self.sender.send_timeout(Message::Lines(lines), limit).await.is_err() {
            self.lost.inc_by(number);
        }
    }

    /// Reopens the file, after it was moved away.
    pub async fn reopen(&self) {
        let _ = self.sender.send(Message::Reopen).await;
    }
}

/// The file, and the lines that are written to it next.
struct Writer {
    file: File,
    path: PathBuf,
    lines: Vec<u8>,
    /// Number of these lines.
    waiting: u64,
    trouble: Arc<Trouble>,
    lost: IntCounter,
}

impl Writer {
    fn add(&mut self, lines: &Lines) {
        self.lines.extend_from_slice(&lines.bytes);
        self.waiting += lines.number;
        if self.lines.len() >= BATCH {
            self.write();
        }
    }

    /// Writes the lines that wait, all or none.
    fn write(&mut self) {
        if self.waiting == 0 {
            return;
        }
        match append_all(&mut self.file, &self.lines) {
            Ok(()) => {
                if self.trouble.succeeded() {
                    tracing::info!(file = %self.path.display(), "decision log: written again");
                }
            }
            Err(error) => {
                self.lost.inc_by(self.waiting);
                if self.trouble.failed() {
                    let file = self.path.display();
                    tracing::error!(%error, %file, "decision log: decisions are lost until it can be written again");
                }
            }
        }
        self.lines.clear();
        self.waiting = 0;
    }

    /// Reopens the file, even if the last lines could not be written to the old one.
    fn reopen(&mut self) {
        self.write();
        match append(&self.path) {
            Ok(file) => self.file = file,
            Err(error) => {
                let file = self.path.display();
                tracing::error!(%error, %file, "decision log: not reopened, the previous file stays in use");
            }
        }
    }
}
