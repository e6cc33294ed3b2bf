//! naqd-score: verdicts of a model on new comments.

mod args;
mod check;
mod exit;
mod input;
mod run;
mod share;
#[path = "../shared/mod.rs"]
mod shared;
mod terminal;
mod write;

use std::ffi::OsString;
use std::process::ExitCode;

/// The program.
pub fn main() -> ExitCode {
    main_with(std::env::args_os()).into()
}

/// Runs the program with arguments, the first of which is its name; returns the exit code.
pub fn main_with(arguments: impl Iterator<Item = OsString>) -> u8 {
    exit::code(run::run(&shared::manual::parse(shared::arguments(arguments))))
}
