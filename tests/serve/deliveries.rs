//! Decisions that are told to other programs: receivers of every kind, and what the server does meanwhile.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::common::{Folder, repository};
use super::{PROGRAM, Server, desk, refused, wait_for};

pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const DEAD: &str = "dead.jsonl";

/// What a receiver does with a request.
#[derive(Clone)]
pub enum Answer {
    Status(u16),
    /// With this body.
    Says(u16, String),
    Redirect(String),
    /// A body that goes on until nobody reads it.
    Endless,
    /// Headers that go on.
    EndlessHead,
    Garbage,
    /// Takes the request and says nothing.
    Nothing,
}

/// A request as it came.
pub struct Got {
    pub head: String,
    pub body: String,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        let found = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&prefix));
        &found.unwrap_or_else(|| panic!("no {name} in {}", self.head))[prefix.len()..]
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Starts a receiver that answers requests one after the other, the last answer again and again; returns its address.
pub fn receiver(answers: Vec<Answer>) -> (String, Receiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/naqd", listener.local_addr().unwrap());
    let (sender, got) = channel();
    std::thread::spawn(move || {
        let mut number = 0;
        let mut silent = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            // Several on one connection, as long as it is kept.
            let mut stream = BufReader::new(stream);
            while let Some(request) = read(&mut stream) {
                let answer = answers[number.min(answers.len() - 1)].clone();
                number += 1;
                if sender.send(request).is_err() {
                    return;
                }
                if !reply(stream.get_mut(), &answer) {
                    break;
                }
            }
            silent.push(stream);
        }
    });
    (address, got)
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Got> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.to_ascii_lowercase();
    let length = length.split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Got { head, body: String::from_utf8(body).ok()? })
}

/// Answers; true if the connection stays open.
fn reply(stream: &mut TcpStream, answer: &Answer) -> bool {
    let piece = [b'a'; 1 << 16];
    match answer {
        Answer::Status(status) => write!(stream, "HTTP/1.1 {status} Said\r\nContent-Length: 2\r\n\r\nok").is_ok(),
        Answer::Says(status, body) => {
            write!(stream, "HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
        }
        Answer::Redirect(to) => {
            write!(stream, "HTTP/1.1 307 There\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").is_ok()
        }
        Answer::Endless => {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n");
            while stream.write_all(&piece).is_ok() {}
            false
        }
        Answer::EndlessHead => {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\n");
            while write!(stream, "X-{}: ", "a".repeat(100)).and_then(|()| stream.write_all(b"a\r\n")).is_ok() {}
            false
        }
        Answer::Garbage => stream.write_all(&piece).is_err(),
        Answer::Nothing => false,
    }
}

fn config(to: &[(&str, &str, &str)]) -> String {
    let mut config = format!(
        "[hooks.cms]\nscheme = \"bearer\"\nsecrets = [\"{SECRET}\"]\ntext = \"/text\"\nid = \"/id\"\nauthor = \"/author\"\n\
         [deliveries]\ndead_letters = \"{DEAD}\"\n"
    );
    for (name, address, more) in to {
        config += &format!("[deliveries.to.{name}]\naddress = \"{address}\"\nsecret = \"{SECRET}\"\n{more}\n");
    }
    config
}

fn start(to: &[(&str, &str, &str)]) -> (Folder, Server) {
    let folder = Folder::new(&[("naqd.toml", config(to).as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml"]);
    (folder, server)
}

/// Sends a comment by the webhook.
fn decide(server: &Server, id: &str) {
    let body = json!({ "text": "you are a stupid idiot", "id": id, "author": "reader7" }).to_string();
    let bearer = format!("Bearer {SECRET}");
    let started = Instant::now();
    assert_eq!(server.ask("POST", "/v1/hooks/cms", &[("Authorization", &bearer)], &body).0, 200);
    assert!(started.elapsed() < Duration::from_secs(2), "no request waits for a delivery: {:?}", started.elapsed());
}

pub fn dead(folder: &Folder) -> Vec<Value> {
    folder.read(DEAD).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn wait_for_dead(folder: &Folder, number: usize) -> Vec<Value> {
    wait_for(|| Some(dead(folder)).filter(|dead| dead.len() >= number))
}

pub fn count(server: &Server, to: &str, result: &str) -> f64 {
    server.metric(&format!("naqd_deliveries_total{{result=\"{result}\",to=\"{to}\"}}"))
}

pub const LONG: Duration = Duration::from_secs(20);

#[test]
fn decisions_are_signed_and_told_to_those_who_asked() {
    let (hooks, hooks_got) = receiver(vec![Answer::Status(200)]);
    let (all, all_got) = receiver(vec![Answer::Status(204)]);
    let routes = "routes = [\"/v1/hooks/cms\", \"/v1/score\"]";
    let (folder, server) = start(&[("cms", &hooks, ""), ("all", &all, routes)]);
    decide(&server, "a-1");
    let got = hooks_got.recv_timeout(LONG).unwrap();
    assert!(got.head.starts_with("POST /naqd HTTP/1.1\r\n"), "{}", got.head);
    let signature = got.header("x-naqd-signature");
    let (time, signature) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(format!("{time}.{}", got.body));
    assert_eq!(hex::encode(mac.finalize().into_bytes()), signature);
    let event = got.json();
    assert_eq!(event["delivery"], got.header("x-naqd-delivery"));
    assert_eq!(
        (&event["event"], &event["route"], &event["id"], &event["author"], &event["label"]),
        (&json!("decision"), &json!("/v1/hooks/cms"), &json!("a-1"), &json!("reader7"), &json!("abusive"))
    );
    assert!(event["decision"].is_string() && event["probabilities"]["abusive"].as_f64().unwrap() > 0.5, "{event}");
    assert!(!got.body.contains("stupid"), "no text of comments: {}", got.body);
    assert_eq!(all_got.recv_timeout(LONG).unwrap().json()["id"], "a-1");
    let comments = json!({ "comments": [{ "text": "a comment", "id": "b-1" }, { "text": "another" }, { "text": "c", "id": "b-3" }] });
    assert_eq!(server.post("/v1/score", &comments).0, 200);
    for id in ["b-1", "b-3"] {
        assert_eq!(all_got.recv_timeout(LONG).unwrap().json()["id"], id);
    }
    wait_for(|| (count(&server, "all", "delivered") == 3.0).then_some(()));
    assert_eq!(server.metric("naqd_deliveries_waiting{to=\"all\"}"), 0.0);
    assert_eq!(count(&server, "cms", "delivered"), 1.0);
    assert!(hooks_got.recv_timeout(Duration::from_millis(200)).is_err() && dead(&folder).is_empty());
}

#[test]
fn a_decision_at_the_review_desk_goes_back_to_the_site() {
    let (address, got) = receiver(vec![Answer::Status(200)]);
    let folder = desk::folder();
    let settings = config(&[("cms", &address, "routes = [\"/review\"]")]);
    std::fs::write(folder.path("naqd.toml"), format!("{settings}{}", desk::CONFIG)).unwrap();
    let server = desk::start(&folder);
    decide(&server, "a-1");
    let mut mona = desk::Browser::signed_in(&server.address, "mona");
    mona.follow("/review/next/held").has(&["reader7"]);
    mona.post("/review/comment/1", &[("decision", "reject"), ("why", "abuse"), ("queue", "held")]);
    let told = |decision: &str| {
        let event = got.recv_timeout(LONG).unwrap().json();
        let found = ["event", "route", "id", "decision", "moderator"].map(|name| event[name].as_str().unwrap_or(""));
        assert_eq!(found, ["decision", "/review", "a-1", decision, "mona"], "{event}");
    };
    told("reject");
    mona.post("/review/undo", &[("queue", "held")]);
    told("hold");
}

#[test]
fn what_fails_is_tried_again_by_the_same_name() {
    let (address, got) = receiver(vec![Answer::Status(500), Answer::Status(429), Answer::Garbage, Answer::Status(200)]);
    let (folder, server) = start(&[("cms", &address, "")]);
    decide(&server, "1");
    decide(&server, "2");
    let all: Vec<Got> = (0..5).map(|_| got.recv_timeout(LONG).unwrap()).collect();
    let names: Vec<&str> = all.iter().map(|got| got.header("x-naqd-delivery")).collect();
    assert!(names[..4].iter().all(|name| *name == names[0]) && names[4] != names[0], "{names:?}");
    assert_eq!((&all[0].body, all[4].json()["id"].clone()), (&all[3].body, json!("2")), "in their order");
    wait_for(|| (count(&server, "cms", "delivered") == 2.0).then_some(()));
    assert_eq!((count(&server, "cms", "retried"), count(&server, "cms", "dead")), (3.0, 0.0));
    assert!(dead(&folder).is_empty());
}

#[test]
fn what_is_refused_is_a_dead_letter_and_no_redirect_is_followed() {
    let (elsewhere, elsewhere_got) = receiver(vec![Answer::Status(200)]);
    let (address, got) =
        receiver(vec![Answer::Redirect(elsewhere), Answer::Status(404), Answer::Endless, Answer::Status(200)]);
    let (folder, server) = start(&[("cms", &address, "")]);
    (1..=4).for_each(|id| decide(&server, &id.to_string()));
    (1..=4).for_each(|id| assert_eq!(got.recv_timeout(LONG).unwrap().json()["id"], id.to_string()));
    let dead = wait_for_dead(&folder, 2);
    assert_eq!((&dead[0]["to"], &dead[0]["attempts"]), (&json!("cms"), &json!(1)));
    assert!(dead[0]["error"].as_str().unwrap().starts_with("status 307"), "{}", dead[0]);
    assert_eq!((&dead[1]["error"], &dead[1]["event"]["id"]), (&json!("status 404"), &json!("2")));
    assert!(!folder.read(DEAD).contains("stupid"));
    assert!(elsewhere_got.recv_timeout(Duration::from_millis(300)).is_err(), "it was followed");
    // An answer without an end is not read.
    wait_for(|| (count(&server, "cms", "delivered") == 2.0).then_some(()));
    assert_eq!(count(&server, "cms", "dead"), 2.0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(folder.path(DEAD).metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// A receiver that hangs, and the end: nothing waits for it, and nothing is lost.
#[test]
#[cfg(unix)]
fn what_waits_at_the_end_is_kept() {
    let (address, got) = receiver(vec![Answer::Nothing]);
    let (head, head_got) = receiver(vec![Answer::EndlessHead]);
    let (folder, mut server) = start(&[("cms", &address, ""), ("head", &head, "")]);
    (0..20).for_each(|id| decide(&server, &id.to_string()));
    got.recv_timeout(LONG).unwrap();
    head_got.recv_timeout(LONG).unwrap();
    assert_eq!(server.metric("naqd_deliveries_waiting{to=\"cms\"}"), 20.0);
    let started = Instant::now();
    server.signal("-TERM");
    server.says("stopped");
    assert!(server.process.wait().unwrap().success());
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let dead = dead(&folder);
    for to in ["cms", "head"] {
        let mut ids: Vec<&str> =
            dead.iter().filter(|dead| dead["to"] == to).map(|dead| dead["event"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 20, "{to}");
        ids.dedup();
        assert_eq!(ids.len(), 20, "{to}");
    }
    assert!(dead.iter().any(|dead| dead["error"] == "naqd-serve was stopped"), "{dead:?}");
}

/// A receiver that is down for long: the queue is bounded, and what finds no room is kept.
#[test]
#[cfg(unix)]
fn the_queue_is_bounded() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (folder, mut server) = start(&[("cms", &format!("http://{nobody}/"), "routes = [\"/v1/score\"]")]);
    let comments: Vec<Value> = (0..5000).map(|id| json!({ "text": "a", "id": format!("{id:05}") })).collect();
    let body = json!({ "comments": comments });
    for _ in 0..5 {
        assert_eq!(server.post("/v1/score", &body).0, 200);
    }
    let waiting = server.metric("naqd_deliveries_waiting{to=\"cms\"}");
    assert!((1000.0..=16_385.0).contains(&waiting), "{waiting}");
    let full = wait_for_dead(&folder, 25_000 - waiting as usize);
    assert!(full.iter().all(|dead| dead["error"] == "the queue is full" && dead["attempts"] == 0));
    assert_eq!((count(&server, "cms", "lost"), count(&server, "cms", "dead")), (0.0, full.len() as f64));
    server.signal("-TERM");
    server.says("stopped");
    assert!(server.process.wait().unwrap().success());
    assert_eq!(dead(&folder).len(), 25_000);
}

#[test]
fn mistakes_in_the_settings_are_told() {
    let good = config(&[("cms", "https://cms.example/naqd", "")]);
    for (from, to, words) in [
        ("https://cms", "http://cms", "deliveries.to.cms: address \"http://cms.example/naqd\": expected https"),
        ("https://cms", "https://a:b@cms", "name or password"),
        ("to.cms", "to.\"My cms\"", "1 to 40 letters"),
        (&format!("secret = \"{SECRET}\"\n"), "", "0 secrets, expected one"),
        ("dead_letters = \"dead.jsonl\"\n", "", "deliveries.dead_letters is missing"),
        ("dead.jsonl", "none/dead.jsonl", "none/dead.jsonl"),
        (
            "address",
            "routes = [\"/v1/hooks/other\"]\naddress",
            "routes \"/v1/hooks/other\", expected some of /v1/score",
        ),
        ("address", "ca = \"naqd.toml\"\naddress", "no certificate"),
        ("address", "ca = \"none.pem\"\naddress", "ca none.pem"),
    ] {
        assert!(good.contains(from), "{from}");
        let folder = Folder::new(&[("naqd.toml", good.replacen(from, to, 1).as_bytes())]);
        refused(&folder, &["--config", "naqd.toml"], &[words]);
    }
}

/// Only the server can begin connections: the client and its encryption are neither among the dependencies of the other
/// programs nor in what is built of them.
#[test]
fn the_other_programs_have_no_client() {
    let client = ["ureq", "rustls", "ring"];
    let tree = |features: &str| {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(repository("")).args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ]);
        let output = command.args(["--no-default-features", "--features", features]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.starts_with("naqd "), "{features}: {text}");
        client.map(|name| text.lines().any(|line| line.split(' ').next() == Some(name)))
    };
    assert_eq!(tree("serve"), [true; 3]);
    assert_eq!(tree("cli"), [false; 3]);
    assert_eq!(tree("train,report,html,internal"), [false; 3]);
    let holds = |program: &str| {
        let bytes = std::fs::read(program).unwrap();
        // With the hyphen before the version: names that the compiler makes up have letters and digits only.
        let names = client[..2].iter().map(|name| format!("{name}-").into_bytes());
        let mut found = names.map(|name| bytes.windows(name.len()).any(|window| window == name));
        (found.next().unwrap(), found.next().unwrap())
    };
    assert_eq!(holds(PROGRAM), (true, true));
    for program in [
        env!("CARGO_BIN_EXE_naqd-train"),
        env!("CARGO_BIN_EXE_naqd-score"),
        env!("CARGO_BIN_EXE_naqd-audit"),
        env!("CARGO_BIN_EXE_naqd-report"),
        env!("CARGO_BIN_EXE_naqd-import"),
    ] {
        assert_eq!(holds(program), (false, false), "{program}");
    }
}
