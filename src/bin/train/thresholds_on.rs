//! Comments of `--thresholds-on`: nothing is learnt from them, and they alone choose the thresholds.

use naqd::internal::corpus::NearDuplicates;
use naqd::internal::evaluate::HeldOut;
use naqd::{Classifier, Corpus, Model, Promises, Trained};
use rayon::prelude::*;

use crate::args::Args;

/// Comments of `--thresholds-on`, without those that repeat a training comment.
pub struct ThresholdComments {
    pub corpus: Corpus,
    /// Group of near-duplicates that each comment belongs to.
    pub groups: Vec<usize>,
    /// Number of comments that repeat a training comment and were left out.
    pub left_out: usize,
}

impl ThresholdComments {
    /// Comments of the files of `--thresholds-on`, as they were read; none without the option.
    pub fn of(
        args: &Args,
        training: &Corpus,
        read: Corpus,
    ) -> Result<Option<ThresholdComments>, Box<dyn std::error::Error>> {
        if args.thresholds_on.is_empty() {
            return Ok(None);
        }
        let read = read.for_classes(training.classes())?;
        let texts: Vec<&str> = training.texts().iter().chain(read.texts()).map(String::as_str).collect();
        let groups = NearDuplicates::find(&texts).group.split_off(training.texts().len());
        // A group has the position of its first comment for a number, and training comments come first.
        let is_new = |group: usize| group >= training.texts().len();
        let (corpus, repeated) = read.split(|comment| is_new(groups[comment]));
        if training.classes().abusive().is_none() {
            return Err("--thresholds-on: thresholds need a class named abusive; rename a label with --map".into());
        }
        if corpus.is_empty() && repeated.is_empty() {
            return Err("--thresholds-on: no labelled comments".into());
        }
        if corpus.is_empty() {
            return Err(format!(
                "--thresholds-on: no comments to choose thresholds on: {} were read, all near-duplicates of training \
                 comments",
                repeated.texts().len()
            )
            .into());
        }
        let groups = groups.into_iter().filter(|&group| is_new(group)).collect();
        Ok(Some(ThresholdComments { corpus, groups, left_out: repeated.texts().len() }))
    }

    /// Chooses the thresholds of a model, on top of `prior` if any, on the scores that it gives the comments; none if no class is
    /// named `abusive`.
    pub fn choose(&self, promises: Promises, trained: &mut Trained, prior: Option<&Model>) {
        let mut classifier = Classifier::new(&trained.model);
        // Guarded for any threshold, and not for those that it may have.
        classifier.remove_thresholds();
        let texts = self.corpus.texts().par_iter();
        let held_out: Vec<HeldOut> = texts
            .zip(self.corpus.labels())
            .zip(&self.groups)
            .map(|((text, &label), &group)| HeldOut { label, score: classifier.score(text), group })
            .collect();
        trained.choose_thresholds_on(promises, &held_out, prior);
    }
}
