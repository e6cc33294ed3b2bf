//! Compressed bodies: `Content-Encoding: gzip` and `deflate`. They are bounded by what comes out of them.

use std::io::{self, Read};

use axum::http::{HeaderMap, header};
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::error::ApiError;

/// Size of the pieces in which a body is read, in bytes.
const PIECE: usize = 16 << 10;

/// Encoding of a body.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Encoding {
    /// As it is.
    Identity,
    Gzip,
    /// Zlib, or without its frame, as some clients send it.
    Deflate,
}

impl Encoding {
    /// The encoding that the headers of a request name.
    ///
    /// # Errors
    /// It is another one, or there are several.
    pub fn of(headers: &HeaderMap) -> Result<Encoding, ApiError> {
        let mut all = headers.get_all(header::CONTENT_ENCODING).into_iter().map(|value| value.to_str().unwrap_or(""));
        let name = all.next().unwrap_or("").trim().to_ascii_lowercase();
        match (name.as_str(), all.next()) {
            ("" | "identity", None) => Ok(Encoding::Identity),
            ("gzip" | "x-gzip", None) => Ok(Encoding::Gzip),
            ("deflate", None) => Ok(Encoding::Deflate),
            _ => Err(ApiError::unsupported_encoding()),
        }
    }

    /// The bytes of a compressed body. `room` is asked before more memory is taken, with the size that it then has.
    ///
    /// # Errors
    /// The body is damaged or longer than `max_bytes`, or there is no room.
    pub fn inflate(
        self,
        body: &[u8],
        max_bytes: usize,
        mut room: impl FnMut(usize) -> Result<(), ApiError>,
    ) -> Result<Vec<u8>, ApiError> {
        // A frame of zlib begins with its method, 8, and a check of two bytes.
        let zlib = matches!(body, [first, second, ..] if first & 15 == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0);
        let mut reader: Box<dyn Read> = match self {
            Encoding::Identity => Box::new(body),
            Encoding::Gzip => Box::new(MultiGzDecoder::new(body)),
            Encoding::Deflate if zlib => Box::new(ZlibDecoder::new(body)),
            Encoding::Deflate => Box::new(DeflateDecoder::new(body)),
        };
        let (mut whole, mut piece) = (Vec::new(), vec![0; PIECE]);
        loop {
            let read = match reader.read(&mut piece) {
                Ok(0) => return Ok(whole),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(ApiError::invalid("The body could not be decompressed.")),
            };
            let size = whole.len() + read;
            if size > max_bytes {
                return Err(ApiError::large(max_bytes));
            }
            if size > whole.capacity() {
                let capacity = size.max(2 * whole.capacity()).min(max_bytes);
                room(capacity)?;
                whole.reserve_exact(capacity - whole.len());
            }
            whole.extend_from_slice(&piece[..read]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    #[test]
    fn bodies_are_bounded_by_what_comes_out() {
        let zeros = vec![b'0'; 1_000_000];
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&zeros).unwrap();
        let gzip = gzip.finish().unwrap();
        assert!(gzip.len() < 2000);
        let room = |max: usize| move |size: usize| if size <= max { Ok(()) } else { Err(ApiError::internal()) };
        assert_eq!(Encoding::Gzip.inflate(&gzip, 1_000_000, room(1_000_000)).unwrap(), zeros);
        assert!(Encoding::Gzip.inflate(&gzip, 999_999, room(usize::MAX)).is_err());
        assert!(Encoding::Gzip.inflate(&gzip, usize::MAX, room(500_000)).is_err());
        assert!(Encoding::Gzip.inflate(&gzip[..gzip.len() - 9], usize::MAX, room(usize::MAX)).is_err());
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"abc").unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"abc").unwrap();
        for body in [zlib.finish().unwrap(), raw.finish().unwrap()] {
            assert_eq!(Encoding::Deflate.inflate(&body, 10, room(10)).unwrap(), b"abc");
        }
    }
}
