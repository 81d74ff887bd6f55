"""Weighted means, spread and covariance."""

from __future__ import annotations

from emberharmony.ops.dispatch import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Axis

__all__ = ["average", "corrcoef", "cov", "ptp"]


@derived
def average(x: A, /, axis: Axis = None, weights: A | None = None, *, keepdims: bool = False) -> A:
    """average."""
    raise NotImplementedError


@derived
def ptp(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """ptp."""
    raise NotImplementedError


@derived
def cov(
    x: A,
    y: A | None = None,
    /,
    *,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: A | None = None,
    aweights: A | None = None,
) -> A:
    """cov."""
    raise NotImplementedError


@derived
def corrcoef(x: A, y: A | None = None, /, *, rowvar: bool = True) -> A:
    """corrcoef."""
    raise NotImplementedError
