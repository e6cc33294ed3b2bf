//! Coral: the collections `comments` and `commentModerationActions`, as mongoexport writes them.
//!
//! The status of a comment does not say who gave it. Of the actions, those with a moderator are a person's.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;

use serde::Deserialize;
use serde_json::Value;

use super::archive::{Archive, Comment, EMPTY, Status};
use super::source::{Source, named};
use super::{ABUSIVE, APPROVED, Stop, documents};

/// Reasons of a rejection that say that a comment is abusive.
const ABUSE: [&str; 4] = ["ABUSIVE", "OFFENSIVE", "HATE_SPEECH", "HARASSMENT_BULLYING"];

/// Most different reasons that are told apart; Coral has about eleven.
const MAX_REASONS: usize = 100;

/// Collection of Coral.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Collection {
    Comments,
    Actions,
}

/// Collection that a file holds, by its first bytes.
///
/// # Errors
/// A sentence that says what it is instead.
pub fn collection(source: &Source) -> Result<Collection, String> {
    let head = String::from_utf8_lossy(source.head());
    if head.contains("\"revisions\"") {
        Ok(Collection::Comments)
    } else if head.contains("\"commentRevisionID\"") && head.contains("\"actionType\"") {
        Err(format!(
            "{}: this is the collection commentActions (reports and reactions of readers); the decisions are in \
             commentModerationActions",
            source.file().display()
        ))
    } else if head.contains("\"commentRevisionID\"") {
        Ok(Collection::Actions)
    } else {
        Err(format!(
            "{}: neither the collection comments nor commentModerationActions of Coral: no \"revisions\" and no \
             \"commentRevisionID\" in the first lines",
            source.file().display()
        ))
    }
}

#[derive(Deserialize)]
struct Action {
    #[serde(rename = "commentID")]
    comment: String,
    #[serde(rename = "commentRevisionID")]
    revision: String,
    #[serde(default)]
    status: String,
    #[serde(rename = "moderatorID", default)]
    moderator: Option<String>,
    #[serde(rename = "rejectionReason", default)]
    reason: Option<Reason>,
    #[serde(rename = "createdAt", default)]
    created: Value,
}

#[derive(Deserialize)]
struct Reason {
    // Later versions; the first called it `reason`.
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    id: String,
    #[serde(rename = "storyID", default)]
    story: String,
    #[serde(rename = "parentID", default)]
    parent: Option<String>,
    #[serde(rename = "authorID", default)]
    author: Option<String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    revisions: Vec<Revision>,
    #[serde(rename = "createdAt", default)]
    created: Value,
}

#[derive(Deserialize)]
struct Revision {
    id: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(rename = "createdAt", default)]
    created: Value,
}

/// Decision of a person.
#[derive(Clone, Copy)]
struct Decision {
    /// When; later actions replace earlier ones.
    time: u64,
    kind: Kind,
    /// Place of the reason in the list of reasons, from 1.
    reason: u8,
    /// True if the comment was in the export.
    found: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Approved,
    Rejected,
    /// An approval or a rejection that was taken back.
    Other,
}

/// Decisions of persons on revisions of comments. Takes about fifty bytes for each.
pub struct Decisions {
    /// By a hash of the names of comment and revision: two of 128 bits are not the same by chance.
    by_revision: HashMap<u128, Decision>,
    hashers: [RandomState; 2],
    reasons: Vec<String>,
    /// Number of actions of persons, and of the system.
    pub persons: u64,
    pub system: u64,
}

impl Decisions {
    pub fn new() -> Decisions {
        Decisions {
            by_revision: HashMap::new(),
            hashers: [RandomState::new(), RandomState::new()],
            reasons: Vec::new(),
            persons: 0,
            system: 0,
        }
    }

    /// Number of decisions on comments that were in no file.
    pub fn without_comment(&self) -> usize {
        self.by_revision.values().filter(|decision| !decision.found).count()
    }

    fn key(&self, comment: &str, revision: &str) -> u128 {
        let [high, low] = self.hashers.each_ref().map(|hasher| hasher.hash_one((comment, revision)));
        u128::from(high) << 64 | u128::from(low)
    }

    /// Reads actions.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn read<W: Write>(&mut self, source: Source, archive: &mut Archive<W>) -> Result<(), Stop> {
        let mut number = 0;
        documents::read(source, &[], &mut |document| {
            if let Some(action) = documents::parsed(document, archive) {
                number += 1;
                self.add(&action, number);
            }
            Ok(())
        })
    }

    fn add(&mut self, action: &Action, number: u64) {
        if action.moderator.as_deref().is_none_or(str::is_empty) {
            self.system += 1;
            return;
        }
        self.persons += 1;
        let reason = action.reason.as_ref().and_then(|reason| reason.code.as_deref().or(reason.reason.as_deref()));
        let decision = Decision {
            // Without a time the order of the file counts.
            time: documents::text(&action.created)
                .and_then(|created| humantime::parse_rfc3339_weak(&created).ok())
                .and_then(|created| created.duration_since(std::time::UNIX_EPOCH).ok())
                .map_or(number, |created| u64::try_from(created.as_millis()).unwrap_or(u64::MAX)),
            kind: match &*action.status {
                "APPROVED" => Kind::Approved,
                "REJECTED" => Kind::Rejected,
                _ => Kind::Other,
            },
            reason: reason.map_or(0, |reason| self.reason(reason)),
            found: false,
        };
        let key = self.key(&action.comment, &action.revision);
        let last = self.by_revision.entry(key).or_insert(decision);
        if decision.time >= last.time {
            *last = decision;
        }
    }

    /// Place of a reason, from 1; 0 if there are too many.
    fn reason(&mut self, reason: &str) -> u8 {
        if let Some(known) = self.reasons.iter().position(|known| known == reason) {
            return known as u8 + 1;
        }
        if self.reasons.len() == MAX_REASONS {
            return 0;
        }
        self.reasons.push(reason.to_owned());
        self.reasons.len() as u8
    }

    /// Status of a revision.
    fn status<'s>(&'s mut self, key: u128, status: &'s str, words: &'s mut (String, String)) -> Status<'s> {
        let (name, why) = words;
        name.clear();
        why.clear();
        let Some(decision) = self.by_revision.get_mut(&key) else {
            return match status {
                "" | "NONE" => Status::nobody("NONE", "published at once: nobody has looked at it"),
                "PREMOD" | "SYSTEM_WITHHELD" => Status::nobody("pending", "pending: nobody has decided"),
                "APPROVED" => Status::nobody("APPROVED by the system", "APPROVED by the system, not by a person"),
                "REJECTED" => Status::nobody("REJECTED by the system", "REJECTED by the system, not by a person"),
                other => {
                    name.push_str(other);
                    Status::nobody(name, "no decision of a person")
                }
            };
        };
        decision.found = true;
        let reason = self.reasons.get(usize::from(decision.reason).wrapping_sub(1)).map(String::as_str);
        match (decision.kind, reason) {
            (Kind::Approved, _) => Status::decided("APPROVED", APPROVED, "approved by a moderator"),
            (Kind::Rejected, None) => Status::decided("REJECTED", "", "REJECTED by a person who gave no reason"),
            (Kind::Rejected, Some(reason)) => {
                *name = format!("REJECTED/{reason}");
                *why = format!("REJECTED/{reason} by a person");
                Status::decided(name, if ABUSE.contains(&reason) { ABUSIVE } else { "" }, why)
            }
            (Kind::Other, _) => Status::decided("taken back", "", "a moderator took the decision back"),
        }
    }

    /// Reads comments: a row for the last revision of each, and for those before that a person decided on.
    ///
    /// # Errors
    /// The file is damaged, there are enough comments, or they cannot be written.
    pub fn comments<W: Write>(&mut self, source: Source, archive: &mut Archive<W>) -> Result<(), Stop> {
        let mut words = (String::new(), String::new());
        documents::read(source, &[], &mut |document| {
            let at = document.1;
            let Some(document) = documents::parsed::<Document, W>(document, archive) else { return Ok(()) };
            if document.revisions.is_empty() {
                archive.bad(&format!("{at}: comment {} has no revisions", named(&document.id)));
                return Ok(());
            }
            let last = document.revisions.len() - 1;
            for (place, revision) in document.revisions.iter().enumerate() {
                let key = self.key(&document.id, &revision.id);
                if place < last && !self.by_revision.contains_key(&key) {
                    continue;
                }
                let created = documents::text(&revision.created).or_else(|| documents::text(&document.created));
                archive.push(&Comment {
                    text: revision.body.as_deref().unwrap_or(""),
                    html: true,
                    when: &created.unwrap_or_default(),
                    story: &document.story,
                    id: &document.id,
                    parent: document.parent.as_deref().unwrap_or(""),
                    author: document.author.as_deref().unwrap_or(""),
                    status: self.status(key, &document.status, &mut words),
                    ..EMPTY
                })?;
            }
            Ok(())
        })
    }
}
