"""`array_namespace(x)`: all of `ops`, with new arrays beside `x` instead of on the current backend."""

from __future__ import annotations

from functools import partial
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import NAMES
from emberharmony.errors import NotAnArrayError
from emberharmony.ops.like import dtype_like, made_like

__all__ = ["array_namespace"]

_MADE = frozenset({"arange", "asarray", "empty", "eye", "full", "linspace", "ones", "zeros"})
_PARTS = frozenset({"fft", "linalg", "random", "special"})
_HERE = frozenset({"tril_indices", "triu_indices", "fft.fftfreq", "fft.rfftfreq", "asarray_chkfinite"})


def array_namespace(*arrays: Any) -> Any:
    """The functions of `ops`, bound to the backend and the device of the arrays among the arguments.

    What creates arrays creates them there, whatever the current backend is: library code that is given arrays needs
    nothing else. Numbers, lists and None among the arguments say nothing; without any array it is `ops` itself.
    A number of NumPy says something only where nothing else does.

    >>> xp = ops.array_namespace(ops.asarray([1.0, 2.0]), None)
    >>> xp.sum(xp.ones(3, dtype=xp.float32)).dtype == ops.float32
    True
    """
    first: Any = None
    number: Any = None
    for x in arrays:
        if x is None or type(x) in registry.SCALARS or isinstance(x, list | tuple | str):
            continue
        try:
            backend = registry.backend_of(x)
        except NotAnArrayError:
            continue  # a list of a kind of its own: asarray will judge it
        if isinstance(x, backend.scalars):
            number = x
        elif first is None:
            first = x
        elif registry.backend_of(first) is not backend:
            raise registry.mixed("array_namespace", [first, x])
    like = number if first is None else first
    return ops if like is None else Namespace(like)


class Namespace:
    """`ops` beside one array."""

    __slots__ = ("_like", "_part")

    def __init__(self, like: Any, part: str = "") -> None:
        self._like = like
        self._part = part

    def __getattr__(self, name: str) -> Any:
        full = self._part + name
        if full in _MADE:
            return partial(made_like, self._like, full)
        if full in _PARTS:
            return Namespace(self._like, f"{full}.")
        if full in NAMES:
            return dtype_like(self._like, full)
        found: Any = ops
        for part in full.split("."):
            found = getattr(found, part)
        return partial(_beside, self._like, found) if full in _HERE else found

    def __dir__(self) -> list[str]:
        return dir(getattr(ops, self._part[:-1]) if self._part else ops)

    def __repr__(self) -> str:
        return f"<ops beside an array of {registry.backend_of(self._like).name}>"


def _beside(like: Any, function: Any, /, *arguments: Any, **named: Any) -> Any:
    """A creation function that has a body of its own, on the backend and the device of an array."""
    backend = registry.backend_of(like)
    with registry.use_backend(backend.companion or backend.name):
        return function(*arguments, **named)
