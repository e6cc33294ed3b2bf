//! Comments that come again: edited, the same once more, and from other sites; and what people did to them meanwhile.

use serde_json::json;

use super::{Browser, CONFIG, HELD, PASSWORD, add_user, database, folder, keep, number, run, start};
use crate::wait_for;

/// Texts that wait, in their order.
fn waiting(folder: &crate::common::Folder) -> Vec<String> {
    let database = database(folder);
    let mut query = database.prepare("SELECT text FROM comments WHERE waiting = 1 ORDER BY n").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// The site shows the text that came last: nobody decides on another.
#[test]
fn only_the_text_that_came_last_is_decided_on() {
    let folder = folder();
    let server = start(&folder);
    let send = |text: &str| assert_eq!(keep(&server, &[json!({ "text": text, "id": "a" })]).0, 200);
    let mut mona = Browser::signed_in(&server.address, "mona");
    send(HELD[0]);
    assert_eq!(mona.get("/review/comment/1").status, 200);
    send(HELD[1]);
    let page = mona.post("/review/comment/1", &[("decision", "publish"), ("stay", "1")]);
    assert_eq!(page.status, 409);
    page.has(&["The comment was edited since"]);
    assert_eq!(waiting(&folder), [HELD[1]]);
    // It is what it was before once more.
    send(HELD[0]);
    assert_eq!(waiting(&folder), [HELD[0]]);
    assert_eq!(mona.post("/review/comment/1", &[("decision", "reject"), ("stay", "1")]).status, 303);
    // A decision is not taken back by the same comment again, nor by undoing one on a text that was edited since.
    send(HELD[0]);
    assert!(waiting(&folder).is_empty());
    send(HELD[2]);
    mona.post("/review/undo", &[]);
    assert_eq!(waiting(&folder), [HELD[2]]);
}

/// Also a text that nobody needs to see takes the place of one that waits.
#[test]
fn an_edit_that_is_published_takes_the_place_too() {
    let folder = folder();
    let server = start(&folder);
    keep(&server, &[json!({ "text": HELD[0], "id": "a" }), json!({ "text": HELD[1], "id": "b" })]);
    drop(server);
    let lenient = CONFIG.replace("publish_below = 0.0001", "publish_below = 0.999").replace("0.5", "0.9999");
    std::fs::write(folder.path("naqd.toml"), lenient).unwrap();
    let server = start(&folder);
    assert_eq!(keep(&server, &[json!({ "text": "شكرا جزيلا", "id": "a" })]).0, 200);
    assert_eq!(waiting(&folder), [HELD[1]]);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments"), 2);
}

/// A site sends its comments again and again: each has one chance to be drawn.
#[test]
fn a_comment_that_comes_again_is_drawn_as_before() {
    let folder = folder();
    let lenient = CONFIG.replace("publish_below = 0.0001", "publish_below = 0.999").replace("0.5", "0.9999");
    std::fs::write(folder.path("naqd.toml"), lenient.replace("spot_checks = 0.0", "spot_checks = 0.5")).unwrap();
    let server = start(&folder);
    let comments: Vec<_> =
        (0..60).map(|i| json!({ "text": format!("{} {i}", HELD[i % 3]), "id": i.to_string() })).collect();
    let mut drawn = Vec::new();
    for _ in 0..5 {
        assert_eq!(keep(&server, &comments).0, 200);
        drawn.push(number(&folder, "SELECT count(*) FROM comments WHERE sampling = 0.5"));
    }
    assert!((10..=50).contains(&drawn[0]) && drawn.iter().all(|of| *of == drawn[0]), "{drawn:?}");
}

#[test]
fn a_label_makes_no_decision_of_another_ones_own() {
    let folder = folder();
    add_user(&folder, "salma", "moderator");
    let server = start(&folder);
    keep(&server, &[json!({ "text": HELD[0], "id": "a" })]);
    let [mut mona, mut salma] = ["mona", "salma"].map(|name| Browser::signed_in(&server.address, name));
    mona.post("/review/comment/1", &[("decision", "reject"), ("why", "off-topic")]);
    let again = [("decision", "publish"), ("again", "1"), ("stay", "1")];
    assert_eq!(salma.post("/review/comment/1", &again).status, 409);
    assert_eq!(salma.post("/review/comment/1", &[("label", "neutral"), ("stay", "1")]).status, 303);
    assert_eq!(salma.post("/review/comment/1", &again).status, 409);
    assert_eq!(
        number(&folder, "SELECT decision = 'reject' AND decided_by = 'mona' AND label = 'neutral' FROM comments"),
        1
    );
}

/// The site is told what the desk has again, be it somebody's decision, naqd's own, or none.
#[test]
fn undoing_tells_the_site_what_is_true_again() {
    let folder = folder();
    let server = start(&folder);
    keep(&server, &[json!({ "text": HELD[0], "id": "a" })]);
    let [mut mona, mut emad] = ["mona", "emad"].map(|name| Browser::signed_in(&server.address, name));
    mona.post("/review/comment/1", &[("decision", "reject"), ("why", "spam")]);
    emad.post("/review/comment/1", &[("decision", "publish"), ("again", "1")]);
    emad.post("/review/undo", &[]);
    let told = |decision: &str| {
        let series = format!("naqd_reviewed_total{{decision=\"{decision}\"}} ");
        let (_, metrics) = server.get("/metrics");
        metrics.lines().find_map(|line| line.strip_prefix(&series)?.parse::<u32>().ok()).unwrap_or(0)
    };
    assert_eq!([told("reject"), told("publish"), told("hold")], [2, 1, 0]);
    mona.post("/review/undo", &[]);
    assert_eq!([told("reject"), told("publish"), told("hold")], [2, 1, 1], "it waits again");
}

/// However many guesses are sent at once, nobody signs in once the account is locked, and it is locked once.
#[test]
fn guesses_at_once_do_not_get_around_the_lock() {
    let folder = folder();
    let server = start(&folder);
    std::thread::scope(|scope| {
        for guess in 0..24 {
            let address = &server.address;
            scope.spawn(move || {
                let password = if guess < 22 { "a wrong password" } else { PASSWORD };
                Browser::new(address).sign_in("mona", password)
            });
        }
    });
    assert_eq!(number(&folder, "SELECT count(*) FROM audit WHERE act = 'locked'"), 1);
    let later = "SELECT count(*) FROM audit WHERE act = 'sign-in' AND n > (SELECT n FROM audit WHERE act = 'locked')";
    assert_eq!(number(&folder, later), 0);
}

/// All versions go, whoever is said to have written them, and however the name was spaced.
#[test]
fn all_versions_of_a_comment_are_deleted() {
    let folder = folder();
    let server = start(&folder);
    keep(
        &server,
        &[json!({ "text": HELD[0], "id": " m1 ", "author": "Zed " }), json!({ "text": HELD[1], "id": "m1" })],
    );
    keep(&server, &[json!({ "text": HELD[2], "id": "m2", "author": "another" })]);
    let (status, answer) = server.post("/v1/forget", &json!({ "author": "Zed " }));
    assert_eq!((status, &answer["comments"]), (200, &json!(2)));
    assert_eq!(number(&folder, "SELECT count(*) FROM comments"), 1);
}

/// What goes into a file that was taken away is lost: nobody is told that it is kept.
#[cfg(unix)]
#[test]
fn a_file_that_was_taken_away_is_told() {
    let folder = folder();
    let server = start(&folder);
    assert_eq!(server.get("/readyz").0, 200);
    std::fs::rename(folder.path("review.sqlite"), folder.path("elsewhere.sqlite")).unwrap();
    assert_eq!(keep(&server, &[json!({ "text": HELD[0] })]).0, 503);
    assert_eq!(server.get("/readyz").0, 503);
    std::fs::rename(folder.path("elsewhere.sqlite"), folder.path("review.sqlite")).unwrap();
    wait_for(|| (server.get("/readyz").0 == 200).then_some(()));
}

/// What was there before a backup took its place can come back itself, and no copy of it is overwritten.
#[test]
fn a_restored_backup_is_undone() {
    let folder = folder();
    let review = |args: &[&str]| run(&folder, &[args, &["--review", "review.sqlite"]].concat());
    let fill = |name: &str| {
        std::fs::write(folder.path("inbox.csv"), format!("id,text\n{name},{}\n", HELD[0])).unwrap();
        run(&folder, &["queue", "inbox.csv", "--config", "naqd.toml"]).says(0, &[]);
    };
    fill("1");
    review(&["review", "backup", "copy.sqlite"]).says(0, &[]);
    fill("2");
    review(&["review", "restore", "copy.sqlite", "--replace"]).says(0, &["is kept in review.sqlite.before"]);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments"), 1);
    review(&["review", "restore", "review.sqlite.before", "--replace"]).says(0, &["is kept in review.sqlite.before-2"]);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments"), 2);
    review(&["review", "restore", "review.sqlite", "--replace"]).says(2, &["is the file itself"]);
}
