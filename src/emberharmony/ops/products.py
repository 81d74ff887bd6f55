"""products."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from emberharmony.types import A, Axis, Device, DType, Nested, Scalar, Shape
    from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult, UniqueAllResult, UniqueCountsResult, UniqueInverseResult

__all__ = [
    "matmul",
    "matrix_transpose",
    "tensordot",
    "vecdot",
]


@op
def matmul(x1: A, x2: A, /) -> A:
    """matmul."""
    ...


@op
def matrix_transpose(x: A, /) -> A:
    """matrix_transpose."""
    ...


@op
def tensordot(x1: A, x2: A, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> A:
    """tensordot."""
    ...


@op
def vecdot(x1: A, x2: A, /, *, axis: int = -1) -> A:
    """vecdot."""
    ...
