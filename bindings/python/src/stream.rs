//! Verdicts on an iterator of any length.

use std::collections::VecDeque;

use pyo3::prelude::*;

use crate::engine::Engine;
use crate::texts::{Reader, Texts};

/// Iterator over the verdicts on the comments of another one: a batch is read, scored, and given out one by one.
#[pyclass(module = "naqd._naqd")]
pub struct Stream {
    engine: Py<Engine>,
    reader: Reader,
    texts: Texts,
    batch: usize,
    ready: VecDeque<Py<PyAny>>,
    /// Error of the comment after those that are ready.
    failed: Option<PyErr>,
}

impl Stream {
    pub fn new(engine: Py<Engine>, reader: Reader, batch: usize) -> Stream {
        Stream { engine, reader, texts: Texts::default(), batch, ready: VecDeque::new(), failed: None }
    }
}

#[pymethods]
impl Stream {
    fn __iter__(stream: PyRef<'_, Self>) -> PyRef<'_, Self> {
        stream
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if self.ready.is_empty() && self.failed.is_none() {
            // What was read before an error is given out before it.
            self.failed = self.reader.read(py, self.batch, &mut self.texts).err();
            self.ready.extend(self.engine.get().verdicts(py, &self.texts)?);
        }
        match self.ready.pop_front() {
            Some(verdict) => Ok(Some(verdict)),
            None => self.failed.take().map_or(Ok(None), Err),
        }
    }
}
