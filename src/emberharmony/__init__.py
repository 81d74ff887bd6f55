"""EmberHarmony: numerical code written once, run on NumPy, PyTorch or MLX."""

from __future__ import annotations

from emberharmony.backend import (
    available_backends,
    get_backend,
    register_backend,
    register_type,
    set_backend,
    use_backend,
)
from emberharmony.errors import EmberError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from emberharmony.ops import random as random

__all__ = [
    "EmberError",
    "available_backends",
    "get_backend",
    "random",
    "register_backend",
    "register_type",
    "set_backend",
    "use_backend",
]


def __getattr__(name: str) -> str | ModuleType:
    if name == "__version__":  # read when asked for: the reader of package metadata is slow to import
        from importlib.metadata import version

        return version("emberharmony")
    if name == "random":
        from emberharmony.ops import random

        return random
    raise AttributeError(f"module 'emberharmony' has no attribute {name!r}")
