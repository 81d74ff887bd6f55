"""Searching, sorting, sets and places on MLX: indices are int64, and what decides a shape is evaluated."""

from __future__ import annotations

from typing import Any

import mlx.core as mx

from emberharmony.backend import transfers
from emberharmony.backend.mlx.kinds import pair
from emberharmony.backend.results import UniqueAllResult, UniqueCountsResult, UniqueInverseResult
from emberharmony.errors import ShapeError

# -- places --


def argmax(x: mx.array, /, *, axis: int | None = None, keepdims: bool = False) -> mx.array:
    return _place(mx.argmax, x, axis, keepdims)


def argmin(x: mx.array, /, *, axis: int | None = None, keepdims: bool = False) -> mx.array:
    return _place(mx.argmin, x, axis, keepdims)


def nonzero(x: mx.array, /) -> tuple[mx.array, ...]:
    if x.ndim == 0:
        raise ShapeError("nonzero got a 0-d array", expected="at least one dimension", mend="ops.reshape(x, (1,))")
    mask = (x != 0).reshape(-1)
    if not mask.size:
        return tuple(mx.zeros((0,), mx.int64) for _ in x.shape)
    rank = mx.cumsum(mask.astype(mx.int64))
    count = _number("nonzero", rank[-1])
    places = mx.zeros((count + 1,), mx.int64)  # the last place takes the index of every zero
    places[mx.where(mask, rank - 1, count)] = mx.arange(mask.size, dtype=mx.int64)
    places = places[:count]
    found: list[mx.array] = []
    for n in reversed(x.shape):
        found.append(places % n)
        places = places // n
    return tuple(reversed(found))


def searchsorted(x1: mx.array, x2: Any, /, *, side: str = "left", sorter: mx.array | None = None) -> mx.array:
    if sorter is not None:
        x1 = mx.take(x1, sorter)
    x1, x2 = pair(x1, x2)
    return mx.searchsorted(x1, x2, side).astype(mx.int64)


def take(x: mx.array, indices: mx.array, /, *, axis: int | None = None) -> mx.array:
    if axis is None and x.ndim != 1:
        raise ShapeError(f"take got shape {x.shape} and no axis", expected="an axis: there is not exactly one")
    return mx.take(x, mx.stop_gradient(indices), axis)  # or MLX asks for their derivative


def take_along_axis(x: mx.array, indices: mx.array, /, *, axis: int = -1) -> mx.array:
    return mx.take_along_axis(x, mx.stop_gradient(indices), axis)


def _place(function: Any, x: mx.array, axis: int | None, keepdims: bool) -> mx.array:
    if x.size == 0 and axis is not None and x.shape[axis]:
        x = mx.sum(x, axis, keepdims)  # empty along another axis: no place to find, but a shape; MLX raises
        return x.astype(mx.int64)
    return function(x, axis, keepdims).astype(mx.int64)


# -- sorting --


def argsort(x: mx.array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> mx.array:
    if not descending:
        return mx.argsort(x, axis).astype(mx.int64)
    # stable in descending order: sort the reversed array, then count from the other end
    order = mx.flip(mx.argsort(mx.flip(x, axis), axis), axis).astype(mx.int64)
    return x.shape[axis] - 1 - order


def sort(x: mx.array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> mx.array:
    y = mx.sort(x, axis)
    return mx.flip(y, axis) if descending else y


# -- sets --


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> mx.array:
    x1, x2 = pair(x1, x2)
    if x2.size == 0:
        return mx.full(x1.shape, mx.array(invert), mx.bool_)
    values = mx.sort(x2.reshape(-1))
    place = mx.minimum(mx.searchsorted(values, x1), x2.size - 1)
    found = mx.take(values, place) == x1
    return mx.logical_not(found) if invert else found


def unique_all(x: mx.array, /) -> UniqueAllResult[mx.array]:
    flat, order, group, count = _groups("unique_all", x)
    first = _first(flat, order, group, count)
    return UniqueAllResult(mx.take(flat, first), first, _inverse(order, group, x), _counted(group, count))


def unique_counts(x: mx.array, /) -> UniqueCountsResult[mx.array]:
    flat, order, group, count = _groups("unique_counts", x)
    return UniqueCountsResult(mx.take(flat, _first(flat, order, group, count)), _counted(group, count))


def unique_inverse(x: mx.array, /) -> UniqueInverseResult[mx.array]:
    flat, order, group, count = _groups("unique_inverse", x)
    return UniqueInverseResult(mx.take(flat, _first(flat, order, group, count)), _inverse(order, group, x))


def unique_values(x: mx.array, /) -> mx.array:
    flat, order, group, count = _groups("unique_values", x)
    return mx.take(flat, _first(flat, order, group, count))


def _groups(name: str, x: mx.array) -> tuple[mx.array, mx.array, mx.array, int]:
    """The elements in one row, their sorted order, the number of each one's group in it, and how many groups there are.

    One number crosses to the host: the shape of the result. A nan is a group of its own.
    """
    flat = x.reshape(-1)
    if not flat.size:
        return flat, mx.zeros((0,), mx.int64), mx.zeros((0,), mx.int64), 0
    order = _sorted_order(flat).astype(mx.int64)
    ordered = mx.take(flat, order)
    new = mx.concatenate([mx.array([True]), ordered[1:] != ordered[:-1]])
    group = mx.cumsum(new.astype(mx.int64)) - 1
    return flat, order, group, _number(name, group[-1]) + 1


def _sorted_order(flat: mx.array) -> mx.array:
    if flat.dtype == mx.complex64:  # MLX sorts no complex numbers: by the imaginary part, then, stably, by the real one
        order = mx.argsort(mx.imag(flat))
        return mx.take(order, mx.argsort(mx.take(mx.real(flat), order)))
    return mx.argsort(flat)


def _first(flat: mx.array, order: mx.array, group: mx.array, count: int) -> mx.array:
    """Where each group's first element stands."""
    return mx.full((count,), flat.size, mx.int64).at[group].minimum(order) if count else group


def _inverse(order: mx.array, group: mx.array, x: mx.array) -> mx.array:
    inverse = mx.zeros(order.shape, mx.int64)
    if order.size:
        inverse[order] = group
    return inverse.reshape(x.shape)


def _counted(group: mx.array, count: int) -> mx.array:
    return mx.zeros((count,), mx.int64).at[group].add(mx.ones(group.shape, mx.int64)) if count else group


def _number(name: str, x: mx.array) -> int:
    """One integer on the host: the shape of a result depends on it."""
    transfers.record(name, x.nbytes, "mlx", "host")
    value: Any = x.item()
    return int(value)
