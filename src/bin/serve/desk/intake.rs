//! Comments come to the desk: those that are held, threats, criticism for the editors, and a random sample of all traffic.

use naqd::{Action, Decision, Judgement, Score, Thresholds};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use crate::desk::audit::{self, Entry, NAQD};
use crate::desk::{Desk, DeskError, DeskSettings};
use crate::engine::Engine;
use crate::moment;

/// Maximum length of what the caller says besides the text, each in bytes.
const MAX_FIELD: usize = 2048;
/// Maximum number of comments that are deleted in one transaction.
const SWEPT: u32 = 5_000;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A comment with all that the caller said of it.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    pub text: String,
    pub id: Option<String>,
    pub author: Option<String>,
    pub story: Option<String>,
    pub parent: Option<String>,
    pub link: Option<String>,
    /// Time as the caller sent it.
    pub time: Option<String>,
    /// Way that it came: the route, or `queue` for a file.
    pub door: &'static str,
}

/// naqd's judgement of a comment, as it was when it came.
#[derive(Clone, Debug)]
pub struct Judged {
    model: String,
    label: String,
    abusive: Option<f64>,
    action: Action,
    reason: &'static str,
    rule: Option<String>,
    note: Option<String>,
    kinds: &'static str,
    thresholds: [Option<f64>; 2],
    threat: bool,
    editors: bool,
}

impl Judged {
    /// The judgement of an engine, with its score.
    pub fn of<V>(engine: &Engine, judgement: &Judgement<V>, score: &Score, decision: Decision) -> Judged {
        let rule = judgement.reason(engine.rules.as_ref()).and_then(|(_, rule)| rule);
        let Thresholds { publish_below, reject_above, .. } =
            engine.classifier.thresholds(score.familiarity.arabic).unwrap_or_default();
        Judged {
            model: engine.version.clone(),
            label: engine.classifier.classes()[score.class].clone(),
            abusive: engine.abusive.map(|abusive| score.probabilities[abusive].into()),
            action: decision.action,
            reason: decision.reason.as_str(),
            rule: rule.map(|rule| rule.phrase.clone()),
            note: rule.map(|rule| rule.note.clone()).filter(|note| !note.is_empty()),
            kinds: score.kinds.named.as_str(),
            thresholds: [publish_below, reject_above].map(|threshold| threshold.map(Into::into)),
            threat: decision.threat,
            editors: decision.editors,
        }
    }

    /// A person should see the comment, whatever else is drawn.
    fn is_for_people(&self) -> bool {
        self.action == Action::Hold || self.threat || self.editors
    }
}

/// Counts of what became of comments.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Kept {
    /// New ones, in a queue now.
    pub kept: usize,
    /// Those that are there already, with the same identifier and text.
    pub known: usize,
}

impl Desk {
    /// Keeps those comments that a person should see, and a random sample of all of them; returns when they are on the disk.
    ///
    /// # Errors
    /// The desk is full, or its file cannot be written.
    pub async fn keep(&self, arrivals: Vec<(Arrival, Judged)>) -> Result<Kept, DeskError> {
        let share = self.settings.spot_checks;
        let drawn = choose(arrivals, share)?;
        if drawn.is_empty() {
            return Ok(Kept::default());
        }
        let max = self.settings.max_mib;
        self.store.write(move |database| insert_all(database, &drawn, max)).await
    }
}

/// A comment that is kept, with the probability with which it was drawn, if it was.
pub type Drawn = (Arrival, Judged, Option<f64>);

/// Draws each comment with a probability, whatever is thought of it, and leaves out those that nobody needs to see.
///
/// # Errors
/// There is no randomness.
pub fn choose(arrivals: Vec<(Arrival, Judged)>, share: f64) -> Result<Vec<Drawn>, DeskError> {
    let mut chosen = Vec::new();
    for (arrival, judged) in arrivals {
        let random = getrandom::u64().map_err(|error| DeskError::Database(error.to_string()))?;
        // 53 bits are as many as a fraction has.
        let is_drawn = ((random >> 11) as f64 / (1u64 << 53) as f64) < share;
        if is_drawn || judged.is_for_people() {
            chosen.push((arrival, judged, is_drawn.then_some(share)));
        }
    }
    Ok(chosen)
}

/// Inserts comments, if the file is not full.
///
/// # Errors
/// It is full, or cannot be written.
pub fn insert_all(database: &Connection, drawn: &[Drawn], max_mib: u64) -> Result<Kept, DeskError> {
    check_room(database, max_mib)?;
    let mut kept = Kept::default();
    for (arrival, judged, sampling) in drawn {
        if insert(database, arrival, judged, *sampling)? {
            kept.kept += 1;
        } else {
            kept.known += 1;
        }
    }
    Ok(kept)
}

fn check_room(database: &Connection, max_mib: u64) -> Result<(), DeskError> {
    let number = |pragma: &str| -> Result<u64, DeskError> {
        let mut query = database.prepare_cached(&format!("PRAGMA {pragma}"))?;
        Ok(query.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
    };
    let used = (number("page_count")? - number("freelist_count")?) * number("page_size")?;
    if used >> 20 >= max_mib { Err(DeskError::Full(max_mib)) } else { Ok(()) }
}

fn insert(database: &Connection, arrival: &Arrival, judged: &Judged, sampling: Option<f64>) -> Result<bool, DeskError> {
    let field = |value: &Option<String>| {
        let value = value.as_deref().map(str::trim).filter(|value| !value.is_empty())?;
        Some(value[..value.floor_char_boundary(MAX_FIELD)].to_owned())
    };
    let id = field(&arrival.id);
    let key = id.as_ref().map(|id| {
        let mut hash = Sha256::new();
        hash.update(id.as_bytes());
        hash.update([0]);
        hash.update(arrival.text.as_bytes());
        hash.finalize().to_vec()
    });
    let waits = judged.action == Action::Hold || judged.threat;
    let [publish_below, reject_above] = judged.thresholds;
    let mut statement = database.prepare_cached(
        "INSERT INTO comments (key, id, text, author, story, parent, link, time, door, received, model, judged, abusive,
            action, reason, rule, note, named_kinds, publish_below, reject_above, threat, editors, sampling, waiting)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)
         ON CONFLICT (key) DO NOTHING",
    )?;
    let added = statement.execute(params![
        key,
        id,
        arrival.text,
        field(&arrival.author),
        field(&arrival.story),
        field(&arrival.parent),
        field(&arrival.link),
        field(&arrival.time),
        arrival.door,
        moment::millis(),
        judged.model,
        judged.label,
        judged.abusive,
        judged.action.as_str(),
        judged.reason,
        judged.rule,
        judged.note,
        judged.kinds,
        publish_below,
        reject_above,
        judged.threat,
        judged.editors,
        sampling,
        waits
    ])?;
    if added == 0 {
        return Ok(false);
    }
    let number = database.last_insert_rowid();
    // An edited comment comes again: nobody needs to decide on what it was before.
    if id.is_some() {
        let mut earlier =
            database.prepare_cached("UPDATE comments SET waiting = 0 WHERE id = ?1 AND n <> ?2 AND waiting = 1")?;
        earlier.execute(params![id, number])?;
    }
    let entry = Entry {
        who: NAQD,
        act: judged.action.as_str(),
        comment: Some(number),
        id: id.as_deref(),
        why: Some(judged.rule.as_deref().unwrap_or(judged.reason)),
        label: Some(&judged.label),
        kinds: Some(judged.kinds),
        model: Some(&judged.model),
        abusive: judged.abusive,
        thresholds: judged.thresholds,
        ..Entry::default()
    };
    audit::add(database, &entry)?;
    Ok(true)
}

/// Deletes comments whose period is over, some of them; returns their number.
///
/// # Errors
/// The file cannot be written.
pub fn sweep(database: &Connection, settings: &DeskSettings, now: i64) -> Result<usize, DeskError> {
    let before = |days: u32| now - i64::from(days) * DAY;
    let mut deleted = database.execute(
        "DELETE FROM comments WHERE n IN
            (SELECT n FROM comments WHERE received < ?1 AND (label IS NULL OR decided_at < ?2) LIMIT ?3)",
        params![before(settings.days_undecided), before(settings.days_labelled), SWEPT],
    )?;
    // The longer of the two periods may be that of the undecided.
    deleted += database.execute(
        "DELETE FROM comments WHERE n IN (SELECT n FROM comments WHERE label IS NOT NULL AND decided_at < ?1 LIMIT ?2)",
        params![before(settings.days_labelled), SWEPT],
    )?;
    database.execute("DELETE FROM skips WHERE until < ?1", [now])?;
    database.execute("DELETE FROM sessions WHERE seen < ?1", [now - i64::from(settings.session_hours) * 3_600_000])?;
    Ok(deleted)
}

/// What was deleted.
pub struct Forgotten {
    /// Number of comments.
    pub comments: usize,
    /// Their identifiers, for what else is kept of them.
    pub ids: Vec<String>,
}

/// Deletes all comments with an identifier, or of an author.
///
/// # Errors
/// The file cannot be written.
pub fn forget(
    database: &Connection,
    who: &str,
    id: Option<&str>,
    author: Option<&str>,
) -> Result<Forgotten, DeskError> {
    let mut query = database.prepare("SELECT DISTINCT id FROM comments WHERE author = ?1 AND id IS NOT NULL")?;
    let mut ids: Vec<String> = query.query_map([author], |row| row.get(0))?.collect::<Result<_, _>>()?;
    ids.extend(id.map(str::to_owned));
    let skips = "DELETE FROM skips WHERE comment IN (SELECT n FROM comments WHERE id = ?1 OR author = ?2)";
    database.execute(skips, params![id, author])?;
    let comments = database.execute("DELETE FROM comments WHERE id = ?1 OR author = ?2", params![id, author])?;
    audit::add(database, &Entry { who, act: "delete", id, why: Some(&comments.to_string()), ..Entry::default() })?;
    Ok(Forgotten { comments, ids })
}
