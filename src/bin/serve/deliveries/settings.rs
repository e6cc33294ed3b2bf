//! Settings of deliveries: who is told of decisions, at which address. There is no other way for an address to get here.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use axum::http::Uri;
use serde::Deserialize;

use super::coral::Coral;
use crate::config::{check_name, secrets, variable};

/// Route of all webhooks.
pub const HOOKS: &str = "/v1/hooks";
/// What moderators decide at the review desk.
pub const REVIEW: &str = "/review";
/// The same, of comments from Coral, by its GraphQL. No receiver of the settings can ask for it.
pub const CORAL_DESK: &str = "/review/coral";
/// Name of Coral among the receivers.
const CORAL: &str = "coral";

/// `[deliveries]` of `naqd.toml`.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveriesFile {
    dead_letters: Option<PathBuf>,
    to: BTreeMap<String, ReceiverFile>,
}

/// `[deliveries.to.NAME]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct ReceiverFile {
    address: String,
    secret: Option<String>,
    file: Option<PathBuf>,
    routes: Option<Vec<String>>,
    ca: Option<PathBuf>,
}

/// Deliveries: to whom, and the file for what could not be delivered.
pub struct DeliverySettings {
    pub dead_letters: PathBuf,
    pub to: Vec<ReceiverSettings>,
}

/// Somebody who is told of decisions.
pub struct ReceiverSettings {
    pub name: String,
    pub way: Way,
    /// Routes whose decisions are told.
    pub routes: Vec<String>,
    /// PEM of the certificates that vouch for it; those of the program if none.
    pub ca: Option<Vec<u8>>,
}

/// Way to tell somebody.
#[derive(Clone)]
pub enum Way {
    /// A signed POST of the event.
    Signed { address: String, secret: String },
    /// Coral's GraphQL.
    Coral(Coral),
}

/// Coral's GraphQL in the settings.
pub struct CoralApi {
    /// Address of Coral.
    pub url: Option<String>,
    /// Tokens that were found.
    pub tokens: Vec<String>,
}

impl CoralApi {
    /// The receiver, if there is one.
    fn receiver(self) -> Result<Option<ReceiverSettings>, String> {
        let (url, token) = match (self.url, <[String; 1]>::try_from(self.tokens)) {
            (None, Err(tokens)) if tokens.is_empty() => return Ok(None),
            (Some(url), Ok([token])) => (url, token),
            (None, _) => return Err("coral.token without coral.url: the address of Coral is missing".to_owned()),
            (Some(_), Err(tokens)) => {
                return Err(format!(
                    "{} tokens for coral.url, expected one: coral.token, coral.token_file, or the variable NAQD_CORAL_TOKEN",
                    tokens.len()
                ));
            }
        };
        check_address(&url).map_err(|error| format!("coral.url: {error}"))?;
        if url.contains(['?', '#']) {
            return Err(format!(
                "coral.url {url:?}: expected the address of Coral alone, \"https://coral.news.example\""
            ));
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "coral.token: expected letters, digits and signs of ASCII, as `coral-cli token:create` prints it"
                    .to_owned(),
            );
        }
        let way = Way::Coral(Coral { address: format!("{}/api/graphql", url.trim_end_matches('/')), token });
        let (name, routes) = (CORAL.to_owned(), vec![CORAL_DESK.to_owned()]);
        Ok(Some(ReceiverSettings { name, way, routes, ca: None }))
    }
}

impl DeliverySettings {
    /// Checks the settings; none if nobody is to be told. `hooks` are the routes of webhooks.
    ///
    /// # Errors
    /// A mistake, and what is expected.
    pub fn read(file: DeliveriesFile, hooks: &[&str], coral: CoralApi) -> Result<Option<DeliverySettings>, String> {
        let coral = coral.receiver()?;
        let (dead_letters, to) = match (file.dead_letters, file.to) {
            (None, to) if to.is_empty() && coral.is_none() => return Ok(None),
            (Some(_), to) if to.is_empty() && coral.is_none() => {
                return Err("deliveries.dead_letters without deliveries.to.NAME: nobody to deliver to".to_owned());
            }
            (None, _) => {
                return Err(
                    "deliveries.dead_letters is missing: a file for decisions that cannot be delivered".to_owned()
                );
            }
            (Some(dead_letters), to) => (dead_letters, to),
        };
        let receiver = |(name, file): (String, ReceiverFile)| {
            let read = ReceiverSettings::read(&name, file, hooks);
            read.map_err(|error| format!("deliveries.to.{name}: {error}"))
        };
        if coral.is_some() && to.contains_key(CORAL) {
            return Err("deliveries.to.coral: the name is that of coral.url, choose another".to_owned());
        }
        let to = to.into_iter().map(receiver).chain(coral.map(Ok)).collect::<Result<_, _>>()?;
        Ok(Some(DeliverySettings { dead_letters, to }))
    }
}

impl ReceiverSettings {
    fn read(name: &str, file: ReceiverFile, hooks: &[&str]) -> Result<ReceiverSettings, String> {
        check_name(name)?;
        check_address(&file.address)?;
        let variable = variable("DELIVERY", name);
        let found = secrets(file.secret.into_iter().collect(), file.file.as_deref(), &variable, 16)?;
        let [secret] = <[String; 1]>::try_from(found).map_err(|found| {
            format!("{} secrets, expected one to sign with: secret, file, or the variable {variable}", found.len())
        })?;
        let routes = file.routes.unwrap_or_else(|| vec![HOOKS.to_owned(), REVIEW.to_owned()]);
        let known = ["/v1/score", "/coral", HOOKS, REVIEW];
        if let Some(route) = routes.iter().find(|route| !known.iter().chain(hooks).any(|known| known == route)) {
            let known = known.iter().chain(hooks).copied().collect::<Vec<_>>().join(", ");
            return Err(format!("routes {route:?}, expected some of {known}"));
        }
        let read = |path: PathBuf| std::fs::read(&path).map_err(|error| format!("ca {}: {error}", path.display()));
        let ca = file.ca.map(read).transpose()?;
        let way = Way::Signed { address: file.address, secret };
        Ok(ReceiverSettings { name: name.to_owned(), way, routes, ca })
    }
}

/// Checks an address: https, or http that stays on this machine or in its network, where nobody else listens.
fn check_address(address: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("address {address:?}: {what}"));
    let Ok(uri) = address.parse::<Uri>() else { return wrong("expected one as in \"https://cms.example/naqd\"") };
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else { return wrong("there is no host") };
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return wrong("there is a name or password in it; deliveries are signed instead");
    }
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_near(host) => Ok(()),
        Some("http") => wrong("expected https; http is for this machine and private addresses only"),
        _ => wrong("expected https:// or http://"),
    }
}

/// A host is this machine or in its network: a private address, or a name without a full stop.
fn is_near(host: &str) -> bool {
    let plain = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match plain.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
        // A number without full stops is an address too, in a form of before.
        Err(_) => !host.contains('.') && host.starts_with(|c: char| c.is_ascii_alphabetic()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in [
            "https://cms.example/naqd?site=1",
            "https://192.0.2.1:8443/",
            "http://127.0.0.1:1/x",
            "http://[::1]:80/",
            "http://10.1.2.3/",
            "http://[fd00::1]/",
            "http://localhost/",
            "http://cms:8000/naqd",
        ] {
            assert_eq!(check_address(good), Ok(()));
        }
        for (bad, words) in [
            ("http://cms.example/", "expected https"),
            ("http://192.0.2.1/", "expected https"),
            ("http://169.254.169.254/latest", "expected https"),
            ("http://[::ffff:192.0.2.1]/", "expected https"),
            ("http://2130706433/", "expected https"),
            ("http://0x7f000001/", "expected https"),
            ("ftp://localhost/", "https:// or http://"),
            ("file:///etc/passwd", ""),
            ("https://user:secret@cms.example/", "name or password"),
            ("//cms.example/", ""),
            ("/naqd", "no host"),
            ("cms.example", ""),
            ("https:// cms/", "expected one as in"),
            ("", ""),
        ] {
            let error = check_address(bad).unwrap_err();
            assert!(error.contains(words) && error.starts_with("address"), "{bad}: {error}");
        }
    }
}
