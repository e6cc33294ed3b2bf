//! What ships: the data, the model that was trained on it, the moderation script.

mod common;

use std::collections::{HashMap, HashSet};
use std::process::{Command, Output};

use common::{Folder, repository};
use naqd::text::normalise;
use naqd::{Classifier, Model};

fn records(name: &str) -> Vec<HashMap<String, String>> {
    csv::Reader::from_path(repository(name)).unwrap().deserialize().map(Result::unwrap).collect()
}

/// The model that the programs embed is what its command makes of the data: the same n-grams, every weight
/// within one step (the last bit of `exp` may differ between machines).
#[test]
fn the_shipped_model_is_up_to_date() {
    let folder = Folder::new(&[]);
    let data = repository("data/comments.csv");
    folder.train(&[data.to_str().unwrap(), "--out", "new.naqd"]).says(0, &[]);
    let (new, old) = (Model::open(folder.path("new.naqd")).unwrap(), Model::shipped());
    let mend = "run: cargo run --release --bin naqd-train -- data/comments.csv --out models/default.naqd";
    assert_eq!(new.classes, old.classes, "{mend}");
    assert!(new.ngrams == old.ngrams && new.evidence.hashes == old.evidence.hashes, "{mend}");
    let step = new.evidence.step.max(old.evidence.step);
    for (a, b) in new.evidence.weights.iter().zip(&old.evidence.weights) {
        let apart = f32::from(*a) * new.evidence.step - f32::from(*b) * old.evidence.step;
        assert!(apart.abs() <= step * 1.01, "{mend}");
    }
    let (new, old) = (Classifier::new(&new), Classifier::new(&old));
    for row in records("data/inbox.csv") {
        let (a, b) = (new.score(&row["comment"]), old.score(&row["comment"]));
        assert!((0..3).all(|class| (a.probabilities[class] - b.probabilities[class]).abs() < 0.01), "{mend}");
    }
}

/// A comment that criticises, insults, and criticises again.
#[test]
fn an_insult_between_two_sentences_of_criticism() {
    let text = "لا توجد أي مهنية في هذا التقرير. كاتبه أغبى إنسان على وجه الأرض. وكيف سينتقلون إلى هناك والدولة لا تسيطر على تلك المناطق أصلا؟";
    let classifier = Classifier::new(&Model::shipped());
    let verdict = classifier.explain(text).verdict;
    let name = |label: usize| classifier.classes()[label].as_str();
    assert_eq!(name(verdict.label), "abusive");
    let sentences: Vec<&str> = verdict.sentences.iter().map(|sentence| name(sentence.score.label)).collect();
    assert_eq!(sentences, ["critical", "abusive", "critical"]);
    assert!(records("data/comments.csv").iter().all(|row| !row["text"].contains("أغبى إنسان على وجه الأرض")));
}

#[test]
fn the_data_is_what_it_says() {
    let rows = records("data/comments.csv");
    assert!(rows.len() >= 600, "{} rows", rows.len());
    let count = |column: &str, value: &str| rows.iter().filter(|row| row[column] == value).count() as f64;
    let share = |column, value| count(column, value) / rows.len() as f64;
    assert!((0.55..0.70).contains(&share("language", "ar")), "{}", share("language", "ar"));
    assert_eq!(count("language", "ar") + count("language", "en"), rows.len() as f64);
    for label in ["abusive", "critical", "neutral"] {
        assert!((0.30..0.37).contains(&share("label", label)), "{label}: {}", share("label", label));
    }
    for dialect in ["msa", "levantine", "egyptian", "gulf", "iraqi", "maghrebi", "arabizi", "us", "uk", "international"]
    {
        assert!(count("dialect", dialect) >= 50.0, "{dialect}");
    }
    let ids: HashSet<&String> = rows.iter().map(|row| &row["id"]).collect();
    assert_eq!(ids.len(), rows.len(), "ids are unique");

    let inbox = records("data/inbox.csv");
    assert_eq!(inbox.len(), 40);
    let known: HashSet<String> = rows.iter().map(|row| normalise(&row["text"])).collect();
    assert!(inbox.iter().all(|row| !known.contains(&normalise(&row["comment"]))));
}

/// No two comments of the data share more than half of their runs of five characters.
#[test]
fn the_data_does_not_repeat_itself() {
    let rows = records("data/comments.csv");
    let runs: Vec<HashSet<Vec<char>>> = rows
        .iter()
        .map(|row| {
            let chars: Vec<char> = normalise(&row["text"]).replace('\n', " ").chars().collect();
            chars.windows(5.min(chars.len()).max(1)).map(<[char]>::to_vec).collect()
        })
        .collect();
    let mut with: HashMap<&Vec<char>, Vec<usize>> = HashMap::new();
    for (i, set) in runs.iter().enumerate() {
        set.iter().for_each(|run| with.entry(run).or_default().push(i));
    }
    for (i, set) in runs.iter().enumerate() {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        set.iter().flat_map(|run| &with[run]).filter(|j| **j < i).for_each(|j| *shared.entry(*j).or_default() += 1);
        for (j, both) in shared {
            let jaccard = both as f64 / (set.len() + runs[j].len() - both) as f64;
            assert!(jaccard <= 0.5, "{} and {}: {jaccard:.2}", rows[i]["id"], rows[j]["id"]);
        }
    }
}

fn moderate(folder: &Folder, args: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new("sh")
        .arg(repository("examples/moderate.sh"))
        .args(args)
        .env("NAQD_SCORE", env!("CARGO_BIN_EXE_naqd-score"))
        .envs(env.iter().copied())
        .current_dir(folder.path(""))
        .output()
        .unwrap()
}

fn texts(folder: &Folder, name: &str) -> Vec<String> {
    csv::Reader::from_path(folder.path(name)).unwrap().records().map(|r| r.unwrap()[1].to_owned()).collect()
}

/// Every row goes to one of publish, hold and reject, whole, with its line breaks and quotes.
#[test]
fn the_script_sorts_an_inbox() {
    let inbox = "id,comment\n1,\"you stupid fool,\n\"\"you idiot\"\"\"\n2,\"شكرا جزيلا\n\nتقرير مفيد\"\n3,\"Where is your source? The headline is wrong, the article is biased.\"\n4,\n";
    let folder = Folder::new(&[("inbox.csv", inbox.as_bytes())]);
    let ran = moderate(&folder, &["inbox.csv", "out"], &[("REJECT_AT", "0.5")]);
    assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "4 comments: 2 publish, 1 hold, 1 reject; 1 for the editors\n");
    assert_eq!(texts(&folder, "out/reject.csv"), ["you stupid fool,\n\"you idiot\""]);
    assert_eq!(texts(&folder, "out/hold.csv"), [""], "what cannot be scored waits for a person");
    let critical = "Where is your source? The headline is wrong, the article is biased.";
    assert_eq!(texts(&folder, "out/publish.csv"), ["شكرا جزيلا\n\nتقرير مفيد", critical]);
    assert_eq!(texts(&folder, "out/editors.csv"), [critical]);
    let header = folder.read("out/hold.csv").lines().next().unwrap().to_owned();
    assert_eq!(header, "id,comment,naqd_label,naqd_abusive,naqd_critical,naqd_neutral,naqd_error");
}

#[test]
fn the_script_leaves_everything_as_it_was_when_it_cannot_run() {
    let folder = Folder::new(&[("inbox.csv", b"comment\nhello\n"), ("wrong.csv", b"a,b\n1,2\n")]);
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &[]).status.code(), Some(0));
    let before = folder.read("out/publish.csv");
    for args in
        [&["none.csv", "out"][..], &["wrong.csv", "out"], &["inbox.csv"], &["inbox.csv", "out", "--model", "none"]]
    {
        let ran = moderate(&folder, args, &[]);
        assert_eq!(ran.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &[("NAQD_SCORE", "no-such-program")]).status.code(), Some(2));
    for wrong in ["abc", "0,4", "2", ""] {
        let ran = moderate(&folder, &["inbox.csv", "out"], &[("HOLD_AT", wrong)]);
        assert_eq!(ran.status.code(), Some(if wrong.is_empty() { 0 } else { 2 }), "HOLD_AT={wrong}");
    }
    assert_eq!(folder.read("out/publish.csv"), before);
    let mut names: Vec<_> = std::fs::read_dir(folder.path("out")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".lock", "editors.csv", "hold.csv", "publish.csv", "reject.csv"], "nothing half written");
}

/// Would not end within an hour if lines were joined one to the other.
#[test]
fn a_comment_of_many_lines_does_not_hold_the_script_up() {
    let inbox = format!("id,comment\n1,\"{}\"\n2,hello\n", "idiot\n".repeat(1 << 20));
    let folder = Folder::new(&[("inbox.csv", inbox.as_bytes())]);
    let ran = moderate(&folder, &["inbox.csv", "back\\nslash"], &[]);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(String::from_utf8_lossy(&ran.stdout).split(':').next(), Some("2 comments"));
}

#[test]
fn the_script_runs_once_at_a_time() {
    let folder = Folder::new(&[("inbox.csv", b"comment\nhello\n")]);
    std::fs::create_dir(folder.path("out")).unwrap();
    let mut holder = Command::new("flock")
        .args(["out/.lock", "sh", "-c", "echo held; read line"])
        .current_dir(folder.path(""))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut held = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(holder.stdout.take().unwrap()), &mut held).unwrap();
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &[]).status.code(), Some(75));
    drop(holder.stdin.take());
    holder.wait().unwrap();
    assert_eq!(moderate(&folder, &["inbox.csv", "out"], &[]).status.code(), Some(0));
}

/// A model without the three classes is no model for the script.
#[test]
fn the_script_wants_the_three_classes() {
    let csv = common::csv(24).replace("critical\n", "critical|neutral\n").replace("neutral\n", "critical|neutral\n");
    let csv = csv.replace("critical|critical|neutral", "critical|neutral");
    let folder = Folder::new(&[("c.csv", csv.as_bytes()), ("inbox.csv", b"comment\nhello\n")]);
    folder.train(&["c.csv", "--out", "two.naqd"]).says(0, &[]);
    let ran = moderate(&folder, &["inbox.csv", "out", "--model", "two.naqd"], &[]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("must have the classes abusive, critical and neutral"));
}
