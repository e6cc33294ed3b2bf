//! Training, as naqd-train does it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use naqd::evaluate::{NearDuplicates, PriorUse};
use naqd::internal::io::{Column, find_column as find, find_weight};
use naqd::internal::train::Progress;
use naqd::report::{Language, LearningCurve, Scored, Subject, html, model_card};
use naqd::{Corpus, CorpusError, CorpusReader, Html, LabelledComment, Model, Promises, Trained, Trainer};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use rayon::ThreadPool;

use crate::engine::{model_error, os_error};
use crate::pools::pool;
use crate::texts::is_missing;

/// Time after which a signal, such as that of Ctrl-C, is heard.
const PATIENCE: Duration = Duration::from_millis(50);

/// Messages about comments that cannot be used, at most.
const MAX_NAMED: usize = 100;

/// Settings of a training, by their names in Python.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Settings {
    base: Option<PathBuf>,
    from_shipped: bool,
    text_column: Option<String>,
    label_column: Option<String>,
    kinds_column: Option<String>,
    map: Vec<(String, String)>,
    html: String,
    l2: Option<f32>,
    min_count: u32,
    max_ngrams: usize,
    prune_to: Option<usize>,
    promises: Option<(f64, f64, f64)>,
    abusive_share: Option<f64>,
    max_abuse_let_through: Option<f64>,
    set_aside: Option<f64>,
    chosen: bool,
    seed: u64,
    threads: usize,
}

impl Settings {
    fn trainer(&self, prior: Option<Model>) -> Trainer {
        let promises = self.promises.map(|(max_abusive_published, max_innocent_rejected, confidence)| Promises {
            max_abusive_published,
            max_innocent_rejected,
            confidence,
            abusive_share: self.abusive_share,
            max_abuse_let_through: self.max_abuse_let_through,
        });
        Trainer::new()
            .l2(self.l2)
            .min_count(self.min_count)
            .max_ngrams(self.max_ngrams)
            .prune_to(self.prune_to)
            .promises(promises)
            .set_aside(self.set_aside)
            .chosen(self.chosen)
            .seed(self.seed)
            .on_top_of(prior)
    }

    fn reader(&self) -> CorpusReader {
        CorpusReader {
            text_column: self.text_column.clone(),
            label_column: self.label_column.clone(),
            kinds_column: self.kinds_column.clone(),
            map: self.map.clone(),
            html: match self.html.as_str() {
                "yes" => Some(Html::Yes),
                "no" => Some(Html::No),
                _ => None,
            },
            ..CorpusReader::default()
        }
    }

    /// Model to learn on top of.
    fn prior(&self) -> PyResult<Option<Model>> {
        match &self.base {
            Some(path) => match Model::open(path) {
                Ok(model) => Ok(Some(model)),
                Err(naqd::ModelError::Io(error)) => Err(os_error(path, &error)),
                Err(error) => Err(model_error(path, &error)),
            },
            None => Ok(self.from_shipped.then(Model::shipped)),
        }
    }

    /// Name of that model, as naqd-train writes it into the new one.
    fn from(&self) -> String {
        self.base.as_ref().map_or("shipped".to_owned(), |path| path.display().to_string())
    }
}

/// Labelled comment, taken out of Python.
struct Row {
    text: String,
    label: String,
    kinds: String,
    weight: f32,
}

impl Row {
    fn borrowed(&self) -> LabelledComment<'_> {
        LabelledComment { text: &self.text, label: &self.label, kinds: &self.kinds, weight: self.weight }
    }
}

/// Result of a training.
#[pyclass(frozen, module = "naqd._naqd")]
pub struct Training {
    trained: Trained,
    trainer: Trainer,
    corpus: Corpus,
    duplicates: NearDuplicates,
    contradictions: Vec<String>,
    skipped: Vec<String>,
    left_out: usize,
    notes: Vec<String>,
    pool: &'static ThreadPool,
}

#[pymethods]
impl Training {
    /// Bytes of the model file.
    fn model(&self, py: Python<'_>) -> Vec<u8> {
        py.detach(|| self.trained.model.to_bytes())
    }

    /// Writes the model file, whole or not at all.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<u64> {
        py.detach(|| self.trained.model.save(&path)).map_err(|error| os_error(&path, &error))
    }

    /// Names of the classes.
    fn classes(&self) -> Vec<String> {
        self.trained.model.classes().to_vec()
    }

    /// Metrics as JSON, those that `naqd-train --json` prints.
    fn validation(&self) -> PyResult<String> {
        let json = serde_json::to_value(&self.trained.validation).and_then(|mut value| {
            value["contradictions"] = self.contradictions.len().into();
            value["skipped_rows"] = self.left_out.into();
            serde_json::to_string(&value)
        });
        json.map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// Messages about comments that could not be used, and about how the comments were read.
    fn messages(&self) -> (Vec<String>, usize, Vec<String>, Vec<String>) {
        (self.skipped.clone(), self.left_out, self.notes.clone(), self.contradictions.clone())
    }

    /// Model card, in Markdown.
    fn card(&self, py: Python<'_>) -> String {
        py.detach(|| model_card(&self.corpus, &self.trained))
    }

    /// Report, as one HTML page.
    fn report(training: &Bound<'_, Self>, name: String, language: &str, learning_curve: bool) -> PyResult<String> {
        let language: Language = language
            .parse()
            .map_err(|_| PyValueError::new_err(format!("language: {language:?}, expected \"en\" or \"ar\"")))?;
        let py = training.py();
        let training = training.clone().unbind();
        let pool = training.get().pool;
        let work = move |tick: &dyn Fn(Progress)| {
            let Training { trained, trainer, corpus, duplicates, .. } = training.get();
            let what = "measuring the learning curve";
            let measured = || {
                LearningCurve::measure(trainer, corpus, duplicates, trained.validation.l2, &|done, of| {
                    tick(Progress { what, done, of });
                })
            };
            let curve = if learning_curve { measured() } else { None };
            let scored = Scored::HeldOut(trained, curve);
            html(&Subject { name: name.clone(), model: &trained.model, corpus, duplicates, scored }, language)
        };
        interruptible(py, pool, None, work)
    }
}

/// Learns a model from files, or from comments with their labels.
#[pyfunction]
#[pyo3(signature = (files, comments, labels, kinds, weights, settings, progress))]
#[allow(clippy::too_many_arguments)] // each is one of Python's
pub fn train(
    py: Python<'_>,
    files: Vec<PathBuf>,
    comments: &Bound<'_, PyAny>,
    labels: &Bound<'_, PyAny>,
    kinds: Option<&Bound<'_, PyAny>>,
    weights: Option<&Bound<'_, PyAny>>,
    settings: Settings,
    progress: Option<Py<PyAny>>,
) -> PyResult<Training> {
    let rows = if files.is_empty() { rows(comments, labels, kinds, weights)? } else { Vec::new() };
    let prior = settings.prior()?;
    let pool = pool(py, settings.threads)?;
    let work = move |tick: &dyn Fn(Progress)| learn(&files, &rows, &settings, prior.as_ref(), pool, tick);
    interruptible(py, pool, progress, work)?.map_err(|error| match error {
        Failure::Corpus(CorpusError::Io { file, error }) => os_error(&file, &error),
        error => PyValueError::new_err(error.to_string()),
    })
}

/// Reason why there is no model.
enum Failure {
    Corpus(CorpusError),
    Train(naqd::TrainError),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Corpus(error) => error.fmt(f),
            Failure::Train(error) => error.fmt(f),
        }
    }
}

impl From<CorpusError> for Failure {
    fn from(error: CorpusError) -> Failure {
        Failure::Corpus(error)
    }
}

fn learn(
    files: &[PathBuf],
    rows: &[Row],
    settings: &Settings,
    prior: Option<&Model>,
    pool: &'static ThreadPool,
    tick: &dyn Fn(Progress),
) -> Result<Training, Failure> {
    tick(Progress { what: "reading", done: 0, of: 1 });
    let reader = settings.reader();
    let (mut skipped, mut left_out) = (Vec::new(), 0);
    let mut bad = |row: &naqd::BadRow| {
        left_out += 1;
        if skipped.len() < MAX_NAMED {
            skipped.push(if files.is_empty() { in_comments(&row.to_string()) } else { row.to_string() });
        }
        true
    };
    let mut corpus = if files.is_empty() {
        let comments: Vec<LabelledComment> = rows.iter().map(Row::borrowed).collect();
        reader.read_comments(&comments, &mut bad)?
    } else {
        reader.read(files, &mut bad)?
    };
    if let Some(model) = prior.filter(|model| corpus.has_labels_of(model.classes())) {
        corpus = corpus.for_classes(model.classes())?;
    }
    tick(Progress { what: "finding near-duplicates", done: 0, of: 1 });
    let duplicates = NearDuplicates::find(corpus.texts());
    let contradictions = corpus.contradictions(&duplicates);
    let contradictions =
        contradictions.iter().map(|of| if files.is_empty() { in_comments(&of.to_string()) } else { of.to_string() });
    let contradictions = contradictions.collect();
    let trainer = settings.trainer(prior.cloned());
    let mut trained = trainer.fit_with(&corpus, &duplicates, tick).map_err(Failure::Train)?;
    if let PriorUse::OnTop(_) = trained.validation.prior {
        trained.model.parts_mut().training.from = Some(settings.from());
    }
    let notes = corpus.notes().to_vec();
    Ok(Training { trained, trainer, corpus, duplicates, contradictions, skipped, left_out, notes, pool })
}

/// A message about comments in memory with their places as Python counts them: `comments:5` is `comments[4]`.
fn in_comments(message: &str) -> String {
    let mut pieces = message.split("comments:");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        match piece[..digits].parse::<u64>() {
            Ok(line) if line > 0 => text += &format!("comments[{}]{}", line - 1, &piece[digits..]),
            _ => text += &format!("comments:{piece}"),
        }
    }
    text
}

/// Takes labelled comments out of Python.
fn rows(
    comments: &Bound<'_, PyAny>,
    labels: &Bound<'_, PyAny>,
    kinds: Option<&Bound<'_, PyAny>>,
    weights: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<Row>> {
    let py = comments.py();
    let mut labels = labels.try_iter()?;
    let mut kinds = kinds.map(|kinds| kinds.try_iter()).transpose()?;
    let mut weights = weights.map(|weights| weights.try_iter()).transpose()?;
    let mut rows: Vec<Row> = Vec::new();
    let uneven = |what: &str, rows: usize| {
        PyValueError::new_err(format!("{what}: not as many as comments (after {rows}), expected one for each comment"))
    };
    for comment in comments.try_iter()? {
        let place = rows.len();
        if place.is_multiple_of(10_000) {
            py.check_signals()?;
        }
        let text = cell(&comment?, "comments", place, true)?;
        let label = cell(&labels.next().ok_or_else(|| uneven("labels", place))??, "labels", place, false)?;
        let kinds = match &mut kinds {
            Some(kinds) => cell(&kinds.next().ok_or_else(|| uneven("kinds", place))??, "kinds", place, false)?,
            None => String::new(),
        };
        let weight = match &mut weights {
            Some(weights) => weights.next().ok_or_else(|| uneven("weights", place))??.extract()?,
            None => 1.0,
        };
        rows.push(Row { text, label, kinds, weight });
    }
    if labels.next().is_some() {
        return Err(uneven("labels", rows.len()));
    }
    Ok(rows)
}

/// Text of a cell, empty where it is missing. Labels may be numbers; comments may not.
fn cell(item: &Bound<'_, PyAny>, what: &str, place: usize, is_text: bool) -> PyResult<String> {
    let text = match item.cast::<PyString>() {
        Ok(text) => text.clone(),
        Err(_) if is_missing(item) => return Ok(String::new()),
        Err(_) if is_text => {
            let kind = item.get_type().name()?;
            return Err(PyTypeError::new_err(format!("{what}[{place}]: {kind}, expected a str")));
        }
        Err(_) => item.str()?,
    };
    let utf8 = text.encode_utf8().map_err(|error| crate::texts::surrogate(item.py(), error, what, place))?;
    Ok(String::from_utf8_lossy(utf8.as_bytes()).into_owned())
}

/// Place of the columns of comments, labels, kinds and weights among the columns of a table.
#[pyfunction]
pub fn find_columns(
    names: Vec<String>,
    text: Option<&str>,
    label: Option<&str>,
    kinds: Option<&str>,
) -> PyResult<(usize, usize, Option<usize>, Option<usize>)> {
    let header = names.iter().collect();
    let found = |column, wanted| {
        find(&header, column, wanted).map_err(|error| {
            let argument = match column {
                Column::Text => "text_column",
                Column::Label => "label_column",
                Column::Kinds => "kinds_column",
            };
            PyValueError::new_err(format!("comments: {error}: name it with {argument}"))
        })
    };
    let kinds_place = found(Column::Kinds, kinds);
    let kinds = if kinds.is_some() { Some(kinds_place?) } else { kinds_place.ok() };
    Ok((found(Column::Text, text)?, found(Column::Label, label)?, kinds, find_weight(&header)))
}

/// What stops work that nobody waits for any more.
struct Stopped;

/// Does long work on a thread of its own while this one hears signals and tells `progress` of the steps. After a signal, or
/// an error of `progress`, the work stops at its next step, and nobody waits for it.
fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    pool: &'static ThreadPool,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&dyn Fn(Progress)) -> T + Send + 'static,
) -> PyResult<T> {
    let stop = Arc::new(AtomicBool::new(false));
    let (steps, told): (Sender<Progress>, Receiver<Progress>) = channel();
    let (done, result) = channel();
    let stopped = Arc::clone(&stop);
    let steps = Mutex::new(steps);
    pool.spawn(move || {
        let tick = |step: Progress| {
            if stopped.load(Ordering::Relaxed) {
                resume_unwind(Box::new(Stopped));
            }
            let steps = steps.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let _ = steps.send(step); // nobody may listen any more
        };
        let found = catch_unwind(AssertUnwindSafe(|| work(&tick)));
        let _ = done.send(found);
    });
    let result = Mutex::new(result);
    loop {
        let found =
            py.detach(|| result.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv_timeout(PATIENCE));
        let heard = py.check_signals().and_then(|()| match (&progress, told.try_iter().last()) {
            (Some(progress), Some(Progress { what, done, of })) => progress.call1(py, (what, done, of)).map(drop),
            _ => Ok(()),
        });
        if let Err(error) = heard {
            stop.store(true, Ordering::Relaxed);
            return Err(error);
        }
        match found {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err(
                    "naqd failed, which is a fault of naqd itself; standard error says where",
                ));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
