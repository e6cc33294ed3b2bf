//! What the fuzz targets share: the checks, and the parts of naqd-score and naqd-import that read and write, which are not
//! in the library.
#![forbid(unsafe_code)]
#![allow(dead_code, unused_imports)]

pub mod checks;
pub mod import_checks;
#[path = "../../src/bin/import/read/mod.rs"]
pub mod import;
#[path = "../../src/bin/score/input/mod.rs"]
pub mod input;
#[path = "../../src/bin/score/write.rs"]
pub mod write;
