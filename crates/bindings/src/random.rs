//! Random numbers into buffers; documented in `emberharmony.ops`, defined in `docs/architecture/random_numbers.md`.

use crate::buffers::{Buffer, Number};
use crate::signals::answering;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use random::Key;
use simd::Level;

/// Elements that one thread makes before it looks at the queue again: well below a millisecond of work.
const PART: usize = 1 << 16;

/// The same for the distributions that are made one by one, at up to a microsecond each.
const SLOW_PART: usize = 1 << 13;

const FLOATS: &str = "float32 or float64";

/// Run `work(first, part)` over parts of `out` without the GIL, while Ctrl-C is answered.
fn over_parts<T: Send>(
    py: Python<'_>,
    out: &mut [T],
    size: usize,
    threads: usize,
    work: impl Fn(usize, &mut [T]) + Send + Sync,
) -> PyResult<()> {
    answering(py, |poll| threads::each_part(out, size, threads, poll, work))
}

/// Positions end at 2**63: the counters above belong to `split` and `fold_in`.
fn check_positions(function: &str, start: u64, len: usize) -> PyResult<()> {
    if start.checked_add(len as u64).is_some_and(|end| end <= 1 << 63) {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "{function} got start {start} for {len} elements; expected an end of at most 2**63"
    )))
}

type Fill<T> = fn(Level, Key, u64, &mut [T]);

/// One of two functions, by the format of the buffer.
fn fill<N: Number, W: Number>(
    out: &Bound<'_, PyAny>,
    (function, expected): (&str, &str),
    (key, start, threads): (Key, u64, usize),
    narrow: Fill<N>,
    wide: Fill<W>,
) -> PyResult<()> {
    let (py, level) = (out.py(), Level::best());
    let mut buffer = Buffer::output(out, function, expected)?;
    check_positions(function, start, buffer.len())?;
    if let Some(out) = buffer.as_mut_slice::<N>() {
        return over_parts(py, out, PART, threads, |first, part| narrow(level, key, start + first as u64, part));
    }
    if let Some(out) = buffer.as_mut_slice::<W>() {
        return over_parts(py, out, PART, threads, |first, part| wide(level, key, start + first as u64, part));
    }
    Err(buffer.wrong_format(expected))
}

/// Both words of a block.
#[pyfunction]
pub fn threefry(hi: u32, lo: u32, c0: u32, c1: u32) -> (u32, u32) {
    random::threefry2x32(Key { hi, lo }, [c0, c1]).into()
}

macro_rules! fills {
    ($($(#[$doc:meta])* $name:ident: $narrow:ident or $wide:ident, $expected:expr;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        pub fn $name(out: &Bound<'_, PyAny>, hi: u32, lo: u32, start: u64, threads: usize) -> PyResult<()> {
            let name = (stringify!($name), $expected);
            fill(out, name, (Key { hi, lo }, start, threads), random::$narrow, random::$wide)
        }
    )*};
}

fills! {
    /// Words.
    random_bits: bits32 or bits64, "uint32 or uint64";
    /// From 0 to below 1.
    random_uniform: uniform32 or uniform64, FLOATS;
    /// Mean 0, deviation 1.
    random_normal: normal32 or normal64, FLOATS;
    /// Mean 1.
    random_exponential: exponential32 or exponential64, FLOATS;
    /// Location 0, scale 1.
    random_gumbel: gumbel32 or gumbel64, FLOATS;
}

/// A distribution with parameters into a buffer of `T`; `draw(first position, parameters, part)`.
fn sample<T: Number, const N: usize>(
    out: &Bound<'_, PyAny>,
    (function, expected): (&str, &str),
    (start, threads): (u64, usize),
    parameters: [(&str, &Bound<'_, PyAny>); N],
    draw: impl Fn(u64, [&[f64]; N], &mut [T]) + Send + Sync,
) -> PyResult<()> {
    let mut buffer = Buffer::output(out, function, expected)?;
    let len = buffer.len();
    check_positions(function, start, len)?;
    let mut numbers = [const { Vec::new() }; N];
    for (numbers, (argument, object)) in numbers.iter_mut().zip(parameters) {
        *numbers = Buffer::parameter(object, function, argument, len)?;
    }
    let Some(memory) = buffer.as_mut_slice::<T>() else {
        return Err(buffer.wrong_format(expected));
    };
    over_parts(out.py(), memory, SLOW_PART, threads, |first, part| {
        let mine = numbers.each_ref().map(|p| if p.len() == 1 { &p[..] } else { &p[first..first + part.len()] });
        draw(start + first as u64, mine, part);
    })
}

/// Scale 1.
#[pyfunction]
pub fn random_gamma(
    out: &Bound<'_, PyAny>,
    hi: u32,
    lo: u32,
    start: u64,
    shape: &Bound<'_, PyAny>,
    threads: usize,
) -> PyResult<()> {
    sample(out, ("random_gamma", "float64"), (start, threads), [("shape", shape)], |start, [shape], part| {
        random::gamma(Key { hi, lo }, start, shape, part);
    })
}

/// Counts of a rate.
#[pyfunction]
pub fn random_poisson(
    out: &Bound<'_, PyAny>,
    hi: u32,
    lo: u32,
    start: u64,
    rate: &Bound<'_, PyAny>,
    threads: usize,
) -> PyResult<()> {
    sample(out, ("random_poisson", "int64"), (start, threads), [("rate", rate)], |start, [rate], part| {
        random::poisson(Key { hi, lo }, start, rate, part);
    })
}

/// Successes in n trials.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // the names and the order of the Python function
pub fn random_binomial(
    out: &Bound<'_, PyAny>,
    hi: u32,
    lo: u32,
    start: u64,
    n: &Bound<'_, PyAny>,
    p: &Bound<'_, PyAny>,
    threads: usize,
) -> PyResult<()> {
    sample(out, ("random_binomial", "int64"), (start, threads), [("n", n), ("p", p)], |start, [n, p], part| {
        random::binomial(Key { hi, lo }, start, n, p, part);
    })
}

/// Between two bounds.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // the names and the order of the Python function
pub fn random_truncated_normal(
    out: &Bound<'_, PyAny>,
    hi: u32,
    lo: u32,
    start: u64,
    lower: &Bound<'_, PyAny>,
    upper: &Bound<'_, PyAny>,
    threads: usize,
) -> PyResult<()> {
    let name = ("random_truncated_normal", "float64");
    sample(out, name, (start, threads), [("lower", lower), ("upper", upper)], |start, [lower, upper], part| {
        random::truncated_normal(Key { hi, lo }, start, lower, upper, part);
    })
}
