"""Searching, sorting, sets, indices and places on NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

SAME = (
    "argmax", "argmin", "count_nonzero", "isin", "nonzero", "searchsorted", "take", "take_along_axis", "unique_all",
    "unique_counts", "unique_inverse", "unique_values", "where",
)  # fmt: skip


# -- sorting --


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    y = np.sort(x, axis=axis, stable=stable)
    return np.flip(y, axis=axis) if descending else y


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    if not descending:
        return np.argsort(x, axis=axis, stable=stable)
    # stable in descending order: sort the reversed array, then count from the other end
    order = np.flip(np.argsort(np.flip(x, axis=axis), axis=axis, stable=stable), axis=axis)
    return x.shape[axis] - 1 - order


# -- places: a copy, then numpy's own assignment; `ufunc.at` counts a place that is named twice --


def index_set(x: Any, index: Any, value: Any, /) -> Any:
    y = np.array(x)
    y[index] = value
    return y


def index_write(x: Any, index: Any, value: Any, /) -> Any:
    if type(x) is not np.ndarray or not x.flags.writeable:
        x = np.array(x)
    x[index] = value
    return x


def index_add(x: Any, index: Any, value: Any, /) -> Any:
    return _at(np.add, x, index, value)


def index_multiply(x: Any, index: Any, value: Any, /) -> Any:
    return _at(np.multiply, x, index, value)


def index_min(x: Any, index: Any, value: Any, /) -> Any:
    return _at(np.minimum, x, index, value)


def index_max(x: Any, index: Any, value: Any, /) -> Any:
    return _at(np.maximum, x, index, value)


def _at(ufunc: np.ufunc, x: Any, index: tuple[Any, ...], value: Any) -> Any:
    y = np.array(x, order="C")  # so that y.reshape(-1) below is y itself
    if not any(isinstance(item, np.ndarray | np.generic) for item in index):
        y[index] = ufunc(y[index], value)  # no place is named twice
        return y
    # along one axis `at` is many times faster than over several
    places = np.arange(y.size).reshape(y.shape)[index]
    values = np.broadcast_to(np.asarray(value, y.dtype), places.shape)
    ufunc.at(y.reshape(-1), places.reshape(-1), values.reshape(-1))
    return y
