//! Bounds of words, found in sixty-four bytes of a text at once.
//!
//! Only the letters that nearly all words are made of are known here, Latin ones of ASCII and the basic Arabic ones.
//! All else is left to [`crate::text::fast_path`].

use std::ops::Range;

use wide::i8x16;

/// Bytes of a window.
const WIDTH: usize = 64;

/// Window of a text: the classes of the bytes from `base` on, a bit for each.
#[derive(Clone, Copy, Default)]
pub(crate) struct Window {
    base: usize,
    /// Bytes in the window.
    len: usize,
    /// Parts of words: letters, apostrophes, Arabic marks.
    words: u64,
    /// Spaces and commas.
    gaps: u64,
}

impl Window {
    /// Bytes of the first run of letters at or after byte `at`, if there are only spaces and commas before it; `None` if
    /// that cannot be told. The second part is true if a space or comma is behind the run; else what comes there is not
    /// looked at.
    #[inline(always)]
    pub(crate) fn word(&mut self, bytes: &[u8], at: usize) -> Option<(Range<usize>, bool)> {
        let mut from = at.wrapping_sub(self.base);
        let mut again = false;
        loop {
            if from >= self.len {
                *self = Window::new(bytes, at)?;
                from = 0;
                again = true;
            }
            let start = from + (!(self.gaps >> from)).trailing_zeros() as usize;
            let end = if start < WIDTH { start + (!(self.words >> start)).trailing_zeros() as usize } else { WIDTH };
            // The last byte may be the first half of a letter.
            if end + 1 >= self.len && self.base + self.len < bytes.len() {
                if again {
                    return None;
                }
                self.len = 0;
                continue;
            }
            let word = self.base + start..self.base + end;
            let before_gap = end < WIDTH && self.gaps >> end & 1 == 1;
            return (end > start && begins(bytes[word.start], bytes.get(word.start + 1))).then_some((word, before_gap));
        }
    }

    #[inline]
    fn new(bytes: &[u8], base: usize) -> Option<Window> {
        let rest = &bytes[base..];
        match rest.first_chunk::<WIDTH>() {
            Some(chunk) => Some(Window::of(chunk, base, WIDTH)),
            None if rest.is_empty() => None,
            None => {
                let mut chunk = [0; WIDTH];
                chunk[..rest.len()].copy_from_slice(rest);
                Some(Window::of(&chunk, base, rest.len()))
            }
        }
    }

    #[inline(always)]
    fn of(chunk: &[u8; WIDTH], base: usize, len: usize) -> Window {
        let (mut words, mut gaps, mut high) = (0, 0, 0);
        let sixteens = chunk.as_chunks::<16>().0;
        for (shift, sixteen) in (0..).step_by(16).zip(sixteens) {
            let bytes: i8x16 = bytemuck::cast(*sixteen);
            // The letters become the least of all signed bytes.
            let small = (bytes | i8x16::splat(0x20)) + i8x16::splat(0x80u8.wrapping_sub(b'a') as i8);
            let letters = small.simd_lt(i8x16::splat(i8::MIN + 26)) | bytes.simd_eq(i8x16::splat(b'\'' as i8));
            let spaces = bytes.simd_eq(i8x16::splat(b' ' as i8)) | bytes.simd_eq(i8x16::splat(b',' as i8));
            words |= u64::from(letters.to_bitmask()) << shift;
            gaps |= u64::from(spaces.to_bitmask()) << shift;
            high |= u64::from(bytes.to_bitmask()) << shift;
        }
        if high != 0 {
            words |= arabic(sixteens);
        }
        Window { base, len, words, gaps }
    }
}

/// Bits of the bytes of basic Arabic letters and marks: U+0621 to U+063F and U+0640 to U+065F, which UTF-8 writes as D8 A1 to
/// D8 BF and D9 80 to D9 9F.
#[inline]
fn arabic(sixteens: &[[u8; 16]]) -> u64 {
    let (mut first_8, mut first_9, mut second_8, mut second_9) = (0, 0, 0, 0);
    for (shift, sixteen) in (0..).step_by(16).zip(sixteens) {
        let bytes: i8x16 = bytemuck::cast(*sixteen);
        let bits = |bytes: i8x16| u64::from(bytes.to_bitmask()) << shift;
        let below = |limit: u8| bytes.simd_lt(i8x16::splat(limit as i8));
        first_8 |= bits(bytes.simd_eq(i8x16::splat(0xD8u8 as i8)));
        first_9 |= bits(bytes.simd_eq(i8x16::splat(0xD9u8 as i8)));
        second_8 |= bits(below(0xC0)) & !bits(below(0xA1));
        second_9 |= bits(below(0xA0));
    }
    let second = first_8 << 1 & second_8 | first_9 << 1 & second_9;
    second | second >> 1
}

/// True if a word can begin with this run of letters: not with what leaves no trace, an apostrophe, a hamza on the
/// line (D8 A1), tatweel (D9 80) or a mark (D9 8B to D9 9F).
#[inline(always)]
pub(crate) fn begins(first: u8, second: Option<&u8>) -> bool {
    match (first, second) {
        (b'\'', _) => false,
        (0xD8, Some(second)) => *second > 0xA1,
        (0xD9, Some(second)) => (0x81..=0x8A).contains(second),
        _ => true,
    }
}
