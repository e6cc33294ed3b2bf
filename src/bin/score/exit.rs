//! Outcome of a run, and its exit code.

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use naqd::Action;
use naqd::internal::io::visible;

use crate::shared;

/// Outcome of a run that came to its end.
#[derive(Default)]
pub struct Done {
    /// Number of rows that could not be scored.
    pub bad: u64,
    /// True if a comment has the label of `--fail-on`.
    pub alarm: bool,
    /// True if a guaranteed error bound is broken.
    pub broken: bool,
    /// Number of decisions of a run that only watched.
    pub watched: Option<Watched>,
    /// Messages on the share of abuse.
    pub share: Vec<String>,
}

/// Number of decisions that nobody acts on.
#[derive(Default)]
pub struct Watched {
    publish: AtomicU64,
    hold: AtomicU64,
    reject: AtomicU64,
    /// Comments without a decision: there are no thresholds, and no house rule matches.
    undecided: AtomicU64,
}

impl Watched {
    /// Counts a comment.
    pub fn count(&self, action: Option<Action>) {
        let counter = match action {
            Some(Action::Publish) => &self.publish,
            Some(Action::Reject) => &self.reject,
            Some(_) => &self.hold,
            None => &self.undecided,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [publish, hold, reject, undecided] =
            [&self.publish, &self.hold, &self.reject, &self.undecided].map(|counter| counter.load(Ordering::Relaxed));
        write!(f, "watch only: {publish} would have been published, {hold} held, {reject} rejected")?;
        if undecided > 0 {
            write!(f, ", {undecided} without a decision")?;
        }
        f.write_str("; nothing was acted on")
    }
}

/// Reason why a run stopped.
pub enum Failure {
    /// Nobody reads the output any more.
    Pipe,
    /// Error, as a sentence.
    Other(String),
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Failure::Other(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Pipe,
            _ => Failure::Other(format!("cannot write: {error}")),
        }
    }
}

/// Exit code of a run; the message goes to standard error.
pub fn code(outcome: Result<Done, Failure>) -> u8 {
    if let Ok(Done { watched: Some(watched), .. }) = &outcome {
        shared::complain(watched);
    }
    if let Ok(Done { share, .. }) = &outcome {
        share.iter().for_each(|line| shared::complain(line));
    }
    match outcome {
        Ok(Done { alarm: true, .. }) => 3,
        Ok(Done { broken: true, .. }) => 1,
        Ok(Done { bad: 0, .. }) | Err(Failure::Pipe) => 0,
        Ok(Done { bad, .. }) => {
            shared::complain(&format!("{bad} rows could not be scored"));
            1
        }
        Err(Failure::Other(error)) => {
            shared::complain(&error);
            2
        }
    }
}

/// Writes lines of messages to standard error. A failure to write them is no reason to stop.
pub fn complain(lines: &str) {
    let _ = io::stderr().write_all(visible(lines).as_bytes());
}
