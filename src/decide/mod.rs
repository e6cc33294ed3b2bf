//! Decide wing: the model's verdict and the house rules become a decision.

#[cfg(feature = "internal")]
pub(crate) mod json;
pub(crate) mod judgement;
mod phrases;
pub(crate) mod rules;
