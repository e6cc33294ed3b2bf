//! What the server was told: the file `naqd.toml`, and the command line, which goes before it.

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use naqd::Thresholds;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// `naqd.toml`. Paths are relative to the folder that the program runs in; a name that is not known is refused.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// Address and port.
    pub listen: Option<String>,
    /// Model file; the shipped model if none.
    pub model: Option<PathBuf>,
    /// The rules of the house, a CSV file.
    pub rules: Option<PathBuf>,
    /// SQLite file of feedback.
    pub feedback: Option<PathBuf>,
    /// Decision log.
    pub decisions: Option<PathBuf>,
    /// Least level that is logged.
    pub log: Option<String>,
    keys: Keys,
    coral: CoralFile,
    /// Further attributes of `comments:analyze`: `LIKELY_TO_REJECT = "abusive"`.
    attributes: BTreeMap<String, String>,
    /// Thresholds in place of those of the model.
    triage: Thresholds,
    limits: Limits,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    /// The keys themselves.
    keys: Vec<String>,
    /// A file with one key a line.
    file: Option<PathBuf>,
    /// Whether scoring needs a key too.
    scoring: bool,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
struct CoralFile {
    /// Signing secrets of the moderation phase, `empsec_...`.
    secrets: Vec<String>,
    /// A file with one secret a line.
    file: Option<PathBuf>,
    /// The comment body format that Coral was set to.
    format: CoralFormat,
    /// What the author of a rejected comment is told; nothing if empty.
    explanation: String,
}

/// How Coral sends the text of comments.
#[derive(Deserialize, Default, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum CoralFormat {
    /// As HTML, Coral's default.
    #[default]
    Html,
    /// As plain text.
    Text,
}

/// What a request may take.
#[derive(Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most bytes of a body.
    pub body: usize,
    /// Most bytes of the request line and headers, at least 8192.
    pub headers: usize,
    /// Most connections at once; others wait to be accepted.
    pub connections: usize,
    /// Most seconds that a request may take to arrive, and an answer to leave.
    pub seconds: u64,
    /// Most comments of one request to `/v1/score` and `/v1/feedback`.
    pub comments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { body: 1 << 20, headers: 16 << 10, connections: 768, seconds: 10, comments: 10_000 }
    }
}

/// What the command line says.
#[derive(Default)]
pub struct Given {
    pub listen: Option<String>,
    pub model: Option<PathBuf>,
    pub rules: Option<PathBuf>,
    pub feedback: Option<PathBuf>,
    pub decisions: Option<PathBuf>,
    pub log: Option<String>,
}

/// Everything, checked.
pub struct Settings {
    pub listen: SocketAddr,
    pub model: Option<PathBuf>,
    pub rules: Option<PathBuf>,
    pub feedback: Option<PathBuf>,
    pub decisions: Option<PathBuf>,
    pub log: tracing::Level,
    /// Hashes of the keys.
    keys: Vec<[u8; 32]>,
    /// Whether scoring needs a key too.
    pub key_for_scoring: bool,
    pub coral: Coral,
    pub attributes: BTreeMap<String, String>,
    /// Thresholds that go before those of the model.
    pub triage: Thresholds,
    pub limits: Limits,
}

/// What there is to know of Coral.
pub struct Coral {
    pub secrets: Vec<String>,
    pub format: CoralFormat,
    pub explanation: String,
}

impl Settings {
    /// Reads the configuration file, if there is one, and puts the command line before it.
    ///
    /// # Errors
    /// What is wrong, with file, line and how to mend it.
    pub fn read(file: Option<&Path>, given: Given) -> Result<Settings, String> {
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
        let coral = secrets(file.coral.secrets, file.coral.file.as_deref(), "NAQD_CORAL_SECRETS", 16);
        if !listen.ip().is_loopback() && keys.is_empty() {
            return Err(format!(
                "{name}listen {listen}: not listening there without keys, since everybody who reaches it could write \
                 feedback. Set keys.file in naqd.toml (or NAQD_KEYS), or listen on 127.0.0.1 behind a proxy"
            ));
        }
        let limits = file.limits;
        for (what, found, least) in [
            ("body", limits.body, 1024),
            ("headers", limits.headers, 8192),
            ("connections", limits.connections, 1),
            ("seconds", limits.seconds as usize, 1),
            ("comments", limits.comments, 1),
        ] {
            if found < least {
                return Err(format!("{name}limits.{what} {found}: expected at least {least}"));
            }
        }
        Ok(Settings {
            listen,
            model: given.model.or(file.model),
            rules: given.rules.or(file.rules),
            feedback: given.feedback.or(file.feedback),
            decisions: given.decisions.or(file.decisions),
            log,
            keys: keys.iter().map(|key| Sha256::digest(key).into()).collect(),
            key_for_scoring: file.keys.scoring,
            coral: Coral {
                secrets: coral.map_err(|e| format!("{name}coral: {e}"))?,
                format: file.coral.format,
                explanation: file.coral.explanation,
            },
            attributes: file.attributes,
            triage: file.triage,
            limits,
        })
    }

    /// Whether there are keys at all.
    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether `key` is one of the keys; takes the same time for each that is not.
    pub fn is_key(&self, key: &str) -> bool {
        let hash: [u8; 32] = Sha256::digest(key).into();
        let same = |known: &[u8; 32]| known.iter().zip(hash).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0;
        self.keys.iter().fold(false, |found, known| found | same(known))
    }

    /// Most time that a request may take to arrive, and an answer to leave.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.limits.seconds)
    }
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

/// Secrets from the configuration, a file with one a line, and the environment, separated by spaces.
fn secrets(mut found: Vec<String>, file: Option<&Path>, variable: &str, least: usize) -> Result<Vec<String>, String> {
    if let Some(path) = file {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        found.extend(
            text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty() && !line.starts_with('#')),
        );
    }
    if let Ok(text) = std::env::var(variable) {
        found.extend(text.split_whitespace().map(str::to_owned));
    }
    match found.iter().position(|secret| secret.len() < least) {
        // The secret itself is not for the log.
        Some(short) => Err(format!(
            "key or secret {}: {} bytes, expected at least {least}: openssl rand -hex 32",
            short + 1,
            found[short].len()
        )),
        None => Ok(found),
    }
}
