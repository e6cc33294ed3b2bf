//! Settings of the server: the file `naqd.toml`, and the command line, which takes precedence.

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use naqd::{Html, Thresholds};
use serde::Deserialize;
use sha2::digest::CtOutput;
use sha2::{Digest, Sha256};

use crate::deliveries::{CoralApi, DeliveriesFile, DeliverySettings};
use crate::desk::DeskSettings;
use crate::hooks::{Hook, HookFile};

/// `naqd.toml`. Paths are relative to the folder that the program runs in; an unknown name is an error.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// Address and port.
    pub listen: Option<String>,
    /// Further names that this server is asked by: those of a proxy, each with or without a port.
    pub hosts: Vec<String>,
    /// Model file; the shipped model if none.
    pub model: Option<PathBuf>,
    /// The rules of the house, a CSV file.
    pub rules: Option<PathBuf>,
    /// SQLite file of feedback.
    pub feedback: Option<PathBuf>,
    /// Decision log.
    pub decisions: Option<PathBuf>,
    /// Decisions are logged and counted, and answered as what naqd would do.
    pub watch_only: bool,
    /// Minimum level that is logged.
    pub log: Option<String>,
    keys: Keys,
    coral: CoralFile,
    /// Further attributes of `comments:analyze`: `LIKELY_TO_REJECT = "abusive"`.
    attributes: BTreeMap<String, String>,
    perspective: PerspectiveFile,
    /// Thresholds in place of those of the model; `[triage]` before.
    #[serde(alias = "triage")]
    thresholds: Thresholds,
    limits: Limits,
    /// Webhooks by their names.
    hooks: BTreeMap<String, HookFile>,
    deliveries: DeliveriesFile,
    /// Address and port for scrapers of metrics, without a key.
    metrics: Option<String>,
    /// The review desk.
    review: DeskSettings,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    /// The keys themselves.
    keys: Vec<String>,
    /// A file with one key a line.
    file: Option<PathBuf>,
    /// Scoring, and reading of the model, needs a key too.
    scoring: bool,
    /// Keys for `GET /metrics` and nothing else.
    metrics: Vec<String>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
struct CoralFile {
    /// Signing secrets of the moderation phase, `empsec_...`.
    secrets: Vec<String>,
    /// A file with one secret a line.
    file: Option<PathBuf>,
    /// The comment body format of Coral's settings.
    format: TextFormat,
    /// Explanation for the author of a rejected comment; none if empty.
    explanation: String,
    /// Address of Coral, which is told what moderators decide at the review desk.
    url: Option<String>,
    /// Token for its GraphQL.
    token: Option<String>,
    /// A file with the token.
    token_file: Option<PathBuf>,
}

/// Format in which the text of comments is sent.
#[derive(Deserialize, Default, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum TextFormat {
    /// As HTML, the default: plain text is seldom anything else in it.
    #[default]
    Html,
    /// As plain text.
    Text,
}

impl TextFormat {
    /// How such a text is read.
    pub fn html(self) -> Html {
        match self {
            TextFormat::Html => Html::Yes,
            TextFormat::Text => Html::No,
        }
    }
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
struct PerspectiveFile {
    /// Answer of `comments:analyze` to a comment that the model is not familiar with.
    unfamiliar: Unfamiliar,
}

/// Answer to a comment that the model is not familiar with, such as one in another language.
#[derive(Deserialize, Default, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Unfamiliar {
    /// Scores, with the field `unfamiliar`.
    #[default]
    Score,
    /// Perspective's error, as for a language that it does not know.
    Refuse,
}

/// Limits of a request.
#[derive(Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Maximum size of a body, in bytes.
    pub body: usize,
    /// Maximum size of the request line and headers, in bytes; at least 8192.
    pub headers: usize,
    /// Maximum number of connections at once; others wait to be accepted.
    pub connections: usize,
    /// The same from one other machine; others are closed.
    pub connections_per_address: usize,
    /// Maximum time for a request to arrive, and for an answer to leave, in seconds.
    pub seconds: u64,
    /// Maximum number of comments in one request to `/v1/score` and `/v1/feedback`.
    pub comments: usize,
    /// Maximum number of rows of feedback in a minute, for each key.
    pub feedback_per_minute: usize,
    /// Maximum size of the feedback of a day, for each key, in MiB.
    pub feedback_mib_per_day: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body: 1 << 20,
            headers: 16 << 10,
            connections: 768,
            connections_per_address: 384,
            seconds: 10,
            comments: 10_000,
            feedback_per_minute: 30_000,
            feedback_mib_per_day: 256,
        }
    }
}

impl Limits {
    fn check(&self) -> Result<(), String> {
        for (what, found, min) in [
            ("body", self.body, 1024),
            ("headers", self.headers, 8192),
            ("connections", self.connections, 1),
            ("connections_per_address", self.connections_per_address, 1),
            ("seconds", self.seconds as usize, 1),
            ("comments", self.comments, 1),
            ("feedback_per_minute", self.feedback_per_minute, 1),
            ("feedback_mib_per_day", self.feedback_mib_per_day, 1),
        ] {
            if found < min {
                return Err(format!("limits.{what} {found}: expected at least {min}"));
            }
        }
        Ok(())
    }
}

/// Settings of the command line.
#[derive(Default)]
pub struct CommandLine {
    pub listen: Option<String>,
    pub model: Option<PathBuf>,
    pub rules: Option<PathBuf>,
    pub feedback: Option<PathBuf>,
    pub decisions: Option<PathBuf>,
    pub review: Option<PathBuf>,
    pub watch_only: bool,
    pub log: Option<String>,
}

/// All settings, checked.
pub struct Settings {
    pub listen: SocketAddr,
    /// Further names that this server is asked by.
    pub hosts: Vec<String>,
    pub model: Option<PathBuf>,
    pub rules: Option<PathBuf>,
    pub feedback: Option<PathBuf>,
    pub decisions: Option<PathBuf>,
    /// Decisions are logged and counted, and answered as what naqd would do.
    pub watch_only: bool,
    pub log: tracing::Level,
    /// Hashes of the keys.
    keys: Vec<CtOutput<Sha256>>,
    /// Hashes of the keys for metrics only.
    metrics_keys: Vec<CtOutput<Sha256>>,
    /// Scoring needs a key too.
    pub key_for_scoring: bool,
    pub coral: Coral,
    pub attributes: BTreeMap<String, String>,
    pub unfamiliar: Unfamiliar,
    /// Thresholds that replace those of the model.
    pub thresholds: Thresholds,
    pub limits: Limits,
    /// Webhooks by their names.
    pub hooks: BTreeMap<String, Arc<Hook>>,
    /// Who is told of decisions, if anybody.
    pub deliveries: Option<DeliverySettings>,
    /// Address for scrapers of metrics.
    pub metrics: Option<SocketAddr>,
    /// The review desk.
    pub review: DeskSettings,
}

/// Settings of Coral's moderation phase.
pub struct Coral {
    pub secrets: Vec<String>,
    pub format: TextFormat,
    pub explanation: String,
}

impl Settings {
    /// Reads the configuration file, if there is one; the command line takes precedence.
    ///
    /// # Errors
    /// A mistake, with its file and line and how to correct it.
    pub fn read(file: Option<&Path>, given: CommandLine) -> Result<Settings, String> {
        let (file, name) = match file {
            None => (File::default(), String::new()),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
                (
                    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?,
                    format!("{}: ", path.display()),
                )
            }
        };
        let listen = given.listen.or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen = address(&listen).map_err(|error| format!("{name}listen {listen:?}: {error}"))?;
        let log = given.log.or(file.log).unwrap_or_else(|| "info".to_owned());
        let log = log.parse().map_err(|_| format!("{name}log {log:?}: expected error, warn, info, debug or trace"))?;
        let keys =
            secrets(file.keys.keys, file.keys.file.as_deref(), "NAQD_KEYS", 16).map_err(|e| format!("{name}{e}"))?;
        let metrics_keys = long_enough(file.keys.metrics, 16).map_err(|e| format!("{name}keys.metrics: {e}"))?;
        let coral = secrets(file.coral.secrets, file.coral.file.as_deref(), "NAQD_CORAL_SECRETS", 16);
        if !listen.ip().is_loopback() && keys.is_empty() {
            return Err(format!(
                "{name}listen {listen}: not listening there without keys, since anybody who reaches it could write \
                 feedback. Set keys.file in naqd.toml (or NAQD_KEYS), or listen on 127.0.0.1 behind a proxy"
            ));
        }
        let limits = file.limits;
        limits.check().map_err(|error| format!("{name}{error}"))?;
        if let Some(host) = file.hosts.iter().find(|host| host.contains(['/', ' ', '*']) || host.is_empty()) {
            return Err(format!("{name}hosts {host:?}: expected a name as in \"news.example\" or \"naqd:8080\""));
        }
        let hooks = hooks(file.hooks).map_err(|error| format!("{name}{error}"))?;
        let routes: Vec<&str> = hooks.values().map(|hook| hook.route.as_str()).collect();
        let tokens =
            secrets(file.coral.token.into_iter().collect(), file.coral.token_file.as_deref(), "NAQD_CORAL_TOKEN", 16);
        let tokens = tokens.map_err(|error| format!("{name}coral.token: {error}"))?;
        let api = CoralApi { url: file.coral.url, tokens };
        let deliveries =
            DeliverySettings::read(file.deliveries, &routes, api).map_err(|error| format!("{name}{error}"))?;
        let metrics =
            file.metrics.map(|text| address(&text).map_err(|error| format!("{name}metrics {text:?}: {error}")));
        let review = DeskSettings { file: given.review.or(file.review.file.clone()), ..file.review };
        review.check().map_err(|error| format!("{name}{error}"))?;
        Ok(Settings {
            listen,
            hosts: file.hosts,
            model: given.model.or(file.model),
            rules: given.rules.or(file.rules),
            feedback: given.feedback.or(file.feedback),
            decisions: given.decisions.or(file.decisions),
            watch_only: given.watch_only || file.watch_only,
            log,
            keys: keys.iter().map(|key| hash(key)).collect(),
            metrics_keys: metrics_keys.iter().map(|key| hash(key)).collect(),
            key_for_scoring: file.keys.scoring,
            coral: Coral {
                secrets: coral.map_err(|e| format!("{name}coral: {e}"))?,
                format: file.coral.format,
                explanation: file.coral.explanation,
            },
            attributes: file.attributes,
            unfamiliar: file.perspective.unfamiliar,
            thresholds: file.thresholds,
            limits,
            hooks,
            deliveries,
            metrics: metrics.transpose()?,
            review,
        })
    }

    /// There are keys at all.
    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Number of keys.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Number of a key, from 1, if `key` is one; takes the same time for each that is not.
    pub fn key_number(&self, key: &str) -> Option<u32> {
        let given = hash(key);
        (1..).zip(&self.keys).fold(None, |found, (number, known)| if *known == given { Some(number) } else { found })
    }

    /// `key` is one of those for metrics.
    pub fn is_metrics_key(&self, key: &str) -> bool {
        let given = hash(key);
        self.metrics_keys.iter().fold(false, |found, known| found | (*known == given))
    }

    /// Maximum time for a request to arrive, and for an answer to leave.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.limits.seconds)
    }
}

/// The webhooks, checked.
fn hooks(files: BTreeMap<String, HookFile>) -> Result<BTreeMap<String, Arc<Hook>>, String> {
    let hook = |(name, file): (String, HookFile)| {
        let hook = Hook::read(&name, file).map_err(|error| format!("hooks.{name}: {error}"))?;
        Ok((name, Arc::new(hook)))
    };
    files.into_iter().map(hook).collect()
}

/// Checks the name of a webhook or of a receiver, which stands in addresses, logs, metrics and names of variables.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=40).contains(&name.len()) && name.bytes().all(is_known) {
        return Ok(());
    }
    Err("expected a name of 1 to 40 letters a to z, digits and hyphens".to_owned())
}

/// The hash of a key, which is compared in constant time.
fn hash(key: &str) -> CtOutput<Sha256> {
    CtOutput::new(Sha256::digest(key))
}

/// The address of `host:port`; all addresses of a name must be loopback or none.
fn address(text: &str) -> Result<SocketAddr, String> {
    let found: Vec<SocketAddr> = text
        .to_socket_addrs()
        .map_err(|error| format!("{error}; expected an address and a port, 127.0.0.1:8080"))?
        .collect();
    match found.iter().find(|address| !address.ip().is_loopback()).or(found.first()) {
        Some(address) => Ok(*address),
        None => Err("no such address".to_owned()),
    }
}

/// Variable of the environment with the secrets of what has a name: of `HOOK` and `my-cms` it is `NAQD_HOOK_MY_CMS`.
pub fn variable(of: &str, name: &str) -> String {
    format!("NAQD_{of}_{}", name.to_uppercase().replace('-', "_"))
}

/// Secrets from the configuration, a file with one a line, and the environment, separated by spaces.
pub fn secrets(mut found: Vec<String>, file: Option<&Path>, variable: &str, min: usize) -> Result<Vec<String>, String> {
    if let Some(path) = file {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        found.extend(
            text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty() && !line.starts_with('#')),
        );
    }
    if let Ok(text) = std::env::var(variable) {
        found.extend(text.split_whitespace().map(str::to_owned));
    }
    long_enough(found, min)
}

/// Secrets, none of which is too short.
fn long_enough(found: Vec<String>, min: usize) -> Result<Vec<String>, String> {
    match found.iter().position(|secret| secret.len() < min) {
        // The secret itself must not get into the log.
        Some(short) => Err(format!(
            "key or secret {}: {} bytes, expected at least {min}: openssl rand -hex 32",
            short + 1,
            found[short].len()
        )),
        None => Ok(found),
    }
}
