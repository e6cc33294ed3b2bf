//! Labels as people write them.

use crate::common::{Folder, csv, varied_csv};

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

#[test]
fn classes_beside_the_usual_three_are_told() {
    let text = csv(24) + "x1,you are a fool indeed,abusve\nx2,so it goes,other\n";
    let folder = Folder::new(&[("c.csv", text.as_bytes())]);
    for ran in [folder.train(&["c.csv", "--from", "none"]), folder.audit(&["c.csv"])] {
        let err = ran.err();
        for said in [
            "label abusve (1 row) is a class of its own beside abusive, critical, neutral: did you mean abusive?",
            "--map 'abusve=abusive'",
            "label other (1 row) is a class of its own beside abusive, critical, neutral; rename it",
        ] {
            assert!(err.contains(said), "{said}: {err}");
        }
    }
}

#[test]
fn placeholders_are_no_labels() {
    for nothing in ["nan", "NULL", "#NAME?", "-"] {
        let text = csv(24) + &format!("x1,some words about it,{nothing}\n");
        let folder = Folder::new(&[("c.csv", text.as_bytes())]);
        let ran = folder.train(&["c.csv", "--from", "none"]);
        ran.says(1, &["c.csv:74: column \"label\": empty: ", "is what exporters write where there is no label"]);
        assert!(!ran.err().contains("class of its own"), "{}", ran.err());
        folder.audit(&["c.csv", "--suggest", "3"]).says(0, &[]);
        let map = format!("--map={nothing}=neutral");
        folder.train(&["c.csv", "--from", "none", &map]).says(0, &[]);
    }
    // What people call a comment without abuse.
    let folder = Folder::new(&[("c.csv", csv(24).replace(",neutral\n", ",None\n").as_bytes())]);
    folder.train(&["c.csv", "--from", "none"]).says(0, &[]);
}

#[test]
fn numbers_are_not_guessed() {
    for (numbers, guess) in [
        (["0", "1", "2"], false),
        (["1", "2", "3"], false),
        (["-1", "0", "1"], false),
        (["٠", "١", "٢"], false),
        (["0", "1", "1"], true),
        (["٠", "١", "١"], true),
    ] {
        let [neutral, critical, abusive] = numbers;
        let text =
            csv(24).replace(",neutral\n", &format!(",{neutral}\n")).replace(",critical\n", &format!(",{critical}\n"));
        let text = text.replace(",abusive\n", &format!(",{abusive}\n"));
        let folder = Folder::new(&[("c.csv", text.as_bytes())]);
        let err = folder.train(&["c.csv", "--from", "none"]).err();
        assert!(err.contains("no class is named abusive"), "{err}");
        let map = err.split_once("--map '").unwrap().1.split_once('\'').unwrap().0;
        assert_eq!(map.contains("=abusive"), guess, "{err}");
        assert_eq!(map.matches("CLASS").count(), if guess { 0 } else { 3 }, "{err}");
    }
}

#[test]
fn a_wide_sign_joins_alternatives() {
    let folder = Folder::new(&[("c.csv", (csv(24) + "x1,some words about it,critical｜neutral\n").as_bytes())]);
    let ran = folder.train(&["c.csv", "--from", "none"]);
    ran.says(0, &[]);
    assert_eq!(ran.err(), "");
}

#[test]
fn decisions_beside_a_section_of_the_paper() {
    for (section, decision, values) in [
        ("category", "status", ["Sport", "Politics", "rejected", "approved"]),
        ("التصنيف", "الحالة", ["رياضة", "سياسة", "مرفوض", "مقبول"]),
    ] {
        let labelled = csv(24);
        let mut rows = csv::Reader::from_reader(labelled.as_bytes()).into_records().map(Result::unwrap).enumerate();
        let mut text = format!("text,{section},{decision}\n");
        rows.by_ref().for_each(|(i, row)| {
            let (comment, label) = (&row[1], &row[2]);
            let said = if label == "abusive" { values[2] } else { values[3] };
            text += &format!("\"{comment}\",{},{said}\n", values[i % 2]);
        });
        let folder = Folder::new(&[("c.csv", text.as_bytes())]);
        let map = format!("{}=abusive,{}=neutral", values[2], values[3]);
        let ran = folder.train(&["c.csv", "--from", "none", "--map", &map]);
        let said = format!("the column of the labels is {decision:?}, not {section:?}, which has no known label");
        ran.says(0, &[&said]);
        assert!(!ran.out().contains(values[0]), "{}", ran.out());
        // Where both have known labels, both are named.
        let known = text.replace(values[0], "abusive").replace(values[1], "neutral");
        let folder = Folder::new(&[("c.csv", known.as_bytes())]);
        let said = format!("the column of the labels is {section:?}, not {decision:?}");
        folder.train(&["c.csv", "--from", "none"]).says(0, &[&said]);
    }
}
