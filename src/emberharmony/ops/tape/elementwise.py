"""Rules of elementwise ops: `(g, y, x)` -> cotangent of `x`. Sums over broadcast axes are taken by the caller."""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import COMPLEX, name_of


def is_complex(x: Any) -> bool:
    """Whether an array holds complex numbers."""
    return name_of(x.dtype) in COMPLEX


def conjugated(x: Any) -> Any:
    """The complex conjugate; a real array is its own."""
    return ops.conj(x) if is_complex(x) else x


UNARY: dict[str, Any] = {
    "abs": lambda g, y, x: g * conjugated(ops.sign(x)),
    "acos": lambda g, y, x: -g / ops.sqrt(1 - x * x),
    "acosh": lambda g, y, x: g / (ops.sqrt(x - 1) * ops.sqrt(x + 1)),
    "asin": lambda g, y, x: g / ops.sqrt(1 - x * x),
    "asinh": lambda g, y, x: g / ops.sqrt(x * x + 1),
    "atan": lambda g, y, x: g / (x * x + 1),
    "atanh": lambda g, y, x: g / (1 - x * x),
    "conj": lambda g, y, x: conjugated(g),
    "cos": lambda g, y, x: g * -ops.sin(x),
    "cosh": lambda g, y, x: g * ops.sinh(x),
    "exp": lambda g, y, x: g * y,
    "expm1": lambda g, y, x: g * (y + 1),
    "imag": lambda g, y, x: ops.astype(g, x.dtype) * -1j,
    "log": lambda g, y, x: g / x,
    "log10": lambda g, y, x: g / (x * math.log(10)),
    "log1p": lambda g, y, x: g / (x + 1),
    "log2": lambda g, y, x: g / (x * math.log(2)),
    "negative": lambda g, y, x: -g,
    "positive": lambda g, y, x: g,
    "real": lambda g, y, x: g,
    "reciprocal": lambda g, y, x: g * -(y * y),
    "relu": lambda g, y, x: ops.where(x > 0, g, ops.zeros_like(g)),
    "sigmoid": lambda g, y, x: g * (y * (1 - y)),
    "sin": lambda g, y, x: g * ops.cos(x),
    "sinh": lambda g, y, x: g * ops.cosh(x),
    "softplus": lambda g, y, x: g * ops.sigmoid(x),
    "special.gammaln": lambda g, y, x: g * ops.special.digamma(x),
    "sqrt": lambda g, y, x: g / (2 * y),
    "square": lambda g, y, x: g * (2 * x),
    "synchronize": lambda g, y, x: g,
    "tan": lambda g, y, x: g * (y * y + 1),
    "tanh": lambda g, y, x: g * (1 - y * y),
}


def _won(g: Any, a: Any, b: Any, wins: Any) -> Any:
    """All for the winner, half where both are equal."""
    return ops.where(wins, g, ops.where(ops.equal(a, b), 0.5 * g, ops.zeros_like(g)))


def _power_base(g: Any, y: Any, x: Any, n: Any) -> Any:
    if not hasattr(n, "dtype"):
        return g * (n * ops.pow(x, n - 1)) if n else ops.zeros_like(g)
    some = ops.not_equal(n, 0)  # at an exponent of 0 the power is constant, also where x is 0
    return g * (n * ops.pow(x, ops.where(some, n - 1, ops.ones_like(n))))


def _power_exponent(g: Any, y: Any, x: Any, n: Any) -> Any:
    if not hasattr(x, "dtype"):
        return g * (y * (math.log(x) if x > 0 else 0.0 if x == 0 else math.nan))
    # at 0 the power is 0 or 1 for all larger exponents: y * log(x) would be nan
    return g * (y * ops.log(ops.where(ops.equal(x, 0), ops.ones_like(x), x)))


BINARY: dict[str, tuple[Any, Any]] = {
    "add": (lambda g, y, a, b: g, lambda g, y, a, b: g),
    "atan2": (lambda g, y, a, b: g * (b / (a * a + b * b)), lambda g, y, a, b: g * (-a / (a * a + b * b))),
    "copysign": (lambda g, y, a, b: g * (ops.sign(a) * ops.copysign(ops.ones_like(y), b)), None),
    "divide": (lambda g, y, a, b: g / b, lambda g, y, a, b: g * (-y / b)),
    "hypot": (lambda g, y, a, b: g * (a / y), lambda g, y, a, b: g * (b / y)),
    "logaddexp": (lambda g, y, a, b: g * ops.sigmoid(a - b), lambda g, y, a, b: g * ops.sigmoid(b - a)),
    "maximum": (lambda g, y, a, b: _won(g, a, b, a > b), lambda g, y, a, b: _won(g, b, a, b > a)),
    "minimum": (lambda g, y, a, b: _won(g, a, b, a < b), lambda g, y, a, b: _won(g, b, a, b < a)),
    "multiply": (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    "pow": (_power_base, _power_exponent),
    "remainder": (lambda g, y, a, b: g, lambda g, y, a, b: g * -ops.floor_divide(a, b)),
    "subtract": (lambda g, y, a, b: g, lambda g, y, a, b: -g),
}


def _clip(g: Any, y: Any, x: Any, low: Any = None, high: Any = None) -> Any:
    g = g if low is None else ops.where(x >= low, g, ops.zeros_like(g))
    return g if high is None else ops.where(x <= high, g, ops.zeros_like(g))


def _clip_bound(number: int) -> Any:
    """Where the result is the bound, and `x` itself is not."""

    def rule(g: Any, y: Any, x: Any, *bounds: Any) -> Any:
        bound = bounds[number]
        return ops.where(ops.logical_and(ops.equal(y, bound), ops.not_equal(x, bound)), g, ops.zeros_like(g))

    return rule


GENERAL: dict[str, tuple[Any, ...]] = {
    "astype": (lambda g, y, x, *_, **__: g,),
    "clip": (_clip, _clip_bound(0), _clip_bound(1)),
    "to_device": (lambda g, y, x, *_, **__: g,),
    "where": (
        None,
        lambda g, y, condition, a, b: ops.where(condition, g, ops.zeros_like(g)),
        lambda g, y, condition, a, b: ops.where(condition, ops.zeros_like(g), g),
    ),
}
# an integer or nothing at all for a derivative; `sign` of a complex number has one, in `table.py`
CONSTANT = (
    "ceil", "floor", "floor_divide", "nextafter", "round", "trunc", "bitwise_and", "bitwise_invert",
    "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "equal", "greater", "greater_equal",
    "isfinite", "isinf", "isnan", "less", "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor",
    "not_equal", "signbit",
)  # fmt: skip
