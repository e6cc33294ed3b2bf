//! Outward form of a text file: what is not in its rows.

/// Outward form of a text file, so that rows can be written as they came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dialect {
    /// True if the file begins with a byte order mark.
    pub bom: bool,
    /// End of its first line.
    pub line_end: LineEnd,
    /// Delimiter of CSV; a comma for what is none.
    pub delimiter: u8,
    /// True if an apostrophe before what looks like a formula is no part of a cell: in workbooks, and in files for
    /// spreadsheets, which begin with a byte order mark.
    pub is_guarded: bool,
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect { bom: false, line_end: LineEnd::Lf, delimiter: b',', is_guarded: false }
    }
}

/// End of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LineEnd {
    /// `\n`.
    #[default]
    Lf,
    /// `\r\n`, as Windows and spreadsheets write it.
    CrLf,
    /// `\r` alone, as old exports for the Macintosh have it.
    Cr,
}

impl LineEnd {
    /// The line end as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            LineEnd::Lf => "\n",
            LineEnd::CrLf => "\r\n",
            LineEnd::Cr => "\r",
        }
    }

    /// Byte that ends a line, the last one of two.
    pub fn byte(self) -> u8 {
        if self == LineEnd::Cr { b'\r' } else { b'\n' }
    }

    /// First line end of a text; `\r` only where no `\n` follows anywhere.
    pub fn of(head: &[u8]) -> LineEnd {
        match memchr::memchr(b'\n', head) {
            Some(0) => LineEnd::Lf,
            Some(at) if head[at - 1] == b'\r' => LineEnd::CrLf,
            Some(_) => LineEnd::Lf,
            None if head.contains(&b'\r') => LineEnd::Cr,
            None => LineEnd::Lf,
        }
    }
}

/// True if backslashes stand before quotes inside of fields in quotes, as MySQL writes them.
pub(super) fn has_backslashes(head: &[u8], delimiter: u8) -> bool {
    memchr::memmem::find_iter(head, b"\\\"").any(|at| {
        let is_end = |byte: &u8| *byte == delimiter || matches!(byte, b'\r' | b'\n' | b'"');
        head.get(at + 2).is_some_and(|byte| !is_end(byte))
    })
}

/// Name of a delimiter, as a message has it.
pub(super) fn delimiter_name(delimiter: u8) -> String {
    if delimiter == b'\t' { "tab".to_owned() } else { format!("\"{}\"", char::from(delimiter)) }
}
