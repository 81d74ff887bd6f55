"""What machine learning needs on top of the standard, where MLX has it natively.

float64 goes through `double`: MLX's own softmax, logsumexp and sigmoid of it are of single precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx

from emberharmony.backend.mlx import double
from emberharmony.backend.mlx.kinds import inexact, is_double, sound

# -- activations --


def relu(x: mx.array, /) -> mx.array:
    return mx.maximum(x, 0)


def sigmoid(x: mx.array, /) -> mx.array:
    y = inexact(x)
    if is_double(y):
        small = double.exp(mx.where(y < 0, y, -y))
        return mx.where(y < 0, small, 1) / (1 + small)
    return mx.sigmoid(y)


def softmax(x: mx.array, /, axis: Any = -1) -> mx.array:
    y = inexact(x)
    if y.size == 0:
        return y
    if not is_double(y):
        return mx.softmax(y, axis, precise=True)
    raised = double.exp(y - mx.max(y, axis, True))
    return raised / mx.sum(raised, axis, True)


def logsumexp(x: mx.array, /, *, axis: Any = None, keepdims: bool = False) -> mx.array:
    y = inexact(x)
    if y.size == 0:
        return mx.log(mx.sum(sound(y), axis, keepdims))
    if not is_double(y):
        return mx.logsumexp(y, axis, keepdims)
    top = mx.max(y, axis, True)
    top = mx.where(mx.isfinite(top), top, 0)
    total = mx.log(mx.sum(double.exp(y - top), axis, keepdims))
    return total + top.reshape(total.shape)


# -- places: the index is a tuple of ints, slices, None, Ellipsis and integer arrays --


def _changed(update: Callable[[mx.array, Any, Any], mx.array]) -> Callable[..., mx.array]:
    def call(x: mx.array, index: Any, value: Any, /) -> mx.array:
        places = _of_arrays(index)
        return update(x, places, value) if x[places].size else x  # MLX dies on an update of nothing

    return call


@_changed
def _set(x: mx.array, places: Any, value: Any) -> mx.array:
    y = mx.array(x)  # a new array object: the caller's stays as it is
    y[places] = _converted(x, value)
    return y


def _write(x: mx.array, index: Any, value: Any) -> mx.array:
    if x[index].size:
        x[index] = _converted(x, value)
    return x


def _converted(x: mx.array, value: Any) -> mx.array:
    """A value in the dtype of `x`: a store into all places of an array, and into one without axes, would change it."""
    return value.astype(x.dtype) if isinstance(value, mx.array) else mx.array(value, dtype=x.dtype)


RENAMED = {
    "index_set": _set,
    "index_write": _write,
    "index_add": _changed(lambda x, places, value: x.at[places].add(value)),
    "index_multiply": _changed(lambda x, places, value: x.at[places].multiply(value)),
    "index_min": _changed(lambda x, places, value: x.at[places].minimum(value)),
    "index_max": _changed(lambda x, places, value: x.at[places].maximum(value)),
}


def _of_arrays(index: tuple[Any, ...]) -> tuple[Any, ...]:
    """Ints beside arrays as arrays: in an update MLX loses the order of the axes otherwise."""
    if not any(isinstance(item, mx.array) for item in index):
        return index
    return tuple(mx.array(item) if isinstance(item, int) else item for item in index)
