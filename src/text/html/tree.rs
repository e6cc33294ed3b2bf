//! Open elements: which tags break a line, and which text is shown, by the tree construction of the HTML standard.
//!
//! <https://html.spec.whatwg.org/multipage/parsing.html#tree-construction>
//!
//! Only what changes the text: an end tag that closes nothing is ignored, so that it does not split the word that it stands in.

use super::elements::*;
use super::foreign::Space;
use super::style::{GONE, INVISIBLE, Shown};
use smallvec::SmallVec;

/// Elements among which a tag looks for the one that it closes, from the innermost on. Bounds the work of a tag.
const REACH: usize = 256;

/// Where elements stand: in text, in a table outside of its cells, or in a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Context {
    #[default]
    Body,
    Table,
    Cell,
}

/// An open element.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub id: Id,
    /// Stands for its name, where the id does not say it.
    pub name: u32,
    pub shown: Shown,
    /// How its content is shown, by itself and what it stands in.
    pub state: u8,
    /// Its end breaks a line.
    pub breaks: bool,
    pub space: Space,
    context: Context,
}

/// Separation of the text before and after a tag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum Gap {
    #[default]
    None,
    /// Between cells of a row.
    Cell,
    Line,
}

/// Elements that are open.
pub(super) struct Tree {
    pub(super) open: SmallVec<[Open; 16]>,
    /// Number of open elements of each name.
    counts: [u32; ELEMENTS.len()],
    /// The next cell begins a row.
    new_row: bool,
    /// A cell of an open table has been closed.
    pub after_cell: bool,
    /// Separation since the last text.
    pub gap: Gap,
    /// Number of elements `q` that were closed since the last text.
    pub closed_q: u32,
    /// Cells are not shown.
    without_cells: bool,
}

const A: Id = id("a");
const BLOCKQUOTE: Id = id("blockquote");
const BR: Id = id("br");
const BUTTON: Id = id("button");
const DD: Id = id("dd");
const DT: Id = id("dt");
const FORM: Id = id("form");
const LI: Id = id("li");
const NOBR: Id = id("nobr");
const OL: Id = id("ol");
const OPTGROUP: Id = id("optgroup");
const OPTION: Id = id("option");
const P: Id = id("p");
const Q: Id = id("q");
const SELECT: Id = id("select");
const TABLE: Id = id("table");
const TEMPLATE: Id = id("template");
const TR: Id = id("tr");
const UL: Id = id("ul");
const CAPTION: Id = id("caption");
const COL: Id = id("col");

impl Tree {
    pub(super) fn new(without_cells: bool) -> Tree {
        Tree {
            open: SmallVec::new(),
            counts: [0; ELEMENTS.len()],
            new_row: false,
            after_cell: false,
            gap: Gap::None,
            closed_q: 0,
            without_cells,
        }
    }

    /// True if text is shown here.
    #[inline]
    pub(super) fn shows(&self) -> bool {
        self.state(self.open.len()) == 0 && !(self.without_cells && self.context() == Context::Cell)
    }

    /// How text is shown that stands directly in the first `depth` open elements. What stands in a table, and in none of its
    /// cells, is moved before the table.
    #[inline]
    fn state(&self, depth: usize) -> u8 {
        match self.open[..depth].last() {
            None => 0,
            Some(top) if is(top.id, TABLE_PART) => {
                let table = self.reach(depth).rev().find(|place| self.open[*place].id == TABLE);
                table.filter(|table| *table > 0).map_or(0, |table| self.open[table - 1].state)
            }
            Some(top) => top.state,
        }
    }

    /// True if lines do not break here.
    fn is_gone(&self) -> bool {
        self.state(self.open.len()) & (GONE | INVISIBLE) != 0
    }

    /// Places of the innermost of the first `depth` open elements.
    fn reach(&self, depth: usize) -> std::ops::Range<usize> {
        depth.saturating_sub(REACH)..depth
    }

    /// True if text here is shown before the table that it stands in, behind a cell of which it comes.
    #[inline]
    pub(super) fn moves_text(&self) -> bool {
        self.after_cell && self.context() != Context::Cell
    }

    /// True directly in a table, where text is moved before it, and spaces alone are not shown.
    #[inline]
    pub(super) fn is_between_cells(&self) -> bool {
        self.top().is_some_and(|top| is(top, TABLE_PART))
    }

    /// True inside a block quotation.
    #[inline]
    pub(super) fn quotes(&self) -> bool {
        self.counts[usize::from(BLOCKQUOTE)] > 0
    }

    fn context(&self) -> Context {
        self.open.last().map_or(Context::Body, |top| top.context)
    }

    fn top(&self) -> Option<Id> {
        self.open.last().map(|top| top.id)
    }

    fn separate(&mut self, gap: Gap) {
        // What is left out leaves no gap in the text around it.
        if gap > self.gap && !self.is_gone() && !(self.without_cells && self.has(TABLE)) {
            self.gap = gap;
        }
    }

    /// Opens an element, unless its start tag means nothing here. True if it is open then.
    pub(super) fn start(&mut self, id: Id, name: &[u8], shown: Shown) -> bool {
        if is(id, PAGE) {
            return false;
        }
        if is(id, TABLE_PART | CELL) {
            return self.start_of_table(id, shown);
        }
        match id {
            LI => self.close_item(|open| open == LI),
            DD | DT => self.close_item(|open| open == DD || open == DT),
            BUTTON => {
                if let Some(place) = self.find(|open| open == BUTTON, |_| false) {
                    self.close_to(place);
                }
            }
            FORM if self.has(FORM) && !self.has(TEMPLATE) => return false,
            OPTION if self.top() == Some(OPTION) => self.close_to(self.open.len() - 1),
            OPTGROUP => {
                while matches!(self.top(), Some(OPTION | OPTGROUP)) && self.has(SELECT) {
                    self.close_to(self.open.len() - 1);
                }
                if self.top() == Some(OPTION) {
                    self.close_to(self.open.len() - 1);
                }
            }
            A | NOBR if self.has(id) => self.end(id, name),
            _ => {}
        }
        if is(id, CLOSES_P) {
            self.close_p();
            if is(id, HEADING) && self.top().is_some_and(|top| is(top, HEADING)) {
                self.close_to(self.open.len() - 1);
            }
        }
        if is(id, IMPLIED_END) && !is(id, BLOCK) {
            while self.top().is_some_and(|top| is(top, IMPLIED_END) && !is(top, BLOCK)) {
                self.close_to(self.open.len() - 1);
            }
        }
        let breaks = shown.breaks.filter(|_| id != BR).unwrap_or(is(id, BLOCK));
        if breaks && shown.set & (GONE | INVISIBLE) == 0 {
            self.separate(Gap::Line);
        }
        if !is(id, VOID) {
            let name = if id == UNKNOWN { hash(name) } else { 0 };
            self.push(id, name, shown, breaks, Space::Html, self.context());
        }
        !is(id, VOID)
    }

    /// The same for the parts of a table.
    fn start_of_table(&mut self, id: Id, shown: Shown) -> bool {
        let Some(inside) = self.find_in_table(|open| is(open, TABLE_PART | CELL)) else {
            if id != TABLE {
                return false;
            }
            self.close_p();
            return self.open_table(shown);
        };
        if id == TABLE {
            if is(self.open[inside].id, CELL) {
                self.close_p();
            } else if let Some(table) = self.find_in_table(|open| open == TABLE) {
                self.close_to(table);
            }
            return self.open_table(shown);
        }
        // Whatever else is open inside the parts that stay open is closed.
        let stays = |open: Id| match id {
            TR => open != TR && is(open, TABLE_PART),
            _ if is(id, CELL) && id != CAPTION => is(open, TABLE_PART),
            _ => open == TABLE,
        };
        if let Some(place) = self.find_in_table(stays) {
            self.close_to(place + 1);
        }
        if id == COL {
            return false;
        }
        let is_cell = is(id, CELL);
        if is_cell && shown.state(self.around(id, self.open.len())) & (GONE | INVISIBLE) == 0 {
            let gap = if self.new_row || id == CAPTION { Gap::Line } else { Gap::Cell };
            self.separate(gap);
        }
        self.new_row = !is_cell;
        let context = if is_cell { Context::Cell } else { Context::Table };
        self.push(id, 0, shown, id == CAPTION, Space::Html, context);
        true
    }

    fn open_table(&mut self, shown: Shown) -> bool {
        self.new_row = true;
        self.push(TABLE, 0, shown, true, Space::Html, Context::Table);
        true
    }

    /// Closes an element, unless its end tag means nothing here.
    pub(super) fn end(&mut self, id: Id, name: &[u8]) {
        if self.end_of_foreign(id, name) {
            return;
        }
        if id == P {
            // Without a paragraph it is an empty one, which is shown.
            if !self.close_p() {
                self.separate(Gap::Line);
            }
            return;
        }
        if id == BR {
            self.separate(Gap::Line);
            return;
        }
        if !self.has(id) && !is(id, HEADING) {
            return;
        }
        if is(id, TABLE_PART | CELL) {
            if let Some(place) = self.find_in_table(|open| open == id) {
                self.close_to(place);
            }
            return;
        }
        if id == FORM {
            if let Some(place) = self.find(|open| open == FORM, |_| false) {
                while self.open.len() > place + 1 && self.top().is_some_and(|top| is(top, IMPLIED_END)) {
                    self.close_to(self.open.len() - 1);
                }
                self.remove(place);
            }
            return;
        }
        if is(id, FORMATTING) {
            if let Some(place) = self.find(|open| open == id, |_| false) {
                match self.open[place..].iter().position(|open| is(open.id, SPECIAL) || open.space.holds_html()) {
                    // The block is moved out of it, and out of what stands between them and is no formatting.
                    Some(block) => (place..place + block).rev().for_each(|between| {
                        if between == place || !is(self.open[between].id, FORMATTING) {
                            self.remove(between);
                        }
                    }),
                    None => self.close_to(place),
                }
            }
            return;
        }
        let place = if is(id, HEADING) {
            self.find(|open| is(open, HEADING), |_| false)
        } else if id == LI {
            self.find(|open| open == LI, |open| open == OL || open == UL)
        } else if id == TEMPLATE {
            self.reach(self.open.len()).rev().find(|place| self.open[*place].id == TEMPLATE)
        } else if is(id, SPECIAL | CLOSES_P) {
            self.find(|open| open == id, |_| false)
        } else {
            let name = if id == UNKNOWN { hash(name) } else { 0 };
            self.find_open(|open| open.id == id && (id != UNKNOWN || open.name == name), |open| is(open, SPECIAL))
        };
        if let Some(place) = place {
            self.close_to(place);
        }
    }

    fn has(&self, id: Id) -> bool {
        self.counts[usize::from(id)] > 0
    }

    /// Place of the innermost element for which `wanted` holds, inside the innermost scope and element for which `stop`
    /// holds.
    fn find(&self, wanted: impl Fn(Id) -> bool, stop: impl Fn(Id) -> bool) -> Option<usize> {
        self.find_open(|open| wanted(open.id), stop)
    }

    fn find_open(&self, wanted: impl Fn(&Open) -> bool, stop: impl Fn(Id) -> bool) -> Option<usize> {
        for place in self.reach(self.open.len()).rev() {
            let open = &self.open[place];
            if wanted(open) {
                return Some(place);
            }
            if is(open.id, SCOPE) || open.space.holds_html() || stop(open.id) {
                return None;
            }
        }
        None
    }

    /// The same in the innermost table.
    fn find_in_table(&self, wanted: impl Fn(Id) -> bool) -> Option<usize> {
        if !self.has(TABLE) {
            return None;
        }
        for place in self.reach(self.open.len()).rev() {
            let open = &self.open[place];
            if wanted(open.id) {
                return Some(place);
            }
            if matches!(open.id, TABLE | TEMPLATE) {
                return None;
            }
        }
        None
    }

    /// Closes the open paragraph, if there is one.
    fn close_p(&mut self) -> bool {
        let place = if self.has(P) { self.find(|open| open == P, |open| open == BUTTON) } else { None };
        place.map(|place| self.close_to(place)).is_some()
    }

    /// Closes the open item of a list before the next one.
    fn close_item(&mut self, wanted: impl Fn(Id) -> bool) {
        let blocks = [P, id("div"), id("address")];
        for place in self.reach(self.open.len()).rev() {
            let open = self.open[place].id;
            if wanted(open) {
                return self.close_to(place);
            }
            if self.open[place].space.holds_html() || is(open, SPECIAL) && !blocks.contains(&open) {
                return;
            }
        }
    }

    fn push(&mut self, id: Id, name: u32, shown: Shown, breaks: bool, space: Space, context: Context) {
        let state = shown.state(self.around(id, self.open.len()));
        self.counts[usize::from(id)] += 1;
        self.open.push(Open { id, name, shown, state, breaks, space, context });
    }

    /// Opens an element of a drawing or a formula.
    pub(super) fn push_foreign(&mut self, id: Id, name: &[u8], shown: Shown, space: Space) {
        self.push(id, hash(name), shown, false, space, self.context());
    }

    /// State of what an element stands in, the first `depth` open ones.
    fn around(&self, id: Id, depth: usize) -> u8 {
        match is(id, TABLE_PART | CELL) && id != TABLE {
            true => self.open[..depth].last().map_or(0, |table| table.state),
            false => self.state(depth),
        }
    }

    /// Closes the elements from `place` on.
    pub(super) fn close_to(&mut self, place: usize) {
        while self.open.len() > place {
            let Some(open) = self.open.pop() else { return };
            self.counts[usize::from(open.id)] -= 1;
            self.after_cell |= is(open.id, CELL);
            // What is left out separates nothing.
            if open.state & (GONE | INVISIBLE) == 0 {
                if open.breaks {
                    self.separate(Gap::Line);
                } else if open.id == Q && self.state(self.open.len()) == 0 {
                    self.closed_q += 1;
                } else if is(open.id, CELL) {
                    self.separate(Gap::Cell);
                }
            }
            if open.id == TABLE {
                self.after_cell = false;
            }
        }
    }

    /// Closes one element, and none of those inside it.
    fn remove(&mut self, place: usize) {
        if place + 1 == self.open.len() {
            return self.close_to(place);
        }
        let open = self.open.remove(place);
        self.counts[usize::from(open.id)] -= 1;
        if open.shown.set | open.shown.clear != 0 {
            for place in place..self.open.len() {
                self.open[place].state = self.open[place].shown.state(self.around(self.open[place].id, place));
            }
        }
    }

    /// Closes all elements, at the end of the text.
    pub(super) fn finish(&mut self) {
        self.close_to(0);
    }
}
