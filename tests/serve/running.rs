//! Configuration, keys, limits, reloads, logs and the end.

use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::common::{self, Folder};
use super::{Server, analyze, answer, command, refused, wait_for};

#[test]
fn writing_needs_a_key_and_the_world_needs_keys() {
    let config = b"[keys]\nkeys = [\"0123456789abcdef\", \"a key/with+signs=\"]\nfile = \"keys\"\n";
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
        // A key that was escaped, or was not; one good key beside others.
        (&[], "/v1/feedback?key=a%20key%2Fwith%2bsigns%3D", 200),
        (&[], "/v1/feedback?key=a%20key/with+signs=", 200),
        (&[("Authorization", "bearer fedcba9876543210")], "/v1/feedback", 200),
        (&[("Authorization", "Bearer of-a-proxy")], "/v1/feedback?key=wrong&key=fedcba9876543210", 200),
        (&[("X-Api-Key", "wrong"), ("x-goog-api-key", "fedcba9876543210")], "/v1/feedback", 200),
        (&[("Authorization", "Basic fedcba9876543210")], "/v1/feedback", 403),
    ] {
        assert_eq!(server.ask("POST", path, headers, &body).0, expected, "{path} {headers:?}");
    }
    // Perspective's routes say it as Google does.
    for (path, code, status, reason) in [
        ("/comments:suggestscore?key=wrong", 400, "INVALID_ARGUMENT", "API_KEY_INVALID"),
        ("/comments:suggestscore", 403, "PERMISSION_DENIED", "API_KEY_MISSING"),
        ("/v1/feedback?key=wrong", 403, "PERMISSION_DENIED", "API_KEY_INVALID"),
    ] {
        let (found, answer) = server.post(path, &json!({}));
        let error = &answer["error"];
        assert_eq!((found, &error["code"], &error["status"]), (code, &json!(code), &json!(status)), "{answer}");
        assert_eq!(error["details"][0]["reason"], reason);
        assert!(reason != "API_KEY_INVALID" || error["message"] == "API key not valid. Please pass a valid API key.");
    }
    // Scoring does not.
    assert_eq!(server.post("/comments:analyze", &analyze("a comment")).0, 200);
}

#[test]
fn manual_pages_have_each_command() {
    let folder = Folder::new(&[]);
    let ran = Command::new(super::PROGRAM).current_dir(folder.path("")).args(["--generate", "."]).output().unwrap();
    common::Ran(ran).says(0, &[]);
    for (page, words) in [
        ("naqd-serve.1", &["Exit codes", "\\-\\-review", "naqd\\-serve\\-user(1)"][..]),
        ("naqd-serve-user-add.1", &["\\-\\-password\\-stdin", "\\-\\-role"]),
        ("naqd-serve-queue.1", &["\\-\\-review"]),
        ("naqd-serve.bash", &["--password-stdin", "--review"]),
    ] {
        let text = folder.read(page);
        words.iter().for_each(|word| assert!(text.contains(word), "{page}: {word}: {text}"));
    }
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
    // So it is with one that does not know abuse.
    let other = common::csv(20).replace("abusive", "spam");
    std::fs::write(folder.path("other.csv"), other).unwrap();
    folder.train(&["other.csv", "--out", "other.naqd"]).says(0, &[]);
    std::fs::rename(folder.path("other.naqd"), folder.path("mine.naqd")).unwrap();
    let said = server.says("not reloaded");
    assert!(said["error"].as_str().unwrap().contains("critical, neutral, spam, expected abusive"), "{said}");
    assert_eq!(version(&server), second);
    assert_eq!(server.post("/comments:analyze", &analyze("river")).0, 200);
    assert_eq!(server.metric("naqd_reloads_total{result=\"failed\"}"), 2.0);
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
    // The card beside the model is told, as soon as it is there.
    let card = |server: &Server| serde_json::from_str::<Value>(&server.get("/v1/model").1).unwrap()["card"].clone();
    assert_eq!(card(&server), Value::Null);
    folder.train(&["labelled.csv", "--out", "again.naqd", "--card", "again.card.md"]).says(0, &[]);
    std::fs::rename(folder.path("again.card.md"), folder.path("mine.card.md")).unwrap();
    server.says("reloaded");
    assert_eq!(card(&server), folder.read("mine.card.md"));
}

#[test]
#[cfg(unix)]
fn told_to_end_it_finishes_what_has_begun() {
    let folder = Folder::new(&[]);
    let mut server = Server::start(&folder, &[]);
    assert_eq!((server.get("/healthz").0, server.get("/readyz").0), (200, 200));
    let body = analyze("a comment").to_string();
    let mut begun = server.connect();
    let head = format!("POST /comments:analyze HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len());
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
fn large_bodies_that_do_not_come_keep_no_small_ones_out() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &[]);
    let head = "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    let begin = |rest: &str| {
        let mut stream = server.connect();
        // A server that has refused already may have gone away.
        let _ = stream.write_all(format!("{head}{rest}").as_bytes());
        stream
    };
    let chunk = |body: &str| format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n", body.len());
    // A body takes as much room as has come of it.
    let mut announced: Vec<TcpStream> = (0..70).map(|_| begin("Content-Length: 1000000\r\n\r\n{")).collect();
    let large = format!("{{\"text\":\"{}\"", "a ".repeat(10_000));
    let mut begun: Vec<TcpStream> = (0..70).map(|_| begin(&chunk(&large))).collect();
    wait_for(|| (server.metric("naqd_connections") == 141.0).then_some(()));
    assert_eq!(server.ask("POST", "/v1/score", &[], &format!("{large}}}")).0, 200);
    // One that has begun has to go on.
    let waited = Instant::now();
    assert_eq!(answer(&mut begun[0]).0, 408);
    assert!(waited.elapsed() < Duration::from_secs(6), "{:?}", waited.elapsed());
    drop(begun);
    // So many that are nearly there take all the room.
    let whole = format!("{{\"text\":\"{}\"}}", "a".repeat((1 << 20) - 11));
    let nearly_there = format!("Content-Length: {}\r\n\r\n{}", whole.len(), &whole[..whole.len() - 1]);
    // On a busy machine the first may be given up before the last has come.
    let (begun, refused) = wait_for(|| {
        let begun: Vec<TcpStream> = (0..65).map(|_| begin(&nearly_there)).collect();
        let ask = |_| {
            let (status, told) = server.ask("POST", "/v1/score", &[], &format!("{large}}}"));
            (status == 503).then_some(told)
        };
        (0..200).find_map(ask).map(|told| (begun, told))
    });
    assert!(refused.contains("Too many large requests"), "{refused}");
    let small = "{\"text\":\"a comment\"}";
    assert_eq!(server.ask("POST", "/v1/score", &[], small).0, 200);
    assert_eq!(answer(&mut begin(&(chunk(small) + "0\r\n\r\n"))).0, 200);
    drop(begun);
    wait_for(|| (server.ask("POST", "/v1/score", &[], &format!("{large}}}")).0 == 200).then_some(()));
    // Those that were announced are welcome still.
    announced[0].write_all(" ".repeat(999_999).as_bytes()).unwrap();
    assert_eq!(answer(&mut announced[0]).0, 400);
    // What is to be explained may not be as long.
    let (status, told) =
        server.ask("POST", "/v1/score?explain=true", &[], &json!({ "text": "a".repeat(70_000) }).to_string());
    assert!(status == 413 && told.contains("65536 bytes"), "{told}");
    assert_eq!(answer(&mut begin(&chunk(&" ".repeat(1_100_000)))).0, 413);
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
    for sent in [
        "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"te",
        "GET /healthz HTTP/1.1\r\nHo",
        "",
    ] {
        let mut stream = server.connect();
        stream.write_all(sent.as_bytes()).unwrap();
        slow.push(stream);
    }
    let half = server.connect();
    (&half).write_all(b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"te").unwrap();
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

#[test]
#[cfg(target_os = "linux")]
fn a_log_that_cannot_be_written_stops_nothing() {
    let folder = Folder::new(&[]);
    // What the log would say, the port, has to be known beforehand.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let args = ["--log", "trace", "--feedback", "feedback.sqlite", "--decisions", "/dev/full"];
    let process = command(&folder, &address, &args).stderr(full()).spawn().unwrap();
    let mut server = Server { process, address, metrics: None, log: BufReader::new(Box::new(std::io::empty())) };
    wait_for(|| TcpStream::connect(&server.address).ok());
    for text in ["one", "two", "three"] {
        assert_eq!(server.post("/v1/score", &json!({ "text": text })).0, 200);
        assert_eq!(server.post("/v1/feedback", &json!({ "text": text, "label": "neutral" })).0, 200);
        assert_eq!(server.post("/v1/feedback", &json!({ "txt": text })).0, 400);
    }
    wait_for(|| (server.metric("naqd_decision_log_errors_total") == 3.0).then_some(()));
    let (status, told) = server.get("/readyz");
    assert!(status == 503 && told.contains("Decisions cannot be logged."), "{told}");
    server.signal("-HUP");
    wait_for(|| (server.metric("naqd_reloads_total{result=\"done\"}") == 1.0).then_some(()));
    server.signal("-TERM");
    assert!(server.process.wait().unwrap().success());
    let ended = Command::new(super::PROGRAM).args(["--model", "none.naqd"]).stderr(full()).status().unwrap();
    assert_eq!(ended.code(), Some(2));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_once_and_left_by_sighup() {
    let folder = Folder::new(&[]);
    let log = folder.path("decisions.jsonl");
    std::os::unix::fs::symlink("/dev/full", &log).unwrap();
    let mut server = Server::start(&folder, &["--decisions", "decisions.jsonl"]);
    let lost = |server: &Server| server.metric("naqd_decision_log_errors_total");
    for decisions in 1..=3 {
        assert_eq!(server.post("/v1/score", &json!({ "text": "a comment" })).0, 200);
        wait_for(|| (lost(&server) == f64::from(decisions)).then_some(()));
    }
    assert_eq!(server.get("/readyz").0, 503);
    std::fs::remove_file(&log).unwrap();
    server.signal("-HUP");
    wait_for(|| log.exists().then_some(()));
    // It sees by itself that there is room: who is not ready gets no comment to try with.
    wait_for(|| (server.get("/readyz").0 == 200).then_some(()));
    assert_eq!(server.post("/v1/score", &json!({ "text": "a comment" })).0, 200);
    let told = [server.next_line(), server.next_line(), server.next_line()];
    let told = told.map(|line| line["message"].as_str().unwrap().to_owned());
    let count = |message: &str| told.iter().filter(|told| told.starts_with(message)).count();
    assert_eq!((count("decision log: decisions are lost"), count("decision log: written again")), (1, 1), "{told:?}");
    assert_eq!((folder.read("decisions.jsonl").lines().count(), lost(&server)), (1, 3.0));
}

/// What the model, its figures and the metrics tell is for those who may score.
#[test]
fn reading_needs_a_key_where_scoring_does() {
    let config = "[keys]\nkeys = [\"0123456789abcdef\"]\nscoring = true\nmetrics = [\"of-the-scraper-only\"]\n";
    let folder = Folder::new(&[
        ("naqd.toml", config.as_bytes()),
        ("open.toml", config.replace("scoring = true", "").as_bytes()),
        ("short.toml", b"[keys]\nmetrics = [\"short\"]\n"),
    ]);
    refused(&folder, &["--config", "short.toml"], &["keys.metrics", "5 bytes, expected at least 16"]);
    let server = Server::start(&folder, &["--config", "naqd.toml", "--feedback", "feedback.sqlite"]);
    let get = |path: &str, key: &str| server.ask("GET", path, &[("Authorization", &format!("Bearer {key}"))], "").0;
    for path in ["/v1/model", "/metrics", "/openapi.json"] {
        assert_eq!((server.get(path).0, get(path, "wrong"), get(path, "0123456789abcdef")), (403, 403, 200), "{path}");
        assert_eq!(get(path, "of-the-scraper-only"), if path == "/metrics" { 200 } else { 403 }, "{path}");
    }
    for path in ["/v1/score", "/v1/feedback", "/comments:suggestscore"] {
        let (status, _) = server.ask("POST", path, &[("X-Api-Key", "of-the-scraper-only")], "{}");
        assert!(status == 403 || status == 400 && path.starts_with("/comments"), "{path}: {status}");
    }
    for path in ["/healthz", "/readyz", "/$discovery/rest"] {
        assert_eq!(server.get(path).0, 200, "{path}");
    }
    let open = Server::start(&folder, &["--config", "open.toml"]);
    for path in ["/v1/model", "/metrics", "/openapi.json"] {
        assert_eq!(open.get(path).0, 200, "{path}");
    }
}

/// SIGHUP ends a program that has not yet said that it takes it.
#[test]
#[cfg(target_os = "linux")]
fn sighup_is_taken_before_the_model_is_read() {
    let folder = Folder::new(&[]);
    Command::new("mkfifo").arg(folder.path("slow.naqd")).status().unwrap();
    // It waits for the model for as long as nobody writes.
    let mut process = command(&folder, "127.0.0.1:0", &["--model", "slow.naqd"]).spawn().unwrap();
    let status = format!("/proc/{}/status", process.id());
    wait_for(|| {
        let text = std::fs::read_to_string(&status).unwrap();
        let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim().to_owned();
        (u64::from_str_radix(&caught, 16).unwrap() & 1 == 1).then_some(())
    });
    Command::new("kill").args(["-HUP", &process.id().to_string()]).status().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert!(process.try_wait().unwrap().is_none(), "it was killed");
    std::fs::write(folder.path("slow.naqd"), b"no model").unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(2));
}

/// A list that is written where it stands is not enforced before it is whole.
#[test]
#[cfg(unix)]
fn half_a_list_of_rules_is_not_taken() {
    let list = |rules: usize| {
        let rules: String = (0..rules).map(|rule| format!("zword {rule},reject,n\n")).collect();
        format!("phrase,effect,note\n{rules}")
    };
    let whole = list(5000);
    let folder = Folder::new(&[("rules.csv", whole.as_bytes())]);
    let mut server = Server::start(&folder, &["--rules", "rules.csv"]);
    let rules = |server: &Server| {
        let about: Value = serde_json::from_str(&server.get("/v1/model").1).unwrap();
        about["rules"].as_u64().unwrap()
    };
    assert_eq!(rules(&server), 5000);
    let mut file = std::fs::File::create(folder.path("rules.csv")).unwrap();
    for piece in whole.as_bytes().chunks(whole.len() / 8 + 1) {
        file.write_all(piece).unwrap();
        for _ in 0..4 {
            std::thread::sleep(Duration::from_millis(100));
            assert_eq!(rules(&server), 5000);
        }
    }
    drop(file);
    let said = server.says("reloaded");
    assert_eq!((&said["rules"], &said["rules_before"]), (&json!(5000), &json!(5000)));
    // Emptied or halved: only if told.
    for (rules_now, text) in [(0, list(0)), (2400, list(2400))] {
        std::fs::write(folder.path("rules.csv"), text).unwrap();
        let said = server.says("not reloaded");
        let told = said["error"].as_str().unwrap();
        assert!(told.contains(&format!("has {rules_now}, the one in use 5000")) && told.contains("SIGHUP"), "{told}");
        assert_eq!(rules(&server), 5000);
    }
    server.signal("-HUP");
    let said = server.says("reloaded");
    assert_eq!((&said["rules"], &said["rules_before"]), (&json!(2400), &json!(5000)));
    // A shorter list that is not half.
    std::fs::write(folder.path("rules.csv"), list(1300)).unwrap();
    server.says("reloaded");
    assert_eq!(rules(&server), 1300);
}

/// A reader of the decision log that hangs keeps the program from ending no longer than requests may take.
#[test]
#[cfg(target_os = "linux")]
fn what_hangs_does_not_keep_it() {
    let folder = Folder::new(&[("naqd.toml", b"[limits]\nseconds = 1\n")]);
    Command::new("mkfifo").arg(folder.path("decisions.jsonl")).status().unwrap();
    let reader = std::fs::File::options().read(true).write(true).open(folder.path("decisions.jsonl")).unwrap();
    let mut server = Server::start(&folder, &["--config", "naqd.toml", "--decisions", "decisions.jsonl"]);
    let comments = json!({ "comments": vec![json!({ "text": "a comment" }); 1000] });
    assert_eq!(server.post("/v1/score", &comments).0, 200);
    server.signal("-TERM");
    server.says("decision log: not all was written in time");
    let began = Instant::now();
    wait_for(|| server.process.try_wait().unwrap());
    assert!(began.elapsed() < Duration::from_secs(5));
    drop(reader);
}
