"""The parameters of distributions: their common shape, their range, and that no gradient is lost in them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import COMPLEX, name_of
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError, ShapeError
from emberharmony.ops.random.questions import is_array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.place import Place


class Parameter:
    """A number or an array, what is true of each number in it, and the same in words."""

    __slots__ = ("expected", "holds", "name", "value")

    def __init__(self, name: str, value: Any, holds: Callable[[Any], Any], expected: str) -> None:
        self.name = name
        self.value = value
        self.holds = holds
        self.expected = expected


def undifferentiable(name: str, x: Any) -> None:
    """Refuse a parameter that carries a gradient, which a draw would cut without a word.

    The row "random.check_constant" of the backend of `x` knows; an array on a tape is a backend of its own. MLX tells
    nobody, and has a row "random.tied" instead: what is drawn there raises when a derivative comes to it.
    """
    if is_array(x):
        check = registry.backend_of(x).functions.get("random.check_constant")
        if check is not None:
            check(name, x)


def prepared(place: Place, shape: tuple[int, ...] | None, *parameters: Parameter) -> tuple[tuple[int, ...], list[Any]]:
    """The shape of a draw, and flat parameters of one element or of as many as it has.

    For the core they are float64 on the host, for the twin of the widest float of the device. All are checked where
    they can be read.
    """
    together = broadcast(place.name, *(_shape(place.name, each) for each in parameters))
    shape = together if shape is None else shape
    if broadcast(place.name, together, shape) != shape:
        raise ShapeError(
            f"random.{place.name} got shape {shape} and parameters of shape {together}",
            expected="parameters that broadcast to the shape",
        )
    return shape, [_flat(place, each, shape) for each in parameters]


def numbers(x: Any, dtype: str = "float64") -> Any:
    """An array on the host."""
    numpy = registry.load("numpy")
    return numpy.functions["asarray"](ops.to_numpy(ops.stop_gradient(x)), dtype=numpy.dtype(dtype))


def check(place: Place, parameter: Parameter, dtype: str = "float64") -> None:
    """Refuse a value out of range, looked at in `dtype`; what nobody can read yet is not looked at."""
    if not is_array(parameter.value):
        if not parameter.holds(parameter.value):
            _refuse(place, parameter, parameter.value, "")
    elif place.known:
        x = numbers(parameter.value, dtype)
        holds = parameter.holds(x)
        if not holds.all():
            position = int((~ops.reshape(holds, (-1,))).nonzero()[0][0])
            value = ops.reshape(x, (-1,))[position]
            _refuse(place, parameter, value, f" at position {_unravelled(position, x.shape)}" if x.ndim else "")


def broadcast(name: str, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that all broadcast to."""
    rank = max(map(len, shapes))
    result: list[int] = []
    for sizes in zip(*((*(1,) * (rank - len(s)), *s) for s in shapes), strict=True):
        others = {n for n in sizes if n != 1} or {1}
        if len(others) > 1:
            raise ShapeError(
                f"random.{name} got shapes {', '.join(map(str, shapes))}", expected="shapes that broadcast together"
            )
        result.append(others.pop())
    return tuple(result)


def _shape(name: str, parameter: Parameter) -> tuple[int, ...]:
    x = parameter.value
    if is_array(x):
        if name_of(x.dtype) in COMPLEX:
            raise DTypeError(f"random.{name} got {parameter.name} of {name_of(x.dtype)}", expected="real numbers")
        return tuple(x.shape)
    if x.__class__ not in (bool, int, float):
        raise NotAnArrayError(
            f"random.{name} got {parameter.name} {x!r:.40} of type {type(x).__name__}",
            expected="a number, or an array of the current backend",
            mend=f"ops.asarray({parameter.name})",
        )
    return ()


def _flat(place: Place, parameter: Parameter, shape: tuple[int, ...]) -> Any:
    check(place, parameter)
    x = parameter.value
    if not is_array(x):
        numpy = registry.load("numpy")
        if place.host:
            return numpy.functions["full"]((1,), float(x), dtype=numpy.dtype("float64"))
        return ops.reshape(place.array(float(x), place.real), (1,))
    x = numbers(x) if place.host else ops.astype(ops.stop_gradient(x), place.real)
    one = math.prod(x.shape) == 1
    return ops.reshape(x if one else ops.broadcast_to(x, shape), (-1,))


def _unravelled(position: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    index: list[int] = []
    for n in reversed(shape):
        position, i = divmod(position, n)
        index.insert(0, i)
    return tuple(index)


def _refuse(place: Place, parameter: Parameter, value: Any, where: str) -> None:
    raise ArgumentError(f"random.{place.name} got {parameter.name}={value}{where}", expected=parameter.expected)
