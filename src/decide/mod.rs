//! Decide wing: the model's verdict and the rules of the house become a decision.

pub(crate) mod judgement;
mod phrases;
pub(crate) mod rules;
