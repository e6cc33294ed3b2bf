//! What the programs that read labelled comments share: how to read them, to show how far they are, and to end.

pub mod hints;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use encoding_rs::Encoding;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use naqd::CorpusReader;
use naqd::internal::io as input;
use naqd::internal::io::BadRow;
use naqd::internal::io::Format;
use naqd::internal::train::Progress;

/// Where text and label stand, and what labels there are.
#[derive(clap::Args)]
pub struct Reading {
    /// Column with the comment [default: text, comment, body, content or message]
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// Column with the label [default: label, class or category]
    #[arg(long, value_name = "NAME")]
    label_column: Option<String>,
    /// Encoding of files that are not UTF-8 and have no byte order mark, such as windows-1256
    #[arg(long, value_name = "NAME", value_parser = input::encoding)]
    encoding: Option<&'static Encoding>,
    /// Delimiter of the CSV files: a character, or tab [default: found out]
    #[arg(long, value_name = "CHAR", value_parser = input::delimiter)]
    delimiter: Option<u8>,
    /// Rename labels on the way in: approved=critical|neutral,rejected=abusive
    #[arg(long, value_name = "FROM=TO,...", value_delimiter = ',', value_parser = pair)]
    map: Vec<(String, String)>,
    /// The only labels that may occur (after --map); rows with others are bad rows
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    labels: Vec<String>,
    /// Give up at the first row that cannot be used
    #[arg(long)]
    strict: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.trim().is_empty() && !to.trim().is_empty() => Ok((from.into(), to.into())),
        _ => Err("expected label=label, or label=label|label".to_owned()),
    }
}

impl Reading {
    /// The reader that the arguments ask for.
    pub fn reader(&self) -> CorpusReader {
        CorpusReader {
            format: Format { encoding: self.encoding, delimiter: self.delimiter },
            text_column: self.text_column.clone(),
            label_column: self.label_column.clone(),
            map: self.map.clone(),
            labels: self.labels.clone(),
        }
    }

    /// What becomes of a row that cannot be used: it is counted and named, or with --strict the end.
    pub fn bad_row<'a>(&'a self, bar: &'a ProgressBar, bad: &'a mut usize) -> impl FnMut(&BadRow) -> bool + 'a {
        |row| {
            *bad += 1;
            if !self.strict {
                bar.suspend(|| complain(row));
            }
            !self.strict
        }
    }
}

/// A progress bar on standard error; where that is no terminal, nothing is seen of it.
pub fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} ({elapsed})").expect("a valid template");
    ProgressBar::new(1).with_finish(ProgressFinish::AndClear).with_style(style)
}

/// Shows how far training has come.
#[allow(dead_code)] // not every program trains
pub fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.of as u64);
    bar.set_position(progress.done as u64);
    bar.set_message(progress.what);
}

/// Checks before the work that a file can be written there and is none of those that are read.
pub fn check_output(option: &str, output: &Path, read: &[PathBuf]) -> Result<(), String> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(format!("{option} {}: there is no folder {}", output.display(), folder.display()));
    }
    let full = output.canonicalize().ok();
    if full.is_some() && read.iter().any(|file| file.canonicalize().ok() == full) {
        return Err(format!("{option} {}: is also read; it goes elsewhere", output.display()));
    }
    Ok(())
}

/// The exit code of a program that left out so many rows, or could not run; says so on standard error.
pub fn end(done: Result<usize, Box<dyn std::error::Error>>) -> ExitCode {
    match done {
        Ok(0) => ExitCode::SUCCESS,
        Ok(bad) => {
            complain(&format!("{bad} rows could not be used and were left out"));
            ExitCode::from(1)
        }
        Err(error) => {
            let hint = error.downcast_ref().map_or("", hints::of_corpus);
            complain(&format!("{error}{hint}"));
            ExitCode::from(2)
        }
    }
}

/// Writes to standard error; that nobody reads it is no reason to stop.
pub fn complain(what: &dyn std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{}: {what}", env!("CARGO_BIN_NAME"));
}
