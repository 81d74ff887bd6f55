"""Arrays on NumPy. SAME means what the standard means; what is defined below differs from numpy, and says how."""

from __future__ import annotations

from typing import Any

import numpy as np

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
SAME = (
    # creation
    "arange", "empty", "empty_like", "from_dlpack", "full", "full_like", "linspace", "meshgrid", "ones", "ones_like",
    "zeros", "zeros_like",
    # elementwise
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_left_shift",
    "bitwise_invert", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "conj", "copysign", "cos", "cosh", "divide",
    "equal", "exp", "expm1", "floor_divide", "greater", "greater_equal", "hypot", "imag", "isfinite", "isinf", "isnan",
    "less", "less_equal", "log", "log1p", "log2", "log10", "logaddexp", "logical_and", "logical_not", "logical_or",
    "logical_xor", "maximum", "minimum", "multiply", "negative", "nextafter", "not_equal", "positive", "pow", "real",
    "reciprocal", "remainder", "round", "sign", "signbit", "sin", "sinh", "square", "sqrt", "subtract", "tan", "tanh",
    "ceil", "floor", "trunc",
    # statistics
    "all", "any", "cumulative_prod", "cumulative_sum", "diff", "max", "mean", "min", "prod", "std", "sum", "var",
    # manipulation
    "broadcast_arrays", "broadcast_to", "concat", "expand_dims", "flip", "moveaxis", "permute_dims", "repeat",
    "reshape", "roll", "squeeze", "stack", "tile", "unstack",
    # searching, sorting, sets
    "argmax", "argmin", "count_nonzero", "nonzero", "searchsorted", "where", "isin", "unique_all", "unique_counts",
    "unique_inverse", "unique_values",
    # indexing, products
    "take", "take_along_axis", "matmul", "matrix_transpose", "tensordot", "vecdot",
)  # fmt: skip


# -- creation --


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
    return np.array(obj, dtype=dtype, copy=copy)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> np.ndarray[Any, Any]:
    return np.eye(n_rows, n_cols, k=k, dtype=dtype or np.float64)


def tril(x: np.ndarray[Any, Any], /, *, k: int = 0) -> np.ndarray[Any, Any]:
    return np.tril(x, k)


def triu(x: np.ndarray[Any, Any], /, *, k: int = 0) -> np.ndarray[Any, Any]:
    return np.triu(x, k)


def astype(x: np.ndarray[Any, Any], dtype: Any, /, *, copy: bool = True, device: Any = None) -> np.ndarray[Any, Any]:
    return np.asarray(x).astype(dtype, copy=copy)


# -- elementwise --


def clip(x: np.ndarray[Any, Any], /, min: Any = None, max: Any = None) -> np.ndarray[Any, Any]:
    return np.clip(x, min, max)


# -- sorting --


def sort(x: np.ndarray[Any, Any], /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> np.ndarray[Any, Any]:
    y = np.sort(x, axis=axis, stable=stable)
    return np.flip(y, axis=axis) if descending else y


def argsort(x: np.ndarray[Any, Any], /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> np.ndarray[Any, Any]:
    if not descending:
        return np.argsort(x, axis=axis, stable=stable)
    # stable in descending order: sort the reversed array, then count from the other end
    order = np.flip(np.argsort(np.flip(x, axis=axis), axis=axis, stable=stable), axis=axis)
    return x.shape[axis] - 1 - order
