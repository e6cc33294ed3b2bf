//! Comments come to the desk: those that are held, threats, criticism for the editors, and a random sample of all traffic.

use std::borrow::Cow;

use naqd::{Action, Decision, Judgement, Score, Thresholds};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use crate::desk::audit::{self, Entry, NAQD};
use crate::desk::{Desk, DeskError, DeskSettings};
use crate::engine::Engine;
use crate::feedback::key;
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
    /// Way that it came: the route, with its name for a webhook, or `queue` for a file.
    pub door: Cow<'static, str>,
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
        let (share, max) = (self.settings.spot_checks, self.settings.max_mib);
        self.store.write(move |database| insert_all(database, &arrivals, share, max)).await
    }
}

/// Keeps comments that people should see, and draws each with the probability `share`, whatever is thought of it; the others are
/// left out. Whichever of them has an identifier takes the place of what was sent by it before.
///
/// # Errors
/// The file is full, or cannot be written.
pub fn insert_all(
    database: &Connection,
    arrivals: &[(Arrival, Judged)],
    share: f64,
    max_mib: u64,
) -> Result<Kept, DeskError> {
    let mut kept = Kept::default();
    for (arrival, judged) in arrivals {
        let key = arrival.key();
        if let Some((id, key)) = &key {
            take_place(database, id, key, arrival.source())?;
        }
        let is_drawn = is_drawn(database, key.as_ref(), share)?;
        if !is_drawn && !judged.is_for_people() {
            continue;
        }
        if kept == Kept::default() {
            check_room(database, max_mib)?;
        }
        if insert(database, arrival, key, judged, is_drawn.then_some(share))? {
            kept.kept += 1;
        } else {
            kept.known += 1;
        }
    }
    Ok(kept)
}

/// Draws a comment with a probability. One that has an identifier is drawn each time that it comes, or never: a site sends its
/// comments again and again, and those that are kept already would have one chance, the others many.
fn is_drawn(database: &Connection, key: Option<&(String, Vec<u8>)>, share: f64) -> Result<bool, DeskError> {
    let random = match key {
        None => getrandom::u64().map_err(|error| DeskError::Database(error.to_string()))?,
        Some((_, key)) => {
            let mut query = database.prepare_cached("SELECT value FROM secrets WHERE name = 'spot checks'")?;
            let secret: Vec<u8> = query.query_row([], |row| row.get(0))?;
            let hash = Sha256::new().chain_update(secret).chain_update(key).finalize();
            hash[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
        }
    };
    // 53 bits are as many as a fraction has.
    Ok(((random >> 11) as f64 / (1u64 << 53) as f64) < share)
}

/// A comment that comes again with another text was edited: nobody decides on what it was before. What it was once more waits again.
fn take_place(database: &Connection, id: &str, key: &[u8], source: &str) -> Result<(), DeskError> {
    let mut earlier = database.prepare_cached(
        "UPDATE comments SET edited = 1, waiting = 0 WHERE id = ?1 AND edited = 0 AND key <> ?2
            AND CASE WHEN door LIKE '/v1/hooks/%' THEN door ELSE '' END = ?3",
    )?;
    earlier.execute(params![id, key, source])?;
    let mut again = database.prepare_cached(
        "UPDATE comments SET edited = 0, waiting = (decision IS NULL AND (action = 'hold' OR threat = 1))
         WHERE key = ?1 AND edited = 1",
    )?;
    again.execute([key])?;
    Ok(())
}

fn check_room(database: &Connection, max_mib: u64) -> Result<(), DeskError> {
    let number = |pragma: &str| -> Result<u64, DeskError> {
        let mut query = database.prepare_cached(&format!("PRAGMA {pragma}"))?;
        Ok(query.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
    };
    let used = (number("page_count")? - number("freelist_count")?) * number("page_size")?;
    if used >> 20 >= max_mib { Err(DeskError::Full(max_mib)) } else { Ok(()) }
}

/// What the caller says besides the text, as it is kept; none if it is empty.
fn field(value: Option<&str>) -> Option<String> {
    let value = value.map(str::trim).filter(|value| !value.is_empty())?;
    Some(value[..value.floor_char_boundary(MAX_FIELD)].to_owned())
}

impl Arrival {
    /// Site that gives the identifiers: each webhook has its own.
    fn source(&self) -> &str {
        if self.door.starts_with("/v1/hooks/") { &self.door } else { "" }
    }

    /// Identifier, and a hash of it and the text by which the comment is known when it comes again; none without an identifier.
    fn key(&self) -> Option<(String, Vec<u8>)> {
        let id = field(self.id.as_deref())?;
        let mut hash = key(&id, &self.text);
        if !self.source().is_empty() {
            hash = hash.chain_update([0]).chain_update(self.source());
        }
        Some((id, hash.finalize().to_vec()))
    }
}

fn insert(
    database: &Connection,
    arrival: &Arrival,
    key: Option<(String, Vec<u8>)>,
    judged: &Judged,
    sampling: Option<f64>,
) -> Result<bool, DeskError> {
    let (id, key) = key.unzip();
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
        field(arrival.author.as_deref()),
        field(arrival.story.as_deref()),
        field(arrival.parent.as_deref()),
        field(arrival.link.as_deref()),
        field(arrival.time.as_deref()),
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

/// Comments of a request to delete.
#[derive(Clone, Default)]
pub struct Forgotten {
    /// Number of comments.
    pub comments: usize,
    /// Their identifiers, and the texts of those that have none, for what else is kept of them.
    pub ids: Vec<String>,
    pub texts: Vec<String>,
}

/// Comments with an identifier, or of an author; also other versions of these, whoever is said to have written them.
///
/// # Errors
/// The file cannot be read.
pub fn to_forget(database: &Connection, id: Option<&str>, author: Option<&str>) -> Result<Forgotten, DeskError> {
    let (id, author) = (field(id), field(author));
    let mut query = database.prepare("SELECT DISTINCT id FROM comments WHERE author = ?1 AND id IS NOT NULL")?;
    let mut ids: Vec<String> = query.query_map([&author], |row| row.get(0))?.collect::<Result<_, _>>()?;
    ids.extend(id);
    // Coral's clients send no identifier with a comment, but one with a moderator's decision on it.
    let mut query = database.prepare("SELECT text FROM comments WHERE author = ?1 AND id IS NULL")?;
    let texts = query.query_map([&author], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Forgotten { comments: 0, ids, texts })
}

/// Deletes comments with an identifier, or of an author, and all other versions of these.
///
/// # Errors
/// The file cannot be written.
pub fn forget(
    database: &Connection,
    who: &str,
    id: Option<&str>,
    author: Option<&str>,
) -> Result<Forgotten, DeskError> {
    let mut forgotten = to_forget(database, id, author)?;
    let author = field(author);
    let delete = |which: &str, value: &Option<&str>| -> Result<usize, DeskError> {
        let skips = format!("DELETE FROM skips WHERE comment IN (SELECT n FROM comments WHERE {which} = ?1)");
        database.prepare_cached(&skips)?.execute([value])?;
        Ok(database.prepare_cached(&format!("DELETE FROM comments WHERE {which} = ?1"))?.execute([value])?)
    };
    forgotten.comments = delete("author", &author.as_deref())?;
    for id in &forgotten.ids {
        forgotten.comments += delete("id", &Some(id))?;
    }
    let id = field(id);
    let why = forgotten.comments.to_string();
    audit::add(database, &Entry { who, act: "delete", id: id.as_deref(), why: Some(&why), ..Entry::default() })?;
    Ok(forgotten)
}
