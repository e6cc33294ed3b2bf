//! Deliveries: decisions told to other programs, the only connections that naqd begins. Off unless the settings name somebody
//! to tell, and to nobody else.
//!
//! Each receiver has a queue and a thread. What cannot be delivered is kept in a file, the dead letters.

mod coral;
mod dead_letters;
mod receiver;
mod settings;

use std::sync::Arc;
use std::thread::JoinHandle;

use naqd::internal::decide::write_json;
use serde::Serialize;

pub use self::coral::{CoralComment, CoralDecision};
use self::dead_letters::DeadLetters;
use self::receiver::Receiver;
use self::settings::{CORAL_DESK, HOOKS};
pub use self::settings::{CoralApi, DeliveriesFile, DeliverySettings, REVIEW};
use crate::metrics::Metrics;
use crate::moment;

/// Names of a comment and of what belongs to it, as the sender calls them.
#[derive(Serialize, Clone, Copy, Default)]
pub struct Names<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<&'a str>,
}

/// A comment that naqd decided on.
#[derive(Serialize)]
pub struct Decided<'a, V: Serialize> {
    #[serde(flatten)]
    pub names: Names<'a>,
    pub model: &'a str,
    /// Without text of the comment.
    #[serde(flatten)]
    pub verdict: V,
}

/// What is sent.
#[derive(Serialize)]
struct Event<'a, D: Serialize> {
    event: &'static str,
    /// Name of the delivery, the same in every attempt.
    delivery: &'a str,
    time: String,
    route: &'a str,
    #[serde(flatten)]
    decided: &'a D,
}

/// An event on its way.
struct Letter {
    delivery: String,
    body: Vec<u8>,
    /// What Coral is asked with, which has no doors for events.
    coral: Option<CoralDecision>,
}

impl Letter {
    /// What of it takes memory.
    fn size(&self) -> usize {
        self.body.len() + self.coral.as_ref().map_or(0, |decided| decided.comment.text.len())
    }
}

/// Queues of all receivers.
pub struct Deliveries {
    receivers: Vec<Receiver>,
    dead_letters: DeadLetters,
}

impl Deliveries {
    /// Opens the file of dead letters and starts the threads; to be joined after [`Deliveries::stop`].
    ///
    /// # Errors
    /// The file cannot be written, or a certificate not read.
    pub fn open(settings: &DeliverySettings, metrics: &Metrics) -> Result<(Deliveries, Vec<JoinHandle<()>>), String> {
        let (dead_letters, writer) = DeadLetters::open(&settings.dead_letters, metrics)?;
        let mut threads = Vec::new();
        let mut receivers = Vec::new();
        for receiver in &settings.to {
            let (receiver, thread) = Receiver::start(receiver, &dead_letters, metrics)
                .map_err(|error| format!("deliveries.to.{}: {error}", receiver.name))?;
            receivers.push(receiver);
            threads.push(thread);
        }
        // Last, since the others send to it.
        threads.push(writer);
        Ok((Deliveries { receivers, dead_letters }, threads))
    }

    /// Tells all who want to know of decisions of a route; returns at once. A comment without a name, its `id`, is told to
    /// nobody, who could not tell which one it is.
    pub fn send<D: Serialize>(&self, route: &str, id: Option<&str>, decided: &D) {
        if id.is_some() {
            self.post(route, decided, None);
        }
    }

    /// Tells Coral of a moderator's decision, if its token is known; returns at once.
    pub fn send_to_coral(&self, decided: CoralDecision) {
        self.post(CORAL_DESK, &decided, Some(&decided));
    }

    fn post<D: Serialize>(&self, route: &str, decided: &D, coral: Option<&CoralDecision>) {
        if !self.wants(route) {
            return;
        }
        let mut bytes = [0; 16];
        if let Err(error) = getrandom::fill(&mut bytes) {
            tracing::error!(%error, "no name for a delivery");
        }
        let delivery = hex::encode(bytes);
        let event = Event { event: "decision", delivery: &delivery, time: moment::now(), route, decided };
        let mut body = Vec::with_capacity(512);
        write_json(&mut body, &event);
        let letter = Arc::new(Letter { delivery, body, coral: coral.cloned() });
        for receiver in self.receivers.iter().filter(|receiver| receiver.wants(route)) {
            receiver.send(&letter);
        }
    }

    /// Somebody wants to know of decisions of a route.
    pub fn wants(&self, route: &str) -> bool {
        self.receivers.iter().any(|receiver| receiver.wants(route))
    }

    /// Ends the threads, once what is being delivered is: what waits becomes dead letters.
    pub fn stop(&self) {
        self.receivers.iter().for_each(Receiver::stop);
        self.dead_letters.stop();
    }
}

/// A route is one of a list, or a webhook where the list has all of them.
fn is_among(routes: &[String], route: &str) -> bool {
    let is_hook = route.strip_prefix(HOOKS).is_some_and(|rest| rest.starts_with('/'));
    routes.iter().any(|known| known == route || is_hook && known == HOOKS)
}
