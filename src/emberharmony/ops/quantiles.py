"""Medians, quantiles and percentiles. The result is floating; with a nan among the elements it is nan."""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import COMPLEX, name_of
from emberharmony.errors import ArgumentError, DTypeError
from emberharmony.ops.dispatch import derived
from emberharmony.ops.like import array_like, axes_of, dtype_like, floating, listed, made_like, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Axis, Nested

__all__ = ["median", "nanmedian", "nanquantile", "percentile", "quantile"]
METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


@derived
def median(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """The middle element of the sorted ones along `axis`, or the mean of the middle two; nan if there are none.

    >>> float(ops.median(ops.asarray([3.0, 1.0, 2.0, 10.0])))
    2.5
    """
    return _quantile("median", x, 0.5, axis, "linear", keepdims, False)


@derived
def quantile(x: A, q: Nested, /, *, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> A:
    """What a share `q` of the elements along `axis` lies below: at position `q * (n - 1)` of the sorted ones.

    Between two elements `method` decides: "linear", "lower", "higher", "midpoint" or "nearest" (the even one of two
    that are as near). Shapes: (..., n, ...), q (...) -> q's shape first, then what `axis` leaves.

    >>> ops.quantile(ops.asarray([0.0, 1.0, 4.0]), [0.5, 0.75]).tolist()
    [1.0, 2.5]
    """
    return _quantile("quantile", x, q, axis, method, keepdims, False)


@derived
def percentile(x: A, q: Nested, /, *, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> A:
    """`quantile(x, q / 100)`.

    >>> ops.percentile(ops.asarray([0.0, 1.0, 4.0]), 75).tolist()
    2.5
    """
    return quantile(x, _hundredth(q), axis=axis, method=method, keepdims=keepdims)


@derived
def nanmedian(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """The `median` of what is not nan; nan where nothing is left.

    >>> float(ops.nanmedian(ops.asarray([ops.nan, 1.0, 2.0])))
    1.5
    """
    return _quantile("nanmedian", x, 0.5, axis, "linear", keepdims, True)


@derived
def nanquantile(x: A, q: Nested, /, *, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> A:
    """The `quantile` of what is not nan; nan where nothing is left.

    >>> float(ops.nanquantile(ops.asarray([ops.nan, 1.0, 2.0]), 0.25))
    1.25
    """
    return _quantile("nanquantile", x, q, axis, method, keepdims, True)


def _hundredth(q: Any) -> Any:
    return [p / 100 for p in q] if listed(q) else q / 100


def _quantile(op: str, x: Any, q: Any, axis: Any, method: str, keepdims: bool, skip: bool) -> Any:
    one_of(f"ops.{op}", "method", method, METHODS)
    y = floating(x)
    if name_of(y.dtype) in COMPLEX:
        raise DTypeError(f"ops.{op} got {name_of(y.dtype)}", expected="a real array: complex numbers have no order")
    axes = axes_of(f"ops.{op}", y, axis)
    kept = tuple([a for a in range(y.ndim) if a not in axes])
    outside, size = tuple([y.shape[a] for a in kept]), math.prod([y.shape[a] for a in axes])
    lanes = ops.reshape(ops.permute_dims(y, (*kept, *axes)), (*outside, size))
    if hasattr(q, "shape"):
        known, shares = None, ops.reshape(array_like(y, q, dtype=y.dtype), (-1,))
        first, number = tuple(q.shape), shares.shape[0]
    else:
        known, shares = _checked(op, q), None
        first, number = (len(known),) if listed(q) else (), len(known)
    if size == 0:
        result = made_like(y, "full", (*outside, number), math.nan, dtype=y.dtype)
    elif skip:
        result = _between_valid(lanes, known, shares, method)
    else:
        result = _between(lanes, known, shares, method)
    if shares is not None:
        result = ops.where((shares >= 0) & (shares <= 1), result, math.nan)
    shape = tuple([1 if a in axes else n for a, n in enumerate(y.shape)]) if keepdims else outside
    return ops.reshape(ops.permute_dims(result, (len(outside), *range(len(outside)))), (*first, *shape))


def _checked(op: str, q: Any) -> list[float]:
    """The shares as plain numbers."""
    known = [float(share) for share in (q if listed(q) else [q])]
    if outside := [share for share in known if not 0 <= share <= 1]:
        raise ArgumentError(f"ops.{op} got q={outside[0]!r}", expected="0 <= q <= 1 (or 0 to 100 for a percentile)")
    return known


def _between(lanes: Any, known: list[float] | None, shares: Any, method: str) -> Any:
    """(..., n) and m shares -> (..., m)."""
    last = lanes.shape[-1] - 1
    if known is None:
        ordered = ops.sort(lanes, axis=-1)
        low, high, part = _around(ops.clip(shares * last, 0, last), method)
        result = _mixed(ops.take(ordered, low, axis=-1), ops.take(ordered, high, axis=-1), part)
    else:  # positions of plain numbers are computed in double precision, whatever the array's
        spots = [_around_number(share * last, method) for share in known]
        both = sorted_at(lanes, [place for low, high, _ in spots for place in (low, high)])
        pairs = [(both[..., 2 * i : 2 * i + 1], both[..., 2 * i + 1 : 2 * i + 2]) for i in range(len(spots))]
        columns = [
            low if part == 0 else _mixed(low, high, part)
            for (low, high), (_, _, part) in zip(pairs, spots, strict=True)
        ]
        result = ops.concat(columns, axis=-1)
    return ops.where(ops.any(ops.isnan(lanes), axis=-1, keepdims=True), math.nan, result)


@derived
def sorted_at(x: A, places: list[int], /) -> A:
    """What stands at these places of the last axis when that is sorted."""
    ordered = ops.sort(x, axis=-1)
    return ops.concat([ordered[..., place : place + 1] for place in places], axis=-1)


def _between_valid(lanes: Any, known: list[float] | None, shares: Any, method: str) -> Any:
    """The same over what is not nan, whose number differs from lane to lane."""
    missing = ops.isnan(lanes)
    count = ops.sum(ops.astype(~missing, lanes.dtype), axis=-1, keepdims=True)
    last = ops.maximum(count - 1, ops.zeros_like(count))
    ordered = ops.sort(ops.where(missing, math.inf, lanes), axis=-1)
    position = (
        ops.clip(shares, 0, 1) * last if known is None else ops.concat([share * last for share in known], axis=-1)
    )
    low, high, part = _around(position, method)
    low, high = ops.take_along_axis(ordered, low, axis=-1), ops.take_along_axis(ordered, high, axis=-1)
    return ops.where(count > 0, _mixed(low, high, part), math.nan)


def _around(position: Any, method: str) -> tuple[Any, Any, Any]:
    """The places below and above a position, and how far it is from the lower one."""
    below, above = ops.floor(position), ops.ceil(position)
    part = position - below
    if method == "nearest":
        below = above = ops.round(position)
    elif method == "lower":
        above = below
    elif method == "higher":
        below = above
    elif method == "midpoint":
        part = ops.where(part > 0, 0.5, part)
    integer = dtype_like(position, "int64")
    return ops.astype(below, integer), ops.astype(above, integer), part


def _around_number(position: float, method: str) -> tuple[int, int, float]:
    below, above = math.floor(position), math.ceil(position)
    if method in ("linear", "midpoint"):
        part = position - below
        return below, above, part if method == "linear" or part == 0 else 0.5
    one = {"lower": below, "higher": above, "nearest": round(position)}[method]
    return one, one, 0.0


def _mixed(low: Any, high: Any, part: Any) -> Any:
    """`low + part * (high - low)`, exact where the two are equal, right where they are infinite."""
    same = (low == high) | (part == 0)
    between = low * (1.0 - part) + ops.where(same, 0.0, high) * part
    return ops.where(same, low, between)
