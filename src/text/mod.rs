//! Text wing: a comment becomes folded words, each with the place it came from.
//!
//! `words` walks over a text and defines what a word is; `word` is the buffer of one word; `fold` is the table of code
//! points; `addresses` finds URLs, mentions and entities; `fast_path` reads common words sooner, with the help of
//! `simd`; `clitics` is the table of what Arabic writes together with a word; `offsets` counts characters and UTF-16
//! units. No other wing knows Unicode.

pub(crate) mod addresses;
pub(crate) mod clitics;
mod fast_path;
pub(crate) mod fold;
pub(crate) mod normalise;
#[cfg(feature = "internal")]
pub(crate) mod offsets;
mod simd;
#[cfg(test)]
mod tests;
pub(crate) mod word;
pub(crate) mod words;

pub use normalise::normalise;
