//! naqd-import, through the real program. All exports here are written for these tests.

use std::collections::HashMap;
use std::io::Write as _;

use crate::common::{Folder, Ran, csv};
use proptest::prelude::*;

type Row = HashMap<String, String>;

fn rows(ran: &Ran) -> Vec<Row> {
    csv::Reader::from_reader(ran.out().as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// Text, label and reason of each row.
fn verdicts(ran: &Ran) -> Vec<[String; 3]> {
    rows(ran).iter().map(|row| ["text", "label", "why"].map(|column| row[column].clone())).collect()
}

#[track_caller]
fn assert_verdicts(ran: &Ran, expected: &[[&str; 3]]) {
    assert_eq!(verdicts(ran), expected.iter().map(|row| row.map(str::to_owned)).collect::<Vec<_>>(), "{}", ran.err());
}

/// Fields of a comment of WordPress.
struct Wp<'a> {
    id: u32,
    text: &'a str,
    approved: &'a str,
    kind: &'a str,
    more: &'a str,
}

fn wp<'a>(id: u32, text: &'a str, approved: &'a str) -> Wp<'a> {
    Wp { id, text, approved, kind: "comment", more: "" }
}

const BY_HAND: &str = "<wp:commentmeta><wp:meta_key><![CDATA[_wp_trash_meta_status]]></wp:meta_key>\
                       <wp:meta_value><![CDATA[1]]></wp:meta_value></wp:commentmeta>";

/// An export with one article.
fn wxr(comments: &[Wp]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<rss version=\"2.0\" \
                   xmlns:wp=\"http://wordpress.org/export/1.2/\">\n<channel>\n<title>Paper</title>\n\
                   <wp:comment>no comment of an article</wp:comment>\n<item>\n<title>Bridge</title>\n\
                   <link>https://paper.example/bridge</link>\n<comments>none</comments>\n<wp:post_id>12</wp:post_id>\n"
        .to_owned();
    for Wp { id, text, approved, kind, more } in comments {
        xml += &format!(
            "<wp:comment>\n<wp:comment_id>{id}</wp:comment_id>\n\
             <wp:comment_author><![CDATA[Layla]]></wp:comment_author>\n\
             <wp:comment_author_email>layla@mail.example</wp:comment_author_email>\n\
             <wp:comment_author_IP>192.0.2.7</wp:comment_author_IP>\n\
             <wp:comment_date><![CDATA[2026-03-01 12:00:00]]></wp:comment_date>\n\
             <wp:comment_date_gmt><![CDATA[2026-03-01 10:00:00]]></wp:comment_date_gmt>\n\
             <wp:comment_content>{text}</wp:comment_content>\n\
             <wp:comment_approved><![CDATA[{approved}]]></wp:comment_approved>\n\
             <wp:comment_type><![CDATA[{kind}]]></wp:comment_type>\n<wp:comment_parent>0</wp:comment_parent>\n{more}\
             </wp:comment>\n"
        );
    }
    xml + "</item>\n</channel>\n</rss>\n"
}

const APPROVED: &str = "approved, by a person or by the settings of the site";
const BY_PERSON: &str = "trash, by a person who gave no reason";

#[test]
fn wordpress_xml() {
    let export = wxr(&[
        wp(1, "<![CDATA[<p>الجسر <b>جميل</b></p>]]>", "1"),
        Wp { more: BY_HAND, ..wp(2, "<![CDATA[you fool]]>", "trash") },
        wp(3, "<![CDATA[by a list of words]]>", "trash"),
        wp(4, "<![CDATA[not yet seen]]>", "0"),
        wp(5, "<![CDATA[of a deleted article]]>", "post-trashed"),
        Wp { kind: "pingback", ..wp(6, "<![CDATA[[...] our bridge [...]]]>", "1") },
        wp(7, "<![CDATA[]]>", "1"),
    ]);
    let folder = Folder::new(&[("export.xml", export.as_bytes())]);
    let ran = folder.import(&["wxr", "export.xml"]);
    ran.says(0, &["hardly any", "status=spam", "pingback", "(no text)", "5 comments, 1 with a label"]);
    assert_verdicts(
        &ran,
        &[
            ["الجسر جميل", "critical|neutral", APPROVED],
            ["you fool", "", BY_PERSON],
            ["by a list of words", "", "trash, by a rule or a plugin: no person is recorded"],
            ["not yet seen", "", "pending: nobody has decided"],
            ["of a deleted article", "", "its article was deleted: nothing was decided on the comment"],
        ],
    );
    let first = &rows(&ran)[0];
    let columns = ["when", "story", "id", "parent"].map(|column| &*first[column]);
    assert_eq!(columns, ["2026-03-01T10:00:00Z", "https://paper.example/bridge", "1", ""]);
    // A rule's decision is no label, whatever --map says; a person's is.
    let ran = folder.import(&["auto", "export.xml", "--map", "trash=abusive,trash-by-rule=abusive,spam=abusive"]);
    ran.says(0, &["trash-by-rule=abusive: not applied to 1 comment:", "spam=abusive: no comment has the status spam"]);
    let labels: Vec<String> = rows(&ran).iter().map(|row| row["label"].clone()).collect();
    assert_eq!(labels, ["critical|neutral", "abusive", "", "", ""]);
    assert_eq!(rows(&ran)[1]["why"], "trash, by --map");
}

#[test]
fn personal_data_is_left_out_unless_asked_for() {
    let export = wxr(&[wp(1, "<![CDATA[hello]]>", "1")]);
    let folder = Folder::new(&[("export.xml", export.as_bytes())]);
    let ran = folder.import(&["wxr", "export.xml"]);
    let all = ran.out() + &ran.err();
    for personal in ["Layla", "layla@mail.example", "192.0.2.7", "author"] {
        assert!(!all.contains(personal), "{personal} in {all}");
    }
    let rows = rows(&folder.import(&["wxr", "export.xml", "--with-author", "--with-email", "--with-ip"]));
    let columns = ["author", "email", "ip"].map(|column| &*rows[0][column]);
    assert_eq!(columns, ["Layla", "layla@mail.example", "192.0.2.7"]);
}

#[test]
fn xml_that_is_not_well_formed() {
    let bomb = "<!DOCTYPE rss [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>\n<rss ";
    let export = wxr(&[
        wp(1, "<![CDATA[a ]]]]><![CDATA[> b]]>", "1"),
        wp(2, "rings\u{7} twice \u{1F}", "1"),
        wp(3, "Tom & Jerry &amp; &#1593;&#x6c; &c; &nosuch;", "1"),
        wp(4, "<!-- none --><?none?>one<![CDATA[ <i>two</i>]]>", "1"),
    ])
    .replacen("<rss ", bomb, 1);
    let folder = Folder::new(&[("export.xml", export.as_bytes())]);
    let ran = folder.import(&["wxr", "export.xml"]);
    ran.says(0, &[]);
    let texts: Vec<String> = rows(&ran).iter().map(|row| row["text"].clone()).collect();
    assert_eq!(texts, ["a ]]> b", "rings twice", "Tom & Jerry & عl &c; &nosuch;", "one two"]);
}

#[test]
fn damaged_xml_is_told_with_its_line() {
    let whole = wxr(&[wp(1, "<![CDATA[hello]]>", "1"), wp(2, "<![CDATA[again]]>", "1")]);
    let nested = whole.replacen("</wp:comment_content>", "</wp:comment>", 1);
    let closed = whole.replacen("</channel>", "", 1);
    let cut = &whole[..whole.find("again").unwrap()];
    let between = &whole[..whole.rfind("</item>").unwrap()];
    let deep = format!("{}{}", &whole[..whole.find("<item>").unwrap()], "<a>".repeat(200));
    let lines = |text: &str| text.lines().count();
    for (name, export, words) in [
        ("nested", &*nested, vec!["export.xml:18: </wp:comment> where </wp:comment_content> is expected".to_owned()]),
        ("closed", &closed, vec!["</rss> where </channel> is expected".to_owned()]),
        ("cut", cut, vec![format!("export.xml:{}: ", lines(cut)), "cut off".to_owned()]),
        ("between", between, vec![format!("export.xml:{}: ", lines(between) + 1), "inside <item>".to_owned()]),
        ("deep", &deep, vec!["<a>: 100 elements inside one another".to_owned()]),
    ] {
        let folder = Folder::new(&[("export.xml", export.as_bytes()), ("old.csv", b"old")]);
        let ran = folder.import(&["wxr", "export.xml", "--output", "old.csv"]);
        ran.says(2, &words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(folder.read("old.csv"), "old", "{name}: nothing is half written");
        assert_eq!(folder.names(), ["export.xml", "old.csv"], "{name}");
    }
}

#[test]
fn outputs() {
    let export = wxr(&[
        wp(1, "<![CDATA[one]]>", "1"),
        wp(2, "<![CDATA[two]]>", "0"),
        Wp { more: BY_HAND, ..wp(3, "<![CDATA[three]]>", "trash") },
    ]);
    let folder = Folder::new(&[("export.xml", export.as_bytes())]);
    let texts = |args: &[&str]| -> Vec<String> {
        let ran = folder.import(&[&["wxr", "export.xml"], args].concat());
        ran.says(0, &[]);
        rows(&ran).iter().map(|row| row["text"].clone()).collect()
    };
    assert_eq!(texts(&["--only", "labelled"]), ["one"]);
    assert_eq!(texts(&["--only", "unlabelled"]), ["two", "three"]);
    assert_eq!(texts(&["--only", "labelled", "--map", "trash=abusive,approved="]), ["three"]);
    assert_eq!(texts(&["--limit", "2"]), ["one", "two"]);
    assert_eq!(texts(&["--map", "trash=abusive,approved=x", "--map", "trash=", "--only", "labelled"]), ["one"]);
    assert_eq!(folder.import(&["wxr", "export.xml", "--dry-run"]).says(0, &["would be written: 3"]).out(), "");
    folder.import(&["wxr", "export.xml", "--output", "export.xml"]).says(2, &["is also an input file"]);
    let ran = folder.import(&["wxr", "export.xml", "--output", "archive.csv"]);
    assert_eq!(ran.says(0, &["naqd-audit --suggest 200 --limit 200 archive.csv"]).out(), "");
    assert_eq!(folder.read("archive.csv").lines().count(), 4);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("archive.csv"), 0o600);
    }
}

#[test]
fn compressed_and_encoded() {
    let export = wxr(&[wp(1, "<![CDATA[الجسر جميل]]>", "1")]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(export.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let (arabic, ..) = encoding_rs::WINDOWS_1256.encode(&export);
    let declared = export.replace("UTF-8", "windows-1256");
    let (declared, ..) = encoding_rs::WINDOWS_1256.encode(&declared);
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(export.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let folder = Folder::new(&[
        ("export.xml.gz", &gzip),
        ("cut.gz", &gzip[..gzip.len() / 2]),
        ("1256.xml", &arabic),
        ("declared.xml", &declared),
        ("16.xml", &utf16),
        ("book.xlsx", b"PK\x03\x04 and so on"),
        ("page.html", b"<!DOCTYPE html>\n<html><body>Log in"),
        ("feed.xml", b"<?xml version='1.0'?><rss version='2.0'><channel></channel></rss>"),
        ("dump.sql", b"-- MySQL dump 10\nCREATE TABLE `wp_posts` (`ID` int);\nINSERT INTO `wp_posts` VALUES (1);\n"),
        ("comments.csv", b"text,label\nhello,neutral\n"),
        ("empty.xml", b" \n"),
    ]);
    for args in [
        &["wxr", "export.xml.gz"][..],
        &["auto", "16.xml"],
        &["auto", "declared.xml"],
        &["auto", "1256.xml", "--encoding", "windows-1256"],
    ] {
        let ran = folder.import(args);
        ran.says(0, &[]);
        assert_eq!(rows(&ran)[0]["text"], "الجسر جميل", "{args:?}");
    }
    folder
        .import(&["auto", "1256.xml"])
        .says(0, &["1 comment with bytes that are not UTF-8", "--encoding windows-1256"]);
    for (file, words) in [
        ("cut.gz", "cut.gz"),
        ("book.xlsx", "unpack it, and name the files in it"),
        ("page.html", "a web page and no export"),
        ("feed.xml", "a feed (RSS) and no export"),
        ("dump.sql", "no INSERT INTO a table wp_comments"),
        ("comments.csv", "needs no import"),
        ("empty.xml", "an empty file"),
        ("none.xml", "none.xml"),
    ] {
        folder.import(&["auto", file, "--output", "out.csv"]).says(2, &[words]);
    }
    assert!(!folder.path("out.csv").exists());
}

/// A page of WordPress' REST API.
fn page(comments: &[(u32, &str, &str)]) -> String {
    let one = |(id, text, status): &(u32, &str, &str)| {
        let text = serde_json::to_string(text).unwrap();
        format!(
            "{{\"id\":{id},\"post\":12,\"parent\":0,\"author_name\":\"Layla\",\"date_gmt\":\"2026-03-01T10:00:00\",\
             \"content\":{{\"rendered\":{text}}},\"status\":\"{status}\",\"type\":\"comment\"}}"
        )
    };
    format!("[{}]", comments.iter().map(one).collect::<Vec<_>>().join(","))
}

#[test]
fn wordpress_pages() {
    let approved = page(&[(1, "<p>A fine bridge &#8217;</p>\n", "approved"), (2, "<p>When?</p>", "approved")]);
    let rejected = page(&[(3, "<p>buy</p>", "spam")]) + &page(&[(4, "<p>you fool</p>", "trash")]);
    let refused = "{\"code\":\"rest_forbidden_param\",\"message\":\"not allowed\",\"data\":{\"status\":401}}";
    let folder = Folder::new(&[
        ("approved.json", approved.as_bytes()),
        ("rejected.json", rejected.as_bytes()),
        ("refused.json", refused.as_bytes()),
    ]);
    let ran = folder.import(&["auto", "approved.json", "rejected.json", "--map", "trash=abusive"]);
    ran.says(0, &["--map approved="]);
    let rows = rows(&ran);
    let labels: Vec<&str> = rows.iter().map(|row| &*row["label"]).collect();
    assert_eq!(labels, ["critical|neutral", "critical|neutral", "", "abusive"]);
    let columns = ["text", "when", "story", "id", "parent"].map(|column| &*rows[3][column]);
    assert_eq!(columns, ["you fool", "2026-03-01T10:00:00Z", "12", "4", ""]);
    folder.import(&["wordpress-json", "approved.json"]).says(0, &["status=trash"]);
    folder.import(&["auto", "refused.json"]).says(2, &["not allowed", "ask again with a password"]);
}

#[test]
fn wordpress_table() {
    let names = "comment_ID,comment_post_ID,comment_author,comment_author_email,comment_author_url,comment_author_IP,\
                 comment_date,comment_date_gmt,comment_content,comment_karma,comment_approved,comment_agent,\
                 comment_type,comment_parent,user_id";
    let row = |id: u32, text: &str, approved: &str| {
        format!(
            "\"{id}\",\"12\",\"Layla\",\"layla@mail.example\",\"\",\"192.0.2.7\",\"2026-03-01 12:00:00\",\
             \"2026-03-01 10:00:00\",\"{text}\",\"0\",\"{approved}\",\"\",\"comment\",\"0\",\"0\"\n"
        )
    };
    // As MySQL writes it (INTO OUTFILE), with and without a header; as phpMyAdmin does; as mysql --batch does.
    let escaped = row(1, "he said \\\"no\\\", \\\nand C:\\\\", "1") + &row(2, "you fool", "trash");
    let doubled = row(1, "he said \"\"no\"\", \nand C:\\", "1") + &row(2, "you fool", "trash");
    let tabs = names.replace(',', "\t")
        + "\n1\t12\tLayla\tNULL\t\t\t2026-03-01 12:00:00\t2026-03-01 10:00:00\the said \"no\", \\nand C:\\\\\t0\t1\t\t\
           comment\t0\t0\n2\t12\tLayla\tNULL\t\t\t2026-03-01 12:00:00\t2026-03-01 10:00:00\tyou fool\t0\ttrash\t\t\t0\t0\n";
    let folder = Folder::new(&[
        ("outfile.csv", escaped.as_bytes()),
        ("escaped.csv", format!("{names}\n{escaped}").as_bytes()),
        ("doubled.csv", format!("{names}\n{doubled}").as_bytes()),
        ("semicolons.csv", format!("{names}\n{doubled}").replace("\",\"", "\";\"").replace(',', ";").as_bytes()),
        ("batch.tsv", tabs.as_bytes()),
        ("short.csv", format!("{names}\n{}1,2\n", row(1, "one", "1")).as_bytes()),
        ("other.csv", b"comment_content,status\nhello,1\n"),
    ]);
    // As mysqldump and phpMyAdmin do, between other tables.
    let value = |text: &str, approved: &str, id: u32| {
        format!(
            "({id},12,'Layla','layla@mail.example','','192.0.2.7','2026-03-01 12:00:00','2026-03-01 10:00:00','{text}',0,\
             '{approved}','','comment',0,0)"
        )
    };
    let said = "he said \\\"no\\\", \\nand C:\\\\";
    let dump = format!(
        "-- MySQL dump 10.19\n/*!40101 SET NAMES utf8mb4 */;\nCREATE TABLE `wp_commentmeta` (\n  `meta_id` bigint\n);\n\
         INSERT INTO `wp_commentmeta` VALUES (1,2,'INSERT INTO `wp_comments` VALUES (','x');\n\
         INSERT INTO `wp_comments` VALUES {},{};\nINSERT INTO `wp_options` VALUES (1,'a','b','yes');\n",
        value(said, "1", 1),
        value("you fool", "trash", 2)
    );
    let phpmyadmin = format!(
        "-- phpMyAdmin SQL Dump\n--\n\nINSERT INTO `wp_comments` (`{}`) VALUES\n{},\n{};\n",
        names.replace(',', "`, `"),
        value("he said \"no\", \\nand C:\\\\", "1", 1),
        value("you fool", "trash", 2)
    );
    std::fs::write(folder.path("dump.sql"), dump).unwrap();
    std::fs::write(folder.path("cut.sql"), &phpmyadmin[..phpmyadmin.len() - 20]).unwrap();
    std::fs::write(folder.path("phpmyadmin.sql"), phpmyadmin).unwrap();
    for file in ["outfile.csv", "escaped.csv", "doubled.csv", "batch.tsv", "dump.sql", "phpmyadmin.sql"] {
        let ran = folder.import(&["auto", file, "--map", "trash=abusive"]);
        ran.says(0, &["every month"]);
        let expected =
            [["he said \"no\", \nand C:\\", "critical|neutral", APPROVED], ["you fool", "abusive", "trash, by --map"]];
        assert_verdicts(&ran, &expected);
        let columns = ["when", "story", "id", "parent"].map(|column| rows(&ran)[1][column].clone());
        assert_eq!(columns, ["2026-03-01T10:00:00Z", "12", "2", ""], "{file}");
    }
    folder.import(&["auto", "cut.sql"]).says(2, &["cut.sql:6: ", "cut off here"]);
    folder.import(&["auto", "semicolons.csv"]).says(0, &["2 comments"]);
    let ran = folder.import(&["auto", "short.csv"]);
    ran.says(1, &["short.csv:3: 2 values, expected 15", "1 rows could not be used"]);
    assert_eq!(rows(&ran).len(), 1);
    folder.import(&["wordpress-sql", "other.csv"]).says(2, &["no column comment_approved", "status"]);
}

/// Plugins add columns to the table, and others put them in another order.
#[test]
fn columns_of_a_dump_are_those_of_its_table() {
    let create = |table: &str, columns: &str| {
        format!(
            "CREATE TABLE IF NOT EXISTS {table} (\n{columns}\n  PRIMARY KEY (`comment_ID`),\n  KEY `p` (`a`,`b`)\n) ENGINE=InnoDB;\n"
        )
    };
    let column = |name: &str| format!("  `{name}` varchar(20) NOT NULL DEFAULT 'a,(b' COMMENT 'it''s, \\'x',\n");
    let all = ["comment_approved", "note", "comment_content", "comment_ID"].map(column).concat();
    let values = "(1,'x, y','الجسر جميل','7'),('spam','','buy','8');\n";
    for (table, insert) in [
        ("`news_comments`", "`news_comments`"),
        ("`db`.`x_comments`", "x_comments"),
        ("\"a_comments\"", "`a_comments`"),
    ] {
        let dump = format!(
            "-- MySQL dump 10.19\n{}{}INSERT INTO `plugin_comments` VALUES (1,2);\nINSERT INTO {insert} VALUES {values}",
            create("`plugin_comments`", "  `comment_ID` int,\n  stars decimal(2,1),"),
            create(table, &all),
        );
        let folder = Folder::new(&[("dump.sql", dump.as_bytes())]);
        let ran = folder.import(&["wordpress-sql", "dump.sql"]);
        ran.says(0, &[]);
        let found = rows(&ran);
        assert_eq!(found.len(), 2, "{}", ran.out());
        let first = ["text", "label", "id"].map(|column| &*found[0][column]);
        assert_eq!(first, ["الجسر جميل", "critical|neutral", "7"], "{}", ran.out());
    }
}

/// A comment of Coral with one revision.
fn coral(id: &str, text: &str, status: &str) -> String {
    format!(
        "{{\"_id\":{{\"$oid\":\"65\"}},\"id\":\"{id}\",\"storyID\":\"s1\",\"authorID\":\"u1\",\"status\":\"{status}\",\
         \"revisions\":[{{\"id\":\"{id}-r1\",\"body\":{},\"actionCounts\":{{}},\
         \"createdAt\":{{\"$date\":\"2026-03-01T10:00:00Z\"}}}}],\"createdAt\":{{\"$date\":\"2026-03-01T10:00:00Z\"}}}}",
        serde_json::to_string(text).unwrap()
    )
}

fn action(id: &str, status: &str, moderator: &str, reason: &str, minute: u32) -> String {
    let moderator = match moderator {
        "null" => ",\"moderatorID\":null".to_owned(),
        "" => String::new(),
        name => format!(",\"moderatorID\":\"{name}\""),
    };
    let reason =
        if reason.is_empty() { String::new() } else { format!(",\"rejectionReason\":{{\"code\":\"{reason}\"}}") };
    format!(
        "{{\"id\":\"a{minute}\",\"commentID\":\"{id}\",\"commentRevisionID\":\"{id}-r1\",\"status\":\"{status}\"{moderator}\
         {reason},\"createdAt\":{{\"$date\":\"2026-03-02T10:{minute:02}:00Z\"}}}}"
    )
}

/// The two collections of Coral, and the labels and reasons that follow.
fn coral_export() -> (Vec<String>, Vec<String>, Vec<[&'static str; 3]>) {
    let comments = vec![
        coral("c1", "<div>A <b>fine</b> bridge</div>", "APPROVED"),
        coral("c2", "you fool", "REJECTED"),
        coral("c3", "buy this", "REJECTED"),
        coral("c4", "first rejected, then approved", "APPROVED"),
        coral("c5", "the system rejected it", "REJECTED"),
        coral("c6", "published unseen", "NONE"),
        coral("c7", "no reason", "REJECTED"),
        coral("c8", "held", "PREMOD"),
        coral("c9", "", "APPROVED"),
        coral("c10", "the system approved it", "APPROVED"),
    ];
    let actions = vec![
        action("c1", "APPROVED", "m1", "", 1),
        action("c2", "REJECTED", "", "SPAM", 1),
        action("c2", "REJECTED", "m1", "ABUSIVE", 2),
        action("c3", "REJECTED", "m1", "SPAM", 3),
        // Not in the order of time.
        action("c4", "APPROVED", "m2", "", 9),
        action("c4", "REJECTED", "m1", "HATE_SPEECH", 4),
        action("c5", "REJECTED", "null", "ABUSIVE", 5),
        action("c7", "REJECTED", "m1", "", 6),
        action("gone", "APPROVED", "m1", "", 7),
    ];
    let expected = vec![
        ["A fine bridge", "critical|neutral", "approved by a moderator"],
        ["you fool", "abusive", "REJECTED/ABUSIVE by a person"],
        ["buy this", "", "REJECTED/SPAM by a person"],
        ["first rejected, then approved", "critical|neutral", "approved by a moderator"],
        ["the system rejected it", "", "REJECTED by the system, not by a person"],
        ["published unseen", "", "published at once: nobody has looked at it"],
        ["no reason", "", "REJECTED by a person who gave no reason"],
        ["held", "", "pending: nobody has decided"],
        ["the system approved it", "", "APPROVED by the system, not by a person"],
    ];
    (comments, actions, expected)
}

#[test]
fn coral_collections() {
    let (comments, actions, expected) = coral_export();
    let lines = |documents: &[String]| documents.join("\n") + "\n";
    let canonical = |text: String| {
        text.replace("{\"$date\":\"2026-03-01T10:00:00Z\"}", "{\"$date\":{\"$numberLong\":\"1772359200000\"}}")
    };
    let pretty = |documents: &[String]| -> String {
        let one = |text: &String| {
            serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap()
        };
        documents.iter().map(one).collect::<Vec<_>>().join("\n")
    };
    let folder = Folder::new(&[
        ("comments.json", lines(&comments).as_bytes()),
        ("actions.json", lines(&actions).as_bytes()),
        ("comments-array.json", canonical(format!("[{}]\n", comments.join(","))).as_bytes()),
        ("actions-array.json", format!("[{}]\n", actions.join(",\n")).as_bytes()),
        ("comments-pretty.json", pretty(&comments).as_bytes()),
        (
            "reports.json",
            b"{\"id\":\"1\",\"actionType\":\"FLAG\",\"commentID\":\"c1\",\"commentRevisionID\":\"c1-r1\"}\n",
        ),
    ]);
    for files in [
        ["comments.json", "actions.json"],
        ["actions-array.json", "comments-array.json"],
        ["comments-pretty.json", "actions.json"],
    ] {
        let ran = folder.import(&["auto", files[0], files[1]]);
        ran.says(0, &["7 by persons, 2 by the system", "1 decisions of persons are on comments that are not in these"]);
        assert_verdicts(&ran, &expected);
        let row = &rows(&ran)[0];
        let columns = ["story", "id", "parent"].map(|column| &*row[column]);
        assert_eq!(columns, ["s1", "c1", ""], "{files:?}");
        assert!(row["when"].starts_with("2026-03-01T10:00:00"), "{files:?}: {row:?}");
    }
    let ran =
        folder.import(&["coral", "comments.json", "actions.json", "--map", "REJECTED=abusive,rejected/spam=spam"]);
    let labels: Vec<String> = rows(&ran).iter().map(|row| row["label"].clone()).collect();
    assert_eq!(labels[2], "spam");
    assert_eq!(labels[6], "abusive");
    assert_eq!(labels[4], "", "the system's decision is no label, whatever --map says");
    folder
        .import(&["coral", "comments.json"])
        .says(2, &["no file of the collection commentModerationActions", "mongoexport"]);
    folder.import(&["coral", "reports.json", "comments.json"]).says(2, &["commentActions (reports"]);
}

#[test]
fn earlier_revisions_that_a_person_decided_on() {
    let comment = "{\"id\":\"c1\",\"storyID\":\"s1\",\"parentID\":\"c0\",\"status\":\"NONE\",\"revisions\":[\
                   {\"id\":\"c1-r0\",\"body\":\"draft\"},{\"id\":\"c1-r1\",\"body\":\"you fool\"},\
                   {\"id\":\"c1-r2\",\"body\":\"sorry\"}]}\n{\"id\":\"broken\n{\"id\":\"c2\",\"revisions\":[]}\n";
    let actions = action("c1", "REJECTED", "m1", "OFFENSIVE", 1) + "\n";
    let folder = Folder::new(&[("comments.json", comment.as_bytes()), ("actions.json", actions.as_bytes())]);
    let ran = folder.import(&["coral", "comments.json", "actions.json", "--with-author"]);
    ran.says(1, &["comments.json:2: ", "comments.json:3: comment c2 has no revisions", "2 rows could not be used"]);
    let expected = [
        ["you fool", "abusive", "REJECTED/OFFENSIVE by a person"],
        ["sorry", "", "published at once: nobody has looked at it"],
    ];
    assert_verdicts(&ran, &expected);
    assert_eq!(rows(&ran)[0]["parent"], "c0");
}

#[test]
fn disqus() {
    let post = |id: u32, text: &str, deleted: bool, spam: bool, thread: &str, more: &str| {
        format!(
            "<post dsq:id=\"{id}\">\n<id/>\n<message>{text}</message>\n<createdAt>2026-03-01T10:00:00Z</createdAt>\n\
             <isDeleted>{deleted}</isDeleted>\n<isSpam>{spam}</isSpam>\n\
             <author><name>Layla</name><email>layla@mail.example</email></author>\n<thread dsq:id=\"{thread}\"/>\n{more}\
             </post>\n"
        )
    };
    let export = "<?xml version=\"1.0\"?>\n<disqus xmlns=\"http://disqus.com\" xmlns:dsq=\"http://disqus.com/internals\">\n\
                  <thread dsq:id=\"1\">\n<link>https://paper.example/bridge</link>\n<title>B</title>\n<message/>\n</thread>\n\
                  <thread dsq:id=\"2\">\n<title>no link</title>\n</thread>\n"
        .to_owned()
        + &post(10, "<![CDATA[<p>A fine bridge</p>]]>", false, false, "1", "")
        + &post(11, "&lt;p&gt;you fool&lt;/p&gt;", true, false, "2", "<parent dsq:id=\"10\"/>\n")
        + &post(12, "buy", true, true, "3", "")
        + "</disqus>\n";
    let folder = Folder::new(&[("forum.xml", export.as_bytes())]);
    let ran = folder.import(&["auto", "forum.xml"]);
    ran.says(0, &["does not say who deleted", "--map published="]);
    let expected = [
        ["A fine bridge", "critical|neutral", "published, by a person or by the settings of the site"],
        ["you fool", "", "deleted, by a moderator or by its writer: Disqus does not say which"],
        ["buy", "", "spam is not abuse, and mostly a filter decides it"],
    ];
    assert_verdicts(&ran, &expected);
    let columns = |row: &Row| ["when", "story", "id", "parent"].map(|column| row[column].clone());
    assert_eq!(columns(&rows(&ran)[0]), ["2026-03-01T10:00:00Z", "https://paper.example/bridge", "10", ""]);
    assert_eq!(columns(&rows(&ran)[1]), ["2026-03-01T10:00:00Z", "2", "11", "10"]);
    let ran = folder.import(&["disqus", "forum.xml", "--map", "deleted=abusive"]);
    assert_eq!(rows(&ran)[1]["label"], "abusive");
    assert!(!(ran.out() + &ran.err()).contains("Layla"));
}

#[test]
fn json_by_pointers() {
    // As YouTube gives comments: threads in pages, with replies of another shape.
    let threads = "{\"kind\":\"list\",\"items\":[{\"id\":\"t1\",\"snippet\":{\"videoId\":\"v\",\"topLevelComment\":\
                   {\"snippet\":{\"textDisplay\":\"<b>first</b>\",\"publishedAt\":\"2026-03-01\"}}},\
                   \"replies\":{\"comments\":[{\"id\":\"t1.r\",\"snippet\":{\"textDisplay\":\"a reply\"}}]}}]}";
    // As Facebook does: answers in answers.
    let posts = "{\"data\":[{\"id\":\"1\",\"message\":\"one\",\"is_hidden\":true,\"comments\":{\"data\":[{\"id\":\"2\",\
                 \"message\":\"two\",\"is_hidden\":false,\"comments\":{\"data\":[{\"id\":\"3\",\"message\":\"three\"}]}}]}}],\
                 \"paging\":{}}";
    let lines = "{\"n\":1,\"body\":\"one\",\"state\":\"ok\"}\n{\"n\":2,\"body\":\"two\",\"state\":\"removed\"}\n\
                 {\"n\":3,\"body\":\"three\",\"state\":\"removed\nnot JSON\n{\"n\":4,\"body\":\"four\"}\n";
    let folder = Folder::new(&[
        ("threads.json", format!("{threads}\n{threads}").as_bytes()),
        ("posts.json", posts.as_bytes()),
        ("lines.jsonl", lines.as_bytes()),
        ("array.json", b"[{\"a/b\":{\"~c\":\"one\"}},7,{\"a/b\":null}]"),
    ]);
    let ran = folder.import(&[
        "json",
        "threads.json",
        "--items",
        "/items",
        "--text",
        "/snippet/topLevelComment/snippet/textDisplay",
        "--text",
        "/snippet/textDisplay",
        "--html",
        "--id",
        "/id",
        "--replies",
        "/replies/comments",
        "--when",
        "/snippet/topLevelComment/snippet/publishedAt",
        "--story",
        "/snippet/videoId",
    ]);
    ran.says(0, &["(no decision)"]);
    let columns = |row: &Row| ["text", "when", "story", "id", "parent"].map(|column| row[column].clone());
    let all: Vec<_> = rows(&ran).iter().map(columns).collect();
    assert_eq!(all.len(), 4, "two pages in one file");
    assert_eq!(all[0], ["first", "2026-03-01", "v", "t1", ""]);
    assert_eq!(all[1], ["a reply", "", "", "t1.r", "t1"]);

    let ran = folder.import(&[
        "json",
        "posts.json",
        "--items",
        "/data",
        "--text",
        "/message",
        "--id",
        "/id",
        "--replies",
        "/comments/data",
        "--decision",
        "/is_hidden",
        "--map",
        "true=abusive",
    ]);
    assert_verdicts(
        &ran,
        &[
            ["one", "abusive", "true, by --map"],
            ["two", "", "false: not named by --map"],
            ["three", "", "no decision in the export"],
        ],
    );
    let parents: Vec<String> = rows(&ran).iter().map(|row| row["parent"].clone()).collect();
    assert_eq!(parents, ["", "1", "2"]);

    let ran = folder.import(&[
        "json",
        "lines.jsonl",
        "--text",
        "/body",
        "--decision",
        "/state",
        "--id",
        "/n",
        "--map",
        "ok=critical|neutral,removed=abusive",
    ]);
    ran.says(1, &["lines.jsonl:3: ", "lines.jsonl:4: ", "2 rows could not be used"]);
    let labels: Vec<String> = rows(&ran).iter().map(|row| row["label"].clone()).collect();
    assert_eq!(labels, ["critical|neutral", "abusive", ""]);

    let ran = folder.import(&["json", "array.json", "--text", "/a~1b/~0c"]);
    ran.says(1, &["array.json: item 2: no object"]);
    assert_eq!(rows(&ran).len(), 1);

    std::fs::write(folder.path("cut.json"), b"[\n{\"text\":\"a\"},\n{\"text\":").unwrap();
    folder.import(&["json", "cut.json", "--text", "/text"]).says(2, &["cut.json:3: ", "the file was cut off"]);
    folder.import(&["json", "lines.jsonl"]).says(2, &["--text"]);
    folder.import(&["auto", "lines.jsonl"]).says(2, &["--text"]);
    folder.import(&["json", "lines.jsonl", "--text", "body"]).says(2, &["/body"]);
    folder
        .import(&["json", "posts.json", "--text", "/text"])
        .says(2, &["no item has a text at /text", "/data (an array)"]);
    folder.import(&["json", "posts.json", "--items", "/none", "--text", "/message"]).says(2, &["no items at /none"]);
}

#[test]
fn what_is_named_does_not_fit() {
    let export = wxr(&[wp(1, "<![CDATA[one]]>", "1")]);
    let folder = Folder::new(&[("export.xml", export.as_bytes()), ("a.jsonl", b"{\"text\":\"a\"}\n")]);
    folder.import(&["disqus", "export.xml"]).says(2, &["looks like the format wxr", "naqd-import wxr export.xml"]);
    folder.import(&["coral", "a.jsonl"]).says(2, &["neither the collection"]);
    folder.import(&["wxr", "a.jsonl"]).says(2, &["a.jsonl"]);
    folder.import(&["auto", "export.xml", "a.jsonl"]).says(2, &["a.jsonl"]);
    folder.import(&["wxr", "export.xml", "--map", "trash"]).says(2, &["label"]);
}

#[test]
fn the_next_command_names_the_files() {
    let (comments, actions, _) = coral_export();
    let folder = Folder::new(&[
        ("my comments.json", (comments.join("\n") + "\n").as_bytes()),
        ("actions.json", (actions.join("\n") + "\n").as_bytes()),
    ]);
    let told = folder.import(&["auto", "my comments.json", "actions.json", "--dry-run"]).err();
    let command = told.lines().find(|line| line.contains("naqd-import auto")).unwrap().trim();
    assert_eq!(command, "naqd-import auto 'my comments.json' actions.json --only labelled > archive.csv");
}

/// The commands that are told can be typed, one after the other, until there is a model.
#[cfg(unix)]
#[test]
fn the_next_commands_work() {
    let labelled = csv(40);
    let rows: Vec<Row> = csv::Reader::from_reader(labelled.as_bytes()).deserialize().map(Result::unwrap).collect();
    let comment = |(row, id): (&Row, u32)| {
        let rejected = row["label"] == "abusive";
        let text = format!("<![CDATA[{}]]>", row["text"]);
        (id, text, if rejected { "trash" } else { "1" }, if rejected { BY_HAND } else { "" })
    };
    let comments: Vec<_> = rows.iter().zip(1..).map(comment).collect();
    let comments: Vec<Wp> =
        comments.iter().map(|(id, text, approved, more)| Wp { more, ..wp(*id, text, approved) }).collect();
    let folder = Folder::new(&[("export.xml", wxr(&comments).as_bytes())]);
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_naqd-import")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let run = |command: &str| {
        let mut shell = std::process::Command::new("sh");
        Ran(shell.args(["-c", command]).env("PATH", &path).current_dir(folder.path(".")).output().unwrap())
    };
    let next = |told: &str| -> Vec<String> {
        let lines = told.lines().skip_while(|line| *line != "Next:").map(str::trim);
        lines.filter(|line| line.starts_with("naqd-")).map(str::to_owned).collect()
    };
    // Without --map there is no abuse: the first command brings it.
    let told = run("naqd-import auto export.xml --dry-run").err();
    let with_trash = next(&told)[0].clone();
    assert!(with_trash.contains("--map trash=abusive"), "{told}");
    let told = run(&with_trash).says(0, &["40 of these abusive"]).err();
    let commands = next(&told);
    assert_eq!(commands.len(), 3, "{told}");
    run(&commands[0]).says(0, &[]);
    run(&commands[1]).says(0, &[]);
    // As an editor labels them.
    let right: HashMap<&str, &str> = rows.iter().map(|row| (&*row["text"], &*row["label"])).collect();
    let mut listed = csv::Reader::from_path(folder.path("labelled.csv")).unwrap();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["text", "label"]).unwrap();
    for row in listed.deserialize::<Row>() {
        let text = row.unwrap().remove("text").unwrap();
        out.write_record([&*text, right[&*text]]).unwrap();
    }
    std::fs::write(folder.path("labelled.csv"), out.into_inner().unwrap()).unwrap();
    run(&commands[2]).says(0, &[]);
    // Comments without a decision are suggested for labelling.
    let told = run("naqd-import auto export.xml --limit 100 > archive.csv").err();
    for command in &next(&told)[1..] {
        run(command).says(0, &[]);
    }
}

/// Fifty thousand comments under one article, in bounded memory and without quadratic time.
#[test]
fn many_comments_under_one_article() {
    let one = "<![CDATA[<p>The bridge &amp; the river</p>]]>";
    let comments: Vec<Wp> = (0..50_000).map(|id| wp(id, one, "1")).collect();
    let folder = Folder::new(&[("export.xml", wxr(&comments).as_bytes())]);
    let start = std::time::Instant::now();
    folder.import(&["wxr", "export.xml", "--output", "archive.csv"]).says(0, &["50,000 comments"]);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    assert_eq!(folder.read("archive.csv").lines().count(), 50_001);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Comments come out as they were written, whichever way XML, JSON and MySQL escape them.
    #[test]
    fn texts_survive(texts in prop::collection::vec("[ -~أ-ي\u{E9}\u{1F600}\n]{1,40}", 1..6)) {
        // Without what HTML or the edges of a text change.
        let texts: Vec<String> =
            texts.iter().map(|text| format!("x{}x", text.replace(['<', '&', '\\'], "·"))).collect();
        let cdata: Vec<String> =
            texts.iter().map(|text| format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))).collect();
        let comments: Vec<Wp> = cdata.iter().zip(0..).map(|(text, id)| wp(id, text, "1")).collect();
        let lines: String =
            texts.iter().map(|text| format!("{{\"t\":{}}}\n", serde_json::to_string(text).unwrap())).collect();
        let table: String = texts
            .iter()
            .map(|text| format!("\"{}\",\"1\",\\N\n", text.replace('"', "\\\"").replace('\n', "\\\n")))
            .collect();
        let folder = Folder::new(&[
            ("export.xml", wxr(&comments).as_bytes()),
            ("lines.jsonl", lines.as_bytes()),
            ("table.csv", ("comment_content,comment_approved,comment_type\n".to_owned() + &table).as_bytes()),
        ]);
        for args in [&["wxr", "export.xml"][..], &["json", "lines.jsonl", "--text", "/t"], &["auto", "table.csv"]] {
            let ran = folder.import(args);
            ran.says(0, &[]);
            let read: Vec<String> = rows(&ran).iter().map(|row| row["text"].clone()).collect();
            prop_assert_eq!(&read, &texts, "{:?}", args);
        }
    }
}
