"""What machine learning needs on top of the standard, where PyTorch has it natively and means the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from emberharmony.backend.torch.kinds import floating, floats

SAME = ()
RENAMED = {"sigmoid": floats(torch.sigmoid), "silu": floats(F.silu)}


def relu(x: Tensor, /) -> Tensor:
    return torch.relu(x)


def leaky_relu(x: Tensor, /, negative_slope: float = 0.01) -> Tensor:
    return F.leaky_relu(floating(x), negative_slope)


def elu(x: Tensor, /, alpha: float = 1.0) -> Tensor:
    return F.elu(floating(x), alpha)


def softplus(x: Tensor, /) -> Tensor:
    y = floating(x)
    return torch.logaddexp(y, torch.zeros_like(y))  # torch's own is linear above 20


def gelu(x: Tensor, /, approximate: bool = True) -> Tensor:
    return F.gelu(floating(x), approximate="tanh" if approximate else "none")


def logsumexp(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    axes = tuple(range(x.ndim)) if axis is None else axis
    return torch.logsumexp(floating(x), axes, keepdim=keepdims) if x.ndim else floating(x)


def _along(native: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Over several axes at once, which torch does one at a time: they are made into one."""

    def call(x: Tensor, /, axis: Any = -1) -> Tensor:
        y = floating(x)
        if isinstance(axis, int):
            return native(y, axis)
        axes = tuple(range(y.ndim)) if axis is None else tuple(axis)
        ends = tuple(range(-len(axes), 0))
        moved = torch.movedim(y, axes, ends)
        flat = moved.reshape(*moved.shape[: y.ndim - len(axes)], -1)
        return torch.movedim(native(flat, -1).reshape(moved.shape), ends, axes)

    return call


softmax = _along(torch.softmax)
log_softmax = _along(torch.log_softmax)


# -- convolution and pooling: (N, C, ...) --


def correlate(x: Tensor, weight: Tensor, stride: Any, dilation: Any, groups: int, /) -> Tensor:
    native = F.conv1d if x.ndim == 3 else F.conv2d
    return native(x, weight, None, stride, 0, dilation, groups)


def windows(x: Tensor, kernel: Any, stride: Any, dilation: Any, /) -> Tensor:
    # views, where the body gathers
    ndim = len(kernel)
    for axis, (k, s, d) in enumerate(zip(kernel, stride, dilation, strict=True), 2):
        x = x.unfold(axis, d * (k - 1) + 1, s)[..., ::d]
    return torch.movedim(x, tuple(range(-ndim, 0)), tuple(range(2, 2 + ndim)))
