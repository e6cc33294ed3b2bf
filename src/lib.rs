//! naqd (Arabic نقد, *criticism*) separates criticism from abuse in reader comments. It is trained on a newsroom's own
//! labelled comments, labels new ones **abusive**, **critical** or **neutral** (or any other classes) with a calibrated
//! probability of each class, and shows the words that speak for the label.
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
//! A comment becomes a bag of hashed n-grams. The model is a table of small integer weights, one for each n-gram and class.
//! Scoring adds up the rows of the table in one pass over the comment; an explanation is the same pass and keeps the span
//! of each n-gram. A calibrator turns the sums into probabilities. Thresholds and house rules turn these into a decision.
//!
//! ```text
//! naqd-score   comments ─▶ io ─▶ text ─▶ ngrams ─▶ score ─▶ decide ─▶ label, probabilities, decision
//!                                                    ▲        ▲
//!                                                    └─ model ┘          weights, calibrator, thresholds; a file
//!                                                         ▲
//! naqd-train   labelled ─▶ io ─▶ corpus ─▶ ngrams ─▶ train ─▶ evaluate ─▶ report
//!              comments                              L-BFGS    metrics
//! ```
//!
//! The modules in order, each of which imports only those before it: stats, io, text, ngrams, model, score, decide, corpus,
//! evaluate, train, report.
//!
//! Disguised words are read as the words they stand for: look-alike spellings exactly, while a word is normalised, and
//! misspellings by a guess among the words that the model knows. One abusive sentence is enough, or one passage of a long
//! comment.
//!
//! A `Trainer` makes a [`Model`] from a `Corpus`. A model is plain data; a [`Classifier`] is compiled from it for scoring
//! and never saved.
//!
//! # Features
//! `train` (corpora, `evaluate`, the trainer), `report` (the page and model cards; brings `train`), `cli` (default; the
//! programs) and `serve` (naqd-serve). Without default features, the library opens models, scores, explains and decides.

#[cfg(feature = "train")]
mod corpus;
mod decide;
#[cfg(feature = "train")]
pub mod evaluate;
#[cfg(feature = "internal")]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod internal;
// Without the programs some ways of reading files have no user.
#[cfg_attr(not(all(feature = "cli", feature = "serve")), allow(dead_code, unused_imports))]
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
pub use corpus::{Corpus, error::CorpusError, reader::CorpusReader, rows::LabelledComment};
pub use decide::judgement::Judgement;
pub use decide::rules::{Effect, Match, Rule, Rules, RulesError};
pub use io::bad_row::BadRow;
#[cfg(feature = "train")]
pub use io::format::{Format, Kind as FileKind};
pub use model::Model;
pub use model::classes::Classes;
pub use model::format::ModelError;
pub use model::kinds::{AbuseKind, KindScores, KindSet};
pub use model::label::{LabelSet, Probabilities};
pub use model::score::{Familiarity, Guard, Score};
pub use model::triage::{Action, Decision, Reason, Thresholds, ThresholdsError};
pub use score::classifier::Classifier;
pub use score::explanation::{Explanation, Piece, Sentence, Verdict};
pub use stats::Promises;
#[cfg(feature = "html")]
pub use text::html::Html;
#[cfg(feature = "train")]
pub use train::{error::TrainError, trained::Trained, trainer::Trainer};
