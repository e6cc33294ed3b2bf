//! Input and output: CSV in the delimiters and encodings that people export, rows that cannot be used, and files that are
//! replaced as a whole.

#[cfg(feature = "train")]
pub(crate) mod atomic;
pub(crate) mod bad_row;
#[cfg(feature = "train")]
pub(crate) mod columns;
pub(crate) mod csv;
#[cfg(feature = "internal")]
pub(crate) mod ordered_json;
#[cfg(feature = "internal")]
pub(crate) mod visible;
