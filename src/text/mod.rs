//! Text: a comment becomes normalised words, each with its span in the comment.
//!
//! - `words`: the definition of a word, and the walk over the words of a text;
//! - `word`: the buffer of one word;
//! - `fold`: the table that normalises code points;
//! - `addresses`: web addresses, mentions and HTML entities;
//! - `fast_path`: a faster walk over common words, with `simd`;
//! - `clitics`: the table of the prefixes that Arabic joins to a word;
//! - `ligatures`: signs that stand for whole phrases;
//! - `quotations`: the parts of a comment that are another's words;
//! - `reported`: insults that a verb of saying introduces, in Arabic;
//! - `html`: the text that a reader of HTML sees;
//! - `offsets`: offsets in characters and UTF-16 units.
//!
//! No other module depends on Unicode tables.

pub(crate) mod addresses;
pub(crate) mod clitics;
mod fast_path;
pub(crate) mod fold;
#[cfg(feature = "html")]
#[cfg_attr(not(all(feature = "train", feature = "internal")), allow(dead_code, unused_imports))]
pub(crate) mod html;
pub(crate) mod ligatures;
pub(crate) mod normalise;
#[cfg(feature = "internal")]
pub(crate) mod offsets;
pub(crate) mod quotations;
pub(crate) mod reported;
mod simd;
#[cfg(test)]
mod tests;
pub(crate) mod word;
pub(crate) mod words;

pub use normalise::normalise;
