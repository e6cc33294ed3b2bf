//! Decision log: a line of JSON for every decision, without the text of the comment.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::SystemTime;

use naqd::internal::decide::{VerdictJson, write_json};
use prometheus::IntCounter;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::feedback::text_hash;
use crate::files::for_owner;
use crate::metrics::Metrics;

/// Maximum number of lines that wait to be written; after that, requests wait.
const MAX_WAITING: usize = 8192;
/// Size at which lines are written, in bytes.
const BATCH: usize = 64 << 10;

enum Message {
    Line(Vec<u8>),
    /// Reopens the file, after it was moved away.
    Reopen,
}

/// Sender to the thread that writes.
pub struct DecisionLog {
    sender: mpsc::Sender<Message>,
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
    /// Hash of the text as it was sent: whoever has the comment can find the line, and nobody else can read the comment.
    sha256: String,
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
        let mut writer = Writer {
            file: append(path)?,
            path: path.to_owned(),
            lines: Vec::new(),
            waiting: 0,
            failing: false,
            lost: metrics.lost.clone(),
        };
        let (sender, mut messages) = mpsc::channel(MAX_WAITING);
        let thread = std::thread::Builder::new().name("decisions".to_owned()).spawn(move || {
            let mut batch = Vec::new();
            while messages.blocking_recv_many(&mut batch, MAX_WAITING) > 0 {
                for message in batch.drain(..) {
                    match message {
                        Message::Line(line) => writer.add(&line),
                        Message::Reopen => writer.reopen(),
                    }
                }
                writer.write();
            }
        })?;
        Ok((DecisionLog { sender, lost: metrics.lost.clone() }, thread))
    }

    /// The thread has ended, so that nothing is written any more.
    pub fn has_ended(&self) -> bool {
        self.sender.is_closed()
    }

    /// Writes a line; waits while the disk is slower than the requests. `text` is the comment as it was sent, `model` the
    /// version of the model.
    pub async fn write(&self, route: &str, id: Option<&str>, text: &str, model: &str, verdict: &VerdictJson<'_>) {
        let line = Line {
            time: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            route,
            id,
            sha256: text_hash(text),
            model,
            verdict: verdict.without_explanation(),
        };
        let mut bytes = Vec::with_capacity(512);
        write_json(&mut bytes, &line);
        bytes.push(b'\n');
        if self.sender.send(Message::Line(bytes)).await.is_err() {
            self.lost.inc();
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
    /// The last lines could not be written; only a change is logged, not every line.
    failing: bool,
    lost: IntCounter,
}

impl Writer {
    fn add(&mut self, line: &[u8]) {
        self.lines.extend_from_slice(line);
        self.waiting += 1;
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
            Ok(()) if self.failing => {
                self.failing = false;
                tracing::info!(file = %self.path.display(), "decision log: written again");
            }
            Ok(()) => {}
            Err(error) => {
                self.lost.inc_by(self.waiting);
                if !self.failing {
                    self.failing = true;
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

fn append(path: &Path) -> io::Result<File> {
    for_owner(OpenOptions::new().append(true).create(true)).open(path)
}

/// Appends lines, all or none: half a line would spoil the next one.
fn append_all(file: &mut File, lines: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    file.write_all(lines).inspect_err(|_| {
        let _ = file.set_len(before);
    })
}
