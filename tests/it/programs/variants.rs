//! Files as people have them, generated: variants of each kind through the real programs.

use encoding_rs::{Encoding, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1256};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::reading::{INSULT, PRAISE, decisions, gzip, ods_of, rows, score, xlsx};
use crate::common::{Folder, Ran, varied_csv};

/// A field of CSV in quotes.
fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

/// CSV of these rows.
fn csv_of(rows: &[Vec<&str>], delimiter: &str) -> String {
    rows.iter().map(|row| row.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(delimiter) + "\n").collect()
}

/// Bytes of a text in UTF-8 or UTF-16, with a byte order mark or without.
fn encoded(text: &str, encoding: &str, mark: bool) -> Vec<u8> {
    let text = if mark { format!("\u{FEFF}{text}") } else { text.to_owned() };
    match encoding {
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => text.into_bytes(),
    }
}

/// Number of labelled comments that `--check` has read, of both scripts.
fn labelled_comments(ran: &Ran) -> usize {
    let out = ran.out();
    let numbers = out.lines().filter_map(|line| line.split_once(" labelled comments, ")?.0.parse::<usize>().ok());
    numbers.sum()
}

const TEXT_COLUMNS: [&str; 22] = [
    "Comment (required)",
    "text [ar]",
    "User Comments",
    "cleaned_text",
    "Your message",
    "text_ar",
    "Commentaire",
    "Texte du commentaire",
    "contenu",
    "Comentario",
    "Texto del comentario",
    "Mensaje",
    "Yorum",
    "YORUM METNİ",
    "İçerik",
    "mesaj",
    "Kommentar",
    "الكومنت",
    "مضمون التعليق",
    "التعليق (نص)",
    "المداخلة",
    "متن التعليق",
];

const LABEL_COLUMNS: [&str; 20] = [
    "Label (final)",
    "final_label",
    "target",
    "is_toxic",
    "moderation result",
    "approval",
    "State",
    "étiquette",
    "Classe",
    "Catégorie",
    "Statut",
    "etiqueta",
    "categoría",
    "Estado",
    "etiket",
    "Sınıf",
    "durum",
    "الصنف",
    "التصنيف النهائي",
    "تم القبول؟",
];

#[test]
fn columns_of_other_languages() {
    for name in TEXT_COLUMNS {
        let table = [vec!["id", name], vec!["1", PRAISE], vec!["2", INSULT]];
        let ran = score(csv_of(&table, ";").as_bytes(), "c.csv", &[]);
        ran.says(0, &[]);
        assert_eq!(rows(&ran, b';')[1]["naqd_label"], "abusive", "{name}");
    }
    let labelled = crate::common::csv(24);
    for name in LABEL_COLUMNS {
        let folder = Folder::new(&[("c.csv", labelled.replacen("label", &quoted(name), 1).as_bytes())]);
        let ran = folder.score(&["--check", "c.csv"], b"");
        assert_eq!(labelled_comments(&ran), 72, "{name}: {}{}", ran.err(), ran.out());
    }
    // An array under such a name is one of comments, and no comment.
    let lines = json!({"id": 1, "comments": [{"text": PRAISE}]}).to_string() + "\n";
    score(lines.repeat(2).as_bytes(), "c.jsonl", &[]).says(2, &["no field text", "naqd-import json"]);
}

#[test]
fn columns_of_one_name_are_told_apart() {
    let twice = format!("text,text\n{PRAISE},\"{INSULT}\"\n");
    let said = "the column of the comments is column 1 (\"text\"), not column 2 (\"text\")";
    let ran = score(twice.as_bytes(), "c.csv", &[]);
    ran.says(0, &[said]);
    assert!(ran.out().contains(",neutral,"), "{}", ran.out());
    let ran = score(twice.as_bytes(), "c.csv", &["--text-column", "2"]);
    assert!(ran.out().contains(",abusive,"), "{}{}", ran.err(), ran.out());
    // A column of this name comes before its place; titles are no header because they have as many cells.
    let named = format!("1,2,text\nx,\"{INSULT}\",{PRAISE}\n");
    let ran = score(named.as_bytes(), "c.csv", &["--text-column", "2"]);
    assert!(ran.out().contains(",abusive,"), "{}{}", ran.err(), ran.out());
    let titled = format!("Comments,May\n\nid,text,note\n1,\"{INSULT}\",{PRAISE}\n2,\"{INSULT}\",{PRAISE}\n");
    let ran = score(titled.as_bytes(), "c.csv", &["--text-column", "3"]);
    assert!(ran.out().contains("naqd_label") && ran.out().contains(",neutral,"), "{}{}", ran.err(), ran.out());
    score(twice.as_bytes(), "c.csv", &["--text-column", "3"]).says(2, &["no column \"3\""]);
    let translated = format!("Comment (translated),Comment\n{PRAISE},\"{INSULT}\"\n");
    let ran = score(translated.as_bytes(), "c.csv", &[]);
    ran.says(0, &["the column of the comments is \"Comment\", not \"Comment (translated)\""]);
    assert!(ran.out().contains(",abusive,"), "{}", ran.out());
}

/// Comments do not stand in messages, which programs keep.
#[test]
fn a_first_line_that_is_no_header_is_not_shown() {
    let secret = "zanzibar";
    for text in [
        format!("7,the {secret} comes\n8,and goes\n"),
        format!("the {secret}, he said, is late. Why?\n"),
        format!("{secret}\n"),
        format!("id\u{2028}the {secret}\n"),
        format!("Sam;the {secret} of us all\n"),
    ] {
        let folder = Folder::new(&[("c.csv", text.as_bytes())]);
        for ran in [
            folder.score(&["c.csv"], b""),
            folder.score(&["--check", "c.csv"], b""),
            folder.train(&["c.csv"]),
            folder.audit(&["c.csv"]),
        ] {
            ran.says(2, &["no column one of text", "the first line has"]);
            assert!(!ran.err().contains(secret), "{}", ran.err());
        }
    }
    // The names of a header are.
    for header in ["id,Avis du lecteur,Nom", "Nom;Avis"] {
        let name = header.split([',', ';']).nth(1).unwrap();
        score(format!("{header}\n1,a\n").as_bytes(), "c.csv", &[]).says(2, &["the columns are \"", name]);
    }
}

#[test]
fn more_that_is_no_file_of_comments() {
    let table = "<table border=1><tr><td>id</td><td>text</td></tr></table>";
    let utf32: Vec<u8> = "id,text\n1,hello\n".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let zeros = [0; 64];
    let film = [&b"\0\0\0\x18ftypmp42"[..], &zeros].concat();
    let old = [&b"\x09\x08\x08\0\0\x05\x05\0"[..], &zeros].concat();
    let html = [
        "",
        "<meta charset=utf-8>",
        "<style>td{}</style>",
        "<div class=x>",
        "<!-- saved --><html>",
        "\u{FEFF}\n<center>",
    ];
    let mut cases: Vec<(Vec<u8>, &str)> =
        html.iter().map(|before| (format!("{before}{table}").into_bytes(), "an HTML page")).collect();
    cases.extend([
        (utf32, "text in UTF-32"),
        (film, "a film or an image"),
        (old, "an old workbook (.xls)"),
        (b"\n\n%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec(), "a PDF document"),
        (b"\x1F\x9D\x90abc".to_vec(), "unpack it with uncompress"),
        (b"ID;PWXL;N;E\nC;Y1;X1;K\"text\"\nE\n".to_vec(), "a spreadsheet in an old form"),
        (b"{comment: {text: \"a\"}, languages: [\"en\"]}\n".to_vec(), "JSON.stringify"),
        (b"// of May\n[{\"text\":\"a\"}]\n".to_vec(), "delete these comments"),
        (b"{\"text\":{\"0\":\"a\",\"1\":\"b\"}}".to_vec(), "orient=\"records\""),
        (b"- id: 1\n  text: a\n- id: 2\n  text: b\n".to_vec(), "YAML"),
        (b"Delivered-To: a@b.example\nSubject: hi\n\nbody\n".to_vec(), "a message of e-mail"),
        (b")]}'\n[{\"text\":\"a\"}]".to_vec(), "JavaScript"),
    ]);
    for statement in [
        "INSERT INTO `c` VALUES (1,'a');",
        "insert into c (id, text) values\n(1, 'a');",
        "REPLACE INTO c VALUES (1,'a');",
        "CREATE TABLE c (id int);",
        "INSERT [dbo].[c] ([text]) VALUES (N'a')",
    ] {
        for above in [
            "",
            "BEGIN;\n",
            "SET NAMES utf8mb4;\n",
            "USE [db]\nGO\n",
            "LOCK TABLES `c` WRITE;\n",
            "# made by a program\n#\n",
        ] {
            cases.push((format!("{above}{statement}\n").into_bytes(), "a dump of a database (SQL)"));
        }
    }
    for (bytes, said) in &cases {
        let name = if said.contains("SQL") { "c.csv" } else { "c.xls" };
        let folder = Folder::new(&[(name, bytes)]);
        let ran = folder.score(&[name], b"");
        ran.says(2, &[&format!("{name}: "), said]);
        assert_eq!(ran.out(), "");
    }
    for bytes in cases.iter().step_by(7).map(|(bytes, _)| bytes) {
        let folder = Folder::new(&[("c", bytes)]);
        folder.train(&["c"]).says(2, &["c: "]);
        folder.audit(&["c"]).says(2, &["c: "]);
    }
}

/// `comment_approved` says what was decided, and not what a comment is.
#[test]
fn the_map_of_an_archive_of_decisions() {
    let archive = |name: &str| varied_csv(30).replacen("label", name, 1).replace(",abusive\n", ",trash\n");
    let archive = |name: &str| archive(name).replace(",critical\n", ",1\n").replace(",neutral\n", ",0\n");
    for name in ["comment_approved", "Status", "is_approved", "الحالة"] {
        let folder = Folder::new(&[("c.csv", archive(name).as_bytes())]);
        let ran = folder.train(&["c.csv", "--from", "none", "--output", "m.naqd"]);
        ran.says(0, &["1=critical|neutral", "0=", "trash=abusive"]);
        assert!(!ran.err().contains("1=abusive") && !ran.err().contains("0=critical"), "{}", ran.err());
    }
}

fn any_encoding() -> impl Strategy<Value = &'static Encoding> {
    select(vec![WINDOWS_1252, WINDOWS_1256, WINDOWS_1254, WINDOWS_1250])
}

/// JSON of comments under these names, around which nothing else is one.
fn wrapped(items: &Value, around: &[&str]) -> Value {
    around.iter().rev().fold(items.clone(), |inner, name| json!({"page": 1, *name: inner, "tags": ["a"]}))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn placeholders(
        cell in select(&["nan", "NULL", "\\N", "None", "N/A", "#NAME?", "[object Object]", "undefined", "[deleted]", "#¡REF!", "#DEĞER!", "#YOK"][..]),
        lower in any::<bool>(), before in select(&["", " ", "\u{A0}", "\u{200F}"][..]), form in 0..4usize,
    ) {
        let cell = format!("{before}{} ", if lower { cell.to_ascii_lowercase() } else { cell.to_owned() });
        let table: &[&[&str]] = &[&["id", "text"], &["1", &cell], &["2", PRAISE]];
        let lines = json!({"text": cell}).to_string() + "\n" + &json!({"text": PRAISE}).to_string();
        let (bytes, name) = match form {
            0 => (csv_of(&table.iter().map(|row| row.to_vec()).collect::<Vec<_>>(), ",").into_bytes(), "c.csv"),
            1 => (lines.into_bytes(), "c.jsonl"),
            2 => (xlsx(&[("One", table)]), "c.xlsx"),
            _ => (ods_of(table), "c.ods"),
        };
        let ran = score(&bytes, name, &["--to", "csv"]);
        prop_assert_eq!(ran.code(), 1, "{}: {}", cell, ran.err());
        prop_assert_eq!(decisions(&ran, b','), ["-hold", "neutral-publish"], "{}", cell);
    }

    #[test]
    fn several_columns_of_comments(names in prop::sample::subsequence(&["text", "comment", "body", "التعليق", "message", "Texte"][..], 2..4).prop_shuffle()) {
        let best = ["text", "comment", "body", "message", "Texte", "التعليق"].into_iter().find(|name| names.contains(name)).unwrap();
        let row = |text: &'static str| names.iter().map(|name| if *name == best { text } else { "Sam" }).collect::<Vec<_>>();
        let ran = score(csv_of(&[names.clone(), row(PRAISE), row(INSULT)], "\t").as_bytes(), "c.csv", &[]);
        ran.says(0, &[&format!("the column of the comments is \"{best}\", not ")]);
        prop_assert_eq!(&rows(&ran, b'\t')[1]["naqd_label"], "abusive");
    }

    #[test]
    fn json_in_any_wrapping(
        around in prop::collection::vec(select(&["data", "items", "results", "comments", "nodes"][..]), 0..3),
        inside in prop::collection::vec(select(&["comment", "node", "attributes"][..]), 0..2),
        pretty in any::<bool>(), encoding in select(&["utf-8", "utf-16le"][..]), mark in any::<bool>(), zipped in any::<bool>(),
    ) {
        let item = |text: &str| inside.iter().fold(json!({"id": 1, "body": text}), |inner, name| json!({*name: inner, "n": null}));
        let value = wrapped(&json!([item(PRAISE), item(INSULT)]), &around);
        let text = if pretty { format!("{value:#}\n") } else { value.to_string() };
        let bytes = encoded(&text, encoding, mark || encoding != "utf-8");
        let ran = score(&if zipped { gzip(&bytes) } else { bytes }, "c.json", &["--to", "csv"]);
        prop_assert_eq!(ran.code(), 0, "{}: {}", text, ran.err());
        prop_assert!(decisions(&ran, b',')[1].starts_with("abusive"), "{}", text);
    }

    #[test]
    fn rows_of_other_encodings(at in 0..4usize, encoding in any_encoding(), delimiter in select(&[",", ";", "\t"][..])) {
        let word = if encoding == WINDOWS_1256 { "شكرا يا جماعة" } else { "un café" };
        let mut lines: Vec<Vec<u8>> = (0..4).map(|n| format!("{n}{delimiter}{PRAISE}").into_bytes()).collect();
        lines[at] = [format!("{at}{delimiter}").as_bytes(), &encoding.encode(word).0[..]].concat();
        let file = [format!("id{delimiter}text").into_bytes()].into_iter().chain(lines.clone()).collect::<Vec<_>>().join(&b'\n');
        let folder = Folder::new(&[("c.csv", &file)]);
        let ran = folder.score(&["c.csv"], b"");
        ran.says(1, &[&format!("c.csv:{}: not valid UTF-8", at + 2), "1 rows could not be scored"]);
        let out: Vec<&[u8]> = ran.0.stdout.split(|byte| *byte == b'\n').collect();
        prop_assert!((0..4).all(|n| out[n + 1].starts_with(&lines[n])));
    }

    #[test]
    fn mojibake_wherever_it_is(
        encoding in any_encoding(), twice in any::<bool>(), form in 0..3usize, at in 0..3usize,
    ) {
        let text = "انت غبي يا حمار";
        let read = |text: &str| encoding.decode_without_bom_handling(text.as_bytes()).0.into_owned();
        let damaged = if twice && [WINDOWS_1252, WINDOWS_1256].contains(&encoding) { read(&read(text)) } else { read(text) };
        let texts: Vec<&str> = (0..3).map(|n| if n == at { &*damaged } else { PRAISE }).collect();
        let table: Vec<Vec<&str>> = [vec!["text"]].into_iter().chain(texts.iter().map(|text| vec![*text])).collect();
        let lines: Vec<String> = texts.iter().map(|text| json!({"text": text}).to_string()).collect();
        let sheet: Vec<&[&str]> = table.iter().map(Vec::as_slice).collect();
        let (bytes, name) = match form {
            0 => (csv_of(&table, ",").into_bytes(), "c.csv"),
            1 => (lines.join("\n").into_bytes(), "c.jsonl"),
            _ => (xlsx(&[("One", &sheet)]), "c.xlsx"),
        };
        let ran = score(&bytes, name, &["--to", "csv"]);
        ran.says(1, &["mojibake: UTF-8 that was read as ", "--repair-mojibake"]);
        prop_assert_eq!(&decisions(&ran, b',')[at], "-hold");
        let repaired = score(&bytes, name, &["--to", "csv", "--repair-mojibake"]);
        prop_assert_eq!(repaired.code(), 0, "{}", repaired.err());
        prop_assert!(decisions(&repaired, b',')[at].starts_with("abusive"), "{}", damaged);
    }

    #[test]
    fn utf_16_without_a_mark_is_told(
        big in any::<bool>(),
        text in select(&["id,text\n1,hello\n", "شكرا\nعلى هذا\n", "رقم;التعليق\n1;شكرا جزيلا\n"][..]),
        name in select(&["c.txt", "c"][..]),
    ) {
        let encoding = if big { "utf-16be" } else { "utf-16le" };
        let bytes = encoded(text, encoding, false);
        let remedy = format!("--encoding {encoding}");
        score(&bytes, name, &[]).says(2, &["text in UTF-16 without a byte order mark", &remedy]);
        score(&bytes, name, &["--encoding", encoding]).says(0, &[]);
        score(&encoded(text, encoding, true), name, &[]).says(0, &[]);
    }

    #[test]
    fn a_missing_quote(at in 0..5usize, delimiter in select(&[",", ";", "\t"][..]), crlf in any::<bool>(), other in any::<bool>()) {
        let mut text = format!("id{delimiter}text{delimiter}status\n");
        for n in 0..5 {
            let comment = if n == 4 { INSULT } else { PRAISE };
            let end = if n == at { "" } else { "\"" };
            let comment = if n == at || !other || comment.contains(delimiter) { format!("\"{comment}{end}") } else { comment.to_owned() };
            text += &format!("{}{delimiter}{comment}{delimiter}ok\n", n + 71);
        }
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let ran = score(text.as_bytes(), "c.csv", &[]);
        ran.says(1, &[&format!("c.csv:{}: a quote that opens in this row is never closed", at + 2)]);
        let said = decisions(&ran, delimiter.as_bytes()[0]);
        let expected = |n| if n == at { "-hold" } else if n == 4 { "abusive" } else { "neutral-publish" };
        prop_assert!(said.len() == 5 && said.iter().enumerate().all(|(n, said)| said.starts_with(expected(n))), "{:?}", said);
    }

    #[test]
    fn what_a_file_looks_like_comes_out(mark in any::<bool>(), crlf in any::<bool>(), delimiter in select(&[",", ";", "\t"][..]), quotes in any::<bool>()) {
        let row = |cells: [&str; 2]| cells.map(|cell| if quotes { quoted(cell) } else { cell.to_owned() }).join(delimiter);
        let end = if crlf { "\r\n" } else { "\n" };
        let lines = [row(["id", "text"]), row(["1", PRAISE]), row(["2", "you fool"])];
        let text = if mark { "\u{FEFF}" } else { "" }.to_owned() + &lines.join(end) + end;
        let ran = score(text.as_bytes(), "c.csv", &[]);
        ran.says(0, &[]);
        let out = ran.out();
        prop_assert_eq!(out.starts_with('\u{FEFF}'), mark);
        let out: Vec<&str> = out.trim_start_matches('\u{FEFF}').split_terminator(end).collect();
        prop_assert!(out.len() == 3 && out.iter().zip(&lines).all(|(out, line)| out.starts_with(&format!("{line}{delimiter}"))), "{:?}", out);
        let excel = score(text.as_bytes(), "c.csv", &["--excel"]).out();
        let is_for_excel = excel.starts_with('\u{FEFF}') && excel.ends_with("\r\n");
        prop_assert!(is_for_excel);
    }

    /// Labels that differ in case, marks, spaces and signs at their end are one class.
    #[test]
    fn labels_in_any_spelling(
        spellings in prop::collection::vec((select(&["abusive", "مسيء", "1"][..]), any::<bool>(), select(&["", " ", ".", "!", "\u{200F}", "\u{640}"][..])), 3),
    ) {
        let name = spellings[0].0;
        let spelt: Vec<String> = spellings
            .iter()
            .map(|(_, other, end)| match (name, other) {
                ("abusive", true) => format!("ABUSIVE{end}"),
                ("مسيء", true) => format!("مُسيئ{end}"),
                ("1", true) => "1.0".to_owned(),
                _ => format!("{name}{end}"),
            })
            .collect();
        let mut row = 0;
        let labelled: String = varied_csv(20)
            .lines()
            .map(|line| match line.strip_suffix(",abusive") {
                Some(rest) => {
                    row += 1;
                    format!("{rest},{}\n", quoted(&spelt[row % 3]))
                }
                None => format!("{line}\n"),
            })
            .collect();
        let folder = Folder::new(&[("c.csv", labelled.as_bytes())]);
        let ran = folder.score(&["--check", "c.csv", "--map", &format!("{name}=abusive")], b"");
        prop_assert_eq!(labelled_comments(&ran), 60, "{:?}: {}{}", spelt, ran.err(), ran.out());
    }
}

/// Letters as codes are no letters: they are told, held, not learnt, and repaired.
#[test]
fn letters_as_codes() {
    let text = "انت غبي يا حمار";
    let percent: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let escapes: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let brackets: String = text.chars().map(|c| format!("<U+{:04X}>", u32::from(c))).collect();
    for (name, coded) in [
        ("percent-encoding", percent.clone()),
        ("percent-encoding", percent.replace("%20", "+")),
        ("percent-encoding", escapes.replace('\\', "%")),
        ("quoted-printable", percent.replace('%', "=")),
        ("escapes such as \\u0643", percent.replace('%', "\\x")),
        ("escapes such as \\u0643", escapes),
        ("codes such as <U+0643>", brackets),
    ] {
        let json = json!({"text": coded, "url": "https://example.com/%D9%83%D9%84%D8%A8"}).to_string();
        for (file, bytes, line) in [
            ("c.csv", format!("id,text\n1,{coded}\n2,{PRAISE}\n"), 2),
            ("c.jsonl", json + "\n", 1),
            ("c.txt", format!("{coded}\n{PRAISE}\n"), 1),
        ] {
            let ran = score(bytes.as_bytes(), file, &["--to", "jsonl"]);
            let remark = format!("1 row (line {line}) of codes in place of letters");
            ran.says(1, &[&format!("{file}:{line}: letters written as codes, {name}"), &remark, "--repair-mojibake"]);
            assert!(ran.out().lines().next().unwrap().contains("\"decision\":\"hold\""), "{}", ran.out());
            let ran = score(bytes.as_bytes(), file, &["--to", "jsonl", "--repair-mojibake"]);
            ran.says(0, &["1 rows of mojibake repaired"]);
            let first = ran.out().lines().next().unwrap().to_owned();
            assert!(first.contains(text) && first.contains("\"label\":\"abusive\""), "{first}");
            assert!(file != "c.jsonl" || first.contains("https://example.com/%D9%83%D9%84%D8%A8"), "{first}");
        }
        let folder = Folder::new(&[("c.csv", (varied_csv(24) + &format!("900,{coded},abusive\n")).as_bytes())]);
        folder.train(&["c.csv", "--from", "none"]).says(1, &["letters written as codes", "1 rows could not be used"]);
    }
    let link =
        format!("text\n{PRAISE} https://example.com/%D9%83%D9%84%D8%A8\nhttps://example.com/%D9%83%D9%84%D8%A8\n");
    let ran = score(link.as_bytes(), "c.csv", &["--repair-mojibake"]);
    ran.says(0, &[]);
    assert!(ran.out().contains("/%D9%83%D9%84%D8%A8,"), "{}", ran.out());
}

/// A program that writes quotes doubles those inside: others are the writer's own.
#[test]
fn quotes_of_writers_are_kept() {
    for (field, text) in [
        ("\"يا كلب يا حقير يا ابن الكلب\" كلام لا يليق بنائب", None),
        ("\"stupid\" and \"fool\"", None),
        ("\"He said \"stupid\" twice\"", Some("He said \"stupid\" twice")),
        ("\"He said \"stupid\"\"", Some("He said \"stupid\"")),
        ("\"thanks\"  ", Some("thanks  ")),
        ("\"so \"\"he\"\" said\"", Some("so \"he\" said")),
    ] {
        for delimiter in [",", "\t", ";"] {
            let file = format!("id{delimiter}text{delimiter}n\n1{delimiter}{field}{delimiter}2\n");
            let ran = score(file.as_bytes(), "c.csv", &[]);
            ran.says(0, &[]);
            let back = rows(&ran, delimiter.as_bytes()[0])[0]["text"].clone();
            assert_eq!(back, text.unwrap_or(field), "{file}");
            let ran = score(file.as_bytes(), "c.csv", &["--to", "jsonl"]);
            let row: Value = serde_json::from_str(ran.out().lines().next().unwrap()).unwrap();
            assert_eq!(row["text"], text.unwrap_or(field), "{file}");
        }
    }
    let quotation = "id,text\n1,\"يا كلب يا حقير يا ابن الكلب\" كلام لا يليق بنائب\n";
    let held = &decisions(&score(quotation.as_bytes(), "c.csv", &[]), b',')[0];
    assert!(!held.ends_with("-reject"), "{held}");
}

#[test]
fn what_exporters_write_is_no_comment() {
    for cell in [
        "Array",
        "[object Undefined]",
        "[object HTMLElement]",
        "System.Byte[]",
        "Object",
        "[removed by moderator]",
        "Comment deleted",
        "[comment deleted]",
        "(vide)",
        "#اسم؟",
        "تم حذف هذا التعليق",
    ] {
        let text = format!("id,text\n1,{cell}\n2,{PRAISE}\n");
        let ran = score(text.as_bytes(), "c.csv", &[]);
        ran.says(1, &["c.csv:2: empty comment: ", "is what exporters write where there is none"]);
        assert_eq!(decisions(&ran, b','), ["-hold", "neutral-publish"], "{cell}");
    }
    for said in ["True", "FALSE", "Array of lies", "تم حذف هذا التعليق أمس"] {
        score(format!("id,text\n1,{said}\n").as_bytes(), "c.csv", &[]).says(0, &[]);
    }
    for (name, bytes) in [("c.jsonl", "{\"text\":\"Thanks\\u0000\"}\n"), ("c.json", "[{\"text\":\"Thanks\\u0000\"}]")] {
        let ran = score(bytes.as_bytes(), name, &[]);
        ran.says(1, &["has a NUL byte"]);
        assert!(ran.out().contains("\"decision\":\"hold\""), "{}", ran.out());
    }
}

#[test]
fn headers_of_joined_files() {
    for (text, line, number) in [
        (format!("id,text\n1,{PRAISE}\nid,comment\n2,good report\n"), 3, 2),
        (format!("text,id\n{PRAISE},1\ncomment,id\ngood report,2\n"), 3, 2),
        (format!("comment\n{PRAISE}\ncomment\ngood\n"), 3, 2),
    ] {
        let ran = score(text.as_bytes(), "c.csv", &[]);
        ran.says(0, &[&format!("the header stands again on line {line}: left out")]);
        assert_eq!(decisions(&ran, b',').len(), number, "{text}");
    }
    for text in ["id,text\n1,comment\nid,good comment\n", "text,\ncomment,\n", "comment\nThanks\nComment!\n"] {
        let ran = score(text.as_bytes(), "c.csv", &[]);
        assert!(!ran.err().contains("stands again"), "{}", ran.err());
    }
    // Lines that are a small table.
    for text in [
        "رقم,رأي الزائر,التاريخ\n1,خبر جميل,2024-05-01\n2,رأي آخر,2024-05-02\n",
        "no,the view\n11,nice report\n12,bad report\n",
    ] {
        score(text.as_bytes(), "c.txt", &[]).says(2, &["without a known column of comments", "--text-column"]);
    }
    score(b"1, he lied\n2, he knew\n3, he left\n", "c.txt", &[]).says(0, &[]);
}

#[test]
fn names_of_columns_that_are_mojibake() {
    for encoding in [WINDOWS_1252, WINDOWS_1256] {
        for mark in ["", "\u{FEFF}"] {
            let text = format!("{mark}التعليق,الرقم\ngood report,1\nانت غبي يا حمار,2\n");
            let damaged = encoding.decode_without_bom_handling(text.as_bytes()).0.into_owned();
            let ran = score(damaged.as_bytes(), "c.csv", &[]);
            ran.says(1, &["1 row (line 3) of mojibake", "--repair-mojibake"]);
            assert_eq!(decisions(&ran, b',').len(), 2);
            let ran = score(damaged.as_bytes(), "c.csv", &["--repair-mojibake"]);
            ran.says(0, &["1 rows of mojibake repaired"]);
            assert!(ran.out().trim_start_matches('\u{FEFF}').starts_with("التعليق,الرقم,"), "{}", ran.out());
            let ran = score(
                damaged.replacen(&*encoding.decode_without_bom_handling("التعليق".as_bytes()).0, "x", 1).as_bytes(),
                "c.csv",
                &[],
            );
            ran.says(2, &["these names are mojibake in the file: --repair-mojibake", "الرقم"]);
        }
    }
}
