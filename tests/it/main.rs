//! Tests of the library, of the programs as people run them, and of what ships with them.
//!
//! One program, so that one is linked and the tests are spread over all cores. What takes minutes is marked
//! `#[ignore = "release tier: ..."]`: `cargo test -- --ignored` runs it, as `.ci/release` does.

#[path = "../common/mod.rs"]
mod common;

// Fuzzing checks rows of naqd-score and readers of naqd-import, which are not in the library.
#[allow(dead_code)]
#[path = "../../fuzz/src/checks.rs"]
mod checks;
#[allow(dead_code, unused_imports)]
#[path = "../../src/bin/import/read/mod.rs"]
mod import;
#[path = "../../fuzz/src/import_checks.rs"]
mod import_checks;
#[allow(dead_code)]
#[path = "../../src/bin/score/input/mod.rs"]
mod input;
#[allow(dead_code)]
#[path = "../../src/bin/score/write.rs"]
mod write;

mod library {
    mod abusive_share;
    mod classifier;
    mod evasion;
    mod guards;
    mod html;
    mod kinds;
    mod learning;
    mod one_sentence;
    mod rules;
    mod text;
    mod triage;
}

mod programs {
    mod abusive_share;
    mod archive;
    mod audit;
    mod chosen;
    mod exports;
    mod guards;
    mod hostile;
    mod html;
    mod import;
    mod json;
    mod labels;
    mod manual;
    mod on_top;
    mod reading;
    mod report;
    mod score;
    mod spreadsheet;
    mod train;
    mod variants;
}

mod shipped {
    mod behaviour;
    mod contents;
    mod corpora;
    mod editors;
    mod moderation;
    mod scopes;
}

mod formats;
mod seeds;
mod snapshots;
