//! Outcome of a run, and its exit code.

use std::io::{self, Write};
use std::process::ExitCode;

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
pub fn code(outcome: Result<Done, Failure>) -> ExitCode {
    match outcome {
        Ok(Done { alarm: true, .. }) => ExitCode::from(3),
        Ok(Done { broken: true, .. }) => ExitCode::from(1),
        Ok(Done { bad: 0, .. }) | Err(Failure::Pipe) => ExitCode::SUCCESS,
        Ok(Done { bad, .. }) => {
            shared::complain(&format!("{bad} rows could not be scored"));
            ExitCode::from(1)
        }
        Err(Failure::Other(error)) => {
            shared::complain(&error);
            ExitCode::from(2)
        }
    }
}

/// Writes lines of messages to standard error. A failure to write them is no reason to stop.
pub fn complain(lines: &str) {
    let _ = io::stderr().write_all(lines.as_bytes());
}
