//! The queues, and whose comment it is at present.

use rusqlite::{Connection, Row, params};

use crate::desk::DeskError;
use crate::moment;

/// Time for which a comment that somebody has open is given to nobody else, in milliseconds.
pub const CLAIM: i64 = 2 * 60 * 1000;
/// Comments on a page of a queue.
pub const PAGE: usize = 25;
/// Earlier comments of an author on a card.
const HISTORY: usize = 10;
/// Beginning of a comment on a page of a queue, in characters.
const BEGINNING: usize = 220;

/// A queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Queue {
    /// Threats that wait.
    Threats,
    /// All else that waits.
    Held,
    /// Criticism that no editor has read.
    Criticism,
    /// A random sample of all traffic, without labels yet.
    Spots,
}

impl Queue {
    /// All of them, most urgent first.
    pub const ALL: [Queue; 4] = [Queue::Threats, Queue::Held, Queue::Criticism, Queue::Spots];

    /// Name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Queue::Threats => "threats",
            Queue::Held => "held",
            Queue::Criticism => "criticism",
            Queue::Spots => "spots",
        }
    }

    /// The queue of a name.
    pub fn of(name: &str) -> Option<Queue> {
        Queue::ALL.into_iter().find(|queue| queue.name() == name)
    }

    /// Its comments, as SQL; each has an index of its own.
    fn condition(self) -> &'static str {
        match self {
            Queue::Threats => "waiting = 1 AND threat = 1",
            Queue::Held => "waiting = 1 AND threat = 0",
            Queue::Criticism => "editors = 1 AND read_at IS NULL",
            Queue::Spots => "sampling IS NOT NULL AND label IS NULL",
        }
    }

    /// Number of its comments.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count(self, database: &Connection) -> Result<u64, DeskError> {
        let mut query =
            database.prepare_cached(&format!("SELECT count(*) FROM comments WHERE {}", self.condition()))?;
        Ok(query.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }
}

/// A comment on a page of a queue.
pub struct Waiting {
    pub n: i64,
    pub beginning: String,
    pub author: String,
    pub story: String,
    pub judged: String,
    pub abusive: Option<f64>,
    pub received: i64,
    /// Who has it open, if not this person.
    pub claimed_by: Option<String>,
}

/// Text of a column, empty if there is none.
fn text(row: &Row, column: usize) -> rusqlite::Result<String> {
    row.get::<_, Option<String>>(column).map(Option::unwrap_or_default)
}

/// A page of a queue: the comments after a number, oldest first.
///
/// # Errors
/// The file cannot be read.
pub fn page(database: &Connection, queue: Queue, after: i64, who: &str) -> Result<Vec<Waiting>, DeskError> {
    let sql = format!(
        "SELECT n, substr(text, 1, {BEGINNING}), author, story, judged, abusive, received,
            CASE WHEN claimed_until > ?2 AND claimed_by <> ?3 THEN claimed_by END
         FROM comments WHERE {} AND n > ?1 ORDER BY n LIMIT {}",
        queue.condition(),
        PAGE + 1
    );
    let mut query = database.prepare_cached(&sql)?;
    let found = query.query_map(params![after, moment::millis(), who], |row| {
        Ok(Waiting {
            n: row.get(0)?,
            beginning: row.get(1)?,
            author: text(row, 2)?,
            story: text(row, 3)?,
            judged: row.get(4)?,
            abusive: row.get(5)?,
            received: row.get(6)?,
            claimed_by: row.get(7)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Direction in a queue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Seek {
    /// The first after a number.
    After(i64),
    /// The last before a number.
    Before(i64),
}

/// Gives the next comment of a queue to a person: one that he has not skipped and nobody else has open.
///
/// # Errors
/// The file cannot be written.
pub fn claim_next(database: &Connection, queue: Queue, seek: Seek, who: &str) -> Result<Option<i64>, DeskError> {
    let now = moment::millis();
    let (than, number, order) = match seek {
        Seek::After(number) => (">", number, "ASC"),
        Seek::Before(number) => ("<", number, "DESC"),
    };
    let sql = format!(
        "SELECT n FROM comments WHERE {} AND n {than} ?1 AND (claimed_until <= ?2 OR claimed_by = ?3)
            AND NOT EXISTS (SELECT 1 FROM skips WHERE who = ?3 AND comment = n AND until > ?2)
         ORDER BY n {order} LIMIT 1",
        queue.condition()
    );
    let mut query = database.prepare_cached(&sql)?;
    let found = query.query_row(params![number, now, who], |row| row.get(0));
    match found {
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error.into()),
        Ok(n) => claim(database, n, who).map(|_| Some(n)),
    }
}

/// Gives a comment to a person for two minutes; false if somebody else has it open.
///
/// # Errors
/// The file cannot be written.
pub fn claim(database: &Connection, n: i64, who: &str) -> Result<bool, DeskError> {
    let now = moment::millis();
    // Whoever goes on to the next has left the one before.
    let mut free = database.prepare_cached(
        "UPDATE comments SET claimed_until = 0 WHERE n <> ?1 AND claimed_by = ?2 AND claimed_until > 0",
    )?;
    free.execute(params![n, who])?;
    let mut take = database.prepare_cached(
        "UPDATE comments SET claimed_by = ?2, claimed_until = ?3 WHERE n = ?1 AND (claimed_until <= ?4 OR claimed_by = ?2)",
    )?;
    Ok(take.execute(params![n, who, now + CLAIM, now])? == 1)
}

/// All that is known of a comment.
pub struct Comment {
    pub n: i64,
    pub id: String,
    pub text: String,
    pub author: String,
    pub story: String,
    pub parent: String,
    pub link: String,
    pub time: String,
    pub door: String,
    pub received: i64,
    pub action: String,
    pub reason: String,
    pub rule: String,
    pub note: String,
    pub abusive: Option<f64>,
    pub thresholds: [Option<f64>; 2],
    pub threat: bool,
    pub editors: bool,
    pub sampling: Option<f64>,
    pub waiting: bool,
    pub decision: String,
    pub why: String,
    pub label: String,
    pub kinds: String,
    pub decided_by: String,
    pub read_by: String,
    /// Who has it open, if not this person.
    pub claimed_by: Option<String>,
}

/// The comment of a number.
///
/// # Errors
/// There is none; or the file cannot be read.
pub fn comment(database: &Connection, n: i64, who: &str) -> Result<Comment, DeskError> {
    let mut query = database.prepare_cached(
        "SELECT n, id, text, author, story, parent, link, time, door, received, action, reason, rule, note, abusive,
            publish_below, reject_above, threat, editors, sampling, waiting, decision, why, label, kinds, decided_by,
            read_by, CASE WHEN claimed_until > ?2 AND claimed_by <> ?3 THEN claimed_by END
         FROM comments WHERE n = ?1",
    )?;
    let found = query.query_row(params![n, moment::millis(), who], |row| {
        Ok(Comment {
            n: row.get(0)?,
            id: text(row, 1)?,
            text: row.get(2)?,
            author: text(row, 3)?,
            story: text(row, 4)?,
            parent: text(row, 5)?,
            link: text(row, 6)?,
            time: text(row, 7)?,
            door: row.get(8)?,
            received: row.get(9)?,
            action: row.get(10)?,
            reason: row.get(11)?,
            rule: text(row, 12)?,
            note: text(row, 13)?,
            abusive: row.get(14)?,
            thresholds: [row.get(15)?, row.get(16)?],
            threat: row.get(17)?,
            editors: row.get(18)?,
            sampling: row.get(19)?,
            waiting: row.get(20)?,
            decision: text(row, 21)?,
            why: text(row, 22)?,
            label: text(row, 23)?,
            kinds: text(row, 24)?,
            decided_by: text(row, 25)?,
            read_by: text(row, 26)?,
            claimed_by: row.get(27)?,
        })
    });
    Ok(found?)
}

/// An earlier comment of an author.
pub struct Earlier {
    pub n: i64,
    pub beginning: String,
    pub received: i64,
    /// `publish`, `reject` or `hold`, by a person or by naqd.
    pub outcome: String,
    pub by_person: bool,
}

/// The latest earlier comments of an author, newest first, with the number of those that wait.
///
/// # Errors
/// The file cannot be read.
pub fn history(database: &Connection, author: &str, n: i64) -> Result<(Vec<Earlier>, u64), DeskError> {
    let sql = format!(
        "SELECT n, substr(text, 1, 120), received, ifnull(decision, action), decision IS NOT NULL FROM comments
         WHERE author = ?1 AND n < ?2 ORDER BY n DESC LIMIT {HISTORY}"
    );
    let mut query = database.prepare_cached(&sql)?;
    let earlier = query.query_map(params![author, n], |row| {
        Ok(Earlier {
            n: row.get(0)?,
            beginning: row.get(1)?,
            received: row.get(2)?,
            outcome: row.get(3)?,
            by_person: row.get(4)?,
        })
    })?;
    let earlier = earlier.collect::<Result<_, _>>()?;
    let mut waiting = database
        .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM comments WHERE author = ?1 AND waiting = 1 LIMIT 1000)")?;
    let waiting = waiting.query_row([author], |row| row.get::<_, i64>(0))?.unsigned_abs();
    Ok((earlier, waiting))
}
