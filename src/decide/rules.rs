//! House rules: a newsroom's own list of phrases, applied on top of the model.
//!
//! A list is a CSV file with the columns `phrase`, `effect` and, optionally, `note`; other columns are ignored. An
//! [`Effect`] is one of
//!
//! | effect | a comment with the phrase |
//! |---|---|
//! | `reject` | is rejected |
//! | `hold` | is held for a person |
//! | `critical` | also goes to the editors, whatever is decided |
//! | `ignore` | is scored as if the n-grams of the phrase were not there |
//!
//! **Precedence.** `reject` wins over `hold`, and `hold` over the decision of the model; `critical` and `ignore` combine
//! with each of them. A phrase that lies wholly inside a longer one to `ignore` has no effect, so that `sea dog` can be
//! ignored where `dog` is held.
//!
//! **Matching.** Words are compared as the model sees them ([`crate::text::words`]): diacritics, tatweel, spellings of
//! alef and hamza, letters repeated for emphasis, case and full-width forms make no difference. A phrase matches whole
//! words, one or more in a row; spaces, punctuation and line ends between them are ignored. A word also matches with
//! the prefixes that Arabic writes together with it ([`crate::text::clitics`]): `و`, `ال`, `وال`, `بال`, `كال`, `ل`,
//! `لل`, `هال`, `عال`, `يا` if three letters are left, `ف`, `ب`, `ك` if four are. A `*` at the end stands for any further
//! letters: `idiot*` matches `idiots`. Suffixes are not taken off: `علي`, a name, does not match `عليكم`. Numbers are
//! compared by their digits; web addresses without scheme, `www.` and the last `/`; mentions with their `@`.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::decide::phrases::{PhraseError, Phrases};
use crate::io::bad_row::BadRow;
use crate::io::format::Format;
use crate::io::row_check::{Fields, RowError, check_row, quoted};
use crate::model::triage::{Action, Decision, Reason};
use encoding_rs::Encoding;

/// Most rules of a list.
pub const MAX_RULES: usize = 100_000;

/// Longest note, in bytes.
pub const MAX_NOTE: usize = 1000;

/// Most mistakes of a list that are named.
const MAX_NAMED: usize = 20;

/// Effect of a rule on a comment with its phrase.
///
/// ```
/// assert_eq!(naqd::Effect::Hold.as_str(), "hold");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Effect {
    /// The phrase does not count for the score.
    Ignore,
    /// The editors should read the comment.
    Critical,
    /// A person decides.
    Hold,
    /// The comment is not published.
    Reject,
}

impl Effect {
    /// All effects.
    pub const ALL: [Effect; 4] = [Effect::Ignore, Effect::Hold, Effect::Reject, Effect::Critical];

    /// Name in lists: `ignore`, `hold`, `reject`, `critical`.
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
///
/// ```
/// use naqd::{Effect, Rule};
///
/// let rule = Rule { phrase: "town hall".to_owned(), effect: Effect::Hold, note: String::new(), line: 2 };
/// assert_eq!(rule.effect.to_string(), "hold");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Phrase to look for, as it was written.
    pub phrase: String,
    /// Effect on a comment with the phrase.
    pub effect: Effect,
    /// Reason for the rule, in the words of its author; may be empty.
    pub note: String,
    /// Line of its file, from 1.
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
    /// Index of the rule in [`Rules::list`].
    pub rule: usize,
    /// Byte span of the phrase in the comment: without the prefixes of its first word, and without what follows its `*`.
    pub span: Range<usize>,
    /// Effect of the rule.
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
        /// File.
        file: PathBuf,
        /// Error of the system.
        error: std::io::Error,
    },
    /// There is no header, or a column is missing.
    #[error("{}:1: {what}", file.display())]
    Header {
        /// File.
        file: PathBuf,
        /// Sentence with the columns expected and found.
        what: String,
    },
    /// The file is not in the encoding it was read in.
    #[error("{}:{line}: not valid UTF-8", file.display())]
    Encoding {
        /// File.
        file: PathBuf,
        /// First line with a wrong byte.
        line: u64,
    },
    /// There are more rules than the maximum, 100,000.
    #[error("{}: more than {MAX_RULES} rules, the most that are read: is this the right file?", file.display())]
    TooMany {
        /// File.
        file: PathBuf,
    },
    /// Rows that are no rules: the first of them, and the number of further ones.
    #[error("{}", listed(rows, *more))]
    Rows {
        /// Rows, and what is wrong with them.
        rows: Vec<BadRow>,
        /// Number of further ones.
        more: usize,
    },
}

fn listed(rows: &[BadRow], more: usize) -> String {
    let mut lines: Vec<String> = rows.iter().map(BadRow::to_string).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

impl Rules {
    /// Reads a list: CSV in UTF-8 or with a byte order mark; the delimiter is detected.
    ///
    /// # Errors
    /// The file cannot be read, is no list of rules, or is too large; every mistake is named with file, line and column.
    pub fn open(path: impl AsRef<Path>) -> Result<Rules, RulesError> {
        Rules::read(path.as_ref(), None)
    }

    /// Reads a list that may be in another encoding, which is used if the file is not UTF-8.
    ///
    /// # Errors
    /// As [`Rules::open`].
    pub fn open_encoded(path: impl AsRef<Path>, encoding: &'static Encoding) -> Result<Rules, RulesError> {
        match Rules::open(&path) {
            Err(RulesError::Encoding { .. }) => Rules::read(path.as_ref(), Some(encoding)),
            read => read,
        }
    }

    /// List of these rules. Errors name `file`.
    ///
    /// # Errors
    /// There are too many; a phrase is empty, too long, has a `*` where none belongs, or occurs twice.
    pub fn new(list: Vec<Rule>, file: &Path) -> Result<Rules, RulesError> {
        let mut reading = Reading::new(file);
        for rule in list {
            reading.add(rule)?;
        }
        reading.finish()
    }

    fn read(path: &Path, encoding: Option<&'static Encoding>) -> Result<Rules, RulesError> {
        let failed = |error| RulesError::Io { file: path.into(), error };
        let format = Format { encoding, ..Format::default() };
        let (mut rows, ..) = format.table(path, &|header| Columns::of(header).is_ok()).map_err(failed)?;
        let header = rows.header.clone();
        let columns = Columns::of(&header).map_err(|what| RulesError::Header { file: path.into(), what })?;
        let mut reading = Reading::new(path);
        let mut record = csv::ByteRecord::new();
        while rows.next(&mut record).map_err(failed)? {
            let line = record.position().map_or(0, csv::Position::line);
            let rule = match check_row(&record, rows.is_open(), Fields::AtMost(header.len())) {
                Err(RowError::NotUtf8 { line }) => return Err(RulesError::Encoding { file: path.into(), line }),
                Err(error @ RowError::OpenQuote) => Err(error.to_string()),
                // A row of nothing but empty fields may have any number of them.
                _ if record.iter().all(|field| field.trim_ascii().is_empty()) => Ok(None),
                Err(error) => Err(format!("{error}: put quotes around commas")),
                Ok(()) => columns.rule(&record, line).map(Some),
            };
            match rule {
                Ok(Some(rule)) => reading.add(rule)?,
                Ok(None) => {}
                Err(what) => reading.bad(line, what),
            }
        }
        reading.finish()
    }

    /// Rules, in their order.
    pub fn list(&self) -> &[Rule] {
        &self.list
    }

    /// Matches in a comment, in the order of the comment. Does not allocate if there are none.
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

/// Removes the matches inside a longer phrase to ignore. `found` is sorted by start, of equal ones the longest first.
fn shield(found: &mut Vec<Match>) {
    // End of the phrases to ignore that begin no later than this one, and are not of the same bytes.
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

/// Byte spans of the phrases to ignore: sorted, and not touching one another.
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

/// Match of the rule that decides, if one does: the first of the strictest.
pub(crate) fn deciding(found: &[Match]) -> Option<&Match> {
    found.iter().rev().filter(|found| found.effect != Effect::Ignore).max_by_key(|found| found.effect)
}

/// Decision on a comment with these matches, where the model alone decides `decision`. A rule decides without thresholds
/// as well: a comment that is only `critical` is held then.
pub(crate) fn overrule(decision: Option<Decision>, found: &[Match]) -> Option<Decision> {
    let Some(strictest) = deciding(found) else { return decision };
    let editors =
        decision.is_some_and(|decision| decision.editors) || found.iter().any(|found| found.effect == Effect::Critical);
    let threat = decision.is_some_and(|decision| decision.threat);
    let by_rule = |action| Decision { action, editors, threat, reason: Reason::Rule };
    match (strictest.effect, decision) {
        (Effect::Reject, _) => Some(by_rule(Action::Reject)),
        (Effect::Hold, _) | (_, None) => Some(by_rule(Action::Hold)),
        (_, Some(decision)) => Some(Decision { editors, ..decision }),
    }
}

/// Indices of the columns of a list.
struct Columns {
    phrase: usize,
    effect: usize,
    note: Option<usize>,
}

impl Columns {
    fn of(header: &csv::ByteRecord) -> Result<Columns, String> {
        let names: Vec<String> =
            header.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect();
        let index = |wanted: &str| names.iter().position(|name| name == wanted);
        match (index("phrase"), index("effect")) {
            (Some(phrase), Some(effect)) => Ok(Columns { phrase, effect, note: index("note") }),
            _ if names.is_empty() => Err("empty: expected a line with the columns phrase,effect,note".to_owned()),
            (phrase, _) => {
                let missing = if phrase.is_none() { "phrase" } else { "effect" };
                let names = quoted(&names);
                Err(format!("no column {missing:?}; the columns are {names}, expected phrase,effect,note"))
            }
        }
    }

    /// Rule of a row.
    fn rule(&self, record: &csv::ByteRecord, line: u64) -> Result<Rule, String> {
        let field = |index| record.get(index).map_or("", |field| std::str::from_utf8(field).unwrap_or("").trim());
        let (phrase, effect) = (field(self.phrase), field(self.effect));
        let known = Effect::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(effect));
        let Some(effect) = known else {
            return Err(format!("column effect: {:?}, expected ignore, hold, reject or critical", shorten(effect)));
        };
        let note = self.note.map_or("", field);
        if note.len() > MAX_NOTE {
            return Err(format!("column note: {} bytes long, expected at most {MAX_NOTE}", note.len()));
        }
        Ok(Rule { phrase: phrase.to_owned(), effect, note: note.to_owned(), line })
    }
}

/// Beginning of a text that may be long.
fn shorten(text: &str) -> &str {
    &text[..text.floor_char_boundary(60)]
}

/// List that is being read.
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
        if self.bad.len() < MAX_NAMED {
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
