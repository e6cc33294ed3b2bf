//! naqd-train, as people run it.

use crate::common::{Folder, csv};
use naqd::Model;

#[test]
fn trains_and_says_how_good_it_is() {
    let folder = Folder::new(&[("c.csv", csv(24).as_bytes())]);
    let ran = folder.train(&["c.csv"]);
    ran.says(0, &[]);
    assert_eq!(ran.err(), "");
    for part in [
        "72 comments; 5-fold cross-validation",
        "precision  recall      F1  support  ROC AUC",
        "abusive ",
        "macro-F1",
        "log loss  expected calibration error",
        "calibrator",
        "confusion matrix (rows: true label, columns: predicted)",
        "model.naqd: ",
        " n-grams; ",
    ] {
        assert!(ran.out().contains(part), "expected {part:?} in {}", ran.out());
    }
    assert_eq!(folder.names(), ["c.csv", "model.naqd"]);
    assert_eq!(Model::open(folder.path("model.naqd")).unwrap().classes().names(), ["abusive", "critical", "neutral"]);
}

#[test]
fn json_has_the_same_figures() {
    let folder = Folder::new(&[("c.csv", csv(24).as_bytes())]);
    let ran = folder.train(&["c.csv", "--json", "--output", "m.naqd"]);
    ran.says(0, &[]);
    let report: serde_json::Value = serde_json::from_str(&ran.out()).unwrap();
    assert_eq!(report["comments"], 72);
    assert_eq!(report["model"], "m.naqd");
    assert_eq!(report["figures"]["classes"][1]["class"], "critical");
    assert_eq!(report["figures"]["classes"][1]["support"], 24);
    assert!(report["figures"]["macro_f1"].as_f64().unwrap() > 0.9, "{report}");
    assert!(report["figures"]["classes"][0]["roc_auc"].as_f64().unwrap() > 0.9);
    for layer in ["evidence", "temperature", "verdict"] {
        assert!(report[layer]["log_loss"].as_f64().unwrap() > 0.0);
        assert!(report[layer]["ece"].as_f64().unwrap() >= 0.0);
    }
    assert_eq!(report["model_bytes"], std::fs::metadata(folder.path("m.naqd")).unwrap().len());
}

/// Invariant 3: the same corpus and seed give the same bytes, in any number of threads.
#[test]
fn the_same_corpus_gives_the_same_bytes() {
    let folder = Folder::new(&[("c.csv", csv(40).as_bytes())]);
    for (out, threads) in [("one.naqd", "1"), ("two.naqd", "2"), ("five.naqd", "5")] {
        folder.train(&["c.csv", "--output", out, "--threads", threads, "--seed", "3"]).says(0, &[]);
    }
    let bytes = |name| std::fs::read(folder.path(name)).unwrap();
    assert_eq!(bytes("one.naqd"), bytes("two.naqd"));
    assert_eq!(bytes("one.naqd"), bytes("five.naqd"));
}

/// One table of the same comments as people export them.
#[test]
fn reads_what_people_export() {
    let plain = csv(24);
    let utf16 = |le: bool| -> Vec<u8> {
        let order = |unit: u16| if le { unit.to_le_bytes() } else { unit.to_be_bytes() };
        std::iter::once(0xFEFF).chain(plain.encode_utf16()).flat_map(order).collect()
    };
    let tabs = plain.replace(',', "\t").replace("\t ", ", ");
    let semicolons = plain.replace(',', ";").replace("; ", ", ");
    let windows_1256 = encoding_rs::WINDOWS_1256.encode(&plain).0.into_owned();
    let renamed = plain.replacen("id,text,label", "ID, Body ,Category", 1);
    let quoted_newlines = plain.replace(" you fool", "\nyou fool").replace('\n', "\r\n");
    let cases: [(&str, Vec<u8>, &[&str]); 10] = [
        ("utf-8", plain.clone().into_bytes(), &[]),
        ("byte order mark", [b"\xEF\xBB\xBF", plain.as_bytes()].concat(), &[]),
        ("utf-16le", utf16(true), &[]),
        ("utf-16be", utf16(false), &[]),
        ("windows-1256", windows_1256, &["--encoding", "windows-1256"]),
        ("tabs", tabs.into_bytes(), &[]),
        ("semicolons", semicolons.into_bytes(), &[]),
        ("bars", plain.replace(',', "|").replace("| ", ", ").into_bytes(), &["--delimiter", "|"]),
        ("renamed columns", renamed.into_bytes(), &[]),
        ("quoted newlines", quoted_newlines.into_bytes(), &[]),
    ];
    let mut expected = None;
    for (what, bytes, options) in cases {
        let folder = Folder::new(&[("c.csv", &bytes)]);
        folder.train(&[&["c.csv", "--from", "none"], options].concat()).says(0, &[]);
        let model = std::fs::read(folder.path("model.naqd")).unwrap();
        // Folding makes them all the same; a line break ends a sentence, so that one differs in its pairs.
        if what == "quoted newlines" {
            assert_eq!(Model::from_bytes(&model).unwrap().training().comments, 72);
        } else {
            assert!(*expected.get_or_insert(model.clone()) == model, "{what}");
        }
    }
}

#[test]
fn several_files_may_have_different_columns() {
    let all = csv(24);
    let (head, rest) = all.split_at(all.len() / 2 + all[all.len() / 2..].find('\n').unwrap() + 1);
    let second: String = rest
        .lines()
        .map(|line| {
            let (id, rest) = line.split_once(',').unwrap();
            let (text, label) = rest.rsplit_once(',').unwrap();
            format!("{label};{id};{text}\n")
        })
        .collect();
    let second = format!("class;number;comment\n{second}");
    let folder = Folder::new(&[("a.csv", head.as_bytes()), ("b.csv", second.as_bytes())]);
    let ran = folder.train(&["a.csv", "b.csv"]);
    ran.says(0, &[]);
    assert!(ran.out().starts_with("72 comments"), "{}", ran.out());
}

#[test]
fn bad_rows_are_named_counted_and_left_out() {
    let good = csv(24);
    let lines = good.lines().count();
    let bad = "x1,,abusive\nx2,\"two\nlines\",\nx3,only two\nx4,one,too,many\nx5,fine,spam\n";
    let folder = Folder::new(&[("c.csv", format!("{good}{bad}").as_bytes())]);
    let options = ["c.csv", "--labels", "abusive,critical,neutral"];
    let ran = folder.train(&options);
    ran.says(
        1,
        &[
            &format!("c.csv:{}: column \"text\": empty, expected a comment", lines + 1),
            &format!("c.csv:{}: column \"label\": empty, expected a label", lines + 2),
            &format!("c.csv:{}: 2 fields, expected 3 as in the header", lines + 4),
            &format!("c.csv:{}: 4 fields, expected 3 as in the header", lines + 5),
            &format!(
                "c.csv:{}: column \"label\": unknown label \"spam\", expected abusive, critical, neutral",
                lines + 6
            ),
            "5 rows could not be used",
        ],
    );
    assert!(ran.out().starts_with("72 comments"));

    let strict = Folder::new(&[("c.csv", format!("{good}{bad}").as_bytes())]);
    strict.train(&[&options[..], &["--strict"]].concat()).says(2, &[&format!("c.csv:{}: ", lines + 1)]);
    assert_eq!(strict.names(), ["c.csv"], "no model");
}

#[test]
fn what_cannot_be_learnt_from_is_an_error_without_a_model() {
    let good = csv(24);
    let one_class: String =
        good.lines().filter(|l| l.starts_with("id") || l.ends_with("abusive")).fold(String::new(), |a, l| a + l + "\n");
    let few = format!(
        "{}n1,\"hello there\",rare\n",
        one_class.clone() + &good.lines().filter(|l| l.ends_with("neutral")).fold(String::new(), |a, l| a + l + "\n")
    );
    let many: String = (0..20).fold("text,label\n".to_owned(), |csv, i| csv + &format!("word{i},label{i}\n"));
    let latin1 = [b"text,label\nfine,a\n\"two\nlines caf\xE9\",b\n".as_slice()].concat();
    let cases: [(&str, &[u8], &[&str]); 9] = [
        ("empty file", b"", &["c.csv: empty: expected a line with the names of the columns"]),
        ("header only", b"text,label\n", &["no comments to learn from"]),
        (
            "no text column",
            b"a,label\n1,2\n",
            &["c.csv:1: no column one of text, comment,", "the columns are \"a\", \"label\"", "--text-column"],
        ),
        (
            "no label column",
            b"text,b\n1,2\n",
            &["c.csv:1: no column one of label, class,", "--label-column, or the delimiter with --delimiter"],
        ),
        ("one class", one_class.as_bytes(), &["all comments are of one class, abusive"]),
        (
            "a class of one row",
            few.as_bytes(),
            &["class rare has 1 different comments of its own", "at least 10", "add comments of the class"],
        ),
        (
            "twenty labels",
            many.as_bytes(),
            &["20 different labels", "at most 16", "--label-column, or the labels to expect with --labels"],
        ),
        ("not UTF-8", &latin1, &["c.csv:4: not valid UTF-8", "--encoding"]),
        ("binary", b"\x7fELF\x02\x01\x01\0\xff\xfe\n\0\0", &["c.csv: a program, not a file of comments", ".xlsx"]),
    ];
    for (what, bytes, words) in cases {
        let folder = Folder::new(&[("c.csv", bytes)]);
        let ran = folder.train(&["c.csv"]);
        ran.says(2, words);
        assert_eq!(ran.out(), "", "{what}");
        assert_eq!(folder.names(), ["c.csv"], "{what}");
    }
    let folder = Folder::new(&[]);
    folder.train(&["none.csv"]).says(2, &["none.csv: No such file"]);
    folder.train(&[]).says(2, &["COMMENTS.csv"]);
    let folder = Folder::new(&[("c.csv", good.as_bytes())]);
    folder.train(&["c.csv", "--output", "/dev/full"]).says(2, &["/dev/full: not a file"]);
    folder.train(&["c.csv", "--output", "."]).says(2, &[".: not a file"]);
    folder.train(&["c.csv", "--output", "no/such/m.naqd"]).says(2, &["there is no folder no/such"]);
    folder
        .train(&["c.csv", "--text-column", "body"])
        .says(2, &["no column \"body\"; the columns are \"id\", \"text\", \"label\""]);
    folder.train(&["c.csv", "--encoding", "klingon"]).says(2, &["unknown encoding", "windows-1256"]);
    folder.train(&["c.csv", "--l2", "0"]).says(2, &["greater than 0"]);
    assert_eq!(folder.names(), ["c.csv"]);
}

#[test]
fn an_old_model_stays_when_training_fails() {
    let folder = Folder::new(&[("c.csv", csv(24).as_bytes()), ("empty.csv", b""), ("m.naqd", b"old")]);
    folder.train(&["empty.csv", "--output", "m.naqd"]).says(2, &["empty.csv"]);
    assert_eq!(folder.read("m.naqd"), "old");
    folder.train(&["c.csv", "--output", "m.naqd"]).says(0, &[]);
    assert!(Model::open(folder.path("m.naqd")).is_ok());
}

#[test]
fn an_archive_of_decisions_trains_a_model_of_two_classes() {
    let archive =
        csv(24).replace("neutral", "Approved").replace("critical", "approved ").replace("abusive", "REJECTED");
    let folder = Folder::new(&[("c.csv", archive.replacen("label", "status", 1).as_bytes())]);
    let map = ["c.csv", "--label-column", "status", "--map", "approved=critical|neutral,rejected=abusive"];
    let ran = folder.train(&[&map[..], &["--from", "none"]].concat());
    ran.says(0, &[]);
    assert!(ran.out().contains("critical and neutral are one class of this model"), "{}", ran.out());
    assert_eq!(Model::open(folder.path("model.naqd")).unwrap().classes().names(), ["abusive", "critical|neutral"]);
    // The shipped model tells them apart.
    let ran = folder.train(&map);
    ran.says(0, &[]);
    assert!(!ran.out().contains("one class of this model"), "{}", ran.out());
    assert_eq!(Model::open(folder.path("model.naqd")).unwrap().classes().names(), ["abusive", "critical", "neutral"]);
}

#[test]
fn decisions_and_full_labels_are_learnt_together() {
    let full = csv(24);
    let archive = "text,label\n\"many thanks, dear friends of the market\",critical|neutral\n".to_owned()
        + "\"the source of the report on the harbour?\",critical|neutral\n\"idiot, fool of the school\",abusive\n";
    let folder = Folder::new(&[("full.csv", full.as_bytes()), ("archive.csv", archive.as_bytes())]);
    let ran = folder.train(&["full.csv", "archive.csv"]);
    ran.says(0, &[]);
    assert!(ran.out().contains("\ncritical|neutral"), "a row of the confusion matrix: {}", ran.out());
    assert_eq!(Model::open(folder.path("model.naqd")).unwrap().classes().names(), ["abusive", "critical", "neutral"]);
}

#[test]
fn contradictions_are_reported() {
    let csv = csv(24) + "a,\"What a strange Report!\",critical\nb,what a strange report!,abusive\n";
    let folder = Folder::new(&[("c.csv", csv.as_bytes())]);
    let ran = folder.train(&["c.csv"]);
    ran.says(0, &["c.csv:75: abusive, but the same text at c.csv:74: critical"]);
    assert!(ran.out().contains("1 comments duplicate another comment whose label conflicts"));
}

#[test]
fn other_classes_and_a_fixed_strength() {
    let csv = csv(24).replace("abusive\n", "spam\n").replace("critical\n", "ham\n").replace("neutral\n", "Eggs\n");
    let folder = Folder::new(&[("c.csv", csv.as_bytes())]);
    let ran = folder.train(&["c.csv", "--l2", "2.5"]);
    ran.says(0, &[]);
    assert!(ran.out().contains("l2 2.5"), "{}", ran.out());
    let model = Model::open(folder.path("model.naqd")).unwrap();
    assert_eq!(model.classes().names(), ["eggs", "ham", "spam"]);
    assert_eq!(model.training().l2, 2.5);
}

#[test]
fn standard_input_is_a_file_too() {
    let folder = Folder::new(&[]);
    let output = folder.command("naqd-train").args(["-"]).write_stdin(csv(24)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(folder.names(), ["model.naqd"]);
}

/// The place where a wrong label column is noticed.
#[test]
fn a_label_column_of_ids_is_refused_at_once() {
    let csv: String = (0..30_000).fold("text,label\n".to_owned(), |csv, i| csv + &format!("some words,id{i}\n"));
    let folder = Folder::new(&[("c.csv", csv.as_bytes())]);
    folder.train(&["c.csv"]).says(2, &["30000 different labels (\"id0\", \"id1\", \"id10\", ...), at most 16"]);
}

#[test]
fn labels_are_renamed_once() {
    let folder = Folder::new(&[("c.csv", csv(24).as_bytes())]);
    folder.train(&["c.csv", "--map", "abusive=neutral,neutral=critical,critical=other"]).says(0, &[]);
    let ran = folder.train(&["c.csv", "--map", "abusive=neutral,neutral=abusive"]);
    ran.says(0, &[]);
    let score = folder.score(&["--model", "model.naqd", "--text", "you fool", "--to", "csv"], b"");
    assert!(score.out().contains("you fool,neutral,"), "{}", score.out());
}

#[test]
fn a_file_that_is_read_is_not_written() {
    let folder = Folder::new(&[("c.csv", csv(24).as_bytes())]);
    for option in ["--output", "--card", "--report"] {
        folder.train(&["c.csv", option, "./c.csv"]).says(2, &[option, "is also an input file; choose another path"]);
    }
    assert_eq!(folder.read("c.csv"), csv(24));
    assert_eq!(folder.names(), ["c.csv"]);
}

#[test]
fn two_outputs_are_two_files() {
    Folder::new(&[]).train(&["c.csv", "--output", "-"]).says(2, &["--output -: expected a file"]);
    let folder = Folder::new(&[("c.csv", csv(24).as_bytes()), ("m.naqd", b"an old one")]);
    for other in ["--card", "--report"] {
        folder
            .train(&["c.csv", "--output", "m.naqd", other, "./m.naqd"])
            .says(2, &[other, "also the file of --output"]);
    }
    assert_eq!(folder.read("m.naqd"), "an old one");
}

#[test]
fn a_quote_left_open_at_the_end_is_a_bad_row() {
    let open = csv(24) + "x,\"open,neutral\ny,swallowed,neutral\n";
    let folder = Folder::new(&[("c.csv", open.as_bytes())]);
    folder.train(&["c.csv"]).says(1, &["c.csv:74: a quote that opens in this row is never closed"]);
    folder.train(&["c.csv", "--strict"]).says(2, &["never closed"]);
}

#[cfg(unix)]
#[test]
fn nobody_listening_to_complaints_is_no_reason_to_stop() {
    let bad = csv(24) + &"x,,neutral\n".repeat(20_000);
    let folder = Folder::new(&[("c.csv", bad.as_bytes())]);
    let command = format!("'{}' c.csv --output m.naqd 2>&1 >/dev/null | head -1", env!("CARGO_BIN_EXE_naqd-train"));
    std::process::Command::new("sh").args(["-c", &command]).current_dir(folder.path("")).output().unwrap();
    assert!(Model::open(folder.path("m.naqd")).is_ok());
}

#[test]
fn files_weigh_and_judge() {
    let folder = Folder::new(&[("a.csv", csv(24).as_bytes()), ("b.csv", csv(40).as_bytes())]);
    let ran = folder.train(&["a.csv", "b.csv", "--weight", "b.csv=0.2", "--validate-on", "./a.csv", "--json"]);
    ran.says(0, &[]);
    let report: serde_json::Value = serde_json::from_str(&ran.out()).unwrap();
    assert_eq!((&report["comments"], &report["judged"], &report["folds"]), (&192.into(), &72.into(), &5.into()));
    let training = Model::open(folder.path("model.naqd")).unwrap().training().clone();
    assert_eq!(training.weights, [("b.csv".to_owned(), 0.2)]);
    assert_eq!(training.validated_on, [("a.csv".to_owned(), 1.0)]);
    let ran = folder.train(&["a.csv", "b.csv", "--validate-on", "a.csv"]);
    assert!(ran.out().contains("metrics: 72 comments of a.csv"), "{}", ran.out());

    let ran = folder.train(&["a.csv", "b.csv", "--judge-by", "a.csv", "--judge-by", "b.csv=0.5", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out()).unwrap();
    let judged = report["judged"].as_u64().unwrap();
    assert!((72 + 30..72 + 90).contains(&judged), "{judged} of 72 + 120, half of these");

    for wrong in ["a.csv=2", "a.csv=-0.1", "a.csv=NaN"] {
        folder.train(&["a.csv", "--validate-on", wrong]).says(2, &["--validate-on", "a share from 0 to 1"]);
    }
    folder.train(&["a.csv", "--weight", "c.csv=2"]).says(2, &["--weight c.csv: not one of the files"]);
    folder.train(&["a.csv", "--validate-on", "c.csv"]).says(2, &["--validate-on c.csv: not one of the files"]);
    for wrong in ["a.csv", "a.csv=", "a.csv=0", "a.csv=-1", "a.csv=inf", "a.csv=NaN"] {
        folder.train(&["a.csv", "--weight", wrong]).says(2, &["--weight", "expected"]);
    }
}

#[test]
fn a_column_says_what_a_row_weighs() {
    let weighed = |weight: &str| csv(24).replace("\n", &format!(",{weight}\n")).replacen(weight, " Weight", 1);
    let folder = Folder::new(&[("one.csv", weighed("1").as_bytes()), ("none.csv", csv(24).as_bytes())]);
    folder.train(&["one.csv", "--output", "one.naqd"]).says(0, &[]);
    folder.train(&["none.csv", "--output", "none.naqd"]).says(0, &[]);
    let [one, none] = ["one.naqd", "none.naqd"].map(|name| Model::open(folder.path(name)).unwrap());
    assert_eq!(one.weights(), none.weights());

    let wrong = weighed("1") + "x1,fine,neutral,-1\nx2,fine,neutral,\nx3,fine,neutral,inf\nx4,fine,neutral,0\n";
    let folder = Folder::new(&[("c.csv", wrong.as_bytes())]);
    let said = [("-1", 74), ("", 75), ("inf", 76)]
        .map(|(value, line)| format!("c.csv:{line}: column \" Weight\": {value:?}, expected a number that is not"));
    folder.train(&["c.csv"]).says(1, &[&said[0], &said[1], &said[2], "3 rows could not be used"]);
}

#[test]
fn the_ngrams_that_matter_most_are_kept() {
    let folder = Folder::new(&[("c.csv", csv(24).as_bytes())]);
    let ran = folder.train(&["c.csv", "--from", "none", "--prune-to", "50", "--card", "card.md"]);
    ran.says(0, &[]);
    let model = Model::open(folder.path("model.naqd")).unwrap();
    assert!((45..=50).contains(&model.weights().hashes.len()), "{}", model.weights().hashes.len());
    assert_eq!(model.training().prune_to, Some(50));
    let card = folder.read("card.md");
    for said in
        ["`--prune-to 50`", "| c.csv | 72 | 72 | 100 % | 24 abusive, 24 critical, 24 neutral |", "ROC AUC abusive"]
    {
        assert!(card.contains(said), "{said:?} in {card}");
    }
    folder.train(&["c.csv", "--prune-to", "0"]).says(2, &["--prune-to"]);
}

#[test]
fn the_number_of_ngrams_is_bounded() {
    let folder = Folder::new(&[("c.csv", csv(24).as_bytes())]);
    let ran = folder.train(&["c.csv", "--max-ngrams", "100"]);
    ran.says(0, &[]);
    assert!(ran.out().contains(" comments are left out: there were more than 100"), "{}", ran.out());
    let training = Model::open(folder.path("model.naqd")).unwrap().training().clone();
    assert!(training.min_count > 2 && training.max_ngrams == 100, "{training:?}");
    folder
        .train(&["c.csv", "--min-count", "100"])
        .says(2, &["no n-gram", "100 comments", "lower --min-count or raise --max-ngrams"]);
    folder.train(&["c.csv", "--max-ngrams", "0"]).says(2, &["--max-ngrams"]);
}

/// The names of options before 0.2.0 are still accepted, and help does not show them.
#[test]
fn old_names_of_options_are_accepted() {
    let names = [
        ("--out", "--output", "m.naqd"),
        ("--least", "--min-count", "3"),
        ("--most-ngrams", "--max-ngrams", "200"),
        ("--keep", "--prune-to", "100"),
        ("--judge-by", "--validate-on", "a.csv"),
        ("--max-missed-abuse", "--max-abusive-published", "20%"),
        ("--max-wrong-reject", "--max-innocent-rejected", "30%"),
    ];
    let folder = Folder::new(&[("a.csv", csv(24).as_bytes()), ("b.csv", csv(40).as_bytes())]);
    let model = |options: Vec<&str>| {
        folder.train(&[&["a.csv", "b.csv"], &options[..]].concat()).says(0, &[]);
        std::fs::read(folder.path("m.naqd")).unwrap()
    };
    let old = model(names.iter().flat_map(|(old, _, value)| [*old, *value]).collect());
    assert!(old == model(names.iter().flat_map(|(_, new, value)| [*new, *value]).collect()));
    let help = String::from_utf8(folder.train(&["--help"]).0.stdout).unwrap();
    for (old, new, _) in names {
        assert!(help.contains(&format!("{new} <")) && !help.contains(&format!("{old} ")), "{old}: {help}");
    }
}

/// Thresholds of the comments of `--thresholds-on`: in the model and the figures, from comments that are not learnt
/// from and do not repeat those that are.
#[test]
fn thresholds_are_chosen_on_other_comments() {
    // The same kinds of comments about other things, and some that were learnt from.
    let things = ["lamp", "ferry", "museum", "tunnel", "harvest", "library", "festival", "airport", "canal", "stadium"];
    let mut others = String::from("text,label\n");
    for i in 0..90 {
        let [one, two, three] = [i, i / 10 + 3, i / 7 + 5].map(|n| things[n % things.len()]);
        for (label, said) in [
            ("abusive", ["you fool", "what an idiot"][i % 2]),
            ("critical", ["this report is wrong", "where is the source"][i % 2]),
            ("neutral", ["thank you", "good morning"][i % 2]),
        ] {
            others += &format!("{one} {two} {said} {three} number{i} {label}{i},{label}\n");
        }
    }
    let repeated: String =
        csv(10).lines().skip(1).map(|line| format!("{}\n", line.split_once(',').unwrap().1)).collect();
    let folder = Folder::new(&[
        ("c.csv", csv(96).as_bytes()),
        ("others.csv", (others.clone() + &repeated).as_bytes()),
        ("new.csv", others.as_bytes()),
        ("header.csv", b"text,label\n"),
        ("repeated.csv", format!("text,label\n{repeated}").as_bytes()),
        ("labels.csv", others.replace(",neutral\n", ",fine\n").as_bytes()),
        ("bad.csv", (others.clone() + ",neutral\n").as_bytes()),
    ]);
    let limits = ["--max-innocent-rejected", "30%", "--max-abusive-published", "20%"];
    let train = |model: &str, options: &[&str]| {
        let ran = folder.train(&[&["c.csv", "--json", "--output", model], &limits[..], options].concat());
        ran.says(0, &[]);
        let report: serde_json::Value = serde_json::from_str(&ran.out()).unwrap();
        (Model::open(folder.path(model)).unwrap(), report)
    };
    let (crossed, by_folds) = train("crossed.naqd", &[]);
    let (held_out, report) = train("others.naqd", &["--thresholds-on", "others.csv"]);
    // Only the thresholds differ.
    assert_ne!(crossed.triage(false), held_out.triage(false));
    let without_thresholds = |model: &Model| {
        let mut model = model.clone();
        let parts = model.parts_mut();
        parts.experts.of_mut(false).triage = None;
        parts.training.thresholds_on.clear();
        model
    };
    assert_eq!(held_out.training().thresholds_on, ["others.csv"]);
    assert!(without_thresholds(&crossed) == without_thresholds(&held_out));
    assert_eq!(by_folds["figures"], report["figures"]);
    assert_eq!(by_folds["thresholds_on"], serde_json::Value::Null);
    // Repeats of training comments are left out.
    assert_eq!(report["thresholds_on"]["left_out"], 30);
    assert_eq!(report["thresholds_on"]["comments"], 270);
    assert_eq!(train("new.naqd", &["--thresholds-on", "new.csv"]).0.triage(false), held_out.triage(false));
    // They are what the finished model says of these comments.
    let triage = held_out.triage(false).unwrap();
    assert!(triage.comments <= 270 && triage.thresholds.publish_below.is_some(), "{triage:?}");
    let other = report["experts"].as_array().unwrap().iter().find(|of| of["script"] == "other").unwrap();
    assert_eq!(other["triage"]["published"]["comments"], triage.published.comments);
    let scored = folder.score(&["--model", "others.naqd", "new.csv", "--to", "csv"], b"").out();
    let published = scored.lines().filter(|line| line.contains(",publish,")).count() as u64;
    assert!(published >= triage.published.comments && triage.published.comments > 0, "{published} {triage:?}");

    folder.train(&["c.csv", "--thresholds-on", "header.csv"]).says(2, &["--thresholds-on: no labelled comments"]);
    let renamed = ["c.csv", "--thresholds-on", "new.csv", "--map", "abusive=rejected"];
    folder.train(&renamed).says(2, &["thresholds need a class named abusive"]);

    let options = |file| [&["c.csv", "--thresholds-on", file], &limits[..]].concat();
    let ran = folder.train(&options("others.csv"));
    assert!(
        ran.out().contains("of the 270 comments of others.csv")
            && ran.out().contains("30 near-duplicates of training comments left out"),
        "{}",
        ran.out()
    );
    folder.train(&options("bad.csv")).says(1, &["bad.csv:272", "1 rows could not be used"]);
    let twice = folder.train(&[&options("new.csv")[..], &["--thresholds-on", "repeated.csv"]].concat());
    assert!(twice.out().contains("of the 270 comments of new.csv, repeated.csv"), "{}", twice.out());

    std::fs::remove_file(folder.path("model.naqd")).unwrap();
    folder.train(&options("./c.csv")).says(2, &["--thresholds-on ./c.csv: is also learnt from"]);
    folder.train(&options("repeated.csv")).says(2, &["30 were read, all near-duplicates of training comments"]);
    folder.train(&options("labels.csv")).says(2, &["\"fine\"", "--map fine="]);
    folder.train(&options("none.csv")).says(2, &["none.csv: No such file"]);
    folder.train(&[&options("new.csv")[..], &["--output", "new.csv"]].concat()).says(2, &["is also an input file"]);
    assert!(!folder.names().contains(&"model.naqd".to_owned()));
}
