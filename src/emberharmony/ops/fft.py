"""Fourier transforms."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

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


@op
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
    ...


@op
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
    ...


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


@op
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
    ...


@op
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
    ...


@op
def hfft(
    x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] = "backward"
) -> A:
    """The real transform of a signal that is Hermitian-symmetric, given by its first half.

    >>> ops.fft.hfft(ops.asarray([1 + 0j, 0j])).tolist()
    [1.0, 1.0]
    """
    ...


@op
def ihfft(
    x: A, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] = "backward"
) -> A:
    """The inverse of `hfft`.

    >>> ops.real(ops.fft.ihfft(ops.asarray([1.0, 1.0]))).tolist()
    [1.0, 0.0]
    """
    ...


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
