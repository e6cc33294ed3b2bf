//! Report: one HTML page that shows people how good a model is and where it errs.
//!
//! The page is one file that loads nothing: no scripts, no fonts, no pictures from elsewhere, and a content security
//! policy that forbids them. Comments are untrusted text: the template escapes them. At most some tens of them are
//! quoted, cut to a bounded length, so that the page stays small whatever the corpus is.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::model::Model;
use crate::model::score::Score;
use crate::train::trained::Trained;

mod beside;
mod build;
mod curves;
mod decided;
mod experts;
mod figures;
mod grammar;
mod learning;
mod lists;
pub(crate) mod model_card;
mod ngrams;
mod page;
mod plots;
mod promises;
mod quotes;
mod steps;
mod summary;
mod words;

pub use learning::LearningCurve;
pub use model_card::model_card;
pub use words::Language;

/// Subject of a report.
///
/// ```
/// use naqd::evaluate::NearDuplicates;
/// use naqd::report::{Language, Scored, Subject, html};
/// use naqd::{Classifier, Corpus, Model};
///
/// let model = Model::shipped();
/// let corpus = Corpus::from_rows([("you fool", "abusive"), ("thank you for this", "neutral")])?;
/// let corpus = corpus.for_classes(model.classes())?;
/// let classifier = Classifier::new(&model);
/// let scores = corpus.texts().iter().map(|text| classifier.score(text)).enumerate().collect();
/// let subject = Subject {
///     name: "my model".to_owned(),
///     model: &model,
///     corpus: &corpus,
///     duplicates: &NearDuplicates::find(corpus.texts()),
///     scored: Scored::ByModel(scores),
/// };
/// assert!(html(&subject, Language::English).contains("my model"));
/// # Ok::<(), naqd::CorpusError>(())
/// ```
pub struct Subject<'a> {
    /// Name of the model, as it is to be shown.
    pub name: String,
    /// Model.
    pub model: &'a Model,
    /// Labelled comments; their classes are those of the model.
    pub corpus: &'a Corpus,
    /// Near-duplicates among the comments.
    pub duplicates: &'a NearDuplicates,
    /// Scores of the comments.
    pub scored: Scored<'a>,
}

/// Scores of the comments of a report, by their origin; an example is at [`Subject`].
pub enum Scored<'a> {
    /// Scores from training, each by a model that had not learnt from the comment; with the learning curve, if it was
    /// measured.
    HeldOut(&'a Trained, Option<LearningCurve>),
    /// Scores by the model itself: comment by place in the corpus, and score.
    ByModel(Vec<(usize, Score)>),
}

/// Report as an HTML page.
pub fn html(subject: &Subject, language: Language) -> String {
    build::page(subject, language.words())
}
