"""Devices on NumPy: there is one."""

from __future__ import annotations

from typing import Any

from emberharmony.backend.memory import host_memory
from emberharmony.errors import DeviceError


def native_device(device: object) -> str:
    if device in ("cpu", None):
        return "cpu"
    raise DeviceError(f"numpy has no device {device!r}", expected='"cpu"', mend='ops.convert(x, "torch") to use a GPU')


def devices() -> tuple[str, ...]:
    return ("cpu",)


def default_device() -> str:
    return "cpu"


def default_dtypes() -> dict[str, str]:
    return {"real floating": "float64", "complex floating": "complex128", "integral": "int64", "indexing": "int64"}


def capabilities() -> dict[str, Any]:
    return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}


def device(x: Any, /) -> str:
    return "cpu"


def to_device(x: Any, device: str, /, *, stream: Any = None) -> Any:
    return x


def synchronize(x: Any, /) -> Any:
    return x


def memory_info(device: str) -> dict[str, int]:
    return host_memory()
