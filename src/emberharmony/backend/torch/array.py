"""Arrays on PyTorch: making, converting and rearranging them. What differs from torch says how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emberharmony.backend import refusals
from emberharmony.backend.dtypes import name_of
from emberharmony.backend.torch.kinds import DTYPES, SIGNED_VIEW, on_bits, promoted
from emberharmony.errors import ArgumentError, AxisError, NotAnArrayError, ShapeError

# -- creation --


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Tensor:
    if isinstance(obj, Tensor):
        moved = obj.to(device=device, dtype=dtype)
        if copy is False and moved is not obj:
            raise ArgumentError("ops.asarray with copy=False cannot change dtype or device", mend="copy=None")
        return moved.clone() if copy and moved is obj else moved
    if isinstance(obj, str | bytes | bytearray | dict | set | frozenset) or obj is None:
        raise NotAnArrayError(f"ops.asarray got {type(obj).__name__} {obj!r:.40}", expected="numbers or an array")
    if isinstance(obj, bool | int | float | complex):
        _no_copy(copy)
        if isinstance(obj, int) and not -(2**63) <= obj < (2**64 if dtype is torch.uint64 else 2**63):
            raise ArgumentError(f"ops.asarray got {obj}", expected="an integer that fits int64", mend='dtype="float64"')
        return torch.tensor(obj, dtype=dtype or (torch.int64 if type(obj) is int else None), device=device)
    if isinstance(obj, list | tuple):
        _no_copy(copy)
        return _from_list(obj, dtype, device)  # pyright: ignore[reportUnknownArgumentType]
    return _foreign(obj, dtype, device, copy)


def _no_copy(copy: bool | None) -> None:
    if copy is False:
        raise ArgumentError("ops.asarray with copy=False got Python numbers", expected="an array", mend="copy=None")


def _from_list(obj: Sequence[Any], dtype: Any, device: Any) -> Tensor:
    leaves = [obj]
    while leaves and isinstance(leaves[0], list | tuple) and leaves[0]:
        leaves = leaves[0]  # pyright: ignore[reportUnknownVariableType]
    if any(isinstance(item, Tensor) for item in leaves):  # a list of tensors keeps gradients
        rows = [asarray(item, device=device) for item in obj]
        kind = rows[0].dtype
        for row in rows[1:]:
            kind = promoted(kind, row.dtype)
        return torch.stack([row.to(dtype or kind) for row in rows])
    try:
        host = np.asarray(obj)
    except ValueError as problem:
        raise ShapeError(
            f"ops.asarray got rows of different lengths: {problem}", expected="a rectangular list"
        ) from None
    if host.dtype == object or host.dtype.kind in "USMmV":
        raise NotAnArrayError(f"ops.asarray got a list of {host.dtype} items", expected="numbers that fit 64 bits")
    foreign = any(hasattr(item, "dtype") for item in leaves)
    if host.dtype == np.uint64 and not foreign and dtype is not torch.uint64:
        raise ArgumentError(f"ops.asarray got {host.max()}", expected="integers that fit int64", mend='dtype="uint64"')
    if dtype is None and not foreign:  # Python floats take the default, numbers that know their dtype keep it
        dtype = {"f": torch.get_default_dtype(), "c": promoted(torch.get_default_dtype(), torch.complex64)}.get(
            host.dtype.kind
        )
    return torch.tensor(host, dtype=dtype, device=device)


def _foreign(obj: Any, dtype: Any, device: Any, copy: bool | None) -> Tensor:
    if not isinstance(obj, np.ndarray | np.generic):
        if not hasattr(obj, "__dlpack__"):
            try:
                return _from_list(list(obj), dtype, device)
            except TypeError:
                raise NotAnArrayError(
                    f"ops.asarray got {type(obj).__qualname__}", expected="numbers or an array"
                ) from None
        shared = torch.from_dlpack(obj)
        # MLX arrays never change, but their DLPack view can be written: only a copy is safe
        frozen = type(obj).__module__.partition(".")[0] == "mlx"
        if frozen and copy is False:
            raise ArgumentError("ops.asarray with copy=False got an immutable array", mend="copy=None")
        return asarray(shared.clone() if frozen or copy else shared, dtype=dtype, device=device)
    host = np.asarray(obj)
    if host.dtype.kind not in "biufc" or host.dtype.itemsize > 16 or host.dtype == np.longdouble:
        raise NotAnArrayError(f"ops.asarray got a NumPy array of {host.dtype}", expected=f"one of {', '.join(DTYPES)}")
    if not host.dtype.isnative:
        host = host.astype(host.dtype.newbyteorder("="))
    strided = all(s >= 0 for s in host.strides)
    if copy or not host.flags.writeable or not strided:
        if copy is False:
            raise ArgumentError("ops.asarray with copy=False got a read-only or reversed array", mend="copy=None")
        host = host.copy()
    return asarray(torch.from_numpy(host), dtype=dtype, device=device, copy=False if copy is False else None)


def arange(
    start: float, /, stop: float | None = None, step: float = 1, *, dtype: Any = None, device: Any = None
) -> Tensor:
    refusals.numbers("arange", start, stop, step)
    start, stop = (0, start) if stop is None else (start, stop)
    if step == 0:
        raise ArgumentError("ops.arange got step=0", expected="a step that is not 0")
    if (stop - start) / step <= 0:
        dtype = dtype or (torch.int64 if all(isinstance(v, int) for v in (start, stop, step)) else None)
        return torch.empty(0, dtype=dtype, device=device)
    if dtype in SIGNED_VIEW:
        return torch.from_numpy(np.arange(start, stop, step, dtype=name_of(dtype))).to(
            device or torch.get_default_device()
        )
    return torch.arange(start, stop, step, dtype=dtype, device=device)


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    return torch.empty(shape, dtype=dtype, device=device)


def empty_like(x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    return torch.empty_like(x, dtype=dtype, device=device)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Tensor:
    n_cols = n_rows if n_cols is None else n_cols
    k = max(-n_rows, min(k, n_cols))  # torch takes no larger offset than an int64
    plain = torch.int64 if dtype in SIGNED_VIEW else dtype
    if k == 0:
        return torch.eye(n_rows, n_cols, dtype=plain, device=device).to(dtype or torch.get_default_dtype())
    ones = torch.ones((n_rows, n_cols), dtype=plain, device=device)
    return torch.tril(torch.triu(ones, k), k).to(dtype or torch.get_default_dtype())


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
    return asarray(x, device=device, copy=copy)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    shape = (shape,) if isinstance(shape, int) else shape
    if dtype is None and type(fill_value) is int:
        dtype = torch.int64
    if dtype in SIGNED_VIEW:
        return torch.full(shape, 0, dtype=dtype, device=device).copy_(asarray(np.asarray(fill_value, name_of(dtype))))
    return torch.full(shape, fill_value, dtype=dtype, device=device)


def full_like(x: Tensor, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    return full(x.shape, fill_value, dtype=dtype or x.dtype, device=device or x.device)


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Tensor:
    refusals.numbers("linspace", start, stop)
    dtype = dtype or (torch.complex64 if complex in (type(start), type(stop)) else torch.get_default_dtype())
    if not dtype.is_floating_point and not dtype.is_complex:
        return asarray(np.linspace(start, stop, num, dtype=name_of(dtype), endpoint=endpoint), device=device)
    steps = num if endpoint else num + 1
    return torch.linspace(start, stop, steps, dtype=dtype, device=device)[:num]


def meshgrid(*arrays: Tensor, indexing: str = "xy") -> tuple[Tensor, ...]:
    return tuple(torch.meshgrid(*arrays, indexing=indexing)) if arrays else ()


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    return torch.ones(shape, dtype=dtype, device=device)


def ones_like(x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    return torch.ones_like(x, dtype=dtype, device=device)


@on_bits
def tril(x: Tensor, /, *, k: int = 0) -> Tensor:
    return torch.tril(x, k)


@on_bits
def triu(x: Tensor, /, *, k: int = 0) -> Tensor:
    return torch.triu(x, k)


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    return torch.zeros(shape, dtype=dtype, device=device)


def zeros_like(x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    return torch.zeros_like(x, dtype=dtype, device=device)


# -- data types, gradients, and the host --


def astype(x: Tensor, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tensor:
    if x.is_complex() and not dtype.is_complex and dtype is not torch.bool:
        x = x.real  # what torch does too, but without its warning
    return x.to(dtype=dtype, device=device, copy=copy)


def stop_gradient(x: Tensor, /) -> Tensor:
    return x.detach()


def to_numpy(x: Tensor, /, *, copy: bool = False) -> np.ndarray[Any, Any]:
    x = x.detach().cpu()
    x = x.resolve_conj().resolve_neg()
    y = (x.float() if x.dtype is torch.bfloat16 else x).numpy()  # NumPy has no bfloat16
    return y.copy() if copy else y


def to_host(x: Tensor, /) -> np.ndarray[Any, Any]:
    return (x.detach() if x.requires_grad else x).numpy()  # to_numpy without what only odd tensors need


def from_host(x: np.ndarray[Any, Any], /) -> Tensor:
    return torch.from_numpy(x)  # the same memory


# -- manipulation --


def broadcast_arrays(*arrays: Tensor) -> tuple[Tensor, ...]:
    shape = torch.broadcast_shapes(*(x.shape for x in arrays))  # torch.broadcast_tensors returns a list
    return tuple(torch.broadcast_to(x, shape) for x in arrays)


def broadcast_to(x: Tensor, /, shape: Any) -> Tensor:
    return torch.broadcast_to(x, (shape,) if isinstance(shape, int) else shape)


def concat(arrays: Sequence[Tensor], /, *, axis: int | None = 0) -> Tensor:
    arrays = _one_dtype(arrays)
    if axis is None:
        return torch.cat([x.flatten() for x in arrays])
    # torch lets an empty vector join anything
    if any(x.ndim != arrays[0].ndim for x in arrays):
        raise ShapeError(f"ops.concat got arrays of {[x.ndim for x in arrays]} axes", expected="the same number")
    return torch.cat(arrays, dim=axis)


def _one_dtype(arrays: Sequence[Tensor]) -> list[Tensor]:
    dtype = arrays[0].dtype
    for x in arrays[1:]:
        dtype = dtype if x.dtype is dtype else promoted(dtype, x.dtype)
    return [x.to(dtype) for x in arrays]


def expand_dims(x: Tensor, /, axis: Any) -> Tensor:
    axes = (axis,) if isinstance(axis, int) else axis
    ndim = x.ndim + len(axes)
    if any(not -ndim <= a < ndim for a in axes):
        raise AxisError(f"ops.expand_dims got axis={axis} for {x.ndim} axes", expected=f"{-ndim} to {ndim - 1}")
    places = sorted(a % ndim for a in axes)
    if len(set(places)) < len(places):
        raise ShapeError(f"ops.expand_dims got axis={axis}", expected="each axis once")
    for place in places:
        x = torch.unsqueeze(x, place)
    return x


@on_bits
def flip(x: Tensor, /, *, axis: Any = None) -> Tensor:
    return torch.flip(x, tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis)


def moveaxis(x: Tensor, source: Any, destination: Any, /) -> Tensor:
    return torch.movedim(x, source, destination)  # torch.moveaxis cannot be mapped


def permute_dims(x: Tensor, /, axes: Any) -> Tensor:
    return torch.permute(x, axes)


def repeat(x: Tensor, repeats: Any, /, *, axis: int | None = None) -> Tensor:
    if axis is None:
        x, axis = x.flatten(), 0
    if isinstance(repeats, Tensor) and repeats.ndim == 0:
        repeats = repeats.expand(x.shape[axis])
    if isinstance(repeats, Tensor):
        repeats = repeats.to(torch.int64)
    return torch.repeat_interleave(x, repeats, dim=axis)


def reshape(x: Tensor, /, shape: Any, *, copy: bool | None = None) -> Tensor:
    shape = (shape,) if isinstance(shape, int) else shape
    if copy is False:
        try:
            return x.view(shape)
        except RuntimeError:
            raise ShapeError(
                f"ops.reshape with copy=False cannot view {tuple(x.shape)} as {shape}", mend="copy=None"
            ) from None
    return torch.reshape(x.clone() if copy else x, shape)


@on_bits
def roll(x: Tensor, /, shift: Any, *, axis: Any = None) -> Tensor:
    if isinstance(axis, tuple) and isinstance(shift, int):
        shift = (shift,) * len(axis)
    return torch.roll(x, shift, axis)


def squeeze(x: Tensor, /, axis: Any = None) -> Tensor:
    if axis is None:
        return torch.squeeze(x)
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    for a in axes:
        if not -x.ndim <= a < x.ndim or x.shape[a] != 1:  # torch passes over what it cannot squeeze
            raise ShapeError(f"ops.squeeze got axis={a} for shape {tuple(x.shape)}", expected="axes of length 1")
    return torch.squeeze(x, axes)


def stack(arrays: Sequence[Tensor], /, *, axis: int = 0) -> Tensor:
    return torch.stack(_one_dtype(arrays), dim=axis)


def tile(x: Tensor, repetitions: Any, /) -> Tensor:
    return torch.tile(x, (repetitions,) if isinstance(repetitions, int) else repetitions)


def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    return torch.unbind(x, dim=axis)
