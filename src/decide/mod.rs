//! Decide wing: the model's verdict and the house rules become a decision.

pub(crate) mod judgement;
mod phrases;
pub(crate) mod rules;
