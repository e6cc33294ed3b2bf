//! naqd-audit, through the real program.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::common::{Folder, corpus, csv, repository};
use naqd::Corpus;
use naqd::internal::evaluate::{MIN_SIMILARITY, conflicting_labels};
use proptest::prelude::*;

type Row = HashMap<String, String>;

/// The rows of a list.
fn list(csv: &str) -> Vec<Row> {
    csv::Reader::from_reader(csv.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

fn random(seed: u64, i: usize) -> u64 {
    let x = (i as u64).wrapping_add(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x ^ x >> 31).wrapping_mul(0x94D0_49BB_1331_11EB) >> 11
}

#[test]
fn wrong_labels_come_first_with_the_words_that_speak_against_them() {
    let rows = csv(20)
        + "x1,\"thank you, what an idiot you are, you fool\",neutral\nx2,\"شكرا جزيلا, good morning, thank you\",abusive\n";
    let folder = Folder::new(&[("a.csv", rows.as_bytes())]);
    let ran = folder.audit(&["a.csv"]);
    ran.says(0, &[]);
    assert_eq!(ran.err(), "");
    let list = list(&ran.out());
    assert_eq!(list.len(), 62, "each row once");
    let wrong: HashMap<&str, &Row> = list[..2].iter().map(|row| (row["line"].as_str(), row)).collect();
    for (line, label, suggested, word) in [("62", "neutral", "abusive", "fool"), ("63", "abusive", "neutral", "شكرا")]
    {
        let row = wrong[line];
        assert_eq!(
            (&*row["file"], &*row["label"], &*row["suggested"], &*row["kind"]),
            ("a.csv", label, suggested, "label")
        );
        assert!(row["why"].starts_with(&format!("for {suggested}: ")) && row["why"].contains(word), "{row:?}");
        assert!(number(row, "label_probability") < 0.5 && number(row, "suggested_probability") > 0.5, "{row:?}");
    }
    assert!(list.iter().zip(1..).all(|(row, rank)| row["rank"] == rank.to_string()));
    let lines: HashSet<&String> = list.iter().map(|row| &row["line"]).collect();
    assert_eq!(lines.len(), 62);
}

#[test]
fn a_label_with_alternatives_is_suspect_only_as_a_whole() {
    let rows = csv(20)
        + "x1,\"thank you, good morning\",critical|neutral\nx2,\"where is the source, this report is wrong\",critical|neutral\n\
           x3,\"what an idiot you are, you fool\",critical|neutral\n";
    let folder = Folder::new(&[("a.csv", rows.as_bytes())]);
    let list = list(&folder.audit(&["a.csv"]).out());
    assert_eq!((&*list[0]["line"], &*list[0]["suggested"], &*list[0]["kind"]), ("64", "abusive", "label"));
    for row in list.iter().filter(|row| ["62", "63"].contains(&row["line"].as_str())) {
        assert_ne!(row["kind"], "label", "{row:?}");
        assert!(number(row, "label_probability") > 0.5, "{row:?}");
    }
}

#[test]
fn near_duplicates_with_excluding_labels_name_each_other() {
    let rows = csv(20)
        + "x1,The new bridge over the river opens on the second Sunday of May,neutral\n\
           x2,the NEW bridge over the river opens on the second Sunday of March,critical\n\
           x3,Our baker sold his shop to the neighbours and moved to the coast,neutral\n\
           x4,our baker sold his shop to the neighbours and moved to the coast!,critical|neutral\n\
           x5,Six of the lamps on the old market square have been dark for weeks,neutral\n\
           x6,Six of the lamps on the old market square have been dark for weeks,critical\n";
    let folder = Folder::new(&[("a.csv", rows.as_bytes())]);
    let list = list(&folder.audit(&["a.csv"]).out());
    let why = |line: &str| {
        let row = list.iter().find(|row| row["line"] == line).unwrap();
        (row["kind"] == "duplicate").then(|| row["why"].clone())
    };
    assert!(why("62").unwrap().contains("a.csv:63: critical") && why("62").unwrap().starts_with("much like (0."));
    assert!(why("63").unwrap().contains("a.csv:62: neutral"));
    assert_eq!((why("64"), why("65")), (None, None), "both may be neutral");
    assert!(why("66").unwrap().starts_with("the same as a.csv:67: critical"));
    assert!(why("67").unwrap().starts_with("the same as a.csv:66: neutral"));
}

#[test]
fn suggests_what_to_label() {
    let inbox = "id,comment\n1,\"thank you, good morning\"\n2,what an idiot this report is and where is the source\n\
                 3,what an idiot this report is and where is the source\n4,the bakery at the harbour closed in winter\n\
                 5,the school bridge and the market ticket are wrong you fool\n";
    let folder = Folder::new(&[("a.csv", csv(20).as_bytes()), ("inbox.csv", inbox.as_bytes())]);
    // By a model learnt from the labelled ones, and by the one in the program.
    for files in [&["a.csv", "inbox.csv"][..], &["inbox.csv"]] {
        let ran = folder.audit(&[&["--suggest", "3"], files].concat());
        ran.says(0, &[]);
        let list = list(&ran.out());
        assert!((1..=3).contains(&list.len()), "{}", ran.out());
        for row in &list {
            assert_eq!((&*row["file"], &*row["label"], &*row["kind"]), ("inbox.csv", "", "teaching"));
            assert!(!row["suggested"].is_empty());
        }
        let texts: HashSet<&String> = list.iter().map(|row| &row["text"]).collect();
        assert_eq!(texts.len(), list.len(), "repeats teach nothing");
    }
    folder
        .audit(&["inbox.csv"])
        .says(2, &["inbox.csv:1", "--label-column", "files without a label column need --suggest"]);
    let list = list(&folder.audit(&["a.csv", "--suggest", "5"]).out());
    assert_eq!((list.len(), list.iter().filter(|row| row["kind"] == "teaching").count()), (60, 5));
}

#[test]
fn writes_a_whole_file_or_none() {
    let folder = Folder::new(&[("a.csv", csv(20).as_bytes()), ("bad.csv", b"text,label\nhello,\nhi there,neutral\n")]);
    let ran = folder.audit(&["a.csv", "--output", "list.csv", "--limit", "7", "--threads", "1"]);
    ran.says(0, &[]);
    assert_eq!(ran.out(), "");
    let seven = folder.read("list.csv");
    assert_eq!(list(&seven).len(), 7);
    assert!(folder.audit(&["a.csv", "--most", "7"]).out() == seven, "the name of the option before 0.2.0");
    assert!(folder.audit(&["a.csv", "--threads", "2"]).out().starts_with(&seven), "threads change nothing");
    folder.audit(&["a.csv", "bad.csv", "--output", "list.csv"]).says(1, &["bad.csv:2", "1 rows"]);
    let written = folder.read("list.csv");
    folder.audit(&["a.csv", "bad.csv", "--strict", "--output", "list.csv"]).says(2, &["bad.csv:2"]);
    folder.audit(&["bad.csv", "--output", "list.csv"]).says(2, &["one class, neutral"]);
    assert_eq!(folder.read("list.csv"), written);
    folder.audit(&["a.csv", "--output", "a.csv"]).says(2, &["is also an input file"]);
    let model = ["a.csv", "--suggest", "3", "--model", "m.naqd", "--output", "m.naqd"];
    folder.audit(&model).says(2, &["is also an input file"]);
    folder.audit(&["a.csv", "--output", "-"]).says(2, &["--output -: expected a file"]);
    folder.audit(&["a.csv", "--output", "no/list.csv"]).says(2, &["no folder no"]);
    assert_eq!(folder.names(), ["a.csv", "bad.csv", "list.csv"]);
}

/// Makes the labels of 5 % of the rows wrong at random and returns the shares of them that the program has in the
/// first 10 % of its list, and that it calls probable label errors.
fn found(text: &str, seed: u64) -> (f64, f64) {
    let rows: Vec<Row> = list(text);
    let labels: BTreeSet<&String> = rows.iter().map(|row| &row["label"]).collect();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&i| random(seed, i));
    let flipped: HashSet<usize> = order[..rows.len() / 20].iter().copied().collect();
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["id", "text", "label"]).unwrap();
    for (i, row) in rows.iter().enumerate() {
        let others: Vec<&&String> = labels.iter().filter(|label| ***label != row["label"]).collect();
        let label = if flipped.contains(&i) { others[random(!seed, i) as usize % others.len()] } else { &row["label"] };
        // One line each, so that the line says which row it is.
        csv.write_record([&i.to_string(), &row["text"].replace(['\n', '\r'], " "), label]).unwrap();
    }
    let folder = Folder::new(&[("flipped.csv", &csv.into_inner().unwrap())]);
    let ran = folder.audit(&["flipped.csv"]);
    ran.says(0, &[]);
    let list = list(&ran.out());
    assert_eq!(list.len(), rows.len());
    let is_flipped = |row: &&Row| flipped.contains(&(row["line"].parse::<usize>().unwrap() - 2));
    let share = |n: usize| n as f64 / flipped.len() as f64;
    let first = list[..list.len() / 10].iter().filter(is_flipped).count();
    let called = list.iter().filter(|row| row["kind"] == "label").filter(is_flipped).count();
    (share(first), share(called))
}

#[test]
fn finds_labels_made_wrong_in_the_comments_of_the_repository() {
    let (first, called) = found(&std::fs::read_to_string(repository("data/comments.csv")).unwrap(), 1);
    eprintln!("data/comments.csv: {first:.3} of the wrong labels in the first 10 %, {called:.3} called so");
    assert!(first >= 0.45, "{first}");
}

#[test]
#[ignore = "release tier: trains three times on a public corpus"]
fn finds_half_of_the_labels_made_wrong_in_a_public_corpus() {
    let Some(path) = corpus("lhsab.csv") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    for seed in 1..=3 {
        let (first, called) = found(&text, seed);
        eprintln!("lhsab.csv: {first:.3} of the wrong labels in the first 10 %, {called:.3} called so");
        assert!(first >= 0.5, "{first}");
    }
}

fn runs(text: &str) -> HashSet<Vec<char>> {
    let chars: Vec<char> = naqd::text::normalise(text).chars().collect();
    if chars.len() < 5 { HashSet::from([chars]) } else { chars.windows(5).map(<[char]>::to_vec).collect() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn twins_are_alike_and_of_excluding_labels(
        rows in proptest::collection::vec(("(the |old |bridge |is |السوق |بعيد |جدا ){0,12}", "[abc]|a\\|b"), 1..40),
    ) {
        let corpus = Corpus::from_rows(rows).unwrap();
        let exclude = |a: usize, b: usize| corpus.labels()[a].iter().all(|class| !corpus.labels()[b].contains(class));
        let similarity = |a: usize, b: usize| {
            let (a, b) = (runs(&corpus.texts()[a]), runs(&corpus.texts()[b]));
            a.intersection(&b).count() as f64 / a.union(&b).count() as f64
        };
        let twins = conflicting_labels(&corpus, MIN_SIMILARITY);
        for (i, twin) in twins.iter().enumerate() {
            let same = (0..twins.len()).find(|&j| exclude(i, j) && similarity(i, j) == 1.0);
            match twin {
                Some(twin) => {
                    prop_assert!(exclude(i, twin.comment) && twin.similarity >= MIN_SIMILARITY);
                    prop_assert!((twin.similarity - similarity(i, twin.comment)).abs() < 1e-12);
                }
                None => prop_assert_eq!(same, None),
            }
        }
    }
}
