//! What the values of a column tell; documented in `_core.pyi`, used by `emberharmony.features.types`.

use crate::buffers::Buffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tables::{Column, Grid, KINDS, Malformed, Number, NumberCounts, Offsets, Validity, Values};

const BYTES: &str = "bytes";

type Object<'py> = Bound<'py, PyAny>;
/// The first row of the rows that are looked at, and how many.
type Rows = (usize, usize);
type Counts = [u64; 7];
type Range = Option<(f64, f64)>;
type Numbers<T> = (Counts, Option<(T, T)>, Values);
type Texts = (Vec<u64>, Counts, Range, [u64; 2], Option<(u64, u64)>, Values);

fn bytes(buffer: &Buffer) -> PyResult<&[u8]> {
    buffer.as_slice().ok_or_else(|| buffer.wrong_format(BYTES))
}

fn registers(buffer: &mut Buffer) -> PyResult<&mut [u8]> {
    let count = buffer.len();
    if count < 16 || !count.is_power_of_two() {
        let name = buffer.name();
        return Err(PyValueError::new_err(format!("{name} of {count} bytes; expected a power of two from 16 on")));
    }
    bytes(buffer)?;
    Ok(buffer.as_mut_slice().unwrap_or_default()) // it is there: asked first, for an error here would hold the borrow
}

fn malformed(function: &str, what: &Malformed) -> PyErr {
    PyValueError::new_err(format!("{function} got {what}"))
}

fn counts(x: NumberCounts) -> Counts {
    [x.values, x.nans, x.infinities, x.wholes, x.zeros, x.negatives, x.compact_dates]
}

fn numbers<'py, T: Number + Send + IntoPyObject<'py>>(
    py: Python<'py>,
    data: &Object<'py>,
    validity: Option<&Object<'py>>,
    (start, rows): Rows,
    most: usize,
    target: &Object<'py>,
) -> PyResult<Numbers<T>> {
    const NAME: &str = "tally_numbers";
    let data = Buffer::input(data, NAME, "data", BYTES)?;
    let validity = validity.map(|bits| Buffer::input(bits, NAME, "validity", BYTES)).transpose()?;
    let mut target = Buffer::output_named(target, NAME, "registers", BYTES)?;
    let (data, target) = (bytes(&data)?, registers(&mut target)?);
    let column = Column { validity: Validity(validity.as_ref().map(bytes).transpose()?), start, rows };
    let (tallied, range, values) =
        py.detach(|| tables::tally_numbers::<T>(data, column, most, target)).map_err(|what| malformed(NAME, &what))?;
    Ok((counts(tallied), range, values))
}

/// Add a column of float64 to the bins of its grid.
#[pyfunction]
#[pyo3(name = "fold_bins")]
pub fn fold_bins_py(
    py: Python<'_>,
    data: &Object<'_>,
    validity: Option<&Object<'_>>,
    rows: Rows,
    grid: (f64, f64, f64),
    bins: &Object<'_>,
) -> PyResult<()> {
    const NAME: &str = "fold_bins";
    let data = Buffer::input(data, NAME, "data", BYTES)?;
    let validity = validity.map(|bits| Buffer::input(bits, NAME, "validity", BYTES)).transpose()?;
    let mut bins = Buffer::output_named(bins, NAME, "bins", "uint64")?;
    if bins.as_slice::<u64>().is_none() {
        return Err(bins.wrong_format("uint64"));
    }
    let bins: &mut [u64] = bins.as_mut_slice().unwrap_or_default(); // it is there: asked first
    let data = bytes(&data)?;
    let column = Column { validity: Validity(validity.as_ref().map(bytes).transpose()?), start: rows.0, rows: rows.1 };
    let grid = Grid { low: grid.0, scale: grid.1, more: grid.2 };
    py.detach(|| tables::fold_bins(data, column, grid, bins)).map_err(|what| malformed(NAME, &what))
}

macro_rules! tally {
    ($($name:ident $type:ty,)*) => {$(
        /// Counts, range and values of a column of numbers.
        #[pyfunction]
        pub fn $name<'py>(
            py: Python<'py>,
            data: &Object<'py>,
            validity: Option<&Object<'py>>,
            rows: Rows,
            most: usize,
            registers: &Object<'py>,
        ) -> PyResult<Numbers<$type>> {
            numbers::<$type>(py, data, validity, rows, most, registers)
        }
    )*};
}

tally! {
    tally_int64 i64,
    tally_uint64 u64,
    tally_float64 f64,
}

/// Counts, kinds, range and values of a column of texts or bytes.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // one buffer of Arrow each
pub fn tally_texts(
    py: Python<'_>,
    offsets: &Object<'_>,
    wide: bool,
    data: &Object<'_>,
    validity: Option<&Object<'_>>,
    rows: Rows,
    limits: (usize, usize),
    look: bool,
    registers: &Object<'_>,
) -> PyResult<Texts> {
    const NAME: &str = "tally_texts";
    let offsets = Buffer::input(offsets, NAME, "offsets", BYTES)?;
    let data = Buffer::input(data, NAME, "data", BYTES)?;
    let validity = validity.map(|bits| Buffer::input(bits, NAME, "validity", BYTES)).transpose()?;
    let mut target = Buffer::output_named(registers, NAME, "registers", BYTES)?;
    let (data, target) = (bytes(&data)?, self::registers(&mut target)?);
    let offsets = if wide { Offsets::Wide(bytes(&offsets)?) } else { Offsets::Narrow(bytes(&offsets)?) };
    let column = Column { validity: Validity(validity.as_ref().map(bytes).transpose()?), start: rows.0, rows: rows.1 };
    let (tallied, values) = py
        .detach(|| tables::tally_texts(offsets, data, column, limits, look, target))
        .map_err(|what| malformed(NAME, &what))?;
    let sums = [tallied.characters, tallied.words];
    let lengths = tallied.shortest.zip(tallied.longest);
    Ok((tallied.kinds.to_vec(), counts(tallied.numbers), tallied.range, sums, lengths, values))
}

/// The names of the kinds of text, in the order of their counts.
#[pyfunction]
pub fn text_kinds() -> Vec<&'static str> {
    KINDS.to_vec()
}

/// The larger of each two registers, into the first ones.
#[pyfunction]
pub fn merge_registers(into: &Object<'_>, other: &Object<'_>) -> PyResult<()> {
    const NAME: &str = "merge_registers";
    let mut into = Buffer::output_named(into, NAME, "into", BYTES)?;
    let other = Buffer::input(other, NAME, "other", BYTES)?;
    let (into, other) = (registers(&mut into)?, bytes(&other)?);
    if into.len() != other.len() {
        let (a, b) = (into.len(), other.len());
        return Err(PyValueError::new_err(format!("{NAME} got {a} and {b} registers; expected equally many")));
    }
    tables::merge(into, other);
    Ok(())
}
