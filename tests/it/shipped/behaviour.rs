//! How the shipped model behaves, function by function, through naqd-score; and what the report is made of.
//!
//! When a model is trained anew, `cargo run --release --example behaviour -- --write` writes the report and the floors.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::common::{Folder, records, repository};
use naqd::internal::evaluate::{Groups, identity_figures};
use naqd::text::normalise;

type Row = HashMap<String, String>;

const CASES: &str = "tests/behaviour/cases.csv";

/// No function falls under what the shipped model reached when its report was written.
#[test]
fn no_function_falls_under_its_floor() {
    let ran = Folder::new(&[]).score(&[repository(CASES).to_str().unwrap()], b"");
    ran.says(0, &[]);
    let scored: Vec<Row> = csv::Reader::from_reader(ran.out().as_bytes()).deserialize().map(Result::unwrap).collect();
    let mut reached: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for row in &scored {
        let (is, said) = (&row["label"], &row["naqd_label"]);
        let [cases, label, abusive] = reached.entry(&row["function"]).or_default();
        *cases += 1;
        *label += usize::from(is == said);
        *abusive += usize::from((is == "abusive") == (said == "abusive"));
    }
    let floors = records("tests/behaviour/floors.csv");
    assert_eq!(floors.len(), reached.len());
    let mut fallen = Vec::new();
    for floor in &floors {
        let [cases, label, abusive] = reached[&*floor["function"]];
        let least = |column: &str| floor[column].parse::<usize>().unwrap();
        assert_eq!(cases, least("cases"), "{}: write the floors anew", floor["function"]);
        if label < least("label_right") || abusive < least("abusive_or_not_right") {
            fallen.push(format!("{floor:?}, now {label} and {abusive}"));
        }
    }
    assert!(fallen.is_empty(), "fell under their floor: {fallen:#?}");
}

/// At least 25 functions with at least 20 cases each, most of them in both languages; every column is what it says.
#[test]
fn the_cases_are_what_they_say() {
    let cases = records(CASES);
    let dialects = [("ar", "msa levantine egyptian gulf iraqi maghrebi arabizi"), ("en", "us uk international")];
    let functions: Vec<String> =
        records("tests/behaviour/functions.csv").into_iter().map(|row| row["function"].clone()).collect();
    let report = std::fs::read_to_string(repository("tests/behaviour/report.md")).unwrap();
    let count = |of: &dyn Fn(&Row) -> bool| cases.iter().filter(|row| of(row)).count();
    let mut both = 0;
    for function in &functions {
        let of = |language: &str| count(&|row| row["function"] == *function && row["language"] == language);
        assert!(of("ar") + of("en") >= 20, "{function}");
        both += usize::from(of("ar") >= 10 && of("en") >= 8);
        assert!(report.contains(&format!("\n| {function} |")), "{function} is not in the report");
    }
    assert!(functions.len() >= 25 && both >= 35, "{} functions, {both} in both languages", functions.len());
    for (language, dialects) in dialects {
        for dialect in dialects.split(' ') {
            assert!(count(&|row| row["language"] == language && row["dialect"] == dialect) >= 25, "{dialect}");
        }
    }
    let mut ids = HashSet::new();
    for row in &cases {
        let (function, number) = row["id"].rsplit_once('-').unwrap();
        assert!(function == row["function"] && number.parse::<u32>().is_ok() && ids.insert(&row["id"]), "{row:?}");
        assert!(functions.contains(&row["function"]), "{row:?}");
        assert!(["abusive", "critical", "neutral"].contains(&row["label"].as_str()), "{row:?}");
        let known = dialects.iter().find(|(language, _)| *language == row["language"]).unwrap().1;
        assert!(known.split(' ').any(|dialect| dialect == row["dialect"]), "{row:?}");
        assert_eq!(!row["plain"].is_empty(), row["function"].starts_with("spell_"), "{row:?}");
        assert!(!normalise(&row["text"]).is_empty() && row["text"] != row["plain"], "{row:?}");
    }
}

/// The group that a case is about is named in it, by a word of data/identities.csv.
#[test]
fn groups_are_found_by_their_words() {
    let lists = records("data/identities.csv");
    let groups = Groups::new(lists.iter().map(|row| (&row["group"], &row["spellings"])));
    let mut about = HashSet::new();
    for case in records(CASES).iter().filter(|case| !case["identity"].is_empty()) {
        let found: Vec<&str> = groups.find(&case["text"]).into_iter().map(|group| &*groups.names()[group]).collect();
        assert!(found.contains(&&*case["identity"]), "{case:?}: found {found:?}");
        about.insert(case["identity"].clone());
    }
    assert!(about.len() >= 20, "{about:?}");
}

/// Three groups by hand. Comments: probability of abuse, whether abusive, groups.
#[test]
fn identity_figures_by_hand() {
    let groups = Groups::new([("a", "aa"), ("b", "bb|bbs"), ("none", "cc")]);
    let comments = [
        (0.9, true, "the aa"),
        (0.4, true, "an aa and a bb"),
        (0.6, false, "aa, there"),
        (0.1, false, "aa"),
        (0.8, true, "whoever"),
        (0.5, true, "whatever"),
        (0.5, false, "the BBs"),
        (0.2, false, "nobody"),
    ];
    let named: Vec<_> = comments.iter().map(|(_, _, text)| groups.find(text)).collect();
    assert_eq!(named, [vec![0], vec![0, 1], vec![0], vec![0], vec![], vec![], vec![1], vec![]]);
    let ranked: Vec<_> = comments.iter().map(|&(probability, abusive, _)| (probability, abusive)).collect();
    let [a, b, none] = &identity_figures(&groups, &named, &ranked)[..] else { panic!("three groups") };
    assert_eq!((a.abusive, a.others, b.abusive, b.others), (2, 2, 1, 1));
    // Inside a: 0.9 > 0.6, 0.9 > 0.1, 0.4 > 0.1, but not 0.4 > 0.6.
    assert_eq!(a.subgroup, Some(0.75));
    // Abusive outside (0.8, 0.5) against others inside (0.6, 0.1): all but 0.5 > 0.6.
    assert_eq!(a.bpsn, Some(0.75));
    // Abusive inside (0.9, 0.4) against others outside (0.5, 0.2): all but 0.4 > 0.5.
    assert_eq!(a.bnsp, Some(0.75));
    // 0.4 against 0.5.
    assert_eq!(b.subgroup, Some(0.0));
    // 0.9, 0.8, 0.5 against 0.5: two and a half of three.
    assert_eq!(b.bpsn, Some(2.5 / 3.0));
    // 0.4 against 0.6, 0.1, 0.2.
    assert_eq!(b.bnsp, Some(2.0 / 3.0));
    assert_eq!((none.subgroup, none.bpsn, none.bnsp), (None, None, None));
}

/// No case shares more than half of its runs of five characters with a comment of data/, nor its plain form.
#[test]
fn the_cases_do_not_repeat_the_data() {
    fn runs(text: &str) -> HashSet<Vec<char>> {
        let chars: Vec<char> = normalise(text).replace('\n', " ").chars().collect();
        chars.windows(5.min(chars.len()).max(1)).map(<[char]>::to_vec).collect()
    }
    let files = [("data/comments.csv", "text"), ("data/test.csv", "text"), ("data/inbox.csv", "comment")];
    let data: Vec<_> = files
        .iter()
        .flat_map(|(file, column)| records(file).into_iter().map(|row| row[*column].clone()))
        .map(|text| (runs(&text), text))
        .collect();
    let mut with: HashMap<&Vec<char>, Vec<usize>> = HashMap::new();
    data.iter().enumerate().for_each(|(i, (runs, _))| runs.iter().for_each(|run| with.entry(run).or_default().push(i)));
    for case in records(CASES) {
        for text in [&case["text"], &case["plain"]] {
            let own = runs(text);
            let mut shared: HashMap<usize, usize> = HashMap::new();
            own.iter().flat_map(|run| with.get(run)).flatten().for_each(|&i| *shared.entry(i).or_default() += 1);
            for (i, both) in shared {
                let union = own.len() + data[i].0.len() - both;
                assert!(2 * both <= union, "{}: {text:?} repeats {:?}", case["id"], data[i].1);
            }
        }
    }
}
