//! Whether promises hold: on random halves of one corpus, and on comments that a model has never seen.
//!
//! ```sh
//! cargo bench --bench promises -- ../shared/corpora/mpold.csv --max-innocent-rejected 0.1 --max-abusive-published 0.03
//! ```
//!
//! The first table needs one training. Thresholds are chosen on a random half of the out-of-fold scores, and judged
//! by (a) the other half: how often its error is greater than was promised, and how often so much greater that
//! naqd-score --check calls the promise broken; and (b) where the half was drawn with replacement: the error on all
//! of the scores, which are then the whole population, so that the true error is known. It is (b) that the confidence
//! is about.
//!
//! The second table trains anew on a random part of the corpus, and judges by the rest, which is scored by the final
//! model, as naqd-score does.

use std::path::PathBuf;

use clap::Parser;
use naqd::LabelSet;
use naqd::Promises;
use naqd::internal::corpus::NearDuplicates;
use naqd::internal::evaluate::{HeldOut, choose_thresholds, wrong};
use naqd::internal::model::Triage;
use naqd::internal::stats::Tally;
use naqd::{Action, Classifier, Trainer};
use naqd::{Corpus, CorpusReader};

#[derive(Parser)]
struct Args {
    /// Labelled comments
    files: Vec<PathBuf>,
    #[arg(long)]
    label_column: Option<String>,
    #[arg(long, alias = "max-wrong-reject", default_value_t = 0.02)]
    max_innocent_rejected: f64,
    #[arg(long, alias = "max-missed-abuse", default_value_t = 0.01)]
    max_abusive_published: f64,
    #[arg(long, default_value_t = 0.95)]
    confidence: f64,
    /// Random halves
    #[arg(long, default_value_t = 200)]
    halves: u64,
    /// Trainings on a random part
    #[arg(long, default_value_t = 5)]
    splits: u64,
    /// The part that is learnt from
    #[arg(long, default_value_t = 0.75)]
    part: f64,
    #[arg(long, hide = true)]
    bench: bool,
}

/// Spreads a number over all bits (SplitMix64, Steele, Lea and Flood 2014).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// Random numbers.
struct Random(u64);

impl Random {
    /// From 0 to below `n`.
    fn below(&mut self, n: usize) -> usize {
        self.0 += 1;
        ((u128::from(mix(self.0)) * n as u128) >> 64) as usize
    }

    /// 0..n in random order.
    fn order(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        (1..n).rev().for_each(|i| order.swap(i, self.below(i + 1)));
        order
    }
}

/// What became of comments: rejected and published, with the wrong ones.
#[derive(Clone, Copy, Default, Debug)]
struct Outcome {
    rejected: Tally,
    published: Tally,
    comments: u64,
}

impl Outcome {
    fn add(&mut self, action: Option<Action>, label: LabelSet, abusive: usize) {
        let (wrong_reject, wrong_publish) = wrong(label, abusive);
        self.comments += 1;
        let (tally, wrong) = match action {
            Some(Action::Reject) => (&mut self.rejected, wrong_reject),
            Some(Action::Publish) => (&mut self.published, wrong_publish),
            _ => return,
        };
        tally.comments += 1;
        tally.wrong += u64::from(wrong);
    }

    fn decided(&self) -> f64 {
        (self.rejected.comments + self.published.comments) as f64 / self.comments.max(1) as f64
    }
}

fn judge<'j>(triage: &Triage, judged: impl Iterator<Item = &'j HeldOut>, abusive: usize) -> Outcome {
    let (mut outcome, thresholds) = (Outcome::default(), triage.thresholds);
    for of in judged {
        let p = of.score.probabilities[abusive];
        let action = if !triage.familiar.knows(&of.score.familiarity) {
            Action::Hold
        } else if Some(p) < thresholds.publish_below {
            Action::Publish
        } else if thresholds.reject_above.is_some_and(|above| p > above) {
            Action::Reject
        } else {
            Action::Hold
        };
        outcome.add(Some(action), of.label, abusive);
    }
    outcome
}

/// How often a promise was given, and how often it did not hold.
#[derive(Default)]
struct Count {
    given: u32,
    greater: u32,
    significantly: u32,
    truly: u32,
    share: f64,
}

fn threshold(threshold: Option<f32>) -> String {
    threshold.map_or("none".to_owned(), |threshold| format!("{threshold:.4}"))
}

/// Expected calibration error of one class (Naeini, Cooper and Hauskrecht 2015), in 15 bins of equal width.
fn ece(cases: &[(f32, bool)]) -> f64 {
    let mut bins = [(0.0, 0.0); 15];
    for &(p, is) in cases {
        let bin = &mut bins[((p * 15.0) as usize).min(14)];
        bin.0 += f64::from(p);
        bin.1 += f64::from(u8::from(is));
    }
    bins.iter().map(|(p, is): &(f64, f64)| (p - is).abs()).sum::<f64>() / cases.len() as f64
}

/// What it would be on average if each probability were exactly right: in bins of a few comments chance alone
/// moves the shares.
fn ece_by_chance(cases: &[(f32, bool)], random: &mut Random) -> f64 {
    const DRAWS: usize = 100;
    let mut draw = |&(p, _): &(f32, bool)| (p, (random.below(1 << 24) as f32) < p * (1 << 24) as f32);
    (0..DRAWS).map(|_| ece(&cases.iter().map(&mut draw).collect::<Vec<_>>())).sum::<f64>() / DRAWS as f64
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let promises = Promises {
        max_innocent_rejected: args.max_innocent_rejected,
        max_abusive_published: args.max_abusive_published,
        confidence: args.confidence,
    };
    let reader = CorpusReader { label_column: args.label_column.clone(), ..CorpusReader::default() };
    let corpus = reader.read(&args.files, &mut |_| true)?;
    let abusive = corpus.classes().iter().position(|class| class == "abusive").ok_or("no class abusive")?;
    let repeats = NearDuplicates::find(corpus.texts());
    if args.halves > 0 {
        halves(&args, promises, &corpus, &repeats, abusive)?;
    }
    if args.splits > 0 {
        splits(&args, promises, &corpus, &repeats, abusive)?;
    }
    Ok(())
}

fn halves(
    args: &Args,
    promises: Promises,
    corpus: &Corpus,
    repeats: &NearDuplicates,
    abusive: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let trainer = Trainer::new().promises(promises);
    let trained = trainer.fit_with(corpus, repeats, &|_| {})?;
    let judged: Vec<HeldOut> = trained
        .held_out
        .iter()
        .map(|&(i, score)| HeldOut { label: corpus.labels()[i], score, group: repeats.group[i] })
        .collect();
    let mut first = std::collections::HashSet::new();
    let judged: Vec<HeldOut> = judged.into_iter().filter(|judged| first.insert(judged.group)).collect();
    let [mut reject, mut publish] = [Count::default(), Count::default()];
    let mut decided = 0.0;
    for half in 0..args.halves {
        let mut random = Random(half << 32);
        let order = random.order(judged.len());
        let (chosen_on, rest) = order.split_at(judged.len() / 2);
        let pick = |of: &[usize]| -> Vec<HeldOut> { of.iter().map(|&i| judged[i]).collect() };
        let triage = choose_thresholds(promises, corpus.classes(), &pick(chosen_on))?.triage;
        let thresholds = triage.thresholds;
        let fresh = judge(&triage, pick(rest).iter(), abusive);
        decided += fresh.decided() / args.halves as f64;
        // With replacement: all of the comments are the population that the half is drawn from. A comment that is
        // drawn twice is two comments.
        let mut drawn: Vec<HeldOut> = (0..judged.len() / 2).map(|_| judged[random.below(judged.len())]).collect();
        drawn.iter_mut().enumerate().for_each(|(i, judged)| judged.group = i);
        let drawn = choose_thresholds(promises, corpus.classes(), &drawn)?.triage;
        let truth = judge(&drawn, judged.iter(), abusive);
        for (count, allowed, fresh, truth, given) in [
            (
                &mut reject,
                promises.max_innocent_rejected,
                fresh.rejected,
                truth.rejected,
                thresholds.reject_above.is_some(),
            ),
            (
                &mut publish,
                promises.max_abusive_published,
                fresh.published,
                truth.published,
                thresholds.publish_below.is_some(),
            ),
        ] {
            count.given += u32::from(given);
            count.greater += u32::from(fresh.share() > allowed);
            count.significantly += u32::from(fresh.at_least(allowed) <= 1.0 - promises.confidence);
            count.truly += u32::from(truth.share() > allowed);
            count.share += fresh.comments as f64 / rest.len() as f64 / args.halves as f64;
        }
    }
    println!("{} random halves of {} comments, decided on average {:.1} %", args.halves, judged.len(), decided * 100.0);
    println!("| promise | given | share decided | fresh error greater | significantly | true error greater |");
    println!("|---|---|---|---|---|---|");
    for (name, count, allowed) in
        [("reject", reject, promises.max_innocent_rejected), ("publish", publish, promises.max_abusive_published)]
    {
        println!(
            "| {name}: at most {:.1} % wrong | {} | {:.1} % | {} | {} | {} |",
            allowed * 100.0,
            count.given,
            count.share * 100.0,
            count.greater,
            count.significantly,
            count.truly
        );
    }
    Ok(())
}

fn splits(
    args: &Args,
    promises: Promises,
    corpus: &Corpus,
    repeats: &NearDuplicates,
    abusive: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| split | publish below | reject above | published | wrong | rejected | wrong | decided | ECE | by chance alone | out of fold: published | wrong | rejected | wrong |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let (mut decided, mut error, mut by_chance) = (0.0, 0.0, 0.0);
    let mut all = Vec::new();
    for split in 0..args.splits {
        // Near-duplicates stay on one side.
        let learnt =
            |i: usize| (mix(mix(split + 1) ^ mix(repeats.group[i] as u64)) as f64) < args.part * u64::MAX as f64;
        let (part, rest): (Vec<usize>, Vec<usize>) = (0..corpus.texts().len()).partition(|&i| learnt(i));
        let trainer = Trainer::new().promises(promises);
        let trained = trainer.fit(&corpus.select(&part))?;
        let classifier = Classifier::new(&trained.model);
        let mut outcome = Outcome::default();
        let mut cases = Vec::new();
        for &i in &rest {
            let score = classifier.score(&corpus.texts()[i]);
            outcome.add(classifier.decide(&score).map(|decision| decision.action), corpus.labels()[i], abusive);
            cases.push((score.probabilities[abusive], corpus.labels()[i].contains(abusive)));
        }
        let triage = trained.model.triage().cloned().ok_or("no triage")?;
        let Outcome { rejected, published, .. } = outcome;
        decided += outcome.decided() / args.splits as f64;
        error += ece(&cases) / args.splits as f64;
        let chance = ece_by_chance(&cases, &mut Random(split << 32));
        by_chance += chance / args.splits as f64;
        println!(
            "| {split} | {} | {} | {} | {:.1} % | {} | {:.1} % | {:.1} % | {:.4} | {chance:.4} | {} | {:.1} % | {} | {:.1} % |",
            threshold(triage.thresholds.publish_below),
            threshold(triage.thresholds.reject_above),
            published.comments,
            published.share() * 100.0,
            rejected.comments,
            rejected.share() * 100.0,
            outcome.decided() * 100.0,
            ece(&cases),
            triage.published.comments,
            triage.published.share() * 100.0,
            triage.rejected.comments,
            triage.rejected.share() * 100.0,
        );
        all.append(&mut cases);
    }
    println!(
        "on average {:.1} % decided, ECE {error:.4}, by chance alone {by_chance:.4}; ECE of all splits together {:.4}",
        decided * 100.0,
        ece(&all)
    );
    Ok(())
}
