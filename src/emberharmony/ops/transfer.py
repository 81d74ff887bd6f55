"""Between backends and to the host: always by name, zero copy where memory can be shared, and counted."""

from __future__ import annotations

import math

from emberharmony.backend import registry
from emberharmony.backend import transfers as ledger
from emberharmony.backend.dtypes import BITS, name_of
from emberharmony.backend.transfers import no_transfers, transfers
from emberharmony.errors import ArgumentError, UnsupportedError
from emberharmony.ops.dispatch import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from emberharmony.backend.base import Backend
    from emberharmony.types import Array, Device, DType

__all__ = ["convert", "item", "no_transfers", "to_numpy", "tolist", "transfers"]


def convert(
    x: Array,
    backend: str | None = None,
    /,
    *,
    like: Array | None = None,
    dtype: DType | None = None,
    device: Device | None = None,
    copy: bool | None = None,
) -> Any:
    """`x` as an array of another backend, named or taken from `like`. The gradient ends here.

    Memory is shared where both backends can (NumPy and PyTorch on the CPU); a view of an immutable MLX array is
    read-only. `copy=True` never shares.

    >>> y = ops.convert(ops.asarray([1.0, 2.0]), "numpy")
    >>> type(y).__module__, y.tolist()
    ('numpy', [1.0, 2.0])
    """
    if (backend is None) == (like is None):
        raise ArgumentError(
            f"ops.convert got backend={backend!r} and like={'an array' if like is not None else None}",
            expected="exactly one of a backend's name and an array to be like",
            mend='ops.convert(x, "torch") or ops.convert(x, like=y)',
        )
    source = registry.backend_of(x)
    if "convert" in source.functions:  # a type that joined says itself how it leaves
        return source.functions["convert"](x, backend, like=like)
    target = registry.load(backend) if backend is not None else _home(registry.backend_of(like))
    if target is _home(source) is not source and device is None and dtype is None and not copy:
        return x  # being differentiated, and there already
    if _home(source) is not source:
        raise UnsupportedError(
            f"ops.convert of an array that is being differentiated, to {target.name}",
            expected=f"arrays of {_home(source).name} until the gradient is there: it would end here, as zeros",
            mend="ops.convert(ops.stop_gradient(x), ...) where that is meant",
        )
    if device is None and like is not None:
        device = target.functions["device"](like)
    place = None if device is None else target.device(device)
    native = None if dtype is None else target.dtype(dtype)
    if target.name == "numpy":
        y = _to_numpy(source, x, copy is True)
        y = y if native is None else target.functions["astype"](y, native, copy=False)
    else:
        foreign = x if target is source else _readable(source, x)
        y = target.functions["asarray"](foreign, dtype=native, device=place, copy=copy)
    _note("convert", source, x, target, y)
    return y


@derived
def to_numpy(x: Array, /, *, copy: bool = False) -> Any:
    """`x` as a NumPy array: a view where memory can be shared (read-only for MLX), or a fresh copy with `copy=True`.

    A PyTorch tensor leaves its gradient and its device behind; bfloat16, which NumPy lacks, becomes float32.

    >>> ops.to_numpy(ops.asarray([1, 2])).sum().item()
    3
    """
    numpy = registry.load("numpy")
    return numpy.functions["from_dlpack"](x, copy=True if copy else None)


def item(x: Array, /) -> Any:
    """The one element of `x` as a Python number. Waits for it.

    >>> ops.item(ops.asarray([2.5]))
    2.5
    """
    backend = registry.backend_of(x)
    if "item" in backend.functions:
        return backend.functions["item"](x)
    if (size := math.prod(x.shape)) != 1:
        raise ArgumentError(
            f"ops.item got shape {tuple(x.shape)}", expected=f"one element, not {size}", mend="ops.tolist(x)"
        )
    _note("item", backend, x, None, None)
    return _to_numpy(backend, x, False).item()


def tolist(x: Array, /) -> Any:
    """`x` as nested lists of Python numbers. Waits for it.

    >>> ops.tolist(ops.asarray([[1, 2], [3, 4]]))
    [[1, 2], [3, 4]]
    """
    backend = registry.backend_of(x)
    if "tolist" in backend.functions:
        return backend.functions["tolist"](x)
    _note("tolist", backend, x, None, None)
    return _to_numpy(backend, x, False).tolist()


def _home(backend: Backend) -> Backend:
    """The backend that makes arrays: of a type that joined another's tables, that one."""
    made = backend.companion is None or "asarray" in backend.functions
    return backend if made else registry.load(backend.companion or "")


def _readable(source: Backend, x: Array) -> Any:
    """`x` without its gradient, so that another library may read it."""
    return source.functions["stop_gradient"](x) if "stop_gradient" in source.functions else x


def _to_numpy(source: Backend, x: Array, copy: bool) -> Any:
    if "to_numpy" in source.functions:
        return source.functions["to_numpy"](x, copy=copy)
    return registry.load("numpy").functions["from_dlpack"](x, copy=True if copy else None)


def _note(op: str, source: Backend, x: Array, target: Backend | None, y: Any) -> None:
    if not ledger.watched() or (target is not None and _shared(source, x, target, y)):
        return
    start = f"{source.name}:{source.functions['device'](x)}" if "device" in source.functions else source.name
    end = "host" if target is None else f"{target.name}:{target.functions['device'](y)}"
    nbytes = math.prod(x.shape) * (1 if name_of(x.dtype) == "bool" else BITS[name_of(x.dtype)] // 8)
    ledger.record(op, nbytes, start, end, explicit=True)


def _shared(source: Backend, x: Array, target: Backend, y: Any) -> bool:
    """Whether two arrays on the host are the same memory."""
    if any("cpu" not in str(b.functions["device"](a)).lower() for b, a in ((source, x), (target, y))):
        return False
    a, b = _to_numpy(source, x, False), _to_numpy(target, y, False)
    return a.size > 0 and a.__array_interface__["data"][0] == b.__array_interface__["data"][0]
