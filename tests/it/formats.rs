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
fn older_models_are_refused_with_what_to_do() {
    for (file, version) in [
        (1, "format version 1"),
        (2, "format version 2"),
        (3, "format version 3"),
        (4, "format version 4"),
        (5, "features version 4"),
    ] {
        let model = format!("model-{file}.naqd");
        let version = format!("{version}, this program reads version 5");
        let expected = [&model, "made by an older naqd: train the model anew with this version", &version];
        assert_eq!(scored(&model, 2, &expected), "");
    }
}

/// It says of a comment what it said when the file was written. Writing it again changes nothing, so that what is read is
/// all that is in it.
#[test]
fn a_model_of_today_is_opened() {
    let bytes = std::fs::read(repository("tests/formats/model-6.naqd")).unwrap();
    let model = Model::from_bytes(&bytes).unwrap();
    assert!(model.to_bytes() == bytes);
    assert!(model.learnt_comments().len() > 1000);
    assert!(model.thresholds(true).unwrap().reject_above.is_some());
    assert!(model.thresholds(false).unwrap().reject_above.is_none());
    let classifier = Classifier::new(&model);
    assert_eq!(classifier.classes().names(), ["abusive", "critical", "neutral"]);
    for (text, expected) in [("كاتب هذا المقال غبي وحمار. شكرا!", ARABIC), ("you stupid fool", OTHER)]
    {
        let said = classifier.classify(text);
        for (p, expected) in said.probabilities.as_slice().iter().zip(expected) {
            assert!((p - expected).abs() < 5e-5, "{:?}", said.probabilities);
        }
    }
    assert!(classifier.kinds(true).contains(naqd::AbuseKind::Threat));
}

/// Probabilities of two comments by `model-6.naqd`.
const ARABIC: [f32; 3] = [0.5582, 0.0202, 0.4216];
const OTHER: [f32; 3] = [0.8562, 0.0434, 0.1005];
