"""Devices on PyTorch: "cpu", "cuda:0", "mps"; "gpu" is whichever accelerator there is."""

from __future__ import annotations

from typing import Any

import torch

from emberharmony.backend import transfers
from emberharmony.backend.memory import host_memory
from emberharmony.errors import DeviceError


def native_device(device: Any) -> torch.device:
    if device is None:
        return default_device()
    name = "cuda" if device == "gpu" and torch.cuda.is_available() else "mps" if device == "gpu" else device
    try:
        place: Any = torch.device(name)
    except (RuntimeError, TypeError):  # not a device's name at all
        place = None
    if place == torch.device("cuda"):
        place = torch.device("cuda", 0)
    if place not in (*devices(), torch.device("meta")):
        raise DeviceError(
            f"torch has no device {device!r} on this machine", expected=f"one of {', '.join(map(str, devices()))}"
        )
    return place


def devices() -> tuple[torch.device, ...]:
    found = [torch.device("cpu")]
    if torch.cuda.is_available():
        found += [torch.device("cuda", i) for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append(torch.device("mps"))
    return tuple(found)


def default_device() -> torch.device:
    return torch.get_default_device()


def default_dtypes() -> dict[str, str]:
    single = torch.get_default_dtype() is not torch.float64
    return {
        "real floating": "float32" if single else "float64",
        "complex floating": "complex64" if single else "complex128",
        "integral": "int64",
        "indexing": "int64",
    }


def capabilities() -> dict[str, Any]:
    return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}


def device(x: torch.Tensor, /) -> torch.device:
    return x.device


def to_device(x: torch.Tensor, device: torch.device, /, *, stream: Any = None) -> torch.Tensor:
    if x.device != device and transfers.watched():
        transfers.record("to_device", x.nbytes, f"torch:{x.device}", f"torch:{device}", explicit=True)
    return x.to(device)


def synchronize(x: torch.Tensor, /) -> torch.Tensor:
    if x.device.type == "cuda":
        torch.cuda.synchronize(x.device)
    elif x.device.type == "mps":
        torch.mps.synchronize()
    return x


def memory_info(device: torch.device) -> dict[str, int]:
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        return {"free": free, "used": total - free, "total": total}
    if device.type == "mps":
        total, used = torch.mps.recommended_max_memory(), torch.mps.driver_allocated_memory()
        return {"free": max(total - used, 0), "used": used, "total": total}
    return host_memory()
