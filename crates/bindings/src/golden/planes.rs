//! Kernels on planes of integers; each says what it does in the golden crate, and who calls it in `emberharmony.syntonic`.

#![allow(clippy::many_single_char_names)] // (a + b phi)(c + d phi), as in the equations
#![allow(clippy::needless_pass_by_value)] // tuples come out of Python by value

use super::integers::integer;
use crate::buffers::{Buffer, Number};
use crate::signals::answering;
use golden::Width;
use golden::elementwise::{Extent, Operation, Second, elementwise};
use golden::floats::{TooLarge, to_floats};
use golden::order::{argmax, argsort, comparisons, signs};
use golden::product::{Shape, Sum, instructions, matmul};
use golden::snap::{self, Table, Trouble};
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use simd::Level;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use threads::Stopped;

/// Elements that one thread works on before it looks at the queue again.
const PART: usize = 1 << 16;

pub const INTEGERS: &str = "int8, int16, int32 or int64";

/// `$body` with `$t` as the width of a buffer's elements.
macro_rules! by_width {
    ($buffer:expr, $t:ident => $body:expr) => {
        if $buffer.as_slice::<i8>().is_some() {
            type $t = i8;
            $body
        } else if $buffer.as_slice::<i16>().is_some() {
            type $t = i16;
            $body
        } else if $buffer.as_slice::<i32>().is_some() {
            type $t = i32;
            $body
        } else if $buffer.as_slice::<i64>().is_some() {
            type $t = i64;
            $body
        } else {
            Err($buffer.wrong_format(INTEGERS))
        }
    };
}
pub(super) use by_width;

/// Two planes of one argument.
struct Planes {
    a: Buffer,
    b: Buffer,
}

impl Planes {
    fn input(planes: &(Bound<'_, PyAny>, Bound<'_, PyAny>), function: &str, name: &str) -> PyResult<Self> {
        Ok(Self {
            a: Buffer::input(&planes.0, function, name, INTEGERS)?,
            b: Buffer::input(&planes.1, function, name, INTEGERS)?,
        })
    }

    fn output(planes: &(Bound<'_, PyAny>, Bound<'_, PyAny>), function: &str) -> PyResult<Self> {
        Ok(Self {
            a: Buffer::output(&planes.0, function, INTEGERS)?,
            b: Buffer::output(&planes.1, function, INTEGERS)?,
        })
    }

    /// Both planes, `len` elements each.
    fn get<T: Number>(&self, len: usize) -> PyResult<(&[T], &[T])> {
        Ok((one(&self.a, len)?, one(&self.b, len)?))
    }

    fn get_mut<T: Number>(&mut self, len: usize) -> PyResult<(&mut [T], &mut [T])> {
        Ok((one_mut(&mut self.a, len)?, one_mut(&mut self.b, len)?))
    }
}

fn check_len(buffer: &Buffer, len: usize) -> PyResult<()> {
    if buffer.len() == len {
        return Ok(());
    }
    let (name, found) = (buffer.name(), buffer.len());
    Err(PyValueError::new_err(format!("{name} of {found} elements; expected {len}")))
}

pub fn one<T: Number>(buffer: &Buffer, len: usize) -> PyResult<&[T]> {
    check_len(buffer, len)?;
    buffer.as_slice().ok_or_else(|| buffer.wrong_format("the integers of the other planes"))
}

pub fn one_mut<T: Number>(buffer: &mut Buffer, len: usize) -> PyResult<&mut [T]> {
    check_len(buffer, len)?;
    let wrong = buffer.wrong_format("the integers of the other planes");
    buffer.as_mut_slice().ok_or(wrong)
}

pub type Pair<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// out = x (operation) y; y may be one number for all. Gives the largest |a| and |b| that came out.
#[pyfunction]
pub fn golden_elementwise(
    py: Python<'_>,
    operation: &str,
    out: Pair<'_>,
    x: Pair<'_>,
    y: Pair<'_>,
    threads: usize,
) -> PyResult<(u64, u64)> {
    let function = "golden_elementwise";
    let operation = match operation {
        "add" => Operation::Add,
        "subtract" => Operation::Subtract,
        "multiply" => Operation::Multiply,
        _ => return Err(PyValueError::new_err(format!("{function} got operation {operation}"))),
    };
    let (mut out, x, y) =
        (Planes::output(&out, function)?, Planes::input(&x, function, "x")?, Planes::input(&y, function, "y")?);
    by_width!(out.a, T => {
        let len = out.a.len();
        let (a, b) = out.get_mut::<T>(len)?;
        let x = x.get::<T>(len)?;
        let y = y.get::<T>(if y.a.len() == 1 { 1 } else { len })?;
        over_parts(py, operation, (a, b), x, y, threads)
    })
}

fn over_parts<T: Width + Number>(
    py: Python<'_>,
    operation: Operation,
    out: (&mut [T], &mut [T]),
    x: (&[T], &[T]),
    y: (&[T], &[T]),
    threads: usize,
) -> PyResult<(u64, u64)> {
    let (level, total) = (Level::best(), Mutex::new(Extent::<T>::default()));
    let mut parts: Vec<_> = out.0.chunks_mut(PART).zip(out.1.chunks_mut(PART)).collect();
    answering(py, |poll| {
        threads::each_part(&mut parts, 1, threads, poll, |index, part| {
            let (a, b) = &mut part[0];
            let here = index * PART..index * PART + a.len();
            let second = if y.0.len() == 1 {
                Second::All(y.0[0], y.1[0])
            } else {
                Second::Each(&y.0[here.clone()], &y.1[here.clone()])
            };
            let extent = elementwise(level, operation, a, b, (&x.0[here.clone()], &x.1[here]), second);
            if let Ok(mut total) = total.lock() {
                *total = total.join(extent); // no thread panics while it holds the lock
            }
        })
    })?;
    Ok(total.into_inner().map_or((u64::MAX, u64::MAX), Extent::bounds))
}

/// out = the sign of each number, as int8.
#[pyfunction]
pub fn golden_signs(py: Python<'_>, out: &Bound<'_, PyAny>, x: Pair<'_>, threads: usize) -> PyResult<()> {
    let function = "golden_signs";
    let (mut out, x) = (Buffer::output(out, function, "int8")?, Planes::input(&x, function, "x")?);
    by_width!(x.a, T => {
        let len = out.len();
        let (a, b) = x.get::<T>(len)?;
        let out = one_mut::<i8>(&mut out, len)?;
        answering(py, |poll| threads::each_part(out, PART, threads, poll, |first, part| {
            signs(part, &a[first..first + part.len()], &b[first..first + part.len()]);
        }))
    })
}

/// out = the sign of each difference x - y, as int8.
#[pyfunction]
pub fn golden_compare(
    py: Python<'_>,
    out: &Bound<'_, PyAny>,
    x: Pair<'_>,
    y: Pair<'_>,
    threads: usize,
) -> PyResult<()> {
    let function = "golden_compare";
    let mut out = Buffer::output(out, function, "int8")?;
    let (x, y) = (Planes::input(&x, function, "x")?, Planes::input(&y, function, "y")?);
    by_width!(x.a, T => {
        let len = out.len();
        let ((a, b), (c, d)) = (x.get::<T>(len)?, y.get::<T>(len)?);
        let out = one_mut::<i8>(&mut out, len)?;
        answering(py, |poll| threads::each_part(out, PART, threads, poll, |first, part| {
            let here = first..first + part.len();
            comparisons(part, (&a[here.clone()], &b[here.clone()]), (&c[here.clone()], &d[here.clone()]));
        }))
    })
}

/// out = the indices that sort each row of `row` elements, as int64.
#[pyfunction]
pub fn golden_argsort(py: Python<'_>, out: &Bound<'_, PyAny>, x: Pair<'_>, row: usize, threads: usize) -> PyResult<()> {
    let function = "golden_argsort";
    let (mut out, x) = (Buffer::output(out, function, "int64")?, Planes::input(&x, function, "x")?);
    by_width!(x.a, T => {
        let len = out.len();
        check_rows(function, len, row)?;
        let (a, b) = x.get::<T>(len)?;
        let out = one_mut::<i64>(&mut out, len)?;
        answering(py, |poll| {
            let stopped = AtomicBool::new(false);
            threads::each_part(out, row.max(1), threads, poll, |first, part| {
                if argsort(part, &a[first..first + part.len()], &b[first..first + part.len()], poll).is_err() {
                    stopped.store(true, Ordering::Relaxed);
                }
            })?;
            // the last row may stop when no more are asked for
            if stopped.into_inner() { Err(Stopped) } else { Ok(()) }
        })
    })
}

/// out = the index of the first largest element of each row of `row` elements, as int64.
#[pyfunction]
pub fn golden_argmax(py: Python<'_>, out: &Bound<'_, PyAny>, x: Pair<'_>, row: usize, threads: usize) -> PyResult<()> {
    let function = "golden_argmax";
    let (mut out, x) = (Buffer::output(out, function, "int64")?, Planes::input(&x, function, "x")?);
    by_width!(x.a, T => {
        let len = x.a.len();
        check_rows(function, len, row)?;
        let (a, b) = x.get::<T>(len)?;
        let out = one_mut::<i64>(&mut out, len.checked_div(row).unwrap_or(0))?;
        answering(py, |poll| threads::each_part(out, 1, threads, poll, |first, part| {
            let here = first * row..(first + 1) * row;
            part[0] = argmax(&a[here.clone()], &b[here]);
        }))
    })
}

fn check_rows(function: &str, len: usize, row: usize) -> PyResult<()> {
    if len == 0 || (row > 0 && len.is_multiple_of(row)) {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("{function} got {len} elements in rows of {row}")))
}

/// out = the nearest double of each number over `den`.
#[pyfunction]
pub fn golden_floats(
    py: Python<'_>,
    out: &Bound<'_, PyAny>,
    x: Pair<'_>,
    den: &Bound<'_, PyAny>,
    threads: usize,
) -> PyResult<()> {
    let function = "golden_floats";
    let (mut out, x, den) =
        (Buffer::output(out, function, "float64")?, Planes::input(&x, function, "x")?, integer(den)?);
    if den.is_zero() {
        return Err(PyValueError::new_err(format!("{function} got denominator 0")));
    }
    by_width!(x.a, T => {
        let len = out.len();
        let (a, b) = x.get::<T>(len)?;
        let out = one_mut::<f64>(&mut out, len)?;
        let (level, bad) = (Level::best(), Mutex::new(None::<usize>));
        answering(py, |poll| threads::each_part(out, PART, threads, poll, |first, part| {
            let here = first..first + part.len();
            if let Err(TooLarge(index)) = to_floats(level, part, &a[here.clone()], &b[here], &den)
                && let Ok(mut bad) = bad.lock()
            {
                *bad = Some(bad.map_or(first + index, |known| known.min(first + index)));
            }
        }))?;
        match bad.into_inner() {
            Ok(Some(index)) => {
                Err(PyOverflowError::new_err(format!("element {index} is too large for a float")))
            }
            _ => Ok(()),
        }
    })
}

/// out = x y, of rows x depth and depth x columns; out is zero before, int32 or int64; `block` is as deep as 32 bits hold.
#[pyfunction]
pub fn golden_matmul(
    py: Python<'_>,
    out: Pair<'_>,
    x: Pair<'_>,
    y: Pair<'_>,
    shape: (usize, usize, usize),
    block: usize,
    threads: usize,
) -> PyResult<()> {
    let function = "golden_matmul";
    let (mut out, x, y) =
        (Planes::output(&out, function)?, Planes::input(&x, function, "x")?, Planes::input(&y, function, "y")?);
    let (rows, depth, columns) = shape;
    let size = |x: usize, y: usize| {
        x.checked_mul(y).ok_or_else(|| PyValueError::new_err(format!("{function} got shape {shape:?}")))
    };
    let (left, right, result) = (size(rows, depth)?, size(depth, columns)?, size(rows, columns)?);
    if block < 2 {
        return Err(PyValueError::new_err(format!("{function} got block {block}; expected at least 2")));
    }
    let shape = Shape { rows, depth, columns };
    by_width!(x.a, T => {
        let (x, y) = (x.get::<T>(left)?, y.get::<T>(right)?);
        if out.a.as_slice::<i32>().is_some() {
            product::<T, i32>(py, shape, block, out.get_mut(result)?, x, y, threads)
        } else {
            product::<T, i64>(py, shape, block, out.get_mut(result)?, x, y, threads)
        }
    })
}

fn product<T: Width + Number, S: Sum + Number>(
    py: Python<'_>,
    shape: Shape,
    block: usize,
    out: (&mut [S], &mut [S]),
    x: (&[T], &[T]),
    y: (&[T], &[T]),
    threads: usize,
) -> PyResult<()> {
    answering(py, |poll| matmul(Level::best(), shape, block, out.0, out.1, x, y, threads, poll))
}

/// Which instructions the products of 16-bit planes use here.
#[pyfunction]
pub fn golden_instructions() -> &'static str {
    instructions(Level::best())
}

/// out = the nearest element with |b| <= bound to each double: int64 planes.
#[pyfunction]
pub fn golden_snap(
    py: Python<'_>,
    out: Pair<'_>,
    x: &Bound<'_, PyAny>,
    bound: u32,
    threads: usize,
) -> PyResult<(u64, u64)> {
    let function = "golden_snap";
    if bound > snap::LARGEST {
        return Err(PyValueError::new_err(format!("{function} got bound {bound}; expected at most {}", snap::LARGEST)));
    }
    let (mut out, x) = (Planes::output(&out, function)?, Buffer::input(x, function, "x", "float64")?);
    let len = x.len();
    let x = one::<f64>(&x, len)?;
    let (a, b) = out.get_mut::<i64>(len)?;
    let found = Mutex::new((0, 0, None::<Trouble>));
    let mut parts: Vec<_> = a.chunks_mut(PART).zip(b.chunks_mut(PART)).collect();
    answering(py, |poll| {
        let (table, level) = (Table::new(bound), Level::best());
        threads::each_part(&mut parts, 1, threads, poll, |index, part| {
            let (a, b) = &mut part[0];
            let first = index * PART;
            let result = table.snap(level, &x[first..first + a.len()], a, b);
            let Ok(mut found) = found.lock() else { return }; // no thread panics while it holds the lock
            match result {
                Ok((a, b)) => (found.0, found.1) = (a.max(found.0), b.max(found.1)),
                Err(trouble) => {
                    let trouble = trouble.after(first);
                    found.2 = Some(
                        found.2.map_or(trouble, |known| if known.place() < trouble.place() { known } else { trouble }),
                    );
                }
            }
        })
    })?;
    let found = found.into_inner().unwrap_or((u64::MAX, u64::MAX, None));
    match found.2 {
        Some(Trouble::NotFinite(i)) => {
            Err(PyValueError::new_err(format!("{function} got {} at place {i}; expected finite numbers", x[i])))
        }
        Some(Trouble::TooLarge(i)) => {
            Err(PyOverflowError::new_err(format!("{function} got {} at place {i}; expected at most 2**62", x[i])))
        }
        None => Ok((found.0, found.1)),
    }
}
