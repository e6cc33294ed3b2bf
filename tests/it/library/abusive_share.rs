//! Share of abuse among comments without labels, estimated by adjusted count.

use naqd::evaluate::{HeldOut, Separation, choose_thresholds};
use naqd::internal::stats::{Tally, adjusted_count};
use naqd::{Classifier, LabelSet, Model, Promises};
use proptest::prelude::*;

/// Number of successes among `n` draws, pseudo-random.
fn binomial(state: &mut u64, n: u64, p: f64) -> u64 {
    let mut draw = || {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..n).filter(|_| draw() < p).count() as u64
}

/// Labelled comments of which 40 % are abusive, and `n` without labels of which `share` are: the interval misses that share
/// in at most 5 of 100 draws, and is not so wide that it says nothing.
#[test]
fn intervals_hold_under_label_shift() {
    const DRAWS: u32 = 400;
    let mut state = 7;
    for (sensitivity, false_alarms, n) in [(0.7, 0.06, 2000), (0.9, 0.01, 300)] {
        for share in [0.01, 0.03, 0.10, 0.40] {
            let (mut missed, mut width, mut mean) = (0, 0.0, 0.0);
            for _ in 0..DRAWS {
                let abusive = binomial(&mut state, n, share);
                let above =
                    binomial(&mut state, abusive, sensitivity) + binomial(&mut state, n - abusive, false_alarms);
                let labelled = Separation {
                    cutoff: 0.5,
                    abusive: 400,
                    abusive_above: binomial(&mut state, 400, sensitivity),
                    others: 600,
                    others_above: binomial(&mut state, 600, false_alarms),
                };
                let found = labelled.abusive_share(n, above, 0.95);
                assert!(found.includes(found.share));
                missed += u32::from(!found.includes(share));
                width += found.interval.1 - found.interval.0;
                mean += found.share;
            }
            let (width, mean) = (width / f64::from(DRAWS), mean / f64::from(DRAWS));
            println!("share {share}, n {n}: missed {missed} of {DRAWS}, mean {mean:.4}, width {width:.4}");
            assert!(missed * 20 <= DRAWS, "share {share}: missed {missed} of {DRAWS}");
            assert!((mean - share).abs() < 0.01 && width < 0.25, "share {share}: mean {mean}, width {width}");
        }
    }
}

#[test]
fn the_estimate_is_the_adjusted_count() {
    let tally = |wrong, comments| Tally { comments, wrong };
    let (kind, others) = (tally(320, 400), tally(30, 600));
    // 80 % and 5 %: of 10 % above, a fifteenth is abusive.
    let found = adjusted_count(tally(100, 1000), kind, others, 0.95);
    assert!((found.share - 0.05 / 0.75).abs() < 1e-12, "{found:?}");
    // Less or more above than is possible.
    assert_eq!(adjusted_count(tally(0, 1000), kind, others, 0.95).share, 0.0);
    assert_eq!(adjusted_count(tally(1000, 1000), kind, others, 0.95).share, 1.0);
    // A test that may tell nothing, and no comments: any share.
    assert_eq!(adjusted_count(tally(100, 1000), tally(3, 10), others, 0.95).interval, (0.0, 1.0));
    for (unlabelled, kind) in [(tally(0, 0), kind), (tally(9, 90), tally(0, 0))] {
        assert_eq!(adjusted_count(unlabelled, kind, others, 0.95).interval, (0.0, 1.0));
    }
    // Many comments: limits as of a normal distribution, the quantile of one in 120 being 2.394.
    let sure = |wrong| tally(wrong, 100_000);
    for n in [50_000, 100_000, 1_000_000, 5_000_000_000] {
        let found = adjusted_count(tally(n / 20, n), sure(100_000), sure(0), 0.95);
        let half = 2.394 * f64::sqrt(0.05 * 0.95 / n.min(100_000) as f64);
        let (low, high) = found.interval;
        assert!((low - 0.05 + half).abs() < 2e-4 && (high - 0.05 - half).abs() < 2e-4, "{n}: {found:?}, {half}");
    }
}

/// Of near-duplicates one counts: they are no independent comments.
#[test]
fn near_duplicates_count_once() {
    let classifier = Classifier::new(&Model::shipped());
    let held_out = |i: usize| {
        let (text, class) = if i % 9 < 3 { ("you are an idiot", 0) } else { ("thank you, friend", 2) };
        HeldOut { label: LabelSet::one(class), score: classifier.score(text), group: i / 3 }
    };
    let comments: Vec<HeldOut> = (0..900).map(held_out).collect();
    let choice = choose_thresholds(Promises::default(), classifier.classes(), &comments).unwrap();
    let Separation { abusive, abusive_above, others, others_above, .. } = choice.triage.separation.unwrap();
    assert_eq!((abusive, abusive_above, others, others_above), (100, 100, 200, 0));
    assert_eq!(choice.triage.promised_share(), Some(1.0 / 3.0));
}

proptest! {
    /// The interval is what the share can be within the limits of the three rates.
    #[test]
    fn limits_are_those_of_the_whole_box(
        counts in prop::array::uniform3((0u64..400, 1u64..400)),
        place in prop::array::uniform3(0.0f64..=1.0),
    ) {
        let [unlabelled, kind, others] =
            counts.map(|(wrong, comments)| Tally { comments, wrong: wrong.min(comments) });
        let found = adjusted_count(unlabelled, kind, others, 0.95);
        prop_assert!(0.0 <= found.interval.0 && found.interval.0 <= found.share);
        prop_assert!(found.share <= found.interval.1 && found.interval.1 <= 1.0);
        let confidence = 1.0 - 0.05 / 6.0;
        let within = |tally: Tally, place: f64| {
            tally.lower(confidence) * (1.0 - place) + tally.upper(confidence) * place
        };
        let [q, t, f] = [within(unlabelled, place[0]), within(kind, place[1]), within(others, place[2])];
        if t > f && (f..=t).contains(&q) {
            let share = (q - f) / (t - f);
            prop_assert!(found.interval.0 - 1e-9 <= share && share <= found.interval.1 + 1e-9, "{share}: {found:?}");
        }
    }
}
