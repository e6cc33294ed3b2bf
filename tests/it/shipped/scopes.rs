//! Insults denied, and words about oneself, beside the same words as insults: the shipped model tells the two apart. The
//! pairs are in no training data.

use crate::common::{Folder, repository};

#[test]
fn insults_denied_are_told_from_insults() {
    let folder = Folder::new(&[]);
    let pairs = repository("tests/it/shipped/scopes.csv");
    // Texts of a column that the model calls abusive.
    let abusive = |column: &str| -> Vec<String> {
        let ran = folder.score(&["--text-column", column, pairs.to_str().unwrap()], b"");
        ran.says(0, &[]);
        let rows: Vec<std::collections::HashMap<String, String>> =
            csv::Reader::from_reader(ran.out().as_bytes()).deserialize().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 32);
        rows.iter().filter(|row| row["naqd_label"] == "abusive").map(|row| row[column].clone()).collect()
    };
    let (innocent, insults) = (abusive("innocent"), abusive("abusive"));
    assert!(innocent.len() <= 2, "{innocent:#?}");
    assert!(insults.len() >= 25, "only {insults:#?}");
}
