//! `naqd-serve retrain`: from the labels of the desk to the next model. It learns on top of the model in use, is compared with
//! it on spot checks that neither has learnt from, and takes its place only if it is not worse, decides as much and keeps its bounds.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args as ClapArgs;
use naqd::Model;
use naqd::internal::corpus::NearDuplicates;
use naqd::internal::io::{Access, CsvWriter, Dialect, Form, replace};
use rusqlite::Connection;

use crate::desk::audit::{self, COMMAND, Entry};
use crate::desk::comparison::{self, Comparison, Last, MIN_FOR_THRESHOLDS, Margins, Outcome};
use crate::desk::learning::{Spot, spots, trainer};
use crate::desk::store;
use crate::desk::words::Language;
use crate::files::with_end;

/// Maximum number of spot checks.
const MAX_SPOTS: u32 = 200_000;

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
    /// The same for the share that is decided without a person: it may fall by less than this
    #[arg(long, value_name = "PERCENT", default_value = "10%", value_parser = share)]
    margin_decided: f64,
    /// Switch whatever the comparison says
    #[arg(long)]
    insist: bool,
    /// Only compare: write the new model beside the old one, with .candidate behind its name
    #[arg(long, conflicts_with = "insist")]
    compare_only: bool,
    /// Put the former model back in its place
    #[arg(long, conflicts_with_all = ["insist", "compare_only", "margin", "margin_decided", "trainer"])]
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
    let old = if args.model.is_file() { open(&args.model)? } else { Model::shipped() };
    labels.train(&trainer, args.model.is_file().then_some(&args.model), &old, &candidate)?;
    let margins = Margins { wrong: args.margin, decided: args.margin_decided };
    let (spots, labelled, taught) = (&labels.compared_on, labels.spots, labels.taught.len() as u64);
    let comparison = Comparison::of([&old, &open(&candidate)?], spots, labelled, taught, margins);
    let is_good = comparison.against.is_empty();
    let outcome = match (is_good, args.insist) {
        (true, _) if args.compare_only => Outcome::OnlyCompared,
        (true, _) => Outcome::Switched,
        (false, true) => Outcome::Insisted,
        (false, false) => Outcome::Refused,
    };
    let switches = matches!(outcome, Outcome::Switched | Outcome::Insisted);
    if switches {
        if args.model.is_file() {
            let bytes = std::fs::read(&args.model).map_err(|error| named(&args.model, &error))?;
            replace(&former, &bytes, Access::Umask).map_err(|error| named(&former, &error))?;
        }
        // The rename is the switch: the server finds either model whole, and reads the new one within a second or two.
        std::fs::rename(&candidate, &args.model).map_err(|error| named(&args.model, &error))?;
    }
    let why = match outcome {
        Outcome::Switched => "switched",
        Outcome::Insisted => "switched, insisted on",
        Outcome::Refused => "not switched",
        Outcome::OnlyCompared => "not worse",
    };
    note(&database, why)?;
    write(&comparison, out).map_err(say)?;
    let (model, candidate) = (args.model.display(), candidate.display());
    match switches {
        true => writeln!(out, "switched: {model} is the new model; `naqd-serve retrain --back` takes it back"),
        false => writeln!(out, "{why}; the new model is in {candidate}"),
    }
    .map_err(say)?;
    comparison::keep(&database, &Last { outcome, comparison }).map_err(|error| error.to_string())?;
    Ok(switches)
}

/// Writes the numbers of both models, and what speaks against the new one.
fn write(comparison: &Comparison, out: &mut dyn Write) -> std::io::Result<()> {
    let Comparison { spots, wrong, decided, wrong_limit, decided_limit, margins, .. } = comparison;
    let percent = |of: u64| 100.0 * of as f64 / (*spots).max(1) as f64;
    writeln!(out, "{}", comparison.compared_on(Language::English))?;
    writeln!(out, "                             in use       new   at worst   margin")?;
    for (name, of, sign, limit, margin) in [
        ("wrong (abusive or not)", wrong, '+', wrong_limit, margins.wrong),
        ("decided without a person", decided, '-', decided_limit, margins.decided),
    ] {
        let [old, new] = of.map(percent);
        let (limit, margin) = (limit.max(0.0) * 100.0, margin * 100.0);
        writeln!(out, "{name:24} {old:8.1} % {new:7.1} %  {sign}{limit:7.1}  {sign}{margin:6.1}")?;
    }
    writeln!(out, "at worst: limit of the change among all comments, with 95 % confidence (Tango 1998), in points")?;
    if comparison.against.is_empty() {
        return Ok(());
    }
    comparison.reasons_in(Language::English).iter().try_for_each(|reason| writeln!(out, "against it: {reason}"))?;
    comparison.advice_in(Language::English).iter().try_for_each(|advice| writeln!(out, "{advice}"))
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
    /// Number of labelled spot checks, near-duplicates once and without those of what is learnt from.
    spots: u64,
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
        let spots = spots(database, MAX_SPOTS).map_err(|error| error.to_string())?;
        let texts = taught.iter().map(|[text, ..]| text).chain(spots.iter().map(|spot| &spot.text));
        let texts: Vec<&str> = texts.map(String::as_str).collect();
        // A group has the place of its first comment for a number: what is learnt from, then the spot checks, latest label first.
        let groups = NearDuplicates::find(&texts).group;
        let is_first = |place: usize| groups[taught.len() + place] == taught.len() + place;
        let spots = spots.into_iter().enumerate().filter(|(place, _)| is_first(*place)).map(|(_, spot)| spot);
        let mut compared_on: Vec<Spot> = spots.collect();
        let (mut thresholds_on, spots) = (Vec::new(), compared_on.len() as u64);
        if spots >= 2 * MIN_FOR_THRESHOLDS {
            // A spot check stays on its side: what has chosen thresholds never compares later.
            (thresholds_on, compared_on) = compared_on.into_iter().partition(|spot| spot.n % 2 == 0);
        }
        Ok(Labels { taught, spots, thresholds_on, compared_on })
    }

    /// Runs naqd-train in a folder of its own, which goes with it: comments stay nowhere else.
    /// The error bounds are those of the model in use.
    fn train(&self, trainer: &Path, from: Option<&PathBuf>, old: &Model, candidate: &Path) -> Result<(), String> {
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
        // Comments that were chosen for being doubtful say nothing of errors among all.
        command.arg(&taught).arg("--chosen").arg("--output").arg(candidate).arg("--html=no");
        if let Some(from) = from {
            command.arg("--from").arg(from);
        }
        if !self.thresholds_on.is_empty() {
            let rows = &mut self.thresholds_on.iter().map(|spot| [spot.text.as_str(), spot.label.as_str(), ""]);
            command.arg("--thresholds-on").arg(file("spots.csv", rows)?);
        }
        if let Some(bounds) = old.promises(true).or(old.promises(false)) {
            let options = [
                ("max-innocent-rejected", Some(bounds.max_innocent_rejected)),
                ("max-abusive-published", Some(bounds.max_abusive_published)),
                ("confidence", Some(bounds.confidence)),
                ("abusive-share", bounds.abusive_share),
                ("max-abuse-let-through", bounds.max_abuse_let_through),
            ];
            let given = options.into_iter().filter_map(|(name, share)| Some(format!("--{name}={}", share?)));
            command.args(given);
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
