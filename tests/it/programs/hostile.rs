//! Sizes, damage and accidents that nobody wishes for, through the real programs.
//!
//! Sizes are such that all this takes seconds. In the release tier, `NAQD_HOSTILE=full cargo test --release --test it hostile --
//! --nocapture --test-threads 1` takes the full ones (100 MB, millions of rows) and prints what they cost.

use std::io::{BufWriter, Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::common::{COMMENTS, Folder, csv};
use crate::input::{Batch, Rows};
use naqd::internal::io::{Format, Kind};
use naqd::internal::model::Triage;
use naqd::internal::ngrams::{Ngram, Sink, emit};
use naqd::internal::text::MAX_TEXT;
use naqd::{Classifier, Corpus, Model, Trainer};

const SCORE: &str = env!("CARGO_BIN_EXE_naqd-score");
const TRAIN: &str = env!("CARGO_BIN_EXE_naqd-train");

/// The small size, or the full one where it is asked for.
fn size(small: usize, full: usize) -> usize {
    if std::env::var("NAQD_HOSTILE").is_ok_and(|value| value == "full") { full } else { small }
}

/// What a run of naqd-score came to.
struct Cost {
    code: i32,
    /// Lines that were written, and the start of each.
    lines: Vec<String>,
    bytes: u64,
    err: String,
    /// Peak of resident memory in MiB at the last look, where the system tells.
    peak: u64,
    /// The same when half of the input had been written.
    half: u64,
    time: Duration,
}

/// Peak of resident memory of a process, in MiB.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib >> 10)
}

/// Runs naqd-score and writes `pieces` of input to it; `piece` makes them.
fn score(what: &str, args: &[&str], pieces: usize, piece: impl Fn(usize) -> Vec<u8> + Send) -> Cost {
    let start = Instant::now();
    let mut child = Command::new(SCORE)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    let mut stdin = BufWriter::new(child.stdin.take().unwrap());
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (mut lines, mut bytes) = (vec![Vec::new()], 0);
    let highest = AtomicU64::new(0);
    let look = || highest.fetch_max(peak(id).unwrap_or(0), Ordering::Relaxed);
    let (half, err) = std::thread::scope(|scope| {
        let look = &look;
        let highest = &highest;
        let writer = scope.spawn(move || {
            let mut half = 0;
            for i in 0..pieces {
                look();
                if i == pieces / 2 {
                    half = highest.load(Ordering::Relaxed);
                }
                // It may have ended already.
                if stdin.write_all(&piece(i)).is_err() {
                    break;
                }
            }
            half
        });
        let err = scope.spawn(move || {
            let mut err = String::new();
            stderr.read_to_string(&mut err).unwrap();
            err
        });
        let mut buffer = vec![0; 1 << 16];
        loop {
            look();
            let read = stdout.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            bytes += read as u64;
            for &byte in &buffer[..read] {
                if byte == b'\n' {
                    lines.push(Vec::new());
                } else if let Some(line) = lines.last_mut().filter(|line| line.len() < 200) {
                    line.push(byte);
                }
            }
        }
        (writer.join().unwrap(), err.join().unwrap())
    });
    let code = child.wait().unwrap().code().expect("not killed");
    lines.pop();
    let lines = lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let cost = Cost { code, lines, bytes, err, peak: highest.into_inner(), half, time: start.elapsed() };
    println!(
        "{what}: exit {code}, {:.1} MB out, {} lines, peak {} MiB, {:.1} s",
        cost.bytes as f64 / 1e6,
        cost.lines.len(),
        cost.peak,
        cost.time.as_secs_f64()
    );
    cost
}

impl Cost {
    #[track_caller]
    fn is(&self, code: i32, lines: usize, most_mib: u64) {
        assert_eq!((self.code, self.lines.len()), (code, lines), "{}", &self.err[..self.err.len().min(2000)]);
        assert!(self.peak <= most_mib, "{} MiB, at most {most_mib}", self.peak);
        assert!(self.err.len() < 2000, "a message of {} bytes", self.err.len());
    }
}

const MIB: usize = 1 << 20;

#[test]
fn enormous_rows_are_refused_in_bounded_memory() {
    let n = size(24, 100);
    let words = |_| b"words of a long comment. ".repeat(MIB / 25);
    let end = |i, piece: Vec<u8>| if i == n { b"\nshort\n".to_vec() } else { piece };
    let line = score("a plain line of that many MB", &[], n + 1, |i| end(i, words(i)));
    line.is(1, 2, 160);
    assert!(line.lines[1].starts_with("{\"text\":\"short\",\"naqd\":{"));

    let line = score("a line of JSON of that many MB", &["--format", "jsonl"], n + 1, |i| match i {
        0 => b"{\"text\":\"".to_vec(),
        _ if i == n => b"\"}\n{\"text\":\"short\"}\n".to_vec(),
        _ => words(i),
    });
    line.is(1, 2, 160);
    assert!(line.lines[1].starts_with("{\"text\":\"short\",\"naqd\":{"));

    let field = score("a field of CSV of that many MB", &["--format", "csv"], n + 1, |i| match i {
        0 => b"id,text\n1,\"".to_vec(),
        _ => words(i),
    });
    field.is(2, 0, 160);
    assert!(field.err.contains("standard input: line 2: a row of more than 16777216 bytes"), "{}", field.err);
}

/// Up to 1 MiB a comment is explained; a longer one only gets its verdict.
#[test]
fn what_explaining_takes_is_bounded() {
    for (what, piece) in [("words", "you fool, "), ("sentences", "?! a. ")] {
        let text = |_| piece.repeat(MIB / piece.len()).into_bytes();
        let args = ["--explain", "--to", "jsonl"];
        let cost = score(&format!("1 MiB of {what}, explained"), &args, 1, text);
        cost.is(0, 1, 300);
        assert!(cost.bytes > 2 * MIB as u64);
        let n = size(2, 15);
        let cost = score(&format!("{n} MiB of {what}, not explained"), &args, n, text);
        cost.is(0, 1, 160);
        assert!(cost.bytes < (n * MIB + 1000) as u64);
    }
}

#[test]
fn a_million_columns() {
    let n = size(200_000, 1_000_000);
    // A few bytes a row would become megabytes.
    let header = "c,".repeat(n) + "text\n";
    let file = header.clone() + &"x\n".repeat(1000);
    let cost = score("columns of a header", &["--format", "csv"], 1, |_| file.clone().into_bytes());
    cost.is(2, 0, 160);
    assert!(cost.err.contains(&format!("{} columns, at most 16384 are read", n + 1)), "{}", cost.err);
    let folder = Folder::new(&[("c.csv", file.as_bytes())]);
    let ran = folder.train(&["c.csv"]);
    ran.says(2, &[&format!("c.csv:1: {} columns, at most 16384 are read", n + 1)]);

    let fields = "a,".repeat(n);
    let row = || format!("id,text\n1,fine\n2,{fields}\n3,fine\n").into_bytes();
    score("fields of a row", &["--format", "csv"], 1, |_| row()).is(1, 4, 160);

    let object = || {
        let fields: String = (0..n).map(|i| format!("\"{i}\":1,")).collect();
        format!("{{{fields}\"text\":\"a\"}}\n{{\"text\":\"b\"}}\n").into_bytes()
    };
    score("fields of an object", &["--format", "jsonl"], 1, |_| object()).is(0, 2, 300);
    let cost = score("fields of an object, to CSV", &["--format", "jsonl", "--to", "csv"], 1, |_| object());
    cost.is(1, 3, 400);
    assert!(cost.err.contains("field \"16384\" is not in the first row"), "{}", cost.err);
    let names = |i: usize| if i == 0 { "{\"text\":\"a\"}\n".into() } else { object() };
    score("the same in the second row", &["--format", "jsonl", "--to", "csv"], 2, names).is(1, 4, 400);
}

#[test]
fn very_deep_json() {
    let bytes = size(400_000, 16_000_000);
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let depth = bytes / (open.len() + close.len());
        let line = format!("{{\"text\":\"fine\",\"x\":{}1{}}}\n", open.repeat(depth), close.repeat(depth));
        let args = ["--format", "jsonl", "--text-field"];
        for (field, code) in [("text", 0), ("x.a.a.a", 1)] {
            let cost = score("deep JSON", &[&args[..], &[field]].concat(), 1, |_| line.clone().into_bytes());
            cost.is(code, 1, 300);
        }
        let open = format!("{{\"text\":\"fine\",\"x\":{}\n", open.repeat(depth));
        score("deep JSON, never closed", &["--format", "jsonl"], 1, |_| open.clone().into_bytes()).is(1, 1, 300);
    }
}

/// Bytes without any sense: as many rows out as in, but for blank lines of JSON.
#[test]
fn noise() {
    let mut state = 7u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    })
    .take(size(1, 40) * MIB)
    .collect();
    let lines: Vec<&[u8]> = noise.strip_suffix(b"\n").unwrap_or(&noise).split(|byte| *byte == b'\n').collect();
    let not_blank = lines.iter().filter(|line| !line.trim_ascii().is_empty()).count();
    for (format, rows) in [("lines", lines.len()), ("jsonl", not_blank)] {
        let ran = Folder::new(&[]).score(&["--format", format], &noise);
        assert_eq!(ran.code(), 1);
        assert_eq!(memchr::memchr_iter(b'\n', &ran.0.stdout).count(), rows, "{format}");
    }
    let csv = [b"text,b\n", &noise[..]].concat();
    let folder = Folder::new(&[("noise.csv", &csv)]);
    let ran = folder.score(&["--format", "csv", "noise.csv"], b"");
    assert_eq!(ran.code(), 1);
    let format = Format { kind: Some(Kind::Csv), ..Format::default() };
    let mut rows = Rows::open(&folder.path("noise.csv"), &format, None, None, false).unwrap();
    let (mut batch, mut read) = (Batch::default(), 0);
    loop {
        rows.reader.read(&mut batch, false).unwrap();
        if batch.places().is_empty() {
            break;
        }
        read += batch.places().len();
    }
    let out = csv::ReaderBuilder::new().flexible(true).from_reader(&ran.0.stdout[..]);
    assert_eq!(out.into_byte_records().filter(Result::is_ok).count(), read);
}

/// A week of comments through one process.
#[test]
fn memory_is_flat() {
    let pieces = size(200, 10_000);
    let comments = csv(200);
    let row = |i: usize| {
        // Each piece has words of its own, so that what is remembered of words has to make room.
        comments.replace(", ", &format!(" w{i} q{} ", i * 7)).into_bytes()
    };
    let cost = score("rows of a week", &["--format", "csv"], pieces, row);
    // Each piece begins with the header, which is no comment again.
    assert_eq!((cost.code, cost.lines.len()), (0, pieces * 600 + 1));
    assert!(cost.peak <= 64, "{} MiB", cost.peak);
    assert!(cost.peak <= cost.half + 4, "{} MiB after half of it, {} at the end", cost.half, cost.peak);
}

/// Counts n-grams.
struct Count;

impl Sink for Count {
    fn ngram(&mut self, _: Ngram<'_>) {}
}

/// However a comment is made, 32 bits hold the number of its n-grams and 64 bits any sum of their weights.
#[test]
fn counts_and_sums_cannot_wrap() {
    const MOST: usize = 24;
    const _: () = assert!(MAX_TEXT * MOST <= u32::MAX as usize);
    const _: () = assert!((u32::MAX as i64).checked_mul(i16::MIN as i64).is_some());
    for c in '\0'..=char::MAX {
        for text in [c.to_string().repeat(66), format!("{c} ").repeat(3), format!("{c}?").repeat(3)] {
            let count = emit(&text, &mut Count) as usize;
            assert!(count <= MOST * text.len(), "{count} n-grams of {} bytes of {c:?}", text.len());
        }
    }
    // A text longer than any is read to its end: words that are all different, since of the same few count.
    let word = |i: usize| -> String {
        (0..6).map(|at| char::from(b'a' + (i >> (3 * at) & 7) as u8 + 8 * (at % 2) as u8)).collect()
    };
    let words = size(1 << 14, (1 << 18) - 1);
    let text: String = (0..words).flat_map(|i| [word(i), " ".to_owned()]).collect();
    let count = emit(&text, &mut Count) as usize;
    // A word of six letters, its stem, 22 runs of characters, and its pair with the word before it.
    assert_eq!(count, words * 25 - 1);
    let longest = text.repeat(size(1, MAX_TEXT / text.len() + 2));
    assert_eq!(emit(&longest, &mut Count), emit(&longest[..longest.len().min(MAX_TEXT)], &mut Count));
    assert!(Classifier::new(&Model::shipped()).totals(&longest).iter().all(|total| total.abs() < i64::MAX / 2));
}

fn small_model() -> Model {
    let rows = csv::Reader::from_reader(csv(24).as_bytes())
        .into_deserialize::<(String, String, String)>()
        .map(|row| row.map(|(_, text, label)| (text, label)).unwrap())
        .collect::<Vec<_>>();
    Trainer::new().prune_to(300).fit(&Corpus::from_rows(rows).unwrap()).unwrap().model
}

/// Every length that a file can be cut to, and ten thousand flipped bits: refused, or the same verdicts as before.
#[test]
fn damaged_model_files() {
    let model = small_model();
    let bytes = model.to_bytes();
    for length in 0..bytes.len() {
        assert!(Model::from_bytes(&bytes[..length]).is_err(), "cut to {length} of {}", bytes.len());
    }
    let mut state = 11u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut passed = 0;
    for _ in 0..10_000 {
        let mut damaged = bytes.clone();
        let place = next() % damaged.len();
        damaged[place] ^= 1 << (next() % 8);
        if let Ok(read) = Model::from_bytes(&damaged) {
            assert_eq!(read, model, "byte {place}");
            passed += 1;
        }
    }
    println!("{} bytes; of 10000 flipped bits {passed} changed nothing, the others were refused", bytes.len());
    // The same through the program, with a sentence and without a verdict.
    let folder = Folder::new(&[]);
    for step in 1..20 {
        std::fs::write(folder.path("m.naqd"), &bytes[..bytes.len() * step / 20]).unwrap();
        let ran = folder.score(&["--model", "m.naqd", "--text", "you fool"], b"");
        ran.says(2, &["m.naqd: not a model file, or cut short"]);
        assert_eq!(ran.out(), "");
    }
}

/// Numbers of thresholds that cannot be: a program that computes with them would go wrong.
#[test]
fn impossible_numbers_of_thresholds() {
    let shipped = Model::shipped();
    assert!(Model::from_bytes(&shipped.to_bytes()).is_ok());
    type Damage = (&'static str, fn(&mut Triage));
    let damage: [Damage; 9] = [
        ("promises of triage", |triage| triage.promises.confidence = 5.0),
        ("promises of triage", |triage| triage.promises.max_innocent_rejected = -1.0),
        ("promises of triage", |triage| triage.promises.max_abusive_published = 1e308),
        ("minimum familiarity", |triage| triage.familiar.arabic = -1e38),
        ("numbers of decided comments", |triage| triage.published.wrong = 1 << 63),
        ("numbers of decided comments", |triage| triage.comments = u64::MAX),
        ("background of triage", |triage| triage.background.scores[0].shares.clear()),
        ("background of triage", |triage| triage.background.scores[0].edges.reverse()),
        ("background of triage", |triage| triage.background.known = -0.5),
    ];
    let folder = Folder::new(&[]);
    for (what, damage) in damage {
        let mut model = shipped.clone();
        model.parts_mut().experts.of_mut(true).triage.iter_mut().for_each(damage);
        std::fs::write(folder.path("m.naqd"), model.to_bytes()).unwrap();
        folder.score(&["--model", "m.naqd", "--text", "a"], b"").says(2, &["m.naqd", what]);
    }
}

/// A link to a file that is not there: neither it nor the file is written.
#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_not_written() {
    let folder = trained();
    std::os::unix::fs::symlink("elsewhere/m.naqd", folder.path("link.naqd")).unwrap();
    folder
        .train(&["b.csv", "--from", "none", "--out", "link.naqd"])
        .says(2, &["link.naqd", "a link to a file that is not there"]);
    assert!(folder.path("link.naqd").is_symlink());
    // One that leads somewhere leads there still.
    std::fs::create_dir(folder.path("elsewhere")).unwrap();
    std::fs::copy(folder.path("m.naqd"), folder.path("elsewhere/m.naqd")).unwrap();
    folder.train(&["b.csv", "--from", "none", "--out", "link.naqd"]).says(0, &[]);
    assert!(folder.path("link.naqd").is_symlink());
}

/// Names of files, classes and labels do not reach the terminal with characters that act there, nor the card as Markdown.
#[cfg(unix)]
#[test]
fn names_cannot_act() {
    let acts = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.chars().any(|c| c.is_control() && c != '\n' && c != '\t' || ('\u{202A}'..='\u{202E}').contains(&c))
    };
    let folder = Folder::new(&[]);
    let names = ["a\u{1b}]0;pwn\u{7}.csv", "\u{9b}31m\u{202e}.csv"];
    for name in names {
        std::fs::write(folder.path(name), "text,x\nhello,1\n\"you, idiot\",2\nbad,1,2\n,\n").unwrap();
        for args in [&["--to", "table", "--color", "never", name][..], &[name], &["--text-column", name, name]] {
            let ran = folder.score(args, b"");
            assert!(!acts(&ran.0.stderr) && !acts(&ran.0.stdout), "{args:?}: {} {}", ran.out(), ran.err());
        }
        let missing = format!("no {name}");
        for ran in [
            folder.score(&[&missing], b""),
            folder.score(&["--model", &missing, "--text", "a"], b""),
            folder.score(&["--rules", &missing, "--text", "a"], b""),
            folder.train(&[&missing, "--out", "m.naqd"]),
            folder.train(&[name, "--out", "m.naqd"]),
            folder.audit(&[name]),
            folder.report(&[&missing, name, "--output", "page.html"]),
        ] {
            assert!(!ran.err().is_empty() && !acts(&ran.0.stderr), "{}", ran.err());
        }
    }
    // Labels become classes, and files sources.
    let name = "x\u{1b}[31m|<img src=x>`.csv";
    let labels = ["abusive", "crit\u{1b}[31m<b>", "neu`tral"];
    let letters =
        |row: usize| -> String { [row / 26, row % 26].iter().map(|at| char::from(b'a' + *at as u8)).collect() };
    let row = |row: usize| format!("w{0}x hello you {0}y friend {0}{0},{1}\n", letters(row), labels[row % 3]);
    let rows: String = (0..300).map(row).collect();
    std::fs::write(folder.path(name), format!("text,label\n{rows}")).unwrap();
    let ran = folder.train(&[name, "--from", "none", "--out", "m.naqd", "--card", "card.md"]);
    assert!(ran.code() == 0 && !acts(&ran.0.stderr) && !acts(&ran.0.stdout), "{} {}", ran.out(), ran.err());
    let card = folder.read("card.md");
    assert!(!acts(card.as_bytes()) && !card.contains("<img") && !card.contains("<b>"), "{card}");
    assert!(card.contains("| x\u{FFFD}\\[31m\\|&lt;img src=x>\\`.csv | 300 |"), "{card}");
    let ran = folder
        .score(&["--model", "m.naqd", "--to", "table", "--color", "never", "--explain", "--text", "word1 hello"], b"");
    assert!(ran.code() == 0 && !acts(&ran.0.stdout), "{}", ran.out());
}

#[test]
fn a_model_of_a_newer_version() {
    let mut bytes = small_model().to_bytes();
    let place = memchr::memmem::find(&bytes, b"\\\"format\\\":").unwrap() + 11;
    bytes[place] = b'9';
    let folder = Folder::new(&[("m.naqd", &bytes)]);
    folder
        .score(&["--model", "m.naqd", "--text", "fine"], b"")
        .says(2, &["m.naqd: made by a newer naqd: update this program (format version 9, this program reads version"]);
}

#[test]
fn a_hundred_threads_share_a_classifier() {
    let classifier = Classifier::new(&Model::shipped());
    let comments: Vec<String> = csv(40).lines().chain(COMMENTS).map(str::to_owned).collect();
    let alone: Vec<_> = comments.iter().map(|text| classifier.explain(text)).collect();
    std::thread::scope(|scope| {
        for thread in 0..100 {
            let (classifier, comments, alone) = (&classifier, &comments, &alone);
            scope.spawn(move || {
                for i in (0..comments.len()).map(|i| (i * 7 + thread) % comments.len()) {
                    assert_eq!(classifier.explain(&comments[i]), alone[i], "{:?}", comments[i]);
                    assert_eq!(classifier.score(&comments[i]).probabilities, alone[i].verdict.probabilities);
                }
            });
        }
    });
}

/// A folder with two corpora and a model of the first.
fn trained() -> Folder {
    let folder = Folder::new(&[("a.csv", csv(40).as_bytes()), ("b.csv", csv(24).as_bytes())]);
    folder.train(&["a.csv", "--from", "none", "--out", "m.naqd"]).says(0, &[]);
    folder
}

/// Killed at any moment, by the system or by Ctrl-C: a whole model, the old or the new one.
#[cfg(unix)]
#[test]
fn killed_while_training() {
    let folder = trained();
    let start = Instant::now();
    folder.train(&["b.csv", "--from", "none", "--out", "b.naqd"]).says(0, &[]);
    let whole = start.elapsed();
    let read = |name: &str| std::fs::read(folder.path(name)).unwrap();
    let (old, new) = (read("m.naqd"), read("b.naqd"));
    let (rounds, mut killed) = (size(12, 200), 0);
    for round in 0..rounds {
        let mut child = Command::new(TRAIN)
            .args(["b.csv", "--from", "none", "--out", "m.naqd", "--card", "card.md"])
            .current_dir(folder.path("."))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole * round as u32 / rounds as u32 * 5 / 4);
        let signal = if round % 2 == 0 { "-INT" } else { "-KILL" };
        Command::new("kill").args([signal, &child.id().to_string()]).output().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
        let found = read("m.naqd");
        assert!(found == old || found == new, "round {round}");
        if let Ok(card) = std::fs::read_to_string(folder.path("card.md")) {
            assert!(card.starts_with("# Model card") && card.ends_with('\n'));
        }
    }
    let expected = ["a.csv", "b.csv", "b.naqd", "card.md", "m.naqd"];
    let left: Vec<String> = folder.names().into_iter().filter(|name| !expected.contains(&name.as_str())).collect();
    println!("{killed} of {rounds} killed, left over: {left:?}");
    assert!(killed > 0 && left.iter().all(|name| name.starts_with(".naqd-")), "{left:?}");
}

#[test]
fn two_trainings_into_one_file() {
    let folder = trained();
    folder.train(&["b.csv", "--from", "none", "--out", "b.naqd"]).says(0, &[]);
    let train = |corpus: &str| {
        let args = [corpus, "--from", "none", "--out", "both.naqd"];
        Command::new(TRAIN).args(args).current_dir(folder.path(".")).stdout(Stdio::null()).spawn().unwrap()
    };
    for _ in 0..3 {
        let mut children = [train("a.csv"), train("b.csv"), train("a.csv")];
        assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
        let read = |name: &str| std::fs::read(folder.path(name)).unwrap();
        let both = read("both.naqd");
        assert!(both == read("m.naqd") || both == read("b.naqd"));
    }
    assert_eq!(folder.names(), ["a.csv", "b.csv", "b.naqd", "both.naqd", "m.naqd"]);
}

/// No room for the model: the limit on the size of files stands for the full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_model() {
    let folder = trained();
    let old = std::fs::read(folder.path("m.naqd")).unwrap();
    // With the signal ignored writing fails, as it does on a full disk; otherwise the program is killed.
    for (ignore, code) in [("trap '' XFSZ; ", Some(2)), ("", None)] {
        let shell = format!("{ignore}ulimit -f 4; exec {TRAIN} b.csv --from none --out m.naqd --card card.md");
        let ran = Command::new("bash").args(["-c", &shell]).current_dir(folder.path(".")).output().unwrap();
        let err = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), code, "{err}");
        assert!(code.is_none() || err.contains("naqd-train: m.naqd: "), "{err}");
        assert!(std::fs::read(folder.path("m.naqd")).unwrap() == old);
        let left: Vec<String> = folder.names().into_iter().filter(|name| name.starts_with(".naqd-")).collect();
        assert_eq!(left.len(), usize::from(code.is_none()), "{left:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn where_nothing_can_be_written() {
    let folder = trained();
    // Also root cannot make files here.
    folder.train(&["b.csv", "--from", "none", "--out", "/proc/m.naqd"]).says(2, &["naqd-train: /proc/m.naqd: "]);
    let ran = folder.train(&["b.csv", "--from", "none", "--out", "b.naqd", "--card", "/proc/card.md"]);
    ran.says(2, &["naqd-train: /proc/card.md: "]);
    assert_eq!(folder.names(), ["a.csv", "b.csv", "b.naqd", "m.naqd"]);
    // Standard output that is full or closed: the model is written all the same.
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let out = |stdout: Stdio, name: &str| {
        Command::new(TRAIN)
            .args(["b.csv", "--from", "none", "--out", name])
            .current_dir(folder.path("."))
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let ran = out(full.into(), "c.naqd").wait_with_output().unwrap();
    assert_eq!(ran.status.code(), Some(2), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut child = out(Stdio::piped(), "d.naqd");
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let bytes = |name: &str| std::fs::read(folder.path(name)).unwrap();
    assert!(bytes("c.naqd") == bytes("b.naqd") && bytes("d.naqd") == bytes("b.naqd"));
}
