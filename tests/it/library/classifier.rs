//! Scoring, explaining, and the model file: DESIGN's invariants 1, 2 and 5.

use crate::common::COMMENTS;
use naqd::ModelError;
use naqd::internal::model::FORMAT;
use naqd::internal::ngrams::{FEATURES, Ngram, Sink, emit};
use naqd::internal::text::NORMALISER;
use naqd::{Classifier, Corpus, Model, Trainer};
use proptest::prelude::*;
use rayon::prelude::*;

fn model() -> Model {
    let rows: Vec<(String, String)> = csv::Reader::from_reader(crate::common::csv(24).as_bytes())
        .deserialize::<(String, String, String)>()
        .map(|row| row.map(|(_, text, label)| (text, label)).unwrap())
        .collect();
    Trainer::default().fit(&Corpus::from_rows(rows).unwrap()).unwrap().model
}

fn sum(classifier: &Classifier, text: &str) -> Vec<i64> {
    let mut sum = vec![0; classifier.classes().len()];
    for piece in classifier.explain(text).evidence {
        sum.iter_mut().zip(&piece.weights).for_each(|(sum, weight)| *sum += weight);
    }
    sum
}

/// Invariant 1, one table of cases through both engines.
#[test]
fn the_score_is_the_sum_of_its_evidence() {
    for model in [model(), Model::shipped()] {
        let classifier = Classifier::new(&model);
        for text in COMMENTS {
            assert_eq!(classifier.totals(text), sum(&classifier, text), "of {text:?}");
            let verdict = classifier.classify(text);
            assert_eq!(classifier.explain(text).verdict, verdict);
            let score = classifier.score(text);
            assert_eq!((score.class, score.probabilities), (verdict.class, verdict.probabilities));
        }
    }
}

/// Invariant 1: totals of 64 bits. The greatest weight, `i16::MAX`, times 70,000 would wrap 32.
#[test]
fn many_words_do_not_wrap() {
    let mut model = model();
    let parts = model.parts_mut();
    for (ngram, weights) in parts.ngrams.iter().zip(parts.weights.weights.to_mut().chunks_mut(3)) {
        weights.copy_from_slice(if ngram == " f" { &[i16::MAX, 0, 0] } else { &[0, 0, 0] });
    }
    let classifier = Classifier::new(&model);
    // Each word stands there once: of one that is repeated few count.
    // No letter twice in a row, as that would be one: letters take turns from either half of the alphabet.
    let letter = |i: u32, half: u32| char::from_u32('a' as u32 + i % 13 + 13 * half).unwrap();
    let word =
        |i: u32| ["f", &String::from_iter((0..5).map(|at| letter(i / 13u32.pow(at), (at + 1) % 2))), " "].concat();
    let text: String = (0..70_000).map(word).collect();
    assert_eq!(classifier.totals(&text), [70_000 * i64::from(i16::MAX), 0, 0]);
    assert!(70_000 * i64::from(i16::MAX) > i64::from(i32::MAX));
    assert_eq!(sum(&classifier, &text), classifier.totals(&text));
    assert_eq!(classifier.classes()[classifier.score(&text).class], "abusive");
}

/// Threads remember words, more of them the more there are, and forget some: it changes nothing.
#[test]
fn what_is_remembered_changes_nothing() {
    let classifier = Classifier::new(&Model::shipped());
    // Short words, many of which the model knows, and long ones, in two scripts.
    let word = |i: usize| -> String {
        let hash = (i as u64 % 50_000 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let first = if hash >> 63 == 0 { 'a' } else { 'ب' };
        let letter = |at| char::from_u32(first as u32 + (hash >> (5 * at + 8)) as u32 % 18);
        (0..3 + hash as u32 % 6).filter_map(letter).collect()
    };
    let comment = |i: usize| (20 * i..20 * i + 20).map(|i| word(i) + " ").collect();
    let comments: Vec<String> = (0..4_000).map(comment).collect();
    let fresh = |text: &str| std::thread::scope(|scope| scope.spawn(|| classifier.score(text)).join().unwrap());
    let different: std::collections::HashSet<&str> = comments.iter().flat_map(|text| text.split(' ')).collect();
    assert!(different.len() > 10_000, "{} words", different.len());
    for round in 0..3 {
        for (i, text) in comments.iter().enumerate() {
            let score = classifier.score(text);
            if i % 40 == round {
                assert_eq!(score, fresh(text), "of {text:?}");
            }
        }
    }
}

/// Sentences are judged as if they stood alone, and add up to the whole.
#[test]
fn a_sentence_is_judged_as_if_alone() {
    let classifier = Classifier::new(&Model::shipped());
    for text in COMMENTS {
        let mut sum = vec![0; 3];
        for sentence in classifier.classify(text).sentences {
            let alone = &text[sentence.span.clone()];
            assert_eq!(classifier.score(alone), sentence.score, "of {alone:?}");
            sum.iter_mut().zip(classifier.totals(alone)).for_each(|(sum, total)| *sum += total);
        }
        assert_eq!(sum, classifier.totals(text), "of {text:?}");
    }
}

/// The n-grams of a text, as they are written.
struct Names(Vec<String>);

impl Sink for Names {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        self.0.push(ngram.parts.to_string());
    }
}

#[test]
fn every_ngram_of_a_model_is_found_with_its_own_weights() {
    // A word of its own is asked for: what the table says of it must be what the model says.
    let model = model();
    let classifier = Classifier::new(&model);
    let words: Vec<(&str, &[i16])> = model
        .ngrams()
        .iter()
        .zip(model.weights().weights.chunks(3))
        .filter_map(|(ngram, weights)| Some((ngram.strip_prefix('[')?.strip_suffix(']')?, weights)))
        .filter(|(word, _)| !word.contains(' ') && word.chars().all(char::is_alphabetic))
        .collect();
    assert!(words.len() > 20);
    for (word, weights) in words {
        let mut rest: Vec<i64> = classifier.totals(word);
        rest.iter_mut().zip(weights).for_each(|(rest, weight)| *rest -= i64::from(*weight));
        let mut names = Names(Vec::new());
        emit(word, &mut names);
        for name in names.0.iter().filter(|name| !name.starts_with('[')) {
            if let Some(place) = model.ngrams().iter().position(|ngram| ngram == name) {
                let weights = &model.weights().weights[place * 3..][..3];
                rest.iter_mut().zip(weights).for_each(|(rest, weight)| *rest -= i64::from(*weight));
            }
        }
        assert_eq!(rest, [0, 0, 0], "of {word:?}");
    }
}

proptest! {
    /// Invariants 1 and 2 on random texts: alone, in a batch, on many threads.
    #[test]
    fn alone_as_in_a_batch(texts in prop::collection::vec("[ يا غبيfol.!؟شكرا\u{64B}]{0,40}|\\PC{0,40}", 1..40)) {
        let classifier = Classifier::new(&Model::shipped());
        let alone: Vec<_> = texts.iter().map(|text| classifier.classify(text)).collect();
        let batch: Vec<_> = texts.par_iter().map(|text| classifier.classify(text)).collect();
        prop_assert_eq!(&alone, &batch);
        for (text, verdict) in texts.iter().zip(&alone) {
            prop_assert_eq!(sum(&classifier, text), classifier.totals(text));
            let total: f32 = verdict.probabilities.as_slice().iter().sum();
            prop_assert!((total - 1.0).abs() < 1e-5);
        }
    }
}

proptest! {
    /// Words in scopes are not in the cache, nor stored there: the sums are those of the evidence, the first time and later.
    #[test]
    fn scopes_and_the_cache(words in prop::collection::vec(prop::sample::select(SCOPED.to_vec()), 1..30)) {
        let classifier = Classifier::new(&Model::shipped());
        let text = words.join(" ");
        let totals = classifier.totals(&text);
        prop_assert_eq!(&sum(&classifier, &text), &totals);
        prop_assert_eq!(&classifier.totals(&text), &totals);
        let fresh = std::thread::scope(|scope| scope.spawn(|| classifier.score(&text)).join().unwrap());
        prop_assert_eq!(fresh, classifier.score(&text));
    }
}

/// Words that open scopes and end them, and words in them: known ones, in disguise, and written apart.
const SCOPED: [&str; 24] = [
    "not", "never", "don't", "be", "do", "I", "was", "I'm", "but", "or", "you", "why", "مش", "ليس", "انا", "كنت", "ولا",
    "يا", "idiot", "id1ot", "id iot", "غبي", "حمار", "!",
];

#[test]
fn a_model_comes_back_from_its_file() {
    let model = model();
    let bytes = model.to_bytes();
    assert_eq!(Model::from_bytes(&bytes).unwrap(), model);
    assert_eq!(Model::from_bytes(&bytes).unwrap().to_bytes(), bytes);
}

/// Changes the JSON header of a model file in place, without mending the checksum unless `mend`.
fn with_header(bytes: &[u8], mend: bool, change: impl Fn(&mut serde_json::Value)) -> Vec<u8> {
    let tensors = safetensors::SafeTensors::deserialize(bytes).unwrap();
    let (_, metadata) = safetensors::SafeTensors::read_metadata(bytes).unwrap();
    let mut header = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["naqd"]).unwrap();
    change(&mut header);
    let header = header.to_string();
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header.as_bytes());
    for name in ["hashes", "weights", "ngrams", "words", "comments"] {
        hasher.update(tensors.tensor(name).unwrap().data());
    }
    let checksum = hasher.finalize().to_le_bytes();
    let mut views: Vec<(String, safetensors::tensor::TensorView)> = tensors.tensors();
    if mend {
        views.retain(|(name, _)| name != "checksum");
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::U32, vec![1], &checksum).unwrap();
        views.push(("checksum".to_owned(), view));
    }
    safetensors::serialize(views, Some([("naqd".to_owned(), header)].into())).unwrap()
}

/// Invariant 5: every way a file can be wrong, with what is said of it.
#[test]
fn wrong_files_are_refused() {
    let bytes = model().to_bytes();
    let refused = |bytes: &[u8]| Model::from_bytes(bytes).unwrap_err();
    for (what, found) in [
        ("nothing", refused(b"")),
        ("text", refused(b"not a model file at all, just some words")),
        ("a huge header", refused(&u64::MAX.to_le_bytes())),
        ("half", refused(&bytes[..bytes.len() / 2])),
        ("all but the last byte", refused(&bytes[..bytes.len() - 1])),
        ("one byte more", refused(&[&bytes[..], b"x"].concat())),
    ] {
        assert!(matches!(found, ModelError::Container(_)), "{what}: {found}");
    }
    let other = safetensors::serialize(Vec::<(String, safetensors::tensor::TensorView)>::new(), None).unwrap();
    assert!(matches!(refused(&other), ModelError::NotNaqd));

    // Version comes before checksum, so that a file of the future is not called damaged.
    for (what, version) in [("format", FORMAT), ("normaliser", NORMALISER), ("features", FEATURES)] {
        let found = refused(&with_header(&bytes, false, |header| header[what] = 99.into()));
        assert!(matches!(found, ModelError::Version { what: w, got: 99, .. } if w == what), "{found}");
        let (message, versions) =
            (found.to_string(), format!("{what} version 99, this program reads version {version}"));
        assert!(message.starts_with("made by a newer naqd: update this program"), "{message}");
        assert!(message.contains(&versions), "{message}");
        let found = refused(&with_header(&bytes, false, |header| header[what] = 1.into()));
        assert!(matches!(found, ModelError::Version { what: w, got: 1, .. } if w == what), "{found}");
        let message = found.to_string();
        assert!(message.starts_with("made by an older naqd: train the model anew with this version"), "{message}");
    }
    // Of an older and a newer version, the newer one is named: this program may be updated, the file cannot be.
    let both = |header: &mut serde_json::Value| (header["format"], header["features"]) = (1.into(), 99.into());
    assert!(matches!(
        refused(&with_header(&bytes, false, both)),
        ModelError::Version { what: "features", got: 99, .. }
    ));
    let mut flipped = bytes.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    assert!(matches!(refused(&flipped), ModelError::Checksum { .. } | ModelError::Invalid { .. }));
    let found = refused(&with_header(&bytes, false, |header| header["training"]["comments"] = 5.into()));
    assert!(matches!(found, ModelError::Checksum { .. }), "{found}");

    type Change = fn(&mut serde_json::Value);
    let cases: [(&str, Change); 13] = [
        ("number of classes", |header| header["classes"] = serde_json::json!(["one"])),
        ("number of weights", |header| header["classes"] = serde_json::json!(["a", "b"])),
        ("number of signal means", |header| {
            drop(header["experts"][0]["calibrator"]["mean"].as_array_mut().unwrap().pop())
        }),
        ("number of signal deviations", |header| {
            drop(header["experts"][0]["calibrator"]["deviation"].as_array_mut().unwrap().pop())
        }),
        ("number of calibrator weights", |header| {
            drop(header["experts"][0]["calibrator"]["weights"].as_array_mut().unwrap().pop())
        }),
        ("number of intercepts", |header| {
            drop(header["experts"][0]["calibrator"]["intercept"].as_array_mut().unwrap().pop())
        }),
        ("number of label weights", |header| {
            drop(header["experts"][0]["calibrator"]["label_weights"].as_array_mut().unwrap().pop())
        }),
        ("a number of the calibrator", |header| header["experts"][0]["calibrator"]["deviation"][0] = 0.0.into()),
        // Finite, but not what they add up to.
        ("a number of the calibrator", |header| header["experts"][0]["calibrator"]["intercept"][0] = f64::MAX.into()),
        ("a number of the calibrator", |header| header["experts"][0]["calibrator"]["weights"][0] = (-1e300).into()),
        ("header", |header| header["surprise"] = true.into()),
        ("header", |header| header["experts"] = serde_json::json!([])),
        ("header", |header| {
            let expert = header["experts"][0].clone();
            header["experts"] = serde_json::json!([expert, expert, expert]);
        }),
    ];
    for (part, change) in cases {
        match refused(&with_header(&bytes, true, change)) {
            ModelError::Invalid { what, .. } => assert_eq!(what, part),
            found => panic!("{part}: {found}"),
        }
    }
}

#[test]
fn parts_that_contradict_one_another_are_refused() {
    let whole = model();
    for (part, change) in [
        ("order of hashes", (|model| model.parts_mut().weights.hashes.to_mut().swap(0, 1)) as fn(&mut Model)),
        ("number of n-grams", |model| {
            *model.parts_mut().ngrams = model.ngrams().iter().skip(1).collect::<Vec<_>>().into_iter().collect()
        }),
        ("number of biases", |model| model.parts_mut().experts.of_mut(true).bias.push(0.0)),
        ("step", |model| model.parts_mut().weights.step = f32::NAN),
        ("bias", |model| model.parts_mut().experts.of_mut(true).bias[0] = f32::INFINITY),
    ] {
        let mut model = whole.clone();
        change(&mut model);
        match Model::from_bytes(&model.to_bytes()).unwrap_err() {
            ModelError::Invalid { what, .. } => assert!(what == part || what == "header", "{what}, not {part}"),
            found => panic!("{part}: {found}"),
        }
    }
}

/// No byte of a model file can be changed to make reading it panic.
#[test]
fn no_damage_panics() {
    let bytes = model().to_bytes();
    for place in (0..bytes.len().min(6000)).chain((6000..bytes.len()).step_by(997)) {
        for bit in [0, 7] {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << bit;
            if let Ok(model) = Model::from_bytes(&damaged) {
                // Only what does not matter may change: a name in the container's own header, say.
                assert_eq!(model, self::Model::from_bytes(&bytes).unwrap(), "byte {place}");
            }
        }
    }
}
