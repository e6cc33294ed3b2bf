//! Readers of exports: each gives the comments of a file to an [`Archive`], with what was decided about them.
//!
//! - `source`: the bytes of a file: gzip, encoding, lines, bounds;
//! - `sniff`: the format of a file by its first bytes;
//! - `archive`: comments with their labels, as CSV, and the counts by status;
//! - `xml`: pieces of XML, one after the other; `wxr` and `disqus` read them;
//! - `documents`: JSON documents, one after the other; `pointers` and `coral` read them;
//! - `wordpress`: statuses of WordPress; `sql` reads its table of comments, and
//!   `dump` that table in a dump of the database.

pub mod archive;
pub mod coral;
pub mod disqus;
mod documents;
mod dump;
pub mod pointers;
pub mod sniff;
pub mod source;
pub mod sql;
pub mod wordpress;
pub mod wxr;
mod xml;

pub use archive::{Archive, Only};
pub use pointers::Pointers;
pub use sniff::{Format, sniff};
pub use source::Source;

/// Reason why reading stops early.
#[derive(Debug)]
pub enum Stop {
    /// There are as many comments as wanted, or nobody reads them any more.
    Enough,
    /// A sentence that names the file, the line and what to do.
    Error(String),
}

impl From<String> for Stop {
    fn from(sentence: String) -> Stop {
        Stop::Error(sentence)
    }
}

/// Labels of comments that a person approved: the archive does not say whether they are criticism.
pub const APPROVED: &str = "critical|neutral";

/// Label of comments that a person rejected as abuse.
pub const ABUSIVE: &str = "abusive";
