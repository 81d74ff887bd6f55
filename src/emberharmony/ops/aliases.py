"""Second names that people bring from other libraries. Each is one line on top of the name that has the docs."""

from __future__ import annotations

from emberharmony.backend import registry
from emberharmony.errors import ArgumentError
from emberharmony.ops import statistics
from emberharmony.ops.arithmetic import positive, remainder
from emberharmony.ops.at import at
from emberharmony.ops.creation import asarray
from emberharmony.ops.dtypes import astype
from emberharmony.ops.indexing import take
from emberharmony.ops.manipulation import concat, permute_dims, reshape
from emberharmony.ops.placement import devices, memory_info
from emberharmony.ops.transcendental import tanh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from emberharmony.types import A, Array, Device, DType, Nested

__all__ = [
    "cast",
    "concatenate",
    "convert_to_tensor",
    "copy",
    "cumprod",
    "cumsum",
    "gather",
    "get_activation",
    "get_available_devices",
    "get_default_device",
    "get_device",
    "get_dtype",
    "index_update",
    "is_available",
    "memory_usage",
    "mod",
    "scatter",
    "set_default_device",
    "shape",
    "slice_tensor",
    "slice_update",
    "tensor_scatter_nd_update",
    "transpose",
]


def convert_to_tensor(x: Nested, dtype: DType | None = None, device: Device | None = None) -> Any:
    """`asarray` by another name.

    >>> ops.convert_to_tensor([1, 2]).tolist()
    [1, 2]
    """
    return asarray(x, dtype=dtype, device=device)


def cast(x: A, dtype: DType) -> A:
    """`astype` by another name.

    >>> ops.cast(ops.asarray([1.5]), "int32").tolist()
    [1]
    """
    return astype(x, dtype)


def concatenate(arrays: Sequence[A], axis: int | None = 0) -> A:
    """`concat` by another name.

    >>> ops.concatenate([ops.asarray([1]), ops.asarray([2])]).tolist()
    [1, 2]
    """
    return concat(arrays, axis=axis)


def copy(x: A) -> A:
    """`x` in memory of its own.

    >>> ops.copy(ops.asarray([1, 2])).tolist()
    [1, 2]
    """
    return astype(x, x.dtype, copy=True)


def get_dtype(x: Array) -> Any:
    """The dtype of an array, as its backend's object.

    >>> ops.get_dtype(ops.zeros(1, dtype="int8")) == ops.int8
    True
    """
    return x.dtype


def transpose(x: A, axes: tuple[int, ...] | None = None) -> A:
    """`permute_dims`; without `axes` the order is reversed.

    >>> ops.transpose(ops.asarray([[1, 2], [3, 4]])).tolist()
    [[1, 3], [2, 4]]
    """
    return permute_dims(x, tuple(reversed(range(x.ndim))) if axes is None else axes)


def shape(x: Array) -> tuple[int, ...]:
    """The shape as a tuple.

    >>> ops.shape(ops.zeros((2, 3)))
    (2, 3)
    """
    return tuple(x.shape)


def mod(x1: A, x2: A) -> A:
    """`remainder` by another name: the sign is the divisor's.

    >>> ops.mod(ops.asarray([-1, 5]), ops.asarray([3, 3])).tolist()
    [2, 2]
    """
    return remainder(x1, x2)


def cumsum(x: A, axis: int | None = None) -> A:
    """`cumulative_sum`; without an axis, over all elements in order.

    >>> ops.cumsum(ops.asarray([1, 2, 3])).tolist()
    [1, 3, 6]
    """
    return statistics.cumulative_sum(x if axis is not None else reshape(x, (-1,)), axis=axis or 0)


def cumprod(x: A, axis: int | None = None) -> A:
    """`cumulative_prod`; without an axis, over all elements in order.

    >>> ops.cumprod(ops.asarray([1, 2, 3])).tolist()
    [1, 2, 6]
    """
    return statistics.cumulative_prod(x if axis is not None else reshape(x, (-1,)), axis=axis or 0)


def gather(x: A, indices: A, axis: int = 0) -> A:
    """`take` by another name.

    >>> ops.gather(ops.asarray([10, 20, 30]), ops.asarray([2, 0])).tolist()
    [30, 10]
    """
    return take(x, indices, axis=axis)


def scatter(x: A, indices: A, updates: A) -> A:
    """`at(x)[indices].set(updates)`: rows of a copy of `x` replaced.

    >>> ops.scatter(ops.zeros(3), ops.asarray([1]), ops.ones(1)).tolist()
    [0.0, 1.0, 0.0]
    """
    return at(x)[indices].set(updates)


def index_update(x: A, index: Any, value: A) -> A:
    """`at(x)[index].set(value)`.

    >>> ops.index_update(ops.zeros(3), 1, 5.0).tolist()
    [0.0, 5.0, 0.0]
    """
    return at(x)[index].set(value)


def tensor_scatter_nd_update(x: A, indices: A, updates: A) -> A:
    """A copy of `x` with `x[indices[i]] = updates[i]`: the last axis of `indices` (..., K) indexes the first K of `x`.

    >>> ops.tensor_scatter_nd_update(ops.zeros((2, 2)), ops.asarray([[0, 1]]), ops.ones(1)).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    indices_: Any = indices
    return at(x)[tuple(indices_[..., k] for k in range(indices.shape[-1]))].set(updates)


def slice_tensor(x: A, starts: Sequence[int], sizes: Sequence[int]) -> A:
    """`x[starts[0]:starts[0] + sizes[0], ...]`; a size of -1 goes to the end.

    >>> ops.slice_tensor(ops.asarray([1, 2, 3, 4]), [1], [2]).tolist()
    [2, 3]
    """
    return x[_slices(starts, sizes)]


def slice_update(x: A, starts: Sequence[int], updates: A) -> A:
    """A copy of `x` with the block that begins at `starts` replaced by `updates`.

    >>> ops.slice_update(ops.zeros(3), [1], ops.ones(2)).tolist()
    [0.0, 1.0, 1.0]
    """
    return at(x)[_slices(starts, tuple(updates.shape))].set(updates)


def get_activation(name: str) -> Callable[..., Any]:
    """An activation function by name: relu, sigmoid, tanh, softmax, softplus, gelu, silu and the like.

    >>> ops.get_activation("relu")(ops.asarray([-1.0, 1.0])).tolist()
    [0.0, 1.0]
    """
    from emberharmony.ops import nn

    known = {f: getattr(nn, f) for f in nn.ACTIVATIONS} | {"tanh": tanh, "linear": positive}
    if name not in known:
        raise ArgumentError(f"there is no activation {name!r}", expected=f"one of {', '.join(sorted(known))}")
    return known[name]


def get_device(x: Any = None) -> str:
    """The name of an array's device, or of the one where new arrays go.

    >>> isinstance(ops.get_device(), str)
    True
    """
    if x is not None:
        return str(registry.backend_of(x).functions["device"](x))
    backend = registry.current()
    return registry.current_device() or str(backend.functions["default_device"]())


def get_default_device() -> str:
    """Where new arrays of the current backend go.

    >>> ops.get_default_device() == ops.get_device()
    True
    """
    return get_device()


def set_default_device(device: str) -> None:
    """Send new arrays of the current backend to `device`: `set_backend(get_backend(), device=device)`.

    >>> ops.set_default_device("tpu")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    emberharmony.errors.DeviceError: ...
    """
    backend = registry.current()
    backend.device(device)
    registry.set_backend(backend.name, device=device)


def get_available_devices() -> list[str]:
    """`devices` by another name.

    >>> "cpu" in ops.get_available_devices()
    True
    """
    return devices()


def is_available(device: str) -> bool:
    """Whether the current backend can use a device.

    >>> ops.is_available("cpu"), ops.is_available("tpu")
    (True, False)
    """
    from emberharmony.errors import DeviceError

    try:
        registry.current().device(device)
    except DeviceError:
        return False
    return True


def memory_usage(device: str | None = None) -> int:
    """The bytes in use on a device.

    >>> ops.memory_usage() > 0
    True
    """
    return memory_info(device)["used"]


def _slices(starts: Sequence[int], sizes: Sequence[int]) -> tuple[slice, ...]:
    return tuple(slice(a, None if n == -1 else a + n) for a, n in zip(starts, sizes, strict=True))
