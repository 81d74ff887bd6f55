"""Arithmetic, elementwise. Arrays broadcast against each other; a Python number takes the array's dtype."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Scalar

__all__ = [
    "abs",
    "add",
    "ceil",
    "clip",
    "conj",
    "copysign",
    "divide",
    "floor",
    "floor_divide",
    "hypot",
    "imag",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nextafter",
    "positive",
    "pow",
    "real",
    "reciprocal",
    "remainder",
    "round",
    "sign",
    "sqrt",
    "square",
    "subtract",
    "trunc",
]


@op
def abs(x: A, /) -> A:
    """The magnitude, elementwise; of a complex number its modulus.

    >>> ops.abs(ops.asarray([-1.5, 2.0])).tolist()
    [1.5, 2.0]
    """
    ...


@op
def add(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`x1 + x2`, elementwise.

    >>> ops.add(ops.asarray([1, 2]), 10).tolist()
    [11, 12]
    """
    ...


@op
def ceil(x: A, /) -> A:
    """The least whole number that is not below `x`; the dtype stays.

    >>> ops.ceil(ops.asarray([1.2, -1.2])).tolist()
    [2.0, -1.0]
    """
    ...


@op
def clip(x: A, /, min: A | Scalar | None = None, max: A | Scalar | None = None) -> A:
    """`x` kept between `min` and `max`, either of which may be missing; the dtype is that of `x`.

    >>> ops.clip(ops.asarray([-2.0, 0.5, 3.0]), 0.0, 1.0).tolist()
    [0.0, 0.5, 1.0]
    """
    ...


@op
def conj(x: A, /) -> A:
    """The complex conjugate.

    >>> ops.imag(ops.conj(ops.asarray([1 + 2j]))).tolist()
    [-2.0]
    """
    ...


@op
def copysign(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """The magnitude of `x1` with the sign of `x2`, the sign of a zero included.

    >>> ops.copysign(ops.asarray([1.0, 2.0]), ops.asarray([-0.0, 3.0])).tolist()
    [-1.0, 2.0]
    """
    ...


@op
def divide(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`x1 / x2`, elementwise; integers divide into floats.

    >>> ops.divide(ops.asarray([1, 3]), 2).tolist()
    [0.5, 1.5]
    """
    ...


@op
def floor(x: A, /) -> A:
    """The greatest whole number that is not above `x`; the dtype stays.

    >>> ops.floor(ops.asarray([1.8, -1.2])).tolist()
    [1.0, -2.0]
    """
    ...


@op
def floor_divide(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`x1 / x2` rounded towards minus infinity. An infinity divided by a number stays infinite.

    >>> ops.floor_divide(ops.asarray([7, -7]), 2).tolist()
    [3, -4]
    """
    ...


@op
def hypot(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`sqrt(x1**2 + x2**2)` without overflow on the way.

    >>> ops.hypot(ops.asarray([3.0]), ops.asarray([4.0])).tolist()
    [5.0]
    """
    ...


@op
def imag(x: A, /) -> A:
    """The imaginary part, as real numbers.

    >>> ops.imag(ops.asarray([1 + 2j])).tolist()
    [2.0]
    """
    ...


@op
def maximum(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """The larger of two, elementwise; nan where either is.

    >>> ops.maximum(ops.asarray([1.0, 5.0]), 3.0).tolist()
    [3.0, 5.0]
    """
    ...


@op
def minimum(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """The smaller of two, elementwise; nan where either is.

    >>> ops.minimum(ops.asarray([1.0, 5.0]), 3.0).tolist()
    [1.0, 3.0]
    """
    ...


@op
def multiply(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`x1 * x2`, elementwise.

    >>> ops.multiply(ops.asarray([1, 2]), 10).tolist()
    [10, 20]
    """
    ...


@op
def negative(x: A, /) -> A:
    """`-x`.

    >>> ops.negative(ops.asarray([1, -2])).tolist()
    [-1, 2]
    """
    ...


@op
def nextafter(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """The next representable number after `x1` on the way to `x2`.

    >>> ops.greater(ops.nextafter(ops.asarray([1.0]), ops.asarray([2.0])), 1.0).tolist()
    [True]
    """
    ...


@op
def positive(x: A, /) -> A:
    """`+x`.

    >>> ops.positive(ops.asarray([1, -2])).tolist()
    [1, -2]
    """
    ...


@op
def pow(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`x1` to the power `x2`, elementwise.

    >>> ops.pow(ops.asarray([2.0, 3.0]), 2.0).tolist()
    [4.0, 9.0]
    """
    ...


@op
def real(x: A, /) -> A:
    """The real part.

    >>> ops.real(ops.asarray([1 + 2j])).tolist()
    [1.0]
    """
    ...


@op
def reciprocal(x: A, /) -> A:
    """`1 / x`.

    >>> ops.reciprocal(ops.asarray([2.0, 4.0])).tolist()
    [0.5, 0.25]
    """
    ...


@op
def remainder(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`x1 - x2 * floor(x1 / x2)`: the sign is that of `x2`, as in Python.

    >>> ops.remainder(ops.asarray([7, -7]), 3).tolist()
    [1, 2]
    """
    ...


@op
def round(x: A, /) -> A:
    """The nearest whole number; halves go to the even one.

    >>> ops.round(ops.asarray([0.5, 1.5, 2.4])).tolist()
    [0.0, 2.0, 2.0]
    """
    ...


@op
def sign(x: A, /) -> A:
    """-1, 0 or 1 by the sign; a complex number is scaled to modulus 1.

    >>> ops.sign(ops.asarray([-2.0, 0.0, 5.0])).tolist()
    [-1.0, 0.0, 1.0]
    """
    ...


@op
def sqrt(x: A, /) -> A:
    """The square root; nan below zero.

    >>> ops.sqrt(ops.asarray([4.0, 2.25])).tolist()
    [2.0, 1.5]
    """
    ...


@op
def square(x: A, /) -> A:
    """`x * x`.

    >>> ops.square(ops.asarray([2, -3])).tolist()
    [4, 9]
    """
    ...


@op
def subtract(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`x1 - x2`, elementwise.

    >>> ops.subtract(ops.asarray([1, 2]), 10).tolist()
    [-9, -8]
    """
    ...


@op
def trunc(x: A, /) -> A:
    """The whole part: rounded towards zero.

    >>> ops.trunc(ops.asarray([1.8, -1.8])).tolist()
    [1.0, -1.0]
    """
    ...
