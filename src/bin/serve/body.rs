//! Requests with a body, step by step: the key, the flags of the query, the body within its limits, work on it within its
//! time.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use http_body_util::BodyExt;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout, timeout_at};

use crate::answer::Answers;
use crate::app::App;
use crate::auth;
use crate::error::ApiError;
use crate::inflate::Encoding;
use crate::json_relaxed::strict;
use crate::json_repair::repair;
use crate::shares::Share;

/// Size of a body, in bytes, from which on it takes a share of the memory for large bodies: there are no more small ones
/// than connections.
const SMALL: usize = 16 << 10;
/// Minimum of a body that is not small that has to come in each [`PERIOD`], in bytes.
const LEAST: usize = 16 << 10;
/// Time in which [`LEAST`] has to come, or all the rest.
const PERIOD: Duration = Duration::from_secs(2);

/// Size of a body, in bytes, from which on scoring it takes so long, about a millisecond, that others would wait.
const LONG: usize = 64 << 10;

/// Address of the other side of a connection.
#[derive(Clone, Copy)]
pub struct Peer(pub IpAddr);

/// The key that a route asks for, with the error for a wrong one.
pub enum Key {
    /// None.
    Unneeded,
    /// One for scoring, if the settings ask for it.
    ToScore(fn(&'static str) -> ApiError),
    /// One for writing feedback, if there are keys; feedback must be switched on.
    ToWrite(fn(&'static str) -> ApiError),
    /// One for keeping and deleting comments, if there are keys.
    ToKeep(fn(&'static str) -> ApiError),
}

/// A request whose key is good.
pub struct Admitted<'a> {
    app: &'a App,
    request: Request,
    /// Number of the key of a request that writes.
    pub key: Option<u32>,
}

impl<'a> Admitted<'a> {
    /// Checks the key of a request.
    pub fn new(app: &'a App, request: Request, key: Key) -> Result<Admitted<'a>, ApiError> {
        let check = |wrong| auth::check(&app.settings, request.uri(), request.headers(), wrong);
        let mut number = None;
        match key {
            Key::Unneeded => {}
            Key::ToScore(wrong) if app.settings.key_for_scoring => _ = check(wrong)?,
            Key::ToScore(_) => {}
            Key::ToKeep(wrong) => number = check(wrong)?,
            Key::ToWrite(wrong) => {
                number = check(wrong)?;
                app.feedback()?;
            }
        }
        Ok(Admitted { app, request, key: number })
    }

    /// The value of a flag in the query: true or false, false if absent.
    pub fn flag(&self, name: &str) -> Result<bool, ApiError> {
        flag(&self.request, name)
    }

    /// Receives the body, as long as the settings allow.
    pub async fn receive(self) -> Result<Received, ApiError> {
        self.receive_at_most(usize::MAX, 1).await
    }

    /// Receives the body if it comes in time and has at most `max_bytes` and no more than the settings allow. Each of
    /// its bytes costs `cost` times as much as scoring it; bodies that cost much are worked on a few at a time, so that
    /// there is always a thread for the others.
    pub async fn receive_at_most(self, max_bytes: usize, cost: usize) -> Result<Received, ApiError> {
        let Admitted { app, request, .. } = self;
        let max_bytes = max_bytes.min(app.settings.limits.body);
        let end = Instant::now() + app.settings.timeout();
        let Peer(peer) = request.extensions().get().copied().unwrap_or(Peer(Ipv4Addr::LOCALHOST.into()));
        let share = app.memory.share(peer);
        let encoding = Encoding::of(request.headers())?;
        let (mut bytes, mut memory) = read(request.into_body(), max_bytes, share, end).await?;
        let is_long = |bytes: &Vec<u8>| bytes.len().saturating_mul(cost) > LONG;
        let mut turn = None;
        if encoding != Encoding::Identity {
            turn = Some(app.turn(end).await?);
            let mut inflated = app.memory.share(peer);
            let inflate = move || {
                let room = |size: usize| if size <= SMALL || inflated.resize(size) { Ok(()) } else { Err(full()) };
                encoding.inflate(&bytes, max_bytes, room).map(|bytes| (bytes, inflated))
            };
            (bytes, memory) = tokio::task::spawn_blocking(inflate).await.map_err(|_| ApiError::internal())??;
        }
        if !is_long(&bytes) {
            turn = None;
        } else if turn.is_none() {
            turn = Some(app.turn(end).await?);
        }
        let answers = Answers::new(&app.answers, peer);
        let limit = app.settings.timeout();
        Ok(Received {
            bytes,
            repaired: OnceLock::new(),
            relaxed: OnceLock::new(),
            answers,
            limit,
            turn,
            _memory: memory,
        })
    }
}

/// The value of a flag in the query of a request: true or false, false if absent.
pub fn flag(request: &Request, name: &str) -> Result<bool, ApiError> {
    let value = request.uri().query().unwrap_or("").split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, "true"));
        (key == name).then_some(value)
    });
    match value {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(ApiError::invalid(format!("{name}: expected true or false."))),
    }
}

fn full() -> ApiError {
    ApiError::unavailable("Too many large requests at once.")
}

/// Reads a body until the time of its `end`. One that turns out not to be small takes a share of the memory for large bodies,
/// as much as has come, and has to keep coming.
async fn read(mut body: Body, max_bytes: usize, mut share: Share, end: Instant) -> Result<(Vec<u8>, Share), ApiError> {
    let length = body.size_hint().upper().map_or(max_bytes, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if length > max_bytes {
        return Err(ApiError::large(max_bytes));
    }
    let mut bytes: Vec<u8> = Vec::with_capacity(length.min(SMALL));
    let (mut due, mut before) = (end, 0);
    while let Some(frame) = timeout_at(due, body.frame()).await.map_err(|_| ApiError::slow())? {
        let frame = frame.map_err(|_| ApiError::invalid("The body could not be read."))?;
        let Some(data) = frame.data_ref() else { continue };
        let received = bytes.len() + data.len();
        if received > max_bytes {
            return Err(ApiError::large(max_bytes));
        }
        if received > SMALL && received > bytes.capacity() {
            let room = received.max(2 * bytes.capacity()).min(length);
            if !share.resize(room) {
                return Err(full());
            }
            bytes.reserve_exact(room - bytes.len());
        }
        bytes.extend_from_slice(data);
        if received > SMALL && received >= before + LEAST {
            (due, before) = (end.min(Instant::now() + PERIOD), received);
        }
    }
    Ok((bytes, share))
}

/// The body of a request, with its share of the server until it is answered.
pub struct Received {
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The body with broken characters replaced, if there were any.
    repaired: OnceLock<Vec<u8>>,
    /// The body as strict JSON, if it was none.
    relaxed: OnceLock<Vec<u8>>,
    /// Maker of the answer.
    pub answers: Answers,
    /// Maximum time for work on it.
    limit: Duration,
    turn: Option<OwnedSemaphorePermit>,
    _memory: Share,
}

impl Received {
    /// The text of the body, with broken characters replaced.
    pub fn text(&self) -> &[u8] {
        match repair(&self.bytes) {
            Cow::Borrowed(bytes) => bytes,
            Cow::Owned(bytes) => self.repaired.get_or_init(|| bytes),
        }
    }

    /// The JSON of the body.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ApiError> {
        serde_json::from_slice(self.text()).map_err(|error| ApiError::json(&error))
    }

    /// The same of relaxed JSON, which Google's servers take.
    pub fn json_relaxed<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ApiError> {
        self.json().or_else(|error| {
            let relaxed = self.relaxed.get_or_init(|| strict(&repair(&self.bytes)));
            serde_json::from_slice(relaxed).map_err(|_| error)
        })
    }

    /// Runs all work on the body: here if it is short, else on a thread of its own and for as long as a request may take.
    ///
    /// # Errors
    /// That of the work; or it took too long.
    pub async fn work<T: Send + 'static>(
        self,
        work: impl FnOnce(&Received) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        if self.turn.is_none() {
            return work(&self);
        }
        let limit = self.limit;
        // Work that takes longer keeps its turn, so that there are never more threads of it than turns.
        match timeout(limit, tokio::task::spawn_blocking(move || work(&self))).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(ApiError::internal()),
            Err(_) => Err(ApiError::unavailable("The request took too long.")),
        }
    }
}
