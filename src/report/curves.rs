//! Points of the plots.

use crate::model::label::{LabelSet, Probabilities};
use crate::stats::Tally;

/// Point of a plot.
pub(crate) type Point = (f64, f64);

/// Maximum number of points of a curve: more cannot be seen.
const MAX_POINTS: usize = 240;

/// Precision against recall, and the ROC curve, of one class against the rest.
pub(crate) struct Ranking {
    /// Points (recall, precision).
    pub(crate) precision_recall: Vec<Point>,
    /// Points (false-positive rate, recall).
    pub(crate) roc: Vec<Point>,
    /// Average precision: the mean of the precision at each comment of the class.
    pub(crate) average_precision: f64,
}

/// Ranking of `class`; none unless there are both comments of the class and others. Comments whose label leaves the
/// class open do not count.
pub(crate) fn ranking(labels: &[LabelSet], probabilities: &[Probabilities], class: usize) -> Option<Ranking> {
    let mut ranked: Vec<(f32, bool)> = labels
        .iter()
        .zip(probabilities)
        .filter(|(label, _)| label.single() == Some(class) || !label.contains(class))
        .map(|(label, probabilities)| (probabilities[class], label.contains(class)))
        .collect();
    ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let positives = ranked.iter().filter(|(_, is)| *is).count() as f64;
    let negatives = ranked.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let (mut hits, mut alarms, mut area) = (0.0, 0.0, 0.0);
    let (mut precision_recall, mut roc) = (Vec::new(), vec![(0.0, 0.0)]);
    for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
        let new = tied.iter().filter(|(_, is)| *is).count() as f64;
        hits += new;
        alarms += tied.len() as f64 - new;
        let precision = hits / (hits + alarms);
        area += precision * new;
        precision_recall.push((hits / positives, precision));
        roc.push((alarms / negatives, hits / positives));
    }
    Some(Ranking { precision_recall: thin(precision_recall), roc: thin(roc), average_precision: area / positives })
}

/// Points at least a step apart in one of the coordinates, and the last point.
fn thin(points: Vec<Point>) -> Vec<Point> {
    let last = points.last().copied();
    let mut kept: Vec<Point> = Vec::new();
    for point in points {
        let far = |other: &Point| (point.0 - other.0).abs().max((point.1 - other.1).abs()) >= 1.0 / MAX_POINTS as f64;
        if kept.last().is_none_or(far) {
            kept.push(point);
        }
    }
    kept.extend(last.filter(|last| kept.last() != Some(last)));
    kept
}

/// Minimum number of comments of a bin that is drawn: the share of fewer says little.
const MIN_BIN: usize = 10;

/// Reliability diagram: mean probability against the share of true ones, in 15 bins of equal width, of (probability,
/// true or not).
pub(crate) fn reliability(said: impl Iterator<Item = (f32, bool)>) -> Vec<Point> {
    let mut bins = [(0usize, 0f64, 0f64); 15];
    for (probability, is) in said {
        let bin = &mut bins[((f64::from(probability) * 15.0) as usize).min(14)];
        *bin = (bin.0 + 1, bin.1 + f64::from(probability), bin.2 + f64::from(u8::from(is)));
    }
    let drawn = bins.iter().filter(|(n, ..)| *n >= MIN_BIN);
    drawn.map(|&(n, sum, hits)| (sum / n as f64, hits / n as f64)).collect()
}

/// Probability of the likeliest class and whether it is right, of fully labelled comments: the input of the expected
/// calibration error.
pub(crate) fn likeliest<'a>(
    labels: &'a [LabelSet],
    probabilities: &'a [Probabilities],
) -> impl Iterator<Item = (f32, bool)> + 'a {
    labels.iter().zip(probabilities).filter_map(|(label, probabilities)| {
        let class = label.single()?;
        let best = probabilities.as_slice().iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        Some((*best.1, best.0 == class))
    })
}

/// Probability of `class` and whether it is right, of comments whose label does not leave it open.
pub(crate) fn of_class<'a>(
    labels: &'a [LabelSet],
    probabilities: &'a [Probabilities],
    class: usize,
) -> impl Iterator<Item = (f32, bool)> + 'a {
    let decided = move |label: &LabelSet| label.single() == Some(class) || !label.contains(class);
    let both = labels.iter().zip(probabilities).filter(move |(label, _)| decided(label));
    both.map(move |(label, probabilities)| (probabilities[class], label.contains(class)))
}

/// Minimum number of comments of a zone that is drawn, and its minimum share of all.
const MIN_ZONE: (f64, f64) = (20.0, 0.01);

/// Error of a zone by its size.
pub(crate) struct Slider {
    /// Points (share of all comments, share of wrong ones among them).
    pub(crate) observed: Vec<Point>,
    /// Points (share of all comments, upper bound of the error at the confidence).
    pub(crate) bound: Vec<Point>,
}

/// Curves of a threshold that moves over cases (risk, wrong or not) from the smallest risk to the greatest; `all` is the
/// number of comments of a share of 1, including those not decided at any threshold.
pub(crate) fn slider(mut cases: Vec<(f32, bool)>, all: usize, confidence: f64) -> Slider {
    cases.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut slider = Slider { observed: Vec::new(), bound: Vec::new() };
    let mut tally = Tally::default();
    let mut next = MIN_ZONE.0.max(MIN_ZONE.1 * all as f64);
    for tied in cases.chunk_by(|a, b| a.0 == b.0) {
        tally.comments += tied.len() as u64;
        tally.wrong += tied.iter().filter(|(_, wrong)| *wrong).count() as u64;
        if tally.comments as f64 >= next {
            let share = tally.comments as f64 / all as f64;
            slider.observed.push((share, tally.share()));
            slider.bound.push((share, tally.upper(confidence)));
            next = tally.comments as f64 + (all as f64 / MAX_POINTS as f64).max(1.0);
        }
    }
    slider
}
