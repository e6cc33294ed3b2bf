//! Attributes of a tag, and whether its element is shown.

use std::ops::Range;

use super::elements::{HIDDEN, Id, RAW, RCDATA, id, is};
use super::foreign::{SVG, Space, foreign_shown};
use super::style::{GONE, Hiding, Shown, Style, UNDRAWN};
use smallvec::SmallVec;

const DIALOG: Id = id("dialog");
const TEMPLATE: Id = id("template");
/// Elements that browsers do not show whose style may show them.
const MAY_SHOW: [Id; 8] =
    [id("style"), id("script"), id("title"), id("rp"), id("datalist"), id("noembed"), id("noframes"), DIALOG];

/// Attributes of a tag that matter. Of several with the same name the first counts.
#[derive(Default)]
pub(super) struct Attributes {
    /// True if it is `hidden`.
    hidden: bool,
    style: Option<Range<usize>>,
    /// True if there is an attribute without a value, as the words in `<an idiot>` are.
    pub bare: bool,
    pub open: bool,
    /// It has a colour, a size or a face, as the letters of `<font>`.
    pub of_font: bool,
    /// Its width or its height is 0.
    is_empty: bool,
    /// Words that are shown for pictures, or in fields.
    pub words: SmallVec<[Range<usize>; 1]>,
    /// Byte after the last value.
    pub end: usize,
}

impl Attributes {
    /// Reads the attribute of a name, whose value has these bounds.
    #[inline]
    pub(super) fn add(&mut self, html: &[u8], name: &[u8], value: Range<usize>) {
        self.bare |= value.is_empty();
        self.end = value.end;
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match name.len() {
            3 if is(b"alt") => self.words.push(value),
            4 if is(b"open") => self.open = true,
            4 if is(b"size") || is(b"face") => self.of_font = true,
            5 if is(b"value") => self.words.push(value),
            11 if is(b"placeholder") => self.words.push(value),
            5 if is(b"style") => {
                self.style.get_or_insert(value);
            }
            5 | 6 if is(b"width") || is(b"height") => {
                self.is_empty |= html[value.clone()].starts_with(b"0")
                    && html[value].iter().all(|byte| !matches!(byte, b'1'..=b'9'));
            }
            5 if is(b"color") => self.of_font = true,
            6 | 7 if is(b"hidden") || is(b"popover") => self.hidden = true,
            _ => {}
        }
    }

    /// How the element of these attributes is shown where `hides` says what hides, and bits of the ways in which it is hidden.
    /// That of one among many is unsure.
    pub(super) fn shown(
        &self,
        html: &[u8],
        id: Id,
        name: &[u8],
        space: Space,
        hides: Hiding,
        is_deep: bool,
    ) -> (Shown, u8) {
        let mut ways = 0;
        // True if what hides in this way hides here.
        let mut is_hidden = |way: Hiding| {
            let way = if is_deep { Hiding::Unsure } else { way };
            ways |= way.bit();
            hides >= way
        };
        let is_html = space == Space::Html;
        let mut shown = if is_html { Shown::default() } else { foreign_shown(space, name) };
        if shown.is_gone() && !is_hidden(Hiding::Attribute) {
            shown.set &= !GONE;
        }
        if shown.set & UNDRAWN != 0 && !is_hidden(Hiding::Unsure) {
            shown.set &= !UNDRAWN;
        }
        let element_hides = is_html && (is(id, HIDDEN) || id == DIALOG && !self.open);
        let mut gone = false;
        if element_hides {
            let is_content = is(id, RAW | RCDATA) || id == TEMPLATE;
            gone |= is_hidden(if is_content { Hiding::Content } else { Hiding::Attribute });
        }
        if self.hidden {
            gone |= is_hidden(Hiding::Attribute);
        }
        if id == SVG && self.is_empty {
            gone |= is_hidden(Hiding::Unsure);
        }
        let style = self.style.clone().map(|style| Style::read(&html[style])).unwrap_or_default();
        if !style.is_empty() && is_hidden(Hiding::Style) {
            gone &= !style.displays() || element_hides && !MAY_SHOW.contains(&id);
            let unsure = style.is_unsure() && is_hidden(Hiding::Unsure);
            style.show(&mut shown, unsure);
        }
        if gone {
            shown.set |= GONE;
        }
        (shown, ways)
    }
}
