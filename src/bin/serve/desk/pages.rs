//! The pages: what their templates are given.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rusqlite::Connection;

use crate::desk::DeskError;
use crate::desk::audit::Deed;
use crate::desk::card::{Explained, percent, signs_shown};
use crate::desk::comparison::Last;
use crate::desk::decide::{MAX_BULK, REASONS};
use crate::desk::form::encoded;
use crate::desk::learning::Learnt;
use crate::desk::people::{Person, Role};
use crate::desk::queue::{Comment, Earlier, Queue, Waiting};
use crate::desk::visitor::Visitor;
use crate::desk::words::{Language, Words, fill, isolated};
use crate::moment;

/// What all pages have.
pub struct Frame {
    pub language: Language,
    pub t: &'static Words,
    pub title: String,
    pub person: Option<Person>,
    /// Secret of the forms.
    pub form: String,
    pub tabs: Vec<Tab>,
    /// What has just been done.
    pub done: String,
    /// Address of the page, to come back to.
    pub to: String,
    pub assets: Assets,
}

/// Addresses of style and script; they change with their contents.
#[derive(Clone, Copy)]
pub struct Assets {
    pub style: &'static str,
    pub script: &'static str,
}

/// A queue in the head of a page.
pub struct Tab {
    pub queue: Queue,
    pub name: &'static str,
    pub count: u64,
    pub is_current: bool,
}

impl Frame {
    /// The frame of a page for a visitor. `done`: name of what has just been done.
    pub fn new(visitor: &Visitor, title: &str, assets: Assets) -> Frame {
        Frame {
            language: visitor.language,
            t: visitor.language.words(),
            title: title.to_owned(),
            person: visitor.person.clone(),
            form: visitor.form.clone(),
            tabs: Vec::new(),
            done: String::new(),
            to: "/review".to_owned(),
            assets,
        }
    }

    /// The same with the queues in its head.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn with_queues(mut self, database: &Connection, current: Option<Queue>) -> Result<Frame, DeskError> {
        for queue in Queue::ALL {
            let name = self.t.named(queue.name());
            self.tabs.push(Tab { queue, name, count: queue.count(database)?, is_current: current == Some(queue) });
        }
        Ok(self)
    }

    /// The same with a notice of what has just been done.
    pub fn with_done(mut self, done: &str) -> Frame {
        let name = format!("done_{done}");
        let text = self.t.named(&name);
        // Only what has a text: the name comes with the address.
        if text != name {
            self.done = text.to_owned();
        }
        self
    }

    /// The person has a role, or a higher one.
    pub fn is(&self, role: &str) -> bool {
        let role: Role = role.parse().unwrap_or(Role::Admin);
        self.person.as_ref().is_some_and(|person| person.role >= role)
    }

    /// The role's name in the language of the page.
    pub fn role(&self) -> &'static str {
        self.person.as_ref().map_or("", |person| self.t.named(person.role.as_str()))
    }

    /// A share in per cent.
    pub fn percent(&self, share: &f64) -> String {
        percent(self.language, *share)
    }

    /// An interval of shares.
    pub fn range(&self, low: &f64, high: &f64) -> String {
        fill(self.t.to_interval, &[&percent(self.language, *low), &percent(self.language, *high)])
    }

    /// A label, which may be several classes.
    pub fn label(&self, label: &str) -> String {
        if label == "critical|neutral" {
            return self.t.not_abusive.to_owned();
        }
        label.split('|').map(|class| self.t.named(class)).collect::<Vec<_>>().join(" | ")
    }

    /// The name of a reason of a rejection.
    pub fn why(&self, why: &str) -> String {
        let name = format!("why_{}", why.replace('-', "_"));
        let text = self.t.named(&name);
        if text == name { why.to_owned() } else { text.to_owned() }
    }

    /// What became of a comment.
    pub fn outcome(&self, outcome: &str) -> &'static str {
        match outcome {
            "publish" => self.t.outcome_publish,
            "reject" => self.t.outcome_reject,
            _ => self.t.outcome_hold,
        }
    }

    /// The name of what was done.
    pub fn act(&self, act: &str) -> String {
        let name = format!("act_{}", act.replace('-', "_"));
        let text = self.t.named(&name);
        if text == name { act.to_owned() } else { text.to_owned() }
    }

    /// A text with one placeholder filled.
    pub fn fill(&self, text: &str, value: impl std::fmt::Display) -> String {
        fill(text, &[&isolated(value)])
    }

    /// A text of others on one line, with hidden signs seen.
    pub fn plain(&self, text: &str) -> String {
        signs_shown(&text.replace(['\n', '\r', '\t'], " "), self.t)
    }

    /// A time for machines, and for people, who see it in their own zone where there is a script.
    pub fn at(&self, millis: &i64) -> String {
        moment::of_millis(*millis)
    }

    /// The same for people.
    pub fn shown(&self, millis: &i64) -> String {
        moment::of_millis(*millis).get(..16).unwrap_or_default().replace('T', " ") + " UTC"
    }
}

/// The sign-in page.
#[derive(Template)]
#[template(path = "review/sign_in.html")]
pub struct SignInPage {
    pub f: Frame,
    pub is_wrong: bool,
    pub is_changed: bool,
}

/// The account of the person.
#[derive(Template)]
#[template(path = "review/account.html")]
pub struct AccountPage {
    pub f: Frame,
    pub is_wrong: bool,
}

/// A queue.
#[derive(Template)]
#[template(path = "review/queue.html")]
pub struct QueuePage {
    pub f: Frame,
    pub queue: Queue,
    pub help: &'static str,
    pub rows: Vec<Waiting>,
    /// Number of the last comment of the page, if there are more.
    pub more_after: Option<i64>,
    pub is_first: bool,
}

/// A comment.
#[derive(Template)]
#[template(path = "review/card.html")]
pub struct CardPage {
    pub f: Frame,
    pub queue: Queue,
    pub comment: Comment,
    pub explained: Explained,
    pub reasons: Vec<String>,
    pub earlier: Vec<Earlier>,
    /// Comments of the author that wait.
    pub author_waits: u64,
    pub deeds: Vec<Deed>,
    pub classes: Vec<String>,
    pub kinds: Vec<&'static str>,
    /// It may be decided on by this person.
    pub may_decide: bool,
    /// It is decided on by another, whose decision this person may replace.
    pub may_replace: bool,
}

impl CardPage {
    fn rejections(&self) -> impl Iterator<Item = &'static str> {
        REASONS.iter().map(|(name, _)| *name)
    }

    /// The address on the site, if it is one that a browser may open.
    fn safe_link(&self) -> Option<&str> {
        let link = self.comment.link.as_str();
        (link.starts_with("https://") || link.starts_with("http://")).then_some(link)
    }

    fn author_query(&self) -> String {
        encoded(&self.comment.author)
    }

    fn rule_query(&self) -> String {
        encoded(&self.comment.rule)
    }

    fn mark_class(&self, mark: &str) -> &'static str {
        mark_class(mark)
    }
}

/// The style of a marked word; classes of other models than naqd's share one.
fn mark_class(mark: &str) -> &'static str {
    match mark {
        "abusive" => "m-abusive",
        "critical" => "m-critical",
        "neutral" => "m-neutral",
        "rule" => "m-rule",
        "sign" => "m-sign",
        _ => "m-other",
    }
}

/// Many comments at once.
#[derive(Template)]
#[template(path = "review/bulk.html")]
pub struct BulkPage {
    pub f: Frame,
    pub title: String,
    /// Name of the field, and its value.
    pub by: (&'static str, String),
    pub count: usize,
    /// Digest of the comments.
    pub told: String,
}

impl BulkPage {
    fn rejections(&self) -> impl Iterator<Item = &'static str> {
        REASONS.iter().map(|(name, _)| *name)
    }

    fn max(&self) -> usize {
        MAX_BULK
    }
}

/// What people have done.
#[derive(Template)]
#[template(path = "review/others.html")]
pub struct OthersPage {
    pub f: Frame,
    pub deeds: Vec<Deed>,
}

/// What has been labelled, and whether the error bounds hold.
#[derive(Template)]
#[template(path = "review/learning.html")]
pub struct LearningPage {
    pub f: Frame,
    pub learnt: std::sync::Arc<Learnt>,
    pub spots: u64,
    /// The last comparison, and when it was.
    pub last: Option<(i64, Last)>,
    pub has_trainer: bool,
}

/// A page about something that did not work.
#[derive(Template)]
#[template(path = "review/problem.html")]
struct ProblemPage {
    f: Frame,
    message: String,
}

/// A page as an answer.
pub fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "desk: page");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page about something that did not work.
pub fn problem(visitor: &Visitor, status: StatusCode, message: &str) -> Response {
    let f = Frame::new(visitor, visitor.language.words().problem, super::assets::ASSETS.addresses());
    page(status, &ProblemPage { f, message: message.to_owned() })
}

/// The page about an error.
pub fn failed(visitor: &Visitor, error: &DeskError) -> Response {
    let words = visitor.language.words();
    let (status, message) = match error {
        DeskError::Gone => (StatusCode::NOT_FOUND, words.problem_gone.to_owned()),
        DeskError::Taken(by) => (StatusCode::CONFLICT, fill(words.taken, &[&isolated(by)])),
        DeskError::Edited => (StatusCode::CONFLICT, words.problem_edited.to_owned()),
        DeskError::Changed => (StatusCode::CONFLICT, words.problem_changed.to_owned()),
        DeskError::NothingToUndo => (StatusCode::CONFLICT, words.problem_undo.to_owned()),
        DeskError::Busy => (StatusCode::SERVICE_UNAVAILABLE, words.problem_many.to_owned()),
        DeskError::Full(_) => (StatusCode::TOO_MANY_REQUESTS, error.to_string()),
        DeskError::Database(what) => {
            tracing::error!(error = what, "desk");
            (StatusCode::SERVICE_UNAVAILABLE, words.problem_file.to_owned())
        }
    };
    problem(visitor, status, &message)
}
