//! Signatures of requests: a hash of the body with a secret that both sides know (HMAC-SHA256), in the forms that webhooks
//! have. The same for those that come in and those that go out.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::digest::CtOutput;
use sha2::{Digest, Sha256};

/// Maximum number of signatures that are compared: there is one for each active secret.
const MAX_SIGNATURES: usize = 16;

/// Form of a signature.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `sha256=<hex>`, several separated by commas: Mastodon, GitHub, Coral.
    #[serde(rename = "sha256=hex")]
    PrefixedHex,
    /// `<hex>`: Hyvor Talk.
    #[serde(rename = "hex")]
    Hex,
    /// `<base64>`.
    #[serde(rename = "base64")]
    Base64,
    /// `t=<seconds since 1970>,v1=<hex>`, of the time, a full stop and the body: naqd.
    #[serde(rename = "timestamped")]
    Timestamped,
    /// `Bearer <secret>`, or the secret alone: no signature, the secret itself. Strapi.
    #[serde(rename = "bearer")]
    Bearer,
}

/// Why a request is not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no signature in this form.
    Missing,
    /// None of the signatures is made of this body with one of the secrets.
    Wrong,
    /// It is right, and its time is too long ago, or too far ahead.
    Expired,
}

/// The signatures of a request.
pub struct Signatures {
    scheme: Scheme,
    found: Vec<[u8; 32]>,
    /// The time, as it stands there.
    time: String,
}

impl Signatures {
    /// The signatures in a header of a request.
    ///
    /// # Errors
    /// There is none in this form.
    pub fn read(scheme: Scheme, name: &HeaderName, headers: &HeaderMap) -> Result<Signatures, Refusal> {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        let mut time = String::new();
        let found: Vec<[u8; 32]> = match scheme {
            Scheme::Bearer => values.map(|value| Sha256::digest(token(value)).into()).take(MAX_SIGNATURES).collect(),
            Scheme::Base64 => values.filter_map(|value| base64(value.trim())).take(MAX_SIGNATURES).collect(),
            Scheme::PrefixedHex | Scheme::Hex | Scheme::Timestamped => {
                let prefix = match scheme {
                    Scheme::PrefixedHex => "sha256=",
                    Scheme::Timestamped => "v1=",
                    _ => "",
                };
                let mut found = Vec::new();
                for element in values.flat_map(|value| value.split(',')).take(MAX_SIGNATURES).map(str::trim) {
                    match element.strip_prefix("t=") {
                        Some(seconds) if time.is_empty() => seconds.clone_into(&mut time),
                        _ => found.extend(element.strip_prefix(prefix).and_then(digits)),
                    }
                }
                found
            }
        };
        if found.is_empty() || scheme == Scheme::Timestamped && seconds(&time).is_none() {
            return Err(Refusal::Missing);
        }
        Ok(Signatures { scheme, found, time })
    }

    /// Checks that one of them was made of the bytes of the body with one of the secrets. All are tried, and each comparison
    /// takes the same time. `tolerance` is how far a time may be from the present one, in seconds.
    ///
    /// # Errors
    /// None of them was, or its time is another.
    pub fn check(&self, secrets: &[String], body: &[u8], tolerance: u64) -> Result<(), Refusal> {
        let mut good = false;
        for secret in secrets {
            if self.scheme == Scheme::Bearer {
                let known = CtOutput::<Sha256>::new(Sha256::digest(secret));
                good |= self.found.iter().fold(false, |good, found| good | (known == CtOutput::new((*found).into())));
                continue;
            }
            let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
            let mac = match self.scheme {
                Scheme::Timestamped => mac.chain_update(&self.time).chain_update(b".").chain_update(body),
                _ => mac.chain_update(body),
            };
            for signature in &self.found {
                good |= mac.clone().verify_slice(signature).is_ok();
            }
        }
        if !good {
            return Err(Refusal::Wrong);
        }
        match seconds(&self.time) {
            Some(time) if self.scheme == Scheme::Timestamped && now().abs_diff(time) > tolerance => {
                Err(Refusal::Expired)
            }
            _ => Ok(()),
        }
    }
}

/// A signature of a body made now, as [`Scheme::Timestamped`] has it.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let time = now();
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes secrets of any length");
    let mac = mac.chain_update(time.to_string()).chain_update(b".").chain_update(body);
    format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A time of at most twelve digits, so that it is the same number for everybody.
fn seconds(time: &str) -> Option<u64> {
    let is_number = (1..=12).contains(&time.len()) && time.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| time.parse().ok()).flatten()
}

/// The secret in `Bearer <secret>`, or all of it.
fn token(value: &str) -> &str {
    let value = value.trim();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => value,
    }
}

/// The bytes of 64 hexadecimal digits.
fn digits(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

/// The same of 44 characters of Base64.
fn base64(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.get(..44).filter(|start| start.len() == text.len())?).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: HeaderName = HeaderName::from_static("x-signature");

    fn mac(secret: &str, body: &str) -> [u8; 32] {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.chain_update(body).finalize().into_bytes().into()
    }

    fn check(scheme: Scheme, value: &str, secrets: &[&str], body: &str) -> Result<(), Refusal> {
        let headers = HeaderMap::from_iter([(NAME, value.parse().unwrap())]);
        let secrets: Vec<String> = secrets.iter().map(|&secret| secret.to_owned()).collect();
        Signatures::read(scheme, &NAME, &headers)?.check(&secrets, body.as_bytes(), 300)
    }

    #[test]
    fn any_signature_with_any_secret() {
        let hex = |secret: &str| hex::encode(mac(secret, "body"));
        let (old, new, other) = (hex("old"), hex("new"), hex("other"));
        let secrets = ["old", "new"];
        for (value, expected) in [
            (format!("sha256={old}"), Ok(())),
            (format!("sha256={other}, sha256={new}"), Ok(())),
            (format!("sha256={},sha1={old},sha256={new}", &old[1..]), Ok(())),
            (format!("sha256={other}"), Err(Refusal::Wrong)),
            (old.clone(), Err(Refusal::Missing)),
            ("sha256=".to_owned(), Err(Refusal::Missing)),
            (String::new(), Err(Refusal::Missing)),
        ] {
            assert_eq!(check(Scheme::PrefixedHex, &value, &secrets, "body"), expected, "{value}");
            assert_ne!(check(Scheme::PrefixedHex, &value, &secrets, "Body"), Ok(()), "{value}");
            assert_ne!(check(Scheme::PrefixedHex, &value, &[], "body"), Ok(()), "{value}");
        }
        assert_eq!(check(Scheme::Hex, &new, &secrets, "body"), Ok(()));
        assert_eq!(check(Scheme::Hex, &other, &secrets, "body"), Err(Refusal::Wrong));
        let coded = STANDARD.encode(mac("old", "body"));
        assert_eq!(check(Scheme::Base64, &coded, &secrets, "body"), Ok(()));
        assert_eq!(check(Scheme::Base64, &coded, &secrets, "body "), Err(Refusal::Wrong));
        for broken in ["", "====", &coded[..43], &format!("{coded}AAAA"), &"é".repeat(22), &"é".repeat(30)] {
            assert_eq!(check(Scheme::Base64, broken, &secrets, "body"), Err(Refusal::Missing), "{broken}");
        }
    }

    #[test]
    fn secrets_themselves() {
        for (value, expected) in [
            ("Bearer secret word", Ok(())),
            ("bearer  secret word ", Ok(())),
            ("secret word", Ok(())),
            ("Basic secret word", Err(Refusal::Wrong)),
            ("Bearer secret wore", Err(Refusal::Wrong)),
            ("Bearer", Err(Refusal::Wrong)),
            ("", Err(Refusal::Wrong)),
        ] {
            assert_eq!(check(Scheme::Bearer, value, &["other", "secret word"], "any"), expected, "{value}");
        }
    }

    #[test]
    fn times() {
        let signed = |time: &str| format!("t={time},v1={}", hex::encode(mac("secret", &format!("{time}.body"))));
        let now = now();
        let check = |value: &str| check(Scheme::Timestamped, value, &["secret"], "body");
        assert_eq!(check(&sign("secret", b"body")), Ok(()));
        for (time, expected) in [
            (now - 250, Ok(())),
            (now + 250, Ok(())),
            (now - 310, Err(Refusal::Expired)),
            (now + 310, Err(Refusal::Expired)),
            (0, Err(Refusal::Expired)),
            (now * 1000, Err(Refusal::Missing)),
        ] {
            assert_eq!(check(&signed(&time.to_string())), expected, "{time}");
        }
        for time in ["", "-1", "1e9", " 5", &"9".repeat(400)] {
            assert_eq!(check(&signed(time)), Err(Refusal::Missing), "{time}");
        }
        // The time is signed too, and the first one counts.
        let later = sign("secret", b"body").replace(&format!("t={now}"), &format!("t={}", now + 2));
        assert_eq!(check(&later), Err(Refusal::Wrong));
        assert_eq!(check(&format!("t={now},{}", signed("5"))), Err(Refusal::Wrong));
    }
}
