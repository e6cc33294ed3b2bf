//! Scoring: a [`Model`](crate::Model) compiled for look-up, and the passes over a comment that score and explain it.

mod accumulator;
pub(crate) mod classifier;
pub(crate) mod explanation;
pub(crate) mod guard;
mod huge_pages;
pub(crate) mod kinds;
pub(crate) mod layer;
mod pass;
mod passages;
mod prefetch;
mod record;
mod respell;
pub(crate) mod signals;
pub(crate) mod strongest_part;
mod sum;
pub(crate) mod weight_table;
mod word_cache;
