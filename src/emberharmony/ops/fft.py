"""fft."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from emberharmony.types import A, Axis, Device, DType, Nested, Scalar, Shape
    from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult, UniqueAllResult, UniqueCountsResult, UniqueInverseResult

__all__ = [
    "fft",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfftn",
    "rfft",
    "rfftfreq",
    "rfftn",
]


@op
def fft(x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal['backward', 'ortho', 'forward'] = 'backward') -> A:
    """fft."""
    ...


@op
def ifft(x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal['backward', 'ortho', 'forward'] = 'backward') -> A:
    """ifft."""
    ...


@op
def fftn(x: A, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Literal['backward', 'ortho', 'forward'] = 'backward') -> A:
    """fftn."""
    ...


@op
def ifftn(x: A, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Literal['backward', 'ortho', 'forward'] = 'backward') -> A:
    """ifftn."""
    ...


@op
def rfft(x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal['backward', 'ortho', 'forward'] = 'backward') -> A:
    """rfft."""
    ...


@op
def irfft(x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal['backward', 'ortho', 'forward'] = 'backward') -> A:
    """irfft."""
    ...


@op
def rfftn(x: A, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Literal['backward', 'ortho', 'forward'] = 'backward') -> A:
    """rfftn."""
    ...


@op
def irfftn(x: A, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Literal['backward', 'ortho', 'forward'] = 'backward') -> A:
    """irfftn."""
    ...


@op
def hfft(x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal['backward', 'ortho', 'forward'] = 'backward') -> A:
    """hfft."""
    ...


@op
def ihfft(x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal['backward', 'ortho', 'forward'] = 'backward') -> A:
    """ihfft."""
    ...


@op
def fftfreq(n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: Device | None = None) -> Any:
    """fftfreq."""
    ...


@op
def rfftfreq(n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: Device | None = None) -> Any:
    """rfftfreq."""
    ...


@op
def fftshift(x: A, /, *, axes: int | Sequence[int] | None = None) -> A:
    """fftshift."""
    ...


@op
def ifftshift(x: A, /, *, axes: int | Sequence[int] | None = None) -> A:
    """ifftshift."""
    ...
