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
//! the words that a model knows and has [`seen`]; a long comment is as abusive as its most abusive passage.
//!
//! Training is a [`Trainer`] over a [`Corpus`]; its result is a [`Model`], which is what was learnt and nothing
//! else. A [`Classifier`] is compiled from a model and never saved.
// Allowed in one place, `fetch`, which gives the reason.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod audit;
mod balance;
pub mod bias;
pub mod card;
pub mod check;
pub mod classifier;
pub mod corpus;
mod counting;
pub mod evaluate;
pub mod evidence;
pub mod features;
mod fetch;
pub mod file;
mod fold;
mod glance;
pub mod input;
pub mod judge;
pub mod label;
pub mod lbfgs;
mod lexicon;
pub mod model;
pub mod output;
mod passages;
mod phrases;
pub mod promise;
mod recall;
pub mod repeats;
pub mod report;
pub mod rows;
pub mod rules;
pub mod seen;
mod slices;
mod special;
pub mod suggest;
mod sums;
mod table;
pub mod text;
pub mod thresholds;
pub mod train;
pub mod triage;
pub mod twins;
mod verdict;
pub mod vocabulary;
mod without;
mod word;

pub use classifier::{Classifier, Explanation, Familiarity, Score, Verdict};
pub use corpus::{Corpus, CorpusReader};
pub use judge::Judgement;
pub use model::Model;
pub use promise::Promises;
pub use rules::Rules;
pub use train::{Report, Trainer};
pub use triage::{Action, Decision, Reason, Thresholds, Triage};
