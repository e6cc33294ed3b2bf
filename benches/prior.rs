//! Learning on top of another model, by the number of own comments: macro-F1, AUC of abusive and share decided on held-out
//! comments, on top of the model, from nothing, and by that model alone, all on the same comments.
//!
//! ```sh
//! cargo bench --bench prior -- CORPUS.csv --model MODEL.naqd
//! ```
//!
//! MODEL must not have learnt from CORPUS; it is written by `models/rebuild --without CORPUS`. Each draw takes random comments
//! to judge by, a third of the corpus or what the largest number of own comments leaves, and own comments from the rest:
//! with all their labels, and as an archive of decisions, where `critical` and `neutral` are both "approved" but for some
//! of the comments, which keep their labels (a sixth, at most 300). The thresholds are those for the promises named; a model without own ones decides by those it has.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Parser;
use naqd::evaluate::{NearDuplicates, PriorUse, calibration, figures, wrong};
use naqd::{Classifier, Corpus, CorpusReader, LabelSet, Model, Promises, Trainer};
use rayon::prelude::*;

#[derive(Parser)]
struct Args {
    /// Labelled comments
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Model to learn on top of; it has not learnt from the comments
    #[arg(long)]
    model: PathBuf,
    /// Numbers of own comments
    #[arg(long, value_delimiter = ',', default_value = "100,300,1000,3000")]
    sizes: Vec<usize>,
    #[arg(long, default_value_t = 20)]
    draws: u64,
    #[arg(long, default_value_t = 0.1)]
    max_innocent_rejected: f64,
    #[arg(long, default_value_t = 0.03)]
    max_abusive_published: f64,
    #[arg(long, hide = true)]
    bench: bool,
}

/// Random numbers (SplitMix64, Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let number = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(number ^ (number >> 31)) * n as u128) >> 64) as usize
    }
}

/// Figures of a model on the held-out comments: macro-F1, AUC of abusive, log loss, ECE, share decided, errors of the
/// published and the rejected, and those that it told of itself: ECE and precision of critical.
type Row = [f64; 9];

const NAMES: [&str; 9] = [
    "macro-F1",
    "AUC abusive",
    "log loss",
    "ECE",
    "decided",
    "published abusive",
    "rejected not",
    "ECE told - true",
    "precision of critical told - true",
];

fn judge(model: &Model, corpus: &Corpus, told: Option<(f64, f64)>) -> Row {
    let classifier = Classifier::new(model);
    let abusive = model.classes().abusive().expect("a class abusive");
    let scores: Vec<_> = corpus.texts().iter().map(|text| classifier.score(text)).collect();
    let predicted: Vec<usize> = scores.iter().map(|score| score.class).collect();
    let probabilities: Vec<_> = scores.iter().map(|score| score.probabilities).collect();
    let figures = figures(model.classes(), corpus.labels(), &predicted, &probabilities);
    let calibrated = calibration(corpus.labels(), &probabilities);
    let (mut published, mut rejected) = ((0.0, 0.0), (0.0, 0.0));
    for (score, label) in scores.iter().zip(corpus.labels()) {
        let (wrong_reject, wrong_publish) = wrong(*label, abusive);
        match classifier.decide(score).map(|decision| decision.action) {
            Some(naqd::Action::Publish) => {
                published.0 += 1.0;
                published.1 += f64::from(u8::from(wrong_publish));
            }
            Some(naqd::Action::Reject) => {
                rejected.0 += 1.0;
                rejected.1 += f64::from(u8::from(wrong_reject));
            }
            _ => {}
        }
    }
    let critical = model.classes().critical().expect("a class critical");
    let (ece, precision) = told.unwrap_or((calibrated.ece, figures.classes[critical].precision));
    [
        figures.macro_f1,
        figures.classes[abusive].roc_auc.unwrap_or(f64::NAN),
        calibrated.log_loss,
        calibrated.ece,
        (published.0 + rejected.0) / scores.len() as f64,
        published.1 / f64::max(published.0, 1.0),
        rejected.1 / f64::max(rejected.0, 1.0),
        ece - calibrated.ece,
        precision - figures.classes[critical].precision,
    ]
}

/// Own comments as an archive of decisions: all but `labelled` of those that are not abusive lose their label.
fn archive(own: &Corpus, labelled: usize, abusive: usize) -> Corpus {
    let classes = own.classes().clone();
    let rows = own.texts().iter().zip(own.labels()).enumerate().map(|(i, (text, label))| {
        let decided = if label.contains(abusive) || i < labelled { *label } else { other(&classes, abusive) };
        (text.clone(), classes.name(decided))
    });
    Corpus::from_rows(rows).expect("labels of the corpus").for_classes(&classes).expect("the same classes")
}

fn other(classes: &naqd::Classes, abusive: usize) -> LabelSet {
    (0..classes.len()).filter(|class| *class != abusive).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let prior = Model::open(&args.model)?;
    let promises = Promises {
        max_innocent_rejected: args.max_innocent_rejected,
        max_abusive_published: args.max_abusive_published,
        ..Promises::default()
    };
    let corpus = CorpusReader::default().read(&args.files, &mut |_| true)?.for_classes(prior.classes())?;
    let groups = NearDuplicates::find(corpus.texts()).group;
    let corpus = corpus.split(|i| groups[i] == i).0;
    let abusive = prior.classes().abusive().ok_or("no class abusive")?;
    let critical = prior.classes().critical().ok_or("no class critical")?;
    let most = args.sizes.iter().copied().max().unwrap_or(0);
    type Draw = BTreeMap<(usize, &'static str), Option<(Row, String)>>;
    let draws: Vec<Draw> = (0..args.draws)
        .into_par_iter()
        .map(|draw| {
            let mut random = Random(draw << 32 | 7);
            let mut order: Vec<usize> = (0..corpus.texts().len()).collect();
            (1..order.len()).rev().for_each(|i| order.swap(i, random.below(i + 1)));
            let (held_out, rest) = order.split_at((order.len() / 3).min(order.len().saturating_sub(most)));
            let held_out = corpus.select(held_out);
            let mut rows = Draw::new();
            rows.insert((0, "model alone"), Some((judge(&prior, &held_out, None), String::new())));
            for &size in args.sizes.iter().filter(|size| **size <= rest.len()) {
                let own = corpus.select(&rest[..size]);
                let decisions = archive(&own, (size / 6).min(300), abusive);
                for (name, own, from) in [
                    ("on top", &own, Some(&prior)),
                    ("from nothing", &own, None),
                    ("archive, on top", &decisions, Some(&prior)),
                    ("archive, from nothing", &decisions, None),
                ] {
                    let trainer = Trainer::new().promises(promises).seed(draw).on_top_of(from.cloned());
                    let trained = trainer.fit(own).ok();
                    let row = trained.map(|trained| {
                        let of = &trained.validation;
                        let told = (of.calibrated.ece, of.figures.classes[critical].precision);
                        let chosen = match of.prior {
                            PriorUse::OnTop(_) => format!("{}", of.l2),
                            _ => String::new(),
                        };
                        (judge(&trained.model, &held_out, Some(told)), chosen)
                    });
                    rows.insert((size, name), row);
                }
            }
            rows
        })
        .collect();
    println!(
        "{} draws; {} different comments; mean, and standard error of the difference from the model alone\n",
        args.draws,
        corpus.texts().len()
    );
    println!("| own comments | start | {} | strengths |", NAMES.join(" | "));
    println!("|---|---|{}---|", "---|".repeat(NAMES.len()));
    for key in draws[0].keys() {
        let (rows, alone): (Vec<&(Row, String)>, Vec<&Row>) =
            draws.iter().filter_map(|draw| Some((draw[key].as_ref()?, &draw[&(0, "model alone")].as_ref()?.0))).unzip();
        let n = rows.len() as f64;
        let cell = |figure: usize| {
            let values: Vec<f64> = rows.iter().map(|(row, _)| row[figure]).collect();
            let mean = values.iter().sum::<f64>() / n;
            let differences: Vec<f64> = values.iter().zip(&alone).map(|(value, alone)| value - alone[figure]).collect();
            let gap = differences.iter().sum::<f64>() / n;
            let error = (differences.iter().map(|of| (of - gap).powi(2)).sum::<f64>() / (n - 1.0).max(1.0) / n).sqrt();
            format!("{mean:.3} ± {error:.3}")
        };
        let mut strengths: BTreeMap<&str, u32> = BTreeMap::new();
        rows.iter().for_each(|(_, l2)| *strengths.entry(l2).or_default() += 1);
        let cells: Vec<String> = (0..NAMES.len()).map(cell).collect();
        println!(
            "| {} | {} ({} of {}) | {} | {strengths:?} |",
            key.0,
            key.1,
            rows.len(),
            draws.len(),
            cells.join(" | ")
        );
    }
    Ok(())
}
