//! The checks of the fuzz targets (see `fuzz/README.md`) over their seeds and over random changes of them, with stable
//! Rust and in a few seconds; `NAQD_CASES=50` makes that fifty times as many changes, as in the release tier.

use std::path::Path;

use proptest::prelude::*;

use crate::{checks, import_checks};

/// A change to a seed: where (a share of its length), how, and with what.
type Change = (f64, u8, u8);

fn changed(seed: &[u8], other: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for &(place, how, byte) in changes {
        let at = (place * bytes.len() as f64) as usize;
        match how % 6 {
            0 => bytes.insert(at, byte),
            1 if at < bytes.len() => bytes[at] = byte,
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            4 => bytes.splice(at..at, other[..other.len().min(byte.into())].iter().copied()).for_each(drop),
            _ => {
                let piece = bytes[..at].to_vec();
                bytes.extend(piece);
            }
        }
    }
    bytes
}

fn run(target: &str, check: fn(&[u8]), cases: u32) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(seeds.len() > 5);
    seeds.iter().for_each(|seed| check(seed));
    let times = std::env::var("NAQD_CASES").map_or(1, |times| times.parse().expect("NAQD_CASES is a number"));
    let seed = 0..seeds.len();
    let changes = prop::collection::vec((0.0..1.0, any::<u8>(), any::<u8>()), 1..8);
    proptest!(ProptestConfig::with_cases(cases * times), |(seed in seed.clone(), other in seed, changes in changes)| {
        check(&changed(&seeds[seed], &seeds[other], &changes));
    });
}

#[test]
fn normalise() {
    run("normalise", checks::normalise, 2000);
}

#[test]
fn html() {
    run("html", checks::html, 2000);
}

#[test]
fn emit() {
    run("emit", checks::emit, 500);
}

#[test]
fn csv() {
    run("csv", checks::csv, 1000);
}

#[test]
fn json() {
    run("json", checks::json, 1000);
}

#[test]
fn open() {
    run("open", checks::open, 700);
}

#[test]
fn workbook() {
    run("workbook", checks::workbook, 700);
}

#[test]
fn rules() {
    run("rules", checks::rules, 500);
}

#[test]
fn model() {
    run("model", checks::model, 500);
}

#[test]
fn imports() {
    run("import_wxr", import_checks::import_wxr, 500);
    run("import_disqus", import_checks::import_disqus, 500);
    run("import_sql", import_checks::import_sql, 300);
    run("import_coral", import_checks::import_coral, 500);
    run("import_json", import_checks::import_json, 300);
}
