//! Webhooks that come in: payloads of other programs, signatures, answers.

use std::time::{Duration, Instant, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::common::{Folder, repository};
use super::{Server, find, refused, wait_for};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const VARIABLES: [(&str, &str); 3] =
    [("NAQD_HOOK_STRAPI", SECRET), ("NAQD_HOOK_HYVOR_TALK", SECRET), ("NAQD_HOOK_MASTODON", SECRET)];

fn hmac(secret: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn ask(server: &Server, path: &str, header: (&str, &str), body: &str) -> (u16, Value) {
    let (status, answer) = server.ask("POST", path, &[header], body);
    (status, serde_json::from_str(&answer).unwrap_or_else(|_| panic!("no JSON: {answer}")))
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// The example with its payloads, as docs/webhooks.md tells it.
#[test]
fn payloads_of_strapi_hyvor_talk_and_mastodon() {
    let example = |name: &str| std::fs::read_to_string(repository("examples/webhooks").join(name)).unwrap();
    let folder = Folder::new(&[("naqd.toml", example("naqd.toml").as_bytes())]);
    let server = Server::start_with(&folder, &["--config", "naqd.toml", "--decisions", "decisions.jsonl"], &VARIABLES);
    let bearer = format!("Bearer {SECRET}");
    let (strapi, hyvor, mastodon) = (example("strapi.json"), example("hyvor-talk.json"), example("mastodon.json"));

    let (status, answer) = ask(&server, "/v1/hooks/strapi", ("Authorization", &bearer), &strapi);
    assert_eq!((status, &answer["label"]), (200, &json!("abusive")), "{answer}");
    assert_ne!(answer["decision"], "publish");
    assert_eq!(
        (&answer["id"], &answer["author"], &answer["story"], answer.get("parent")),
        (
            &json!("fct50eqekqrz3pk8khqxnqxs"),
            &json!("dct9ie5k14uvdnn4bvnpolj4"),
            &json!("js8ougu6bz78gvjzzpg8vkma"),
            None
        )
    );
    let (status, answer) = ask(&server, "/v1/hooks/strapi", ("Authorization", &bearer), &example("strapi-reply.json"));
    assert_eq!((status, &answer["decision"]), (200, &json!("publish")), "{answer}");
    assert_eq!(
        (&answer["id"], &answer["parent"]),
        (&json!("qlr8a2zeeqg9e9pjt2gqeund"), &json!("fct50eqekqrz3pk8khqxnqxs"))
    );

    let (status, answer) = ask(&server, "/v1/hooks/hyvor-talk", ("X-Signature", &hmac(SECRET, &hyvor)), &hyvor);
    assert_eq!(
        (status, &answer["label"], &answer["decision"]),
        (200, &json!("neutral"), &json!("publish")),
        "{answer}"
    );
    assert_eq!(
        (&answer["id"], &answer["author"], &answer["story"], &answer["parent"]),
        (&json!("90817"), &json!("sso_7"), &json!("harbour-works"), &json!("90801"))
    );

    let signed = format!("sha256={}", hmac(SECRET, &mastodon));
    let (status, answer) = ask(&server, "/v1/hooks/mastodon", ("X-Hub-Signature", &signed), &mastodon);
    assert_eq!((status, &answer["seen"], &answer["label"]), (200, &json!("115479216653920187"), &json!("critical")));
    assert!(answer["abuse"].as_f64().unwrap() < 0.5 && answer["note"].as_str().unwrap().contains(" by "), "{answer}");

    // What is not about a comment is taken and left; a sender would go on trying if it were refused.
    let deleted = strapi.replace("entry.create", "entry.delete");
    let (status, answer) = ask(&server, "/v1/hooks/strapi", ("Authorization", &bearer), &deleted);
    assert_eq!((status, answer), (200, json!({ "ignored": true })));
    let (status, _) = ask(&server, "/v1/hooks/strapi", ("Authorization", &bearer), r#"{"event":"trigger-test"}"#);
    assert_eq!(status, 200);
    assert_eq!(server.metric("naqd_requests_total{code=\"200\",route=\"/v1/hooks/{name}\"}"), 6.0);

    // The decisions are logged, by the text as it was sent.
    let log = wait_for(|| Some(folder.read("decisions.jsonl")).filter(|log| log.lines().count() == 4));
    let routes: Vec<Value> =
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["route"].clone()).collect();
    assert_eq!(routes, ["/v1/hooks/strapi", "/v1/hooks/strapi", "/v1/hooks/hyvor-talk", "/v1/hooks/mastodon"]);
    let text = serde_json::from_str::<Value>(&hyvor).unwrap()["data"]["comment"]["body_html"].clone();
    assert!(find(&folder, text.as_str().unwrap()).out().contains("\"id\":\"90817\""));
}

const CONFIG: &str = r#"
[hooks.plain]
scheme = "hex"
header = "X-Sign"
secrets = ["0123456789abcdef0123456789abcdef", "another secret of the same"]
text = "/text"
id = "/id"
[hooks.timed]
scheme = "timestamped"
header = "X-Sign"
secrets = ["0123456789abcdef0123456789abcdef"]
tolerance = 60
text = ["/title", "/text"]
format = "html"
id = "/id"
answer = '{"id":"{id}","said":"id is {id}","decision":"{decision}"}'
"#;

#[test]
fn forged_expired_and_repeated_signatures() {
    let folder = Folder::new(&[("naqd.toml", CONFIG.as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    let body = r#"{"text":"a comment","id":"7"}"#;
    let plain = |header: &str| ask(&server, "/v1/hooks/plain", ("X-Sign", header), body).0;
    let good = hmac(SECRET, body);
    assert_eq!((plain(&good), plain(&hmac("another secret of the same", body))), (200, 200));
    for forged in [
        "",
        "x",
        &hmac("another secret of the sam", body),
        &hmac(SECRET, "{}"),
        &good[..62],
        &format!("{}0", &good[..63]),
        &format!("sha256={good}"),
        &"0".repeat(64),
    ] {
        // The last digit may be the right one.
        assert!(plain(forged) == 401 || forged == good, "{forged}");
    }
    let (status, _) = server.ask("POST", "/v1/hooks/plain", &[], body);
    assert_eq!(status, 401);
    assert_eq!(ask(&server, "/v1/hooks/plain", ("X-Sign", &good), &body.replace('7', "8")).0, 401, "another body");
    assert_eq!(ask(&server, "/v1/hooks/none", ("X-Sign", &good), body).0, 404);
    assert_eq!(ask(&server, "/v1/hooks/plain/x", ("X-Sign", &good), body).0, 404);

    let timed = |seconds: u64| {
        let header = format!("t={seconds},v1={}", hmac(SECRET, &format!("{seconds}.{body}")));
        let (status, answer) = ask(&server, "/v1/hooks/timed", ("X-Sign", &header), body);
        (status, answer["error"]["message"].as_str().unwrap_or("").to_owned())
    };
    // The same request again within the tolerance has the same answer; later it is refused.
    let now = seconds();
    assert_eq!((timed(now).0, timed(now).0, timed(now - 50).0), (200, 200, 200));
    for (time, words) in [(now - 120, "60 seconds off"), (now + 120, "60 seconds off"), (0, "60 seconds off")] {
        let (status, message) = timed(time);
        assert!(status == 401 && message.contains(words), "{time}: {message}");
    }
    let moved = format!("t={},v1={}", now + 1, hmac(SECRET, &format!("{now}.{body}")));
    assert_eq!(ask(&server, "/v1/hooks/timed", ("X-Sign", &moved), body).0, 401, "the time is signed too");
}

#[test]
fn hostile_payloads() {
    let folder = Folder::new(&[("naqd.toml", CONFIG.as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    let send = |path: &str, body: &str| {
        let now = seconds();
        let header = match path {
            "plain" => hmac(SECRET, body),
            _ => format!("t={now},v1={}", hmac(SECRET, &format!("{now}.{body}"))),
        };
        let started = Instant::now();
        let (status, answer) = ask(&server, &format!("/v1/hooks/{path}"), ("X-Sign", &header), body);
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        (status, answer)
    };
    let message = |(status, answer): (u16, Value)| (status, answer["error"]["message"].as_str().unwrap().to_owned());
    // Values of another kind are told by the pointer and their kind, not by what they hold.
    for (body, words) in [
        (r#"{"text":{"secret":1}}"#, "/text: an object, expected a string"),
        (r#"{"text":["a"]}"#, "/text: an array"),
        (r#"{"text":7}"#, "/text: a number"),
        (r#"{"text":null}"#, "/text: there is no text"),
        ("{}", "/text: there is no text"),
        ("[]", "/text: there is no text"),
        ("\"text\"", "/text: there is no text"),
        (r#"{"text":"a","id":true}"#, "/id: a boolean, expected a string or a whole number"),
        (r#"{"text":"a","id":1.5}"#, "/id: a number"),
        (r#"{"text":"a","id":123456789012345678901234567890}"#, "/id: a number"),
        (r#"{"text":"a","id":{}}"#, "/id: an object"),
        (&format!(r#"{{"text":"a","id":"{}"}}"#, "i".repeat(513)), "/id: 513 bytes, expected at most 512"),
        ("text=a", "JSON"),
        ("", "JSON"),
    ] {
        let (status, said) = message(send("plain", body));
        assert!(status == 400 && said.contains(words), "{body}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
    for deep in ["[".repeat(400_000), "{\"text\":".repeat(50_000)] {
        let (status, said) = message(send("plain", &deep));
        assert!(status == 400 && said.contains("JSON"), "{said}");
    }
    let large = |bytes: usize| format!(r#"{{"text":"{}"}}"#, "a ".repeat(bytes / 2));
    assert_eq!(send("plain", &large(1_000_000)).0, 200);
    assert_eq!(send("plain", &large(2_000_000)).0, 413);
    assert_eq!(send("plain", &format!("{{\"text\":\"a\",\"x\":[{}0]}}", "0,".repeat(500_000))).0, 200);
    // Many fields of one name: the last one counts, as everywhere in JSON.
    assert_eq!(send("plain", r#"{"text":"a","text":7}"#).0, 400);

    // Whatever a name holds, it stays in its field of the answer.
    for id in ["\",\"decision\":\"publish", "{decision}", "{\"a\":1}", "\u{0}\u{202e}\r\nX: y", "{{id}}", "\\\""] {
        let body = json!({ "text": "you are a stupid idiot, a pig and a fool", "id": id }).to_string();
        let (status, answer) = send("timed", &body);
        assert_eq!((status, &answer["id"], &answer["said"]), (200, &json!(id), &json!(format!("id is {id}"))));
        assert_ne!(answer["decision"], "publish");
        assert_eq!(answer.as_object().unwrap().len(), 3);
    }
    // Markup in one part of the text hides nothing of another.
    let insult = "you are a stupid idiot, a pig and a fool";
    for (title, text) in
        [("<!--", format!("{insult} -->")), ("<a b=\"", insult.to_owned()), ("<style>", insult.to_owned())]
    {
        let (status, answer) = send("timed", &json!({ "title": title, "text": text }).to_string());
        assert!(status == 200 && answer["decision"] != "publish", "{title}: {answer}");
    }
    assert_eq!(server.get("/healthz").0, 200);
}

#[test]
fn mistakes_in_the_settings_are_told() {
    let hook =
        "[hooks.cms]\nscheme = \"hex\"\nheader = \"X-Sign\"\ntext = \"/text\"\nsecrets = [\"0123456789abcdef\"]\n";
    for (from, to, words) in [
        ("hooks.cms", "hooks.\"my cms\"", "1 to 40 letters"),
        ("\"hex\"", "\"md5\"", "unknown variant `md5`, expected one of `sha256=hex`, `hex`, `base64`"),
        ("\"/text\"", "\"text\"", "hooks.cms: \"text\", expected a JSON pointer"),
        ("\"/text\"", "[]", "0 JSON pointers"),
        ("\"X-Sign\"", "\"X Sign\"", "header \"X Sign\""),
        ("header = \"X-Sign\"\n", "", "header is missing"),
        ("secrets = [\"0123456789abcdef\"]\n", "", "NAQD_HOOK_CMS"),
        ("0123456789abcdef", "short", "5 bytes, expected at least 16"),
        ("header", "tolerance = 5\nheader", "timestamped"),
        ("header", "answer = '{\"a\":\"{text}\"}'\nheader", "answer: {text}, expected one of id"),
        ("header", "answer = 'hello {id}'\nheader", "expected JSON"),
        ("header", "only = { event = [\"a\"] }\nheader", "\"event\", expected a JSON pointer"),
        ("header", "pointer = \"/id\"\nheader", "unknown field `pointer`"),
    ] {
        assert!(hook.contains(from));
        let folder = Folder::new(&[("naqd.toml", hook.replacen(from, to, 1).as_bytes())]);
        refused(&folder, &["--config", "naqd.toml"], &["naqd.toml", words]);
    }
}
