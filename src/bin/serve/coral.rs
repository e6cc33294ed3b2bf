//! Coral's external moderation phase: answers a signed comment with a decision.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderName;
use axum::response::Response;
use naqd::internal::decide::VerdictJson;
use naqd::internal::text::readings;
use naqd::{Action, Reason};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::body::{Admitted, Key, Received};
use crate::decisions::Lines;
use crate::deliveries::{Decided, Names};
use crate::desk::intake::{Arrival, Judged};
use crate::error::ApiError;
use crate::signature::{Scheme, Signatures};

/// Header of the signatures, one for each active secret.
const SIGNATURE: HeaderName = HeaderName::from_static("x-coral-signature");

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
    let signatures = Signatures::read(Scheme::PrefixedHex, &SIGNATURE, request.headers()).map_err(|_| unsigned())?;
    let received = Admitted::new(&app, request, Key::Unneeded)?.receive().await?;
    let scoring = app.clone();
    let (answer, lines, arrival) = received.work(move |received| answer(&scoring, received, &signatures)).await?;
    app.offer(arrival).await;
    app.log(lines).await;
    Ok(answer)
}

fn unsigned() -> ApiError {
    ApiError::unauthenticated("X-Coral-Signature is missing, or made with another signing secret.")
}

/// The answer to a comment, its line in the decision log, and what the review desk is given, if there is one.
type Answered = (Response, Lines, Option<(Arrival, Judged)>);

fn answer(app: &App, received: &Received, signatures: &Signatures) -> Result<Answered, ApiError> {
    signatures.check(&app.settings.coral.secrets, &received.bytes, 0).map_err(|_| unsigned())?;
    let phase: Phase = received.json()?;
    let engine = app.engine();
    let readings = readings(&phase.comment.body, app.settings.coral.format.html());
    let visible = engine.worst(&readings);
    let (judgement, decision) = engine.judge(&visible.text);
    app.count_decision(&engine, &judgement.verdict, decision);
    let verdict = engine.json(&judgement);
    let mut lines = Lines::default();
    if let Some(log) = &app.decisions {
        log.add(&mut lines, "/coral", phase.comment.id.as_deref(), &phase.comment.body, &engine.version, &verdict);
    }
    if let Some(deliveries) = &app.deliveries {
        let names = Names { id: phase.comment.id.as_deref(), ..Names::default() };
        let decided = Decided { names, model: &engine.version, verdict: verdict.without_explanation() };
        deliveries.send("/coral", names.id, &decided);
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
    let arrival = || Arrival {
        text: visible.text.to_string(),
        id: name(&comment.id),
        author: phase.author.as_ref().and_then(|author| name(&author.id)),
        story: phase.story.as_ref().and_then(|story| name(&story.url).or(name(&story.id))),
        parent: name(&comment.parent),
        link: phase.story.as_ref().and_then(|story| name(&story.url)),
        time: None,
        door: "/coral".into(),
    };
    let judged = || Judged::of(&engine, &judgement, &judgement.verdict, decision);
    let arrival = app.desk.is_some().then(|| (arrival(), judged()));
    Ok((answer?, lines, arrival))
}
