//! Model files of every version, as they were written then: they are opened, or refused with what to do.
//!
//! `tests/serve` does the same with what naqd-serve keeps. A format changes only together with its migration and a new
//! file here; the old ones stay.

use crate::common::{Folder, repository};

/// Runs naqd-score with a stored model.
fn scored(model: &str, code: i32, words: &[&str]) -> String {
    let model = repository(&format!("tests/formats/{model}"));
    let ran = Folder::new(&[]).score(&["--model", model.to_str().unwrap(), "--text", "you fool"], b"");
    ran.says(code, words);
    ran.out()
}

#[test]
fn models_of_formats_1_to_4_are_refused_with_what_to_do() {
    for format in ["1", "2", "3", "4"] {
        let model = format!("model-{format}.naqd");
        let version = format!("format version {format}, this program reads version 5");
        let expected = [&model, "made by an older naqd: train the model anew with this version", &version];
        assert_eq!(scored(&model, 2, &expected), "");
    }
}
