//! Python's integers to ours and back; those of a machine word take a short way.

use golden::dashu_base::Sign;
use golden::dashu_int::{IBig, UBig};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt};

/// What `__index__` gives, at any size.
pub fn integer(object: &Bound<'_, PyAny>) -> PyResult<IBig> {
    match object.extract::<i64>() {
        Ok(small) => Ok(small.into()),
        Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => large(object),
        Err(error) => Err(error),
    }
}

fn large(object: &Bound<'_, PyAny>) -> PyResult<IBig> {
    let py = object.py();
    let object = match object.cast::<PyInt>() {
        Ok(int) => int.as_any().clone(),
        Err(_) => object.call_method0(intern!(py, "__index__"))?,
    };
    let bits: usize = object.call_method0(intern!(py, "bit_length"))?.extract()?;
    let signed = PyDict::new(py);
    signed.set_item(intern!(py, "signed"), true)?;
    let bytes = object.call_method(intern!(py, "to_bytes"), (bits / 8 + 1, intern!(py, "little")), Some(&signed))?;
    let bytes = bytes.cast::<PyBytes>().map_err(|_| PyTypeError::new_err("to_bytes gave something else"))?;
    Ok(IBig::from_le_bytes(bytes.as_bytes()))
}

/// A Python int.
pub fn python_int<'py>(py: Python<'py>, value: &IBig) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(small) = i64::try_from(value) {
        return Ok(small.into_pyobject(py)?.into_any());
    }
    let (sign, words) = value.as_sign_words();
    let mut bytes = Vec::with_capacity(words.len() * 8);
    for word in words {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    let size = py
        .get_type::<PyInt>()
        .call_method1(intern!(py, "from_bytes"), (PyBytes::new(py, &bytes), intern!(py, "little")))?;
    match sign {
        Sign::Positive => Ok(size),
        Sign::Negative => size.neg(),
    }
}

/// A Python int that is not negative.
pub fn python_natural<'py>(py: Python<'py>, value: &UBig) -> PyResult<Bound<'py, PyAny>> {
    python_int(py, value.as_ibig())
}
