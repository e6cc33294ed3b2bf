//! `naqd-serve retrain`: from the labels of the desk to the next model. It learns on top of the model in use, is compared with
//! it on spot checks that neither has learnt from, and takes its place only if it is not worse.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args as ClapArgs;
use naqd::internal::io::{Access, CsvWriter, Dialect, Form, replace};
use naqd::internal::model::ABUSIVE;
use naqd::{Action, Classifier, Model};
use rusqlite::Connection;

use crate::desk::audit::{self, COMMAND, Entry};
use crate::desk::learning::{Spot, parts, spots, trainer};
use crate::desk::store;
use crate::engine::triages;
use crate::files::with_end;

/// Minimum number of spot checks to compare two models on.
const MIN_SPOTS: usize = 100;
/// Minimum number of spot checks that choose the thresholds of the new model, besides as many to compare on; with fewer they stay
/// those of the model in use.
const MIN_FOR_THRESHOLDS: usize = 200;
/// Maximum number of spot checks.
const MAX_SPOTS: u32 = 200_000;
/// Factor of the standard error for a limit of 95 % confidence on one side.
const Z: f64 = 1.644_853_6;

/// Options of `naqd-serve retrain`.
#[derive(ClapArgs)]
pub struct Retrain {
    /// SQLite file of the review desk
    #[arg(long, value_name = "FILE")]
    review: PathBuf,
    /// Model in use, which the new one takes the place of; begun from the built-in one if it is not there yet
    #[arg(long, value_name = "FILE.naqd")]
    model: PathBuf,
    /// naqd-train [default: beside this program, or on the path]
    #[arg(long, value_name = "PROGRAM")]
    trainer: Option<PathBuf>,
    /// Margin of non-inferiority: the share of wrong labels on the spot checks may grow by less than this, with 95 % confidence
    #[arg(long, value_name = "PERCENT", default_value = "3%", value_parser = share)]
    margin: f64,
    /// Switch whatever the comparison says
    #[arg(long)]
    insist: bool,
    /// Only compare: write the new model beside the old one, with .candidate behind its name
    #[arg(long, conflicts_with = "insist")]
    compare_only: bool,
    /// Put the former model back in its place
    #[arg(long, conflicts_with_all = ["insist", "compare_only", "margin", "trainer"])]
    back: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let number = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.trim().parse(),
    };
    number
        .ok()
        .filter(|share| (0.0..1.0).contains(share))
        .ok_or_else(|| "expected a share below 100 %, as 3% or 0.03".to_owned())
}

/// Trains, compares and switches, and says what it did; true if the new model is in use now.
///
/// # Errors
/// A file, or naqd-train, that is missing or fails.
pub fn run(args: &Retrain, out: &mut dyn Write) -> Result<bool, String> {
    let say = |error: std::io::Error| error.to_string();
    let database = store::existing(&args.review)?;
    let former = with_end(&args.model, ".former");
    if args.back {
        swap_back(&args.model, &former)?;
        note(&database, "back to the former model")?;
        writeln!(out, "the former model is in use again: {}", args.model.display()).map_err(say)?;
        return Ok(true);
    }
    let trainer = args.trainer.clone().or_else(trainer).ok_or(
        "naqd-train is neither beside this program nor on the path: name it with --trainer, or write the labels with \
         `naqd-serve review labels` and train where it is",
    )?;
    let labels = Labels::read(&database)?;
    let candidate = with_end(&args.model, ".candidate");
    labels.train(&trainer, args.model.is_file().then_some(&args.model), &candidate)?;
    let old = if args.model.is_file() { open(&args.model)? } else { Model::shipped() };
    let comparison = Comparison::of(&old, &open(&candidate)?, &labels.compared_on, args.margin);
    comparison.write(labels.taught.len(), out).map_err(say)?;
    let is_good = comparison.reasons.is_empty();
    if args.compare_only || !is_good && !args.insist {
        let verdict = if is_good { "not worse" } else { "not switched" };
        note(&database, verdict)?;
        writeln!(out, "{verdict}; the new model is in {}", candidate.display()).map_err(say)?;
        return Ok(false);
    }
    if args.model.is_file() {
        let bytes = std::fs::read(&args.model).map_err(|error| named(&args.model, &error))?;
        replace(&former, &bytes, Access::Umask).map_err(|error| named(&former, &error))?;
    }
    // The rename is the switch: the server finds either model whole, and reads the new one within a second or two.
    std::fs::rename(&candidate, &args.model).map_err(|error| named(&args.model, &error))?;
    note(&database, if is_good { "switched" } else { "switched, insisted on" })?;
    writeln!(out, "switched: {} is the new model; `naqd-serve retrain --back` takes it back", args.model.display())
        .map_err(say)?;
    Ok(true)
}

fn note(database: &Connection, why: &str) -> Result<(), String> {
    let entry = Entry { who: COMMAND, act: "retrain", why: Some(why), ..Entry::default() };
    audit::add(database, &entry).map_err(|error| error.to_string())
}

fn named(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

fn open(path: &Path) -> Result<Model, String> {
    Model::open(path).map_err(|error| named(path, &error))
}

/// Puts the former model in the place of the present one, and this in the place of the former.
fn swap_back(model: &Path, former: &Path) -> Result<(), String> {
    let present = std::fs::read(model).map_err(|error| named(model, &error))?;
    open(former)?;
    let aside = with_end(model, ".candidate");
    std::fs::rename(former, &aside).map_err(|error| named(former, &error))?;
    replace(former, &present, Access::Umask).map_err(|error| named(former, &error))?;
    std::fs::rename(&aside, model).map_err(|error| named(model, &error))
}

/// Labels of the desk by what they are used for. Comments that were chosen for being doubtful teach the weights; those drawn at
/// random choose the thresholds and compare, and nothing learns from them.
struct Labels {
    /// Text, label and kinds.
    taught: Vec<[String; 3]>,
    thresholds_on: Vec<Spot>,
    compared_on: Vec<Spot>,
}

impl Labels {
    fn read(database: &Connection) -> Result<Labels, String> {
        let read = || -> rusqlite::Result<Vec<[String; 3]>> {
            let mut query = database.prepare(
                "SELECT text, label, ifnull(kinds, '') FROM comments WHERE label IS NOT NULL AND sampling IS NULL ORDER BY n",
            )?;
            query.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?.collect()
        };
        let taught = read().map_err(|error| error.to_string())?;
        if taught.is_empty() {
            return Err("no labelled comments to learn from: decide on some at the desk first".to_owned());
        }
        let mut compared_on = spots(database, MAX_SPOTS).map_err(|error| error.to_string())?;
        let mut thresholds_on = Vec::new();
        if compared_on.len() >= 2 * MIN_FOR_THRESHOLDS {
            // Every other one, so that both halves are of the same days.
            let halves = compared_on.into_iter().enumerate();
            let (first, second): (Vec<_>, Vec<_>) = halves.partition(|(place, _)| place % 2 == 0);
            let plain = |half: Vec<(usize, Spot)>| half.into_iter().map(|(_, spot)| spot).collect();
            (thresholds_on, compared_on) = (plain(first), plain(second));
        }
        Ok(Labels { taught, thresholds_on, compared_on })
    }

    /// Runs naqd-train in a folder of its own, which goes with it: comments stay nowhere else.
    fn train(&self, trainer: &Path, from: Option<&PathBuf>, candidate: &Path) -> Result<(), String> {
        let folder = tempfile::Builder::new().prefix(".naqd-").tempdir().map_err(|error| error.to_string())?;
        let file = |name: &str, rows: &mut dyn Iterator<Item = [&str; 3]>| -> Result<PathBuf, String> {
            let path = folder.path().join(name);
            let mut csv = CsvWriter::of_file(Form::of(Dialect::default()));
            csv.row(["text", "label", "kinds"]);
            rows.for_each(|row| csv.row(row));
            replace(&path, &csv.take(), Access::Owner).map_err(|error| named(&path, &error))?;
            Ok(path)
        };
        let taught = file("labels.csv", &mut self.taught.iter().map(|row| row.each_ref().map(String::as_str)))?;
        let mut command = Command::new(trainer);
        command.arg(&taught).arg("--output").arg(candidate).arg("--html=no");
        if let Some(from) = from {
            command.arg("--from").arg(from);
        }
        if self.thresholds_on.is_empty() {
            // Comments that were chosen for being doubtful say nothing of errors among all.
            command.arg("--set-aside=0");
        } else {
            let rows = &mut self.thresholds_on.iter().map(|spot| [spot.text.as_str(), spot.label.as_str(), ""]);
            command.arg("--thresholds-on").arg(file("spots.csv", rows)?);
        }
        let ran = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output();
        let ran = ran.map_err(|error| named(trainer, &error))?;
        // 1: some rows could not be used.
        if !matches!(ran.status.code(), Some(0 | 1)) {
            let said = String::from_utf8_lossy(&ran.stderr);
            return Err(format!(
                "naqd-train could not learn: {}",
                said.trim().lines().last().unwrap_or("it said nothing")
            ));
        }
        Ok(())
    }
}

/// Two models on the same spot checks.
struct Comparison {
    spots: usize,
    /// Wrong labels, abusive or not, of the old and the new model.
    wrong: [u64; 2],
    /// Shares that each decides without a person.
    decided: [f64; 2],
    /// Growth of the share of wrong labels, and its upper limit.
    growth: f64,
    limit: f64,
    margin: f64,
    /// Reasons not to switch.
    reasons: Vec<String>,
}

impl Comparison {
    fn of(old: &Model, new: &Model, spots: &[Spot], margin: f64) -> Comparison {
        let [first, second] = [old, new].map(Classifier::new);
        let judge = |classifier: &Classifier, text: &str| {
            let score = classifier.score(text);
            let decides = classifier.decide(&score).is_some_and(|decision| decision.action != Action::Hold);
            (Some(score.class) == classifier.classes().abusive(), decides)
        };
        let (mut only_new, mut only_old, mut wrong, mut decided) = (0u64, 0u64, [0u64; 2], [0u64; 2]);
        for spot in spots {
            let is_abusive = spot.label == ABUSIVE;
            let [before, after] = [judge(&first, &spot.text), judge(&second, &spot.text)];
            let errors = [before.0 != is_abusive, after.0 != is_abusive];
            for place in 0..2 {
                wrong[place] += u64::from(errors[place]);
                decided[place] += u64::from([before.1, after.1][place]);
            }
            only_new += u64::from(errors == [false, true]);
            only_old += u64::from(errors == [true, false]);
        }
        let share = |of: u64| of as f64 / spots.len().max(1) as f64;
        let limit = growth_limit(only_new, only_old, spots.len());
        let mut reasons = Vec::new();
        if spots.len() < MIN_SPOTS {
            reasons.push(format!("{} labelled spot checks to compare on, expected at least {MIN_SPOTS}", spots.len()));
        }
        if limit > margin {
            reasons.push(format!("it may be worse by more than {:.1} points", margin * 100.0));
        }
        if decided[1] == 0 && decided[0] > 0 {
            reasons.push("it decides nothing without a person, and the model in use does".to_owned());
        }
        if parts(&second, &triages(new), spots).iter().any(|part| part.promises.iter().any(|promise| promise.broken)) {
            reasons.push("its error bounds do not hold on the spot checks".to_owned());
        }
        Comparison {
            spots: spots.len(),
            wrong,
            decided: decided.map(share),
            growth: share(only_new) - share(only_old),
            limit,
            margin,
            reasons,
        }
    }

    fn write(&self, taught: usize, out: &mut dyn Write) -> std::io::Result<()> {
        let Comparison { spots, wrong: [old, new], decided, growth, limit, margin, reasons } = self;
        writeln!(
            out,
            "trained on {taught} labels of the desk, compared on {spots} spot checks that nothing was learnt from"
        )?;
        writeln!(out, "                          in use       new")?;
        writeln!(out, "wrong (abusive or not)  {old:8}  {new:8}")?;
        writeln!(out, "decided without a person {:6.1} %  {:6.1} %", decided[0] * 100.0, decided[1] * 100.0)?;
        writeln!(
            out,
            "wrong labels: {:+.1} points, with 95 % confidence at most {:+.1}; the margin is {:.1}",
            growth * 100.0,
            limit * 100.0,
            margin * 100.0
        )?;
        reasons.iter().try_for_each(|reason| writeln!(out, "against it: {reason}"))
    }
}

/// Upper limit of the growth of an error by paired comments, with 95 % confidence: that of Wald with half a pair added to each
/// of the two counts (Agresti and Min 2005).
fn growth_limit(only_new: u64, only_old: u64, pairs: usize) -> f64 {
    let (worse, better, pairs) = (only_new as f64 + 0.5, only_old as f64 + 0.5, pairs as f64 + 2.0);
    let growth = (worse - better) / pairs;
    let variance = (worse + better - (worse - better).powi(2) / pairs).max(0.0);
    growth + Z * variance.sqrt() / pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_pairs_leave_much_room() {
        assert!((growth_limit(0, 0, 100) - 0.0161).abs() < 1e-3);
        // Ten worse and none better of 100: surely worse.
        assert!(growth_limit(10, 0, 100) > 0.1 && growth_limit(0, 10, 100) < 0.0);
        assert!(growth_limit(0, 0, 0) > 0.5);
    }
}
