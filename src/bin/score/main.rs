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

use std::process::ExitCode;

fn main() -> ExitCode {
    exit::code(run::run(&shared::manual::parse(shared::arguments())))
}
