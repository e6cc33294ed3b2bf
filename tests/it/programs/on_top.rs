//! naqd-train on top of another model, and what it says of thresholds.

use std::sync::OnceLock;

use naqd::{Classifier, Model};
use serde_json::Value;

use crate::common::{COMMENTS, Folder, Ran, records, to_csv, town};

/// The figures of a run with `--json`.
#[track_caller]
fn figures(ran: &Ran) -> Value {
    ran.says(0, &[]);
    serde_json::from_str(&ran.out()).unwrap()
}

/// An Arabic archive learnt on top of the shipped model: `mine.naqd`, and what naqd-train said.
fn arabic_archive() -> &'static (Folder, Value) {
    static TRAINED: OnceLock<(Folder, Value)> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let folder = Folder::new(&[("archive.csv", to_csv(&town(true, 900, 1, 0.0)).as_bytes())]);
        let report = figures(&folder.train(&["archive.csv", "--output", "mine.naqd", "--json"]));
        (folder, report)
    })
}

/// Comments without a letter of Arabic: of the test data, of our own, and with digits, pictures and disguised words.
fn not_arabic() -> Vec<String> {
    let is_arabic =
        |text: &str| text.chars().any(|c| ('\u{600}'..'\u{780}').contains(&c) || c > '\u{fb00}' && c < '\u{ff00}');
    let mut texts: Vec<String> = records("data/test.csv")
        .into_iter()
        .filter(|row| row["language"] == "en")
        .map(|mut row| row.remove("text").unwrap())
        .collect();
    texts.extend(town(false, 200, 2, 0.0).into_iter().map(|(text, _)| text));
    for (text, _) in town(false, 60, 3, 0.0) {
        texts.push(format!("{text} 2026 👏👏 7/10"));
        texts.push(text.replace('o', "0").replace("fool", "f.o.o.l").replace('e', "3"));
        texts.push(text.replace("you", "y o u").replace("silly", "sillly").replace("clown", "cl0wn"));
        texts.push(text.to_uppercase() + "!!! 1234 https://example.org/a");
    }
    texts.extend(COMMENTS.map(str::to_owned));
    texts.extend(
        ["7abibi enta 8abi w 7mar", "you are an 1d10t", "s t u p i d people", "😀😀😀", "100 %"].map(str::to_owned),
    );
    texts.retain(|text| !is_arabic(text));
    texts
}

/// What was learnt from Arabic comments changes what is said of Arabic ones, and of no other.
#[test]
fn an_arabic_archive_leaves_other_comments_as_they_were() {
    let (folder, report) = arabic_archive();
    assert_eq!(report["prior"]["on_top"]["scripts"], serde_json::json!(["arabic"]), "{}", report["prior"]);
    let mine = Model::open(folder.path("mine.naqd")).unwrap();
    assert_eq!(mine.training().from.as_deref(), Some("shipped"));
    assert!(Model::from_bytes(&mine.to_bytes()).unwrap() == mine);
    let shipped = Model::shipped();
    assert!(mine.experts().of(false) == shipped.experts().of(false), "that of other scripts stays");
    assert!(mine.experts().of(true) != shipped.experts().of(true));
    let [before, after] = [&Model::shipped(), &mine].map(Classifier::new);
    let texts = not_arabic();
    assert!(texts.len() > 700, "{}", texts.len());
    for text in &texts {
        let (was, is) = (before.score(text), after.score(text));
        assert_eq!(is.class, was.class, "{text}");
        assert_eq!(is.probabilities, was.probabilities, "{text}");
        assert_eq!(is.familiarity, was.familiarity, "{text}");
        assert_eq!(after.decide(&is), before.decide(&was), "{text}");
        assert_eq!(after.classify(text).label(), before.classify(text).label(), "{text}");
    }
    // Their probabilities in the output of naqd-score too.
    let one = |options: &[&str]| {
        folder.score(&[options, &["--text", "you hollow pumpkin, 100 % wr0ng 😀"]].concat(), b"").out()
    };
    assert_eq!(one(&["--model", "mine.naqd"]), one(&[]));

    // A threshold that is set by hand replaces one of either script; the others stay.
    let inbox = to_csv(&town(false, 80, 12, 0.0));
    std::fs::write(folder.path("inbox.csv"), &inbox).unwrap();
    let scored =
        |options: &[&str]| folder.score(&[options, &["inbox.csv", "--notify-above", "0.3"]].concat(), b"").out();
    let as_before = scored(&[]);
    let publishes = shipped.thresholds(false).is_some_and(|thresholds| thresholds.publish_below.is_some());
    assert!(as_before.contains(",publish,") == publishes && as_before.contains(",hold,"), "{as_before}");
    assert_eq!(scored(&["--model", "mine.naqd"]), as_before);

    let arabic = town(true, 100, 9, 0.0);
    let right = |classifier: &Classifier| {
        arabic.iter().filter(|(text, label)| classifier.classify(text).label() == *label).count()
    };
    assert!(arabic.iter().all(|(text, _)| after.score(text).probabilities != before.score(text).probabilities));
    assert!(right(&after) > right(&before) && right(&after) > 95, "{} and {}", right(&after), right(&before));
}

#[test]
fn figures_stand_side_by_side() {
    let (_, report) = arabic_archive();
    let on_top = &report["prior"]["on_top"];
    let of = |report: &Value, what: &str| report[what]["log_loss"].as_f64().unwrap();
    assert!(of(report, "verdict") < of(on_top, "calibrated"), "{report}");
    assert!(report["figures"]["macro_f1"].as_f64() > on_top["figures"]["macro_f1"].as_f64());
    assert_eq!(on_top["decided"].as_array().unwrap().len(), 2);
    assert_eq!((&on_top["known"], &on_top["other_script"]), (&0.into(), &0.into()));
}

#[test]
fn comments_that_the_model_has_learnt_are_left_out() {
    let shipped = Model::shipped();
    let (learnt, not): (Vec<_>, Vec<_>) =
        records("data/comments.csv").into_iter().partition(|row| shipped.learnt_comments().contains(&row["text"]));
    assert!(not.len() * 500 <= learnt.len(), "not recognised: {not:?}");
    let test = records("data/test.csv");
    let mistaken = test.iter().filter(|row| shipped.learnt_comments().contains(&row["text"])).count();
    assert!(mistaken * 500 <= test.len(), "{mistaken}");
    let known: Vec<(String, &str)> = learnt
        .into_iter()
        .filter(|row| row["language"] == "ar" && row["dialect"] != "arabizi")
        .step_by(140)
        .map(|row| {
            (
                row["text"].replace('"', "'"),
                ["abusive", "critical", "neutral"].into_iter().find(|l| row["label"] == *l).unwrap(),
            )
        })
        .collect();
    let own = town(true, 240, 4, 0.0);
    let folder = Folder::new(&[
        ("own.csv", to_csv(&own).as_bytes()),
        ("some.csv", to_csv(own.iter().chain(&known)).as_bytes()),
        ("most.csv", to_csv(own[..30].iter().chain(&known)).as_bytes()),
        ("other.csv", to_csv(&own).replace(",neutral\n", ",fine\n").as_bytes()),
        ("english.csv", to_csv(own.iter().chain(&town(false, 20, 5, 0.0))).as_bytes()),
    ]);
    assert!((31..80).contains(&known.len()), "{}", known.len());
    let train = |file: &str| {
        let ran = folder.train(&[file, "--max-innocent-rejected", "30%"]);
        ran.says(0, &[]);
        ran.out()
    };
    let out = train("some.csv");
    let said = format!(
        "learnt on top of the shipped model; all of them are Arabic, and comments in other scripts are judged as before; {} left out because it has learnt them",
        known.len()
    );
    assert!(out.contains(&said), "{said}: {out}");
    let report = figures(&folder.train(&["some.csv", "--json", "--max-innocent-rejected", "30%"]));
    assert_eq!(report["prior"]["on_top"]["known"], known.len());
    // They have no part in the model.
    let some = std::fs::read(folder.path("model.naqd")).unwrap();
    train("own.csv");
    let own = Model::open(folder.path("model.naqd")).unwrap();
    let some = Model::from_bytes(&some).unwrap();
    assert!(some.weights() == own.weights() && some.experts() == own.experts());

    let out = train("english.csv");
    assert!(out.contains("20 left out because they are too few of their script"), "{out}");

    let out = train("most.csv");
    let said = format!("started from nothing: the shipped model has learnt {} of these comments", known.len());
    assert!(out.contains(&said), "{out}");
    let report = figures(&folder.train(&["most.csv", "--json"]));
    assert_eq!(report["prior"]["known"]["comments"], known.len());
    assert_eq!(Model::open(folder.path("model.naqd")).unwrap().training().from, None);

    let out = train("other.csv");
    let said = "started from nothing: the labels abusive, critical, fine are not the classes of the shipped model";
    assert!(out.contains(said), "{out}");
    let report = figures(&folder.train(&["other.csv", "--json"]));
    assert_eq!(report["prior"], "other_classes");
}

#[test]
fn a_model_file_or_none_to_learn_on_top_of() {
    let folder = Folder::new(&[
        ("first.csv", to_csv(&town(false, 300, 6, 0.0)).as_bytes()),
        ("second.csv", to_csv(&town(false, 150, 7, 0.1)).as_bytes()),
    ]);
    let ran = folder.train(&["first.csv", "--from", "none", "--set-aside", "0", "--output", "first.naqd"]);
    ran.says(0, &[]);
    assert!(!ran.out().contains("on top of") && !ran.out().contains("from nothing"), "{}", ran.out());
    let report = figures(&folder.train(&[
        "first.csv",
        "--from",
        "none",
        "--set-aside",
        "0",
        "--output",
        "first.naqd",
        "--json",
    ]));
    assert_eq!(report["prior"], "none");
    let first = Model::open(folder.path("first.naqd")).unwrap();
    assert_eq!((first.training().from.as_deref(), first.learnt_comments().len() > 200), (None, true));

    let ran = folder.train(&["second.csv", "--from", "first.naqd", "--set-aside", "0", "--output", "second.naqd"]);
    ran.says(0, &[]);
    for said in [
        "learnt on top of first.naqd; all of them are other than Arabic, and comments in Arabic are judged as before",
        "first.naqd alone, on the same comments",
    ] {
        assert!(ran.out().contains(said), "{said:?} in {}", ran.out());
    }
    let second = Model::open(folder.path("second.naqd")).unwrap();
    assert_eq!(second.training().from.as_deref(), Some("first.naqd"));
    // It knows the comments of both.
    assert!(second.learnt_comments().len() > first.learnt_comments().len());
    let ran = folder.train(&["first.csv", "--from", "second.naqd"]);
    assert!(ran.out().contains("started from nothing: second.naqd has learnt"), "{}", ran.out());

    folder
        .train(&["first.csv", "--from", "missing.naqd"])
        .says(2, &["--from missing.naqd: cannot be read: No such file"]);
    folder.train(&["first.csv", "--from", "first.csv"]).says(2, &["--from first.csv: not a model file"]);
    let before = folder.names();
    folder
        .train(&["second.csv", "--from", "first.naqd", "--output", "./first.naqd"])
        .says(2, &["--output ./first.naqd: is also an input file"]);
    assert_eq!(folder.names(), before);
    assert!(Model::open(folder.path("first.naqd")).unwrap() == first);
}

/// With few comments the model stays as it is, with its thresholds.
#[test]
fn few_comments_change_nothing() {
    let folder = Folder::new(&[
        ("few.csv", to_csv(&town(true, 40, 8, 0.1)).as_bytes()),
        ("fewer.csv", to_csv(&town(true, 24, 8, 0.0)).as_bytes()),
    ]);
    let ran = folder.train(&["few.csv"]);
    ran.says(0, &[]);
    for said in [
        "the weights are those of the shipped model, unchanged",
        "next: label a few hundred comments more",
        "the thresholds are those of the shipped model",
        "for its own comments, not for yours",
    ] {
        assert!(ran.out().contains(said), "{said:?} in {}", ran.out());
    }
    let (own, shipped) = (Model::open(folder.path("model.naqd")).unwrap(), Model::shipped());
    assert!(own.weights() == shipped.weights());
    for arabic in [false, true] {
        assert_eq!(own.thresholds(arabic), shipped.thresholds(arabic));
        assert_eq!(own.promises(arabic), shipped.promises(arabic));
    }
    let report = figures(&folder.train(&["few.csv", "--json"]));
    assert_eq!((&report["l2"], &report["triage"]["inherited"]), (&Value::Null, &true.into()));
    let on_top = &report["prior"]["on_top"];
    assert!(on_top["figures"]["macro_f1"].is_f64() && on_top["calibrated"]["ece"].is_f64(), "{on_top}");
    assert!(on_top["decided"].as_array().unwrap().iter().all(Value::is_f64), "{on_top}");
    folder.train(&["fewer.csv"]).says(2, &["24"]);
}

/// A corpus whose labels are wrong now and then, learnt from nothing.
fn noisy() -> Folder {
    Folder::new(&[("c.csv", to_csv(&town(false, 1500, 11, 0.09)).as_bytes())])
}

const FROM_NOTHING: [&str; 3] = ["c.csv", "--from", "none"];

#[test]
fn a_promise_that_says_nothing_is_named() {
    let folder = noisy();
    let empty = ["--abusive-share", "3%", "--max-abusive-published", "5%", "--max-innocent-rejected", "80%"];
    let options = [&FROM_NOTHING[..], &empty].concat();
    let ran = folder.train(&options);
    ran.says(0, &[]);
    for said in [
        "guarantees for a site where 3 % of the comments are abusive",
        "nothing is published: at most 5 % abusive says nothing, since publishing every comment would keep it",
        "--max-abuse-let-through 20%",
    ] {
        assert!(ran.out().contains(said), "{said:?} in {}", ran.out());
    }
    let report = figures(&folder.train(&[&options[..], &["--json"]].concat()));
    assert_eq!(
        (&report["triage"]["publish"]["empty"], &report["triage"]["reject"]["empty"]),
        (&true.into(), &false.into())
    );
    assert_eq!(report["triage"]["thresholds"]["publish_below"], Value::Null);
    assert_eq!(report["triage"]["promises"]["abusive_share"], 0.03);

    // A limit of what gets through says something again.
    let through = [&options[..], &["--max-abuse-let-through", "20%"]].concat();
    let ran = folder.train(&through);
    ran.says(0, &[]);
    assert!(ran.out().contains("guaranteed: at most 20 % of all abuse is published"), "{}", ran.out());
    let report = figures(&folder.train(&[&through[..], &["--json"]].concat()));
    assert_eq!(report["triage"]["publish"]["empty"], false);
    let published = &report["triage"]["rates"]["published"];
    let [wrong, all] = ["wrong", "all_wrong"].map(|what| published[what].as_f64().unwrap());
    assert!(report["triage"]["thresholds"]["publish_below"].is_f64() && wrong / all < 0.2, "{published}");
}

#[test]
fn both_promises_hold_together() {
    let folder = noisy();
    let options = [&FROM_NOTHING[..], &["--max-abusive-published", "15%", "--max-innocent-rejected", "30%"]].concat();
    for (confidence, joint) in [("95%", 0.9), ("90%", 0.8)] {
        let options = [&options[..], &["--confidence", confidence]].concat();
        let ran = folder.train(&options);
        ran.says(0, &[]);
        let said = format!("both guarantees hold together with at least {:.0} % confidence", joint * 100.0);
        assert!(ran.out().contains(&said), "{said:?} in {}", ran.out());
        let report = figures(&folder.train(&[&options[..], &["--json"]].concat()));
        assert!((report["triage"]["joint_confidence"].as_f64().unwrap() - joint).abs() < 1e-9);
    }
}

/// Who asks for what is advised has a threshold.
#[test]
fn the_advice_can_be_followed() {
    let folder = noisy();
    let report = figures(&folder.train(&[&FROM_NOTHING[..], &["--json", "--set-aside", "30%"]].concat()));
    for (zone, threshold, option) in
        [("publish", "publish_below", "--max-abusive-published"), ("reject", "reject_above", "--max-innocent-rejected")]
    {
        if report["triage"]["thresholds"][threshold].is_f64() {
            continue;
        }
        assert_eq!(report["triage"]["thresholds"][threshold], Value::Null, "{report}");
        let advised = report["triage"][zone]["smallest"].as_f64().expect("a greater error can be promised");
        let percent = format!("{}%", advised * 100.0);
        let ran = folder.train(&[&FROM_NOTHING[..], &["--set-aside", "30%"]].concat());
        let said = format!("cannot be guaranteed with these comments; {} % can be", advised * 100.0);
        assert!(ran.out().contains(&said), "{said:?} in {}", ran.out());
        let followed = [&FROM_NOTHING[..], &["--json", "--set-aside", "30%", option, &percent]].concat();
        let report = figures(&folder.train(&followed));
        assert!(report["triage"]["thresholds"][threshold].is_f64(), "{percent}: {report}");
    }
}
