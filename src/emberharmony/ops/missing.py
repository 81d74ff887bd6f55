"""Reductions that pass over nan, and what replaces it. For integers, which have no nan, the plain reductions."""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import COMPLEX, INEXACT, KINDS, name_of
from emberharmony.errors import ArgumentError, DTypeError, ShapeError
from emberharmony.ops.dispatch import derived
from emberharmony.ops.like import axes_of, dtype_like, floating, made_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Axis, DType, Nested

__all__ = [
    "asarray_chkfinite",
    "nan_to_num",
    "nanargmax",
    "nanargmin",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


@derived
def nansum(x: A, /, *, axis: Axis = None, dtype: DType | None = None, keepdims: bool = False) -> A:
    """The sum of what is not nan; 0 where nothing is left.

    >>> float(ops.nansum(ops.asarray([1.0, ops.nan, 2.0])))
    3.0
    """
    return ops.sum(_filled(x, 0.0), axis=axis, dtype=dtype, keepdims=keepdims)


@derived
def nanprod(x: A, /, *, axis: Axis = None, dtype: DType | None = None, keepdims: bool = False) -> A:
    """The product of what is not nan; 1 where nothing is left.

    >>> float(ops.nanprod(ops.asarray([3.0, ops.nan, 2.0])))
    6.0
    """
    return ops.prod(_filled(x, 1.0), axis=axis, dtype=dtype, keepdims=keepdims)


@derived
def nanmax(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """The largest of what is not nan; nan where nothing is left.

    >>> float(ops.nanmax(ops.asarray([1.0, ops.nan, 2.0])))
    2.0
    """
    return _extreme("nanmax", x, axis, keepdims, -math.inf)


@derived
def nanmin(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """The smallest of what is not nan; nan where nothing is left.

    >>> float(ops.nanmin(ops.asarray([1.0, ops.nan, 2.0])))
    1.0
    """
    return _extreme("nanmin", x, axis, keepdims, math.inf)


@derived
def nanmean(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """The mean of what is not nan; nan where nothing is left.

    >>> float(ops.nanmean(ops.asarray([1.0, ops.nan, 2.0])))
    1.5
    """
    y = floating(x)
    return _ratio(nansum(y, axis=axis, keepdims=keepdims), _count(y, axis, keepdims), y)


@derived
def nanvar(x: A, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> A:
    """The variance of what is not nan, with `correction` taken from the count; nan where that leaves nothing.

    >>> float(ops.nanvar(ops.asarray([1.0, ops.nan, 2.0])))
    0.25
    """
    y: Any = floating(x)
    if name_of(y.dtype) in COMPLEX:
        raise DTypeError(f"ops.nanvar got {name_of(y.dtype)}", expected="a real array")
    middle = nanmean(y, axis=axis, keepdims=True)
    off = ops.where(ops.isnan(y), 0.0, y - middle)
    return _ratio(ops.sum(off * off, axis=axis, keepdims=keepdims), _count(y, axis, keepdims) - correction, y)


@derived
def nanstd(x: A, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> A:
    """The square root of `nanvar`.

    >>> float(ops.nanstd(ops.asarray([1.0, ops.nan, 2.0])))
    0.5
    """
    spread = nanvar(x, axis=axis, correction=correction, keepdims=keepdims)
    none = ops.equal(spread, 0)  # where all are equal there is no slope, and 0 is better than nan
    return ops.where(none, 0.0, ops.sqrt(ops.where(none, 1.0, spread)))


@derived
def nanargmax(x: A, /, *, axis: int | None = None, keepdims: bool = False) -> A:
    """Where the first largest of what is not nan stands; -1 where nothing is left.

    >>> int(ops.nanargmax(ops.asarray([ops.nan, 2.0, 1.0])))
    1
    """
    return _place(x, axis, keepdims, nanmax, ops.argmax)


@derived
def nanargmin(x: A, /, *, axis: int | None = None, keepdims: bool = False) -> A:
    """Where the first smallest of what is not nan stands; -1 where nothing is left.

    >>> int(ops.nanargmin(ops.asarray([ops.nan, 2.0, 1.0])))
    2
    """
    return _place(x, axis, keepdims, nanmin, ops.argmin)


def asarray_chkfinite(obj: Nested, dtype: DType | None = None) -> Any:
    """`asarray` of what has neither nan nor infinities; anything else is refused, which takes a look at the data.

    >>> ops.asarray_chkfinite([1.0, 2.0]).tolist()
    [1.0, 2.0]
    """
    x = ops.asarray(obj, dtype=dtype)
    if name_of(x.dtype) in INEXACT and not bool(ops.all(ops.isfinite(x))):
        raise ArgumentError("ops.asarray_chkfinite got nan or infinities", expected="finite numbers")
    return x


@derived
def nan_to_num(x: A, /, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> A:
    """`x` with numbers for nan and the infinities: by default 0 and the dtype's largest and smallest.

    Of a complex array both parts are treated.

    >>> ops.nan_to_num(ops.asarray([ops.nan, ops.inf, 1.0]), posinf=9.0).tolist()
    [0.0, 9.0, 1.0]
    """
    name = name_of(x.dtype)
    if name in COMPLEX:
        parts = [nan_to_num(part(x), nan=nan, posinf=posinf, neginf=neginf) for part in (ops.real, ops.imag)]
        return ops.add(ops.astype(parts[0], x.dtype), ops.multiply(ops.astype(parts[1], x.dtype), 1j))
    if name not in INEXACT:
        return x
    limits = ops.finfo(x.dtype)
    y = ops.where(ops.isnan(x), nan, x)
    y = ops.where(ops.equal(x, math.inf), limits.max if posinf is None else posinf, y)
    return ops.where(ops.equal(x, -math.inf), limits.min if neginf is None else neginf, y)


def _filled(x: Any, value: float) -> Any:
    return ops.where(ops.isnan(x), value, x) if name_of(x.dtype) in INEXACT else x


def _extreme(name: str, x: Any, axis: Any, keepdims: bool, start: float) -> Any:
    reduce = ops.max if start < 0 else ops.min
    if name_of(x.dtype) not in KINDS["real floating"]:
        return reduce(x, axis=axis, keepdims=keepdims)
    if math.prod([x.shape[a] for a in axes_of(f"ops.{name}", x, axis)]) == 0:
        raise ShapeError(f"ops.{name} got shape {tuple(x.shape)}", expected=f"at least one element along axis={axis!r}")
    nothing = ops.all(ops.isnan(x), axis=axis, keepdims=keepdims)
    return ops.where(nothing, math.nan, reduce(_filled(x, start), axis=axis, keepdims=keepdims))


def _count(x: Any, axis: Any, keepdims: bool) -> Any:
    """How many are not nan, as real numbers."""
    kept = ops.astype(
        ~ops.isnan(x), dtype_like(x, {"complex64": "float32", "complex128": "float64"}.get(name_of(x.dtype), x.dtype))
    )
    return ops.sum(kept, axis=axis, keepdims=keepdims)


def _ratio(total: Any, count: Any, like: Any) -> Any:
    some = count > 0
    return ops.where(some, total / ops.astype(ops.where(some, count, 1.0), like.dtype), math.nan)


def _place(x: Any, axis: Any, keepdims: bool, extreme: Any, search: Any) -> Any:
    if name_of(x.dtype) not in KINDS["real floating"]:
        return search(x, axis=axis, keepdims=keepdims)
    top = extreme(x, axis=axis, keepdims=True)
    hit = ops.astype(ops.equal(x, top), dtype_like(x, "int8"))
    place = ops.argmax(hit, axis=axis, keepdims=keepdims)
    return ops.where(ops.reshape(ops.isnan(top), place.shape), made_like(x, "asarray", -1, dtype=place.dtype), place)
