//! Labels as people write them.

use crate::common::{Folder, varied_csv};

/// The labels of an archive, each row in one of several spellings.
fn spelt(csv: &str, label: &str, spellings: &[&str]) -> String {
    let mut row = 0;
    let lines = csv.lines().map(|line| match line.strip_suffix(&format!(",{label}")) {
        Some(rest) => {
            row += 1;
            format!("{rest},\"{}\"", spellings[row % spellings.len()])
        }
        None => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn labels_that_differ_in_writing_are_one_class() {
    let csv = spelt(&varied_csv(60), "abusive", &["abusive", "ABUSIVE", " Abusive", "abusive ", "abusive."]);
    let csv = spelt(&csv, "neutral", &["محايد", "محايــد", "مُحايد", "محايد "]);
    let folder = Folder::new(&[("c.csv", csv.as_bytes())]);
    let ran = folder.train(&["c.csv", "--map", "محايد.=neutral", "--output", "m.naqd"]);
    ran.says(0, &["labels read as one: abusive (48) = abusive. (12); "]);
    assert!(ran.out().contains("learnt on top of the shipped model"), "{}", ran.out());
    assert!(!ran.err().contains("is not named by --map"), "{}", ran.err());
}

#[test]
fn numbers_and_truths_are_one_class() {
    let one = spelt(&spelt(&varied_csv(60), "abusive", &["1", "1.0", "١"]), "neutral", &["0", "0.0"]);
    let two = spelt(&spelt(&varied_csv(60), "abusive", &["TRUE"]), "neutral", &["False", "FALSE"]);
    let folder = Folder::new(&[("one.csv", one.as_bytes()), ("two.csv", two.as_bytes())]);
    let ran = folder.train(&["one.csv", "--map", "critical=", "--from", "none", "--output", "m.naqd"]);
    ran.says(0, &["labels read as one: 0 (30) = 0.0 (30); 1 (20) = 1.0 (20) = ١ (20)"]);
    let map = "--map 'critical=critical,0=critical|neutral,1=abusive'";
    ran.says(0, &["no class is named abusive, so that a model of these labels decides nothing", map]);
    let next = format!("next: name the class of abuse \"abusive\", for example with {map}");
    assert!(ran.out().contains(&next), "{}", ran.out());
    // The map in the message is the one that helps.
    let ran = folder.train(&["two.csv", "--map", "true=abusive,FALSE.=critical|neutral", "--output", "m.naqd"]);
    ran.says(0, &[]);
    assert!(ran.out().contains("abusive") && !ran.err().contains("no class is named"), "{}", ran.err());
}

#[test]
fn arabic_labels_hint_at_the_map() {
    let csv = spelt(&varied_csv(60), "abusive", &["مسيء", "مسئ", "مُسيء", "مسيئ"]);
    let csv = spelt(&spelt(&csv, "neutral", &["محايد"]), "critical", &["نقد"]);
    let folder = Folder::new(&[("c.csv", csv.as_bytes())]);
    let ran = folder.train(&["c.csv", "--from", "none", "--output", "m.naqd"]);
    ran.says(0, &["no class is named abusive", "=abusive", "محايد=neutral", "نقد=critical"]);
    let map = "مسيء=abusive,محايد=neutral,نقد=critical";
    let ran = folder.train(&["c.csv", "--map", map, "--output", "m.naqd"]);
    ran.says(0, &[]);
    assert!(ran.out().contains("learnt on top of the shipped model"), "{}", ran.out());
}

#[test]
fn several_labels_in_a_cell_hint_at_their_separator() {
    let csv = varied_csv(60);
    let csv = spelt(&csv, "critical", &["critical", "critical", "critical;neutral"]);
    let folder = Folder::new(&[("c.csv", csv.as_bytes())]);
    let ran = folder.train(&["c.csv", "--from", "none", "--output", "m.naqd"]);
    ran.says(0, &["label critical;neutral (20 rows) is read as one label; several labels of a comment are joined by |: critical|neutral"]);
}
