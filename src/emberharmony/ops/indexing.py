"""indexing."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from emberharmony.types import A, Axis, Device, DType, Nested, Scalar, Shape
    from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult, UniqueAllResult, UniqueCountsResult, UniqueInverseResult

__all__ = [
    "take",
    "take_along_axis",
]


@op
def take(x: A, indices: A, /, *, axis: int | None = None) -> A:
    """take."""
    ...


@op
def take_along_axis(x: A, indices: A, /, *, axis: int = -1) -> A:
    """take_along_axis."""
    ...
