"""From planes to the native kernels: contiguous memory in, new planes out. Big planes are Python's integers."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from emberharmony import _core
from emberharmony.backend.numpy import planes
from emberharmony.backend.numpy.planes import BIG, Plane, Width
from emberharmony.backend.threads import threads

Pair: TypeAlias = tuple[Plane, Plane]
Operation: TypeAlias = Literal["add", "subtract", "multiply"]


def elementwise(
    name: Operation, x: Pair, y: Pair, shape: tuple[int, ...], width: Width
) -> tuple[Pair, tuple[int, int]]:
    """Sum, difference or product in a width that is proven to hold the result; with the largest sizes that came out."""
    if width == BIG:
        return _big(name, x, y, shape)
    if name != "subtract" and x[0].size == 1 and y[0].shape == shape:
        x, y = y, x  # one number for all need not be spread out, on the right
    one = y[0].size == 1 and x[0].shape == shape
    first = planes.ready(x, shape, width)
    second = planes.ready(y, (1,) if one else shape, width)
    a, b = planes.flat(shape, width), planes.flat(shape, width)
    bounds = _core.golden_elementwise(name, (a, b), first, second, threads())
    return (a.reshape(shape), b.reshape(shape)), bounds


def _big(name: Operation, x: Pair, y: Pair, shape: tuple[int, ...]) -> tuple[Pair, tuple[int, int]]:
    (a, b), (c, d) = ([planes.spread(planes.cast(p, BIG), shape) for p in pair] for pair in (x, y))
    match name:
        case "add":
            out = planes.add(a, c), planes.add(b, d)
        case "subtract":
            out = planes.subtract(a, c), planes.subtract(b, d)
        case "multiply":
            bd = planes.multiply(b, d)
            rest = planes.add(planes.multiply(a, d), planes.multiply(b, c))
            out = planes.add(planes.multiply(a, c), bd), planes.add(rest, bd)
    return out, (planes.bound_of(out[0]), planes.bound_of(out[1]))


def signs(x: Pair) -> Plane:
    """-1, 0 or 1 for each number, as int8."""
    if x[0].dtype == BIG:
        return planes.from_each(_big_sign, x, "int8")
    shape = x[0].shape
    out = planes.flat(shape, planes.NATIVE[0])
    _core.golden_signs(out, planes.ready(x, shape, x[0].dtype), threads())
    return out.reshape(shape)


def compare(x: Pair, y: Pair, shape: tuple[int, ...]) -> Plane:
    """The sign of each difference x - y, as int8."""
    width = planes.common(*x, *y)
    if width == BIG:
        a, b, c, d = (planes.spread(planes.cast(p, BIG), shape) for p in (*x, *y))
        return planes.from_each(_big_sign, (planes.subtract(a, c), planes.subtract(b, d)), "int8")
    out = planes.flat(shape, planes.NATIVE[0])
    _core.golden_compare(out, planes.ready(x, shape, width), planes.ready(y, shape, width), threads())
    return out.reshape(shape)


def _big_sign(a: int, b: int) -> int:
    return _core.Golden(a, b).sign()


def argsort(x: Pair) -> Plane:
    """The indices that sort each row of the last axis; equal elements stay in order."""
    shape = x[0].shape
    out = planes.empty(shape, planes.NATIVE[3])
    if x[0].dtype == BIG:
        for row, a, b in zip(*(planes.rows(p) for p in (out, *x)), strict=True):
            numbers = [_core.Golden(p, q) for p, q in zip(a, b, strict=True)]
            row[:] = sorted(range(len(numbers)), key=numbers.__getitem__)
        return out
    _core.golden_argsort(out, planes.ready(x, shape, x[0].dtype), shape[-1], threads())
    return out


def argmax(x: Pair) -> Plane:
    """The index of the first largest number of each row of the last axis, which is not empty."""
    shape = x[0].shape
    out = planes.flat(shape[:-1], planes.NATIVE[3])
    if x[0].dtype == BIG:
        for i, (a, b) in enumerate(zip(*(planes.rows(p) for p in x), strict=True)):
            numbers = [_core.Golden(p, q) for p, q in zip(a, b, strict=True)]
            out.flat[i] = max(range(len(numbers)), key=numbers.__getitem__)
        return out.reshape(shape[:-1])
    _core.golden_argmax(out, planes.ready(x, shape, x[0].dtype), shape[-1], threads())
    return out.reshape(shape[:-1])


def floats(x: Pair, den: int) -> Any:
    """The nearest double of each number."""
    if x[0].dtype == BIG:
        return planes.from_each(lambda a, b: float(_core.Golden(a, b, den)), x, "float64")
    shape = x[0].shape
    out = planes.flat(shape, planes.FLOAT)
    _core.golden_floats(out, planes.ready(x, shape, x[0].dtype), den, threads())
    return out.reshape(shape)


def snap(x: Any, bound: int) -> tuple[Pair, tuple[int, int]]:
    """The nearest elements with |b| <= bound to doubles, and the largest sizes that came out.

    A ValueError where a double is not finite, an OverflowError where one is 2^62 or more.
    """
    a, b = planes.flat(x.shape, planes.NATIVE[3]), planes.flat(x.shape, planes.NATIVE[3])
    bounds = _core.golden_snap((a, b), x.reshape(-1), bound, threads())
    return (a.reshape(x.shape), b.reshape(x.shape)), bounds
