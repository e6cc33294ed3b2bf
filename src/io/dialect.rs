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
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect { bom: false, line_end: LineEnd::Lf, delimiter: b',' }
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
