//! `comments:analyze`: scores a comment.

use std::ops::Range;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use naqd::internal::text::{Offsets, Visible, utf16_len};
use naqd::{Judgement, Score, Sentence};

use super::language;
use super::wire::{Analyze, Analyzed, Attributes, ScoreType, Scores, attribute, id, text};
use crate::app::App;
use crate::body::{Admitted, Key, Received};
use crate::config::Unfamiliar;
use crate::decisions::Lines;
use crate::error::ApiError;

/// Answers a request.
pub async fn analyze(app: &Arc<App>, request: Request) -> Result<Response, ApiError> {
    let received = Admitted::new(app, request, Key::ToScore(ApiError::invalid))?.receive().await?;
    let scoring = app.clone();
    let (answer, lines) = received.work(move |received| answer(&scoring, received)).await?;
    app.log(lines).await;
    Ok(answer)
}

/// The answer to a comment, and its line in the decision log if the client has a name for it.
fn answer(app: &App, received: &Received) -> Result<(Response, Lines), ApiError> {
    let request: Analyze = received.json_relaxed()?;
    let engine = app.engine();
    let (comment, readings) = text(request.comment.as_ref())?;
    let plain = engine.worst(&readings);
    let wanted = match &request.requested_attributes {
        Some(Attributes(wanted)) if !wanted.is_empty() => wanted,
        _ => return Err(ApiError::invalid("Missing requested_attributes").detail("NO_REQUESTED_ATTRIBUTES")),
    };
    let mut scored = Vec::with_capacity(wanted.len());
    for (name, wanted) in wanted {
        let attribute = attribute(&engine, name)?;
        match wanted.score_type {
            None | Some(ScoreType::Unspecified | ScoreType::Probability) => {}
            Some(other) => {
                let message = format!("Requested score type {} is not supported by attribute {name}", other.name());
                return Err(ApiError::invalid(message).detail("INVALID_REQUEST"));
            }
        }
        scored.push((name.as_ref(), attribute, wanted.score_threshold.unwrap_or(0.0)));
    }
    let (judgement, sentences, decision) = if request.span_annotations {
        let (judgement, decision) = engine.judge_sentences(&plain.text);
        let sentences = spans(comment, plain, &judgement.verdict.sentences);
        let Judgement { verdict, decision: own, matches } = judgement;
        (Judgement { verdict: verdict.score(), decision: own, matches }, sentences, decision)
    } else {
        let (judgement, decision) = engine.judge(&plain.text);
        (judgement, Vec::new(), decision)
    };
    let score = judgement.verdict;
    app.count_score(&engine, &score, decision);
    let familiar = engine.classifier.is_familiar(&score);
    let detected = [language::detect(&plain.text, familiar)];
    let hints: Vec<&str> =
        request.languages.as_ref().map_or(Vec::new(), |hints| hints.iter().map(|hint| hint.0.as_ref()).collect());
    if !familiar && engine.unfamiliar == Unfamiliar::Refuse {
        return Err(ApiError::unsupported_language(scored[0].0, &hints, &detected));
    }
    let mut lines = Lines::default();
    let name = id(request.community_id.as_ref(), request.client_token.as_ref());
    if let (Some(log), Some(name), false) = (&app.decisions, name, request.do_not_store) {
        // The client decides by the score: the line says what naqd would do.
        let verdict = engine.json(&judgement).watched(!engine.watch_only);
        log.add(&mut lines, "comments:analyze", Some(&name), comment, &engine.version, &verdict);
    }
    let answer = received.answers.json(&Analyzed {
        attribute_scores: Scores { wanted: &scored, whole: (0..utf16_len(comment), score), sentences: &sentences },
        languages: if hints.is_empty() { &detected } else { &hints },
        detected_languages: &detected,
        unfamiliar: !familiar,
        client_token: request.client_token.as_ref().map(|token| token.0.as_ref()),
    });
    Ok((answer?, lines))
}

/// Spans of sentences in UTF-16 units of the comment as it was sent, with their scores.
fn spans(comment: &str, plain: &Visible, sentences: &[Sentence]) -> Vec<(Range<usize>, Score)> {
    let offsets = Offsets::of(comment);
    let span = |sentence: &Sentence| {
        let source = plain.source(&sentence.span);
        (offsets.utf16(source.start)..offsets.utf16(source.end), sentence.score)
    };
    sentences.iter().map(span).collect()
}
