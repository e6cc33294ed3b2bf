//! The audit log: what anybody did, naqd included, with model and thresholds, and without text of comments.

use std::io::Write;
use std::path::Path;

use naqd::internal::io::Form;
use rusqlite::{Connection, Row, params};

use crate::desk::{DeskError, store};
use crate::moment;

/// naqd itself, in the log.
pub const NAQD: &str = "naqd";
/// The command line, in the log.
pub const COMMAND: &str = "(command line)";

/// A line of the log.
#[derive(Default)]
pub struct Entry<'a> {
    pub who: &'a str,
    /// What was done: `publish`, `reject`, `hold`, `label`, `skip`, `read`, `undo`, `sign-in` and the like.
    pub act: &'a str,
    pub comment: Option<i64>,
    pub id: Option<&'a str>,
    pub why: Option<&'a str>,
    pub label: Option<&'a str>,
    pub kinds: Option<&'a str>,
    pub model: Option<&'a str>,
    pub abusive: Option<f64>,
    pub thresholds: [Option<f64>; 2],
    /// Number of the action that it is part of, if that can be undone.
    pub batch: Option<i64>,
    /// State of the comment before, as JSON.
    pub before: Option<&'a str>,
}

/// Adds a line.
///
/// # Errors
/// It cannot be written.
pub fn add(database: &Connection, entry: &Entry) -> Result<(), DeskError> {
    let mut insert = database.prepare_cached(
        "INSERT INTO audit (at, who, act, comment, id, why, label, kinds, model, abusive, publish_below, reject_above,
            batch, before)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    let [publish_below, reject_above] = entry.thresholds;
    insert.execute(params![
        moment::millis(),
        entry.who,
        entry.act,
        entry.comment,
        entry.id,
        entry.why,
        entry.label,
        entry.kinds,
        entry.model,
        entry.abusive,
        publish_below,
        reject_above,
        entry.batch,
        entry.before
    ])?;
    Ok(())
}

/// Number of a new action.
///
/// # Errors
/// The file cannot be read.
pub fn new_batch(database: &Connection) -> Result<i64, DeskError> {
    let mut last = database.prepare_cached("SELECT ifnull(max(batch), 0) + 1 FROM audit WHERE batch IS NOT NULL")?;
    Ok(last.query_row([], |row| row.get(0))?)
}

/// What somebody did, as a page shows it.
pub struct Deed {
    pub at: i64,
    pub who: String,
    pub act: String,
    pub comment: Option<i64>,
    pub why: String,
    pub label: String,
    pub undone: bool,
}

fn deed(row: &Row) -> rusqlite::Result<Deed> {
    Ok(Deed {
        at: row.get(0)?,
        who: row.get(1)?,
        act: row.get(2)?,
        comment: row.get(3)?,
        why: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
        label: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        undone: row.get(6)?,
    })
}

const DEED: &str = "SELECT at, who, act, comment, why, label, undone FROM audit";

/// The last deeds of people, newest first.
///
/// # Errors
/// The file cannot be read.
pub fn latest(database: &Connection, number: u32) -> Result<Vec<Deed>, DeskError> {
    let mut query = database.prepare_cached(&format!("{DEED} WHERE who <> 'naqd' ORDER BY n DESC LIMIT ?1"))?;
    Ok(query.query_map([number], deed)?.collect::<Result<_, _>>()?)
}

/// All that was done to a comment, oldest first.
///
/// # Errors
/// The file cannot be read.
pub fn of_comment(database: &Connection, comment: i64) -> Result<Vec<Deed>, DeskError> {
    let mut query = database.prepare_cached(&format!("{DEED} WHERE comment = ?1 ORDER BY n LIMIT 200"))?;
    Ok(query.query_map([comment], deed)?.collect::<Result<_, _>>()?)
}

const COLUMNS: [&str; 15] = [
    "time",
    "who",
    "automated",
    "act",
    "comment",
    "id",
    "why",
    "label",
    "kinds",
    "model",
    "abusive",
    "publish_below",
    "reject_above",
    "action",
    "undone",
];

/// Writes the log as CSV in a form, oldest first; returns the number of its lines.
///
/// # Errors
/// The file cannot be read, or the output not written.
pub fn export(database: &Connection, form: Form, out: &mut dyn Write) -> Result<u64, String> {
    let sql = "SELECT at, who, act, comment, id, why, label, kinds, model, abusive, publish_below, reject_above, batch, undone
             FROM audit ORDER BY n";
    crate::export::export(database, form, &COLUMNS, sql, out, |row, csv| {
        let number =
            |column| row.get::<_, Option<i64>>(column).map(|found| found.map_or(String::new(), |n| n.to_string()));
        let who: String = row.get(1)?;
        csv.field(moment::of_millis(row.get(0)?));
        csv.field(&who);
        csv.field(if who == NAQD { "yes" } else { "no" });
        csv.field(row.get::<_, String>(2)?);
        csv.field(number(3)?);
        for column in 4..9 {
            csv.field(row.get::<_, Option<String>>(column)?.unwrap_or_default());
        }
        for column in 9..12 {
            csv.field(row.get::<_, Option<f64>>(column)?.map_or(String::new(), |share| format!("{share:.4}")));
        }
        csv.field(number(12)?);
        csv.field(if row.get(13)? { "yes" } else { "no" });
        Ok(())
    })
}

/// The same of a file, for the command line.
///
/// # Errors
/// As above.
pub fn export_file(path: &Path, form: Form, out: &mut dyn Write) -> Result<u64, String> {
    export(&store::existing(path)?, form, out)
}
