//! naqd-score, as people run it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use crate::common::{COMMENTS, Folder, csv};
use serde_json::{Value, json};

const INBOX: &str =
    "id,when,comment\n7,today,\"شكرا جزيلا، تقرير مفيد\"\n8,\"now, \"\"here\"\"\",\"You fool.\nYou idiot!\"\n";

fn parse(csv: &str) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(csv.as_bytes())
        .records()
        .map(|record| record.unwrap().iter().map(String::from).collect())
        .collect()
}

fn lines(jsonl: &str) -> Vec<Value> {
    jsonl.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// Columns of CSV: those of the input unchanged and in order, then what naqd says.
#[test]
fn csv_in_csv_out() {
    let folder = Folder::new(&[("inbox.csv", INBOX.as_bytes())]);
    let ran = folder.score(&["inbox.csv"], b"");
    ran.says(0, &[]);
    let rows = parse(&ran.out());
    assert_eq!(
        rows[0],
        [
            "id",
            "when",
            "comment",
            "naqd_label",
            "naqd_abusive",
            "naqd_critical",
            "naqd_neutral",
            "naqd_kinds",
            "naqd_decision",
            "naqd_notify",
            "naqd_reason",
            "naqd_error"
        ]
    );
    assert_eq!(rows[1][..4], ["7", "today", "شكرا جزيلا، تقرير مفيد", "neutral"]);
    assert_eq!(rows[2][..4], ["8", "now, \"here\"", "You fool.\nYou idiot!", "abusive"]);
    for row in &rows[1..] {
        let sum: f64 = row[4..7].iter().map(|p| p.parse::<f64>().unwrap()).sum();
        assert!((sum - 1.0).abs() < 2e-4);
        assert!(row[4..7].iter().all(|p| p.len() == 6), "four decimals: {row:?}");
        assert!(["publish", "hold", "reject"].contains(&&*row[8]) && ["", "editors"].contains(&&*row[9]), "{row:?}");
        assert_eq!(row[11], "");
    }
}

#[test]
fn the_delimiter_and_the_encoding_are_found() {
    let text = "id;text\n1;شكرا جزيلا\n";
    let utf16: Vec<u8> = std::iter::once(0xFEFFu16).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let windows = encoding_rs::WINDOWS_1256.encode(text).0.into_owned();
    for (bytes, options) in [(utf16, &[][..]), (windows, &["--encoding", "windows-1256"])] {
        let folder = Folder::new(&[("c.csv", &bytes)]);
        let ran = folder.score(&[&["c.csv"], options].concat(), b"");
        ran.says(0, &[]);
        assert!(ran.out().contains("\n1;شكرا جزيلا;neutral;0."), "{}", ran.out());
    }
}

/// The fields of JSON come through as they are written: order, spaces, numbers beyond doubles, nesting.
#[test]
fn jsonl_in_jsonl_out() {
    let line =
        r#"{ "z": 12345678901234567890.10, "a":{"body":"you \"fool\" \ud83d\ude00"},"text": "شكرا" , "n":null }"#;
    let folder = Folder::new(&[("c.jsonl", format!("{line}\n{{\"a\":{{\"body\":\"x\"}}}}\n").as_bytes())]);
    let nested = folder.score(&["c.jsonl", "--text-field", "a.body"], b"");
    nested.says(0, &[]);
    let out = nested.out();
    let inside = line.trim_start_matches("{ ").trim_end_matches(" }");
    assert!(
        out.starts_with(&format!(
            "{{{inside},\"naqd\":{{\"version\":1,\"label\":\"abusive\",\"probabilities\":{{\"abusive\":"
        )),
        "{out}"
    );
    assert_eq!(lines(&out).len(), 2);
    let plain = folder.score(&["c.jsonl"], b"");
    plain.says(1, &["c.jsonl:2: no field text, comment, body, content, message: name one with --text-field"]);
    assert_eq!(lines(&plain.out())[0]["naqd"]["label"], "neutral");
}

#[test]
fn plain_lines_become_text() {
    let folder = Folder::new(&[]);
    let ran = folder.score(&[], "شكرا جزيلا\r\nyou fool".as_bytes());
    ran.says(0, &[]);
    let lines = lines(&ran.out());
    assert_eq!(lines[0]["text"], "شكرا جزيلا");
    assert_eq!(lines[1]["text"], "you fool");
    assert_eq!(lines[1]["naqd"]["label"], "abusive");
}

/// Invariant 6: as many rows out as in, in order, whatever they are; bad ones say so.
#[test]
fn bad_rows_say_so_in_their_place() {
    let csv = b"id,text\n1,fine\n2\n3,too,many\n4,\n5,\"  \"\n6,\xE9\xE9\n7,last\n";
    let folder = Folder::new(&[("c.csv", csv)]);
    let ran = folder.score(&["c.csv"], b"");
    ran.says(
        1,
        &[
            "c.csv:3: 1 fields, expected 2 as in the header",
            "c.csv:4: 3 fields, expected 2",
            "c.csv:5: empty comment",
            "c.csv:6: empty comment",
            "c.csv:7: not valid UTF-8: name the encoding",
            "5 rows could not be scored",
        ],
    );
    // Bytes that are no UTF-8 come back as they were.
    assert!(ran.0.stdout.windows(4).any(|bytes| bytes == b",\xE9\xE9,"));
    let rows = parse(&String::from_utf8_lossy(&ran.0.stdout));
    let ids: Vec<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "4", "5", "6", "7"]);
    assert!(rows.iter().all(|row| row.len() == 11), "{rows:?}");
    assert_eq!(rows[2][1..6], ["", "", "", "", ""]);
    assert_eq!(rows[3][1], "too,many", "nothing is lost");
    assert!(rows[2..7].iter().all(|row| row[7] == "hold" && !row[10].is_empty() && row[2].is_empty()));

    let ran = folder.score(&["c.csv", "--to", "jsonl"], b"");
    ran.says(1, &[]);
    let objects = lines(&ran.out());
    assert_eq!(objects.len(), 7);
    let held = json!({"version": 1, "decision": "hold", "notify": "", "reason": "error"});
    assert_eq!(objects[1], json!({"id": "2", "naqd": held, "naqd_error": "1 fields, expected 2 as in the header"}));
    assert_eq!(objects[2]["3"], "many");

    let json = b"{\"text\":\"ok\"}\nnot json\n[1]\n{\"text\":5}\n{}\n{\"text\":\"\"}\n{\"text\":\"x\",\"naqd\":1}\n\n{\"text\":\"end\"}";
    let ran = folder.score(&["--format", "jsonl"], json);
    ran.says(
        1,
        &["standard input:2: not a JSON object", ":4: field", "is not a string", ":7: has a field \"naqd\" already"],
    );
    let objects = lines(&ran.out());
    assert_eq!(objects.len(), 8, "a blank line is no row");
    assert_eq!(objects[1]["line"], "not json");
    assert!(objects[7]["naqd"].is_object());
}

#[test]
fn empty_inputs() {
    let folder = Folder::new(&[("e.csv", b""), ("h.csv", b"text\n"), ("e.jsonl", b""), ("n.csv", b"a,b\n1,2\n")]);
    folder.score(&["e.csv"], b"").says(2, &["e.csv: empty"]);
    folder.score(&["n.csv"], b"").says(2, &["n.csv: no column one of text,", "\"a\", \"b\"", "--text-column"]);
    let ran = folder.score(&["h.csv"], b"");
    ran.says(0, &[]);
    assert_eq!(
        ran.out(),
        "text,naqd_label,naqd_abusive,naqd_critical,naqd_neutral,naqd_kinds,naqd_decision,naqd_notify,naqd_reason,naqd_error\n"
    );
    for args in [&["e.jsonl"][..], &[]] {
        let ran = folder.score(args, b"");
        ran.says(0, &[]);
        assert_eq!(ran.out(), "");
    }
    folder.score(&["none.csv"], b"").says(2, &["none.csv: No such file"]);
    folder.score(&["h.csv", "--model", "none.naqd"], b"").says(2, &["none.naqd: cannot be read"]);
    folder.score(&["h.csv", "--model", "n.csv"], b"").says(2, &["n.csv: not a model file, or cut short"]);
}

#[test]
fn scored_files_are_not_scored_again() {
    let folder = Folder::new(&[("inbox.csv", INBOX.as_bytes())]);
    let scored = folder.score(&["inbox.csv"], b"").out();
    folder
        .score(&["--format", "csv"], scored.as_bytes())
        .says(2, &["standard input: has a column \"naqd_label\" already"]);
}

/// Other inputs to CSV: fields of the first rows are the columns.
#[test]
fn to_csv_from_anything() {
    let folder = Folder::new(&[("inbox.csv", INBOX.as_bytes())]);
    let json = b"{\"id\":1,\"text\":\"a, b\",\"x\":[1,\"y\"]}\n{\"text\":\"c\",\"id\":2}\n{\"id\":3,\"text\":\"d\",\"new\":0}\n";
    let ran = folder.score(&["--format", "jsonl", "--to", "csv"], json);
    ran.says(0, &[]);
    let rows = parse(&ran.out());
    assert_eq!(rows[0][..5], ["id", "text", "x", "new", "naqd_label"]);
    assert_eq!(rows[1][..4], ["1", "a, b", "[1,\"y\"]", ""]);
    assert_eq!(rows[2][..4], ["2", "c", "", ""]);
    assert_eq!(rows[3][..4], ["3", "d", "", "0"]);
    // One that comes later than they are read has no column.
    let late = "{\"text\":\"a\"}\n".repeat(40_000) + "{\"text\":\"b\",\"new\":0}\n";
    folder
        .score(&["--format", "jsonl", "--to", "csv"], late.as_bytes())
        .says(1, &[":40001: field \"new\" is not in the first"]);
    let rows = parse(&folder.score(&["--to", "csv"], b"one\ntwo\n").out());
    assert_eq!(rows[2][..1], ["two"]);
    let objects = lines(&folder.score(&["inbox.csv", "--to", "jsonl"], b"").out());
    assert_eq!(objects[1]["when"], "now, \"here\"");
}

#[test]
fn several_files() {
    let folder = Folder::new(&[
        ("a.csv", b"text\none\n"),
        ("b.csv", b"text\ntwo\n"),
        ("c.csv", b"comment\nthree\n"),
        ("d.jsonl", b"{\"text\":\"four\"}\n"),
    ]);
    let ran = folder.score(&["a.csv", "b.csv"], b"");
    ran.says(0, &[]);
    let texts: Vec<String> = parse(&ran.out()).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(texts, ["text", "one", "two"]);
    folder.score(&["a.csv", "c.csv"], b"").says(2, &["c.csv: its columns are not those of a.csv: use --to jsonl"]);
    let ran = folder.score(&["a.csv", "c.csv", "d.jsonl", "--to", "jsonl"], b"");
    ran.says(0, &[]);
    assert_eq!(lines(&ran.out()).len(), 3);
}

/// Offsets of an explanation are of the original text, in bytes and in characters.
#[test]
fn explanations_point_into_the_text() {
    let folder = Folder::new(&[]);
    for text in COMMENTS.iter().filter(|text| !text.trim().is_empty()) {
        let ran = folder.score(&["--explain", "--to", "jsonl", "--text", &text.replace('\0', "")], b"");
        ran.says(0, &[]);
        let row = &lines(&ran.out())[0];
        let text = row["text"].as_str().unwrap();
        let naqd = &row["naqd"];
        for part in naqd["sentences"].as_array().unwrap().iter().chain(naqd["evidence"].as_array().unwrap()) {
            let at = |name: &str, i: usize| part[name][i].as_u64().unwrap() as usize;
            let said = part["text"].as_str().unwrap();
            assert_eq!(&text[at("bytes", 0)..at("bytes", 1)], said);
            let chars: String = text.chars().skip(at("chars", 0)).take(at("chars", 1) - at("chars", 0)).collect();
            assert_eq!(chars, said);
        }
        for piece in naqd["evidence"].as_array().unwrap() {
            assert!(["abusive", "critical", "neutral"].contains(&piece["label"].as_str().unwrap()));
            assert!(piece["weight"].as_f64().unwrap() > 0.0);
        }
    }
    let csv = folder.score(&["--explain", "--to", "csv", "--text", "You fool. Thank you"], b"").out();
    let rows = parse(&csv);
    let added = ["naqd_decision", "naqd_notify", "naqd_reason", "naqd_sentences", "naqd_evidence", "naqd_error"];
    assert_eq!(rows[0][6..], added);
    let sentences: Value = serde_json::from_str(&rows[1][9]).unwrap();
    assert_eq!(sentences[1]["text"], "Thank you");
    assert!(serde_json::from_str::<Value>(&rows[1][10]).unwrap().as_array().unwrap().len() > 1);
}

/// The example of docs/json.md is what its command prints.
#[test]
fn the_documented_json() {
    let page = std::fs::read_to_string("docs/json.md").unwrap();
    let between = |start: &str| page.split_once(start).and_then(|(_, rest)| rest.split_once("```")).unwrap().0;
    let comment = between("--text '").split_once('\'').unwrap().0;
    let expected: Value = serde_json::from_str(between("```json\n")).unwrap();
    let folder = Folder::new(&[("rules.csv", &std::fs::read("examples/rules.csv").unwrap())]);
    let args = ["--explain", "--rules", "rules.csv", "--to", "jsonl", "--text", comment];
    assert_eq!(lines(&folder.score(&args, b"").out()), [expected]);
}

/// With `--watch-only` the decision has another name, whatever the form, and nothing else changes.
#[test]
fn watch_only_leaves_nothing_to_act_on() {
    let rules = "phrase,effect\nthank you,hold\nyou fool,reject\n";
    let folder = Folder::new(&[
        ("inbox.csv", b"id,text\n1,Thank you!\n2,You fool!\n3,you stupid idiot you disgusting pig\n4,\n5,Good morning to you all\n"),
        ("rules.csv", rules.as_bytes()),
    ]);
    let thresholds = ["inbox.csv", "--publish-below", "0.4", "--reject-above", "0.5"];
    let names = [
        ("naqd_decision,naqd_notify", "naqd_would,naqd_would_notify"),
        ("\"decision\":", "\"would\":"),
        ("\"notify\":", "\"would_notify\":"),
    ];
    for options in [&["--rules", "rules.csv"][..], &["--rules", "rules.csv", "--explain"], &[], &["--explain"]] {
        for form in ["csv", "jsonl"] {
            let args = [&thresholds[..], &["--to", form], options].concat();
            let acting = folder.score(&args, b"");
            let watching = folder.score(&[&args[..], &["--watch-only"]].concat(), b"");
            let held = if options.contains(&"--rules") { [1, 2, 2] } else { [2, 2, 1] };
            let [publish, hold, reject] = held;
            let line = format!(
                "naqd-score: watch only: {publish} would have been published, {hold} held, {reject} rejected; nothing \
                 was acted on\n"
            );
            watching.says(1, &[&line]);
            assert_eq!(watching.err().replace(&line, ""), acting.err());
            let out = watching.out();
            assert!(names.iter().all(|(name, _)| !out.contains(name)), "{out}");
            assert_eq!(out, names.iter().fold(acting.out(), |out, (name, other)| out.replace(name, other)));
        }
    }
    let table = folder.score(&["inbox.csv", "--to", "table", "--watch-only"], b"").out();
    assert!(table.starts_with("Watch only: "), "{table}");
    folder.score(&["--check", "inbox.csv", "--watch-only"], b"").says(2, &["--watch-only"]);
    // Without thresholds only rules decide.
    std::fs::write(folder.path("rude.csv"), csv(24).replace("abusive\n", "rude\n")).unwrap();
    folder.train(&["rude.csv", "--output", "rude.naqd"]).says(0, &[]);
    folder
        .score(&["inbox.csv", "--model", "rude.naqd", "--rules", "rules.csv", "--watch-only"], b"")
        .says(1, &["0 would have been published, 2 held, 1 rejected, 2 without a decision; nothing was acted on"]);
}

#[test]
fn fail_on_sets_the_exit_code() {
    let folder = Folder::new(&[]);
    let insult = b"you stupid fool, you idiot\n";
    for (option, code) in [("abusive", 3), ("abusive:0.5", 3), ("abusive:1", 0), ("neutral", 0)] {
        folder.score(&["--fail-on", option], insult).says(code, &[]);
    }
    folder
        .score(&["--fail-on", "rude"], insult)
        .says(2, &["no label \"rude\"; the model has abusive, critical, neutral"]);
    folder.score(&["--fail-on", "abusive:2"], insult).says(2, &["expected a probability from 0 to 1"]);
    // A bad row beside it does not hide it.
    folder.score(&["--fail-on", "abusive"], b"\nyou stupid fool, you idiot\n").says(3, &[]);
}

#[test]
fn the_table_is_for_people() {
    let folder = Folder::new(&[("inbox.csv", INBOX.as_bytes())]);
    let ran = folder.score(&["inbox.csv", "--to", "table", "--explain", "--color", "always"], b"");
    ran.says(0, &[]);
    let out = ran.out();
    assert!(out.contains("\u{1b}[38;5;9m"), "abusive words in red: {out}");
    assert!(out.contains("\u{2067}"), "Arabic from right to left: {out}");
    assert!(out.contains("inbox.csv:3"), "{out}");
    let plain = folder.score(&["--to", "table", "--text", "evil \u{1b}[2J\u{202E}trick"], b"").out();
    assert!(
        !plain.contains('\u{1b}') && !plain.contains('\u{202E}'),
        "a comment cannot write to the terminal: {plain:?}"
    );
}

/// Without colours the class of each word is named; with them its colour says it.
#[test]
fn words_name_their_class_where_there_are_no_colours() {
    let folder = Folder::new(&[]);
    let table = |options: &[&str]| {
        let args =
            [&["--to", "table", "--explain", "--text", "you stupid idiot, where is the source?"], options].concat();
        let mut command = folder.command("naqd-score");
        let output = command.args(args).env("NO_COLOR", "1").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for options in [&[][..], &["--color", "never"]] {
        let plain = table(options);
        assert!(plain.contains("idiot [abusive] +") && !plain.contains('\u{1b}'), "{plain}");
    }
    let coloured = table(&["--color", "always"]);
    assert!(coloured.contains("\u{1b}[") && !coloured.contains("[abusive]"), "{coloured}");
}

/// The file of `--output` is what standard output would be, and it is written whole or not at all.
#[test]
fn output_goes_to_a_file() {
    let bad: &[u8] = b"text\nfine\n\"\"\n";
    let folder = Folder::new(&[("inbox.csv", INBOX.as_bytes()), ("bad.csv", bad), ("other.csv", b"comment\nhello\n")]);
    for options in [&["inbox.csv"][..], &["inbox.csv", "--to", "jsonl", "--explain"], &["--text", "you fool"]] {
        let expected = folder.score(options, b"").out();
        let ran = folder.score(&[options, &["--output", "scored"]].concat(), b"");
        ran.says(0, &[]);
        assert_eq!((ran.out(), folder.read("scored")), (String::new(), expected));
    }
    folder.score(&["bad.csv", "--output", "scored"], b"").says(1, &["bad.csv:3: empty comment"]);
    folder.score(&["inbox.csv", "--output", "scored", "--fail-on", "abusive"], b"").says(3, &[]);
    let written = folder.read("scored");
    assert_eq!(parse(&written).len(), 3);
    folder.score(&["bad.csv", "other.csv", "--output", "scored"], b"").says(2, &["its columns are not those of"]);
    folder.score(&["none.csv", "--output", "scored"], b"").says(2, &["none.csv"]);
    folder.score(&["bad.csv", "--output", "bad.csv"], b"").says(2, &["--output bad.csv: is also an input file"]);
    folder.score(&["bad.csv", "--output", "no/scored"], b"").says(2, &["there is no folder no"]);
    folder.score(&["bad.csv", "--output", "/dev/null"], b"").says(2, &["/dev/null: not a file"]);
    folder.score(&["--line-buffered", "--output", "scored"], b"").says(2, &["--output"]);
    assert_eq!(folder.read("scored"), written);
    assert_eq!(folder.read("bad.csv").as_bytes(), bad);
    assert_eq!(folder.names(), ["bad.csv", "inbox.csv", "other.csv", "scored"]);
}

/// Invariant 2, through the program: any number of threads, line by line or in batches.
#[test]
fn the_same_verdicts_however_it_runs() {
    let folder = Folder::new(&[]);
    let many: String = csv(200) + &COMMENTS.map(|c| format!("x,\"{}\",y\n", c.replace('"', "\"\""))).concat();
    let run = |args: &[&str]| folder.score(&[&["--format", "csv"], args].concat(), many.as_bytes()).0.stdout;
    let expected = run(&[]);
    assert_eq!(parse(std::str::from_utf8(&expected).unwrap()).len(), 617);
    for args in [&["--threads", "1"][..], &["--threads", "7"], &["--line-buffered"]] {
        assert!(run(args) == expected, "{args:?}");
    }
}

#[test]
fn a_line_in_a_line_out() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_naqd-score"))
        .args(["--line-buffered"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for word in ["first", "second", "third"] {
        writeln!(stdin, "{word}").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["text"], word);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let lines = "some words to score\n".repeat(200_000);
    let mut child = Command::new(env!("CARGO_BIN_EXE_naqd-score"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || drop(stdin.write_all(lines.as_bytes())));
    let mut first = [0; 20];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_naqd-score"))
        .args(["--text", "hello"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write"));
}

#[test]
fn a_long_line_is_refused_and_the_next_is_read() {
    let folder = Folder::new(&[]);
    let input = format!("{}\nshort\n", "word ".repeat(4 << 20));
    let ran = folder.score(&[], input.as_bytes());
    ran.says(1, &["standard input:1: longer than 16777216 bytes"]);
    let objects: Vec<&str> = ran.0.stdout.split(|b| *b == b'\n').map(|l| std::str::from_utf8(l).unwrap()).collect();
    assert!(objects[0].contains("\"naqd_error\":\"longer than 16777216 bytes\""));
    assert!(objects[1].starts_with("{\"text\":\"short\",\"naqd\":"));
}

#[test]
fn help_names_the_exit_codes() {
    let folder = Folder::new(&[]);
    for program in ["naqd-score", "naqd-train"] {
        let output = folder.command(program).arg("--help").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && help.contains("Exit codes:\n  0  done"), "{help}");
    }
}

#[test]
fn a_comment_may_begin_with_a_hyphen() {
    let folder = Folder::new(&[]);
    for text in ["- you idiot, you stupid fool", "--help, you stupid fool"] {
        folder.score(&["--fail-on", "abusive", "--text", text], b"").says(3, &[]);
    }
}

/// Would not end within a day if what is read took quadratic time.
#[test]
fn hostile_comments_take_linear_time() {
    let folder = Folder::new(&[]);
    for piece in ["://", "awww.", "a@", "@", "www", "&#", "é\u{301}", "! ", "😀\u{200D}", "a.", "1,"] {
        let mut text = piece.repeat((8 << 20) / piece.len());
        text.push('\n');
        folder.score(&[], text.as_bytes()).says(0, &[]);
    }
}

/// However far the end of the file is.
#[test]
fn a_quote_that_is_never_closed_costs_one_row() {
    let row = format!("3,{}\n", "words after the quote ".repeat(1 << 9));
    let rows = "id,text\n1,fine\n2,\"open\n".to_owned() + &row.repeat(1 << 11);
    assert!(rows.len() > 20 << 20);
    let folder = Folder::new(&[("c.csv", rows.as_bytes())]);
    let ran = folder.score(&["c.csv"], b"");
    ran.says(1, &["c.csv:3: a quote that opens in this row is never closed", "1 rows could not be scored"]);
    assert_eq!(parse(&ran.out()).len(), 1 + 2 + (1 << 11));
    folder.train(&["c.csv", "--label-column", "id"]).says(2, &["c.csv:3: a quote that opens in this row"]);
}

#[test]
fn no_field_is_lost_where_the_first_row_is_bad() {
    let folder = Folder::new(&[]);
    let ran = folder
        .score(&["--format", "jsonl", "--to", "csv"], b"oops\n{\"id\":7,\"text\":\"a\"}\n{\"text\":\"b\",\"x\":1}\n");
    ran.says(1, &["1 rows could not be scored"]);
    let rows = parse(&ran.out());
    assert_eq!(rows[0][..3], ["id", "text", "x"]);
    assert_eq!(rows[1][0], "oops");
    assert_eq!(rows[2][..3], ["7", "a", ""]);
    assert_eq!(rows[3][..3], ["", "b", "1"]);
}

#[test]
fn all_files_are_written_in_the_form_of_the_first() {
    let folder = Folder::new(&[("a.jsonl", b"{\"text\":\"one\"}\n"), ("b.csv", b"text\ntwo\n")]);
    assert_eq!(lines(&folder.score(&["a.jsonl", "b.csv"], b"").out()).len(), 2);
    assert_eq!(parse(&folder.score(&["b.csv", "a.jsonl"], b"").out()).len(), 3);
}

#[test]
fn what_follows_an_open_quote_is_judged_by_itself() {
    let folder = Folder::new(&[]);
    let ran = folder.score(&["--format", "csv"], b"id,text\n1,nice\n2,\" thanks\n3,you idiot\n");
    ran.says(1, &["standard input:3: a quote that opens in this row is never closed"]);
    let rows = parse(&ran.out());
    assert_eq!(rows.len(), 4);
    assert_eq!((&*rows[2][1], &*rows[2][2]), ("\" thanks", ""));
    assert_eq!((&*rows[3][1], &*rows[3][2]), ("you idiot", "abusive"));
    // Also where the quotes, all in all, are pairs.
    let ran = folder.score(&["--format", "csv"], b"id,text\n1,5\" pipe\n2,\" thanks\n3,you idiot\n");
    ran.says(1, &["standard input:3: a quote that opens in this row is never closed"]);
    // Quotes inside a field are no such thing.
    folder.score(&["--format", "csv"], b"id,text\n1,\"two\nlines\"\n2,a 5\" pipe\n").says(0, &[]);
}

#[test]
fn of_a_key_that_comes_twice_the_last_counts() {
    let folder = Folder::new(&[]);
    let ran = folder.score(&["--format", "jsonl"], b"{\"text\":\"thank you\",\"text\":\"you stupid idiot\"}\n");
    assert_eq!(lines(&ran.out())[0]["naqd"]["label"], "abusive");
}

/// As an editor counts them: line ends of Windows, blank lines, line ends in quotes.
#[test]
fn lines_are_counted() {
    let rows = "id,text\n\n1\n2,\"two\nlines\"\n3\n\n\n4,fine\n5\n";
    for (name, rows) in [("unix", rows.to_owned()), ("windows", rows.replace('\n', "\r\n"))] {
        let folder = Folder::new(&[(name, rows.as_bytes())]);
        let ran = folder.score(&["--format", "csv", name], b"");
        let line = |n: usize| format!("{name}:{n}: 1 fields, expected 2");
        ran.says(1, &[&line(3), &line(6), &line(10), "3 rows could not be scored"]);
        assert!(ran.out().contains("two"));
    }
    let train = csv(24).replace('\n', "\r\n") + "x1,,abusive\r\nx2,\"two\r\nlines\",\r\nx3,only two";
    let folder = Folder::new(&[("c.csv", train.as_bytes())]);
    folder
        .train(&["c.csv"])
        .says(1, &["c.csv:74: column \"text\"", "c.csv:75: column \"label\"", "c.csv:77: 2 fields"]);
    let open = "id,text\r\n1,fine\r\n2,\"open\r\n3,fine\r\n".to_owned() + "4\r\n";
    let folder = Folder::new(&[("c.csv", open.as_bytes())]);
    folder.score(&["c.csv"], b"").says(1, &["c.csv:3: a quote that opens", "c.csv:5: 1 fields, expected 2"]);
}

/// Blank lines of JSON Lines are no rows, and are counted. Plain text has an answer for each line.
#[test]
fn blank_lines() {
    let folder = Folder::new(&[]);
    let rows = b"\n{\"text\":\"thank you\"}\n\n \t\r\n{\"text\":\"you stupid idiot\"}\n[]\n\n";
    let ran = folder.score(&["--format", "jsonl"], rows);
    ran.says(1, &["standard input:6: not a JSON object"]);
    assert_eq!(lines(&ran.out()).len(), 3);
    folder.score(&["--format", "jsonl"], b"\n \n").says(0, &[]);
    assert_eq!(lines(&folder.score(&["--format", "lines"], b"thank you\n\nthank you\n").out()).len(), 3);
}

#[test]
fn an_empty_object_has_no_columns() {
    let folder = Folder::new(&[]);
    let rows = b"{}\nno object\n{\"text\":\"first\",\"text\":\"last\",\"id\":7}\n";
    let ran = folder.score(&["--format", "jsonl", "--to", "csv"], rows);
    ran.says(1, &["2 rows could not be scored"]);
    let rows = parse(&ran.out());
    assert_eq!(rows[0][..2], ["text", "id"]);
    assert_eq!(rows[2][0], "no object");
    assert_eq!(rows[3][..2], ["last", "7"], "the comment that was judged");
    let rows = parse(&folder.score(&["--format", "jsonl", "--to", "csv"], b"{}\nno object\n").out());
    assert_eq!((&*rows[0][0], &*rows[2][0]), ("line", "no object"));
}

/// A file in UTF-16 that is cut inside a character: it ends with a mark for it, and every row is read.
#[test]
fn a_cut_character_at_the_end() {
    let folder = Folder::new(&[]);
    for words in 1..40 {
        let text = "thanks, all of you ".repeat(words) + "ok";
        let mut bytes: Vec<u8> =
            std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        bytes.pop();
        let ran = folder.score(&["--format", "lines"], &bytes);
        ran.says(0, &[]);
        assert_eq!(lines(&ran.out())[0]["text"], text.trim_end_matches('k').to_owned() + "\u{FFFD}");
    }
}
