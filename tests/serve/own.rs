//! The routes that are naqd's own.

use serde_json::{Value, json};

use super::common::Folder;
use super::{Server, wait_for};

#[test]
fn many_comments_are_labelled_and_explained() {
    let folder =
        Folder::new(&[("naqd.toml", b"[thresholds]\npublish_below = 0.3\nreject_above = 0.9\nnotify_above = 0.4\n")]);
    let server = Server::start(&folder, &["--config", "naqd.toml", "--decisions", "decisions.jsonl"]);
    let comments = json!({ "comments": [
        { "id": "1", "text": "كاتب هذا المقال غبي وكلب وحمار" },
        { "id": "2", "text": "شكرا على هذا التقرير المفيد" },
        { "text": "ᚠᚢᚦᚨᚱᚲ" },
        { "text": "" },
    ] });
    let (status, answer) = server.post("/v1/score?explain=true", &comments);
    assert_eq!(status, 200, "{answer}");
    let results = answer["results"].as_array().unwrap();
    let decisions: Vec<&str> = results.iter().map(|result| result["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["reject", "publish", "hold", "hold"]);
    assert_eq!(results[2]["reason"], "unfamiliar");
    assert_eq!((&results[0]["id"], &results[2]["id"]), (&json!("1"), &Value::Null));
    assert!(results[0]["evidence"].as_array().unwrap().iter().any(|piece| piece["label"] == "abusive"));
    let told = &results[0];
    assert_eq!((&told["version"], &told["notify"], &told["editors"]), (&json!(1), &json!(""), &json!(false)));
    for (class, probability) in told["probabilities"].as_object().unwrap() {
        // The old name has all digits.
        let score = told["scores"][class].as_f64().unwrap();
        assert!((score - probability.as_f64().unwrap()).abs() <= 5.1e-5, "{told}");
    }
    for piece in told["evidence"].as_array().unwrap().iter().chain(told["sentences"].as_array().unwrap()) {
        assert_eq!(piece["utf16"], json!([piece["begin"], piece["end"]]));
        let bytes = [0, 1].map(|i| piece["bytes"][i].as_u64().unwrap() as usize);
        assert_eq!(&"كاتب هذا المقال غبي وكلب وحمار"[bytes[0]..bytes[1]], piece["text"]);
    }
    let sum: f64 = results[0]["scores"].as_object().unwrap().values().map(|score| score.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5);
    for wrong in [json!({}), json!({ "comments": [] }), json!({ "text": "a", "comments": [] }), json!({ "txt": "a" })] {
        assert_eq!(server.post("/v1/score", &wrong).0, 400, "{wrong}");
    }
    let (_, model) = server.post("/v1/score", &json!({ "text": "one" }));
    let about: Value = serde_json::from_str(&server.get("/v1/model").1).unwrap();
    assert_eq!(model["model"], about["version"]);
    assert_eq!(about["classes"], json!(["abusive", "critical", "neutral"]));
    for script in ["arabic", "other"] {
        assert!((about["thresholds"][script]["reject_above"].as_f64().unwrap() - 0.9).abs() < 1e-6);
    }
    assert_eq!(server.metric("naqd_unfamiliar_total"), 2.0);

    // Every decision has its line, without the text.
    let log = wait_for(|| Some(folder.read("decisions.jsonl")).filter(|log| log.lines().count() == 5));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["id"], &lines[0]["decision"], &lines[2]["reason"]),
        (&json!("1"), &json!("reject"), &json!("unfamiliar"))
    );
    assert_eq!(lines[0]["model"], about["version"]);
    assert_eq!(lines[0]["hmac"].as_str().unwrap().len(), 64);
    assert!(!log.contains("غبي"));
    assert_eq!(lines[0]["probabilities"], told["probabilities"]);
    assert_eq!((&lines[0]["version"], &lines[0]["scores"]), (&json!(1), &told["scores"]));
}

/// In watch-only mode nobody finds a decision to act on: not a client, not who reads the log or the metrics.
#[test]
fn watch_only_answers_what_would_be_done() {
    let thresholds = "[thresholds]\npublish_below = 0.3\nreject_above = 0.9\n";
    let watching = format!("watch_only = true\n{thresholds}");
    let folder = Folder::new(&[("acts.toml", thresholds.as_bytes()), ("watches.toml", watching.as_bytes())]);
    let acting = Server::start(&folder, &["--config", "acts.toml"]);
    let mut server = Server::start(&folder, &["--config", "watches.toml", "--decisions", "decisions.jsonl"]);
    server.says("watch only");
    let comments = json!({ "comments": [{ "text": "كاتب هذا المقال غبي وكلب وحمار" }, { "text": "شكرا على هذا التقرير المفيد" }] });
    for (path, lines) in [("/v1/score", 2), ("/v1/score?explain=true", 4)] {
        let (_, mut expected) = acting.post(path, &comments);
        for result in expected["results"].as_array_mut().unwrap() {
            let result = result.as_object_mut().unwrap();
            for (name, other) in [("decision", "would"), ("notify", "would_notify")] {
                let value = result.remove(name).unwrap();
                result.insert(other.to_owned(), value);
            }
            result.remove("editors").unwrap();
        }
        assert_eq!(server.post(path, &comments), (200, expected.clone()));
        let log = wait_for(|| Some(folder.read("decisions.jsonl")).filter(|log| log.lines().count() == lines));
        for (line, result) in log.lines().skip(lines - 2).zip(expected["results"].as_array().unwrap()) {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!((&line["would"], &line["reason"]), (&result["would"], &result["reason"]));
            assert!(["decision", "notify", "editors"].iter().all(|name| line.get(name).is_none()), "{line}");
        }
    }
    // Scores are no decisions.
    let request = super::analyze("you fool");
    assert_eq!(server.post("/comments:analyze", &request), acting.post("/comments:analyze", &request));
    assert_eq!((server.metric("naqd_watch_only"), acting.metric("naqd_watch_only")), (1.0, 0.0));
    for (server, counts, does_not) in
        [(&server, "would_decisions", "decisions"), (&acting, "decisions", "would_decisions")]
    {
        assert_eq!(server.metric(&format!("naqd_{counts}_total{{decision=\"reject\",reason=\"score\"}}")), 2.0);
        assert!(!server.get("/metrics").1.contains(&format!("naqd_{does_not}_total{{")));
    }
    let about = |server: &Server| serde_json::from_str::<Value>(&server.get("/v1/model").1).unwrap();
    assert_eq!([&server, &acting].map(|server| about(server)["watch_only"].clone()), [json!(true), json!(false)]);
}

#[test]
fn the_description_names_every_route() {
    let hook = "[hooks.cms]\nscheme = \"bearer\"\nsecrets = [\"0123456789abcdef\"]\ntext = \"/text\"\n";
    let folder = Folder::new(&[("naqd.toml", hook.as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml", "--feedback", "feedback.sqlite"]);
    let (status, text) = server.get("/openapi.json");
    let described: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &described["openapi"]), (200, &json!("3.1.0")));
    let paths = described["paths"].as_object().unwrap();
    for (path, methods) in paths {
        let path = &path.replace("{name}", "cms");
        for method in methods.as_object().unwrap().keys() {
            let (status, _) = server.ask(&method.to_uppercase(), path, &[], "");
            assert!(status != 404 && status != 405, "{method} {path}: {status}");
        }
        assert_eq!(server.ask("PATCH", path, &[], "").0, 405, "{path}");
    }
    let about: Value = serde_json::from_str(&server.get("/v1/model").1).unwrap();
    let attributes = &described["components"]["schemas"]["Model"]["properties"]["attributes"]["const"];
    assert_eq!(*attributes, about["attributes"]);
    // As many comments as the server takes, span scores as it takes them, and that there may be no room.
    let schema = |path: &str| &paths[path]["post"]["requestBody"]["content"]["application/json"]["schema"];
    for path in ["/v1/score", "/v1/feedback"] {
        assert_eq!(schema(path)["oneOf"][1]["properties"]["comments"]["maxItems"], 10_000);
    }
    let scores = &schema("/v1alpha1/comments:suggestscore")["properties"]["attributeScores"]["additionalProperties"];
    assert_eq!(scores["anyOf"][1]["required"], json!(["spanScores"]));
    for (path, methods) in paths {
        let responses = &methods["post"]["responses"];
        assert!(methods["post"].is_null() || responses["503"].is_object() && responses["413"].is_object(), "{path}");
    }
}
