"""Searching, sorting and sets."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from emberharmony.backend.results import (
        UniqueAllResult,
        UniqueCountsResult,
        UniqueInverseResult,
    )
    from emberharmony.types import A, Array, Axis, Scalar

__all__ = [
    "argmax",
    "argmin",
    "argsort",
    "count_nonzero",
    "isin",
    "nonzero",
    "searchsorted",
    "sort",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "where",
]


@op
def argmax(x: A, /, *, axis: int | None = None, keepdims: bool = False) -> A:
    """The index of the largest element; of the first one, where several are. Without an axis, in the flattened array.

    >>> ops.argmax(ops.asarray([[1, 9], [7, 2]]), axis=1).tolist()
    [1, 0]
    """
    ...


@op
def argmin(x: A, /, *, axis: int | None = None, keepdims: bool = False) -> A:
    """The index of the smallest element; of the first one, where several are. Without an axis, in the flattened array.

    >>> ops.argmin(ops.asarray([[1, 9], [7, 2]]), axis=1).tolist()
    [0, 1]
    """
    ...


@op
def count_nonzero(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """How many elements are not zero, of all or along `axis`.

    >>> ops.count_nonzero(ops.asarray([[0, 3], [4, 5]]), axis=1).tolist()
    [1, 2]
    """
    ...


@op
def nonzero(x: A, /) -> tuple[A, ...]:
    """The indices of the elements that are not zero, one array for each dimension.

    The shape depends on the data: on MLX this waits for `x`.

    >>> [i.tolist() for i in ops.nonzero(ops.asarray([0, 5, 0, 7]))]
    [[1, 3]]
    """
    ...


@op
def searchsorted(
    x1: A, x2: A | Scalar, /, *, side: Literal["left", "right"] = "left", sorter: Array | None = None
) -> A:
    """Where each of `x2` would go in the sorted `x1` so that it stays sorted.

    `side="left"` goes before equal elements, `"right"` after; `sorter` is the order that sorts `x1`.

    >>> ops.searchsorted(ops.asarray([1, 3, 5]), ops.asarray([3, 4]), side="right").tolist()
    [2, 2]
    """
    ...


@op
def where(condition: Array, x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`x1` where the condition holds, `x2` elsewhere.

    >>> ops.where(ops.asarray([True, False]), ops.asarray([1, 2]), 0).tolist()
    [1, 0]
    """
    ...


@op
def argsort(x: A, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> A:
    """The indices that sort `x` along `axis`; equal elements keep their order where `stable`.

    >>> ops.argsort(ops.asarray([3, 1, 2])).tolist()
    [1, 2, 0]
    """
    ...


@op
def sort(x: A, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> A:
    """`x` sorted along `axis`.

    >>> ops.sort(ops.asarray([3, 1, 2]), descending=True).tolist()
    [3, 2, 1]
    """
    ...


@op
def isin(x1: A | int, x2: A | int, /, *, invert: bool = False) -> A:
    """Whether each element of `x1` occurs in `x2`; the other way round with `invert`.

    >>> ops.isin(ops.asarray([1, 2, 3]), ops.asarray([2, 5])).tolist()
    [False, True, False]
    """
    ...


@op
def unique_all(x: A, /) -> UniqueAllResult[A]:
    """The sorted distinct values, where each occurs first, how to rebuild `x` from them, and how often each occurs.

    The shape depends on the data: on MLX this waits for `x`.

    >>> [a.tolist() for a in ops.unique_all(ops.asarray([5, 3, 5]))]
    [[3, 5], [1, 0], [1, 0, 1], [1, 2]]
    """
    ...


@op
def unique_counts(x: A, /) -> UniqueCountsResult[A]:
    """The sorted distinct values and how often each occurs.

    The shape depends on the data: on MLX this waits for `x`.

    >>> [a.tolist() for a in ops.unique_counts(ops.asarray([5, 3, 5]))]
    [[3, 5], [1, 2]]
    """
    ...


@op
def unique_inverse(x: A, /) -> UniqueInverseResult[A]:
    """The sorted distinct values, and the indices that rebuild `x` from them.

    The shape depends on the data: on MLX this waits for `x`.

    >>> [a.tolist() for a in ops.unique_inverse(ops.asarray([5, 3, 5]))]
    [[3, 5], [1, 0, 1]]
    """
    ...


@op
def unique_values(x: A, /) -> A:
    """The sorted distinct values.

    The shape depends on the data: on MLX this waits for `x`.

    >>> ops.unique_values(ops.asarray([5, 3, 5])).tolist()
    [3, 5]
    """
    ...
