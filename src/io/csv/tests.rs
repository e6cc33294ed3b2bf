//! Tests of the reader of CSV.

use super::*;

use proptest::prelude::*;
use std::io::Cursor;

fn reader(csv: &[u8], delimiter: u8, escapes: bool) -> CsvRows {
    CsvRows::new(Box::new(Cursor::new(csv.to_vec())), delimiter, LineEnd::of(csv), escapes, 1)
}

/// Rows as text: line, fields joined by a bar, and a mark if a quote is open.
fn rows(csv: &str) -> Vec<String> {
    let mut rows = reader(csv.as_bytes(), b',', false);
    let (mut record, mut all) = (csv::ByteRecord::new(), Vec::new());
    while rows.next(&mut record).unwrap() {
        if all.is_empty() {
            rows.set_columns(record.len());
        }
        let fields: Vec<String> = record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        let open = if rows.is_open() { " open" } else { "" };
        all.push(format!("{}:{}{open}", record.position().unwrap().line(), fields.join("|")));
    }
    all
}

#[test]
fn a_missing_quote_costs_one_row() {
    let head = "id,text,status\n";
    // The next field in quotes, or the end of the file, shows it.
    for next in [
        "2,\"fine\",ok",
        "2,\"\"\"fine\"\" he said\",ok",
        "2,fine,ok\n3,\"fine\",ok",
        "2,\"\",ok\n3,fine,ok",
        "2,fine,ok",
    ] {
        let found = rows(&format!("{head}1,\"cut here,ok\n{next}\n"));
        assert_eq!(found[1], "2:1|\"cut here,ok open", "{next}");
        assert_eq!(found.len(), 2 + next.lines().count(), "{next}: {found:?}");
        assert!(found[2].starts_with("3:2|") && !found[2].contains("open"), "{next}: {found:?}");
    }
    // A quote at the end of a comment seems to close it: the rows between tell.
    let found = rows(&format!("{head}7,\"cut here,ok\n8,fine,ok\n9,a pipe of 5\",ok\n10,fine,ok\n"));
    assert_eq!(found[1..], ["2:7|\"cut here,ok open", "3:8|fine|ok", "4:9|a pipe of 5\"|ok", "5:10|fine|ok"]);
    let found = rows("text,label\nfine,good\nbad one,bad\n\"cut here,bad\nfine,good\na pipe of 5\",bad\n");
    assert_eq!(found[3..], ["4:\"cut here,bad open", "5:fine|good", "6:a pipe of 5\"|bad"]);
    let found = rows("when,text\n2024-05-01,\"cut here\n2024-05-02,a pipe of 5\"\n2024-05-03,fine\n");
    assert_eq!(found[1..], ["2:2024-05-01|\"cut here open", "3:2024-05-02|a pipe of 5\"", "4:2024-05-03|fine"]);
    // At the end of the file, with a line end and without.
    assert_eq!(rows("id,text\n1,\"cut here\n")[1], "2:1|\"cut here open");
    assert_eq!(rows("id,text\n1,\"cut here")[1], "2:1|\"cut here open");
}

#[test]
fn comments_of_several_lines_are_one() {
    for text in [
        "Dear all,\n1, too late\n2, too dear",
        "a\n\nb",
        "he said \"\"no\"\"\nand left",
        "bye,\nSam",
        "2024, then\n2025, now",
    ] {
        let found = rows(&format!("id,text,label\n70,\"{text}\",good\n71,\"{text}\",bad\n72,fine,good\n"));
        assert_eq!(found.len(), 4, "{text}: {found:?}");
        let found = rows(&format!("text,label\nfine,good\n\"{text}\",good\n\"{text}\",bad\nfine,bad\n"));
        assert_eq!(found.len(), 5, "{text}: {found:?}");
    }
}

#[test]
fn marks_and_backslashes() {
    assert_eq!(rows("a,b\n\u{FEFF}\"1, 2\",x\n")[1], "2:1, 2|x");
    let mut rows = reader(br#"1,"say \"hi\", you\nfool",\N,a\,b,\\N"#, b',', true);
    let mut record = csv::ByteRecord::new();
    assert!(rows.next(&mut record).unwrap());
    let fields: Vec<&[u8]> = record.iter().collect();
    assert_eq!(fields, [&b"1"[..], b"say \"hi\", you\nfool", b"", b"a,b", b"\\N"]);
}

/// Source that gives a few bytes at a time.
struct Slow(Vec<u8>, usize, usize);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.2.min(buffer.len()).min(self.0.len() - self.1);
        buffer[..len].copy_from_slice(&self.0[self.1..][..len]);
        self.1 += len;
        Ok(len)
    }
}

fn all(rows: &mut CsvRows) -> Vec<(Vec<Vec<u8>>, u64, bool)> {
    let (mut record, mut all) = (csv::ByteRecord::new(), Vec::new());
    while rows.next(&mut record).unwrap() {
        let fields = record.iter().map(<[u8]>::to_vec).collect();
        all.push((fields, record.position().unwrap().line(), rows.is_open()));
    }
    all
}

proptest! {
    /// What a program writes is read as the csv crate reads it, in whatever dialect, and gives its bytes back.
    #[test]
    fn sound_csv_is_read_as_it_was_written(
        fields in prop::collection::vec(prop::collection::vec("[a-zب,;\"\n\r ]{0,12}", 3), 1..9),
        style in 0..3usize, delimiter in prop::sample::select(&b",;\t|"[..]), crlf in any::<bool>(), step in 1..40usize,
    ) {
        let style = [csv::QuoteStyle::Always, csv::QuoteStyle::Necessary, csv::QuoteStyle::NonNumeric][style];
        let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer =
            csv::WriterBuilder::new().quote_style(style).delimiter(delimiter).terminator(end).from_writer(Vec::new());
        for row in &fields {
            writer.write_record(row)?;
        }
        let bytes = writer.into_inner().unwrap();
        let read = all(&mut reader(&bytes, delimiter, false));
        let found: Vec<Vec<Vec<u8>>> = read.iter().map(|row| row.0.clone()).collect();
        let written: Vec<Vec<Vec<u8>>> =
            fields.iter().map(|row| row.iter().map(|field| field.clone().into_bytes()).collect()).collect();
        prop_assert_eq!(found, written);
        prop_assert!(read.iter().all(|row| !row.2));
        // In pieces as at once.
        let slow = Box::new(Slow(bytes.clone(), 0, step));
        let mut slow = CsvRows::new(slow, delimiter, LineEnd::of(&bytes), false, 1);
        prop_assert_eq!(all(&mut slow), read);
    }

    /// Any bytes: no panic, every byte but line ends is in a row, and lines are in order.
    #[test]
    fn any_bytes_are_read(bytes in "[a1,\"\n\r\\\\\u{FEFF}]{0,60}", escapes in any::<bool>(), step in 1..20usize) {
        let mut rows = reader(bytes.as_bytes(), b',', escapes);
        rows.set_columns(2);
        let (mut record, mut raw, mut lines) = (csv::ByteRecord::new(), Vec::new(), Vec::new());
        while rows.next(&mut record).unwrap() {
            raw.extend_from_slice(rows.raw());
            lines.push(record.position().unwrap().line());
        }
        let without = |bytes: &[u8]| -> Vec<u8> {
            bytes.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect()
        };
        prop_assert_eq!(without(&raw), without(bytes.as_bytes()));
        prop_assert!(lines.is_sorted());
        let mut once = reader(bytes.as_bytes(), b',', escapes);
        let slow = Box::new(Slow(bytes.clone().into_bytes(), 0, step));
        let mut slow = CsvRows::new(slow, b',', LineEnd::of(bytes.as_bytes()), escapes, 1);
        prop_assert_eq!(all(&mut slow), all(&mut once));
    }

    /// Of rows with a missing quote, all others are read; the comments of two rows are never one.
    #[test]
    fn no_two_comments_become_one(
        texts in prop::collection::vec("[a-z]{1,6}( [a-z,\"]{1,6}){0,3}", 3..9),
        quoted in prop::collection::vec(any::<bool>(), 9),
        broken in 0..9usize,
    ) {
        let broken = broken % texts.len();
        let mut csv = "id,text,status\n".to_owned();
        for (number, text) in texts.iter().enumerate() {
            let needs = text.contains([',', '"']) || quoted[number] || number == broken;
            let field = if needs { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() };
            let field = if number == broken { field[..field.len() - 1].to_owned() } else { field };
            csv += &format!("{},{field},ok\n", 500 + number);
        }
        let mut rows = reader(csv.as_bytes(), b',', false);
        rows.set_columns(3);
        let found = all(&mut rows);
        prop_assert_eq!(found.len(), texts.len() + 1, "{}", csv);
        for (number, (fields, _, is_open)) in found[1..].iter().enumerate() {
            if number != broken {
                prop_assert!(!is_open && fields[1] == texts[number].as_bytes(), "{}", csv);
            } else {
                prop_assert!(*is_open || fields.len() != 3 || fields[1] == texts[number].as_bytes(), "{}", csv);
            }
        }
    }
}
