//! Whether promises hold: many trainings on random parts of one corpus, each judged by all that it has not learnt.
//!
//! ```sh
//! cargo bench --bench promises -- CORPUS.csv --comments 1500 --max-innocent-rejected 10% --max-abusive-published 3%
//! ```
//!
//! Each training is given some comments of the corpus, drawn at random, and does what naqd-train does: it sets a share
//! aside, learns from the rest, and chooses thresholds on the share. All comments that it has not learnt from, those
//! set aside and those it was not given, are the population: the error of a threshold there is the true one. Of the
//! trainings in which a promise is given, at most one less the confidence may have a greater true error.
//!
//! Two rows for each promise. *As trained*: thresholds as naqd-train chose them. The comments set aside are a part of the
//! population, drawn without replacement, which makes its samples a little better than they are in life. *Drawn anew*:
//! thresholds chosen on as many comments drawn with replacement from the population, `--draws` times for each model:
//! independent samples of a population whose errors are known exactly.
//!
//! `--learn-share 40% --abusive-share 3%` draws the comments so that 40 % of them are abusive, and judges at another share
//! of abuse by the true rates.

use std::path::PathBuf;

use clap::Parser;
use naqd::evaluate::{Counts, HeldOut, NearDuplicates, Tally, Triage, calibration, macro_f1, wrong};
use naqd::{Classifier, Corpus, CorpusReader, Guard, Promises, Score, Trainer};
use rayon::prelude::*;

#[derive(Parser, Clone)]
struct Args {
    /// Labelled comments
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Number of comments that each training is given
    #[arg(long, default_value_t = 2000)]
    comments: usize,
    /// Number of trainings
    #[arg(long, default_value_t = 300)]
    trainings: u64,
    /// Number of samples drawn from the population for each model
    #[arg(long, default_value_t = 4)]
    draws: u64,
    #[arg(long, default_value = "10%", value_parser = share)]
    max_innocent_rejected: f64,
    #[arg(long, default_value = "3%", value_parser = share)]
    max_abusive_published: f64,
    #[arg(long, value_parser = share)]
    max_abuse_let_through: Option<f64>,
    #[arg(long, default_value = "95%", value_parser = share)]
    confidence: f64,
    /// Share of abuse on the site
    #[arg(long, value_parser = share)]
    abusive_share: Option<f64>,
    /// Share of abuse among the comments that are given; as in the corpus if none
    #[arg(long, value_parser = share)]
    learn_share: Option<f64>,
    /// Share to set aside; planned if none
    #[arg(long, value_parser = share)]
    set_aside: Option<f64>,
    /// Strength of the penalty; chosen by cross-validation if none
    #[arg(long)]
    l2: Option<f32>,
    #[arg(long, hide = true)]
    bench: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse(),
    };
    number.map_err(|error| error.to_string())
}

/// Random numbers (SplitMix64, Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let number = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        number ^ (number >> 31)
    }

    /// Number from 0 to below `n`.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        (1..list.len()).rev().for_each(|i| list.swap(i, self.below(i + 1)));
    }
}

/// Result of one choice of thresholds, judged on the population.
#[derive(Clone, Copy)]
struct Judged {
    /// True error of the published and of the rejected; none where no promise was given.
    errors: [Option<f64>; 2],
    /// Shares of the population that are published and rejected.
    shares: [f64; 2],
    /// Share of the abuse that is published, and of the rest that is rejected.
    rates: [f64; 2],
    /// True where the promise is empty.
    empty: [bool; 2],
}

/// Result of one training.
struct Outcome {
    set_aside: usize,
    macro_f1_cost: Option<f64>,
    as_trained: Judged,
    drawn: Vec<Judged>,
    /// Calibration of the population: expected calibration error, and by chance alone.
    calibration: (f64, f64),
    macro_f1: f64,
    log_loss: f64,
}

/// True if a comment above the threshold is not rejected.
fn is_guarded(score: &Score, above: f32) -> bool {
    match score.guard {
        Guard::OneWord => true,
        Guard::Quotation(own) => own <= above,
        _ => false,
    }
}

/// Numbers of decided comments of a population by thresholds.
fn count(triage: &Triage, population: &[HeldOut], abusive: usize) -> [Counts; 2] {
    let mut counts = [Counts::default(); 2];
    for of in population {
        let p = of.score.probabilities[abusive];
        let known = triage.familiar.knows(&of.score.familiarity);
        let (wrong_reject, wrong_publish) = wrong(of.label, abusive);
        let decided = [
            (Some(p) < triage.thresholds.publish_below, wrong_publish),
            (
                triage.thresholds.reject_above.is_some_and(|above| p > above && !is_guarded(&of.score, above)),
                wrong_reject,
            ),
        ];
        for (counts, (decided, wrong)) in counts.iter_mut().zip(decided) {
            let decided = u64::from(decided && known);
            let (number, all) = match wrong {
                true => (&mut counts.wrong, &mut counts.all_wrong),
                false => (&mut counts.right, &mut counts.all_right),
            };
            *number += decided;
            *all += 1;
        }
    }
    counts
}

fn judge(args: &Args, choice: &naqd::evaluate::ThresholdChoice, population: &[HeldOut], abusive: usize) -> Judged {
    let [published, rejected] = count(&choice.triage, population, abusive);
    let error = |counts: &Counts, share: Option<f64>| match share {
        None => counts.decided().share(),
        Some(share) => counts.error_at(share),
    };
    let thresholds = choice.triage.thresholds;
    let all = population.len() as f64;
    Judged {
        errors: [
            thresholds.publish_below.map(|_| error(&published, args.abusive_share)),
            thresholds.reject_above.map(|_| error(&rejected, args.abusive_share.map(|share| 1.0 - share))),
        ],
        shares: [published.decided().comments as f64 / all, rejected.decided().comments as f64 / all],
        rates: [published.wrong_rate().share(), rejected.wrong_rate().share()],
        empty: [choice.publish.empty, choice.reject.empty],
    }
}

/// Expected calibration error of one class (Naeini, Cooper and Hauskrecht 2015), in 15 bins of equal width.
fn ece(cases: impl Iterator<Item = (f32, bool)>) -> f64 {
    let (mut bins, mut all) = ([0.0; 15], 0.0);
    for (p, is) in cases {
        bins[((p * 15.0) as usize).min(14)] += f64::from(p) - f64::from(u8::from(is));
        all += 1.0;
    }
    bins.iter().map(|bin: &f64| bin.abs()).sum::<f64>() / f64::max(all, 1.0)
}

fn train(args: &Args, corpus: &Corpus, promises: Promises, abusive: usize, number: u64) -> Option<Outcome> {
    let mut random = Random(number << 32 | 1);
    let mut order: Vec<usize> = (0..corpus.texts().len()).collect();
    random.shuffle(&mut order);
    if let Some(share) = args.learn_share {
        // First as many abusive and other comments as are asked for, then the rest.
        let abusive_first = (args.comments as f64 * share) as usize;
        let (of, others): (Vec<usize>, Vec<usize>) = order.iter().partition(|&&i| corpus.labels()[i].contains(abusive));
        let (given, rest) = of.split_at(abusive_first);
        let (other, other_rest) = others.split_at(args.comments - abusive_first);
        order = [given, other, rest, other_rest].concat();
    }
    let (given, not_given) = order.split_at(args.comments);
    let trainer = Trainer::new().l2(args.l2).promises(promises).set_aside(args.set_aside).seed(number);
    let given_corpus = corpus.select(given);
    let mut trained = trainer.fit(&given_corpus).ok()?;
    let mut classifier = Classifier::new(&trained.model);
    // Guarded for all thresholds that will be chosen.
    classifier.remove_thresholds();
    let score = |i: usize| -> Score { classifier.score(&corpus.texts()[i]) };
    let held_out = |i: usize| HeldOut { label: corpus.labels()[i], score: score(i), group: i };
    let set_aside: Vec<usize> = trained.set_aside.iter().map(|&(at, _)| given[at]).collect();
    let population: Vec<HeldOut> = set_aside.iter().chain(not_given).map(|&i| held_out(i)).collect();
    let as_trained = judge(args, trained.validation.triage.as_ref()?, &population, abusive);
    let mut drawn = Vec::new();
    for _ in 0..if set_aside.is_empty() { 0 } else { args.draws } {
        let sample: Vec<HeldOut> =
            (0..set_aside.len()).map(|group| HeldOut { group, ..population[random.below(population.len())] }).collect();
        trained.choose_thresholds_on(promises, &sample, None);
        drawn.push(judge(args, trained.validation.triage.as_ref()?, &population, abusive));
    }
    let cases = || population.iter().map(|of| (of.score.probabilities[abusive], of.label.contains(abusive)));
    let chance = (0..20)
        .map(|_| ece(cases().map(|(p, _)| (p, (random.below(1 << 24) as f32) < p * (1 << 24) as f32))))
        .sum::<f64>()
        / 20.0;
    let labels: Vec<_> = population.iter().map(|of| of.label).collect();
    let predicted: Vec<usize> = population.iter().map(|of| of.score.class).collect();
    let probabilities: Vec<_> = population.iter().map(|of| of.score.probabilities).collect();
    Some(Outcome {
        macro_f1: macro_f1(corpus.classes().len(), &labels, &predicted),
        log_loss: calibration(&labels, &probabilities).log_loss,
        set_aside: set_aside.len(),
        macro_f1_cost: trained.validation.set_aside.and_then(|of| of.macro_f1_cost),
        as_trained,
        drawn,
        calibration: (ece(cases()), chance),
    })
}

fn row(name: &str, judged: &[Judged], zone: usize, allowed: f64) {
    let errors: Vec<f64> = judged.iter().filter_map(|judged| judged.errors[zone]).collect();
    let over =
        Tally { comments: errors.len() as u64, wrong: errors.iter().filter(|error| **error > allowed).count() as u64 };
    let mean = |of: &dyn Fn(&Judged) -> f64| judged.iter().map(of).sum::<f64>() / judged.len().max(1) as f64;
    println!(
        "| {name} | {} of {} | {} | {} | {:.1} % ({:.1} %) | {:.1} % | {:.1} % | {:.1} % |",
        over.comments,
        judged.len(),
        judged.iter().filter(|judged| judged.empty[zone]).count(),
        over.wrong,
        over.share() * 100.0,
        over.upper(0.95) * 100.0,
        errors.iter().sum::<f64>() / errors.len().max(1) as f64 * 100.0,
        mean(&|judged| judged.shares[zone]) * 100.0,
        mean(&|judged| judged.rates[zone]) * 100.0,
    );
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let promises = Promises {
        max_innocent_rejected: args.max_innocent_rejected,
        max_abusive_published: args.max_abusive_published,
        max_abuse_let_through: args.max_abuse_let_through,
        abusive_share: args.abusive_share,
        confidence: args.confidence,
    };
    let corpus = CorpusReader::default().read(&args.files, &mut |_| true)?;
    let groups = NearDuplicates::find(corpus.texts()).group;
    let corpus = corpus.split(|i| groups[i] == i).0;
    let abusive = corpus.classes().abusive().ok_or("no class abusive")?;
    let outcomes: Vec<Outcome> = (0..args.trainings)
        .into_par_iter()
        .filter_map(|number| train(&args, &corpus, promises, abusive, number))
        .collect();
    let n = outcomes.len().max(1) as f64;
    let aside: f64 = outcomes.iter().map(|outcome| outcome.set_aside as f64).sum::<f64>() / n;
    let costs: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.macro_f1_cost).collect();
    let gaps: Vec<f64> = outcomes.iter().map(|outcome| outcome.calibration.0 - outcome.calibration.1).collect();
    let gap = gaps.iter().sum::<f64>() / n;
    let deviation = (gaps.iter().map(|of| (of - gap).powi(2)).sum::<f64>() / f64::max(n - 1.0, 1.0)).sqrt();
    println!(
        "{} trainings on {} of {} different comments; {aside:.0} set aside on average, in {} trainings none; estimated cost {:.3} \
         macro-F1; macro-F1 {:.3}, log loss {:.3}, ECE of abusive {:.4}, {:.4} above chance alone (standard deviation {deviation:.4}, of the mean {:.4})\n",
        outcomes.len(),
        args.comments,
        corpus.texts().len(),
        outcomes.iter().filter(|outcome| outcome.set_aside == 0).count(),
        costs.iter().sum::<f64>() / costs.len().max(1) as f64,
        outcomes.iter().map(|outcome| outcome.macro_f1).sum::<f64>() / n,
        outcomes.iter().map(|outcome| outcome.log_loss).sum::<f64>() / n,
        outcomes.iter().map(|outcome| outcome.calibration.0).sum::<f64>() / n,
        gap,
        deviation / n.sqrt(),
    );
    println!(
        "| promise | given | empty | true error greater | share of those given (upper 95 % limit) | mean true error | share decided | \
         share of the wrong kind decided |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let as_trained: Vec<Judged> = outcomes.iter().map(|outcome| outcome.as_trained).collect();
    let drawn: Vec<Judged> = outcomes.iter().flat_map(|outcome| outcome.drawn.iter().copied()).collect();
    for (zone, name, allowed) in [(1, "reject", args.max_innocent_rejected), (0, "publish", args.max_abusive_published)]
    {
        row(&format!("{name}, as trained"), &as_trained, zone, allowed);
        row(&format!("{name}, drawn anew"), &drawn, zone, allowed);
    }
    let decided = |of: &[Judged]| of.iter().map(|of| of.shares[0] + of.shares[1]).sum::<f64>() / of.len().max(1) as f64;
    println!(
        "\ndecided: {:.1} % as trained, {:.1} % drawn anew",
        decided(&as_trained) * 100.0,
        decided(&drawn) * 100.0
    );
    Ok(())
}
