//! Input and output: files of people, whatever they are, and files that are replaced as a whole.

#[cfg(feature = "train")]
pub(crate) mod atomic;
pub(crate) mod bad_row;
pub(crate) mod code;
pub(crate) mod column_names;
#[cfg_attr(not(feature = "train"), allow(dead_code))]
pub(crate) mod columns;
pub(crate) mod csv;
#[cfg(feature = "internal")]
pub(crate) mod csv_writer;
pub(crate) mod damage;
pub(crate) mod dialect;
mod encoded;
pub(crate) mod format;
#[cfg(feature = "cli")]
pub(crate) mod gzip;
pub(crate) mod header;
pub(crate) mod json_form;
pub(crate) mod json_values;
pub(crate) mod open;
pub(crate) mod ordered_json;
pub(crate) mod remarks;
pub(crate) mod row_check;
mod single_bytes;
#[cfg(any(feature = "internal", feature = "train"))]
pub(crate) mod spreadsheet;
pub(crate) mod table;
#[cfg(feature = "internal")]
pub(crate) mod visible;
pub mod what;
#[cfg(feature = "cli")]
pub(crate) mod workbook;
