"""Elementwise functions on NumPy: raw ufuncs but for special values that numpy gets wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from emberharmony.errors import DTypeError

SAME = (
    # arithmetic
    "abs", "add", "ceil", "conj", "copysign", "divide", "floor", "hypot", "imag", "maximum", "minimum", "multiply",
    "negative", "nextafter", "positive", "pow", "real", "reciprocal", "remainder", "round", "sign", "sqrt", "square",
    "subtract", "trunc",
    # logic and bits
    "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "equal",
    "greater", "greater_equal", "isfinite", "isinf", "isnan", "less", "less_equal", "logical_and", "logical_not",
    "logical_or", "logical_xor", "not_equal", "signbit",
    # transcendental
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "exp", "log", "log10", "log1p", "log2",
    "logaddexp", "sin", "sinh", "tan",
)  # fmt: skip


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    # the dtype stays that of x, where numpy would promote
    for bound in (min, max):
        if isinstance(bound, float) and x.dtype.kind in "iu" and not bound.is_integer():
            raise DTypeError(
                f"ops.clip got {x.dtype} and the bound {bound}",
                expected="a whole number: the result keeps the dtype of x",
                mend='ops.clip(ops.astype(x, "float64"), ...)',
            )
    y = np.clip(x, min, max)
    return y if y.dtype == x.dtype else y.astype(x.dtype)


def expm1(x: Any, /) -> Any:
    # numpy forgets that an imaginary part of 0 stays 0, and the complex infinities
    if x.dtype.kind != "c":
        return np.expm1(x)
    a, b = np.real(x), np.imag(x)
    with np.errstate(invalid="ignore"):
        y = _array(np.expm1(x))
        flat, lost = b == 0, ~np.isfinite(b)
        for where, real, imag in (
            (flat, np.expm1(a) + 0.0, b),
            (lost & (a == -np.inf), -1.0, 0.0),
            (lost & (a == np.inf), np.inf, np.nan),
        ):
            np.copyto(y.real, real, where=where, casting="same_kind")
            np.copyto(y.imag, imag, where=where, casting="same_kind")
    return _number(y)


def floor_divide(x1: Any, x2: Any, /) -> Any:
    # an infinity over a number is infinite, not nan; a number over an infinity is a zero, not -1
    special = np.isinf(x1) | np.isinf(x2)
    if not special.any():
        return np.floor_divide(x1, x2)
    with np.errstate(invalid="ignore"):
        return _number(np.where(special, np.divide(x1, x2), np.floor_divide(x1, x2)))


def tanh(x: Any, /) -> Any:
    # at infinity numpy takes the sign of the imaginary zero from beyond the first period
    if x.dtype.kind != "c":
        return np.tanh(x)
    y = _array(np.tanh(x))
    a, b = np.real(x), np.imag(x)
    np.copyto(y.imag, np.copysign(0.0, b), where=np.isinf(a) & np.isfinite(b), casting="same_kind")
    return _number(y)


def _array(x: Any) -> Any:
    return np.asarray(x)


def _number(x: Any) -> Any:
    """An array without axes as the scalar that numpy's own functions return."""
    return x[()]
