"""Searching, sorting, sets and elements by index on PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from emberharmony.backend.results import UniqueAllResult, UniqueCountsResult, UniqueInverseResult
from emberharmony.backend.torch.kinds import INTEGERS, SIGNED_VIEW, disordered, ordered, pair
from emberharmony.errors import DTypeError, ShapeError

SAME = ()


# -- searching --


def where(condition: Tensor, x1: Any, x2: Any, /) -> Tensor:
    x1, x2 = pair(x1, x2)
    signed = SIGNED_VIEW.get(x1.dtype)
    condition = condition if condition.dtype is torch.bool else condition != 0
    if signed is None:
        return torch.where(condition, x1, x2)
    return torch.where(condition, x1.view(signed), x2.view(signed)).view(x1.dtype)


def nonzero(x: Tensor, /) -> tuple[Tensor, ...]:
    if x.ndim == 0:
        raise ShapeError(
            "ops.nonzero got an array without axes", expected="at least one axis", mend="ops.reshape(x, (1,))"
        )
    return torch.nonzero(x != 0, as_tuple=True)


def searchsorted(x1: Tensor, x2: Any, /, *, side: str = "left", sorter: Tensor | None = None) -> Tensor:
    x1, x2 = map(ordered, pair(x1, x2))
    if sorter is not None:
        x1 = torch.take(x1, sorter.to(torch.int64))
    return torch.searchsorted(x1.contiguous(), x2.contiguous(), right=side == "right")


# -- sorting --


def sort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    y = torch.sort(ordered(x), dim=axis, descending=descending, stable=stable).values
    return disordered(y, x.dtype)


def argsort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    return torch.argsort(ordered(x), dim=axis, descending=descending, stable=stable)


# -- sets --


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Tensor:
    x1, x2 = pair(x1, x2)
    signed = SIGNED_VIEW.get(x1.dtype, torch.uint8 if x1.dtype is torch.bool else None)
    if signed is not None:
        x1, x2 = x1.view(signed), x2.view(signed)
    return torch.isin(x1, x2, invert=invert)


def _unique(x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Sorted distinct values, first places, inverse and counts; every nan is a value of its own."""
    flat = ordered(x.reshape(-1))
    if flat.is_complex():
        # by real, then imaginary part
        order = torch.argsort(flat.imag, stable=True)
        order = order[torch.argsort(flat.real[order], stable=True)]
    else:
        order = torch.argsort(flat.to(torch.uint8) if flat.dtype is torch.bool else flat, stable=True)
    y = flat[order]
    new = torch.ones_like(order, dtype=torch.bool)
    if flat.numel():
        new[1:] = y[1:] != y[:-1]
    places = torch.nonzero(new).reshape(-1)
    inverse = torch.empty_like(order)
    inverse[order] = torch.cumsum(new, 0) - 1
    counts = torch.diff(places, append=torch.full((1,), flat.numel(), dtype=places.dtype, device=x.device))
    return disordered(y[places], x.dtype), order[places], inverse.reshape(x.shape), counts


def unique_all(x: Tensor, /) -> UniqueAllResult[Tensor]:
    return UniqueAllResult(*_unique(x))


def unique_counts(x: Tensor, /) -> UniqueCountsResult[Tensor]:
    values, _, _, counts = _unique(x)
    return UniqueCountsResult(values, counts)


def unique_inverse(x: Tensor, /) -> UniqueInverseResult[Tensor]:
    values, _, inverse, _ = _unique(x)
    return UniqueInverseResult(values, inverse)


def unique_values(x: Tensor, /) -> Tensor:
    return _unique(x)[0]


# -- elements --


def take(x: Tensor, indices: Tensor, /, *, axis: int | None = None) -> Tensor:
    if axis is None:
        if x.ndim != 1:
            raise ShapeError(f"ops.take got {x.ndim} axes and no axis", expected="a vector, or axis=")
        axis = 0
    indices = _from_zero("take", indices, x.shape[axis])
    y = torch.index_select(x, axis, indices.reshape(-1).to(x.device))
    axis %= x.ndim
    return y.reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


def take_along_axis(x: Tensor, indices: Tensor, /, *, axis: int = -1) -> Tensor:
    places = _from_zero("take_along_axis", indices, x.shape[axis])
    # torch.take_along_dim would wrap what is out of range; gather raises
    axis %= x.ndim
    shape = list(torch.broadcast_shapes(x.movedim(axis, 0).shape[1:], places.movedim(axis, 0).shape[1:]))
    whole = [*shape[:axis], x.shape[axis], *shape[axis:]]
    wanted = [*shape[:axis], places.shape[axis], *shape[axis:]]
    return torch.gather(x.expand(whole), axis, places.expand(wanted))


def _from_zero(op: str, indices: Any, size: int) -> Tensor:
    """Integer indices with the negative ones counted from the end."""
    indices = torch.as_tensor(indices)
    if indices.dtype not in INTEGERS:
        raise DTypeError(f"ops.{op} got {indices.dtype} indices", expected="integers", mend='ops.astype(i, "int64")')
    indices = indices.to(torch.int64)
    return torch.where(indices < 0, indices + size, indices)


# -- changed elements: `index` is a tuple of ints, slices, None, Ellipsis and integer tensors --


def _places(x: Tensor, index: Any) -> tuple[Tensor, torch.Size]:
    """Where in the flattened `x` each element of `x[index]` lives, and the shape of `x[index]`."""
    numbers = index_get(torch.arange(x.numel(), device=x.device).reshape(x.shape), index)
    return numbers.reshape(-1), numbers.shape


def _values(x: Tensor, value: Any, shape: torch.Size) -> Tensor:
    value = value if isinstance(value, Tensor) else torch.full((), value, dtype=x.dtype, device=x.device)
    return torch.broadcast_to(value.to(x.dtype), shape).reshape(-1)


def index_get(x: Tensor, index: Any, /) -> Tensor:
    if any(isinstance(part, Tensor) and part.ndim for part in index):
        # torch takes ints out first; elsewhere they are arrays like the others, which a slice between keeps apart
        index = tuple(torch.tensor([part], device=x.device) if isinstance(part, int) else part for part in index)
    return x[index]


def index_set(x: Tensor, index: Any, value: Any, /) -> Tensor:
    places, shape = _places(x, index)
    return torch.index_copy(x.reshape(-1), 0, places, _values(x, value, shape)).reshape(x.shape)


def index_write(x: Tensor, index: Any, value: Any, /) -> Tensor:
    if x.requires_grad or (isinstance(value, Tensor) and value.requires_grad):
        x = x.clone()  # autograd may need what stands there now
    x[index] = value
    return x


def index_add(x: Tensor, index: Any, value: Any, /) -> Tensor:
    places, shape = _places(x, index)
    signed = SIGNED_VIEW.get(x.dtype)
    flat, values = x.reshape(-1), _values(x, value, shape)
    if signed is not None:
        return torch.index_add(flat.view(signed), 0, places, values.view(signed)).view(x.dtype).reshape(x.shape)
    return torch.index_add(flat, 0, places, values).reshape(x.shape)


def _reduced(x: Tensor, index: Any, value: Any, reduce: str) -> Tensor:
    places, shape = _places(x, index)
    flat, values = ordered(x).reshape(-1), ordered(_values(x, value, shape))
    y = torch.scatter_reduce(flat, 0, places, values, reduce, include_self=True)
    return disordered(y, x.dtype).reshape(x.shape)


def index_min(x: Tensor, index: Any, value: Any, /) -> Tensor:
    return _reduced(x, index, value, "amin")


def index_max(x: Tensor, index: Any, value: Any, /) -> Tensor:
    return _reduced(x, index, value, "amax")


def index_multiply(x: Tensor, index: Any, value: Any, /) -> Tensor:
    places, shape = _places(x, index)
    if x.is_complex():  # scatter_reduce multiplies real numbers only
        y = x.reshape(-1)
        for place, factor in zip(places.tolist(), _values(x, value, shape).unbind(), strict=True):
            y = torch.where(torch.arange(y.numel(), device=y.device) == place, y * factor, y)
        return y.reshape(x.shape)
    signed = SIGNED_VIEW.get(x.dtype)
    flat, values = x.reshape(-1), _values(x, value, shape)
    if signed is None:
        return torch.scatter_reduce(flat, 0, places, values, "prod", include_self=True).reshape(x.shape)
    y = torch.scatter_reduce(flat.view(signed), 0, places, values.view(signed), "prod", include_self=True)
    return y.view(x.dtype).reshape(x.shape)
