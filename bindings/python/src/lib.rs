//! Native part of the Python module `naqd`; `python/naqd` has what people call.

mod engine;
mod pools;
mod stream;
mod texts;
mod training;

use std::ffi::OsString;

use pyo3::prelude::*;

/// Native part of the module naqd.
#[pymodule]
mod _naqd {
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::run_program;
    #[pymodule_export]
    use super::stream::Stream;
    #[pymodule_export]
    use super::training::{Training, find_columns, train};

    /// Version of naqd.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}

/// Runs a program of naqd, `score` or another, with its arguments; returns its exit code.
#[pyfunction]
fn run_program(py: Python<'_>, program: &str, arguments: Vec<OsString>) -> PyResult<u8> {
    let all = std::iter::once(OsString::from(format!("naqd-{program}"))).chain(arguments);
    Ok(match program {
        "score" => py.detach(|| naqd_score::main_with(all)),
        "train" => py.detach(|| naqd_train::main_with(all)),
        "report" => py.detach(|| naqd_report::main_with(all)),
        "audit" => py.detach(|| naqd_audit::main_with(all)),
        "import" => py.detach(|| naqd_import::main_with(all)),
        _ => {
            let message = format!("no program {program:?}, expected score, train, report, audit or import");
            return Err(pyo3::exceptions::PyValueError::new_err(message));
        }
    })
}
