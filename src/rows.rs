//! The rows of a corpus, small enough to keep: which n-grams stand in each comment, and how often.
//!
//! The value of an entry is `count / sqrt(n)`, `n` being the number of n-grams of the comment (idf belongs to the
//! weights), so that a row is a number and a list of columns with counts. Columns ascend and are written as
//! 16-bit differences; as frequent n-grams have the low columns, nearly all fit. Most counts are 1: entries with
//! greater ones stand apart, so that reading a row is a loop without a branch that nobody could foretell.
//!
//! What does not fit the memory allowed goes to a temporary file without a name and is read again in each pass.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;

/// Rows of a block, the unit of writing and reading.
const BLOCK: usize = 256;
/// Blocks made together before they are put in their places.
const BATCH: usize = 256;

/// A sparse matrix by rows.
pub struct Rows {
    blocks: Vec<Block>,
    len: usize,
    columns: usize,
    entries: u64,
    file: Option<Mutex<File>>,
}

/// Rows in a row, as 16-bit units: for each row the length of the rest in units, `n`, the number of entries with
/// a count above 1, those as (difference, count), and the differences of the others. A number of 65,535 or more
/// is written as several units that add up, all but the last of them 65,535.
enum Block {
    Memory(Vec<u16>),
    File { offset: u64, units: usize },
}

/// One row, read.
pub struct Row<'a> {
    /// `1 / sqrt(n)`: what the counts are multiplied by.
    pub scale: f32,
    /// Columns of the n-grams that stand in the comment several times, ascending, and how often each does.
    pub repeated: &'a [(u32, f32)],
    /// Columns of those that stand in it once, ascending.
    pub once: &'a [u32],
}

impl Row<'_> {
    /// Columns and counts of all entries.
    pub fn entries(&self) -> impl Iterator<Item = (u32, f32)> {
        self.repeated.iter().copied().chain(self.once.iter().map(|&column| (column, 1.0)))
    }
}

impl Rows {
    /// Makes `len` rows over `columns` columns. `fill` is given the place of a row and a list to put its columns
    /// in, each as often as it stands there, in any order; it returns `n`. Rows beyond `memory` bytes go to a
    /// temporary file.
    ///
    /// # Errors
    /// The temporary file cannot be made or written.
    pub fn build(
        len: usize,
        columns: usize,
        memory: u64,
        fill: impl Fn(usize, &mut Vec<u32>) -> u32 + Sync,
    ) -> io::Result<Rows> {
        let mut rows = Rows { blocks: Vec::new(), len, columns, entries: 0, file: None };
        let (mut kept, mut written) = (0u64, 0u64);
        let blocks: Vec<usize> = (0..len.div_ceil(BLOCK)).collect();
        for batch in blocks.chunks(BATCH) {
            let made: Vec<(Vec<u16>, u64)> = batch
                .par_iter()
                .map(|block| {
                    let (mut units, mut entries, mut list, mut row) = (Vec::new(), 0, Vec::new(), Vec::new());
                    for i in block * BLOCK..((block + 1) * BLOCK).min(len) {
                        list.clear();
                        let n = fill(i, &mut list);
                        entries += write(&mut list, n, &mut row, &mut units);
                    }
                    units.shrink_to_fit();
                    (units, entries)
                })
                .collect();
            for (units, entries) in made {
                rows.entries += entries;
                let bytes = units.len() as u64 * 2;
                if kept + bytes <= memory {
                    kept += bytes;
                    rows.blocks.push(Block::Memory(units));
                    continue;
                }
                let file = match &mut rows.file {
                    Some(file) => file,
                    none => none.insert(Mutex::new(tempfile::tempfile()?)),
                };
                let file = file.get_mut().map_err(|_| poisoned())?;
                file.write_all(&units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<u8>>())?;
                rows.blocks.push(Block::File { offset: written, units: units.len() });
                written += bytes;
            }
        }
        Ok(rows)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of entries.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The rows in `pieces` parts of about the same length, for [`Rows::for_each`].
    pub fn pieces(&self, pieces: usize) -> Vec<Range<usize>> {
        let blocks = self.blocks.len();
        (0..pieces).map(|i| i * blocks / pieces..(i + 1) * blocks / pieces).collect()
    }

    /// Reads the `wanted` rows of a piece in order and hands each to `see`, with its place.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn for_each(
        &self,
        piece: Range<usize>,
        wanted: impl Fn(usize) -> bool,
        mut see: impl FnMut(usize, Row<'_>),
    ) -> io::Result<()> {
        let (mut bytes, mut read) = (Vec::new(), Vec::new());
        let (mut repeated, mut once) = (Vec::new(), Vec::new());
        for block in piece {
            let units = match &self.blocks[block] {
                Block::Memory(units) => units,
                Block::File { offset, units } => {
                    bytes.resize(units * 2, 0);
                    let file = self.file.as_ref().ok_or_else(poisoned)?;
                    let mut file = file.lock().map_err(|_| poisoned())?;
                    file.seek(SeekFrom::Start(*offset))?;
                    file.read_exact(&mut bytes)?;
                    drop(file);
                    read.clear();
                    read.extend(bytes.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)));
                    &read
                }
            };
            let mut rest = units.iter();
            for i in block * BLOCK..((block + 1) * BLOCK).min(self.len) {
                let length = number(&mut rest) as usize;
                let (row, others) = rest.as_slice().split_at(length);
                rest = others.iter();
                if wanted(i) {
                    let n = parse(row, &mut repeated, &mut once);
                    let scale = (1.0 / f64::from(n.max(1)).sqrt()) as f32;
                    see(i, Row { scale, repeated: &repeated, once: &once });
                }
            }
        }
        Ok(())
    }
}

fn poisoned() -> io::Error {
    io::Error::other("the temporary file of the rows is gone")
}

fn put(mut number: u32, units: &mut Vec<u16>) {
    while number >= u32::from(u16::MAX) {
        units.push(u16::MAX);
        number -= u32::from(u16::MAX);
    }
    units.push(number as u16);
}

#[inline(always)]
fn number(units: &mut std::slice::Iter<'_, u16>) -> u32 {
    let mut number = 0u32;
    for &unit in units.by_ref() {
        number += u32::from(unit);
        if unit != u16::MAX {
            break;
        }
    }
    number
}

/// Appends a row to `units`, `row` being room for it; returns the number of its entries.
fn write(list: &mut [u32], n: u32, row: &mut Vec<u16>, units: &mut Vec<u16>) -> u64 {
    list.sort_unstable();
    row.clear();
    put(n, row);
    let repeated = || list.chunk_by(|a, b| a == b).filter(|same| same.len() > 1);
    put(repeated().count() as u32, row);
    let mut last = 0;
    for same in repeated() {
        put(same[0] - last, row);
        put(same.len() as u32, row);
        last = same[0];
    }
    last = 0;
    let mut entries = 0;
    for same in list.chunk_by(|a, b| a == b) {
        entries += 1;
        if let [column] = same {
            put(column - last, row);
            last = *column;
        }
    }
    put(row.len() as u32, units);
    units.extend_from_slice(row);
    entries
}

#[inline]
fn parse(row: &[u16], repeated: &mut Vec<(u32, f32)>, once: &mut Vec<u32>) -> u32 {
    let mut units = row.iter();
    let n = number(&mut units);
    repeated.clear();
    once.clear();
    let mut last = 0;
    for _ in 0..number(&mut units) {
        last += number(&mut units);
        repeated.push((last, number(&mut units) as f32));
    }
    last = 0;
    once.reserve(units.len());
    while !units.as_slice().is_empty() {
        last += number(&mut units);
        once.push(last);
    }
    n
}
