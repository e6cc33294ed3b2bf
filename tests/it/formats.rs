//! Model files of every version, as they were written then: they are opened, or refused with what to do.
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
        let version = format!("format version {format}, this program reads version 4");
        let expected = [&model, "made by an older naqd: train the model anew with this version", &version];
        assert_eq!(scored(&model, 2, &expected), "");
    }
}

/// Opens a stored model; it says of a comment what it said when the file was written.
fn opened(model: &str, expected: [f32; 3]) -> (Model, Vec<u8>) {
    assert!(scored(model, 0, &[]).contains("\"label\":\"abusive\""));
    let bytes = std::fs::read(repository(&format!("tests/formats/{model}"))).unwrap();
    let model = Model::from_bytes(&bytes).unwrap();
    let classifier = Classifier::new(&model);
    assert_eq!(classifier.classes().names(), ["abusive", "critical", "neutral"]);
    let said = classifier.classify("كاتب هذا المقال غبي وحمار. شكرا!");
    assert_eq!(said.label(), "abusive");
    for (p, expected) in said.probabilities.as_slice().iter().zip(expected) {
        assert!((p - expected).abs() < 5e-5, "{:?}", said.probabilities);
    }
    (model, bytes)
}

/// It is written again as format 4, and is the same model; what format 3 does not have is empty.
#[test]
fn a_model_of_format_3_is_opened() {
    let (model, bytes) = opened("model-3.naqd", [0.5359, 0.0984, 0.3656]);
    assert!(model.learnt_comments().is_empty() && model.kept().is_none());
    let again = model.to_bytes();
    let header = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    assert!(header(&bytes).contains("format\\\":3,") && header(&again).contains("format\\\":4,"));
    assert!(Model::from_bytes(&again).unwrap() == model);
}

/// Writing it again changes nothing, so that what is read is all that is in it.
#[test]
fn a_model_of_format_4_is_opened() {
    let (model, bytes) = opened("model-4.naqd", [0.7717, 0.0928, 0.1355]);
    assert!(model.to_bytes() == bytes);
    assert!(model.learnt_comments().len() > 300);
}
