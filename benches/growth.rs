//! How time and memory of training grow: `cargo bench --bench growth -- CORPUS.csv [COMMENTS ...]`.
//!
//! For each number of comments (10,000, 100,000 and 1,000,000 if none is given) a corpus is made by drawing words
//! of CORPUS.csv within a class, some 100 bytes a comment, in a temporary folder; naqd-train learns from it with its
//! defaults. Words that are drawn alone make nearly every pair of words a new n-gram: harder than real comments.
//! Linux only (the peak of memory is read from /proc).

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use naqd::{Corpus, CorpusReader};

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let Some(file) = args.next() else {
        eprintln!("usage: cargo bench --bench growth -- CORPUS.csv [COMMENTS ...]");
        return;
    };
    let mut sizes: Vec<u64> = args.map(|arg| arg.parse().expect("a number of comments")).collect();
    if sizes.is_empty() {
        sizes = vec![10_000, 100_000, 1_000_000];
    }
    let corpus = CorpusReader::default().read(&[PathBuf::from(file)], &mut |_| true).expect("a corpus");
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!(
        "  comments  MB of text  seconds  CPU seconds  CPU us a comment  peak MiB  bytes a comment  macro-F1  n-grams  folds"
    );
    for comments in sizes {
        let made = folder.path().join("made.csv");
        let bytes = make(&corpus, comments, &made);
        let (seconds, cpu, peak, report) = train(&made, folder.path());
        println!(
            "{comments:10}  {:10.1}  {seconds:7.1}  {cpu:11.1}  {:16.1}  {:8}  {:15.0}  {:8.3}  {:7}  {}",
            bytes as f64 / 1e6,
            cpu / comments as f64 * 1e6,
            peak >> 20,
            peak as f64 / comments as f64,
            report["figures"]["macro_f1"].as_f64().unwrap_or(f64::NAN),
            report["ngrams"],
            report["folds"]
        );
    }
}

/// Writes `comments` comments of drawn words; returns the bytes of their texts.
fn make(corpus: &Corpus, comments: u64, path: &Path) -> u64 {
    let mut words: Vec<Vec<&str>> = vec![Vec::new(); corpus.classes().len()];
    for (text, label) in corpus.texts().iter().zip(corpus.labels()) {
        if let Some(class) = label.single() {
            words[class].extend(text.split_whitespace());
        }
    }
    let all = words.iter().map(Vec::len).sum::<usize>() as u64;
    let mut state = 7u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(state) * u128::from(n)) >> 64) as u64
    };
    let mut out = BufWriter::new(fs::File::create(path).expect("room in the temporary folder"));
    writeln!(out, "text,label").expect("room");
    let (mut bytes, mut text) = (0, String::new());
    for _ in 0..comments {
        let mut draw = below(all) as usize;
        let mut class = 0;
        while draw >= words[class].len() {
            draw -= words[class].len();
            class += 1;
        }
        text.clear();
        while text.len() < 95 {
            let word = words[class][below(words[class].len() as u64) as usize];
            write!(text, "{}{word}", if text.is_empty() { "" } else { " " }).expect("a string");
        }
        bytes += text.len() as u64;
        writeln!(out, "\"{}\",{}", text.replace('"', "\"\""), corpus.classes()[class]).expect("room");
    }
    out.flush().expect("room");
    bytes
}

/// Seconds, seconds of all threads, and peak of memory in bytes of one training, and its report.
fn train(file: &Path, folder: &Path) -> (f64, f64, u64, serde_json::Value) {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_naqd-train"))
        .args([file, Path::new("--json"), Path::new("--output"), &folder.join("made.naqd")])
        .stdout(fs::File::create(folder.join("report.json")).expect("room"))
        .stderr(Stdio::null())
        .spawn()
        .expect("naqd-train");
    let (status, stat) = (format!("/proc/{}/status", child.id()), format!("/proc/{}/stat", child.id()));
    let (mut peak, mut ticks) = (0, 0);
    while child.try_wait().expect("a child").is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) << 10);
        // The 14th and 15th field, counted after the name in brackets, in hundredths of a second.
        let text = fs::read_to_string(&stat).unwrap_or_default();
        let fields = text.rsplit(')').next().unwrap_or("").split_whitespace().skip(11).take(2);
        ticks = ticks.max(fields.filter_map(|field| field.parse::<u64>().ok()).sum());
        std::thread::sleep(Duration::from_millis(20));
    }
    let seconds = start.elapsed().as_secs_f64();
    let report = fs::read_to_string(folder.join("report.json")).expect("a report");
    (seconds, ticks as f64 / 100.0, peak, serde_json::from_str(&report).unwrap_or_default())
}
