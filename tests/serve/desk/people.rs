//! Accounts, sessions and roles.

use serde_json::json;

use super::super::Server;
use super::{Browser, CONFIG, HELD, PASSWORD, add_user, database, folder, keep, number, run, start};
use crate::common::Folder;

#[test]
fn nobody_enters_without_signing_in() {
    let folder = folder();
    let server = start(&folder);
    keep(&server, &[json!({ "text": HELD[0] })]);
    let mut stranger = Browser::new(&server.address);
    for path in [
        "/review",
        "/review/queue/held",
        "/review/comment/1",
        "/review/next/held",
        "/review/audit.csv",
        "/review/learning",
    ] {
        let page = stranger.get(path);
        assert_eq!((page.status, page.header("location")), (303, Some("/review/sign-in")), "{path}");
        assert!(!page.body.contains(HELD[0]));
    }
    assert_eq!(stranger.post("/review/comment/1", &[("decision", "publish")]).status, 303);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments WHERE decision IS NULL"), 1);
    let page = stranger.sign_in("mona", "wrong password");
    assert_eq!(page.status, 403);
    page.has(&["Name or password is wrong"]);
    assert_eq!(stranger.sign_in("nobody", PASSWORD).status, 403);
}

#[test]
fn the_session_is_new_after_signing_in_and_ends_with_it() {
    let folder = folder();
    let server = start(&folder);
    // Somebody has put a session of his own choice into the browser.
    let mut mona = Browser::new(&server.address);
    mona.cookies.insert("naqd_session".to_owned(), "f".repeat(64));
    let page = mona.sign_in("mona", PASSWORD);
    let cookie = page.head.lines().find(|line| line.contains("naqd_session=")).unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/review"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let first = mona.cookies["naqd_session"].clone();
    assert_ne!(first, "f".repeat(64));
    assert_eq!(mona.follow("/review").status, 200);
    // The file holds only a hash of it.
    let stored: Vec<u8> = database(&folder).query_row("SELECT token FROM sessions", [], |row| row.get(0)).unwrap();
    assert_ne!(hex::encode(stored), first);
    // Signing in again ends the session before.
    mona.get("/review/others");
    mona.post("/review/sign-out", &[]);
    mona.cookies.insert("naqd_session".to_owned(), first);
    assert_eq!(mona.get("/review").header("location"), Some("/review/sign-in"));
}

#[test]
fn an_account_is_locked_after_wrong_passwords_and_by_command() {
    let folder = folder();
    let server = start(&folder);
    let mut guess = Browser::new(&server.address);
    for _ in 0..5 {
        assert_eq!(guess.sign_in("mona", "a wrong password").status, 403);
    }
    assert_eq!(guess.sign_in("mona", PASSWORD).status, 403, "locked, and not told so");
    assert_eq!(number(&folder, "SELECT count(*) FROM audit WHERE act = 'locked' AND who = 'mona'"), 1);
    let list = run(&folder, &["user", "list", "--review", "review.sqlite"]).out();
    assert!(list.contains("mona,moderator,locked for some minutes,"), "{list}");
    let reset = run(&folder, &["user", "reset", "mona", "--review", "review.sqlite"]);
    let password = reset.out().trim().to_owned();
    assert_eq!(password.len(), 24);
    assert_eq!(guess.sign_in("mona", &password).status, 303);
    run(&folder, &["user", "lock", "mona", "--review", "review.sqlite"]).says(0, &[]);
    assert_eq!(guess.get("/review").header("location"), Some("/review/sign-in"), "the session has ended");
    assert_eq!(guess.sign_in("mona", &password).status, 403);
    run(&folder, &["user", "add", "mona", "--review", "review.sqlite"]).says(2, &["mona: there is such an account"]);
    run(&folder, &["user", "lock", "nobody", "--review", "review.sqlite"]).says(2, &["nobody: no such account"]);
    run(&folder, &["user", "add", "naqd", "--review", "review.sqlite"]).says(2, &["expected letters"]);
    run(&folder, &["user", "add", "x", "--role", "owner", "--review", "review.sqlite"])
        .says(2, &["moderator, editor or admin"]);
}

#[test]
fn each_role_may_do_what_it_may() {
    let folder = folder();
    let server = start(&folder);
    keep(&server, &[json!({ "text": HELD[0], "id": "c1", "author": "قارئ" })]);
    for (name, editor, admin) in [("mona", false, false), ("emad", true, false), ("amal", true, true)] {
        let mut browser = Browser::signed_in(&server.address, name);
        let status = |allowed| if allowed { 200 } else { 403 };
        assert_eq!(browser.get("/review/labels.csv").status, status(editor), "{name}");
        assert_eq!(browser.get("/review/criticism.csv").status, status(editor), "{name}");
        assert_eq!(browser.get("/review/audit.csv").status, status(admin), "{name}");
        browser.get("/review/others");
        let deleted = browser.post("/review/delete", &[("author", "قارئ")]).status;
        assert_eq!(deleted, if admin { 303 } else { 403 }, "{name}");
    }
    assert_eq!(number(&folder, "SELECT count(*) FROM comments"), 0);
    assert_eq!(number(&folder, "SELECT count(*) FROM audit WHERE act = 'hold' AND id = 'c1'"), 1);
}

#[test]
fn a_person_changes_the_password() {
    let folder = folder();
    let server = start(&folder);
    let mut mona = Browser::signed_in(&server.address, "mona");
    assert_eq!(mona.post("/review/account", &[("old", "not it, not it"), ("new", "another long one")]).status, 403);
    assert_eq!(mona.post("/review/account", &[("old", PASSWORD), ("new", "short")]).status, 403);
    let page = mona.post("/review/account", &[("old", PASSWORD), ("new", "another long one")]);
    assert_eq!(page.header("location"), Some("/review/sign-in?changed=1"));
    assert_eq!(mona.get("/review").header("location"), Some("/review/sign-in"));
    assert_eq!(mona.sign_in("mona", "another long one").status, 303);
}

#[test]
fn a_proxy_names_the_person_only_where_it_is_believed() {
    let config = |proxies: &str| format!("{CONFIG}sign_on_header = \"X-Remote-User\"\nsign_on_proxies = [{proxies}]\n");
    for (proxies, believed) in [("\"127.0.0.1\"", true), ("\"192.0.2.7\"", false)] {
        let folder = Folder::new(&[("naqd.toml", config(proxies).as_bytes())]);
        add_user(&folder, "mona", "moderator");
        let server = Server::start(&folder, &["--config", "naqd.toml"]);
        keep(&server, &[json!({ "text": HELD[0] })]);
        let mut browser = Browser::new(&server.address);
        browser.headers = vec![("X-Remote-User".to_owned(), "mona".to_owned())];
        let page = browser.get("/review/queue/held");
        assert_eq!(page.status, if believed { 200 } else { 303 }, "{proxies}");
        if believed {
            browser.post("/review/comment/1", &[("decision", "publish")]);
            assert_eq!(number(&folder, "SELECT count(*) FROM comments WHERE decided_by = 'mona'"), 1);
            browser.headers.push(("X-Remote-User".to_owned(), "amal".to_owned()));
            assert_eq!(browser.get("/review/queue/held").status, 303, "two names");
            browser.headers = vec![("X-Remote-User".to_owned(), "stranger".to_owned())];
            assert_eq!(browser.get("/review/queue/held").status, 303, "no account");
        }
    }
    let folder = Folder::new(&[("naqd.toml", config("").as_bytes())]);
    run(&folder, &["--config", "naqd.toml"]).says(2, &["review.sign_on_header without review.sign_on_proxies"]);
}
