"""Sums by segment, counts by bin, and interpolation between points."""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import KINDS, name_of
from emberharmony.errors import ArgumentError, DTypeError, ShapeError
from emberharmony.ops.at import at
from emberharmony.ops.dispatch import derived
from emberharmony.ops.like import array_like, common, dtype_like, floating, host_ints, made_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Array, Nested, Scalar

__all__ = ["bincount", "digitize", "histogram", "interp", "segment_sum"]


@derived
def segment_sum(x: A, segment_ids: Array, /, num_segments: int | None = None) -> A:
    """The sum of the rows of `x` that have the same id: row `i` of the result sums `x[segment_ids == i]`.

    Ids outside of 0 to `num_segments - 1` are left out. Without `num_segments` the largest id decides, and the data
    must be looked at. Shapes: (n, ...), (n,) -> (num_segments, ...).

    >>> ops.segment_sum(ops.asarray([1, 2, 3]), ops.asarray([0, 0, 1]), 2).tolist()
    [3, 3]
    """
    if tuple(segment_ids.shape) != tuple(x.shape[:1]) or x.ndim == 0:
        raise ShapeError(
            f"ops.segment_sum got segment_ids of shape {tuple(segment_ids.shape)} for x of shape {tuple(x.shape)}",
            expected=f"one id for each row: ({x.shape[0] if x.ndim else ''},)",
        )
    _integers("segment_sum", segment_ids)
    if num_segments is None:
        num_segments = host_ints("segment_sum", ops.max(segment_ids))[0] + 1 if x.shape[0] else 0
    ids: Any = ops.astype(segment_ids, dtype_like(x, "int64"), copy=False)
    inside = (ids >= 0) & (ids < num_segments)
    places = ops.where(inside, ids, num_segments)  # the others fall into one more row, which is cut off
    total = at(made_like(x, "zeros", (num_segments + 1, *x.shape[1:]), dtype=x.dtype))[places].add(x)
    return total[:num_segments, ...]


@derived
def bincount(x: A, /, weights: Array | None = None, minlength: int = 0, *, length: int | None = None) -> A:
    """How often each of 0, 1, 2, ... stands in the integers `x`, or the sum of its `weights`.

    The result reaches to the largest number. Or it has `length` elements: then what is outside is left out, and the
    data need not be looked at.

    >>> ops.bincount(ops.asarray([0, 2, 2])).tolist()
    [1, 0, 2]
    """
    _integers("bincount", x)
    if x.ndim != 1 or (weights is not None and tuple(weights.shape) != tuple(x.shape)):
        got = "" if weights is None else f" and weights of shape {tuple(weights.shape)}"
        raise ShapeError(f"ops.bincount got shape {tuple(x.shape)}{got}", expected="vectors of the same length")
    if length is None:
        least, most = host_ints("bincount", ops.min(x), ops.max(x)) if x.shape[0] else (0, -1)
        if least < 0:
            raise ArgumentError(f"ops.bincount got {least}", expected="no negative number", mend="pass length=")
        length = max(minlength, most + 1)
    ones: Any = made_like(x, "ones", x.shape, dtype="int64") if weights is None else weights
    return segment_sum(ones, x, length)


@derived
def histogram(
    x: A,
    /,
    bins: Nested = 10,
    range: tuple[float, float] | None = None,
    *,
    weights: Array | None = None,
    density: bool = False,
) -> tuple[A, A]:
    """The number of elements in each bin, and the edges of the bins; the last bin contains its upper edge.

    `bins` is how many of equal width from the smallest to the largest element (or over `range`), or the edges. The
    counts are integers; with `weights` their sums; with `density` the counts over their sum and the width.

    >>> [y.tolist() for y in ops.histogram(ops.asarray([0.0, 1.0, 1.0, 2.0]), 2)]
    [[1, 3], [0.0, 1.0, 2.0]]
    """
    flat: Any = ops.reshape(floating(x), (-1,))
    if weights is not None and tuple(weights.shape) != tuple(x.shape):
        raise ShapeError(f"ops.histogram got weights of shape {tuple(weights.shape)}", expected=f"{tuple(x.shape)}")
    edges: Any = _edges(flat, bins, range)
    count = edges.shape[0] - 1
    inside = (flat >= edges[0]) & (flat <= edges[-1])
    place = ops.searchsorted(edges, ops.where(inside, flat, edges[0]), side="right") - 1
    place = ops.where(inside, ops.minimum(place, ops.full_like(place, count - 1)), count)
    sums: Any = segment_sum(
        made_like(x, "ones", flat.shape, dtype="int64") if weights is None else ops.reshape(weights, (-1,)),
        place,
        count,
    )
    if density:
        sums = floating(sums) if weights is not None else ops.astype(sums, edges.dtype)
        sums = sums / (edges[1:] - edges[:-1]) / ops.sum(sums)
    return sums, edges


@derived
def digitize(x: A, /, bins: Nested, right: bool = False) -> A:
    """The number of the bin that each element falls into: `i` where `bins[i - 1] <= x < bins[i]`.

    With `right` the upper edge belongs to the bin instead of the lower. The bins may also fall.

    >>> ops.digitize(ops.asarray([0.5, 1.0, 9.0]), [0.0, 1.0, 2.0]).tolist()
    [1, 2, 3]
    """
    y, edges = common(x, array_like(x, bins))
    if edges.ndim != 1:
        raise ShapeError(f"ops.digitize got bins of shape {tuple(edges.shape)}", expected="a vector")
    size = edges.shape[0]
    if size == 0:
        return ops.zeros_like(x, dtype=dtype_like(x, "int64"))
    rising = edges[0] <= edges[-1]
    ordered = ops.where(rising, edges, ops.flip(edges))
    below = ops.searchsorted(ordered, y, side="left" if right else "right")
    return ops.where(rising, below, size - below)


@derived
def interp(
    x: A | Scalar, xp: A, fp: A, /, left: float | None = None, right: float | None = None, period: float | None = None
) -> A:
    """The piecewise-linear function through the points `(xp, fp)`, `xp` rising, at `x`.

    Outside of the points it is `left` or `right`, by default the first or the last of `fp`; or it has a `period`, and
    then `xp` need not rise.

    >>> ops.interp(ops.asarray([0.5, 3.0]), ops.asarray([0.0, 1.0]), ops.asarray([10.0, 20.0])).tolist()
    [15.0, 20.0]
    """
    if xp.ndim != 1 or tuple(xp.shape) != tuple(fp.shape) or xp.shape[0] == 0:
        raise ShapeError(
            f"ops.interp got xp of shape {tuple(xp.shape)} and fp of shape {tuple(fp.shape)}",
            expected="two vectors of the same length, not empty",
        )
    at_x, points = common(x, xp, inexact=True)
    values: Any = floating(fp)
    if period is not None:
        if period == 0:
            raise ArgumentError("ops.interp got period=0", expected="a number that is not 0")
        at_x, points, values = _wound(at_x, points, values, abs(period))
        left = right = None
    flat = ops.reshape(at_x, (-1,))
    size = points.shape[0]
    above = ops.clip(ops.searchsorted(points, flat, side="right"), min(1, size - 1), size - 1)
    below = ops.maximum(above - 1, ops.zeros_like(above))
    x0, x1, y0, y1 = (
        ops.take(v, i, axis=0) for v, i in ((points, below), (points, above), (values, below), (values, above))
    )
    width = x1 - x0
    share = (flat - x0) / ops.where(width == 0, 1.0, width)
    y = y0 + ops.astype(share, values.dtype) * (y1 - y0)
    y = ops.where(flat >= points[-1], values[-1], ops.where(flat < points[0], values[0], y))
    if left is not None:
        y = ops.where(flat < points[0], left, y)
    if right is not None:
        y = ops.where(flat > points[-1], right, y)
    return ops.reshape(y, at_x.shape)


def _wound(x: Any, xp: Any, fp: Any, period: float) -> tuple[Any, Any, Any]:
    """Everything within one period, with a point of the neighbouring periods on either side."""
    x, xp = ops.remainder(x, period), ops.remainder(xp, period)
    order = ops.argsort(xp)
    xp, fp = ops.take(xp, order, axis=0), ops.take(fp, order, axis=0)
    return x, ops.concat([xp[-1:] - period, xp, xp[:1] + period]), ops.concat([fp[-1:], fp, fp[:1]])


def _edges(x: Any, bins: Any, limits: tuple[float, float] | None) -> Any:
    if not isinstance(bins, int):
        edges = floating(array_like(x, bins))
        if edges.ndim != 1 or edges.shape[0] < 2:
            raise ShapeError(
                f"ops.histogram got bins of shape {tuple(edges.shape)}", expected="a vector of two edges or more"
            )
        return edges
    if bins < 1:
        raise ArgumentError(f"ops.histogram got bins={bins}", expected="at least 1")
    if limits is None:
        low, high = (ops.min(x), ops.max(x)) if x.shape[0] else (ops.sum(x), ops.sum(x) + 1.0)
    elif math.isfinite(limits[0]) and math.isfinite(limits[1]) and limits[0] <= limits[1]:
        low, high = (made_like(x, "asarray", float(limit), dtype=x.dtype) for limit in limits)
    else:
        raise ArgumentError(f"ops.histogram got range={limits!r}", expected="two finite numbers, the lower first")
    low, high = ops.where(low == high, low - 0.5, low), ops.where(low == high, high + 0.5, high)
    inner = made_like(x, "arange", bins, dtype=x.dtype) * ((high - low) / bins) + low
    return ops.concat([inner, ops.reshape(high, (1,))])


def _integers(op: str, x: Any) -> None:
    if name_of(x.dtype) not in KINDS["integral"]:
        raise DTypeError(f"ops.{op} got {name_of(x.dtype)}", expected="integers", mend='ops.astype(x, "int64")')
