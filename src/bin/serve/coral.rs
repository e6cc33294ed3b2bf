//! Coral's external moderation phase: a signed comment comes in, what becomes of it goes out.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hmac::{Hmac, KeyInit, Mac};
use naqd::{Action, Reason};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::app::{App, body, json};
use crate::config::CoralFormat;
use crate::decisions::Scores;
use crate::html::Plain;
use crate::problem::Problem;
use crate::repair::repair;

/// Most signatures that are looked at: there is one for each active secret.
const MAX_SIGNATURES: usize = 16;

#[derive(Deserialize)]
struct Phase<'a> {
    #[serde(borrow)]
    comment: Comment<'a>,
}

#[derive(Deserialize)]
struct Comment<'a> {
    #[serde(borrow)]
    body: Cow<'a, str>,
}

/// The answer. Coral throws all of it away for an empty `tags`, a `null` or an empty string; and any
/// `moderationAction` tells the commenter that the comment was rejected.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    actions: &'a [Flag],
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moderation_action: Option<ModerationAction<'a>>,
    /// Coral passes over what it does not know.
    naqd: Why<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Flag {
    action_type: &'static str,
    reason: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ModerationAction<'a> {
    status: &'static str,
    rejection_reason: RejectionReason<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RejectionReason<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detailed_explanation: Option<&'a str>,
}

#[derive(Serialize)]
struct Why<'a> {
    decision: &'static str,
    editors: bool,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    label: &'a str,
    scores: Scores<'a>,
    model: &'a str,
}

const TOXIC: [Flag; 1] = [Flag { action_type: "FLAG", reason: "COMMENT_DETECTED_TOXIC" }];

/// `POST /coral`.
pub async fn moderate(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    if app.settings.coral.secrets.is_empty() {
        return Err(Problem::off(
            "No signing secret of Coral is known: put it into coral.file of naqd.toml or NAQD_CORAL_SECRETS.",
        ));
    }
    let signatures = signatures(request.headers());
    let received = body(&app, request, app.settings.limits.body, 1).await?;
    if !signed(&app.settings.coral.secrets, &signatures, &received.bytes) {
        return Err(Problem::unauthenticated("X-Coral-Signature is missing, or made with another signing secret."));
    }
    let whole = repair(&received.bytes);
    let phase: Phase = serde_json::from_slice(&whole).map_err(|error| Problem::json(&error))?;
    let plain = match app.settings.coral.format {
        CoralFormat::Html => Plain::of(&phase.comment.body),
        CoralFormat::Text => Plain::same(&phase.comment.body),
    };
    let loaded = app.loaded();
    let (score, ruling) = received.work(|| loaded.judge(&plain.text));
    app.decided(&loaded, &score, &ruling);
    if let Some(log) = &app.decisions {
        log.write("/coral", None, &phase.comment.body, &loaded, &score, &ruling).await;
    }
    let by_rule = ruling.reason == Reason::Rule;
    // A comment that is held since naqd has no opinion on it is not called toxic, nor one of another class: it meets a rule
    // of the house, or is held since it is not surely enough no abuse to be published.
    let abuse = loaded.abusive == Some(score.class) || ruling.action == Action::Reject && !by_rule;
    let toxic: &[Flag] = if ruling.accuses() && abuse { &TOXIC } else { &[] };
    let explanation = Some(app.settings.coral.explanation.as_str()).filter(|text| !text.trim().is_empty());
    json(&Answer {
        actions: toxic,
        status: match ruling.action {
            Action::Publish => None,
            Action::Reject => Some("REJECTED"),
            _ => Some("SYSTEM_WITHHELD"),
        },
        moderation_action: (ruling.action == Action::Reject).then_some(ModerationAction {
            status: "REJECTED",
            rejection_reason: RejectionReason {
                code: if by_rule { "BANNED_WORD" } else { "ABUSIVE" },
                detailed_explanation: explanation,
            },
        }),
        naqd: Why {
            decision: ruling.action.as_str(),
            editors: ruling.editors,
            reason: ruling.reason.as_str(),
            rule: ruling.rule.as_deref(),
            label: &loaded.classifier.classes()[score.class],
            scores: Scores::of(&loaded, &score),
            model: &loaded.version,
        },
    })
}

/// The signatures of a request: `sha256=<hex>[,sha256=<hex>...]`.
fn signatures(headers: &HeaderMap) -> Vec<[u8; 32]> {
    let values = headers.get_all("x-coral-signature").into_iter().filter_map(|value| value.to_str().ok());
    let elements = values.flat_map(|value| value.split(',')).take(MAX_SIGNATURES);
    elements.filter_map(|element| bytes(element.trim().strip_prefix("sha256=")?)).collect()
}

/// The bytes of 64 hexadecimal digits.
fn bytes(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Whether one of the signatures was made of the bytes of the body with one of the secrets. All are tried, each
/// comparison takes the same time.
fn signed(secrets: &[String], signatures: &[[u8; 32]], body: &[u8]) -> bool {
    let mut found = false;
    for secret in secrets {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
        let mac = mac.chain_update(body);
        for signature in signatures {
            found |= mac.clone().verify_slice(signature).is_ok();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_signature_with_any_secret() {
        let sign = |secret: &str| -> [u8; 32] {
            let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            mac.chain_update(b"body").finalize().into_bytes().into()
        };
        let secrets = ["empsec_old".to_owned(), "empsec_new".to_owned()];
        let (old, new, other) = (sign("empsec_old"), sign("empsec_new"), sign("empsec_other"));
        for (signatures, expected) in
            [(vec![old], true), (vec![other, new], true), (vec![new, old], true), (vec![other], false), (vec![], false)]
        {
            assert_eq!(signed(&secrets, &signatures, b"body"), expected);
            assert!(!signed(&secrets, &signatures, b"Body"));
        }
    }

    #[test]
    fn headers_are_read_as_coral_writes_them() {
        let digits = "0123456789abcdefABCDEF0123456789".repeat(2);
        let header = format!("sha256={digits}, sha256=beef,sha1={digits},sha256={digits}");
        let headers = HeaderMap::from_iter([("x-coral-signature".parse().unwrap(), header.parse().unwrap())]);
        let found = signatures(&headers);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0][..3], [0x01, 0x23, 0x45]);
    }
}
