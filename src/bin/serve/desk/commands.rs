//! Commands of the desk: accounts, comments from files, backups, exports, deletion.

use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use naqd::internal::io::{BadRow, Dialect};
use naqd::{Corpus, CorpusReader, Html};
use rusqlite::{Transaction, TransactionBehavior};

use crate::config::{CommandLine, Settings};
use crate::desk::audit::{self, COMMAND, Entry};
use crate::desk::intake::{self, Arrival, Judged, Kept};
use crate::desk::people::{self, Role};
pub use crate::desk::retrain::Retrain;
use crate::desk::{downloads, retrain, store};
use crate::engine::Engine;
use crate::excel::Excel;
use crate::feedback;

/// Comments of a file in one transaction.
const BATCH: usize = 2_000;

/// Accounts of the desk.
#[derive(Subcommand)]
pub enum User {
    /// Add an account, and write its password to standard output
    Add {
        /// Name to sign in with
        name: String,
        /// moderator, editor or admin
        #[arg(long, default_value = "moderator")]
        role: Role,
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        password: Password,
    },
    /// Give an account another password and unlock it; its sessions end
    Reset {
        /// Name of the account
        name: String,
        /// Another role as well: moderator, editor or admin
        #[arg(long)]
        role: Option<Role>,
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        password: Password,
    },
    /// Lock an account; its sessions end. What the person did stays in the audit log
    Lock {
        /// Name of the account
        name: String,
        #[command(flatten)]
        at: At,
    },
    /// List all accounts
    List {
        #[command(flatten)]
        at: At,
    },
}

/// File of the desk.
#[derive(ClapArgs)]
pub struct At {
    /// SQLite file of the review desk
    #[arg(long, value_name = "FILE")]
    review: PathBuf,
}

/// Where a password comes from.
#[derive(ClapArgs)]
pub struct Password {
    /// Read the password from standard input [default: one that is made up and shown once]
    #[arg(long)]
    password_stdin: bool,
}

/// What is done with the desk's file.
#[derive(Subcommand)]
pub enum Review {
    /// Copy the file as it is at one moment, while the server runs
    Backup {
        #[command(flatten)]
        at: At,
        /// File to write; it must not be there
        copy: PathBuf,
    },
    /// Put a backup in the place of the file, while the server is stopped
    Restore {
        #[command(flatten)]
        at: At,
        /// Backup
        copy: PathBuf,
        /// Take the place of a file that is there; it is kept with .before behind its name
        #[arg(long)]
        replace: bool,
    },
    /// Write the labels of people to standard output as CSV, which naqd-train reads
    Labels {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        excel: Excel,
    },
    /// Write the audit log to standard output as CSV
    Audit {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        excel: Excel,
    },
    /// Delete all that is kept of a comment or of an author: queue, labels and feedback
    Forget {
        #[command(flatten)]
        at: At,
        /// Feedback of the server, to delete from as well
        #[arg(long, value_name = "FILE")]
        feedback: Option<PathBuf>,
        /// Identifier of the comment, as the site sent it
        #[arg(long, required_unless_present = "author")]
        id: Option<String>,
        /// Name of the author, as the site sent it
        #[arg(long, conflicts_with = "id")]
        author: Option<String>,
    },
}

/// Comments of a file for the desk.
#[derive(ClapArgs)]
pub struct QueueFile {
    /// File of comments: CSV or JSON. The columns id, author, story (or article), parent, link and time go with them
    file: PathBuf,
    /// SQLite file of the review desk [default: that of the configuration]
    #[arg(long, value_name = "FILE")]
    review: Option<PathBuf>,
    /// Configuration of the server: its model, rules, thresholds and desk
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Model [default: that of the configuration, or the built-in one]
    #[arg(long, value_name = "FILE.naqd")]
    model: Option<PathBuf>,
    /// House rules
    #[arg(long, value_name = "FILE.csv")]
    rules: Option<PathBuf>,
    /// Column of the comments [default: text, comment and the like]
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// Comments are HTML: yes or no [default: found out]
    #[arg(long, value_name = "YES-OR-NO")]
    html: Option<String>,
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Does something with accounts.
///
/// # Errors
/// A name or password that cannot be, or the file.
pub fn user(command: User) -> Result<(), String> {
    match command {
        User::Add { name, role, at, password } => {
            people::check_name(&name)?;
            let database = store::connect(&at.review)?;
            let (chosen, is_new) = password.read()?;
            people::add(&database, &name, role, &chosen)?;
            show(&chosen, is_new)
        }
        User::Reset { name, role, at, password } => {
            let database = store::existing(&at.review)?;
            let (chosen, is_new) = password.read()?;
            people::change(&database, &name, role, Some(&chosen), Some(false))?;
            show(&chosen, is_new)
        }
        User::Lock { name, at } => people::change(&store::existing(&at.review)?, &name, None, None, Some(true)),
        User::List { at } => {
            let mut out = io::stdout().lock();
            let accounts = people::list(&store::existing(&at.review)?)?;
            accounts.iter().try_for_each(|account| writeln!(out, "{}", account.join(","))).map_err(words)
        }
    }
}

impl Password {
    /// The password, and whether it was made up.
    fn read(&self) -> Result<(String, bool), String> {
        if !self.password_stdin {
            return Ok((people::new_password().map_err(words)?, true));
        }
        let mut text = String::new();
        io::stdin().lock().take(4096).read_to_string(&mut text).map_err(|error| format!("standard input: {error}"))?;
        let password = text.trim_end_matches(['\r', '\n']).to_owned();
        people::check_password(&password)?;
        Ok((password, false))
    }
}

/// Shows a password that was made up, once.
fn show(password: &str, is_new: bool) -> Result<(), String> {
    if !is_new {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        writeln!(out, "password, shown only now: {password}").map_err(words)
    } else {
        writeln!(out, "{password}").map_err(words)
    }
}

/// Does something with the file of the desk.
///
/// # Errors
/// The file, or what is asked for cannot be.
pub fn review(command: Review) -> Result<(), String> {
    let tell = |rows: u64| {
        let _ = writeln!(io::stderr(), "naqd-serve: {rows} rows");
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match command {
        Review::Backup { at, copy } => store::backup(&at.review, &copy),
        Review::Restore { at, copy, replace } => {
            if let Some(before) = store::restore(&copy, &at.review, replace)? {
                let _ = writeln!(io::stderr(), "naqd-serve: what was there is kept in {}", before.display());
            }
            Ok(())
        }
        Review::Labels { at, excel } => {
            downloads::write_labels_of(&at.review, excel.form(Dialect::default()), &mut out).map(tell)
        }
        Review::Audit { at, excel } => {
            audit::export_file(&at.review, excel.form(Dialect::default()), &mut out).map(tell)
        }
        Review::Forget { at, feedback, id, author } => {
            let database = store::existing(&at.review)?;
            let (id, author) = (id.as_deref(), author.as_deref());
            let found = intake::to_forget(&database, id, author).map_err(words)?;
            // The desk last: it is what knows which rows of feedback are meant.
            let rows = match &feedback {
                Some(path) => feedback::forget(path, &found.ids, &found.texts)?,
                None => 0,
            };
            let forgotten = intake::forget(&database, COMMAND, id, author).map_err(words)?;
            if !store::write_back(&database)? {
                let _ = writeln!(
                    io::stderr(),
                    "naqd-serve: somebody reads the file at the moment: what was deleted stands in its -wal until naqd-serve \
                     stops or looks after it, in ten minutes"
                );
            }
            let _ = writeln!(
                io::stderr(),
                "naqd-serve: {} comments and {rows} rows of feedback deleted. Backups and exported files still hold theirs; \
                 a model keeps words of what it has learnt",
                forgotten.comments
            );
            Ok(())
        }
    }
}

/// Judges the comments of a file and puts them into the queues.
///
/// # Errors
/// A file that cannot be read, or a full desk.
pub fn queue(args: &QueueFile) -> Result<(), String> {
    let given = CommandLine {
        // The keys of the server do not matter here.
        listen: Some("127.0.0.1:0".to_owned()),
        model: args.model.clone(),
        rules: args.rules.clone(),
        review: args.review.clone(),
        ..CommandLine::default()
    };
    let settings = Settings::read(args.config.as_deref(), given)?;
    let file = settings
        .review
        .file
        .as_ref()
        .ok_or("no review desk: name its file with --review FILE or --config FILE.toml")?;
    let html = match args.html.as_deref() {
        None => None,
        Some("yes") => Some(Html::Yes),
        Some("no") => Some(Html::No),
        Some(other) => return Err(format!("--html {other:?}: expected yes or no")),
    };
    let engine = Engine::read(&settings)?;
    let corpus = read(args, html)?;
    let database = store::connect(file)?;
    let mut kept = Kept::default();
    for first in (0..corpus.texts().len()).step_by(BATCH) {
        let numbers = first..corpus.texts().len().min(first + BATCH);
        let arrivals: Vec<_> = numbers.map(|number| arrival(&engine, &corpus, number)).collect();
        let transaction = Transaction::new_unchecked(&database, TransactionBehavior::Immediate).map_err(words)?;
        let inserted =
            intake::insert_all(&transaction, &arrivals, settings.review.spot_checks, settings.review.max_mib)
                .map_err(words)?;
        transaction.commit().map_err(words)?;
        kept.kept += inserted.kept;
        kept.known += inserted.known;
    }
    let entry = Entry { who: COMMAND, act: "queue", why: Some(&kept.kept.to_string()), ..Entry::default() };
    audit::add(&database, &entry).map_err(words)?;
    let _ = writeln!(
        io::stderr(),
        "naqd-serve: {} of {} comments are in the queues, {} were there before; nobody needs to see the others",
        kept.kept,
        corpus.texts().len(),
        kept.known
    );
    Ok(())
}

/// Reads the comments with their other columns. A row that cannot be used is told and left out.
fn read(args: &QueueFile, html: Option<Html>) -> Result<Corpus, String> {
    let reader =
        CorpusReader { text_column: args.text_column.clone(), html, keep_columns: true, ..CorpusReader::default() };
    let mut bad = |row: &BadRow| {
        let _ = writeln!(io::stderr(), "naqd-serve: {}", naqd::internal::io::visible(&row.to_string()));
        true
    };
    reader.read_unlabelled(std::slice::from_ref(&args.file), &mut bad).map_err(words)
}

/// A comment of a file, judged.
fn arrival(engine: &Engine, corpus: &Corpus, number: usize) -> (Arrival, Judged) {
    let names = corpus.other_columns();
    let cells = corpus.other_cells(number);
    let cell = |wanted: &[&str]| {
        let place = names.iter().position(|name| wanted.contains(&name.trim().to_lowercase().as_str()))?;
        cells.get(place).map(|cell| (*cell).to_owned())
    };
    let text = corpus.texts()[number].clone();
    let (judgement, decision) = engine.judge(&text);
    let judged = Judged::of(engine, &judgement, &judgement.verdict, decision);
    let arrival = Arrival {
        id: cell(&["id", "comment_id"]),
        author: cell(&["author", "user", "username", "name"]),
        story: cell(&["story", "article", "title", "url"]),
        parent: cell(&["parent", "parent_id", "in_reply_to"]),
        link: cell(&["link", "permalink", "url"]),
        time: cell(&["time", "created_at", "date", "created"]),
        door: "queue".into(),
        text,
    };
    (arrival, judged)
}

/// Trains the next model.
///
/// # Errors
/// See [`retrain::run`].
pub fn retrain(args: &Retrain) -> Result<(), String> {
    retrain::run(args, &mut io::stdout().lock()).map(drop)
}
