//! Coral's GraphQL: a moderator's decision on a comment from Coral. Coral gives a new comment no name before it is saved, so
//! that the comment is looked for first, among those of its author, by its text.

use naqd::internal::text::{Html, readings};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ureq::Agent;

use super::receiver::{Outcome, of_status};

/// Comments in one page of the author's, and pages that are read, the latest first.
const PAGE: usize = 50;
const PAGES: usize = 4;
/// Maximum size of an answer, in bytes.
const MAX_ANSWER: u64 = 4 << 20;
/// Maximum length of an error that Coral tells, in bytes.
const MAX_ERROR: usize = 200;

const FIND: &str = "query NaqdFind($author: ID!, $first: Int!, $after: Cursor) { user(id: $author) { \
    allComments(first: $first, after: $after) { nodes { id body story { id url } revision { id } } \
    pageInfo { hasNextPage endCursor } } } }";
const APPROVE: &str =
    "mutation NaqdApprove($input: ApproveCommentInput!) { approveComment(input: $input) { comment { id status } } }";
const REJECT: &str =
    "mutation NaqdReject($input: RejectCommentInput!) { rejectComment(input: $input) { comment { id status } } }";

/// What a comment is found by at Coral.
#[derive(Serialize, Clone, Debug)]
pub struct CoralComment {
    /// Coral's name of the author.
    pub author: String,
    /// Address of the story, or Coral's name of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<String>,
    /// What a reader sees of it. It is compared here, and neither sent nor written.
    #[serde(skip)]
    pub text: String,
}

/// A comment from Coral with the decision on it.
#[derive(Serialize, Clone, Debug)]
pub struct CoralDecision {
    /// The comment.
    #[serde(flatten)]
    pub comment: CoralComment,
    /// `publish` or `reject`.
    pub decision: &'static str,
    /// The person.
    pub moderator: String,
    /// The desk's reason of a rejection; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl CoralDecision {
    /// Coral's code for the reason of a rejection.
    fn code(&self) -> &'static str {
        match self.reason.as_str() {
            "hate" => "HATE_SPEECH",
            "spam" => "SPAM",
            "off-topic" => "IRRELEVANT_CONTENT",
            "other" => "OTHER",
            _ => "ABUSIVE",
        }
    }
}

impl CoralComment {
    /// A comment of the author is the one that was decided on, and has not been edited since.
    fn is(&self, comment: &Found) -> bool {
        let is_there =
            self.story.as_ref().is_none_or(|story| *story == comment.story.url || *story == comment.story.id);
        let Some(body) = comment.body.as_deref().filter(|_| is_there) else { return false };
        readings(body, Html::Yes).iter().any(|reading| same(&reading.text, &self.text))
    }
}

/// Two texts have the same letters; Coral sends a comment with other breaks of lines than it stores.
fn same(one: &str, other: &str) -> bool {
    one.split_whitespace().flat_map(str::chars).eq(other.split_whitespace().flat_map(str::chars))
}

/// Coral's address and token.
#[derive(Clone)]
pub struct Coral {
    /// Address of its GraphQL.
    pub address: String,
    /// Token of an account that may moderate.
    pub token: String,
}

impl Coral {
    /// Finds the comment and decides on it once.
    pub fn attempt(&self, agent: &Agent, delivery: &str, decided: &CoralDecision) -> Outcome {
        match self.decide(agent, delivery, decided) {
            Ok(()) => Outcome::Delivered,
            Err(outcome) => outcome,
        }
    }

    fn decide(&self, agent: &Agent, delivery: &str, decided: &CoralDecision) -> Result<(), Outcome> {
        let comment = self.find(agent, &decided.comment)?;
        let mut input =
            json!({ "commentID": comment.id, "commentRevisionID": comment.revision.id, "clientMutationId": delivery });
        let mutation = if decided.decision == "publish" {
            APPROVE
        } else {
            input["reason"] = json!({ "code": decided.code() });
            REJECT
        };
        let _: Value = self.ask(agent, mutation, &json!({ "input": input }))?;
        Ok(())
    }

    fn find(&self, agent: &Agent, wanted: &CoralComment) -> Result<Found, Outcome> {
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let variables = json!({ "author": wanted.author, "first": PAGE, "after": after });
            let Author { user } = self.ask(agent, FIND, &variables)?;
            let Some(user) = user else {
                return Err(Outcome::Never("Coral does not know the author".to_owned()));
            };
            let Comments { nodes, page_info } = user.all_comments;
            if let Some(found) = nodes.into_iter().find(|comment| wanted.is(comment)) {
                return Ok(found);
            }
            after = page_info.end_cursor.filter(|_| page_info.has_next_page);
            if after.is_none() {
                break;
            }
        }
        Err(Outcome::Never(format!(
            "Coral has no such comment among the last {} of its author: it was edited or deleted",
            PAGE * PAGES
        )))
    }

    /// Asks a question of Coral's GraphQL.
    fn ask<T: for<'a> Deserialize<'a>>(&self, agent: &Agent, query: &str, variables: &Value) -> Result<T, Outcome> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = agent
            .post(&self.address)
            .header("Content-Type", "application/json")
            .header("Authorization", format!("Bearer {}", self.token));
        let mut answer = request.send(body.as_bytes()).map_err(|error| Outcome::Later(error.to_string()))?;
        let status = of_status(answer.status().as_u16());
        // Of a question that it does not understand Coral tells why, with the status 400.
        if !matches!(status, Outcome::Delivered) && answer.status() != 400 {
            return Err(status);
        }
        let bytes = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let bytes = bytes.map_err(|error| Outcome::Later(error.to_string()))?;
        let said: Said<T> = serde_json::from_slice(&bytes)
            .map_err(|_| Outcome::Never("it does not answer as Coral's GraphQL does".to_owned()))?;
        match (said.errors.first(), said.data) {
            (Some(error), _) => Err(error.outcome()),
            (None, Some(data)) => Ok(data),
            (None, None) => Err(Outcome::Never("it does not answer as Coral's GraphQL does".to_owned())),
        }
    }
}

/// An answer of a GraphQL.
#[derive(Deserialize)]
struct Said<T> {
    #[serde(default = "Option::default")]
    data: Option<T>,
    #[serde(default)]
    errors: Vec<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    message: String,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Deserialize, Default)]
struct Extensions {
    #[serde(default)]
    code: String,
}

impl Refused {
    fn outcome(&self) -> Outcome {
        let what = format!("Coral: {} {}", self.extensions.code, self.message);
        let what = what[..what.floor_char_boundary(MAX_ERROR)].to_owned();
        if matches!(self.extensions.code.as_str(), "INTERNAL_ERROR" | "RATE_LIMIT_EXCEEDED") {
            Outcome::Later(what)
        } else {
            Outcome::Never(what)
        }
    }
}

#[derive(Deserialize)]
struct Author {
    user: Option<User>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    all_comments: Comments,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comments {
    nodes: Vec<Found>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

/// A comment as Coral has it.
#[derive(Deserialize)]
struct Found {
    id: String,
    body: Option<String>,
    story: Story,
    revision: Revision,
}

#[derive(Deserialize)]
struct Story {
    id: String,
    url: String,
}

#[derive(Deserialize)]
struct Revision {
    id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_known_by_its_text_and_story() {
        let decided = CoralDecision {
            comment: CoralComment {
                author: "a-1".to_owned(),
                story: Some("https://news.example/1".to_owned()),
                text: "شكرا على\nهذا & ذاك".to_owned(),
            },
            decision: "publish",
            moderator: "mona".to_owned(),
            reason: String::new(),
        };
        let wanted = &decided.comment;
        let found = |body: Option<&str>, url: &str| Found {
            id: "c".to_owned(),
            body: body.map(str::to_owned),
            story: Story { id: "s".to_owned(), url: url.to_owned() },
            revision: Revision { id: "r".to_owned() },
        };
        let url = "https://news.example/1";
        assert!(wanted.is(&found(Some("<div>شكرا على</div><div><b>هذا</b> &amp; ذاك</div>"), url)));
        assert!(!wanted.is(&found(Some("شكرا على هذا"), url)));
        assert!(!wanted.is(&found(None, url)));
        assert!(!wanted.is(&found(Some("شكرا على هذا &amp; ذاك"), "https://news.example/2")));
        assert!(!serde_json::to_string(&decided).unwrap().contains("شكرا"), "no text of comments is written");
    }
}
