"""Memory of the host, in NumPy: what the Rust core writes into, and numbers as it reads them."""

from __future__ import annotations

from collections.abc import Sequence

from emberharmony.backend import registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["contiguous", "empty"]


def empty(shape: Sequence[int], dtype: object) -> Any:
    """Memory for numbers to come, of a dtype given by name or as any backend's object."""
    numpy = registry.load("numpy")
    return numpy.functions["empty"](tuple(shape), dtype=numpy.dtype(dtype))


def contiguous(a: Any, dtype: object = None) -> Any:
    """An array of NumPy in one piece, aligned, in native byte order, of `dtype`; a copy only where it is not that."""
    wanted = a.dtype.newbyteorder("=") if dtype is None else registry.load("numpy").dtype(dtype)
    if a.dtype == wanted and a.flags.c_contiguous and a.flags.aligned:
        return a
    return a.astype(wanted, order="C")
