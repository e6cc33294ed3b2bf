//! What comments count in training: classes weigh the same.

use crate::model::label::LabelSet;

/// A script of fewer comments borrows so many, of all scripts, to say how often each class stands in it.
const BORROWED: f64 = 100.0;

/// How often each class stands in each script, other than Arabic and Arabic, each comment counting as much as
/// `weight` says; a label with alternatives counts for each of them in equal parts.
pub(crate) fn frequencies(
    labels: &[LabelSet],
    classes: usize,
    weight: impl Fn(usize) -> f64,
    arabic: impl Fn(usize) -> bool,
) -> [Vec<f64>; 2] {
    let mut counts = [vec![0f64; classes], vec![0f64; classes]];
    for (i, label) in labels.iter().enumerate() {
        for class in label.iter() {
            counts[usize::from(arabic(i))][class] += weight(i) / label.len() as f64;
        }
    }
    let all: Vec<f64> = (0..classes).map(|class| counts[0][class] + counts[1][class]).collect();
    let total: f64 = all.iter().sum();
    counts.map(|counts| counts.iter().zip(&all).map(|(count, all)| count + BORROWED * all / total).collect())
}

/// Weights of the rows under which all classes weigh the same within each script, `arabic` or not, and the rows of a
/// script as much as they do by `weight`. Were classes balanced over both together, the words of a script in which
/// one class is frequent would all speak for that class.
pub(crate) fn balanced(
    labels: &[LabelSet],
    classes: usize,
    weight: impl Fn(usize) -> f64,
    arabic: impl Fn(usize) -> bool,
) -> Vec<f32> {
    let frequencies = frequencies(labels, classes, &weight, &arabic);
    let mut weights = vec![0f64; labels.len()];
    // Of each script, what its rows weigh by `weight`, and what they would weigh here.
    let (mut wanted, mut got) = ([0f64; 2], [0f64; 2]);
    for (i, label) in labels.iter().enumerate() {
        if weight(i) > 0.0 {
            let script = usize::from(arabic(i));
            let rarity: f64 = label.iter().map(|class| 1.0 / frequencies[script][class]).sum();
            weights[i] = weight(i) * rarity / label.len() as f64;
            wanted[script] += weight(i);
            got[script] += weights[i];
        }
    }
    let scale = |i: usize| wanted[usize::from(arabic(i))] / got[usize::from(arabic(i))];
    weights.iter().enumerate().map(|(i, weight)| if *weight > 0.0 { (weight * scale(i)) as f32 } else { 0.0 }).collect()
}
