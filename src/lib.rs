//! naqd (Arabic نقد, *criticism*) tells criticism from abuse. It learns from a newsroom's own labelled comments
//! and labels new ones **abusive**, **critical** or **neutral** (or any other classes), says how sure it is, and
//! which words tipped the scale.
//!
//! ```
//! use naqd::{Classifier, Model};
//!
//! let classifier = Classifier::new(&Model::shipped());
//! let explanation = classifier.explain("أين مصدر هذا الكلام؟ كاتبه غبي.");
//! for sentence in &explanation.verdict.sentences {
//!     println!("{}", classifier.classes()[sentence.score.label]);
//! }
//! for piece in explanation.telling() {
//!     println!("{:?} speaks for {} ({:+.2})", piece.span, classifier.classes()[piece.class], piece.weight);
//! }
//! ```
//!
//! # How it works
//! A comment is a bag of hashed n-grams; the model is a table from n-gram to one small integer for each class;
//! scoring is one pass that adds rows up; an explanation is the same pass with the places kept; a thin
//! calibrated layer turns the sums into probabilities.
//!
//! ```text
//!            text ── words, folded ──▶ features ── n-grams ──┬─▶ vocabulary   count     ┐
//!                                      (one loop, emit)      ├─▶ classifier   sum       ├ three sinks
//!                                                            └─▶ classifier   explain   ┘
//!
//!  corpus ─▶ vocabulary ─▶ rows ─▶ evidence (sparse layer) ─▶ verdict (dense layer) ─▶ model ─▶ file
//!   CSV      counts, idf           logistic regression,       linfa-logistic on        data     bytes
//!                                  solved by lbfgs            out-of-fold signals
//! ```
//!
//! Words in disguise are read as what they stand for: exactly while they are folded, and where it can only be likely by
//! the words that a model knows and has seen; a long comment is as abusive as its most abusive passage.
//!
//! Training is a [`Trainer`] over a [`Corpus`]; its result is a [`Model`], which is what was learnt and nothing
//! else. A [`Classifier`] is compiled from a model and never saved.
// Allowed in one place, `fetch`, which gives the reason.
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
pub use corpus::{Corpus, CorpusError, CorpusReader};
pub use decide::judgement::Judgement;
pub use decide::rules::{Effect, Match, Rule, Rules, RulesError};
pub use model::Model;
pub use model::format::ModelError;
pub use model::label::{LabelSet, Probabilities};
pub use model::score::{Familiarity, Score};
pub use model::triage::{Action, Decision, Reason, Thresholds};
pub use score::classifier::Classifier;
pub use score::explanation::{Explanation, Piece, Sentence, Verdict};
pub use stats::Promises;
#[cfg(feature = "train")]
pub use train::{error::TrainError, trained::Trained, trainer::Trainer};
