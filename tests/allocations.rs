//! Scoring does not allocate, however many comments there are.

mod common;

use common::records;
use naqd::{Classifier, Model};

/// A thread makes room for the words it remembers, some ten times in all; no comment needs any, nor do words that are
/// taken for others.
#[test]
fn scoring_does_not_allocate() {
    let classifier = Classifier::new(&Model::shipped());
    let mut texts = Vec::new();
    for file in ["data/comments.csv", "data/test.csv"] {
        texts.extend(records(file).into_iter().map(|row| row["text"].clone()));
    }
    // The spans of quotations in a comment that would be rejected are the one thing that has no place of its own.
    texts.retain(|text| !text.contains(['"', '“', '”', '«', '„', '‹', '<', '>', '[']));
    // So are those of an address behind a verb of saying.
    let verbs = ["قو", "قا", "قل", "كو", "كا", "ناد"];
    texts.retain(|text| !(text.contains("يا") && verbs.iter().any(|verb| text.contains(verb))));
    texts.extend(texts.clone().iter().map(|text| text.replace('e', "3").replace('ر', "*ر").replace('م', "مم")));
    let score = || {
        for text in &texts {
            let score = classifier.score(text);
            classifier.decide(&score);
        }
    };
    // Blocks of code points and the words to see through are made on first use, for all threads.
    score();
    let allocations = std::thread::scope(|scope| {
        let other = scope.spawn(|| allocation_counter::measure(score).count_total);
        other.join().unwrap()
    });
    assert!((1..40).contains(&allocations), "{allocations} allocations for {} comments", texts.len());
}
