"""Reductions and running sums. Where the signature says so an `axis` may be a tuple; `keepdims` leaves length 1."""

from __future__ import annotations

from emberharmony import ops
from emberharmony.ops.dispatch import derived, op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Axis, DType

__all__ = [
    "all",
    "any",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


@op
def cumulative_prod(
    x: A, /, *, axis: int | None = None, dtype: DType | None = None, include_initial: bool = False
) -> A:
    """Products of the first 1, 2, ... elements along `axis`; `include_initial` begins with 1.

    An array of one dimension needs no axis. Small integers multiply as int64.

    >>> ops.cumulative_prod(ops.asarray([1, 2, 3, 4])).tolist()
    [1, 2, 6, 24]
    """
    ...


@op
def cumulative_sum(x: A, /, *, axis: int | None = None, dtype: DType | None = None, include_initial: bool = False) -> A:
    """Sums of the first 1, 2, ... elements along `axis`; `include_initial` begins with 0.

    An array of one dimension needs no axis. Small integers add up as int64.

    >>> ops.cumulative_sum(ops.asarray([1, 2, 3]), include_initial=True).tolist()
    [0, 1, 3, 6]
    """
    ...


@op
def max(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """The largest element, of all or along `axis`; nan where one is there. No elements: an error.

    >>> ops.max(ops.asarray([[1, 5], [7, 2]]), axis=1).tolist()
    [5, 7]
    """
    ...


@op
def mean(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """The arithmetic mean, of all or along `axis`.

    No elements: nan.

    >>> ops.mean(ops.asarray([[1.0, 2.0], [3.0, 6.0]]), axis=0).tolist()
    [2.0, 4.0]
    """
    ...


@op
def min(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """The smallest element, of all or along `axis`; nan where one is there. No elements: an error.

    >>> ops.min(ops.asarray([[1, 5], [7, 2]]), axis=1).tolist()
    [1, 2]
    """
    ...


@op
def prod(x: A, /, *, axis: Axis = None, dtype: DType | None = None, keepdims: bool = False) -> A:
    """The product, of all or along `axis`; of no elements, 1. Small integers multiply as int64.

    >>> ops.prod(ops.asarray([2, 3, 4])).tolist()
    24
    """
    ...


@op
def std(x: A, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> A:
    """The standard deviation, `sqrt(sum((x - mean)**2) / (n - correction))`.

    `correction=1` gives the sample's.

    >>> ops.std(ops.asarray([1.0, 3.0]), correction=1).tolist()
    1.4142135623730951
    """
    ...


@op
def sum(x: A, /, *, axis: Axis = None, dtype: DType | None = None, keepdims: bool = False) -> A:
    """The sum, of all or along `axis`; of no elements, 0. Small integers add up as int64.

    >>> ops.sum(ops.asarray([[1, 2], [3, 4]]), axis=0).tolist()
    [4, 6]
    """
    ...


@op
def var(x: A, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> A:
    """The variance, `sum((x - mean)**2) / (n - correction)`.

    `correction=1` gives the sample's.

    >>> ops.var(ops.asarray([1.0, 3.0])).tolist()
    1.0
    """
    ...


@op
def all(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """Whether every element is true (not zero), of all or along `axis`; of no elements, true.

    >>> ops.all(ops.asarray([[True, False], [True, True]]), axis=1).tolist()
    [False, True]
    """
    ...


@op
def any(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """Whether an element is true (not zero), of all or along `axis`; of no elements, false.

    >>> ops.any(ops.asarray([[False, False], [True, False]]), axis=1).tolist()
    [False, True]
    """
    ...


@derived
def diff(x: A, /, *, axis: int = -1, n: int = 1, prepend: A | None = None, append: A | None = None) -> A:
    """Differences of neighbours along `axis`, taken `n` times: `x[i + 1] - x[i]`.

    `prepend` and `append` are joined on first.

    >>> ops.diff(ops.asarray([1, 4, 9, 16])).tolist()
    [3, 5, 7]
    """
    parts = [part for part in (prepend, x, append) if part is not None]
    x, axis = ops.concat(parts, axis=axis) if len(parts) > 1 else x, axis % x.ndim
    ahead, behind = ((*(slice(None),) * axis, part) for part in (slice(1, None), slice(None, -1)))
    for _ in range(n):
        x = ops.subtract(x[ahead], x[behind])
    return x
