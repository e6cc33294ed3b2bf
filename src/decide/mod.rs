//! Decisions: house rules, the judgement of a comment by model and rules, and its JSON.

#[cfg(feature = "internal")]
pub(crate) mod json;
pub(crate) mod judgement;
mod phrases;
#[cfg(feature = "html")]
mod readings;
pub(crate) mod rules;
