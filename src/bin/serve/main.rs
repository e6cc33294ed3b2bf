//! naqd-serve: scores comments over HTTP, for clients of the Perspective API and for Coral.
#![forbid(unsafe_code)]

mod answer;
mod app;
mod auth;
mod body;
mod config;
mod coral;
mod decisions;
mod deliveries;
mod desk;
mod engine;
mod error;
#[path = "../shared/excel.rs"]
mod excel;
mod export;
mod feedback;
mod files;
mod hooks;
mod hugging_face;
mod inflate;
mod json_relaxed;
mod json_repair;
mod listener;
#[path = "../shared/manual.rs"]
mod manual;
mod metrics;
mod moment;
mod openai;
mod origin;
mod perspective;
mod quotas;
mod rejected;
mod reload;
mod routes;
mod secret;
mod shares;
mod signature;
mod v1;

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args as ClapArgs, Parser, Subcommand};
use naqd::internal::io::{Dialect, visible};
use tokio::net::TcpListener;

use crate::app::App;
use crate::config::{CommandLine, Settings};
use crate::decisions::DecisionLog;
use crate::deliveries::Deliveries;
use crate::engine::Engine;
use crate::excel::Excel;
use crate::feedback::Feedback;
use crate::files::Fingerprint;
use crate::metrics::Metrics;

/// Threads that answer requests come and go with large buffers; glibc keeps an arena for each, and half of it empty.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Score comments over HTTP.
///
/// Answers clients of Google's Perspective API (comments:analyze and comments:suggestscore, under any prefix), Coral's
/// external moderation phase (POST /coral), and clients of its own API (POST /v1/score). GET /openapi.json describes all
/// routes.
/// Listens on this machine only, unless there are keys. SIGHUP reloads model and rules, SIGTERM stops the server.
#[derive(Parser)]
#[command(
    name = "naqd-serve",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "\
Exit codes:
  0  stopped by a signal, after all requests were answered
  2  could not run: error in a file, an address or the configuration

Examples:
  naqd-serve --feedback feedback.sqlite
  naqd-serve --config /etc/naqd/naqd.toml
  naqd-serve user add salma --role editor --review review.sqlite
  naqd-serve export --feedback feedback.sqlite > feedback.csv"
)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(ClapArgs)]
struct ServeArgs {
    /// Configuration file; options of the command line take precedence
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Model [default: the built-in one]
    #[arg(long, value_name = "FILE.naqd")]
    model: Option<PathBuf>,
    /// House rules: a CSV file with the columns phrase, effect (ignore, hold, reject or critical) and note
    #[arg(long, value_name = "FILE.csv")]
    rules: Option<PathBuf>,
    /// Address and port; port 0: any free port [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Store feedback in this SQLite file
    #[arg(long, value_name = "FILE")]
    feedback: Option<PathBuf>,
    /// Append a line of JSON to this file for every decision
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// Open the review desk at /review, with its comments and accounts in this SQLite file
    #[arg(long, value_name = "FILE")]
    review: Option<PathBuf>,
    /// Answer, log and count what naqd would do, for nobody to act on; Coral gets no opinion
    #[arg(long)]
    watch_only: bool,
    /// Minimum level of the log on standard error: error, warn, info, debug or trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Write feedback to standard output as labelled CSV, which naqd-train reads
    Export {
        /// SQLite file of the server
        #[arg(long, value_name = "FILE")]
        feedback: PathBuf,
        #[command(flatten)]
        excel: Excel,
    },
    /// Write the lines of the decision log to standard output that are of the comment on standard input
    Find {
        /// Decision log of the server, with its secret beside it
        #[arg(long, value_name = "FILE")]
        decisions: PathBuf,
    },
    /// Write the decision log to standard output, with hashes that nobody can guess in place of those of naqd 0.2 and before
    Migrate {
        /// Decision log of the server; its secret is made beside it if there is none
        #[arg(long, value_name = "FILE")]
        decisions: PathBuf,
    },
    /// Put the comments of a file into the queues of the review desk
    Queue(desk::commands::QueueFile),
    /// Add, reset, lock or list the accounts of the review desk
    #[command(subcommand)]
    User(desk::commands::User),
    /// Back up, restore, export or delete what the review desk keeps
    #[command(subcommand)]
    Review(desk::commands::Review),
    /// Train on the labels of the review desk, and switch to the new model if it is not worse
    Retrain(desk::commands::Retrain),
}

fn main() -> ExitCode {
    let args: Args = manual::parse(std::env::args_os().collect());
    let done = match args.command {
        Some(Command::Export { feedback, excel }) => export(&feedback, &excel),
        Some(Command::Find { decisions }) => find(&decisions),
        Some(Command::Migrate { decisions }) => migrate(&decisions),
        Some(Command::Queue(args)) => desk::commands::queue(&args),
        Some(Command::User(command)) => desk::commands::user(command),
        Some(Command::Review(command)) => desk::commands::review(command),
        Some(Command::Retrain(args)) => desk::commands::retrain(&args),
        None => run(args.serve),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A closed standard error does not change the exit code.
            let _ = writeln!(io::stderr(), "naqd-serve: {}", visible(&error));
            ExitCode::from(2)
        }
    }
}

fn export(feedback: &Path, excel: &Excel) -> Result<(), String> {
    let rows = feedback::export(feedback, excel.form(Dialect::default()), &mut io::stdout().lock())?;
    let _ = writeln!(io::stderr(), "naqd-serve: {rows} rows");
    Ok(())
}

fn find(decisions: &Path) -> Result<(), String> {
    let text = secret::comment(&mut io::stdin().lock()).map_err(|error| format!("standard input: {error}"))?;
    let lines = secret::find(decisions, &text, &mut io::stdout().lock()).map_err(|error| error.to_string())?;
    let _ = writeln!(io::stderr(), "naqd-serve: {lines} lines");
    Ok(())
}

fn migrate(decisions: &Path) -> Result<(), String> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let lines = secret::migrate(decisions, &mut out).map_err(|error| error.to_string())?;
    let _ = writeln!(io::stderr(), "naqd-serve: {lines} lines changed");
    Ok(())
}

fn run(args: ServeArgs) -> Result<(), String> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    // Before anything that takes time: until then a signal ends the program.
    let signals = {
        let _inside = runtime.enter();
        Signals::new().map_err(|error| error.to_string())?
    };
    let ServeArgs { config, model, rules, listen, feedback, decisions, review, watch_only, log } = args;
    let given = CommandLine { listen, model, rules, feedback, decisions, review, watch_only, log };
    let settings = Settings::read(config.as_deref(), given)?;
    logs(settings.log);
    let metrics = Metrics::new().map_err(|error| error.to_string())?;
    let seen = reload::fingerprints(&settings);
    let engine = Engine::read(&settings)?;
    let feedback = settings.feedback.as_deref().map(Feedback::open).transpose()?;
    let (feedback, keeper) = feedback.map_or((None, None), |(feedback, keeper)| (Some(feedback), Some(keeper)));
    let decisions = match &settings.decisions {
        Some(path) => Some(DecisionLog::open(path, &metrics).map_err(|error| format!("{}: {error}", path.display()))?),
        None => None,
    };
    let (decisions, writer) = decisions.map_or((None, None), |(log, writer)| (Some(log), Some(writer)));
    let deliveries = settings.deliveries.as_ref().map(|to| Deliveries::open(to, &metrics)).transpose()?;
    let (deliveries, deliverers) = deliveries.map_or((None, Vec::new()), |(to, threads)| (Some(to), threads));
    let (desk, desk_thread) = desk::Desk::open(&settings.review)?.unzip();
    let app = Arc::new(App::new(settings, metrics, engine, feedback, decisions, deliveries, desk));
    let served = runtime.block_on(answer(&app, seen, signals));
    if let Some(deliveries) = &app.deliveries {
        deliveries.stop();
    }
    runtime.shutdown_timeout(Duration::from_secs(1));
    // The threads that write end when the last sender is gone; what hangs does not keep the program.
    drop(app);
    let last = Instant::now() + LAST;
    let threads = [(keeper, "feedback"), (writer, "decision log"), (desk_thread, "review desk")];
    let threads = threads.into_iter().filter_map(|(thread, what)| Some((thread?, what)));
    let deliverers = deliverers.into_iter().map(|thread| (thread, "deliveries"));
    for (thread, what) in threads.chain(deliverers) {
        while !thread.is_finished() && Instant::now() < last {
            std::thread::sleep(Duration::from_millis(5));
        }
        if !thread.is_finished() {
            tracing::error!("{what}: not all was written in time");
        }
    }
    tracing::info!("stopped");
    served
}

/// Answers requests until a signal ends the server.
async fn answer(app: &Arc<App>, seen: Vec<Fingerprint>, signals: Signals) -> Result<(), String> {
    let (listener, address) = bind(app.settings.listen, "listen").await?;
    let metrics = match app.settings.metrics {
        None => None,
        Some(address) => Some(bind(address, "metrics").await?),
    };
    let Signals { stop, hangup } = signals;
    let scrapers = metrics.as_ref().map(|(_, address)| tracing::field::display(address));
    tracing::info!(%address, metrics = scrapers, model = app.engine().version, "listening");
    if app.settings.watch_only {
        tracing::warn!("watch only: answers say what naqd would do, and Coral gets no opinion");
    }
    let watcher = tokio::spawn(reload::watch(app.clone(), seen, hangup));
    let house = tokio::spawn(desk::keep_house(app.clone()));
    let scraped = metrics.map(|(listener, _)| {
        let router = routes::metrics_router(app.clone());
        tokio::spawn(listener::serve(app.clone(), listener, router, std::future::pending()))
    });
    listener::serve(app.clone(), listener, routes::router(app.clone()), stop.wait()).await;
    watcher.abort();
    house.abort();
    scraped.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

/// Binds the address of a setting; returns the one that it has become.
async fn bind(address: SocketAddr, setting: &str) -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind(address).await.map_err(|error| format!("{setting} {address}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    Ok((listener, address))
}

/// Maximum time for the disk to take what was received, and for a delivery that has begun, at the end.
const LAST: Duration = Duration::from_secs(6);

/// Signals to the program.
struct Signals {
    stop: Stop,
    hangup: reload::Hangup,
}

impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals { stop: Stop::new()?, hangup: reload::Hangup::new()? })
    }
}

/// Signals that ask the program to stop.
#[cfg(unix)]
struct Stop([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Stop {
    fn new() -> io::Result<Stop> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Stop([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]))
    }

    async fn wait(self) {
        let Stop([mut terminate, mut interrupt]) = self;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn new() -> io::Result<Stop> {
        Ok(Stop)
    }

    async fn wait(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Logs to standard error: for people on a terminal, else a JSON object a line. A log that cannot be written stops
/// nothing: the subscriber would report it to standard error too, and panic there.
fn logs(level: tracing::Level) {
    let logs = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_target(false);
    let logs = logs.log_internal_errors(false);
    if io::stderr().is_terminal() {
        logs.init();
    } else {
        logs.json().flatten_event(true).init();
    }
}
