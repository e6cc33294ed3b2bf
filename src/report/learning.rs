//! The learning curve: how good models are that learnt from fewer comments, and what more comments would bring.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::macro_f1;
use crate::model::label::LabelSet;
use crate::ngrams::hash::mix;
use crate::score::classifier::Classifier;
use crate::train::trainer::Trainer;

/// Parts of the comments that models learn from.
const PARTS: [f64; 4] = [0.125, 0.25, 0.5, 1.0];
/// Most comments of a model: what lies beyond is extrapolated, and costs no time.
const MOST: usize = 40_000;
/// Most comments that the models are tried on.
const TRIED: usize = 20_000;
/// Times that the comments tried on are drawn anew, to see how far the curve depends on them.
const DRAWS: u64 = 200;
/// Comments more that the curve is asked about.
pub(crate) const MORE: usize = 1000;

/// How macro-F1 grows with the comments learnt from.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningCurve {
    /// (comments learnt from, macro-F1 on comments of another fold).
    pub points: Vec<(usize, f64)>,
    /// The power law through the points: the error, 1 - macro-F1, is `factor * comments ^ -power`.
    pub factor: f64,
    /// See `factor`.
    pub power: f64,
    /// Comments tried on.
    pub tried: usize,
    /// Comments of the whole corpus.
    pub comments: usize,
    /// What 1,000 comments more would add to macro-F1 by that law: best guess, then the least and the greatest that it
    /// is in the middle 90 % of times that the comments tried on are drawn anew, and where one of the models is left
    /// out.
    pub gain: (f64, f64, f64),
}

impl LearningCurve {
    /// Macro-F1 by the power law.
    pub fn at(&self, comments: f64) -> f64 {
        1.0 - self.factor * comments.powf(-self.power)
    }

    /// Trains models on an eighth, a quarter, a half and all of four folds (at most 40,000 comments) and tries them on
    /// the fifth. `l2` is the strength of the penalty; `tick` is called before each. None if fewer than three of
    /// them could be trained, or they are good beyond measure.
    ///
    /// The law is fitted by least squares to the logarithms. It has no floor, although mislabelled comments make one:
    /// it promises rather too much than too little.
    pub fn measure(
        trainer: &Trainer,
        corpus: &Corpus,
        repeats: &NearDuplicates,
        l2: f32,
        tick: &dyn Fn(usize, usize),
    ) -> Option<LearningCurve> {
        let fold = trainer.fold(corpus, repeats);
        let drawn = |comments: &mut Vec<usize>| comments.sort_by_key(|&i| mix(trainer.seed ^ mix(i as u64 + 7)));
        let (mut tried, mut learnt): (Vec<usize>, Vec<usize>) = (0..corpus.texts.len()).partition(|&i| fold[i] == 0);
        tried.retain(|&i| trainer.judges(corpus, i));
        drawn(&mut tried);
        tried.truncate(TRIED);
        drawn(&mut learnt);
        learnt.truncate(MOST);
        let labels: Vec<LabelSet> = tried.iter().map(|&i| corpus.labels[i]).collect();
        // One fold is enough to calibrate by.
        let trainer = Trainer { l2: Some(l2), enough: 1, promises: None, ..trainer.clone() };

        let mut sizes = Vec::new();
        let mut predicted: Vec<Vec<usize>> = Vec::new();
        for (place, part) in PARTS.into_iter().enumerate() {
            tick(place, PARTS.len());
            let size = (learnt.len() as f64 * part) as usize;
            let mut part = vec![false; corpus.texts.len()];
            learnt[..size].iter().for_each(|&i| part[i] = true);
            let Ok(trained) = trainer.fit(&corpus.split(|i| part[i]).0) else { continue };
            let classifier = Classifier::new(&trained.model);
            sizes.push(size);
            predicted.push(tried.iter().map(|&i| classifier.score(&corpus.texts[i]).label).collect());
        }
        let k = corpus.classes.len();
        let reached: Vec<f64> = predicted.iter().map(|predicted| macro_f1(k, &labels, predicted)).collect();
        let comments = corpus.texts.len();
        let (factor, power) = power_law(&sizes, &reached)?;
        let gain = |(factor, power): (f64, f64)| {
            let error = |n: usize| factor * (n as f64).powf(-power);
            error(comments) - error(comments + MORE)
        };
        let mut gains: Vec<f64> = (0..DRAWS)
            .filter_map(|draw| {
                let again: Vec<usize> =
                    (0..tried.len()).map(|at| mix(mix(draw + 1) ^ at as u64) as usize % tried.len()).collect();
                let labels: Vec<LabelSet> = again.iter().map(|&at| labels[at]).collect();
                let of = |predicted: &Vec<usize>| {
                    macro_f1(k, &labels, &again.iter().map(|&at| predicted[at]).collect::<Vec<_>>())
                };
                power_law(&sizes, &predicted.iter().map(of).collect::<Vec<_>>()).map(gain)
            })
            .collect();
        gains.sort_by(f64::total_cmp);
        let quantile = |q: f64| gains.get((gains.len() as f64 * q) as usize).copied();
        let (mut low, mut high) = (quantile(0.05)?, quantile(0.95)?);
        for out in 0..sizes.len() {
            let (mut sizes, mut reached) = (sizes.clone(), reached.clone());
            sizes.remove(out);
            reached.remove(out);
            if let Some(gain) = power_law(&sizes, &reached).map(gain) {
                (low, high) = (low.min(gain), high.max(gain));
            }
        }
        Some(LearningCurve {
            points: sizes.into_iter().zip(reached).collect(),
            factor,
            power,
            tried: tried.len(),
            comments,
            gain: (gain((factor, power)), low, high),
        })
    }
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
