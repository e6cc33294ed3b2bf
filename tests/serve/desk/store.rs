//! The file of the desk: versions, backups, periods, deletion.

use rusqlite::Connection;
use serde_json::json;

use super::{Browser, HELD, PASSWORD, database, fill, folder, keep, number, run, start};
use crate::common::{Folder, repository};
use crate::{Server, wait_for};

/// A server on the stored file of a version, and a moderator.
fn opened(version: u32) -> (Folder, Server, Browser) {
    let folder = Folder::new(&[("naqd.toml", super::CONFIG.as_bytes())]);
    let stored = repository(&format!("tests/formats/review-{version}.sqlite"));
    std::fs::copy(stored, folder.path("review.sqlite")).unwrap();
    let server = start(&folder);
    let mona = Browser::signed_in(&server.address, "mona");
    (folder, server, mona)
}

#[test]
fn a_file_of_version_1_opens_and_goes_on() {
    let (folder, server, mut mona) = opened(1);
    mona.follow("/review").has(&[HELD[0]]);
    assert_eq!(keep(&server, &[json!({ "text": HELD[1], "id": "new" })]).0, 200);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments WHERE waiting = 1"), 2);
    assert_eq!(number(&folder, "PRAGMA user_version"), 3);
    assert_eq!(number(&folder, "SELECT count(*) FROM comparisons"), 0);
}

#[test]
fn a_file_of_version_2_tells_its_last_comparison() {
    let (folder, _server, mut mona) = opened(2);
    mona.get("/review/learning").has(&["Not switched. Against the new model:", "There are 0 labelled spot checks"]);
    assert_eq!(number(&folder, "PRAGMA user_version"), 3);
}

#[test]
fn other_files_are_refused() {
    let folder = folder();
    database(&folder).execute_batch("PRAGMA user_version = 99").unwrap();
    run(&folder, &["--config", "naqd.toml"])
        .says(2, &["review.sqlite: tables of version 99, expected at most 3", "update this one"]);
    let folder = Folder::new(&[(
        "text.sqlite",
        b"not a database at all, but long enough to be looked at as one, or so it seems to be",
    )]);
    run(&folder, &["--review", "text.sqlite"]).says(2, &["text.sqlite: "]);
    Connection::open(folder.path("other.sqlite")).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    run(&folder, &["--review", "other.sqlite"]).says(2, &["not of a review desk"]);
    run(&folder, &["user", "list", "--review", "missing.sqlite"]).says(2, &["missing.sqlite: no such file"]);
    for (setting, words) in
        [("spot_checks = 2.0", "expected a share from 0 to 1"), ("days_undecided = 0", "expected 1 to")]
    {
        std::fs::write(folder.path("bad.toml"), format!("[review]\n{setting}\n")).unwrap();
        run(&folder, &["--config", "bad.toml"]).says(2, &["bad.toml: review.", words]);
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let server = start(&folder);
    keep(&server, &[json!({ "text": HELD[0] })]);
    for name in ["review.sqlite", "review.sqlite-wal"] {
        assert_eq!(std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_backup_of_a_running_desk_is_restored() {
    let folder = folder();
    fill(&folder, 3);
    let server = start(&folder);
    run(&folder, &["review", "backup", "copy.sqlite", "--review", "review.sqlite"]).says(0, &[]);
    run(&folder, &["review", "backup", "copy.sqlite", "--review", "review.sqlite"])
        .says(2, &["a backup replaces no file"]);
    let mut mona = Browser::signed_in(&server.address, "mona");
    mona.post("/review/comment/1", &[("decision", "publish")]);
    let restore = ["review", "restore", "copy.sqlite", "--review", "review.sqlite"];
    run(&folder, &restore).says(2, &["add --replace"]);
    let replace = [&restore[..], &["--replace"]].concat();
    run(&folder, &replace).says(2, &["in use: stop naqd-serve first"]);
    drop(mona);
    drop(server);
    run(&folder, &replace).says(0, &[]);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments WHERE waiting = 1"), 3);
    std::fs::write(folder.path("copy.sqlite"), &std::fs::read(folder.path("copy.sqlite")).unwrap()[..9000]).unwrap();
    run(&folder, &replace).says(2, &["copy.sqlite: "]);
    let server = start(&folder);
    assert_eq!(Browser::signed_in(&server.address, "mona").follow("/review").status, 200);
}

#[test]
fn comments_go_when_their_period_is_over() {
    let folder = folder();
    fill(&folder, 4);
    let day = 24 * 60 * 60 * 1000i64;
    // The first is young; the second too old; the third labelled, and kept for longer; the fourth labelled too long ago.
    for (n, received, decided, label) in
        [(2, 31, 0, None), (3, 200, 100, Some("abusive")), (4, 500, 400, Some("abusive"))]
    {
        database(&folder)
            .execute(
                "UPDATE comments SET received = received - ?2, decided_at = received - ?3, label = ?4 WHERE n = ?1",
                rusqlite::params![n, received * day, decided * day, label],
            )
            .unwrap();
    }
    let _server = start(&folder);
    wait_for(|| (number(&folder, "SELECT count(*) FROM comments") == 2).then_some(()));
    assert_eq!(number(&folder, "SELECT sum(n) FROM comments"), 4);
    assert_eq!(number(&folder, "SELECT count(*) FROM audit WHERE act = 'hold'"), 4, "the log stays");
}

#[test]
fn what_is_kept_of_a_comment_or_an_author_is_deleted() {
    let folder = folder();
    let server = super::super::Server::start(&folder, &["--config", "naqd.toml", "--feedback", "feedback.sqlite"]);
    keep(
        &server,
        &[
            json!({ "text": HELD[0], "id": "a", "author": "قارئ" }),
            json!({ "text": HELD[1], "id": "b", "author": "قارئ" }),
            json!({ "text": HELD[2], "id": "c" }),
        ],
    );
    server.post("/v1/feedback", &json!({ "text": HELD[0], "id": "a", "label": "reject" }));
    server.post("/v1/feedback", &json!({ "text": HELD[2], "id": "c", "label": "approve" }));
    let forget = ["review", "forget", "--review", "review.sqlite", "--feedback", "feedback.sqlite"];
    run(&folder, &[&forget[..], &["--author", "قارئ"]].concat())
        .says(0, &["2 comments and 1 rows of feedback deleted", "Backups"]);
    run(&folder, &[&forget[..], &["--id", "c"]].concat()).says(0, &["1 comments and 1 rows"]);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments"), 0);
    drop(server);
    // Nothing of the text is left in the files.
    for name in ["review.sqlite", "review.sqlite-wal", "feedback.sqlite", "feedback.sqlite-wal"] {
        let bytes = std::fs::read(folder.path(name)).unwrap_or_default();
        let found = bytes.windows(HELD[0].len()).any(|window| window == HELD[0].as_bytes());
        assert!(!found, "{name}");
    }
}

/// Makes the stored file of this version: `cargo test --all-features --test serve -- --ignored make_the_file_of_version_2`.
#[test]
#[ignore = "writes tests/formats/review-2.sqlite"]
fn make_the_file_of_version_2() {
    let folder = folder();
    assert_eq!(PASSWORD.len(), 21);
    let server = start(&folder);
    keep(
        &server,
        &[
            json!({ "text": HELD[0], "id": "c1", "author": "قارئ", "story": "الجسر" }),
            json!({ "text": HELD[1], "id": "c2" }),
        ],
    );
    let mut mona = Browser::signed_in(&server.address, "mona");
    mona.post("/review/comment/2", &[("decision", "publish"), ("label", "critical")]);
    // A comparison without spot checks, and no text of the comments that were learnt from.
    super::learning::compared(&folder);
    run(&folder, &["review", "backup", "copy.sqlite", "--review", "review.sqlite"]).says(0, &[]);
    std::fs::copy(folder.path("copy.sqlite"), repository("tests/formats/review-2.sqlite")).unwrap();
}
