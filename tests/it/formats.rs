//! Model files of every version, as they were written then: one is opened, or refused with what to do.
//!
//! `tests/serve` does the same with what naqd-serve keeps. A format changes only together with its migration and a new
//! file here; the old ones stay.

use naqd::{Classifier, Model};

use crate::common::{Folder, repository};

/// Runs naqd-score with a stored model.
fn scored(model: &str, code: i32, words: &[&str]) -> String {
    let model = repository(&format!("tests/formats/{model}"));
    let ran = Folder::new(&[]).score(&["--model", model.to_str().unwrap(), "--text", "you fool"], b"");
    ran.says(code, words);
    ran.out()
}

#[test]
fn models_of_format_1_and_2_are_refused_with_what_to_do() {
    for format in ["1", "2"] {
        let model = format!("model-{format}.naqd");
        let version = format!("format version {format}, this program reads version 3");
        let expected = [&model, "made by an older naqd: train the model anew with this version", &version];
        assert_eq!(scored(&model, 2, &expected), "");
    }
}

#[test]
fn a_model_of_format_3_is_opened() {
    assert!(scored("model-3.naqd", 0, &[]).contains("\"label\":\"abusive\""));
    let path = repository("tests/formats/model-3.naqd");
    let model = Model::open(&path).unwrap();
    let classifier = Classifier::new(&model);
    assert_eq!(classifier.classes().names(), ["abusive", "critical", "neutral"]);
    // As it was said when the file was written.
    let said = classifier.classify("كاتب هذا المقال غبي وحمار. شكرا!");
    assert_eq!(said.label(), "abusive");
    let expected = [0.5359f32, 0.0984, 0.3656];
    for (p, expected) in said.probabilities.as_slice().iter().zip(expected) {
        assert!((p - expected).abs() < 5e-5, "{:?}", said.probabilities);
    }
    // Writing it again changes nothing, so that what is read is all that is in it.
    assert!(model.to_bytes() == std::fs::read(path).unwrap());
}
