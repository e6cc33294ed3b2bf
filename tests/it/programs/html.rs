//! Comments that are HTML, as people have them.

use std::fmt::Write as _;

use serde_json::Value;

use crate::common::{Folder, records, varied_csv};

/// CSV of these rows.
fn to_csv<'r>(rows: impl IntoIterator<Item = Vec<&'r str>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.into_iter().for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// CSV of these texts.
fn texts<S: AsRef<str>>(texts: &[S]) -> String {
    to_csv([vec!["text"]].into_iter().chain(texts.iter().map(|text| vec![text.as_ref()])))
}

/// The columns of naqd of scored CSV.
fn verdicts(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let own = reader.headers().unwrap().iter().position(|name| name.starts_with("naqd_")).unwrap();
    reader.records().map(|row| row.unwrap().iter().skip(own).map(str::to_owned).collect()).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Every `n`th word of a text between `before` and `after`.
fn words(text: &str, n: usize, before: &str, after: &str) -> String {
    let words = text.split(' ').enumerate();
    let word =
        |(i, word): (usize, &str)| if i % n == n - 1 { format!("{before}{word}{after}") } else { word.to_owned() };
    words.map(word).collect::<Vec<_>>().join(" ")
}

/// Markup changes no verdict: what is judged is what a reader sees.
#[test]
fn markup_changes_no_verdict() {
    let plain: Vec<String> = records("data/test.csv").into_iter().map(|mut row| row.remove("text").unwrap()).collect();
    let folder = Folder::new(&[("plain.csv", texts(&plain).as_bytes())]);
    let expected = folder.score(&["plain.csv"], b"");
    expected.says(0, &[]);
    let expected = verdicts(&expected.out());
    type Wrap = (&'static str, fn(&str) -> String);
    let wraps: [Wrap; 6] = [
        ("paragraph", |text| format!("<p>{}</p>", escaped(text))),
        ("strong", |text| words(&escaped(text), 4, "<strong>", "</strong>") + "<br>"),
        ("styled", |text| {
            let text = escaped(text);
            format!(
                "<div class=\"body\" style=\"color: #333; margin: 0\"><span dir=\"auto\" data-id='7>6'>{text}</span></div>\n"
            )
        }),
        ("references", |text| {
            text.chars().fold(String::new(), |mut out, c| {
                if c.is_ascii_alphanumeric() || c == '\n' {
                    out.push(c);
                } else {
                    write!(out, "&#{};", c as u32).unwrap();
                }
                out
            }) + "&nbsp;"
        }),
        ("links", |text| {
            words(&escaped(text), 5, "<a href=\"https://x.example/stupid-idiot.html\" rel=nofollow>", "</a>")
                + "<!-- stupid idiot -->"
        }),
        ("inside words", |text| {
            let mut out = String::from("<p>");
            for (i, c) in text.chars().enumerate() {
                out += if i % 3 == 1 {
                    ["<b></b>", "<wbr>", "<!-- -->", "</div>", "<span>", "</i>"][i / 3 % 6]
                } else {
                    ""
                };
                out += &escaped(&c.to_string());
            }
            out
        }),
    ];
    for (name, wrap) in wraps {
        let wrapped: Vec<String> = plain.iter().map(|text| wrap(text)).collect();
        std::fs::write(folder.path("wrapped.csv"), texts(&wrapped)).unwrap();
        let ran = folder.score(&["wrapped.csv"], b"");
        ran.says(0, &["wrapped.csv: the comments are read as HTML: of the first"]);
        let found = verdicts(&ran.out());
        let differ: Vec<&String> =
            plain.iter().zip(expected.iter().zip(&found)).filter(|(_, (a, b))| a != b).map(|(text, _)| text).collect();
        assert!(expected.len() == found.len() && differ.is_empty(), "{name}: {} differ, {:?}", differ.len(), differ[0]);
    }
}

const HTML: [&str; 9] = [
    "<p>whoever wrote this is a stu<b>pid</b> idiot</p>",
    "<div><br></div>",
    "<p>&quot;Thank you&quot;&nbsp;&amp;&nbsp;well done</p>",
    "<a href=\"https://x.example/stupid-idiot-moron.html\">good article about it</a>",
    "<!-- stupid idiot moron -->Good report, thanks",
    "<p>thanks <b \"> you are a stupid idiot <i \"> for the report</p>",
    "<p>whoever wrote this is a st<x></x>upid id<style>p { color: red }</style>iot</p>",
    "<p>you are <an idiot> and <a stupid pig></p>",
    "<p style=\"display:none\">whoever wrote this is a stupid idiot</p>",
];

#[test]
fn verdicts_are_on_what_a_reader_sees() {
    let folder = Folder::new(&[("inbox.csv", texts(&HTML).as_bytes())]);
    let ran = folder.score(&["inbox.csv"], b"");
    ran.says(1, &["inbox.csv:3: empty comment", "the comments are read as HTML"]);
    let labels: Vec<String> = verdicts(&ran.out()).into_iter().map(|row| row[0].clone()).collect();
    let expected = ["abusive", "", "neutral", "neutral", "neutral", "abusive", "abusive", "abusive", "abusive"];
    assert_eq!(labels, expected);
}

/// Spans of an explanation are those of the cell, tags and all.
#[test]
fn spans_lead_back_to_the_cell() {
    let folder = Folder::new(&[
        ("inbox.csv", texts(&["<p>قال: you are a stu<b>pid</b> &#105;diot 😀</p>"; 3]).as_bytes()),
        ("rules.csv", b"phrase,effect\nstupid idiot,hold\n"),
    ]);
    let ran = folder.score(&["--to", "jsonl", "--explain", "--rules", "rules.csv", "inbox.csv"], b"");
    ran.says(0, &["read as HTML"]);
    let row: Value = serde_json::from_str(ran.out().lines().next().unwrap()).unwrap();
    let cell = row["text"].as_str().unwrap();
    let mut found = Vec::new();
    for list in ["sentences", "evidence", "rules"] {
        for item in row["naqd"][list].as_array().unwrap() {
            let place = |unit: &str| {
                item[unit].as_array().unwrap().iter().map(|at| at.as_u64().unwrap() as usize).collect::<Vec<_>>()
            };
            let text = item["text"].as_str().unwrap();
            let (bytes, chars, utf16) = (place("bytes"), place("chars"), place("utf16"));
            assert_eq!(&cell[bytes[0]..bytes[1]], text);
            assert_eq!(cell.chars().take(chars[1]).skip(chars[0]).collect::<String>(), text);
            let units: Vec<u16> = cell.encode_utf16().collect();
            assert_eq!(String::from_utf16(&units[utf16[0]..utf16[1]]).unwrap(), text);
            found.push((list, text.to_owned()));
        }
    }
    for expected in [("evidence", "stu<b>pid"), ("evidence", "&#105;diot"), ("rules", "stu<b>pid</b> &#105;diot")] {
        assert!(found.iter().any(|(list, text)| (*list, text.as_str()) == expected), "{expected:?} in {found:?}");
    }
}

/// A file is HTML or not as a whole, and in doubt the worse reading counts: no writer hides a word behind a tag.
#[test]
fn no_row_says_by_itself_that_it_is_html() {
    let plain = |row: &str| {
        let mut rows = vec!["thank you for the report"; 40];
        rows.push(row);
        texts(&rows)
    };
    let folder = Folder::new(&[]);
    let last = |args: &[&str], csv: &str, says: &str| {
        std::fs::write(folder.path("inbox.csv"), csv).unwrap();
        let ran = folder.score(args, b"");
        ran.says(0, &[says]);
        if says.is_empty() {
            assert_eq!(ran.err(), "");
        }
        verdicts(&ran.out()).pop().unwrap()[0].clone()
    };
    let doubt = "of the first 41 comments 1 have HTML tags or character references: where that makes a difference";
    // The reader of a page of plain text sees all of it; that of a page of HTML sees a word.
    for hidden in [
        "hello <a title=\"whoever wrote this is a stupid idiot\">you</a>",
        "whoever wrote this is a st<b></b>upid id<b></b>iot",
    ] {
        assert_eq!(last(&["inbox.csv"], &plain(hidden), doubt), "abusive", "{hidden}");
        assert_eq!(last(&["inbox.csv", "--line-buffered"], &plain(hidden), ""), "abusive", "{hidden}");
    }
    let tooltip = plain("hello <a title=\"whoever wrote this is a stupid idiot\">you</a>");
    assert_eq!(last(&["--html", "inbox.csv"], &tooltip, ""), "neutral");
    assert_eq!(last(&["--html", "yes", "inbox.csv"], &tooltip, ""), "neutral");
    assert_eq!(last(&["--html", "no", "inbox.csv"], &tooltip, ""), "abusive");
    assert_eq!(last(&["--html=no", "inbox.csv"], &tooltip, ""), "abusive");
    // What HTML does not know is no HTML.
    assert_eq!(last(&["inbox.csv"], &plain("1 < 2 & <an idiot> writes"), ""), "abusive");
    folder.score(&["--html=perhaps", "inbox.csv"], b"").says(2, &["perhaps"]);
}

/// Plain lines and JSON Lines are looked at too.
#[test]
fn every_format_is_looked_at() {
    let folder = Folder::new(&[]);
    let line = "<p>st<i>upid</i> id<b>iot</b></p>";
    let ran = folder.score(&["-"], [line; 4].join("\n").as_bytes());
    ran.says(0, &["standard input: the comments are read as HTML"]);
    assert!(ran.out().lines().all(|row| row.contains("\"label\":\"abusive\"") && row.contains(line)), "{}", ran.out());
    let json = serde_json::json!({ "comment": line }).to_string();
    let ran = folder.score(&["--format", "jsonl"], [json.as_str(); 4].join("\n").as_bytes());
    ran.says(0, &["the comments are read as HTML"]);
    assert!(ran.out().lines().all(|row| row.contains("\"label\":\"abusive\"")), "{}", ran.out());
    let ran = folder.score(&["--to", "jsonl", "--text", line], b"");
    assert!(ran.out().contains("\"label\":\"abusive\""));
}

/// A block quotation is another's words.
#[test]
fn block_quotations_are_held() {
    let quoted = [
        "<blockquote class=\"wp-block-quote\"><p>whoever wrote this is a stupid idiot and a disgusting pig</p></blockquote><p>No.</p>",
        "<p>&gt; whoever wrote this is a stupid idiot and a disgusting pig<br>No.</p>",
        "<p>[quote]whoever wrote this is a stupid idiot and a <b>disgusting</b> pig[/quote]</p><p>No.</p>",
        "<p>He said <q>whoever wrote this is a stupid idiot and a disgusting pig</q>. No.</p>",
    ];
    let folder = Folder::new(&[("inbox.csv", texts(&quoted).as_bytes())]);
    let ran = folder.score(&["--reject-above", "0.5", "inbox.csv"], b"");
    ran.says(0, &[]);
    for (row, text) in verdicts(&ran.out()).iter().zip(quoted) {
        assert!(
            row.iter().any(|field| field == "hold") && row.iter().any(|field| field == "quotation"),
            "{text}: {row:?}"
        );
    }
}

/// What is learnt is what a reader sees: the model of an archive of HTML is that of its plain text.
#[test]
fn an_archive_of_html_is_learnt_as_its_text() {
    let plain = varied_csv(60);
    let mut reader = csv::Reader::from_reader(plain.as_bytes());
    let rows: Vec<[String; 3]> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let html = format!("<div>{}</div><!-- x -->", words(&escaped(&row[1]), 2, "<b>", "</b>"));
            [row[0].to_owned(), html, row[2].to_owned()]
        })
        .collect();
    let rows = rows.iter().map(|row| row.iter().map(String::as_str).collect());
    let html = to_csv([vec!["id", "text", "label"]].into_iter().chain(rows));
    let models = [plain, html].map(|csv| {
        let folder = Folder::new(&[("c.csv", csv.as_bytes())]);
        let ran = folder.train(&["c.csv", "--from", "none", "--output", "m.naqd"]);
        ran.says(0, &[]);
        assert_eq!(ran.err().contains("c.csv: the comments are read as HTML"), csv.contains("<div>"), "{}", ran.err());
        std::fs::read(folder.path("m.naqd")).unwrap()
    });
    assert_eq!(models[0], models[1]);
}

#[test]
fn an_audit_lists_what_a_reader_sees() {
    let csv =
        varied_csv(40).replace("thank you", "thank <b>you</b>").replace("good morning", "&quot;good morning&quot;");
    let folder = Folder::new(&[("c.csv", csv.as_bytes())]);
    let ran = folder.audit(&["--html", "c.csv", "--limit", "120"]);
    ran.says(0, &[]);
    assert!(ran.out().contains("thank you") && !ran.out().contains("<b>"), "{}", ran.out());
}
