//! Windows of rows; documented in `_core.pyi`, used by `emberharmony.features.windows`.

#![allow(clippy::needless_pass_by_value)] // lists come out of Python by value

use crate::buffers::{Buffer, Number};
use crate::signals::answering;
use frames::{Framer, Gram, Grid, Rows, Shape, Snapshot, Times, Trouble, Value};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use simd::Level;

const FLOATS: &str = "float32 or float64";

type Object<'py> = Bound<'py, PyAny>;
/// Window, hop and dilation.
type Cut = (usize, usize, usize);

fn wrong(function: &str, what: &str) -> PyErr {
    PyValueError::new_err(format!("{function} got {what}"))
}

fn shape(function: &str, features: usize, (window, hop, dilation): Cut) -> PyResult<Shape> {
    Shape::new(features, window, hop, dilation).map_err(|what| wrong(function, &what))
}

/// Rows of numbers, in a buffer of two axes.
fn matrix(object: &Object<'_>, function: &str) -> PyResult<(Buffer, usize, usize)> {
    let buffer = Buffer::input(object, function, "x", FLOATS)?;
    match *buffer.shape() {
        [rows, features] => Ok((buffer, rows, features)),
        _ => Err(wrong(function, &format!("x of shape {:?}; expected two axes", buffer.shape()))),
    }
}

fn slice<'a, T: Number>(buffer: &'a Buffer, len: usize, expected: &str) -> PyResult<&'a [T]> {
    let slice = buffer.as_slice().ok_or_else(|| buffer.wrong_format(expected))?;
    if slice.len() == len {
        return Ok(slice);
    }
    Err(PyValueError::new_err(format!("{} of {} elements; expected {len}", buffer.name(), slice.len())))
}

fn slice_mut<'a, T: Number>(buffer: &'a mut Buffer, len: usize, expected: &str) -> PyResult<&'a mut [T]> {
    slice::<T>(buffer, len, expected)?;
    Ok(buffer.as_mut_slice().unwrap_or_default()) // it is there: asked first, for an error here would hold the borrow
}

/// Call `$body` with `$T` as the type that the buffer holds.
macro_rules! by_type {
    ($buffer:expr, $T:ident => $body:expr) => {
        if $buffer.as_slice::<f32>().is_some() {
            type $T = f32;
            $body
        } else if $buffer.as_slice::<f64>().is_some() {
            type $T = f64;
            $body
        } else {
            Err($buffer.wrong_format(FLOATS))
        }
    };
}

/// The exact sums of products of windows.
#[pyclass(module = "emberharmony._core")]
pub struct WindowGram(Gram);

#[pymethods]
impl WindowGram {
    #[new]
    fn new(width: usize) -> Self {
        Self(Gram::new(width))
    }

    #[getter]
    fn width(&self) -> usize {
        self.0.width()
    }

    #[getter]
    fn windows(&self) -> u64 {
        self.0.windows
    }

    #[getter]
    fn left_out(&self) -> u64 {
        self.0.left_out
    }

    /// Add the windows of a series; (row, feature) where a number is outside of the grid.
    fn add(
        &mut self,
        x: &Object<'_>,
        cut: Cut,
        shift: &Object<'_>,
        scale: &Object<'_>,
        threads: usize,
    ) -> PyResult<Option<(usize, usize)>> {
        const NAME: &str = "WindowGram.add";
        let (x, _, features) = matrix(x, NAME)?;
        let shape = shape(NAME, features, cut)?;
        if shape.width() != self.0.width() {
            let (ours, theirs) = (self.0.width(), shape.width());
            return Err(wrong(NAME, &format!("windows of {theirs} numbers; expected {ours}")));
        }
        let shifts = Buffer::input(shift, NAME, "shift", "float64")?;
        let scales = Buffer::input(scale, NAME, "scale", "float64")?;
        let grid = Grid { shift: slice(&shifts, features, "float64")?, scale: slice(&scales, features, "float64")? };
        by_type!(x, T => {
            let rows = slice::<T>(&x, x.len(), FLOATS)?;
            let gram = &mut self.0;
            let added = answering(scale.py(), |poll| gram.add(Level::best(), rows, shape, grid, threads, poll))?;
            Ok(added.err().map(|outside| (outside.row, outside.feature)))
        })
    }

    fn merge(&mut self, other: &Self) -> PyResult<()> {
        if self.0.width() != other.0.width() {
            let (ours, theirs) = (self.0.width(), other.0.width());
            return Err(wrong("WindowGram.merge", &format!("windows of {theirs} numbers; expected {ours}")));
        }
        self.0.merge(&other.0);
        Ok(())
    }

    /// Means and centred products on the grid.
    fn moments(&self, mean: &Object<'_>, scatter: &Object<'_>) -> PyResult<()> {
        const NAME: &str = "WindowGram.moments";
        let width = self.0.width();
        let mut mean = Buffer::output_named(mean, NAME, "mean", "float64")?;
        let mut scatter = Buffer::output_named(scatter, NAME, "scatter", "float64")?;
        let (to_mean, to_scatter) =
            (slice_mut(&mut mean, width, "float64")?, slice_mut(&mut scatter, width * width, "float64")?);
        let moments = self.0.moments();
        to_mean.copy_from_slice(&moments.mean);
        to_scatter.copy_from_slice(&moments.scatter);
        Ok(())
    }

    /// The sums and the upper triangle of the products, 16 bytes each, low byte first.
    fn state<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes: Vec<u8> = self.0.words().iter().flat_map(|word| word.to_le_bytes()).collect();
        PyBytes::new(py, &bytes)
    }

    #[staticmethod]
    fn restored(width: usize, windows: u64, left_out: u64, state: &[u8]) -> PyResult<Self> {
        let (words, rest) = state.as_chunks::<16>();
        let words: Vec<i128> = words.iter().map(|word| i128::from_le_bytes(*word)).collect();
        let gram = Gram::from_words(width, windows, left_out, &words).filter(|_| rest.is_empty());
        let expected = (width + width * (width + 1) / 2) * 16;
        gram.map(Self).ok_or_else(|| {
            wrong("WindowGram.restored", &format!("{} bytes; expected {expected} for width {width}", state.len()))
        })
    }
}

/// The number of rows and the buffers of a matrix or of columns.
fn rows(object: &Object<'_>, function: &str, features: usize) -> PyResult<(usize, Vec<Buffer>, bool)> {
    let Ok(columns) = object.cast::<PyList>() else {
        let (x, n, found) = matrix(object, function)?;
        if found != features {
            return Err(wrong(function, &format!("rows of {found} numbers; expected {features}")));
        }
        return Ok((n, vec![x], true));
    };
    let buffers = columns.iter().map(|column| Buffer::input(&column, function, "a column", FLOATS));
    let buffers = buffers.collect::<PyResult<Vec<_>>>()?;
    if buffers.len() != features {
        return Err(wrong(function, &format!("{} columns; expected {features}", buffers.len())));
    }
    Ok((buffers.first().map_or(0, Buffer::len), buffers, false))
}

enum AnyFramer {
    Single(Framer<f32>),
    Double(Framer<f64>),
}

/// Call `$body` with `$framer` as the framer of either type.
macro_rules! either {
    ($any:expr, $framer:ident => $body:expr) => {
        match $any {
            AnyFramer::Single($framer) => $body,
            AnyFramer::Double($framer) => $body,
        }
    };
}

/// A framer that goes on where a snapshot was taken.
fn restored<T: Value + Number>(shape: Shape, c: &[[i64; 3]], o: &[i64], rows: &Buffer) -> PyResult<Option<Framer<T>>> {
    let rows = slice::<T>(rows, rows.len(), FLOATS)?.to_vec();
    Ok(Framer::restored(shape, &Snapshot { counts: c.to_vec(), offsets: o.to_vec(), rows }))
}

/// Cuts windows out of series as their rows come in.
#[pyclass(module = "emberharmony._core")]
pub struct WindowFramer(AnyFramer);

#[pymethods]
impl WindowFramer {
    #[new]
    fn new(features: usize, cut: Cut, double: bool) -> PyResult<Self> {
        let shape = shape("WindowFramer", features, cut)?;
        Ok(Self(if double { AnyFramer::Double(Framer::new(shape)) } else { AnyFramer::Single(Framer::new(shape)) }))
    }

    /// The most windows that so many rows of so many series can complete.
    fn bound(&self, rows: usize, series: usize) -> usize {
        either!(&self.0, framer => framer.bound(rows, series))
    }

    /// Rows in, windows out; their number.
    #[allow(clippy::too_many_arguments)] // the names and the order of the Python function
    fn push(
        &mut self,
        py: Python<'_>,
        x: &Object<'_>,
        codes: Option<&Object<'_>>,
        times: Option<&Object<'_>>,
        gap: Option<&Object<'_>>,
        out: &Object<'_>,
        ends: &Object<'_>,
    ) -> PyResult<(usize, Option<(usize, bool)>)> {
        const NAME: &str = "WindowFramer.push";
        let shape = either!(&self.0, framer => framer.shape());
        let (n, buffers, is_matrix) = rows(x, NAME, shape.features)?;
        let codes = codes.map(|codes| Buffer::input(codes, NAME, "codes", "uint32")).transpose()?;
        let codes = codes.as_ref().map(|codes| slice::<u32>(codes, n, "uint32")).transpose()?;
        let times = times.map(|times| Buffer::input(times, NAME, "times", "int64 or float64")).transpose()?;
        let times = match (&times, gap) {
            (Some(times), Some(gap)) => Some(if times.as_slice::<i64>().is_some() {
                Times::Whole(slice(times, n, "int64")?, gap.extract()?)
            } else {
                Times::Real(slice(times, n, "int64 or float64")?, gap.extract()?)
            }),
            _ => None,
        };
        let series = codes.map_or(1, |codes| codes.iter().max().map_or(0, |&most| most as usize + 1));
        let mut out = Buffer::output(out, NAME, FLOATS)?;
        let mut ends = Buffer::output_named(ends, NAME, "ends", "int64")?;
        let bound = either!(&self.0, framer => framer.bound(n, series));
        let expected = if matches!(self.0, AnyFramer::Double(_)) { "float64" } else { "float32" };
        let ends = slice_mut::<i64>(&mut ends, bound, "int64")?;
        let result = either!(&mut self.0, framer => {
            let slices = buffers.iter().map(|b| slice(b, if is_matrix { n * shape.features } else { n }, expected));
            let slices = slices.collect::<PyResult<Vec<_>>>()?;
            let x = if is_matrix { Rows::Matrix(slices[0]) } else { Rows::Columns(&slices) };
            let out = slice_mut(&mut out, bound * shape.width(), expected)?;
            py.detach(|| framer.push(&x, n, codes, times, out, ends))
        });
        Ok(match result {
            Ok(made) => (made, None),
            Err(Trouble::Backwards(row)) => (0, Some((row, true))),
            Err(Trouble::NoTime(row)) => (0, Some((row, false))),
        })
    }

    fn flush(&mut self) {
        either!(&mut self.0, framer => framer.flush());
    }

    /// Counts, offsets and rows, as the bytes of int64, int64 and floats.
    fn state<'py>(&self, py: Python<'py>) -> [Bound<'py, PyBytes>; 3] {
        either!(&self.0, framer => {
            let Snapshot { counts, offsets, rows } = framer.snapshot();
            let words = |words: &[i64]| words.iter().flat_map(|w| w.to_ne_bytes()).collect::<Vec<u8>>();
            let rows: Vec<u8> = rows.iter().flat_map(|x| x.to_ne_bytes()).collect();
            [PyBytes::new(py, &words(counts.as_flattened())), PyBytes::new(py, &words(&offsets)), PyBytes::new(py, &rows)]
        })
    }

    #[staticmethod]
    fn restored(
        features: usize,
        cut: Cut,
        double: bool,
        counts: &Object<'_>,
        offsets: &Object<'_>,
        rows: &Object<'_>,
    ) -> PyResult<Self> {
        const NAME: &str = "WindowFramer.restored";
        let shape = shape(NAME, features, cut)?;
        let counts = Buffer::input(counts, NAME, "counts", "int64")?;
        let offsets = Buffer::input(offsets, NAME, "offsets", "int64")?;
        let rows = Buffer::input(rows, NAME, "rows", FLOATS)?;
        let (counts, rest) = slice::<i64>(&counts, counts.len(), "int64")?.as_chunks::<3>();
        let offsets = slice::<i64>(&offsets, offsets.len(), "int64")?;
        let framer = if double {
            restored(shape, counts, offsets, &rows)?.map(AnyFramer::Double)
        } else {
            restored(shape, counts, offsets, &rows)?.map(AnyFramer::Single)
        };
        framer
            .filter(|_| rest.is_empty())
            .map(Self)
            .ok_or_else(|| wrong(NAME, "counts, offsets and rows that do not fit windows of this shape"))
    }
}

/// Windows times a matrix.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // the names and the order of the Python function
pub fn windows_project(
    x: &Object<'_>,
    cut: Cut,
    mean: &Object<'_>,
    loadings: &Object<'_>,
    out: &Object<'_>,
    threads: usize,
) -> PyResult<()> {
    const NAME: &str = "windows_project";
    let (x, rows, features) = matrix(x, NAME)?;
    let shape = shape(NAME, features, cut)?;
    let mean = Buffer::input(mean, NAME, "mean", "float64")?;
    let loadings = Buffer::input(loadings, NAME, "loadings", "float64")?;
    let &[width, k] = loadings.shape() else {
        return Err(wrong(NAME, &format!("loadings of shape {:?}; expected two axes", loadings.shape())));
    };
    if width != shape.width() {
        return Err(wrong(NAME, &format!("loadings of {width} rows; expected {}", shape.width())));
    }
    let (mean, loadings) = (slice(&mean, width, "float64")?, slice(&loadings, width * k, "float64")?);
    let mut target = Buffer::output(out, NAME, FLOATS)?;
    by_type!(x, T => {
        let target = slice_mut::<T>(&mut target, shape.windows(rows) * k, FLOATS)?;
        let x = slice::<T>(&x, rows * features, FLOATS)?;
        answering(out.py(), |poll| {
            frames::project(Level::best(), x, shape, mean, loadings, target, threads, poll)
        })
    })
}

/// The least and the largest finite number of each column, with those that are there already.
#[pyfunction]
pub fn windows_ranges(x: &Object<'_>, low: &Object<'_>, high: &Object<'_>) -> PyResult<()> {
    const NAME: &str = "windows_ranges";
    let (py, (x, _, features)) = (x.py(), matrix(x, NAME)?);
    let mut low = Buffer::output_named(low, NAME, "low", "float64")?;
    let mut high = Buffer::output_named(high, NAME, "high", "float64")?;
    let (low, high) = (slice_mut(&mut low, features, "float64")?, slice_mut(&mut high, features, "float64")?);
    if features == 0 {
        return Ok(());
    }
    by_type!(x, T => {
        let x = slice::<T>(&x, x.len(), FLOATS)?;
        py.detach(|| frames::ranges(x, low, high));
        Ok(())
    })
}

/// Rows out of columns.
#[pyfunction]
pub fn rows_of_columns(columns: &Object<'_>, out: &Object<'_>) -> PyResult<()> {
    const NAME: &str = "rows_of_columns";
    let (_, _, features) = matrix(out, NAME)?;
    let (n, buffers, _) = rows(columns, NAME, features)?;
    let mut target = Buffer::output(out, NAME, FLOATS)?;
    by_type!(target, T => {
        let slices = buffers.iter().map(|b| slice::<T>(b, n, FLOATS)).collect::<PyResult<Vec<_>>>()?;
        let target = slice_mut::<T>(&mut target, n * features, FLOATS)?;
        out.py().detach(|| frames::interleave(&slices, target));
        Ok(())
    })
}
