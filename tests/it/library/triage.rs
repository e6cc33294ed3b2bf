//! Triage: thresholds with a stated error, decisions by them, and whether they hold.

use std::path::PathBuf;

use crate::common::{Folder, corpus, csv, repository, varied_csv};
use naqd::internal::stats::Histogram;
use naqd::internal::stats::{Bound, Case, Cases, Order, Plan, Tally, comments_needed, grid, smallest_error, widest};
use naqd::{Classifier, Model, Thresholds};
use proptest::prelude::*;
use serde_json::Value;

/// Lenient enough for some hundred comments.
const LENIENT: [&str; 4] = ["--max-wrong-reject", "30%", "--max-missed-abuse", "0.2"];

/// A folder with `mine.naqd`, which decides, and the report of its training.
fn trained() -> (Folder, Value) {
    let folder = Folder::new(&[("c.csv", varied_csv(120).as_bytes())]);
    let ran = folder.train(&[&["c.csv", "--from", "none", "--out", "mine.naqd", "--json"][..], &LENIENT].concat());
    ran.says(0, &[]);
    let report = serde_json::from_str(&ran.out()).unwrap();
    (folder, report)
}

fn lines(jsonl: &str) -> Vec<Value> {
    jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The bounds are those of Clopper and Pearson (values of `scipy.stats.binomtest(k, n).proportion_ci`, and the rule
/// of three).
#[test]
fn bounds_are_exact() {
    let near = |a: f64, b: f64| assert!((a - b).abs() < 5e-5, "{a}, expected {b}");
    let tally = |wrong, comments| Tally { comments, wrong };
    near(tally(0, 149).at_most(0.02), 0.98f64.powi(149));
    assert!(tally(0, 149).proves(0.02, 0.95) && !tally(0, 148).proves(0.02, 0.95));
    assert!(tally(0, 299).proves(0.01, 0.95) && !tally(0, 298).proves(0.01, 0.95));
    near(tally(0, 10).upper(0.975), 0.30850);
    near(tally(2, 10).lower(0.975), 0.02521);
    near(tally(2, 10).upper(0.975), 0.55610);
    near(tally(10, 10).lower(0.975), 0.69150);
    assert_eq!((tally(10, 10).upper(0.95), tally(0, 10).lower(0.95)), (1.0, 0.0));
    assert!(!tally(0, 0).proves(0.5, 0.5), "nothing proves nothing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// The widest zone is proved by its own count, and so are all stricter ones down to the first that was tested; the next
    /// one is not. Only a threshold of the grid is chosen.
    #[test]
    fn zones_are_proved(
        cases in prop::collection::vec((0.0f32..1.0, 0.0f32..1.0), 0..400),
        error in 0.01f64..0.5,
        rate in prop::option::of(0.05f64..0.9),
    ) {
        let cases: Cases =
            cases.iter().map(|&(risk, luck)| Case { risk: Some(risk * risk), wrong: luck < risk * risk }).collect();
        let bound = Bound { error, share: None, rate, confidence: 0.95 };
        let grid = grid();
        if let Some(zone) = widest(&bound, &cases, Plan::Scores(&cases)) {
            let place = |risk: f32| grid.iter().position(|of| *of == risk).expect("it is of the grid");
            let (first, last) = (place(zone.strictest), place(zone.widest));
            for risk in &grid[first..=last] {
                let counts = cases.below(*risk);
                prop_assert!(bound.is_proved(&counts));
                prop_assert!(counts.decided().upper(0.95) <= error + 1e-9);
                prop_assert!(rate.is_none_or(|rate| counts.wrong_rate().upper(0.95) <= rate + 1e-9));
            }
            // The level is stricter where a promise is seldom given, at most four times.
            let strictest = Bound { confidence: 0.9875, ..bound };
            prop_assert!(grid.get(last + 1).is_none_or(|next| !strictest.is_proved(&cases.below(*next))));
        } else if let Some(needed) = comments_needed(&bound, &cases, cases.len()) {
            prop_assert!(needed > cases.len());
        }
    }
}

/// Thresholds can be written with four decimals, and so can one less each of them.
#[test]
fn the_grid_has_four_decimals() {
    let grid = grid();
    assert!(grid.is_sorted_by(|a, b| a < b) && grid.contains(&0.5));
    assert_eq!((grid[0], grid[grid.len() - 1]), (0.0001, 0.9999));
    for risk in &grid {
        assert_eq!(format!("{risk:.4}").parse(), Ok(*risk));
        let other: f32 = format!("{:.4}", 1.0 - f64::from(*risk)).parse().unwrap();
        assert!(grid.contains(&other), "{risk}");
    }
}

/// Random numbers from 0 to 1.
fn random() -> impl FnMut() -> f32 {
    let mut state = 1u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// Greatest risk of the comments that are drawn; all smaller ones are as likely.
const GREATEST: f32 = 0.2;

/// Comments whose decisions are wrong as often as their risks say.
fn draw(n: usize, random: &mut dyn FnMut() -> f32) -> Cases {
    let case = |_| {
        let risk = random() * GREATEST;
        Case { risk: Some(risk), wrong: random() < risk }
    };
    (0..n).map(case).collect()
}

/// True if a bound is broken among all comments that could be drawn, below a risk.
fn is_broken(bound: &Bound, risk: f32) -> bool {
    let (risk, all) = (f64::from(risk.min(GREATEST)), f64::from(GREATEST));
    let wrong_rate = (risk / all).powi(2);
    let right_rate = (risk - risk * risk / 2.0) / (all - all * all / 2.0);
    let share = bound.share.unwrap_or(all / 2.0);
    let (wrong, right) = (share * wrong_rate, (1.0 - share) * right_rate);
    wrong / (wrong + right) > bound.error || bound.rate.is_some_and(|rate| wrong_rate > rate)
}

/// Whether a threshold is found in each of some draws, and how often its bound is broken: planned on other comments with
/// their labels, and on the scores of the same ones.
fn given_and_broken(bound: Bound, draws: u64) -> [(u64, u64); 2] {
    let mut random = random();
    let other = draw(2000, &mut random);
    let order = Order::new(&bound, Plan::Labels(&other), 3000);
    let mut found = [(0, 0); 2];
    for _ in 0..draws {
        let cases = draw(3000, &mut random);
        for (planned, zone) in
            [order.widest(&cases), widest(&bound, &cases, Plan::Scores(&cases))].into_iter().enumerate()
        {
            if let Some(zone) = zone {
                found[planned].0 += 1;
                found[planned].1 += u64::from(is_broken(&bound, zone.widest));
            }
        }
    }
    found
}

/// A promise is broken no more often than its confidence says: of the error, of the error where another share of the
/// comments is abusive, and of the rate.
#[test]
fn promises_hold_as_often_as_they_say() {
    let error = Bound { error: 0.03, share: None, rate: None, confidence: 0.9 };
    for (bound, draws) in [
        (error, 300),
        (Bound { error: 0.06, rate: Some(0.1), ..error }, 300),
        (Bound { error: 0.015, share: Some(0.03), ..error }, 60),
        (Bound { error: 0.08, share: Some(0.2), ..error }, 60),
    ] {
        for (planned, (given, broken)) in given_and_broken(bound, draws).into_iter().enumerate() {
            assert!(given * 2 > draws, "{bound:?}, {planned}: {given} of {draws}");
            // Three standard deviations more than one in ten.
            let most = 0.1 * draws as f64 + 3.0 * (0.09 * draws as f64).sqrt();
            assert!(broken as f64 <= most, "{bound:?}, {planned}: {broken} of {given}");
        }
    }
}

/// What decides every comment keeps a promise that says nothing.
#[test]
fn a_promise_may_say_nothing() {
    let cases = draw(2000, &mut random());
    let bound = Bound { error: 0.12, share: None, rate: None, confidence: 0.95 };
    assert!(bound.is_empty(&cases) && (0.05..0.12).contains(&cases.wrong_share()));
    assert!(!Bound { error: 0.05, ..bound }.is_empty(&cases));
    assert!(Bound { error: 0.05, share: Some(0.03), ..bound }.is_empty(&cases));
    assert!(!Bound { rate: Some(0.2), ..bound }.is_empty(&cases));
}

/// The error that is advised can often be promised on the same comments, and the number of comments often does. (Of 30 draws
/// 16 and 8 when this was written: both are a little hopeful where comments are few.)
#[test]
fn advice_can_be_followed() {
    let mut random = random();
    let strict = |error| Bound { error, share: None, rate: None, confidence: 0.95 };
    let (mut advised, mut smaller, mut more) = (0, 0, 0);
    for _ in 0..30 {
        let (other, cases) = (draw(600, &mut random), draw(600, &mut random));
        let is_kept = |bound: Bound, cases: &Cases| widest(&bound, cases, Plan::Labels(&other)).is_some();
        if is_kept(strict(0.01), &cases) {
            continue;
        }
        advised += 1;
        let error = smallest_error(&strict(0.01), &cases, 600).expect("a greater one can be promised");
        assert!(error > 0.01);
        smaller += u32::from(is_kept(strict(error), &cases));
        if let Some(needed) = comments_needed(&strict(0.03), &cases, 600) {
            assert!(needed > 600);
            more += u32::from(is_kept(strict(0.03), &draw(needed as usize, &mut random)));
        }
    }
    eprintln!("{advised} advised: {smaller} kept the error, {more} the number");
    assert!(advised > 20 && smaller * 5 >= advised * 2, "{smaller} of {advised}");
    assert!(more * 5 >= advised, "{more} of {advised}");
}

#[test]
fn a_histogram_knows_whether_it_has_moved() {
    let numbers: Vec<f32> = (0..1000).map(|i| i as f32 / 1000.0).collect();
    let before = Histogram::tenths(numbers.iter().copied());
    assert!(before.stability_index(&numbers).abs() < 1e-9);
    let moved: Vec<f32> = numbers.iter().map(|number| number * 0.5).collect();
    assert!(before.stability_index(&moved) > 0.25);
    let same = Histogram::tenths([0.5; 20].into_iter());
    assert_eq!(same.shares.len(), same.edges.len() + 1);
    assert!(same.stability_index(&[]).is_finite());
}

#[test]
fn thresholds_live_in_the_model() {
    let (folder, report) = trained();
    let triage = &report["triage"];
    let (publish, reject) =
        (triage["thresholds"]["publish_below"].as_f64(), triage["thresholds"]["reject_above"].as_f64());
    assert!(publish <= reject && publish.is_some(), "{triage}");
    assert_eq!(triage["inherited"], false);
    let set_aside = report["set_aside"]["comments"].as_u64();
    assert!(set_aside > Some(50) && triage["comments"].as_u64() <= set_aside, "{report}");
    let model = Model::open(folder.path("mine.naqd")).unwrap();
    let stored = model.triage(false).expect("thresholds");
    assert_eq!(stored.promises.max_abusive_published, 0.2);
    assert_eq!(Model::from_bytes(&model.to_bytes()).unwrap(), model);
    let mut wrong = model.clone();
    wrong.parts_mut().experts.of_mut(false).triage.as_mut().unwrap().thresholds.reject_above = Some(-1.0);
    assert!(Model::from_bytes(&wrong.to_bytes()).unwrap_err().to_string().contains("reject-above is -1"));
}

#[test]
fn decisions_stand_in_csv_and_json() {
    let (folder, _) = trained();
    let inbox = "id,text\n1,\"river market you fool, bridge doctor winter\"\n2,\"river market thank you, bridge doctor winter\"\n3,\"where is the source, river market school\"\n4,Дороги города надо чинить\n5,\n";
    std::fs::write(folder.path("inbox.csv"), inbox).unwrap();
    let ran = folder.score(&["--model", "mine.naqd", "inbox.csv"], b"");
    ran.says(1, &["empty comment"]);
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(ran.out().as_bytes()).records().map(Result::unwrap).collect();
    let decided: Vec<[&str; 3]> = rows.iter().map(|row| [&row[6], &row[7], &row[8]]).collect();
    assert_eq!(decided[0], ["hold", "", "one word"]);
    assert_eq!(decided[1], ["publish", "", "score"]);
    assert_eq!(decided[2], ["publish", "editors", "score"]);
    assert_eq!(decided[3], ["hold", "", "unfamiliar"]);
    assert_eq!(decided[4], ["hold", "", "error"], "what cannot be read waits for a person");
    let json = lines(&folder.score(&["--model", "mine.naqd", "--to", "jsonl", "inbox.csv"], b"").out());
    for (row, decided) in json.iter().zip(&decided) {
        let naqd = &row["naqd"];
        assert_eq!([&naqd["decision"], &naqd["notify"], &naqd["reason"]], decided[..], "{row}");
    }
    let table = folder.score(&["--model", "mine.naqd", "--to", "table", "--explain", "inbox.csv"], b"").out();
    assert!(table.contains("publish, editors") && table.contains("hold, unfamiliar"), "{table}");
}

#[test]
fn the_command_line_overrides_the_model() {
    let (folder, _) = trained();
    let decision = |args: &[&str]| {
        let ran = folder.score(&[args, &["--to", "jsonl", "--text", "river market you fool"]].concat(), b"");
        ran.says(0, &[]);
        lines(&ran.out())[0]["naqd"].clone()
    };
    assert_eq!(decision(&["--model", "mine.naqd", "--reject-above", "none"])["decision"], "hold");
    let none = ["--reject-above", "none", "--publish-below", "none"];
    assert_eq!(decision(&[&["--model", "mine.naqd"][..], &none].concat())["reason"], "no promise");
    assert_eq!(decision(&["--model", "mine.naqd", "--notify-above", "0"])["notify"], "editors");
    assert_eq!(decision(&["--reject-above", "1", "--publish-below", "1"])["decision"], "publish", "the shipped model");
    folder
        .score(&["--reject-above", "0.2", "--publish-below", "0.5", "--text", "x"], b"")
        .says(2, &["reject-above is 0.2, expected at least publish-below, 0.5"]);
    folder.score(&["--reject-above", "20", "--text", "x"], b"").says(2, &["expected a probability from 0 to 1"]);
}

#[test]
fn too_few_comments_promise_nothing() {
    let folder = Folder::new(&[("c.csv", csv(48).as_bytes())]);
    let ran = folder.train(&["c.csv", "--from", "none", "--out", "mine.naqd"]);
    ran.says(0, &[]);
    let out = ran.out();
    assert!(out.contains("no thresholds: nothing can be guaranteed at 95 % confidence"), "{out}");
    assert!(
        out.contains("everything is held") && out.contains("nothing is rejected: at most 10 % not abusive cannot be"),
        "{out}"
    );
    let said = lines(&folder.score(&["--model", "mine.naqd", "--text", "river market thank you"], b"").out());
    assert_eq!((&said[0]["naqd"]["decision"], &said[0]["naqd"]["reason"]), (&"hold".into(), &"no promise".into()));
    for wrong in ["0%", "100%", "two", "-1%"] {
        let option = format!("--max-wrong-reject={wrong}");
        folder.train(&["c.csv", &option]).says(2, &["more than 0 % and less than 100 %"]);
    }
}

#[test]
fn promises_are_checked_on_fresh_comments() {
    let (folder, _) = trained();
    let fresh = csv(24);
    let turned = fresh.replace(",abusive\n", ",?\n").replace(",neutral\n", ",abusive\n").replace(",?\n", ",neutral\n");
    std::fs::write(folder.path("fresh.csv"), &fresh).unwrap();
    std::fs::write(folder.path("turned.csv"), &turned).unwrap();
    std::fs::write(folder.path("other.csv"), fresh.replace(",abusive\n", ",rejected\n")).unwrap();
    let ran = folder.score(&["--model", "mine.naqd", "--check", "fresh.csv"], b"");
    ran.says(0, &[]);
    assert!(ran.out().contains("kept") && !ran.out().contains("BROKEN"), "{}", ran.out());
    let ran = folder.score(&["--model", "mine.naqd", "--check", "turned.csv"], b"");
    ran.says(1, &[]);
    assert!(ran.out().contains("BROKEN"), "{}", ran.out());
    let ran = folder.score(&["--model", "mine.naqd", "--check", "turned.csv", "--to", "jsonl"], b"");
    let found = &lines(&ran.out())[0];
    assert_eq!(found["promises"][0]["action"], "publish");
    assert_eq!(found["promises"][0]["broken"], true);
    assert_eq!(found["drift"].as_array().unwrap().len(), 3);
    let other = ["--model", "mine.naqd", "--check", "other.csv"];
    folder.score(&other, b"").says(2, &["label \"rejected\"", "--map rejected="]);
    folder.score(&[&other[..], &["--map", "rejected=abusive"]].concat(), b"").says(0, &[]);
    folder.score(&["--model", "mine.naqd", "--check", "none.csv"], b"").says(2, &["none.csv"]);
}

/// What other languages say of other things; none of it is Arabic, Arabizi or English.
const ELSEWHERE: [&str; 16] = [
    "Bu haberi kim yazdı bilmiyorum ama kaynak yok.",
    "Belediye yolları ne zaman tamir edecek?",
    "Merci pour ce reportage, c'était très intéressant.",
    "Vous êtes nuls, allez travailler un peu.",
    "So einen Unsinn habe ich lange nicht gelesen.",
    "این خبر کاملا اشتباه است، منبع آن کجاست؟",
    "نویسنده این مطلب هیچ چیز نمی‌داند.",
    "آپ کی خبر غلط ہے، ذریعہ کہاں ہے؟",
    "הכתבה הזאת לא נכונה, איפה המקורות?",
    "Кто это написал, тот ничего не понимает.",
    "这篇文章没有来源，完全错误。",
    "기사가 틀렸습니다. 출처가 어디입니까?",
    "asdkjh qweoiu zxcmnb lkjasd",
    "هخضثص قثقفغ حجدشس يبلاتن",
    "😀😀😀",
    "12345 !!! https://example.org/a",
];

/// Answers whether the shipped model has no opinion on a comment.
fn unfamiliar() -> impl Fn(&str) -> bool {
    let mut classifier = Classifier::new(&Model::shipped());
    let (publish_below, reject_above) = (Some(0.5), Some(0.5));
    classifier.set_thresholds(Thresholds { publish_below, reject_above, notify_above: None }).unwrap();
    move |text| classifier.decide(&classifier.score(text)).unwrap().reason == naqd::Reason::Unfamiliar
}

/// Share of the comments of a file that the shipped model has no opinion on.
fn unfamiliar_share(path: PathBuf) -> f64 {
    let is_unfamiliar = unfamiliar();
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let place = reader.headers().unwrap().iter().position(|name| name == "text" || name == "comment").unwrap();
    // Arabic in Latin letters is spelt as everybody likes: many of its words are new.
    let arabizi = |row: &csv::StringRecord| row.iter().any(|cell| cell == "arabizi");
    let rows = reader.records().map(Result::unwrap).filter(|row| !arabizi(row));
    let texts: Vec<String> = rows.map(|row| row[place].to_owned()).collect();
    let share = texts.iter().filter(|text| is_unfamiliar(text)).count() as f64 / texts.len() as f64;
    eprintln!("unfamiliar: {:.2} % of {}", share * 100.0, path.display());
    share
}

/// The shipped model has no opinion on other languages, and nearly always one on the comments it was made for.
#[test]
fn other_languages_are_unfamiliar() {
    let is_unfamiliar = unfamiliar();
    for text in ELSEWHERE.into_iter().chain(["", " "]) {
        assert!(is_unfamiliar(text), "{text}");
    }
    let share = unfamiliar_share(repository("data/test.csv"));
    assert!(share < 0.06, "{share}");
}

#[test]
fn public_corpora_are_familiar() {
    for name in ["mpold", "fox_news", "toxic_spans_civil", "arsarcasm_v2", "lhsab", "osact4_offenseval2020_ar"] {
        let Some(path) = corpus(&format!("{name}.csv")) else { continue };
        let share = unfamiliar_share(path);
        // Nothing like L-HSAB and OSACT4 was learnt from.
        let most = if name == "lhsab" || name.starts_with("osact4") { 0.06 } else { 0.04 };
        assert!(share < most, "{name}: {share}");
    }
}
