//! Reload of the model and the rules without a restart: on SIGHUP, and when a file changes.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::app::App;
use crate::config::Settings;
use crate::engine::{Engine, card};
use crate::files::{Fingerprint, fingerprint};

/// Time between two looks at the files. A rename, a copy over a network and a container's volume all show up so; not all
/// of them cause a notification.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks for changes until the program ends. `seen` are the fingerprints from before the model was first read.
pub async fn watch(app: Arc<App>, mut seen: Vec<Fingerprint>) {
    let mut tick = tokio::time::interval(INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut hangup = hangup();
    loop {
        let told = tokio::select! {
            _ = tick.tick() => false,
            () = hangup.next() => true,
        };
        if told && let Some(log) = &app.decisions {
            log.reopen().await;
        }
        let now = fingerprints(&app.settings);
        // A bad file is not read again before it changes.
        if told || now != seen {
            seen = now;
            reload(&app).await;
        }
    }
}

/// Fingerprints of the files whose changes matter.
pub fn fingerprints(settings: &Settings) -> Vec<Fingerprint> {
    let card = settings.model.as_deref().map(card);
    settings.model.iter().chain(&settings.rules).chain(&card).map(|file| fingerprint(file)).collect()
}

/// Reads model and rules again; keeps those in use if the new ones are bad.
async fn reload(app: &Arc<App>) {
    let reader = app.clone();
    let read = tokio::task::spawn_blocking(move || {
        let engine = Engine::read(&reader.settings)?;
        engine.may_replace(&reader.engine())?;
        Ok(engine)
    });
    match read.await.map_err(|error| error.to_string()).and_then(|read: Result<Engine, String>| read) {
        Ok(engine) => {
            let model = engine.version.clone();
            app.replace(engine);
            app.metrics.reloaded(true);
            tracing::info!(model, "reloaded");
        }
        Err(error) => {
            app.metrics.reloaded(false);
            tracing::error!(error, "not reloaded: the previous model and rules stay in use");
        }
    }
}

#[cfg(unix)]
struct Hangup(Option<tokio::signal::unix::Signal>);

#[cfg(unix)]
fn hangup() -> Hangup {
    Hangup(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok())
}

#[cfg(not(unix))]
struct Hangup;

#[cfg(not(unix))]
fn hangup() -> Hangup {
    Hangup
}

impl Hangup {
    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.0 {
            signal.recv().await;
            return;
        }
        std::future::pending().await
    }
}
