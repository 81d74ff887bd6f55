"""Order statistics: medians, quantiles and percentiles."""

from __future__ import annotations

from emberharmony.ops.dispatch import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emberharmony.types import A, Array, Axis

__all__ = ["median", "nanmedian", "nanquantile", "percentile", "quantile"]


@derived
def median(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """median."""
    raise NotImplementedError


@derived
def quantile(
    x: A, q: float | Sequence[float] | Array, /, *, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> A:
    """quantile."""
    raise NotImplementedError


@derived
def percentile(
    x: A, q: float | Sequence[float] | Array, /, *, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> A:
    """percentile."""
    raise NotImplementedError


@derived
def nanmedian(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """nanmedian."""
    raise NotImplementedError


@derived
def nanquantile(
    x: A, q: float | Sequence[float] | Array, /, *, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> A:
    """nanquantile."""
    raise NotImplementedError
