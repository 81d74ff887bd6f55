"""creation."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from emberharmony.types import A, Axis, Device, DType, Nested, Scalar, Shape
    from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult, UniqueAllResult, UniqueCountsResult, UniqueInverseResult

__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]


@op
def arange(start: int | float, /, stop: int | float | None = None, step: int | float = 1, *, dtype: DType | None = None, device: Device | None = None) -> Any:
    """arange."""
    ...


@op
def asarray(obj: Nested, /, *, dtype: DType | None = None, device: Device | None = None, copy: bool | None = None) -> Any:
    """asarray."""
    ...


@op
def empty(shape: Shape, *, dtype: DType | None = None, device: Device | None = None) -> Any:
    """empty."""
    ...


@op
def empty_like(x: A, /, *, dtype: DType | None = None, device: Device | None = None) -> A:
    """empty_like."""
    ...


@op
def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: DType | None = None, device: Device | None = None) -> Any:
    """eye."""
    ...


@op
def from_dlpack(x: object, /, *, device: Device | None = None, copy: bool | None = None) -> Any:
    """from_dlpack."""
    ...


@op
def full(shape: Shape, fill_value: Scalar, *, dtype: DType | None = None, device: Device | None = None) -> Any:
    """full."""
    ...


@op
def full_like(x: A, /, fill_value: Scalar, *, dtype: DType | None = None, device: Device | None = None) -> A:
    """full_like."""
    ...


@op
def linspace(start: Scalar, stop: Scalar, /, num: int, *, dtype: DType | None = None, device: Device | None = None, endpoint: bool = True) -> Any:
    """linspace."""
    ...


@op
def meshgrid(*arrays: A, indexing: Literal['xy', 'ij'] = 'xy') -> tuple[A, ...]:
    """meshgrid."""
    ...


@op
def ones(shape: Shape, *, dtype: DType | None = None, device: Device | None = None) -> Any:
    """ones."""
    ...


@op
def ones_like(x: A, /, *, dtype: DType | None = None, device: Device | None = None) -> A:
    """ones_like."""
    ...


@op
def tril(x: A, /, *, k: int = 0) -> A:
    """tril."""
    ...


@op
def triu(x: A, /, *, k: int = 0) -> A:
    """triu."""
    ...


@op
def zeros(shape: Shape, *, dtype: DType | None = None, device: Device | None = None) -> Any:
    """zeros."""
    ...


@op
def zeros_like(x: A, /, *, dtype: DType | None = None, device: Device | None = None) -> A:
    """zeros_like."""
    ...
