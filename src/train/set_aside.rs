//! Comments set aside: nothing is learnt from them, and they alone choose the thresholds.
//!
//! Thresholds chosen on out-of-fold scores would be used on another model, which has learnt from more comments, under a
//! calibrator that was fitted to weaker signals: their promises fail far too often. So a share of the comments is set
//! aside before anything is learnt, and the finished model scores it. How large the share is, is planned on other
//! comments: at least half of all are never set aside, and a first model of these shows what can be promised with how
//! many. Neither the scores nor the labels of the comments that are set aside have a part in it.

use rayon::prelude::*;

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::macro_f1;
use crate::evaluate::thresholds::{bounds, cases, familiar};
use crate::ngrams::hash::mix;
use crate::ngrams::script::is_arabic;
use crate::stats::risk_control::{self, Bound, Cases, Plan};
use crate::train::trained::{Progress, Trained};
use crate::train::trainer::{MIN_OF_CLASS, Trainer, comments_of_classes};

/// Shares of the comments that may be set aside, smallest first.
const SHARES: [f64; 6] = [0.15, 0.2, 0.25, 0.3, 0.4, 0.5];
/// Largest of these shares.
pub(super) const MAX_SHARE: f64 = SHARES[SHARES.len() - 1];
/// Maximum number of comments to set aside: more do not move a threshold by much.
const MAX_SET_ASIDE: f64 = 20_000.0;
/// Maximum number of comments that the first model learns from.
const MAX_PLANNING: usize = 12_000;
/// Strength of the penalty of the first model.
const PLANNING_L2: f32 = 10.0;
/// Number of bootstrap samples for each share.
const DRAWS: u64 = 40;
/// Smallest chance that a promise can be given for which comments are set aside.
const MIN_CHANCE: f64 = 0.25;
/// Part of the greatest gain that is enough: the smaller share wins, and more is left to learn from.
const ENOUGH: f64 = 0.95;

/// Comments set aside.
#[derive(Default)]
pub(super) struct SetAside {
    /// Places of the comments in the corpus, ascending.
    pub(super) comments: Vec<usize>,
    /// Predictions of the first model, if there was one.
    first: Option<FirstModel>,
}

/// What is kept of the first model.
struct FirstModel {
    /// Places of the comments in the corpus, and the class predicted for each without having learnt from it.
    predicted: Vec<(usize, usize)>,
    /// Number of comments it has learnt from.
    comments: usize,
}

/// Near-duplicate groups in the order in which they are set aside, each with its comments.
struct Order {
    groups: Vec<Vec<usize>>,
    /// Place of each group in the order of its script, from 0 to 1.
    place: Vec<f64>,
}

impl Order {
    /// Order of the groups in which a comment can be set aside: random, and the same share of each script.
    fn new(trainer: &Trainer, corpus: &Corpus, duplicates: &NearDuplicates) -> Order {
        let in_full = |i: usize| trainer.validates_in_full(corpus, i);
        let any_in_full = (0..corpus.texts.len()).any(in_full);
        let candidate = |i: usize| if any_in_full { in_full(i) } else { trainer.validates_on(corpus, i) };
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); corpus.texts.len()];
        duplicates.group.iter().enumerate().for_each(|(i, &first)| members[first].push(i));
        let mut order = Order { groups: Vec::new(), place: Vec::new() };
        for arabic in [true, false] {
            let mut firsts: Vec<usize> = (0..corpus.texts.len())
                .filter(|&i| members[i].iter().any(|&i| candidate(i)) && is_arabic(&corpus.texts[i]) == arabic)
                .collect();
            firsts.sort_by_cached_key(|&i| mix(trainer.seed ^ mix(i as u64 ^ 0x5E7A51DE)));
            let of = firsts.len() as f64;
            for (place, first) in firsts.into_iter().enumerate() {
                order.groups.push(std::mem::take(&mut members[first]));
                order.place.push((place as f64 + 0.5) / of);
            }
        }
        order
    }

    /// Number of groups of a share.
    fn count(&self, share: f64) -> usize {
        self.place.iter().filter(|place| **place < share).count()
    }

    /// Comments of a share, ascending.
    fn comments(&self, share: f64) -> Vec<usize> {
        let groups = self.groups.iter().zip(&self.place).filter(|(_, place)| **place < share);
        let mut comments: Vec<usize> = groups.flat_map(|(group, _)| group).copied().collect();
        comments.sort_unstable();
        comments
    }
}

impl SetAside {
    /// Comments to set aside of a corpus: the share that the trainer names, or the one that is planned.
    pub(super) fn choose(
        trainer: &Trainer,
        corpus: &Corpus,
        duplicates: &NearDuplicates,
        progress: &dyn Fn(Progress),
    ) -> SetAside {
        let (Some(promises), Some(abusive)) = (trainer.promises, corpus.classes.abusive()) else {
            return SetAside::default();
        };
        if trainer.chosen {
            return SetAside::default();
        }
        let order = Order::new(trainer, corpus, duplicates);
        if let Some(share) = trainer.set_aside {
            return SetAside { comments: order.comments(share), first: None };
        }
        let largest = SHARES.map(|share| share.min(MAX_SET_ASIDE / order.groups.len().max(1) as f64));
        let most = largest[SHARES.len() - 1];
        let (publish, reject) = bounds(&promises);
        if !can_prove(&publish, order.count(most)) && !can_prove(&reject, order.count(most)) {
            return SetAside::default();
        }
        progress(Progress { what: "planning the thresholds", done: 0, of: 10 });
        let Some((trained, learnt)) = first_model(trainer, corpus, duplicates, &order.comments(most)) else {
            return SetAside::default();
        };
        let (publish_plan, reject_plan) = cases(&trained.planned_on, abusive, familiar(&trained.planned_on));
        let mut sizes: Vec<(f64, u64)> = largest.iter().map(|&share| (share, order.count(share) as u64)).collect();
        sizes.dedup_by_key(|(_, n)| *n);
        let publish: Vec<Gain> = sizes.par_iter().map(|&(_, n)| Gain::expected(&publish, &publish_plan, n)).collect();
        let reject: Vec<Gain> = sizes.par_iter().map(|&(_, n)| Gain::expected(&reject, &reject_plan, n)).collect();
        let share = best(&publish, &reject).map(|place| sizes[place].0);
        let predicted = trained.held_out.iter().map(|&(at, score)| (learnt[at], score.class)).collect();
        SetAside {
            comments: share.map(|share| order.comments(share)).unwrap_or_default(),
            first: Some(FirstModel { predicted, comments: learnt.len() }),
        }
    }

    /// Places of the other comments of a corpus of `n`, ascending.
    pub(super) fn others(&self, n: usize) -> Vec<usize> {
        let mut is_other = vec![true; n];
        self.comments.iter().for_each(|&i| is_other[i] = false);
        (0..n).filter(|&i| is_other[i]).collect()
    }

    /// Estimated cost of the share in macro-F1, from the comments that both the first and the final model were validated
    /// on. `held_out` are the comments of the final one, by place in the corpus, with the class predicted for each.
    pub(super) fn macro_f1_cost(&self, corpus: &Corpus, held_out: &[(usize, usize)]) -> Option<f64> {
        let first = self.first.as_ref()?;
        let mut final_class = vec![None; corpus.texts.len()];
        held_out.iter().for_each(|&(i, class)| final_class[i] = Some(class));
        let both: Vec<(usize, usize, usize)> =
            first.predicted.iter().filter_map(|&(i, class)| Some((i, class, final_class[i]?))).collect();
        let labels: Vec<_> = both.iter().map(|&(i, ..)| corpus.labels[i]).collect();
        let f1 = |predicted: Vec<usize>| macro_f1(corpus.classes.len(), &labels, &predicted);
        let gain = f1(both.iter().map(|of| of.2).collect()) - f1(both.iter().map(|of| of.1).collect());
        let learnt = (corpus.texts.len() - self.comments.len()) as f64;
        let doublings = (learnt / first.comments as f64).log2();
        let lost = (corpus.texts.len() as f64 / learnt).log2();
        (doublings > 0.1).then_some((gain / doublings * lost).max(0.0))
    }
}

/// True if so many comments without a single mistake would prove the bound.
fn can_prove(bound: &Bound, comments: usize) -> bool {
    (1.0 - bound.error).powf(comments as f64) <= 1.0 - bound.confidence
}

/// Model of the comments that are not among `may_be_set_aside`, or of some of them, and their places in the corpus. None
/// if they are too few to learn from.
fn first_model(
    trainer: &Trainer,
    corpus: &Corpus,
    duplicates: &NearDuplicates,
    may_be_set_aside: &[usize],
) -> Option<(Trained, Vec<usize>)> {
    let mut left = vec![true; corpus.texts.len()];
    may_be_set_aside.iter().for_each(|&i| left[i] = false);
    let mut learnt: Vec<usize> = (0..corpus.texts.len()).filter(|&i| left[i]).collect();
    if learnt.len() > MAX_PLANNING {
        // The comments to validate on come first.
        let key = |i: usize| mix(trainer.seed ^ mix(duplicates.group[i] as u64 ^ 0xF125));
        learnt.sort_by_cached_key(|&i| (!trainer.validates_on(corpus, i), key(i)));
        learnt.truncate(MAX_PLANNING);
        learnt.sort_unstable();
    }
    let validated = learnt.iter().copied().filter(|&i| trainer.validates_on(corpus, i));
    let few = |validated| comments_of_classes(corpus, duplicates, validated).iter().any(|got| *got < MIN_OF_CLASS);
    if trainer.prior.is_none() && few(validated) {
        return None;
    }
    let first = trainer.clone().l2(trainer.l2.unwrap_or(PLANNING_L2)).promises(None);
    // Too few comments to learn from are too few to promise anything.
    let learnt_from = corpus.select(&learnt);
    let trained = first.fit_labels(&learnt_from, &NearDuplicates::find(&learnt_from.texts), &|_| {});
    trained.ok().map(|trained| (trained, learnt))
}

/// Expected gain of a promise with a number of comments set aside.
struct Gain {
    /// Share of the comments that are decided.
    decided: f64,
    /// Chance that there is a threshold.
    chance: f64,
}

impl Gain {
    /// Gain of a bound that is tested on `n` comments like `planned_on`, by bootstrap.
    fn expected(bound: &Bound, planned_on: &Cases, n: u64) -> Gain {
        let mut gain = Gain { decided: 0.0, chance: 0.0 };
        if bound.is_empty(planned_on) {
            return gain;
        }
        let all = planned_on.len().max(1) as f64;
        let order = risk_control::Order::new(bound, Plan::Labels(planned_on), n);
        for draw in 0..DRAWS {
            if let Some(zone) = order.widest(&planned_on.bootstrap(n, draw)) {
                gain.decided += planned_on.below(zone.widest).decided().comments as f64 / all / DRAWS as f64;
                gain.chance += 1.0 / DRAWS as f64;
            }
        }
        gain
    }
}

/// Smallest of the shares by which nearly as much is decided as by any; both decisions count the same. None if neither can
/// probably be promised.
fn best(publish: &[Gain], reject: &[Gain]) -> Option<usize> {
    let mut gains = vec![0.0; publish.len()];
    for zone in [publish, reject] {
        let greatest = zone.iter().map(|gain| gain.decided).fold(0.0, f64::max);
        if zone.iter().any(|gain| gain.chance >= MIN_CHANCE) {
            gains.iter_mut().zip(zone).for_each(|(sum, gain)| *sum += gain.decided / greatest);
        }
    }
    let greatest = gains.iter().copied().fold(0.0, f64::max);
    if greatest == 0.0 { None } else { gains.iter().position(|gain| *gain >= ENOUGH * greatest) }
}
