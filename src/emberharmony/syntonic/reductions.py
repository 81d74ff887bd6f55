"""Sums, means and variances: integers added in any order are the same integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emberharmony.backend.numpy import planes
from emberharmony.errors import ArgumentError

if TYPE_CHECKING:
    from emberharmony.syntonic.array import GoldenArray

Axis = int | tuple[int, ...] | None


def total(x: GoldenArray, axis: Axis = None, *, keepdims: bool = False) -> GoldenArray:
    """The sum along an axis, several, or all of them."""
    axes = planes.axes_of(axis, x.ndim)
    count = planes.count(x.shape, axes)
    bounds = x._bounds[0] * count, x._bounds[1] * count
    if planes.width_of(max(bounds)) == planes.BIG:
        bounds = x.bounds()[0] * count, x.bounds()[1] * count
    width = x._width("sum", bounds)
    shape = planes.reduced_shape(x.shape, axes, keepdims)
    a, b = (planes.total(p, axes, width).reshape(shape) for p in (x.a, x.b))
    return x._like(a, b, bounds=bounds)


def mean(x: GoldenArray, axis: Axis = None, *, keepdims: bool = False) -> GoldenArray:
    """The mean, exactly: the number of elements goes to the denominator.

    >>> from emberharmony.syntonic import GoldenArray
    >>> mean(GoldenArray.from_ints([1, 2, 2], [0, 1, 0])).item()
    Golden(5, 1, 3)
    """
    return _over(total(x, axis, keepdims=keepdims), _counted(x, axis, 0, "mean"))


def var(x: GoldenArray, axis: Axis = None, *, correction: int = 0, keepdims: bool = False) -> GoldenArray:
    """The variance, exactly: (n sum x^2 - (sum x)^2) / (n (n - correction))."""
    count = _counted(x, axis, 0, "var")
    less = _counted(x, axis, correction, "var")
    whole = total(x, axis, keepdims=keepdims)
    return _over(total(x * x, axis, keepdims=keepdims) * count - whole * whole, count * less)


def prod(x: GoldenArray, axis: Axis = None, *, keepdims: bool = False) -> GoldenArray:
    """The product along an axis, several, or all of them."""
    axes = planes.axes_of(axis, x.ndim)
    rows = x._like(*(planes.last_axes(p, axes) for p in (x.a, x.b)))
    odd = rows[..., :0].sum(-1) + 1  # a one for each row, times what had no partner
    while length := rows.shape[-1]:  # halves at a time: the numbers grow together
        if length % 2:
            odd, rows = odd * rows[..., -1], rows[..., :-1]
        rows = rows[..., : length // 2] * rows[..., length // 2 :] if length > 1 else rows
    return odd.reshape(planes.reduced_shape(x.shape, axes, keepdims))


def cumulative_sum(x: GoldenArray, axis: int | None = None, *, include_initial: bool = False) -> GoldenArray:
    """The sums of the first 1, 2, ... elements along an axis, with a zero before them where it is asked for."""
    if axis is None:
        if x.ndim != 1:
            raise ArgumentError(f"cumulative_sum of shape {x.shape} without an axis", expected="an axis")
        axis = 0
    axis = planes.axis_of(axis, x.ndim)
    bounds = x.bounds()[0] * x.shape[axis], x.bounds()[1] * x.shape[axis]
    width = x._width("cumulative_sum", bounds)
    a, b = (planes.running(p, axis, width, include_initial) for p in (x.a, x.b))
    return x._like(a, b, bounds=bounds)


def _counted(x: GoldenArray, axis: Axis, correction: int, name: str) -> int:
    if not hasattr(correction, "__index__"):
        raise ArgumentError(f"{name} with correction {correction}", expected="a whole number")
    count = planes.count(x.shape, planes.axes_of(axis, x.ndim)) - correction
    if count <= 0:
        raise ArgumentError(
            f"{name} of {count + correction} elements" + (f" with correction {correction}" if correction else ""),
            expected="more elements than the correction",
        )
    return count


def _over(x: GoldenArray, count: int) -> GoldenArray:
    return x._like(x.a, x.b, den=x.den * count)
