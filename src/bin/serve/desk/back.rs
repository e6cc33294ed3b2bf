//! The way back to the site: a person's decision leaves the desk here.

use crate::app::App;

/// A person's decision on a comment.
pub struct Outcome {
    /// The caller's identifier of the comment; without one the site cannot know which it is.
    pub id: Option<String>,
    /// `publish`, `reject`, or `hold` where a decision was undone.
    pub decision: &'static str,
    /// The person.
    pub moderator: String,
    /// The reason of a rejection; empty for none.
    pub reason: String,
}

/// Tells the site of decisions, once they are on the disk.
pub fn tell(app: &App, outcomes: &[Outcome]) {
    for Outcome { id, decision, moderator, reason } in outcomes {
        let decisions = &app.metrics.reviewed;
        decisions.with_label_values(&[*decision]).inc();
        tracing::debug!(id, decision, moderator, reason, "decided by a person");
    }
}
