//! naqd
#![forbid(unsafe_code)]
pub mod classifier;
pub mod corpus;
pub mod evaluate;
pub mod evidence;
pub mod features;
pub mod file;
pub mod input;
pub mod label;
pub mod model;
mod output;
pub mod repeats;
pub mod text;
pub mod train;
pub mod verdict;
pub mod vocabulary;
pub use classifier::{Classifier, Explanation, Score, Verdict};
pub use corpus::{Corpus, CorpusReader};
pub use model::Model;
pub use train::Trainer;
