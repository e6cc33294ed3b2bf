//! Balance: weights of comments in training under which all classes weigh the same.

use crate::model::label::LabelSet;

/// Number of comments of all scripts that are added to those of each script, to estimate its class frequencies.
const BORROWED: f64 = 100.0;

/// Frequency of each class in each script, other than Arabic and Arabic, each comment counting for a class of its label by
/// its `weight`.
fn frequencies(
    labels: &[LabelSet],
    classes: usize,
    weight: impl Fn(usize, usize) -> f64,
    arabic: impl Fn(usize) -> bool,
) -> [Vec<f64>; 2] {
    let mut counts = [vec![0f64; classes], vec![0f64; classes]];
    for (i, label) in labels.iter().enumerate() {
        for class in label.iter() {
            counts[usize::from(arabic(i))][class] += weight(i, class);
        }
    }
    let all: Vec<f64> = (0..classes).map(|class| counts[0][class] + counts[1][class]).collect();
    let total: f64 = all.iter().sum();
    counts.map(|counts| counts.iter().zip(&all).map(|(count, all)| count + BORROWED * all / total).collect())
}

/// Weights of the rows under which all classes weigh the same within each script, `arabic` or not; the total of a script
/// stays that of `weight`. If classes were balanced over both scripts together, all words of a script in which one class
/// is frequent would speak for that class.
pub(crate) fn balanced(
    labels: &[LabelSet],
    classes: usize,
    weight: impl Fn(usize) -> f64,
    arabic: impl Fn(usize) -> bool,
) -> Vec<f32> {
    // A label with alternatives counts for each of them in equal parts.
    let frequencies = frequencies(labels, classes, |i, _| weight(i) / labels[i].len() as f64, &arabic);
    let mut weights = vec![0f64; labels.len()];
    // Total weight of the rows of each script: by `weight`, and before scaling.
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
