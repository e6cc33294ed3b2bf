//! Sparse matrix of a corpus: which n-grams occur in each comment, and how often.
//!
//! The value of an entry is `count / sqrt(n)`, `n` being the number of n-grams of the comment (idf belongs to the
//! weights), so that a row is a number and a list of columns. Most counts are 1: entries with greater ones are stored
//! apart, so that reading a row is a loop without an unpredictable branch.
//!
//! Rows beyond the memory allowed go to a temporary file without a name and are read again in each pass. There, columns
//! are 16-bit differences; as frequent n-grams have the low columns, nearly all fit.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;

/// Number of rows of a block, the unit of writing and reading.
const BLOCK: usize = 256;
/// Number of blocks made together before they are stored.
const BATCH: usize = 256;

/// Sparse matrix by rows.
pub struct Rows {
    blocks: Vec<Stored>,
    #[cfg_attr(not(feature = "internal"), allow(dead_code))]
    len: usize,
    columns: usize,
    #[cfg_attr(not(feature = "internal"), allow(dead_code))]
    entries: u64,
    file: Option<Mutex<File>>,
}

/// Block in memory, or in the file as units of 16 bits, see [`write()`].
enum Stored {
    Memory(Block),
    File { offset: u64, units: usize },
}

/// Block of consecutive rows.
#[derive(Default)]
struct Block {
    /// Ends of the entries of each row in the two lists, and the number of n-grams of its comment.
    ends: Vec<(u32, u32, u32)>,
    repeated: Vec<(u32, f32)>,
    once: Vec<u32>,
}

impl Block {
    /// Adds the row of a comment of `n` n-grams, those in `columns` being of the vocabulary.
    fn add(&mut self, columns: &mut [u32], n: u32) {
        columns.sort_unstable();
        for same in columns.chunk_by(|a, b| a == b) {
            match same {
                [column] => self.once.push(*column),
                _ => self.repeated.push((same[0], same.len() as f32)),
            }
        }
        self.end_row(n);
    }

    fn shrink_to_fit(&mut self) {
        self.ends.shrink_to_fit();
        self.repeated.shrink_to_fit();
        self.once.shrink_to_fit();
    }

    fn clear(&mut self) {
        self.ends.clear();
        self.repeated.clear();
        self.once.clear();
    }

    /// Ends the row of the entries added since the last one, of a comment of `n` n-grams.
    fn end_row(&mut self, n: u32) {
        self.ends.push((self.repeated.len() as u32, self.once.len() as u32, n));
    }

    /// Number of n-grams of each row, and its entries of either kind.
    fn rows(&self) -> impl Iterator<Item = (u32, &[(u32, f32)], &[u32])> {
        let mut from = (0, 0);
        self.ends.iter().map(move |&(repeated, once, n)| {
            let (first, to) = (from, (repeated as usize, once as usize));
            from = to;
            (n, &self.repeated[first.0..to.0], &self.once[first.1..to.1])
        })
    }

    fn bytes(&self) -> u64 {
        (size_of_val(&self.ends[..]) + size_of_val(&self.repeated[..]) + size_of_val(&self.once[..])) as u64
    }
}

/// Row as it is read.
pub struct Row<'a> {
    /// Factor of the counts, `1 / sqrt(n)`.
    pub scale: f32,
    /// Columns of the n-grams that occur several times, ascending, with their counts.
    pub repeated: &'a [(u32, f32)],
    /// Columns of the n-grams that occur once, ascending.
    pub once: &'a [u32],
}

impl Row<'_> {
    /// Columns and counts of all entries.
    pub fn entries(&self) -> impl Iterator<Item = (u32, f32)> {
        self.repeated.iter().copied().chain(self.once.iter().map(|&column| (column, 1.0)))
    }
}

impl Rows {
    /// Builds `len` rows over `columns` columns. `fill` is given the place of a row and a list to put its columns in, each
    /// as often as it occurs, in any order; it returns `n`. Rows beyond `memory` bytes go to a temporary file.
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
            let made: Vec<Block> = batch
                .par_iter()
                .map(|block| {
                    let (mut made, mut list) = (Block::default(), Vec::new());
                    for i in block * BLOCK..((block + 1) * BLOCK).min(len) {
                        list.clear();
                        let n = fill(i, &mut list);
                        made.add(&mut list, n);
                    }
                    made.shrink_to_fit();
                    made
                })
                .collect();
            for block in made {
                rows.entries += (block.repeated.len() + block.once.len()) as u64;
                if kept + block.bytes() <= memory {
                    kept += block.bytes();
                    rows.blocks.push(Stored::Memory(block));
                    continue;
                }
                let file = match &mut rows.file {
                    Some(file) => file,
                    none => none.insert(Mutex::new(tempfile::tempfile()?)),
                };
                let file = file.get_mut().map_err(|_| poisoned())?;
                let units = write(&block);
                file.write_all(&units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<u8>>())?;
                rows.blocks.push(Stored::File { offset: written, units: units.len() });
                written += units.len() as u64 * 2;
            }
        }
        Ok(rows)
    }

    /// Number of rows.
    #[cfg(feature = "internal")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there are no rows.
    #[cfg(feature = "internal")]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of entries.
    #[cfg(feature = "internal")]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Blocks in `pieces` ranges of about the same length, for [`Rows::for_each`].
    pub fn pieces(&self, pieces: usize) -> Vec<Range<usize>> {
        let blocks = self.blocks.len();
        (0..pieces).map(|i| i * blocks / pieces..(i + 1) * blocks / pieces).collect()
    }

    /// Reads the `wanted` rows of a piece in order and passes each to `see`, with its place.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn for_each(
        &self,
        piece: Range<usize>,
        wanted: impl Fn(usize) -> bool,
        mut see: impl FnMut(usize, Row<'_>),
    ) -> io::Result<()> {
        let (mut bytes, mut units, mut read) = (Vec::new(), Vec::new(), Block::default());
        for at in piece {
            let block = match &self.blocks[at] {
                Stored::Memory(block) => block,
                Stored::File { offset, units: len } => {
                    bytes.resize(len * 2, 0);
                    let file = self.file.as_ref().ok_or_else(poisoned)?;
                    let mut file = file.lock().map_err(|_| poisoned())?;
                    file.seek(SeekFrom::Start(*offset))?;
                    file.read_exact(&mut bytes)?;
                    drop(file);
                    units.clear();
                    units.extend(bytes.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)));
                    parse(&units, &mut read);
                    &read
                }
            };
            for (i, (n, repeated, once)) in (at * BLOCK..).zip(block.rows()) {
                if wanted(i) {
                    let scale = (1.0 / f64::from(n.max(1)).sqrt()) as f32;
                    see(i, Row { scale, repeated, once });
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

/// Units of a block: of each row `n`, the number of entries of either kind, the repeated ones as (difference of columns,
/// count), and the differences of the others. A number of 65,535 or more is written as several units that add up, all
/// but the last of them 65,535.
fn write(block: &Block) -> Vec<u16> {
    let mut units = Vec::new();
    for (n, repeated, once) in block.rows() {
        [n, repeated.len() as u32, once.len() as u32].iter().for_each(|number| put(*number, &mut units));
        let mut last = 0;
        for &(column, count) in repeated {
            put(column - last, &mut units);
            put(count as u32, &mut units);
            last = column;
        }
        last = 0;
        for &column in once {
            put(column - last, &mut units);
            last = column;
        }
    }
    units
}

/// Reads the units that [`write()`] wrote.
fn parse(units: &[u16], block: &mut Block) {
    block.clear();
    let mut units = units.iter();
    while !units.as_slice().is_empty() {
        let [n, repeated, once] = std::array::from_fn(|_| number(&mut units));
        let mut last = 0;
        for _ in 0..repeated {
            last += number(&mut units);
            block.repeated.push((last, number(&mut units) as f32));
        }
        last = 0;
        for _ in 0..once {
            last += number(&mut units);
            block.once.push(last);
        }
        block.end_row(n);
    }
}
