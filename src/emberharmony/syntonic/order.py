"""Order by the real value, exactly: signs, comparisons, sorting, the largest and the least."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emberharmony.backend.numpy import planes
from emberharmony.errors import ArgumentError
from emberharmony.syntonic import kernels
from emberharmony.syntonic.operands import exact, over_one_denominator, policy, written_over

if TYPE_CHECKING:
    from emberharmony.backend.numpy.planes import Plane
    from emberharmony.syntonic.array import GoldenArray, Operand


def sign(x: GoldenArray) -> Plane:
    """-1, 0 or 1 for each element, as an int8 array of NumPy; right however near to zero."""
    return kernels.signs((x.a, x.b))


def compare(x: GoldenArray, y: Operand) -> Plane:
    """The sign of each x - y, as an int8 array of NumPy; shapes broadcast."""
    first, second = over_one_denominator(x, exact(x, y, "compare", "y"))
    shape = planes.broadcast_shape(first.shape, second.shape)
    return kernels.compare((first.a, first.b), (second.a, second.b), shape)


def absolute(x: GoldenArray) -> GoldenArray:
    """|x|."""
    return where(x, sign(x) >= 0, -x)


def relu(x: GoldenArray) -> GoldenArray:
    """x where it is positive, else 0."""
    return where(x, sign(x) > 0, 0)


def where(x: GoldenArray, condition: Any, y: Operand) -> GoldenArray:
    """x where the condition, a boolean array, holds, else y.

    >>> from emberharmony.syntonic import GoldenArray
    >>> x = GoldenArray.from_ints([1, -1], [1, -1])
    >>> where(x, x > 0, 0).tolist()
    [Golden(1, 1), Golden(0, 0)]
    """
    first, second = over_one_denominator(x, exact(x, y, "where", "y"))
    bounds = tuple(max(p, q) for p, q in zip(first._bounds, second._bounds, strict=True))
    condition = planes.mask(condition)
    planes.broadcast_shape(condition.shape, first.shape, second.shape)
    a, b = planes.chosen(condition, first.a, second.a), planes.chosen(condition, first.b, second.b)
    return written_over(first, a, b, bounds, policy(x, second))


def maximum(x: GoldenArray, y: Operand) -> GoldenArray:
    """The larger of both, element by element."""
    second = exact(x, y, "maximum", "y")
    return where(x, compare(x, second) >= 0, second)


def minimum(x: GoldenArray, y: Operand) -> GoldenArray:
    """The smaller of both, element by element."""
    second = exact(x, y, "minimum", "y")
    return where(x, compare(x, second) <= 0, second)


def clip(x: GoldenArray, low: Operand | None = None, high: Operand | None = None) -> GoldenArray:
    """Each element, moved to the nearer end where it is outside of [low, high]."""
    if low is not None and high is not None and planes.any_true(compare(exact(x, low, "clip", "low"), high) > 0):
        raise ArgumentError(f"clip to [{low}, {high}]", expected="a lower end that is not above the upper one")
    x = x if low is None else maximum(x, low)
    return x if high is None else minimum(x, high)


def argsort(x: GoldenArray, axis: int = -1, *, descending: bool = False) -> Plane:
    """The indices that sort along an axis; equal elements stay in the order they have."""
    axis = planes.axis_of(axis, x.ndim)
    rows = [planes.moved(p, axis, -1) for p in (x.a, x.b)]
    if descending:  # stable from the other end: sort the reverse, and turn it round
        order = kernels.argsort((rows[0][..., ::-1], rows[1][..., ::-1]))[..., ::-1]
        return planes.moved(x.shape[axis] - 1 - order, -1, axis)
    return planes.moved(kernels.argsort((rows[0], rows[1])), -1, axis)


def sort(x: GoldenArray, axis: int = -1, *, descending: bool = False) -> GoldenArray:
    """The elements in order along an axis.

    >>> from emberharmony.syntonic import GoldenArray
    >>> sort(GoldenArray.from_ints([2, 0, 5], [0, 1, -2])).tolist()  # 2, phi and 5 - 2 phi = 1.76...
    [Golden(0, 1), Golden(5, -2), Golden(2, 0)]
    """
    order = argsort(x, axis, descending=descending)
    axis = planes.axis_of(axis, x.ndim)
    return x._like(planes.picked(x.a, order, axis), planes.picked(x.b, order, axis))


def argmax(x: GoldenArray, axis: int | None = None, *, keepdims: bool = False) -> Plane:
    """The index of the first largest element along an axis, or of all elements in one row."""
    return _extreme(x, axis, keepdims)


def argmin(x: GoldenArray, axis: int | None = None, *, keepdims: bool = False) -> Plane:
    """The index of the first least element along an axis, or of all elements in one row."""
    return _extreme(-x, axis, keepdims)


def _extreme(x: GoldenArray, axis: int | None, keepdims: bool) -> Plane:
    if axis is None:
        best = _extreme(x.reshape(-1), 0, False)
        return best.reshape((1,) * x.ndim) if keepdims else best
    axis = planes.axis_of(axis, x.ndim)
    if not x.shape[axis]:
        raise ArgumentError(f"the largest of 0 elements, along axis {axis} of shape {x.shape}", expected="at least one")
    best = kernels.argmax((planes.moved(x.a, axis, -1), planes.moved(x.b, axis, -1)))
    return planes.with_axis(best, axis) if keepdims else best


def largest(x: GoldenArray, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> GoldenArray:
    """The largest element along an axis, several, or all of them."""
    return _best(x, axis, keepdims, argmax)


def least(x: GoldenArray, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> GoldenArray:
    """The least element along an axis, several, or all of them."""
    return _best(x, axis, keepdims, argmin)


def _best(x: GoldenArray, axis: Any, keepdims: bool, where_is: Any) -> GoldenArray:
    axes = planes.axes_of(axis, x.ndim)
    if not axes:
        return x
    rows = [planes.last_axes(p, axes) for p in (x.a, x.b)]
    flat = x._like(*rows)
    order = where_is(flat, -1, keepdims=True)
    a, b = (planes.picked(p, order, -1)[..., 0] for p in rows)
    shape = planes.reduced_shape(x.shape, axes, keepdims)
    return x._like(a.reshape(shape), b.reshape(shape))
