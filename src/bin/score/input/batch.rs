//! Batches of rows, read into buffers that are used again.

use std::ops::Range;

use naqd::internal::io::{Remarks, repair, repair_json, with_null};

/// Number of rows or bytes that fill a batch: enough for all cores, and few enough to stay in their caches.
pub const BATCH_ROWS: usize = 1024;
pub const BATCH_BYTES: usize = 1 << 17;

/// Row as it was read.
#[derive(Clone, Copy)]
pub struct Row<'b> {
    /// Line on which the row begins, from 1.
    pub line: u64,
    /// Fields of a CSV row.
    pub record: &'b csv::ByteRecord,
    /// Bytes of the row as they came in, without the line end; none of a row of a workbook, or of one that was repaired.
    pub bytes: &'b [u8],
    /// True if the line was longer than [`MAX_LINE`](super::lines::MAX_LINE) and is cut; in CSV, whether a quote is not closed.
    pub cut: bool,
}

/// Rows read together. The places beyond `len` are buffers from before.
#[derive(Default)]
pub struct Batch {
    pub bytes: Vec<u8>,
    pub places: Vec<Place>,
    pub len: usize,
}

/// Place of a row in a batch.
#[derive(Default)]
pub struct Place {
    pub line: u64,
    pub record: csv::ByteRecord,
    pub bytes: Range<usize>,
    pub cut: bool,
}

impl Batch {
    /// A batch of one line.
    pub fn one(line: &str) -> Batch {
        let mut batch = Batch { bytes: line.into(), ..Batch::default() };
        batch.push(1, 0..line.len(), false);
        batch
    }

    /// Places of the rows; [`row`](Batch::row) gives the rows.
    pub fn places(&self) -> &[Place] {
        &self.places[..self.len]
    }

    /// The row at a place of this batch.
    pub fn row<'b>(&'b self, place: &'b Place) -> Row<'b> {
        let Place { line, record, bytes, cut } = place;
        Row { line: *line, record, bytes: &self.bytes[bytes.clone()], cut: *cut }
    }

    /// Empties the buffer of bytes, and gives up an enormous one.
    pub fn empty(&mut self) {
        if self.bytes.capacity() > 2 * BATCH_BYTES {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
    }

    /// Repairs the rows that are mojibake as a whole or, of JSON, the strings in them; returns how many.
    pub fn repair(&mut self, is_json: bool) -> u64 {
        let mut repaired = 0;
        for place in &mut self.places[..self.len] {
            let row = std::str::from_utf8(&self.bytes[place.bytes.clone()]).ok();
            if let Some(better) = row.and_then(if is_json { repair_json } else { repair }) {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(better.as_bytes());
                place.bytes = start..self.bytes.len();
                repaired += 1;
            }
        }
        repaired
    }

    /// Puts null for NaN and Infinity in rows of JSON.
    pub fn put_null(&mut self, remarks: &Remarks) {
        let has = |word: &[u8]| memchr::memmem::find(&self.bytes, word).is_some();
        if !has(b"NaN") && !has(b"Infinity") {
            return;
        }
        for place in &mut self.places[..self.len] {
            if let Some(better) = with_null(&self.bytes[place.bytes.clone()]) {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(&better);
                place.bytes = start..self.bytes.len();
                remarks.note_no_number(place.line);
            }
        }
    }

    /// Adds a row of these bytes of the batch.
    pub fn push(&mut self, line: u64, bytes: Range<usize>, cut: bool) {
        let place = self.next();
        (place.line, place.bytes, place.cut) = (line, bytes, cut);
        self.len += 1;
    }

    /// The place of the next row.
    pub fn next(&mut self) -> &mut Place {
        if self.places.len() == self.len {
            self.places.push(Place::default());
        }
        &mut self.places[self.len]
    }
}

impl<'b> Row<'b> {
    /// Bytes of the row without the byte order mark that it has where files were joined.
    pub fn without_mark(&self) -> &'b [u8] {
        self.bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(self.bytes)
    }
}
