//! Comments of an export with their labels, as CSV, and their number by status.

use std::borrow::Cow;
use std::io::{self, Write};
use std::rc::Rc;

use naqd::internal::text::Visible;

use super::Stop;

/// Most statuses that are counted by their names; the others are counted together. WordPress and Coral have about ten,
/// and a pointer may lead to anything.
const MAX_STATUSES: usize = 60;

/// Name of the statuses that are counted together.
const OTHERS: &str = "(others)";

/// Status that counts comments without text.
pub const NO_TEXT: &str = "(no text)";

/// Status of a comment: what was decided, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Status<'a> {
    /// Name, as `--map` has it.
    pub name: &'a str,
    /// Label that follows from it; empty if none does.
    pub label: &'a str,
    /// Reason of the label, or why there is none.
    pub why: &'a str,
    /// True if it is known that no person decided. No `--map` makes that a label.
    pub nobody: bool,
}

impl<'a> Status<'a> {
    /// Decision of a person, or one that may be a person's.
    pub const fn decided(name: &'a str, label: &'a str, why: &'a str) -> Status<'a> {
        Status { name, label, why, nobody: false }
    }

    /// Status that no person gave.
    pub const fn nobody(name: &'a str, why: &'a str) -> Status<'a> {
        Status { name, label: "", why, nobody: true }
    }
}

/// Comment as an export has it; what it has not is empty.
#[derive(Clone, Copy, Debug)]
pub struct Comment<'a> {
    /// Comment, in HTML if so.
    pub text: &'a str,
    /// True if the comment is HTML.
    pub html: bool,
    pub when: &'a str,
    pub story: &'a str,
    pub id: &'a str,
    pub parent: &'a str,
    pub author: &'a str,
    pub email: &'a str,
    pub ip: &'a str,
    pub status: Status<'a>,
}

/// Comment without anything.
pub const EMPTY: Comment = Comment {
    text: "",
    html: false,
    when: "",
    story: "",
    id: "",
    parent: "",
    author: "",
    email: "",
    ip: "",
    status: Status::decided("", "", ""),
};

/// Comments that are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Only {
    /// Comments with a label, for naqd-train
    Labelled,
    /// Comments without a label, for naqd-audit --suggest
    Unlabelled,
}

/// Personal data that is written: further columns.
#[derive(Clone, Copy, Default, Debug)]
pub struct Personal {
    pub author: bool,
    pub email: bool,
    pub ip: bool,
}

/// Number of comments of a status.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Count {
    /// Name of the status.
    pub status: String,
    /// Label that they have; empty if none, none if they are left out.
    pub label: Option<String>,
    /// Reason.
    pub why: String,
    /// Number of comments.
    pub comments: u64,
}

/// Entry of `--map`.
struct Entry {
    from: String,
    to: Rc<str>,
    /// Reason of the labels that it gives.
    why: Rc<str>,
    /// Number of comments that it gave a label, or took it from.
    comments: u64,
    /// Number of comments that it was not applied to, as no person had decided.
    refused: u64,
}

/// Comments with their labels, written as CSV.
pub struct Archive<W: Write> {
    csv: csv::Writer<W>,
    map: Vec<Entry>,
    only: Option<Only>,
    personal: Personal,
    limit: u64,
    has_header: bool,
    counts: Vec<Count>,
    /// Number of comments written.
    pub written: u64,
    /// Number of them with a label.
    pub labelled: u64,
    /// Number of them with [`super::ABUSIVE`] in it.
    pub abusive: u64,
    /// Number of comments with bytes that could not be decoded.
    pub damaged: u64,
    /// Sentences about what the export has not.
    pub notes: Vec<String>,
    /// Told of rows that cannot be used: a sentence with file and line.
    bad: Box<dyn FnMut(&str)>,
    /// Number of rows that could not be used.
    pub bad_rows: u64,
}

impl<W: Write> Archive<W> {
    /// Archive without comments, written to `out`. `bad` is told of rows that cannot be used.
    pub fn new(out: W, map: &[(String, String)], bad: impl FnMut(&str) + 'static) -> Archive<W> {
        // Of two entries for a status the later counts.
        let is_last = |place: usize, from: &str| {
            !map[place + 1..].iter().any(|(later, _)| later.trim().eq_ignore_ascii_case(from.trim()))
        };
        let entries = map.iter().enumerate().filter(|(place, (from, _))| is_last(*place, from));
        let entry = |(_, (from, to)): (usize, &(String, String))| Entry {
            from: from.trim().to_owned(),
            to: to.trim().into(),
            why: format!("{}, by --map", from.trim()).into(),
            comments: 0,
            refused: 0,
        };
        Archive {
            csv: csv::WriterBuilder::new().buffer_capacity(128 << 10).from_writer(out),
            map: entries.map(entry).collect(),
            only: None,
            personal: Personal::default(),
            limit: u64::MAX,
            has_header: false,
            counts: Vec::new(),
            written: 0,
            labelled: 0,
            abusive: 0,
            damaged: 0,
            notes: Vec::new(),
            bad: Box::new(bad),
            bad_rows: 0,
        }
    }

    /// Writes only some comments.
    pub fn only(mut self, only: Option<Only>) -> Self {
        self.only = only;
        self
    }

    /// Writes at most so many comments.
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// Writes personal data too.
    pub fn personal(mut self, personal: Personal) -> Self {
        self.personal = personal;
        self
    }

    /// Adds a comment.
    ///
    /// # Errors
    /// There are enough, or writing fails.
    pub fn push(&mut self, comment: &Comment) -> Result<(), Stop> {
        let text = reader_text(comment.text, comment.html);
        let text = text.trim();
        if text.is_empty() {
            self.count(NO_TEXT, None, "left out: a deleted comment or one of pictures only");
            return Ok(());
        }
        let Status { name, label, why, nobody } = comment.status;
        let entry = self.map.iter_mut().find(|entry| entry.from.eq_ignore_ascii_case(name));
        let mapped = entry.and_then(|entry| {
            *(if nobody { &mut entry.refused } else { &mut entry.comments }) += 1;
            (!nobody).then(|| (entry.to.clone(), entry.why.clone()))
        });
        let (label, why) = mapped.as_ref().map_or((label, why), |(label, why)| (&**label, &**why));
        let is_written = match self.only {
            Some(Only::Labelled) => !label.is_empty(),
            Some(Only::Unlabelled) => label.is_empty(),
            None => true,
        };
        if is_written && self.written == self.limit {
            return Err(Stop::Enough);
        }
        self.count(name, Some(label), why);
        if !is_written {
            return Ok(());
        }
        self.written += 1;
        self.labelled += u64::from(!label.is_empty());
        self.abusive += u64::from(label.split('|').any(|label| label.trim() == super::ABUSIVE));
        self.damaged += u64::from(text.contains('\u{FFFD}'));
        let Comment { when, story, id, parent, author, email, ip, .. } = comment;
        self.header()?;
        let mut write = || {
            for field in [text, label, when, story, id, parent, why] {
                self.csv.write_field(field)?;
            }
            let further = [(self.personal.author, author), (self.personal.email, email), (self.personal.ip, ip)];
            for (_, field) in further.iter().filter(|(wanted, _)| *wanted) {
                self.csv.write_field(field)?;
            }
            self.csv.write_record(None::<&[u8]>)
        };
        write().map_err(|error| stop(error.into()))
    }

    /// Counts a comment that is no reader's or cannot be shown.
    pub fn skip(&mut self, status: &str, why: &str) {
        self.count(status, None, why);
    }

    /// Names a row that cannot be used.
    pub fn bad(&mut self, sentence: &str) {
        self.bad_rows += 1;
        (self.bad)(sentence);
    }

    /// Adds a sentence about what the export has not, once.
    pub fn note(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.notes.contains(&sentence) {
            self.notes.push(sentence);
        }
    }

    /// Number of comments by status, the most frequent first.
    pub fn counts(&self) -> Vec<Count> {
        let mut counts = self.counts.clone();
        counts.sort_by_key(|count| std::cmp::Reverse(count.comments));
        counts
    }

    /// Number of comments with a status.
    pub fn of_status(&self, status: &str) -> u64 {
        self.counts.iter().filter(|count| count.status == status).map(|count| count.comments).sum()
    }

    /// Entries of the map that gave no comment a label, with the number of comments that they were refused.
    pub fn unused(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        let unused = self.map.iter().filter(|entry| entry.comments == 0);
        unused.map(|entry| (&*entry.from, &*entry.to, entry.refused))
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Writing fails, or nobody reads.
    pub fn finish(&mut self) -> Result<(), Stop> {
        self.header()?;
        self.csv.flush().map_err(stop)
    }

    /// Writes the names of the columns, once: with the first comment, so that what is refused writes nothing.
    fn header(&mut self) -> Result<(), Stop> {
        if std::mem::replace(&mut self.has_header, true) {
            return Ok(());
        }
        let Personal { author, email, ip } = self.personal;
        let further = [(author, "author"), (email, "email"), (ip, "ip")];
        let further = further.iter().filter(|(wanted, _)| *wanted).map(|(_, name)| *name);
        let columns = ["text", "label", "when", "story", "id", "parent", "why"].into_iter().chain(further);
        self.csv.write_record(columns).map_err(|error| stop(error.into()))
    }

    fn count(&mut self, status: &str, label: Option<&str>, why: &str) {
        let is_this = |count: &Count| count.status == status && count.label.as_deref() == label;
        let (status, label, why) = match self.counts.iter().position(is_this) {
            Some(found) => {
                self.counts[found].comments += 1;
                // The most frequent is found first.
                if found > 0 && self.counts[found].comments > self.counts[found - 1].comments {
                    self.counts.swap(found, found - 1);
                }
                return;
            }
            None if self.counts.len() < MAX_STATUSES => (status, label, why),
            None => (OTHERS, label.map(|_| ""), "further statuses"),
        };
        match self.counts.iter_mut().find(|count| count.status == status && count.label.as_deref() == label) {
            Some(count) => count.comments += 1,
            None => self.counts.push(Count {
                status: status.to_owned(),
                label: label.map(str::to_owned),
                why: why.to_owned(),
                comments: 1,
            }),
        }
    }
}

fn stop(error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::Enough,
        _ => Stop::Error(format!("the output: {error}")),
    }
}

/// Comment as a reader sees it: without tags if it is HTML, without control characters, in lines that end with `\n`.
fn reader_text(text: &str, html: bool) -> Cow<'_, str> {
    let plain = if html { Visible::of(text).text } else { Cow::Borrowed(text) };
    let is_control = |c: char| (c.is_ascii_control() && !matches!(c, '\n' | '\t')) || c == '\u{FEFF}';
    if !plain.bytes().any(|byte| byte < b' ' && !matches!(byte, b'\n' | b'\t') || byte == 0x7F) {
        return plain;
    }
    Cow::Owned(plain.replace("\r\n", "\n").replace('\r', "\n").replace(is_control, ""))
}
