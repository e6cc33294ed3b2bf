//! Rows of a database as CSV.

use std::error::Error;
use std::io::Write;

use naqd::internal::io::{CsvWriter, Form};
use rusqlite::{Connection, Row};

/// Writes the rows of a query as CSV in a form, below the names of the columns; `cells` adds the fields of a row. Returns the
/// number of rows.
///
/// # Errors
/// The file cannot be read, or the output not written.
pub fn export(
    database: &Connection,
    form: Form,
    names: &[&str],
    sql: &str,
    out: &mut dyn Write,
    cells: impl Fn(&Row, &mut CsvWriter) -> rusqlite::Result<()>,
) -> Result<u64, String> {
    let mut write = || -> Result<u64, Box<dyn Error>> {
        let mut csv = CsvWriter::of_file(form);
        csv.row(names);
        let mut query = database.prepare(sql)?;
        let mut found = query.query([])?;
        let mut rows = 0;
        while let Some(row) = found.next()? {
            cells(row, &mut csv)?;
            csv.end_row();
            out.write_all(&csv.take())?;
            rows += 1;
        }
        out.write_all(&csv.take())?;
        out.flush()?;
        Ok(rows)
    };
    write().map_err(|error| error.to_string())
}
