"""elementwise."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from emberharmony.types import A, Axis, Device, DType, Nested, Scalar, Shape
    from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult, UniqueAllResult, UniqueCountsResult, UniqueInverseResult

__all__ = [
    "abs",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "ceil",
    "clip",
    "conj",
    "copysign",
    "cos",
    "cosh",
    "divide",
    "equal",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "imag",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "pow",
    "real",
    "reciprocal",
    "remainder",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
]


@op
def abs(x: A, /) -> A:
    """abs."""
    ...


@op
def acos(x: A, /) -> A:
    """acos."""
    ...


@op
def acosh(x: A, /) -> A:
    """acosh."""
    ...


@op
def add(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """add."""
    ...


@op
def asin(x: A, /) -> A:
    """asin."""
    ...


@op
def asinh(x: A, /) -> A:
    """asinh."""
    ...


@op
def atan(x: A, /) -> A:
    """atan."""
    ...


@op
def atan2(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """atan2."""
    ...


@op
def atanh(x: A, /) -> A:
    """atanh."""
    ...


@op
def bitwise_and(x1: A | int | bool, x2: A | int | bool, /) -> A:
    """bitwise_and."""
    ...


@op
def bitwise_left_shift(x1: A | int, x2: A | int, /) -> A:
    """bitwise_left_shift."""
    ...


@op
def bitwise_invert(x: A, /) -> A:
    """bitwise_invert."""
    ...


@op
def bitwise_or(x1: A | int | bool, x2: A | int | bool, /) -> A:
    """bitwise_or."""
    ...


@op
def bitwise_right_shift(x1: A | int, x2: A | int, /) -> A:
    """bitwise_right_shift."""
    ...


@op
def bitwise_xor(x1: A | int | bool, x2: A | int | bool, /) -> A:
    """bitwise_xor."""
    ...


@op
def ceil(x: A, /) -> A:
    """ceil."""
    ...


@op
def clip(x: A, /, min: A | Scalar | None = None, max: A | Scalar | None = None) -> A:
    """clip."""
    ...


@op
def conj(x: A, /) -> A:
    """conj."""
    ...


@op
def copysign(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """copysign."""
    ...


@op
def cos(x: A, /) -> A:
    """cos."""
    ...


@op
def cosh(x: A, /) -> A:
    """cosh."""
    ...


@op
def divide(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """divide."""
    ...


@op
def equal(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """equal."""
    ...


@op
def exp(x: A, /) -> A:
    """exp."""
    ...


@op
def expm1(x: A, /) -> A:
    """expm1."""
    ...


@op
def floor(x: A, /) -> A:
    """floor."""
    ...


@op
def floor_divide(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """floor_divide."""
    ...


@op
def greater(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """greater."""
    ...


@op
def greater_equal(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """greater_equal."""
    ...


@op
def hypot(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """hypot."""
    ...


@op
def imag(x: A, /) -> A:
    """imag."""
    ...


@op
def isfinite(x: A, /) -> A:
    """isfinite."""
    ...


@op
def isinf(x: A, /) -> A:
    """isinf."""
    ...


@op
def isnan(x: A, /) -> A:
    """isnan."""
    ...


@op
def less(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """less."""
    ...


@op
def less_equal(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """less_equal."""
    ...


@op
def log(x: A, /) -> A:
    """log."""
    ...


@op
def log1p(x: A, /) -> A:
    """log1p."""
    ...


@op
def log2(x: A, /) -> A:
    """log2."""
    ...


@op
def log10(x: A, /) -> A:
    """log10."""
    ...


@op
def logaddexp(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """logaddexp."""
    ...


@op
def logical_and(x1: A | bool, x2: A | bool, /) -> A:
    """logical_and."""
    ...


@op
def logical_not(x: A, /) -> A:
    """logical_not."""
    ...


@op
def logical_or(x1: A | bool, x2: A | bool, /) -> A:
    """logical_or."""
    ...


@op
def logical_xor(x1: A | bool, x2: A | bool, /) -> A:
    """logical_xor."""
    ...


@op
def maximum(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """maximum."""
    ...


@op
def minimum(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """minimum."""
    ...


@op
def multiply(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """multiply."""
    ...


@op
def negative(x: A, /) -> A:
    """negative."""
    ...


@op
def nextafter(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """nextafter."""
    ...


@op
def not_equal(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """not_equal."""
    ...


@op
def positive(x: A, /) -> A:
    """positive."""
    ...


@op
def pow(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """pow."""
    ...


@op
def real(x: A, /) -> A:
    """real."""
    ...


@op
def reciprocal(x: A, /) -> A:
    """reciprocal."""
    ...


@op
def remainder(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """remainder."""
    ...


@op
def round(x: A, /) -> A:
    """round."""
    ...


@op
def sign(x: A, /) -> A:
    """sign."""
    ...


@op
def signbit(x: A, /) -> A:
    """signbit."""
    ...


@op
def sin(x: A, /) -> A:
    """sin."""
    ...


@op
def sinh(x: A, /) -> A:
    """sinh."""
    ...


@op
def square(x: A, /) -> A:
    """square."""
    ...


@op
def sqrt(x: A, /) -> A:
    """sqrt."""
    ...


@op
def subtract(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """subtract."""
    ...


@op
def tan(x: A, /) -> A:
    """tan."""
    ...


@op
def tanh(x: A, /) -> A:
    """tanh."""
    ...


@op
def trunc(x: A, /) -> A:
    """trunc."""
    ...
