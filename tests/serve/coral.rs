//! Coral's external moderation phase.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::common::Folder;
use super::{Server, find, wait_for};

const SECRET: &str = "empsec_0123456789abcdef";

fn config() -> String {
    format!("[coral]\nsecrets = [\"{SECRET}\"]\n[triage]\npublish_below = 0.3\nreject_above = 0.9\n")
}

/// Sends a comment as Coral does.
fn moderate(server: &Server, comment: &str) -> (u16, Value) {
    let body = serde_json::to_string_pretty(&json!({ "action": "NEW", "comment": { "body": comment } })).unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let (status, answer) = server.ask("POST", "/coral", &[("X-Coral-Signature", &signature)], &body);
    (status, serde_json::from_str(&answer).unwrap())
}

#[test]
fn a_decision_is_found_by_the_hash_of_what_coral_sent() {
    let folder = Folder::new(&[("naqd.toml", config().as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml", "--decisions", "decisions.jsonl"]);
    let comment = "<p>شكرا على هذا <b>التقرير</b> المفيد</p>";
    let (status, answer) = moderate(&server, comment);
    assert_eq!((status, &answer["actions"], &answer["naqd"]["decision"]), (200, &json!([]), &json!("publish")));
    let log = wait_for(|| Some(folder.read("decisions.jsonl")).filter(|log| log.ends_with('\n')));
    assert_eq!(find(&folder, comment).out(), log);
}

/// Who breaks a rule of the house is not told that he was abusive.
#[test]
fn a_rule_of_the_house_rejects_by_its_own_name() {
    let rules = "phrase,effect\nsend me money*,reject\n";
    let folder = Folder::new(&[("naqd.toml", config().as_bytes()), ("rules.csv", rules.as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml", "--rules", "rules.csv"]);
    let toxic = json!([{ "actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC" }]);
    for (comment, code, actions) in [
        ("<p>Thank you for the report. Now send me money.</p>", "BANNED_WORD", json!([])),
        ("<p>كاتب هذا المقال غبي وكلب وحمار send me money</p>", "BANNED_WORD", toxic.clone()),
        ("<p>كاتب هذا المقال غبي وكلب وحمار</p>", "ABUSIVE", toxic),
    ] {
        let (status, answer) = moderate(&server, comment);
        assert_eq!((status, &answer["status"]), (200, &json!("REJECTED")), "{comment}");
        assert_eq!(answer["moderationAction"]["rejectionReason"]["code"], code, "{comment}");
        assert_eq!(answer["actions"], actions, "{comment}");
    }
}

/// In watch-only mode Coral goes on with its own settings, whatever naqd would do.
#[test]
fn coral_gets_no_opinion_in_watch_only_mode() {
    let rules = "phrase,effect\nsend me money*,reject\ngreen lamp,hold\n";
    let config = config().replace("[triage]", "explanation = \"Our rules: ...\"\n[triage]");
    let folder = Folder::new(&[("naqd.toml", config.as_bytes()), ("rules.csv", rules.as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml", "--rules", "rules.csv", "--watch-only"]);
    for (comment, would) in [
        ("<p>كاتب هذا المقال غبي وكلب وحمار</p>", "reject"),
        ("<p>Thank you for the report. Now send me money.</p>", "reject"),
        ("<p>The green lamp, you idiot</p>", "hold"),
        ("<p>شكرا على هذا التقرير المفيد</p>", "publish"),
    ] {
        let (status, mut answer) = moderate(&server, comment);
        let naqd = answer.as_object_mut().unwrap().remove("naqd").unwrap();
        assert_eq!((status, answer), (200, json!({ "actions": [] })), "{comment}");
        assert_eq!((&naqd["would"], naqd.get("decision")), (&json!(would), None), "{comment}");
    }
}

/// What a browser shows is judged: no word is hidden or split by markup, and where a sanitiser may show more, the worse counts.
#[test]
fn no_markup_hides_a_word() {
    let folder = Folder::new(&[("naqd.toml", config().as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    for comment in [
        "<p>thanks <b \"> you are a stupid idiot <i \"> for the report</p>",
        "<p>you are a stu<!-- -->pid id<wbr>iot</p>",
        "<p>you are a stu<x>pid</x> id<style>x</style>iot</p>",
        "<p>you are a stupid</span> id</div>iot</p>",
        "<p>&#121;ou are a stu&shy;pid &#105&#100;iot</p>",
        "<style>you are a stupid idiot</style>",
        "<you are a stupid idiot>",
        "<p hidden>you are a stupid idiot</p>hello",
        "hello <a b=\"you are a stupid idiot and a pig",
    ] {
        let (status, answer) = moderate(&server, comment);
        assert_eq!(status, 200);
        assert!(answer["naqd"]["probabilities"]["abusive"].as_f64().unwrap() > 0.7, "{comment}: {answer}");
        assert_ne!(answer["naqd"]["decision"], "publish", "{comment}: {answer}");
    }
    // What nobody sees does not count.
    let (_, answer) =
        moderate(&server, "<!-- you stupid idiot --><a href=\"stupid-idiot\">شكرا على هذا التقرير المفيد</a>");
    assert_eq!(answer["naqd"]["decision"], "publish", "{answer}");
    let quoted = "<blockquote>you are a stupid idiot and a disgusting pig</blockquote><p>No.</p>";
    let (_, answer) = moderate(&server, quoted);
    assert_eq!(
        (&answer["naqd"]["decision"], &answer["naqd"]["reason"]),
        (&json!("hold"), &json!("quotation")),
        "{answer}"
    );
    // Tags that do not end take no longer than others.
    for piece in ["<b ", "<b \"", "<!--", "<a b='", "</div>"] {
        let start = std::time::Instant::now();
        let (status, _) = moderate(&server, &piece.repeat(300_000 / piece.len()));
        assert_eq!(status, 200);
        assert!(start.elapsed().as_secs() < 5, "{piece}: {:?}", start.elapsed());
    }
}
