//! Residues of planes, and matrices of residues.

#![allow(clippy::needless_pass_by_value)] // lists come out of Python by value

use super::planes::{one, one_mut};
use crate::buffers::Buffer;
use crate::signals::answering;
use golden::modular::{charpoly, rank, solve};
use golden::residues::{Combiner, Halves, LIMIT, Prime, primes, reduce, split};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use simd::Level;
use std::sync::Mutex;

/// Numbers that one thread puts together before it looks at the queue again.
const PART: usize = 1 << 10;

fn wrong(function: &str, what: &str) -> PyErr {
    PyValueError::new_err(format!("{function} got {what}"))
}

/// The sizes of slices, where their product does not overflow.
fn size(function: &str, factors: &[usize]) -> PyResult<usize> {
    let product = factors.iter().try_fold(1_usize, |product, &factor| product.checked_mul(factor));
    product.ok_or_else(|| wrong(function, &format!("sizes {factors:?}")))
}

fn known(function: &str, numbers: &[u32]) -> PyResult<Vec<Prime>> {
    let find = |&p: &u32| {
        let next = p.checked_add(1).filter(|&next| next <= LIMIT);
        next.and_then(|next| primes(next, 1).first().copied().filter(|prime| prime.p == p))
            .ok_or_else(|| wrong(function, &format!("{p}; expected one of golden_primes")))
    };
    numbers.iter().map(find).collect()
}

/// The `count` largest primes below `limit` modulo which phi exists; fewer where there are no more.
#[pyfunction]
pub fn golden_primes(limit: u32, count: usize) -> PyResult<Vec<u32>> {
    if limit > LIMIT {
        return Err(wrong("golden_primes", &format!("limit {limit}; expected at most {LIMIT}")));
    }
    Ok(primes(limit, count).iter().map(|prime| prime.p).collect())
}

/// out (primes, 2, n) = both values of each number modulo each prime; x is two planes of n integers of `words` words.
#[pyfunction]
pub fn golden_reduce(
    py: Python<'_>,
    out: &Bound<'_, PyAny>,
    x: (Bound<'_, PyAny>, Bound<'_, PyAny>),
    words: usize,
    primes: Vec<u32>,
    threads: usize,
) -> PyResult<()> {
    let function = "golden_reduce";
    let primes = known(function, &primes)?;
    let mut out = Buffer::output(out, function, "uint32")?;
    let (a, b) = (Buffer::input(&x.0, function, "x", "uint64")?, Buffer::input(&x.1, function, "x", "uint64")?);
    if words == 0 || primes.is_empty() {
        return Err(wrong(function, &format!("{words} words and {} primes; expected at least one", primes.len())));
    }
    let len = a.len() / words;
    let (a, b) = (one::<u64>(&a, len * words)?, one::<u64>(&b, len * words)?);
    let out = one_mut::<u32>(&mut out, size(function, &[primes.len(), 2, len])?)?;
    if len == 0 {
        return Ok(());
    }
    answering(py, |poll| {
        let (a, b) = (Halves::new(words, a), Halves::new(words, b));
        threads::each_part(out, 2 * len, threads, poll, |first, part| {
            let (low, high) = part.split_at_mut(len);
            reduce(Level::best(), primes[first / (2 * len)], &a, &b, low, high);
        })
    })
}

/// How many 64-bit words each integer has that `golden_combine` puts together from these primes.
#[pyfunction]
pub fn golden_words(primes: Vec<u32>) -> PyResult<usize> {
    known("golden_words", &primes)?;
    Ok(Combiner::new(&primes).words())
}

/// out (2, n, words) = both integers of each number whose values modulo each prime are `residues` (primes, 2, n), which
/// are used up; an integer is below a quarter of the product of all primes.
#[pyfunction]
pub fn golden_combine(
    py: Python<'_>,
    out: &Bound<'_, PyAny>,
    residues: &Bound<'_, PyAny>,
    primes: Vec<u32>,
    threads: usize,
) -> PyResult<()> {
    let function = "golden_combine";
    let primes = known(function, &primes)?;
    let mut out = Buffer::output(out, function, "uint64")?;
    let mut residues = Buffer::output_named(residues, function, "residues", "uint32")?;
    let numbers: Vec<_> = primes.iter().map(|prime| prime.p).collect();
    let combiner = Combiner::new(&numbers);
    let words = combiner.words();
    let len = out.len() / words / 2;
    let out = one_mut::<u64>(&mut out, len * words * 2)?;
    let residues = one_mut::<u32>(&mut residues, size(function, &[primes.len(), 2, len])?)?;
    if len == 0 {
        return Ok(());
    }
    check_residues(function, residues, &numbers)?;
    answering(py, |poll| {
        threads::each_part(residues, 2 * len, threads, poll, |first, part| {
            let (low, high) = part.split_at_mut(len);
            split(primes[first / (2 * len)], low, high);
        })?;
        let rows: Vec<&[u32]> = residues.chunks_exact(len).collect();
        let planes = [0, 1].map(|plane| rows.iter().skip(plane).step_by(2).copied().collect::<Vec<_>>());
        let mut parts: Vec<_> = out
            .chunks_mut(len * words)
            .enumerate()
            .flat_map(|(plane, out)| {
                out.chunks_mut(PART * words).enumerate().map(move |(i, out)| (plane, i * PART, out))
            })
            .collect();
        threads::each_part(&mut parts, 1, threads, poll, |_, part| {
            let (plane, first, out) = &mut part[0];
            combiner.combine(&planes[*plane], *first, out);
        })
    })
}

/// For each prime and root: the determinant of the left n x n part of n rows of `width`, into out (primes, 2), and in the
/// place of the rest of `residues` (primes, 2, n, width) its solution times the determinant.
#[pyfunction]
pub fn golden_solve(
    py: Python<'_>,
    out: &Bound<'_, PyAny>,
    residues: &Bound<'_, PyAny>,
    n: usize,
    primes: Vec<u32>,
    threads: usize,
) -> PyResult<()> {
    let function = "golden_solve";
    let mut out = Buffer::output(out, function, "uint32")?;
    let mut residues = Buffer::output_named(residues, function, "residues", "uint32")?;
    let out = one_mut::<u32>(&mut out, size(function, &[primes.len(), 2])?)?;
    let matrix = residues.len().checked_div(2 * primes.len()).unwrap_or(0);
    if n == 0 || !matrix.is_multiple_of(n) || matrix / n < n {
        return Err(wrong(function, &format!("{n} rows and {matrix} elements; expected rows of at least {n}")));
    }
    let residues = one_mut::<u32>(&mut residues, size(function, &[primes.len(), 2, matrix])?)?;
    check_residues(function, residues, &primes)?;
    each_matrix(py, residues, matrix, out, threads, |index, matrix| {
        solve(matrix, n, matrix.len() / n, primes[index / 2])
    })
}

/// The rank for each prime and root of residues (primes, 2, rows, columns), into out (primes, 2); they are used up.
#[pyfunction]
pub fn golden_rank(
    py: Python<'_>,
    out: &Bound<'_, PyAny>,
    residues: &Bound<'_, PyAny>,
    columns: usize,
    primes: Vec<u32>,
    threads: usize,
) -> PyResult<()> {
    let function = "golden_rank";
    let mut out = Buffer::output(out, function, "uint32")?;
    let mut residues = Buffer::output_named(residues, function, "residues", "uint32")?;
    let out = one_mut::<u32>(&mut out, size(function, &[primes.len(), 2])?)?;
    let matrix = residues.len().checked_div(2 * primes.len()).unwrap_or(0);
    if columns == 0 || matrix == 0 || !matrix.is_multiple_of(columns) {
        return Err(wrong(function, &format!("{columns} columns and {matrix} elements; expected whole rows")));
    }
    let residues = one_mut::<u32>(&mut residues, size(function, &[primes.len(), 2, matrix])?)?;
    check_residues(function, residues, &primes)?;
    each_matrix(py, residues, matrix, out, threads, |index, matrix| {
        u32::try_from(rank(matrix, columns, primes[index / 2])).unwrap_or(u32::MAX)
    })
}

/// The same number of residues for each prime, each below it; and primes modulo which phi exists.
fn check_residues(function: &str, residues: &[u32], numbers: &[u32]) -> PyResult<()> {
    known(function, numbers)?;
    let each = residues.len().checked_div(numbers.len()).unwrap_or(0).max(1);
    for (part, &p) in residues.chunks(each).zip(numbers) {
        if let Some(residue) = part.iter().find(|&&residue| residue >= p) {
            return Err(wrong(function, &format!("residue {residue} modulo {p}; expected one below it")));
        }
    }
    Ok(())
}

fn each_matrix(
    py: Python<'_>,
    residues: &mut [u32],
    matrix: usize,
    out: &mut [u32],
    threads: usize,
    work: impl Fn(usize, &mut [u32]) -> u32 + Send + Sync,
) -> PyResult<()> {
    let out = Mutex::new(out);
    answering(py, |poll| {
        threads::each_part(residues, matrix, threads, poll, |first, part| {
            let index = first / matrix;
            let result = work(index, part);
            if let Ok(mut out) = out.lock() {
                out[index] = result; // no thread panics while it holds the lock
            }
        })
    })
}

/// The characteristic polynomial, lowest coefficient first, for each prime and root: out (primes, 2, n + 1) from residues
/// (primes, 2, n, n), which are used up.
#[pyfunction]
pub fn golden_charpoly(
    py: Python<'_>,
    out: &Bound<'_, PyAny>,
    residues: &Bound<'_, PyAny>,
    n: usize,
    primes: Vec<u32>,
    threads: usize,
) -> PyResult<()> {
    let function = "golden_charpoly";
    let mut out = Buffer::output(out, function, "uint32")?;
    let mut residues = Buffer::output_named(residues, function, "residues", "uint32")?;
    let out = one_mut::<u32>(&mut out, size(function, &[n.saturating_add(1), 2, primes.len()])?)?;
    // n first: nothing times a size that overflows would be nothing
    let residues = one_mut::<u32>(&mut residues, size(function, &[n, n, 2, primes.len()])?)?;
    check_residues(function, residues, &primes)?;
    if n == 0 {
        out.fill(1);
        return Ok(());
    }
    let mut jobs: Vec<_> = residues.chunks_mut(n * n).zip(out.chunks_mut(n + 1)).collect();
    answering(py, |poll| {
        threads::each_part(&mut jobs, 1, threads, poll, |index, job| {
            let (matrix, out) = &mut job[0];
            out.copy_from_slice(&charpoly(matrix, n, primes[index / 2]));
        })
    })
}
