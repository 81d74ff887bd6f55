"""Backends: the only folders that import an array library live below this one."""

from emberharmony.backend.base import Backend
from emberharmony.backend.namespace import from_namespace
from emberharmony.backend.registry import (
    available_backends,
    get_backend,
    register_backend,
    register_type,
    set_backend,
    use_backend,
)

__all__ = [
    "Backend",
    "available_backends",
    "from_namespace",
    "get_backend",
    "register_backend",
    "register_type",
    "set_backend",
    "use_backend",
]
