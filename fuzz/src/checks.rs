//! What must hold whatever the bytes are: one function for each fuzz target, which panics where it does not.
//!
//! `tests/it/seeds.rs` runs the same functions over the seeds and over random changes of them, with stable Rust.

use std::cell::RefCell;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use naqd::CorpusReader;
use naqd::Html;
use naqd::Rules;
use naqd::Verdict;
use naqd::internal::decide::{VerdictJson, write_json};
use naqd::internal::io::BadRow;
use naqd::internal::io::{CsvWriter, Form, Format, Kind, LineEnd, MAX_RECORD, text_field};
use naqd::internal::ngrams::{Ngram, Sink};
use naqd::internal::text::{MAX_WORD, Token, Visible, Word, Words, readings};
use naqd::{Classifier, Corpus, Model, Trainer};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::input::{Batch, Parsed, Row, Rows, Shape};
use crate::write::{Classes, Outcome, columns, csv_row, json_row, own_columns};

/// The model of the program, and one of two classes, whose table is another.
static CLASSIFIERS: LazyLock<[Classifier; 2]> =
    LazyLock::new(|| [Classifier::new(&Model::shipped()), Classifier::new(&small_model())]);

/// A small model of two classes.
pub fn small_model() -> Model {
    let rows = ('a'..='z').flat_map(|c| {
        let word = ["river", "market", "school", "الطريق", "السوق", "المطر"][c as usize % 6];
        [(format!("{word}{c} you fool, انت غبي"), "abusive"), (format!("{word}{c} thank you, شكرا جزيلا"), "neutral")]
    });
    Trainer::default().fit(&Corpus::from_rows(rows).expect("labels")).expect("two classes").model
}

/// Spans of words lie in the text, in order, on whole characters; the normal form is its own normal form.
pub fn normalise(data: &[u8]) {
    let text = &String::from_utf8_lossy(data);
    let (mut words, mut word) = (Words::new(text), Word::default());
    // Where the last word began, and where the last sentence ended.
    let (mut began, mut ended) = (0, 0);
    let mut open = false;
    while let Some(token) = words.next(&mut word) {
        let Token::SentenceEnd(end) = token else {
            let symbols = word.symbols();
            assert!((1..=MAX_WORD).contains(&symbols.len()), "{symbols:?}");
            assert!(symbols.iter().all(|c| !c.is_whitespace()), "{symbols:?}");
            let padded = word.padded().len();
            let mut before = word.span(0, 1).0;
            for at in 0..padded {
                let (start, end) = word.span(at, at + 1);
                assert!(text.is_char_boundary(start as usize) && text.is_char_boundary(end as usize));
                assert!(before <= start && start <= end, "{symbols:?} at {at}");
                before = start;
            }
            let (start, end) = word.span(0, padded);
            assert!(began <= start && ended <= start && end as usize <= text.len());
            (began, open) = (start, true);
            continue;
        };
        assert!(open, "a sentence without words");
        assert!(text.is_char_boundary(end as usize) && began <= end && ended <= end);
        (ended, open) = (end, false);
    }
    assert!(!open, "a sentence without an end");
    let normal = naqd::text::normalise(text);
    assert_eq!(naqd::text::normalise(&normal), normal, "of {text:?}");
}

/// HTML is read in bounds, spans of what is seen lead back to whole characters, and a text that is written as HTML is seen as it
/// is.
pub fn html(data: &[u8]) {
    let html = &String::from_utf8_lossy(data);
    for visible in [Html::No, Html::Yes, Html::Doubtful].into_iter().flat_map(|how| readings(html, how)) {
        assert!(visible.text.len() <= 4 * html.len());
        let mut last = 0;
        for (start, c) in visible.text.char_indices() {
            let span = visible.source(&(start..start + c.len_utf8()));
            assert!(html.get(span.clone()).is_some() && last <= span.start, "{span:?} of {html:?}");
            last = span.start;
        }
        let written = visible.text.replace('&', "&amp;").replace('<', "&lt;").replace('\0', "");
        assert_eq!(Visible::of(&written).text, visible.text.replace('\0', ""));
    }
}

/// The plain sink: counts, and looks at places.
struct Counted<'t> {
    text: &'t str,
    count: u32,
    ended: u32,
}

impl Sink for Counted<'_> {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        self.count += 1;
        let (start, end) = ngram.span;
        assert!(self.ended <= start && self.text.get(start as usize..end as usize).is_some(), "{}", ngram.parts);
    }

    fn sentence(&mut self, start: u32, end: u32) {
        assert!(self.ended <= start && self.text.get(start as usize..end as usize).is_some());
        self.ended = end;
    }
}

fn sound(verdict: &Verdict, classes: usize) {
    let scores = verdict.sentences.iter().map(|sentence| &sentence.score.probabilities);
    for probabilities in scores.chain([&verdict.probabilities]) {
        let sum: f32 = probabilities.as_slice().iter().sum();
        assert!(probabilities.as_slice().len() == classes && (sum - 1.0).abs() < 1e-3, "{probabilities:?}");
    }
    assert!(verdict.class < classes);
}
/// Totals are the sum of the evidence: the way that recalls words and the way that does not say the same. The
/// sentences say alone what they say in the text.
pub fn emit(data: &[u8]) {
    let text = &String::from_utf8_lossy(data);
    let mut sink = Counted { text, count: 0, ended: 0 };
    let count = naqd::internal::ngrams::emit(text, &mut sink);
    assert_eq!(sink.count, count);
    // Mostly the same, so that words are remembered from one text to the next.
    let classifier = &CLASSIFIERS[usize::from(text.len() % 16 == 15)];
    let classes = classifier.classes().len();
    let totals = classifier.totals(text);
    let explanation = classifier.explain(text);
    let mut sum = vec![0; classes];
    for piece in &explanation.evidence {
        assert!(text.get(piece.span.clone()).is_some_and(|piece| !piece.is_empty()));
        sum.iter_mut().zip(&piece.weights).for_each(|(sum, weight)| *sum += weight);
    }
    assert_eq!(totals, sum, "of {text:?}");
    let verdict = classifier.classify(text);
    sound(&verdict, classes);
    assert_eq!(verdict, explanation.verdict);
    let score = classifier.score(text);
    assert_eq!((score.class, score.probabilities), (verdict.class, verdict.probabilities));
    for sentence in &verdict.sentences {
        let alone = &text[sentence.span.clone()];
        assert_eq!(classifier.score(alone), sentence.score, "of {alone:?}");
    }
}

/// A file of this thread that holds `data`.
fn file(data: &[u8]) -> PathBuf {
    thread_local! {
        static FILE: RefCell<Option<NamedTempFile>> = const { RefCell::new(None) };
    }
    FILE.with_borrow_mut(|slot| {
        let file = slot.get_or_insert_with(|| NamedTempFile::new().expect("a folder for temporary files"));
        file.as_file().set_len(0).expect("room");
        file.rewind().expect("a file");
        file.write_all(data).expect("room");
        file.path().to_owned()
    })
}

/// Rows are read in batches of many as one by one: the line, the comment, and whether there is one.
fn read(path: &Path, format: &Format, slowly: bool) -> Option<Vec<(u64, Result<String, String>)>> {
    let mut rows = Rows::open(path, format, None, None, slowly).ok()?;
    let (mut all, mut batch) = (Vec::new(), Batch::default());
    loop {
        if rows.reader.read(&mut batch, slowly).is_err() {
            // A row that does not end; it is as long as it may be. Or what is inside something else is damaged.
            assert!(
                format.kind != Some(Kind::Csv)
                    || std::fs::metadata(path).is_ok_and(|file| file.len() > MAX_RECORD as u64 / 4)
            );
            return None;
        }
        if batch.places().is_empty() {
            return Some(all);
        }
        for row in batch.places().iter().map(|place| batch.row(place)) {
            all.push((row.line, rows.shape.parse(row).text.map(|text| text.into_owned())));
        }
    }
}

/// Every row is written, as a line of JSON and as a row of CSV that can be read again.
fn write(path: &Path, format: &Format) {
    let classifier = &CLASSIFIERS[0];
    let classes = Classes::new(classifier, false, None);
    let Ok(mut rows) = Rows::open(path, format, None, None, false) else { return };
    let mut batch = Batch::default();
    let mut own: Option<Vec<String>> = None;
    while rows.reader.read(&mut batch, false).is_ok() && !batch.places().is_empty() {
        let own = own.get_or_insert_with(|| own_columns(&rows.shape, &batch));
        let mut csv = CsvWriter::new(Form::of(rows.dialect));
        let (mut json, mut explain) = (Vec::new(), false);
        for row in batch.places().iter().map(|place| batch.row(place)) {
            let parsed = rows.shape.parse(row);
            let text = &parsed.text;
            let outcome = match text {
                Err(error) => Outcome::Error(error.clone()),
                Ok(text) if explain => Outcome::Explained(classifier.judge_explained(text, None), text),
                Ok(text) => Outcome::Score(classifier.judge(text, None)),
            };
            json.clear();
            json_row(&mut json, &rows.shape, &parsed, &outcome, &classes);
            json_is_sound(&json, &rows.shape, row, text.as_deref().ok());
            if let Outcome::Score(judgement) = &outcome {
                // The fast way writes what serde writes.
                let mut verdict = Vec::new();
                write_json(&mut verdict, &VerdictJson::of(classifier.classes(), judgement, None));
                verdict.extend_from_slice(b"}\n");
                assert!(json.ends_with(&verdict));
            }
            csv_row(&mut csv, &rows.shape, own, &parsed, &outcome, &classes, true);
            explain = !explain;
        }
        let csv = csv.take();
        let reader =
            csv::ReaderBuilder::new().delimiter(rows.dialect.delimiter).has_headers(false).from_reader(&csv[..]);
        // Bytes: those that are not UTF-8 come back as they were.
        let records: Vec<csv::ByteRecord> = reader.into_byte_records().map(|it| it.expect("sound CSV")).collect();
        assert_eq!(records.len(), batch.places().len());
        assert!(records.iter().all(|record| record.len() == own.len() + columns(&classes, true).len()));
    }
}

/// A line of JSON that serde_json reads, with what naqd says last.
fn json_is_sound(json: &[u8], shape: &Shape, row: Row, text: Option<&str>) {
    assert_eq!(memchr::memchr_iter(b'\n', json).count(), 1);
    // Deeper than serde_json reads into values is fine: they are passed through as they are.
    let Ok(value) = serde_json::from_slice::<Value>(json) else {
        assert!(matches!(shape, Shape::Json { .. }));
        let Parsed { fields, .. } = shape.parse(Row { bytes: json, ..row });
        assert!(fields.expect("an object").0.last().is_some_and(|(key, _)| key.starts_with("naqd")));
        return;
    };
    // What naqd says stands last, and so counts, if the row has fields of that name by itself.
    let said = &value["naqd"];
    match text {
        Some(_) => assert!(said["label"].is_string()),
        None => assert!(value["naqd_error"].is_string() && said["decision"] == "hold" && said.get("label").is_none()),
    }
    if matches!(shape, Shape::Lines) {
        assert!(value["text"].is_string());
        assert!(text.is_none_or(|text| value["text"] == text));
    }
    if let (Shape::Json { .. }, Some(text)) = (shape, text) {
        let names = value.as_object().expect("an object").keys().map(String::as_str);
        let first = text_field(names).and_then(|name| value.get(name));
        assert_eq!(first.and_then(Value::as_str), Some(text));
    }
}

/// The bytes of a file as they should be read.
fn decoded(data: &[u8], format: &Format) -> Vec<u8> {
    format.encoding.unwrap_or(encoding_rs::UTF_8).decode(data).0.into_owned().into_bytes()
}

fn lone_return(data: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', data).any(|at| data.get(at + 1) != Some(&b'\n'))
}

fn both_ways(path: &Path, format: &Format) {
    let many = read(path, format, false);
    // Whoever reads slowly does not wait for the end of an object to see whether there is an array of comments in it.
    let is_inside = |rows: Rows| rows.notes.iter().any(|note| note.starts_with("read as the JSON array"));
    if !Rows::open(path, format, None, None, false).is_ok_and(is_inside) {
        assert_eq!(many, read(path, format, true));
    }
    if let Some(rows) = many {
        let data = decoded(&std::fs::read(path).unwrap_or_default(), format);
        let lines = 1 + memchr::memchr_iter(LineEnd::of(&data).byte(), &data).count() as u64;
        let (first, last) = (rows.first().map_or(1, |row| row.0), rows.last().map_or(1, |row| row.0));
        let is_sorted = rows.iter().map(|(line, _)| line).is_sorted();
        // Several objects of JSON may stand on a line; they have numbers.
        let is_within = last <= lines || format.kind == Some(Kind::Jsonl);
        assert!(is_sorted && first > 0 && is_within, "lines {first} to {last} of {lines}");
    }
    write(path, format);
}

/// Labelled and unlabelled CSV in any encoding: no panic, rows in order, and as many out as in. The first byte
/// says how the rest is read.
pub fn csv(data: &[u8]) {
    let Some((how, data)) = data.split_first() else { return };
    let encoding =
        [None, None, None, Some(encoding_rs::UTF_16LE), Some(encoding_rs::WINDOWS_1256)][usize::from(how % 5)];
    let delimiter = [None, None, Some(b'|')][usize::from(how / 5 % 3)];
    let format = Format { encoding, delimiter, kind: Some(Kind::Csv), ..Format::default() };
    let path = file(data);
    let mut bad: Vec<BadRow> = Vec::new();
    let reader = CorpusReader {
        format: format.clone(),
        map: vec![("a".to_owned(), "x|y".to_owned())],
        ..CorpusReader::default()
    };
    let read = reader.read(std::slice::from_ref(&path), &mut |row| {
        bad.push(row.clone());
        true
    });
    if let Ok(corpus) = read {
        let n = corpus.texts().len();
        assert!(corpus.labels().len() == n && corpus.weights().len() == n && corpus.len() == n);
        assert!(corpus.weights().iter().all(|weight| weight.is_finite() && *weight >= 0.0));
        assert!(corpus.labels().iter().all(|label| label.iter().all(|class| class < corpus.classes().len())));
        assert!(corpus.texts().iter().all(|text| !text.trim().is_empty()));
        let mut lines: Vec<u64> = (0..n).map(|i| corpus.line(i)).collect();
        lines.extend(bad.iter().map(|row| row.line));
        lines.sort_unstable();
        // Each line begins no more than one row, the first one the header; a lone \r ends rows, but not lines.
        let once = lines.first().is_none_or(|line| *line > 1) && lines.is_sorted_by(|a, b| a < b);
        assert!(once || lone_return(&decoded(data, &format)), "{lines:?}");
    }
    both_ways(&path, &format);
}

/// JSON Lines and plain lines: no panic, every line comes out again, the comment is the one that serde_json finds.
pub fn json(data: &[u8]) {
    let path = file(data);
    for kind in [Kind::Jsonl, Kind::Lines] {
        both_ways(&path, &Format { kind: Some(kind), ..Format::default() });
    }
    let format = Format { kind: Some(Kind::Jsonl), ..Format::default() };
    // What is no text is refused.
    let nested = |field| {
        let Ok(mut rows) = Rows::open(&path, &format, None, Some(field), false) else { return };
        let mut batch = Batch::default();
        while rows.reader.read(&mut batch, false).is_ok() && !batch.places().is_empty() {
            batch.places().iter().for_each(|place| drop(rows.shape.parse(batch.row(place))));
        }
    };
    nested("a.body");
    nested("..");
}

/// A file that nobody says anything about: no panic, rows one by one are the same as in batches, and labelled rows are
/// complete. The first byte says how it is read.
pub fn open(data: &[u8]) {
    let Some((how, data)) = data.split_first() else { return };
    let is = |bit: u32| how >> bit & 1 == 1;
    let format = Format { no_header: is(0), escapes: is(1), repair_mojibake: is(2), ..Format::default() };
    opened(&file(data), &format);
}

/// A sheet of a workbook in XML, with other parts of it after the byte FF, which no text has: as of [`open`]. The first
/// byte says which kind of workbook it is.
pub fn workbook(data: &[u8]) {
    let Some((how, data)) = data.split_first() else { return };
    let mut given = data.split(|byte| *byte == 0xFF);
    let mut next = || given.next().unwrap_or_default();
    let relations = |kind: &str, target: &str| {
        format!(
            "<Relationships><Relationship Id=\"r1\" Type=\"x/relationships/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let root = relations("officeDocument", "xl/workbook.xml");
    let book = relations("worksheet", "worksheets/sheet1.xml");
    let sheets = "<workbook xmlns:r=\"x/officeDocument/2006/relationships\"><sheets><sheet name=\"One\" sheetId=\"1\" \
                  r:id=\"r1\"/></sheets></workbook>";
    let parts: [(&str, &[u8]); 6] = match how % 2 {
        0 => [
            ("_rels/.rels", root.as_bytes()),
            ("xl/workbook.xml", sheets.as_bytes()),
            ("xl/_rels/workbook.xml.rels", book.as_bytes()),
            ("xl/worksheets/sheet1.xml", next()),
            ("xl/sharedStrings.xml", next()),
            ("xl/styles.xml", next()),
        ],
        _ => [
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", next()),
            ("META-INF/manifest.xml", b"<manifest/>"),
            ("styles.xml", b""),
            ("settings.xml", b""),
            ("meta.xml", b""),
        ],
    };
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in parts {
        zip.start_file(name, stored).expect("a new name");
        zip.write_all(bytes).expect("room");
    }
    opened(&file(&zip.finish().expect("room").into_inner()), &Format::default());
}

fn opened(path: &Path, format: &Format) {
    // What is looked at may differ where only a line has come; rows of what is forced do not.
    let read = |slowly| read(path, format, slowly);
    if let Some(rows) = read(false) {
        assert!(rows.iter().map(|(line, _)| line).is_sorted() && rows.iter().all(|(line, _)| *line > 0));
    }
    read(true);
    write(path, format);
    let reader = CorpusReader { format: format.clone(), ..CorpusReader::default() };
    if let Ok(corpus) = reader.read_unlabelled(&[path.to_owned()], &mut |_| true) {
        assert!(corpus.texts().iter().all(|text| !text.trim().is_empty()));
    }
}

/// A list of rules and a comment, with the byte FF, which no text has, between them: every phrase of a list that is
/// taken is found in itself, what is found lies in the comment, and judging is the same in all three ways.
pub fn rules(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0xFF);
    let (list, comment) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let text = &String::from_utf8_lossy(comment);
    let Ok(rules) = Rules::open(file(list)) else { return };
    let classifier = &CLASSIFIERS[0];
    for text in rules.list().iter().map(|rule| &rule.phrase).chain([&text.clone().into_owned()]) {
        let found = rules.find(text);
        assert!(found.is_sorted_by_key(|found| found.span.start));
        for found in &found {
            assert!(found.rule < rules.list().len() && found.effect == rules.list()[found.rule].effect);
            assert!(text.get(found.span.clone()).is_some_and(|found| !found.is_empty()));
        }
        let judgement = classifier.judge(text, Some(&rules));
        assert_eq!(judgement.matches, found);
        let sentences = classifier.judge_sentences(text, Some(&rules));
        let explained = classifier.judge_explained(text, Some(&rules));
        assert_eq!((explained.verdict.verdict, explained.decision), (sentences.verdict.clone(), sentences.decision));
        assert_eq!((sentences.verdict.score(), sentences.decision), (judgement.verdict, judgement.decision));
        sound(&sentences.verdict, classifier.classes().len());
        judgement.reason(Some(&rules));
    }
    for (place, rule) in rules.list().iter().enumerate() {
        let phrase = rule.phrase.trim_end_matches('*');
        let found = rules.find(phrase);
        // Rules of the same words may shield one another.
        assert!(found.iter().any(|found| found.rule == place || found.span.start == 0), "{phrase:?}: {found:?}");
    }
}

/// A model file is refused, or gives a model that scores soundly and is written and read again as the same. The first
/// byte says what the rest is: a file, or changes to the file of [`small_model`], whose checksum is mended after all
/// but the first kind of changes, so that what stands behind it is reached.
pub fn model(data: &[u8]) {
    static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| small_model().to_bytes());
    let Some((how, data)) = data.split_first() else { return };
    let bytes = match how % 4 {
        0 => data.to_vec(),
        1 => with_bytes(&SMALL, data),
        2 => {
            let changed = with_bytes(&SMALL, data);
            mended(&changed, str::to_owned).unwrap_or(changed)
        }
        _ => mended(&SMALL, |header| with_values(header, data)).expect("a sound file"),
    };
    let Ok(model) = Model::from_bytes(&bytes) else { return };
    let again = Model::from_bytes(&model.to_bytes()).expect("what was read can be written and read");
    assert_eq!(again, model);
    let classifier = Classifier::new(&model);
    for text in ["", "you fool, انت غبي! Thank you.", "شكرا جزيلا river"] {
        let explanation = classifier.explain(text);
        sound(&explanation.verdict, model.classes().len());
        for piece in explanation.telling() {
            assert!(piece.weight.is_finite());
        }
    }
}

/// `bytes` with single ones changed: place (two bytes) and new value; a place beyond the end cuts the file.
fn with_bytes(bytes: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes.chunks_exact(3) {
        let place = usize::from(change[0]) << 8 | usize::from(change[1]);
        match bytes.get_mut(place) {
            Some(byte) => *byte = change[2],
            None => bytes.truncate(bytes.len() - usize::from(change[2]).min(bytes.len())),
        }
    }
    bytes
}

/// A header with single values changed: which one, and what it becomes.
fn with_values(header: &str, changes: &[u8]) -> String {
    let mut header: Value = serde_json::from_str(header).expect("a header");
    for change in changes.chunks_exact(2) {
        let value = match change[1] % 16 {
            0 => 0.into(),
            1 => (-1).into(),
            2 => u64::MAX.into(),
            3 => f64::MAX.into(),
            4 => f64::MIN.into(),
            5 => f64::MIN_POSITIVE.into(),
            6 => 5e-324.into(),
            7 => Value::Null,
            8 => "\u{0}\n|".into(),
            9 => "naqd".repeat(1 << 10).into(),
            10 => Vec::<Value>::new().into(),
            11 => vec![Value::from(1e30); 40].into(),
            12 => 3e38.into(),
            13 => 1e-45.into(),
            14 => 1e9.into(),
            _ => 1.5.into(),
        };
        let mut left = usize::from(change[0]);
        change_leaf(&mut header, &mut left, value);
    }
    header.to_string()
}

/// Replaces the leaf that `left` others come before; true if there was one.
fn change_leaf(value: &mut Value, left: &mut usize, new: Value) -> bool {
    let inner: Vec<&mut Value> = match value {
        Value::Object(map) => map.values_mut().collect(),
        Value::Array(array) if !array.is_empty() => array.iter_mut().collect(),
        leaf => {
            if *left == 0 {
                *leaf = new;
                return true;
            }
            *left -= 1;
            return false;
        }
    };
    inner.into_iter().any(|value| change_leaf(value, left, new.clone()))
}

/// The model file with its header changed, and with the checksum that its contents have then.
fn mended(bytes: &[u8], change: impl Fn(&str) -> String) -> Option<Vec<u8>> {
    let tensors = safetensors::SafeTensors::deserialize(bytes).ok()?;
    let (_, metadata) = safetensors::SafeTensors::read_metadata(bytes).ok()?;
    let header = change(metadata.metadata().as_ref()?.get("naqd")?);
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header.as_bytes());
    for name in ["hashes", "weights", "ngrams", "words", "comments"] {
        hasher.update(tensors.tensor(name).ok()?.data());
    }
    for name in ["kind_hashes", "kind_weights"] {
        tensors.tensor(name).iter().for_each(|tensor| hasher.update(tensor.data()));
    }
    let checksum = hasher.finalize().to_le_bytes();
    let mut views = tensors.tensors();
    views.retain(|(name, _)| name != "checksum");
    views.push(("checksum".to_owned(), TensorView::new(Dtype::U32, vec![1], &checksum).ok()?));
    safetensors::serialize(views, Some([("naqd".to_owned(), header)].into())).ok()
}
