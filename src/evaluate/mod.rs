//! Evaluation on labelled comments: metrics, thresholds with a guaranteed error bound, bias, label errors, and what to
//! label next.

pub(crate) mod active_learning;
pub(crate) mod bias;
pub(crate) mod conflicting_labels;
pub(crate) mod label_errors;
pub(crate) mod metrics;
pub(crate) mod promise_check;
pub(crate) mod slices;
pub(crate) mod thresholds;

pub use bias::{Groups, IdentityFigures, identity_figures};
pub use metrics::{Calibration, ClassFigures, ConfusionRow, Figures, calibration, figures, macro_f1, roc_auc};
pub use promise_check::{Check, Drift, Kept, Then, check};
