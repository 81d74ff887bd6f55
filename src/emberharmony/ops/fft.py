"""Fourier transforms."""

from __future__ import annotations

from emberharmony import ops
from emberharmony.backend.dtypes import COMPLEX, name_of
from emberharmony.ops.dispatch import derived, op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from emberharmony.types import A, Device, DType

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
def fft(
    x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] = "backward"
) -> A:
    """The Fourier transform `X[k] = sum_j x[j] exp(-2 pi i j k / n)` along `axis`, cut or padded with zeros to `n`.

    >>> ops.real(ops.fft.fft(ops.asarray([1.0, 0.0, 0.0, 0.0]))).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    ...


@op
def ifft(
    x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] = "backward"
) -> A:
    """The inverse of `fft`.

    >>> ops.real(ops.fft.ifft(ops.fft.fft(ops.asarray([1.0, 2.0, 3.0])))).tolist()
    [1.0, 2.0, 3.0]
    """
    ...


@derived
def fftn(
    x: A,
    /,
    *,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: Literal["backward", "ortho", "forward"] = "backward",
) -> A:
    """The Fourier transform along several axes, all by default.

    >>> ops.real(ops.fft.fftn(ops.ones((2, 2)))).tolist()
    [[4.0, 0.0], [0.0, 0.0]]
    """
    return _many(fft, fft, x, s, axes, norm)


@derived
def ifftn(
    x: A,
    /,
    *,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: Literal["backward", "ortho", "forward"] = "backward",
) -> A:
    """The inverse of `fftn`.

    >>> ops.real(ops.fft.ifftn(ops.fft.fftn(ops.ones((2, 2))))).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    return _many(ifft, ifft, x, s, axes, norm)


@op
def rfft(
    x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] = "backward"
) -> A:
    """The Fourier transform of real numbers: the `n // 2 + 1` frequencies from zero up.

    >>> ops.real(ops.fft.rfft(ops.asarray([1.0, 1.0, 1.0, 1.0]))).tolist()
    [4.0, 0.0, 0.0]
    """
    ...


@op
def irfft(
    x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] = "backward"
) -> A:
    """The inverse of `rfft`; `n` says whether the length was odd.

    >>> ops.fft.irfft(ops.fft.rfft(ops.asarray([1.0, 2.0, 3.0])), n=3).tolist()
    [1.0, 2.0, 3.0]
    """
    ...


@derived
def rfftn(
    x: A,
    /,
    *,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: Literal["backward", "ortho", "forward"] = "backward",
) -> A:
    """The Fourier transform of real numbers along several axes; the last one keeps `n // 2 + 1` frequencies.

    >>> ops.real(ops.fft.rfftn(ops.ones((2, 2)))).tolist()
    [[4.0, 0.0], [0.0, 0.0]]
    """
    return _many(rfft, fft, x, s, axes, norm)


@derived
def irfftn(
    x: A,
    /,
    *,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: Literal["backward", "ortho", "forward"] = "backward",
) -> A:
    """The inverse of `rfftn`.

    >>> ops.fft.irfftn(ops.fft.rfftn(ops.ones((2, 2)))).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    sizes, places = _sizes(x, s, axes)
    for n, axis in zip(sizes[:-1], places[:-1], strict=True):
        x = ifft(x, n=n, axis=axis, norm=norm)
    return irfft(x, n=sizes[-1], axis=places[-1], norm=norm)


@derived
def hfft(
    x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] = "backward"
) -> A:
    """The real transform of a signal that is Hermitian-symmetric, given by its first half.

    >>> ops.fft.hfft(ops.asarray([1 + 0j, 0j])).tolist()
    [1.0, 1.0]
    """
    y = ops.conj(x) if name_of(x.dtype) in COMPLEX else x
    return irfft(y, n=n, axis=axis, norm=_OTHER_WAY[norm])


@derived
def ihfft(
    x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] = "backward"
) -> A:
    """The inverse of `hfft`.

    >>> ops.real(ops.fft.ihfft(ops.asarray([1.0, 1.0]))).tolist()
    [1.0, 0.0]
    """
    return ops.conj(rfft(x, n=n, axis=axis, norm=_OTHER_WAY[norm]))


@op
def fftfreq(n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: Device | None = None) -> Any:
    """The frequencies of `fft` for `n` samples that are `d` apart: zero, the positive ones, the negative ones.

    >>> ops.fft.fftfreq(4, d=0.5).tolist()
    [0.0, 0.5, -1.0, -0.5]
    """
    ...


@op
def rfftfreq(n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: Device | None = None) -> Any:
    """The frequencies of `rfft` for `n` samples that are `d` apart.

    >>> ops.fft.rfftfreq(4, d=0.5).tolist()
    [0.0, 0.5, 1.0]
    """
    ...


@op
def fftshift(x: A, /, *, axes: int | Sequence[int] | None = None) -> A:
    """The zero frequency moved to the middle.

    >>> ops.fft.fftshift(ops.asarray([0, 1, -2, -1])).tolist()
    [-2, -1, 0, 1]
    """
    ...


@op
def ifftshift(x: A, /, *, axes: int | Sequence[int] | None = None) -> A:
    """The inverse of `fftshift`.

    >>> ops.fft.ifftshift(ops.asarray([-2, -1, 0, 1])).tolist()
    [0, 1, -2, -1]
    """
    ...


_OTHER_WAY: dict[str, Literal["backward", "ortho", "forward"]] = {
    "backward": "forward",
    "forward": "backward",
    "ortho": "ortho",
}


def _sizes(x: Any, s: Sequence[int] | None, axes: Sequence[int] | None) -> tuple[list[Any], list[int]]:
    """The length and the number of each axis that is transformed."""
    if axes is None:
        axes = range(x.ndim) if s is None else range(-len(s), 0)
    return [None] * len(axes) if s is None else [*s], [*axes]


def _many(last: Any, other: Any, x: Any, s: Any, axes: Any, norm: Any) -> Any:
    """`last` along the last axis, then `other` along those before it."""
    sizes, places = _sizes(x, s, axes)
    x = last(x, n=sizes[-1], axis=places[-1], norm=norm)
    for n, axis in zip(sizes[:-1], places[:-1], strict=True):
        x = other(x, n=n, axis=axis, norm=norm)
    return x
