"""statistics."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from emberharmony.types import A, Axis, Device, DType, Nested, Scalar, Shape
    from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult, UniqueAllResult, UniqueCountsResult, UniqueInverseResult

__all__ = [
    "all",
    "any",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


@op
def cumulative_prod(x: A, /, *, axis: int | None = None, dtype: DType | None = None, include_initial: bool = False) -> A:
    """cumulative_prod."""
    ...


@op
def cumulative_sum(x: A, /, *, axis: int | None = None, dtype: DType | None = None, include_initial: bool = False) -> A:
    """cumulative_sum."""
    ...


@op
def max(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """max."""
    ...


@op
def mean(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """mean."""
    ...


@op
def min(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """min."""
    ...


@op
def prod(x: A, /, *, axis: Axis = None, dtype: DType | None = None, keepdims: bool = False) -> A:
    """prod."""
    ...


@op
def std(x: A, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> A:
    """std."""
    ...


@op
def sum(x: A, /, *, axis: Axis = None, dtype: DType | None = None, keepdims: bool = False) -> A:
    """sum."""
    ...


@op
def var(x: A, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> A:
    """var."""
    ...


@op
def all(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """all."""
    ...


@op
def any(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """any."""
    ...


@op
def diff(x: A, /, *, axis: int = -1, n: int = 1, prepend: A | None = None, append: A | None = None) -> A:
    """diff."""
    ...
