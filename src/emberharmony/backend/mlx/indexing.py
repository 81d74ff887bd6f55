"""Searching, sorting, sets and places on MLX: indices are int64, and what decides a shape is evaluated."""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import numpy as np

from emberharmony.backend import transfers
from emberharmony.backend.mlx.kinds import DTYPES, pair
from emberharmony.backend.mlx.place import host_view
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
    return tuple(_back(places) for places in np.nonzero(_host("nonzero", x)))


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
    host, yes = _host("unique_all", x), True
    found = np.unique(host, return_index=yes, return_inverse=yes, return_counts=yes, equal_nan=False)
    values, indices, inverse, counts = map(_back, found)
    return UniqueAllResult(values.astype(x.dtype), indices, inverse.reshape(x.shape), counts)


def unique_counts(x: mx.array, /) -> UniqueCountsResult[mx.array]:
    values, counts = map(_back, np.unique(_host("unique_counts", x), return_counts=True, equal_nan=False))
    return UniqueCountsResult(values.astype(x.dtype), counts)


def unique_inverse(x: mx.array, /) -> UniqueInverseResult[mx.array]:
    values, inverse = map(_back, np.unique(_host("unique_inverse", x), return_inverse=True, equal_nan=False))
    return UniqueInverseResult(values.astype(x.dtype), inverse.reshape(x.shape))


def unique_values(x: mx.array, /) -> mx.array:
    return _back(np.unique(_host("unique_values", x), equal_nan=False)).astype(x.dtype)


def _host(name: str, x: mx.array) -> np.ndarray[Any, Any]:
    """The numbers on the host: the shape of the result depends on them."""
    transfers.record(name, x.nbytes, "mlx", "host")
    return host_view(x)


def _back(x: np.ndarray[Any, Any]) -> mx.array:
    return mx.array(x, DTYPES[x.dtype.name])  # without a dtype float64 would be narrowed
