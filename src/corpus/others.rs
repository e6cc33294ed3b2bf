//! Columns that are neither text nor label, kept for lists that people go on working with.

use std::collections::HashMap;
use std::sync::Arc;

/// Cells of the other columns, for each comment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Others {
    table: Arc<Table>,
    /// Place in [`Table::ends`] at which the cells of each comment begin, and its file.
    comments: Vec<(usize, u32)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Table {
    /// Names of the columns of all files.
    names: Vec<String>,
    /// Columns of each file, as places in `names`.
    files: Vec<Vec<usize>>,
    /// Cells, one after the other.
    cells: String,
    /// End of each cell.
    ends: Vec<usize>,
}

impl Others {
    /// Begins the next file, which has these columns. Columns of one name are one, unless a file has both.
    pub(crate) fn next_file(&mut self, columns: impl Iterator<Item = String>) {
        let table = Arc::make_mut(&mut self.table);
        let mut so_far: HashMap<String, usize> = HashMap::new();
        let mut place = |name: String| {
            let before = so_far.entry(name.clone()).or_default();
            let same = (0..table.names.len()).filter(|&place| table.names[place] == name).nth(*before);
            *before += 1;
            same.unwrap_or_else(|| {
                table.names.push(name);
                table.names.len() - 1
            })
        };
        let columns = columns.map(&mut place).collect();
        table.files.push(columns);
    }

    /// Adds the cells of a comment of the file begun last, one for each of its columns.
    pub(crate) fn push<'c>(&mut self, cells: impl Iterator<Item = &'c str>) {
        let table = Arc::make_mut(&mut self.table);
        self.comments.push((table.ends.len(), table.files.len() as u32 - 1));
        for cell in cells {
            table.cells.push_str(cell);
            table.ends.push(table.cells.len());
        }
    }

    /// Those of some of the comments.
    pub(super) fn select(&self, comments: &[usize]) -> Others {
        let kept = comments.iter().filter_map(|&comment| self.comments.get(comment).copied());
        Others { table: Arc::clone(&self.table), comments: kept.collect() }
    }

    /// Names of the columns of all files.
    pub(crate) fn names(&self) -> &[String] {
        &self.table.names
    }

    /// Cells of a comment, one for each of [`Others::names`]; empty where its file has no such column.
    pub(crate) fn of(&self, comment: usize) -> Vec<&str> {
        let table = &*self.table;
        let mut cells = vec![""; table.names.len()];
        if let Some(&(begins, file)) = self.comments.get(comment) {
            for (&column, cell) in table.files[file as usize].iter().zip(begins..) {
                let begin = cell.checked_sub(1).map_or(0, |before| table.ends[before]);
                cells[column] = &table.cells[begin..table.ends[cell]];
            }
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_other_columns_are_one_table() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>().into_iter();
        let mut others = Others::default();
        others.next_file(names(&["id", "note", "note"]));
        others.push(["1", "a", "b"].into_iter());
        others.next_file(names(&[]));
        others.push([].into_iter());
        others.next_file(names(&["note", "when"]));
        others.push(["c", ""].into_iter());
        others.push(["", "later"].into_iter());
        assert_eq!(others.names(), ["id", "note", "note", "when"]);
        assert_eq!(others.of(0), ["1", "a", "b", ""]);
        assert_eq!(others.of(1), [""; 4]);
        let some = others.select(&[3, 2]);
        assert_eq!((some.of(0), some.of(1)), (vec!["", "", "", "later"], vec!["", "c", "", ""]));
        assert!(Others::default().of(7).is_empty());
    }
}
