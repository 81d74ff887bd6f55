//! Memory that Python lends us for one call, through its buffer protocol.

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use std::ptr::NonNull;

/// A number that a buffer may hold, and the letters that its format has for it; the size decides between them.
///
/// # Safety
/// Any bits must be a value of the type.
pub unsafe trait Number: Copy + Send {
    const LETTERS: &[u8];
}

macro_rules! numbers {
    ($($type:ty: $letters:literal;)*) => {
        // SAFETY: integers and floats have no invalid bits
        $(unsafe impl Number for $type { const LETTERS: &[u8] = $letters; })*
    };
}

numbers! {
    f32: b"f";
    f64: b"d";
    u32: b"IL";
    u64: b"LQ";
    i64: b"lq";
    i32: b"il";
    i16: b"h";
    i8: b"b";
    u8: b"B?";
}

/// The prefixes of a format that leave the bytes in the order of this machine.
const NATIVE: &[u8] = if cfg!(target_endian = "little") { b"@=<" } else { b"@=>!" };

/// A C-contiguous buffer of any number of axes but none, held until this is dropped; `name` opens its errors.
pub struct Buffer {
    raw: PyUntypedBuffer,
    name: String,
}

impl Buffer {
    fn new(object: &Bound<'_, PyAny>, function: &str, argument: &str, expected: &str) -> PyResult<Self> {
        let name = format!("{function} got {argument}");
        let raw = PyUntypedBuffer::get(object).map_err(|error| {
            let kind = object.get_type();
            if error.is_instance_of::<PyTypeError>(object.py()) {
                PyTypeError::new_err(format!("{name} of type {kind}; expected a buffer of {expected}"))
            } else {
                PyValueError::new_err(format!(
                    "{name} of type {kind}; expected a buffer with a shape and strides: {error}"
                ))
            }
        })?;
        if !raw.is_c_contiguous() {
            return Err(PyValueError::new_err(format!(
                "{name} of shape {:?} and strides {:?}; expected C-contiguous memory: fill a new array and copy it",
                raw.shape(),
                raw.strides()
            )));
        }
        Ok(Self { raw, name })
    }

    /// A buffer to read from.
    pub fn input(object: &Bound<'_, PyAny>, function: &str, argument: &str, expected: &str) -> PyResult<Self> {
        Self::new(object, function, argument, expected)
    }

    /// A buffer to write into: the only one, named `out`.
    pub fn output(object: &Bound<'_, PyAny>, function: &str, expected: &str) -> PyResult<Self> {
        Self::output_named(object, function, "out", expected)
    }

    /// A buffer to write into.
    pub fn output_named(object: &Bound<'_, PyAny>, function: &str, argument: &str, expected: &str) -> PyResult<Self> {
        let buffer = Self::new(object, function, argument, expected)?;
        if buffer.raw.readonly() {
            return Err(PyValueError::new_err(format!("{} that is read-only; expected writable memory", buffer.name)));
        }
        Ok(buffer)
    }

    /// The numbers of a parameter: one for all elements of `out`, or one for each. They are copied while Python waits.
    pub fn parameter(object: &Bound<'_, PyAny>, function: &str, argument: &str, len: usize) -> PyResult<Vec<f64>> {
        let buffer = Self::new(object, function, argument, "float64")?;
        let count = buffer.len();
        if count != 1 && count != len {
            let name = buffer.name;
            return Err(PyValueError::new_err(format!("{name} of {count} elements; expected 1 or {len}, as out has")));
        }
        let memory = buffer.memory::<f64>().ok_or_else(|| buffer.wrong_format("float64"))?;
        // SAFETY: `memory` has checked what the numbers are, and they stay in place while `buffer` lives; no Python code
        // runs between here and the end of the copy
        Ok(unsafe { memory.as_ref() }.to_vec())
    }

    /// How many elements.
    pub fn len(&self) -> usize {
        self.raw.item_count()
    }

    /// The length of each axis.
    pub fn shape(&self) -> &[usize] {
        self.raw.shape()
    }

    /// What opens the errors about this buffer: the function and the argument.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The elements, where they are of type `T` in the byte order of this machine and aligned.
    fn memory<T: Number>(&self) -> Option<NonNull<[T]>> {
        let letter = match self.raw.format().to_bytes() {
            [letter] => letter,
            [order, letter] if NATIVE.contains(order) => letter,
            _ => return None,
        };
        if !T::LETTERS.contains(letter) || self.raw.item_size() != size_of::<T>() {
            return None;
        }
        if self.len() == 0 {
            return Some(NonNull::slice_from_raw_parts(NonNull::dangling(), 0)); // an empty buffer may have no address
        }
        let first = NonNull::new(self.raw.buf_ptr().cast::<T>()).filter(|first| first.is_aligned())?;
        Some(NonNull::slice_from_raw_parts(first, self.len()))
    }

    /// The elements of an input, where they are of type `T`.
    ///
    /// Nobody may write them while the slice lives: not another thread, and no output of the same call. Python cannot promise
    /// that, as it cannot for the `out=` of `NumPy`.
    pub fn as_slice<T: Number>(&self) -> Option<&[T]> {
        // SAFETY: `memory` has checked format, size and alignment, and `new` contiguity; the exporter keeps the memory in
        // place until `raw` is dropped, and the borrow of `self` ends before that. That nobody writes it meanwhile is the
        // caller's promise: see above.
        self.memory().map(|memory| unsafe { memory.as_ref() })
    }

    /// The elements of an output, where they are of type `T`.
    ///
    /// Nobody else may read or write them while the slice lives. Python cannot promise that: another thread that touches
    /// the same memory during a call that releases the GIL races with us, as it does with the `out=` of `NumPy`.
    pub fn as_mut_slice<T: Number>(&mut self) -> Option<&mut [T]> {
        // SAFETY: `memory` has checked format, size and alignment, `new` contiguity and `output` that it is writable; the
        // exporter keeps the memory in place until `raw` is dropped, and the borrow of `self` ends before that. That nobody
        // touches it meanwhile is the caller's promise, and cannot be checked: see above.
        self.memory().map(|mut memory| unsafe { memory.as_mut() })
    }

    /// What to raise when no type fits.
    pub fn wrong_format(&self, expected: &str) -> PyErr {
        let format = self.raw.format().to_string_lossy();
        PyTypeError::new_err(format!("{} of format '{format}'; expected {expected}, native and aligned", self.name))
    }
}
