//! The run: from rows of input to rows of output.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use naqd::internal::io::{
    Access, CsvWriter, Dialect, Form, Kind, Remarks, Replacement, RowError, further_comments, sentence, short,
};
use naqd::internal::stats::Tally;
use naqd::internal::text::{HtmlSample, SAMPLE, Visible, readings};
use naqd::{Classifier, Html, Model, Rules};
use rayon::prelude::*;

use crate::args::{Alarm, Args, Color, To};
use crate::check;
use crate::exit::{Done, Failure, Watched, complain};
use crate::input::{Batch, Place, Reader, Row, Rows, Shape};
use crate::share::AbusiveShare;
use crate::shared::{self, check_output, open_model, with_hint};
use crate::terminal::{Table, WATCH_ONLY};
use crate::write::{Classes, Outcome, columns, csv_header, csv_row, json_row, own_columns};

/// Maximum size of a comment that is explained, in bytes: an explanation takes some two hundred times as much memory.
const MAX_EXPLAINED: usize = 1 << 20;

/// Rows that a thread scores at a time.
const CHUNK: usize = 128;

/// Scores, or checks the guarantees of the model.
///
/// # Errors
/// See [`Failure`].
pub fn run(args: &Args) -> Result<Done, Failure> {
    args.threads.start()?;
    if args.excel.excel_delimiter.is_some() && args.to.is_some_and(|to| to != To::Csv) {
        return Err("--excel writes CSV: leave --to out, or use --to csv".to_owned().into());
    }
    let Some(path) = &args.output else { return run_into(args, &mut io::stdout().lock()) };
    check_output("--output", path, &args.inputs())?;
    let failed = |error: io::Error| Failure::Other(format!("{}: {error}", path.display()));
    let mut file = Replacement::create(path, Access::Owner).map_err(failed)?;
    let done = run_into(args, &mut file)?;
    file.commit().map_err(failed)?;
    Ok(done)
}

fn run_into(args: &Args, out: &mut impl Write) -> Result<Done, Failure> {
    let model = args.model.as_ref().map_or_else(|| Ok(Model::shipped()), |path| open_model(path))?;
    let mut classifier = Classifier::new(&model);
    args.set_thresholds(&mut classifier)?;
    if let Some(file) = &args.check {
        return check::run(args, &classifier, &model, file, out);
    }
    let share = AbusiveShare::by_script(&model, args.keeps_thresholds());
    if args.estimate_share && share.is_empty() {
        return Err(
            "--estimate-share: the model does not store how well it tells abusive comments from others: train it \
                    again with naqd-train and a class named abusive"
                .to_owned()
                .into(),
        );
    }
    drop(model);
    let alarm = args.alarm(classifier.classes())?;
    match args.color {
        Color::Auto if args.output.is_none() => {}
        color => console::set_colors_enabled(color == Color::Always),
    }
    let rules = match (&args.rules, args.reading.encoding) {
        (None, _) => None,
        (Some(path), None) => Some(Rules::open(path)),
        (Some(path), Some(encoding)) => Some(Rules::open_encoded(path, encoding)),
    };
    let rules = rules.transpose().map_err(|error| with_hint(&error))?;
    let width = console::Term::stdout().size().1.clamp(40, 100).into();
    let run = Run {
        args,
        classes: Classes::new(&classifier, args.watch_only, rules.as_ref()),
        classifier,
        alarm,
        alarmed: AtomicBool::new(false),
        bad: AtomicU64::new(0),
        watched: args.watch_only.then(Watched::default),
        share,
        width,
    };
    match &args.text {
        Some(text) => run.one(text, out)?,
        None if args.files.is_empty() => run.files(&[PathBuf::from("-")], out)?,
        None => run.files(&args.files, out)?,
    }
    out.flush()?;
    let share = run.share.iter().filter(|share| share.comments() > 0).flat_map(|share| match args.estimate_share {
        true => share.lines(),
        false => share.warning().into_iter().collect(),
    });
    let mut share: Vec<String> = share.collect();
    if args.estimate_share && share.is_empty() {
        share.push("no comment was scored, so the share of abuse is not known".to_owned());
    }
    Ok(Done { bad: run.bad.into_inner(), alarm: run.alarmed.into_inner(), broken: false, watched: run.watched, share })
}

/// State of a run.
struct Run<'a> {
    args: &'a Args,
    classifier: Classifier,
    classes: Classes<'a>,
    /// Label and probability of `--fail-on`, and whether a comment has them.
    alarm: Option<Alarm>,
    alarmed: AtomicBool,
    /// Number of rows that could not be scored.
    bad: AtomicU64,
    /// Number of decisions with `--watch-only`.
    watched: Option<Watched>,
    /// Counters for the share of abuse, where the model can estimate it.
    share: Vec<AbusiveShare>,
    /// Columns of the terminal.
    width: usize,
}

/// An input that is being scored.
struct Job<'a> {
    name: &'a str,
    shape: &'a Shape,
    html: Html,
    to: To,
    /// Columns of the input in CSV output.
    own: &'a [String],
    /// Form of CSV output.
    form: Form,
    remarks: &'a Remarks,
}

/// Header of CSV output, taken from the first input.
struct Header {
    columns: Vec<String>,
    form: Form,
    /// Name of that input.
    input: String,
}

impl Header {
    /// True if rows with these columns may stand below it. Objects may lack some.
    fn has(&self, own: &[String], kind: Kind) -> bool {
        let known: HashSet<&String> = self.columns.iter().collect();
        self.columns == own || kind == Kind::Jsonl && own.iter().all(|name| known.contains(name))
    }
}

impl Run<'_> {
    fn to(&self, kind: Kind) -> To {
        self.args.to.unwrap_or_else(|| match kind {
            _ if self.args.excel.excel_delimiter.is_some() => To::Csv,
            _ if self.args.output.is_none() && io::stdout().is_terminal() => To::Table,
            Kind::Csv => To::Csv,
            Kind::Jsonl | Kind::Lines => To::Jsonl,
        })
    }

    /// Scores the comment of `--text`.
    fn one(&self, text: &str, out: &mut impl Write) -> Result<(), Failure> {
        let batch = Batch::one(text);
        let own = own_columns(&Shape::Lines, &batch);
        let html = Option::from(self.args.reading.html).unwrap_or(Html::Doubtful);
        let form = self.args.excel.form(Dialect::default());
        let (to, remarks) = (self.to(Kind::Lines), Remarks::default());
        let job = Job { name: "--text", shape: &Shape::Lines, html, to, own: &own, form, remarks: &remarks };
        self.header(job.to, &[], job.own, form, out)?;
        self.write(&self.batch(&job, &batch), out)
    }

    fn files(&self, files: &[PathBuf], out: &mut impl Write) -> Result<(), Failure> {
        // One output format for all, that of the first file.
        let mut to = None;
        let mut header = None;
        files.iter().try_for_each(|file| self.file(file, &mut to, &mut header, out))
    }

    fn file(
        &self,
        file: &Path,
        to: &mut Option<To>,
        header: &mut Option<Header>,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
        let fail = |error: String| Failure::Other(format!("{name}: {error}"));
        let tell = |note: String| shared::complain(&format!("{name}: {note}"));
        let Args { text_column, text_field, line_buffered, reading, .. } = self.args;
        let rows = Rows::open(file, &reading.format(), text_column.as_deref(), text_field.as_deref(), *line_buffered);
        let mut rows = rows.map_err(fail)?;
        let mut batch = Batch::default();
        rows.reader.read(&mut batch, *line_buffered).map_err(|error| fail(error.to_string()))?;
        if let Some(path) = rows.shape.look_inside(&batch) {
            rows.notes.push(format!("the comments are in {}", short(&path)));
        }
        rows.notes.extend(rows.shape.several_fields(&batch));
        if let Some(error) = rows.shape.without_comments(&batch).filter(|_| !line_buffered) {
            return Err(fail(error));
        }
        sentence(&rows.notes).into_iter().for_each(tell);
        let to = *to.get_or_insert_with(|| self.to(rows.shape.kind()));
        let own = own_columns(&rows.shape, &batch);
        let header = match header {
            Some(first) if to == To::Csv && !first.has(&own, rows.shape.kind()) => {
                return Err(fail(format!("its columns are not those of {}: use --to jsonl", first.input)));
            }
            Some(first) => first,
            None => {
                let first = Header { columns: own, form: self.args.excel.form(rows.dialect), input: name.clone() };
                self.header(to, &rows.raw_header, &first.columns, first.form, out)?;
                if let (To::Csv, false, Some(encoding)) = (to, first.form.excel, rows.encoding)
                    && encoding != encoding_rs::UTF_8
                {
                    let encoding = encoding.name();
                    complain(&format!(
                        "naqd-score: {name}: read as {encoding}, written as UTF-8 with a byte order mark\n"
                    ));
                }
                header.insert(first)
            }
        };
        let Rows { shape, mut reader, .. } = rows;
        let html = self.html(&name, &shape, &batch);
        let remarks = Remarks::default();
        let (own, form) = (&header.columns, header.form);
        let job = Job { name: &name, shape: &shape, html, to, own, form, remarks: &remarks };
        let done = self.rows(&job, &mut reader, batch, out);
        reader.say().into_iter().chain(remarks.say()).for_each(tell);
        done
    }

    /// How the comments of an input are read, by its first rows; tells if they are not plain text.
    fn html(&self, name: &str, shape: &Shape, first: &Batch) -> Html {
        if let Some(html) = self.args.reading.html.into() {
            return html;
        }
        // Rows that come one by one are not waited for.
        if self.args.line_buffered {
            return Html::Doubtful;
        }
        let mut sample = HtmlSample::default();
        for place in first.places().iter().take(SAMPLE) {
            shape.parse(first.row(place)).text.iter().for_each(|text| sample.add(text));
        }
        if let Some(sentence) = sample.sentence() {
            shared::complain(&format!("{name}: {sentence}"));
        }
        sample.html()
    }

    /// Scores the rows of `batch`, and then those that `reader` has.
    fn rows(&self, job: &Job, reader: &mut Reader, mut batch: Batch, out: &mut impl Write) -> Result<(), Failure> {
        let line_by_line = self.args.line_buffered;
        let mut next = Batch::default();
        while !batch.places().is_empty() {
            let read = if line_by_line {
                self.write(&self.batch(job, &batch), out)?;
                out.flush()?;
                reader.read(&mut next, line_by_line)
            } else {
                // The next rows are read while these are scored.
                let (written, read) = rayon::join(|| self.batch(job, &batch), || reader.read(&mut next, line_by_line));
                self.write(&written, out)?;
                read
            };
            read.map_err(|error| Failure::Other(format!("{}: {error}", job.name)))?;
            std::mem::swap(&mut batch, &mut next);
        }
        Ok(())
    }

    /// Writes the header line of CSV output, or the heading of the table.
    fn header(&self, to: To, raw: &[u8], own: &[String], form: Form, out: &mut impl Write) -> Result<(), Failure> {
        if to == To::Table && self.args.watch_only {
            out.write_all(WATCH_ONLY.as_bytes())?;
        }
        if to != To::Csv {
            return Ok(());
        }
        let mut header = CsvWriter::of_file(form);
        csv_header(&mut header, raw, own, &columns(&self.classes, self.args.explain));
        out.write_all(&header.take())?;
        Ok(())
    }

    /// Scores rows on all cores. Returns, in their order, the output and the messages for standard error.
    fn batch(&self, job: &Job, batch: &Batch) -> Vec<(Vec<u8>, String)> {
        batch.places().par_chunks(CHUNK).map(|places| self.chunk(job, batch, places)).collect()
    }

    fn write(&self, written: &[(Vec<u8>, String)], out: &mut impl Write) -> Result<(), Failure> {
        for (bytes, messages) in written {
            out.write_all(bytes)?;
            if !messages.is_empty() {
                complain(messages);
            }
        }
        Ok(())
    }

    /// Scores rows on one core. Returns the output and the messages for standard error.
    fn chunk(&self, job: &Job, batch: &Batch, places: &[Place]) -> (Vec<u8>, String) {
        let classes = &self.classes;
        let mut messages = String::new();
        let mut complain = |row: Row, error: &str| {
            self.bad.fetch_add(1, Ordering::Relaxed);
            messages += &format!("naqd-score: {}:{}: {error}\n", job.name, row.line);
        };
        let mut csv = CsvWriter::new(job.form);
        let mut bytes = Vec::with_capacity(if job.to == To::Jsonl { CHUNK << 8 } else { 0 });
        let table = Table {
            classes: self.classifier.classes(),
            width: self.width,
            rules: classes.rules,
            watch_only: self.args.watch_only,
        };
        let mut tallies = vec![Tally::default(); self.share.len()];
        for row in places.iter().map(|place| batch.row(place)) {
            let parsed = job.shape.parse(row);
            let text = &parsed.text;
            match (text, parsed.problem) {
                (Ok(text), _) => job.remarks.note(row.line, &Ok(text)),
                (_, Some(problem)) => job.remarks.note(row.line, &Err(problem)),
                _ => {}
            }
            let further = parsed.fields.iter().flat_map(|fields| &fields.0);
            if let Some(field) = further.filter_map(|(name, value)| further_comments(name, value.get())).next() {
                job.remarks.note_further(row.line, &field);
            }
            let outcome = match text {
                Err(error) => Outcome::Error(error.clone()),
                Ok(text) => self.outcome(text, job.html),
            };
            if let Some(watched) = &self.watched {
                watched.count(outcome.action(classes));
            }
            if let Some(score) = outcome.score() {
                self.share.iter().zip(&mut tallies).for_each(|(share, tally)| share.count(tally, &score));
            }
            match &outcome {
                Outcome::Error(error) => complain(row, error),
                _ => self.check_alarm(&outcome),
            }
            match job.to {
                To::Jsonl => json_row(&mut bytes, job.shape, &parsed, &outcome, classes),
                To::Csv => {
                    let lost = csv_row(&mut csv, job.shape, job.own, &parsed, &outcome, classes, self.args.explain);
                    if let (Some(lost), Some(_)) = (lost, outcome.verdict()) {
                        complain(row, &lost);
                    }
                }
                To::Table => {
                    let place = format!("{}:{}", job.name, row.line);
                    bytes.extend(table.row(&place, text.as_deref().unwrap_or_default(), &outcome).into_bytes());
                }
            }
        }
        self.share.iter().zip(tallies).for_each(|(share, tally)| share.add(tally));
        if job.to == To::Csv {
            bytes = csv.take();
        }
        (bytes, messages)
    }

    /// Scores a comment. What it is explained by are spans of the comment as it was read.
    fn outcome<'t>(&self, text: &'t str, html: Html) -> Outcome<'t> {
        let rules = self.classes.rules;
        let readings = readings(text, html);
        if readings.iter().all(Visible::is_blank) {
            return Outcome::Error(RowError::EmptyText.to_string());
        }
        let visible = self.classifier.worst(&readings, rules);
        if self.args.explain && text.len() <= MAX_EXPLAINED {
            let judgement = self.classifier.judge_explained(&visible.text, rules);
            return Outcome::Explained(judgement.in_source(visible), text);
        }
        Outcome::Score(self.classifier.judge(&visible.text, rules))
    }

    /// Remembers that a comment has the label of `--fail-on`.
    fn check_alarm(&self, outcome: &Outcome) {
        if let (Some(Alarm { class, min_probability }), Some((label, probabilities))) = (self.alarm, outcome.verdict())
            && label == class
            && probabilities[class] >= min_probability
        {
            self.alarmed.store(true, Ordering::Relaxed);
        }
    }
}
