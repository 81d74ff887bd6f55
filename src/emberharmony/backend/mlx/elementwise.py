"""Elementwise functions on MLX. SAME means what the standard means; what is defined below differs, and says how."""

from __future__ import annotations

from typing import Any

import mlx.core as mx

from emberharmony.backend.mlx import double
from emberharmony.backend.mlx.kinds import EXACT, INTEGERS, REAL, SIGNED, is_double, number, pair, scalar
from emberharmony.errors import ArgumentError, DTypeError

SAME = (
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_invert",
    "bitwise_or", "bitwise_xor", "ceil", "conj", "cosh", "divide", "equal", "floor", "greater", "greater_equal", "imag",
    "isfinite", "isinf", "isnan", "less", "less_equal", "log", "log10", "log1p", "log2", "logical_and", "logical_not",
    "logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative", "not_equal", "positive", "real",
    "reciprocal", "round", "sinh", "sqrt", "square", "subtract", "trunc",
)  # fmt: skip
_BITS = {mx.float16: mx.int16, mx.bfloat16: mx.int16, mx.float32: mx.int32, mx.float64: mx.int64}
_LEAST = {mx.float16: 2.0**-24, mx.bfloat16: 2.0**-133, mx.float32: 2.0**-149, mx.float64: 5e-324}


# -- exponentials and angles: float64 in full precision, complex expm1, the sign of zero --


def cos(x: mx.array, /) -> mx.array:
    return double.cos(x) if is_double(x) else mx.cos(x)


def exp(x: mx.array, /) -> mx.array:
    return double.exp(x) if is_double(x) else mx.exp(x)


def expm1(x: mx.array, /) -> mx.array:
    if x.dtype == mx.complex64:
        return _expm1(mx.real(x), mx.imag(x))
    return double.expm1(x) if is_double(x) else mx.expm1(x)


def logaddexp(x1: Any, x2: Any, /) -> mx.array:
    x1, x2 = pair(x1, x2)
    if x1.dtype != mx.float64:
        return mx.logaddexp(x1, x2)
    gap = mx.where((x1 == x2) & mx.isinf(x1), 0.0, x2 - x1)  # two equal infinities have no difference
    return mx.where(gap > 0, x2, x1) + mx.log1p(double.exp(mx.where(gap > 0, -gap, gap)))


def sin(x: mx.array, /) -> mx.array:
    # MLX gives sin(-0.0) = 0.0
    return double.sin(x) if is_double(x) else mx.where(x, mx.sin(x), x)


def tan(x: mx.array, /) -> mx.array:
    return double.tan(x) if is_double(x) else mx.tan(x)


def tanh(x: mx.array, /) -> mx.array:
    y = mx.tanh(x)
    if x.itemsize != 8 or x.dtype != mx.complex64:
        return y
    # at an infinite real part MLX lets the imaginary zero swing with the angle
    a, b = mx.real(x), mx.imag(x)
    return mx.where(mx.isinf(a) & mx.isfinite(b), _joined(mx.sign(a), copysign(mx.zeros_like(b), b)), y)


# -- division --


def floor_divide(x1: Any, x2: Any, /) -> mx.array:
    x1, x2 = pair(x1, x2)
    if x1.dtype in EXACT:
        # MLX kills the process at x // 0 and at the least integer // -1; these give 0 and wrap, as in NumPy
        zero, minus, divisor = _safe_divisor(x1, x2)
        quotient = mx.floor_divide(x1, divisor)
        return mx.where(zero, 0, quotient if minus is None else mx.where(minus, mx.negative(x1), quotient))
    # floor(x1 / x2) is one too many where the quotient rounds up: 1 // 0.1 is 9. The remainder is exact: start from it
    quotient = x1 / x2
    whole = mx.round((x1 - mx.remainder(x1, x2)) / x2)
    whole = mx.where(whole == 0, mx.where(signbit(quotient), -0.0, 0.0).astype(x1.dtype), whole)
    ordinary = mx.isfinite(x1) & mx.isfinite(x2) & (x2 != 0)
    return mx.where(ordinary, whole, mx.floor(quotient))


def remainder(x1: Any, x2: Any, /) -> mx.array:
    x1, x2 = pair(x1, x2)
    if x1.dtype in EXACT:
        return mx.remainder(x1, _safe_divisor(x1, x2)[2])
    # a zero has the sign of x2; written so that the derivative stays 1
    rest = mx.remainder(x1, x2)
    return mx.where(signbit(x2), -(0.0 - rest), rest + 0.0)


def _safe_divisor(x1: mx.array, x2: mx.array) -> tuple[mx.array, mx.array | None, mx.array]:
    zero = x2 == 0
    if x1.dtype not in SIGNED:
        return zero, None, mx.where(zero, 1, x2)
    minus = x2 == -1
    return zero, minus, mx.where(zero | minus, 1, x2)


# -- bits --


def bitwise_left_shift(x1: Any, x2: Any, /) -> mx.array:
    # a shift by the width or more clears the number; the processor would take it modulo the width
    x1, x2 = pair(x1, x2)
    bits = 8 * x1.itemsize
    return mx.where(x2 < bits, mx.left_shift(x1, mx.minimum(x2, bits - 1)), 0)


def bitwise_right_shift(x1: Any, x2: Any, /) -> mx.array:
    x1, x2 = pair(x1, x2)
    bits = 8 * x1.itemsize
    shifted = mx.right_shift(x1, mx.minimum(x2, bits - 1))
    return shifted if x1.dtype in SIGNED else mx.where(x2 < bits, shifted, 0)


def signbit(x: mx.array, /) -> mx.array:
    return mx.view(mx.stop_gradient(x), _BITS[x.dtype]) < 0 if x.dtype in _BITS else x < 0


def copysign(x1: Any, x2: Any, /) -> mx.array:
    x1, x2 = pair(x1, x2)
    size = mx.abs(x1)
    return mx.where(signbit(x2), -size, size)


def nextafter(x1: Any, x2: Any, /) -> mx.array:
    # neighbours have neighbouring bit patterns, counted from zero outwards
    x1, x2 = pair(x1, x2)
    dtype = x1.dtype
    bits = mx.view(x1, _BITS[dtype])
    step = mx.where((x1 < x2) == (x1 > 0), 1, -1).astype(bits.dtype)
    moved = mx.view(bits + step, dtype)
    least = mx.array(_LEAST[dtype], dtype)
    moved = mx.where(x1 == 0, mx.where(x2 > 0, least, -least), moved)
    return mx.where(x1 == x2, x2, mx.where(mx.isnan(x1) | mx.isnan(x2), x1 + x2, moved))


# -- the rest --


def clip(x: mx.array, /, min: Any = None, max: Any = None) -> mx.array:
    # the dtype stays that of x; MLX wants at least one bound
    if min is None and max is None:
        return mx.array(x)
    y = mx.clip(x, _bound(min, x), _bound(max, x))
    return y if y.dtype == x.dtype else y.astype(x.dtype)


def _bound(bound: Any, x: mx.array) -> Any:
    if not isinstance(bound, int | float) or x.dtype not in INTEGERS:
        return bound
    if isinstance(bound, float) and not bound.is_integer():
        raise DTypeError(
            f"ops.clip got {x.dtype} and the bound {bound}",
            expected="a whole number: the result keeps the dtype of x",
            mend='ops.clip(ops.astype(x, "float64"), ...)',
        )
    limits = mx.iinfo(x.dtype)  # a bound beyond the type's range bounds nothing
    return sorted((limits.min, int(bound), limits.max))[1]


def hypot(x1: Any, x2: Any, /) -> mx.array:
    x1, x2 = pair(x1, x2)
    a, b = mx.abs(x1), mx.abs(x2)
    large, small = mx.maximum(a, b), mx.minimum(a, b)
    ratio = small / mx.where(large == 0, 1, large)
    return mx.where(mx.isinf(a) | mx.isinf(b), float("inf"), large * mx.sqrt(1 + ratio * ratio))


def pow(x1: Any, x2: Any, /) -> mx.array:
    if type(x2) is int and x2 < 0 and x1.dtype in INTEGERS:
        raise ArgumentError(f"pow got the power {x2} of integers", expected="a power from 0 on", mend="a float power")
    y = mx.power(x1, x2)
    if y.itemsize != 8 or y.dtype != mx.complex64:
        return y
    # MLX takes the logarithm of a complex zero
    x1, x2 = pair(x1, x2)
    return mx.where(x1 == 0, mx.where(x2 == 0, number(1.0, y.dtype), number(0.0, y.dtype)), y)


def sign(x: mx.array, /) -> mx.array:
    # MLX gives sign(nan) = 0, and the sign of a complex zero to its zero
    if x.dtype == mx.complex64:
        return mx.where(x == 0, 0, mx.sign(x))
    return mx.where(mx.isnan(x), x, mx.sign(x)) if x.dtype in REAL else mx.sign(x)


def where(condition: mx.array, x1: Any, x2: Any, /) -> mx.array:
    if type(x1) is not mx.array and type(x2) is not mx.array:
        x1 = scalar(x1, scalar(x2, mx.bool_).dtype)  # two Python numbers: int64 and not int32
        x2 = scalar(x2, x1.dtype)
    return mx.where(condition, x1, x2)


def _expm1(a: mx.array, b: mx.array) -> mx.array:
    """exp(a + i b) - 1 = expm1(a) cos b - 2 sin(b/2)^2 + i exp(a) sin b, none of which cancels."""
    endless = ~mx.isfinite(b)
    b = mx.where(endless & (a == -mx.inf), 0.0, b)  # e^-inf is 0 whatever the angle
    half = mx.sin(0.5 * b)
    re = mx.where(endless & (a == mx.inf), a, mx.expm1(a) * mx.cos(b) - 2 * half * half + 0.0)
    return _joined(re, mx.where(b == 0, b, mx.exp(a) * mx.sin(b)))


def _joined(re: mx.array, im: mx.array) -> mx.array:
    """re + i im, where re + 1j * im would mix infinite parts and lose the sign of zeros."""
    return mx.view(mx.stack([re, im], axis=-1), mx.complex64).squeeze(-1)
