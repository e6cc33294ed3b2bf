//! naqd-train on comments that were chosen for what they are: they teach weights, and the thresholds of the model that is learnt on
//! top of are judged on other comments, each by itself.

use std::sync::OnceLock;

use naqd::{Model, Thresholds};
use serde_json::Value;

use crate::common::{Folder, Ran, to_csv, town};

/// A model with both thresholds, `base.naqd`.
fn base() -> &'static (Folder, Model) {
    static TRAINED: OnceLock<(Folder, Model)> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let folder = Folder::new(&[
            ("archive.csv", to_csv(&town(true, 900, 31, 0.0)).as_bytes()),
            // Labels that go with the words, and labels that mostly do not.
            ("held.csv", to_csv(&town(true, 450, 32, 0.0)).as_bytes()),
            ("doubtful.csv", to_csv(&town(true, 300, 33, 0.6)).as_bytes()),
            ("few.csv", to_csv(&town(true, 24, 34, 0.0)).as_bytes()),
            ("some.csv", to_csv(&town(true, 190, 35, 0.0)).as_bytes()),
            ("against.csv", to_csv(&town(true, 120, 36, 0.6)).as_bytes()),
        ]);
        folder.train(&["archive.csv", "--from", "none", "--output", "base.naqd"]).says(0, &[]);
        let base = Model::open(folder.path("base.naqd")).unwrap();
        assert!(both(&thresholds(&base)), "{:?}", thresholds(&base));
        (folder, base)
    })
}

fn thresholds(model: &Model) -> Thresholds {
    model.thresholds(true).unwrap_or_default()
}

fn both(thresholds: &Thresholds) -> bool {
    thresholds.publish_below.is_some() && thresholds.reject_above.is_some()
}

/// Learns on top of `base.naqd`; returns the model of that name, and what was said as text and as JSON.
fn train(name: &str, options: &[&str]) -> (Model, String, Value) {
    let folder = &base().0;
    let output = format!("{name}.naqd");
    let options = [options, &["--from", "base.naqd", "--output", &output]].concat();
    let ran: Ran = folder.train(&options);
    ran.says(0, &[]);
    let json = folder.train(&[&options[..], &["--json"]].concat());
    (Model::open(folder.path(&output)).unwrap(), ran.out(), serde_json::from_str(&json.out()).unwrap())
}

#[test]
fn chosen_comments_teach_the_weights_and_nothing_else() {
    let (_, base) = base();
    for (name, file) in [("taught", "held.csv"), ("doubted", "doubtful.csv")] {
        let (model, out, json) = train(name, &[file, "--chosen"]);
        let (expert, before) = (model.experts().of(true), base.experts().of(true));
        assert!(expert.calibrator == before.calibrator && expert.bias == before.bias, "{file}");
        assert!(expert.triage == before.triage, "{file}: {out}");
        assert!(out.contains("comments that were chosen for what they are can give none"), "{out}");
        assert_eq!(json["triage"]["inherited"], true);
        assert_eq!(model.weights() == base.weights(), file == "doubtful.csv", "{file}: {out}");
        let next = if file == "doubtful.csv" {
            "calibration stays too"
        } else {
            "next: label some 400 comments drawn at random"
        };
        assert!(out.contains(next), "{next:?} in {out}");
    }
    // As a sample of all comments the same ones say that the threshold errs.
    let (model, out, _) = train("sampled", &["doubtful.csv", "--set-aside", "0"]);
    assert!(out.contains("switched off") && !both(&thresholds(&model)), "{out}");
}

#[test]
fn other_comments_judge_each_threshold_by_itself() {
    let (_, base) = base();
    let before = thresholds(base);
    // So few prove nothing, and refute nothing.
    let (model, out, json) = train("kept", &["held.csv", "--chosen", "--thresholds-on", "few.csv"]);
    assert_eq!(thresholds(&model), before, "{out}");
    assert_eq!(json["triage"]["inherited"], true);
    // More of them prove one error bound, and the other threshold stays.
    let (model, out, json) = train("mixed", &["held.csv", "--chosen", "--thresholds-on", "some.csv"]);
    let inherited = |zone: &str| json["triage"][zone]["inherited"].as_bool().unwrap();
    assert_eq!((inherited("publish"), inherited("reject"), &json["triage"]["inherited"]), (true, false, &false.into()));
    let after = thresholds(&model);
    assert!(both(&after) && after.publish_below <= before.publish_below, "{after:?} {before:?}");
    assert!(out.contains("as base.naqd does, publish below P(abusive)"), "{out}");
    assert!(out.contains("at most 3 % abusive guaranteed for its own comments; of yours,"), "{out}");
    assert!(!out.contains("both guarantees hold together"), "{out}");
    assert_eq!(after.notify_above, before.notify_above, "no random comments chose it");
    // Others refute what those that were learnt from would not.
    let (model, out, json) = train("refuted", &["held.csv", "--chosen", "--thresholds-on", "against.csv"]);
    let after = thresholds(&model);
    assert!(after.publish_below.is_none() && after.reject_above.is_none(), "{after:?}: {out}");
    assert!(out.contains("nothing is rejected: of yours,") && out.contains("switched off"), "{out}");
    assert!(json["prior"]["on_top"]["inherited"][1]["wrong"].as_u64() > Some(3), "{json}");
}

/// The same holds for an archive that is no chosen one: what it was learnt from has no part in the thresholds.
#[test]
fn an_archive_does_not_refute_what_other_comments_are_to_judge() {
    let (_, base) = base();
    let (model, out, _) = train("archive", &["doubtful.csv", "--thresholds-on", "few.csv"]);
    assert_eq!(thresholds(&model), thresholds(base), "{out}");
}

#[test]
fn a_model_to_learn_on_top_of_is_needed_and_comments_that_it_does_not_know() {
    let (folder, _) = base();
    let alone = "chosen comments cannot be learnt from alone: they need a model to learn on top of";
    folder.train(&["held.csv", "--chosen", "--from", "none"]).says(2, &[alone]);
    std::fs::write(folder.path("other.csv"), folder.read("held.csv").replace(",neutral\n", ",fine\n")).unwrap();
    folder.train(&["other.csv", "--chosen", "--from", "base.naqd"]).says(2, &[alone]);
    folder.train(&["held.csv", "--chosen", "--set-aside", "10%"]).says(2, &["cannot be used with"]);
    // Where it has learnt most of them, the others are too few to begin anew.
    train("once", &["held.csv", "--chosen"]);
    folder
        .train(&["held.csv", "few.csv", "--chosen", "--from", "once.naqd"])
        .says(2, &["too few comments to learn from: 24 that the other model has not learnt"]);
}
