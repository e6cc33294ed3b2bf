//! Train wing: from a [`Corpus`](crate::Corpus) to a [`Model`](crate::Model) and an honest account of how good it is.

mod balance;
mod calibration;
mod counting;
pub(crate) mod error;
mod examples;
mod folds;
pub(crate) mod lbfgs;
pub(crate) mod objective;
mod quantise;
pub(crate) mod sparse_matrix;
pub(crate) mod trained;
pub(crate) mod trainer;
mod validation;
pub(crate) mod vocabulary;
