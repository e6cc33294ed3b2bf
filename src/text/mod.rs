//! Text wing: a comment becomes folded words, each with the place it came from.
//!
//! `words` walks over a text; `word` is the buffer of one word; `fold` is the table of code points; `addresses`
//! finds URLs, mentions and entities; `simd` is the fast path over plain words; `clitics` is the one table of what
//! Arabic writes together with a word; `offsets` counts characters and UTF-16 units. No other wing knows Unicode.

pub(crate) mod addresses;
pub(crate) mod clitics;
pub(crate) mod fold;
pub(crate) mod normalise;
#[cfg(feature = "internal")]
pub(crate) mod offsets;
pub(crate) mod simd;
pub(crate) mod word;
pub(crate) mod words;

pub use normalise::normalise;
