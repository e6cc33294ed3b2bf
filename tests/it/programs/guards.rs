//! Guards on rejection, as people meet them.

use crate::common::{Folder, insults, to_csv};
use serde_json::Value;

#[test]
fn reasons_of_guards_are_told() {
    let inbox = "text\nmarket bridge idiot winter\nyou idiot and liar market\n\"«you idiot and liar» market\"\n";
    let folder = Folder::new(&[("c.csv", to_csv(&insults(900, false)).as_bytes()), ("inbox.csv", inbox.as_bytes())]);
    let bounds = ["--max-innocent-rejected", "20%", "--max-abusive-published", "20%", "--l2", "3"];
    folder.train(&[&["c.csv", "--from", "none", "--output", "mine.naqd"][..], &bounds].concat()).says(0, &[]);
    let expected = [("hold", "one word"), ("reject", "score"), ("hold", "quotation")];

    let rows = folder.score(&["--model", "mine.naqd", "inbox.csv"], b"");
    rows.says(0, &[]);
    let rows = rows.out();
    for (row, (decision, reason)) in rows.lines().skip(1).zip(expected) {
        assert!(row.contains(&format!(",{decision},,{reason},")), "{row}");
    }
    let json = folder.score(&["--model", "mine.naqd", "--to", "jsonl", "--explain", "inbox.csv"], b"").out();
    for (line, expected) in json.lines().zip(expected) {
        let naqd = &serde_json::from_str::<Value>(line).unwrap()["naqd"];
        assert_eq!(
            (naqd["decision"].as_str(), naqd["reason"].as_str()),
            (Some(expected.0), Some(expected.1)),
            "{line}"
        );
    }
    // A threshold of one's own, below one half, has the guards too.
    let lenient = ["--model", "mine.naqd", "--reject-above", "0.4", "--publish-below", "0.1", "inbox.csv"];
    let rows = folder.score(&lenient, b"").out();
    assert!(rows.contains(",hold,,one word,") && rows.contains(",hold,,quotation,"), "{rows}");
}
