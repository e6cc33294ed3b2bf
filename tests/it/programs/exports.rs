//! Exports seen in the wild that are read, or refused as a whole: variants of each kind.

use serde_json::json;

use super::reading::{INSULT, PRAISE, decisions, gzip, ods_of, rows, score, xlsx};
use crate::common::Folder;

/// A praise and an insult in it, and nothing else.
fn finds_both(bytes: &[u8], name: &str) -> String {
    let ran = score(bytes, name, &["--to", "csv", "--html=no", "--publish-below", "0.8", "--reject-above", "0.9"]);
    let first = ran.out().lines().next().unwrap_or_default().to_owned();
    let delimiter = *b",;\t|".iter().max_by_key(|it| first.bytes().filter(|byte| byte == *it).count()).unwrap();
    assert_eq!(ran.code(), 0, "{name}: {}", ran.err());
    let found: Vec<String> = decisions(&ran, delimiter).iter().map(|said| said.replace("-hold", "-reject")).collect();
    assert_eq!(found, ["neutral-publish", "abusive-reject"], "{name}: {}{}", ran.err(), ran.out());
    ran.err()
}

#[test]
fn json_is_found_where_it_is() {
    let items = json!([{"id": 1, "text": PRAISE}, {"id": 2, "text": INSULT}]);
    let [one, two] = [0, 1].map(|number| items[number].to_string());
    for (said, text) in [
        ("the JSON array \"comments\"", json!({"comments": items}).to_string()),
        ("the JSON array \"comments\"", format!("{:#}", json!({"comments": items, "tags": ["a"]}))),
        ("the JSON array \"data.items\"", json!({"data": {"count": 2, "items": items}, "next": null}).to_string()),
        (
            "the JSON array \"results\"",
            json!({"message": "ok", "results": items, "users": [{"name": "a"}]}).to_string(),
        ),
        ("a JSON array", json!([{"content": {"rendered": PRAISE}}, {"content": {"rendered": INSULT}}]).to_string()),
        ("a JSON array", json!([{"comment": {"text": PRAISE}, "n": 1}, {"comment": {"text": INSULT}}]).to_string()),
        ("a JSON array", format!("[{one}]\n[{two}]\n")),
        ("a JSON array", format!("[{one},\n{two},\n]\n")),
        ("objects of several lines", format!("{one}{two}")),
        ("objects of several lines", format!("{one},\n{two}\n")),
        ("", format!("\u{FEFF}{one}\r\n\u{FEFF}{two}\r\n")),
    ] {
        for bytes in [text.clone().into_bytes(), gzip(text.as_bytes())] {
            let err = finds_both(&bytes, "c.json");
            assert!(err.contains(said), "{text}: {err}");
        }
        let labelled = text.replace("\"text\"", "\"label\":\"neutral\",\"text\"");
        let labelled = labelled.replace("\"rendered\"", "\"label\":\"neutral\",\"rendered\"");
        let folder = Folder::new(&[("c.json", labelled.as_bytes())]);
        let ran = folder.audit(&["c.json", "--suggest", "9"]);
        assert!(!ran.err().contains("rows could not be used"), "{text}: {}", ran.err());
    }
    let marked = score(format!("{one}\n\u{FEFF}{two}\n").as_bytes(), "c.jsonl", &[]).out();
    assert!(marked.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{marked}");
    // A comment with replies is a comment.
    let ran = score(json!({"text": PRAISE, "replies": items}).to_string().as_bytes(), "c.jsonl", &[]);
    assert_eq!(ran.out().lines().count(), 1);
    for (said, text) in [
        ("naqd-import json", json!({"approved": items, "pending": items}).to_string()),
        ("naqd-import json", format!("{0}\n{0}\n", json!({"comments": items}))),
        ("no field text", json!({"1": items[0], "2": items[1]}).to_string()),
        ("array of arrays", json!([["id", "text"], [1, PRAISE]]).to_string()),
        ("something follows", format!("{items} and more")),
        ("JavaScript", format!("window.YTD.tweets.part0 = {items:#}")),
        ("as Python prints them", format!("[{{'id': 1, 'text': '{PRAISE}'}}]")),
    ] {
        score(text.as_bytes(), "c.json", &["--output", "out.jsonl"]).says(2, &["c.json: ", said]);
    }
}

#[test]
fn headers_stand_below_titles_of_any_width() {
    let table = format!("id,text\n1,{PRAISE}\n2,\"{INSULT}\"\n");
    for above in [
        "sep=;\n",
        "Comments, exported on May 1, 2024, by Sam\n",
        "Report,Comments\nDate,May\n\n",
        "Report,Comments,of,May\n",
        "التعليقات\n",
        "# made by a program\n# for you\n",
        "Report\n\n\n",
    ] {
        for text in [format!("{above}{table}"), format!("{above}{table}").replace('\n', "\r\n")] {
            let err = finds_both(text.as_bytes(), "c.csv");
            assert!(err.contains(" is the header, and what stands above it is left out"), "{above}: {err}");
        }
    }
    for (name, bytes) in [
        ("c.csv", b"Report,Comments\nid,text\n1,thanks\n".to_vec()),
        ("c.xlsx", xlsx(&[("One", &[&["Report", "Comments"], &["id", "text"], &["1", "thanks"]])])),
    ] {
        score(&bytes, name, &[]).says(2, &[" 2 looks like the header: delete what stands above it"]);
    }
    // What is in a row is no header.
    score(b"id,Avis\n1,text\n", "c.csv", &[]).says(2, &["no column"]);
    // Other files were joined to the first: with capitals, and with other places of the columns.
    let joined = format!("{table}ID, Text\n3,{PRAISE}\ntext,id\n\"{INSULT}\",4\n");
    let ran = score(joined.as_bytes(), "c.csv", &[]);
    ran.says(0, &["the header stands again on lines 4, 6: left out"]);
    let found = rows(&ran, b',');
    assert_eq!((&*found[3]["id"], &*found[3]["text"], &*found[3]["naqd_label"]), ("4", INSULT, "abusive"));
}

#[test]
fn columns_of_more_systems() {
    for name in [
        "post_content",
        "message_body",
        "comment_html",
        "content.rendered",
        "snippet.topLevelComment.snippet.textOriginal",
        "_source/comment_text",
        "selftext",
        "تعليق القارئ",
        "نص الردّ",
        "النص الكامل",
        "نص المشاركة",
    ] {
        finds_both(format!("id,{name}\n1,{PRAISE}\n2,\"{INSULT}\"\n").as_bytes(), "c.csv");
    }
    let labelled = crate::common::csv(24);
    for name in
        ["gold_label", "Approval Status", "moderation-action", "حالة التعليق", "قرار المشرف", "الفئة", "تصنيف التعليق"]
    {
        let folder = Folder::new(&[("c.csv", labelled.replacen("label", name, 1).as_bytes())]);
        folder.train(&["c.csv", "--from", "none"]).says(0, &[]);
    }
}

#[test]
fn nothing_is_said_in_many_ways() {
    for cell in [
        "null",
        "Nan",
        "[null]",
        "(empty)",
        "(blank)",
        "DBNull",
        "{}",
        "[]",
        "''",
        "[Deleted]",
        "[deleted by user]",
        "[ Removed by Reddit ]",
        "#SPILL!",
        "#NOM?",
        "#WERT!",
        "Err:502",
        "########",
        "\u{200B}",
        "\u{AD}\u{FEFF} ",
    ] {
        let ran = score(format!("id,text\n1,{cell}\n2,{PRAISE}\n").as_bytes(), "c.csv", &[]);
        ran.says(1, &["c.csv:2: empty comment"]);
        assert_eq!(rows(&ran, b',')[0]["naqd_decision"], "hold", "{cell}");
    }
    for cell in ["###", "nothing", "NA NA", "undefined?", "#shame!"] {
        assert_eq!(score(format!("id,text\n1,{cell}\n").as_bytes(), "c.csv", &[]).code(), 0, "{cell}");
    }
    score(b"id,text\n1,\"[{\"\"text\"\": \"\"you fool\"\"}]\"\n", "c.csv", &[])
        .says(0, &["c.csv: 1 row (line 2) with JSON for a comment"]);
}

#[test]
fn more_is_refused_whole() {
    let utf32: Vec<u8> = "\u{FEFF}id,text\n1,a\n".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let arabic = encoding_rs::WINDOWS_1256.encode("رقم,التعليق\n1,شكرا\n").0.into_owned();
    for (bytes, said) in [
        (&utf32[..], "text in UTF-32"),
        (&arabic, "not valid UTF-8: name the encoding"),
        (b"-- MySQL dump 10.13\n\nINSERT INTO `a` VALUES (1,'x');\n", "naqd-import wordpress-sql"),
        (
            b"--\n-- PostgreSQL database dump\n--\n\nCOPY public.comments (id, body) FROM stdin;\n",
            "a dump of a database",
        ),
        (b"From: a@b.example\nTo: c@d.example\nSubject: hi\n\ntext\n", "a message of e-mail"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n--x\n", "a message of e-mail"),
    ] {
        for name in ["c.csv", "c.txt", "c"] {
            if said.contains("valid UTF-8") && name != "c.csv" {
                continue;
            }
            let ran = score(bytes, name, &[]);
            ran.says(2, &[&format!("{name}: "), said]);
            assert_eq!(ran.out(), "");
        }
    }
    score(b"id\ttext\n1\tsay \\\"hi\\\" now\n", "c.tsv", &[]).says(0, &["say --escape"]);
}

#[test]
fn sheets_as_people_make_them() {
    let table: &[&[&str]] = &[&["id", "text"], &["1", PRAISE], &["2", INSULT, "", "a note beside it"]];
    for (name, book) in [
        ("empty.xlsx", xlsx(&[("Cover", &[]), ("Data", table)])),
        ("titled.xlsx", xlsx(&[("Data", &[&["Export", "of", "May", "by", "Sam"], &[], table[0], table[1], table[2]])])),
        ("plain.ods", ods_of(table)),
        ("packed.xlsx.gz", gzip(&xlsx(&[("Data", table)]))),
    ] {
        finds_both(&book, name);
    }
    // The wrong sheet is named.
    let cover = xlsx(&[("Cover", &[&["Report"]]), ("Data", table)]);
    score(&cover, "b.xlsx", &[]).says(2, &["no column", "sheet \"Cover\" (not \"Data\": --sheet)"]);
    // What --excel wrote, and a spreadsheet saved, is as it was before.
    let guarded: &[&[&str]] =
        &[&["id", "text", "label"], &["1", "'=you stupid idiot", "abusive"], &["2", "''=x", "neutral"]];
    for (name, book) in [("b.xlsx", xlsx(&[("One", guarded)])), ("b.ods", ods_of(guarded))] {
        let found = rows(&score(&book, name, &[]), b',');
        assert_eq!([&*found[0]["text"], &*found[1]["text"]], ["=you stupid idiot", "'=x"], "{name}");
        let out = score(&book, name, &["--excel"]).out();
        assert!(out.contains(",'=you stupid idiot,") && out.contains(",''=x,"), "{out}");
    }
}

/// Below a line that names the delimiter, a spreadsheet shows one row less than the file has.
#[test]
fn rows_below_a_separator_are_those_of_the_spreadsheet() {
    let labelled = crate::common::csv(24).replace(',', ";");
    for above in ["", "sep=;\n"] {
        let text = format!("{above}{labelled}");
        let folder = Folder::new(&[("c.csv", text.as_bytes()), ("again.csv", text.as_bytes())]);
        let ran = folder.audit(&["c.csv", "again.csv", "--suggest", "3"]);
        ran.says(0, &[]);
        let lines: Vec<&str> = labelled.lines().collect();
        for row in rows(&ran, b',') {
            let number: usize = row["row"].parse().unwrap();
            assert!(lines[number - 1].contains(&row["text"]), "{above}{row:?}");
        }
    }
}
