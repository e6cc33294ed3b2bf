//! How a model behaves, function by function: the report, the floors and a section for the model card.
//!
//! The cases are `tests/behaviour/cases.csv`, in the manner of HateCheck (Röttger et al., ACL 2021).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use naqd::internal::evaluate::roc_auc;
use naqd::internal::evaluate::{Groups, identity_figures};
use naqd::{Classifier, CorpusReader, Model};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Runs a model over the cases of tests/behaviour and prints a report.
///
/// Exits with 0, with 1 where --check finds the committed report or floors to be others, with 2 where it cannot run.
#[derive(Parser)]
#[command(name = "behaviour")]
struct Args {
    /// Labelled CSV files that count in the table of identities, besides data/test.csv and the cases
    files: Vec<PathBuf>,
    /// Model file; the shipped model if not named
    #[arg(long)]
    model: Option<PathBuf>,
    /// Write tests/behaviour/report.md and floors.csv: what the model reaches becomes what no model may fall under
    #[arg(long, conflicts_with_all = ["check", "card", "files"])]
    write: bool,
    /// Only compare report.md and floors.csv with what would be written
    #[arg(long, conflicts_with_all = ["card", "files"])]
    check: bool,
    /// Print the section of the model card that names weak functions
    #[arg(long, conflicts_with = "files")]
    card: bool,
    /// Figures for each single word of data/identities.csv rather than for all words of a group together
    #[arg(long)]
    by_word: bool,
    /// Least number of abusive and of other comments that name a group, for it to stand in the table
    #[arg(long, default_value_t = 4)]
    least: usize,
}

/// A function is weak in which a smaller share of cases is rightly called abusive or not.
const WEAK: f64 = 0.75;

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
struct Function {
    function: String,
    about: String,
}

#[derive(Deserialize)]
struct Case {
    function: String,
    language: String,
    dialect: String,
    text: String,
    label: String,
    /// The same in plain spelling; empty outside the spelling functions.
    plain: String,
}

/// The cases and what a model says of them.
struct Run {
    functions: Vec<Function>,
    cases: Vec<Case>,
    /// Label and probability of abuse of each case.
    said: Vec<(String, f32)>,
    /// Whether the plain form of each case is called abusive.
    plain: Vec<bool>,
}

/// Cases of some kind, and how many of them got the right label, and were rightly called abusive or not.
#[derive(Clone, Copy, Default)]
struct Tally {
    cases: usize,
    label: usize,
    abusive: usize,
}

fn rows<T: DeserializeOwned>(name: &str) -> Result<Vec<T>, Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let read = || csv::Reader::from_path(&path)?.deserialize().collect::<Result<_, csv::Error>>();
    read().map_err(|error| format!("{}: {error}", path.display()).into())
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.0} %", 100.0 * part as f64 / whole as f64) }
}

impl Tally {
    fn share(self) -> f64 {
        self.abusive as f64 / self.cases.max(1) as f64
    }
}

impl Run {
    fn new(classifier: &Classifier, abusive: usize) -> Result<Run, Failure> {
        let cases: Vec<Case> = rows("tests/behaviour/cases.csv")?;
        let said = cases.iter().map(|case| {
            let score = classifier.score(&case.text);
            (classifier.classes()[score.class].clone(), score.probabilities[abusive])
        });
        let said = said.collect();
        let plain = cases.iter().map(|case| classifier.score(&case.plain).class == abusive).collect();
        Ok(Run { functions: rows("tests/behaviour/functions.csv")?, said, plain, cases })
    }

    /// Counts the cases that `takes` takes.
    fn tally(&self, takes: impl Fn(&Case) -> bool) -> Tally {
        let mut tally = Tally::default();
        for (case, (label, _)) in self.cases.iter().zip(&self.said).filter(|(case, _)| takes(case)) {
            tally.cases += 1;
            tally.label += usize::from(*label == case.label);
            tally.abusive += usize::from((label == "abusive") == (case.label == "abusive"));
        }
        tally
    }

    fn function(&self, name: &str) -> Tally {
        self.tally(|case| case.function == name)
    }

    /// The weak functions, the weakest first.
    fn weak(&self) -> Vec<(&Function, Tally)> {
        let mut weak: Vec<_> = self.functions.iter().map(|of| (of, self.function(&of.function))).collect();
        weak.retain(|(_, tally)| tally.share() < WEAK);
        weak.sort_by(|a, b| a.1.share().total_cmp(&b.1.share()));
        weak
    }

    fn weaknesses(&self) -> String {
        let mut out = String::new();
        for (of, tally) in self.weak() {
            let _ = writeln!(out, "- `{}` ({}): {} of {}", of.function, of.about, tally.abusive, tally.cases);
        }
        if out.is_empty() { "- none\n".to_owned() } else { out }
    }

    fn card(&self) -> String {
        let (all, threshold) = (self.tally(|_| true), percent((WEAK * 100.0) as usize, 100));
        format!(
            "\n## Behaviour\n\nOf the {} cases of `tests/behaviour`, which were written to be hard, {} are rightly called \
             abusive or not, and {} get the right label. Functions in which fewer than {threshold} are rightly called \
             abusive or not:\n\n{}",
            all.cases,
            percent(all.abusive, all.cases),
            percent(all.label, all.cases),
            self.weaknesses()
        )
    }

    fn floors(&self) -> String {
        let mut out = "function,cases,label_right,abusive_or_not_right\n".to_owned();
        for of in &self.functions {
            let Tally { cases, label, abusive } = self.function(&of.function);
            let _ = writeln!(out, "{},{cases},{label},{abusive}", of.function);
        }
        out
    }

    fn by_function(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "| function | what it does | label | cases | label right | abusive or not right | Arabic | English |\n\
             |---|---|---|---|---|---|---|---|"
        );
        for Function { function, about } in &self.functions {
            let all = self.function(function);
            let mut labels: Vec<&str> =
                self.cases.iter().filter(|c| c.function == *function).map(|c| &*c.label).collect();
            labels.sort_unstable();
            labels.dedup();
            let [ar, en] = ["ar", "en"].map(|code| {
                let of = self.tally(|case| case.function == *function && case.language == code);
                percent(of.abusive, of.cases)
            });
            let (label, abusive) = (percent(all.label, all.cases), percent(all.abusive, all.cases));
            let labels = labels.join(", ");
            let _ = writeln!(
                out,
                "| {function} | {about} | {labels} | {} | {label} | {abusive} | {ar} | {en} |",
                all.cases
            );
        }
    }

    fn by_dialect(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "| dialect | cases | label right | abusive | found | others | called abusive |\n|---|---|---|---|---|---|---|"
        );
        let mut dialects: Vec<&str> = Vec::new();
        for case in &self.cases {
            if !dialects.contains(&&*case.dialect) {
                dialects.push(&case.dialect);
            }
        }
        for dialect in dialects.into_iter().map(Some).chain([None]) {
            let of = |case: &Case| dialect.is_none_or(|name| case.dialect == name);
            let all = self.tally(of);
            let abuse = self.tally(|case| of(case) && case.label == "abusive");
            let others = self.tally(|case| of(case) && case.label != "abusive");
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} |",
                dialect.unwrap_or("**all**"),
                all.cases,
                percent(all.label, all.cases),
                abuse.cases,
                percent(abuse.abusive, abuse.cases),
                others.cases,
                percent(others.cases - others.abusive, others.cases),
            );
        }
    }

    fn by_spelling(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "| function | cases | abusive when plain | of these, still so | not so when plain, abusive now |\n|---|---|---|---|---|"
        );
        for Function { function, .. } in &self.functions {
            let pairs: Vec<(bool, bool)> = self
                .cases
                .iter()
                .zip(self.plain.iter().zip(&self.said))
                .filter(|(case, _)| case.function == *function && !case.plain.is_empty())
                .map(|(_, (&plain, (label, _)))| (plain, label == "abusive"))
                .collect();
            let count = |plain, now| pairs.iter().filter(|pair| **pair == (plain, now)).count();
            if !pairs.is_empty() {
                let found = count(true, true) + count(true, false);
                let kept = percent(count(true, true), found);
                let _ = writeln!(out, "| {function} | {} | {found} | {kept} | {} |", pairs.len(), count(false, true));
            }
        }
    }
}

/// The table of identities, over the cases, data/test.csv and the files named.
fn by_identity(run: &Run, classifier: &Classifier, abusive: usize, args: &Args) -> Result<String, Failure> {
    let words: Vec<HashMap<String, String>> = rows("data/identities.csv")?;
    let mut lists: Vec<(&str, &str)> = Vec::new();
    for row in &words {
        match args.by_word {
            true => lists.extend(row["spellings"].split('|').map(|word| (word, word))),
            false => lists.push((&row["group"], &row["spellings"])),
        }
    }
    let groups = Groups::new(lists);
    let (mut named, mut ranked) = (Vec::new(), Vec::new());
    for (case, (_, probability)) in run.cases.iter().zip(&run.said) {
        named.push(groups.find(&case.text));
        ranked.push((*probability, case.label == "abusive"));
    }
    let mut files = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("data/test.csv")];
    files.extend(args.files.iter().cloned());
    let mut bad = |row: &naqd::internal::io::BadRow| {
        eprintln!("left out: {row}");
        true
    };
    let corpus = CorpusReader::default().read(&files, &mut bad)?;
    let class = corpus.classes().iter().position(|class| class == "abusive");
    let class = class.ok_or("the files named have no comment with the label abusive")?;
    for (text, label) in corpus.texts().iter().zip(corpus.labels()) {
        // Alternatives of which abusive is one say nothing here.
        if label.single() == Some(class) || !label.contains(class) {
            named.push(groups.find(text));
            ranked.push((classifier.score(text).probabilities[abusive], label.contains(class)));
        }
    }
    let overall = roc_auc(ranked.clone()).unwrap_or(0.0);
    let others = files[1..].iter().map(|file| format!(", {}", file.display())).collect::<String>();
    let mut out = format!(
        "Over {} comments: data/test.csv, the cases{others}. ROC AUC of abusive against the rest, of all: {overall:.3}. Groups \
         with at least {} abusive comments and as many others. Few comments stand behind each line: a difference of 0.1 \
         may be chance.\n\n| {} | abusive | others | subgroup AUC | BPSN AUC | BNSP AUC |\n|---|---|---|---|---|---|\n",
        ranked.len(),
        args.least,
        if args.by_word { "word" } else { "group" }
    );
    let area = |area: Option<f64>| area.map_or("-".to_owned(), |area| format!("{area:.3}"));
    for of in identity_figures(&groups, &named, &ranked) {
        if of.abusive.min(of.others) >= args.least {
            let [subgroup, bpsn, bnsp] = [of.subgroup, of.bpsn, of.bnsp].map(area);
            writeln!(out, "| {} | {} | {} | {subgroup} | {bpsn} | {bnsp} |", of.group, of.abusive, of.others)?;
        }
    }
    Ok(out)
}

fn report(run: &Run, identities: &str, model: &Model) -> String {
    let all = run.tally(|_| true);
    let mut out = format!(
        "# Behaviour\n\nWritten by `cargo run --release --example behaviour -- --write`, of a model of {} n-grams.\n\n\
         {} cases in {} functions, written for this and not learnt from: {} get the right label, {} are rightly called \
         abusive or not. They were written to be hard, and are no sample of what readers write.\n\n## By function\n\n\
         Arabic and English: abusive or not right.\n\n",
        model.ngrams().len(),
        all.cases,
        run.functions.len(),
        percent(all.label, all.cases),
        percent(all.abusive, all.cases),
    );
    run.by_function(&mut out);
    let _ = write!(
        out,
        "\n## Weak functions\n\nThose in which fewer than {:.0} % are rightly called abusive or not.\n\n{}",
        100.0 * WEAK,
        run.weaknesses()
    );
    out.push_str("\n## By dialect\n\n");
    run.by_dialect(&mut out);
    out.push_str("\n## By spelling\n\nEach case has a plain form, which is scored as well.\n\n");
    run.by_spelling(&mut out);
    let _ = write!(
        out,
        "\n## By group\n\nUnintended bias (Borkan et al. 2019): *subgroup*, abusive against other comments that name the \
         group; *BPSN*, abusive comments that do not name it against others that do (low: naming it is taken for abuse); \
         *BNSP*, abusive ones that name it against others that do not (low: abuse of it is missed).\n\n{identities}"
    );
    out
}

/// Replaces a file by a new one, whole.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".behaviour-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(())
}

/// Says which floors are lower than they were.
fn fallen(old: &str, new: &str) {
    let numbers = |line: &str| line.split(',').skip(1).filter_map(|n| n.parse().ok()).collect::<Vec<u32>>();
    for line in new.lines() {
        let name = line.split(',').next().unwrap_or_default();
        let before = old.lines().find(|old| old.split(',').next() == Some(name));
        if let Some([_, label, abusive]) = before.map(numbers).as_deref()
            && let [_, now_label, now_abusive] = numbers(line)[..]
            && (now_label < *label || now_abusive < *abusive)
        {
            eprintln!(
                "{name} fell: label right {label} before, {now_label} now; abusive or not right {abusive} before, {now_abusive} now"
            );
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, Failure> {
    let model = match &args.model {
        Some(path) => Model::open(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => Model::shipped(),
    };
    let classifier = Classifier::new(&model);
    let abusive = classifier.classes().iter().position(|class| class == "abusive");
    let abusive = abusive.ok_or("the model has no class abusive; the cases are abusive, critical or neutral")?;
    let run = Run::new(&classifier, abusive)?;
    if args.card {
        print!("{}", run.card());
        return Ok(ExitCode::SUCCESS);
    }
    let text = report(&run, &by_identity(&run, &classifier, abusive, args)?, &model);
    if !args.write && !args.check {
        print!("{text}");
        return Ok(ExitCode::SUCCESS);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/behaviour");
    let mut code = ExitCode::SUCCESS;
    for (name, text) in [("report.md", text), ("floors.csv", run.floors())] {
        let path = folder.join(name);
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        if name == "floors.csv" {
            fallen(&old, &text);
        }
        if args.write {
            replace(&path, &text)?;
        } else if old != text {
            eprintln!(
                "{} is not what the model does; run: cargo run --release --example behaviour -- --write",
                path.display()
            );
            code = ExitCode::from(1);
        }
    }
    Ok(code)
}

fn main() -> ExitCode {
    run(&Args::parse()).unwrap_or_else(|error| {
        eprintln!("behaviour: {error}");
        ExitCode::from(2)
    })
}
