"""Any namespace that follows the Array API standard as a backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emberharmony.backend.base import Backend
from emberharmony.backend.dtypes import name_of
from emberharmony.backend.memory import host_memory
from emberharmony.errors import DeviceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def from_namespace(name: str, xp: Any, *, array_types: Iterable[type], companion: str | None = None) -> Backend:
    """A backend from a namespace that follows the Array API standard; ops beyond the standard run their bodies."""
    info = xp.__array_namespace_info__()
    functions = _functions(xp)
    for extension in ("linalg", "fft"):
        if hasattr(xp, extension):
            functions |= {f"{extension}.{key}": value for key, value in _functions(getattr(xp, extension)).items()}
    devices = {str(device): device for device in info.devices()}
    defaults = {kind: name_of(dtype) for kind, dtype in info.default_dtypes().items()}

    def native_device(device: object) -> Any:
        if str(device) not in devices:
            raise DeviceError(f"{name} has no device {device!r}", expected=f"one of {', '.join(devices)}")
        return devices[str(device)]

    def memory_info(device: object) -> dict[str, int]:
        return host_memory()

    functions |= {
        "native_device": native_device,
        "devices": info.devices,
        "default_device": info.default_device,
        "default_dtypes": defaults.copy,
        "capabilities": info.capabilities,
        "memory_info": memory_info,
        "device": _device,
        "to_device": _to_device,
        "synchronize": _synchronize,
    }
    version = str(getattr(xp, "__version__", ""))
    return Backend(
        name, array_types=array_types, functions=functions, dtypes=info.dtypes(), version=version, companion=companion
    )


def _functions(namespace: Any) -> dict[str, Callable[..., Any]]:
    found = {key: getattr(namespace, key) for key in dir(namespace) if not key.startswith("_")}
    return {key: value for key, value in found.items() if callable(value) and not isinstance(value, type)}


def _device(x: Any, /) -> Any:
    return x.device


def _to_device(x: Any, device: Any, /, *, stream: Any = None) -> Any:
    return x.to_device(device, stream=stream)


def _synchronize(x: Any, /) -> Any:
    return x
