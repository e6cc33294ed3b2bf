//! Whether an element is shown, by its attributes: `hidden`, and what a style says of display, visibility and size.
//!
//! Styles are read as browsers read them: references in the attribute, comments and escapes of CSS, `!important`, the last of
//! several declarations; a value that CSS does not know is none. A writer who hides what naqd takes for shown, or shows what it
//! takes for hidden, splits a word.

use smallvec::SmallVec;

use super::tokens::{Reference, is_space, reference};

/// State of what is not shown: an element is left out, with all that it contains.
pub(super) const GONE: u8 = 1;
/// It is invisible, but what it contains may be visible.
pub(super) const INVISIBLE: u8 = 1 << 1;
/// Its letters have no size, but those of what it contains may have one.
pub(super) const TINY: u8 = 1 << 2;
/// It is part of a drawing, in which only some elements hold text.
pub(super) const UNDRAWN: u8 = 1 << 3;

/// What hides an element. Sanitisers take out more of what comes later, and then its content is shown.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Hiding {
    Nothing,
    /// It is a script, a style or the like.
    Content,
    /// It is another element that browsers do not show, or is `hidden`.
    Attribute,
    Style,
    /// Something that naqd does not understand as well as a browser does.
    #[default]
    Unsure,
}

/// Effect of an element, its style and its other attributes on how it is shown.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Shown {
    /// States that begin with it.
    pub set: u8,
    /// States of what it stands in that end with it.
    pub clear: u8,
    /// It stands in lines of its own, or does not, whatever it is.
    pub breaks: Option<bool>,
}

impl Hiding {
    pub(super) fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Shown {
    /// True if it is left out, with all that it contains.
    pub(super) fn is_gone(self) -> bool {
        self.set & GONE != 0
    }

    /// State of an element that stands in one of state `outside`.
    pub(super) fn state(self, outside: u8) -> u8 {
        outside & !self.clear | self.set
    }
}

/// Value of a property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Value {
    /// It hides the element.
    Hides,
    /// It shows the element; true if that stands in lines of its own.
    Shows(Option<bool>),
    /// It depends on something else.
    Unsure,
    /// It is what it would be without the declaration.
    Unset,
}

/// What a style says.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Style {
    /// Values of display, visibility and size, and whether they are important.
    values: [Option<(Value, bool)>; 3],
}

const DISPLAY: usize = 0;
const VISIBILITY: usize = 1;
const SIZE: usize = 2;

const STATES: [u8; 3] = [GONE, INVISIBLE, TINY];

impl Style {
    /// Reads the value of an attribute.
    pub(super) fn read(attribute: &[u8]) -> Style {
        let mut style = Style::default();
        declarations(&decoded(attribute), |name, value| style.declaration(name, value));
        style
    }

    /// True if it says that the element is shown.
    pub(super) fn displays(&self) -> bool {
        matches!(self.values[DISPLAY], Some((Value::Shows(_), _)))
    }

    /// True if it says nothing that matters.
    pub(super) fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// True if it says something that depends on something else.
    pub(super) fn is_unsure(&self) -> bool {
        self.values.iter().any(|value| matches!(value, Some((Value::Unsure, _))))
    }

    /// Adds its effect; `unsure` says whether that hides which may hide.
    pub(super) fn show(&self, shown: &mut Shown, unsure: bool) {
        for (value, state) in self.values.iter().zip(STATES) {
            match value {
                Some((Value::Hides, _)) => shown.set |= state,
                Some((Value::Unsure, _)) if unsure => shown.set |= state,
                Some((Value::Shows(breaks), _)) if state == GONE => shown.breaks = *breaks,
                Some((Value::Shows(_), _)) => shown.clear |= state,
                _ => {}
            }
        }
    }

    /// Reads a declaration, in small letters.
    fn declaration(&mut self, name: &str, value: &str) {
        let (value, important) = match value.split_once('!') {
            Some((value, mark)) if mark.trim() == "important" => (value.trim(), true),
            Some(_) => return,
            None => (value, false),
        };
        if name == "all" {
            let value = match value {
                "initial" => Value::Shows(None),
                "unset" => Value::Unset,
                _ => return,
            };
            self.set(DISPLAY, Value::Shows(Some(false)), important);
            self.set(VISIBILITY, value, important);
            self.set(SIZE, value, important);
            return;
        }
        let (property, read): (usize, fn(&str) -> Option<Value>) = match name {
            "display" => (DISPLAY, display),
            "visibility" => (VISIBILITY, visibility),
            "font-size" => (SIZE, size),
            "font" => (SIZE, font),
            _ => return,
        };
        let value = if value.contains('(') { Some(Value::Unsure) } else { read(value) };
        if let Some(value) = value {
            self.set(property, value, important);
        }
    }

    fn set(&mut self, property: usize, value: Value, important: bool) {
        let known = &mut self.values[property];
        if important || !known.is_some_and(|(_, important)| important) {
            *known = Some((value, important));
        }
    }
}

fn display(value: &str) -> Option<Value> {
    const INLINE: [&str; 12] = [
        "inline",
        "inline-block",
        "inline-table",
        "inline-flex",
        "inline-grid",
        "contents",
        "ruby",
        "ruby-text",
        "math",
        "-webkit-inline-box",
        "-webkit-inline-flex",
        "initial",
    ];
    const BLOCK: [&str; 14] = [
        "block",
        "flow",
        "flow-root",
        "flex",
        "grid",
        "list-item",
        "table",
        "table-cell",
        "table-row",
        "table-row-group",
        "table-header-group",
        "table-footer-group",
        "-webkit-box",
        "-webkit-flex",
    ];
    match value {
        // A column has no content that is shown.
        "none" | "table-column" | "table-column-group" => return Some(Value::Hides),
        "unset" => return Some(Value::Shows(Some(false))),
        "table-caption" => return Some(Value::Shows(Some(true))),
        "inherit" => return Some(Value::Shows(None)),
        "revert" | "revert-layer" => return Some(Value::Unset),
        _ => {}
    }
    let mut inline = false;
    for word in value.split_ascii_whitespace() {
        if INLINE.contains(&word) {
            inline = true;
        } else if !BLOCK.contains(&word) {
            return None;
        }
    }
    (!value.is_empty()).then_some(Value::Shows(Some(!inline)))
}

fn visibility(value: &str) -> Option<Value> {
    match value {
        "hidden" | "collapse" => Some(Value::Hides),
        "visible" | "initial" => Some(Value::Shows(None)),
        "inherit" | "unset" | "revert" | "revert-layer" => Some(Value::Unset),
        _ => None,
    }
}

fn size(value: &str) -> Option<Value> {
    let digits = value.trim_start_matches('+');
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let Ok(number) = digits[..end].parse::<f64>() else {
        return match value {
            "xx-small" | "x-small" | "small" | "medium" | "large" | "x-large" | "xx-large" | "xxx-large"
            | "initial" => Some(Value::Shows(None)),
            "smaller" | "larger" | "inherit" | "unset" | "revert" | "revert-layer" => Some(Value::Unset),
            _ => None,
        };
    };
    match &digits[end..] {
        _ if number == 0.0 => Some(Value::Hides),
        "px" | "pt" if number < 1.0 => Some(Value::Hides),
        // A multiple of the size outside of it.
        "em" | "%" | "ex" | "ch" | "cap" | "ic" | "lh" => Some(Value::Unset),
        "" => None,
        unit if unit.bytes().all(|byte| byte.is_ascii_lowercase()) => Some(Value::Shows(None)),
        _ => None,
    }
}

/// Size among the values of a font: the first that is one, since the weight has no unit and is never 0.
fn font(value: &str) -> Option<Value> {
    value.split_ascii_whitespace().find_map(|word| size(word.split('/').next().unwrap_or_default()))
}

/// Value of an attribute, with its references read.
fn decoded(value: &[u8]) -> SmallVec<[u8; 64]> {
    let mut text = SmallVec::new();
    let mut at = 0;
    while at < value.len() {
        let found = (value[at] == b'&').then(|| reference(value, at)).flatten();
        // An old name without its semicolon is none before more of a word.
        let read = found.filter(|(of, end)| {
            value[end - 1] == b';'
                || matches!(of, Reference::Char(_))
                || !value.get(*end).is_some_and(|next| *next == b'=' || next.is_ascii_alphanumeric())
        });
        match read {
            Some((of, end)) => {
                match of {
                    Reference::Char(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    Reference::Named(name) => text.extend_from_slice(name.as_bytes()),
                }
                at = end;
            }
            None => {
                text.push(value[at]);
                at += 1;
            }
        }
    }
    text
}

/// Passes the declarations of a style on, in small letters, with escapes read and a space for every comment.
fn declarations(css: &[u8], mut each: impl FnMut(&str, &str)) {
    let mut text: SmallVec<[u8; 64]> = SmallVec::new();
    let mut colon = None;
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        let next = css.get(at).copied();
        at += 1;
        match next {
            None | Some(b';') if next.is_none() || depth == 0 => {
                if let Some(colon) = colon.take() {
                    let part = |part: &[u8]| String::from_utf8_lossy(part.trim_ascii()).to_ascii_lowercase();
                    each(&part(&text[..colon]), &part(&text[colon + 1..]));
                }
                if next.is_none() {
                    return;
                }
                text.clear();
            }
            Some(b'/') if css.get(at) == Some(&b'*') => {
                at = memchr::memmem::find(&css[at + 1..], b"*/").map_or(css.len(), |length| at + 1 + length + 2);
                text.push(b' ');
            }
            Some(b'\\') => at = escape(css, at, &mut text),
            Some(quote @ (b'"' | b'\'')) => {
                while let Some(next) = css.get(at) {
                    at += if *next == b'\\' { 2 } else { 1 };
                    if *next == quote || *next == b'\n' {
                        break;
                    }
                }
                text.push(quote);
            }
            Some(next) => {
                match next {
                    b'(' | b'[' | b'{' => depth += 1,
                    b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                    b':' if depth == 0 && colon.is_none() => colon = Some(text.len()),
                    _ => {}
                }
                text.push(next);
            }
            // Never: the first arm has it.
            None => return,
        }
    }
}

/// Reads what stands behind a backslash at byte `at`; returns the byte after it.
fn escape(css: &[u8], mut at: usize, text: &mut SmallVec<[u8; 64]>) -> usize {
    let digits = css[at.min(css.len())..].iter().take(6).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let mut c = css.get(at).copied().map_or(char::REPLACEMENT_CHARACTER, char::from);
    if digits == 0 {
        at += 1;
    } else {
        let code = css[at..at + digits].iter().filter_map(|byte| char::from(*byte).to_digit(16));
        c = char::from_u32(code.fold(0, |code, digit| 16 * code + digit)).unwrap_or(char::REPLACEMENT_CHARACTER);
        at += digits;
        at += usize::from(css.get(at).is_some_and(|byte| is_space(*byte)));
    }
    // An escaped sign belongs to a word, and stands for no sign of CSS.
    let is_word = c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.push(if is_word { c as u8 } else { b'?' });
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_read_as_browsers_read_them() {
        for (style, set, clear, breaks) in [
            ("display:none", GONE, 0, None),
            (" DISPLAY : NONE ; color: red", GONE, 0, None),
            ("display&colon;n&#111;ne", GONE, 0, None),
            ("display:/**/none", GONE, 0, None),
            ("/* ; */display/**/:none/**/", GONE, 0, None),
            ("display:no/**/ne", 0, 0, None),
            (r"display:\6eone", GONE, 0, None),
            (r"d\69splay:n\00006f ne", GONE, 0, None),
            (r"display\:none", 0, 0, None),
            ("x:'a;b';display:none", GONE, 0, None),
            ("x:url(a;display:none)", 0, 0, None),
            ("display:none;display:inline", 0, 0, Some(false)),
            ("display:inline;display:none", GONE, 0, None),
            ("display:none!important;display:inline", GONE, 0, None),
            ("display:none ! important;display:inline!important", 0, 0, Some(false)),
            ("display:none !x", 0, 0, None),
            ("display:nonexx", 0, 0, None),
            ("display:none;display:nonexx", GONE, 0, None),
            ("display:inline flow-root", 0, 0, Some(false)),
            ("display:list-item", 0, 0, Some(true)),
            ("display:table-column", GONE, 0, None),
            ("display:var(--x,none)", GONE, 0, None),
            ("all:initial", 0, INVISIBLE | TINY, Some(false)),
            ("visibility:hidden", INVISIBLE, 0, None),
            ("visibility:visible", 0, INVISIBLE, None),
            ("font-size:0", TINY, 0, None),
            ("font-size:.0px", TINY, 0, None),
            ("font-size:0.5px", TINY, 0, None),
            ("font-size:16px", 0, TINY, None),
            ("font-size:2em", 0, 0, None),
            ("font-size:16", 0, 0, None),
            ("font:0 a", TINY, 0, None),
            ("font:bold 700 12px/1 a", 0, TINY, None),
            ("display", 0, 0, None),
            (r"display:none\", 0, 0, None),
            ("display:none/*", GONE, 0, None),
            ("", 0, 0, None),
        ] {
            let mut shown = Shown::default();
            Style::read(style.as_bytes()).show(&mut shown, true);
            assert_eq!(shown, Shown { set, clear, breaks }, "{style}");
        }
    }
}
