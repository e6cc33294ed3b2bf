//! The way back to the site: a person's decision leaves the desk here, as one of the deliveries.

use serde::Serialize;

use crate::app::App;
use crate::deliveries::{CoralComment, CoralDecision, REVIEW};

/// A person's decision on a comment, as it is delivered.
#[derive(Serialize)]
pub struct Outcome {
    /// The caller's identifier of the comment; without one the site cannot know which it is, and is not told.
    pub id: Option<String>,
    /// `publish`, `reject`, or `hold` where a decision was undone.
    pub decision: &'static str,
    /// The person.
    pub moderator: String,
    /// The reason of a rejection; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The comment at Coral, if it is from there and Coral can be told.
    #[serde(skip)]
    pub coral: Option<CoralComment>,
}

/// Tells the site of decisions, once they are on the disk.
pub fn tell(app: &App, outcomes: &[Outcome]) {
    for outcome in outcomes {
        app.metrics.reviewed.with_label_values(&[outcome.decision]).inc();
        if let Some(deliveries) = &app.deliveries {
            deliveries.send(REVIEW, outcome.id.as_deref(), outcome);
            if let Some(comment) = outcome.coral.clone() {
                let Outcome { decision, moderator, reason, .. } = outcome;
                let (moderator, reason) = (moderator.clone(), reason.clone());
                deliveries.send_to_coral(CoralDecision { comment, decision, moderator, reason });
            }
        }
    }
}
