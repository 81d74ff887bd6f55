//! Work without the GIL that still answers Ctrl-C.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::current;
use std::time::{Duration, Instant};
use threads::Stopped;

/// How long Ctrl-C may wait for an answer; asking takes the GIL.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Run `work(poll)` without the GIL; `poll` says whether a signal's handler has raised. Every thread may call it, as often
/// as it likes; the one that Python called from does the asking.
pub fn answering<R: Send>(
    py: Python<'_>,
    work: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> Result<R, Stopped> + Send,
) -> PyResult<R> {
    let (home, stopped) = (current().id(), AtomicBool::new(false));
    let state = Mutex::new((Instant::now(), Ok(())));
    let poll = || {
        if !stopped.load(Ordering::Relaxed) && current().id() == home {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.0.elapsed() >= ASK_EVERY {
                state.1 = Python::attach(|py: Python<'_>| -> PyResult<()> { py.check_signals() });
                stopped.store(state.1.is_err(), Ordering::Relaxed);
                state.0 = Instant::now();
            }
        }
        stopped.load(Ordering::Relaxed)
    };
    let result = py.detach(|| work(&poll));
    let raised = state.into_inner().unwrap_or_else(PoisonError::into_inner).1;
    // a stop has no other cause than what the signal's handler raised
    result.map_err(|stopped| raised.err().unwrap_or_else(|| PyRuntimeError::new_err(stopped.to_string())))
}
