"""Exponentials, logarithms, trigonometric and hyperbolic functions, elementwise."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Scalar

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "exp",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "sin",
    "sinh",
    "tan",
    "tanh",
]


@op
def acos(x: A, /) -> A:
    """The angle in [0, pi] whose cosine is `x`; nan outside [-1, 1].

    >>> ops.acos(ops.asarray([1.0, 0.0])).tolist()
    [0.0, 1.5707963267948966]
    """
    ...


@op
def acosh(x: A, /) -> A:
    """The non-negative number whose hyperbolic cosine is `x`; nan below 1.

    >>> ops.acosh(ops.asarray([1.0, 2.0])).tolist()
    [0.0, 1.3169578969248168]
    """
    ...


@op
def asin(x: A, /) -> A:
    """The angle in [-pi/2, pi/2] whose sine is `x`; nan outside [-1, 1].

    >>> ops.asin(ops.asarray([0.0, 1.0])).tolist()
    [0.0, 1.5707963267948966]
    """
    ...


@op
def asinh(x: A, /) -> A:
    """The number whose hyperbolic sine is `x`.

    >>> ops.asinh(ops.asarray([0.0, 1.0])).tolist()
    [0.0, 0.881373587019543]
    """
    ...


@op
def atan(x: A, /) -> A:
    """The angle in [-pi/2, pi/2] whose tangent is `x`.

    >>> ops.atan(ops.asarray([0.0, 1.0])).tolist()
    [0.0, 0.7853981633974483]
    """
    ...


@op
def atan2(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """The angle of the point `(x2, x1)` in [-pi, pi]: the quadrant comes from both signs, those of zeros too.

    >>> ops.atan2(ops.asarray([1.0, 1.0]), ops.asarray([0.0, -1.0])).tolist()
    [1.5707963267948966, 2.356194490192345]
    """
    ...


@op
def atanh(x: A, /) -> A:
    """The number whose hyperbolic tangent is `x`; infinite at -1 and 1, nan beyond.

    >>> ops.atanh(ops.asarray([0.0, 0.5])).tolist()
    [0.0, 0.5493061443340549]
    """
    ...


@op
def cos(x: A, /) -> A:
    """The cosine of an angle in radians.

    >>> ops.cos(ops.asarray([0.0, ops.pi])).tolist()
    [1.0, -1.0]
    """
    ...


@op
def cosh(x: A, /) -> A:
    """The hyperbolic cosine, `(exp(x) + exp(-x)) / 2`.

    >>> ops.cosh(ops.asarray([0.0, 1.0])).tolist()
    [1.0, 1.5430806348152437]
    """
    ...


@op
def exp(x: A, /) -> A:
    """`e` to the power `x`.

    >>> ops.exp(ops.asarray([0.0, 1.0])).tolist()
    [1.0, 2.718281828459045]
    """
    ...


@op
def expm1(x: A, /) -> A:
    """`exp(x) - 1`, exact also where `x` is so small that `exp(x)` rounds to 1.

    >>> ops.expm1(ops.asarray([0.0, 1e-10], dtype="float64")).tolist()
    [0.0, 1.00000000005e-10]
    """
    ...


@op
def log(x: A, /) -> A:
    """The natural logarithm; -inf at zero, nan below.

    >>> ops.log(ops.asarray([1.0, ops.e])).tolist()
    [0.0, 1.0]
    """
    ...


@op
def log10(x: A, /) -> A:
    """The logarithm to base 10.

    >>> ops.log10(ops.asarray([1.0, 100.0])).tolist()
    [0.0, 2.0]
    """
    ...


@op
def log1p(x: A, /) -> A:
    """`log(1 + x)`, exact also where `x` is small.

    >>> ops.log1p(ops.asarray([0.0, 1e-10], dtype="float64")).tolist()
    [0.0, 9.999999999500001e-11]
    """
    ...


@op
def log2(x: A, /) -> A:
    """The logarithm to base 2.

    >>> ops.log2(ops.asarray([1.0, 8.0])).tolist()
    [0.0, 3.0]
    """
    ...


@op
def logaddexp(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`log(exp(x1) + exp(x2))` without overflow.

    >>> ops.logaddexp(ops.asarray([100.0]), ops.asarray([100.0])).tolist()
    [100.69314718055995]
    """
    ...


@op
def sin(x: A, /) -> A:
    """The sine of an angle in radians.

    >>> ops.sin(ops.asarray([0.0, ops.pi / 2])).tolist()
    [0.0, 1.0]
    """
    ...


@op
def sinh(x: A, /) -> A:
    """The hyperbolic sine, `(exp(x) - exp(-x)) / 2`.

    >>> ops.sinh(ops.asarray([0.0, 1.0])).tolist()
    [0.0, 1.1752011936438014]
    """
    ...


@op
def tan(x: A, /) -> A:
    """The tangent of an angle in radians.

    >>> ops.tan(ops.asarray([0.0, 1.0])).tolist()
    [0.0, 1.5574077246549023]
    """
    ...


@op
def tanh(x: A, /) -> A:
    """The hyperbolic tangent, `sinh(x) / cosh(x)`.

    >>> ops.tanh(ops.asarray([0.0, 1.0])).tolist()
    [0.0, 0.7615941559557649]
    """
    ...
