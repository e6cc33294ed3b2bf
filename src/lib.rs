//! naqd (Arabic نقد, *criticism*) tells criticism from abuse. It learns from a newsroom's own labelled comments
//! and labels new ones **abusive**, **critical** or **neutral** (or any other classes), says how sure it is, and
//! which words tipped the scale.
//!
//! ```
//! use naqd::{Classifier, Model};
//!
//! let classifier = Classifier::new(&Model::shipped());
//! let explanation = classifier.explain("أين مصدر هذا الكلام؟ كاتبه غبي.");
//! println!("{}", explanation.verdict.label());
//! for sentence in &explanation.verdict.sentences {
//!     println!("{:?} is {}", sentence.span, sentence.label());
//! }
//! for piece in explanation.telling() {
//!     println!("{:?} speaks for {} ({:+.2})", piece.span, piece.label(), piece.weight);
//! }
//! ```
//!
//! # How it works
//! A comment is a bag of hashed n-grams; the model is a table from n-gram to one small integer for each class; scoring
//! is one pass that adds rows up; an explanation is the same pass with the places kept; a calibrator turns the sums into
//! probabilities.
//!
//! ```text
//!            text ── words, folded ──▶ n-grams ──┬─▶ vocabulary   count     ┐
//!                                 (one loop, emit)├─▶ classifier   sum       ├ three sinks
//!                                                 └─▶ classifier   explain   ┘
//!
//!  corpus ─▶ vocabulary ─▶ rows ─▶ weights (sparse layer) ─▶ calibrator (dense layer) ─▶ model ─▶ file
//!   CSV      counts, idf           logistic regression,      linfa-logistic on           data     bytes
//!                                  solved by L-BFGS          held-out signals
//! ```
//!
//! Disguised words are read as the words they stand for: exactly while they are folded, and by likelihood from the words
//! that a model knows. A long comment is as abusive as its most abusive passage.
//!
//! A `Trainer` learns a [`Model`] from a `Corpus`; a model is what was learnt and nothing else. A [`Classifier`] is
//! compiled from a model and never saved.
//!
//! # Features
//! `train` (corpora, `evaluate`, the trainer), `report` (the page and model cards; brings `train`), `cli` (default; the
//! programs) and `serve` (naqd-serve). Without default features, the library opens models, scores, explains and decides.
// Allowed in one place, `score/prefetch.rs`, which gives the reason.
#![deny(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "train")]
mod corpus;
mod decide;
#[cfg(feature = "train")]
pub mod evaluate;
#[cfg(feature = "internal")]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod internal;
mod io;
mod model;
mod ngrams;
#[cfg(feature = "report")]
pub mod report;
mod score;
mod stats;
pub mod text;
#[cfg(feature = "train")]
mod train;

#[cfg(feature = "train")]
pub use corpus::{Corpus, error::CorpusError, reader::CorpusReader};
pub use decide::judgement::Judgement;
pub use decide::rules::{Effect, Match, Rule, Rules, RulesError};
pub use io::bad_row::BadRow;
#[cfg(feature = "train")]
pub use io::csv::Format;
pub use model::Model;
pub use model::classes::Classes;
pub use model::format::ModelError;
pub use model::label::{LabelSet, Probabilities};
pub use model::score::{Familiarity, Score};
pub use model::triage::{Action, Decision, Reason, Thresholds, ThresholdsError};
pub use score::classifier::Classifier;
pub use score::explanation::{Explanation, Piece, Sentence, Verdict};
pub use stats::Promises;
#[cfg(feature = "train")]
pub use train::{error::TrainError, trained::Trained, trainer::Trainer};
