"""Pooling of channels-first arrays: the largest element or the mean of each window."""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import KINDS, name_of
from emberharmony.errors import ArgumentError, DTypeError, ShapeError
from emberharmony.ops.convolution import sizes_of, windows
from emberharmony.ops.dispatch import derived
from emberharmony.ops.layout import pad
from emberharmony.ops.like import floating, made_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Shape

__all__ = ["avg_pool1d", "avg_pool2d", "max_pool1d", "max_pool2d"]


@derived
def max_pool1d(x: A, /, kernel: Shape, *, stride: Shape | None = None, padding: Shape = 0) -> A:
    """The largest of each `kernel` neighbours, `stride` (by default `kernel`) apart: (N, C, L) -> (N, C, L').

    `padding` adds what is smaller than any element, at most half a kernel. A window with a nan gives nan.

    >>> ops.max_pool1d(ops.asarray([[[1.0, 3.0, 2.0, 0.0]]]), 2).tolist()
    [[[3.0, 2.0]]]
    """
    return _max_pool("max_pool1d", 1, x, kernel, stride, padding)


@derived
def max_pool2d(x: A, /, kernel: Shape, *, stride: Shape | None = None, padding: Shape = 0) -> A:
    """`max_pool1d` over two axes: (N, C, H, W) -> (N, C, H', W').

    >>> ops.max_pool2d(ops.asarray([[[[1.0, 3.0], [2.0, 0.0]]]]), 2).tolist()
    [[[[3.0]]]]
    """
    return _max_pool("max_pool2d", 2, x, kernel, stride, padding)


@derived
def avg_pool1d(
    x: A, /, kernel: Shape, *, stride: Shape | None = None, padding: Shape = 0, count_include_pad: bool = True
) -> A:
    """The mean of each `kernel` neighbours, `stride` (by default `kernel`) apart: (N, C, L) -> (N, C, L').

    `padding` adds zeros, at most half a kernel; they count as elements unless `count_include_pad=False`.

    >>> ops.avg_pool1d(ops.asarray([[[1.0, 3.0, 2.0, 0.0]]]), 2).tolist()
    [[[2.0, 1.0]]]
    """
    return _avg_pool("avg_pool1d", 1, x, kernel, stride, padding, count_include_pad)


@derived
def avg_pool2d(
    x: A, /, kernel: Shape, *, stride: Shape | None = None, padding: Shape = 0, count_include_pad: bool = True
) -> A:
    """`avg_pool1d` over two axes: (N, C, H, W) -> (N, C, H', W').

    >>> ops.avg_pool2d(ops.asarray([[[[1.0, 3.0], [2.0, 0.0]]]]), 2).tolist()
    [[[[1.5]]]]
    """
    return _avg_pool("avg_pool2d", 2, x, kernel, stride, padding, count_include_pad)


def pool_sizes(
    op: str, ndim: int, x: Any, kernel: Any, stride: Any, padding: Any
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Kernel, stride and padding for each axis, held against the shape of `x`."""
    if x.ndim != ndim + 2:
        raise ShapeError(
            f"ops.{op} got shape {tuple(x.shape)}", expected=f"{ndim + 2} axes: batch, channels and {ndim} more"
        )
    sizes = sizes_of(op, "kernel", kernel, ndim, 1)
    steps = sizes if stride is None else sizes_of(op, "stride", stride, ndim, 1)
    edges = sizes_of(op, "padding", padding, ndim, 0)
    if any(2 * edge > size for edge, size in zip(edges, sizes, strict=True)):
        raise ArgumentError(f"ops.{op} got padding={padding!r}", expected=f"at most half of the kernel, {sizes}")
    if any(n + 2 * edge < size for n, edge, size in zip(x.shape[2:], edges, sizes, strict=True)):
        raise ShapeError(f"ops.{op} got a kernel of {sizes} for shape {tuple(x.shape)}", expected="a kernel that fits")
    return sizes, steps, edges


def _max_pool(op: str, ndim: int, x: Any, kernel: Any, stride: Any, padding: Any) -> Any:
    sizes, steps, edges = pool_sizes(op, ndim, x, kernel, stride, padding)
    name = name_of(x.dtype)
    if name not in (*KINDS["real floating"], *KINDS["integral"]):
        raise DTypeError(f"ops.{op} got {name}", expected="a real array: bool and complex have no order")
    least = -math.inf if name in KINDS["real floating"] else ops.iinfo(x.dtype).min
    padded = pad(x, [(0, 0), (0, 0), *((edge, edge) for edge in edges)], constant_values=least)
    return ops.max(windows(padded, sizes, steps, (1,) * ndim), axis=tuple(range(2, 2 + ndim)))


def _avg_pool(op: str, ndim: int, x: Any, kernel: Any, stride: Any, padding: Any, count_include_pad: bool) -> Any:
    y = floating(x)
    sizes, steps, edges = pool_sizes(op, ndim, y, kernel, stride, padding)
    widths = [(0, 0), (0, 0), *((edge, edge) for edge in edges)]
    axes = tuple(range(2, 2 + ndim))
    total = ops.sum(windows(pad(y, widths), sizes, steps, (1,) * ndim), axis=axes)
    if count_include_pad or not any(edges):
        return total / math.prod(sizes)
    ones = made_like(y, "ones", (1, 1, *y.shape[2:]), dtype=y.dtype)
    return total / ops.sum(windows(pad(ones, widths), sizes, steps, (1,) * ndim), axis=axes)
