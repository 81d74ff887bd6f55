"""Count copies to the host where they happen, and reads of single numbers.

PyTorch's conversions are methods, so they are replaced while a port runs. MLX hands its memory out through the buffer
protocol, which nobody can watch; so NumPy's own entries are replaced instead: the functions that make arrays, and the
two protocols through which ufuncs and functions ask an argument whether it wants to answer for itself.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

from emberharmony.purify.verify.libraries import MODULES, installed, isinstance_of, library, numpy
from emberharmony.purify.verify.structure import one_of

_TORCH = ("__array__", "numpy", "tolist", "cpu", "__dlpack__", "item", "__float__", "__int__", "__bool__", "__index__")
_MLX = ("__array__", "tolist", "__dlpack__", "item", "__float__", "__int__", "__bool__", "__index__")
_MAKERS = ("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "require", "frombuffer", "copy")
_READS = ("item", "__float__", "__int__", "__bool__", "__index__", "__complex__")


class Hops:
    """What has been counted: the hops by place, and the reads. `on` is set only while a port runs."""

    def __init__(self) -> None:
        self.on = False
        self.hops: dict[str, None] = {}
        self.reads = 0

    def note(self, what: str, x: Any) -> None:
        """An array gave its memory away: a read if it has no axes, a hop otherwise."""
        if not self.on:
            return
        if what in _READS or math.prod(x.shape) == 1:
            self.reads += what != "cpu"  # which is followed by the read itself
        else:
            self.hop(f"{what} of shape {tuple(int(n) for n in x.shape)}")

    def hop(self, what: str) -> None:
        """A copy to the host, at the nearest line of the user's."""
        self.hops[f"{what} at {_place()}"] = None

    @contextmanager
    def watching(self) -> Generator[None]:
        """Count inside of the block, also what `ops` says of itself."""
        from emberharmony.ops import transfers

        with transfers() as ledger:
            self.on = True
            try:
                yield
            finally:
                self.on = False
        for transfer in ledger:
            if transfer.op == "item":
                continue  # seen as a read, too
            source, target = (place.partition(":")[0] for place in (transfer.source, transfer.target))
            if transfer.explicit and (source == "numpy" or source == target):
                continue  # towards the device, or from one to another, by name
            place = transfer.where.replace("\\", "/").rpartition("/")[2]
            self.hops[f"ops.{transfer.op} ({transfer.source} to {transfer.target}) at {place}"] = None


@contextmanager
def watched(backends: tuple[str, ...]) -> Generator[Hops]:
    """Replace the conversions of the libraries until the block ends."""
    hops = Hops()
    with ExitStack() as undo:
        if "torch" in backends and installed("torch"):
            tensor = library("torch").Tensor
            for name in _TORCH:
                _replace(undo, tensor, name, _noting(hops, name, getattr(tensor, name)))
        if "mlx" in backends and installed("mlx"):
            array = library("mlx").array
            for name in _MLX:
                _replace(undo, array, name, _noting(hops, name, getattr(array, name)))
            _replace(undo, array, "__array_ufunc__", _ufunc(hops))
            _replace(undo, array, "__array_function__", _function(hops))
            for name in _MAKERS:
                made = getattr(numpy(), name)
                _replace(undo, numpy(), name, _making(hops, name, made))
        yield hops


def _replace(undo: ExitStack, owner: Any, name: str, new: Any) -> None:
    own = name in vars(owner)
    old = getattr(owner, name, None)
    setattr(owner, name, new)
    undo.callback((lambda: setattr(owner, name, old)) if own else (lambda: delattr(owner, name)))


def _noting(hops: Hops, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        hops.note(name, self)
        return method(self, *args, **kwargs)

    return noted


def _making(hops: Hops, name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(make)
    def making(*args: Any, **kwargs: Any) -> Any:
        if hops.on:
            for x in _of_mlx(args[:1]):
                hops.note(f"numpy.{name}", x)
        return make(*args, **kwargs)

    return making


def _ufunc(hops: Hops) -> Callable[..., Any]:
    def answer(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        for x in _of_mlx(inputs):
            hops.note(f"numpy.{ufunc.__name__}", x)
        return getattr(ufunc, method)(*_on_host(inputs), **_on_host(kwargs))

    return answer


def _function(hops: Hops) -> Callable[..., Any]:
    def answer(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        for x in _of_mlx((args, *kwargs.values())):
            hops.note(f"numpy.{function.__name__}", x)
        return function(*_on_host(args), **_on_host(kwargs))

    return answer


def _of_mlx(values: Any) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if isinstance_of(value, "mlx"):
            found.append(value)
        elif one_of(value, list, tuple):
            found += _of_mlx(value)
    return found


def _on_host(value: Any) -> Any:
    if isinstance_of(value, "mlx"):
        return numpy().asarray(memoryview(value))
    if one_of(value, list, tuple):
        return type(value)(_on_host(item) for item in value)
    if one_of(value, dict):
        return {key: _on_host(item) for key, item in value.items()}
    return value


def _place() -> str:
    """The nearest line that is neither ours nor an array library's."""
    ours = ("emberharmony", *(module.partition(".")[0] for module in MODULES.values()))
    frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in ours:
        frame = frame.f_back
    return f"{frame.f_code.co_filename.replace(chr(92), '/').rpartition('/')[2]}:{frame.f_lineno}"
