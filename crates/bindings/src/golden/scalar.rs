//! `Golden`: one number of the golden field as a Python object.
// Longer than 400 lines: one class, whose methods Python wants in one block

use super::integers::{integer, python_int, python_natural};
use golden::Golden as Number;
use golden::dashu_base::{BitTest, UnsignedAbs};
use golden::dashu_int::{IBig, UBig};
use golden::snap::{dyadic, project};
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError, PyZeroDivisionError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyFloat, PyInt, PyType};

/// An exact number (a + b phi) / den of the golden field Q(phi), phi = (1 + sqrt 5) / 2, with integers of any size.
///
/// Immutable, in lowest terms, den > 0. Mixes with int, Fraction and float, which stands for the binary fraction that it is;
/// equals, and hashes like, an int or Fraction of the same value. Ordered by value, exactly.
///
/// >>> phi = Golden(0, 1)
/// >>> phi ** 2 == phi + 1
/// True
#[pyclass(frozen, module = "emberharmony.syntonic")]
pub struct Golden(Number);

/// A class of the standard library, imported once.
fn imported<'py>(
    py: Python<'py>,
    cell: &'static PyOnceLock<Py<PyType>>,
    module: &str,
    name: &str,
) -> PyResult<&'py Bound<'py, PyType>> {
    cell.import(py, module, name)
}

fn fraction<'py>(py: Python<'py>, numerator: &IBig, denominator: &UBig) -> PyResult<Bound<'py, PyAny>> {
    static FRACTION: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let (numerator, denominator) = (python_int(py, numerator)?, python_natural(py, denominator)?);
    imported(py, &FRACTION, "fractions", "Fraction")?.call1((numerator, denominator))
}

fn finite(x: f64) -> PyResult<Number> {
    if x.is_finite() {
        return Ok(dyadic(x));
    }
    Err(PyValueError::new_err(format!(
        "Golden got {x}; expected a finite number: the golden field has no infinity and no nan"
    )))
}

/// What an operand stands for; None where it is no number that we know.
fn operand(object: &Bound<'_, PyAny>) -> PyResult<Option<Number>> {
    static RATIONAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    if object.is_instance_of::<PyInt>() {
        return Ok(Some(Number::integral(integer(object)?, IBig::ZERO)));
    }
    if let Ok(float) = object.cast::<PyFloat>() {
        return finite(float.value()).map(Some);
    }
    let py = object.py();
    if object.is_instance(imported(py, &RATIONAL, "numbers", "Rational")?)? {
        let numerator = integer(&object.getattr(intern!(py, "numerator"))?)?;
        let denominator = integer(&object.getattr(intern!(py, "denominator"))?)?;
        return Ok(Number::new(numerator, IBig::ZERO, denominator).ok());
    }
    Ok(None)
}

/// The number behind an argument that must be one.
pub fn number(object: &Bound<'_, PyAny>, function: &str, argument: &str) -> PyResult<Number> {
    if let Ok(golden) = object.cast::<Golden>() {
        return Ok(golden.get().0.clone());
    }
    operand(object)?.ok_or_else(|| {
        let kind = object.get_type();
        PyTypeError::new_err(format!(
            "{function} got {argument} of type {kind}; expected a Golden, int, Fraction or float, or text for Golden.parse"
        ))
    })
}

fn zero_division(what: &Number) -> PyErr {
    PyZeroDivisionError::new_err(format!("{what} was divided by zero"))
}

/// `operation` on this number and another, or `NotImplemented` where the other is none.
fn with<'py>(
    this: &Golden,
    other: &Bound<'py, PyAny>,
    operation: impl FnOnce(&Number, &Number) -> PyResult<Number>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = other.py();
    let result = if let Ok(golden) = other.cast::<Golden>() {
        operation(&this.0, &golden.get().0)?
    } else if let Some(number) = operand(other)? {
        operation(&this.0, &number)?
    } else {
        return Ok(py.NotImplemented().into_bound(py));
    };
    Ok(Bound::new(py, Golden(result))?.into_any())
}

fn divide(x: &Number, y: &Number) -> PyResult<Number> {
    Ok(x * &y.inverse().map_err(|_| zero_division(x))?)
}

fn floor_divide(x: &Number, y: &Number) -> PyResult<Number> {
    Ok(Number::integral(divide(x, y)?.floor(), IBig::ZERO))
}

fn remainder(x: &Number, y: &Number) -> PyResult<Number> {
    Ok(x - &(&floor_divide(x, y)? * y))
}

/// Decimal digits that a number may be asked for: more would fill the memory, and there is no way back from that.
const DIGITS: usize = 1_000_000_000;

/// Exponents have at most so many bits: every power but those of 0, 1 and -1 has at least half as many bits as its exponent says.
const EXPONENT_BITS: usize = 36;

/// An argument that may be left out; a None that is given is one, and no number.
struct Part<'py>(Option<Bound<'py, PyAny>>);

impl<'py> FromPyObject<'_, 'py> for Part<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(Some(object.to_owned())))
    }
}

#[pymethods]
impl Golden {
    #[new]
    #[pyo3(signature = (a = Part(None), b = Part(None), den = Part(None)))]
    fn new(a: Part<'_>, b: Part<'_>, den: Part<'_>) -> PyResult<Self> {
        let part = |part: Part<'_>, name: &str, default: i64| match part.0 {
            None => Ok(Number::integral(default.into(), IBig::ZERO)),
            Some(object) => number(&object, "Golden", name),
        };
        let phi = Number::integral(IBig::ZERO, IBig::ONE);
        let (a, b, den) = (part(a, "a", 0)?, part(b, "b", 0)?, part(den, "den", 1)?);
        divide(&(&a + &(&b * &phi)), &den).map(Self)
    }

    /// The number that a text such as "3 - 5*phi" or "(1 + phi)/2" names: what `str` writes.
    #[staticmethod]
    fn parse(text: &str) -> PyResult<Self> {
        text.parse().map(Self).map_err(|error| PyValueError::new_err(format!("Golden.parse got {text:?}; {error}")))
    }

    /// The integer part of the numerator.
    #[getter]
    fn a<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        python_int(py, self.0.a())
    }

    /// How many phi the numerator has.
    #[getter]
    fn b<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        python_int(py, self.0.b())
    }

    /// The denominator, positive; 1 in the ring Z[phi].
    #[getter]
    fn den<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        python_natural(py, self.0.den())
    }

    /// The Galois conjugate: phi becomes 1 - phi.
    fn conj(&self) -> Self {
        Self(self.0.conj())
    }

    /// The Galois conjugate: phi becomes 1 - phi. The same as `conj`.
    fn galois_conjugate(&self) -> Self {
        self.conj()
    }

    /// x conj(x), a Fraction.
    fn norm<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (numerator, denominator) = self.0.norm();
        fraction(py, &numerator, &denominator)
    }

    /// x conj(x), a Fraction. The same as `norm`.
    fn field_norm<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.norm(py)
    }

    /// x + conj(x), a Fraction.
    fn trace<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (numerator, denominator) = self.0.trace();
        fraction(py, &numerator, &denominator)
    }

    /// x + conj(x), a Fraction. The same as `trace`.
    fn field_trace<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.trace(py)
    }

    /// 1 / x, exactly; a `ZeroDivisionError` for zero.
    fn inverse(&self) -> PyResult<Self> {
        self.0.inverse().map(Self).map_err(|_| zero_division(&Number::integral(IBig::ONE, IBig::ZERO)))
    }

    /// 1 / x. The same as `inverse`.
    fn reciprocal(&self) -> PyResult<Self> {
        self.inverse()
    }

    /// -1, 0 or 1: never wrong, however near to zero.
    fn sign(&self) -> i8 {
        self.0.sign()
    }

    /// Whether den is 1: a number of the ring Z[phi].
    fn is_integral(&self) -> bool {
        self.0.is_integral()
    }

    /// Whether b is 0.
    fn is_rational(&self) -> bool {
        self.0.b().is_zero()
    }

    /// Whether a is 0: a multiple of phi.
    fn is_purely_golden(&self) -> bool {
        self.0.a().is_zero()
    }

    /// The nearest double, a half to the even one; an `OverflowError` beyond the largest.
    fn to_float(&self) -> PyResult<f64> {
        self.0.to_f64().map_err(|_| {
            let bits = self.0.exponent_of_size() + 1;
            PyOverflowError::new_err(format!("a number of {bits} bits before the point is too large for a float"))
        })
    }

    /// The nearest element a + b phi whose conjugate is at most `window` in size: cut and project.
    fn project(&self, window: &Bound<'_, PyAny>) -> PyResult<Self> {
        let size = number(window, "project", "window")?;
        // the search takes about 1 / window steps
        if &size * &Number::integral(10_000.into(), 0.into()) < Number::integral(1.into(), 0.into()) {
            return Err(PyValueError::new_err(format!("project got window {size}; expected at least 1/10000")));
        }
        let (a, b) = project(&self.0, &size);
        Ok(Self(Number::integral(a, b)))
    }

    /// floor(x numerator / denominator), exactly.
    fn floor_scaled<'py>(
        &self,
        py: Python<'py>,
        numerator: &Bound<'_, PyAny>,
        denominator: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (numerator, denominator) = scales(numerator, denominator, "floor_scaled")?;
        python_int(py, &self.0.floor_scaled(&numerator, &denominator))
    }

    /// x numerator / denominator to the nearest integer, a half to the even one.
    fn round_scaled<'py>(
        &self,
        py: Python<'py>,
        numerator: &Bound<'_, PyAny>,
        denominator: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (numerator, denominator) = scales(numerator, denominator, "round_scaled")?;
        python_int(py, &self.0.round_scaled(&numerator, &denominator))
    }

    /// A decimal.Decimal of so many significant digits, the nearest one, a half to the even one.
    fn to_decimal<'py>(&self, py: Python<'py>, digits: usize) -> PyResult<Bound<'py, PyAny>> {
        static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        if digits == 0 {
            return Err(PyValueError::new_err("to_decimal got 0 digits; expected at least 1"));
        }
        if digits > DIGITS {
            return Err(PyOverflowError::new_err(format!("to_decimal got {digits} digits; expected at most {DIGITS}")));
        }
        let (count, exponent) = self.0.to_decimal(digits);
        imported(py, &DECIMAL, "decimal", "Decimal")?.call1((format!("{count}e{exponent}"),))
    }

    fn __add__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, |x, y| Ok(x + y))
    }

    fn __radd__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, |x, y| Ok(x + y))
    }

    fn __sub__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, |x, y| Ok(x - y))
    }

    fn __rsub__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, |x, y| Ok(y - x))
    }

    fn __mul__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, |x, y| Ok(x * y))
    }

    fn __rmul__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, |x, y| Ok(x * y))
    }

    fn __truediv__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, divide)
    }

    fn __rtruediv__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, |x, y| divide(y, x))
    }

    fn __floordiv__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, floor_divide)
    }

    fn __rfloordiv__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, |x, y| floor_divide(y, x))
    }

    fn __mod__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, remainder)
    }

    fn __rmod__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        with(self, other, |x, y| remainder(y, x))
    }

    fn __pow__<'py>(&self, exponent: &Bound<'py, PyAny>, modulus: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = exponent.py();
        if !modulus.is_none() || !exponent.is_instance_of::<PyInt>() {
            return Ok(py.NotImplemented().into_bound(py));
        }
        let exponent = integer(exponent)?;
        let one = Number::integral(IBig::ONE, IBig::ZERO);
        if exponent.bit_len() > EXPONENT_BITS && !self.0.is_zero() && self.0 != one && self.0 != -&one {
            return Err(PyOverflowError::new_err(format!(
                "a power of {} bits; expected an exponent below 2^{EXPONENT_BITS}: the result would fill the memory",
                exponent.bit_len()
            )));
        }
        let power = self.0.pow(&exponent).map_err(|_| zero_division(&Number::integral(1.into(), 0.into())))?;
        Ok(Bound::new(py, Self(power))?.into_any())
    }

    fn __neg__(&self) -> Self {
        Self(-&self.0)
    }

    fn __pos__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __abs__(&self) -> Self {
        Self(if self.0.sign() < 0 { -&self.0 } else { self.0.clone() })
    }

    fn __bool__(&self) -> bool {
        !self.0.is_zero()
    }

    fn __float__(&self) -> PyResult<f64> {
        self.to_float()
    }

    fn __floor__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        python_int(py, &self.0.floor())
    }

    fn __ceil__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        python_int(py, &-(-&self.0).floor())
    }

    fn __trunc__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.0.sign() < 0 { self.__ceil__(py) } else { self.__floor__(py) }
    }

    fn __int__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.__trunc__(py)
    }

    /// round(x): the nearest int, a half to the even one; round(x, n): the nearest multiple of 10^-n, a Fraction.
    #[pyo3(signature = (digits = None))]
    fn __round__<'py>(&self, py: Python<'py>, digits: Option<i32>) -> PyResult<Bound<'py, PyAny>> {
        let Some(digits) = digits else {
            return python_int(py, &self.0.round_scaled(&UBig::ONE, &UBig::ONE));
        };
        if digits.unsigned_abs() as usize > DIGITS {
            return Err(PyOverflowError::new_err(format!("round got {digits} digits; expected at most {DIGITS}")));
        }
        let scale = UBig::from(10u8).pow(digits.unsigned_abs() as usize);
        let (up, down) = if digits < 0 { (UBig::ONE, scale) } else { (scale, UBig::ONE) };
        fraction(py, &(self.0.round_scaled(&up, &down) * down.as_ibig()), &up)
    }

    fn __richcmp__<'py>(&self, other: &Bound<'py, PyAny>, op: CompareOp) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let answer = if let Ok(golden) = other.cast::<Self>() {
            compare(&self.0, &golden.get().0, op)
        } else if let Some(float) = other.cast::<PyFloat>().ok().map(PyFloatMethods::value).filter(|x| !x.is_finite()) {
            // any number stands to an infinity, or to nan, as 0 does
            0.0_f64.partial_cmp(&float).map_or(matches!(op, CompareOp::Ne), |order| op.matches(order))
        } else if let Some(number) = operand(other)? {
            compare(&self.0, &number, op)
        } else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        Ok(answer.into_pyobject(py)?.to_owned().into_any())
    }

    fn __hash__(&self) -> isize {
        hash(&self.0)
    }

    fn __repr__(&self) -> String {
        let (a, b, den) = (self.0.a(), self.0.b(), self.0.den());
        if den.is_one() { format!("Golden({a}, {b})") } else { format!("Golden({a}, {b}, {den})") }
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Parts<'py>)> {
        let (py, this) = (slf.py(), slf.get());
        Ok((slf.get_type(), (this.a(py)?, this.b(py)?, this.den(py)?)))
    }
}

type Parts<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>);

fn compare(x: &Number, y: &Number, op: CompareOp) -> bool {
    match op {
        CompareOp::Eq => x == y,
        CompareOp::Ne => x != y,
        _ => op.matches(x.cmp(y)),
    }
}

fn scales(numerator: &Bound<'_, PyAny>, denominator: &Bound<'_, PyAny>, function: &str) -> PyResult<(UBig, UBig)> {
    let natural = |object, name| {
        let value = integer(object)?;
        UBig::try_from(value.clone()).map_err(|_| {
            PyValueError::new_err(format!("{function} got {name} {value}; expected one that is not negative"))
        })
    };
    let denominator: UBig = natural(denominator, "denominator")?;
    if denominator.is_zero() {
        return Err(PyZeroDivisionError::new_err(format!("{function} got denominator 0")));
    }
    Ok((natural(numerator, "numerator")?, denominator))
}

/// Python's hash of a rational where b is 0: equal numbers hash alike, whatever their type.
fn hash(x: &Number) -> isize {
    const PRIME: u64 = (1 << 61) - 1; // sys.hash_info.modulus on 64-bit machines
    const INFINITE: u64 = 314_159; // sys.hash_info.inf, for a denominator that has no inverse
    let residue = |n: UBig| n % PRIME;
    let den = residue(x.den().clone());
    let inverse = power(den, PRIME - 2, PRIME);
    let rational = |n: &IBig| {
        let size = if den == 0 { INFINITE } else { product(residue(n.clone().unsigned_abs()), inverse, PRIME) };
        let size = isize::try_from(size).expect("61 bits");
        if n < &IBig::ZERO { -size } else { size }
    };
    let whole = rational(x.a());
    let hash = if x.b().is_zero() { whole } else { whole.wrapping_mul(1_000_003) ^ rational(x.b()) };
    if hash == -1 { -2 } else { hash }
}

fn product(x: u64, y: u64, modulus: u64) -> u64 {
    u64::try_from(u128::from(x) * u128::from(y) % u128::from(modulus)).expect("below the modulus")
}

fn power(mut base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = product(result, base, modulus);
        }
        base = product(base, base, modulus);
        exponent >>= 1;
    }
    result
}
