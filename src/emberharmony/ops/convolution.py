"""Convolutions of channels-first arrays, forward and transposed. As in every neural-network library they correlate.

The bodies gather the windows of the padded input and multiply them with the weights as one matrix product.
"""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.ops.dispatch import derived
from emberharmony.ops.layout import pad
from emberharmony.ops.like import common, made_like, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Shape

__all__ = ["conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d"]


@derived
def conv1d(
    x: A,
    weight: A,
    /,
    bias: A | None = None,
    *,
    stride: Shape = 1,
    padding: Shape | str = 0,
    dilation: Shape = 1,
    groups: int = 1,
) -> A:
    """`y[n, o, t] = bias[o] + sum over c, k of weight[o, c, k] * x[n, c, t * stride + k * dilation - padding]`.

    x (N, C, L), weight (O, C / groups, K), bias (O,) -> (N, O, L'). `padding` is a number of zeros on both sides, or
    "same" (the length stays; odd ones go right) or "valid" (none).

    >>> ops.conv1d(ops.asarray([[[1.0, 2.0, 3.0]]]), ops.asarray([[[1.0, 10.0]]])).tolist()
    [[[21.0, 32.0]]]
    """
    return _forward("conv1d", 1, x, weight, bias, stride, padding, dilation, groups)


@derived
def conv2d(
    x: A,
    weight: A,
    /,
    bias: A | None = None,
    *,
    stride: Shape = 1,
    padding: Shape | str = 0,
    dilation: Shape = 1,
    groups: int = 1,
) -> A:
    """`conv1d` over two axes: x (N, C, H, W), weight (O, C / groups, KH, KW), bias (O,) -> (N, O, H', W').

    Each of `stride`, `padding` and `dilation` is one number or a pair (height, width).

    >>> ops.conv2d(ops.ones((1, 1, 3, 3)), ops.ones((1, 1, 2, 2)), stride=(1, 2)).tolist()
    [[[[4.0], [4.0]]]]
    """
    return _forward("conv2d", 2, x, weight, bias, stride, padding, dilation, groups)


@derived
def conv_transpose1d(
    x: A,
    weight: A,
    /,
    bias: A | None = None,
    *,
    stride: Shape = 1,
    padding: Shape = 0,
    output_padding: Shape = 0,
    groups: int = 1,
    dilation: Shape = 1,
) -> A:
    """The adjoint of `conv1d`: each element of `x` puts a multiple of the kernel into the output, `stride` apart.

    x (N, C, L), weight (C, O / groups, K), bias (O,) -> (N, O, L') with
    `L' = (L - 1) * stride - 2 * padding + dilation * (K - 1) + output_padding + 1`.

    >>> ops.conv_transpose1d(ops.asarray([[[1.0, 2.0]]]), ops.asarray([[[1.0, 10.0]]]), stride=2).tolist()
    [[[1.0, 10.0, 2.0, 20.0]]]
    """
    return _transposed("conv_transpose1d", 1, x, weight, bias, stride, padding, output_padding, groups, dilation)


@derived
def conv_transpose2d(
    x: A,
    weight: A,
    /,
    bias: A | None = None,
    *,
    stride: Shape = 1,
    padding: Shape = 0,
    output_padding: Shape = 0,
    groups: int = 1,
    dilation: Shape = 1,
) -> A:
    """`conv_transpose1d` over two axes: x (N, C, H, W), weight (C, O / groups, KH, KW), bias (O,) -> (N, O, H', W').

    >>> ops.conv_transpose2d(ops.ones((1, 1, 1, 2)), ops.ones((1, 1, 1, 2))).tolist()
    [[[[1.0, 2.0, 1.0]]]]
    """
    return _transposed("conv_transpose2d", 2, x, weight, bias, stride, padding, output_padding, groups, dilation)


def sizes_of(op: str, name: str, value: Any, ndim: int, least: int) -> tuple[int, ...]:
    """One number for all axes or one for each, as one for each, none below `least`."""
    every = (value,) * ndim if isinstance(value, Integral) else tuple(value) if not isinstance(value, str) else ()
    if len(every) != ndim or any(not isinstance(n, Integral) or n < least for n in every):
        raise ArgumentError(
            f"ops.{op} got {name}={value!r}", expected=f"a number of at least {least}, or one for each of {ndim} axes"
        )
    return tuple(int(n) for n in every)


def paddings_of(
    op: str, padding: Any, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> list[tuple[int, int]]:
    """How many zeros go before and after each axis."""
    if not isinstance(padding, str):
        return [(n, n) for n in sizes_of(op, "padding", padding, len(kernel), 0)]
    one_of(f"ops.{op}", "padding", padding, ("same", "valid"))
    if padding == "valid":
        return [(0, 0)] * len(kernel)
    if any(n != 1 for n in stride):
        raise ArgumentError(f'ops.{op} got padding="same" and stride={stride}', expected='stride=1 with padding="same"')
    return [(n // 2, n - n // 2) for n in (d * (k - 1) for d, k in zip(dilation, kernel, strict=True))]


@derived
def windows(x: A, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...], /) -> A:
    """(N, C, *sizes) -> (N, C, *kernel, *outputs): every window that fits, one gather for each axis."""
    ndim, y = len(kernel), x
    for axis, (k, s, d) in enumerate(zip(kernel, stride, dilation, strict=True)):
        place = 2 + 2 * axis
        size = (y.shape[place] - d * (k - 1) - 1) // s + 1
        starts = ops.expand_dims(made_like(x, "arange", size, dtype="int64") * s, 0)
        steps = ops.expand_dims(made_like(x, "arange", k, dtype="int64") * d, 1)
        taken = ops.take(y, ops.reshape(starts + steps, (-1,)), axis=place)
        y = ops.reshape(taken, (*y.shape[:place], k, size, *y.shape[place + 1 :]))
    order = (0, 1, *(2 + 2 * a for a in range(ndim)), *(3 + 2 * a for a in range(ndim)))
    return ops.permute_dims(y, order) if ndim > 1 else y


def checked(
    op: str, ndim: int, x: Any, weight: Any, bias: Any, groups: int, *, transposed: bool
) -> tuple[Any, Any, Any, tuple[int, ...]]:
    """The arguments in one dtype, their shapes held against each other, and the kernel's sizes."""
    rank = ndim + 2
    if x.ndim != rank or weight.ndim != rank:
        raise ShapeError(
            f"ops.{op} got x of shape {tuple(x.shape)} and weight of shape {tuple(weight.shape)}",
            expected=f"{rank} axes each: (batch, channels, {'size' if ndim == 1 else 'height, width'}) and the weights",
        )
    wanted = weight.shape[0] if transposed else weight.shape[1] * groups
    outputs = weight.shape[1] * groups if transposed else weight.shape[0]
    if groups < 1 or x.shape[1] != wanted or weight.shape[0] % groups:
        raise ShapeError(
            f"ops.{op} got {x.shape[1]} channels, weight of shape {tuple(weight.shape)} and groups={groups}",
            expected="weight (in, out / groups, ...)" if transposed else "weight (out, in / groups, ...)",
        )
    if bias is not None and tuple(bias.shape) != (outputs,):
        raise ShapeError(f"ops.{op} got bias of shape {tuple(bias.shape)}", expected=f"({outputs},)")
    same = common(*(array for array in (x, weight, bias) if array is not None))
    return same[0], same[1], same[2] if bias is not None else None, tuple(weight.shape[2:])


def _forward(
    op: str, ndim: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    x, weight, bias, kernel = checked(op, ndim, x, weight, bias, groups, transposed=False)
    steps, spread = sizes_of(op, "stride", stride, ndim, 1), sizes_of(op, "dilation", dilation, ndim, 1)
    zeros = paddings_of(op, padding, kernel, steps, spread)
    return _correlated(op, pad(x, [(0, 0), (0, 0), *zeros]), weight, bias, kernel, steps, spread, groups)


def _correlated(
    op: str,
    x: Any,
    weight: Any,
    bias: Any,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
) -> Any:
    if any(n < d * (k - 1) + 1 for n, k, d in zip(x.shape[2:], kernel, dilation, strict=True)):
        raise ShapeError(
            f"ops.{op} got a kernel of {kernel} with dilation {dilation} for {tuple(x.shape[2:])} after padding",
            expected="a kernel that fits",
        )
    if 0 in x.shape or 0 in weight.shape:  # nothing to add up, or nowhere to put it
        sizes = (
            (n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)
        )
        y = made_like(x, "zeros", (x.shape[0], weight.shape[0], *sizes), dtype=x.dtype)
    else:
        y = correlate(x, weight, stride, dilation, groups)
    return y if bias is None else y + ops.reshape(bias, (-1, *(1,) * len(kernel)))


@derived
def correlate(x: A, weight: A, stride: tuple[int, ...], dilation: tuple[int, ...], groups: int, /) -> A:
    """What the forward and the transposed convolutions share: no padding, no bias, one dtype, arguments that fit."""
    batch, channels, outputs = x.shape[0], x.shape[1], weight.shape[0]
    kernel = tuple(weight.shape[2:])
    parts = windows(x, kernel, stride, dilation)
    sizes = tuple(parts.shape[2 + len(kernel) :])
    depth = channels // groups * math.prod(kernel)
    left = ops.reshape(weight, (groups, outputs // groups, depth))
    y = ops.matmul(left, ops.reshape(parts, (batch, groups, depth, math.prod(sizes))))
    return ops.reshape(y, (batch, outputs, *sizes))


def _transposed(
    op: str,
    ndim: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    x, weight, bias, kernel = checked(op, ndim, x, weight, bias, groups, transposed=True)
    steps, spread = sizes_of(op, "stride", stride, ndim, 1), sizes_of(op, "dilation", dilation, ndim, 1)
    cut, extra = sizes_of(op, "padding", padding, ndim, 0), sizes_of(op, "output_padding", output_padding, ndim, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, steps, spread, strict=True)):
        raise ArgumentError(f"ops.{op} got output_padding={output_padding!r}", expected="less than stride or dilation")
    for axis, (k, s, d, c, e) in enumerate(zip(kernel, steps, spread, cut, extra, strict=True), 2):
        x = _spread(x, axis, s)
        before, after = d * (k - 1) - c, d * (k - 1) - c + e
        widths = [(0, 0)] * x.ndim
        widths[axis] = (max(before, 0), max(after, 0))
        x = pad(x, widths)
        if before < 0 or after < 0:
            x = x[(*(slice(None),) * axis, slice(max(-before, 0), x.shape[axis] - max(-after, 0)), ...)]
    # the kernel runs backwards, and inputs change places with outputs within each group
    inputs, outputs = weight.shape[0], weight.shape[1]
    weight = ops.flip(ops.reshape(weight, (groups, inputs // groups, outputs, *kernel)), axis=tuple(range(3, 3 + ndim)))
    weight = ops.reshape(
        ops.permute_dims(weight, (0, 2, 1, *range(3, 3 + ndim))), (groups * outputs, inputs // groups, *kernel)
    )
    return _correlated(op, x, weight, bias, kernel, (1,) * ndim, spread, groups)


def _spread(x: Any, axis: int, stride: int) -> Any:
    """`stride - 1` zeros between the elements of one axis."""
    size = x.shape[axis]
    if stride == 1 or size == 0:
        return x
    widths = [(0, 0)] * (x.ndim + 1)
    widths[axis + 1] = (0, stride - 1)
    wide = ops.reshape(
        pad(ops.expand_dims(x, axis + 1), widths), (*x.shape[:axis], size * stride, *x.shape[axis + 1 :])
    )
    return wide[(*(slice(None),) * axis, slice(0, (size - 1) * stride + 1), ...)]
