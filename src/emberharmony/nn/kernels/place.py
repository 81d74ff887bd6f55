"""Where arrays are: whether a kernel can read them, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emberharmony import ops
from emberharmony.backend import host as memory
from emberharmony.backend import registry
from emberharmony.ops.gradients import engine_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.backend.base import Backend

__all__ = ["empty", "home_of", "host", "is_on_host", "is_readable", "native"]


def home_of(x: Any) -> Backend:
    """The backend whose array it is; of one that is being differentiated, the one below."""
    backend = registry.backend_of(x)
    while backend.companion is not None and "asarray" not in backend.functions:
        backend = registry.load(backend.companion)
    return backend


def is_on_host(x: Any) -> bool:
    """Whether the numbers lie in the memory of the CPU."""
    functions = registry.backend_of(x).functions
    asked = functions.get("random.is_host")
    if asked is None or "device" not in functions:
        return True
    return asked(functions["device"](ops.stop_gradient(x)))


def is_readable(x: Any) -> bool:
    """Whether the numbers can be read now, without waiting for a device or for a compiler."""
    return engine_of("timespans", [x])("is_known")(x) and is_on_host(x)


def host(x: Any) -> Any:
    """The numbers of an array in NumPy, in one piece, aligned and native; a copy only where they are not that."""
    return memory.contiguous(ops.to_numpy(ops.stop_gradient(x)))


def empty(shape: Sequence[int], like: Any) -> Any:
    """Memory for a result, in NumPy, of the type of `like`."""
    return memory.empty(shape, ops.dtype_name(like))


def native(a: Any, like: Any) -> Any:
    """Memory that is ours to give away, as an array of the backend of `like`."""
    functions = registry.backend_of(like).functions
    return functions["from_host"](a) if "from_host" in functions else ops.convert(a, like=like)
