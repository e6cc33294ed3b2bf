//! Coral's external moderation phase: answers a signed comment with a decision.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hmac::{Hmac, KeyInit, Mac};
use naqd::internal::decide::VerdictJson;
use naqd::internal::text::readings;
use naqd::{Action, Html, Reason};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::app::App;
use crate::body::{Admitted, Key, Received};
use crate::config::CoralFormat;
use crate::decisions::Lines;
use crate::desk::intake::{Arrival, Judged};
use crate::error::ApiError;

/// Maximum number of signatures that are compared: there is one for each active secret.
const MAX_SIGNATURES: usize = 16;

#[derive(Deserialize)]
struct Phase<'a> {
    #[serde(borrow)]
    comment: Comment<'a>,
    #[serde(borrow, default)]
    author: Option<Named<'a>>,
    #[serde(borrow, default)]
    story: Option<Named<'a>>,
}

/// An author or a story.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    url: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Comment<'a> {
    #[serde(borrow)]
    body: Cow<'a, str>,
    /// Name of the comment; Coral has none for a comment that is not yet saved.
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    /// Name of the comment that it answers.
    #[serde(borrow, default, rename = "parentID")]
    parent: Option<Cow<'a, str>>,
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
    /// Coral ignores unknown fields.
    naqd: Verdict<'a>,
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
struct Verdict<'a> {
    #[serde(flatten)]
    verdict: VerdictJson<'a>,
    model: &'a str,
}

const TOXIC: [Flag; 1] = [Flag { action_type: "FLAG", reason: "COMMENT_DETECTED_TOXIC" }];

/// `POST /coral`.
pub async fn moderate(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    if app.settings.coral.secrets.is_empty() {
        return Err(ApiError::off(
            "No signing secret of Coral is known: put it into coral.file of naqd.toml or NAQD_CORAL_SECRETS.",
        ));
    }
    let signatures = signatures(request.headers());
    let received = Admitted::new(&app, request, Key::Unneeded)?.receive().await?;
    let scoring = app.clone();
    let (answer, lines, arrival) = received.work(move |received| answer(&scoring, received, &signatures)).await?;
    // Coral holds the comment itself: that the desk is full must not keep it from its answer.
    if app.desk.is_some() && app.keep(vec![arrival]).await.is_err() {
        tracing::warn!("a comment from Coral is not at the review desk, which is full or cannot be written");
    }
    app.log(lines).await;
    Ok(answer)
}

/// The answer to a comment, its line in the decision log, and what the review desk is given.
type Answered = (Response, Lines, (Arrival, Judged));

fn answer(app: &App, received: &Received, signatures: &[[u8; 32]]) -> Result<Answered, ApiError> {
    if !signed(&app.settings.coral.secrets, signatures, &received.bytes) {
        return Err(ApiError::unauthenticated("X-Coral-Signature is missing, or made with another signing secret."));
    }
    let phase: Phase = received.json()?;
    let html = match app.settings.coral.format {
        CoralFormat::Html => Html::Yes,
        CoralFormat::Text => Html::No,
    };
    let engine = app.engine();
    let readings = readings(&phase.comment.body, html);
    let visible = engine.worst(&readings);
    let (judgement, decision) = engine.judge(&visible.text);
    app.count_decision(&engine, &judgement.verdict, decision);
    let verdict = engine.json(&judgement);
    let mut lines = Lines::default();
    if let Some(log) = &app.decisions {
        log.add(&mut lines, "/coral", phase.comment.id.as_deref(), &phase.comment.body, &engine.version, &verdict);
    }
    // The answer to a comment that may be published: Coral goes on with its own settings, whatever naqd would do.
    let action = if engine.watch_only { Action::Publish } else { decision.action };
    if action == Action::Reject {
        app.rejected.add(&visible.text);
    }
    let by_rule = decision.reason == Reason::Rule;
    // Only a comment that is held or rejected for what it says is called toxic, and not for want of an opinion on it, or
    // for what it quotes.
    let for_what_it_says = matches!(decision.reason, Reason::Score | Reason::OneWord);
    let accused = action != Action::Publish && (by_rule || for_what_it_says);
    // Nor is one of another class: it meets a rule of the house, or it is held since its probability of abuse is not low
    // enough to publish it.
    let abuse = engine.abusive == Some(judgement.verdict.class) || action == Action::Reject && !by_rule;
    let toxic: &[Flag] = if accused && abuse { &TOXIC } else { &[] };
    let explanation = Some(app.settings.coral.explanation.as_str()).filter(|text| !text.trim().is_empty());
    let answer = received.answers.room(0)?.verdicts(&Answer {
        actions: toxic,
        status: match action {
            Action::Publish => None,
            Action::Reject => Some("REJECTED"),
            _ => Some("SYSTEM_WITHHELD"),
        },
        moderation_action: (action == Action::Reject).then_some(ModerationAction {
            status: "REJECTED",
            rejection_reason: RejectionReason {
                code: if by_rule { "BANNED_WORD" } else { "ABUSIVE" },
                detailed_explanation: explanation,
            },
        }),
        naqd: Verdict { verdict, model: &engine.version },
    });
    let name = |name: &Option<Cow<str>>| name.as_deref().map(str::to_owned);
    let comment = &phase.comment;
    let arrival = Arrival {
        text: visible.text.to_string(),
        id: name(&comment.id),
        author: phase.author.as_ref().and_then(|author| name(&author.id)),
        story: phase.story.as_ref().and_then(|story| name(&story.url).or(name(&story.id))),
        parent: name(&comment.parent),
        link: phase.story.as_ref().and_then(|story| name(&story.url)),
        time: None,
        door: "/coral",
    };
    let judged = engine.judged(&judgement, &judgement.verdict, decision);
    Ok((answer?, lines, (arrival, judged)))
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
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(bytes)
}

/// One of the signatures was made from the bytes of the body with one of the secrets. All are tried, and each comparison
/// takes the same time.
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
