//! What naqd-serve of every version kept: it is read by the one of today; see `tests/formats`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::common::{Folder, repository};
use super::{Server, analyze, export, find, wait_for};

const KEY: (&str, &str) = ("X-Api-Key", "0123456789abcdef");

fn stored(name: &str) -> Vec<u8> {
    std::fs::read(repository("tests/formats").join(name)).unwrap()
}

/// Names of the fields of a line, and the kind of each.
fn fields(line: &Value) -> BTreeMap<&str, std::mem::Discriminant<Value>> {
    line.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), std::mem::discriminant(value))).collect()
}

/// A server with the settings, the feedback and the decision log of naqd 0.1.0.
#[test]
fn all_that_naqd_0_1_0_kept() {
    let folder = Folder::new(&[
        ("naqd.toml", &stored("naqd-1.toml")),
        ("model.naqd", &stored("model-6.naqd")),
        ("rules.csv", b"phrase,effect\nsend me money*,reject\n"),
        ("keys", b"fedcba9876543210\n"),
        ("coral-secrets", b"empsec_fedcba9876543210\n"),
        ("feedback.sqlite", &stored("feedback-1.sqlite")),
        ("decisions.jsonl", &stored("decisions-1.jsonl")),
    ]);
    let before = stored("decisions-1.jsonl");
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    // Settings: keys, also for scoring, attributes, rules and thresholds.
    assert_eq!(server.post("/comments:analyze", &analyze("a comment")).0, 403);
    let request = json!({ "comment": { "text": "a" }, "requestedAttributes": { "LIKELY_TO_REJECT": {} } }).to_string();
    let (status, answer) = server.ask("POST", "/comments:analyze", &[KEY], &request);
    assert!(status == 200 && answer.contains("LIKELY_TO_REJECT"), "{answer}");
    let comments = json!({ "comments": [{ "text": "send me money", "id": "1" }, { "text": "you fool", "id": "2" }] });
    let (status, answer) = server.ask("POST", "/v1/score", &[KEY], &comments.to_string());
    assert!(status == 200 && answer.contains("\"reject\""), "{answer}");

    // The decision log: new lines after the old ones, with all their fields.
    let log = wait_for(|| Some(folder.read("decisions.jsonl")).filter(|log| log.lines().count() == 4));
    assert!(log.as_bytes().starts_with(&before), "old lines stay");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // What was `sha256`, which can be guessed for short comments, is `hmac`.
    let keeps = |new: &Value, old: &Value| {
        fields(old).iter().all(|(&name, kind)| {
            let name = if name == "sha256" { "hmac" } else { name };
            fields(new).get(name) == Some(kind)
        })
    };
    assert!(keeps(&lines[2], &lines[0]), "decided by a rule");
    assert!(keeps(&lines[3], &lines[1]), "decided by the model");

    // Old lines are found as well as new ones, and can be written as new ones.
    find(&folder, "you fool").says(0, &["2 lines"]);
    let migrate = ["migrate", "--decisions", "decisions.jsonl"];
    let migrated =
        std::process::Command::new(super::PROGRAM).current_dir(folder.path("")).args(migrate).output().unwrap();
    let migrated = super::common::Ran(migrated);
    migrated.says(0, &["2 lines changed"]);
    let hashes = |log: &str| -> Vec<Value> {
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["hmac"].clone()).collect()
    };
    let new = hashes(&migrated.out());
    assert_eq!((&new[..2], &new[2..]), (&new[2..], &hashes(&log)[2..]), "the same two comments");
    assert!(!migrated.out().contains("sha256"));

    // Feedback: what stands there is known, exported, and added to.
    let say = |id: &str, label: &str| {
        let body = json!({ "text": "you, \"idiot\"", "label": label, "id": id }).to_string();
        let (status, answer) = server.ask("POST", "/v1/feedback", &[KEY], &body);
        assert_eq!(status, 200, "{answer}");
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    assert_eq!(say("1", "abusive"), json!({ "stored": 0, "known": 1 }));
    assert_eq!(say("4", "neutral"), json!({ "stored": 1, "known": 0 }));
    let exported = export(&folder);
    exported.says(0, &["4 rows"]);
    let exported = exported.out();
    let rows: Vec<(String, String)> = csv::Reader::from_reader(exported.as_bytes())
        .records()
        .map(|row| row.map(|row| (row[0].to_owned(), row[1].to_owned())).unwrap())
        .collect();
    let expected = [
        ("you, \"idiot\"", "abusive"),
        ("أين المصدر؟", "critical"),
        ("good\nreport", "critical|neutral"),
        ("you, \"idiot\"", "neutral"),
    ];
    assert_eq!(rows, expected.map(|(text, label)| (text.to_owned(), label.to_owned())));
}

/// The same of the naqd that told keys of feedback, and hashed comments with a secret.
#[test]
fn all_that_is_kept_since_webhooks() {
    let folder = Folder::new(&[
        ("naqd.toml", &stored("naqd-2.toml")),
        ("model.naqd", &stored("model-6.naqd")),
        ("rules.csv", b"phrase,effect\nsend me money*,reject\n"),
        ("keys", b"fedcba9876543210\n"),
        ("coral-secrets", b"empsec_fedcba9876543210\n"),
        ("feedback.sqlite", &stored("feedback-2.sqlite")),
        ("decisions.jsonl", &stored("decisions-2.jsonl")),
        ("decisions.jsonl.secret", &stored("decisions-2.jsonl.secret")),
    ]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    assert!(server.metrics.is_some());
    let body = json!({ "text": "you fool", "id": "6" }).to_string();
    assert_eq!(server.ask("POST", "/v1/score", &[KEY], &body).0, 200);
    let log = wait_for(|| Some(folder.read("decisions.jsonl")).filter(|log| log.lines().count() == 4));
    assert!(log.as_bytes().starts_with(&stored("decisions-2.jsonl")), "old lines stay");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(fields(&lines[0]).iter().all(|(name, kind)| fields(&lines[3]).get(name) == Some(kind)), "{log}");
    assert_eq!(lines[0]["hmac"], lines[3]["hmac"], "with the secret of before");
    find(&folder, "you fool").says(0, &["2 lines"]);

    let say = |body: Value| server.ask("POST", "/v1/feedback", &[KEY], &body.to_string()).1;
    let known = say(json!({ "text": "you, \"idiot\"", "label": "abusive", "id": "1" }));
    assert_eq!(serde_json::from_str::<Value>(&known).unwrap(), json!({ "stored": 0, "known": 1 }));
    // What naqd decided itself is not exported; what a person says of it later is.
    let exported = export(&folder);
    exported.says(0, &["3 rows"]);
    let rows = exported.out();
    let keys: Vec<&str> =
        rows.lines().filter_map(|line| line.rsplit(',').next()).filter(|key| key.len() == 1).collect();
    assert_eq!(keys, ["1", "2", "2"], "{rows}");
    assert!(say(json!({ "text": "you fool", "label": "neutral", "id": "4" })).contains("\"stored\":1"));
    assert_eq!(
        export(&folder).says(0, &["4 rows"]).out().lines().filter(|line| line.starts_with("you fool,")).count(),
        1
    );
}
