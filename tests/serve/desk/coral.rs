//! Decisions on comments from Coral go back by its GraphQL.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::common::Folder;
use super::super::deliveries::{Answer, DEAD, Got, LONG, count, dead, receiver, wait_for_dead};
use super::super::{Server, refused, wait_for};
use super::{Browser, CONFIG, HELD, folder, start};

const SECRET: &str = "empsec_0123456789abcdef";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.e30.test";
const STORY: &str = "https://news.example/bridge";

fn config(coral: &str) -> String {
    format!(
        "[coral]\nsecrets = [\"{SECRET}\"]\nurl = \"{coral}\"\ntoken = \"{TOKEN}\"\n[deliveries]\ndead_letters = \"{DEAD}\"\n{CONFIG}"
    )
}

/// A desk with a comment from Coral in it, and somebody who has it open.
fn desk(address: &str) -> (Folder, Server, Browser) {
    let folder = folder();
    std::fs::write(folder.path("naqd.toml"), config(address.trim_end_matches("/naqd"))).unwrap();
    let server = start(&folder);
    let body = json!({ "action": "NEW", "comment": { "body": format!("<p>{}</p>", HELD[0]), "parentID": null },
        "author": { "id": "a-77", "role": "COMMENTER" }, "story": { "id": "s-1", "url": STORY } });
    let body = serde_json::to_string_pretty(&body).unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let (status, answer) = server.ask("POST", "/coral", &[("X-Coral-Signature", &signature)], &body);
    assert!(status == 200 && answer.contains("SYSTEM_WITHHELD"), "{answer}");
    let mut mona = Browser::signed_in(&server.address, "mona");
    mona.follow("/review/next/held").has(&["a-77"]);
    (folder, server, mona)
}

/// A comment of the author, as Coral tells it.
fn node(id: &str, body: &str, story: &str) -> Value {
    json!({ "id": id, "body": body, "story": { "id": "s-1", "url": story }, "revision": { "id": format!("{id}-r") } })
}

fn page(nodes: &[Value], next: Option<&str>) -> Answer {
    let info = json!({ "hasNextPage": next.is_some(), "endCursor": next });
    let data = json!({ "data": { "user": { "allComments": { "nodes": nodes, "pageInfo": info } } } });
    Answer::Says(200, data.to_string())
}

fn done(mutation: &str) -> Answer {
    Answer::Says(200, json!({ "data": { mutation: { "comment": { "id": "c-2", "status": "x" } } } }).to_string())
}

fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let error = json!({ "errors": [{ "message": message, "extensions": { "code": code } }], "data": null });
    Answer::Says(status, error.to_string())
}

/// Checks a question to Coral, and returns its variables.
#[track_caller]
fn asked(got: &Got, what: &str) -> Value {
    assert!(got.head.starts_with("POST /api/graphql HTTP/1.1\r\n"), "{}", got.head);
    assert_eq!(got.header("authorization"), format!("Bearer {TOKEN}"));
    let body = got.json();
    assert!(body["query"].as_str().unwrap().contains(what), "{body}");
    assert!(!got.body.contains(HELD[0]), "no text of comments is sent: {body}");
    body["variables"].clone()
}

#[test]
fn a_comment_is_found_by_its_text_and_approved_or_rejected() {
    let text = format!("<div>{}</div>", HELD[0].replacen(' ', "<br>", 1));
    let first =
        page(&[node("c-9", "<div>another</div>", STORY), node("c-8", &text, "https://news.example/other")], Some("x"));
    let second = page(&[node("c-2", &text, STORY)], None);
    let answers = vec![first.clone(), second.clone(), done("approveComment"), first, second, done("rejectComment")];
    let (address, got) = receiver(answers);
    let (folder, server, mut mona) = desk(&address);
    mona.post("/review/comment/1", &[("decision", "publish"), ("queue", "held")]);
    let next = || got.recv_timeout(LONG).unwrap();
    assert_eq!(asked(&next(), "allComments"), json!({ "author": "a-77", "first": 50, "after": null }));
    assert_eq!(asked(&next(), "allComments")["after"], "x");
    let input = asked(&next(), "approveComment(input: $input)")["input"].clone();
    assert_eq!((&input["commentID"], &input["commentRevisionID"]), (&json!("c-2"), &json!("c-2-r")), "{input}");
    assert!(input["clientMutationId"].as_str().is_some_and(|id| id.len() == 32) && input.get("reason").is_none());
    // Coral has nothing that takes a decision back: the next one takes its place.
    mona.post("/review/undo", &[("queue", "held")]);
    mona.post("/review/comment/1", &[("decision", "reject"), ("why", "hate"), ("queue", "held")]);
    let _ = (next(), next());
    let input = asked(&next(), "rejectComment(input: $input)")["input"].clone();
    assert_eq!((&input["commentID"], &input["reason"]), (&json!("c-2"), &json!({ "code": "HATE_SPEECH" })));
    wait_for(|| (count(&server, "coral", "delivered") == 2.0).then_some(()));
    assert!(dead(&folder).is_empty() && got.try_recv().is_err());
}

#[test]
fn what_coral_refuses_is_a_dead_letter_without_text_and_no_redirect_is_followed() {
    let (elsewhere, elsewhere_got) = receiver(vec![Answer::Status(200)]);
    for (answers, error) in [
        (vec![Answer::Redirect(elsewhere)], "status 307"),
        (vec![Answer::Status(401)], "status 401"),
        (vec![Answer::Status(200)], "does not answer as Coral's GraphQL"),
        (vec![Answer::Says(200, "{\"data\":{\"user\":null}}".to_owned())], "does not know the author"),
        (vec![page(&[node("c-1", "<div>edited</div>", STORY)], None)], "no such comment"),
        (vec![page(&[], Some("again and again"))], "no such comment"),
        (vec![refusal(400, "GRAPHQL_VALIDATION_FAILED", "Unknown argument")], "Unknown argument"),
        (
            vec![page(&[node("c-1", HELD[0], STORY)], None), refusal(200, "USER_NOT_ENTITLED", "no")],
            "USER_NOT_ENTITLED",
        ),
    ] {
        let (address, _got) = receiver(answers);
        let (folder, _server, mut mona) = desk(&address);
        mona.post("/review/comment/1", &[("decision", "reject"), ("why", "abuse"), ("queue", "held")]);
        let letters = wait_for_dead(&folder, 1);
        let (letter, event) = (&letters[0], &letters[0]["event"]);
        assert!(letter["error"].as_str().unwrap().contains(error), "{letter}");
        assert_eq!((&letter["to"], &letter["attempts"]), (&json!("coral"), &json!(1)));
        let found = ["author", "story", "decision", "moderator", "reason"].map(|name| event[name].as_str().unwrap());
        assert_eq!(found, ["a-77", STORY, "reject", "mona", "abuse"], "what to look for in Coral");
        let text = folder.read(DEAD);
        assert!(!text.contains(HELD[0]) && !text.contains(TOKEN), "{text}");
    }
    assert!(elsewhere_got.try_recv().is_err(), "it was followed");
}

#[test]
fn a_coral_that_fails_is_asked_again_and_an_endless_one_does_no_harm() {
    let found = page(&[node("c-2", HELD[0], STORY)], None);
    let answers = vec![
        Answer::Status(503),
        refusal(200, "INTERNAL_ERROR", "later"),
        Answer::Endless,
        found.clone(),
        Answer::Garbage,
        found,
        done("approveComment"),
    ];
    let (address, _got) = receiver(answers);
    let (folder, server, mut mona) = desk(&address);
    mona.post("/review/comment/1", &[("decision", "publish"), ("queue", "held")]);
    wait_for(|| (count(&server, "coral", "delivered") == 1.0).then_some(()));
    assert_eq!((count(&server, "coral", "retried"), dead(&folder).len()), (4.0, 0));
}

#[test]
fn mistakes_in_the_settings_of_coral_are_told() {
    let good = config("https://coral.news.example");
    for (from, to, words) in [
        ("https://coral", "http://coral", "coral.url: address \"http://coral.news.example\": expected https"),
        ("news.example\"", "news.example/?a=b\"", "expected the address of Coral alone"),
        ("url = \"https://coral.news.example\"\n", "", "coral.token without coral.url"),
        (&format!("token = \"{TOKEN}\"\n"), "", "0 tokens for coral.url"),
        (TOKEN, "short", "coral.token: key or secret 1: 5 bytes"),
        (TOKEN, "with a space in it", "coral.token: expected letters"),
        (&format!("[deliveries]\ndead_letters = \"{DEAD}\"\n"), "", "deliveries.dead_letters is missing"),
        (
            "[review]",
            "[deliveries.to.coral]\naddress = \"https://a.example\"\nsecret = \"0123456789abcdef\"\n[review]",
            "deliveries.to.coral: the name is that of coral.url",
        ),
    ] {
        assert!(good.contains(from), "{from}");
        let folder = Folder::new(&[("naqd.toml", good.replacen(from, to, 1).as_bytes())]);
        refused(&folder, &["--config", "naqd.toml"], &[words]);
    }
}
