"""What a backend is: array types, dtypes, and functions by name. Nothing else, and nothing to inherit from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import FunctionType, ModuleType
from typing import Any

from emberharmony.backend.dtypes import name_of
from emberharmony.backend.memory import host_memory
from emberharmony.errors import DeviceError, DTypeError



class Backend:
    """One row of every op's table.

    `functions` maps an op's name ("add", "linalg.qr") to the function that does it on these arrays; an op that is
    missing here runs its own body, written in other ops, or says that this backend cannot do it. `dtypes` maps
    canonical names to native objects. `companion` names a backend whose arrays may stand beside these (masks, indices).
    """

    __slots__ = ("_native", "array_types", "companion", "dtypes", "functions", "name", "version")

    def __init__(
        self,
        name: str,
        *,
        array_types: Iterable[type],
        functions: Mapping[str, Callable[..., Any]],
        dtypes: Mapping[str, object],
        version: str = "",
        companion: str | None = None,
    ) -> None:
        self.name = name
        self.array_types = tuple(array_types)
        self.functions = dict(functions)
        self.dtypes = dict(dtypes)
        self.version = version
        self.companion = companion
        self._native: dict[object, object] = {native: native for native in self.dtypes.values()} | dict(self.dtypes)

    def __repr__(self) -> str:
        return f"<backend {self.name} {self.version}>".replace(" >", ">")

    def dtype(self, dtype: object) -> Any:
        """The native object of a dtype given by name or as any backend's object."""
        try:
            return self._native[dtype]
        except (KeyError, TypeError):
            name = name_of(dtype)
        if name not in self.dtypes:
            raise DTypeError(
                f"{self.name} has no {name}",
                expected=f"one of {', '.join(self.dtypes)}; nothing is narrowed in silence",
                mend=_narrower(name, self.dtypes),
            )
        native = self._native[dtype] = self.dtypes[name]
        return native

    def device(self, device: object) -> Any:
        """The native object of a device given by name ("cpu", "gpu", "cuda:1") or as this backend's own object."""
        return self.functions["native_device"](device)


def _narrower(name: str, dtypes: Mapping[str, object]) -> str:
    near = {"complex128": "complex64", "float64": "float32", "bfloat16": "float32"}.get(name, "")
    return f'pass dtype="{near}" if that precision is enough' if near in dtypes else "choose another backend"


def collect(module: ModuleType, native: object, prefix: str = "") -> dict[str, Callable[..., Any]]:
    """The functions of one backend file: `SAME` from the native namespace, `RENAMED`, then what the file defines."""
    table: dict[str, Callable[..., Any]] = {prefix + name: getattr(native, name) for name in getattr(module, "SAME", ())}
    table |= {prefix + name: function for name, function in getattr(module, "RENAMED", {}).items()}
    for name, value in vars(module).items():
        public = name.rstrip("_")  # a trailing underscore keeps a builtin's name free: `sum_`
        if not name.startswith("_") and isinstance(value, FunctionType) and value.__module__ == module.__name__:
            table[prefix + public] = value
    return table


def from_namespace(name: str, xp: Any, *, array_types: Iterable[type], companion: str | None = None) -> Backend:
    """A backend from a namespace that follows the Array API standard; ops beyond it run their bodies."""
    functions = _functions(xp)
    for extension in ("linalg", "fft"):
        if hasattr(xp, extension):
            functions |= {f"{extension}.{key}": value for key, value in _functions(getattr(xp, extension)).items()}
    info = xp.__array_namespace_info__()
    defaults = {kind: name_of(dtype) for kind, dtype in info.default_dtypes().items()}
    by_name = {str(device): device for device in info.devices()}

    def native_device(device: object) -> Any:
        if device in by_name.values():
            return device
        if device not in by_name:
            raise DeviceError(f"{name} has no device {device!r}", expected=f"one of {', '.join(by_name)}")
        return by_name[str(device)]

    functions |= {
        "native_device": native_device,
        "devices": lambda: [*by_name.values()],
        "default_device": info.default_device,
        "default_dtypes": lambda: defaults,
        "capabilities": info.capabilities,
        "memory_info": lambda device: host_memory(),
        "device": lambda x: x.device,
        "to_device": lambda x, device, *, stream=None: x.to_device(device, stream=stream),
        "synchronize": lambda x: x,
    }
    version = str(getattr(xp, "__version__", ""))
    return Backend(
        name, array_types=array_types, functions=functions, dtypes=info.dtypes(), version=version, companion=companion
    )


def _functions(namespace: Any) -> dict[str, Callable[..., Any]]:
    names = [key for key in dir(namespace) if not key.startswith("_")]
    found = {key: getattr(namespace, key) for key in names}
    return {key: value for key, value in found.items() if callable(value) and not isinstance(value, type)}
