//! exp, log and their like of golden numbers, rounded to golden integers; documented in `emberharmony.syntonic.nonlinear`.
//!
//! What a value lacks is no exception here but an answer, `(kind, index)`: the Python side knows the names to complain with.

#![allow(clippy::needless_pass_by_value)] // tuples and lists come out of Python by value

use super::integers::{integer, python_int};
use super::planes::{INTEGERS, Pair, by_width, one, one_mut};
use crate::buffers::Buffer;
use crate::signals::answering;
use golden::Golden;
use golden::dashu_int::IBig;
use golden::fixed::{Failure, Function, Plan, Rows, nearest, rounded_quotient, shares, softmax};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::Mutex;

/// Elements that one thread works on before it looks at the queue again: some may take 50 us.
const PART: usize = 1 << 8;

/// What went wrong first, and where.
type Lack = Option<(&'static str, usize)>;

/// Integers of any size out of Python.
type Integers<'py> = Vec<Bound<'py, PyAny>>;

fn kind(failure: Failure) -> &'static str {
    match failure {
        Failure::Domain => "domain",
        Failure::Range => "range",
        Failure::Undecided => "undecided",
        Failure::Wide => "wide",
    }
}

/// The failure of the smallest index, whichever thread finds it first: all parts are worked on.
#[derive(Default)]
struct First(Mutex<Option<(usize, Failure)>>);

impl First {
    fn note(&self, index: usize, failure: Failure) {
        if let Ok(mut first) = self.0.lock() {
            *first = Some(first.map_or((index, failure), |known| known.min((index, failure)))); // nobody panics in here
        }
    }

    fn lack(self) -> Lack {
        self.0.into_inner().ok().flatten().map(|(index, failure)| (kind(failure), index))
    }
}

fn function_of(name: &str) -> PyResult<Function> {
    Function::named(name).ok_or_else(|| PyValueError::new_err(format!("no function {name} of golden numbers")))
}

fn check(function: &str, bound: u64, den: &IBig) -> PyResult<()> {
    if bound <= i64::MAX.cast_unsigned() && *den > IBig::ZERO {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "{function} got bound {bound} and denominator {den}; expected a bound below 2**63 and a positive denominator"
    )))
}

fn plan(function: &str, bound: u64, den: &Bound<'_, PyAny>, numbers: usize) -> PyResult<Plan> {
    let den = integer(den)?;
    check(function, bound, &den)?;
    Ok(Plan::new(bound, den, numbers))
}

/// The golden integer with `|b| <= bound` nearest to `numerator / 2**bits`.
#[pyfunction]
pub fn golden_nearest<'py>(
    py: Python<'py>,
    numerator: &Bound<'py, PyAny>,
    bits: usize,
    bound: u64,
) -> PyResult<(Bound<'py, PyAny>, i64)> {
    check("golden_nearest", bound, &IBig::ONE)?;
    let (a, b) = nearest(&integer(numerator)?, bits, bound);
    Ok((python_int(py, &a)?, b))
}

fn check_rows(function: &str, len: usize, row: usize) -> PyResult<()> {
    if row > 0 && len.is_multiple_of(row) {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("{function} got {len} elements in rows of {row}")))
}

/// Both planes of `out`, int64, and both of `x`.
fn buffers(function: &str, out: Pair<'_>, x: Pair<'_>) -> PyResult<[Buffer; 4]> {
    Ok([
        Buffer::output(&out.0, function, "int64")?,
        Buffer::output(&out.1, function, "int64")?,
        Buffer::input(&x.0, function, "x", INTEGERS)?,
        Buffer::input(&x.1, function, "x", INTEGERS)?,
    ])
}

/// `work(first, a, b)` for each part of both planes of `out`.
fn over_parts(
    py: Python<'_>,
    out: (&mut [i64], &mut [i64]),
    size: usize,
    threads: usize,
    work: impl Fn(usize, &mut [i64], &mut [i64]) + Sync + Send,
) -> PyResult<()> {
    let mut parts: Vec<_> = out.0.chunks_mut(size).zip(out.1.chunks_mut(size)).collect();
    answering(py, |poll| {
        threads::each_part(&mut parts, 1, threads, poll, |index, part| {
            let (a, b) = &mut part[0];
            work(index * size, a, b);
        })
    })
}

/// out = f(x), rounded; int64.
#[pyfunction]
pub fn golden_function(
    py: Python<'_>,
    name: &str,
    out: Pair<'_>,
    x: Pair<'_>,
    den: &Bound<'_, PyAny>,
    bound: u64,
    threads: usize,
) -> PyResult<Lack> {
    let me = "golden_function";
    let (function, [mut a, mut b, xa, xb]) = (function_of(name)?, buffers(me, out, x)?);
    let len = a.len();
    let (plan, first) = (plan(me, bound, den, len)?, First::default());
    by_width!(xa, T => {
        let x = (one::<T>(&xa, len)?, one::<T>(&xb, len)?);
        over_parts(py, (one_mut(&mut a, len)?, one_mut(&mut b, len)?), PART, threads, |start, a, b| {
            let here = start..start + a.len();
            if let Err((index, failure)) = plan.fill(function, (a, b), (&x.0[here.clone()], &x.1[here])) {
                first.note(start + index, failure);
            }
        })
    })?;
    Ok(first.lack())
}

/// out = the softmax of each row of `row` elements, rounded; int64.
#[pyfunction]
pub fn golden_softmax(
    py: Python<'_>,
    out: Pair<'_>,
    x: Pair<'_>,
    row: usize,
    den: &Bound<'_, PyAny>,
    bound: u64,
    threads: usize,
) -> PyResult<Lack> {
    let me = "golden_softmax";
    let [mut a, mut b, xa, xb] = buffers(me, out, x)?;
    let len = a.len();
    check_rows(me, len, row)?;
    let (plan, first) = (plan(me, bound, den, len)?, First::default());
    by_width!(xa, T => {
        let x = (one::<T>(&xa, len)?, one::<T>(&xb, len)?);
        let size = (PART / row).max(1) * row;
        over_parts(py, (one_mut(&mut a, len)?, one_mut(&mut b, len)?), size, threads, |start, a, b| {
            let mut rows = Rows::new(&plan);
            for (k, (a, b)) in a.chunks_mut(row).zip(b.chunks_mut(row)).enumerate() {
                let here = start + k * row..start + (k + 1) * row;
                if let Err(failure) = rows.fill((a, b), (&x.0[here.clone()], &x.1[here.clone()])) {
                    first.note(here.start, failure);
                }
            }
        })
    })?;
    Ok(first.lack())
}

/// Numbers of any size over one denominator.
fn numbers(me: &str, (a, b, den): (Integers<'_>, Integers<'_>, Bound<'_, PyAny>)) -> PyResult<Vec<Golden>> {
    let (len, den) = (a.len(), integer(&den)?);
    if b.len() != len || den <= IBig::ZERO {
        return Err(PyValueError::new_err(format!(
            "{me} got {len} and {} integers over {den}; expected as many of both and a positive denominator",
            b.len()
        )));
    }
    let number = |(a, b): (&Bound<'_, PyAny>, &Bound<'_, PyAny>)| {
        Golden::new(integer(a)?, integer(b)?, den.clone()).map_err(|error| PyValueError::new_err(error.to_string()))
    };
    a.iter().zip(&b).map(number).collect()
}

/// `work(index)` for each index, which says where its results go; what they came to, or what went wrong first.
fn over_indices<R: Send + Clone + Default>(
    py: Python<'_>,
    len: usize,
    threads: usize,
    work: impl Fn(usize) -> Result<R, Failure> + Sync + Send,
) -> PyResult<(Lack, Vec<R>)> {
    let (first, mut out) = (First::default(), vec![R::default(); len]);
    answering(py, |poll| {
        threads::each_part(&mut out, 1, threads, poll, |index, part| match work(index) {
            Ok(found) => part[0] = found,
            Err(failure) => first.note(index, failure),
        })
    })?;
    Ok((first.lack(), out))
}

/// What went wrong, and both planes.
type Answer<'py> = (Lack, Integers<'py>, Vec<i64>);

fn answer(py: Python<'_>, (lack, found): (Lack, Vec<(IBig, i64)>)) -> PyResult<Answer<'_>> {
    let (a, b): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    Ok((lack, a.iter().map(|a| python_int(py, a)).collect::<PyResult<_>>()?, b))
}

type Big<'py> = (Integers<'py>, Integers<'py>, Bound<'py, PyAny>);

/// f(x), rounded, at any size.
#[pyfunction]
pub fn golden_function_big<'py>(
    py: Python<'py>,
    name: &str,
    x: Big<'py>,
    bound: u64,
    threads: usize,
) -> PyResult<Answer<'py>> {
    let me = "golden_function_big";
    let (function, plan) = (function_of(name)?, plan(me, bound, &x.2, 0)?);
    let x = numbers(me, x)?;
    answer(py, over_indices(py, x.len(), threads, |i| plan.exact(function, &x[i]))?)
}

/// The softmax of each row, rounded, at any size.
#[pyfunction]
pub fn golden_softmax_big<'py>(
    py: Python<'py>,
    x: Big<'py>,
    row: usize,
    bound: u64,
    threads: usize,
) -> PyResult<Answer<'py>> {
    let me = "golden_softmax_big";
    let plan = plan(me, bound, &x.2, 0)?;
    let x = numbers(me, x)?;
    check_rows(me, x.len(), row)?;
    let (lack, rows) = over_indices(py, x.len() / row, threads, |i| softmax(&plan, &x[i * row..(i + 1) * row]))?;
    answer(py, (lack.map(|(kind, index)| (kind, index * row)), rows.into_iter().flatten().collect()))
}

/// The shares of `total` of each row, in proportion to the powers of e.
#[pyfunction]
pub fn golden_shares<'py>(
    py: Python<'py>,
    x: Big<'py>,
    row: usize,
    total: &Bound<'py, PyAny>,
    threads: usize,
) -> PyResult<(Lack, Integers<'py>)> {
    let me = "golden_shares";
    let (plan, total) = (plan(me, 0, &x.2, 0)?, integer(total)?);
    let x = numbers(me, x)?;
    check_rows(me, x.len(), row)?;
    let (lack, rows) = over_indices(py, x.len() / row, threads, |i| shares(&plan, &x[i * row..(i + 1) * row], &total))?;
    let found = rows.iter().flatten().map(|share| python_int(py, share)).collect::<PyResult<_>>()?;
    Ok((lack.map(|(kind, index)| (kind, index * row)), found))
}

/// n / sqrt(q) + shift of each element, rounded.
#[pyfunction]
pub fn golden_quotients<'py>(
    py: Python<'py>,
    n: Big<'py>,
    q: Big<'py>,
    shift: Big<'py>,
    bound: u64,
    threads: usize,
) -> PyResult<Answer<'py>> {
    let me = "golden_quotients";
    check(me, bound, &IBig::ONE)?;
    let (n, q, shift) = (numbers(me, n)?, numbers(me, q)?, numbers(me, shift)?);
    if [q.len(), shift.len()] != [n.len(); 2] {
        return Err(PyValueError::new_err(format!("{me} got {}, {} and {} numbers", n.len(), q.len(), shift.len())));
    }
    answer(py, over_indices(py, n.len(), threads, |i| rounded_quotient(&n[i], &q[i], &shift[i], bound))?)
}
