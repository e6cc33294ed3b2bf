//! Sheets of LibreOffice's .ods.
//!
//! Not by calamine, which repeats rows and cells in memory as often as a file says, and does not end where a file ends
//! inside a sheet.

use std::io::{self, BufReader, Read};

use quick_xml::events::{BytesStart, Event};

use super::{Archive, MAX_COLUMNS, MAX_ROWS, Sheet, choose, damaged, is_said};
use crate::io::csv::MAX_RECORD;
use crate::io::open::refused;

type Xml<R> = quick_xml::Reader<BufReader<R>>;

/// Reads a sheet; returns also the names of all, and the place of the one that was read.
pub(super) fn read(mut archive: Archive, wanted: Option<&str>) -> io::Result<(Vec<String>, usize, Sheet)> {
    let mut kind = String::new();
    archive.by_name("mimetype").map_err(damaged)?.take(100).read_to_string(&mut kind)?;
    if kind.trim() != "application/vnd.oasis.opendocument.spreadsheet" {
        return Err(refused("a document that is no workbook (OpenDocument): save it as plain text or CSV in UTF-8"));
    }
    let names = names(open(&mut archive)?)?;
    let all: Vec<usize> = (0..names.len()).collect();
    let (place, sheet) = choose(&names, wanted, &all, |place| sheet(open(&mut archive)?, place))?;
    Ok((names, place, sheet))
}

fn open(archive: &mut Archive) -> io::Result<Xml<impl Read>> {
    let part = archive.by_name("content.xml").map_err(damaged)?;
    let mut xml = quick_xml::Reader::from_reader(BufReader::new(part));
    xml.config_mut().expand_empty_elements = true;
    Ok(xml)
}

/// Names of the sheets.
fn names(mut xml: Xml<impl Read>) -> io::Result<Vec<String>> {
    let (mut names, mut buffer) = (Vec::new(), Vec::new());
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(tag) if tag.name().as_ref() == "table:table" => {
                names.push(attribute(&tag, "table:name")?.unwrap_or_default());
            }
            Event::Eof => return Ok(names),
            _ => {}
        }
    }
}

/// A row that is being read.
#[derive(Default)]
struct Row {
    /// Cells that are not empty, with their columns.
    cells: Vec<(usize, String)>,
    column: usize,
    bytes: usize,
}

/// Reads the sheet at a place.
fn sheet(mut xml: Xml<impl Read>, place: usize) -> io::Result<Sheet> {
    let mut sheet = Sheet::default();
    let mut buffer = Vec::new();
    let mut tables = 0;
    let mut number = 0u32;
    let mut row = Row::default();
    let mut repeated = 1;
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Eof => return if tables > place { Err(damaged("a sheet does not end")) } else { Ok(sheet) },
            Event::Start(tag) if tag.name().as_ref() == "table:table" => tables += 1,
            Event::End(tag) if tag.name().as_ref() == "table:table" && tables == place + 1 => return Ok(sheet),
            _ if tables != place + 1 => {}
            Event::Start(tag) if tag.name().as_ref() == "table:table-row" => {
                repeated = count(&tag, "table:number-rows-repeated")?.min(MAX_ROWS as usize);
                row = Row::default();
            }
            Event::End(tag) if tag.name().as_ref() == "table:table-row" => {
                for _ in 0..repeated {
                    if row.cells.is_empty() {
                        break;
                    }
                    for (column, text) in &row.cells {
                        sheet.push(number, *column, text)?;
                    }
                    number = number.saturating_add(1);
                }
                if row.cells.is_empty() {
                    number = number.saturating_add(repeated as u32);
                }
            }
            Event::Start(tag) if matches!(tag.name().as_ref(), "table:table-cell" | "table:covered-table-cell") => {
                let repeated = count(&tag, "table:number-columns-repeated")?.min(MAX_COLUMNS);
                let stated = value(&tag)?;
                let formula = attribute(&tag, "table:formula")?.unwrap_or_default();
                let name = tag.name().as_ref().to_owned();
                let written = text(&mut xml, &name)?;
                let is_error = written.starts_with('#') || written.starts_with("Err:");
                let has_value = !is_error && !stated.as_ref().unwrap_or(&written).trim_matches('0').is_empty();
                let text = match formula.split_once('=') {
                    Some((_, formula)) if !has_value && is_said(formula) => format!("={formula}"),
                    _ => stated.filter(|_| !written.starts_with('#')).unwrap_or(written),
                };
                if !text.is_empty() {
                    row.bytes += text.len().saturating_mul(repeated);
                    if row.bytes > MAX_RECORD {
                        return Err(damaged(format!("row {}: more than {MAX_RECORD} bytes", number.saturating_add(1))));
                    }
                    row.cells.extend((0..repeated).map(|place| (row.column + place, text.clone())));
                }
                row.column = (row.column + repeated).min(MAX_COLUMNS);
            }
            _ => {}
        }
    }
}

/// Value of a cell that is no text; a text stands inside the cell.
fn value(tag: &BytesStart) -> io::Result<Option<String>> {
    for name in ["office:date-value", "office:boolean-value", "office:value"] {
        if let Some(value) = attribute(tag, name)? {
            return Ok(Some(match name {
                "office:boolean-value" => value.to_uppercase(),
                "office:date-value" => value.replacen('T', " ", 1),
                _ => value,
            }));
        }
    }
    attribute(tag, "office:string-value")
}

/// Reads the text of a cell up to its end: its paragraphs, without the notes on it.
fn text(xml: &mut Xml<impl Read>, cell: &str) -> io::Result<String> {
    let (mut text, mut buffer) = (String::new(), Vec::new());
    let mut paragraphs = 0;
    // Depth inside of notes, and inside of cells: a cell may have a table in it.
    let (mut notes, mut cells) = (0usize, 1usize);
    loop {
        buffer.clear();
        let event = xml.read_event_into(&mut buffer).map_err(damaged)?;
        match &event {
            Event::Eof => return Err(damaged("a cell does not end")),
            Event::Start(tag) if tag.name().as_ref() == cell => cells += 1,
            Event::End(tag) if tag.name().as_ref() == cell => {
                cells -= 1;
                if cells == 0 {
                    return Ok(text);
                }
            }
            Event::Start(tag) if tag.name().as_ref() == "office:annotation" => notes += 1,
            Event::End(tag) if tag.name().as_ref() == "office:annotation" => notes = notes.saturating_sub(1),
            _ if notes > 0 => {}
            Event::Start(tag) => match tag.name().as_ref() {
                "text:p" => {
                    if paragraphs > 0 {
                        text.push('\n');
                    }
                    paragraphs += 1;
                }
                "text:s" => {
                    let spaces = count(tag, "text:c")?.min(1000);
                    text.extend(std::iter::repeat_n(' ', spaces));
                }
                "text:tab" => text.push('\t'),
                "text:line-break" => text.push('\n'),
                _ => {}
            },
            // White space between the paragraphs is none of theirs.
            Event::Text(piece) if paragraphs > 0 => {
                let piece = piece.xml10_content();
                if !(piece.trim().is_empty() && piece.contains('\n')) {
                    text.push_str(&piece);
                }
            }
            Event::CData(piece) if paragraphs > 0 => text.push_str(&piece.xml10_content()),
            Event::GeneralRef(name) => text.push_str(&entity(name.as_ref())),
            _ => {}
        }
        if text.len() > MAX_RECORD {
            return Err(damaged(format!("a cell of more than {MAX_RECORD} bytes")));
        }
    }
}

/// Character that an entity stands for; nothing for one that XML does not have.
fn entity(name: &str) -> String {
    quick_xml::escape::unescape(&format!("&{name};")).map(std::borrow::Cow::into_owned).unwrap_or_default()
}

fn attribute(tag: &BytesStart, name: &str) -> io::Result<Option<String>> {
    let Some(attribute) = tag.try_get_attribute(name).map_err(damaged)? else { return Ok(None) };
    Ok(Some(quick_xml::escape::unescape(&attribute.value).map_err(damaged)?.into_owned()))
}

/// Number that an attribute states, at least 1.
fn count(tag: &BytesStart, name: &str) -> io::Result<usize> {
    Ok(attribute(tag, name)?
        .and_then(|value| value.trim().parse::<u32>().ok())
        .map_or(1, |count| count.max(1) as usize))
}
