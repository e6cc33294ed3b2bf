//! The decision log: a line of JSON for every decision, without the text of the comment.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::SystemTime;

use naqd::Probabilities;
use naqd::Score;
use prometheus::IntCounter;
use serde::Serialize;
use serde::ser::SerializeMap;
use tokio::sync::mpsc;

use crate::feedback::fingerprint;
use crate::loaded::{Loaded, Ruling};
use crate::metrics::Metrics;

/// Lines that may wait; then requests do.
const WAITING: usize = 8192;
/// Bytes of lines that are written together.
const TOGETHER: usize = 64 << 10;

enum Message {
    Line(Vec<u8>),
    /// Opens the file anew, after it was moved away.
    Reopen,
}

/// The way to the thread that writes.
pub struct DecisionLog {
    sender: mpsc::Sender<Message>,
    /// Decisions that have no line.
    lost: IntCounter,
}

/// A line.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    route: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// Of the text as it was sent, so that who has the comment can find the line, and nobody else can read the comment.
    sha256: String,
    model: &'a str,
    scores: Scores<'a>,
    decision: &'a str,
    editors: bool,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
}

/// Probabilities by name of the class.
pub struct Scores<'a>(&'a [String], Probabilities);

impl<'a> Scores<'a> {
    pub fn of(loaded: &'a Loaded, score: &Score) -> Scores<'a> {
        Scores(loaded.classifier.classes(), score.probabilities)
    }
}

impl Serialize for Scores<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0
            .iter()
            .zip(self.1.as_slice())
            .try_for_each(|(class, probability)| map.serialize_entry(class, probability))?;
        map.end()
    }
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
        let (sender, mut messages) = mpsc::channel(WAITING);
        let thread = std::thread::Builder::new().name("decisions".to_owned()).spawn(move || {
            let mut together = Vec::new();
            while messages.blocking_recv_many(&mut together, WAITING) > 0 {
                for message in together.drain(..) {
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

    /// Whether nothing is written any more.
    pub fn has_ended(&self) -> bool {
        self.sender.is_closed()
    }

    /// Writes a line; waits where the disk is slower than the requests.
    pub async fn write(
        &self,
        route: &str,
        id: Option<&str>,
        text: &str,
        loaded: &Loaded,
        score: &Score,
        ruling: &Ruling,
    ) {
        let line = Line {
            time: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            route,
            id,
            sha256: fingerprint(text),
            model: &loaded.version,
            scores: Scores::of(loaded, score),
            decision: ruling.action.as_str(),
            editors: ruling.editors,
            reason: ruling.reason.as_str(),
            rule: ruling.rule.as_deref(),
        };
        let mut bytes = serde_json::to_vec(&line).unwrap_or_default();
        bytes.push(b'\n');
        if self.sender.send(Message::Line(bytes)).await.is_err() {
            self.lost.inc();
        }
    }

    /// Opens the file anew, after it was moved away.
    pub async fn reopen(&self) {
        let _ = self.sender.send(Message::Reopen).await;
    }
}

/// What the thread has: the file, and the lines that are written to it together.
struct Writer {
    file: File,
    path: PathBuf,
    lines: Vec<u8>,
    /// How many lines that is.
    waiting: u64,
    /// Whether the last lines could not be written; only a change is told, not every line.
    failing: bool,
    lost: IntCounter,
}

impl Writer {
    fn add(&mut self, line: &[u8]) {
        self.lines.extend_from_slice(line);
        self.waiting += 1;
        if self.lines.len() >= TOGETHER {
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

    /// Opens the file anew, whether or not the old one could be written to its end.
    fn reopen(&mut self) {
        self.write();
        match append(&self.path) {
            Ok(file) => self.file = file,
            Err(error) => {
                let file = self.path.display();
                tracing::error!(%error, %file, "decision log: not opened anew, the file from before stays in use");
            }
        }
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// Appends lines, all or none: half a line would spoil the next one.
fn append_all(file: &mut File, lines: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    file.write_all(lines).inspect_err(|_| {
        let _ = file.set_len(before);
    })
}
