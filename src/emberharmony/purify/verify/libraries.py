"""The array libraries themselves. The worker sets one against the other and watches their borders, so it needs their
names; nothing else in `purify` does, and nothing is imported before it is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

MODULES = {"numpy": "numpy", "torch": "torch", "mlx": "mlx.core"}


def library(name: str) -> Any:
    """The array library of a backend."""
    return import_module(MODULES[name])


def installed(name: str) -> bool:
    """Whether a backend's library is there. The top package decides: nothing is imported to find out."""
    return find_spec(MODULES.get(name, name).partition(".")[0]) is not None


def numpy() -> Any:
    """NumPy, on which every original runs."""
    return import_module("numpy")


def is_array(x: object) -> bool:
    """Whether `x` is an array of any of the libraries; a NumPy scalar is none."""
    for name, types in (("numpy", "ndarray"), ("torch", "Tensor"), ("mlx.core", "array")):
        module = sys.modules.get(name)
        if module is not None and isinstance(x, getattr(module, types)):
            return True
    return False


def is_numpy_scalar(x: object) -> bool:
    """Whether `x` is what NumPy gives instead of an array without axes."""
    module = sys.modules.get("numpy")
    return module is not None and isinstance(x, module.generic)


def namespace_of(x: object) -> str:
    """The backend whose array `x` is; NumPy's scalars are NumPy's."""
    for name, module in MODULES.items():
        top = type(x).__module__.partition(".")[0]
        if top == module.partition(".")[0]:
            return name
    return next((known for known in MODULES if isinstance_of(x, known)), type(x).__module__)


def isinstance_of(x: object, name: str) -> bool:
    """Whether `x` is an array of this backend, subclasses included."""
    module = sys.modules.get(MODULES[name])
    kinds = {"numpy": "ndarray", "torch": "Tensor", "mlx": "array"}
    return module is not None and isinstance(x, getattr(module, kinds[name]))
