"""Shapes beyond the standard: padding, stacking, splitting and diagonals."""

from __future__ import annotations

import itertools
import math
from typing import Any

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.ops.dispatch import derived
from emberharmony.ops.like import axes_of, fits, listed, made_like, one_of
from emberharmony.ops.linalg import diagonal, outer, trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emberharmony.types import A, Array, Scalar

__all__ = [
    "apply_along_axis",
    "atleast_1d",
    "atleast_2d",
    "diag",
    "diagonal",
    "hstack",
    "outer",
    "pad",
    "ravel",
    "split",
    "swapaxes",
    "trace",
    "tril_indices",
    "triu_indices",
    "vstack",
]
MODES = ("constant", "edge", "reflect", "wrap")


@derived
def pad(x: A, /, pad_width: Any, mode: str = "constant", *, constant_values: Scalar = 0) -> A:
    """`x` with more elements before and after each axis.

    `pad_width` is one number, a pair (before, after) for every axis, or a pair for each axis. `mode` is "constant",
    "edge" (the last element again), "reflect" (mirrored, the last element not repeated) or "wrap" (from the other end).

    >>> ops.pad(ops.asarray([1, 2, 3]), (2, 1)).tolist(), ops.pad(ops.asarray([1, 2, 3]), 2, "reflect").tolist()
    ([0, 0, 1, 2, 3, 0], [3, 2, 1, 2, 3, 2, 1])
    """
    one_of("ops.pad", "mode", mode, MODES)
    widths = pad_widths("ops.pad", pad_width, x.ndim)
    if not any(before or after for before, after in widths):
        return x
    if mode == "constant":
        fits("ops.pad", x, constant_values)
        return framed(x, widths, constant_values)
    for axis, (before, after) in enumerate(widths):
        if x.shape[axis] == 0 and before + after > 0:
            raise ShapeError(f"ops.pad got axis {axis} of size 0", expected=f'elements to repeat with mode="{mode}"')
        if before or after:
            x = ops.take(x, _sources(x, mode, x.shape[axis], before, after), axis=axis)
    return x


@derived
def diag(x: A, /, k: int = 0) -> A:
    """A vector as the `k`-th diagonal of a square matrix of zeros; or the `k`-th diagonal of a matrix as a vector.

    >>> ops.diag(ops.asarray([1, 2])).tolist(), ops.diag(ops.asarray([[1, 2], [3, 4]]), 1).tolist()
    ([[1, 0], [0, 2]], [2])
    """
    if x.ndim == 2:
        return diagonal(x, offset=k)
    if x.ndim != 1:
        raise ShapeError(f"ops.diag got shape {tuple(x.shape)}", expected="one or two axes")
    row = pad(x, (max(k, 0), max(-k, 0)))
    size = row.shape[0]
    place = made_like(x, "eye", size, k=k, dtype="bool")
    return ops.where(place, ops.broadcast_to(row, (size, size)), made_like(x, "zeros", (), dtype=x.dtype))


def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Any, Any]:
    """The rows and the columns of the elements on and below the `k`-th diagonal of an `n` by `m` matrix, row by row.

    >>> [i.tolist() for i in ops.tril_indices(2)]
    [[0, 1, 1], [0, 0, 1]]
    """
    m = n if m is None else m
    return _indices([range(min(max(row + k + 1, 0), m)) for row in range(n)])


def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Any, Any]:
    """The rows and the columns of the elements on and above the `k`-th diagonal of an `n` by `m` matrix, row by row.

    >>> [i.tolist() for i in ops.triu_indices(2)]
    [[0, 0, 1], [0, 1, 1]]
    """
    m = n if m is None else m
    return _indices([range(min(max(row + k, 0), m), m) for row in range(n)])


def apply_along_axis(function: Callable[..., Any], axis: int, x: A, /, *arguments: Any, **named: Any) -> A:
    """`function(v, *arguments, **named)` for each vector `v` of `x` along `axis`, whose place its result takes.

    One call for each vector, in Python: a function of the whole array is faster where there is one.

    >>> ops.apply_along_axis(ops.sum, 0, ops.asarray([[1, 2], [3, 4]])).tolist()
    [4, 6]
    """
    (place,) = axes_of("ops.apply_along_axis", x, axis)
    lanes = ops.moveaxis(x, place, -1)
    outside = tuple(lanes.shape[:-1])
    if 0 in outside:
        raise ShapeError(
            f"ops.apply_along_axis got shape {tuple(x.shape)}", expected="at least one vector to call with"
        )
    flat = ops.reshape(lanes, (math.prod(outside), lanes.shape[-1]))
    results = [function(flat[i], *arguments, **named) for i in range(flat.shape[0])]
    results = [y if hasattr(y, "shape") else made_like(x, "asarray", y) for y in results]
    inside = tuple(results[0].shape)
    y = ops.reshape(ops.stack(results), (*outside, *inside))
    ends = tuple(range(len(outside), len(outside) + len(inside)))
    return ops.moveaxis(y, ends, tuple(range(place, place + len(inside))))


@derived
def ravel(x: A, /) -> A:
    """The elements of `x` in a row, the last axis fastest.

    >>> ops.ravel(ops.asarray([[1, 2], [3, 4]])).tolist()
    [1, 2, 3, 4]
    """
    return ops.reshape(x, (-1,))


@derived
def swapaxes(x: A, axis1: int, axis2: int, /) -> A:
    """`x` with two axes exchanged.

    >>> ops.swapaxes(ops.asarray([[1, 2], [3, 4]]), 0, 1).tolist()
    [[1, 3], [2, 4]]
    """
    order = list(range(x.ndim))
    (a,), (b,) = axes_of("ops.swapaxes", x, axis1), axes_of("ops.swapaxes", x, axis2)
    order[a], order[b] = b, a
    return ops.permute_dims(x, tuple(order))


@derived
def split(x: A, /, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[A]:
    """`x` cut along `axis`: into so many equal parts, or before each of a list of places.

    >>> [part.tolist() for part in ops.split(ops.asarray([1, 2, 3, 4]), [1, 3])]
    [[1], [2, 3], [4]]
    """
    (place,) = axes_of("ops.split", x, axis)
    size = x.shape[place]
    places: Any = indices_or_sections
    if not hasattr(places, "__len__"):
        count = int(places)
        if count < 1 or size % count:
            raise ShapeError(
                f"ops.split got {count} sections for axis {axis} of size {size}",
                expected="a number that divides the size",
                mend="a list of the places to cut at",
            )
        cuts = [size // count * i for i in range(count + 1)]
    else:
        cuts = [0, *places, size]
    before = (slice(None),) * place
    return [x[(*before, slice(start, stop), ...)] for start, stop in itertools.pairwise(cuts)]


@derived
def vstack(arrays: Sequence[A], /) -> A:
    """Arrays below one another, along axis 0; a vector is one row.

    >>> ops.vstack([ops.asarray([1, 2]), ops.asarray([3, 4])]).tolist()
    [[1, 2], [3, 4]]
    """
    return ops.concat([_two(x) for x in arrays], axis=0)


@derived
def hstack(arrays: Sequence[A], /) -> A:
    """Arrays beside one another, along axis 1; vectors end to end.

    >>> ops.hstack([ops.asarray([1, 2]), ops.asarray([3])]).tolist()
    [1, 2, 3]
    """
    lines = [_one(x) for x in arrays]
    return ops.concat(lines, axis=0 if lines[0].ndim == 1 else 1)


def atleast_1d(*arrays: Array) -> Any:
    """A number as an array with one element, other arrays as they are. Several arrays give a tuple.

    >>> ops.atleast_1d(ops.asarray(1.0)).tolist()
    [1.0]
    """
    return _one(arrays[0]) if len(arrays) == 1 else tuple(_one(x) for x in arrays)


def atleast_2d(*arrays: Array) -> Any:
    """A number or a vector as a matrix with one row, other arrays as they are. Several arrays give a tuple.

    >>> ops.atleast_2d(ops.asarray([1.0, 2.0])).tolist()
    [[1.0, 2.0]]
    """
    return _two(arrays[0]) if len(arrays) == 1 else tuple(_two(x) for x in arrays)


@derived
def framed(x: A, widths: list[tuple[int, int]], value: Scalar, /) -> A:
    """`x` with so many of one value before and after each axis."""
    for axis, (before, after) in enumerate(widths):
        shapes = [(*x.shape[:axis], n, *x.shape[axis + 1 :]) for n in (before, after)]
        first, last = (made_like(x, "full", shape, value, dtype=x.dtype) for shape in shapes)
        x = ops.concat([block for block in (first, x, last) if block.shape[axis]] or [x], axis=axis)
    return x


def pad_widths(op: str, pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    """How much goes before and after each axis, from any of the spellings that `pad` knows."""
    widths: Any = [pad_width, pad_width] if not listed(pad_width) else pad_width
    if len(widths) == 1:
        widths = widths[0] if listed(widths[0]) else [widths[0], widths[0]]
    if not any(listed(width) for width in widths):
        widths = [widths] * ndim
    pairs = [tuple(int(n) for n in (pair if listed(pair) else (pair, pair))) for pair in widths]
    if len(pairs) != ndim or any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise ArgumentError(
            f"{op} got pad_width={pad_width!r} for {ndim} axes",
            expected="a number, a pair (before, after), or a pair for each axis, none of them negative",
        )
    return [(pair[0], pair[1]) for pair in pairs]


def _sources(x: Any, mode: str, size: int, before: int, after: int) -> Any:
    """Which element stands at each place of the padded axis."""
    place = made_like(x, "arange", -before, size + after, dtype="int64")
    if mode == "edge":
        return ops.clip(place, 0, size - 1)
    if mode == "wrap":
        return ops.remainder(place, size)
    period = max(2 * (size - 1), 1)
    there = ops.remainder(place, period)
    return ops.minimum(there, period - there)


def _indices(columns: list[range]) -> tuple[Any, Any]:
    """The rows and the columns, as arrays, of the columns kept in each row."""
    rows = [row for row, kept in enumerate(columns) for _ in kept]
    return ops.asarray(rows, dtype="int64"), ops.asarray([c for kept in columns for c in kept], dtype="int64")


def _one(x: A) -> A:
    return x if x.ndim else ops.reshape(x, (1,))


def _two(x: A) -> A:
    return x if x.ndim > 1 else ops.reshape(x, (1, -1))
