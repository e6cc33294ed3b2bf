//! Training: a [`Corpus`](crate::Corpus) becomes a [`Model`](crate::Model), and cross-validation gives its metrics.

mod balance;
mod calibration;
mod counting;
pub(crate) mod error;
mod examples;
mod experts;
mod fit;
mod folds;
mod held_out;
mod inherit;
pub(crate) mod kinds;
pub(crate) mod lbfgs;
pub(crate) mod objective;
mod prior;
mod quantise;
mod set_aside;
pub(crate) mod sparse_matrix;
mod start;
mod strongest_part;
pub(crate) mod trained;
pub(crate) mod trainer;
pub(crate) mod vocabulary;
