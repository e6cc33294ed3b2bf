//! Input and output wing: CSV in every dialect, encodings, files that are never half written.

#[cfg(feature = "train")]
pub(crate) mod atomic;
pub(crate) mod bad_row;
#[cfg(feature = "train")]
pub(crate) mod columns;
pub(crate) mod csv;
#[cfg(feature = "internal")]
pub(crate) mod ordered_json;
