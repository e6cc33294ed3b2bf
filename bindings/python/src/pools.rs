//! Thread pools, one for each number of threads.
//!
//! Not rayon's own: its threads are gone in a process that was forked, as those of `multiprocessing` are, and work handed
//! to it there would never be done.

use std::process;
use std::sync::Mutex;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Pool of a process.
struct Pool {
    process: u32,
    threads: usize,
    pool: &'static ThreadPool,
}

/// Pools so far. Locked by who holds the interpreter lock, as who forks does: no fork finds it locked.
static POOLS: Mutex<Vec<Pool>> = Mutex::new(Vec::new());

/// Pool of a number of threads, 0 for all cores.
///
/// # Errors
/// The system gives no threads.
pub fn pool(_: Python<'_>, threads: usize) -> PyResult<&'static ThreadPool> {
    let mut pools = POOLS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Those of the process that this one was forked from have no threads here.
    pools.retain(|pool| pool.process == process::id());
    if let Some(found) = pools.iter().find(|pool| pool.threads == threads) {
        return Ok(found.pool);
    }
    let built = ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("naqd-{n}")).build();
    let pool: &'static ThreadPool = Box::leak(Box::new(built.map_err(|error| PyOSError::new_err(error.to_string()))?));
    pools.push(Pool { process: process::id(), threads, pool });
    Ok(pool)
}
