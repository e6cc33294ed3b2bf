//! JSON of interfaces and databases: where its comments are, what has none, and fields that only some objects have.

use serde_json::{Value, json};

use super::reading::{INSULT, PRAISE, score};
use crate::common::{Folder, Ran};

fn labels(ran: &Ran) -> Vec<String> {
    let lines = ran.out();
    let label = |line: &str| serde_json::from_str::<Value>(line).unwrap()["naqd"]["label"].as_str().unwrap().to_owned();
    lines.lines().map(label).collect()
}

#[test]
fn an_array_of_comments_wins_over_texts_elsewhere() {
    let items = json!([{"id": 1, "text": PRAISE}, {"id": 2, "text": INSULT}]);
    for (said, object) in [
        (
            "not judged: \"article.content\"",
            json!({"article": {"title": "x", "content": "A bridge"}, "comments": items}),
        ),
        ("not judged: \"meta.text\"", json!({"meta": {"text": "about"}, "comments": items})),
        ("\"data.comments\"", json!({"data": {"message": "ok", "comments": items}})),
        ("\"comments\"", json!({"comments": items, "zauthor": {"text": "bio"}})),
    ] {
        for text in [object.to_string(), format!("{object:#}")] {
            let ran = score(text.as_bytes(), "c.json", &[]);
            ran.says(0, &[said]);
            assert_eq!(labels(&ran), ["neutral", "abusive"], "{text}: {}", ran.err());
        }
    }
}

#[test]
fn comments_inside_of_rows_are_told() {
    let replies = json!([{"id": 2, "text": INSULT}]);
    for (field, row) in [
        ("comments", json!({"id": 1, "body": "The minister opened a bridge.", "comments": replies})),
        ("replies", json!({"id": 1, "text": PRAISE, "replies": replies})),
        ("comments.data", json!({"id": 1, "message": PRAISE, "comments": {"data": replies}})),
    ] {
        let said = format!("with further comments in {field:?}, which are not judged");
        let lines = format!("{row}\n{}\n{row}\n", json!({"id": 3, "text": "Thanks", "replies": []}));
        for (text, rows) in [
            (lines, "2 rows (the first is line 1) "),
            (json!([row]).to_string(), "1 row (line 1) "),
            (json!({"data": [row, row]}).to_string(), "2 rows (the first is line 1) "),
        ] {
            score(text.as_bytes(), "c.json", &[]).says(0, &[&format!("{rows}{said}"), "naqd-import json"]);
            let labelled = text.replace("\"id\":1", "\"label\":\"neutral\",\"id\":1");
            let folder = Folder::new(&[("c.json", labelled.as_bytes())]);
            let err = folder.audit(&["c.json", "--suggest", "3"]).err();
            assert!(err.contains(&said), "{text}: {err}");
        }
    }
}

#[test]
fn tables_of_phpmyadmin_are_read() {
    let export = |tables: &str| {
        format!(
            "[\n{{\"type\":\"header\",\"version\":\"5.2.1\",\"comment\":\"Export to JSON plugin for PHPMyAdmin\"}},\n\
             {{\"type\":\"database\",\"name\":\"wp\"}},\n{tables}\n]\n"
        )
    };
    let table =
        |name: &str, rows: Value| json!({"type": "table", "name": name, "database": "wp", "data": rows}).to_string();
    let rows = json!([{"comment_ID": "1", "comment_content": PRAISE}, {"comment_ID": "2", "comment_content": INSULT}]);
    let options = table("wp_options", json!([{"option_name": "a"}]));
    let comments = table("wp_comments", rows);
    for tables in [comments.clone(), format!("{options},\n{comments}")] {
        assert_eq!(labels(&score(export(&tables).as_bytes(), "c.json", &[])), ["neutral", "abusive"]);
    }
    score(export(&options).as_bytes(), "c.json", &[]).says(2, &["an export of phpMyAdmin"]);
}

#[test]
fn an_error_is_no_comment_and_an_empty_array_has_none() {
    for answer in [
        json!({"error": {"message": "rate limit exceeded", "code": 429}}),
        json!({"errors": [{"message": "not found"}]}),
        json!({"code": "rest_forbidden", "message": "Sorry, you are not allowed", "data": {"status": 401}}),
    ] {
        score(answer.to_string().as_bytes(), "c.json", &[])
            .says(2, &["where it gives no comments (JSON with an error)"]);
    }
    for empty in [json!({"comments": []}), json!({"error": null, "data": {"items": []}, "next": null})] {
        let ran = score(empty.to_string().as_bytes(), "c.json", &[]);
        ran.says(0, &[]);
        assert_eq!(ran.out(), "");
    }
    // What a reader wrote about an error is a comment.
    assert_eq!(score(json!({"error": "x", "text": PRAISE}).to_string().as_bytes(), "c.json", &[]).code(), 0);
}

/// Labelled comments as JSON Lines; the first of them by `first`.
fn labelled(first: impl Fn(&mut Value)) -> String {
    let text = crate::common::csv(25);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize::<std::collections::HashMap<String, String>>().map(Result::unwrap);
    let rows = rows.enumerate().map(|(i, row)| {
        let mut row = json!({"text": row["text"], "label": row["label"]});
        if i == 0 {
            first(&mut row);
        }
        format!("{row}\n")
    });
    rows.collect()
}

#[test]
fn fields_need_not_be_in_the_first_object() {
    let without = labelled(|row| drop(row.as_object_mut().unwrap().remove("label")));
    let folder = Folder::new(&[("c.jsonl", without.as_bytes())]);
    folder.train(&["c.jsonl", "--from", "none"]).says(1, &["c.jsonl:1: column \"label\": empty, expected a label"]);
    let ran = folder.audit(&["c.jsonl", "--suggest", "3"]);
    assert!(!ran.out().is_empty() && ran.code() == 0, "{}", ran.err());

    let with_nan = labelled(|row| row["score"] = json!(0)).replace("\"score\":0", "\"score\":NaN,\"low\":-Infinity");
    assert!(with_nan.contains("NaN"));
    for text in [with_nan.clone(), format!("[{}]", with_nan.trim_end().replace('\n', ","))] {
        let folder = Folder::new(&[("c.json", text.as_bytes())]);
        let ran = folder.train(&["c.json", "--from", "none"]);
        ran.says(0, &["1 row (line 1) with NaN or Infinity, which JSON does not have: read as null"]);
        let ran = folder.score(&["c.json"], b"");
        ran.says(0, &["with NaN or Infinity"]);
        assert_eq!(ran.out().lines().count(), 75);
    }
    let said = json!({"text": "NaN is \"NaN\", Infinity too"}).to_string();
    assert!(!score(said.as_bytes(), "c.jsonl", &[]).err().contains("NaN"));

    let optional = format!("{}\n{}\n", json!({"id": 1, "text": PRAISE}), json!({"id": 2, "text": PRAISE, "parent": 1}));
    let ran = score(optional.as_bytes(), "c.jsonl", &["--to", "csv"]);
    ran.says(0, &[]);
    assert!(ran.out().starts_with("id,text,parent,naqd_label"), "{}", ran.out());
    // Of several files, the later ones may lack some.
    let folder = Folder::new(&[("a.jsonl", optional.as_bytes()), ("b.jsonl", b"{\"text\":\"Thanks\",\"id\":3}\n")]);
    folder.score(&["--to", "csv", "a.jsonl", "b.jsonl"], b"").says(0, &[]);
}

#[test]
fn two_fields_of_comments_are_told() {
    let row = json!({"text": PRAISE, "message": "hello"}).to_string();
    score(row.as_bytes(), "c.jsonl", &[]).says(0, &["the column of the comments is \"text\", not \"message\""]);
}
