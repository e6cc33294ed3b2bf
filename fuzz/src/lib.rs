//! What the fuzz targets share: the checks, and the parts of naqd-score that read and write rows, which are not in
//! the library.
#![forbid(unsafe_code)]
#![allow(dead_code)]

pub mod checks;
#[path = "../../src/bin/score/input.rs"]
pub mod input;
#[path = "../../src/bin/score/write.rs"]
pub mod write;
