//! Further doors: compressed bodies, relaxed JSON, names of comments, and the forms of OpenAI and Hugging Face.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::common::Folder;
use super::{Server, analyze, answer, export, wait_for};

/// Status and body of the answer to a body of any bytes.
fn send(server: &Server, path: &str, encoding: &str, body: &[u8]) -> (u16, String) {
    let mut stream = server.connect();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
    answer(&mut stream)
}

#[test]
fn bodies_may_be_compressed() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &[]);
    let gzip = |body: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(body).unwrap();
        gzip.finish().unwrap()
    };
    let body = analyze("You stupid idiot").to_string();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(body.as_bytes()).unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
    raw.write_all(body.as_bytes()).unwrap();
    let plain = server.ask("POST", "/comments:analyze", &[], &body);
    for (encoding, compressed) in [
        ("gzip", gzip(body.as_bytes())),
        ("X-GZIP", gzip(body.as_bytes())),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", raw.finish().unwrap()),
        ("identity", body.clone().into_bytes()),
    ] {
        assert_eq!(send(&server, "/comments:analyze", encoding, &compressed), plain, "{encoding}");
    }
    for (encoding, body, expected) in [
        ("br", body.as_bytes(), 415),
        ("gzip, gzip", body.as_bytes(), 415),
        ("gzip", body.as_bytes(), 400),
        ("gzip", &gzip(body.as_bytes())[..20], 400),
    ] {
        assert_eq!(send(&server, "/comments:analyze", encoding, body).0, expected, "{encoding}");
    }
    // A kilobyte that is a gibibyte, in two layers of which only one is taken off.
    let bomb = gzip(&vec![b' '; 64 << 20]);
    let (status, told) = send(&server, "/v1/score", "gzip", &bomb);
    assert!(status == 413 && told.contains("1048576 bytes"), "{told}");
    let long = json!({ "text": "a ".repeat(400_000) }).to_string();
    assert_eq!(send(&server, "/v1/score", "gzip", &gzip(long.as_bytes())).0, 200);
}

#[test]
fn perspective_is_asked_as_google_lets_it_be() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    let strict = server.ask("POST", "/comments:analyze", &[], &analyze("it's an idiot").to_string());
    for (path, body) in [
        ("/comments:analyze", r#"{comment: {text: "it's an idiot"}, requestedAttributes: {TOXICITY:{}} }"#),
        ("/comments:analyze", r#"{'comment': {'text': 'it\'s an idiot',}, 'requestedAttributes': {'TOXICITY': {},},}"#),
        (
            "/v1alpha1/comments:analyze/",
            r#"{"comment":{"text":"it's an idiot"},"requestedAttributes":{"TOXICITY":{}},"doNotStore":"true"}"#,
        ),
        (
            "/comments%3Aanalyze/?key=x",
            r#"{"comment":{"text":"it's an idiot"},"requestedAttributes":{"TOXICITY":{}},"doNotStore":null,"spanAnnotations":"false"}"#,
        ),
    ] {
        assert_eq!(server.ask("POST", path, &[], body), strict, "{body}");
    }
    // What is wrong is told as it was sent.
    let (status, told) = server.ask("POST", "/comments:analyze", &[], r#"{comment: {text: "a"}, doNotStore: maybe}"#);
    assert!(status == 400 && told.contains("Invalid JSON payload received.") && told.contains("column 2"), "{told}");
    let suggested = r#"{comment: {text: 'an idiot'}, attributeScores: {TOXICITY: {summaryScore: {value: 1}}}}"#;
    assert_eq!(server.ask("POST", "/comments:suggestscore/", &[], suggested).0, 200);
    // naqd's own routes are strict, and their paths may end in a slash.
    assert_eq!(server.ask("POST", "/v1/score/", &[], r#"{"text":"a"}"#).0, 200);
    assert_eq!(server.ask("POST", "/v1/score", &[], r#"{text:"a"}"#).0, 400);
    assert_eq!(server.ask("GET", "/", &[], "").0, 404);
    assert_eq!(server.ask("GET", "/healthz//", &[], "").0, 404);
}

/// What naqd would do and what a moderator did are joined by the name of the comment.
#[test]
fn the_name_of_a_comment_stands_in_log_and_feedback() {
    const SECRET: &str = "empsec_0123456789abcdef";
    let config = format!("[coral]\nsecrets = [\"{SECRET}\"]\n[thresholds]\npublish_below = 0.3\nreject_above = 0.9\n");
    let folder = Folder::new(&[("naqd.toml", config.as_bytes())]);
    let args = ["--config", "naqd.toml", "--feedback", "feedback.sqlite", "--decisions", "decisions.jsonl"];
    let server = Server::start(&folder, &args);
    let with_id = |mut request: Value| {
        request["communityId"] = json!("Coral:news");
        request["clientToken"] = json!("comment:7");
        request
    };
    let stored = |request: &Value| assert_eq!(server.post("/comments:analyze", request).0, 200);
    stored(&with_id(analyze("you fool")));
    // Without a name, or if it is not to be stored, there is no line.
    stored(&analyze("you fool"));
    let mut not = with_id(analyze("you fool"));
    not["doNotStore"] = json!(true);
    stored(&not);
    let coral = |comment: Value| {
        let body = json!({ "comment": comment }).to_string();
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&body);
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let (status, answer) = server.ask("POST", "/coral", &[("X-Coral-Signature", &signature)], &body);
        assert_eq!(status, 200, "{answer}");
        serde_json::from_str::<Value>(&answer).unwrap()["status"].clone()
    };
    let text = "كاتب هذا المقال غبي وكلب وحمار";
    assert_eq!(coral(json!({ "body": format!("<p>{text}</p>"), "id": "c-9" })), "REJECTED");
    let log = wait_for(|| Some(folder.read("decisions.jsonl")).filter(|log| log.lines().count() == 2));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["route"], &lines[0]["id"]), (&json!("comments:analyze"), &json!("Coral:news comment:7")));
    assert!(lines[0]["would"].is_string() && lines[0]["decision"].is_null(), "{log}");
    assert_eq!((&lines[1]["id"], &lines[1]["decision"]), (&json!("c-9"), &json!("reject")));

    // Coral reports that the comment was rejected, which nobody but naqd has done: not for training.
    let suggest = |text: &str, value: u8| {
        let scores = json!({ "TOXICITY": { "summaryScore": { "value": value } } });
        let request = with_id(json!({ "comment": { "text": text }, "attributeScores": scores }));
        assert_eq!(server.post("/comments:suggestscore", &request).0, 200);
    };
    suggest(text, 1);
    let own = json!({ "text": "of a program", "label": "reject", "by": "naqd" });
    assert_eq!(server.post("/v1/feedback", &own).0, 200);
    assert_eq!(server.post("/v1/feedback", &json!({ "text": "a", "label": "reject", "by": "nobody" })).0, 400);
    export(&folder).says(0, &["0 rows"]);
    // A moderator says the contrary, or the same of another comment; naqd's own decision does not take its place again.
    suggest(text, 0);
    suggest(text, 1);
    suggest("you fool", 1);
    let exported = export(&folder).out();
    let rows: Vec<&str> = exported.lines().skip(1).map(|line| line.split(",20").next().unwrap()).collect();
    assert_eq!(rows, [format!("{text},critical|neutral").as_str(), "you fool,abusive"]);
    assert!(exported.contains("Coral:news comment:7"), "{exported}");
}

#[test]
fn openai_and_hugging_face_are_answered_in_their_forms() {
    let folder = Folder::new(&[("naqd.toml", b"[keys]\nkeys = [\"0123456789abcdef\"]\nscoring = true\n")]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    let ask = |path: &str, body: Value| {
        let (status, answer) =
            server.ask("POST", path, &[("Authorization", "Bearer 0123456789abcdef")], &body.to_string());
        (status, serde_json::from_str::<Value>(&answer).unwrap())
    };
    let (insult, thanks) = ("You stupid idiot", "Thank you for this article");
    let (status, one) = ask("/v1/moderations", json!({ "input": insult, "model": "omni-moderation-latest" }));
    let result = &one["results"][0];
    assert_eq!(
        (status, &result["flagged"], &result["categories"]["harassment"]),
        (200, &json!(true), &json!(true)),
        "{one}"
    );
    for name in ["categories", "category_scores", "category_applied_input_types"] {
        assert_eq!(result[name].as_object().unwrap().len(), 13, "{one}");
    }
    assert_eq!(
        (&result["category_scores"]["sexual"], &result["categories"]["self-harm"]),
        (&json!(0.0), &json!(false))
    );
    let (_, many) = ask("/v1/moderations", json!({ "input": [thanks, insult] }));
    let flags: Vec<&Value> = many["results"].as_array().unwrap().iter().map(|result| &result["flagged"]).collect();
    assert_eq!(flags, [&json!(false), &json!(true)]);
    let parts = json!([{ "type": "text", "text": thanks }, { "type": "text", "text": insult }]);
    assert_eq!(ask("/v1/moderations", json!({ "input": parts })).1["results"].as_array().unwrap().len(), 1);
    for wrong in [
        json!({}),
        json!({ "input": [] }),
        json!({ "input": 3 }),
        json!({ "input": [{ "type": "image_url", "image_url": {} }] }),
    ] {
        assert_eq!(ask("/v1/moderations", wrong.clone()).0, 400, "{wrong}");
    }
    let about = ask("/v1/score", json!({ "text": insult })).1["results"][0]["scores"]["abusive"].as_f64().unwrap();
    assert!((result["category_scores"]["harassment"].as_f64().unwrap() - about).abs() < 1e-5);

    let (status, flat) = ask("/predict", json!({ "inputs": insult, "truncate": true }));
    assert_eq!((status, &flat[0]["label"], flat.as_array().unwrap().len()), (200, &json!("abusive"), 3), "{flat}");
    let (_, nested) = ask("/models/any/name", json!({ "inputs": insult, "parameters": { "top_k": 1 } }));
    assert_eq!(nested, json!([[flat[0]]]));
    for (top_k, expected) in [(json!(2.0), 200), (json!(1e300), 200), (json!(-1), 400), (json!(1.5), 400)] {
        let request = json!({ "inputs": insult, "parameters": { "top_k": top_k } });
        assert_eq!(ask("/predict", request.clone()).0, expected, "{request}");
    }
    let (_, many) = ask("/predict", json!({ "inputs": [thanks, insult] }));
    assert_eq!((&many[1], many.as_array().unwrap().len()), (&flat, 2));
    for path in ["/v1/moderations", "/predict", "/models/x"] {
        assert_eq!(server.ask("POST", path, &[("Authorization", "Bearer wrong")], "{}").0, 401, "{path}");
        assert_eq!(server.ask("POST", path, &[], "{}").0, 403, "{path}");
    }
}
