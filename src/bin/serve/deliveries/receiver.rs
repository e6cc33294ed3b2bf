//! One receiver: its queue, and the thread that delivers one event after the other, in their order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, SyncSender, TryRecvError, sync_channel};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

use prometheus::{IntCounterVec, IntGauge};
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::dead_letters::{Dead, DeadLetters};
use super::settings::{ReceiverSettings, Way};
use super::{Letter, is_among};
use crate::files::Trouble;
use crate::metrics::Metrics;
use crate::signature::sign;

/// Maximum number of events that wait for one receiver.
const MAX_WAITING: usize = 16_384;
/// The same in bytes.
const MAX_BYTES: usize = 16 << 20;
/// Maximum time of one attempt: to find the address, to connect, to send, and to be answered.
pub const TIMEOUT: Duration = Duration::from_secs(5);
/// Time before each further attempt, in seconds. After the last one the event is a dead letter.
const PAUSES: [u64; 7] = [1, 2, 4, 8, 16, 32, 60];
/// Maximum size of the head of an answer, in bytes; of its body nothing is read.
const MAX_HEAD: usize = 16 << 10;

/// Sender to the thread of one receiver.
pub struct Receiver {
    name: Arc<str>,
    routes: Vec<String>,
    /// None wakes it up.
    queue: SyncSender<Option<Arc<Letter>>>,
    state: Arc<State>,
    thread: Thread,
    dead_letters: DeadLetters,
}

/// What the queue and the thread share.
struct State {
    stopping: AtomicBool,
    /// Size of all that waits.
    bytes: AtomicUsize,
    waiting: IntGauge,
}

impl Receiver {
    /// Starts the thread.
    ///
    /// # Errors
    /// Its certificate cannot be read.
    pub fn start(
        settings: &ReceiverSettings,
        dead_letters: &DeadLetters,
        metrics: &Metrics,
    ) -> Result<(Receiver, JoinHandle<()>), String> {
        let name: Arc<str> = settings.name.as_str().into();
        for result in ["delivered", "retried", "dead", "lost"] {
            metrics.deliveries.with_label_values(&[&*name, result]);
        }
        let waiting = metrics.deliveries_waiting.with_label_values(&[&*name]);
        let state = Arc::new(State { stopping: AtomicBool::new(false), bytes: AtomicUsize::new(0), waiting });
        let (queue, letters) = sync_channel(MAX_WAITING);
        let worker = Worker {
            name: name.clone(),
            way: settings.way.clone(),
            agent: agent(settings.ca.as_deref())?,
            state: state.clone(),
            dead_letters: dead_letters.sender().ok_or("the dead letters are closed")?,
            results: metrics.deliveries.clone(),
            trouble: Trouble::default(),
        };
        let thread = std::thread::Builder::new().name("deliveries".to_owned()).spawn(move || worker.run(&letters));
        let thread = thread.map_err(|error| error.to_string())?;
        let handle = thread.thread().clone();
        let routes = settings.routes.clone();
        Ok((Receiver { name, routes, queue, state, thread: handle, dead_letters: dead_letters.clone() }, thread))
    }

    /// It is to be told of decisions of a route.
    pub fn wants(&self, route: &str) -> bool {
        is_among(&self.routes, route)
    }

    /// Puts an event into the queue; where that is full it is a dead letter at once.
    pub fn send(&self, letter: &Arc<Letter>) {
        let size = letter.size();
        let state = &self.state;
        let has_room = state.bytes.fetch_add(size, Ordering::Relaxed) + size <= MAX_BYTES;
        state.waiting.inc();
        if has_room && !self.is_stopping() && self.queue.try_send(Some(letter.clone())).is_ok() {
            return;
        }
        state.left(size);
        let error = if self.is_stopping() { STOPPED } else { "the queue is full" };
        let error = error.to_owned();
        self.dead_letters.add(Dead { to: self.name.clone(), letter: letter.clone(), attempts: 0, error });
    }

    fn is_stopping(&self) -> bool {
        self.state.stopping.load(Ordering::Relaxed)
    }

    /// Ends the thread; what waits becomes dead letters.
    pub fn stop(&self) {
        self.state.stopping.store(true, Ordering::Relaxed);
        // It waits for the next event, or for the next attempt.
        let _ = self.queue.try_send(None);
        self.thread.unpark();
    }
}

/// Error of events that still wait at the end.
const STOPPED: &str = "naqd-serve was stopped";

impl State {
    fn left(&self, size: usize) {
        self.bytes.fetch_sub(size, Ordering::Relaxed);
        self.waiting.dec();
    }
}

/// What came of an attempt.
pub enum Outcome {
    /// It is where it should be.
    Delivered,
    /// Another attempt may succeed.
    Later(String),
    /// It would be refused again.
    Never(String),
}

/// What the thread has.
struct Worker {
    name: Arc<str>,
    way: Way,
    agent: Agent,
    state: Arc<State>,
    dead_letters: SyncSender<Dead>,
    results: IntCounterVec,
    trouble: Trouble,
}

impl Worker {
    fn run(&self, letters: &mpsc::Receiver<Option<Arc<Letter>>>) {
        loop {
            let next = if self.is_stopping() {
                match letters.try_recv() {
                    Ok(next) => next,
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
                }
            } else {
                match letters.recv() {
                    Ok(next) => next,
                    Err(mpsc::RecvError) => return,
                }
            };
            let Some(letter) = next else { continue };
            let size = letter.size();
            self.deliver(letter);
            self.state.left(size);
        }
    }

    fn is_stopping(&self) -> bool {
        self.state.stopping.load(Ordering::Relaxed)
    }

    /// Delivers an event, in several attempts if need be, or makes it a dead letter.
    fn deliver(&self, letter: Arc<Letter>) {
        let mut attempts = 0;
        let mut error = STOPPED.to_owned();
        for pause in PAUSES.map(Some).into_iter().chain([None]) {
            if self.is_stopping() {
                break;
            }
            attempts += 1;
            match self.attempt(&letter) {
                Outcome::Delivered => {
                    self.count("delivered");
                    if self.trouble.succeeded() {
                        tracing::info!(to = &*self.name, "deliveries: they arrive again");
                    }
                    return;
                }
                Outcome::Never(why) => {
                    error = why;
                    break;
                }
                Outcome::Later(why) => error = why,
            }
            if self.trouble.failed() {
                tracing::warn!(to = &*self.name, error, "deliveries: not delivered, to be tried again");
            }
            let Some(pause) = pause else { break };
            self.count("retried");
            self.wait(Duration::from_secs(pause));
        }
        let dead = Dead { to: self.name.clone(), letter, attempts, error };
        if self.dead_letters.send(dead).is_err() {
            self.count("lost");
        }
    }

    fn count(&self, result: &str) {
        self.results.with_label_values(&[&*self.name, result]).inc();
    }

    /// Waits for so long, or until the end.
    fn wait(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while !self.is_stopping() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::park_timeout(left);
        }
    }

    /// Sends an event once.
    fn attempt(&self, letter: &Letter) -> Outcome {
        match (&self.way, &letter.coral) {
            (Way::Signed { address, secret }, _) => self.post(address, secret, letter),
            (Way::Coral(coral), Some(decided)) => coral.attempt(&self.agent, &letter.delivery, decided),
            (Way::Coral(_), None) => Outcome::Never("not a comment from Coral".to_owned()),
        }
    }

    /// Posts an event, signed anew.
    fn post(&self, address: &str, secret: &str, letter: &Letter) -> Outcome {
        let request = self
            .agent
            .post(address)
            .header("Content-Type", "application/json")
            .header("X-Naqd-Event", "decision")
            .header("X-Naqd-Delivery", &letter.delivery)
            .header("X-Naqd-Signature", sign(secret, &letter.body));
        match request.send(&letter.body[..]) {
            Ok(answer) => of_status(answer.status().as_u16()),
            Err(error) => Outcome::Later(error.to_string()),
        }
    }
}

/// What a status says of an attempt.
pub fn of_status(status: u16) -> Outcome {
    match status {
        200..=299 => Outcome::Delivered,
        408 | 425 | 429 | 500.. => Outcome::Later(format!("status {status}")),
        300..=399 => Outcome::Never(format!("status {status}: it points elsewhere, where nothing is sent")),
        _ => Outcome::Never(format!("status {status}")),
    }
}

/// The client: to the address and nowhere else, neither by a redirect nor by a proxy of the environment.
fn agent(ca: Option<&[u8]>) -> Result<Agent, String> {
    let mut tls = TlsConfig::builder();
    if let Some(pem) = ca {
        let items: Result<Vec<PemItem>, _> = parse_pem(pem).collect();
        let items = items.map_err(|error| format!("ca: {error}"))?;
        let certificates = items.into_iter().filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        });
        let certificates: Vec<_> = certificates.collect();
        if certificates.is_empty() {
            return Err(
                "ca: there is no certificate in the file, expected PEM (-----BEGIN CERTIFICATE-----)".to_owned()
            );
        }
        tls = tls.root_certs(RootCerts::Specific(Arc::new(certificates)));
    }
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_response_header_size(MAX_HEAD)
        .timeout_global(Some(TIMEOUT))
        .user_agent(concat!("naqd/", env!("CARGO_PKG_VERSION")));
    Ok(config.build().into())
}
