"""Convolution on MLX, which has the channels last and floats of at most 32 bits."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mlx.core as mx

from emberharmony.backend.mlx.products import matmul

_NATIVE = frozenset({mx.float16, mx.bfloat16, mx.float32})


def correlate(x: mx.array, weight: mx.array, stride: Any, dilation: Any, groups: int, /) -> mx.array:
    x, kernel = mx.moveaxis(x, 1, -1), mx.moveaxis(weight, 1, -1)
    native = x.dtype in _NATIVE
    y = (
        mx.conv_general(x, kernel, stride, 0, dilation, 1, groups)
        if native
        else _exact(x, kernel, stride, dilation, groups)
    )
    return mx.moveaxis(y, -1, 1)


def _exact(x: mx.array, kernel: mx.array, stride: Any, dilation: Any, groups: int) -> mx.array:
    """For float64, which MLX rounds to single precision here, and integers: a matrix product a place of the kernel."""
    batch, outputs, depth = x.shape[0], kernel.shape[0], kernel.shape[-1]
    taps = kernel.shape[1:-1]
    sizes = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[1:-1], taps, stride, dilation, strict=True)]
    y = mx.zeros((batch, *sizes, outputs), x.dtype)
    for place in itertools.product(*map(range, taps)):
        window = tuple(
            slice(d * k, d * k + s * (size - 1) + 1, s)
            for d, k, s, size in zip(dilation, place, stride, sizes, strict=True)
        )
        part = x[(slice(None), *window)].reshape(batch * math.prod(sizes), groups, depth).swapaxes(0, 1)
        tap = kernel[(slice(None), *place)].reshape(groups, outputs // groups, depth).swapaxes(1, 2)
        y = y + matmul(part, tap).swapaxes(0, 1).reshape(batch, *sizes, outputs)
    return y
