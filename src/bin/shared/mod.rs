//! Parts that the programs share: threads, reading labelled comments, progress, files to write, messages, exit codes.
#![allow(dead_code, unused_imports)] // each program uses a part of them

mod excel;
mod hint;
pub mod label_map;
pub mod manual;
mod reading;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use excel::Excel;
pub use hint::with_hint;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use naqd::internal::io::{Access, replace, visible};
use naqd::internal::train::Progress;
use naqd::{Corpus, Html, Model};
pub use reading::{Files, Reading, map};

/// Number of threads that a program uses.
#[derive(clap::Args)]
pub struct Threads {
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(..=512))]
    threads: u16,
}

impl Threads {
    /// Makes the thread pool of the program.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(&self) -> Result<(), String> {
        if self.threads == 0 {
            return Ok(());
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads.into());
        pool.build_global().map_err(|error| error.to_string())
    }
}

/// A progress bar on standard error; invisible where that is no terminal.
pub fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} ({elapsed})").expect("a valid template");
    ProgressBar::new(1).with_finish(ProgressFinish::AndClear).with_style(style)
}

/// Shows the progress of training.
pub fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.of as u64);
    bar.set_position(progress.done as u64);
    bar.set_message(progress.what);
}

/// A share in per cent with one decimal: `2.5 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A probability in whole per cent, short enough for a line of many: `97%`.
pub fn whole_percent(probability: f32) -> String {
    format!("{:.0}%", probability * 100.0)
}

/// Opens a model file.
///
/// # Errors
/// A sentence with the name of the file.
pub fn open_model(path: &Path) -> Result<Model, String> {
    Model::open(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes a file whole or not at all.
///
/// # Errors
/// A sentence with the name of the file.
pub fn write_file(path: &Path, bytes: &[u8], access: Access) -> Result<(), String> {
    replace(path, bytes, access).map_err(|error| format!("{}: {error}", path.display()))
}

/// True if two paths lead to one file.
pub fn is_same(a: &Path, b: &Path) -> bool {
    a == b || a.canonicalize().is_ok_and(|full| b.canonicalize().is_ok_and(|other| other == full))
}

/// Tells what is out of the ordinary in the files of corpora.
pub fn tell(corpora: &[&Corpus]) {
    corpora.iter().flat_map(|corpus| corpus.notes()).for_each(|note| complain(note));
}

/// Checks, before the work begins, that an output file can be written and is no input file.
///
/// # Errors
/// A sentence with the option and the file.
pub fn check_output(option: &str, output: &Path, inputs: &[PathBuf]) -> Result<(), String> {
    if output == Path::new("-") {
        return Err(format!("{option} -: expected a file"));
    }
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(format!("{option} {}: there is no folder {}", output.display(), folder.display()));
    }
    if inputs.iter().any(|file| is_same(file, output)) {
        return Err(format!("{option} {}: is also an input file; choose another path", output.display()));
    }
    Ok(())
}

/// Arguments of the command line. A word behind `--html` that says how comments are read belongs to it, and a file does not.
pub fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments = Vec::new();
    let mut rest = given.peekable();
    while let Some(argument) = rest.next() {
        match rest.next_if(|next| argument == "--html" && ["yes", "no", "auto"].iter().any(|word| next == word)) {
            Some(word) => arguments.push(format!("--html={}", word.to_string_lossy()).into()),
            None => arguments.push(argument),
        }
    }
    arguments
}

/// How comments are read, by `--html`.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReadHtml {
    /// As HTML
    Yes,
    /// As plain text
    No,
    /// As their file's first 500 comments are
    Auto,
}

impl From<ReadHtml> for Option<Html> {
    fn from(read: ReadHtml) -> Option<Html> {
        match read {
            ReadHtml::Yes => Some(Html::Yes),
            ReadHtml::No => Some(Html::No),
            ReadHtml::Auto => None,
        }
    }
}

/// Exit code of a program, given the number of rows that it left out or the error that stopped it; the message goes
/// to standard error.
pub fn end(done: Result<usize, Box<dyn std::error::Error>>) -> u8 {
    match done {
        Ok(0) => 0,
        Ok(bad) => {
            complain(&format!("{bad} rows could not be used and were left out"));
            1
        }
        Err(error) => {
            complain(&with_hint(&*error));
            2
        }
    }
}

/// Writes a message to standard error, after the name of the program. A failure to write it is no reason to stop.
pub fn complain(message: &dyn std::fmt::Display) {
    let message = message.to_string();
    let _ = writeln!(io::stderr(), "{}: {}", hint::PROGRAM, visible(&message));
}
