"""What the current backend offers, in the words of the Array API standard's inspection functions."""

from __future__ import annotations

from emberharmony.backend import registry
from emberharmony.backend.dtypes import KINDS
from emberharmony.errors import ArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from emberharmony.types import Device

__all__ = ["__array_namespace_info__"]


class Info:
    """The current backend's capabilities, devices and dtypes."""

    def capabilities(self) -> dict[str, Any]:
        """Whether boolean masks and data-dependent shapes work, and how many dimensions an array may have."""
        return registry.current().functions["capabilities"]()

    def default_device(self) -> Any:
        """Where new arrays go."""
        backend = registry.current()
        device = registry.current_device()
        return backend.functions["default_device"]() if device is None else backend.device(device)

    def default_dtypes(self, *, device: Device | None = None) -> dict[str, Any]:
        """The dtypes that creation functions choose by themselves."""
        backend = registry.current()
        return {kind: backend.dtype(name) for kind, name in backend.functions["default_dtypes"]().items()}

    def devices(self) -> list[Any]:
        """The devices of this machine that the backend can use."""
        return registry.current().functions["devices"]()

    def dtypes(self, *, device: Device | None = None, kind: str | tuple[str, ...] | None = None) -> dict[str, Any]:
        """The backend's dtypes by name, all or those of a kind."""
        every = {
            name: native for name, native in registry.current().dtypes.items() if name not in ("float16", "bfloat16")
        }
        if kind is None:
            return every
        kinds = (kind,) if isinstance(kind, str) else kind
        if unknown := [k for k in kinds if k not in KINDS]:
            raise ArgumentError(f"there is no kind of dtype {unknown[0]!r}", expected=f"one of {', '.join(KINDS)}")
        return {name: native for name, native in every.items() if any(name in KINDS[k] for k in kinds)}


def __array_namespace_info__() -> Info:
    """The Array API standard's inspection object for the current backend.

    >>> sorted(__array_namespace_info__().default_dtypes())
    ['complex floating', 'indexing', 'integral', 'real floating']
    """
    return Info()
