//! Learning curve: macro-F1 of models that learnt from fewer comments, and the gain expected of more.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::macro_f1;
use crate::model::label::LabelSet;
use crate::ngrams::hash::mix;
use crate::score::classifier::Classifier;
use crate::train::trainer::Trainer;

/// Shares of the comments that models learn from.
const PARTS: [f64; 4] = [0.125, 0.25, 0.5, 1.0];
/// Maximum number of comments of a model: the curve beyond is extrapolated.
const MAX_LEARNT: usize = 40_000;
/// Maximum number of comments that the models are tested on.
const MAX_TESTED: usize = 20_000;
/// Number of bootstrap samples of the test comments.
const DRAWS: u64 = 200;
/// Number of additional comments whose gain is estimated.
pub(crate) const MORE: usize = 1000;

/// Learning curve: macro-F1 by the number of comments learnt from.
///
/// ```
/// use naqd::evaluate::NearDuplicates;
/// use naqd::report::LearningCurve;
/// use naqd::{Corpus, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let corpus = Corpus::from_rows(rows)?;
/// let duplicates = NearDuplicates::find(corpus.texts());
/// // Parts of so few comments cannot be learnt from.
/// assert_eq!(LearningCurve::measure(&Trainer::new(), &corpus, &duplicates, 1.0, &|_, _| {}), None);
/// # Ok::<(), naqd::CorpusError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LearningCurve {
    /// Points (comments learnt from, macro-F1 on comments of another fold).
    pub points: Vec<(usize, f64)>,
    /// Factor of the power law through the points: the error, 1 - macro-F1, is `factor * comments ^ -power`.
    pub factor: f64,
    /// Power of that law.
    pub power: f64,
    /// Number of comments tested on.
    pub tested: usize,
    /// Number of comments of the whole corpus.
    pub comments: usize,
    /// Gain in macro-F1 of 1,000 comments more, by that law: estimate, then lower and upper end of its range over the middle
    /// 90 % of bootstrap samples of the test comments and over leaving out one of the models.
    pub gain: (f64, f64, f64),
}

impl LearningCurve {
    /// Macro-F1 by the power law.
    pub fn at(&self, comments: f64) -> f64 {
        1.0 - self.factor * comments.powf(-self.power)
    }

    /// Trains models on an eighth, a quarter, a half and all of four folds (at most 40,000 comments) and tests them on the
    /// fifth. `l2` is the strength of the penalty; `tick` is called before each with its place and their number. None if
    /// fewer than three of them could be trained, or one makes no error.
    ///
    /// The law is fitted by least squares to the logarithms. It has no floor, although label errors cause one, so the
    /// estimate is rather too high than too low.
    pub fn measure(
        trainer: &Trainer,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        l2: f32,
        tick: &dyn Fn(usize, usize),
    ) -> Option<LearningCurve> {
        let fold = trainer.fold(corpus, duplicates);
        let shuffle = |comments: &mut Vec<usize>| comments.sort_by_key(|&i| mix(trainer.seed ^ mix(i as u64 + 7)));
        let (mut tested, mut learnt): (Vec<usize>, Vec<usize>) = (0..corpus.texts.len()).partition(|&i| fold[i] == 0);
        tested.retain(|&i| trainer.validates_on(corpus, i));
        shuffle(&mut tested);
        tested.truncate(MAX_TESTED);
        shuffle(&mut learnt);
        learnt.truncate(MAX_LEARNT);
        let labels: Vec<LabelSet> = tested.iter().map(|&i| corpus.labels[i]).collect();
        // One fold is enough to calibrate on.
        let l2 = Some(l2).filter(|l2| l2.is_finite());
        let trainer = trainer.clone().l2(l2).validation_size(1).promises(None);

        let mut sizes = Vec::new();
        let mut predicted: Vec<Vec<usize>> = Vec::new();
        for (place, part) in PARTS.into_iter().enumerate() {
            tick(place, PARTS.len());
            let size = (learnt.len() as f64 * part) as usize;
            let mut part = vec![false; corpus.texts.len()];
            learnt[..size].iter().for_each(|&i| part[i] = true);
            let part = corpus.split(|i| part[i]).0;
            let duplicates = NearDuplicates::find(&part.texts);
            let Ok(trained) = trainer.fit_labels(&part, &duplicates, &|_| {}) else { continue };
            let classifier = Classifier::new(&trained.model);
            sizes.push(size);
            predicted.push(tested.iter().map(|&i| classifier.score(&corpus.texts[i]).class).collect());
        }
        let k = corpus.classes.len();
        let reached: Vec<f64> = predicted.iter().map(|predicted| macro_f1(k, &labels, predicted)).collect();
        let comments = corpus.texts.len();
        let (factor, power) = power_law(&sizes, &reached)?;
        let gain = |(factor, power): (f64, f64)| {
            let error = |n: usize| factor * (n as f64).powf(-power);
            error(comments) - error(comments + MORE)
        };
        let laws = (0..DRAWS).filter_map(|draw| {
            let sample = bootstrap(tested.len(), draw);
            let labels: Vec<LabelSet> = sample.iter().map(|&at| labels[at]).collect();
            let of = |predicted: &Vec<usize>| {
                macro_f1(k, &labels, &sample.iter().map(|&at| predicted[at]).collect::<Vec<_>>())
            };
            power_law(&sizes, &predicted.iter().map(of).collect::<Vec<_>>())
        });
        let mut gains: Vec<f64> = laws.map(gain).collect();
        gains.sort_by(f64::total_cmp);
        let quantile = |q: f64| gains.get((gains.len() as f64 * q) as usize).copied();
        let (mut low, mut high) = (quantile(0.05)?, quantile(0.95)?);
        for gain in laws_without_one(&sizes, &reached).map(gain) {
            (low, high) = (low.min(gain), high.max(gain));
        }
        Some(LearningCurve {
            points: sizes.into_iter().zip(reached).collect(),
            factor,
            power,
            tested: tested.len(),
            comments,
            gain: (gain((factor, power)), low, high),
        })
    }
}

/// Bootstrap sample of `n` places, drawn with replacement.
fn bootstrap(n: usize, draw: u64) -> Vec<usize> {
    (0..n).map(|at| mix(mix(draw + 1) ^ at as u64) as usize % n).collect()
}

/// Power laws through all points but one.
fn laws_without_one(sizes: &[usize], reached: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    (0..sizes.len()).filter_map(|out| {
        let (mut sizes, mut reached) = (sizes.to_vec(), reached.to_vec());
        sizes.remove(out);
        reached.remove(out);
        power_law(&sizes, &reached)
    })
}

/// Factor and power of the law `1 - reached = factor * size ^ -power`; none from fewer than three sizes, or where
/// nothing is left to be learnt.
fn power_law(sizes: &[usize], reached: &[f64]) -> Option<(f64, f64)> {
    if sizes.len() < 3 || reached.iter().any(|reached| *reached >= 1.0) {
        return None;
    }
    let n = sizes.len() as f64;
    let x: Vec<f64> = sizes.iter().map(|size| (*size as f64).ln()).collect();
    let y: Vec<f64> = reached.iter().map(|reached| (1.0 - reached).ln()).collect();
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let covariance: f64 = x.iter().zip(&y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = x.iter().map(|x| (x - mean_x).powi(2)).sum();
    let power = -covariance / variance;
    let factor = (mean_y + power * mean_x).exp();
    (factor.is_finite() && power.is_finite()).then_some((factor, power))
}
