//! People: accounts with roles and passwords, signing in and out, sessions.

use std::str::FromStr;
use std::sync::LazyLock;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::desk::audit::{self, Entry};
use crate::desk::{Desk, DeskError};
use crate::moment;

/// Wrong passwords after which an account is locked for a time.
const MAX_FAILURES: u32 = 5;
/// Time for which it is, in milliseconds.
const LOCKED: i64 = 15 * 60 * 1000;
/// Minimum length of a password, in characters; maximum, in bytes.
pub const MIN_PASSWORD: usize = 12;
const MAX_PASSWORD: usize = 256;
/// Maximum length of a name, in bytes.
const MAX_NAME: usize = 64;
/// Maximum number of sessions of a person; with one more the oldest ends.
const MAX_SESSIONS: u32 = 8;
/// Time after which it is noted that a session is in use, in milliseconds.
const NOTED: i64 = 60 * 1000;

/// Maximum number of passwords that wait to be checked, and the time that one waits.
const MAX_CHECKS: usize = 64;
const CHECKED_WITHIN: Duration = Duration::from_secs(20);

/// Role of a person; each may do all that those before it may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// Decides and labels.
    Moderator,
    /// Takes back decisions of others, exports labels and criticism.
    Editor,
    /// Deletes comments, exports the audit log.
    Admin,
}

impl Role {
    /// Name on the command line and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Moderator => "moderator",
            Role::Editor => "editor",
            Role::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Role, String> {
        let role = [Role::Moderator, Role::Editor, Role::Admin].into_iter().find(|role| role.as_str() == name);
        role.ok_or_else(|| "expected moderator, editor or admin".to_owned())
    }
}

/// A person who has signed in.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub role: Role,
    /// Secret of the forms of this session.
    pub form: String,
}

/// Checks the name of an account.
///
/// # Errors
/// It is empty, too long, naqd's own, or has characters that no name has.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | ' ');
    if name.is_empty()
        || name.len() > MAX_NAME
        || !name.chars().all(is_plain)
        || name.trim() != name
        || name == audit::NAQD
    {
        return Err(format!(
            "name {:?}: expected letters, digits and . - _ @, at most {MAX_NAME} bytes, and not {}",
            name.chars().take(80).collect::<String>(),
            audit::NAQD
        ));
    }
    Ok(())
}

/// Checks a password that somebody chose.
///
/// # Errors
/// It is too short or too long.
pub fn check_password(password: &str) -> Result<(), String> {
    let length = password.chars().count();
    if length < MIN_PASSWORD || password.len() > MAX_PASSWORD {
        return Err(format!(
            "password of {length} characters: expected {MIN_PASSWORD} or more, and at most {MAX_PASSWORD} bytes"
        ));
    }
    Ok(())
}

/// Random bytes as hexadecimal digits.
///
/// # Errors
/// The system gives none.
pub fn random() -> Result<String, DeskError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| DeskError::Database(error.to_string()))?;
    Ok(hex::encode(bytes))
}

/// A password that nobody can guess and everybody can type: five groups of four letters.
///
/// # Errors
/// The system gives no random bytes.
pub fn new_password() -> Result<String, DeskError> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).map_err(|error| DeskError::Database(error.to_string()))?;
    let groups =
        bytes.chunks(4).map(|group| group.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect());
    Ok(groups.collect::<Vec<String>>().join("-"))
}

/// The Argon2id hash of a password, as it is stored.
///
/// # Errors
/// The system gives no random bytes.
pub fn hash(password: &str) -> Result<String, DeskError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| DeskError::Database(error.to_string()))?;
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| DeskError::Database(error.to_string()))
}

fn is_right(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// A password, the hash that it should have, and who waits for the answer.
type Check = (String, String, oneshot::Sender<bool>);

/// Checks passwords, on one thread: a hash takes 19 MiB and some 20 ms. On ever other threads, each with a heap of its own, what
/// a flood of sign-ins takes would pile up.
pub struct Checker(SyncSender<Check>);

impl Checker {
    /// Starts the thread, which ends with the checker.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn start() -> Result<Checker, String> {
        let (sender, checks) = sync_channel::<Check>(MAX_CHECKS);
        let work = move || {
            for (password, hash, done) in checks {
                // Who has waited too long is gone.
                if !done.is_closed() {
                    let _ = done.send(is_right(&password, &hash));
                }
            }
        };
        std::thread::Builder::new().name("passwords".to_owned()).spawn(work).map_err(|error| error.to_string())?;
        Ok(Checker(sender))
    }

    async fn check(&self, password: String, hash: String) -> Result<bool, DeskError> {
        let (done, answer) = oneshot::channel();
        self.0.try_send((password, hash, done)).map_err(|_| DeskError::Busy)?;
        timeout(CHECKED_WITHIN, answer).await.ok().and_then(Result::ok).ok_or(DeskError::Busy)
    }
}

/// Hash of a password that nobody has: an unknown name takes as long as a wrong password.
static NOBODY: LazyLock<String> = LazyLock::new(|| random().and_then(|random| hash(&random)).unwrap_or_default());

/// Answer to a name and a password.
pub enum SignIn {
    /// Token of the new session, for the cookie.
    Done(String),
    /// Name or password is wrong, or the account is locked; nobody is told which.
    Wrong,
}

impl Desk {
    /// Signs somebody in; any session of `before` ends.
    ///
    /// # Errors
    /// Too many sign in at once, or the file cannot be written.
    pub async fn sign_in(&self, name: String, password: String, before: Option<String>) -> Result<SignIn, DeskError> {
        let of = name.clone();
        let account = self.store.read(move |database| {
            let found = database
                .query_row("SELECT password FROM people WHERE name = ?1", [&of], |row| row.get::<_, String>(0))
                .optional()?;
            found.map(|hash| Ok((hash, is_locked(database, &of)?))).transpose()
        });
        let account = account.await?;
        let may_enter = account.as_ref().is_some_and(|(_, is_locked)| !is_locked);
        let hash = account.map_or_else(|| NOBODY.clone(), |(hash, _)| hash);
        let right = password.len() <= MAX_PASSWORD && self.checker.check(password, hash).await?;
        if right && may_enter {
            let token = self.store.write(move |database| {
                // Guesses that were sent at once may have locked it while this one waited.
                if is_locked(database, &name)? {
                    return Ok(SignIn::Wrong);
                }
                database.execute("UPDATE people SET failures = 0 WHERE name = ?1", [&name])?;
                before.iter().try_for_each(|token| sign_out(database, token))?;
                audit::add(database, &Entry { who: &name, act: "sign-in", ..Entry::default() })?;
                new_session(database, &name).map(SignIn::Done)
            });
            return token.await;
        }
        if may_enter {
            self.store.write(move |database| failed(database, &name)).await?;
        }
        Ok(SignIn::Wrong)
    }
}

/// True if an account is locked at present.
fn is_locked(database: &Connection, name: &str) -> Result<bool, DeskError> {
    let mut query = database.prepare_cached("SELECT locked OR locked_until > ?2 FROM people WHERE name = ?1")?;
    Ok(query.query_row(params![name, moment::millis()], |row| row.get(0))?)
}

/// Counts a wrong password, and locks the account after some; one that is locked by now counts none.
fn failed(database: &Connection, name: &str) -> Result<(), DeskError> {
    if is_locked(database, name)? {
        return Ok(());
    }
    let failures: u32 = database.query_row(
        "UPDATE people SET failures = failures + 1 WHERE name = ?1 RETURNING failures",
        [name],
        |row| row.get(0),
    )?;
    if failures >= MAX_FAILURES {
        let until = moment::millis() + LOCKED;
        database.execute("UPDATE people SET failures = 0, locked_until = ?2 WHERE name = ?1", params![name, until])?;
        audit::add(database, &Entry { who: name, act: "locked", why: Some("wrong passwords"), ..Entry::default() })?;
    }
    Ok(())
}

/// Begins a session; returns its token.
fn new_session(database: &Connection, name: &str) -> Result<String, DeskError> {
    let (token, form, now) = (random()?, random()?, moment::millis());
    database.execute(
        "INSERT INTO sessions (token, who, form, began, seen) VALUES (?1, ?2, ?3, ?4, ?4)",
        params![key(&token), name, form, now],
    )?;
    database.execute(
        "DELETE FROM sessions WHERE who = ?1 AND token NOT IN
            (SELECT token FROM sessions WHERE who = ?1 ORDER BY began DESC, token LIMIT ?2)",
        params![name, MAX_SESSIONS],
    )?;
    Ok(token)
}

/// The person of a session's token, and whether its use has to be noted; none if it is over.
///
/// # Errors
/// The file cannot be read.
pub fn of_session(database: &Connection, token: &str, hours: u32) -> Result<Option<(Person, bool)>, DeskError> {
    let now = moment::millis();
    let mut query = database.prepare_cached(
        "SELECT name, role, form, seen FROM sessions JOIN people ON name = who
         WHERE token = ?1 AND seen > ?2 AND began > ?3 AND locked = 0",
    )?;
    let session = i64::from(hours) * 3_600_000;
    // However busy, after some days everybody signs in again.
    let found = query
        .query_row(params![key(token), now - session, now - 6 * session], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?))
        })
        .optional()?;
    let Some((name, role, form, seen)) = found else { return Ok(None) };
    let role = role.parse().map_err(DeskError::Database)?;
    Ok(Some((Person { name, role, form }, seen + NOTED < now)))
}

/// Notes that a session is in use.
///
/// # Errors
/// The file cannot be written.
pub fn note_session(database: &Connection, token: &str) -> Result<(), DeskError> {
    database.execute("UPDATE sessions SET seen = ?2 WHERE token = ?1", params![key(token), moment::millis()])?;
    Ok(())
}

/// The person that a proxy names; none if there is no such account, or it is locked.
///
/// # Errors
/// The file cannot be read.
pub fn signed_on(database: &Connection, name: &str, secret: &str) -> Result<Option<Person>, DeskError> {
    let found = database
        .query_row("SELECT role FROM people WHERE name = ?1 AND locked = 0", [name], |row| row.get::<_, String>(0))
        .optional()?;
    let Some(role) = found else { return Ok(None) };
    let role = role.parse().map_err(DeskError::Database)?;
    // No session: the secret of the forms is one that only this server can make for the name.
    let form = hex::encode(Sha256::digest(format!("form {secret} {name}")));
    Ok(Some(Person { name: name.to_owned(), role, form }))
}

/// Ends a session.
///
/// # Errors
/// The file cannot be written.
pub fn sign_out(database: &Connection, token: &str) -> Result<(), DeskError> {
    database.execute("DELETE FROM sessions WHERE token = ?1", [key(token)])?;
    Ok(())
}

/// What of a token is stored: who reads the file, or a backup of it, has no session.
fn key(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Adds an account.
///
/// # Errors
/// There is one of this name; or the file cannot be written.
pub fn add(database: &Connection, name: &str, role: Role, password: &str) -> Result<(), String> {
    let say = |error: DeskError| error.to_string();
    let hash = hash(password).map_err(say)?;
    let added = database.execute(
        "INSERT INTO people (name, role, password, made) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO NOTHING",
        params![name, role.as_str(), hash, moment::millis()],
    );
    if added.map_err(|error| error.to_string())? == 0 {
        return Err(format!("{name}: there is such an account; user reset gives it another password or role"));
    }
    let entry =
        Entry { who: audit::COMMAND, act: "account", id: Some(name), why: Some(role.as_str()), ..Entry::default() };
    audit::add(database, &entry).map_err(say)
}

/// Changes an account: password, role, locked or not. All its sessions end.
///
/// # Errors
/// There is none of this name; or the file cannot be written.
pub fn change(
    database: &Connection,
    name: &str,
    role: Option<Role>,
    password: Option<&str>,
    locked: Option<bool>,
) -> Result<(), String> {
    let say = |error: DeskError| error.to_string();
    let hash = password.map(hash).transpose().map_err(say)?;
    let changed = database.execute(
        "UPDATE people SET role = ifnull(?2, role), password = ifnull(?3, password), locked = ifnull(?4, locked),
            failures = 0, locked_until = 0 WHERE name = ?1",
        params![name, role.map(Role::as_str), hash, locked],
    );
    if changed.map_err(|error| error.to_string())? == 0 {
        return Err(format!("{name}: no such account; user list shows all"));
    }
    database.execute("DELETE FROM sessions WHERE who = ?1", [name]).map_err(|error| error.to_string())?;
    let what = match (locked, role) {
        (Some(true), _) => "locked",
        (Some(false), _) => "unlocked",
        (None, Some(role)) => role.as_str(),
        (None, None) => "password",
    };
    let entry = Entry { who: audit::COMMAND, act: "account", id: Some(name), why: Some(what), ..Entry::default() };
    audit::add(database, &entry).map_err(say)
}

/// The accounts, as lines of CSV without passwords.
///
/// # Errors
/// The file cannot be read.
pub fn list(database: &Connection) -> Result<Vec<[String; 4]>, String> {
    let read = || -> rusqlite::Result<Vec<[String; 4]>> {
        let mut query = database.prepare("SELECT name, role, locked, locked_until, made FROM people ORDER BY name")?;
        let now = moment::millis();
        let rows = query.query_map([], |row| {
            let state = match (row.get(2)?, row.get::<_, i64>(3)? > now) {
                (true, _) => "locked",
                (false, true) => "locked for some minutes",
                (false, false) => "",
            };
            Ok([row.get(0)?, row.get(1)?, state.to_owned(), moment::of_millis(row.get(4)?)])
        })?;
        rows.collect()
    };
    read().map_err(|error| error.to_string())
}

/// Sets the password of a person who has just shown that he knows the one before. All his sessions end.
///
/// # Errors
/// The file cannot be written.
pub fn set_own_password(database: &Connection, name: &str, hash: &str) -> Result<(), DeskError> {
    database.execute("UPDATE people SET password = ?2 WHERE name = ?1", params![name, hash])?;
    database.execute("DELETE FROM sessions WHERE who = ?1", [name])?;
    audit::add(database, &Entry { who: name, act: "account", why: Some("password"), ..Entry::default() })
}
