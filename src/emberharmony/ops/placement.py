"""Where arrays live: devices by name, memory, and waiting for work to finish."""

from __future__ import annotations

from emberharmony.backend import registry
from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from emberharmony.types import A, Array, Device

__all__ = ["device", "devices", "memory_info", "synchronize", "to_device"]


@op
def to_device(x: A, device: Device, /, *, stream: Any = None) -> A:
    """`x` on another device of the same backend; `x` itself where it is there already.

    >>> to_device(ops.ones(2), "cpu").tolist()
    [1.0, 1.0]
    """
    ...


@op
def device(x: Array, /) -> Any:
    """The device of an array, as its backend names it.

    >>> str(device(ops.to_device(ops.ones(2), "cpu"))).lower().find("cpu") >= 0
    True
    """
    ...


@op
def synchronize(x: A, /) -> A:
    """Wait until `x` is computed: before stopping a clock, never in a computation. Returns `x`.

    >>> synchronize(ops.ones(2)).tolist()
    [1.0, 1.0]
    """
    ...


def devices() -> list[str]:
    """The names of the devices that the current backend can use on this machine.

    >>> "cpu" in devices()
    True
    """
    return [str(device) for device in registry.current().functions["devices"]()]


def memory_info(device: str | None = None) -> dict[str, int]:
    """Bytes `free`, `used` and `total` on a device; the host's are those of this process's control group.

    >>> sorted(ops.memory_info())
    ['free', 'total', 'used']
    """
    backend = registry.current()
    place = device or registry.current_device() or backend.functions["default_device"]()
    return backend.functions["memory_info"](backend.device(place))
