//! The report: one HTML page that shows people how good a model is and where it errs.
//!
//! The page is one file that loads nothing: no scripts, no fonts, no pictures from elsewhere, and a content security
//! policy that forbids them. Comments are what strangers wrote: the template escapes them. At most some tens of
//! them are quoted, cut to a bounded length, so that the page stays small whatever the corpus is.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::model::Model;
use crate::model::score::Score;
use crate::train::trained::Trained;

mod build;
mod curves;
mod decided;
mod figures;
mod learning;
mod lists;
pub(crate) mod model_card;
mod ngrams;
mod page;
mod plots;
mod quotes;
mod summary;
mod words;

pub use learning::LearningCurve;
pub use model_card::card;
pub use words::Language;

/// What a report is about.
pub struct Subject<'a> {
    /// Where the model is kept, as it is to be shown.
    pub name: String,
    /// The model.
    pub model: &'a Model,
    /// Labelled comments; their classes are those of the model.
    pub corpus: &'a Corpus,
    /// Which of them are repeats.
    pub repeats: &'a NearDuplicates,
    /// What was said of them.
    pub scored: Scored<'a>,
}

/// Where the scores of the comments come from.
pub enum Scored<'a> {
    /// From training: each was scored by a model that had not learnt from it. With the learning curve, if it was
    /// measured.
    HeldOut(&'a Trained, Option<LearningCurve>),
    /// From the model as it is: comment by place in the corpus, and score.
    ByModel(Vec<(usize, Score)>),
}

/// The report as an HTML page. Write it with [`output::replace`](crate::io::atomic::replace).
pub fn html(subject: &Subject, language: Language) -> String {
    build::page(subject, language.words())
}
