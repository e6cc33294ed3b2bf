//! Archives of moderators' decisions: labels renamed and left out by `--map`, columns that only some files have.

use std::fmt::Write as _;

use crate::common::{Folder, csv};
use naqd::Model;

const MAP: &str = "approved=critical|neutral,rejected=abusive";

/// An archive with the column `status`: 24 rejected and 48 approved comments, and `more` rows.
fn archive(more: &str) -> String {
    let archive = csv(24).replacen("label", "status", 1);
    archive.replace(",neutral", ",Approved").replace(",critical", ",approved ").replace(",abusive", ",REJECTED") + more
}

/// `n` rows with a label, of different texts for each label.
fn rows(label: &str, n: usize) -> String {
    (0..n).fold(String::new(), |mut rows, i| {
        let word: String = label.bytes().chain([i as u8]).map(|byte| char::from(b'a' + byte % 26)).collect();
        writeln!(rows, "{label}{i},buy the watch {word} and {word} now,{label}").unwrap();
        rows
    })
}

/// naqd-train on `archive.csv` with a map.
fn train(archive: &str, map: &str, more: &[&str]) -> (Folder, crate::common::Ran) {
    let folder = Folder::new(&[("archive.csv", archive.as_bytes())]);
    let ran = folder.train(&[&["archive.csv", "--label-column", "status", "--map", map], more].concat());
    (folder, ran)
}

#[test]
fn rows_of_a_label_renamed_to_nothing_are_left_out() {
    let map = format!("{MAP},pending=, Trash = ");
    // Also if it is one of several alternatives, or the comment is empty.
    let more = rows("Pending ", 30) + &rows("trash", 1) + "x,buy,approved|pending\ny,,pending\nz,,PENDING|trash\n";
    let (folder, ran) = train(&archive(&more), &map, &[]);
    ran.says(0, &[]);
    assert_eq!(ran.err(), "");
    assert!(ran.out().starts_with("72 comments"), "{}", ran.out());
    assert!(ran.out().contains("\nleft out by --map: pending (33 rows), trash (1 row)\n"), "{}", ran.out());
    // On top of the shipped model it has the classes of that one.
    assert_eq!(Model::open(folder.path("model.naqd")).unwrap().classes().names(), ["abusive", "critical", "neutral"]);
    // The model is that of the other rows alone.
    let (other, _) = train(&archive(""), MAP, &[]);
    let bytes = |folder: &Folder| std::fs::read(folder.path("model.naqd")).unwrap();
    assert!(bytes(&folder) == bytes(&other));

    let (_, ran) = train(&archive(&more), &map, &["--json", "--strict"]);
    ran.says(0, &[]);
    let report: serde_json::Value = serde_json::from_str(&ran.out()).unwrap();
    assert_eq!(report["left_out_labels"], serde_json::json!({"pending": 33, "trash": 1}));
    assert_eq!((&report["comments"], &report["skipped_rows"]), (&72.into(), &0.into()));

    // Other bad rows stay bad rows.
    let (_, ran) = train(&archive("x,buy\ny,,approved\n"), &map, &[]);
    ran.says(1, &["archive.csv:74: 2 fields", "archive.csv:75: column \"text\": empty", "2 rows could not be used"]);
    train("", "=neutral", &[]).1.says(2, &["label=label, label=label|label, or label= to leave its rows out"]);
}

#[test]
fn the_other_programs_tell_of_rows_left_out() {
    let (folder, _) = train(&archive(&rows("pending", 3)), &format!("{MAP},pending="), &[]);
    let left_out = ["left out by --map: pending (3 rows)"];
    let options = ["--label-column", "status", "--map", "approved=critical|neutral,rejected=abusive,pending="];
    folder.audit(&[&["archive.csv"], &options[..]].concat()).says(0, &left_out);
    let suggested = folder.audit(&[&["archive.csv", "--suggest", "5"], &options[..]].concat());
    suggested.says(0, &left_out);
    assert!(!suggested.out().contains("watch"), "{}", suggested.out());
    folder.report(&[&["model.naqd", "archive.csv"], &options[..]].concat()).says(0, &left_out);
    let shipped = folder.score(&[&["--check", "archive.csv"], &options[..]].concat(), b"");
    assert!(shipped.err().contains(left_out[0]) && !shipped.err().contains("not be used"), "{}", shipped.err());
    let checked = |script: &str, comments: u32| format!("comments in {script}\n{comments} labelled comments");
    for part in [checked("Arabic", 33), checked("other scripts", 39)] {
        assert!(shipped.out().contains(&part), "{}", shipped.out());
    }

    // A label that the model does not know can be left out.
    let options = ["--label-column", "status", "--map", MAP];
    let remedy = ["\"pending\"", "--map pending=CLASS, or leave its rows out with --map pending="];
    folder.report(&[&["model.naqd", "archive.csv"], &options[..]].concat()).says(2, &remedy);
    folder.score(&[&["--check", "archive.csv"], &options[..]].concat(), b"").says(2, &remedy);
}

#[test]
fn labels_that_nobody_renamed_are_told() {
    let archive = archive(&(rows("trash", 20) + &rows("Held", 15)));
    let labelled = csv(24).replace("river", "mountain");
    let folder = Folder::new(&[("archive.csv", archive.as_bytes()), ("labelled.csv", labelled.as_bytes())]);
    let train = |map: &str, more: &[&str]| {
        let ran = folder.train(&[&["archive.csv", "--label-column", "status", "--map", map], more].concat());
        ran.says(0, &[]);
        ran.err()
    };
    let warning = |label: &str, rows| {
        format!(
            ": label {label} ({rows} rows) is not named by --map, so it is a class of its own; add {label}=CLASS, or \
             {label}= to leave these rows out\n"
        )
    };
    let (held, trash) = (warning("held", 15), warning("trash", 20));
    // Of the file labelled.csv, abusive, critical and neutral are classes.
    assert_eq!(train(MAP, &["labelled.csv"]), format!("naqd-train{held}naqd-train{trash}"));
    let classes = ["abusive", "critical", "held", "neutral", "trash"];
    assert_eq!(Model::open(folder.path("model.naqd")).unwrap().classes().names(), classes);
    assert_eq!(train("rejected=abusive,held=", &[]), format!("naqd-train{}naqd-train{trash}", warning("approved", 48)));
    folder.audit(&["archive.csv", "--label-column", "status", "--map", MAP]).says(0, &[&held, &trash]);

    // Classes that a map leads to, and labels that --labels names, are meant.
    assert_eq!(train(&format!("{MAP},held=trash"), &[]), "");
    assert_eq!(train(MAP, &["--labels", "abusive,critical,neutral,trash,held"]), "");
    // Without a map no label is unnamed; but none of them is abusive.
    let without = folder.train(&["archive.csv", "--label-column", "status"]).err();
    assert!(without.starts_with("naqd-train: no class is named abusive"), "{without}");
    assert!(
        without.contains("--map 'approved=critical|neutral,rejected=abusive,trash=abusive,held=CLASS'"),
        "{without}"
    );
    assert_eq!(without.lines().count(), 1, "{without}");
}

#[test]
fn entries_that_never_apply_are_told() {
    let map = format!("{MAP}|insult,Approve=critical|neutral,spam=");
    let (_, ran) = train(&archive(""), &map, &[]);
    ran.says(0, &[]);
    // The labels abusive and insult are one class here, of which naqd cannot know that it is abuse.
    let hint = "naqd-train: no class is named abusive";
    let told: String = ran.err().split_inclusive('\n').filter(|line| !line.starts_with(hint)).collect();
    assert_eq!(ran.err().matches(hint).count(), 1);
    assert_eq!(
        told,
        "naqd-train: --map Approve=critical|neutral: no row has the label approve; the labels are approved (48), \
         rejected (24)\n\
         naqd-train: --map spam=: no row has the label spam; the labels are approved (48), rejected (24)\n"
    );
    // Of many labels some are listed, the most frequent first.
    let many: String = (0..14).map(|i| rows(&format!("label{i:02}"), 1)).collect();
    let folder = Folder::new(&[("archive.csv", archive(&many).as_bytes())]);
    let all = (0..14).fold(format!("{MAP},spam=abusive"), |map, i| format!("{map},label{i:02}=critical|neutral"));
    folder
        .train(&["archive.csv", "--label-column", "status", "--map", &all])
        .says(0, &["the labels are approved (48), rejected (24), label00 (1), ", "label07 (1), and 6 more\n"]);
    // It is told before the error that comes of it, by every program.
    std::fs::write(folder.path("archive.csv"), archive("")).unwrap();
    let wrong = ["--label-column", "status", "--map", "aproved=neutral,rejected=abusive"];
    let told = ["--map aproved=neutral: no row has the label aproved; the labels are approved (48), rejected (24)"];
    folder.audit(&[&["archive.csv"], &wrong[..]].concat()).says(0, &told);
    folder.report(&[&["model.naqd", "archive.csv"], &wrong[..]].concat()).says(2, &told);
    folder.score(&[&["--check", "archive.csv"], &wrong[..]].concat(), b"").says(2, &told);
}

#[test]
fn an_archive_and_labelled_comments_have_their_own_columns() {
    let archive = archive(&rows("pending", 2)).replacen("text", "body_html", 1);
    let folder = Folder::new(&[
        ("archive.csv", archive.as_bytes()),
        ("labelled.csv", csv(24).replace("river", "mountain").as_bytes()),
        ("ids.csv", b"id,words\n1,hello\n"),
        ("fresh.csv", b"comment,class\nhow could the ferry be late again,neutral\nlate you fool of a ferry,abusive\n"),
    ]);
    let map = format!("{MAP},pending=");
    let columns = ["--label-column", "status", "--text-column", "body_html", "--map", &map];
    let ran = folder.train(&[&["archive.csv", "labelled.csv"], &columns[..]].concat());
    ran.says(0, &[]);
    assert_eq!(ran.err(), "");
    assert!(ran.out().starts_with("144 comments"), "{}", ran.out());
    assert!(ran.out().contains("left out by --map: pending (2 rows)"), "{}", ran.out());
    assert_eq!(Model::open(folder.path("model.naqd")).unwrap().classes().names(), ["abusive", "critical", "neutral"]);
    // In any order, and for the comments of the thresholds too.
    let fresh = ["labelled.csv", "archive.csv", "--from", "none", "--thresholds-on", "fresh.csv"];
    let ran = folder.train(&[&fresh, &columns[..]].concat());
    ran.says(0, &[]);
    assert!(ran.out().contains("2 comments of fresh.csv"), "{}", ran.out());
    folder.audit(&[&["archive.csv", "labelled.csv"], &columns[..]].concat()).says(0, &[]);
    folder.report(&[&["model.naqd", "archive.csv", "labelled.csv"], &columns[..]].concat()).says(0, &[]);
    let inbox = ["archive.csv", "labelled.csv", "fresh.csv", "--suggest", "2"];
    folder.audit(&[&inbox, &columns[..]].concat()).says(0, &[]);

    // A file with neither is an error.
    folder.train(&[&["archive.csv", "ids.csv"], &columns[..]].concat()).says(
        2,
        &["ids.csv:1: no column \"body_html\", nor one of text, comment, body, content, message; the columns are \"id\", \
           \"words\": name the column with --text-column"],
    );
    folder
        .train(&["labelled.csv", "ids.csv", "--text-column", "words"])
        .says(2, &["ids.csv:1: no column one of label, class, category; the columns are \"id\", \"words\""]);
    // So is a name that no file has.
    std::fs::remove_file(folder.path("model.naqd")).unwrap();
    folder.train(&["labelled.csv", "fresh.csv", "--label-column", "statsu"]).says(
        2,
        &["labelled.csv:1: no column \"statsu\", nor in any other of the files; the columns are \"id\", \"text\", \"label\": \
           name the column with --label-column"],
    );
    folder.train(&["labelled.csv", "fresh.csv", "--text-column", "txt"]).says(2, &["no column \"txt\", nor in any"]);
    for files in [&["ids.csv"][..], &["fresh.csv"], &["fresh.csv", "ids.csv"]] {
        let words = if files.contains(&"ids.csv") { ["--text-column", "words"] } else { ["--limit", "9"] };
        let ran = folder.audit(&[files, &["--suggest", "2", "--label-column", "statsu"], &words].concat());
        ran.says(2, &["no column \"statsu\""]);
    }
    // In a single file it has to be there.
    folder.train(&["labelled.csv", "--label-column", "status"]).says(
        2,
        &["labelled.csv:1: no column \"status\"; the columns are \"id\", \"text\", \"label\": name the column"],
    );
    assert!(!folder.names().contains(&"model.naqd".to_owned()));
}
