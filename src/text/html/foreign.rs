//! Drawings (`<svg>`) and formulas (`<math>`) in HTML, which have elements and rules of their own.
//!
//! <https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inforeign>

use super::elements::*;
use super::style::{GONE, INVISIBLE, Shown, UNDRAWN};
use super::tree::Tree;

/// Kind of an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Space {
    #[default]
    Html,
    Svg,
    Math,
    /// Of a drawing or a formula, and what it contains is HTML.
    SvgText,
    MathText,
}

impl Space {
    /// True for what is part of a drawing or a formula, but contains HTML.
    pub(super) fn holds_html(self) -> bool {
        matches!(self, Space::SvgText | Space::MathText)
    }
}

pub(super) const SVG: Id = id("svg");
pub(super) const MATH: Id = id("math");

/// Elements that end a drawing or a formula.
#[rustfmt::skip]
const BREAK_OUT: [&str; 44] = [
    "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2", "h3", "h4",
    "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small",
    "span", "strike", "strong", "sub", "sup", "table", "tt", "u", "ul", "var",
];

/// Elements of formulas that hold text.
const MATH_TEXT: [&str; 5] = ["mi", "mo", "mn", "ms", "mtext"];

fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// True if a start tag ends the drawing or formula that it stands in.
pub(super) fn breaks_out(id: Id) -> bool {
    BREAK_OUT.contains(&ELEMENTS[usize::from(id)].0)
}

/// Effect of an element of a drawing or a formula on how its content is shown.
pub(super) fn foreign_shown(space: Space, name: &[u8]) -> Shown {
    let is_one = |names: &[&str]| is_one_of(name, names);
    let mut shown = Shown::default();
    match space {
        Space::Svg => {
            if is_one(&["text", "foreignobject"]) {
                shown.clear = UNDRAWN;
            } else if is_one(&["svg"]) {
                shown.set = UNDRAWN;
            } else if is_one(&["desc", "title", "metadata", "defs", "symbol", "clippath", "mask", "pattern", "marker"])
                || is_one(&["style", "script", "lineargradient", "radialgradient"])
            {
                shown.set = GONE;
            }
        }
        Space::Math if is_one(&["annotation", "annotation-xml", "style", "script"]) => shown.set = GONE,
        Space::Math if is_one(&["math"]) => shown.set = UNDRAWN,
        Space::Math if is_one(&MATH_TEXT) => shown.clear = UNDRAWN,
        Space::Math if is_one(&["mphantom"]) => shown.set = INVISIBLE,
        _ => {}
    }
    shown
}

impl Tree {
    /// Kind of the innermost element.
    #[inline]
    pub(super) fn space(&self) -> Space {
        self.open.last().map_or(Space::Html, |top| top.space)
    }

    /// Kind of an element whose start tag stands here.
    #[inline]
    pub(super) fn space_of(&self, id: Id) -> Space {
        match self.space() {
            space @ (Space::Svg | Space::Math) => space,
            _ if id == SVG => Space::Svg,
            _ if id == MATH => Space::Math,
            _ => Space::Html,
        }
    }

    /// Ends the drawing or formula that is open.
    pub(super) fn break_out(&mut self) {
        while matches!(self.space(), Space::Svg | Space::Math) {
            self.close_to(self.open.len() - 1);
        }
    }

    /// Opens an element of a drawing or a formula.
    pub(super) fn start_foreign(&mut self, id: Id, space: Space, name: &[u8], shown: Shown) {
        let of = match space {
            Space::Svg if is_one_of(name, &["desc", "title", "foreignobject"]) => Space::SvgText,
            Space::Math if is_one_of(name, &MATH_TEXT) => Space::MathText,
            space => space,
        };
        // Names that HTML has too mean nothing of HTML here.
        let id = if id == SVG || id == MATH { id } else { UNKNOWN };
        self.push_foreign(id, name, shown, of);
    }

    /// Closes an element of a drawing or a formula. False if the end tag is one of HTML.
    pub(super) fn end_of_foreign(&mut self, id: Id, name: &[u8]) -> bool {
        if self.space() == Space::Html {
            return false;
        }
        if id == P || id == BR {
            self.break_out();
            return false;
        }
        let name = hash(name);
        let from = self.open.len().saturating_sub(FOREIGN_REACH);
        for place in (from..self.open.len()).rev() {
            let open = self.open[place];
            if open.space == Space::Html {
                return false;
            }
            if open.name == name {
                self.close_to(place);
                return true;
            }
        }
        false
    }
}

const P: Id = id("p");
const BR: Id = id("br");

/// Elements among which an end tag looks for the one that it closes. Bounds its work.
const FOREIGN_REACH: usize = 256;
