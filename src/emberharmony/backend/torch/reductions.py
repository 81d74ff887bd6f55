"""Reductions and running sums on PyTorch: several axes at once, small integers in int64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from emberharmony.backend.torch.kinds import SIGNED_VIEW, SMALL, disordered, floating, ordered
from emberharmony.errors import ShapeError

SAME = ()


def _accumulator(x: Tensor, dtype: Any) -> torch.dtype:
    """What a sum of `x` is: at least 64 bits for integers, signed or not as before."""
    if dtype is not None:
        return dtype
    if x.dtype in SMALL:
        return torch.int64
    return torch.uint64 if x.dtype in SIGNED_VIEW or x.dtype is torch.uint8 else x.dtype


def _axes(x: Tensor, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.ndim))
    return (axis,) if isinstance(axis, int) else tuple(axis)


def sum(x: Tensor, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    kind = _accumulator(x, dtype)
    if axis == ():
        return x.to(kind)
    if kind in SIGNED_VIEW:  # the same bits, added as signed numbers
        return torch.sum(x.to(torch.int64), _axes(x, axis), keepdim=keepdims, dtype=torch.int64).to(kind)
    return torch.sum(x, _axes(x, axis), keepdim=keepdims, dtype=kind)


def prod(x: Tensor, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    kind = _accumulator(x, dtype)
    y = x.to(torch.int64 if kind in SIGNED_VIEW else kind)
    for a in sorted((a % x.ndim for a in _axes(x, axis)), reverse=True):  # torch multiplies along one axis at a time
        y = torch.prod(y, a, keepdim=keepdims)
    return y.to(kind)


def mean(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    y = floating(x)
    return y.clone() if axis == () else torch.mean(y, _axes(y, axis), keepdim=keepdims)


def _mean_of_all(x: Tensor, /, native: Callable[[Tensor], Tensor] = torch.mean) -> Tensor:
    try:
        return native(x)
    except NotImplementedError:  # integers
        return torch.mean(floating(x))


cast("Any", mean).plain = _mean_of_all


def var(x: Tensor, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    x = floating(x)
    return torch.zeros_like(x) if axis == () else torch.var(x, _axes(x, axis), correction=correction, keepdim=keepdims)


def std(x: Tensor, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    x = floating(x)
    return torch.zeros_like(x) if axis == () else torch.std(x, _axes(x, axis), correction=correction, keepdim=keepdims)


def _extreme(native: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def call(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        if axis == ():
            return x.clone()
        return disordered(native(ordered(x), _axes(x, axis), keepdim=keepdims), x.dtype)

    return call


max = _extreme(torch.amax)
min = _extreme(torch.amin)


def _truth(native: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def call(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        x = x.to(torch.bool)
        return x if axis == () or x.ndim == 0 else native(x, _axes(x, axis), keepdim=keepdims)

    return call


all = _truth(torch.all)
any = _truth(torch.any)


def count_nonzero(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    return sum((x != 0).to(torch.int64), axis=axis, keepdims=keepdims)


def _extreme_place(native: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def call(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
        y = native(ordered(x.to(torch.uint8) if x.dtype is torch.bool else x), axis, keepdim=keepdims)
        # without an axis torch forgets keepdim
        return y.reshape((1,) * x.ndim) if axis is None and keepdims else y

    return call


argmax = _extreme_place(torch.argmax)
argmin = _extreme_place(torch.argmin)


def _running(native: Callable[..., Tensor], start: int) -> Callable[..., Tensor]:
    def call(x: Tensor, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Tensor:
        if axis is None:
            if x.ndim > 1:
                raise ShapeError(f"a running sum got shape {tuple(x.shape)} and no axis", expected="a vector, or axis=")
            x, axis = x.reshape(-1), 0
        kind = _accumulator(x, dtype)
        wide = torch.int64 if kind in SIGNED_VIEW else kind
        y = native(x.to(wide), axis)
        if include_initial:
            shape = list(x.shape)
            shape[axis] = 1
            y = torch.cat([torch.full(shape, start, dtype=y.dtype, device=x.device), y], axis)
        return y.to(kind)

    return call


cumulative_sum = _running(torch.cumsum, 0)
cumulative_prod = _running(torch.cumprod, 1)


def diff(
    x: Tensor, /, *, axis: int = -1, n: int = 1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    signed = SIGNED_VIEW.get(x.dtype)
    if signed is None:
        return torch.diff(x, n, axis, prepend, append)
    ends = [None if end is None else end.to(x.dtype).view(signed) for end in (prepend, append)]
    return torch.diff(x.view(signed), n, axis, *ends).view(x.dtype)
