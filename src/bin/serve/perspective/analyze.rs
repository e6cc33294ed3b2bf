//! `comments:analyze`: scores a comment.

use std::ops::Range;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use naqd::internal::text::{Offsets, utf16_len};
use naqd::{Score, Sentence};

use super::language;
use super::wire::{Analyze, Analyzed, Attributes, ScoreType, Scores, attribute, text};
use crate::app::App;
use crate::body::{Admitted, Key, Received};
use crate::config::Unfamiliar;
use crate::error::ApiError;
use crate::html::Plain;

/// Answers a request.
pub async fn analyze(app: &Arc<App>, request: Request) -> Result<Response, ApiError> {
    let received = Admitted::new(app, request, Key::ToScore(ApiError::invalid))?.receive().await?;
    let app = app.clone();
    received.work(move |received| answer(&app, received)).await
}

fn answer(app: &App, received: &Received) -> Result<Response, ApiError> {
    let request: Analyze = received.json()?;
    let engine = app.engine();
    let (comment, plain) = text(request.comment.as_ref())?;
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
    let (score, sentences, decision) = if request.span_annotations == Some(true) {
        let (judgement, decision) = engine.judge_sentences(&plain.text);
        let sentences = spans(comment, &plain, &judgement.verdict.sentences);
        (judgement.verdict.score(), sentences, decision)
    } else {
        let (judgement, decision) = engine.judge(&plain.text);
        (judgement.verdict, Vec::new(), decision)
    };
    app.count_score(&engine, &score, decision);
    let familiar = engine.classifier.is_familiar(&score);
    let detected = [language::detect(&plain.text, familiar)];
    let hints: Vec<&str> =
        request.languages.as_ref().map_or(Vec::new(), |hints| hints.iter().map(|hint| hint.0.as_ref()).collect());
    if !familiar && engine.unfamiliar == Unfamiliar::Refuse {
        return Err(ApiError::unsupported_language(scored[0].0, &hints, &detected));
    }
    received.answers.json(&Analyzed {
        attribute_scores: Scores { wanted: &scored, whole: (0..utf16_len(comment), score), sentences: &sentences },
        languages: if hints.is_empty() { &detected } else { &hints },
        detected_languages: &detected,
        unfamiliar: !familiar,
        client_token: request.client_token.as_ref().map(|token| token.0.as_ref()),
    })
}

/// Spans of sentences in UTF-16 units of the comment as it was sent, with their scores.
fn spans(comment: &str, plain: &Plain, sentences: &[Sentence]) -> Vec<(Range<usize>, Score)> {
    let offsets = Offsets::of(comment);
    let span = |sentence: &Sentence| {
        let (start, end) = (plain.start(sentence.span.start), plain.end(sentence.span.end));
        (offsets.utf16(start)..offsets.utf16(end), sentence.score)
    };
    sentences.iter().map(span).collect()
}
