//! Reader of whole lines, of JSON Lines and of plain text.

use std::io::{self, Read};

use naqd::internal::io::MAX_RECORD;

use super::batch::{BATCH_BYTES, Batch};

/// Maximum length of a line, in bytes.
pub const MAX_LINE: usize = MAX_RECORD;

/// Reader of whole lines.
pub struct Lines {
    source: Box<dyn Read + Send>,
    /// Number of lines so far.
    line: u64,
    /// Bytes read after the last whole line.
    rest: Vec<u8>,
    /// True if blank lines are rows.
    blank_too: bool,
    /// True if the line being read was too long; the rest of it is skipped.
    skipping: bool,
    ended: bool,
}

impl Lines {
    /// Reader of the lines of a source, of which the blank ones are rows or not.
    pub fn new(source: Box<dyn Read + Send>, blank_too: bool) -> Lines {
        Lines { source, line: 0, rest: Vec::new(), blank_too, skipping: false, ended: false }
    }

    /// Fills `batch` with whole lines; with all that there are when some have come, if they may come slowly.
    ///
    /// # Errors
    /// Reading failed.
    pub fn read(&mut self, batch: &mut Batch, slowly: bool) -> io::Result<()> {
        while batch.len == 0 && !(self.ended && self.rest.is_empty()) {
            let whole = self.whole_lines(&mut batch.bytes, slowly)?;
            self.rest.extend_from_slice(&batch.bytes[whole..]);
            batch.bytes.truncate(whole);
            self.split(batch);
        }
        Ok(())
    }

    /// Reads into `bytes` at least one line; returns where the last whole one ends.
    fn whole_lines(&mut self, bytes: &mut Vec<u8>, slowly: bool) -> io::Result<usize> {
        if bytes.capacity() > 2 * BATCH_BYTES {
            *bytes = Vec::new();
        }
        bytes.clear();
        bytes.append(&mut self.rest);
        let mut searched = 0;
        loop {
            let end = memchr::memrchr(b'\n', &bytes[searched..]).map(|at| searched + at + 1);
            searched = bytes.len();
            match end {
                Some(end) => return Ok(end),
                None if self.ended => return Ok(bytes.len()),
                None if bytes.len() > MAX_LINE => {
                    bytes.truncate(MAX_LINE + 1);
                    return Ok(bytes.len());
                }
                None => self.ended = self.fill(bytes, slowly)? == 0,
            }
        }
    }

    /// Reads on after `bytes`; returns how many have come.
    fn fill(&mut self, bytes: &mut Vec<u8>, slowly: bool) -> io::Result<usize> {
        let before = bytes.len();
        if !slowly {
            return (&mut self.source).take(BATCH_BYTES as u64).read_to_end(bytes);
        }
        bytes.resize(before + (1 << 13), 0);
        let read = loop {
            match self.source.read(&mut bytes[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        bytes.truncate(before + *read.as_ref().unwrap_or(&0));
        read
    }

    /// Splits the bytes of a batch into lines.
    fn split(&mut self, batch: &mut Batch) {
        let mut start = 0;
        while start < batch.bytes.len() {
            let end = memchr::memchr(b'\n', &batch.bytes[start..]).map(|at| start + at);
            let to = end.unwrap_or(batch.bytes.len());
            if !std::mem::replace(&mut self.skipping, end.is_none() && to - start > MAX_LINE) {
                self.line += 1;
                let line = &batch.bytes[start..to];
                let cut = line.len() > MAX_LINE;
                let len = match line.strip_suffix(b"\r") {
                    Some(line) if end.is_some() => line.len(),
                    _ => line.len(),
                };
                if self.blank_too || !line.trim_ascii().is_empty() {
                    batch.push(self.line, start..start + len, cut);
                }
            }
            start = to + 1;
        }
    }
}
