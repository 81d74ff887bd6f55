"""searching."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from emberharmony.types import A, Axis, Device, DType, Nested, Scalar, Shape
    from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult, UniqueAllResult, UniqueCountsResult, UniqueInverseResult

__all__ = [
    "argmax",
    "argmin",
    "argsort",
    "count_nonzero",
    "isin",
    "nonzero",
    "searchsorted",
    "sort",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "where",
]


@op
def argmax(x: A, /, *, axis: int | None = None, keepdims: bool = False) -> A:
    """argmax."""
    ...


@op
def argmin(x: A, /, *, axis: int | None = None, keepdims: bool = False) -> A:
    """argmin."""
    ...


@op
def count_nonzero(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """count_nonzero."""
    ...


@op
def nonzero(x: A, /) -> tuple[A, ...]:
    """nonzero."""
    ...


@op
def searchsorted(x1: A, x2: A | Scalar, /, *, side: Literal['left', 'right'] = 'left', sorter: A | None = None) -> A:
    """searchsorted."""
    ...


@op
def where(condition: A, x1: A | Scalar, x2: A | Scalar, /) -> A:
    """where."""
    ...


@op
def argsort(x: A, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> A:
    """argsort."""
    ...


@op
def sort(x: A, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> A:
    """sort."""
    ...


@op
def isin(x1: A | int, x2: A | int, /, *, invert: bool = False) -> A:
    """isin."""
    ...


@op
def unique_all(x: A, /) -> UniqueAllResult[A]:
    """unique_all."""
    ...


@op
def unique_counts(x: A, /) -> UniqueCountsResult[A]:
    """unique_counts."""
    ...


@op
def unique_inverse(x: A, /) -> UniqueInverseResult[A]:
    """unique_inverse."""
    ...


@op
def unique_values(x: A, /) -> A:
    """unique_values."""
    ...
