"""Convolutions on MLX, which has the channels last, floats of at most 32 bits, and a crash where there is no channel.

What it does not do (float64, whose products it rounds to single precision, integers, complex numbers, empty arrays) is
a sum over the places of the kernel of matrix products.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import mlx.core as mx

from emberharmony.backend.mlx.products import matmul
from emberharmony.errors import ArgumentError, ShapeError

_NATIVE = frozenset({mx.float16, mx.bfloat16, mx.float32})


def conv1d(
    x: mx.array, weight: mx.array, /, bias: Any = None, *,
    stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> mx.array:  # fmt: skip
    return _forward("conv1d", 1, x, weight, bias, stride, padding, dilation, groups)


def conv2d(
    x: mx.array, weight: mx.array, /, bias: Any = None, *,
    stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> mx.array:  # fmt: skip
    return _forward("conv2d", 2, x, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    x: mx.array, weight: mx.array, /, bias: Any = None, *,
    stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> mx.array:  # fmt: skip
    return _transposed("conv_transpose1d", 1, x, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    x: mx.array, weight: mx.array, /, bias: Any = None, *,
    stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> mx.array:  # fmt: skip
    return _transposed("conv_transpose2d", 2, x, weight, bias, stride, padding, output_padding, groups, dilation)


def _forward(
    op: str, n: int, x: mx.array, weight: mx.array, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> mx.array:
    outputs = weight.shape[0]
    _check(op, n, x, weight, bias, groups, outputs, weight.shape[1] * groups)
    steps, spread = _each(op, "stride", stride, n, 1), _each(op, "dilation", dilation, n, 1)
    reach = [d * (k - 1) for d, k in zip(spread, weight.shape[2:], strict=True)]
    if padding == "same":
        if set(steps) != {1}:
            raise ArgumentError(f'ops.{op} got padding="same" and stride={stride}', expected="stride=1 with it")
        edges = [(r // 2, r - r // 2) for r in reach]
    else:
        edges = [(e, e) for e in _each(op, "padding", 0 if padding == "valid" else padding, n, 0)]
    kernel = _last(weight)
    return _first(_correlated(op, _last(x), kernel, bias, steps, edges, spread, (1,) * n, groups))


def _transposed(
    op: str, n: int, x: mx.array, weight: mx.array, bias: Any,
    stride: Any, padding: Any, output_padding: Any, groups: int, dilation: Any,
) -> mx.array:  # fmt: skip
    inputs, each, *sizes = weight.shape
    _check(op, n, x, weight, bias, groups, each * groups, inputs)
    steps, spread = _each(op, "stride", stride, n, 1), _each(op, "dilation", dilation, n, 1)
    cut, extra = _each(op, "padding", padding, n, 0), _each(op, "output_padding", output_padding, n, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, steps, spread, strict=True)):
        raise ArgumentError(f"ops.{op} got output_padding={output_padding!r}", expected="less than stride or dilation")
    # the kernel runs backwards over x with zeros in between, inputs change places with outputs within each group
    axes = tuple(range(3, 3 + n))
    kernel = mx.flip(weight.reshape(groups, inputs // groups, each, *sizes), axes)
    kernel = _last(kernel.swapaxes(1, 2).reshape(groups * each, inputs // groups, *sizes))
    reach = [d * (k - 1) for d, k in zip(spread, sizes, strict=True)]
    edges = [(r, r + e) for r, e in zip(reach, extra, strict=True)]
    y = _first(_correlated(op, _last(x), kernel, bias, (1,) * n, edges, spread, steps, groups))
    return y[(..., *(slice(c, y.shape[i + 2] - c) for i, c in enumerate(cut)))]


def _correlated(
    op: str, x: mx.array, kernel: mx.array, bias: Any,
    steps: Any, edges: Any, spread: Any, gaps: Any, groups: int,
) -> mx.array:  # fmt: skip
    """x (N, *sizes, C) with `gaps - 1` zeros between elements and `edges` around, kernel (O, *kernel, C / groups)."""
    sizes = [
        (max(size - 1, -1) * gap + 1 + before + after - d * (k - 1) - 1) // s + 1
        for size, gap, (before, after), d, k, s in zip(
            x.shape[1:-1], gaps, edges, spread, kernel.shape[1:-1], steps, strict=True
        )
    ]
    if min(sizes) < 1:
        got = f"sizes {x.shape[1:-1]} and a kernel of {kernel.shape[1:-1]}"
        raise ShapeError(f"ops.{op} got {got}", expected="a kernel that fits")
    dtype = mx.result_type(x, kernel) if bias is None else mx.result_type(x, kernel, bias)
    x, kernel = x.astype(dtype), kernel.astype(dtype)
    if dtype in _NATIVE and 0 not in x.shape and 0 not in kernel.shape:
        padding = [before for before, _ in edges], [after for _, after in edges]
        y = mx.conv_general(x, kernel, steps, padding, spread, gaps, groups)
    else:
        y = _by_places(x, kernel, steps, edges, spread, gaps, groups, sizes)
    return y if bias is None else y + bias.astype(dtype)


def _by_places(
    x: mx.array, kernel: mx.array, steps: Any, edges: Any, spread: Any, gaps: Any, groups: int, sizes: list[int]
) -> mx.array:
    if max(gaps) > 1:
        wide = [max((size - 1) * gap + 1, 0) for size, gap in zip(x.shape[1:-1], gaps, strict=True)]
        apart = mx.zeros((x.shape[0], *wide, x.shape[-1]), x.dtype)
        apart[(slice(None), *(slice(None, None, gap) for gap in gaps))] = x
        x = apart
    x = mx.pad(x, [(0, 0), *edges, (0, 0)])
    batch, outputs, depth = x.shape[0], kernel.shape[0], kernel.shape[-1]
    y = mx.zeros((batch, *sizes, outputs), x.dtype)
    for place in itertools.product(*map(range, kernel.shape[1:-1])):
        window = tuple(
            slice(d * k, d * k + s * (size - 1) + 1, s)
            for d, k, s, size in zip(spread, place, steps, sizes, strict=True)
        )
        part = x[(slice(None), *window)].reshape(batch * math.prod(sizes), groups, depth).swapaxes(0, 1)
        taps = kernel[(slice(None), *place)].reshape(groups, outputs // groups, depth).swapaxes(1, 2)
        y = y + matmul(part, taps).swapaxes(0, 1).reshape(batch, *sizes, outputs)
    return y


def _check(op: str, n: int, x: mx.array, weight: mx.array, bias: Any, groups: int, outputs: int, inputs: int) -> None:
    if x.ndim != n + 2 or weight.ndim != n + 2:
        raise ShapeError(f"ops.{op} got shapes {x.shape} and {weight.shape}", expected=f"{n + 2} axes each")
    if groups < 1 or weight.shape[0] % groups or x.shape[1] != inputs:
        got = f"{x.shape[1]} channels, weight of shape {weight.shape} and groups={groups}"
        raise ShapeError(f"ops.{op} got {got}", expected=f"{inputs} channels")
    if bias is not None and bias.shape != (outputs,):
        raise ShapeError(f"ops.{op} got bias of shape {bias.shape}", expected=f"({outputs},)")


def _each(op: str, name: str, value: Any, n: int, least: int) -> tuple[int, ...]:
    sizes = (value,) * n if isinstance(value, int) else tuple(value) if not isinstance(value, str) else ()
    if len(sizes) != n or any(not isinstance(size, int) or size < least for size in sizes):
        expected = f"a number of at least {least}, or one for each of {n} axes"
        raise ArgumentError(f"ops.{op} got {name}={value!r}", expected=expected)
    return sizes


def _last(x: mx.array) -> mx.array:
    return mx.moveaxis(x, 1, -1)


def _first(x: mx.array) -> mx.array:
    return mx.moveaxis(x, -1, 1)
