//! Perspective's routes.

use serde_json::{Value, json};

use super::common::{Folder, kinds_csv, kinds_town};
use super::{Server, analyze};

#[test]
fn comments_are_analysed_under_any_prefix() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &[]);
    for path in [
        "/v1alpha1/comments:analyze?key=x&alt=json&prettyPrint=false&$.xgafv=2",
        "/comments%3Aanalyze",
        "/a/b/c/comments:analyze",
    ] {
        let (status, answer) = server.post(path, &analyze("You stupid idiot"));
        assert_eq!(status, 200, "{answer}");
        let scores = &answer["attributeScores"]["TOXICITY"];
        assert!(scores["summaryScore"]["value"].as_f64().unwrap() > 0.5, "{answer}");
        assert_eq!(scores["spanScores"][0]["end"], 16);
        assert_eq!(answer["languages"], json!(["en"]));
    }
    for (method, path, expected) in [
        ("GET", "/v1alpha1/comments:analyze", 405),
        ("POST", "/$discovery/rest", 405),
        ("POST", "/v1alpha1/comments:other", 404),
        ("GET", "/", 404),
        ("DELETE", "/v1/score", 405),
    ] {
        let (status, body) = server.ask(method, path, &[], "");
        assert_eq!(status, expected, "{method} {path}");
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["error"]["code"], expected);
    }
}

/// What the model cannot judge is neither harmless nor abusive, and the answer says so; by setting it is Google's error.
#[test]
fn what_the_model_cannot_judge_says_so() {
    let texts =
        [("Дороги города надо чинить как можно скорее", "ru"), ("😂", "und"), ("این خبر کاملا اشتباه است", "und")];
    let folder = Folder::new(&[("naqd.toml", b"[perspective]\nunfamiliar = \"refuse\"\n")]);
    let server = Server::start(&folder, &[]);
    for (text, language) in texts {
        let (status, answer) = server.post("/comments:analyze", &analyze(text));
        let value = answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"].as_f64().unwrap();
        assert!(status == 200 && (0.05..0.6).contains(&value), "{text}: {answer}");
        assert_eq!((&answer["unfamiliar"], &answer["detectedLanguages"]), (&json!(true), &json!([language])), "{text}");
    }
    // The detector is sure of nothing in a few letters, and of other alphabets.
    for (text, language) in [("hmmmm", "und"), ("qwrt zxcv", "und"), ("Bonjour", "und"), ("привет", "ru")] {
        let (_, answer) = server.post("/comments:analyze", &analyze(text));
        assert_eq!(answer["detectedLanguages"], json!([language]), "{text}");
    }
    let long = "Les habitants attendent depuis longtemps la réparation des routes";
    assert_eq!(server.post("/comments:analyze", &analyze(long)).1["detectedLanguages"], json!(["fr"]));
    let (_, answer) = server.post("/comments:analyze", &analyze("thank you for this article"));
    assert_eq!((&answer["unfamiliar"], &answer["detectedLanguages"]), (&Value::Null, &json!(["en"])));
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    for (text, language) in texts {
        let (status, answer) = server.post("/comments:analyze", &analyze(text));
        let details = &answer["error"]["details"][0];
        assert_eq!((status, &details["errorType"]), (400, &json!("LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE")), "{answer}");
        assert_eq!(details["languageNotSupportedByAttributeError"]["detectedLanguages"], json!([language]));
    }
    assert_eq!(server.post("/comments:analyze", &analyze("thank you for this article")).0, 200);
}

#[test]
fn spans_count_utf16_units_of_what_was_sent() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &[]);
    let text = "<p>صباح الخير 😀😀!</p><p>You <b>stupid</b> idiot.</p>";
    let units: Vec<u16> = text.encode_utf16().collect();
    let (_, answer) = server.post(
        "/comments:analyze",
        &json!({
            "comment": { "text": text, "type": "HTML" },
            "requestedAttributes": { "TOXICITY": null, "NEUTRAL": { "scoreType": "PROBABILITY" } },
            "spanAnnotations": true,
        }),
    );
    let spans = answer["attributeScores"]["TOXICITY"]["spanScores"].as_array().unwrap();
    let text_of = |span: &Value| {
        let at = |name: &str| span[name].as_u64().unwrap() as usize;
        String::from_utf16(&units[at("begin")..at("end")]).unwrap()
    };
    let texts: Vec<String> = spans.iter().map(text_of).collect();
    assert_eq!(texts, ["صباح الخير 😀😀!", "You <b>stupid</b> idiot."]);
    // What is below a threshold is left out; a span is always there.
    let (_, answer) = server.post(
        "/comments:analyze",
        &json!({
            "comment": { "text": "Thank you." },
            "requestedAttributes": { "TOXICITY": { "scoreThreshold": 0.9 }, "NEUTRAL": { "scoreThreshold": 0.1 } },
        }),
    );
    assert!(answer["attributeScores"]["TOXICITY"].is_null(), "{answer}");
    assert_eq!(answer["attributeScores"]["NEUTRAL"]["spanScores"].as_array().unwrap().len(), 1);
    // A comment without a word that the model knows is counted, by sentences and as a whole.
    for by_sentences in [true, false] {
        let mut request = analyze("ᚠᚢᚦᚨᚱᚲ");
        request["spanAnnotations"] = json!(by_sentences);
        assert_eq!(server.post("/comments:analyze", &request).0, 200);
    }
    assert_eq!(server.metric("naqd_unfamiliar_total"), 2.0);
}

#[test]
fn what_is_wrong_gets_googles_error() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &[]);
    let wanted = json!({ "TOXICITY": {} });
    for (request, message, kind) in [
        (json!({}), "Comment must be non-empty.", "COMMENT_EMPTY"),
        (json!({ "comment": { "text": " \n" }, "requestedAttributes": wanted }), "non-empty", "COMMENT_EMPTY"),
        (
            json!({ "comment": { "text": "<p> <br></p>", "type": "HTML" }, "requestedAttributes": wanted }),
            "Comment must be non-empty.",
            "COMMENT_EMPTY",
        ),
        (analyze(&"ا".repeat(10_241)), "Comment text too long.", "COMMENT_TOO_LONG"),
        (json!({ "comment": { "text": "a" } }), "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES"),
        (
            json!({ "comment": { "text": "a" }, "requestedAttributes": { "SPAM": {} } }),
            "Unknown requested attribute: SPAM",
            "INVALID_REQUEST",
        ),
        (
            json!({ "comment": { "text": "a" }, "requestedAttributes": { "TOXICITY": { "scoreType": "PERCENTILE" } } }),
            "Requested score type PERCENTILE is not supported by attribute TOXICITY",
            "INVALID_REQUEST",
        ),
    ] {
        let (status, answer) = server.post("/v1alpha1/comments:analyze", &request);
        let error = &answer["error"];
        assert_eq!((status, &error["code"], &error["status"]), (400, &json!(400), &json!("INVALID_ARGUMENT")));
        assert!(error["message"].as_str().unwrap().contains(message), "{answer}");
        assert_eq!(error["details"][0]["errorType"], kind);
    }
    // The longest comment that is taken.
    assert_eq!(server.post("/comments:analyze", &analyze(&"ا".repeat(10_240))).0, 200);
    for body in ["", "[]", "{", "null", "{\"comment\":3}", "\u{FEFF}{}"] {
        assert_eq!(server.ask("POST", "/comments:analyze", &[], body).0, 400, "{body}");
    }
    // Half an emoji is a broken character, not a broken request.
    let cut = r#"{"comment":{"text":"you idiot \ud83d"},"requestedAttributes":{"TOXICITY":{}}}"#;
    assert_eq!(server.ask("POST", "/comments:analyze", &[], cut).0, 200);
    assert_eq!(server.metric("naqd_requests_total{code=\"400\",route=\"comments:analyze\"}"), 13.0);
}

#[test]
fn the_discovery_document_has_the_address_that_the_client_used() {
    let hosts = b"hosts = [\"news.example\", \"127.0.0.1:0\"]\n";
    let folder = Folder::new(&[("naqd.toml", hosts)]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    let own = format!("http://{}/", server.address);
    for (headers, expected) in [
        (&[][..], own.as_str()),
        // Anybody can send this, and a cache keep what it led to.
        (&[("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https")], &own),
        (&[("X-Forwarded-Proto", "https")], &own),
        (&[("X-Forwarded-Host", "news.example"), ("X-Forwarded-Proto", "https")], "https://news.example/"),
        (
            &[("X-Forwarded-Host", "news.example:8443, inner"), ("X-Forwarded-Proto", "HTTPS, http")],
            "https://news.example:8443/",
        ),
        (&[("X-Forwarded-Host", ""), ("X-Forwarded-Proto", "http,https")], &own),
        (&[("X-Forwarded-Host", "a\"b")], &own),
    ] {
        let (status, text) = server.ask("GET", "/$discovery/rest?version=v1alpha1", headers, "");
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, &document["rootUrl"]), (200, &json!(expected)), "{headers:?}");
        // There is no route for batches.
        assert!(document["batchPath"].is_null());
    }
}

/// Kinds have scores of their own where the model tells them apart, and that of abuse elsewhere.
#[test]
fn kinds_of_abuse_are_told_apart_where_the_model_does() {
    let folder = Folder::new(&[("kinds.csv", kinds_csv(&kinds_town(1, 600)).as_bytes())]);
    folder.train(&["kinds.csv", "--from", "none", "--output", "kinds.naqd"]).says(0, &[]);
    let server = Server::start(&folder, &["--model", "kinds.naqd"]);
    let scores = |text: &str| {
        let names = ["TOXICITY", "INSULT", "THREAT", "THREAT_EXPERIMENTAL", "IDENTITY_ATTACK", "PROFANITY"];
        let wanted: serde_json::Map<String, Value> = names.iter().map(|name| (name.to_string(), json!({}))).collect();
        let request = json!({ "comment": { "text": text }, "requestedAttributes": wanted });
        let (status, answer) = server.post("/comments:analyze", &request);
        assert_eq!(status, 200, "{answer}");
        names.map(|name| answer["attributeScores"][name]["summaryScore"]["value"].as_f64().unwrap())
    };
    let [toxicity, insult, threat, same, identity, profanity] = scores("i will find you at the station");
    assert!(threat > 0.5 && threat > 2.0 * insult && insult <= toxicity, "{toxicity} {insult} {threat}");
    assert_eq!((same, identity, profanity), (threat, toxicity, toxicity), "the model knows neither of these");
    let [toxicity, insult, threat, ..] = scores("the man is a clown and you are a fool");
    assert!(insult > 0.5 && insult <= toxicity && insult > 2.0 * threat, "{toxicity} {insult} {threat}");
    let [_, insult, threat, ..] = scores("thank you for the lovely report");
    assert!(insult < 0.1 && threat < 0.1, "{insult} {threat}");
    let (_, answer) = server.post("/v1/score", &json!({ "text": "i will find you at the station" }));
    let told = &answer["results"][0];
    assert_eq!(told["named_kinds"], json!(["threat"]), "{answer}");
    assert!(told["notify"].as_str().unwrap().starts_with("threat"), "{answer}");
    assert_eq!(told["editors"], json!(told["notify"].as_str().unwrap().ends_with("editors")));
}

/// The answer is bounded, whatever the comment; the worst sentence still shows.
#[test]
fn many_sentences_share_their_spans() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &[]);
    let about: Value = serde_json::from_str(&server.get("/v1/model").1).unwrap();
    let wanted: serde_json::Map<String, Value> = about["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| (name.as_str().unwrap().to_owned(), json!({})))
        .collect();
    let end = "You stupid idiot!";
    let text = "a\n".repeat(10_000) + end;
    let ask = |wanted: Value| {
        let request = json!({ "comment": { "text": text }, "requestedAttributes": wanted, "spanAnnotations": true });
        let (status, answer) = server.ask("POST", "/comments:analyze", &[], &request.to_string());
        assert!(
            status == 200 && answer.len() < 120_000,
            "{} bytes of answer to {}",
            answer.len(),
            request.to_string().len()
        );
        serde_json::from_str::<Value>(&answer).unwrap()["attributeScores"].clone()
    };
    let all = ask(Value::Object(wanted));
    let one = ask(json!({ "TOXICITY": {} }));
    let spans = |scores: &Value| scores["TOXICITY"]["spanScores"].as_array().unwrap().clone();
    let worst = |spans: &[Value]| spans.iter().map(|span| span["score"]["value"].as_f64().unwrap()).fold(0.0, f64::max);
    for spans in [spans(&all), spans(&one)] {
        assert!((50..=1000).contains(&spans.len()), "{}", spans.len());
        assert_eq!((&spans[0]["begin"], &spans.last().unwrap()["end"]), (&json!(0), &json!(text.len())));
        assert!(
            worst(&spans) > 0.5 && spans.last().unwrap()["score"]["value"] == worst(&spans),
            "the last is the worst"
        );
        assert!(spans.windows(2).all(|pair| pair[0]["end"].as_u64() <= pair[1]["begin"].as_u64()));
    }
    // Names that mean the same have the same answer, and one that comes twice has one.
    assert_eq!(all["TOXICITY"], all["TOXICITY_FAST"]);
    let twice = format!(
        r#"{{"comment":{{"text":"a"}},"requestedAttributes":{{{}"NEUTRAL":{{}}}}}}"#,
        r#""TOXICITY":{},"NEUTRAL":{},"#.repeat(20_000)
    );
    let (status, answer) = server.ask("POST", "/comments:analyze", &[], &twice);
    assert!(status == 200 && answer.len() < 500, "{status}, {} bytes", answer.len());
}
