//! Offsets of a text in its three units: bytes of UTF-8, characters (code points) and UTF-16 units.

use std::ops::Range;

/// Bytes between two entries of the table.
const BLOCK: usize = 64;

/// Table of the characters and UTF-16 units before every 64th byte of a text. Byte offsets in and out are those of
/// whole characters.
pub struct Offsets<'t> {
    text: &'t str,
    blocks: Vec<Count>,
}

/// Characters and UTF-16 units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Count {
    chars: usize,
    utf16: usize,
}

impl Count {
    /// Characters that begin in `bytes`.
    fn of(bytes: &[u8]) -> Count {
        // In one byte each: the compiler counts many bytes at a time.
        let (chars, pairs) = bytes.iter().fold((0u8, 0u8), |(chars, pairs), byte| {
            (chars + u8::from(byte & 0xC0 != 0x80), pairs + u8::from(*byte >= 0xF0))
        });
        Count { chars: chars.into(), utf16: usize::from(chars) + usize::from(pairs) }
    }

    fn add(self, other: Count) -> Count {
        Count { chars: self.chars + other.chars, utf16: self.utf16 + other.utf16 }
    }
}

/// A span of a text in the three units: first, and one after the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Bytes of UTF-8.
    pub bytes: [usize; 2],
    /// Characters.
    pub chars: [usize; 2],
    /// UTF-16 units.
    pub utf16: [usize; 2],
}

impl<'t> Offsets<'t> {
    /// Counts a text, in one pass.
    pub fn of(text: &'t str) -> Offsets<'t> {
        let mut before = Count::default();
        let count = |block: &[u8]| {
            let start = before;
            before = before.add(Count::of(block));
            start
        };
        Offsets { text, blocks: text.as_bytes().chunks(BLOCK).map(count).collect() }
    }

    /// The three units of a span of bytes.
    pub fn place(&self, bytes: &Range<usize>) -> Place {
        let (start, end) = (self.count(bytes.start), self.count(bytes.end));
        Place { bytes: [bytes.start, bytes.end], chars: [start.chars, end.chars], utf16: [start.utf16, end.utf16] }
    }

    /// UTF-16 units before a byte.
    pub fn utf16(&self, byte: usize) -> usize {
        self.count(byte).utf16
    }

    /// The byte at which a UTF-16 unit begins; the length of the text for the unit after the last. None inside a
    /// character or beyond.
    pub fn byte_of_utf16(&self, unit: usize) -> Option<usize> {
        let block = self.blocks.partition_point(|before| before.utf16 <= unit).saturating_sub(1);
        let start = BLOCK * block;
        let mut before = self.blocks.get(block).map_or(0, |before| before.utf16);
        for (byte, first) in self.text.bytes().enumerate().skip(start).filter(|(_, byte)| byte & 0xC0 != 0x80) {
            if before >= unit {
                return (before == unit).then_some(byte);
            }
            before += 1 + usize::from(first >= 0xF0);
        }
        (before == unit).then_some(self.text.len())
    }

    fn count(&self, byte: usize) -> Count {
        // After a last block that is full there is no other.
        let block = (byte / BLOCK).min(self.blocks.len().saturating_sub(1));
        let before = self.blocks.get(block).copied().unwrap_or_default();
        before.add(Count::of(&self.text.as_bytes()[BLOCK * block..byte]))
    }
}

/// Number of UTF-16 units of a text: one a character, two outside the basic plane.
pub fn utf16_len(text: &str) -> usize {
    text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_units_of_all_places() {
        for text in ["", "a", "مَ😀 a", &"ab😀م".repeat(40), &"x".repeat(BLOCK), &"😀".repeat(BLOCK)] {
            let offsets = Offsets::of(text);
            let places = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
            for (chars, byte) in places.enumerate() {
                let utf16 = text[..byte].encode_utf16().count();
                let expected = Place { bytes: [0, byte], chars: [0, chars], utf16: [0, utf16] };
                assert_eq!(offsets.place(&(0..byte)), expected, "{text:?}");
                assert_eq!(offsets.utf16(byte), utf16);
                assert_eq!(offsets.byte_of_utf16(utf16), Some(byte), "{text:?} {utf16}");
                if text[byte..].starts_with('😀') {
                    assert_eq!(offsets.byte_of_utf16(utf16 + 1), None);
                }
            }
            let units = text.encode_utf16().count();
            assert_eq!(utf16_len(text), units);
            assert_eq!([units + 1, 1000].map(|unit| offsets.byte_of_utf16(unit)), [None, None]);
        }
    }
}
