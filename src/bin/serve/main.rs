//! naqd-serve: what a model says of comments, over HTTP, to clients that were made for Perspective and to Coral.
#![forbid(unsafe_code)]

mod api;
mod app;
mod config;
mod coral;
mod decisions;
mod feedback;
mod html;
mod keys;
mod language;
mod loaded;
mod metrics;
mod perspective;
mod problem;
mod reload;
mod repair;
mod serve;
mod suggestscore;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args as ClapArgs, Parser, Subcommand};
use tokio::net::TcpListener;

use crate::app::App;
use crate::config::{Given, Settings};
use crate::decisions::DecisionLog;
use crate::feedback::Feedback;
use crate::loaded::Loaded;
use crate::metrics::Metrics;

/// Score comments over HTTP.
///
/// Answers clients of Google's Perspective API (comments:analyze, comments:suggestscore, under any prefix), Coral's
/// external moderation phase (POST /coral), and its own clients (POST /v1/score; GET /openapi.json describes all).
/// Listens on this machine only, unless there are keys. SIGHUP reads model and rules anew, SIGTERM ends.
#[derive(Parser)]
#[command(
    name = "naqd-serve",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "\
Exit codes:
  0  done: told to end, and all requests were answered
  2  could not run: a file, an address or the configuration is wrong

Examples:
  naqd-serve --feedback feedback.sqlite
  naqd-serve --config /etc/naqd/naqd.toml
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
    /// Configuration; what stands on the command line goes before it
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// The model [default: the one in the program]
    #[arg(long, value_name = "FILE.naqd")]
    model: Option<PathBuf>,
    /// Rules of the house: CSV with the columns phrase, effect (ignore, hold, reject, critical) and note
    #[arg(long, value_name = "FILE.csv")]
    rules: Option<PathBuf>,
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Keep feedback in this SQLite file
    #[arg(long, value_name = "FILE")]
    feedback: Option<PathBuf>,
    /// Write a line of JSON for every decision to the end of this file
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// Least level of the log on standard error: error, warn, info, debug or trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Write the feedback as labelled CSV, as naqd-train reads it
    Export {
        /// The SQLite file
        #[arg(long, value_name = "FILE")]
        feedback: PathBuf,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.command {
        Some(Command::Export { feedback }) => export(&feedback),
        None => run(args.serve),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // That nobody reads it is no reason for another exit code.
            let _ = writeln!(io::stderr(), "naqd-serve: {error}");
            ExitCode::from(2)
        }
    }
}

fn export(feedback: &std::path::Path) -> Result<(), String> {
    let rows = feedback::export(feedback, &mut io::stdout().lock())?;
    let _ = writeln!(io::stderr(), "naqd-serve: {rows} rows");
    Ok(())
}

fn run(args: ServeArgs) -> Result<(), String> {
    let ServeArgs { config, model, rules, listen, feedback, decisions, log } = args;
    let settings = Settings::read(config.as_deref(), Given { listen, model, rules, feedback, decisions, log })?;
    logs(settings.log);
    let metrics = Metrics::new().map_err(|error| error.to_string())?;
    let seen = reload::fingerprints(&settings);
    let loaded = Loaded::read(&settings)?;
    let feedback = settings.feedback.as_deref().map(Feedback::open).transpose()?;
    let (feedback, keeper) = feedback.map_or((None, None), |(feedback, keeper)| (Some(feedback), Some(keeper)));
    let decisions = match &settings.decisions {
        Some(path) => Some(DecisionLog::open(path, &metrics).map_err(|error| format!("{}: {error}", path.display()))?),
        None => None,
    };
    let (decisions, writer) = decisions.map_or((None, None), |(log, writer)| (Some(log), Some(writer)));
    let app = Arc::new(App::new(settings, metrics, loaded, feedback, decisions));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    let served = runtime.block_on(async {
        let address = app.settings.listen;
        let listener = TcpListener::bind(address).await.map_err(|error| format!("listen {address}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let stop = stop().map_err(|error| error.to_string())?;
        tracing::info!(%address, model = app.loaded().version, "listening");
        let watcher = tokio::spawn(reload::watch(app.clone(), seen));
        serve::serve(app.clone(), listener, stop).await;
        watcher.abort();
        Ok(())
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    // With the last sender the threads that write come to their end.
    drop(app);
    for thread in [keeper, writer].into_iter().flatten() {
        let _ = thread.join();
    }
    tracing::info!("stopped");
    served
}

/// Done when the program is told to end.
fn stop() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Logs to standard error: for people on a terminal, else a JSON object a line. A log that cannot be written is no
/// reason to stop: the subscriber would tell it to standard error too, and panic there.
fn logs(level: tracing::Level) {
    let logs = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_target(false);
    let logs = logs.log_internal_errors(false);
    if io::stderr().is_terminal() {
        logs.init();
    } else {
        logs.json().flatten_event(true).init();
    }
}
