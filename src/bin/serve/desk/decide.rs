//! What a person does with comments: decide, label, skip, mark as read; and undo.

use naqd::internal::model::ABUSIVE;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::deliveries::CoralComment;
use crate::desk::audit::{self, Entry};
use crate::desk::back::Outcome;
use crate::desk::people::Role;
use crate::desk::{DeskError, Store, form::Fields};
use crate::engine::Engine;
use crate::moment;

/// Reasons of a rejection. Those of the first kind make the comment abusive; the others say nothing of that.
pub const REASONS: [(&str, bool); 6] =
    [("abuse", true), ("threat", true), ("hate", true), ("spam", false), ("off-topic", false), ("other", false)];
/// Time for which a comment is left alone by the one who skipped it, in milliseconds.
const SKIPPED: i64 = 60 * 60 * 1000;
/// Maximum number of comments in one action.
pub const MAX_BULK: usize = 1_000;

/// An action on a comment.
#[derive(Clone, Debug)]
pub struct Choice {
    /// `publish` or `reject`; none if it is only labelled.
    pub decision: Option<&'static str>,
    /// Reason of a rejection.
    pub why: String,
    /// Classes, as naqd-train reads them: `abusive`, or `critical|neutral`.
    pub label: Option<String>,
    /// Kinds of abuse, joined by `|`.
    pub kinds: String,
    /// True if it takes the place of another's decision.
    pub again: bool,
}

impl Choice {
    /// The action of a form; none if the form says none, or what the engine does not know.
    pub fn of(engine: &Engine, fields: &Fields) -> Option<Choice> {
        let decision = match fields.get("decision") {
            "publish" => Some("publish"),
            "reject" => Some("reject"),
            "" => None,
            _ => return None,
        };
        let why = match decision {
            Some("reject") => REASONS.iter().find(|(name, _)| *name == fields.get("why")).or(REASONS.first()).copied(),
            _ => None,
        };
        let classes = engine.classifier.classes();
        let given = Some(fields.get("label")).filter(|label| !label.is_empty());
        let label = match given {
            Some(label) => Some(classes.iter().find(|class| *class == label)?.clone()),
            None => implied(engine, decision, why.is_some_and(|(_, abusive)| abusive)),
        };
        if decision.is_none() && label.is_none() {
            return None;
        }
        let kinds =
            naqd::AbuseKind::ALL.into_iter().filter(|kind| fields.all("kinds").any(|name| name == kind.as_str()));
        let is_abusive = label.as_deref() == Some(ABUSIVE);
        Some(Choice {
            decision,
            why: why.map_or(String::new(), |(name, _)| name.to_owned()),
            label,
            kinds: kinds.filter(|_| is_abusive).collect::<naqd::KindSet>().as_str().to_owned(),
            again: fields.get("again") == "1",
        })
    }

    fn act(&self) -> &'static str {
        self.decision.unwrap_or("label")
    }
}

/// The label that a decision says: who publishes a comment says that it is not abusive.
fn implied(engine: &Engine, decision: Option<&str>, for_abuse: bool) -> Option<String> {
    let abusive = naqd::LabelSet::one(engine.abusive?);
    match decision {
        Some("publish") => Some(engine.name(engine.others(abusive))),
        Some("reject") if for_abuse => Some(engine.name(abusive)),
        _ => None,
    }
}

/// State of a comment that an action changes and undoing brings back.
#[derive(Serialize, Deserialize, Default)]
struct State {
    waiting: bool,
    decision: Option<String>,
    why: Option<String>,
    label: Option<String>,
    kinds: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    read_by: Option<String>,
    read_at: Option<i64>,
    batch: Option<i64>,
}

impl State {
    /// The decision in the words of a delivery: that of a person, or else naqd's own, unless the comment waits.
    fn told(&self, own: &str) -> &'static str {
        let decision = self.decision.as_deref().unwrap_or(if self.waiting { "hold" } else { own });
        ["publish", "reject"].into_iter().find(|name| *name == decision).unwrap_or("hold")
    }
}

/// What of a comment stands in the audit log.
struct Subject {
    state: State,
    id: Option<String>,
    model: String,
    abusive: Option<f64>,
    thresholds: [Option<f64>; 2],
    /// Who has it open, if not this person.
    claimed_by: Option<String>,
    /// The text was edited since.
    edited: bool,
    /// What naqd decided.
    action: String,
    /// What a comment from Coral is found by there.
    coral: Option<CoralComment>,
}

fn subject(database: &Connection, n: i64, who: &str) -> Result<Subject, DeskError> {
    let mut query = database.prepare_cached(
        "SELECT waiting, decision, why, label, kinds, decided_by, decided_at, read_by, read_at, batch, id, model, abusive,
            publish_below, reject_above, CASE WHEN claimed_until > ?2 AND claimed_by <> ?3 THEN claimed_by END,
            CASE WHEN door = '/coral' THEN author END, story, CASE WHEN door = '/coral' THEN text END, edited, action
         FROM comments WHERE n = ?1",
    )?;
    let found = query.query_row(params![n, moment::millis(), who], |row| {
        let state = State {
            waiting: row.get(0)?,
            decision: row.get(1)?,
            why: row.get(2)?,
            label: row.get(3)?,
            kinds: row.get(4)?,
            decided_by: row.get(5)?,
            decided_at: row.get(6)?,
            read_by: row.get(7)?,
            read_at: row.get(8)?,
            batch: row.get(9)?,
        };
        let thresholds = [row.get(13)?, row.get(14)?];
        let (author, text): (Option<String>, Option<String>) = (row.get(16)?, row.get(18)?);
        let story = row.get(17)?;
        let coral = author.zip(text).map(|(author, text)| CoralComment { author, story, text });
        Ok(Subject {
            state,
            id: row.get(10)?,
            model: row.get(11)?,
            abusive: row.get(12)?,
            thresholds,
            claimed_by: row.get(15)?,
            edited: row.get(19)?,
            action: row.get(20)?,
            coral,
        })
    });
    Ok(found?)
}

fn set(database: &Connection, n: i64, state: &State) -> Result<(), DeskError> {
    let mut update = database.prepare_cached(
        "UPDATE comments SET waiting = ?2, decision = ?3, why = ?4, label = ?5, kinds = ?6, decided_by = ?7,
            decided_at = ?8, read_by = ?9, read_at = ?10, batch = ?11, claimed_by = NULL, claimed_until = 0 WHERE n = ?1",
    )?;
    let State { waiting, decision, why, label, kinds, decided_by, decided_at, read_by, read_at, batch } = state;
    update
        .execute(params![n, waiting, decision, why, label, kinds, decided_by, decided_at, read_by, read_at, batch])?;
    Ok(())
}

/// Writes what somebody did to a comment to the audit log.
fn note(database: &Connection, n: i64, who: &str, act: &str, found: &Subject, now: &State) -> Result<(), DeskError> {
    let before = serde_json::to_string(&found.state).map_err(|error| DeskError::Database(error.to_string()))?;
    let entry = Entry {
        who,
        act,
        comment: Some(n),
        id: found.id.as_deref(),
        why: now.why.as_deref().filter(|why| !why.is_empty()),
        label: now.label.as_deref(),
        kinds: now.kinds.as_deref(),
        model: Some(&found.model),
        abusive: found.abusive,
        thresholds: found.thresholds,
        batch: now.batch,
        before: Some(&before),
    };
    audit::add(database, &entry)
}

/// Decides on a comment or labels it, if nobody else has; returns what the site is told.
///
/// # Errors
/// Somebody else was faster; the text was edited since; or there is no such comment.
pub fn decide(
    database: &Connection,
    n: i64,
    who: &str,
    choice: &Choice,
    batch: i64,
) -> Result<Option<Outcome>, DeskError> {
    let found = subject(database, n, who)?;
    if found.edited && choice.decision.is_some() {
        // The site shows another text by now, which nobody has seen here.
        return Err(DeskError::Edited);
    }
    let done_by = match choice.decision {
        Some(_) => found.state.decision.as_ref().and(found.state.decided_by.as_ref()),
        None => found.state.label.as_ref().and(found.state.decided_by.as_ref()),
    };
    match (done_by, &found.claimed_by) {
        (Some(other), _) if !choice.again => return Err(DeskError::Taken(other.clone())),
        (None, Some(other)) => return Err(DeskError::Taken(other.clone())),
        _ => {}
    }
    let before = &found.state;
    let or_before = |new: Option<&str>, old: &Option<String>| new.map(str::to_owned).or_else(|| old.clone());
    let now = State {
        waiting: before.waiting && choice.decision.is_none(),
        decision: or_before(choice.decision, &before.decision),
        why: if choice.decision.is_some() { Some(choice.why.clone()) } else { before.why.clone() },
        // Who rejects for another reason than abuse says nothing of the label: one of before may be wrong now.
        label: choice.label.clone().or_else(|| before.label.clone().filter(|_| choice.decision.is_none())),
        kinds: Some(choice.kinds.clone()),
        // Whoever only labels makes no decision of another his own.
        decided_by: match (choice.decision, &before.decision) {
            (None, Some(_)) => before.decided_by.clone(),
            _ => Some(who.to_owned()),
        },
        decided_at: Some(moment::millis()),
        read_by: before.read_by.clone(),
        read_at: before.read_at,
        batch: Some(batch),
    };
    set(database, n, &now)?;
    note(database, n, who, choice.act(), &found, &now)?;
    Ok(choice.decision.map(|decision| Outcome {
        id: found.id,
        decision,
        moderator: who.to_owned(),
        reason: choice.why.clone(),
        coral: found.coral,
    }))
}

/// Leaves a comment to others for an hour.
///
/// # Errors
/// There is no such comment.
pub fn skip(database: &Connection, n: i64, who: &str) -> Result<(), DeskError> {
    let found = subject(database, n, who)?;
    let now = State { batch: Some(audit::new_batch(database)?), ..State::default() };
    let mut add = database.prepare_cached("INSERT OR REPLACE INTO skips (who, comment, until) VALUES (?1, ?2, ?3)")?;
    add.execute(params![who, n, moment::millis() + SKIPPED])?;
    let mut free = database.prepare_cached("UPDATE comments SET claimed_until = 0 WHERE n = ?1 AND claimed_by = ?2")?;
    free.execute(params![n, who])?;
    note(database, n, who, "skip", &found, &now)
}

/// Marks criticism as read.
///
/// # Errors
/// There is no such comment.
pub fn read(database: &Connection, n: i64, who: &str) -> Result<(), DeskError> {
    let found = subject(database, n, who)?;
    if let Some(other) = &found.state.read_by {
        return Err(DeskError::Taken(other.clone()));
    }
    let batch = audit::new_batch(database)?;
    let mut update =
        database.prepare_cached("UPDATE comments SET read_by = ?2, read_at = ?3, batch = ?4 WHERE n = ?1")?;
    update.execute(params![n, who, moment::millis(), batch])?;
    note(database, n, who, "read", &found, &State { batch: Some(batch), ..State::default() })
}

/// Undoes the last action of a person, all that nobody has changed since; returns the comments and what the site is told.
///
/// # Errors
/// There is none.
pub fn undo(database: &Connection, who: &str) -> Result<(Vec<i64>, Vec<Outcome>), DeskError> {
    let mut last = database.prepare_cached(
        "SELECT batch FROM audit WHERE who = ?1 AND batch IS NOT NULL AND undone = 0 ORDER BY n DESC LIMIT 1",
    )?;
    let batch: i64 = last.query_row([who], |row| row.get(0)).map_err(|_| DeskError::NothingToUndo)?;
    let mut query = database.prepare_cached("SELECT comment, act, before FROM audit WHERE batch = ?1 ORDER BY n")?;
    let lines: Vec<(i64, String, String)> =
        query.query_map([batch], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?;
    database.prepare_cached("UPDATE audit SET undone = 1 WHERE batch = ?1")?.execute([batch])?;
    let (mut undone, mut outcomes) = (Vec::new(), Vec::new());
    for (n, act, before) in lines {
        // It may have been deleted meanwhile.
        let Ok(found) = subject(database, n, who) else { continue };
        if act == "skip" {
            database.execute("DELETE FROM skips WHERE who = ?1 AND comment = ?2", params![who, n])?;
        } else {
            if found.state.batch != Some(batch) {
                continue;
            }
            let state: State = serde_json::from_str(&before).map_err(|error| DeskError::Database(error.to_string()))?;
            let state = State { waiting: state.waiting && !found.edited, ..state };
            set(database, n, &state)?;
            if matches!(act.as_str(), "publish" | "reject") && !found.edited {
                let decision = state.told(&found.action);
                let by = state.decision.as_ref().and(state.decided_by.clone());
                outcomes.push(Outcome {
                    id: found.id.clone(),
                    decision,
                    moderator: by.unwrap_or_else(|| who.to_owned()),
                    reason: state.decision.as_ref().and(state.why.clone()).unwrap_or_default(),
                    // Coral cannot be told to forget a decision: the next one takes its place there.
                    coral: found.coral.clone().filter(|_| state.decision.is_some()),
                });
            }
        }
        let entry =
            Entry { who, act: "undo", comment: Some(n), id: found.id.as_deref(), why: Some(&act), ..Entry::default() };
        audit::add(database, &entry)?;
        undone.push(n);
    }
    Ok((undone, outcomes))
}

/// What is decided on at once.
#[derive(Clone, Debug)]
pub enum Bulk {
    /// All that wait, of one author.
    Author(String),
    /// All that wait for one house rule.
    Rule(String),
}

impl Bulk {
    /// That of a form or a query; none if it names neither an author nor a rule.
    pub fn of(fields: &Fields) -> Option<Bulk> {
        match (fields.get("author"), fields.get("rule")) {
            ("", "") => None,
            ("", rule) => Some(Bulk::Rule(rule.to_owned())),
            (author, _) => Some(Bulk::Author(author.to_owned())),
        }
    }

    /// Author or phrase.
    pub fn value(&self) -> &str {
        match self {
            Bulk::Author(value) | Bulk::Rule(value) => value,
        }
    }

    /// The comments that wait and nobody else has open, oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn comments(&self, database: &Connection, who: &str) -> Result<Vec<i64>, DeskError> {
        let column = match self {
            Bulk::Author(_) => "author",
            Bulk::Rule(_) => "rule",
        };
        let sql = format!(
            "SELECT n FROM comments WHERE {column} = ?1 AND waiting = 1 AND (claimed_until <= ?2 OR claimed_by = ?3)
             ORDER BY n LIMIT {MAX_BULK}"
        );
        let mut query = database.prepare_cached(&sql)?;
        let found = query.query_map(params![self.value(), moment::millis(), who], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

/// Digest of a list of comments, for a form: another list has another one.
pub fn digest(comments: &[i64]) -> String {
    let mut hash = Sha256::new();
    comments.iter().for_each(|n| hash.update(n.to_le_bytes()));
    hex::encode(&hash.finalize()[..16])
}

/// Decides on the comments of an author or a rule, if they are those that the person was told of.
///
/// # Errors
/// They are not; or the file cannot be written.
pub async fn decide_all(
    store: &Store,
    bulk: Bulk,
    told: String,
    who: String,
    choice: Choice,
) -> Result<Vec<Outcome>, DeskError> {
    let work = move |database: &Connection| {
        let comments = bulk.comments(database, &who)?;
        if digest(&comments) != told {
            return Err(DeskError::Changed);
        }
        let batch = audit::new_batch(database)?;
        let decided = comments.iter().map(|n| decide(database, *n, &who, &choice, batch));
        Ok(decided.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    };
    store.write(work).await
}

/// A person may take back another's decision.
pub fn may_overrule(role: Role) -> bool {
    role >= Role::Editor
}
