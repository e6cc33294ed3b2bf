//! Classifier with its house rules, as Python calls it. Verdicts and explanations are tuples in the order of the fields of
//! `naqd.Verdict` and the like.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use naqd::internal::decide::notify;
use naqd::internal::model::MAX_BYTES;
use naqd::internal::text::{Offsets, readings};
use naqd::{Classifier, Explanation, Html, Judgement, KindScores, Model, ModelError, Probabilities, Rules, RulesError};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyString, PyTuple};
use rayon::prelude::*;

use crate::pools::pool;
use crate::texts::{Reader, Texts};

/// Maximum size of a comment that is explained, in bytes; that of naqd-score.
const MAX_EXPLAINED: usize = 1 << 20;

/// Comments that a thread scores at a time.
const PER_THREAD: usize = 128;

/// Bytes of comments that one thread scores before others would have begun.
const FOR_ONE_THREAD: usize = 4096;

/// Place of the label of a comment that is missing.
const MISSING: u8 = u8::MAX;

/// Classifier with its house rules.
#[pyclass(frozen, module = "naqd._naqd")]
pub struct Engine {
    classifier: Classifier,
    rules: Option<Rules>,
    html: Html,
    threads: usize,
    /// Names of the classes, in their order.
    classes: Vec<Py<PyString>>,
    model: Origin,
}

/// Origin of a model, by which it is pickled.
enum Origin {
    Shipped,
    Bytes(Vec<u8>),
}

#[pymethods]
impl Engine {
    /// Classifier of a model file, of its bytes, or of the shipped model.
    #[new]
    #[pyo3(signature = (path, model, rules, html, threads))]
    fn new(
        py: Python<'_>,
        path: Option<PathBuf>,
        model: Option<&[u8]>,
        rules: Option<PathBuf>,
        html: &str,
        threads: usize,
    ) -> PyResult<Engine> {
        let html = match html {
            "no" => Html::No,
            "yes" => Html::Yes,
            "auto" => Html::Doubtful,
            _ => return Err(PyValueError::new_err(format!("html: {html:?}, expected \"auto\", \"yes\" or \"no\""))),
        };
        let (model, origin) = match (path, model) {
            (Some(path), _) => open(py, &path)?,
            (None, Some(bytes)) => {
                let model = py.detach(|| Model::from_bytes(bytes));
                (model.map_err(|error| PyValueError::new_err(error.to_string()))?, Origin::Bytes(bytes.to_vec()))
            }
            (None, None) => (py.detach(Model::shipped), Origin::Shipped),
        };
        let rules = rules.map(|path| Rules::open(&path).map_err(|error| rules_error(&path, error))).transpose()?;
        let classifier = py.detach(|| Classifier::new(&model));
        let classes = classifier.classes().iter().map(|name| PyString::new(py, name).unbind()).collect();
        Ok(Engine { classifier, rules, html, threads, classes, model: origin })
    }

    /// Names of the classes.
    fn classes(&self, py: Python<'_>) -> Vec<Py<PyString>> {
        self.classes.iter().map(|name| name.clone_ref(py)).collect()
    }

    /// Thresholds for comments in Arabic script, or in others: probabilities below which a comment is published, and above
    /// which it is rejected or told to the editors.
    fn thresholds(&self, arabic: bool) -> Option<(Option<f32>, Option<f32>, Option<f32>)> {
        let of = self.classifier.thresholds(arabic)?;
        Some((of.publish_below, of.reject_above, of.notify_above))
    }

    /// Bytes of the model file; none of the shipped model.
    fn model<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        match &self.model {
            Origin::Shipped => None,
            Origin::Bytes(bytes) => Some(PyBytes::new(py, bytes)),
        }
    }

    /// Place of the label of each comment, one byte each.
    fn labels<'py>(&self, py: Python<'py>, comments: &Bound<'py, PyAny>, keep: bool) -> PyResult<Bound<'py, PyBytes>> {
        let mut labels = Vec::new();
        self.each(py, comments, keep, |texts| {
            labels
                .extend(self.map(py, texts, |text| text.map_or(MISSING, |text| self.judge(text).verdict.class as u8))?);
            Ok(())
        })?;
        Ok(PyBytes::new(py, &labels))
    }

    /// Probability of each class of each comment, as numbers of eight bytes; NaN where one is missing.
    fn probabilities<'py>(
        &self,
        py: Python<'py>,
        comments: &Bound<'py, PyAny>,
        keep: bool,
    ) -> PyResult<Bound<'py, PyByteArray>> {
        let mut bytes = Vec::new();
        self.each(py, comments, keep, |texts| {
            for found in self.map(py, texts, |text| text.map(|text| self.judge(text).verdict.probabilities))? {
                match found {
                    Some(found) => found.as_slice().iter().for_each(|p| bytes.extend(f64::from(*p).to_ne_bytes())),
                    None => self.classes.iter().for_each(|_| bytes.extend(f64::NAN.to_ne_bytes())),
                }
            }
            Ok(())
        })?;
        Ok(PyByteArray::new(py, &bytes))
    }

    /// Verdict on each comment.
    fn decide<'py>(&self, py: Python<'py>, comments: &Bound<'py, PyAny>, keep: bool) -> PyResult<Bound<'py, PyList>> {
        let verdicts = PyList::empty(py);
        self.each(py, comments, keep, |texts| self.verdicts(py, texts)?.iter().try_for_each(|of| verdicts.append(of)))?;
        Ok(verdicts)
    }

    /// Explanation of each comment.
    fn explain<'py>(&self, py: Python<'py>, comments: &Bound<'py, PyAny>, keep: bool) -> PyResult<Bound<'py, PyList>> {
        let all = PyList::empty(py);
        self.each(py, comments, keep, |texts| {
            if let Some((place, text)) =
                texts.iter().enumerate().find(|(_, t)| t.is_some_and(|t| t.len() > MAX_EXPLAINED))
            {
                return Err(PyValueError::new_err(format!(
                    "comments[{}]: {} bytes in UTF-8, expected at most {MAX_EXPLAINED} to be explained: decide() and \
                     predict() take longer ones",
                    all.len() + place,
                    text.map_or(0, str::len)
                )));
            }
            let found = self.map(py, texts, |text| text.map(|text| self.judge_explained(text)))?;
            for (text, judgement) in texts.iter().zip(found) {
                all.append(self.explanation(py, text.zip(judgement))?)?;
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// Iterator over the verdicts on the comments of an iterator.
    fn stream(
        engine: Bound<'_, Self>,
        comments: &Bound<'_, PyAny>,
        keep: bool,
        batch: usize,
    ) -> PyResult<crate::stream::Stream> {
        Ok(crate::stream::Stream::new(engine.unbind(), Reader::new(comments, keep)?, batch))
    }
}

impl Engine {
    /// Reads comments chunk by chunk.
    fn each(
        &self,
        py: Python<'_>,
        comments: &Bound<'_, PyAny>,
        keep: bool,
        mut use_chunk: impl FnMut(&Texts) -> PyResult<()>,
    ) -> PyResult<()> {
        let mut reader = Reader::new(comments, keep)?;
        let mut texts = Texts::default();
        loop {
            reader.read(py, usize::MAX, &mut texts)?;
            if texts.places().is_empty() {
                return Ok(());
            }
            use_chunk(&texts)?;
        }
    }

    /// What `of` makes of each comment, on all cores and without the interpreter lock.
    fn map<T: Send>(
        &self,
        py: Python<'_>,
        texts: &Texts,
        of: impl Fn(Option<&str>) -> T + Send + Sync,
    ) -> PyResult<Vec<T>> {
        if self.threads == 1 || texts.bytes() < FOR_ONE_THREAD {
            return Ok(py.detach(|| texts.iter().map(of).collect()));
        }
        let pool = pool(py, self.threads)?;
        let of = |place| of(texts.at(place));
        Ok(py.detach(|| pool.install(|| texts.places().par_iter().with_min_len(PER_THREAD).map(of).collect())))
    }

    fn judge(&self, text: &str) -> Judgement {
        let readings = readings(text, self.html);
        self.classifier.judge(&self.classifier.worst(&readings, self.rules.as_ref()).text, self.rules.as_ref())
    }

    /// Judgement whose spans are those of the comment as it stands there.
    fn judge_explained(&self, text: &str) -> Judgement<Explanation> {
        let readings = readings(text, self.html);
        let visible = self.classifier.worst(&readings, self.rules.as_ref());
        self.classifier.judge_explained(&visible.text, self.rules.as_ref()).in_source(visible)
    }

    /// Verdicts on comments, as tuples.
    pub fn verdicts(&self, py: Python<'_>, texts: &Texts) -> PyResult<Vec<Py<PyAny>>> {
        let found = self.map(py, texts, |text| text.map(|text| self.judge(text)))?;
        let tuple = |judgement: Option<Judgement>| {
            let fields = match &judgement {
                Some(judgement) => {
                    let score = &judgement.verdict;
                    self.verdict(py, score.class, &score.probabilities, &score.kinds, judgement)?
                }
                None => self.missing(py)?,
            };
            Ok(PyTuple::new(py, fields)?.into_any().unbind())
        };
        found.into_iter().map(tuple).collect()
    }

    /// Fields of a verdict: label, probabilities, kinds, named kinds, decision, notify, reason, rule.
    fn verdict<'py, V>(
        &self,
        py: Python<'py>,
        class: usize,
        probabilities: &Probabilities,
        kinds: &KindScores,
        judgement: &Judgement<V>,
    ) -> PyResult<[Bound<'py, PyAny>; 8]> {
        let by = judgement.reason(self.rules.as_ref());
        let by_kind = PyDict::new(py);
        kinds.iter().try_for_each(|(kind, probability)| by_kind.set_item(kind.as_str(), probability))?;
        let named = kinds.named.iter().map(|kind| PyString::intern(py, kind.as_str()));
        let decision = judgement.decision;
        let word = |word: Option<&'static str>| word.map(|word| PyString::intern(py, word)).into_pyobject(py);
        Ok([
            self.classes[class].bind(py).clone().into_any(),
            self.by_class(py, probabilities)?.into_any(),
            by_kind.into_any(),
            PyTuple::new(py, named.collect::<Vec<_>>())?.into_any(),
            word(decision.map(|decision| decision.action.as_str()))?,
            word(decision.map(|decision| notify(&decision)))?,
            word(by.map(|(reason, _)| reason.as_str()))?,
            by.and_then(|(_, rule)| Some(rule?.phrase.as_str())).into_pyobject(py)?,
        ])
    }

    /// Fields of the verdict on a comment that is missing: as naqd-score has them of a row without a comment.
    fn missing<'py>(&self, py: Python<'py>) -> PyResult<[Bound<'py, PyAny>; 8]> {
        let none = || py.None().into_bound(py);
        let decides = self.classifier.decides() || self.rules.is_some();
        let word = |word: &'static str| decides.then(|| PyString::intern(py, word)).into_pyobject(py);
        let empty = PyDict::new(py).into_any();
        let unnamed = PyTuple::empty(py).into_any();
        Ok([none(), PyDict::new(py).into_any(), empty, unnamed, word("hold")?, word("")?, word("error")?, none()])
    }

    fn by_class<'py>(&self, py: Python<'py>, probabilities: &Probabilities) -> PyResult<Bound<'py, PyDict>> {
        let by_class = PyDict::new(py);
        let mut pairs = self.classes.iter().zip(probabilities.as_slice());
        pairs.try_for_each(|(name, probability)| by_class.set_item(name, probability))?;
        Ok(by_class)
    }

    /// Verdict, sentences, evidence and rules, as tuples.
    fn explanation<'py>(
        &self,
        py: Python<'py>,
        explained: Option<(&str, Judgement<Explanation>)>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let Some((text, judgement)) = explained else {
            let empty = || PyList::empty(py).into_any();
            let verdict = PyTuple::new(py, self.missing(py)?)?.into_any();
            return PyTuple::new(py, ["".into_pyobject(py)?.into_any(), verdict, empty(), empty(), empty()]);
        };
        let Explanation { verdict, .. } = &judgement.verdict;
        let offsets = Offsets::of(text);
        let span = |bytes: &std::ops::Range<usize>| {
            let [start, end] = offsets.place(bytes).chars;
            (PyString::new(py, &text[bytes.clone()]), start, end)
        };
        let sentences = PyList::empty(py);
        for sentence in &verdict.sentences {
            let (piece, start, end) = span(&sentence.span);
            let probabilities = self.by_class(py, &sentence.score.probabilities)?;
            sentences.append((piece, start, end, self.classes[sentence.score.class].bind(py), probabilities))?;
        }
        let evidence = PyList::empty(py);
        for of in judgement.verdict.telling() {
            let (piece, start, end) = span(&of.span);
            evidence.append((piece, start, end, self.classes[of.class].bind(py), of.weight))?;
        }
        let rules = PyList::empty(py);
        let list = self.rules.as_ref().map_or(&[][..], Rules::list);
        for (rule, found) in judgement.matches.iter().filter_map(|found| Some((list.get(found.rule)?, found))).take(100)
        {
            let (piece, start, end) = span(&found.span);
            rules.append((piece, start, end, &rule.phrase, rule.effect.as_str(), &rule.note, rule.line))?;
        }
        let fields = self.verdict(py, verdict.class, &verdict.probabilities, &verdict.kinds, &judgement)?;
        let fields = PyTuple::new(py, fields)?.into_any();
        let text = PyString::new(py, text).into_any();
        PyTuple::new(py, [text, fields, sentences.into_any(), evidence.into_any(), rules.into_any()])
    }
}

/// Model of a file, and its bytes.
fn open(py: Python<'_>, path: &Path) -> PyResult<(Model, Origin)> {
    let (bytes, read) = py.detach(|| {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
        (bytes, read)
    });
    read.map_err(|error| os_error(path, &error))?;
    match py.detach(|| Model::from_bytes(&bytes)) {
        Ok(model) => Ok((model, Origin::Bytes(bytes))),
        Err(error) => Err(model_error(path, &error)),
    }
}

/// Error of a model file.
pub fn model_error(path: &Path, error: &ModelError) -> PyErr {
    PyValueError::new_err(format!("{}: {error}", path.display()))
}

/// Error of the system about a file: FileNotFoundError and the like.
pub fn os_error(path: &Path, error: &std::io::Error) -> PyErr {
    match error.raw_os_error() {
        // Of OSError with these arguments Python makes the error of that number.
        Some(number) => {
            let system = error.to_string();
            let text = system.split(" (os error").next().unwrap_or_default().to_owned();
            PyOSError::new_err((number, text, path.as_os_str().to_owned()))
        }
        None if error.kind() == std::io::ErrorKind::InvalidData => {
            PyValueError::new_err(format!("{}: {error}", path.display()))
        }
        None => PyErr::from(std::io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
    }
}

/// Error of a list of rules.
fn rules_error(path: &Path, error: RulesError) -> PyErr {
    match &error {
        RulesError::Io { error, .. } => os_error(path, error),
        error => PyValueError::new_err(error.to_string()),
    }
}
