//! What people export, read by the programs: each kind of file, and variants of it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::common::{Folder, Ran, csv};
use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(super) const PRAISE: &str = "شكرا على هذا التقرير";
pub(super) const INSULT: &str = "you stupid idiot, shame on you";

/// Rows of CSV, by the names of their columns.
pub(super) fn rows(ran: &Ran, delimiter: u8) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(&ran.0.stdout[..]);
    reader.deserialize().map(|row| row.unwrap_or_else(|error| panic!("{error}: {}", ran.out()))).collect()
}

/// Decisions of the rows in order, with the label before the dash.
pub(super) fn decisions(ran: &Ran, delimiter: u8) -> Vec<String> {
    rows(ran, delimiter).iter().map(|row| format!("{}-{}", row["naqd_label"], row["naqd_decision"])).collect()
}

pub(super) fn score(bytes: &[u8], name: &str, args: &[&str]) -> Ran {
    let folder = Folder::new(&[(name, bytes)]);
    folder.score(&[&[name], args].concat(), b"")
}

/// A ZIP archive of these parts.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "&#10;")
}

/// An .xlsx file of sheets, whose cells are strings in place.
pub(super) fn xlsx(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let relation = |number: usize, kind: &str, target: &str| {
        format!(
            "<Relationship Id=\"r{number}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/\
             {kind}\" Target=\"{target}\"/>"
        )
    };
    let relations = |all: String| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{all}</Relationships>"
        )
    };
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), "<Types/>".to_owned()),
        ("_rels/.rels".to_owned(), relations(relation(1, "officeDocument", "xl/workbook.xml"))),
    ];
    let (mut list, mut links) = (String::new(), String::new());
    for (number, (name, rows)) in (1..).zip(sheets) {
        list += &format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"r{number}\"/>");
        links += &relation(number, "worksheet", &format!("worksheets/sheet{number}.xml"));
        let mut sheet = String::new();
        for (number, row) in (1..).zip(*rows) {
            sheet += &format!("<row r=\"{number}\">");
            for (column, cell) in ('A'..).zip(*row).filter(|(_, cell)| !cell.is_empty()) {
                let text = escaped(cell);
                sheet += &format!(
                    "<c r=\"{column}{number}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>"
                );
            }
            sheet += "</row>";
        }
        parts.push((
            format!("xl/worksheets/sheet{number}.xml"),
            format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>"),
        ));
    }
    let names = "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
    parts.push(("xl/workbook.xml".to_owned(), format!("<workbook {names}><sheets>{list}</sheets></workbook>")));
    parts.push(("xl/_rels/workbook.xml.rels".to_owned(), relations(links)));
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, part)| (name.as_str(), part.as_bytes())).collect();
    archive(&parts)
}

/// A comment that begins with an equals sign is a formula to programs, which write 0, nothing or an error for its value.
#[test]
fn formulas_that_are_comments() {
    let values = ["<v>0</v>", "", "<v></v>", "<v/>"];
    for value in values {
        let marked = xlsx(&[("One", &[&["id", "text"], &["1", "MARK"], &["2", "good report"]])]);
        let cell = format!("<f> you stupid idiot, shame on you</f>{value}");
        let ran = score(&with_cell(&marked, &cell), "c.xlsx", &["--to", "csv"]);
        ran.says(0, &[]);
        assert_eq!(rows(&ran, b',')[0]["text"].trim_start_matches('\''), "= you stupid idiot, shame on you", "{value}");
        assert!(decisions(&ran, b',')[0].starts_with("abusive"), "{}", ran.out());
        // What calculates has its value.
        let ran = score(&with_cell(&marked, "<f>IF(A1>3,1,0)</f><v>0</v>"), "c.xlsx", &["--to", "csv"]);
        assert_eq!(rows(&ran, b',')[0]["text"], "0");
    }
    let cell = "<table:table-cell table:formula=\"of:= you stupid idiot, shame on you\" office:value-type=\"string\" \
                office:string-value=\"\"><text:p>Err:509</text:p></table:table-cell>";
    let row = |cells: &str| format!("<table:table-row>{cells}</table:table-row>");
    let head = "<table:table-cell><text:p>text</text:p></table:table-cell>";
    let sheet = format!("<table:table table:name=\"One\">{}{}</table:table>", row(head), row(cell));
    let ran = score(&ods(&sheet), "c.ods", &["--to", "csv"]);
    ran.says(0, &[]);
    assert!(decisions(&ran, b',')[0].starts_with("abusive"), "{}", ran.out());
}

/// A workbook whose cell with MARK has this inside instead.
fn with_cell(workbook: &[u8], inside: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(workbook)).unwrap();
    let mut parts = Vec::new();
    for number in 0..zip.len() {
        let mut part = zip.by_index(number).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut part, &mut text).unwrap();
        let name = part.name().unwrap().to_string();
        let text = text.replace(" t=\"inlineStr\"><is><t xml:space=\"preserve\">MARK</t></is>", &format!(">{inside}"));
        parts.push((name, text));
    }
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    archive(&parts)
}

/// An .ods file with this inside of its sheets.
fn ods(sheets: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\">\
         <office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_bytes()),
        ("META-INF/manifest.xml", b"<manifest/>"),
    ])
}

pub(super) fn ods_of(rows: &[&[&str]]) -> Vec<u8> {
    let cell = |cell: &&str| {
        let paragraphs: String = cell.split('\n').map(|line| format!("<text:p>{}</text:p>", escaped(line))).collect();
        format!("<table:table-cell office:value-type=\"string\">{paragraphs}</table:table-cell>")
    };
    let row =
        |row: &&[&str]| format!("<table:table-row>{}</table:table-row>", row.iter().map(cell).collect::<String>());
    let empty = "<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell \
                 table:number-columns-repeated=\"16384\"/></table:table-row>";
    let rows: String = rows.iter().map(row).collect();
    ods(&format!("<table:table table:name=\"One\">{rows}{empty}</table:table>"))
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

const SHEET: [&[&str]; 4] =
    [&["id", "comment", "when"], &["1", PRAISE, "May"], &["2", INSULT, ""], &["3", "two\nlines & <b>", "June"]];

/// One table, in every form that is read, has the same verdicts; also on standard input and for training.
#[test]
fn one_table_in_every_form() {
    let line = |row: &&[&str], delimiter: &str| {
        let quoted = |cell: &&str| format!("\"{}\"", cell.replace('"', "\"\""));
        row.iter().map(quoted).collect::<Vec<_>>().join(delimiter) + "\n"
    };
    let with = |delimiter: &str| SHEET.iter().map(|row| line(row, delimiter)).collect::<String>();
    let plain = with(",");
    let objects: Vec<serde_json::Value> = SHEET[1..]
        .iter()
        .map(|row| {
            SHEET[0].iter().zip(*row).map(|(name, cell)| (name.to_string(), serde_json::Value::from(*cell))).collect()
        })
        .collect();
    let array = serde_json::Value::from(objects.clone());
    let lines: String = objects.iter().map(|object| format!("{object}\n")).collect();
    let several: String = objects.iter().map(|object| format!("{object:#}\n")).collect();
    let utf16: Vec<u8> = std::iter::once(0xFEFF).chain(with("\t").encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let forms: [(&str, Vec<u8>); 16] = [
        ("plain.csv", plain.clone().into_bytes()),
        ("semicolons.txt", with(";").into_bytes()),
        ("tabs.tab", with("\t").into_bytes()),
        ("bars", with("|").into_bytes()),
        ("windows.csv", plain.replace('\n', "\r\n").into_bytes()),
        ("unicode-text.txt", utf16),
        ("sep.csv", format!("sep=;\r\n{}", with(";")).into_bytes()),
        ("titled.csv", format!("Comments of May,,\n\n{plain}").into_bytes()),
        ("inbox.csv.gz", gzip(plain.as_bytes())),
        ("export", gzip(&xlsx(&[("One", &SHEET)]))),
        ("book.xlsx", xlsx(&[("One", &SHEET), ("Two", &[&["text"]])])),
        ("book.ods", ods_of(&SHEET)),
        ("array.json", array.to_string().into_bytes()),
        ("pretty.json", format!("{array:#}").into_bytes()),
        ("lines.jsonl", lines.into_bytes()),
        ("several.json", several.into_bytes()),
    ];
    let expected = ["neutral-publish", "abusive-reject", "neutral-publish"];
    let labelled = |bytes: &[u8], name: &str| {
        // Twice: what only one comment has teaches nothing about others.
        let folder = Folder::new(&[(name, bytes), ("again", bytes)]);
        let ran = folder.audit(&[name, "again", "--html=no", "--suggest", "9"]);
        ran.says(0, &[]);
        let texts: std::collections::BTreeSet<String> =
            rows(&ran, b',').into_iter().map(|row| row["text"].replace('\r', "")).collect();
        assert!(texts.contains(PRAISE) && texts.contains("two\nlines & <b>") && texts.len() == 3, "{name}: {texts:?}");
    };
    for (name, bytes) in &forms {
        let to_csv = ["--to", "csv", "--html=no", "--reject-above", "0.9", "--publish-below", "0.8"];
        let delimiter = match *name {
            "semicolons.txt" | "sep.csv" => b';',
            "tabs.tab" | "unicode-text.txt" => b'\t',
            "bars" => b'|',
            _ => b',',
        };
        let ran = score(bytes, name, &to_csv);
        ran.says(0, &[]);
        let said: Vec<String> =
            decisions(&ran, delimiter).iter().map(|said| said.replace("-hold", "-reject")).collect();
        assert_eq!(said, expected, "{name}: {}", ran.out());
        // A cell comes out as it came in, its line ends too.
        assert_eq!(rows(&ran, delimiter)[2]["comment"].replace('\r', ""), "two\nlines & <b>", "{name}");
        let piped = Folder::new(&[]).score(&to_csv, bytes);
        piped.says(0, &[]);
        assert_eq!(piped.out(), ran.out(), "{name} on standard input");
        labelled(bytes, name);
    }
}

/// Rows of a workbook are named by the numbers that the spreadsheet shows.
#[test]
fn sheets_are_chosen_and_rows_are_counted() {
    let first: [&[&str]; 6] =
        [&["Export of May"], &[], &["id", "التعليق"], &["1", "nan"], &[], &["2", "he said\n\"no\""]];
    let book = xlsx(&[("May", &first), ("June", &[&["text"], &["hello"]])]);
    let ran = score(&book, "book.xlsx", &[]);
    ran.says(
        1,
        &[
            "book.xlsx: read as a workbook, sheet \"May\" (not \"June\": --sheet); row 3 is the header",
            "book.xlsx:4: empty comment: \"nan\"",
        ],
    );
    assert_eq!(rows(&ran, b',').len(), 2);
    for sheet in ["June", "2", "june"] {
        assert_eq!(decisions(&score(&book, "book.xlsx", &["--sheet", sheet]), b',').len(), 1);
    }
    score(&book, "book.xlsx", &["--sheet", "July"]).says(2, &["no sheet \"July\"; the sheets are \"May\", \"June\""]);
    let labelled: Vec<Vec<String>> =
        csv(24).lines().map(|line| line.splitn(3, ',').map(str::to_owned).collect()).collect();
    let cells: Vec<Vec<&str>> = labelled.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let cells: Vec<&[&str]> = cells.iter().map(Vec::as_slice).collect();
    let folder = Folder::new(&[("book.xlsx", &xlsx(&[("One", &cells)]))]);
    assert!(!folder.train(&["book.xlsx"]).err().contains("cannot be read"));
}

/// Dates, numbers, errors and shared strings, as Excel writes them.
#[test]
fn cells_are_written_as_people_see_them() {
    let sheet = "<worksheet><sheetData>\
        <row r=\"1\"><c t=\"s\" r=\"A1\"><v>0</v></c><c t=\"s\" r=\"B1\"><v>1</v></c><c t=\"s\" r=\"C1\"><v>2</v></c></row>\
        <row r=\"2\"><c r=\"A2\" s=\"1\"><v>45413.4375</v></c><c r=\"B2\" t=\"s\"><v>3</v></c><c r=\"C2\"><v>12345678901</v></c></row>\
        <row r=\"3\"><c r=\"A3\" t=\"b\"><v>1</v></c><c r=\"B3\" t=\"e\"><v>#NAME?</v></c><c r=\"C3\"><v>1.5</v></c></row>\
        </sheetData></worksheet>";
    let strings = "<sst count=\"4\" uniqueCount=\"4\"><si><t>when</t></si><si><t>text</t></si><si><t>id</t></si>\
                   <si><r><t xml:space=\"preserve\">thank </t></r><r><t>you &amp; all</t></r></si></sst>";
    let styles = "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>";
    let book = xlsx(&[("One", &[])]);
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for number in 0..zip.len() {
        let mut part = zip.by_index(number).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut part, &mut bytes).unwrap();
        parts.push((part.name().unwrap().into_owned(), bytes));
    }
    parts.retain(|(name, _)| !name.contains("sheet1"));
    parts.push(("xl/worksheets/sheet1.xml".to_owned(), sheet.into()));
    parts.push(("xl/styles.xml".to_owned(), styles.into()));
    let with = |strings: &str| {
        let mut parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, part)| (name.as_str(), &part[..])).collect();
        parts.push(("xl/sharedStrings.xml", strings.as_bytes()));
        archive(&parts)
    };
    let ran = score(&with(strings), "book.xlsx", &[]);
    ran.says(1, &["book.xlsx:3: empty comment: \"#NAME?\""]);
    let out = ran.out();
    assert!(out.contains("\n2024-05-01 10:30:00,thank you & all,12345678901,neutral,"), "{out}");
    assert!(out.contains("\nTRUE,#NAME?,1.5,,"), "{out}");
    // A number of strings that there are not is not believed.
    for count in ["99999999999999", "18446744073709551615"] {
        let lie = strings.replace("uniqueCount=\"4\"", &format!("uniqueCount=\"{count}\""));
        score(&with(&lie), "book.xlsx", &[]).says(2, &["too large"]);
    }
}

#[test]
fn what_is_no_file_of_comments_is_refused_whole() {
    let page = "<!DOCTYPE html>\n<html><body><p>text</p></body></html>\n";
    let disqus =
        "<?xml version=\"1.0\"?>\n<disqus xmlns=\"http://disqus.com\"><post><message>hi</message></post></disqus>\n";
    let wxr = "<?xml version=\"1.0\"?>\n<!-- WordPress eXtended RSS -->\n<rss><channel/></rss>\n";
    let utf16: Vec<u8> = "id,text\n1,hello\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&[u8], &str); 16] = [
        (page.as_bytes(), "an HTML page"),
        (disqus.as_bytes(), "naqd-import disqus"),
        (wxr.as_bytes(), "naqd-import wxr"),
        (b"%PDF-1.7\n%\xE2\xE3\n", "a PDF document"),
        (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", "an image (PNG)"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0\0\0", "an old workbook (.xls)"),
        (b"SQLite format 3\0\x10\0\x01\x01", "an SQLite database"),
        (b"\xFD7zXZ\0\0\x04", "unpack it with unxz"),
        (&[1; 400], "binary data"),
        (&utf16, "--encoding utf-16le"),
        (&archive(&[("word/document.xml", b"<w/>")]), "a document (.docx)"),
        (&archive(&[("comments.csv", b"text\nhello\n")]), "an archive of files (ZIP): unpack it"),
        (&archive(&[("xl/workbook.xml", b"<workbook/>")]), "a workbook that cannot be read"),
        (b"PK\x03\x04 and nothing else", "a workbook that cannot be read"),
        (&gzip(&gzip(b"text\nhello\n")), "compressed by gzip twice"),
        (b"1\tnice\n2\tyou fool\n3\tbad\n", "a table of 2 columns with the delimiter tab"),
    ];
    for (bytes, said) in cases {
        for name in ["inbox.csv", "inbox", "inbox.json", "inbox.xlsx"] {
            // A table is one where a table is expected.
            if said.contains("table of") && name != "inbox" {
                continue;
            }
            let ran = score(bytes, name, &[]);
            ran.says(2, &[&format!("{name}: "), said]);
            assert_eq!(ran.out(), "", "{said}");
            let folder = Folder::new(&[(name, bytes)]);
            if !said.contains("table of") {
                folder.train(&[name]).says(2, &[said]);
                folder.score(&["--check", name], b"").says(2, &[said]);
            }
        }
        let piped = Folder::new(&[]).score(&[], bytes);
        piped.says(2, &["standard input: ", said]);
        assert_eq!(piped.out(), "");
    }
    // Several lists of comments, an object around other things, and cut arrays and archives.
    let wrapped = score(b"{\"page\":1,\"items\":[{\"text\":\"hi\"}],\"more\":[{\"text\":\"you\"}]}", "page.json", &[]);
    wrapped.says(2, &["page.json: line 1: there are comments outside of the JSON array", "naqd-import json"]);
    assert_eq!(wrapped.out(), "");
    let wrapped = score(b"{\"page\":1,\"items\":[{\"said\":\"hi\"}]}", "page.json", &[]);
    wrapped.says(2, &["page.json: no field text", "the fields are \"page\", \"items\"", "naqd-import json"]);
    assert_eq!(wrapped.out(), "");
    score(b"[{\"text\":\"hi\"},", "cut.json", &[]).says(2, &["cut.json: line 1: the JSON array does not end"]);
    let cut = gzip(csv(400).as_bytes());
    score(&cut[..cut.len() / 2], "cut.csv.gz", &[]).says(2, &["cannot be inflated"]);
    // Whoever insists is heard.
    score(page.as_bytes(), "page", &["--format", "lines"]).says(0, &[]);
}

/// Small files that would become enormous.
#[test]
fn bombs_are_refused() {
    let mut large = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    large.write_all(b"id,text\n").unwrap();
    let zeros = b"1,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(1 << 10);
    (0..1800).for_each(|_| large.write_all(&zeros).unwrap());
    let bomb = large.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let folder = Folder::new(&[("bomb.csv.gz", &bomb)]);
    folder
        .train(&["bomb.csv.gz", "--label-column", "id"])
        .says(2, &["bomb.csv.gz: becomes more than 250 times as large"]);
    // A part that is larger than all may be.
    let part = vec![b' '; 513 << 20];
    let bomb = archive(&[("xl/workbook.xml", b"<workbook/>"), ("xl/sharedStrings.xml", &part)]);
    assert!(bomb.len() < 1 << 20);
    drop(part);
    score(&bomb, "bomb.xlsx", &[]).says(2, &["becomes more than 512 MiB"]);
    // The same with a size that is a lie: the declared one stands in the directory at the end.
    let mut lie = bomb.clone();
    let size = (513u32 << 20).to_le_bytes();
    while let Some(at) = memchr::memmem::find(&lie, &size) {
        lie[at..at + 4].copy_from_slice(&100u32.to_le_bytes());
    }
    let ran = score(&lie, "lie.xlsx", &[]);
    assert_eq!(ran.code(), 2, "{}", ran.err());
    // Cells and rows that repeat, and a sheet that does not end.
    let cell = |repeated: &str, text: &str| {
        format!(
            "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"{repeated}\">\
             <text:p>{text}</text:p></table:table-cell>"
        )
    };
    let row = |repeated: &str, cells: String| {
        format!("<table:table-row table:number-rows-repeated=\"{repeated}\">{cells}</table:table-row>")
    };
    let table = |rows: String| format!("<table:table table:name=\"One\">{rows}</table:table>");
    let wide = table(row("999999999", cell("999999999", &"long ".repeat(100))));
    score(&ods(&wide), "wide.ods", &[]).says(2, &["wide.ods: a workbook"]);
    let spaces = table(row("1", cell("1", "text")) + &row("1", cell("1", "a<text:s text:c=\"4000000000\"/>b")));
    score(&ods(&spaces), "spaces.ods", &[]).says(0, &[]);
    let cut = table(row("1", cell("1", "text"))).replace("</table:table>", "");
    score(&ods(&cut), "cut.ods", &[]).says(2, &["cut.ods: a workbook that cannot be read"]);
}

#[test]
fn a_missing_quote_is_one_bad_row() {
    let text = format!("id,text,status\n1,\"good report\",ok\n2,\"cut off here,ok\n3,\"{INSULT}\",ok\n4,thanks,ok\n");
    let ran = score(text.as_bytes(), "c.csv", &[]);
    ran.says(1, &["c.csv:3: a quote that opens in this row is never closed"]);
    let found = rows(&ran, b',');
    assert_eq!(found.iter().map(|row| row["id"].as_str()).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    assert_eq!((&*found[1]["naqd_decision"], &*found[1]["naqd_label"]), ("hold", ""));
    assert_eq!((&*found[2]["text"], &*found[2]["naqd_label"]), (INSULT, "abusive"));
    let labelled = csv(24) + "x,\"cut off,neutral\ny,\"another one\",neutral\n";
    let folder = Folder::new(&[("c.csv", labelled.as_bytes())]);
    let ran = folder.train(&["c.csv"]);
    ran.says(1, &["c.csv:74: a quote that opens in this row is never closed", "1 rows could not be used"]);
    assert!(ran.out().starts_with("73 comments"), "{}", ran.out());
}

#[test]
fn headers_again_are_left_out() {
    let part = |number: u32, text: &str| format!("\u{FEFF}id,text\r\n\u{FEFF}{number},\"{text}, really\"\r\n");
    let joined = part(1, "good report") + &part(2, PRAISE) + &part(3, INSULT);
    let ran = score(joined.as_bytes(), "joined.csv", &[]);
    ran.says(0, &["joined.csv: the header stands again on lines 3, 5: left out"]);
    assert_eq!(rows(&ran, b',').len(), 3);
    // A comment may be the name of its column.
    assert_eq!(rows(&score(b"text\ntext\nhello\n", "c.csv", &[]), b',').len(), 2);
    let labelled = csv(24) + &csv(24).replace("river", "mountain");
    let folder = Folder::new(&[("c.csv", labelled.as_bytes())]);
    folder.train(&["c.csv"]).says(0, &["c.csv: the header stands again on line 74: left out"]);
}

#[test]
fn columns_are_known_by_many_names() {
    for name in [
        "Comment Content",
        "comment_content",
        "COMMENT-TEXT",
        "commentText",
        "raw_message",
        "full_text",
        "comment_body",
        "التعليق",
        "النصّ",
        "تعليق",
        "المحتوى",
        "review",
        "post",
    ] {
        let ran = score(format!("id,{name}\n1,{INSULT}\n").replace(", shame", " shame").as_bytes(), "c.csv", &[]);
        ran.says(0, &[]);
        assert_eq!(ran.err(), "", "{name}");
        assert_eq!(rows(&ran, b',')[0]["naqd_label"], "abusive", "{name}");
        if !["review", "post"].contains(&name) {
            let json = serde_json::json!({"id": 1, name: INSULT}).to_string();
            assert!(score(json.as_bytes(), "c.jsonl", &[]).out().contains("\"label\":\"abusive\""), "{name}");
        }
    }
    for name in [
        "decision",
        "Status",
        "comment_approved",
        "moderation-status",
        "verdict",
        "القرار",
        "التصنيف",
        "الحالة",
        "التسمية",
    ] {
        let folder = Folder::new(&[("c.csv", csv(24).replacen("label", name, 1).as_bytes())]);
        let ran = folder.train(&["c.csv", "--from", "none"]);
        ran.says(0, &[]);
        assert_eq!(ran.err(), "", "{name}");
    }
    // Of several, the one taken and the others are named.
    let two = score(b"id,comment,text\n1,checked by Sam,hello\n", "c.csv", &[]);
    two.says(0, &["c.csv: the column of the comments is \"text\", not \"comment\""]);
    score(b"id,text,text\n1,a,b\n", "c.csv", &[])
        .says(0, &["the column of the comments is column 2 (\"text\"), not column 3 (\"text\")"]);
    let named = score(b"id,comment,text\n1,checked by Sam,hello\n", "c.csv", &["--text-column", "comment"]);
    assert_eq!(named.err(), "");
    let labels = csv(24).replacen("id,text,label", "category,text,label", 1);
    let folder = Folder::new(&[("c.csv", labels.as_bytes())]);
    folder.train(&["c.csv"]).says(0, &["c.csv: the column of the labels is \"label\", not \"category\""]);
}

#[test]
fn tables_without_a_header() {
    let ran = score(b"1;thanks;May\n2;you stupid idiot;June\n", "c.csv", &["--no-header", "--text-column", "2"]);
    ran.says(0, &[]);
    assert_eq!(decisions(&ran, b';').len(), 2);
    assert!(ran.out().starts_with("1;2;3;naqd_label;"), "{}", ran.out());
    assert_eq!(decisions(&score(b"thanks\nyou fool\n", "c.csv", &["--no-header"]), b',').len(), 2);
    score(b"1,thanks\n", "c.csv", &["--no-header"]).says(2, &["name the column by its number with --text-column"]);
    score(b"1,thanks\n", "c.csv", &[]).says(2, &["--no-header"]);
    let labelled = csv(24).split_once('\n').unwrap().1.to_owned();
    let folder = Folder::new(&[("c.csv", labelled.as_bytes())]);
    let ran = folder.train(&["c.csv", "--no-header", "--text-column", "2", "--label-column", "3"]);
    ran.says(0, &[]);
    assert!(ran.out().starts_with("72 comments"), "{}", ran.out());
}

#[test]
fn backslashes_of_mysql() {
    let text = "id\ttext\n1\tsay \\\"hi\\\"\\nand go\n2\t\\N\n3\ta\\\tb\n4\t\"in \\\"quotes\\\"\"\n";
    let ran = score(text.as_bytes(), "c.tsv", &["--escape"]);
    ran.says(1, &["c.tsv:3: empty comment"]);
    let texts: Vec<String> = rows(&ran, b'\t').into_iter().map(|row| row["text"].clone()).collect();
    assert_eq!(texts, ["say \"hi\"\nand go", "", "a\tb", "in \"quotes\""]);
}

#[test]
fn damaged_letters_are_told_and_repaired() {
    let utf8_as = |text: &str, encoding: &'static encoding_rs::Encoding| {
        encoding.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    };
    let insult = "انت غبي يا حمار";
    for encoding in [encoding_rs::WINDOWS_1252, encoding_rs::WINDOWS_1256] {
        let text = format!("id,text\n1,{}\n2,fine report\n", utf8_as(insult, encoding));
        for (name, bytes) in [
            ("c.csv", text.clone().into_bytes()),
            ("c.jsonl", format!("{{\"text\":\"{}\"}}\n", utf8_as(insult, encoding)).into_bytes()),
        ] {
            let ran = score(&bytes, name, &["--to", "jsonl"]);
            ran.says(1, &[": mojibake: UTF-8 that was read as windows-125", "1 row (line ", "--repair-mojibake"]);
            assert!(ran.out().contains("\"decision\":\"hold\""), "{}", ran.out());
            let ran = score(&bytes, name, &["--to", "jsonl", "--repair-mojibake"]);
            ran.says(0, &["1 rows of mojibake repaired"]);
            assert!(ran.out().contains(insult) && ran.out().contains("\"label\":\"abusive\""), "{}", ran.out());
        }
    }
    score("id,text\n1,???? ??? ?????\n2,What???\n".as_bytes(), "c.csv", &[])
        .says(1, &["c.csv:2: letters were lost", "1 row (line 2) with question marks where letters were"]);
    // Nothing is learnt from such rows, unless they can be repaired.
    let words =
        ["roads", "water", "bread", "trains", "schools", "taxes", "rain", "music", "football", "banks", "gas", "film"];
    let english = words
        .map(|word| format!("a,you fool of {word},abusive\nb,wrong about {word},critical\nc,good {word},neutral\n"));
    let labelled = csv(24) + &english.concat();
    let damaged: String = labelled.lines().map(|line| utf8_as(line, encoding_rs::WINDOWS_1252) + "\n").collect();
    let rows = labelled.lines().filter(|line| !line.is_ascii()).count();
    let folder = Folder::new(&[("damaged.csv", damaged.as_bytes()), ("c.csv", labelled.as_bytes())]);
    folder.train(&["damaged.csv", "--from", "none"]).says(
        1,
        &[
            &format!("damaged.csv: {rows} rows (the first is line 5) of mojibake"),
            &format!("{rows} rows could not be used"),
        ],
    );
    folder
        .train(&["damaged.csv", "--from", "none", "--repair-mojibake"])
        .says(0, &[&format!("{rows} rows of mojibake repaired")]);
    let repaired = std::fs::read(folder.path("model.naqd")).unwrap();
    folder.train(&["c.csv", "--from", "none"]).says(0, &[]);
    assert!(repaired == std::fs::read(folder.path("model.naqd")).unwrap());
}

/// Bytes of another encoding come back as they were.
#[test]
fn rows_in_another_encoding_come_back() {
    let arabic = encoding_rs::WINDOWS_1256.encode(PRAISE).0.into_owned();
    let text = [b"id,text\n1,fine\n2,", &arabic[..], b"\n3,caf\xE9,more\n4,fine\n"].concat();
    let folder = Folder::new(&[("c.csv", &text)]);
    let ran = Ran(folder.command("naqd-score").arg("c.csv").output().unwrap());
    ran.says(1, &["c.csv:3: not valid UTF-8", "c.csv:4: not valid UTF-8"]);
    let out = &ran.0.stdout;
    assert!(memchr::memmem::find(out, &arabic).is_some() && memchr::memmem::find(out, b"caf\xE9,more").is_some());
    assert_eq!(memchr::memchr_iter(b'\n', out).count(), 5);
}

#[test]
fn odd_bytes_are_bad_rows_or_nothing() {
    let ran = score(b"id,text\n1,you fo\0ol\n2,thanks\n", "c.csv", &[]);
    ran.says(1, &["c.csv:2: has a NUL byte"]);
    assert_eq!(rows(&ran, b',')[1]["naqd_decision"], "publish");
    let ran = score(b"id,text\r1,you fool\r2,\r3,thanks\r", "c.csv", &[]);
    ran.says(1, &["c.csv: lines end with \\r alone", "c.csv:3: empty comment"]);
    assert_eq!(rows(&ran, b',').len(), 3);
    let ran = score(b"you fool\rthanks\r", "c.txt", &[]);
    ran.says(0, &[]);
    assert_eq!(ran.out().lines().count(), 2);
    for cell in [
        "nan",
        "NaN",
        "\\N",
        "NULL",
        "null",
        "None",
        "N/A",
        "#NAME?",
        "#REF!",
        "#VALUE!",
        "[object Object]",
        "undefined",
        " NULL ",
    ] {
        let ran = score(format!("id,text\n1,{cell}\n").as_bytes(), "c.csv", &[]);
        ran.says(1, &["c.csv:2: empty comment"]);
        assert_eq!(rows(&ran, b',')[0]["naqd_decision"], "hold");
    }
    score(b"{\"text\":null}\n", "c.jsonl", &[]).says(1, &["c.jsonl:1: empty comment"]);
    score(b"id,text\n1,\"{\"\"text\"\": \"\"you fool\"\"}\"\n", "c.csv", &[])
        .says(0, &["c.csv: 1 row (line 2) with JSON for a comment"]);
}

/// Whoever writes slowly has an answer to every line, whatever the form.
#[test]
fn a_slow_writer_is_answered_at_once() {
    for (what, pieces) in [
        ("lines", &["you fool\n", "thanks\n"][..]),
        ("CSV", &["id,text\n1,you fool\n", "2,thanks\n"]),
        ("CSV after sep", &["sep=;\n", "id;text\n1;you fool\n", "2;thanks\n"]),
        ("JSON", &["{\"text\":\"you fool\"}\n", "{\"text\":\"thanks\"}\n"]),
        ("an array", &["[\n", "{\"text\":\"you fool\"},\n", "{\"text\":\"thanks\"}\n", "]\n"]),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_naqd-score"))
            .arg("--line-buffered")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut answers = 0;
        for piece in pieces {
            stdin.write_all(piece.as_bytes()).unwrap();
            stdin.flush().unwrap();
            // The header of CSV comes with its first row.
            let is_comment = piece.contains("fool") || piece.contains("thanks");
            let lines = match is_comment {
                false => 0,
                true if what.starts_with("CSV") && answers == 0 => 2,
                true => 1,
            };
            answers += usize::from(is_comment);
            (0..lines).for_each(|_| drop(out.next().unwrap_or_else(|| panic!("{what}: no answer")).unwrap()));
        }
        drop(stdin);
        assert!(child.wait().unwrap().success(), "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Exports of one table that differ in all that exports differ in.
    #[test]
    fn any_export_of_a_table(
        delimiter in prop::sample::select(&[",", ";", "\t", "|"][..]),
        name in prop::sample::select(&["text", "Comment", "comment content", "التعليق", "raw-message"][..]),
        above in prop::sample::select(&["", "sep", "\"sep\"", "Export of May\n", "\n\n", "From,May\n\n"][..]),
        mark in any::<bool>(), crlf in any::<bool>(), zipped in any::<bool>(), again in any::<bool>(), quote in any::<bool>(),
        file in prop::sample::select(&["inbox.csv", "inbox", "inbox.txt", "inbox.json"][..]),
    ) {
        let above = match above {
            "sep" => format!("sep={delimiter}\n"),
            "\"sep\"" => format!("\"sep={delimiter}\"\n"),
            other => other.to_owned(),
        };
        let quoted = |cell: &str| if quote { format!("\"{cell}\"") } else { cell.to_owned() };
        let row = |cells: [&str; 3]| cells.map(quoted).join(delimiter) + "\n";
        let header = row(["id", name, "when"]);
        let mut text = if mark { "\u{FEFF}" } else { "" }.to_owned() + &above + &header;
        text += &row(["1", PRAISE, "May"]);
        if again {
            text += &header;
        }
        text += &row(["2", "you stupid idiot and fool", "June"]);
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let bytes = if zipped { gzip(text.as_bytes()) } else { text.into_bytes() };
        let ran = score(&bytes, file, &[]);
        prop_assert_eq!(ran.code(), 0, "{}", ran.err());
        let found = rows(&ran, delimiter.as_bytes()[0]);
        prop_assert_eq!(found.len(), 2);
        prop_assert_eq!(&found[0][name], PRAISE);
        prop_assert_eq!(&found[1]["naqd_label"], "abusive");
    }

    /// Workbooks of any cells have them in their places.
    #[test]
    fn any_workbook(cells in prop::collection::vec(prop::collection::vec("[a-zب &<>\"\n]{0,6}", 2), 1..6)) {
        let header: &[&str] = &["id", "text", "note"];
        let rows_of: Vec<Vec<String>> = (0..).zip(&cells).map(|(number, row)| vec![format!("n{number}"), format!("x{}x", row[0]), format!("y{}y", row[1])]).collect();
        let sheet: Vec<Vec<&str>> = rows_of.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        let sheet: Vec<&[&str]> = std::iter::once(header).chain(sheet.iter().map(Vec::as_slice)).collect();
        for (name, book) in [("book.xlsx", xlsx(&[("One", &sheet)])), ("book.ods", ods_of(&sheet))] {
            let ran = score(&book, name, &[]);
            prop_assert_eq!(ran.code(), 0, "{}", ran.err());
            for (found, row) in rows(&ran, b',').iter().zip(&rows_of) {
                prop_assert_eq!([&found["id"], &found["text"], &found["note"]], [&row[0], &row[1], &row[2]]);
            }
        }
    }
}
