"""What a draw asks of a value and of a backend."""

from __future__ import annotations

from typing import Any

from emberharmony.backend import registry
from emberharmony.ops.gradients import engine_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.backend.base import Backend


def is_array(x: Any) -> bool:
    """Whether `x` is an array; torch.compile cannot follow the registry with a Python number."""
    return not (x is None or isinstance(x, int | float)) and registry.is_array(x)


def is_known(x: Any) -> bool:
    """Whether the numbers are there to be read: a compiler or `vmap` has none yet."""
    return engine_of("random", [x])("is_known")(x)


def is_readable(x: Any) -> bool:
    """Whether the numbers can be read without waiting for a device."""
    backend = registry.backend_of(x)
    device = backend.functions["device"](x) if "device" in backend.functions else None
    return is_known(x) and ask(backend, "is_host", True, device)


def ask(backend: Backend, question: str, default: bool, *arguments: Any) -> bool:
    """What a backend answers in its file random.py; one that joined from elsewhere may not have it."""
    answer = backend.functions.get(f"random.{question}")
    return default if answer is None else answer(*arguments)


def is_traced() -> bool:
    """Whether a compiler is writing down what the current backend does."""
    return ask(registry.current(), "is_traced", False)
