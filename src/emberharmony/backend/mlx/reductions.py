"""Sums, extremes and spread on MLX. Integers add up in 64 bits, 16-bit floats in 32."""

from __future__ import annotations

import math
from typing import Any, cast

import mlx.core as mx

from emberharmony.backend.mlx.kinds import HALF, SIGNED, UNSIGNED, sound, wide
from emberharmony.errors import ShapeError

SAME = ("max", "min")
_SUM = dict.fromkeys(SIGNED | {mx.bool_}, mx.int64) | dict.fromkeys(UNSIGNED, mx.uint64)
_FLOAT16 = mx.float16
# _narrow(x, float16) is true of integers and float16 alone, and costs half of what x.dtype does
_narrow = mx.can_cast


# -- truth --


def all_(x: mx.array, /, *, axis: Any = None, keepdims: bool = False) -> mx.array:
    return mx.all(sound(x), axis, keepdims)


def any_(x: mx.array, /, *, axis: Any = None, keepdims: bool = False) -> mx.array:
    return mx.any(sound(x), axis, keepdims)


# -- sums and products --


def sum_(x: mx.array, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> mx.array:
    if dtype is None and x.size and not _narrow(x, _FLOAT16):
        return mx.sum(x, axis, keepdims)
    return _accumulated(mx.sum, x, axis, dtype, keepdims)


def prod(x: mx.array, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> mx.array:
    return _accumulated(mx.prod, x, axis, dtype, keepdims)


def cumulative_sum(
    x: mx.array, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> mx.array:
    return _running(mx.cumsum, mx.zeros, "cumulative_sum", x, axis, dtype, include_initial)


def cumulative_prod(
    x: mx.array, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> mx.array:
    return _running(mx.cumprod, mx.ones, "cumulative_prod", x, axis, dtype, include_initial)


# -- mean and spread --


def mean(x: mx.array, /, axis: Any = None, keepdims: bool = False) -> mx.array:
    if _narrow(x, _FLOAT16) or x.itemsize == 2:
        # MLX would divide a sum of the dtype of x, which wraps, overflows or is coarse
        y = mx.mean(wide(x), axis, keepdims)
        return y.astype(x.dtype) if x.dtype in HALF else y
    return mx.mean(x, axis, keepdims)


def _mean_of_all(x: mx.array, /) -> mx.array:
    # arguments at their default cost MLX 100 ns
    return mean(x) if _narrow(x, _FLOAT16) or x.itemsize == 2 else mx.mean(x)


cast("Any", mean).plain = _mean_of_all


def var(x: mx.array, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> mx.array:
    y = wide(x)
    if correction == int(correction) and correction >= 0:
        result = mx.var(y, axis, keepdims, int(correction))
    else:  # MLX takes whole corrections only
        axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        n = math.prod(x.shape[a] for a in axes)
        result = mx.var(y, axis, keepdims) * (n / (n - correction) if n > correction else math.inf)
    return result.astype(x.dtype) if x.dtype in HALF else result


def std(x: mx.array, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> mx.array:
    y = mx.sqrt(var(wide(x), axis=axis, correction=correction, keepdims=keepdims))
    return y.astype(x.dtype) if x.dtype in HALF else y


# -- counts and differences --


def count_nonzero(x: mx.array, /, *, axis: Any = None, keepdims: bool = False) -> mx.array:
    return mx.sum((sound(x) != 0).astype(mx.int64), axis, keepdims)


def diff(
    x: mx.array, /, *, axis: int = -1, n: int = 1, prepend: mx.array | None = None, append: mx.array | None = None
) -> mx.array:
    # MLX has neither prepend nor append
    parts = [part for part in (prepend, x, append) if part is not None]
    return mx.diff(mx.concat(parts, axis) if len(parts) > 1 else x, n, axis)


def _accumulated(function: Any, x: mx.array, axis: Any, dtype: Any, keepdims: bool) -> mx.array:
    if dtype is None:
        dtype = _SUM.get(x.dtype)
    x = sound(x)
    if dtype is None:
        return function(x, axis, keepdims)
    y = function(x.astype(dtype), axis, keepdims)
    return y if y.dtype == dtype else y.astype(dtype)  # MLX widens small integers


def _running(
    function: Any, start: Any, name: str, x: mx.array, axis: int | None, dtype: Any, initial: bool
) -> mx.array:
    if axis is None:
        if x.ndim > 1:
            raise ShapeError(f"{name} got shape {x.shape} and no axis", expected="an axis: there is more than one")
        x, axis = x.reshape(-1), 0
    if dtype is None:
        dtype = _SUM.get(x.dtype, x.dtype)
    # 16-bit floats would stop growing once a term is below half an ulp
    y = function(x.astype(mx.float32 if dtype in HALF else dtype), axis).astype(dtype)
    if not initial:
        return y
    shape = list(x.shape)
    shape[axis] = 1
    return mx.concat([start(shape, dtype), y], axis)
