"""Fourier transforms on PyTorch, which says `dim` for axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

SAME = ()


def _one(native: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def call(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Tensor:
        return native(x, n, axis, norm)

    return call


def _many(native: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def call(x: Tensor, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> Tensor:
        return native(x, s, axes, norm)

    return call


fft = _one(torch.fft.fft)
ifft = _one(torch.fft.ifft)
rfft = _one(torch.fft.rfft)
irfft = _one(torch.fft.irfft)
hfft = _one(torch.fft.hfft)
ihfft = _one(torch.fft.ihfft)
fftn = _many(torch.fft.fftn)
ifftn = _many(torch.fft.ifftn)
rfftn = _many(torch.fft.rfftn)
irfftn = _many(torch.fft.irfftn)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
    return torch.fft.fftfreq(n, d, dtype=dtype, device=device)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
    return torch.fft.rfftfreq(n, d, dtype=dtype, device=device)


def fftshift(x: Tensor, /, *, axes: Any = None) -> Tensor:
    return torch.fft.fftshift(x, axes)


def ifftshift(x: Tensor, /, *, axes: Any = None) -> Tensor:
    return torch.fft.ifftshift(x, axes)
