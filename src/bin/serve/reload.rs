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
pub async fn watch(app: Arc<App>, mut seen: Vec<Fingerprint>, mut hangup: Hangup) {
    let mut tick = tokio::time::interval(INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = seen.clone();
    loop {
        let told = tokio::select! {
            _ = tick.tick() => false,
            () = hangup.next() => true,
        };
        if told && let Some(log) = &app.decisions {
            log.reopen().await;
        }
        let now = fingerprints(&app.settings);
        // A file that is being written is another at each look. A bad file is not read again before it changes.
        if told || now != seen && now == before {
            seen = reload(&app, now.clone(), told).await;
        }
        before = now;
    }
}

/// Fingerprints of the files whose changes matter.
pub fn fingerprints(settings: &Settings) -> Vec<Fingerprint> {
    let card = settings.model.as_deref().map(card);
    settings.model.iter().chain(&settings.rules).chain(&card).map(|file| fingerprint(file)).collect()
}

/// Reads model and rules again; keeps those in use if the new ones are bad, or if they changed while they were read. Returns
/// the fingerprints of what was read. `told` is by SIGHUP.
async fn reload(app: &Arc<App>, seen: Vec<Fingerprint>, told: bool) -> Vec<Fingerprint> {
    let reader = app.clone();
    let read = tokio::task::spawn_blocking(move || {
        let read = Engine::read(&reader.settings).and_then(|engine| {
            engine.may_replace(&reader.engine(), told)?;
            Ok(engine)
        });
        let changed = !told && fingerprints(&reader.settings) != seen;
        (read, seen, changed)
    });
    let (read, seen) = match read.await {
        // Another look will come.
        Ok((_, _, true)) => return Vec::new(),
        Ok((read, seen, false)) => (read, seen),
        Err(error) => (Err(error.to_string()), Vec::new()),
    };
    match read {
        Ok(engine) => {
            let (model, rules, before) = (engine.version.clone(), engine.rule_count(), app.engine().rule_count());
            app.replace(engine);
            app.metrics.reloaded(true);
            tracing::info!(model, rules, rules_before = before, "reloaded");
        }
        Err(error) => {
            app.metrics.reloaded(false);
            tracing::error!(error, "not reloaded: the previous model and rules stay in use");
        }
    }
    seen
}

/// SIGHUP.
#[cfg(unix)]
pub struct Hangup(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Hangup {
    /// Takes the signal from now on: before, it ends the program.
    pub fn new() -> std::io::Result<Hangup> {
        Ok(Hangup(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?))
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// No signal.
#[cfg(not(unix))]
pub struct Hangup;

#[cfg(not(unix))]
impl Hangup {
    /// Takes no signal.
    pub fn new() -> std::io::Result<Hangup> {
        Ok(Hangup)
    }

    async fn next(&mut self) {
        std::future::pending().await
    }
}
