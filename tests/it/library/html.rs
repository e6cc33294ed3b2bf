//! The text of HTML, compared with what Chromium shows.

use std::process::Command;

use naqd::internal::text::{Html, Visible, readings};

use crate::common::repository;

#[derive(serde::Deserialize)]
struct Case {
    html: String,
    /// Words that Chromium shows.
    words: Vec<String>,
}

/// Words without the marks that stand for quotations.
fn words<'w>(words: impl Iterator<Item = &'w str>) -> Vec<String> {
    words.map(|word| word.replace(['“', '”'], "")).filter(|word| !word.is_empty() && word != ">").collect()
}

/// Compares readings of pieces of HTML with what Chromium shows: the words that it shows are those of one of the readings,
/// in the same order; of nearly all pieces, of the first. Words that Chromium moves out of a table stand elsewhere.
fn compare(cases: &str) {
    let cases: Vec<Case> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (mut others, mut wrong) = (Vec::new(), Vec::new());
    for Case { html, words: expected } in &cases {
        let all = readings(html, Html::Yes);
        let expected = words(expected.iter().map(String::as_str));
        let is = |visible: &Visible| words(visible.text.split_whitespace()) == expected;
        if is(&all[0]) {
            continue;
        }
        let texts: Vec<&str> = all.iter().map(|visible| visible.text.as_ref()).collect();
        let line = format!("{html:?}\n    browser {expected:?}\n    naqd    {texts:?}");
        let is_there = |word: &String| all.iter().any(|visible| visible.text.contains(word.as_str()));
        let in_table = html.to_lowercase().contains("<table") && expected.iter().all(is_there);
        if in_table || all.iter().any(is) { others.push(line) } else { wrong.push(line) }
    }
    let (others, wrong) = (others.join("\n"), wrong.join("\n"));
    println!("{} cases\nOTHERS\n{others}\nWRONG\n{wrong}", cases.len());
    assert!(wrong.is_empty() && others.lines().count() / 3 <= cases.len() / 50, "WRONG\n{wrong}\nOTHERS\n{others}");
}

#[test]
fn stored_cases_show_what_the_browser_shows() {
    let file = std::env::var("NAQD_CASES").map_or(repository("tests/html/cases.jsonl"), Into::into);
    compare(&std::fs::read_to_string(file).unwrap());
}

/// Of 2,000 new pieces of HTML.
#[test]
#[ignore = "release tier: asks Chromium"]
fn random_pieces_show_what_the_browser_shows() {
    let seed = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs().to_string();
    println!("seed {seed}");
    let script = repository("tests/html/browser.py");
    let asked = Command::new("python3").arg(script).args(["2000", &seed]).output().unwrap();
    if !asked.status.success() {
        eprintln!("skipped: {}", String::from_utf8_lossy(&asked.stderr));
        return;
    }
    compare(std::str::from_utf8(&asked.stdout).unwrap());
}
