//! Sheets of Excel's .xlsx, by calamine.

use std::io::{self, BufReader, Cursor, Read};

use calamine::{DataRef, DataType, Reader, SheetType, SheetVisible, Xlsx, XlsxFormulaMetadata};
use quick_xml::events::Event;

use super::{Archive, MAX_INFLATED, Sheet, choose, damaged, is_said};
use crate::io::open::refused;

/// Largest part of styles that is read, in bytes: each style of some bytes becomes hundreds.
const MAX_STYLES: u64 = 4 << 20;

/// Most tags of the shared strings.
const MAX_TAGS: usize = 1 << 24;

/// Reads a sheet; returns also the names of all, and the place of the one that was read.
pub(super) fn read(archive: Archive, wanted: Option<&str>) -> io::Result<(Vec<String>, usize, Sheet)> {
    let archive = check(archive)?;
    let mut book = Xlsx::new(Cursor::new(archive.into_inner().into_inner())).map_err(damaged)?;
    let sheets = book.sheets_metadata().iter();
    let names: Vec<String> =
        sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone()).collect();
    // Those that people see.
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let shown = sheets.enumerate().filter(|(_, sheet)| sheet.visible == SheetVisible::Visible);
    let shown: Vec<usize> = shown.map(|(place, _)| place).collect();
    let (place, sheet) = choose(&names, wanted, &shown, |place| sheet(&mut book, &names[place]))?;
    Ok((names, place, sheet))
}

/// Reads the sheet of a name.
fn sheet(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> io::Result<Sheet> {
    let mut sheet = Sheet::default();
    let mut cells = book.worksheet_cells_reader(name).map_err(damaged)?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(damaged)? {
        let (row, column) = (cell.pos.0, cell.pos.1 as usize);
        if let Some(XlsxFormulaMetadata::Normal { formula }) = &cell.formula
            && is_no_value(&cell.value)
            && is_said(formula)
        {
            sheet.push(row, column, &format!("={formula}"))?;
            continue;
        }
        match &cell.value {
            DataRef::SharedString(text) => sheet.push(row, column, text)?,
            DataRef::String(text) => sheet.push(row, column, text)?,
            value => sheet.push(row, column, &as_text(value))?,
        }
    }
    Ok(sheet)
}

/// Checks what calamine takes at its word: that there are as many shared strings as it says, and that there are not too
/// many, nor styles.
fn check(mut archive: Archive) -> io::Result<Archive> {
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(damaged)?;
        let name = part.name().map_err(damaged)?.to_ascii_lowercase();
        let large = || refused(format!("a workbook whose part {name} is too large: save it as CSV in UTF-8"));
        if (name.ends_with("styles.xml") || name.ends_with(".rels") || name.ends_with("workbook.xml"))
            && part.size() > MAX_STYLES
        {
            return Err(large());
        }
        if !name.ends_with("sharedstrings.xml") {
            continue;
        }
        let mut tags = 0;
        let mut text = Vec::new();
        part.take(MAX_INFLATED).read_to_end(&mut text)?;
        tags += memchr::memchr_iter(b'<', &text).count();
        if tags > MAX_TAGS || declared(&text)? > text.len() as u64 {
            return Err(large());
        }
    }
    Ok(archive)
}

/// Number of shared strings that the part of them says that there are.
fn declared(part: &[u8]) -> io::Result<u64> {
    let mut xml = quick_xml::Reader::from_reader(BufReader::new(part));
    xml.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(tag) if tag.local_name().as_ref() == "sst" => {
                // Any number in it, whatever its name: some are read without looking at what stands before.
                let digits = tag.attributes().filter_map(Result::ok).filter_map(|attribute| {
                    let digits: String = attribute.value.chars().filter(char::is_ascii_digit).collect();
                    let is_count = attribute.key.as_ref().to_ascii_lowercase().ends_with("count");
                    is_count.then(|| digits.parse::<u64>().unwrap_or(u64::MAX))
                });
                return Ok(digits.max().unwrap_or(0));
            }
            Event::Eof => return Ok(0),
            _ => {}
        }
    }
}

/// True if a formula has no value: programs that cannot calculate write 0 or nothing.
fn is_no_value(value: &DataRef) -> bool {
    match value {
        DataRef::Empty | DataRef::Error(_) => true,
        DataRef::String(text) => text.is_empty(),
        value => value.as_f64() == Some(0.0),
    }
}

/// A cell as it is written in CSV.
fn as_text(value: &DataRef) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Bool(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(time) if time.is_duration() => time.as_f64().to_string(),
        DataRef::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if time.as_f64() < 1.0 {
                return format!("{hour:02}:{minute:02}:{second:02}");
            }
            if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date} {hour:02}:{minute:02}:{second:02}") }
        }
        DataRef::Error(error) => error.to_string(),
        value => value.as_string().unwrap_or_default(),
    }
}
