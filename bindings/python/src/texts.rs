//! Comments taken out of Python, some thousand at a time.

use std::ops::Range;

use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyIterator, PyString};

/// Comments and bytes of a chunk; after each a signal, such as that of Ctrl-C, is heard.
const CHUNK: usize = 4096;
const CHUNK_BYTES: usize = 4 << 20;

/// Maximum size of a comment in bytes, that of a row in naqd-score.
const MAX_COMMENT: usize = 16 << 20;

/// Comments in one piece of memory.
#[derive(Default)]
pub struct Texts {
    text: String,
    /// Place of each comment; none of one that is missing.
    places: Vec<Option<Range<usize>>>,
}

impl Texts {
    /// Comments in their order, none where one is missing.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.places.iter().map(|place| self.at(place))
    }

    /// Comment of a place.
    pub fn at(&self, place: &Option<Range<usize>>) -> Option<&str> {
        place.clone().map(|place| &self.text[place])
    }

    /// Places of all comments.
    pub fn places(&self) -> &[Option<Range<usize>>] {
        &self.places
    }

    /// Number of bytes.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    fn push(&mut self, bytes: &[u8]) {
        let start = self.text.len();
        self.text.push_str(std::str::from_utf8(bytes).expect("UTF-8, since it was encoded so"));
        self.places.push(Some(start..self.text.len()));
    }
}

/// Comments as they are read from Python.
pub struct Reader {
    items: Py<PyIterator>,
    /// Number of comments read.
    count: usize,
    /// True if a comment may be missing.
    keep_missing: bool,
}

impl Reader {
    /// Reader of what an object gives when it is iterated over.
    ///
    /// # Errors
    /// It cannot be.
    pub fn new(comments: &Bound<'_, PyAny>, keep_missing: bool) -> PyResult<Reader> {
        Ok(Reader { items: comments.try_iter()?.unbind(), count: 0, keep_missing })
    }

    /// Reads the next chunk of at most `most` comments into `texts`, empty at the end; the error is of the comment after
    /// those that were read.
    pub fn read(&mut self, py: Python<'_>, most: usize, texts: &mut Texts) -> PyResult<()> {
        texts.text.clear();
        if texts.text.capacity() > 2 * CHUNK_BYTES {
            texts.text = String::new();
        }
        texts.places.clear();
        py.check_signals()?;
        let mut items = self.items.bind(py).clone();
        while texts.places.len() < most.min(CHUNK) && texts.text.len() < CHUNK_BYTES {
            let Some(item) = items.next() else { return Ok(()) };
            let place = self.count;
            self.count += 1;
            self.push(place, &item?, texts)?;
        }
        Ok(())
    }

    fn push(&self, place: usize, item: &Bound<'_, PyAny>, texts: &mut Texts) -> PyResult<()> {
        if let Ok(text) = item.cast::<PyString>() {
            let utf8 = text.encode_utf8().map_err(|error| surrogate(item.py(), error, "comments", place))?;
            let bytes = utf8.as_bytes();
            if bytes.len() > MAX_COMMENT {
                return Err(PyValueError::new_err(format!(
                    "comments[{place}]: {} bytes in UTF-8, expected at most {MAX_COMMENT}: is it one comment? cut it, or \
                     leave it out",
                    bytes.len()
                )));
            }
            texts.push(bytes);
        } else if !is_missing(item) {
            let hint = match &*item.get_type().name()?.to_string_lossy() {
                "bytes" => ": decode it, .decode(\"utf-8\")",
                "list" | "tuple" | "ndarray" => ": one column of comments is needed",
                _ => "",
            };
            return Err(PyTypeError::new_err(format!(
                "comments[{place}]: {}, expected a str{hint}",
                item.get_type().name()?
            )));
        } else if self.keep_missing {
            texts.places.push(None);
        } else {
            return Err(PyValueError::new_err(format!(
                "comments[{place}]: {}, a missing value, expected a str: leave such comments out, with .dropna() or \
                 .drop_nulls(), or keep them without a verdict, with missing=\"keep\"",
                item.str()?
            )));
        }
        Ok(())
    }
}

/// True for None, NaN, and what pandas has for a missing value.
pub fn is_missing(item: &Bound<'_, PyAny>) -> bool {
    if item.is_none() {
        return true;
    }
    if let Ok(number) = item.cast::<PyFloat>() {
        return number.extract::<f64>().is_ok_and(f64::is_nan);
    }
    let is_named = |name: Bound<'_, PyString>| ["NAType", "NaTType"].contains(&&*name.to_string_lossy());
    item.get_type().name().is_ok_and(is_named)
}

/// The error of a text that is no Unicode text, with its place and a remedy.
pub fn surrogate(py: Python<'_>, error: PyErr, what: &str, place: usize) -> PyErr {
    let named = || -> PyResult<PyErr> {
        let value = error.value(py);
        let [encoding, object, start, end] =
            ["encoding", "object", "start", "end"].map(|name| value.getattr(name).map(Bound::unbind));
        let reason = format!(
            "surrogates not allowed, in {what}[{place}]: half of a character; replace it, \
             .encode(\"utf-8\", \"replace\").decode()"
        );
        Ok(PyUnicodeEncodeError::new_err((encoding?, object?, start?, end?, reason)))
    };
    if error.is_instance_of::<PyUnicodeEncodeError>(py) { named().unwrap_or(error) } else { error }
}
