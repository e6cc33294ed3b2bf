//! Training of the kinds of abuse: a head for each kind and script, beside the label.
//!
//! A head is a logistic regression over n-grams with the scales of naive Bayes, as the label's. It learns from abusive
//! comments whose kinds are stated, since the label says already which comments are abusive. The log-odds of a threat are
//! fitted anew over all comments, those of abuse being only a part of them, since the label misses many threats. A head is judged on files that it has not learnt from, or by a
//! cross-validation if one file alone has comments of the kind, and kept only if it is good enough there.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::validation::KindValidation;
use crate::model::kinds::{AbuseKind, KindFigures, KindHead, Kinds, MAX_WEIGHT};
use crate::model::label::LabelSet;
use crate::ngrams::script::{Letters, is_arabic, script_name};
use crate::stats::roc::Roc;
use crate::train::balance::balanced;
use crate::train::error::TrainError;
use crate::train::folds::folds;
use crate::train::lbfgs::{Solver, Stop};
use crate::train::objective::{Part, Problem};
use crate::train::sparse_matrix::Rows;
use crate::train::trained::Trained;
use crate::train::trainer::Trainer;
use crate::train::vocabulary::{Bounds, Vocabulary, log_count_ratios, masses};

/// Minimum lower limit of the ROC AUC of a kind that the model keeps: among all comments. It must also tell the kind from other
/// abuse.
pub const MIN_ROC_AUC: f64 = 0.70;

/// Minimum number of comments of a kind, and of others, to learn from; and in a file that is left out.
const MIN_TO_LEARN: usize = 20;
const MIN_IN_FILE: usize = 10;

/// Most files that are left out alone; the others are left out together.
const MAX_FOLDS: usize = 8;

/// Number of n-grams that are kept for each kind.
const NGRAMS: usize = 2_500;

/// Weights of n-grams by their hashes.
type HashWeights = Vec<(u64, f32)>;

/// Settings of the solver, as those of the label in the middle of their range.
const L2: f32 = 10.0;
const STOP: Stop = Stop { iterations: 60, tolerance: 1e-4 };
const SMOOTH: f64 = 0.3;
const MIN_COUNT: u32 = 2;
const MAX_NGRAMS: usize = 300_000;

impl Trained {
    /// Learns the kinds of each expert. What was learnt on top of another model keeps the kinds of that one, unless its own
    /// comments give all of them.
    pub(super) fn learn_kinds(
        &mut self,
        trainer: &Trainer,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
    ) -> Result<(), TrainError> {
        if corpus.kinds.iter().all(|kinds| kinds.is_empty()) {
            return Ok(());
        }
        let arabic: Vec<bool> = corpus.texts.par_iter().map(|text| is_arabic(text)).collect();
        let scripts: Vec<Option<bool>> = self.model.experts.iter().map(|(script, _)| script).collect();
        for script in scripts {
            let is = |i: &usize| script.is_none_or(|script| arabic[duplicates.group[*i]] == script);
            let comments: Vec<usize> = (0..corpus.texts.len()).filter(is).collect();
            let letters = script.map_or(Letters::Any, Letters::OnlyOf);
            let (learnt, validations) = learn(trainer, corpus, duplicates, &comments, letters)?;
            self.validation
                .kinds
                .extend(validations.into_iter().map(|of| KindValidation { script: script.map(script_name), ..of }));
            let expert = self.model.experts.of_mut(script.unwrap_or_default());
            let has_all = |before: &Kinds| {
                let has = |head: &KindHead| learnt.heads.iter().any(|own| own.kind == head.kind);
                before.heads.iter().all(has)
            };
            if !learnt.heads.is_empty() && expert.kinds.as_ref().is_none_or(has_all) {
                expert.kinds = Some(learnt);
            }
        }
        Ok(())
    }
}

/// Learns the heads of the `comments` of a corpus; also returns the figures of all kinds that could be judged.
fn learn(
    trainer: &Trainer,
    corpus: &Corpus,
    duplicates: &NearDuplicates,
    comments: &[usize],
    letters: Letters,
) -> Result<(Kinds, Vec<KindValidation>), TrainError> {
    // Files without any kind stated: what they call not abusive may be a threat.
    let mut stated = vec![false; corpus.files.len()];
    comments.iter().for_each(|&i| stated[corpus.file(i)] |= !corpus.kinds[i].is_empty());
    let known = |i: &usize| stated[corpus.file(*i)] && corpus.known_kinds(*i).is_some();
    let comments: Vec<usize> = comments.iter().copied().filter(known).collect();
    let abusive = |i: usize| corpus.classes.abusive().is_some_and(|abusive| corpus.labels[i].contains(abusive));
    let abusive: Vec<bool> = comments.iter().map(|&i| abusive(i) || !corpus.kinds[i].is_empty()).collect();
    let present = |kind: AbuseKind| comments.iter().map(|&i| corpus.kinds[i].contains(kind)).collect::<Vec<bool>>();
    let kinds = AbuseKind::ALL.into_iter().map(|kind| (kind, present(kind)));
    let kinds: Vec<_> = kinds.filter(|(_, present)| enough(present, &abusive, MIN_TO_LEARN)).collect();
    let (mut heads, mut validations) = (Vec::new(), Vec::new());
    if !kinds.is_empty() {
        let data = Data::new(trainer, corpus, duplicates, &comments, letters)?;
        for (kind, present) in kinds {
            let Some((head, weights)) = data.head(kind, &present, &abusive)? else { continue };
            let KindFigures { interval, interval_in_abuse, .. } = head.figures;
            let kept = head.step > 0.0 && interval[0] >= MIN_ROC_AUC && interval_in_abuse[0] > 0.5;
            validations.push(KindValidation {
                script: None,
                kind,
                kept,
                threshold: head.threshold,
                figures: head.figures,
            });
            if kept {
                heads.push((head, weights));
            }
        }
    }
    Ok((quantise(heads), validations))
}

/// True if there are enough of either among the abusive comments.
fn enough(present: &[bool], abusive: &[bool], least: usize) -> bool {
    let count = |wanted: bool| {
        present.iter().zip(abusive).filter(|(present, abusive)| **abusive && **present == wanted).count()
    };
    count(true).min(count(false)) >= least
}

/// Heads with integer weights.
fn quantise(heads: Vec<(KindHead, HashWeights)>) -> Kinds {
    let mut hashes: Vec<u64> = heads.iter().flat_map(|(_, weights)| weights).map(|&(hash, _)| hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let k = heads.len();
    let mut integers = vec![0i16; hashes.len() * k];
    let mut quantised = Vec::new();
    for (place, (head, weights)) in heads.into_iter().enumerate() {
        // The few greatest weights are cut, so that the many others keep their digits.
        let mut sizes: Vec<f32> = weights.iter().map(|(_, weight)| weight.abs()).collect();
        sizes.sort_by(f32::total_cmp);
        let greatest = sizes[sizes.len() - 1 - sizes.len() / 200].max(f32::MIN_POSITIVE);
        let unit = greatest / f32::from(MAX_WEIGHT);
        for (hash, weight) in weights {
            let row = hashes.binary_search(&hash).expect("it is one of them");
            let units = (weight / unit).round().clamp(-f32::from(MAX_WEIGHT), f32::from(MAX_WEIGHT));
            integers[row * k + place] = units as i16;
        }
        quantised.push(KindHead { step: head.step * f64::from(unit), ..head });
    }
    Kinds { heads: quantised, ngrams: hashes.len(), hashes: hashes.into(), weights: integers.into() }
}

/// Comments as numbers.
struct Data<'a> {
    vocabulary: Vocabulary,
    rows: Rows,
    weights: Vec<f32>,
    /// File of each comment, and its group of near-duplicates.
    files: Vec<u32>,
    groups: Vec<usize>,
    trainer: &'a Trainer,
}

impl Data<'_> {
    fn new<'a>(
        trainer: &'a Trainer,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        comments: &[usize],
        letters: Letters,
    ) -> Result<Data<'a>, TrainError> {
        let texts: Vec<&str> = comments.iter().map(|&i| corpus.texts[i].as_str()).collect();
        let bounds = Bounds { min_count: MIN_COUNT, max_ngrams: MAX_NGRAMS, capacity: trainer.count_capacity, letters };
        let vocabulary = Vocabulary::count(&texts, bounds);
        let rows = vocabulary.rows(&texts, trainer.row_memory)?;
        let weights = comments.iter().map(|&i| trainer.weight(corpus.file(i)) * corpus.weights[i]).collect();
        // Groups by their first comment here.
        let mut first = HashMap::new();
        let groups = comments.iter().enumerate().map(|(here, &i)| *first.entry(duplicates.group[i]).or_insert(here));
        let groups = groups.collect();
        let files = comments.iter().map(|&i| corpus.file(i) as u32).collect();
        Ok(Data { vocabulary, rows, weights, files, groups, trainer })
    }

    /// Head of a kind that is present in some of the comments, and its weights; none if it cannot be judged.
    fn head(
        &self,
        kind: AbuseKind,
        present: &[bool],
        abusive: &[bool],
    ) -> Result<Option<(KindHead, HashWeights)>, TrainError> {
        if self.vocabulary.is_empty() {
            return Ok(None);
        }
        let labels_of = |is: &[bool]| is.iter().map(|&is| LabelSet::one(is.into())).collect::<Vec<_>>();
        let (labels, of_abuse) = (labels_of(present), labels_of(abusive));
        let (fold, files) = self.folds(&labels, present, abusive);
        // Both are learnt without the fold: the kind among abusive comments, and which comments are abusive.
        let kinds = self.held_out(&labels, &fold, &|i| abusive[i])?;
        let abuse = self.held_out(&of_abuse, &fold, &|_| true)?;
        let of_abusive: Vec<(f64, bool)> =
            kinds.iter().filter(|(i, _)| abusive[*i]).map(|&(i, score)| (score, present[i])).collect();
        let (slope, shift) = platt(&of_abusive);
        let (abuse_slope, abuse_shift) =
            platt(&abuse.iter().map(|&(i, score)| (score, abusive[i])).collect::<Vec<_>>());
        // Log-odds of the kind given abuse, and of abuse.
        let odds: Vec<[f64; 2]> = kinds
            .iter()
            .zip(&abuse)
            .map(|((_, kind), (_, abuse))| [slope * kind + shift, abuse_slope * abuse + abuse_shift])
            .collect();
        let held_out = || kinds.iter().map(|&(i, _)| i);
        let in_all = kind == AbuseKind::Threat;
        let mix = match in_all {
            true => logistic(odds.iter().copied().zip(held_out().map(|i| present[i])), [1.0, 0.5, 0.0]),
            false => [1.0, 0.0, 0.0],
        };
        let of_comment = |odds: &[f64; 2]| match in_all {
            true => sigmoid(mix[0] * odds[0] + mix[1] * odds[1] + mix[2]),
            false => sigmoid(odds[0]) * sigmoid(odds[1]),
        };
        // Within each fold, since each has a head of its own.
        let roc = |scored: &[(usize, f64)]| {
            let of_fold = |of: usize| {
                let scores = |wanted: bool| -> Vec<f64> {
                    let of_fold = scored.iter().filter(|&&(i, _)| fold[i] == Some(of) && present[i] == wanted);
                    of_fold.map(|&(_, score)| score).collect()
                };
                let positives = scores(true);
                Some((Roc::of(&positives, &scores(false))?, positives.len() as f64))
            };
            Roc::mean(&(0..MAX_FOLDS).filter_map(of_fold).collect::<Vec<_>>())
        };
        let probabilities: Vec<(usize, f64)> = held_out().zip(odds.iter().map(of_comment)).collect();
        let in_abuse: Vec<(usize, f64)> = kinds.iter().copied().filter(|(i, _)| abusive[*i]).collect();
        let (Some(roc_in_all), Some(roc_in_abuse)) = (roc(&probabilities), roc(&in_abuse)) else { return Ok(None) };
        let best = best_f1(match in_all {
            true => probabilities.iter().map(|&(i, probability)| (probability, present[i])).collect(),
            false => of_abusive.iter().map(|&(score, present)| (sigmoid(slope * score + shift), present)).collect(),
        });
        let [all] = self.solve(&labels, &[&|i| abusive[i]])?.try_into().expect("one part");
        let (weights, bias) = self.pruned(&all);
        let head = KindHead {
            kind,
            intercept: mix[0] * (shift + slope * bias) + mix[2],
            step: mix[0] * slope,
            abuse: mix[1],
            threshold: best.threshold as f32,
            figures: KindFigures {
                comments: kinds.len() as u64,
                abusive: in_abuse.len() as u64,
                positives: held_out().filter(|&i| present[i]).count() as u64,
                files: files as u64,
                roc_auc: roc_in_all.auc,
                interval: roc_in_all.interval(),
                roc_auc_in_abuse: roc_in_abuse.auc,
                interval_in_abuse: roc_in_abuse.interval(),
                precision: best.precision,
                recall: best.recall,
            },
        };
        Ok(Some((head, weights)))
    }

    /// Fold that each comment is left out of, if any, and the number of files that are left out; 0 if one file alone has
    /// enough comments of the kind, and the folds are drawn.
    fn folds(&self, labels: &[LabelSet], present: &[bool], abusive: &[bool]) -> (Vec<Option<usize>>, usize) {
        let files = self.files.iter().max().map_or(0, |last| *last as usize + 1);
        let mut counts = vec![[0usize; 2]; files];
        for ((&file, &present), _) in self.files.iter().zip(present).zip(abusive).filter(|(_, abusive)| **abusive) {
            counts[file as usize][usize::from(present)] += 1;
        }
        let mut left_out: Vec<usize> =
            (0..files).filter(|&file| counts[file].iter().all(|n| *n >= MIN_IN_FILE)).collect();
        if left_out.len() < 2 {
            let drawn = folds(labels.len(), &|i| (false, labels[i]), |i| self.groups[i], self.trainer.seed);
            return (drawn.into_iter().map(|fold| Some(fold.into())).collect(), 0);
        }
        left_out.sort_by_key(|&file| std::cmp::Reverse(counts[file][1]));
        let place = |file: u32| left_out.iter().position(|&other| other == file as usize);
        let fold = self.files.iter().map(|&file| place(file).map(|place| place.min(MAX_FOLDS - 1))).collect();
        (fold, left_out.len())
    }

    /// Score of each comment that is left out of a fold, by what was learnt without that fold and its near-duplicates, from the
    /// others that `learns_from` holds for.
    fn held_out(
        &self,
        labels: &[LabelSet],
        fold: &[Option<usize>],
        learns_from: &(dyn Fn(usize) -> bool + Sync),
    ) -> Result<Vec<(usize, f64)>, TrainError> {
        let count = fold.iter().flatten().max().map_or(0, |last| last + 1);
        let mut folds_of_group = vec![0u32; fold.len()];
        fold.iter().zip(&self.groups).for_each(|(fold, &group)| {
            folds_of_group[group] |= fold.map_or(0, |fold| 1 << fold);
        });
        let learns: Vec<Box<dyn Fn(usize) -> bool + Sync>> = (0..count)
            .map(|of| {
                let folds_of_group = &folds_of_group;
                Box::new(move |i: usize| learns_from(i) && folds_of_group[self.groups[i]] >> of & 1 == 0)
                    as Box<dyn Fn(usize) -> bool + Sync>
            })
            .collect();
        let solved = self.solve(labels, &learns.iter().map(|learns| &**learns).collect::<Vec<_>>())?;
        let mut tables = Vec::new();
        for solution in &solved {
            let (weights, bias) = self.pruned(solution);
            let mut dense = vec![0f32; self.vocabulary.len()];
            for (hash, weight) in weights {
                dense[self.vocabulary.column(hash).expect("it is of the vocabulary") as usize] = weight;
            }
            tables.push((dense, bias));
        }
        let mut scores = Vec::new();
        for piece in self.rows.pieces(1) {
            self.rows.for_each(
                piece,
                |i| fold[i].is_some(),
                |i, row| {
                    let (dense, bias) = &tables[fold[i].unwrap_or_default()];
                    let sum: f32 = row.entries().map(|(column, count)| count * dense[column as usize]).sum();
                    scores.push((i, f64::from(row.scale * sum) + bias));
                },
            )?;
        }
        Ok(scores)
    }

    /// Solutions of one problem for each of the sets of comments to learn from.
    fn solve(
        &self,
        labels: &[LabelSet],
        learns: &[&(dyn Fn(usize) -> bool + Sync)],
    ) -> Result<Vec<Vec<f32>>, TrainError> {
        let idf = &self.vocabulary.idf;
        let mut parts = Vec::new();
        for learns in learns {
            let weight = |i: usize| if learns(i) { f64::from(self.weights[i]) } else { 0.0 };
            let weights = balanced(labels, 2, weight, |_| false);
            let group = |i: usize| usize::from(weights[i] == 0.0);
            let masses = masses(&self.rows, labels, 2, 1, group, |i| weights[i].into())?;
            let mut scale = log_count_ratios(&masses.iter().collect::<Vec<_>>(), idf, 2, SMOOTH, MIN_COUNT);
            scale.chunks_mut(2).zip(idf).for_each(|(scale, idf)| scale.iter_mut().for_each(|s| *s = s.abs() * idf));
            parts.push(Part { weights, scale });
        }
        let problem = Problem { rows: &self.rows, labels, groups: &self.files, offset: &[], classes: 2, parts: &parts };
        let mut solver = Solver::new(&problem, L2, None)?;
        for _ in 0..STOP.iterations {
            if !solver.step(STOP.tolerance)? {
                break;
            }
        }
        Ok((0..parts.len()).map(|part| solver.solution(part)).collect())
    }

    /// Weights for the kind of the n-grams that matter most, by the hash of each, and the bias.
    fn pruned(&self, solution: &[f32]) -> (HashWeights, f64) {
        let (weights, bias) = solution.split_at(self.vocabulary.len() * 2);
        let weight = |column: u32| weights[2 * column as usize + 1] - weights[2 * column as usize];
        let importance = |column: u32| weight(column).abs() * (self.vocabulary.texts[column as usize] as f32).sqrt();
        let mut columns: Vec<u32> = (0..self.vocabulary.len() as u32).filter(|&column| weight(column) != 0.0).collect();
        columns.sort_by(|&a, &b| importance(b).total_cmp(&importance(a)).then(a.cmp(&b)));
        columns.truncate(NGRAMS);
        let kept = columns.into_iter().map(|column| (self.vocabulary.hashes[column as usize], weight(column)));
        (kept.collect(), f64::from(bias[1] - bias[0]))
    }
}

fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Slope and shift that make log-odds of scores (Platt 1999, "Probabilistic outputs for support vector machines").
fn platt(scored: &[(f64, bool)]) -> (f64, f64) {
    let [slope, _, shift] = logistic(scored.iter().map(|&(score, present)| ([score, 0.0], present)), [0.0; 3]);
    (slope, shift)
}

/// Weights of two numbers, and a shift, of a logistic regression with Platt's targets, by Newton's method from `start`.
fn logistic(rows: impl Iterator<Item = ([f64; 2], bool)>, start: [f64; 3]) -> [f64; 3] {
    let rows: Vec<([f64; 2], bool)> = rows.collect();
    let positives = rows.iter().filter(|(_, present)| *present).count() as f64;
    let targets = [1.0 / (rows.len() as f64 - positives + 2.0), (positives + 1.0) / (positives + 2.0)];
    let mut at = start;
    for _ in 0..100 {
        // A little of the identity, for numbers that are always 0.
        let (mut gradient, mut hessian) = ([0.0; 3], [[1e-6, 0.0, 0.0], [0.0, 1e-6, 0.0], [0.0, 0.0, 1e-6]]);
        for &([first, second], present) in &rows {
            let row = [first, second, 1.0];
            let p = sigmoid(row.iter().zip(at).map(|(x, weight)| x * weight).sum());
            for i in 0..3 {
                gradient[i] += (p - targets[usize::from(present)]) * row[i];
                for j in 0..3 {
                    hessian[i][j] += p * (1.0 - p) * row[i] * row[j];
                }
            }
        }
        let step = solved(hessian, gradient);
        let size = step.iter().map(|x| x * x).sum::<f64>().sqrt();
        if !size.is_finite() || size < 1e-9 {
            break;
        }
        // Far from the optimum a whole step may overshoot.
        at.iter_mut().zip(step).for_each(|(x, step)| *x -= (2.0 / size).min(1.0) * step);
    }
    at
}

/// Solution of three equations whose matrix is positive definite, by elimination.
fn solved(mut matrix: [[f64; 3]; 3], mut right: [f64; 3]) -> [f64; 3] {
    for pivot in 0..3 {
        for row in (0..3).filter(|&row| row != pivot) {
            let factor = matrix[row][pivot] / matrix[pivot][pivot];
            let by = matrix[pivot];
            matrix[row].iter_mut().zip(by).for_each(|(x, by)| *x -= factor * by);
            right[row] -= factor * right[pivot];
        }
    }
    std::array::from_fn(|row| right[row] / matrix[row][row])
}

/// Threshold of the best F1, with what it reaches.
struct Best {
    threshold: f64,
    precision: f64,
    recall: f64,
}

fn best_f1(mut scored: Vec<(f64, bool)>) -> Best {
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = scored.iter().filter(|(_, present)| *present).count() as f64;
    let (mut best, mut best_f1) = (Best { threshold: 1.0, precision: 0.0, recall: 0.0 }, 0.0);
    let mut hits = 0.0;
    for (place, &(probability, present)) in scored.iter().enumerate() {
        hits += f64::from(u8::from(present));
        let next = scored.get(place + 1).map_or(0.0, |next| next.0);
        let said = (place + 1) as f64;
        let f1 = 2.0 * hits / (said + positives);
        if next < probability && f1 > best_f1 {
            best_f1 = f1;
            best = Best { threshold: (probability + next) / 2.0, precision: hits / said, recall: hits / positives };
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platt_finds_the_log_odds_of_two_scores() {
        // Of 400 comments with score 1 three quarters are of the kind, of 400 with score -1 a quarter.
        let scored: Vec<(f64, bool)> =
            (0..800).map(|i| if i < 400 { (1.0, i % 4 != 0) } else { (-1.0, i % 4 == 0) }).collect();
        let (slope, shift) = platt(&scored);
        assert!((slope - 3f64.ln()).abs() < 0.02 && shift.abs() < 1e-6, "{slope} {shift}");
    }

    #[test]
    fn the_threshold_lies_between_two_scores() {
        let best = best_f1(vec![(0.9, true), (0.2, false), (0.6, true), (0.4, false)]);
        assert_eq!((best.threshold, best.precision, best.recall), (0.5, 1.0, 1.0));
    }
}
