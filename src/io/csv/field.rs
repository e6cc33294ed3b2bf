//! Fields of a row of CSV: where one ends, in quotes and without, and what it says.

use memchr::{memchr, memchr2, memchr3};

/// End of the field without quotes that begins at a place, if it is there.
pub(super) fn unquoted_end(bytes: &[u8], from: usize, delimiter: u8, escapes: bool) -> Option<usize> {
    if !escapes {
        return memchr3(delimiter, b'\r', b'\n', &bytes[from..]).map(|at| from + at);
    }
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\r' | b'\n' => return Some(at),
            _ if byte == delimiter => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// Field in quotes.
pub(super) enum Quoted {
    /// It ends at the delimiter or line end at this place, or with the file.
    Closed { end: usize, several_lines: bool },
    /// It is not closed.
    Open,
    /// It does not end in these bytes; true if its quote is open there.
    Beyond(bool),
}

/// Reads the field whose quote stands at `quote` into `field`.
pub(super) fn quoted_field(
    bytes: &[u8],
    quote: usize,
    delimiter: u8,
    escapes: bool,
    ended: bool,
    field: &mut Vec<u8>,
) -> Quoted {
    field.clear();
    let mut from = quote + 1;
    let mut searched = from;
    let close = loop {
        let found = if escapes { memchr2(b'"', b'\\', &bytes[searched..]) } else { memchr(b'"', &bytes[searched..]) };
        let Some(at) = found.map(|at| searched + at) else {
            return if ended { Quoted::Open } else { Quoted::Beyond(true) };
        };
        match (bytes[at], bytes.get(at + 1)) {
            (_, None) if !ended => return Quoted::Beyond(true),
            (b'\\', _) => searched = (at + 2).min(bytes.len()),
            (_, Some(b'"')) => {
                field.extend_from_slice(&bytes[from..=at]);
                (from, searched) = (at + 2, at + 2);
            }
            _ => break at,
        }
    };
    field.extend_from_slice(&bytes[from..close]);
    let several_lines = memchr2(b'\r', b'\n', &bytes[quote..close]).is_some();
    match bytes.get(close + 1) {
        None | Some(b'\r' | b'\n') => return Quoted::Closed { end: close + 1, several_lines },
        Some(next) if *next == delimiter => return Quoted::Closed { end: close + 1, several_lines },
        Some(_) if several_lines => return Quoted::Open,
        Some(_) => {}
    }
    // It goes on without quotes.
    let end = match unquoted_end(bytes, close + 1, delimiter, escapes) {
        None if !ended => return Quoted::Beyond(false),
        end => end.unwrap_or(bytes.len()),
    };
    let raw = &bytes[quote..end];
    if bytes[close + 1..end].trim_ascii().is_empty() {
        field.extend_from_slice(&bytes[close + 1..end]);
    } else {
        // A program that writes quotes doubles those inside: here they are the writer's own, but for a pair around all.
        field.clear();
        field.extend_from_slice(if has_outer_pair(raw, close - quote) { &raw[1..raw.len() - 1] } else { raw });
    }
    Quoted::Closed { end, several_lines }
}

/// True if the first and last quote of a field stand around all of it, as in `"He said "no" twice"`: the second, at
/// `second`, opens another quotation.
fn has_outer_pair(raw: &[u8], second: usize) -> bool {
    let is_space = |at: usize| raw.get(at).is_none_or(u8::is_ascii_whitespace);
    let opens = is_space(second - 1) || matches!(raw[second - 1], b'(' | b':' | b'"') || second == 1;
    opens && !is_space(second + 1) && raw.ends_with(b"\"")
}

/// A field without the backslashes that MySQL puts before characters; `\N`, its NULL, is empty.
pub(super) fn unescape(field: &mut Vec<u8>) -> &[u8] {
    if field == b"\\N" {
        return b"";
    }
    let mut to = 0;
    let mut from = 0;
    while from < field.len() {
        let mut byte = field[from];
        if byte == b'\\' && from + 1 < field.len() {
            from += 1;
            byte = match field[from] {
                b'0' => 0,
                b'b' => 8,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'Z' => 26,
                other => other,
            };
        }
        field[to] = byte;
        (from, to) = (from + 1, to + 1);
    }
    &field[..to]
}
