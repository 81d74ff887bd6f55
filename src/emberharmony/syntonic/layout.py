"""Arrays put together and taken apart: no number changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emberharmony.backend.numpy import planes
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.syntonic.operands import over_one_denominator, policy, written_over

if TYPE_CHECKING:
    from emberharmony.syntonic.array import GoldenArray, Operand


def concat(arrays: Sequence[Operand], axis: int | None = 0) -> GoldenArray:
    """Arrays, also of NumPy's integers, one after the other along an axis; flattened first where the axis is None.

    >>> from emberharmony.syntonic import GoldenArray
    >>> concat([GoldenArray.from_ints([1]), GoldenArray.from_ints([1], [1], 2)]).tolist()
    [Golden(1, 0), Golden(1, 1, 2)]
    """
    if axis is None:
        return concat([_array(x).reshape(-1) for x in arrays], 0)
    return _joined("concat", arrays, axis, new_axis=False)


def stack(arrays: Sequence[Operand], axis: int = 0) -> GoldenArray:
    """Arrays of one shape, or single numbers, along a new axis."""
    return _joined("stack", arrays, axis, new_axis=True)


def _joined(name: str, numbers: Sequence[Operand], axis: int, *, new_axis: bool) -> GoldenArray:
    if not numbers:
        raise ArgumentError(f"{name} of no arrays", expected="at least one")
    arrays = [_array(x) for x in numbers]
    parts = over_one_denominator(*arrays)
    bounds = max(x._bounds[0] for x in parts), max(x._bounds[1] for x in parts)
    shapes = [x.shape for x in parts]
    try:
        a, b = (planes.joined([p.a if i == 0 else p.b for p in parts], axis, new_axis=new_axis) for i in (0, 1))
    except ValueError:
        raise ShapeError(f"{name} of shapes {shapes} along axis {axis}", expected="shapes that fit together") from None
    return written_over(parts[0], a, b, bounds, policy(*arrays))


def _array(x: Operand) -> GoldenArray:
    from emberharmony.syntonic.array import array_of  # which imports this file

    return array_of(x)


def split(x: GoldenArray, sections: int | Sequence[int], axis: int = 0) -> list[GoldenArray]:
    """Parts along an axis: so many of one length, or cut before these indices."""
    length = x.shape[planes.axis_of(axis, x.ndim)]
    if isinstance(sections, int):
        if sections < 1 or length % sections:
            raise ShapeError(f"split of {length} elements in {sections} parts", expected="parts of one length")
        sections = range(length // sections, length, length // sections)
    ends = [*sections, length]
    at = (slice(None),) * planes.axis_of(axis, x.ndim)
    return [x[*at, slice(first, last)] for first, last in zip([0, *ends], ends, strict=False)]


def take(x: GoldenArray, indices: Any, axis: int = 0) -> GoldenArray:
    """The elements, or slices, at these places of an axis; a place outside raises IndexError."""
    return x[*(slice(None),) * planes.axis_of(axis, x.ndim), indices]


def gather(x: GoldenArray, indices: Any, axis: int = -1) -> GoldenArray:
    """For each place of `indices`, the element of x there along an axis: shapes alike but for that axis."""
    axis = planes.axis_of(axis, x.ndim)
    return x._like(planes.picked(x.a, indices, axis), planes.picked(x.b, indices, axis))


def broadcast_to(x: GoldenArray, shape: Sequence[int]) -> GoldenArray:
    """The array in a larger shape, without a copy."""
    if planes.broadcast_shape(x.shape, tuple(shape)) != tuple(shape):
        raise ShapeError(f"{x.shape} to {tuple(shape)}", expected="a shape that it broadcasts to")
    return x._like(planes.spread(x.a, tuple(shape)), planes.spread(x.b, tuple(shape)))


def flip(x: GoldenArray, axis: int | tuple[int, ...] | None = None) -> GoldenArray:
    """The elements in reverse along axes."""
    axes = planes.axes_of(axis, x.ndim)
    return x[tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(x.ndim))]
