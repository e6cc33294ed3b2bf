//! Elements of HTML by their names, with what the reader has to know of each.

/// Place of an element in [`ELEMENTS`]; names that HTML does not know are all [`UNKNOWN`].
pub(super) type Id = u8;

/// Its text stands in lines of its own.
pub(super) const BLOCK: u16 = 1;
/// An end tag of another inline element does not reach past it.
pub(super) const SPECIAL: u16 = 1 << 1;
/// An end tag inside it closes nothing outside of it.
pub(super) const SCOPE: u16 = 1 << 2;
/// It has no content.
pub(super) const VOID: u16 = 1 << 3;
/// Its end tag closes it alone where it is misnested with blocks.
pub(super) const FORMATTING: u16 = 1 << 4;
/// Browsers do not show its content.
pub(super) const HIDDEN: u16 = 1 << 5;
/// Its content is text without markup.
pub(super) const RAW: u16 = 1 << 6;
/// Its content is text with character references, and without other markup.
pub(super) const RCDATA: u16 = 1 << 7;
/// Its start tag closes a paragraph.
pub(super) const CLOSES_P: u16 = 1 << 8;
/// h1 to h6.
pub(super) const HEADING: u16 = 1 << 9;
/// The parts of a table that hold no text of their own.
pub(super) const TABLE_PART: u16 = 1 << 10;
/// The parts of a table that hold text.
pub(super) const CELL: u16 = 1 << 11;
/// Closed by what follows it: list items, options, paragraphs.
pub(super) const IMPLIED_END: u16 = 1 << 12;
/// It is the root of a page, or only on pages of frames: its tags do nothing in a comment.
pub(super) const PAGE: u16 = 1 << 13;

/// Element whose name HTML does not know.
pub(super) const UNKNOWN: Id = 0;

const B: u16 = BLOCK | SPECIAL | CLOSES_P;

/// Names, in alphabetical order, and their properties.
#[rustfmt::skip]
pub(super) const ELEMENTS: [(&str, u16); 142] = [
    ("", 0),
    ("a", FORMATTING),
    ("abbr", 0),
    ("acronym", 0),
    ("address", B),
    ("applet", SPECIAL | SCOPE),
    ("area", SPECIAL | VOID),
    ("article", B),
    ("aside", B),
    ("audio", HIDDEN),
    ("b", FORMATTING),
    ("base", SPECIAL | VOID),
    ("basefont", SPECIAL | VOID),
    ("bdi", 0),
    ("bdo", 0),
    ("bgsound", SPECIAL | VOID),
    ("big", FORMATTING),
    ("blink", 0),
    ("blockquote", B),
    ("body", SPECIAL | PAGE),
    ("br", BLOCK | SPECIAL | VOID),
    ("button", SPECIAL),
    ("canvas", HIDDEN),
    ("caption", BLOCK | SPECIAL | SCOPE | CELL),
    ("center", B),
    ("cite", 0),
    ("code", FORMATTING),
    ("col", SPECIAL | VOID | TABLE_PART),
    ("colgroup", SPECIAL | TABLE_PART),
    ("data", 0),
    ("datalist", HIDDEN),
    ("dd", B | IMPLIED_END),
    ("del", 0),
    ("details", B),
    ("dfn", 0),
    ("dialog", BLOCK | CLOSES_P),
    ("dir", B),
    ("div", B),
    ("dl", B),
    ("dt", B | IMPLIED_END),
    ("em", FORMATTING),
    ("embed", SPECIAL | VOID),
    ("fieldset", B),
    ("figcaption", B),
    ("figure", B),
    ("font", FORMATTING),
    ("footer", B),
    ("form", B),
    ("frame", SPECIAL | VOID | PAGE),
    ("frameset", SPECIAL | PAGE),
    ("h1", B | HEADING),
    ("h2", B | HEADING),
    ("h3", B | HEADING),
    ("h4", B | HEADING),
    ("h5", B | HEADING),
    ("h6", B | HEADING),
    ("head", SPECIAL | PAGE),
    ("header", B),
    ("hgroup", B),
    ("hr", BLOCK | SPECIAL | VOID | CLOSES_P),
    ("html", SPECIAL | PAGE),
    ("i", FORMATTING),
    ("iframe", SPECIAL | HIDDEN | RAW),
    ("image", SPECIAL | VOID),
    ("img", SPECIAL | VOID),
    ("input", SPECIAL | VOID),
    ("ins", 0),
    ("kbd", 0),
    ("keygen", SPECIAL | VOID),
    ("label", 0),
    ("legend", BLOCK),
    ("li", B | IMPLIED_END),
    ("link", SPECIAL | VOID),
    ("listing", B),
    ("main", B),
    ("map", 0),
    ("mark", 0),
    ("marquee", SPECIAL | SCOPE),
    ("math", 0),
    ("menu", B),
    ("meta", SPECIAL | VOID),
    ("meter", HIDDEN),
    ("nav", B),
    ("nobr", FORMATTING),
    ("noembed", SPECIAL | HIDDEN | RAW),
    ("noframes", SPECIAL | HIDDEN | RAW),
    ("noscript", SPECIAL | HIDDEN | RAW),
    ("object", SPECIAL | SCOPE),
    ("ol", B),
    ("optgroup", BLOCK | IMPLIED_END),
    ("option", BLOCK | IMPLIED_END),
    ("output", 0),
    ("p", B | IMPLIED_END),
    ("param", SPECIAL | VOID),
    ("picture", 0),
    ("plaintext", B | RAW),
    ("pre", B),
    ("progress", HIDDEN),
    ("q", 0),
    ("rb", IMPLIED_END),
    ("rp", IMPLIED_END | HIDDEN),
    ("rt", IMPLIED_END),
    ("rtc", IMPLIED_END),
    ("ruby", 0),
    ("s", FORMATTING),
    ("samp", 0),
    ("script", SPECIAL | HIDDEN | RAW),
    ("search", B),
    ("section", B),
    ("select", SPECIAL),
    ("slot", 0),
    ("small", FORMATTING),
    ("source", SPECIAL | VOID),
    ("spacer", 0),
    ("span", 0),
    ("strike", FORMATTING),
    ("strong", FORMATTING),
    ("style", SPECIAL | HIDDEN | RAW),
    ("sub", 0),
    ("summary", B),
    ("sup", 0),
    ("svg", 0),
    ("table", B | SCOPE | TABLE_PART),
    ("tbody", SPECIAL | TABLE_PART),
    ("td", SPECIAL | SCOPE | CELL),
    ("template", SPECIAL | SCOPE | HIDDEN),
    ("textarea", SPECIAL | RCDATA),
    ("tfoot", SPECIAL | TABLE_PART),
    ("th", SPECIAL | SCOPE | CELL),
    ("thead", SPECIAL | TABLE_PART),
    ("time", 0),
    ("title", SPECIAL | HIDDEN | RCDATA),
    ("tr", SPECIAL | TABLE_PART),
    ("track", SPECIAL | VOID),
    ("tt", FORMATTING),
    ("u", FORMATTING),
    ("ul", B),
    ("var", 0),
    ("video", HIDDEN),
    ("wbr", SPECIAL | VOID),
    ("xml", 0),
    ("xmp", B | RAW),
];

/// Longest name.
const MAX_NAME: usize = 10;

/// Element of a name in any case.
pub(super) fn element(name: &[u8]) -> Id {
    let mut lower = [0; MAX_NAME];
    let Some(lower) = lower.get_mut(..name.len()) else { return UNKNOWN };
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let lower = &*lower;
    ELEMENTS.binary_search_by(|(known, _)| known.as_bytes().cmp(lower)).map_or(UNKNOWN, |place| place as Id)
}

/// Number that stands for a name in any case.
pub(super) fn hash(name: &[u8]) -> u32 {
    name.iter().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193))
}

/// Element of a name in small letters, at compile time.
pub(super) const fn id(name: &str) -> Id {
    let mut place = 0;
    while place < ELEMENTS.len() {
        let known = ELEMENTS[place].0.as_bytes();
        let mut same = known.len() == name.len();
        let mut at = 0;
        while same && at < known.len() {
            same = known[at] == name.as_bytes()[at];
            at += 1;
        }
        if same {
            return place as Id;
        }
        place += 1;
    }
    panic!("a name of the table")
}

#[inline]
pub(super) fn is(element: Id, property: u16) -> bool {
    ELEMENTS[usize::from(element)].1 & property != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_found() {
        assert!(ELEMENTS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(ELEMENTS.iter().map(|(name, _)| name.len()).max(), Some(MAX_NAME));
        for (place, (name, _)) in ELEMENTS.iter().enumerate() {
            assert_eq!(element(name.to_uppercase().as_bytes()), place as Id);
        }
        for name in ["an", "blockquotes", "divv", "o:p", "ب"] {
            assert_eq!(element(name.as_bytes()), UNKNOWN);
        }
    }
}
