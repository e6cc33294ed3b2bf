//! What hostile comments, pages and clients try.

use serde_json::json;

use super::super::Server;
use super::{Browser, CONFIG, HELD, folder, keep, number, start};
use crate::common::Folder;

const SCRIPT: &str = "</mark><script>alert(1)</script><img src=x onerror=alert(2)>";

#[test]
fn nothing_of_a_comment_acts_on_the_page() {
    let folder = folder();
    let server = start(&folder);
    let text = format!("{SCRIPT} {} \u{202E}evil\u{2066} \u{1b}[31mred\u{7}", HELD[0]);
    let evil = json!({ "text": text, "id": format!("id{SCRIPT}"), "author": format!("\u{202E}{SCRIPT}\u{1b}]0;x\u{7}"),
        "story": SCRIPT, "parent": SCRIPT, "link": "javascript:alert(3)", "time": SCRIPT });
    assert_eq!(keep(&server, &[evil]).0, 200);
    let mut mona = Browser::signed_in(&server.address, "mona");
    for path in
        ["/review/queue/held", "/review/comment/1?queue=held", "/review/others", "/review/bulk?rule=%3Cscript%3E"]
    {
        let page = mona.get(path);
        assert_eq!(page.status, 200, "{path}");
        for bad in [
            "<script>alert",
            "<img",
            "javascript:",
            "\u{202E}",
            "\u{2066}evil",
            "\u{1b}",
            "\u{7}",
            " style=",
            " onerror=alert(2)>",
            "onclick",
        ] {
            assert!(!page.body.contains(bad), "{bad:?} in {path}: {}", page.body);
        }
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self'") && !policy.contains("unsafe")
        );
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    mona.get("/review/comment/1").has(&["hidden sign U+202E", "hidden sign U+001B", "&#60;script&#62;"]);
    // What has been done is told by a name of the desk's own.
    assert!(!mona.get("/review/queue/held?done=%3Cscript%3E").body.contains("role=\"status\""));
    let page = mona.get("/review/next/held?done=x%0d%0aSet-Cookie:%20a=b");
    assert!(!page.head.contains("Set-Cookie: a"));
}

#[test]
fn a_comment_of_a_megabyte_is_shown_in_part() {
    let folder = folder();
    let server = start(&folder);
    let text = format!("{} ", HELD[0]).repeat(1 << 20).chars().take(500_000).collect::<String>();
    let (status, _) = keep(&server, &[json!({ "text": text, "author": "ا".repeat(9_000) })]);
    assert_eq!(status, 200);
    let mut mona = Browser::signed_in(&server.address, "mona");
    let queue = mona.get("/review/queue/held");
    assert!(queue.status == 200 && queue.body.len() < 20_000, "{}", queue.body.len());
    let card = mona.get("/review/comment/1");
    assert!(card.status == 200 && card.body.len() < 400_000, "{}", card.body.len());
    card.has(&["Only the beginning"]);
    assert_eq!(mona.post("/review/comment/1", &[("decision", "publish")]).status, 303);
}

#[test]
fn forms_of_others_do_nothing() {
    let folder = folder();
    let server = start(&folder);
    keep(&server, &[json!({ "text": HELD[0] })]);
    let mut mona = Browser::signed_in(&server.address, "mona");
    let form = mona.form.clone();
    let decide = "decision=publish&queue=held";
    for (what, headers, body) in [
        ("no secret", vec![], decide.to_owned()),
        ("another secret", vec![], format!("form={}&{decide}", "0".repeat(64))),
        ("another origin", vec![("Origin", "https://evil.example")], format!("form={form}&{decide}")),
        ("another site", vec![("Sec-Fetch-Site", "cross-site")], format!("form={form}&{decide}")),
        (
            "a link with a form",
            vec![("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")],
            format!("form={form}&{decide}"),
        ),
    ] {
        mona.headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(mona.ask("POST", "/review/comment/1", &body).status, 403, "{what}");
    }
    // The secret of another session.
    mona.headers.clear();
    let emad = Browser::signed_in(&server.address, "emad");
    assert_eq!(mona.ask("POST", "/review/comment/1", &format!("form={}&{decide}", emad.form)).status, 403);
    assert_eq!(number(&folder, "SELECT count(*) FROM comments WHERE decision IS NULL"), 1);
    // Somebody follows a link to the desk from another site: that is a page, and changes nothing.
    let link = ["cross-site", "navigate", "document"];
    let names = ["Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"];
    mona.headers = names.iter().zip(link).map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect();
    assert_eq!(mona.get("/review/queue/held").status, 200);
    assert_eq!(mona.get("/review/next/held").status, 403);
    assert_eq!(mona.get("/v1/model").status, 403);
    mona.headers.clear();
    assert_eq!(mona.ask("POST", "/review/comment/1", &format!("form={form}&{decide}")).status, 303);
    // A form that is too large is not read.
    assert_eq!(mona.ask("POST", "/review/undo", &format!("form={form}&x={}", "x".repeat(70_000))).status, 413);
}

#[test]
fn a_flood_is_refused_and_the_rest_goes_on() {
    let config = format!("{CONFIG}max_mib = 1\n");
    let folder = Folder::new(&[("naqd.toml", config.as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    let text = HELD[0].repeat(400);
    let refused = (0..200).find_map(|i| {
        let (status, answer) = keep(&server, &[json!({ "text": format!("{text} {i}") })]);
        (status != 200).then_some((status, answer))
    });
    let (status, answer) = refused.expect("a limit");
    assert_eq!(status, 429);
    assert!(answer["error"]["message"].as_str().unwrap().contains("review.max_mib"), "{answer}");
    assert_eq!(server.post("/v1/score", &json!({ "text": HELD[0] })).0, 200);
    assert_eq!(server.metric("naqd_kept_total{result=\"refused\"}"), 1.0);
}

#[test]
fn keeping_and_deleting_need_a_key_where_there_are_keys() {
    let key = "0123456789abcdef";
    let config = format!("[keys]\nkeys = [\"{key}\"]\n{CONFIG}");
    let folder = Folder::new(&[("naqd.toml", config.as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    let body = json!({ "text": HELD[0], "id": "c1", "author": "قارئ" }).to_string();
    assert_eq!(server.ask("POST", "/v1/score?keep=true", &[], &body).0, 403);
    assert_eq!(server.ask("POST", "/v1/score", &[], &body).0, 200);
    let with = [("X-Api-Key", key)];
    assert_eq!(server.ask("POST", "/v1/score?keep=true", &with, &body).0, 200);
    let forget = json!({ "author": "قارئ" }).to_string();
    assert_eq!(server.ask("POST", "/v1/forget", &[], &forget).0, 403);
    assert_eq!(server.ask("POST", "/v1/forget", &with, "{}").0, 400);
    let (status, answer) = server.ask("POST", "/v1/forget", &with, &forget);
    assert_eq!((status, answer.as_str()), (200, r#"{"comments":1,"feedback":0}"#));
    assert_eq!(number(&folder, "SELECT count(*) FROM comments"), 0);
    // Without a desk nothing is kept, and the sender is told.
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &[]);
    assert_eq!(server.ask("POST", "/v1/score?keep=true", &[], &body).0, 501);
    assert_eq!(server.get("/review").0, 501);
}
