"""Numbers on the host, as the native kernels read and write them, and the way back to the caller's library."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.host import contiguous, empty

__all__ = ["filled", "host", "native"]


def host(x: Any, dtype: str | None = None) -> Any:
    """The numbers of an array in NumPy, in one piece, of `dtype`; a copy only where they are not that already."""
    return contiguous(ops.to_numpy(x), dtype)


def filled(size: int, value: float) -> Any:
    """`size` times `value`, in float64."""
    a = empty((size,), "float64")
    a.fill(value)
    return a


def native(a: Any, backend: str | None = None, *, like: Any = None) -> Any:
    """An array of ours as one of a named backend, else where `like` is, else of the current backend."""
    if backend is None and like is not None:
        return ops.convert(a, like=like)
    return ops.convert(a, backend or registry.current().name)
