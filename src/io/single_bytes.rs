//! Encodings of single bytes, as what UTF-8 and Arabic are taken for.

use std::sync::LazyLock;

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1254, WINDOWS_1256};

/// Encoding of single bytes, by its characters.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// True if its letters are Arabic.
    pub(super) is_arabic: bool,
    /// True if letters of languages that write in it look like its mojibake, here and there.
    pub(super) is_strict: bool,
    /// Characters of the upper half in order, with their bytes.
    pub(super) bytes: Vec<(char, u8)>,
}

/// Upper half of the encodings of DOS, which no library here has.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}";
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}";

impl Table {
    fn new(name: &'static str, encoding: &'static Encoding, is_strict: bool) -> Table {
        let of = |byte: u8| encoding.decode_without_bom_handling(&[byte]).0.chars().next().map(|c| (c, byte));
        let mut bytes: Vec<(char, u8)> = (0x80..=0xFF).filter_map(of).collect();
        // ISO-8859-1 has control characters where these have letters and signs.
        bytes.extend((0x80..0xA0).map(|byte| (char::from(byte), byte)));
        Table::of(name, bytes, encoding == WINDOWS_1256, is_strict)
    }

    fn of(name: &'static str, mut bytes: Vec<(char, u8)>, is_arabic: bool, is_strict: bool) -> Table {
        bytes.sort_unstable();
        bytes.dedup_by_key(|(c, _)| *c);
        Table { name, is_arabic, is_strict, bytes }
    }

    fn byte(&self, c: char) -> Option<u8> {
        if c.is_ascii() {
            return Some(c as u8);
        }
        self.bytes.binary_search_by_key(&c, |(c, _)| *c).ok().map(|place| self.bytes[place].1)
    }

    /// The bytes of a text; 0xFF, which is nowhere in UTF-8, for characters that it does not have, and whether there are
    /// any.
    pub(super) fn encode(&self, text: &str) -> (Vec<u8>, bool) {
        let mut whole = true;
        let byte = |c| {
            self.byte(c).unwrap_or_else(|| {
                whole = false;
                0xFF
            })
        };
        let bytes = text.chars().map(byte).collect();
        (bytes, whole)
    }

    /// True if a text has a character that it makes of the first byte of a letter of Arabic or of Western Europe, of a sign
    /// or of an emoji.
    pub(super) fn has_lead(&self, text: &str) -> bool {
        text.chars().any(|c| {
            !c.is_ascii() && matches!(self.byte(c), Some(0xC2 | 0xC3 | 0xC5 | 0xD8..=0xDB | 0xE2 | 0xEF | 0xF0))
        })
    }
}

/// The encodings that most programs take UTF-8 for; the first is also what windows-1256 is mostly taken for.
pub(super) static TABLES: LazyLock<[Table; 2]> = LazyLock::new(|| {
    [Table::new("windows-1252", WINDOWS_1252, false), Table::new("windows-1256", WINDOWS_1256, false)]
});

/// Others, for texts that these do not account for.
pub(super) static MORE_TABLES: LazyLock<[Table; 6]> = LazyLock::new(|| {
    let dos = |name, upper: &str| Table::of(name, upper.chars().zip(0x80..=0xFF).collect(), false, true);
    [
        Table::new("windows-1254", WINDOWS_1254, true),
        Table::new("windows-1250", WINDOWS_1250, true),
        Table::new("windows-1251", WINDOWS_1251, true),
        Table::new("MacRoman", MACINTOSH, true),
        dos("cp850", CP850),
        dos("cp437", CP437),
    ]
});
