//! House rules: the newsroom's own list of phrases, on top of the model.
//!
//! A list is a CSV file with the columns `phrase`, `effect` and, if you like, `note`; other columns do not count. An
//! [`Effect`] is one of
//!
//! | effect | what it does to a comment with the phrase |
//! |---|---|
//! | `reject` | it is rejected |
//! | `hold` | it is held for a person |
//! | `critical` | it goes to the editors as well, whatever becomes of it |
//! | `ignore` | the phrase is no evidence: the comment is scored as if its n-grams were not there |
//!
//! **Which one wins.** `reject` before `hold` before what the model would decide; `critical` and `ignore` go with each
//! of them. A phrase that stands wholly inside a longer one to `ignore` does nothing, so that `sea dog` can be ignored
//! where `dog` is held.
//!
//! **What is found.** Words count as the model sees them ([`crate::text::words`]): diacritics, tatweel, spellings of alef and
//! hamza, letters repeated for emphasis, case, full-width forms make no difference. Whole words only, one or
//! more in a row; what stands between them, spaces, punctuation, line ends, does not count. A word is also found with
//! what Arabic writes together with it in front: `و`, `ال`, `وال`, `بال`, `كال`, `لل`, `هال`, `عال`, `يا` if three letters
//! are left, `ف`, `ب`, `ك`, `ل` if four are. A `*` at the end stands for any further letters: `idiot*` finds
//! `idiots`. Endings are not guessed at: `علي`, a name, is not to be found in `عليكم`. Numbers are told apart by their
//! digits; web addresses are compared without scheme, `www.` and the last `/`, mentions with their `@`.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::decide::phrases::{PhraseError, Phrases};
use crate::io::bad_row::BadRow;
use crate::io::csv::{Format, NOT_UTF8, OPEN_QUOTE, ends_open, invalid_line, next_record};
use crate::model::triage::{Action, Decision, Reason};
use encoding_rs::Encoding;

/// Most rules of a list.
pub const MAX_RULES: usize = 100_000;

/// Longest note, in bytes.
pub const MAX_NOTE: usize = 1000;

/// Of a list with many mistakes, so many are told.
const MAX_TOLD: usize = 20;

/// Effect of a rule on a comment with its phrase.
///
/// ```
/// assert_eq!(naqd::Effect::Hold.as_str(), "hold");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Effect {
    /// The phrase is no evidence.
    Ignore,
    /// The editors should read the comment.
    Critical,
    /// A person decides.
    Hold,
    /// The comment is not published.
    Reject,
}

impl Effect {
    const ALL: [Effect; 4] = [Effect::Ignore, Effect::Hold, Effect::Reject, Effect::Critical];

    /// As it is written: `ignore`, `hold`, `reject`, `critical`.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Ignore => "ignore",
            Effect::Critical => "critical",
            Effect::Hold => "hold",
            Effect::Reject => "reject",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A rule of the house; an example is at [`Rules`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// What to look for, as it was written.
    pub phrase: String,
    /// What to do where it is found.
    pub effect: Effect,
    /// Why, in the words of who made the rule; may be empty.
    pub note: String,
    /// The line on which it stands in its file, from 1.
    pub line: u64,
}

/// List of rules, ready for matching; threads can share it.
///
/// ```
/// use naqd::{Effect, Rule, Rules};
///
/// let rule = Rule { phrase: "town hall".to_owned(), effect: Effect::Hold, note: String::new(), line: 2 };
/// let rules = Rules::new(vec![rule], "rules.csv".as_ref())?;
/// assert_eq!(rules.find("At the Town Hall!")[0].effect, Effect::Hold);
/// # Ok::<(), naqd::RulesError>(())
/// ```
#[derive(Debug)]
pub struct Rules {
    list: Vec<Rule>,
    phrases: Phrases,
}

/// Match of a rule in a comment.
///
/// ```
/// use naqd::{Effect, Match, Rule, Rules};
///
/// let rule = Rule { phrase: "عاصمة".to_owned(), effect: Effect::Critical, note: String::new(), line: 2 };
/// let found: Vec<Match> = Rules::new(vec![rule], "rules.csv".as_ref())?.find("والعاصمة");
/// assert_eq!((found[0].rule, &"والعاصمة"[found[0].span.clone()]), (0, "عاصمة"));
/// # Ok::<(), naqd::RulesError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Match {
    /// Which, as a place in [`Rules::list`].
    pub rule: usize,
    /// The bytes of the comment that the phrase names: without what is written together with its first word, or
    /// follows its `*`.
    pub span: Range<usize>,
    /// What the rule does.
    pub effect: Effect,
}

/// Reason why a list of rules cannot be used.
///
/// ```
/// use naqd::{Rules, RulesError};
///
/// assert!(matches!(Rules::open("no such file.csv"), Err(RulesError::Io { .. })));
/// ```
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The file cannot be opened or read.
    #[error("{}: {error}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is no header, or a column is missing.
    #[error("{}:1: {what}", file.display())]
    Header {
        /// The file.
        file: PathBuf,
        /// What was looked for and what there is.
        what: String,
    },
    /// The file is not in the encoding it was read in.
    #[error("{}:{line}: {NOT_UTF8}", file.display())]
    Encoding {
        /// The file.
        file: PathBuf,
        /// The first line with a wrong byte.
        line: u64,
    },
    /// There are more rules than the maximum, 100,000.
    #[error("{}: more than {MAX_RULES} rules, the most that are read: is this the right file?", file.display())]
    TooMany {
        /// The file.
        file: PathBuf,
    },
    /// Rules that are none: the first of them, and how many more there are.
    #[error("{}", told(rows, *more))]
    Rows {
        /// Which, and what is wrong with them.
        rows: Vec<BadRow>,
        /// How many more.
        more: usize,
    },
}

fn told(rows: &[BadRow], more: usize) -> String {
    let mut told: Vec<String> = rows.iter().map(BadRow::to_string).collect();
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told.join("\n")
}

impl Rules {
    /// Reads a list: CSV, its delimiter found out, in UTF-8 or with a byte order mark.
    ///
    /// # Errors
    /// The file cannot be read, is no such list, or is too large; every mistake is named with file, line and column.
    pub fn open(path: impl AsRef<Path>) -> Result<Rules, RulesError> {
        Rules::read(path.as_ref(), None)
    }

    /// The same for a list that may be in another encoding: `encoding` is that of a file that is not UTF-8.
    ///
    /// # Errors
    /// As [`Rules::open`].
    pub fn open_encoded(path: impl AsRef<Path>, encoding: &'static Encoding) -> Result<Rules, RulesError> {
        match Rules::open(&path) {
            Err(RulesError::Encoding { .. }) => Rules::read(path.as_ref(), Some(encoding)),
            read => read,
        }
    }

    /// Makes a list of rules. `file` is named where something is wrong with them.
    ///
    /// # Errors
    /// There are too many; a phrase is empty, too long, has a `*` where none belongs, or stands twice.
    pub fn new(list: Vec<Rule>, file: &Path) -> Result<Rules, RulesError> {
        let mut reading = Reading::new(file);
        for rule in list {
            reading.add(rule)?;
        }
        reading.finish()
    }

    fn read(path: &Path, encoding: Option<&'static Encoding>) -> Result<Rules, RulesError> {
        let failed = |error| RulesError::Io { file: path.into(), error };
        let (mut reader, _) = Format { encoding, delimiter: None }.csv(path).map_err(failed)?;
        let header = reader.byte_headers().map_err(|error| failed(error.into()))?.clone();
        let columns = Columns::of(&header).map_err(|what| RulesError::Header { file: path.into(), what })?;
        let mut reading = Reading::new(path);
        let mut record = csv::ByteRecord::new();
        while next_record(&mut reader, &mut record).map_err(failed)? {
            if let Some(line) = invalid_line(&record) {
                return Err(RulesError::Encoding { file: path.into(), line });
            }
            let line = record.position().map_or(0, csv::Position::line);
            let rule = match ends_open(&reader, &record) {
                true => Err(OPEN_QUOTE.to_owned()),
                false => columns.rule(&record, line, header.len()),
            };
            match rule {
                Ok(Some(rule)) => reading.add(rule)?,
                Ok(None) => {}
                Err(what) => reading.bad(line, what),
            }
        }
        reading.finish()
    }

    /// The rules, in their order.
    pub fn list(&self) -> &[Rule] {
        &self.list
    }

    /// The rules that a comment meets, in the order of the comment. Does not allocate where there are none.
    pub fn find(&self, text: &str) -> Vec<Match> {
        let mut found = Vec::new();
        if self.list.is_empty() {
            return found;
        }
        self.phrases.find(text, |rule, span| {
            let rule = rule as usize;
            found.push(Match { rule, span, effect: self.list[rule].effect });
        });
        if found.len() > 1 {
            found.sort_by_key(|found| (found.span.start, std::cmp::Reverse(found.span.end), found.rule));
            shield(&mut found);
        }
        found
    }
}

/// Leaves out what stands inside a longer phrase to ignore. `found` begins earlier or is longer, one after the other.
fn shield(found: &mut Vec<Match>) {
    // Where phrases to ignore end that begin no later than this one, and are not of the same bytes.
    let mut shielded = 0;
    let mut last = (0..0, 0);
    found.retain(|found| {
        if last.0 != found.span {
            shielded = shielded.max(last.1);
            last = (found.span.clone(), 0);
        }
        if found.effect == Effect::Ignore {
            last.1 = found.span.end;
            return true;
        }
        found.span.end > shielded
    });
}

/// The bytes of the phrases to ignore: sorted, and not touching one another.
pub(crate) fn ignored(found: &[Match]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for found in found.iter().filter(|found| found.effect == Effect::Ignore) {
        match spans.last_mut() {
            Some(last) if found.span.start <= last.end => last.end = last.end.max(found.span.end),
            _ => spans.push(found.span.clone()),
        }
    }
    spans
}

/// The rule that decides, if one does: the first of the strictest.
pub(crate) fn deciding(found: &[Match]) -> Option<&Match> {
    found.iter().rev().filter(|found| found.effect != Effect::Ignore).max_by_key(|found| found.effect)
}

/// What becomes of a comment that meets rules, where the model decided `decision`. Masked thresholds a rule decides all
/// the same: what is only to be seen by the editors is held.
pub(crate) fn overrule(decision: Option<Decision>, found: &[Match]) -> Option<Decision> {
    let Some(strictest) = deciding(found) else { return decision };
    let editors =
        decision.is_some_and(|decision| decision.editors) || found.iter().any(|found| found.effect == Effect::Critical);
    match (strictest.effect, decision) {
        (Effect::Reject, _) => Some(Decision { action: Action::Reject, editors, reason: Reason::Rule }),
        (Effect::Hold, _) | (_, None) => Some(Decision { action: Action::Hold, editors, reason: Reason::Rule }),
        (_, Some(decision)) => Some(Decision { editors, ..decision }),
    }
}

/// Where the columns of a list stand.
struct Columns {
    phrase: usize,
    effect: usize,
    note: Option<usize>,
}

impl Columns {
    fn of(header: &csv::ByteRecord) -> Result<Columns, String> {
        let names: Vec<String> =
            header.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect();
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        match (place("phrase"), place("effect")) {
            (Some(phrase), Some(effect)) => Ok(Columns { phrase, effect, note: place("note") }),
            _ if names.is_empty() => Err("empty: expected a line with the columns phrase,effect,note".to_owned()),
            (phrase, _) => {
                let missing = if phrase.is_none() { "phrase" } else { "effect" };
                let names = crate::io::csv::quoted(&names);
                Err(format!("no column {missing:?}; the columns are {names}, expected phrase,effect,note"))
            }
        }
    }

    /// The rule of a row; none if all its fields are empty.
    fn rule(&self, record: &csv::ByteRecord, line: u64, columns: usize) -> Result<Option<Rule>, String> {
        let field = |place| record.get(place).map_or("", |field| std::str::from_utf8(field).unwrap_or("").trim());
        if record.iter().all(|field| field.trim_ascii().is_empty()) {
            return Ok(None);
        }
        if record.len() > columns {
            let fields = record.len();
            return Err(format!("{fields} fields, expected {columns} as in the header: put quotes around commas"));
        }
        let (phrase, effect) = (field(self.phrase), field(self.effect));
        let known = Effect::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(effect));
        let Some(effect) = known else {
            return Err(format!("column effect: {:?}, expected ignore, hold, reject or critical", shorten(effect)));
        };
        let note = self.note.map_or("", field);
        if note.len() > MAX_NOTE {
            return Err(format!("column note: {} bytes long, expected at most {MAX_NOTE}", note.len()));
        }
        Ok(Some(Rule { phrase: phrase.to_owned(), effect, note: note.to_owned(), line }))
    }
}

/// The beginning of what may be long.
fn shorten(text: &str) -> &str {
    &text[..text.floor_char_boundary(60)]
}

/// A list on its way in.
struct Reading<'p> {
    file: &'p Path,
    list: Vec<Rule>,
    phrases: Phrases,
    bad: Vec<BadRow>,
    more: usize,
}

impl Reading<'_> {
    fn new(file: &Path) -> Reading<'_> {
        Reading { file, list: Vec::new(), phrases: Phrases::new(), bad: Vec::new(), more: 0 }
    }

    fn bad(&mut self, line: u64, what: String) {
        if self.bad.len() < MAX_TOLD {
            self.bad.push(BadRow { file: self.file.into(), line, what });
        } else {
            self.more += 1;
        }
    }

    fn add(&mut self, rule: Rule) -> Result<(), RulesError> {
        if self.list.len() + self.bad.len() + self.more == MAX_RULES {
            return Err(RulesError::TooMany { file: self.file.into() });
        }
        match self.phrases.add(&rule.phrase, self.list.len() as u32) {
            Ok(()) => self.list.push(rule),
            Err(PhraseError::Same(first)) => {
                let Rule { phrase, effect, line, .. } = &self.list[first as usize];
                let what = format!(
                    "column phrase: {:?} is the same as {phrase:?} (line {line}, {effect}): expected each phrase once",
                    shorten(&rule.phrase)
                );
                self.bad(rule.line, what);
            }
            Err(error) => self.bad(rule.line, format!("column phrase: {:?}: {error}", shorten(&rule.phrase))),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Rules, RulesError> {
        if !self.bad.is_empty() {
            return Err(RulesError::Rows { rows: self.bad, more: self.more });
        }
        self.phrases.finish();
        Ok(Rules { list: self.list, phrases: self.phrases })
    }
}
