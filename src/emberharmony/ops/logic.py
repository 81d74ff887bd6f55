"""Comparisons, logic and bits, elementwise."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Scalar

__all__ = [
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "equal",
    "greater",
    "greater_equal",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "signbit",
]


@op
def bitwise_and(x1: A | int | bool, x2: A | int | bool, /) -> A:
    """The bits set in both; for booleans, `and`.

    >>> ops.bitwise_and(ops.asarray([6, 12]), 4).tolist()
    [4, 4]
    """
    ...


@op
def bitwise_invert(x: A, /) -> A:
    """Every bit flipped: `-x - 1` for signed integers; for booleans, `not`.

    >>> ops.bitwise_invert(ops.asarray([0, 7])).tolist()
    [-1, -8]
    """
    ...


@op
def bitwise_left_shift(x1: A | int, x2: A | int, /) -> A:
    """`x1 * 2**x2` in integers; bits that leave the type are lost.

    >>> ops.bitwise_left_shift(ops.asarray([1, 3]), 2).tolist()
    [4, 12]
    """
    ...


@op
def bitwise_or(x1: A | int | bool, x2: A | int | bool, /) -> A:
    """The bits set in either; for booleans, `or`.

    >>> ops.bitwise_or(ops.asarray([1, 2]), 4).tolist()
    [5, 6]
    """
    ...


@op
def bitwise_right_shift(x1: A | int, x2: A | int, /) -> A:
    """`floor(x1 / 2**x2)` in integers: the sign stays.

    >>> ops.bitwise_right_shift(ops.asarray([8, -8]), 2).tolist()
    [2, -2]
    """
    ...


@op
def bitwise_xor(x1: A | int | bool, x2: A | int | bool, /) -> A:
    """The bits set in exactly one; for booleans, `!=`.

    >>> ops.bitwise_xor(ops.asarray([5, 6]), 3).tolist()
    [6, 5]
    """
    ...


@op
def equal(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """Whether `x1 == x2`; a nan equals nothing.

    >>> ops.equal(ops.asarray([1.0, ops.nan]), ops.asarray([1.0, ops.nan])).tolist()
    [True, False]
    """
    ...


@op
def greater(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """Whether `x1 > x2`.

    >>> ops.greater(ops.asarray([1, 2, 3]), 2).tolist()
    [False, False, True]
    """
    ...


@op
def greater_equal(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """Whether `x1 >= x2`.

    >>> ops.greater_equal(ops.asarray([1, 2, 3]), 2).tolist()
    [False, True, True]
    """
    ...


@op
def isfinite(x: A, /) -> A:
    """Whether `x` is neither infinite nor nan.

    >>> ops.isfinite(ops.asarray([1.0, ops.inf, ops.nan])).tolist()
    [True, False, False]
    """
    ...


@op
def isinf(x: A, /) -> A:
    """Whether `x` is plus or minus infinity.

    >>> ops.isinf(ops.asarray([1.0, -ops.inf, ops.nan])).tolist()
    [False, True, False]
    """
    ...


@op
def isnan(x: A, /) -> A:
    """Whether `x` is not a number.

    >>> ops.isnan(ops.asarray([1.0, ops.inf, ops.nan])).tolist()
    [False, False, True]
    """
    ...


@op
def less(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """Whether `x1 < x2`.

    >>> ops.less(ops.asarray([1, 2, 3]), 2).tolist()
    [True, False, False]
    """
    ...


@op
def less_equal(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """Whether `x1 <= x2`.

    >>> ops.less_equal(ops.asarray([1, 2, 3]), 2).tolist()
    [True, True, False]
    """
    ...


@op
def logical_and(x1: A | bool, x2: A | bool, /) -> A:
    """`x1 and x2` of booleans.

    >>> ops.logical_and(ops.asarray([True, True]), ops.asarray([True, False])).tolist()
    [True, False]
    """
    ...


@op
def logical_not(x: A, /) -> A:
    """`not x` of booleans.

    >>> ops.logical_not(ops.asarray([True, False])).tolist()
    [False, True]
    """
    ...


@op
def logical_or(x1: A | bool, x2: A | bool, /) -> A:
    """`x1 or x2` of booleans.

    >>> ops.logical_or(ops.asarray([False, True]), ops.asarray([False, False])).tolist()
    [False, True]
    """
    ...


@op
def logical_xor(x1: A | bool, x2: A | bool, /) -> A:
    """Whether exactly one of two booleans is true.

    >>> ops.logical_xor(ops.asarray([True, True]), ops.asarray([True, False])).tolist()
    [False, True]
    """
    ...


@op
def not_equal(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """Whether `x1 != x2`; a nan differs from everything.

    >>> ops.not_equal(ops.asarray([1, 2]), 1).tolist()
    [False, True]
    """
    ...


@op
def signbit(x: A, /) -> A:
    """Whether the sign bit is set: true for negative numbers and for -0.

    >>> ops.signbit(ops.asarray([-0.0, 0.0, -1.0])).tolist()
    [True, False, True]
    """
    ...
