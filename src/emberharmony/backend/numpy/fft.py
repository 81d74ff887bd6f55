"""Fourier transforms on NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

SAME = (
    "fft", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft", "irfft", "irfftn", "rfft", "rfftn",
)  # fmt: skip


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    # numpy takes no dtype
    return np.fft.fftfreq(n, d).astype(np.float64 if dtype is None else dtype, copy=False)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    return np.fft.rfftfreq(n, d).astype(np.float64 if dtype is None else dtype, copy=False)
