"""Bins, segments and piecewise-linear interpolation."""

from __future__ import annotations

from emberharmony.ops.dispatch import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emberharmony.types import A, Array, Scalar

__all__ = ["bincount", "digitize", "histogram", "interp", "segment_sum"]


@derived
def segment_sum(x: A, segment_ids: A, /, num_segments: int | None = None) -> A:
    """segment_sum."""
    raise NotImplementedError


@derived
def bincount(x: A, /, weights: A | None = None, minlength: int = 0, *, length: int | None = None) -> A:
    """bincount."""
    raise NotImplementedError


@derived
def histogram(
    x: A,
    /,
    bins: int | Array | Sequence[float] = 10,
    range: tuple[float, float] | None = None,
    *,
    weights: A | None = None,
    density: bool = False,
) -> tuple[A, A]:
    """histogram."""
    raise NotImplementedError


@derived
def digitize(x: A, /, bins: Array | Sequence[float], right: bool = False) -> A:
    """digitize."""
    raise NotImplementedError


@derived
def interp(
    x: A | Scalar, xp: A, fp: A, /, left: float | None = None, right: float | None = None, period: float | None = None
) -> A:
    """interp."""
    raise NotImplementedError
