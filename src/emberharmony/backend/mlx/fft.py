"""Fourier transforms on MLX, in single precision: it has no complex128, so float64 comes back as complex64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mlx.core as mx
import numpy as np

from emberharmony.backend.mlx.place import stream

Ints = Sequence[int] | None
SAME = ("fft", "ifft", "rfft", "irfft", "fftshift", "ifftshift")
_OPPOSITE = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def fftn(x: mx.array, /, *, s: Ints = None, axes: Ints = None, norm: str = "backward") -> mx.array:
    return _over_axes(mx.fft.fftn, x, s, axes, norm)


def ifftn(x: mx.array, /, *, s: Ints = None, axes: Ints = None, norm: str = "backward") -> mx.array:
    return _over_axes(mx.fft.ifftn, x, s, axes, norm)


def rfftn(x: mx.array, /, *, s: Ints = None, axes: Ints = None, norm: str = "backward") -> mx.array:
    return _over_axes(mx.fft.rfftn, x, s, axes, norm)


def irfftn(x: mx.array, /, *, s: Ints = None, axes: Ints = None, norm: str = "backward") -> mx.array:
    return _over_axes(mx.fft.irfftn, x, s, axes, norm)


def hfft(x: mx.array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> mx.array:
    # the spectrum of a signal that is its own reflected conjugate is real
    return mx.fft.irfft(mx.conj(x), n, axis, _OPPOSITE[norm])


def ihfft(x: mx.array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> mx.array:
    return mx.conj(mx.fft.rfft(x, n, axis, _OPPOSITE[norm]))


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> mx.array:
    stream(device, dtype)
    return mx.array(np.fft.fftfreq(n, d), mx.float32 if dtype is None else dtype)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> mx.array:
    stream(device, dtype)
    return mx.array(np.fft.rfftfreq(n, d), mx.float32 if dtype is None else dtype)


def _over_axes(function: Callable[..., mx.array], x: mx.array, s: Any, axes: Any, norm: str) -> mx.array:
    # MLX wants the axes where s is given; the standard means the last ones
    if s is not None and axes is None:
        axes = range(x.ndim - len(s), x.ndim)
    return function(x, s, None if axes is None else [a % x.ndim for a in axes], norm)
