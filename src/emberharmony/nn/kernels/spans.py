"""Time spans as the kernels take them: one number, one for each step, or one for each step of each row."""

from __future__ import annotations

from typing import Any

from emberharmony.backend import registry
from emberharmony.nn.kernels.place import empty, host

__all__ = ["memory", "reduced"]


def memory(dt: Any, like: Any) -> Any:
    """dt a number or () as (1,), which says that it is one for all; (T,) as (1, T); (B, T)."""
    if registry.is_array(dt):
        return host(dt).reshape((1, -1) if dt.ndim == 1 else tuple(dt.shape) or (1,))
    made = empty((1,), like)
    made[0] = dt
    return made


def reduced(ddt: Any, dt: Any) -> Any:
    """The gradient of every span (B, T) as that of dt."""
    if not registry.is_array(dt):
        return None
    return ddt.sum(axis=tuple(range(2 - dt.ndim)), keepdims=True).reshape(tuple(dt.shape)) if dt.ndim < 2 else ddt
