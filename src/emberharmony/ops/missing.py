"""Reductions that pass over nan, and functions that compare or replace it."""

from __future__ import annotations

from emberharmony.ops.dispatch import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Axis, DType

__all__ = [
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
    """nansum."""
    raise NotImplementedError


@derived
def nanprod(x: A, /, *, axis: Axis = None, dtype: DType | None = None, keepdims: bool = False) -> A:
    """nanprod."""
    raise NotImplementedError


@derived
def nanmax(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """nanmax."""
    raise NotImplementedError


@derived
def nanmin(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """nanmin."""
    raise NotImplementedError


@derived
def nanmean(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """nanmean."""
    raise NotImplementedError


@derived
def nanvar(x: A, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> A:
    """nanvar."""
    raise NotImplementedError


@derived
def nanstd(x: A, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> A:
    """nanstd."""
    raise NotImplementedError


@derived
def nanargmax(x: A, /, *, axis: int | None = None, keepdims: bool = False) -> A:
    """nanargmax."""
    raise NotImplementedError


@derived
def nanargmin(x: A, /, *, axis: int | None = None, keepdims: bool = False) -> A:
    """nanargmin."""
    raise NotImplementedError


@derived
def nan_to_num(x: A, /, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> A:
    """nan_to_num."""
    raise NotImplementedError
