"""One tensor API over NumPy, PyTorch and MLX: the Array API standard 2025.12 and what machine learning needs on top.

Native arrays go in and come out; each call looks at the type of its arguments, and only creation functions use the
current backend. Names such as `float32` are the current backend's own dtype objects, looked up at each access. The
files with the functions are loaded when the first name is asked for.
"""

from __future__ import annotations

import sys as _sys
from importlib import import_module as _import_module

from emberharmony.backend import registry as _registry
from emberharmony.backend.dtypes import NAMES as _DTYPES

_NAMES = "emberharmony.ops.names"
_NAMESPACES = {"fft", "linalg", "random", "special", "at", "transfers"}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from emberharmony.ops.names import *


def __getattr__(name: str) -> Any:
    if name in _DTYPES or name == "bool_":
        backend = _registry.current()
        native = backend.dtypes.get("bool" if name == "bool_" else name)
        if native is not None:
            return native
        raise AttributeError(f"{backend.name} has no {name}; it has {', '.join(backend.dtypes)}")
    if not _loaded():
        _load()
        if name in globals():
            return globals()[name]
    raise AttributeError(f"module 'emberharmony.ops' has no attribute {name!r}")


def __dir__() -> list[str]:
    _load()
    return sorted(
        {name for name in globals() if name not in _files() and name != "annotations"} | {*_registry.current().dtypes}
    )


def _files() -> set[str]:
    """The files of this folder, which importing them makes attributes: not names anybody should complete."""
    return {name.rpartition(".")[2] for name in _sys.modules if name.startswith(f"{__name__}.")} - _NAMESPACES


def _loaded() -> bool:
    return _NAMES in _sys.modules  # also while they load, and ask each other for names


def _load() -> None:
    found = vars(_import_module(_NAMES))
    wanted = [name for name in found if not name.startswith("_") or name.startswith("__array")]
    globals().update({name: found[name] for name in wanted if name not in ("annotations", "math")})


# torch.compile reads this mark: run the import while tracing, do not trace into it
setattr(_load, "_dynamo_marked_constant", True)  # noqa: B010
