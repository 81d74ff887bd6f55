"""Devices on MLX: "cpu", and "gpu" where Metal or CUDA is. Memory is unified, so an array has no device of its own:
what runs where is decided by the default device, and `device=` sets where a new array is computed.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx

from emberharmony.backend.memory import host_memory
from emberharmony.backend.mlx.place import HAS_GPU, STREAMS, evaluate, name_of_device
from emberharmony.errors import DeviceError

_ALIASES = {"cuda": "gpu", "metal": "gpu", "mps": "gpu"}


def native_device(device: Any) -> str:
    if device is None:
        return default_device()
    if isinstance(device, mx.DeviceType):
        device = mx.Device(device, 0)
    if isinstance(device, mx.Device):
        name = name_of_device(device)
    else:
        kind, _, index = str(device).lower().partition(":")
        name = _ALIASES.get(kind, kind) + (f":{index}" if index not in ("", "0") else "")
    if name not in STREAMS:
        raise DeviceError(
            f"mlx has no device {device!r} on this machine",
            expected=f"one of {', '.join(STREAMS)}",
            mend="" if HAS_GPU else "a GPU needs a Mac with Apple silicon, or Linux with mlx[cuda]",
        )
    return name


def devices() -> tuple[str, ...]:
    return tuple(STREAMS)


def default_device() -> str:
    return name_of_device(mx.default_device())


def default_dtypes() -> dict[str, str]:
    return {"real floating": "float32", "complex floating": "complex64", "integral": "int64", "indexing": "int64"}


def capabilities() -> dict[str, Any]:
    # `x[mask]` raises: `ops.mask_select(x, mask)` does it; nonzero, unique and repeat evaluate their argument
    return {"boolean indexing": False, "data-dependent shapes": True, "max dimensions": None}


def device(x: mx.array, /) -> str:
    return default_device()


def to_device(x: mx.array, device: str, /, *, stream: Any = None) -> mx.array:
    # the same memory serves all devices
    return x


def synchronize(x: mx.array, /) -> mx.array:
    evaluate(x)
    return x


def memory_info(device: str) -> dict[str, int]:
    if device == "cpu":
        return host_memory()
    info = mx.device_info(STREAMS[device])
    # Metal says memory_size, CUDA total_memory (and free_memory); MLX itself will not use more than its limit
    total = min(int(info.get("memory_size") or info.get("total_memory") or 2**63), mx.get_memory_limit())
    used = mx.get_active_memory()
    return {"free": min(int(info.get("free_memory", 2**63)), max(total - used, 0)), "used": used, "total": total}
