//! The decision log: a line of JSON for every decision, without the text of the comment.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::SystemTime;

use naqd::Score;
use naqd::label::Probabilities;
use serde::Serialize;
use serde::ser::SerializeMap;
use tokio::sync::mpsc;

use crate::feedback::fingerprint;
use crate::loaded::{Loaded, Ruling};
use crate::metrics::Metrics;

/// Lines that may wait; then requests do.
const WAITING: usize = 8192;

enum Message {
    Line(Vec<u8>),
    /// Opens the file anew, after it was moved away.
    Reopen,
}

/// The way to the thread that writes.
pub struct DecisionLog {
    sender: mpsc::Sender<Message>,
}

/// A line.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    route: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// Of the text, so that who has the comment can find the line, and nobody else can read the comment.
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
        let (path, lost) = (path.to_owned(), metrics.lost.clone());
        let mut file = append(&path)?;
        let (sender, mut messages) = mpsc::channel(WAITING);
        let thread = std::thread::Builder::new().name("decisions".to_owned()).spawn(move || {
            let mut together = Vec::new();
            while messages.blocking_recv_many(&mut together, WAITING) > 0 {
                for message in together.drain(..) {
                    let written = match message {
                        Message::Line(line) => file.write_all(&line),
                        Message::Reopen => file.flush().and_then(|()| append(&path)).map(|anew| file = anew),
                    };
                    if let Err(error) = written {
                        lost.inc();
                        tracing::error!(%error, file = %path.display(), "decision log");
                    }
                }
                if let Err(error) = file.flush() {
                    lost.inc();
                    tracing::error!(%error, file = %path.display(), "decision log");
                }
            }
        })?;
        Ok((DecisionLog { sender }, thread))
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
        let _ = self.sender.send(Message::Line(bytes)).await;
    }

    /// Opens the file anew, after it was moved away.
    pub async fn reopen(&self) {
        let _ = self.sender.send(Message::Reopen).await;
    }
}

fn append(path: &PathBuf) -> io::Result<BufWriter<File>> {
    OpenOptions::new().append(true).create(true).open(path).map(BufWriter::new)
}
