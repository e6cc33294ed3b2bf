//! Files compressed by gzip, inflated as they are read.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::open::refused;

/// Most bytes that come of one compressed byte: text never has as many. A bomb has a thousand.
const MAX_RATIO: u64 = 250;

/// Bytes that come before [`MAX_RATIO`] counts.
const INFLATED_FREELY: u64 = 64 << 20;

/// Source that inflates another.
pub struct Inflated<R> {
    source: MultiGzDecoder<Counted<R>>,
    /// Number of bytes that have come.
    inflated: u64,
}

/// Source that counts its bytes.
struct Counted<R>(R, u64);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1 += read as u64;
        Ok(read)
    }
}

impl<R: Read> Inflated<R> {
    /// Source of what `raw` has compressed.
    pub fn new(raw: R) -> Inflated<R> {
        Inflated { source: MultiGzDecoder::new(Counted(raw, 0)), inflated: 0 }
    }
}

impl<R: Read> Read for Inflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => refused(format!("damaged: it cannot be inflated ({error})")),
        })?;
        self.inflated += read as u64;
        if self.inflated > INFLATED_FREELY && self.inflated / MAX_RATIO > self.source.get_ref().1 {
            return Err(refused(format!(
                "becomes more than {MAX_RATIO} times as large when it is inflated: unpack it"
            )));
        }
        Ok(read)
    }
}
