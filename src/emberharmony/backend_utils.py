"""Helpers under the names of the first prototypes. Each is thin; the docs say which function of `ops` it stands for."""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.backend import get_backend, registry, set_backend
from emberharmony.backend.report import report as get_backend_info
from emberharmony.errors import ArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emberharmony.types import A, Array, Nested

__all__ = [
    "auto_select_backend",
    "convert_to_tensor_safe",
    "get_backend_info",
    "get_current_backend",
    "set_preferred_backend",
    "sin_cos_transform",
    "tensor_to_numpy_safe",
    "vstack_safe",
]


def auto_select_backend() -> tuple[str, str]:
    """The backend that this machine's hardware suggests, and its device.

    >>> auto_select_backend()[0] in ("numpy", "torch", "mlx")
    True
    """
    choice = registry.probe()
    return choice.name, choice.device


def get_current_backend() -> str:
    """`emberharmony.get_backend()`."""
    return get_backend()


def set_preferred_backend(name: str | None = None) -> str:
    """`emberharmony.set_backend(name)`, or nothing where `name` is None; returns the current backend's name.

    An unknown or missing name raises: nothing falls back in silence.
    """
    if name is not None:
        set_backend(name)
    return get_backend()


def convert_to_tensor_safe(data: Nested) -> Any:
    """`ops.asarray(data)`."""
    return ops.asarray(data)


def tensor_to_numpy_safe(x: Array) -> Any:
    """`ops.to_numpy(x)`: always an ndarray, whatever the backend, device, gradient or dtype."""
    return ops.to_numpy(x)


def vstack_safe(arrays: Sequence[A]) -> A:
    """`ops.vstack(arrays)`: rows stacked; shapes that do not fit raise."""
    return ops.vstack(arrays)


def sin_cos_transform(values: A, period: float = 1.0) -> tuple[A, A]:
    """`sin` and `cos` of `2 pi values / period`, for features that come round again.

    >>> s, c = sin_cos_transform(ops.asarray([0.0, 6.0]), period=24.0)
    >>> s.tolist(), [round(v, 6) for v in c.tolist()]
    ([0.0, 1.0], [1.0, 0.0])
    """
    if not period > 0:
        raise ArgumentError(f"sin_cos_transform got period={period!r}", expected="a period greater than zero")
    angle = ops.multiply(values, 2 * math.pi / period)
    return ops.sin(angle), ops.cos(angle)
