//! naqd-serve through its sockets: the real program, raw requests.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use assert_cmd::assert::OutputAssertExt;
use serde_json::{Value, json};

use common::Folder;

const PROGRAM: &str = env!("CARGO_BIN_EXE_naqd-serve");

/// A running server; killed when it is dropped.
struct Server {
    process: Child,
    address: String,
    log: BufReader<std::process::ChildStderr>,
}

impl Server {
    fn start(folder: &Folder, args: &[&str]) -> Server {
        let mut command = Command::new(PROGRAM);
        command.current_dir(folder.path("")).args(["--listen", "127.0.0.1:0"]).args(args);
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no log line: {line}"));
        let address = said["address"].as_str().unwrap_or_else(|| panic!("{line}")).to_owned();
        Server { process, address, log }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Status and body of the answer to a request on a connection of its own.
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = self.connect();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        // A server that has refused already may have gone away.
        let _ = stream.write_all(request.as_bytes());
        answer(&mut stream)
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask("GET", path, &[], "")
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, body) = self.ask("POST", path, &[], &body.to_string());
        (status, serde_json::from_str(&body).unwrap_or_else(|_| panic!("no JSON: {body}")))
    }

    fn metric(&self, series: &str) -> f64 {
        let (_, text) = self.get("/metrics");
        let line =
            text.lines().find(|line| line.starts_with(series)).unwrap_or_else(|| panic!("no {series} in {text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) {
        Command::new("kill").args([signal, &self.process.id().to_string()]).assert().success();
    }

    /// The next line of the log with this message.
    fn says(&mut self, message: &str) -> Value {
        let mut line = String::new();
        while self.log.read_line(&mut line).unwrap() > 0 {
            let said: Value = serde_json::from_str(&line).unwrap();
            if said["message"].as_str().is_some_and(|said| said.starts_with(message)) {
                return said;
            }
            line.clear();
        }
        panic!("the log ends without {message:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads an answer to its end.
fn answer(stream: &mut TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    // A reset after the answer does not matter.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn analyze(text: &str) -> Value {
    json!({ "comment": { "text": text }, "requestedAttributes": { "TOXICITY": {} } })
}

fn refused(folder: &Folder, args: &[&str], words: &[&str]) {
    let output = Command::new(PROGRAM).current_dir(folder.path("")).args(args).output().unwrap();
    common::Ran(output).says(2, words);
}

fn export(folder: &Folder) -> common::Ran {
    let args = ["export", "--feedback", "feedback.sqlite"];
    common::Ran(Command::new(PROGRAM).current_dir(folder.path("")).args(args).output().unwrap())
}

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
}

#[test]
fn what_is_wrong_gets_googles_error() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &[]);
    let wanted = json!({ "TOXICITY": {} });
    for (request, message, kind) in [
        (json!({}), "Comment must be non-empty.", "COMMENT_EMPTY"),
        (json!({ "comment": { "text": " \n" }, "requestedAttributes": wanted }), "non-empty", "COMMENT_EMPTY"),
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
    assert_eq!(server.metric("naqd_requests_total{code=\"400\",route=\"comments:analyze\"}"), 12.0);
}

#[test]
fn many_comments_are_labelled_and_explained() {
    let folder =
        Folder::new(&[("naqd.toml", b"[triage]\npublish_below = 0.3\nreject_above = 0.9\nnotify_above = 0.4\n")]);
    let server = Server::start(&folder, &["--config", "naqd.toml", "--decisions", "decisions.jsonl"]);
    let comments = json!({ "comments": [
        { "id": "1", "text": "كاتب هذا المقال غبي وحمار" },
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
    let sum: f64 = results[0]["scores"].as_object().unwrap().values().map(|score| score.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5);
    for wrong in [json!({}), json!({ "comments": [] }), json!({ "text": "a", "comments": [] }), json!({ "txt": "a" })] {
        assert_eq!(server.post("/v1/score", &wrong).0, 400, "{wrong}");
    }
    let (_, model) = server.post("/v1/score", &json!({ "text": "one" }));
    let about: Value = serde_json::from_str(&server.get("/v1/model").1).unwrap();
    assert_eq!(model["model"], about["version"]);
    assert_eq!(about["classes"], json!(["abusive", "critical", "neutral"]));
    assert!((about["thresholds"]["reject_above"].as_f64().unwrap() - 0.9).abs() < 1e-6);
    assert_eq!(server.metric("naqd_unfamiliar_total"), 2.0);

    // Every decision has its line, without the text.
    let log = wait_for(|| Some(folder.read("decisions.jsonl")).filter(|log| log.lines().count() == 5));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["id"], &lines[0]["decision"], &lines[2]["reason"]),
        (&json!("1"), &json!("reject"), &json!("unfamiliar"))
    );
    assert_eq!(lines[0]["model"], about["version"]);
    assert_eq!(lines[0]["sha256"].as_str().unwrap().len(), 64);
    assert!(!log.contains("غبي"));
}

/// Waits for what comes from another thread.
fn wait_for<T>(mut what: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(Instant::now() < until, "it did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn feedback_becomes_training_data() {
    let folder = Folder::new(&[("labelled.csv", common::csv(20).as_bytes())]);
    let server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    let suggest = |id: &str, text: &str, value: f64| {
        let request = json!({
            "comment": { "text": text },
            "attributeScores": { "TOXICITY": { "summaryScore": { "value": value } } },
            "languages": ["en"], "communityId": "Coral:https://news.example", "clientToken": format!("comment:{id}"),
        });
        let (status, answer) = server.post("/v1alpha1/comments:suggestscore", &request);
        assert_eq!((status, &answer["requestedLanguages"]), (200, &json!(["en"])), "{answer}");
    };
    suggest("1", "you, \"idiot\"", 1.0);
    suggest("2", "a good, useful report", 0.0);
    // Sent again; a moderator who thinks again; the same words under another article.
    suggest("1", "you, \"idiot\"", 1.0);
    suggest("2", "a good, useful report", 1.0);
    suggest("2", "a good, useful report", 0.0);
    suggest("3", "a good, useful report", 0.0);
    let labelled = json!({ "comments": [
        { "text": "where is the source?", "label": "Critical", "id": "9" },
        { "text": "second\nline", "label": "approve" },
        { "text": "third", "label": "neutral|critical" },
        { "text": "fourth", "label": "reject" },
        { "text": "fourth", "label": "rejected" },
    ] });
    let (status, answer) = server.post("/v1/feedback", &labelled);
    assert_eq!((status, answer), (200, json!({ "stored": 4, "known": 1 })));
    for (wrong, what) in [
        (json!({ "text": "a", "label": "rude" }), "expected abusive, critical, neutral"),
        (json!({ "text": "  ", "label": "abusive" }), "empty text"),
        (json!({ "comments": [] }), "0 comments"),
        (json!({ "text": "a" }), "expected {\"text\", \"label\", \"id\"}"),
    ] {
        let (status, answer) = server.post("/v1/feedback", &wrong);
        assert_eq!(status, 400);
        assert!(answer["error"]["message"].as_str().unwrap().contains(what), "{answer}");
    }
    assert_eq!(server.metric("naqd_feedback_total{result=\"known\"}"), 2.0);

    // The server need not stop for the export.
    let exported = export(&folder);
    exported.says(0, &["6 rows"]);
    let mut reader = csv::Reader::from_reader(exported.0.stdout.as_slice());
    let rows: Vec<(String, String)> =
        reader.records().map(|row| row.map(|row| (row[0].to_owned(), row[1].to_owned())).unwrap()).collect();
    let expected = [
        ("you, \"idiot\"", "abusive"),
        ("a good, useful report", "critical|neutral"),
        ("where is the source?", "critical"),
        ("second\nline", "critical|neutral"),
        ("third", "critical|neutral"),
        ("fourth", "abusive"),
    ];
    assert_eq!(rows, expected.map(|(text, label)| (text.to_owned(), label.to_owned())));
    std::fs::write(folder.path("feedback.csv"), &exported.0.stdout).unwrap();
    folder.train(&["labelled.csv", "feedback.csv", "--out", "mine.naqd"]).says(0, &[]);
}

#[test]
fn feedback_is_off_unless_told() {
    let folder = Folder::new(&[("other.sqlite", b"not a database at all, but long enough to look at")]);
    let server = Server::start(&folder, &[]);
    let (status, answer) = server.post("/v1/feedback", &json!({ "text": "a", "label": "neutral" }));
    assert_eq!(status, 501);
    assert!(answer["error"]["message"].as_str().unwrap().contains("--feedback"));
    assert_eq!(folder.names(), ["other.sqlite"]);
    refused(&folder, &["--feedback", "other.sqlite"], &["other.sqlite", "not a database"]);
    refused(&folder, &["export", "--feedback", "none.sqlite"], &["none.sqlite: no such file"]);
}

#[test]
#[cfg(unix)]
fn killed_amid_ten_thousand_posts_it_has_all_that_it_acknowledged() {
    const POSTS: usize = 10_000;
    const CLIENTS: usize = 16;
    let folder = Folder::new(&[]);
    let args = ["--feedback", "feedback.sqlite"];
    let server = Server::start(&folder, &args);
    let acknowledged = AtomicUsize::new(0);
    let address = server.address.clone();
    // Each client sends until the server is gone, and remembers what was acknowledged.
    let client = |first: usize| {
        let mut kept = Vec::new();
        let Ok(stream) = TcpStream::connect(&address) else { return kept };
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        for number in (first..POSTS).step_by(CLIENTS) {
            let body = format!("{{\"text\":\"comment {number}\",\"label\":\"neutral\",\"id\":\"{number}\"}}");
            let request =
                format!("POST /v1/feedback HTTP/1.1\r\nHost: naqd\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            if (&stream).write_all(request.as_bytes()).is_err() {
                break;
            }
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {}
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            if !head.starts_with("HTTP/1.1 200") || reader.read_exact(&mut body).is_err() {
                break;
            }
            kept.push(number);
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        kept
    };
    let kept: Vec<usize> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|first| scope.spawn(move || client(first))).collect();
        wait_for(|| (acknowledged.load(Ordering::Relaxed) > POSTS / 3).then_some(()));
        server.signal("-9");
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert!(kept.len() > POSTS / 3 && kept.len() < POSTS, "{} acknowledged", kept.len());
    drop(server);

    let server = Server::start(&folder, &args);
    assert_eq!(server.post("/v1/feedback", &json!({ "text": "after", "label": "neutral" })).0, 200);
    let exported = export(&folder).out();
    let found: std::collections::HashSet<&str> = exported.lines().filter_map(|line| line.split(',').next()).collect();
    let lost: Vec<&usize> =
        kept.iter().filter(|number| !found.contains(format!("comment {number}").as_str())).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert!(found.contains("after"));
    println!("{} of {POSTS} were acknowledged before the kill, all of them are there", kept.len());
}

#[test]
fn writing_needs_a_key_and_the_world_needs_keys() {
    let config = b"[keys]\nkeys = [\"0123456789abcdef\"]\nfile = \"keys\"\n";
    let folder = Folder::new(&[("naqd.toml", config), ("keys", b"# one a line\nfedcba9876543210\n")]);
    refused(&folder, &["--listen", "0.0.0.0:0"], &["0.0.0.0:0", "without keys", "127.0.0.1"]);
    let server = Server::start(&folder, &["--config", "naqd.toml", "--feedback", "feedback.sqlite"]);
    let body = json!({ "text": "a comment", "label": "neutral" }).to_string();
    for (headers, path, expected) in [
        (&[][..], "/v1/feedback", 403),
        (&[], "/v1/feedback?key=wrong", 403),
        (&[("X-Api-Key", "0123456789abcdeF")], "/v1/feedback", 403),
        (&[("X-Api-Key", "0123456789abcdef")], "/v1/feedback", 200),
        (&[("Authorization", "Bearer fedcba9876543210")], "/v1/feedback", 200),
        (&[], "/v1/feedback?a=b&key=fedcba9876543210", 200),
        (&[], "/comments:suggestscore?key=wrong", 403),
    ] {
        assert_eq!(server.ask("POST", path, headers, &body).0, expected, "{path} {headers:?}");
    }
    // Scoring does not.
    assert_eq!(server.post("/comments:analyze", &analyze("a comment")).0, 200);
}

#[test]
fn a_wrong_configuration_is_refused() {
    let folder = Folder::new(&[
        ("unknown.toml", b"listen = \"127.0.0.1:0\"\nmodle = \"x\"\n"),
        ("short.toml", b"[keys]\nkeys = [\"secret7\"]\n"),
        ("limits.toml", b"[limits]\nheaders = 10\n"),
        ("attribute.toml", b"[attributes]\nSPAM = \"spam\"\n"),
        ("triage.toml", b"[triage]\npublish_below = 0.9\nreject_above = 0.1\n"),
        ("bad.naqd", b"no model"),
    ]);
    for (args, words) in [
        (&["--config", "none.toml"][..], &["none.toml"][..]),
        (&["--config", "unknown.toml"], &["unknown.toml", "line 2", "modle"]),
        (&["--config", "short.toml"], &["7 bytes, expected at least 16"]),
        (&["--config", "limits.toml"], &["limits.headers 10", "8192"]),
        (&["--config", "attribute.toml"], &["attributes.SPAM", "expected abusive"]),
        (&["--config", "triage.toml"], &["triage", "reject"]),
        (&["--model", "bad.naqd"], &["bad.naqd"]),
        (&["--listen", "8080"], &["listen \"8080\"", "127.0.0.1:8080"]),
        (&["--log", "loud"], &["log \"loud\"", "info"]),
    ] {
        refused(&folder, args, words);
    }
}

#[test]
#[cfg(unix)]
fn a_new_model_is_taken_and_a_bad_one_is_not() {
    let folder = Folder::new(&[("labelled.csv", common::csv(20).as_bytes())]);
    folder.train(&["labelled.csv", "--out", "one.naqd"]).says(0, &[]);
    folder.train(&["labelled.csv", "--out", "two.naqd", "--l2", "3"]).says(0, &[]);
    std::fs::copy(folder.path("one.naqd"), folder.path("mine.naqd")).unwrap();
    let mut server = Server::start(&folder, &["--model", "mine.naqd", "--decisions", "decisions.jsonl"]);
    let version = |server: &Server| {
        let about: Value = serde_json::from_str(&server.get("/v1/model").1).unwrap();
        about["version"].as_str().unwrap().to_owned()
    };
    let first = version(&server);
    // By itself, when the file is another.
    std::fs::rename(folder.path("two.naqd"), folder.path("mine.naqd")).unwrap();
    server.says("reloaded");
    let second = version(&server);
    assert_ne!(first, second);
    // A bad one changes nothing, and is told.
    std::fs::write(folder.path("bad.naqd"), b"half a mod").unwrap();
    std::fs::rename(folder.path("bad.naqd"), folder.path("mine.naqd")).unwrap();
    let said = server.says("not reloaded");
    assert!(said["error"].as_str().unwrap().contains("mine.naqd"), "{said}");
    assert_eq!(version(&server), second);
    assert_eq!(server.post("/v1/score", &json!({ "text": "river" })).0, 200);
    assert_eq!(server.metric("naqd_reloads_total{result=\"failed\"}"), 1.0);
    // SIGHUP reads again, and opens the decision log anew after it was moved away.
    std::fs::rename(folder.path("decisions.jsonl"), folder.path("decisions.1")).unwrap();
    std::fs::copy(folder.path("one.naqd"), folder.path("fresh.naqd")).unwrap();
    std::fs::rename(folder.path("fresh.naqd"), folder.path("mine.naqd")).unwrap();
    server.signal("-HUP");
    server.says("reloaded");
    assert_eq!(version(&server), first);
    wait_for(|| folder.path("decisions.jsonl").exists().then_some(()));
    server.post("/v1/score", &json!({ "text": "river" }));
    wait_for(|| (folder.read("decisions.jsonl").lines().count() == 1).then_some(()));
    assert_eq!(folder.read("decisions.1").lines().count(), 1);
}

#[test]
#[cfg(unix)]
fn told_to_end_it_finishes_what_has_begun() {
    let folder = Folder::new(&[]);
    let mut server = Server::start(&folder, &[]);
    assert_eq!((server.get("/healthz").0, server.get("/readyz").0), (200, 200));
    let body = analyze("a comment").to_string();
    let mut begun = server.connect();
    let head = format!("POST /comments:analyze HTTP/1.1\r\nHost: naqd\r\nContent-Length: {}\r\n\r\n", body.len());
    begun.write_all(head.as_bytes()).unwrap();
    begun.write_all(&body.as_bytes()[..10]).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    server.signal("-TERM");
    std::thread::sleep(Duration::from_millis(300));
    begun.write_all(&body.as_bytes()[10..]).unwrap();
    assert_eq!(answer(&mut begun).0, 200);
    server.says("stopped");
    assert!(server.process.wait().unwrap().success());
    assert!(TcpStream::connect(&server.address).is_err());
}

#[test]
fn limits_hold_and_others_are_served_meanwhile() {
    let config = b"[limits]\nbody = 2000\nheaders = 8192\nseconds = 1\ncomments = 3\n";
    let folder = Folder::new(&[("naqd.toml", config)]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    let ask = |headers: &[(&str, &str)], body: &str| server.ask("POST", "/v1/score", headers, body).0;
    assert_eq!(ask(&[], &json!({ "text": "a".repeat(3000) }).to_string()), 413);
    assert_eq!(ask(&[("X-Long", &"a".repeat(10_000))], "{\"text\":\"a\"}"), 431);
    let many: Vec<Value> = (0..4).map(|_| json!({ "text": "a" })).collect();
    assert_eq!(ask(&[], &json!({ "comments": many }).to_string()), 400);

    // A body that never comes, a head that never ends, a client that says nothing, one that has half closed.
    let mut slow: Vec<TcpStream> = Vec::new();
    for sent in
        ["POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{\"te", "GET /healthz HTTP/1.1\r\nHo", ""]
    {
        let mut stream = server.connect();
        stream.write_all(sent.as_bytes()).unwrap();
        slow.push(stream);
    }
    let half = server.connect();
    (&half).write_all(b"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{\"te").unwrap();
    half.shutdown(Shutdown::Write).unwrap();
    slow.push(half);
    let started = Instant::now();
    assert_eq!(server.post("/v1/score", &json!({ "text": "a comment" })).0, 200);
    assert!(started.elapsed() < Duration::from_secs(1));
    let mut bytes = Vec::new();
    slow[0].read_to_end(&mut bytes).unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&bytes));
    for stream in &mut slow[1..] {
        // Closed, with or without an answer.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    assert!(started.elapsed() < Duration::from_secs(10));
    wait_for(|| (server.metric("naqd_connections") == 1.0).then_some(()));
}

#[test]
fn the_description_names_every_route() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    let (status, text) = server.get("/openapi.json");
    let described: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &described["openapi"]), (200, &json!("3.1.0")));
    let paths = described["paths"].as_object().unwrap();
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let (status, _) = server.ask(&method.to_uppercase(), path, &[], "");
            assert!(status != 404 && status != 405, "{method} {path}: {status}");
        }
        assert_eq!(server.ask("PATCH", path, &[], "").0, 405, "{path}");
    }
    let about: Value = serde_json::from_str(&server.get("/v1/model").1).unwrap();
    let attributes = &described["components"]["schemas"]["Model"]["properties"]["attributes"]["const"];
    assert_eq!(*attributes, about["attributes"]);
}

#[test]
fn the_log_has_no_text_of_comments() {
    let folder = Folder::new(&[]);
    let mut server = Server::start(&folder, &["--log", "trace", "--feedback", "feedback.sqlite"]);
    let word = "unheardofword";
    server.post("/v1alpha1/comments:analyze?key=unheardofword", &analyze(word));
    server.post("/v1/score", &json!({ "text": word }));
    server.post("/v1/feedback", &json!({ "text": word, "label": "neutral" }));
    server.post("/v1/feedback", &json!({ "text": word, "label": word }));
    server.ask("POST", "/comments:analyze", &[], &format!("{{\"comment\":{{\"text\":{{\"{word}\":1}}}}}}"));
    let _ = server.process.kill();
    let mut log = String::new();
    server.log.read_to_string(&mut log).unwrap();
    assert!(log.contains("\"route\":\"comments:analyze\""), "{log}");
    assert!(!log.contains(word), "{log}");
    assert!(Path::new(&folder.path("feedback.sqlite")).exists());
}

#[test]
fn rules_of_the_house_go_before_the_model() {
    let rules = "phrase,effect,note\nblue teapot,reject,a test\ngreen lamp,hold,\n";
    let folder = Folder::new(&[
        ("rules.csv", rules.as_bytes()),
        ("naqd.toml", b"rules = \"rules.csv\"\n[triage]\npublish_below = 0.9\nreject_above = 0.95\n"),
        ("bad.csv", b"phrase,effect\na,banish\n"),
    ]);
    refused(&folder, &["--rules", "bad.csv"], &["bad.csv", "banish"]);
    let mut server = Server::start(&folder, &["--config", "naqd.toml"]);
    let texts = ["My BLUE teapot is nice", "The green lamp of the school", "Thank you for this report"];
    let comments: Vec<Value> = texts.iter().map(|text| json!({ "text": text })).collect();
    let (_, answer) = server.post("/v1/score", &json!({ "comments": comments }));
    let told = |i: usize| {
        let result = &answer["results"][i];
        [&result["decision"], &result["reason"], &result["rule"]].map(|value| value.as_str().unwrap_or("").to_owned())
    };
    assert_eq!(told(0), ["reject", "rule", "blue teapot"], "{answer}");
    assert_eq!(told(1), ["hold", "rule", "green lamp"]);
    assert_eq!(told(2), ["publish", "score", ""]);
    // A new list is taken when it is there.
    std::fs::write(folder.path("new.csv"), "phrase,effect,note\nred kettle,hold,\n").unwrap();
    std::fs::rename(folder.path("new.csv"), folder.path("rules.csv")).unwrap();
    server.says("reloaded");
    let (_, answer) = server.post("/v1/score", &json!({ "text": texts[0] }));
    assert_eq!(answer["results"][0]["reason"], "score", "{answer}");
}
