//! The dense layer: from a handful of signals of a comment to calibrated probabilities.
//!
//! It is a `linfa_logistic::MultiLogisticRegression` over [`Signals`], learnt from comments that the sparse
//! layer had not seen (out of fold). It calibrates, since the sparse layer is trained with balanced classes and
//! is surest where it has seen most; and it lets one insulting sentence, or one word, in a long polite comment
//! count, which the average over the comment would drown.

use std::collections::HashMap;

use linfa::prelude::*;
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::classifier::Score;
use crate::features::{Ngram, Parts, Script, Sink, emit, mix};
use crate::label::{LabelSet, MAX_CLASSES, Probabilities};
use crate::model::VerdictLayer;
use crate::passages;
use crate::table::{Signals, Values};

/// Standardised signals are clipped to this distance from their mean: no comment, however strange, can push
/// the log-odds further, and the logits of all rows stay near one another in practice: linfa-logistic 0.8.1 sums
/// exponentials exactly only while they lie within some 34.
const CLIP: f64 = 4.0;

/// L2 penalty on the weights of the layer.
const ALPHA: f64 = 1.0;

/// Comments that are enough for the few weights of the layer: of more, every second, third, ... of each label.
const ENOUGH: usize = 10_000;

/// Gradient, for each comment, at which the search ends. The signals are all but copies of one another, so that to go
/// further takes long and changes no probability in its third digit.
const GRADIENT: f64 = 1e-4;

/// The script of a text: from -1, no n-gram of an Arabic word, to 1, none of a Latin one; 0 if there are neither.
pub(crate) fn script(text: &str) -> f64 {
    let mut sink = ByScript::default();
    emit(text, &mut sink);
    sink.scripts.balance()
}

/// N-grams of the words of each script, but for pairs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scripts(pub(crate) [u32; 3]);

impl Scripts {
    #[inline]
    pub(crate) fn add(&mut self, other: &Scripts) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, n)| *sum += n);
    }

    #[inline]
    pub(crate) fn balance(&self) -> f64 {
        let of = |script: Script| f64::from(self.0[script as usize]);
        let (arabic, latin) = (of(Script::Arabic), of(Script::Latin));
        if arabic + latin > 0.0 { (arabic - latin) / (arabic + latin) } else { 0.0 }
    }
}

#[derive(Default)]
struct ByScript {
    scripts: Scripts,
    word: Script,
}

impl Sink for ByScript {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(word) => self.word = Script::of(word),
            Parts::Pair(..) => return,
            Parts::Stem(_) | Parts::Chars(_) => {}
        }
        self.scripts.0[self.word as usize] += 1;
    }
}

/// Of the letters in Arabic script the per cent that Arabic does not write. Marks do not count.
pub(crate) fn foreign(text: &str) -> u8 {
    // UTF-8 begins U+06C0 to U+06FF with this byte, which hardly a comment has.
    if memchr::memchr(0xDB, text.as_bytes()).is_none() {
        return 0;
    }
    let (mut letters, mut foreign) = (0usize, 0usize);
    for c in text.chars() {
        if matches!(c, '\u{620}'..='\u{63F}' | '\u{641}'..='\u{64A}' | '\u{66E}' | '\u{66F}' | '\u{671}'..='\u{6D5}' | '\u{6EE}' | '\u{6EF}' | '\u{6FA}'..='\u{6FF}')
        {
            letters += 1;
            foreign += usize::from(c >= '\u{6C0}');
        }
    }
    (100 * foreign / letters.max(1)) as u8
}

/// Number of signals of a comment that do not know its script, for a model of `classes` classes.
pub(crate) const fn plain_signals(classes: usize) -> usize {
    3 * classes + 2
}

/// Number of signals of a comment for a model of `classes` classes: the plain ones, the same times its script, and
/// the script, so that each script has a calibration of its own.
pub(crate) const fn signals(classes: usize) -> usize {
    2 * plain_signals(classes) + 1
}

impl VerdictLayer {
    /// Learns the layer from the signals of comments, `[comment][signal]`, and their labels. Where a label has
    /// alternatives, one of them is drawn by the probabilities that the layer itself gives them, which are improved
    /// in turn (stochastic expectation maximisation, Celeux and Diebolt 1985); `seed` decides the draws.
    ///
    /// Every class should be the only label of some comment. `near` is a layer of similar comments, if there is one:
    /// it is only where the search begins.
    pub(crate) fn fit(
        signals: ArrayView2<f64>,
        labels: &[LabelSet],
        classes: usize,
        seed: u64,
        near: Option<&VerdictLayer>,
    ) -> VerdictLayer {
        let width = self::signals(classes);
        let n = labels.len() as f64;
        let mean: Vec<f64> = signals.columns().into_iter().map(|column| column.iter().sum::<f64>() / n).collect();
        let deviation: Vec<f64> = signals
            .columns()
            .into_iter()
            .zip(&mean)
            .map(|(column, mean)| (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
            .map(|deviation| if deviation > 1e-9 { deviation } else { 1.0 })
            .collect();
        let mut layer = VerdictLayer {
            mean,
            deviation,
            weights: near.map_or(vec![0.0; width * classes], |near| near.weights.clone()),
            intercept: near.map_or(vec![0.0; classes], |near| near.intercept.clone()),
            label_weights: vec![1.0; 2 * classes],
        };
        let chosen = chosen(labels, ENOUGH);
        let (signals, labels) =
            (signals.select(Axis(0), &chosen), chosen.iter().map(|&i| labels[i]).collect::<Vec<_>>());
        let records = Array2::from_shape_fn(signals.dim(), |(row, i)| {
            standard(signals[(row, i)], layer.mean[i], layer.deviation[i])
        });
        let full: Vec<usize> = (0..labels.len()).filter(|&i| labels[i].len() == 1).collect();
        let targets: Vec<usize> = full.iter().map(|&i| labels[i].single().unwrap_or(0)).collect();
        if full.len() == labels.len() {
            layer.learn(records, targets);
            return layer;
        }
        layer.learn(records.select(Axis(0), &full), targets);
        for round in 0..3 {
            let targets = (0..labels.len()).map(|i| match labels[i].single() {
                Some(class) => class,
                None => {
                    let signals = signals.row(i);
                    let probabilities = layer.probabilities(signals.as_slice().expect("rows lie in one piece"));
                    draw(&probabilities, labels[i], seed ^ mix(i as u64 * 3 + round))
                }
            });
            let targets = targets.collect();
            layer.learn(records.clone(), targets);
        }
        layer
    }

    fn learn(&mut self, records: Array2<f64>, targets: Vec<usize>) {
        let rows = records.nrows() as f64;
        let classes = self.intercept.len();
        // The classes that linfa will find, in its order; the last row is the intercepts.
        let mut present = targets.clone();
        present.sort_unstable();
        present.dedup();
        let start = Array2::from_shape_fn((self.mean.len() + 1, present.len()), |(i, place)| {
            if i == self.mean.len() {
                self.intercept[present[place]]
            } else {
                self.weights[i * classes + present[place]]
            }
        });
        let dataset = Dataset::new(records, Array1::from(targets));
        let fitted = MultiLogisticRegression::default()
            .alpha(ALPHA)
            .gradient_tolerance(GRADIENT * rows)
            .max_iterations(200)
            .initial_params(start)
            .fit(&dataset);
        // What can go wrong is a signal that is not finite or a class without a row; neither reaches this place.
        let fitted = fitted.expect("finite signals and at least two classes");
        // A class without a comment is as rare as a single one.
        self.intercept.fill(-rows.ln());
        for (place, &class) in fitted.classes().iter().enumerate() {
            self.intercept[class] = fitted.intercept()[place];
            for (i, weight) in fitted.params().column(place).iter().enumerate() {
                self.weights[i * classes + class] = *weight;
            }
        }
    }

    /// What is said of a comment; `abusive` is the class that one passage of a long one can make it.
    pub(crate) fn score(&self, signals: Signals<'_>, abusive: Option<usize>) -> Score {
        let Signals { whole, passage, familiarity } = signals;
        let probabilities = self.judge(whole, passage, abusive);
        Score { label: self.label(&probabilities, familiarity.arabic), probabilities, familiarity }
    }

    /// The probabilities of a comment by the signals of its whole, and if it is long by its number of words and the signals
    /// of its most abusive passage.
    pub(crate) fn judge(
        &self,
        whole: &[f64],
        passage: Option<(u32, impl Fn() -> Option<Values>)>,
        abusive: Option<usize>,
    ) -> Probabilities {
        let mut probabilities = self.probabilities(whole);
        if let (Some((words, passage)), Some(abusive)) = (passage, abusive)
            && f64::from(probabilities[abusive]) < passages::MOST_LIKELY
            && let Some(passage) = passage()
        {
            let passage = self.probabilities(&passage[..whole.len()])[abusive];
            if let Some(raised) = passages::raised(words, probabilities[abusive], passage) {
                probabilities.set(abusive, raised);
            }
        }
        probabilities
    }

    /// What the layer says of one set of signals.
    pub(crate) fn probabilities(&self, signals: &[f64]) -> Probabilities {
        let k = self.intercept.len();
        let mut logits = [0.0; MAX_CLASSES];
        logits[..k].copy_from_slice(&self.intercept);
        match k {
            2 => self.add_up::<2>(signals, &mut logits),
            3 => self.add_up::<3>(signals, &mut logits),
            _ => {
                for (signal, weights) in self.standardised(signals).zip(self.weights.chunks_exact(k)) {
                    logits.iter_mut().zip(weights).for_each(|(logit, weight)| *logit += signal * weight);
                }
            }
        }
        Probabilities::softmax(&logits[..k])
    }

    /// Adds the signals times their weights to the logits of `K` classes.
    fn add_up<const K: usize>(&self, signals: &[f64], logits: &mut [f64; MAX_CLASSES]) {
        let mut sums: [f64; K] = std::array::from_fn(|class| logits[class]);
        for (signal, weights) in self.standardised(signals).zip(self.weights.as_chunks::<K>().0) {
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += signal * weight);
        }
        logits[..K].copy_from_slice(&sums);
    }

    fn standardised(&self, signals: &[f64]) -> impl Iterator<Item = f64> {
        let signals = signals.iter().zip(&self.mean).zip(&self.deviation);
        signals.map(|((signal, mean), deviation)| standard(*signal, *mean, *deviation))
    }

    /// The class whose probability, times its label weight, is greatest.
    pub(crate) fn label(&self, probabilities: &Probabilities, arabic: bool) -> usize {
        let k = self.intercept.len();
        let weighted =
            |class: usize| f64::from(probabilities[class]) * self.label_weights[k * usize::from(arabic) + class];
        (0..k).rev().max_by(|&a, &b| weighted(a).total_cmp(&weighted(b))).unwrap_or(0)
    }
}

/// A signal, standardised and clipped.
#[inline]
fn standard(signal: f64, mean: f64, deviation: f64) -> f64 {
    ((signal - mean) / deviation).clamp(-CLIP, CLIP)
}

/// The places of at most about `most` comments, as many of each label as there are of it in all, and one at least.
fn chosen(labels: &[LabelSet], most: usize) -> Vec<usize> {
    let every = labels.len().div_ceil(most);
    let mut seen = HashMap::new();
    let mut is_due = |label: LabelSet| {
        let seen = seen.entry(label).or_insert(0);
        *seen += 1;
        (*seen - 1) % every == 0
    };
    (0..labels.len()).filter(|&i| is_due(labels[i])).collect()
}

/// One of the classes of `set`, drawn by their probabilities.
fn draw(probabilities: &Probabilities, set: LabelSet, random: u64) -> usize {
    let mut left = (mix(random) >> 11) as f64 / (1u64 << 53) as f64 * probabilities.of(set);
    let mut last = 0;
    for class in set.iter() {
        last = class;
        left -= f64::from(probabilities[class]);
        if left < 0.0 {
            break;
        }
    }
    last
}
