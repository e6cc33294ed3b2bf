//! Kinds of abuse: learnt beside the label, stored in the model, written of each comment.

use std::path::Path;
use std::sync::OnceLock;

use naqd::internal::model::Parts;
use naqd::{AbuseKind, Classifier, Corpus, CorpusReader, Model, ModelError, Trained, Trainer};
use serde_json::{Value, json};

use crate::common::{Folder, Ran, kinds_csv, kinds_town};

/// What was learnt from two files.
fn trained() -> &'static (Folder, Trained) {
    static TRAINED: OnceLock<(Folder, Trained)> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let files = [kinds_csv(&kinds_town(1, 600)), kinds_csv(&kinds_town(2, 600))];
        let folder = Folder::new(&[("one.csv", files[0].as_bytes()), ("two.csv", files[1].as_bytes())]);
        let corpus = read(&folder.path("one.csv"), &folder.path("two.csv"));
        let trained = Trainer::new().fit(&corpus).unwrap();
        trained.model.save(folder.path("kinds.naqd")).unwrap();
        (folder, trained)
    })
}

fn read(one: &Path, two: &Path) -> Corpus {
    let files = [one.to_owned(), two.to_owned()];
    CorpusReader::default().read(&files, &mut |bad| panic!("{bad}")).unwrap()
}

const THREAT: &str = "at the bridge on sunday i will find you and break your bones";
const INSULT: &str = "near the bakery the man is a clown a stupid donkey";
const THANKS: &str = "thank you lovely report bakery photo window";

#[test]
fn threats_and_insults_are_told_apart() {
    let (_, trained) = trained();
    let kinds: Vec<(AbuseKind, bool)> = trained.validation.kinds.iter().map(|of| (of.kind, of.kept)).collect();
    assert_eq!(kinds, [(AbuseKind::Insult, true), (AbuseKind::Threat, true)]);
    let threat = &trained.validation.kinds[1].figures;
    assert!(threat.interval[0] > 0.9 && threat.files == 2 && threat.recall > 0.8, "{threat:?}");
    assert_eq!((threat.comments, threat.positives), (1200, 480));
    let classifier = Classifier::new(&trained.model);
    assert_eq!(classifier.kinds(false).as_str(), "insult|threat");
    for (text, named) in [(THREAT, "threat"), (INSULT, "insult"), (THANKS, "")] {
        let score = classifier.score(text);
        assert_eq!(score.kinds.named.as_str(), named, "{text}: {score:?}");
        assert_eq!(classifier.classify(text).kinds, score.kinds, "{text}");
        // With the words in the cache, and in another one.
        assert_eq!(classifier.score(text), score);
        assert_eq!(Classifier::new(&trained.model).score(text), score);
    }
    let insult = classifier.score(INSULT);
    let probability = insult.kinds.probability(AbuseKind::Insult).unwrap();
    assert!(probability > 0.5 && probability <= insult.probabilities[0], "{insult:?}");
    assert_eq!(insult.kinds.probability(AbuseKind::Curse), None);
}

/// What is stated of other files, or of abuse that may be none, is not learnt from.
#[test]
fn kinds_need_enough_comments() {
    let few: Vec<(String, &str)> = kinds_town(1, 100).into_iter().map(|(text, label, _)| (text, label)).collect();
    let mut corpus = Corpus::from_rows(few).unwrap();
    assert!(Trainer::new().fit(&corpus).unwrap().model.experts().of(false).kinds.is_none(), "none is stated");
    for i in (0..10).map(|i| 5 * i) {
        corpus.set_kinds(i, [AbuseKind::Insult].into_iter().collect());
    }
    let trained = Trainer::new().fit(&corpus).unwrap();
    assert!(trained.validation.kinds.is_empty() && trained.model.experts().of(false).kinds.is_none());
}

#[test]
fn a_model_with_kinds_is_read_as_it_was_written() {
    let (_, trained) = trained();
    let bytes = trained.model.to_bytes();
    let read = Model::from_bytes(&bytes).unwrap();
    assert!(read == trained.model && read.to_bytes() == bytes);
    assert_eq!(Classifier::new(&read).score(THREAT), Classifier::new(&trained.model).score(THREAT));
    let place = memchr::memmem::find(&bytes, b"kind_weights").unwrap();
    let mut torn = bytes.clone();
    torn[place] = b'x';
    assert!(matches!(Model::from_bytes(&torn).unwrap_err(), ModelError::Container(_)));
}

#[test]
fn kinds_that_contradict_themselves_are_refused() {
    let (_, trained) = trained();
    let refused = |change: &dyn Fn(&mut Parts)| {
        let mut model = trained.model.clone();
        change(&mut model.parts_mut());
        Model::from_bytes(&model.to_bytes()).unwrap_err().to_string()
    };
    let kinds = |change: fn(&mut naqd::internal::model::Kinds)| {
        refused(&|parts: &mut Parts| change(parts.experts.of_mut(false).kinds.as_mut().unwrap()))
    };
    for (change, expected) in [
        ((|kinds| kinds.ngrams += 1) as fn(&mut naqd::internal::model::Kinds), "number of n-grams of kinds"),
        (|kinds| kinds.ngrams = usize::MAX, "number of n-grams of kinds"),
        (|kinds| kinds.ngrams -= 1, "beyond those of the heads"),
        (|kinds| kinds.heads.swap(0, 1), "in their order"),
        (|kinds| kinds.heads.truncate(kinds.heads.len() - 1), "beyond those of the heads"),
        (|kinds| kinds.heads[1].kind = kinds.heads[0].kind, "each kind once"),
        (|kinds| kinds.heads[0].threshold = 1.5, "0 to 1"),
        (|kinds| kinds.heads[0].figures.roc_auc = -1.0, "0 to 1"),
        (|kinds| kinds.heads[0].step = 1e10, "at most 1e9"),
        (|kinds| kinds.hashes.to_mut().swap(0, 1), "ascending"),
        (|kinds| kinds.weights.to_mut()[0] = i16::MAX, "-200 to 200"),
    ] {
        let error = kinds(change);
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let error = refused(&|parts: &mut Parts| parts.experts.of_mut(false).kinds = Some(Default::default()));
    assert!(error.contains("one head at least"), "{error}");
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.says(0, &[]);
    ran.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn kinds_are_written_in_csv_and_json() {
    let (folder, _) = trained();
    let input = format!("text\n{THREAT}\n{INSULT}\n{THANKS}\n");
    let ran =
        folder.score(&["--model", "kinds.naqd", "--publish-below", "0.3", "--format", "csv", "-"], input.as_bytes());
    ran.says(0, &[]);
    let out = ran.out();
    let mut reader = csv::Reader::from_reader(out.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    assert_eq!(place("naqd_kinds") + 1, place("naqd_decision"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |name: &str| rows.iter().map(|row| row[place(name)].to_owned()).collect::<Vec<_>>();
    assert_eq!(column("naqd_kinds"), ["threat", "insult", ""]);
    assert_eq!(column("naqd_notify")[0].split('|').next(), Some("threat"));
    assert!(!column("naqd_notify")[1].contains("threat"));

    let model = ["--model", "kinds.naqd", "--publish-below", "0.3", "--to", "jsonl", "--format", "csv", "-"];
    let json = lines(&folder.score(&model, input.as_bytes()));
    assert_eq!(json[0]["naqd"]["named_kinds"], json!(["threat"]));
    assert!(json[0]["naqd"]["kinds"]["threat"].as_f64().unwrap() > 0.5, "{}", json[0]);
    assert_eq!(json[1]["naqd"]["named_kinds"], json!(["insult"]));
    assert_eq!(json[2]["naqd"].get("kinds"), None, "{}", json[2]);
    assert!(json[0]["naqd"]["notify"].as_str().unwrap().starts_with("threat"), "{}", json[0]);
    let explained = lines(&folder.score(&[&["--explain"][..], &model].concat(), input.as_bytes()));
    assert_eq!(explained[0]["naqd"]["kinds"], json[0]["naqd"]["kinds"]);
}

#[test]
fn unknown_kinds_are_named_and_the_column_may_be_another() {
    let rows = kinds_csv(&kinds_town(1, 300));
    let folder = Folder::new(&[
        ("wrong.csv", (rows.clone() + "you fool,abusive,rude\n").as_bytes()),
        ("other.csv", rows.replace("label,kinds", "label,sort").as_bytes()),
    ]);
    let ran = folder.train(&["wrong.csv", "--from", "none", "--output", "a.naqd", "--card", "card.md"]);
    ran.says(1, &["wrong.csv:302: column \"kinds\": unknown kind of abuse \"rude\", expected insult, group, threat, obscene, curse"]);
    assert!(ran.out().contains("kinds of abuse") && ran.out().contains("\nthreat"), "{}", ran.out());
    assert!(folder.read("card.md").contains("## Kinds of abuse\n"));
    let none = folder.train(&["wrong.csv", "--from", "none", "--kinds-column", "", "--output", "b.naqd"]);
    none.says(0, &[]);
    assert!(!none.out().contains("kinds of abuse"));
    let named = ["other.csv", "--from", "none", "--kinds-column", "sort", "--output", "c.naqd", "--json"];
    let report: Value = serde_json::from_str(&folder.train(&named).out()).unwrap();
    assert_eq!(
        (&report["kinds"][1]["kind"], &report["kinds"][1]["kept"]),
        (&json!("threat"), &json!(true)),
        "{report}"
    );
    folder
        .train(&["other.csv", "--from", "none", "--kinds-column", "none", "--output", "d.naqd"])
        .says(2, &["--kinds-column"]);
}
