//! Evaluation on labelled comments: metrics, thresholds with a guaranteed error bound, bias, label errors, and what to
//! label next.
//!
//! ```
//! use naqd::evaluate::{calibration, figures};
//! use naqd::{Classifier, Corpus, Model};
//!
//! let corpus = Corpus::from_rows([("you fool", "abusive"), ("thank you for this", "neutral")])?;
//! let model = Model::shipped();
//! let corpus = corpus.for_classes(model.classes())?;
//! let classifier = Classifier::new(&model);
//! let scores: Vec<_> = corpus.texts().iter().map(|text| classifier.score(text)).collect();
//! let predicted: Vec<usize> = scores.iter().map(|score| score.class).collect();
//! let probabilities: Vec<_> = scores.iter().map(|score| score.probabilities).collect();
//! let figures = figures(corpus.classes(), corpus.labels(), &predicted, &probabilities);
//! assert_eq!((figures.classes[0].class.as_str(), figures.classes[0].f1), ("abusive", 1.0));
//! assert!(calibration(corpus.labels(), &probabilities).log_loss < 0.7);
//! # Ok::<(), naqd::CorpusError>(())
//! ```

pub(crate) mod abusive_share;
pub(crate) mod active_learning;
pub(crate) mod bias;
pub(crate) mod conflicting_labels;
pub(crate) mod label_errors;
pub(crate) mod metrics;
pub(crate) mod promise_check;
#[cfg(feature = "report")]
pub(crate) mod slices;
pub(crate) mod thresholds;
pub(crate) mod validation;

pub use crate::corpus::Contradiction;
pub use crate::corpus::near_duplicates::NearDuplicates;
pub use crate::model::triage::{Background, Familiar, Rates, Separation, Triage};
pub use crate::stats::adjusted_count::ShareEstimate;
pub use crate::stats::histogram::Histogram;
pub use crate::stats::{Counts, Tally};
pub use active_learning::{Suggestion, select_to_label};
pub use bias::{Groups, IdentityFigures, identity_figures};
pub use conflicting_labels::{ConflictingLabel, MIN_SIMILARITY, conflicting_labels};
pub use label_errors::{Finding, Kind, audit, evidence_against, label_errors, uncertainty};
pub use metrics::{Calibration, ClassFigures, ConfusionRow, Figures, calibration, figures, macro_f1, roc_auc};
pub use promise_check::{Change, Drift, PromiseCheck, PromiseResult, check_promises, unknown_label};
pub use thresholds::{ErrorsAtShare, HeldOut, Outlook, ScriptErrors, ThresholdChoice, choose_thresholds, wrong};
pub use validation::{
    KindValidation, OnTop, PriorUse, ScriptValidation, SetAsideFigures, Trial, Unchanged, Validation,
};
