//! Training: from a [`Corpus`](crate::Corpus) to a [`Model`](crate::Model) and its cross-validation.

mod balance;
mod calibration;
mod counting;
pub(crate) mod error;
mod examples;
mod fit;
mod folds;
mod held_out;
pub(crate) mod lbfgs;
pub(crate) mod objective;
mod quantise;
pub(crate) mod sparse_matrix;
pub(crate) mod trained;
pub(crate) mod trainer;
pub(crate) mod vocabulary;
