//! What is learnt from people: spot checks, the learning page, the next model.

use std::fmt::Write as _;

use serde_json::json;

use super::super::Server;
use super::{Browser, CONFIG, HELD, add_user, database, fill, folder, keep, number, run, start};
use crate::common::{Folder, records, town};
use crate::wait_for;

#[test]
fn spot_checks_are_drawn_from_all_traffic_whatever_is_decided() {
    let config = CONFIG
        .replace("publish_below = 0.0001", "publish_below = 0.99")
        .replace("spot_checks = 0.0", "spot_checks = 0.25");
    let folder = Folder::new(&[("naqd.toml", config.as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    let comments: Vec<_> =
        (0..800).map(|i| json!({ "text": format!("شكرا على التقرير {i}"), "id": format!("c{i}") })).collect();
    keep(&server, &comments);
    let kept = number(&folder, "SELECT count(*) FROM comments");
    assert!((130..270).contains(&kept), "{kept} of 800 at a quarter");
    let drawn = "sampling = 0.25 AND action = 'publish' AND waiting = 0";
    assert_eq!(number(&folder, &format!("SELECT count(*) FROM comments WHERE {drawn}")), kept);
}

#[test]
fn the_learning_page_tells_labels_and_bounds_by_the_spot_checks_alone() {
    let config = "[review]\nfile = \"review.sqlite\"\nspot_checks = 1.0\n";
    let folder = Folder::new(&[("naqd.toml", config.as_bytes())]);
    add_user(&folder, "amal", "admin");
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    // Near-duplicates count once, so they are of the data, and all different.
    let neutral =
        records("data/comments.csv").into_iter().filter(|row| row["label"] == "neutral" && row["language"] == "ar");
    let comments: Vec<_> = neutral.take(60).map(|row| json!({ "text": row["text"] })).collect();
    keep(&server, &comments);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments WHERE sampling = 1.0"), 60);
    database(&folder).execute_batch("DELETE FROM comments WHERE action <> 'publish'").unwrap();
    let published = number(&folder, "SELECT count(*) FROM comments");
    assert!(published > 20, "{published}");
    let first = number(&folder, "SELECT min(n) FROM comments");
    let mut amal = Browser::signed_in(&server.address, "amal");
    amal.get("/review/learning").has(&["No spot check has been labelled yet."]);
    // Labelled at the desk, through the spot checks.
    amal.follow("/review/next/spots").has(&["It was drawn at random; naqd would publish it."]);
    let fields = [("decision", ""), ("label", "neutral"), ("queue", "spots")];
    assert_eq!(amal.post(&format!("/review/comment/{first}"), &fields).status, 303);
    let label =
        |sql: &str| database(&folder).execute_batch(&format!("UPDATE comments SET decided_at = 1, {sql}")).unwrap();
    label("label = 'neutral'");
    label("label = 'abusive' WHERE n IN (SELECT n FROM comments ORDER BY n DESC LIMIT 8)");
    let page = amal.get("/review/learning");
    page.has(&["Comments in Arabic script", "Published, but abusive", "BROKEN", &format!("<dd>{published}</dd>")]);
    assert_eq!(amal.get("/review/labels.csv").body.matches(",1.0,").count() as i64, published);
    // Chosen comments say nothing of the bounds.
    label("sampling = NULL WHERE label = 'abusive'");
    database(&folder).execute_batch("UPDATE comments SET decided_at = 2 WHERE label = 'neutral'").unwrap();
    assert!(!amal.get("/review/learning").body.contains("BROKEN"));
}

/// A desk with labels: comments of a town that were chosen, and others drawn at random.
fn labelled(folder: &Folder, first: u64, chosen: usize, drawn: usize, wrong: bool) {
    with_labels(folder, first, [town(true, chosen, first, 0.0), town(true, drawn, first + 1, 0.0)], wrong);
}

/// A desk with comments that were chosen and others drawn at random, each with its label; `wrong`: those of the chosen ones are
/// turned round.
fn with_labels(folder: &Folder, first: u64, [chosen, drawn]: [Vec<(String, &str)>; 2], wrong: bool) {
    let mut csv = String::from("id,text\n");
    let all = [&chosen[..], &drawn].concat();
    let chosen = chosen.len();
    for (i, (text, _)) in all.iter().enumerate() {
        writeln!(csv, "t{first}-{i},{text}").unwrap();
    }
    std::fs::write(folder.path("town.csv"), csv).unwrap();
    run(folder, &["queue", "town.csv", "--config", "naqd.toml"]).says(0, &[]);
    let database = database(folder);
    for (i, (_, label)) in all.iter().enumerate() {
        // Labels that are turned round teach a worse model.
        let label = match (*label, wrong && i < chosen) {
            ("abusive", true) => "neutral",
            ("neutral", true) => "abusive",
            (label, _) => label,
        };
        let sampling = (i >= chosen).then_some(0.01);
        let params = rusqlite::params![format!("t{first}-{i}"), label, sampling, i as i64];
        database
            .execute(
                "UPDATE comments SET label = ?2, sampling = ?3, decided_at = received + ?4, waiting = 0 WHERE id = ?1",
                params,
            )
            .unwrap();
    }
}

#[test]
fn a_better_model_takes_the_place_and_the_former_comes_back() {
    let folder = folder();
    // A model that has seen little.
    let rows: String =
        town(true, 240, 7, 0.35).iter().fold(String::new(), |csv, (text, label)| csv + &format!("{text},{label}\n"));
    std::fs::write(folder.path("first.csv"), format!("text,label\n{rows}")).unwrap();
    folder.train(&["first.csv", "--from", "none", "--output", "mine.naqd"]).says(0, &[]);
    let before = std::fs::read(folder.path("mine.naqd")).unwrap();
    std::fs::write(folder.path("naqd.toml"), format!("model = \"mine.naqd\"\n{CONFIG}")).unwrap();
    let trainer = env!("CARGO_BIN_EXE_naqd-train");
    let retrain = ["retrain", "--review", "review.sqlite", "--model", "mine.naqd", "--trainer", trainer];
    run(&folder, &retrain).says(2, &["no labelled comments to learn from"]);
    labelled(&folder, 100, 600, 60, false);
    let few = run(&folder, &retrain);
    few.says(0, &[]);
    assert!(
        few.out().contains("There are 60 labelled spot checks to compare on, expected at least 100"),
        "{}",
        few.out()
    );
    assert_eq!(std::fs::read(folder.path("mine.naqd")).unwrap(), before, "not switched");
    labelled(&folder, 300, 0, 240, false);
    let mut server = start(&folder);
    let version = server.get("/v1/model").1;
    let done = run(&folder, &retrain);
    done.says(0, &[]);
    assert!(done.out().contains("switched: mine.naqd is the new model"), "{}", done.out());
    server.says("reloaded");
    wait_for(|| (server.get("/v1/model").1 != version).then_some(()));
    assert_eq!(std::fs::read(folder.path("mine.naqd.former")).unwrap(), before);
    run(&folder, &["retrain", "--review", "review.sqlite", "--model", "mine.naqd", "--back"]).says(0, &[]);
    assert_eq!(std::fs::read(folder.path("mine.naqd")).unwrap(), before);
    assert_eq!(number(&folder, "SELECT count(*) FROM audit WHERE act = 'retrain'"), 3);
}

#[test]
fn a_worse_model_does_not_take_the_place_unless_somebody_insists() {
    let folder = folder();
    let rows: String =
        town(true, 450, 7, 0.0).iter().fold(String::new(), |csv, (text, label)| csv + &format!("{text},{label}\n"));
    std::fs::write(folder.path("first.csv"), format!("text,label\n{rows}")).unwrap();
    folder.train(&["first.csv", "--from", "none", "--output", "mine.naqd"]).says(0, &[]);
    let before = std::fs::read(folder.path("mine.naqd")).unwrap();
    labelled(&folder, 100, 900, 200, true);
    let trainer = env!("CARGO_BIN_EXE_naqd-train");
    let retrain = ["retrain", "--review", "review.sqlite", "--model", "mine.naqd", "--trainer", trainer];
    let refused = run(&folder, &retrain);
    refused.says(0, &[]);
    assert!(
        refused.out().contains("spot checks the model in use labels 0 wrong (abusive or not), the new one"),
        "{}",
        refused.out()
    );
    assert!(refused.out().contains("not switched"), "{}", refused.out());
    assert_eq!(std::fs::read(folder.path("mine.naqd")).unwrap(), before);
    run(&folder, &[&retrain[..], &["--insist"]].concat()).says(0, &[]);
    assert_ne!(std::fs::read(folder.path("mine.naqd")).unwrap(), before);
}

/// A desk with a comparison, of which the comments are gone.
pub fn compared(folder: &Folder) {
    labelled(folder, 500, 120, 0, false);
    let trainer = env!("CARGO_BIN_EXE_naqd-train");
    let retrain = ["retrain", "--review", "review.sqlite", "--model", "mine.naqd", "--trainer", trainer];
    run(folder, &retrain).says(0, &[]);
    database(folder).execute("DELETE FROM comments WHERE id LIKE 't500-%'", []).unwrap();
}

/// A model of a town, `mine.naqd`, which has both thresholds; and the command that trains on top of it.
fn in_use(folder: &Folder) -> [&'static str; 7] {
    let rows: String =
        town(true, 900, 7, 0.0).iter().fold(String::new(), |csv, (text, label)| csv + &format!("{text},{label}\n"));
    std::fs::write(folder.path("first.csv"), format!("text,label\n{rows}")).unwrap();
    folder.train(&["first.csv", "--from", "none", "--output", "mine.naqd"]).says(0, &[]);
    std::fs::write(folder.path("naqd.toml"), format!("model = \"mine.naqd\"\n{CONFIG}")).unwrap();
    ["retrain", "--review", "review.sqlite", "--model", "mine.naqd", "--trainer", env!("CARGO_BIN_EXE_naqd-train")]
}

#[test]
fn a_model_that_decides_much_less_does_not_take_the_place() {
    let folder = folder();
    let retrain = in_use(&folder);
    let before = std::fs::read(folder.path("mine.naqd")).unwrap();
    // Three of ten random comments have a label drawn by lot: they refute both thresholds, and the new model has none.
    with_labels(&folder, 100, [town(true, 300, 100, 0.0), town(true, 440, 101, 0.3)], false);
    let refused = run(&folder, &retrain);
    refused.says(0, &[]);
    let out = refused.out();
    for said in [
        "spot checks the model in use decides",
        "points; the margin is 10.0.",
        "spot checks it decides 0 without a person, which is less than half of what the model in use decides",
        "The model in use breaks an error bound of its own on these spot checks, so that deciding less may be right.",
        "More spot checks alone will hardly change that",
        "An admin may switch all the same: naqd-serve retrain with --insist.",
        "not switched; the new model is in mine.naqd.candidate",
    ] {
        assert!(out.contains(said), "{said:?} in {out}");
    }
    assert!(!out.contains("labels wrong") && !out.contains("It breaks its error bound"), "{out}");
    assert_eq!(std::fs::read(folder.path("mine.naqd")).unwrap(), before);

    // The page says the same, in both languages.
    let server = start(&folder);
    let mut amal = Browser::signed_in(&server.address, "amal");
    let page = amal.get("/review/learning");
    page.has(&["The last comparison", "Not switched. Against the new model:", "decides", "the margin is 10.0."]);
    amal.cookies.insert("naqd_language".to_owned(), "ar".to_owned());
    let page = amal.get("/review/learning");
    page.has(&["آخر مقارنة", "لم يتم التبديل", "يقرّر النموذج المستعمل في", "--insist"]);

    run(&folder, &[&retrain[..], &["--insist"]].concat()).says(0, &[]);
    assert_ne!(std::fs::read(folder.path("mine.naqd")).unwrap(), before);
    amal.get("/review/learning").has(&["تم التبديل بإصرار من أحدهم"]);
}

#[test]
fn doubtful_comments_do_not_take_thresholds_away() {
    let folder = folder();
    let retrain = in_use(&folder);
    let thresholds = || {
        let thresholds = naqd::Model::open(folder.path("mine.naqd")).unwrap().thresholds(true).unwrap();
        assert!(thresholds.publish_below.is_some() && thresholds.reject_above.is_some(), "{thresholds:?}");
        thresholds
    };
    let before = thresholds();
    // Of the comments that were held, many are what nobody would have thought.
    with_labels(&folder, 100, [town(true, 300, 100, 0.3), town(true, 160, 101, 0.0)], false);
    let done = run(&folder, &retrain);
    done.says(0, &[]);
    assert!(done.out().contains("switched: mine.naqd is the new model"), "{}", done.out());
    assert_eq!(thresholds(), before);
    // What the new model has learnt teaches nothing twice.
    run(&folder, &retrain).says(2, &["too few comments to learn from: 0 that the other model has not learnt"]);
}

#[test]
fn spot_checks_that_are_few_or_of_one_label_or_twice_the_same_prove_nothing() {
    let folder = folder();
    let retrain = in_use(&folder);
    let before = std::fs::read(folder.path("mine.naqd")).unwrap();
    with_labels(&folder, 100, [town(true, 300, 100, 0.0), Vec::new()], false);
    let refused = |spots: usize, more: usize| {
        let ran = run(&folder, &retrain);
        ran.says(0, &[]);
        for said in [
            format!("There are {spots} labelled spot checks to compare on, expected at least 100."),
            format!("To tell, label about {more} more spot checks and train again."),
        ] {
            assert!(ran.out().contains(&said), "{said:?} in {}", ran.out());
        }
        assert_eq!(std::fs::read(folder.path("mine.naqd")).unwrap(), before);
    };
    refused(0, 100);
    // Near-duplicates count once, and what is learnt from not at all.
    with_labels(&folder, 200, [Vec::new(), town(true, 60, 201, 0.0)], false);
    let again = town(true, 60, 201, 0.0).into_iter().map(|(text, label)| (format!("{text}!"), label));
    let learnt = town(true, 40, 100, 0.0).into_iter().map(|(text, label)| (format!("{text} !"), label));
    with_labels(&folder, 300, [Vec::new(), again.chain(learnt).collect()], false);
    refused(60, 40);
    // All of one label: the bound of what is rejected is checked on nothing, and that is no proof against it.
    let neutral = town(true, 450, 401, 0.0).into_iter().filter(|(_, label)| *label == "neutral");
    with_labels(&folder, 400, [Vec::new(), neutral.collect()], false);
    let ran = run(&folder, &retrain);
    ran.says(0, &[]);
    assert!(ran.out().contains("compared on 210 spot checks"), "{}", ran.out());
}

#[test]
fn without_the_trainer_the_labels_can_be_taken_elsewhere() {
    let folder = folder();
    fill(&folder, 1);
    let alone = folder.path("alone");
    std::fs::create_dir(&alone).unwrap();
    std::fs::copy(super::PROGRAM, alone.join("naqd-serve")).unwrap();
    let output = std::process::Command::new(alone.join("naqd-serve"))
        .current_dir(folder.path(""))
        .env("PATH", "")
        .args(["retrain", "--review", "review.sqlite", "--model", "mine.naqd"])
        .output()
        .unwrap();
    crate::common::Ran(output).says(2, &["naqd-train is neither beside this program nor on the path", "review labels"]);
    assert!(HELD.len() > 1);
}
