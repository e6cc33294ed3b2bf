//! The way of a comment: held, found, decided on, undone; several people at once; a server that is killed.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::json;

use super::{Browser, HELD, Page, database, fill, folder, keep, number, run, start};

#[test]
fn a_held_comment_is_found_decided_on_and_becomes_a_label() {
    let folder = folder();
    let server = start(&folder);
    let comment = json!({ "text": HELD[0], "id": "c1", "author": "قارئ", "story": "الجسر الجديد", "parent": "c0",
        "link": "https://news.example/1#c1", "time": "2026-11-30T08:00:00+02:00" });
    let (status, answer) = keep(&server, std::slice::from_ref(&comment));
    assert_eq!((status, &answer["results"][0]["decision"]), (200, &json!("hold")), "{answer}");
    // The same once more is there already.
    keep(&server, &[comment]);
    let mut mona = Browser::signed_in(&server.address, "mona");
    mona.follow("/review").has(&[HELD[0], "<span class=\"count\">1</span>"]);
    let card = mona.follow("/review/next/held");
    card.has(&["<mark class=\"m-", "الجسر الجديد", "https://news.example/1#c1", "dir=\"auto\"", "Why it is here"]);
    let decided = mona
        .post("/review/comment/1", &[("decision", "reject"), ("why", "abuse"), ("kinds", "insult"), ("queue", "held")]);
    assert_eq!(decided.header("location"), Some("/review/next/held?after=1&done=reject"));
    mona.follow("/review/next/held?after=1&done=reject").has(&["Rejected.", "Nothing is waiting here."]);
    mona.get("/review/others").has(&["mona", "rejected"]);
    let labels = run(&folder, &["review", "labels", "--review", "review.sqlite"]);
    let row = labels.out().lines().nth(1).unwrap().to_owned();
    assert!(
        row.starts_with(&format!("{},abusive,insult,,", HELD[0])) && row.contains(",c1,reject,abuse,mona,"),
        "{row}"
    );
    // Everything of it can be taken back.
    let undone = mona.post("/review/undo", &[("queue", "held")]);
    assert_eq!(undone.header("location"), Some("/review/comment/1?queue=held&done=undo"));
    assert_eq!(
        number(&folder, "SELECT count(*) FROM comments WHERE waiting = 1 AND decision IS NULL AND label IS NULL"),
        1
    );
    assert_eq!(mona.post("/review/undo", &[]).status, 409);
    let log = run(&folder, &["review", "audit", "--review", "review.sqlite"]).out();
    for line in [",naqd,yes,hold,1,c1,", ",mona,no,reject,1,c1,abuse,abusive,insult,", ",mona,no,undo,1,c1,reject,"] {
        assert!(log.contains(line), "{line} in {log}");
    }
    assert!(!log.contains(HELD[0]), "the audit log has no text");
    assert_eq!(server.metric("naqd_reviewed_total{decision=\"reject\"}"), 1.0);
    assert_eq!(server.metric("naqd_kept_total{result=\"known\"}"), 1.0);
}

/// Label, decision, kinds, and whether it waits.
type Row = (Option<String>, Option<String>, Option<String>, bool);

#[test]
fn what_a_decision_says_of_the_label() {
    let folder = folder();
    let server = start(&folder);
    let comments: Vec<_> =
        (0..5).map(|i| json!({ "text": format!("{} {i}", HELD[1]), "id": format!("c{i}") })).collect();
    keep(&server, &comments);
    let mut mona = Browser::signed_in(&server.address, "mona");
    for (n, fields) in [
        ("1", vec![("decision", "publish")]),
        ("2", vec![("decision", "publish"), ("label", "critical")]),
        ("3", vec![("decision", "reject"), ("why", "spam")]),
        ("4", vec![("decision", ""), ("label", "abusive"), ("kinds", "curse"), ("kinds", "insult")]),
    ] {
        assert_eq!(mona.post(&format!("/review/comment/{n}"), &fields).status, 303, "{n}");
    }
    // Neither a decision nor a label, and a label that the model does not know.
    assert_eq!(mona.post("/review/comment/5", &[("decision", "")]).status, 400);
    assert_eq!(mona.post("/review/comment/5", &[("decision", "publish"), ("label", "lovely")]).status, 400);
    let database = database(&folder);
    let mut query = database.prepare("SELECT label, decision, kinds, waiting FROM comments ORDER BY n").unwrap();
    let rows: Vec<Row> = query
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(rows[0], (some("critical|neutral"), some("publish"), some(""), false));
    assert_eq!(rows[1], (some("critical"), some("publish"), some(""), false));
    assert_eq!(rows[2], (None, some("reject"), some(""), false));
    assert_eq!(rows[3], (some("abusive"), None, some("insult|curse"), true));
    assert!(rows[4].3);
}

#[test]
fn who_has_a_comment_open_is_not_disturbed() {
    let folder = folder();
    let server = start(&folder);
    keep(&server, &[json!({ "text": HELD[0], "id": "a" }), json!({ "text": HELD[1], "id": "b" })]);
    let (mut mona, mut emad) =
        (Browser::signed_in(&server.address, "mona"), Browser::signed_in(&server.address, "emad"));
    assert!(mona.get("/review/next/held").header("location").unwrap().starts_with("/review/comment/1?"));
    assert!(emad.get("/review/next/held").header("location").unwrap().starts_with("/review/comment/2?"));
    emad.get("/review/comment/1").has(&["mona", "has this comment open"]);
    // Whoever tries all the same is given the next one; a program is told.
    emad.get("/review/next/held");
    assert_eq!(
        emad.post("/review/comment/1", &[("decision", "publish")]).header("location"),
        Some("/review/next/held?after=1&done=taken")
    );
    assert_eq!(emad.post("/review/comment/1", &[("decision", "publish"), ("stay", "1")]).status, 409);
    mona.get("/review/comment/1");
    mona.post("/review/comment/1", &[("decision", "publish")]);
    // An editor may take the place of a moderator's decision, a moderator not that of an editor's.
    assert_eq!(emad.post("/review/comment/1", &[("decision", "reject"), ("stay", "1")]).status, 409);
    assert_eq!(emad.post("/review/comment/1", &[("decision", "reject"), ("again", "1"), ("stay", "1")]).status, 303);
    assert_eq!(mona.post("/review/comment/1", &[("decision", "publish"), ("again", "1"), ("stay", "1")]).status, 409);
    // Skipped comments go to others; the one who skipped does not get them again at once.
    emad.get("/review/next/held");
    emad.post("/review/comment/2", &[("act", "skip")]);
    assert_eq!(emad.get("/review/next/held").header("location"), Some("/review/queue/held?done=empty"));
    assert!(mona.get("/review/next/held").header("location").unwrap().starts_with("/review/comment/2?"));
}

#[test]
fn one_decision_for_all_of_an_author() {
    let folder = folder();
    fill(&folder, 21);
    let server = start(&folder);
    let mut mona = Browser::signed_in(&server.address, "mona");
    let told = |page: &Page| page.body.split_once("name=\"told\" value=\"").unwrap().1[..32].to_owned();
    let page = mona.get("/review/bulk?author=reader3");
    page.has(&["Comments that wait: \u{2068}3\u{2069}"]);
    let fields = [("author", "reader3"), ("decision", "reject"), ("why", "spam")];
    // As many, but one is another.
    let mut emad = Browser::signed_in(&server.address, "emad");
    emad.post("/review/comment/4", &[("decision", "publish")]);
    keep(&server, &[json!({ "text": HELD[2], "id": "late", "author": "reader3" })]);
    assert_eq!(mona.post("/review/bulk", &[&fields[..], &[("told", &told(&page))]].concat()).status, 409);
    assert_eq!(mona.post("/review/bulk", &fields).status, 409);
    let page = mona.get("/review/bulk?author=reader3");
    assert_eq!(mona.post("/review/bulk", &[&fields[..], &[("told", &told(&page))]].concat()).status, 303);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments WHERE decision = 'reject' AND author = 'reader3'"), 3);
    mona.post("/review/undo", &[]);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments WHERE waiting = 1"), 21);
}

/// Decides on what the desk gives until nothing is left or `most` are done; returns the numbers of the comments.
fn decide_all(browser: &mut Browser, most: usize) -> Vec<i64> {
    let mut decided = Vec::new();
    let mut next = "/review/next/held".to_owned();
    while decided.len() < most {
        let given = browser.get(&next);
        let Some(place) = given.header("location").and_then(|to| to.strip_prefix("/review/comment/")) else { break };
        let n: i64 = place.split('?').next().unwrap().parse().unwrap();
        let answer = browser.post(&format!("/review/comment/{n}"), &[("decision", "publish"), ("stay", "1")]);
        if answer.status != 303 {
            break;
        }
        decided.push(n);
        next = answer.header("location").unwrap().to_owned();
    }
    decided
}

#[test]
fn two_people_decide_on_a_thousand_comments_and_on_none_twice() {
    let folder = folder();
    fill(&folder, 1000);
    let server = start(&folder);
    let address = server.address.clone();
    let decider = |name: &'static str| {
        let address = address.clone();
        std::thread::spawn(move || decide_all(&mut Browser::signed_in(&address, name), 500))
    };
    let (first, second) = (decider("mona"), decider("emad"));
    let (first, second) = (first.join().unwrap(), second.join().unwrap());
    assert_eq!((first.len(), second.len()), (500, 500));
    let all: BTreeSet<i64> = first.iter().chain(&second).copied().collect();
    assert_eq!(all.len(), 1000);
    assert_eq!(number(&folder, "SELECT count(*) FROM audit WHERE act = 'publish' AND who <> 'naqd'"), 1000);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments WHERE waiting = 1"), 0);
}

#[test]
fn nothing_that_was_answered_is_lost_when_the_server_is_killed() {
    let folder = folder();
    fill(&folder, 300);
    let mut acknowledged = BTreeSet::new();
    for round in 0..5u64 {
        let server = start(&folder);
        let mut mona = Browser::signed_in(&server.address, "mona");
        let id = server.process.id().to_string();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(300 + 170 * round));
            Command::new("kill").args(["-9", &id]).status().unwrap();
        });
        let decided = decide_until_gone(&mut mona);
        killer.join().unwrap();
        acknowledged.extend(decided);
        drop(server);
        let kept: BTreeSet<i64> = {
            let database = database(&folder);
            let mut query = database.prepare("SELECT n FROM comments WHERE decision = 'publish'").unwrap();
            query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        assert!(acknowledged.is_subset(&kept), "round {round}: {:?}", acknowledged.difference(&kept));
    }
    assert!(!acknowledged.is_empty());
}

/// Decides until the server is gone.
fn decide_until_gone(browser: &mut Browser) -> Vec<i64> {
    let mut decided = Vec::new();
    for n in 1..=300 {
        let Ok(answer) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            browser.post(&format!("/review/comment/{n}"), &[("decision", "publish"), ("stay", "1")])
        })) else {
            break;
        };
        match answer.status {
            303 => decided.push(n),
            409 => {}
            _ => break,
        }
    }
    decided
}
