//! What moderators say, by both of its routes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::common::{self, Folder};
use super::{Server, export, export_with, refused, wait_for};

#[test]
fn a_comment_is_forgotten_without_a_desk() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    let labelled = json!({ "comments": [
        { "text": "first", "label": "approve", "id": "1" }, { "text": "second", "label": "reject", "id": "2" },
    ] });
    assert_eq!(server.post("/v1/feedback", &labelled).0, 200);
    assert_eq!(server.post("/v1/forget", &json!({ "author": "reader7" })).0, 400);
    let (status, answer) = server.post("/v1/forget", &json!({ "id": "1" }));
    assert_eq!((status, answer), (200, json!({ "comments": 0, "feedback": 1 })));
    let left = export(&folder).out();
    assert!(!left.contains("first") && left.contains("second"), "{left}");
    let folder = Folder::new(&[]);
    assert_eq!(Server::start(&folder, &[]).post("/v1/forget", &json!({ "id": "1" })).0, 501);
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
        (json!({ "text": "a" }), "Expected either text and label (and id) or comments."),
        (json!({ "text": "a", "lable": "neutral" }), "unknown field `lable`, expected one of `text`, `label`"),
        (json!({ "text": 3, "label": "neutral" }), "invalid type: integer `3`, expected a string"),
        (json!({ "comments": [{ "text": "a" }] }), "missing field `label`"),
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
fn spans_that_are_none_are_refused() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    let suggest = |spans: Value| {
        server.post(
            "/v1alpha1/comments:suggestscore",
            &json!({
                "comment": { "text": "<p>Good 😀.</p> <b></b>You idiot.", "type": "HTML" },
                "attributeScores": { "TOXICITY": { "spanScores": spans } },
            }),
        )
    };
    let span =
        |begin: usize, end: usize, value: f64| json!({ "begin": begin, "end": end, "score": { "value": value } });
    let good = span(23, 33, 1.0);
    // Behind the end, half an emoji, from behind to before, nothing at all, a blank, a tag.
    for wrong in
        [span(0, 34, 1.0), span(8, 9, 0.0), span(9, 8, 0.0), span(3, 3, 0.0), span(15, 16, 0.0), span(16, 19, 0.0)]
    {
        for spans in [json!([wrong]), json!([good, wrong])] {
            let (status, answer) = suggest(spans);
            let told = format!("Span {} to {} of TOXICITY", wrong["begin"], wrong["end"]);
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(status == 400 && message.starts_with(&told) && message.contains("33 UTF-16 units"), "{answer}");
        }
    }
    let (status, answer) = suggest(json!([good, span(3, 11, 0.0)]));
    assert_eq!(status, 200, "{answer}");
    let exported = export(&folder).out();
    assert!(exported.contains("You idiot.,abusive") && exported.contains("Good 😀.,critical|neutral"), "{exported}");
}

/// Work that grows with spans times comment is counted first, and the plain text is made once.
#[test]
fn spans_are_few_and_cheap() {
    let folder = Folder::new(&[]);
    let server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    let text = "idiot ".to_owned() + &"<b> ".repeat(5_000);
    let suggest = |text: &str, number: usize| {
        let spans: Vec<Value> = (0..number)
            .map(|span| json!({ "begin": 0, "end": text.len() - span % text.len(), "score": { "value": 0 } }))
            .collect();
        let scores = json!({ "TOXICITY": { "spanScores": spans } });
        let request = json!({ "comment": { "text": text, "type": "HTML" }, "attributeScores": scores });
        let began = Instant::now();
        let (status, answer) = server.post("/comments:suggestscore", &request);
        (status, answer["error"]["message"].as_str().unwrap_or("").to_owned(), began.elapsed())
    };
    for text in [&text, &"<b>a</b> ".repeat(2000)] {
        let (status, told, took) = suggest(text, 400);
        assert_eq!((status, told.as_str()), (400, "Too many span scores: 400, expected at most 100."));
        assert!(took < Duration::from_secs(1), "{took:?}");
        let (status, told, took) = suggest(text, 100);
        assert_eq!((status, told.as_str()), (200, ""));
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn rows_tell_the_key_they_came_with_and_each_key_has_a_quota() {
    let config = "[keys]\nkeys = [\"0123456789abcdef\", \"fedcba9876543210\"]\n\
                  [limits]\nfeedback_per_minute = 3\nfeedback_mib_per_day = 1\n";
    let folder = Folder::new(&[("naqd.toml", config.as_bytes())]);
    let server = Server::start(&folder, &["--config", "naqd.toml", "--feedback", "feedback.sqlite"]);
    let send = |key: &str, texts: &[&str]| {
        let comments: Vec<Value> = texts.iter().map(|text| json!({ "text": text, "label": "neutral" })).collect();
        let body = json!({ "comments": comments }).to_string();
        server.ask("POST", "/v1/feedback", &[("X-Api-Key", key)], &body)
    };
    let (first, second) = ("0123456789abcdef", "fedcba9876543210");
    assert_eq!(send(first, &["one", "two"]).0, 200);
    let (status, told) = send(first, &["three", "four"]);
    assert!(status == 429 && told.contains("RESOURCE_EXHAUSTED") && told.contains("feedback_per_minute"), "{told}");
    assert_eq!((send(first, &["three"]).0, send(first, &["four"]).0), (200, 429));
    let large = "a".repeat(600_000);
    assert_eq!(send(second, &["five", &large]).0, 200);
    let (status, told) = send(second, &[&large.replace('a', "b")]);
    assert!(status == 429 && told.contains("1 MiB") && told.contains("feedback_mib_per_day"), "{told}");
    let exported = export(&folder).out();
    let mut rows = csv::Reader::from_reader(exported.as_bytes());
    let key = rows.headers().unwrap().iter().position(|name| name == "key").unwrap();
    let keys: Vec<String> = rows.records().map(|row| row.unwrap()[key].to_owned()).collect();
    assert_eq!(keys, ["1", "1", "1", "2", "2"]);
}

/// What could not be stored is not counted: once the disk is well again, all of the quota is there.
#[test]
#[cfg(unix)]
fn what_is_not_stored_uses_up_no_quota() {
    let folder = Folder::new(&[("naqd.toml", b"[limits]\nfeedback_per_minute = 3\n")]);
    let server = Server::start(&folder, &["--config", "naqd.toml", "--feedback", "feedback.sqlite"]);
    let send = |texts: &[&str]| {
        let comments: Vec<Value> = texts.iter().map(|text| json!({ "text": text, "label": "neutral" })).collect();
        server.post("/v1/feedback", &json!({ "comments": comments })).0
    };
    assert_eq!(send(&["one"]), 200);
    std::fs::rename(folder.path("feedback.sqlite"), folder.path("away")).unwrap();
    for _ in 0..5 {
        assert_eq!(send(&["two", "three"]), 503);
    }
    std::fs::rename(folder.path("away"), folder.path("feedback.sqlite")).unwrap();
    assert_eq!((send(&["two", "three"]), send(&["four"])), (200, 429));
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
fn nothing_is_acknowledged_that_goes_into_a_file_that_is_gone() {
    let folder = Folder::new(&[]);
    let mut server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    let send =
        |server: &Server, text: &str| server.post("/v1/feedback", &json!({ "text": text, "label": "neutral" })).0;
    let rename = |from: &str, to: &str| std::fs::rename(folder.path(from), folder.path(to)).unwrap();
    assert_eq!((send(&server, "one"), server.get("/readyz").0), (200, 200));
    for file in ["feedback.sqlite", "feedback.sqlite-wal"] {
        rename(file, "away");
        assert_eq!((send(&server, "two"), send(&server, "three"), server.get("/readyz").0), (503, 503, 503), "{file}");
        let said = server.next_line();
        assert!(said["error"].as_str().unwrap().contains("moved, deleted or replaced"), "{said}");
        // Another file in its place is not it.
        std::fs::write(folder.path(file), b"").unwrap();
        assert_eq!((send(&server, "four"), server.get("/readyz").0), (503, 503), "{file}");
        rename("away", file);
        assert_eq!((send(&server, "five"), server.get("/readyz").0), (200, 200), "{file}");
        assert_eq!(server.next_line()["message"], "feedback is kept again");
    }
    assert_eq!(server.metric("naqd_feedback_total{result=\"failed\"}"), 6.0);
    // After a restart there is a new file, with nothing of the old one.
    std::fs::remove_file(folder.path("feedback.sqlite")).unwrap();
    drop(server);
    let server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    assert_eq!((send(&server, "six"), server.get("/readyz").0), (200, 200));
    export(&folder).says(0, &["1 rows"]);
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
            let request = format!(
                "POST /v1/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
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

/// The export for Excel has a byte order mark and no formulas, and naqd-train reads what was sent.
#[test]
fn the_export_opens_in_excel() {
    let folder = Folder::new(&[("labelled.csv", common::csv(20).as_bytes())]);
    let server = Server::start(&folder, &["--feedback", "feedback.sqlite"]);
    let comments = json!({ "comments": [
        { "text": "=HYPERLINK(\"http://evil.example\",\"شكرا\")", "label": "neutral", "id": "-1" },
        { "text": "'=1+1", "label": "abusive" },
    ] });
    assert_eq!(server.post("/v1/feedback", &comments).0, 200);
    let out = export_with(&folder, &["--excel=semicolon"]).out();
    assert!(out.starts_with("\u{FEFF}text;label;received;source;id;key\r\n\"'=HYPERLINK(\"\"http:"), "{out}");
    assert!(out.contains(";'-1;\r\n''=1+1;abusive;") && out.ends_with("\r\n"), "{out}");
    std::fs::write(folder.path("excel.csv"), &out).unwrap();
    let list = folder.audit(&["--suggest", "9", "labelled.csv", "excel.csv"]).out();
    assert!(list.contains(",\"=HYPERLINK(\"\"http:") && list.contains(",'=1+1,"), "{list}");
    assert!(export(&folder).out().starts_with("text,label,received,source,id,key\n\"=HYPERLINK("));
    export_with(&folder, &["--excel=tab"]).says(2, &["expected semicolon or comma"]);
}

/// The database, its log and the decision log are for their owner, whatever the umask.
#[cfg(unix)]
#[test]
fn files_with_comments_are_for_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new(&[("labelled.csv", common::csv(20).as_bytes())]);
    std::fs::write(folder.path("kept.jsonl"), "").unwrap();
    std::fs::set_permissions(folder.path("kept.jsonl"), std::fs::Permissions::from_mode(0o640)).unwrap();
    for decisions in ["decisions.jsonl", "kept.jsonl"] {
        let server = Server::start(&folder, &["--feedback", "feedback.sqlite", "--decisions", decisions]);
        assert_eq!(server.post("/v1/feedback", &json!({ "text": "hello", "label": "neutral" })).0, 200);
        let mode = |name: &str| std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
        for name in ["feedback.sqlite", "feedback.sqlite-wal", "feedback.sqlite-shm", "decisions.jsonl"] {
            assert_eq!(mode(name), 0o600, "{name}");
        }
        assert_eq!(mode("kept.jsonl"), 0o640, "a file that was there");
    }
}
