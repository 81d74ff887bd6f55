"""EmberHarmony: numerical code written once, run on NumPy, PyTorch or MLX."""

from emberharmony.backend import (
    available_backends,
    get_backend,
    register_backend,
    register_type,
    set_backend,
    use_backend,
)
from emberharmony.errors import EmberError

__version__ = "0.1.0"
__all__ = [
    "EmberError",
    "available_backends",
    "get_backend",
    "register_backend",
    "register_type",
    "set_backend",
    "use_backend",
]
