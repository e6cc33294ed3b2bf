//! Answers in JSON. Those that are not small take a share of the memory until the client has read them, since some never do.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use naqd::internal::decide::write_json;
use serde::Serialize;

use crate::error::ApiError;
use crate::shares::{Share, Shares};

/// Size of an answer, in bytes, from which on it takes a share of the memory: there are no more small ones than connections.
const SMALL: usize = 32 << 10;
/// Size of the pieces that a large answer is sent in, in bytes.
const PIECE: usize = 16 << 10;

/// Maker of the answers to one client.
pub struct Answers {
    memory: Arc<Shares>,
    peer: IpAddr,
}

impl Answers {
    /// Answers to a client at the address `peer`.
    pub fn new(memory: &Arc<Shares>, peer: IpAddr) -> Answers {
        Answers { memory: memory.clone(), peer }
    }

    /// Room for an answer of so many bytes, before it is made.
    ///
    /// # Errors
    /// There is no room for it at present.
    pub fn room(&self, bytes: usize) -> Result<Room, ApiError> {
        let mut room = Room(self.memory.share(self.peer));
        room.resize(bytes)?;
        Ok(room)
    }

    /// An answer.
    pub fn json<T: Serialize>(&self, answer: &T) -> Result<Response, ApiError> {
        let mut body = Vec::with_capacity(512);
        serde_json::to_writer(&mut body, answer).map_err(|error| ApiError::json(&error))?;
        self.room(0)?.answer(body)
    }
}

/// Room for an answer.
pub struct Room(Share);

impl Room {
    fn resize(&mut self, bytes: usize) -> Result<(), ApiError> {
        if self.0.resize(if bytes > SMALL { bytes } else { 0 }) {
            return Ok(());
        }
        Err(ApiError::unavailable("Too many large answers at once."))
    }

    /// An answer with verdicts in it: four decimals for probabilities, three for weights.
    pub fn verdicts<T: Serialize>(self, answer: &T) -> Result<Response, ApiError> {
        let mut body = Vec::with_capacity(512);
        write_json(&mut body, answer);
        self.answer(body)
    }

    fn answer(mut self, body: Vec<u8>) -> Result<Response, ApiError> {
        if body.len() <= SMALL {
            return Ok(json_text(body));
        }
        self.resize(body.capacity())?;
        Ok(json_text(Body::new(Pieces { rest: body.into(), _room: self })))
    }
}

/// A large answer on its way, with its room. The server asks for the next piece when the client has read the one before.
struct Pieces {
    rest: Bytes,
    _room: Room,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(piece);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// An answer that is JSON already.
pub fn json_text(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body.into()).into_response()
}
