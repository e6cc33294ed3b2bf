//! Settings of a webhook: where a comment stands in what another program sends, how it is signed, and what is answered.

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::http::HeaderName;
use naqd::Html;
use serde::Deserialize;

use super::pointer::Pointer;
use super::template::Template;
use crate::config::{TextFormat, check_name, secrets, variable};
use crate::signature::Scheme;

/// Fields that an answer may name.
const FIELDS: [&str; 17] = [
    "id",
    "author",
    "story",
    "parent",
    "model",
    "version",
    "label",
    "probabilities",
    "kinds",
    "named_kinds",
    "decision",
    "notify",
    "would",
    "would_notify",
    "reason",
    "rule",
    "scores",
];

/// `[hooks.NAME]` of `naqd.toml`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct HookFile {
    text: OneOrMore,
    id: Option<String>,
    author: Option<String>,
    story: Option<String>,
    parent: Option<String>,
    #[serde(default)]
    format: TextFormat,
    #[serde(default)]
    only: BTreeMap<String, Vec<String>>,
    scheme: Scheme,
    header: Option<String>,
    #[serde(default)]
    secrets: Vec<String>,
    file: Option<PathBuf>,
    tolerance: Option<u64>,
    answer: Option<String>,
}

/// One JSON pointer or several.
#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// A webhook.
pub struct Hook {
    /// `/v1/hooks/NAME`, as the decision log names it.
    pub route: String,
    /// JSON pointers to the text of the comment; the parts are joined.
    pub text: Vec<Pointer>,
    /// JSON pointers to the names of the comment and of what belongs to it.
    pub id: Option<Pointer>,
    pub author: Option<Pointer>,
    pub story: Option<Pointer>,
    pub parent: Option<Pointer>,
    /// The text is HTML.
    pub html: Html,
    /// JSON pointers, each with the strings of which one has to stand there; other requests are not about comments.
    pub only: Vec<(Pointer, Vec<String>)>,
    pub scheme: Scheme,
    /// Header of the signature.
    pub header: HeaderName,
    pub secrets: Vec<String>,
    /// Maximum age of a signature with a time, in seconds.
    pub tolerance: u64,
    /// The answer; the decision itself if none.
    pub answer: Option<Template>,
}

impl Hook {
    /// Checks the settings of a webhook.
    ///
    /// # Errors
    /// A mistake, and what is expected.
    pub fn read(name: &str, file: HookFile) -> Result<Hook, String> {
        check_name(name)?;
        let text = match file.text {
            OneOrMore::One(pointer) => vec![pointer],
            OneOrMore::More(pointers) => pointers,
        };
        if text.is_empty() || text.len() > 8 {
            return Err(format!("text has {} JSON pointers, expected 1 to 8", text.len()));
        }
        if file.only.len() > 8 {
            return Err(format!("only has {} JSON pointers, expected at most 8", file.only.len()));
        }
        let only = file.only.into_iter().map(|(pointer, wanted)| Ok((Pointer::read(pointer)?, wanted)));
        let header = match (file.header, file.scheme) {
            (Some(header), _) => header,
            (None, Scheme::Bearer) => "authorization".to_owned(),
            (None, _) => return Err("header is missing: the name of the header with the signature".to_owned()),
        };
        let header = HeaderName::from_bytes(header.as_bytes())
            .map_err(|_| format!("header {header:?}, expected a name as in \"X-Signature\""))?;
        if file.tolerance.is_some() && file.scheme != Scheme::Timestamped {
            return Err("tolerance is for scheme = \"timestamped\" only: other signatures have no time".to_owned());
        }
        let variable = variable("HOOK", name);
        let secrets = secrets(file.secrets, file.file.as_deref(), &variable, 16)?;
        if secrets.is_empty() {
            return Err(format!(
                "no secret: anybody could send comments. Set secrets, file, or the variable {variable}"
            ));
        }
        let template = |text: String| Template::read(&text, &FIELDS).map_err(|error| format!("answer: {error}"));
        Ok(Hook {
            route: format!("/v1/hooks/{name}"),
            text: text.into_iter().map(Pointer::read).collect::<Result<_, _>>()?,
            id: file.id.map(Pointer::read).transpose()?,
            author: file.author.map(Pointer::read).transpose()?,
            story: file.story.map(Pointer::read).transpose()?,
            parent: file.parent.map(Pointer::read).transpose()?,
            html: file.format.html(),
            only: only.collect::<Result<_, String>>()?,
            scheme: file.scheme,
            header,
            secrets,
            tolerance: file.tolerance.unwrap_or(300),
            answer: file.answer.map(template).transpose()?,
        })
    }
}
