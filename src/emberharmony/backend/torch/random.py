"""Where random numbers can be made, on PyTorch. Rows "random.*" of the table."""

from __future__ import annotations

import torch

from emberharmony.backend import refusals


def is_traced() -> bool:
    # a NumPy buffer cannot be filled inside a graph; a transform of torch.func takes one as the constant it is
    return torch.compiler.is_compiling()


def is_host(device: torch.device) -> bool:
    return device.type == "cpu"


def has_float64(device: torch.device) -> bool:
    return device.type != "mps"


def check_constant(name: str, x: torch.Tensor) -> None:
    if x.requires_grad:
        raise refusals.draw(name, tuple(x.shape))


def sqrt(x: torch.Tensor) -> torch.Tensor:
    """The square root of positive numbers, rounded correctly: torch's in float64 on a CPU is not, one time in 80."""
    r = torch.sqrt(x)
    if x.device.type != "cpu" or x.dtype is not torch.float64:
        return r
    scaled = 134217729.0 * r  # Dekker: r in two halves, whose products are exact
    high = scaled - (scaled - r)
    low = r - high
    square = r * r
    rest = ((high * high - square) + 2.0 * high * low) + low * low
    return r + ((x - square) - rest) / (2.0 * r)
